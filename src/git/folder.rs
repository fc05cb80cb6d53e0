//! The folder of a commit that was asked about last: an archive is asked about file by file, and git
//! reads the whole list of a folder for each.

use std::collections::HashMap;

use git2::{ErrorCode, ObjectType, Oid, Tree};

use super::{
    Repository,
    error::{GitError, while_doing},
};

/// What a folder's list says of a name.
#[derive(Clone, Copy)]
pub(super) struct Listed {
    id: Oid,
    mode: i32,
    kind: Option<ObjectType>,
}

/// A folder of a commit.
pub(super) struct Folder {
    commit: Oid,
    path: String,
    entries: HashMap<Vec<u8>, Listed>,
}

impl Listed {
    /// The blob of a file, and its mode.
    ///
    /// # Errors
    /// [`GitError::NotAFile`] for a folder, link or submodule.
    pub(super) fn file(self, path: &str) -> Result<(Oid, i32), GitError> {
        let is_link = self.mode == i32::from(git2::FileMode::Link);
        match self.kind {
            Some(ObjectType::Blob) if !is_link => Ok((self.id, self.mode)),
            _ => Err(GitError::NotAFile {
                path: path.to_owned(),
            }),
        }
    }
}

impl Repository {
    /// What a commit has under this path.
    pub(super) fn listed(&self, commit: Oid, path: &str) -> Result<Option<Listed>, GitError> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let known = self.folder.borrow();
        if let Some(known) = known.as_ref()
            && known.commit == commit
            && known.path == folder
        {
            return Ok(known.entries.get(name.as_bytes()).copied());
        }
        drop(known);
        let read = self.read_folder(commit, folder)?;
        let found = read.entries.get(name.as_bytes()).copied();
        self.folder.replace(Some(read));
        Ok(found)
    }

    fn read_folder(&self, commit: Oid, path: &str) -> Result<Folder, GitError> {
        let git = self.git();
        let failed = || while_doing("read a commit");
        let root = git.find_commit(commit).and_then(|commit| commit.tree());
        let root = root.map_err(failed())?;
        let tree = match path {
            "" => Some(root),
            path => match root.get_path(std::path::Path::new(path)) {
                Ok(entry) if entry.kind() == Some(ObjectType::Tree) => {
                    Some(git.find_tree(entry.id()).map_err(failed())?)
                }
                Ok(_) => None,
                Err(error) if error.code() == ErrorCode::NotFound => None,
                Err(error) => return Err(failed()(error)),
            },
        };
        Ok(Folder {
            commit,
            path: path.to_owned(),
            entries: tree.as_ref().map(entries).unwrap_or_default(),
        })
    }
}

fn entries(tree: &Tree<'_>) -> HashMap<Vec<u8>, Listed> {
    let listed = tree.iter().map(|entry| {
        let listed = Listed {
            id: entry.id(),
            mode: entry.filemode(),
            kind: entry.kind(),
        };
        (entry.name_bytes().to_vec(), listed)
    });
    listed.collect()
}
