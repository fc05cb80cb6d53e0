//! What front matter says of a video's captions.

use super::well_formed_lang;
use crate::{
    diagnostic::Span,
    yaml::{Entry, Fields, Node, Value},
};

/// Every key of one file of captions.
pub const CAPTION_KEYS: &[&str] = &["lang", "file"];

const EXAMPLE: &str = "write `captions: [{ lang: en, file: media/clip.en.vtt }]`";

/// Captions as their author named them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenCaptions {
    /// A BCP 47 tag.
    pub lang: String,
    /// Relative to the post file.
    pub file: (String, Span),
}

/// Reads `captions`; an empty list means none.
pub(super) fn read(fields: &mut Fields) -> Option<(Vec<GivenCaptions>, Span)> {
    let Entry { key_span, node, .. } = fields.take("captions")?;
    let Value::Sequence(items) = node.value else {
        let message = format!("`captions` does not take {}", node.value.kind());
        fields.invalid(node.span, message, EXAMPLE);
        return None;
    };
    let mut all: Vec<GivenCaptions> = Vec::new();
    for item in items {
        let span = item.span.clone();
        let Some(given) = one(fields, item) else {
            continue;
        };
        if all.iter().any(|other| other.lang == given.lang) {
            let message = format!("`{}` has captions twice", given.lang);
            fields.invalid(span, message, "keep one file for each language");
        }
        all.push(given);
    }
    Some((all, key_span))
}

fn one(fields: &mut Fields, node: Node) -> Option<GivenCaptions> {
    let span = node.span.clone();
    if !matches!(node.value, Value::Mapping(_)) {
        let message = format!("`captions` does not take {}", node.value.kind());
        fields.invalid(span, message, EXAMPLE);
        return None;
    }
    let mut own = Fields::new(node, CAPTION_KEYS);
    let lang = own.text("lang", "en");
    let file = own.text("file", "media/clip.en.vtt");
    if let Some((tag, span)) = &lang
        && let Err(help) = well_formed_lang(tag)
    {
        own.invalid(span.clone(), format!("`{tag}` is no language tag"), help);
    }
    if own.mistakes.is_empty() && (lang.is_none() || file.is_none()) {
        let missing = if lang.is_none() { "lang" } else { "file" };
        own.invalid(span, format!("these captions have no `{missing}`"), EXAMPLE);
    }
    fields.mistakes.append(&mut own.mistakes);
    let (lang, _) = lang?;
    Some(GivenCaptions { lang, file: file? })
}
