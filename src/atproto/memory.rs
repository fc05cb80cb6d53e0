//! What a process that stays up remembers of its accounts between runs: log-ins are few (30 in five
//! minutes, 300 a day), and so are points.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};

use super::{patience::Window, session::Session, tally::Tally};

/// What is remembered of one account at one server.
#[derive(Clone, Default)]
pub struct Memory {
    pub(super) session: Arc<tokio::sync::Mutex<Option<Session>>>,
    pub(super) points: Arc<Mutex<Option<Window>>>,
}

impl Memory {
    /// What the server last said of the points for writing, unless that is over.
    pub fn points(&self, now: DateTime<Utc>) -> Option<Window> {
        let points = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        points.filter(|window| window.resets > now)
    }
}

/// The memories of all accounts.
#[derive(Clone, Default)]
pub struct Memories {
    all: Arc<Mutex<HashMap<String, Memory>>>,
    names: Arc<Mutex<BTreeMap<String, Memory>>>,
    tally: Arc<Mutex<Tally>>,
}

impl Memories {
    /// The memory of the account with this DID at this server.
    pub fn of(&self, server: &str, did: &str) -> Memory {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(format!("{did} {server}")).or_default().clone()
    }

    /// Names a memory for those who ask for points by the account's name.
    pub fn name(&self, account: &str, memory: &Memory) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(account.to_owned(), memory.clone());
    }

    /// The points that each account has left, as far as its server told.
    pub fn remaining(&self, now: DateTime<Utc>) -> BTreeMap<String, u64> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let told = names
            .iter()
            .filter_map(|(name, memory)| Some((name.clone(), memory.points(now)?.remaining)));
        told.collect()
    }

    /// What this process has counted so far.
    pub fn tally(&self) -> Tally {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.clone()
    }

    /// Counts something.
    pub fn count(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl fmt::Debug for Memories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memories").finish_non_exhaustive()
    }
}
