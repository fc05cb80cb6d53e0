//! What an experienced maintainer would say of the workflows that publish.

use super::{
    How, Publishing, Workflow, entries, entry, input, items, text,
    trigger::{self, QUIET, crons},
};
use crate::{
    command::doctor::{account::Password, finding::Finding},
    diagnostic::SetupCode,
    yaml::{Entry, Node, Value},
};

/// Looks at all of them; `passwords` are what the accounts log in with.
pub(in crate::command::doctor) fn check(
    workflows: &[Workflow],
    passwords: &[Password],
) -> Vec<Finding> {
    let all: Vec<Publishing<'_>> = workflows.iter().flat_map(Workflow::publishing).collect();
    let Some(first) = all.first() else {
        return vec![Finding::warning(
            SetupCode::NoWorkflow,
            "no workflow publishes: nothing in .github/workflows runs `updraft publish`",
            "let `updraft init` write one, or pass over this if `updraft watch` stays up on a machine of yours",
        )];
    };
    let mut findings = Vec::new();
    for publishing in &all {
        let found = trigger::check(publishing.workflow).into_iter();
        for finding in found.chain(publishing.of_job(passwords)) {
            // Several steps of one workflow have most of it in common.
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    if !all.iter().any(|one| crons(one.workflow).next().is_some()) {
        findings.push(Finding::warning(
            SetupCode::NoSchedule,
            "this workflow publishes, and no schedule starts it: what falls due waits for somebody",
            format!("add `schedule: [{{ cron: \"{QUIET}\" }}]` to its `on:`"),
        ).at(first.workflow.path.as_str()));
    }
    let missing = passwords
        .iter()
        .filter(|password| !all.iter().any(|one| one.hands_on(&password.variable)));
    findings.extend(missing.map(|Password { variable, handle }| {
        Finding::error(
            SetupCode::SecretNotHandedOn,
            format!("no step that publishes gets {variable}: {handle} can't log in there"),
            format!("add `{variable}: ${{{{ secrets.{variable} }}}}` to the `env:` of this step"),
        )
        .at(first.place())
    }));
    findings
}

impl<'a> Publishing<'a> {
    fn place(&self) -> String {
        self.workflow.place(self.step.span.start)
    }

    fn of_job(&self, passwords: &[Password]) -> Vec<Finding> {
        let found = [
            self.of_concurrency(),
            self.of_permissions(),
            self.of_checkout(),
            self.of_push(),
            self.of_pull_request(),
        ];
        let is_password = |entry: &&Entry| {
            let of_account = |password: &Password| entry.key == password.variable;
            entry.key.contains("APP_PASSWORD") || passwords.iter().any(of_account)
        };
        let inputs = entries(entry(self.step, "with").map(|with| &with.node));
        let inputs = inputs.filter(|entry| entry.key == "app-password");
        let values = self.env().filter(is_password).chain(inputs);
        let open = values.filter(|entry| is_open(entry)).map(|entry| {
            Finding::error(
                SetupCode::PasswordInWorkflow,
                format!("the value of {} stands here for everybody to read", entry.key),
                format!("revoke that password, make another one, save it as a secret, and write `{name}: ${{{{ secrets.NAME }}}}`", name = entry.key),
            )
            .at(self.workflow.place(entry.key_span.start))
        });
        found.into_iter().flatten().chain(open).collect()
    }

    /// A run that is cut off between a post and its commit leaves work to the next.
    fn of_concurrency(&self) -> Option<Finding> {
        let levels = [self.job, &self.workflow.root];
        let mut groups = levels
            .into_iter()
            .filter_map(|node| entry(node, "concurrency"));
        let Some(first) = groups.next() else {
            return Some(Finding::warning(
                SetupCode::NoConcurrency,
                "two runs of this workflow may be at work at once: nothing goes out twice, and one of them fails",
                "add `concurrency: { group: publish, cancel-in-progress: false }`",
            )
            .at(self.workflow.path.as_str()));
        };
        let all = [first].into_iter().chain(groups);
        let mut cancels = all.filter_map(|group| entry(&group.node, "cancel-in-progress"));
        let entry = cancels.find(|entry| match &entry.node.value {
            Value::Bool(cancels) => *cancels,
            Value::Text(text) => text.contains("${{") || text == "true",
            _ => false,
        })?;
        Some(Finding::error(
            SetupCode::CancelInProgress,
            "a newer run cuts this one off, also between a post and the commit that says it is out",
            "write `cancel-in-progress: false`: the newer run waits, and publishes what is left",
        )
        .at(self.workflow.place(entry.key_span.start)))
    }

    fn of_permissions(&self) -> Option<Finding> {
        if self.has_own_token() {
            return None;
        }
        let levels = [self.job, &self.workflow.root];
        let given = levels
            .into_iter()
            .find_map(|node| entry(node, "permissions"));
        let remedy = "give the job `permissions: { contents: write }`";
        let Some(given) = given else {
            return Some(Finding::warning(
                SetupCode::NoPermissions,
                "nothing says what the job may do, and by default it may only read: the commit with the results can't be pushed",
                remedy,
            )
            .at(self.place()));
        };
        let may_write = match &given.node.value {
            Value::Text(all) => all == "write-all",
            _ => given.node.get("contents").and_then(text) == Some("write"),
        };
        (!may_write).then(|| {
            Finding::error(
                SetupCode::MayNotWrite,
                "the job may not write contents: the commit with the results can't be pushed, and the run fails before anything goes out",
                remedy,
            )
            .at(self.workflow.place(given.key_span.start))
        })
    }

    /// What the run finds, and may push with.
    fn of_checkout(&self) -> Option<Finding> {
        let checkout = self.checkout()?;
        let input = |name| input(checkout, name);
        let place = |node: &Node| self.workflow.place(node.span.start);
        if let Some(keeps) = input("persist-credentials")
            && matches!(&keeps.value, Value::Bool(false))
            && !self.has_own_token()
        {
            return Some(
                Finding::error(
                    SetupCode::NoCredentials,
                    "the checkout keeps no token, so that `git push` has none",
                    "write `persist-credentials: true`",
                )
                .at(place(keeps)),
            );
        }
        let is_whole = input("fetch-depth").is_some_and(|depth| {
            matches!(&depth.value, Value::Number(depth) | Value::Text(depth) if depth == "0")
        });
        (!is_whole).then(|| {
            Finding::warning(
                SetupCode::ShallowCheckout,
                "the checkout brings no history, which tells a file that is used again from a lost result: such a post stays in doubt",
                "add `fetch-depth: 0` to its `with:`",
            )
            .at(place(checkout))
        })
    }

    fn checkout(&self) -> Option<&Node> {
        let steps = items(entry(self.job, "steps").map(|steps| &steps.node));
        let mut steps = steps.filter(|step| {
            let uses = step.get("uses").and_then(text).unwrap_or_default();
            uses.starts_with("actions/checkout@")
        });
        steps.next()
    }

    /// Whether it pushes with something else than the job's own token.
    pub(super) fn has_own_token(&self) -> bool {
        let has = |step: &Node, name| input(step, name).is_some();
        let checkout = self.checkout();
        let by_checkout = |step| has(step, "token") || has(step, "ssh-key");
        has(self.step, "token") || checkout.is_some_and(by_checkout)
    }

    /// The arguments of the verb.
    fn words(&self) -> Vec<&'a str> {
        match &self.how {
            How::Run(words) => words.clone(),
            How::Action(None) => vec!["--push"],
            How::Action(Some(words)) => words.split_whitespace().collect(),
        }
    }

    /// The branch that `--push-to` names.
    pub(super) fn push_to(&self) -> Option<&'a str> {
        let words = self.words();
        let mut words = words.iter();
        let word = words.find(|word| word.starts_with("--push-to"))?;
        let name = match word.strip_prefix("--push-to=") {
            Some(name) => name,
            None => words.next()?,
        };
        Some(name.trim_matches(['"', '\'']))
    }

    /// Results beside the branch need somebody to bring them back.
    fn of_pull_request(&self) -> Option<Finding> {
        self.push_to()?;
        let levels = [self.job, &self.workflow.root];
        let given = levels
            .into_iter()
            .find_map(|node| entry(node, "permissions"));
        let may_open = given.is_none_or(|given| match &given.node.value {
            Value::Text(all) => all == "write-all",
            _ => given.node.get("pull-requests").and_then(text) == Some("write"),
        });
        let token = match self.how {
            How::Run(_) => {
                let token = self.env().find(|entry| entry.key == "GITHUB_TOKEN");
                token.map(|entry| text(&entry.node.value).unwrap_or_default())
            }
            // The workflow's own, if no other is handed on.
            How::Action(_) => {
                let token = input(self.step, "pull-request-token");
                Some(
                    token
                        .and_then(|token| text(&token.value))
                        .unwrap_or("github.token"),
                )
            }
        };
        let is_own =
            |token: &str| token.contains("github.token") || token.contains("secrets.GITHUB_TOKEN");
        if token.is_some_and(|token| may_open || !is_own(token)) {
            return None;
        }
        Some(
            Finding::error(
                SetupCode::NoPullRequest,
                "`--push-to` is to open a pull request with the results, and this step may not: each run with results fails",
                "give the job `pull-requests: write`, and the step `GITHUB_TOKEN: ${{ github.token }}` under `env:`; and allow it in the repository's Settings, Actions, General (\"Allow GitHub Actions to create and approve pull requests\")",
            )
            .at(self.place()),
        )
    }

    fn of_push(&self) -> Option<Finding> {
        // What a variable holds is not known here.
        let is_pushed = self
            .words()
            .iter()
            .any(|word| word.starts_with("--push") || word.contains('$'));
        (!is_pushed).then(|| {
            Finding::error(
                SetupCode::NoPush,
                "the results are not pushed, and go with the runner: no file ever says what is out",
                "write `updraft publish --push`",
            )
            .at(self.place())
        })
    }

    /// The variables that the step sees.
    pub(super) fn env(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let levels = [&self.workflow.root, self.job, self.step].into_iter();
        levels.flat_map(|node| entries(entry(node, "env").map(|env| &env.node)))
    }

    fn hands_on(&self, name: &str) -> bool {
        let is_input = matches!(self.how, How::Action(_))
            && name == "BLUESKY_APP_PASSWORD"
            && input(self.step, "app-password").is_some();
        is_input || self.env().any(|entry| entry.key == name)
    }
}

/// Whether a value stands in the workflow itself.
fn is_open(entry: &Entry) -> bool {
    let value = text(&entry.node.value).unwrap_or_default();
    !value.trim().is_empty() && !value.contains("${{")
}
