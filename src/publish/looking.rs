//! The look at an account's records, before anything is written.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::PoisonError,
};

use chrono::{DateTime, Duration, Utc};

use super::{Ledger, Task, account::Connection};
use crate::{
    atproto::{
        content::{Content, Published},
        error::Error,
        look::{self, Finding, Sight, Wanted},
        record, record_key,
    },
    post::Thread,
};

/// How often the look is repeated because somebody wrote meanwhile.
const LOOKS: usize = 5;
/// How far our clock and the server's may lie apart.
const CLOCK_SKEW: Duration = Duration::minutes(2);

impl Connection<'_> {
    /// The head first, then everything that may be ours: what is written later is written only
    /// if the head is still the same.
    pub(super) async fn look(
        &mut self,
        queue: &VecDeque<Task<'_>>,
        ledger: &mut dyn Ledger,
    ) -> Result<Vec<Finding>, LookError> {
        self.head = self.client.latest_commit(&self.identity.did).await?;
        self.check_clock()?;
        for _ in 0..LOOKS {
            let mut found = BTreeMap::new();
            for collection in [record::COLLECTION, record::REPOST] {
                found.extend(self.look_in(collection, queue, ledger).await?);
            }
            // What is absent is written with `swapCommit`; what was found in the midst of another
            // run's write would be recorded with half of its parts.
            if found.values().all(|finding| *finding == Finding::Absent) || self.is_still().await? {
                return Ok(queue
                    .iter()
                    .map(|task| found.remove(task.thread.path()).unwrap_or(Finding::Absent))
                    .collect());
            }
        }
        Err(LookError::Restless)
    }

    /// Whether nobody has written since the look began; the next one begins here.
    async fn is_still(&mut self) -> Result<bool, LookError> {
        let head = self.client.latest_commit(&self.identity.did).await?;
        let is_still = head == self.head;
        self.head = head;
        Ok(is_still)
    }

    async fn look_in(
        &self,
        collection: &'static str,
        queue: &VecDeque<Task<'_>>,
        ledger: &mut dyn Ledger,
    ) -> Result<BTreeMap<String, Finding>, LookError> {
        let here = |thread: &&&Thread| record::collection(thread.publication()) == collection;
        let files: Vec<&Thread> = self.waiting.iter().filter(here).copied().collect();
        let published = self.expected();
        let contents: Vec<Vec<Content>> = files
            .iter()
            .map(|thread| Content::of_publication(thread.publication(), &published))
            .collect();
        let wanted: Vec<Wanted<'_>> = files
            .iter()
            .zip(&contents)
            .map(|(thread, parts)| Wanted {
                path: thread.path(),
                second: second(thread),
                parts,
                repeat: thread.repeats(),
                on_merge: thread.merge().is_some(),
                due: queue.iter().any(|task| task.thread.path() == thread.path()),
            })
            .collect();
        let did = &self.identity.did;
        let records = look::gather(&self.client, (did, collection), &wanted).await?;
        let sight = Sight {
            did,
            collection,
            records: &records,
            accounted: self.job.accounted,
        };
        Ok(look::decide(&wanted, sight, |uris| ledger.history(uris)))
    }

    /// What files have published, and what those that wait will: a post that quotes one of these may be
    /// out although no block tells of either.
    fn expected(&self) -> Published {
        let published = self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut expected = published.clone();
        drop(published);
        let did = &self.identity.did;
        for thread in self.waiting {
            expected.entry(thread.path().to_owned()).or_insert_with(|| {
                let parts = (0, thread.publication().parts());
                let keys = record_key::keys(did, thread.path().as_bytes(), second(thread), parts);
                keys.into_iter().map(|key| record::uri(did, key)).collect()
            });
        }
        expected
    }

    fn check_clock(&self) -> Result<(), LookError> {
        let Some(theirs) = self.client.server_time() else {
            return Ok(());
        };
        let ours = (self.job.network.clock)();
        if (ours - theirs).abs() <= CLOCK_SKEW {
            return Ok(());
        }
        Err(LookError::Clock { ours, theirs })
    }
}

fn second(thread: &Thread) -> i64 {
    thread.publish_at().map_or(0, |due| due.timestamp())
}

/// The look itself failed: nothing may be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookError {
    #[error(transparent)]
    Network(#[from] Error),
    #[error(
        "other writers kept changing the account's posts while they were read; the next run looks again"
    )]
    Restless,
    #[error(
        "this machine's clock says {}, the server's {}: set the clock, then run again",
        ours.format("%Y-%m-%d %H:%M:%S UTC"), theirs.format("%Y-%m-%d %H:%M:%S UTC")
    )]
    Clock {
        ours: DateTime<Utc>,
        theirs: DateTime<Utc>,
    },
}
