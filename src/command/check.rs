//! `updraft check`: every mistake in every post.

mod due;
mod online;

use std::path::Path;

use super::{CommandError, Console, Exit, Library, World, library::LibraryError, plan::count};
use crate::{
    cli::{CheckArgs, ReportFormat},
    diagnostic::{Diagnostic, FileDiagnostics},
    post::{Checked, Post, Thread, file::Folder},
    receipt::Status,
    report::{self, Counts, sanitize, sanitize_line},
};

use online::Online;

/// Runs it.
pub(super) fn run(
    args: &CheckArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let format = args.format.unwrap_or_else(|| default_format(world));
    let library = match Library::load(world, config) {
        Ok(library) => library,
        Err(LibraryError::World(error)) => return Err(error),
        Err(LibraryError::Config(file)) => {
            print(&[*file], format, (0, None), console)?;
            return Ok(Exit::Mend);
        }
    };
    let chosen = library.select(world, &args.paths)?;
    let total = chosen.len();
    let progress = console.progress.for_people(format == ReportFormat::Human);
    let online = match args.online {
        true => online::look(&chosen, &library, world, &progress)?,
        false => Online::default(),
    };
    let wrong: Vec<FileDiagnostics> = chosen
        .iter()
        .map(|file| with_online(file, &online))
        .filter(|file| !file.diagnostics.is_empty())
        .collect();
    let notes = unpinned(&chosen).into_iter();
    let notes = notes.chain(to_be_retracted(&chosen));
    let notes = notes.chain(due::notes(&library, &chosen, world)?);
    let unasked: Vec<String> = online
        .unasked
        .iter()
        .map(|what| could_not_ask(what))
        .collect();
    if matches!(format, ReportFormat::Json | ReportFormat::Sarif) {
        write!(console.err, "{}", unasked.concat())?;
    }
    let notes = notes.chain(unasked);
    let of_folder = args.paths.is_empty().then(|| empty(&library)).transpose()?;
    let note = Some(notes.chain(of_folder.flatten()).collect());
    print(&wrong, format, (total, note), console)?;
    let fails = |file: &FileDiagnostics| args.deny_warnings || file.has_errors();
    Ok(if wrong.iter().any(fails) {
        Exit::Mend
    } else {
        Exit::Done
    })
}

fn could_not_ask(what: &str) -> String {
    format!("note: could not be asked: {}\n", sanitize_line(what))
}

/// What is wrong with a file, in order of place.
fn with_online(checked: &Checked, online: &Online) -> FileDiagnostics {
    let mut file = checked.diagnostics.clone();
    if let (Some(mistakes), Ok(thread)) = (online.mistakes.get(&file.path), &checked.result) {
        thread.document().source().clone_into(&mut file.text);
        file.diagnostics.extend(mistakes.iter().cloned());
        let start = |mistake: &Diagnostic| mistake.span.as_ref().map(|span| span.start);
        file.diagnostics.sort_by_key(start);
    }
    file
}

/// Why there is no post at all.
fn empty(library: &Library) -> Result<Option<String>, CommandError> {
    if !library.files.is_empty() {
        return Ok(None);
    }
    let everything = Folder {
        ignore: Vec::new(),
        ..library.folder.clone()
    };
    let ignored = everything.find().map_err(CommandError::world)?.len();
    Ok(Some(match ignored {
        0 => "note: no posts yet: `updraft new NAME` writes one\n".to_owned(),
        ignored => format!(
            "note: `ignore` in {} leaves out all of the posts folder: {}\n",
            sanitize_line(&library.config_path),
            count(ignored, "file")
        ),
    }))
}

/// Which posts show cards that nobody can see yet.
fn unpinned(files: &[&Checked]) -> Option<String> {
    let unknown = |post: &Post| post.card().is_some_and(|card| card.pinned.is_none());
    let waiting: Vec<&str> = files
        .iter()
        .filter_map(|file| file.result.as_ref().ok())
        .filter(|thread| thread.settled().is_none() && thread.posts().iter().any(unknown))
        .map(Thread::path)
        .collect();
    let (first, more) = (waiting.first()?, waiting.len() - 1);
    let names = match more {
        0 => sanitize(first).into_owned(),
        more => format!("{} and {more} more", sanitize(first)),
    };
    Some(format!(
        "note: card unknown until published in {names}; `updraft pin` fixes it\n"
    ))
}

/// Which posts the next run deletes on Bluesky.
fn to_be_retracted(files: &[&Checked]) -> Option<String> {
    let threads = files.iter().filter_map(|file| file.result.as_ref().ok());
    let names: Vec<String> = threads
        .filter(|thread| thread.retracts() && thread.settled() == Some(Status::Published))
        .map(|thread| sanitize_line(thread.path()).into_owned())
        .collect();
    let names = (!names.is_empty()).then(|| names.join(", "))?;
    Some(format!(
        "note: to be deleted on Bluesky by the next run: {names}\n"
    ))
}

fn default_format(world: &World<'_>) -> ReportFormat {
    match (world.env)("GITHUB_ACTIONS").as_deref() {
        Some("true") => ReportFormat::Github,
        _ => ReportFormat::Human,
    }
}

fn print(
    files: &[FileDiagnostics],
    format: ReportFormat,
    (total, note): (usize, Option<String>),
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let summary = report::summary(&Counts {
        files: total,
        ..Counts::of(files)
    });
    match format {
        ReportFormat::Human => {
            write!(console.out, "{}", report::human(files, console.frames()))?;
            if let Some(hint) = report::hint(files) {
                writeln!(console.out, "{hint}")?;
            }
            write!(console.out, "{}", note.unwrap_or_default())?;
            writeln!(console.out, "{summary}")?;
        }
        ReportFormat::Github => {
            write!(console.out, "{}", report::github(files))?;
            write!(console.out, "{}", note.unwrap_or_default())?;
            writeln!(console.out, "{summary}")?;
        }
        ReportFormat::Json => write!(console.out, "{}", report::json(files))?,
        ReportFormat::Sarif => write!(console.out, "{}", report::sarif(files))?,
    }
    Ok(())
}

/// Shows on standard error what is wrong with files that another verb passes over.
pub(super) fn complain(
    files: &[FileDiagnostics],
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    match default_format(world) {
        ReportFormat::Github => write!(console.err, "{}", report::github(files))?,
        _ => write!(console.err, "{}", report::human(files, console.frames()))?,
    }
    Ok(())
}
