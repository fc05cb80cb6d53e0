//! Embeds, facets and references: what of them a server looks at.

use serde_json::{Value, json};

use crate::peer::{POST, Peer, with};
use crate::validation::{FINE, judge};

pub async fn embeds(peer: &Peer) {
    let blob = |kind: &str, size: u64| {
        let cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
        json!({"$type": "blob", "ref": {"$link": cid}, "mimeType": kind, "size": size})
    };
    let images = |images: Value| {
        with(
            "embed",
            json!({"$type": "app.bsky.embed.images", "images": images}),
        )
    };
    let image = |blob: Value| images(json!([{"image": blob, "alt": ""}]));
    let card = |external: Value| {
        with(
            "embed",
            json!({"$type": "app.bsky.embed.external", "external": external}),
        )
    };
    let strong = json!({"uri": format!("at://{}/{POST}/3mxyz23abcd22", peer.did), "cid": "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"});
    let ratio =
        json!({"image": blob("image/png", 9), "alt": "", "aspectRatio": {"width": 0, "height": 3}});
    let five = json!(vec![json!({"image": blob("image/png", 9), "alt": ""}); 5]);
    let gallery = |items: Value| {
        with(
            "embed",
            json!({"$type": "app.bsky.embed.gallery", "items": items}),
        )
    };
    let flat =
        json!({"$type": "app.bsky.embed.gallery#image", "image": blob("image/png", 9), "alt": ""});
    let mut cases = vec![
        ("no images", images(json!([])), FINE),
        (
            "five images",
            images(five),
            "array too big (maximum 4, got 5) at $.record.embed.images",
        ),
        (
            "no alt",
            images(json!([{"image": blob("image/png", 9)}])),
            "Missing required key \"alt\" at $.record.embed.images[0]",
        ),
        (
            "a flat picture",
            images(json!([ratio.clone()])),
            "integer too small (minimum 1, got 0) at $.record.embed.images[0].aspectRatio.width",
        ),
        (
            "a picture too big",
            image(blob("image/png", 2_000_001)),
            "blob too big (maximum 2000000, got 2000001) at $.record.embed.images[0].image",
        ),
        (
            "a text as picture",
            image(blob("text/plain", 9)),
            "Expected \"image/*\" (got \"text/plain\") at $.record.embed.images[0].image.mimeType",
        ),
        (
            "an old blob",
            image(
                json!({"cid": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "mimeType": "image/png"}),
            ),
            "Expected blob value type (got *) at $.record.embed.images[0].image",
        ),
        (
            "a thumb too big",
            card(
                json!({"uri": "https://a.example", "title": "", "description": "", "thumb": blob("image/png", 1_000_001)}),
            ),
            "blob too big (maximum 1000000, got 1000001) at $.record.embed.external.thumb",
        ),
        (
            "a card",
            card(json!({"uri": "https://a.example", "title": "", "description": ""})),
            FINE,
        ),
        (
            "a card without description",
            card(json!({"uri": "https://a.example", "title": ""})),
            "Missing required key \"description\" at $.record.embed.external",
        ),
        (
            "a card without link",
            card(json!({"uri": "a.example", "title": "", "description": ""})),
            "Invalid uri (got \"a.example\") at $.record.embed.external.uri",
        ),
        (
            "an embed without $type",
            with("embed", json!({"images": []})),
            "Expected an object which includes the \"$type\" property value type (got {\"images\": ...}) at $.record.embed",
        ),
        (
            "an embed of an unknown $type",
            with("embed", json!({"$type": "app.bsky.embed.imagse"})),
            FINE,
        ),
        (
            "a quote",
            with(
                "embed",
                json!({"$type": "app.bsky.embed.record", "record": strong.clone()}),
            ),
            FINE,
        ),
        (
            "a quote with media",
            with(
                "embed",
                json!({"$type": "app.bsky.embed.recordWithMedia", "record": {"record": strong}, "media": {"$type": "app.bsky.embed.external", "external": {"uri": "https://a.example", "title": "", "description": ""}}}),
            ),
            FINE,
        ),
        (
            "a gallery of 21",
            gallery(json!(vec![flat.clone(); 21])),
            "array too big (maximum 20, got 21) at $.record.embed.items",
        ),
        (
            "a gallery without ratios",
            gallery(json!([flat])),
            "Missing required key \"aspectRatio\" at $.record.embed.items[0]",
        ),
    ];
    cases.push((
        "an alt that is a number",
        images(json!([{"image": blob("image/png", 9), "alt": 7}])),
        "Expected string value type (got 7) at $.record.embed.images[0].alt",
    ));
    judge(peer, cases).await;
}

pub async fn facets(peer: &Peer) {
    let facet = |index: Value, features: Value| {
        with("facets", json!([{"index": index, "features": features}]))
    };
    let range = |start: i64, end: i64| json!({"byteStart": start, "byteEnd": end});
    let feature = |kind: &str, key: &str, value: &str| {
        facet(
            range(0, 3),
            json!([{"$type": format!("app.bsky.richtext.facet#{kind}"), key: value}]),
        )
    };
    let link = |uri: &str| feature("link", "uri", uri);
    let reply = |root: Value| {
        with(
            "reply",
            json!({"root": root, "parent": {"uri": "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3mxyz23abcd22", "cid": "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"}}),
        )
    };
    let strong = |cid: &str| json!({"uri": "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3mxyz23abcd22", "cid": cid});
    let wrong_link = "Invalid uri (got *) at $.record.facets[0].features[0].uri";
    let mut cases = vec![
        (
            "a facet past the end",
            facet(range(900, 999), json!([])),
            FINE,
        ),
        ("a facet back to front", facet(range(3, 1), json!([])), FINE),
        (
            "a facet before the start",
            facet(range(-1, 1), json!([])),
            "integer too small (minimum 0, got -1) at $.record.facets[0].index.byteStart",
        ),
        ("an unknown feature", feature("bold", "x", "y"), FINE),
        (
            "a feature without $type",
            facet(range(0, 1), json!([{"uri": "https://a.example"}])),
            "Expected an object which includes the \"$type\" property value type (got {\"uri\": ...}) at $.record.facets[0].features[0]",
        ),
        (
            "a mention by handle",
            feature("mention", "did", "alice.test"),
            "Invalid DID (got \"alice.test\") at $.record.facets[0].features[0].did",
        ),
        (
            "a mention",
            feature("mention", "did", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"),
            FINE,
        ),
        (
            "a reply to nothing",
            reply(strong(
                "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
            )),
            FINE,
        ),
        (
            "a reply with a bad CID",
            reply(strong("nope")),
            "Invalid CID string (got \"nope\") at $.record.reply.root.cid",
        ),
        (
            "a reply without root",
            with("reply", json!({"parent": strong("nope")})),
            "Missing required key \"root\" at $.record.reply",
        ),
    ];
    for uri in ["example.com", "https://a b.example", "https:", "//x.y", ""] {
        cases.push(("a wrong link", link(uri), wrong_link));
    }
    for uri in [
        "mailto:a@b.example",
        "javascript:alert(1)",
        "https://bücher.example/ä",
        "https://a.example:99999/",
    ] {
        cases.push(("a link", link(uri), FINE));
    }
    judge(peer, cases).await;
    let long = link(&format!("https://a.example/{}", "x".repeat(8000)));
    peer.accepts("a long link", &peer.create(long).await);
}
