//! Results put onto a tip that moved: the same file, the renamed one, or the message alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Delivered, Delivery, DeliveryError, block_of, message::message, same_but_for_block, takes_back,
    uris,
};
use crate::{
    git::{Change, FileEdit, Oid, Relation},
    post::Document,
    receipt::{Block, Part, Receipt, Status},
};

/// What receipts come to on a tip.
#[derive(Default)]
pub(super) struct Onto {
    /// The files with their blocks.
    pub(super) edits: Vec<FileEdit>,
    /// Whether a result has to stand in the commit's message, since no file can hold it.
    is_told: bool,
    /// What is to be said of it.
    pub(super) delivered: Delivered,
}

/// The URIs that blocks have named on the remote meanwhile.
#[derive(Default)]
struct Recorded {
    named: BTreeSet<String>,
    /// Those of threads that were taken back.
    retracted: BTreeSet<String>,
    /// Those that files no longer name: they are used again.
    removed: BTreeSet<String>,
    /// Blocks without URIs, with their files' paths.
    without: Vec<Receipt>,
    /// Where the files went, by what they were called; `None` for those that were deleted.
    moved: BTreeMap<String, Option<String>>,
}

enum Merged {
    Nothing,
    Edit(Vec<u8>),
    Conflict(String),
}

impl Delivery<'_> {
    /// Makes a commit on `tip` that says of `receipts` what `local` says; none where the tip has it
    /// all.
    pub(super) fn reapply(
        &self,
        local: Oid,
        tip: Oid,
        receipts: &[Receipt],
    ) -> Result<(Option<Oid>, Delivered), DeliveryError> {
        let onto = self.onto(local, tip, receipts)?;
        let message = message(receipts);
        let commit = match (onto.edits.is_empty(), onto.is_told) {
            (true, false) => None,
            // Beside, the commit that brought it is kept as well.
            (true, true) if self.beside.is_some() => {
                Some(self.repository.commit_on(&[tip, local], &[], &message)?)
            }
            _ => Some(self.repository.commit_on(&[tip], &onto.edits, &message)?),
        };
        Ok((commit, onto.delivered))
    }

    /// What `receipts`, of which `local` says so, come to on `tip`.
    pub(super) fn onto(
        &self,
        local: Oid,
        tip: Oid,
        receipts: &[Receipt],
    ) -> Result<Onto, DeliveryError> {
        let mut onto = Onto::default();
        let said = &mut onto.delivered;
        let paths = receipts.iter().map(|receipt| receipt.path.as_str());
        let recorded = self.recorded_between((local, tip), paths)?;
        for receipt in receipts {
            let posts = &receipt.block.posts;
            let status = receipt.block.status;
            let is_recorded = |part: &Part| match status {
                Status::Retracted => recorded.retracted.contains(&part.uri),
                _ => recorded.named.contains(&part.uri),
            };
            let is_recorded = match posts.is_empty() {
                true => recorded.without.contains(receipt),
                false => posts.iter().all(is_recorded),
            };
            if is_recorded {
                // Another run's commit has it. If its file lacks it by now, somebody uses that again.
                continue;
            }
            let place = self.at_tip((local, tip), &receipt.path, &recorded)?;
            let Some((path, bytes)) = place else {
                if !receipt.block.is_result() {
                    continue;
                }
                onto.is_told = true;
                said.notes.push(format!(
                    "{} was deleted on the remote meanwhile; only the commit message keeps its URL",
                    receipt.path
                ));
                continue;
            };
            let is_free = status == Status::Retracted && !names_same(&path, &bytes, receipt);
            let is_void = match (posts.is_empty(), self.beside.is_some()) {
                (true, _) => self.is_edited(local, receipt, &bytes)?,
                // Days pass before the file says that it was out at all: what is taken back stays so,
                // unless the file did say so and is used again.
                (false, true) => {
                    is_free
                        && posts
                            .iter()
                            .any(|part| recorded.removed.contains(&part.uri))
                }
                (false, false) => is_free && self.is_edited(local, receipt, &bytes)?,
            };
            if is_void {
                said.notes.push(format!(
                    "{path} was edited on the remote meanwhile, so that it is not {} for what it was; the next run decides anew",
                    receipt.block.status.as_str()
                ));
                continue;
            }
            match merge(&path, bytes.clone(), receipt) {
                Merged::Nothing => {}
                Merged::Edit(edited) => {
                    if receipt.block.is_result() {
                        let notes = self.changes(local, receipt, (&path, bytes))?;
                        said.notes.extend(notes);
                    }
                    onto.edits.push(FileEdit {
                        path,
                        bytes: edited,
                    });
                }
                Merged::Conflict(_) if !receipt.block.is_result() => {}
                Merged::Conflict(conflict) => {
                    onto.is_told = true;
                    said.conflicts.push(conflict);
                }
            }
        }
        Ok(onto)
    }

    /// What blocks have said on the remote since `local`, and where these files went.
    fn recorded_between<'p>(
        &self,
        (local, tip): (Oid, Oid),
        paths: impl Iterator<Item = &'p str>,
    ) -> Result<Recorded, DeliveryError> {
        let theirs = match self.repository.relation(tip, local)? {
            Relation::Ahead { ours } | Relation::Diverged { ours } => ours,
            Relation::Same | Relation::Behind | Relation::Unrelated => Vec::new(),
        };
        let mut recorded = Recorded::default();
        let paths = paths.map(|path| (path.to_owned(), Some(path.to_owned())));
        recorded.moved.extend(paths);
        for commit in theirs {
            let changes = self.repository.changed_files(commit)?.unwrap_or_default();
            self.follow_files(commit, &changes, &mut recorded.moved)?;
            recorded.removed.extend(removed(&changes));
            let blocks = changes
                .into_iter()
                .filter_map(|change| Document::parse(&change.path, change.new?).ok())
                .filter_map(|document| {
                    let block = block_of(&document)?;
                    let path = document.path().to_owned();
                    Some(Receipt { path, block })
                });
            for receipt in blocks {
                let Receipt { block, .. } = &receipt;
                if block.posts.is_empty() {
                    recorded.without.push(receipt);
                    continue;
                }
                let uris: Vec<String> = block.posts.iter().map(|part| part.uri.clone()).collect();
                if block.status == Status::Retracted {
                    recorded.retracted.extend(uris.iter().cloned());
                }
                recorded.named.extend(uris);
            }
        }
        Ok(recorded)
    }

    /// What else happened to a file that got its result on the remote's tip.
    fn changes(
        &self,
        local: Oid,
        receipt: &Receipt,
        (path, bytes): (&str, Vec<u8>),
    ) -> Result<Option<String>, DeliveryError> {
        if path != receipt.path {
            let note = format!(
                "{} is now {path} on the remote; the result was written there",
                receipt.path
            );
            return Ok(Some(note));
        }
        let is_edited = self.is_edited(local, receipt, &bytes)?;
        Ok(is_edited.then(|| {
            format!("{path} was edited on the remote meanwhile; Bluesky has the text from before the edit")
        }))
    }

    /// Whether the remote's version of a file differs from ours in more than its block.
    fn is_edited(
        &self,
        local: Oid,
        receipt: &Receipt,
        theirs: &[u8],
    ) -> Result<bool, DeliveryError> {
        self.is_another(local, &receipt.path, theirs)
    }

    fn is_another(&self, local: Oid, path: &str, theirs: &[u8]) -> Result<bool, DeliveryError> {
        let ours = self.repository.file_at(local, path)?;
        let ours = ours.and_then(|ours| Document::parse(path, ours).ok());
        Ok(ours.is_some_and(|ours| !same_but_for_block(&ours, theirs.to_vec())))
    }

    /// Takes note of files that a commit renamed or deleted.
    fn follow_files(
        &self,
        commit: Oid,
        changes: &[Change],
        moved: &mut BTreeMap<String, Option<String>>,
    ) -> Result<(), DeliveryError> {
        let is_gone = |path: &str| {
            let mut changes = changes.iter();
            changes.any(|change| change.path == path && change.new.is_none())
        };
        for place in moved.values_mut() {
            let Some(path) = place.as_deref().filter(|path| is_gone(path)) else {
                continue;
            };
            *place = match self.repository.parents(commit)?.first() {
                Some(parent) => self.repository.renamed_to(*parent, commit, path)?,
                None => None,
            };
        }
        Ok(())
    }

    /// The file at the tip, under its new name if it was renamed there: commit by commit, so that it
    /// may have been edited as well, or else by its likeness.
    fn at_tip(
        &self,
        (local, tip): (Oid, Oid),
        path: &str,
        recorded: &Recorded,
    ) -> Result<Option<(String, Vec<u8>)>, DeliveryError> {
        let place = recorded.moved.get(path);
        let followed = place.and_then(Option::as_deref);
        for path in followed.into_iter().chain([path]) {
            let Some(bytes) = self.repository.file_at(tip, path)? else {
                continue;
            };
            // Under the name of a file that was deleted there may be another one by now.
            let is_deleted = matches!(place, Some(None));
            if !is_deleted || !self.is_another(local, path, &bytes)? {
                return Ok(Some((path.to_owned(), bytes)));
            }
        }
        let Some(renamed) = self.repository.renamed_to(local, tip, path)? else {
            return Ok(None);
        };
        let bytes = self.repository.file_at(tip, &renamed)?;
        Ok(bytes.map(|bytes| (renamed, bytes)))
    }
}

/// Whether the remote's file names the records that were taken back: if not, it may be used again.
fn names_same(path: &str, bytes: &[u8], receipt: &Receipt) -> bool {
    let document = Document::parse(path, bytes.to_vec());
    let theirs = document.ok().and_then(|document| block_of(&document));
    theirs.is_some_and(|theirs| takes_back(&receipt.block, &theirs))
}

/// A receipt put into the remote's version of its file. A published result that another run wrote
/// there is never overwritten.
fn merge(path: &str, bytes: Vec<u8>, receipt: &Receipt) -> Merged {
    let unfit = |reason: &str| {
        let url = url(&receipt.block);
        Merged::Conflict(format!(
            "{path}: the remote's version {reason}, so its result ({url}) could not be written; mend the file, and the next run finds the post"
        ))
    };
    let Ok(document) = Document::parse(path, bytes) else {
        return unfit("has no readable front matter");
    };
    match block_of(&document) {
        Some(theirs)
            if theirs.status == Status::Published && !takes_back(&receipt.block, &theirs) =>
        {
            let told = with_news(&theirs, &receipt.block);
            if let Some(edited) = told.and_then(|block| document.with_block(&block).ok()) {
                return Merged::Edit(edited);
            }
            return beside(path, &theirs, &receipt.block);
        }
        // That somebody was told that it waits is no news beside a result, nor told again.
        Some(_) if !receipt.block.is_result() => return Merged::Nothing,
        _ => {}
    }
    match document.with_block(&receipt.block) {
        Ok(edited) if edited == document.source().as_bytes() => Merged::Nothing,
        Ok(edited) => Merged::Edit(edited),
        Err(_) => unfit("can't take the block"),
    }
}

/// A published block of the remote's, with the moment at which somebody was told of it here.
fn with_news(theirs: &Block, ours: &Block) -> Option<Block> {
    let is_same = ours.status == Status::Published && uris(ours) == uris(theirs);
    (is_same && theirs.told_at.is_none() && ours.told_at.is_some()).then(|| Block {
        told_at: ours.told_at,
        ..theirs.clone()
    })
}

/// The URIs that a commit's files named before it, and none names after it.
fn removed(changes: &[Change]) -> BTreeSet<String> {
    let named = |of: &dyn Fn(&Change) -> Option<Vec<u8>>| -> BTreeSet<String> {
        let blocks = changes.iter().filter_map(|change| {
            let document = Document::parse(&change.path, of(change)?).ok()?;
            block_of(&document)
        });
        blocks.flat_map(|block| uris(&block)).collect()
    };
    let after = named(&|change| change.new.clone());
    named(&|change| change.old.clone())
        .difference(&after)
        .cloned()
        .collect()
}

fn beside(path: &str, theirs: &Block, ours: &Block) -> Merged {
    if ours.status != Status::Published || uris(ours) == uris(theirs) {
        return Merged::Nothing;
    }
    Merged::Conflict(format!(
        "{path} names {} on the remote, and {} went out from here; delete the one that is too many on Bluesky",
        url(theirs),
        url(ours)
    ))
}

fn url(block: &Block) -> &str {
    block.url.as_deref().unwrap_or("a post without URL")
}
