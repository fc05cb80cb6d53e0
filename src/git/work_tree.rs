//! Moves branch, index and work tree together, never over the user's changes.

use std::{fs, path::Path};

use git2::{Delta, Oid};

use super::{
    Repository,
    branch::Relation,
    child::{Answer, Call, LOCAL},
    error::{GitError, while_doing},
};

impl Repository {
    /// Moves HEAD's branch (or HEAD itself while detached) and the work tree forward to `to`.
    /// Changes of the user to files that don't differ between the two stay as they are.
    ///
    /// # Errors
    /// [`GitError::LocalChanges`] if others are in the way: then nothing has moved.
    /// [`GitError::NotFastForward`] if HEAD has commits that `to` lacks.
    pub fn fast_forward(&self, to: Oid) -> Result<(), GitError> {
        if let Some(head) = self.head_oid()? {
            match self.relation(head, to)? {
                Relation::Same => return Ok(()),
                Relation::Behind => {}
                _ => return Err(GitError::NotFastForward { to }),
            }
        }
        self.advance(to, "updraft: fast-forward")
    }

    /// Moves HEAD and the work tree to `to`, leaving commits behind that only HEAD had: for after
    /// a commit on the remote's tip has taken the place of our own. The caller has made sure that
    /// nothing but superseded commits is left behind.
    ///
    /// # Errors
    /// [`GitError::LocalChanges`] rather than lose anything in the work tree.
    pub fn follow(&self, to: Oid) -> Result<(), GitError> {
        match self.head_oid()? == Some(to) {
            true => Ok(()),
            false => self.advance(to, "updraft: follow the remote"),
        }
    }

    pub(super) fn index_answer(&self, answer: Answer, action: &str) -> Result<Vec<u8>, GitError> {
        if !answer.ok && answer.said.contains("index.lock") {
            return Err(GitError::Locked {
                path: self.git_dir().join("index.lock"),
            });
        }
        answer.or_fail(action)
    }

    fn advance(&self, to: Oid, why: &str) -> Result<(), GitError> {
        self.require_quiet()?;
        let head = self.head_oid()?;
        let from = match head {
            Some(head) => self.tree_id(head)?,
            None => self.empty_tree()?,
        };
        // Files that were only touched must not count as changed; its status says nothing.
        self.run(Call::new(LOCAL, ["update-index", "-q", "--refresh"]))?;
        let answer = self.switch(from, to)?;
        if !answer.ok {
            if answer.said.contains("index.lock") {
                return self.index_answer(answer, "read-tree").map(drop);
            }
            self.clear_the_way(from, to)?;
            let answer = self.switch(from, to)?;
            if !answer.ok {
                return Err(GitError::LocalChanges {
                    paths: named(&answer.said),
                });
            }
        }
        self.reopen()?;
        self.move_head(head, to, why)
    }

    /// git's own two-way merge: all or nothing, and local changes that don't matter stay.
    fn switch(&self, from: Oid, to: Oid) -> Result<Answer, GitError> {
        let (from, to) = (from.to_string(), to.to_string());
        self.run(Call::new(LOCAL, ["read-tree", "-m", "-u", &from, &to]))
    }

    /// Stages files that are already what `to` holds, or says which ones are in the way.
    fn clear_the_way(&self, from: Oid, to: Oid) -> Result<(), GitError> {
        let target = self.tree_id(to)?;
        let (mut arrived, mut blocking) = (Vec::new(), Vec::new());
        for Differing {
            path,
            old,
            new,
            mode,
        } in self.differing(from, target)?
        {
            let (staged, disk) = (self.staged(&path)?, self.on_disk(&path)?);
            match disk == new {
                true if staged != new => arrived.push((path, new, mode)),
                true => {}
                false if disk == old && (staged == old || staged == new) => {}
                false => blocking.push(path),
            }
        }
        if !blocking.is_empty() {
            return Err(GitError::LocalChanges { paths: blocking });
        }
        self.stage(&arrived)
    }

    fn stage(&self, files: &[(String, Option<Oid>, u32)]) -> Result<(), GitError> {
        if files.is_empty() {
            return Ok(());
        }
        let mut input = Vec::new();
        for (path, blob, mode) in files {
            let line = match blob {
                Some(blob) => format!("{mode:o} {blob}\t{path}\0"),
                None => format!("0 {}\t{path}\0", Oid::ZERO_SHA1),
            };
            input.extend(line.bytes());
        }
        let call = Call::new(LOCAL, ["update-index", "-z", "--index-info"]);
        let answer = self.run(call.input(&input))?;
        self.index_answer(answer, "update-index")?;
        self.run(Call::new(LOCAL, ["update-index", "-q", "--refresh"]))
            .map(drop)
    }

    fn differing(&self, from: Oid, to: Oid) -> Result<Vec<Differing>, GitError> {
        let git = self.git();
        let find = |oid| git.find_tree(oid).map_err(while_doing("read a commit"));
        let diff = git
            .diff_tree_to_tree(Some(&find(from)?), Some(&find(to)?), None)
            .map_err(while_doing("compare two commits"))?;
        let differing = diff.deltas().map(|delta| {
            let path = delta.new_file().path_bytes().unwrap_or_default();
            let old = (delta.status() != Delta::Added).then(|| delta.old_file().id());
            let new = (delta.status() != Delta::Deleted).then(|| delta.new_file().id());
            Differing {
                path: String::from_utf8_lossy(path).into_owned(),
                old,
                new,
                mode: delta.new_file().mode().into(),
            }
        });
        Ok(differing.collect())
    }

    fn staged(&self, path: &str) -> Result<Option<Oid>, GitError> {
        let mut index = self.git().index().map_err(while_doing("read the index"))?;
        index.read(false).map_err(while_doing("read the index"))?;
        Ok(index.get_path(Path::new(path), 0).map(|entry| entry.id))
    }

    /// What git would store for the file on disk; `None` if there is none.
    fn on_disk(&self, path: &str) -> Result<Option<Oid>, GitError> {
        match fs::read(self.root().join(path)) {
            Ok(bytes) => self.stored(path, &bytes).map(Some),
            Err(_) if self.root().join(path).symlink_metadata().is_err() => Ok(None),
            // A folder or a link in a file's place is a change.
            Err(_) => Ok(Some(Oid::ZERO_SHA1)),
        }
    }
}

/// A path that two commits disagree about, with its blob on either side and its new mode.
struct Differing {
    path: String,
    old: Option<Oid>,
    new: Option<Oid>,
    mode: u32,
}

/// The paths in git's words, such as `Entry 'a.md' not uptodate. Cannot merge.`
fn named(said: &str) -> Vec<String> {
    let quoted = said.split('\'').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}
