//! The sources of an import, and what lies beside them: no symbolic link is followed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;

use crate::{
    command::{CommandError, World},
    import::Format,
};

/// The largest picture that is taken along, in bytes.
const MOST_BYTES: u64 = 50_000_000;

/// Pages that stand in many repositories and are no posts.
const ABOUT: [&str; 5] = [
    "readme",
    "contributing",
    "changelog",
    "code_of_conduct",
    "license",
];

/// A file that is to be converted.
pub(super) struct Found {
    /// As the report names it.
    pub(super) shown: String,
    /// Where it is.
    pub(super) full: PathBuf,
    /// Its name without folders.
    pub(super) name: String,
    /// Its folder, below the one that was named.
    pub(super) folder: PathBuf,
    /// Why it can't be one.
    pub(super) problem: Option<String>,
}

impl Found {
    /// Whether its name is that of a page about the repository, and it is a post only if it can be read as one.
    pub(super) fn is_about(&self) -> bool {
        let stem = self.name.split('.').next().unwrap_or_default();
        ABOUT.contains(&stem.to_ascii_lowercase().as_str())
    }
}

/// What was named on the command line.
pub(super) struct Sources {
    /// The files of the format, by path.
    pub(super) found: Vec<Found>,
    /// The others.
    pub(super) passed_over: Vec<PassedOver>,
}

/// A file that is none of the format's.
pub(super) struct PassedOver {
    /// As the report names it.
    pub(super) shown: String,
    /// Where it is.
    pub(super) full: PathBuf,
    /// Why.
    pub(super) reason: String,
}

/// The files at `paths`, relative to the folder of the call, that have the format's ending; but nothing in
/// `target`, which the import writes.
///
/// # Errors
/// A path that is not there, a folder that can't be read, or nothing with the format's ending.
pub(super) fn sources(
    world: &World<'_>,
    paths: &[PathBuf],
    (format, target): (Format, &Path),
) -> Result<Sources, CommandError> {
    let mut sources = Sources {
        found: Vec::new(),
        passed_over: Vec::new(),
    };
    for given in paths {
        let full = world.directory.join(given);
        let missing =
            |error: io::Error| CommandError::usage(format!("{}: {error}", given.display()));
        let kind = full.symlink_metadata().map_err(missing)?;
        if kind.is_dir() {
            sources.walk((given, &full), (format, target))?;
        } else {
            sources.add(found(given.clone(), full, PathBuf::new()), format);
        }
    }
    if sources.found.is_empty() {
        return Err(nothing(&sources.passed_over, paths, format));
    }
    Ok(sources)
}

fn nothing(passed_over: &[PassedOver], paths: &[PathBuf], format: Format) -> CommandError {
    let first = paths.first().map_or(Path::new("."), PathBuf::as_path);
    let ending = format.ending();
    let named = passed_over.iter().find(|file| file.shown == slashed(first));
    CommandError::usage(match named {
        Some(PassedOver { shown, reason, .. }) => format!(
            "{shown}: {reason}; give a copy of it a name that ends in {ending} to import it"
        ),
        None => format!(
            "there is no file that ends in {ending} in {}",
            first.display()
        ),
    })
}

impl Sources {
    /// Takes a file whose name is one of the format's; keeps why another one is not.
    fn add(&mut self, found: Found, format: Format) {
        match foreign(&found.name, format) {
            Some(reason) => self.passed_over.push(PassedOver {
                shown: found.shown,
                full: found.full,
                reason,
            }),
            None => self.found.push(found),
        }
    }

    fn walk(
        &mut self,
        (given, full): (&Path, &Path),
        (format, target): (Format, &Path),
    ) -> Result<(), CommandError> {
        let named = dunce::canonicalize(full).map_err(CommandError::world)?;
        let written = (named != target).then(|| target.to_owned());
        if written.is_some() && target.is_dir() && target.starts_with(&named) {
            let inside = target.strip_prefix(&named).unwrap_or(target);
            self.passed_over.push(PassedOver {
                shown: slashed(&given.join(inside)),
                full: target.to_owned(),
                reason: "the import writes there".to_owned(),
            });
        }
        let walk = WalkBuilder::new(&named)
            .standard_filters(false)
            .follow_links(false)
            .sort_by_file_path(Path::cmp)
            .filter_entry(move |entry| {
                entry.file_name() != ".git" && written.as_deref() != Some(entry.path())
            })
            .build();
        for entry in walk {
            let entry = entry.map_err(CommandError::world)?;
            if entry.file_type().is_none_or(|kind| kind.is_dir()) {
                continue;
            }
            let inside = entry.path().strip_prefix(&named).unwrap_or(entry.path());
            let shown = given.join(inside);
            let folder = inside.parent().unwrap_or(Path::new("")).to_owned();
            self.add(found(shown, entry.path().to_owned(), folder), format);
        }
        Ok(())
    }
}

/// Why a file of this name is none of the format's posts.
fn foreign(name: &str, format: Format) -> Option<String> {
    let ending = format.ending();
    match name.strip_suffix(".example") {
        _ if name.ends_with(ending) => None,
        Some(rest) if rest.ends_with(ending) => Some("it is an example of the tool".to_owned()),
        _ => Some(format!("its name does not end in {ending}")),
    }
}

fn found(shown: PathBuf, full: PathBuf, folder: PathBuf) -> Found {
    let kind = full.symlink_metadata().map(|metadata| metadata.file_type());
    let problem = match kind {
        Ok(kind) if kind.is_symlink() => Some("it is a symbolic link".to_owned()),
        Ok(kind) if kind.is_file() => None,
        Ok(_) => Some("it is no ordinary file".to_owned()),
        Err(error) => Some(error.to_string()),
    };
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    Found {
        name: name.into_owned(),
        shown: slashed(&shown),
        full,
        folder,
        problem,
    }
}

/// Where a path leads from `up` folders above that of `source`.
pub(super) fn place(source: &Path, up: usize, path: &str) -> Option<PathBuf> {
    let folder = dunce::canonicalize(source.parent()?).ok()?;
    Some(folder.ancestors().nth(up)?.join(path))
}

/// The file at a [`place`]; `None` if there is none.
///
/// # Errors
/// Why what is there can't be used.
pub(super) fn beside(source: &Path, up: usize, path: &str) -> Result<Option<Vec<u8>>, String> {
    let Some(mut full) = place(source, up, "") else {
        return Ok(None);
    };
    let mut metadata = None;
    for part in path.split('/') {
        full.push(part);
        match full.symlink_metadata() {
            Ok(found) if found.is_symlink() => return Err("a symbolic link leads there".to_owned()),
            Ok(found) => metadata = Some(found),
            Err(_) => return Ok(None),
        }
    }
    let Some(metadata) = metadata.filter(fs::Metadata::is_file) else {
        return Err("it is no ordinary file".to_owned());
    };
    if metadata.len() > MOST_BYTES {
        return Err(format!(
            "it has {} bytes, and at most {MOST_BYTES} are taken along",
            metadata.len()
        ));
    }
    fs::read(&full).map(Some).map_err(|error| error.to_string())
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy()
        .replace(std::path::MAIN_SEPARATOR, "/")
}
