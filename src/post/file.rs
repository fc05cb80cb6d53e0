//! Post files on disk: found, read, and replaced without a moment in which half a file is there.

mod disk;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use ignore::overrides::{Override, OverrideBuilder};

use super::{document, front_matter::foreign::how, limits};
use crate::diagnostic::{Code, Diagnostic};

pub use disk::{Disk, Kind, LocalDisk};

/// What temporary files of an interrupted run begin with.
const TEMPORARY: &str = ".updraft-";

/// Whether a file is one that a run writes beside another, to put it in its place.
pub fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(TEMPORARY)
}

/// Where the posts are.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The repository's root (or what stands for it), canonical.
    pub root: PathBuf,
    /// The posts folder, relative to it; empty for the root itself.
    pub posts: String,
    /// Globs relative to the root, of what is no post.
    pub ignore: Vec<String>,
    /// Whether a missing folder is one without posts: git keeps no empty folder. One that
    /// `updraft.yml` names must be there, or a slip in its name would silence every post.
    pub may_be_missing: bool,
    /// The disk that it is on.
    pub disk: Arc<dyn Disk>,
}

/// A file of the posts folder that is a post by its name, or should have been.
#[derive(Clone, Debug)]
pub struct Found {
    /// Relative to the root, with `/` between the folders.
    pub path: String,
    /// Why it can't be one.
    pub mistake: Option<Diagnostic>,
}

/// The world kept updraft from the posts folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no such folder.
    #[error(
        "there is no posts folder at {0}; run updraft where it is, or set `posts:` in updraft.yml"
    )]
    Missing(PathBuf),
    /// It, or a folder above it, is a symbolic link.
    #[error(
        "the posts folder {0} is, or lies behind, a symbolic link; git keeps the link alone: put the folder itself there"
    )]
    Link(PathBuf),
    /// A glob of `ignore:` can't be read.
    #[error("`ignore:` in updraft.yml: {0}")]
    Glob(#[source] ignore::Error),
    /// A folder can't be read.
    #[error("the posts folder can't be read: {0}")]
    Walk(#[source] ignore::Error),
}

impl Folder {
    /// Every post file, and every file that looks like one but would be skipped, by path.
    ///
    /// # Errors
    /// The folder is missing or can't be read.
    pub fn find(&self) -> Result<Vec<Found>, FolderError> {
        let folder = self.root.join(&self.posts);
        if !self.disk.is_folder(&folder) {
            return match self.may_be_missing {
                true => Ok(Vec::new()),
                false => Err(FolderError::Missing(folder)),
            };
        }
        if self.is_behind_link() {
            return Err(FolderError::Link(folder));
        }
        let mut globs = OverrideBuilder::new(&self.root);
        for glob in &self.ignore {
            globs.add(&format!("!{glob}")).map_err(FolderError::Glob)?;
        }
        let without = globs.build().map_err(FolderError::Glob)?;
        let walk = self.disk.walk(&folder, without);
        let mut found: Vec<Found> = walk
            .map_err(FolderError::Walk)?
            .into_iter()
            .filter_map(|(path, kind)| self.judge(&path, kind))
            .collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    fn judge(&self, path: &Path, kind: Kind) -> Option<Found> {
        if kind == Kind::Folder {
            return None;
        }
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        let shown = relative
            .to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mistake = if name.starts_with(TEMPORARY) {
            return None;
        } else if kind == Kind::Link {
            symlink_mistake(path, &name)
        } else if kind != Kind::File {
            // A pipe would be waited for without end.
            Some(no_file())
        } else {
            name_mistake(&name)
        };
        if mistake.is_none() && !is_post_name(&name) {
            return None;
        }
        let mistake = mistake.or_else(|| relative.to_str().is_none().then(unnameable));
        Some(Found {
            path: shown,
            mistake,
        })
    }

    /// A post file's bytes.
    ///
    /// # Errors
    /// It can't be read, is too large, or can't be replaced later.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Diagnostic> {
        let full = self.root.join(path);
        let length = self.disk.length(&full);
        let length = length.map_err(|error| unreadable(&error))?;
        if length > limits::FILE_BYTES {
            return Err(document::too_large(length));
        }
        self.disk.read(&full).map_err(|error| unreadable(&error))
    }

    /// Whether the result could be written into a file: it and its folder are not read-only.
    pub fn is_writable(&self, path: &str) -> bool {
        let full = self.root.join(path);
        !self.disk.is_read_only(&full) && !self.is_folder_read_only(&full)
    }

    /// The mistake of a file that alone is read-only. A checkout that is read-only as a whole is
    /// no mistake of its author's: there, only publishing is out of the question.
    pub fn read_only(&self, path: &str) -> Option<Diagnostic> {
        let full = self.root.join(path);
        let alone = self.disk.is_read_only(&full) && !self.is_folder_read_only(&full);
        alone.then(|| {
            Diagnostic::error(
                Code::UneditableFile,
                None,
                "the file is read-only, so the result could not be written into it",
            )
            .help(format!(
                "make it writable, for example with `chmod u+w {path}`"
            ))
        })
    }

    /// Replaces a file at once: `edit` makes the new bytes from those that are there at the last
    /// moment, so that what an author saved meanwhile stays. Mode and owner's permissions are kept.
    ///
    /// # Errors
    /// The disk, or `edit` itself.
    pub fn replace<E>(
        &self,
        path: &str,
        mut edit: impl FnMut(Vec<u8>) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, ReplaceError<E>> {
        let full = self.root.join(path);
        let failed = |error: io::Error| ReplaceError::Disk(full.clone(), error);
        let disk = &*self.disk;
        loop {
            let before = disk.read(&full).map_err(failed)?;
            let after = edit(before.clone()).map_err(ReplaceError::Edit)?;
            if after == before {
                return Ok(after);
            }
            let temporary = disk.write_beside(&full, &after).map_err(failed)?;
            let placed = match disk.read(&full) {
                Ok(now) if now != before => Ok(false),
                Ok(_) => disk.put_in_place(&temporary, &full).map(|()| true),
                Err(error) => Err(error),
            };
            if let Ok(true) = placed {
                return Ok(after);
            }
            // What stays is removed by the next run.
            let _ = disk.remove(&temporary);
            placed.map_err(failed)?;
        }
    }

    /// Removes the temporary files of an interrupted run.
    pub fn remove_leftovers(&self) {
        let folder = self.root.join(&self.posts);
        let Ok(walk) = self.disk.walk(&folder, Override::empty()) else {
            return;
        };
        for (path, _) in walk {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(TEMPORARY) && name.ends_with(".tmp") {
                // Whoever else removes it has done the work.
                let _ = self.disk.remove(&path);
            }
        }
    }

    /// What is walked is what git holds: no folder that a link leads to, in or out of the repository.
    fn is_behind_link(&self) -> bool {
        let mut place = self.root.clone();
        self.posts.split('/').any(|part| {
            place.push(part);
            self.disk.is_link(&place)
        })
    }

    fn is_folder_read_only(&self, full: &Path) -> bool {
        full.parent()
            .is_some_and(|folder| self.disk.is_read_only(folder))
    }
}

/// Why a file was not replaced; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError<E> {
    /// The disk refused.
    #[error("{0}: {1}")]
    Disk(PathBuf, #[source] io::Error),
    /// The new bytes could not be made.
    #[error("the edit was refused")]
    Edit(E),
}

fn is_readme(name: &str) -> bool {
    name.eq_ignore_ascii_case("readme.md") || name.eq_ignore_ascii_case("readme")
}

fn is_post_name(name: &str) -> bool {
    name.ends_with(".md") && !is_readme(name) && !name.starts_with('.')
}

/// Names that a post may have by mistake.
fn name_mistake(name: &str) -> Option<Diagnostic> {
    if is_readme(name) || is_post_name(name) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".tweet") {
        let message = "the file is one of twitter-together, and no post";
        let how = how("twitter-together", name);
        let help = format!("{how}; or name it in `ignore:` in updraft.yml");
        return Some(Diagnostic::error(Code::SkippedFile, None, message).help(help));
    }
    let stem = [
        "",
        ".markdown",
        ".mdown",
        ".mkd",
        ".mkdn",
        ".mdx",
        ".md.txt",
        ".md",
    ]
    .iter()
    .skip(1)
    .find_map(|ending| lower.strip_suffix(ending))
    .or_else(|| lower.split_once(".md.").map(|(stem, _)| stem))
    .or_else(|| (!lower.contains('.')).then_some(lower.as_str()))?;
    // `.md` alone, and hidden files without an ending such as `.gitkeep`.
    let stem = stem.trim_start_matches('.');
    if name.starts_with('.') && !lower.ends_with(".md") {
        return None;
    }
    let stem = if stem.is_empty() {
        "post"
    } else {
        &name[name.len() - name.trim_start_matches('.').len()..][..stem.len()]
    };
    Some(
        Diagnostic::error(
            Code::SkippedFile,
            None,
            "the file looks like a post, but its name keeps it from being one",
        )
        .help(format!(
            "rename it to `{stem}.md`, or name it in `ignore:` in updraft.yml"
        )),
    )
}

fn symlink_mistake(path: &Path, name: &str) -> Option<Diagnostic> {
    let leads_to_folder = path.is_dir();
    if !leads_to_folder && !is_post_name(name) && name_mistake(name).is_none() {
        return None;
    }
    let what = if leads_to_folder { "folder" } else { "file" };
    Some(
        Diagnostic::error(
            Code::UnreadableFile,
            None,
            format!("this is a symbolic link; git would keep the link, not the {what}"),
        )
        .help(format!(
            "put the {what} itself here, or name the link in `ignore:` in updraft.yml"
        )),
    )
}

fn no_file() -> Diagnostic {
    Diagnostic::error(
        Code::UnreadableFile,
        None,
        "this is neither a file nor a folder, but a pipe, socket or device",
    )
    .help("remove it from the posts folder")
}

fn unnameable() -> Diagnostic {
    Diagnostic::error(Code::SkippedFile, None, "the file's name is not UTF-8")
        .help("rename it: its path is part of what keeps it from going out twice")
}

fn unreadable(error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        Code::UnreadableFile,
        None,
        format!("the file can't be read: {error}"),
    )
    .help("mend its permissions, or remove it")
}

#[cfg(test)]
mod tests;
