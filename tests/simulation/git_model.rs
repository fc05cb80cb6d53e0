//! Commits, a remote and clones as git has them, in memory.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::pull_request::BESIDE;
use updraft::git::{Arrival, Change, FileEdit, Oid, Relation};

/// The files of a commit.
pub type Tree = BTreeMap<String, Arc<Vec<u8>>>;

#[derive(Clone)]
pub struct Commit {
    pub parents: Vec<Oid>,
    pub tree: Arc<Tree>,
    /// Since 1970.
    pub second: i64,
}

/// All commits there are, wherever they are.
#[derive(Default)]
pub struct Store {
    commits: HashMap<Oid, Commit>,
    /// The remote's `main`.
    pub remote: Option<Oid>,
    /// The remote's branch with results, where `main` takes no push.
    pub beside: Option<Oid>,
    /// Any other.
    none: Option<Oid>,
}

impl Store {
    /// A branch of the remote.
    pub fn branch(&mut self, name: &str) -> &mut Option<Oid> {
        match name {
            "main" => &mut self.remote,
            BESIDE => &mut self.beside,
            _ => &mut self.none,
        }
    }

    pub fn add(&mut self, parents: &[Oid], tree: Tree, second: i64) -> Oid {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&(self.commits.len() as u64 + 1).to_be_bytes());
        let oid = Oid::from_bytes(&bytes).unwrap();
        let (parents, tree) = (parents.to_vec(), Arc::new(tree));
        let commit = Commit {
            parents,
            tree,
            second,
        };
        self.commits.insert(oid, commit);
        oid
    }

    pub fn tree(&self, oid: Oid) -> Arc<Tree> {
        self.commits[&oid].tree.clone()
    }

    pub fn parents(&self, oid: Oid) -> &[Oid] {
        &self.commits[&oid].parents
    }

    pub fn second(&self, oid: Oid) -> i64 {
        self.commits[&oid].second
    }

    /// As git finds it: along first parents, and through renames.
    pub fn arrival(
        &self,
        (tip, path): (Oid, &str),
        is_so: &dyn Fn(&[u8]) -> bool,
        cut: &BTreeSet<Oid>,
    ) -> Arrival {
        let has = |oid: Oid, path: &str| self.tree(oid).get(path).is_some_and(|bytes| is_so(bytes));
        let (mut commit, mut path) = (tip, path.to_owned());
        if !has(commit, &path) {
            return Arrival::Absent;
        }
        loop {
            if cut.contains(&commit) {
                return Arrival::Cut;
            }
            let Some(parent) = self.parents(commit).first().copied() else {
                return Arrival::Since(self.second(commit));
            };
            if !self.tree(parent).contains_key(&path) {
                let old = self.tree(parent);
                let mut gone = old
                    .keys()
                    .filter(|old| self.renamed(parent, commit, old).as_ref() == Some(&path));
                if let Some(old) = gone.next() {
                    path = old.clone();
                }
            }
            if !has(parent, &path) {
                return Arrival::Since(self.second(commit));
            }
            commit = parent;
        }
    }

    pub fn edited(&self, parent: Oid, edits: &[FileEdit]) -> Tree {
        let mut tree = (*self.tree(parent)).clone();
        for edit in edits {
            tree.insert(edit.path.clone(), Arc::new(edit.bytes.clone()));
        }
        tree
    }

    /// A commit and all that it builds on, as far as a clone has them. Their ids count up, so that
    /// what is older comes first.
    pub fn history(&self, from: Oid, cut: &BTreeSet<Oid>) -> BTreeSet<Oid> {
        let mut found = BTreeSet::new();
        let mut open = vec![from];
        while let Some(oid) = open.pop() {
            if found.insert(oid) && !cut.contains(&oid) {
                open.extend(self.parents(oid));
            }
        }
        found
    }

    pub fn relation(&self, local: Oid, remote: Oid, cut: &BTreeSet<Oid>) -> Relation {
        if local == remote {
            return Relation::Same;
        }
        let theirs = self.history(remote, cut);
        if theirs.contains(&local) {
            return Relation::Behind;
        }
        let ours = self.history(local, cut);
        if ours.is_disjoint(&theirs) {
            return Relation::Unrelated;
        }
        let is_ahead = ours.contains(&remote);
        let ours: Vec<Oid> = ours.difference(&theirs).copied().collect();
        match is_ahead {
            true => Relation::Ahead { ours },
            false => Relation::Diverged { ours },
        }
    }

    pub fn changes(&self, oid: Oid, cut: &BTreeSet<Oid>) -> Option<Vec<Change>> {
        let parents = self.parents(oid);
        if cut.contains(&oid) || parents.len() > 1 {
            return None;
        }
        Some(self.differences(parents.first().copied(), oid))
    }

    pub fn differences(&self, old: Option<Oid>, new: Oid) -> Vec<Change> {
        let new = self.tree(new);
        let old = old.map(|old| self.tree(old)).unwrap_or_default();
        let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let differing = paths
            .into_iter()
            .filter(|path| old.get(*path) != new.get(*path));
        let changes = differing.map(|path| Change {
            path: path.clone(),
            old: old.get(path).map(|bytes| bytes.to_vec()),
            new: new.get(path).map(|bytes| bytes.to_vec()),
        });
        changes.collect()
    }

    /// As git finds renames: of what is new, the most alike, at least half of its lines.
    pub fn renamed(&self, from: Oid, to: Oid, path: &str) -> Option<String> {
        let (from, to) = (self.tree(from), self.tree(to));
        let old = from.get(path)?;
        if to.contains_key(path) {
            return None;
        }
        let lines = |bytes: &[u8]| -> BTreeSet<Vec<u8>> {
            bytes
                .split(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect()
        };
        let mine = lines(old);
        let new = to.iter().filter(|(path, _)| !from.contains_key(*path));
        let alike = new.map(|(path, bytes)| {
            let theirs = lines(bytes);
            let shared = mine.intersection(&theirs).count() * 100;
            (shared / mine.len().max(theirs.len()).max(1), path)
        });
        let best = alike
            .filter(|(share, _)| *share >= 50)
            .max_by_key(|(share, _)| *share);
        best.map(|(_, path)| path.clone())
    }
}

/// A clone with its work tree.
pub struct Clone {
    pub head: Oid,
    /// Commits whose parents a shallow clone lacks.
    pub cut: BTreeSet<Oid>,
    pub disk: BTreeMap<String, Vec<u8>>,
    pub is_locked: bool,
    pub temporaries: usize,
}

impl Clone {
    pub fn of(store: &Store, tip: Oid, is_shallow: bool) -> Self {
        let files = store.tree(tip);
        let disk = files
            .iter()
            .map(|(path, bytes)| (path.clone(), bytes.to_vec()));
        Self {
            head: tip,
            cut: if is_shallow {
                BTreeSet::from([tip])
            } else {
                BTreeSet::new()
            },
            disk: disk.collect(),
            is_locked: false,
            temporaries: 0,
        }
    }
}
