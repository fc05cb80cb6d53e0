//! `updraft plan`: what a run would do now and why, and what waits.

use std::{collections::BTreeMap, path::Path};

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{CommandError, Console, Exit, Library, World, check, library::LibraryError};
use crate::{
    cli::{OutputFormat, PlanArgs, SelectionArgs},
    plan::{Decision, Item, Plan, Policy, Span, plan},
    post::{Publication, Thread},
    receipt::Status,
    report::{escaped, sanitize, sanitize_line},
};

/// Runs it.
pub(super) fn run(
    args: &PlanArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = Library::load(world, config);
    let library = Library::require(library, Exit::Failed, world, console)?;
    let policy = policy(&library, &args.selection, world)?;
    let now = (world.clock)();
    let candidates = library.candidates(now, args.selection.allow_dirty)?;
    let plan = plan(candidates, now, &policy);
    match args.format {
        OutputFormat::Json => {
            let json = format!("{:#}", to_json(&plan));
            writeln!(console.out, "{}", escaped(&json))?;
        }
        OutputFormat::Human => write!(console.out, "{}", to_text(&plan, console.width))?,
    }
    Ok(Exit::Done)
}

/// A library that can't be loaded ends a run; what is wrong with updraft.yml is shown first.
pub(super) fn refuse(
    error: LibraryError,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    match error {
        LibraryError::World(error) => Err(error),
        LibraryError::Config(file) => {
            check::complain(&[*file], world, console)?;
            Ok(Exit::Failed)
        }
    }
}

/// The policy of the configuration and the command line.
pub(super) fn policy(
    library: &Library,
    selection: &SelectionArgs,
    world: &World<'_>,
) -> Result<Policy, CommandError> {
    Ok(Policy {
        // Who takes a post back by hand, wants it gone whatever else is kept back.
        paused: library.config.paused.clone().filter(|_| !selection.retract),
        only: library.relative(world, &selection.only)?,
        limit: selection.limit,
        spacing: spacing(library),
        retract: selection.retract,
    })
}

fn spacing(library: &Library) -> BTreeMap<String, chrono::Duration> {
    let accounts = library.config.accounts.iter();
    let spaced = accounts.filter(|account| !account.spacing.is_zero());
    spaced
        .map(|account| (account.name.clone(), account.spacing))
        .collect()
}

/// A plan for programs.
pub(super) fn to_json(plan: &Plan) -> Value {
    let items: Vec<Value> = plan
        .items
        .iter()
        .map(|item| {
            json!({
                "path": item.path(),
                "publish_at": item.due().map(utc),
                "on_merge": item.on_merge(),
                "turn": item.turn.map(utc),
                "account": item.file.as_ref().ok().and_then(Thread::account),
                "decision": name(&item.decision),
                "reason": item.decision.to_string(),
                "parts": item.file.as_ref().ok().map(|thread| thread.publication().parts()),
            })
        })
        .collect();
    json!({ "now": utc(plan.now), "paused": plan.paused, "items": items })
}

/// A moment in UTC as JSON has it: whole seconds, `Z`.
pub(super) fn utc(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Publish { .. } => "publish",
        Decision::Miss { .. } => "miss",
        Decision::Retract => "retract",
        Decision::Blocked(_) => "blocked",
        Decision::Postponed(_) => "postponed",
        Decision::Wait => "wait",
        Decision::OnMerge => "on_merge",
        Decision::Draft => "draft",
        Decision::Held => "held",
        Decision::Done(Status::Published) => "published",
        Decision::Done(Status::Failed) => "failed",
        Decision::Done(Status::Missed) => "missed",
        Decision::Done(Status::Retracted) => "retracted",
        Decision::Done(Status::Waiting) => "wait",
    }
}

/// A plan for people: what happens now, what waits, and how many of the rest there are.
pub(super) fn to_text(plan: &Plan, width: usize) -> String {
    let now_due = |item: &&Item| {
        use Decision::{Blocked, Miss, Postponed, Publish, Retract};
        matches!(
            item.decision,
            Publish { .. } | Miss { .. } | Retract | Blocked(_) | Postponed(_)
        )
    };
    let due: Vec<&Item> = plan.items.iter().filter(now_due).collect();
    let waits: Vec<&Item> = plan
        .items
        .iter()
        .filter(|item| matches!(item.decision, Decision::Wait | Decision::OnMerge))
        .collect();
    let mut text = match &plan.paused {
        Some(why) => format!("Paused, so that nothing goes out: {}\n\n", sanitize(why)),
        None => String::new(),
    };
    if due.is_empty() {
        text += &format!(
            "Nothing is due at {}.\n",
            plan.now.format("%Y-%m-%d %H:%M UTC")
        );
    } else {
        text += &format!("Due at {}:\n", plan.now.format("%Y-%m-%d %H:%M UTC"));
        due.iter()
            .for_each(|item| text += &entry(item, plan.now, width));
    }
    if !waits.is_empty() {
        text += "\nWaiting:\n";
        waits
            .iter()
            .for_each(|item| text += &entry(item, plan.now, width));
    }
    text + &rest(plan)
}

fn entry(item: &Item, now: DateTime<Utc>, width: usize) -> String {
    let path = sanitize_line(item.path());
    let mut text = match item.due() {
        Some(due) => format!("  {}  {path}\n", when(due, item.zone(), now)),
        None if item.decision == Decision::OnMerge => format!("  when it is merged  {path}\n"),
        None => format!("  {path}\n"),
    };
    if !matches!(item.decision, Decision::Wait | Decision::OnMerge) {
        text += &format!("      {}\n", item.decision);
    } else if item.file.is_err() {
        text += "      it has errors: run `updraft check`\n";
    } else if let Some(turn) = item.turn {
        let turn = turn.format("%H:%M:%S UTC");
        text += &format!("      goes out at {turn}: `spacing` in updraft.yml\n");
    }
    if let Ok(thread) = &item.file {
        text += &format!("      {}\n", describe(thread, width.saturating_sub(6)));
    }
    text
}

/// "Tue 2026-12-01 09:00 EST (in 8 days)"
pub(super) fn when(due: DateTime<Utc>, zone: Option<Tz>, now: DateTime<Utc>) -> String {
    let local = due.with_timezone(&zone.unwrap_or(Tz::UTC));
    let distance = if due > now {
        format!("in {}", Span(due - now))
    } else {
        format!("{} ago", Span(now - due))
    };
    format!("{} ({distance})", local.format("%a %Y-%m-%d %H:%M %Z"))
}

/// "main · 2 parts, 1 picture · “updraft 1.0 is out. …”"
fn describe(thread: &Thread, width: usize) -> String {
    let facts = facts(thread);
    let head = [
        thread.account().map(str::to_owned),
        (!facts.is_empty()).then(|| facts.join(", ")),
    ];
    let head: String = head
        .into_iter()
        .flatten()
        .map(|part| format!("{part} · "))
        .collect();
    let room = width
        .saturating_sub(textwrap::core::display_width(&head) + 3)
        .max(20);
    format!("{head}{}", first_words(thread, room))
}

/// "2 parts", "1 picture", "a card", "a quote", "an answer", as far as they hold.
pub(super) fn facts(thread: &Thread) -> Vec<String> {
    let posts = thread.posts();
    let pictures: usize = posts.iter().map(|post| post.images().len()).sum();
    let cards = posts.iter().filter(|post| post.card().is_some()).count();
    let quotes = posts.iter().filter(|post| post.quote.is_some()).count();
    let videos = posts.iter().filter(|post| post.video().is_some()).count();
    let is_answer = matches!(
        thread.publication(),
        Publication::Posts {
            reply_to: Some(_),
            ..
        }
    );
    let mut facts = Vec::new();
    if posts.len() > 1 {
        facts.push(count(posts.len(), "part"));
    }
    let counted = [
        (pictures, "picture"),
        (videos, "video"),
        (cards, "card"),
        (quotes, "quote"),
    ];
    facts.extend(
        counted
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| count(number, noun)),
    );
    facts.extend(is_answer.then(|| "an answer".to_owned()));
    facts
}

/// The first line in quotation marks, cut between words (or inside an endless one) to fit `room`
/// columns; without words, what is shown instead.
pub(super) fn first_words(thread: &Thread, room: usize) -> String {
    if let Publication::Repost(target) = thread.publication() {
        return format!("repost of {}", sanitize(&target.to_string()));
    }
    let first = thread.posts().first();
    if let Some(post) = first.filter(|post| post.text.text().is_empty()) {
        let shown = post
            .quote
            .as_ref()
            .map(|target| format!("quote of {target}"));
        let shown = shown.or_else(|| Some(format!("card of {}", post.card()?.url)));
        let shown = shown.or_else(|| post.files().next().map(str::to_owned));
        return sanitize(&shown.unwrap_or_default()).into_owned();
    }
    format!("“{}”", first_line(thread, room))
}

fn first_line(thread: &Thread, room: usize) -> String {
    let text = thread.posts().first().map_or("", |post| post.text.text());
    let line = sanitize(text.lines().next().unwrap_or_default()).into_owned();
    let fits = textwrap::core::display_width(&line) <= room;
    if fits && text.lines().count() <= 1 {
        return line;
    }
    let shown = if fits {
        line
    } else {
        textwrap::wrap(&line, room)[0].clone().into_owned()
    };
    format!("{} …", shown.trim_end())
}

/// "1 part", "2 parts".
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn rest(plan: &Plan) -> String {
    let kinds = [
        (Decision::Draft, "draft"),
        (Decision::Held, "held back"),
        (Decision::Done(Status::Published), "published"),
        (Decision::Done(Status::Failed), "failed"),
        (Decision::Done(Status::Missed), "missed"),
        (Decision::Done(Status::Retracted), "retracted"),
    ];
    let counts: Vec<String> = kinds
        .iter()
        .filter_map(|(decision, name)| {
            let number = plan
                .items
                .iter()
                .filter(|item| item.decision == *decision)
                .count();
            let plural = if *name == "draft" && number > 1 {
                "s"
            } else {
                ""
            };
            (number > 0).then(|| format!("{number} {name}{plural}"))
        })
        .collect();
    if counts.is_empty() {
        String::new()
    } else {
        format!("\nBesides: {}.\n", counts.join(", "))
    }
}
