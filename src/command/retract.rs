//! `updraft retract`: published posts are deleted on Bluesky, now.

use std::{io, path::Path};

use super::{
    CommandError, Console, Exit, Library, World,
    ask::{ask, may_ask},
    plan::count,
    publish,
};
use crate::{
    cli::{PublishArgs, RetractArgs, SelectionArgs},
    post::Thread,
    publish::Outcome,
    receipt::Status,
    report::{sanitize, sanitize_line},
};

/// Runs it.
pub(super) fn run(
    args: &RetractArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let publish = PublishArgs {
        selection: SelectionArgs {
            only: args.paths.clone(),
            retract: true,
            // What is deleted stands in the block, whatever else was edited.
            allow_dirty: true,
            limit: None,
        },
        push: args.push.clone(),
        max_wait: args.max_wait,
        no_commit: args.no_commit,
        ..PublishArgs::default()
    };
    if args.push.push_to.is_some() && !args.dry_run {
        // That it is out may stand on that branch alone.
        publish::catch_up(&publish, config, world, console)?;
    }
    let library = Library::load(world, config);
    let library = Library::require(library, Exit::Failed, world, console)?;
    let paths = library.relative(world, &args.paths)?;
    for path in &paths {
        let thread = library.thread(path)?;
        require_published(thread)?;
        require_place(thread, &library)?;
        show(thread, console)?;
    }
    if args.dry_run {
        return Ok(Exit::Done);
    }
    if !args.yes && !is_confirmed(console)? {
        writeln!(console.err, "nothing was deleted")?;
        return Ok(Exit::Usage);
    }
    let run = publish::run_once((&publish, None), config, world, console)?;
    let is_back = |path: &String| {
        run.outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Retracted { .. }) && outcome.path() == path)
    };
    let total = paths.len();
    let left: Vec<String> = paths.into_iter().filter(|path| !is_back(path)).collect();
    match left.is_empty() {
        true => run.say(console)?,
        false => writeln!(console.out, "{} of {total} retracted", total - left.len())?,
    }
    if let Some(branch) = &args.push.push_to
        && left.len() < total
    {
        writeln!(
            console.err,
            "note: until `{}` is merged, only that branch says so: merge it, and don't delete it before",
            sanitize_line(branch)
        )?;
    }
    if left.is_empty() {
        return Ok(run.exit);
    }
    let names: Vec<_> = left.iter().map(|path| sanitize_line(path)).collect();
    writeln!(
        console.err,
        "error: not retracted: {}; run this again, or write `retract: true` into it: nothing else tries it again",
        names.join(", ")
    )?;
    Ok(run.exit.max(Exit::Failed))
}

/// Nothing is deleted whose file could not say so.
fn require_place(thread: &Thread, library: &Library) -> Result<(), CommandError> {
    let path = thread.path();
    if !library.folder.is_writable(path) {
        return Err(CommandError::world(format!(
            "{path} or its folder is read-only, so that the result could not be kept: nothing was deleted"
        )));
    }
    let tried = thread
        .block()
        .map(|block| thread.document().with_block(block));
    match tried {
        Some(Err(mistake)) => Err(CommandError::world(format!(
            "{path} can't take the result, so that nothing was deleted: {}",
            mistake.message
        ))),
        _ => Ok(()),
    }
}

fn require_published(thread: &Thread) -> Result<(), CommandError> {
    let path = thread.path();
    match thread.settled() {
        Some(Status::Published | Status::Retracted) => Ok(()),
        _ => Err(CommandError::usage(format!(
            "{path} is not published, as far as its file says; add `retract: true` to it, and it never will be: should it be on Bluesky all the same, the next run after its time deletes it there"
        ))),
    }
}

fn show(thread: &Thread, console: &mut Console<'_>) -> Result<(), CommandError> {
    let Some(block) = thread.block() else {
        return Ok(());
    };
    let first = block.posts.first().map(|part| part.uri.as_str());
    let what = match thread.is_repost() {
        true => "1 repost to be undone, the post itself stays".to_owned(),
        false => count(block.posts.len(), "post") + " to be deleted",
    };
    writeln!(
        console.err,
        "{}: {what}: {}",
        sanitize_line(thread.path()),
        sanitize(block.url.as_deref().or(first).unwrap_or_default())
    )?;
    Ok(())
}

fn is_confirmed(console: &mut Console<'_>) -> Result<bool, CommandError> {
    if !may_ask(console) {
        return Err(CommandError::usage(
            "what is deleted can't be brought back: pass --yes to delete it without being asked",
        ));
    }
    let answer = ask(
        "Delete on Bluesky? It can't be undone. [y/N] ",
        &mut io::stdin().lock(),
        &mut console.err,
    )?;
    Ok(matches!(answer.as_deref(), Some("y" | "Y" | "yes")))
}
