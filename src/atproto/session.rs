//! What needs a login: uploads and writes, and the session that carries them.

use std::fmt;

use atrium_api::com::atproto::{
    repo::{apply_writes, upload_blob},
    server::{create_session, refresh_session},
};
use cid::{Cid, multihash::Multihash};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    client::{Client, at_uri},
    error::{Error, Kind},
    secret::Redactor,
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

/// A login at one PDS. Never printed: its `Debug` names the account alone.
pub(super) struct Session {
    did: String,
    identifier: String,
    password: SecretString,
    access: SecretString,
    refresh: SecretString,
}

impl Session {
    pub(super) fn redactor(&self) -> Redactor {
        let secrets = [&self.password, &self.access, &self.refresh];
        Redactor::new(secrets.map(SecretString::clone))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("did", &self.did)
            .finish_non_exhaustive()
    }
}

/// What createSession and refreshSession bring. Only what is needed: the rest may be anything.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    did: String,
    access_jwt: String,
    refresh_jwt: String,
    active: Option<bool>,
    status: Option<String>,
}

impl Client {
    /// Logs in with an app password (`com.atproto.server.createSession`). `identifier` is the
    /// handle, without `@`, or the DID; `did` is the account that it must turn out to be.
    pub async fn login(
        &self,
        identifier: &str,
        did: &str,
        password: &SecretString,
    ) -> Result<(), Error> {
        let session = self.create_session(identifier, did, password).await?;
        *self.session.lock().await = Some(session);
        Ok(())
    }

    /// The DID of the account that is logged in.
    pub async fn session_did(&self) -> Option<String> {
        let session = self.session.lock().await;
        session.as_ref().map(|session| session.did.clone())
    }

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

    /// Makes a call with the access token; with a new one if it has expired.
    async fn authorised<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        let (access, redactor) = self.access(call.nsid).await?;
        match self.service.call(call, Some(&access), &redactor).await {
            Err(error) if error.is_expired_token() => {
                self.renew(&access).await?;
                let (access, redactor) = self.access(call.nsid).await?;
                self.service.call(call, Some(&access), &redactor).await
            }
            other => other,
        }
    }

    async fn access(&self, nsid: &str) -> Result<(SecretString, Redactor), Error> {
        let session = self.session.lock().await;
        let session = session.as_ref().ok_or_else(|| self.no_session(nsid))?;
        Ok((session.access.clone(), session.redactor()))
    }

    fn no_session(&self, nsid: &str) -> Error {
        let kind = Kind::Mismatch("nobody is logged in".to_owned());
        self.service.error(nsid, kind)
    }

    /// Replaces the session that `expired` belongs to: by its refresh token, or, if the server
    /// refuses that, by a new login. A session that somebody else replaced meanwhile stays.
    async fn renew(&self, expired: &SecretString) -> Result<(), Error> {
        let mut slot = self.session.lock().await;
        let Some(old) = slot.as_ref() else {
            return Err(self.no_session(refresh_session::NSID));
        };
        if old.access.expose_secret() != expired.expose_secret() {
            return Ok(());
        }
        let new = match self.refresh(old).await {
            Err(error) if refuses_token(&error) => {
                self.create_session(&old.identifier, &old.did, &old.password)
                    .await?
            }
            other => other?,
        };
        *slot = Some(new);
        Ok(())
    }

    async fn refresh(&self, old: &Session) -> Result<Session, Error> {
        let nsid = refresh_session::NSID;
        let call = Call::with(nsid, Input::Nothing);
        let tokens = self
            .service
            .call(call, Some(&old.refresh), &old.redactor())
            .await?;
        self.open(nsid, tokens, (&old.identifier, &old.did, &old.password))
    }

    async fn create_session(
        &self,
        identifier: &str,
        did: &str,
        password: &SecretString,
    ) -> Result<Session, Error> {
        let nsid = create_session::NSID;
        let body = json!({ "identifier": identifier, "password": password.expose_secret() });
        let body = body.to_string();
        let redactor = Redactor::new([password.clone()]);
        let call = Call::json(nsid, body.as_bytes());
        let tokens = self.service.call(call, None, &redactor).await;
        let tokens = tokens.map_err(|error| self.explain_login(error))?;
        self.open(nsid, tokens, (identifier, did, password))
    }

    fn explain_login(&self, error: Error) -> Error {
        match error.refusal() {
            Some(refusal) if refusal.status == 401 && error.help.is_none() => {
                let help = format!("check the app password in {}", self.password_name);
                error.with_help(help)
            }
            _ => error,
        }
    }

    fn open(
        &self,
        nsid: &str,
        tokens: Tokens,
        (identifier, did, password): (&str, &str, &SecretString),
    ) -> Result<Session, Error> {
        let refused = |reason| Err(self.service.error(nsid, Kind::Mismatch(reason)));
        let secrets = [&tokens.access_jwt, &tokens.refresh_jwt].map(|text| text.as_str().into());
        let redactor = Redactor::new(secrets.into_iter().chain([password.clone()]));
        if tokens.did != did {
            let found = redactor.clean(&tokens.did);
            return refused(format!(
                "`{identifier}` is {found} there, and {did} was expected"
            ));
        }
        if tokens.active == Some(false) {
            let status = tokens.status.as_deref().unwrap_or("not active");
            return refused(format!("the account is {}", redactor.clean(status)));
        }
        Ok(Session {
            did: tokens.did,
            identifier: identifier.to_owned(),
            password: password.clone(),
            access: tokens.access_jwt.into(),
            refresh: tokens.refresh_jwt.into(),
        })
    }
}

/// The CID of a blob of these bytes: version 1, raw, SHA-256, in base32.
pub fn blob_cid(bytes: &[u8]) -> String {
    let hash = Multihash::wrap(SHA2_256, &Sha256::digest(bytes))
        .expect("a SHA-256 digest fits a multihash of 64 bytes");
    Cid::new_v1(RAW, hash).to_string()
}

/// Whether the server refused the refresh token itself, rather than being unable to answer.
fn refuses_token(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| {
        matches!(refusal.status, 400 | 401 | 403) && !refusal.name.starts_with("Account")
    })
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
