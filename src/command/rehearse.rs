//! `updraft rehearse`: every waiting post goes out now, in a copy, on a server in this process.

mod copy;
mod nothing;
mod scene;
mod timeline;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};

use super::{
    Clock, CommandError, Console, Exit, Library, Machine, Progress, World, check, moment,
    publish::{self, Connect},
};
use crate::{
    atproto::{memory::Memories, pause::NoPause, transport::Network as RealHttp},
    cli::{PublishArgs, PushArgs, RehearseArgs, SelectionArgs},
    git::Repository,
    plan::plan,
    post::{Thread, limits},
    publish::{Network, Outcome},
    receipt::Status,
    sandbox::{Sandbox, Serving},
};
use scene::Scene;

/// The account of a repository that configures none; what the environment says is left out.
const NOBODY: &str = "rehearsal.test";
/// The app password of every account in the sandbox.
const PASSWORD: &str = "rehe-arse-rehe-arse";

/// Runs it.
pub(super) fn run(
    args: &RehearseArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let keep = args.keep.as_deref();
    let keep = keep.map(|named| scene::to_keep(named, world)).transpose()?;
    let library = Library::load(world, config);
    let library = Library::require(library, Exit::Mend, world, console)?;
    if let Some(folder) = &keep {
        scene::outside_posts(folder, &library)?;
    }
    let broken: Vec<_> = library
        .files
        .iter()
        .filter(|file| file.diagnostics.has_errors())
        .map(|file| file.diagnostics.clone())
        .collect();
    check::complain(&broken, world, console)?;
    let until = args
        .until
        .as_deref()
        .map(|text| moment::read("--until", text, &library))
        .transpose()?;
    if waiting(&library, until, (world.clock)()).is_empty() {
        nothing::print(&library, until, console)?;
        return Ok(match broken.is_empty() {
            true => Exit::Done,
            false => Exit::Mend,
        });
    }
    let policy = super::plan::policy(&library, &SelectionArgs::default(), world)?;
    let now = (world.clock)();
    let left_out = plan(library.candidates(now, true)?, now, &policy);
    let scene = Scene::set(keep.as_deref())?;
    let stage = Stage::set(&library, scene.path(), world)?;
    let shown = stage.play(&library, until, world, console)?;
    timeline::print(&shown, (&left_out, broken.len()), console)?;
    if let Some(kept) = scene.kept() {
        writeln!(
            console.out,
            "The published work tree is in {}.",
            kept.display()
        )?;
    }
    Ok(match (shown.is_whole(), broken.is_empty()) {
        (false, _) => Exit::Failed,
        (true, false) => Exit::Mend,
        (true, true) => Exit::Done,
    })
}

/// What goes out in a rehearsal that ends before `until`.
fn waiting(library: &Library, until: Option<DateTime<Utc>>, merged: DateTime<Utc>) -> Vec<&Thread> {
    let waits = |thread: &&Thread| {
        let open = thread
            .block()
            .is_none_or(|block| !matches!(block.status, Status::Published | Status::Retracted));
        let due = due(thread, merged);
        let soon = until.is_none_or(|until| due.is_some_and(|due| due < until));
        open && soon && !thread.is_held() && !thread.retracts() && due.is_some()
    };
    library.threads().filter(waits).collect()
}

/// When a thread goes out; what waits for a merge is merged then.
fn due(thread: &Thread, merged: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match thread.merge() {
        Some(_) => Some(merged),
        None => thread.publish_at(),
    }
}

/// A copy of the repository, its remote, and the server.
struct Stage {
    work: PathBuf,
    now: Arc<AtomicI64>,
    /// When it really is.
    begun: DateTime<Utc>,
    /// When the copy's first commit was there.
    merged: DateTime<Utc>,
    sandbox: Sandbox,
    serving: Serving,
}

impl Stage {
    fn set(
        library: &Library,
        (work, remote): (PathBuf, PathBuf),
        world: &World<'_>,
    ) -> Result<Self, CommandError> {
        copy::copy(library, &work, &remote)?;
        let committed = Repository::discover(&work).map_err(CommandError::world)?;
        let committed = committed.and_then(|copy| copy.head_time());
        let merged = committed.map_or((world.clock)(), |time| time.max((world.clock)()));
        let now = Arc::new(AtomicI64::new((world.clock)().timestamp_micros()));
        let sandbox = Sandbox::new(ticking(&now));
        sandbox.resolve_any_handle(true);
        // In the real run a large video goes through the video service.
        sandbox.set_blob_limit(usize::try_from(limits::VIDEO_BYTES).unwrap_or(usize::MAX));
        for account in &library.config.accounts {
            sandbox.add_account(&account.handle, PASSWORD);
        }
        sandbox.add_account(NOBODY, PASSWORD);
        let serving = super::block_on(sandbox.serve())?.map_err(CommandError::world)?;
        Ok(Self {
            work,
            now,
            begun: (world.clock)(),
            merged,
            sandbox,
            serving,
        })
    }

    /// Walks from due time to due time.
    fn play(
        &self,
        library: &Library,
        until: Option<DateTime<Utc>>,
        world: &World<'_>,
        console: &Console<'_>,
    ) -> Result<timeline::Shown, CommandError> {
        let threads = waiting(library, until, self.merged);
        let times: BTreeSet<DateTime<Utc>> = threads
            .iter()
            .filter_map(|thread| self.due(thread))
            .collect();
        // Where updraft.yml lies, or would.
        let base = self.work.join(&library.config_path);
        let base = base.parent().unwrap_or(&self.work);
        fs::create_dir_all(base).map_err(CommandError::world)?;
        let bar = console.progress.bar("rehearsing", times.len());
        let mut outcomes = Vec::new();
        let mut complaints = Vec::new();
        for time in times {
            self.now.store(time.timestamp_micros(), Ordering::SeqCst);
            let (done, words) = self.publish(base, world)?;
            outcomes.extend(done);
            complaints.extend(words);
            bar.advance(1);
        }
        drop(bar);
        timeline::read_back(self, &threads, outcomes, complaints)
    }

    /// When a thread goes out here: what waits for a merge is merged in the copy's first commit.
    fn due(&self, thread: &Thread) -> Option<DateTime<Utc>> {
        due(thread, self.merged)
    }

    /// One run of the real thing, as a workflow would start it.
    fn publish(
        &self,
        base: &Path,
        world: &World<'_>,
    ) -> Result<(Vec<Outcome>, Option<String>), CommandError> {
        let env = |name: &str| rehearsal_env(name);
        let inner = World {
            directory: base.to_owned(),
            env: &env,
            clock: ticking(&self.now),
            storage: &Machine,
            network: &Loopback {
                clock: ticking(&self.now),
            },
            stop: world.stop.clone(),
            pause: Arc::new(NoPause),
            rehearsal: Some(self.serving.url().to_owned()),
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
        let args = PublishArgs {
            push: PushArgs {
                push: true,
                ..PushArgs::default()
            },
            ..PublishArgs::default()
        };
        let run = publish::run_once((&args, None), None, &inner, &mut console);
        let words = String::from_utf8_lossy(&err).into_owned();
        match run {
            Ok(run) if run.exit == Exit::Done => Ok((run.outcomes, None)),
            Ok(run) => Ok((run.outcomes, Some(words))),
            Err(error) => Ok((Vec::new(), Some(format!("{words}{error}")))),
        }
    }
}

/// Nothing of the user's environment takes part.
fn rehearsal_env(name: &str) -> Option<String> {
    match name {
        "BLUESKY_HANDLE" => Some(NOBODY.into()),
        _ if name.contains("PASSWORD") => Some(PASSWORD.into()),
        _ => None,
    }
}

/// The simulated moment, which passes a millisecond at each look, so that no two are the same.
fn ticking(now: &Arc<AtomicI64>) -> Clock {
    let now = now.clone();
    Arc::new(move || {
        let micros = now.fetch_add(1_000, Ordering::SeqCst);
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    })
}

/// The sandbox's socket, and nothing else.
struct Loopback {
    clock: Clock,
}

impl Connect for Loopback {
    fn connect(&self) -> Result<Network, String> {
        Ok(Network {
            http: Arc::new(RealHttp::new().map_err(|error| error.to_string())?),
            dns: Arc::new(crate::atproto::identity::NoDns),
            plc: None,
            video: None,
            clock: self.clock.clone(),
            pause: Arc::new(NoPause),
            memories: Memories::default(),
            closed: true,
        })
    }
}
