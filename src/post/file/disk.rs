//! The disk, as far as post files are concerned: each step by itself, so that each can fail alone.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use ignore::{WalkBuilder, overrides::Override};

use super::TEMPORARY;

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, socket or device.
    Other,
}

/// Where post files are. Paths are absolute.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Whether there is such a folder.
    fn is_folder(&self, path: &Path) -> bool;

    /// Whether this is a symbolic link, wherever it leads.
    fn is_link(&self, path: &Path) -> bool;

    /// Everything below a folder but `.git`, in any order, without what `without` excludes.
    ///
    /// # Errors
    /// A folder can't be read.
    fn walk(&self, folder: &Path, without: Override)
    -> Result<Vec<(PathBuf, Kind)>, ignore::Error>;

    /// A file's length in bytes.
    ///
    /// # Errors
    /// It can't be asked.
    fn length(&self, path: &Path) -> io::Result<u64>;

    /// A file's bytes.
    ///
    /// # Errors
    /// It can't be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether a file or folder is marked as read-only.
    fn is_read_only(&self, path: &Path) -> bool;

    /// Writes a temporary file with the mode of `path` into its folder, down to the disk.
    ///
    /// # Errors
    /// The disk; nothing is left then.
    fn write_beside(&self, path: &Path, bytes: &[u8]) -> io::Result<PathBuf>;

    /// Puts a temporary file in the place of another, at once, down to the disk.
    ///
    /// # Errors
    /// The disk.
    fn put_in_place(&self, temporary: &Path, path: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// The disk.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn is_link(&self, path: &Path) -> bool {
        path.is_symlink()
    }

    fn walk(
        &self,
        folder: &Path,
        without: Override,
    ) -> Result<Vec<(PathBuf, Kind)>, ignore::Error> {
        let walk = WalkBuilder::new(folder)
            .standard_filters(false)
            .overrides(without)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        let mut found = Vec::new();
        for entry in walk {
            let entry = entry?;
            if let Some(kind) = entry.file_type() {
                found.push((entry.into_path(), kind_of(kind)));
            }
        }
        Ok(found)
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        fs::metadata(path).map(|metadata| metadata.len())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn is_read_only(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly())
    }

    fn write_beside(&self, path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut temporary = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .suffix(".tmp")
            .tempfile_in(folder)?;
        io::Write::write_all(&mut temporary, bytes)?;
        temporary
            .as_file()
            .set_permissions(fs::metadata(path)?.permissions())?;
        temporary.as_file().sync_all()?;
        let (_, path) = temporary.keep()?;
        Ok(path)
    }

    fn put_in_place(&self, temporary: &Path, path: &Path) -> io::Result<()> {
        fs::rename(temporary, path)?;
        sync_folder(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

fn kind_of(kind: fs::FileType) -> Kind {
    if kind.is_symlink() {
        Kind::Link
    } else if kind.is_dir() {
        Kind::Folder
    } else if kind.is_file() {
        Kind::File
    } else {
        Kind::Other
    }
}

#[cfg(unix)]
fn sync_folder(full: &Path) -> io::Result<()> {
    fs::File::open(full.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
