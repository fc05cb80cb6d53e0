//! A full calendar of twenty posts, written as people write them.

use std::io::Cursor;

use chrono::{TimeDelta, Utc};
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Work, ago, due},
    peer::Peer,
    schema,
};

both! {
    twenty_posts_go_out_as_previewed_with_one_commit_and_once,
}

fn twenty_posts_go_out_as_previewed_with_one_commit_and_once(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    write_twenty(&home, &bench.account.handle);
    home.share();
    let before = bench.tip();
    let preview = preview(&home);
    assert_eq!(preview.len(), 20);

    home.publish().exits(0).says("20 posts published");

    assert_as_previewed(&bench, &preview);
    bench.assert_exactly_once();
    assert_eq!(bench.at_remote(&["rev-parse", "main~1"]).trim(), before);
    assert_only_blocks_added(&bench, &before);
    assert_eq!(home.git(&["status", "--porcelain"]), "");
    assert_eq!(home.head(), bench.tip());

    let tip = bench.tip();
    bench.relay.forget();
    home.publish().exits(0).says("nothing to publish now");
    assert_eq!(bench.relay.requests(), Vec::<String>::new());
    assert_eq!(bench.tip(), tip);
    assert_eq!(home.head(), tip);

    assert_written_back(&bench, &before);
}

/// The remote goes back to before the run.
fn assert_written_back(bench: &Bench, before: &str) {
    let (records, posts, tip) = (bench.records(), uris(bench), bench.tip());
    let lost = || bench.at_remote(&["update-ref", "refs/heads/main", before]);

    // The clone that published still has the commit: nobody else need be asked.
    lost();
    bench.relay.forget();
    bench.home().publish().exits(0);
    assert_eq!(bench.tip(), tip);
    assert_eq!(bench.relay.requests(), Vec::<String>::new());

    // A fresh one asks the server, where 150 posts of another program lie between.
    lost();
    let others = (0..150).map(|n| format!("something else, number {n}"));
    bench.post_by_hand(others, Utc::now());
    let fresh = bench.clone_as("fresh");
    fresh.publish().exits(0).says("20 found to be out already");
    assert_eq!(uris(bench), posts);
    assert_only_blocks_added(bench, before);
    assert_eq!(bench.records().len(), records.len() + 150);
}

fn uris(bench: &Bench) -> Vec<(String, Value)> {
    let blocks = bench.blocks().into_iter();
    blocks
        .map(|(path, block)| (path, block["posts"].clone()))
        .collect()
}

/// Each record is the preview's, but for what only publishing can know.
fn assert_as_previewed(bench: &Bench, preview: &[Value]) {
    let (records, blocks) = (bench.records(), bench.blocks());
    for file in preview {
        let path = file["path"].as_str().unwrap();
        let parts = file["posts"].as_array().unwrap();
        let named = blocks[path]["posts"].as_array().unwrap();
        assert_eq!(named.len(), parts.len(), "{path}");
        let refs: Vec<Value> = named
            .iter()
            .map(|part| json!({ "uri": part["uri"], "cid": part["cid"] }))
            .collect();
        for (index, part) in parts.iter().enumerate() {
            let record = records
                .iter()
                .find(|record| record.uri == named[index]["uri"]);
            let mut found = record.unwrap().value.clone();
            assert_eq!(found["text"], part["text"], "{path}");
            let reply = found.as_object_mut().unwrap().remove("reply");
            let wanted = (index > 0).then(|| json!({ "root": refs[0], "parent": refs[index - 1] }));
            assert_eq!(reply, wanted, "{path}");
            found.as_object_mut().unwrap().remove("createdAt");
            reduce_live_card(&mut found, &part["embed"]);
            assert_eq!(found, resolved(bench, &part["record"]), "{path}");
            let facets = resolved(bench, &json!({ "facets": part["facets"] }));
            let there = found.get("facets").cloned().unwrap_or(json!([]));
            assert_eq!(there, facets["facets"], "{path}");
            assert_eq!(found.get("embed").unwrap_or(&Value::Null), &part["embed"]);
        }
    }
}

/// What a page says of itself is known at publishing only: the preview has the card's address alone.
fn reduce_live_card(record: &mut Value, previewed: &Value) {
    let only_uri = previewed["external"]
        .as_object()
        .is_some_and(|card| card.len() == 1);
    if only_uri {
        let uri = record["embed"]["external"]["uri"].take();
        record["embed"]["external"] = json!({ "uri": uri });
    }
}

/// A preview with the DIDs of its mentions, all of which are of the account itself.
fn resolved(bench: &Bench, record: &Value) -> Value {
    let mut record = record.clone();
    record.as_object_mut().unwrap().remove("reply");
    let facets = record.get_mut("facets").and_then(Value::as_array_mut);
    for facet in facets.into_iter().flatten() {
        for feature in facet["features"].as_array_mut().unwrap() {
            let feature = feature.as_object_mut().unwrap();
            if let Some(handle) = feature.remove("handle") {
                assert_eq!(handle, json!(bench.account.handle));
                feature.insert("did".into(), json!(bench.account.did));
            }
        }
    }
    record
}

/// In each file, the commit adds one run of bytes: the block.
fn assert_only_blocks_added(bench: &Bench, before: &str) {
    let changed = bench.at_remote(&["diff", "--name-status", before, "main"]);
    assert_eq!(changed.lines().count(), 20, "{changed}");
    for line in changed.lines() {
        let path = line.strip_prefix("M\t").unwrap();
        let old = bench.remote_file_at(before, path);
        let new = bench.remote_file(path);
        let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let tail = old.len() - same;
        assert_eq!(old[same..], new[new.len() - tail..], "{path}");
        let added = String::from_utf8_lossy(&new[same..new.len() - tail]).into_owned();
        assert!(added.contains("bluesky:"), "{path}: {added}");
        let crlf = old.windows(2).any(|bytes| bytes == b"\r\n");
        let bare = added.matches('\n').count() - added.matches("\r\n").count();
        assert_eq!(bare == 0, crlf, "{path}: {added:?}");
    }
}

pub fn preview(work: &Work<'_>) -> Vec<Value> {
    let ran = work.run(&["preview", "--format", "json"]).exits(0);
    let printed = schema::fitting("preview", &ran.out);
    printed.as_array().unwrap().clone()
}

/// Twenty files: plain, threads, pictures, facets, and every way to end a line.
fn write_twenty(work: &Work<'_>, handle: &str) {
    let texts = [
        ("plain", "The first post of the month.".to_owned()),
        ("emoji", "Family day 👩‍👩‍👧‍👦, flags 🇺🇳, a skin tone 👍🏽 and e\u{301}.".into()),
        ("scripts", "日本語のリンク https://example.com/日本 と #タグ です".into()),
        ("arabic", "مرحبا #وسم https://example.com/a".into()),
        ("link", "Read [the notes](https://example.com/notes?a=1&b=2) or example.com.".into()),
        ("mention", format!("Written by @{handle}, and again @{handle}.")),
        ("tags", "All of #rust, ＃wide, $AAPL and \\#none.".into()),
        ("paragraphs", "One.\n\nTwo,\nand a line.\n\nThree.".into()),
        ("list", "To do:\n\n- write\n- read\n- rest".into()),
        ("code", "Run `cargo test` on #rust.".into()),
        ("thread", "One of three 🧵\n\n---\n\nTwo: https://example.com/2\n\n---\n\nThree #done".into()),
        ("long-thread", (1..=12).map(|n| format!("Part {n}")).collect::<Vec<_>>().join("\n\n---\n\n")),
        ("picture", "Look:\n\n![A red square](media/red.png)".into()),
        ("pictures", "![One](media/red.png)\n![Two](media/green.jpg)\n![Three, with “quotes”](media/blue.png)".into()),
        ("picture-thread", "First\n\n![Red](media/red.png)\n\n---\n\nSecond\n\n![Green](media/green.jpg)".into()),
    ];
    for (minutes, (name, text)) in (1..).zip(&texts) {
        work.write(&format!("posts/{name}.md"), due(minutes, text));
    }
    for (name, colour) in [("red", [200, 0, 0]), ("blue", [0, 0, 200])] {
        work.write(
            &format!("posts/media/{name}.png"),
            picture(ImageFormat::Png, colour),
        );
    }
    work.write(
        "posts/media/green.jpg",
        picture(ImageFormat::Jpeg, [0, 200, 0]),
    );
    let crlf = format!(
        "---\npublish_at: {}\nlangs: [en, de]\n---\nLines\nend here\n\n---\n\nwith two bytes.\n",
        ago(20)
    );
    work.write("posts/crlf.md", crlf.replace('\n', "\r\n"));
    work.write("posts/comments.md", format!("---\n# When, as agreed with Bob\npublish_at: {} # UTC\nlangs: # just one\n  - en\n\n# the end\n---\n\nWith comments.\n", ago(21)));
    work.write(
        "posts/bom.md",
        format!("\u{feff}{}", due(22, "Behind a byte order mark.")),
    );
    work.write("posts/no-newline.md", due(23, "Ends just here").trim_end());
    let local = (Utc::now() - TimeDelta::hours(1)).with_timezone(&chrono_tz::Asia::Tokyo);
    let local = local.format("%Y-%m-%d %H:%M");
    work.write(
        "posts/deep/er/zone.md",
        format!("---\npublish_at: {local}\ntimezone: Asia/Tokyo\n---\nFrom Tokyo.\n"),
    );
}

pub fn picture(format: ImageFormat, colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image = RgbImage::from_pixel(24, 16, Rgb(colour));
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}
