//! JSON Schemas (2020-12) of what people write: the front matter and `updraft.yml`.

#![allow(dead_code)] // The types are here for their shape and their words alone.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::Value;

/// The schema of front matter.
pub fn front_matter() -> Value {
    generate::<FrontMatter>("https://json-schema.org/draft/2020-12/schema")
}

/// The schema of `updraft.yml`.
pub fn config() -> Value {
    generate::<Config>("https://json-schema.org/draft/2020-12/schema")
}

fn generate<T: JsonSchema>(dialect: &str) -> Value {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema: Schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("$schema".into(), dialect.into());
    let mut schema = schema.to_value();
    refuse_null(&mut schema);
    schema
}

/// A key without a value is a mistake, though Rust's `Option` would take one.
fn refuse_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(refuse_null),
        Value::Object(fields) => {
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(mut choices)) = fields.remove("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
                match (choices.pop(), choices.is_empty()) {
                    (Some(Value::Object(only)), true) => {
                        only.into_iter().for_each(|(key, value)| {
                            fields.entry(key).or_insert(value);
                        });
                    }
                    (last, _) => {
                        choices.extend(last);
                        fields.insert("anyOf".into(), choices.into());
                    }
                }
            }
            fields.values_mut().for_each(refuse_null);
        }
        _ => {}
    }
}

/// What stands between the `---` lines above an updraft post.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft front matter")]
struct FrontMatter {
    /// When the post goes out: `2026-12-01 09:00` (in `timezone`), or with an offset
    /// (`2026-12-01T09:00:00-05:00`). Without it, the file is a draft.
    #[schemars(
        example = "2026-12-01 09:00",
        example = "2026-12-01T09:00:00-05:00",
        regex(
            pattern = r"^\d{4}-\d{2}-\d{2}[Tt ]+\d{2}:\d{2}(:\d{2})? ?([Zz]|[+-]\d{2}:?\d{2})?$"
        )
    )]
    publish_at: Option<String>,
    /// The IANA time zone of a `publish_at` without offset, such as `Europe/Berlin`.
    #[schemars(example = "Europe/Berlin", example = "America/New_York")]
    timezone: Option<String>,
    /// One of the accounts of updraft.yml; its default account otherwise.
    account: Option<String>,
    /// The languages of the text, as BCP 47 tags; at most three.
    #[schemars(example = ["en"], length(max = 3), inner(regex(pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$")))]
    langs: Option<Vec<String>>,
    /// Keeps a dated post back.
    hold: Option<bool>,
    /// Publish although a post that looks like this one is on Bluesky already: for texts that
    /// come again, such as a weekly meeting's.
    repeat: Option<bool>,
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
    labels: Option<Vec<Label>>,
    /// Tags that are not shown in the text, without `#`; at most eight.
    #[schemars(example = ["rust", "release"], length(max = 8))]
    tags: Option<Vec<String>>,
    /// What came of the post. updraft writes this; never by hand.
    bluesky: Option<Block>,
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

/// Who may reply.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Replies {
    /// All, nobody, or one kind.
    Word(RepliesWord),
    /// Several kinds; at most five.
    Rules(#[schemars(length(min = 1, max = 5))] Vec<ReplyRule>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum RepliesWord {
    /// No gate.
    Everyone,
    /// No one but the author.
    Nobody,
    /// Accounts that the post mentions.
    Mentioned,
    /// Accounts that the author follows.
    Following,
    /// Accounts that follow the author.
    Followers,
}

/// Some who may reply.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum ReplyRule {
    /// One kind.
    Word(ReplyRuleWord),
    /// The accounts of a list.
    List(ReplyList),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum ReplyRuleWord {
    /// Accounts that the post mentions.
    Mentioned,
    /// Accounts that the author follows.
    Following,
    /// Accounts that follow the author.
    Followers,
}

/// The accounts of a list.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ReplyList {
    /// Its page on bsky.app, or its AT URI.
    #[schemars(example = "https://bsky.app/profile/alice.example.com/lists/3kabc")]
    list: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Quotes {
    /// No gate.
    Allow,
    /// Nobody may quote.
    Deny,
}

/// A label that Bluesky knows.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Label {
    /// Sexual acts.
    Porn,
    /// Suggestive.
    Sexual,
    /// Nakedness that is not sexual.
    Nudity,
    /// Violence, wounds.
    GraphicMedia,
    /// Hidden from people without an account.
    #[schemars(rename = "!no-unauthenticated")]
    NoUnauthenticated,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum LinkCards {
    /// Pages are asked at publishing, unless the card is pinned.
    Live,
    /// Only pinned cards are shown.
    Pinned,
    /// Only cards that a file itself asks for are shown.
    Off,
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
    /// A hash of the text that went out.
    #[schemars(regex(pattern = r"^sha256:[0-9a-f]{16}$"))]
    source: String,
    /// Why it failed or was missed.
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
}

/// One record.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Part {
    /// Its AT URI.
    uri: String,
    /// Its CID.
    cid: Option<String>,
    /// Whether it was deleted on Bluesky before its result could be written here.
    deleted: Option<bool>,
}

/// How updraft works in this repository.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft.yml")]
struct Config {
    /// The posts folder, beside this file; `posts` otherwise.
    posts: Option<String>,
    /// Globs of files in the posts folder that are no posts.
    #[schemars(example = ["posts/templates/**"])]
    ignore: Option<Vec<String>>,
    /// The IANA time zone of files that name none.
    #[schemars(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// The languages of files that name none.
    #[schemars(example = ["en"], length(max = 3))]
    langs: Option<Vec<String>>,
    /// Who may reply, where files say nothing.
    replies: Option<Replies>,
    /// Whether others may quote, where files say nothing.
    quotes: Option<Quotes>,
    /// What readers are warned of, where files say nothing.
    #[schemars(example = ["nudity"])]
    labels: Option<Vec<Label>>,
    /// Where link cards come from; `live` otherwise.
    link_cards: Option<LinkCards>,
    /// Shows long addresses shortened, as the app does.
    shorten_links: Option<bool>,
    /// The account of files that name none; needed where there are several.
    default_account: Option<String>,
    /// The accounts, by the name that `account:` takes.
    accounts: Option<BTreeMap<String, Account>>,
    /// What becomes of posts that are late.
    late: Option<Late>,
    /// What a mention is whose handle does not exist: `strict` fails the post, `plain` leaves it text.
    mentions: Option<Mentions>,
    /// With --push, only this branch publishes; the remote's HEAD branch otherwise.
    publish_from: Option<String>,
    /// Why nothing goes out. While it is here, nothing does, and nothing becomes late.
    paused: Option<String>,
}

/// An account on Bluesky.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Account {
    /// Its handle, such as `example.com`.
    handle: String,
    /// Its PDS, where it is not to be found from the handle.
    #[schemars(example = "https://pds.example.com")]
    pds: Option<String>,
    /// The environment variable that holds its app password; `BLUESKY_APP_PASSWORD_` and the name otherwise.
    app_password_env: Option<String>,
    /// The languages of its files that name none.
    #[schemars(example = ["en"], length(max = 3))]
    langs: Option<Vec<String>>,
    /// Who may reply, where its files say nothing.
    replies: Option<Replies>,
    /// Whether others may quote, where its files say nothing.
    quotes: Option<Quotes>,
    /// What readers are warned of, where its files say nothing.
    #[schemars(example = ["nudity"])]
    labels: Option<Vec<Label>>,
    /// Where link cards come from; `live` otherwise.
    link_cards: Option<LinkCards>,
    /// Shows long addresses shortened, as the app does.
    shorten_links: Option<bool>,
    /// The largest picture that its PDS takes, in bytes: 2000000 where it is up to date, 1000000 on
    /// older ones.
    #[schemars(example = 1_000_000, range(min = 50_000, max = 2_000_000))]
    image_bytes: Option<u64>,
    /// How videos reach its PDS: through Bluesky's video service, or straight; the service unless
    /// the PDS is on this machine.
    video: Option<VideoWay>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum VideoWay {
    /// Through the video service, which takes up to 300 MB and prepares them before the post is seen.
    Service,
    /// Straight, within the size that its blobs may have.
    Pds,
}

/// What becomes of posts that are late.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Late {
    /// How long behind its time a post goes out as if nothing were: `90m`, `24h`, `2d`.
    #[schemars(example = "24h", regex(pattern = r"^\d+ ?[smhd]$"))]
    after: Option<String>,
    /// Whether a post that is later is declared missed, or published all the same.
    then: Option<Then>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Then {
    /// It is declared missed.
    Miss,
    /// It is published.
    Publish,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Mentions {
    /// The post fails.
    Strict,
    /// The mention stays text.
    Plain,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config, post::front_matter};

    fn keys(schema: &Value) -> Vec<String> {
        let mut keys: Vec<String> = schema["properties"]
            .as_object()
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default();
        keys.sort();
        keys
    }

    fn sorted(keys: &[&str]) -> Vec<String> {
        let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    }

    #[test]
    fn the_schemas_know_the_keys_that_the_readers_know() {
        assert_eq!(keys(&front_matter()), sorted(front_matter::KEYS));
        let config_schema = config();
        assert_eq!(keys(&config_schema), sorted(config::KEYS));
        let late = &config_schema["properties"]["late"];
        assert_eq!(keys(late), sorted(config::LATE_KEYS), "{late:#}");
        let account = &config_schema["properties"]["accounts"]["additionalProperties"];
        assert_eq!(keys(account), sorted(config::ACCOUNT_KEYS), "{account:#}");
    }
}
