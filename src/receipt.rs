//! What came of a thread, and the `bluesky:` block that says so in its file.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// How a thread ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is on the network.
    Published,
    /// The server refused this very post; due again when its source changes.
    Failed,
    /// It was too late to publish it.
    Missed,
    /// It was on the network and has been deleted on purpose.
    Retracted,
    /// Nothing came of it yet, and somebody was told why: no result, and as good as no block.
    Waiting,
}

/// One record of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// `at://DID/app.bsky.feed.post/RKEY`
    pub uri: String,
    /// The record's CID; absent where the record was gone before it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cid: Option<String>,
    /// Whether the record is no longer on the network: retracted, or deleted there before its result
    /// could be written here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// The value of a file's `bluesky:` key: written by updraft alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// How the thread ended.
    pub status: Status,
    /// The moment of publishing (`createdAt` of the first part).
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_time",
        deserialize_with = "read_time"
    )]
    pub published_at: Option<DateTime<Utc>>,
    /// The moment of failing.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_time",
        deserialize_with = "read_time"
    )]
    pub failed_at: Option<DateTime<Utc>>,
    /// The moment at which it was found to be too late.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_time",
        deserialize_with = "read_time"
    )]
    pub missed_at: Option<DateTime<Utc>>,
    /// The moment at which a record that was there already was found to be this file's.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_time",
        deserialize_with = "read_time"
    )]
    pub taken_over_at: Option<DateTime<Utc>>,
    /// The moment at which its records were deleted on purpose.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_time",
        deserialize_with = "read_time"
    )]
    pub retracted_at: Option<DateTime<Utc>>,
    /// The moment at which somebody was told of this status (`notify:` in `updraft.yml`).
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_time",
        deserialize_with = "read_time"
    )]
    pub told_at: Option<DateTime<Utc>>,
    /// `sha256:` and 16 hexadecimal digits, of the body and the content keys at that moment.
    pub source: String,
    /// Why it failed, was missed, or waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The first part's page on bsky.app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The records, in the thread's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<Part>,
}

impl Block {
    /// A block that says no more than how the thread ended.
    pub fn new(status: Status, source: String) -> Self {
        Self {
            status,
            published_at: None,
            failed_at: None,
            missed_at: None,
            taken_over_at: None,
            retracted_at: None,
            told_at: None,
            source,
            reason: None,
            url: None,
            posts: Vec::new(),
        }
    }

    /// Whether it says how the thread ended, and not only that somebody was told why it waits.
    pub fn is_result(&self) -> bool {
        self.status != Status::Waiting
    }

    /// When this result came about: what is due later is another publication.
    pub fn recorded_at(&self) -> Option<DateTime<Utc>> {
        [
            self.published_at,
            self.failed_at,
            self.missed_at,
            self.taken_over_at,
            self.retracted_at,
        ]
        .into_iter()
        .flatten()
        .max()
    }

    /// The block as YAML: `bluesky:` and its indented value, with `\n` line ends and a final one.
    /// No text in it spans lines, whatever it holds.
    pub fn to_yaml(&self) -> String {
        let status = scalar(self.status.as_str());
        let time = |time: Option<DateTime<Utc>>| time.map(|time| shown(&time));
        let mut yaml = String::from("bluesky:\n");
        for (key, value) in [
            ("status", Some(status)),
            ("published_at", time(self.published_at)),
            ("failed_at", time(self.failed_at)),
            ("missed_at", time(self.missed_at)),
            ("taken_over_at", time(self.taken_over_at)),
            ("retracted_at", time(self.retracted_at)),
            ("told_at", time(self.told_at)),
            ("source", Some(scalar(&self.source))),
            ("reason", self.reason.as_deref().map(scalar)),
            ("url", self.url.as_deref().map(scalar)),
        ] {
            yaml.extend(value.map(|value| format!("  {key}: {value}\n")));
        }
        if !self.posts.is_empty() {
            yaml += "  posts:\n";
        }
        yaml.extend(self.posts.iter().map(Part::to_yaml));
        yaml
    }
}

impl Part {
    fn to_yaml(&self) -> String {
        let mut yaml = format!("    - uri: {}\n", scalar(&self.uri));
        yaml.extend(
            self.cid
                .iter()
                .map(|cid| format!("      cid: {}\n", scalar(cid))),
        );
        yaml.extend(self.deleted.then_some("      deleted: true\n"));
        yaml
    }
}

impl Status {
    /// As the block and `preview` have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Published => "published",
            Status::Failed => "failed",
            Status::Missed => "missed",
            Status::Retracted => "retracted",
            Status::Waiting => "waiting",
        }
    }
}

/// Text in one line. A server's words may hold anything, and YAML readers disagree on what breaks
/// a line and on what may stand in a file at all: all that is escaped.
fn scalar(text: &str) -> String {
    let hostile = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            )
    };
    if !text.contains(hostile) {
        let yaml = serde_yaml::to_string(text).expect("text is YAML");
        return yaml.trim_end_matches('\n').to_owned();
    }
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            '\n' => "\\n".to_owned(),
            c if hostile(c) => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

fn shown(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn write_time<S: Serializer>(
    time: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_str(&shown(time)),
        None => serializer.serialize_none(),
    }
}

fn read_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time = DateTime::parse_from_rfc3339(&text).map_err(|_| {
        D::Error::custom(format!(
            "`{text}` is no time such as 2026-12-01T14:00:03.120Z"
        ))
    })?;
    Ok(Some(time.to_utc()))
}

/// What came of one thread in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The file, relative to the repository's root.
    pub path: String,
    /// What is to be written into it.
    pub block: Block,
}

#[cfg(test)]
mod tests;
