#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::post::rich_text::parse;

fn parts(source: &str) -> Vec<DraftPart> {
    parse(source, 0..source.len()).0
}

fn texts(parts: &[DraftPart]) -> Vec<&str> {
    parts.iter().map(|part| part.text.text()).collect()
}

fn numbering() -> Numbering {
    Numbering::parse("{n}/{total}").unwrap()
}

#[test]
fn what_fits_stays_whole() {
    let source = "a".repeat(300);
    assert_eq!(texts(&split(parts(&source), None).unwrap()), [source]);
}

#[test]
fn a_text_breaks_at_paragraphs_first() {
    let paragraph = "Some words of a sentence. And more of them. ".repeat(4);
    let paragraph = paragraph.trim();
    let source = [paragraph; 3].join("\n\n");
    assert_eq!(texts(&split(parts(&source), None).unwrap()), [paragraph; 3]);
}

#[test]
fn a_long_paragraph_breaks_between_sentences() {
    let sentence = "This is e.g. a sentence of Dr. Who with some fifty letters. ";
    let source = sentence.repeat(7);
    let pieces = split(parts(source.trim()), None).unwrap();
    assert_eq!(pieces.len(), 2);
    assert!(
        pieces
            .iter()
            .all(|piece| piece.text.text().ends_with("letters."))
    );
}

#[test]
fn links_are_never_cut_and_stay_with_their_sentence() {
    let words = "word ".repeat(50);
    let source = format!(
        "{words}ends here. Then read it: https://example.com/{}",
        "x".repeat(60)
    );
    let pieces = split(parts(&source), None).unwrap();
    assert_eq!(pieces.len(), 2);
    assert!(pieces[1].text.text().starts_with("Then read it: https://"));
    assert_eq!(pieces[1].text.facets().len(), 1);
}

#[test]
fn a_link_longer_than_a_post_is_a_mistake() {
    let source = format!("see https://example.com/{}", "x".repeat(300));
    let error = split(parts(&source), None).unwrap_err();
    assert_eq!(error.span, Some(4..source.len()));
    let link = format!("[{}](https://example.com)", "word ".repeat(70));
    assert!(split(parts(&link), None).is_err());
}

#[test]
fn pictures_stay_with_the_first_piece() {
    let source = format!("![a](b.png)\n\n{}", "word ".repeat(100));
    let pieces = split(parts(&source), None).unwrap();
    assert_eq!(
        pieces.iter().map(|p| p.pictures.len()).collect::<Vec<_>>(),
        [1, 0]
    );
}

#[test]
fn numbers_stand_at_the_end_and_never_touch_a_tag() {
    let pieces = split(
        parts("one\n\n---\n\ntwo #tag\n\n---\n\n- three"),
        Some(&numbering()),
    )
    .unwrap();
    assert_eq!(texts(&pieces), ["one 1/3", "two #tag\n2/3", "• three\n3/3"]);
    assert_eq!(
        texts(&split(parts("one"), Some(&numbering())).unwrap()),
        ["one"]
    );
}

#[test]
fn numbers_count_in_the_limit_and_their_digits_too() {
    let source = "word ".repeat(600);
    let pieces = split(parts(source.trim()), Some(&numbering())).unwrap();
    let total = pieces.len();
    assert!(total >= 10);
    for (index, piece) in pieces.iter().enumerate() {
        assert!(piece.text.graphemes() <= 300);
        assert!(
            piece
                .text
                .text()
                .ends_with(&format!(" {}/{total}", index + 1))
        );
    }
}

#[test]
fn a_thread_within_the_limits_may_need_a_break_for_its_numbers() {
    for (words, posts) in [(59, 2), (60, 3)] {
        let text = "word ".repeat(words);
        let source = format!("{}\n\n---\n\nend of it", text.trim());
        let pieces = split(parts(&source), Some(&numbering())).unwrap();
        assert_eq!(pieces.len(), posts);
        assert_eq!(split(parts(&source), None).unwrap().len(), 2);
    }
}

#[test]
fn templates_are_checked() {
    assert_eq!(
        Numbering::parse("({n} of {total})").unwrap().label(2, 5),
        "(2 of 5)"
    );
    assert!(Numbering::parse("🧵 {n}").is_ok());
    for wrong in [
        "{total}",
        "",
        "{n}/{count}",
        "{n",
        "#part{n}",
        "part{n}.com",
        "{n}\n",
        "${n}",
    ] {
        let checked = Numbering::parse(wrong);
        assert_eq!(checked.is_err(), wrong != "${n}", "{wrong}");
    }
    assert_eq!(
        Numbering::parse("{n}/{count}").unwrap_err(),
        "`{count}` is unknown: use `{n}` and `{total}`"
    );
}

#[test]
fn a_part_that_is_too_long_says_by_how_much_and_where_to_break() {
    let first = "One sentence of exactly fifty letters, this one is. ".repeat(5);
    let source = format!("{first}Then **comes** {}", "x ".repeat(40).trim());
    let part = parts(&source).remove(0);
    let problem = part.check_length().unwrap();
    let graphemes = part.text.graphemes();
    assert_eq!(
        problem.message,
        format!(
            "this part has {graphemes} graphemes, {} more than the 300 a post holds",
            graphemes - 300
        )
    );
    assert_eq!(&source[problem.span.unwrap()], "Then");
    assert_eq!(parts(&"é".repeat(300))[0].check_length(), None);
    let family = "👩‍👩‍👧‍👦".repeat(150);
    let message = parts(&family)[0].check_length().unwrap().message;
    assert_eq!(
        message,
        "this part has 3750 bytes, 750 more than the 3000 a post holds"
    );
}

fn words(text: &str) -> String {
    text.split_whitespace().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn no_word_or_facet_is_lost_and_every_piece_fits(
        source in "([a-zé]{1,12}|[a-z]{100,400}|日本語。|😀👨‍👩‍👧|#tag|@a\\.com|https://a\\.com/x|\\[two words\\]\\(https://b\\.com\\)|[a-z]{2,5}\\. [A-Z]){1}(( |\\n|\\n\\n|  )([a-zé]{1,12}|[a-z]{2,5}\\. [A-Z]|日本語の文。次|e\u{301}\u{301}|👨‍👩‍👧|#tag|@a\\.com|https://a\\.com/x|\\[two words\\]\\(https://b\\.com\\))){0,200}",
        is_numbered: bool,
    ) {
        let before = parts(&source);
        let template = Numbering::parse("({n}/{total})").unwrap();
        let after = split(before.clone(), is_numbered.then_some(&template)).unwrap();
        let mut joined = String::new();
        for (index, piece) in after.iter().enumerate() {
            prop_assert!(piece.check_length().is_none());
            let label = if is_numbered && after.len() > 1 {
                template.label(index + 1, after.len())
            } else {
                String::new()
            };
            joined.push_str(piece.text.text().strip_suffix(&label).unwrap());
            for facet in piece.text.facets() {
                prop_assert!(source.get(piece.locate(facet.range.clone())).is_some());
            }
        }
        prop_assert_eq!(words(&joined), words(before[0].text.text()));
        let features = |parts: &[DraftPart]| -> Vec<_> {
            parts.iter().flat_map(|p| p.text.facets().iter().map(|f| {
                (p.text.text()[f.range.clone()].to_owned(), f.feature.clone())
            })).collect()
        };
        prop_assert_eq!(features(&before), features(&after));
    }
}

#[test]
fn a_break_before_a_bullet_points_at_its_item() {
    let item = "- Some words about a thing that was done\n";
    let source = item.repeat(9);
    let span = parts(&source)[0].check_length().unwrap().span.unwrap();
    assert!(source[span].starts_with("Some words"));
}
