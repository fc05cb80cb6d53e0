//! Everything a sandbox holds: accounts, sessions, and what tests have told it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use cid::multibase::Base;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::call::Refusal;
use super::fault::Fault;
use super::lexicon::Format;
use super::methods::BLOB_LIMIT;
use super::rate_limit::Meter;
use super::repo::Repo;
use super::session::Sessions;
use super::{Now, Seen};

pub(super) struct State {
    pub(super) now: Now,
    /// Where this PDS is served.
    pub(super) url: String,
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) sessions: Sessions,
    /// Handles that resolve without an account here, and their DIDs.
    pub(super) decreed: BTreeMap<String, String>,
    pub(super) any_handle: bool,
    pub(super) refused_rkeys: BTreeSet<String>,
    pub(super) meter: Meter,
    /// Bytes that an upload may have.
    pub(super) blob_limit: usize,
    pub(super) faults: Vec<Fault>,
    pub(super) seen: Vec<Seen>,
    last_tid: i64,
}

#[derive(Clone)]
pub(super) struct Account {
    pub(super) handle: String,
    pub(super) passwords: BTreeSet<String>,
    pub(super) repo: Repo,
}

impl State {
    pub(super) fn new(now: Now) -> State {
        State {
            now,
            url: "http://localhost".to_owned(),
            accounts: BTreeMap::new(),
            sessions: Sessions::default(),
            decreed: BTreeMap::new(),
            any_handle: false,
            refused_rkeys: BTreeSet::new(),
            meter: Meter::default(),
            blob_limit: BLOB_LIMIT,
            faults: Vec::new(),
            seen: Vec::new(),
            last_tid: 0,
        }
    }

    pub(super) fn time(&self) -> DateTime<Utc> {
        (self.now)()
    }

    pub(super) fn add_account(&mut self, handle: &str, password: &str) -> String {
        let handle = handle.to_ascii_lowercase();
        let did = did_of(&handle);
        let rev = self.next_tid();
        let account = self.accounts.entry(did.clone()).or_insert_with(|| {
            let mut repo = Repo::default();
            repo.advance(&[], rev);
            Account {
                handle,
                passwords: BTreeSet::new(),
                repo,
            }
        });
        account.passwords.insert(password.to_owned());
        did
    }

    /// A TID that was not handed out before: the time, or just after the last one.
    pub(super) fn next_tid(&mut self) -> String {
        self.last_tid = self.time().timestamp_micros().max(self.last_tid + 1);
        let number = (self.last_tid.unsigned_abs() << 10) & (u64::MAX >> 1);
        const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
        (0..13)
            .rev()
            .map(|digit| char::from(ALPHABET[(number >> (5 * digit)) as usize & 31]))
            .collect()
    }

    /// The DID of an account here, named by DID or handle.
    pub(super) fn find(&self, name: &str) -> Option<String> {
        if self.accounts.contains_key(name) {
            return Some(name.to_owned());
        }
        let mut accounts = self.accounts.iter();
        let (did, _) = accounts.find(|(_, account)| account.handle == name)?;
        Some(did.clone())
    }

    /// The DID behind a handle, be it of an account or by decree.
    pub(super) fn resolve(&self, handle: &str) -> Option<String> {
        let handle = handle.to_ascii_lowercase();
        let by_decree = || self.any_handle && Format::Handle.accepts(&handle);
        self.find(&handle)
            .or_else(|| self.decreed.get(&handle).cloned())
            .or_else(|| by_decree().then(|| did_of(&handle)))
    }

    pub(super) fn account(&self, did: &str) -> Result<&Account, Refusal> {
        self.accounts.get(did).ok_or_else(not_found)
    }

    pub(super) fn account_mut(&mut self, did: &str) -> Result<&mut Account, Refusal> {
        self.accounts.get_mut(did).ok_or_else(not_found)
    }

    /// The DID document of anyone known here (w3c did-core, atproto.com/specs/did).
    pub(super) fn did_document(&self, did: &str) -> Option<Value> {
        let account = self.accounts.get(did).map(|account| &account.handle);
        let decreed = self.decreed.iter().find(|(_, known)| *known == did);
        let handle = account.or(decreed.map(|(handle, _)| handle))?;
        Some(json!({
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": did,
            "alsoKnownAs": [format!("at://{handle}")],
            "verificationMethod": [],
            "service": [{
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": self.url,
            }],
        }))
    }
}

fn not_found() -> Refusal {
    Refusal::new(403, "AccountNotFound", "Account not found")
}

/// The DID that a handle has in every sandbox.
pub(super) fn did_of(handle: &str) -> String {
    let hash = Base::Base32Lower.encode(Sha256::digest(handle));
    format!("did:plc:{}", hash.get(..24).unwrap_or(&hash))
}
