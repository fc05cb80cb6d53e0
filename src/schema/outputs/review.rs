//! What `review` prints.

use schemars::JsonSchema;

use super::{Mistake, Previewed};

/// `updraft review --format json`: what a branch changes about what goes out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft review")]
pub(in crate::schema) struct Review {
    /// The revision that it is compared with, as it was named.
    base: String,
    /// The revision that is looked at; `null` for the files as they are.
    head: Option<String>,
    /// The moment of the report, in UTC.
    now: String,
    /// In a line.
    summary: String,
    /// Every file that the branch touches, with what needs a reader most first.
    posts: Vec<Reviewed>,
    /// Posts that get in each other's way, a line each.
    clashes: Vec<String>,
    /// What is due, and what goes out in the next four weeks.
    calendar: Vec<Entry>,
    /// Mistakes of the files that are touched, as `check` has them.
    diagnostics: Vec<Mistake>,
    /// How many errors there are in all files.
    errors: u64,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Reviewed {
    path: String,
    change: Change,
    /// The file as it was; of a new one there is none.
    from: Option<Before>,
    /// What differs of what goes out, in a word or two each.
    differs: Vec<String>,
    /// When it goes out, or why not, in words.
    goes_out: Option<String>,
    /// As `preview` has it; `null` where it has errors or is gone.
    post: Option<Previewed>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Change {
    New,
    /// It was a draft, or held back, and goes out now.
    Scheduled,
    /// What goes out differs.
    Changed,
    /// The same goes out, from another file or at another time.
    Moved,
    Removed,
    /// It is on Bluesky, and its file says something else now.
    PublishedEdited,
    /// It is on Bluesky, and is to be deleted there.
    Retracted,
    /// It is on Bluesky, and its file is gone.
    PublishedDeleted,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Before {
    path: String,
    /// UTC.
    publish_at: Option<String>,
    /// Those of the parts that have other words now, or are gone.
    words: Vec<Words>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Words {
    /// From 1.
    part: u64,
    text: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Entry {
    path: String,
    /// UTC.
    publish_at: String,
    /// What the branch does to it; `null` if it leaves it alone.
    change: Option<Change>,
}
