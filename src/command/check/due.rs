//! Which posts go out soon, for who is about to merge them.

use chrono::{DateTime, Utc};

use crate::{
    command::{CommandError, Library, World},
    git::{Git, Head, Oid},
    plan::is_due,
    post::{Checked, Document, Merge, Thread, front_matter},
    report::sanitize_line,
};

/// Which posts go out at the moment of merging: those that wait for it, and those whose time has come
/// here and not on the branch that publishes. On that branch, which go out with the next run. And which
/// are too late for either.
pub(super) fn notes(
    library: &Library,
    files: &[&Checked],
    world: &World<'_>,
) -> Result<Option<String>, CommandError> {
    let Some(repository) = &library.repository else {
        return Ok(None);
    };
    let branch = library.config.publish_from.as_deref();
    let tip = repository.publishing_tip(branch, world.env);
    let tip = tip.map_err(CommandError::world)?;
    let head = repository.head().map_err(CommandError::world)?;
    let is_here = matches!(head, Head::Branch { oid, .. } if Some(oid) == tip);
    let now = (world.clock)();
    let (mut merging, mut next, mut too_late) = (Vec::new(), Vec::new(), Vec::new());
    let threads = files.iter().filter_map(|file| file.result.as_ref().ok());
    for thread in threads.filter(|thread| !thread.retracts()) {
        let waits = thread.merge() == Some(Merge::Pending);
        let goes_out = match waits {
            true => thread.settled().is_none() && !thread.is_held(),
            false => is_due(thread, now),
        };
        if !goes_out {
            continue;
        }
        if thread.is_too_late(now) {
            too_late.push(thread);
        } else if is_here && !waits {
            next.push(thread);
        } else if waits || !is_due_there(&**repository, tip, thread, (library, now))? {
            merging.push(thread);
        }
    }
    let notes = [
        go_out(&merging, "as soon as this is merged"),
        go_out(&next, "with the next run"),
        are_missed(&too_late),
    ];
    Ok(Some(notes.concat()).filter(|notes| !notes.is_empty()))
}

/// Whether it is due on the branch that publishes, too, so that it waits for no merge.
fn is_due_there(
    repository: &dyn Git,
    tip: Option<Oid>,
    thread: &Thread,
    (library, now): (&Library, DateTime<Utc>),
) -> Result<bool, CommandError> {
    let there = match tip {
        Some(tip) => repository.file_at(tip, thread.path()),
        None => Ok(None),
    };
    let is_due = |bytes| {
        let document = Document::parse(thread.path(), bytes).ok()?;
        let (front_matter, _) = front_matter::read(&document);
        let due = front_matter::due(&front_matter, library.config.timezone).ok()??;
        Some(due <= now && !front_matter.hold)
    };
    let there = there.map_err(CommandError::world)?;
    Ok(there.and_then(is_due) == Some(true))
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
