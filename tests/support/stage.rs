//! What `watch` runs in, within one process: a clone with a bare remote (real git), the sandbox without
//! a socket, and a clock that moves while somebody waits.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::Parser as _;
use http::Request;
use serde_json::Value;
use updraft::{
    atproto::{
        identity::NoDns,
        memory::Memories,
        pause::{Pause, Pausing},
        transport::{Http, Sending, TransportError},
    },
    cli::Cli,
    command::{self, CommandError, Connect, Console, Exit, Machine, Progress, World},
    publish::Network,
    sandbox::Sandbox,
};

pub const PASSWORD: &str = "abcd-efgh-ijkl-mnop";
const POST: &str = "app.bsky.feed.post";
/// `spacing: …` and the like come behind it.
pub const CONFIG: &str =
    "timezone: UTC\naccounts:\n  main:\n    handle: alice.test\n    pds: http://localhost\n";

/// What happens at a moment, whatever `watch` does.
pub type Event = (DateTime<Utc>, Box<dyn FnOnce(&Stage) + Send>);

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// While somebody waits, at once.
    Simulated,
    /// Likewise, and work takes the time that it takes.
    Working,
    /// As always.
    Real,
}

pub struct Clock {
    micros: AtomicI64,
    pace: Pace,
    start: Instant,
}

impl Clock {
    pub fn now(&self) -> DateTime<Utc> {
        let worked = match self.pace {
            Pace::Simulated => 0,
            Pace::Working | Pace::Real => self.start.elapsed().as_micros(),
        };
        // No two moments are the same.
        let micros = self.micros.fetch_add(1, Ordering::SeqCst) + i64::try_from(worked).unwrap();
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    pub fn pass(&self, time: TimeDelta) {
        let micros = time.num_microseconds().unwrap();
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

pub struct Stage {
    folder: tempfile::TempDir,
    pub clock: Arc<Clock>,
    pub sandbox: Sandbox,
    did: String,
    stop: Arc<AtomicBool>,
    end: DateTime<Utc>,
    events: Mutex<VecDeque<Event>>,
}

/// When every story begins.
pub fn noon() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

/// A post for the second that lies so far behind noon.
pub fn post(seconds: i64, text: &str) -> String {
    let at = noon() + TimeDelta::seconds(seconds);
    let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("---\npublish_at: {at}\n---\n{text}\n")
}

impl Stage {
    /// A repository whose clock says noon; when `end` has passed, the process is told to end.
    pub fn set(end: TimeDelta, pace: Pace) -> Self {
        let clock = Arc::new(Clock {
            micros: AtomicI64::new(noon().timestamp_micros()),
            pace,
            start: Instant::now(),
        });
        let told = clock.clone();
        let sandbox = Sandbox::new(Arc::new(move || told.now()));
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
            did: sandbox.add_account("alice.test", PASSWORD),
            clock,
            sandbox,
            stop: Arc::default(),
            end: noon() + end,
            events: Mutex::default(),
        };
        let folder = stage.folder.path();
        git(
            folder,
            &["init", "-q", "--bare", "-b", "main", "remote.git"],
        );
        git(folder, &["clone", "-q", "remote.git", "clone"]);
        stage.write("updraft.yml", CONFIG);
        stage
    }

    /// The clone that is watched.
    pub fn clone_path(&self) -> PathBuf {
        self.folder.path().join("clone")
    }

    /// Writes a file into the clone.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.clone_path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits all that is in the clone, and pushes it.
    pub fn share(&self) {
        share(&self.clone_path());
    }

    /// Somebody merges a file elsewhere.
    pub fn merge(&self, path: &str, text: &str) {
        self.merge_change(|folder| fs::write(folder.join(path), text).unwrap());
    }

    /// Somebody merges a change elsewhere.
    pub fn merge_change(&self, change: impl FnOnce(&Path)) {
        let elsewhere = tempfile::tempdir().unwrap();
        let remote = self.folder.path().join("remote.git");
        git(
            elsewhere.path(),
            &["clone", "-q", remote.to_str().unwrap(), "."],
        );
        change(elsewhere.path());
        share(elsewhere.path());
    }

    /// Makes the remote unreachable, or lets it come back.
    pub fn hide_remote(&self, is_hidden: bool) {
        let (here, away) = ("remote.git", "nowhere.git");
        let (from, to) = if is_hidden {
            (here, away)
        } else {
            (away, here)
        };
        let folder = self.folder.path();
        fs::rename(folder.join(from), folder.join(to)).unwrap();
    }

    /// Has something happen so many seconds behind noon; in the order of their times.
    pub fn at(&self, seconds: i64, what: impl FnOnce(&Stage) + Send + 'static) {
        let event: Event = (noon() + TimeDelta::seconds(seconds), Box::new(what));
        self.events.lock().unwrap().push_back(event);
    }

    /// Each post on the server: its text and its moment, in seconds behind noon.
    pub fn posts(&self) -> Vec<(String, f64)> {
        let records = self.sandbox.records(&self.did, POST).into_iter();
        let mut posts: Vec<(String, f64)> = records.map(|(_, _, value)| told(&value)).collect();
        posts.sort_by(|a, b| a.1.total_cmp(&b.1));
        posts
    }

    /// How many commits the remote has.
    pub fn commits(&self) -> usize {
        let remote = self.folder.path().join("remote.git");
        let count = git(&remote, &["rev-list", "--count", "main"]);
        count.trim().parse().unwrap()
    }

    /// Runs a command to its end; how it ended, and what it said.
    pub fn run(self: &Arc<Self>, words: &str) -> (Result<Exit, CommandError>, String) {
        let env = |name: &str| (name == "BLUESKY_APP_PASSWORD_MAIN").then(|| PASSWORD.to_owned());
        let clock = self.clock.clone();
        let actor = Actor(self.clone(), Memories::default());
        let world = World {
            directory: self.clone_path(),
            env: &env,
            clock: Arc::new(move || clock.now()),
            storage: &Machine,
            network: &actor,
            stop: self.stop.clone(),
            pause: Arc::new(actor.clone()),
            rehearsal: None,
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console {
            out: &mut out,
            err: &mut err,
            color: false,
            is_terminal: false,
            width: 100,
            progress: &Progress::default(),
        };
        let cli = Cli::parse_from(words.split(' '));
        let exit = command::run(cli, &world, &mut console);
        out.extend(err);
        (exit, String::from_utf8(out).unwrap())
    }

    /// What has come about in the time that has passed; whether it goes on.
    fn passed(&self) -> bool {
        let now = self.clock.now();
        loop {
            let mut events = self.events.lock().unwrap();
            let Some((_, what)) = events.pop_front_if(|(at, _)| *at <= now) else {
                break;
            };
            drop(events);
            what(self);
        }
        let is_over = now >= self.end;
        self.stop.fetch_or(is_over, Ordering::SeqCst);
        !is_over
    }
}

fn told(value: &Value) -> (String, f64) {
    let at: DateTime<Utc> = value["createdAt"].as_str().unwrap().parse().unwrap();
    let behind = (at - noon()).num_milliseconds();
    let text = value["text"].as_str().unwrap().to_owned();
    (text, behind as f64 / 1000.0)
}

fn share(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "Posts"]);
    git(folder, &["push", "-q", "origin", "HEAD:main"]);
}

fn git(folder: &Path, args: &[&str]) -> String {
    let ran = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(ran.status.success(), "git {args:?}: {ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}

/// The stage as a command sees it.
#[derive(Clone)]
struct Actor(Arc<Stage>, Memories);

impl Pause for Actor {
    fn pause(&self, time: Duration) -> Pausing<'_> {
        Box::pin(async move {
            match self.0.clock.pace {
                Pace::Real => tokio::time::sleep(time).await,
                _ => {
                    self.0.clock.pass(TimeDelta::from_std(time).unwrap());
                    tokio::task::yield_now().await;
                }
            }
            self.0.passed()
        })
    }

    fn glance(&self) -> Duration {
        match self.0.clock.pace {
            // A month of seconds takes its time, and nobody sleeps in it.
            Pace::Working => Duration::from_secs(60),
            Pace::Simulated | Pace::Real => Duration::from_secs(1),
        }
    }
}

impl Http for Actor {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin(async move {
            let answer = self.0.sandbox.call(request).await;
            answer.map_err(|error| TransportError::Interrupted(error.to_string()))
        })
    }
}

impl Connect for Actor {
    fn connect(&self) -> Result<Network, String> {
        let clock = self.0.clock.clone();
        Ok(Network {
            http: Arc::new(self.clone()),
            dns: Arc::new(NoDns),
            plc: Some("http://localhost".to_owned()),
            video: None,
            clock: Arc::new(move || clock.now()),
            pause: Arc::new(self.clone()),
            memories: self.1.clone(),
            closed: true,
        })
    }
}
