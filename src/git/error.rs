//! What can go wrong around a repository, in words for whoever has to mend it.

use std::{io, path::PathBuf};

use thiserror::Error;

/// A failure of a repository, of its remote, or of the user's `git`.
///
/// No text holds the user part of a URL: tokens stay where they are.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GitError {
    /// A repository without a work tree. Bad usage.
    #[error(
        "`{}` is a bare repository: run updraft in a clone that has its files checked out",
        path.display()
    )]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// The repository belongs to another user, as in a container or under sudo.
    #[error(
        "`{path}` belongs to another user (git: dubious ownership); if you trust it, run: git config --global --add safe.directory '{path}'",
        path = path.display()
    )]
    Owner {
        /// The place at which the repository was looked for.
        path: PathBuf,
    },
    /// Another run holds this clone.
    #[error(
        "another run of updraft works in this clone ({holder}); let it end, then run again (its lock: `{}`)",
        path.display()
    )]
    Busy {
        /// The other run, as it introduced itself.
        holder: String,
        /// The lock file.
        path: PathBuf,
    },
    /// Another `updraft watch` stays up in this clone.
    #[error(
        "another `updraft watch` is up in this clone ({holder}); one is enough, so end that one first (its lock: `{}`)",
        path.display()
    )]
    Watched {
        /// The other process, as it introduced itself.
        holder: String,
        /// The lock file.
        path: PathBuf,
    },
    /// Another program is writing the index or a ref, or died while it did.
    #[error(
        "`{}` exists: another git works in this clone, or one died there; when none runs any more, remove that file and run again",
        path.display()
    )]
    Locked {
        /// The lock file, or the git directory where its name isn't known.
        path: PathBuf,
    },
    /// A merge, rebase or the like is under way.
    #[error(
        "a {what} is under way in this clone: finish it or abort it (`git status` says how), then run again"
    )]
    InProgress {
        /// `merge`, `rebase`, …
        what: &'static str,
    },
    /// Nothing says which branch to push to. Bad usage.
    #[error(
        "no branch to push to: {why}; pass `--branch NAME`, or set an upstream with `git push -u REMOTE BRANCH`"
    )]
    NoTarget {
        /// What was looked at.
        why: String,
    },
    /// There is no such remote. Bad usage.
    #[error("{why}; add one with `git remote add origin URL`, or run without `--push`")]
    NoRemote {
        /// What is missing.
        why: String,
    },
    /// A branch name that git doesn't take. Bad usage.
    #[error("`{name}` can't be a branch's name: pass it as `git branch` lists it, such as `main`")]
    BadBranch {
        /// The name as given.
        name: String,
    },
    /// A commit holds more names than are looked through.
    #[error("the commit holds more than {most} files")]
    TooManyFiles {
        /// How many are looked through.
        most: usize,
    },
    /// There is no such revision here. Bad usage.
    #[error(
        "there is no revision `{name}` in this clone; if the remote has it, this fetches it: `{fetch}` (with actions/checkout: `fetch-depth: 0`)"
    )]
    NoRevision {
        /// The name as given.
        name: String,
        /// A command.
        fetch: String,
    },
    /// Two revisions have no commit in common. Bad usage.
    #[error(
        "the two revisions have no commit in common{}",
        if *shallow {
            " in this shallow clone; this fetches the rest: `git fetch --unshallow origin` (with actions/checkout: `fetch-depth: 0`)"
        } else {
            ": name the branch that this one began from"
        }
    )]
    NothingInCommon {
        /// Whether that may be because it was cut off.
        shallow: bool,
    },
    /// Moving the work tree would overwrite what the user has changed there.
    #[error(
        "local changes are in the way of the remote's version: {}; commit them, or `git stash`, then run again",
        list(paths)
    )]
    LocalChanges {
        /// The files, relative to the root; empty where git named none.
        paths: Vec<String>,
    },
    /// HEAD has commits that the new place lacks.
    #[error(
        "the branch can't be moved forward to {to}: it has commits of its own; `git pull --rebase`, then run again"
    )]
    NotFastForward {
        /// Where to.
        to: git2::Oid,
    },
    /// The remote has moved since it was fetched.
    #[error("`{branch}` has moved on the remote since it was fetched: run again")]
    RemoteMoved {
        /// The branch.
        branch: String,
    },
    /// HEAD was moved by someone else in between.
    #[error(
        "`{name}` was moved by someone else while updraft made its commit: nothing was overwritten; run again"
    )]
    HeadMoved {
        /// The ref.
        name: String,
    },
    /// A path that is a folder, a symbolic link or a submodule in the commit.
    #[error(
        "`{path}` is no ordinary file in the last commit: replace the link or folder by a file"
    )]
    NotAFile {
        /// Relative to the root.
        path: String,
    },
    /// The remote didn't let us in.
    #[error(
        "the remote `{remote}` refused access: {text}; check the credentials (in GitHub Actions: `permissions: contents: write`, and actions/checkout with its default `persist-credentials`)"
    )]
    Denied {
        /// The remote's name.
        remote: String,
        /// What git said.
        text: String,
    },
    /// The remote couldn't be asked.
    #[error("the remote `{remote}` can't be reached: {text}; run again when it can")]
    Unreachable {
        /// The remote's name.
        remote: String,
        /// What git said.
        text: String,
    },
    /// A rule of the server, or the user's own pre-push hook, refused the push.
    #[error(
        "`{branch}` refused the push: {text}; if it is a protected branch, let the workflow's app or user bypass its rules, or push with a token or deploy key that may, or publish with `--push-to updraft/status`, and merge that branch by pull requests. Nothing is lost: the next run finds again whatever was published, and writes it back"
    )]
    Declined {
        /// The branch.
        branch: String,
        /// What the server or the hook said.
        text: String,
    },
    /// The user's signing set-up failed.
    #[error(
        "`commit.gpgsign` is on, and signing failed: {text}; mend the key, or set `git config commit.gpgsign false` in this clone"
    )]
    Signing {
        /// What git said.
        text: String,
    },
    /// There is no `git` to run.
    #[error("`git` can't be started ({source}): install it and put it on the PATH")]
    NoGit {
        /// Why.
        source: io::Error,
    },
    /// The user's `git` took too long and was ended.
    #[error(
        "`git {action}` gave no answer for {seconds} s and was ended: check the network, or whether it waits for a pass phrase (load the key into an agent)"
    )]
    TimedOut {
        /// The subcommand.
        action: String,
        /// The limit.
        seconds: u64,
    },
    /// The user's `git` failed in another way.
    #[error("`git {action}` failed: {text}")]
    Child {
        /// The subcommand.
        action: String,
        /// What git said.
        text: String,
    },
    /// A file couldn't be read or written.
    #[error("can't {action} `{}`: {source}", path.display())]
    Io {
        /// A verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The repository is damaged, or uses a feature that libgit2 doesn't know.
    #[error("can't {action}: {source}; `git fsck` tells whether the repository is sound")]
    Library {
        /// What was being done.
        action: &'static str,
        /// Why.
        source: git2::Error,
    },
    /// The repository uses a format that libgit2 doesn't know.
    #[error(
        "this clone uses a format that updraft can't read ({source}); clone again without `--filter` (actions/checkout: without `filter:`), with SHA-1 and the `files` ref format"
    )]
    Unsupported {
        /// What libgit2 said.
        source: git2::Error,
    },
}

impl GitError {
    /// Whether the command line, not the world, is to blame: exit code 2.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Bare { .. }
                | Self::NoTarget { .. }
                | Self::NoRemote { .. }
                | Self::BadBranch { .. }
                | Self::NoRevision { .. }
                | Self::NothingInCommon { .. }
        )
    }
}

/// Turns an error of libgit2 into ours, with what was being done.
pub(super) fn while_doing(action: &'static str) -> impl Fn(git2::Error) -> GitError {
    move |source| {
        if source.message().contains("unsupported extension") {
            return GitError::Unsupported { source };
        }
        GitError::Library { action, source }
    }
}

/// Turns an I/O error into ours, with its path.
pub(super) fn io_at(
    action: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(io::Error) -> GitError {
    let path = path.into();
    move |source| GitError::Io {
        action,
        path,
        source,
    }
}

fn list(paths: &[String]) -> String {
    const SHOWN: usize = 5;
    if paths.is_empty() {
        return "see `git status`".to_owned();
    }
    let shown: Vec<_> = paths
        .iter()
        .take(SHOWN)
        .map(|path| format!("`{path}`"))
        .collect();
    match paths.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
