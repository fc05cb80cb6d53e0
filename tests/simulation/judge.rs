//! The promises, one by one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use updraft::command::Exit;

use super::{
    ghost::{Fate, Ghost, split},
    git_model::Tree,
    ground::{Record, State},
    process::Ran,
};

type Records = BTreeMap<String, Record>;

impl State {
    /// What the branch, or what will be it again, says of a post: its file's block.
    fn block(&self, ghost: &Ghost) -> Option<String> {
        let tree = self.remote.tree(self.seen());
        let block = tree.get(&ghost.path).map(|bytes| split(bytes).1)?;
        Some(self.said_beside(ghost).unwrap_or(block))
    }

    fn fate(&self, ghost: &Ghost) -> Option<Fate> {
        Some(ghost.fate(&self.block(ghost)?))
    }

    fn alike<'a>(&'a self, token: &'a str) -> impl Iterator<Item = &'a Ghost> {
        self.ghosts.iter().filter(move |ghost| ghost.token == token)
    }

    /// The posts on the remote that have to go out by now, whatever a run's clock says.
    pub fn due(&self) -> BTreeMap<String, usize> {
        let now = self.time() - TimeDelta::minutes(2);
        let open = self.ghosts.iter().filter(|ghost| {
            !ghost.is_deleted
                && !ghost.retract
                && ghost.at <= now
                && self.fate(ghost) == Some(Fate::Open)
        });
        let mut due = BTreeMap::new();
        for ghost in open {
            *due.entry(ghost.token.clone()).or_default() += 1;
        }
        due
    }

    /// What a run must not have said, or not have kept quiet about.
    pub fn judge_run(&self, ran: &Ran, planned: &BTreeMap<String, usize>) -> Result<(), String> {
        if let Some(what) = &ran.panicked {
            return Err(format!("a run panicked: {what}"));
        }
        if let Some(token) = self.asked_in_vain(&ran.words, planned) {
            return Err(format!(
                "a run was in doubt about {token}, whose other files all have their results"
            ));
        }
        let is_pause = ran.words.contains("updraft.yml says paused");
        // One that a killed run left behind harms nobody until something is due: then the run fails.
        if is_pause && !self.was_paused && !planned.is_empty() {
            return Err("a run speaks of a pause that is over".to_owned());
        }
        // A branch that goes back takes results with it, and the runs after it find them.
        if ran.exit == Some(Exit::Done) && !ran.is_behind && !is_pause && !self.is_shaken {
            return self.judge_green_run(ran, planned);
        }
        Ok(())
    }

    fn judge_green_run(&self, ran: &Ran, planned: &BTreeMap<String, usize>) -> Result<(), String> {
        if self.remote.tip().is_none() {
            return Err("a run was green, and there is no branch".to_owned());
        }
        let records = self.records();
        for token in planned.keys().filter(|token| !self.is_excused(token)) {
            let is_out = records.values().any(|record| is_of(&record.words, token));
            let is_settled = is_out || self.is_missed(token);
            let is_done = is_settled && self.is_recorded(token);
            if is_done || self.is_spaced_out(token, &ran.words) {
                continue;
            }
            return Err(match is_settled {
                true => format!("a run was green, and the branch does not say that {token} is out"),
                false => format!("a run was green, and {token} was due and is not out"),
            });
        }
        Ok(())
    }

    fn is_excused(&self, token: &str) -> bool {
        let mut ghosts = self.alike(token);
        ghosts.any(|ghost| ghost.is_deleted || ghost.retract || ghost.changed.contains("time"))
            || self.was_lost(token)
    }

    fn is_missed(&self, token: &str) -> bool {
        self.alike(token)
            .any(|ghost| self.fate(ghost) == Some(Fate::Missed))
    }

    /// Whether every file of these words that is due has its result on the remote; one that was
    /// changed while the run was under way may have to wait for the next.
    fn is_recorded(&self, token: &str) -> bool {
        self.alike(token).all(|ghost| {
            ghost.is_deleted
                || ghost.is_ambiguous
                || !ghost.changed.is_empty()
                || self.fate(ghost).is_some_and(|fate| fate != Fate::Open)
        })
    }

    /// Whether another thread of its account has gone out so shortly before that `spacing` keeps it
    /// back, as far as a run could know.
    fn is_spaced_out(&self, token: &str, words: &str) -> bool {
        let is_first = self.alike(token).all(|ghost| ghost.account == 0);
        let Some(spacing) = self.settings.spacing.filter(|_| is_first) else {
            return false;
        };
        // From its beginning on; a run may have to wait.
        let since = self.time() - TimeDelta::minutes(spacing + 10);
        let records = self.records();
        let mut out = records
            .iter()
            .filter(|(uri, _)| uri.contains(&self.dids[0]))
            .map(|(_, record)| record.created_at)
            .chain(self.recorded_times());
        words.contains("was out already") || out.any(|time| time >= since)
    }

    fn recorded_times(&self) -> Vec<DateTime<Utc>> {
        let blocks = self.ghosts.iter().filter_map(|ghost| self.block(ghost));
        let times = blocks.filter_map(|block| {
            let time = block.split_once("published_at: ")?.1.lines().next()?;
            time.parse().ok()
        });
        times.collect()
    }

    /// Whether the server lost what a block still names.
    fn was_lost(&self, token: &str) -> bool {
        self.alike(token).any(|ghost| {
            let block = self.block(ghost).unwrap_or_default();
            self.lost.iter().any(|uri| block.contains(uri))
        })
    }

    /// A post that a run asked about although nothing of it was open: one other file with its words
    /// at most was due without a result, nobody changed one, and the server lost none.
    fn asked_in_vain(&self, words: &str, planned: &BTreeMap<String, usize>) -> Option<String> {
        let doubts = words
            .lines()
            .filter(|line| line.contains("the same content, older than"));
        let paths = doubts.filter_map(|line| line.strip_prefix("error: ")?.split(':').next());
        for path in paths {
            let ghost = self.ghosts.iter().rfind(|ghost| ghost.path == path)?;
            let is_untouched = self
                .alike(&ghost.token)
                .all(|other| other.changed.is_empty() && !other.is_deleted);
            if is_untouched && self.lost.is_empty() && planned.get(&ghost.token) == Some(&1) {
                return Some(ghost.token.clone());
            }
        }
        None
    }

    /// What has to hold when nothing fails any more and nothing changes.
    pub fn judge(&self, last: &Ran) -> Result<(), String> {
        let records = self.records();
        let tree = self.remote.tree(self.seen());
        let mut open = false;
        for ghost in self.ghosts.iter().filter(|ghost| !ghost.is_deleted) {
            let Some(bytes) = tree.get(&ghost.path) else {
                return Err(format!("{} is gone from the branch", ghost.path));
            };
            let (theirs, block) = split(bytes);
            if theirs != ghost.file() {
                return Err(format!("bytes of the author's changed in {}", ghost.path));
            }
            match ghost.fate(&block) {
                Fate::Open => {
                    open = true;
                    self.judge_open(ghost, last)?;
                }
                Fate::Published if ghost.retract => {
                    return Err(format!("{} is wanted back, and is not deleted", ghost.path));
                }
                Fate::Retracted => self.judge_retracted(ghost, &block, &records)?,
                Fate::Published => truth(&block, ghost.parts, &records, &self.lost)
                    .map_err(|what| format!("{}: {what}", ghost.path))?,
                Fate::Missed => {}
                Fate::Strange => return Err(format!("{}: its block is\n{block}", ghost.path)),
            }
        }
        // Moved to later while it was on its way out: its author has to say what they want.
        let asks = last.words.contains("stale-block")
            && self
                .ghosts
                .iter()
                .any(|ghost| ghost.changed.contains("time"));
        if !open && !asks && last.exit != Some(Exit::Done) {
            return Err("all is out, and the run is not green".to_owned());
        }
        let tokens: BTreeSet<&String> = self.ghosts.iter().map(|ghost| &ghost.token).collect();
        for token in tokens {
            self.count_records(token, &records, &tree)?;
        }
        Ok(())
    }

    /// Nothing of it is left, but what comes after its sender gave up, or from a server's backup.
    fn judge_retracted(&self, ghost: &Ghost, block: &str, records: &Records) -> Result<(), String> {
        let is_back = |uri: &str| self.resurrected.contains(uri);
        let left = block
            .split_whitespace()
            .find(|word| records.contains_key(*word) && !is_back(word));
        if let Some(uri) = left {
            return Err(format!("{} says retracted, and {uri} is there", ghost.path));
        }
        let is_alone = self.alike(&ghost.token).count() == 1;
        let is_it =
            |(uri, record): (&String, &Record)| is_of(&record.words, &ghost.token) && !is_back(uri);
        let is_excused = self.belated.contains(&ghost.token) || ghost.changed.len() > 1;
        if is_alone && !is_excused && records.iter().any(is_it) {
            return Err(format!(
                "{} says retracted, and its words are out",
                ghost.path
            ));
        }
        Ok(())
    }

    /// Nothing stays open but what nobody can know.
    fn judge_open(&self, ghost: &Ghost, last: &Ran) -> Result<(), String> {
        if last.exit == Some(Exit::Done) {
            return Err(format!(
                "{} is due, not published, and the run was green",
                ghost.path
            ));
        }
        // Two changes at once, or one to a file whose words others have, are beyond knowing.
        let is_twin_changed = self
            .alike(&ghost.token)
            .any(|other| !other.changed.is_empty());
        // So is one for whose second there is the post of a file that is gone or was changed twice.
        let is_second_taken = self.ghosts.iter().any(|other| {
            other.token != ghost.token
                && other.account == ghost.account
                && (other.changed.len() > 1 || other.is_deleted)
                && (other.shares_second_with(ghost) || may_be_taken_for(ghost, other))
        });
        // Only the history tells a reused file's earlier post from another's.
        let is_history_gone = ghost.is_ambiguous && self.was_rewritten;
        let may_ask = ghost.changed.len() > 1
            || is_history_gone
            || is_second_taken
            || (ghost.is_ambiguous && is_twin_changed);
        match may_ask {
            true => Ok(()),
            false => Err(format!("{} is due and does not go out", ghost.path)),
        }
    }

    /// Each post once, and whole; a missed one not at all.
    fn count_records(&self, token: &str, records: &Records, tree: &Tree) -> Result<(), String> {
        let ghosts: Vec<&Ghost> = self.alike(token).collect();
        let counts: Vec<usize> = (1..=ghosts[0].parts)
            .map(|part| {
                let ending = format!(" part {part}");
                let is_it = |record: &&Record| {
                    is_of(&record.words, token) && record.words.ends_with(&ending)
                };
                records.values().filter(is_it).count()
            })
            .collect();
        if counts.iter().any(|count| *count != counts[0]) {
            return Err(format!(
                "{token} is torn: its parts are there {counts:?} times"
            ));
        }
        let block = |ghost: &Ghost| {
            let bytes = tree.get(&ghost.path);
            bytes.map(|bytes| split(bytes).1).unwrap_or_default()
        };
        let alive = || ghosts.iter().filter(|ghost| !ghost.is_deleted);
        let is_missed = |ghost: &&&Ghost| ghost.fate(&block(ghost)) == Fate::Missed;
        let missed = alive().filter(is_missed).count();
        // A request that arrives long after its sender gave up may bring out what was missed.
        let kept_in = if self.belated.contains(token) {
            0
        } else {
            missed
        };
        let replaced: usize = ghosts.iter().map(|ghost| replacements(ghost)).sum();
        if counts[0] + kept_in > ghosts.len() + replaced {
            return Err(format!(
                "{token} is out {} times, for {} files, {missed} of them missed",
                counts[0],
                ghosts.len()
            ));
        }
        let is_lost = |block: &str| self.lost.iter().any(|uri| block.contains(uri));
        let needed = alive()
            .filter(|ghost| {
                let block = block(ghost);
                ghost.fate(&block) == Fate::Published && !is_lost(&block)
            })
            .count();
        if counts[0] < needed {
            return Err(format!(
                "{token} is out {} times, for {needed} files that say so",
                counts[0]
            ));
        }
        Ok(())
    }
}

/// How many posts of other files a file may have become: another path, another time and another text
/// make another post; so do two of them where a twin has the same words.
fn replacements(ghost: &Ghost) -> usize {
    let all = ["path", "time", "text"];
    match all
        .iter()
        .filter(|what| ghost.changed.contains(*what))
        .count()
    {
        3 => ghost.changes / 3,
        2 if ghost.is_ambiguous => 1,
        _ => 0,
    }
}

/// Whether git may take a file that goes out on merging for one that is gone: one commit can bring the
/// first and remove the second, and their texts are alike.
fn may_be_taken_for(ghost: &Ghost, gone: &Ghost) -> bool {
    gone.is_deleted && gone.on_merge && ghost.on_merge
}

fn is_of(words: &str, token: &str) -> bool {
    words.split(' ').next() == Some(token)
}

/// Whether what a block says is so.
fn truth(
    block: &str,
    parts: usize,
    records: &Records,
    lost: &BTreeSet<String>,
) -> Result<(), String> {
    let uris: Vec<&str> = block
        .split_whitespace()
        .filter(|word| word.starts_with("at://"))
        .collect();
    if uris.len() != parts {
        return Err(format!("{} URIs for {parts} parts", uris.len()));
    }
    for uri in uris {
        match records.get(uri) {
            Some(record) if block.contains(record.cid.as_str()) => {}
            // A server that lost it and got it again has it with another moment in it.
            _ if lost.contains(uri) => {}
            Some(_) => return Err(format!("{uri} has another CID")),
            None => return Err(format!("{uri} does not exist")),
        }
    }
    Ok(())
}
