#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::super::pause::NoPause;
use super::super::script::{Script, json as answer, raw, refuse};
use super::*;

pub(super) const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const OTHER: &str = "did:plc:44ybard66vv44zksje25o7dz";
pub(super) const HANDLE: &str = "alice.example.com";
pub(super) const WELL_KNOWN: &str = "atproto-did";

/// DNS as a test wants it; `None` for a server that doesn't answer.
pub(super) struct Names {
    pub(super) texts: Option<Vec<&'static str>>,
    pub(super) address: Option<bool>,
}

impl Dns for Names {
    fn texts<'a>(&'a self, name: &'a str) -> Looking<'a, Vec<String>> {
        assert!(name.starts_with("_atproto."), "{name}");
        let texts = self.texts.as_ref();
        let texts = texts.map(|all| all.iter().map(|text| (*text).to_owned()).collect());
        Box::pin(async move { texts.ok_or_else(|| silent(name)) })
    }

    fn has_address<'a>(&'a self, host: &'a str) -> Looking<'a, bool> {
        Box::pin(async move { self.address.ok_or_else(|| silent(host)) })
    }
}

fn silent(name: &str) -> DnsError {
    let (name, reason) = (name.to_owned(), "timed out".to_owned());
    DnsError { name, reason }
}

pub(super) fn names(texts: &[&'static str]) -> Names {
    let (texts, address) = (Some(texts.to_vec()), Some(true));
    Names { texts, address }
}

pub(super) fn resolver(script: &Arc<Script>, names: Names) -> Resolver {
    Resolver::new(script.clone(), Arc::new(names)).with_pause(Arc::new(NoPause))
}

pub(super) fn pds() -> Url {
    Url::parse("https://pds.example").unwrap()
}

fn document() -> Value {
    json!({
        "id": DID,
        "alsoKnownAs": ["https://alice.example", "at://alice.example.com"],
        "service": [
            { "id": "#other", "type": ["A", "B"], "serviceEndpoint": { "uri": "x" } },
            {
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": "https://pds.example",
            },
        ],
    })
}

pub(super) const RECORD: &str = "did=did:plc:ewvi7nxzyoun6zhxrhs64oiz";

#[tokio::test]
async fn a_handle_leads_by_dns_and_the_directory_to_its_pds() {
    let script = Script::new([(DID, answer(200, document()))]);
    let resolver = resolver(&script, names(&["v=spf1 -all", RECORD]));
    let found = resolver.resolve("@Alice.Example.com").await.unwrap();
    let (did, handle) = (DID.to_owned(), Some(HANDLE.to_owned()));
    let expected = Identity {
        did,
        pds: pds(),
        handle,
    };
    assert_eq!(found, expected);
    let asked = script.asked()[0].uri().to_string();
    assert_eq!(asked, format!("https://plc.directory/{DID}"));
    assert_eq!(expected.pds.as_str(), "https://pds.example/");
}

#[tokio::test]
async fn without_a_record_the_handles_own_host_is_asked_through_redirects() {
    let away = [("location", "https://www.example.com/x/atproto-did")];
    let script = Script::new([
        (WELL_KNOWN, raw(302, &away, "")),
        (WELL_KNOWN, raw(200, &[], &format!("{DID}\n"))),
        (DID, answer(200, document())),
    ]);
    let resolver = resolver(&script, names(&[]));
    assert_eq!(resolver.resolve(HANDLE).await.unwrap().did, DID);
    let asked = script.asked()[1].uri().to_string();
    assert_eq!(asked, "https://www.example.com/x/atproto-did");
}

#[tokio::test]
async fn where_no_name_is_known_the_network_is_to_blame_and_not_the_handle() {
    let unreachable = || Err(TransportError::NeverSent("no such name".to_owned()));
    let nothing = Names {
        texts: Some(Vec::new()),
        address: Some(false),
    };
    let script = Script::new([(); 5].map(|()| (WELL_KNOWN, unreachable())));
    let error = resolver(&script, nothing)
        .resolve(HANDLE)
        .await
        .unwrap_err();
    let words = error.to_string();
    assert!(
        words.contains("know neither it nor plc.directory"),
        "{words}"
    );
    assert!(error.is_transient());
    // With a network, a host that says no is an answer.
    let script = Script::new([(WELL_KNOWN, raw(404, &[], ""))]);
    let error = resolver(&script, names(&[]))
        .resolve(HANDLE)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no such handle") && !error.is_transient());
}

#[tokio::test]
async fn redirects_lead_neither_in_circles_nor_off_https() {
    let circle = || raw(302, &[("location", "/.well-known/atproto-did")], "");
    let script = Script::new([(); 6].map(|()| (WELL_KNOWN, circle())));
    let error = resolver(&script, names(&[])).resolve(HANDLE).await;
    assert!(error.unwrap_err().to_string().contains("redirects"));
    let off = [("location", "http://alice.example.com/atproto-did")];
    let script = Script::new([(WELL_KNOWN, raw(302, &off, ""))]);
    let error = resolver(&script, names(&[])).resolve(HANDLE).await;
    assert!(error.unwrap_err().to_string().contains("not encrypted"));
}

#[tokio::test]
async fn the_account_must_claim_the_handle_and_the_document_its_did() {
    let cases = [
        (
            "alsoKnownAs",
            json!(["at://bob.example.com"]),
            "does not claim it",
        ),
        ("id", json!(OTHER), "not about"),
        ("service", json!([]), "names no PDS"),
    ];
    for (key, value, words) in cases {
        let mut odd = document();
        odd[key] = value;
        let script = Script::new([(DID, answer(200, odd))]);
        let error = resolver(&script, names(&[RECORD])).resolve(HANDLE).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_pds_must_be_one_and_be_encrypted() {
    for (key, value) in [
        ("type", json!("SomethingElse")),
        ("serviceEndpoint", json!("http://pds.example")),
        ("serviceEndpoint", json!("not an address")),
    ] {
        let mut odd = document();
        odd["service"][1][key] = value;
        let script = Script::new([(DID, answer(200, odd))]);
        let resolver = resolver(&script, names(&[RECORD]));
        resolver.resolve(HANDLE).await.unwrap_err();
    }
}

#[tokio::test]
async fn two_dids_in_dns_are_an_error() {
    let script = Script::new([(WELL_KNOWN, raw(404, &[], ""))]);
    let two = names(&[RECORD, "did=did:plc:44ybard66vv44zksje25o7dz"]);
    let error = resolver(&script, two).resolve(HANDLE).await.unwrap_err();
    assert!(error.to_string().contains("several DIDs"), "{error}");
}

#[tokio::test]
async fn another_directory_and_did_web_are_asked_where_they_are() {
    let script = Script::new([(DID, answer(200, document()))]);
    let plc = Url::parse("http://localhost:2582/").unwrap();
    let resolver = resolver(&script, names(&[])).with_plc(plc);
    let found = resolver.resolve(DID).await.unwrap();
    assert_eq!(found.handle.as_deref(), Some(HANDLE));
    let asked = script.asked()[0].uri().to_string();
    assert_eq!(asked, format!("http://localhost:2582/{DID}"));
    let urls = [
        (
            "did:web:example.com",
            Some("https://example.com/.well-known/did.json"),
        ),
        (
            "did:web:localhost%3A3000",
            Some("http://localhost:3000/.well-known/did.json"),
        ),
        ("did:web:example.com%3A3000", None),
        ("did:web:example.com:users:alice", None),
        ("did:key:z6Mk", None),
    ];
    for (did, url) in urls {
        let found = document_url(&pds(), did);
        assert_eq!(found.as_ref().map(Url::as_str), url, "{did}");
    }
}

#[tokio::test]
async fn a_configured_pds_is_the_only_one_asked() {
    let script = Script::new([("identity.resolveHandle", answer(200, json!({ "did": DID })))]);
    let silent = Names {
        texts: None,
        address: None,
    };
    let resolver = resolver(&script, silent).with_pds(pds());
    let found = resolver.resolve("alice.test").await.unwrap();
    assert_eq!((found.did.as_str(), found.pds), (DID, pds()));
    let found = resolver.resolve(OTHER).await.unwrap();
    assert_eq!((found.did.as_str(), found.handle), (OTHER, None));
    assert_eq!(script.names(), ["identity.resolveHandle"]);
}

#[tokio::test]
async fn a_configured_pds_that_knows_no_such_handle_is_an_error() {
    let unknown = refuse(400, "InvalidRequest", "Unable to resolve handle");
    let script = Script::new([("identity.resolveHandle", unknown)]);
    let resolver = resolver(&script, names(&[RECORD])).with_pds(pds());
    let error = resolver.resolve("alice.test").await.unwrap_err();
    assert!(
        error.to_string().contains("has the handle `alice.test`"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_neither_handle_nor_did_is_never_asked_for() {
    let script = Script::new([]);
    let resolver = resolver(&script, names(&[]));
    for account in [
        "",
        "alice",
        "a b.example",
        "did:",
        "did:plc",
        "alice@example.com",
        "é.com",
    ] {
        resolver.resolve(account).await.unwrap_err();
    }
    assert!(script.asked().is_empty());
}
