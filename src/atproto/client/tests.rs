#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::super::pause::NoPause;
use super::super::script::{Script, dropped, json as answer, raw, refuse};
use super::super::transport::TransportError;
use super::*;

const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const POSTS: &str = "app.bsky.feed.post";
const CID: &str = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";

fn client(script: &Arc<Script>) -> Client {
    let pds = Url::parse("https://pds.example").unwrap();
    Client::new(script.clone(), pds).with_pause(Arc::new(NoPause))
}

fn record(rkey: &str) -> Value {
    json!({ "uri": at_uri(DID, POSTS, rkey), "cid": CID, "value": { "text": "hi" } })
}

#[tokio::test]
async fn a_record_that_is_there_comes_as_it_is() {
    let script = Script::new([("repo.getRecord", answer(200, record("3abc")))]);
    let found = client(&script)
        .get_record(DID, POSTS, "3abc")
        .await
        .unwrap();
    assert_eq!(found.unwrap().value, json!({ "text": "hi" }));
    let asked = script.asked();
    assert_eq!(
        asked[0].uri().query().unwrap(),
        "repo=did%3Aplc%3Aewvi7nxzyoun6zhxrhs64oiz&collection=app.bsky.feed.post&rkey=3abc"
    );
    assert!(!asked[0].headers().contains_key("authorization"));
}

#[tokio::test]
async fn only_record_not_found_means_absent() {
    let text = "Could not locate record";
    let script = Script::new([
        ("repo.getRecord", refuse(400, "RecordNotFound", text)),
        ("repo.getRecord", refuse(400, "InvalidRequest", text)),
        ("repo.getRecord", raw(404, &[], "<html>not here</html>")),
    ]);
    let client = client(&script);
    assert_eq!(client.get_record(DID, POSTS, "3a").await.unwrap(), None);
    client.get_record(DID, POSTS, "3a").await.unwrap_err();
    client.get_record(DID, POSTS, "3a").await.unwrap_err();
    assert_eq!(script.asked().len(), 3, "these answers are final");
}

#[tokio::test]
async fn an_answer_about_another_record_is_an_error() {
    let other = || answer(200, record("3other"));
    let script = Script::new([("repo.getRecord", other())]);
    let error = client(&script).get_record(DID, POSTS, "3abc").await;
    assert!(error.unwrap_err().to_string().contains("another record"));
}

#[tokio::test]
async fn reads_are_tried_three_times_when_the_failure_may_pass() {
    let head = json!({ "cid": CID, "rev": "3jzfcijpj2z2a" });
    let script = Script::new([
        ("sync.getLatestCommit", raw(502, &[], "<html>")),
        ("sync.getLatestCommit", dropped()),
        ("sync.getLatestCommit", answer(200, head)),
    ]);
    assert_eq!(client(&script).latest_commit(DID).await.unwrap(), CID);
    let never = || Err(TransportError::NeverSent("refused".to_owned()));
    let script = Script::new([
        ("sync.getLatestCommit", never()),
        ("sync.getLatestCommit", raw(200, &[], "{\"cid\":")),
        ("sync.getLatestCommit", never()),
    ]);
    let error = client(&script).latest_commit(DID).await.unwrap_err();
    assert!(error.to_string().contains("can't connect"), "{error}");
}

#[tokio::test]
async fn a_rate_limited_read_waits_for_the_next_run() {
    let headers = [("retry-after", "290"), ("ratelimit-reset", "1796133600")];
    let body = r#"{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}"#;
    let script = Script::new([("sync.getLatestCommit", raw(429, &headers, body))]);
    let error = client(&script).latest_commit(DID).await.unwrap_err();
    assert!(
        error.to_string().contains("2026-12-01T14:00:00Z"),
        "{error}"
    );
    assert_eq!(error.refusal().unwrap().retry_after.unwrap().as_secs(), 290);
}

#[tokio::test]
async fn pages_carry_their_cursor() {
    let first = json!({ "records": [record("3b"), record("3a")], "cursor": "3a" });
    let script = Script::new([
        ("repo.listRecords", answer(200, first)),
        ("repo.listRecords", answer(200, json!({ "records": [] }))),
    ]);
    let client = client(&script);
    let page = client.list_records(DID, POSTS, None).await.unwrap();
    assert_eq!(page.records.len(), 2);
    let cursor = page.cursor.as_deref();
    let page = client.list_records(DID, POSTS, cursor).await.unwrap();
    assert_eq!(page.cursor, None);
    let queries: Vec<String> = script
        .asked()
        .iter()
        .map(|request| request.uri().query().unwrap().to_owned())
        .collect();
    assert!(queries[0].ends_with("&limit=100"), "{queries:?}");
    assert!(queries[1].ends_with("&limit=100&cursor=3a"), "{queries:?}");
}

#[tokio::test]
async fn the_servers_clock_is_that_of_its_latest_answer() {
    let body = r#"{"did":"did:web:pds.example","availableUserDomains":[]}"#;
    let date = [("date", "Tue, 01 Dec 2026 14:00:00 GMT")];
    let script = Script::new([
        ("server.describeServer", raw(200, &date, body)),
        ("server.describeServer", raw(200, &[("date", "soon")], body)),
    ]);
    let client = client(&script);
    assert_eq!(client.server_time(), None);
    let server = client.describe_server().await.unwrap();
    assert_eq!(server.blob_upload_limit, None);
    client.describe_server().await.unwrap();
    let time = client.server_time().unwrap();
    assert_eq!(time.to_rfc3339(), "2026-12-01T14:00:00+00:00");
}
