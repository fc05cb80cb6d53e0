//! When a post is due: what an author may write, and the one second that it means.

use chrono::{
    DateTime, Datelike, Duration, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime,
    SecondsFormat, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

use crate::diagnostic::did_you_mean;

/// The first and the last year in which a post can be due: record keys hold them all.
pub const YEARS: std::ops::RangeInclusive<i32> = 2023..=2200;

/// A `publish_at` as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// With `Z` or an offset: one moment.
    Instant(DateTime<FixedOffset>),
    /// Without: needs a zone.
    Local(NaiveDateTime),
    /// `merge`: as soon as the file is on the branch that publishes.
    Merge,
}

/// What is wrong with a time, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeMistake {
    /// What was found.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Reads `2026-12-01 09:00`, `2026-12-01T09:00:00`, either with `Z` or `+01:00` behind it, and `merge`.
///
/// # Errors
/// Anything else, fractions of a second, and years outside [`YEARS`].
pub fn read(text: &str) -> Result<Written, TimeMistake> {
    let text = text.trim();
    if text == "merge" {
        return Ok(Written::Merge);
    }
    let (local, offset) = split_offset(text);
    let local = local.trim_end().replacen(['T', 't'], " ", 1);
    let Some((date, time)) = local.split_once(' ') else {
        return Err(shapeless(
            text,
            NaiveDate::parse_from_str(&local, "%Y-%m-%d").is_ok(),
        ));
    };
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| no_such_date(date, text))?;
    let time = read_time(time.trim(), text)?;
    if !YEARS.contains(&date.year()) {
        return Err(mistake(
            format!(
                "the year {} is out of range: {} to {}",
                date.year(),
                YEARS.start(),
                YEARS.end()
            ),
            "write the year in which the post is due".into(),
        ));
    }
    let local = date.and_time(time);
    match offset {
        None => Ok(Written::Local(local)),
        Some(offset) => {
            let offset = read_offset(offset).ok_or_else(|| shapeless(text, false))?;
            let instant = offset.from_local_datetime(&local).single();
            instant
                .map(Written::Instant)
                .ok_or_else(|| shapeless(text, false))
        }
    }
}

fn split_offset(text: &str) -> (&str, Option<&str>) {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return (local, Some("Z"));
    }
    // A sign behind the date's own hyphens.
    match text
        .char_indices()
        .skip(10)
        .find(|(_, c)| matches!(c, '+' | '-'))
    {
        Some((at, _)) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    }
}

fn read_offset(text: &str) -> Option<FixedOffset> {
    if text == "Z" {
        return FixedOffset::east_opt(0);
    }
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (
        digits[..2].parse::<i32>().ok()?,
        digits[2..].parse::<i32>().ok()?,
    );
    if hours > 14 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    FixedOffset::east_opt(if text.starts_with('-') {
        -seconds
    } else {
        seconds
    })
}

fn read_time(time: &str, whole: &str) -> Result<NaiveTime, TimeMistake> {
    if time.contains(['.', ',']) {
        return Err(mistake(
            format!("`{whole}` has a fraction of a second"),
            "a post is due at a whole second".into(),
        ));
    }
    let parsed = ["%H:%M:%S", "%H:%M"]
        .iter()
        .find_map(|f| NaiveTime::parse_from_str(time, f).ok());
    // chrono reads a leap second as nanosecond 10⁹.
    parsed
        .filter(|time| time.nanosecond() < 1_000_000_000)
        .ok_or_else(|| {
            mistake(
                format!("`{time}` is no time of day"),
                "write hours and minutes from 00:00 to 23:59, such as 09:00".into(),
            )
        })
}

fn mistake(message: String, help: String) -> TimeMistake {
    TimeMistake { message, help }
}

fn no_such_date(date: &str, whole: &str) -> TimeMistake {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if date.split('-').count() == 3 && date.split('-').all(digits) {
        return mistake(
            format!("`{date}` is not in the calendar"),
            "dates are year-month-day, such as 2026-12-01".into(),
        );
    }
    shapeless(whole, false)
}

fn shapeless(text: &str, is_date: bool) -> TimeMistake {
    if is_date {
        let date = text.trim();
        let help = format!(
            "write it as `{date} 09:00` (with `timezone:`) or `{date}T09:00:00-05:00`, for example"
        );
        return mistake(format!("`{text}` has no time of day"), help);
    }
    let message = format!("`{text}` is no time that updraft reads");
    let help = "write it as `2026-12-01 09:00` (with `timezone:`) or `2026-12-01T09:00:00-05:00`, or as `merge`";
    mistake(message, help.into())
}

/// The moment of a local time in `zone`.
///
/// # Errors
/// The clocks skip it, or show it twice: the choices, with their offsets.
pub fn resolve(local: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, TimeMistake> {
    let shown = local.format("%Y-%m-%d %H:%M:%S");
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) => Ok(time.to_utc()),
        LocalResult::Ambiguous(first, second) => Err(mistake(
            format!("{shown} happens twice in {zone}: the clocks go back"),
            format!(
                "write `{}` or `{}`",
                with_offset(first),
                with_offset(second)
            ),
        )),
        LocalResult::None => Err(mistake(
            format!("{shown} does not exist in {zone}: the clocks go forward"),
            gap_choices(local, zone),
        )),
    }
}

/// Both readings of a skipped time: by the offset before the change, and by the one after it.
fn gap_choices(local: NaiveDateTime, zone: Tz) -> String {
    let day = Duration::days(1);
    let around = [local - day, local + day];
    let mut choices = around.iter().filter_map(|near| {
        let near = zone.from_local_datetime(near).earliest()?;
        let fixed = chrono::Offset::fix(near.offset());
        let moment = fixed.from_local_datetime(&local).single()?;
        Some(format!("`{}`", with_offset(moment.with_timezone(&zone))))
    });
    match (choices.next(), choices.next()) {
        (Some(one), Some(other)) => format!("write {other} or {one}"),
        _ => "write another time".into(),
    }
}

fn with_offset(time: DateTime<Tz>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// An IANA zone by its name.
///
/// # Errors
/// The name is none; with the one that was meant, where that can be told.
pub fn zone(name: &str) -> Result<Tz, TimeMistake> {
    if let Ok(zone) = name.parse::<Tz>() {
        return Ok(zone);
    }
    let names = || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let same = names().find(|known| known.eq_ignore_ascii_case(name));
    // The city alone is what people remember.
    let city = names().find(|known| {
        known
            .rsplit('/')
            .next()
            .is_some_and(|city| city.eq_ignore_ascii_case(name))
    });
    let meant = same.or(city).or_else(|| did_you_mean_zone(name));
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "use an IANA name such as `Europe/Berlin` or `America/New_York`".into(),
    };
    Err(mistake(format!("`{name}` is no time zone"), help))
}

fn did_you_mean_zone(name: &str) -> Option<&'static str> {
    let lower: Vec<(String, &'static str)> = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|z| (z.name().to_lowercase(), z.name()))
        .collect();
    let best = did_you_mean(name, lower.iter().map(|(lower, _)| lower.as_str()))?;
    lower
        .iter()
        .find(|(lower, _)| lower == best)
        .map(|(_, name)| *name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn utc(text: &str, zone: Tz) -> Result<String, TimeMistake> {
        let moment = match read(text)? {
            Written::Instant(time) => time.to_utc(),
            Written::Local(local) => resolve(local, zone)?,
            Written::Merge => return Ok("merge".into()),
        };
        Ok(moment.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    #[test]
    fn times_are_read_as_written() {
        let berlin = chrono_tz::Europe::Berlin;
        for (text, expected) in [
            ("2026-12-01 09:00", "2026-12-01T08:00:00Z"),
            ("2026-07-01T09:00:30", "2026-07-01T07:00:30Z"),
            ("2026-12-01T09:00:00-05:00", "2026-12-01T14:00:00Z"),
            ("2026-12-01T09:00+0530", "2026-12-01T03:30:00Z"),
            ("2026-12-01 09:00 +01:00", "2026-12-01T08:00:00Z"),
            ("2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z"),
            (" merge ", "merge"),
        ] {
            assert_eq!(utc(text, berlin).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_says_why() {
        for (text, expected) in [
            ("2026-12-01", "`2026-12-01` has no time of day"),
            ("2026-02-30 09:00", "`2026-02-30` is not in the calendar"),
            ("2026-12-01 24:00", "`24:00` is no time of day"),
            ("2026-12-01 09:00:60", "`09:00:60` is no time of day"),
            (
                "2026-12-01 09:00:00.5",
                "`2026-12-01 09:00:00.5` has a fraction of a second",
            ),
            ("tomorrow", "`tomorrow` is no time that updraft reads"),
            ("Merge", "`Merge` is no time that updraft reads"),
            (
                "2022-12-31 09:00",
                "the year 2022 is out of range: 2023 to 2200",
            ),
            (
                "2201-01-01 09:00",
                "the year 2201 is out of range: 2023 to 2200",
            ),
            (
                "2026-12-01T09:00:00+25:00",
                "`2026-12-01T09:00:00+25:00` is no time that updraft reads",
            ),
            ("2026-12-01T09:00é", "`09:00é` is no time of day"),
            (
                "12/01/2026 09:00",
                "`12/01/2026 09:00` is no time that updraft reads",
            ),
        ] {
            assert_eq!(utc(text, Tz::UTC).unwrap_err().message, expected, "{text}");
        }
    }

    #[test]
    fn a_skipped_time_shows_both_readings() {
        let mistake = utc("2026-03-29 02:30", chrono_tz::Europe::Berlin).unwrap_err();
        assert_eq!(
            mistake.message,
            "2026-03-29 02:30:00 does not exist in Europe/Berlin: the clocks go forward"
        );
        assert_eq!(
            mistake.help,
            "write `2026-03-29T01:30:00+01:00` or `2026-03-29T03:30:00+02:00`"
        );
    }

    #[test]
    fn a_repeated_time_shows_both_offsets() {
        let mistake = utc("2026-11-01 01:30", chrono_tz::America::New_York).unwrap_err();
        assert_eq!(
            mistake.help,
            "write `2026-11-01T01:30:00-04:00` or `2026-11-01T01:30:00-05:00`"
        );
    }

    #[test]
    fn zones_are_recognised_or_guessed() {
        assert_eq!(zone("Europe/Berlin").unwrap(), chrono_tz::Europe::Berlin);
        for (name, help) in [
            ("europe/berlin", "did you mean `Europe/Berlin`?"),
            ("Berlin", "did you mean `Europe/Berlin`?"),
            ("Amerika/New_York", "did you mean `America/New_York`?"),
        ] {
            assert_eq!(zone(name).unwrap_err().help, help, "{name}");
        }
    }
}
