//! `updraft doctor`, as a person or a workflow calls it.

#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

#[path = "support/github.rs"]
mod github;
#[path = "support/schema.rs"]
mod schema;

use std::{fs, path::Path, process::Command};

use github::GitHub;
use tempfile::TempDir;

const PUBLISH: &str = ".github/workflows/updraft-publish.yml";
const SECRET: (&str, &str) = ("BLUESKY_APP_PASSWORD", "abcd-efgh-ijkl-mnop");

fn git(folder: &Path, args: &[&str]) {
    let ran = Command::new("git").args(args).current_dir(folder).output();
    assert!(ran.unwrap().status.success(), "git {args:?}");
}

fn run(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_updraft"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CEILING_DIRECTORIES", std::env::temp_dir())
        .envs(env.iter().copied())
        .output()
        .unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A repository behind `updraft init`.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        git(place.0.path(), &["init", "-q", "-b", "main"]);
        let init = "init --handle alice.test --timezone Europe/Berlin --yes";
        let init: Vec<&str> = init.split(' ').collect();
        assert_eq!(run(place.0.path(), &init, &[]).0, 0);
        place
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.0.path().join(path)).unwrap();
        assert!(text.contains(from), "{from}");
        self.write(path, text.replace(from, to));
    }

    /// Says where updraft is, and commits everything.
    fn commit(&self) {
        for (name, value) in [
            ("UPDRAFT", "https://github.com/ada/updraft"),
            ("UPDRAFT_COMMIT", "0123"),
        ] {
            let text = fs::read_to_string(self.0.path().join(PUBLISH)).unwrap();
            let filled = text.replace(&format!("{name}: \"\""), &format!("{name}: {value}"));
            self.write(PUBLISH, filled);
        }
        git(self.0.path(), &["add", "-A"]);
        let by = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        git(
            self.0.path(),
            &[&by[..], &["commit", "-q", "-m", "Begin"]].concat(),
        );
    }

    fn doctor(&self, env: &[(&str, &str)]) -> (i32, String) {
        let (code, out, err) = run(self.0.path(), &["doctor"], env);
        assert_eq!(err, "");
        (code, out)
    }

    /// The codes of what is found, the password being there.
    fn codes(&self, env: &[(&str, &str)]) -> Vec<String> {
        let env = [&[SECRET], env].concat();
        let (code, out, err) = run(self.0.path(), &["doctor", "--format", "json"], &env);
        assert_eq!(err, "");
        let found = schema::fitting("doctor", &out);
        let found = found["findings"].as_array().unwrap();
        let counts = found.iter().any(|finding| finding["level"] != "note");
        assert_eq!(code, i32::from(counts), "{out}");
        for finding in found {
            assert!(!finding["what"].as_str().unwrap().is_empty());
            assert!(!finding["remedy"].as_str().unwrap().is_empty());
        }
        let codes = found
            .iter()
            .map(|finding| finding["code"].as_str().unwrap());
        codes.map(str::to_owned).collect()
    }
}

#[test]
fn after_init_only_the_secret_is_missing() {
    let place = Place::new();
    let (code, said) = place.doctor(&[]);
    assert_eq!(code, 1);
    assert!(
        said.starts_with("warning[secret-missing]: BLUESKY_APP_PASSWORD, "),
        "{said}"
    );
    assert!(said.contains(" --> updraft.yml\n"), "{said}");
    assert!(
        said.contains("https://github.com/OWNER/REPO/settings/secrets/actions"),
        "{said}"
    );
    assert!(
        said.ends_with(
            "\n\nwhat this means, and why it matters: updraft explain secret-missing\n1 finding\n"
        ),
        "{said}"
    );
    assert_eq!(place.doctor(&[SECRET]), (0, "all is well\n".to_owned()));
}

#[test]
fn the_page_of_the_secret_is_named() {
    let place = Place::new();
    git(
        place.0.path(),
        &["remote", "add", "origin", "git@github.com:ada/posts.git"],
    );
    let (_, said) = place.doctor(&[]);
    assert!(
        said.contains("https://github.com/ada/posts/settings/secrets/actions"),
        "{said}"
    );
    let (code, said) = place.doctor(&[("GITHUB_ACTIONS", "true")]);
    assert_eq!(code, 1);
    assert!(said.starts_with("error[secret-missing]: "), "{said}");
    assert!(
        said.contains("BLUESKY_APP_PASSWORD: ${{ secrets.BLUESKY_APP_PASSWORD }}"),
        "{said}"
    );
}

#[test]
fn what_is_wrong_with_the_workflow_is_found() {
    let place = Place::new();
    place.edit(PUBLISH, "7,22,37,52", "*/30");
    place.edit(
        PUBLISH,
        "cancel-in-progress: false",
        "cancel-in-progress: true",
    );
    place.edit(PUBLISH, "contents: write", "contents: read");
    place.edit(
        PUBLISH,
        "          BLUESKY_APP_PASSWORD:",
        "          OTHER:",
    );
    place.edit(PUBLISH, "updraft publish --push", "updraft publish");
    assert_eq!(
        place.codes(&[]),
        [
            "cancel-in-progress",
            "may-not-write",
            "no-push",
            "secret-not-handed-on",
            "cron-busy"
        ]
    );
    let (_, said) = place.doctor(&[]);
    let hint = "\nwhat each means, and why it matters: updraft explain CODE\n6 findings\n";
    assert!(said.ends_with(hint), "{said}");
    fs::remove_file(place.0.path().join(PUBLISH)).unwrap();
    assert_eq!(place.codes(&[]), ["no-workflow"]);
    place.write(".github/workflows/publish.yaml", "jobs: [\n");
    assert_eq!(place.codes(&[]), ["workflow-unreadable", "no-workflow"]);
}

#[test]
fn settings_and_posts_with_mistakes_are_found() {
    let place = Place::new();
    place.write("posts/a.md", "---\nlang: [en]\n---\nHello\n");
    assert_eq!(place.codes(&[]), ["posts"]);
    place.write("updraft.yml", "timezone: Europe/Berlin\n");
    assert_eq!(place.codes(&[]), ["posts", "no-account"]);
    place.write("updraft.yml", "time: a\nposts: ../b\n");
    assert_eq!(place.codes(&[]), ["config", "config"]);
    let (_, said) = place.doctor(&[]);
    assert!(said.contains(" --> updraft.yml:2:8\n"), "{said}");
}

#[test]
fn what_is_no_repository_is_said_to_be_none() {
    let place = tempfile::tempdir().unwrap();
    let (code, out, _) = run(place.path(), &["doctor"], &[]);
    assert_eq!(code, 1);
    assert!(out.starts_with("error[no-repository]: "), "{out}");
    assert!(out.ends_with("\n1 finding\n"), "{out}");
    let (code, _, _) = run(place.path(), &["doctor", "--format", "xml"], &[]);
    assert_eq!(code, 2);
    let (code, _, err) = run(place.path(), &["doctor", "--config", "gone.yml"], &[]);
    assert_eq!(code, 2);
    assert!(err.contains("--config: there is no file "), "{err}");
    let (code, _, err) = run(place.path(), &["-C", "gone", "doctor"], &[]);
    assert_eq!(code, 2);
    assert!(err.contains("-C: there is no folder gone"), "{err}");
}

#[test]
fn a_remote_is_missed_once_there_is_something_to_push() {
    let place = Place::new();
    assert!(place.codes(&[]).is_empty());
    place.commit();
    assert_eq!(place.codes(&[]), ["no-remote"]);
    let (code, said) = place.doctor(&[SECRET]);
    assert_eq!(code, 0);
    assert!(
        said.starts_with("note[no-remote]: ") && said.ends_with("\nall is well, 1 note\n"),
        "{said}"
    );
}

#[test]
fn findings_are_counted_without_notes_and_coloured_where_colours_are_wanted() {
    let place = Place::new();
    place.commit();
    let (code, plain) = place.doctor(&[]);
    assert_eq!(code, 1);
    assert!(plain.ends_with("\n1 finding, 1 note\n"), "{plain}");
    let (_, coloured) = place.doctor(&[("CLICOLOR_FORCE", "1")]);
    for level in ["warning[secret-missing]", "note[no-remote]"] {
        let marked = format!("m{level}\u{1b}[");
        assert!(coloured.contains(&marked), "{coloured:?}");
    }
    let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    assert_eq!(codes.replace_all(&coloured, ""), plain);
    let forbidden = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert_eq!(place.doctor(&forbidden).1, plain);
}

#[test]
fn a_shallow_clone_is_noted_where_posts_go_out_on_merging() {
    let place = Place::new();
    place.write(
        "posts/a.md",
        "---\npublish_at: merge\nhold: true\nlangs: [en]\n---\nHello\n",
    );
    place.commit();
    place.write("other", "");
    place.commit();
    let address = format!("file://{}", place.0.path().display());
    let folder = tempfile::tempdir().unwrap();
    git(
        folder.path(),
        &["clone", "-q", "--depth", "1", &address, "clone"],
    );
    let (code, said, _) = run(&folder.path().join("clone"), &["doctor"], &[SECRET]);
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("note[shallow-clone]: "), "{said}");
}

#[test]
fn hostile_files_neither_panic_nor_command_the_terminal() {
    let place = Place::new();
    let workflow = |name: &str| format!(".github/workflows/{name}");
    place.write(&workflow("a\x1b[31m.yml"), "jobs: { a: [\n");
    place.write(&workflow("b.yml"), [0xff, 0xfe]);
    place.write(&workflow("c.yml"), "[".repeat(100_000));
    place.write(&workflow("d.yml"), "# ".repeat(400_000));
    place.write(
        &workflow("e.yml"),
        "on: { schedule: [{ cron: \"\\e[2J\" }] }\njobs: { a: { steps: [{ run: updraft publish }] } }\n",
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/zero", place.0.path().join(workflow("f.yml"))).unwrap();
    let env = [SECRET, ("GITHUB_REPOSITORY", "a\x1b[31m/b")];
    let (code, said) = place.doctor(&env[1..]);
    assert_eq!(code, 1);
    assert!(!said.contains('\x1b'), "{said}");
    assert_eq!(said.matches("workflow-unreadable").count(), 4, "{said}");
    assert!(said.contains("cron-invalid"), "{said}");
}

#[test]
fn a_scheduled_run_says_how_late_it_came() {
    let place = Place::new();
    let event = place.0.path().join("event.json");
    let env = |name| {
        [
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
        ]
    };
    assert!(place.codes(&env("schedule")).is_empty());
    fs::write(&event, "{\"schedule\": \"* * * * *\"}").unwrap();
    assert_eq!(place.codes(&env("schedule")), ["cron-late"]);
    assert!(place.codes(&env("push")).is_empty());
    fs::write(&event, [0xff, b'{']).unwrap();
    assert!(place.codes(&env("schedule")).is_empty());
}

#[test]
fn a_post_behind_sixty_quiet_days_is_named() {
    let place = Place::new();
    place.write(
        "posts/a.md",
        "---\npublish_at: 2199-12-01T09:00:00Z\nlangs: [en]\n---\nHello\n",
    );
    place.commit();
    assert_eq!(place.codes(&[]), ["no-remote"]);
    let github = [("GITHUB_REPOSITORY", "ada/posts")];
    assert_eq!(place.codes(&github), ["quiet-repository", "no-remote"]);
    let (_, said) = place.doctor(&github);
    assert!(
        said.contains("`gh workflow enable updraft-publish.yml`"),
        "{said}"
    );
    assert!(said.contains(" --> posts/a.md\n"), "{said}");
    let event = place.0.path().join("event.json");
    fs::write(&event, "{\"repository\": {\"private\": true}}").unwrap();
    let private = [github[0], ("GITHUB_EVENT_PATH", event.to_str().unwrap())];
    assert_eq!(place.codes(&private), ["no-remote"]);
    place.edit("posts/a.md", "langs:", "hold: true\nlangs:");
    assert_eq!(place.codes(&github), ["no-remote"]);
}

/// A GitHub that answers these paths, and 404 to all others; gives its address.
fn github(answers: &'static [(&'static str, &'static str)]) -> String {
    let github = GitHub::start(|(_, path, _)| {
        let path = path.split('?').next().unwrap();
        let answer = answers.iter().find(|(of, _)| *of == path);
        answer.map_or(("404 Not Found", "{}".to_owned()), |(_, body)| {
            ("200 OK", (*body).to_owned())
        })
    });
    github.url
}

/// What `--online` finds of the branch: the handle, which nobody has, is left out.
fn of_branch(place: &Place, api: &str) -> (i32, Vec<String>) {
    let env = [
        SECRET,
        ("GITHUB_API_URL", api),
        ("GITHUB_REPOSITORY", "ada/posts"),
        ("GITHUB_TOKEN", "very-secret"),
    ];
    let (code, out, err) = run(
        place.0.path(),
        &["doctor", "--online", "--format", "json"],
        &env,
    );
    assert!(
        !out.contains("very-secret") && !err.contains("very-secret"),
        "{out}{err}"
    );
    let found = schema::fitting("doctor", &out);
    let found = found["findings"].as_array().unwrap().iter();
    let codes = found.map(|finding| finding["code"].as_str().unwrap().to_owned());
    let others = ["handle", "no-remote"];
    (
        code,
        codes
            .filter(|code| !others.contains(&code.as_str()))
            .collect(),
    )
}

const RULES: &str = "/repos/ada/posts/rules/branches/main";
const BRANCH: &str = "/repos/ada/posts/branches/main";
const STRICT: &str = r#"[{ "type": "pull_request", "ruleset_id": 7 }, { "type": "required_signatures", "ruleset_id": 8 }]"#;
const PAST: &str = r#"{ "current_user_can_bypass": "always" }"#;

#[test]
fn rules_that_refuse_the_push_are_found_unless_they_let_it_past() {
    let place = Place::new();
    place.commit();
    let api = github(&[(RULES, STRICT)]);
    assert_eq!(
        of_branch(&place, &api).1,
        ["branch-protected", "unsigned-commits"]
    );
    git(place.0.path(), &["config", "commit.gpgsign", "true"]);
    assert_eq!(of_branch(&place, &api).1, ["branch-protected"]);
    let api = github(&[(RULES, STRICT), ("/repos/ada/posts/rulesets/7", PAST)]);
    assert!(of_branch(&place, &api).1.is_empty());
}

#[test]
fn results_beside_the_branch_pass_its_rules() {
    let place = Place::new();
    place.edit(
        PUBLISH,
        "publish --push",
        "publish --push-to updraft/status",
    );
    place.edit(
        PUBLISH,
        "        env:\n",
        "        env:\n          GITHUB_TOKEN: ${{ github.token }}\n",
    );
    let write = "contents: write";
    place.edit(
        PUBLISH,
        write,
        "pull-requests: write\n      contents: write",
    );
    place.commit();
    const BESIDE: &str = "/repos/ada/posts/rules/branches/updraft%2Fstatus";
    const FREE: &str = "/repos/ada/posts/branches/updraft%2Fstatus";
    let api = github(&[(RULES, STRICT), (BESIDE, "[]"), (FREE, "{}")]);
    assert!(of_branch(&place, &api).1.is_empty());
    const MADE: &str = r#"[{ "type": "creation", "ruleset_id": 7 }]"#;
    let api = github(&[(BESIDE, MADE)]);
    assert_eq!(of_branch(&place, &api).1, ["branch-protected"]);
    let api = github(&[(BESIDE, STRICT)]);
    assert_eq!(
        of_branch(&place, &api).1,
        ["branch-protected", "unsigned-commits"]
    );
}

#[test]
fn rules_weigh_less_where_the_workflow_has_its_own_token() {
    let place = Place::new();
    place.commit();
    let persists = "persist-credentials: true # for the push";
    place.edit(PUBLISH, persists, "token: ${{ secrets.PUSH }}");
    let api = github(&[(RULES, STRICT)]);
    let (_, out) = place.doctor(&[SECRET]);
    assert!(out.ends_with("all is well, 1 note\n"), "{out}");
    let env = [
        SECRET,
        ("GITHUB_API_URL", api.as_str()),
        ("GITHUB_REPOSITORY", "ada/posts"),
        ("GITHUB_TOKEN", "very-secret"),
    ];
    let (_, out, _) = run(place.0.path(), &["doctor", "--online"], &env);
    assert!(out.contains("note[branch-protected]: "), "{out}");
    assert!(out.contains("note[unsigned-commits]: "), "{out}");
}

#[test]
fn an_account_may_be_named_in_the_workflow_alone() {
    let place = Place::new();
    fs::remove_file(place.0.path().join("updraft.yml")).unwrap();
    assert_eq!(place.codes(&[]), ["no-account"]);
    let secret = "          BLUESKY_APP_PASSWORD:";
    let handle = format!("          BLUESKY_HANDLE: bob.example\n{secret}");
    place.edit(PUBLISH, secret, &handle);
    assert!(place.codes(&[]).is_empty());
    let (_, said) = place.doctor(&[]);
    assert!(said.contains("the app password of bob.example"), "{said}");
    assert!(!said.contains("--> updraft.yml"), "{said}");
}

#[test]
fn what_github_does_not_tell_is_noted_or_makes_the_run_fail() {
    let place = Place::new();
    place.commit();
    let api = github(&[(RULES, "[]"), (BRANCH, r#"{ "protected": true }"#)]);
    assert_eq!(of_branch(&place, &api).1, ["branch-protected"]);
    let open = github(&[(RULES, "[]"), (BRANCH, r#"{ "protected": false }"#)]);
    assert!(of_branch(&place, &open).1.is_empty());
    assert_eq!(of_branch(&place, &github(&[])).1, ["rules-unknown"]);
    let torn = github(&[(RULES, "<html>")]);
    assert_eq!(
        of_branch(&place, &torn),
        (3, vec!["server-silent".to_owned()])
    );
    let (code, found) = of_branch(&place, "http://127.0.0.1:1");
    assert_eq!((code, found), (3, vec!["server-silent".to_owned()]));
}

#[test]
fn a_committed_workflow_that_names_no_source_can_not_build() {
    let place = Place::new();
    place.commit();
    place.edit(PUBLISH, "UPDRAFT_COMMIT: 0123", "UPDRAFT_COMMIT: \"\"");
    assert_eq!(place.codes(&[]), ["no-source", "no-remote"]);
    let (_, said) = place.doctor(&[SECRET]);
    assert!(
        said.contains("error[no-source]: UPDRAFT_COMMIT is empty"),
        "{said}"
    );
}

#[test]
fn a_pause_is_noted() {
    let place = Place::new();
    place.edit(
        "updraft.yml",
        "timezone:",
        "paused: \"it \\e[31mslipped\"\ntimezone:",
    );
    let (code, said) = place.doctor(&[SECRET]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.starts_with("note[paused]: nothing goes out: it ␛[31mslipped"),
        "{said}"
    );
}

#[test]
fn an_address_in_the_environment_is_mended_there() {
    let place = Place(tempfile::tempdir().unwrap());
    git(place.0.path(), &["init", "-q", "-b", "main"]);
    place.write("posts/a.md", "---\nlangs: [en]\n---\nHello\n");
    let env = [
        SECRET,
        ("BLUESKY_HANDLE", "alice.test"),
        ("BLUESKY_PDS_URL", "foo"),
    ];
    let (_, out, _) = run(place.0.path(), &["doctor", "--online"], &env);
    let found = out.split("\n\n").find(|found| found.contains("error[pds]"));
    let found = found.unwrap_or_else(|| panic!("{out}"));
    assert!(
        found.contains("BLUESKY_PDS_URL") && !found.contains("updraft.yml"),
        "{out}"
    );
}
