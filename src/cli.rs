//! The command line: what can be written there, and its help.

mod look;
mod publish;
mod set_up;
mod write;

use std::{path::PathBuf, sync::LazyLock};

use clap::{
    Parser, Subcommand, ValueEnum,
    error::{ContextKind, ContextValue},
};

pub use self::{look::*, publish::*, set_up::*, write::*};

/// Where help lists what every verb takes.
const GLOBAL: &str = "Global options";

/// Bluesky posts as Markdown files in git: reviewed in pull requests, published when due, once.
#[derive(Debug, Parser)]
#[command(version, long_version = long_version(), bin_name = "updraft")]
#[command(max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done; 1 a file needs mending; 2 wrong usage; 3 something due did not go out."
)]
pub struct Cli {
    /// Work as if updraft had been started in this folder
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    #[arg(help_heading = GLOBAL)]
    pub directory: Option<PathBuf>,
    /// The configuration file, if it is not the updraft.yml here or above
    #[arg(long, value_name = "FILE", global = true, help_heading = GLOBAL)]
    pub config: Option<PathBuf>,
    /// Say what happens on the network and in git (twice: more)
    #[arg(short, long, action = clap::ArgAction::Count, global = true, help_heading = GLOBAL)]
    pub verbose: u8,
    /// What to do; how it stands otherwise.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Reads the command line of this process; ends it where that is help or wrong usage.
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|mut error| {
            // clap names what is most alike last.
            let kind = ContextKind::SuggestedSubcommand;
            if let Some(ContextValue::Strings(names)) = error.get(kind) {
                let names = names.iter().rev().cloned().collect();
                error.insert(kind, ContextValue::Strings(names));
            }
            error.exit()
        })
    }
}

/// Time zones change by decree: which data was compiled in matters.
fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{}\ntime zones: IANA {}",
            env!("CARGO_PKG_VERSION"),
            chrono_tz::IANA_TZDB_VERSION
        )
    });
    &TEXT
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set a repository up: settings, a first draft, workflows that review and publish
    #[command(
        after_help = "It never overwrites a file.\n\nExample: updraft init --handle example.com --timezone Europe/Berlin"
    )]
    Init(InitArgs),
    /// Find every mistake in every post; offline, unless asked
    #[command(after_help = "Example: updraft check posts/2026-12-01-launch.md")]
    Check(CheckArgs),
    /// Look the set-up over: workflows, secrets, the clone; each finding with its remedy
    #[command(
        after_help = "Without --online it asks nobody, and needs no secret. Exits 1 if something is to be mended; notes don't count.\n\nExample: updraft doctor --online"
    )]
    Doctor(DoctorArgs),
    /// Say what the code of a mistake or a finding means, and what to do
    #[command(after_help = "Example: updraft explain text-too-long")]
    Explain(ExplainArgs),
    /// Show the queue and the archive, and whether the network agrees
    #[command(after_help = "Example: updraft list --status published --since 2026-12-01 --online")]
    List(ListArgs),
    /// Show what a run would do now and why, and what waits
    #[command(after_help = "Example: updraft plan --format json")]
    Plan(PlanArgs),
    /// Show exactly what would be published
    #[command(after_help = "Example: updraft preview posts/2026-12-01-launch.md")]
    Preview(PreviewArgs),
    /// Show what a branch changes about what goes out: the report for a pull request
    #[command(
        after_help = "It compares with what the branch began from. Exits 1 if a file that the branch touches has errors.\n\nExample: updraft review --base origin/main --format html --output review.html"
    )]
    Review(ReviewArgs),
    /// Read the pages behind link cards now, and write what they show into the files
    #[command(after_help = "Example: updraft pin posts/launch.md")]
    Pin(PinArgs),
    /// Write the skeleton of a post
    #[command(after_help = "Example: updraft new launch --at '2026-12-01 09:00'")]
    New(NewArgs),
    /// Make posts of the files of another tool; what is on Bluesky is never sent again
    #[command(
        after_help = "It never overwrites a file, and what is not on Bluesky becomes a draft. Exits 1 if something\nwas not converted; the report says why, and what to do.\n\nExample: updraft import galaxy-social posts --to social --account bluesky-eu=main"
    )]
    Import(ImportArgs),
    /// Print a JSON Schema: of the front matter, of updraft.yml, or of what a verb prints
    #[command(after_help = "Example: updraft schema front-matter > schema/front-matter.json")]
    Schema(SchemaArgs),
    /// Publish what is due, write the results into the files, and commit them
    #[command(
        after_help = "Whom it tells of what failed stands in updraft.yml, under `notify:`.\n\nExample: updraft publish --push --metrics /var/lib/node_exporter/updraft.prom"
    )]
    Publish(PublishArgs),
    /// Stay up, and publish each post on the second
    #[command(after_help = "Example: updraft watch --push")]
    Watch(WatchArgs),
    /// Show how it stands: what is due, waits, failed or was missed; how late posts go out
    #[command(
        after_help = "It asks no server, and exits 0 whatever it finds.\n\nExample: updraft status --format json"
    )]
    Status(StatusArgs),
    /// Publish every waiting post now, in a copy, on a server inside this process
    #[command(after_help = "Example: updraft rehearse --until 2026-12-31")]
    Rehearse(RehearseArgs),
    /// Write the URI of a post that is on Bluesky already into its file
    #[command(
        after_help = "Example: updraft adopt posts/launch.md https://bsky.app/profile/example.com/post/3m…"
    )]
    Adopt(AdoptArgs),
    /// Make a failed post due again
    #[command(after_help = "Example: updraft retry posts/launch.md")]
    Retry(RetryArgs),
    /// Take published posts back: delete them on Bluesky, whole threads and their gates
    #[command(
        after_help = "It can't be undone. With `retract: true` in a file the next run does the same, once that is merged.\n\nExample: updraft retract posts/launch.md --push"
    )]
    Retract(RetractArgs),
    /// Move posts that wait to earlier or later, all by as much
    #[command(after_help = "Example: updraft shift +15m posts/conference")]
    Shift(ShiftArgs),
    /// Print what a shell needs to complete verbs, posts, accounts and codes
    #[command(after_help = "A new shell completes once its file is there:

  bash        ~/.local/share/bash-completion/completions/updraft
  zsh         ~/.zfunc/_updraft, with `fpath=(~/.zfunc $fpath)` before `compinit` in .zshrc
  fish        ~/.config/fish/completions/updraft.fish
  PowerShell  at the end of $PROFILE
  Elvish      at the end of ~/.config/elvish/rc.elv

Example: updraft completions bash > ~/.local/share/bash-completion/completions/updraft")]
    Completions(CompletionsArgs),
    /// Write the man pages
    #[command(after_help = "Example: updraft man ~/.local/share/man/man1")]
    Man(ManArgs),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
}
