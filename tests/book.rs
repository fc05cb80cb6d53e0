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
#[path = "book/links.rs"]
mod links;
#[path = "book/pictures.rs"]
mod pictures;
#[path = "book/reference.rs"]
mod reference;
#[path = "book/shell.rs"]
mod shell;
#[path = "book/story.rs"]
mod story;

use std::{collections::BTreeMap, fs, path::PathBuf};

use blocks::root;
use clap::{CommandFactory as _, Parser as _, error::ErrorKind};
use updraft::cli::Cli;

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

fn read() -> BTreeMap<String, links::Page> {
    let read = |page: String| {
        let text = links::expanded(&root().join("docs").join(&page));
        (page, links::read(&text))
    };
    pages().into_iter().map(read).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let broken = links::broken(&read());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_page_stands_in_the_summary() {
    let pages = read();
    let listed = &pages["SUMMARY.md"].targets;
    let missing: Vec<_> = pages.keys().filter(|page| !listed.contains(page)).collect();
    assert_eq!(missing, ["SUMMARY.md"]);
}

#[test]
fn every_command_in_the_text_can_be_typed() {
    let mut wrong = Vec::new();
    let mut verbs = std::collections::BTreeSet::new();
    for (name, page) in read() {
        let typed = page.shell.replace("\\\n", " ");
        let lines = typed.lines().map(str::to_owned);
        for line in page.code.into_iter().chain(lines) {
            let Some(words) = line.strip_prefix("updraft ") else {
                continue;
            };
            let words = words.split(" #").next().unwrap();
            let words: Vec<&str> = words
                .split_whitespace()
                .take_while(|w| !w.starts_with(['>', '|']))
                .collect();
            verbs.insert(words[0].to_owned());
            if let Some(complaint) = complaint(&words) {
                wrong.push(format!("docs/{name}: `{line}`: {complaint}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let cli = Cli::command();
    let all = cli.get_subcommands().map(|verb| verb.get_name().to_owned());
    let unsaid: Vec<_> = all.filter(|verb| !verbs.contains(verb)).collect();
    assert!(unsaid.is_empty(), "no page tells of {unsaid:?}");
}

/// What is wrong with the words behind `updraft`; arguments may be left out, and `NAME` stands for one.
fn complaint(words: &[&str]) -> Option<ErrorKind> {
    let typed = ["updraft"].iter().chain(words);
    let kind = Cli::try_parse_from(typed).err()?.kind();
    let is_placeholder = |word: &&str| word.chars().all(|c| c.is_uppercase() || c == '…');
    let is_fine = match kind {
        ErrorKind::MissingRequiredArgument => true,
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => words.iter().any(is_placeholder),
        _ => false,
    };
    (!is_fine).then_some(kind)
}
