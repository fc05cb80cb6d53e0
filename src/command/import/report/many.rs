//! What an import says of many files once.

use std::collections::{BTreeSet, HashMap};

use super::{Entry, Outcome, one_line};
use crate::{
    command::{CommandError, Console},
    import::{Lack, Note},
    report::sanitize_line,
};

/// How many files of a kind are named, where the others are only counted.
const NAMED: usize = 3;
/// So many files that wait for the same kind of thing get a line each, and so many posts with the
/// same kind of note.
const MOST: usize = 3;

/// What many files have in common.
pub(super) struct Many<'a> {
    entries: &'a [Entry],
    /// Which notes are said once, in order, and of how many posts.
    notes: Vec<(&'static str, usize)>,
    /// Whether files that wait for an account are said once, and those that wait for pictures.
    waits: (bool, bool),
}

impl<'a> Many<'a> {
    pub(super) fn of(entries: &'a [Entry]) -> Self {
        let mut notes: Vec<(&'static str, usize)> = Vec::new();
        let mut places = HashMap::new();
        let written = |entry: &&Entry| matches!(entry.outcome, Outcome::New);
        for entry in entries.iter().filter(written) {
            let common: BTreeSet<_> = entry.notes.iter().filter_map(|note| note.common).collect();
            for common in common {
                let place = *places.entry(common).or_insert_with(|| {
                    notes.push((common, 0));
                    notes.len() - 1
                });
                notes[place].1 += 1;
            }
        }
        notes.retain(|(_, posts)| *posts > MOST);
        let waits = |is_it: fn(&Lack) -> bool| sources(entries, is_it).len() > MOST;
        Self {
            entries,
            notes,
            waits: (waits(is_account), waits(|lack| !is_account(lack))),
        }
    }

    /// Whether a note is one of those that are said once.
    pub(super) fn tells(&self, note: &Note) -> bool {
        let mut told = self.notes.iter();
        told.any(|(common, _)| note.common == Some(*common))
    }

    /// Whether an entry gets no line of its own.
    pub(super) fn holds(&self, entry: &Entry) -> bool {
        match (&entry.outcome, entry.lack()) {
            (Outcome::There | Outcome::PassedOver(_), _) => true,
            (_, Some(lack)) if is_account(lack) => self.waits.0,
            (_, Some(_)) => self.waits.1,
            _ => false,
        }
    }

    /// Prints what no entry said.
    pub(super) fn print(&self, console: &mut Console<'_>) -> Result<(), CommandError> {
        let accounts = sources(self.entries, is_account).len();
        if self.waits.0 {
            writeln!(
                console.out,
                "not converted: {accounts} files: nobody said which account their names are"
            )?;
        }
        let pictures = sources(self.entries, |lack| !is_account(lack)).len();
        if self.waits.1 {
            writeln!(
                console.out,
                "not converted: {pictures} files: pictures are not here, which are listed below"
            )?;
        }
        named("there already", self.elsewhere(), console)?;
        named("passed over", self.passed_over(), console)?;
        for (common, posts) in &self.notes {
            writeln!(console.out, "note: {posts} posts {common}")?;
        }
        if !self.notes.is_empty() {
            writeln!(
                console.out,
                "  `--format json` says of each post what it is, and so do comments in the files"
            )?;
        }
        Ok(())
    }

    /// What other files of the library hold than those that would have been written.
    fn elsewhere(&self) -> Vec<String> {
        let found = self.entries.iter();
        let found = found.filter(|entry| matches!(entry.outcome, Outcome::There));
        let found = found.filter(|entry| entry.is_elsewhere);
        let shown = found.map(|entry| {
            let path = entry.path.as_deref().unwrap_or_default();
            format!(
                "{} holds {}",
                sanitize_line(path),
                sanitize_line(&entry.source)
            )
        });
        shown.collect()
    }

    fn passed_over(&self) -> Vec<String> {
        let passed = self
            .entries
            .iter()
            .filter_map(|entry| match &entry.outcome {
                Outcome::PassedOver(reason) => Some(format!(
                    "{}: {}",
                    sanitize_line(&entry.source),
                    one_line(reason)
                )),
                _ => None,
            });
        passed.collect()
    }
}

fn is_account(lack: &Lack) -> bool {
    matches!(lack, Lack::Account(_))
}

/// The files that wait for something.
fn sources(entries: &[Entry], is_it: fn(&Lack) -> bool) -> BTreeSet<&str> {
    let waiting = entries
        .iter()
        .filter(|entry| entry.lack().is_some_and(is_it));
    waiting.map(|entry| entry.source.as_str()).collect()
}

/// Prints the first of some lines, and how many more there are.
fn named(word: &str, lines: Vec<String>, console: &mut Console<'_>) -> Result<(), CommandError> {
    for line in lines.iter().take(NAMED) {
        writeln!(console.out, "{word}: {line}")?;
    }
    if lines.len() > NAMED {
        let more = lines.len() - NAMED;
        writeln!(
            console.out,
            "{word}: {more} more; `--format json` names them"
        )?;
    }
    Ok(())
}
