//! What `import` prints.

use schemars::JsonSchema;

/// `updraft import --format json`: an entry for each post in a source, then the files that are none.
#[derive(JsonSchema)]
#[schemars(title = "updraft import")]
pub(in crate::schema) struct Import(Vec<Imported>);

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Imported {
    /// The other tool's file, as it was named.
    source: String,
    /// The post's file, from the repository's root.
    path: Option<String>,
    outcome: ImportOutcome,
    /// Whether it is on Bluesky.
    published: bool,
    /// What a person should know.
    notes: Vec<String>,
    /// Pictures to be downloaded before it can be converted.
    pictures: Vec<Download>,
    /// Why it was refused or passed over.
    reason: Option<String>,
    /// What to do about what was refused.
    remedy: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Download {
    /// As the source has it.
    address: String,
    /// Where the import looks for it, from the folder that the source's name starts from.
    path: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum ImportOutcome {
    Written,
    /// With `--dry-run`.
    WouldBeWritten,
    /// It is in the library already, as it was imported or edited since: `path` says where.
    There,
    /// It was not converted.
    Refused,
    /// It is no file of the tool.
    PassedOver,
}
