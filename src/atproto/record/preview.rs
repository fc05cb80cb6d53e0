//! Records before they are published, and published ones made comparable to them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    LiveCard, Pointer, RecordError, Reference, References, VIDEO_TYPE, encode_post, record,
};
use crate::post::{Card, Facet, Feature, Post};

/// A CID that stands for one that is only known at publishing; no preview shows it.
const UNKNOWN: &str = "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/// What will be written, less what is only known at publishing: `createdAt`, the DIDs of mentions (a
/// mention carries `handle`), URI and CID of what is quoted (`target`, as its author wrote it), what a
/// page that isn't pinned says of itself (the card has its `uri` alone), what a reply answers, and the
/// blob of a video: the video service may store other bytes than the file's (`video` names its `file`).
///
/// # Errors
/// Something that a record can't hold.
pub fn preview(post: &Post) -> Result<Value, RecordError> {
    let mut references = References::default();
    if let Some(target) = &post.quote {
        let this = Pointer {
            uri: target.to_string(),
            cid: UNKNOWN.to_owned(),
        };
        let reference = Reference { this, root: None };
        references.records.insert(target.clone(), reference);
    }
    if let Some(card) = post.card() {
        let unknown = LiveCard::default();
        references.cards.insert(card.url.clone(), unknown);
    }
    let (mut value, _) = encode_post(record(post, &references)?)?;
    if let Some(object) = value.as_object_mut() {
        object.remove("createdAt");
        object.remove("facets");
        let facets = facets(post);
        if !facets.is_empty() {
            object.insert("facets".to_owned(), facets.into());
        }
    }
    reduce_embed(&mut value, post);
    Ok(value)
}

/// The facets as in [`preview`]: `app.bsky.richtext.facet`, but for mentions, which carry `handle`.
pub fn facets(post: &Post) -> Vec<Value> {
    let facet = |Facet { range, feature }: &Facet| {
        let feature = match feature {
            Feature::Link(uri) => json!({"$type": "app.bsky.richtext.facet#link", "uri": uri}),
            Feature::Mention(handle) => {
                json!({"$type": "app.bsky.richtext.facet#mention", "handle": handle})
            }
            Feature::Tag(tag) => json!({"$type": "app.bsky.richtext.facet#tag", "tag": tag}),
        };
        let index = json!({"byteStart": range.start, "byteEnd": range.end});
        json!({"index": index, "features": [feature]})
    };
    post.text.facets().iter().map(facet).collect()
}

/// A published record of this post in the form of its [`preview`], to be compared with it. `handles` are those of
/// the DIDs that it mentions.
pub fn of_published(mut record: Value, post: &Post, handles: &BTreeMap<String, String>) -> Value {
    if let Some(fields) = record.as_object_mut() {
        fields.remove("createdAt");
        fields.remove("reply");
    }
    let facets = record.get_mut("facets").and_then(Value::as_array_mut);
    for feature in facets
        .into_iter()
        .flatten()
        .filter_map(|facet| facet.get_mut("features")?.as_array_mut())
        .flatten()
    {
        if let Some(feature) = feature.as_object_mut() {
            name_handle(feature, handles);
        }
    }
    reduce_embed(&mut record, post);
    record
}

fn name_handle(feature: &mut Map<String, Value>, handles: &BTreeMap<String, String>) {
    let handle = feature
        .get("did")
        .and_then(Value::as_str)
        .and_then(|did| handles.get(did))
        .cloned();
    if let Some(handle) = handle {
        feature.remove("did");
        feature.insert("handle".into(), handle.into());
    }
}

fn reduce_embed(record: &mut Value, post: &Post) {
    let quoted = ["/embed/record/record", "/embed/record"];
    if let Some(target) = &post.quote
        && let Some(pointer) = quoted
            .into_iter()
            .find(|pointer| record.pointer(&format!("{pointer}/cid")).is_some())
        && let Some(reference) = record.pointer_mut(pointer)
    {
        *reference = json!({"target": target.to_string()});
    }
    if let Some(video) = post.video() {
        for pointer in ["/embed/video", "/embed/media/video"] {
            // What is no blob of a video stays, and is a difference.
            if let Some(blob) = record.pointer_mut(pointer)
                && blob["$type"] == "blob"
                && blob["mimeType"] == VIDEO_TYPE
            {
                *blob = json!({"file": video.path});
            }
        }
    }
    if let Some(Card {
        url, pinned: None, ..
    }) = post.card()
    {
        for pointer in ["/embed/external", "/embed/media/external"] {
            if let Some(external) = record.pointer_mut(pointer)
                && external["uri"] == url.as_str()
            {
                *external = json!({"uri": url});
            }
        }
    }
}
