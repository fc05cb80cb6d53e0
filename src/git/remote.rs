//! Which remote and branch a run works with, and what stands there.

use std::collections::BTreeMap;

use git2::{ErrorCode, Oid, Reference};

use super::{
    Repository,
    child::{Answer, Call, HISTORY, REMOTE},
    error::{GitError, while_doing},
};

/// A branch of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The remote's name in git's settings, such as `origin`.
    pub remote: String,
    /// The branch's name there, without `refs/heads/`.
    pub branch: String,
}

impl Target {
    /// Our memory of the branch: `refs/remotes/REMOTE/BRANCH`.
    pub(super) fn tracking(&self) -> String {
        format!("refs/remotes/{}/{}", self.remote, self.branch)
    }

    fn refspec(&self) -> String {
        format!("+refs/heads/{}:{}", self.branch, self.tracking())
    }
}

impl Repository {
    /// Where to push: `branch` (the `--branch` flag), else the upstream of HEAD's branch, else
    /// `GITHUB_REF_NAME` where `GITHUB_REF_TYPE` is `branch` and no pull request is being built.
    ///
    /// The remote is the upstream's, else `origin`, else the only one there is.
    ///
    /// # Errors
    /// [`GitError::NoTarget`], [`GitError::NoRemote`], [`GitError::BadBranch`]: bad usage, all.
    pub fn push_target(
        &self,
        branch: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Target, GitError> {
        let remotes = self.remotes()?;
        if remotes.is_empty() {
            let why = "this clone has no remote".to_owned();
            return Err(GitError::NoRemote { why });
        }
        let upstream = self.upstream()?;
        if let (None, Some((remote, branch))) = (branch, &upstream) {
            return self.existing(remote, branch, &remotes);
        }
        let Some(branch) = branch.map(str::to_owned).or_else(|| workflow_branch(env)) else {
            return Err(GitError::NoTarget {
                why: self.why_no_target()?,
            });
        };
        let remote = upstream.map(|(remote, _)| remote);
        let remote = remote
            .or_else(|| usual(&remotes))
            .ok_or_else(|| GitError::NoTarget {
                why: format!(
                    "none of the remotes {} is called `origin`",
                    remotes.join(", ")
                ),
            })?;
        self.existing(&remote, &branch, &remotes)
    }

    /// The address of a remote, as git's settings have it; it may hold a token.
    pub fn remote_address(&self, remote: &str) -> Option<String> {
        let git = self.git();
        let remote = git.find_remote(remote).ok()?;
        remote.url().ok().map(str::to_owned)
    }

    /// The remote's default branch: as the clone remembers it, else as the remote says; `None` if
    /// it has none (an empty one).
    ///
    /// # Errors
    /// [`GitError::Unreachable`], [`GitError::Denied`].
    pub fn remote_head_branch(&self, remote: &str) -> Result<Option<String>, GitError> {
        let prefix = format!("refs/remotes/{remote}/");
        if let Ok(head) = self.git().find_reference(&format!("{prefix}HEAD"))
            && let Ok(Some(target)) = head.symbolic_target()
            && let Some(branch) = target.strip_prefix(&prefix)
        {
            return Ok(Some(branch.to_owned()));
        }
        let args = ["ls-remote", "--symref", "--", remote, "HEAD"];
        let answer = self.ask(REMOTE, &args)?;
        if !answer.ok {
            return Err(no_answer(remote, answer.said));
        }
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        Ok(text.lines().find_map(symbolic_head))
    }

    /// Asks the remote for its branch's tip and brings its commits here; `None` if the branch
    /// doesn't exist there. A shallow clone stays shallow.
    ///
    /// # Errors
    /// [`GitError::Unreachable`], [`GitError::Denied`], [`GitError::TimedOut`].
    pub fn fetch(&self, target: &Target) -> Result<Option<Oid>, GitError> {
        match self.fetch_with(target, &[], REMOTE)? {
            true => self.tip(target),
            false => Ok(None),
        }
    }

    /// Fetches the history that a shallow clone lacks; does nothing in a complete one.
    ///
    /// # Errors
    /// As [`Repository::fetch`].
    pub fn unshallow(&self, target: &Target) -> Result<(), GitError> {
        match self.is_shallow() {
            true => self.fetch_with(target, &["--unshallow"], HISTORY).map(drop),
            false => Ok(()),
        }
    }

    /// Runs git for something that talks to a server.
    pub(super) fn ask(
        &self,
        limit: std::time::Duration,
        args: &[&str],
    ) -> Result<Answer, GitError> {
        let mut call = Call::new(limit, args.iter().copied());
        if self.ssh_is_plain() {
            // In its own process group ssh couldn't ask for a pass phrase: it would wait forever.
            call.env
                .push(("GIT_SSH_COMMAND", "ssh -o BatchMode=yes".into()));
        }
        self.run(call)
    }

    fn fetch_with(
        &self,
        target: &Target,
        flags: &[&str],
        limit: std::time::Duration,
    ) -> Result<bool, GitError> {
        let refspec = target.refspec();
        let mut args = vec!["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"];
        args.push("--no-write-fetch-head");
        args.extend(flags);
        args.extend(["--", &target.remote, &refspec]);
        let answer = self.ask(limit, &args)?;
        if !answer.ok && answer.said.contains("couldn't find remote ref") {
            return Ok(false);
        }
        if !answer.ok {
            return Err(no_answer(&target.remote, answer.said));
        }
        self.reopen()?;
        Ok(true)
    }

    fn tip(&self, target: &Target) -> Result<Option<Oid>, GitError> {
        let tip = self.git().refname_to_id(&target.tracking());
        tip.map(Some).map_err(while_doing("read the remote's tip"))
    }

    pub(super) fn remotes(&self) -> Result<Vec<String>, GitError> {
        let git = self.git();
        let names = git.remotes().map_err(while_doing("list the remotes"))?;
        let names = names.iter().filter_map(|name| name.ok().flatten());
        Ok(names.map(str::to_owned).collect())
    }

    fn existing(&self, remote: &str, branch: &str, remotes: &[String]) -> Result<Target, GitError> {
        let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
        if !Reference::is_valid_name(&format!("refs/heads/{branch}")) {
            let name = branch.to_owned();
            return Err(GitError::BadBranch { name });
        }
        if !remotes.iter().any(|name| name == remote) {
            let why = format!("there is no remote `{remote}`");
            return Err(GitError::NoRemote { why });
        }
        Ok(Target {
            remote: remote.to_owned(),
            branch: branch.to_owned(),
        })
    }

    /// `branch.NAME.remote` and `branch.NAME.merge` of HEAD's branch.
    pub(super) fn upstream(&self) -> Result<Option<(String, String)>, GitError> {
        let Some(head) = self.head_ref()? else {
            return Ok(None);
        };
        let branch = head.strip_prefix("refs/heads/").unwrap_or(&head);
        let git = self.git();
        let config = git.config().map_err(while_doing("read git's settings"))?;
        let get = |key: &str| match config.get_string(&format!("branch.{branch}.{key}")) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(while_doing("read git's settings")(error)),
        };
        let (remote, merge) = (get("remote")?, get("merge")?);
        // `.` stands for this very clone.
        Ok(remote.zip(merge).filter(|(remote, _)| remote != "."))
    }

    fn why_no_target(&self) -> Result<String, GitError> {
        Ok(match self.head_ref()? {
            None => "HEAD is detached".to_owned(),
            Some(name) => {
                let name = name.strip_prefix("refs/heads/").unwrap_or(&name);
                format!("`{name}` has no upstream")
            }
        })
    }

    fn ssh_is_plain(&self) -> bool {
        let chosen = |name: &str| std::env::var_os(name).is_some();
        let config = self.git().config();
        let configured = config.is_ok_and(|config| config.get_string("core.sshCommand").is_ok());
        !configured && !chosen("GIT_SSH_COMMAND") && !chosen("GIT_SSH")
    }
}

/// Why a remote gave no answer: it kept us out, or it can't be reached.
pub(super) fn no_answer(remote: &str, text: String) -> GitError {
    const CLOSED: [&str; 8] = [
        "error: 401",
        "error: 403",
        "Authentication failed",
        "could not read Username",
        "could not read Password",
        "Permission denied",
        "Permission to ",
        "Repository not found",
    ];
    let remote = remote.to_owned();
    match CLOSED.iter().any(|sign| text.contains(sign)) {
        true => GitError::Denied { remote, text },
        false => GitError::Unreachable { remote, text },
    }
}

pub(super) fn workflow_branch(env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    // For a pull request the name is `12/merge`, of a ref that nobody can push to.
    let reference: BTreeMap<_, _> = ["GITHUB_REF", "GITHUB_REF_TYPE", "GITHUB_REF_NAME"]
        .into_iter()
        .filter_map(|name| Some((name, env(name)?)))
        .collect();
    let is_branch = reference
        .get("GITHUB_REF_TYPE")
        .is_some_and(|kind| kind == "branch")
        && reference
            .get("GITHUB_REF")
            .is_none_or(|name| name.starts_with("refs/heads/"));
    let name = reference
        .get("GITHUB_REF_NAME")
        .filter(|name| !name.is_empty());
    name.filter(|_| is_branch).cloned()
}

fn usual(remotes: &[String]) -> Option<String> {
    let origin = remotes.iter().find(|name| *name == "origin");
    let only = || remotes.first().filter(|_| remotes.len() == 1);
    origin.or_else(only).cloned()
}

/// `main` out of `ref: refs/heads/main<tab>HEAD`.
fn symbolic_head(line: &str) -> Option<String> {
    let (name, what) = line.strip_prefix("ref: refs/heads/")?.split_once('\t')?;
    (what == "HEAD").then(|| name.to_owned())
}
