#![allow(clippy::unwrap_used)]

use crate::command::doctor::account::Password;

use super::{Workflow, check, published_by};

const GOOD: &str = "\
on:
  schedule:
    - cron: \"7,22,37,52 * * * *\"
concurrency: { group: publish, cancel-in-progress: false }
jobs:
  publish:
    permissions: { contents: write }
    steps:
      - uses: actions/checkout@v5
        with: { fetch-depth: 0, persist-credentials: true }
      - run: |
          updraft check
          updraft publish --push
        env: { PASSWORD: \"${{ secrets.PASSWORD }}\" }
";

fn found(text: &str) -> Vec<(&'static str, String)> {
    let workflow = Workflow::parse("w.yml", text.to_owned()).unwrap();
    let password = Password {
        variable: "PASSWORD".to_owned(),
        handle: "a.test".to_owned(),
    };
    let findings = check(&[workflow], &[password]);
    let named = findings.into_iter();
    named
        .map(|finding| (finding.code.as_str(), finding.place.unwrap_or_default()))
        .collect()
}

#[track_caller]
fn changed(from: &str, to: &str, code: &str, place: &str) {
    assert!(GOOD.contains(from), "{from}");
    let found = found(&GOOD.replace(from, to));
    assert_eq!(found, [(code, place.to_owned())], "{to}");
}

#[test]
fn a_good_workflow_is_passed_over() {
    assert_eq!(found(GOOD), []);
}

#[test]
fn what_is_wrong_is_found_where_it_stands() {
    let cron = "7,22,37,52 * * * *";
    changed(cron, "*/15 * * * *", "cron-busy", "w.yml:3:13");
    changed(cron, "@hourly", "cron-invalid", "w.yml:3:13");
    changed(
        "  schedule:\n    - cron: \"7,22,37,52 * * * *\"",
        "  push:",
        "no-schedule",
        "w.yml",
    );
    changed(
        "progress: false",
        "progress: true",
        "cancel-in-progress",
        "w.yml:4:32",
    );
    changed(
        "progress: false",
        "progress: \"${{ true }}\"",
        "cancel-in-progress",
        "w.yml:4:32",
    );
    changed("concurrency:", "other:", "no-concurrency", "w.yml");
    changed(
        "contents: write",
        "contents: read",
        "may-not-write",
        "w.yml:7:5",
    );
    changed(
        "{ contents: write }",
        "read-all",
        "may-not-write",
        "w.yml:7:5",
    );
    changed(
        "    permissions:",
        "    other:",
        "no-permissions",
        "w.yml:11:9",
    );
    changed(
        "credentials: true",
        "credentials: false",
        "no-credentials",
        "w.yml:10:54",
    );
    changed("fetch-depth: 0, ", "", "shallow-checkout", "w.yml:9:9");
    changed("publish --push", "publish", "no-push", "w.yml:11:9");
    changed(
        "{ PASSWORD:",
        "{ OTHER:",
        "secret-not-handed-on",
        "w.yml:11:9",
    );
    let open = "{ PASSWORD: \"${{ secrets.P }}\", A_APP_PASSWORD: abcd }";
    changed(
        "{ PASSWORD: \"${{ secrets.PASSWORD }}\" }",
        open,
        "password-in-workflow",
        "w.yml:14:46",
    );
    changed("updraft publish", "updraft plan", "no-workflow", "");
}

#[test]
fn passwords_and_pull_requests_have_no_place_there() {
    let secret = "\"${{ secrets.PASSWORD }}\"";
    changed(secret, "abcd", "password-in-workflow", "w.yml:14:16");
    let code = "publishes-pull-requests";
    changed(
        "  schedule:",
        "  pull_request:\n  schedule:",
        code,
        "w.yml:2:3",
    );
    let without = |on: &str| {
        let jobs = &GOOD[GOOD.find("concurrency").unwrap()..];
        found(&format!("on: {on}\n{jobs}"))
    };
    let both = |place: &str| {
        vec![
            (code, place.to_owned()),
            ("no-schedule", "w.yml".to_owned()),
        ]
    };
    assert_eq!(without("[push, pull_request_target]"), both("w.yml:1:12"));
    assert_eq!(without("pull_request"), both("w.yml:1:5"));
}

#[test]
fn what_two_steps_have_in_common_is_said_once() {
    let step = "      - run: |\n";
    let twice = GOOD.replace(
        step,
        "      - run: updraft publish --push\n      - run: |\n",
    );
    let found = found(&twice.replace("contents: write", "contents: read"));
    assert_eq!(found, [("may-not-write", "w.yml:7:5".to_owned())]);
}

#[test]
fn what_stands_above_counts_and_the_job_comes_first() {
    let above = GOOD.replace("    permissions: { contents: write }\n", "");
    assert_eq!(found(&format!("permissions: write-all\n{above}")), []);
    let both = format!("permissions: {{}}\n{GOOD}env: {{ PASSWORD: \"${{{{ secrets.P }}}}\" }}\n");
    assert_eq!(found(&both), []);
    let token = above.replace("fetch-depth: 0", "fetch-depth: 0, token: x");
    assert_eq!(found(&token), []);
}

#[test]
fn the_action_publishes_unless_it_is_told_otherwise() {
    let action = |with: &str| {
        let step =
            format!("      - uses: ada/updraft@0123\n        with: {{ {with} }}\n        env:");
        let run = "      - run: |\n          updraft check\n          updraft publish --push\n        env:";
        found(&GOOD.replace(run, &step))
    };
    assert_eq!(action("token: x"), []);
    assert_eq!(action("command: publish, args: --push --wait 5m"), []);
    assert_eq!(
        action("command: publish, args: --wait 5m"),
        [("no-push", "w.yml:11:9".to_owned())]
    );
    assert_eq!(action("command: \"\""), [("no-workflow", String::new())]);
}

#[test]
fn results_beside_the_branch_need_a_pull_request() {
    let open = GOOD.replace("publish --push", "publish --push-to updraft/status");
    assert_eq!(found(&open), [("no-pull-request", "w.yml:11:9".to_owned())]);
    let token = open.replace(
        "        env: {",
        "        env: { GITHUB_TOKEN: \"${{ github.token }}\",",
    );
    assert_ne!(token, open);
    assert_eq!(
        found(&token),
        [("no-pull-request", "w.yml:11:9".to_owned())]
    );
    let may = |text: &str| text.replace("contents: write", "contents: write, pull-requests: write");
    assert_ne!(may(&token), token);
    assert_eq!(
        found(&may(&open)),
        [("no-pull-request", "w.yml:11:9".to_owned())]
    );
    assert_eq!(found(&may(&token)), []);
    let app = token.replace("github.token", "steps.app.outputs.token");
    assert_eq!(found(&app), []);
    // What git pushes with has nothing to do with it.
    let key = token.replace("fetch-depth: 0,", "fetch-depth: 0, ssh-key: x,");
    assert_ne!(key, token);
    assert_eq!(found(&key), [("no-pull-request", "w.yml:11:9".to_owned())]);
    let beside = |text: &str| {
        let workflow = Workflow::parse("w.yml", text.to_owned()).ok().unwrap();
        super::beside(&[workflow]).map(str::to_owned)
    };
    assert_eq!(beside(&token).as_deref(), Some("updraft/status"));
    let joined = token.replace("--push-to updraft", "--push-to=updraft");
    assert_eq!(beside(&joined).as_deref(), Some("updraft/status"));
    assert_eq!(beside(GOOD), None);
}

#[test]
fn commands_that_publish_are_told_from_those_that_do_not() {
    let publishes = [
        "updraft publish",
        "set -e\n./target/release/updraft -v publish --push",
        "updraft \\\n  publish",
        "docker run \"x/updraft:1\" publish",
        "updraft publish --dry-run\nupdraft publish",
        "cd posts && updraft 'publish'",
    ];
    for script in publishes {
        assert!(published_by(script).is_some(), "{script}");
    }
    let others = [
        "",
        "# updraft publish",
        "updraft check; npm publish",
        "updraft check\nnpm publish",
        "npm publish updraft",
        "updraft publish --dry-run",
        "updraft check && npm publish",
    ];
    for script in others {
        assert_eq!(published_by(script), None, "{script}");
    }
}

#[test]
fn strange_workflows_are_looked_at_in_vain() {
    let strange = [
        "",
        "a",
        "[]",
        "jobs: 1",
        "jobs: { a: { steps: { b: c } } }",
        "jobs: { a: { steps: [1, [], { run: [] }] } }",
        "on: [schedule]",
        "on: schedule",
        "on: { schedule: [1, { cron: {} }] }",
    ];
    for text in strange {
        assert_eq!(found(text), [("no-workflow", String::new())], "{text}");
    }
    let cron = GOOD.replace("cron: \"7,22,37,52 * * * *\"", "cron: {}");
    assert_eq!(found(&cron), [("cron-invalid", "w.yml:3:13".to_owned())]);
    assert!(Workflow::parse("w.yml", "a: [".to_owned()).is_err());
}

#[test]
fn the_handle_may_stand_in_the_workflow() {
    let named = |text: &str| {
        let workflow = Workflow::parse("w.yml", text.to_owned()).unwrap();
        super::handle(&[workflow]).map(str::to_owned)
    };
    let wanted = Some("a.example".to_owned());
    assert_eq!(named(GOOD), None);
    let with = GOOD.replace("{ PASSWORD:", "{ BLUESKY_HANDLE: a.example, PASSWORD:");
    assert_eq!(named(&with), wanted);
    let action = "jobs: { a: { steps: [{ uses: a/updraft@1, with: { handle: a.example } }] } }";
    assert_eq!(named(action), wanted);
}
