//! Records of an account, put together to the threads they are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    Candidate, Sight, Wanted,
    roots::{Place, Roots},
};
use crate::{
    atproto::{client::RemoteRecord, content::Content, record_key::Tid},
    post::{self, limits},
    receipt::Part,
};

/// What stands between the parts of a thread where its text is shown.
const BREAK: &str = "\n\n---\n\n";

/// A root that is or was there, with its own account's replies.
#[derive(Debug)]
pub(super) struct RemoteThread<'a> {
    /// Of the root.
    pub(super) uri: String,
    place: Place<'a>,
    rkey: String,
    /// The root's key, where it is a TID.
    pub(super) root: Option<Tid>,
    /// Parts by their place, told by their keys; the root, if it exists, is at 0.
    parts: BTreeMap<usize, &'a RemoteRecord>,
    /// Other replies under this root.
    replies: Vec<&'a RemoteRecord>,
    /// Whether its root answers a post of another thread.
    pub(super) is_answer: bool,
    /// Whether a block in the repository names one of these records.
    pub(super) accounted: bool,
}

/// All threads among the records, in order of their roots' URIs.
pub(super) fn collect<'a>(wanted: &[Wanted<'_>], sight: Sight<'a>) -> Vec<RemoteThread<'a>> {
    let place = Place {
        did: sight.did,
        collection: sight.collection,
    };
    let records: BTreeMap<&str, &RemoteRecord> = sight
        .records
        .iter()
        .map(|record| (record.uri.as_str(), record))
        .collect();
    let roots = Roots::new(wanted, &records, place);
    let mut threads: BTreeMap<String, RemoteThread<'a>> = BTreeMap::new();
    for record in records.values() {
        let Some(key) = place.rkey(&record.uri) else {
            continue;
        };
        for (root, is_answer) in roots.of(key, record) {
            let thread = threads.entry(root.clone());
            let thread = thread.or_insert_with(|| RemoteThread::new(root, place));
            thread.is_answer |= is_answer;
            thread.add(key, record);
            thread.accounted |= sight.accounted.contains(&record.uri);
        }
    }
    let mut threads: Vec<_> = threads.into_values().collect();
    for thread in &mut threads {
        thread.accounted |= sight.accounted.contains(&thread.uri);
    }
    threads
}

impl<'a> RemoteThread<'a> {
    fn new(uri: String, place: Place<'a>) -> Self {
        let rkey = place.rkey(&uri).unwrap_or_default().to_owned();
        Self {
            root: rkey.parse().ok(),
            uri,
            place,
            rkey,
            is_answer: false,
            parts: BTreeMap::new(),
            replies: Vec::new(),
            accounted: false,
        }
    }

    fn add(&mut self, key: &str, record: &'a RemoteRecord) {
        match self.index(key) {
            Some(index) => drop(self.parts.insert(index, record)),
            None => self.replies.push(record),
        }
    }

    fn index(&self, key: &str) -> Option<usize> {
        if key == self.rkey {
            return Some(0);
        }
        let (root, key) = (self.root?, key.parse::<Tid>().ok()?);
        let index = key.micros().checked_sub(root.micros())?;
        let index = usize::try_from(index).ok()?;
        let near = (1..limits::WRITES).contains(&index);
        (near && key.clock_id() == root.clock_id()).then_some(index)
    }

    /// Whether one of its records is among these.
    pub(super) fn is_named(&self, uris: &BTreeSet<String>) -> bool {
        self.uris().any(|uri| uris.contains(&uri))
    }

    /// The root's URI, there or not, and those of all other records.
    pub(super) fn uris(&self) -> impl Iterator<Item = String> {
        let records = self.parts.values().chain(&self.replies);
        let records = records.map(|record| record.uri.clone());
        let root = (!self.parts.contains_key(&0)).then(|| self.uri.clone());
        root.into_iter().chain(records)
    }

    /// Whether all parts that exist hold what this file would publish.
    pub(super) fn holds(&self, posts: &[Content], keyed: bool) -> bool {
        let parts = self.parts_for(posts, keyed);
        let agrees = |(index, record): &(usize, &RemoteRecord)| {
            posts
                .get(*index)
                .is_some_and(|post| holds(record, post, *index))
        };
        !parts.is_empty() && parts.iter().all(agrees)
    }

    /// For the block: where the keys are of updraft's making, a part that is gone is listed as
    /// deleted; else those that exist.
    pub(super) fn block_parts(&self, posts: &[Content], keyed: bool) -> Vec<Part> {
        let present = self.parts_for(posts, keyed).into_iter();
        let mut present: BTreeMap<usize, Part> = present
            .map(|(index, record)| (index, part(record)))
            .collect();
        if let Some(root) = self.root.filter(|_| keyed) {
            let last = present.keys().next_back().map_or(0, |index| index + 1);
            for index in 0..posts.len().max(last) {
                present
                    .entry(index)
                    .or_insert_with(|| deleted(self.place.uri(root.part(index))));
            }
        }
        present.into_values().collect()
    }

    /// `createdAt` of the first part there is; else the time in the root's key.
    pub(super) fn created_at(&self) -> Option<DateTime<Utc>> {
        let first = self.parts.values().chain(&self.replies).next();
        let written = first.and_then(|record| {
            let text = record.value["createdAt"].as_str()?;
            DateTime::parse_from_rfc3339(text).ok()
        });
        let keyed = || {
            let micros = self.root?.micros();
            DateTime::from_timestamp_micros(i64::try_from(micros).ok()?)
        };
        written.map(|time| time.to_utc()).or_else(keyed)
    }

    /// The root's page, or that of what it reposts.
    pub(super) fn url(&self) -> String {
        let subject = self
            .parts
            .get(&0)
            .and_then(|record| record.value["subject"]["uri"].as_str());
        let page = subject.and_then(post::Address::parse);
        page.map_or_else(
            || {
                format!(
                    "https://bsky.app/profile/{}/post/{}",
                    self.place.did, self.rkey
                )
            },
            |address| address.page(),
        )
    }

    /// As `updraft adopt` takes it: a repost has no page of its own.
    fn name(&self) -> String {
        let root = self.parts.get(&0);
        match root.is_some_and(|record| record.value.get("subject").is_some()) {
            true => self.uri.clone(),
            false => self.url(),
        }
    }

    /// The words of the parts that exist.
    pub(super) fn text(&self, posts: &[Content], keyed: bool) -> String {
        let parts = self.parts_for(posts, keyed);
        let texts = parts
            .iter()
            .map(|(_, record)| Content::of_record(&record.value, true).shown());
        texts.collect::<Vec<_>>().join(BREAK)
    }

    /// As a doubt shows it.
    pub(super) fn candidate(&self, posts: &[Content], keyed: bool) -> Candidate {
        Candidate {
            uri: self.uri.clone(),
            url: self.name(),
            created_at: self.created_at(),
            text: self.text(posts, keyed),
        }
    }

    /// The parts of a file by their keys; in another client's thread the root, and for each
    /// further part the next reply that holds it: other replies are its author's conversation.
    fn parts_for(&self, posts: &[Content], keyed: bool) -> Vec<(usize, &'a RemoteRecord)> {
        if keyed {
            return self
                .parts
                .iter()
                .map(|(index, part)| (*index, *part))
                .collect();
        }
        let Some(root) = self.parts.get(&0) else {
            return Vec::new();
        };
        let mut replies: Vec<_> = self.parts.values().skip(1).chain(&self.replies).collect();
        replies.sort_by(|one, other| one.uri.cmp(&other.uri));
        let mut replies = replies.into_iter();
        let further = posts
            .iter()
            .enumerate()
            .skip(1)
            .filter_map(|(index, post)| {
                let reply = replies
                    .clone()
                    .position(|reply| holds(reply, post, index))?;
                replies.nth(reply).map(|reply| (index, *reply))
            });
        let further: Vec<_> = further.collect();
        std::iter::once((0, *root)).chain(further).collect()
    }
}

fn holds(record: &RemoteRecord, post: &Content, index: usize) -> bool {
    // Most records differ in their words: these are compared before anything is built.
    words(record) == post.text() && post.is_in(&Content::of_record(&record.value, index == 0))
}

fn words(record: &RemoteRecord) -> &str {
    record.value["text"].as_str().unwrap_or_default()
}

/// The file's own words, as [`RemoteThread::text`] shows the network's.
pub(super) fn own_text(posts: &[Content]) -> String {
    let texts: Vec<String> = posts.iter().map(Content::shown).collect();
    texts.join(BREAK)
}

fn part(record: &RemoteRecord) -> Part {
    Part {
        uri: record.uri.clone(),
        cid: Some(record.cid.clone()),
        deleted: false,
    }
}

fn deleted(uri: String) -> Part {
    Part {
        uri,
        cid: None,
        deleted: true,
    }
}
