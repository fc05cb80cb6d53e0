//! `updraft explain`: its examples are checked by updraft, and every code has one.
//!
//! A file of an example is written as it stands there. Behind its path can stand what text can't
//! show: `saved as Windows-1252`, `a symbolic link to PATH`, `a file of N MB`, `N posts in all` (the
//! last one is said over and over), `a photograph`, `an animation`, `a video`, `a QuickTime
//! video`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/schema.rs"]
mod schema;

use std::{collections::BTreeSet, fs, io::Cursor, path::Path};

use assert_cmd::Command;
use image::{ImageFormat, RgbImage};
use serde_json::Value;
use serde_yaml::Value as Yaml;
use updraft::diagnostic::{Code, ExampleFile, SetupCode, Topic};

struct Ended {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, args: &[&str]) -> Ended {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("updraft"));
    command.current_dir(folder).args(args).env_clear();
    command.env("GIT_CEILING_DIRECTORIES", std::env::temp_dir());
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn explain(args: &[&str]) -> Ended {
    let all: Vec<&str> = ["explain"].iter().chain(args).copied().collect();
    run(&std::env::temp_dir(), &all)
}

/// What `updraft check` says in a folder with these files.
fn check(files: &[ExampleFile<'_>], args: &[&str]) -> Ended {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("posts")).unwrap();
    for file in files {
        let path = place.path().join(file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write(file, &path);
    }
    let all: Vec<&str> = ["check"].iter().chain(args).copied().collect();
    run(place.path(), &all)
}

fn write(file: &ExampleFile<'_>, path: &Path) {
    let note = file.note.unwrap_or_default();
    if let Some(target) = note.strip_prefix("a symbolic link to ") {
        std::os::unix::fs::symlink(target, path).unwrap();
        return;
    }
    if let Some(size) = between(note, "a file of ", " MB") {
        fs::File::create(path)
            .unwrap()
            .set_len(1_000_000 * size)
            .unwrap();
        return;
    }
    let bytes = match note {
        "" => file.text.as_bytes().to_vec(),
        "saved as Windows-1252" => file.text.chars().map(|c| c as u8).collect(),
        "a photograph" => picture(60, ImageFormat::Jpeg),
        "an animation" => animation(),
        "a video" => VIDEO.to_vec(),
        // The brand is what tells them apart.
        "a QuickTime video" => [&VIDEO[..8], b"qt  ", &VIDEO[12..]].concat(),
        _ => match between(note, "", " posts in all") {
            Some(count) => with_more_posts(file.text, count).into_bytes(),
            None => panic!(
                "{}: tests/explain.rs does not know `{note}`: add it in `write`",
                file.path
            ),
        },
    };
    fs::write(path, bytes).unwrap();
}

fn between(note: &str, before: &str, behind: &str) -> Option<u64> {
    note.strip_prefix(before)?
        .strip_suffix(behind)?
        .parse()
        .ok()
}

fn with_more_posts(text: &str, count: u64) -> String {
    let shown = text.matches("\n\n---\n\n").count() as u64 + 1;
    let last = text.rsplit("\n---\n").next().unwrap();
    let more = (shown..count).map(|_| format!("\n---\n{last}"));
    [text.to_owned()].into_iter().chain(more).collect()
}

const VIDEO: &[u8] = include_bytes!("../posts/media/swim.mp4");

fn animation() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for grey in [0, 255] {
        let frame = image::RgbaImage::from_pixel(9, 9, image::Rgba([grey, grey, grey, 255]));
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    bytes
}

fn picture(side: u32, format: ImageFormat) -> Vec<u8> {
    let mut state = 1_u32;
    let pixels = RgbImage::from_fn(side, side, |_, _| {
        image::Rgb([(); 3].map(|()| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }))
    });
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// What `updraft doctor` finds in a good repository over which these files are laid, and from which
/// what `instead` of them has is taken out.
fn examine(files: &[ExampleFile<'_>], instead: &[ExampleFile<'_>]) -> (BTreeSet<String>, String) {
    let place = tempfile::tempdir().unwrap();
    let mut workflow: Yaml = serde_yaml::from_str(WORKFLOW).unwrap();
    let mut settings = SETTINGS;
    let of = |files: &[ExampleFile<'_>]| {
        let file = files.iter().find(|file| file.path == PUBLISH);
        file.map(|file| serde_yaml::from_str::<Yaml>(file.text).unwrap())
    };
    of(instead).inspect(|keys| take_out(&mut workflow, keys));
    of(files)
        .into_iter()
        .for_each(|keys| lay_over(&mut workflow, keys));
    for file in files.iter().filter(|file| file.path != PUBLISH) {
        match file.path {
            "updraft.yml" => settings = file.text,
            path => put(place.path(), path, file.text),
        }
    }
    put(place.path(), "updraft.yml", settings);
    put(
        place.path(),
        PUBLISH,
        &serde_yaml::to_string(&workflow).unwrap(),
    );
    let git = |args: &str| {
        let mut git = std::process::Command::new("git");
        let git = git.current_dir(place.path()).args(args.split(' '));
        assert!(git.status().unwrap().success(), "{args}");
    };
    git("init -q -b main");
    git("add .");
    git("-c user.name=Ada -c user.email=ada@example.com commit -q -m Begin");
    git("remote add origin https://git.example.com/posts.git");
    git("config branch.main.remote origin");
    git("config branch.main.merge refs/heads/main");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("updraft"));
    let command = command.current_dir(place.path()).env_clear();
    for name in ["BLUESKY_APP_PASSWORD", "BLUESKY_APP_PASSWORD_MAIN"] {
        command.env(name, "abcd-efgh-ijkl-mnop");
    }
    let ran = command.args(["doctor", "--format", "json"]).output();
    let printed = String::from_utf8(ran.unwrap().stdout).unwrap();
    let found = schema::fitting("doctor", &printed);
    let found = found["findings"].as_array().unwrap().iter();
    let codes = found.map(|finding| finding["code"].as_str().unwrap().to_owned());
    (codes.collect(), printed)
}

const PUBLISH: &str = ".github/workflows/updraft-publish.yml";
const SETTINGS: &str = "accounts:\n  main:\n    handle: alice.example.com\n    app_password_env: BLUESKY_APP_PASSWORD\n";
const WORKFLOW: &str = "
on: { schedule: [{ cron: '7,22,37,52 * * * *' }] }
concurrency: { group: publish, cancel-in-progress: false }
jobs:
  publish:
    permissions: { contents: write }
    steps:
      - uses: actions/checkout@v5
        with: { fetch-depth: 0 }
      - run: updraft publish --push
        env:
          BLUESKY_APP_PASSWORD: ${{ secrets.BLUESKY_APP_PASSWORD }}
          BLUESKY_APP_PASSWORD_MAIN: ${{ secrets.BLUESKY_APP_PASSWORD_MAIN }}
";

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn take_out(whole: &mut Yaml, keys: &Yaml) {
    let (Yaml::Mapping(whole), Yaml::Mapping(keys)) = (whole, keys) else {
        return;
    };
    for (key, inner) in keys {
        let Some(within) = whole.get_mut(key) else {
            continue;
        };
        take_out(within, inner);
        if !(inner.is_mapping() && within.as_mapping().is_some_and(|left| !left.is_empty())) {
            whole.remove(key);
        }
    }
}

fn lay_over(whole: &mut Yaml, keys: Yaml) {
    match (whole, keys) {
        (Yaml::Mapping(whole), Yaml::Mapping(keys)) => {
            for (key, inner) in keys {
                lay_over(whole.entry(key).or_insert(Yaml::Null), inner);
            }
        }
        (whole, keys) => *whole = keys,
    }
}

fn place_of(code: Code) -> String {
    format!("src/diagnostic/codes/{code}.md")
}

/// What each code's example does wrong, all at once.
fn fail_on(found: Vec<Option<String>>) {
    let found: Vec<String> = found.into_iter().flatten().collect();
    assert!(
        found.is_empty(),
        "examples of `updraft explain` that don't show what they should:\n\n{}\n\
         mend the text, or, for a new code, see the comment at `Code` in src/diagnostic.rs",
        found.join("\n")
    );
}

#[test]
fn every_example_has_its_mistake_before_and_no_other() {
    let judge = |code: &Code| {
        let ended = check(&code.explanation().before, &["--format", "json"]);
        let entries: Value = serde_json::from_str(&ended.out).unwrap_or_default();
        let codes: BTreeSet<&str> = entries
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|entry| entry["code"].as_str())
            .collect();
        (codes != BTreeSet::from([code.as_str()])).then(|| {
            format!(
                "{}: the files below `## Before` should have the mistake `{code}` and no other, \
                 but have {codes:?}\n{}{}",
                place_of(*code),
                ended.out,
                ended.err
            )
        })
    };
    fail_on(Code::ALL.iter().map(judge).collect());
}

#[test]
fn every_example_is_faultless_after() {
    let judge = |code: &Code| {
        let ended = check(&code.explanation().after, &[]);
        let summary = ended.out.lines().last().unwrap_or_default();
        let is_clean = summary.starts_with("no mistakes in ") && !summary.contains(" 0 files");
        (!is_clean).then(|| {
            format!(
                "{}: the files below `## After` should have no mistake and no warning\n{}{}",
                place_of(*code),
                ended.out,
                ended.err
            )
        })
    };
    fail_on(Code::ALL.iter().map(judge).collect());
}

#[test]
fn every_example_of_a_set_up_has_its_finding_before_and_none_after() {
    let judge = |code: &SetupCode| {
        let explanation = code.explanation();
        let (before, after) = (&explanation.before, &explanation.after);
        if after.is_empty() {
            assert!(before.is_empty(), "{code} has nothing below `## After`");
            return None;
        }
        let (found, said) = examine(before, after);
        if found != BTreeSet::from([code.to_string()]) {
            return Some(format!("{code}, before: {found:?}\n{said}"));
        }
        let (found, said) = examine(after, before);
        (!found.is_empty()).then(|| format!("{code}, after: {found:?}\n{said}"))
    };
    fail_on(SetupCode::ALL.iter().map(judge).collect());
}

#[test]
fn every_text_fits_a_narrow_terminal_and_shows_no_markup() {
    let judge = |topic: Topic| {
        let shown = explain(&[topic.code]).out;
        let wide = shown.lines().find(|line| line.chars().count() > 80);
        let markup = ["```", "## "].iter().find(|mark| shown.contains(**mark));
        let is_mistake = Code::ALL.iter().any(|code| code.as_str() == topic.code);
        let parts = ["\nBefore\n", "\nAfter\n"];
        let mut parts = parts.iter().filter(|_| is_mistake);
        let missing = parts.find(|part| !shown.contains(**part));
        // What is so, why it matters, what to do.
        let is_short = topic.explanation.paragraphs.len() < 2;
        (wide.is_some() || markup.is_some() || missing.is_some() || is_short).then(|| {
            format!(
                "{}: too wide {wide:?}, markup {markup:?}, missing {missing:?}, short {is_short}",
                topic.code
            )
        })
    };
    fail_on(Topic::all().map(judge).collect());
}

#[test]
fn no_text_is_left_of_a_code_that_is_gone() {
    let files = |folder: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files = fs::read_dir(folder).unwrap();
        files
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let codes = Code::ALL.iter().map(|code| format!("{code}.md"));
    assert_eq!(files("src/diagnostic/codes"), codes.collect());
    let codes = SetupCode::ALL.iter().map(|code| format!("{code}.md"));
    assert_eq!(files("src/diagnostic/setup"), codes.collect());
}

#[test]
fn every_code_of_a_set_up_is_found_by_the_doctor() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command/doctor");
    let files = ignore::WalkBuilder::new(folder).build().flatten();
    let files = files.filter(|file| file.path().extension().is_some_and(|end| end == "rs"));
    let code: String = files
        .map(|file| fs::read_to_string(file.path()).unwrap())
        .collect();
    let unfound: Vec<&SetupCode> = SetupCode::ALL
        .iter()
        .filter(|of| !code.contains(&format!("SetupCode::{of:?},")))
        .collect();
    assert!(unfound.is_empty(), "{unfound:?}");
}

#[test]
fn a_text_reads_well() {
    insta::assert_snapshot!(explain(&["unreadable-file"]).out, @r"
    unreadable-file

    Something in the posts folder has the name of a post, or leads to one, but can't
    be read as a file of this repository: its permissions forbid it, it is a pipe or
    a device, or it is a symbolic link.

    updraft does not follow symbolic links. git keeps the link and not what it leads
    to, so a reviewer would approve one text and another could go out.

    Put the file itself where the link is. If it is there for another purpose, name
    it under `ignore:` in updraft.yml.

    Before

      drafts/hello.md
        │ ---
        │ ---
        │ Hello from Lisbon!

      posts/hello.md (a symbolic link to ../drafts/hello.md)

    After

      posts/hello.md
        │ ---
        │ ---
        │ Hello from Lisbon!
    ");
}

#[test]
fn items_of_a_list_stand_together_and_files_without_text_stand_apart() {
    let out = explain(&["too-many-pictures"]).out;
    assert!(
        out.contains("\n\n  posts/media/swimmers.jpg (a photograph)\n\nAfter\n"),
        "{out}"
    );
    let out = explain(&["missing-timezone"]).out;
    assert!(
        out.contains(
            "three ways:\n\n  * `timezone: Europe/Berlin` in this file\n  * the same line"
        ),
        "{out}"
    );
}

#[test]
fn without_a_code_all_are_listed_by_what_they_are_about() {
    let ended = explain(&[]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    for topic in Topic::all() {
        let row = format!("\n  {} ", topic.code);
        assert!(ended.out.contains(&row), "{row}");
    }
    let first = "The file\n  unreadable-file          The file can't be read, or isn't inside the\n                           repository\n";
    assert!(ended.out.starts_with(first), "{}", ended.out);
    assert!(ended.out.contains("\n\nPictures\n  missing-alt "));
    assert!(ended.out.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn a_code_may_be_copied_with_what_stands_around_it() {
    let expected = explain(&["text-too-long"]).out;
    assert!(expected.starts_with("text-too-long\n"), "{expected}");
    for given in [
        "error[text-too-long]",
        "warning[text-too-long]:",
        "[text-too-long]",
        "Text-Too-Long",
        "text_too_long",
    ] {
        let ended = explain(&[given]);
        assert_eq!((ended.code, ended.out), (0, expected.clone()), "{given}");
    }
    let ended = explain(&["note[cron-late]"]);
    assert!(
        ended
            .out
            .starts_with("cron-late\n\nThis run was started by a schedule")
    );
}

#[test]
fn a_code_that_is_none_ends_with_2_and_the_one_that_was_meant() {
    for (given, help) in [
        ("text-to-long", "did you mean `text-too-long`?"),
        ("error[unknown-keys]", "did you mean `unknown-key`?"),
        ("no-pushs", "did you mean `no-push`?"),
        ("e0308", "`updraft explain` lists them all"),
        ("", "`updraft explain` lists them all"),
        ("\u{1b}[31m", "`updraft explain` lists them all"),
    ] {
        let ended = explain(&[given]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{given}");
        assert!(ended.err.starts_with("error: there is no code `"));
        assert!(ended.err.trim_end().ends_with(help), "{}", ended.err);
        assert!(!ended.err.contains('\u{1b}'));
    }
}

#[test]
fn for_programs_a_code_is_an_entry_and_so_are_all() {
    let json = |args: &[&str]| schema::fitting("explain", &explain(args).out);
    let one = json(&["missing-alt", "--format", "json"]);
    assert_eq!(one[0]["code"], "missing-alt");
    assert_eq!(one[0]["group"], "Pictures");
    assert_eq!(one[0]["meaning"], "A picture without alt text.");
    let markdown = one[0]["explanation"].as_str().unwrap();
    assert!(markdown.contains("\n## Before\n"), "{markdown}");
    let all = json(&["--format", "json"]);
    assert_eq!(all.as_array().unwrap().len(), Topic::all().count());
    let finding = json(&["no-push", "--format", "json"]);
    assert_eq!(
        finding[0]["group"],
        "Set-up: what workflows hold and may do"
    );
    assert!(all.as_array().unwrap().contains(&one[0]));
}

#[test]
fn check_says_once_where_more_is_said() {
    let hints = |code: Code| {
        let out = check(&code.explanation().before, &[]).out;
        let lines = out
            .lines()
            .filter(|line| line.contains("updraft explain"))
            .map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    let hint = "what this means, with an example: updraft explain duplicate-post";
    assert_eq!(hints(Code::DuplicatePost), [hint]);
    let mut files = Code::EmptyPost.explanation().before;
    files.extend(Code::UnknownKey.explanation().before);
    let out = check(&files, &[]).out;
    assert!(
        out.contains(
            "\nwhat each means, with an example: updraft explain CODE\n2 errors in 2 of 2 files\n"
        ),
        "{out}"
    );
    assert!(
        !check(&files, &["--format", "github"])
            .out
            .contains("explain")
    );
    let clean = check(&Code::EmptyPost.explanation().after, &[]).out;
    assert_eq!(clean, "no mistakes in 1 file\n");
}
