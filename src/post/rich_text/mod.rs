//! Text and the facets over it, built together: a post's words with links, mentions and tags.

mod compose;
pub mod detect;
pub mod draft;
mod edit;
mod facets;
mod last_link;
pub mod markdown;
mod notes;
mod shorten;

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

pub use draft::{DraftPart, PictureRef};
pub use last_link::LastLink;
pub use markdown::parse;

/// What a facet makes of its range (`app.bsky.richtext.facet`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// `#link`: an absolute URI.
    Link(String),
    /// `#mention`: a handle, lower case, without the `@`; its DID is found at publishing.
    Mention(String),
    /// `#tag`: without the `#`; a cashtag keeps its `$` and is upper case.
    Tag(String),
}

/// A range of the text that is more than text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Facet {
    /// Bytes of UTF-8 in the post's text, on character boundaries.
    pub range: Range<usize>,
    /// What it is.
    pub feature: Feature,
}

/// A post's text with facets that lie inside it, in order, without overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RichText {
    text: String,
    facets: Vec<Facet>,
}

impl RichText {
    /// Text with its facets, sorted; `None` if one lies outside the text, off a character
    /// boundary, is empty, or overlaps another.
    pub fn new(text: String, mut facets: Vec<Facet>) -> Option<Self> {
        facets.sort_by_key(|facet| facet.range.start);
        let mut end = 0;
        for Facet { range, .. } in &facets {
            if range.start < end || range.is_empty() || text.get(range.clone()).is_none() {
                return None;
            }
            end = range.end;
        }
        Some(Self { text, facets })
    }

    /// What the reader sees.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// In order, without overlap.
    pub fn facets(&self) -> &[Facet] {
        &self.facets
    }

    /// Extended grapheme clusters, as the server counts them.
    pub fn graphemes(&self) -> usize {
        self.text.graphemes(true).count()
    }
}
