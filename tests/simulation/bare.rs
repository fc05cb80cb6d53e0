//! The remote: the model's, or a bare repository on disk whose authors need no clone.

use std::{cell::RefCell, collections::HashMap, path::Path, path::PathBuf, sync::Arc};

use git2::{
    FileMode, ObjectType, Repository, Signature, Time, TreeWalkMode, build::TreeUpdateBuilder,
};
use updraft::git::Oid;

use super::{
    git_model::{Store, Tree},
    pull_request::BESIDE,
};

const MAIN: &str = "refs/heads/main";

/// Where the posts' history is.
pub enum Remote {
    Model(Store),
    Real(Bare),
}

/// A bare repository.
pub struct Bare {
    git: Repository,
    pub path: PathBuf,
    trees: RefCell<HashMap<Oid, Arc<Tree>>>,
}

impl Remote {
    pub fn model(&mut self) -> &mut Store {
        match self {
            Self::Model(store) => store,
            Self::Real(_) => panic!("a real repository is no model"),
        }
    }

    /// The tip of `main`, if there is such a branch.
    pub fn tip(&self) -> Option<Oid> {
        match self {
            Self::Model(store) => store.remote,
            Self::Real(bare) => bare.git.refname_to_id(MAIN).ok(),
        }
    }

    /// Moves `main`, wherever it was.
    pub fn set_tip(&mut self, tip: Option<Oid>) {
        match self {
            Self::Model(store) => store.remote = tip,
            Self::Real(bare) => match tip {
                Some(tip) => drop(bare.git.reference(MAIN, tip, true, "").unwrap()),
                None => bare.git.find_reference(MAIN).unwrap().delete().unwrap(),
            },
        }
    }

    /// The branch with results, where `main` takes no push.
    pub fn beside(&self) -> Option<Oid> {
        match self {
            Self::Model(store) => store.beside,
            Self::Real(bare) => bare.git.refname_to_id(&beside()).ok(),
        }
    }

    /// Moves it, wherever it was.
    pub fn set_beside(&mut self, tip: Option<Oid>) {
        match self {
            Self::Model(store) => store.beside = tip,
            Self::Real(bare) => match tip {
                Some(tip) => drop(bare.git.reference(&beside(), tip, true, "").unwrap()),
                None => bare
                    .git
                    .find_reference(&beside())
                    .unwrap()
                    .delete()
                    .unwrap(),
            },
        }
    }

    pub fn tree(&self, oid: Oid) -> Arc<Tree> {
        match self {
            Self::Model(store) => store.tree(oid),
            Self::Real(bare) => bare.tree(oid),
        }
    }

    pub fn parents(&self, oid: Oid) -> Vec<Oid> {
        match self {
            Self::Model(store) => store.parents(oid).to_vec(),
            Self::Real(bare) => {
                let commit = bare.git.find_commit(oid).unwrap();
                commit.parent_ids().collect()
            }
        }
    }

    /// When a commit was made, in seconds since 1970.
    pub fn second(&self, oid: Oid) -> i64 {
        match self {
            Self::Model(store) => store.second(oid),
            Self::Real(bare) => bare.git.find_commit(oid).unwrap().time().seconds(),
        }
    }

    /// A commit, which no branch holds yet.
    pub fn add(&mut self, parents: &[Oid], tree: Tree, seconds: i64) -> Oid {
        match self {
            Self::Model(store) => store.add(parents, tree, seconds),
            Self::Real(bare) => bare.add(parents, &tree, seconds),
        }
    }

    /// Whether `tip` builds on `oid`, or is it.
    pub fn builds_on(&self, tip: Oid, oid: Oid) -> bool {
        tip == oid
            || match self {
                Self::Model(store) => store.history(tip, &Default::default()).contains(&oid),
                Self::Real(bare) => bare.git.graph_descendant_of(tip, oid).unwrap(),
            }
    }
}

fn beside() -> String {
    format!("refs/heads/{BESIDE}")
}

impl Bare {
    pub fn new(path: &Path) -> Self {
        let git = Repository::init_bare(path).unwrap();
        git.set_head(MAIN).unwrap();
        let trees = RefCell::default();
        Self {
            git,
            path: path.to_owned(),
            trees,
        }
    }

    fn tree(&self, oid: Oid) -> Arc<Tree> {
        if let Some(tree) = self.trees.borrow().get(&oid) {
            return tree.clone();
        }
        let mut files = Tree::new();
        let tree = self.git.find_commit(oid).unwrap().tree().unwrap();
        let walk = tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            if entry.kind() == Some(ObjectType::Blob) {
                let blob = self.git.find_blob(entry.id()).unwrap();
                let path = format!("{folder}{}", entry.name().unwrap());
                files.insert(path, Arc::new(blob.content().to_vec()));
            }
            0
        });
        walk.unwrap();
        let files = Arc::new(files);
        self.trees.borrow_mut().insert(oid, files.clone());
        files
    }

    fn add(&self, parents: &[Oid], tree: &Tree, seconds: i64) -> Oid {
        let mut update = TreeUpdateBuilder::new();
        for (path, bytes) in tree {
            let blob = self.git.blob(bytes).unwrap();
            update.upsert(path.as_str(), blob, FileMode::Blob);
        }
        let nothing = self.git.treebuilder(None).unwrap().write().unwrap();
        let nothing = self.git.find_tree(nothing).unwrap();
        let tree = update.create_updated(&self.git, &nothing).unwrap();
        let tree = self.git.find_tree(tree).unwrap();
        let who = Signature::new("An author", "author@example.com", &Time::new(seconds, 0));
        let who = who.unwrap();
        let parents: Vec<_> = parents
            .iter()
            .map(|oid| self.git.find_commit(*oid).unwrap())
            .collect();
        let parents: Vec<_> = parents.iter().collect();
        let commit = self.git.commit(None, &who, &who, "Write", &tree, &parents);
        commit.unwrap()
    }
}
