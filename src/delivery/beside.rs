//! `--push-to`: where the branch that publishes takes no push, results go to a branch beside it, from
//! which a pull request brings them back.
//!
//! That branch is only ever pushed forward. Where the one that publishes has moved on, or took the
//! results in as a commit of its own (a squash), a merge of both has the files of that one with the
//! blocks that it lacks. A run works on such a merge; it reaches the remote with the next result.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Delivered, Delivery, DeliveryError, TRIES, block_of, reviewed::brings_block, rewritten,
};
use crate::{
    git::{Change, Oid, PushOutcome, Relation, Target},
    post::Document,
    receipt::Receipt,
};

/// How the clone stands to both branches, once it has what they have.
struct Joined {
    /// The tip of the branch with the results, if there is one.
    results: Option<Oid>,
    /// Whether the clone has results that no branch of the remote has.
    is_ahead: bool,
    said: Delivered,
}

impl Delivery<'_> {
    pub(super) fn begin_beside(
        &self,
        main: &Target,
        beside: &Target,
    ) -> Result<Delivered, DeliveryError> {
        let joined = self.join(main, beside)?;
        let mut said = joined.said;
        if joined.is_ahead {
            let pushed = self.push_beside(main, beside)?;
            said.notes.extend(pushed.notes);
            said.conflicts.extend(pushed.conflicts);
        }
        Ok(said)
    }

    pub(super) fn push_beside(
        &self,
        main: &Target,
        beside: &Target,
    ) -> Result<Delivered, DeliveryError> {
        let mut known = None;
        let mut said = Delivered::default();
        for attempt in 0..TRIES {
            let Some(head) = self.head()? else {
                return Ok(said);
            };
            let outcome = self.repository.push(beside, head, known)?;
            if let Some(failure) = outcome.failure(beside) {
                return self.landed_after_all(beside, head, failure).map(|()| said);
            }
            if outcome == PushOutcome::Pushed {
                return Ok(said);
            }
            self.repository.pause(Duration::from_millis(50 << attempt));
            let joined = self.join(main, beside)?;
            said = joined.said;
            if !joined.is_ahead {
                return Ok(said);
            }
            known = joined.results;
        }
        let Target { remote, branch } = beside.clone();
        Err(DeliveryError::Restless { remote, branch })
    }

    /// Whether the clone has results that the branch which publishes lacks: they wait to be merged.
    ///
    /// # Errors
    /// git.
    pub fn is_beside(&self) -> Result<bool, DeliveryError> {
        match (self.history(), self.head()?) {
            (Some(main), Some(head)) => {
                Ok(!self.repository.changes_between(main, head)?.is_empty())
            }
            _ => Ok(false),
        }
    }

    /// Whether the remote has nothing that the clone lacks, nor the clone results that it lacks.
    ///
    /// # Errors
    /// The remote can't be reached.
    pub fn is_level(&self) -> Result<bool, DeliveryError> {
        let Some(target) = &self.target else {
            return Ok(true);
        };
        let Some(beside) = &self.beside else {
            return Ok(self.repository.fetch(target)? == self.head()?);
        };
        let main = self.fetch(target)?;
        let results = self.repository.fetch(beside)?;
        Ok(match self.head()? {
            Some(head) => self
                .ahead_of(head, main, results)?
                .is_some_and(|ours| !self.has_results(&ours).unwrap_or(true)),
            None => false,
        })
    }

    /// Brings the clone to have what both branches have.
    fn join(&self, main: &Target, beside: &Target) -> Result<Joined, DeliveryError> {
        let tip = self.fetch(main)?;
        let results = self.repository.fetch(beside)?;
        let head = self.head()?;
        let mut joined = Joined {
            results,
            is_ahead: false,
            said: Delivered::default(),
        };
        if let Some(head) = head
            && let Some(ours) = self.ahead_of(head, tip, results)?
        {
            self.require_own_or_joined(main, &ours)?;
            joined.is_ahead = self.has_results(&ours)?;
            return Ok(joined);
        }
        let tip = match results {
            Some(results) => self.with_results((main, tip), (beside, results), &mut joined.said)?,
            None => tip,
        };
        let Some(head) = head else {
            self.repository.fast_forward(tip)?;
            return Ok(joined);
        };
        match self.relation(main, head, tip)? {
            Relation::Same => {}
            Relation::Behind => self.repository.fast_forward(tip)?,
            Relation::Ahead { ours } | Relation::Diverged { ours } => {
                self.require_own_or_joined(main, &ours)?;
                let (commit, said) = self.reapply(head, tip, &self.news(head, &ours)?)?;
                self.repository.follow(commit.unwrap_or(tip))?;
                joined.is_ahead = commit.is_some();
                joined.said.notes.extend(said.notes);
                joined.said.conflicts.extend(said.conflicts);
            }
            Relation::Unrelated => return Err(rewritten(main)),
        }
        Ok(joined)
    }

    /// A commit that has the files of the branch that publishes, and all results.
    fn with_results(
        &self,
        (main, tip): (&Target, Oid),
        (beside, results): (&Target, Oid),
        said: &mut Delivered,
    ) -> Result<Oid, DeliveryError> {
        if self.repository.is_shallow() && results != tip {
            // What one has more than the other is not known where their history is cut off.
            self.repository.unshallow(beside)?;
        }
        let theirs = match self.relation(beside, results, tip)? {
            Relation::Same | Relation::Behind => return Ok(tip),
            Relation::Ahead { ours } => {
                self.require_results(beside, &ours)?;
                let changes = self.repository.changes_between(tip, results)?;
                require_blocks(beside, &changes)?;
                return Ok(results);
            }
            Relation::Diverged { ours } => ours,
            Relation::Unrelated => {
                let Target { remote, branch } = beside.clone();
                return Err(DeliveryError::Apart { remote, branch });
            }
        };
        self.require_results(beside, &theirs)?;
        let onto = self.onto(results, tip, &self.news(results, &theirs)?)?;
        // Its notes were made when the results came to be, and would be made in each run.
        said.conflicts.extend(onto.delivered.conflicts);
        let message = format!("Merge {} into {}", main.branch, beside.branch);
        let parents = [tip, results];
        Ok(self.repository.commit_on(&parents, &onto.edits, &message)?)
    }

    /// The branch beside may hold nothing but results: what is published is what was reviewed on the
    /// other. Of a merge only the blocks are taken.
    fn require_results(&self, beside: &Target, commits: &[Oid]) -> Result<(), DeliveryError> {
        for commit in commits {
            if let Some(changes) = self.repository.changed_files(*commit)? {
                require_blocks(beside, &changes)?;
            }
        }
        Ok(())
    }

    /// The commits that `head` has more than both branches; `None` where it lacks one of theirs.
    fn ahead_of(
        &self,
        head: Oid,
        main: Oid,
        results: Option<Oid>,
    ) -> Result<Option<Vec<Oid>>, DeliveryError> {
        let mut ours: Option<Vec<Oid>> = None;
        for tip in [Some(main), results].into_iter().flatten() {
            let more = match self.repository.relation(head, tip)? {
                Relation::Same => Vec::new(),
                Relation::Ahead { ours } => ours,
                _ => return Ok(None),
            };
            ours = Some(match ours {
                None => more,
                Some(ours) => ours.into_iter().filter(|one| more.contains(one)).collect(),
            });
        }
        Ok(ours)
    }

    fn has_results(&self, commits: &[Oid]) -> Result<bool, DeliveryError> {
        for commit in commits {
            // A merge has nothing of its own.
            if self.repository.changed_files(*commit)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a commit of ours changed: a merge, against the branch that publishes.
    fn ours_changed(&self, commit: Oid) -> Result<Option<Vec<Change>>, DeliveryError> {
        if let Some(changes) = self.repository.changed_files(commit)? {
            return Ok(Some(changes));
        }
        Ok(match self.repository.parents(commit)?.first() {
            Some(first) => Some(self.repository.changes_between(*first, commit)?),
            None => None,
        })
    }

    fn require_own_or_joined(&self, main: &Target, commits: &[Oid]) -> Result<(), DeliveryError> {
        let mut foreign = Vec::new();
        for commit in commits {
            let changes = self.ours_changed(*commit)?;
            if !changes.is_some_and(|changes| changes.iter().all(brings_block)) {
                foreign.push(*commit);
            }
        }
        // Those that are their author's, by the usual words.
        self.require_own(main, &foreign)
    }

    /// The results that `commits` brought, as they stand at `tip`, which builds on them. What a merge
    /// brings from elsewhere is no news of theirs; but in it a file may have got another name.
    fn news(&self, tip: Oid, commits: &[Oid]) -> Result<Vec<Receipt>, DeliveryError> {
        let (mut paths, mut blocks) = (BTreeSet::new(), Vec::new());
        for commit in commits {
            let changes = self.ours_changed(*commit)?.unwrap_or_default();
            paths.extend(changes.into_iter().map(|change| change.path));
            blocks.extend(
                self.receipts_of(&[*commit])?
                    .into_iter()
                    .map(|one| one.block),
            );
        }
        let mut receipts = self.blocks_at(tip, paths.into_iter())?;
        receipts.retain(|receipt| blocks.contains(&receipt.block));
        Ok(receipts)
    }

    /// The blocks that files have at a commit.
    fn blocks_at(
        &self,
        commit: Oid,
        paths: impl Iterator<Item = String>,
    ) -> Result<Vec<Receipt>, DeliveryError> {
        let mut receipts = Vec::new();
        for path in paths {
            let bytes = self.repository.file_at(commit, &path)?;
            let document = bytes.and_then(|bytes| Document::parse(&path, bytes).ok());
            if let Some(block) = document.as_ref().and_then(block_of) {
                receipts.push(Receipt { path, block });
            }
        }
        Ok(receipts)
    }
}

fn require_blocks(beside: &Target, changes: &[Change]) -> Result<(), DeliveryError> {
    let foreign: Vec<&str> = changes
        .iter()
        .filter(|change| !brings_block(change))
        .map(|change| change.path.as_str())
        .collect();
    if foreign.is_empty() {
        return Ok(());
    }
    let Target { remote, branch } = beside.clone();
    Err(DeliveryError::MoreThanResults {
        remote,
        branch,
        paths: few(&foreign),
    })
}

/// Some of many names.
fn few(paths: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = paths[..paths.len().min(SHOWN)].join(", ");
    match paths.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
