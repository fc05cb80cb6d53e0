//! A link that stands alone in a part's last paragraph: it becomes a card or a quote, as in the app.

use std::ops::Range;

use super::{Feature, RichText, draft::DraftPart};
use crate::diagnostic::Span;

/// What a part's last paragraph was, before it left the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLink {
    /// The link's address.
    pub url: String,
    /// Where it stands in the file.
    pub span: Span,
}

impl DraftPart {
    /// The link that is all of the last paragraph, shown as its own address.
    pub fn last_link(&self) -> Option<LastLink> {
        let range = self.last_paragraph();
        let facet = self.text.facets().last()?;
        let Feature::Link(url) = &facet.feature else {
            return None;
        };
        let shown = self.text.text().get(range.clone())?;
        (facet.range == range && is_address_of(shown, url)).then(|| LastLink {
            url: url.clone(),
            span: self.locate(range),
        })
    }

    /// Takes the last paragraph out of the text.
    pub(crate) fn drop_last_paragraph(&mut self) {
        let start = self.last_paragraph().start;
        let kept = self.text.text()[..start].trim_end().to_owned();
        let facets = self.text.facets().iter();
        let facets = facets
            .filter(|facet| facet.range.end <= kept.len())
            .cloned()
            .collect();
        self.text = RichText::new(kept, facets).expect("the facets lie where they were");
    }

    /// The addresses of all links, in order.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.text
            .facets()
            .iter()
            .filter_map(|facet| match &facet.feature {
                Feature::Link(url) => Some(url.as_str()),
                _ => None,
            })
    }

    fn last_paragraph(&self) -> Range<usize> {
        let text = self.text.text();
        let start = text.rfind("\n\n").map_or(0, |at| at + 2);
        start..text.len()
    }
}

/// Whether a reader sees the address itself, be it without its scheme.
fn is_address_of(shown: &str, url: &str) -> bool {
    let bare = |text: &str| {
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        text.trim_end_matches('/').to_lowercase()
    };
    bare(shown) == bare(url)
}
