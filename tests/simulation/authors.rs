//! The people who write, edit, move, rename and delete posts, by way of the remote.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::ground::State;

/// What an author knows of a post.
#[derive(Clone, Debug)]
pub struct Ghost {
    /// In the words of each of its parts, and of no other post's, but of its twins'.
    pub token: String,
    pub path: String,
    pub at: DateTime<Utc>,
    pub words: String,
    pub parts: usize,
    pub is_deleted: bool,
    /// What was changed when it may have been out already.
    pub changed: BTreeSet<&'static str>,
    /// Whether other files have the same words, or this one was used before.
    pub is_ambiguous: bool,
    /// The times it had before.
    pub former: Vec<DateTime<Utc>>,
    /// How often it was changed when it may have been out already.
    pub changes: usize,
}

impl Ghost {
    /// Whether both were due at one second, at some time.
    pub fn shares_second_with(&self, other: &Ghost) -> bool {
        let mut ours = self.former.iter().chain([&self.at]);
        ours.any(|at| *at == other.at || other.former.contains(at))
    }

    /// The file without a block.
    pub fn file(&self) -> Vec<u8> {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let parts: Vec<String> = (1..=self.parts)
            .map(|part| format!("{} {} part {part}", self.token, self.words))
            .collect();
        let body = parts.join("\n\n---\n\n");
        format!("---\npublish_at: {at} # when\nlangs: [en]\n---\n{body}\n").into_bytes()
    }
}

/// The author's part of a file, and its block.
pub fn split(bytes: &[u8]) -> (Vec<u8>, String) {
    let text = String::from_utf8_lossy(bytes);
    let (mut theirs, mut block) = (String::new(), String::new());
    let mut in_block = false;
    for line in text.split_inclusive('\n') {
        in_block = line.starts_with("bluesky:") || (in_block && line.starts_with(' '));
        match in_block {
            true => block.push_str(line),
            false => theirs.push_str(line),
        }
    }
    (theirs.into_bytes(), block)
}

fn with_block(bytes: Vec<u8>, block: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes).unwrap();
    let end = text[4..].find("---\n").unwrap() + 4;
    format!("{}{block}{}", &text[..end], &text[end..]).into_bytes()
}

impl State {
    /// Somebody merges something.
    pub fn author_acts(&mut self) {
        let Some(tip) = self.remote else {
            return;
        };
        let act = self.rng.u8(..16);
        let waiting: Vec<usize> = (0..self.ghosts.len())
            .filter(|index| {
                let ghost = &self.ghosts[*index];
                let tree = self.store.tree(tip);
                let block = tree.get(&ghost.path).map(|bytes| split(bytes).1);
                !ghost.is_deleted && block.is_some_and(|block| block.is_empty())
            })
            .collect();
        if act < 6 || waiting.is_empty() {
            return self.add();
        }
        let index = waiting[self.rng.usize(..waiting.len())];
        match act {
            6..=8 => self.edit(index),
            9 | 10 => self.reschedule(index),
            11 | 12 => self.rename(index),
            13 => self.delete(index),
            14 => self.twin(index),
            _ => self.reuse(),
        }
    }

    fn moment(&mut self) -> DateTime<Utc> {
        let minutes = self.rng.i64(-20..180);
        let at = self.time() + TimeDelta::seconds(minutes * 60);
        // Whole minutes, as people write them: two posts in one second are no rarity.
        at - TimeDelta::seconds(at.timestamp() % 60)
            - TimeDelta::nanoseconds(at.timestamp_subsec_nanos().into())
    }

    pub fn add(&mut self) {
        self.names += 1;
        let parts = if self.rng.u8(..3) == 0 {
            self.rng.usize(2..4)
        } else {
            1
        };
        let ghost = Ghost {
            token: format!("post-{}", self.names),
            path: format!("posts/{}.md", self.names),
            at: self.moment(),
            words: "says hello".to_owned(),
            parts,
            is_deleted: false,
            changed: BTreeSet::new(),
            is_ambiguous: false,
            former: Vec::new(),
            changes: 0,
        };
        self.note(format!("author adds {} for {}", ghost.path, ghost.at));
        self.count("author adds");
        let (path, file) = (ghost.path.clone(), ghost.file());
        self.ghosts.push(ghost);
        self.commit([(path, Some(file))]);
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
        let tip = self.remote.unwrap();
        let tree = self.store.tree(tip);
        let block = tree.get(&before.path).map(|bytes| split(bytes).1);
        let file = with_block(after.file(), &block.unwrap_or_default());
        let (old, new) = (before.path.clone(), after.path.clone());
        self.ghosts[index] = after;
        self.commit([(old, None), (new, Some(file))]);
    }

    fn edit(&mut self, index: usize) {
        let n = self.rng.u32(..1000);
        self.change(index, "text", |_, ghost| {
            ghost.words = format!("says hello for the {n}th time")
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
            }
        });
    }

    fn rename(&mut self, index: usize) {
        self.names += 1;
        let name = self.names;
        self.change(index, "path", |_, ghost| {
            ghost.path = format!("posts/renamed-{name}.md")
        });
    }

    fn delete(&mut self, index: usize) {
        let ghost = &mut self.ghosts[index];
        ghost.is_deleted = true;
        ghost.changed.insert("file");
        let path = ghost.path.clone();
        self.note(format!("author deletes {path}"));
        self.count("author deletes");
        self.commit([(path, None)]);
    }

    /// The same words again, at another time: the weekly meeting.
    fn twin(&mut self, index: usize) {
        self.names += 1;
        let mut twin = self.ghosts[index].clone();
        twin.path = format!("posts/twin-{}.md", self.names);
        twin.at = self.ghosts[index].at + TimeDelta::minutes(self.rng.i64(30..240));
        if self
            .ghosts
            .iter()
            .any(|ghost| ghost.token == twin.token && ghost.at == twin.at)
        {
            return;
        }
        for ghost in self
            .ghosts
            .iter_mut()
            .filter(|ghost| ghost.token == twin.token)
        {
            ghost.is_ambiguous = true;
        }
        twin.is_ambiguous = true;
        self.note(format!(
            "author repeats {} in {} for {}",
            self.ghosts[index].path, twin.path, twin.at
        ));
        self.count("author repeats");
        let (path, file) = (twin.path.clone(), twin.file());
        self.ghosts.push(twin);
        self.commit([(path, Some(file))]);
    }

    /// A file that was published gets a new time and loses its block.
    fn reuse(&mut self) {
        let tip = self.remote.unwrap();
        let tree = self.store.tree(tip);
        let published: Vec<usize> = (0..self.ghosts.len())
            .filter(|index| {
                let ghost = &self.ghosts[*index];
                let block = tree.get(&ghost.path).map(|bytes| split(bytes).1);
                !ghost.is_deleted && block.is_some_and(|block| block.contains("published"))
            })
            .collect();
        if published.is_empty() {
            return;
        }
        let index = published[self.rng.usize(..published.len())];
        let mut again = self.ghosts[index].clone();
        // What is out stays out; nobody has its file any more.
        self.ghosts[index].is_deleted = true;
        again.at = self.time() + TimeDelta::minutes(self.rng.i64(5..120));
        again.at -= TimeDelta::nanoseconds(again.at.timestamp_subsec_nanos().into());
        again.is_ambiguous = true;
        again.changed.clear();
        again.changes = 0;
        self.note(format!(
            "author uses {} again, for {}",
            again.path, again.at
        ));
        self.count("author uses a file again");
        let (path, file) = (again.path.clone(), again.file());
        self.ghosts.push(again);
        self.commit([(path, Some(file))]);
    }

    /// A commit of theirs on the remote's tip.
    fn commit(&mut self, files: impl IntoIterator<Item = (String, Option<Vec<u8>>)>) {
        let tip = self.remote.unwrap();
        let mut tree = (*self.store.tree(tip)).clone();
        for (path, bytes) in files {
            match bytes {
                Some(bytes) => tree.insert(path, Arc::new(bytes)),
                None => tree.remove(&path),
            };
        }
        self.remote = Some(self.store.add(Some(tip), tree));
    }

    /// All that was becomes one commit without a past.
    pub fn rewrite_history(&mut self) {
        if let Some(tip) = self.remote {
            let tree = (*self.store.tree(tip)).clone();
            self.remote = Some(self.store.add(None, tree));
            self.was_rewritten = true;
            self.note("somebody rewrites the branch");
            self.count("history rewritten");
        }
    }
}
