//! How it stands with every file: for `status`, the metrics and the summary of a run.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use crate::{
    plan::{Decision, Item, Plan},
    post::Thread,
    publish::Outcome,
    receipt::{Block, Status},
};

/// Every state that a file may be in.
pub(super) const STATES: &[&str] = &[
    "draft",
    "held",
    "waiting",
    "due",
    "published",
    "failed",
    "missed",
    "retracted",
];

/// One file.
pub(super) struct Entry<'a> {
    /// Where it was decided on.
    pub(super) item: &'a Item,
    /// One of [`STATES`].
    pub(super) state: &'static str,
    /// Why it is due still, failed or was missed.
    pub(super) reason: Option<String>,
    /// What came of it so far, the run's own result included.
    pub(super) block: Option<&'a Block>,
}

/// All files, as the plan has them, after what a run made of them.
pub(super) fn entries<'a>(plan: &'a Plan, outcomes: &'a [Outcome]) -> Vec<Entry<'a>> {
    let by_path: BTreeMap<&str, &Outcome> = outcomes.iter().map(|o| (o.path(), o)).collect();
    let entry = |item: &'a Item| match by_path.get(item.path()) {
        Some(outcome) => after_run(item, outcome),
        None => as_planned(item),
    };
    plan.items.iter().map(entry).collect()
}

fn after_run<'a>(item: &'a Item, outcome: &'a Outcome) -> Entry<'a> {
    let block = match outcome {
        Outcome::Unrecorded { receipt, .. } => Some(&receipt.block),
        _ => outcome.receipt().map(|receipt| &receipt.block),
    };
    if block.is_none() && item.is_retraction() {
        return to_be_retracted(item, outcome_reason(outcome));
    }
    let reason = match outcome {
        Outcome::Left { reason, .. } | Outcome::Doubtful { reason, .. } => Some(reason.clone()),
        _ => block.and_then(|block| block.reason.clone()),
    };
    Entry {
        item,
        state: block.map_or("due", |block| block.status.as_str()),
        reason,
        block,
    }
}

fn outcome_reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Left { reason, .. } | Outcome::Doubtful { reason, .. } => reason.clone(),
        _ => String::new(),
    }
}

/// It is on Bluesky until it is deleted there.
fn to_be_retracted(item: &Item, reason: String) -> Entry<'_> {
    Entry {
        item,
        state: "published",
        reason: Some(reason),
        block: item.file.as_ref().ok().and_then(Thread::block),
    }
}

fn as_planned(item: &Item) -> Entry<'_> {
    if item.is_retraction() {
        return to_be_retracted(item, item.decision.to_string());
    }
    let thread = item.file.as_ref().ok();
    let block = thread.and_then(Thread::block);
    let (state, reason) = match &item.decision {
        Decision::Draft => ("draft", None),
        Decision::Held => ("held", None),
        Decision::Wait | Decision::OnMerge => (
            "waiting",
            item.file
                .is_err()
                .then(|| "it has errors: run `updraft check`".to_owned()),
        ),
        Decision::Done(status) => (
            status.as_str(),
            block.and_then(|block| block.reason.clone()),
        ),
        decision => {
            let told = thread.and_then(Thread::waiting);
            let told = told.and_then(|told| Some((told.told_at?, told.reason.as_deref()?)));
            let told =
                told.map(|(at, why)| format!("\ntold {}: {why}", at.format("%Y-%m-%d %H:%M UTC")));
            (
                "due",
                Some(format!("{decision}{}", told.unwrap_or_default())),
            )
        }
    };
    Entry {
        item,
        state,
        reason,
        block,
    }
}

impl Entry<'_> {
    /// Whether it is to be taken back, and is not yet.
    pub(super) fn is_to_be_retracted(&self) -> bool {
        self.item.is_retraction() && self.state == "published"
    }

    /// Its account, where that is known.
    pub(super) fn account(&self) -> Option<&str> {
        self.item.file.as_ref().ok().and_then(Thread::account)
    }

    /// How long after its time it went out; what was taken over from another time has none.
    pub(super) fn lateness(&self) -> Option<Duration> {
        let block = self
            .block
            .filter(|block| block.status == Status::Published)?;
        if block.taken_over_at.is_some() {
            return None;
        }
        let late = block.published_at? - self.item.due()?;
        Some(late.max(Duration::zero()))
    }

    /// Since when it is out.
    pub(super) fn published_at(&self) -> Option<DateTime<Utc>> {
        let block = self
            .block
            .filter(|block| block.status == Status::Published)?;
        block.published_at
    }
}
