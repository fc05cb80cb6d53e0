//! Which posts go out soon, for who is about to merge them.

use chrono::{DateTime, Utc};

use crate::{
    command::{CommandError, Library, World},
    delivery::block_of,
    git::{Git, Oid},
    plan::is_due,
    post::{Checked, Document, Merge, Thread, front_matter},
    receipt::{Block, Status},
    report::sanitize_line,
};

/// Which posts go out at the moment of merging: those that wait for it, and those whose time has come
/// here and not on the branch that publishes. Which go out with the next run, as that branch has them so.
/// And which are too late for either. Nothing is late while nothing goes out at all.
pub(super) fn notes(
    library: &Library,
    files: &[&Checked],
    world: &World<'_>,
) -> Result<Option<String>, CommandError> {
    let Some(repository) = &library.repository else {
        return Ok(None);
    };
    if library.config.paused.is_some() {
        return Ok(None);
    }
    let branch = library.config.publish_from.as_deref();
    let tip = repository.publishing_tip(branch, world.env);
    let tip = tip.map_err(CommandError::world)?;
    let now = (world.clock)();
    let (mut merging, mut next, mut too_late) = (Vec::new(), Vec::new(), Vec::new());
    let threads = files.iter().filter_map(|file| file.result.as_ref().ok());
    for thread in threads.filter(|thread| !thread.retracts()) {
        let waits = thread.merge() == Some(Merge::Pending);
        let goes_out = match waits {
            // The merge comes later than whatever was missed or failed.
            true => !is_out(thread) && !thread.is_held(),
            false => is_due(thread, now),
        };
        if !goes_out {
            continue;
        }
        let there = there(&**repository, tip, thread, (library, now))?;
        match there {
            // It is out, or was given up: this branch is older than that.
            There::Settled => {}
            _ if thread.is_too_late(now) => too_late.push(thread),
            There::Due if !waits => next.push(thread),
            There::Due | There::Otherwise => merging.push(thread),
        }
    }
    let notes = [
        go_out(&merging, "as soon as this is merged"),
        go_out(&next, "with the next run"),
        are_missed(&too_late),
    ];
    Ok(Some(notes.concat()).filter(|notes| !notes.is_empty()))
}

/// What a file is on the branch that publishes.
enum There {
    /// Its result is known there, and holds for it as it is here.
    Settled,
    /// It is due there already, so that it waits for no merge.
    Due,
    /// Not there, or not due.
    Otherwise,
}

fn there(
    repository: &dyn Git,
    tip: Option<Oid>,
    thread: &Thread,
    (library, now): (&Library, DateTime<Utc>),
) -> Result<There, CommandError> {
    let bytes = match tip {
        Some(tip) => repository.file_at(tip, thread.path()),
        None => Ok(None),
    };
    let Some(bytes) = bytes.map_err(CommandError::world)? else {
        return Ok(There::Otherwise);
    };
    let Ok(document) = Document::parse(thread.path(), bytes) else {
        return Ok(There::Otherwise);
    };
    // Of what failed or was missed, a file that has the block itself, or a later time, is due once more.
    let holds = |block: &Block| match block.status {
        Status::Published | Status::Retracted => true,
        Status::Failed | Status::Missed => {
            thread.block().is_none() && thread.publish_at() <= block.recorded_at()
        }
        Status::Waiting => false,
    };
    let block = block_of(&document).filter(Block::is_result);
    if block.as_ref().is_some_and(holds) {
        return Ok(There::Settled);
    }
    let (front_matter, _) = front_matter::read(&document);
    let due = front_matter::due(&front_matter, library.config.timezone);
    let is_anew = |due| block.is_none_or(|block| Some(due) > block.recorded_at());
    let is_due = matches!(due, Ok(Some(due)) if due <= now && is_anew(due)) && !front_matter.hold;
    Ok(if is_due { There::Due } else { There::Otherwise })
}

fn is_out(thread: &Thread) -> bool {
    let settled = thread.settled();
    matches!(settled, Some(Status::Published | Status::Retracted))
}

fn names(threads: &[&Thread]) -> String {
    let names = threads.iter().map(|thread| sanitize_line(thread.path()));
    names.collect::<Vec<_>>().join(", ")
}

fn go_out(threads: &[&Thread], when: &str) -> String {
    let names = names(threads);
    match threads.len() {
        0 => String::new(),
        1 => format!("note: goes out {when}: {names}\n"),
        number => format!("note: {number} posts go out {when}: {names}\n"),
    }
}

fn are_missed(threads: &[&Thread]) -> String {
    let names = names(threads);
    match threads.len() {
        0 => String::new(),
        1 => format!("note: too late, and missed unless it gets a new `publish_at`: {names}\n"),
        number => format!(
            "note: {number} posts are too late, and missed unless they get a new `publish_at`: {names}\n"
        ),
    }
}
