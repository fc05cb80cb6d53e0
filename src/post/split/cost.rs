//! How well pieces and the breaks between them read: the lower the cost, the better.

use std::ops::Range;

use super::breaks::{Break, Kind, is_cjk, is_marker};
use crate::post::{
    Feature,
    rich_text::{DraftPart, RichText},
};

/// What one more post costs; the other costs are relative to it.
const POST: f64 = 1.0;
/// Pieces of so few words are to be avoided at any price but a cut word.
const WIDOW_WORDS: usize = 3;

/// Pieces of like length read best, none of a few words, and none of tags and mentions alone.
pub(super) fn of_piece(words: &Words<'_>, range: Range<usize>, empty: f64) -> f64 {
    let (words, others) = words.count(range);
    let oddity = match (words <= WIDOW_WORDS, others == 0) {
        (true, true) => 6.0,
        (true, false) => 9.0,
        (false, true) => 2.4,
        (false, false) => 0.0,
    };
    POST * (1.0 + 0.6 * empty * empty + oddity)
}

/// What a break costs by itself.
pub(super) fn of_break(part: &DraftPart, place: &Break) -> f64 {
    let kind = match place.kind {
        Kind::End => return 0.0,
        Kind::Paragraph => 0.0,
        Kind::Line => 0.4,
        Kind::Sentence => 1.6,
        Kind::Clause => 5.0,
        Kind::Word => 8.0,
        Kind::Grapheme => 50.0,
    };
    let before = &part.text.text()[..place.before];
    // A colon announces something.
    let announced = if before.ends_with([':', '：']) {
        2.5
    } else {
        0.0
    };
    let item = if is_in_item(part, place) { 2.0 } else { 0.0 };
    POST * (kind + announced + item + before_facet(part, place))
}

/// A link or tag belongs to what is said before it.
fn before_facet(part: &DraftPart, place: &Break) -> f64 {
    let mut facets = part.text.facets().iter();
    let Some(facet) = facets.find(|facet| facet.range.start == place.after) else {
        return 0.0;
    };
    let text = part.text.text();
    let line = text[facet.range.end..].split('\n').next().unwrap_or("");
    let ends_line = !line.contains(char::is_alphanumeric);
    match facet.feature {
        Feature::Mention(_) => 0.0,
        // The address of what stands before it; of a list of addresses, the next one is less bad.
        Feature::Link(_) if part.is_typed(&facet.range) && ends_line => {
            let is_next = part
                .text
                .facets()
                .iter()
                .any(|last| last.range.end == place.before && part.is_typed(&last.range));
            if is_next { 5.0 } else { 9.0 }
        }
        Feature::Link(_) | Feature::Tag(_) => 0.8,
    }
}

/// Whether a break tears an item of a list.
fn is_in_item(part: &DraftPart, place: &Break) -> bool {
    let text = part.text.text();
    let line_start = text[..place.before].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[line_start..place.before];
    let starts_item = |line: &str| {
        let mark = line.trim_start().split(' ').next().unwrap_or("");
        !mark.is_empty() && mark != line.trim_start() && is_marker(mark)
    };
    match place.kind {
        Kind::End | Kind::Paragraph => false,
        // An item goes on in lines that are indented, and have no mark.
        Kind::Line => {
            let next_start = text[..place.after].rfind('\n').map_or(0, |at| at + 1);
            let next = text[next_start..].split('\n').next().unwrap_or("");
            next.starts_with("  ") && !starts_item(next)
        }
        _ => starts_item(line) || line.starts_with("  "),
    }
}

/// Where the words of a text begin: found once, since each stretch of it may become a piece.
pub(super) struct Words<'a> {
    text: &'a str,
    /// In order. A character of a script without spaces counts as a word.
    starts: Vec<usize>,
    /// Tags and mentions, in order.
    labels: Vec<Range<usize>>,
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a RichText) -> Self {
        let mut starts = Vec::new();
        let mut was_space = true;
        for (at, c) in text.text().char_indices() {
            if !c.is_whitespace() && (was_space || is_cjk(c)) {
                starts.push(at);
            }
            was_space = c.is_whitespace();
        }
        let labels = text.facets().iter();
        let labels = labels.filter(|facet| !matches!(facet.feature, Feature::Link(_)));
        Self {
            text: text.text(),
            starts,
            labels: labels.map(|facet| facet.range.clone()).collect(),
        }
    }

    /// How many words a piece has, and how many of them outside tags and mentions; it stops where
    /// more would change nothing. What a break leaves of a word is one too.
    pub(super) fn count(&self, range: Range<usize>) -> (usize, usize) {
        let is_rest = self.text[range.clone()].starts_with(|c: char| !c.is_whitespace());
        let rest = is_rest.then_some(range.start);
        let first = self.starts.partition_point(|start| *start <= range.start);
        let whole = self.starts[first..].iter().copied();
        let whole = whole.take_while(|start| *start < range.end);
        let (mut words, mut others) = (0, 0);
        for start in rest.into_iter().chain(whole) {
            words += 1;
            others += usize::from(!self.is_label(start));
            if words > WIDOW_WORDS && others > 0 {
                break;
            }
        }
        (words, others)
    }

    fn is_label(&self, at: usize) -> bool {
        let next = self.labels.partition_point(|label| label.end <= at);
        let label = self.labels.get(next);
        label.is_some_and(|label| label.contains(&at))
    }
}
