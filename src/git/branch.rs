//! Where HEAD is, how it moves, and how two commits stand to each other.

use std::path::PathBuf;

use git2::{ErrorCode, Oid, Sort};

use super::{
    Repository,
    error::{GitError, while_doing},
};

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch without a commit.
    Unborn {
        /// Its name, without `refs/heads/`.
        branch: String,
    },
    /// A commit, as actions/checkout leaves it for tags and pull requests.
    Detached {
        /// The commit.
        oid: Oid,
    },
    /// A branch.
    Branch {
        /// Its name, without `refs/heads/`.
        name: String,
        /// Its tip.
        oid: Oid,
    },
}

/// How a local commit stands to a remote one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are the same.
    Same,
    /// The local one has commits that the remote lacks.
    Ahead {
        /// Those, oldest first.
        ours: Vec<Oid>,
    },
    /// The remote one has commits that we lack.
    Behind,
    /// Each has commits that the other lacks.
    Diverged {
        /// Ours, oldest first.
        ours: Vec<Oid>,
    },
    /// They share no commit among those at hand: one was rewritten, or, in a shallow clone, what
    /// they share may not have been fetched ([`Repository::unshallow`], then ask again).
    Unrelated,
}

impl Repository {
    /// What is checked out.
    ///
    /// # Errors
    /// [`GitError::Library`] for a damaged repository.
    pub fn head(&self) -> Result<Head, GitError> {
        let oid = self.head_oid()?;
        Ok(match (self.head_ref()?, oid) {
            (None, Some(oid)) => Head::Detached { oid },
            (Some(name), Some(oid)) => Head::Branch {
                name: short(&name),
                oid,
            },
            (name, None) => Head::Unborn {
                branch: name.as_deref().map(short).unwrap_or_default(),
            },
        })
    }

    /// How `local` stands to `remote`; both must be here (see [`Repository::fetch`]).
    ///
    /// # Errors
    /// [`GitError::Library`] if one is missing.
    pub fn relation(&self, local: Oid, remote: Oid) -> Result<Relation, GitError> {
        if local == remote {
            return Ok(Relation::Same);
        }
        let base = match self.git().merge_base(local, remote) {
            Ok(base) => base,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(Relation::Unrelated),
            Err(error) => return Err(while_doing("compare the branch with the remote's")(error)),
        };
        if base == local {
            return Ok(Relation::Behind);
        }
        let ours = self
            .commits_between(remote, local)
            .map_err(while_doing("compare the branch with the remote's"))?;
        Ok(match base == remote {
            true => Relation::Ahead { ours },
            false => Relation::Diverged { ours },
        })
    }

    pub(super) fn head_oid(&self) -> Result<Option<Oid>, GitError> {
        match self.git().refname_to_id("HEAD") {
            Ok(oid) => Ok(Some(oid)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(while_doing("read HEAD")(error)),
        }
    }

    /// The full name of the branch that HEAD names; `None` while detached.
    pub(super) fn head_ref(&self) -> Result<Option<String>, GitError> {
        let git = self.git();
        let head = git
            .find_reference("HEAD")
            .map_err(while_doing("read HEAD"))?;
        let target = head.symbolic_target().map_err(while_doing("read HEAD"))?;
        Ok(target.map(str::to_owned))
    }

    /// Moves HEAD's branch, or HEAD itself while detached, if it still is at `from`.
    pub(super) fn move_head(&self, from: Option<Oid>, to: Oid, why: &str) -> Result<(), GitError> {
        let name = self.head_ref()?.unwrap_or_else(|| "HEAD".to_owned());
        let announced = self.announce_move(&self.lock_of(&name), to)?;
        let git = self.git();
        let moved = match from {
            Some(from) => git.reference_matching(&name, to, true, from, why),
            None => git.reference(&name, to, false, why),
        };
        drop(announced);
        match moved.map(drop) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.not_moved(name, error)),
        }
    }

    /// The file by which git locks a ref.
    fn lock_of(&self, name: &str) -> PathBuf {
        let folder = match name {
            "HEAD" => self.git_dir(),
            _ => self.common_dir(),
        };
        folder.join(format!("{name}.lock"))
    }

    fn not_moved(&self, name: String, error: git2::Error) -> GitError {
        match error.code() {
            ErrorCode::Modified | ErrorCode::Exists => GitError::HeadMoved { name },
            ErrorCode::Locked => GitError::Locked {
                path: self.lock_of(&name),
            },
            _ => while_doing("move the branch")(error),
        }
    }

    fn commits_between(&self, hidden: Oid, tip: Oid) -> Result<Vec<Oid>, git2::Error> {
        let git = self.git();
        let mut walk = git.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
        walk.push(tip)?;
        walk.hide(hidden)?;
        walk.collect()
    }
}

pub(super) fn short(name: &str) -> String {
    name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()
}
