//! What a login is for: uploading blobs and creating records.

use atrium_api::com::atproto::repo::{apply_writes, upload_blob};
use cid::{Cid, multihash::Multihash};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    client::{Client, at_uri},
    error::{Error, Kind},
    transport::UPLOAD_LIMIT,
    xrpc::{Call, Input},
};

/// The multicodec of raw bytes, as blobs are addressed.
const RAW: u64 = 0x55;
/// The multihash code of SHA-256.
const SHA2_256: u64 = 0x12;

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
        #[derive(Deserialize)]
        struct Output {
            blob: Value,
        }
        let mut call = Call::with(upload_blob::NSID, Input::Body(bytes, mime));
        call.limit = Some(UPLOAD_LIMIT);
        let output: Output = self.authorised(call).await?;
        let blob =
            read_blob(output.blob).map_err(|kind| self.service.error(upload_blob::NSID, kind))?;
        if blob.cid != blob_cid(bytes) || blob.size != bytes.len() as u64 {
            let reason = format!(
                "the server holds other bytes than the {} that were sent",
                bytes.len()
            );
            return Err(self
                .service
                .error(upload_blob::NSID, Kind::Mismatch(reason)));
        }
        Ok(blob)
    }

    /// Creates records in one commit, all or none (`com.atproto.repo.applyWrites`), if the
    /// repository's head is still `swap_commit`. Sent once: only a request that was refused for
    /// its expired token is sent again.
    pub async fn apply_writes(&self, writes: &[Write], swap_commit: &str) -> Result<Commit, Error> {
        let did = self.session_did().await;
        let did = did.ok_or_else(|| self.no_session(apply_writes::NSID))?;
        let body = json!({
            "repo": did,
            "swapCommit": swap_commit,
            "writes": writes.iter().map(create).collect::<Vec<Value>>(),
        });
        let body = body.to_string();
        let call = Call::json(apply_writes::NSID, body.as_bytes());
        let output: apply_writes::OutputData = self.authorised(call).await?;
        read_commit(output, writes, &did).map_err(|reason| {
            let kind = Kind::Undecodable(reason.to_owned());
            self.service.error(apply_writes::NSID, kind)
        })
    }
}

/// The CID of a blob of these bytes: version 1, raw, SHA-256, in base32.
pub fn blob_cid(bytes: &[u8]) -> String {
    let hash = Multihash::wrap(SHA2_256, &Sha256::digest(bytes))
        .expect("a SHA-256 digest fits a multihash of 64 bytes");
    Cid::new_v1(RAW, hash).to_string()
}

fn create(write: &Write) -> Value {
    json!({
        "$type": "com.atproto.repo.applyWrites#create",
        "collection": write.collection,
        "rkey": write.rkey,
        "value": write.value,
    })
}

fn read_blob(json: Value) -> Result<Blob, Kind> {
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
