//! Staying for what falls due: `publish --wait`, and `watch`.

use std::{path::Path, time::Duration};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Run, run_once};
use crate::{
    cli::PublishArgs,
    command::{
        CommandError, Console, Exit, World,
        plan::when,
        vigil::{Vigil, Woken},
    },
    plan::{Next, Plan},
    publish::Outcome,
    report::sanitize,
};

/// How long before its time a post is got ready: fetched, looked for, its pictures uploaded.
const LEAD: TimeDelta = TimeDelta::seconds(15);
/// The waits between tries of what did not go out, for a process that stays up.
const RETRIES: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(15 * 60));

/// Runs, and waits for the next, until nothing more is to be waited for.
pub(in crate::command) struct Stay<'a> {
    /// What each run is told; `--limit` counts for all of them.
    pub(in crate::command) args: PublishArgs,
    /// The configuration, if it is not found by itself.
    pub(in crate::command) config: Option<&'a Path>,
    /// What wakes it.
    pub(in crate::command) vigil: Vigil<'a>,
    /// The last moment that is waited for; it stays up for ever otherwise, tries again what
    /// did not go out, and says nothing twice in a row.
    pub(in crate::command) end: Option<DateTime<Utc>>,
}

impl Stay<'_> {
    /// Does it.
    ///
    /// # Errors
    /// The first run could not do its work, or was called wrongly; with an end, the last.
    pub(in crate::command) fn run(
        mut self,
        world: &World<'_>,
        console: &mut Console<'_>,
    ) -> Result<Exit, CommandError> {
        let mut told = Told::default();
        let mut exits = Exits::default();
        let mut retries = retries();
        let (mut ahead, mut is_first) = (None, true);
        loop {
            let tried = self.attempt((ahead, is_first), &mut told, world, console)?;
            is_first = false;
            exits.add(&tried);
            let early = ahead.filter(|at| (world.clock)() < *at);
            let is_done = tried.exit != Exit::Failed;
            if is_done {
                retries = self::retries();
            }
            let again = match (is_done, early, self.end) {
                (true, ..) => None,
                // It was being got ready, and is not due yet.
                (false, Some(at), _) => Some(Wake { at, ahead: None }),
                (false, None, None) => retries.next().map(|wait| Wake::after(wait, world)),
                (false, None, Some(_)) => None,
            };
            // A run that could not look goes by what the one before it saw.
            let next = match tried.result.is_ok() {
                true => tried.next,
                false => told.next.clone().filter(|next| next.at > (world.clock)()),
            };
            let next = next.filter(|_| early.is_none() || is_done);
            let next = next.filter(|next| self.end.is_none_or(|end| next.at <= end));
            let wakes = [again, next.as_ref().map(Wake::for_next)];
            let wake = wakes.into_iter().flatten().min_by_key(|wake| wake.at);
            if self.is_over(wake.as_ref(), world) {
                return self.finish(exits, tried.result, console);
            }
            if next.is_some() || wake.is_none() {
                told.next(next.as_ref(), world, console)?;
            }
            ahead = match self.vigil.wait(wake.as_ref().map(|wake| wake.at))? {
                Woken::Time => wake.and_then(|wake| wake.ahead),
                Woken::Changed => None,
                Woken::Stopped => return self.finish(exits, Ok(None), console),
            };
        }
    }

    fn is_over(&self, wake: Option<&Wake>, world: &World<'_>) -> bool {
        let is_stopped = world.stop.load(std::sync::atomic::Ordering::SeqCst);
        let nothing_left = self.end.is_some() && wake.is_none();
        let is_sated = self.args.selection.limit == Some(0);
        is_stopped || nothing_left || is_sated
    }

    fn finish(
        &self,
        exits: Exits,
        last: Result<Option<Plan>, CommandError>,
        console: &mut Console<'_>,
    ) -> Result<Exit, CommandError> {
        if self.end.is_none() {
            writeln!(console.out, "ended, as it was told to")?;
            return Ok(Exit::Done);
        }
        let plan = last?;
        if let Some(plan) = plan.filter(|_| exits.is_idle) {
            super::outcome::nothing(&plan, console)?;
        }
        Ok(exits.last())
    }

    /// One run; what it says is said again by the next only if it has changed.
    fn attempt(
        &mut self,
        (ahead, is_first): (Option<DateTime<Utc>>, bool),
        told: &mut Told,
        world: &World<'_>,
        console: &mut Console<'_>,
    ) -> Result<Tried, CommandError> {
        let mut heard = Vec::new();
        let is_quiet = self.end.is_none();
        let mut inner = Console {
            out: console.out,
            err: match is_quiet {
                true => &mut heard,
                false => console.err,
            },
            ..*console
        };
        let run = run_once((&self.args, ahead), self.config, world, &mut inner);
        let tried = Tried::of(run, (is_first, is_quiet), &mut inner)?;
        if let Some(limit) = &mut self.args.selection.limit {
            *limit = limit.saturating_sub(tried.published);
        }
        if is_quiet {
            told.complaint(&heard, console)?;
        }
        Ok(tried)
    }
}

/// When to run again, and for which moment to get ready.
struct Wake {
    at: DateTime<Utc>,
    ahead: Option<DateTime<Utc>>,
}

impl Wake {
    fn for_next(next: &Next) -> Self {
        Self {
            at: next.at - LEAD,
            ahead: Some(next.at),
        }
    }

    fn after(wait: Duration, world: &World<'_>) -> Self {
        let at = (world.clock)() + TimeDelta::from_std(wait).unwrap_or(LEAD);
        Self { at, ahead: None }
    }
}

fn retries() -> ExponentialBackoff {
    let (first, longest) = RETRIES;
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .without_max_times()
        .with_jitter()
        .build()
}

/// What one run came to, as far as staying goes.
struct Tried {
    exit: Exit,
    /// Of what no later run makes good.
    stuck: Exit,
    published: usize,
    is_idle: bool,
    next: Option<Next>,
    /// What it went by, or why it could not.
    result: Result<Option<Plan>, CommandError>,
}

impl Tried {
    fn of(
        run: Result<Run, CommandError>,
        (is_first, is_quiet): (bool, bool),
        console: &mut Console<'_>,
    ) -> Result<Self, CommandError> {
        let run = match run {
            Ok(run) => run,
            // A call that was right once is no mistake of whoever made it: files moved since.
            Err(error) if error.exit == Exit::Usage && is_first || error.message.is_empty() => {
                return Err(error);
            }
            Err(error) => {
                writeln!(console.err, "error: {}", sanitize(&error.message))?;
                return Ok(Self {
                    exit: Exit::Failed,
                    stuck: Exit::Done,
                    published: 0,
                    is_idle: false,
                    next: None,
                    result: Err(CommandError::world("")),
                });
            }
        };
        let is_out = |outcome: &&Outcome| matches!(outcome, Outcome::Published { .. });
        let is_stuck = |outcome: &Outcome| outcome.is_failure() && outcome.receipt().is_some();
        let is_idle = run.outcomes.is_empty();
        let has_results = run.outcomes.iter().any(|o| o.receipt().is_some());
        if has_results || !(is_idle || is_quiet) {
            run.say(console)?;
        }
        Ok(Self {
            exit: run.exit,
            stuck: match run.outcomes.iter().any(is_stuck) {
                true => Exit::Failed,
                false => Exit::Done,
            },
            published: run.outcomes.iter().filter(is_out).count(),
            is_idle,
            next: run.plan.as_ref().and_then(|plan| plan.next.clone()),
            result: Ok(run.plan),
        })
    }
}

/// How all runs together end: what one left, a later one may have done.
struct Exits {
    stuck: Exit,
    last: Exit,
    is_idle: bool,
}

impl Default for Exits {
    fn default() -> Self {
        Self {
            stuck: Exit::Done,
            last: Exit::Done,
            is_idle: true,
        }
    }
}

impl Exits {
    fn add(&mut self, tried: &Tried) {
        self.stuck = self.stuck.max(tried.stuck);
        self.last = tried.exit;
        self.is_idle &= tried.is_idle;
    }

    fn last(&self) -> Exit {
        self.stuck.max(self.last)
    }
}

/// What has been said already.
#[derive(Default)]
struct Told {
    next: Option<Next>,
    complaint: Vec<u8>,
}

impl Told {
    fn complaint(&mut self, heard: &[u8], console: &mut Console<'_>) -> Result<(), CommandError> {
        if heard != self.complaint {
            console.err.write_all(heard)?;
            self.complaint = heard.to_vec();
        }
        Ok(())
    }

    fn next(
        &mut self,
        next: Option<&Next>,
        world: &World<'_>,
        console: &mut Console<'_>,
    ) -> Result<(), CommandError> {
        if self.next.as_ref() == next {
            return Ok(());
        }
        self.next = next.cloned();
        let Some(next) = next else {
            writeln!(console.out, "nothing waits")?;
            return Ok(());
        };
        let when = when(next.at, next.zone, (world.clock)());
        writeln!(console.out, "waits for {} {when}", sanitize(&next.path))?;
        Ok(())
    }
}
