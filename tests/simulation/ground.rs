//! What all runs of a story share: time, the server, the remote, the faults, and the log.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    panic,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use chrono::{DateTime, Utc};
use fastrand::Rng;
use http::{Request, Response};
use updraft::{
    git::Oid,
    sandbox::{Sandbox, Snapshot},
};

use crate::{
    authors::Ghost,
    git_model::{Clone, Store},
};

pub const HANDLE: &str = "alice.test";
pub const PASSWORD: &str = "abcd-efgh-ijkl-mnop";
pub const POST: &str = "app.bsky.feed.post";

/// The payload with which a process dies: not a panic of the program.
pub struct Died;

/// How often things go wrong: one in so many steps; 0 for never.
#[derive(Clone, Copy, Debug)]
pub struct Odds {
    pub death: u32,
    pub http: u32,
    pub disk: u32,
    pub git: u32,
    pub author: u32,
}

impl Odds {
    pub const QUIET: Odds = Odds {
        death: 0,
        http: 0,
        disk: 0,
        git: 0,
        author: 0,
    };
}

pub struct State {
    pub rng: Rng,
    /// Microseconds since 1970.
    pub now: i64,
    /// The same, for the servers' clocks.
    pub server_time: Arc<AtomicI64>,
    pub odds: Odds,
    pub store: Store,
    /// The remote's `main`.
    pub remote: Option<Oid>,
    pub clones: BTreeMap<usize, Clone>,
    pub server: Sandbox,
    /// Requests that are still on their way although their sender has given up.
    pub underway: Vec<Request<Vec<u8>>>,
    pub backup: Option<Snapshot>,
    /// URIs that the server lost when it was restored.
    pub lost: BTreeSet<String>,
    pub ghosts: Vec<Ghost>,
    pub was_rewritten: bool,
    pub names: usize,
    pub story: Vec<String>,
    /// What happened how often, for the table.
    pub tally: BTreeMap<&'static str, u64>,
}

pub struct Ground {
    state: Mutex<State>,
    pub did: String,
}

impl Ground {
    pub fn new(state: State, did: String) -> Self {
        let state = Mutex::new(state);
        Self { state, did }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step of a run: time passes, and the process may die, or an author act.
    pub fn step(&self, who: usize, what: &str) {
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
        if state.happens(odds.death) {
            state.note(format!("run {who} dies before it would {what}"));
            state.count("process death");
            drop(state);
            panic::resume_unwind(Box::new(Died));
        }
    }
}

impl State {
    pub fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.now).unwrap_or_default()
    }

    /// What the server answers now.
    pub fn answer(&mut self, request: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        self.server_time.store(self.now, Ordering::SeqCst);
        answer_of(&self.server, request)
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
        let status = self.answer(request).map(|answer| answer.status().as_u16());
        self.note(format!("{what}: {}", status.unwrap_or_default()));
        self.count("request that arrives late");
    }

    /// The records of posts that there are, by URI.
    pub fn records(&self, did: &str) -> BTreeMap<String, (String, String)> {
        let records = self.server.records(did, POST).into_iter();
        let entries = records.map(|(rkey, cid, value)| {
            let text = value["text"].as_str().unwrap_or_default().to_owned();
            (format!("at://{did}/{POST}/{rkey}"), (cid, text))
        });
        entries.collect()
    }
}

/// The sandbox answers at once.
fn answer_of(server: &Sandbox, request: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
    let answer = pin!(server.call(request));
    match answer.poll_at_once() {
        Poll::Ready(answer) => answer.ok(),
        Poll::Pending => panic!("the sandbox has to wait for something"),
    }
}

trait PollAtOnce: Future {
    fn poll_at_once(self) -> Poll<Self::Output>;
}

impl<F: Future> PollAtOnce for std::pin::Pin<&mut F> {
    fn poll_at_once(self) -> Poll<<Self as Future>::Output> {
        self.poll(&mut Context::from_waker(Waker::noop()))
    }
}
