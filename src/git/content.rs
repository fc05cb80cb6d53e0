//! A file's bytes in a commit and in the work tree, and the conversions in between.

use std::{fs, io::Write, path::Path};

use git2::{AttrCheckFlags, AttrValue, Blob, ErrorCode, ObjectType, Oid, Tree};

use super::{
    Repository,
    child::{Call, LOCAL},
    error::{GitError, io_at, while_doing},
};

/// How a file's bytes stand to the last commit, as git would judge (line ends and filters aside).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The last commit has no such file: it is untracked, or staged and never committed.
    Untracked,
    /// git would store the very same bytes.
    Same,
    /// They differ.
    Changed {
        /// The committed file as it would be in the work tree.
        head: Vec<u8>,
    },
}

/// Who turns work tree bytes into stored ones for a path, and back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conversion {
    /// The same bytes on both sides.
    None,
    /// Line ends: libgit2 knows how, and looks into the index as `git add` does.
    LineEnds,
    /// A program or an encoding: only the user's git knows how.
    Filter,
}

impl Repository {
    /// A file of the last commit as it would be in the work tree; `None` if it isn't there.
    ///
    /// # Errors
    /// [`GitError::NotAFile`] for a folder, link or submodule; what libgit2 or a filter says.
    pub fn file_at_head(&self, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        match self.head_oid()? {
            Some(commit) => self.file_at(commit, path),
            None => Ok(None),
        }
    }

    /// A file of any commit as it would be in the work tree; `None` if it isn't there.
    ///
    /// # Errors
    /// As [`Repository::file_at_head`].
    pub fn file_at(&self, commit: Oid, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        match self.entry(commit, path)? {
            Some((blob, _)) => self.checked_out(blob, path).map(Some),
            None => Ok(None),
        }
    }

    /// Whether the last commit holds the file.
    ///
    /// # Errors
    /// As [`Repository::file_at_head`].
    pub fn is_tracked(&self, path: &str) -> Result<bool, GitError> {
        Ok(match self.head_oid()? {
            Some(commit) => self.entry(commit, path)?.is_some(),
            None => false,
        })
    }

    /// Compares `bytes`, as they are in the work tree, with the last commit's file.
    ///
    /// # Errors
    /// As [`Repository::file_at_head`].
    pub fn compare_with_head(&self, path: &str, bytes: &[u8]) -> Result<Comparison, GitError> {
        let entry = match self.head_oid()? {
            Some(commit) => self.entry(commit, path)?,
            None => None,
        };
        let Some((blob, _)) = entry else {
            return Ok(Comparison::Untracked);
        };
        // What is stored stays what it is when it is stored once more (gitattributes(5) asks that of
        // filters), and to ask for the attributes of each file of an archive takes long.
        if Oid::hash_object(ObjectType::Blob, bytes).is_ok_and(|hash| hash == blob) {
            return Ok(Comparison::Same);
        }
        let head = self.checked_out(blob, path)?;
        if head == bytes || self.stored(path, bytes)? == blob {
            return Ok(Comparison::Same);
        }
        Ok(Comparison::Changed { head })
    }

    /// [`Repository::compare_with_head`] of a file on disk; if that is byte for byte what was
    /// committed, however large, it is not held in memory.
    ///
    /// # Errors
    /// git can't say.
    pub fn compare_file_with_head(&self, path: &str) -> Result<Comparison, GitError> {
        let file = self.root().join(path);
        if let Some(commit) = self.head_oid()?
            && let Some((blob, _)) = self.entry(commit, path)?
            && Oid::hash_file(ObjectType::Blob, &file).is_ok_and(|hash| hash == blob)
        {
            return Ok(Comparison::Same);
        }
        // A file that is gone since the check is found by the upload.
        self.compare_with_head(path, &fs::read(file).unwrap_or_default())
    }

    /// The blob of a file in a commit, and its mode.
    pub(super) fn entry(&self, commit: Oid, path: &str) -> Result<Option<(Oid, i32)>, GitError> {
        let listed = self.listed(commit, path)?;
        listed.map(|listed| listed.file(path)).transpose()
    }

    /// The blob that git would store for these bytes; it is written if it is new.
    pub(super) fn stored(&self, path: &str, bytes: &[u8]) -> Result<Oid, GitError> {
        let git = self.git();
        match self.conversion(path)? {
            Conversion::None => git.blob(bytes).map_err(while_doing("store a file")),
            Conversion::LineEnds => {
                refresh_index(&git)?;
                let mut writer = git
                    .blob_writer(Some(Path::new(path)))
                    .map_err(while_doing("store a file"))?;
                writer.write_all(bytes).map_err(io_at("store", path))?;
                writer.commit().map_err(while_doing("store a file"))
            }
            Conversion::Filter => {
                let call = Call::new(LOCAL, ["hash-object", "-w", "--stdin", "--path", path]);
                let out = self.run(call.input(bytes))?.or_fail("hash-object")?;
                read_oid(&out)
            }
        }
    }

    /// The bytes that git would write into the work tree for a blob.
    pub(super) fn checked_out(&self, blob: Oid, path: &str) -> Result<Vec<u8>, GitError> {
        if self.conversion(path)? == Conversion::None {
            return self.raw(blob);
        }
        let args = ["cat-file", "--filters", "--path", path, &blob.to_string()];
        self.run(Call::new(LOCAL, args))?.or_fail("cat-file")
    }

    /// A blob's bytes as git stores them.
    pub(super) fn raw(&self, blob: Oid) -> Result<Vec<u8>, GitError> {
        let git = self.git();
        let blob = git.find_blob(blob);
        blob.map(|blob: Blob<'_>| blob.content().to_vec())
            .map_err(while_doing("read a file from the repository"))
    }

    fn conversion(&self, path: &str) -> Result<Conversion, GitError> {
        let git = self.git();
        let attribute = |name| {
            let value = git.get_attr_bytes(Path::new(path), name, AttrCheckFlags::FILE_THEN_INDEX);
            value.map(|value| {
                let value = AttrValue::from_bytes(value);
                !matches!(value, AttrValue::Unspecified | AttrValue::False)
            })
        };
        for name in ["filter", "working-tree-encoding", "ident"] {
            // Attributes that libgit2 can't read (with a split index) are for the user's git.
            if attribute(name).unwrap_or(true) {
                return Ok(Conversion::Filter);
            }
        }
        let lines = ["text", "eol", "crlf"]
            .into_iter()
            .any(|name| attribute(name).unwrap_or(true));
        let config = git.config().map_err(while_doing("read git's settings"))?;
        let automatic = match config.get_string("core.autocrlf") {
            Ok(value) => !matches!(
                value.to_lowercase().as_str(),
                "false" | "no" | "off" | "0" | ""
            ),
            Err(_) => false,
        };
        match automatic || lines {
            true => Ok(Conversion::LineEnds),
            false => Ok(Conversion::None),
        }
    }
}

/// The blob at `path`, and its mode.
pub(super) fn entry_of(tree: &Tree<'_>, path: &str) -> Result<Option<(Oid, i32)>, GitError> {
    let entry = match tree.get_path(Path::new(path)) {
        Ok(entry) => entry,
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(while_doing("read a commit")(error)),
    };
    let is_link = entry.filemode() == i32::from(git2::FileMode::Link);
    match entry.kind() {
        Some(ObjectType::Blob) if !is_link => Ok(Some((entry.id(), entry.filemode()))),
        _ => Err(GitError::NotAFile {
            path: path.to_owned(),
        }),
    }
}

pub(super) fn read_oid(out: &[u8]) -> Result<Oid, GitError> {
    Oid::from_str(String::from_utf8_lossy(out).trim())
        .map_err(while_doing("read what git answered"))
}

/// libgit2 looks for CRLF in the index it has in memory, which git may have replaced.
fn refresh_index(git: &git2::Repository) -> Result<(), GitError> {
    git.index()
        .and_then(|mut index| index.read(false))
        .map_err(while_doing("read the index"))
}
