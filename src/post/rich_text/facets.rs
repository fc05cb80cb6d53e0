//! Which facets a part gets, from its links and from what is detected in its text; and what an
//! author should know about them.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{
    Facet, Feature, RichText,
    compose::Composer,
    detect::{detect, is_space, overlong_tags},
    draft::DraftPart,
    edit::merge_blank_lines,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    post::limits,
};

/// Endings that are both top-level domains and kinds of files.
const FILE_ENDINGS: [&str; 14] = [
    "bz", "cab", "md", "mk", "mm", "mov", "pl", "pm", "ps", "py", "rs", "sh", "tf", "zip",
];

/// The finished part, and what is wrong or doubtful in its facets.
pub(super) fn finish(mut composer: Composer, span: Span) -> (DraftPart, Vec<Diagnostic>) {
    composer.finish();
    let is_free = |range: &Range<usize>| {
        let overlaps = |guard: &Range<usize>| guard.start < range.end && range.start < guard.end;
        !composer.escaped.contains(&range.start) && !composer.guarded.iter().any(overlaps)
    };
    let mut found = detect(&composer.text);
    found.retain(|facet| is_free(&facet.range));
    let mut overlong = overlong_tags(&composer.text);
    overlong.retain(is_free);

    let is_link = |facet: &&Facet| matches!(facet.feature, Feature::Link(_));
    let mut typed = composer.typed;
    typed.extend(found.iter().filter(is_link).map(|link| link.range.start));
    let mut facets = composer.links;
    facets.extend(found.iter().cloned());
    let text = RichText::new(composer.text, facets)
        .expect("links lie apart, and what was detected lies outside them");
    let part = DraftPart {
        text,
        pictures: composer.pictures,
        span,
        origin: 0,
        embedded: None,
        typed,
        map: composer.map,
    };
    let mut diagnostics: Vec<_> = found
        .iter()
        .filter_map(|facet| judge(&part, facet))
        .collect();
    diagnostics.extend(overlong.into_iter().map(|range| refuse_tag(&part, range)));
    (part, diagnostics)
}

impl Composer {
    /// Ends the part: no white space at its end, never two blank lines in it.
    fn finish(&mut self) {
        self.close_block();
        let link_end = self.links.last().map_or(0, |link| link.range.end);
        let floor = link_end.max(self.blank_end);
        let kept = self.text.trim_end_matches(is_space).len();
        self.text.truncate(kept.max(floor));
        let end = self.text.len();
        self.guarded
            .iter_mut()
            .for_each(|range| range.end = range.end.min(end));

        let edits = merge_blank_lines(&self.text, &self.guarded);
        self.text = edits.apply(&self.text);
        self.map = self.map.edited(&edits);
        for link in &mut self.links {
            link.range = edits.moved_range(&link.range);
        }
        for range in &mut self.guarded {
            *range = edits.moved_range(range);
        }
        for start in self.typed.iter_mut().chain(&mut self.escaped) {
            *start = edits.moved(*start);
        }
    }
}

fn judge(part: &DraftPart, facet: &Facet) -> Option<Diagnostic> {
    let words = &part.text.text()[facet.range.clone()];
    let span = part.locate(facet.range.clone());
    match &facet.feature {
        Feature::Mention(handle) if !is_handle(handle) => Some(
            Diagnostic::error(
                Code::InvalidMention,
                span,
                format!("`{words}` can't be a handle"),
            )
            .help(format!(
                "correct it, or write `\\{words}` to keep it plain text"
            )),
        ),
        Feature::Link(uri) if looks_like_file(words) => Some(
            Diagnostic::warning(
                Code::InvalidLink,
                span,
                format!("`{words}` becomes a link to {uri}"),
            )
            .help(format!(
                "write `\\{words}` to keep it plain text, or `{uri}` if you mean the site"
            )),
        ),
        _ => None,
    }
}

fn refuse_tag(part: &DraftPart, range: Range<usize>) -> Diagnostic {
    let tag = &part.text.text()[range.clone()];
    let name = tag.strip_prefix(['#', '＃']).unwrap_or(tag);
    let (length, most, unit) = match name.graphemes(true).count() {
        length if length > limits::TAG_GRAPHEMES => (length, limits::TAG_GRAPHEMES, "characters"),
        _ => (name.len(), limits::TAG_BYTES, "bytes"),
    };
    let start: String = tag.chars().take(24).collect();
    Diagnostic::error(
        Code::InvalidTag,
        part.locate(range),
        format!("`{start}…` is {length} {unit} long, and a tag has at most {most}"),
    )
    .help(format!(
        "shorten it, or write `\\{start}…` to keep it plain text"
    ))
}

/// A word such as `README.md`: no scheme, no path, two labels, not a well-known site.
fn looks_like_file(words: &str) -> bool {
    let is_name = |name: &str| !name.contains('.') && !name.is_empty();
    words != "docs.rs"
        && words
            .split_once('.')
            .is_some_and(|(name, ending)| is_name(name) && FILE_ENDINGS.contains(&ending))
}

/// The syntax of handles (atproto's specification of them, in lower case).
fn is_handle(handle: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    handle.len() <= 253 && handle.contains('.') && handle.split('.').all(is_label)
}
