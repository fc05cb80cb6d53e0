//! Records that files name, held against those that are there: reads alone, without a login.

use std::collections::BTreeMap;

use super::{client::RemoteRecord, look::Reads};

/// So few are asked for one by one; more are listed.
const FEW: usize = 10;
/// At most so many pages of a hundred are listed; what lies behind is asked for one by one.
const PAGES: usize = 10;

/// A record as a file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `at://DID/COLLECTION/RKEY`
    pub uri: String,
    /// Its CID, if that was ever known.
    pub cid: Option<String>,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is there, as it was written.
    AsRecorded,
    /// It is not there.
    Gone,
    /// It is there, and was taken back.
    Back,
    /// It is there with another content, which has this CID.
    Changed(String),
    /// The server could not be asked, for this reason.
    Unknown(String),
}

/// What became of each of the records in the repository of `did`, by URI. URIs that lie elsewhere, or
/// are none, are left out.
pub async fn compare<R: Reads>(reads: &R, did: &str, named: &[Named]) -> BTreeMap<String, Standing>
where
    R::Error: std::fmt::Display,
{
    let mut standings = BTreeMap::new();
    let mut collections: BTreeMap<&str, Vec<(&str, &Named)>> = BTreeMap::new();
    for named in named {
        let Some((repository, collection, rkey)) = split(&named.uri) else {
            continue;
        };
        if repository == did {
            collections
                .entry(collection)
                .or_default()
                .push((rkey, named));
        }
    }
    for (collection, wanted) in collections {
        let mut found = BTreeMap::new();
        let read = read(reads, (did, collection), &wanted, &mut found).await;
        let reason = read.err().map(|error| error.to_string());
        standings.extend(wanted.iter().map(|(_, named)| {
            let standing = match (found.get(&named.uri), &reason) {
                (Some(found), _) => standing(named, found.as_deref()),
                (None, Some(reason)) => Standing::Unknown(reason.clone()),
                (None, None) => Standing::Gone,
            };
            (named.uri.clone(), standing)
        }));
    }
    standings
}

/// The CIDs found, `None` for what is certainly not there.
type Found = BTreeMap<String, Option<String>>;

async fn read<R: Reads>(
    reads: &R,
    (did, collection): (&str, &str),
    wanted: &[(&str, &Named)],
    found: &mut Found,
) -> Result<(), R::Error> {
    if wanted.len() > FEW {
        let is_whole = list(reads, (did, collection), wanted, found).await?;
        if is_whole {
            let missing = wanted.iter().map(|(_, named)| &named.uri);
            for uri in missing {
                found.entry(uri.clone()).or_insert(None);
            }
        }
    }
    // What lies behind what was listed is asked for by name.
    for (rkey, named) in wanted {
        if !found.contains_key(&named.uri) {
            let record = reads.get_record(did, collection, rkey).await?;
            found.insert(named.uri.clone(), record.map(|record| record.cid));
        }
    }
    Ok(())
}

/// Whether all of the wanted would have been among what is listed.
async fn list<R: Reads>(
    reads: &R,
    (did, collection): (&str, &str),
    wanted: &[(&str, &Named)],
    found: &mut Found,
) -> Result<bool, R::Error> {
    let oldest = wanted
        .iter()
        .map(|(rkey, _)| *rkey)
        .min()
        .unwrap_or_default();
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES {
        let listed = reads
            .list_records(did, collection, cursor.as_deref())
            .await?;
        let last = listed
            .records
            .last()
            .map(|record| rkey_of(&record.uri).to_owned());
        let entries = listed.records.into_iter();
        found.extend(entries.map(|RemoteRecord { uri, cid, .. }| (uri, Some(cid))));
        cursor = listed.cursor;
        if cursor.is_none() || last.is_none_or(|last| *last < *oldest) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn standing(named: &Named, found: Option<&str>) -> Standing {
    match (found, &named.cid) {
        (None, _) => Standing::Gone,
        (Some(found), Some(cid)) if found != cid => Standing::Changed(found.to_owned()),
        (Some(_), _) => Standing::AsRecorded,
    }
}

/// DID, collection and record key of `at://DID/COLLECTION/RKEY`.
pub fn split(uri: &str) -> Option<(&str, &str, &str)> {
    let mut parts = uri.strip_prefix("at://")?.splitn(3, '/');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

fn rkey_of(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{
        convert::Infallible,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use serde_json::Value;

    use super::*;
    use crate::atproto::client::Page;

    const POST: &str = "app.bsky.feed.post";

    /// A repository with these record keys, newest first, each with its key for a CID.
    struct Repository(Vec<String>, AtomicUsize);

    fn record(rkey: &str) -> RemoteRecord {
        RemoteRecord {
            uri: uri(rkey),
            cid: rkey.to_owned(),
            value: Value::Null,
        }
    }

    fn uri(rkey: &str) -> String {
        format!("at://did:plc:a/{POST}/{rkey}")
    }

    impl Reads for Repository {
        type Error = Infallible;

        async fn get_record(
            &self,
            _: &str,
            _: &str,
            rkey: &str,
        ) -> Result<Option<RemoteRecord>, Infallible> {
            self.1.fetch_add(1, Ordering::SeqCst);
            Ok(self
                .0
                .iter()
                .any(|known| known == rkey)
                .then(|| record(rkey)))
        }

        async fn list_records(
            &self,
            _: &str,
            _: &str,
            cursor: Option<&str>,
        ) -> Result<Page, Infallible> {
            self.1.fetch_add(1, Ordering::SeqCst);
            let from = cursor.map_or(0, |cursor| cursor.parse::<usize>().unwrap());
            let records: Vec<RemoteRecord> = self
                .0
                .iter()
                .skip(from)
                .take(100)
                .map(|rkey| record(rkey))
                .collect();
            let cursor = (records.len() == 100).then(|| (from + 100).to_string());
            Ok(Page { records, cursor })
        }
    }

    async fn held_against(there: usize, named: Vec<Named>) -> (BTreeMap<String, Standing>, usize) {
        let keys = (0..there)
            .rev()
            .map(|number| format!("{number:05}"))
            .collect();
        let repository = Repository(keys, AtomicUsize::new(0));
        let standings = compare(&repository, "did:plc:a", &named).await;
        (standings, repository.1.into_inner())
    }

    fn named(rkey: &str, cid: &str) -> Named {
        Named {
            uri: uri(rkey),
            cid: Some(cid.to_owned()),
        }
    }

    #[tokio::test]
    async fn what_is_there_gone_and_changed_is_told_apart() {
        let mut asked = vec![
            named("00001", "00001"),
            named("00002", "x"),
            named("00009", "y"),
        ];
        asked.push(Named {
            uri: "at://did:plc:other/app.bsky.feed.post/00001".into(),
            cid: None,
        });
        let (standings, _) = held_against(5, asked).await;
        let standings: Vec<Standing> = standings.into_values().collect();
        let changed = Standing::Changed("00002".into());
        assert_eq!(standings, [Standing::AsRecorded, changed, Standing::Gone]);
    }

    #[tokio::test]
    async fn an_archive_takes_few_requests() {
        let names: Vec<String> = (0..500).map(|number| format!("{number:05}")).collect();
        let asked: Vec<Named> = names.iter().map(|name| named(name, name)).collect();
        let (standings, requests) = held_against(500, asked).await;
        assert!(
            standings
                .values()
                .all(|standing| *standing == Standing::AsRecorded)
        );
        assert_eq!(requests, 6);
    }

    #[tokio::test]
    async fn so_does_one_that_the_server_lost() {
        let names: Vec<String> = (0..500).map(|number| format!("{number:05}")).collect();
        let asked: Vec<Named> = names.iter().map(|name| named(name, name)).collect();
        let (standings, requests) = held_against(200, asked).await;
        let gone = standings
            .values()
            .filter(|standing| **standing == Standing::Gone);
        assert_eq!((gone.count(), requests), (300, 3));
    }

    #[tokio::test]
    async fn what_lies_behind_the_listed_pages_is_asked_for_by_name() {
        let asked: Vec<Named> = (0..12)
            .map(|number| format!("{number:05}"))
            .map(|name| named(&name, &name))
            .collect();
        let (standings, requests) = held_against(2_000, asked).await;
        assert!(
            standings
                .values()
                .all(|standing| *standing == Standing::AsRecorded)
        );
        assert_eq!(requests, 10 + 12);
    }
}
