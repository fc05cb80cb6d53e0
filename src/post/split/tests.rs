#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::post::{Feature, RichText, rich_text::parse};

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
fn what_is_longer_than_a_thread_is_not_split() {
    let source = "x".repeat(60_001);
    let error = split(parts(&source), None).unwrap_err();
    assert_eq!(error.code, Code::ThreadTooLong);
    assert_eq!(
        error.message,
        "60001 graphemes; a whole thread has room for 60000"
    );
    assert_eq!(error.span, Some(0..60_001));
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

/// A sentence of so many letters, spaces included, with a comma in the middle if it is long.
fn sentence(letters: usize) -> String {
    let words = "Word word, word ".repeat(letters / 15 + 1);
    let mut text = words.chars().take(letters - 2).collect::<String>();
    text.push_str("x.");
    text.replace(" x.", "wx.").replace(",x.", "wx.")
}

#[track_caller]
fn assert_breaks(source: &str, expected: &[&str]) {
    let pieces = split(parts(source), None).unwrap();
    let starts: Vec<_> = texts(&pieces)
        .into_iter()
        .map(|text| text.chars().take(20).collect::<String>())
        .collect();
    let fits = starts.len() == expected.len()
        && starts.iter().zip(expected).all(|(start, expected)| {
            expected.starts_with(start.as_str()) || start.starts_with(expected)
        });
    assert!(fits, "{:#?}", texts(&pieces));
}

#[test]
fn no_piece_is_of_three_words_or_fewer() {
    let long = sentence(148);
    let source = format!("{long} {long}\n\nJoin us there!");
    assert_breaks(&source, &["Word word", "Word word"]);
    let source = format!("Big news, folks!\n\n{}", sentence(296));
    let pieces = split(parts(&source), None).unwrap();
    assert_eq!(pieces.len(), 2);
    assert!(texts(&pieces)[0].len() > 60);
}

#[test]
fn an_address_stays_with_its_sentence() {
    let url = "https://example.com/a/path/of/it";
    let long = sentence(140);
    assert_breaks(
        &format!("{long} See it.\n{long}\n{url}\n\n#one #two"),
        &["Word word", "Word word"],
    );
    let pieces = split(parts(&format!("{}\n\n{url}", sentence(290))), None).unwrap();
    assert!(texts(&pieces)[1].starts_with(char::is_alphabetic));
    assert!(!texts(&pieces)[1].starts_with("https"));
    // The sentence that begins with an address is another matter.
    let source = format!(
        "{} {url} is here for you to read and to share.",
        sentence(280)
    );
    assert_breaks(&source, &["Word", url]);
}

#[test]
fn tags_and_mentions_do_not_stand_alone_where_a_sentence_can_go_with_them() {
    let tags = "@a.example.com #one #two #three #four";
    let source = format!("{} Last words, five of them.\n\n{tags}", sentence(260));
    assert_breaks(&source, &["Word", "Last words, five of"]);
    let source = format!("{}\n\n{tags}", sentence(290));
    assert_breaks(&source, &["Word", "@a.example.com #one"]);
}

#[test]
fn what_a_colon_announces_stays_with_it() {
    let source = format!("{} Here they are:\n\n- {}", sentence(200), sentence(120));
    assert_breaks(&source, &["Word", "Here they are:"]);
}

#[test]
fn an_item_of_a_list_stays_whole() {
    let item = format!("- {} And more of it.\n", sentence(120));
    assert_breaks(&item.repeat(3), &["• Word", "• Word"]);
    let source = format!(
        "- {}\n- Short.\n  {} And more of it here.",
        sentence(180),
        sentence(120)
    );
    assert_breaks(&source, &["• Word", "• Short."]);
}

#[test]
fn the_end_of_a_line_inside_a_sentence_is_no_good_break() {
    let wrapped = format!(
        "{} Some words\nthat go on here. Other words.",
        sentence(280)
    );
    assert_breaks(&wrapped, &["Word", "Some words"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn prose_with_addresses_and_tags_breaks_well(
        paragraphs in prop::collection::vec("[A-Z][a-z]{1,9}( [a-z]{1,9},?){5,24}\\.( [A-Z][a-z]{1,9}( [a-z]{1,9},?){5,24}\\.){0,4}(\nhttps://a\\.com/[a-z]{5,40})?", 1..6),
        tags in "(\n\n#one #two( #[a-z]{3,9}){0,8})?",
        is_numbered: bool,
    ) {
        let source = format!("{}{tags}", paragraphs.join("\n\n"));
        let template = Numbering::parse("{n}/{total}").unwrap();
        let pieces = split(parts(&source), is_numbered.then_some(&template)).unwrap();
        let total = pieces.len();
        for (index, piece) in pieces.iter().enumerate() {
            prop_assert!(piece.check_length().is_none());
            let mut text = piece.text.text();
            if is_numbered && total > 1 {
                let label = template.label(index + 1, total);
                text = text.strip_suffix(&label).unwrap().trim_end();
            }
            // All words are short, so that nothing is unavoidable.
            prop_assert!(text.split_whitespace().count() > 3 || text.starts_with('#'), "{text}");
            prop_assert!(!text.starts_with("https://"), "{text}");
        }
    }
}

/// As [`cost::Words`] has it, letter by letter.
fn counted(text: &RichText, range: Range<usize>) -> (usize, usize) {
    let labels = text.facets().iter();
    let labels = labels.filter(|facet| !matches!(facet.feature, Feature::Link(_)));
    let labels: Vec<_> = labels.map(|facet| &facet.range).collect();
    let (mut words, mut others) = (0, 0);
    let mut was_space = true;
    for (at, c) in text.text()[range.clone()].char_indices() {
        if !c.is_whitespace() && (was_space || breaks::is_cjk(c)) {
            words += 1;
            let at = range.start + at;
            others += usize::from(!labels.iter().any(|label| label.contains(&at)));
        }
        was_space = c.is_whitespace();
    }
    (words, others)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn words_found_once_are_those_of_every_piece(
        source in "([a-z]{1,9}|[a-z]{70,90}|日本語|日本#tag|👩‍🚀|#tag|@a\\.com|https://a\\.com/x|\u{a0}){1}(( |\\n\\n|)([a-z]{1,9}|日本|#tag|#tag|@a\\.com|https://a\\.com/x)){0,12}",
    ) {
        let part = parts(&source).remove(0);
        let words = cost::Words::new(&part.text);
        let all = breaks_and_end(&part, &Ruler::new(part.text.text()));
        let starts = [0].into_iter().chain(all.iter().map(|place| place.after));
        for (first, start) in starts.enumerate() {
            for end in all.iter().skip(first) {
                let (found, others) = words.count(start..end.before);
                let (expected, expected_others) = counted(&part.text, start..end.before);
                prop_assert_eq!(found.min(4), expected.min(4));
                prop_assert_eq!(others == 0, expected_others == 0);
            }
        }
    }
}
