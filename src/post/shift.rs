//! A post's time moved by so much, in the words in which its author wrote it.

use std::str::FromStr;

use chrono::{DateTime, Duration, FixedOffset, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;

use super::{
    Document,
    schedule::{self, TimeMistake, Written},
};
use crate::yaml::{self, Value};

/// How far, and in which direction: `+15m`, `-2h`, `+1d`, `+1w2d`, `+1h30m`, `+90s`.
///
/// Weeks and days are those of the calendar: 09:00 stays 09:00 when the clocks change. Hours, minutes
/// and seconds are time that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    days: Duration,
    time: Duration,
}

/// Text that is no shift.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidShift {
    /// It is not of that form.
    #[error(
        "`{0}` is no shift: write a sign and how far, such as `+15m`, `-2h`, `+1d` or `+1h30m`"
    )]
    Form(String),
    /// It goes further than a hundred years.
    #[error("`{0}` is too far: posts move by a hundred years at most")]
    TooFar(String),
}

/// The most that a post is moved at once, in seconds: a hundred years.
const MOST: i64 = 100 * 366 * 24 * 60 * 60;

impl FromStr for Shift {
    type Err = InvalidShift;

    fn from_str(text: &str) -> Result<Self, InvalidShift> {
        let invalid = || InvalidShift::Form(text.to_owned());
        let too_far = || InvalidShift::TooFar(text.to_owned());
        let (sign, mut rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(invalid()),
        };
        let (mut days, mut time) = (0_i64, 0_i64);
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit());
            let (number, unit) = rest.split_at(end.ok_or_else(invalid)?);
            // The sign is gone: what is still no number has no digit, or too many.
            let number: i64 = number.parse().map_err(|_| match number.is_empty() {
                true => invalid(),
                false => too_far(),
            })?;
            let mut chars = unit.chars();
            let (sum, seconds) = match chars.next() {
                Some('w') => (&mut days, 7 * 86_400),
                Some('d') => (&mut days, 86_400),
                Some('h') => (&mut time, 3_600),
                Some('m') => (&mut time, 60),
                Some('s') => (&mut time, 1),
                _ => return Err(invalid()),
            };
            let more = number.checked_mul(seconds).ok_or_else(too_far)?;
            *sum = sum
                .checked_add(more)
                .filter(|sum| *sum <= MOST)
                .ok_or_else(too_far)?;
            rest = chars.as_str();
        }
        if days == 0 && time == 0 {
            return Err(invalid());
        }
        Ok(Self {
            days: Duration::seconds(sign * days),
            time: Duration::seconds(sign * time),
        })
    }
}

/// A file whose time was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shifted {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// `publish_at` as it was written.
    pub old: String,
    /// As it is written now.
    pub new: String,
    /// The new moment.
    pub at: DateTime<Utc>,
}

impl Shift {
    /// The file with its `publish_at` moved; every other byte stays. `zone` is that of times
    /// without an offset.
    ///
    /// # Errors
    /// A new time that doesn't exist, exists twice, or lies outside [`schedule::YEARS`]; a
    /// `publish_at` of a form that can't be rewritten.
    pub fn apply(self, document: &Document, zone: Option<Tz>) -> Result<Shifted, TimeMistake> {
        let root = yaml::parse(document.source(), document.matter())
            .map_err(|mistake| unwritable(mistake.message))?;
        let Value::Mapping(entries) = &root.value else {
            return Err(unwritable(
                "the front matter is no mapping of keys".to_owned(),
            ));
        };
        let entry = entries.iter().find(|entry| entry.key == "publish_at");
        let entry = entry.ok_or_else(|| unwritable("there is no `publish_at`".to_owned()))?;
        let Value::Text(text) = &entry.node.value else {
            return Err(unwritable("`publish_at` is no text".to_owned()));
        };
        let (new, at) = self.rewrite(text, zone)?;
        // Quotes, an anchor or a tag around it stay, and so does a comment behind it.
        let span = entry.node.span.clone();
        let written = &document.source()[span.clone()];
        let place = written.find(text.as_str()).map(|place| span.start + place);
        let place = place.ok_or_else(|| {
            unwritable(format!(
                "`{written}` is written in a way that can't be moved"
            ))
        })?;
        let source = document.source();
        let edited = [&source[..place], &new, &source[place + text.len()..]].concat();
        verify(&edited, document, &new)?;
        Ok(Shifted {
            bytes: edited.into_bytes(),
            old: text.clone(),
            new,
            at,
        })
    }

    fn rewrite(self, text: &str, zone: Option<Tz>) -> Result<(String, DateTime<Utc>), TimeMistake> {
        let too_far = || TimeMistake {
            message: format!("`{text}` can't be moved that far"),
            help: "move it by less".to_owned(),
        };
        let (local, at) = match schedule::read(text)? {
            Written::Merge => {
                return Err(TimeMistake {
                    message: "`publish_at: merge` is no time that can be moved".to_owned(),
                    help: "merge it later, or give it a time".to_owned(),
                });
            }
            Written::Instant(time) => {
                let moved: DateTime<FixedOffset> = time
                    .checked_add_signed(self.days)
                    .and_then(|time| time.checked_add_signed(self.time))
                    .ok_or_else(too_far)?;
                (moved.naive_local(), moved.to_utc())
            }
            Written::Local(local) => {
                let zone = zone.unwrap_or(Tz::UTC);
                let day = local.checked_add_signed(self.days).ok_or_else(too_far)?;
                let moved = schedule::resolve(day, zone)?
                    .checked_add_signed(self.time)
                    .ok_or_else(too_far)?;
                let local = moved.with_timezone(&zone).naive_local();
                (local, schedule::resolve(local, zone)?)
            }
        };
        let new = in_the_style_of(text, local);
        schedule::read(&new)?;
        Ok((new, at))
    }
}

/// The date, what separates it from the time, the time with or without seconds, and the rest.
fn in_the_style_of(text: &str, local: NaiveDateTime) -> String {
    let is_separator = |c: char| matches!(c, ' ' | 'T' | 't');
    let date = text.find(is_separator).unwrap_or(text.len());
    let after = &text[date..];
    let time = after.find(|c| !is_separator(c)).unwrap_or(after.len());
    let (separator, time) = after.split_at(time);
    let end = time.find(|c: char| !c.is_ascii_digit() && c != ':');
    let (time, rest) = time.split_at(end.unwrap_or(time.len()));
    let has_seconds = time.matches(':').count() == 2 || local.second() != 0;
    let format = if has_seconds { "%H:%M:%S" } else { "%H:%M" };
    format!(
        "{}{separator}{}{rest}",
        local.format("%Y-%m-%d"),
        local.format(format)
    )
}

/// The edit is never guessed: another reading must find the new time, and all else as it was.
fn verify(edited: &str, document: &Document, new: &str) -> Result<(), TimeMistake> {
    let again = Document::parse(document.path(), edited.as_bytes().to_vec())
        .map_err(|mistake| unwritable(mistake.message))?;
    let root = yaml::parse(again.source(), again.matter())
        .map_err(|mistake| unwritable(mistake.message))?;
    let is_new = root.get("publish_at") == Some(&Value::Text(new.to_owned()));
    let rest = |document: &Document| document.without_key("publish_at").ok();
    if is_new && rest(&again) == rest(document) && again.body_text() == document.body_text() {
        return Ok(());
    }
    Err(unwritable(
        "the edit would change more than the time".to_owned(),
    ))
}

fn unwritable(message: String) -> TimeMistake {
    TimeMistake {
        message,
        help: "change `publish_at` by hand".to_owned(),
    }
}

#[cfg(test)]
mod tests;
