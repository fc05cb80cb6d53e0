//! What makes two posts the same post for their readers, as far as it can be told from a record.
//!
//! Left out: `createdAt`, reply references inside a thread, blob CIDs (a server may re-encode),
//! the DIDs of mentions (a handle can move), and a card's title, description and picture. What is
//! quoted, answered or reposted is compared by collection and record key: these are a microsecond and
//! a clock's number, and whose they are need not be looked up for that.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use serde_json::Value;

use super::record::kind_of;
use crate::post::{self, Feature, Media, Post, Publication, Target};

/// The URIs of what the repository's files published, or would publish, by path.
pub type Published = BTreeMap<String, Vec<String>>;

/// The content of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    text: String,
    facets: BTreeSet<(Start, End, FacetTarget)>,
    mentions: BTreeSet<(Start, End)>,
    langs: BTreeSet<String>,
    embed: Option<Embed>,
    reply: Option<String>,
    subject: Option<String>,
}

type Start = u64;
type End = u64;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FacetTarget {
    Link(String),
    Tag(String),
    Other(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Embed {
    /// The lexicon's name.
    kind: String,
    /// A quoted record's collection and key.
    quote: Option<String>,
    /// A card's address.
    card: Option<String>,
    /// One for each picture or video.
    alts: Vec<String>,
}

impl Content {
    /// Of all parts of a publication; `published` tells what other files are on the network.
    pub fn of_publication(publication: &Publication, published: &Published) -> Vec<Self> {
        match publication {
            Publication::Repost(target) => vec![Self {
                subject: Some(place_of(target, published, false)),
                ..Self::default()
            }],
            Publication::Posts {
                posts, reply_to, ..
            } => {
                let mut parts: Vec<Self> = posts
                    .iter()
                    .map(|post| Self::of_post(post, published))
                    .collect();
                if let (Some(first), Some(target)) = (parts.first_mut(), reply_to) {
                    first.reply = Some(place_of(target, published, true));
                }
                parts
            }
        }
    }

    fn of_post(post: &Post, published: &Published) -> Self {
        let mut content = Self {
            text: post.text.text().to_owned(),
            langs: post.langs.iter().cloned().collect(),
            embed: own_embed(post, published),
            ..Self::default()
        };
        for post::Facet { range, feature } in post.text.facets() {
            let Range { start, end } = *range;
            let target = match feature {
                Feature::Mention(_) => None,
                Feature::Link(uri) => Some(FacetTarget::Link(uri.clone())),
                Feature::Tag(tag) => Some(FacetTarget::Tag(tag.clone())),
            };
            content.add_facet((start as u64, end as u64), target);
        }
        content
    }

    /// Whether it answers a post of another thread.
    pub fn is_answer(&self) -> bool {
        self.reply.is_some()
    }

    /// Of a record of any client; whatever is missing or malformed is taken as absent. A thread's
    /// inner parts are compared without what they reply to.
    pub fn of_record(record: &Value, is_root: bool) -> Self {
        let langs = strings(&record["langs"]).collect();
        let reply = is_root
            .then(|| string(&record["reply"]["parent"]["uri"]))
            .flatten();
        let reply = reply.map(|uri| place(&uri));
        let mut content = Self {
            text: string(&record["text"]).unwrap_or_default(),
            langs,
            embed: foreign_embed(&record["embed"]),
            reply,
            subject: string(&record["subject"]["uri"]).map(|uri| place(&uri)),
            ..Self::default()
        };
        for facet in items(&record["facets"]) {
            let index = &facet["index"];
            let range = index["byteStart"].as_u64().zip(index["byteEnd"].as_u64());
            for feature in items(&facet["features"]) {
                if let Some(range) = range {
                    content.add_facet(range, foreign_target(feature));
                }
            }
        }
        content
    }

    /// Whether a record holds this post. Mentions that the record lacks are no difference: a
    /// handle without a DID goes out as plain text where the account is configured so.
    pub fn is_in(&self, record: &Self) -> bool {
        let Self {
            text,
            facets,
            mentions,
            langs,
            embed,
            reply,
            subject,
        } = self;
        *text == record.text
            && *facets == record.facets
            && mentions.is_superset(&record.mentions)
            && *langs == record.langs
            && *embed == record.embed
            && *reply == record.reply
            && *subject == record.subject
    }

    /// The words alone.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// For people: the words, or what is reposted.
    pub fn shown(&self) -> String {
        match &self.subject {
            Some(subject) => format!("a repost of {subject}"),
            None => self.text.clone(),
        }
    }

    fn add_facet(&mut self, (start, end): (Start, End), target: Option<FacetTarget>) {
        match target {
            Some(target) => drop(self.facets.insert((start, end, target))),
            None => drop(self.mentions.insert((start, end))),
        }
    }
}

fn own_embed(post: &Post, published: &Published) -> Option<Embed> {
    let kind = match (&post.quote, &post.media) {
        (None, None) => return None,
        (Some(_), None) => "app.bsky.embed.record",
        (Some(_), Some(_)) => "app.bsky.embed.recordWithMedia",
        (None, Some(media)) => kind_of(media),
    };
    let alts = match &post.media {
        Some(Media::Images(images)) => images.iter().map(|image| image.alt.clone()).collect(),
        Some(Media::Video(video)) => vec![video.alt.clone()],
        Some(Media::Card(_)) | None => Vec::new(),
    };
    Some(Embed {
        kind: kind.to_owned(),
        quote: post
            .quote
            .as_ref()
            .map(|target| place_of(target, published, false)),
        card: post.card().map(|card| card.url.clone()),
        alts,
    })
}

/// Collection and key of what a file names; a file that is not on the network is its own path. A quote
/// without a part means the first, an answer the last.
fn place_of(target: &Target, published: &Published, last: bool) -> String {
    match target {
        Target::Record(address) => format!("{}/{}", address.kind.collection(), address.rkey),
        Target::File { path, part } => {
            let parts = published.get(path).map(Vec::as_slice).unwrap_or_default();
            let uri = match part {
                Some(part) => parts.get(part - 1),
                None if last => parts.last(),
                None => parts.first(),
            };
            uri.map_or_else(|| path.clone(), |uri| place(uri))
        }
    }
}

/// Collection and key of an AT URI.
fn place(uri: &str) -> String {
    let mut segments = uri.rsplitn(3, '/');
    let (key, collection) = (segments.next(), segments.next());
    format!(
        "{}/{}",
        collection.unwrap_or_default(),
        key.unwrap_or_default()
    )
}

/// `None` for a mention, which has no target to compare.
fn foreign_target(feature: &Value) -> Option<FacetTarget> {
    let text = |key: &str| string(&feature[key]).unwrap_or_default();
    match feature["$type"].as_str().unwrap_or_default() {
        "app.bsky.richtext.facet#mention" => None,
        "app.bsky.richtext.facet#link" => Some(FacetTarget::Link(text("uri"))),
        "app.bsky.richtext.facet#tag" => Some(FacetTarget::Tag(text("tag"))),
        other => Some(FacetTarget::Other(other.to_owned())),
    }
}

fn foreign_embed(embed: &Value) -> Option<Embed> {
    let kind = string(&embed["$type"])?;
    let quote = [&embed["record"]["uri"], &embed["record"]["record"]["uri"]];
    let card = [
        &embed["external"]["uri"],
        &embed["media"]["external"]["uri"],
    ];
    // A quote with pictures keeps these one level further down.
    let media = embed.get("media").unwrap_or(embed);
    let pictures = items(&media["images"]).iter().chain(items(&media["items"]));
    let mut alts: Vec<String> = pictures
        .map(|picture| string(&picture["alt"]).unwrap_or_default())
        .collect();
    if media.get("video").is_some() {
        alts.push(string(&media["alt"]).unwrap_or_default());
    }
    Some(Embed {
        kind,
        quote: quote.into_iter().find_map(string).map(|uri| place(&uri)),
        card: card.into_iter().find_map(string),
        alts,
    })
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn strings(value: &Value) -> impl Iterator<Item = String> {
    items(value).iter().filter_map(string)
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;
    use crate::post::{Facet, RichText};

    fn post() -> Post {
        let facet = |range, feature| Facet { range, feature };
        let facets = vec![
            facet(0..6, Feature::Mention("a.test".to_owned())),
            facet(7..12, Feature::Tag("rust".to_owned())),
        ];
        Post {
            text: RichText::new("@a.tst #rust".to_owned(), facets).unwrap(),
            langs: vec!["en".to_owned(), "de".to_owned()],
            ..Post::default()
        }
    }

    fn record() -> Value {
        json!({
            "text": "@a.tst #rust",
            "createdAt": "2026-12-01T14:00:00.000Z",
            "langs": ["de", "en"],
            "facets": [
                {"index": {"byteStart": 7, "byteEnd": 12},
                 "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "rust"}]},
                {"index": {"byteStart": 0, "byteEnd": 6},
                 "features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:web:x"}]},
            ],
        })
    }

    fn agrees(change: impl FnOnce(&mut Value)) -> bool {
        let mut record = record();
        change(&mut record);
        Content::of_post(&post(), &Published::new()).is_in(&Content::of_record(&record, true))
    }

    #[test]
    fn time_order_dids_and_unresolved_mentions_are_no_difference() {
        assert!(agrees(|_| ()));
        assert!(agrees(
            |record| record["createdAt"] = json!("2020-01-01T00:00:00Z")
        ));
        assert!(agrees(|record| {
            record["facets"][1]["features"][0]["did"] = json!("did:web:other");
        }));
        assert!(agrees(|record| drop(
            record["facets"].as_array_mut().unwrap().pop()
        )));
    }

    #[test]
    fn words_tags_languages_embeds_and_reply_targets_are_differences() {
        assert!(!agrees(|record| record["text"] = json!("@a.tst #Rust")));
        assert!(!agrees(|record| record["langs"] = json!(["en"])));
        assert!(!agrees(|record| {
            record["facets"][0]["features"][0]["tag"] = json!("Rust");
        }));
        assert!(!agrees(
            |record| record["facets"][1]["index"]["byteEnd"] = json!(5)
        ));
        assert!(!agrees(|record| {
            record["embed"] =
                json!({"$type": "app.bsky.embed.external", "external": {"uri": "https://x.test"}});
        }));
        assert!(!agrees(
            |record| record["reply"] = json!({"parent": {"uri": "at://x"}})
        ));
    }

    #[test]
    fn an_inner_part_is_compared_without_its_reply() {
        let mut record = record();
        record["reply"] = json!({"parent": {"uri": "at://x"}});
        assert!(
            Content::of_post(&post(), &Published::new()).is_in(&Content::of_record(&record, false))
        );
    }

    #[test]
    fn cards_and_quotes_differ_by_their_target_alone() {
        let content = |record: Value| Content::of_record(&record, true);
        let card = |uri: &str, title: &str| {
            content(json!({"embed": {"$type": "app.bsky.embed.external",
                "external": {"uri": uri, "title": title}}}))
        };
        assert!(card("https://x.test", "a").is_in(&card("https://x.test", "b")));
        assert!(!card("https://x.test", "a").is_in(&card("https://y.test", "a")));
        let quote = |uri: &str, alt: &str| {
            content(json!({"embed": {"$type": "app.bsky.embed.recordWithMedia",
                "record": {"record": {"uri": uri}},
                "media": {"$type": "app.bsky.embed.images", "images": [{"alt": alt}]}}}))
        };
        assert!(!quote("at://x", "a").is_in(&quote("at://y", "a")));
        assert!(!quote("at://x", "a").is_in(&quote("at://x", "b")));
    }

    #[test]
    fn records_of_any_shape_are_read_without_a_panic() {
        for record in [
            json!(null),
            json!([]),
            json!(7),
            json!({"facets": {"a": 1}}),
            json!({"embed": []}),
        ] {
            assert_eq!(Content::of_record(&record, true), Content::default());
        }
        Content::of_record(
            &json!({"facets": [{"index": {"byteStart": -1}, "features": 3}, null]}),
            true,
        );
    }
}
