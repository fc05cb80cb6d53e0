//! What people do to the branch as a whole.

use updraft::git::Oid;

use super::ground::State;

impl State {
    /// All that was becomes one commit without a past.
    pub fn rewrite_history(&mut self) {
        if let Some(tip) = self.remote.tip() {
            let tree = (*self.remote.tree(tip)).clone();
            let commit = self.remote.add(&[], tree, self.now / 1_000_000);
            self.authored.insert(commit);
            self.remote.set_tip(Some(commit));
            self.was_rewritten = true;
            self.date_merges();
            self.note("somebody rewrites the branch");
            self.count("history rewritten");
        }
    }

    /// Somebody deletes the branch; they, or somebody else, still have it.
    pub fn delete_branch(&mut self, tip: Oid) {
        self.saved = Some(tip);
        self.is_shaken = true;
        self.remote.set_tip(None);
        self.note("somebody deletes the branch");
        self.count("branch deleted");
    }

    /// The tip of the branch, unless it is gone, or what a run has made of it since.
    pub fn whole(&self) -> Option<Oid> {
        self.remote.tip().filter(|_| self.saved.is_none())
    }

    /// Nobody writes to a branch that is not there, or not all there.
    pub fn miss_the_branch(&mut self) {
        if self.rng.bool() {
            self.push_branch_again();
        }
    }

    /// They push what they have: the branch as it was, or as it was before the last results.
    pub fn push_branch_again(&mut self) {
        let Some(saved) = self.saved.take() else {
            return;
        };
        self.is_shaken = true;
        let mut back = saved;
        while !self.authored.contains(&back) && self.rng.bool() {
            back = self.remote.parents(back)[0];
        }
        let tip = self.remote.tip();
        if tip.is_some_and(|tip| self.remote.builds_on(tip, back)) {
            return self.note("somebody wants to push the branch again, and a run was faster");
        }
        // What a run has made of it meanwhile is overwritten.
        self.was_rewritten |= back != saved || tip.is_some();
        self.remote.set_tip(Some(back));
        self.date_merges();
        self.note("somebody pushes the branch again");
        self.count("branch pushed again");
    }

    /// The tip of the branch, or what will be it again.
    pub fn seen(&self) -> Oid {
        self.remote.tip().or(self.saved).unwrap()
    }
}
