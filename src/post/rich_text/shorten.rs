//! Addresses that the author typed out, shortened as the official app shows them.

use url::{Position, Url};

use super::{
    Feature, RichText,
    draft::DraftPart,
    edit::{Edit, Edits},
};

/// A path, with query and fragment, is shown whole up to this length; longer ones lose their end.
const WHOLE_PATH: usize = 15;
/// How much of a longer one is left, before the dots.
const CUT_PATH: usize = 13;

impl DraftPart {
    /// Shows every `http` and `https` address that was typed out as host and path, at most
    /// `example.com/a/very/long/...`, as the official app does; the links still lead to the
    /// whole address. Links with a text of their own and bare domains stay as they are.
    pub fn shorten_links(&mut self) {
        let text = self.text.text();
        let edit = |facet: &super::Facet| {
            let Feature::Link(uri) = &facet.feature else {
                return None;
            };
            let shown = &text[facet.range.clone()];
            let is_typed = shown == uri && self.typed.contains(&facet.range.start);
            let with = short(uri).filter(|_| is_typed)?;
            let range = facet.range.clone();
            Some(Edit { range, with })
        };
        let edits = Edits::new(self.text.facets().iter().filter_map(edit).collect());
        let facets = self.text.facets().iter().cloned().map(|mut facet| {
            facet.range = edits.moved_range(&facet.range);
            facet
        });
        self.text = RichText::new(edits.apply(text), facets.collect())
            .expect("facets move with their text, and none becomes empty");
        self.typed
            .iter_mut()
            .for_each(|start| *start = edits.moved(*start));
        self.map = self.map.edited(&edits);
    }
}

/// An address as the official app shows it: `None` for one that is not of the web.
fn short(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let mut path = match url.path() {
        "/" => String::new(),
        path => path.to_owned(),
    };
    for (mark, part) in [('?', url.query()), ('#', url.fragment())] {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            path.push(mark);
            path.push_str(part);
        }
    }
    // A URL is ASCII once it is parsed.
    if path.len() > WHOLE_PATH {
        path.truncate(CUT_PATH);
        path.push_str("...");
    }
    Some(format!("{host}{path}"))
}

#[cfg(test)]
#[path = "shorten_tests.rs"]
mod tests;
