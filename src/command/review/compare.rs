//! Which posts a branch adds, changes, moves or removes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::differ::differences;
use crate::{
    command::Library,
    post::{Checked, Thread},
    receipt::Status,
};

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// It is on Bluesky, and its file says something else now.
    PublishedEdited,
    /// It is on Bluesky, and is to be deleted there.
    Retracted,
    /// It is on Bluesky, and its file is gone.
    PublishedDeleted,
    New,
    /// It was a draft, or held back, and goes out now; what it says may differ, too.
    Scheduled,
    /// What goes out differs.
    Changed,
    /// The same goes out, from another file or at another time.
    Moved,
    Removed,
}

/// One file that the branch touches.
pub(super) struct Item<'a> {
    pub(super) kind: Kind,
    pub(super) before: Option<&'a Checked>,
    pub(super) after: Option<&'a Checked>,
    /// What differs, in a word or two each.
    pub(super) differs: Vec<&'static str>,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PublishedEdited => "published-edited",
            Self::Retracted => "retracted",
            Self::PublishedDeleted => "published-deleted",
            Self::New => "new",
            Self::Scheduled => "scheduled",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Removed => "removed",
        }
    }

    pub(super) fn warning(self) -> Option<&'static str> {
        match self {
            Self::PublishedEdited => Some(
                "This post is on Bluesky already, which will not change: post a correction in a new file.",
            ),
            Self::Retracted => {
                Some("This post is on Bluesky, and is deleted there when this is merged.")
            }
            Self::PublishedDeleted => Some(
                "This post is on Bluesky already, and stays there: to take it back, keep the file and write `retract: true` into it.",
            ),
            _ => None,
        }
    }
}

impl Item<'_> {
    pub(super) fn path(&self) -> &str {
        self.after
            .or(self.before)
            .map_or("", |file| &file.diagnostics.path)
    }

    pub(super) fn thread(&self) -> Option<&Thread> {
        self.after?.result.as_ref().ok()
    }

    /// Where the file was, if it was elsewhere.
    pub(super) fn origin(&self) -> Option<&str> {
        let from = &self.before?.diagnostics.path;
        (from != &self.after?.diagnostics.path).then_some(from.as_str())
    }

    /// The words of parts that have others now, or are gone, with their numbers.
    pub(super) fn words_before(&self) -> Vec<(usize, &str)> {
        let before = self.before.and_then(|file| file.result.as_ref().ok());
        let (Some(before), Some(after)) = (before, self.thread()) else {
            return Vec::new();
        };
        let now = |at: usize| after.posts().get(at).map(|post| post.text.text());
        let parts = before.posts().iter().enumerate();
        parts
            .map(|(at, post)| (at, post.text.text()))
            .filter(|(at, text)| now(*at) != Some(*text))
            .map(|(at, text)| (at + 1, text))
            .collect()
    }

    /// When it was due, if at another time; `None` inside for a draft.
    pub(super) fn old_time(&self) -> Option<Option<DateTime<Utc>>> {
        let from = self.before?.result.as_ref().ok()?.publish_at();
        (from != self.thread()?.publish_at()).then_some(from)
    }
}

/// Everything that `after` makes different from `before`, by kind and path.
pub(super) fn compare<'a>(before: &'a Library, after: &'a Library) -> Vec<Item<'a>> {
    let known: BTreeSet<&str> = paths(before).intersection(&paths(after)).copied().collect();
    let only = |library: &'a Library| -> Vec<&'a Checked> {
        let files = library.files.iter();
        files
            .filter(|file| !known.contains(file.diagnostics.path.as_str()))
            .collect()
    };
    let mut gone = only(before);
    let mut items = Vec::new();
    for file in &after.files {
        let path = &file.diagnostics.path;
        let same = before
            .files
            .iter()
            .find(|old| old.diagnostics.path == *path);
        let old = same.or_else(|| {
            let at = gone.iter().position(|old| is_renamed(old, file))?;
            Some(gone.remove(at))
        });
        items.extend(judge(old, Some(file), (before, after)));
    }
    let removed = gone.into_iter();
    items.extend(removed.filter_map(|old| judge(Some(old), None, (before, after))));
    items.sort_by(|a, b| (a.kind, a.path()).cmp(&(b.kind, b.path())));
    items
}

fn paths(library: &Library) -> BTreeSet<&str> {
    let files = library.files.iter();
    files.map(|file| file.diagnostics.path.as_str()).collect()
}

fn judge<'a>(
    before: Option<&'a Checked>,
    after: Option<&'a Checked>,
    (old, new): (&Library, &Library),
) -> Option<Item<'a>> {
    let item = |kind, differs| {
        Some(Item {
            kind,
            before,
            after,
            differs,
        })
    };
    let was_out = before.is_some_and(is_out);
    let (Some(one), Some(other)) = (before, after) else {
        return match (before, was_out) {
            (None, _) => item(Kind::New, Vec::new()),
            (Some(_), true) => item(Kind::PublishedDeleted, Vec::new()),
            (Some(_), false) => item(Kind::Removed, Vec::new()),
        };
    };
    let (Ok(one_thread), Ok(other_thread)) = (&one.result, &other.result) else {
        let is_same =
            bytes(old, one) == bytes(new, other) && one.result.is_err() == other.result.is_err();
        return match (is_same, was_out) {
            (true, _) => None,
            (false, true) => item(Kind::PublishedEdited, Vec::new()),
            (false, false) => item(Kind::Changed, Vec::new()),
        };
    };
    if was_out && other_thread.retracts() && !one_thread.retracts() {
        return item(Kind::Retracted, Vec::new());
    }
    let found = differences((one_thread, old), (other_thread, new));
    let is_moved = one.diagnostics.path != other.diagnostics.path
        || time_of(one_thread) != time_of(other_thread)
        || one_thread.is_held() != other_thread.is_held()
        || one_thread.retracts() != other_thread.retracts();
    if was_out {
        // What updraft.yml says for later posts is no edit of one that is out.
        let is_edited = one_thread.source() != other_thread.source()
            || time_of(one_thread) != time_of(other_thread)
            || found.contains(&"pictures or card");
        return match (is_edited, is_moved) {
            (true, _) => item(Kind::PublishedEdited, found),
            (false, true) => item(Kind::Moved, Vec::new()),
            (false, false) => None,
        };
    }
    if !has_a_time(one_thread) && has_a_time(other_thread) {
        return item(Kind::Scheduled, found);
    }
    match (found.is_empty(), is_moved) {
        (false, _) => item(Kind::Changed, found),
        (true, true) => item(Kind::Moved, found),
        (true, false) => None,
    }
}

fn is_out(file: &Checked) -> bool {
    match &file.result {
        Ok(thread) => thread.settled() == Some(Status::Published),
        Err(broken) => !broken.uris.is_empty(),
    }
}

fn bytes(library: &Library, file: &Checked) -> Option<Vec<u8>> {
    library.folder.read(&file.diagnostics.path).ok()
}

/// Whether one file became the other: the same record or source, or mostly the same words.
fn is_renamed(old: &Checked, new: &Checked) -> bool {
    let (Ok(old), Ok(new)) = (&old.result, &new.result) else {
        return false;
    };
    let words = |thread: &Thread| -> BTreeSet<String> {
        let text = thread.document().body_text();
        text.split_whitespace().map(str::to_owned).collect()
    };
    let (one, other) = (words(old), words(new));
    let (shared, all) = (one.intersection(&other).count(), one.union(&other).count());
    old.source() == new.source() || all > 0 && shared * 3 >= all * 2
}

/// Whether it goes out by itself some day.
fn has_a_time(thread: &Thread) -> bool {
    let is_dated = thread.publish_at().is_some() || thread.merge().is_some();
    is_dated && thread.settled().is_none() && !thread.is_held() && !thread.retracts()
}

/// When it goes out; that it waits for a merge is one of the times.
fn time_of(thread: &Thread) -> (bool, Option<DateTime<Utc>>) {
    let on_merge = thread.merge().is_some();
    (on_merge, thread.publish_at().filter(|_| !on_merge))
}
