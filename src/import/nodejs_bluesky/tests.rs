#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use crate::import::{
    Accounts, Format, Source, convert,
    tests::{file, reason},
};

const TOOL: Format = Format::NodejsBluesky;

#[test]
fn a_request_is_a_draft_and_lines_of_hyphens_make_a_thread() {
    let text = json!({
        "action": "post", "account": "MAIN",
        "richText": "One *starred* word.  \r\n\r\n---\r\n\r\nTwo, by @alice.example.com\n",
    });
    assert_eq!(
        file(TOOL, &text.to_string()),
        "---\n---\nOne \\*starred\\* word.\n\n---\n\nTwo, by @alice.example.com\n"
    );
}

#[test]
fn quotes_answers_and_reposts_have_their_keys() {
    let url = "https://bsky.app/profile/bob.example.com/post/3kabcdefghi2k";
    for (action, key, own) in [
        ("quote-post", "repostURL", "quote"),
        ("reply", "replyURL", "reply_to"),
        ("repost", "repostURL", "repost"),
    ] {
        let mut request = json!({ "action": action, "account": "MAIN" });
        request[key] = url.into();
        let mut body = "";
        if action != "repost" {
            request["richText"] = "Look".into();
            body = "Look\n";
        }
        assert_eq!(
            file(TOOL, &request.to_string()),
            format!("---\n{own}: {url}\n---\n{body}")
        );
    }
}

#[test]
fn a_record_keeps_its_languages_labels_tags_quote_and_card() {
    let request = json!({
        "action": "post", "account": "MAIN", "richText": "Hi",
        "record": {
            "$type": "app.bsky.feed.post", "text": "Hi", "createdAt": "2026-01-02T03:04:05.678Z",
            "langs": ["pt-BR", "en"], "tags": ["a b"], "via": "x",
            "labels": { "values": [{ "val": "nudity" }, { "val": "odd" }] },
            "embed": {
                "$type": "app.bsky.embed.recordWithMedia",
                "record": { "record": { "uri": "at://did:plc:abc/app.bsky.feed.post/3kabcdefghi2k", "cid": "x" } },
                "media": { "$type": "app.bsky.embed.external",
                    "external": { "uri": "https://example.com/", "title": "A \"title\"", "description": "Two\nlines" } },
            },
        },
        "result": { "uri": "at://did:plc:xyz/app.bsky.feed.post/3lcd5ct56w42m", "cid": "bafyone" },
    });
    let expected = "---
# the label `odd` is on Bluesky alone
# the record's `via` is not carried over
langs: [pt-BR, en]
tags: [\"a b\"]
labels: [nudity]
quote: \"at://did:plc:abc/app.bsky.feed.post/3kabcdefghi2k\"
card:
  url: https://example.com/
  title: \"A \\\"title\\\"\"
  description: \"Two\\nlines\"
---
Hi
";
    assert_eq!(file(TOOL, &request.to_string()), expected);
}

/// Part `number` of a processed thread, with more for its record.
fn part(number: usize, text: &str, more: Value) -> Value {
    let uri = |number: usize| format!("at://did:plc:xyz/app.bsky.feed.post/3lcd5ct56w{number}2m");
    let mut record = json!({ "text": text, "createdAt": "2026-01-02T03:04:05.678Z" });
    for (key, value) in more.as_object().unwrap() {
        record[key] = value.clone();
    }
    let mut part = json!({
        "action": "post", "account": "A", "record": record, "result": { "uri": uri(number), "cid": "c" },
    });
    if number > 1 {
        part["action"] = "reply".into();
        part["replyInfo"] = json!({ "uri": uri(number - 1), "cid": "c" });
        part["rootInfo"] = json!({ "uri": uri(1), "cid": "c" });
    }
    part
}

#[test]
fn a_later_part_quotes_what_stands_alone_below_it() {
    let quote = |uri: &str| json!({ "$type": "app.bsky.embed.record", "record": { "uri": uri, "cid": "x" } });
    let card = json!({ "$type": "app.bsky.embed.external",
        "external": { "uri": "https://example.com/", "title": "A", "description": "" } });
    let both = json!({ "$type": "app.bsky.embed.recordWithMedia", "media": card,
        "record": { "record": { "uri": "at://did:plc:abc/app.bsky.graph.list/3klist", "cid": "x" } } });
    let thread = json!([
        part(
            1,
            "One",
            json!({ "embed": quote("at://did:plc:abc/app.bsky.feed.post/3kone") })
        ),
        part(
            2,
            "Two",
            json!({ "embed": quote("at://did:plc:abc/app.bsky.feed.post/3ktwo") })
        ),
        part(3, "", json!({ "embed": both })),
        part(
            4,
            "Four",
            json!({ "embed": quote("at://did:plc:abc/app.example.odd/3k") })
        ),
    ]);
    let expected = "---
# it quotes `at://did:plc:abc/app.example.odd/3k`, which no file can name
quote: \"at://did:plc:abc/app.bsky.feed.post/3kone\"
cards:
  - false
  - false
  - url: https://example.com/
    title: A
  - false
---
One

---

Two

https://bsky.app/profile/did:plc:abc/post/3ktwo

---

https://bsky.app/profile/did:plc:abc/lists/3klist

---

Four
";
    assert_eq!(file(TOOL, &thread.to_string()), expected);
}

#[test]
fn what_a_file_has_no_room_for_is_noted() {
    let blob = |cid: &str| json!({ "$type": "blob", "ref": { "$link": cid }, "mimeType": "image/png", "size": 1 });
    let mut last = part(3, "Three", json!({ "langs": ["de"] }));
    last["replyInfo"] = part(1, "", json!({}))["result"].clone();
    let thread = json!([
        part(
            1,
            "One",
            json!({
                "langs": ["en"], "tags": ["a"],
                "reply": { "parent": { "uri": "at://did:plc:abc/app.bsky.feed.post/3kparent", "cid": "x" } },
                "embed": { "$type": "app.bsky.embed.images", "images": [
                    { "alt": "A cat", "image": blob("bafkcat") }, { "alt": "", "image": { "cid": "bafkold", "mimeType": "image/png" } },
                ] },
                "facets": [{ "index": { "byteStart": 0, "byteEnd": 3 }, "features": [
                    { "$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/" },
                    { "$type": "app.bsky.richtext.facet#tag", "tag": "x" },
                ] }],
            })
        ),
        part(
            2,
            "Two",
            json!({
                "langs": ["en"], "tags": ["a"],
                "embed": { "$type": "app.bsky.embed.video", "alt": "A film", "video": blob("bafkfilm"),
                    "captions": [{ "lang": "en", "file": blob("bafkwords") }] },
            })
        ),
        last,
    ]);
    let expected = "---
# part 3 answers part 1 on Bluesky, not the one before it
# words of the record are several things at once, and the first of them here
# on Bluesky alone, where it may stay: the picture \"A cat\" (blob bafkcat of did:plc:xyz)
# on Bluesky alone, where it may stay: the picture \"\" (blob bafkold of did:plc:xyz)
# on Bluesky alone, where it may stay: the video \"A film\" (blob bafkfilm of did:plc:xyz)
# on Bluesky alone, where it may stay: captions of the video (en) (blob bafkwords of did:plc:xyz)
# part 3 has `langs: [de]` of its own, on Bluesky alone: a file has one for all of its parts
# part 3 has `tags: []` of its own, on Bluesky alone: a file has one for all of its parts
langs: [en]
tags: [a]
reply_to: \"at://did:plc:abc/app.bsky.feed.post/3kparent\"
cards:
  - false
  - false
  - false
---
[One](https://example.com/)

---

Two

---

Three
";
    assert_eq!(file(TOOL, &thread.to_string()), expected);
}

#[test]
fn a_post_of_pictures_alone_is_kept_without_words() {
    let pictures = json!({ "embed": { "$type": "app.bsky.embed.images", "images": [{ "alt": "A cat", "image": {} }] } });
    let out = file(TOOL, &part(1, "", pictures.clone()).to_string());
    assert!(out.ends_with("card: false\n---\n\n"), "{out}");
    // It was never sent: a file for it needs its pictures.
    let mut waiting = part(1, "", pictures);
    waiting.as_object_mut().unwrap().remove("result");
    assert_eq!(reason(TOOL, &waiting.to_string()), "the post has no text");
}

#[test]
fn a_record_that_was_not_sent_is_a_draft_of_its_words() {
    let mut waiting = part(1, "From the *record*", json!({ "langs": ["en"] }));
    waiting["richText"] = "From the request".into();
    waiting.as_object_mut().unwrap().remove("result");
    assert_eq!(
        file(TOOL, &waiting.to_string()),
        "---\nlangs: [en]\ncard: false\n---\nFrom the \\*record\\*\n"
    );
}

#[test]
fn a_text_breaks_where_the_tool_breaks_it() {
    let request = json!({ "action": "post", "richText": "***\nOne\n--\nTwo\n\n- - -\n\n_ _\nThree - and\n-\nfour\n___\n" });
    assert_eq!(
        file(TOOL, &request.to_string()),
        "---\n---\nOne\n\n---\n\nTwo\n\n---\n\nThree - and\n\\-\nfour\n"
    );
}

#[test]
fn a_request_may_quote_and_answer_whatever_its_action_is() {
    let url = |key: &str| format!("https://bsky.app/profile/bob.example.com/post/{key}");
    let request = json!([
        { "action": "post", "richText": "One", "replyURL": url("3ka"), "repostURL": url("3kb") },
        { "action": "reply", "richText": "Two", "replyURL": "thread", "repostURL": url("3kc") },
        { "action": "reply", "richText": "Three", "replyURL": "thread", "repostURL": "nowhere" },
    ]);
    assert_eq!(
        file(TOOL, &request.to_string()),
        format!(
            "---\n# `repostURL` is `nowhere`, which is no post\nquote: {}\nreply_to: {}\n---\nOne\n\n---\n\nTwo\n\n{}\n\n---\n\nThree\n",
            url("3kb"),
            url("3ka"),
            url("3kc")
        )
    );
}

#[test]
fn nothing_behind_a_repost_is_lost() {
    let url = "https://bsky.app/profile/bob.example.com/post/3kabcdefghi2k";
    let text = json!([
        { "action": "repost", "account": "A", "repostURL": url },
        { "action": "reply", "account": "A", "richText": "Well", "replyURL": "thread" },
        { "action": "reply", "account": "A", "richText": "Said", "replyURL": url },
    ])
    .to_string();
    let source = Source {
        name: "a.json",
        bytes: text.as_bytes(),
        beside: &|_, _| Ok(None),
    };
    let accounts = Accounts {
        is_single: true,
        ..Accounts::default()
    };
    let pieces = convert(TOOL, &source, &accounts).into_iter();
    let outcomes: Vec<(String, Result<String, String>)> = pieces
        .map(|piece| {
            let outcome = piece.outcome.map(|draft| draft.file());
            (piece.name, outcome.map_err(|refused| refused.reason))
        })
        .collect();
    let expected = [
        ("a", Ok(format!("---\nrepost: {url}\n---\n"))),
        (
            "a-2",
            Err("it answers a post, and `replyURL` is `thread`".to_owned()),
        ),
        ("a-3", Ok(format!("---\nreply_to: {url}\n---\nSaid\n"))),
    ];
    assert_eq!(
        outcomes,
        expected.map(|(name, outcome)| (name.to_owned(), outcome))
    );
}

#[test]
fn what_cannot_be_converted_says_why() {
    let uri = "at://did:plc:xyz/app.bsky.feed.post/3lcd5ct56w42m";
    let part = |result: bool| {
        let mut part =
            json!({ "action": "reply", "account": "A", "richText": "x", "replyURL": "thread" });
        if result {
            part["result"] = json!({ "uri": uri, "cid": "c" });
        }
        part
    };
    let mut first = part(true);
    first["action"] = "post".into();
    for (text, said) in [
        ("{".to_owned(), "it can't be read as JSON"),
        ("[]".to_owned(), "the array holds no request"),
        ("[1]".to_owned(), "it is no request"),
        (json!({ "action": "like" }).to_string(), "there is no action `like`"),
        (json!({ "action": "post" }).to_string(), "there is neither `richText` nor `richTextFile`"),
        (json!({ "action": "post", "richText": " " }).to_string(), "the post has no text"),
        (
            json!({ "action": "post", "richTextFile": "../../etc/passwd" }).to_string(),
            "`richTextFile` leads elsewhere: `../../etc/passwd`",
        ),
        (json!({ "action": "post", "richTextFile": "./a.txt" }).to_string(), "there is no `./a.txt`"),
        (json!({ "action": "repost", "repostURL": "https://example.com" }).to_string(), "it reposts a post"),
        (
            json!({ "action": "post", "richText": "x", "result": { "uri": "https://example.com" } }).to_string(),
            "its `result` names no record of app.bsky.feed.post",
        ),
        (json!([first, part(false)]).to_string(), "1 of the thread's 2 parts were sent"),
    ] {
        let reason = reason(TOOL, &text);
        assert!(reason.starts_with(said), "{text}: {reason}");
    }
}

#[test]
fn a_request_without_an_action_is_told_which() {
    let url = "https://bsky.app/profile/bob.example.com/post/3kabcdefghi2k";
    for (request, action) in [
        (json!({ "account": "MAIN", "richText": "Hi" }), "post"),
        (json!({ "richText": "Hi", "replyURL": url }), "reply"),
        (
            json!({ "richTextFile": "a.txt", "repostURL": url }),
            "quote-post",
        ),
        (json!({ "repostURL": url }), "repost"),
    ] {
        let text = request.to_string();
        let source = Source {
            name: "a.json",
            bytes: text.as_bytes(),
            beside: &|_, _| Ok(None),
        };
        let refused = convert(TOOL, &source, &Accounts::default()).remove(0);
        let refused = refused.outcome.unwrap_err();
        assert_eq!(refused.reason, "a request has no `action`");
        assert_eq!(
            refused.remedy,
            format!("add `\"action\": \"{action}\"` to it")
        );
    }
    let other = json!({ "account": "MAIN", "record": 1 }).to_string();
    assert!(reason(TOOL, &other).starts_with("it is no request"));
}
