//! `updraft retry`: a failed post is due again.

use std::path::Path;

use super::{CommandError, Console, Exit, Library, World};
use crate::{
    cli::RetryArgs,
    post::{Document, Thread, file::ReplaceError},
    receipt::Status,
    report::sanitize_line,
};

/// Runs it.
pub(super) fn run(
    args: &RetryArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = Library::load(world, config);
    let library = Library::require(library, Exit::Failed, world, console)?;
    for path in library.relative(world, &args.paths)? {
        let thread = library.thread(&path)?;
        require_unpublished(thread)?;
        remove_block(&library, &path)?;
        let when = match thread.publish_at() {
            Some(due) if due <= (world.clock)() => "due at the next run".to_owned(),
            Some(due) => format!(
                "due {}",
                super::plan::when(due, thread.zone(), (world.clock)())
            ),
            None if thread.merge().is_some() => "due as soon as it is merged".to_owned(),
            None => "a draft".to_owned(),
        };
        writeln!(
            console.out,
            "{} is {when}; commit and push it",
            sanitize_line(&path)
        )?;
    }
    Ok(Exit::Done)
}

fn require_unpublished(thread: &Thread) -> Result<(), CommandError> {
    let path = thread.path();
    match thread.block().map(|block| block.status) {
        Some(Status::Failed) => Ok(()),
        Some(Status::Waiting) | None if thread.waiting().is_some() => Err(CommandError::usage(
            format!("{path} has not failed: it is due, and each run tries it"),
        )),
        None | Some(Status::Waiting) => Err(CommandError::usage(format!(
            "{path} has not failed: it has no `bluesky:` block"
        ))),
        Some(Status::Missed) => Err(CommandError::usage(format!(
            "{path} was missed, and would be missed again: give it a new `publish_at`"
        ))),
        Some(Status::Published | Status::Retracted) => Err(CommandError::usage(format!(
            "{path} was published; to publish it once more, copy it without its `bluesky:` block"
        ))),
    }
}

fn remove_block(library: &Library, path: &str) -> Result<(), CommandError> {
    let edit =
        |bytes: Vec<u8>| Document::parse(path, bytes).and_then(|document| document.without_block());
    match library.folder.replace(path, edit) {
        Ok(_) => Ok(()),
        Err(ReplaceError::Edit(mistake)) => {
            Err(CommandError::world(format!("{path}: {}", mistake.message)))
        }
        Err(error) => Err(CommandError::world(error)),
    }
}
