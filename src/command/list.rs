//! `updraft list`: the queue and the archive, one line a file.

mod online;

use std::path::Path;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use self::online::Online;
use super::{
    CommandError, Console, Exit, Library, World, moment,
    plan::{first_words, policy, utc},
};
use crate::{
    cli::{ListArgs, OutputFormat, PostStatus, SelectionArgs},
    plan::{Decision, Item, is_under, plan},
    post::Thread,
    receipt::{Block, Status},
    report::sanitize,
};

/// In fewer columns, words say nothing.
const LEAST_ROOM: usize = 16;

/// Runs it.
pub(super) fn run(
    args: &ListArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = Library::load(world, config);
    let library = Library::require(library, Exit::Failed, world, console)?;
    library.select(world, &args.paths)?;
    let filter = Filter::of(args, &library, world)?;
    let now = (world.clock)();
    // What is listed is the files' own say: whether they are reviewed is `plan`'s business.
    let candidates = library.candidates(now, true)?;
    let policy = policy(&library, &SelectionArgs::default(), world)?;
    let plan = plan(candidates, now, &policy);
    let items = plan.items.iter().filter(|item| filter.wants(item));
    let mut items: Vec<&Item> = items.collect();
    items.sort_by_key(|item| (moment_of(item).is_none(), moment_of(item)));
    let is_for_people = args.format == OutputFormat::Human;
    let progress = console.progress.for_people(is_for_people);
    let online = match args.online {
        true => Some(online::look(&items, &library, world, &progress)?),
        false => None,
    };
    match args.format {
        OutputFormat::Json => {
            let rows = items.iter().map(|item| to_json(item, online.as_ref()));
            writeln!(console.out, "{:#}", Value::Array(rows.collect()))?;
        }
        OutputFormat::Human => {
            write!(console.out, "{}", to_text(&items, console.width))?;
            if let Some(online) = &online {
                write!(console.out, "{}", online.to_text())?;
            }
        }
    }
    Ok(online.map_or(Exit::Done, |online| online.exit()))
}

/// Which files are listed.
struct Filter<'a> {
    args: &'a ListArgs,
    paths: Vec<String>,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl<'a> Filter<'a> {
    fn of(args: &'a ListArgs, library: &Library, world: &World<'_>) -> Result<Self, CommandError> {
        let time = |flag: &str, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| moment::read(flag, text, library))
                .transpose()
        };
        if let Some(name) = args.account.as_deref() {
            let known = library.config.require_account(name);
            known.map_err(|error| CommandError::usage(format!("--account: {error}")))?;
        }
        Ok(Self {
            args,
            paths: library.relative(world, &args.paths)?,
            since: time("--since", &args.since)?,
            until: time("--until", &args.until)?,
        })
    }

    fn wants(&self, item: &Item) -> bool {
        let status = status(item);
        let account = item.file.as_ref().ok().and_then(Thread::account);
        let at = moment_of(item);
        (self.args.status.is_empty() || self.args.status.contains(&status))
            && (self.args.account.is_none() || self.args.account.as_deref() == account)
            && (self.paths.is_empty() || self.paths.iter().any(|path| is_under(item.path(), path)))
            && self
                .since
                .is_none_or(|since| at.is_some_and(|at| at >= since))
            && self
                .until
                .is_none_or(|until| at.is_some_and(|at| at < until))
    }
}

fn status(item: &Item) -> PostStatus {
    if item.file.is_err() {
        return PostStatus::Broken;
    }
    match item.decision {
        Decision::Publish { .. }
        | Decision::Miss { .. }
        | Decision::Retract
        | Decision::Blocked(_)
        | Decision::Postponed(_) => PostStatus::Due,
        Decision::Wait | Decision::OnMerge | Decision::Done(Status::Waiting) => PostStatus::Waiting,
        Decision::Draft => PostStatus::Draft,
        Decision::Held => PostStatus::Held,
        Decision::Done(Status::Published) => PostStatus::Published,
        Decision::Done(Status::Failed) => PostStatus::Failed,
        Decision::Done(Status::Missed) => PostStatus::Missed,
        Decision::Done(Status::Retracted) => PostStatus::Retracted,
    }
}

/// The result that holds: not that of a file whose author asks for another try.
fn block(item: &Item) -> Option<&Block> {
    let thread = item.file.as_ref().ok()?;
    thread.settled().and(thread.block())
}

/// When it is due, or else was published: what has no time of its own has that one.
fn moment_of(item: &Item) -> Option<DateTime<Utc>> {
    item.due()
        .or_else(|| block(item).and_then(|block| block.published_at))
}

/// `2026-12-01 09:00 CET  published  main  posts/launch.md  https://…`
fn to_text(items: &[&Item], width: usize) -> String {
    if items.is_empty() {
        return "no file fits\n".to_owned();
    }
    let rows: Vec<[String; 4]> = items.iter().map(|item| row(item)).collect();
    let widths = widths(&rows, width);
    let mut text = String::new();
    for (row, item) in rows.iter().zip(items) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths).filter(|(_, width)| *width > 0) {
            let gap = width.saturating_sub(textwrap::core::display_width(cell));
            line += &format!("{cell}{}  ", " ".repeat(gap));
        }
        let room = width.saturating_sub(textwrap::core::display_width(&line) + 2);
        text += (line + &what(item, room)).trim_end();
        text.push('\n');
    }
    text
}

/// How wide each column is; a path that leaves no room for words in its own row is wider, and takes none
/// from the other rows.
fn widths(rows: &[[String; 4]], width: usize) -> [usize; 4] {
    let cells = |at: usize| {
        let cells = rows.iter().map(move |row| &row[at]);
        cells.map(|cell| textwrap::core::display_width(cell))
    };
    let column = |at: usize| cells(at).max().unwrap_or_default();
    let before = [column(0), column(1), column(2)];
    let taken: usize = before
        .iter()
        .filter(|width| **width > 0)
        .map(|width| width + 2)
        .sum();
    let most = width.saturating_sub(taken + 2 + 2 + LEAST_ROOM);
    let path = cells(3).filter(|path| *path <= most).max();
    let [time, status, account] = before;
    [time, status, account, path.unwrap_or_else(|| column(3))]
}

fn row(item: &Item) -> [String; 4] {
    let thread = item.file.as_ref().ok();
    let zone = item.zone().unwrap_or(Tz::UTC);
    let time = moment_of(item).map(|time| time.with_timezone(&zone));
    let time = time.map(|time| time.format("%Y-%m-%d %H:%M %Z").to_string());
    let account = thread.and_then(Thread::account).unwrap_or_default();
    [
        time.unwrap_or_else(|| match item.decision {
            Decision::OnMerge => "when merged".to_owned(),
            _ => "-".to_owned(),
        }),
        status(item).name().to_owned(),
        sanitize(account).into_owned(),
        sanitize(item.path()).into_owned(),
    ]
}

/// The address of what is out, whole; why it is not, or the first words of what will be.
fn what(item: &Item, room: usize) -> String {
    let Ok(thread) = &item.file else {
        return "has errors: run `updraft check`".to_owned();
    };
    let block = block(item);
    if let Some(url) = block.and_then(|block| block.url.as_deref()) {
        return match thread.is_repost() {
            // The address is that of somebody's post.
            true => format!("↻ {}", sanitize(url)),
            false => sanitize(url).into_owned(),
        };
    }
    if room < LEAST_ROOM {
        return String::new();
    }
    match block.and_then(|block| block.reason.as_deref()) {
        Some(reason) => cut(&sanitize(reason), room),
        None => first_words(thread, room),
    }
}

/// As much as fits into one line.
fn cut(text: &str, room: usize) -> String {
    let lines = textwrap::wrap(text, room.saturating_sub(2));
    match lines.as_slice() {
        [] => String::new(),
        [line] => line.clone().into_owned(),
        [first, ..] => format!("{} …", first.trim_end()),
    }
}

fn to_json(item: &Item, online: Option<&Online>) -> Value {
    let thread = item.file.as_ref().ok();
    let block = block(item);
    let posts = block.map(|block| block.posts.iter());
    let posts = posts.into_iter().flatten().map(|part| {
        json!({
            "uri": part.uri,
            "cid": part.cid,
            "deleted": part.deleted,
            "online": online.map(|online| online.of_record(&part.uri)),
        })
    });
    json!({
        "path": item.path(),
        "publish_at": item.due().map(utc),
        "on_merge": item.on_merge(),
        "status": status(item).name(),
        "account": thread.and_then(Thread::account),
        "text": thread.and_then(|thread| thread.posts().first()).map(|post| post.text.text()),
        "parts": thread.map(|thread| thread.publication().parts()),
        "published_at": block.and_then(|block| block.published_at).map(utc),
        "reason": block.and_then(|block| block.reason.as_deref()),
        "url": block.and_then(|block| block.url.as_deref()),
        "posts": posts.collect::<Vec<_>>(),
    })
}
