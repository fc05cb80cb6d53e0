//! `updraft shift`: posts move in time together.

use std::{convert::Infallible, path::Path};

use super::{CommandError, Console, Exit, Library, World, check};
use crate::{
    cli::ShiftArgs,
    post::{
        Checked, Thread,
        file::ReplaceError,
        shift::{Shift, Shifted},
    },
    receipt::Status,
    report::{sanitize, sanitize_line},
};

/// Runs it.
pub(super) fn run(
    args: &ShiftArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let shift: Shift = args
        .by
        .parse()
        .map_err(|error| CommandError::usage(format!("{error}")))?;
    let library = Library::load(world, config);
    let library = Library::require(library, Exit::Failed, world, console)?;
    let chosen = library.select(world, &args.paths)?;
    // All or none: half a conference that has moved is worse than none.
    let broken: Vec<_> = chosen
        .iter()
        .filter(|file| file.result.is_err())
        .map(|file| file.diagnostics.clone())
        .collect();
    if !broken.is_empty() {
        check::complain(&broken, world, console)?;
        writeln!(console.err, "nothing was moved")?;
        return Ok(Exit::Mend);
    }
    let Some(moves) = prepare(&chosen, shift, console)? else {
        writeln!(console.err, "nothing was moved")?;
        return Ok(Exit::Mend);
    };
    if !args.dry_run {
        write(&library, &moves)?;
    }
    say(&moves, args.dry_run, world, console)
}

/// Every move, or `None` where one can't be made.
fn prepare<'a>(
    chosen: &[&'a Checked],
    shift: Shift,
    console: &mut Console<'_>,
) -> Result<Option<Vec<(&'a Thread, Shifted)>>, CommandError> {
    let mut moves = Vec::new();
    let mut refused = false;
    for thread in chosen.iter().filter_map(|file| file.result.as_ref().ok()) {
        let path = sanitize_line(thread.path());
        match thread.block().map(|block| block.status) {
            Some(Status::Published | Status::Retracted) => {
                writeln!(
                    console.err,
                    "note: {path} has gone out already, and stays as it is"
                )?;
                continue;
            }
            _ if thread.merge().is_some() => {
                writeln!(
                    console.err,
                    "note: {path} goes out when it is merged, and stays as it is"
                )?;
                continue;
            }
            _ if thread.publish_at().is_none() => {
                writeln!(console.err, "note: {path} is a draft, and stays as it is")?;
                continue;
            }
            _ => {}
        }
        match shift.apply(thread.document(), thread.zone()) {
            Ok(shifted) => moves.push((thread, shifted)),
            Err(mistake) => {
                refused = true;
                let (message, help) = (sanitize(&mistake.message), sanitize(&mistake.help));
                writeln!(console.err, "error: {path}: {message}; {help}")?;
            }
        }
    }
    Ok((!refused && !moves.is_empty()).then_some(moves))
}

fn write(library: &Library, moves: &[(&Thread, Shifted)]) -> Result<(), CommandError> {
    for (index, (thread, shifted)) in moves.iter().enumerate() {
        let read = thread.document().source().as_bytes();
        let mut is_same = true;
        let edit = |bytes: Vec<u8>| {
            is_same = bytes == read;
            Ok::<_, Infallible>(if is_same {
                shifted.bytes.clone()
            } else {
                bytes
            })
        };
        let written = library.folder.replace(thread.path(), edit);
        let reason = match written {
            Ok(_) if is_same => continue,
            Ok(_) => "it was changed meanwhile".to_owned(),
            Err(ReplaceError::Disk(_, error)) => error.to_string(),
            Err(ReplaceError::Edit(never)) => match never {},
        };
        let done: Vec<&str> = moves[..index].iter().map(|(done, _)| done.path()).collect();
        let moved = match done.is_empty() {
            true => "nothing was moved".to_owned(),
            false => format!(
                "moved already, so don't move them again: {}",
                done.join(", ")
            ),
        };
        return Err(CommandError::world(sanitize(&format!(
            "{}: {reason}; {moved}",
            thread.path()
        ))));
    }
    Ok(())
}

fn say(
    moves: &[(&Thread, Shifted)],
    is_dry: bool,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let now = (world.clock)();
    let widest = moves
        .iter()
        .map(|(thread, _)| thread.path().chars().count())
        .max();
    for (thread, shifted) in moves {
        let when = super::plan::when(shifted.at, thread.zone(), now);
        writeln!(
            console.out,
            "{:width$}  {} → {}  {when}",
            sanitize_line(thread.path()),
            sanitize(&shifted.old),
            sanitize(&shifted.new),
            width = widest.unwrap_or_default(),
        )?;
    }
    let posts = super::plan::count(moves.len(), "post");
    let said = match is_dry {
        true => format!("{posts} would move"),
        false => format!("{posts} moved: commit and push it"),
    };
    writeln!(console.out, "{said}")?;
    Ok(Exit::Done)
}
