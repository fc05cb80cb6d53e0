//! What publishes, and takes back.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::OutputFormat;
use crate::post::late;

/// `90s`, `20m`, `2h`, `1d`.
fn duration(text: &str) -> Result<Duration, String> {
    let read = late::read_duration(text).and_then(|duration| duration.to_std().ok());
    read.ok_or_else(|| "write for example `90s`, `20m` or `2h`".to_owned())
}

/// As `duration`, but long enough to be good to a server.
fn interval(text: &str) -> Result<Duration, String> {
    let least = Duration::from_secs(5);
    match duration(text)? {
        short if short < least => Err("that is too often: 5s is the shortest".to_owned()),
        time => Ok(time),
    }
}

/// What `plan` and `publish` have in common.
#[derive(Clone, Debug, Default, Args)]
pub struct SelectionArgs {
    /// Publish only these files or folders, if they are due
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub only: Vec<PathBuf>,
    /// Publish at most this many threads
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Publish files that are not committed, too
    #[arg(long)]
    pub allow_dirty: bool,
    /// Take back what `only` names: the command of that name.
    #[arg(skip)]
    pub retract: bool,
}

/// Where the results of a run go.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub struct PushArgs {
    /// Fetch first, and push each commit
    #[arg(long, group = "pushing")]
    pub push: bool,
    /// The same, but push to this other branch, for a pull request, which GitHub Actions opens
    #[arg(long, value_name = "BRANCH", group = "pushing")]
    pub push_to: Option<String>,
    /// The remote's branch that publishes; otherwise the upstream, or GITHUB_REF_NAME
    #[arg(long, value_name = "BRANCH", requires = "pushing")]
    pub branch: Option<String>,
}

impl PushArgs {
    /// Whether the remote is worked with at all.
    pub fn is_wanted(&self) -> bool {
        self.push || self.push_to.is_some()
    }
}

/// `updraft publish`
#[derive(Clone, Debug, Default, Args)]
pub struct PublishArgs {
    /// Which posts.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Whether and where results are pushed.
    #[command(flatten)]
    pub push: PushArgs,
    /// How long to wait, all in all, where a server's rate limit is used up
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration)]
    pub max_wait: Duration,
    /// Stay for the posts that fall due within this time, and publish each on the second
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "dry_run")]
    pub wait: Option<Duration>,
    /// Write what this process counted into this file, for Prometheus
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
    /// Only show what would be done (as `plan` does)
    #[arg(long)]
    pub dry_run: bool,
    /// Write the results into the files, but don't commit them
    #[arg(long, conflicts_with = "pushing")]
    pub no_commit: bool,
    /// How to print what was done: human, or json, and then all other words go to standard error
    #[arg(long, value_enum, default_value = "human")]
    #[arg(hide_possible_values = true, conflicts_with = "wait")]
    pub format: OutputFormat,
}

/// `updraft watch`
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Publish only these files or folders, when they are due
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub only: Vec<PathBuf>,
    /// Publish files that are not committed, too
    #[arg(long)]
    pub allow_dirty: bool,
    /// Whether the remote is fetched, and where results are pushed.
    #[command(flatten)]
    pub push: PushArgs,
    /// How often the remote is fetched
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = interval, requires = "pushing")]
    pub pull: Duration,
    /// How long to wait, all in all, where a server's rate limit is used up
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration)]
    pub max_wait: Duration,
    /// Write what this process counted into this file after each run, for Prometheus
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
}

/// `updraft retract`
#[derive(Debug, Args)]
pub struct RetractArgs {
    /// The posts' files
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Ask nothing
    #[arg(long)]
    pub yes: bool,
    /// Whether and where results are pushed.
    #[command(flatten)]
    pub push: PushArgs,
    /// How long to wait, all in all, where a server's rate limit is used up
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration)]
    pub max_wait: Duration,
    /// Only show what would be deleted
    #[arg(long)]
    pub dry_run: bool,
    /// Write the results into the files, but don't commit them
    #[arg(long, conflicts_with = "pushing")]
    pub no_commit: bool,
}
