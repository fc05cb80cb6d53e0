//! `updraft status`: how it stands, from the files and the clone's notes alone.

use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::{
    CommandError, Console, Exit, Library, World,
    plan::{count, policy, utc, when},
    standing::{self, Entry, STATES},
    tell::{self, LastRun},
};
use crate::{
    cli::{OutputFormat, SelectionArgs, StatusArgs},
    plan::{Plan, Span, plan},
    report::sanitize,
};

/// How far back lateness is looked at.
const DAYS: i64 = 30;
/// How many posts that wait are shown to people.
const NEXT: usize = 5;

/// Runs it.
pub(super) fn run(
    args: &StatusArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = Library::load(world, config);
    let library = Library::require(library, Exit::Failed, world, console)?;
    let policy = policy(&library, &SelectionArgs::default(), world)?;
    let now = (world.clock)();
    let plan = plan(library.candidates(now, false)?, now, &policy);
    let status = Status {
        entries: standing::entries(&plan, &[]),
        plan: &plan,
        paused: library.config.paused.as_deref(),
        last: tell::notes_of(library.repository.as_deref()).last_run(),
    };
    match args.format {
        OutputFormat::Json => writeln!(console.out, "{:#}", status.to_json())?,
        OutputFormat::Human => write!(console.out, "{}", status.to_text())?,
    }
    Ok(Exit::Done)
}

struct Status<'a> {
    entries: Vec<Entry<'a>>,
    plan: &'a Plan,
    paused: Option<&'a str>,
    last: Option<LastRun>,
}

impl Status<'_> {
    fn of(&self, state: &str) -> Vec<&Entry<'_>> {
        let entries = self.entries.iter();
        entries.filter(|entry| entry.state == state).collect()
    }

    /// How late what went out in the last days was, sorted.
    fn lateness(&self) -> Vec<Duration> {
        let since = self.plan.now - Duration::days(DAYS);
        let recent = self
            .entries
            .iter()
            .filter(|entry| entry.published_at().is_some_and(|then| then >= since));
        let mut late: Vec<Duration> = recent.filter_map(Entry::lateness).collect();
        late.sort();
        late
    }

    fn to_json(&self) -> Value {
        let counts: serde_json::Map<String, Value> = STATES
            .iter()
            .map(|state| ((*state).to_owned(), self.of(state).len().into()))
            .collect();
        let list =
            |state: &str| -> Vec<Value> { self.of(state).into_iter().map(entry_json).collect() };
        let late = self.lateness();
        let seconds = |share| at_share(&late, share).map(|late| late.as_seconds_f64());
        json!({
            "now": utc(self.plan.now),
            "paused": self.paused,
            "posts": counts,
            "due": list("due"),
            "waiting": list("waiting"),
            "failed": list("failed"),
            "missed": list("missed"),
            "lateness": {
                "days": DAYS,
                "published": late.len(),
                "p50_seconds": seconds(0.5),
                "p99_seconds": seconds(0.99),
                "max_seconds": seconds(1.0),
            },
            "last_run": self.last.as_ref().map(last_json),
        })
    }

    fn to_text(&self) -> String {
        let mut text = String::new();
        if let Some(why) = self.paused {
            text += &format!("Paused: {}\n\n", sanitize(why));
        }
        let due = self.of("due");
        if due.is_empty() {
            text += "Nothing is due.\n";
        }
        text += &section("Due, and not out:", &due, self.plan.now);
        let back = self.entries.iter().filter(|e| e.is_to_be_retracted());
        let back: Vec<&Entry<'_>> = back.collect();
        text += &section("To be retracted:", &back, self.plan.now);
        text += &section("Failed:", &self.of("failed"), self.plan.now);
        text += &section("Missed:", &self.of("missed"), self.plan.now);
        let waits = self.of("waiting");
        let shown = &waits[..waits.len().min(NEXT)];
        text += &section("Next:", shown, self.plan.now);
        if waits.len() > NEXT {
            text += &format!(
                "  … and {} more: `updraft plan` shows them\n",
                waits.len() - NEXT
            );
        }
        text += &self.lateness_text();
        text += &self.last_text();
        text
    }

    fn lateness_text(&self) -> String {
        let late = self.lateness();
        let at = |share| at_share(&late, share).map(|late| Span(late).to_string());
        let (Some(half), Some(most), Some(max)) = (at(0.5), at(0.99), at(1.0)) else {
            return format!("\nNothing was published in the last {DAYS} days.\n");
        };
        let posts = count(late.len(), "post");
        format!(
            "\n{posts} published in the last {DAYS} days: half within {half} of their time, 99 % within {most}, all within {max}.\n"
        )
    }

    fn last_text(&self) -> String {
        let Some(last) = &self.last else {
            return "\nNo run of this clone is known.\n".to_owned();
        };
        let at = last
            .at
            .map(|at| when(at, None, self.plan.now))
            .unwrap_or_default();
        let mut text = format!("\nThe last run of this clone: {at}, exit {}\n", last.exit);
        if let Some(error) = &last.error {
            text += &format!("  {}\n", sanitize(error).replace('\n', "\n  "));
        }
        text += &format!(
            "  {} published, {} failed, {} missed, {} left\n",
            last.published, last.failed, last.missed, last.left
        );
        for (kind, number) in &last.api_errors {
            text += &format!("  errors of servers ({}): {number}\n", sanitize(kind));
        }
        for (account, points) in &last.remaining_points {
            text += &format!(
                "  {}: {points} points left for writing\n",
                sanitize(account)
            );
        }
        text
    }
}

/// The value that this share of a sorted list does not exceed (nearest rank).
fn at_share(sorted: &[Duration], share: f64) -> Option<Duration> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

fn section(title: &str, entries: &[&Entry<'_>], now: DateTime<Utc>) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let lines = entries.iter().map(|entry| {
        let zone = entry.item.zone();
        let due = entry.item.due().map(|due| when(due, zone, now));
        let due = due.unwrap_or_else(|| match entry.item.on_merge() {
            true => "when it is merged".to_owned(),
            false => "at an unknown time".to_owned(),
        });
        let reason = entry
            .reason
            .as_deref()
            .map(|reason| format!("      {}\n", sanitize(reason).replace('\n', "\n      ")));
        format!(
            "  {due}  {}\n{}",
            sanitize(entry.item.path()),
            reason.unwrap_or_default()
        )
    });
    format!("\n{title}\n{}", lines.collect::<String>())
        .trim_start_matches(if title == "Due, and not out:" {
            '\n'
        } else {
            '\0'
        })
        .to_owned()
}

fn entry_json(entry: &Entry<'_>) -> Value {
    json!({
        "path": entry.item.path(),
        "account": entry.account(),
        "publish_at": entry.item.due().map(utc),
        "on_merge": entry.item.on_merge(),
        "reason": entry.reason,
    })
}

fn last_json(last: &LastRun) -> Value {
    json!({
        "at": last.at.map(utc),
        "exit": last.exit,
        "error": last.error,
        "published": last.published,
        "failed": last.failed,
        "missed": last.missed,
        "left": last.left,
        "api_errors": last.api_errors,
        "remaining_points": last.remaining_points,
    })
}
