//! Repositories, commits and remotes: the only place that names git2 or runs git.
//!
//! What stays on this machine goes through libgit2. Four things run the user's own `git`, since
//! only it has their set-up: asking and changing a remote (credential helpers, ssh, proxies,
//! pre-push hooks), signing a commit, filters that are programs of their own (git LFS), and moving
//! the work tree from one commit to another (which must run those filters too).
//!
//! Paths are relative to the work tree's root with `/` between the folders. File contents are
//! those of the work tree: line ends and filters are undone on the way into a commit and done on
//! the way out, except where a method says that it gives bytes as git stores them.

mod arrival;
mod branch;
mod child;
mod commit;
mod content;
mod contract;
mod error;
mod folder;
mod history;
mod index;
mod init;
mod lock;
mod push;
mod remote;
mod revision;
// Their hooks, filters and modes are those of Unix.
#[cfg(unix)]
#[cfg(test)]
mod tests;
mod work_tree;

use std::{
    cell::{Ref, RefCell},
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use git2::{ErrorCode, RepositoryOpenFlags, RepositoryState};

pub use self::{
    arrival::Arrival,
    branch::{Head, Relation},
    commit::FileEdit,
    content::Comparison,
    contract::{Git, Held},
    error::GitError,
    history::{Change, History},
    lock::RunLock,
    push::PushOutcome,
    remote::Target,
    revision::TreeFile,
};
pub use git2::Oid;

use self::{
    child::{Answer, Call},
    error::{io_at, while_doing},
};

/// A clone with a work tree.
pub struct Repository {
    git: RefCell<git2::Repository>,
    folder: RefCell<Option<folder::Folder>>,
    root: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
    stop: Option<Arc<AtomicBool>>,
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Repository").field(&self.root).finish()
    }
}

impl Repository {
    /// The repository that `start` is in, or `None` where there is none.
    ///
    /// # Errors
    /// [`GitError::Bare`], [`GitError::Owner`], [`GitError::Unsupported`], or what libgit2 says of
    /// a damaged one.
    pub fn discover(start: &Path) -> Result<Option<Self>, GitError> {
        let none: [&OsStr; 0] = [];
        match git2::Repository::open_ext(start, RepositoryOpenFlags::empty(), none) {
            Ok(git) => Self::new(git).map(Some),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) if error.code() == ErrorCode::Owner => Err(GitError::Owner {
                path: owned_elsewhere(start),
            }),
            Err(error) => Err(while_doing("open the repository")(error)),
        }
    }

    /// The work tree's root, absolute and without symbolic links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether history ends early here (`clone --depth`, as actions/checkout does).
    pub fn is_shallow(&self) -> bool {
        self.git().is_shallow()
    }

    /// A folder in the git directory for what one run leaves to the next; it need not exist.
    pub fn notes(&self) -> PathBuf {
        self.common_dir.join("updraft")
    }

    fn new(git: git2::Repository) -> Result<Self, GitError> {
        let root = git.workdir().ok_or_else(|| GitError::Bare {
            path: git.path().to_owned(),
        })?;
        let root = dunce::canonicalize(root).map_err(io_at("find", root))?;
        let (git_dir, common_dir) = (git.path().to_owned(), git.commondir().to_owned());
        Ok(Self {
            git: RefCell::new(git),
            folder: RefCell::new(None),
            root,
            git_dir,
            common_dir,
            stop: None,
        })
    }

    /// Gives up on a remote that is being asked as soon as `stop` is set: for those who only want to
    /// know whether it moved.
    pub fn ending_on(mut self, stop: &Arc<AtomicBool>) -> Self {
        self.stop = Some(stop.clone());
        self
    }

    fn git(&self) -> Ref<'_, git2::Repository> {
        self.git.borrow()
    }

    /// git's own folder of this work tree.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Forgets what libgit2 remembers, after the user's git has changed the repository.
    fn reopen(&self) -> Result<(), GitError> {
        let git =
            git2::Repository::open(&self.git_dir).map_err(while_doing("open the repository"))?;
        self.git.replace(git);
        self.folder.replace(None);
        Ok(())
    }

    fn run(&self, call: Call<'_>) -> Result<Answer, GitError> {
        call.run(&self.git_dir, &self.root, self.stop.as_deref())
    }

    fn require_quiet(&self) -> Result<(), GitError> {
        let what = match self.git().state() {
            RepositoryState::Clean => return Ok(()),
            RepositoryState::Merge => "merge",
            RepositoryState::Revert | RepositoryState::RevertSequence => "revert",
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => "cherry-pick",
            RepositoryState::Bisect => "bisection",
            RepositoryState::ApplyMailbox => "series of patches",
            _ => "rebase",
        };
        Err(GitError::InProgress { what })
    }
}

/// The directory whose owner git minds: the nearest one with a `.git`.
fn owned_elsewhere(start: &Path) -> PathBuf {
    let start = dunce::canonicalize(start).unwrap_or_else(|_| start.to_owned());
    let root = start
        .ancestors()
        .find(|folder| folder.join(".git").exists());
    root.unwrap_or(&start).to_owned()
}
