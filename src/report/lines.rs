//! Where a byte of a file lies, as editors count.

use std::ops::Range;

use crate::diagnostic::Span;

const BOM: &str = "\u{feff}";

/// A place as editors show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1; lines end with `\n` or `\r\n`.
    pub line: usize,
    /// From 1, in characters (Unicode scalar values); a tab is one, a byte order mark none.
    pub column: usize,
}

/// The lines of a text, found once.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of `text`.
    pub fn new(text: &'a str) -> Self {
        let first = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(first).chain(breaks).collect(),
        }
    }

    /// Where the byte at `offset` lies; offsets past the end, inside a character or on a line's
    /// end are moved back to the nearest place that a cursor can take.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let content = self.content(line);
        let end = self
            .text
            .floor_char_boundary(offset)
            .clamp(content.start, content.end);
        let before = self.text.get(content.start..end).unwrap_or_default();
        Position {
            line,
            column: before.chars().count() + 1,
        }
    }

    /// The first place of `span` and the one behind its last character; a line break at its end
    /// is left out, so that a span of whole lines doesn't end on the line below.
    pub fn range(&self, span: &Span) -> Range<Position> {
        let start = self.position(span.start);
        let end = span.end.min(self.text.len());
        let inside = self
            .text
            .as_bytes()
            .get(span.start..end)
            .unwrap_or_default();
        let breaks = inside
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let end = self.position(end - breaks.count());
        start..end.max(start)
    }

    /// The bytes of a line counted from 1, without its end; empty behind the last line.
    pub fn content(&self, line: usize) -> Range<usize> {
        let length = self.text.len();
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index));
        let start = start.copied().unwrap_or(length);
        let next = self.starts.get(line).copied().unwrap_or(length).max(start);
        let content = self.text.get(start..next).unwrap_or_default();
        let content = content.strip_suffix('\n').unwrap_or(content);
        let content = content.strip_suffix('\r').unwrap_or(content);
        start..start + content.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: usize) -> (usize, usize) {
        let position = Lines::new(text).position(offset);
        (position.line, position.column)
    }

    #[test]
    fn columns_are_characters_whatever_their_bytes() {
        assert_eq!(at("é👍x", 0), (1, 1));
        assert_eq!(at("é👍x", 2), (1, 2));
        assert_eq!(at("é👍x", 6), (1, 3));
        assert_eq!(at("a\tb", 2), (1, 3));
    }

    #[test]
    fn a_line_end_of_two_bytes_is_no_column() {
        let text = "ab\r\ncd\n\nef";
        assert_eq!(at(text, 2), (1, 3));
        assert_eq!(at(text, 3), (1, 3));
        assert_eq!(at(text, 4), (2, 1));
        assert_eq!(at(text, 7), (3, 1));
        assert_eq!(at(text, 9), (4, 2));
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        assert_eq!(at("\u{feff}---\nx", 0), (1, 1));
        assert_eq!(at("\u{feff}---\nx", 3), (1, 1));
        assert_eq!(at("\u{feff}---\nx", 4), (1, 2));
        assert_eq!(at("\u{feff}---\nx", 7), (2, 1));
    }

    #[test]
    fn places_that_no_text_has_are_moved_into_it() {
        assert_eq!(at("", 5), (1, 1));
        assert_eq!(at("ab\n", 99), (2, 1));
        assert_eq!(at("é", 1), (1, 1));
        let lines = Lines::new("ab");
        assert_eq!(lines.content(7), 2..2);
        assert_eq!(lines.content(0), 2..2);
        let reversed = Span { start: 2, end: 1 };
        let range = lines.range(&reversed);
        assert_eq!(range.start, range.end);
    }

    #[test]
    fn a_span_of_whole_lines_ends_on_its_last_line() {
        let lines = Lines::new("ab\r\ncd\r\nef");
        let range = lines.range(&(0..8));
        assert_eq!((range.start.line, range.start.column), (1, 1));
        assert_eq!((range.end.line, range.end.column), (2, 3));
    }
}
