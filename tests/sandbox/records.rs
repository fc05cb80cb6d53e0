//! Keys, swaps, batches and pages.

use serde_json::{Value, json};

use crate::peer::{POST, Peer, create, delete, post, update};

const INTERNAL: (u16, &str, &str) = (500, "InternalServerError", "Internal Server Error");

fn invalid(message: &str) -> (u16, &str, &str) {
    (400, "InvalidRequest", message)
}

pub async fn keys(peer: &Peer) {
    let rkey = peer.key();
    let first = peer.create_at(&rkey, post("first")).await;
    peer.accepts("a free key", &first);
    peer.agrees(
        "the URI",
        first.text("/uri"),
        format!("at://{}/{POST}/{rkey}", peer.did),
    );
    // This and the other literal CIDs: computed by the official packages (lex-cbor, lex-data).
    peer.agrees(
        "the CID",
        first.text("/cid"),
        "bafyreih5zh7gwnihnt5zgvvdu757g5wd3dbhya4cwt5ngjbrlubn2jubd4",
    );
    peer.agrees(
        "the commit moved the head",
        first.text("/commit/cid"),
        peer.head().await,
    );
    peer.refuses(
        "a taken key",
        &peer.create_at(&rkey, post("first")).await,
        INTERNAL,
    );
    let batch = json!([create(&peer.key(), post("a")), create(&rkey, post("b"))]);
    peer.refuses("a taken key in a batch", &peer.apply(batch).await, INTERNAL);
    let twice = peer.key();
    let batch = json!([create(&twice, post("a")), create(&twice, post("a"))]);
    peer.refuses("the same key twice", &peer.apply(batch).await, INTERNAL);
    let missing = format!("Could not locate record: at://{{did}}/{POST}/{twice}");
    peer.refuses(
        "nothing was written",
        &peer.record(&twice).await,
        (400, "RecordNotFound", &missing),
    );
    for (rkey, message) in [
        (
            "not a tid",
            "Invalid record key (got \"not a tid\") at $.rkey",
        ),
        (".", "Invalid record key (got \".\") at $.rkey"),
        (
            "hello",
            "Invalid record key for app.bsky.feed.post: Invalid TID string (got \"hello\") at $",
        ),
        (
            "zzzzzzzzzzzzz",
            "Invalid record key for app.bsky.feed.post: Invalid TID string (got \"zzzzzzzzzzzzz\") at $",
        ),
    ] {
        peer.refuses(
            rkey,
            &peer.create_at(rkey, post("")).await,
            invalid(message),
        );
    }
    peer.accepts(
        "an ancient key",
        &peer.create_at("2222222222222", post("")).await,
    );
    peer.accepts(
        "a key of the future",
        &peer.create_at("3zzzzzzzzzzzz", post("")).await,
    );
    removals(peer, &rkey).await;
}

async fn removals(peer: &Peer, rkey: &str) {
    let input = json!({"repo": peer.did, "collection": POST, "rkey": rkey});
    let answer = peer
        .post("com.atproto.repo.deleteRecord", input.clone())
        .await;
    peer.accepts("a deletion", &answer);
    peer.agrees(
        "a deletion is a commit",
        answer.text("/commit/cid"),
        peer.head().await,
    );
    let answer = peer.post("com.atproto.repo.deleteRecord", input).await;
    peer.accepts("a second deletion", &answer);
    peer.agrees("a second deletion is none", answer.body, json!({}));
    peer.accepts(
        "a key once deleted",
        &peer.create_at(rkey, post("first")).await,
    );
    for case in [delete(&peer.key()), update(&peer.key(), post("x"))] {
        peer.refuses(
            "a change of nothing",
            &peer.apply(json!([case])).await,
            INTERNAL,
        );
    }
    for key in ["22", "2zzzzzzzzzzzz"] {
        let missing = format!("Could not locate record: at://{{did}}/{POST}/{key}");
        peer.refuses(
            "a missing record",
            &peer.record(key).await,
            (400, "RecordNotFound", &missing),
        );
    }
    let unknown = format!("repo=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa&collection={POST}&rkey={rkey}");
    let answer = peer.get("com.atproto.repo.getRecord", &unknown).await;
    peer.refuses(
        "a record of nobody",
        &answer,
        invalid("Could not locate record"),
    );
    let other = "bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
    let query = format!(
        "repo={}&collection={POST}&rkey={rkey}&cid={other}",
        peer.did
    );
    let missing = format!("Could not locate record: at://{{did}}/{POST}/{rkey}");
    let answer = peer.get("com.atproto.repo.getRecord", &query).await;
    peer.refuses(
        "a record of another CID",
        &answer,
        (400, "RecordNotFound", &missing),
    );
}

pub async fn puts(peer: &Peer) {
    let rkey = peer.key();
    let put = async |record: Value, swap: Option<Value>| {
        let mut input =
            json!({"repo": peer.did, "collection": POST, "rkey": rkey, "record": record});
        if let Some(swap) = swap {
            input["swapRecord"] = swap;
        }
        peer.post("com.atproto.repo.putRecord", input).await
    };
    let absent = Some(Value::Null);
    let first = put(post("one"), absent.clone()).await;
    peer.accepts("put where nothing is", &first);
    let cid = first.text("/cid");
    let again = put(post("one"), absent.clone()).await;
    peer.accepts("put the same again", &again);
    peer.agrees("the same CID", again.text("/cid"), cid.clone());
    peer.agrees(
        "no second commit",
        again.body["commit"].clone(),
        Value::Null,
    );
    let was = format!("Record was at {cid}");
    let swapped = (400, "InvalidSwap", was.as_str());
    peer.refuses(
        "put over something",
        &put(post("two"), absent).await,
        swapped,
    );
    let wrong = json!("bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
    peer.refuses(
        "put over something else",
        &put(post("two"), Some(wrong)).await,
        swapped,
    );
    peer.accepts(
        "put over what is known",
        &put(post("two"), Some(json!(cid))).await,
    );
    peer.accepts(
        "put over whatever is there",
        &put(post("three"), None).await,
    );
}

pub async fn batches(peer: &Peer) {
    let keys = [peer.key(), peer.key(), peer.key()];
    let root = json!({"uri": format!("at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/{POST}/3mxyz23abcd22"), "cid": "bafyreih5zh7gwnihnt5zgvvdu757g5wd3dbhya4cwt5ngjbrlubn2jubd4"});
    let mut reply = post("Grüße 👋🏽 an @alice");
    reply["reply"] = json!({"root": root, "parent": root});
    reply["langs"] = json!(["de", "en"]);
    reply["extra"] = json!({"nothing": null, "link": {"$link": "bafyreih5zh7gwnihnt5zgvvdu757g5wd3dbhya4cwt5ngjbrlubn2jubd4"}, "bytes": {"$bytes": "AQID"}, "n": -7});
    let batch = json!([
        create(&keys[0], post("first")),
        create(&keys[1], reply.clone())
    ]);
    let answer = peer.apply(batch).await;
    peer.accepts("a batch", &answer);
    peer.agrees(
        "results in order",
        answer.text("/results/0/uri"),
        format!("at://{}/{POST}/{}", peer.did, keys[0]),
    );
    peer.agrees(
        "a result's type",
        answer.text("/results/0/$type"),
        "com.atproto.repo.applyWrites#createResult",
    );
    peer.agrees(
        "a result's CID",
        answer.text("/results/0/cid"),
        "bafyreih5zh7gwnihnt5zgvvdu757g5wd3dbhya4cwt5ngjbrlubn2jubd4",
    );
    peer.agrees(
        "the CID of a full record",
        answer.text("/results/1/cid"),
        "bafyreibrqt3q7kzn4fiq3skowatzjxdmfgc4tq7vlatmzhwowbj7b6itiu",
    );
    peer.agrees(
        "a batch is a commit",
        answer.text("/commit/cid"),
        peer.head().await,
    );
    peer.agrees(
        "what went in comes out",
        peer.record(&keys[1]).await.body["value"].clone(),
        reply,
    );
    let mixed = json!([
        update(&keys[0], post("edited")),
        delete(&keys[1]),
        create(&keys[2], post("new"))
    ]);
    let answer = peer.apply(mixed).await;
    peer.accepts("a mixed batch", &answer);
    peer.agrees(
        "an update's type",
        answer.text("/results/0/$type"),
        "com.atproto.repo.applyWrites#updateResult",
    );
    let gone = json!({"$type": "com.atproto.repo.applyWrites#deleteResult"});
    peer.agrees(
        "a deletion's result",
        answer.body["results"][1].clone(),
        gone,
    );
    let head = peer.head().await;
    let answer = peer.apply(json!([update(&keys[0], post("edited"))])).await;
    peer.accepts("an update that changes nothing", &answer);
    peer.agrees(
        "is a commit all the same",
        answer.text("/commit/cid") != head,
        true,
    );
    let answer = peer.apply(json!([])).await;
    peer.accepts("an empty batch", &answer);
    peer.agrees(
        "is a commit too",
        answer.text("/commit/cid"),
        peer.head().await,
    );
}

pub async fn swaps(peer: &Peer) {
    let with_swap = async |swap: &str, rkey: &str| {
        let input =
            json!({"repo": peer.did, "writes": [create(rkey, post("swap"))], "swapCommit": swap});
        peer.post("com.atproto.repo.applyWrites", input).await
    };
    let old = peer.head().await;
    let first = with_swap(&old, &peer.key()).await;
    peer.accepts("the right head", &first);
    let next = first.text("/commit/cid");
    peer.accepts(
        "the head of the last answer",
        &with_swap(&next, &peer.key()).await,
    );
    let message = format!("Commit was at {}", peer.head().await);
    let rkey = peer.key();
    peer.refuses(
        "an old head",
        &with_swap(&old, &rkey).await,
        (400, "InvalidSwap", &message),
    );
    peer.agrees(
        "nothing was written",
        peer.record(&rkey).await.text("/error"),
        "RecordNotFound",
    );
    let garbage = "Invalid CID string (got \"garbage\") at $.swapCommit";
    peer.refuses(
        "no CID",
        &with_swap("garbage", &rkey).await,
        invalid(garbage),
    );
    let input = json!({"repo": peer.did, "collection": POST, "rkey": rkey, "record": post("swap"), "swapCommit": old});
    let answer = peer.post("com.atproto.repo.createRecord", input).await;
    peer.refuses(
        "an old head, one record",
        &answer,
        (400, "InvalidSwap", &message),
    );
}

pub async fn limits(peer: &Peer) {
    let minimal = json!({"$type": "com.atproto.repo.applyWrites#create", "collection": "com.example.thing", "value": {}});
    let answer = peer.apply(json!(vec![minimal.clone(); 201])).await;
    peer.refuses("201 writes", &answer, invalid("Too many writes. Max: 200"));
    peer.accepts("200 writes", &peer.apply(json!(vec![minimal; 200])).await);
    let large = |bytes: usize| {
        let input =
            json!({"repo": peer.did, "collection": "com.example.thing", "record": {"a": ""}});
        let mut input = input;
        let rest = bytes - input.to_string().len();
        input["record"]["a"] = json!("x".repeat(rest));
        input
    };
    peer.accepts(
        "a body of 1,000,000",
        &peer
            .post("com.atproto.repo.createRecord", large(1_000_000))
            .await,
    );
    let too_large = (413, "PayloadTooLargeError", "request entity too large");
    let answer = peer
        .post("com.atproto.repo.createRecord", large(1_000_001))
        .await;
    peer.refuses("a body of 1,000,001", &answer, too_large);
    let answer = peer
        .post("com.atproto.repo.deleteRecord", large(153_601))
        .await;
    peer.refuses("a deletion of 153,601", &answer, too_large);
}

pub async fn pages(peer: &Peer) {
    let collection = "com.example.page";
    let writes = ["a", "b", "c"].iter().map(|rkey| {
        json!({"$type": "com.atproto.repo.applyWrites#create", "collection": collection, "rkey": rkey, "value": {"n": 1}})
    });
    peer.accepts(
        "records for pages",
        &peer.apply(json!(writes.collect::<Vec<_>>())).await,
    );
    for (query, keys, cursor) in [
        ("", "cba", json!("a")),
        ("&reverse=true", "abc", json!("c")),
        ("&limit=2", "cb", json!("b")),
        ("&limit=2&cursor=b", "a", json!("a")),
        ("&limit=1&cursor=a&reverse=true", "b", json!("b")),
        ("&cursor=a", "", Value::Null),
    ] {
        let query = format!("repo={}&collection={collection}{query}", peer.did);
        let answer = peer.get("com.atproto.repo.listRecords", &query).await;
        let found: String = answer.body["records"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|record| record["uri"].as_str()?.chars().last())
            .collect();
        peer.agrees(&query, found, keys);
        peer.agrees(&query, answer.body["cursor"].clone(), cursor);
    }
    let query = format!("repo={}&collection=com.example.thing", peer.did);
    let answer = peer.get("com.atproto.repo.listRecords", &query).await;
    peer.agrees(
        "50 by default",
        answer.body["records"].as_array().unwrap().len(),
        50,
    );
    for (limit, message) in [
        (
            "0",
            "Invalid com.atproto.repo.listRecords params: integer too small (minimum 1, got 0)",
        ),
        (
            "101",
            "Invalid com.atproto.repo.listRecords params: integer too big (maximum 100, got 101)",
        ),
    ] {
        let answer = peer
            .get(
                "com.atproto.repo.listRecords",
                &format!("{query}&limit={limit}"),
            )
            .await;
        peer.refuses(limit, &answer, invalid(message));
    }
    let answer = peer
        .get(
            "com.atproto.repo.listRecords",
            &format!("repo=nobody.test&collection={POST}"),
        )
        .await;
    peer.refuses(
        "records of nobody",
        &answer,
        invalid("Could not find repo: nobody.test"),
    );
}

/// On a server of its own, with rate limits: it is blocked afterwards.
pub async fn points(peer: &Peer) {
    let answer = peer.create(post("one of three points")).await;
    peer.accepts("a record", &answer);
    peer.agrees("the tightest window", answer.points.0.clone(), "3000;w=300");
    let answer = peer.create_at("not a tid", post("")).await;
    peer.agrees(
        "a malformed request costs nothing",
        answer.points.0.clone(),
        "",
    );
    let answer = peer.create(post(&"a".repeat(301))).await;
    peer.agrees(
        "a refused record costs",
        answer.points.0.clone(),
        "3000;w=300",
    );
    let minimal = json!({"$type": "com.atproto.repo.applyWrites#create", "collection": "com.example.thing", "value": {}});
    let answer = peer.apply(json!(vec![minimal; 1700])).await;
    let limited = (429, "RateLimitExceeded", "Rate Limit Exceeded");
    peer.refuses("5,100 points at once", &answer, limited);
    peer.agrees(
        "the window that is empty",
        answer.points.0.clone(),
        "5000;w=3600",
    );
    peer.agrees("what is left", answer.points.1.clone(), "0");
    peer.agrees("when to come back", answer.points.2, true);
    peer.refuses("and from then on", &peer.create(post("")).await, limited);
    peer.agrees(
        "reads go on",
        peer.record("2222222222222").await.status,
        400,
    );
    peer.conclude();
}
