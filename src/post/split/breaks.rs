//! The places where a text may be broken, and how well.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::post::{Facet, RichText, rich_text::detect::starts_with_link};

/// Stretches of more graphemes than this, without any other place, may be broken anywhere.
const UNBROKEN: usize = 60;

/// What a break lies between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of the text.
    End,
    Paragraph,
    Line,
    Sentence,
    /// Behind a comma, a semicolon, a colon or a dash, or at the end of a line in a sentence.
    Clause,
    Word,
    /// Inside a very long word.
    Grapheme,
}

/// A piece may end at byte `before`; the next then begins at byte `after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Break {
    pub(super) before: usize,
    pub(super) after: usize,
    pub(super) kind: Kind,
}

/// Counts the graphemes of any stretch of a text.
pub(super) struct Ruler<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Ruler<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let starts = text.grapheme_indices(true).map(|(at, _)| at).collect();
        Self { text, starts }
    }

    /// Graphemes in a range that begins and ends between graphemes.
    pub(super) fn count(&self, range: Range<usize>) -> usize {
        self.index(range.end) - self.index(range.start)
    }

    fn index(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start < at)
    }
}

/// Graphemes as the server counts them.
pub(super) fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

/// Where the text may be broken, in order.
pub(super) fn find(text: &RichText, ruler: &Ruler<'_>) -> Vec<Break> {
    let mut breaks = between_words(ruler);
    let mut facets = text.facets();
    breaks.retain(|place| is_outside(&mut facets, place));
    break_long_words(text, ruler, breaks)
}

fn between_words(ruler: &Ruler<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    let mut before = 0;
    let mut was_space = true;
    let mut last = "";
    for (at, grapheme) in ruler.text.grapheme_indices(true) {
        let is_space = grapheme.chars().all(|c| c.is_whitespace() && !is_glue(c));
        if !is_space && was_space && at > 0 {
            breaks.extend(space_break(ruler.text, before..at));
        } else if !is_space && !was_space {
            breaks.extend(tight_break(last, grapheme, at));
        }
        if is_space && !was_space {
            before = at;
        }
        was_space = is_space;
        last = grapheme;
    }
    breaks
}

/// A break in white space; none behind a bullet, a list number or a quote's mark.
fn space_break(text: &str, space: Range<usize>) -> Option<Break> {
    let breaks = text[space.clone()].matches('\n').count();
    let line = text[..space.start].rfind('\n').map_or(0, |at| at + 1);
    let written = text[line..space.start].trim();
    if space.start == 0 || (is_marker(written) && breaks == 0) {
        return None;
    }
    let kind = match breaks {
        0 if ends_sentence(&text[..space.start], &text[space.end..]) => Kind::Sentence,
        0 if text[..space.start].ends_with([',', ';', ':', '–', '—', '、', '，', '；']) => {
            Kind::Clause
        }
        0 => Kind::Word,
        1 if goes_on(&text[..space.start], &text[space.end..]) => Kind::Clause,
        1 => Kind::Line,
        _ => Kind::Paragraph,
    };
    Some(Break {
        before: space.start,
        after: space.end,
        kind,
    })
}

/// Whether a line's first word is a bullet, the number of an item or the mark of a quote.
pub(super) fn is_marker(word: &str) -> bool {
    let is_number = word.ends_with(['.', ')']) && word.starts_with(|c: char| c.is_ascii_digit());
    let is_mark =
        |c: char| matches!(c, '•' | '>' | ' ') || (is_number && matches!(c, '0'..='9' | '.' | ')'));
    word.chars().all(is_mark)
}

/// A break without white space, as Chinese and Japanese have them.
fn tight_break(last: &str, next: &str, at: usize) -> Option<Break> {
    let kind = if last.ends_with(['。', '！', '？']) && !closes(next) {
        Kind::Sentence
    } else if last.ends_with(is_cjk) && next.starts_with(is_cjk) {
        Kind::Word
    } else {
        return None;
    };
    Some(Break {
        before: at,
        after: at,
        kind,
    })
}

fn ends_sentence(before: &str, behind: &str) -> bool {
    let bare = before.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '*']);
    let word = bare
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or("");
    let stem = word.trim_end_matches('.');
    // `e.g.`, `Dr.`, initials, and numbers of things end no sentence.
    let is_short = word.ends_with('.')
        && (stem.chars().count() < 2 || stem.contains('.') && stem.len() < 5 || is_title(stem));
    bare.ends_with(['.', '!', '?', '…', '。', '！', '？'])
        && !is_short
        && (!behind.starts_with(char::is_lowercase) || starts_with_link(behind))
}

/// Whether a sentence goes on behind the end of a line.
fn goes_on(before: &str, behind: &str) -> bool {
    let is_over = before.ends_with(['.', '!', '?', '…', ':', ';']);
    !is_over && behind.starts_with(char::is_lowercase) && !starts_with_link(behind)
}

fn is_title(word: &str) -> bool {
    [
        "Dr", "Mr", "Mrs", "Ms", "Prof", "St", "vs", "etc", "No", "cf",
    ]
    .contains(&word)
}

fn closes(grapheme: &str) -> bool {
    grapheme.starts_with(['」', '』', '）', '。', '、', '！', '？', '”', '’', ')', ']'])
}

/// White space that holds words together.
fn is_glue(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{202f}' | '\u{2007}')
}

/// Kana and Han: scripts without spaces, breakable between characters.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a break lies in no facet. `facets` loses those that end before it.
fn is_outside(facets: &mut &[Facet], place: &Break) -> bool {
    while let [first, rest @ ..] = *facets
        && first.range.end <= place.before
    {
        *facets = rest;
    }
    facets
        .first()
        .is_none_or(|facet| place.after <= facet.range.start)
}

/// Adds every place between graphemes to stretches that have none for long.
fn break_long_words(text: &RichText, ruler: &Ruler<'_>, breaks: Vec<Break>) -> Vec<Break> {
    let mut all = Vec::with_capacity(breaks.len());
    let mut facets = text.facets();
    let mut start = 0;
    let end = text.text().len();
    let ends = breaks.iter().map(|place| place.before).chain([end]);
    for (number, stretch_end) in ends.enumerate() {
        if ruler.count(start..stretch_end) > UNBROKEN {
            let inside = ruler.index(start) + 1..ruler.index(stretch_end);
            let anywhere = ruler.starts[inside].iter().map(|at| Break {
                before: *at,
                after: *at,
                kind: Kind::Grapheme,
            });
            all.extend(anywhere.filter(|place| is_outside(&mut facets, place)));
        }
        if let Some(place) = breaks.get(number) {
            all.push(*place);
            start = place.after;
        }
    }
    all
}
