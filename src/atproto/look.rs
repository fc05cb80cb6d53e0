//! Looks for posts that are out already, before anything is written.
//!
//! # How "already out" is told from "a new post that looks alike"
//!
//! A run can lose its result: the post is on the network, but no file says so. A record that no
//! `bluesky:` block names is *unaccounted for*; only such records are looked at. Three things
//! speak for a file: the record's key was made from the file's path, the key lies in the second of
//! `publish_at`, and the content is the same (see [`content`](super::content)). A record belongs
//! to the one file, due or not, that most of the three speak for. Then:
//!
//! | path | second | content | |
//! |---|---|---|---|
//! | yes | yes | yes | out: the result was lost |
//! | yes | yes | no | out, and the file was edited since: reported once |
//! | no | yes | yes | out, and the file was renamed, whatever git's history names |
//! | yes | no | yes | out, and rescheduled since, if git's whole history never named the record; if it did, the file is being used again |
//! | no | no | yes | out by hand, if created at or after `publish_at`; else doubt |
//! | yes | no | no | doubt |
//! | no | yes | no | doubt: two things changed at once |
//!
//! A file with `publish_at: merge` has no time by which its author could say that it is used again:
//! under its path the same words are the same post, whatever git's history names.
//!
//! Doubt is also: several records that speak equally for one file, several files that a record
//! speaks equally for, a history that was cut off (a shallow clone) where it is needed, and a
//! record at the file's own key that another file's block names. In doubt nothing of that file is
//! published. Of several files with the words of one record, that one has it which was due when it
//! was created. A file with `repeat: true` is compared by its own key alone.
//!
//! A post that answers another thread's is told apart from the conversation that it stands in only
//! where a waiting file answers one too. Reposts are looked at by the same rules, in their collection;
//! what they repost is their content.
//!
//! A thread counts as one: if any of its parts exists, it went out, and parts that are gone were
//! deleted on purpose.
//!
//! # What it can't know
//!
//! * A post that was deleted before its result was written back leaves no trace: it is published
//!   again.
//! * Besides the file's own keys, records are looked at until their keys are 30 days older than
//!   the oldest due second, and 1,000 at most: what was renamed or rescheduled further than that
//!   is not found. Keys of other clients are the time of their writing.
//! * Two files whose texts were exchanged after a lost result are each taken for edited.
//! * A post by another program in the very second of a due file's `publish_at` (on the hour, say)
//!   is doubt until it is accounted for.

mod claim;
mod gather;
mod roots;
mod thread;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use chrono::{DateTime, Utc};

use super::{client::RemoteRecord, content::Content, record_key::PathHash};
use crate::receipt::Part;
use claim::Claim;
pub use gather::{LISTED, Reads, WINDOW, gather};
use thread::RemoteThread;

/// A file of the account that is not published yet, due or not; drafts without a `publish_at` are
/// none of these.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// git's path, relative to the repository's root.
    pub path: &'a str,
    /// `publish_at`, in seconds since 1970.
    pub second: i64,
    /// What its parts hold, at least one.
    pub parts: &'a [Content],
    /// Whether only the exact key counts (`repeat: true`).
    pub repeat: bool,
    /// Whether its second is that of a merge, and no word of its author's: the same words under the
    /// same path are the same post, though the second is another (`publish_at: merge`).
    pub on_merge: bool,
    /// Whether it is to be published now; only these are gathered and decided.
    pub due: bool,
}

impl Wanted<'_> {
    fn hashes(&self, did: &str) -> Vec<PathHash> {
        PathHash::all(did, self.path.as_bytes())
    }

    fn is_answer(&self) -> bool {
        self.parts.first().is_some_and(Content::is_answer)
    }
}

/// What git's history says of some URIs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Those that a block named once.
    pub found: BTreeSet<String>,
    /// Whether all of the history could be read: false in a shallow clone.
    pub complete: bool,
}

/// What the network holds, and what is known of it here.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The account.
    pub did: &'a str,
    /// The NSID of what is looked at: posts, or reposts.
    pub collection: &'a str,
    /// What [`gather`] found.
    pub records: &'a [RemoteRecord],
    /// The URIs that any block in the repository names.
    pub accounted: &'a BTreeSet<String>,
}

/// What was found of a due file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing of it is on the network.
    Absent,
    /// It is on the network.
    Out(Out),
    /// It can't be told; nothing of the file may be published.
    Doubt(Doubt),
}

/// A thread that is on the network already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Out {
    /// How it is known.
    pub how: How,
    /// The records in the thread's order, for the file's block.
    pub parts: Vec<Part>,
    /// `createdAt` of the first part there is; else the time in the root's key.
    pub published_at: DateTime<Utc>,
    /// The root's page on bsky.app.
    pub url: String,
}

/// How a file's thread was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// Its own key, its own content.
    Own,
    /// Its own key, other content: the parts' texts, joined by `---` lines.
    Edited {
        /// The file's text.
        ours: String,
        /// The network's text.
        theirs: String,
    },
    /// Its second and content, at the key of another path.
    Renamed,
    /// Its path and content, at the key of another second.
    Rescheduled,
    /// Its content alone, created at or after `publish_at`.
    ByHand,
}

/// Why a file can't be published, and what it may be the same as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Which rule.
    pub reason: Reason,
    /// The roots in question, in order of their URIs.
    pub candidates: Vec<Candidate>,
    /// The file's text, the parts joined by `---` lines.
    pub ours: String,
}

/// Why it can't be told whether a file is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A record with the same content, older than `publish_at`.
    OlderContent,
    /// A record of this path, with another second and content.
    PathAlone,
    /// A record of this second, with another path and content.
    SecondAlone,
    /// Several records speak equally for this file.
    Several,
    /// A record speaks equally for this file and for another.
    Contested,
    /// A record of this path, and a history that is cut off: the file's last use, or this one.
    CutHistory,
    /// The record at this file's own key is named by another file's block.
    KeyTaken,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::OlderContent => {
                "the account has a post with the same content, older than `publish_at`"
            }
            Reason::PathAlone => {
                "the account has a post that was published from this file, with another time and other content"
            }
            Reason::SecondAlone => {
                "the account has a post for this very second, from a file of another name and with other content"
            }
            Reason::Several => "several posts of the account may be this one",
            Reason::Contested => {
                "a post of the account may be this one, and as well that of another waiting file"
            }
            Reason::CutHistory => {
                "the account has a post that was published from this file for another time, and without git's whole history it can't be told whether that was an earlier use of the file (in a shallow clone: `git fetch --unshallow`, or `fetch-depth: 0` in the workflow)"
            }
            Reason::KeyTaken => {
                "the post with this file's own key is recorded in another file"
            }
        })
    }
}

/// A record that may be a file's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `at://DID/app.bsky.feed.post/RKEY`
    pub uri: String,
    /// Its page on bsky.app, for `updraft adopt PATH URL`.
    pub url: String,
    /// `createdAt`; else the time in its key, if that is one.
    pub created_at: Option<DateTime<Utc>>,
    /// Its text, the parts joined by `---` lines.
    pub text: String,
}

/// Looks for the due files: [`gather`], then [`decide`].
///
/// # Errors
/// A read failed; nothing may be published then.
pub async fn look<R: Reads>(
    reads: &R,
    (did, collection): (&str, &str),
    wanted: &[Wanted<'_>],
    accounted: &BTreeSet<String>,
    history: &mut dyn FnMut(&[String]) -> History,
) -> Result<BTreeMap<String, Finding>, R::Error> {
    let records = gather(reads, (did, collection), wanted).await?;
    let sight = Sight {
        did,
        collection,
        records: &records,
        accounted,
    };
    Ok(decide(wanted, sight, history))
}

/// Decides, for each due file by its path, whether it is out.
///
/// All unpublished files of the account take part, since a record may be another one's. `history`
/// is asked at most once, and only where something other than an exact key speaks for a due file.
pub fn decide(
    wanted: &[Wanted<'_>],
    sight: Sight<'_>,
    history: impl FnOnce(&[String]) -> History,
) -> BTreeMap<String, Finding> {
    let threads = thread::collect(wanted, sight);
    let mut claims = claim::strongest(wanted, &threads, sight.did);
    let asked = in_question(&claims, wanted);
    let history = if asked.is_empty() {
        History::default()
    } else {
        history(&asked)
    };
    // A file is used again for another second; the same words for the same one are the same post.
    claims.retain(|claim| {
        claim.is_exact()
            || claim.is_same_post()
            || (wanted[claim.file].on_merge && claim.is_same_file())
            || !claim.thread.is_named(&history.found)
    });
    claim::mark_contested(&mut claims);
    let due = wanted.iter().enumerate().filter(|(_, file)| file.due);
    due.map(|(index, file)| {
        let finding = claim::finding(index, file, &claims, history.complete);
        (file.path.to_owned(), finding)
    })
    .collect()
}

/// The records on which a due file has a claim, and anyone a claim that history can end.
fn in_question(claims: &[Claim<'_>], wanted: &[Wanted<'_>]) -> Vec<String> {
    let rivals = claims.chunk_by(|one, other| one.thread.uri == other.thread.uri);
    let open = rivals.filter(|rivals| {
        rivals.iter().any(|claim| wanted[claim.file].due)
            && rivals.iter().any(|claim| !claim.is_exact())
    });
    let uris = open.flat_map(|rivals| rivals[0].thread.uris());
    uris.collect()
}

#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod scenario_tests;
#[cfg(test)]
mod world;
