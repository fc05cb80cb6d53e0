//! Reads a post's Markdown into the parts of a thread, as Bluesky can show them.
//!
//! CommonMark decides what is what. Blocks keep a blank line between them where the author left
//! one. HTML comments are notes among authors, invisible wherever Markdown is read, and so left out.

mod block;
mod inline;

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{
    compose::{Composer, Container},
    draft::DraftPart,
    facets, notes,
};
use crate::diagnostic::{Diagnostic, Span};

/// The parts of the thread in `source[body]`, and all that is wrong with them, in order of place.
/// `source` is the whole file; spans are bytes of it. There is at least one part.
pub fn parse(source: &str, body: Range<usize>) -> (Vec<DraftPart>, Vec<Diagnostic>) {
    let mut reader = Reader::new(source, body);
    let (events, unused) = events(source, &reader.body);
    for (event, span) in events {
        reader.read(event, span);
    }
    for span in unused {
        reader.unshown.note(notes::unused_address(span));
    }
    reader.finish()
}

/// CommonMark's events with spans in the file; adjoining text is one event. And the places of
/// addresses (`[label]: address`) that no link names.
fn events<'a>(source: &'a str, body: &Range<usize>) -> (Vec<(Event<'a>, Span)>, Vec<Span>) {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let mut events: Vec<(Event<'a>, Span)> = Vec::new();
    let mut parser = Parser::new_ext(&source[body.clone()], options).into_offset_iter();
    for (event, range) in parser.by_ref() {
        let span = range.start + body.start..range.end + body.start;
        if let (Event::Text(text), Some((Event::Text(last), place))) = (&event, events.last_mut())
            && place.end == span.start
            && source[place.clone()] == **last
            && source[span.clone()] == **text
        {
            place.end = span.end;
            *last = source[place.clone()].into();
            continue;
        }
        events.push((event, span));
    }
    let unused = block::unused_definitions(parser.reference_definitions(), &events)
        .map(|range| trimmed(source, range.start + body.start..range.end + body.start));
    let mut unused: Vec<Span> = unused.collect();
    unused.sort_by_key(|span| span.start);
    (events, unused)
}

const FOOTNOTE_HELP: &str =
    "write the note into the text or a part of its own, or `\\[` for the sign itself";

struct Reader<'a> {
    source: &'a str,
    body: Range<usize>,
    composer: Composer,
    parts: Vec<DraftPart>,
    diagnostics: Vec<Diagnostic>,
    unshown: notes::Unshown,
    /// Where the part at hand begins.
    part_start: usize,
    /// Errors before the part at hand: one with an error of its own isn't called empty.
    errors_before: usize,
    /// The next number of each open list; `None` in bullet lists.
    lists: Vec<Option<u64>>,
    link: Option<String>,
    image: Option<Image>,
    in_code: bool,
    /// How deep inside a table or footnote, which is passed over.
    skipped: usize,
    last_text_end: usize,
}

/// A picture whose alt text is being read.
struct Image {
    path: String,
    alt: String,
    title: String,
    span: Span,
    /// Pictures in the alt text of this one.
    inner: usize,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str, body: Range<usize>) -> Self {
        let end = body.end.min(source.len());
        let body = if source.get(body.start..end).is_some() {
            body.start..end
        } else {
            source.len()..source.len()
        };
        Self {
            source,
            part_start: body.start,
            body,
            composer: Composer::default(),
            parts: Vec::new(),
            diagnostics: Vec::new(),
            unshown: notes::Unshown::default(),
            errors_before: 0,
            lists: Vec::new(),
            link: None,
            image: None,
            in_code: false,
            skipped: 0,
            last_text_end: 0,
        }
    }

    fn read(&mut self, event: Event<'_>, span: Span) {
        if self.skipped > 0 {
            match event {
                Event::Start(_) => self.skipped += 1,
                Event::End(_) => self.skipped -= 1,
                _ => {}
            }
        } else if self.image.is_some() {
            self.read_alt(event);
        } else {
            match event {
                Event::Start(tag) => self.start(tag, span),
                Event::End(tag) => self.end(tag, span),
                leaf => self.leaf(leaf, span),
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Span) {
        match tag {
            Tag::Paragraph => self.open_block(&span, true),
            Tag::Heading { .. } => self.start_heading(&span),
            Tag::BlockQuote(_) => {
                self.open_block(&span, false);
                self.composer.enter(Container::Quote);
            }
            Tag::CodeBlock(_) => {
                self.open_block(&span, false);
                self.in_code = true;
                self.unshown.lost("code", &span);
            }
            Tag::HtmlBlock => self.html(&span),
            Tag::List(first) => {
                self.open_block(&span, false);
                self.lists.push(first);
            }
            Tag::Item => self.start_item(&span),
            Tag::Emphasis => self.unshown.lost("emphasis", &span),
            Tag::Strong => self.unshown.lost("bold", &span),
            Tag::Strikethrough => self.strike(&span, span.start),
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => {
                self.unshown.title(&title, &span);
                self.start_link(link_type, &dest_url, span);
            }
            Tag::Image {
                dest_url, title, ..
            } => {
                self.unshown.title(&title, &span);
                self.start_image((&dest_url, &title), span);
            }
            Tag::Table(_) => self.refuse(
                "tables",
                span,
                "write the rows as text or a list, or add a picture of the table",
            ),
            Tag::FootnoteDefinition(_) => self.refuse("footnotes", span, FOOTNOTE_HELP),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, span: Span) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => self.composer.close_block(),
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.composer.close_block();
            }
            TagEnd::BlockQuote(_) | TagEnd::Item => self.composer.leave(),
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Link => {
                if let Some(url) = self.link.take() {
                    let is_autolink = self.source[span.clone()].starts_with('<');
                    self.composer.close_link(&url, span, is_autolink);
                }
            }
            TagEnd::Strikethrough => self.strike(&span, span.end.saturating_sub(1)),
            _ => {}
        }
    }

    fn leaf(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Text(text) if self.in_code => {
                let text = text.replace("\r\n", "\n");
                self.composer.push_code(&text, span);
            }
            Event::Text(text) => self.text(&text, span),
            Event::Code(text) => {
                self.unshown.lost("code", &span);
                let place = self.place_of(&text, &span);
                self.composer.push_code(&text, place);
            }
            Event::SoftBreak | Event::HardBreak => self.composer.line_break(),
            Event::InlineHtml(raw) if notes::is_comment(&raw) => self.composer.gap(),
            Event::InlineHtml(raw) if raw.starts_with("</") => {}
            Event::InlineHtml(raw) => self.unshown.note(notes::html(&raw, span)),
            Event::FootnoteReference(_) => {
                let note = notes::unsupported("footnotes", span, FOOTNOTE_HELP);
                self.unshown.note(note);
            }
            Event::Rule => self.rule(span),
            _ => {}
        }
    }

    fn open_block(&mut self, span: &Span, is_paragraph: bool) {
        let is_below_blank = is_below_blank(&self.source[self.part_start..span.start]);
        self.composer.open_block(is_below_blank, is_paragraph);
    }

    fn end_part(&mut self, end: usize, rule: Option<Span>) {
        let composer = std::mem::take(&mut self.composer);
        let span = trimmed(self.source, self.part_start..end);
        let (mut part, problems) = facets::finish(composer, span.clone());
        self.diagnostics.extend(problems);
        let is_empty = part.text.text().trim().is_empty() && part.pictures.is_empty();
        if is_empty && self.errors() == self.errors_before {
            let number = self.parts.len() + 1;
            let is_alone = rule.is_none() && self.parts.is_empty();
            part.span = rule.unwrap_or(span);
            self.diagnostics
                .push(notes::empty_part(number, is_alone, part.span.clone()));
        }
        self.errors_before = self.errors();
        self.parts.push(part);
    }

    fn errors(&self) -> usize {
        let found = self.diagnostics.iter().filter(|d| d.is_error()).count();
        found + self.unshown.errors()
    }

    fn finish(mut self) -> (Vec<DraftPart>, Vec<Diagnostic>) {
        self.end_part(self.body.end, None);
        self.diagnostics
            .extend(self.unshown.into_diagnostics(self.source));
        self.diagnostics
            .sort_by_key(|d| d.span.as_ref().map(|span| span.start));
        (self.parts, self.diagnostics)
    }
}

/// Whether the line above the end of `text` is blank, quote marks aside.
fn is_below_blank(text: &str) -> bool {
    let above = text.rfind('\n').map_or("", |at| &text[..at]);
    let line = above.rsplit('\n').next().unwrap_or("");
    text.contains('\n') && line.chars().all(|c| c.is_whitespace() || c == '>')
}

fn trimmed(source: &str, range: Range<usize>) -> Span {
    let text = &source[range.clone()];
    let start = range.start + text.len() - text.trim_start().len();
    start..(range.start + text.trim_end().len()).max(start)
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
