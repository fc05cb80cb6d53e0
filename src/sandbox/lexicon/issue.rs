//! What is wrong with a value, in the words of the official server.

use std::fmt::{self, Display};

use serde_json::Value;

use super::{Format, ipld};

/// The types of the data model, as a message lists them.
pub(in crate::sandbox) const DATA_TYPES: &str =
    "one of null, boolean, integer, string, cid, bytes, array or object";
/// What a union's member must be.
pub(in crate::sandbox) const TYPED: &str = "an object which includes the \"$type\" property";

/// How many UTF-16 units of a text a message shows.
const SHOWN: usize = 256;

/// One mistake: what, and where.
pub(in crate::sandbox) struct Issue {
    /// Without the place: parameters are complained about so.
    pub(in crate::sandbox) message: String,
    place: String,
}

impl Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.place)
    }
}

impl Issue {
    pub(super) fn unexpected(path: &Path<'_>, expected: &str, found: &Value) -> Issue {
        let found = Shown(found);
        Issue::new(
            path,
            format!("Expected {expected} value type (got {found})"),
        )
    }

    pub(super) fn invalid_value(path: &Path<'_>, allowed: &[&str], found: &Value) -> Issue {
        let allowed: Vec<_> = allowed.iter().map(|text| format!("\"{text}\"")).collect();
        let allowed = match allowed.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("one of {} or {last}", others.join(", ")),
            None => String::new(),
        };
        Issue::new(path, format!("Expected {allowed} (got {})", Shown(found)))
    }

    pub(super) fn invalid_format(path: &Path<'_>, format: Format, found: &Value) -> Issue {
        Issue::new(
            path,
            format!("Invalid {} (got {})", format.name(), Shown(found)),
        )
    }

    pub(super) fn missing(path: &Path<'_>, key: &str) -> Issue {
        Issue::new(path, format!("Missing required key \"{key}\""))
    }

    pub(super) fn too_big(
        path: &Path<'_>,
        what: &str,
        (maximum, found): (impl Display, impl Display),
    ) -> Issue {
        Issue::new(
            path,
            format!("{what} too big (maximum {maximum}, got {found})"),
        )
    }

    pub(super) fn too_small(path: &Path<'_>, what: &str, (minimum, found): (i64, i64)) -> Issue {
        Issue::new(
            path,
            format!("{what} too small (minimum {minimum}, got {found})"),
        )
    }

    fn new(path: &Path<'_>, message: String) -> Issue {
        Issue {
            message,
            place: path.to_string(),
        }
    }
}

/// Where a value sits, as `$.record.facets[0]`.
pub(in crate::sandbox) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl<'a> Path<'a> {
    pub(in crate::sandbox) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }

    pub(in crate::sandbox) fn index(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => f.write_str("$"),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Path::Key(parent, key) if is_plain(key) => write!(f, "{parent}.{key}"),
            Path::Key(parent, key) => write!(f, "{parent}[{}]", Value::from(*key)),
        }
    }
}

fn is_plain(key: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$';
    key.starts_with(starts)
        && key
            .chars()
            .skip(1)
            .all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A value as messages show it: shortened.
struct Shown<'a>(&'a Value);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) => write!(f, "{}", Value::from(shortened(text))),
            Value::Array(items) => {
                let shown: Vec<_> = items.iter().take(2).map(|i| Shown(i).to_string()).collect();
                write!(f, "[{}{}]", shown.join(", "), more(items.len()))
            }
            Value::Object(_) if ipld::link(self.0).is_some() => f.write_str("cid"),
            Value::Object(object) => {
                let keys = object.keys().take(2);
                let shown: Vec<_> = keys
                    .map(|k| format!("{}: ...", Value::from(&**k)))
                    .collect();
                write!(f, "{{{}{}}}", shown.join(", "), more(object.len()))
            }
            other => write!(f, "{other}"),
        }
    }
}

fn more(length: usize) -> &'static str {
    if length > 2 { ", ..." } else { "" }
}

fn shortened(text: &str) -> String {
    if text.encode_utf16().count() < SHOWN {
        return text.to_owned();
    }
    let units: Vec<u16> = text.encode_utf16().take(SHOWN - 1).collect();
    format!("{}…", String::from_utf16_lossy(&units))
}
