//! A post as its author knows it, and its file.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::settings::ACCOUNTS;

/// The pictures there are, beside the posts.
pub const PICTURES: [&str; 2] = ["red.png", "blue.png"];
/// What marks the words of the second account.
const OTHER: &str = "@other";

/// `late:` of a file.
#[derive(Clone, Copy, Debug)]
pub struct Late {
    pub minutes: i64,
    pub is_missed: bool,
}

/// What an author knows of a post.
#[derive(Clone, Debug)]
pub struct Ghost {
    /// In the words of each of its parts, and of no other post's of the account, but of its twins'.
    pub token: String,
    /// Its account: the index in [`ACCOUNTS`].
    pub account: usize,
    pub path: String,
    pub at: DateTime<Utc>,
    /// Whether it goes out on merging: `at` is when that was.
    pub on_merge: bool,
    /// What it was called before.
    pub former_paths: Vec<String>,
    pub words: String,
    pub parts: usize,
    pub late: Option<Late>,
    pub picture: Option<&'static str>,
    pub is_deleted: bool,
    /// Whether its author wants it back.
    pub retract: bool,
    /// What was changed when it may have been out already.
    pub changed: BTreeSet<&'static str>,
    /// Whether other files have the same words, or this one was used before.
    pub is_ambiguous: bool,
    /// The times it had before.
    pub former: Vec<DateTime<Utc>>,
    /// How often it was changed when it may have been out already.
    pub changes: usize,
}

/// What a file says of its post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has no result, or one that was for another time.
    Open,
    Published,
    Missed,
    Retracted,
    /// A result that no run should have written.
    Strange,
}

impl Ghost {
    /// Whether both were due at one second, at some time.
    pub fn shares_second_with(&self, other: &Ghost) -> bool {
        let mut ours = self.former.iter().chain([&self.at]);
        ours.any(|at| *at == other.at || other.former.contains(at))
    }

    /// The file without a block.
    pub fn file(&self) -> Vec<u8> {
        let at = match self.on_merge {
            true => "merge".to_owned(),
            false => self.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        };
        let mut head = format!("publish_at: {at} # when\nlangs: [en]\n");
        if self.account > 0 {
            head += &format!("account: {}\n", ACCOUNTS[self.account].0);
        }
        if self.retract {
            head += "retract: true\n";
        }
        if let Some(Late { minutes, is_missed }) = self.late {
            let then = if is_missed { "miss" } else { "publish" };
            head += &format!("late: {{ after: {minutes}m, then: {then} }}\n");
        }
        let name = self.token.trim_end_matches(OTHER);
        let mut parts: Vec<String> = (1..=self.parts)
            .map(|part| format!("{name} {} part {part}", self.words))
            .collect();
        if let Some(picture) = self.picture {
            parts[0] += &format!("\n\n![A square]({picture})");
        }
        let body = parts.join("\n\n---\n\n");
        format!("---\n{head}---\n{body}\n").into_bytes()
    }

    /// What a block says of the post.
    pub fn fate(&self, block: &str) -> Fate {
        let missed_at = value(block, "missed_at");
        match value(block, "status") {
            None => Fate::Open,
            Some("published") => Fate::Published,
            Some("missed") => match missed_at.and_then(|time| time.parse::<DateTime<Utc>>().ok()) {
                // Moved to later since: another try.
                Some(time) if time < self.at => Fate::Open,
                Some(time) if self.may_be_missed_at(time) => Fate::Missed,
                _ => Fate::Strange,
            },
            Some("retracted") if self.retract => Fate::Retracted,
            Some(_) => Fate::Strange,
        }
    }

    fn may_be_missed_at(&self, time: DateTime<Utc>) -> bool {
        let late = self.late.filter(|late| late.is_missed);
        late.is_some_and(|late| time - self.at > TimeDelta::minutes(late.minutes))
    }
}

fn value<'a>(block: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = block.lines();
    lines.find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": "))
}

/// The words of a record, as ghosts have them.
pub fn words_of(account: usize, text: &str) -> String {
    match (account, text.split_once(' ')) {
        (1.., Some((token, words))) => format!("{token}{OTHER} {words}"),
        _ => text.to_owned(),
    }
}

/// The same words in the other account.
pub fn elsewhere(token: &str) -> String {
    match token.strip_suffix(OTHER) {
        Some(token) => token.to_owned(),
        None => format!("{token}{OTHER}"),
    }
}

/// The author's part of a file, and its block.
pub fn split(bytes: &[u8]) -> (Vec<u8>, String) {
    let text = String::from_utf8_lossy(bytes);
    let (mut theirs, mut block) = (String::new(), String::new());
    let mut in_block = false;
    for line in text.split_inclusive('\n') {
        in_block = line.starts_with("bluesky:") || (in_block && line.starts_with(' '));
        match in_block {
            true => block.push_str(line),
            false => theirs.push_str(line),
        }
    }
    (theirs.into_bytes(), block)
}

/// The author's part of a file with a block.
pub fn with_block(bytes: &[u8], block: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    let end = text[4..].find("---\n").unwrap() + 4;
    format!("{}{block}{}", &text[..end], &text[end..]).into_bytes()
}
