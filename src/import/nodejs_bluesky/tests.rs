#![allow(clippy::unwrap_used)]

use serde_json::json;

use crate::import::{
    Format,
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
