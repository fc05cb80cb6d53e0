//! What remains of a run: annotations, the summary of a job, the metrics, the notes of the clone.
//! None of it changes how the run ends.

mod metrics;
mod outputs;
mod summary;

use std::path::Path;

use super::{
    CommandError, Console, Exit, World, outcome,
    publish::Run,
    standing::{self, Entry},
    tell::{self, LastRun},
};
use crate::{
    atproto::memory::Memories, cli::PublishArgs, plan::Plan, publish::Outcome, receipt::Status,
};

/// Tells, counts and notes a run that has ended.
pub(super) fn run(
    run: &Result<Run, CommandError>,
    (args, config): (&PublishArgs, Option<&Path>),
    world: &World<'_>,
    console: &mut Console<'_>,
) {
    if world.rehearsal.is_some() {
        return;
    }
    let trouble = trouble(run, config, world);
    let is_slip = matches!(run, Err(error) if error.exit == Exit::Usage) && console.is_terminal;
    // A person who mistyped a command sees so at once.
    if !is_slip && !matches!(run, Ok(run) if run.plan.is_none() && trouble.is_none()) {
        tell::of_run(trouble.as_deref(), config, world, console);
    }
    if let Some(trouble) = &trouble {
        // A closed pipe must not stop what is under way.
        let _ = outcome::annotate("error", trouble, world, console);
    }
    let memories = count(run, args, world);
    let last = last_run((run, trouble), memories.as_ref(), world);
    let entries = match run {
        Ok(Run {
            plan: Some(plan),
            outcomes,
            ..
        }) => standing::entries(plan, outcomes),
        _ => Vec::new(),
    };
    if let Err(why) = summary::append((run, &entries), &last, world) {
        tell::warn(&why, world, console);
    }
    if let Err(why) = outputs::append(run.as_ref().ok(), &last, world) {
        tell::warn(&why, world, console);
    }
    if let (Some(path), Some(memories)) = (&args.metrics, &memories) {
        let text = metrics::text(&entries, &last, &memories.tally());
        if let Err(error) = tell::replace(&world.directory.join(path), &text) {
            let text = format!(
                "--metrics: the file can't be written: {}: {error}",
                path.display()
            );
            tell::warn(&text, world, console);
        }
    }
    note(&last, world);
}

/// Why the run could not do its work, where it could not.
fn trouble(
    run: &Result<Run, CommandError>,
    config: Option<&Path>,
    world: &World<'_>,
) -> Option<String> {
    match run {
        Err(error) => (!error.message.is_empty()).then(|| error.message.clone()),
        Ok(run) if run.trouble.is_some() => run.trouble.map(str::to_owned),
        Ok(run) if run.plan.is_none() && run.exit > Exit::Done => {
            tell::broken_config(config, world)
        }
        Ok(_) => None,
    }
}

/// Counts what the run did; the counts of the process, where anybody will ask.
fn count(
    run: &Result<Run, CommandError>,
    args: &PublishArgs,
    world: &World<'_>,
) -> Option<Memories> {
    let outcomes = run.as_ref().map_or(&[][..], |run| &run.outcomes);
    if args.metrics.is_none() && (outcomes.is_empty() || !has_notes(world)) {
        return None;
    }
    let memories = world.network.connect().ok()?.memories;
    memories.count(|tally| {
        for outcome in outcomes {
            match outcome {
                Outcome::Published { .. } => tally.published += 1,
                Outcome::Failed { .. } => tally.failed += 1,
                Outcome::Missed { .. } => tally.missed += 1,
                _ => {}
            }
        }
        if let Ok(Run {
            plan: Some(plan), ..
        }) = run
        {
            tally.lateness.extend(lateness(plan, outcomes));
        }
    });
    Some(memories)
}

fn has_notes(world: &World<'_>) -> bool {
    let repository = world.storage.repository(&world.directory).ok().flatten();
    repository.is_some_and(|repository| repository.notes().is_some())
}

fn lateness(plan: &Plan, outcomes: &[Outcome]) -> Vec<f64> {
    let went_out = |outcome: &&Outcome| matches!(outcome, Outcome::Published { .. });
    let paths: Vec<&str> = outcomes
        .iter()
        .filter(went_out)
        .map(Outcome::path)
        .collect();
    let entries = standing::entries(plan, outcomes);
    let now = entries
        .iter()
        .filter(|entry| paths.contains(&entry.item.path()));
    let late = now.filter_map(Entry::lateness);
    late.map(|late| late.as_seconds_f64()).collect()
}

fn last_run(
    (run, trouble): (&Result<Run, CommandError>, Option<String>),
    memories: Option<&Memories>,
    world: &World<'_>,
) -> LastRun {
    let now = (world.clock)();
    let tally = memories.map(Memories::tally).unwrap_or_default();
    let errors = tally.errors.into_iter();
    let outcomes = run.as_ref().map_or(&[][..], |run| &run.outcomes);
    let number = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|o| wanted(o)).count();
    let has = |outcome: &Outcome, status| {
        outcome
            .receipt()
            .is_some_and(|receipt| receipt.block.status == status)
    };
    let blocked = match run {
        Ok(Run {
            plan: Some(plan), ..
        }) => plan.blocked().count(),
        _ => 0,
    };
    LastRun {
        at: Some(now),
        exit: match run {
            Ok(run) => run.exit as u8,
            Err(error) => error.exit as u8,
        },
        error: trouble,
        published: number(|outcome| matches!(outcome, Outcome::Published { .. })),
        failed: outcomes.iter().filter(|o| has(o, Status::Failed)).count(),
        missed: outcomes.iter().filter(|o| has(o, Status::Missed)).count(),
        left: blocked + number(|outcome| outcome.receipt().is_none()),
        api_errors: errors.map(|(kind, n)| (kind.to_owned(), n)).collect(),
        remaining_points: memories.map(|m| m.remaining(now)).unwrap_or_default(),
    }
}

/// Without its notes, `status` only knows less.
fn note(last: &LastRun, world: &World<'_>) {
    let repository = world.storage.repository(&world.directory).ok().flatten();
    if let Err(error) = tell::notes_of(repository.as_deref()).keep_last_run(last) {
        tracing::debug!("how this run went can't be noted: {error}");
    }
}
