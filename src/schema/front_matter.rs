//! Front matter.

use schemars::JsonSchema;

use super::shared::{Labels, Langs, Late, Quotes, Replies};

/// What stands between the `---` lines above an updraft post.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft front matter")]
pub(super) struct FrontMatter {
    /// When the post goes out: `2026-12-01 09:00` (in `timezone`), or with an offset
    /// (`2026-12-01T09:00:00-05:00`); `merge`: as soon as the file is on the branch that publishes. Without
    /// it, the file is a draft.
    #[schemars(
        example = "2026-12-01 09:00",
        example = "2026-12-01T09:00:00-05:00",
        example = &"merge",
        regex(
            pattern = r"^(merge|\d{4}-\d{2}-\d{2}[Tt ]+\d{2}:\d{2}(:\d{2})? ?([Zz]|[+-]\d{2}:?\d{2})?)$"
        )
    )]
    publish_at: Option<String>,
    /// The IANA time zone of a `publish_at` without offset, such as `Europe/Berlin`.
    #[schemars(example = "Europe/Berlin", example = "America/New_York")]
    timezone: Option<String>,
    /// One of the accounts of updraft.yml; its default account otherwise.
    account: Option<String>,
    /// The languages of the text, as BCP 47 tags; at most three.
    #[schemars(example = ["en"])]
    langs: Option<Langs>,
    /// Keeps a dated post back.
    hold: Option<bool>,
    /// Takes a published post back: the next run deletes it on Bluesky. One that is not published never is.
    retract: Option<bool>,
    /// Publish although a post that looks like this one is on Bluesky already: for texts that
    /// come again, such as a weekly meeting's.
    repeat: Option<bool>,
    /// What becomes of this post if it is late.
    late: Option<Late>,
    /// `auto` breaks a text that is too long into a thread.
    split: Option<Split>,
    /// What is put behind each part of a thread; must hold `{n}`, may hold `{total}`.
    #[schemars(example = "{n}/{total}", regex(pattern = r"\{n\}"))]
    numbering: Option<String>,
    /// Shows long addresses shortened, as the app does; the link keeps all of it.
    shorten_links: Option<bool>,
    /// The link card of the first part: `false` for none, or what it shows.
    card: Option<CardSetting>,
    /// The link card of each part, in their order: `true` for the usual one, `false` for none.
    #[schemars(example = [true, false])]
    cards: Option<Vec<CardSetting>>,
    /// The captions of the video, instead of those that lie beside it: WebVTT files, at most 20.
    #[schemars(length(max = 20))]
    captions: Option<Vec<Captions>>,
    /// What the first part quotes: a bsky.app address, an AT URI, or another post file named from
    /// the repository's root, such as `posts/launch.md` or `posts/launch.md#2`.
    #[schemars(
        example = "https://bsky.app/profile/alice.example.com/post/3kabc",
        example = "posts/launch.md"
    )]
    quote: Option<String>,
    /// The post that the first part answers; named like `quote`.
    #[schemars(
        example = "https://bsky.app/profile/alice.example.com/post/3kabc",
        example = "posts/launch.md"
    )]
    reply_to: Option<String>,
    /// Reposts this post instead of publishing one; the file has no text then.
    #[schemars(example = "https://bsky.app/profile/alice.example.com/post/3kabc")]
    repost: Option<String>,
    /// Who may reply.
    replies: Option<Replies>,
    /// Whether others may quote.
    quotes: Option<Quotes>,
    /// What a reader is warned of.
    #[schemars(example = ["nudity"])]
    labels: Option<Labels>,
    /// Tags that are not shown in the text, without `#`; at most eight.
    #[schemars(example = ["rust", "release"])]
    tags: Option<Tags>,
    /// What came of the post. updraft writes this; never by hand.
    bluesky: Option<Block>,
}

/// Tags: one, or a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Tags {
    /// One.
    One(String),
    /// At most eight.
    List(#[schemars(length(max = 8))] Vec<String>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Split {
    /// At paragraphs, else sentences, else words.
    Auto,
}

/// A link card: `true` is the usual one, `false` none.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum CardSetting {
    /// Whether there is one.
    Shown(bool),
    /// This one.
    Given(Card),
}

/// What a link card shows.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Card {
    /// Where it leads; the part's first link otherwise.
    #[schemars(example = "https://example.com/notes", regex(pattern = "^https?://"))]
    url: Option<String>,
    /// Its title; without one, the page is asked at publishing.
    title: Option<String>,
    /// A sentence or two.
    description: Option<String>,
    /// Its picture, relative to the post file.
    #[schemars(example = "media/card.png")]
    image: Option<String>,
}

/// The captions of a video in one language.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Captions {
    /// The language, as a BCP 47 tag.
    #[schemars(
        example = "pt-BR",
        regex(pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$")
    )]
    lang: String,
    /// A WebVTT file, relative to the post file.
    #[schemars(example = "media/clip.en.vtt")]
    file: String,
}

/// What came of a post.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Block {
    /// How it ended.
    status: Status,
    /// The moment of publishing.
    published_at: Option<String>,
    /// The moment of failing.
    failed_at: Option<String>,
    /// The moment at which it was found to be too late.
    missed_at: Option<String>,
    /// The moment at which a record that was there already was found to be this file's.
    taken_over_at: Option<String>,
    /// The moment at which it was deleted on purpose.
    retracted_at: Option<String>,
    /// The moment at which somebody was told of it.
    told_at: Option<String>,
    /// A hash of the text that went out.
    #[schemars(regex(pattern = r"^sha256:[0-9a-f]{16}$"))]
    source: String,
    /// Why it failed, was missed, or waits.
    reason: Option<String>,
    /// The first part's page on bsky.app.
    url: Option<String>,
    /// The records, in the thread's order.
    posts: Option<Vec<Part>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Status {
    /// It is on the network.
    Published,
    /// The server refused this very post.
    Failed,
    /// It was too late to publish it.
    Missed,
    /// It was deleted on purpose.
    Retracted,
    /// Nothing came of it yet, and somebody was told why.
    Waiting,
}

/// One record.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Part {
    /// Its AT URI.
    uri: String,
    /// Its CID.
    cid: Option<String>,
    /// Whether it is no longer on Bluesky: retracted, or deleted there before its result could be written here.
    deleted: Option<bool>,
}
