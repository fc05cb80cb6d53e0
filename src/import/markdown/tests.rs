#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::post::{RichText, rich_text};

/// What a body compiles to, part by part.
fn compiled(body: &str) -> Vec<RichText> {
    let (parts, _) = rich_text::parse(body, 0..body.len());
    parts.into_iter().map(|part| part.text).collect()
}

fn link(text: &str, shown: &str, url: &str) -> Facet {
    let start = text.find(shown).unwrap();
    Facet {
        range: start..start + shown.len(),
        feature: Feature::Link(url.to_owned()),
    }
}

fn back(text: &str, facets: &[Facet]) -> RichText {
    let body = markdown(text, facets);
    let parts = compiled(&body);
    assert_eq!(parts.len(), 1, "{body}");
    parts.into_iter().next().unwrap()
}

#[test]
fn ordinary_words_stay_as_they_are() {
    for text in [
        "Hello @alice.example.com, see https://example.com/a_b?c=1&d=2 #rust-lang $CASH",
        "One\nTwo\n\nThree (3) - \u{1f389}",
        "v24.3.0: snake_case, 100% + more, a > b",
    ] {
        assert_eq!(markdown(text, &detect(text)), text);
    }
}

#[test]
fn what_markdown_would_change_is_escaped() {
    for (text, written) in [
        (
            "1. one\n- two\n# three\n> four",
            "1\\. one\n\\- two\n\\# three\n\\> four",
        ),
        (
            "*a* _b_ `c` ~d~ [e](f) <g>",
            "\\*a\\* \\_b\\_ \\`c\\` \\~d\\~ \\[e](f) \\<g>",
        ),
        ("a\n---\nb\n===", "a\n\\-\\-\\-\nb\n\\==="),
        ("a | b\n--|--", "a | b\n\\-\\-|\\-\\-"),
        ("&amp; AT&T R&D", "\\&amp; AT&T R&D"),
        ("a \n\n\nb\n", "a&#32;\n\n&#10;b&#10;"),
    ] {
        assert_eq!(markdown(text, &detect(text)), written);
        assert_eq!(back(text, &detect(text)).text(), text);
    }
}

#[test]
fn facets_come_back_as_they_were() {
    let text = "Read the notes! And [this] on example.com, by @bob.example.com #tag";
    let mention = detect(text)
        .into_iter()
        .filter(|facet| matches!(facet.feature, Feature::Mention(_)));
    let mut facets = vec![
        link(text, "the notes!", "https://example.com/a(b)?c=<d>&e"),
        link(text, "[this]", "https://example.com/this"),
    ];
    facets.extend(mention);
    let found = back(text, &facets);
    assert_eq!((found.text(), found.facets()), (text, facets.as_slice()));
}

#[test]
fn a_link_behind_an_exclamation_mark_is_no_picture() {
    let text = "Wow!here";
    let facets = [link(text, "here", "https://example.com/")];
    assert_eq!(
        markdown(text, &facets),
        "Wow\\![here](https://example.com/)"
    );
    assert_eq!(back(text, &facets).facets(), facets);
}

#[test]
fn a_tidy_text_has_no_white_space_that_nobody_sees() {
    assert_eq!(tidy("\n a \r\n\n\n\nb\t\n \nc\n"), "a\n\nb\n\nc");
}

/// Text in which Markdown, links and white space meet more often than in any language.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => r"[ \n]{1,3}",
        4 => r"[-+*_#>=|:~`\[\]()<>!&;.$@\\1a\t\r]{1,5}",
        2 => prop::sample::select(vec![
            "example.com", "https://example.com/a_b", "@alice.example.com", "#tag", "＃tag", "$CASH", "&#32;",
            "<!-- a -->", "[a]: b", "---", "===", "```", "~~~", "1. ", "- ", "# ", "> ", "\u{200b}", "\u{a0}",
            "\u{feff}", "\u{2028}", "\u{1f469}\u{200d}\u{1f680}", "(https://example.com)", "README.md", "a|b\n-|-\n",
        ]).prop_map(str::to_owned),
        1 => "[a-z]{1,3}",
        1 => r"[^\x00]{1,3}",
    ];
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_comes_back(text in hostile()) {
        let facets = detect(&text);
        let found = back(&text, &facets);
        prop_assert_eq!(found.text(), &text, "{}", markdown(&text, &facets));
        prop_assert_eq!(found.facets(), facets.as_slice(), "{}", markdown(&text, &facets));
    }

    #[test]
    fn any_text_comes_back_without_facets(text in hostile()) {
        let found = back(&text, &[]);
        prop_assert_eq!(found.text(), &text, "{}", markdown(&text, &[]));
        prop_assert_eq!(found.facets(), &[], "{}", markdown(&text, &[]));
    }

    #[test]
    fn any_words_can_be_a_link(before in hostile(), shown in r"[-a-zA-Z.#@*_\]\[!]{1,8}", after in hostile()) {
        let text = format!("{before}{shown}{after}");
        let facets = [Facet {
            range: before.len()..before.len() + shown.len(),
            feature: Feature::Link("https://example.com/a?b=(c)&d".into()),
        }];
        let found = back(&text, &facets);
        prop_assert_eq!(found.text(), &text, "{}", markdown(&text, &facets));
        prop_assert_eq!(found.facets(), &facets, "{}", markdown(&text, &facets));
    }
}
