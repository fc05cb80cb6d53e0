//! What a page says of itself: OpenGraph first, then Twitter's names, then HTML's own.

use std::{collections::HashMap, iter};

use encoding_rs::{Encoding, UTF_8};
use html5gum::{StartTag, Token, Tokenizer, naive_next_state};
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

/// How much of a title is shown, in graphemes.
const TITLE: usize = 300;
/// The same of a description.
const DESCRIPTION: usize = 1_000;
/// How many bytes a grapheme takes on average at most, as in a post: a single one has no end.
const GRAPHEME_BYTES: usize = 10;
/// The longest address of a picture, in bytes.
const ADDRESS: usize = 4_096;
/// What is read of a page's `<meta>` elements.
const NAMES: [&str; 10] = [
    "og:title",
    "twitter:title",
    "og:description",
    "twitter:description",
    "description",
    "og:image:secure_url",
    "og:image",
    "og:image:url",
    "twitter:image",
    "twitter:image:src",
];
/// Where a page may name its charset (<https://html.spec.whatwg.org/#determining-the-character-encoding>).
const PRESCAN: usize = 1_024;

/// What was found in a page; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// One line.
    pub title: String,
    /// One paragraph.
    pub description: String,
    /// The picture's address.
    pub picture: Option<Url>,
}

/// Reads a page; `url` is the address that it was found at in the end.
pub fn metadata(html: &[u8], content_type: Option<&str>, url: &Url) -> Metadata {
    let found = collect(&decode(html, content_type));
    let first = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| found.meta.get(*name))
            .map(|text| clean(text))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    };
    let own_title = clean(&found.title);
    let title = Some(first(&["og:title", "twitter:title"])).filter(|title| !title.is_empty());
    let base = found.base.and_then(|base| url.join(base.trim()).ok());
    let base = base.filter(is_web);
    let base = base.as_ref().unwrap_or(url);
    let picture = NAMES[5..].iter().find_map(|name| {
        let address = found.meta.get(*name)?.trim();
        let address = base.join(address).ok().filter(|_| !address.is_empty())?;
        (is_web(&address) && address.as_str().len() <= ADDRESS).then_some(address)
    });
    Metadata {
        title: cut(&title.unwrap_or(own_title), TITLE),
        description: cut(
            &first(&["og:description", "twitter:description", "description"]),
            DESCRIPTION,
        ),
        picture,
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

#[derive(Default)]
struct Found {
    title: String,
    meta: HashMap<String, String>,
    base: Option<String>,
}

/// The first of each name counts, as other readers have it.
fn collect(html: &str) -> Found {
    let mut found = Found::default();
    let mut in_title = false;
    for (token, is_foreign) in tokens(html) {
        match token {
            Token::StartTag(tag) => match &tag.name[..] {
                b"title" if !is_foreign && found.title.is_empty() => in_title = true,
                b"meta" => found.read_meta(&tag),
                b"base" if found.base.is_none() => found.base = attribute(&tag, b"href"),
                _ => {}
            },
            Token::EndTag(tag) if &tag.name[..] == b"title" => in_title = false,
            Token::String(text) if in_title => {
                found.title += &String::from_utf8_lossy(&text);
            }
            _ => {}
        }
    }
    found
}

/// Each with whether it stands in a drawing or a formula, whose titles are not the page's. Elsewhere, what looks like
/// tags inside titles, scripts and styles is none.
fn tokens(html: &str) -> impl Iterator<Item = (Token<()>, bool)> {
    let mut tokens = Tokenizer::new(html);
    let mut depth = 0_usize;
    iter::from_fn(move || {
        let Ok(token) = tokens.next()?;
        match &token {
            Token::StartTag(tag) => match &tag.name[..] {
                b"svg" | b"math" if !tag.self_closing => depth += 1,
                // No script runs here, so that this counts.
                b"noscript" => {}
                name if depth == 0 => {
                    if let Some(state) = naive_next_state(name) {
                        tokens.set_state(state);
                    }
                }
                _ => {}
            },
            Token::EndTag(tag) if matches!(&tag.name[..], b"svg" | b"math") => {
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
        Some((token, depth > 0))
    })
}

impl Found {
    fn read_meta(&mut self, tag: &StartTag<()>) {
        let content = attribute(tag, b"content").filter(|content| !clean(content).is_empty());
        let Some(content) = content else {
            return;
        };
        let names = [b"property".as_slice(), b"name"].map(|name| attribute(tag, name));
        for name in names.iter().flatten().flat_map(|it| it.split_whitespace()) {
            let name = name.to_lowercase();
            if NAMES.contains(&name.as_str()) {
                self.meta.entry(name).or_insert_with(|| content.clone());
            }
        }
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// White space collapsed, without characters that control or reorder what stands beside them; empty where nothing
/// could be seen.
pub(super) fn clean(text: &str) -> String {
    let kept = |c: &char| {
        !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
            && (!c.is_control() || c.is_whitespace())
    };
    let text: String = text.chars().filter(kept).collect();
    // Joiners belong to emoji and to Persian, so that they go only where they stand alone.
    let is_blank = |c: char| {
        matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{2800}' | '\u{3164}')
            || c.is_whitespace()
    };
    if text.chars().all(is_blank) {
        return String::new();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many graphemes, and ten bytes for each, cut between words.
pub(super) fn cut(text: &str, most: usize) -> String {
    // Room for the ellipsis.
    let bytes = most * GRAPHEME_BYTES - '…'.len_utf8();
    let ends = text
        .grapheme_indices(true)
        .map(|(start, it)| start + it.len());
    let fitting = ends.take(most).take_while(|end| *end <= bytes);
    let (count, whole) = fitting.fold((0, 0), |(count, _), end| (count + 1, end));
    if whole == text.len() {
        return text.to_owned();
    }
    let ends = text.grapheme_indices(true).map(|(start, _)| start);
    let end = ends
        .take(count.min(most.saturating_sub(1)) + 1)
        .last()
        .unwrap_or(0);
    let head = &text[..end];
    let kept = head.rfind(' ').filter(|space| *space > end / 2);
    format!("{}…", head[..kept.unwrap_or(end)].trim_end())
}

/// A mark at the start decides, then the server, then the page itself, else UTF-8.
fn decode(html: &[u8], content_type: Option<&str>) -> String {
    let named = || {
        let by_server = content_type.and_then(charset_in);
        by_server.or_else(|| declared(html)).unwrap_or(UTF_8)
    };
    let (encoding, skipped) = Encoding::for_bom(html).unwrap_or_else(|| (named(), 0));
    let (text, _) = encoding.decode_without_bom_handling(&html[skipped..]);
    text.into_owned()
}

fn charset_in(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let label = lower.split("charset").nth(1)?.trim_start();
    let label = label.strip_prefix('=')?.trim_start();
    let label = label.trim_start_matches(['"', '\'']);
    let end = label.find(['"', '\'', ';', ' ', ',']);
    Encoding::for_label(&label.as_bytes()[..end.unwrap_or(label.len())])
}

/// `<meta charset>` or `<meta http-equiv="content-type">` near the top.
fn declared(html: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&html[..html.len().min(PRESCAN)]);
    let found = tokens(&head).find_map(|(token, _)| {
        let Token::StartTag(tag) = token else {
            return None;
        };
        if &tag.name[..] != b"meta" {
            return None;
        }
        let charset = attribute(&tag, b"charset");
        let by_name = charset.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
        let is_type = attribute(&tag, b"http-equiv")
            .is_some_and(|name| name.eq_ignore_ascii_case("content-type"));
        let content = attribute(&tag, b"content").filter(|_| is_type);
        by_name.or_else(|| charset_in(&content?))
    });
    // A page that could be read so far is not UTF-16, whatever it says.
    found.map(Encoding::output_encoding)
}

#[cfg(test)]
mod tests;
