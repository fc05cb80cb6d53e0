//! `updraft doctor`: what an experienced maintainer would say of a set-up, each with its remedy.
//!
//! What is looked at is gathered first and judged by pure functions. Exit 0 where nothing is to be
//! mended (notes don't count), 1 where something is, 3 where it could not look.

mod account;
mod clone;
mod cron;
mod finding;
mod github;
mod lateness;
mod online;
mod quiet;
mod workflow;

use std::path::Path;

use super::{CommandError, Console, Exit, Library, Progress, World, library::LibraryError};
use crate::cli::{DoctorArgs, OutputFormat};
use finding::Finding;

/// Runs it.
pub(super) fn run(
    args: &DoctorArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let is_for_people = args.format == OutputFormat::Human;
    let progress = console.progress.for_people(is_for_people);
    let mut findings = examine(args, config, world, &progress)?;
    findings.sort_by_key(|finding| finding.level);
    match args.format {
        OutputFormat::Json => writeln!(console.out, "{:#}", finding::to_json(&findings))?,
        OutputFormat::Human => write!(
            console.out,
            "{}",
            finding::to_text(&findings, console.frames())
        )?,
    }
    Ok(finding::exit(&findings))
}

/// All that can be seen from here; with `--online`, from the accounts' servers too.
fn examine(
    args: &DoctorArgs,
    config: Option<&Path>,
    world: &World<'_>,
    progress: &Progress,
) -> Result<Vec<Finding>, CommandError> {
    let mut findings = Vec::new();
    let repository = world.storage.repository(&world.directory);
    let repository = repository.map_err(CommandError::world)?;
    let repository = repository.as_deref();
    if repository.is_none() {
        findings.push(clone::no_repository());
    }
    let library = match Library::load(world, config) {
        Ok(library) => Some(library),
        Err(LibraryError::Config(file)) => {
            findings.extend(clone::of_config(&file));
            None
        }
        // No posts and no repository: that is one finding.
        Err(LibraryError::World(_)) if repository.is_none() && config.is_none() => None,
        Err(LibraryError::World(error)) => return Err(error),
    };
    let (workflows, unreadable) =
        repository.map_or_else(Default::default, |found| workflow::gather(found.root()));
    findings.extend(unreadable);
    let passwords = match &library {
        Some(library) => {
            findings.extend(clone::of_posts(library));
            findings.extend(clone::of_pause(library));
            account::passwords(library, workflow::handle(&workflows))
        }
        None => Vec::new(),
    };
    if let Some(library) = &library {
        findings.extend(account::of_secrets(&passwords, library, repository, world));
    }
    if let Some(repository) = repository {
        findings.extend(workflow::check(&workflows, &passwords));
        // What `init` has just written is not run before it is committed, and says so itself.
        if clone::is_begun(repository) {
            findings.extend(workflow::of_source(&workflows));
        }
        findings.extend(clone::of_history(repository, library.as_ref(), world));
    }
    findings.extend(lateness::of_run(world));
    let (Some(library), Some(repository)) = (&library, repository) else {
        return Ok(findings);
    };
    if let Some(schedule) = workflow::scheduled(&workflows) {
        findings.extend(quiet::of_posts((library, schedule), repository, world));
    }
    if args.online {
        findings.extend(online::look(library, world, progress)?);
        let runner = github::Runner {
            is_signing: repository.is_signing(),
            has_token: workflow::has_own_token(&workflows),
            is_beside: workflow::beside(&workflows).is_some(),
        };
        let beside = workflow::beside(&workflows);
        findings.extend(github::look((library, beside), runner, repository, world)?);
    }
    Ok(findings)
}
