#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::post::{Facet, rich_text::parse};

fn part(source: &str) -> DraftPart {
    parse(source, 0..source.len()).0.remove(0)
}

fn shortened(source: &str) -> DraftPart {
    let mut part = part(source);
    part.shorten_links();
    part
}

/// The shortened text with each facet as `words → value`.
fn shown(source: &str) -> (String, Vec<String>) {
    let part = shortened(source);
    let show = |facet: &Facet| {
        let (Feature::Link(value) | Feature::Mention(value) | Feature::Tag(value)) = &facet.feature;
        format!("{} → {value}", &part.text.text()[facet.range.clone()])
    };
    let facets = part.text.facets().iter().map(show).collect();
    (part.text.text().to_owned(), facets)
}

#[test]
fn a_path_of_more_than_fifteen_characters_is_cut_to_thirteen_and_dots() {
    for (typed, expected) in [
        ("https://example.com", "example.com"),
        ("https://example.com/", "example.com"),
        ("http://Example.com/Fine", "example.com/Fine"),
        (
            "https://example.com/12345678901234",
            "example.com/12345678901234",
        ),
        (
            "https://example.com/123456789012345",
            "example.com/123456789012...",
        ),
        (
            "https://example.com/a?b=c&d=e#fghi",
            "example.com/a?b=c&d=e#fghi",
        ),
        (
            "https://example.com/a?b=c&d=e#fghij",
            "example.com/a?b=c&d=e#fg...",
        ),
        ("https://example.com/?q=1", "example.com?q=1"),
        ("https://example.com/?#", "example.com"),
        ("https://example.com:443/a", "example.com/a"),
        ("https://example.com:8080/a", "example.com:8080/a"),
        ("https://me:secret@example.com/a", "example.com/a"),
        ("https://münchen.de/straße", "xn--mnchen-3ya.de/stra%C3%9Fe"),
    ] {
        assert_eq!(
            shown(typed),
            (expected.to_owned(), vec![format!("{expected} → {typed}")])
        );
    }
}

#[test]
fn what_the_author_worded_stays() {
    for source in [
        "[the notes](https://example.com/a/very/long/path/of/it)",
        "[https://example.com/a/very/long/path](https://example.com/a/very/long/path)",
        "example.com/a/very/long/path/of/it and www.example.com/a/very/long/path",
        "`https://example.com/a/very/long/path/of/it`",
        "\\https://example.com/a/very/long/path/of/it",
        "<team@example.com> #tag @a.example.com",
    ] {
        assert_eq!(shortened(source), part(source), "{source}");
    }
}

#[test]
fn everything_around_a_shortened_link_keeps_its_place() {
    let source = "é #one (https://example.com/a/very/long/path), <https://example.com/another/long/path> [x](https://b.example) @c.example.com.";
    let (text, facets) = shown(source);
    assert_eq!(
        text,
        "é #one (example.com/a/very/long/...), example.com/another/long... x @c.example.com."
    );
    assert_eq!(
        facets,
        [
            "#one → one",
            "example.com/a/very/long/... → https://example.com/a/very/long/path",
            "example.com/another/long... → https://example.com/another/long/path",
            "x → https://b.example",
            "@c.example.com → c.example.com",
        ]
    );
    let part = shortened(source);
    for facet in part.text.facets() {
        let (Feature::Link(value) | Feature::Mention(value) | Feature::Tag(value)) = &facet.feature;
        let place = &source[part.locate(facet.range.clone())];
        assert!(
            place.contains(value.as_str()) || place == "x",
            "{place} {value}"
        );
    }
}

#[test]
fn a_long_address_counts_as_what_is_shown() {
    let source = format!(
        "{}https://example.com/{}",
        "word ".repeat(54),
        "x".repeat(100)
    );
    assert!(part(&source).check_length().is_some());
    let mut short = part(&source);
    short.shorten_links();
    assert_eq!(short.check_length(), None);
    assert_eq!(short.text.graphemes(), 270 + 27);
}

proptest! {
    #[test]
    fn only_typed_addresses_change_and_every_facet_keeps_its_words(
        source in "(é|a|😀| |\\n|#tag|@a\\.com|example\\.org/long/long/long/long|\\[words\\]\\(https://b\\.com/long/long/long/long\\)|<https://c\\.com/long/long/long/long>|https?://[a-z]{1,9}\\.com(/[a-zé0-9.]{0,30}(\\?[a-z=]{0,9})?)? ){0,20}"
    ) {
        let before = part(&source);
        let after = shortened(&source);
        prop_assert!(after.text.graphemes() <= before.text.graphemes() + 12 * source.matches('é').count());
        prop_assert_eq!(before.text.facets().len(), after.text.facets().len());
        // What stands between the facets is the same, and so are they but for the shortened ones.
        let (mut old_end, mut new_end) = (0, 0);
        for (old, new) in before.text.facets().iter().zip(after.text.facets()) {
            prop_assert_eq!(&old.feature, &new.feature);
            prop_assert_eq!(
                &before.text.text()[old_end..old.range.start],
                &after.text.text()[new_end..new.range.start]
            );
            let words = &before.text.text()[old.range.clone()];
            let shown = &after.text.text()[new.range.clone()];
            let is_typed = words.starts_with("http");
            prop_assert!(is_typed || words == shown);
            prop_assert!(!is_typed || !shown.contains("://"));
            prop_assert_eq!(
                &source[before.locate(old.range.clone())],
                &source[after.locate(new.range.clone())]
            );
            (old_end, new_end) = (old.range.end, new.range.end);
        }
        prop_assert_eq!(&before.text.text()[old_end..], &after.text.text()[new_end..]);
        let mut again = after.clone();
        again.shorten_links();
        prop_assert_eq!(again, after);
    }
}
