//! A branch that takes no push: results lie beside it until somebody merges the pull request.

use std::{collections::BTreeSet, sync::Arc};

use fastrand::Rng;
use updraft::git::Oid;

use super::{
    ghost::{Ghost, split, with_block},
    ground::State,
};

/// Where results go.
pub const BESIDE: &str = "updraft/status";

/// Whether a story's branch takes no push: one in five.
pub fn is_beside(seed: u64) -> bool {
    Rng::with_seed(seed ^ 0x70_7573_682d_746f).u8(..5) == 0
}

impl State {
    /// What the branch beside says of a post, and the other has never said.
    pub fn said_beside(&self, ghost: &Ghost) -> Option<String> {
        let tip = self.remote.beside()?;
        let tree = self.remote.tree(tip);
        let mut names = std::iter::once(&ghost.path).chain(ghost.former_paths.iter().rev());
        let bytes = names.find_map(|name| tree.get(name))?;
        let block = split(bytes).1;
        let is_new = !block.is_empty() && !self.settled.contains(&block);
        (is_new && !self.was_on_main(&block)).then_some(block)
    }

    fn was_on_main(&self, block: &str) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![self.seen()]);
        while let Some(oid) = open.pop() {
            if seen.insert(oid) {
                let tree = self.remote.tree(oid);
                let mut files = tree.values();
                if files.any(|bytes| String::from_utf8_lossy(bytes).contains(block)) {
                    return true;
                }
                open.extend(self.remote.parents(oid));
            }
        }
        false
    }

    /// Somebody merges the pull request, if it brings anything; whether it did.
    pub fn merge_pull_request(&mut self) -> bool {
        let is_squashed = self.rng.bool();
        if !self.take_results(is_squashed) {
            return false;
        }
        if self.rng.bool() {
            self.remote.set_beside(None);
            self.note("… and its branch deleted");
            self.count("branch of a pull request deleted");
        }
        true
    }

    /// Somebody does what a run asks for.
    pub fn heed(&mut self, words: &str) {
        let is_apart = words.contains("has nothing in common with the branch");
        if !is_apart && !words.contains("changes more than results") {
            return;
        }
        self.note("somebody sees to the branch beside, as the run says");
        self.count("branch beside seen to");
        self.take_results(is_apart);
        if self.remote.beside().is_some() {
            self.remote.set_beside(None);
        }
    }

    /// Puts what lies beside into the branch; whether there was anything.
    fn take_results(&mut self, is_squashed: bool) -> bool {
        let (Some(tip), Some(beside)) = (self.whole(), self.remote.beside()) else {
            return false;
        };
        let mut tree = (*self.remote.tree(tip)).clone();
        let mut count = 0;
        for ghost in self.ghosts.iter().filter(|ghost| !ghost.is_deleted) {
            let Some(bytes) = tree.get(&ghost.path) else {
                continue;
            };
            if let Some(block) = self.said_beside(ghost) {
                let bytes = with_block(&split(bytes).0, &block);
                tree.insert(ghost.path.clone(), Arc::new(bytes));
                count += 1;
            }
        }
        if count == 0 {
            return false;
        }
        let parents: Vec<Oid> = match is_squashed {
            true => vec![tip],
            false => vec![tip, beside],
        };
        let commit = self.remote.add(&parents, tree, self.now / 1_000_000);
        self.remote.set_tip(Some(commit));
        let how = if is_squashed { "squashed" } else { "merged" };
        self.note(format!("a pull request with {count} results is {how}"));
        self.count("pull request merged");
        self.date_merges();
        true
    }

    /// Where a file is used again, what the branch beside says of it is of its past: so whoever merges
    /// settles it.
    pub fn settle(&mut self, ghost: &Ghost) {
        self.settled.extend(self.said_beside(ghost));
    }
}
