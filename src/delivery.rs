//! Receipts on their way into git: one commit a run, and the push, whatever happened on the
//! remote meanwhile.

use std::{fs, thread, time::Duration};

use git2::Oid;

use crate::{
    git::{Comparison, FileEdit, GitError, Head, PushOutcome, Relation, Repository, Target},
    post::{Document, Post, Thread, front_matter},
    receipt::{Block, Receipt, Status},
};

/// How often a push is tried against a remote that keeps moving.
const TRIES: u32 = 6;

/// Why results did not reach the remote. They are safe in the files and commits of this clone,
/// and on Bluesky itself, where the next run finds them.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// git, or the remote.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Someone's own commits are not on the remote.
    #[error(
        "this clone has commits that {remote}/{branch} lacks ({commits}); push them first, or run updraft in a clean clone"
    )]
    Foreign {
        /// The remote's name.
        remote: String,
        /// The branch's name.
        branch: String,
        /// Their short ids.
        commits: String,
    },
    /// The branch is not there.
    #[error(
        "{remote} has no branch `{branch}`; push it first (`git push -u {remote} HEAD:{branch}`), or name another with --branch"
    )]
    BranchGone {
        /// The remote's name.
        remote: String,
        /// The branch's name.
        branch: String,
    },
    /// The branch has another history now.
    #[error(
        "{remote}/{branch} was rewritten: it no longer goes back to what is checked out here; clone anew, then run again (nothing goes out twice: what is on Bluesky is recognised)"
    )]
    Rewritten {
        /// The remote's name.
        remote: String,
        /// The branch's name.
        branch: String,
    },
    /// The remote kept moving.
    #[error("{remote}/{branch} moved {TRIES} times while the result was being pushed; run again")]
    Restless {
        /// The remote's name.
        remote: String,
        /// The branch's name.
        branch: String,
    },
    /// Two records claim one file.
    #[error("{}", conflicts.join("\n"))]
    Conflict {
        /// One line a file.
        conflicts: Vec<String>,
    },
}

/// A repository and the branch that results are pushed to.
pub struct Delivery<'a> {
    /// The clone.
    pub repository: &'a Repository,
    /// The branch of the remote; `None` without `--push`.
    pub target: Option<Target>,
}

impl Delivery<'_> {
    /// Brings the clone to the remote's tip, and the remote to have all of updraft's own commits.
    /// Gives what a person should know.
    ///
    /// # Errors
    /// Foreign commits, local changes in the way, a branch that is gone or rewritten.
    pub fn begin(&self) -> Result<Vec<String>, DeliveryError> {
        let Some(target) = &self.target else {
            return Ok(Vec::new());
        };
        let tip = self.fetch(target)?;
        let Some(head) = self.head()? else {
            self.repository.fast_forward(tip)?;
            return Ok(Vec::new());
        };
        match self.relation(target, head, tip)? {
            Relation::Same => Ok(Vec::new()),
            Relation::Behind => {
                self.repository.fast_forward(tip)?;
                Ok(Vec::new())
            }
            Relation::Ahead { ours } | Relation::Diverged { ours } => {
                self.require_own(target, &ours)?;
                self.push()
            }
            Relation::Unrelated => Err(rewritten(target)),
        }
    }

    /// Asks whether a push would be taken, before anything is published.
    ///
    /// # Errors
    /// The remote would not take it.
    pub fn rehearse_push(&self) -> Result<(), DeliveryError> {
        match (&self.target, self.head()?) {
            (Some(target), Some(head)) => Ok(self.repository.push_check(target, head)?),
            _ => Ok(()),
        }
    }

    /// Commits the blocks that are on disk and not in HEAD: those of `receipts`, whose paths
    /// HEAD has. The author's other changes to a file stay uncommitted.
    ///
    /// # Errors
    /// git.
    pub fn commit(&self, receipts: &[Receipt]) -> Result<Option<Oid>, DeliveryError> {
        let mut edits = Vec::new();
        let mut committed = Vec::new();
        for receipt in receipts {
            if let Some(edit) = self.edit_of_head(receipt)? {
                edits.push(edit);
                committed.push(receipt.clone());
            }
        }
        if edits.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.repository.commit(&edits, &message(&committed))?))
    }

    fn edit_of_head(&self, receipt: &Receipt) -> Result<Option<FileEdit>, DeliveryError> {
        let path = &receipt.path;
        let Some(bytes) = self.repository.file_at_head(path)? else {
            return Ok(None);
        };
        let Ok(document) = Document::parse(path, bytes) else {
            return Ok(None);
        };
        let theirs = block_of(&document);
        let is_published = |block: &Block| block.status == Status::Published;
        let known = theirs.as_ref() == Some(&receipt.block)
            || theirs.is_some_and(|theirs| is_published(&theirs) && !is_published(&receipt.block));
        if known {
            return Ok(None);
        }
        let edited = document.with_block(&receipt.block);
        Ok(edited.ok().map(|bytes| FileEdit {
            path: path.clone(),
            bytes,
        }))
    }

    /// Pushes HEAD; where the remote moved, puts the blocks of our commits onto its tip instead.
    /// Gives what a person should know.
    ///
    /// # Errors
    /// The remote refuses, can't be reached, or moves without end.
    pub fn push(&self) -> Result<Vec<String>, DeliveryError> {
        let (Some(target), Some(mut head)) = (&self.target, self.head()?) else {
            return Ok(Vec::new());
        };
        let mut known = None;
        let mut warnings = Vec::new();
        for attempt in 0..TRIES {
            let outcome = self.repository.push(target, head, known)?;
            if let Some(failure) = outcome.failure(target) {
                return self
                    .landed_after_all(target, head, failure)
                    .map(|()| warnings);
            }
            if outcome == PushOutcome::Pushed {
                if self.head()? != Some(head) {
                    self.repository.follow(head)?;
                }
                return Ok(warnings);
            }
            thread::sleep(Duration::from_millis(50 << attempt));
            let tip = self.fetch(target)?;
            let local = self.head()?.unwrap_or(head);
            match self.relation(target, local, tip)? {
                Relation::Same | Relation::Behind => {
                    self.repository.fast_forward(tip)?;
                    return Ok(warnings);
                }
                Relation::Ahead { .. } => head = local,
                Relation::Diverged { ours } => {
                    self.require_own(target, &ours)?;
                    let applied = self.reapply(local, tip, &self.receipts_of(&ours)?)?;
                    warnings = applied.warnings;
                    match applied.commit {
                        Some(commit) => head = commit,
                        None => {
                            self.repository.follow(tip)?;
                            return Ok(warnings);
                        }
                    }
                }
                Relation::Unrelated => return Err(rewritten(target)),
            }
            known = Some(tip);
        }
        let Target { remote, branch } = target.clone();
        Err(DeliveryError::Restless { remote, branch })
    }

    /// An answer that got lost may have been a yes: the remote itself knows.
    fn landed_after_all(
        &self,
        target: &Target,
        head: Oid,
        failure: GitError,
    ) -> Result<(), DeliveryError> {
        match self.fetch(target) {
            Ok(tip) if tip == head => Ok(self.repository.follow(head)?),
            _ => Err(failure.into()),
        }
    }

    fn reapply(
        &self,
        local: Oid,
        tip: Oid,
        receipts: &[Receipt],
    ) -> Result<Applied, DeliveryError> {
        let mut edits = Vec::new();
        let mut warnings = Vec::new();
        let mut conflicts = Vec::new();
        let mut deleted = false;
        for receipt in receipts {
            let Some((path, bytes)) = self.at_tip(local, tip, &receipt.path)? else {
                deleted = true;
                let note =
                    "was deleted on the remote meanwhile; only the commit message keeps its URL";
                warnings.push(format!("{} {note}", receipt.path));
                continue;
            };
            match merge(&path, bytes, receipt) {
                Merged::Nothing => {}
                Merged::Edit(bytes, note) => {
                    warnings.extend(note);
                    edits.push(FileEdit { path, bytes });
                }
                Merged::Conflict(conflict) => conflicts.push(conflict),
            }
        }
        if !conflicts.is_empty() {
            return Err(DeliveryError::Conflict { conflicts });
        }
        if edits.is_empty() && !deleted {
            return Ok(Applied {
                commit: None,
                warnings,
            });
        }
        let commit = self.repository.commit_on(tip, &edits, &message(receipts))?;
        Ok(Applied {
            commit: Some(commit),
            warnings,
        })
    }

    /// The file at the tip, under its new name if it was renamed there.
    fn at_tip(
        &self,
        local: Oid,
        tip: Oid,
        path: &str,
    ) -> Result<Option<(String, Vec<u8>)>, DeliveryError> {
        if let Some(bytes) = self.repository.file_at(tip, path)? {
            return Ok(Some((path.to_owned(), bytes)));
        }
        let Some(renamed) = self.repository.renamed_to(local, tip, path)? else {
            return Ok(None);
        };
        let bytes = self.repository.file_at(tip, &renamed)?;
        Ok(bytes.map(|bytes| (renamed, bytes)))
    }

    fn fetch(&self, target: &Target) -> Result<Oid, DeliveryError> {
        self.repository.fetch(target)?.ok_or_else(|| {
            let Target { remote, branch } = target.clone();
            DeliveryError::BranchGone { remote, branch }
        })
    }

    /// The commit that is checked out.
    ///
    /// # Errors
    /// git.
    pub fn head(&self) -> Result<Option<Oid>, DeliveryError> {
        Ok(match self.repository.head()? {
            Head::Unborn { .. } => None,
            Head::Detached { oid } | Head::Branch { oid, .. } => Some(oid),
        })
    }

    /// A shallow clone that can't tell is deepened, once.
    fn relation(&self, target: &Target, local: Oid, tip: Oid) -> Result<Relation, DeliveryError> {
        let relation = self.repository.relation(local, tip)?;
        if relation == Relation::Unrelated && self.repository.is_shallow() {
            self.repository.unshallow(target)?;
            return Ok(self.repository.relation(local, tip)?);
        }
        Ok(relation)
    }

    fn require_own(&self, target: &Target, commits: &[Oid]) -> Result<(), DeliveryError> {
        let mut foreign = Vec::new();
        for commit in commits {
            if !self.is_own(*commit)? {
                foreign.push(commit.to_string()[..8].to_owned());
            }
        }
        if foreign.is_empty() {
            return Ok(());
        }
        let Target { remote, branch } = target.clone();
        Err(DeliveryError::Foreign {
            remote,
            branch,
            commits: foreign.join(", "),
        })
    }

    /// Whether a commit changes blocks and nothing else.
    fn is_own(&self, commit: Oid) -> Result<bool, DeliveryError> {
        let Some(changes) = self.repository.changed_files(commit)? else {
            return Ok(false);
        };
        let own = !changes.is_empty()
            && changes
                .into_iter()
                .all(|change| match (change.old, change.new) {
                    (Some(old), Some(new)) => Document::parse(&change.path, new)
                        .is_ok_and(|document| same_but_for_block(&document, old)),
                    _ => false,
                });
        Ok(own)
    }

    /// The blocks that our commits brought, the last of each file.
    fn receipts_of(&self, commits: &[Oid]) -> Result<Vec<Receipt>, DeliveryError> {
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

struct Applied {
    commit: Option<Oid>,
    warnings: Vec<String>,
}

enum Merged {
    Nothing,
    Edit(Vec<u8>, Option<String>),
    Conflict(String),
}

/// A receipt put into the remote's version of its file.
fn merge(path: &str, bytes: Vec<u8>, receipt: &Receipt) -> Merged {
    let unfit = |reason: &str| {
        let url = receipt.block.url.as_deref().unwrap_or("no URL");
        Merged::Conflict(format!(
            "{path}: the remote's version {reason}, so its result ({url}) could not be written; mend the file, then run again"
        ))
    };
    let Ok(document) = Document::parse(path, bytes) else {
        return unfit("has no readable front matter");
    };
    if let Some(theirs) = block_of(&document) {
        if theirs.posts == receipt.block.posts && theirs.status == receipt.block.status {
            return Merged::Nothing;
        }
        if theirs.status == Status::Published {
            return conflict(path, &theirs, &receipt.block);
        }
    }
    let note = (path != receipt.path).then(|| {
        format!(
            "{} is now {path} on the remote; the result was written there",
            receipt.path
        )
    });
    match document.with_block(&receipt.block) {
        Ok(bytes) => Merged::Edit(bytes, note),
        Err(_) => unfit("can't take the block"),
    }
}

/// Another run wrote another result: a published one is never overwritten.
fn conflict(path: &str, theirs: &Block, ours: &Block) -> Merged {
    if ours.status != Status::Published || ours.posts == theirs.posts {
        return Merged::Nothing;
    }
    let url = |block: &Block| {
        block
            .url
            .clone()
            .unwrap_or_else(|| "a post without URL".into())
    };
    Merged::Conflict(format!(
        "{path} names {} on the remote, and {} went out from here; delete the one that is too many on Bluesky",
        url(theirs),
        url(ours)
    ))
}

fn rewritten(target: &Target) -> DeliveryError {
    let Target { remote, branch } = target.clone();
    DeliveryError::Rewritten { remote, branch }
}

fn block_of(document: &Document) -> Option<Block> {
    front_matter::read(document).0.block.map(|(block, _)| block)
}

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

/// Whether a thread is what was reviewed: its file and its pictures.
///
/// # Errors
/// git can't say, or a picture can't be read.
pub fn is_committed(repository: &Repository, thread: &Thread) -> Result<Committed, GitError> {
    let document = thread.document();
    let text = repository.compare_with_head(document.path(), document.source().as_bytes())?;
    let text = match text {
        Comparison::Untracked => Committed::Not,
        Comparison::Same => Committed::Whole,
        Comparison::Changed { head } => match same_but_for_block(document, head) {
            true => Committed::Whole,
            false => Committed::Otherwise,
        },
    };
    if text != Committed::Whole {
        return Ok(text);
    }
    for image in thread.posts().iter().flat_map(Post::images) {
        // A picture that is gone since the check is found by the upload.
        let bytes = fs::read(repository.root().join(&image.path)).unwrap_or_default();
        match repository.compare_with_head(&image.path, &bytes)? {
            Comparison::Same => {}
            Comparison::Untracked => return Ok(Committed::Not),
            Comparison::Changed { .. } => return Ok(Committed::Otherwise),
        }
    }
    Ok(Committed::Whole)
}

/// One line that a person would write, then `path → url` for each.
pub fn message(receipts: &[Receipt]) -> String {
    let published = receipts
        .iter()
        .filter(|r| r.block.status == Status::Published)
        .count();
    let head = match (published, receipts) {
        (1, [only]) => format!("Publish {}", plain(&only.path)),
        (0, [only]) => format!("Record that {} was not published", plain(&only.path)),
        (0, several) => format!("Record that {} posts were not published", several.len()),
        (1, _) => "Publish a post to Bluesky".to_owned(),
        (number, _) => format!("Publish {number} posts to Bluesky"),
    };
    let lines = receipts.iter().map(|receipt| {
        let result = receipt
            .block
            .url
            .clone()
            .unwrap_or_else(|| match receipt.block.status {
                Status::Failed => "failed".into(),
                Status::Missed => "missed".into(),
                _ => "published".into(),
            });
        format!("\n{} → {result}", plain(&receipt.path))
    });
    format!("{head}\n{}\n", lines.collect::<String>())
}

/// A path in one line, whatever characters it holds.
fn plain(path: &str) -> String {
    path.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
