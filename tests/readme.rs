//! What the README shows is what updraft does: its files check clean, its console blocks are run.
//!
//! A comment such as `<!-- tests/readme/first -->` above a fence says what the block is: behind a
//! folder, a `console` block whose first line is run in a copy of it; behind a file, its text.
//! `UPDATE_README=1` writes the blocks anew.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A fenced block below a comment that names what it shows.
struct Block {
    source: String,
    language: String,
    /// The line of its first line of text, from 0.
    line: usize,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn blocks(readme: &str) -> Vec<Block> {
    let lines: Vec<&str> = readme.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let Some(source) = line
            .strip_prefix("<!-- ")
            .and_then(|l| l.strip_suffix(" -->"))
        else {
            continue;
        };
        let fence = lines[number + 1];
        let ticks = fence.len() - fence.trim_start_matches('`').len();
        assert!(ticks >= 3, "no fence behind line {}", number + 1);
        let body = lines[number + 2..]
            .iter()
            .take_while(|line| **line != &fence[..ticks]);
        found.push(Block {
            source: source.to_owned(),
            language: fence[ticks..].to_owned(),
            line: number + 2,
            text: body.flat_map(|line| [*line, "\n"]).collect(),
        });
    }
    found
}

/// What the block should say.
fn expected(block: &Block) -> String {
    let source = root().join(&block.source);
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
        .flat_map(|line| [line.trim_end(), "\n"])
        .collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Commits have other names at every rehearsal.
fn without_commit_ids(text: &str) -> String {
    let line = |line: &str| match line.trim_start().split_once(' ') {
        Some((id, rest)) if id.len() == 8 && id.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format!("  ........ {rest}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
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
    let mut lines: Vec<String> = readme.lines().map(str::to_owned).collect();
    let mut stale = Vec::new();
    for block in blocks.iter().rev() {
        let expected = expected(block);
        if without_commit_ids(&expected) == without_commit_ids(&block.text) {
            continue;
        }
        stale.push(format!(
            "line {}:\n{}\nis now:\n{expected}",
            block.line, block.text
        ));
        let count = block.text.lines().count();
        lines.splice(
            block.line..block.line + count,
            expected.lines().map(str::to_owned),
        );
    }
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(&path, lines.join("\n") + "\n").unwrap();
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
