//! Posts as records of the network: JSON for the server, DAG-CBOR for their CIDs.
//!
//! A thread's replies name the CIDs of the parts before them, so all CIDs are computed before
//! anything is written: one write then holds the whole thread.

use std::{collections::BTreeMap, num::NonZeroU64};

use atrium_api::{
    app::bsky::{
        embed::{defs::AspectRatioData, images},
        feed::post::{RecordData, RecordEmbedRefs, ReplyRefData},
        richtext::facet::{
            ByteSliceData, LinkData, Main as FacetMain, MainData, MainFeaturesItem, MentionData,
            TagData,
        },
    },
    com::atproto::repo::strong_ref,
    record::KnownRecord,
    types::{
        Blob, BlobRef, CidLink, TypedBlobRef, Union,
        string::{Cid, Datetime, Did, Language},
    },
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{cid, record_key::Tid};
use crate::post::{Embed, Facet, Feature, Image, Post};

/// The collection that posts live in.
pub const COLLECTION: &str = "app.bsky.feed.post";

/// The DID of each mentioned handle (lower case, without `@`). A handle that is missing becomes
/// plain text.
pub type Mentions = BTreeMap<String, String>;

/// Why a post can't be made a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A language tag that the lexicon doesn't take.
    #[error("`{0}` is no language tag that Bluesky takes; write one such as `en` or `pt-BR`")]
    Language(String),
    /// A DID that the lexicon doesn't take.
    #[error("`{did}`, which `{handle}` resolves to, is no DID; try again later")]
    Did {
        /// The mentioned handle.
        handle: String,
        /// What it resolved to.
        did: String,
    },
    /// The record can't be written down.
    #[error("the record can't be encoded: {0}")]
    Encoding(String),
}

/// What a record is written with, beside the post itself.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// `createdAt` of the first part; each further part is a millisecond later.
    pub created_at: DateTime<Utc>,
    /// The DIDs of the handles that the thread mentions.
    pub mentions: &'a Mentions,
}

/// One record, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Its key.
    pub rkey: Tid,
    /// `at://DID/app.bsky.feed.post/RKEY`
    pub uri: String,
    /// Its CID, as the server will compute it.
    pub cid: String,
    /// The record, `$type` included.
    pub value: Value,
}

/// The records of a thread, in order; each part needs its key, of which `keys` has as many.
pub fn thread(
    did: &str,
    posts: &[Post],
    keys: &[Tid],
    moment: Moment<'_>,
) -> Result<Vec<Written>, RecordError> {
    let mut written: Vec<Written> = Vec::with_capacity(posts.len());
    let mut refs: Option<ReplyRefData> = None;
    for (index, (post, rkey)) in posts.iter().zip(keys).enumerate() {
        let mut data = record(post, moment.mentions)?;
        data.created_at = datetime(moment.created_at, index);
        data.reply = refs.clone().map(Into::into);
        let uri = uri(did, *rkey);
        let (value, cid) = encode(data)?;
        let this = strong_ref::Main::from(strong_ref::MainData {
            cid: Cid::new(cid),
            uri: uri.clone(),
        });
        refs = Some(ReplyRefData {
            root: refs.map_or_else(|| this.clone(), |refs| refs.root),
            parent: this,
        });
        written.push(Written {
            rkey: *rkey,
            uri,
            cid: cid.to_string(),
            value,
        });
    }
    Ok(written)
}

/// What will be written, less `createdAt`, DIDs not yet resolved and reply CIDs: a mention carries
/// `handle` in the place of `did`.
pub fn preview(post: &Post) -> Result<Value, RecordError> {
    let (mut value, _) = encode(record(post, &Mentions::new())?)?;
    if let Some(object) = value.as_object_mut() {
        object.remove("createdAt");
        object.remove("facets");
        let facets = facets(post);
        if !facets.is_empty() {
            object.insert("facets".to_owned(), facets.into());
        }
    }
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

/// The address of a post's record.
pub fn uri(did: &str, rkey: impl std::fmt::Display) -> String {
    format!("at://{did}/{COLLECTION}/{rkey}")
}

/// The blob of a picture, as a record refers to it.
pub fn blob(image: &Image) -> Value {
    let link = cid::of_blob(&image.sha256).to_string();
    json!({"$type": "blob", "ref": {"$link": link}, "mimeType": image.mime, "size": image.size})
}

fn record(post: &Post, mentions: &Mentions) -> Result<RecordData, RecordError> {
    let facets = post.text.facets().iter();
    let facets: Vec<FacetMain> = facets
        .filter_map(|facet| typed_facet(facet, mentions).transpose())
        .collect::<Result<_, _>>()?;
    let langs = post
        .langs
        .iter()
        .map(|tag| Language::new(tag.clone()).map_err(|_| RecordError::Language(tag.clone())));
    let langs: Vec<Language> = langs.collect::<Result<_, _>>()?;
    Ok(RecordData {
        created_at: datetime(DateTime::UNIX_EPOCH, 0),
        embed: post.embed.as_ref().map(embed),
        entities: None,
        facets: (!facets.is_empty()).then_some(facets),
        labels: None,
        langs: (!langs.is_empty()).then_some(langs),
        reply: None,
        tags: None,
        text: post.text.text().to_owned(),
    })
}

fn typed_facet(facet: &Facet, mentions: &Mentions) -> Result<Option<FacetMain>, RecordError> {
    let feature = match &facet.feature {
        Feature::Link(uri) => {
            MainFeaturesItem::Link(Box::new(LinkData { uri: uri.clone() }.into()))
        }
        Feature::Tag(tag) => MainFeaturesItem::Tag(Box::new(TagData { tag: tag.clone() }.into())),
        Feature::Mention(handle) => match mentions.get(handle) {
            None => return Ok(None),
            Some(did) => {
                let did = Did::new(did.clone()).map_err(|_| RecordError::Did {
                    handle: handle.clone(),
                    did: did.clone(),
                })?;
                MainFeaturesItem::Mention(Box::new(MentionData { did }.into()))
            }
        },
    };
    let index = ByteSliceData {
        byte_start: facet.range.start,
        byte_end: facet.range.end,
    };
    Ok(Some(
        MainData {
            features: vec![Union::Refs(feature)],
            index: index.into(),
        }
        .into(),
    ))
}

fn embed(embed: &Embed) -> Union<RecordEmbedRefs> {
    match embed {
        Embed::Images(images) => {
            let images = images.iter().map(picture).collect();
            let main = images::MainData { images };
            Union::Refs(RecordEmbedRefs::AppBskyEmbedImagesMain(Box::new(
                main.into(),
            )))
        }
    }
}

fn picture(image: &Image) -> images::Image {
    let side = |pixels: u32| NonZeroU64::new(pixels.into());
    let aspect_ratio = side(image.width).zip(side(image.height));
    let blob = Blob {
        r#ref: CidLink(cid::of_blob(&image.sha256)),
        mime_type: image.mime.to_owned(),
        size: image.size,
    };
    images::ImageData {
        alt: image.alt.clone(),
        aspect_ratio: aspect_ratio.map(|(width, height)| AspectRatioData { height, width }.into()),
        image: BlobRef::Typed(TypedBlobRef::Blob(blob)),
    }
    .into()
}

/// Milliseconds and `Z`, as the official client writes them; the order of posts with equal times
/// is undefined in feeds, so each part has its own.
fn datetime(time: DateTime<Utc>, index: usize) -> Datetime {
    let later = TimeDelta::milliseconds(i64::try_from(index).unwrap_or_default());
    let time = time.checked_add_signed(later).unwrap_or(time);
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
        .parse()
        .expect("a time in UTC with milliseconds is a lexicon's datetime")
}

/// JSON and CID. Only a known record carries its `$type`, which the server hashes too.
fn encode(data: RecordData) -> Result<(Value, ::cid::Cid), RecordError> {
    let known = KnownRecord::AppBskyFeedPost(Box::new(data.into()));
    let bytes = serde_ipld_dagcbor::to_vec(&known)
        .map_err(|error| RecordError::Encoding(error.to_string()))?;
    let value =
        serde_json::to_value(&known).map_err(|error| RecordError::Encoding(error.to_string()))?;
    Ok((value, cid::of_record(&bytes)))
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
