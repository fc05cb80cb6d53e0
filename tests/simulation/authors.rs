//! The people who write, edit, move, rename and delete posts, by way of the remote.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use updraft::git::Oid;

use super::{
    ghost::{Fate, Ghost, Late, PICTURES, elsewhere, split, with_block},
    git_model::Tree,
    ground::State,
    settings,
};

/// One thing that a commit of theirs does to a file.
pub struct Edit {
    /// What goes away, or gives its block.
    pub from: Option<String>,
    /// What is there then.
    pub to: Option<(String, Vec<u8>)>,
    pub keeps_block: bool,
}

impl Edit {
    pub fn write(path: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self {
            from: None,
            to: Some((path.into(), bytes)),
            keeps_block: false,
        }
    }

    fn apply(&self, tree: &mut Tree) {
        let old = self.from.as_ref().and_then(|path| tree.remove(path));
        let block = old.filter(|_| self.keeps_block);
        let block = block.map(|bytes| split(&bytes).1).unwrap_or_default();
        if let Some((path, bytes)) = &self.to {
            let bytes = match block.as_str() {
                "" => bytes.clone(),
                block => with_block(bytes, block),
            };
            tree.insert(path.clone(), Arc::new(bytes));
        }
    }
}

impl State {
    /// Somebody merges something, or does something to the branch.
    pub fn author_acts(&mut self) {
        let Some(tip) = self.whole() else {
            return self.miss_the_branch();
        };
        if self.is_beside && self.rng.u8(..4) == 0 && self.merge_pull_request() {
            return;
        }
        match self.rng.u8(..48) {
            0 => return self.delete_branch(tip),
            1 | 2 => return self.pause(!self.settings.is_paused),
            3..=9 => return self.try_again(tip),
            10..=12 => return self.retract(tip),
            _ => {}
        }
        let act = self.rng.u8(..16);
        let open = self.those(tip, Fate::Open);
        if act < 6 || open.is_empty() {
            return self.add();
        }
        let index = open[self.rng.usize(..open.len())];
        match act {
            6..=8 => self.edit(index),
            9 | 10 => self.reschedule(index),
            11 | 12 => self.rename(index),
            13 => self.delete(index),
            14 => self.twin(index),
            _ => self.reuse(tip),
        }
    }

    /// The posts of the branch with such a fate.
    fn those(&self, tip: Oid, fate: Fate) -> Vec<usize> {
        let tree = self.remote.tree(tip);
        let is = |ghost: &Ghost| {
            let block = tree.get(&ghost.path).map(|bytes| split(bytes).1);
            !ghost.is_deleted && block.is_some_and(|block| ghost.fate(&block) == fate)
        };
        (0..self.ghosts.len())
            .filter(|index| is(&self.ghosts[*index]))
            .collect()
    }

    fn moment(&mut self) -> DateTime<Utc> {
        let minutes = self.rng.i64(-20..180);
        let at = self.time() + TimeDelta::seconds(minutes * 60);
        // Whole minutes, as people write them: two posts in one second are no rarity.
        at - TimeDelta::seconds(at.timestamp() % 60)
            - TimeDelta::nanoseconds(at.timestamp_subsec_nanos().into())
    }

    /// This one.
    fn second(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.now / 1_000_000, 0).unwrap()
    }

    pub fn add(&mut self) {
        self.names += 1;
        let account = usize::from(self.rng.u8(..4) == 0);
        let name = format!("post-{}", self.names);
        let on_merge = self.rng.u8(..6) == 0;
        let ghost = Ghost {
            on_merge,
            former_paths: Vec::new(),
            token: if account > 0 { elsewhere(&name) } else { name },
            account,
            path: format!("posts/{}.md", self.names),
            at: match on_merge {
                true => self.second(),
                false => self.moment(),
            },
            words: "says hello".to_owned(),
            parts: match self.rng.u8(..3) {
                0 => self.rng.usize(2..4),
                _ => 1,
            },
            late: (self.rng.u8(..5) == 0).then(|| Late {
                minutes: self.rng.i64(10..150),
                is_missed: self.rng.u8(..3) > 0 && !on_merge,
            }),
            picture: (self.rng.u8(..8) == 0).then(|| PICTURES[self.rng.usize(..PICTURES.len())]),
            is_deleted: false,
            retract: false,
            changed: BTreeSet::new(),
            is_ambiguous: false,
            former: Vec::new(),
            changes: 0,
        };
        self.note(format!("author adds {} for {}", ghost.path, ghost.at));
        self.count("author adds");
        let edit = Edit::write(&ghost.path, ghost.file());
        self.ghosts.push(ghost);
        self.commit(&[edit]);
    }

    /// Changes a post; what it was called and whether it may have been out are remembered.
    fn change(
        &mut self,
        index: usize,
        kind: &'static str,
        act: impl FnOnce(&mut Self, &mut Ghost),
    ) {
        let before = self.ghosts[index].clone();
        let mut after = before.clone();
        act(self, &mut after);
        // Clocks of runs may be ahead.
        if before.at <= self.time() + TimeDelta::hours(3) {
            after.changed.insert(kind);
            after.changes += 1;
        }
        self.note(format!(
            "author changes the {kind} of {}: {} {} {:?}",
            before.path, after.path, after.at, after.words
        ));
        self.count("author changes");
        let edit = Edit {
            from: Some(before.path),
            to: Some((after.path.clone(), after.file())),
            keeps_block: true,
        };
        self.ghosts[index] = after;
        self.commit(&[edit]);
    }

    fn edit(&mut self, index: usize) {
        let n = self.rng.u32(..1000);
        self.change(index, "text", |_, ghost| match ghost.picture {
            Some(picture) if n.is_multiple_of(2) => {
                ghost.picture = PICTURES.into_iter().find(|other| *other != picture);
            }
            _ => ghost.words = format!("says hello for the {n}th time"),
        });
    }

    fn reschedule(&mut self, index: usize) {
        self.change(index, "time", |state, ghost| {
            let at = state.moment();
            // The same words for the same second are a mistake, not a post.
            let is_twin = |other: &Ghost| other.token == ghost.token && other.at == at;
            if !state.ghosts.iter().any(is_twin) {
                ghost.former.push(ghost.at);
                ghost.at = at;
                ghost.on_merge = false;
            }
        });
    }

    /// What was missed gets a new time, as the run says.
    fn try_again(&mut self, tip: Oid) {
        let Some(index) = self.those(tip, Fate::Missed).first().copied() else {
            return;
        };
        let minutes = self.rng.i64(1..90);
        self.change(index, "time", |state, ghost| {
            let at = state.time() + TimeDelta::minutes(minutes);
            ghost.former.push(ghost.at);
            ghost.at = at - TimeDelta::nanoseconds(at.timestamp_subsec_nanos().into());
            ghost.on_merge = false;
        });
        self.count("author moves what was missed");
    }

    fn rename(&mut self, index: usize) {
        self.names += 1;
        let name = self.names;
        self.change(index, "path", |_, ghost| {
            let path = format!("posts/renamed-{name}.md");
            ghost
                .former_paths
                .push(std::mem::replace(&mut ghost.path, path));
        });
    }

    fn delete(&mut self, index: usize) {
        let ghost = &mut self.ghosts[index];
        ghost.is_deleted = true;
        ghost.changed.insert("file");
        let path = ghost.path.clone();
        self.note(format!("author deletes {path}"));
        self.count("author deletes");
        self.commit(&[Edit {
            from: Some(path),
            to: None,
            keeps_block: false,
        }]);
    }

    /// The same words again, at another time, or in the other account.
    fn twin(&mut self, index: usize) {
        self.names += 1;
        let mut twin = self.ghosts[index].clone();
        twin.path = format!("posts/twin-{}.md", self.names);
        twin.on_merge = false;
        twin.retract = false;
        twin.former_paths.clear();
        if self.rng.u8(..4) == 0 {
            twin.account = 1 - twin.account;
            twin.token = elsewhere(&twin.token);
            twin.changed.clear();
            twin.changes = 0;
        } else {
            twin.at += TimeDelta::minutes(self.rng.i64(30..240));
        }
        let is_alike = |ghost: &&mut Ghost| ghost.token == twin.token;
        if let Some(first) = self.ghosts.iter_mut().find(is_alike) {
            twin.parts = first.parts;
        }
        let same = self.ghosts.iter().filter(|ghost| ghost.token == twin.token);
        if same.clone().any(|ghost| ghost.at == twin.at) {
            return;
        }
        twin.is_ambiguous = same.count() > 0;
        for ghost in self.ghosts.iter_mut().filter(is_alike) {
            ghost.is_ambiguous = true;
        }
        self.note(format!(
            "author repeats {} in {} for {}",
            self.ghosts[index].path, twin.path, twin.at
        ));
        self.count("author repeats");
        let edit = Edit::write(&twin.path, twin.file());
        self.ghosts.push(twin);
        self.commit(&[edit]);
    }

    /// A file that was published gets a new time and loses its block.
    fn reuse(&mut self, tip: Oid) {
        let published = self.those(tip, Fate::Published);
        if published.is_empty() {
            return;
        }
        let index = published[self.rng.usize(..published.len())];
        let mut again = self.ghosts[index].clone();
        self.settle(&again);
        // What is out stays out; nobody has its file any more.
        self.ghosts[index].is_deleted = true;
        again.at = self.time() + TimeDelta::minutes(self.rng.i64(5..120));
        again.at -= TimeDelta::nanoseconds(again.at.timestamp_subsec_nanos().into());
        again.is_ambiguous = true;
        again.on_merge = false;
        again.retract = false;
        again.changed.clear();
        again.changes = 0;
        self.note(format!(
            "author uses {} again, for {}",
            again.path, again.at
        ));
        self.count("author uses a file again");
        let edit = Edit {
            from: Some(again.path.clone()),
            to: Some((again.path.clone(), again.file())),
            keeps_block: false,
        };
        self.ghosts.push(again);
        self.commit(&[edit]);
    }

    /// What went out is wanted back.
    fn retract(&mut self, tip: Oid) {
        let mut published = self.those(tip, Fate::Published);
        published.retain(|index| !self.ghosts[*index].retract);
        if published.is_empty() {
            return;
        }
        let ghost = &mut self.ghosts[published[self.rng.usize(..published.len())]];
        ghost.retract = true;
        let (path, bytes) = (ghost.path.clone(), ghost.file());
        self.note(format!("author retracts {path}"));
        self.count("author retracts");
        self.commit(&[Edit {
            from: Some(path.clone()),
            to: Some((path, bytes)),
            keeps_block: true,
        }]);
    }

    /// `paused:` is set or removed.
    pub fn pause(&mut self, is_paused: bool) {
        if self.settings.is_paused != is_paused {
            self.settings.is_paused = is_paused;
            self.was_paused |= is_paused;
            self.write_settings(if is_paused { "pause" } else { "end of a pause" });
        }
    }

    /// `updraft.yml` as it is meant to be by now.
    pub fn write_settings(&mut self, what: &'static str) {
        self.note(format!("author changes updraft.yml: {what}"));
        self.count(what);
        let text = self.settings.text().into_bytes();
        self.commit(&[Edit::write(settings::PATH, text)]);
    }

    /// A commit of theirs on the remote's tip, or a merge of one that was made beside it.
    pub fn commit(&mut self, edits: &[Edit]) {
        let tip = self.remote.tip().unwrap();
        let mut parents = vec![tip];
        if self.rng.u8(..4) == 0 {
            let mut base = tip;
            for _ in 0..self.rng.usize(..4) {
                base = self.remote.parents(base).first().copied().unwrap_or(base);
            }
            let tree = self.remote.tree(base);
            let has = |edit: &Edit| {
                edit.from
                    .as_ref()
                    .is_none_or(|path| tree.contains_key(path))
            };
            if edits.iter().all(has) {
                let branch = self.commit_on(&[base], base, edits);
                parents.push(branch);
                if self.rng.bool() {
                    parents.reverse();
                }
                self.note("… on a branch, which is merged");
                self.count("merge");
            }
        }
        let commit = self.commit_on(&parents, tip, edits);
        self.remote.set_tip(Some(commit));
        self.date_merges();
    }

    /// Since when the posts that go out on merging are in the branch: a merge with its parents the other
    /// way round, and a rewritten history, have another commit for that.
    pub fn date_merges(&mut self) {
        let Some(tip) = self.remote.tip() else { return };
        for index in 0..self.ghosts.len() {
            let ghost = &self.ghosts[index];
            if ghost.is_deleted || !ghost.on_merge {
                continue;
            }
            let Some(at) = self.merged_at(tip, ghost) else {
                continue;
            };
            let ghost = &mut self.ghosts[index];
            if ghost.at != at {
                ghost.former.push(ghost.at);
                ghost.at = at;
                ghost.changed.insert("time");
                ghost.changes += 1;
                let path = ghost.path.clone();
                self.note(format!("… which makes another commit that of {path}, {at}"));
                self.count("another commit counts as the merge");
            }
        }
    }

    fn merged_at(&self, tip: Oid, ghost: &Ghost) -> Option<DateTime<Utc>> {
        let is_there = |commit: Oid| {
            let tree = self.remote.tree(commit);
            let mut names = ghost.former_paths.iter().chain([&ghost.path]);
            names.any(|name| {
                let file = tree.get(name);
                file.is_some_and(|file| file.starts_with(b"---\npublish_at: merge"))
            })
        };
        let mut commit = is_there(tip).then_some(tip)?;
        loop {
            match self.remote.parents(commit).first() {
                Some(parent) if is_there(*parent) => commit = *parent,
                _ => return DateTime::from_timestamp(self.remote.second(commit), 0),
            }
        }
    }

    fn commit_on(&mut self, parents: &[Oid], base: Oid, edits: &[Edit]) -> Oid {
        let mut tree = (*self.remote.tree(base)).clone();
        for edit in edits {
            edit.apply(&mut tree);
        }
        let commit = self.remote.add(parents, tree, self.now / 1_000_000);
        self.authored.insert(commit);
        commit
    }
}
