//! How late GitHub started this very run, by its own schedule.

use std::{fs, io::Read as _};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{cron::Cron, finding::Finding};
use crate::{command::World, diagnostic::SetupCode, plan::Span};

/// From when on it is worth a warning.
const LATE: TimeDelta = TimeDelta::minutes(30);
/// GitHub's events are no larger than 25 MB; one of a schedule is a few kilobytes.
const LARGEST: u64 = 1024 * 1024;

/// What is to be said of a run that a schedule started; nothing anywhere else.
pub(super) fn of_run(world: &World<'_>) -> Option<Finding> {
    if (world.env)("GITHUB_EVENT_NAME").as_deref() != Some("schedule") {
        return None;
    }
    judge(&schedule(&event(world)?)?, (world.clock)())
}

/// Whether GitHub says that the repository is private: its schedules live on.
pub(super) fn is_private(world: &World<'_>) -> bool {
    let event = event(world).and_then(|event| serde_json::from_str::<Value>(&event).ok());
    event.is_some_and(|event| event["repository"]["private"].as_bool() == Some(true))
}

/// What started this run, as GitHub tells it.
fn event(world: &World<'_>) -> Option<String> {
    let path = (world.env)("GITHUB_EVENT_PATH")?;
    let mut event = String::new();
    let file = fs::File::open(path).ok()?;
    file.take(LARGEST).read_to_string(&mut event).ok()?;
    Some(event)
}

/// The schedule that started it.
fn schedule(event: &str) -> Option<String> {
    let event: Value = serde_json::from_str(event).ok()?;
    Some(event.get("schedule")?.as_str()?.to_owned())
}

fn judge(schedule: &str, now: DateTime<Utc>) -> Option<Finding> {
    let due = Cron::parse(schedule)?.last(now)?;
    let late = now - due;
    let minute = due.format("%H:%M");
    let said = format!(
        "this run of `{schedule}` came at least {} after its minute, {minute} UTC",
        Span(late)
    );
    let remedy = "what is due goes out all the same; to be on time whatever GitHub does, start earlier and let the run stay (`updraft publish --push --wait 1h`), or let `updraft watch --push` run on a machine of yours";
    Some(match late > LATE {
        true => Finding::warning(SetupCode::CronLate, said, remedy),
        false => Finding::note(
            SetupCode::CronLate,
            said,
            "nothing is to be done: GitHub starts scheduled runs when it has room, minutes late as a rule",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::doctor::finding::Level;

    fn judged(schedule: &str, now: &str) -> Option<(Level, String)> {
        let now = now.parse().expect("a moment");
        judge(schedule, now).map(|finding| (finding.level, finding.what))
    }

    #[test]
    fn half_an_hour_is_the_limit() {
        let daily = "7 9 * * *";
        let (level, what) = judged(daily, "2026-11-28T09:21:00Z").expect("late");
        assert_eq!(level, Level::Note);
        assert_eq!(
            what,
            "this run of `7 9 * * *` came at least 14 min after its minute, 09:07 UTC"
        );
        let level = |now| judged(daily, now).expect("late").0;
        assert_eq!(level("2026-11-28T09:37:00Z"), Level::Note);
        assert_eq!(level("2026-11-28T09:37:01Z"), Level::Warning);
        assert_eq!(level("2026-11-28T09:06:59Z"), Level::Warning);
    }

    #[test]
    fn what_is_no_schedule_is_passed_over() {
        assert_eq!(judged("@daily", "2026-11-28T09:21:00Z"), None);
        assert_eq!(judged("0 0 31 2 *", "2026-11-28T09:21:00Z"), None);
        for event in ["", "{}", "[]", "1", "{\"schedule\": 1}"] {
            assert_eq!(schedule(event), None, "{event}");
        }
        assert_eq!(schedule("{\"schedule\": \"a\"}"), Some("a".to_owned()));
    }
}
