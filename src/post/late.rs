//! `late:`, from when on a post is too late, and what then: said by a file, its account, or for all.

use chrono::Duration;

use crate::yaml::{Entry, Fields, Value};

/// Every key of `late`.
pub const LATE_KEYS: &[&str] = &["after", "then"];

/// From when on a post is late, and what then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// How long behind its time a post is published as if nothing were.
    pub after: Duration,
    /// What becomes of it then.
    pub then: Then,
}

impl Default for Late {
    fn default() -> Self {
        Self {
            after: Duration::hours(24),
            then: Then::Miss,
        }
    }
}

/// What becomes of a late post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is declared missed, unless it is out already.
    Miss,
    /// It is published all the same.
    Publish,
}

/// As much of `late` as one place says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GivenLate {
    after: Option<Duration>,
    then: Option<Then>,
}

impl GivenLate {
    /// What holds where the place further out says `base`.
    pub fn over(self, base: Late) -> Late {
        Late {
            after: self.after.unwrap_or(base.after),
            then: self.then.unwrap_or(base.then),
        }
    }
}

/// Reads `late`, in front matter and in `updraft.yml` alike.
pub(crate) fn late(fields: &mut Fields) -> GivenLate {
    let Some(Entry { node, .. }) = fields.take("late") else {
        return GivenLate::default();
    };
    if let Value::Text(text) = &node.value {
        let message = "`late` takes when a post is late, and what then";
        let help = match read_duration(text) {
            Some(_) => format!("write `late: {{ after: {} }}`", text.trim()),
            None => "write for example `late: { after: 24h, then: publish }`".to_owned(),
        };
        fields.invalid(node.span, message.to_owned(), help);
        return GivenLate::default();
    }
    let mut own = Fields::new(node, LATE_KEYS);
    let after = duration(&mut own, "after", "24h");
    let then = own.choice("then", &[("miss", Then::Miss), ("publish", Then::Publish)]);
    fields.mistakes.append(&mut own.mistakes);
    GivenLate { after, then }
}

/// Reads a key that holds a length of time.
pub(crate) fn duration(fields: &mut Fields, key: &'static str, example: &str) -> Option<Duration> {
    let (text, span) = fields.text(key, example)?;
    let duration = read_duration(&text);
    if duration.is_none() {
        fields.invalid(
            span,
            format!("`{text}` is no length of time"),
            "write for example `90m`, `24h` or `2d`",
        );
    }
    duration
}

/// `90s`, `15m`, `24h`, `2d`: at most ten years.
pub(crate) fn read_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: i64 = text[..text.len() - 1]
        .trim()
        .parse()
        .ok()
        .filter(|count| *count >= 0)?;
    let seconds = count.checked_mul(seconds)?;
    (seconds <= 3_650 * 86_400).then(|| Duration::seconds(seconds))
}
