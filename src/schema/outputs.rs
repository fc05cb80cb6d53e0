//! What `--format json` prints. All keys are always there; what does not apply is `null`.

mod doctor;
mod explain;
mod import;
mod review;
mod status;

use schemars::JsonSchema;
use serde_json::Value;

pub(super) use self::{
    doctor::Doctor, explain::Explain, import::Import, review::Review, status::Status,
};

/// `updraft check --format json`: every mistake, in the order of files and places.
#[derive(JsonSchema)]
#[schemars(title = "updraft check")]
pub(super) struct Check(Vec<Mistake>);

/// One mistake; its place is `null` where it is one of the whole file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
struct Mistake {
    /// The file, from the repository's root.
    path: String,
    /// What `updraft explain` takes.
    code: String,
    severity: Severity,
    /// What was found.
    message: String,
    /// A few words for the place itself.
    label: Option<String>,
    /// What to do.
    help: Option<String>,
    /// From 1.
    line: Option<u64>,
    /// From 1, in characters.
    column: Option<u64>,
    /// The line of the place behind its last character.
    end_line: Option<u64>,
    /// The column of the place behind its last character.
    end_column: Option<u64>,
    /// From 0, in the bytes of the file.
    byte_start: Option<u64>,
    /// Exclusive.
    byte_end: Option<u64>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Severity {
    Error,
    Warning,
}

/// `updraft plan --format json`: what a run would do now.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft plan")]
pub(super) struct Plan {
    /// The moment it was made for, in UTC.
    now: String,
    /// The reason in updraft.yml, while nothing goes out.
    paused: Option<String>,
    /// All files, those with a time first, by time.
    items: Vec<PlanItem>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PlanItem {
    path: String,
    /// UTC; of a draft, and of what waits for a merge, there is none.
    publish_at: Option<String>,
    /// Whether it says `publish_at: merge`.
    on_merge: bool,
    /// Where `spacing` puts it off: until when, in UTC.
    turn: Option<String>,
    account: Option<String>,
    decision: Decision,
    /// The decision in words.
    reason: String,
    /// Of a file with errors it is not known.
    parts: Option<u64>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Decision {
    Publish,
    Miss,
    Retract,
    Blocked,
    Postponed,
    Wait,
    OnMerge,
    Draft,
    Held,
    Published,
    Failed,
    Missed,
    Retracted,
}

/// `updraft list --format json`: the queue and the archive.
#[derive(JsonSchema)]
#[schemars(title = "updraft list")]
pub(super) struct List(Vec<Listed>);

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Listed {
    path: String,
    /// UTC.
    publish_at: Option<String>,
    /// Whether it says `publish_at: merge`.
    on_merge: bool,
    status: ListStatus,
    account: Option<String>,
    /// Of the first part.
    text: Option<String>,
    parts: Option<u64>,
    /// UTC.
    published_at: Option<String>,
    reason: Option<String>,
    /// The first part's page on bsky.app.
    url: Option<String>,
    posts: Vec<ListedPost>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum ListStatus {
    Broken,
    Draft,
    Held,
    Waiting,
    Due,
    Published,
    Failed,
    Missed,
    Retracted,
}

/// A record that the file's block names.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ListedPost {
    uri: String,
    cid: Option<String>,
    deleted: bool,
    /// With `--online`: how it stands on the network.
    online: Option<Online>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Online {
    standing: Standing,
    /// The other CID, or why it is unknown.
    detail: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Standing {
    AsRecorded,
    Gone,
    /// It was retracted, and is there again.
    Back,
    Changed,
    Unknown,
}

/// `updraft preview --format json`: exactly what would be published.
#[derive(JsonSchema)]
#[schemars(title = "updraft preview")]
pub(super) struct Preview(Vec<Previewed>);

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Previewed {
    path: String,
    /// UTC.
    publish_at: Option<String>,
    /// Whether it says `publish_at: merge`.
    on_merge: bool,
    account: Option<String>,
    status: PreviewStatus,
    /// What is reposted.
    repost: Option<String>,
    /// What the first part answers.
    reply_to: Option<String>,
    /// `everyone`, `nobody`, or a list of rules.
    replies: Option<Value>,
    /// `allow` or `deny`.
    quotes: Option<String>,
    /// The parts; a repost has none.
    posts: Vec<PreviewedPost>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum PreviewStatus {
    Draft,
    Held,
    Waiting,
    Due,
    Late,
    Published,
    Failed,
    Missed,
    Retracted,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PreviewedPost {
    text: String,
    graphemes: u64,
    /// Of the text, in UTF-8.
    bytes: u64,
    langs: Vec<String>,
    tags: Vec<String>,
    labels: Vec<String>,
    /// As in the record, but mentions name handles.
    facets: Value,
    /// As in the record, as far as it is known offline.
    embed: Value,
    /// The record, but for what only the network knows.
    record: Value,
}

/// `updraft publish --format json`: what a run did.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft publish")]
pub(super) struct Publish {
    /// As the process ends: 0 done, 3 something due did not go out.
    exit: u8,
    /// What became of each thread that was due, in order.
    outcomes: Vec<Outcome>,
    /// What is due and was kept back, with the reason.
    blocked: Vec<Blocked>,
    /// What falls due next.
    next: Option<Next>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Outcome {
    path: String,
    result: OutcomeResult,
    /// The first part's page on bsky.app.
    url: Option<String>,
    /// The records' AT URIs, in the thread's order.
    uris: Vec<String>,
    /// Why, where it did not go out.
    reason: Option<String>,
    /// What should be looked at all the same.
    warnings: Vec<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum OutcomeResult {
    /// It went out.
    Published,
    /// It was out already.
    TakenOver,
    /// It was out already, with another text than the file's.
    Edited,
    /// It was too late.
    Missed,
    /// The server refuses this very post.
    Failed,
    /// It was taken back.
    Retracted,
    /// It stays due.
    Left,
    /// It may be out: a person must say.
    Doubtful,
    /// It is out, and that could not be written into its file.
    Unrecorded,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Blocked {
    path: String,
    reason: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Next {
    path: String,
    /// UTC.
    at: String,
}
