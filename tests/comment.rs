//! The shell of the workflow that comments on reviews, with a `gh` that answers from files.

#![cfg(unix)]
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";
const MARK: &str = "<!-- updraft review -->";

/// Answers `gh api` from files named like the path, `--jq` with the real one, and keeps what is sent.
const GH: &str = r#"#!/bin/bash
set -euo pipefail
[[ "$1" == api && "$GH_TOKEN" == very-secret ]]; shift
method=GET path="" filter="" input=""
while (( $# )); do
  case "$1" in
    --jq) filter="$2"; shift 2 ;;
    --method) method="$2"; shift 2 ;;
    --input) input="$2"; shift 2 ;;
    --paginate|--silent) shift ;;
    *) path="$1"; shift ;;
  esac
done
echo "$method $path" >> "$GH_FOLDER/asked"
if [[ -n "$input" ]]; then cp "$input" "$GH_FOLDER/sent"; exit 0; fi
file="$GH_FOLDER/$(tr '/?=&' '____' <<< "$path")"
[[ -f "$file" ]] || { echo "gh: Not Found (HTTP 404)" >&2; exit 1; }
if [[ -n "$filter" ]]; then jq -r "$filter" "$file"; else cat "$file"; fi
"#;

struct Place(TempDir);

/// Whether the tools are here that every runner of GitHub has; where all have to be, their lack fails.
fn has_tools() -> bool {
    let is_missing = |tool: &&str| Command::new(tool).arg("--help").output().is_err();
    let missing: Vec<&str> = ["jq", "unzip", "python3"]
        .into_iter()
        .filter(|tool| is_missing(tool))
        .collect();
    let must = std::env::var_os("UPDRAFT_ALL_TOOLS").is_some();
    assert!(missing.is_empty() || !must, "not installed: {missing:?}");
    if !missing.is_empty() {
        println!("skipped: not installed: {missing:?}");
    }
    missing.is_empty()
}

impl Place {
    /// A review of pull request 7 that has just ended; none where the tools are missing.
    fn new() -> Option<Place> {
        if !has_tools() {
            return None;
        }
        let place = Place(TempDir::new().unwrap());
        for folder in ["gh", "bin", "work"] {
            fs::create_dir(place.0.path().join(folder)).unwrap();
        }
        let gh = place.0.path().join("bin/gh");
        fs::write(&gh, GH).unwrap();
        fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();
        let artifacts = json!({ "artifacts": [
            { "id": 1, "name": "other", "size_in_bytes": 10 },
            { "id": 42, "name": "review", "size_in_bytes": 4000 },
        ] });
        place.answer("repos/ada/posts/actions/runs/99/artifacts", &artifacts);
        place.answer(
            "repos/ada/posts/pulls/7",
            &json!({ "head": { "sha": HEAD } }),
        );
        place.comments(&json!([]));
        place.review("7\n", b"# Two posts\n");
        Some(place)
    }

    fn file(&self, path: &str) -> PathBuf {
        let name = path.replace(['/', '?', '=', '&'], "_");
        self.0.path().join("gh").join(name)
    }

    fn answer(&self, path: &str, what: &Value) {
        fs::write(self.file(path), what.to_string()).unwrap();
    }

    fn comments(&self, what: &Value) {
        self.answer("repos/ada/posts/issues/7/comments?per_page=100", what);
    }

    /// The artifact, as whoever wrote the pull request can make it.
    fn review(&self, number: &str, text: &[u8]) {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("number"), number).unwrap();
        fs::write(folder.path().join("review.md"), text).unwrap();
        let zip = self.file("repos/ada/posts/actions/artifacts/42/zip");
        let _ = fs::remove_file(&zip);
        let script = "import shutil,sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])";
        let base = self.0.path().join("archive");
        let made = Command::new("python3")
            .args(["-c", script])
            .args([&base, folder.path()])
            .status();
        assert!(made.unwrap().success());
        fs::rename(base.with_extension("zip"), zip).unwrap();
    }

    /// Runs the step, which must end well; what it said.
    #[track_caller]
    fn comment(&self) -> String {
        let path = std::env::var("PATH").unwrap();
        let bin = self.0.path().join("bin");
        let mut bash = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-s"])
            .current_dir(self.0.path().join("work"))
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("GH_FOLDER", self.0.path().join("gh"))
            .env("GH_TOKEN", "very-secret")
            .env("REPOSITORY", "ada/posts")
            .env("RUN", "99")
            .env("REVIEWED", HEAD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = bash.stdin.take().unwrap();
        stdin.write_all(step().as_bytes()).unwrap();
        drop(stdin);
        let output = bash.wait_with_output().unwrap();
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(output.status.success(), "{said}");
        said
    }

    /// What was sent, and how, since the last time.
    fn sent(&self) -> Option<(String, String)> {
        let asked = fs::read_to_string(self.0.path().join("gh/asked")).unwrap();
        fs::remove_file(self.0.path().join("gh/asked")).unwrap();
        let sent = self.0.path().join("gh/sent");
        let body: Value = serde_json::from_reader(File::open(&sent).ok()?).unwrap();
        fs::remove_file(sent).unwrap();
        let how = asked.lines().last().unwrap().to_owned();
        Some((how, body["body"].as_str().unwrap().to_owned()))
    }
}

/// The step's script, as `init` writes it.
fn step() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("src/command/init/comment.yml")).unwrap();
    let workflow: Value = serde_yaml::from_str(&text).unwrap();
    let steps = workflow["jobs"]["comment"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 1);
    steps[0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn a_review_becomes_one_comment_that_is_kept_up_to_date() {
    let Some(place) = Place::new() else { return };
    place.comment();
    let (how, body) = place.sent().unwrap();
    assert_eq!(how, "POST repos/ada/posts/issues/7/comments");
    assert!(
        body.starts_with(&format!("{MARK}\nReview of {HEAD}, ")),
        "{body}"
    );
    assert!(body.ends_with("# Two posts\n"), "{body}");
    // Somebody else's comment that looks like ours is not touched.
    place.comments(&json!([
        { "id": 1, "user": { "login": "mallory" }, "body": MARK },
        { "id": 2, "user": { "login": "github-actions[bot]" }, "body": "Welcome" },
        { "id": 3, "user": { "login": "github-actions[bot]" }, "body": format!("{MARK}\nold") },
        { "id": 4, "user": { "login": "github-actions[bot]" }, "body": format!("{MARK}\nolder") },
    ]));
    place.comment();
    let (how, _) = place.sent().unwrap();
    assert_eq!(how, "PATCH repos/ada/posts/issues/comments/3");
}

#[test]
fn a_review_of_another_commit_is_not_shown() {
    let Some(place) = Place::new() else { return };
    let moved = json!({ "head": { "sha": "f".repeat(40) } });
    place.answer("repos/ada/posts/pulls/7", &moved);
    let said = place.comment();
    assert!(
        said.contains("is not of what pull request 7 holds now"),
        "{said}"
    );
    assert!(place.sent().is_none());
}

#[test]
fn a_review_that_left_nothing_or_too_much_is_not_shown() {
    let Some(place) = Place::new() else { return };
    let path = "repos/ada/posts/actions/runs/99/artifacts";
    let huge = json!({ "artifacts": [{ "id": 42, "name": "review", "size_in_bytes": 5_000_001 }] });
    for artifacts in [json!({ "artifacts": [] }), huge] {
        place.answer(path, &artifacts);
        let said = place.comment();
        assert!(said.contains("nothing to show, or too much"), "{said}");
        assert!(place.sent().is_none());
    }
}

#[test]
fn a_number_is_a_number() {
    let Some(place) = Place::new() else { return };
    for number in ["", "\n", "none; rm -rf /\n", "../../8\n$(touch pwned)\n"] {
        place.review(number, b"# Posts\n");
        // What is left of it may be the number of another pull request, whose head is another.
        place.answer(
            "repos/ada/posts/pulls/8",
            &json!({ "head": { "sha": "other" } }),
        );
        place.comment();
        assert!(place.sent().is_none(), "{number:?}");
    }
    assert!(!place.0.path().join("work/pwned").exists());
}

#[test]
fn the_text_of_a_stranger_calls_nobody_and_is_bounded() {
    let Some(place) = Place::new() else { return };
    let mut text = b"@everyone `$(touch pwned)` \"quoted\" \\n\n::error::no\n\xff\xfe".to_vec();
    text.extend("é".repeat(200_000).as_bytes());
    place.review("7\n", &text);
    let said = place.comment();
    assert!(!said.contains("::error::"), "{said}");
    let (_, body) = place.sent().unwrap();
    assert!(!body.contains("@everyone"), "it calls people");
    assert!(body.contains("@\u{200b}everyone `$(touch pwned)` \"quoted\" \\n\n"));
    // GitHub takes 65,536 characters.
    assert_eq!(body.chars().count(), 60_000);
    assert!(!body.contains('\u{fffd}'));
    assert!(!place.0.path().join("work/pwned").exists());
}
