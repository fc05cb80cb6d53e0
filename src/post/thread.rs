//! A checked file: a thread of one or more posts that can be published as it is.

mod block;
mod cards;
mod mistakes;
mod publication;
mod video;

pub use publication::PLACEHOLDER;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use block::source_hash;
use mistakes::{no_account, unknown_account};

use super::{
    AccountDefaults, Defaults, Post, Publication,
    document::Document,
    front_matter::{self, FrontMatter},
    late::{self, Late},
    picture::PictureSource,
    schedule::Written,
    video::VideoSource,
};
use crate::{
    diagnostic::{Diagnostic, FileDiagnostics},
    receipt::{Block, Status},
};

/// What a check needs to know beside the file: the configuration, as far as it concerns posts.
pub struct Context<'a> {
    /// The accounts that `account:` may name, with what their files get.
    pub accounts: Vec<AccountDefaults>,
    /// The account of a file that names none; `None` where none is configured.
    pub default_account: Option<String>,
    /// The zone of a file that names none.
    pub timezone: Option<Tz>,
    /// What a file gets whose account is not known.
    pub defaults: Defaults,
    /// Reads pictures, each once.
    pub pictures: &'a PictureSource,
    /// Reads videos, each once.
    pub videos: &'a VideoSource,
}

impl Context<'_> {
    fn names(&self) -> Vec<String> {
        let names = self.accounts.iter().map(|account| account.name.clone());
        names.collect()
    }

    fn defaults_of(&self, account: Option<&str>) -> &Defaults {
        let named = self
            .accounts
            .iter()
            .find(|known| Some(known.name.as_str()) == account);
        named.map_or(&self.defaults, |known| &known.defaults)
    }
}

/// A checked thread: if you hold one, it is publishable, and its block can be written. A copy shares
/// the texts.
#[derive(Clone, Debug)]
pub struct Thread {
    document: Arc<Document>,
    account: Option<String>,
    publish_at: Option<DateTime<Utc>>,
    merge: Option<Merge>,
    zone: Option<Tz>,
    hold: bool,
    retract: bool,
    repeat: bool,
    late: Late,
    publication: Arc<Publication>,
    source: String,
    block: Option<Block>,
    waiting: Option<Block>,
}

/// What git's history says of a file with `publish_at: merge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// It is not on the branch that publishes, as far as this clone knows.
    Pending,
    /// It has been there since a commit of this second.
    Since(DateTime<Utc>),
    /// It is there, and the history that says since when is not in this clone.
    Unknown,
}

/// A file with errors, and what can be told of it all the same.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Relative to the repository's root.
    pub path: String,
    /// When it is due.
    pub due: BrokenDue,
    /// The zone that its author thinks in, as far as it is known.
    pub zone: Option<Tz>,
    /// The record URIs that its block names: accounted for, whatever is wrong with the file.
    pub uris: Vec<String>,
    /// What somebody was told of its waiting.
    pub waiting: Option<Block>,
}

/// When a broken file is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenDue {
    /// A draft, held back, or done with.
    Never,
    /// At this moment.
    At(DateTime<Utc>),
    /// As soon as it is merged.
    OnMerge,
    /// It is on the network, and its author wants it back.
    Retract,
    /// That is part of what is broken.
    Unknown,
}

/// One file after the check.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The thread, or what is left of it.
    pub result: Result<Thread, Broken>,
    /// What is wrong, or worth a warning.
    pub diagnostics: FileDiagnostics,
}

impl Thread {
    /// The only way to a thread: every mistake of the file is named, and only a file without
    /// errors becomes one.
    pub fn check(path: &str, bytes: Vec<u8>, context: &Context<'_>) -> Checked {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let document = match Document::parse(path, bytes) {
            Ok(document) => document,
            Err(mistake) => {
                let mut checked = unreadable(path, mistake);
                checked.diagnostics.text = text;
                return checked;
            }
        };
        Checking::new(document, context).finish(context)
    }

    /// The file.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// From when on it is late, and what then.
    pub fn late(&self) -> Late {
        self.late
    }

    /// Whether its time is so long gone at `now` that a run would miss it; what is out already, or kept
    /// back by `spacing`, is not looked at.
    pub fn is_too_late(&self, now: DateTime<Utc>) -> bool {
        let is_over = |due: DateTime<Utc>| now - due > self.late.after;
        self.late.then == late::Then::Miss && self.publish_at().is_some_and(is_over)
    }

    /// The file, relative to the repository's root.
    pub fn path(&self) -> &str {
        self.document.path()
    }

    /// The account's name; `None` where none is configured.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// When it is due, at a whole second; a draft has none, nor has what waits to be merged.
    pub fn publish_at(&self) -> Option<DateTime<Utc>> {
        self.publish_at
    }

    /// Whether and since when it is merged, if it goes out on merging (`publish_at: merge`).
    pub fn merge(&self) -> Option<Merge> {
        self.merge
    }

    /// Keeps what git's history says of a file that goes out on merging; nothing for any other.
    pub fn set_merge(&mut self, merge: Merge) {
        if self.merge.is_none() {
            return;
        }
        self.merge = Some(merge);
        self.publish_at = match merge {
            Merge::Since(time) => Some(time),
            Merge::Pending | Merge::Unknown => None,
        };
    }

    /// The zone that its author thinks in.
    pub fn zone(&self) -> Option<Tz> {
        self.zone
    }

    /// Whether it is kept back.
    pub fn is_held(&self) -> bool {
        self.hold
    }

    /// Whether it is to be taken back from the network, or never to go there (`retract: true`).
    pub fn retracts(&self) -> bool {
        self.retract
    }

    /// Whether it reposts what stands elsewhere.
    pub fn is_repost(&self) -> bool {
        matches!(*self.publication, Publication::Repost(_))
    }

    /// Whether only the record with this very key counts as this post.
    pub fn repeats(&self) -> bool {
        self.repeat
    }

    /// What it publishes.
    pub fn publication(&self) -> &Publication {
        &self.publication
    }

    /// The parts; a repost has none.
    pub fn posts(&self) -> &[Post] {
        self.publication.posts()
    }

    /// `sha256:` and 16 hexadecimal digits: of the body (CRLF→LF) and the content keys.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// A result that stands. One of an earlier `publish_at`, or a failure of an earlier text, does not.
    pub fn settled(&self) -> Option<Status> {
        let block = self.block()?;
        let is_rescheduled = || self.publish_at > block.recorded_at();
        match block.status {
            Status::Published | Status::Retracted => Some(block.status),
            Status::Missed => (!is_rescheduled()).then_some(Status::Missed),
            Status::Failed => {
                (!is_rescheduled() && block.source == self.source).then_some(Status::Failed)
            }
            Status::Waiting => None,
        }
    }

    /// What came of it so far.
    pub fn block(&self) -> Option<&Block> {
        self.block.as_ref()
    }

    /// What somebody was told of its waiting: no result.
    pub fn waiting(&self) -> Option<&Block> {
        self.waiting.as_ref()
    }
}

/// The source hash of a file, whatever else is wrong with it.
pub fn source_of(document: &Document) -> String {
    source_hash(document, &front_matter::read(document).0)
}

/// A file that can't even be read as a document.
pub fn unreadable(path: &str, mistake: Diagnostic) -> Checked {
    Checked {
        result: Err(Broken {
            path: path.into(),
            due: BrokenDue::Unknown,
            zone: None,
            uris: Vec::new(),
            waiting: None,
        }),
        diagnostics: FileDiagnostics {
            path: path.into(),
            text: String::new(),
            diagnostics: vec![mistake],
        },
    }
}

/// A file on its way through the check.
struct Checking {
    document: Document,
    front_matter: FrontMatter,
    publish_at: Option<DateTime<Utc>>,
    unreadable_time: bool,
    mistakes: Vec<Diagnostic>,
}

impl Checking {
    fn new(document: Document, context: &Context<'_>) -> Self {
        let (front_matter, mut mistakes) = front_matter::read(&document);
        let mut unreadable_time = front_matter.unreadable_time;
        let publish_at =
            front_matter::due(&front_matter, context.timezone).unwrap_or_else(|mistake| {
                // A zone that can't be read has been named already.
                if !mistakes
                    .iter()
                    .any(|known| known.message.contains("time zone"))
                {
                    mistakes.push(mistake);
                }
                unreadable_time = true;
                None
            });
        Self {
            document,
            front_matter,
            publish_at,
            unreadable_time,
            mistakes,
        }
    }

    fn finish(mut self, context: &Context<'_>) -> Checked {
        let account = self.account(context);
        let defaults = context.defaults_of(account.as_deref());
        let publication = self.publication(defaults, context);
        let source = source_hash(&self.document, &self.front_matter);
        self.check_block(&source);
        let is_to_go_out = self.result().is_none() && self.front_matter.publish_at.is_some();
        if is_to_go_out || self.front_matter.retract {
            self.try_edit();
        }
        let broken = self.mistakes.iter().any(Diagnostic::is_error);
        let is_unreadable = self.has_unreadable_block();
        let diagnostics = FileDiagnostics {
            path: self.document.path().to_owned(),
            text: if self.mistakes.is_empty() {
                String::new()
            } else {
                self.document.source().to_owned()
            },
            diagnostics: std::mem::take(&mut self.mistakes),
        };
        let result = if broken {
            Err(self.broken(is_unreadable, context))
        } else {
            let thread = self.thread(account, publication, context);
            Ok(Thread { source, ..thread })
        };
        Checked {
            result,
            diagnostics,
        }
    }

    fn thread(
        self,
        account: Option<String>,
        publication: Publication,
        context: &Context<'_>,
    ) -> Thread {
        let on_merge = self.on_merge();
        let mut late = context.defaults_of(account.as_deref()).late;
        // Who merges wants it out: only the file itself can say that it is too late for that.
        if on_merge {
            late.then = late::Then::Publish;
        }
        let block = self.front_matter.block.map(|(block, _)| block);
        let (block, waiting) = match block {
            Some(block) if !block.is_result() => (None, Some(block)),
            block => (block, None),
        };
        Thread {
            account,
            publish_at: self.publish_at,
            merge: on_merge.then_some(Merge::Pending),
            zone: self.front_matter.timezone.or(context.timezone),
            hold: self.front_matter.hold,
            retract: self.front_matter.retract,
            repeat: self.front_matter.repeat,
            late: self.front_matter.late.over(late),
            publication: Arc::new(publication),
            source: String::new(),
            block,
            waiting,
            document: Arc::new(self.document),
        }
    }

    fn on_merge(&self) -> bool {
        matches!(self.front_matter.publish_at, Some((Written::Merge, _)))
    }

    fn account(&mut self, context: &Context<'_>) -> Option<String> {
        let Some((name, span)) = &self.front_matter.account else {
            if context.default_account.is_none() && !context.accounts.is_empty() {
                self.mistakes
                    .push(no_account(&self.document, &context.names()));
            }
            return context.default_account.clone();
        };
        let names = context.names();
        if names.contains(name) {
            return Some(name.clone());
        }
        self.mistakes
            .push(unknown_account(name, span.clone(), &names));
        None
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod video_tests;
