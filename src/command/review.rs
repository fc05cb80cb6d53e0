//! `updraft review`: what a branch changes about what goes out; the report for a pull request.

mod clash;
mod compare;
mod differ;
mod html;
mod json;
mod markdown;
mod sides;

use std::{fs, path::Path};

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::{
    CommandError, Console, Exit, Library, World, library::LibraryError, plan::refuse,
    preview::goes_out,
};
use crate::{
    cli::{ReviewArgs, ReviewFormat},
    config::Place,
    diagnostic::FileDiagnostics,
    post::Thread,
    report::escaped,
};
use compare::{Item, Kind, compare};
use sides::{Side, git_error, of_commit};

/// So far the calendar looks ahead.
const WEEKS: i64 = 4;

/// Everything that the formats show.
struct Report<'a> {
    base: &'a str,
    head: Option<&'a str>,
    now: DateTime<Utc>,
    library: &'a Library,
    items: Vec<Item<'a>>,
    clashes: Vec<String>,
    /// Of files that are touched.
    mistakes: Vec<&'a FileDiagnostics>,
    /// Errors in all files.
    errors: usize,
}

/// Runs it.
pub(super) fn run(
    args: &ReviewArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let (before, after) = match sides(args, config, world) {
        Ok(sides) => sides,
        Err(LibraryError::Config(file)) => {
            put(&of_broken_config(&file, args, world), args, world, console)?;
            // The report may go into a file: what is wrong is said here, too.
            refuse(LibraryError::Config(file), world, console)?;
            return Ok(Exit::Mend);
        }
        Err(error) => return refuse(error, world, console),
    };
    let report = Report::new(args, (&before.library, &after.library), (world.clock)());
    let text = match args.format {
        ReviewFormat::Markdown => markdown::text(&report),
        ReviewFormat::Json => escaped(&format!("{:#}\n", json::value(&report))),
        ReviewFormat::Html => html::text(&report),
    };
    put(&text, args, world, console)?;
    let broken = report.mistakes.iter().any(|file| file.has_errors());
    Ok(if broken { Exit::Mend } else { Exit::Done })
}

fn put(
    text: &str,
    args: &ReviewArgs,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let Some(file) = &args.output else {
        return Ok(write!(console.out, "{text}")?);
    };
    let file = world.directory.join(file);
    fs::write(&file, text)
        .map_err(|error| CommandError::world(format!("--output: {}: {error}", file.display())))
}

/// What there is to show while `updraft.yml` can't be read: its mistakes.
fn of_broken_config(file: &FileDiagnostics, args: &ReviewArgs, world: &World<'_>) -> String {
    match args.format {
        ReviewFormat::Markdown => markdown::of_broken_config(file),
        ReviewFormat::Json => {
            let revisions = (args.base.as_str(), args.head.as_deref());
            let value = json::of_broken_config(file, revisions, (world.clock)());
            escaped(&format!("{value:#}\n"))
        }
        ReviewFormat::Html => html::of_broken_config(file),
    }
}

/// What is said of it.
const BROKEN_CONFIG: &str = "`updraft.yml` has mistakes: no post can be checked, and nothing goes out until they are mended";

/// What the branch began from, and what it is now.
fn sides(
    args: &ReviewArgs,
    config: Option<&Path>,
    world: &World<'_>,
) -> Result<(Side, Side), LibraryError> {
    let Some(git) = world.storage.repository(&world.directory)? else {
        let message = "there is no git repository here to compare with; call updraft in the clone of your posts, or with `-C FOLDER`";
        return Err(LibraryError::World(CommandError::usage(message)));
    };
    let place = Place::find(&world.directory, Some(git.root()), config);
    let place = place.map_err(|error| LibraryError::World(CommandError::place(&error)))?;
    let config_path = place.config_path;
    let failed = |error| LibraryError::World(git_error(error));
    let base = git.revision(&args.base).map_err(failed)?;
    let head = git.revision(args.head.as_deref().unwrap_or("HEAD"));
    let head = head.map_err(failed)?;
    let common = git.merge_base(base, head).map_err(failed)?;
    let after = match args.head {
        Some(_) => of_commit(&*git, head, &config_path, None, world)?,
        None => Side {
            library: Library::load(world, config)?,
            _folder: None,
        },
    };
    // A branch may be just what mends the settings that were there before it.
    let instead = Some(&after.library.config);
    let before = of_commit(&*git, common, &config_path, instead, world)?;
    Ok((before, after))
}

impl<'a> Report<'a> {
    fn new(
        args: &'a ReviewArgs,
        (before, after): (&'a Library, &'a Library),
        now: DateTime<Utc>,
    ) -> Self {
        let items = compare(before, after);
        let touched: Vec<&str> = items.iter().map(Item::path).collect();
        let clashes = clash::clashes((after, now), &touched, args.quiet_hours);
        let files = items.iter().filter_map(|item| item.after);
        let mistakes = files
            .map(|file| &file.diagnostics)
            .filter(|file| !file.diagnostics.is_empty());
        let all = after
            .files
            .iter()
            .flat_map(|file| &file.diagnostics.diagnostics);
        Self {
            base: &args.base,
            head: args.head.as_deref(),
            now,
            library: after,
            clashes,
            mistakes: mistakes.collect(),
            errors: all.filter(|mistake| mistake.is_error()).count(),
            items,
        }
    }

    fn count(&self, kind: Kind) -> usize {
        self.items.iter().filter(|item| item.kind == kind).count()
    }

    /// `2 new, 1 moved`, or that nothing changes.
    fn summary(&self) -> String {
        let kinds = [
            (Kind::New, "new"),
            (Kind::Scheduled, "given a time"),
            (Kind::Changed, "changed"),
            (Kind::Moved, "moved"),
            (Kind::Removed, "removed"),
            (Kind::PublishedEdited, "edited after publishing"),
            (Kind::Retracted, "to be taken back"),
            (Kind::PublishedDeleted, "deleted after publishing"),
        ];
        let counts: Vec<String> = kinds
            .iter()
            .map(|(kind, word)| (self.count(*kind), word))
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        match counts.is_empty() {
            true => "Nothing of what goes out changes".to_owned(),
            false => counts.join(", "),
        }
    }

    /// What a reviewer should know of one file: lines of text.
    fn notes(&self, item: &Item<'_>) -> Vec<String> {
        let mut notes: Vec<String> = item.kind.warning().map(str::to_owned).into_iter().collect();
        notes.extend(item.origin().map(|from| format!("Moved from {from}")));
        notes.extend(item.old_time().map(|from| match from {
            None => "It was a draft".to_owned(),
            Some(time) => {
                let to = item.thread().and_then(Thread::publish_at);
                let to = to.map_or("a draft".to_owned(), shown);
                format!("Rescheduled from {} to {to}", shown(time))
            }
        }));
        if !item.differs.is_empty() {
            notes.push(format!("Differs: {}", item.differs.join(", ")));
        }
        notes
    }

    /// What is due and goes out in the next weeks: the day, the hour, the thread, and what the branch does to it.
    fn calendar(&self) -> Vec<(String, String, &'a Thread, Option<Kind>)> {
        let zone = self.library.config.timezone.unwrap_or(Tz::UTC);
        let end = self.now + Duration::weeks(WEEKS);
        let mut found: Vec<(DateTime<Utc>, &Thread)> = self
            .library
            .threads()
            .filter(|one| clash::goes_out(one, self.now))
            .filter_map(|one| Some((one.publish_at()?, one)))
            .filter(|(due, _)| *due < end)
            .collect();
        found.sort_by_key(|(due, thread)| (*due, thread.path()));
        let row = |(due, thread): (DateTime<Utc>, &'a Thread)| {
            let time = due.with_timezone(&zone);
            let item = self.items.iter().find(|item| item.path() == thread.path());
            let day = match due < self.now {
                true => "due already".to_owned(),
                false => time.format("%a %Y-%m-%d").to_string(),
            };
            let hour = match due < self.now {
                true => time.format("%Y-%m-%d %H:%M %Z"),
                false => time.format("%H:%M %Z"),
            };
            (day, hour.to_string(), thread, item.map(|item| item.kind))
        };
        found.into_iter().map(row).collect()
    }
}

fn shown(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}
