//! What the README shows is what updraft does: its files check clean, its console blocks are run.
//!
//! A comment such as `<!-- tests/readme/first -->` above a fence says what the block is: behind a
//! folder, a `console` block whose first line is run in a copy of it; behind a file, its text.
//! `UPDATE_README=1` writes the blocks anew.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

#[path = "support/blocks.rs"]
mod blocks;

use std::{fs, path::Path, process::Command};

use blocks::{Block, Piece, copy, pieces, root, with_texts, without_commit_ids};

/// The blocks below a comment that names what they show.
fn blocks(readme: &str) -> Vec<Block> {
    let pieces = pieces(readme).into_iter();
    let blocks = pieces.filter_map(|piece| match piece {
        Piece::Block(block) => Some(block),
        // Borders of what the book includes.
        Piece::Comment(comment) => {
            assert!(comment.starts_with("ANCHOR"), "no fence behind {comment}");
            None
        }
    });
    blocks.filter(|block| !block.comment.is_empty()).collect()
}

/// What the block should say.
fn expected(block: &Block) -> String {
    let source = root().join(&block.comment);
    if block.language != "console" {
        return fs::read_to_string(&source).unwrap();
    }
    let command = block.text.lines().next().unwrap();
    let arguments = command.strip_prefix("$ updraft ").unwrap();
    format!("{command}\n{}", run(&source, arguments))
}

/// What updraft prints in a copy of `folder`: results, then complaints.
fn run(folder: &Path, arguments: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    let work = place.path().join("work");
    copy(folder, &work);
    let output = Command::new(env!("CARGO_BIN_EXE_updraft"))
        .args(arguments.split_whitespace())
        .current_dir(&work)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", place.path())
        .output()
        .unwrap();
    let words = [output.stdout, output.stderr].concat();
    let lines = String::from_utf8(words).unwrap();
    lines
        .lines()
        // Said from March 2027 on, when the time of the post on the first screen is over.
        .filter(|line| !line.starts_with("Too late by now, "))
        .flat_map(|line| [line.trim_end(), "\n"])
        .collect()
}

#[test]
fn the_readme_shows_what_updraft_does() {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let blocks = blocks(&readme);
    assert!(
        blocks.len() >= 10,
        "only {} blocks are tested",
        blocks.len()
    );
    let mut texts = Vec::new();
    let mut stale = Vec::new();
    for block in &blocks {
        let expected = expected(block);
        if without_commit_ids(&expected) == without_commit_ids(&block.text) {
            continue;
        }
        stale.push(format!(
            "line {}:\n{}\nis now:\n{expected}",
            block.line, block.text
        ));
        texts.push((block.line, block.text.lines().count(), expected));
    }
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(&path, with_texts(&readme, &texts)).unwrap();
    } else {
        assert!(
            stale.is_empty(),
            "UPDATE_README=1 mends it\n{}",
            stale.join("\n")
        );
    }
}

#[test]
fn the_post_on_the_first_screen_checks_clean() {
    let said = run(&root().join("tests/readme/first"), "check --deny-warnings");
    assert_eq!(said, "no mistakes in 1 file\n");
}

#[test]
fn the_readme_names_every_key() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let has_row = |word: &str| {
        readme
            .lines()
            .any(|line| line.starts_with(&format!("| `{word}")))
    };
    let keys = updraft::post::front_matter::KEYS
        .iter()
        .chain(updraft::config::KEYS);
    let missing: Vec<_> = keys.filter(|key| !has_row(key)).collect();
    assert!(missing.is_empty(), "no table row for {missing:?}");
}

#[test]
fn the_workflow_for_others_is_pinned_like_our_own() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let own = read(".github/workflows/publish.yml");
    for line in read("src/command/init/publish.yml").lines() {
        let pin = line.trim_start_matches([' ', '-']);
        assert!(!pin.starts_with("uses:") || own.contains(pin), "{pin}");
    }
}
