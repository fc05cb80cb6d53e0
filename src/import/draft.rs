//! A post on its way into a file: keys, text, pictures, and what could not be carried over.

use chrono::{DateTime, Utc};

use super::markdown::BREAK;
use crate::{post::RichText, receipt::Part};

/// What a post file will say, without its block.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The account's name in `updraft.yml`; the default account otherwise.
    pub account: Option<String>,
    /// Other keys with their YAML, in order.
    pub(super) keys: Vec<(&'static str, String)>,
    /// The card of each part.
    pub(super) cards: Vec<Card>,
    /// The Markdown of each part; none for a repost.
    pub(super) parts: Vec<String>,
    /// The files that it shows.
    pub pictures: Vec<Picture>,
    /// What was published of it.
    pub(super) published: Option<Published>,
    /// What a person should know.
    pub notes: Vec<Note>,
    /// Addresses that stand alone below a part so that it quotes what is there.
    pub(super) quoted: Vec<String>,
    /// What is put behind the parts if the text has to be split.
    pub(super) numbering: Option<&'static str>,
}

/// What a person should know of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// All of it.
    pub text: String,
    /// What many posts may have in common, to be read behind "many posts".
    pub common: Option<&'static str>,
}

/// A picture or video, to lie beside the post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Relative to the post.
    pub path: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// Where it was found, if its source names an address.
    pub origin: Option<Origin>,
}

/// A file that stands for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The address.
    pub address: String,
    /// How many folders above the source's own, and the path below that.
    pub place: (usize, String),
}

/// What is on Bluesky.
#[derive(Clone, Debug, Default)]
pub(super) struct Published {
    pub(super) records: Vec<Part>,
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) url: Option<String>,
    /// Text and facets of each record, as far as the source holds them.
    pub(super) texts: Vec<RichText>,
}

/// A part's link card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Card {
    /// Whatever the text leads to.
    #[default]
    Usual,
    Never,
    Given {
        url: String,
        title: String,
        description: String,
    },
}

impl Draft {
    /// Adds a key; what is given twice stays as it was.
    pub(super) fn set(&mut self, key: &'static str, yaml: String) {
        if !self.keys.iter().any(|(known, _)| *known == key) {
            self.keys.push((key, yaml));
        }
    }

    /// The YAML of a key.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let found = self.keys.iter().find(|(known, _)| *known == key);
        found.map(|(_, yaml)| yaml.as_str())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Adds a note, once.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.add(text.into(), None);
    }

    /// Adds a note that many posts may have, each in words of its own.
    pub(super) fn note_in_common(&mut self, text: impl Into<String>, common: &'static str) {
        self.add(text.into(), Some(common));
    }

    fn add(&mut self, text: String, common: Option<&'static str>) {
        if self.notes.iter().all(|note| note.text != text) {
            self.notes.push(Note { text, common });
        }
    }

    /// The file. The notes stand in it as comments: a report is soon lost.
    pub(super) fn file(&self) -> String {
        let mut file = String::from("---\n");
        for note in &self.notes {
            file += &format!("# {}\n", line(&note.text));
        }
        let account = self.account.as_deref().map(scalar);
        file.extend(account.map(|account| format!("account: {account}\n")));
        for (key, yaml) in &self.keys {
            file += &format!("{key}: {yaml}\n");
        }
        file += &self.cards();
        file += "---\n";
        if !self.parts.is_empty() {
            file += &self.parts.join(BREAK);
            file.push('\n');
        }
        file
    }

    fn cards(&self) -> String {
        let kept = self
            .cards
            .iter()
            .rposition(|card| *card != Card::Usual)
            .map_or(0, |last| last + 1);
        match &self.cards[..kept] {
            [] => String::new(),
            [one] => format!("card:{}\n", one.yaml("  ")),
            many => {
                let entries = many.iter().map(|card| match card {
                    Card::Given { .. } => format!("  -{}\n", &card.yaml("    ")[4..]),
                    other => format!("  -{}\n", other.yaml("")),
                });
                format!("cards:\n{}", entries.collect::<String>())
            }
        }
    }
}

impl Card {
    fn yaml(&self, indent: &str) -> String {
        match self {
            Self::Usual => " true".to_owned(),
            Self::Never => " false".to_owned(),
            Self::Given {
                url,
                title,
                description,
            } => {
                let mut yaml = format!(
                    "\n{indent}url: {}\n{indent}title: {}",
                    scalar(url),
                    scalar(title)
                );
                if !description.is_empty() {
                    yaml += &format!("\n{indent}description: {}", scalar(description));
                }
                yaml
            }
        }
    }
}

/// Text as a YAML value in one line.
pub(super) fn scalar(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let bare = text.strip_prefix("https://").unwrap_or(text);
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && bare.chars().all(is_word)
        && !reserved.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_hostile(c) => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// What breaks a line for some readers of YAML, or may not stand in a file.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

/// Text in one line that is safe in a comment.
fn line(text: &str) -> String {
    text.replace(is_hostile, " ")
}
