//! Whether a file is what was reviewed, and whether a commit is updraft's own.

use super::{Delivery, DeliveryError, block_of};
use crate::{
    git::{Change, Comparison, Git, GitError, Oid},
    post::{Document, Thread},
    receipt::Receipt,
};

/// Whether two versions of a file differ in their blocks at most.
pub fn same_but_for_block(document: &Document, other: Vec<u8>) -> bool {
    if document.source().as_bytes() == other {
        return true;
    }
    let Ok(other) = Document::parse(document.path(), other) else {
        return false;
    };
    match (document.without_block(), other.without_block()) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        _ => false,
    }
}

/// How far git has what a thread is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The file, whatever its block says, and its pictures are as committed.
    Whole,
    /// The file, or a picture, is not in the last commit.
    Not,
    /// The file, or a picture, is another in the last commit.
    Otherwise,
}

/// Whether a thread is what was reviewed: its file, and the pictures and videos that it shows.
///
/// # Errors
/// git can't say, or a picture can't be read.
pub fn is_committed(repository: &dyn Git, thread: &Thread) -> Result<Committed, GitError> {
    let document = thread.document();
    let text = repository.compare_with_head(document.path(), document.source().as_bytes());
    let text = match of_a_file(text)? {
        None => Committed::Otherwise,
        Some(Comparison::Untracked) => Committed::Not,
        Some(Comparison::Same) => Committed::Whole,
        Some(Comparison::Changed { head }) => match same_but_for_block(document, head) {
            true => Committed::Whole,
            false => Committed::Otherwise,
        },
    };
    if text != Committed::Whole {
        return Ok(text);
    }
    for path in thread.publication().files() {
        match of_a_file(repository.compare_file_with_head(path))? {
            Some(Comparison::Same) => {}
            Some(Comparison::Untracked) => return Ok(Committed::Not),
            Some(Comparison::Changed { .. }) | None => return Ok(Committed::Otherwise),
        }
    }
    Ok(Committed::Whole)
}

/// `None` where the last commit has a link or a folder of that name: that keeps back the post which
/// names it, and no other.
fn of_a_file(compared: Result<Comparison, GitError>) -> Result<Option<Comparison>, GitError> {
    match compared {
        Err(GitError::NotAFile { .. }) => Ok(None),
        compared => compared.map(Some),
    }
}

/// Whether a file got a block, or another one, and is as it was otherwise.
pub(super) fn brings_block(change: &Change) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else {
        return false;
    };
    Document::parse(&change.path, new.clone()).is_ok_and(|document| {
        block_of(&document).is_some() && same_but_for_block(&document, old.clone())
    })
}

impl Delivery<'_> {
    /// Whether a commit brings blocks and changes nothing else, or merges and brings nothing but blocks. One that removes a block
    /// (`updraft retry`) is its author's.
    pub(super) fn is_own(&self, commit: Oid) -> Result<bool, DeliveryError> {
        if let Some(changes) = self.repository.changed_files(commit)? {
            return Ok(!changes.is_empty() && changes.iter().all(brings_block));
        }
        // A merge, as results beside a branch need: nothing but blocks is more than one of its parents.
        for parent in self.repository.parents(commit)? {
            let changes = self.repository.changes_between(parent, commit)?;
            if changes.iter().all(brings_block) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The blocks that our commits brought, the last of each file.
    pub(super) fn receipts_of(&self, commits: &[Oid]) -> Result<Vec<Receipt>, DeliveryError> {
        let mut receipts: Vec<Receipt> = Vec::new();
        for commit in commits {
            for change in self.repository.changed_files(*commit)?.unwrap_or_default() {
                let document = change
                    .new
                    .and_then(|new| Document::parse(&change.path, new).ok());
                let Some(block) = document.as_ref().and_then(block_of) else {
                    continue;
                };
                receipts.retain(|receipt| receipt.path != change.path);
                receipts.push(Receipt {
                    path: change.path,
                    block,
                });
            }
        }
        Ok(receipts)
    }
}
