//! The verbs, one file each, and what they share.

mod adopt;
mod after;
mod ask;
mod changes;
mod check;
mod complete;
mod completions;
mod doctor;
mod explain;
mod github;
mod import;
mod init;
mod library;
mod list;
mod man;
mod moment;
mod new;
mod new_file;
mod outcome;
mod pin;
mod plan;
mod preview;
mod progress;
mod publish;
mod rehearse;
mod retract;
mod retry;
mod review;
mod schema;
mod shift;
mod standing;
mod start;
mod status;
mod storage;
mod tell;
mod terminal;
mod vigil;
mod watch;

use std::{
    future::Future,
    io,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use chrono::{DateTime, Utc};

use crate::{
    atproto::pause::Pause,
    cli::{Cli, Command},
    config::{Env, PlaceError},
    report,
};

pub use complete::complete;
pub use library::Library;
pub use progress::{Beside, Progress};
pub use publish::Connect;
pub use storage::{Machine, Storage};
pub use terminal::{
    Internet, log, stop_on_signals, takes_color, wants_color, wants_progress, width,
};

/// The moment it is, as the run sees it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What a command sees of the world.
pub struct World<'a> {
    /// The folder it was called in.
    pub directory: PathBuf,
    /// The environment.
    pub env: Env<'a>,
    /// The time.
    pub clock: Clock,
    /// Files and git.
    pub storage: &'a dyn Storage,
    /// The network.
    pub network: &'a dyn Connect,
    /// Lets time pass, until the process is asked to end.
    pub pause: Arc<dyn Pause>,
    /// Set when the process is asked to end.
    pub stop: Arc<AtomicBool>,
    /// In a rehearsal, the server that every account lives at.
    pub rehearsal: Option<String>,
}

/// Waits for the network.
///
/// # Errors
/// The process can't have the threads for it.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CommandError> {
    // One for the process: a rehearsal's server lives in it between the runs.
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .map_err(CommandError::world)?;
            RUNTIME.get_or_init(|| runtime)
        }
    };
    Ok(runtime.block_on(work))
}

/// Where a command's words go.
pub struct Console<'a> {
    /// Results.
    pub out: &'a mut dyn io::Write,
    /// Everything else.
    pub err: &'a mut dyn io::Write,
    /// Whether colours are wanted.
    pub color: bool,
    /// Whether a person watches.
    pub is_terminal: bool,
    /// Columns.
    pub width: usize,
    /// Where bars are drawn.
    pub progress: &'a Progress,
}

impl Console<'_> {
    /// How frames are drawn.
    fn frames(&self) -> report::Options {
        report::Options {
            color: self.color,
            width: self.width,
        }
    }
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// All is done.
    Done = 0,
    /// The author must mend something.
    Mend = 1,
    /// It was called wrongly.
    Usage = 2,
    /// Something due did not go out, or the world failed.
    Failed = 3,
    /// Who read the output went away, as `head` does: what a shell says of SIGPIPE.
    Unread = 141,
}

/// A command could not do its work.
#[derive(Debug, thiserror::Error)]
#[error("{}", report::sanitize(message))]
pub struct CommandError {
    /// How the process ends.
    pub exit: Exit,
    /// What to tell the user.
    pub message: String,
}

impl CommandError {
    /// The command was called wrongly.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
        }
    }

    /// The world did not let it.
    pub fn world(error: impl std::fmt::Display) -> Self {
        Self {
            exit: Exit::Failed,
            message: error.to_string(),
        }
    }

    /// The command was called where no posts are; a disk that fails is the world's.
    pub(crate) fn place(error: &PlaceError) -> Self {
        match error {
            PlaceError::Read(..) => Self::world(error),
            _ => Self::usage(error.to_string()),
        }
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // Nobody is there to be told.
            return Self {
                exit: Exit::Unread,
                message: String::new(),
            };
        }
        Self::world(format!("the output can't be written: {error}"))
    }
}

/// Runs one command.
///
/// # Errors
/// What kept it from its work; results, bad ones too, are an [`Exit`].
pub fn run(cli: Cli, world: &World<'_>, console: &mut Console<'_>) -> Result<Exit, CommandError> {
    let config = cli.config.as_deref();
    if let Some(folder) = &cli.directory
        && !folder.is_dir()
    {
        return Err(CommandError::usage(format!(
            "-C: there is no folder {}",
            folder.display()
        )));
    }
    if let Some(file) = config
        && !world.directory.join(file).is_file()
    {
        return Err(CommandError::usage(format!(
            "--config: there is no file {}",
            world.directory.join(file).display()
        )));
    }
    let Some(command) = cli.command else {
        return start::run(config, world, console);
    };
    match command {
        Command::Init(args) => init::run(&args, config, world, console),
        Command::Check(args) => check::run(&args, config, world, console),
        Command::Doctor(args) => doctor::run(&args, config, world, console),
        Command::Explain(args) => explain::run(&args, console),
        Command::List(args) => list::run(&args, config, world, console),
        Command::Plan(args) => plan::run(&args, config, world, console),
        Command::Preview(args) => preview::run(&args, config, world, console),
        Command::Review(args) => review::run(&args, config, world, console),
        Command::Pin(args) => pin::run(&args, config, world, console),
        Command::New(args) => new::run(&args, config, world, console),
        Command::Import(args) => import::run(&args, config, world, console),
        Command::Schema(args) => schema::run(&args, console),
        Command::Publish(args) => publish::run(&args, config, world, console),
        Command::Watch(args) => watch::run(args, config, world, console),
        Command::Status(args) => status::run(&args, config, world, console),
        Command::Rehearse(args) => rehearse::run(&args, config, world, console),
        Command::Adopt(args) => adopt::run(&args, config, world, console),
        Command::Retry(args) => retry::run(&args, config, world, console),
        Command::Retract(args) => retract::run(&args, config, world, console),
        Command::Shift(args) => shift::run(&args, config, world, console),
        Command::Completions(args) => completions::run(&args, console),
        Command::Man(args) => man::run(&args, world),
    }
}
