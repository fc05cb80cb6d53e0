//! A process's disk and git, in memory.

use std::{
    collections::BTreeSet,
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use ignore::overrides::Override;
use updraft::{
    git::{
        Arrival, Change, Comparison, FileEdit, Git, GitError, Head, Held, History, Oid,
        PushOutcome, Relation, Target,
    },
    post::file::{Disk, Kind},
};

use super::{
    git_model::Clone,
    ground::State,
    runner::{Runner, broken, full},
    scenery,
};

impl Runner {
    fn with<T>(&self, act: impl FnOnce(&mut State, &mut Clone) -> T) -> T {
        let mut state = self.ground.state();
        let mut clone = state.clones.remove(&self.clone).unwrap();
        let done = act(&mut state, &mut clone);
        state.clones.insert(self.clone, clone);
        done
    }
}

impl Disk for Runner {
    fn is_folder(&self, _: &Path) -> bool {
        true
    }

    fn is_link(&self, _: &Path) -> bool {
        false
    }

    fn walk(&self, folder: &Path, _: Override) -> Result<Vec<(PathBuf, Kind)>, ignore::Error> {
        let folder = self.relative(folder);
        let files = self.with(|_, clone| clone.disk.keys().cloned().collect::<Vec<_>>());
        let inside = files.into_iter().filter(|path| path.starts_with(&folder));
        self.look(inside.clone());
        Ok(inside
            .map(|path| (self.root.join(path), Kind::File))
            .collect())
    }

    fn length(&self, path: &Path) -> io::Result<u64> {
        self.read(path).map(|bytes| bytes.len() as u64)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let path = self.relative(path);
        if self.is_unreadable(&path) {
            return Err(broken());
        }
        let bytes = self.with(|_, clone| clone.disk.get(&path).cloned());
        bytes.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_read_only(&self, _: &Path) -> bool {
        false
    }

    fn write_beside(&self, path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
        self.step("write a temporary file");
        if self.fails(self.disk_odds(), "temporary file", "disk full") {
            return Err(full());
        }
        let folder = path.parent().unwrap();
        let name = self.with(|_, clone| {
            clone.temporaries += 1;
            format!(".updraft-{}.tmp", clone.temporaries)
        });
        let temporary = folder.join(name);
        let key = self.relative(&temporary);
        self.with(|_, clone| clone.disk.insert(key, bytes.to_vec()));
        Ok(temporary)
    }

    fn put_in_place(&self, temporary: &Path, path: &Path) -> io::Result<()> {
        self.step("rename the temporary file");
        if self.fails(self.disk_odds(), "rename", "input/output error") {
            return Err(broken());
        }
        let (from, to) = (self.relative(temporary), self.relative(path));
        self.with(|_, clone| {
            let bytes = clone.disk.remove(&from).unwrap();
            clone.disk.insert(to, bytes);
        });
        if self.fails(self.disk_odds(), "sync of the folder", "input/output error") {
            return Err(broken());
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let path = self.relative(path);
        self.with(|_, clone| clone.disk.remove(&path));
        Ok(())
    }
}

struct Lock(Runner);

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.with(|_, clone| clone.is_locked = false);
    }
}

impl Runner {
    fn unreachable(&self) -> GitError {
        GitError::Unreachable {
            remote: "origin".to_owned(),
            text: "could not resolve host".to_owned(),
        }
    }

    fn advance(&self, to: Oid) -> Result<(), GitError> {
        self.step("move the work tree");
        self.with(|state, clone| {
            let (old, new) = (state.remote.tree(clone.head), state.remote.tree(to));
            let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            let differing: Vec<&String> = paths
                .into_iter()
                .filter(|path| old.get(*path) != new.get(*path))
                .collect();
            let is_in_the_way = |path: &&&String| {
                let disk = clone.disk.get(**path);
                let is = |bytes: Option<&Arc<Vec<u8>>>| disk == bytes.map(|bytes| &**bytes);
                !is(old.get(**path)) && !is(new.get(**path))
            };
            let blocking: Vec<String> = differing
                .iter()
                .filter(is_in_the_way)
                .map(|path| path.to_string())
                .collect();
            if !blocking.is_empty() {
                return Err(GitError::LocalChanges { paths: blocking });
            }
            for path in differing {
                match new.get(path) {
                    Some(bytes) => clone.disk.insert(path.clone(), bytes.to_vec()),
                    None => clone.disk.remove(path),
                };
            }
            scenery::set_up(&self.root, &clone.disk);
            Ok(())
        })?;
        self.step("move HEAD");
        self.with(|_, clone| clone.head = to);
        Ok(())
    }
}

impl Git for Runner {
    fn pause(&self, _: std::time::Duration) {}

    fn root(&self) -> &Path {
        &self.root
    }

    fn is_shallow(&self) -> bool {
        self.with(|_, clone| !clone.cut.is_empty())
    }

    fn lock(&self) -> Result<Held, GitError> {
        let was_locked = self.with(|_, clone| std::mem::replace(&mut clone.is_locked, true));
        match was_locked {
            true => Err(GitError::Busy {
                holder: "another run".to_owned(),
                path: self.root.join(".git/updraft.lock"),
            }),
            false => Ok(Box::new(Lock(self.clone()))),
        }
    }

    fn push_target(
        &self,
        branch: Option<&str>,
        _: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Target, GitError> {
        Ok(Target {
            remote: "origin".to_owned(),
            branch: branch.unwrap_or("main").to_owned(),
        })
    }

    fn head(&self) -> Result<Head, GitError> {
        Ok(Head::Branch {
            name: "main".to_owned(),
            oid: self.with(|_, clone| clone.head),
        })
    }

    fn relation(&self, local: Oid, remote: Oid) -> Result<Relation, GitError> {
        Ok(self.with(|state, clone| state.remote.model().relation(local, remote, &clone.cut)))
    }

    fn commit(&self, files: &[FileEdit], _: &str) -> Result<Oid, GitError> {
        self.step("commit");
        if self.fails(self.git_odds(), "commit", "index locked") {
            let path = self.root.join(".git/index.lock");
            return Err(GitError::Locked { path });
        }
        let head = self.with(|_, clone| clone.head);
        let commit = self.commit_on(&[head], files, "")?;
        self.step("move the branch to the commit");
        self.with(|_, clone| clone.head = commit);
        Ok(commit)
    }

    fn commit_on(&self, parents: &[Oid], files: &[FileEdit], _: &str) -> Result<Oid, GitError> {
        let mut state = self.ground.state();
        let second = state.now / 1_000_000;
        let store = state.remote.model();
        let tree = store.edited(parents[0], files);
        if parents.len() == 1 && !files.is_empty() && tree == *store.tree(parents[0]) {
            return Ok(parents[0]);
        }
        Ok(store.add(parents, tree, second))
    }

    fn file_at_head(&self, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let head = self.with(|_, clone| clone.head);
        self.file_at(head, path)
    }

    fn file_at(&self, commit: Oid, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let tree = self.ground.state().remote.tree(commit);
        Ok(tree.get(path).map(|bytes| bytes.to_vec()))
    }

    fn compare_with_head(&self, path: &str, bytes: &[u8]) -> Result<Comparison, GitError> {
        Ok(match self.file_at_head(path)? {
            None => Comparison::Untracked,
            Some(head) if head == bytes => Comparison::Same,
            Some(head) => Comparison::Changed { head },
        })
    }

    fn compare_file_with_head(&self, path: &str) -> Result<Comparison, GitError> {
        let bytes = self.with(|_, clone| clone.disk.get(path).cloned());
        self.compare_with_head(path, &bytes.unwrap_or_default())
    }

    fn changed_files(&self, commit: Oid) -> Result<Option<Vec<Change>>, GitError> {
        Ok(self.with(|state, clone| state.remote.model().changes(commit, &clone.cut)))
    }

    fn changes_between(&self, old: Oid, new: Oid) -> Result<Vec<Change>, GitError> {
        Ok(self.with(|state, _| state.remote.model().differences(Some(old), new)))
    }

    fn parents(&self, commit: Oid) -> Result<Vec<Oid>, GitError> {
        Ok(self.with(|state, clone| match clone.cut.contains(&commit) {
            true => Vec::new(),
            false => state.remote.model().parents(commit).to_vec(),
        }))
    }

    fn merge_base(&self, one: Oid, other: Oid) -> Result<Oid, GitError> {
        let base = self.with(|state, clone| {
            let store = state.remote.model();
            let ours = store.history(one, &clone.cut);
            let theirs = store.history(other, &clone.cut);
            ours.intersection(&theirs).last().copied()
        });
        base.ok_or(GitError::NothingInCommon { shallow: false })
    }

    fn renamed_to(&self, from: Oid, to: Oid, path: &str) -> Result<Option<String>, GitError> {
        Ok(self.ground.state().remote.model().renamed(from, to, path))
    }

    fn publishing_tip(
        &self,
        _: Option<&str>,
        _: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Oid>, GitError> {
        Ok(Some(self.with(|_, clone| clone.head)))
    }

    fn arrivals(
        &self,
        tip: Oid,
        paths: &[&str],
        is_so: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Vec<Arrival>, GitError> {
        Ok(self.with(|state, clone| {
            let store = state.remote.model();
            let paths = paths.iter();
            paths
                .map(|path| store.arrival((tip, path), is_so, &clone.cut))
                .collect()
        }))
    }

    fn uris_in_history(
        &self,
        tip: Option<Oid>,
        folder: &str,
        uris: &[String],
    ) -> Result<History, GitError> {
        Ok(self.with(|state, clone| {
            let mut found = BTreeSet::new();
            let store = state.remote.model();
            for commit in store.history(tip.unwrap_or(clone.head), &clone.cut) {
                let tree = store.tree(commit);
                let posts = tree.iter().filter(|(path, _)| path.starts_with(folder));
                for (_, bytes) in posts {
                    let text = String::from_utf8_lossy(bytes);
                    found.extend(uris.iter().filter(|uri| text.contains(*uri)).cloned());
                }
            }
            History {
                found,
                complete: clone.cut.is_empty(),
            }
        }))
    }

    fn remote_head_branch(&self, _: &str) -> Result<Option<String>, GitError> {
        Ok(Some("main".to_owned()))
    }

    fn fetch(&self, target: &Target) -> Result<Option<Oid>, GitError> {
        self.step("fetch");
        if self.fails(self.git_odds(), "fetch", "remote unreachable") {
            return Err(self.unreachable());
        }
        let mut state = self.ground.state();
        Ok(*state.remote.model().branch(&target.branch))
    }

    fn unshallow(&self, _: &Target) -> Result<(), GitError> {
        self.step("fetch the history");
        if self.fails(
            self.git_odds(),
            "fetch of the history",
            "remote unreachable",
        ) {
            return Err(self.unreachable());
        }
        self.with(|_, clone| clone.cut.clear());
        Ok(())
    }

    fn push_check(&self, target: &Target, what: Oid) -> Result<(), GitError> {
        self.step("ask whether a push would be taken");
        if self.fails(self.git_odds(), "push --dry-run", "remote unreachable") {
            return Err(self.unreachable());
        }
        let moved = GitError::RemoteMoved {
            branch: target.branch.clone(),
        };
        let builds_on = self.with(|state, clone| {
            let store = state.remote.model();
            let ours = store.history(what, &clone.cut);
            let tip = store.branch(&target.branch);
            tip.is_none_or(|tip| ours.contains(&tip))
        });
        if builds_on { Ok(()) } else { Err(moved) }
    }

    fn push(
        &self,
        target: &Target,
        what: Oid,
        expected: Option<Oid>,
    ) -> Result<PushOutcome, GitError> {
        self.step("push");
        let text = "it said nothing".to_owned();
        if self.fails(self.git_odds(), "push", "push lost") {
            return Ok(PushOutcome::Unreachable { text });
        }
        if self.fails(self.git_odds() * 2, "push", "push declined by a rule") {
            return Ok(PushOutcome::Declined { text });
        }
        let landed = self.with(|state, clone| {
            let store = state.remote.model();
            let ours = store.history(what, &clone.cut);
            let tip = store.branch(&target.branch);
            let is_forward = tip.is_none_or(|tip| ours.contains(&tip));
            let is_expected = expected.is_none() || expected == *tip;
            if is_forward && is_expected {
                *tip = Some(what);
                state.note(format!("run {} pushes", self.id));
                return true;
            }
            state.count("push rejected: the remote moved");
            state.note(format!("run {}: push rejected, the remote moved", self.id));
            false
        });
        if !landed {
            return Ok(PushOutcome::Stale);
        }
        self.step("hear that the push landed");
        if self.fails(self.git_odds(), "push landed", "answer to a push lost") {
            return Ok(PushOutcome::Unreachable { text });
        }
        Ok(PushOutcome::Pushed)
    }

    fn fast_forward(&self, to: Oid) -> Result<(), GitError> {
        let head = self.with(|_, clone| clone.head);
        match self.relation(head, to)? {
            Relation::Same => Ok(()),
            Relation::Behind => self.advance(to),
            _ => Err(GitError::NotFastForward { to }),
        }
    }

    fn follow(&self, to: Oid) -> Result<(), GitError> {
        match self.with(|_, clone| clone.head) == to {
            true => Ok(()),
            false => self.advance(to),
        }
    }
}
