//! `updraft init`, as a person calls it in a repository.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use tempfile::TempDir;

const INIT: &[&str] = &[
    "init",
    "--handle",
    "alice.test",
    "--timezone",
    "Europe/Berlin",
    "--yes",
];

fn git(folder: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
    let ran = Command::new("git")
        .args(identity)
        .args(args)
        .current_dir(folder)
        .output();
    assert!(ran.unwrap().status.success(), "git {args:?}");
}

fn repository() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    git(place.path(), &["init", "-q", "-b", "trunk"]);
    place
}

fn run(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_updraft"))
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_CEILING_DIRECTORIES", std::env::temp_dir())
        .output()
        .unwrap();
    let words = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(words).unwrap(),
    )
}

/// Every file but git's own.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let walk = ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    let files = walk.flatten().filter(|entry| entry.path().is_file());
    let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    files
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap();
            (name(entry.path()), text)
        })
        .collect()
}

#[test]
fn an_empty_repository_checks_clean_afterwards_and_a_second_time_changes_nothing() {
    let place = repository();
    git(
        place.path(),
        &["remote", "add", "origin", "git@github.com:ada/posts.git"],
    );
    let (code, said) = run(place.path(), INIT);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("https://github.com/ada/posts/settings/secrets/actions"),
        "{said}"
    );
    let first = files(place.path());
    let workflow = &first[".github/workflows/updraft-publish.yml"];
    assert!(workflow.contains("branches: [\"trunk\"]"), "{workflow}");
    let (code, said) = run(place.path(), &["check", "--deny-warnings"]);
    assert_eq!((code, said.as_str()), (0, "no mistakes in 1 file\n"));
    let (code, said) = run(place.path(), INIT);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("wrote"), "{said}");
    assert_eq!(files(place.path()), first);
}

#[test]
fn a_feature_branch_does_not_become_the_one_that_publishes() {
    let place = repository();
    git(
        place.path(),
        &["commit", "-q", "--allow-empty", "-m", "Begin"],
    );
    git(
        place.path(),
        &["update-ref", "refs/remotes/origin/trunk", "HEAD"],
    );
    git(
        place.path(),
        &["remote", "add", "origin", "git@github.com:ada/posts.git"],
    );
    git(
        place.path(),
        &[
            "symbolic-ref",
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/trunk",
        ],
    );
    git(place.path(), &["checkout", "-q", "-b", "set-up"]);
    let (code, said) = run(place.path(), INIT);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("merge it into `trunk`"), "{said}");
    let workflow = &files(place.path())[".github/workflows/updraft-publish.yml"];
    assert!(workflow.contains("branches: [\"trunk\"]"), "{workflow}");
}

#[test]
fn what_is_there_stays_and_names_the_secrets() {
    let place = repository();
    let own = "timezone: UTC\naccounts: { a: { handle: a.test }, b: { handle: b.test } }\ndefault_account: a\n";
    fs::write(place.path().join("updraft.yml"), own).unwrap();
    fs::write(place.path().join(".gitattributes"), "mine").unwrap();
    let (code, said) = run(place.path(), &["init", "--yes"]);
    assert_eq!(code, 0, "{said}");
    let files = files(place.path());
    assert_eq!(files["updraft.yml"], own);
    assert_eq!(files[".gitattributes"], "mine");
    let workflow = &files[".github/workflows/updraft-publish.yml"];
    for name in ["BLUESKY_APP_PASSWORD_A", "BLUESKY_APP_PASSWORD_B"] {
        let line = format!("          {name}: ${{{{ secrets.{name} }}}}\n");
        assert!(workflow.contains(&line), "{workflow}");
    }
}

#[test]
fn an_action_takes_the_place_of_the_build() {
    let place = repository();
    let action = "ada/updraft@0123456789012345678901234567890123456789";
    let (code, said) = run(place.path(), &[INIT, &["--action", action]].concat());
    assert_eq!(code, 0, "{said}");
    for name in ["publish", "review"] {
        let path = format!(".github/workflows/updraft-{name}.yml");
        let workflow = &files(place.path())[&path];
        assert!(workflow.contains(&format!("uses: {action}\n")));
        assert!(!workflow.contains("UPDRAFT"), "{workflow}");
    }
}

#[test]
fn hostile_answers_write_nothing() {
    let hostile: &[&[&str]] = &[
        &["--handle", "alice.test\nposts: x"],
        &["--handle", "alice"],
        &["--handle", "a.test", "--timezone", "Europe/Berlin\nlate: x"],
        &["--handle", "a.test", "--posts", "../elsewhere"],
        &["--handle", "a.test", "--posts", "po${{ x }}sts"],
        &["--handle", "a.test", "--action", "ada/updraft@v1"],
        &[],
    ];
    for answers in hostile {
        let place = repository();
        let (code, said) = run(place.path(), &[&["init", "--yes"], *answers].concat());
        assert_eq!(code, 2, "{answers:?}: {said}");
        assert!(files(place.path()).is_empty(), "{answers:?}");
    }
}

#[test]
fn a_folder_that_is_no_repository_is_not_made_one() {
    let place = tempfile::tempdir().unwrap();
    let (code, said) = run(place.path(), INIT);
    assert_eq!(code, 2);
    assert!(said.contains("run `git init` here"), "{said}");
    assert!(files(place.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn a_folder_that_leads_elsewhere_is_not_written_through() {
    let (place, elsewhere) = (repository(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink(elsewhere.path(), place.path().join(".github")).unwrap();
    let (code, said) = run(place.path(), INIT);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("leads out of the repository"), "{said}");
    assert!(files(elsewhere.path()).is_empty());
}
