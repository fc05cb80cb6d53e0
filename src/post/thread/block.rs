//! What a file and its block say of each other.

use sha2::{Digest, Sha256};

use super::{Broken, BrokenDue, Checking, Context, mistakes::stale_block};
use crate::{
    diagnostic::{Code, Diagnostic},
    post::{document::Document, front_matter::FrontMatter},
    receipt::{Block, Part, Status},
};

impl Checking {
    /// What a block and its file say of each other.
    pub(super) fn check_block(&mut self, source: &str) {
        let Some((block, span)) = &self.front_matter.block else {
            return;
        };
        if block.status == Status::Published && block.posts.is_empty() {
            self.mistakes.push(
                Diagnostic::error(
                    Code::InvalidBlock,
                    span.clone(),
                    "the block says published, but names no record",
                )
                .help(
                    "restore it from git's history, or remove it and run `updraft adopt PATH URL`",
                ),
            );
        }
        if let (Status::Published, Some(due), Some(then)) =
            (block.status, self.publish_at, block.recorded_at())
            && then < due
            // What it names is to be deleted, whatever time it had.
            && !self.front_matter.retract
        {
            self.mistakes.push(stale_block(span.clone(), then, due));
        }
        if block.status == Status::Published && block.source != source {
            let body = self.document.body();
            let lead =
                self.document.body_text().len() - self.document.body_text().trim_start().len();
            let first = body.start + lead;
            let line = self.document.source()[first..]
                .lines()
                .next()
                .map_or(0, str::len);
            self.mistakes.push(
                Diagnostic::warning(
                    Code::EditedAfterPublishing,
                    first..first + line,
                    "this is not the text that went out; Bluesky keeps the old one",
                )
                .help("a published post can't be edited: undo the change, or post a correction in a new file"),
            );
        }
    }

    /// What came of the file: a block that only says that it waits is none.
    pub(super) fn result(&self) -> Option<&Block> {
        let (block, _) = self.front_matter.block.as_ref()?;
        Some(block).filter(|block| block.is_result())
    }

    /// What it has of a post that is out, or was.
    fn outcome(&self) -> Option<&Block> {
        let went_out = |status| matches!(status, Status::Published | Status::Retracted);
        self.result().filter(|block| went_out(block.status))
    }

    /// Whether it was published: nothing of it goes out again, whatever it says now.
    pub(super) fn went_out(&self) -> bool {
        self.outcome().is_some()
    }

    /// Whether it was published, and says the same since.
    pub(super) fn went_out_as_written(&self) -> bool {
        self.outcome()
            .is_some_and(|block| block.source == source_hash(&self.document, &self.front_matter))
    }

    /// A file that can't take its result must be known before anything is sent.
    pub(super) fn try_edit(&mut self) {
        if self
            .mistakes
            .iter()
            .any(|mistake| mistake.code == Code::InvalidYaml)
        {
            return;
        }
        if self.document.is_plain() {
            return;
        }
        let sample = Block {
            posts: vec![Part {
                uri: "at://did:plc:x/app.bsky.feed.post/x".into(),
                cid: None,
                deleted: false,
            }],
            ..Block::new(Status::Published, "sha256:0123456789abcdef".into())
        };
        if let Err(mistake) = self.document.with_block(&sample) {
            self.mistakes.push(mistake);
        }
    }

    /// Whether its block is there and can't be read.
    pub(super) fn has_unreadable_block(&self) -> bool {
        let mut mistakes = self.mistakes.iter();
        mistakes.any(|mistake| mistake.code == Code::InvalidBlock)
    }

    pub(super) fn broken(self, is_unreadable: bool, context: &Context<'_>) -> Broken {
        let block = self.result().cloned();
        // A result of an earlier `publish_at` is none for this one.
        let done = block.as_ref().is_some_and(|block| {
            let rescheduled = block
                .recorded_at()
                .is_some_and(|then| self.publish_at > Some(then));
            block.status != Status::Failed && !rescheduled
        });
        let is_out = block
            .as_ref()
            .is_some_and(|block| block.status == Status::Published);
        let retract = self.front_matter.retract;
        let due = match (self.publish_at, self.unreadable_time) {
            _ if retract && (is_out || is_unreadable) => BrokenDue::Retract,
            // Without a block it may be out all the same: its result may be lost.
            _ if done || self.front_matter.hold && !retract => BrokenDue::Never,
            (Some(time), _) => BrokenDue::At(time),
            _ if self.on_merge() => BrokenDue::OnMerge,
            (None, true) => BrokenDue::Unknown,
            (None, false) => BrokenDue::Never,
        };
        let posts = block.map(|block| block.posts).unwrap_or_default();
        let told = self.front_matter.block.map(|(block, _)| block);
        Broken {
            waiting: told.filter(|block| !block.is_result()),
            path: self.document.path().to_owned(),
            due,
            zone: self.front_matter.timezone.or(context.timezone),
            uris: posts.into_iter().map(|part| part.uri).collect(),
        }
    }
}

/// The body with LF line ends, a NUL, and the content keys.
pub(super) fn source_hash(document: &Document, front_matter: &FrontMatter) -> String {
    let mut hash = Sha256::new();
    hash.update(document.body_text().replace("\r\n", "\n"));
    hash.update([0]);
    hash.update(&front_matter.content_keys);
    let digest = hash.finalize();
    let hex: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}
