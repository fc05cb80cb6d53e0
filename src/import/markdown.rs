//! The way back: Markdown that compiles to a given text with given facets.
//!
//! Only what Markdown would change is escaped, so that an imported file reads as its author wrote it.

use std::ops::Range;

use crate::post::{
    Address, Facet, Feature,
    rich_text::detect::{detect, overlong_tags},
};

/// What breaks the parts of a thread.
pub(crate) const BREAK: &str = "\n\n---\n\n";

/// Markdown of one part, without a line break at its end.
///
/// A facet that updraft's Markdown can't say (a mention whose words are no handle, a tag of other
/// words, a link that holds a blank line) is left out; whoever compiles it sees that.
pub(crate) fn markdown(text: &str, facets: &[Facet]) -> String {
    let detected = detect(text);
    let is_plain = |facet: &Facet| detected.contains(facet);
    let links = facets.iter().filter(|facet| !is_plain(facet));
    let mut links: Vec<(Range<usize>, &str)> = links
        .filter_map(|facet| match &facet.feature {
            Feature::Link(url) => Some((facet.range.clone(), url.as_str())),
            _ => None,
        })
        .collect();
    links.sort_by_key(|(range, _)| range.start);
    let unwanted = detected.iter().filter(|facet| !facets.contains(facet));
    let unwanted = unwanted.map(|facet| facet.range.clone());
    // Nothing is detected where a written link is.
    let is_free = |range: &Range<usize>| {
        !links
            .iter()
            .any(|(link, _)| link.start < range.end && range.start < link.end)
    };
    let plain = unwanted.chain(overlong_tags(text)).filter(is_free);
    let plain = plain.map(|range| range.start).collect();
    let writer = Writer {
        text,
        links,
        plain,
        out: String::with_capacity(text.len()),
    };
    writer.write()
}

/// The facets that an app would have found in a text, less mentions of what can't be a handle.
pub(crate) fn detected(text: &str) -> Vec<Facet> {
    let is_handle =
        |name: &str| Address::parse(&format!("at://{name}/app.bsky.feed.post/x")).is_some();
    let mut facets = detect(text);
    facets.retain(|facet| match &facet.feature {
        Feature::Mention(name) => is_handle(name),
        _ => true,
    });
    facets
}

/// A text as updraft's Markdown shows it without entities: the white space that nobody sees at the
/// ends of lines and between paragraphs is gone.
pub(crate) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(|line| line.trim_end()) {
        let is_repeated = line.is_empty() && lines.last().is_none_or(|last| last.is_empty());
        if !is_repeated {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

struct Writer<'a> {
    text: &'a str,
    /// Links that have to be written out, in order.
    links: Vec<(Range<usize>, &'a str)>,
    /// Where something begins that must not become a facet.
    plain: Vec<usize>,
    out: String,
}

impl Writer<'_> {
    fn write(mut self) -> String {
        let text = self.text;
        let mut start = 0;
        let mut blank_lines = 0;
        for line in text.split('\n') {
            let range = start..start + line.len();
            start = range.end + 1;
            if line.is_empty() {
                blank_lines += 1;
                continue;
            }
            self.break_line(blank_lines, range.start == blank_lines);
            blank_lines = 0;
            self.line(range);
        }
        // `split` yields one line more than there are breaks.
        let breaks = blank_lines - usize::from(self.out.is_empty());
        self.out.push_str(&"&#10;".repeat(breaks));
        self.out
    }

    /// The line break behind the last line, and the blank lines. Markdown keeps one of these.
    fn break_line(&mut self, blank_lines: usize, is_first: bool) {
        match (is_first, blank_lines) {
            (true, blank) => self.out.push_str(&"&#10;".repeat(blank)),
            (false, 0) => self.out.push('\n'),
            (false, blank) => {
                self.out.push_str("\n\n");
                self.out.push_str(&"&#10;".repeat(blank - 1));
            }
        }
    }

    fn line(&mut self, range: Range<usize>) {
        let line = &self.text[range.clone()];
        let inner = visible(line);
        let structure = Structure::of(line);
        for (at, c) in line.char_indices() {
            let place = range.start + at;
            self.open_link(place);
            let is_edge = !inner.contains(&at);
            if is_edge || matches!(c, '\r' | '\u{b}' | '\u{c}') {
                self.out.push_str(&format!("&#{};", u32::from(c)));
            } else {
                self.character((place, c), structure.escapes(at, c));
            }
            self.close_link(place + c.len_utf8());
        }
    }

    fn open_link(&mut self, place: usize) {
        if self.links.iter().any(|(range, _)| range.start == place) {
            // `!` before it would make a picture of it.
            if self.out.ends_with('!') {
                self.out.pop();
                self.out.push_str("\\!");
            }
            self.out.push('[');
        }
    }

    fn close_link(&mut self, place: usize) {
        if let Some((_, url)) = self.links.iter().find(|(range, _)| range.end == place) {
            let plain =
                !url.contains(['(', ')', '<', '>', '\\']) && !url.contains(char::is_control);
            let mut escaped = String::new();
            for c in url.chars() {
                if matches!(c, '<' | '>' | '\\' | '&') {
                    escaped.push('\\');
                }
                escaped.push(c);
            }
            self.out += &if plain {
                format!("]({escaped})")
            } else {
                format!("](<{escaped}>)")
            };
        }
    }

    fn character(&mut self, (place, c): (usize, char), is_structure: bool) {
        let rest = &self.text[place + c.len_utf8()..];
        let before = self.text[..place].chars().next_back();
        let next = rest.chars().next();
        let is_in_link = self.links.iter().any(|(range, _)| range.contains(&place));
        let is_at_link = self
            .links
            .iter()
            .any(|(range, _)| range.end == place || range.start == place + c.len_utf8());
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_escaped = match c {
            '*' | '`' | '[' | '<' | '~' => true,
            ']' => is_in_link,
            // Beside a written link stands a bracket, no word.
            '_' => is_in_link || is_at_link || !(is_word(before) && is_word(next)),
            '&' => is_entity(rest),
            _ => false,
        };
        // A backslash before a link is read as the sign that it is none, even an escaped one.
        if c == '\\' && (is_word(next) || next == Some('＃')) {
            self.out.push_str("&#92;");
            return;
        }
        if is_escaped || is_structure || self.plain.contains(&place) || c == '\\' {
            self.out.push('\\');
        }
        self.out.push(c);
    }
}

/// Whether what stands behind an `&` makes an entity of it.
fn is_entity(rest: &str) -> bool {
    let name = rest.trim_start_matches(|c: char| c == '#' || c.is_ascii_alphanumeric());
    name.len() < rest.len() && name.starts_with(';')
}

/// The part of a line without the white space at its ends, which Markdown would drop.
fn visible(line: &str) -> Range<usize> {
    let blank = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '\u{feff}' | '\u{ad}' | '\u{2060}' | '\u{200b}'..='\u{200d}' | '\u{20e2}'
            )
    };
    if line.chars().all(blank) {
        return 0..0;
    }
    let start = line.len() - line.trim_start().len();
    let end = line
        .trim_end_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .len();
    start..end
}

/// What would make a list, a heading, a quote, a rule or a table of a line.
enum Structure {
    None,
    /// A backslash goes before the character there.
    At(usize),
    /// All of these in the line.
    Each(char),
}

impl Structure {
    fn of(line: &str) -> Self {
        let is_blank = |text: &str| text.is_empty() || text.starts_with([' ', '\t', '\r']);
        let made_of = |signs: &str| line.chars().all(|c| signs.contains(c) || c.is_whitespace());
        if made_of("-:|") && line.contains('-') {
            return Self::Each('-');
        }
        if line.starts_with('>') || (line.starts_with('=') && made_of("=")) {
            return Self::At(0);
        }
        if line.starts_with(['-', '+']) && is_blank(&line[1..]) {
            return Self::At(0);
        }
        let behind = line.trim_start_matches('#');
        if behind.len() < line.len() && is_blank(behind) {
            return Self::At(0);
        }
        let behind = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = line.len() - behind.len();
        if digits > 0 && behind.starts_with(['.', ')']) && is_blank(&behind[1..]) {
            return Self::At(digits);
        }
        Self::None
    }

    fn escapes(&self, at: usize, c: char) -> bool {
        match self {
            Self::None => false,
            Self::At(place) => *place == at,
            Self::Each(sign) => *sign == c,
        }
    }
}

#[cfg(test)]
mod tests;
