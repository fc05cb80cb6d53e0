//! Whether a part fits into a post, and where it could be broken if not.

use super::{
    Room,
    breaks::{self, Break, Kind, Ruler},
};
use crate::{
    diagnostic::{Code, Diagnostic},
    post::{limits, rich_text::DraftPart},
};

impl DraftPart {
    /// What is wrong with a part that has more graphemes or bytes than a post holds: by how much,
    /// and where the next post could begin.
    pub fn check_length(&self) -> Option<Diagnostic> {
        let text = self.text.text();
        let ruler = Ruler::new(text);
        let graphemes = ruler.count(0..text.len());
        let message = if graphemes > limits::TEXT_GRAPHEMES {
            excess(graphemes, limits::TEXT_GRAPHEMES, "graphemes")
        } else if text.len() > limits::TEXT_BYTES {
            excess(text.len(), limits::TEXT_BYTES, "bytes")
        } else {
            return None;
        };
        let error = |span| Diagnostic::error(Code::TextTooLong, span, message);
        let Some(place) = last_good_break(self, &ruler) else {
            return Some(error(self.span.clone()).help("shorten it"));
        };
        let word = text[place.after..].split_whitespace().next().unwrap_or("");
        let span = self.locate(place.after..place.after + word.len());
        Some(
            error(span)
                .label("the next post could begin here")
                .help("put `---` with a blank line on each side before it, or `split: auto` into the front matter"),
        )
    }

    /// What is wrong with a part that fits into a post, though not with its number behind it.
    pub(super) fn check_room_for(&self, numbered: &DraftPart) -> Option<Diagnostic> {
        if self.check_length().is_some() {
            return None;
        }
        let mut mistake = numbered.check_length()?;
        mistake.message =
            mistake
                .message
                .replacen("this part has", "with its number, this part has", 1);
        mistake.span = Some(self.span.clone());
        mistake.label = None;
        Some(mistake.help("shorten it, move its end below another `---`, or put `split: auto` into the front matter"))
    }
}

fn excess(found: usize, most: usize, unit: &str) -> String {
    let more = found - most;
    format!("this part has {found} {unit}, {more} more than the {most} a post holds")
}

/// The last end of a sentence, line or paragraph in the second half of what fits, else of a word.
fn last_good_break(part: &DraftPart, ruler: &Ruler<'_>) -> Option<Break> {
    let room = Room::default();
    let mut fitting = breaks::find(&part.text, ruler);
    fitting.retain(|place| room.holds(ruler, 0..place.before));
    let is_good = |place: &&Break| {
        matches!(place.kind, Kind::Paragraph | Kind::Line | Kind::Sentence)
            && 2 * ruler.count(0..place.before) > room.graphemes
    };
    fitting
        .iter()
        .rev()
        .find(is_good)
        .or(fitting.last())
        .copied()
}
