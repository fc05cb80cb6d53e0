//! What front matter says of quotes, replies, reposts and link cards.

use crate::{
    diagnostic::{Code, Diagnostic, Span},
    post::target::{Address, Kind, Target},
    yaml::{Entry, Fields, Node, Value},
};

/// Every key of a card.
pub const CARD_KEYS: &[&str] = &["url", "title", "description", "image"];

/// What the front matter says of one part's card.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum CardSetting {
    /// Nothing: the usual rule.
    #[default]
    Usual,
    /// `false`: no card.
    Never,
    /// This card.
    Given(Box<GivenCard>),
}

/// A card as its author wrote or pinned it.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenCard {
    /// The part's first link otherwise.
    pub url: Option<(String, Span)>,
    /// Whether `url` is there and can't be read: that mistake is named already.
    pub unreadable_url: bool,
    /// Without it, the page is asked at publishing.
    pub title: Option<String>,
    /// Empty otherwise.
    pub description: Option<String>,
    /// Relative to the post file.
    pub image: Option<(String, Span)>,
    /// The mapping's place.
    pub span: Span,
}

/// Reads `card` and `cards`: a setting for each part, as far as they are given.
pub(super) fn cards(fields: &mut Fields) -> Vec<CardSetting> {
    let one = fields.take("card");
    let all = fields.take("cards");
    match (one, all) {
        (None, None) => Vec::new(),
        (Some(Entry { node, .. }), None) => vec![card(fields, node)],
        (None, Some(Entry { node, .. })) => per_part(fields, node),
        (Some(_), Some(Entry { key_span, .. })) => {
            let help = "keep `cards`, with one line for each part, and remove `card`";
            fields.invalid(
                key_span,
                "`card` and `cards` say the same thing twice".into(),
                help,
            );
            Vec::new()
        }
    }
}

fn per_part(fields: &mut Fields, node: Node) -> Vec<CardSetting> {
    match node.value {
        Value::Sequence(items) => items.into_iter().map(|item| card(fields, item)).collect(),
        other => {
            let message = format!("`cards` does not take {}", other.kind());
            let help = "write a list with one entry for each part: `true`, `false` or a card";
            fields.invalid(node.span, message, help);
            Vec::new()
        }
    }
}

fn card(fields: &mut Fields, node: Node) -> CardSetting {
    let span = node.span.clone();
    match node.value {
        Value::Bool(false) => CardSetting::Never,
        Value::Bool(true) => CardSetting::Usual,
        Value::Mapping(_) => {
            let is_url_given = node.key_span("url").is_some();
            let mut own = Fields::new(node, CARD_KEYS);
            let url = url(&mut own);
            let given = GivenCard {
                unreadable_url: is_url_given && url.is_none(),
                url,
                title: own
                    .text("title", "The title of the page")
                    .map(|(text, _)| text),
                description: own
                    .take("description")
                    .and_then(|entry| words(&mut own, entry)),
                image: own.text("image", "media/card.png"),
                span: span.clone(),
            };
            let lacks_title = given.title.is_none();
            if lacks_title && (given.description.is_some() || given.image.is_some()) {
                own.invalid(
                    span,
                    "this card has no title".into(),
                    "add `title: …`, or run `updraft pin` to have the page's",
                );
            }
            fields.mistakes.append(&mut own.mistakes);
            CardSetting::Given(Box::new(given))
        }
        other => {
            let message = format!(
                "a card is `false`, or has keys; here stands {}",
                other.kind()
            );
            fields.invalid(
                span,
                message,
                "write `card: false`, or `card: { url: https://example.com, title: Example }`",
            );
            CardSetting::Usual
        }
    }
}

/// Text that may be empty.
fn words(own: &mut Fields, Entry { key, node, .. }: Entry) -> Option<String> {
    match node.value {
        Value::Text(text) => Some(text),
        Value::Number(digits) => Some(digits),
        Value::Null => None,
        other => {
            let message = format!("`{key}` does not take {}", other.kind());
            own.invalid(node.span, message, format!("write `{key}: A sentence`"));
            None
        }
    }
}

fn url(own: &mut Fields) -> Option<(String, Span)> {
    let (text, span) = own.text("url", "https://example.com/notes")?;
    match url::Url::parse(text.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => {
            Some((text.trim().to_owned(), span))
        }
        _ => {
            let message = format!("`{text}` is no address of a page");
            own.invalid(
                span,
                message,
                "write it whole: `url: https://example.com/notes`",
            );
            None
        }
    }
}

/// Reads `quote`, `reply_to` or `repost`.
pub(super) fn target(fields: &mut Fields, key: &str) -> Option<(Target, Span)> {
    let example = "https://bsky.app/profile/alice.example.com/post/3kabc";
    let (text, span) = fields.text(key, example)?;
    let text = text.trim();
    let found = match file(text) {
        Some(found) => found,
        None => Address::parse(text)
            .map(Target::Record)
            .ok_or_else(|| not_a_target(key, text)),
    };
    match found.and_then(|target| fits(key, target)) {
        Ok(target) => Some((target, span)),
        Err((message, help)) => {
            fields
                .mistakes
                .push(Diagnostic::error(Code::InvalidTarget, span, message).help(help));
            None
        }
    }
}

type Said = (String, String);

/// `posts/launch.md` or `posts/launch.md#2`, relative to the repository's root.
fn file(text: &str) -> Option<Result<Target, Said>> {
    let (path, part) = match text.split_once('#') {
        Some((path, part)) => (path, Some(part)),
        None => (text, None),
    };
    if path.contains("://") || !path.to_lowercase().ends_with(".md") {
        return None;
    }
    let help = "name it from the repository's root, with the part if it is not the first: `posts/launch.md#2`";
    let part = match part.map(str::parse::<usize>) {
        None => None,
        Some(Ok(part)) if part > 0 => Some(part),
        Some(_) => return Some(Err((format!("`{text}` names no part"), help.into()))),
    };
    let path = path.trim_start_matches("./");
    if path.starts_with('/') || path.split('/').any(|folder| folder == "..") {
        return Some(Err((
            format!("`{text}` is not below the repository's root"),
            help.into(),
        )));
    }
    Some(Ok(Target::File {
        path: path.to_owned(),
        part,
    }))
}

fn not_a_target(key: &str, text: &str) -> Said {
    let message = format!("`{text}` is no post");
    let help = match text.starts_with("https://bsky.app/profile/") {
        true => "copy the link of the post itself (`Copy link to post`), not of a profile",
        false => {
            "copy the post's link on bsky.app, or name another post file from the repository's root"
        }
    };
    (
        message,
        format!("{help}: `{key}: https://bsky.app/profile/alice.example.com/post/3kabc`"),
    )
}

fn fits(key: &str, target: Target) -> Result<Target, Said> {
    match &target {
        Target::Record(address) if key != "quote" && address.kind != Kind::Post => {
            let message = format!(
                "`{key}` takes a post, and this is a {}",
                address.kind.noun()
            );
            Err((
                message,
                "to show it in a post of your own, use `quote:`".into(),
            ))
        }
        _ => Ok(target),
    }
}
