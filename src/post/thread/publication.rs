//! From a file's Markdown and front matter to what it publishes.

use super::{Checking, Context};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    post::{
        Defaults, Document, Gates, Image, Media, Post, Publication, Quotes, Replies, Target,
        front_matter::CardSetting,
        limits,
        picture::{self, Reference},
        rich_text::{DraftPart, PictureRef, markdown},
        split,
    },
};

/// What a repost may have beside its target.
const BESIDE_REPOST: &[&str] = &["repost"];

impl Checking {
    pub(super) fn publication(
        &mut self,
        defaults: &Defaults,
        context: &Context<'_>,
    ) -> Publication {
        if let Some((target, _)) = self.front_matter.repost.clone() {
            self.check_repost();
            return Publication::Repost(target);
        }
        let gates = self.gates(defaults);
        let parts = self.parts(defaults);
        self.check_writes(parts.len(), &gates);
        let cards = self.cards(&parts, defaults);
        self.check_captions(&parts);
        let mut posts = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let card = cards.get(at).cloned().flatten();
            let quote = self.quote(part, at == 0);
            let media = self.media(part, card, (defaults, context));
            posts.push(Post {
                text: part.text.clone(),
                langs: self
                    .front_matter
                    .langs
                    .clone()
                    .unwrap_or_else(|| defaults.langs.clone()),
                tags: self.front_matter.tags.clone(),
                labels: self
                    .front_matter
                    .labels
                    .clone()
                    .unwrap_or_else(|| defaults.labels.clone()),
                quote,
                media,
            });
        }
        let reply_to = self.front_matter.reply_to.clone().map(|(target, _)| target);
        Publication::Posts {
            posts,
            reply_to,
            gates,
        }
    }

    /// A repost has no text, and nothing that belongs to one.
    fn check_repost(&mut self) {
        for (key, span) in self.front_matter.given.clone() {
            if !BESIDE_REPOST.contains(&key) {
                let message = format!("`{key}` means nothing beside `repost`");
                self.conflict(span, message, "remove it; to say something about the post, write `quote:` instead of `repost:`");
            }
        }
        let body = self.document.body();
        let (parts, _) = markdown::parse(self.document.source(), body);
        let said = parts
            .iter()
            .find(|part| !part.text.text().is_empty() || !part.pictures.is_empty());
        if let Some(part) = said {
            let span = part.span.clone();
            self.conflict(
                span,
                "a repost has no text of its own".into(),
                "write `quote:` instead of `repost:`, or remove the text",
            );
        }
    }

    fn conflict(&mut self, span: Span, message: String, help: &str) {
        self.mistakes
            .push(Diagnostic::error(Code::Conflict, span, message).help(help));
    }

    fn gates(&mut self, defaults: &Defaults) -> Gates {
        let own = self.front_matter.replies.clone();
        let replies = match (&self.front_matter.reply_to, own) {
            (Some(_), Some((_, span))) => {
                let message =
                    "an answer stands in another post's thread, whose author says who may reply"
                        .into();
                self.conflict(span, message, "remove `replies`");
                Replies::Everyone
            }
            (Some(_), None) => Replies::Everyone,
            (None, Some((replies, _))) => replies,
            (None, None) => defaults.replies.clone(),
        };
        let quotes = self
            .front_matter
            .quotes
            .as_ref()
            .map_or(defaults.quotes, |(quotes, _)| *quotes);
        Gates { replies, quotes }
    }

    /// The parts as they go out, each with what became of its last link.
    fn parts(&mut self, defaults: &Defaults) -> Vec<DraftPart> {
        let (mut parts, mut mistakes) =
            markdown::parse(self.document.source(), self.document.body());
        let needs_none = |mistake: &Diagnostic| {
            let empty = parts.iter().enumerate();
            let mut empty = empty.filter(|(_, part)| mistake.span.as_ref() == Some(&part.span));
            empty.any(|(at, _)| self.needs_no_text(at))
        };
        mistakes.retain(|mistake| mistake.code != Code::EmptyPost || !needs_none(mistake));
        if self.front_matter.publish_at.is_some() {
            mistakes.extend(unwritten(&self.document));
        }
        let sound = !mistakes.iter().any(Diagnostic::is_error);
        self.mistakes.extend(mistakes);
        let shortens = self
            .front_matter
            .shorten_links
            .unwrap_or(defaults.shorten_links);
        for (origin, part) in parts.iter_mut().enumerate() {
            part.origin = origin;
            self.take_last_link(part, defaults.link_cards);
            if shortens {
                part.shorten_links();
            }
        }
        if sound { self.lengths(parts) } else { parts }
    }

    /// A quote or a card alone is a post too; and so is what went out, whose pictures may be on the network
    /// alone: what was edited in it since is warned of, and must not keep it from being taken back.
    fn needs_no_text(&self, origin: usize) -> bool {
        self.has_quote(origin)
            || matches!(self.setting(origin), CardSetting::Given(_))
            || self.went_out()
    }

    /// All of a thread's records go out in one write.
    fn check_writes(&mut self, parts: usize, gates: &Gates) {
        let postgates = if gates.quotes == Quotes::Deny {
            parts
        } else {
            0
        };
        let threadgates = usize::from(gates.replies != Replies::Everyone);
        let writes = parts + postgates + threadgates;
        if writes <= limits::WRITES {
            return;
        }
        let message = match writes - parts {
            0 => format!("{parts} parts; a thread has at most {}", limits::WRITES),
            gates => format!(
                "{parts} parts and {gates} gates; one write has room for {} records",
                limits::WRITES
            ),
        };
        self.mistakes.push(
            Diagnostic::error(Code::ThreadTooLong, None, message)
                .help("make two files of it, the second due a minute later"),
        );
    }

    /// Over-long parts are split where the author asked for it, and mistakes elsewhere; the parts of
    /// a thread get their numbers.
    fn lengths(&mut self, parts: Vec<DraftPart>) -> Vec<DraftPart> {
        let numbering = self.front_matter.numbering.as_ref();
        let fitted = match numbering {
            _ if self.front_matter.split => {
                split::split(parts.clone(), numbering).map_err(|mistake| vec![mistake])
            }
            Some(numbering) => split::number_only(parts.clone(), numbering),
            None => {
                let mistakes = parts.iter().filter_map(DraftPart::check_length);
                self.mistakes.extend(mistakes);
                return parts;
            }
        };
        fitted.unwrap_or_else(|mistakes| {
            self.mistakes.extend(mistakes);
            parts
        })
    }

    /// What a part quotes: the front matter's for the first, else its last paragraph's.
    fn quote(&self, part: &DraftPart, is_first: bool) -> Option<Target> {
        let own = self.front_matter.quote.as_ref().filter(|_| is_first);
        let embedded = || super::cards::quoted(&part.embedded.as_ref()?.url);
        own.map(|(target, _)| target.clone()).or_else(embedded)
    }

    fn media(
        &mut self,
        part: &DraftPart,
        card: Option<super::cards::Shown>,
        (defaults, context): (&Defaults, &Context<'_>),
    ) -> Option<Media> {
        if let Some(reference) = self.video_reference(part) {
            return self.video(reference, context).map(Media::Video);
        }
        let images = self.images(part, (defaults, context));
        if !images.is_empty() {
            return Some(Media::Images(images));
        }
        Some(Media::Card(self.card(card?, context)))
    }

    fn images(
        &mut self,
        part: &DraftPart,
        (defaults, context): (&Defaults, &Context<'_>),
    ) -> Vec<Image> {
        if let Some(extra) = part.pictures.get(limits::GALLERY) {
            let message = format!(
                "{} pictures; a post shows at most {}",
                part.pictures.len(),
                limits::GALLERY
            );
            self.mistakes.push(
                Diagnostic::error(Code::TooManyPictures, extra.span.clone(), message)
                    .label("this one is too many")
                    .help("move some below a `---`, into the next post of the thread"),
            );
        }
        let mut images = Vec::new();
        for picture in part.pictures.iter().take(limits::GALLERY) {
            match self.image(picture, (defaults, context)) {
                Ok(image) => {
                    self.mistakes.extend(image.warning(picture.span.clone()));
                    images.push(image);
                }
                Err(mistake) => self.mistakes.push(mistake),
            }
        }
        images
    }

    fn image(
        &self,
        picture: &PictureRef,
        (defaults, context): (&Defaults, &Context<'_>),
    ) -> Result<Image, Diagnostic> {
        let PictureRef {
            path, alt, span, ..
        } = picture;
        if alt.trim().is_empty() {
            return Err(picture::missing_alt(path, span.clone()));
        }
        let reference = Reference {
            destination: path,
            alt,
            span: span.clone(),
        };
        let path = self.document.path();
        context
            .pictures
            .load(path, &reference, defaults.image_bytes)
    }
}

/// What `updraft new` writes in a post's place.
pub const PLACEHOLDER: &str = "Write the post here.";

/// The skeleton's text, in a post that would go out.
fn unwritten(document: &Document) -> Option<Diagnostic> {
    let body = document.body_text();
    let text = body.trim();
    (text == PLACEHOLDER).then(|| {
        let start = document.body().start + (body.len() - body.trim_start().len());
        Diagnostic::error(
            Code::UnwrittenPost,
            start..start + text.len(),
            "this is what `updraft new` wrote, and it would go out",
        )
        .help("write the post; until then, leave `publish_at` out")
    })
}
