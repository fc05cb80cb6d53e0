//! `updraft.yml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::shared::{Labels, Langs, Late, LinkCards, Quotes, Replies};

/// How updraft works in this repository.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "updraft.yml")]
pub(super) struct Config {
    /// The posts folder, beside this file; `posts` otherwise.
    posts: Option<String>,
    /// Globs of files in the posts folder that are no posts.
    #[schemars(example = ["posts/templates/**"])]
    ignore: Option<Words>,
    /// The IANA time zone of files that name none.
    #[schemars(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// The languages of files that name none.
    #[schemars(example = ["en"])]
    langs: Option<Langs>,
    /// Who may reply, where files say nothing.
    replies: Option<Replies>,
    /// Whether others may quote, where files say nothing.
    quotes: Option<Quotes>,
    /// What readers are warned of, where files say nothing.
    #[schemars(example = ["nudity"])]
    labels: Option<Labels>,
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
    /// Whom to tell, once, of what failed, was missed or stays due.
    notify: Option<Notify>,
}

/// One channel, or several.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Notify {
    /// One.
    One(Channel),
    /// Several: each gets every message.
    Several(Vec<Channel>),
}

/// A webhook, or a command.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Channel {
    /// The environment variable that holds the webhook's address, which is a secret.
    #[schemars(regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    webhook_env: Option<String>,
    /// What the webhook takes; `json` otherwise.
    format: Option<Shape>,
    /// A program and its arguments, run without a shell in the repository's root: it reads the JSON.
    #[schemars(example = ["notify-send", "updraft"], extend("minItems" = 1))]
    command: Option<Words>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Shape {
    /// updraft's own JSON.
    Json,
    /// Slack's incoming webhooks.
    Slack,
    /// Discord's webhooks.
    Discord,
}

/// One, or a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Words {
    /// One.
    One(String),
    /// Several.
    List(Vec<String>),
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
    #[schemars(example = ["en"])]
    langs: Option<Langs>,
    /// Who may reply, where its files say nothing.
    replies: Option<Replies>,
    /// Whether others may quote, where its files say nothing.
    quotes: Option<Quotes>,
    /// What readers are warned of, where its files say nothing.
    #[schemars(example = ["nudity"])]
    labels: Option<Labels>,
    /// Where link cards come from; `live` otherwise.
    link_cards: Option<LinkCards>,
    /// Shows long addresses shortened, as the app does.
    shorten_links: Option<bool>,
    /// What becomes of its posts that are late.
    late: Option<Late>,
    /// The largest picture that its PDS takes, in bytes: 2000000 where it is up to date, 1000000 on
    /// older ones.
    #[schemars(example = 1_000_000, range(min = 50_000, max = 2_000_000))]
    image_bytes: Option<u64>,
    /// How videos reach its PDS: through Bluesky's video service, or straight; the service unless
    /// the PDS is on this machine.
    video: Option<VideoWay>,
    /// How long after one of its threads the next may go out, so that a backlog does not burst: `2m`;
    /// at once otherwise.
    #[schemars(example = "2m")]
    spacing: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum VideoWay {
    /// Through the video service, which takes up to 300 MB and prepares them before the post is seen.
    Service,
    /// Straight, within the size that its blobs may have.
    Pds,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Mentions {
    /// The post fails.
    Strict,
    /// The mention stays text.
    Plain,
}
