//! `updraft retract`: published posts are deleted on Bluesky, now.

use std::{
    io::{self, BufRead as _, IsTerminal as _},
    path::Path,
};

use super::{
    CommandError, Console, Exit, Library, World,
    plan::{count, refuse},
    publish,
};
use crate::{
    cli::{PublishArgs, RetractArgs, SelectionArgs},
    post::Thread,
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
    let library = match Library::load(world, config) {
        Ok(library) => library,
        Err(error) => return refuse(error, world, console),
    };
    for path in library.relative(world, &args.paths)? {
        let thread = library.thread(&path)?;
        require_published(thread)?;
        show(thread, console)?;
    }
    if args.dry_run {
        return Ok(Exit::Done);
    }
    if !args.yes && !is_confirmed(console)? {
        writeln!(console.err, "nothing was deleted")?;
        return Ok(Exit::Usage);
    }
    let args = PublishArgs {
        selection: SelectionArgs {
            only: args.paths.clone(),
            retract: true,
            // What is deleted stands in the block, whatever else was edited.
            allow_dirty: true,
            limit: None,
        },
        push: args.push,
        branch: args.branch.clone(),
        max_wait: args.max_wait,
        no_commit: args.no_commit,
        ..PublishArgs::default()
    };
    publish::run(&args, config, world, console)
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
    writeln!(
        console.err,
        "{}: {} to be deleted: {}",
        sanitize_line(thread.path()),
        count(block.posts.len(), "post"),
        sanitize(block.url.as_deref().or(first).unwrap_or_default())
    )?;
    Ok(())
}

fn is_confirmed(console: &mut Console<'_>) -> Result<bool, CommandError> {
    if !io::stdin().is_terminal() || !console.is_terminal {
        return Err(CommandError::usage(
            "what is deleted can't be brought back: pass --yes to delete it without being asked",
        ));
    }
    write!(console.err, "Delete on Bluesky? It can't be undone. [y/N] ")?;
    console.err.flush()?;
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(CommandError::world)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}
