//! What looks, and changes nothing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{OutputFormat, SelectionArgs};

/// How diagnostics are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Frames for people
    Human,
    /// For programs
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// `updraft check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Files or folders; all posts otherwise
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// In GitHub Actions, annotations are the default
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// Ask whether handles, quoted posts and the pages of cards are there; without a login
    #[arg(long)]
    pub online: bool,
    /// Exit 1 for warnings too
    #[arg(long)]
    pub deny_warnings: bool,
}

/// `updraft plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Which posts.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// How to print it: human or json
    #[arg(long, value_enum, default_value = "human")]
    #[arg(hide_possible_values = true)]
    pub format: OutputFormat,
}

/// What a file is, as `list` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PostStatus {
    /// Has errors
    Broken,
    /// Has no publish_at
    Draft,
    /// Is held back
    Held,
    /// Its time has not come
    Waiting,
    /// Its time has come
    Due,
    /// Is on Bluesky
    Published,
    /// The server refused it
    Failed,
    /// Was too late
    Missed,
    /// Was taken back
    Retracted,
}

impl PostStatus {
    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Draft => "draft",
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Due => "due",
            Self::Published => "published",
            Self::Failed => "failed",
            Self::Missed => "missed",
            Self::Retracted => "retracted",
        }
    }
}

/// `updraft list`
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Files or folders; all posts otherwise
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only posts of this account
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Only what is one of these, such as `due,waiting`
    #[arg(
        long,
        value_enum,
        value_name = "STATUS",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub status: Vec<PostStatus>,
    /// Only what is due on this day or later, or went out then without a time of its own
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Only what is due before this day or moment, or went out before it without a time of its own
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Ask whether what is published is still there, as it was published; without a login
    #[arg(long)]
    pub online: bool,
    /// How to print it: human or json
    #[arg(long, value_enum, default_value = "human")]
    #[arg(hide_possible_values = true)]
    pub format: OutputFormat,
}

/// `updraft preview`
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// Files or folders; all posts otherwise
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read the pages behind cards that are not pinned, as publishing would
    #[arg(long)]
    pub online: bool,
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    pub format: PreviewFormat,
}

/// How a preview is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PreviewFormat {
    /// For people
    Human,
    /// For programs
    Json,
    /// One file for a browser, without scripts
    Html,
}

/// How a review is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReviewFormat {
    /// For a comment or a job's summary on GitHub
    Markdown,
    /// For programs
    Json,
    /// One file for a browser, without scripts
    Html,
}

/// `updraft review`
#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// The branch that is to be merged into, such as `origin/main`
    #[arg(long, value_name = "REV")]
    pub base: String,
    /// What is to be merged; the files as they are otherwise
    #[arg(long, value_name = "REV")]
    pub head: Option<String>,
    /// Say which posts go out between 22 and 7, or at a weekend, in their own zones
    #[arg(long)]
    pub quiet_hours: bool,
    /// Write it into this file
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How to print it: markdown, json or html
    #[arg(long, value_enum, default_value = "markdown")]
    #[arg(hide_possible_values = true)]
    pub format: ReviewFormat,
}

/// `updraft status`
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// How to print it: human or json
    #[arg(long, value_enum, default_value = "human")]
    #[arg(hide_possible_values = true)]
    pub format: OutputFormat,
}

/// `updraft rehearse`
#[derive(Debug, Args)]
pub struct RehearseArgs {
    /// Leave the published work tree in this (new or empty) folder
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Stop before this day or moment, such as 2026-12-31
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
}
