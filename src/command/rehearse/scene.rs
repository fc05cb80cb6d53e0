//! Where a rehearsal's files are.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::command::{CommandError, Library, World, storage::temporary};

/// The folders of a rehearsal.
pub(super) enum Scene {
    Temporary(TempDir),
    Kept { work: PathBuf, remote: TempDir },
}

impl Scene {
    /// Makes them: `keep` is for the work tree, if it is to be kept.
    pub(super) fn set(keep: Option<&Path>) -> Result<Self, CommandError> {
        let Some(keep) = keep else {
            return Ok(Self::Temporary(temporary()?));
        };
        let remote = temporary()?;
        let failed = |error: io::Error| unusable(keep, &error.to_string());
        fs::create_dir_all(keep).map_err(failed)?;
        let work = dunce::canonicalize(keep).map_err(failed)?;
        Ok(Self::Kept { work, remote })
    }

    /// The work tree and the remote.
    pub(super) fn path(&self) -> (PathBuf, PathBuf) {
        match self {
            Self::Temporary(folder) => {
                (folder.path().join("work"), folder.path().join("remote.git"))
            }
            Self::Kept { work, remote } => (work.clone(), remote.path().join("remote.git")),
        }
    }

    /// The work tree, if it is kept.
    pub(super) fn kept(&self) -> Option<&Path> {
        match self {
            Self::Temporary(_) => None,
            Self::Kept { work, .. } => Some(work),
        }
    }
}

/// The folder that `--keep` names, which must be new or empty.
///
/// # Errors
/// It is a file, is not empty, or can't be read.
pub(super) fn to_keep(named: &Path, world: &World<'_>) -> Result<PathBuf, CommandError> {
    let folder = world.directory.join(named);
    let wrong = |why: &str| Err(unusable(named, why));
    match fs::read_dir(&folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(folder),
            Some(_) => wrong("it is not empty"),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(folder),
        Err(_) if folder.is_file() => wrong("it is a file"),
        Err(error) => wrong(&error.to_string()),
    }
}

/// Published posts in the posts folder would be taken for the author's own.
///
/// # Errors
/// The folder lies in the posts folder.
pub(super) fn outside_posts(folder: &Path, library: &Library) -> Result<(), CommandError> {
    let posts = library.folder.root.join(&library.folder.posts);
    match settled(folder).starts_with(settled(&posts)) {
        true => Err(unusable(folder, "it lies in the posts folder")),
        false => Ok(()),
    }
}

/// Where a folder is, or would be.
fn settled(path: &Path) -> PathBuf {
    let above = path.ancestors();
    let mut known = above.filter_map(|above| Some((above, dunce::canonicalize(above).ok()?)));
    match known.next() {
        Some((above, real)) => real.join(path.strip_prefix(above).unwrap_or(path)),
        None => path.to_owned(),
    }
}

fn unusable(folder: &Path, why: &str) -> CommandError {
    let folder = folder.display();
    CommandError::usage(format!(
        "--keep: {folder} can't take the published work tree: {why}; name a new or an empty folder elsewhere"
    ))
}
