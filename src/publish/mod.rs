//! Executes a plan: account by account, thread by thread in order of due time. What came of each
//! is handed to the [`Ledger`] before the next is begun.

mod account;
mod looking;
mod references;
mod retract;
mod send;
mod target;
mod video;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::{
    atproto::{
        content::Published,
        identity::Dns,
        look::{Candidate, History},
        memory::Memories,
        patience::{Patience, Patient},
        pause::Pause,
        tally::Counted,
        transport::Http,
    },
    plan::{Decision, Obstacle, Plan, Postponement, Unreviewed},
    post::{Target, Thread, video::Way},
    receipt::Receipt,
};

pub use account::{permalink, resolver};

/// An account as publishing needs it.
#[derive(Clone, Debug)]
pub struct Account {
    /// As in `account:`.
    pub name: String,
    /// Its handle or DID.
    pub handle: String,
    /// Its PDS, where it isn't to be found from the handle.
    pub pds: Option<String>,
    /// The environment variable that should hold the app password.
    pub password_env: String,
    /// The app password, if it is there.
    pub password: Option<SecretString>,
    /// How videos reach its server, where that is configured.
    pub video: Option<Way>,
}

/// The world, as far as publishing touches it.
#[derive(Clone)]
pub struct Network {
    /// Sends requests.
    pub http: Arc<dyn Http>,
    /// Looks up handles.
    pub dns: Arc<dyn Dns>,
    /// Another PLC directory.
    pub plc: Option<String>,
    /// Another video service.
    pub video: Option<String>,
    /// The time.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// Lets time pass.
    pub pause: Arc<dyn Pause>,
    /// The sessions and points of this process's earlier runs.
    pub memories: Memories,
    /// Whether all there is lives at the accounts' own server: in a rehearsal.
    pub closed: bool,
}

impl Network {
    /// The same, which waits for rate limits as far as `patience` goes.
    pub(crate) fn patient(&self, patience: &Arc<Patience>) -> Self {
        let counted = Counted {
            http: self.http.clone(),
            memories: self.memories.clone(),
        };
        let patient = Patient {
            http: Arc::new(counted),
            patience: patience.clone(),
            clock: self.clock.clone(),
        };
        Self {
            http: Arc::new(patient),
            ..self.clone()
        }
    }
}

/// Reads a file, which must be the one with this SHA-256.
pub type ReadFile<'a> = dyn Fn(&str, &[u8; 32]) -> Result<Vec<u8>, String> + Sync + 'a;

/// What publishing needs to know beside the plan.
pub struct Job<'a> {
    /// The world.
    pub network: &'a Network,
    /// The accounts of the plan.
    pub accounts: &'a [Account],
    /// Every URI that some block in the repository names.
    pub accounted: &'a BTreeSet<String>,
    /// The URIs that blocks name, by path: what other files may quote.
    pub published: &'a Published,
    /// Reads and prepares a picture again, as it was checked.
    pub pictures: &'a (dyn Fn(&crate::post::Image) -> Result<Vec<u8>, String> + Sync),
    /// Reads a file that goes out as it is, as it was checked.
    pub files: &'a ReadFile<'a>,
    /// Whether a mention of nobody is text instead of a failure.
    pub plain_mentions: bool,
    /// How long the run may wait for rate limits, all in all.
    pub max_wait: std::time::Duration,
    /// Set when no further thread is to be begun.
    pub stop: &'a AtomicBool,
}

/// Where results go, at once.
pub trait Ledger {
    /// Keeps a receipt: writes the block into the file.
    ///
    /// # Errors
    /// It could not be kept; nothing further is published then.
    fn keep(&mut self, receipt: &Receipt) -> Result<(), String>;

    /// Which of these URIs the repository's history has ever named.
    fn history(&mut self, uris: &[String]) -> History;

    /// Tells a person how it goes.
    fn tell(&mut self, outcome: &Outcome);
}

/// What became of one thread.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It went out now.
    Published {
        /// Its receipt.
        receipt: Receipt,
        /// Mentions that stayed text, and the like.
        warnings: Vec<String>,
    },
    /// It was out already.
    TakenOver {
        /// Its receipt.
        receipt: Receipt,
        /// What should be said about it.
        note: Note,
    },
    /// It was too late, and is not out.
    Missed {
        /// Its receipt.
        receipt: Receipt,
    },
    /// The server refuses this very post.
    Failed {
        /// Its receipt.
        receipt: Receipt,
    },
    /// It was taken back.
    Retracted {
        /// Its receipt.
        receipt: Receipt,
        /// How many posts of it were still there, and are deleted.
        deleted: usize,
    },
    /// It stays due.
    Left {
        /// The file.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// Something that looks like it is out: a person must say.
    Doubtful {
        /// The file.
        path: String,
        /// Why that is not certain.
        reason: String,
        /// The text of the file.
        ours: String,
        /// What is on the network.
        theirs: Vec<Candidate>,
    },
    /// It is out, but its receipt could not be written.
    Unrecorded {
        /// Its receipt.
        receipt: Receipt,
        /// What the disk said.
        reason: String,
    },
}

/// What should be said about a thread that was out already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nothing: an earlier run published it, and its result was lost.
    Clean(&'static str),
    /// It was posted by hand.
    ByHand,
    /// The file's text is another by now.
    Edited {
        /// The text of the file.
        ours: String,
        /// The text on Bluesky.
        theirs: String,
    },
}

impl Outcome {
    /// Whether the run must fail for it.
    pub fn is_failure(&self) -> bool {
        match self {
            Outcome::Published { .. } | Outcome::Retracted { .. } => false,
            Outcome::TakenOver { note, .. } => matches!(note, Note::Edited { .. }),
            _ => true,
        }
    }

    /// What is to be kept of it.
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Outcome::Published { receipt, .. }
            | Outcome::TakenOver { receipt, .. }
            | Outcome::Missed { receipt }
            | Outcome::Failed { receipt }
            | Outcome::Retracted { receipt, .. } => Some(receipt),
            _ => None,
        }
    }

    /// The file.
    pub fn path(&self) -> &str {
        match self {
            Outcome::Published { receipt, .. }
            | Outcome::TakenOver { receipt, .. }
            | Outcome::Missed { receipt }
            | Outcome::Failed { receipt }
            | Outcome::Retracted { receipt, .. }
            | Outcome::Unrecorded { receipt, .. } => &receipt.path,
            Outcome::Left { path, .. } | Outcome::Doubtful { path, .. } => path,
        }
    }
}

/// One thread that something is to be done about.
#[derive(Clone, Copy)]
struct Task<'a> {
    thread: &'a Thread,
    due: DateTime<Utc>,
    aim: Aim,
}

/// What is to become of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    Publish,
    /// To be declared missed, unless it is out.
    Miss,
    Retract,
}

/// Executes `plan`; one that was made for a moment to come is got ready now, and written then. A
/// thread that fails stops no other, unless the disk or the account itself is
/// what failed.
pub async fn publish(plan: &Plan, job: &Job<'_>, ledger: &mut dyn Ledger) -> Vec<Outcome> {
    let mut by_account: BTreeMap<&str, Vec<Task<'_>>> = BTreeMap::new();
    for (thread, decision) in plan.active() {
        // What a person adopted and retracts may never have had a time.
        let due = match decision {
            Decision::Retract => Some(thread.publish_at().unwrap_or_default()),
            _ => thread.publish_at(),
        };
        let (Some(account), Some(due)) = (thread.account(), due) else {
            continue;
        };
        let aim = match decision {
            Decision::Miss { .. } => Aim::Miss,
            Decision::Retract => Aim::Retract,
            _ => Aim::Publish,
        };
        by_account
            .entry(account)
            .or_default()
            .push(Task { thread, due, aim });
    }
    let published = Mutex::new(job.published.clone());
    let patience = Arc::new(Patience::new(job.max_wait, job.network.pause.clone()));
    let job = &Job {
        network: &job.network.patient(&patience),
        ..*job
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    let unrecorded = |outcome: &Outcome| matches!(outcome, Outcome::Unrecorded { .. });
    for name in in_order(&by_account) {
        let tasks = by_account.remove(name).unwrap_or_default();
        let account = job.accounts.iter().find(|account| account.name == name);
        // What is not begun is named all the same: it is due, and did not go out.
        let done = match account {
            _ if outcomes.iter().any(unrecorded) => {
                leave(&tasks, "the disk refused an earlier result", ledger)
            }
            _ if job.stop.load(Ordering::SeqCst) => {
                stopped(&tasks, (job.network.clock)() >= plan.now, ledger)
            }
            Some(account) => {
                let waiting = &waiting(plan, name);
                let run = account::Run {
                    job,
                    account,
                    waiting,
                    published: &published,
                    patience: &patience,
                    not_before: plan.now,
                };
                // Other threads of a few minutes ago keep these back, where none has its turn now.
                let spaced = match tasks.iter().any(|task| task.aim == Aim::Publish) {
                    true => spaced(plan, name),
                    false => Vec::new(),
                };
                account::run(run, (&tasks, &spaced), ledger).await
            }
            None => leave(&tasks, "its account is not configured", ledger),
        };
        outcomes.extend(done);
    }
    outcomes
}

/// The accounts in an order in which each comes after those whose due files it quotes, as far as
/// there is one.
fn in_order<'a>(by_account: &BTreeMap<&'a str, Vec<Task<'_>>>) -> Vec<&'a str> {
    let waits_for = |name: &str, others: &[&str]| {
        let tasks = by_account.get(name).into_iter().flatten();
        let named: BTreeSet<&str> = tasks
            .flat_map(|task| task.thread.publication().targets())
            .filter_map(|target| match target {
                Target::File { path, .. } => Some(path.as_str()),
                Target::Record(_) => None,
            })
            .collect();
        others.iter().filter(|other| **other != name).any(|other| {
            let tasks = by_account.get(other).into_iter().flatten();
            tasks
                .into_iter()
                .any(|task| named.contains(task.thread.path()))
        })
    };
    let mut left: Vec<&str> = by_account.keys().copied().collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let free = left.iter().position(|name| !waits_for(name, &left));
        order.push(left.remove(free.unwrap_or(0)));
    }
    order
}

/// Every file of the account whose record may be on the network without its knowing. One that git
/// lacks claims nothing: it may be what a killed run left of a file that has another name by now.
fn waiting<'a>(plan: &'a Plan, account: &str) -> Vec<&'a Thread> {
    let untracked = Decision::Blocked(Obstacle::Unreviewed(Unreviewed::Untracked));
    plan.items
        .iter()
        .filter(|item| !matches!(item.decision, Decision::Done(_)) && item.decision != untracked)
        .filter(|item| !item.is_retraction())
        .filter_map(|item| item.file.as_ref().ok())
        .filter(|thread| thread.account() == Some(account) && thread.publish_at().is_some())
        .collect()
}

/// What a run that was told to stop leaves; before its time, a thread is not due.
fn stopped(tasks: &[Task<'_>], is_due: bool, ledger: &mut dyn Ledger) -> Vec<Outcome> {
    match is_due {
        true => leave(tasks, "the run was told to stop", ledger),
        false => Vec::new(),
    }
}

/// What an account's `spacing` keeps back in this run, in order.
fn spaced<'a>(plan: &'a Plan, account: &str) -> Vec<Task<'a>> {
    let is_spaced =
        |decision: &Decision| matches!(decision, Decision::Postponed(Postponement::Spacing(_)));
    let items = plan.items.iter().filter(|item| is_spaced(&item.decision));
    let threads = items.filter_map(|item| item.file.as_ref().ok());
    threads
        .filter(|thread| thread.account() == Some(account))
        .filter_map(|thread| {
            let due = thread.publish_at()?;
            let aim = Aim::Publish;
            Some(Task { thread, due, aim })
        })
        .collect()
}

fn leave(tasks: &[Task<'_>], reason: &str, ledger: &mut dyn Ledger) -> Vec<Outcome> {
    tasks
        .iter()
        .map(|task| {
            let path = task.thread.path().to_owned();
            let outcome = Outcome::Left {
                path,
                reason: reason.to_owned(),
            };
            ledger.tell(&outcome);
            outcome
        })
        .collect()
}
