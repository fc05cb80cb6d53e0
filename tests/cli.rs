//! The verbs that need no network, as a person or a workflow calls them.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/schema.rs"]
mod schema;

use std::{fs, path::Path};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

struct Place(TempDir);

struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.path("posts")).unwrap();
        for (path, text) in files {
            fs::create_dir_all(place.path(path).parent().unwrap()).unwrap();
            fs::write(place.path(path), text).unwrap();
        }
        place
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.0.path().join(path)
    }

    fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, &[])
    }

    fn run_with(&self, args: &[&str], env: &[(&str, &str)]) -> Ended {
        run_in(self.0.path(), args, env)
    }

    fn json(&self, args: &[&str]) -> Value {
        let printed = self.run(args).out;
        match args.contains(&"sarif") {
            true => serde_json::from_str(&printed).unwrap(),
            false => schema::fitting(args[0], &printed),
        }
    }
}

fn run_in(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("updraft"));
    command.current_dir(folder).args(args).env_clear();
    command.env("GIT_CEILING_DIRECTORIES", std::env::temp_dir());
    let output = command.envs(env.iter().copied()).output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

const GOOD: &str = "---\npublish_at: 2199-12-01T09:00:00Z\nlangs: [en]\n---\nHello\n";
const ACCOUNTS: &str = "accounts:\n  main: { handle: a.example }\n  club: { handle: b.example }\ndefault_account: main\n";
const OTHER: &str = "---\npublish_at: 2199-12-02T09:00:00Z\nlangs: [en]\n---\nOther\n";
const DRAFT: &str = "---\n---\nHello\n";
const WARNING: &str = "---\n---\nHello *you*\n";
const BROKEN: &str = "---\npublish_at: 2199-12-01T09:00:00Z\nlang: [en]\n---\nHello\n";

#[test]
fn check_is_quiet_and_0_where_all_is_well() {
    let ended = Place::new(&[("posts/a.md", GOOD), ("posts/b.md", DRAFT)]).run(&["check"]);
    assert_eq!(
        (ended.code, ended.out.as_str(), ended.err.as_str()),
        (0, "no mistakes in 2 files\n", "")
    );
}

#[test]
fn check_says_why_there_is_no_post() {
    let place = Place::new(&[("posts/README.md", "no post")]);
    let said = || {
        let ended = place.run(&["check"]);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        ended.out
    };
    assert_eq!(
        said(),
        "note: no posts yet: `updraft new NAME` writes one\nno mistakes in 0 files\n"
    );
    fs::write(place.path("posts/a.md"), GOOD).unwrap();
    fs::write(place.path("posts/b.md"), DRAFT).unwrap();
    for glob in ["**", "*.md"] {
        let config = format!("ignore: \"{glob}\"\n");
        fs::write(place.path("updraft.yml"), config).unwrap();
        assert_eq!(
            said(),
            "note: `ignore` in updraft.yml leaves out all of the posts folder: 2 files\nno mistakes in 0 files\n"
        );
    }
    fs::write(place.path("updraft.yml"), "ignore: \"posts/a*\"\n").unwrap();
    assert_eq!(said(), "no mistakes in 1 file\n");
}

#[test]
fn check_shows_a_frame_with_place_and_remedy_and_ends_with_1() {
    let ended = Place::new(&[("posts/a.md", BROKEN), ("posts/b.md", DRAFT)]).run(&["check"]);
    assert_eq!(ended.code, 1);
    for part in [
        "error[unknown-key]",
        "posts/a.md:3:1",
        "lang: [en]",
        "did you mean `langs`?",
        "1 error in 1 of 2 files\n",
    ] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    assert_eq!(ended.err, "");
}

#[test]
fn warnings_are_0_unless_denied() {
    let place = Place::new(&[("posts/a.md", WARNING)]);
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 0);
    assert!(
        ended.out.ends_with("1 warning in 1 of 1 file\n"),
        "{}",
        ended.out
    );
    assert_eq!(place.run(&["check", "--deny-warnings"]).code, 1);
    assert_eq!(
        Place::new(&[("posts/a.md", GOOD)])
            .run(&["check", "--deny-warnings"])
            .code,
        0
    );
}

#[test]
fn check_for_programs_is_json_with_places() {
    let place = Place::new(&[("posts/a.md", BROKEN), ("posts/b.md", WARNING)]);
    let ended = place.run(&["check", "--format", "json"]);
    assert_eq!(ended.code, 1);
    let entries: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 2);
    assert_eq!(
        entries[0],
        json!({
            "path": "posts/a.md", "code": "unknown-key", "severity": "error", "message": "there is no key `lang`",
            "label": null, "help": "did you mean `langs`?", "line": 3, "column": 1, "endLine": 3, "endColumn": 5,
            "byteStart": 37, "byteEnd": 41,
        })
    );
    assert_eq!(entries[1]["severity"], "warning");
    let clean = Place::new(&[("posts/a.md", GOOD)]).run(&["check", "--format", "json"]);
    assert_eq!((clean.code, clean.out.trim()), (0, "[]"));
}

#[test]
fn the_problem_matcher_reads_what_is_printed_for_people() {
    let place = Place::new(&[("posts/a.md", BROKEN)]);
    let matcher = include_str!("../.github/problem-matcher.json");
    let matcher: Value = serde_json::from_str(matcher).unwrap();
    let patterns = matcher["problemMatcher"][0]["pattern"].as_array().unwrap();
    let patterns: Vec<regex::Regex> = patterns
        .iter()
        .map(|pattern| regex::Regex::new(pattern["regexp"].as_str().unwrap()).unwrap())
        .collect();
    let entries = place.json(&["check", "--format", "json"]);
    let said = place.run(&["check"]).out;
    let lines: Vec<&str> = said.lines().collect();
    let mut found = lines.windows(2).filter_map(|pair| {
        let (what, place) = (
            patterns[0].captures(pair[0])?,
            patterns[1].captures(pair[1])?,
        );
        let word = |of: &regex::Captures<'_>, at: usize| of[at].to_owned();
        Some([
            word(&what, 1),
            word(&what, 2),
            word(&what, 3),
            word(&place, 1),
            word(&place, 2),
            word(&place, 3),
        ])
    });
    for entry in entries.as_array().unwrap() {
        let keys = ["severity", "code", "message", "path", "line", "column"];
        let wanted = keys.map(|key| match &entry[key] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        assert_eq!(found.next(), Some(wanted), "{said}");
    }
}

#[test]
fn sarif_has_a_result_for_each_mistake() {
    let place = Place::new(&[("posts/a.md", BROKEN)]);
    let entries = place.json(&["check", "--format", "json"]);
    let log = place.json(&["check", "--format", "sarif"]);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let entries = entries.as_array().unwrap();
    assert!(!entries.is_empty() && results.len() == entries.len());
    for (result, entry) in results.iter().zip(entries) {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(result["ruleId"], entry["code"]);
        assert_eq!(place["region"]["startLine"], entry["line"]);
        assert_eq!(place["region"]["startColumn"], entry["column"]);
    }
}

#[test]
fn in_github_actions_annotations_are_the_default() {
    let place = Place::new(&[("posts/a.md", BROKEN)]);
    let actions = [("GITHUB_ACTIONS", "true")];
    let annotation = "::error file=posts/a.md,line=3,";
    let ended = place.run_with(&["check"], &actions);
    assert_eq!(ended.code, 1);
    assert!(ended.out.starts_with(annotation), "{}", ended.out);
    assert!(
        place
            .run(&["check", "--format", "github"])
            .out
            .starts_with(annotation)
    );
    let frames = place.run_with(&["check", "--format", "human"], &actions);
    assert!(
        frames.out.starts_with("error[unknown-key]"),
        "{}",
        frames.out
    );
}

#[test]
fn paths_choose_files_and_folders_from_where_one_stands() {
    let place = Place::new(&[
        ("posts/a.md", BROKEN),
        ("posts/b/c.md", GOOD),
        ("posts/b/d.md", DRAFT),
        ("notes.md", ""),
    ]);
    assert_eq!(
        place.run(&["check", "posts/b"]).out,
        "no mistakes in 2 files\n"
    );
    assert_eq!(place.run(&["check", "posts/b/c.md", "posts/a.md"]).code, 1);
    assert_eq!(
        run_in(&place.path("posts/b"), &["check", "c.md"], &[]).out,
        "no mistakes in 1 file\n"
    );
    assert_eq!(
        place.run(&["-C", "posts/b", "check", "."]).out,
        "no mistakes in 2 files\n"
    );
    for path in ["posts/nothing.md", "notes.md", "/"] {
        let ended = place.run(&["check", path]);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (2, ""),
            "{path}: {}",
            ended.err
        );
        assert!(
            ended.err.starts_with("error: ") && ended.err.contains(path),
            "{}",
            ended.err
        );
    }
}

#[test]
fn mistakes_in_updraft_yml_are_frames() {
    let place = Place::new(&[
        ("posts/a.md", GOOD),
        ("updraft.yml", "timezone: Berlin\npost: x\n"),
    ]);
    for verb in ["check", "preview", "plan"] {
        let ended = place.run(&[verb]);
        let shown = ended.out + &ended.err;
        for part in [
            "updraft.yml:1:11",
            "did you mean `Europe/Berlin`?",
            "updraft.yml:2:1",
            "did you mean `posts`?",
        ] {
            assert!(shown.contains(part), "{verb}: {part}: {shown}");
        }
        assert_eq!(ended.code, if verb == "plan" { 3 } else { 1 }, "{verb}");
    }
    let entries = place.json(&["check", "--format", "json"]);
    assert_eq!(entries[0]["path"], "updraft.yml");
    assert_eq!(entries[1]["line"], 2);
}

#[test]
fn a_configuration_further_down_is_pointed_at() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.path().join("social/posts")).unwrap();
    fs::write(place.path().join("social/updraft.yml"), "timezone: UTC\n").unwrap();
    git2::Repository::init(place.path()).unwrap();
    let ended = run_in(place.path(), &["check"], &[]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.err.contains("there is social/updraft.yml"),
        "{}",
        ended.err
    );
    let there = run_in(place.path(), &["-C", "social", "check"], &[]);
    assert_eq!(there.code, 0, "{}", there.err);
}

#[test]
fn where_there_is_nothing_updraft_says_what_it_looked_for() {
    let empty = tempfile::tempdir().unwrap();
    let ended = run_in(empty.path(), &["check"], &[]);
    assert_eq!(ended.code, 2);
    assert!(
        ended
            .err
            .contains("neither an updraft.yml nor a posts folder"),
        "{}",
        ended.err
    );
}

#[test]
fn every_strange_file_is_a_mistake_and_none_a_panic() {
    let place = Place::new(&[
        ("posts/a.markdown", GOOD),
        ("posts/b.md.txt", GOOD),
        ("posts/c", GOOD),
        ("posts/D.MD", GOOD),
        ("posts/e.md", ""),
        (
            "posts/f.md",
            "---\npublish_at: 2199-12-01T09:00:00Z\nHello\n",
        ),
        ("posts/g.md", "\u{feff}---\r\n---\r\nFine\r\n"),
        ("posts/README.md", "no post"),
        ("posts/templates/x.md", "no post"),
        ("updraft.yml", "ignore: [\"posts/templates/**\"]\n"),
    ]);
    fs::write(place.path("posts/h.md"), b"---\n---\n\xff\xfe").unwrap();
    fs::write(place.path("posts/i.md"), vec![b'a'; (1 << 20) + 1]).unwrap();
    let entries = place.json(&["check", "--format", "json"]);
    let shown: Vec<(&str, &str)> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["path"].as_str().unwrap(),
                entry["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("posts/D.MD", "skipped-file"),
            ("posts/a.markdown", "skipped-file"),
            ("posts/b.md.txt", "skipped-file"),
            ("posts/c", "skipped-file"),
            ("posts/e.md", "no-front-matter"),
            ("posts/f.md", "unclosed-front-matter"),
            ("posts/h.md", "not-utf8"),
            ("posts/i.md", "file-too-large"),
        ]
    );
}

#[test]
fn plan_says_what_waits_and_what_is_due() {
    let place = Place::new(&[
        ("posts/a.md", GOOD),
        (
            "posts/b.md",
            "---\npublish_at: 2024-01-01T09:00:00Z\n---\nLong ago\n\nAnd more\n",
        ),
        ("posts/c.md", DRAFT),
        (
            "posts/d.md",
            "---\npublish_at: 2024-01-01T09:00:00Z\nhold: true\n---\nHeld\n",
        ),
        ("posts/e.md", "---\npublish_at: soon\n---\nWhen?\n"),
    ]);
    let account = [("BLUESKY_HANDLE", "alice.test")];
    let ended = place.run_with(&["plan"], &account);
    assert_eq!(ended.code, 0);
    let lines: Vec<&str> = ended.out.lines().map(str::trim).collect();
    assert!(lines[0].starts_with("Due at "), "{}", ended.out);
    assert!(
        lines[1].starts_with("Mon 2024-01-01 09:00 UTC (") && lines[1].ends_with("posts/b.md"),
        "{}",
        ended.out
    );
    assert!(
        lines[2].starts_with("missed unless already out: it was due "),
        "{}",
        ended.out
    );
    assert_eq!(lines[3], "alice.test · “Long ago …”");
    assert_eq!(
        &lines[4..7],
        [
            "posts/e.md",
            "it may be due, but its time can't be read: run `updraft check`",
            ""
        ]
    );
    assert_eq!(lines[7], "Waiting:");
    assert!(
        lines[8].starts_with("Sun 2199-12-01 09:00 UTC (in "),
        "{}",
        ended.out
    );
    assert_eq!(
        &lines[9..],
        ["alice.test · “Hello”", "", "Besides: 1 draft, 1 held back."]
    );
}

#[test]
fn plan_for_programs_is_json() {
    let place = Place::new(&[
        ("posts/a.md", GOOD),
        (
            "posts/b.md",
            "---\npublish_at: 2024-01-01T09:00:00Z\n---\nA\n\n---\n\nB\n",
        ),
        ("posts/c.md", BROKEN),
    ]);
    let plan = place.json(&["plan", "--format", "json"]);
    assert!(plan["now"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        plan["items"][0],
        json!({
            "path": "posts/b.md", "publish_at": "2024-01-01T09:00:00Z", "on_merge": false, "account": null, "decision": "blocked", "parts": 2, "turn": null,
            "reason": "due, but no account is configured: set BLUESKY_HANDLE, or `accounts:` in updraft.yml",
        })
    );
    assert_eq!(plan["items"][1]["decision"], "wait");
    assert_eq!(plan["items"][2]["parts"], Value::Null);
    let only = place.json(&["plan", "--format", "json", "--only", "posts/a.md"]);
    assert_eq!(only["items"][0]["decision"], "postponed");
    assert_eq!(place.run(&["plan", "--only", "posts/x.md"]).code, 2);
}

#[test]
fn a_pause_is_shown_although_nothing_is_due() {
    let place = Place::new(&[
        ("updraft.yml", "paused: the hall is closed\n"),
        ("posts/a.md", GOOD),
    ]);
    let ended = place.run(&["plan"]);
    let first = "Paused, so that nothing goes out: the hall is closed";
    assert_eq!(ended.out.lines().next(), Some(first), "{}", ended.out);
    let plan = place.json(&["plan", "--format", "json"]);
    assert_eq!(plan["paused"], "the hall is closed");
    let ended = place.run(&["publish", "--no-commit"]);
    assert!(
        ended
            .out
            .contains("updraft.yml says paused: the hall is closed"),
        "{}",
        ended.out
    );
}

#[test]
fn list_chooses_by_status_day_and_path() {
    let place = Place::new(&[
        ("posts/a.md", GOOD),
        ("posts/2199/b.md", OTHER),
        ("posts/c.md", DRAFT),
        ("posts/d.md", BROKEN),
    ]);
    let listed = |args: &[&str]| -> Vec<(String, String)> {
        let args = [&["list", "--format", "json"], args].concat();
        let files = place.json(&args);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let files = files.as_array().unwrap().iter();
        files
            .map(|file| (text(&file["path"]), text(&file["status"])))
            .collect()
    };
    let of = |path: &str, status: &str| (path.to_owned(), status.to_owned());
    let [a, b] = [
        of("posts/a.md", "waiting"),
        of("posts/2199/b.md", "waiting"),
    ];
    let [c, d] = [of("posts/c.md", "draft"), of("posts/d.md", "broken")];
    assert_eq!(listed(&[]), [a.clone(), d.clone(), b.clone(), c.clone()]);
    assert_eq!(listed(&["--status", "draft,broken"]), [d.clone(), c]);
    assert_eq!(listed(&["--since", "2199-12-02"]), std::slice::from_ref(&b));
    assert_eq!(listed(&["--until", "2199-12-01T09:00:01Z"]), [a, d]);
    assert_eq!(listed(&["posts/2199"]), [b]);
    let ended = place.run(&["list", "--status", "due"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, "no file fits\n"));
    let ended = place.run(&["list", "--account", "nobody"]);
    assert!(
        ended.code == 2 && ended.err.contains("there is no account `nobody`"),
        "{}",
        ended.err
    );
    let ended = place.run(&["list", "--since", "yesterday"]);
    assert!(
        ended.code == 2 && ended.err.contains("--since: "),
        "{}",
        ended.err
    );
}

#[test]
fn a_long_path_takes_the_words_from_its_own_row_alone() {
    let long = "posts/2199-12-02-a-name-as-long-as-this.md";
    let list = |files: &[(&str, &str)]| {
        let ended = Place::new(files).run_with(&["list"], &[("COLUMNS", "80")]);
        ended.out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let [hello, other] = ["2199-12-01 09:00 UTC", "2199-12-02 09:00 UTC"];
    assert_eq!(
        list(&[
            ("posts/a.md", GOOD),
            (long, OTHER),
            ("posts/longer.md", DRAFT)
        ]),
        [
            format!("{hello}  waiting  posts/a.md       “Hello”"),
            format!("{other}  waiting  {long}"),
            "-                     draft    posts/longer.md  “Hello”".to_owned(),
        ]
    );
    assert_eq!(
        list(&[(long, OTHER)]),
        [format!("{other}  waiting  {long}")]
    );
}

#[test]
fn preview_for_programs_is_what_will_be_published() {
    let text = "---\npublish_at: 2199-12-01 09:00\ntimezone: America/New_York\nlangs: [en]\n---\n\
                Hé [here](https://example.com/a) @alice.example.com #rust\n\n---\n\nTwo\n";
    let place = Place::new(&[("posts/a.md", text), ("posts/b.md", DRAFT)]);
    let files = place.json(&["preview", "--format", "json"]);
    let keys = |value: &Value| {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys.join(" ")
    };
    let (file, post) = (&files[0], &files[0]["posts"][0]);
    assert_eq!(
        keys(file),
        "account on_merge path posts publish_at quotes replies reply_to repost status"
    );
    assert_eq!(
        keys(post),
        "bytes embed facets graphemes labels langs record tags text"
    );
    assert_eq!(file["path"], "posts/a.md");
    assert_eq!(file["publish_at"], "2199-12-01T14:00:00Z");
    assert_eq!(file["account"], Value::Null);
    assert_eq!(file["status"], "waiting");
    assert_eq!(post["text"], "Hé here @alice.example.com #rust");
    assert_eq!(
        (post["graphemes"].as_u64(), post["bytes"].as_u64()),
        (Some(32), Some(33))
    );
    assert_eq!(post["langs"], json!(["en"]));
    assert_eq!(
        post["embed"],
        json!({"$type": "app.bsky.embed.external", "external": {"uri": "https://example.com/a"}})
    );
    let facets = json!([
        {"index": {"byteStart": 4, "byteEnd": 8},
         "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/a"}]},
        {"index": {"byteStart": 9, "byteEnd": 27},
         "features": [{"$type": "app.bsky.richtext.facet#mention", "handle": "alice.example.com"}]},
        {"index": {"byteStart": 28, "byteEnd": 33},
         "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "rust"}]},
    ]);
    assert_eq!(post["facets"], facets);
    let record = &post["record"];
    assert_eq!(record["$type"], "app.bsky.feed.post");
    assert_eq!(record["text"], post["text"]);
    assert_eq!(record["langs"], post["langs"]);
    assert_eq!(record["facets"].as_array().unwrap().len(), 3);
    assert_eq!(record.get("createdAt"), None);
    assert_eq!(file["posts"].as_array().unwrap().len(), 2);
    assert_eq!(files[1]["publish_at"], Value::Null);
    assert_eq!(files[1]["status"], "draft");
    assert_eq!(files[1]["posts"][0]["facets"], json!([]));
}

/// What an import makes of posts that are out: no `publish_at`, and a block.
fn archived(at: &str, key: &str, front: &str, body: &str) -> String {
    let uri = format!("at://did:plc:x/app.bsky.feed.post/{key}");
    let url = format!("https://bsky.app/profile/did:plc:x/post/{key}");
    format!(
        "---\n{front}bluesky:\n  status: published\n  published_at: {at}\n  source: sha256:0000000000000000\n  url: {url}\n  posts:\n    - uri: {uri}\n---\n{body}"
    )
}

#[test]
fn an_archive_is_listed_and_shown_at_the_moment_it_went_out() {
    let repost = "repost: https://bsky.app/profile/bob.test/post/3kabc\n";
    let place = Place::new(&[
        ("updraft.yml", "timezone: Europe/Berlin\n"),
        (
            "posts/a.md",
            &archived(
                "2026-02-03T09:00:00Z",
                "3kb",
                "",
                "See https://example.com\n",
            ),
        ),
        (
            "posts/b.md",
            &archived("2025-02-03T09:00:00Z", "3ka", repost, ""),
        ),
        ("posts/c.md", DRAFT),
    ]);
    let listed = place.run(&["list"]).out;
    let lines: Vec<&str> = listed.lines().collect();
    assert!(
        lines[0].starts_with("2025-02-03 10:00 CET  published  "),
        "{listed}"
    );
    assert!(
        lines[0].ends_with("posts/b.md  ↻ https://bsky.app/profile/did:plc:x/post/3ka"),
        "{listed}"
    );
    assert!(
        lines[1].starts_with("2026-02-03 10:00 CET  published"),
        "{listed}"
    );
    assert!(lines[2].starts_with("-  "), "{listed}");
    let since = place.run(&["list", "--since", "2026-01-01"]).out;
    assert!(
        since.contains("a.md") && since.lines().count() == 1,
        "{since}"
    );
    let shown = place.run(&["preview", "posts/a.md"]).out;
    for words in [
        "  published · Tue 2026-02-03 10:00 CET (",
        "\n  https://bsky.app/profile/did:plc:x/post/3kb\n",
        "https://example.com: what its card shows is on Bluesky alone",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("updraft pin"), "{shown}");
}

#[test]
fn preview_names_the_account_and_the_status_of_each_file() {
    let block = "bluesky:\n  status: STATUS\n  source: sha256:0000000000000000\n  posts:\n  - uri: at://did:plc:x/app.bsky.feed.post/STATUS\n";
    let settled = |status: &str| format!("---\n{}---\nHi\n", block.replace("STATUS", status));
    let [published, failed, missed, retracted] =
        ["published", "failed", "missed", "retracted"].map(settled);
    let place = Place::new(&[
        (
            "updraft.yml",
            "accounts:\n  main:\n    handle: alice.test\nlate: {after: 3650d}\n",
        ),
        ("posts/1.md", DRAFT),
        (
            "posts/2.md",
            "---\npublish_at: 2199-12-01T09:00:00Z\nhold: true\n---\nHi\n",
        ),
        ("posts/3.md", GOOD),
        (
            "posts/4.md",
            "---\npublish_at: 2026-01-01T09:00:00Z\n---\nHi\n",
        ),
        ("posts/5.md", &published),
        ("posts/6.md", &failed),
        ("posts/7.md", &missed),
        ("posts/8.md", &retracted),
    ]);
    let files = place.json(&["preview", "--format", "json"]);
    let statuses: Vec<&str> = files
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        [
            "draft",
            "held",
            "waiting",
            "due",
            "published",
            "failed",
            "missed",
            "retracted"
        ]
    );
    assert!(
        files
            .as_array()
            .unwrap()
            .iter()
            .all(|file| file["account"] == "main")
    );
}

#[test]
fn preview_leaves_broken_files_out_and_says_so() {
    let place = Place::new(&[("posts/a.md", BROKEN), ("posts/b.md", GOOD)]);
    let ended = place.run(&["preview", "--format", "json"]);
    assert_eq!(ended.code, 1);
    let files: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(files.as_array().unwrap().len(), 1);
    assert!(
        ended.err.contains("error[unknown-key]") && ended.err.contains("posts/a.md:3:1"),
        "{}",
        ended.err
    );
    let chosen = place.run(&["preview", "posts/b.md"]);
    assert_eq!((chosen.code, chosen.err.as_str()), (0, ""));
    assert_eq!(place.run(&["preview", "posts/x.md"]).code, 2);
}

#[test]
fn preview_draws_a_card_for_each_part() {
    let text =
        "---\npublish_at: 2199-12-01T09:00:00Z\n---\nHello @alice.example.com\n\n---\n\nTwo\n";
    let ended = Place::new(&[("posts/a.md", text)]).run(&["preview"]);
    assert_eq!(ended.code, 0);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines[0], "posts/a.md");
    assert!(
        lines[1].starts_with("  waiting · Sun 2199-12-01 09:00 UTC (in "),
        "{}",
        ended.out
    );
    for part in [
        "─ 1/2 ─",
        "│ Hello @alice.example.com  ",
        "│ 👤 @alice.example.com",
        " 24/300 ─╯",
        "─ 2/2 ─",
        " 3/300 ─╯",
    ] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    let widths: Vec<usize> = lines
        .iter()
        .filter(|line| line.starts_with("  ╭") || line.starts_with("  ╰"))
        .map(|line| line.chars().count())
        .collect();
    assert!(
        widths.windows(2).all(|pair| pair[0] == pair[1]),
        "{}",
        ended.out
    );
}

#[test]
fn preview_says_where_a_link_leads_if_its_words_do_not() {
    let text = "---\n---\nhttps://example.com/a, example.com/b and [c](https://example.com/c)\n";
    let shown = Place::new(&[("posts/a.md", text)]).run(&["preview"]).out;
    for line in [
        "│ 🔗 https://example.com/a  ",
        "│ 🔗 example.com/b → https://example.com/b  ",
        "│ 🔗 c → https://example.com/c  ",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

#[test]
fn new_writes_a_file_that_is_to_be_filled_and_never_over_another() {
    let place = Place::new(&[("updraft.yml", "timezone: Europe/Berlin\n")]);
    let ended = place.run(&["new", "launch", "--at", "2199-12-01 09:00"]);
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (0, "posts/2199-12-01-launch.md\n"),
        "{}",
        ended.err
    );
    let text = fs::read_to_string(place.path("posts/2199-12-01-launch.md")).unwrap();
    assert_eq!(
        text,
        "---\n# yaml-language-server: $schema=../schema/front-matter.json\npublish_at: 2199-12-01 09:00\nlangs: [en]\n---\nWrite the post here.\n"
    );
    // With a time, it would go out as it is.
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("unwritten-post") || ended.err.contains("unwritten-post"));
    let written = text.replace("Write the post here.", "Our new site is up.");
    fs::write(place.path("posts/2199-12-01-launch.md"), written).unwrap();
    assert_eq!(place.run(&["check", "--deny-warnings"]).code, 0);
    let again = place.run(&["new", "launch", "--at", "2199-12-01 09:00"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("is there already"), "{}", again.err);
    assert_eq!(place.run(&["new", "idea"]).out, "posts/idea.md\n");
    assert_eq!(place.run(&["check"]).out, "no mistakes in 2 files\n");
}

#[test]
fn new_refuses_what_would_not_check() {
    let accounts = "accounts:\n  main: {handle: a.test}\n  side: {handle: b.test}\n";
    let place = Place::new(&[("updraft.yml", accounts)]);
    for (args, reason) in [
        (
            &["new", "x", "--account", "main", "--at", "tomorrow"][..],
            "`tomorrow` is no time that updraft reads; write it as `2026-12-01 09:00` (with --timezone) or",
        ),
        (
            &["new", "x", "--account", "main", "--at", "2199-12-01 09:00"],
            "this local time has no zone",
        ),
        (
            &[
                "new",
                "x",
                "--account",
                "main",
                "--at",
                "2199-12-01 09:00",
                "--timezone",
                "Berlin",
            ],
            "did you mean `Europe/Berlin`?",
        ),
        (&["new", "x", "--account", "sid"], "did you mean `side`?"),
        (&["new", "x"], "pass --account with one of main, side"),
        (&["new", "../x", "--account", "main"], "is no file name"),
        (&["new", ".x", "--account", "main"], "is no file name"),
        (&["new", "é/x", "--account", "main"], "is no file name"),
    ] {
        let ended = place.run(args);
        assert_eq!(ended.code, 2, "{args:?}");
        assert!(ended.err.contains(reason), "{args:?}: {}", ended.err);
    }
    assert_eq!(fs::read_dir(place.path("posts")).unwrap().count(), 0);
    let args = [
        "new",
        "x",
        "--account",
        "side",
        "--at",
        "2199-12-01 09:00",
        "--timezone",
        "Asia/Tokyo",
    ];
    assert_eq!(place.run(&args).code, 0);
    // All that is wrong with it is that nobody has written it.
    let checked = place.run(&["check"]);
    let said = checked.out + &checked.err;
    assert!(
        said.contains("unwritten-post") && said.contains("1 error in 1 of 1 file"),
        "{said}"
    );
}

#[test]
fn shift_moves_what_waits_and_nothing_else() {
    let berlin =
        "---\npublish_at: '2199-12-01 09:00' # keynote\ntimezone: Europe/Berlin\n---\nHello\n";
    let place = Place::new(&[
        ("posts/talks/a.md", berlin),
        ("posts/talks/b.md", GOOD),
        ("posts/talks/draft.md", DRAFT),
        ("posts/other.md", OTHER),
    ]);
    let read = |path: &str| fs::read_to_string(place.path(path)).unwrap();
    let dry = place.run(&["shift", "+15m", "posts/talks", "--dry-run"]);
    assert_eq!(dry.code, 0, "{}{}", dry.out, dry.err);
    assert!(dry.out.contains("2 posts would move"), "{}", dry.out);
    assert_eq!(read("posts/talks/a.md"), berlin);
    let ended = place.run(&["shift", "-1h30m", "posts/talks"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(
        ended.out.contains("2199-12-01 09:00 → 2199-12-01 07:30"),
        "{}",
        ended.out
    );
    assert!(ended.err.contains("draft.md is a draft"), "{}", ended.err);
    assert_eq!(read("posts/talks/a.md"), berlin.replace("09:00", "07:30"));
    assert_eq!(read("posts/talks/b.md"), GOOD.replace("09:00", "07:30"));
    assert_eq!(read("posts/other.md"), OTHER);
}

#[test]
fn shift_moves_all_or_nothing() {
    let twice = "---\npublish_at: 2030-10-27 01:30\ntimezone: Europe/Berlin\n---\nHello\n";
    let place = Place::new(&[("posts/a.md", GOOD), ("posts/b.md", twice)]);
    let ended = place.run(&["shift", "+1h", "posts"]);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("happens twice"), "{}", ended.err);
    assert!(ended.err.contains("nothing was moved"), "{}", ended.err);
    assert_eq!(fs::read_to_string(place.path("posts/a.md")).unwrap(), GOOD);
    assert_eq!(place.run(&["shift", "15m", "posts"]).code, 2);
    assert_eq!(place.run(&["shift", "+1h", "posts/none.md"]).code, 2);
}

#[test]
fn the_help_of_each_verb_fits_a_screen_and_has_an_example() {
    let place = Place::new(&[]);
    let help = place.run(&["--help"]);
    assert!(help.out.lines().count() <= 40, "{}", help.out);
    for verb in [
        "check",
        "doctor",
        "explain",
        "plan",
        "preview",
        "new",
        "schema",
        "publish",
        "status",
        "rehearse",
        "adopt",
        "retry",
        "shift",
        "retract",
        "import",
        "list",
        "pin",
        "review",
        "watch",
        "init",
        "completions",
        "man",
    ] {
        assert!(help.out.contains(&format!("\n  {verb} ")), "{verb}");
        let ended = place.run(&[verb, "--help"]);
        assert_eq!(ended.code, 0);
        assert!(ended.out.lines().count() <= 40, "{verb}: {}", ended.out);
        let global = "\n\nGlobal options:\n  -C, --directory <DIR>";
        let (own, all) = ended.out.split_once(global).unwrap();
        assert!(own.contains("-h, --help"), "{verb}: {own}");
        for option in ["--config", "-v, --verbose"] {
            assert!(all.contains(option) && !own.contains(option), "{verb}");
        }
        assert!(
            ended.out.contains(&format!("Example: updraft {verb}")),
            "{verb}: {}",
            ended.out
        );
        assert!(
            ended.out.lines().all(|line| line.chars().count() <= 100),
            "{verb}"
        );
    }
}

#[test]
fn alone_it_says_what_is_next_and_what_to_do_first() {
    let nowhere = tempfile::tempdir().unwrap();
    let ended = run_in(nowhere.path(), &[], &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("`updraft init`"), "{}", ended.err);
    let place = Place::new(&[(
        "posts/a.md",
        "---\npublish_at: 2199-12-01 09:00Z\nlangs: [en]\n---\nHello\n",
    )]);
    let ended = place.run(&[]);
    assert_eq!(ended.code, 0);
    assert!(
        ended
            .out
            .starts_with("Nothing is due. Next: posts/a.md, Sun 2199-12-01 09:00 UTC"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("Nothing needs you"), "{}", ended.out);
    let place = Place::new(&[
        ("posts/a.md", GOOD),
        ("posts/b.md", "---\nlang: en\n---\nHello\n"),
    ]);
    let ended = place.run(&[]);
    assert!(
        ended
            .out
            .contains("First: 1 file with errors: `updraft check`"),
        "{}",
        ended.out
    );
}

#[test]
fn alone_it_counts_no_file_with_errors_as_due() {
    let no_zone = "---\npublish_at: 2025-12-01 09:00\n---\nHello\n";
    let due = "---\npublish_at: 2025-12-01 09:00Z\n---\nDue\n";
    let place = Place::new(&[("posts/a.md", no_zone), ("posts/b.md", no_zone)]);
    let ended = place.run(&[]);
    assert_eq!(
        ended.out,
        "2 files that may be due have errors. Nothing waits.\nFirst: 2 files with errors: `updraft check` shows them\nAll commands: updraft --help\n"
    );
    fs::write(place.path("posts/c.md"), due).unwrap();
    let ended = place.run(&[]);
    assert!(
        ended
            .out
            .starts_with("1 post is due, besides 2 files with errors. Nothing waits.\n"),
        "{}",
        ended.out
    );
}

#[test]
fn a_broken_file_is_planned_in_the_zone_of_its_author() {
    let broken = "---\npublish_at: 2199-12-01 09:00\nlang: [en]\n---\nHello\n";
    let own = broken.replace("lang:", "timezone: Asia/Tokyo\nlang:");
    let place = Place::new(&[
        ("updraft.yml", "timezone: Europe/Berlin\n"),
        ("posts/a.md", broken),
        ("posts/b.md", &own),
    ]);
    for verb in ["plan", "list", "status"] {
        let ended = place.run(&[verb]);
        assert!(ended.out.contains("2199-12-01 09:00 CET"), "{}", ended.out);
        assert!(ended.out.contains("2199-12-01 09:00 JST"), "{}", ended.out);
    }
}

#[test]
fn a_rehearsal_leaves_out_what_plan_puts_besides() {
    let dated =
        |key: &str| format!("---\npublish_at: 2199-12-01 09:00Z\n{key}\n---\nHello {key}\n");
    let place = Place::new(&[
        ("posts/a.md", GOOD),
        ("posts/held.md", &dated("hold: true")),
        ("posts/back.md", &dated("retract: true")),
        ("posts/draft.md", DRAFT),
        ("posts/merge.md", "---\npublish_at: merge\n---\nMerged\n"),
    ]);
    let git = std::process::Command::new("git")
        .args(["init", "-q"])
        .current_dir(place.path(""))
        .status();
    assert!(git.unwrap().success());
    let besides = "1 draft, 2 held back.\n";
    let planned = place.run(&["plan"]).out;
    assert!(
        planned.ends_with(&format!("Besides: {besides}")),
        "{planned}"
    );
    let rehearsed = place.run(&["rehearse"]);
    assert!(
        rehearsed.out.contains(&format!("\nLeft out: {besides}")),
        "{}{}",
        rehearsed.out,
        rehearsed.err
    );
}

#[test]
fn the_wrong_place_is_2_for_every_verb() {
    let empty = tempfile::tempdir().unwrap();
    let post = "https://bsky.app/profile/a.example/post/3kabc";
    for args in [
        &["check"][..],
        &["plan"],
        &["list"],
        &["status"],
        &["preview"],
        &["publish"],
        &["publish", "--no-commit"],
        &["watch"],
        &["rehearse"],
        &["review", "--base", "main"],
        &["new", "launch"],
        &["pin"],
        &["shift", "+1d", "posts"],
        &["retry", "posts/a.md"],
        &["retract", "posts/a.md"],
        &["adopt", "posts/a.md", post],
        &["import", "twitter-together", "."],
    ] {
        let ended = run_in(empty.path(), args, &[]);
        assert_eq!(ended.code, 2, "{args:?}: {}", ended.err);
        let says_where_to_go = ["git init", "--no-commit", "-C FOLDER"]
            .iter()
            .any(|remedy| ended.err.contains(remedy));
        assert!(says_where_to_go, "{args:?}: {}", ended.err);
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure_of_the_world() {
    use std::process::{Command, Stdio};
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("updraft"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.args(["schema", "front-matter"]).stdout(writer);
    let output = output.stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert!(output.stderr.is_empty());
}

#[test]
fn without_git_nothing_is_written_into_a_folder_further_up() {
    let place = Place::new(&[("posts/a.md", GOOD), ("deep/er/notes.txt", "")]);
    let there = place.path("deep/er");
    let ended = run_in(&there, &["new", "launch"], &[]);
    assert_eq!(ended.code, 2, "{}", ended.out);
    assert!(
        ended.err.contains("/posts further up, but no git"),
        "{}",
        ended.err
    );
    assert_eq!(fs::read_dir(place.path("posts")).unwrap().count(), 1);
    let below = run_in(&place.path("posts"), &["check"], &[]);
    assert_eq!(below.out, "no mistakes in 1 file\n");
    git2::Repository::init(place.path(".")).unwrap();
    assert_eq!(run_in(&there, &["new", "launch"], &[]).code, 0);
    assert_eq!(fs::read_dir(place.path("posts")).unwrap().count(), 2);
}

#[test]
fn what_is_due_and_what_is_too_late_is_said_before_a_run_does_so() {
    let at = |ago: chrono::TimeDelta| (chrono::Utc::now() - ago).format("%Y-%m-%dT%H:%M:%SZ");
    let post =
        |ago, words: &str| format!("---\npublish_at: {}\nlangs: [en]\n---\n{words}\n", at(ago));
    let place = Place::new(&[
        ("updraft.yml", "accounts:\n  main: { handle: a.example }\n"),
        ("posts/due.md", &post(chrono::TimeDelta::hours(1), "Due")),
        ("posts/old.md", &post(chrono::TimeDelta::days(30), "Old")),
        ("posts/later.md", GOOD),
    ]);
    let rehearsed = place.run(&["rehearse"]);
    assert_eq!(rehearsed.code, 0, "{}", rehearsed.err);
    let late =
        "Too late by now, and missed by a real run without a new `publish_at`: posts/old.md.\n";
    assert!(rehearsed.out.contains(late), "{}", rehearsed.out);
    let repository = git2::Repository::init(place.path(".")).unwrap();
    let missed = "note: too late, and missed unless it gets a new `publish_at`: posts/old.md\n";
    let merging = "note: goes out as soon as this is merged: posts/due.md\n";
    let next = "note: goes out with the next run: posts/due.md\n";
    let says = |expected: &[&str]| {
        let said = place.run(&["check"]).out;
        let notes: String = said
            .split_inclusive('\n')
            .filter(|line| line.starts_with("note: "))
            .collect();
        assert_eq!(notes, expected.concat());
    };
    says(&[merging, missed]);
    commit(&repository);
    let remote = tempfile::tempdir().unwrap();
    git2::Repository::init_bare(remote.path()).unwrap();
    let url = remote.path().display().to_string();
    let name = repository.head().unwrap().shorthand().unwrap().to_owned();
    let mut origin = repository.remote("origin", &url).unwrap();
    let mut push = || origin.push(&[format!("refs/heads/{name}")], None).unwrap();
    push();
    fs::write(
        place.path("updraft.yml"),
        format!("accounts:\n  main: {{ handle: a.example }}\npublish_from: {name}\n"),
    )
    .unwrap();
    says(&[next, missed]);
    // On a branch that began before the result of `old` was there, it is no advice to send it once more.
    let begun = repository.head().unwrap().peel_to_commit().unwrap();
    let old = fs::read_to_string(place.path("posts/old.md")).unwrap();
    let uri = "at://did:plc:x/app.bsky.feed.post/3ka";
    let block = format!(
        "bluesky:\n  status: published\n  source: sha256:0000000000000000\n  posts:\n    - uri: {uri}\n---\nOld"
    );
    fs::write(place.path("posts/old.md"), old.replace("---\nOld", &block)).unwrap();
    commit(&repository);
    push();
    repository.branch("feature", &begun, false).unwrap();
    repository.set_head("refs/heads/feature").unwrap();
    fs::write(place.path("posts/old.md"), &old).unwrap();
    fs::write(
        place.path("posts/new.md"),
        post(chrono::TimeDelta::hours(2), "New"),
    )
    .unwrap();
    let new = "note: goes out as soon as this is merged: posts/new.md\n";
    says(&[new, next]);
    let settings = fs::read_to_string(place.path("updraft.yml")).unwrap();
    fs::write(
        place.path("updraft.yml"),
        format!("{settings}paused: holiday\n"),
    )
    .unwrap();
    says(&[]);
}

#[test]
fn what_was_missed_and_is_given_another_time_is_said_to_go_out() {
    let old = "2025-12-02T09:00:00Z";
    let hour_ago = (chrono::Utc::now() - chrono::TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%SZ");
    let block = "bluesky:\n  status: missed\n  missed_at: 2025-12-04T09:00:00Z\n  source: sha256:0000000000000000\n";
    let post =
        |at: &str, block: &str| format!("---\npublish_at: {at}\nlangs: [en]\n{block}---\nLate\n");
    let missed = post(old, block);
    let place = Place::new(&[("posts/late.md", &missed)]);
    let repository = git2::Repository::init(place.path(".")).unwrap();
    commit(&repository);
    let says_so = |text: &str| {
        fs::write(place.path("posts/late.md"), text).unwrap();
        place
            .run(&["check"])
            .out
            .contains("note: goes out as soon as this is merged: posts/late.md\n")
    };
    assert!(!says_so(&missed));
    assert!(
        !says_so(&post(old, "")),
        "a branch that is older than the verdict"
    );
    assert!(says_so(&post("merge", block)));
    assert!(says_so(&post(&hour_ago.to_string(), block)));
    assert!(says_so(&post(&hour_ago.to_string(), "")));
}

fn commit(repository: &git2::Repository) {
    let mut index = repository.index().unwrap();
    index
        .add_all(["*"], git2::IndexAddOption::DEFAULT, None)
        .unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let who = git2::Signature::now("Ada", "ada@example.com").unwrap();
    let parent = repository.head().ok();
    let parent = parent.map(|head| head.peel_to_commit().unwrap());
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    repository
        .commit(Some("HEAD"), &who, &who, "Posts", &tree, &parents)
        .unwrap();
}

#[test]
fn a_path_or_an_account_that_is_not_there_brings_up_the_one_that_was_meant() {
    let place = Place::new(&[("posts/deep/a.md", GOOD), ("updraft.yml", ACCOUNTS)]);
    let cases: &[(&[&str], &str)] = &[
        (
            &["check", "a.md"],
            "there is no a.md; did you mean posts/deep/a.md?",
        ),
        (
            &["check", "posts/dep/a.md"],
            "did you mean posts/deep/a.md?",
        ),
        (&["check", "zzz"], "there is no zzz; the posts are in /"),
        (
            &["list", "--account", "mian"],
            "--account: there is no account `mian`; did you mean `main`?",
        ),
        (
            &["list", "--account", "zzz"],
            "there is no account `zzz`; updraft.yml has main, club",
        ),
        (
            &["new", "launch", "--account", "mian"],
            "there is no account `mian`; did you mean `main`?",
        ),
        (&["shift", "+40000d", "posts"], "`+40000d` is too far"),
        (&["shift", "1d", "posts"], "`1d` is no shift"),
    ];
    for (args, expected) in cases {
        let ended = place.run(args);
        assert_eq!(ended.code, 2, "{args:?}");
        assert!(ended.err.contains(expected), "{args:?}: {}", ended.err);
    }
    let below = run_in(&place.path("posts"), &["check", "dep/a.md"], &[]);
    assert!(
        below.err.contains("did you mean deep/a.md?"),
        "{}",
        below.err
    );
}

#[test]
fn a_printed_path_works_in_every_folder_and_the_folder_of_the_call_comes_first() {
    let place = Place::new(&[
        ("posts/2019/v2.md", GOOD),
        ("posts/2019/posts/same.md", DRAFT),
        ("posts/same.md", OTHER),
        ("updraft.yml", "timezone: UTC\n"),
    ]);
    let folder = place.path("posts/2019");
    let listed = |path: &str| -> Vec<String> {
        let ended = run_in(&folder, &["list", "--format", "json", path], &[]);
        let files: Value = serde_json::from_str(&ended.out).unwrap();
        let paths = files.as_array().unwrap().iter();
        paths
            .map(|file| file["path"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(listed("v2.md"), ["posts/2019/v2.md"]);
    assert_eq!(listed("posts/2019/v2.md"), ["posts/2019/v2.md"]);
    assert_eq!(listed("posts/same.md"), ["posts/2019/posts/same.md"]);
    let path = "posts/2019/v2.md";
    for args in [
        &["check", path][..],
        &["preview", path],
        &["plan", "--only", path],
        &["shift", "+15m", path],
    ] {
        let ended = run_in(&folder, args, &[]);
        assert_eq!(ended.code, 0, "{args:?}: {}", ended.err);
    }
    // What lies outside is not there.
    let outside = tempfile::tempdir().unwrap();
    let outside = format!("../{}", outside.path().file_name().unwrap().display());
    let ended = run_in(&folder, &["check", &outside], &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("there is no ../"), "{}", ended.err);
}

#[test]
fn a_folder_where_a_file_is_needed_is_called_one() {
    let place = Place::new(&[("posts/archive/a.md", GOOD)]);
    let url = "https://bsky.app/profile/a.example/post/3kabc";
    for args in [
        &["retract", "posts/archive"][..],
        &["retry", "posts/archive"],
        &["adopt", "posts/archive", url],
    ] {
        let ended = place.run(args);
        let said = "error: posts/archive is a folder: name files\n";
        assert_eq!((ended.code, ended.err.as_str()), (2, said), "{args:?}");
    }
}

#[test]
fn wrong_usage_is_2() {
    let place = Place::new(&[("posts/a.md", GOOD)]);
    let misspelt = place.run(&["chekc"]).err;
    assert!(misspelt.contains("'check', 'schema'"), "{misspelt}");
    let early = place.run(&["rehearse", "--until", "2020-01-01"]).err;
    let said = "error: --until: the year 2020 is out of range: 2023 to 2200; write for example";
    assert!(early.starts_with(said), "{early}");
    for args in [
        &["chek"][..],
        &["check", "--format", "xml"],
        &["plan", "--limit", "x"],
        &["new"],
    ] {
        assert_eq!(place.run(args).code, 2, "{args:?}");
    }
}

#[test]
fn status_says_how_it_stands_and_asks_nobody() {
    let missed = "---\npublish_at: 2025-12-01T09:00:00Z\nlangs: [en]\nbluesky:\n  status: missed\n  missed_at: 2025-12-03T09:00:00.000Z\n  source: sha256:0123456789abcdef\n  reason: it was 2 days late\n---\nMissed\n";
    let told = "---\npublish_at: 2025-12-01T09:00:00Z\nlangs: [en]\nbluesky:\n  status: waiting\n  told_at: 2025-12-01T09:05:00.000Z\n  source: sha256:0123456789abcdef\n  reason: 'left: no answer'\n---\nTold\n";
    let place = Place::new(&[
        ("posts/a.md", GOOD),
        ("posts/missed.md", missed),
        ("posts/told.md", told),
    ]);
    let shown = place.run(&["status"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    for words in [
        "Due, and not out:\n",
        "told 2025-12-01 09:05 UTC: left: no answer",
        "Missed:\n",
        "it was 2 days late",
        "Next:\n  Sun 2199-12-01 09:00 UTC",
        "Nothing was published in the last 30 days.",
        "No run of this clone is known.",
    ] {
        assert!(shown.out.contains(words), "{words:?}:\n{}", shown.out);
    }
    let status = place.json(&["status", "--format", "json"]);
    assert_eq!(status["posts"]["waiting"], 1);
    assert_eq!(status["missed"][0]["reason"], "it was 2 days late");
    assert_eq!(status["due"][0]["path"], "posts/told.md");
    assert_eq!(status["lateness"]["max_seconds"], Value::Null);
    assert_eq!(status["last_run"], Value::Null);
}

#[test]
fn a_block_that_says_that_a_post_waits_is_none() {
    let told = "---\npublish_at: 2199-12-01T09:00:00Z\nlangs: [en]\nbluesky:\n  status: waiting\n  told_at: 2026-12-01T09:05:00.000Z\n  source: sha256:0123456789abcdef\n  reason: 'left: no answer'\n---\nHello\n";
    let place = Place::new(&[("posts/told.md", told)]);
    let plan = place.json(&["plan", "--format", "json"]);
    assert_eq!(plan["items"][0]["decision"], "wait");
    let retried = place.run(&["retry", "posts/told.md"]);
    assert_eq!(retried.code, 2);
    assert_eq!(place.run(&["shift", "+15m", "posts/told.md"]).code, 0);
    // As a twin of another file, too, and where the file is broken.
    fs::write(place.path("posts/twin.md"), GOOD).unwrap();
    fs::write(place.path("posts/told.md"), told).unwrap();
    let twins = place.run(&["check"]);
    assert!(twins.out.contains("duplicate-post") || twins.err.contains("duplicate-post"));
    fs::write(
        place.path("posts/told.md"),
        told.replace("2199", "2025").replace("Hello", "![](x.png)"),
    )
    .unwrap();
    let plan = place.json(&["plan", "--format", "json"]);
    assert_eq!(plan["items"][0]["decision"], "blocked", "{plan:#}");
}

#[test]
fn a_run_that_can_not_do_its_work_tells_a_command_and_annotates() {
    let config = "notify: { command: [sh, -c, 'cat > told.json'] }\ntimezone: Nowhere\n";
    let place = Place::new(&[("posts/a.md", GOOD), ("updraft.yml", config)]);
    let path = std::env::var("PATH").unwrap();
    let env = [("GITHUB_ACTIONS", "true"), ("PATH", path.as_str())];
    let ran = place.run_with(&["publish", "--no-commit"], &env);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(
        ran.out.contains("::error::updraft.yml has mistakes: "),
        "{}",
        ran.out
    );
    let told = fs::read_to_string(place.path("told.json")).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["incidents"][0]["kind"], "run");
    assert_eq!(told["incidents"][0]["path"], Value::Null);
    let ran = place.run_with(&["publish"], &env);
    assert!(
        ran.out.contains("::error::this is no git repository"),
        "{}",
        ran.out
    );
}

#[test]
fn a_file_commands_neither_the_terminal_nor_the_workflow() {
    let post = "---\nlangs: [en]\nhold: maybe\n---\n::error::a\\\n##[add-mask]b \u{1b}[31mc \u{202e}d\u{200b}e\n";
    let good = "---\npublish_at: 2190-03-02 12:00Z\n---\n::error::a\\\n  ::stop-commands::x\\\n##[add-mask]b \u{1b}[31mc \u{202e}d\u{200b}e\n";
    let place = Place::new(&[
        ("posts/a\n::error::b\u{1b}]0;c\u{7}##[add-mask].md", post),
        ("posts/b\n::error::b\u{1b}]0;c\u{7}##[add-mask].md", good),
    ]);
    let actions = [("GITHUB_ACTIONS", "true")];
    for args in [
        &["check"][..],
        &["check", "--format", "human"],
        &["check", "--format", "json"],
        &["plan"],
        &["plan", "--format", "json"],
        &["preview"],
        &["preview", "--format", "json"],
        &["publish"],
        &["retry"],
        &["pin"],
    ] {
        let ended = place.run_with(args, &actions);
        let all = format!("{}\n{}", ended.out, ended.err);
        assert!(!all.contains("##["), "{args:?}: {all}");
        let unseen = ['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}'];
        assert!(!all.contains(unseen), "{args:?}: {all}");
        for line in all.lines().map(str::trim_start) {
            let own = [
                "::error file=posts/",
                "::warning file=",
                "::error::this is no git repository",
            ];
            let own = own.iter().any(|command| line.starts_with(command));
            assert!(!line.starts_with("::") || own, "{args:?}: {line}");
        }
    }
}

#[test]
fn no_key_and_no_link_reads_a_file_outside() {
    let outside = tempfile::tempdir().unwrap();
    let secret = "WEBVTT\n\nhunter2\n";
    for name in ["s.vtt", "s.png", "s.mp4", "s.md", "clip.en.vtt"] {
        fs::write(outside.path().join(name), secret).unwrap();
    }
    let out = format!(
        "../../{}",
        outside.path().file_name().unwrap().to_string_lossy()
    );
    let video = include_bytes!("../posts/media/swim.mp4");
    let picture = include_bytes!("../posts/media/timeline.png");
    let keys = [
        format!("card: {{ url: \"https://a.b\", title: t, image: {out}/s.png }}\n---\nwords"),
        format!("captions: [{{ lang: en, file: {out}/s.vtt }}]\n---\n![a clip](clip.mp4)"),
        "captions: [{ lang: en, file: ../.git/s.vtt }]\n---\n![a clip](clip.mp4)".to_owned(),
        "captions: [{ lang: en, file: link.vtt }]\n---\n![a clip](clip.mp4)".to_owned(),
        "card: { url: \"https://a.b\", title: t, image: ../.git/s.png }\n---\nwords".to_owned(),
        format!("hold: true\n---\n![a clip]({out}/s.mp4)"),
        format!("hold: true\n---\n![a picture]({out}/s.png)"),
        "hold: true\n---\n![a clip](linked/s.mp4)".to_owned(),
        format!("quote: {out}/s.md\n---\nwords"),
        format!("reply_to: posts/{out}/s.md\n---\nwords"),
        "repost: .git/s.md\n---\n".to_owned(),
        format!("quote: {}/s.md\n---\nwords", outside.path().display()),
        "quote: posts/linked/s.md\n---\nwords".to_owned(),
    ];
    for key in keys {
        let place = Place::new(&[
            ("posts/a.md", &format!("---\n{key}\n")),
            (".git/s.vtt", secret),
            (".git/s.md", secret),
        ]);
        fs::write(place.path("posts/clip.mp4"), video).unwrap();
        fs::write(place.path(".git/s.png"), picture).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.path(), place.path("posts/linked")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.path().join("s.vtt"), place.path("posts/link.vtt"))
            .unwrap();
        fs::write(place.path("updraft.yml"), "ignore: [posts/linked]\n").unwrap();
        let ended = place.run(&["check"]);
        assert_eq!(ended.code, 1, "{key}: {}{}", ended.out, ended.err);
        assert!(ended.out.contains("1 error"), "{key}: {}", ended.out);
        assert!(!ended.out.contains("hunter2"), "{key}: {}", ended.out);
    }
}

#[cfg(unix)]
#[test]
fn captions_beside_a_video_are_files_not_links() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("s.vtt"), "WEBVTT\n\nhunter2\n").unwrap();
    let place = Place::new(&[("posts/a.md", "---\n---\n![a clip](clip.mp4)\n")]);
    fs::write(
        place.path("posts/clip.mp4"),
        include_bytes!("../posts/media/swim.mp4"),
    )
    .unwrap();
    std::os::unix::fs::symlink(
        outside.path().join("s.vtt"),
        place.path("posts/clip.en.vtt"),
    )
    .unwrap();
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 1, "{}", ended.out);
    assert!(
        ended.out.contains("leads out of the repository"),
        "{}",
        ended.out
    );
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let place = Place::new(&[("posts/a.md", BROKEN)]);
    let is_coloured = |env: &[(&str, &str)]| {
        let ended = place.run_with(&["check"], env);
        ended.out.contains('\u{1b}') || ended.err.contains('\u{1b}')
    };
    // Here is no terminal.
    assert!(!is_coloured(&[]));
    assert!(is_coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!is_coloured(&[("CLICOLOR_FORCE", "0")]));
    assert!(!is_coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    // The word of what ends a command is that of the frames.
    let forced = [("CLICOLOR_FORCE", "1")];
    let frame = place.run_with(&["check"], &forced).out;
    let ended = place.run_with(&["check", "nothing"], &forced).err;
    let word = "\u{1b}[1m\u{1b}[91merror";
    assert!(frame.starts_with(&format!("{word}[")), "{frame:?}");
    let said = format!("{word}\u{1b}[0m: there is no nothing");
    assert!(ended.starts_with(&said), "{ended:?}");
}

#[test]
fn columns_say_how_wide_to_print() {
    let text = format!("---\nlangs: [en]\n---\n{}\n", "many words ".repeat(20));
    let place = Place::new(&[("posts/a.md", &text)]);
    let widest = |columns: &str| {
        let ended = place.run_with(&["preview"], &[("COLUMNS", columns)]);
        ended.out.lines().map(|l| l.chars().count()).max().unwrap()
    };
    assert!(widest("50") <= 50, "{}", widest("50"));
    assert!(widest("90") > 50, "{}", widest("90"));
    // A slip is no width.
    assert_eq!(widest("wide"), widest("100"));
    assert_eq!(widest("0"), widest("100"));
}

fn in_git(files: &[(&str, &str)]) -> Place {
    let place = Place::new(files);
    let git = std::process::Command::new("git")
        .args(["init", "-q"])
        .current_dir(place.path(""))
        .status();
    assert!(git.unwrap().success());
    place
}

#[test]
fn a_rehearsal_of_nothing_says_what_would_make_something_wait() {
    let place = in_git(&[]);
    let ended = place.run(&["rehearse"]);
    let nothing = "Nothing to rehearse: no post waits for its time.\n";
    let hint =
        "  there is no post in posts: `updraft new NAME --at TIME` writes the skeleton of one\n";
    assert_eq!((ended.code, ended.out), (0, format!("{nothing}{hint}")));
    let post = |matter: &str| format!("---\nlangs: [en]\n{matter}---\n{matter} Hello\n");
    let time = "publish_at: 2199-12-01T09:00:00Z\n";
    for (path, matter) in [
        ("posts/a.md", ""),
        ("posts/b.md", ""),
        ("posts/c.md", &format!("{time}hold: true\n")),
        ("posts/d.md", time),
        ("posts/e.md", "publish_on: tomorrow\n"),
    ] {
        fs::write(place.path(path), post(matter)).unwrap();
    }
    let ended = place.run(&["rehearse", "--until", "2199-11-30", "--keep", "kept"]);
    let rows = "  2 drafts: give it a `publish_at`\n  1 held post: take `hold: true` out of it\n  1 post at or after --until: name a later day\n  1 post with errors: `updraft check` shows what to mend\n";
    assert_eq!((ended.code, ended.out), (1, format!("{nothing}{rows}")));
    assert!(!place.path("kept").exists());
    let ended = place.run(&["rehearse"]);
    assert!(
        ended.out.contains("\n1 of 1 waiting post published"),
        "{}",
        ended.out
    );
}

#[test]
fn a_rehearsal_looks_at_where_it_is_to_be_kept_before_anything_else() {
    // What comes later would fail, too.
    let place = in_git(&[("updraft.yml", "time: a\n"), ("full/a", ""), ("file", "")]);
    for (folder, why) in [
        ("full", "it is not empty"),
        ("file", "it is a file"),
        ("file/below", "Not a directory"),
    ] {
        let ended = place.run(&["rehearse", "--keep", folder]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{}", ended.err);
        let start = format!("error: --keep: {folder} can't take the published work tree: {why}");
        assert!(ended.err.starts_with(&start), "{}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    }
    fs::write(place.path("updraft.yml"), "timezone: UTC\n").unwrap();
    let ended = place.run(&["rehearse", "--keep", "posts/kept"]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.err.contains("it lies in the posts folder"),
        "{}",
        ended.err
    );
    assert!(!place.path("posts/kept").exists());
}

#[test]
fn a_rehearsal_is_kept_below_the_folder_that_is_worked_in() {
    let time = "publish_at: 2199-12-01T09:00:00Z";
    let post = format!("---\n{time}\nlangs: [en]\n---\nHello\n");
    let place = in_git(&[("social/updraft.yml", ""), ("social/posts/a.md", &post)]);
    let ended = place.run(&["-C", "social", "rehearse", "--keep", "../kept"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    let kept = fs::read_to_string(place.path("kept/social/posts/a.md")).unwrap();
    assert!(kept.contains("status: published"), "{kept}");
}

#[test]
fn without_a_place_for_temporary_files_the_variable_is_named() {
    let time = "publish_at: 2199-12-01T09:00:00Z";
    let post = format!("---\n{time}\nlangs: [en]\n---\nHello\n");
    let place = in_git(&[("posts/a.md", &post)]);
    let ended = place.run_with(&["rehearse"], &[("TMPDIR", "/nowhere/at/all")]);
    assert_eq!((ended.code, ended.out.as_str()), (3, ""));
    assert_eq!(
        ended.err,
        "error: no temporary folder can be made in /nowhere/at/all: it is not there; set TMPDIR to a folder that is there and can be written\n"
    );
}

#[test]
fn a_rehearsal_finds_posts_whose_settings_lie_further_down() {
    let place = in_git(&[
        ("social/updraft.yml", "timezone: UTC\n"),
        (
            "social/posts/a.md",
            "---\npublish_at: 2199-12-01 09:00\nlangs: [en]\n---\nHello\n",
        ),
    ]);
    let ended = place.run(&["-C", "social", "rehearse"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("social/posts/a.md"), "{}", ended.out);
}
