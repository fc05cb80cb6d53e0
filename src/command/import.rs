//! `updraft import`: posts from the files of other tools.

mod accounts;
mod again;
mod find;
mod pictures;
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
    import::{self, Accounts, Format, Lack, Piece, Refused, Source},
    post::limits,
};
use again::Call;
use find::{Found, Sources};
use pictures::Pictures;
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
    check_folder(args, format, &library, world)?;
    let sources = find::sources(
        world,
        &args.paths,
        (format, &library.folder.root.join(&target)),
    )?;
    let settled = accounts::settle(args, (&library, format), &sources, console)?;
    let mut places = Places::new(&library, &target, args.dry_run)?;
    let mut pictures = Pictures::default();
    let mut entries = Vec::new();
    for found in &sources.found {
        for mut piece in pieces(found, format, (&settled.accounts, &pictures)) {
            piece.outcome = piece.outcome.and_then(|draft| pictures.claim(found, draft));
            let mut entry = place(found, piece, &mut places)?;
            pass_over(&mut entry, found, &settled.left_out);
            entries.push(entry);
        }
    }
    let passed_over = sources.passed_over.iter();
    let passed_over = passed_over.filter(|file| !pictures.has_read(&file.full));
    entries.extend(passed_over.map(|file| Entry {
        source: file.shown.clone(),
        path: None,
        is_published: false,
        is_elsewhere: false,
        notes: Vec::new(),
        outcome: Outcome::PassedOver(file.reason.clone()),
    }));
    let call = Call {
        args,
        directory: &world.directory,
        config,
        known: &settled.accounts.known,
    };
    report::print(&entries, &call, console)?;
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

/// Keeps galaxy-social's files and updraft's apart, which both end in `.md`.
///
/// # Errors
/// A post of galaxy-social that was named, or lies in a folder that was, is among updraft's own.
fn check_folder(
    args: &ImportArgs,
    format: Format,
    library: &Library,
    world: &World<'_>,
) -> Result<(), CommandError> {
    if format != Format::GalaxySocial {
        return Ok(());
    }
    let named = args.paths.iter();
    let named = named.filter_map(|path| dunce::canonicalize(world.directory.join(path)).ok());
    let named: Vec<PathBuf> = named.collect();
    let is_theirs = |path: &&str| {
        let full = library.folder.root.join(path);
        named.iter().any(|named| full.starts_with(named))
            && fs::read(full).is_ok_and(|bytes| !import::named_accounts(format, &bytes).is_empty())
    };
    let mut own = library
        .files
        .iter()
        .map(|file| file.diagnostics.path.as_str());
    let Some(path) = own.find(is_theirs) else {
        return Ok(());
    };
    let posts = &library.folder.posts;
    let name = match posts.as_str() {
        "social" => "updraft",
        _ => "social",
    };
    Err(CommandError::usage(format!(
        "{path}: galaxy-social's own files lie in `{posts}`, which updraft takes for its posts; set \
         `posts: {name}` in updraft.yml (`updraft init --posts {name}` writes one), and import them again"
    )))
}

/// What becomes of one source.
fn pieces(
    found: &Found,
    format: Format,
    (accounts, pictures): (&Accounts, &Pictures),
) -> Vec<Piece> {
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
    let beside = |up: usize, path: &str| pictures.read(&found.full, up, path);
    let source = Source {
        name: &found.name,
        bytes: &bytes,
        beside: &beside,
    };
    import::convert(format, &source, accounts)
}

fn read(found: &Found) -> Result<Vec<u8>, Refused> {
    if let Some(problem) = &found.problem {
        return Err(Refused::new(problem, "import the file itself"));
    }
    let unreadable =
        |error| Refused::new(format!("it can't be read: {error}"), "mend its permissions");
    let length = fs::metadata(&found.full).map_err(unreadable)?.len();
    if length > limits::FILE_BYTES {
        let most = limits::FILE_BYTES;
        let reason = format!("the file has {length} bytes; at most {most} are read");
        return Err(Refused::new(reason, "cut it into several files"));
    }
    fs::read(&found.full).map_err(unreadable)
}

fn place(found: &Found, piece: Piece, places: &mut Places<'_>) -> Result<Entry, CommandError> {
    let entry = |path, outcome| Entry {
        source: found.shown.clone(),
        path,
        is_published: false,
        is_elsewhere: false,
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
                    is_elsewhere: put.path != path,
                    ..entry(Some(put.path), put.outcome)
                }),
                Err(refused) => Ok(entry(Some(path), Outcome::Refused(refused))),
            }
        }
    }
}

/// What nobody wanted is no failure, nor is a page about the repository.
fn pass_over(entry: &mut Entry, found: &Found, left_out: &BTreeSet<String>) {
    let Outcome::Refused(refused) = &entry.outcome else {
        return;
    };
    entry.outcome = match &refused.lack {
        Some(Lack::Account(name)) if left_out.contains(name) => {
            Outcome::PassedOver(format!("`{name}` was left out"))
        }
        None if found.is_about() => Outcome::PassedOver(refused.reason.clone()),
        _ => return,
    };
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
