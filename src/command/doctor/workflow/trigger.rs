//! What starts a workflow that publishes.

use super::{Workflow, entries, entry, items, text};
use crate::{
    command::doctor::{cron::Cron, finding::Finding},
    diagnostic::SetupCode,
    yaml::{Entry, Node},
};

/// When everybody's cron fires.
const BUSY: [u32; 4] = [0, 15, 30, 45];
/// What `init` writes.
pub(super) const QUIET: &str = "7,22,37,52 * * * *";

/// Looks at its schedules, and at who else may start it.
pub(super) fn check(workflow: &Workflow) -> Vec<Finding> {
    let mut findings = of_schedule(workflow);
    findings.extend(of_pull_requests(workflow));
    findings
}

/// What a pull request holds is nobody's decision yet.
fn of_pull_requests(workflow: &Workflow) -> Option<Finding> {
    let on = entry(&workflow.root, "on").map(|on| &on.node)?;
    let is_one = |event: &str| matches!(event, "pull_request" | "pull_request_target");
    let mut keys = entries(Some(on)).map(|entry| (entry.key.as_str(), entry.key_span.start));
    let named = |node: &Node| {
        text(&node.value)
            .is_some_and(is_one)
            .then_some(node.span.start)
    };
    let key = keys
        .find(|(event, _)| is_one(event))
        .map(|(_, place)| place);
    let place = key
        .or_else(|| items(Some(on)).find_map(named))
        .or_else(|| named(on))?;
    Some(
        Finding::error(
            SetupCode::PublishesPullRequests,
            "pull requests start this workflow: what nobody has merged may go out, and what they hold runs beside the secrets",
            "take that event out; `updraft check` and `updraft review` in another workflow need no secret",
        )
        .at(workflow.place(place)),
    )
}

/// The schedules of a workflow.
pub(super) fn crons(workflow: &Workflow) -> impl Iterator<Item = &Entry> {
    let on = entry(&workflow.root, "on").map(|on| &on.node);
    let schedule = on.and_then(|on| entry(on, "schedule"));
    let times = items(schedule.map(|schedule| &schedule.node));
    times.filter_map(|time| entry(time, "cron"))
}

fn of_schedule(workflow: &Workflow) -> Vec<Finding> {
    let said = crons(workflow).filter_map(|entry| {
        let place = workflow.place(entry.node.span.start);
        let cron = text(&entry.node.value).and_then(Cron::parse);
        let Some(cron) = cron else {
            return Some(Finding::error(
                SetupCode::CronInvalid,
                "this is no schedule that GitHub can read: it never starts the workflow",
                format!("write five fields, such as \"{QUIET}\""),
            )
            .at(place));
        };
        BUSY.iter().any(|minute| cron.has_minute(*minute)).then(|| {
            Finding::warning(
                SetupCode::CronBusy,
                "this schedule fires at minute 0, 15, 30 or 45, when everybody's does: GitHub starts such runs late, or not at all",
                format!("choose minutes between those, such as \"{QUIET}\""),
            )
            .at(place)
        })
    });
    said.collect()
}
