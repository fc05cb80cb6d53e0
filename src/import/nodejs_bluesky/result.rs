//! What came of requests: the records that were written.

use chrono::{DateTime, Utc};

use super::{Request, string};
use crate::{
    atproto::record_key::Tid,
    import::{Refused, draft::Published},
    post::{Address, limits, target::Kind},
    receipt::Part,
};

/// What came of the requests; `None` if they were not processed.
pub(super) fn published(requests: &[Request]) -> Result<Option<Published>, Refused> {
    let records: Vec<Option<Part>> = requests.iter().map(result).collect::<Result<_, _>>()?;
    if records.iter().all(Option::is_none) {
        return Ok(None);
    }
    let sent = records.iter().flatten().count();
    if sent < requests.len() {
        return Err(Refused::new(
            format!(
                "{sent} of the thread's {} parts were sent, and the rest was not",
                requests.len()
            ),
            "finish or delete it on Bluesky; then write a post of what is there, and run `updraft adopt`",
        ));
    }
    let records: Vec<Part> = records.into_iter().flatten().collect();
    let first = records.first().map_or("", |part| part.uri.as_str());
    let created = requests.first().and_then(|request| {
        let text = request.get("record")?["createdAt"].as_str()?;
        DateTime::parse_from_rfc3339(text).ok()
    });
    Ok(Some(Published {
        at: created
            .map(|time| time.to_utc())
            .or_else(|| second_of(first)),
        url: Address::parse(first).map(|address| address.page()),
        records,
        texts: Vec::new(),
    }))
}

fn second_of(uri: &str) -> Option<DateTime<Utc>> {
    let key: Tid = uri.rsplit('/').next()?.parse().ok()?;
    DateTime::from_timestamp_micros(i64::try_from(key.micros()).ok()?)
}

fn result(request: &Request) -> Result<Option<Part>, Refused> {
    let Some(result) = request.get("result").filter(|result| !result.is_null()) else {
        return Ok(None);
    };
    let uri = result["uri"].as_str().unwrap_or_default();
    let collection = match string(request, "action") {
        Some("repost") => "app.bsky.feed.repost",
        _ => Kind::Post.collection(),
    };
    let segments: Vec<&str> = uri
        .strip_prefix("at://")
        .unwrap_or_default()
        .split('/')
        .collect();
    let is_record = matches!(segments[..], [did, named, key]
        if did.starts_with("did:") && named == collection && !key.is_empty());
    if !is_record || uri.len() > limits::TEXT_BYTES || uri.contains(char::is_whitespace) {
        return Err(Refused::new(
            format!("its `result` names no record of {collection}: `{uri}`"),
            "if the post is on Bluesky, write a file for it and run `updraft adopt`; if it is not, remove `result`",
        ));
    }
    let cid = result["cid"].as_str().filter(|cid| !cid.is_empty());
    Ok(Some(Part {
        uri: uri.to_owned(),
        cid: cid.map(str::to_owned),
        deleted: false,
    }))
}
