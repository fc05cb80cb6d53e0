//! What the rest of updraft asks of a clone: done by [`Repository`], and by models of one in which
//! every step can fail.

use std::{
    fmt,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{
    Arrival, Change, Comparison, FileEdit, GitError, Head, History, Oid, PushOutcome, Relation,
    Repository, Target, TreeFile,
};

/// What lets go of a clone when it is dropped.
pub type Held = Box<dyn fmt::Debug>;

/// A clone with a work tree. Each method is that of [`Repository`], with its errors.
pub trait Git {
    /// Waits before the remote is asked again.
    fn pause(&self, time: Duration) {
        thread::sleep(time);
    }

    /// Where notes for the next run of this clone may be kept; models of a clone have none.
    fn notes(&self) -> Option<PathBuf> {
        None
    }
    /// [`Repository::remote_address`]; models of a clone have none.
    fn remote_address(&self, _remote: &str) -> Option<String> {
        None
    }
    /// [`Repository::default_branch`]; models of a clone don't say.
    fn default_branch(&self) -> Option<String> {
        None
    }
    /// [`Repository::head_time`]; models of a clone don't say.
    fn head_time(&self) -> Option<DateTime<Utc>> {
        None
    }
    /// [`Repository::is_signing`]; models of a clone sign nothing.
    fn is_signing(&self) -> bool {
        false
    }
    /// [`Repository::revision`]; models of a clone have no revision but their own.
    fn revision(&self, name: &str) -> Result<Oid, GitError> {
        Err(GitError::NoRevision {
            name: name.to_owned(),
            fetch: "git fetch origin".to_owned(),
        })
    }
    /// [`Repository::merge_base`].
    fn merge_base(&self, _one: Oid, _other: Oid) -> Result<Oid, GitError> {
        Err(GitError::NothingInCommon { shallow: false })
    }
    /// [`Repository::files_of`].
    fn files_of(&self, _commit: Oid) -> Result<Vec<TreeFile>, GitError> {
        Ok(Vec::new())
    }
    /// [`Repository::lay_out`].
    fn lay_out(&self, _files: &[&TreeFile], _folder: &Path) -> Result<(), GitError> {
        Ok(())
    }
    /// [`Repository::root`].
    fn root(&self) -> &Path;
    /// [`Repository::is_shallow`].
    fn is_shallow(&self) -> bool;
    /// [`Repository::lock`].
    fn lock(&self) -> Result<Held, GitError>;
    /// [`Repository::push_target`].
    fn push_target(
        &self,
        branch: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Target, GitError>;
    /// [`Repository::head`].
    fn head(&self) -> Result<Head, GitError>;
    /// [`Repository::relation`].
    fn relation(&self, local: Oid, remote: Oid) -> Result<Relation, GitError>;
    /// [`Repository::commit`].
    fn commit(&self, files: &[FileEdit], message: &str) -> Result<Oid, GitError>;
    /// [`Repository::commit_on`].
    fn commit_on(
        &self,
        parents: &[Oid],
        files: &[FileEdit],
        message: &str,
    ) -> Result<Oid, GitError>;
    /// [`Repository::file_at_head`].
    fn file_at_head(&self, path: &str) -> Result<Option<Vec<u8>>, GitError>;
    /// [`Repository::file_at`].
    fn file_at(&self, commit: Oid, path: &str) -> Result<Option<Vec<u8>>, GitError>;
    /// [`Repository::compare_with_head`].
    fn compare_with_head(&self, path: &str, bytes: &[u8]) -> Result<Comparison, GitError>;
    /// [`Repository::compare_file_with_head`].
    fn compare_file_with_head(&self, path: &str) -> Result<Comparison, GitError>;
    /// [`Repository::changed_files`].
    fn changed_files(&self, commit: Oid) -> Result<Option<Vec<Change>>, GitError>;
    /// [`Repository::changes_between`].
    fn changes_between(&self, old: Oid, new: Oid) -> Result<Vec<Change>, GitError>;
    /// [`Repository::parents`].
    fn parents(&self, commit: Oid) -> Result<Vec<Oid>, GitError>;
    /// [`Repository::renamed_to`].
    fn renamed_to(&self, from: Oid, to: Oid, path: &str) -> Result<Option<String>, GitError>;
    /// [`Repository::publishing_tip`].
    fn publishing_tip(
        &self,
        branch: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Oid>, GitError>;
    /// [`Repository::arrivals`].
    fn arrivals(
        &self,
        tip: Oid,
        paths: &[&str],
        is_so: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Vec<Arrival>, GitError>;
    /// [`Repository::uris_in_history`].
    fn uris_in_history(
        &self,
        tip: Option<Oid>,
        folder: &str,
        uris: &[String],
    ) -> Result<History, GitError>;
    /// [`Repository::remote_head_branch`].
    fn remote_head_branch(&self, remote: &str) -> Result<Option<String>, GitError>;
    /// [`Repository::fetch`].
    fn fetch(&self, target: &Target) -> Result<Option<Oid>, GitError>;
    /// [`Repository::unshallow`].
    fn unshallow(&self, target: &Target) -> Result<(), GitError>;
    /// [`Repository::push_check`].
    fn push_check(&self, target: &Target, what: Oid) -> Result<(), GitError>;
    /// [`Repository::push`].
    fn push(
        &self,
        target: &Target,
        what: Oid,
        expected: Option<Oid>,
    ) -> Result<PushOutcome, GitError>;
    /// [`Repository::fast_forward`].
    fn fast_forward(&self, to: Oid) -> Result<(), GitError>;
    /// [`Repository::follow`].
    fn follow(&self, to: Oid) -> Result<(), GitError>;
}

impl Git for Repository {
    fn notes(&self) -> Option<PathBuf> {
        Some(Repository::notes(self))
    }

    fn remote_address(&self, remote: &str) -> Option<String> {
        Repository::remote_address(self, remote)
    }

    fn default_branch(&self) -> Option<String> {
        Repository::default_branch(self)
    }

    fn head_time(&self) -> Option<DateTime<Utc>> {
        Repository::head_time(self)
    }

    fn is_signing(&self) -> bool {
        Repository::is_signing(self).unwrap_or(false)
    }

    fn revision(&self, name: &str) -> Result<Oid, GitError> {
        Repository::revision(self, name)
    }

    fn merge_base(&self, one: Oid, other: Oid) -> Result<Oid, GitError> {
        Repository::merge_base(self, one, other)
    }

    fn files_of(&self, commit: Oid) -> Result<Vec<TreeFile>, GitError> {
        Repository::files_of(self, commit)
    }

    fn lay_out(&self, files: &[&TreeFile], folder: &Path) -> Result<(), GitError> {
        Repository::lay_out(self, files, folder)
    }

    fn root(&self) -> &Path {
        Repository::root(self)
    }

    fn is_shallow(&self) -> bool {
        Repository::is_shallow(self)
    }

    fn lock(&self) -> Result<Held, GitError> {
        Repository::lock(self).map(|lock| Box::new(lock) as Held)
    }

    fn push_target(
        &self,
        branch: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Target, GitError> {
        Repository::push_target(self, branch, env)
    }

    fn head(&self) -> Result<Head, GitError> {
        Repository::head(self)
    }

    fn relation(&self, local: Oid, remote: Oid) -> Result<Relation, GitError> {
        Repository::relation(self, local, remote)
    }

    fn commit(&self, files: &[FileEdit], message: &str) -> Result<Oid, GitError> {
        Repository::commit(self, files, message)
    }

    fn commit_on(
        &self,
        parents: &[Oid],
        files: &[FileEdit],
        message: &str,
    ) -> Result<Oid, GitError> {
        Repository::commit_on(self, parents, files, message)
    }

    fn file_at_head(&self, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        Repository::file_at_head(self, path)
    }

    fn file_at(&self, commit: Oid, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        Repository::file_at(self, commit, path)
    }

    fn compare_with_head(&self, path: &str, bytes: &[u8]) -> Result<Comparison, GitError> {
        Repository::compare_with_head(self, path, bytes)
    }

    fn compare_file_with_head(&self, path: &str) -> Result<Comparison, GitError> {
        Repository::compare_file_with_head(self, path)
    }

    fn changed_files(&self, commit: Oid) -> Result<Option<Vec<Change>>, GitError> {
        Repository::changed_files(self, commit)
    }

    fn changes_between(&self, old: Oid, new: Oid) -> Result<Vec<Change>, GitError> {
        Repository::changes_between(self, old, new)
    }

    fn parents(&self, commit: Oid) -> Result<Vec<Oid>, GitError> {
        Repository::parents(self, commit)
    }

    fn renamed_to(&self, from: Oid, to: Oid, path: &str) -> Result<Option<String>, GitError> {
        Repository::renamed_to(self, from, to, path)
    }

    fn publishing_tip(
        &self,
        branch: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Oid>, GitError> {
        Repository::publishing_tip(self, branch, env)
    }

    fn arrivals(
        &self,
        tip: Oid,
        paths: &[&str],
        is_so: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Vec<Arrival>, GitError> {
        Repository::arrivals(self, tip, paths, is_so)
    }

    fn uris_in_history(
        &self,
        tip: Option<Oid>,
        folder: &str,
        uris: &[String],
    ) -> Result<History, GitError> {
        Repository::uris_in_history(self, tip, folder, uris)
    }

    fn remote_head_branch(&self, remote: &str) -> Result<Option<String>, GitError> {
        Repository::remote_head_branch(self, remote)
    }

    fn fetch(&self, target: &Target) -> Result<Option<Oid>, GitError> {
        Repository::fetch(self, target)
    }

    fn unshallow(&self, target: &Target) -> Result<(), GitError> {
        Repository::unshallow(self, target)
    }

    fn push_check(&self, target: &Target, what: Oid) -> Result<(), GitError> {
        Repository::push_check(self, target, what)
    }

    fn push(
        &self,
        target: &Target,
        what: Oid,
        expected: Option<Oid>,
    ) -> Result<PushOutcome, GitError> {
        Repository::push(self, target, what, expected)
    }

    fn fast_forward(&self, to: Oid) -> Result<(), GitError> {
        Repository::fast_forward(self, to)
    }

    fn follow(&self, to: Oid) -> Result<(), GitError> {
        Repository::follow(self, to)
    }
}
