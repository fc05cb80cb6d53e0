#![allow(clippy::unwrap_used)]

use super::super::{
    alice::{CID, bearer, client, logged_in, login, tokens, writes, written},
    error::Verdict,
    script::{Script, dropped, json as answer, refuse},
    write::blob_cid,
};
use super::*;

#[tokio::test]
async fn an_expired_token_is_refreshed_and_the_write_sent_again() {
    let script = Script::new([
        ("server.createSession", answer(200, tokens(1))),
        (
            "repo.applyWrites",
            refuse(400, "ExpiredToken", "Token has expired"),
        ),
        ("server.refreshSession", answer(200, tokens(2))),
        ("repo.applyWrites", answer(200, written(["3a", "3b"]))),
    ]);
    let client = logged_in(&script).await;
    client.apply_writes(&writes(), CID).await.unwrap();
    let asked = script.asked();
    assert_eq!(bearer(&asked[2]), "Bearer refresh-1");
    assert!(asked[2].body().is_empty());
    assert_eq!(bearer(&asked[3]), "Bearer access-2");
    assert_eq!(asked[1].body(), asked[3].body());
}

#[tokio::test]
async fn a_refused_refresh_leads_to_a_new_login_and_only_once() {
    let expired = || refuse(400, "ExpiredToken", "Token has been revoked");
    let script = Script::new([
        ("server.createSession", answer(200, tokens(1))),
        ("repo.applyWrites", expired()),
        ("server.refreshSession", expired()),
        ("server.createSession", answer(200, tokens(2))),
        ("repo.applyWrites", expired()),
    ]);
    let client = logged_in(&script).await;
    let error = client.apply_writes(&writes(), CID).await.unwrap_err();
    assert!(error.is_expired_token());
    assert_eq!(error.verdict(), Verdict::Later);
    assert_eq!(script.asked().len(), 5);
}

#[tokio::test]
async fn a_refresh_that_fails_for_the_moment_keeps_the_session_and_leaves_no_doubt() {
    let expired = || refuse(400, "ExpiredToken", "Token has expired");
    let script = Script::new([
        ("server.createSession", answer(200, tokens(1))),
        ("repo.applyWrites", expired()),
        ("server.refreshSession", dropped()),
        ("repo.applyWrites", expired()),
        ("server.refreshSession", answer(200, tokens(2))),
        ("repo.applyWrites", answer(200, written(["3a", "3b"]))),
    ]);
    let client = logged_in(&script).await;
    let error = client.apply_writes(&writes(), CID).await.unwrap_err();
    assert_eq!(error.verdict(), Verdict::Later, "{error}");
    client.apply_writes(&writes(), CID).await.unwrap();
}

#[tokio::test]
async fn uploads_say_their_type_and_survive_an_expired_token() {
    let bytes = b"\x89PNG";
    let blob = json!({
        "$type": "blob",
        "ref": { "$link": blob_cid(bytes) },
        "mimeType": "image/png",
        "size": 4,
    });
    let script = Script::new([
        ("server.createSession", answer(200, tokens(1))),
        (
            "repo.uploadBlob",
            refuse(400, "ExpiredToken", "Token has expired"),
        ),
        ("server.refreshSession", answer(200, tokens(2))),
        ("repo.uploadBlob", answer(200, json!({ "blob": blob }))),
    ]);
    let client = logged_in(&script).await;
    let uploaded = client.upload_blob(bytes, "image/jpeg").await.unwrap();
    assert_eq!(uploaded.json, blob);
    assert_eq!(
        uploaded.mime, "image/png",
        "the server's own finding counts"
    );
    let asked = script.asked();
    assert_eq!(asked[3].headers()["content-type"], "image/jpeg");
    assert_eq!(asked[3].body(), bytes);
}

#[tokio::test]
async fn another_or_inactive_account_is_no_session() {
    let mut other = tokens(1);
    other["did"] = json!("did:plc:44ybard66vv44zksje25o7dz");
    let mut inactive = tokens(1);
    inactive["active"] = json!(false);
    inactive["status"] = json!("deactivated");
    for (answered, words) in [(other, "was expected"), (inactive, "is deactivated")] {
        let script = Script::new([("server.createSession", answer(200, answered))]);
        let client = client(&script);
        let error = login(&client).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(client.session_did().await, None);
    }
}

#[tokio::test]
async fn a_wrong_password_says_which_variable_to_check() {
    let refused = refuse(
        401,
        "AuthenticationRequired",
        "Invalid identifier or password",
    );
    let script = Script::new([("server.createSession", refused)]);
    let client = client(&script).with_password_name("BLUESKY_APP_PASSWORD_MAIN");
    assert_eq!(
        login(&client).await.unwrap_err().to_string(),
        "server.createSession at pds.example: 401 AuthenticationRequired: Invalid identifier or password; check the app password in BLUESKY_APP_PASSWORD_MAIN"
    );
}

#[tokio::test]
async fn nothing_is_written_without_a_login() {
    let script = Script::new([]);
    let client = client(&script);
    client.apply_writes(&writes(), CID).await.unwrap_err();
    client.upload_blob(b"x", "image/png").await.unwrap_err();
    assert!(script.asked().is_empty());
}
