//! Other revisions than the one that is checked out: found by their names, and laid out as files.

use std::{fs, path::Path};

use git2::{ErrorCode, FileMode, ObjectType, Oid};

use super::{
    Repository,
    error::{GitError, io_at, while_doing},
};

/// A tree can hold one folder many times over, and so a few objects more names than there is room for.
const MOST: usize = 2_000_000;

/// One name in a revision that is no folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// Relative to the root.
    pub path: String,
    /// Whether it is an ordinary file; links and submodules are not, and neither is what has a name
    /// that no file of ours may have.
    pub is_file: bool,
    /// Its contents' name as git stores them.
    pub blob: Oid,
}

impl Repository {
    /// The commit that `name` stands for: a branch, `origin/main`, a tag, `HEAD^1`, a hash.
    ///
    /// # Errors
    /// [`GitError::NoRevision`] with what fetches it.
    pub fn revision(&self, name: &str) -> Result<Oid, GitError> {
        let git = self.git();
        let found = git
            .revparse_single(name)
            .and_then(|object| object.peel_to_commit())
            .map(|commit| commit.id());
        found.map_err(|_| GitError::NoRevision {
            name: name.to_owned(),
            fetch: how_to_fetch(name, git.is_shallow()),
        })
    }

    /// The commit that two have in common.
    ///
    /// # Errors
    /// [`GitError::NothingInCommon`] if none of those at hand is.
    pub fn merge_base(&self, one: Oid, other: Oid) -> Result<Oid, GitError> {
        match self.git().merge_base(one, other) {
            Ok(base) => Ok(base),
            Err(error) if error.code() == ErrorCode::NotFound => Err(GitError::NothingInCommon {
                shallow: self.is_shallow(),
            }),
            Err(error) => Err(while_doing("find what two commits have in common")(error)),
        }
    }

    /// Every name in a commit's tree, folders aside.
    ///
    /// # Errors
    /// [`GitError::TooManyFiles`], [`GitError::Library`] for a damaged repository.
    pub fn files_of(&self, commit: Oid) -> Result<Vec<TreeFile>, GitError> {
        let git = self.git();
        let failed = while_doing("read a commit");
        let tree = git.find_commit(commit).and_then(|commit| commit.tree());
        let mut folders = vec![(String::new(), tree.map_err(&failed)?)];
        let mut files = Vec::new();
        while let Some((folder, tree)) = folders.pop() {
            if files.len() + folders.len() > MOST {
                return Err(GitError::TooManyFiles { most: MOST });
            }
            for entry in tree.iter() {
                let name = String::from_utf8_lossy(entry.name_bytes());
                let path = format!("{folder}{name}");
                if entry.kind() == Some(ObjectType::Tree) {
                    folders.push((
                        format!("{path}/"),
                        git.find_tree(entry.id()).map_err(&failed)?,
                    ));
                    continue;
                }
                let is_link = entry.filemode() == i32::from(FileMode::Link);
                let is_blob = entry.kind() == Some(ObjectType::Blob) && !is_link;
                files.push(TreeFile {
                    is_file: is_blob && !path.contains('\u{fffd}') && is_safe(&path),
                    path,
                    blob: entry.id(),
                });
            }
        }
        Ok(files)
    }

    /// Lays files of a commit out below `folder`, as they would be in the work tree. Links are never
    /// followed, and none is made: what [`TreeFile::is_file`] denies is left out. A file whose filter
    /// fails (git LFS, where only a pointer is at hand) lies there as git stores it.
    ///
    /// # Errors
    /// The disk, or a damaged repository.
    pub fn lay_out(&self, files: &[&TreeFile], folder: &Path) -> Result<(), GitError> {
        for file in files.iter().filter(|file| file.is_file) {
            let to = folder.join(&file.path);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).map_err(io_at("make", parent))?;
            }
            let bytes = self
                .checked_out(file.blob, &file.path)
                .or_else(|_| self.raw(file.blob))?;
            fs::write(&to, bytes).map_err(io_at("write", &to))?;
        }
        Ok(())
    }
}

/// Whether a path from a tree, which may hold anything, stays below the folder it is joined to.
fn is_safe(path: &str) -> bool {
    let is_name = |part: &str| {
        let is_git_own = part.eq_ignore_ascii_case(".git");
        let is_drive = cfg!(windows) && part.contains(':');
        let is_special = matches!(part, "" | "." | "..") || part.contains(['\\', '\0']);
        !is_special && !is_git_own && !is_drive
    };
    path.split('/').all(is_name)
}

/// The command that brings a revision here. A name that a shell would take for more is not repeated.
fn how_to_fetch(name: &str, shallow: bool) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let deepen = if shallow { " --unshallow" } else { "" };
    let is_plain = !name.is_empty() && name.chars().all(plain) && !name.starts_with('-');
    match name.split_once('/') {
        _ if !is_plain => format!("git fetch{deepen} origin"),
        Some(("origin", branch)) => {
            format!("git fetch{deepen} origin +refs/heads/{branch}:refs/remotes/origin/{branch}")
        }
        _ => format!("git fetch{deepen} origin {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_a_tree_leads_out() {
        for path in ["a/../b", "../a", ".GIT/config", "a//b", "/a", "a\\b", "."] {
            assert!(!is_safe(path), "{path}");
        }
        assert!(is_safe("posts/a b/ü.md"));
    }

    #[test]
    fn what_fetches_a_revision_is_safe_to_paste() {
        assert_eq!(
            how_to_fetch("origin/main", true),
            "git fetch --unshallow origin +refs/heads/main:refs/remotes/origin/main"
        );
        assert_eq!(how_to_fetch("1a2b3c", false), "git fetch origin 1a2b3c");
        for name in ["a; rm -rf ~", "-x", "$(a)", "HEAD^1", ""] {
            assert_eq!(how_to_fetch(name, false), "git fetch origin");
        }
    }
}
