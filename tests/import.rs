//! `updraft import`, as a person who comes from another tool calls it.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/schema.rs"]
mod schema;

use std::{collections::BTreeMap, fs, path::Path};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

const CONFIG: &str = "accounts:\n  main: { handle: example.com }\n  other: { handle: other.example.com }\ndefault_account: main\n";
/// The smallest PNG there is.
const PICTURE: &[u8] = include_bytes!("readme/first/posts/media/calendar.png");
const DID: &str = "did:plc:abcdefghijklmnopqrstuvwx";

struct Place(TempDir);

struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Place {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.path("posts")).unwrap();
        fs::write(place.path("updraft.yml"), CONFIG).unwrap();
        for (path, bytes) in files {
            place.write(path, bytes);
        }
        place
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), bytes).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn run(&self, args: &[&str]) -> Ended {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("updraft"));
        command.current_dir(self.0.path()).args(args).env_clear();
        command.env("GIT_CEILING_DIRECTORIES", std::env::temp_dir());
        let output = command.output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn import(&self, args: &str) -> Ended {
        let args: Vec<&str> = args.split_whitespace().collect();
        self.run(&[&["import"], args.as_slice()].concat())
    }

    /// Every post and picture, by path.
    fn posts(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path("posts")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.0.path()).unwrap();
                    files.insert(name.to_str().unwrap().to_owned(), fs::read(&path).unwrap());
                }
            }
        }
        files
    }

    /// That `check` has nothing to say, and nothing is due.
    fn is_green(&self) {
        let ended = self.run(&["check", "--deny-warnings"]);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
        let plan = self.run(&["plan", "--format", "json"]);
        let plan: Value = serde_json::from_str(&plan.out).unwrap();
        for item in plan["items"].as_array().unwrap() {
            let decision = item["decision"].as_str().unwrap();
            assert!(["draft", "published"].contains(&decision), "{item}");
        }
    }
}

/// A processed post with its record.
fn processed(number: usize, record: &Value) -> Value {
    json!({
        "action": "post", "account": "MAIN", "richText": record["text"], "record": record,
        "result": {
            "uri": format!("at://{DID}/app.bsky.feed.post/3lcd5ct56w4{}m", number % 10),
            "cid": format!("bafyreicid{number}"), "validationStatus": "valid",
        },
    })
}

/// A record whose facets lie over the given words.
fn record(text: &str, facets: &[(&str, Value)]) -> Value {
    let facets: Vec<Value> = facets
        .iter()
        .map(|(words, feature)| {
            let start = text.find(words).unwrap();
            json!({ "index": { "byteStart": start, "byteEnd": start + words.len() }, "features": [feature] })
        })
        .collect();
    json!({ "$type": "app.bsky.feed.post", "text": text, "facets": facets, "createdAt": "2026-01-02T03:04:05.678Z" })
}

fn link(uri: &str) -> Value {
    json!({ "$type": "app.bsky.richtext.facet#link", "uri": uri })
}

fn mention() -> Value {
    json!({ "$type": "app.bsky.richtext.facet#mention", "did": "did:plc:bobbobbobbobbobbobbobbob" })
}

fn tag(tag: &str) -> Value {
    json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag })
}

/// Ten records in which Markdown, links, emoji and white space meet.
fn records() -> Vec<Value> {
    let mut with_card = record(
        "Read https://example.com/notes first\n\nhttps://example.com/all",
        &[
            (
                "https://example.com/notes",
                link("https://example.com/notes"),
            ),
            ("https://example.com/all", link("https://example.com/all")),
        ],
    );
    with_card["embed"] = json!({
        "$type": "app.bsky.embed.external",
        "external": { "uri": "https://example.com/notes", "title": "Notes", "description": "", "thumb": { "$type": "blob" } },
    });
    vec![
        record("Plain words.", &[]),
        record(
            "\u{1f389} by @bob.example.com in #caf\u{e9}!\n",
            &[
                ("@bob.example.com", mention()),
                ("#caf\u{e9}", tag("caf\u{e9}")),
            ],
        ),
        record(
            "See the notes! And [this](that) \u{1f469}\u{200d}\u{1f680}",
            &[
                ("the notes!", link("https://example.com/a_(b)?c=1&d=<e>")),
                ("[this]", link("https://example.com/x")),
            ],
        ),
        record("# Not a heading\r\n- not a list\r\n1. nor this\r\n", &[]),
        record("*a* _b_ `c` ~~d~~ <e> &amp; \\#f\n---\n| g |\n|---|", &[]),
        record(
            "README.md and example.com are no links here, nor is @bob.example.com #this $CASH",
            &[],
        ),
        record("  Spaces \n\n\n\nand lines\t\n", &[]),
        with_card,
        record(
            "Only this:\n\nhttps://example.com/",
            &[("https://example.com/", link("https://example.com/"))],
        ),
        record(
            "\u{65e5}\u{672c}\u{8a9e} (https://example.com/\u{65e5}) $CASH",
            &[
                (
                    "https://example.com/\u{65e5}",
                    link("https://example.com/\u{65e5}"),
                ),
                ("$CASH", tag("$CASH")),
            ],
        ),
    ]
}

/// Facets by place, kind and value; a mention by place, since a file names a handle.
fn facets(record: &Value) -> Vec<(u64, u64, String)> {
    let all = record["facets"].as_array().cloned().unwrap_or_default();
    all.iter()
        .map(|facet| {
            let feature = &facet["features"][0];
            let value = feature["uri"]
                .as_str()
                .or(feature["tag"].as_str())
                .unwrap_or("mention");
            let value = value.to_owned();
            (
                facet["index"]["byteStart"].as_u64().unwrap(),
                facet["index"]["byteEnd"].as_u64().unwrap(),
                value,
            )
        })
        .collect()
}

#[test]
fn ten_records_come_back_with_the_same_text_and_facets() {
    let place = Place::new(&[]);
    let records = records();
    assert_eq!(records.len(), 10);
    for (number, record) in records.iter().enumerate() {
        let json = processed(number, record).to_string();
        place.write(
            &format!("records/processed/2026-01-02-{number}.json"),
            json.as_bytes(),
        );
    }
    let ended = place.import("nodejs-bluesky records/processed --account MAIN=main");
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    place.is_green();
    let shown = place.run(&["preview", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    for (number, record) in records.iter().enumerate() {
        let path = format!("posts/2026-01-02-{number}.md");
        let file = shown
            .as_array()
            .unwrap()
            .iter()
            .find(|file| file["path"] == path.as_str());
        let ours = &file.unwrap()["posts"][0]["record"];
        assert_eq!(ours["text"], record["text"], "{}", place.read(&path));
        let expected: Vec<_> = facets(record);
        assert_eq!(facets(ours), expected, "{}", place.read(&path));
        let embed = &record["embed"]["external"]["uri"];
        assert_eq!(
            &ours["embed"]["external"]["uri"],
            embed,
            "{}",
            place.read(&path)
        );
    }
}

#[test]
fn a_card_keeps_its_address_in_the_text() {
    let place = Place::new(&[]);
    for (number, url) in ["https://example.com/a_(b)*c", "https://example.com/notes"]
        .into_iter()
        .enumerate()
    {
        let mut record = record(&format!("Read it\n\n{url}"), &[(url, link(url))]);
        record["embed"] = json!({
            "$type": "app.bsky.embed.external", "external": { "uri": url, "title": "Notes", "description": "" },
        });
        let name = format!("records/{number}.json");
        place.write(&name, processed(number, &record).to_string().as_bytes());
    }
    let ended = place.import("nodejs-bluesky records --account main");
    assert!(!ended.out.contains("note:"), "{}", ended.out);
    let file = place.read("posts/1.md");
    // The one below is the card's, and leaves the text.
    let end = "Read it\n\nhttps://example.com/notes\n\nhttps://example.com/notes\n";
    assert!(file.ends_with(end), "{file}");
    place.is_green();
    let shown = place.run(&["preview", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    let record = &shown[0]["posts"][0]["record"];
    let url = "https://example.com/a_(b)*c";
    assert_eq!(record["text"], format!("Read it\n\n{url}"));
    assert_eq!(record["embed"]["external"]["uri"], url);
    assert_eq!(record["embed"]["external"]["title"], "Notes");
}

#[test]
fn an_archive_keeps_quotes_of_later_parts_and_posts_without_words() {
    let place = Place::new(&[]);
    let quote = "at://did:plc:bob/app.bsky.feed.post/3kabcdefghi2k";
    let mut second = record("Two", &[]);
    second["embed"] =
        json!({ "$type": "app.bsky.embed.record", "record": { "uri": quote, "cid": "x" } });
    let mut second = processed(1, &second);
    second["action"] = "reply".into();
    second["replyURL"] = "thread".into();
    let mut pictures = record("", &[]);
    let blob = json!({ "$type": "blob", "ref": { "$link": "bafkcat" }, "mimeType": "image/png", "size": 1 });
    pictures["embed"] = json!({
        "$type": "app.bsky.embed.images", "images": [{ "alt": "A cat", "image": blob }],
    });
    let mut third = processed(2, &pictures);
    third["action"] = "reply".into();
    third["replyURL"] = "thread".into();
    let thread = json!([processed(0, &record("One", &[])), second, third]);
    place.write("records/thread.json", thread.to_string().as_bytes());
    let alone = processed(3, &pictures).to_string();
    place.write("records/alone.json", alone.as_bytes());
    let ended = place.import("nodejs-bluesky records --account main");
    let notes = format!(
        "  note: on Bluesky alone, where it may stay: the picture \"A cat\" (blob bafkcat of {DID})\n"
    );
    assert_eq!(
        ended.out,
        format!(
            "wrote posts/alone.md (published) from records/alone.json\n{notes}\
             wrote posts/thread.md (published) from records/thread.json\n{notes}2 files: 2 published posts written\n"
        )
    );
    place.is_green();
    let shown = place.run(&["preview", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(shown[0]["posts"][0]["record"]["text"], "");
    let parts = shown[1]["posts"].as_array().unwrap();
    let texts: Vec<&str> = parts
        .iter()
        .map(|part| part["record"]["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["One", "Two", ""]);
    let quoted = parts[1]["record"]["embed"].to_string();
    assert!(
        quoted.contains("did:plc:bob") && quoted.contains("3kabcdefghi2k"),
        "{quoted}"
    );
    // Nothing of it can be published once more by losing its block.
    let without = place.read("posts/alone.md");
    let (matter, _) = without.split_once("bluesky:").unwrap();
    place.write("posts/alone.md", format!("{matter}---\n").as_bytes());
    let ended = place.run(&["check"]);
    assert_eq!(ended.code, 1, "{}", ended.out);
}

#[test]
fn what_was_published_is_an_archive_and_never_sent_again() {
    let place = Place::new(&[]);
    let repost = json!({
        "action": "repost", "account": "MAIN", "repostURL": "https://bsky.app/profile/bob.example.com/post/3kabcdefghi2k",
        "repostInfo": { "uri": "at://did:plc:bob/app.bsky.feed.post/3kabcdefghi2k", "cid": "x" },
        "result": { "uri": format!("at://{DID}/app.bsky.feed.repost/3ld2ri73v5t2b"), "cid": "bafyreirepost" },
    });
    let mut second = processed(1, &record("Two", &[]));
    second["action"] = "reply".into();
    second["replyURL"] = "thread".into();
    let thread = json!([processed(0, &record("One", &[])), second]);
    place.write("records/repost.json", repost.to_string().as_bytes());
    place.write("records/thread.json", thread.to_string().as_bytes());
    let ended = place.import("nodejs-bluesky records --account main --to posts/old");
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert_eq!(
        ended.out,
        "wrote posts/old/repost.md (published) from records/repost.json\n\
         wrote posts/old/thread.md (published) from records/thread.json\n\
         2 files: 2 published posts written\n"
    );
    assert_eq!(
        place.read("posts/old/repost.md"),
        format!(
            "---\naccount: main\nrepost: https://bsky.app/profile/bob.example.com/post/3kabcdefghi2k\nbluesky:\n  status: published\n  published_at: 2024-12-11T22:10:08.130Z\n  source: sha256:2a8a8473b2b81f46\n  url: https://bsky.app/profile/bob.example.com/post/3kabcdefghi2k\n  posts:\n    - uri: at://{DID}/app.bsky.feed.repost/3ld2ri73v5t2b\n      cid: bafyreirepost\n---\n"
        )
    );
    let thread = place.read("posts/old/thread.md");
    assert!(
        thread.contains("published_at: 2026-01-02T03:04:05.678Z"),
        "{thread}"
    );
    assert!(
        thread.contains("3lcd5ct56w41m\n      cid: bafyreicid1\n---\nOne\n\n---\n\nTwo\n"),
        "{thread}"
    );
    place.is_green();
}

#[test]
fn a_file_of_another_tool_among_the_posts_is_known_for_one() {
    let place = Place::new(&[
        (
            "posts/a.md",
            b"---\nmedia: [bluesky-eu]\nhashtags:\n  bluesky-eu: [a]\n---\nHello\n",
        ),
        ("posts/b.tweet", b"Hello\n"),
    ]);
    let ended = place.run(&["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    let found = report.to_string();
    assert_eq!(ended.code, 1);
    for command in ["galaxy-social a.md", "twitter-together b.tweet"] {
        let said = format!(
            "move it out of the posts folder, and make a post of it with `updraft import {command}`"
        );
        assert!(found.contains(&said), "{said}: {found}");
    }
}

fn other_tools() -> Place {
    Place::new(&[
        ("tweets/2020/hello.tweet", b"---\nmedia:\n  - file: cat.png\n    alt: A cat\n---\nHello\n"),
        ("media/cat.png", PICTURE),
        ("tweets/README", b"about\n"),
        (
            "social/a.md",
            b"---\nmedia: [bluesky-eu, mastodon-eu]\nhashtags:\n  bluesky-eu: [Tag]\n---\n![A cat](https://example.com/cat.png)\n\nHello from Europe\n",
        ),
        ("social/cat.png", PICTURE),
        ("social/b.md", b"---\nmedia: [mastodon-eu]\n---\nNot for Bluesky\n"),
    ])
}

#[test]
fn tweets_become_drafts_with_their_pictures() {
    let place = other_tools();
    let ended = place.import("twitter-together tweets");
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    assert_eq!(
        ended.out,
        "wrote posts/2020/hello.md (draft) from tweets/2020/hello.tweet\n\
         passed over: tweets/README: its name does not end in .tweet\n\
         1 file: 1 draft written\n\
         drafts have no `publish_at`: none goes out before somebody writes one\n"
    );
    assert_eq!(
        place.read("posts/2020/hello.md"),
        "---\n---\nHello\n\n![A cat](media/hello/cat.png)\n"
    );
    assert_eq!(
        fs::read(place.path("posts/2020/media/hello/cat.png")).unwrap(),
        PICTURE
    );
    place.is_green();
}

#[test]
fn posts_for_several_networks_ask_whose_they_are() {
    let place = other_tools();
    let ended = place.import("galaxy-social social/a.md");
    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.out,
        "not converted: social/a.md: nobody said which account `bluesky-eu` is\n\
         1 file: nothing written, 1 post not converted\n\
         help: say which account is which, with one of main, other for each NAME\n  \
         updraft import galaxy-social social/a.md --account bluesky-eu=NAME\n"
    );
    let ended = place.import("galaxy-social social --account bluesky-eu=other");
    assert_eq!(ended.code, 1, "{}", ended.out);
    assert!(
        ended
            .out
            .contains("not converted: social/b.md: it is not for Bluesky, but for mastodon-eu"),
        "{}",
        ended.out
    );
    let file = place.read("posts/a.md");
    assert!(
        file.ends_with(
            "account: other\n---\n![A cat](media/a/cat.png)\n\nHello from Europe\n\n#Tag\n"
        ),
        "{file}"
    );
    place.is_green();
}

/// Three files for two accounts of Bluesky, with pictures that have to be downloaded.
fn without_accounts_and_pictures() -> Place {
    let post = |networks: &str, body: &str| format!("---\nmedia: [{networks}]\n---\n{body}\n");
    let owl = "![An owl](https://example.com/owls/medium.jpg)";
    let both = post("bluesky-eu, bluesky-us", &format!("An owl\n\n{owl}"));
    let other = post(
        "bluesky-eu",
        "A wolf\n\n![A wolf](https://example.com/wolves/medium.jpg)",
    );
    Place::new(&[
        ("social/2025/both.md", both.as_bytes()),
        ("social/2025/other.md", other.as_bytes()),
        ("social/README.md", b"# How to write posts\n"),
        (
            "social/words.md",
            post("bluesky-us", "Words alone").as_bytes(),
        ),
    ])
}

#[test]
fn one_cause_is_told_once_and_one_command_mends_it() {
    let place = without_accounts_and_pictures();
    let ended =
        place.import("galaxy-social social --to posts --dry-run --account bluesky-uk=other");
    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.err,
        "warning: --account: no file names `bluesky-uk`; did you mean `bluesky-us`?\n"
    );
    assert_eq!(
        ended.out,
        "not converted: social/2025/both.md: nobody said which account `bluesky-eu` is\n\
         not converted: social/2025/both.md: nobody said which account `bluesky-us` is\n\
         not converted: social/2025/other.md: nobody said which account `bluesky-eu` is\n\
         not converted: social/words.md: nobody said which account `bluesky-us` is\n\
         passed over: social/README.md: there is no front matter, so it is no post of galaxy-social\n\
         3 files: nothing would be written, 4 posts not converted\n\
         help: say which account is which, with one of main, other for each NAME\n  \
         updraft import galaxy-social social --to posts --account bluesky-uk=other \
         --account bluesky-eu=NAME --account bluesky-us=NAME --dry-run\n"
    );
    let accounts = "galaxy-social social --account bluesky-eu=main --account bluesky-us=other";
    let ended = place.import(accounts);
    assert_eq!(ended.code, 1);
    let downloads = [
        ("owls", "social/2025/media/both/medium.jpg"),
        ("wolves", "social/2025/media/other/medium.jpg"),
    ];
    let listed =
        downloads.map(|(of, file)| format!("  https://example.com/{of}/medium.jpg -> {file}\n"));
    assert_eq!(
        ended.out,
        format!(
            "not converted: social/2025/both.md: a picture is not here\n\
             not converted: social/2025/other.md: a picture is not here\n\
             wrote posts/words.md (draft) from social/words.md\n\
             passed over: social/README.md: there is no front matter, so it is no post of galaxy-social\n\
             3 files: 1 draft written, 3 posts not converted\n\
             drafts have no `publish_at`: none goes out before somebody writes one\n\
             help: download these 2 pictures under the name beside each, and run the import again\n{}",
            listed.concat()
        )
    );
    let report = place.import(&format!("{accounts} --format json"));
    let report: Value = serde_json::from_str(&report.out).unwrap();
    assert_eq!(
        report[0]["remedy"],
        "download it beside the file as `media/both/medium.jpg`, and import the file again"
    );
    assert_eq!(
        report[0]["pictures"],
        json!([{
            "address": "https://example.com/owls/medium.jpg",
            "path": "social/2025/media/both/medium.jpg",
        }])
    );
    for (_, file) in downloads {
        place.write(file, PICTURE);
    }
    let ended = place.import(accounts);
    assert_eq!(ended.code, 0, "{}", ended.out);
    place.is_green();
}

#[test]
fn one_download_is_not_taken_for_two_pictures() {
    let place = without_accounts_and_pictures();
    place.write("social/2025/medium.jpg", PICTURE);
    let ended =
        place.import("galaxy-social social --account bluesky-eu=main --account bluesky-us=other");
    assert_eq!(ended.code, 1);
    assert!(
        ended.out.contains(
            "not converted: social/2025/other.md: `medium.jpg` is the picture `https://example.com/owls/medium.jpg` already, and can't be `https://example.com/wolves/medium.jpg` too\n"
        ),
        "{}",
        ended.out
    );
    place.is_green();
}

/// Runs it on a terminal that answers with the given lines; `None` where there is no Python.
#[cfg(unix)]
fn on_terminal(place: &Place, args: &str, answers: &str) -> Option<Ended> {
    const SCRIPT: &str = "import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
os.write(terminal, os.environb[b'ANSWERS'])
said = b''
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if not more:
        break
    said += more
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";
    let must = std::env::var_os("UPDRAFT_ALL_TOOLS").is_some();
    let output = std::process::Command::new("python3")
        .args(["-c", SCRIPT, env!("CARGO_BIN_EXE_updraft"), "import"])
        .args(args.split_whitespace())
        .env("ANSWERS", answers)
        .env("GIT_CEILING_DIRECTORIES", std::env::temp_dir())
        .env("NO_COLOR", "1")
        .current_dir(place.0.path())
        .output();
    assert!(output.is_ok() || !must, "python3 is not installed");
    let output = output.ok()?;
    Some(Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout)
            .unwrap()
            .replace("\r\n", "\n"),
        err: String::from_utf8(output.stderr).unwrap(),
    })
}

#[cfg(unix)]
#[test]
fn a_person_is_asked_once_for_each_name_and_may_leave_one_out() {
    let place = without_accounts_and_pictures();
    for file in ["both", "other"] {
        place.write(&format!("social/2025/media/{file}/medium.jpg"), PICTURE);
    }
    let Some(ended) = on_terminal(&place, "galaxy-social social", "\nother\n") else {
        return;
    };
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    for said in [
        "Which account is `bluesky-eu`? [main/other, or nothing to leave it out] ",
        "Which account is `bluesky-us`? [main/other, or nothing to leave it out] ",
        "without being asked: --account bluesky-us=other\n",
        "wrote posts/2025/both-bluesky-us.md (draft) from social/2025/both.md\n",
        "passed over: social/2025/other.md: `bluesky-eu` was left out\n",
        "2 files: 2 drafts written\n",
    ] {
        assert_eq!(ended.out.matches(said).count(), 1, "{said}: {}", ended.out);
    }
    place.is_green();
    let json = on_terminal(&place, "galaxy-social social --format json", "").unwrap();
    assert_eq!(json.code, 1);
    assert!(!json.out.contains("Which account"), "{}", json.out);
}

#[test]
fn a_second_run_changes_nothing_and_nothing_is_overwritten() {
    let place = other_tools();
    assert_eq!(place.import("twitter-together tweets --dry-run").code, 0);
    assert!(place.posts().is_empty());
    assert_eq!(place.import("twitter-together tweets").code, 0);
    let before = place.posts();
    let again = place.import("twitter-together tweets");
    assert_eq!(again.code, 0);
    assert_eq!(
        again.out,
        "passed over: tweets/README: its name does not end in .tweet\n\
         1 file: nothing written, 1 there already\n"
    );
    assert_eq!(place.posts(), before);
    place.write("posts/2020/hello.md", b"---\n---\nMine\n");
    let ended = place.import("twitter-together tweets");
    assert_eq!(ended.code, 1);
    assert!(
        ended
            .out
            .contains("posts/2020/hello.md is there already, with another content"),
        "{}",
        ended.out
    );
    assert_eq!(place.read("posts/2020/hello.md"), "---\n---\nMine\n");
}

#[test]
fn a_record_belongs_to_one_file() {
    let place = Place::new(&[]);
    let post = processed(0, &record("One", &[])).to_string();
    place.write("records/a.json", post.as_bytes());
    place.write("records/b.json", post.as_bytes());
    let ended = place.import("nodejs-bluesky records --account main");
    assert_eq!(ended.code, 1);
    assert!(
        ended
            .out
            .contains("not converted: records/b.json: posts/a.md names the same record"),
        "{}",
        ended.out
    );
    place.is_green();
}

#[test]
fn an_archive_that_is_there_stays_as_it_was_edited() {
    let place = Place::new(&[]);
    let post = processed(0, &record("One", &[])).to_string();
    place.write("records/a.json", post.as_bytes());
    assert_eq!(
        place.import("nodejs-bluesky records --account main").code,
        0
    );
    let edited = place
        .read("posts/a.md")
        .replacen("---\n", "---\n# a note\n", 1);
    place.write("posts/a.md", edited.as_bytes());
    let ended = place.import("nodejs-bluesky records --account main");
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert_eq!(place.read("posts/a.md"), edited);
}

#[test]
fn an_archive_in_another_folder_is_there_already() {
    let place = Place::new(&[]);
    for number in 0..5 {
        let post = processed(number, &record("One", &[])).to_string();
        place.write(&format!("records/{number}.json"), post.as_bytes());
    }
    assert_eq!(
        place.import("nodejs-bluesky records --account main").code,
        0
    );
    let before = place.posts();
    let ended = place.import("nodejs-bluesky records --account main --to posts/old");
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert_eq!(
        ended.out,
        "there already: posts/0.md holds records/0.json\n\
         there already: posts/1.md holds records/1.json\n\
         there already: posts/2.md holds records/2.json\n\
         there already: 2 more; `--format json` names them\n\
         5 files: nothing written, 5 there already\n"
    );
    let json = place.import("nodejs-bluesky records --account main --to posts/old --format json");
    let report = schema::fitting("import", &json.out);
    assert_eq!(report[4]["path"], "posts/4.md");
    assert_eq!(place.posts(), before);
}

#[test]
fn a_draft_is_known_by_its_words_in_another_folder_and_with_a_time() {
    let place = other_tools();
    place.import("twitter-together tweets");
    let dated = place.read("posts/2020/hello.md").replacen(
        "---\n",
        "---\npublish_at: 2027-03-02T12:00:00Z\n",
        1,
    );
    place.write("posts/2020/hello.md", dated.as_bytes());
    let before = place.posts();
    for (args, said) in [
        ("tweets", ""),
        (
            "tweets/2020/hello.tweet",
            "there already: posts/2020/hello.md holds tweets/2020/hello.tweet\n",
        ),
    ] {
        let ended = place.import(&format!("twitter-together {args}"));
        assert_eq!(ended.code, 0, "{}", ended.out);
        assert!(ended.out.contains(said), "{}", ended.out);
        assert!(
            ended.out.contains("nothing written, 1 there already\n"),
            "{}",
            ended.out
        );
    }
    assert_eq!(place.posts(), before);
    // Other words, another account, another picture or another name are another post.
    for (file, from, to) in [
        ("tweets/hello.tweet", "Hello", "Hi"),
        ("tweets/other.tweet", "Hello", "Hello"),
        ("tweets/new/hello.tweet", "A cat", "A small cat"),
    ] {
        let text = place.read("tweets/2020/hello.tweet").replace(from, to);
        place.write(file, text.as_bytes());
        place.write("tweets/new/media/cat.png", PICTURE);
        let ended = place.import(&format!("twitter-together {file} --to posts/more"));
        let written = ended.out.contains("1 draft written");
        assert!(written, "{file}: {}", ended.out);
        fs::remove_dir_all(place.path("posts/more")).unwrap();
    }
    let ended =
        place.import("twitter-together tweets/2020/hello.tweet --account other --to posts/more");
    assert!(ended.out.contains("1 draft written"), "{}", ended.out);
}

#[test]
fn files_of_galaxy_social_among_the_posts_are_no_posts_of_updraft() {
    let place = Place::new(&[
        ("posts/2025/a.md", b"---\nmedia: [bluesky-eu]\n---\nHello\n"),
        ("posts/cat.md", b"---\n---\nMine\n"),
    ]);
    for paths in ["posts", "posts/2025/a.md", "posts --to posts/new", "."] {
        let ended = place.import(&format!("galaxy-social {paths} --account main"));
        assert_eq!(ended.code, 2, "{}", ended.out);
        assert_eq!(
            ended.err,
            "error: posts/2025/a.md: galaxy-social's own files lie in `posts`, which updraft takes for its posts; \
             set `posts: social` in updraft.yml (`updraft init --posts social` writes one), and import them again\n"
        );
    }
    // Others may be imported.
    place.write("other/b.md", b"---\nmedia: [bluesky-eu]\n---\nOther\n");
    let ended = place.import("galaxy-social other --account main --dry-run");
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    let named = format!("posts: social\n{CONFIG}");
    place.write("updraft.yml", named.as_bytes());
    fs::create_dir(place.path("social")).unwrap();
    let ended = place.import("galaxy-social posts/2025 --account main");
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert_eq!(
        place.read("social/a.md"),
        "---\naccount: main\n---\nHello\n"
    );
}

#[test]
fn what_many_files_have_in_common_is_said_once() {
    let place = Place::new(&[]);
    for number in 0..4 {
        let post =
            |body: &str| format!("---\nmedia: [bluesky-eu, mastodon-{number}]\n---\n{body}\n");
        let name = |kind: &str| format!("social/{kind}{number}.md");
        place.write(&name("a"), post(&format!("Words {number}")).as_bytes());
        let picture = format!("![A cat](https://example.com/{number}.png)");
        place.write(&name("b"), post(&picture).as_bytes());
    }
    let ended = place.import("galaxy-social social");
    assert_eq!(
        ended.out,
        "not converted: 8 files: nobody said which account their names are\n\
         8 files: nothing written, 8 posts not converted\n\
         help: say which account is which, with one of main, other for each NAME\n  \
         updraft import galaxy-social social --account bluesky-eu=NAME\n"
    );
    let ended = place.import("galaxy-social social --account main");
    let download = |number: usize| {
        format!("  https://example.com/{number}.png -> social/media/b{number}/{number}.png\n")
    };
    assert_eq!(
        ended.out,
        format!(
            "wrote posts/a0.md (draft) from social/a0.md\n\
             wrote posts/a1.md (draft) from social/a1.md\n\
             wrote posts/a2.md (draft) from social/a2.md\n\
             wrote posts/a3.md (draft) from social/a3.md\n\
             not converted: 4 files: pictures are not here, which are listed below\n\
             note: 4 posts also go to networks that updraft does not publish to\n  \
             `--format json` says of each post what it is, and so do comments in the files\n\
             8 files: 4 drafts written, 4 posts not converted\n\
             drafts have no `publish_at`: none goes out before somebody writes one\n\
             help: download these 4 pictures under the name beside each, and run the import again\n{}",
            (0..4).map(download).collect::<String>()
        )
    );
    assert!(
        place
            .read("posts/a3.md")
            .contains("# it also goes to mastodon-3,")
    );
}

/// What `import` notes of one source, with what the only file shows in a preview.
fn noted(tool: &str, source: &str, text: &str) -> (Vec<String>, Value) {
    let place = Place::new(&[(source, text.as_bytes())]);
    let ended = place.import(&format!("{tool} {source} --account main --format json"));
    let report = schema::fitting("import", &ended.out);
    assert_eq!(report[0]["outcome"], "written", "{report}");
    let notes = report[0]["notes"].as_array().unwrap().iter();
    let notes = notes
        .map(|note| note.as_str().unwrap().to_owned())
        .collect();
    let shown = place.run(&["preview", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    (notes, shown[0]["posts"].clone())
}

#[test]
fn an_address_that_leaves_the_text_is_noted() {
    let page = "https://example.com/page";
    let post = "https://bsky.app/profile/alice.example.com/post/3kabcdefghi2k";
    let card = format!(
        "`{page}`, alone in the last paragraph, becomes the card and leaves the text; `card: false` keeps it there"
    );
    let quote = format!(
        "`{post}`, alone in the last paragraph, becomes a quote and leaves the text; words beside it keep it there"
    );
    let request =
        |text: &str| json!({ "action": "post", "account": "MAIN", "richText": text }).to_string();
    let galaxy = |text: &str| format!("---\nmedia: [bluesky-eu]\n---\n{text}\n");
    for (text, note, left) in [
        (format!("Read this\n\n{page}"), &card, "Read this"),
        (page.to_owned(), &card, ""),
        (format!("Read this\n\n{post}"), &quote, "Read this"),
    ] {
        for (tool, source, text) in [
            ("twitter-together", "t/a.tweet", text.clone()),
            ("nodejs-bluesky", "t/a.json", request(&text)),
            ("galaxy-social", "t/a.md", galaxy(&text)),
        ] {
            let (notes, posts) = noted(tool, source, &text);
            assert_eq!(notes, [note.as_str()], "{tool}: {text}");
            assert_eq!(posts[0]["record"]["text"], left, "{tool}: {text}");
        }
    }
    let thread = format!("One\n\n---\n\n{page}\n\nTwo\n\n---\n\nThree\n\n{page}\n");
    let (notes, _) = noted("twitter-together", "t/a.tweet", &thread);
    assert_eq!(
        notes,
        [format!(
            "part 3: `{page}`, alone in the last paragraph, becomes the card and leaves the text; `false` for this part under `cards:` keeps it there"
        )]
    );
    for text in [format!("Read {page}"), format!("Read\n\n{page}\n\nthis")] {
        let (notes, posts) = noted("twitter-together", "t/a.tweet", &text);
        assert!(notes.is_empty(), "{notes:?}");
        assert!(
            posts[0]["record"]["text"]
                .as_str()
                .unwrap()
                .contains("example.com")
        );
    }
    let quoting = format!("---\nretweet: {post}\n---\nLook\n");
    let (notes, posts) = noted("twitter-together", "t/a.tweet", &quoting);
    assert!(notes.is_empty(), "{notes:?}");
    assert!(
        posts[0]["record"]["embed"]
            .to_string()
            .contains("3kabcdefghi2k")
    );
    let retweet = "---\nretweet: https://twitter.com/a/status/2\n---\nLook\n";
    let (notes, _) = noted("twitter-together", "t/a.tweet", retweet);
    let expected = [
        "it quoted https://twitter.com/a/status/2, which is not on Bluesky: the address stands below the text",
        "`https://twitter.com/a/status/2`, alone in the last paragraph, becomes the card and leaves the text; `card: false` keeps it there",
    ];
    assert_eq!(notes, expected);
}

#[test]
fn the_report_for_programs_names_every_file() {
    let place = other_tools();
    // The cat is a post's, and the dog nobody's.
    place.write("social/dog.png", PICTURE);
    let ended =
        place.import("galaxy-social social --account bluesky-eu=main --format json --dry-run");
    let report = schema::fitting("import", &ended.out);
    assert_eq!(ended.code, 1);
    assert_eq!(
        report,
        json!([
            {
                "source": "social/a.md", "path": "posts/a.md", "outcome": "would-be-written", "published": false,
                "notes": ["it also goes to mastodon-eu, which updraft does not publish to"], "pictures": [], "reason": null, "remedy": null,
            },
            {
                "source": "social/b.md", "path": null, "outcome": "refused", "published": false, "notes": [],
                "pictures": [], "reason": "it is not for Bluesky, but for mastodon-eu",
                "remedy": "to make a post of it all the same, pass `--account mastodon-eu=NAME`",
            },
            {
                "source": "social/dog.png", "path": null, "outcome": "passed-over", "published": false, "notes": [],
                "pictures": [], "reason": "its name does not end in .md", "remedy": null,
            },
        ])
    );
}

#[test]
fn for_programs_what_was_written_is_there_in_a_second_run() {
    let place = other_tools();
    let outcomes = || {
        let ended = place.import("twitter-together tweets --format json");
        let report = schema::fitting("import", &ended.out);
        let outcomes = report.as_array().unwrap().iter();
        let outcomes = outcomes.map(|entry| entry["outcome"].as_str().unwrap().to_owned());
        outcomes.collect::<std::collections::BTreeSet<String>>()
    };
    let first = outcomes();
    assert!(
        first.contains("written") && !first.contains("there"),
        "{first:?}"
    );
    let second = outcomes();
    assert!(
        second.contains("there") && !second.contains("written"),
        "{second:?}"
    );
}

#[test]
fn a_text_that_is_too_long_is_split() {
    let long = "Words that go on. ".repeat(40);
    let place = Place::new(&[("tweets/long.tweet", long.as_bytes())]);
    let ended = place.import("twitter-together tweets");
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(
        ended
            .out
            .contains("note: too long for one post: `split: auto` makes 3 of it"),
        "{}",
        ended.out
    );
    assert!(place.read("posts/long.md").contains("split: auto\n"));
    place.is_green();
}

#[test]
fn hostile_files_are_refused_and_nothing_is_written() {
    let place = Place::new(&[
        ("t/latin.tweet", b"caf\xe9"),
        ("t/huge.tweet", &vec![b'x'; (1 << 20) + 1]),
        (
            "t/out.tweet",
            b"---\nmedia:\n  - { file: ../../../etc/passwd, alt: x }\n---\nx\n",
        ),
        (
            "t/text.tweet",
            b"---\nmedia:\n  - { file: text.png, alt: x }\n---\nx\n",
        ),
        ("t/text.png", b"no picture"),
        ("t/empty.tweet", b""),
    ]);
    let ended = place.import("twitter-together t --format json");
    let report = schema::fitting("import", &ended.out);
    assert_eq!(ended.code, 1);
    for entry in report.as_array().unwrap() {
        let outcome = entry["outcome"].as_str().unwrap();
        let is_tweet = entry["source"].as_str().unwrap().ends_with(".tweet");
        assert_eq!(
            outcome,
            if is_tweet { "refused" } else { "passed-over" },
            "{entry}"
        );
        assert!(!is_tweet || entry["remedy"].is_string(), "{entry}");
    }
    assert!(place.posts().is_empty());
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed() {
    use std::os::unix::fs::symlink;

    let place = Place::new(&[
        ("elsewhere/real.tweet", b"Hello\n"),
        ("elsewhere/real.png", PICTURE),
        (
            "t/a.tweet",
            b"---\nmedia:\n  - { file: link.png, alt: x }\n---\nx\n",
        ),
    ]);
    symlink(place.path("elsewhere/real.png"), place.path("t/link.png")).unwrap();
    symlink(
        place.path("elsewhere/real.tweet"),
        place.path("t/link.tweet"),
    )
    .unwrap();
    let ended = place.import("twitter-together t");
    assert_eq!(ended.code, 1);
    assert!(
        ended.out.contains("t/link.tweet: it is a symbolic link"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains(
            "t/a.tweet: the picture `link.png` can't be used: a symbolic link leads there"
        ),
        "{}",
        ended.out
    );
    let outside = tempfile::tempdir().unwrap();
    symlink(outside.path(), place.path("posts/out")).unwrap();
    let ended = place.import("twitter-together elsewhere --to posts/out");
    assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
    assert!(fs::read_dir(outside.path()).unwrap().next().is_none());
}

#[test]
fn what_cannot_be_followed_is_wrong_usage() {
    let place = other_tools();
    place.write("social/post.json.example", b"{}");
    for (args, said) in [
        ("twitter-together nowhere", "nowhere: "),
        (
            "twitter-together social",
            "there is no file that ends in .tweet in social",
        ),
        (
            "twitter-together tweets --to elsewhere",
            "--to: elsewhere is not in the posts folder `posts`",
        ),
        (
            "twitter-together tweets --to posts/../..",
            "is not in the posts folder",
        ),
        (
            "twitter-together tweets --account mian",
            "there is no account `mian`; did you mean `main`?",
        ),
        (
            "galaxy-social social --account bluesky-eu=mian",
            "there is no account `mian`; did you mean `main`?",
        ),
        (
            "galaxy-social social --account main=bluesky-eu",
            "there is no account `bluesky-eu`; did you mean `--account bluesky-eu=main`?",
        ),
        (
            "galaxy-social social --account bluesky-eu",
            "the files name it: write `--account bluesky-eu=NAME`",
        ),
        (
            "nodejs-bluesky social/post.json.example",
            "social/post.json.example: it is an example of the tool; give a copy of it a name that ends in .json",
        ),
    ] {
        let ended = place.import(args);
        assert_eq!(ended.code, 2, "{args}: {}", ended.err);
        assert!(ended.err.contains(said), "{args}: {}", ended.err);
    }
    assert!(
        Path::new(&place.path("posts"))
            .read_dir()
            .unwrap()
            .next()
            .is_none()
    );
}

#[test]
fn a_posts_folder_that_is_named_and_not_there_yet_is_made() {
    let place = Place::new(&[("tweets/hello.tweet", b"Hello from another tool\n")]);
    let git = std::process::Command::new("git")
        .args(["init", "-q"])
        .current_dir(place.0.path())
        .status();
    assert!(git.unwrap().success());
    let named = format!("posts: social\n{CONFIG}");
    place.write("updraft.yml", named.as_bytes());
    let ended = place.import("twitter-together tweets");
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(place.path("social/hello.md").exists(), "{}", ended.out);
    let ended = place.run(&["new", "another"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
}
