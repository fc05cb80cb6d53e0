//! What a login is for: uploading blobs and creating records.

use std::time::Duration;

use atrium_api::com::atproto::repo::{apply_writes, upload_blob};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    cid,
    client::{Client, at_uri},
    error::{Error, Kind},
    transport::UPLOAD_LIMIT,
    xrpc::{Call, Input},
};

/// The slowest line that an upload is waited for, in bytes a second: 300 MB in twenty minutes.
const SLOW_LINE: u64 = 250_000;

/// Bytes at a PDS, usable in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The CID, equal to the one computed from the bytes.
    pub cid: String,
    /// The type as the server found it, which a record must repeat.
    pub mime: String,
    /// The size in bytes.
    pub size: u64,
    /// The blob object as the server gave it, for the record.
    pub json: Value,
}

/// A file that is read when it is sent, and anew if it is sent again: one copy at a time is in memory.
#[derive(Clone, Copy)]
pub struct Upload<'a> {
    /// Of its bytes.
    pub sha256: [u8; 32],
    /// How many they are.
    pub size: u64,
    /// Their type.
    pub mime: &'a str,
    /// Reads them.
    pub read: &'a (dyn Fn() -> Result<Vec<u8>, String> + Sync),
}

impl Upload<'_> {
    /// As long as a slow line needs.
    pub(super) fn time_limit(&self) -> Duration {
        UPLOAD_LIMIT + Duration::from_secs(self.size / SLOW_LINE)
    }
}

/// One record to be created.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Write {
    /// The NSID of the record's collection.
    pub collection: String,
    /// The record key.
    pub rkey: String,
    /// The record, `$type` included.
    pub value: Value,
}

/// Where a record is in its account's repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The NSID of the collection.
    pub collection: String,
    /// The record key.
    pub rkey: String,
}

/// What an `applyWrites` left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The repository's new head: the next write's `swapCommit`.
    pub cid: String,
    /// The new revision.
    pub rev: String,
    /// URI and CID of each record, in the order of the writes.
    pub results: Vec<(String, String)>,
}

impl Client {
    /// Uploads bytes (`com.atproto.repo.uploadBlob`) and checks that the server holds them.
    pub async fn upload_blob(&self, bytes: &[u8], mime: &str) -> Result<Blob, Error> {
        self.upload(&Upload {
            sha256: Sha256::digest(bytes).into(),
            size: bytes.len() as u64,
            mime,
            read: &|| Ok(bytes.to_vec()),
        })
        .await
    }

    /// Uploads a file (`com.atproto.repo.uploadBlob`) and checks that the server holds it.
    pub async fn upload(&self, upload: &Upload<'_>) -> Result<Blob, Error> {
        #[derive(Deserialize)]
        struct Output {
            blob: Value,
        }
        let mut call = Call::with(upload_blob::NSID, Input::Upload(upload, &[]));
        call.limit = Some(upload.time_limit());
        let output: Output = self.authorised(call).await?;
        let error = |kind| self.service.error(upload_blob::NSID, kind);
        let blob = read_blob(output.blob).map_err(error)?;
        let Upload { sha256, size, .. } = upload;
        if blob.cid != cid::of_blob(sha256).to_string() || blob.size != *size {
            let reason = format!("the server holds other bytes than the {size} that were sent");
            return Err(error(Kind::Mismatch(reason)));
        }
        Ok(blob)
    }

    /// Creates records in one commit, all or none (`com.atproto.repo.applyWrites`), if the
    /// repository's head is still `swap_commit`. Sent once: only a request that was refused for
    /// its expired token is sent again.
    pub async fn apply_writes(&self, writes: &[Write], swap_commit: &str) -> Result<Commit, Error> {
        let creates = writes.iter().map(create).collect();
        let (output, did) = self.apply(creates, swap_commit).await?;
        read_commit(output, writes, &did).map_err(|reason| self.undecodable(reason))
    }

    /// Deletes records in one commit, all or none (`com.atproto.repo.applyWrites`), if the repository's
    /// head is still `swap_commit`; gives the new head. All of them must be there: for one that is not,
    /// the official PDS answers 500 and deletes nothing.
    pub async fn delete_records(
        &self,
        records: &[Place],
        swap_commit: &str,
    ) -> Result<String, Error> {
        let deletes = records.iter().map(delete).collect();
        let (output, _) = self.apply(deletes, swap_commit).await?;
        let results = output.results.unwrap_or_default();
        let is_deleted = |item: &apply_writes::OutputResultsItem| {
            matches!(item, apply_writes::OutputResultsItem::DeleteResult(_))
        };
        if results.len() != records.len() || !results.iter().all(is_deleted) {
            return Err(self.undecodable("it tells of something other than deleted records"));
        }
        let commit = output.commit;
        let commit = commit.ok_or_else(|| self.undecodable("it names no commit"))?;
        Ok(commit.cid.as_ref().to_string())
    }

    async fn apply(
        &self,
        writes: Vec<Value>,
        swap_commit: &str,
    ) -> Result<(apply_writes::OutputData, String), Error> {
        let did = self.session_did().await;
        let did = did.ok_or_else(|| self.no_session(apply_writes::NSID))?;
        let body = json!({ "repo": did, "swapCommit": swap_commit, "writes": writes }).to_string();
        let call = Call::json(apply_writes::NSID, body.as_bytes());
        Ok((self.authorised(call).await?, did))
    }

    fn undecodable(&self, reason: &str) -> Error {
        let kind = Kind::Undecodable(reason.to_owned());
        self.service.error(apply_writes::NSID, kind)
    }
}

/// The CID of a blob of these bytes: version 1, raw, SHA-256, in base32.
pub fn blob_cid(bytes: &[u8]) -> String {
    cid::of_blob(&Sha256::digest(bytes).into()).to_string()
}

fn create(write: &Write) -> Value {
    json!({
        "$type": "com.atproto.repo.applyWrites#create",
        "collection": write.collection,
        "rkey": write.rkey,
        "value": write.value,
    })
}

fn delete(place: &Place) -> Value {
    json!({
        "$type": "com.atproto.repo.applyWrites#delete",
        "collection": place.collection,
        "rkey": place.rkey,
    })
}

pub(super) fn read_blob(json: Value) -> Result<Blob, Kind> {
    let text = |pointer| json.pointer(pointer).and_then(Value::as_str);
    let blob = (|| {
        text("/$type").filter(|kind| *kind == "blob")?;
        Some(Blob {
            cid: text("/ref/$link")?.to_owned(),
            mime: text("/mimeType")?.to_owned(),
            size: json.get("size")?.as_u64()?,
            json: Value::Null,
        })
    })();
    match blob {
        Some(blob) => Ok(Blob { json, ..blob }),
        None => Err(Kind::Undecodable("it holds no blob".to_owned())),
    }
}

fn read_commit(
    output: apply_writes::OutputData,
    writes: &[Write],
    did: &str,
) -> Result<Commit, &'static str> {
    let commit = output.commit.ok_or("it names no commit")?;
    let results: Option<Vec<(String, String)>> = output
        .results
        .unwrap_or_default()
        .into_iter()
        .map(created)
        .collect();
    let results = results.ok_or("it tells of something other than created records")?;
    let expected = writes
        .iter()
        .map(|write| at_uri(did, &write.collection, &write.rkey));
    if !expected.eq(results.iter().map(|(uri, _)| uri.clone())) {
        return Err("it names other records than the ones sent");
    }
    Ok(Commit {
        cid: commit.cid.as_ref().to_string(),
        rev: commit.rev.to_string(),
        results,
    })
}

fn created(item: apply_writes::OutputResultsItem) -> Option<(String, String)> {
    match item {
        apply_writes::OutputResultsItem::CreateResult(result) => {
            Some((result.uri.clone(), result.cid.as_ref().to_string()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
