//! One run at a time per clone, and what a killed run leaves behind.

use std::{
    fs::{self, DirEntry, File, OpenOptions, TryLockError},
    io::{Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    Oid, Repository,
    error::{GitError, io_at},
};

const LOCK: &str = "updraft.lock";
const WATCH_LOCK: &str = "updraft-watch.lock";
/// Content of an `index.lock` of ours; git's own hold an index, or nothing.
const MARK: &str = "updraft writes the index";
/// Names the lock of the ref that is being moved, and where to.
const MOVE: &str = "updraft-move";
const TOKEN: &str = "updraft-index-lock";
pub(super) const NEW_INDEX: &str = "updraft-index";

/// Held while a run works in a clone, or a process stays up there; the system lets go of it even if the run is killed.
#[derive(Debug)]
pub struct RunLock {
    file: File,
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // To close it is not enough: a child that another thread is about to start has it open, too,
        // until it becomes another program.
        self.file.unlock().ok();
    }
}

impl Repository {
    /// Takes this clone's lock (shared by its work trees) and removes what a killed run left.
    ///
    /// # Errors
    /// [`GitError::Busy`] while another run holds it.
    pub fn lock(&self) -> Result<RunLock, GitError> {
        let path = self.common_dir().join(LOCK);
        let lock = match take(&path)? {
            Ok(lock) => lock,
            Err(holder) => return Err(GitError::Busy { holder, path }),
        };
        self.remove_leftovers()?;
        Ok(lock)
    }

    /// Takes the lock of the one process that stays up in this clone. Runs go on beside it.
    ///
    /// # Errors
    /// [`GitError::Watched`] while another holds it.
    pub fn watch_lock(&self) -> Result<RunLock, GitError> {
        let path = self.common_dir().join(WATCH_LOCK);
        take(&path)?.map_err(|holder| GitError::Watched { holder, path })
    }

    /// Removes temporary files of a run that was killed. Call it only while holding the lock
    /// ([`Repository::lock`] does so itself).
    ///
    /// # Errors
    /// [`GitError::Io`] for a file that can't be removed.
    pub fn remove_leftovers(&self) -> Result<(), GitError> {
        let git_dir = self.git_dir();
        let index_lock = git_dir.join("index.lock");
        if fs::read(&index_lock).is_ok_and(|bytes| bytes == MARK.as_bytes()) {
            remove(&index_lock)?;
        }
        if let Ok(announced) = fs::read_to_string(git_dir.join(MOVE))
            && let Some((oid, path)) = announced.split_once(' ')
            && fs::read_to_string(path).is_ok_and(|held| held.is_empty() || held.trim() == oid)
        {
            remove(Path::new(path))?;
        }
        self.remove_half_written_objects()?;
        for name in [MOVE, TOKEN, NEW_INDEX, "updraft-index.lock"] {
            remove(&git_dir.join(name))?;
        }
        Ok(())
    }

    /// libgit2's own, which no `git gc` knows. Young ones may be another program's.
    fn remove_half_written_objects(&self) -> Result<(), GitError> {
        let folder = self.common_dir().join("objects");
        let entries = fs::read_dir(&folder).map_err(io_at("list", &folder))?;
        let old = entries.flatten().filter(|entry| {
            let name = entry.file_name();
            name.to_string_lossy().starts_with("tmp_object_git2_") && is_abandoned(entry)
        });
        for entry in old {
            remove(&entry.path())?;
        }
        Ok(())
    }

    /// Lets the next run tell `lock`, the lock of a ref that we move to `to`, for a dead run's.
    pub(super) fn announce_move(&self, lock: &Path, to: Oid) -> Result<Announcement, GitError> {
        let path = self.git_dir().join(MOVE);
        let text = format!("{to} {}", lock.display());
        fs::write(&path, text).map_err(io_at("write", &path))?;
        Ok(Announcement { path })
    }

    /// Takes git's lock on the index.
    pub(super) fn lock_index(&self) -> Result<IndexLock, GitError> {
        let token = self.git_dir().join(TOKEN);
        let path = self.git_dir().join("index.lock");
        fs::write(&token, MARK).map_err(io_at("write", &token))?;
        // A link is made with its content in one step: no kill leaves a lock that isn't marked.
        let linked = fs::hard_link(&token, &path).or_else(|error| match path.exists() {
            true => Err(error),
            false => write_new(&path),
        });
        remove(&token)?;
        match linked {
            Ok(()) => Ok(IndexLock { path }),
            Err(_) if path.exists() => Err(GitError::Locked { path }),
            Err(source) => Err(io_at("create", path)(source)),
        }
    }
}

/// Says which ref is being moved, for as long as it is.
pub(super) struct Announcement {
    path: PathBuf,
}

impl Drop for Announcement {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}

/// git's own lock on the index, held by us.
pub(super) struct IndexLock {
    path: PathBuf,
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}

fn is_abandoned(entry: &DirEntry) -> bool {
    let written = entry.metadata().and_then(|metadata| metadata.modified());
    let age = written.ok().and_then(|written| written.elapsed().ok());
    age.is_some_and(|age| age > Duration::from_secs(600))
}

fn write_new(path: &Path) -> std::io::Result<()> {
    File::create_new(path)?.write_all(MARK.as_bytes())
}

fn introduce(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    write!(file, "process {}", std::process::id())
}

/// Takes a lock, or says who holds it.
fn take(path: &Path) -> Result<Result<RunLock, String>, GitError> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(io_at("open", path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Err(holder(file))),
        Err(TryLockError::Error(source)) => return Err(io_at("lock", path)(source)),
    }
    introduce(&mut file).map_err(io_at("write", path))?;
    Ok(Ok(RunLock { file }))
}

fn holder(mut file: File) -> String {
    let mut holder = String::new();
    match file.read_to_string(&mut holder) {
        // Windows lets nobody else read what is locked.
        Err(_) => "it can't be named".to_owned(),
        // One that is just starting hasn't introduced itself.
        Ok(0) => "just started".to_owned(),
        Ok(_) => holder,
    }
}

fn remove(path: &Path) -> Result<(), GitError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(io_at("remove", path)(error))
        }
        _ => Ok(()),
    }
}
