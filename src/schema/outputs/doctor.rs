//! What `doctor` prints.

use schemars::JsonSchema;

/// `updraft doctor --format json`: what is to be said of a set-up, the worst first.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft doctor")]
pub(in crate::schema) struct Doctor {
    findings: Vec<Finding>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Finding {
    level: Level,
    /// What `updraft explain` takes.
    code: String,
    /// `FILE:LINE:COLUMN`, or a file.
    place: Option<String>,
    /// What is so.
    what: String,
    /// What to do about it.
    remedy: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Level {
    /// Posts will not go out, or their results get lost.
    Error,
    /// Posts may go out late, or stay behind unseen.
    Warning,
    /// Good to know; it does not count.
    Note,
}
