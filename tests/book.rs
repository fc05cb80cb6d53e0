//! The book (`docs/`) is true: its commands are typed, its posts are checked, its reference is what the
//! code says, and its links lead somewhere.
//!
//! `UPDATE_BOOK=1` writes the answers of commands and the reference anew.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

#[path = "support/blocks.rs"]
mod blocks;
#[path = "book/desk.rs"]
mod desk;
#[path = "book/reference.rs"]
mod reference;
#[path = "book/shell.rs"]
mod shell;
#[path = "book/story.rs"]
mod story;

use std::{fs, path::PathBuf};

use blocks::root;

/// The book's pages, relative to `docs`.
fn pages() -> Vec<String> {
    let docs = root().join("docs");
    let walk = ignore::WalkBuilder::new(&docs)
        .standard_filters(false)
        .build();
    let paths = walk.flatten().map(ignore::DirEntry::into_path);
    let is_page = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "md");
    let name = |path: PathBuf| path.strip_prefix(&docs).unwrap().display().to_string();
    let mut pages: Vec<String> = paths.filter(is_page).map(name).collect();
    pages.sort();
    pages
}

fn is_updated() -> bool {
    std::env::var_os("UPDATE_BOOK").is_some()
}

#[test]
fn every_page_can_be_followed_word_by_word() {
    let mut stale = Vec::new();
    let generated: Vec<&str> = reference::pages().iter().map(|(path, _)| *path).collect();
    let written = pages().into_iter();
    for page in written.filter(|page| !generated.contains(&page.as_str())) {
        let path = root().join("docs").join(&page);
        let text = fs::read_to_string(&path).unwrap();
        let followed = story::follow(&text);
        if followed.stale.is_empty() {
            continue;
        }
        if is_updated() {
            fs::write(&path, followed.page).unwrap();
        }
        stale.push(format!("docs/{page}, {}", followed.stale.join("\n")));
    }
    let words = stale.join("\n");
    assert!(
        is_updated() || stale.is_empty(),
        "UPDATE_BOOK=1 mends it\n{words}"
    );
}

#[test]
fn the_reference_says_what_the_code_says() {
    let mut stale = Vec::new();
    for (page, text) in reference::pages() {
        let path = root().join("docs").join(page);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        if is_updated() {
            fs::write(&path, text).unwrap();
        }
        stale.push(page);
    }
    assert!(
        is_updated() || stale.is_empty(),
        "UPDATE_BOOK=1 mends {stale:?}"
    );
}
