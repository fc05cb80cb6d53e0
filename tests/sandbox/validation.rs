//! What a record may be, and how the server says that it is not.

use serde_json::{Value, json};

use crate::peer::{POST, Peer, create, post, with};

/// The message of a case that is accepted.
pub const FINE: &str = "";

/// Creates each record, and compares the message.
pub async fn judge(peer: &Peer, cases: Vec<(&str, Value, &str)>) {
    for (case, record, message) in cases {
        let answer = peer.create(record).await;
        if message == FINE {
            peer.accepts(case, &answer);
            peer.agrees(case, answer.body["validationStatus"].clone(), "valid");
        } else {
            let message = format!("Invalid app.bsky.feed.post record: {message}");
            peer.refuses(case, &answer, (400, "InvalidRequest", &message));
        }
    }
}

pub async fn texts(peer: &Peer) {
    let family = "👨‍👩‍👧‍👦";
    let without = |key: &str| {
        let mut record = post("words");
        record.as_object_mut().unwrap().remove(key);
        record
    };
    let moment = |text: &str| with("createdAt", json!(text));
    let wrong_moment = "Invalid datetime (got *) at $.record.createdAt";
    let wrong_lang = "Invalid language (got *) at $.record.langs[0]";
    let mut cases = vec![
        ("300 graphemes", post(&"é".repeat(300)), FINE),
        (
            "301 graphemes",
            post(&"a".repeat(301)),
            "grapheme too big (maximum 300, got 301) at $.record.text",
        ),
        ("120 families", post(&family.repeat(120)), FINE),
        (
            "121 families",
            post(&family.repeat(121)),
            "string too big (maximum 3000, got 3025) at $.record.text",
        ),
        ("empty text", post(""), FINE),
        ("blanks and a NUL", post(" a\0 "), FINE),
        (
            "no text",
            without("text"),
            "Missing required key \"text\" at $.record",
        ),
        (
            "no createdAt",
            without("createdAt"),
            "Missing required key \"createdAt\" at $.record",
        ),
        (
            "text a number",
            with("text", json!(7)),
            "Expected string value type (got 7) at $.record.text",
        ),
        ("no $type", without("$type"), FINE),
        (
            "four langs",
            with("langs", json!(["en", "de", "fr", "it"])),
            "array too big (maximum 3, got 4) at $.record.langs",
        ),
        (
            "langs a text",
            with("langs", json!("en")),
            "Expected array value type (got \"en\") at $.record.langs",
        ),
        (
            "nine tags",
            with("tags", json!(vec!["t"; 9])),
            "array too big (maximum 8, got 9) at $.record.tags",
        ),
        (
            "a long tag",
            with("tags", json!(["t".repeat(65)])),
            "grapheme too big (maximum 64, got 65) at $.record.tags[0]",
        ),
        (
            "reply null",
            with("reply", Value::Null),
            "Expected object value type (got null) at $.record.reply",
        ),
        (
            "an unknown field",
            with("extra", json!({"a": [null, true]})),
            FINE,
        ),
        (
            "eleven labels",
            with(
                "labels",
                json!({"$type": "com.atproto.label.defs#selfLabels", "values": vec![json!({"val": "x"}); 11]}),
            ),
            "array too big (maximum 10, got 11) at $.record.labels.values",
        ),
        (
            "labels without $type",
            with("labels", json!({"values": []})),
            "Expected an object which includes the \"$type\" property value type (got {\"values\": ...}) at $.record.labels",
        ),
    ];
    for text in [
        "2026-12-01",
        "2026-12-01T09:00:00",
        "2026-12-01T09:00:00-00:00",
        "2026-12-01t09:00:00z",
        "2026-12-01T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-13-01T09:00:00Z",
        "",
    ] {
        cases.push(("a wrong moment", moment(text), wrong_moment));
    }
    for text in [
        "1985-04-12T23:20:50Z",
        "2100-01-01T00:00:00.123456789Z",
        "2026-12-01T09:00:00+02:00",
        "2026-02-30T09:00:00Z",
        "0000-01-01T00:00:00Z",
    ] {
        cases.push(("a moment", moment(text), FINE));
    }
    for text in ["", "e", "en_US", "EN-us", "en-a", "en-x-", "abcd"] {
        cases.push(("a wrong lang", with("langs", json!([text])), wrong_lang));
    }
    for text in [
        "en",
        "en-US",
        "zh-Hant-TW",
        "x-private",
        "deu",
        "de-1996",
        "i-klingon",
        "en-u-co-phonebk",
    ] {
        cases.push(("a lang", with("langs", json!([text])), FINE));
    }
    judge(peer, cases).await;
}

pub async fn inputs(peer: &Peer) {
    let invalid = |message| (400, "InvalidRequest", message);
    let rkey = peer.key();
    let wrong_type =
        json!({"$type": "app.bsky.feed.like", "text": "", "createdAt": "2026-12-01T09:00:00Z"});
    let answer = peer.create(wrong_type).await;
    peer.refuses(
        "another $type",
        &answer,
        invalid("Invalid $type: expected app.bsky.feed.post, got app.bsky.feed.like"),
    );
    let answer = peer.create(with("n", json!(1.5))).await;
    peer.refuses("a fraction", &answer, invalid("Expected one of null, boolean, integer, string, cid, bytes, array or object value type (got 1.5) at $.record.n"));
    peer.accepts(
        "a whole fraction",
        &peer.create(with("n", json!(1.0))).await,
    );
    let input = json!({"repo": peer.did, "collection": POST, "rkey": rkey, "record": post(&"a".repeat(301)), "validate": false});
    let answer = peer.post("com.atproto.repo.createRecord", input).await;
    peer.accepts("validation off", &answer);
    peer.agrees(
        "validation off",
        answer.body["validationStatus"].clone(),
        Value::Null,
    );
    let thing = |validate: Value| {
        let mut input =
            json!({"repo": peer.did, "collection": "com.example.thing", "record": {"a": 1}});
        if !validate.is_null() {
            input["validate"] = validate;
        }
        input
    };
    let answer = peer
        .post("com.atproto.repo.createRecord", thing(Value::Null))
        .await;
    peer.agrees(
        "an unknown collection",
        answer.body["validationStatus"].clone(),
        "unknown",
    );
    let answer = peer
        .post("com.atproto.repo.createRecord", thing(json!(true)))
        .await;
    peer.refuses(
        "an unknown collection, to be validated",
        &answer,
        invalid("Unknown lexicon type: com.example.thing"),
    );
    let batch = json!([
        create(&peer.key(), post("good")),
        create(&peer.key(), post(&"a".repeat(301)))
    ]);
    let answer = peer.apply(batch).await;
    peer.refuses("the second of a batch", &answer, invalid("Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.writes[1].record.text"));
    let answer = peer
        .apply(json!([{"collection": POST, "value": post("")}]))
        .await;
    peer.refuses("a write without $type", &answer, invalid("Expected an object which includes the \"$type\" property value type (got *) at $.writes[0]"));
    let answer = peer
        .apply(json!([{"$type": "com.atproto.repo.applyWrites#upsert"}]))
        .await;
    peer.refuses("an unknown write", &answer, invalid("Expected one of \"com.atproto.repo.applyWrites#create\", \"com.atproto.repo.applyWrites#update\" or \"com.atproto.repo.applyWrites#delete\" (got \"com.atproto.repo.applyWrites#upsert\") at $.writes[0].$type"));
    let answer = peer
        .post("com.atproto.repo.applyWrites", json!({"writes": []}))
        .await;
    peer.refuses(
        "no repo",
        &answer,
        invalid("Missing required key \"repo\" at $"),
    );
    gates(peer).await;
}

async fn gates(peer: &Peer) {
    let rkey = peer.key();
    let uri = format!("at://{}/{POST}/{rkey}", peer.did);
    let gate = |name: &str, value: Value| json!({"$type": "com.atproto.repo.applyWrites#create", "collection": format!("app.bsky.feed.{name}"), "rkey": rkey, "value": value});
    let moment = "2026-12-01T09:00:00.000Z";
    let thread = json!({"post": uri, "allow": [{"$type": "app.bsky.feed.threadgate#mentionRule"}], "createdAt": moment});
    let quotes = json!({"post": uri, "embeddingRules": [{"$type": "app.bsky.feed.postgate#disableRule"}], "createdAt": moment});
    let batch = json!([
        create(&rkey, post("gated")),
        gate("threadgate", thread),
        gate("postgate", quotes)
    ]);
    let answer = peer.apply(batch).await;
    peer.accepts("a post with its gates", &answer);
    peer.agrees(
        "gates are valid",
        answer.body["results"][1]["validationStatus"].clone(),
        "valid",
    );
    let six =
        json!({"post": uri, "allow": vec![json!({"$type": "x.y.z"}); 6], "createdAt": moment});
    let answer = peer.apply(json!([gate("threadgate", six)])).await;
    let message = "Invalid app.bsky.feed.threadgate record: array too big (maximum 5, got 6) at $.writes[0].record.allow";
    peer.refuses("six rules", &answer, (400, "InvalidRequest", message));
}
