//! `updraft review`: two revisions of a repository, and the real binary.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/schema.rs"]
mod schema;

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use pulldown_cmark::{Event, Parser, Tag};
use serde_json::Value;
use tempfile::TempDir;

struct Place(TempDir);

struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    /// A repository whose branch `main` holds these files.
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.git(&["init", "-q", "-b", "main"]);
        place.write(files);
        place.git(&["add", "."]);
        place.git(&["commit", "-q", "--allow-empty", "-m", "Start"]);
        place.git(&["checkout", "-q", "-b", "draft"]);
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
            fs::write(self.path(path), text).unwrap();
        }
    }

    fn git(&self, args: &[&str]) {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
        let status = Command::new("git")
            .current_dir(self.0.path())
            .args(identity)
            .args(args)
            .status();
        assert!(status.unwrap().success(), "{args:?}");
    }

    fn updraft(&self, args: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_updraft"))
            .current_dir(self.0.path())
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .output()
            .unwrap();
        Ended {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn review(&self, format: &str) -> Ended {
        self.updraft(&["review", "--base", "main", "--format", format])
    }

    fn json(&self) -> Value {
        let ended = self.review("json");
        schema::fitting("review", &ended.out)
    }

    /// What became of each file.
    fn changes(&self) -> BTreeMap<String, String> {
        let json = self.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let posts = json["posts"].as_array().unwrap().iter();
        posts
            .map(|post| (text(&post["path"]), text(&post["change"])))
            .collect()
    }
}

fn post(time: &str, text: &str) -> String {
    format!("---\npublish_at: {time}\nlangs: [en]\n---\n{text}\n")
}

fn published(text: &str) -> String {
    format!(
        "---\npublish_at: 2025-03-01T09:00:00Z\nlangs: [en]\nbluesky:\n  status: published\n  published_at: 2025-03-01T09:00:01.000Z\n  source: sha256:0123456789abcdef\n  posts:\n    - uri: at://did:plc:x/app.bsky.feed.post/{}\n---\n{text}\n",
        text.replace(' ', "")
    )
}

const SOON: &str = "2199-12-02T09:00:00Z";
const LATER: &str = "2199-12-09T09:00:00Z";

#[test]
fn what_became_of_each_file_is_told_apart() {
    let given_up = published("Taken back long ago");
    let given_up = given_up.replace("status: published", "status: retracted");
    let place = Place::new(&[
        (
            "posts/same.md",
            &post("2199-12-01T09:00:00Z", "Nobody touches this one"),
        ),
        ("posts/changed.md", &post(SOON, "Old words of a post")),
        (
            "posts/moved.md",
            &post("2199-12-03T09:00:00Z", "The time of this one moves"),
        ),
        (
            "posts/old-name.md",
            &post("2199-12-04T09:00:00Z", "The name of this one moves"),
        ),
        (
            "posts/removed.md",
            &post("2199-12-05T09:00:00Z", "All of this is going away"),
        ),
        ("posts/edited.md", &published("One that is out")),
        ("posts/deleted.md", &published("Another one that is out")),
        ("posts/wrong.md", &published("What should never have gone")),
        (
            "posts/draft.md",
            "---\nlangs: [en]\n---\nSome day this goes out\n",
        ),
        (
            "posts/held.md",
            &post(SOON, "Held back for long").replacen("---\n", "---\nhold: true\n", 1),
        ),
        ("posts/lost.md", &post(SOON, "This one loses its time")),
        (
            "posts/given-up.md",
            &given_up.replacen("---\n", "---\nretract: true\n", 1),
        ),
    ]);
    place.write(&[
        (
            "posts/draft.md",
            &post(SOON, "Some day this goes out, or now"),
        ),
        ("posts/held.md", &post(SOON, "Held back for long")),
        ("posts/given-up.md", &given_up),
        (
            "posts/lost.md",
            "---\nlangs: [en]\n---\nThis one loses its time\n",
        ),
        ("posts/changed.md", &post(SOON, "New words of a post")),
        ("posts/moved.md", &post(LATER, "The time of this one moves")),
        ("posts/new.md", &post("2199-12-06T09:00:00Z", "Hello")),
        (
            "posts/edited.md",
            &published("One that is out, with other words").replace(",withotherwords", ""),
        ),
    ]);
    let wrong = published("What should never have gone");
    place.write(&[(
        "posts/wrong.md",
        &wrong.replacen("---\n", "---\nretract: true\n", 1),
    )]);
    place.git(&["mv", "posts/old-name.md", "posts/new-name.md"]);
    place.git(&["rm", "-q", "posts/removed.md", "posts/deleted.md"]);
    let expected = [
        ("posts/changed.md", "changed"),
        ("posts/deleted.md", "published-deleted"),
        ("posts/draft.md", "scheduled"),
        ("posts/edited.md", "published-edited"),
        ("posts/given-up.md", "moved"),
        ("posts/held.md", "scheduled"),
        ("posts/lost.md", "moved"),
        ("posts/moved.md", "moved"),
        ("posts/new-name.md", "moved"),
        ("posts/new.md", "new"),
        ("posts/removed.md", "removed"),
        ("posts/wrong.md", "retracted"),
    ];
    let found = place.changes();
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(found, expected);
    let text = place.review("markdown").out;
    for words in [
        "Moved from posts/old-name.md",
        "Rescheduled from 2199-12-03 09:00 UTC to 2199-12-09 09:00 UTC",
        "post a correction in a new file",
        "write `retract: true` into it",
        "is deleted there when this is merged",
        "2 given a time",
        "It was a draft",
        "to a draft",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // The same from commits alone.
    place.git(&["add", "."]);
    place.git(&["commit", "-q", "-m", "Change"]);
    place.git(&["checkout", "-q", "main"]);
    let ended = place.updraft(&[
        "review", "--base", "main", "--head", "draft", "--format", "json",
    ]);
    let json = schema::fitting("review", &ended.out);
    assert_eq!(json["posts"].as_array().unwrap().len(), expected.len());
}

#[test]
fn updraft_yml_changes_files_that_nobody_touched() {
    let place = Place::new(&[
        ("updraft.yml", "timezone: Europe/Berlin\nlangs: [en]\n"),
        (
            "posts/a.md",
            "---\npublish_at: 2199-12-01 09:00\n---\nHello\n",
        ),
        ("posts/out.md", &published("One that is out")),
    ]);
    place.write(&[("updraft.yml", "timezone: Europe/Berlin\nlangs: [de]\n")]);
    assert_eq!(place.json()["posts"][0]["differs"][0], "langs");
    assert_eq!(place.changes().len(), 1);
    place.write(&[("updraft.yml", "timezone: Europe/London\nlangs: [en]\n")]);
    assert_eq!(place.changes()["posts/a.md"], "moved");
}

#[test]
fn a_touched_file_with_errors_is_exit_1_and_an_untouched_one_is_counted() {
    let broken = "---\nlang: en\n---\nHello\n";
    let place = Place::new(&[("posts/old.md", broken)]);
    let ended = place.review("json");
    let json = schema::fitting("review", &ended.out);
    assert_eq!((ended.code, &json["errors"]), (0, &1.into()));
    place.write(&[("posts/new.md", broken)]);
    for format in ["json", "markdown", "html"] {
        assert_eq!(place.review(format).code, 1);
    }
    assert_eq!(place.json()["diagnostics"][0]["path"], "posts/new.md");
}

#[test]
fn clashes_are_named() {
    let place = Place::new(&[("posts/a.md", &post(SOON, "Hello"))]);
    place.write(&[("posts/b.md", &post("2199-12-02T09:05:00Z", "Hello"))]);
    place.write(&[("posts/c.md", &post("2199-12-07T23:05:00Z", "Other"))]);
    let clashes = place.json()["clashes"].clone();
    assert_eq!(clashes[0], "posts/a.md and posts/b.md go out within 5 min");
    assert_eq!(clashes[1], "posts/a.md and posts/b.md have the same words");
    let quiet = place
        .updraft(&["review", "--base", "main", "--quiet-hours"])
        .out;
    assert!(quiet.contains("posts/c.md goes out at"), "{quiet}");
}

#[test]
fn posts_without_words_do_not_have_the_same_ones() {
    let card = |time: &str, page: &str| {
        let card = format!("card: {{ url: \"https://example.com/{page}\", title: {page} }}");
        format!("---\npublish_at: {time}\n{card}\n---\n")
    };
    let place = Place::new(&[("posts/a.md", &card(SOON, "a"))]);
    place.write(&[("posts/b.md", &card("2199-12-07T09:00:00Z", "b"))]);
    let report = place.json();
    assert_eq!(report["clashes"], serde_json::json!([]));
    assert_eq!(report["errors"], 0);
}

#[test]
fn a_revision_that_is_not_there_names_what_fetches_it() {
    let ended = Place::new(&[]).updraft(&["review", "--base", "origin/main"]);
    assert_eq!(ended.code, 2);
    let command = "`git fetch origin +refs/heads/main:refs/remotes/origin/main`";
    assert!(ended.err.contains(command), "{}", ended.err);
}

#[test]
fn three_hundred_posts_fit_a_comment_and_are_counted() {
    let place = Place::new(&[]);
    for number in 0..300 {
        let text = format!("{number} {}", "@a.example.com ".repeat(15));
        let time = format!(
            "2199-{:02}-{:02}T09:00:00Z",
            number % 12 + 1,
            number % 28 + 1
        );
        place.write(&[(&format!("posts/{number}.md"), &post(&time, &text))]);
    }
    let text = place.review("markdown").out;
    assert!(text.chars().count() <= 65_536, "{}", text.len());
    let shown = text.matches("\n<summary>").count();
    let words = format!("{} posts not shown here", 300 - shown);
    assert!(text.contains(&words), "{words}");
    assert_eq!(
        text.matches("<details>").count(),
        text.matches("</details>").count()
    );
    assert_inert(&text);
}

/// In Markdown, all that is not ours stands in code: no mention, link, picture or HTML.
fn assert_inert(text: &str) {
    let ours = ["<details>\n", "</details>\n"];
    let mut in_block = false;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_block = false,
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link"),
            Event::InlineHtml(html) => panic!("{html}"),
            Event::Html(html) if !ours.contains(&&*html) => {
                let path = html
                    .strip_prefix("<summary>")
                    .and_then(|rest| rest.strip_suffix("</code></summary>\n"))
                    .and_then(|rest| rest.split_once(": <code>"));
                let (_, path) = path.unwrap_or_else(|| panic!("{html}"));
                assert!(!path.contains(['<', '>', '@', '"', '`']), "{path}");
            }
            Event::Text(words) if !in_block => {
                assert!(!words.contains(['@', '<']), "{words}");
                assert!(!words.contains("://"), "{words}");
            }
            _ => {}
        }
    }
}

/// Tags and attributes of a page, as HTML's own tokenizer reads them.
fn assert_safe_page(html: &str) {
    use html5gum::{Token, Tokenizer};
    const TAGS: &[&str] = &[
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "h2",
        "h3",
        "main",
        "p",
        "section",
        "article",
        "ul",
        "li",
        "div",
        "span",
        "b",
        "br",
        "a",
        "figure",
        "figcaption",
        "img",
        "blockquote",
        "pre",
        "dl",
        "dt",
        "dd",
        "mark",
    ];
    const ATTRIBUTES: &[&str] = &[
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "aria-hidden",
        "dir",
        "href",
        "rel",
        "src",
        "alt",
        "width",
        "height",
    ];
    for token in Tokenizer::new(html).flatten() {
        let Token::StartTag(tag) = token else {
            continue;
        };
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        assert!(TAGS.contains(&name.as_str()), "<{name}>");
        for (key, value) in &tag.attributes {
            let key = String::from_utf8_lossy(key).into_owned();
            let value = String::from_utf8_lossy(value).into_owned();
            assert!(ATTRIBUTES.contains(&key.as_str()), "{key} of <{name}>");
            assert!(key != "href" || value.starts_with("http"), "{value}");
            assert!(key != "src" || value.starts_with("data:image/"), "{value}");
        }
    }
}

#[test]
fn hostile_posts_do_no_harm() {
    let place = Place::new(&[]);
    let texts = [
        "\\<script>alert(1)\\</script> \\<img src=x onerror=alert(1)>",
        "\\</details> \\</summary> \\</pre> @ada.example.com #1 GH-2",
        "::error file=x::boo\n\\##[add-mask]x",
        "a\u{1b}[31mred \u{202e}txt.exe",
        "``` \\`\\`\\`\\`\\` ~~~\n\\```` \\`\\`\\`\\`",
        "\\!\\[x](javascript:alert(1)) \\[y](https://evil.example)",
    ];
    for (number, text) in texts.iter().enumerate() {
        let time = format!("2199-12-0{}T09:00:00Z", number + 1);
        place.write(&[(&format!("posts/{number}@<b>`.md"), &post(&time, text))]);
    }
    let mentions = post(LATER, &"@a.example.com ".repeat(100_000));
    place.write(&[("posts/mentions.md", &mentions)]);
    let markdown = place.review("markdown").out;
    assert_inert(&markdown);
    let html = place.review("html").out;
    assert_safe_page(&html);
    let json = place.json();
    assert_eq!(json["posts"].as_array().unwrap().len(), 7);
    // All but the endless one are shown as what they would be, and not only by their mistakes.
    for post in json["posts"].as_array().unwrap() {
        let is_shown = post["post"]["posts"][0]["text"].is_string();
        assert_eq!(is_shown, post["path"] != "posts/mentions.md", "{post:#}");
    }
    for text in [&markdown, &html, &place.review("json").out] {
        let hostile = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(hostile));
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    }
    assert!(markdown.chars().count() <= 65_536);
}

#[test]
fn a_link_is_never_followed() {
    let place = Place::new(&[("secret.txt", "---\n---\nSecret\n")]);
    fs::create_dir(place.path("posts")).unwrap();
    std::os::unix::fs::symlink("../secret.txt", place.path("posts/a.md")).unwrap();
    place.git(&["add", "."]);
    place.git(&["commit", "-q", "-m", "Link"]);
    let ended = place.updraft(&["review", "--base", "main", "--head", "draft"]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("symbolic link"), "{}", ended.out);
    assert!(!ended.out.contains("Secret"));
}

#[test]
fn each_pair_that_clashes_is_named_and_what_is_missed_is_in_nobody_s_way() {
    let place = Place::new(&[("posts/a.md", &post("2199-12-02T09:00:00Z", "One"))]);
    place.write(&[
        ("posts/b.md", &post("2199-12-02T09:05:00Z", "Two")),
        ("posts/c.md", &post("2199-12-02T09:09:00Z", "Three")),
        ("posts/d.md", &post("2199-12-02T09:18:00Z", "Four")),
        ("posts/late.md", &post("2025-12-02T09:00:00Z", "One")),
    ]);
    let json = place.json();
    let clashes = json["clashes"].as_array().unwrap();
    let clashes: Vec<&str> = clashes
        .iter()
        .map(|clash| clash.as_str().unwrap())
        .collect();
    assert_eq!(
        clashes,
        [
            "posts/a.md and posts/b.md go out within 5 min",
            "posts/a.md and posts/c.md go out within 9 min",
            "posts/b.md and posts/c.md go out within 4 min",
            "posts/c.md and posts/d.md go out within 9 min",
        ]
    );
}

#[test]
fn what_is_due_already_is_in_the_calendar() {
    let late = "publish_at: 2025-12-02T09:00:00Z\nlangs: [en]";
    let sent = format!("---\n{late}\nlate: {{ then: publish }}\n---\nStill to come\n");
    let missed = format!("---\n{late}\n---\nTo be missed\n");
    let place = Place::new(&[("posts/sent.md", &sent), ("posts/missed.md", &missed)]);
    let json = place.json();
    let calendar = json["calendar"].as_array().unwrap();
    assert_eq!(calendar.len(), 1, "{calendar:?}");
    assert_eq!(calendar[0]["path"], "posts/sent.md");
    let text = place.review("markdown").out;
    assert!(
        text.contains("- due already 2025-12-02 09:00 UTC ` posts/sent.md `"),
        "{text}"
    );
    assert!(place.review("html").out.contains("<dt>due already</dt>"));
}

#[test]
fn words_that_changed_are_shown_as_they_were() {
    let place = Place::new(&[
        (
            "posts/one.md",
            &post(SOON, "Old \\<b>words\\</b> of @ada.example.com"),
        ),
        (
            "posts/more.md",
            &post(LATER, "First\n\n---\n\nSecond\n\n---\n\nThird"),
        ),
    ]);
    place.write(&[
        ("posts/one.md", &post(SOON, "New words of a post")),
        ("posts/more.md", &post(LATER, "First\n\n---\n\nAnother")),
    ]);
    let json = place.json();
    let words = |path: &str| {
        let posts = json["posts"].as_array().unwrap();
        let post = posts.iter().find(|post| post["path"] == path).unwrap();
        post["from"]["words"].clone()
    };
    assert_eq!(
        words("posts/more.md")[0],
        serde_json::json!({ "part": 2, "text": "Second" })
    );
    assert_eq!(words("posts/more.md")[1]["text"], "Third");
    assert_eq!(words("posts/one.md").as_array().unwrap().len(), 1);
    let markdown = place.review("markdown").out;
    assert_inert(&markdown);
    assert!(markdown.contains("Before:\n\n```text\nOld "), "{markdown}");
    assert!(
        markdown.contains("Before, part 3:\n\n```text\nThird\n"),
        "{markdown}"
    );
    let html = place.review("html").out;
    assert_safe_page(&html);
    assert!(
        html.contains("<b>Before, part 2</b><br>Second</div>"),
        "{html}"
    );
}

#[test]
fn a_broken_updraft_yml_has_a_report_and_one_that_mends_it_too() {
    let broken = "acounts: {}\n";
    let place = Place::new(&[("posts/a.md", &post(SOON, "Hello"))]);
    place.write(&[("updraft.yml", broken)]);
    for format in ["markdown", "html", "json"] {
        let words = [
            "review", "--base", "main", "--format", format, "--output", "out",
        ];
        let ended = place.updraft(&words);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""));
        assert!(ended.err.contains("acounts"), "{}", ended.err);
        let text = fs::read_to_string(place.path("out")).unwrap();
        assert!(
            text.contains("acounts") && text.contains("has mistakes"),
            "{text}"
        );
        match format {
            "markdown" => assert_inert(&text),
            "html" => assert_safe_page(&text),
            _ => drop(schema::fitting("review", &text)),
        }
    }
    // Another revision is read by its own settings, whatever lies here.
    let other = ["review", "--base", "main", "--head", "draft"];
    assert_eq!(place.updraft(&other).code, 0);
    // A branch that mends what is broken in the other.
    let place = Place::new(&[
        ("posts/a.md", &post(SOON, "Hello")),
        ("updraft.yml", broken),
    ]);
    place.write(&[
        ("updraft.yml", "timezone: UTC\n"),
        ("posts/b.md", &post(LATER, "More")),
    ]);
    let changes = place.changes();
    assert_eq!(changes.get("posts/b.md").map(String::as_str), Some("new"));
}

#[test]
fn pictures_cards_and_quotes_are_shown_and_do_no_harm() {
    let place = Place::new(&[]);
    let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([200, 30, 30]));
    fs::create_dir_all(place.path("posts")).unwrap();
    picture.save(place.path("posts/red.png")).unwrap();
    let hostile = "\"><script>alert(1)</script> ::error:: \u{202e}@ada.example.com #1 </figure>";
    let alt = hostile
        .replace('"', "&quot;")
        .replace(['<', '>', '#'], "\\$0");
    let shown = format!("Look at this\n\n![{}](red.png)", alt.replace("\\$0", ""));
    let card = format!(
        "---\npublish_at: {LATER}\nlangs: [en]\ncard:\n  url: https://example.com/?a=\"b\n  title: '{0}'\n  description: '{0}'\n---\nA card\n",
        hostile.replace('\u{202e}', "")
    );
    let quote =
        format!("---\npublish_at: {LATER}\nlangs: [en]\nquote: posts/red.md\n---\nAs we said\n");
    place.write(&[
        ("posts/red.md", &post(SOON, &shown)),
        ("posts/card.md", &card),
        ("posts/quote.md", &quote),
    ]);
    let html = place.review("html").out;
    assert_safe_page(&html);
    assert!(html.contains("src=\"data:image/"), "no thumbnail: {html}");
    let markdown = place.review("markdown").out;
    assert_inert(&markdown);
    for text in [&html, &markdown] {
        assert!(text.contains("alert(1)"), "{text}");
        assert!(text.contains("As we said"), "{text}");
        assert!(!text.contains('\u{202e}'));
    }
    let preview = place.updraft(&["preview", "--format", "html"]);
    assert_safe_page(&preview.out);
    assert!(preview.out.contains("src=\"data:image/"), "{}", preview.err);
}

#[test]
fn a_shallow_clone_is_told_what_to_fetch() {
    let place = Place::new(&[("posts/a.md", &post(SOON, "Hello"))]);
    place.git(&["commit", "-q", "--allow-empty", "-m", "More"]);
    let url = format!("file://{}", place.0.path().display());
    let shallow = Place(tempfile::tempdir().unwrap());
    shallow.git(&[
        "clone", "-q", "--depth", "1", "--branch", "draft", &url, ".",
    ]);
    let ended = shallow.updraft(&["review", "--base", "origin/main"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("git fetch"), "{}", ended.err);
    assert!(ended.err.contains("fetch-depth: 0"), "{}", ended.err);
}
