//! What `status` prints.

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// `updraft status --format json`: how it stands.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft status")]
pub(in crate::schema) struct Status {
    /// The moment it was made for, in UTC.
    now: String,
    /// The reason in updraft.yml, while nothing goes out.
    paused: Option<String>,
    posts: Counts,
    /// What should be out.
    due: Vec<Standing>,
    /// What waits for its time.
    waiting: Vec<Standing>,
    /// What servers refused.
    failed: Vec<Standing>,
    /// What was too late.
    missed: Vec<Standing>,
    lateness: Lateness,
    /// How the last run of this clone went; `null` where none is known.
    last_run: Option<LastRun>,
}

/// How many files are in each state.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Counts {
    draft: u64,
    held: u64,
    waiting: u64,
    due: u64,
    published: u64,
    failed: u64,
    missed: u64,
    retracted: u64,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Standing {
    path: String,
    account: Option<String>,
    /// UTC; of what waits for a merge there is none.
    publish_at: Option<String>,
    /// Whether it says `publish_at: merge`.
    on_merge: bool,
    /// Why it is due still, failed or was missed.
    reason: Option<String>,
}

/// How long after their time posts went out; `null` where none did.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Lateness {
    /// How far back it looks.
    days: u64,
    /// How many posts went out in these days at their own time.
    published: u64,
    /// Half of them were no later.
    p50_seconds: Option<f64>,
    /// 99 % of them were no later.
    p99_seconds: Option<f64>,
    /// All of them were no later.
    max_seconds: Option<f64>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LastRun {
    /// When it ended, in UTC.
    at: Option<String>,
    /// As its process ended.
    exit: u8,
    /// Why it could not do its work.
    error: Option<String>,
    /// Threads that went out.
    published: u64,
    /// Threads that servers refused.
    failed: u64,
    /// Threads that were too late.
    missed: u64,
    /// Threads that are due still.
    left: u64,
    /// How many errors of servers there were, by kind.
    api_errors: BTreeMap<String, u64>,
    /// Points that are left for writing, by account.
    remaining_points: BTreeMap<String, u64>,
}
