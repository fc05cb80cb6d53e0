//! One PDS, spoken to over XRPC. This file reads, without a login; `session` writes.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use atrium_api::com::atproto::{
    repo::{get_record, list_records},
    server::describe_server,
    sync::get_latest_commit,
};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use super::{
    error::{Error, Kind},
    memory::Memory,
    patience::POINTS_PER_RECORD,
    pause::Pause,
    retry::Delays,
    secret::Redactor,
    session::Session,
    transport::Http,
    xrpc::{Call, Service},
};

/// The name of the environment variable that error messages point at by default.
const PASSWORD_NAME: &str = "BLUESKY_APP_PASSWORD";

/// A record as the server holds it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RemoteRecord {
    /// `at://DID/COLLECTION/RKEY`
    pub uri: String,
    /// The record's CID.
    pub cid: String,
    /// The record, as JSON.
    pub value: Value,
}

/// Up to a hundred records of a collection, newest key first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Page {
    /// The records.
    pub records: Vec<RemoteRecord>,
    /// What to ask the next page with; `None` at the end.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// What a PDS says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// The server's own DID.
    pub did: String,
    /// The largest blob it takes, in bytes; older servers don't say.
    #[serde(default)]
    pub blob_upload_limit: Option<u64>,
}

/// One PDS, and at most one session there.
pub struct Client {
    pub(super) service: Service,
    pub(super) session: Arc<tokio::sync::Mutex<Option<Session>>>,
    /// What the server was told, or told, in sessions that are no more.
    pub(super) told: Mutex<Vec<SecretString>>,
    pub(super) password_name: String,
    delays: Delays,
}

impl Client {
    /// A client of the PDS at this address; asks it nothing yet.
    pub fn new(http: Arc<dyn Http>, pds: Url) -> Self {
        Self {
            service: Service::new(http, pds),
            session: Arc::default(),
            told: Mutex::default(),
            password_name: PASSWORD_NAME.to_owned(),
            delays: Delays::default(),
        }
    }

    /// Names where the password comes from, for the message that it is wrong.
    pub fn with_password_name(mut self, name: impl Into<String>) -> Self {
        self.password_name = name.into();
        self
    }

    /// Lets time pass in this way before it tries a read again.
    pub fn with_pause(mut self, pause: Arc<dyn Pause>) -> Self {
        self.delays = Delays::new(pause);
        self
    }

    /// Goes on with the session and the points of an earlier client.
    pub fn with_memory(mut self, memory: &Memory) -> Self {
        self.session = memory.session.clone();
        self.service.points = memory.points.clone();
        self
    }

    /// How long it takes until the account may write so many records, as far as the server has told;
    /// `None` if it may now.
    pub fn wait_for_points(&self, records: usize, now: DateTime<Utc>) -> Option<Duration> {
        let points = self.service.points();
        let cost = POINTS_PER_RECORD.saturating_mul(records as u64);
        points?.wait(cost, now)
    }

    /// The PDS's address.
    pub fn pds(&self) -> &Url {
        self.service.base()
    }

    /// The server's clock, by the `Date` of its latest answer: whole seconds.
    pub fn server_time(&self) -> Option<DateTime<Utc>> {
        self.service.time()
    }

    /// What the server says about itself (`com.atproto.server.describeServer`).
    pub async fn describe_server(&self) -> Result<Server, Error> {
        self.read(describe_server::NSID, &[]).await
    }

    /// The CID of the repository's head (`com.atproto.sync.getLatestCommit`).
    pub async fn latest_commit(&self, did: &str) -> Result<String, Error> {
        let head: get_latest_commit::OutputData =
            self.read(get_latest_commit::NSID, &[("did", did)]).await?;
        Ok(head.cid.as_ref().to_string())
    }

    /// A record, or `None` where the server says that this very record isn't there
    /// (`com.atproto.repo.getRecord`). A repository that can't be read is an error.
    pub async fn get_record(
        &self,
        did: &str,
        collection: &str,
        rkey: &str,
    ) -> Result<Option<RemoteRecord>, Error> {
        let parameters = [("repo", did), ("collection", collection), ("rkey", rkey)];
        let record: RemoteRecord = match self.read(get_record::NSID, &parameters).await {
            Err(error) if error.is_record_not_found() => return Ok(None),
            other => other?,
        };
        if record.uri != at_uri(did, collection, rkey) {
            let reason = "it holds another record than the one asked for".to_owned();
            let kind = Kind::Undecodable(reason);
            return Err(self.service.error(get_record::NSID, kind));
        }
        Ok(Some(record))
    }

    /// One page of a collection, newest key first (`com.atproto.repo.listRecords`).
    pub async fn list_records(
        &self,
        did: &str,
        collection: &str,
        cursor: Option<&str>,
    ) -> Result<Page, Error> {
        let mut parameters = vec![("repo", did), ("collection", collection), ("limit", "100")];
        parameters.extend(cursor.map(|cursor| ("cursor", cursor)));
        self.read(list_records::NSID, &parameters).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        nsid: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<T, Error> {
        // A server that was told a secret may repeat it anywhere.
        let redactor = self.redactor().await;
        self.delays
            .retry(|| {
                self.service
                    .call(Call::query(nsid, parameters), None, &redactor)
            })
            .await
    }

    async fn redactor(&self) -> Redactor {
        let session = self.session.lock().await;
        let own = session.as_ref().map(Session::redactor).unwrap_or_default();
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        own.and(told.iter().cloned())
    }

    /// Keeps secrets from being repeated to anybody, whatever becomes of their session.
    pub(super) fn remember(&self, secrets: impl IntoIterator<Item = SecretString>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.extend(secrets);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("pds", &self.pds().as_str())
            .finish_non_exhaustive()
    }
}

pub(super) fn at_uri(did: &str, collection: &str, rkey: &str) -> String {
    format!("at://{did}/{collection}/{rkey}")
}

#[cfg(test)]
mod tests;
