//! Lays out one part's text: blocks under each other, prefixes of quotes and lists, clean
//! spacing where a picture stood; and remembers what must not become a facet.

use std::ops::Range;

use super::{
    Facet, Feature,
    detect::{is_lead, starts_with_link},
    draft::{PictureRef, SourceMap},
};
use crate::diagnostic::Span;

/// What surrounds a block.
#[derive(Clone, Debug)]
pub(super) enum Container {
    Quote,
    /// With its bullet or number, until that is written.
    Item(Option<String>),
}

/// A stretch of text and where in the file it stands.
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) source: Span,
    /// Whether a backslash stood directly before it.
    pub(super) is_escaped: bool,
}

/// The text of one part, as it grows.
#[derive(Default)]
pub(super) struct Composer {
    pub(super) text: String,
    pub(super) map: SourceMap,
    /// Explicit links.
    pub(super) links: Vec<Facet>,
    /// Where links begin that show their address as it was typed.
    pub(super) typed: Vec<usize>,
    /// Code and the text of links: nothing in there becomes a facet.
    pub(super) guarded: Vec<Range<usize>>,
    /// Where a backslash stood: no facet begins there.
    pub(super) escaped: Vec<usize>,
    pub(super) pictures: Vec<PictureRef>,
    /// Where the last white space ends that was written as an entity.
    pub(super) blank_end: usize,
    containers: Vec<Container>,
    /// How many of the containers also hold the last line written.
    shared: usize,
    in_block: bool,
    /// A blank line goes before the next block.
    wants_blank: bool,
    was_paragraph: bool,
    /// Line breaks to write before the next text.
    breaks: usize,
    /// Something invisible was left out just now.
    has_gap: bool,
    line_start: usize,
    link_start: Option<usize>,
}

impl Composer {
    /// Begins a block, under a blank line if the author left one.
    pub(super) fn open_block(&mut self, is_below_blank: bool, is_paragraph: bool) {
        self.close_block();
        self.wants_blank |= is_below_blank || (is_paragraph && self.was_paragraph);
        self.was_paragraph = is_paragraph;
    }

    /// Ends the block at hand.
    pub(super) fn close_block(&mut self) {
        if self.in_block {
            self.trim_line_end();
        }
        self.in_block = false;
        self.breaks = 0;
        self.has_gap = false;
    }

    pub(super) fn enter(&mut self, container: Container) {
        self.containers.push(container);
    }

    pub(super) fn leave(&mut self) {
        self.close_block();
        self.was_paragraph = false;
        self.containers.pop();
        self.shared = self.shared.min(self.containers.len());
    }

    /// Whether a quote or list is open.
    pub(super) fn is_nested(&self) -> bool {
        !self.containers.is_empty()
    }

    /// A line break as typed; breaks around something invisible are one.
    pub(super) fn line_break(&mut self) {
        self.breaks = self.breaks.max(1);
    }

    /// Something invisible stood here: the spaces around it become one.
    pub(super) fn gap(&mut self) {
        self.has_gap = true;
    }

    /// Ordinary text. A backslash before a link's first character, which CommonMark keeps, is
    /// taken away as the sign that it is none.
    pub(super) fn push_prose(&mut self, piece: &Piece<'_>) {
        let mut from = 0;
        let mut is_escaped = piece.is_escaped;
        for (at, _) in piece.text.match_indices('\\') {
            if self.is_lead_before(&piece.text[from..at]) && escapes_facet(&piece.text[at + 1..]) {
                self.push_part(piece, from..at, is_escaped);
                from = at + 1;
                is_escaped = true;
            }
        }
        self.push_part(piece, from..piece.text.len(), is_escaped);
    }

    /// White space that its author wrote as an entity (`&#32;`): it stays where typed one would go.
    pub(super) fn push_blank(&mut self, text: &str, source: Span) {
        if let Some(start) = self.push(text, source) {
            self.guarded.push(start..self.text.len());
            self.blank_end = self.text.len();
        }
    }

    /// Code: its lines as they are, with nothing detected in them.
    pub(super) fn push_code(&mut self, text: &str, source: Span) {
        let is_verbatim = text.len() == source.len();
        let mut at = source.start;
        for (number, line) in text.split('\n').enumerate() {
            self.breaks += usize::from(number > 0);
            let place = if is_verbatim {
                at..at + line.len()
            } else {
                source.clone()
            };
            at += line.len() + 1;
            let line = line.strip_suffix('\r').unwrap_or(line);
            if let Some(start) = self.push(line, place) {
                self.guarded.push(start..self.text.len());
            }
        }
    }

    pub(super) fn open_link(&mut self) {
        self.link_start = None;
    }

    /// Ends a link: its facet goes over what was written since it began, the URL if nothing was.
    pub(super) fn close_link(&mut self, url: &str, span: Span, is_autolink: bool) {
        let is_typed = is_autolink || self.link_start.is_none();
        if self.link_start.is_none() {
            self.push(url, span);
        }
        let Some(start) = self.link_start.take() else {
            return;
        };
        let written = &self.text[start..];
        let lead = written.len() - written.trim_start().len();
        let range = start + lead..start + written.trim_end().len().max(lead);
        self.guarded.push(start..self.text.len());
        if !range.is_empty() {
            self.typed.extend(is_typed.then_some(range.start));
            let feature = Feature::Link(url.to_owned());
            self.links.push(Facet { range, feature });
        }
    }

    fn push_part(&mut self, piece: &Piece<'_>, range: Range<usize>, is_escaped: bool) {
        let is_verbatim = piece.text.len() == piece.source.len();
        let source = if is_verbatim {
            piece.source.start + range.start..piece.source.start + range.end
        } else {
            piece.source.clone()
        };
        if let Some(start) = self.push(&piece.text[range], source)
            && is_escaped
        {
            self.escaped.push(start);
        }
    }

    /// Writes one line's text, with what has to go before it; says where it begins.
    fn push(&mut self, text: &str, source: Span) -> Option<usize> {
        let shorter = if self.has_gap {
            self.close_gap(text)
        } else {
            text
        };
        if shorter.is_empty() {
            return None;
        }
        let source = if text.len() == source.len() {
            source.end - shorter.len()..source.end
        } else {
            source
        };
        self.has_gap = false;
        self.begin_line();
        let start = self.text.len();
        self.text.push_str(shorter);
        self.map.push(start..self.text.len(), source);
        self.link_start.get_or_insert(start);
        Some(start)
    }

    /// Trims the spaces that something invisible leaves behind.
    fn close_gap<'a>(&mut self, text: &'a str) -> &'a str {
        let is_at_edge =
            !self.in_block || self.breaks > 0 || self.text.ends_with([' ', '\t', '\n']);
        let text = if is_at_edge {
            text.trim_start_matches([' ', '\t'])
        } else {
            text
        };
        if text.starts_with(['.', ',', ';', ':', '!', '?', ')']) {
            self.trim_line_end();
        }
        text
    }

    fn begin_line(&mut self) {
        if !self.in_block {
            self.separate_blocks();
        } else if self.breaks > 0 {
            self.trim_line_end();
            for _ in 1..self.breaks {
                self.text.push('\n');
                self.push_blank_prefix(self.containers.len());
            }
            self.text.push('\n');
            self.push_prefix();
        }
        self.in_block = true;
        self.breaks = 0;
    }

    fn separate_blocks(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
            if self.wants_blank {
                self.push_blank_prefix(self.shared);
                self.text.push('\n');
            }
        }
        self.wants_blank = false;
        self.push_prefix();
    }

    fn push_prefix(&mut self) {
        self.line_start = self.text.len();
        for container in &mut self.containers {
            let prefix = match container {
                Container::Quote => "> ".to_owned(),
                Container::Item(marker) => marker.take().unwrap_or_else(|| "  ".to_owned()),
            };
            self.text.push_str(&prefix);
        }
        self.shared = self.containers.len();
    }

    fn push_blank_prefix(&mut self, depth: usize) {
        let prefix = self
            .containers
            .iter()
            .take(depth)
            .map(|container| match container {
                Container::Quote => "> ",
                Container::Item(_) => "  ",
            });
        let prefix: String = prefix.collect();
        self.text.push_str(prefix.trim_end());
    }

    fn trim_line_end(&mut self) {
        let guard = self.guarded.last().map_or(0, |range| range.end);
        let floor = guard.max(self.line_start);
        let kept = self.text.trim_end_matches([' ', '\t']).len();
        self.text.truncate(kept.max(floor.min(self.text.len())));
        self.link_start = self.link_start.map(|start| start.min(self.text.len()));
    }

    fn is_lead_before(&self, text: &str) -> bool {
        let is_line_start = !self.in_block || self.breaks > 0;
        match text.chars().next_back() {
            Some(last) => is_lead(last),
            None => is_line_start || self.text.chars().next_back().is_none_or(is_lead),
        }
    }
}

/// Whether a backslash before `text`, which CommonMark would keep, stands before a facet.
fn escapes_facet(text: &str) -> bool {
    text.starts_with('＃') || starts_with_link(text)
}
