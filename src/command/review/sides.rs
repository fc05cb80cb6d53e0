//! A revision's files, laid out in a temporary folder and checked.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{
    command::{CommandError, Library, World, library::LibraryError, storage::temporary},
    config::{Config, Place},
    diagnostic::{Code, Diagnostic},
    git::{Git, GitError, Oid, TreeFile},
    plan::is_under,
    post::thread,
};

/// What is compared: a library, and the folder that it lies in as long as it is needed.
pub(super) struct Side {
    pub(super) library: Library,
    pub(super) _folder: Option<TempDir>,
}

/// An error of git as that of a command.
pub(super) fn git_error(error: GitError) -> CommandError {
    match error.is_usage() {
        true => CommandError::usage(error.to_string()),
        false => CommandError::world(error),
    }
}

/// The posts of `commit`, by the `updraft.yml` that it holds at `config_path`; by `instead`, if that
/// can't be read.
///
/// Of other files only those are laid out that a post or `updraft.yml` names: a picture lies anywhere.
pub(super) fn of_commit(
    git: &dyn Git,
    commit: Oid,
    config_path: &str,
    instead: Option<&Config>,
    world: &World<'_>,
) -> Result<Side, LibraryError> {
    let folder = temporary().map_err(LibraryError::World)?;
    let root = dunce::canonicalize(folder.path())?;
    let files = git.files_of(commit).map_err(git_error_of)?;
    let own: Vec<&TreeFile> = files
        .iter()
        .filter(|file| file.path == config_path)
        .collect();
    git.lay_out(&own, &root).map_err(git_error_of)?;
    let place = place(&root, config_path)?;
    let config = match (Config::load(&place, world.env), instead) {
        (Ok(config), _) => config,
        (Err(_), Some(instead)) => Config {
            root: place.root.clone(),
            ..instead.clone()
        },
        (Err(file), None) => return Err(LibraryError::Config(Box::new(file))),
    };
    let is_post = |file: &&TreeFile| is_under(&file.path, &config.posts);
    let posts: Vec<&TreeFile> = files.iter().filter(is_post).collect();
    git.lay_out(&posts, &root).map_err(git_error_of)?;
    let named = Named::in_files(&posts, &root);
    let others: Vec<&TreeFile> = files
        .iter()
        .filter(|file| !is_post(file) && named.holds(&file.path))
        .collect();
    git.lay_out(&others, &root).map_err(git_error_of)?;
    let links = posts
        .iter()
        .filter(|file| !file.is_file && file.path.ends_with(".md"))
        .map(|file| thread::unreadable(&file.path, no_file()))
        .collect();
    let library = Library::of_revision(world, &place, config, links);
    Ok(Side {
        library: library.map_err(LibraryError::World)?,
        _folder: Some(folder),
    })
}

fn git_error_of(error: GitError) -> LibraryError {
    LibraryError::World(git_error(error))
}

fn place(root: &Path, config_path: &str) -> std::io::Result<Place> {
    let file: PathBuf = root.join(config_path);
    let config_text = match file.is_file() {
        true => Some(std::fs::read_to_string(file)?),
        false => None,
    };
    let base = config_path.rsplit_once('/').map_or("", |(base, _)| base);
    Ok(Place {
        root: root.to_owned(),
        base: base.to_owned(),
        config_path: config_path.to_owned(),
        config_text,
    })
}

fn no_file() -> Diagnostic {
    Diagnostic::error(
        Code::UnreadableFile,
        None,
        "this is a symbolic link or a submodule, which is never followed",
    )
    .help("put the file itself here")
}

/// What the posts name, in whatever way Markdown writes it.
struct Named {
    texts: String,
}

impl Named {
    fn in_files(posts: &[&TreeFile], root: &Path) -> Self {
        let mut texts = String::new();
        for file in posts.iter().filter(|file| file.path.ends_with(".md")) {
            let bytes = std::fs::read(root.join(&file.path)).unwrap_or_default();
            let plain = String::from_utf8_lossy(&bytes).replace('\\', "");
            let decoded = percent_encoding::percent_decode_str(&plain).decode_utf8_lossy();
            texts += &decoded.replace("&amp;", "&");
            texts += &plain;
        }
        Self { texts }
    }

    /// Captions are found beside their video, without being named.
    fn holds(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.to_lowercase().ends_with(".vtt") || self.texts.contains(name)
    }
}
