//! What a run would do and why: a pure function of the files, the time and the policy.

mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

pub use words::Span;

use crate::{
    post::{Broken, BrokenDue, Merge, Thread, late::Then},
    receipt::Status,
};

/// What the configuration and the command line say of publishing.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Why nothing goes out, if nothing goes out.
    pub paused: Option<String>,
    /// The paths that the run is limited to, each a file or a folder; empty for all.
    pub only: Vec<String>,
    /// How many threads go out at most.
    pub limit: Option<usize>,
    /// How long after one thread of an account the next may go out, by account; at once otherwise.
    pub spacing: BTreeMap<String, Duration>,
    /// Whether what is asked for is taken back from the network, and nothing else is done.
    pub retract: bool,
}

/// How a file differs from what was reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreviewed {
    /// git does not have it.
    Untracked,
    /// It differs from HEAD in more than its block.
    Changed,
}

/// A file as the plan sees it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The thread, or what is left of it.
    pub file: Result<Thread, Broken>,
    /// Whether it is what was committed.
    pub unreviewed: Option<Unreviewed>,
    /// Whether its result could be written into it.
    pub writable: bool,
}

/// What becomes of a file in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes out.
    Publish {
        /// How far behind its time.
        late_by: Duration,
    },
    /// It is declared missed, unless it is out already.
    Miss {
        /// How far behind its time.
        late_by: Duration,
    },
    /// It is taken back: deleted on the network if it is there.
    Retract,
    /// It is due, and something keeps it back: the run fails.
    Blocked(Obstacle),
    /// It is due, and stays so on purpose.
    Postponed(Postponement),
    /// Its time has not come.
    Wait,
    /// It goes out when it is merged.
    OnMerge,
    /// It has no time.
    Draft,
    /// `hold: true`.
    Held,
    /// It has its result.
    Done(Status),
}

/// Why a due post can't go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The file has errors.
    Broken,
    /// It is asked back, and its file does not say that it is out.
    NotPublished,
    /// The file has errors, and is to be taken back.
    BrokenRetraction,
    /// The file has errors, in its time too: it may be due.
    TimeUnknown,
    /// It goes out on merging, and the history that says when that was is not here.
    HistoryCut,
    /// Nobody has reviewed this text.
    Unreviewed(Unreviewed),
    /// No account is configured.
    NoAccount,
    /// The result could not be written into the file.
    ReadOnly,
}

/// Why a due post does not go out in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Postponement {
    /// `paused:` in updraft.yml, with its reason.
    Paused(String),
    /// Not among `--only`.
    NotAsked,
    /// Beyond `--limit`.
    Limit,
    /// Not before this moment, for the account's `spacing`.
    Spacing(DateTime<Utc>),
}

/// One file with its decision.
#[derive(Clone, Debug)]
pub struct Item {
    /// The file.
    pub file: Result<Thread, Broken>,
    /// What becomes of it.
    pub decision: Decision,
    /// When its turn comes, where the account's `spacing` puts it off.
    pub turn: Option<DateTime<Utc>>,
}

/// All files with their decisions: those due by account and time first, then by time.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The moment it was made for.
    pub now: DateTime<Utc>,
    /// In order of due time; files without one last, by path.
    pub items: Vec<Item>,
    /// What falls due next, as far as it may go out then.
    pub next: Option<Next>,
    /// Why nothing goes out, if nothing goes out.
    pub paused: Option<String>,
}

/// What falls due next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// When it goes out.
    pub at: DateTime<Utc>,
    /// The file.
    pub path: String,
    /// Where its author is.
    pub zone: Option<Tz>,
}

/// Decides on every file. Looks at neither the clock nor the network.
pub fn plan(candidates: Vec<Candidate>, now: DateTime<Utc>, policy: &Policy) -> Plan {
    let free = free_from(&candidates, policy);
    let mut items: Vec<Item> = candidates
        .into_iter()
        .map(|candidate| Item {
            decision: decide(&candidate, now, (policy, &free)),
            file: candidate.file,
            turn: None,
        })
        .collect();
    items.sort_by(|a, b| a.order().cmp(&b.order()));
    space_out(&mut items, now, (policy, free));
    if let Some(limit) = policy.limit {
        let due = items
            .iter_mut()
            .filter(|item| matches!(item.decision, Decision::Publish { .. }));
        for item in due.skip(limit) {
            item.decision = Decision::Postponed(Postponement::Limit);
        }
    }
    let next = next(&items, policy);
    let paused = policy.paused.clone();
    Plan {
        now,
        items,
        next,
        paused,
    }
}

fn next(items: &[Item], policy: &Policy) -> Option<Next> {
    let waiting = items.iter().filter_map(|item| {
        let at = match item.decision {
            Decision::Wait => item.turn.or(item.due())?,
            Decision::Postponed(Postponement::Spacing(turn)) => turn,
            _ => return None,
        };
        Some((at, item))
    });
    let (at, item) = waiting
        .filter(|(_, item)| postponed(item.path(), policy).is_none())
        .min_by_key(|(at, _)| *at)?;
    Some(Next {
        at,
        path: item.path().to_owned(),
        zone: item.zone(),
    })
}

/// From when on each account with a `spacing` may publish again.
type Free = BTreeMap<String, DateTime<Utc>>;

fn free_from(candidates: &[Candidate], policy: &Policy) -> Free {
    let mut free = Free::new();
    let threads = candidates.iter().filter_map(|c| c.file.as_ref().ok());
    for thread in threads {
        let out = thread.block().and_then(|block| block.published_at);
        let spacing = thread
            .account()
            .and_then(|name| policy.spacing.get_key_value(name));
        let (Some(out), Some((name, spacing))) = (out, spacing) else {
            continue;
        };
        let next = out + *spacing;
        let latest = free.entry(name.clone()).or_insert(next);
        *latest = next.max(*latest);
    }
    free
}

/// Puts off what would follow another thread of its account too closely.
fn space_out(items: &mut [Item], now: DateTime<Utc>, (policy, mut free): (&Policy, Free)) {
    for item in items {
        let Ok(thread) = &item.file else { continue };
        let spacing = thread
            .account()
            .and_then(|name| policy.spacing.get_key_value(name));
        let (Some((name, spacing)), Some(due)) = (spacing, thread.publish_at()) else {
            continue;
        };
        let is_due = matches!(item.decision, Decision::Publish { .. });
        if !is_due && item.decision != Decision::Wait {
            continue;
        }
        let earliest = due.max(now);
        let turn = free.get(name).map_or(earliest, |free| earliest.max(*free));
        free.insert(name.clone(), turn + *spacing);
        if turn > earliest {
            item.turn = Some(turn);
            if is_due {
                item.decision = Decision::Postponed(Postponement::Spacing(turn));
            }
        }
    }
}

fn decide(candidate: &Candidate, now: DateTime<Utc>, (policy, free): (&Policy, &Free)) -> Decision {
    let thread = match &candidate.file {
        Ok(thread) => thread,
        Err(broken) => return decide_broken(broken, now, policy),
    };
    let is_asked_back = is_asked_back(thread.path(), policy);
    match thread.settled() {
        // A server's backup may have brought it back.
        Some(Status::Published | Status::Retracted) if is_asked_back => {
            return obstacle(candidate, thread, policy).unwrap_or(Decision::Retract);
        }
        _ if is_asked_back => return Decision::Blocked(Obstacle::NotPublished),
        Some(Status::Published) if thread.retracts() => {
            return obstacle(candidate, thread, policy).unwrap_or(Decision::Retract);
        }
        Some(status) => return Decision::Done(status),
        None => {}
    }
    let is_held = thread.is_held() && !thread.retracts();
    let due = match (thread.publish_at(), thread.merge()) {
        (Some(_), _) | (None, Some(_)) if is_held => return Decision::Held,
        (Some(due), _) => due,
        (None, Some(Merge::Unknown)) => {
            return match postponed(thread.path(), policy) {
                Some(reason) => Decision::Postponed(reason),
                None => Decision::Blocked(Obstacle::HistoryCut),
            };
        }
        (None, Some(_)) if thread.retracts() => return Decision::Held,
        (None, Some(_)) => return Decision::OnMerge,
        (None, None) => return Decision::Draft,
    };
    if due > now {
        return match thread.retracts() {
            true => Decision::Held,
            false => Decision::Wait,
        };
    }
    if let Some(decision) = obstacle(candidate, thread, policy) {
        return decision;
    }
    // No block tells of it, and it may be out all the same: its result may be lost.
    if thread.retracts() {
        return Decision::Retract;
    }
    let late_by = now - due;
    let late = thread.late();
    // What `spacing` kept back is not late for that.
    let free = thread.account().and_then(|name| free.get(name));
    let kept_back = free.map_or(late_by, |free| (now - *free).min(late_by));
    if kept_back > late.after && late.then == Then::Miss {
        return Decision::Miss { late_by };
    }
    Decision::Publish { late_by }
}

/// Whether who started the run wants the thread back.
fn is_asked_back(path: &str, policy: &Policy) -> bool {
    policy.retract && policy.only.iter().any(|only| is_under(path, only))
}

/// What keeps a thread back whose time has come.
fn obstacle(candidate: &Candidate, thread: &Thread, policy: &Policy) -> Option<Decision> {
    if let Some(reason) = postponed(thread.path(), policy) {
        return Some(Decision::Postponed(reason));
    }
    if let Some(how) = candidate.unreviewed {
        return Some(Decision::Blocked(Obstacle::Unreviewed(how)));
    }
    if thread.account().is_none() {
        return Some(Decision::Blocked(Obstacle::NoAccount));
    }
    (!candidate.writable).then_some(Decision::Blocked(Obstacle::ReadOnly))
}

/// Whether a thread's time has come, and nothing of its own keeps it back: only then does it matter
/// whether it was reviewed.
pub fn is_due(thread: &Thread, now: DateTime<Utc>) -> bool {
    match thread.settled() {
        Some(Status::Published) => thread.retracts(),
        Some(_) => false,
        None => {
            (!thread.is_held() || thread.retracts())
                && thread.publish_at().is_some_and(|due| due <= now)
        }
    }
}

fn decide_broken(broken: &Broken, now: DateTime<Utc>, policy: &Policy) -> Decision {
    if is_asked_back(&broken.path, policy) {
        return Decision::Blocked(Obstacle::BrokenRetraction);
    }
    let obstacle = match broken.due {
        BrokenDue::Never => return Decision::Draft,
        BrokenDue::At(due) if due > now => return Decision::Wait,
        BrokenDue::At(_) | BrokenDue::OnMerge => Obstacle::Broken,
        BrokenDue::Retract => Obstacle::BrokenRetraction,
        BrokenDue::Unknown => Obstacle::TimeUnknown,
    };
    match postponed(&broken.path, policy) {
        Some(reason) => Decision::Postponed(reason),
        None => Decision::Blocked(obstacle),
    }
}

fn postponed(path: &str, policy: &Policy) -> Option<Postponement> {
    if let Some(why) = &policy.paused {
        return Some(Postponement::Paused(why.clone()));
    }
    let asked = policy.only.is_empty() || policy.only.iter().any(|only| is_under(path, only));
    (!asked).then_some(Postponement::NotAsked)
}

/// Whether `path` is `folder`, or lies in it; the empty folder is the root.
pub fn is_under(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Item {
    /// The file, relative to the repository's root.
    pub fn path(&self) -> &str {
        match &self.file {
            Ok(thread) => thread.path(),
            Err(broken) => &broken.path,
        }
    }

    /// When it is due, as far as that can be told.
    pub fn due(&self) -> Option<DateTime<Utc>> {
        match &self.file {
            Ok(thread) => thread.publish_at(),
            Err(Broken {
                due: BrokenDue::At(due),
                ..
            }) => Some(*due),
            Err(_) => None,
        }
    }

    /// The zone that its author thinks in, as far as it is known.
    pub fn zone(&self) -> Option<Tz> {
        match &self.file {
            Ok(thread) => thread.zone(),
            Err(broken) => broken.zone,
        }
    }

    /// Whether it goes out on merging.
    pub fn on_merge(&self) -> bool {
        match &self.file {
            Ok(thread) => thread.merge().is_some(),
            Err(broken) => broken.due == BrokenDue::OnMerge,
        }
    }

    /// Whether it is on the network, and on its way back.
    pub fn is_retraction(&self) -> bool {
        let is_out = |thread: &Thread| {
            let settled = thread.settled();
            matches!(settled, Some(Status::Published | Status::Retracted))
        };
        match &self.file {
            Ok(thread) => is_out(thread) && self.is_due(),
            Err(broken) => broken.due == BrokenDue::Retract,
        }
    }

    /// Whether its time has come, be it kept back or not.
    pub fn is_due(&self) -> bool {
        !matches!(
            self.decision,
            Decision::Wait
                | Decision::OnMerge
                | Decision::Draft
                | Decision::Held
                | Decision::Done(_)
        )
    }

    fn order(&self) -> (bool, Option<DateTime<Utc>>, &str) {
        (self.due().is_none(), self.due(), self.path())
    }
}

impl Plan {
    /// The threads that are to go out, to be declared missed, or to be taken back.
    pub fn active(&self) -> impl Iterator<Item = (&Thread, &Decision)> {
        self.items
            .iter()
            .filter_map(|item| match (&item.file, &item.decision) {
                (
                    Ok(thread),
                    decision @ (Decision::Publish { .. }
                    | Decision::Miss { .. }
                    | Decision::Retract),
                ) => Some((thread, decision)),
                _ => None,
            })
    }

    /// What is due and kept back: any of these makes a run fail.
    pub fn blocked(&self) -> impl Iterator<Item = (&Item, Obstacle)> {
        self.items.iter().filter_map(|item| match item.decision {
            Decision::Blocked(obstacle) => Some((item, obstacle)),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests;
