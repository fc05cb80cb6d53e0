//! The command line: what can be written there, and its help.

use std::{path::PathBuf, sync::LazyLock, time::Duration};

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    error::{ContextKind, ContextValue},
};

use crate::post::late;

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

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
}

/// `updraft init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The account's handle, such as `example.com`
    #[arg(long)]
    pub handle: Option<String>,
    /// The IANA zone of the times in posts; UTC otherwise
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<String>,
    /// The folder of the posts; `posts` otherwise
    #[arg(long, value_name = "FOLDER")]
    pub posts: Option<String>,
    /// Where the workflows get updraft from, as an action pinned to a commit
    #[arg(long, value_name = "OWNER/REPO@SHA")]
    pub action: Option<String>,
    /// Ask nothing
    #[arg(long)]
    pub yes: bool,
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

/// `updraft doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Ask the accounts' servers too: handles, clocks, limits, and one login each
    #[arg(long)]
    pub online: bool,
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    pub format: OutputFormat,
}

/// `updraft explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// What stands in brackets behind `error`, `warning` or `note`; all codes otherwise
    pub code: Option<String>,
    /// How to print it: human or json
    #[arg(long, value_enum, default_value = "human")]
    #[arg(hide_possible_values = true)]
    pub format: OutputFormat,
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

/// Which schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// What stands above a post
    FrontMatter,
    /// updraft.yml
    Config,
    /// What `check --format json` prints
    Check,
    /// What `doctor --format json` prints
    Doctor,
    /// What `explain --format json` prints
    Explain,
    /// What `import --format json` prints
    Import,
    /// What `list --format json` prints
    List,
    /// What `plan --format json` prints
    Plan,
    /// What `preview --format json` prints
    Preview,
    /// What `publish --format json` prints
    Publish,
    /// What `review --format json` prints
    Review,
    /// What `status --format json` prints
    Status,
}

impl SchemaOf {
    /// As on the command line: a verb, `front-matter` or `config`.
    pub fn name(self) -> &'static str {
        match self {
            Self::FrontMatter => "front-matter",
            Self::Config => "config",
            Self::Check => "check",
            Self::Doctor => "doctor",
            Self::Explain => "explain",
            Self::Import => "import",
            Self::List => "list",
            Self::Plan => "plan",
            Self::Preview => "preview",
            Self::Publish => "publish",
            Self::Review => "review",
            Self::Status => "status",
        }
    }
}

/// `updraft schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value = "front-matter")]
    pub of: SchemaOf,
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

/// What completes command lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash, from 4 on
    Bash,
    /// Elvish
    Elvish,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
    /// zsh
    Zsh,
}

/// `updraft completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Of this shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `updraft man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder that they go to; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
