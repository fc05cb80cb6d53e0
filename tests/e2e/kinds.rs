//! One file of every kind: what is published is what the preview shows, and nothing else.

use std::collections::BTreeMap;

use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    bench::{APPLY, Bench, POST, ago},
    calendar::picture,
    peer::{Account, Peer, text},
    relay::Fault,
    video::{CLIP, cid_of},
};

both! {
    every_kind_goes_out_as_previewed_and_once,
    gates_stand_beside_their_posts,
    settings_hold_where_files_say_nothing,
    a_server_that_takes_smaller_pictures_gets_them,
}

/// A post of front matter and words, due so many minutes ago.
fn kind(minutes: i64, keys: &str, words: &str) -> String {
    format!("---\npublish_at: {}\n{keys}---\n{words}\n", ago(minutes))
}

fn page(uri: &str) -> String {
    let rest = uri.strip_prefix("at://").unwrap();
    let parts: Vec<&str> = rest.split('/').collect();
    format!("https://bsky.app/profile/{}/post/{}", parts[0], parts[2])
}

/// A thread of two by somebody else: the URIs of both.
fn strangers_thread(bench: &Bench, stranger: &Account) -> [(String, String); 2] {
    let root = bench.create_as(stranger, POST, "", json!({ "text": "A stranger's thread" }));
    let this = json!({ "uri": root.0, "cid": root.1 });
    let reply = json!({ "root": this, "parent": this });
    let second = json!({ "text": "Its second part", "reply": reply });
    let second = bench.create_as(stranger, POST, "", second);
    [root, second]
}

/// Name, keys, words: in the order of their times.
fn files(root: &str, second: &str) -> Vec<(&'static str, String, String)> {
    let pictures = |count: usize| {
        let line = |n: usize| format!("![Colour {n}](c{}.png)", n % 3);
        (1..=count).map(line).collect::<Vec<_>>().join("\n")
    };
    let pinned = "{ url: \"https://example.com/notes\", title: Notes, description: All of it, image: c1.png }";
    let own = String::from;
    let mut files = vec![
        ("images", own(""), format!("Four\n\n{}", pictures(4))),
        ("gallery", own(""), format!("Five\n\n{}", pictures(5))),
        ("ten", own(""), pictures(10)),
        (
            "pinned",
            format!("card: {pinned}\n"),
            own("Words\n\nhttps://example.com/notes"),
        ),
        (
            "live",
            own(""),
            own("Read [this](https://example.com/a) and https://example.com/b"),
        ),
        (
            "alone",
            own(""),
            own("A card and no address\n\nhttps://example.com/alone"),
        ),
        (
            "no-card",
            own("card: false\n"),
            own("No card\n\nhttps://example.com/none"),
        ),
        (
            "cards",
            own("cards: [true, false, { title: Third, url: \"https://example.com/3\" }]\n"),
            own(
                "[One](https://example.com/1)\n\n---\n\n[Two](https://example.com/2)\n\n---\n\nThree",
            ),
        ),
        ("quote", format!("quote: {}\n", page(root)), own("A quote")),
        (
            "quote-alone",
            own(""),
            format!("Another\n\n{}", page(second)),
        ),
        ("quote-only", format!("quote: {root}\n"), own("")),
        (
            "quote-pictures",
            format!("quote: {second}\n"),
            format!("Both\n\n{}", pictures(2)),
        ),
        (
            "quote-gallery",
            format!("quote: {second}\n"),
            format!("Both\n\n{}", pictures(6)),
        ),
        (
            "quote-card",
            format!("quote: {second}\ncard: {pinned}\n"),
            own("Both"),
        ),
        (
            "answer",
            format!("reply_to: {}\n", page(second)),
            own("An answer\n\n---\n\nof two"),
        ),
        (
            "file-quote",
            own("quote: posts/a07-cards.md\n"),
            own("The thread above"),
        ),
        (
            "file-answer",
            own("reply_to: posts/a07-cards.md#2\n"),
            own("To its middle"),
        ),
        (
            "file-answer-last",
            own("reply_to: posts/a07-cards.md\n"),
            own("To its end"),
        ),
        ("repost", format!("repost: {}\n", page(root)), own("")),
        (
            "file-repost",
            own("repost: posts/a07-cards.md#3\n"),
            own(""),
        ),
        (
            "tags",
            own("tags: [quiet, söhne]\nlangs: [en, de, pt-BR]\n"),
            own("Tags #loud"),
        ),
        (
            "short",
            own("shorten_links: true\ncard: false\n"),
            own("https://example.com/a/very/long/address/indeed"),
        ),
        (
            "video",
            own("captions: [{ lang: en, file: own.vtt }]\n"),
            own("Moving\n\n![Waves](c.mp4)"),
        ),
        (
            "quote-video",
            format!("quote: {second}\n"),
            own("Both\n\n![Waves](c.mp4)"),
        ),
    ];
    for label in [
        "porn",
        "sexual",
        "nudity",
        "graphic-media",
        "\"!no-unauthenticated\"",
    ] {
        files.push((
            "label",
            format!("labels: [{label}]\n"),
            format!("Labelled {label}"),
        ));
    }
    files
}

fn every_kind_goes_out_as_previewed_and_once(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let [root, second] = strangers_thread(&bench, &stranger);
    let home = bench.home();
    for (n, colour) in [[200, 0, 0], [0, 200, 0], [0, 0, 200]]
        .into_iter()
        .enumerate()
    {
        home.write(
            &format!("posts/c{n}.png"),
            picture(ImageFormat::Png, colour),
        );
    }
    home.write("posts/c.mp4", CLIP);
    home.write("posts/c.de.vtt", "WEBVTT - Deutsch\n");
    home.write("posts/own.vtt", "WEBVTT\n");
    let files = files(&root.0, &second.0);
    for (n, (name, keys, words)) in files.iter().enumerate() {
        let minutes = 200 - i64::try_from(n).unwrap();
        home.write(
            &format!("posts/a{n:02}-{name}.md"),
            kind(minutes, keys, words),
        );
    }
    home.share();
    let preview = home.run(&["preview", "--format", "json"]).exits(0).out;
    let preview: Vec<Value> = serde_json::from_str(&preview).unwrap();
    assert_eq!(preview.len(), files.len());
    home.publish().exits(0);

    let blocks = bench.blocks();
    let mut known: BTreeMap<String, String> = [root, second].into();
    let reposts = bench.records_in("app.bsky.feed.repost");
    assert_eq!(reposts.len(), 2);
    let records = bench.records();
    let all: Vec<_> = records.iter().chain(&reposts).collect();
    known.extend(
        all.iter()
            .map(|record| (record.uri.clone(), record.cid.clone())),
    );
    let mut named = 0;
    for file in &preview {
        let path = text(file, "path");
        let parts = blocks[&path]["posts"].as_array().unwrap();
        named += parts.len();
        for (index, part) in parts.iter().enumerate() {
            let record = all.iter().find(|record| record.uri == part["uri"]).unwrap();
            assert_eq!(part["cid"], record.cid, "{path}");
            match file["repost"].as_str() {
                Some(target) => assert_points(&path, &record.value["subject"], target, &known),
                None => assert_as_previewed(
                    &path,
                    (&record.value, &file["posts"][index]["record"]),
                    &known,
                ),
            }
            if let (0, Some(target)) = (index, file["reply_to"].as_str()) {
                assert_points(&path, &record.value["reply"]["parent"], target, &known);
            }
        }
    }
    assert_eq!(named, all.len(), "every record is named");
    let answer = blocks["posts/a14-answer.md"]["posts"].as_array().unwrap();
    let inner = records
        .iter()
        .find(|record| record.uri == answer[1]["uri"])
        .unwrap();
    assert_eq!(inner.value["reply"]["parent"]["uri"], answer[0]["uri"]);
    assert_eq!(
        known[&text(&inner.value["reply"]["root"], "uri")],
        text(&inner.value["reply"]["root"], "cid")
    );
    assert!(text(&inner.value["reply"]["root"], "uri").contains(&stranger.did));
    let short = records
        .iter()
        .find(|record| text(&record.value, "text").starts_with("example.com/a"))
        .unwrap();
    assert!(
        text(&short.value, "text").ends_with("..."),
        "{}",
        short.value
    );
    home.publish().exits(0);
    assert_eq!(bench.records().len(), records.len());
}

/// What the preview leaves open is a target that exists, and a page's own words; all else is equal.
#[track_caller]
fn assert_as_previewed(
    path: &str,
    (found, previewed): (&Value, &Value),
    known: &BTreeMap<String, String>,
) {
    match (found, previewed) {
        (Value::Object(_), Value::Object(shown)) if shown.contains_key("target") => {
            assert_points(path, found, &text(previewed, "target"), known);
        }
        (Value::Object(_), Value::Object(shown))
            if shown.contains_key("file") && shown.len() == 1 =>
        {
            let link = json!({ "$link": cid_of(CLIP) });
            assert_eq!((&found["ref"], &found["size"]), (&link, &json!(CLIP.len())));
        }
        (Value::Object(there), Value::Object(shown)) => {
            let is_live = shown.len() == 1 && shown.contains_key("uri");
            for (key, value) in shown {
                if key != "handle" {
                    assert_as_previewed(path, (&found[key], value), known);
                }
            }
            let extra: Vec<&String> = there
                .keys()
                .filter(|key| !shown.contains_key(*key))
                .filter(|key| !matches!(key.as_str(), "createdAt" | "reply" | "did"))
                .collect();
            assert!(
                is_live || extra.is_empty(),
                "{path}: {extra:?} in {found:#}"
            );
        }
        (Value::Array(there), Value::Array(shown)) => {
            assert_eq!(there.len(), shown.len(), "{path}: {found:#}");
            for pair in there.iter().zip(shown) {
                assert_as_previewed(path, pair, known);
            }
        }
        _ => assert_eq!(found, previewed, "{path}"),
    }
}

/// URI and CID of a record that exists, and that the author named.
#[track_caller]
fn assert_points(path: &str, found: &Value, target: &str, known: &BTreeMap<String, String>) {
    let (uri, cid) = (text(found, "uri"), text(found, "cid"));
    assert_eq!(known.get(&uri), Some(&cid), "{path}: {found}");
    let key = target.rsplit('/').next().unwrap();
    assert!(
        uri.ends_with(key) || target.contains(".md"),
        "{path}: {uri} is not {target}"
    );
}

fn gates_stand_beside_their_posts(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    let did = &bench.account.did;
    let handle = &bench.account.handle;
    let list = bench.create_as(
        &bench.account,
        "app.bsky.graph.list",
        "",
        json!({
            "name": "Maintainers", "purpose": "app.bsky.graph.defs#curatelist",
        }),
    );
    let list_page = format!(
        "https://bsky.app/profile/{handle}/lists/{}",
        list.0.rsplit('/').next().unwrap()
    );
    let rules = format!(
        "replies: [mentioned, following, followers, list: \"{list_page}\"]\nquotes: deny\n"
    );
    home.write("posts/a.md", kind(9, &rules, "One\n\n---\n\nTwo"));
    home.write("posts/b.md", kind(8, "replies: nobody\n", "Nobody"));
    home.write(
        "posts/c.md",
        kind(7, "replies: everyone\nquotes: allow\n", "Everyone"),
    );
    home.write("posts/d.md", kind(6, "replies: followers\n", "Followers"));
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
    let blocks = bench.blocks();
    let uri = |path: &str, part: usize| text(&blocks[path]["posts"][part], "uri");
    let gates: BTreeMap<String, Value> = bench
        .records_in("app.bsky.feed.threadgate")
        .into_iter()
        .map(|gate| (text(&gate.value, "post"), gate.value["allow"].clone()))
        .collect();
    let rule = |name: &str| json!({ "$type": format!("app.bsky.feed.threadgate#{name}Rule") });
    let by_list = json!({ "$type": "app.bsky.feed.threadgate#listRule", "list": format!("at://{did}/app.bsky.graph.list/{}", list.0.rsplit('/').next().unwrap()) });
    let expected = [
        (
            uri("posts/a.md", 0),
            json!([
                rule("mention"),
                rule("following"),
                rule("follower"),
                by_list
            ]),
        ),
        (uri("posts/b.md", 0), json!([])),
        (uri("posts/d.md", 0), json!([rule("follower")])),
    ];
    assert_eq!(gates, expected.into());
    for gate in bench.records_in("app.bsky.feed.threadgate") {
        assert_eq!(
            gate.uri.rsplit('/').next(),
            text(&gate.value, "post").rsplit('/').next()
        );
    }
    let closed: Vec<(String, Value)> = bench
        .records_in("app.bsky.feed.postgate")
        .into_iter()
        .map(|gate| {
            (
                text(&gate.value, "post"),
                gate.value["embeddingRules"].clone(),
            )
        })
        .collect();
    let disabled = json!([{ "$type": "app.bsky.feed.postgate#disableRule" }]);
    assert_eq!(
        closed,
        [
            (uri("posts/a.md", 0), disabled.clone()),
            (uri("posts/a.md", 1), disabled)
        ]
    );
}

fn settings_hold_where_files_say_nothing(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("updraft.yml", "replies: nobody\nquotes: deny\nlabels: [nudity]\nlangs: [de]\nlink_cards: off\nshorten_links: true\n");
    let words = "See https://example.com/a/very/long/address/indeed";
    home.write("posts/a.md", kind(9, "", words));
    home.write(
        "posts/b.md",
        kind(
            8,
            "replies: everyone\nquotes: allow\nlabels: []\nlangs: [en]\nshorten_links: false\n",
            words,
        ),
    );
    home.share();
    home.publish().exits(0);
    let records = bench.records();
    let a = &records[0].value;
    assert_eq!(a["langs"], json!(["de"]));
    assert_eq!(a["labels"]["values"], json!([{ "val": "nudity" }]));
    assert_eq!(a["embed"], Value::Null);
    assert_eq!(text(a, "text"), "See example.com/a/very/long/...");
    assert_eq!(
        a["facets"][0]["features"][0]["uri"],
        "https://example.com/a/very/long/address/indeed"
    );
    let b = &records[1].value;
    assert_eq!((&b["langs"], &b["labels"]), (&json!(["en"]), &Value::Null));
    assert_eq!(text(b, "text"), words);
    for collection in ["app.bsky.feed.threadgate", "app.bsky.feed.postgate"] {
        let gates = bench.records_in(collection);
        assert_eq!(gates.len(), 1, "{collection}");
        assert_eq!(gates[0].value["post"], records[0].uri);
    }
}

/// As servers did before April 2026.
fn a_server_that_takes_smaller_pictures_gets_them(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    let mut state = 1_u32;
    let noise = image::RgbImage::from_fn(400, 400, |_, _| {
        image::Rgb([(); 3].map(|()| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }))
    });
    let mut png = std::io::Cursor::new(Vec::new());
    noise.write_to(&mut png, ImageFormat::Png).unwrap();
    home.write("posts/noise.png", png.into_inner());
    home.write("posts/a.md", kind(5, "", "Large\n\n![Noise](noise.png)"));
    home.share();
    let refusal = "Invalid app.bsky.feed.post record: blob too big (maximum 100000, got 480000) at $.record.embed.images[0].image";
    bench.relay.fault(
        APPLY,
        (0, 1),
        Fault::refusal(400, "InvalidRequest", refusal),
    );
    home.publish().exits(3).says("set `image_bytes: 100000`");
    home.git(&["pull", "-q"]);
    let account = &bench.account;
    home.write("updraft.yml", format!("accounts:\n  main:\n    handle: {}\n    app_password_env: BLUESKY_APP_PASSWORD\n    pds: {}\n    image_bytes: 100000\n", account.handle, bench.relay.url()));
    home.run(&["retry", "posts/a.md"]).exits(0);
    home.run(&["preview"]).exits(0).says("kB, JPEG q");
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
    let size = bench.records()[0].value["embed"]["images"][0]["image"]["size"].as_u64();
    assert!((30_000..=100_000).contains(&size.unwrap()), "{size:?}");
}
