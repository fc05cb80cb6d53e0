//! One part of a thread as its author wrote it: text, pictures still unread, and where in the
//! file each byte of the text comes from.

use std::ops::Range;

use super::{
    Facet, RichText,
    edit::{Edit, Edits},
    last_link::LastLink,
};
use crate::diagnostic::Span;

/// A picture that a part names, not yet looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureRef {
    /// As written, with Markdown's escapes resolved and `%20` still encoded: relative to the post file.
    pub path: String,
    /// What the author says of it; may be empty.
    pub alt: String,
    /// What other sites show under the mouse; may be empty.
    pub title: String,
    /// The whole `![…](…)` in the file.
    pub span: Span,
}

/// One part of a thread: what was read from Markdown, not yet measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftPart {
    /// What the reader will see.
    pub text: RichText,
    /// In the order of the file.
    pub pictures: Vec<PictureRef>,
    /// Where the part stands in the file, without the white space around it; of an empty one what ends it.
    pub span: Span,
    /// Which of the parts that its author wrote it is, or is a piece of: from 0.
    pub origin: usize,
    /// The last paragraph that became a card or a quote, at the last piece.
    pub embedded: Option<LastLink>,
    /// Where links begin that show their address as it was typed, in any order.
    pub(super) typed: Vec<usize>,
    pub(super) map: SourceMap,
}

impl DraftPart {
    /// Where in the file a range of the text's bytes comes from.
    pub fn locate(&self, range: Range<usize>) -> Span {
        self.map.locate(range).unwrap_or_else(|| self.span.clone())
    }

    /// Whether the facet over `range` is a link that shows its address.
    pub(crate) fn is_typed(&self, range: &Range<usize>) -> bool {
        self.typed.contains(&range.start)
    }

    /// The piece of this part in `range`, which must not cut a facet or a character; without
    /// pictures or what became a card.
    pub(crate) fn piece(&self, range: Range<usize>) -> DraftPart {
        let inside =
            |facet: &&Facet| range.start <= facet.range.start && facet.range.end <= range.end;
        let shift = |facet: &Facet| Facet {
            range: facet.range.start - range.start..facet.range.end - range.start,
            feature: facet.feature.clone(),
        };
        let facets = self
            .text
            .facets()
            .iter()
            .filter(inside)
            .map(shift)
            .collect();
        let text = self.text.text()[range.clone()].to_owned();
        DraftPart {
            text: RichText::new(text, facets).expect("the facets kept their order and lie inside"),
            pictures: Vec::new(),
            span: self.locate(range.clone()),
            origin: self.origin,
            embedded: None,
            typed: self
                .typed
                .iter()
                .filter(|start| range.contains(start))
                .map(|start| start - range.start)
                .collect(),
            map: self.map.slice(range),
        }
    }

    /// The same part with plain text behind its own.
    pub(crate) fn with_suffix(mut self, suffix: &str) -> DraftPart {
        let text = format!("{}{suffix}", self.text.text());
        let facets = self.text.facets().to_vec();
        self.text = RichText::new(text, facets).expect("the facets lie where they were");
        self
    }
}

/// Which bytes of a text come from which bytes of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SourceMap(Vec<Chunk>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Chunk {
    text: Range<usize>,
    source: Span,
}

impl SourceMap {
    /// Adds a stretch behind the others. Stretches of equal length map byte by byte.
    pub(crate) fn push(&mut self, text: Range<usize>, source: Span) {
        if !text.is_empty() {
            self.0.push(Chunk { text, source });
        }
    }

    fn locate(&self, range: Range<usize>) -> Option<Span> {
        let first = self.0.iter().find(|chunk| chunk.text.end > range.start)?;
        let last = self
            .0
            .iter()
            .rev()
            .find(|chunk| chunk.text.start < range.end.max(1))?;
        let start = first.source_at(range.start).unwrap_or(first.source.start);
        let end = last.source_at(range.end).unwrap_or(last.source.end);
        // Bullets and numbers of lists come from nowhere: what follows them stands for them.
        Some(if start < end {
            start..end
        } else {
            first.source.clone()
        })
    }

    /// The map of the text as edited: what stands there instead comes from where the old came from.
    pub(super) fn edited(&self, edits: &Edits) -> SourceMap {
        let mut map = SourceMap::default();
        let mut from = 0;
        for Edit { range, .. } in edits.iter() {
            map.append(self.slice(from..range.start), edits.moved(from));
            if let Some(source) = self.locate(range.clone()) {
                map.push(edits.moved_range(range), source);
            }
            from = range.end;
        }
        map.append(self.slice(from..usize::MAX), edits.moved(from));
        map
    }

    fn append(&mut self, other: SourceMap, offset: usize) {
        for Chunk { text, source } in other.0 {
            self.push(text.start + offset..text.end + offset, source);
        }
    }

    fn slice(&self, range: Range<usize>) -> SourceMap {
        let cut = |chunk: &Chunk| {
            let start = chunk.text.start.max(range.start);
            let end = chunk.text.end.min(range.end);
            (start < end).then(|| Chunk {
                text: start - range.start..end - range.start,
                source: chunk.source_at(start).unwrap_or(chunk.source.start)
                    ..chunk.source_at(end).unwrap_or(chunk.source.end),
            })
        };
        SourceMap(self.0.iter().filter_map(cut).collect())
    }
}

impl Chunk {
    fn source_at(&self, at: usize) -> Option<usize> {
        let is_verbatim = self.text.len() == self.source.len();
        let inside = self.text.start <= at && at <= self.text.end;
        (is_verbatim && inside).then(|| self.source.start + (at - self.text.start))
    }
}
