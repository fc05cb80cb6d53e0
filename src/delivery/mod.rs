//! Receipts on their way into git: one commit a run, and the push, whatever happened on the
//! remote meanwhile.

mod beside;
mod message;
mod onto_tip;
mod reviewed;

use std::{cell::Cell, time::Duration};

use crate::{
    git::{FileEdit, Git, GitError, Head, Oid, PushOutcome, Relation, Target},
    post::{Document, front_matter},
    receipt::{Block, Receipt, Status},
};
use message::message;
pub use reviewed::{Committed, is_committed, same_but_for_block};

/// What a delivery leaves to be said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// What a person should know.
    pub notes: Vec<String>,
    /// What a person must mend: results that no file could take. The commit's message has them.
    pub conflicts: Vec<String>,
}

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
    /// The branch with the results has more than results.
    #[error(
        "{remote}/{branch} changes more than results ({paths}), which nobody has reviewed: merge it into the branch that publishes by a pull request, or revert it on `{branch}`, then run again"
    )]
    MoreThanResults {
        /// The remote's name.
        remote: String,
        /// The branch's name.
        branch: String,
        /// The files.
        paths: String,
    },
    /// The branch with the results can't be, beside one whose name is the beginning of its own.
    #[error(
        "{remote} has a branch `{taken}`, beside which git can have none called `{branch}`; name another with --push-to, or rename that one"
    )]
    NameTaken {
        /// The remote's name.
        remote: String,
        /// The branch's name.
        branch: String,
        /// The branch that is there.
        taken: String,
    },
    /// The branch with the results has nothing in common with the one that publishes.
    #[error(
        "{remote}/{branch} has nothing in common with the branch that publishes, which was rewritten: bring the `bluesky:` blocks that only `{branch}` has into that one, delete `{branch}`, and run again (what is out is recognised without them; what was taken back, missed or refused is not)"
    )]
    Apart {
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
}

/// A repository and the branch that results are pushed to.
pub struct Delivery<'a> {
    /// The clone.
    pub repository: &'a dyn Git,
    /// The branch of the remote; `None` without `--push`.
    pub target: Option<Target>,
    /// Another branch of the remote, to which results are pushed instead (`--push-to`).
    pub beside: Option<Target>,
    /// The tip of the branch that publishes, as it was last fetched.
    tip: Cell<Option<Oid>>,
}

impl<'a> Delivery<'a> {
    /// With `target` and `beside` as the fields of these names.
    pub fn new(
        repository: &'a dyn Git,
        (target, beside): (Option<Target>, Option<Target>),
    ) -> Self {
        Self {
            repository,
            target,
            beside,
            tip: Cell::new(None),
        }
    }
}

impl Delivery<'_> {
    /// Where the history ends that accounts for records: at HEAD (`None`), but for results that lie
    /// beside the branch that publishes. Of those, only what that branch's files take is accounted
    /// for; a file that it deleted meanwhile may be another one now.
    pub fn history(&self) -> Option<Oid> {
        self.beside.as_ref().and_then(|_| self.tip.get())
    }

    /// Brings the clone to the remote's tip, and the remote to have all of updraft's own commits.
    /// Gives what a person should know.
    ///
    /// # Errors
    /// Foreign commits, local changes in the way, a branch that is gone or rewritten.
    pub fn begin(&self) -> Result<Delivered, DeliveryError> {
        let Some(target) = &self.target else {
            return Ok(Delivered::default());
        };
        if let Some(beside) = &self.beside {
            return self.begin_beside(target, beside);
        }
        let tip = self.fetch(target)?;
        let Some(head) = self.head()? else {
            self.repository.fast_forward(tip)?;
            return Ok(Delivered::default());
        };
        match self.relation(target, head, tip)? {
            Relation::Same => Ok(Delivered::default()),
            Relation::Behind => {
                self.repository.fast_forward(tip)?;
                Ok(Delivered::default())
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
        let (Some(target), Some(head)) = (&self.target, self.head()?) else {
            return Ok(());
        };
        let Some(beside) = &self.beside else {
            return Ok(self.repository.push_check(target, head)?);
        };
        // No push tells whether the branch that publishes has moved.
        let known = self.tip.get();
        if known != Some(self.fetch(target)?) {
            let branch = target.branch.clone();
            return Err(GitError::RemoteMoved { branch }.into());
        }
        Ok(self.repository.push_check(beside, head)?)
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
            || theirs.is_some_and(|theirs| {
                is_published(&theirs)
                    && !is_published(&receipt.block)
                    && !takes_back(&receipt.block, &theirs)
            });
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
    pub fn push(&self) -> Result<Delivered, DeliveryError> {
        let (Some(target), Some(mut head)) = (&self.target, self.head()?) else {
            return Ok(Delivered::default());
        };
        if let Some(beside) = &self.beside {
            return self.push_beside(target, beside);
        }
        let mut known = None;
        let mut delivered = Delivered::default();
        for attempt in 0..TRIES {
            let outcome = self.repository.push(target, head, known)?;
            if let Some(failure) = outcome.failure(target) {
                return self
                    .landed_after_all(target, head, failure)
                    .map(|()| delivered);
            }
            if outcome == PushOutcome::Pushed {
                if self.head()? != Some(head) {
                    self.repository.follow(head)?;
                }
                return Ok(delivered);
            }
            self.repository.pause(Duration::from_millis(50 << attempt));
            let tip = self.fetch(target)?;
            let local = self.head()?.unwrap_or(head);
            match self.relation(target, local, tip)? {
                Relation::Same | Relation::Behind => {
                    self.repository.fast_forward(tip)?;
                    return Ok(delivered);
                }
                Relation::Ahead { .. } => head = local,
                Relation::Diverged { ours } => {
                    self.require_own(target, &ours)?;
                    let (commit, said) = self.reapply(local, tip, &self.receipts_of(&ours)?)?;
                    delivered = said;
                    match commit {
                        Some(commit) => head = commit,
                        None => {
                            self.repository.follow(tip)?;
                            return Ok(delivered);
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

    fn fetch(&self, target: &Target) -> Result<Oid, DeliveryError> {
        let tip = self.repository.fetch(target)?.ok_or_else(|| {
            let Target { remote, branch } = target.clone();
            DeliveryError::BranchGone { remote, branch }
        })?;
        if self.target.as_ref() == Some(target) {
            self.tip.set(Some(tip));
        }
        Ok(tip)
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
}

/// The URIs that a block names, in the thread's order.
fn uris(block: &Block) -> Vec<String> {
    let parts = block.posts.iter();
    parts.map(|part| part.uri.clone()).collect()
}

/// Whether one block says that just what the other names was taken back.
fn takes_back(retracted: &Block, published: &Block) -> bool {
    retracted.status == Status::Retracted && uris(retracted) == uris(published)
}

fn rewritten(target: &Target) -> DeliveryError {
    let Target { remote, branch } = target.clone();
    DeliveryError::Rewritten { remote, branch }
}

/// The block of a file, whatever it says.
pub fn block_of(document: &Document) -> Option<Block> {
    front_matter::read(document).0.block.map(|(block, _)| block)
}
