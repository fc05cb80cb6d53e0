//! Where updraft was called: the repository's root, the folder of `updraft.yml`, and its text.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::FILE;
use crate::post::limits;

/// The folders that everything else is relative to.
#[derive(Clone, Debug)]
pub struct Place {
    /// The repository's root, else the folder of `updraft.yml`, else the posts folder's parent.
    pub root: PathBuf,
    /// The folder of `updraft.yml` (else the posts folder's parent), relative to the root.
    pub base: String,
    /// `updraft.yml`, relative to the root.
    pub config_path: String,
    /// What it says, if it is there.
    pub config_text: Option<String>,
}

/// The configuration can't be found or read.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A file can't be read.
    #[error("{0}: {1}")]
    Read(PathBuf, #[source] io::Error),
    /// Neither `updraft.yml` nor a posts folder, outside of any repository.
    #[error(
        "there is neither an updraft.yml nor a posts folder in {0} or above it; run updraft in the repository of your posts, or set one up there: `git init`, `updraft init`"
    )]
    Nothing(PathBuf),
    /// A posts folder lies further up, which may be anybody's.
    #[error("there is {0} further up, but no git repository says that it belongs to this folder; run updraft beside it (`-C {folder}`), or `git init` there first", folder = .0.parent().unwrap_or(Path::new(".")).display())]
    Above(PathBuf),
    /// The configuration lies deeper: called here, every post would be passed over in silence.
    #[error("there are no posts here, but there is {0}; run updraft there, or with -C {folder}", folder = .0.parent().unwrap_or(Path::new(".")).display())]
    Below(PathBuf),
    /// It is no file of the repository, but leads to one elsewhere.
    #[error("{0} is a symbolic link; put the file itself there, or name another one with --config")]
    Link(PathBuf),
    /// No configuration is as large.
    #[error("{0} has {1} bytes; an updraft.yml has at most {most}", most = limits::FILE_BYTES)]
    TooLarge(PathBuf, u64),
    /// The file that was named is not in the repository.
    #[error("{0} is not inside the repository {1}")]
    Outside(PathBuf, PathBuf),
}

impl Place {
    /// Looks upwards from `start` for `updraft.yml`, then for a `posts` folder, no further than
    /// `repository` (the root of a git work tree, if there is one; without it, the posts folder is the one
    /// in `start`, or one that `start` lies in); `named` is an `updraft.yml` given on the command line.
    ///
    /// # Errors
    /// Nothing is found, or it can't be read.
    pub fn find(
        start: &Path,
        repository: Option<&Path>,
        named: Option<&Path>,
    ) -> Result<Self, PlaceError> {
        let start = canonical(start)?;
        let config = match named {
            Some(file) => Some(canonical(&start.join(file))?),
            None => upwards(&start, repository)
                .map(|dir| dir.join(FILE))
                .find(|file| file.is_file()),
        };
        let posts = || {
            upwards(&start, repository).find(|dir| {
                let posts = dir.join("posts");
                // Without git, some folder further up may be anybody's.
                let is_ours = repository.is_some() || *dir == start || start.starts_with(&posts);
                is_ours && posts.is_dir()
            })
        };
        let base = match (&config, posts(), repository) {
            (Some(file), _, _) => file.parent().unwrap_or(&start).to_owned(),
            (None, Some(dir), _) => dir.to_owned(),
            // git keeps no empty folder: a repository without posts has none yet, or no more.
            (None, None, Some(repository)) => match below(repository) {
                Some(deeper) => return Err(PlaceError::Below(deeper)),
                None => repository.to_owned(),
            },
            (None, None, None) => {
                let mut above = start.ancestors().map(|dir| dir.join("posts"));
                return Err(match above.find(|posts| posts.is_dir()) {
                    Some(posts) => PlaceError::Above(posts),
                    None => PlaceError::Nothing(start),
                });
            }
        };
        let root = repository.map_or_else(|| base.clone(), Path::to_owned);
        let relative = base
            .strip_prefix(&root)
            .map_err(|_| PlaceError::Outside(base.clone(), root.clone()))?;
        let base = relative
            .to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/");
        let config_text = config.as_deref().map(read).transpose()?;
        let mut place = Self {
            root,
            base,
            config_path: String::new(),
            config_text,
        };
        place.config_path = place.in_base(FILE);
        Ok(place)
    }

    /// A path that is relative to the folder of `updraft.yml`, relative to the root.
    pub fn in_base(&self, path: &str) -> String {
        [self.base.as_str(), path]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join("/")
    }
}

/// An `updraft.yml` up to four folders below `root`, relative to it.
fn below(root: &Path) -> Option<PathBuf> {
    let walk = ignore::WalkBuilder::new(root).max_depth(Some(5)).build();
    let file = walk.flatten().find(|entry| entry.file_name() == FILE)?;
    file.path().strip_prefix(root).map(Path::to_owned).ok()
}

fn upwards<'a>(start: &'a Path, limit: Option<&'a Path>) -> impl Iterator<Item = &'a Path> {
    let mut done = false;
    start.ancestors().take_while(move |dir| {
        let go_on = !done;
        done = limit == Some(*dir);
        go_on
    })
}

fn canonical(path: &Path) -> Result<PathBuf, PlaceError> {
    dunce::canonicalize(path).map_err(|error| PlaceError::Read(path.to_owned(), error))
}

fn read(file: &Path) -> Result<String, PlaceError> {
    let failed = |error| PlaceError::Read(file.to_owned(), error);
    // Its mistakes are shown with the lines that they are in: those of another file would be, too.
    if file.symlink_metadata().map_err(failed)?.is_symlink() {
        return Err(PlaceError::Link(file.to_owned()));
    }
    let bytes = fs::metadata(file).map_err(failed)?.len();
    if bytes > limits::FILE_BYTES {
        return Err(PlaceError::TooLarge(file.to_owned(), bytes));
    }
    fs::read_to_string(file).map_err(failed)
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
