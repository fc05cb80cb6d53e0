#![allow(clippy::unwrap_used)]

use sha2::{Digest as _, Sha256};

use super::*;
use serde_json::json;

use crate::post::{Gates, Image, Media, RichText};

const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const ALICE: &str = "did:plc:44ybard66vv44zksje25o7dz";

fn words(text: &str) -> Post {
    Post {
        text: RichText::new(text.to_owned(), Vec::new()).unwrap(),
        langs: Vec::new(),
        ..Post::default()
    }
}

fn rich() -> Post {
    let text = "Grüße 👋 @alice.example.com #rust example.com".to_owned();
    let facet = |range, feature| Facet { range, feature };
    let facets = vec![
        facet(13..31, Feature::Mention("alice.example.com".to_owned())),
        facet(32..37, Feature::Tag("rust".to_owned())),
        facet(38..49, Feature::Link("https://example.com".to_owned())),
    ];
    let image = Image {
        path: "posts/media/calendar.png".to_owned(),
        alt: "A calendar".to_owned(),
        mime: "image/png",
        width: 800,
        height: 600,
        size: 9,
        sha256: Sha256::digest("a picture").into(),
        max_bytes: 2_000_000,
        change: None,
    };
    Post {
        text: RichText::new(text, facets).unwrap(),
        langs: vec!["en".to_owned(), "pt-BR".to_owned()],
        media: Some(Media::Images(vec![image])),
        ..Post::default()
    }
}

fn write(posts: &[Post], mentions: &Mentions) -> Vec<Written> {
    let keys = crate::atproto::record_key::keys(
        DID,
        b"posts/2026-12-01-release.md",
        1_796_133_600,
        (0, posts.len()),
    );
    let created_at = "2026-12-01T14:00:03.120Z".parse().unwrap();
    let references = References {
        mentions: mentions.clone(),
        ..References::default()
    };
    let moment = Moment {
        created_at,
        references: &references,
    };
    records(DID, &publication(posts), &keys, moment)
        .unwrap()
        .parts
}

fn publication(posts: &[Post]) -> Publication {
    Publication::Posts {
        posts: posts.to_vec(),
        reply_to: None,
        gates: Gates::default(),
    }
}

fn alice() -> Mentions {
    [("alice.example.com".to_owned(), ALICE.to_owned())].into()
}

/// The expected CIDs come from @ipld/dag-cbor and multiformats in Node.
#[test]
fn a_thread_has_the_cids_that_other_implementations_compute() {
    let written = write(&[rich(), words("Second."), words("")], &alice());
    let cids: Vec<&str> = written.iter().map(|part| part.cid.as_str()).collect();
    assert_eq!(
        cids,
        [
            "bafyreialnaemw7ycrd2kwxdgr6sbouex4n4x2z2gqmuv5dq5e3rpr7rn7e",
            "bafyreidvijdua4fg24q7djipw4c76ahgi6toticvzlh7cbs3rsx2qu7ai4",
            "bafyreidqx3v2ug7ry2hq4raucw7n35krmx6wmy2xylmb7kord3uuesti3m",
        ]
    );
}

#[test]
fn a_record_is_the_json_that_the_server_takes() {
    let written = write(&[rich()], &alice());
    let expected = json!({
        "$type": "app.bsky.feed.post",
        "text": "Grüße 👋 @alice.example.com #rust example.com",
        "createdAt": "2026-12-01T14:00:03.120Z",
        "langs": ["en", "pt-BR"],
        "facets": [
            {"index": {"byteStart": 13, "byteEnd": 31},
             "features": [{"$type": "app.bsky.richtext.facet#mention", "did": ALICE}]},
            {"index": {"byteStart": 32, "byteEnd": 37},
             "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "rust"}]},
            {"index": {"byteStart": 38, "byteEnd": 49},
             "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com"}]},
        ],
        "embed": {"$type": "app.bsky.embed.images", "images": [{
            "alt": "A calendar",
            "aspectRatio": {"width": 800, "height": 600},
            "image": {
                "$type": "blob",
                "ref": {"$link": "bafkreieswl5fqaujlayx4qel3bhm7jypl3rvweqzshn4emwetulggu3qrm"},
                "mimeType": "image/png",
                "size": 9,
            },
        }]},
    });
    assert_eq!(written[0].value, expected);
    assert_eq!(
        written[0].uri,
        format!("at://{DID}/app.bsky.feed.post/3n3mfsnyixtl4")
    );
}

#[test]
fn each_reply_names_the_root_and_the_part_before_it_and_is_a_millisecond_later() {
    let written = write(&[words("a"), words("b"), words("c")], &Mentions::new());
    let reference = |part: &Written| json!({"uri": part.uri, "cid": part.cid});
    assert_eq!(
        written[2].value["reply"],
        json!({"root": reference(&written[0]), "parent": reference(&written[1])})
    );
    assert_eq!(written[2].value["createdAt"], "2026-12-01T14:00:03.122Z");
    assert_eq!(written[0].value.get("reply"), None);
}

#[test]
fn a_mention_without_a_did_is_plain_text() {
    let written = write(&[rich()], &Mentions::new());
    assert_eq!(written[0].value["facets"].as_array().unwrap().len(), 2);
}

#[test]
fn a_did_or_language_that_is_none_is_an_error_that_names_it() {
    let references = References {
        mentions: [("alice.example.com".to_owned(), "alice".to_owned())].into(),
        ..References::default()
    };
    let moment = Moment {
        created_at: DateTime::UNIX_EPOCH,
        references: &references,
    };
    let error = records(DID, &publication(&[rich()]), &[Tid::new(0, 0)], moment).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`alice`, which `alice.example.com`")
    );

    let mut post = words("a");
    post.langs = vec!["en_US".to_owned()];
    let error = preview(&post).unwrap_err();
    assert_eq!(error, RecordError::Language("en_US".to_owned()));
}

#[test]
fn a_preview_is_the_record_less_its_time_with_handles_for_dids() {
    let mut expected = write(&[rich()], &alice())[0].value.clone();
    let object = expected.as_object_mut().unwrap();
    object.remove("createdAt");
    object["facets"][0]["features"][0] =
        json!({"$type": "app.bsky.richtext.facet#mention", "handle": "alice.example.com"});
    assert_eq!(preview(&rich()).unwrap(), expected);
    assert_eq!(
        preview(&words("a")).unwrap(),
        json!({"$type": COLLECTION, "text": "a"})
    );
}
