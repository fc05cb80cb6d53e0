//! Posts that get in each other's way, and those at hours when nobody reads.

use chrono::{DateTime, Datelike, Duration, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use crate::{command::Library, post::Thread};

/// Two posts of one account are too near within this many minutes.
const NEAR: i64 = 10;
/// Nobody reads of more pairs.
const MOST: usize = 10_000;

/// One of them is among `touched`.
pub(super) fn clashes(
    (library, now): (&Library, DateTime<Utc>),
    touched: &[&str],
    quiet_hours: bool,
) -> Vec<String> {
    let mut threads: Vec<&Thread> = library.threads().filter(|one| goes_out(one, now)).collect();
    threads.sort_by_key(|one| (one.account(), one.publish_at(), one.path()));
    let concerns = |a: &Thread, b: &Thread| {
        a.account() == b.account() && [a, b].iter().any(|one| touched.contains(&one.path()))
    };
    let mut found = Vec::new();
    let apart = |one: &Thread, other: &Thread| {
        let times = other.publish_at().zip(one.publish_at());
        times.map(|(later, earlier)| later - earlier)
    };
    for (one, other) in pairs(&threads, |one, other| {
        one.account() == other.account() && apart(one, other) < Some(Duration::minutes(NEAR))
    }) {
        if concerns(one, other) {
            let minutes = apart(one, other).unwrap_or_default().num_minutes();
            let near = match minutes {
                0 => "in the same minute".to_owned(),
                minutes => format!("within {minutes} min"),
            };
            found.push(format!("{} and {} go out {near}", one.path(), other.path()));
        }
    }
    threads.sort_by_key(|one| (one.account(), words(one)));
    // A card or a quote alone has no words to be the same.
    let has_words = |one: &&Thread| words(one).iter().any(|text| !text.is_empty());
    let spoken: Vec<&Thread> = threads.iter().copied().filter(has_words).collect();
    for (one, other) in pairs(&spoken, |one, other| {
        one.account() == other.account() && words(one) == words(other)
    }) {
        let is_meant = one.repeats() || other.repeats();
        if !is_meant && concerns(one, other) {
            found.push(format!(
                "{} and {} have the same words",
                one.path(),
                other.path()
            ));
        }
    }
    if quiet_hours {
        let own = threads.iter().filter(|one| touched.contains(&one.path()));
        found.extend(own.filter_map(|one| quiet(one)));
    }
    found
}

/// Every pair of a sorted list of which the first and the last, and so all between, are alike.
fn pairs<'a>(
    sorted: &[&'a Thread],
    alike: impl Fn(&Thread, &Thread) -> bool,
) -> Vec<(&'a Thread, &'a Thread)> {
    let mut found = Vec::new();
    for (at, one) in sorted.iter().enumerate() {
        let rest = sorted[at + 1..].iter();
        let near = rest.take_while(|other| alike(one, other));
        found.extend(near.map(|other| (*one, *other)));
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// Whether it has a time, and is neither out, nor held back, nor so late that it will be missed.
pub(super) fn goes_out(thread: &Thread, now: DateTime<Utc>) -> bool {
    thread.settled().is_none()
        && !thread.is_held()
        && thread.publish_at().is_some()
        && !thread.is_too_late(now)
}

fn words(thread: &Thread) -> Vec<&str> {
    thread.posts().iter().map(|post| post.text.text()).collect()
}

fn quiet(thread: &Thread) -> Option<String> {
    let time = thread
        .publish_at()?
        .with_timezone(&thread.zone().unwrap_or(Tz::UTC));
    let why = match (time.weekday(), time.hour()) {
        (Weekday::Sat | Weekday::Sun, _) => "at a weekend",
        (_, ..7 | 22..) => "at night",
        _ => return None,
    };
    Some(format!(
        "{} goes out {why}: {}",
        thread.path(),
        time.format("%a %H:%M %Z")
    ))
}
