//! Who asks: identifiers, tokens, and other people's repositories.

use serde_json::json;

use crate::peer::{POST, Peer, post};

const SESSION: &str = "com.atproto.server.getSession";
const REFRESH: &str = "com.atproto.server.refreshSession";
const CREATE: &str = "com.atproto.repo.createRecord";

pub async fn identities(peer: &Peer) {
    let answer = peer
        .get(
            "com.atproto.identity.resolveHandle",
            &format!("handle={}", peer.handle),
        )
        .await;
    peer.agrees("a handle", answer.text("/did"), peer.did.clone());
    let answer = peer
        .get("com.atproto.identity.resolveHandle", "handle=nobody.test")
        .await;
    peer.refuses(
        "nobody's handle",
        &answer,
        (400, "HandleNotFound", "Unable to resolve handle"),
    );
    let answer = peer.get("com.atproto.server.describeServer", "").await;
    peer.agrees(
        "the blob limit",
        answer.body["blobUploadLimit"].clone(),
        5_242_880,
    );
    let answer = peer
        .get("app.bsky.actor.getProfile", "actor=alice.test")
        .await;
    peer.refuses(
        "a method not there",
        &answer,
        (
            400,
            "InvalidRequest",
            "No service configured for app.bsky.actor.getProfile",
        ),
    );
    let answer = peer
        .get(
            "com.atproto.sync.getLatestCommit",
            "did=did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
        )
        .await;
    peer.refuses(
        "the head of nobody",
        &answer,
        (
            400,
            "RepoNotFound",
            "Could not find repo for DID: did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
        ),
    );
    for repo in [peer.other.as_str(), "bob.test"] {
        let input = json!({"repo": repo, "collection": POST, "record": post("")});
        let answer = peer.post(CREATE, input).await;
        peer.refuses(
            "another's repo",
            &answer,
            (401, "AuthenticationRequired", "Authentication Required"),
        );
    }
    let input = json!({"repo": "nobody.test", "collection": POST, "record": post("")});
    peer.refuses(
        "nobody's repo",
        &peer.post(CREATE, input).await,
        (403, "AccountNotFound", "Account not found"),
    );
    log_ins(peer).await;
}

async fn log_ins(peer: &Peer) {
    for identifier in ["alice.test", "ALICE.test", peer.did.as_str()] {
        let input = json!({"identifier": identifier, "password": peer.password});
        let answer = peer
            .post_as("", "com.atproto.server.createSession", input)
            .await;
        peer.accepts(identifier, &answer);
        peer.agrees(identifier, answer.text("/did"), peer.did.clone());
        peer.agrees(identifier, answer.body["active"].clone(), true);
    }
    let wrong = (
        401,
        "AuthenticationRequired",
        "Invalid identifier or password",
    );
    for (identifier, password) in [
        ("alice.test", "no"),
        ("@alice.test", ""),
        ("alice", ""),
        ("nobody.test", ""),
    ] {
        let password = if password.is_empty() {
            &peer.password
        } else {
            password
        };
        let input = json!({"identifier": identifier, "password": password});
        let answer = peer
            .post_as("", "com.atproto.server.createSession", input)
            .await;
        peer.refuses(identifier, &answer, wrong);
    }
}

/// Last of all: the clock moves on.
pub async fn tokens(peer: &Peer) {
    let session = peer.log_in().await;
    let (access, refresh) = (session.text("/accessJwt"), session.text("/refreshJwt"));
    peer.accepts("an access token", &peer.get_as(&access, SESSION).await);
    let answer = peer.get_as("", SESSION).await;
    peer.refuses(
        "no token",
        &answer,
        (401, "AuthMissing", "Authentication Required"),
    );
    let answer = peer.get_as("garbage", SESSION).await;
    peer.refuses(
        "a bad token",
        &answer,
        (400, "InvalidToken", "Token could not be verified"),
    );
    let answer = peer.get_as(&refresh, SESSION).await;
    peer.refuses(
        "a refresh token as access token",
        &answer,
        (400, "InvalidToken", "*"),
    );
    let answer = peer.poke(&access, REFRESH).await;
    peer.refuses(
        "an access token as refresh token",
        &answer,
        (400, "InvalidToken", "*"),
    );
    peer.set_clock(119);
    peer.accepts("after 119 minutes", &peer.get_as(&access, SESSION).await);
    peer.set_clock(121);
    let expired = (400, "ExpiredToken", "Token has expired");
    peer.refuses(
        "after 121 minutes",
        &peer.get_as(&access, SESSION).await,
        expired,
    );
    let input = json!({"repo": peer.did, "collection": POST, "record": post("")});
    peer.refuses(
        "a write after 121 minutes",
        &peer.post_as(&access, CREATE, input).await,
        expired,
    );
    let first = peer.poke(&refresh, REFRESH).await;
    peer.accepts("a refresh", &first);
    peer.accepts(
        "the new token",
        &peer.get_as(&first.text("/accessJwt"), SESSION).await,
    );
    let second = peer.poke(&refresh, REFRESH).await;
    peer.agrees(
        "the same refresh again",
        second.text("/refreshJwt"),
        first.text("/refreshJwt"),
    );
    peer.set_clock(121 + 121);
    let revoked = (400, "ExpiredToken", "Token has been revoked");
    peer.refuses(
        "a refresh long after",
        &peer.poke(&refresh, REFRESH).await,
        revoked,
    );
    peer.accepts(
        "the next refresh",
        &peer.poke(&first.text("/refreshJwt"), REFRESH).await,
    );
    peer.set_clock(0);
}
