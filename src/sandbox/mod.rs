//! A PDS in this process, for `rehearse` and the tests: sessions, records, blobs and identities
//! as the official server has them, and failures on demand.
//!
//! It answers over a socket ([`Sandbox::serve`]) or without one ([`Sandbox::call`]).

mod call;
mod fault;
mod http;
mod ipld;
mod lent;
mod lexicon;
mod methods;
mod rate_limit;
mod records;
mod repo;
mod serve;
mod session;
mod sniff;
mod state;

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response},
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

pub use fault::{Fault, FaultKind};
pub use rate_limit::RateLimits;
pub use serve::Serving;

use fault::Dropped;
use session::Sessions;
use state::{Account, State};

/// The clock of a sandbox.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// An XRPC request that a sandbox got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The HTTP method.
    pub method: String,
    /// The XRPC method.
    pub nsid: String,
    /// The status of the answer; none when it was lost on purpose.
    pub status: Option<u16>,
}

/// What a PDS keeps on disk, as a backup has it.
#[derive(Clone)]
pub struct Snapshot {
    accounts: BTreeMap<String, Account>,
    sessions: Sessions,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").finish_non_exhaustive()
    }
}

/// A PDS in this process. Clones share its state.
#[derive(Clone)]
pub struct Sandbox {
    state: Arc<Mutex<State>>,
    era: Arc<AtomicU64>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

impl Sandbox {
    /// An empty PDS that lives by the clock `now`.
    pub fn new(now: Now) -> Sandbox {
        Sandbox {
            state: Arc::new(Mutex::new(State::new(now))),
            era: Arc::default(),
        }
    }

    /// Adds an account, or another password to it. Its DID is the same in every sandbox.
    pub fn add_account(&self, handle: &str, app_password: &str) -> String {
        self.state().add_account(handle, app_password)
    }

    /// Gives an account the password that its person logs in with, which is no app password.
    pub fn add_main_password(&self, handle: &str, password: &str) {
        let mut state = self.state();
        let did = state.add_account(handle, password);
        state.sessions.is_own(&did, password);
    }

    /// Makes a handle resolve to a DID (which it returns) without an account behind it.
    pub fn decree_handle(&self, handle: &str) -> String {
        let handle = handle.to_ascii_lowercase();
        let did = state::did_of(&handle);
        self.state().decreed.insert(handle, did.clone());
        did
    }

    /// Makes every well-formed handle resolve, or only the known ones again.
    pub fn resolve_any_handle(&self, any: bool) {
        self.state().any_handle = any;
    }

    /// Refuses new records with this key, as the official server refuses a key with a slur in it.
    pub fn refuse_rkey(&self, rkey: &str) {
        self.state().refused_rkeys.insert(rkey.to_owned());
    }

    /// Lets coming requests fail.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Takes back all faults.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Counts points from now on, or (with `None`) no longer, as a PDS does by default.
    pub fn set_rate_limits(&self, limits: Option<RateLimits>) {
        let mut state = self.state();
        state.meter.limits = limits;
        state.meter.forget();
    }

    /// Takes uploads of so many bytes, instead of as many as the official server does by default.
    pub fn set_blob_limit(&self, bytes: usize) {
        self.state().blob_limit = bytes;
    }

    /// Lets every access token be expired.
    pub fn expire_access_tokens(&self) {
        self.state().sessions.expire_access();
    }

    /// Revokes an app password: no log-in, no refresh; access tokens live on until they expire.
    pub fn revoke_app_password(&self, did: &str, app_password: &str) {
        let mut state = self.state();
        state.sessions.revoke(did, app_password);
        if let Some(account) = state.accounts.get_mut(did) {
            account.passwords.remove(app_password);
        }
    }

    /// What a backup of this PDS would hold.
    pub fn snapshot(&self) -> Snapshot {
        let state = self.state();
        Snapshot {
            accounts: state.accounts.clone(),
            sessions: state.sessions.clone(),
        }
    }

    /// Goes back to a backup. Access tokens got since are still good, refresh tokens are not.
    pub fn restore(&self, snapshot: Snapshot) {
        let mut state = self.state();
        state.accounts = snapshot.accounts;
        state.sessions.restore(snapshot.sessions);
    }

    /// Restarts the PDS: connections break, points are forgotten, all that is durable stays.
    pub fn restart(&self) {
        self.era.fetch_add(1, Ordering::SeqCst);
        self.state().meter.forget();
    }

    /// The records of a collection as key, CID and value, in the order of their keys.
    pub fn records(&self, did: &str, collection: &str) -> Vec<(String, String, Value)> {
        let state = self.state();
        let Some(account) = state.accounts.get(did) else {
            return Vec::new();
        };
        let records = account.repo.collection(collection);
        records
            .map(|(rkey, record)| (rkey.to_owned(), record.cid.clone(), record.value.clone()))
            .collect()
    }

    /// The bytes of a blob, used or not.
    pub fn blob(&self, did: &str, cid: &str) -> Option<Vec<u8>> {
        let state = self.state();
        let blob = state.accounts.get(did)?.repo.blob(cid)?;
        Some(blob.bytes.to_vec())
    }

    /// Every XRPC request so far, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.state().seen.clear();
    }

    /// The PDS as a service, for use without a socket; [`Sandbox::call`] is made of it.
    pub fn router(&self) -> Router {
        http::router(self.clone())
    }

    /// Answers one request without a socket.
    ///
    /// # Errors
    /// When a fault loses the answer or tears it.
    pub async fn call(&self, request: Request<Vec<u8>>) -> io::Result<Response<Vec<u8>>> {
        let answer = self.router().oneshot(request.map(Body::from)).await;
        let (parts, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
        if parts.extensions.get::<Dropped>().is_some() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let body = to_bytes(body, usize::MAX).await.map_err(io::Error::other)?;
        Ok(Response::from_parts(parts, body.to_vec()))
    }

    /// Serves the PDS, and its PLC directory, on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn serve(&self) -> io::Result<Serving> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let serving = Serving::start(listener, Arc::clone(&self.era), self.router()).await?;
        self.state().url = serving.url().to_owned();
        Ok(serving)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
