//! `updraft import`: posts from the files of other tools.

mod find;
mod place;
mod report;

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Component, Path, PathBuf},
};

use super::{CommandError, Console, Exit, Library, World};
use crate::{
    cli::{ImportArgs, ImportTool},
    diagnostic::did_you_mean,
    import::{self, Accounts, Format, Piece, Refused, Source},
    post::limits,
};
use find::{Found, Sources};
use place::Places;
use report::{Entry, Outcome};

/// Runs it.
pub(super) fn run(
    args: &ImportArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = Library::load_to_add(world, config);
    let library = Library::require(library, Exit::Mend, world, console)?;
    let format = format(args.tool);
    let target = target(args.to.as_deref(), &library, world)?;
    let sources = find::sources(
        world,
        &args.paths,
        (format, &library.folder.root.join(&target)),
    )?;
    let accounts = accounts(args, &library, (format, &sources))?;
    let mut places = Places::new(&library, &target, args.dry_run)?;
    let mut entries = Vec::new();
    for found in &sources.found {
        for piece in pieces(found, format, &accounts) {
            entries.push(place(found, piece, &mut places)?);
        }
    }
    entries.extend(sources.passed_over.iter().map(|(shown, reason)| Entry {
        source: shown.clone(),
        path: None,
        is_published: false,
        notes: Vec::new(),
        outcome: Outcome::PassedOver(reason.clone()),
    }));
    report::print(&entries, args, console)?;
    let is_whole = entries
        .iter()
        .all(|entry| !matches!(entry.outcome, Outcome::Refused(_)));
    Ok(if is_whole { Exit::Done } else { Exit::Mend })
}

fn format(tool: ImportTool) -> Format {
    match tool {
        ImportTool::TwitterTogether => Format::TwitterTogether,
        ImportTool::GalaxySocial => Format::GalaxySocial,
        ImportTool::NodejsBluesky => Format::NodejsBluesky,
    }
}

/// What becomes of one source.
fn pieces(found: &Found, format: Format, accounts: &Accounts) -> Vec<Piece> {
    let whole = |refused: Refused| {
        vec![Piece {
            name: String::new(),
            outcome: Err(refused),
        }]
    };
    let bytes = match read(found) {
        Ok(bytes) => bytes,
        Err(refused) => return whole(refused),
    };
    let beside = |up: usize, path: &str| find::beside(&found.full, up, path);
    let source = Source {
        name: &found.name,
        bytes: &bytes,
        beside: &beside,
    };
    import::convert(format, &source, accounts)
}

fn read(found: &Found) -> Result<Vec<u8>, Refused> {
    let refused = |reason: String, remedy: &str| Refused {
        reason,
        remedy: remedy.to_owned(),
    };
    if let Some(problem) = &found.problem {
        return Err(refused(problem.clone(), "import the file itself"));
    }
    let unreadable = |error| refused(format!("it can't be read: {error}"), "mend its permissions");
    let length = fs::metadata(&found.full).map_err(unreadable)?.len();
    if length > limits::FILE_BYTES {
        let most = limits::FILE_BYTES;
        let reason = format!("the file has {length} bytes; at most {most} are read");
        return Err(refused(reason, "cut it into several files"));
    }
    fs::read(&found.full).map_err(unreadable)
}

fn place(found: &Found, piece: Piece, places: &mut Places<'_>) -> Result<Entry, CommandError> {
    let entry = |path, outcome| Entry {
        source: found.shown.clone(),
        path,
        is_published: false,
        notes: Vec::new(),
        outcome,
    };
    match piece.outcome {
        Err(refused) => Ok(entry(None, Outcome::Refused(refused))),
        Ok(draft) => {
            let path = places.path(&found.folder, &piece.name);
            match places.put(draft, &path)? {
                Ok(put) => Ok(Entry {
                    is_published: put.is_published,
                    notes: put.notes,
                    ..entry(Some(path), put.outcome)
                }),
                Err(refused) => Ok(entry(Some(path), Outcome::Refused(refused))),
            }
        }
    }
}

/// The folder that the posts go to, relative to the root.
fn target(to: Option<&Path>, library: &Library, world: &World<'_>) -> Result<String, CommandError> {
    let posts = &library.folder.posts;
    let Some(to) = to else {
        return Ok(posts.clone());
    };
    let here = dunce::canonicalize(&world.directory).map_err(CommandError::world)?;
    let full = lexical(&here.join(to));
    let relative = full.strip_prefix(&library.folder.root).ok();
    let inside = relative.filter(|relative| relative.starts_with(posts));
    let inside = inside.and_then(Path::to_str).ok_or_else(|| {
        CommandError::usage(format!(
            "--to: {} is not in the posts folder `{posts}`; name one that is, or set `posts:` in updraft.yml",
            to.display()
        ))
    })?;
    Ok(inside.replace(std::path::MAIN_SEPARATOR, "/"))
}

/// The path without `.` and `..`; what it names need not be there yet.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What `--account` says, and what needs no saying.
fn accounts(
    args: &ImportArgs,
    library: &Library,
    (format, sources): (Format, &Sources),
) -> Result<Accounts, CommandError> {
    let known: Vec<String> = library
        .config
        .accounts
        .iter()
        .map(|account| account.name.clone())
        .collect();
    let mut accounts = Accounts {
        known,
        ..Accounts::default()
    };
    for given in &args.account {
        match given.split_once('=') {
            Some((name, account)) => {
                check_account(account, &accounts.known)?;
                accounts.mapped.push((name.to_owned(), account.to_owned()));
            }
            None => {
                check_account(given, &accounts.known)?;
                accounts.rest = Some(given.clone());
            }
        }
    }
    if format == Format::TwitterTogether
        && accounts.rest.is_none()
        && library.config.default_account.is_none()
        && !accounts.known.is_empty()
    {
        return Err(CommandError::usage(format!(
            "a tweet names no account; pass --account with one of {}",
            accounts.known.join(", ")
        )));
    }
    let readable = sources.found.iter().filter_map(|found| read(found).ok());
    let names: BTreeSet<String> = readable
        .flat_map(|bytes| import::named_accounts(format, &bytes))
        .collect();
    accounts.is_single = names.len() <= 1 && accounts.known.len() <= 1;
    Ok(accounts)
}

fn check_account(name: &str, known: &[String]) -> Result<(), CommandError> {
    if name.is_empty() || known.iter().any(|account| account == name) {
        return Ok(());
    }
    let help = match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => {
            "name it under `accounts:` in updraft.yml, or write `--account NAME=` for the only one"
                .to_owned()
        }
        None => format!("updraft.yml knows {}", known.join(", ")),
    };
    Err(CommandError::usage(format!(
        "--account: there is no account `{name}`; {help}"
    )))
}

/// Records that files of the library name already, with their paths.
fn known_records(library: &Library) -> HashMap<String, String> {
    let mut known = HashMap::new();
    for file in &library.files {
        let uris: Vec<String> = match &file.result {
            Ok(thread) => thread
                .block()
                .iter()
                .flat_map(|block| &block.posts)
                .map(|part| part.uri.clone())
                .collect(),
            Err(broken) => broken.uris.clone(),
        };
        let path = &file.diagnostics.path;
        known.extend(uris.into_iter().map(|uri| (uri, path.clone())));
    }
    known
}
