//! What a page says of itself: OpenGraph first, then Twitter's names, then HTML's own.

use std::collections::HashMap;

use encoding_rs::{Encoding, UTF_8};
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

/// How much of a title is shown, in graphemes.
const TITLE: usize = 300;
/// The same of a description.
const DESCRIPTION: usize = 1_000;
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
    let base = base.as_ref().unwrap_or(url);
    let pictures = [
        "og:image:secure_url",
        "og:image",
        "og:image:url",
        "twitter:image",
        "twitter:image:src",
    ];
    let picture = pictures.iter().find_map(|name| {
        let address = found.meta.get(*name)?.trim();
        let address = base.join(address).ok().filter(|_| !address.is_empty())?;
        matches!(address.scheme(), "http" | "https").then_some(address)
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
    let mut in_svg = 0_usize;
    for token in tokens(html) {
        match token {
            Token::StartTag(tag) => match &tag.name[..] {
                b"title" if in_svg == 0 && found.title.is_empty() => in_title = true,
                b"svg" if !tag.self_closing => in_svg += 1,
                b"meta" => found.read_meta(&tag),
                b"base" if found.base.is_none() => found.base = attribute(&tag, b"href"),
                _ => {}
            },
            Token::EndTag(tag) => match &tag.name[..] {
                b"title" => in_title = false,
                b"svg" => in_svg = in_svg.saturating_sub(1),
                _ => {}
            },
            Token::String(text) if in_title => {
                found.title += &String::from_utf8_lossy(&text);
            }
            _ => {}
        }
    }
    found
}

/// What looks like tags inside titles, scripts and styles is none.
fn tokens(html: &str) -> impl Iterator<Item = Token<()>> {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter).flatten()
}

impl Found {
    fn read_meta(&mut self, tag: &StartTag<()>) {
        let name = attribute(tag, b"property").or_else(|| attribute(tag, b"name"));
        let (Some(name), Some(content)) = (name, attribute(tag, b"content")) else {
            return;
        };
        let name = name.trim().to_lowercase();
        if !content.trim().is_empty() {
            self.meta.entry(name).or_insert(content);
        }
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// White space collapsed, without characters that control or reorder what stands beside them.
pub(super) fn clean(text: &str) -> String {
    let visible = |c: &char| {
        !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
            && (!c.is_control() || c.is_whitespace())
    };
    let text: String = text.chars().filter(visible).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many graphemes, cut between words.
pub(super) fn cut(text: &str, most: usize) -> String {
    let mut graphemes = text.grapheme_indices(true);
    let Some((end, _)) = graphemes.nth(most.saturating_sub(1)) else {
        return text.to_owned();
    };
    if graphemes.next().is_none() {
        return text.to_owned();
    }
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
    let found = tokens(&head).find_map(|token| {
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
