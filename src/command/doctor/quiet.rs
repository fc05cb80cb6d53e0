//! Posts that fall due when GitHub has switched the schedule off, because nothing happened for long.

use chrono::{DateTime, TimeDelta, Utc};

use super::{finding::Finding, lateness};
use crate::{
    command::{Library, World, init},
    diagnostic::SetupCode,
    git::Git,
    plan::Span,
};

/// How long a schedule of a public repository lives without a commit.
///
/// Source: "Disabling and enabling a workflow".
const LIFE: TimeDelta = TimeDelta::days(60);

/// What falls due after such a pause; `schedule` is the file name of the workflow that publishes.
pub(super) fn of_posts(
    (library, schedule): (&Library, &str),
    repository: &dyn Git,
    world: &World<'_>,
) -> Option<Finding> {
    let remote = repository.remote_address("origin");
    let is_at_github = remote.as_deref().and_then(init::github_name).is_some();
    let is_named = (world.env)("GITHUB_REPOSITORY").is_some();
    if !(is_at_github || is_named) || lateness::is_private(world) {
        return None;
    }
    let now = (world.clock)();
    let waiting = library
        .threads()
        .filter(|thread| thread.settled().is_none() && !thread.is_held());
    let mut dues: Vec<(DateTime<Utc>, &str)> = waiting
        .filter_map(|thread| Some((thread.publish_at()?, thread.path())))
        .collect();
    dues.sort();
    let (from, due, path) = gap(repository.head_time().unwrap_or(now), &dues)?;
    let day = |at: DateTime<Utc>| at.format("%Y-%m-%d").to_string();
    let finding = Finding::warning(
        SetupCode::QuietRepository,
        format!(
            "this post is due on {}, and nothing is committed for {} before that: GitHub switches off the schedules of a public repository after 60 days without activity, here on {}",
            day(due),
            Span(due - from),
            day(from.checked_add_signed(LIFE)?),
        ),
        format!(
            "commit anything before that day, each 60 days; once it is switched off, `gh workflow enable {schedule}` (or the Actions page) switches it on again"
        ),
    );
    Some(finding.at(path))
}

/// The first post that comes too long after the commit before it: the last one that there is, or the
/// one that says that an earlier post is out.
fn gap<'a>(
    last: DateTime<Utc>,
    dues: &[(DateTime<Utc>, &'a str)],
) -> Option<(DateTime<Utc>, DateTime<Utc>, &'a str)> {
    let mut before = last;
    for (due, path) in dues {
        if *due - before > LIFE {
            return Some((before, *due, path));
        }
        before = before.max(*due);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    #[test]
    fn what_is_published_in_between_keeps_the_schedule_alive() {
        let found = |dues: &[i64]| {
            let dues: Vec<_> = dues.iter().map(|at| (day(*at), "a")).collect();
            gap(day(10), &dues).map(|(from, due, _)| (from, due))
        };
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[5, 70]), None);
        assert_eq!(found(&[71]), Some((day(10), day(71))));
        assert_eq!(found(&[40, 100, 160]), None);
        assert_eq!(found(&[40, 101, 161]), Some((day(40), day(101))));
    }
}
