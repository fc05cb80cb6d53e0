//! `--push-to`: where the branch that publishes takes no push, results go to a branch beside it, from
//! which a pull request brings them back.
//!
//! That branch is only ever pushed forward. Where the one that publishes has moved on, or took the
//! results in as a commit of its own (a squash), a merge of both has the files of that one with the
//! blocks that it lacks. A run works on such a merge; it reaches the remote with the next result.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Delivered, Delivery, DeliveryError, TRIES, block_of,
    reviewed::{brings_block, same_but_for_block},
    rewritten, uris,
};
use crate::{
    git::{Change, Oid, PushOutcome, Relation, Target},
    post::Document,
    receipt::{Block, Receipt},
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
                let changes = self.repository.changes_between(main, head)?;
                let documents = changes
                    .into_iter()
                    .filter_map(|change| Document::parse(&change.path, change.new?).ok());
                let mut blocks = documents.filter_map(|document| block_of(&document));
                Ok(blocks.any(|block| block.is_result()))
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

    /// Brings the clone to have what both branches have: the files of the one that publishes, and
    /// blocks.
    fn join(&self, main: &Target, beside: &Target) -> Result<Joined, DeliveryError> {
        let tip = self.fetch(main)?;
        let results = self.repository.fetch(beside)?;
        match results {
            Some(results) => self.require_results((main, tip), (beside, results))?,
            None => self.require_free_name(beside)?,
        }
        let joined = self.join_tips((main, tip), (beside, results))?;
        if let Some(head) = self.head()? {
            let changes = self.repository.changes_between(tip, head)?;
            require_blocks(beside, &changes)?;
        }
        Ok(joined)
    }

    fn join_tips(
        &self,
        (main, tip): (&Target, Oid),
        (beside, results): (&Target, Option<Oid>),
    ) -> Result<Joined, DeliveryError> {
        let head = self.head()?;
        let mut joined = Joined {
            results,
            is_ahead: false,
            said: Delivered::default(),
        };
        if let Some(head) = head
            && let Some(ours) = self.ahead_of(head, tip, results)?
        {
            self.require_own(main, &ours)?;
            joined.is_ahead = self.has_results(&ours)?;
            return Ok(joined);
        }
        let tip = match results {
            Some(results) => self.with_results(tip, (beside, results), &mut joined)?,
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
                self.require_own(main, &ours)?;
                let (commit, said) = self.reapply(head, tip, &self.news(head, &ours, tip)?)?;
                self.repository.follow(commit.unwrap_or(tip))?;
                joined.is_ahead |= commit.is_some();
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
        tip: Oid,
        (beside, results): (&Target, Oid),
        joined: &mut Joined,
    ) -> Result<Oid, DeliveryError> {
        let theirs = match self.relation(beside, results, tip)? {
            Relation::Same | Relation::Behind => return Ok(tip),
            Relation::Ahead { .. } => return Ok(results),
            Relation::Diverged { ours } => ours,
            Relation::Unrelated => {
                let Target { remote, branch } = beside.clone();
                return Err(DeliveryError::Apart { remote, branch });
            }
        };
        let onto = self.onto(results, tip, &self.news(results, &theirs, tip)?)?;
        let said = onto.delivered;
        // Where files with results are others by now, no plain merge knows how: a pull request needs
        // this one. Pushed, it is no news in the next run.
        joined.is_ahead |= !said.notes.is_empty() || !said.conflicts.is_empty();
        joined.said.notes.extend(said.notes);
        joined.said.conflicts.extend(said.conflicts);
        let message = format!("Bring {} up to date", beside.branch);
        let parents = [tip, results];
        Ok(self.repository.commit_on(&parents, &onto.edits, &message)?)
    }

    /// The branch beside may hold nothing but results: what is published is what was reviewed on the
    /// other. Something else that was taken back since, or reviewed, is no matter.
    fn require_results(
        &self,
        (main, tip): (&Target, Oid),
        (beside, results): (&Target, Oid),
    ) -> Result<(), DeliveryError> {
        if self.repository.is_shallow() && results != tip {
            // What one has more than the other is not known where their history is cut off.
            self.repository.unshallow(main)?;
        }
        let more = match self.relation(beside, results, tip)? {
            Relation::Ahead { ours } | Relation::Diverged { ours } => ours,
            Relation::Same | Relation::Behind | Relation::Unrelated => return Ok(()),
        };
        let mut foreign = BTreeSet::new();
        for commit in more {
            let changes = self.repository.changed_files(commit)?.unwrap_or_default();
            let changes = changes.into_iter().filter(|change| !brings_block(change));
            foreign.extend(changes.map(|change| change.path));
        }
        if foreign.is_empty() {
            return Ok(());
        }
        let base = self.repository.merge_base(tip, results)?;
        let mut left = Vec::new();
        for path in &foreign {
            let theirs = self.repository.file_at(results, path)?;
            let is_known = |bytes: Option<Vec<u8>>| match (&theirs, bytes) {
                (None, None) => true,
                (Some(theirs), Some(bytes)) => {
                    *theirs == bytes
                        || Document::parse(path, theirs.clone())
                            .is_ok_and(|theirs| same_but_for_block(&theirs, bytes))
                }
                _ => false,
            };
            let is_left = !is_known(self.repository.file_at(tip, path)?)
                && !is_known(self.repository.file_at(base, path)?);
            if is_left {
                left.push(path.as_str());
            }
        }
        match left.is_empty() {
            true => Ok(()),
            false => Err(more_than_results(beside, &left)),
        }
    }

    /// git keeps a branch where it would keep a folder: before anything goes out, it is known whether
    /// there can be one of that name.
    fn require_free_name(&self, beside: &Target) -> Result<(), DeliveryError> {
        for (at, _) in beside.branch.match_indices('/') {
            let above = Target {
                branch: beside.branch[..at].to_owned(),
                remote: beside.remote.clone(),
            };
            if self.repository.fetch(&above)?.is_some() {
                let Target { remote, branch } = beside.clone();
                let taken = above.branch;
                return Err(DeliveryError::NameTaken {
                    remote,
                    branch,
                    taken,
                });
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

    /// The results that `commits` brought, as they stand at `tip`, which builds on them. What a merge
    /// brings from elsewhere is no news of theirs, but in it a file may have got another name; and
    /// what `main` had by the time of one, squashed for example, is no news any more.
    fn news(&self, tip: Oid, commits: &[Oid], main: Oid) -> Result<Vec<Receipt>, DeliveryError> {
        let (mut paths, mut blocks, mut merged) = (BTreeSet::new(), Vec::new(), Vec::new());
        for commit in commits {
            let mut changes = self.repository.changed_files(*commit)?;
            let parents = match changes {
                Some(_) => Vec::new(),
                None => self.repository.parents(*commit)?,
            };
            if let Some(first) = parents.first() {
                changes = Some(self.repository.changes_between(*first, *commit)?);
            }
            for parent in parents {
                let relation = self.repository.relation(parent, main)?;
                if matches!(relation, Relation::Same | Relation::Behind) {
                    merged.push(parent);
                }
            }
            let changes = changes.unwrap_or_default();
            paths.extend(changes.into_iter().map(|change| change.path));
            blocks.extend(
                self.receipts_of(&[*commit])?
                    .into_iter()
                    .map(|one| one.block),
            );
        }
        let mut had = Vec::new();
        for parent in merged {
            let there = self.blocks_at(parent, paths.iter().cloned())?;
            had.extend(there.into_iter().map(|one| one.block));
        }
        let is_had = |block: &Block| {
            had.iter().any(|had| match block.posts.is_empty() {
                true => had == block,
                false => had.status == block.status && uris(had) == uris(block),
            })
        };
        let mut receipts = self.blocks_at(tip, paths.into_iter())?;
        receipts.retain(|one| blocks.contains(&one.block) && !is_had(&one.block));
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
    match foreign.is_empty() {
        true => Ok(()),
        false => Err(more_than_results(beside, &foreign)),
    }
}

fn more_than_results(beside: &Target, paths: &[&str]) -> DeliveryError {
    let Target { remote, branch } = beside.clone();
    DeliveryError::MoreThanResults {
        remote,
        branch,
        paths: few(paths),
    }
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
