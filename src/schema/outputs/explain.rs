//! What `explain` prints.

use schemars::JsonSchema;

/// `updraft explain --format json`: what codes mean, in the order of the reference.
#[derive(JsonSchema)]
#[schemars(title = "updraft explain")]
pub(in crate::schema) struct Explain(Vec<Explained>);

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Explained {
    /// What stands in brackets behind `error`, `warning` or `note`.
    code: String,
    /// What it is about.
    group: String,
    /// In one sentence.
    meaning: String,
    /// At length, as Markdown.
    explanation: String,
}
