//! `split: auto`: breaks parts that are too long for one post where a reader would pause, and
//! numbers the posts of a thread.

mod breaks;
mod cost;
mod length;
mod numbering;

use std::ops::Range;

use super::{limits, rich_text::DraftPart};
use crate::diagnostic::{Code, Diagnostic};
use breaks::{Break, Kind, Ruler};
pub use numbering::Numbering;

/// The parts, with those that are too long broken at paragraphs, else sentences, else words; never
/// inside a facet or a grapheme. White space at a break is dropped; pictures stay with the
/// first piece, what became a card or a quote with the last. With `numbering`, each part of a thread of several ends in its number.
///
/// Errors: a facet longer than a post, a part longer than a thread.
pub fn split(
    parts: Vec<DraftPart>,
    numbering: Option<&Numbering>,
) -> Result<Vec<DraftPart>, Diagnostic> {
    // The search takes as long as the text: it is only begun where it can end well.
    if let Some(mistake) = parts.iter().find_map(longer_than_a_thread) {
        return Err(mistake);
    }
    let plain = split_all(&parts, &Room::default())?;
    let Some(numbering) = numbering.filter(|_| plain.len() > 1) else {
        return Ok(plain);
    };
    let mut digits = digits(plain.len());
    loop {
        let pieces = split_all(&parts, &Room::beside(&numbering.widest(digits)))?;
        if self::digits(pieces.len()) <= digits {
            return Ok(number(pieces, numbering));
        }
        digits += 1;
    }
}

/// The parts as they are, each ending in its number if there are several.
///
/// Errors: every part that is too long, by itself or for its number.
pub fn number_only(
    parts: Vec<DraftPart>,
    numbering: &Numbering,
) -> Result<Vec<DraftPart>, Vec<Diagnostic>> {
    let mut mistakes: Vec<_> = parts.iter().filter_map(DraftPart::check_length).collect();
    if parts.len() < 2 {
        return if mistakes.is_empty() {
            Ok(parts)
        } else {
            Err(mistakes)
        };
    }
    let numbered = number(parts.clone(), numbering);
    let pairs = parts.iter().zip(&numbered);
    mistakes.extend(pairs.filter_map(|(plain, numbered)| plain.check_room_for(numbered)));
    if mistakes.is_empty() {
        Ok(numbered)
    } else {
        Err(mistakes)
    }
}

fn digits(number: usize) -> u32 {
    number.checked_ilog10().unwrap_or(0) + 1
}

fn number(pieces: Vec<DraftPart>, numbering: &Numbering) -> Vec<DraftPart> {
    let total = pieces.len();
    let label = |(index, piece): (usize, DraftPart)| {
        let suffix = format!("{}{}", separator(&piece), numbering.label(index + 1, total));
        piece.with_suffix(&suffix)
    };
    pieces.into_iter().enumerate().map(label).collect()
}

/// A space, unless the number would read as part of a link, a list or a quote.
fn separator(piece: &DraftPart) -> &'static str {
    let text = piece.text.text();
    let last_line = text.rsplit('\n').next().unwrap_or("");
    let ends_in_facet = piece
        .text
        .facets()
        .last()
        .is_some_and(|f| f.range.end == text.len());
    if text.is_empty() {
        ""
    } else if ends_in_facet || last_line.starts_with(['•', '>', ' ']) {
        "\n"
    } else {
        " "
    }
}

/// What a piece may hold.
struct Room {
    graphemes: usize,
    bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            graphemes: limits::TEXT_GRAPHEMES,
            bytes: limits::TEXT_BYTES,
        }
    }
}

impl Room {
    /// What is left beside a number and the separator before it.
    fn beside(label: &str) -> Self {
        let full = Self::default();
        Self {
            graphemes: full.graphemes - breaks::graphemes(label) - 1,
            bytes: full.bytes - label.len() - 1,
        }
    }

    fn holds(&self, ruler: &Ruler<'_>, range: Range<usize>) -> bool {
        range.len() <= self.bytes && ruler.count(range) <= self.graphemes
    }
}

fn split_all(parts: &[DraftPart], room: &Room) -> Result<Vec<DraftPart>, Diagnostic> {
    let mut pieces = Vec::new();
    for part in parts {
        pieces.extend(split_part(part, room)?);
    }
    Ok(pieces)
}

fn split_part(part: &DraftPart, room: &Room) -> Result<Vec<DraftPart>, Diagnostic> {
    let ruler = Ruler::new(part.text.text());
    if room.holds(&ruler, 0..part.text.text().len()) {
        return Ok(vec![part.clone()]);
    }
    let ranges =
        best_ranges(part, &ruler, room).ok_or_else(|| too_long_facet(part, &ruler, room))?;
    let mut pieces: Vec<_> = ranges.into_iter().map(|range| part.piece(range)).collect();
    if let Some(first) = pieces.first_mut() {
        first.pictures.clone_from(&part.pictures);
    }
    if let Some(last) = pieces.last_mut() {
        last.embedded.clone_from(&part.embedded);
    }
    Ok(pieces)
}

/// The cheapest way to cover the text, found from its end: `None` if something doesn't fit.
fn best_ranges(part: &DraftPart, ruler: &Ruler<'_>, room: &Room) -> Option<Vec<Range<usize>>> {
    let breaks = breaks_and_end(part, ruler);
    let break_costs: Vec<f64> = breaks
        .iter()
        .map(|place| cost::of_break(part, place))
        .collect();
    let words = cost::Words::new(&part.text);
    // For the text from each break on: what it costs at least, and where its first piece ends.
    let mut best: Vec<Option<(f64, usize)>> = vec![None; breaks.len()];
    let start_of = |index: usize| index.checked_sub(1).map_or(0, |last| breaks[last].after);
    for first in (0..breaks.len()).rev() {
        let start = start_of(first);
        for (index, end) in breaks.iter().enumerate().skip(first) {
            if !room.holds(ruler, start..end.before) {
                break;
            }
            let rest = match best.get(index + 1) {
                Some(Some((cost, _))) => *cost,
                Some(None) => continue,
                None => 0.0,
            };
            let empty = 1.0 - ruler.count(start..end.before) as f64 / room.graphemes as f64;
            let cost = rest + cost::of_piece(&words, start..end.before, empty) + break_costs[index];
            if best[first].is_none_or(|(least, _)| cost < least) {
                best[first] = Some((cost, index));
            }
        }
    }
    let mut ranges = Vec::new();
    let mut first = 0;
    while first < breaks.len() {
        let (_, last) = best[first]?;
        ranges.push(start_of(first)..breaks[last].before);
        first = last + 1;
    }
    Some(ranges)
}

fn breaks_and_end(part: &DraftPart, ruler: &Ruler<'_>) -> Vec<Break> {
    let len = part.text.text().len();
    let mut breaks = breaks::find(&part.text, ruler);
    breaks.push(Break {
        before: len,
        after: len,
        kind: Kind::End,
    });
    breaks
}

fn longer_than_a_thread(part: &DraftPart) -> Option<Diagnostic> {
    let (count, most) = (
        part.text.graphemes(),
        limits::WRITES * limits::TEXT_GRAPHEMES,
    );
    (count > most).then(|| {
        let end = part.text.text().len();
        let message = format!("{count} graphemes; a whole thread has room for {most}");
        Diagnostic::error(Code::ThreadTooLong, part.locate(0..end), message)
            .help("make several files of it, each due a minute after the one before")
    })
}

fn too_long_facet(part: &DraftPart, ruler: &Ruler<'_>, room: &Room) -> Diagnostic {
    let facet = part
        .text
        .facets()
        .iter()
        .find(|facet| !room.holds(ruler, facet.range.clone()));
    let range = facet.map_or(0..part.text.text().len(), |facet| facet.range.clone());
    Diagnostic::error(
        Code::TextTooLong,
        part.locate(range.clone()),
        format!(
            "this can't be broken, and has {} graphemes where a post has room for {}",
            ruler.count(range),
            room.graphemes
        ),
    )
    .help("give the link a short text: `[text](address)`")
}

#[cfg(test)]
mod tests;
