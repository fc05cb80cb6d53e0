//! Tells the index of a commit that was made beside it.

use std::{fs, path::Path};

use git2::{Index, IndexEntry, IndexTime, MergeFileInput, Oid};

use super::{
    Repository,
    child::{Call, LOCAL},
    commit::Stored,
    error::{GitError, io_at, while_doing},
    lock::NEW_INDEX,
};

impl Repository {
    /// Puts these files into the index, leaving every other entry as it is.
    ///
    /// The new index is written aside and renamed while `index.lock` is held, so that a run killed
    /// at any moment leaves either index, and no lock that the next run can't tell for its own.
    pub(super) fn add_to_index(&self, files: &[Stored]) -> Result<(), GitError> {
        let lock = self.lock_index()?;
        let current = self.git_dir().join("index");
        let new = self.git_dir().join(NEW_INDEX);
        if current.exists() {
            fs::copy(&current, &new).map_err(io_at("copy", &current))?;
        }
        let Ok(mut index) = Index::open(&new) else {
            // Split and sparse indexes are for the user's git alone.
            fs::remove_file(&new).ok();
            drop(lock);
            return self.add_by_git(files);
        };
        for file in files {
            if let Some(entry) = self.entry_for(&index, file)? {
                index.add(&entry).map_err(while_doing("write the index"))?;
            }
        }
        index.write().map_err(while_doing("write the index"))?;
        fs::rename(&new, &current).map_err(io_at("replace", &current))?;
        drop(lock);
        Ok(())
    }

    /// The entry that a file is to have; `None` if the user's is to stay.
    fn entry_for(&self, index: &Index, file: &Stored) -> Result<Option<IndexEntry>, GitError> {
        let old = index.get_path(Path::new(&file.path), 0);
        let staged = old.as_ref().map(|entry| entry.id);
        if staged.is_none() && file.before.is_some() {
            // Taken out of the index by the user (`git rm --cached`).
            return Ok(None);
        }
        // An entry of `git add -N` stands for no content yet.
        let intended = old
            .as_ref()
            .is_some_and(|entry| entry.flags_extended & (1 << 13) != 0);
        let blob = match staged {
            Some(staged) if !intended && Some(staged) != file.before => {
                self.merged(staged, file)?
            }
            _ => file.blob,
        };
        let mut entry = old.unwrap_or_else(|| blank(file));
        entry.flags_extended &= !(1 << 13);
        entry.id = blob;
        forget_stat(&mut entry);
        if self.is_on_disk(file, blob) {
            self.take_stat(&mut entry, &file.path);
        }
        Ok(Some(entry))
    }

    /// What the user has staged, with our change on top; ours where the two can't be merged.
    fn merged(&self, staged: Oid, file: &Stored) -> Result<Oid, GitError> {
        if staged == file.blob {
            return Ok(staged);
        }
        let before = match file.before {
            Some(before) => self.raw(before)?,
            None => Vec::new(),
        };
        let (ours, theirs) = (self.raw(staged)?, self.raw(file.blob)?);
        let input = |bytes| {
            let mut input = MergeFileInput::new();
            input.content(bytes);
            input
        };
        let merged = git2::merge_file(&input(&before), &input(&ours), &input(&theirs), None);
        match merged {
            Ok(merged) if merged.is_automergeable() => self
                .git()
                .blob(merged.content())
                .map_err(while_doing("store a file")),
            _ => Ok(file.blob),
        }
    }

    fn is_on_disk(&self, file: &Stored, blob: Oid) -> bool {
        fs::read(self.root().join(&file.path))
            .is_ok_and(|bytes| self.stored(&file.path, &bytes).is_ok_and(|oid| oid == blob))
    }

    /// Lets git see at a glance that the file is unchanged.
    fn take_stat(&self, entry: &mut IndexEntry, path: &str) {
        #[cfg(unix)]
        if let Ok(stat) = fs::metadata(self.root().join(path)) {
            use std::os::unix::fs::MetadataExt;
            entry.ctime = IndexTime::new(stat.ctime() as i32, stat.ctime_nsec() as u32);
            entry.mtime = IndexTime::new(stat.mtime() as i32, stat.mtime_nsec() as u32);
            (entry.dev, entry.ino) = (stat.dev() as u32, stat.ino() as u32);
            (entry.uid, entry.gid) = (stat.uid(), stat.gid());
            entry.file_size = stat.size() as u32;
        }
        #[cfg(not(unix))]
        let _ = (entry, path);
    }

    fn add_by_git(&self, files: &[Stored]) -> Result<(), GitError> {
        let mut input = Vec::new();
        for file in files {
            input.extend(format!("{:o} {}\t{}\0", file.mode, file.blob, file.path).bytes());
        }
        let call = Call::new(LOCAL, ["update-index", "-z", "--index-info"]);
        let answer = self.run(call.input(&input))?;
        self.index_answer(answer, "update-index").map(drop)
    }
}

fn blank(file: &Stored) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: file.mode.unsigned_abs(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id: file.blob,
        flags: 0,
        flags_extended: 0,
        path: file.path.clone().into_bytes(),
    }
}

fn forget_stat(entry: &mut IndexEntry) {
    entry.ctime = IndexTime::new(0, 0);
    entry.mtime = IndexTime::new(0, 0);
    entry.file_size = 0;
}
