//! What a process that stays up remembers of its accounts between runs: log-ins are few (30 in five
//! minutes, 300 a day), and so are points.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};

use super::{patience::Window, session::Session};

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
pub struct Memories(Arc<Mutex<HashMap<String, Memory>>>);

impl Memories {
    /// The memory of the account with this DID at this server.
    pub fn of(&self, server: &str, did: &str) -> Memory {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(format!("{did} {server}")).or_default().clone()
    }
}

impl fmt::Debug for Memories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memories").finish_non_exhaustive()
    }
}
