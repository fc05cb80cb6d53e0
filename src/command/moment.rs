//! A day or a moment on the command line.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::{CommandError, Library};
use crate::post::schedule::{self, Written};

/// The beginning of a day, or a moment, in the zone of the configuration.
///
/// # Errors
/// `text`, the value of `flag`, is neither.
pub(super) fn read(
    flag: &str,
    text: &str,
    library: &Library,
) -> Result<DateTime<Utc>, CommandError> {
    let whole_day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").is_ok();
    let text = if whole_day {
        format!("{} 00:00", text.trim())
    } else {
        text.to_owned()
    };
    let zone = library.config.timezone.unwrap_or(Tz::UTC);
    let written = schedule::read(&text).and_then(|written| match written {
        Written::Merge => Err(schedule::TimeMistake {
            message: "`merge` is no moment".to_owned(),
            help: "write for example 2026-12-31, or `2026-12-31 09:00`".to_owned(),
        }),
        Written::Instant(time) => Ok(time.to_utc()),
        Written::Local(local) => schedule::resolve(local, zone),
    });
    // Its own remedy speaks of what a post's time can be.
    written.map_err(|mistake| {
        CommandError::usage(format!(
            "{flag}: {}; write for example 2026-12-31, or `2026-12-31 09:00`",
            mistake.message
        ))
    })
}
