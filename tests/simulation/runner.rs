//! One process: what it sees of the world, each step of which may fail or be its last.

use std::{
    collections::hash_map::DefaultHasher,
    fmt,
    hash::{Hash, Hasher},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use updraft::{
    atproto::{
        identity::NoDns,
        memory::Memories,
        pause::{Pause, Pausing},
    },
    command::{Connect, Machine, Storage},
    git::{Git, GitError},
    post::file::Disk,
    publish::Network,
};

use super::{
    baton::Baton,
    ground::Ground,
    real::{RealDisk, RealGit},
    settings::SERVER,
};

/// A process with its clone.
#[derive(Clone)]
pub struct Runner {
    pub id: usize,
    pub clone: usize,
    pub root: PathBuf,
    pub ground: Arc<Ground>,
    pub baton: Arc<Baton>,
    /// How far its clock is off.
    pub skew: TimeDelta,
    /// Whether its disk and its git are this machine's.
    pub is_real: bool,
    /// Decides which files it can't read, and when.
    pub salt: u64,
    /// How often it has looked into the posts folder.
    pub looks: Arc<AtomicU64>,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run {}", self.id)
    }
}

impl Runner {
    pub fn time(&self) -> DateTime<Utc> {
        let mut state = self.ground.state();
        state.now += 1_000;
        state.time() + self.skew
    }

    pub fn step(&self, what: &str) {
        self.baton.pass(self.id);
        self.ground.step(self.id, what);
    }

    /// A step that leaves something behind where it is the last.
    pub fn is_deadly_step(&self, what: &str) -> bool {
        self.baton.pass(self.id);
        self.ground.is_deadly_step(self.id, what)
    }

    pub fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.to_string_lossy().into_owned()
    }

    /// Whether something of the disk or of git goes wrong now, with a word for the story.
    pub fn fails(&self, odds: u32, what: &str, word: &'static str) -> bool {
        let mut state = self.ground.state();
        if !state.happens(odds) {
            return false;
        }
        state.note(format!("run {}: {what}: {word}", self.id));
        state.count(word);
        true
    }

    pub fn disk_odds(&self) -> u32 {
        self.ground.state().odds.disk
    }

    pub fn git_odds(&self) -> u32 {
        self.ground.state().odds.git
    }

    /// The folder is looked into: which of these can't be read until the next time?
    pub fn look(&self, paths: impl Iterator<Item = String>) {
        self.looks.fetch_add(1, Ordering::SeqCst);
        let mut unreadable: Vec<String> = paths.filter(|path| self.is_unreadable(path)).collect();
        unreadable.sort();
        let mut state = self.ground.state();
        for path in unreadable {
            state.note(format!("run {}: {path} can't be read for now", self.id));
            state.count("a file that can't be read");
        }
    }

    /// Reads come from many threads at once: who fails must not depend on who comes first.
    pub fn is_unreadable(&self, path: &str) -> bool {
        let odds = self.ground.state().odds.reading;
        let mut hasher = DefaultHasher::new();
        (self.salt, self.looks.load(Ordering::SeqCst), path).hash(&mut hasher);
        odds > 0 && path.ends_with(".md") && hasher.finish().is_multiple_of(u64::from(odds))
    }
}

impl Storage for Runner {
    fn repository(&self, directory: &Path) -> Result<Option<Box<dyn Git>>, GitError> {
        if !self.is_real {
            return Ok(Some(Box::new(self.clone())));
        }
        let found = Machine.repository(directory)?;
        Ok(found.map(|git| Box::new(RealGit::new(self.clone(), git)) as Box<dyn Git>))
    }

    fn disk(&self) -> Arc<dyn Disk> {
        match self.is_real {
            true => Arc::new(RealDisk(self.clone())),
            false => Arc::new(self.clone()),
        }
    }
}

impl Connect for Runner {
    fn connect(&self) -> Result<Network, String> {
        let runner = self.clone();
        Ok(Network {
            http: Arc::new(self.clone()),
            dns: Arc::new(NoDns),
            plc: Some(SERVER.to_owned()),
            video: None,
            clock: Arc::new(move || runner.time()),
            pause: Arc::new(self.clone()),
            memories: Memories::default(),
            closed: true,
        })
    }
}

impl Pause for Runner {
    fn pause(&self, time: Duration) -> Pausing<'_> {
        self.step("wait");
        // The jitter between two tries is not of the story's making.
        let millis = i64::try_from(time.as_millis()).unwrap();
        let jitter = 10_000;
        let mut state = self.ground.state();
        state.now += (millis / jitter + 1) * jitter * 1_000;
        drop(state);
        Box::pin(std::future::ready(true))
    }
}

pub fn full() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

pub fn broken() -> io::Error {
    io::Error::other("input/output error")
}
