#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeZone, Utc};
use proptest::{collection::vec, option, prelude::*, sample::subsequence};

use super::*;
use crate::{
    post::front_matter,
    receipt::{Part, Status},
};

fn document(source: &str) -> Document {
    Document::parse("posts/a.md", source.as_bytes().to_vec()).unwrap()
}

fn refusal(bytes: impl Into<Vec<u8>>) -> Diagnostic {
    Document::parse("posts/a.md", bytes.into()).unwrap_err()
}

fn published() -> Block {
    Block {
        url: Some("https://bsky.app/profile/did:plc:x/post/3m".into()),
        posts: vec![Part {
            uri: "at://did:plc:x/app.bsky.feed.post/3m".into(),
            cid: Some("bafy".into()),
            deleted: false,
        }],
        ..Block::new(Status::Published, "sha256:0123456789abcdef".into())
    }
}

fn edited(source: &str, block: &Block) -> String {
    String::from_utf8(document(source).with_block(block).unwrap()).unwrap()
}

const YAML: &str = "bluesky:
  status: published
  source: sha256:0123456789abcdef
  url: https://bsky.app/profile/did:plc:x/post/3m
  posts:
    - uri: at://did:plc:x/app.bsky.feed.post/3m
      cid: bafy
";

#[test]
fn front_matter_and_body_are_byte_ranges_of_the_file() {
    let source = "\u{feff}---\r\npublish_at: x\r\n---\r\nHello\r\n\r\n---\r\n\r\nAgain";
    let document = document(source);
    assert_eq!(&source[document.matter()], "publish_at: x\r\n");
    assert_eq!(document.body_text(), "Hello\r\n\r\n---\r\n\r\nAgain");
    assert_eq!(document.source(), source);
    assert_eq!(document.body().end, source.len());
}

#[test]
fn an_empty_front_matter_and_an_empty_body_are_fine() {
    for source in ["---\n---", "---\n---\n", "---\r\n---\r\n", "---\n\n---\nHi"] {
        assert!(
            document(source).source()[document(source).matter()]
                .trim()
                .is_empty()
        );
    }
}

#[test]
fn what_is_no_post_is_a_diagnostic_that_says_what_to_do() {
    use Code::{FileTooLarge, NoFrontMatter, NotUtf8, UnclosedFrontMatter};
    let big = format!("---\n---\n{}", "a".repeat(1 << 20));
    let cases: [(&[u8], Code, &str); 9] = [
        (b"", NoFrontMatter, "the file is empty"),
        (b"\xef\xbb\xbf", NoFrontMatter, "the file is empty"),
        (b"\n \n", NoFrontMatter, "the file is empty"),
        (b"Hello", NoFrontMatter, "there is no front matter"),
        (
            b"\n---\na: b\n---\nHello",
            NoFrontMatter,
            "there is something above the front matter, so it isn't one",
        ),
        (
            b"---\npublish_at: x\n\nHello\n",
            UnclosedFrontMatter,
            "the front matter is never closed",
        ),
        (
            b"---",
            UnclosedFrontMatter,
            "the front matter is never closed",
        ),
        (
            b"---\n---\nGr\xfc\xdfe",
            NotUtf8,
            "the file is not UTF-8: byte 11 (line 3) begins no character",
        ),
        (
            big.as_bytes(),
            FileTooLarge,
            "the file has 1048584 bytes; a post file has at most 1048576",
        ),
    ];
    for (bytes, code, message) in cases {
        let mistake = refusal(bytes);
        assert_eq!((mistake.code, mistake.message.as_str()), (code, message));
        assert!(mistake.is_error() && mistake.help.is_some(), "{mistake:?}");
    }
}

#[test]
fn a_file_of_exactly_the_largest_size_is_read() {
    let source = format!("---\n---\n{}", "a".repeat((1 << 20) - 8));
    assert_eq!(document(&source).body_text().len(), (1 << 20) - 8);
}

#[test]
fn an_unclosed_fence_is_shown_where_it_was_opened_behind_a_mark() {
    let mistake = refusal("\u{feff}---\r\npublish_at: x\r\n");
    assert_eq!(mistake.span, Some(3..6));
}

#[test]
fn the_block_goes_behind_the_last_key() {
    let source = "---\npublish_at: x # soon\n# langs: [en]\n---\nHello\n";
    let expected = format!("---\npublish_at: x # soon\n# langs: [en]\n{YAML}---\nHello\n");
    assert_eq!(edited(source, &published()), expected);
}

#[test]
fn the_block_takes_the_line_ends_of_the_first_line() {
    let source = "---\r\npublish_at: x\r\n---\r\nHello";
    let yaml = YAML.replace('\n', "\r\n");
    let expected = format!("---\r\npublish_at: x\r\n{yaml}---\r\nHello");
    assert_eq!(edited(source, &published()), expected);
}

#[test]
fn an_old_block_is_replaced_where_it_stands() {
    for (old, kept) in [
        ("bluesky:\n  status: failed\n  source: x\n", ""),
        ("bluesky: {status: failed, source: x}\n", ""),
        ("bluesky: {status: failed,\n  source: x}\n", ""),
        ("bluesky:\n\n  status: failed\n  # why\n\n  source: x\n", ""),
        ("bluesky:\n# why\n  status: failed\n  source: x\n", ""),
        ("bluesky:\n  status: failed\n  source: x\n", "# mine\n"),
        (
            "bluesky:\n  status: failed\n  source: x\n",
            "\n\n# mine\n\n",
        ),
        ("bluesky:\n  status: failed\n  source: x\n", "  # mine\n"),
        (
            "bluesky:\n  source: x\n  status: failed\n  posts:\n  - uri: x\n",
            "    # mine\n",
        ),
        (
            "bluesky: # which\n  source: x\n  reason: |-\n    a\n\n    # b\n",
            "  # mine\n",
        ),
        ("bluesky:\n  source: x\n  reason: |+\n    a\n\n\n", ""),
        (
            "bluesky:\n  source: x\n  reason: \"a\n\n    # b\"\n",
            "# mine\n",
        ),
        ("\"bluesky\":\n  source: x\n", ""),
        ("bluesky:\n- source: x\n-\n  y\n", ""),
        ("bluesky:\n", "# mine\n"),
    ] {
        let source = format!("---\npublish_at: x\n{old}{kept}langs: [en]\n---\nHello\n");
        let expected = format!("---\npublish_at: x\n{YAML}{kept}langs: [en]\n---\nHello\n");
        assert_eq!(edited(&source, &published()), expected, "{old}");
        let without = document(&source).without_block().unwrap();
        let rest = format!("---\npublish_at: x\n{kept}langs: [en]\n---\nHello\n");
        assert_eq!(String::from_utf8(without).unwrap(), rest, "{old}");
    }
}

#[test]
fn a_key_of_the_same_name_inside_another_is_left_alone() {
    let source = "---\nnested:\n  bluesky: 1\n---\nbluesky: no\n";
    let expected = format!("---\nnested:\n  bluesky: 1\n{YAML}---\nbluesky: no\n");
    assert_eq!(edited(source, &published()), expected);
}

#[test]
fn front_matter_that_cannot_take_the_block_is_refused() {
    for matter in [
        "{publish_at: x}\n",
        "{\n  publish_at: x,\n  langs: [en]\n}\n",
        "? publish_at\n: x\n",
        "- a\n- b\n",
        "just words\n",
        "publish_at: x\n...\n",
        "publish_at: x\n... # the end\n",
        "{bluesky: {status: failed, source: x}}\n",
        "? bluesky\n: {status: failed, source: x}\n",
        "a: &x 1\nbluesky: &y {status: failed, source: x}\nb: *y\n",
        "!!map\nbluesky: {status: failed,\nsource: x}\n",
    ] {
        let source = format!("---\n{matter}---\nHello\n");
        let refused = document(&source).with_block(&published());
        let mistake = refused.map(String::from_utf8).unwrap_err();
        let known = [Code::UneditableFile, Code::InvalidYaml];
        assert!(known.contains(&mistake.code), "{matter}: {mistake:?}");
        assert!(mistake.help.is_some(), "{matter}");
    }
}

#[test]
fn a_tab_before_a_key_is_called_one() {
    let refused = document("---\n\tpublish_at: 2026-12-01 09:00\n---\nHello\n");
    let mistake = refused.with_block(&published()).unwrap_err();
    assert_eq!(mistake.code, Code::UneditableFile);
    assert!(
        mistake
            .message
            .ends_with(": a tab stands before `publish_at`"),
        "{}",
        mistake.message
    );
    assert_eq!(
        mistake.help.as_deref(),
        Some("remove the white space before `publish_at`")
    );
    assert_eq!(mistake.span, Some(5..15));
}

#[test]
fn only_a_line_of_three_hyphens_is_a_fence() {
    let source = "---  \ntext: |\n  ---\nx: ---\n---\t\nBody\n---\n";
    let document = document(source);
    assert_eq!(&source[document.matter()], "text: |\n  ---\nx: ---\n");
    assert_eq!(document.body_text(), "Body\n---\n");
}

/// A file that was put together from parts, so that the edited file can be put together too.
#[derive(Clone, Debug)]
struct Made {
    before: String,
    old: Option<String>,
    after: String,
    eol: &'static str,
    indent: &'static str,
}

impl Made {
    fn source(&self) -> String {
        let old = self.old.as_deref().unwrap_or_default();
        [self.before.as_str(), old, &self.after].concat()
    }

    fn with(&self, block: &Block) -> String {
        let lines = block.to_yaml();
        let lines = lines.split_terminator('\n');
        let text: String = lines
            .map(|line| format!("{}{line}{}", self.indent, self.eol))
            .collect();
        [self.before.as_str(), &text, &self.after].concat()
    }
}

const ENTRIES: &[&str] = &[
    "publish_at: 2026-12-01 09:00",
    "timezone: Europe/Berlin # here",
    "title: \"quoted: # no comment\"",
    "'quoted key': x",
    "\"ключ 🎉\": значение",
    "langs: [en, de]",
    "map: {a: 1, b: [2, {c: d}]}",
    "wide: [\n  en,\n  de ]",
    "list:\n- a\n- b: 1\n  c: 2",
    "deep:\n  - a\n\n  # in between\n  - b",
    "literal: |\n  text\n\n  # no comment\n  more",
    "folded: >-\n  text\n  # no comment",
    "kept: |+\n  text\n\n",
    "strip: |-\n  a: b\n\n\n",
    "indented: |2\n    four",
    "one: &anchor value\ntwo: *anchor",
    "plain: over\n  two lines",
    "double: \"over\n\n  three lines\"",
    "empty:",
    "nested:\n  bluesky: not this\n  deeper:\n    more: 1",
    "# a comment",
    "  # an indented comment",
    "",
    "null_: ~",
    "emoji: 👩‍👩‍👧 é é",
];

const OLD: &[&str] = &[
    "bluesky:\n  status: failed\n  source: x",
    "bluesky: {status: missed, source: x}",
    "bluesky: # updraft's\n\n  status: failed\n\n  # inside\n  source: x",
    "bluesky:\n  source: x\n  reason: |-\n    a\n\n    # b\n  status: failed",
    "bluesky:\n  status: published\n  source: x\n  posts:\n  - uri: at://a/b/c\n    deleted: true",
    "'bluesky':\n  status: published\n  source: x\n  posts:\n    - uri: \"at://a/b/c\"",
];

const BODIES: &[&str] = &[
    "",
    "Hello",
    "Hello\n",
    "\nHello\n\n---\n\nAgain\n",
    "---\nbluesky:\n  status: x\n---\n",
    "Grüße 🎉\n\n```\n---\n```",
];

fn lines_of(texts: &[&str], indent: &str, ends: &mut dyn Iterator<Item = &'static str>) -> String {
    texts
        .iter()
        .flat_map(|text| text.split('\n'))
        .map(|line| {
            let indent = if line.is_empty() { "" } else { indent };
            format!("{indent}{line}{}", ends.next().unwrap())
        })
        .collect()
}

/// Line ends: all alike, or each as chance has it.
fn ends() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        Just(vec!["\n"]),
        Just(vec!["\r\n"]),
        vec(prop_oneof![Just("\n"), Just("\r\n")], 1..50),
    ]
}

fn file() -> impl Strategy<Value = Made> {
    let entries = || subsequence(ENTRIES, 0..8).prop_shuffle();
    let old = option::of(proptest::sample::select(OLD));
    let body = proptest::sample::select(BODIES);
    let indent = prop_oneof![3 => Just(""), 1 => Just("  ")];
    let shape = (any::<bool>(), indent, any::<bool>());
    (entries(), old, 0..8_usize, body, ends(), shape).prop_map(
        |(entries, old, at, body, ends, (bom, indent, final_end))| {
            let eol = ends[0];
            // Without a key there is nothing to be indented like.
            let is_key = |entry: &&str| !entry.is_empty() && !entry.trim_start().starts_with('#');
            let has_key = old.is_some() || entries.iter().any(is_key);
            let indent = if has_key { indent } else { "" };
            let mut ends = ends.into_iter().cycle();
            let bom = if bom { "\u{feff}" } else { "" };
            let at = if old.is_some() {
                at.min(entries.len())
            } else {
                entries.len()
            };
            let fence = format!("{bom}---{}", ends.next().unwrap());
            let before = fence + &lines_of(&entries[..at], indent, &mut ends);
            let old = old.map(|old| lines_of(&[old], indent, &mut ends));
            let mut after = lines_of(&entries[at..], indent, &mut ends);
            after += "---";
            if !body.is_empty() || final_end {
                after += ends.next().unwrap();
            }
            Made {
                before,
                old,
                after: after + body,
                eol,
                indent,
            }
        },
    )
}

prop_compose! {
    fn time()(millis in 1_700_000_000_000_i64..4_000_000_000_000) -> DateTime<Utc> {
        Utc.timestamp_millis_opt(millis).unwrap()
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(
            &[
                "\n",
                "\r\n",
                "\r",
                "\t",
                ": ",
                " #",
                "# ",
                "- ",
                "---",
                "...",
                "'",
                "\"",
                "\\",
                "{",
                "[",
                "|",
                "%",
                "@",
                "\u{85}",
                "\u{2028}",
                "\u{feff}",
                "\u{0}",
                "\u{7f}",
                "👩‍👩‍👧",
                "e\u{301}",
                "null",
                "true",
                "12",
                "~",
                " "
            ][..]
        )
        .prop_map(str::to_owned),
        "[a-z]{1,5}",
        any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn block() -> impl Strategy<Value = Block> {
    use Status::{Failed, Missed, Published, Retracted, Waiting};
    let part = (hostile(), option::of(hostile()), any::<bool>())
        .prop_map(|(uri, cid, deleted)| Part { uri, cid, deleted });
    let status = proptest::sample::select(&[Published, Failed, Missed, Retracted, Waiting][..]);
    let times = (
        option::of(time()),
        option::of(time()),
        option::of(time()),
        option::of(time()),
        option::of(time()),
        option::of(time()),
    );
    (
        status,
        times,
        hostile(),
        option::of(hostile()),
        option::of(hostile()),
        vec(part, 0..3),
    )
        .prop_map(
            |(
                status,
                (published_at, failed_at, missed_at, taken_over_at, retracted_at, told_at),
                source,
                reason,
                url,
                posts,
            )| Block {
                status,
                published_at,
                failed_at,
                missed_at,
                taken_over_at,
                retracted_at,
                told_at,
                source,
                reason,
                url,
                posts,
            },
        )
}

fn values(document: &Document) -> serde_yaml::Mapping {
    let mut mapping = second_reading(&document.source()[document.matter()]).unwrap();
    mapping.remove("bluesky");
    mapping
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_byte_outside_the_block_changes(made in file(), block in block()) {
        let before = document(&made.source());
        let after = before.with_block(&block).unwrap();
        prop_assert_eq!(String::from_utf8(after).unwrap(), made.with(&block));
    }

    #[test]
    fn an_edit_reads_back_and_is_idempotent(made in file(), block in block(), other in block()) {
        let before = document(&made.source());
        let once = document(&made.with(&block));
        prop_assert_eq!(values(&before), values(&once));
        let (read, _) = front_matter::read(&once);
        let (old, _) = front_matter::read(&before);
        prop_assert_eq!(read.block.map(|(block, _)| block), Some(block.clone()));
        prop_assert_eq!(read.publish_at.map(|(at, _)| at), old.publish_at.map(|(at, _)| at));
        prop_assert_eq!(read.content_keys, old.content_keys);
        prop_assert_eq!(once.body_text(), before.body_text());
        prop_assert_eq!(&once.with_block(&block).unwrap(), once.source().as_bytes());
        prop_assert_eq!(String::from_utf8(once.with_block(&other).unwrap()).unwrap(), made.with(&other));
    }

    #[test]
    fn a_block_that_was_put_in_can_be_taken_out(made in file(), block in block()) {
        let made = Made { old: None, ..made };
        let with = document(&made.with(&block));
        prop_assert_eq!(String::from_utf8(with.without_block().unwrap()).unwrap(), made.source());
    }

    #[test]
    fn gray_matter_and_the_scanner_agree(pieces in vec(proptest::sample::select(
        &["---", "---", "----", "\n", "\n", "\r\n", "\r", " ", "\t", "a: b", "# c", "\u{feff}", "\u{85}", "\u{a0}", "é", "...", "|", "\n---\n"][..]
    ), 0..16)) {
        let source = format!("---\n{}", pieces.concat());
        if let Ok((matter, _)) = locate(&source) {
            prop_assert!(agree(&source, &matter).is_ok(), "{:?}", &source[matter]);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..64), text in "(---|\n|\r|a: \\[|bluesky:|  - x|\t|&a|\\*a|é|#| )*") {
        let _ = Document::parse("a.md", bytes);
        for text in [text.clone(), format!("---\n{text}\n---\n")] {
            if let Ok(document) = Document::parse("a.md", text.into_bytes()) {
                let _ = (front_matter::read(&document), document.with_block(&published()), document.without_block());
            }
        }
    }
}

proptest! {
    /// What is taken for plain without trying takes a block when it is tried.
    #[test]
    fn plain_front_matter_takes_a_block(
        lines in proptest::collection::vec("[a-z_]{1,8}: [\\[\\]a-zA-Z0-9 :+/_.#,'\"|>&*!{}-]{0,12}", 0..5)
    ) {
        let source = format!("---\n{}\n---\nbody\n", lines.join("\n"));
        let Ok(document) = Document::parse("posts/a.md", source.into_bytes()) else { return Ok(()) };
        let is_yaml = yaml::parse(document.source(), document.matter()).is_ok();
        if is_yaml && document.is_plain() {
            let block = Block::new(crate::receipt::Status::Missed, "sha256:0123456789abcdef".into());
            prop_assert!(document.with_block(&block).is_ok(), "{}", document.source());
        }
    }
}

#[test]
fn a_card_takes_the_place_of_an_older_one_and_nothing_else_moves() {
    let card: serde_yaml::Value =
        serde_yaml::from_str("{ url: \"https://example.com\", title: \"#1: yes\" }").unwrap();
    let with = |source: &str| {
        let bytes = document(source).with_key("card", card.clone()).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let written = "card:\n  url: https://example.com\n  title: '#1: yes'\n";
    assert_eq!(
        with("---\nlangs: [en] # yes\n---\nHello\n"),
        format!("---\nlangs: [en] # yes\n{written}---\nHello\n")
    );
    assert_eq!(
        with("---\ncard: { url: x } # old\nlangs: [en]\n---\nHello\n"),
        format!("---\n{written}langs: [en]\n---\nHello\n")
    );
    assert_eq!(
        with("---\r\ncard: false\r\n---\r\nHello\r\n"),
        format!("---\n{written}---\nHello\n").replace('\n', "\r\n")
    );
    let flow = document("---\n{ langs: [en] }\n---\nHello\n").with_key("card", card);
    assert_eq!(flow.unwrap_err().code, Code::UneditableFile);
}
