//! What sets a repository and a shell up, and explains.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::OutputFormat;

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
