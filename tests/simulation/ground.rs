//! What all runs of a story share: time, the server, the remote, the faults, and the log.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use fastrand::Rng;
use http::Request;
use serde_json::Value;
use updraft::{git::Oid, sandbox::Snapshot};

use super::{
    bare::Remote,
    ghost::{Ghost, words_of},
    git_model::Clone,
    server::{Answer, Server},
    settings::{ACCOUNTS, Settings},
};

pub const POST: &str = "app.bsky.feed.post";

/// The payload with which a process dies: not a panic of the program.
pub struct Died;

/// How often things go wrong: one in so many steps; 0 for never.
#[derive(Clone, Copy, Debug)]
pub struct Odds {
    pub death: u32,
    pub http: u32,
    pub disk: u32,
    /// One in so many readings of one file.
    pub reading: u32,
    pub git: u32,
    pub author: u32,
}

impl Odds {
    pub const QUIET: Odds = Odds {
        death: 0,
        http: 0,
        disk: 0,
        reading: 0,
        git: 0,
        author: 0,
    };
}

/// A record of a post, as the judge needs it.
pub struct Record {
    pub cid: String,
    /// In the words of ghosts.
    pub words: String,
    pub created_at: DateTime<Utc>,
}

pub struct State {
    pub rng: Rng,
    /// Microseconds since 1970.
    pub now: i64,
    /// The same, for the servers' clocks.
    pub server_time: Arc<AtomicI64>,
    pub odds: Odds,
    pub remote: Remote,
    /// The model's clones.
    pub clones: BTreeMap<usize, Clone>,
    /// Where each clone is on disk; of the model's, `updraft.yml` and the pictures alone.
    pub folders: BTreeMap<usize, PathBuf>,
    pub server: Server,
    /// Of [`ACCOUNTS`].
    pub dids: Vec<String>,
    /// Requests that are still on their way although their sender has given up.
    pub underway: Vec<Request<Vec<u8>>>,
    /// Posts that went out by such a request.
    pub belated: BTreeSet<String>,
    pub backup: Option<Snapshot>,
    /// URIs that the server lost when it was restored.
    pub lost: BTreeSet<String>,
    /// URIs that were deleted, and came back when it was restored.
    pub resurrected: BTreeSet<String>,
    pub settings: Settings,
    /// Whether `paused:` stood there at some time of the round.
    pub was_paused: bool,
    pub ghosts: Vec<Ghost>,
    /// The commits of authors.
    pub authored: BTreeSet<Oid>,
    /// The branch that somebody has deleted on the remote, and will push again.
    pub saved: Option<Oid>,
    /// Whether that happened in this round.
    pub is_shaken: bool,
    pub was_rewritten: bool,
    /// Whether the branch takes no push, and results go beside it.
    pub is_beside: bool,
    /// Blocks that the branch beside has of files that were used again.
    pub settled: BTreeSet<String>,
    pub names: usize,
    pub story: Vec<String>,
    /// What happened how often, for the table.
    pub tally: BTreeMap<&'static str, u64>,
}

pub struct Ground(Mutex<State>);

impl Ground {
    pub fn new(state: State) -> Self {
        Self(Mutex::new(state))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step of a run: time passes, and the process may die, or an author act.
    pub fn step(&self, who: usize, what: &str) {
        if self.is_deadly_step(who, what) {
            panic::resume_unwind(Box::new(Died));
        }
    }

    /// The same, for who has something to leave behind.
    pub fn is_deadly_step(&self, who: usize, what: &str) -> bool {
        let mut state = self.state();
        let pause = state.rng.i64(1_000..2_000_000);
        state.now += pause;
        let odds = state.odds;
        if state.happens(odds.author) {
            state.author_acts();
        }
        if !state.underway.is_empty() && state.rng.u8(..8) == 0 {
            state.arrive();
        }
        let dies = state.happens(odds.death);
        if dies {
            state.note(format!("run {who} dies before it would {what}"));
            state.count("process death");
        }
        dies
    }
}

impl State {
    pub fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.now).unwrap_or_default()
    }

    /// What the server answers now.
    pub fn answer(&mut self, request: Request<Vec<u8>>) -> Answer {
        self.server_time.store(self.now, Ordering::SeqCst);
        self.server.answer(request)
    }

    pub fn note(&mut self, what: impl std::fmt::Display) {
        let line = format!("{}  {what}", self.time().format("%H:%M:%S%.3f"));
        self.story.push(line);
    }

    pub fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// Whether something happens that does so once in `odds` times.
    pub fn happens(&mut self, odds: u32) -> bool {
        odds > 0 && self.rng.u32(..odds) == 0
    }

    /// A request that nobody waits for any more reaches the server.
    pub fn arrive(&mut self) {
        let index = self.rng.usize(..self.underway.len());
        let request = self.underway.swap_remove(index);
        let what = format!("{} arrives late", request.uri().path());
        let tokens = self.tokens_in(request.body());
        let answer = self.answer(request);
        let status = answer.map(|answer| answer.status().as_u16());
        if status.as_ref().is_ok_and(|status| *status == 200) {
            self.belated.extend(tokens);
        }
        self.note(format!("{what}: {}", status.unwrap_or_default()));
        self.count("request that arrives late");
    }

    /// The posts that a write would create.
    fn tokens_in(&self, body: &[u8]) -> Vec<String> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let account = self.dids.iter().position(|did| body["repo"] == **did);
        let writes = body["writes"].as_array().into_iter().flatten();
        let texts = writes.filter_map(|write| write["value"]["text"].as_str());
        let words = texts.map(|text| words_of(account.unwrap_or_default(), text));
        words
            .filter_map(|words| words.split(' ').next().map(str::to_owned))
            .collect()
    }

    /// The records of posts that there are, by URI.
    pub fn records(&self) -> BTreeMap<String, Record> {
        let mut found = BTreeMap::new();
        for (account, did) in self.dids.iter().enumerate() {
            for (rkey, cid, value) in self.server.sandbox.records(did, POST) {
                let text = value["text"].as_str().unwrap_or_default();
                let created_at = value["createdAt"].as_str().unwrap_or_default();
                let record = Record {
                    cid,
                    words: words_of(account, text),
                    created_at: created_at.parse().unwrap_or_default(),
                };
                found.insert(format!("at://{did}/{POST}/{rkey}"), record);
            }
        }
        found
    }

    /// Every app password is good.
    pub fn set_passwords(&mut self) {
        for (_, handle, password) in ACCOUNTS {
            self.server.sandbox.add_account(handle, password);
        }
    }
}
