//! Hostile input that was kept: every seed of the fuzz targets, and every input that once made one fail.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub
)]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::{fs, path::Path};

#[test]
fn every_seed_does_no_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, run) in targets::TARGETS {
        let seeds = fs::read_dir(folder.join(name)).unwrap();
        let mut paths: Vec<_> = seeds.map(|seed| seed.unwrap().path()).collect();
        paths.sort();
        assert!(paths.len() > 2, "{name} has hardly a seed");
        for path in paths {
            let bytes = fs::read(&path).unwrap();
            // An overflow of the stack names nobody: the last one shown is it.
            println!("{}", path.display());
            let run = std::panic::AssertUnwindSafe(|| run(&bytes));
            assert!(std::panic::catch_unwind(run).is_ok(), "{}", path.display());
        }
    }
}

/// One thing over and over, in the small stack of a worker's thread.
#[test]
fn markdown_of_any_shape_comes_to_an_end() {
    let pieces = [
        "> ",
        "- ",
        "1. ",
        "* a\n  ",
        "[",
        "![",
        "](",
        "[a](b",
        "*",
        "_a ",
        "**a *b ",
        "`",
        "``` ",
        "<",
        "<a ",
        "&",
        "&#",
        "\\",
        "#",
        "@a.b ",
        "#a ",
        "https://a.b/ ",
        "a.b ",
        "a\u{301}",
        "\u{200d}",
        "\u{1f468}\u{200d}",
        "\n---\n\n",
        "|a",
        "[a]: b\n",
        "[^a]",
        "~",
        "$A ",
        "a\\\n",
    ];
    for piece in pieces {
        let body = piece.repeat(10_000 / piece.len());
        let (parts, mistakes) = updraft::post::rich_text::parse(&body, 0..body.len());
        assert!(!parts.is_empty() || !mistakes.is_empty(), "{piece:?}");
    }
}
