//! What stands inside a line: text with its escapes, links, pictures.

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::{Image, Reader};
use crate::{
    diagnostic::Span,
    post::rich_text::{
        compose::Piece,
        detect::{is_invisible, is_space},
        draft::PictureRef,
        notes,
    },
};

impl Reader<'_> {
    pub(super) fn text(&mut self, text: &str, span: Span) {
        if self.source[span.clone()].starts_with('&') && text.chars().all(is_blank) {
            self.composer.push_blank(text, span);
            return;
        }
        let before = span.start.checked_sub(1);
        let is_escaped = before.is_some_and(|at| {
            self.last_text_end <= at && self.source.as_bytes().get(at) == Some(&b'\\')
        });
        self.last_text_end = span.end;
        self.composer.push_prose(&Piece {
            text,
            source: span,
            is_escaped,
        });
    }

    /// One tilde on each side also strikes through; more often it means "about".
    pub(super) fn strike(&mut self, span: &Span, at: usize) {
        if self.source[span.clone()].starts_with("~~") {
            if at == span.start {
                self.unshown.lost("strikethrough", span);
            }
        } else {
            self.text("~", at..at + 1);
        }
    }

    pub(super) fn start_link(&mut self, kind: LinkType, url: &str, span: Span) {
        let url = match kind {
            LinkType::Email => format!("mailto:{url}"),
            _ => url.to_owned(),
        };
        let problem = notes::check_link(&url, span);
        if problem.is_none() {
            self.composer.open_link();
            self.link = Some(url);
        }
        self.diagnostics.extend(problem);
    }

    pub(super) fn start_image(&mut self, (path, title): (&str, &str), span: Span) {
        if self.link.is_some() {
            self.unshown.note(notes::unsupported(
                "a picture that is a link",
                span.clone(),
                "put the picture beside the link",
            ));
        }
        self.image = Some(Image {
            path: path.to_owned(),
            alt: String::new(),
            title: title.to_owned(),
            span,
            inner: 0,
        });
    }

    pub(super) fn read_alt(&mut self, event: Event<'_>) {
        let Some(image) = &mut self.image else { return };
        match event {
            Event::Text(text) | Event::Code(text) => image.alt.push_str(&text),
            Event::SoftBreak | Event::HardBreak => image.alt.push(' '),
            Event::Start(Tag::Image { .. }) => image.inner += 1,
            Event::End(TagEnd::Image) if image.inner > 0 => image.inner -= 1,
            Event::End(TagEnd::Image) => self.end_image(),
            _ => {}
        }
    }

    fn end_image(&mut self) {
        let Some(image) = self.image.take() else {
            return;
        };
        self.composer.gap();
        self.composer.pictures.push(PictureRef {
            path: image.path,
            alt: image.alt.trim().to_owned(),
            title: image.title,
            span: image.span,
        });
    }

    /// The text of a code span inside its backticks.
    pub(super) fn place_of(&self, text: &str, span: &Span) -> Span {
        match self.source[span.clone()].find(text) {
            Some(at) => span.start + at..span.start + at + text.len(),
            None => span.clone(),
        }
    }
}

/// What nobody sees at the end of a line.
fn is_blank(c: char) -> bool {
    is_space(c) || is_invisible(c)
}
