//! Every kind of record that updraft builds is one for the official lexicons, with the same CID.
//!
//! A new kind is one more entry of `posts`, and what it must hold one more of `KINDS`.

use serde_json::{Value, json};
use updraft::{
    atproto::{
        record::{
            self, COLLECTION, LiveCard, Moment, Pointer, Reference, References, StoredVideo,
            Written,
        },
        record_key,
    },
    post::{
        Address, Captions, Card, Gates, Image, Media, Pinned, Post, Publication, Quotes, Replies,
        Rule, Target, Video, rich_text, target::Kind,
    },
};

use crate::official::{Verdict, validate};

const DID: &str = "did:plc:ewvi7nxzyoun6zxhrxhs64oi";
const CID: &str = "bafyreigq3exe2m23sojzoachuyucow4vu7eyatati4uy6scr4ixt6xwlhi";

/// JSON pointers, each of which one record at least has.
const KINDS: [&str; 23] = [
    "/text",
    "/langs/2",
    "/tags/7",
    "/labels/values/1/val",
    "/reply/root/cid",
    "/facets/0/features/0/did",
    "/facets/1/features/0/uri",
    "/facets/2/features/0/tag",
    "/embed/images/0/image/ref/$link",
    "/embed/images/3/aspectRatio/width",
    "/embed/items/9/aspectRatio/width",
    "/embed/external/thumb/ref/$link",
    "/embed/video/ref/$link",
    "/embed/captions/1/file/size",
    "/embed/media/video/size",
    "/embed/media/aspectRatio/height",
    "/embed/record/uri",
    "/embed/media/images/0/alt",
    "/embed/media/external/uri",
    "/subject/cid",
    "/allow/3/list",
    "/embeddingRules/0",
    "/post",
];

fn post(source: &str, langs: &[&str]) -> Post {
    let (parts, mistakes) = rich_text::parse(source, 0..source.len());
    assert_eq!(mistakes, [], "{source}");
    Post {
        text: parts[0].text.clone(),
        langs: langs.iter().map(|&lang| lang.to_owned()).collect(),
        ..Post::default()
    }
}

fn image(number: usize) -> Image {
    let mimes = ["image/png", "image/jpeg", "image/webp", "image/gif"];
    Image {
        path: format!("posts/media/{number}.png"),
        alt: "What it shows 👋".to_owned(),
        mime: mimes[number % mimes.len()],
        width: 4_000,
        height: 1,
        size: 2_000_000,
        sha256: [u8::try_from(number).unwrap(); 32],
        max_bytes: 2_000_000,
        change: None,
    }
}

fn images(count: usize) -> Option<Media> {
    Some(Media::Images((0..count).map(image).collect()))
}

fn card(pinned: Option<Pinned>) -> Option<Media> {
    let url = "https://example.com/a".to_owned();
    Some(Media::Card(Card {
        url,
        pinned,
        part: 0,
    }))
}

fn video(path: &str, langs: &[&str]) -> Option<Media> {
    let captions = |lang: &&str| Captions {
        lang: (*lang).to_owned(),
        path: format!("clip.{lang}.vtt"),
        size: 20_000,
        sha256: [7; 32],
    };
    Some(Media::Video(Video {
        path: path.to_owned(),
        alt: "What it shows 👋".to_owned(),
        width: 720,
        height: 1280,
        duration: 600_000,
        size: 300_000_000,
        sha256: [8; 32],
        captions: langs.iter().map(captions).collect(),
    }))
}

fn address(kind: Kind) -> Address {
    Address {
        authority: DID.to_owned(),
        kind,
        rkey: "3ncqw6kywkhvs".to_owned(),
    }
}

fn target() -> Target {
    Target::Record(address(Kind::Post))
}

fn posts() -> Vec<Post> {
    let words = || post("Words", &["en"]);
    let quote = || Some(target());
    let thumb = Some(Image {
        size: 1_000_000,
        ..image(0)
    });
    let pinned = Pinned {
        title: "Title".into(),
        description: String::new(),
        thumb,
    };
    let texts = |count: usize| (0..count).map(|n| format!("tag {n}")).collect();
    vec![
        post("Just words", &[]),
        post(
            "Hi @alice.example.com, [read](https://example.com/ü?a=b#c) #日本 $AAPL <mailto:a@b.example>",
            &["en", "pt-BR", "zh-Hant-TW"],
        ),
        post(&"é👩‍👩‍👧‍👦".repeat(100), &["en"]),
        post(&format!("#{} x", "👋".repeat(64)), &["x-private"]),
        Post {
            media: images(1),
            tags: texts(8),
            ..words()
        },
        Post {
            media: images(4),
            labels: vec!["porn".into(), "graphic-media".into()],
            ..Post::default()
        },
        Post {
            media: images(10),
            ..words()
        },
        Post {
            media: card(None),
            ..words()
        },
        Post {
            media: card(Some(pinned.clone())),
            ..words()
        },
        Post {
            media: video("clip.mp4", &["en", "pt-BR"]),
            ..words()
        },
        Post {
            quote: quote(),
            media: video("stored.mp4", &[]),
            ..words()
        },
        Post {
            quote: quote(),
            ..words()
        },
        Post {
            quote: quote(),
            media: images(2),
            ..words()
        },
        Post {
            quote: quote(),
            media: images(5),
            ..words()
        },
        Post {
            quote: quote(),
            media: card(Some(pinned)),
            ..words()
        },
    ]
}

fn references() -> References {
    let pointer = |key: &str| Pointer {
        uri: format!("at://{DID}/{COLLECTION}/{key}"),
        cid: CID.to_owned(),
    };
    let found = Reference {
        this: pointer("3ncqw6kywkhvs"),
        root: Some(pointer("3ncqw6kywkhvr")),
    };
    let list = format!("at://{DID}/app.bsky.graph.list/3ncqw6kywkhvs");
    let page = LiveCard {
        title: "Title".into(),
        description: "Words".into(),
        thumb: None,
    };
    let stored = StoredVideo {
        cid: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku".to_owned(),
        size: 7,
    };
    References {
        mentions: [("alice.example.com".to_owned(), DID.to_owned())].into(),
        records: [(target(), found)].into(),
        lists: [(address(Kind::List), list)].into(),
        cards: [("https://example.com/a".to_owned(), page)].into(),
        videos: [("stored.mp4".to_owned(), stored)].into(),
    }
}

/// A thread of all posts with gates, an answer with each alone, and a repost.
fn written() -> Vec<Written> {
    let references = references();
    let moment = Moment {
        created_at: "2026-12-01T14:00:03.120Z".parse().unwrap(),
        references: &references,
    };
    let write = |publication: &Publication| {
        let keys = (0, publication.parts());
        let keys = record_key::keys(DID, b"posts/a.md", 1_796_133_600, keys);
        let records = record::records(DID, publication, &keys, moment).unwrap();
        records.parts.into_iter().chain(records.gates)
    };
    let rules = vec![
        Rule::Mentioned,
        Rule::Following,
        Rule::Followers,
        Rule::List(address(Kind::List)),
    ];
    let thread = |posts: &[Post], reply_to, replies| Publication::Posts {
        posts: posts.to_vec(),
        reply_to,
        gates: Gates {
            replies,
            quotes: Quotes::Deny,
        },
    };
    let posts = posts();
    let mut publications = vec![
        thread(&posts, None, Replies::Only(rules)),
        thread(&posts[..1], None, Replies::Only(Vec::new())),
        Publication::Repost(target()),
    ];
    publications.extend(
        posts
            .chunks(1)
            .map(|post| thread(post, Some(target()), Replies::Everyone)),
    );
    publications.iter().flat_map(write).collect()
}

#[test]
fn every_kind_of_record_is_valid_and_has_the_official_cid() {
    let written = written();
    for kind in KINDS {
        let has = written
            .iter()
            .any(|record| record.value.pointer(kind).is_some());
        assert!(has, "no record has {kind}");
    }
    let records: Vec<_> = written
        .iter()
        .map(|record| (record.collection, record.value.clone()))
        .collect();
    let Some(verdicts) = validate(&records) else {
        return;
    };
    for (Written { value, cid, .. }, verdict) in written.into_iter().zip(verdicts) {
        let expected = Verdict {
            valid: true,
            error: None,
            cid,
        };
        assert_eq!(verdict, expected, "{value:#}");
    }
}

#[test]
fn what_is_wrong_with_a_record_is_noticed() {
    let record = |change: Value| {
        let mut record = written().remove(0).value;
        record
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        (COLLECTION, record)
    };
    let wrong = [
        json!({ "text": "x".repeat(301) }),
        json!({ "langs": ["en_US"] }),
        json!({ "embed": { "$type": "app.bsky.embed.image", "images": [] } }),
        json!({ "createdAt": "2026-12-01" }),
    ];
    let records: Vec<_> = wrong.into_iter().map(record).collect();
    let Some(verdicts) = validate(&records) else {
        return;
    };
    let errors: Vec<String> = verdicts
        .into_iter()
        .filter_map(|verdict| verdict.error)
        .collect();
    assert_eq!(
        errors,
        [
            "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.record.text",
            "Invalid app.bsky.feed.post record: Invalid language (got \"en_US\") at $.record.langs[0]",
            "no lexicon defines app.bsky.embed.image",
            "Invalid app.bsky.feed.post record: Invalid datetime (got \"2026-12-01\") at $.record.createdAt",
        ]
    );
}
