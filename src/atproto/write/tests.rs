#![allow(clippy::unwrap_used)]

use super::super::{
    alice::{CID, DID, POSTS, bearer, body, logged_in, tokens, writes, written},
    error::Verdict,
    script::{Script, dropped, json as answer, raw},
};
use super::*;

#[tokio::test]
async fn a_thread_is_one_request_on_the_expected_head() {
    let script = Script::new([
        ("server.createSession", answer(200, tokens(1))),
        ("repo.applyWrites", answer(200, written(["3a", "3b"]))),
    ]);
    let client = logged_in(&script).await;
    let commit = client.apply_writes(&writes(), CID).await.unwrap();
    assert_eq!(commit.cid, CID);
    assert_eq!(commit.rev, "3jzfcijpj2z2a");
    let second = (at_uri(DID, POSTS, "3b"), CID.to_owned());
    assert_eq!(commit.results[1], second);
    let asked = script.asked();
    assert_eq!(bearer(&asked[1]), "Bearer access-1");
    let sent = body(&asked[1]);
    assert_eq!(sent["repo"], DID);
    assert_eq!(sent["swapCommit"], CID);
    assert_eq!(
        sent["writes"][1],
        json!({
            "$type": "com.atproto.repo.applyWrites#create",
            "collection": POSTS,
            "rkey": "3b",
            "value": { "$type": POSTS, "text": "3b" },
        })
    );
}

#[tokio::test]
async fn a_write_in_doubt_is_never_repeated() {
    for lost in [dropped(), raw(500, &[], "{}"), raw(200, &[], "{\"commi")] {
        let script = Script::new([
            ("server.createSession", answer(200, tokens(1))),
            ("repo.applyWrites", lost),
        ]);
        let client = logged_in(&script).await;
        let error = client.apply_writes(&writes(), CID).await.unwrap_err();
        assert_eq!(error.verdict(), Verdict::Doubt, "{error}");
        assert_eq!(script.asked().len(), 2);
    }
}

#[tokio::test]
async fn an_answer_about_other_records_leaves_doubt() {
    let mut none = written(["3a", "3b"]);
    none["results"] = json!([]);
    for odd in [
        written(["3b", "3a"]),
        written(["3a", "3c"]),
        none,
        json!({}),
    ] {
        let script = Script::new([
            ("server.createSession", answer(200, tokens(1))),
            ("repo.applyWrites", answer(200, odd)),
        ]);
        let client = logged_in(&script).await;
        let error = client.apply_writes(&writes(), CID).await.unwrap_err();
        assert_eq!(error.verdict(), Verdict::Doubt, "{error}");
    }
}

#[tokio::test]
async fn a_blob_that_arrived_differently_is_an_error() {
    let blob = |cid: String, size: u64| {
        let link = json!({ "$link": cid });
        json!({ "blob": { "$type": "blob", "ref": link, "mimeType": "image/png", "size": size } })
    };
    for odd in [
        blob(blob_cid(b"other"), 4),
        blob(blob_cid(b"\x89PNG"), 5),
        json!({ "blob": { "cid": blob_cid(b"\x89PNG"), "mimeType": "image/png" } }),
    ] {
        let script = Script::new([
            ("server.createSession", answer(200, tokens(1))),
            ("repo.uploadBlob", answer(200, odd)),
        ]);
        let client = logged_in(&script).await;
        let error = client.upload_blob(b"\x89PNG", "image/png").await;
        assert_eq!(error.unwrap_err().verdict(), Verdict::Later);
    }
}

#[test]
fn blobs_have_the_cids_that_servers_give_them() {
    assert_eq!(
        blob_cid(b"hello world"),
        "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
    );
}
