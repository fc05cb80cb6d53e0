#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// What `@atproto/api` 0.21.0 finds: `[text, [byteStart, byteEnd, kind, value]…]`.
const OFFICIAL: &str = include_str!("testdata/official_facets.json");

/// Texts on which this module differs, for the reasons its first lines give.
fn differs_on_purpose(text: &str) -> bool {
    text.contains("http.notatld") || text.contains("httpbin.org") || text.contains("https.dev")
}

fn as_recorded(facet: &Facet) -> Value {
    let (kind, value) = match &facet.feature {
        Feature::Link(uri) => ("link", uri),
        Feature::Mention(handle) => ("mention", handle),
        Feature::Tag(tag) => ("tag", tag),
    };
    serde_json::json!([facet.range.start, facet.range.end, kind, value])
}

fn lower_mention(mut facet: Value) -> Value {
    if facet[2] == "mention" {
        facet[3] = facet[3].as_str().unwrap().to_lowercase().into();
    }
    facet
}

#[test]
fn the_official_client_finds_the_same() {
    let table: Vec<Vec<Value>> = serde_json::from_str(OFFICIAL).unwrap();
    let mut wrong = Vec::new();
    for row in &table {
        let text = row[0].as_str().unwrap();
        let expected: Vec<_> = row[1..].iter().cloned().map(lower_mention).collect();
        let found: Vec<_> = detect_all(text).iter().map(as_recorded).collect();
        if found != expected && !differs_on_purpose(text) {
            wrong.push(format!(
                "{text:?}\n  found    {found:?}\n  official {expected:?}"
            ));
        }
    }
    assert!(table.len() > 900);
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_bare_domain_that_begins_with_http_is_a_whole_url_too() {
    assert_eq!(
        detect("see httpbin.org"),
        [Facet {
            range: 4..15,
            feature: Feature::Link("https://httpbin.org".into())
        }]
    );
    assert_eq!(detect("http.notatld"), []);
}

#[test]
fn what_no_server_takes_as_a_uri_stays_text() {
    for text in ["http://)", "http:///x", "https://?"] {
        assert_eq!(detect(text), [], "{text}");
    }
}

#[test]
fn of_two_that_overlap_the_first_stays() {
    let facets = detect("https://x.com/($AAPL)");
    assert_eq!(facets.len(), 1);
    assert_eq!(
        facets[0].feature,
        Feature::Link("https://x.com/($AAPL)".into())
    );
}

#[test]
fn a_tag_of_more_than_64_graphemes_or_640_bytes_is_reported() {
    let long = format!("x #{}!", "a".repeat(65));
    assert_eq!(overlong_tags(&long).first(), Some(&(2..68)));
    let marks = format!("#{}", format!("a{}", "\u{301}".repeat(12)).repeat(26));
    assert_eq!(overlong_tags(&marks).first(), Some(&(0..651)));
    assert_eq!(detect(&marks), []);
    for fine in ["#fine".to_owned(), format!("#{}", "👋".repeat(64))] {
        assert!(overlong_tags(&fine).is_empty());
        assert_eq!(detect(&fine).len(), 1, "{fine}");
    }
}

proptest! {
    #[test]
    fn facets_lie_on_characters_in_order_and_say_what_they_cover(
        text in "([@#＃$(). \n\u{200b}é😀a-c1]|https://|\\.com|\\.md|www\\.|\\PC){0,40}"
    ) {
        let facets = detect(&text);
        for Facet { range, feature } in &facets {
            let slice = text.get(range.clone()).unwrap();
            match feature {
                Feature::Link(uri) => prop_assert!(uri.ends_with(slice)),
                Feature::Mention(handle) => prop_assert_eq!(handle.as_str(), slice[1..].to_lowercase()),
                Feature::Tag(tag) => prop_assert!(
                    slice.strip_prefix(['#', '＃']).unwrap_or(&slice.to_uppercase()) == tag
                ),
            }
        }
        prop_assert!(super::super::RichText::new(text, facets).is_some());
    }
}
