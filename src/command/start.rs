//! `updraft` alone: what is due next, and what to do first.

use std::path::Path;

use super::{
    CommandError, Console, Exit, Library, World, check,
    library::LibraryError,
    plan::{count, when},
    standing::{self, Entry},
};
use crate::{
    cli::SelectionArgs,
    config::{Place, PlaceError},
    git::Git,
    plan::{Plan, plan},
    report::{sanitize, sanitize_line},
};

/// Runs it.
pub(super) fn run(
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = match Library::load(world, config) {
        Ok(library) => library,
        Err(LibraryError::World(error)) if config.is_none() && is_nowhere(world) => {
            return Err(CommandError::usage(format!(
                "{}, or set one up there with `updraft init`; all commands: updraft --help",
                error.message
            )));
        }
        Err(LibraryError::World(error)) => return Err(error),
        Err(LibraryError::Config(file)) => {
            check::complain(&[*file], world, console)?;
            return Ok(Exit::Mend);
        }
    };
    let policy = super::plan::policy(&library, &SelectionArgs::default(), world)?;
    let now = (world.clock)();
    let plan = plan(library.candidates(now, false)?, now, &policy);
    let wrong = library.files.iter();
    let wrong = wrong.filter(|file| file.diagnostics.has_errors()).count();
    let entries = standing::entries(&plan, &[]);
    write!(
        console.out,
        "{}\n{}\nAll commands: updraft --help\n",
        stands(&plan, &entries),
        first((&plan, wrong), &entries)
    )?;
    Ok(Exit::Done)
}

/// Whether neither posts nor settings are here or above.
fn is_nowhere(world: &World<'_>) -> bool {
    let repository = world.storage.repository(&world.directory).ok().flatten();
    let root = repository.as_deref().map(Git::root);
    let place = Place::find(&world.directory, root, None);
    matches!(place, Err(PlaceError::Nothing(_)))
}

fn of(entries: &[Entry<'_>], state: &str) -> usize {
    entries.iter().filter(|entry| entry.state == state).count()
}

/// What is due, and what is next.
fn stands(plan: &Plan, entries: &[Entry<'_>]) -> String {
    if let Some(why) = &plan.paused {
        return format!("Paused, so that nothing goes out: {}", sanitize(why));
    }
    let entries_due = entries.iter().filter(|entry| entry.state == "due");
    let broken = entries_due.filter(|entry| entry.item.file.is_err()).count();
    let due = match (of(entries, "due") - broken, broken) {
        (0, 0) => "Nothing is due.".to_owned(),
        (0, 1) => "1 file that may be due has errors.".to_owned(),
        (0, broken) => format!("{broken} files that may be due have errors."),
        (due, broken) => {
            let are = if due == 1 { "is" } else { "are" };
            let besides = match broken {
                0 => String::new(),
                broken => format!(", besides {} with errors", count(broken, "file")),
            };
            format!("{} {are} due{besides}.", count(due, "post"))
        }
    };
    match &plan.next {
        Some(next) => format!(
            "{due} Next: {}, {}; {} in all.",
            sanitize_line(&next.path),
            when(next.at, next.zone, plan.now),
            count(of(entries, "waiting"), "waiting post")
        ),
        None => format!("{due} Nothing waits."),
    }
}

/// What to do first.
fn first((plan, wrong): (&Plan, usize), entries: &[Entry<'_>]) -> String {
    let blocked = plan.blocked().count();
    let ended = of(entries, "failed") + of(entries, "missed");
    let drafts = of(entries, "draft");
    if plan.items.is_empty() {
        return "There are no posts here yet: `updraft init` sets a repository up, `updraft new NAME` begins a post".to_owned();
    }
    if wrong > 0 {
        return format!(
            "First: {} with errors: `updraft check` shows them",
            count(wrong, "file")
        );
    }
    if blocked > 0 {
        return format!(
            "First: {} kept back: `updraft plan` says why",
            count(blocked, "due post")
        );
    }
    if of(entries, "due") > 0 {
        return "First: `updraft plan` shows what a run would do now, `updraft publish` does it"
            .to_owned();
    }
    if ended > 0 {
        return format!(
            "First: {} not out: `updraft status` says why",
            count(ended, "failed or missed post")
        );
    }
    if plan.next.is_none() && drafts > 0 {
        return format!(
            "{} without `publish_at`: give one a time, and it goes out then",
            count(drafts, "draft")
        );
    }
    "Nothing needs you: `updraft preview` shows what goes out, `updraft new NAME` begins a post"
        .to_owned()
}
