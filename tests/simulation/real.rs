//! The disk and the git of this machine, each step of which may fail or be a process's last.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use ignore::overrides::Override;
use updraft::{
    git::{
        Arrival, Change, Comparison, FileEdit, Git, GitError, Head, Held, History, Oid,
        PushOutcome, Relation, Target,
    },
    post::file::{Disk, Kind, LocalDisk},
};

use super::{
    ground::Died,
    runner::{Runner, broken, full},
    scenery::plain_git,
};

/// The disk.
#[derive(Debug)]
pub struct RealDisk(pub Runner);

impl Disk for RealDisk {
    fn is_folder(&self, path: &Path) -> bool {
        LocalDisk.is_folder(path)
    }

    fn is_link(&self, path: &Path) -> bool {
        LocalDisk.is_link(path)
    }

    fn walk(
        &self,
        folder: &Path,
        without: Override,
    ) -> Result<Vec<(PathBuf, Kind)>, ignore::Error> {
        let found = LocalDisk.walk(folder, without)?;
        self.0
            .look(found.iter().map(|(path, _)| self.0.relative(path)));
        Ok(found)
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        LocalDisk.length(path)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.0.is_unreadable(&self.0.relative(path)) {
            true => Err(broken()),
            false => LocalDisk.read(path),
        }
    }

    fn is_read_only(&self, path: &Path) -> bool {
        LocalDisk.is_read_only(path)
    }

    fn write_beside(&self, path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
        self.0.step("write a temporary file");
        if self
            .0
            .fails(self.0.disk_odds(), "temporary file", "disk full")
        {
            return Err(full());
        }
        LocalDisk.write_beside(path, bytes)
    }

    fn put_in_place(&self, temporary: &Path, path: &Path) -> io::Result<()> {
        self.0.step("rename the temporary file");
        let odds = self.0.disk_odds();
        if self.0.fails(odds, "rename", "input/output error") {
            return Err(broken());
        }
        LocalDisk.put_in_place(temporary, path)?;
        match self
            .0
            .fails(odds, "sync of the folder", "input/output error")
        {
            true => Err(broken()),
            false => Ok(()),
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        LocalDisk.remove(path)
    }
}

/// A clone.
#[derive(Debug)]
pub struct RealGit {
    runner: Runner,
    inner: Inner,
}

struct Inner(Box<dyn Git>);

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("git")
    }
}

impl RealGit {
    pub fn new(runner: Runner, inner: Box<dyn Git>) -> Self {
        let inner = Inner(inner);
        Self { runner, inner }
    }

    /// Asks the remote something, if it can be reached.
    fn reach(&self, what: &str) -> Result<(), GitError> {
        self.runner.step(what);
        match self
            .runner
            .fails(self.runner.git_odds(), what, "remote unreachable")
        {
            true => Err(GitError::Unreachable {
                remote: "origin".to_owned(),
                text: "could not resolve host".to_owned(),
            }),
            false => Ok(()),
        }
    }

    fn in_git(&self, name: &str) -> PathBuf {
        self.runner.root.join(".git").join(name)
    }

    /// Moves the work tree; a process that dies there leaves what it had done.
    fn moved(&self, to: Oid, act: impl FnOnce() -> Result<(), GitError>) -> Result<(), GitError> {
        if self.runner.is_deadly_step("move the work tree") {
            if let Head::Branch { oid, .. } = self.inner.0.head()? {
                self.leave_half_moved(oid, to);
            }
            std::panic::resume_unwind(Box::new(Died));
        }
        act()?;
        self.runner.step("go on after the move");
        Ok(())
    }

    fn leave_half_moved(&self, from: Oid, to: Oid) {
        let choice = self.runner.ground.state().rng.u8(..6);
        let mut git = plain_git();
        git.current_dir(&self.runner.root);
        match choice {
            0 => {}
            // git itself was killed.
            1 => fs::write(self.in_git("index.lock"), "").unwrap(),
            2 | 3 => self.write_some(to),
            _ => {
                let (from, to) = (from.to_string(), to.to_string());
                git.args(["read-tree", "-m", "-u", &from, &to]);
                // Where something is in the way, nothing has moved.
                git.output().unwrap();
            }
        }
        if choice == 5 {
            let lock = self.in_git("refs/heads/main.lock");
            fs::write(&lock, "").unwrap();
            let announced = format!("{to} {}", lock.display());
            fs::write(self.in_git("updraft-move"), announced).unwrap();
        }
    }

    /// Some of the files that `to` has, without a word to the index.
    fn write_some(&self, to: Oid) {
        let mut state = self.runner.ground.state();
        let tree = state.remote.tree(to);
        for (path, bytes) in tree.iter() {
            if state.rng.bool() {
                fs::write(self.runner.root.join(path), &**bytes).unwrap();
            }
        }
    }
}

impl Git for RealGit {
    fn pause(&self, _: Duration) {}

    fn root(&self) -> &Path {
        self.inner.0.root()
    }

    fn is_shallow(&self) -> bool {
        self.inner.0.is_shallow()
    }

    fn lock(&self) -> Result<Held, GitError> {
        self.inner.0.lock()
    }

    fn push_target(
        &self,
        branch: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Target, GitError> {
        self.inner.0.push_target(branch, env)
    }

    fn head(&self) -> Result<Head, GitError> {
        self.inner.0.head()
    }

    fn relation(&self, local: Oid, remote: Oid) -> Result<Relation, GitError> {
        self.inner.0.relation(local, remote)
    }

    fn commit(&self, files: &[FileEdit], message: &str) -> Result<Oid, GitError> {
        if self.runner.is_deadly_step("commit") {
            if self.runner.ground.state().rng.bool() {
                fs::write(self.in_git("index.lock"), "updraft writes the index").unwrap();
                fs::write(self.in_git("updraft-index"), "half").unwrap();
            }
            std::panic::resume_unwind(Box::new(Died));
        }
        let odds = self.runner.git_odds();
        let commit = match self.runner.fails(odds, "commit", "index locked") {
            true => {
                let lock = self.in_git("index.lock");
                fs::write(&lock, "").unwrap();
                let commit = self.inner.0.commit(files, message);
                fs::remove_file(lock).unwrap();
                commit
            }
            false => self.inner.0.commit(files, message),
        };
        self.runner.step("go on after the commit");
        commit
    }

    fn commit_on(
        &self,
        parents: &[Oid],
        files: &[FileEdit],
        message: &str,
    ) -> Result<Oid, GitError> {
        self.inner.0.commit_on(parents, files, message)
    }

    fn file_at_head(&self, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        self.inner.0.file_at_head(path)
    }

    fn file_at(&self, commit: Oid, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        self.inner.0.file_at(commit, path)
    }

    fn compare_with_head(&self, path: &str, bytes: &[u8]) -> Result<Comparison, GitError> {
        self.inner.0.compare_with_head(path, bytes)
    }

    fn compare_file_with_head(&self, path: &str) -> Result<Comparison, GitError> {
        self.inner.0.compare_file_with_head(path)
    }

    fn changed_files(&self, commit: Oid) -> Result<Option<Vec<Change>>, GitError> {
        self.inner.0.changed_files(commit)
    }

    fn changes_between(&self, old: Oid, new: Oid) -> Result<Vec<Change>, GitError> {
        self.inner.0.changes_between(old, new)
    }

    fn parents(&self, commit: Oid) -> Result<Vec<Oid>, GitError> {
        self.inner.0.parents(commit)
    }

    fn merge_base(&self, one: Oid, other: Oid) -> Result<Oid, GitError> {
        self.inner.0.merge_base(one, other)
    }

    fn renamed_to(&self, from: Oid, to: Oid, path: &str) -> Result<Option<String>, GitError> {
        self.inner.0.renamed_to(from, to, path)
    }

    fn publishing_tip(
        &self,
        branch: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Oid>, GitError> {
        self.inner.0.publishing_tip(branch, env)
    }

    fn arrivals(
        &self,
        tip: Oid,
        paths: &[&str],
        is_so: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Vec<Arrival>, GitError> {
        self.inner.0.arrivals(tip, paths, is_so)
    }

    fn uris_in_history(
        &self,
        tip: Option<Oid>,
        folder: &str,
        uris: &[String],
    ) -> Result<History, GitError> {
        self.inner.0.uris_in_history(tip, folder, uris)
    }

    fn remote_head_branch(&self, remote: &str) -> Result<Option<String>, GitError> {
        self.inner.0.remote_head_branch(remote)
    }

    fn fetch(&self, target: &Target) -> Result<Option<Oid>, GitError> {
        self.reach("fetch")?;
        self.inner.0.fetch(target)
    }

    fn unshallow(&self, target: &Target) -> Result<(), GitError> {
        self.reach("fetch the history")?;
        self.inner.0.unshallow(target)
    }

    fn push_check(&self, target: &Target, what: Oid) -> Result<(), GitError> {
        self.reach("ask whether a push would be taken")?;
        self.inner.0.push_check(target, what)
    }

    fn push(
        &self,
        target: &Target,
        what: Oid,
        expected: Option<Oid>,
    ) -> Result<PushOutcome, GitError> {
        self.runner.step("push");
        let odds = self.runner.git_odds();
        let text = "it said nothing".to_owned();
        if self.runner.fails(odds, "push", "push lost") {
            return Ok(PushOutcome::Unreachable { text });
        }
        if self
            .runner
            .fails(odds * 2, "push", "push declined by a rule")
        {
            return Ok(PushOutcome::Declined { text });
        }
        let outcome = self.inner.0.push(target, what, expected)?;
        let mut state = self.runner.ground.state();
        state.note(format!("run {} pushes: {outcome:?}", self.runner.id));
        if outcome == PushOutcome::Stale {
            state.count("push rejected: the remote moved");
        }
        drop(state);
        self.runner.step("hear of the push");
        match self.runner.fails(odds, "push", "answer to a push lost") {
            true => Ok(PushOutcome::Unreachable { text }),
            false => Ok(outcome),
        }
    }

    fn fast_forward(&self, to: Oid) -> Result<(), GitError> {
        self.moved(to, || self.inner.0.fast_forward(to))
    }

    fn follow(&self, to: Oid) -> Result<(), GitError> {
        self.moved(to, || self.inner.0.follow(to))
    }
}
