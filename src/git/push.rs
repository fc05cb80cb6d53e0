//! Pushes a commit, and tells a lost race from a refusal.

use git2::Oid;

use super::{
    Repository,
    child::{Answer, REMOTE, without_credentials},
    error::{GitError, while_doing},
    remote::{Target, no_answer},
};

/// What came of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// The branch is at the commit.
    Pushed,
    /// Someone was faster: fetch, apply again, push again.
    Stale,
    /// A rule of the server, or the user's pre-push hook, says no.
    Declined {
        /// What it said.
        text: String,
    },
    /// No answer, or none that tells: the push may have landed. Fetch to learn.
    Unreachable {
        /// What git said.
        text: String,
    },
}

impl PushOutcome {
    /// The failure to show for an outcome that ends the run; `None` for the other two.
    pub fn failure(&self, target: &Target) -> Option<GitError> {
        match self {
            Self::Pushed | Self::Stale => None,
            Self::Declined { text } => Some(GitError::Declined {
                branch: target.branch.clone(),
                text: text.clone(),
            }),
            Self::Unreachable { text } => Some(no_answer(&target.remote, text.clone())),
        }
    }
}

impl Repository {
    /// Asks whether the remote would take `what` as the branch's tip, without changing anything.
    /// The server's own hooks and rules speak only at the real push.
    ///
    /// # Errors
    /// [`GitError::Denied`], [`GitError::Unreachable`], [`GitError::Declined`] (the user's
    /// pre-push hook), [`GitError::RemoteMoved`] if the remote moved since the last fetch.
    pub fn push_check(&self, target: &Target, what: Oid) -> Result<(), GitError> {
        let answer = self.push_by_git(target, what, Some("--dry-run"))?;
        let outcome = judge(&answer);
        match outcome.failure(target) {
            Some(failure) => Err(failure),
            None if outcome == PushOutcome::Stale => Err(GitError::RemoteMoved {
                branch: target.branch.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Pushes `what` to the branch if it still is at `expected`, the tip that
    /// [`Repository::fetch`] told (`None`: the branch doesn't exist yet). Nothing is ever
    /// overwritten: where `what` doesn't build on `expected` the answer is
    /// [`PushOutcome::Stale`] at once; and a branch that was deleted meanwhile isn't made again.
    ///
    /// # Errors
    /// [`GitError::NoGit`]. A time-out is [`PushOutcome::Unreachable`]: it may have landed.
    pub fn push(
        &self,
        target: &Target,
        what: Oid,
        expected: Option<Oid>,
    ) -> Result<PushOutcome, GitError> {
        if let Some(tip) = expected
            && !self.builds_on(what, tip)?
        {
            return Ok(PushOutcome::Stale);
        }
        // Since it builds on the tip, this forces nothing: it is the test of test-and-set.
        let lease =
            expected.map(|tip| format!("--force-with-lease=refs/heads/{}:{tip}", target.branch));
        match self.push_by_git(target, what, lease.as_deref()) {
            Ok(answer) => Ok(judge(&answer)),
            Err(error @ GitError::TimedOut { .. }) => Ok(PushOutcome::Unreachable {
                text: error.to_string(),
            }),
            Err(error) => Err(error),
        }
    }

    fn builds_on(&self, what: Oid, tip: Oid) -> Result<bool, GitError> {
        if what == tip {
            return Ok(true);
        }
        let descends = self.git().graph_descendant_of(what, tip);
        descends.map_err(while_doing("compare the commit with the remote's"))
    }

    fn push_by_git(
        &self,
        target: &Target,
        what: Oid,
        flag: Option<&str>,
    ) -> Result<Answer, GitError> {
        let refspec = format!("{what}:refs/heads/{}", target.branch);
        let mut args = vec!["push", "--porcelain", "--no-follow-tags"];
        args.push("--recurse-submodules=no");
        args.extend(flag);
        args.extend(["--", &target.remote, &refspec]);
        self.ask(REMOTE, &args)
    }
}

/// Reads `git push --porcelain`: lines of flag, refs and summary, with tabs between them.
fn judge(answer: &Answer) -> PushOutcome {
    if answer.ok {
        return PushOutcome::Pushed;
    }
    const CLOSING: &str = "error: failed to push some refs";
    let (closing, said): (Vec<_>, Vec<_>) = answer
        .said
        .split("; ")
        .partition(|line| line.starts_with(CLOSING));
    let text = said.join("; ");
    let stdout = String::from_utf8_lossy(&answer.stdout);
    let refused = stdout.lines().find_map(|line| line.strip_prefix("!\t"));
    let summary = refused.and_then(|line| line.split('\t').nth(1));
    match summary {
        Some(summary) if is_race(summary) => PushOutcome::Stale,
        Some(summary) if is_rule(summary) => PushOutcome::Declined {
            text: without_credentials(&format!("{summary} {text}")),
        },
        Some(summary) => PushOutcome::Unreachable {
            text: without_credentials(&format!("{summary} {text}")),
        },
        // Without a word about the ref: the user's pre-push hook.
        None if !closing.is_empty() && !text.contains("fatal:") => PushOutcome::Declined { text },
        None => PushOutcome::Unreachable { text },
    }
}

fn is_rule(summary: &str) -> bool {
    summary.starts_with("[remote rejected]")
        && !summary.to_lowercase().contains("internal server error")
}

fn is_race(summary: &str) -> bool {
    const RACES: [&str; 7] = [
        "cannot lock ref",
        "failed to lock",
        "failed to update ref",
        "incorrect old value",
        "reference already exists",
        "but expected",
        "non-fast-forward",
    ];
    summary.starts_with("[rejected]") || RACES.iter().any(|race| summary.contains(race))
}
