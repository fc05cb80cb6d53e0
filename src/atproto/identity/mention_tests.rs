#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::super::script::{Script, dropped, json as answer, raw, refuse};
use super::{
    tests::{DID, HANDLE, Names, RECORD, WELL_KNOWN, names, pds, resolver},
    *,
};

/// What comes of a mention whose handle the PDS doesn't know.
async fn mention(
    texts: Option<Vec<&'static str>>,
    address: Option<bool>,
    host: [ScriptedHost; 3],
) -> Result<Option<String>, Error> {
    let unknown = refuse(400, "HandleNotFound", "Unable to resolve handle");
    let [a, b, c] = host.map(|host| match host {
        ScriptedHost::Says(status, text) => raw(status, &[], text),
        ScriptedHost::Silent => dropped(),
    });
    let script = Script::new([
        ("identity.resolveHandle", unknown),
        (WELL_KNOWN, a),
        (WELL_KNOWN, b),
        (WELL_KNOWN, c),
    ]);
    let names = Names { texts, address };
    resolver(&script, names)
        .resolve_handle(&pds(), HANDLE)
        .await
}

#[derive(Clone, Copy)]
enum ScriptedHost {
    Says(u16, &'static str),
    Silent,
}

#[tokio::test]
async fn a_mention_is_what_the_pds_says() {
    let script = Script::new([("identity.resolveHandle", answer(200, json!({ "did": DID })))]);
    let resolver = resolver(&script, names(&[]));
    let found = resolver.resolve_handle(&pds(), "@Alice.Example.com").await;
    assert_eq!(found.unwrap().as_deref(), Some(DID));
    assert_eq!(
        script.asked()[0].uri().query(),
        Some("handle=alice.example.com")
    );
}

#[tokio::test]
async fn a_handle_unknown_to_the_pds_may_be_found_by_dns_or_its_host() {
    use ScriptedHost::{Says, Silent};
    let found = mention(Some(vec![RECORD]), Some(true), [Silent; 3]).await;
    assert_eq!(found.unwrap().as_deref(), Some(DID));
    let found = mention(None, None, [Says(200, DID); 3]).await;
    assert_eq!(found.unwrap().as_deref(), Some(DID));
}

#[tokio::test]
async fn a_handle_does_not_exist_only_if_everybody_says_so() {
    use ScriptedHost::{Says, Silent};
    let none = Some(Vec::new);
    for (address, host) in [
        (Some(true), Says(404, "")),
        (Some(true), Says(200, "<!doctype html>")),
        (Some(false), Silent),
    ] {
        let found = mention(none.map(|none| none()), address, [host; 3]).await;
        assert_eq!(found.unwrap(), None);
    }
    for (texts, address, host) in [
        (Some(vec![]), Some(true), Silent),
        (Some(vec![]), None, Silent),
        (Some(vec![]), Some(true), Says(503, "")),
        (Some(vec![]), Some(true), Says(429, "")),
        (None, Some(true), Says(404, "")),
        (None, Some(false), Silent),
    ] {
        mention(texts, address, [host; 3]).await.unwrap_err();
    }
}

#[tokio::test]
async fn handles_that_cannot_exist_are_not_asked_for() {
    let script = Script::new([]);
    let resolver = resolver(&script, names(&[]));
    assert_eq!(resolver.resolve_handle(&pds(), "a..b").await.unwrap(), None);
    let unknown = || refuse(400, "HandleNotFound", "Unable to resolve handle");
    let script = Script::new([("identity.resolveHandle", unknown())]);
    let resolver = Resolver::new(script.clone(), Arc::new(names(&[])));
    let found = resolver.resolve_handle(&pds(), "handle.invalid").await;
    assert_eq!(found.unwrap(), None);
    assert_eq!(script.names(), ["identity.resolveHandle"]);
}
