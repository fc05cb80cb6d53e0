//! One account's records and blobs, changed by commits that happen whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use serde_json::Value;

use super::call::Refusal;
use super::ipld::{self, BlobRef};

/// Writes that one commit takes.
pub(super) const MAX_WRITES: usize = 200;

/// Where a record sits: collection and record key.
pub(super) type Key = (String, String);

/// A repository with its blobs.
#[derive(Clone, Default)]
pub(super) struct Repo {
    pub(super) head: String,
    pub(super) rev: String,
    records: BTreeMap<Key, Record>,
    blobs: BTreeMap<String, Blob>,
}

/// A stored record.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) cid: String,
    pub(super) value: Value,
}

/// A stored blob; temporary until a record uses it.
#[derive(Clone)]
pub(super) struct Blob {
    pub(super) bytes: Bytes,
    pub(super) mime_type: String,
    temporary: bool,
}

/// What a write does with its key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Update,
    Delete,
}

/// One prepared write.
pub(super) struct Write {
    pub(super) action: Action,
    pub(super) key: Key,
    /// The new record; none in a deletion.
    pub(super) record: Option<Record>,
    /// What the caller knows to be there now: `Some(None)` = nothing.
    pub(super) swap: Option<Option<String>>,
    pub(super) validation: Option<&'static str>,
}

impl Repo {
    pub(super) fn record(&self, key: &Key) -> Option<&Record> {
        self.records.get(key)
    }

    /// The records of a collection, in the order of their keys.
    pub(super) fn collection<'a>(
        &'a self,
        collection: &'a str,
    ) -> impl DoubleEndedIterator<Item = (&'a str, &'a Record)> {
        self.records
            .range((collection.to_owned(), String::new())..)
            .take_while(move |(key, _)| key.0 == collection)
            .map(|(key, record)| (key.1.as_str(), record))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Keeps an uploaded blob, and says what type it is taken for.
    pub(super) fn upload(&mut self, bytes: Bytes, mime_type: String) -> String {
        let cid = ipld::blob_cid(&bytes);
        let blob = Blob {
            bytes,
            mime_type,
            temporary: true,
        };
        self.blobs.entry(cid.clone()).or_insert(blob);
        cid
    }

    pub(super) fn blob(&self, cid: &str) -> Option<&Blob> {
        self.blobs.get(cid)
    }

    /// A blob that some record uses.
    pub(super) fn used_blob(&self, cid: &str) -> Option<&Blob> {
        self.blob(cid).filter(|blob| !blob.temporary)
    }

    /// Makes one commit of `writes`, or changes nothing.
    pub(super) fn commit(
        &mut self,
        writes: &[Write],
        swap_commit: Option<&str>,
        rev: String,
    ) -> Result<(), Refusal> {
        if writes.len() > MAX_WRITES {
            return Err(Refusal::invalid(format!(
                "Too many writes. Max: {MAX_WRITES}"
            )));
        }
        if swap_commit.is_some_and(|swap| swap != self.head) {
            return Err(Refusal::swap(format!("Commit was at {}", self.head)));
        }
        self.check_swaps(writes)?;
        self.check_presence(writes)?;
        let orphans = self.orphans(writes);
        self.check_blobs(writes, &orphans)?;
        self.apply(writes, &orphans);
        self.advance(writes, rev);
        Ok(())
    }

    /// Moves the head without changing a record.
    pub(super) fn advance(&mut self, writes: &[Write], rev: String) {
        let mut seed = format!("{}\n{rev}", self.head);
        for Write { key, record, .. } in writes {
            let cid = record.as_ref().map_or("-", |record| &record.cid);
            seed += &format!("\n{}/{} {cid}", key.0, key.1);
        }
        self.head = ipld::commit_cid(seed.as_bytes());
        self.rev = rev;
    }

    fn check_swaps(&self, writes: &[Write]) -> Result<(), Refusal> {
        for write in writes {
            let Some(swap) = &write.swap else { continue };
            let current = self.record(&write.key).map(|record| &record.cid);
            let expects_record = write.action != Action::Create;
            if swap.is_some() != expects_record || swap.as_ref() != current {
                let current = current.map_or("null", String::as_str);
                return Err(Refusal::swap(format!("Record was at {current}")));
            }
        }
        Ok(())
    }

    /// A creation needs a free key, all else a taken one, also within the commit.
    fn check_presence(&self, writes: &[Write]) -> Result<(), Refusal> {
        let mut staged = BTreeMap::new();
        for Write { action, key, .. } in writes {
            let there = staged.get(key).copied();
            let there = there.unwrap_or_else(|| self.records.contains_key(key));
            if there == (*action == Action::Create) {
                return Err(Refusal::internal());
            }
            staged.insert(key, *action != Action::Delete);
        }
        Ok(())
    }

    /// Blobs which lose their last record by `writes`.
    fn orphans(&self, writes: &[Write]) -> BTreeSet<String> {
        let replaced: BTreeSet<_> = writes
            .iter()
            .filter(|write| write.action != Action::Create)
            .map(|write| &write.key)
            .collect();
        let mut orphans: BTreeSet<_> = replaced
            .iter()
            .filter_map(|key| self.records.get(*key))
            .flat_map(|record| BlobRef::all(&record.value))
            .map(|blob| blob.cid)
            .collect();
        if orphans.is_empty() {
            return orphans;
        }
        let kept = self
            .records
            .iter()
            .filter(|(key, _)| !replaced.contains(key));
        let kept = kept.map(|(_, record)| &record.value);
        let new = writes
            .iter()
            .filter_map(|write| Some(&write.record.as_ref()?.value));
        for blob in kept.chain(new).flat_map(BlobRef::all) {
            orphans.remove(&blob.cid);
        }
        orphans
    }

    /// Every blob named must be there, and a fresh one must be what the record says of it.
    fn check_blobs(&self, writes: &[Write], orphans: &BTreeSet<String>) -> Result<(), Refusal> {
        let records = writes.iter().filter_map(|write| write.record.as_ref());
        for named in records.flat_map(|record| BlobRef::all(&record.value)) {
            let stored = self.blobs.get(&named.cid);
            let Some(stored) = stored.filter(|_| !orphans.contains(&named.cid)) else {
                let message = format!("Could not find blob: {}", named.cid);
                return Err(Refusal::new(400, "BlobNotFound", message));
            };
            if stored.temporary {
                stored.check(&named)?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, writes: &[Write], orphans: &BTreeSet<String>) {
        for cid in orphans {
            self.blobs.remove(cid);
        }
        for write in writes {
            let Some(record) = &write.record else {
                self.records.remove(&write.key);
                continue;
            };
            for named in BlobRef::all(&record.value) {
                if let Some(blob) = self.blobs.get_mut(&named.cid) {
                    blob.temporary = false;
                }
            }
            self.records.insert(write.key.clone(), record.clone());
        }
    }
}

impl Blob {
    fn check(&self, named: &BlobRef<'_>) -> Result<(), Refusal> {
        let differs = |what: &str, stored: &str, named: &str| {
            format!(
                "Referenced {what} does not match stored blob. Expected: {stored}, Got: {named}"
            )
        };
        if named.mime_type != self.mime_type {
            let message = differs("Mimetype", &self.mime_type, named.mime_type);
            return Err(Refusal::new(400, "InvalidMimeType", message));
        }
        let size = self.bytes.len().to_string();
        if named.size.to_string() != size {
            let message = differs("Size", &size, &named.size.to_string());
            return Err(Refusal::new(400, "InvalidSize", message));
        }
        Ok(())
    }
}
