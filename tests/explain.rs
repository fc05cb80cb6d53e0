//! `updraft explain`: its examples are checked by updraft, and every code has one.
//!
//! A file of an example is written as it stands there. Behind its path can stand what text can't
//! show: `saved as Windows-1252`, `a symbolic link to PATH`, `a file of N MB`, `N posts in all` (the
//! last one is said over and over), `a photograph`, `an animation`, `a video`, `a QuickTime
//! video`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

use std::{collections::BTreeSet, fs, io::Cursor, path::Path};

use assert_cmd::Command;
use image::{ImageFormat, RgbImage};
use serde_json::Value;
use updraft::diagnostic::{Code, ExampleFile};

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
fn every_text_fits_a_narrow_terminal_and_shows_no_markup() {
    let judge = |code: &Code| {
        let shown = explain(&[code.as_str()]).out;
        let wide = shown.lines().find(|line| line.chars().count() > 80);
        let markup = ["```", "## "].iter().find(|mark| shown.contains(**mark));
        let parts = ["\nBefore\n", "\nAfter\n"];
        let missing = parts.iter().find(|part| !shown.contains(**part));
        (wide.is_some() || markup.is_some() || missing.is_some()).then(|| {
            format!(
                "{}: too wide {wide:?}, markup {markup:?}, missing {missing:?}",
                place_of(*code)
            )
        })
    };
    fail_on(Code::ALL.iter().map(judge).collect());
}

#[test]
fn no_text_is_left_of_a_code_that_is_gone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnostic/codes");
    let files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let codes = Code::ALL.iter().map(|code| format!("{code}.md"));
    assert_eq!(files, codes.collect());
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
    for code in Code::ALL {
        assert!(ended.out.contains(&format!("\n  {code} ")), "{code}");
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
}

#[test]
fn a_code_that_is_none_ends_with_2_and_the_one_that_was_meant() {
    for (given, help) in [
        ("text-to-long", "did you mean `text-too-long`?"),
        ("error[unknown-keys]", "did you mean `unknown-key`?"),
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
    let json = |args: &[&str]| serde_json::from_str::<Value>(&explain(args).out).unwrap();
    let one = json(&["missing-alt", "--format", "json"]);
    assert_eq!(one[0]["code"], "missing-alt");
    assert_eq!(one[0]["group"], "Pictures");
    assert_eq!(one[0]["meaning"], "A picture without alt text.");
    let markdown = one[0]["explanation"].as_str().unwrap();
    assert!(markdown.contains("\n## Before\n"), "{markdown}");
    let all = json(&["--format", "json"]);
    assert_eq!(all.as_array().unwrap().len(), Code::ALL.len());
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
