//! What comes before the first write: the last run's results, the remote's tip, the plan.

use std::{collections::BTreeSet, path::Path};

use chrono::{DateTime, Utc};

use super::{
    deliver::say,
    outcome::{self, Shown},
};
use crate::{
    cli::PublishArgs,
    command::{
        CommandError, Console, Exit, Library, World, check,
        library::LibraryError,
        plan::{policy, refuse},
    },
    delivery::{Delivery, DeliveryError},
    git::{Comparison, GitError, Target},
    plan::{Item, Plan, plan},
    post::Thread,
    receipt::Receipt,
    report::sanitize_line,
};

/// How often a run begins again because the remote moved before anything was published.
const MOVES: usize = 5;

/// What a run goes by when nothing stands in the way of its first write.
pub(super) struct Ready {
    pub(super) library: Library,
    pub(super) plan: Plan,
    /// What finishing the last run came to.
    pub(super) begun: Exit,
}

/// Finishes the last run, plans on the remote's tip, and asks whether a push would be taken; an
/// [`Exit`] where the run ends there.
pub(super) fn get_ready(
    (args, config, ahead): (&PublishArgs, Option<&Path>, Option<DateTime<Utc>>),
    delivery: Option<&Delivery<'_>>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Result<Ready, Exit>, CommandError> {
    let mut begun = Exit::Done;
    let mut moves = 0;
    loop {
        let (library, exit) = up_to_date(delivery, config, world, console)?;
        begun = begun.max(exit);
        let library = match library {
            Ok(library) => library,
            Err(error) => return Ok(Err(refuse(error, world, console)?)),
        };
        let policy = policy(&library, &args.selection, world)?;
        let now = (world.clock)();
        let moment = ahead.map_or(now, |ahead| ahead.max(now));
        let candidates = library.candidates(moment, args.selection.allow_dirty)?;
        let plan = plan(candidates, moment, &policy);
        require_reviewed_config((&plan, &library), args)?;
        let is_idle = plan.active().next().is_none();
        let ready = Ready {
            library,
            plan,
            begun,
        };
        let Some(delivery) = delivery.filter(|_| !is_idle) else {
            return Ok(Ok(ready));
        };
        if let Some(branch) = other_branch(delivery, &ready.library)? {
            let blocked = report_blocked(&ready.plan, &ready.library, world, console)?;
            writeln!(
                console.err,
                "nothing is published from this branch: only `{branch}` publishes"
            )?;
            return Ok(Err(begun.max(blocked)));
        }
        match delivery.rehearse_push() {
            Ok(()) => return Ok(Ok(ready)),
            // Somebody merged since the fetch: what they wrote counts.
            Err(DeliveryError::Git(GitError::RemoteMoved { .. })) if moves < MOVES => moves += 1,
            Err(error) => return Err(CommandError::world(error)),
        }
    }
}

/// An `updraft.yml` that nobody has reviewed may name another account, or keep every post back.
fn require_reviewed_config(
    (plan, library): (&Plan, &Library),
    args: &PublishArgs,
) -> Result<(), CommandError> {
    let is_due = plan.items.iter().any(Item::is_due);
    if args.selection.allow_dirty || !is_due || !library.is_config_changed()? {
        return Ok(());
    }
    let path = &library.config_path;
    Err(CommandError::world(format!(
        "nothing is published: {path} differs from the last commit; commit it, take back the change (`git checkout HEAD -- {path}`), or pass --allow-dirty"
    )))
}

/// Finishes the last run, goes to the remote's tip, and reads what is there.
pub(super) fn up_to_date(
    delivery: Option<&Delivery<'_>>,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(Result<Library, LibraryError>, Exit), CommandError> {
    let library = Library::load(world, config);
    if let Ok(library) = &library {
        library.folder.remove_leftovers();
    }
    let Some(delivery) = delivery else {
        return Ok((library, Exit::Done));
    };
    // Nothing of a branch that does not publish may go to the one with the results.
    let is_other = match &library {
        Ok(library) if delivery.beside.is_some() => other_branch(delivery, library)?.is_some(),
        _ => false,
    };
    if is_other {
        return Ok((library, Exit::Done));
    }
    if let Ok(library) = &library {
        commit_leftovers(delivery, library, console)?;
    }
    let before = delivery.head().map_err(CommandError::world)?;
    let begun = delivery.begin().map_err(CommandError::world)?;
    let exit = say(&begun, console)?;
    let moved = delivery.head().map_err(CommandError::world)? != before;
    let library = match library {
        Ok(library) if !moved => Ok(library),
        _ => Library::load(world, config),
    };
    // What could not be read before may hold a result, too, which has to reach the remote as well.
    if let Ok(library) = &library
        && moved
        && commit_leftovers(delivery, library, console)?
    {
        let (library, again) = up_to_date(Some(delivery), config, world, console)?;
        return Ok((library, exit.max(again)));
    }
    let library = match library {
        Ok(library) if library.lacks_merges() && fetch_history(delivery) => {
            Library::load(world, config)
        }
        library => library,
    };
    // With results beside it, the branch's own history says since when a file is in it.
    let library = library.and_then(|mut library| match delivery.history() {
        Some(tip) => library.date_merges(tip).map(|()| library),
        None => Ok(library),
    });
    Ok((library, exit))
}

/// When a post was merged may be older than what a shallow clone has; `false` if it stays unknown.
fn fetch_history(delivery: &Delivery<'_>) -> bool {
    let Some(target) = &delivery.target else {
        return false;
    };
    match delivery.repository.unshallow(target) {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!("the history stays cut off: {error}");
            false
        }
    }
}

/// Blocks on disk that HEAD lacks are what an earlier run could not commit any more; whether there
/// were any.
fn commit_leftovers(
    delivery: &Delivery<'_>,
    library: &Library,
    console: &mut Console<'_>,
) -> Result<bool, CommandError> {
    let mut receipts = Vec::new();
    for file in &library.files {
        let (path, block) = match &file.result {
            Ok(thread) => (thread.path(), thread.block().or(thread.waiting())),
            Err(broken) => (broken.path.as_str(), broken.waiting.as_ref()),
        };
        let Some(block) = block else { continue };
        // Nearly all of an archive is what was committed, and need not be read again.
        if let Ok(thread) = &file.result
            && is_as_committed(delivery, thread)?
        {
            continue;
        }
        receipts.push(Receipt {
            path: path.to_owned(),
            block: block.clone(),
        });
    }
    let commit = delivery.commit(&receipts).map_err(CommandError::world)?;
    if commit.is_some() {
        let note = "note: committed results that an earlier run had left in the files";
        writeln!(console.err, "{note}")?;
    }
    Ok(commit.is_some())
}

fn is_as_committed(delivery: &Delivery<'_>, thread: &Thread) -> Result<bool, CommandError> {
    let bytes = thread.document().source().as_bytes();
    let compared = delivery.repository.compare_with_head(thread.path(), bytes);
    Ok(compared.map_err(CommandError::world)? == Comparison::Same)
}

/// Says what is due and kept back, and what else is wrong with files that are not due.
pub(super) fn report_blocked(
    plan: &Plan,
    library: &Library,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let blocked: BTreeSet<&str> = plan.blocked().map(|(item, _)| item.path()).collect();
    let broken: Vec<_> = library
        .files
        .iter()
        .filter(|file| file.diagnostics.has_errors())
        .map(|file| file.diagnostics.clone())
        .collect();
    let (due, later): (Vec<_>, Vec<_>) = broken
        .into_iter()
        .partition(|file| blocked.contains(file.path.as_str()));
    check::complain(&due, world, console)?;
    for file in &later {
        writeln!(
            console.err,
            "warning: {} has errors, and is not due yet: run `updraft check`",
            sanitize_line(&file.path)
        )?;
    }
    for (item, obstacle) in plan.blocked() {
        outcome::line(
            Shown::Failure,
            item.path(),
            &obstacle.to_string(),
            world,
            console,
        )?;
    }
    Ok(if blocked.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The branch that publishes, if it isn't the one being pushed to.
pub(super) fn other_branch(
    delivery: &Delivery<'_>,
    library: &Library,
) -> Result<Option<String>, CommandError> {
    let Some(Target { remote, branch }) = &delivery.target else {
        return Ok(None);
    };
    let publishing = match &library.config.publish_from {
        Some(publishing) if publishing == branch => return Ok(None),
        Some(publishing) => {
            require_branch(delivery, remote, publishing)?;
            Some(publishing.clone())
        }
        None => delivery
            .repository
            .remote_head_branch(remote)
            .map_err(CommandError::world)?,
    };
    Ok(publishing.filter(|publishing| publishing != branch))
}

/// A slip in `publish_from` would keep every post back for ever.
fn require_branch(delivery: &Delivery<'_>, remote: &str, branch: &str) -> Result<(), CommandError> {
    let target = Target {
        remote: remote.to_owned(),
        branch: branch.to_owned(),
    };
    match delivery
        .repository
        .fetch(&target)
        .map_err(CommandError::world)?
    {
        Some(_) => Ok(()),
        None => Err(CommandError::world(format!(
            "{remote} has no branch `{branch}`, and `publish_from` in updraft.yml says that only it publishes: mend the name"
        ))),
    }
}
