//! `updraft preview`: exactly what would be published; offline, unless asked to read pages.

mod cards;
mod goes_out;
pub(super) mod html;
mod json;
mod pages;
mod video;

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{CommandError, Console, Exit, Library, World, check};
use crate::{
    cli::{PreviewArgs, PreviewFormat},
    diagnostic::FileDiagnostics,
    post::Thread,
    receipt::Status,
    report::escaped,
};
use cards::cards;
pub(super) use cards::{around, beside, features, link_card, pictures};
pub(super) use goes_out::goes_out;
pub(super) use json::to_json;
pub(super) use pages::Pages;
use pages::read_pages;
pub(super) use video::line as video_line;

/// Runs it.
pub(super) fn run(
    args: &PreviewArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = Library::load(world, config);
    let library = Library::require(library, Exit::Mend, world, console)?;
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
        PreviewFormat::Json => {
            let array: Vec<Value> = threads
                .iter()
                .map(|thread| to_json(thread, now, &pages))
                .collect();
            let json = format!("{:#}", Value::Array(array));
            writeln!(console.out, "{}", escaped(&json))?;
        }
        PreviewFormat::Html => {
            let mut page = html::Page::new(&library);
            let posts: Vec<String> = threads
                .iter()
                .map(|thread| page.post(thread, now, &[], &[]))
                .collect();
            let text = html::page("Preview", &format!("<h2>Posts</h2>\n{}", posts.concat()));
            write!(console.out, "{text}")?;
        }
        PreviewFormat::Human => {
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
    let is_held = thread.is_held() || thread.retracts();
    match thread.publish_at() {
        None if thread.merge().is_some() && is_held => "held",
        None if thread.merge().is_some() => "waiting",
        None => "draft",
        Some(_) if is_held => "held",
        Some(due) if due > now => "waiting",
        Some(due) if now - due > thread.late().after => "late",
        Some(_) => "due",
    }
}
