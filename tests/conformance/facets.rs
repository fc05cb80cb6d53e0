//! Facet detection gives what the official `RichText` gives.
//!
//! On purpose different, because a record must be valid (`expected` holds nothing else): of two
//! that overlap the first stays; handles are lower case; a link that is no URI for the lexicon,
//! and a tag of more than 640 bytes, stay text; and a bare domain that begins with `http`, such as
//! `httpbin.org`, gets its `https://` like any other, where the official client leaves it without.

use std::ops::Range;

use serde_json::{Value, json};
use updraft::post::{
    Facet, Feature, limits,
    rich_text::detect::{detect, is_uri},
};

use crate::{official::ask, texts};

/// What the official client finds in each text, less what a record can't hold.
pub fn official(texts: &[String]) -> Option<Vec<Vec<Facet>>> {
    let questions: Vec<Value> = texts.iter().map(|text| json!({ "facets": text })).collect();
    let answers = ask(&questions)?;
    Some(answers.iter().map(expected).collect())
}

fn expected(answer: &Value) -> Vec<Facet> {
    let mut end = 0;
    let mut facets: Vec<Facet> = answer["facets"]
        .as_array()
        .unwrap()
        .iter()
        .map(read)
        .collect();
    facets.retain(|facet| {
        let is_free = facet.range.start >= end && is_valid(&facet.feature);
        if is_free {
            end = facet.range.end;
        }
        is_free
    });
    facets
}

fn read(facet: &Value) -> Facet {
    let place = |at: usize| usize::try_from(facet[at].as_u64().unwrap()).unwrap();
    let value = facet[3].as_str().unwrap().to_owned();
    let feature = match facet[2].as_str().unwrap() {
        "link" => Feature::Link(value),
        "mention" => Feature::Mention(value.to_lowercase()),
        _ => Feature::Tag(value),
    };
    Facet {
        range: place(0)..place(1),
        feature,
    }
}

fn is_valid(feature: &Feature) -> bool {
    match feature {
        Feature::Link(uri) => is_uri(uri) || is_bare_http(uri),
        Feature::Tag(tag) => tag.len() <= limits::TAG_BYTES,
        Feature::Mention(_) => true,
    }
}

/// A "link" that has no scheme, because its host begins like one.
fn is_bare_http(uri: &str) -> bool {
    !uri.starts_with("http://") && !uri.starts_with("https://")
}

/// Where the official client sees a bare domain that begins with `http`.
pub fn bare_http(facets: &[Facet]) -> Vec<Range<usize>> {
    let is_bare =
        |facet: &&Facet| matches!(&facet.feature, Feature::Link(uri) if is_bare_http(uri));
    facets
        .iter()
        .filter(is_bare)
        .map(|facet| facet.range.clone())
        .collect()
}

/// Fails with every text on which the two differ.
#[track_caller]
pub fn assert_same(texts: &[String], official: &[Vec<Facet>], found: &[Vec<Facet>]) {
    let mut wrong = Vec::new();
    for ((text, official), found) in texts.iter().zip(official).zip(found) {
        let bare = bare_http(official);
        let other = |facet: &&Facet| {
            !bare
                .iter()
                .any(|range| range.start < facet.range.end && facet.range.start < range.end)
        };
        let official: Vec<_> = official.iter().filter(other).collect();
        let found: Vec<_> = found.iter().filter(other).collect();
        if official != found {
            wrong.push(format!(
                "{text:?}\n  official {official:?}\n  found    {found:?}"
            ));
        }
    }
    let shown = &wrong[..wrong.len().min(20)];
    assert!(
        wrong.is_empty(),
        "{} of {} texts differ\n{}",
        wrong.len(),
        texts.len(),
        shown.join("\n")
    );
}

fn compare(texts: &[String]) {
    let Some(official) = official(texts) else {
        return;
    };
    let facets: usize = official.iter().map(Vec::len).sum();
    assert!(
        2 * facets > texts.len(),
        "{facets} facets in {} texts",
        texts.len()
    );
    let found: Vec<Vec<Facet>> = texts.iter().map(|text| detect(text)).collect();
    assert_same(texts, &official, &found);
}

#[test]
fn ten_thousand_tricky_texts_have_the_official_facets() {
    compare(&texts::tricky(1, 10_000));
}

#[test]
fn every_character_leads_fills_and_ends_facets_as_officially() {
    compare(&texts::every_character());
}

#[test]
fn every_top_level_domain_ends_a_link_and_a_mention_and_nothing_else_does() {
    let Some(answers) = ask(&[json!({ "tlds": true })]) else {
        return;
    };
    let tlds: Vec<&str> = answers[0]["tlds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tld| tld.as_str().unwrap())
        .collect();
    assert!(tlds.len() > 1_400);
    let text = |tld: &str| {
        format!(
            "see foo.{tld}, a.b.{tld}/x @bar.{tld} @bar.{tld}x baz.{}",
            &tld[..tld.chars().next().unwrap().len_utf8()]
        )
    };
    compare(&tlds.into_iter().map(text).collect::<Vec<_>>());
    let pairs = (b'a'..=b'z').flat_map(|a| {
        (b'a'..=b'z').map(move |b| format!("a.com x.{}{} @y.{0}{1}", char::from(a), char::from(b)))
    });
    compare(&pairs.collect::<Vec<_>>());
}
