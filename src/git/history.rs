//! What commits changed, where files went, and what ever stood in them.

use std::{
    collections::{BTreeSet, HashSet},
    path::Path,
};

use git2::{Commit, Delta, DiffFindOptions, DiffOptions, ErrorCode, ObjectType, Oid, Tree};

use super::{
    Repository,
    error::{GitError, while_doing},
};

/// No post is larger; pictures needn't be searched.
const LARGEST_SEARCHED: usize = 1 << 20;

/// One file that a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the root.
    pub path: String,
    /// Its bytes in the first parent, as git stores them; `None` if it wasn't there.
    pub old: Option<Vec<u8>>,
    /// Its bytes in the commit, as git stores them; `None` if it was deleted.
    pub new: Option<Vec<u8>>,
}

/// What a search through history found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// Those that stood somewhere.
    pub found: BTreeSet<String>,
    /// Whether all of history was there to be searched: not so in a shallow clone.
    pub complete: bool,
}

impl Repository {
    /// What a commit changed against its first parent (or against nothing, for the very first
    /// one); `None` for a merge, and for one whose parent a shallow clone doesn't have. A rename
    /// is a deletion and an addition; submodules have no bytes.
    ///
    /// # Errors
    /// [`GitError::Library`] for a damaged repository.
    pub fn changed_files(&self, commit: Oid) -> Result<Option<Vec<Change>>, GitError> {
        let git = self.git();
        let read = || -> Result<_, git2::Error> {
            let commit = git.find_commit(commit)?;
            if commit.parent_count() > 1 || is_cut(&commit) {
                return Ok(None);
            }
            let old = commit.parents().next();
            Ok(Some(changes(&git, old.as_ref(), &commit)?))
        };
        read().map_err(while_doing("read what a commit changed"))
    }

    /// What differs between two commits, as [`Repository::changed_files`] tells it.
    ///
    /// # Errors
    /// [`GitError::Library`] if one is missing.
    pub fn changes_between(&self, old: Oid, new: Oid) -> Result<Vec<Change>, GitError> {
        let git = self.git();
        let read = || {
            let (old, new) = (git.find_commit(old)?, git.find_commit(new)?);
            changes(&git, Some(&old), &new)
        };
        read().map_err(while_doing("compare two commits"))
    }

    /// What a commit builds on; nothing where a shallow clone doesn't have it.
    ///
    /// # Errors
    /// [`GitError::Library`] for a damaged repository.
    pub fn parents(&self, commit: Oid) -> Result<Vec<Oid>, GitError> {
        let git = self.git();
        let commit = git
            .find_commit(commit)
            .map_err(while_doing("read a commit"))?;
        Ok(match is_cut(&commit) {
            true => Vec::new(),
            false => commit.parent_ids().collect(),
        })
    }

    /// Where the file `path` of `from` is in `to`, if git takes it for renamed; `None` if it still
    /// is in its place, or is gone.
    ///
    /// # Errors
    /// [`GitError::Library`] for a damaged repository.
    pub fn renamed_to(&self, from: Oid, to: Oid, path: &str) -> Result<Option<String>, GitError> {
        let git = self.git();
        let find = || -> Result<_, git2::Error> {
            let (from, to) = (git.find_commit(from)?.tree()?, git.find_commit(to)?.tree()?);
            if to.get_path(Path::new(path)).is_ok() {
                return Ok(None);
            }
            let mut options = DiffOptions::new();
            let mut diff = git.diff_tree_to_tree(Some(&from), Some(&to), Some(&mut options))?;
            let mut renames = DiffFindOptions::new();
            diff.find_similar(Some(renames.renames(true).rename_limit(2000)))?;
            Ok(diff
                .deltas()
                .filter(|delta| delta.status() == Delta::Renamed)
                .find(|delta| delta.old_file().path_bytes() == Some(path.as_bytes()))
                .map(|delta| text(delta.new_file().path_bytes())))
        };
        find().map_err(while_doing("look for renamed files"))
    }

    /// Which of these AT URIs (`at://…`) ever stood in a file under `folder` (empty: the root), in
    /// any commit that `tip` builds on (HEAD otherwise). Files over 1 MiB are not searched.
    ///
    /// # Errors
    /// [`GitError::Library`] for a damaged repository.
    pub fn uris_in_history(
        &self,
        tip: Option<Oid>,
        folder: &str,
        uris: &[String],
    ) -> Result<History, GitError> {
        let git = self.git();
        let mut search = Search {
            git: &git,
            wanted: uris.iter().map(String::as_str).collect(),
            seen: HashSet::new(),
            history: History {
                found: BTreeSet::new(),
                complete: !git.is_shallow(),
            },
        };
        let tip = match tip {
            Some(tip) => Some(tip),
            None => self.head_oid()?,
        };
        if let Some(tip) = tip {
            search
                .walk(tip, folder)
                .map_err(while_doing("search the history"))?;
        }
        Ok(search.history)
    }
}

/// Looks at each tree and each blob once, however many commits hold it.
struct Search<'a> {
    git: &'a git2::Repository,
    wanted: BTreeSet<&'a str>,
    seen: HashSet<Oid>,
    history: History,
}

impl Search<'_> {
    fn walk(&mut self, head: Oid, folder: &str) -> Result<(), git2::Error> {
        let mut commits = self.git.revwalk()?;
        commits.push(head)?;
        for commit in commits {
            if self.history.found.len() == self.wanted.len() {
                return Ok(());
            }
            let tree = self.git.find_commit(commit?)?.tree()?;
            let folder = folder.trim_matches('/');
            if folder.is_empty() {
                self.tree(&tree)?;
            } else if let Ok(entry) = tree.get_path(Path::new(folder)) {
                self.entry(entry.id(), entry.kind())?;
            }
        }
        Ok(())
    }

    fn tree(&mut self, tree: &Tree<'_>) -> Result<(), git2::Error> {
        for entry in tree.iter() {
            self.entry(entry.id(), entry.kind())?;
        }
        Ok(())
    }

    fn entry(&mut self, oid: Oid, kind: Option<ObjectType>) -> Result<(), git2::Error> {
        if !self.seen.insert(oid) {
            return Ok(());
        }
        match kind {
            Some(ObjectType::Tree) => match self.found(self.git.find_tree(oid))? {
                Some(tree) => self.tree(&tree),
                None => Ok(()),
            },
            Some(ObjectType::Blob) => self.blob(oid),
            _ => Ok(()),
        }
    }

    fn blob(&mut self, oid: Oid) -> Result<(), git2::Error> {
        let (size, _) = self
            .git
            .odb()?
            .read_header(oid)
            .unwrap_or((0, ObjectType::Blob));
        if size > LARGEST_SEARCHED {
            return Ok(());
        }
        let Some(blob) = self.found(self.git.find_blob(oid))? else {
            return Ok(());
        };
        let text = String::from_utf8_lossy(blob.content());
        for (start, _) in text.match_indices("at://") {
            let rest = text.get(start..).unwrap_or_default();
            let end = rest.find(ends_uri).unwrap_or(rest.len());
            self.uri(rest.get(..end).unwrap_or_default());
        }
        Ok(())
    }

    /// The longest wanted one that `text` begins with.
    fn uri(&mut self, text: &str) {
        let below = self.wanted.range(..=text).next_back();
        if let Some(uri) = below.filter(|uri| text.starts_with(**uri)) {
            self.history.found.insert((*uri).to_owned());
        }
    }

    /// An object that isn't here makes the answer incomplete, not wrong.
    fn found<T>(&mut self, object: Result<T, git2::Error>) -> Result<Option<T>, git2::Error> {
        match object {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.code() == ErrorCode::NotFound => {
                self.history.complete = false;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn changes(
    git: &git2::Repository,
    old: Option<&Commit<'_>>,
    new: &Commit<'_>,
) -> Result<Vec<Change>, git2::Error> {
    let old = old.map(Commit::tree).transpose()?;
    let diff = git.diff_tree_to_tree(old.as_ref(), Some(&new.tree()?), None)?;
    let bytes = |oid: Oid| git.find_blob(oid).ok().map(|blob| blob.content().to_vec());
    let changes = diff.deltas().map(|delta| Change {
        path: text(delta.new_file().path_bytes()),
        old: bytes(delta.old_file().id()),
        new: bytes(delta.new_file().id()),
    });
    Ok(changes.collect())
}

fn ends_uri(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || ":/._~%-".contains(c))
}

/// Whether the commit has a parent that a shallow clone left out.
pub(super) fn is_cut(commit: &Commit<'_>) -> bool {
    commit.parent_count() == 0
        && commit
            .raw_header_bytes()
            .split(|byte| *byte == b'\n')
            .any(|line| line.starts_with(b"parent "))
}

fn text(path: Option<&[u8]>) -> String {
    String::from_utf8_lossy(path.unwrap_or_default()).into_owned()
}
