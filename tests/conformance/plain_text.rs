//! A text that Markdown gives no meaning goes out as it stands, and as the official app sends it.
//!
//! What Markdown does to any text is allowed, and nothing else: spaces and tabs at both ends of a
//! line go, a line without any other character is blank, and Windows' line ends are line ends.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};
use updraft::post::{Facet, rich_text};

use crate::{
    facets::{assert_same, official},
    official::ask,
    texts,
};

/// What the app would send, less what Markdown takes from any text.
fn expected(texts: &[String]) -> Option<Vec<String>> {
    let question = |text: &String| json!({ "clean": text.replace("\r\n", "\n") });
    let questions: Vec<Value> = texts.iter().map(question).collect();
    let trimmed = |answer: &Value| {
        let text = answer["clean"].as_str().unwrap();
        let lines: Vec<&str> = text
            .split('\n')
            .map(|line| line.trim_matches([' ', '\t']))
            .collect();
        lines.join("\n").trim_matches('\n').to_owned()
    };
    Some(ask(&questions)?.iter().map(trimmed).collect())
}

/// Markdown that means just this text: all punctuation as character references.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let mut at_start = true;
    for c in text.chars() {
        match c {
            ' ' | '\t' if at_start => {}
            c if c.is_ascii_punctuation() => escaped.push_str(&format!("&#{};", u32::from(c))),
            c => escaped.push(c),
        }
        at_start = c == '\n' || c == '\r' || at_start && matches!(c, ' ' | '\t');
    }
    escaped
}

/// Whether CommonMark reads nothing but paragraphs of text.
fn is_plain(text: &str) -> bool {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    !text.contains(['\\', '&'])
        && !text.contains("]:")
        && Parser::new_ext(text, options).all(|event| {
            matches!(
                event,
                Event::Start(Tag::Paragraph)
                    | Event::End(TagEnd::Paragraph)
                    | Event::Text(_)
                    | Event::SoftBreak
                    | Event::HardBreak
            )
        })
}

/// With line ends of one kind, Windows' in every other text, so that `\r` and `\n` are never torn;
/// without U+FEFF, which the official client loses where it cuts a text, and without blank lines
/// at their start, which Markdown drops and the app sends.
fn tricky(seed: u64) -> Vec<String> {
    let texts = texts::tricky(seed, 10_000).into_iter();
    let one_kind = |(number, text): (usize, String)| {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        text.replace('\n', ["\n", "\r\n"][number % 2])
    };
    texts
        .enumerate()
        .map(one_kind)
        .map(|text| text.replace('\u{feff}', ""))
        .map(|text| text.trim_start_matches([' ', '\t', '\r', '\n']).to_owned())
        .collect()
}

fn compare(sources: &[String], texts: &[String]) {
    let Some(expected) = expected(texts) else {
        return;
    };
    let parts: Vec<_> = sources
        .iter()
        .map(|source| rich_text::parse(source, 0..source.len()).0)
        .collect();
    let mut wrong = Vec::new();
    for ((source, parts), expected) in sources.iter().zip(&parts).zip(&expected) {
        if parts.len() != 1 || parts[0].text.text() != expected {
            let found: Vec<&str> = parts.iter().map(|part| part.text.text()).collect();
            wrong.push(format!(
                "{source:?}\n  official {expected:?}\n  found    {found:?}"
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
    let found: Vec<Vec<Facet>> = parts
        .iter()
        .map(|parts| parts[0].text.facets().to_vec())
        .collect();
    assert_same(&expected, &official(&expected).unwrap(), &found);
}

#[test]
fn ten_thousand_escaped_texts_go_out_as_the_app_sends_them() {
    let texts = tricky(3);
    let sources: Vec<String> = texts.iter().map(|text| escaped(text)).collect();
    compare(&sources, &texts);
}

#[test]
fn a_text_without_any_markdown_goes_out_as_the_app_sends_it() {
    let mut texts = tricky(4);
    texts.retain(|text| is_plain(text));
    assert!(texts.len() > 2_000, "{}", texts.len());
    compare(&texts, &texts);
}
