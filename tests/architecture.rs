//! The folders of `src` are borders: who may know whom is kept here.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What each room may name. `command` may name everything; `lib.rs` and `main.rs` are no rooms.
const ARROWS: &[(&str, &[&str])] = &[
    ("atproto", &["post", "receipt"]),
    ("card", &[]),
    ("cli", &["post"]),
    ("config", &["diagnostic", "post", "yaml"]),
    ("delivery", &["git", "post", "receipt"]),
    ("diagnostic", &[]),
    ("git", &[]),
    (
        "import",
        &["atproto", "diagnostic", "post", "receipt", "yaml"],
    ),
    ("notify", &["atproto", "config"]),
    ("plan", &["post", "receipt"]),
    ("post", &["diagnostic", "receipt", "yaml"]),
    (
        "publish",
        &["atproto", "card", "git", "plan", "post", "receipt"],
    ),
    ("receipt", &[]),
    ("report", &["diagnostic"]),
    ("sandbox", &[]),
    ("schema", &[]),
    ("yaml", &["diagnostic"]),
];

struct Source {
    /// Relative to `src`.
    path: String,
    /// Without comments and without what only tests see.
    code: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every file that is not a test's.
fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    files_below(&root(), &mut files);
    files.sort();
    let of_tests: Vec<PathBuf> = files.iter().flat_map(|file| test_modules(file)).collect();
    let is_test = |file: &Path| {
        let stem = file.with_extension("");
        of_tests.iter().any(|module| stem.starts_with(module))
    };
    files
        .iter()
        .filter(|file| !is_test(file))
        .map(|file| Source {
            path: file
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/"),
            code: code(&fs::read_to_string(file).unwrap()),
        })
        .collect()
}

/// The files, without ending, of the modules that `file` declares for tests.
fn test_modules(file: &Path) -> Vec<PathBuf> {
    let folder = file.parent().unwrap();
    let inner = if file
        .file_name()
        .is_some_and(|name| name == "mod.rs" || name == "lib.rs")
    {
        folder.to_owned()
    } else {
        file.with_extension("")
    };
    let text = fs::read_to_string(file).unwrap();
    let mut modules = Vec::new();
    for (at, _) in text.match_indices("#[cfg(test)]") {
        let mut named = None;
        for line in text[at..].lines().skip(1).map(str::trim) {
            if let Some(path) = line.strip_prefix("#[path = \"") {
                named = path.strip_suffix(".rs\"]").map(|path| folder.join(path));
            } else if !line.starts_with("#[") {
                let name = line
                    .trim_start_matches("pub ")
                    .trim_start_matches("pub(crate) ");
                let name = name
                    .strip_prefix("mod ")
                    .and_then(|rest| rest.strip_suffix(';'));
                modules.extend(name.map(|name| named.clone().unwrap_or_else(|| inner.join(name))));
                break;
            }
        }
    }
    modules
}

fn code(text: &str) -> String {
    let code = match text.find("\nmod tests {") {
        Some(tests) => &text[..tests],
        None => text,
    };
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn room(path: &str) -> &str {
    path.split('/')
        .next()
        .unwrap_or(path)
        .trim_end_matches(".rs")
}

/// The rooms that a file's `crate::` paths begin with, groups in braces included.
fn named_rooms(code: &str) -> BTreeSet<String> {
    let name = |text: &str| {
        let end = text
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(text.len());
        text[..end].to_owned()
    };
    let mut rooms = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.insert(name(rest));
            continue;
        };
        let mut depth = 0;
        let mut starts = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => starts = true,
                c if starts && c.is_alphabetic() => {
                    rooms.insert(name(&group[at..]));
                    starts = false;
                }
                _ => {}
            }
        }
    }
    rooms
}

fn fail_on(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn every_arrow_between_rooms_is_allowed() {
    let mut found = Vec::new();
    for Source { path, code } in sources() {
        let own = room(&path);
        if matches!(own, "lib" | "main" | "command") {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == own) else {
            found.push(format!("src/{path}: the room `{own}` is not in the table"));
            continue;
        };
        let rooms = named_rooms(&code);
        let foreign = rooms
            .iter()
            .filter(|to| *to != own && !allowed.contains(&to.as_str()));
        found.extend(foreign.map(|to| format!("src/{path}: {own} → {to}")));
    }
    fail_on(&found, "arrows that the architecture does not have");
}

#[test]
fn no_room_reaches_another_through_its_parent() {
    let outer = |path: &str| {
        !path.contains('/') || path.matches('/').count() == 1 && path.ends_with("/mod.rs")
    };
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|source| outer(&source.path) && source.code.contains("super::"))
        .map(|source| format!("src/{}", source.path))
        .collect();
    fail_on(&found, "`super::` that leads out of a room");
}

#[test]
fn only_main_prints() {
    let words = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.path != "main.rs")
        .filter(|source| words.iter().any(|word| source.code.contains(word)))
        .map(|source| format!("src/{}", source.path))
        .collect();
    fail_on(&found, "files that print");
}

#[test]
fn nothing_outside_tests_unwraps() {
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.code.contains(".unwrap()"))
        .map(|source| format!("src/{}", source.path))
        .collect();
    fail_on(&found, "files with `.unwrap()`");
}

#[test]
fn only_the_git_room_runs_git() {
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|source| {
            room(&source.path) != "git" && source.code.contains("Command::new(\"git\")")
        })
        .map(|source| format!("src/{}", source.path))
        .collect();
    fail_on(&found, "files outside src/git that run git");
}

#[test]
fn paths_and_groups_are_read() {
    let code = "use crate::{\n  post::{self, Thread},\n  yaml,\n};\nfn a() { crate::git::b(); crate::report::c() }\n";
    let rooms: Vec<String> = named_rooms(code).into_iter().collect();
    assert_eq!(rooms, ["git", "post", "report", "yaml"]);
}
