//! Changes to a text that is laid out already, which facets and places follow.

use std::ops::Range;

use super::detect::{is_invisible, is_space};

/// A stretch of text and what stands there instead.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) with: String,
}

/// Edits of one text.
#[derive(Debug)]
pub(super) struct Edits(Vec<Edit>);

impl Edits {
    /// Edits in order and apart.
    pub(super) fn new(edits: Vec<Edit>) -> Self {
        Self(edits)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.0.iter()
    }

    /// The text as edited.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut edited = String::with_capacity(text.len());
        let mut from = 0;
        for Edit { range, with } in &self.0 {
            edited.push_str(&text[from..range.start]);
            edited.push_str(with);
            from = range.end;
        }
        edited.push_str(&text[from..]);
        edited
    }

    /// Where a place of the old text is in the new one.
    pub(super) fn moved(&self, at: usize) -> usize {
        let mut removed = 0;
        let mut added = 0;
        for Edit { range, with } in &self.0 {
            if range.end <= at {
                removed += range.len();
                added += with.len();
            } else if range.start < at {
                return range.start + added - removed + with.len().min(at - range.start);
            }
        }
        at + added - removed
    }

    pub(super) fn moved_range(&self, range: &Range<usize>) -> Range<usize> {
        self.moved(range.start)..self.moved(range.end)
    }
}

/// Takes away all but one of several blank lines, of which some hold invisible characters, as the
/// official client does (`cleanNewlines`); code and the text of links stay as they are.
pub(super) fn merge_blank_lines(text: &str, guarded: &[Range<usize>]) -> Edits {
    let mut edits = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find('\n').map(|at| from + at) {
        let is_blank = |c: char| is_space(c) || (is_invisible(c) && !matches!(c, '\u{20e2}'));
        let rest = &text[start..];
        let blank = &rest[..rest.find(|c| !is_blank(c)).unwrap_or(rest.len())];
        let end = start + blank.rfind('\n').map_or(1, |last| last + 1);
        let range = start..end;
        let overlaps = |guard: &Range<usize>| guard.start < range.end && range.start < guard.end;
        if text[range.clone()].matches('\n').count() > 2 && !guarded.iter().any(overlaps) {
            let with = "\n\n".to_owned();
            edits.push(Edit { range, with });
        }
        from = end;
    }
    Edits::new(edits)
}
