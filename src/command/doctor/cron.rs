//! The times of a workflow's schedule, as GitHub reads them: five fields of POSIX cron, in UTC.
//!
//! Source: "Events that trigger workflows", `schedule`.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, Utc};

/// How many days are searched for a scheduled minute: a leap day comes every eight years at worst.
const SEARCHED: u64 = 366 * 8 + 2;
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When a workflow is to run. The fields are sets of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both kinds of days are named: a day that is one of either will do.
    either_day: bool,
}

impl Cron {
    /// Reads `7,22 8-18/2 * * MON-FRI`; `None` where it is no schedule.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return None;
        };
        let mut of_week = field(weekdays, (0, 7), &WEEKDAYS)?;
        if of_week & 1 << 7 != 0 {
            of_week |= 1;
        }
        Some(Self {
            minutes: field(minutes, (0, 59), &[])?,
            hours: field(hours, (0, 23), &[])?,
            days: field(days, (1, 31), &[])?,
            months: field(months, (1, 12), &MONTHS)?,
            weekdays: of_week,
            either_day: !days.starts_with('*') && !weekdays.starts_with('*'),
        })
    }

    /// Whether it ever fires at this minute of an hour.
    pub(super) fn has_minute(&self, minute: u32) -> bool {
        has(self.minutes, minute)
    }

    /// The last scheduled minute that is not after `now`.
    pub(super) fn last(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let today = now.date_naive();
        let days = (0..SEARCHED).map_while(|back| today.checked_sub_days(Days::new(back)));
        let mut days = days.filter(|day| self.has_day(*day));
        days.find_map(|day| self.last_of(day, now))
    }

    fn last_of(&self, day: NaiveDate, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let hours = (0..24).rev().filter(|hour| has(self.hours, *hour));
        let minutes = || (0..60).rev().filter(|minute| has(self.minutes, *minute));
        let times = hours.flat_map(|hour| minutes().map(move |minute| (hour, minute)));
        let mut moments = times.filter_map(|(hour, minute)| {
            let time = NaiveTime::from_hms_opt(hour, minute, 0)?;
            Some(day.and_time(time).and_utc())
        });
        moments.find(|moment| *moment <= now)
    }

    fn has_day(&self, day: NaiveDate) -> bool {
        let of_month = has(self.days, day.day());
        let of_week = has(self.weekdays, day.weekday().num_days_from_sunday());
        has(self.months, day.month())
            && match self.either_day {
                true => of_month || of_week,
                false => of_month && of_week,
            }
    }
}

fn has(set: u64, number: u32) -> bool {
    set & 1 << number != 0
}

/// One field: a list of `*`, `7`, `1-5`, each of them with a step or without.
fn field(text: &str, bounds: (u32, u32), names: &[&str]) -> Option<u64> {
    let mut set = 0;
    for item in text.split(',') {
        set |= one(item, bounds, names)?;
    }
    Some(set)
}

fn one(item: &str, (least, most): (u32, u32), names: &[&str]) -> Option<u64> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(digits(step)?)),
        None => (item, None),
    };
    let number = |text: &str| {
        let named = names
            .iter()
            .position(|name| text.eq_ignore_ascii_case(name));
        // The months' numbers begin with 1, those of the days of the week with 0.
        let number = match named {
            Some(at) => u32::try_from(at).ok()? + least,
            None => digits(text)?,
        };
        (least..=most).contains(&number).then_some(number)
    };
    let (from, to) = match (range, range.split_once('-')) {
        ("*", _) => (least, most),
        (_, Some((from, to))) => (number(from)?, number(to)?),
        (from, None) if step.is_some() => (number(from)?, most),
        (only, None) => (number(only)?, number(only)?),
    };
    let step = usize::try_from(step.unwrap_or(1)).ok()?;
    if step == 0 || from > to {
        return None;
    }
    Some((from..=to).step_by(step).fold(0, |set, at| set | 1 << at))
}

fn digits(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn last(cron: &str, now: &str) -> Option<String> {
        let now: DateTime<Utc> = now.parse().unwrap();
        let last = Cron::parse(cron).unwrap().last(now)?;
        Some(last.format("%Y-%m-%d %H:%M").to_string())
    }

    #[test]
    fn the_last_minute_is_found_in_this_hour_and_before() {
        let four = "7,22,37,52 * * * *";
        let found = |now| last(four, now).unwrap();
        assert_eq!(found("2026-11-28T09:36:59Z"), "2026-11-28 09:22");
        assert_eq!(found("2026-11-28T09:37:00Z"), "2026-11-28 09:37");
        assert_eq!(found("2026-11-28T09:06:00Z"), "2026-11-28 08:52");
        assert_eq!(found("2027-01-01T00:00:00Z"), "2026-12-31 23:52");
    }

    #[test]
    fn ranges_steps_and_names_are_read() {
        let now = "2026-11-28T12:00:00Z"; // a Saturday
        let cases = [
            ("*/20 * * * *", "2026-11-28 12:00"),
            ("5/20 * * * *", "2026-11-28 11:45"),
            ("3 8-11/2 * * *", "2026-11-28 10:03"),
            ("3 8 * * MON-fri", "2026-11-27 08:03"),
            ("3 8 * * 7", "2026-11-22 08:03"),
            ("3 8 * jan *", "2026-01-31 08:03"),
            ("3 8 1 * *", "2026-11-01 08:03"),
            ("3 8 29 2 *", "2024-02-29 08:03"),
            // A day of either kind.
            ("3 8 1 * THU", "2026-11-26 08:03"),
            ("3 8 */2 * THU", "2026-11-19 08:03"),
        ];
        for (cron, found) in cases {
            assert_eq!(last(cron, now).as_deref(), Some(found), "{cron}");
        }
        assert_eq!(last("3 8 31 2 *", now), None);
    }

    #[test]
    fn what_is_no_schedule_is_none() {
        let wrong = [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "5-2 * * * *",
            "*/0 * * * *",
            "a * * * *",
            "1, * * * *",
            "-1 * * * *",
            "+1 * * * *",
            "@hourly",
            "1/99999999999 * * * *",
            "jan * * * *",
            "* * * * jan",
            "é * * * *",
        ];
        for text in wrong {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
        assert!(Cron::parse("1/4000000000 * * * *").is_some());
    }

    #[test]
    fn minutes_are_known() {
        let cron = Cron::parse("*/15 * * * *").unwrap();
        let minutes = (0..60).filter(|minute| cron.has_minute(*minute));
        assert_eq!(minutes.collect::<Vec<_>>(), [0, 15, 30, 45]);
    }
}
