//! Finds links, mentions, tags and cashtags in plain text, as the official client does
//! (`RichText.detectFacets` of `@atproto/api`), since that is what readers and authors know.
//!
//! Four differences, because a record must be valid: a facet that overlaps an earlier one is
//! dropped (apps don't draw it either); a bare domain that begins with `http` (`httpbin.org`)
//! gets its `https://` like any other; a link that isn't a URI by the lexicon's rules (`http://)`)
//! and a tag of too many bytes stay text; handles are lower case.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;

use super::{Facet, Feature};
use crate::post::limits;

/// What the official client takes for top-level domains and the suffix list does not: it has no rule
/// for `za` itself, and the others left the root zone. The list's `onion` was never in it.
const UNLISTED: [&str; 5] = ["za", "goo", "helsinki", "juniper", "wolterskluwer"];
/// The longest URI of a lexicon's `uri` format, in bytes.
const URI_BYTES: usize = 8_192;

/// The facets of `text`, in order and without overlap. Mentions are not checked beyond their
/// domain's ending: some can't be handles.
pub fn detect(text: &str) -> Vec<Facet> {
    let mut end = 0;
    let mut facets = detect_all(text);
    facets.retain(|facet| {
        let free = facet.range.start >= end && is_sendable(&facet.feature);
        if free {
            end = facet.range.end;
        }
        free
    });
    facets
}

/// Whether a link begins at the first byte of `text`.
pub fn starts_with_link(text: &str) -> bool {
    link_at(text, 0).is_some_and(|(_, facet)| facet.is_some())
}

/// The tags of `text` that are too long to be tags: ranges with their `#`.
pub fn overlong_tags(text: &str) -> Vec<Range<usize>> {
    tag_candidates(text)
        .filter(|range| is_overlong(tag_name(text, range)))
        .collect()
}

/// Whether `uri` passes a PDS's check of the lexicon format `uri`: a scheme, a colon, no white
/// space, something after the slashes.
pub fn is_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    uri.len() <= URI_BYTES
        && !scheme.is_empty()
        && scheme.chars().all(is_word)
        && !rest.is_empty()
        && !rest.starts_with('/')
        && !rest.contains(is_space)
}

/// Everything the official client finds, sorted by start; overlaps included.
fn detect_all(text: &str) -> Vec<Facet> {
    let mut facets = mentions(text);
    facets.extend(links(text));
    facets.extend(tags(text));
    facets.extend(cashtags(text));
    facets.sort_by_key(|facet| facet.range.start);
    facets
}

fn is_sendable(feature: &Feature) -> bool {
    match feature {
        Feature::Link(uri) => is_uri(uri),
        Feature::Tag(tag) => tag.len() <= limits::TAG_BYTES,
        Feature::Mention(_) => true,
    }
}

fn mentions(text: &str) -> Vec<Facet> {
    let find = |start: usize| {
        let rest = text.get(start..)?.strip_prefix('@')?;
        let handle = mention_name(rest);
        if !has_tld(handle) && !handle.ends_with(".test") {
            return None;
        }
        Some(Facet {
            range: start..start + 1 + handle.len(),
            feature: Feature::Mention(handle.to_ascii_lowercase()),
        })
    };
    starts(text, is_lead).filter_map(find).collect()
}

/// The longest run of handle characters that ends at an ASCII word boundary.
fn mention_name(text: &str) -> &str {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let bytes = text.as_bytes();
    let run = prefix_len(text, |c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let end = (1..=run)
        .rev()
        .find(|&end| is_word(bytes.get(end - 1)) != is_word(bytes.get(end)));
    &text[..end.unwrap_or(0)]
}

fn links(text: &str) -> Vec<Facet> {
    let mut facets = Vec::new();
    let mut resume = 0;
    for start in starts(text, is_lead) {
        if start < resume {
            continue;
        }
        if let Some((end, facet)) = link_at(text, start) {
            // What looked like a link is used up, even where it turned out not to be one.
            resume = end;
            facets.extend(facet);
        }
    }
    facets
}

/// Where something link-like that begins at `start` ends, and the link, if it is one.
fn link_at(text: &str, start: usize) -> Option<(usize, Option<Facet>)> {
    let rest = text.get(start..)?;
    let raw = &rest[..prefix_len(rest, |c| !is_space(c))];
    let end = start + raw.len();
    let uri = if has_http_scheme(raw) {
        // The official client skips `HTTPS://`.
        raw.starts_with("http").then(|| raw.to_owned())
    } else {
        let domain = domain_prefix(raw)?;
        has_tld(domain).then(|| format!("https://{raw}"))
    };
    Some((end, uri.map(|uri| link(start, raw.len(), uri))))
}

/// A link without the punctuation after it: one mark, then one unmatched parenthesis.
fn link(start: usize, len: usize, uri: String) -> Facet {
    let mut kept = uri.as_str();
    kept = kept
        .strip_suffix(['.', ',', ';', ':', '!', '?'])
        .unwrap_or(kept);
    if !kept.contains('(') {
        kept = kept.strip_suffix(')').unwrap_or(kept);
    }
    let end = start + len - (uri.len() - kept.len());
    Facet {
        range: start..end,
        feature: Feature::Link(kept.to_owned()),
    }
}

fn has_http_scheme(raw: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| {
        raw.len() > scheme.len()
            && raw
                .get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    })
}

/// Two or more labels of ASCII letters and digits, the first one beginning with a letter.
fn domain_prefix(raw: &str) -> Option<&str> {
    if !raw.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let label = |from: usize| prefix_len(&raw[from..], |c| c.is_ascii_alphanumeric());
    let first = label(0);
    let mut end = first;
    while raw[end..].starts_with('.') && label(end + 1) > 0 {
        end += 1 + label(end + 1);
    }
    (end > first).then(|| &raw[..end])
}

/// Whether the last label is a top-level domain, in lower case as in the official client's list.
fn has_tld(domain: &str) -> bool {
    let Some((_, tld)) = domain.rsplit_once('.') else {
        return false;
    };
    let is_plain = !tld.is_empty() && tld.bytes().all(|b| b.is_ascii_lowercase());
    // The label before it is for the suffix list's wildcards such as `*.ck`.
    let is_suffix = |tld| psl::suffix(format!("a.{tld}").as_bytes()).is_some_and(|s| s.is_known());
    is_plain && tld != "onion" && (UNLISTED.contains(&tld) || is_suffix(tld))
}

fn tags(text: &str) -> Vec<Facet> {
    let facet = |range: Range<usize>| {
        let name = tag_name(text, &range);
        (!name.is_empty() && graphemes(name) <= limits::TAG_GRAPHEMES).then(|| Facet {
            feature: Feature::Tag(name.to_owned()),
            range,
        })
    };
    tag_candidates(text).filter_map(facet).collect()
}

/// Ranges of tags of any length, with their `#` and without the punctuation after them.
fn tag_candidates(text: &str) -> impl Iterator<Item = Range<usize>> {
    starts(text, is_space).filter_map(move |start| {
        let rest = text.get(start..)?;
        let hash = rest.chars().next().filter(|c| matches!(c, '#' | '＃'))?;
        let run = &rest[hash.len_utf8()..];
        let run = &run[..prefix_len(run, is_tag_char)];
        let is_tag = !run.starts_with('\u{fe0f}') && run.chars().any(makes_tag);
        let name = TRAILING_PUNCTUATION
            .find(run)
            .map_or(run, |end| &run[..end.start()]);
        is_tag.then(|| start..start + hash.len_utf8() + name.len())
    })
}

fn tag_name<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    let tag = &text[range.clone()];
    tag.strip_prefix(['#', '＃']).unwrap_or(tag)
}

fn is_overlong(name: &str) -> bool {
    graphemes(name) > limits::TAG_GRAPHEMES || name.len() > limits::TAG_BYTES
}

fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

fn is_tag_char(c: char) -> bool {
    !is_space(c) && !is_invisible(c)
}

/// Characters of which a tag needs at least one: no digits, no punctuation.
fn makes_tag(c: char) -> bool {
    let mut buffer = [0; 4];
    !c.is_ascii_digit() && !TRAILING_PUNCTUATION.is_match(c.encode_utf8(&mut buffer))
}

fn cashtags(text: &str) -> Vec<Facet> {
    let find = |start: usize| {
        let rest = text.get(start..)?.strip_prefix('$')?;
        let name = &rest[..prefix_len(rest, |c| c.is_ascii_alphanumeric())];
        let is_ticker = (1..=5).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && rest[name.len()..].chars().next().is_none_or(ends_cashtag);
        is_ticker.then(|| Facet {
            range: start..start + 1 + name.len(),
            feature: Feature::Tag(format!("${}", name.to_ascii_uppercase())),
        })
    };
    starts(text, is_lead).filter_map(find).collect()
}

fn ends_cashtag(c: char) -> bool {
    is_space(c) || ".,;:!?)\"'\u{2019}".contains(c)
}

static TRAILING_PUNCTUATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\p{P}+\z").expect("the pattern is a literal that compiles"));

/// The start of the text, and every place behind a character that `leads`.
fn starts(text: &str, leads: fn(char) -> bool) -> impl Iterator<Item = usize> {
    let behind = text
        .char_indices()
        .filter(move |(_, c)| leads(*c))
        .map(|(at, c)| at + c.len_utf8());
    std::iter::once(0).chain(behind)
}

/// What may stand before a link, a mention or a cashtag.
pub(super) fn is_lead(c: char) -> bool {
    is_space(c) || c == '('
}

/// White space as JavaScript's `\s` knows it: without U+0085, with U+FEFF.
pub(super) fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// Characters that end a tag though nobody sees them.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{2060}' | '\u{200a}'..='\u{200d}' | '\u{20e2}'
    )
}

fn prefix_len(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|c| !accept(c)).unwrap_or(text.len())
}

#[cfg(test)]
#[path = "detect_tests.rs"]
mod tests;
