//! Reads what [`decide`](super::decide) needs.

use std::{collections::BTreeMap, future::Future};

use super::Wanted;
use crate::atproto::{
    client::{Client, Page, RemoteRecord},
    record_key::Tid,
};

/// Records are listed until their keys are this many seconds older than the oldest due second.
pub const WINDOW: i64 = 30 * 24 * 60 * 60;
/// At most so many records are listed.
pub const LISTED: usize = 1_000;

/// The reads that looking takes; they need no login.
pub trait Reads {
    /// Why a read failed: doubt, never absence.
    type Error;

    /// A record; `None` only where the server says that this very record isn't there.
    fn get_record(
        &self,
        did: &str,
        collection: &str,
        rkey: &str,
    ) -> impl Future<Output = Result<Option<RemoteRecord>, Self::Error>> + Send;

    /// One page of a collection, newest key first.
    fn list_records(
        &self,
        did: &str,
        collection: &str,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<Page, Self::Error>> + Send;
}

impl Reads for Client {
    type Error = crate::atproto::error::Error;

    async fn get_record(
        &self,
        did: &str,
        collection: &str,
        rkey: &str,
    ) -> Result<Option<RemoteRecord>, Self::Error> {
        Client::get_record(self, did, collection, rkey).await
    }

    async fn list_records(
        &self,
        did: &str,
        collection: &str,
        cursor: Option<&str>,
    ) -> Result<Page, Self::Error> {
        Client::list_records(self, did, collection, cursor).await
    }
}

/// The records at the keys of the due files, and the newest of the account; each once. Asks
/// nothing where nothing is due.
pub async fn gather<R: Reads>(
    reads: &R,
    (did, collection): (&str, &str),
    wanted: &[Wanted<'_>],
) -> Result<Vec<RemoteRecord>, R::Error> {
    let mut records = BTreeMap::new();
    let due: Vec<_> = wanted.iter().filter(|file| file.due).collect();
    let Some(oldest) = due.iter().map(|file| file.second).min() else {
        return Ok(Vec::new());
    };
    list(reads, (did, collection, oldest - WINDOW), &mut records).await?;
    // Last, so that what was written meanwhile is seen rather than missed.
    for file in due {
        own(reads, (did, collection, file), &mut records).await?;
    }
    Ok(records.into_values().collect())
}

type Found = BTreeMap<String, RemoteRecord>;

async fn own<R: Reads>(
    reads: &R,
    (did, collection, file): (&str, &str, &Wanted<'_>),
    records: &mut Found,
) -> Result<(), R::Error> {
    for (n, hash) in file.hashes(did).into_iter().enumerate() {
        let root = hash.root(file.second);
        let mut there = false;
        for index in 0..file.parts.len() {
            // n is 0 but for keys that the server refused: these few take one question.
            if index > 0 && n > 0 && !there {
                break;
            }
            let rkey = root.part(index).to_string();
            if let Some(record) = reads.get_record(did, collection, &rkey).await? {
                there |= index == 0;
                records.insert(record.uri.clone(), record);
            }
        }
    }
    Ok(())
}

async fn list<R: Reads>(
    reads: &R,
    (did, collection, until): (&str, &str, i64),
    records: &mut Found,
) -> Result<(), R::Error> {
    let mut cursor: Option<String> = None;
    let mut listed = 0;
    loop {
        let page = reads
            .list_records(did, collection, cursor.as_deref())
            .await?;
        listed += page.records.len();
        let last = page.records.last().and_then(|record| second(&record.uri));
        let done = page.records.is_empty() || last.is_some_and(|last| last < until);
        let room = LISTED.saturating_sub(records.len());
        let new = page.records.into_iter().take(room);
        records.extend(new.map(|record| (record.uri.clone(), record)));
        // A server that repeats its cursor would be asked for ever.
        let again = page.cursor.is_none() || page.cursor == cursor;
        if done || again || listed >= LISTED {
            return Ok(());
        }
        cursor = page.cursor;
    }
}

fn second(uri: &str) -> Option<i64> {
    let key: Tid = uri.rsplit('/').next()?.parse().ok()?;
    Some(key.second())
}
