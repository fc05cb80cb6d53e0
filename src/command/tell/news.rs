//! What there is to tell of a run's threads that nobody was told yet, and how that is kept.

use chrono::{DateTime, Duration, Utc};

use super::notes::Told;
use crate::{
    command::outcome::tried_until,
    notify::{Incident, Kind},
    plan::{Decision, Item, Obstacle, Plan, Unreviewed},
    post::Thread,
    publish::{Note, Outcome},
    receipt::{Block, Receipt, Status},
};

/// How old a result may be that nobody was told: an archive stays silent when `notify` is new.
const RECENT: Duration = Duration::days(7);

/// How it is kept that somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Not at all: it can't come again.
    Nothing,
    /// In this result.
    InResult(Receipt),
    /// By a block that says why the file waits; in the notes of the clone if the file takes none.
    Waiting(String),
    /// In the notes of the clone.
    InNotes(String),
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct News {
    pub(super) incident: Incident,
    pub(super) keep: Keep,
}

/// All there is to tell.
pub(super) fn news(plan: &Plan, outcomes: &[Outcome], told: &Told) -> Vec<News> {
    let of_outcomes = outcomes
        .iter()
        .filter_map(|outcome| of_outcome(plan, outcome, told));
    let handled = |path: &str| outcomes.iter().any(|outcome| outcome.path() == path);
    let others = plan.items.iter().filter(|item| !handled(item.path()));
    let of_items = others.filter_map(|item| of_item(item, plan.now, told));
    of_outcomes.chain(of_items).collect()
}

/// What still stands of what was told, by path, for the notes.
pub(super) fn standing(plan: &Plan, outcomes: &[Outcome]) -> Vec<String> {
    let bad = outcomes
        .iter()
        .filter(|outcome| outcome.receipt().is_none());
    let blocked = plan.blocked().map(|(item, _)| item.path());
    bad.map(Outcome::path)
        .chain(blocked)
        .map(str::to_owned)
        .collect()
}

fn of_outcome(plan: &Plan, outcome: &Outcome, told: &Told) -> Option<News> {
    let item = plan.items.iter().find(|item| item.path() == outcome.path());
    let item = item?;
    let thread = item.file.as_ref().ok();
    match outcome {
        Outcome::Published { .. } | Outcome::TakenOver { .. } => {
            let was_told = thread.and_then(told_word).is_some() || told.has(item.path());
            is_out(item, outcome, was_told)
        }
        Outcome::Retracted { .. } => None,
        Outcome::Missed { receipt } | Outcome::Failed { receipt } => Some(of_result(item, receipt)),
        Outcome::Left { reason, .. } => {
            let until = thread.and_then(|thread| tried_until(thread, plan.now));
            let until = until.map(|until| format!(" ({until})")).unwrap_or_default();
            unless_told(
                item,
                ("left", Kind::Left),
                &format!("{reason}{until}"),
                told,
            )
        }
        Outcome::Doubtful { reason, theirs, .. } => {
            let path = item.path();
            let first = theirs.first().map(|found| found.url.as_str());
            let adopt =
                first.map(|url| format!("; if {url} is the post: updraft adopt {path} {url}"));
            let text = format!("{reason}{}", adopt.unwrap_or_default());
            unless_told(item, ("doubtful", Kind::Doubtful), &text, told)
        }
        Outcome::Unrecorded { receipt, reason } => {
            let news = unless_told(item, ("unrecorded", Kind::Unrecorded), reason, told);
            news.map(|mut news| {
                news.incident.url = receipt.block.url.clone();
                news.keep = Keep::InNotes("unrecorded".into());
                news
            })
        }
    }
}

/// What is to be told of a thread that is on Bluesky now.
fn is_out(item: &Item, outcome: &Outcome, was_told: bool) -> Option<News> {
    let is_edited = matches!(
        outcome,
        Outcome::TakenOver {
            note: Note::Edited { .. },
            ..
        }
    );
    let mut incident = match is_edited {
        true => about(
            item,
            Kind::Edited,
            "its words on Bluesky are others than those of the file, which names that post now",
        ),
        false => about(item, Kind::AfterAll, "it is on Bluesky"),
    };
    incident.url = outcome
        .receipt()
        .and_then(|receipt| receipt.block.url.clone());
    (is_edited || was_told).then_some(News {
        incident,
        keep: Keep::Nothing,
    })
}

fn of_item(item: &Item, now: DateTime<Utc>, told: &Told) -> Option<News> {
    match &item.decision {
        Decision::Blocked(obstacle) => {
            let word = word(*obstacle);
            let news = unless_told(item, (word, Kind::Blocked), &obstacle.to_string(), told)?;
            // A read-only file takes no block either.
            let keep = match obstacle {
                Obstacle::ReadOnly => Keep::InNotes(word.into()),
                _ => news.keep,
            };
            Some(News { keep, ..news })
        }
        Decision::Done(Status::Failed | Status::Missed) => {
            let block = item.file.as_ref().ok()?.block()?;
            let is_recent = now - block.recorded_at()? <= RECENT;
            let receipt = Receipt {
                path: item.path().to_owned(),
                block: block.clone(),
            };
            (is_recent && block.told_at.is_none()).then(|| of_result(item, &receipt))
        }
        _ => None,
    }
}

fn of_result(item: &Item, receipt: &Receipt) -> News {
    let kind = match receipt.block.status {
        Status::Missed => Kind::Missed,
        _ => Kind::Failed,
    };
    let reason = receipt.block.reason.as_deref().unwrap_or_default();
    News {
        incident: about(item, kind, reason),
        keep: Keep::InResult(receipt.clone()),
    }
}

fn unless_told(item: &Item, (word, kind): (&str, Kind), reason: &str, told: &Told) -> Option<News> {
    let in_file = match &item.file {
        Ok(thread) => told_word(thread),
        Err(broken) => broken.waiting.as_ref().and_then(word_of),
    };
    if in_file == Some(word) || told.says(item.path(), word) {
        return None;
    }
    // A post that is out keeps its result while it can't be retracted.
    let keep = match item.is_retraction() {
        true => Keep::InNotes(word.to_owned()),
        false => Keep::Waiting(word.to_owned()),
    };
    Some(News {
        incident: about(item, kind, reason),
        keep,
    })
}

/// What kind of thing somebody was told of this `publish_at`.
fn told_word(thread: &Thread) -> Option<&str> {
    let waiting = thread.waiting()?;
    let is_of_now = waiting.told_at >= thread.publish_at();
    word_of(waiting).filter(|_| is_of_now)
}

fn word_of(block: &Block) -> Option<&str> {
    let (word, _) = block.reason.as_deref()?.split_once(": ")?;
    Some(word)
}

fn word(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Broken => "broken",
        Obstacle::NotPublished => "not published",
        Obstacle::BrokenRetraction => "broken retraction",
        Obstacle::TimeUnknown => "time unknown",
        Obstacle::Unreviewed(Unreviewed::Untracked) => "not in git",
        Obstacle::Unreviewed(Unreviewed::Changed) => "not committed",
        Obstacle::NoAccount => "no account",
        Obstacle::ReadOnly => "read-only",
        Obstacle::HistoryCut => "history cut off",
    }
}

fn about(item: &Item, kind: Kind, reason: &str) -> Incident {
    let account = item.file.as_ref().ok().and_then(Thread::account);
    Incident {
        kind,
        path: Some(item.path().to_owned()),
        account: account.map(str::to_owned),
        publish_at: item.due(),
        reason: reason.to_owned(),
        url: None,
    }
}
