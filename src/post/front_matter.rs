//! What an author wrote above a post: typed, closed, every mistake at once.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

pub(crate) mod audience;
mod captions;
mod embeds;
pub(in crate::post) mod foreign;

use super::{
    Quotes, Replies,
    document::Document,
    late::{self, GivenLate},
    limits,
    schedule::{self, Written},
    split::Numbering,
    target::Target,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    receipt::Block,
    yaml::{self, Entry, Fields},
};
pub use audience::LABELS;
pub use captions::{CAPTION_KEYS, GivenCaptions};
pub use embeds::{CARD_KEYS, CardSetting, GivenCard};
use foreign::Foreign;
pub(crate) use foreign::TWEET_KEYS;

/// Every key that front matter may hold.
pub const KEYS: &[&str] = &[
    "publish_at",
    "timezone",
    "account",
    "langs",
    "hold",
    "retract",
    "repeat",
    "late",
    "split",
    "numbering",
    "shorten_links",
    "card",
    "cards",
    "captions",
    "quote",
    "reply_to",
    "repost",
    "replies",
    "quotes",
    "labels",
    "tags",
    "bluesky",
];

/// The keys that say what a post is, not when or by whom: part of its source.
const CONTENT_KEYS: &[&str] = &[
    "langs",
    "split",
    "numbering",
    "shorten_links",
    "card",
    "cards",
    "captions",
    "quote",
    "reply_to",
    "repost",
    "replies",
    "quotes",
    "labels",
    "tags",
];

/// Front matter as written, typed; what the configuration says is not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrontMatter {
    /// When the post is due; a draft has none.
    pub publish_at: Option<(Written, Span)>,
    /// The zone of a `publish_at` without offset.
    pub timezone: Option<Tz>,
    /// The account's name in `updraft.yml`.
    pub account: Option<(String, Span)>,
    /// BCP 47 tags.
    pub langs: Option<Vec<String>>,
    /// Whether a dated post is kept back.
    pub hold: bool,
    /// Whether it is to be taken back from the network.
    pub retract: bool,
    /// Whether only the record with this very key counts as this post.
    pub repeat: bool,
    /// From when on the post is late, and what then.
    pub late: GivenLate,
    /// Whether over-long parts are split.
    pub split: bool,
    /// What is put behind the parts of a thread.
    pub numbering: Option<Numbering>,
    /// Whether long addresses are shown shortened.
    pub shorten_links: Option<bool>,
    /// Of the first parts, as many as are given.
    pub cards: Vec<CardSetting>,
    /// What is said in the video, instead of what lies beside it.
    pub captions: Option<(Vec<GivenCaptions>, Span)>,
    /// What the first part quotes.
    pub quote: Option<(Target, Span)>,
    /// What the first part answers.
    pub reply_to: Option<(Target, Span)>,
    /// What is reposted.
    pub repost: Option<(Target, Span)>,
    /// Who may answer.
    pub replies: Option<(Replies, Span)>,
    /// Whether others may quote.
    pub quotes: Option<(Quotes, Span)>,
    /// Self-labels.
    pub labels: Option<Vec<String>>,
    /// Tags that are not shown.
    pub tags: Vec<String>,
    /// The content keys that are there, with their places.
    pub given: Vec<(&'static str, Span)>,
    /// What came of the post.
    pub block: Option<(Block, Span)>,
    /// Whether `publish_at` is there but can't be read.
    pub unreadable_time: bool,
    /// The content keys in a fixed order and form: part of the source hash.
    pub content_keys: String,
}

/// Reads a document's front matter.
pub fn read(document: &Document) -> (FrontMatter, Vec<Diagnostic>) {
    let root = match yaml::parse(document.source(), document.matter()) {
        Ok(root) => root,
        Err(mistake) => {
            let unreadable = FrontMatter {
                unreadable_time: true,
                ..FrontMatter::default()
            };
            return (unreadable, vec![mistake]);
        }
    };
    let content_keys = CONTENT_KEYS
        .iter()
        .filter_map(|key| Some(format!("{key}:{}\n", root.get(key)?.canonical())))
        .collect();
    let given = CONTENT_KEYS
        .iter()
        .filter_map(|key| Some((*key, root.key_span(key)?)))
        .collect();
    // What can't be read is no reason to forget that a post is to go.
    let wants_back = root.get("retract").is_some();
    let foreign = Foreign::spot(&root);
    let mut fields = Fields::new(root, KEYS);
    if let Some(foreign) = foreign {
        foreign.explain(&mut fields.mistakes, document.path());
    }
    let (publish_at, unreadable_time) = publish_at(&mut fields);
    let front_matter = FrontMatter {
        publish_at,
        timezone: timezone(&mut fields),
        account: fields.text("account", "main"),
        langs: langs(&mut fields),
        hold: fields.boolean("hold").unwrap_or(false),
        retract: fields.boolean("retract").unwrap_or(wants_back),
        repeat: fields.boolean("repeat").unwrap_or(false),
        late: late::late(&mut fields),
        split: split(&mut fields),
        numbering: numbering(&mut fields),
        shorten_links: fields.boolean("shorten_links"),
        cards: embeds::cards(&mut fields),
        captions: captions::read(&mut fields),
        quote: embeds::target(&mut fields, "quote"),
        reply_to: embeds::target(&mut fields, "reply_to"),
        repost: embeds::target(&mut fields, "repost"),
        replies: audience::replies(&mut fields),
        quotes: audience::quotes(&mut fields),
        labels: audience::labels(&mut fields),
        tags: audience::tags(&mut fields),
        given,
        block: block(&mut fields, document),
        unreadable_time,
        content_keys,
    };
    let mut mistakes = fields.mistakes;
    mistakes.sort_by_key(|mistake| mistake.span.as_ref().map(|span| span.start));
    (front_matter, mistakes)
}

fn publish_at(fields: &mut Fields) -> (Option<(Written, Span)>, bool) {
    let given = fields.mistakes.len();
    let Some((text, span)) = fields.text("publish_at", "2026-12-01 09:00") else {
        return (
            None,
            fields.mistakes.len() > given || fields.misspells("publish_at"),
        );
    };
    match schedule::read(&text) {
        Ok(written) => (Some((written, span)), false),
        Err(mistake) => {
            fields.mistakes.push(
                Diagnostic::error(Code::InvalidTime, span, mistake.message).help(mistake.help),
            );
            (None, true)
        }
    }
}

/// Reads `timezone`, in front matter and in `updraft.yml` alike.
pub(crate) fn timezone(fields: &mut Fields) -> Option<Tz> {
    let (name, span) = fields.text("timezone", "Europe/Berlin")?;
    match schedule::zone(name.trim()) {
        Ok(zone) => Some(zone),
        Err(mistake) => {
            fields.invalid(span, mistake.message, mistake.help);
            None
        }
    }
}

/// Reads `langs`, in front matter and in `updraft.yml` alike.
pub(crate) fn langs(fields: &mut Fields) -> Option<Vec<String>> {
    let texts = fields.texts("langs", "[en]")?;
    if let Some((_, span)) = texts.get(limits::LANGS) {
        let message = format!(
            "{} languages; a post has at most {}",
            texts.len(),
            limits::LANGS
        );
        fields.invalid(
            span.clone(),
            message,
            "keep those that most of the words are in",
        );
    }
    let mut langs = Vec::new();
    for (tag, span) in texts {
        match well_formed_lang(&tag) {
            Ok(()) => langs.push(tag),
            Err(help) => fields.invalid(span, format!("`{tag}` is no language tag"), help),
        }
    }
    Some(langs)
}

/// BCP 47 as the server checks it: a lower-case primary tag, further ones behind hyphens.
pub(crate) fn well_formed_lang(tag: &str) -> Result<(), String> {
    let mut subtags = tag.split('-');
    let primary = subtags.next().unwrap_or_default();
    let rest_fits = subtags
        .all(|sub| (1..=8).contains(&sub.len()) && sub.bytes().all(|b| b.is_ascii_alphanumeric()));
    let ends_whole = tag.rsplit('-').next().is_some_and(|last| last.len() > 1);
    let lower = !primary.is_empty() && primary.bytes().all(|byte| byte.is_ascii_lowercase());
    if lower && matches!(primary.len(), 2 | 3) && rest_fits && ends_whole {
        return Ok(());
    }
    let mended = tag.replace('_', "-");
    let mended = match mended.split_once('-') {
        Some((primary, rest)) => format!("{}-{rest}", primary.to_lowercase()),
        None => mended.to_lowercase(),
    };
    if mended != tag && well_formed_lang(&mended).is_ok() {
        return Err(format!("did you mean `{mended}`?"));
    }
    Err("use BCP 47 tags such as `en`, `pt-BR` or `zh-Hant`".into())
}

fn split(fields: &mut Fields) -> bool {
    let Some((word, span)) = fields.text("split", "auto") else {
        return false;
    };
    if word == "auto" {
        return true;
    }
    let help = "write `split: auto`, or remove the line and split with `---`";
    fields.invalid(span, format!("`split` takes `auto`, not `{word}`"), help);
    false
}

fn numbering(fields: &mut Fields) -> Option<Numbering> {
    let (template, span) = fields.text("numbering", "\"{n}/{total}\"")?;
    match Numbering::parse(&template) {
        Ok(numbering) => Some(numbering),
        Err(message) => {
            fields.invalid(
                span,
                message,
                "write for example `numbering: \"{n}/{total}\"`",
            );
            None
        }
    }
}

/// The block is updraft's own: whatever else stands there is one mistake, at the key.
fn block(fields: &mut Fields, document: &Document) -> Option<(Block, Span)> {
    let Entry { key_span, .. } = fields.take("bluesky")?;
    #[derive(serde::Deserialize)]
    struct Root {
        bluesky: Block,
    }
    match serde_yaml::from_str::<Root>(&document.source()[document.matter()]) {
        Ok(root) => Some((root.bluesky, key_span)),
        Err(error) => {
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or(&text);
            fields.mistakes.push(
                Diagnostic::error(
                    Code::InvalidBlock,
                    key_span,
                    format!("this is no block that updraft wrote: {reason}"),
                )
                .help("restore it from git's history; remove it only if the post never went out"),
            );
            None
        }
    }
}

/// When the file is due, as far as its front matter and `fallback` tell; `None` for a draft, and where
/// git's history tells (`publish_at: merge`).
///
/// # Errors
/// A local time without a zone, or one that doesn't exist or exists twice.
pub fn due(
    front_matter: &FrontMatter,
    fallback: Option<Tz>,
) -> Result<Option<DateTime<Utc>>, Diagnostic> {
    let Some((written, span)) = &front_matter.publish_at else {
        return Ok(None);
    };
    match written {
        Written::Merge => Ok(None),
        Written::Instant(time) => Ok(Some(time.to_utc())),
        Written::Local(local) => {
            let zone = front_matter
                .timezone
                .or(fallback)
                .ok_or_else(|| no_zone(span))?;
            schedule::resolve(*local, zone)
                .map(Some)
                .map_err(|mistake| {
                    Diagnostic::error(Code::InvalidTime, span.clone(), mistake.message)
                        .help(mistake.help)
                })
        }
    }
}

fn no_zone(span: &Span) -> Diagnostic {
    Diagnostic::error(Code::MissingTimezone, span.clone(), "this local time has no zone").help(
        "add `timezone: Europe/Berlin` (an IANA name) here or in updraft.yml, or an offset such as `+01:00`",
    )
}

#[cfg(test)]
mod tests;
