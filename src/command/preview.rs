//! `updraft preview`: exactly what would be published; offline, unless asked to read pages.

mod cards;
mod json;
mod pages;
mod video;

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{CommandError, Console, Exit, Library, World, check, library::LibraryError};
use crate::{
    cli::{OutputFormat, PreviewArgs},
    diagnostic::FileDiagnostics,
    post::Thread,
    receipt::Status,
    report::escaped,
};
use cards::cards;
use json::to_json;
use pages::{Pages, read_pages};

/// Runs it.
pub(super) fn run(
    args: &PreviewArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = match Library::load(world, config) {
        Ok(library) => library,
        Err(LibraryError::World(error)) => return Err(error),
        Err(LibraryError::Config(file)) => {
            check::complain(&[*file], world, console)?;
            return Ok(Exit::Mend);
        }
    };
    let chosen = library.select(world, &args.paths)?;
    let now = (world.clock)();
    let threads: Vec<&Thread> = chosen
        .iter()
        .filter_map(|file| file.result.as_ref().ok())
        .collect();
    let pages = match args.online {
        true => read_pages(&library, &threads)?,
        false => Pages::new(),
    };
    match args.format {
        OutputFormat::Json => {
            let array: Vec<Value> = threads
                .iter()
                .map(|thread| to_json(thread, now, &pages))
                .collect();
            let json = format!("{:#}", Value::Array(array));
            writeln!(console.out, "{}", escaped(&json))?;
        }
        OutputFormat::Human => {
            for thread in &threads {
                write!(console.out, "{}", cards(thread, now, console.width, &pages))?;
            }
        }
    }
    let broken: Vec<FileDiagnostics> = chosen
        .iter()
        .filter(|file| file.diagnostics.has_errors())
        .map(|file| file.diagnostics.clone())
        .collect();
    check::complain(&broken, world, console)?;
    Ok(if broken.is_empty() {
        Exit::Done
    } else {
        Exit::Mend
    })
}

/// One of draft, held, waiting, due, late, published, failed, missed, retracted.
pub(super) fn status(thread: &Thread, now: DateTime<Utc>) -> &'static str {
    if let Some(block) = thread.block() {
        return match block.status {
            Status::Published => "published",
            Status::Failed => "failed",
            Status::Missed => "missed",
            Status::Retracted => "retracted",
            Status::Waiting => "waiting",
        };
    }
    match thread.publish_at() {
        None if thread.merge().is_some() && thread.is_held() => "held",
        None if thread.merge().is_some() => "waiting",
        None => "draft",
        Some(_) if thread.is_held() => "held",
        Some(due) if due > now => "waiting",
        Some(due) if now - due > thread.late().after => "late",
        Some(_) => "due",
    }
}
