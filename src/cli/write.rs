//! What writes post files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::OutputFormat;

/// `updraft pin`
#[derive(Debug, Args)]
pub struct PinArgs {
    /// Files or folders; all posts that wait otherwise
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read the pages of cards that are pinned already, too
    #[arg(long)]
    pub refresh: bool,
}

/// `updraft new`
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The file's name without date and ending, such as `launch`
    pub slug: String,
    /// When it is due, such as `2026-12-01 09:00`; a draft otherwise
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// The IANA zone of --at, where it has no offset and updraft.yml sets none
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// One of the accounts of updraft.yml
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
}

/// Whose files are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportTool {
    /// twitter-together/action: .tweet files
    TwitterTogether,
    /// usegalaxy-eu/galaxy-social: Markdown for several networks
    GalaxySocial,
    /// nodejs/bluesky: JSON, requested or processed
    NodejsBluesky,
}

impl ImportTool {
    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::TwitterTogether => "twitter-together",
            Self::GalaxySocial => "galaxy-social",
            Self::NodejsBluesky => "nodejs-bluesky",
        }
    }
}

/// `updraft import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The tool: twitter-together, galaxy-social or nodejs-bluesky
    #[arg(value_enum, hide_possible_values = true)]
    pub tool: ImportTool,
    /// Its files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The folder that the posts go to, in the posts folder; the posts folder itself otherwise
    #[arg(long, value_name = "FOLDER")]
    pub to: Option<PathBuf>,
    /// The account of updraft.yml that a name of the tool stands for, or that all others stand for
    #[arg(long, value_name = "[NAME=]ACCOUNT")]
    pub account: Vec<String>,
    /// Only show what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// How to print it: human or json
    #[arg(long, value_enum, default_value = "human")]
    #[arg(hide_possible_values = true)]
    pub format: OutputFormat,
}

/// `updraft adopt`
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// The post's file
    pub path: PathBuf,
    /// The post's page on bsky.app, or its AT URI
    pub url: String,
}

/// `updraft retry`
#[derive(Debug, Args)]
pub struct RetryArgs {
    /// The post's file
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// `updraft shift`
#[derive(Debug, Args)]
pub struct ShiftArgs {
    /// How far: +15m, -2h, +1d (the same time of day), +1h30m
    #[arg(value_name = "BY", allow_hyphen_values = true)]
    pub by: String,
    /// Files or folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only show what would move
    #[arg(long)]
    pub dry_run: bool,
}
