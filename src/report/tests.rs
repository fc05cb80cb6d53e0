#![allow(clippy::unwrap_used)]

use std::ops::Range;

use super::*;
use crate::diagnostic::{Code, Diagnostic};

const POST: &str =
    "---\npublish_at: 2026-12-01 09:00\nlangs: [en]\n---\nGrüße 👍 ![](media/x.png) mehr\n";

fn place(text: &str, part: &str) -> Range<usize> {
    let start = text.find(part).unwrap();
    start..start + part.len()
}

fn file(path: &str, text: &str, diagnostics: Vec<Diagnostic>) -> FileDiagnostics {
    FileDiagnostics {
        path: path.to_owned(),
        text: text.to_owned(),
        diagnostics,
    }
}

fn missing_alt(text: &str) -> Diagnostic {
    let message = "the picture `media/x.png` has no alt text";
    Diagnostic::error(Code::MissingAlt, place(text, "![](media/x.png)"), message)
        .label("nothing between `[` and `]`")
        .help("write what the picture shows")
}

fn sample() -> Vec<FileDiagnostics> {
    let zone = Diagnostic::warning(Code::LostFormatting, place(POST, "langs"), "bold, it says");
    let unreadable =
        Diagnostic::error(Code::NotUtf8, None, "the file is not UTF-8").help("save it as UTF-8");
    vec![
        file("posts/a.md", POST, vec![zone, missing_alt(POST)]),
        file("posts/b.md", "", vec![unreadable]),
        file("posts/c.md", POST, vec![]),
    ]
}

fn plain(files: &[FileDiagnostics]) -> String {
    human(files, Options::default())
}

#[test]
fn frames_show_path_line_column_label_and_help() {
    insta::assert_snapshot!(plain(&sample()), @r#"
    warning[lost-formatting]: bold, it says
     --> posts/a.md:3:1
      |
    3 | langs: [en]
      | ^^^^^

    error[missing-alt]: the picture `media/x.png` has no alt text
     --> posts/a.md:5:9
      |
    5 | Grüße 👍 ![](media/x.png) mehr
      |          ^^^^^^^^^^^^^^^^ nothing between `[` and `]`
      |
      = help: write what the picture shows

    error[not-utf8]: the file is not UTF-8
     --> posts/b.md
      = help: save it as UTF-8
    "#);
}

#[test]
fn the_summary_counts_files_and_mistakes() {
    let counts = Counts::of(&sample());
    assert_eq!(summary(&counts), "2 errors, 1 warning in 2 of 3 files");
    let counts = Counts {
        errors: 0,
        warnings: 2,
        files_with_mistakes: 1,
        files: 1,
    };
    assert_eq!(summary(&counts), "2 warnings in 1 of 1 file");
    assert_eq!(
        summary(&Counts {
            files: 14,
            ..Counts::default()
        }),
        "no mistakes in 14 files"
    );
}

#[test]
fn github_gets_one_escaped_command_a_mistake() {
    let mut files = sample();
    files[1].path = "posts/100%, a:b.md".to_owned();
    insta::assert_snapshot!(github(&files), @r#"
    ::warning file=posts/a.md,line=3,endLine=3,col=1,endColumn=6,title=lost-formatting::bold, it says
    ::error file=posts/a.md,line=5,endLine=5,col=9,endColumn=25,title=missing-alt::the picture `media/x.png` has no alt text%0Awrite what the picture shows
    ::error file=posts/100%25%2C a%3Ab.md,title=not-utf8::the file is not UTF-8%0Asave it as UTF-8
    "#);
}

#[test]
fn github_gets_no_columns_for_several_lines() {
    let text = "one\r\ntwo\r\n";
    let both = Diagnostic::error(Code::TextTooLong, 0..10, "too long");
    let out = github(&[file("a.md", text, vec![both])]);
    assert_eq!(
        out,
        "::error file=a.md,line=1,endLine=2,title=text-too-long::too long\n"
    );
}

#[test]
fn json_has_places_in_characters_and_in_bytes() {
    insta::assert_snapshot!(json(&sample()), @r#"
    [
      {
        "path": "posts/a.md",
        "code": "lost-formatting",
        "severity": "warning",
        "message": "bold, it says",
        "label": null,
        "help": null,
        "line": 3,
        "column": 1,
        "endLine": 3,
        "endColumn": 6,
        "byteStart": 33,
        "byteEnd": 38
      },
      {
        "path": "posts/a.md",
        "code": "missing-alt",
        "severity": "error",
        "message": "the picture `media/x.png` has no alt text",
        "label": "nothing between `[` and `]`",
        "help": "write what the picture shows",
        "line": 5,
        "column": 9,
        "endLine": 5,
        "endColumn": 25,
        "byteStart": 62,
        "byteEnd": 78
      },
      {
        "path": "posts/b.md",
        "code": "not-utf8",
        "severity": "error",
        "message": "the file is not UTF-8",
        "label": null,
        "help": "save it as UTF-8",
        "line": null,
        "column": null,
        "endLine": null,
        "endColumn": null,
        "byteStart": null,
        "byteEnd": null
      }
    ]
    "#);
}

#[test]
fn marks_lie_below_what_they_mean_with_tabs_crlf_and_a_byte_order_mark() {
    let text = "\u{feff}\tfirst\r\n\tü wrong here\r\n";
    let wrong = Diagnostic::error(Code::InvalidValue, place(text, "wrong"), "wrong").label("this");
    let first = Diagnostic::error(Code::InvalidValue, 0..4, "start");
    insta::assert_snapshot!(plain(&[file("a.md", text, vec![wrong, first])]), @r#"
    error[invalid-value]: wrong
     --> a.md:2:4
      |
    2 |     ü wrong here
      |       ^^^^^ this

    error[invalid-value]: start
     --> a.md:1:1
      |
    1 |     first
      | ^^^^
    "#);
}

#[test]
fn a_span_of_several_lines_is_shown_by_its_first() {
    let text = "one\ntwo\nthree\n";
    let all = Diagnostic::error(Code::TextTooLong, 4..14, "too long").label("from here");
    insta::assert_snapshot!(plain(&[file("a.md", text, vec![all])]), @r#"
    error[text-too-long]: too long
     --> a.md:2:1
      |
    2 | two
      | ^^^ from here
    "#);
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let text = format!("{} HERE {}", "ä".repeat(900), "b".repeat(300_000));
    let here = Diagnostic::error(Code::InvalidLink, place(&text, "HERE"), "here").label("it is");
    let options = Options {
        color: false,
        width: 60,
    };
    insta::assert_snapshot!(human(&[file("a.md", &text, vec![here])], options), @r#"
    error[invalid-link]: here
     --> a.md:1:902
      |
    1 | ...äääääääääääääääääää HERE bbbbbbbbbbbbbbbbbbbbbbbbb...
      |                        ^^^^ it is
    "#);
}

#[test]
fn a_place_far_inside_a_huge_line_is_named_only() {
    let text = format!("{} HERE {}", "ä".repeat(300_000), "b".repeat(300_000));
    let here = Diagnostic::error(Code::InvalidLink, place(&text, "HERE"), "here").label("it is");
    insta::assert_snapshot!(plain(&[file("a.md", &text, vec![here.help("mend it")])]), @r#"
    error[invalid-link]: here
     --> a.md:1:300002
      = note: it is
      = help: mend it
    "#);
}

#[test]
fn hostile_text_commands_no_terminal_and_no_runner() {
    let evil = "x\x1b]0;owned\x07\u{9b}2J\u{202e}\u{2066}\r\0";
    let text = format!("{evil}\n::error::y\n");
    let words = format!("found `{evil}`\n::stop-commands::z");
    let mistake = Diagnostic::error(Code::InvalidValue, 1..4, words.clone())
        .label(words.clone())
        .help(words);
    let files = [file(
        &format!("posts/{evil}\n::set-env::.md"),
        &text,
        vec![mistake],
    )];
    let hostile = |c: char| text::is_hostile(c) && c != '\n';
    for out in [plain(&files), github(&files), json(&files)] {
        assert!(!out.contains(hostile), "{out:?}");
        assert!(
            !out.lines()
                .skip(1)
                .any(|line| line.trim_start().starts_with("::error"))
        );
    }
    assert_eq!(github(&files).lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&json(&files)).unwrap();
    assert!(
        value[0]["message"].as_str().unwrap().contains(evil),
        "JSON loses nothing"
    );
}

#[test]
fn colours_are_the_only_escape_sequences() {
    let options = Options {
        color: true,
        width: 80,
    };
    let out = human(&sample(), options);
    assert!(out.contains("\x1b[1m\x1b[91merror"), "{out:?}");
    let bare: String = out
        .split("\x1b[")
        .enumerate()
        .map(|(index, part)| match index {
            0 => part,
            _ => part.split_once('m').unwrap().1,
        })
        .collect();
    assert_eq!(
        bare,
        human(
            &sample(),
            Options {
                color: false,
                width: 80
            }
        )
    );
}

#[test]
fn spans_outside_the_text_make_no_panic() {
    for text in ["", "é", "\u{feff}", "\n", "\r\n", "a\u{301}\n"] {
        for start in 0..8 {
            for end in 0..8 {
                let mistake = Diagnostic::error(Code::InvalidValue, start..end, "m").label("l");
                let files = [file("a.md", text, vec![mistake])];
                assert!(plain(&files).contains("a.md"));
                assert!(github(&files).starts_with("::error file=a.md"));
                assert!(json(&files).contains("a.md"));
            }
        }
    }
}
