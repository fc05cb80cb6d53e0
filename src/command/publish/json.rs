//! A run for programs.

use serde_json::{Value, json};

use super::Run;
use crate::{
    command::plan::utc,
    publish::{Note, Outcome},
};

/// A run as `publish --format json` has it; `schema/publish.json` is its schema.
pub(super) fn to_json(run: &Run) -> Value {
    let plan = run.plan.as_ref();
    let blocked = plan.into_iter().flat_map(crate::plan::Plan::blocked);
    let blocked: Vec<Value> = blocked
        .map(|(item, obstacle)| json!({ "path": item.path(), "reason": obstacle.to_string() }))
        .collect();
    let next = plan.and_then(|plan| plan.next.as_ref());
    json!({
        "exit": run.exit as u8,
        "outcomes": run.outcomes.iter().map(outcome).collect::<Vec<Value>>(),
        "blocked": blocked,
        "next": next.map(|next| json!({ "path": next.path, "at": utc(next.at) })),
    })
}

fn outcome(outcome: &Outcome) -> Value {
    let receipt = match outcome {
        Outcome::Unrecorded { receipt, .. } => Some(receipt),
        outcome => outcome.receipt(),
    };
    let block = receipt.map(|receipt| &receipt.block);
    let reason = match outcome {
        Outcome::Left { reason, .. }
        | Outcome::Doubtful { reason, .. }
        | Outcome::Unrecorded { reason, .. } => Some(reason.as_str()),
        _ => block.and_then(|block| block.reason.as_deref()),
    };
    let warnings = match outcome {
        Outcome::Published { warnings, .. } => warnings.clone(),
        Outcome::TakenOver {
            note: Note::ByHand, ..
        } => vec!["these words were posted by hand".to_owned()],
        _ => Vec::new(),
    };
    let posts = block.into_iter().flat_map(|block| &block.posts);
    json!({
        "path": outcome.path(),
        "result": name(outcome),
        "url": block.and_then(|block| block.url.as_deref()),
        "uris": posts.map(|part| part.uri.as_str()).collect::<Vec<&str>>(),
        "reason": reason,
        "warnings": warnings,
    })
}

fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Published { .. } => "published",
        Outcome::TakenOver {
            note: Note::Edited { .. },
            ..
        } => "edited",
        Outcome::TakenOver { .. } => "taken-over",
        Outcome::Missed { .. } => "missed",
        Outcome::Failed { .. } => "failed",
        Outcome::Retracted { .. } => "retracted",
        Outcome::Left { .. } => "left",
        Outcome::Doubtful { .. } => "doubtful",
        Outcome::Unrecorded { .. } => "unrecorded",
    }
}
