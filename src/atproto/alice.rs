//! An account for tests, and what a server says about it.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use http::Request;
use serde_json::{Value, json};
use url::Url;

use super::pause::NoPause;
use super::{
    client::{Client, at_uri},
    error::Error,
    script::Script,
    write::Write,
};

pub(in crate::atproto) const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
pub(in crate::atproto) const POSTS: &str = "app.bsky.feed.post";
pub(in crate::atproto) const CID: &str =
    "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";
pub(in crate::atproto) const PASSWORD: &str = "abcd-ef12-gh34-ij56";

pub(in crate::atproto) fn client(script: &Arc<Script>) -> Client {
    let pds = Url::parse("https://pds.example").unwrap();
    Client::new(script.clone(), pds).with_pause(Arc::new(NoPause))
}

pub(in crate::atproto) async fn logged_in(script: &Arc<Script>) -> Client {
    let client = client(script);
    login(&client).await.unwrap();
    client
}

pub(in crate::atproto) async fn login(client: &Client) -> Result<(), Error> {
    client.login("alice.test", DID, &PASSWORD.into()).await
}

pub(in crate::atproto) fn tokens(n: u8) -> Value {
    json!({
        "did": DID,
        "handle": "alice.test",
        "accessJwt": format!("access-{n}"),
        "refreshJwt": format!("refresh-{n}"),
        "active": true,
    })
}

pub(in crate::atproto) fn writes() -> Vec<Write> {
    ["3a", "3b"]
        .map(|rkey| Write {
            collection: POSTS.to_owned(),
            rkey: rkey.to_owned(),
            value: json!({ "$type": POSTS, "text": rkey }),
        })
        .to_vec()
}

pub(in crate::atproto) fn written(rkeys: [&str; 2]) -> Value {
    let results = rkeys.map(|rkey| {
        json!({
            "$type": "com.atproto.repo.applyWrites#createResult",
            "uri": at_uri(DID, POSTS, rkey),
            "cid": CID,
            "validationStatus": "valid",
        })
    });
    json!({ "commit": { "cid": CID, "rev": "3jzfcijpj2z2a" }, "results": results })
}

pub(in crate::atproto) fn bearer(request: &Request<Vec<u8>>) -> &str {
    let header = request.headers().get("authorization");
    header.map_or("", |value| value.to_str().unwrap())
}

pub(in crate::atproto) fn body(request: &Request<Vec<u8>>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}
