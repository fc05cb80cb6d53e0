//! Who may answer a thread and quote its posts: records beside it, under the same keys.

use atrium_api::{
    app::bsky::feed::{postgate, threadgate},
    record::KnownRecord,
    types::{Union, string::Datetime},
};

use super::{RecordError, References, Written, encode};
use crate::post::{Gates, Quotes, Replies, Rule};

/// The collection of threadgates.
pub const THREADGATE: &str = "app.bsky.feed.threadgate";
/// The collection of postgates.
pub const POSTGATE: &str = "app.bsky.feed.postgate";

/// The gates of a thread whose posts are `parts`.
pub(super) fn gates(
    did: &str,
    gates: &Gates,
    parts: &[Written],
    (references, created_at): (&References, &Datetime),
) -> Result<Vec<Written>, RecordError> {
    let mut written = Vec::new();
    if let (Replies::Only(rules), Some(root)) = (&gates.replies, parts.first()) {
        let allow = rules.iter().map(|rule| allowed(rule, references));
        let data = threadgate::RecordData {
            allow: Some(allow.collect::<Result<_, _>>()?),
            created_at: created_at.clone(),
            hidden_replies: None,
            post: root.uri.clone(),
        };
        let record = KnownRecord::AppBskyFeedThreadgate(Box::new(data.into()));
        written.push(beside(did, root, (THREADGATE, &record))?);
    }
    if gates.quotes == Quotes::Deny {
        for part in parts {
            let rule = postgate::DisableRuleData {}.into();
            let rule = postgate::RecordEmbeddingRulesItem::DisableRule(Box::new(rule));
            let data = postgate::RecordData {
                created_at: created_at.clone(),
                detached_embedding_uris: None,
                embedding_rules: Some(vec![Union::Refs(rule)]),
                post: part.uri.clone(),
            };
            let record = KnownRecord::AppBskyFeedPostgate(Box::new(data.into()));
            written.push(beside(did, part, (POSTGATE, &record))?);
        }
    }
    Ok(written)
}

fn beside(
    did: &str,
    post: &Written,
    (collection, record): (&'static str, &KnownRecord),
) -> Result<Written, RecordError> {
    let (value, cid) = encode(record)?;
    Ok(Written {
        collection,
        rkey: post.rkey,
        uri: format!("at://{did}/{collection}/{}", post.rkey),
        cid: cid.to_string(),
        value,
    })
}

fn allowed(
    rule: &Rule,
    references: &References,
) -> Result<Union<threadgate::RecordAllowItem>, RecordError> {
    use threadgate::RecordAllowItem as Item;
    let item = match rule {
        Rule::Mentioned => Item::MentionRule(Box::new(threadgate::MentionRuleData {}.into())),
        Rule::Following => Item::FollowingRule(Box::new(threadgate::FollowingRuleData {}.into())),
        Rule::Followers => Item::FollowerRule(Box::new(threadgate::FollowerRuleData {}.into())),
        Rule::List(address) => {
            let list = references.lists.get(address).cloned();
            let list = list.ok_or_else(|| RecordError::Unresolved(address.to_string()))?;
            Item::ListRule(Box::new(threadgate::ListRuleData { list }.into()))
        }
    };
    Ok(Union::Refs(item))
}
