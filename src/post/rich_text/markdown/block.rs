//! What begins and ends blocks: headings, items of lists, breaks between parts; and blocks that
//! Bluesky can't show, or that nobody would see.

use std::{collections::HashSet, ops::Range};

use pulldown_cmark::{Event, RefDefs, Tag};

use super::{Reader, trimmed};
use crate::{
    diagnostic::Span,
    post::rich_text::{compose::Container, notes},
};

impl Reader<'_> {
    pub(super) fn start_heading(&mut self, span: &Span) {
        let lines = self.source[span.clone()].trim_end();
        let marks = lines.len() - lines.trim_start_matches('#').len();
        let is_atx = marks > 0
            && lines[marks..]
                .chars()
                .next()
                .is_none_or(|c| c.is_whitespace());
        if is_atx {
            self.unshown.lost("headings", span);
        } else {
            let start = lines.rfind(['\n', '\r']).map_or(0, |at| at + 1);
            let place = span.start + start..span.start + lines.len();
            self.diagnostics
                .push(notes::setext_heading(&lines[start..], place));
        }
        self.open_block(span, true);
    }

    pub(super) fn start_item(&mut self, span: &Span) {
        self.open_block(span, false);
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                let typed = self.source[span.clone()].trim_start();
                let typed = typed.trim_start_matches(|c: char| c.is_ascii_digit());
                let sign = if typed.starts_with(')') { ')' } else { '.' };
                format!("{}{sign} ", *number - 1)
            }
            _ => "• ".to_owned(),
        };
        self.composer.enter(Container::Item(Some(marker)));
    }

    pub(super) fn html(&mut self, span: &Span) {
        let raw = &self.source[span.clone()];
        if !notes::is_comment(raw) {
            let place = span.start..span.start + raw.trim_end().len();
            self.unshown.note(notes::html(raw, place));
        }
    }

    pub(super) fn refuse(&mut self, what: &str, span: Span, help: &str) {
        self.skipped = 1;
        let end = span.start + self.source[span.clone()].trim_end().len();
        self.unshown
            .note(notes::unsupported(what, span.start..end, help));
    }

    pub(super) fn rule(&mut self, span: Span) {
        let place = trimmed(self.source, span);
        if self.composer.is_nested() {
            self.unshown.note(notes::unsupported(
                "a break inside a quote or a list",
                place,
                "put `---` at the start of its line, with a blank line before it",
            ));
        } else {
            let end = place.end;
            self.end_part(place.start, Some(place));
            self.part_start = end;
        }
    }
}

/// The places of definitions that no link or picture names by its label.
pub(super) fn unused_definitions(
    definitions: &RefDefs<'_>,
    events: &[(Event<'_>, Span)],
) -> impl Iterator<Item = Range<usize>> {
    let label = |event: &Event<'_>| match event {
        Event::Start(Tag::Link { id, .. } | Tag::Image { id, .. }) => Some(folded(id)),
        _ => None,
    };
    let used: HashSet<String> = events
        .iter()
        .filter_map(|(event, _)| label(event))
        .collect();
    definitions
        .iter()
        .filter(move |(label, _)| !used.contains(&folded(label)))
        .map(|(_, definition)| definition.span.clone())
}

/// A label as others that mean the same.
fn folded(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
