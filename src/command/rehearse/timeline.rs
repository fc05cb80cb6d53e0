//! What a rehearsal showed: the timeline, the commits, and the proof.

use std::{collections::BTreeMap, fmt::Write as _};

use chrono_tz::Tz;

use super::Stage;
use crate::{
    atproto::{
        client::{Client, RemoteRecord},
        record,
        transport::Network as RealHttp,
    },
    command::{
        CommandError, Console,
        plan::{count, facts, first_words},
    },
    git::Repository,
    plan::{Decision, Plan},
    post::{Publication, Thread},
    publish::Outcome,
    receipt::{Part, Status},
    report::{sanitize, sanitize_line},
};

/// What came of a rehearsal.
pub(super) struct Shown {
    entries: Vec<Entry>,
    commits: Vec<String>,
    complaints: Vec<String>,
    /// Posts that were to go out.
    expected: usize,
    /// What was rehearsed at its time, although a real run would miss it by now.
    too_late: Vec<String>,
    pictures: usize,
}

/// One published thread.
struct Entry {
    day: String,
    time: String,
    path: String,
    facts: String,
    uris: Vec<String>,
    /// Where the record differs from the preview.
    difference: Option<String>,
}

impl Shown {
    /// Whether every post went out as previewed.
    pub(super) fn is_whole(&self) -> bool {
        self.complaints.is_empty()
            && self.entries.len() == self.expected
            && self.entries.iter().all(|entry| entry.difference.is_none())
    }
}

/// Fetches every record back and compares it with the preview of its file.
pub(super) fn read_back(
    stage: &Stage,
    threads: &[&Thread],
    outcomes: Vec<Outcome>,
    complaints: Vec<String>,
) -> Result<Shown, CommandError> {
    let receipts: BTreeMap<&str, &[Part]> = outcomes
        .iter()
        .filter_map(Outcome::receipt)
        .filter(|receipt| receipt.block.status == Status::Published)
        .map(|receipt| (receipt.path.as_str(), receipt.block.posts.as_slice()))
        .collect();
    let mut sorted: Vec<&&Thread> = threads.iter().collect();
    sorted.sort_by_key(|thread| (stage.due(thread), thread.path()));
    let mut entries = Vec::new();
    for thread in sorted {
        if let Some(parts) = receipts.get(thread.path()) {
            entries.push(entry(stage, thread, parts)?);
        }
    }
    let repository = Repository::discover(&stage.work).map_err(CommandError::world)?;
    let commits = match repository {
        Some(repository) => repository.subjects().map_err(CommandError::world)?,
        None => Vec::new(),
    };
    Ok(Shown {
        entries,
        commits,
        complaints,
        expected: threads.len(),
        too_late: threads
            .iter()
            .filter(|thread| thread.is_too_late(stage.begun))
            .map(|thread| sanitize_line(thread.path()).into_owned())
            .collect(),
        pictures: threads
            .iter()
            .flat_map(|thread| thread.posts())
            .map(|post| post.images().len())
            .sum(),
    })
}

fn entry(stage: &Stage, thread: &Thread, parts: &[Part]) -> Result<Entry, CommandError> {
    let zone = thread.zone().unwrap_or(Tz::UTC);
    let local = stage.due(thread).unwrap_or_default().with_timezone(&zone);
    let mut facts = facts(thread);
    facts.push(first_words(thread, 56));
    Ok(Entry {
        day: local.format("%a %-d %b %Y").to_string(),
        time: local.format("%H:%M %Z").to_string(),
        path: thread.path().to_owned(),
        facts: facts.join(" · "),
        uris: parts.iter().map(|part| part.uri.clone()).collect(),
        difference: difference(stage, thread, parts)?,
    })
}

fn difference(
    stage: &Stage,
    thread: &Thread,
    parts: &[Part],
) -> Result<Option<String>, CommandError> {
    let expected = thread.publication().parts();
    if parts.len() != expected {
        return Ok(Some(format!(
            "{} of {expected} parts are there",
            parts.len()
        )));
    }
    if let (Publication::Repost(_), [part]) = (thread.publication(), parts) {
        let there = fetch(stage, part)?;
        let is_it = there.is_some_and(|record| part.cid.as_deref() == Some(record.cid.as_str()));
        return Ok((!is_it).then(|| format!("{} is not there", part.uri)));
    }
    for (post, part) in thread.posts().iter().zip(parts) {
        let Some(record) = fetch(stage, part)? else {
            return Ok(Some(format!("{} is not there", part.uri)));
        };
        if part.cid.as_deref() != Some(record.cid.as_str()) {
            return Ok(Some(format!("{} has another CID", part.uri)));
        }
        let handles = handles(stage, post);
        if Ok(record::of_published(record.value, post, &handles)) != record::preview(post) {
            return Ok(Some(format!("{} is not what the preview shows", part.uri)));
        }
    }
    Ok(None)
}

/// DID → handle of those that a post mentions.
fn handles(stage: &Stage, post: &crate::post::Post) -> BTreeMap<String, String> {
    post.text
        .facets()
        .iter()
        .filter_map(|facet| match &facet.feature {
            crate::post::Feature::Mention(handle) => {
                Some((stage.sandbox.decree_handle(handle), handle.clone()))
            }
            _ => None,
        })
        .collect()
}

fn fetch(stage: &Stage, part: &Part) -> Result<Option<RemoteRecord>, CommandError> {
    let http = RealHttp::new().map_err(CommandError::world)?;
    let url = url::Url::parse(stage.serving.url()).map_err(CommandError::world)?;
    let client = Client::new(std::sync::Arc::new(http), url);
    let segments: Vec<&str> = part.uri.split('/').collect();
    let ["at:", "", did, collection, rkey] = segments[..] else {
        return Ok(None);
    };
    let record = client.get_record(did, collection, rkey);
    crate::command::block_on(record)?.map_err(CommandError::world)
}

/// Prints the timeline; what is left out is called as `plan` calls it, and `rest` ends with how many files
/// have errors.
pub(super) fn print(
    shown: &Shown,
    rest: (&Plan, usize),
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let mut text = String::new();
    let mut day = "";
    for entry in &shown.entries {
        if entry.day != day {
            day = &entry.day;
            let _ = writeln!(text, "\n{day}");
        }
        let _ = writeln!(
            text,
            "  {}  {}\n      {}",
            entry.time,
            sanitize_line(&entry.path),
            entry.facts
        );
        for uri in &entry.uris {
            let _ = writeln!(text, "      {uri}");
        }
        if let Some(difference) = &entry.difference {
            let _ = writeln!(text, "      error: {difference}");
        }
    }
    if !shown.commits.is_empty() {
        let _ = writeln!(text, "\nCommits on the remote:");
        shown.commits.iter().for_each(|commit| {
            let _ = writeln!(text, "  {}", sanitize(commit));
        });
    }
    text += &closing(shown, rest);
    let posts = count(shown.expected, "waiting post");
    writeln!(
        console.out,
        "Rehearsing {posts} on a server in this process, each at its time."
    )?;
    write!(console.out, "{text}")?;
    for complaint in &shown.complaints {
        writeln!(console.err, "{}", sanitize(complaint))?;
    }
    Ok(())
}

fn closing(shown: &Shown, (plan, broken): (&Plan, usize)) -> String {
    let records: usize = shown.entries.iter().map(|entry| entry.uris.len()).sum();
    let same = shown
        .entries
        .iter()
        .filter(|entry| entry.difference.is_none())
        .count();
    let mut text = format!(
        "\n{} of {} published: {}, {}.\nRead back: {same} of {} equal their previews, record by record.\n",
        shown.entries.len(),
        count(shown.expected, "waiting post"),
        count(records, "record"),
        count(shown.pictures, "picture"),
        shown.entries.len(),
    );
    let of = |decision: Decision| {
        let items = plan.items.iter().filter(|item| item.file.is_ok());
        items.filter(|item| item.decision == decision).count()
    };
    let rest = [
        (of(Decision::Draft), "draft"),
        (of(Decision::Held), "held back"),
        (broken, "file with errors"),
    ];
    let rest: Vec<String> = rest
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| match *noun {
            "held back" => format!("{number} held back"),
            "file with errors" if *number > 1 => format!("{number} files with errors"),
            noun => count(*number, noun),
        })
        .collect();
    if !rest.is_empty() {
        let _ = writeln!(text, "Left out: {}.", rest.join(", "));
    }
    if let Some((first, more)) = shown.too_late.split_first() {
        let more = match more.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(
            text,
            "Too late by now, and missed by a real run without a new `publish_at`: {first}{more}."
        );
    }
    text + "Nothing left this machine, and nothing in your repository was changed.\n"
}
