//! Posts as records of the network: JSON for the server, DAG-CBOR for their CIDs.
//!
//! A thread's replies name the CIDs of the parts before them, so all CIDs are computed before
//! anything is written: one write then holds the whole thread.

mod embed;
mod gate;
mod preview;
mod references;

use atrium_api::{
    app::bsky::{
        feed::{
            post::{RecordData, RecordLabelsRefs, ReplyRefData},
            repost,
        },
        richtext::facet::{
            ByteSliceData, LinkData, Main as FacetMain, MainData, MainFeaturesItem, MentionData,
            TagData,
        },
    },
    com::atproto::label::defs::{SelfLabelData, SelfLabelsData},
    record::KnownRecord,
    types::{
        Union,
        string::{Datetime, Did, Language},
    },
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use super::{cid, record_key::Tid};
use crate::post::{Facet, Feature, Post, Publication, Target};
pub(crate) use embed::kind_of;
pub use embed::{CAPTIONS_TYPE, VIDEO_TYPE};
pub use gate::{POSTGATE, THREADGATE};
pub use preview::{facets, of_published, preview};
pub use references::{Blob, LiveCard, Mentions, Pointer, Reference, References, StoredVideo};

/// The collection that posts live in.
pub const COLLECTION: &str = "app.bsky.feed.post";
/// The collection that reposts live in.
pub const REPOST: &str = "app.bsky.feed.repost";

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
    /// Something that should have been looked up.
    #[error("it is not known what {0} is")]
    Unresolved(String),
    /// The record can't be written down.
    #[error("the record can't be encoded: {0}")]
    Encoding(String),
}

/// What a record is written with, beside the post itself.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// `createdAt` of the first part; each further part is a millisecond later.
    pub created_at: DateTime<Utc>,
    /// What the things that the publication names have become.
    pub references: &'a References,
}

/// One record, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The NSID of its collection.
    pub collection: &'static str,
    /// Its key.
    pub rkey: Tid,
    /// `at://DID/COLLECTION/RKEY`
    pub uri: String,
    /// Its CID, as the server will compute it.
    pub cid: String,
    /// The record, `$type` included.
    pub value: Value,
}

/// All that one write publishes.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    /// The posts of the thread in order, or the repost: what a receipt names.
    pub parts: Vec<Written>,
    /// Who may answer and quote.
    pub gates: Vec<Written>,
}

/// The collection of what a publication's receipt names.
pub fn collection(publication: &Publication) -> &'static str {
    match publication {
        Publication::Posts { .. } => COLLECTION,
        Publication::Repost(_) => REPOST,
    }
}

/// The records of a publication; each part needs its key, of which `keys` has as many.
///
/// # Errors
/// Something that a record can't hold, or that was not looked up.
pub fn records(
    did: &str,
    publication: &Publication,
    keys: &[Tid],
    moment: Moment<'_>,
) -> Result<Records, RecordError> {
    match publication {
        Publication::Posts {
            posts,
            reply_to,
            gates,
        } => {
            let reply = reply_to.as_ref();
            let reply = reply.map(|target| reply_ref(target, moment.references));
            let parts = thread(did, posts, (keys, reply.transpose()?), moment)?;
            let at = (moment.references, &datetime(moment.created_at, 0));
            let gates = gate::gates(did, gates, &parts, at)?;
            Ok(Records { parts, gates })
        }
        Publication::Repost(target) => {
            let parts = repost(did, target, keys, moment)?;
            Ok(Records {
                parts,
                gates: Vec::new(),
            })
        }
    }
}

fn reply_ref(target: &Target, references: &References) -> Result<ReplyRefData, RecordError> {
    let Reference { this, root } = references.target(target)?;
    Ok(ReplyRefData {
        parent: this.strong_ref()?,
        root: root.as_ref().unwrap_or(this).strong_ref()?,
    })
}

fn repost(
    did: &str,
    target: &Target,
    keys: &[Tid],
    moment: Moment<'_>,
) -> Result<Vec<Written>, RecordError> {
    let mut written = Vec::new();
    for rkey in keys.iter().take(1) {
        let data = repost::RecordData {
            created_at: datetime(moment.created_at, 0),
            subject: moment.references.target(target)?.this.strong_ref()?,
            via: None,
        };
        let (value, cid) = encode(&KnownRecord::AppBskyFeedRepost(Box::new(data.into())))?;
        written.push(Written {
            collection: REPOST,
            rkey: *rkey,
            uri: format!("at://{did}/{REPOST}/{rkey}"),
            cid: cid.to_string(),
            value,
        });
    }
    Ok(written)
}

/// The address of a post's record.
pub fn uri(did: &str, rkey: impl std::fmt::Display) -> String {
    format!("at://{did}/{COLLECTION}/{rkey}")
}

/// The posts of a thread, in order; each answers the one before it, the first `reply`.
fn thread(
    did: &str,
    posts: &[Post],
    (keys, reply): (&[Tid], Option<ReplyRefData>),
    moment: Moment<'_>,
) -> Result<Vec<Written>, RecordError> {
    let mut written: Vec<Written> = Vec::with_capacity(posts.len());
    let mut refs = reply;
    for (index, (post, rkey)) in posts.iter().zip(keys).enumerate() {
        let mut data = record(post, moment.references)?;
        data.created_at = datetime(moment.created_at, index);
        data.reply = refs.clone().map(Into::into);
        let uri = uri(did, *rkey);
        let (value, cid) = encode_post(data)?;
        let this = Pointer {
            uri: uri.clone(),
            cid: cid.to_string(),
        };
        let this = this.strong_ref()?;
        refs = Some(ReplyRefData {
            root: refs.map_or_else(|| this.clone(), |refs| refs.root),
            parent: this,
        });
        written.push(Written {
            collection: COLLECTION,
            rkey: *rkey,
            uri,
            cid: cid.to_string(),
            value,
        });
    }
    Ok(written)
}

fn record(post: &Post, references: &References) -> Result<RecordData, RecordError> {
    let facets = post.text.facets().iter();
    let facets: Vec<FacetMain> = facets
        .filter_map(|facet| typed_facet(facet, &references.mentions).transpose())
        .collect::<Result<_, _>>()?;
    let langs = post
        .langs
        .iter()
        .map(|tag| Language::new(tag.clone()).map_err(|_| RecordError::Language(tag.clone())));
    let langs: Vec<Language> = langs.collect::<Result<_, _>>()?;
    Ok(RecordData {
        created_at: datetime(DateTime::UNIX_EPOCH, 0),
        embed: embed::embed(post, references)?,
        entities: None,
        facets: (!facets.is_empty()).then_some(facets),
        labels: labels(post),
        langs: (!langs.is_empty()).then_some(langs),
        reply: None,
        tags: (!post.tags.is_empty()).then(|| post.tags.clone()),
        text: post.text.text().to_owned(),
    })
}

fn labels(post: &Post) -> Option<Union<RecordLabelsRefs>> {
    let values = post.labels.iter().map(|label| {
        let val = label.clone();
        SelfLabelData { val }.into()
    });
    let values: Vec<_> = values.collect();
    let labels = SelfLabelsData { values };
    (!labels.values.is_empty()).then(|| {
        let labels = RecordLabelsRefs::ComAtprotoLabelDefsSelfLabels(Box::new(labels.into()));
        Union::Refs(labels)
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

/// Milliseconds and `Z`, as the official client writes them; the order of posts with equal times
/// is undefined in feeds, so each part has its own.
fn datetime(time: DateTime<Utc>, index: usize) -> Datetime {
    let later = TimeDelta::milliseconds(i64::try_from(index).unwrap_or_default());
    let time = time.checked_add_signed(later).unwrap_or(time);
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
        .parse()
        .expect("a time in UTC with milliseconds is a lexicon's datetime")
}

fn encode_post(data: RecordData) -> Result<(Value, ::cid::Cid), RecordError> {
    encode(&KnownRecord::AppBskyFeedPost(Box::new(data.into())))
}

/// JSON and CID. Only a known record carries its `$type`, which the server hashes too.
fn encode(known: &KnownRecord) -> Result<(Value, ::cid::Cid), RecordError> {
    let bytes = serde_ipld_dagcbor::to_vec(known)
        .map_err(|error| RecordError::Encoding(error.to_string()))?;
    let value =
        serde_json::to_value(known).map_err(|error| RecordError::Encoding(error.to_string()))?;
    Ok((value, cid::of_record(&bytes)))
}

#[cfg(test)]
mod tests;
