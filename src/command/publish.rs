//! `updraft publish`: what is due goes out, and its results into the files, git and the remote.

mod deliver;
mod execute;
mod json;
mod propose;
mod ready;
mod stay;

use std::{io, path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    CommandError, Console, Exit, Progress, World, after, outcome, plan, tell, vigil::Vigil,
};
use crate::{
    cli::{OutputFormat, PlanArgs, PublishArgs, PushArgs},
    delivery::Delivery,
    git::{Git, GitError, Held, Target},
    plan::Plan,
    publish::{Network, Outcome},
    report::escaped,
};

use deliver::{UNDELIVERED, UNPROPOSED, UNWRITTEN, deliver, tell_idle};
use execute::execute;
pub(super) use execute::write_block;
use propose::propose;
use ready::{Ready, get_ready, report_blocked};
pub(super) use stay::Stay;

/// How often a run that stays for posts asks whether the branch has moved.
const PULL: Duration = Duration::from_secs(60);

/// Runs it.
pub(super) fn run(
    args: &PublishArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    if args.dry_run {
        let args = PlanArgs {
            selection: args.selection.clone(),
            format: args.format,
        };
        return plan::run(&args, config, world, console);
    }
    match args.wait {
        Some(time) => stay_for(time, args, config, world).run(world, console),
        None if args.format == OutputFormat::Json => run_for_programs(args, config, world, console),
        None => {
            let run = run_once((args, None), config, world, console)?;
            let said = run.say(console);
            run.end(said)
        }
    }
}

/// One run, of which standard output holds the JSON alone.
fn run_for_programs(
    args: &PublishArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let mut said = Vec::new();
    let run = {
        let mut inner = Console {
            out: &mut said,
            err: &mut *console.err,
            progress: &Progress::default(),
            ..*console
        };
        run_once((args, None), config, world, &mut inner)
    };
    let told = console.err.write_all(&said);
    let run = run?;
    let json = format!("{:#}", json::to_json(&run));
    let written = writeln!(console.out, "{}", escaped(&json));
    run.end(told.and(written).map_err(CommandError::from))
}

fn stay_for<'a>(
    time: Duration,
    args: &PublishArgs,
    config: Option<&'a Path>,
    world: &'a World<'a>,
) -> Stay<'a> {
    let mut vigil = Vigil::new(world);
    if args.push.is_wanted() {
        vigil = vigil.pulling(args.push.clone(), PULL);
    }
    let now = (world.clock)();
    let end = TimeDelta::from_std(time).ok();
    let end = end.and_then(|time| now.checked_add_signed(time));
    Stay {
        args: args.clone(),
        config,
        vigil,
        end: Some(end.unwrap_or(DateTime::<Utc>::MAX_UTC)),
    }
}

/// What a run came to.
pub(super) struct Run {
    /// How the process ends.
    pub(super) exit: Exit,
    /// What became of each thread that was due.
    pub(super) outcomes: Vec<Outcome>,
    /// What it went by, where it came that far.
    pub(super) plan: Option<Plan>,
    /// What else went wrong, of no single thread.
    pub(super) trouble: Option<&'static str>,
}

impl From<Exit> for Run {
    fn from(exit: Exit) -> Self {
        Self {
            exit,
            outcomes: Vec::new(),
            plan: None,
            trouble: None,
        }
    }
}

impl Run {
    /// Its last line.
    pub(super) fn say(&self, console: &mut Console<'_>) -> Result<(), CommandError> {
        match &self.plan {
            Some(plan) if plan.active().next().is_none() => outcome::nothing(plan, console),
            Some(plan) => {
                outcome::summary(&self.outcomes, console)?;
                outcome::still_due(plan, console)
            }
            None => Ok(()),
        }
    }

    /// How the process ends: that something did not go out weighs more than that nobody read the last words.
    fn end(&self, said: Result<(), CommandError>) -> Result<Exit, CommandError> {
        match (self.exit, said) {
            (Exit::Done, Err(error)) => Err(error),
            (exit, _) => Ok(exit),
        }
    }
}

/// A stream whose reader may go away: that keeps nothing back that is due.
struct Steady<'a>(&'a mut dyn io::Write);

impl io::Write for Steady<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

/// One run, and what is told of it. What is due at `ahead`, a moment to come, is got ready and goes
/// out then.
pub(super) fn run_once(
    (args, ahead): (&PublishArgs, Option<DateTime<Utc>>),
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Run, CommandError> {
    let (mut out, mut err) = (Steady(&mut *console.out), Steady(&mut *console.err));
    let console = &mut Console {
        out: &mut out,
        err: &mut err,
        ..*console
    };
    let repository = open(args, world);
    // A model of a clone keeps no notes, and takes no further step.
    let is_model = matches!(&repository, Ok(Some(git)) if git.notes().is_none());
    let how = (args, config, ahead);
    let run =
        repository.and_then(|repository| run_through(how, repository.as_deref(), world, console));
    if !is_model && !is_early(ahead, world) {
        after::run(&run, (args, config), world, console);
    }
    run
}

/// What an earlier run left, then what is due, then git.
fn run_through(
    how @ (args, _, ahead): (&PublishArgs, Option<&Path>, Option<DateTime<Utc>>),
    repository: Option<&dyn Git>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Run, CommandError> {
    let lock = repository.map(Git::lock).transpose();
    let _lock: Option<Held> = lock.map_err(git_error)?;
    let delivery = delivery(args, repository, world)?;
    let ready = match get_ready(how, delivery.as_ref(), world, console)? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit.into()),
    };
    let Ready {
        library,
        plan,
        begun,
    } = ready;
    let mut exit = begun.max(report_blocked(&plan, &library, world, console)?);
    let mut trouble = (begun > Exit::Done).then_some(UNWRITTEN);
    let mut outcomes = Vec::new();
    if plan.active().next().is_some() {
        outcomes = execute((&plan, &library), (args, delivery.as_ref()), world, console)?;
        exit = exit.max(outcome::exit(&outcomes));
        let receipts = match is_early(ahead, world) {
            true => outcomes
                .iter()
                .filter_map(Outcome::receipt)
                .cloned()
                .collect(),
            false => tell::of_threads((&plan, &library), &outcomes, world, console),
        };
        let delivered = deliver(delivery.as_ref(), &receipts, console)?;
        trouble = trouble.or((delivered > Exit::Done).then_some(UNDELIVERED));
        exit = exit.max(delivered);
    } else if !is_early(ahead, world) {
        tell_idle((&plan, &library), delivery.as_ref(), world, console)?;
    }
    if let Some(delivery) = delivery.filter(|_| trouble.is_none() && !is_early(ahead, world)) {
        let proposed = propose(&delivery, world, console)?;
        trouble = (proposed > Exit::Done).then_some(UNPROPOSED);
        exit = exit.max(proposed);
    }
    Ok(Run {
        exit,
        outcomes,
        plan: Some(plan),
        trouble,
    })
}

/// Whether the moment that a run got ready for has not come: nothing went out yet, and what failed is
/// tried again.
fn is_early(ahead: Option<DateTime<Utc>>, world: &World<'_>) -> bool {
    ahead.is_some_and(|at| (world.clock)() < at)
}

fn open(args: &PublishArgs, world: &World<'_>) -> Result<Option<Box<dyn Git>>, CommandError> {
    let repository = world.storage.repository(&world.directory);
    let repository = repository.map_err(git_error)?;
    if repository.is_none() && !args.no_commit {
        return Err(CommandError::usage(
            "this is no git repository, so the results can't be committed; pass --no-commit to keep them in the files alone",
        ));
    }
    Ok(repository)
}

fn git_error(error: GitError) -> CommandError {
    let exit = if error.is_usage() {
        Exit::Usage
    } else {
        Exit::Failed
    };
    CommandError {
        exit,
        message: error.to_string(),
    }
}

fn delivery<'a>(
    args: &PublishArgs,
    repository: Option<&'a dyn Git>,
    world: &World<'_>,
) -> Result<Option<Delivery<'a>>, CommandError> {
    let Some(repository) = repository.filter(|_| !args.no_commit) else {
        return Ok(None);
    };
    let to = match args.push.is_wanted() {
        true => {
            let (target, beside) = targets(&args.push, repository, world)?;
            (Some(target), beside)
        }
        false => (None, None),
    };
    Ok(Some(Delivery::new(repository, to)))
}

/// Brings the clone to what the remote has, so that files say what the branch beside says of them.
pub(super) fn catch_up(
    args: &PublishArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let repository = open(args, world)?;
    let lock = repository.as_deref().map(Git::lock).transpose();
    let _lock: Option<Held> = lock.map_err(git_error)?;
    let delivery = delivery(args, repository.as_deref(), world)?;
    ready::up_to_date(delivery.as_ref(), config, world, console).map(drop)
}

/// The branch that publishes, and the one beside it that takes the results, if they don't go to the
/// same.
pub(super) fn targets(
    args: &PushArgs,
    repository: &dyn Git,
    world: &World<'_>,
) -> Result<(Target, Option<Target>), CommandError> {
    let target = repository.push_target(args.branch.as_deref(), world.env);
    let target = target.map_err(git_error)?;
    let Some(beside) = &args.push_to else {
        return Ok((target, None));
    };
    let beside = repository.push_target(Some(beside), world.env);
    let beside = Target {
        remote: target.remote.clone(),
        ..beside.map_err(git_error)?
    };
    if beside == target {
        let name = &target.branch;
        return Err(CommandError::usage(format!(
            "`{name}` is the branch that is published from; name another with --push-to, or check that one out"
        )));
    }
    Ok((target, Some(beside)))
}

/// The network that a command works on.
pub trait Connect {
    /// Opens it.
    ///
    /// # Errors
    /// It can't be set up.
    fn connect(&self) -> Result<Network, String>;
}
