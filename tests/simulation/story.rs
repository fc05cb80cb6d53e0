//! One story: authors, runs and faults as a seed decides, then quiet, then the promises.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta};
use clap::Parser as _;
use fastrand::Rng;
use updraft::{
    cli::Cli,
    command::{self, Console, Exit, World},
    sandbox::Sandbox,
};

use crate::{
    authors::{Ghost, split},
    baton::Baton,
    git_model::{Clone, Store, Tree},
    ground::{Died, Ground, HANDLE, Odds, PASSWORD, State},
    runner::Runner,
};

/// 2026-12-01T08:00:00Z
const BEGIN: i64 = 1_796_112_000_000_000;
const ROUNDS: usize = 6;
/// A clone that stays, as on a server.
const STAYING: usize = 0;

/// A promise that was broken, and how it came to that.
pub struct Broken {
    pub seed: u64,
    pub what: String,
    pub story: Vec<String>,
}

/// What a story came to.
pub struct Told {
    pub broken: Option<Broken>,
    /// What happened, in order.
    pub story: Vec<String>,
    pub tally: BTreeMap<&'static str, u64>,
}

/// How a process ended.
struct Ran {
    /// Whether its clock was behind: it knows less of what is due.
    is_behind: bool,
    exit: Option<Exit>,
    words: String,
    panicked: Option<String>,
}

/// `updraft.yml` is the one real file: all else is made up.
fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap().keep().canonicalize().unwrap();
        std::fs::write(folder.join("updraft.yml"), "posts: posts\ntimezone: UTC\n").unwrap();
        folder
    })
}

/// Tells the story of a seed.
pub fn tell(seed: u64) -> Told {
    let mut story = Story::begin(seed);
    let outcome = story.act();
    let mut state = story.ground.state();
    let broken = outcome.err().map(|what| Broken {
        seed,
        what,
        story: state.story.clone(),
    });
    Told {
        broken,
        story: std::mem::take(&mut state.story),
        tally: std::mem::take(&mut state.tally),
    }
}

struct Story {
    rng: Rng,
    ground: Arc<Ground>,
    clones: usize,
    rewrites: bool,
}

impl Story {
    fn begin(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut store = Store::default();
        let tip = store.add(None, Tree::new());
        let now = Arc::new(AtomicI64::new(BEGIN));
        let server = server(&now);
        let did = server.add_account(HANDLE, PASSWORD);
        let state = State {
            rng: rng.fork(),
            now: BEGIN,
            odds: Odds::QUIET,
            store,
            remote: Some(tip),
            clones: BTreeMap::new(),
            server,
            underway: Vec::new(),
            backup: None,
            lost: BTreeSet::new(),
            ghosts: Vec::new(),
            was_rewritten: false,
            names: 0,
            story: Vec::new(),
            tally: BTreeMap::new(),
            server_time: now,
        };
        Self {
            rewrites: rng.u8(..4) == 0,
            rng,
            ground: Arc::new(Ground::new(state, did)),
            clones: STAYING,
        }
    }

    fn act(&mut self) -> Result<(), String> {
        {
            let mut state = self.ground.state();
            for _ in 0..state.rng.usize(1..4) {
                state.add();
            }
        }
        for _ in 0..self.rng.usize(2..ROUNDS) {
            self.round()?;
        }
        self.quiet()
    }

    fn round(&mut self) -> Result<(), String> {
        self.between();
        let odds = Odds {
            death: [0, 0, 60, 25][self.rng.usize(..4)],
            http: [0, 30, 10, 5][self.rng.usize(..4)],
            disk: [0, 0, 6][self.rng.usize(..3)],
            git: [0, 0, 10, 4][self.rng.usize(..4)],
            author: [0, 0, 30, 12][self.rng.usize(..4)],
        };
        let count = [1, 1, 2, 3][self.rng.usize(..4)];
        let clones: Vec<usize> = (0..count)
            .map(|run| match run {
                0 if self.rng.bool() => self.staying(),
                _ => self.fresh(),
            })
            .collect();
        let planned = self.due();
        self.ground.state().odds = odds;
        let ran = self.run(&clones);
        self.ground.state().odds = Odds::QUIET;
        self.after(&ran, &planned)
    }

    /// What happens to the world while nothing runs.
    fn between(&mut self) {
        let mut state = self.ground.state();
        let minutes = state.rng.i64(1..90);
        state.now += minutes * 60_000_000;
        for _ in 0..state.rng.usize(..3) {
            state.author_acts();
        }
        let event = state.rng.u8(..24);
        match event {
            0 => {
                state.backup = Some(state.server.snapshot());
                state.note("the server makes a backup");
            }
            1 if state.backup.is_some() => {
                let before = state.records(&self.ground.did);
                let backup = state.backup.clone().unwrap();
                state.server.restore(backup);
                let after = state.records(&self.ground.did);
                let lost = before.into_keys().filter(|uri| !after.contains_key(uri));
                state.lost.extend(lost);
                state.underway.clear();
                state.note("the server is restored from its backup");
                state.count("server restored from a backup");
            }
            2 => {
                let moved = server(&state.server_time);
                moved.add_account(HANDLE, PASSWORD);
                moved.restore(state.server.snapshot());
                state.server = moved;
                state.underway.clear();
                state.note("the account moves to another server");
                state.count("account moved");
            }
            3 if self.rewrites => state.rewrite_history(),
            4 => {
                state.server.revoke_app_password(&self.ground.did, PASSWORD);
                state.note("the app password is revoked");
                state.count("password revoked");
            }
            5 | 6 => {
                state.server.add_account(HANDLE, PASSWORD);
            }
            _ => {}
        }
    }

    fn fresh(&mut self) -> usize {
        self.clones += 1;
        let is_shallow = self.rng.bool();
        self.clone_into(self.clones, is_shallow);
        self.clones
    }

    fn staying(&mut self) -> usize {
        if !self.ground.state().clones.contains_key(&STAYING) {
            self.clone_into(STAYING, false);
        }
        STAYING
    }

    fn clone_into(&self, id: usize, is_shallow: bool) {
        let mut state = self.ground.state();
        let Some(tip) = state.remote else {
            return;
        };
        let clone = Clone::of(&state.store, tip, is_shallow);
        state.clones.insert(id, clone);
    }

    /// The posts on the remote that have to go out by now, whatever a run's clock says.
    fn due(&self) -> BTreeMap<String, usize> {
        let state = self.ground.state();
        let tree = state.store.tree(state.remote.unwrap());
        let now = state.time() - TimeDelta::minutes(2);
        let open = state.ghosts.iter().filter(|ghost| {
            let block = tree.get(&ghost.path).map(|bytes| split(bytes).1);
            !ghost.is_deleted && ghost.at <= now && block.is_some_and(|block| block.is_empty())
        });
        let mut due = BTreeMap::new();
        for ghost in open {
            *due.entry(ghost.token.clone()).or_default() += 1;
        }
        due
    }

    fn run(&mut self, clones: &[usize]) -> Vec<Ran> {
        let baton = Arc::new(Baton::new(clones.len(), self.rng.u64(..)));
        let skew = |rng: &mut Rng| [0, 0, 0, 60, -60, 3600, -3600][rng.usize(..7)];
        let runners: Vec<Runner> = clones
            .iter()
            .enumerate()
            .map(|(id, clone)| {
                let skew = skew(&mut self.rng);
                self.runner((id, *clone), &baton, skew)
            })
            .collect();
        let mut state = self.ground.state();
        for (runner, clone) in runners.iter().zip(clones) {
            let kind = if *clone == STAYING {
                "the clone that stays"
            } else {
                "a fresh clone"
            };
            state.note(format!(
                "run {} begins in {kind}, its clock {} s off",
                runner.id,
                runner.skew.num_seconds()
            ));
            state.count("run");
        }
        drop(state);
        let ran = self.end("run", &runners);
        let mut state = self.ground.state();
        for clone in clones.iter().filter(|clone| **clone != STAYING) {
            state.clones.remove(clone);
        }
        ran
    }

    fn runner(&self, (id, clone): (usize, usize), baton: &Arc<Baton>, skew: i64) -> Runner {
        Runner {
            id,
            clone,
            root: root().to_owned(),
            ground: self.ground.clone(),
            baton: baton.clone(),
            skew: TimeDelta::seconds(skew),
        }
    }

    /// Lets them run to their ends, and writes down what they said.
    fn end(&self, what: &str, runners: &[Runner]) -> Vec<Ran> {
        let ran: Vec<Ran> = std::thread::scope(|scope| {
            let start = |runner| scope.spawn(move || one_run(runner));
            let threads: Vec<_> = runners.iter().map(start).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let mut state = self.ground.state();
        for (runner, ran) in runners.iter().zip(&ran) {
            state.note(format!("{what} {} ends: {:?}", runner.id, ran.exit));
            for line in ran.words.lines() {
                state.story.push(format!("        | {line}"));
            }
        }
        ran
    }

    fn after(&mut self, ran: &[Ran], planned: &BTreeMap<String, usize>) -> Result<(), String> {
        let mut state = self.ground.state();
        let records = state.records(&self.ground.did);
        for ran in ran {
            if let Some(token) = asked_in_vain(&state, &ran.words, planned) {
                return Err(format!(
                    "a run was in doubt about {token}, whose other files all have their results"
                ));
            }
            if let Some(what) = &ran.panicked {
                return Err(format!("a run panicked: {what}"));
            }
            if ran.exit == Some(Exit::Done) && !ran.is_behind {
                let is_out = |token: &String| records.values().any(|(_, text)| is_of(text, token));
                let excused = |token: &String| {
                    let mut ghosts = state.ghosts.iter().filter(|ghost| ghost.token == *token);
                    ghosts.any(|ghost| ghost.is_deleted || ghost.changed.contains("time"))
                        || self.was_lost(&state, token)
                };
                if let Some(silent) = planned
                    .keys()
                    .find(|token| !excused(token) && !is_recorded(&state, token))
                {
                    return Err(format!(
                        "a run was green, and the branch does not say that {silent} is out"
                    ));
                }
                if let Some(missing) = planned
                    .keys()
                    .find(|token| !is_out(token) && !excused(token))
                {
                    return Err(format!(
                        "a run was green, and {missing} was due and is not out"
                    ));
                }
            }
            if ran.words.contains("clone anew") || ran.words.contains("push them first") {
                // As the message says.
                state.clones.remove(&STAYING);
            }
        }
        Ok(())
    }

    /// Whether the server lost what a block still names.
    fn was_lost(&self, state: &State, token: &str) -> bool {
        let tree = state.store.tree(state.remote.unwrap());
        let mut files = state.ghosts.iter().filter(|ghost| ghost.token == token);
        files.any(|ghost| {
            let block = tree.get(&ghost.path).map(|bytes| split(bytes).1);
            let block = block.unwrap_or_default();
            state.lost.iter().any(|uri| block.contains(uri))
        })
    }

    fn quiet(&mut self) -> Result<(), String> {
        {
            let mut state = self.ground.state();
            state.note("all is quiet from here on");
            while !state.underway.is_empty() {
                state.arrive();
            }
            state.server.add_account(HANDLE, PASSWORD);
            let last = state.ghosts.iter().map(|ghost| ghost.at).max();
            let last = last.map_or(0, |last| last.timestamp_micros()) + 60_000_000;
            state.now = state.now.max(last);
        }
        let mut calm = 0;
        for round in 0..10 {
            self.ground.state().now += 300_000_000;
            let clone = match round {
                0 => self.staying(),
                _ => {
                    self.clones += 1;
                    self.clone_into(self.clones, false);
                    self.clones
                }
            };
            let before = self.ground.state().remote;
            let planned = self.due();
            let ran = self.run_quietly(clone);
            self.after(&ran, &planned)?;
            let is_calm = before == self.ground.state().remote;
            calm = if is_calm { calm + 1 } else { 0 };
            if calm == 2 {
                return self.judge(&ran[0]);
            }
        }
        Err("it does not come to rest".to_owned())
    }

    /// A machine that has the right time, alone.
    fn run_quietly(&self, clone: usize) -> Vec<Ran> {
        let baton = Arc::new(Baton::new(1, 0));
        self.end("quiet run", &[self.runner((0, clone), &baton, 0)])
    }

    /// The promises, one by one.
    fn judge(&self, last: &Ran) -> Result<(), String> {
        let state = self.ground.state();
        let records = state.records(&self.ground.did);
        let tree = state.store.tree(state.remote.unwrap());
        let mut open = false;
        for ghost in state.ghosts.iter().filter(|ghost| !ghost.is_deleted) {
            let Some(bytes) = tree.get(&ghost.path) else {
                return Err(format!("{} is gone from the branch", ghost.path));
            };
            let (theirs, block) = split(bytes);
            if theirs != ghost.file() {
                return Err(format!("bytes of the author's changed in {}", ghost.path));
            }
            if block.is_empty() {
                open = true;
                // Two changes at once, or one to a file whose words others have, are beyond knowing.
                let is_twin_changed = state
                    .ghosts
                    .iter()
                    .any(|other| other.token == ghost.token && !other.changed.is_empty());
                // So is one for whose second there is the post of a file that is gone or was changed twice.
                let is_second_taken = state.ghosts.iter().any(|other| {
                    other.token != ghost.token
                        && (other.changed.len() > 1 || other.is_deleted)
                        && other.shares_second_with(ghost)
                });
                // Only the history tells a reused file's earlier post from another's.
                let is_history_gone = ghost.is_ambiguous && state.was_rewritten;
                let may_ask = ghost.changed.len() > 1
                    || is_history_gone
                    || is_second_taken
                    || (ghost.is_ambiguous && is_twin_changed);
                if last.exit == Some(Exit::Done) {
                    return Err(format!(
                        "{} is due, not published, and the run was green",
                        ghost.path
                    ));
                }
                if !may_ask {
                    return Err(format!("{} is due and does not go out", ghost.path));
                }
                continue;
            }
            truth(&block, ghost.parts, &records, &state.lost)
                .map_err(|what| format!("{}: {what}", ghost.path))?;
        }
        // Moved to later while it was on its way out: its author has to say what they want.
        let asks = last.words.contains("stale-block")
            && state
                .ghosts
                .iter()
                .any(|ghost| ghost.changed.contains("time"));
        if !open && !asks && last.exit != Some(Exit::Done) {
            return Err("all is out, and the run is not green".to_owned());
        }
        self.count(&state, &records, &tree)
    }

    /// Each post once, and whole.
    fn count(
        &self,
        state: &State,
        records: &BTreeMap<String, (String, String)>,
        tree: &Tree,
    ) -> Result<(), String> {
        let tokens: BTreeSet<&String> = state.ghosts.iter().map(|ghost| &ghost.token).collect();
        for token in tokens {
            let ghosts: Vec<_> = state
                .ghosts
                .iter()
                .filter(|ghost| ghost.token == *token)
                .collect();
            let parts = ghosts[0].parts;
            let counts: Vec<usize> = (1..=parts)
                .map(|part| {
                    let ending = format!(" part {part}");
                    let there = records
                        .iter()
                        .filter(|(_, (_, text))| is_of(text, token) && text.ends_with(&ending));
                    there.count()
                })
                .collect();
            if counts.iter().any(|count| *count != counts[0]) {
                return Err(format!(
                    "{token} is torn: its parts are there {counts:?} times"
                ));
            }
            let replaced: usize = ghosts.iter().map(|ghost| replacements(ghost)).sum();
            if counts[0] > ghosts.len() + replaced {
                return Err(format!(
                    "{token} is out {} times, for {} files",
                    counts[0],
                    ghosts.len()
                ));
            }
            let lost = ghosts.iter().filter(|ghost| {
                let block = tree
                    .get(&ghost.path)
                    .map(|bytes| split(bytes).1)
                    .unwrap_or_default();
                !ghost.is_deleted
                    && (block.is_empty() || state.lost.iter().any(|uri| block.contains(uri)))
            });
            let alive = ghosts.iter().filter(|ghost| !ghost.is_deleted).count();
            let needed = alive - lost.count();
            if counts[0] < needed {
                return Err(format!(
                    "{token} is out {} times, for {needed} files that say so",
                    counts[0]
                ));
            }
        }
        Ok(())
    }
}

/// A post that a run asked about although nothing of it was open: one other file with its words at
/// most was due without a result, nobody changed one, and the server lost none.
fn asked_in_vain(state: &State, words: &str, planned: &BTreeMap<String, usize>) -> Option<String> {
    let doubts = words
        .lines()
        .filter(|line| line.contains("the same content, older than"));
    let paths = doubts.filter_map(|line| line.strip_prefix("error: ")?.split(':').next());
    for path in paths {
        let ghost = state.ghosts.iter().rfind(|ghost| ghost.path == path)?;
        let mut same = state
            .ghosts
            .iter()
            .filter(|other| other.token == ghost.token);
        let is_untouched = same.all(|other| other.changed.is_empty() && !other.is_deleted);
        if is_untouched && state.lost.is_empty() && planned.get(&ghost.token) == Some(&1) {
            return Some(ghost.token.clone());
        }
    }
    None
}

/// Whether every file of these words that is due has a block on the remote; one that was changed
/// while the run was under way may have to wait for the next.
fn is_recorded(state: &State, token: &str) -> bool {
    let tree = state.store.tree(state.remote.unwrap());
    let mut files = state.ghosts.iter().filter(|ghost| ghost.token == token);
    files.all(|ghost| {
        let block = tree.get(&ghost.path).map(|bytes| split(bytes).1);
        ghost.is_deleted
            || ghost.is_ambiguous
            || !ghost.changed.is_empty()
            || block.is_some_and(|block| !block.is_empty())
    })
}

/// How many posts of other files a file may have become: another path, another time and another text
/// make another post; so do two of them where a twin has the same words.
fn replacements(ghost: &Ghost) -> usize {
    let all = ["path", "time", "text"];
    match all
        .iter()
        .filter(|what| ghost.changed.contains(*what))
        .count()
    {
        3 => ghost.changes / 3,
        2 if ghost.is_ambiguous => 1,
        _ => 0,
    }
}

fn is_of(text: &str, token: &str) -> bool {
    text.split(' ').next() == Some(token)
}

/// Whether what a block says is so.
fn truth(
    block: &str,
    parts: usize,
    records: &BTreeMap<String, (String, String)>,
    lost: &BTreeSet<String>,
) -> Result<(), String> {
    if !block.contains("status: published") {
        return Err(format!("its block is\n{block}"));
    }
    let uris: Vec<&str> = block
        .split_whitespace()
        .filter(|word| word.starts_with("at://"))
        .collect();
    if uris.len() != parts {
        return Err(format!("{} URIs for {parts} parts", uris.len()));
    }
    for uri in uris {
        match records.get(uri) {
            Some((cid, _)) if block.contains(cid.as_str()) => {}
            // A server that lost it and got it again has it with another moment in it.
            _ if lost.contains(uri) => {}
            Some(_) => return Err(format!("{uri} has another CID")),
            None => return Err(format!("{uri} does not exist")),
        }
    }
    Ok(())
}

fn server(time: &Arc<AtomicI64>) -> Sandbox {
    let time = time.clone();
    Sandbox::new(Arc::new(move || {
        DateTime::from_timestamp_micros(time.load(Ordering::SeqCst)).unwrap_or_default()
    }))
}

/// `updraft publish --push`, in a thread of its own.
fn one_run(runner: &Runner) -> Ran {
    runner.baton.take(runner.id);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let ended = panic::catch_unwind(AssertUnwindSafe(|| publish(runner, &mut out, &mut err)));
    runner.baton.end(runner.id);
    let mut words = String::from_utf8_lossy(&out).into_owned() + &String::from_utf8_lossy(&err);
    let (exit, panicked) = match ended {
        Ok(Ok(exit)) => (Some(exit), None),
        Ok(Err(error)) => {
            words.push_str(&error.to_string());
            (Some(error.exit), None)
        }
        Err(payload) if payload.is::<Died>() => (None, None),
        Err(payload) => (
            None,
            Some(format!("{:?}", payload.downcast_ref::<String>())),
        ),
    };
    Ran {
        is_behind: runner.skew < TimeDelta::minutes(-1),
        exit,
        words,
        panicked,
    }
}

fn publish(
    runner: &Runner,
    out: &mut Vec<u8>,
    err: &mut Vec<u8>,
) -> Result<Exit, command::CommandError> {
    let env = |name: &str| match name {
        "BLUESKY_HANDLE" => Some(HANDLE.to_owned()),
        "BLUESKY_APP_PASSWORD" => Some(PASSWORD.to_owned()),
        "BLUESKY_PDS_URL" => Some("http://localhost".to_owned()),
        _ => None,
    };
    let clock = runner.clone();
    let world = World {
        directory: runner.root.clone(),
        env: &env,
        clock: Arc::new(move || clock.time()),
        storage: runner,
        network: runner,
        stop: Arc::new(AtomicBool::new(false)),
        pause: Arc::new(runner.clone()),
        rehearsal: None,
    };
    let mut console = Console {
        out,
        err,
        color: false,
        is_terminal: false,
        width: 160,
    };
    let cli = Cli::parse_from(["updraft", "publish", "--push"]);
    command::run(cli, &world, &mut console)
}
