//! One story: authors, runs and faults as a seed decides, then quiet, then the promises.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64},
    },
};

use chrono::TimeDelta;
use fastrand::Rng;
use tempfile::TempDir;

use super::{
    bare::{Bare, Remote},
    baton::Baton,
    events,
    git_model::{Clone, Store},
    ground::{Ground, Odds, State},
    process::{self, Ran},
    pull_request,
    runner::Runner,
    scenery,
    server::Server,
    settings::{self, ACCOUNTS, Settings},
};

/// 2026-12-01T08:00:00Z
const BEGIN: i64 = 1_796_112_000_000_000;
const ROUNDS: usize = 6;
/// A clone that stays, as on a server.
const STAYING: usize = 0;

/// A promise that was broken, and how it came to that.
pub struct Broken {
    pub seed: u64,
    pub place: Place,
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

/// Where a story takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In memory.
    Model,
    /// On this machine's disk, with real git and real sockets.
    Machine,
}

/// Tells the story of a seed.
pub fn tell(seed: u64, place: Place) -> Told {
    let mut story = Story::begin(seed, place);
    let outcome = story.act();
    let mut state = story.ground.state();
    let broken = outcome.err().map(|what| Broken {
        seed,
        place,
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
    /// Where it takes place on disk.
    folder: Option<TempDir>,
}

impl Story {
    fn begin(seed: u64, place: Place) -> Self {
        let mut rng = Rng::with_seed(seed);
        let folder = (place == Place::Machine).then(|| tempfile::tempdir().unwrap());
        let mut remote = match &folder {
            Some(folder) => Remote::Real(Bare::new(&folder.path().join("remote.git"))),
            None => Remote::Model(Store::default()),
        };
        let mut files = scenery::first_files();
        let settings = Settings::default();
        files.insert(settings::PATH.to_owned(), Arc::new(settings.text().into()));
        let tip = remote.add(&[], files, BEGIN / 1_000_000);
        remote.set_tip(Some(tip));
        let now = Arc::new(AtomicI64::new(BEGIN));
        let server = Server::new(&now, folder.is_some());
        let dids =
            ACCOUNTS.map(|(_, handle, password)| server.sandbox.add_account(handle, password));
        let state = State {
            rng: rng.fork(),
            now: BEGIN,
            odds: Odds::QUIET,
            remote,
            clones: BTreeMap::new(),
            folders: BTreeMap::new(),
            server,
            dids: dids.to_vec(),
            underway: Vec::new(),
            belated: BTreeSet::new(),
            backup: None,
            lost: BTreeSet::new(),
            resurrected: BTreeSet::new(),
            settings,
            was_paused: false,
            ghosts: Vec::new(),
            authored: BTreeSet::from([tip]),
            saved: None,
            is_shaken: false,
            was_rewritten: false,
            is_beside: pull_request::is_beside(seed),
            settled: BTreeSet::new(),
            names: 0,
            story: Vec::new(),
            tally: BTreeMap::new(),
            server_time: now,
        };
        Self {
            rewrites: rng.u8(..4) == 0,
            rng,
            ground: Arc::new(Ground::new(state)),
            clones: STAYING,
            folder,
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
        events::between(
            &mut self.ground.state(),
            self.rewrites,
            self.folder.is_some(),
        );
        let odds = Odds {
            death: [0, 0, 60, 25][self.rng.usize(..4)],
            http: [0, 30, 10, 5][self.rng.usize(..4)],
            disk: [0, 0, 6][self.rng.usize(..3)],
            reading: [0, 0, 0, 0, 24][self.rng.usize(..5)],
            git: [0, 0, 10, 4][self.rng.usize(..4)],
            author: [0, 0, 30, 12][self.rng.usize(..4)],
        };
        let count = [1, 1, 2, 3][self.rng.usize(..4)];
        let clones: Vec<usize> = (0..count)
            .filter_map(|run| match run {
                0 if self.rng.bool() => self.staying(),
                _ => self.fresh(run + 1),
            })
            .collect();
        if clones.is_empty() {
            return Ok(());
        }
        let mut state = self.ground.state();
        state.is_shaken = state.saved.is_some();
        state.was_paused = state.settings.is_paused;
        let planned = state.due();
        state.odds = odds;
        drop(state);
        let ran = self.run(&clones);
        self.ground.state().odds = Odds::QUIET;
        self.after(&ran, &planned)
    }

    /// A clone as a workflow makes it, if there is a branch.
    fn fresh(&mut self, slot: usize) -> Option<usize> {
        self.clones += 1;
        let is_shallow = self.rng.bool();
        self.clone_into(self.clones, slot, is_shallow)
    }

    fn staying(&mut self) -> Option<usize> {
        let is_there = self.ground.state().folders.contains_key(&STAYING);
        match is_there {
            true => Some(STAYING),
            false => self.clone_into(STAYING, 0, false),
        }
    }

    fn clone_into(&self, id: usize, slot: usize, is_shallow: bool) -> Option<usize> {
        let mut state = self.ground.state();
        let tip = state.remote.tip()?;
        let folder = match &mut state.remote {
            Remote::Real(bare) => {
                let folder = bare.path.with_file_name(format!("clone-{id}"));
                scenery::clone(&bare.path, &folder, is_shallow);
                dunce::canonicalize(folder).unwrap()
            }
            Remote::Model(store) => {
                let clone = Clone::of(store, tip, is_shallow);
                let folder = scenery::model_folder(slot, &clone.disk);
                state.clones.insert(id, clone);
                folder
            }
        };
        state.folders.insert(id, folder);
        Some(id)
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
        for clone in clones.iter().filter(|clone| **clone != STAYING) {
            self.forget(*clone);
        }
        ran
    }

    fn forget(&self, clone: usize) {
        let mut state = self.ground.state();
        state.clones.remove(&clone);
        let folder: Option<PathBuf> = state.folders.remove(&clone);
        if let Some(folder) = folder.filter(|_| self.folder.is_some()) {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }

    fn runner(&mut self, (id, clone): (usize, usize), baton: &Arc<Baton>, skew: i64) -> Runner {
        Runner {
            id,
            clone,
            root: self.ground.state().folders[&clone].clone(),
            ground: self.ground.clone(),
            baton: baton.clone(),
            skew: TimeDelta::seconds(skew),
            is_real: self.folder.is_some(),
            salt: self.rng.u64(..),
            looks: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Lets them run to their ends, and writes down what they said.
    fn end(&self, what: &str, runners: &[Runner]) -> Vec<Ran> {
        let ran: Vec<Ran> = std::thread::scope(|scope| {
            let start = |runner| scope.spawn(move || process::run(runner));
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
        for ran in ran {
            self.ground.state().judge_run(ran, planned)?;
            let advice = ["clone anew", "push them first", "updraft.yml differs from"];
            if advice.iter().any(|advice| ran.words.contains(advice)) {
                // As the message says, or what comes to the same.
                self.forget(STAYING);
            }
            let mut state = self.ground.state();
            state.heed(&ran.words);
            drop(state);
            if ran.words.contains("index.lock") && self.folder.is_some() {
                self.remove_lock();
            }
        }
        Ok(())
    }

    /// git itself was killed; what it leaves is for people to remove, as the message says.
    fn remove_lock(&self) {
        let mut state = self.ground.state();
        if let Some(folder) = state.folders.get(&STAYING)
            && std::fs::remove_file(folder.join(".git/index.lock")).is_ok()
        {
            state.note("somebody removes the lock that git left");
            state.count("lock of git's removed");
        }
    }

    fn quiet(&mut self) -> Result<(), String> {
        events::become_quiet(&mut self.ground.state());
        let mut calm = 0;
        for round in 0.. {
            let mut state = self.ground.state();
            let spacing = state.settings.spacing.map_or(0, |minutes| minutes + 1);
            state.now += (spacing * 60).max(300) * 1_000_000;
            // One more for each post that has to keep its distance.
            if round > 10 + state.ghosts.len() {
                break;
            }
            drop(state);
            let clone = match round {
                0 => self.staying(),
                _ => self.fresh_and_whole(),
            };
            let clone = clone.ok_or("there is no branch")?;
            let mut state = self.ground.state();
            (state.is_shaken, state.was_paused) = (false, false);
            let before = (state.remote.tip(), state.remote.beside());
            let planned = state.due();
            drop(state);
            let baton = Arc::new(Baton::new(1, 0));
            let runner = self.runner((0, clone), &baton, 0);
            let ran = self.end("quiet run", &[runner]);
            self.after(&ran, &planned)?;
            if clone != STAYING {
                self.forget(clone);
            }
            let mut state = self.ground.state();
            let is_merged = state.merge_pull_request();
            let is_calm = !is_merged && before == (state.remote.tip(), state.remote.beside());
            drop(state);
            calm = if is_calm { calm + 1 } else { 0 };
            if calm == 2 {
                return self.ground.state().judge(&ran[0]);
            }
        }
        Err("it does not come to rest".to_owned())
    }

    fn fresh_and_whole(&mut self) -> Option<usize> {
        self.clones += 1;
        self.clone_into(self.clones, 1, false)
    }
}
