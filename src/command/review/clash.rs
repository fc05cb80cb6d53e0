//! Posts that get in each other's way, and those at hours when nobody reads.

use chrono::{Datelike, Duration, Timelike, Weekday};
use chrono_tz::Tz;

use crate::{command::Library, post::Thread};

/// Two posts of one account are too near within this many minutes.
const NEAR: i64 = 10;

/// One of them is among `touched`.
pub(super) fn clashes(library: &Library, touched: &[&str], quiet_hours: bool) -> Vec<String> {
    let mut threads: Vec<&Thread> = library.threads().filter(|one| goes_out(one)).collect();
    threads.sort_by_key(|one| (one.account(), one.publish_at(), one.path()));
    let concerns = |a: &Thread, b: &Thread| {
        a.account() == b.account() && [a, b].iter().any(|one| touched.contains(&one.path()))
    };
    let mut found = Vec::new();
    for pair in threads.windows(2) {
        let apart = pair[1].publish_at().zip(pair[0].publish_at());
        let apart = apart.map(|(later, earlier)| later - earlier);
        if concerns(pair[0], pair[1]) && apart < Some(Duration::minutes(NEAR)) {
            let minutes = apart.unwrap_or_default().num_minutes();
            let (one, other) = (pair[0].path(), pair[1].path());
            found.push(format!("{one} and {other} go out within {minutes} min"));
        }
    }
    threads.sort_by_key(|one| (one.account(), words(one)));
    for pair in threads.windows(2) {
        let is_meant = pair.iter().any(|one| one.repeats());
        let same = !pair[0].posts().is_empty() && words(pair[0]) == words(pair[1]);
        if same && !is_meant && concerns(pair[0], pair[1]) {
            found.push(format!(
                "{} and {} have the same words",
                pair[0].path(),
                pair[1].path()
            ));
        }
    }
    if quiet_hours {
        let own = threads.iter().filter(|one| touched.contains(&one.path()));
        found.extend(own.filter_map(|one| quiet(one)));
    }
    found
}

fn goes_out(thread: &Thread) -> bool {
    thread.settled().is_none() && !thread.is_held() && thread.publish_at().is_some()
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
