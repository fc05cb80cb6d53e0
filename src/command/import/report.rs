//! What an import says of each file.

mod many;

use std::{borrow::Cow, collections::BTreeSet};

use serde::Serialize;

use super::again::{self, Call, beside};
use crate::{
    cli::OutputFormat,
    command::{CommandError, Console},
    import::{Download, Lack, Note, Refused},
    report::{sanitize, sanitize_line},
};
use many::Many;

/// One file that was read, or one post of it.
pub(super) struct Entry {
    /// The source, as it was named.
    pub(super) source: String,
    /// The post's file, relative to the root.
    pub(super) path: Option<String>,
    /// Whether it is on Bluesky.
    pub(super) is_published: bool,
    /// Whether that is another file of the library than a new one would be.
    pub(super) is_elsewhere: bool,
    /// What a person should know.
    pub(super) notes: Vec<Note>,
    /// What became of it.
    pub(super) outcome: Outcome,
}

impl Entry {
    /// What it waits for, if one answer may mend it.
    pub(super) fn lack(&self) -> Option<&Lack> {
        match &self.outcome {
            Outcome::Refused(refused) => refused.lack.as_ref(),
            _ => None,
        }
    }
}

/// What became of a source.
pub(super) enum Outcome {
    /// It was written, or would be.
    New,
    /// The library has it already.
    There,
    /// It was not converted.
    Refused(Refused),
    /// It is no file of the tool, and why.
    PassedOver(String),
}

#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    path: Option<&'a str>,
    outcome: &'static str,
    published: bool,
    notes: Vec<&'a str>,
    pictures: Vec<Address<'a>>,
    reason: Option<&'a str>,
    remedy: Option<&'a str>,
}

/// A picture that is to be downloaded, and where to.
#[derive(Serialize)]
struct Address<'a> {
    address: &'a str,
    path: String,
}

/// Prints it.
pub(super) fn print(
    entries: &[Entry],
    call: &Call<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let args = call.args;
    match args.format {
        OutputFormat::Json => {
            let lines: Vec<Line<'_>> = entries
                .iter()
                .map(|entry| line(entry, args.dry_run))
                .collect();
            let text = serde_json::to_string_pretty(&lines).map_err(CommandError::world)?;
            writeln!(console.out, "{text}")?;
        }
        OutputFormat::Human => {
            let many = Many::of(entries);
            let mut last = None;
            for entry in entries.iter().filter(|entry| !many.holds(entry)) {
                // Posts of one source that wait for the same are one line.
                let waits = entry.lack().map(|lack| (&entry.source, lack));
                if waits.is_none() || waits != last {
                    human(entry, (args.dry_run, &many), console)?;
                }
                last = waits;
            }
            many.print(console)?;
            summary(entries, args.dry_run, console)?;
            again::print(entries, call, console)?;
        }
    }
    Ok(())
}

fn line(entry: &Entry, is_dry: bool) -> Line<'_> {
    let (outcome, reason, remedy) = match &entry.outcome {
        Outcome::New if is_dry => ("would-be-written", None, None),
        Outcome::New => ("written", None, None),
        Outcome::There => ("there", None, None),
        Outcome::Refused(Refused { reason, remedy, .. }) => {
            ("refused", Some(reason.as_str()), Some(remedy.as_str()))
        }
        Outcome::PassedOver(reason) => ("passed-over", Some(reason.as_str()), None),
    };
    Line {
        source: &entry.source,
        path: entry.path.as_deref(),
        outcome,
        published: entry.is_published,
        notes: entry.notes.iter().map(|note| note.text.as_str()).collect(),
        pictures: pictures(entry),
        reason,
        remedy,
    }
}

fn pictures(entry: &Entry) -> Vec<Address<'_>> {
    let Some(Lack::Pictures(pictures)) = entry.lack() else {
        return Vec::new();
    };
    let pictures = pictures.iter().map(|Download { address, file }| Address {
        address,
        path: beside(&entry.source, file),
    });
    pictures.collect()
}

fn human(
    entry: &Entry,
    (is_dry, many): (bool, &Many<'_>),
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let source = sanitize_line(&entry.source);
    let path = entry.path.as_deref().map(sanitize_line).unwrap_or_default();
    let kind = if entry.is_published {
        "published"
    } else {
        "draft"
    };
    match &entry.outcome {
        Outcome::New => {
            let word = if is_dry { "would write" } else { "wrote" };
            writeln!(console.out, "{word} {path} ({kind}) from {source}")?;
        }
        Outcome::There => writeln!(console.out, "there already: {path} ({kind}) from {source}")?,
        Outcome::Refused(refused) => {
            let reason = short(refused);
            writeln!(
                console.out,
                "not converted: {source}: {}",
                one_line(&reason)
            )?;
            if refused.lack.is_none() {
                writeln!(console.out, "  help: {}", one_line(&refused.remedy))?;
            }
        }
        Outcome::PassedOver(_) => {}
    }
    for note in entry.notes.iter().filter(|note| !many.tells(note)) {
        writeln!(console.out, "  note: {}", one_line(&note.text))?;
    }
    Ok(())
}

/// The reason; of pictures that are listed below, their number.
fn short(refused: &Refused) -> Cow<'_, str> {
    match refused.lack.as_ref() {
        Some(Lack::Pictures(pictures)) if pictures.len() > 1 => {
            format!("{} pictures are not here", pictures.len()).into()
        }
        Some(Lack::Pictures(_)) => "a picture is not here".into(),
        _ => refused.reason.as_str().into(),
    }
}

fn one_line(text: &str) -> String {
    sanitize(text).replace('\n', " ")
}

fn summary(entries: &[Entry], is_dry: bool, console: &mut Console<'_>) -> Result<(), CommandError> {
    let count = |wanted: fn(&Entry) -> bool| entries.iter().filter(|entry| wanted(entry)).count();
    let drafts = count(|entry| matches!(entry.outcome, Outcome::New) && !entry.is_published);
    let published = count(|entry| matches!(entry.outcome, Outcome::New) && entry.is_published);
    let there = count(|entry| matches!(entry.outcome, Outcome::There));
    let refused = count(|entry| matches!(entry.outcome, Outcome::Refused(_)));
    let sources = entries
        .iter()
        .filter(|entry| !matches!(entry.outcome, Outcome::PassedOver(_)))
        .map(|entry| entry.source.as_str());
    let files = sources.collect::<BTreeSet<&str>>().len();
    let word = if is_dry {
        "would be written"
    } else {
        "written"
    };
    let mut new = Vec::new();
    new.extend((drafts > 0).then(|| counted(drafts, "draft")));
    new.extend((published > 0).then(|| counted(published, "published post")));
    let new = match new.is_empty() {
        true => "nothing".to_owned(),
        false => new.join(" and "),
    };
    let mut facts = vec![format!("{new} {word}")];
    facts.extend((there > 0).then(|| format!("{there} there already")));
    facts.extend((refused > 0).then(|| format!("{} not converted", counted(refused, "post"))));
    writeln!(
        console.out,
        "{}: {}",
        counted(files, "file"),
        facts.join(", ")
    )?;
    if drafts > 0 {
        writeln!(
            console.out,
            "drafts have no `publish_at`: none goes out before somebody writes one"
        )?;
    }
    Ok(())
}

fn counted(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        many => format!("{many} {noun}s"),
    }
}
