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

/// What was named on the command line.
pub(super) struct Sources {
    /// The files of the format, by path.
    pub(super) found: Vec<Found>,
    /// The others in the folders, each with the reason.
    pub(super) passed_over: Vec<(String, String)>,
}

/// The files at `paths`, relative to the folder of the call: each that is named itself, and in folders
/// those with the format's ending, but nothing in `target`, which the import writes.
///
/// # Errors
/// A path that is not there, or a folder that can't be read or holds no such file.
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
            sources
                .found
                .push(found(given.clone(), full, PathBuf::new()));
        }
    }
    if sources.found.is_empty() {
        return Err(CommandError::usage(format!(
            "there is no file that ends in {} in {}",
            format.ending(),
            paths
                .first()
                .map_or(Path::new("."), PathBuf::as_path)
                .display()
        )));
    }
    Ok(sources)
}

impl Sources {
    fn walk(
        &mut self,
        (given, full): (&Path, &Path),
        (format, target): (Format, &Path),
    ) -> Result<(), CommandError> {
        let named = dunce::canonicalize(full).map_err(CommandError::world)?;
        let written = (named != target).then(|| target.to_owned());
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
            let name = entry.file_name().to_string_lossy();
            if name.ends_with(format.ending()) {
                let folder = inside.parent().unwrap_or(Path::new("")).to_owned();
                self.found
                    .push(found(shown, entry.path().to_owned(), folder));
            } else {
                let reason = format!("its name does not end in {}", format.ending());
                self.passed_over.push((slashed(&shown), reason));
            }
        }
        Ok(())
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

/// A file `up` folders above that of `source`, at a path below it; `None` if there is none.
///
/// # Errors
/// Why what is there can't be used.
pub(super) fn beside(source: &Path, up: usize, path: &str) -> Result<Option<Vec<u8>>, String> {
    let folder = source.parent().map(dunce::canonicalize);
    let Some(Ok(folder)) = folder else {
        return Ok(None);
    };
    let Some(base) = folder.ancestors().nth(up) else {
        return Ok(None);
    };
    let mut full = base.to_owned();
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
