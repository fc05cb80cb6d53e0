//! What stands in both.

use schemars::JsonSchema;

/// Languages: one, or a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Langs {
    /// One.
    One(#[schemars(regex(pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"))] String),
    /// At most three.
    List(
        #[schemars(
            length(max = 3),
            inner(regex(pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"))
        )]
        Vec<String>,
    ),
}

/// Labels: one, or a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Labels {
    /// One.
    One(Label),
    /// Several.
    List(Vec<Label>),
}

/// Who may reply.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(super) enum Replies {
    /// All, nobody, or one kind.
    Word(RepliesWord),
    /// Several kinds; at most five.
    Rules(#[schemars(length(min = 1, max = 5))] Vec<ReplyRule>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum RepliesWord {
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
pub(super) enum ReplyRule {
    /// One kind.
    Word(ReplyRuleWord),
    /// The accounts of a list.
    List(ReplyList),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum ReplyRuleWord {
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
pub(super) struct ReplyList {
    /// Its page on bsky.app, or its AT URI.
    #[schemars(example = "https://bsky.app/profile/alice.example.com/lists/3kabc")]
    list: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum Quotes {
    /// No gate.
    Allow,
    /// Nobody may quote.
    Deny,
}

/// A label that Bluesky knows.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub(super) enum Label {
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
pub(super) enum LinkCards {
    /// Pages are asked at publishing, unless the card is pinned.
    Live,
    /// Only pinned cards are shown.
    Pinned,
    /// Only cards that a file itself asks for are shown.
    Off,
}

/// What becomes of posts that are late.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Late {
    /// How long behind its time a post goes out as if nothing were: `90m`, `24h`, `2d`.
    #[schemars(example = "24h", regex(pattern = r"^\d+ ?[smhd]$"))]
    after: Option<String>,
    /// Whether a post that is later is declared missed, or published all the same.
    then: Option<Then>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum Then {
    /// It is declared missed.
    Miss,
    /// It is published.
    Publish,
}
