//! Fenced blocks of Markdown pages, and the comments above them that say how they are tested.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A fenced block.
pub struct Block {
    /// What the comment right above it says; empty without one.
    pub comment: String,
    pub language: String,
    /// The line of its first line of text, from 0.
    pub line: usize,
    pub text: String,
}

/// What a page says to its test, in order.
pub enum Piece {
    /// A comment above no fence.
    Comment(String),
    Block(Block),
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Comments of one line and fenced blocks, all at the start of a line.
pub fn pieces(page: &str) -> Vec<Piece> {
    let lines: Vec<&str> = page.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let comment = comment(lines[at]);
        let fence = at + usize::from(comment.is_some());
        match (comment, lines.get(fence).and_then(|line| ticks(line))) {
            (comment, Some(ticks)) => {
                let block = block(&lines, fence, ticks, comment.unwrap_or_default());
                at = block.line + block.text.lines().count() + 1;
                found.push(Piece::Block(block));
            }
            (Some(comment), None) => {
                found.push(Piece::Comment(comment.to_owned()));
                at += 1;
            }
            (None, None) => at += 1,
        }
    }
    found
}

fn comment(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- ")?.strip_suffix(" -->")
}

fn ticks(line: &str) -> Option<usize> {
    let ticks = line.len() - line.trim_start_matches('`').len();
    (ticks >= 3).then_some(ticks)
}

fn block(lines: &[&str], fence: usize, ticks: usize, comment: &str) -> Block {
    let body = lines[fence + 1..]
        .iter()
        .take_while(|line| **line != &lines[fence][..ticks]);
    Block {
        comment: comment.to_owned(),
        language: lines[fence][ticks..].to_owned(),
        line: fence + 1,
        text: body.flat_map(|line| [*line, "\n"]).collect(),
    }
}

/// The page with other texts in these blocks.
pub fn with_texts(page: &str, texts: &[(usize, usize, String)]) -> String {
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    for (line, count, text) in texts.iter().rev() {
        lines.splice(*line..line + count, text.lines().map(str::to_owned));
    }
    lines.join("\n") + "\n"
}

pub fn copy(from: &Path, to: &Path) {
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
pub fn without_commit_ids(text: &str) -> String {
    let line = |line: &str| match line.trim_start().split_once(' ') {
        Some((id, rest)) if id.len() == 8 && id.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format!("  ........ {rest}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}
