//! Which thread a record belongs to.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Wanted;
use crate::{
    atproto::{client::RemoteRecord, record_key::Tid},
    post::limits,
};

/// An account's collection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) did: &'a str,
    pub(super) collection: &'a str,
}

impl Place<'_> {
    /// The key in a URI, if it lies here.
    pub(super) fn rkey<'u>(&self, uri: &'u str) -> Option<&'u str> {
        let rest = uri.strip_prefix("at://")?.strip_prefix(self.did)?;
        rest.strip_prefix('/')?
            .strip_prefix(self.collection)?
            .strip_prefix('/')
    }

    pub(super) fn uri(&self, rkey: impl std::fmt::Display) -> String {
        format!("at://{}/{}/{rkey}", self.did, self.collection)
    }
}

/// The root's key for each key that a wanted file may have given to one of its parts.
fn own_parts(wanted: &[Wanted<'_>], did: &str) -> BTreeMap<Tid, Tid> {
    let mut own = BTreeMap::new();
    for file in wanted {
        for root in file
            .hashes(did)
            .into_iter()
            .map(|hash| hash.root(file.second))
        {
            own.extend((0..file.parts.len()).map(|index| (root.part(index), root)));
        }
    }
    own
}

/// Which thread a record belongs to.
pub(super) struct Roots<'a, 'r> {
    own: BTreeMap<Tid, Tid>,
    /// Whether some file answers a post: only then is an answer looked at as a root of its own.
    answers: bool,
    records: &'r BTreeMap<&'a str, &'a RemoteRecord>,
    place: Place<'a>,
}

impl<'a, 'r> Roots<'a, 'r> {
    pub(super) fn new(
        wanted: &[Wanted<'_>],
        records: &'r BTreeMap<&'a str, &'a RemoteRecord>,
        place: Place<'a>,
    ) -> Self {
        Self {
            own: own_parts(wanted, place.did),
            answers: wanted.iter().any(Wanted::is_answer),
            records,
            place,
        }
    }

    /// The URIs of the threads' roots, and whether that root answers another thread. An answer in
    /// another thread of the account belongs to that conversation, and may be a file's of its own.
    pub(super) fn of(&self, key: &str, record: &RemoteRecord) -> Vec<(String, bool)> {
        let known = key.parse().ok().and_then(|tid: Tid| self.own.get(&tid));
        if let Some(root) = known {
            return vec![(self.place.uri(root), false)];
        }
        let head = self.head(record);
        let Some(reply) = reply(head) else {
            return vec![(head.uri.clone(), false)];
        };
        let mut roots = Vec::new();
        if let Some(root) = reply["root"]["uri"].as_str()
            && self.place.rkey(root).is_some()
        {
            roots.push((root.to_owned(), false));
        }
        if self.answers {
            roots.push((head.uri.clone(), true));
        }
        roots
    }

    /// Back along a thread of updraft's making, whose keys follow each other.
    fn head<'h>(&'h self, mut record: &'h RemoteRecord) -> &'h RemoteRecord {
        for _ in 0..limits::WRITES {
            let parent = reply(record).and_then(|reply| reply["parent"]["uri"].as_str());
            let before = parent.and_then(|uri| self.records.get(uri));
            match before {
                Some(before) if self.follows(record, before) => record = before,
                _ => break,
            }
        }
        record
    }

    fn follows(&self, record: &RemoteRecord, before: &RemoteRecord) -> bool {
        let tid = |uri: &str| self.place.rkey(uri)?.parse::<Tid>().ok();
        let (Some(this), Some(before)) = (tid(&record.uri), tid(&before.uri)) else {
            return false;
        };
        this.micros().checked_sub(before.micros()) == Some(1)
            && this.clock_id() == before.clock_id()
    }
}

fn reply(record: &RemoteRecord) -> Option<&Value> {
    record.value.get("reply").filter(|reply| !reply.is_null())
}
