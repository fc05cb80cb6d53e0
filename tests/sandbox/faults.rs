//! What only the sandbox can do: fail on demand, go back, live by another clock.

use std::sync::Arc;

use axum::http::{Request, Response};
use chrono::{TimeZone as _, Utc};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use updraft::sandbox::{Fault, FaultKind, RateLimits, Sandbox};

use crate::peer::{POST, post};

const CREATE: &str = "com.atproto.repo.createRecord";
const RKEY: &str = "3mxyz23abcd22";

fn sandbox() -> (Sandbox, String) {
    let moment = Utc.with_ymd_and_hms(2026, 12, 1, 9, 0, 0).unwrap();
    let sandbox = Sandbox::new(Arc::new(move || moment));
    let did = sandbox.add_account("alice.test", "abcd-efgh-ijkl-mnop");
    (sandbox, did)
}

async fn call(
    sandbox: &Sandbox,
    nsid: &str,
    token: &str,
    input: Value,
) -> std::io::Result<Response<Vec<u8>>> {
    let request = Request::post(format!("/xrpc/{nsid}"))
        .header("content-type", "application/json")
        .header("content-length", input.to_string().len())
        .header("authorization", format!("Bearer {token}"))
        .body(input.to_string().into_bytes())
        .unwrap();
    sandbox.call(request).await
}

fn json(response: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

async fn log_in(sandbox: &Sandbox) -> String {
    let input = json!({"identifier": "alice.test", "password": "abcd-efgh-ijkl-mnop"});
    let answer = call(sandbox, "com.atproto.server.createSession", "", input)
        .await
        .unwrap();
    json(&answer)["accessJwt"].as_str().unwrap().to_owned()
}

fn record(did: &str) -> Value {
    json!({"repo": did, "collection": POST, "rkey": RKEY, "record": post("once")})
}

#[tokio::test]
async fn a_lost_answer_is_an_error_and_the_record_is_there() {
    let (sandbox, did) = sandbox();
    let token = log_in(&sandbox).await;
    for (kind, records) in [(FaultKind::DropBefore, 0), (FaultKind::DropAfter, 1)] {
        sandbox.fault(Fault::once(CREATE, kind));
        call(&sandbox, CREATE, &token, record(&did))
            .await
            .unwrap_err();
        assert_eq!(sandbox.records(&did, POST).len(), records);
    }
    assert_eq!(sandbox.requests().last().unwrap().status, None);
}

#[tokio::test]
async fn faults_look_the_same_over_a_socket() {
    let (sandbox, did) = sandbox();
    let token = log_in(&sandbox).await;
    let serving = sandbox.serve().await.unwrap();
    let client = Client::new();
    let send = async || {
        let request = client.post(format!("{}/xrpc/{CREATE}", serving.url()));
        let request = request
            .header("content-type", "application/json")
            .bearer_auth(&token);
        request.body(record(&did).to_string()).send().await
    };
    sandbox.fault(Fault::once(CREATE, FaultKind::DropBefore));
    send().await.unwrap_err();
    assert_eq!(sandbox.records(&did, POST).len(), 0);
    sandbox.fault(Fault::once(CREATE, FaultKind::Torn));
    let torn = send().await.unwrap();
    assert_eq!(torn.status(), 200);
    torn.bytes().await.unwrap_err();
    assert_eq!(sandbox.records(&did, POST).len(), 1);
    sandbox.fault(Fault::once(CREATE, FaultKind::DropAfter));
    send().await.unwrap_err();
    assert_eq!(send().await.unwrap().status(), 500);
    serving.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_fault_waits_for_its_turn() {
    let (sandbox, did) = sandbox();
    let token = log_in(&sandbox).await;
    let status = FaultKind::Status {
        status: 502,
        headers: vec![("retry-after".to_owned(), "7".to_owned())],
        body: "<html>".to_owned(),
    };
    sandbox.fault(Fault {
        nsid: CREATE.to_owned(),
        after: 1,
        times: 1,
        kind: status,
    });
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let answer = call(&sandbox, CREATE, &token, record(&did)).await.unwrap();
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [200, 502, 500]);
}

#[tokio::test]
async fn every_answer_carries_the_time_of_the_sandbox() {
    let (sandbox, _) = sandbox();
    let serving = sandbox.serve().await.unwrap();
    let answer = Client::new()
        .get(format!("{}/xrpc/_health", serving.url()))
        .send()
        .await
        .unwrap();
    let dates: Vec<_> = answer.headers().get_all("date").iter().collect();
    assert_eq!(dates, ["Tue, 01 Dec 2026 09:00:00 GMT"]);
}

#[tokio::test]
async fn an_older_backup_forgets_what_came_after() {
    let (sandbox, did) = sandbox();
    let token = log_in(&sandbox).await;
    let backup = sandbox.snapshot();
    call(&sandbox, CREATE, &token, record(&did)).await.unwrap();
    assert_eq!(sandbox.records(&did, POST).len(), 1);
    sandbox.restore(backup);
    assert_eq!(sandbox.records(&did, POST).len(), 0);
    let answer = call(&sandbox, CREATE, &token, record(&did)).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_restart_cuts_connections_and_keeps_records_and_sessions() {
    let (sandbox, did) = sandbox();
    let token = log_in(&sandbox).await;
    let serving = sandbox.serve().await.unwrap();
    call(&sandbox, CREATE, &token, record(&did)).await.unwrap();
    let address = serving.url().trim_start_matches("http://");
    let mut open = TcpStream::connect(address).await.unwrap();
    let ask = b"GET /xrpc/_health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    open.write_all(ask).await.unwrap();
    assert_ne!(open.read(&mut [0; 512]).await.unwrap(), 0);
    sandbox.restart();
    open.write_all(ask).await.unwrap();
    assert_eq!(open.read(&mut [0; 512]).await.unwrap_or(0), 0);
    let url = format!("{}/xrpc/com.atproto.server.getSession", serving.url());
    let answer = Client::new()
        .get(url)
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(sandbox.records(&did, POST).len(), 1);
}

#[tokio::test]
async fn points_run_out_and_the_headers_say_when_they_return() {
    let (sandbox, did) = sandbox();
    let token = log_in(&sandbox).await;
    sandbox.set_rate_limits(Some(RateLimits {
        writes_hour: 5,
        ..RateLimits::OFFICIAL
    }));
    let first = call(&sandbox, CREATE, &token, record(&did)).await.unwrap();
    assert_eq!(
        (
            first.status().as_u16(),
            &first.headers()["ratelimit-remaining"]
        ),
        (200, &"2".parse().unwrap())
    );
    let second = call(&sandbox, CREATE, &token, record(&did)).await.unwrap();
    assert_eq!(second.status(), 429);
    assert_eq!(second.headers()["retry-after"], "3600");
    assert_eq!(second.headers()["ratelimit-policy"], "5;w=3600");
    assert_eq!(
        json(&second),
        json!({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"})
    );
}

#[tokio::test]
async fn a_revoked_password_logs_nobody_in_while_its_token_lives_on() {
    let (sandbox, did) = sandbox();
    let token = log_in(&sandbox).await;
    sandbox.revoke_app_password(&did, "abcd-efgh-ijkl-mnop");
    let input = json!({"identifier": "alice.test", "password": "abcd-efgh-ijkl-mnop"});
    let answer = call(&sandbox, "com.atproto.server.createSession", "", input)
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    let answer = call(&sandbox, CREATE, &token, record(&did)).await.unwrap();
    assert_eq!(answer.status(), 200);
    sandbox.expire_access_tokens();
    let answer = call(&sandbox, CREATE, &token, record(&did)).await.unwrap();
    assert_eq!(json(&answer)["error"], "ExpiredToken");
}

#[tokio::test]
async fn a_refused_key_is_a_slur() {
    let (sandbox, did) = sandbox();
    let token = log_in(&sandbox).await;
    sandbox.refuse_rkey(RKEY);
    let answer = call(&sandbox, CREATE, &token, record(&did)).await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(json(&answer)["message"], "Unacceptable slur in record key");
}

#[tokio::test]
async fn handles_resolve_by_decree() {
    let (sandbox, did) = sandbox();
    let serving = sandbox.serve().await.unwrap();
    let get = async |path: &str| {
        Client::new()
            .get(format!("{}/{path}", serving.url()))
            .send()
            .await
            .unwrap()
    };
    let ask = "xrpc/com.atproto.identity.resolveHandle?handle=carol.example";
    assert_eq!(get(ask).await.status(), 400);
    let carol = sandbox.decree_handle("carol.example");
    assert_eq!(
        get(ask).await.text().await.unwrap(),
        format!("{{\"did\":\"{carol}\"}}")
    );
    sandbox.resolve_any_handle(true);
    assert_eq!(
        get("xrpc/com.atproto.identity.resolveHandle?handle=dan.example")
            .await
            .status(),
        200
    );
    let document: Value = serde_json::from_str(&get(&did).await.text().await.unwrap()).unwrap();
    assert_eq!(document["service"][0]["serviceEndpoint"], serving.url());
    assert_eq!(get("did:plc:zzzzzzzzzzzzzzzzzzzzzzzz").await.status(), 404);
}
