//! Which part shows which link card, and which quotes what its last paragraph names.

use super::{Checking, Context};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    post::{
        Address, Card, Defaults, LinkCards, Pinned, Target,
        front_matter::{CardSetting, GivenCard},
        limits,
        picture::Reference,
        rich_text::DraftPart,
    },
};

/// A card on its way: where it leads, and what the front matter says of it.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    url: String,
    part: usize,
    given: Option<GivenCard>,
}

/// What a link that stands alone quotes, if it is one to something that can be quoted.
pub(super) fn quoted(url: &str) -> Option<Target> {
    Address::parse(url).map(Target::Record)
}

fn is_page(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

impl Checking {
    pub(super) fn setting(&self, origin: usize) -> CardSetting {
        let settings = &self.front_matter.cards;
        settings.get(origin).cloned().unwrap_or_default()
    }

    pub(super) fn has_quote(&self, origin: usize) -> bool {
        origin == 0 && self.front_matter.quote.is_some()
    }

    /// A link alone in the last paragraph leaves the text if it becomes a quote or a card.
    pub(super) fn take_last_link(&self, part: &mut DraftPart, mode: LinkCards) {
        let Some(link) = part.last_link() else {
            return;
        };
        let quotes = quoted(&link.url).is_some() && !self.has_quote(part.origin);
        let shows = match self.setting(part.origin) {
            CardSetting::Never => false,
            CardSetting::Given(card) => card.url.is_none_or(|(url, _)| url == link.url),
            CardSetting::Usual => {
                mode == LinkCards::Live
                    && part.pictures.is_empty()
                    && !self.has_quote(part.origin)
                    && is_page(&link.url)
            }
        };
        if quotes || shows {
            part.drop_last_paragraph();
            part.embedded = Some(link);
        }
    }

    /// The card of each part, as they go out.
    pub(super) fn cards(&mut self, parts: &[DraftPart], defaults: &Defaults) -> Vec<Option<Shown>> {
        let mut cards = vec![None; parts.len()];
        let mut start = 0;
        for pieces in parts.chunk_by(|one, other| one.origin == other.origin) {
            if let Some((at, card)) = self.card_of(pieces, defaults.link_cards) {
                cards[start + at] = Some(card);
            }
            start += pieces.len();
        }
        self.check_unused_settings(parts.last().map_or(0, |part| part.origin + 1));
        cards
    }

    /// The card of one part as written, and which of its pieces shows it.
    fn card_of(&mut self, pieces: &[DraftPart], mode: LinkCards) -> Option<(usize, Shown)> {
        let (first, last) = (pieces.first()?, pieces.last()?);
        let own = last
            .embedded
            .as_ref()
            .filter(|link| quoted(&link.url).is_none());
        let own = own.map(|link| link.url.clone());
        let is_quote = self.has_quote(first.origin) || (last.embedded.is_some() && own.is_none());
        let linked = || {
            let mut all = pieces.iter().flat_map(DraftPart::links);
            all.find(|url| is_page(url)).map(str::to_owned)
        };
        let card = match self.setting(first.origin) {
            CardSetting::Never => return None,
            CardSetting::Usual => {
                let is_free = first.pictures.is_empty() && !is_quote && mode == LinkCards::Live;
                let url = own.clone().or_else(linked).filter(|_| is_free)?;
                Shown {
                    url,
                    part: first.origin,
                    given: None,
                }
            }
            CardSetting::Given(given) => {
                let url = given.url.as_ref().map(|(url, _)| url.clone());
                let url = url.or_else(|| own.clone()).or_else(linked);
                self.check_given(&given, (url.as_deref(), mode), pieces);
                Shown {
                    url: url?,
                    part: first.origin,
                    given: Some(*given),
                }
            }
        };
        let shown_by = |piece: &DraftPart| piece.links().any(|url| url == card.url);
        let at = match own.as_ref() == Some(&card.url) {
            true => pieces.len() - 1,
            false => pieces.iter().position(shown_by).unwrap_or(0),
        };
        Some((at, card))
    }

    fn check_given(
        &mut self,
        given: &GivenCard,
        (url, mode): (Option<&str>, LinkCards),
        pieces: &[DraftPart],
    ) {
        if pieces.iter().any(|piece| !piece.pictures.is_empty()) {
            self.refuse_card(
                Code::Conflict,
                given.span.clone(),
                "a post shows pictures, a video or a card, not two of them",
                "remove one of them, or move the picture or video below a `---`",
            );
        }
        let Some(url) = url else {
            if !given.unreadable_url {
                self.refuse_card(
                    Code::InvalidCard,
                    given.span.clone(),
                    "this card leads nowhere: the text has no link",
                    "add `url: https://example.com/notes`",
                );
            }
            return;
        };
        if given.title.is_none() && mode != LinkCards::Live {
            self.refuse_card(
                Code::InvalidCard,
                given.span.clone(),
                "this card is not pinned, and by updraft.yml's `link_cards` no page is read at publishing",
                match mode {
                    LinkCards::Pinned => "run `updraft pin`, or write its `title:`",
                    _ => "write its `title:`, or set `link_cards: pinned` and run `updraft pin`",
                },
            );
        }
        let embedded = pieces.last().and_then(|piece| piece.embedded.as_ref());
        let named = embedded.is_some_and(|link| link.url == url)
            || pieces
                .iter()
                .flat_map(DraftPart::links)
                .any(|link| link == url);
        let has_links =
            embedded.is_some() || pieces.iter().any(|piece| piece.links().next().is_some());
        let is_stale = has_links && !named && !self.went_out_as_written();
        if let (true, Some((_, span))) = (is_stale, &given.url) {
            let message = format!("the card leads to `{url}`, and the text to another page");
            self.mistakes.push(
                Diagnostic::warning(Code::StaleCard, span.clone(), message).help(
                    "if the link was changed since the card was pinned, run `updraft pin` again",
                ),
            );
        }
    }

    fn refuse_card(&mut self, code: Code, span: Span, message: &str, help: &str) {
        self.mistakes
            .push(Diagnostic::error(code, span, message).help(help));
    }

    fn check_unused_settings(&mut self, parts: usize) {
        let extra = self
            .front_matter
            .cards
            .iter()
            .skip(parts)
            .find_map(|setting| match setting {
                CardSetting::Given(card) => Some(card.span.clone()),
                _ => None,
            });
        if let Some(span) = extra {
            let message = format!("there is no part for this card: the file has {parts}");
            self.refuse_card(
                Code::InvalidCard,
                span,
                &message,
                "`cards` has one entry for each part, in their order",
            );
        }
    }

    /// The card as it goes out, with its pinned picture.
    pub(super) fn card(&mut self, shown: Shown, context: &Context<'_>) -> Card {
        let Shown { url, part, given } = shown;
        let pinned = given.and_then(|given| {
            let thumb = given.image.as_ref().and_then(|(path, span)| {
                let reference = Reference {
                    destination: path,
                    alt: "",
                    span: span.clone(),
                };
                let post = self.document.path();
                let loaded = context.pictures.load(post, &reference, limits::THUMB_BYTES);
                loaded.map_err(|mistake| self.mistakes.push(mistake)).ok()
            });
            Some(Pinned {
                title: given.title?,
                description: given.description.unwrap_or_default(),
                thumb,
            })
        });
        Card { url, pinned, part }
    }
}
