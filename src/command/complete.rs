//! What may stand at the cursor: the answers to the shells that `updraft completions` taught to ask.
//!
//! A wrong guess costs a key press and a slow one costs patience, so files are listed and their blocks
//! looked at, and nothing is checked.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap::{Arg, CommandFactory, FromArgMatches};
use clap_complete::{
    ArgValueCandidates, ArgValueCompleter, CompleteEnv, CompletionCandidate, PathCompleter,
    engine::ValueCompleter as _,
};

use super::{Exit, Machine, Storage};
use crate::{
    cli::Cli,
    config::{Config, Place},
    diagnostic::Topic,
    git::Git,
    post::{Document, file::Folder},
    receipt::Status,
    report,
};

/// What a shell sets when it asks. The engine's own `COMPLETE` is a word that a runner's environment
/// may hold for other reasons, and then nothing would be published.
pub(super) const VARIABLE: &str = "UPDRAFT_COMPLETE";

/// Answers a shell that asks what may stand at the cursor; nothing, where none asks.
pub fn complete() -> Option<Exit> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let here = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(command)
        .var(VARIABLE)
        .completer("updraft")
        .try_complete(words, here.as_deref());
    match asked {
        Ok(false) => None,
        Ok(true) => Some(Exit::Done),
        // Words on a terminal that somebody is typing at would only be in the way.
        Err(_) => Some(Exit::Failed),
    }
}

/// The command line with what can be said of its arguments, wherever they come up.
fn command() -> clap::Command {
    let verbs = Cli::command();
    let names: Vec<String> = verbs
        .get_subcommands()
        .map(|verb| verb.get_name().to_owned())
        .collect();
    names.into_iter().fold(verbs, |all, name| {
        all.mut_subcommand(name.clone(), |verb| {
            verb.mut_args(|argument| with_values(&name, argument))
        })
    })
}

fn with_values(verb: &str, argument: Arg) -> Arg {
    match (verb, argument.get_id().as_str()) {
        // Files of other tools.
        ("import", "paths") => argument,
        (_, "path" | "paths" | "only") => {
            let wanted = wanted(verb);
            let list = move |typed: &OsStr| posts(typed, wanted);
            argument.add(ArgValueCompleter::new(list))
        }
        (_, "account") => argument.add(ArgValueCandidates::new(accounts)),
        (_, "code") => argument.add(ArgValueCandidates::new(codes)),
        (_, "timezone") => argument.add(ArgValueCandidates::new(zones)),
        _ => argument,
    }
}

/// Which posts a verb is about.
#[derive(Clone, Copy)]
enum Wanted {
    /// Any, and folders of them.
    Any,
    /// Those whose block has such a status, wherever they are.
    Posts(fn(Option<&str>) -> bool),
}

fn wanted(verb: &str) -> Wanted {
    match verb {
        "retry" => Wanted::Posts(|status| status == Some(Status::Failed.as_str())),
        "retract" => Wanted::Posts(|status| status == Some(Status::Published.as_str())),
        "adopt" => Wanted::Posts(|status| status != Some(Status::Published.as_str())),
        _ => Wanted::Any,
    }
}

fn codes() -> Vec<CompletionCandidate> {
    let code = |topic: Topic| candidate(topic.code).help(Some(topic.meaning.into()));
    Topic::all().map(code).collect()
}

fn zones() -> Vec<CompletionCandidate> {
    let zones = chrono_tz::TZ_VARIANTS.iter();
    zones.map(|zone| candidate(zone.name())).collect()
}

fn accounts() -> Vec<CompletionCandidate> {
    let found = Surroundings::of_the_call().and_then(|call| call.config());
    let accounts = found.map(|(config, _)| config.accounts).unwrap_or_default();
    let named = |account: crate::config::Account| {
        let handle = report::sanitize_line(&account.handle).into_owned();
        candidate(&account.name).help(Some(handle.into()))
    };
    accounts.into_iter().map(named).collect()
}

/// The posts of the repository whose paths begin as `typed`, folder by folder as shells do it. Where it
/// leads elsewhere, or nothing is known, what is there.
fn posts(typed: &OsStr, wanted: Wanted) -> Vec<CompletionCandidate> {
    let Some(call) = Surroundings::of_the_call() else {
        return Vec::new();
    };
    let typed_text = typed.to_string_lossy();
    let elsewhere = Path::new(typed).is_absolute() || typed_text.starts_with('.');
    let listed = match elsewhere {
        true => None,
        false => call.posts(&typed_text, wanted),
    };
    listed.unwrap_or_else(|| {
        let is_post = |path: &Path| path.is_dir() || path.extension() == Some(OsStr::new("md"));
        let files = PathCompleter::any().filter(is_post);
        files.current_dir(call.directory).complete(typed)
    })
}

fn candidate(word: &str) -> CompletionCandidate {
    CompletionCandidate::new(report::sanitize_line(word).into_owned())
}

/// Where the command that is being typed would run.
struct Surroundings {
    directory: PathBuf,
    config: Option<PathBuf>,
}

impl Surroundings {
    /// By what stands on the command line so far.
    fn of_the_call() -> Option<Self> {
        let words = std::env::args_os().skip_while(|word| word != "--").skip(1);
        let typed = Cli::command().ignore_errors(true);
        let matches = typed.try_get_matches_from(words).ok()?;
        let cli = Cli::from_arg_matches(&matches);
        let (directory, config) = cli.map_or((None, None), |cli| (cli.directory, cli.config));
        Some(Self {
            directory: dunce::canonicalize(directory.unwrap_or_else(|| ".".into())).ok()?,
            config,
        })
    }

    fn config(&self) -> Option<(Config, PathBuf)> {
        let repository = Machine.repository(&self.directory).ok()?;
        let root = repository.as_deref().map(Git::root);
        let place = Place::find(&self.directory, root, self.config.as_deref()).ok()?;
        let env = |name: &str| std::env::var(name).ok();
        let config = Config::load(&place, &env).ok()?;
        Some((config, place.root))
    }

    fn posts(&self, typed: &str, wanted: Wanted) -> Option<Vec<CompletionCandidate>> {
        let (config, root) = self.config()?;
        let folder = Folder {
            root: dunce::canonicalize(root).ok()?,
            posts: config.posts,
            ignore: config.ignore,
            may_be_missing: true,
            disk: Machine.disk(),
        };
        // Paths are completed from where one stands, which is at or below the root.
        let below = self.directory.strip_prefix(&folder.root).ok()?;
        let below = below
            .to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/");
        let prefix = if below.is_empty() { below } else { below + "/" };
        let found = folder.find().ok()?;
        let shown = found.iter().filter_map(|found| {
            let shown = found.path.strip_prefix(&prefix)?;
            let fits = shown.starts_with(typed) && report::sanitize_line(shown) == shown;
            fits.then_some((found.path.as_str(), shown))
        });
        Some(match wanted {
            Wanted::Posts(is_wanted) => shown
                .filter_map(|(path, shown)| post(&folder, path, shown, is_wanted))
                .collect(),
            Wanted::Any => step_by_step(&folder, shown, typed.len()),
        })
    }
}

/// The folders first that come next behind what is typed, then the posts.
fn step_by_step<'a>(
    folder: &Folder,
    shown: impl Iterator<Item = (&'a str, &'a str)>,
    typed: usize,
) -> Vec<CompletionCandidate> {
    let (mut folders, mut posts) = (BTreeSet::new(), Vec::new());
    for (path, shown) in shown {
        match shown[typed..].find('/') {
            Some(end) => drop(folders.insert(&shown[..=typed + end])),
            None => posts.extend(post(folder, path, shown, |_| true)),
        }
    }
    let folders = folders.into_iter().map(CompletionCandidate::new);
    folders.chain(posts).collect()
}

/// A post with its first words, if it is wanted.
fn post(
    folder: &Folder,
    path: &str,
    shown: &str,
    is_wanted: impl Fn(Option<&str>) -> bool,
) -> Option<CompletionCandidate> {
    let bytes = folder.read(path).ok()?;
    let Ok(document) = Document::parse(path, bytes) else {
        // It is broken, and may be meant for that.
        return is_wanted(None).then(|| CompletionCandidate::new(shown));
    };
    let matter = &document.source()[document.matter()];
    is_wanted(status(matter)).then(|| {
        let first = document
            .body_text()
            .lines()
            .find(|line| !line.trim().is_empty());
        let first = first.map(|line| report::sanitize_line(line.trim()).into_owned().into());
        CompletionCandidate::new(shown).help(first)
    })
}

/// The status in the block, which updraft wrote itself.
fn status(matter: &str) -> Option<&str> {
    let mut lines = matter.lines().skip_while(|line| *line != "bluesky:");
    lines.find_map(|line| line.strip_prefix("  status: "))
}
