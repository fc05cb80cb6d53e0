#![allow(clippy::unwrap_used)]

use super::*;
use crate::diagnostic::Code;
use crate::post::check_together;
use crate::post::{AccountDefaults, LinkCards, Post};
use crate::receipt::Receipt;

mod kinds;

struct Setup {
    accounts: Vec<String>,
    default: Option<String>,
    timezone: Option<Tz>,
    defaults: Defaults,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            accounts: vec!["main".into()],
            default: Some("main".into()),
            timezone: None,
            defaults: Defaults::default(),
        }
    }
}

impl Setup {
    fn check(&self, path: &str, source: &str) -> Checked {
        let pictures = PictureSource::new(std::path::Path::new("/nowhere"));
        let videos = VideoSource::new(std::path::Path::new("/nowhere"));
        let context = Context {
            accounts: self
                .accounts
                .iter()
                .map(|name| AccountDefaults {
                    name: name.clone(),
                    defaults: self.defaults.clone(),
                })
                .collect(),
            default_account: self.default.clone(),
            timezone: self.timezone,
            defaults: self.defaults.clone(),
            pictures: &pictures,
            videos: &videos,
        };
        Thread::check(path, source.as_bytes().to_vec(), &context)
    }
}

fn check(source: &str) -> Checked {
    Setup::default().check("posts/a.md", source)
}

fn thread(source: &str) -> Thread {
    let checked = check(source);
    assert!(checked.result.is_ok(), "{:?}", checked.diagnostics);
    checked.result.unwrap()
}

/// `code at `words`: message (help)` of each mistake.
fn shown(checked: &Checked) -> Vec<String> {
    let text = &checked.diagnostics.text;
    let mistakes = checked.diagnostics.diagnostics.iter();
    mistakes
        .map(|mistake| {
            let at = mistake.span.clone().and_then(|span| text.get(span));
            let help = mistake.help.as_deref().unwrap_or_default();
            format!(
                "{} at `{}`: {} ({help})",
                mistake.code,
                at.unwrap_or("?"),
                mistake.message
            )
        })
        .collect()
}

fn mistakes(source: &str) -> Vec<String> {
    shown(&check(source))
}

fn codes(source: &str) -> Vec<Code> {
    let mistakes = check(source).diagnostics.diagnostics;
    mistakes.iter().map(|mistake| mistake.code).collect()
}

fn texts(thread: &Thread) -> Vec<&str> {
    thread.posts().iter().map(|post| post.text.text()).collect()
}

fn with_body(matter: &str, parts: &[&str]) -> String {
    format!("---\n{matter}---\n{}\n", parts.join("\n\n---\n\n"))
}

#[test]
fn a_thread_knows_what_its_file_says() {
    let setup = Setup {
        timezone: Some(chrono_tz::Europe::Berlin),
        defaults: Defaults {
            langs: vec!["de".into()],
            ..Defaults::default()
        },
        ..Setup::default()
    };
    let source = "---\npublish_at: 2026-12-01 09:00\nrepeat: true\n---\nHello\n\n---\n\nAgain\n";
    let thread = setup.check("posts/a.md", source).result.unwrap();
    assert_eq!(
        thread.publish_at().unwrap().to_rfc3339(),
        "2026-12-01T08:00:00+00:00"
    );
    assert_eq!(thread.account(), Some("main"));
    assert_eq!(thread.zone(), Some(chrono_tz::Europe::Berlin));
    assert!(thread.repeats() && !thread.is_held());
    assert_eq!(texts(&thread), ["Hello", "Again"]);
    assert_eq!(thread.posts()[1].langs, ["de"]);
}

#[test]
fn every_mistake_is_named_at_once_in_its_place() {
    let source = "---\npublishat: 2026-12-01 09:00\ntimezone: Berlin\naccount: mian\nlangs: [en_us, EN, x, de]\nhold: yes\n\
                  split: yes\nnumbering: \"{m}\"\n---\nSee [this](nowhere) and ![](a.png)\n";
    assert_eq!(
        mistakes(source),
        [
            "unknown-key at `publishat`: there is no key `publishat` (did you mean `publish_at`?)",
            "invalid-value at `Berlin`: `Berlin` is no time zone (did you mean `Europe/Berlin`?)",
            "invalid-value at `en_us`: `en_us` is no language tag (did you mean `en-us`?)",
            "invalid-value at `EN`: `EN` is no language tag (did you mean `en`?)",
            "invalid-value at `x`: `x` is no language tag (use BCP 47 tags such as `en`, `pt-BR` or `zh-Hant`)",
            "invalid-value at `de`: 4 languages; a post has at most 3 (keep those that most of the words are in)",
            "invalid-value at `yes`: `hold` is true or false, not text (write `true`)",
            "invalid-value at `yes`: `split` takes `auto`, not `yes` (write `split: auto`, or remove the line and split with `---`)",
            "invalid-value at `\"{m}\"`: `{m}` is unknown: use `{n}` and `{total}` (write for example `numbering: \"{n}/{total}\"`)",
        ]
        .into_iter()
        .map(str::to_owned)
        .chain(mistakes(source).into_iter().skip(9))
        .collect::<Vec<_>>()
    );
    let codes: Vec<Code> = check(source)
        .diagnostics
        .diagnostics
        .iter()
        .map(|m| m.code)
        .collect();
    assert!(codes.contains(&Code::UnknownAccount), "{codes:?}");
    assert!(codes.contains(&Code::InvalidLink), "{codes:?}");
}

#[test]
fn a_skipped_and_a_repeated_hour_show_the_choices() {
    let at = |time: &str| {
        mistakes(&format!(
            "---\npublish_at: {time}\ntimezone: Europe/Berlin\n---\nHello\n"
        ))
        .remove(0)
    };
    assert_eq!(
        at("2026-03-29 02:30"),
        "invalid-time at `2026-03-29 02:30`: 2026-03-29 02:30:00 does not exist in Europe/Berlin: the clocks go forward \
         (write `2026-03-29T01:30:00+01:00` or `2026-03-29T03:30:00+02:00`)"
    );
    assert_eq!(
        at("2026-10-25 02:30"),
        "invalid-time at `2026-10-25 02:30`: 2026-10-25 02:30:00 happens twice in Europe/Berlin: the clocks go back \
         (write `2026-10-25T02:30:00+02:00` or `2026-10-25T02:30:00+01:00`)"
    );
}

#[test]
fn a_local_time_needs_a_zone() {
    let shown = mistakes("---\npublish_at: 2026-12-01 09:00\n---\nHello\n");
    assert!(
        shown[0].starts_with("missing-timezone at `2026-12-01 09:00`"),
        "{shown:?}"
    );
    assert_eq!(shown.len(), 1);
}

#[test]
fn a_bad_zone_is_named_once() {
    let shown = mistakes("---\npublish_at: 2026-12-01 09:00\ntimezone: Berlin\n---\nHello\n");
    assert_eq!(shown.len(), 1, "{shown:?}");
}

#[test]
fn an_empty_time_is_a_mistake_and_makes_the_time_unknown() {
    let checked = check("---\npublish_at:\n---\nHello\n");
    assert!(
        shown(&checked)[0].contains("`publish_at` has no value"),
        "{:?}",
        shown(&checked)
    );
    assert_eq!(checked.result.unwrap_err().due, BrokenDue::Unknown);
}

#[test]
fn broken_yaml_is_one_mistake_and_makes_the_time_unknown() {
    let checked = check("---\npublish_at: 2026-12-01T09:00:00Z\naccount: @main\n---\nHello\n");
    let shown = shown(&checked);
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].starts_with("invalid-yaml"), "{shown:?}");
    assert_eq!(checked.result.unwrap_err().due, BrokenDue::Unknown);
}

#[test]
fn yaml_is_never_published_as_text() {
    for source in [
        "---\npublish_at: x\nHello\n",
        "publish_at: x\n---\nHello\n",
        "",
        "Hello",
    ] {
        let checked = check(source);
        assert_eq!(
            checked.result.unwrap_err().due,
            BrokenDue::Unknown,
            "{source}"
        );
    }
}

#[test]
fn an_unknown_account_is_guessed_or_listed() {
    let setup = Setup {
        accounts: vec!["main".into(), "side".into()],
        default: None,
        ..Setup::default()
    };
    let of = |source: &str| shown(&setup.check("posts/a.md", source));
    assert_eq!(
        of("---\naccount: sid\n---\nHello\n"),
        ["unknown-account at `sid`: there is no account `sid` (did you mean `side`?)"]
    );
    assert_eq!(
        of("---\naccount: zzz\n---\nHello\n"),
        ["unknown-account at `zzz`: there is no account `zzz` (updraft.yml has `main`, `side`)"]
    );
    assert_eq!(
        of("\u{feff}---\r\n---\r\nHello\r\n"),
        [
            "unknown-account at `---`: there are several accounts, and this file names none \
          (add `account: main` or `account: side`, or set `default_account:` in updraft.yml)"
        ]
    );
    let side = setup.check("posts/a.md", "---\naccount: side\n---\nHello\n");
    assert_eq!(side.result.unwrap().account(), Some("side"));
}

#[test]
fn with_no_account_configured_a_file_is_checked_all_the_same() {
    let setup = Setup {
        accounts: Vec::new(),
        default: None,
        ..Setup::default()
    };
    let thread = setup
        .check("posts/a.md", "---\n---\nHello\n")
        .result
        .unwrap();
    assert_eq!(thread.account(), None);
}

#[test]
fn numbering_marks_the_parts_and_breaks_none() {
    let long = "word ".repeat(58).trim().to_owned();
    let source = with_body("numbering: \"{n}/{total}\"\n", &[&long, "Short.", "End."]);
    let thread = thread(&source);
    assert_eq!(
        texts(&thread),
        [
            format!("{long} 1/3"),
            "Short. 2/3".into(),
            "End. 3/3".into()
        ]
    );
}

#[test]
fn a_single_post_gets_no_number() {
    assert_eq!(
        texts(&thread(&with_body("numbering: \"{n}\"\n", &["Alone."]))),
        ["Alone."]
    );
}

#[test]
fn a_part_that_is_too_long_for_its_number_says_so() {
    let full = "a".repeat(297);
    let source = with_body("numbering: \"{n}/{total}\"\n", &[&full, "End."]);
    let shown = mistakes(&source);
    assert_eq!(shown.len(), 1, "{shown:?}");
    let start = format!(
        "text-too-long at `{full}`: with its number, this part has 301 graphemes, 1 more than the 300 a post holds ("
    );
    assert!(shown[0].starts_with(&start), "{shown:?}");
    let fits = with_body("numbering: \"{n}/{total}\"\n", &[&full[1..], "End."]);
    assert_eq!(thread(&fits).posts()[0].text.graphemes(), 300);
}

#[test]
fn a_part_that_is_too_long_by_itself_is_named_once_and_never_broken() {
    let long = "Some words. ".repeat(30);
    for matter in ["numbering: \"{n}/{total}\"\n", ""] {
        let shown = mistakes(&with_body(matter, &[long.trim(), "End.", long.trim()]));
        assert_eq!(shown.len(), 2, "{shown:?}");
        assert!(
            shown[0].contains("this part has 359 graphemes, 59 more than"),
            "{shown:?}"
        );
    }
}

#[test]
fn split_auto_breaks_and_numbers_what_is_too_long() {
    let long = "Some words. ".repeat(30);
    let matter = "split: auto\nnumbering: \"{n}/{total}\"\n";
    let thread = thread(&with_body(matter, &[long.trim(), "End."]));
    assert_eq!(thread.posts().len(), 3);
    assert!(texts(&thread)[2].ends_with("End. 3/3"));
}

#[test]
fn a_thread_has_at_most_as_many_parts_as_one_commit() {
    let parts = vec!["x"; 200];
    assert_eq!(thread(&with_body("", &parts)).posts().len(), 200);
    let shown = mistakes(&with_body("", &[&parts[..], &["x"]].concat()));
    assert!(
        shown[0].contains("201 parts; a thread has at most 200"),
        "{shown:?}"
    );
}

const PUBLISHED: &str = "bluesky:
  status: published
  published_at: 2026-12-01T09:00:02.000Z
  source: SOURCE
  posts:
  - uri: at://did:plc:x/app.bsky.feed.post/3m
    cid: bafy
";

fn published(publish_at: &str, body: &str) -> String {
    let matter = format!("publish_at: {publish_at}\n");
    let source = thread(&with_body(&matter, &["Hello"])).source().to_owned();
    with_body(&(matter + &PUBLISHED.replace("SOURCE", &source)), &[body])
}

/// What is published with the given keys and body.
fn published_as(matter: &str, body: &str) -> String {
    let document = Document::parse("posts/a.md", with_body(matter, &[body]).into_bytes());
    let source = source_of(&document.unwrap());
    with_body(
        &format!("{matter}{}", PUBLISHED.replace("SOURCE", &source)),
        &[body],
    )
}

#[test]
fn what_went_out_without_words_needs_none() {
    for body in ["", "Hello\n\n---\n\n", "\n\n---\n\nHello", "\n\n---\n\n"] {
        let out = published_as("", body);
        let thread = thread(&out);
        assert_eq!(thread.block().unwrap().status, Status::Published);
        assert!(
            thread
                .posts()
                .iter()
                .any(|post| post.text.text().is_empty())
        );
        // Without its block it would go out empty, and an edit may have lost the words.
        assert!(
            codes(&with_body("", &[body])).contains(&Code::EmptyPost),
            "{body:?}"
        );
        let edited = out.replacen("bluesky:", "tags: [a]\nbluesky:", 1);
        assert_eq!(codes(&edited), [Code::EditedAfterPublishing], "{edited}");
        let taken_back = |file: &str| {
            file.replacen("bluesky:", "retract: true\nbluesky:", 1)
                .replace(
                    "status: published\n",
                    "status: retracted\n  retracted_at: 2026-12-02T09:00:02.000Z\n",
                )
        };
        assert_eq!(codes(&taken_back(&out)), [] as [Code; 0], "{body:?}");
        assert_eq!(codes(&taken_back(&edited)), [] as [Code; 0], "{body:?}");
        // What never went out still needs words.
        for status in ["failed", "missed", "waiting"] {
            let other = out.replace("status: published", &format!("status: {status}"));
            assert!(codes(&other).contains(&Code::EmptyPost), "{other}");
        }
    }
}

#[test]
fn each_part_may_be_a_card_or_a_quote_alone() {
    let card = "  - { url: \"https://example.com/a\", title: A }\n";
    let quote = "quote: https://bsky.app/profile/a.example.com/post/3k\n";
    let second = format!("cards:\n  - true\n{card}");
    for (matter, body) in [
        (&*second, "Hello\n\n---\n\n"),
        (quote, "\n\n---\n\nHello"),
        (&*format!("cards:\n{card}"), "\n\n---\n\nHello"),
    ] {
        let thread = thread(&with_body(matter, &[body]));
        let shows = |post: &Post| post.quote.is_some() || post.media.is_some();
        let empty = thread
            .posts()
            .iter()
            .find(|post| post.text.text().is_empty());
        assert!(empty.is_some_and(shows), "{matter}");
    }
    // The first is a quote; nothing stands in the second.
    let both = with_body(quote, &["\n\n---\n\n"]);
    assert_eq!(
        mistakes(&both),
        ["empty-post at ``: part 2 of the thread is empty (write something, or remove one `---`)"]
    );
}

#[test]
fn a_card_that_went_out_leads_where_it_led() {
    let matter = "card: { url: \"https://example.com/a\", title: A }\n";
    let body = "Read https://example.com/b today";
    assert_eq!(codes(&with_body(matter, &[body])), [Code::StaleCard]);
    assert_eq!(codes(&published_as(matter, body)), [] as [Code; 0]);
}

#[test]
fn a_published_file_checks_clean() {
    let checked = check(&published("2026-12-01T09:00:00Z", "Hello"));
    assert_eq!(shown(&checked), [""; 0]);
    assert_eq!(
        checked.result.unwrap().block().unwrap().status,
        Status::Published
    );
}

#[test]
fn a_block_older_than_its_time_is_a_mistake_and_keeps_its_uri() {
    let checked = check(&published("2026-12-02T09:00:00Z", "Hello"));
    assert_eq!(
        shown(&checked),
        [
            "stale-block at `bluesky`: this post went out on 2026-12-01 09:00 UTC, before its `publish_at` (2026-12-02 09:00 UTC) \
          (to publish it again, remove the whole `bluesky:` block; otherwise put the old `publish_at` back)"
        ]
    );
    let broken = checked.result.unwrap_err();
    assert_eq!(broken.uris, ["at://did:plc:x/app.bsky.feed.post/3m"]);
    assert!(matches!(broken.due, BrokenDue::At(_)));
}

#[test]
fn an_edit_after_publishing_is_a_warning_at_the_text() {
    let checked = check(&published("2026-12-01T09:00:00Z", "\n\nHallo 🎉\nmore"));
    assert!(checked.result.is_ok());
    let shown = shown(&checked);
    assert!(
        shown[0].starts_with("edited-after-publishing at `Hallo 🎉`"),
        "{shown:?}"
    );
}

#[test]
fn an_edit_that_leaves_no_text_is_no_panic() {
    let checked = check(&published("2026-12-01T09:00:00Z", ""));
    let codes: Vec<Code> = checked
        .diagnostics
        .diagnostics
        .iter()
        .map(|m| m.code)
        .collect();
    assert!(codes.contains(&Code::EditedAfterPublishing), "{codes:?}");
}

#[test]
fn line_ends_and_other_keys_are_no_edit_and_content_keys_are() {
    let plain = thread("---\n---\nHello\n\nyou\n");
    let same = [
        "---\r\n---\r\nHello\r\n\r\nyou\r\n",
        "---\nhold: true\naccount: main\n---\nHello\n\nyou\n",
    ];
    for source in same {
        assert_eq!(thread(source).source(), plain.source(), "{source:?}");
    }
    for source in [
        "---\nlangs: [en]\n---\nHello\n\nyou\n",
        "---\n---\nHello\n\nYou\n",
        "---\nsplit: auto\n---\nHello\n\nyou\n",
    ] {
        assert_ne!(thread(source).source(), plain.source(), "{source:?}");
    }
}

#[test]
fn a_block_that_updraft_never_wrote_is_a_mistake_at_its_key() {
    for block in [
        "bluesky: yes\n",
        "bluesky:\n",
        "bluesky:\n  status: posted\n  source: x\n",
        "bluesky:\n  status: published\n",
        "bluesky:\n  status: published\n  source: x\n  likes: 3\n",
        "bluesky:\n  status: published\n  source: x\n",
    ] {
        let shown = mistakes(&format!("---\n{block}---\nHello\n"));
        assert!(
            shown[0].starts_with("invalid-block at `bluesky`"),
            "{block}: {shown:?}"
        );
    }
}

#[test]
fn a_dated_file_that_cannot_take_its_block_is_known_before_it_is_due() {
    let shown = mistakes("---\n{publish_at: 2026-12-01T09:00:00Z}\n---\nHello\n");
    assert!(shown[0].starts_with("uneditable-file"), "{shown:?}");
}

#[test]
fn a_copied_published_file_is_named_in_both() {
    let setup = Setup::default();
    let source = published("2026-12-01T09:00:00Z", "Hello");
    let mut files = ["posts/a.md", "posts/b.md"].map(|path| setup.check(path, &source));
    check_together(&mut files, |_| true);
    for (file, other) in files.iter().zip(["posts/b.md", "posts/a.md"]) {
        let expected = format!(
            "duplicate-uri at `bluesky`: `{other}` names the same record on Bluesky \
             (a published file was copied: remove the `bluesky:` block from the copy, and give it its own `publish_at`)"
        );
        assert_eq!(shown(file), [expected]);
        let broken = file.result.as_ref().unwrap_err();
        assert_eq!((broken.due, broken.uris.len()), (BrokenDue::Never, 1));
    }
}

#[test]
fn twins_that_wait_are_named_in_both_and_what_differs_is_fine() {
    let setup = Setup::default();
    let source = "---\npublish_at: 2026-12-01T09:00:00Z\n---\nHello\n";
    let check = |sources: [&str; 2]| {
        let paths = ["posts/a.md", "posts/b.md"].into_iter();
        let mut files: Vec<_> = paths
            .zip(sources)
            .map(|(path, source)| setup.check(path, source))
            .collect();
        check_together(&mut files, |_| true);
        files
    };
    let block = "bluesky:\n  status: published\n  published_at: 2026-12-01T09:00:01Z\n  source: sha256:0123456789abcdef\n  posts:\n    - uri: at://did:plc:x/app.bsky.feed.post/3m\n";
    let published = source.replacen("Z\n---", &format!("Z\n{block}---"), 1);
    let [original, copy] = &check([&published, source])[..] else {
        panic!("two files");
    };
    assert!(original.result.is_ok());
    assert!(
        shown(copy)[0].starts_with("duplicate-post"),
        "{:?}",
        shown(copy)
    );
    for (file, other) in check([source, source])
        .iter()
        .zip(["posts/b.md", "posts/a.md"])
    {
        let expected = format!(
            "duplicate-post at `publish_at`: `{other}` has the same words for the same second \
             (remove one of the two, or change the time or the words of one)"
        );
        assert_eq!(shown(file), [expected]);
    }
    for other in [
        "---\npublish_at: 2026-12-01T09:00:01Z\n---\nHello\n",
        "---\npublish_at: 2026-12-01T09:00:00Z\n---\nHello!\n",
        "---\npublish_at: 2026-12-01T09:00:00Z\nhold: true\n---\nHello\n",
        "---\n---\nHello\n",
    ] {
        assert!(
            check([source, other])
                .iter()
                .all(|file| file.result.is_ok()),
            "{other}"
        );
    }
}

#[test]
fn a_receipt_put_into_a_thread_settles_it() {
    let before = thread("---\npublish_at: 2026-12-01T09:00:00Z\n---\nHello\n");
    let block = Block::new(Status::Missed, before.source().to_owned());
    let receipt = Receipt {
        path: before.path().to_owned(),
        block,
    };
    let bytes = before.document().with_block(&receipt.block).unwrap();
    let after = thread(&String::from_utf8(bytes).unwrap());
    assert_eq!(after.block(), Some(&receipt.block));
    assert_eq!(after.source(), before.source());
}

#[test]
fn addresses_are_shortened_where_the_author_or_the_configuration_asks_for_it() {
    let body = "Read https://example.com/a/very/long/path and more";
    let short = "Read example.com/a/very/long/... and more";
    let configured = Setup {
        defaults: Defaults {
            shorten_links: true,
            ..Defaults::default()
        },
        ..Setup::default()
    };
    for (key, by_default, as_configured) in [
        ("", body, short),
        ("shorten_links: true\n", short, short),
        ("shorten_links: false\n", body, body),
    ] {
        let source = format!("---\n{key}---\n{body}\n");
        let text = |setup: &Setup| {
            let thread = setup.check("posts/a.md", &source).result.unwrap();
            thread.posts()[0].text.text().to_owned()
        };
        assert_eq!(text(&Setup::default()), by_default, "{key}");
        assert_eq!(text(&configured), as_configured, "{key}");
    }
}
