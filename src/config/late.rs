//! `late:`, from when on a post is too late, and what then.

use chrono::Duration;

use super::choice;
use crate::yaml::{Entry, Fields};

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

/// What becomes of a late post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is declared missed, unless it is out already.
    Miss,
    /// It is published all the same.
    Publish,
}

pub(super) fn late(fields: &mut Fields) -> Option<Late> {
    let Entry { node, .. } = fields.take("late")?;
    let mut own = Fields::new(node, LATE_KEYS);
    let after = own.text("after", "24h").and_then(|(text, span)| {
        let duration = read_duration(&text);
        if duration.is_none() {
            own.invalid(
                span,
                format!("`{text}` is no length of time"),
                "write for example `90m`, `24h` or `2d`",
            );
        }
        duration
    });
    let then = choice(
        &mut own,
        "then",
        &[("miss", Then::Miss), ("publish", Then::Publish)],
    );
    fields.mistakes.append(&mut own.mistakes);
    Some(Late {
        after: after.unwrap_or(Duration::hours(24)),
        then: then.unwrap_or(Then::Miss),
    })
}

/// `90s`, `15m`, `24h`, `2d`: at most ten years.
fn read_duration(text: &str) -> Option<Duration> {
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
