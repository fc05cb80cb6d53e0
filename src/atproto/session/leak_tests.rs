#![allow(clippy::unwrap_used)]

use std::{
    io,
    sync::{Arc, Mutex},
};

use tracing_subscriber::fmt::MakeWriter;

use super::super::{
    alice::{CID, DID, PASSWORD, client, login, tokens, writes},
    script::{Script, json as answer, raw, refuse},
};
use super::*;

const SECRETS: [&str; 4] = [PASSWORD, "access-1", "refresh-1", "access-2"];

/// Where a test's trace goes.
#[derive(Clone, Default)]
struct Trace(Arc<Mutex<Vec<u8>>>);

impl io::Write for Trace {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Trace {
    type Writer = Trace;

    fn make_writer(&self) -> Trace {
        self.clone()
    }
}

/// Everything that a user could see of a client and its error.
fn shown(client: &Client, error: &Error) -> String {
    format!("{error} {error:?} {error:#?} {client:?} {:?}", error.kind)
}

#[tokio::test]
async fn what_was_told_is_remembered_though_there_is_no_session() {
    let repeated = format!("{PASSWORD} access-1 refresh-1");
    let script = Script::new([
        ("server.createSession", refuse(401, "E", "no")),
        (
            "sync.getLatestCommit",
            refuse(400, "E", &format!("not {PASSWORD}")),
        ),
        ("server.createSession", answer(200, tokens(1))),
        ("repo.applyWrites", refuse(401, "Revoked", "no")),
        ("sync.getLatestCommit", refuse(400, "E", &repeated)),
    ]);
    let client = client(&script);
    login(&client).await.unwrap_err();
    let error = client.latest_commit(DID).await.unwrap_err();
    assert!(error.to_string().ends_with("not ***"), "{error}");
    login(&client).await.unwrap();
    client.apply_writes(&writes(), CID).await.unwrap_err();
    let error = client.latest_commit(DID).await.unwrap_err();
    assert!(error.to_string().ends_with("*** *** ***"), "{error}");
}

/// A server that repeats what it was told, wherever it can.
fn echoing() -> Arc<Script> {
    let all = SECRETS.join(" ");
    let echo = |status| refuse(status, "Echo", &format!("you said {all}\r\nand {all}"));
    Script::new([
        (
            "server.createSession",
            refuse(401, "E", &format!("not {PASSWORD}!")),
        ),
        (
            "server.createSession",
            raw(200, &[], &format!("{{\"did\": \"{PASSWORD}\", ")),
        ),
        (
            "server.createSession",
            answer(
                200,
                json!({ "did": "access-1", "accessJwt": "access-1", "refreshJwt": "refresh-1" }),
            ),
        ),
        ("server.createSession", answer(200, tokens(1))),
        ("repo.applyWrites", refuse(400, "Odd", "access-1 refresh-1")),
        ("repo.applyWrites", refuse(400, "ExpiredToken", "access-1")),
        (
            "server.refreshSession",
            refuse(400, "ExpiredToken", "refresh-1"),
        ),
        (
            "server.createSession",
            refuse(401, "E", &format!("not {PASSWORD}, nor refresh-1!")),
        ),
        (
            "sync.getLatestCommit",
            refuse(400, "refresh-1", &format!("access-1 {PASSWORD}")),
        ),
        ("repo.uploadBlob", refuse(400, "ExpiredToken", "access-1")),
        ("server.refreshSession", answer(200, tokens(2))),
        ("repo.uploadBlob", echo(400)),
    ])
}

#[tokio::test]
async fn no_secret_is_ever_shown_even_if_the_server_echoes_it() {
    let trace = Trace::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(trace.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let script = echoing();
    let client = client(&script);
    let mut seen = String::new();
    for _ in 0..3 {
        seen += &shown(&client, &login(&client).await.unwrap_err());
    }
    login(&client).await.unwrap();
    for _ in 0..2 {
        let error = client.apply_writes(&writes(), CID).await.unwrap_err();
        seen += &shown(&client, &error);
    }
    seen += &shown(&client, &client.latest_commit(DID).await.unwrap_err());
    let error = client.upload_blob(b"x", "image/png").await.unwrap_err();
    seen += &shown(&client, &error);
    seen += &String::from_utf8(trace.0.lock().unwrap().clone()).unwrap();
    assert!(
        seen.contains("status=401"),
        "attempts leave a trace: {seen}"
    );
    assert!(seen.contains("***"), "{seen}");
    for secret in SECRETS {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
    assert!(seen.contains("com.atproto.repo.uploadBlob"), "{seen}");
    assert_eq!(script.names().len(), 12);
}
