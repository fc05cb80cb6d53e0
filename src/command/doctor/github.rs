//! What GitHub lets be done to the branch that publishes: the rules that a runner's push must pass.
//!
//! Source: "REST API endpoints for rules" and "for branches". Both may be read by a workflow's own token.

use std::collections::BTreeSet;

use serde_json::Value;

use super::finding::{Finding, Level};
use crate::{
    command::{
        CommandError, Library, World, block_on,
        github::{GitHub, NoAnswer},
    },
    diagnostic::SetupCode,
    git::{Git, Head},
};

/// Rules that a push straight to the branch breaks.
const REFUSING: [&str; 5] = [
    "pull_request",
    "required_status_checks",
    "required_deployments",
    "merge_queue",
    "update",
];
/// Rules that a push to the branch beside breaks, which it makes where there is none, and to which it
/// pushes merges.
const REFUSING_BESIDE: [&str; 2] = ["creation", "required_linear_history"];
/// How many rulesets are asked whether they let the runner past.
const MOST: usize = 20;

/// Who pushes.
#[derive(Clone, Copy)]
pub(super) struct Runner {
    /// Whether git signs its commits.
    pub(super) is_signing: bool,
    /// Whether the workflow pushes with another token than this one, which rules may treat in another
    /// way.
    pub(super) has_token: bool,
    /// Whether it pushes beside the branch that publishes.
    pub(super) is_beside: bool,
}

/// Asks about the branch that is pushed to, where the variables of GitHub Actions say what and how:
/// that is the one that publishes, or the one `beside` it.
pub(super) fn look(
    (library, beside): (&Library, Option<&str>),
    runner: Runner,
    repository: &dyn Git,
    world: &World<'_>,
) -> Result<Vec<Finding>, CommandError> {
    let set = |name: &str| (world.env)(name).filter(|value| !value.trim().is_empty());
    let Some(github) = GitHub::of_workflow(world)? else {
        return Ok(Vec::new());
    };
    let here = match repository.head() {
        Ok(Head::Branch { name, .. }) => Some(name),
        _ => set("GITHUB_REF_NAME"),
    };
    let beside = beside.map(str::to_owned);
    let Some(branch) = beside.or(library.config.publish_from.clone()).or(here) else {
        return Ok(Vec::new());
    };
    block_on(async {
        match Asking(github).examine(&branch, runner).await {
            Ok(findings) => findings,
            Err(NoAnswer::Refused(status, _)) => vec![Finding::note(
                SetupCode::RulesUnknown,
                format!("GitHub does not tell the rules of `{branch}`: it answered {status}"),
                "look at the repository's Settings, Rules: a rule that asks for pull requests or signatures must let the runner's push past",
            )],
            Err(NoAnswer::Silent(reason)) => vec![Finding::error(
                SetupCode::ServerSilent,
                format!("GitHub gave no answer about the rules of `{branch}`: {reason}"),
                "try again in a moment; https://www.githubstatus.com says whether it is GitHub's fault",
            )],
        }
    })
}

/// What is asked of GitHub.
struct Asking(GitHub);

impl Asking {
    async fn examine(&self, branch: &str, runner: Runner) -> Result<Vec<Finding>, NoAnswer> {
        let rules = self
            .0
            .get(&["rules", "branches", branch], &[("per_page", "100")])
            .await?;
        let rules = rules.as_array().cloned().unwrap_or_default();
        let bypassed = self.bypassed(&rules).await;
        let holds = |rule: &&Value| {
            rule["ruleset_id"]
                .as_u64()
                .is_none_or(|id| !bypassed.contains(&id))
        };
        let kinds: BTreeSet<&str> = rules
            .iter()
            .filter(holds)
            .filter_map(|rule| rule["type"].as_str())
            .collect();
        let mut findings = of_rules(&kinds, branch, runner);
        if rules.is_empty() {
            let about = self.0.get(&["branches", branch], &[]).await?;
            findings.extend(of_protection(&about, branch));
        }
        Ok(findings)
    }

    /// The rulesets that let this token past, as far as they say so.
    async fn bypassed(&self, rules: &[Value]) -> BTreeSet<u64> {
        let ids: BTreeSet<u64> = rules
            .iter()
            .filter_map(|rule| rule["ruleset_id"].as_u64())
            .collect();
        let mut bypassed = BTreeSet::new();
        for id in ids.into_iter().take(MOST) {
            let ruleset = self.0.get(&["rulesets", &id.to_string()], &[]).await;
            let can = ruleset.ok().and_then(|ruleset| {
                let can = ruleset["current_user_can_bypass"].as_str()?;
                Some(matches!(can, "always" | "exempt"))
            });
            if can == Some(true) {
                bypassed.insert(id);
            }
        }
        bypassed
    }
}

/// What is to be said of rules that hold for the runner.
fn of_rules(kinds: &BTreeSet<&str>, branch: &str, runner: Runner) -> Vec<Finding> {
    let mut findings = Vec::new();
    let level = match runner.has_token {
        // Whether that one is let past can't be seen with this one.
        true => Level::Note,
        false => Level::Error,
    };
    let beside = REFUSING_BESIDE.iter().filter(|_| runner.is_beside);
    let refusing: Vec<&str> = REFUSING
        .iter()
        .chain(beside)
        .copied()
        .filter(|kind| kinds.contains(kind))
        .collect();
    if !refusing.is_empty() {
        findings.push(Finding { level, ..Finding::error(
            SetupCode::BranchProtected,
            format!(
                "rules of `{branch}` ({}) refuse what is pushed straight to it: posts go out, the commit with the results can't be pushed, and each run fails",
                refusing.join(", ")
            ),
            "let the runner past them (Settings, Rules, Bypass list): GitHub Actions where the list offers it, else a GitHub App or a deploy key, with whose `token:` or `ssh-key:` the workflow then checks out; or publish with `--push-to updraft/status`, a branch that the rules leave alone, and merge the pull requests that bring the results from there",
        )});
    }
    if kinds.contains("required_signatures") && !runner.is_signing {
        findings.push(Finding { level, ..Finding::error(
            SetupCode::UnsignedCommits,
            format!("`{branch}` takes signed commits alone, and here git signs none: the commit with the results can't be pushed"),
            "before the step that publishes, write an SSH signing key from a secret to a file, and run `git config gpg.format ssh`, `git config user.signingkey FILE`, `git config commit.gpgsign true` and `git config user.email ADDRESS` (an account that has this address has the public key among its signing keys); or let the runner past the rule",
        )});
    }
    findings
}

/// A protection of the older kind tells nothing of what it asks for.
fn of_protection(about: &Value, branch: &str) -> Option<Finding> {
    let is_protected = about["protected"].as_bool() == Some(true);
    is_protected.then(|| {
        Finding::note(
            SetupCode::BranchProtected,
            format!("`{branch}` is protected, and what that asks for can't be seen from here"),
            "look at Settings, Branches: if it asks for pull requests, status checks or signatures, the runner's push must be let past",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(kinds: &[&str], is_signing: bool) -> Vec<SetupCode> {
        let has_token = false;
        let runner = Runner {
            is_signing,
            has_token,
            is_beside: false,
        };
        let findings = of_rules(&kinds.iter().copied().collect(), "main", runner);
        findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn rules_that_a_push_breaks_are_told_from_the_others() {
        assert!(
            codes(
                &["deletion", "non_fast_forward", "required_linear_history"],
                false
            )
            .is_empty()
        );
        assert_eq!(
            codes(&["pull_request", "update"], true),
            [SetupCode::BranchProtected]
        );
        assert_eq!(
            codes(&["required_signatures"], false),
            [SetupCode::UnsignedCommits]
        );
        assert!(codes(&["required_signatures"], true).is_empty());
    }
}
