//! Posts for programs.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Pages, pages::read, status};
use crate::{
    atproto::record,
    command::plan::utc,
    post::{Post, Publication, Quotes, Replies, Rule, Target, Thread},
};

/// One file as `preview --format json` has it.
pub(in crate::command) fn to_json(thread: &Thread, now: DateTime<Utc>, pages: &Pages) -> Value {
    let (repost, reply_to, gates) = match thread.publication() {
        Publication::Repost(target) => (Some(target.to_string()), None, None),
        Publication::Posts {
            reply_to, gates, ..
        } => (None, reply_to.as_ref().map(Target::to_string), Some(gates)),
    };
    json!({
        "path": thread.path(),
        "publish_at": thread.publish_at().map(utc),
        "on_merge": thread.merge().is_some(),
        "account": thread.account(),
        "status": status(thread, now),
        "repost": repost,
        "reply_to": reply_to,
        "replies": gates.map_or(Value::Null, |gates| replies_json(&gates.replies)),
        "quotes": gates.map(|gates| match gates.quotes {
            Quotes::Allow => "allow",
            Quotes::Deny => "deny",
        }),
        "posts": thread.posts().iter().map(|post| post_json(&read(post, pages))).collect::<Vec<_>>(),
    })
}

fn replies_json(replies: &Replies) -> Value {
    let Replies::Only(rules) = replies else {
        return "everyone".into();
    };
    let rule = |rule: &Rule| match rule {
        Rule::Mentioned => json!("mentioned"),
        Rule::Following => json!("following"),
        Rule::Followers => json!("followers"),
        Rule::List(list) => json!({"list": list.page()}),
    };
    match rules.as_slice() {
        [] => "nobody".into(),
        rules => rules.iter().map(rule).collect(),
    }
}

fn post_json(post: &Post) -> Value {
    // What check has let through is a record; a lexicon that disagrees shows as null.
    let record = record::preview(post).unwrap_or_default();
    json!({
        "text": post.text.text(),
        "graphemes": post.text.graphemes(),
        "bytes": post.text.text().len(),
        "langs": post.langs,
        "tags": post.tags,
        "labels": post.labels,
        "facets": record::facets(post),
        "embed": record.get("embed").cloned().unwrap_or(Value::Null),
        "record": record,
    })
}
