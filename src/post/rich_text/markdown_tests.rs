#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::{
    diagnostic::Code,
    post::{Feature, RichText},
};

fn read(source: &str) -> (Vec<DraftPart>, Vec<Diagnostic>) {
    parse(source, 0..source.len())
}

/// The one part's text, when nothing at all is wrong.
#[track_caller]
fn text(source: &str) -> String {
    let (parts, diagnostics) = read(source);
    assert_eq!(diagnostics, []);
    assert_eq!(parts.len(), 1);
    parts[0].text.text().to_owned()
}

/// Text of the one part, whatever is said about it.
fn shown(source: &str) -> String {
    read(source).0[0].text.text().to_owned()
}

/// Facets as `words → value`.
fn facets(source: &str) -> Vec<String> {
    let text: RichText = read(source).0[0].text.clone();
    let show = |facet: &crate::post::Facet| {
        let (Feature::Link(value) | Feature::Mention(value) | Feature::Tag(value)) = &facet.feature;
        format!("{} → {value}", &text.text()[facet.range.clone()])
    };
    text.facets().iter().map(show).collect()
}

/// Each diagnostic's code with the file's words at its place.
fn found(source: &str) -> Vec<(Code, &str)> {
    let place = |d: Diagnostic| (d.code, &source[d.span.unwrap()]);
    read(source).1.into_iter().map(place).collect()
}

#[test]
fn paragraphs_and_lines_stay_as_typed() {
    assert_eq!(text("a\nb  \nc\\\nd\n\n\n\ne\n"), "a\nb\nc\nd\n\ne");
    assert_eq!(text("a\r\nb\r\n\r\nc\r\n"), "a\nb\n\nc");
    assert_eq!(
        text("two  spaces — “as typed”..."),
        "two  spaces — “as typed”..."
    );
}

#[test]
fn a_thematic_break_begins_the_next_part() {
    let (parts, diagnostics) = read("one\n\n---\n\ntwo\n\n***\nthree\n");
    let texts: Vec<_> = parts.iter().map(|part| part.text.text()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert_eq!(diagnostics, []);
    assert_eq!(parts[1].span, 10..13);
}

#[test]
fn text_above_dashes_is_a_mistake_and_says_the_remedy() {
    let source = "one\n---\n\ntwo";
    assert_eq!(found(source), [(Code::SetextHeading, "---")]);
    let help = read(source).1[0].help.clone().unwrap();
    assert_eq!(
        help,
        "put a blank line before it to begin the next post of the thread"
    );
    assert_eq!(found("#tag here\n==="), [(Code::SetextHeading, "===")]);
}

#[test]
fn links_become_facets() {
    let source = "See [the *notes*](https://example.com/n), <https://a.example/x> and [ref].\n\n[ref]: https://b.example 'title'";
    assert_eq!(shown(source), "See the notes, https://a.example/x and ref.");
    assert_eq!(
        facets(source),
        [
            "the notes → https://example.com/n",
            "https://a.example/x → https://a.example/x",
            "ref → https://b.example",
        ]
    );
    assert_eq!(
        facets("<a@b.example>"),
        ["a@b.example → mailto:a@b.example"]
    );
    assert_eq!(
        facets("[](https://a.example)"),
        ["https://a.example → https://a.example"]
    );
    assert_eq!(text("broken [x][y] stays"), "broken [x][y] stays");
}

#[test]
fn a_link_to_no_absolute_address_is_a_mistake() {
    for (source, help) in [
        ("[x](example.com)", "write `https://example.com`"),
        (
            "[x](other.txt)",
            "write the whole address, beginning with `https://`",
        ),
        (
            "[x]()",
            "write the whole address, beginning with `https://`",
        ),
        ("[x](<https://a.example/b c>)", "write `%20` for each space"),
    ] {
        assert_eq!(found(source), [(Code::InvalidLink, source)]);
        assert_eq!(read(source).1[0].help.as_deref(), Some(help));
    }
    assert_eq!(
        found("[x](javascript:alert)"),
        [(Code::InvalidLink, "[x](javascript:alert)")]
    );
}

#[test]
fn plain_words_are_detected_as_the_official_client_does() {
    assert_eq!(
        facets("Hi @Alice.example.com, see example.com/x. #rust $aapl"),
        [
            "@Alice.example.com → alice.example.com",
            "example.com/x → https://example.com/x",
            "#rust → rust",
            "$aapl → $AAPL",
        ]
    );
    assert_eq!(
        facets("&#64;a.example.com &amp; #b&amp;c"),
        ["@a.example.com → a.example.com", "#b&c → b&c"]
    );
    assert_eq!(facets("**#bold** #in*side*").len(), 2);
}

#[test]
fn a_backslash_in_front_keeps_facets_plain_and_disappears() {
    for source in [
        r"\@a.example.com",
        r"\#tag",
        r"\＃tag",
        r"\$AAPL",
        r"\https://a.com",
        r"see \README.md",
        r"(\example.com)",
        "line\n\\example.com",
    ] {
        assert_eq!(facets(source), [""; 0], "{source}");
        assert_eq!(text(source), source.replacen('\\', "", 1));
    }
    assert_eq!(text(r"C:\new \n \x"), r"C:\new \n \x");
    assert_eq!(text(r"1 \* 2 \\ 3 &lt;b&gt;"), r"1 * 2 \ 3 <b>");
}

#[test]
fn code_and_link_text_hold_no_other_facets() {
    let source = "`#tag @a.example.com` [#tag](https://a.example)";
    assert_eq!(facets(source), ["#tag → https://a.example"]);
    assert_eq!(
        found(source),
        [(Code::LostFormatting, "`#tag @a.example.com`")]
    );
    let block = "```sh\necho #tag\r\n\r\n  two  \n```\n";
    assert_eq!(shown(block), "echo #tag\n\n  two");
    assert_eq!(facets(block), [""; 0]);
}

#[test]
fn each_kind_of_lost_formatting_is_one_warning_that_names_its_places() {
    let source = "# Title\n\nSome **bold**, *lean* and ~~gone~~ `code`.\n\n---\n\n**More** and\n\n**more** and **more**.\n";
    let (parts, diagnostics) = read(source);
    assert_eq!(
        parts[0].text.text(),
        "Title\n\nSome bold, lean and gone code."
    );
    let said: Vec<_> = diagnostics
        .iter()
        .map(|d| (&source[d.span.clone().unwrap()], d.message.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                "# Title\n",
                "Bluesky can't show headings: only the words are left"
            ),
            (
                "**bold**",
                "Bluesky can't show bold: only the words are left, here and in 3 more places (lines 7 and 9)"
            ),
            (
                "*lean*",
                "Bluesky can't show emphasis: only the words are left"
            ),
            (
                "~~gone~~",
                "Bluesky can't show strikethrough: only the words are left"
            ),
            ("`code`", "Bluesky can't show code: only the words are left"),
        ]
    );
    assert_eq!(text("from 5~10 and 20~30"), "from 5~10 and 20~30");
}

#[test]
fn each_kind_that_is_refused_is_one_error_that_names_its_places() {
    let source = "a <b>c</b> <i>d</i>\n\n---\n\n<u>\n\n---\n\n| a |\n|---|\n";
    let (parts, diagnostics) = read(source);
    assert_eq!(parts.len(), 3);
    let messages: Vec<_> = diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "Bluesky can't show HTML, here and in 2 more places (lines 1 and 5)",
            "Bluesky can't show tables",
        ]
    );
    let many = "<u>x</u>\n".repeat(8);
    assert_eq!(
        read(&many).1[0].message,
        "Bluesky can't show HTML, here and in 7 more places (lines 2, 3, 4, 5, 6 …)"
    );
}

#[test]
fn text_that_is_the_address_of_no_link_is_not_lost_without_a_word() {
    let source = "One [a][Ref  one] ![b][pic]\n\n[ref One]: https://a.example\n[pic]: b.png\n[note]: lost.\n";
    assert_eq!(shown(source), "One a");
    assert_eq!(found(source), [(Code::LostFormatting, "[note]: lost.")]);
    assert_eq!(text("\\[note]: kept"), "[note]: kept");
}

#[test]
fn titles_of_links_and_pictures_are_left_out_with_a_warning() {
    let source = "[a](https://a.example \"one\") ![b](b.png 'two') [c](https://c.example)";
    assert_eq!(shown(source), "a c");
    assert_eq!(
        found(source),
        [(Code::LostFormatting, "[a](https://a.example \"one\")")]
    );
    assert_eq!(
        read(source).1[0].message,
        "Bluesky can't show titles of links and pictures: they are left out, here and in 1 more place (line 1)"
    );
}

#[test]
fn lists_and_quotes_keep_their_marks() {
    assert_eq!(
        text("Intro:\n- one\n  more\n- two\n  1. deep\n  2. deeper\n\nend"),
        "Intro:\n• one\n  more\n• two\n  1. deep\n  2. deeper\n\nend"
    );
    assert_eq!(text("3. a\n\n4. b"), "3. a\n\n4. b");
    assert_eq!(text("1) a\n2) b"), "1) a\n2) b");
    assert_eq!(text("- [ ] task"), "• [ ] task");
    assert_eq!(text("> a\n> b\n>\n> c\n\nd"), "> a\n> b\n>\n> c\n\nd");
    assert_eq!(text("> - a\n> - b"), "> • a\n> • b");
}

#[test]
fn what_bluesky_cannot_show_is_a_mistake() {
    assert_eq!(
        found("| a | b |\n|---|---|\n| 1 | 2 |\n\nok"),
        [(Code::UnsupportedMarkdown, "| a | b |\n|---|---|\n| 1 | 2 |")]
    );
    assert_eq!(found("a <b>c</b>"), [(Code::UnsupportedMarkdown, "<b>")]);
    assert_eq!(
        found("<div>\nx\n</div>\n"),
        [(Code::UnsupportedMarkdown, "<div>\nx\n</div>")]
    );
    assert_eq!(found("a[^1]\n\n[^1]: note").len(), 1);
    assert_eq!(found("> ***\n\na"), [(Code::UnsupportedMarkdown, "***")]);
}

#[test]
fn comments_are_for_authors_only() {
    assert_eq!(
        text("a\n\n<!-- ask Bo\n\n---\n-->\n\nb <!-- no --> c"),
        "a\n\nb c"
    );
    assert_eq!(
        found("a\n\n<!-- open\n\nb"),
        [(Code::UnsupportedMarkdown, "<!-- open\n\nb")]
    );
    assert_eq!(
        found("<!-- a --> lost"),
        [(Code::UnsupportedMarkdown, "<!-- a --> lost")]
    );
}

#[test]
fn pictures_leave_clean_text() {
    let (parts, diagnostics) =
        read("a\n\n![The *alt*](my%20dir/p.png)\n\nb ![x][r], c\n![y](y.png)\nd\n\n[r]: r.png");
    assert_eq!(diagnostics, []);
    assert_eq!(parts[0].text.text(), "a\n\nb, c\nd");
    let pictures: Vec<_> = parts[0]
        .pictures
        .iter()
        .map(|p| (p.path.as_str(), p.alt.as_str()))
        .collect();
    assert_eq!(
        pictures,
        [
            ("my%20dir/p.png", "The alt"),
            ("r.png", "x"),
            ("y.png", "y")
        ]
    );
    assert_eq!(text("![a](b.png)"), "");
    assert_eq!(text("![a](b.png) text"), "text");
}

#[test]
fn empty_parts_are_mistakes() {
    assert_eq!(found(""), [(Code::EmptyPost, "")]);
    assert_eq!(found("a\n\n---\n\n---\n\nb"), [(Code::EmptyPost, "---")]);
    assert_eq!(
        read("a\n\n---\n").1[0].message,
        "part 2 of the thread is empty"
    );
}

#[test]
fn a_file_name_that_becomes_a_link_is_worth_a_word() {
    let (_, diagnostics) = read("Read README.md and docs.rs, www.example.rs, example.com/a.md");
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(
        diagnostics[0].message,
        "`README.md` becomes a link to https://README.md"
    );
    let help = diagnostics[0].help.clone().unwrap();
    assert_eq!(
        help,
        "write `\\README.md` to keep it plain text, or `https://README.md` if you mean the site"
    );
}

#[test]
fn mentions_and_tags_that_cannot_be_are_mistakes() {
    assert_eq!(found("hi @a..com"), [(Code::InvalidMention, "@a..com")]);
    let long = format!("é #{}", "a".repeat(65));
    assert_eq!(found(&long), [(Code::InvalidTag, &long[3..])]);
}

#[test]
fn places_are_bytes_of_the_whole_file() {
    let source = "\u{feff}---\r\n---\r\né **b** &amp; x\r\ny @a..com\r\n";
    let (parts, diagnostics) = parse(source, 13..source.len());
    let mention = diagnostics
        .iter()
        .find(|d| d.code == Code::InvalidMention)
        .unwrap();
    assert_eq!(&source[mention.span.clone().unwrap()], "@a..com");
    let at = parts[0].text.text().find('y').unwrap();
    assert_eq!(&source[parts[0].locate(at..at + 1)], "y");
}

proptest! {
    #[test]
    fn nothing_panics_and_facets_fit(
        source in "([ \\n>*_`~#@$\\[\\]()!<&;\\\\-]|\\r\\n|\\n\\n|---|- |1\\. |> |    |\\t|```|<!--|-->|\\!\\[a\\]\\(b\\)|\\[x\\]\\(https://a\\.b/c\\)|https://a\\.com|README\\.md|@a\\.com|#t|\\$AA|\\[\\^1\\]|\\|-\\||😀|e\u{301}|[a-z]{1,3}|\\PC){0,60}"
    ) {
        let (parts, diagnostics) = parse(&source, 0..source.len());
        prop_assert!(!parts.is_empty());
        for part in &parts {
            let whole = RichText::new(part.text.text().to_owned(), part.text.facets().to_vec());
            prop_assert!(whole.is_some());
            prop_assert!(!part.text.text().contains('\r') || source.contains("&"));
            for facet in part.text.facets() {
                prop_assert!(source.get(part.locate(facet.range.clone())).is_some());
            }
        }
        for diagnostic in diagnostics {
            prop_assert!(source.get(diagnostic.span.unwrap()).is_some());
        }
    }
}

#[test]
fn white_space_as_an_entity_stays_where_it_is() {
    for (body, text) in [
        ("a&#32;\nb&#10;", "a \nb\n"),
        ("&#32;a\n\n&#10;b&#13;\nc&nbsp;", " a\n\n\nb\r\nc\u{a0}"),
        ("a\n&#32;\n&#8203;\nb", "a\n \n\u{200b}\nb"),
    ] {
        let (parts, mistakes) = parse(body, 0..body.len());
        assert_eq!((parts[0].text.text(), mistakes.len()), (text, 0), "{body}");
    }
}
