//! One account's part of a run: look at the network, then do what is due.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError, atomic::Ordering},
};

use chrono::{DateTime, Utc};
use url::Url;

use super::{
    Account, Aim, Job, Ledger, Network, Note, Outcome, Task, leave,
    references::Page,
    retract,
    send::{self, Problem},
    stopped,
};
use crate::{
    atproto::{
        client::Client,
        content::Published,
        error::{Error, Verdict},
        identity::{Identity, Resolver},
        look::{self, Finding, How},
        patience::Patience,
        pause,
        record::StoredVideo,
    },
    post::{Address, Thread},
    receipt::{Block, Receipt, Status},
};

/// How often the look is repeated because another writer came between.
const SWAPS: usize = 5;
/// The source of a take-over whose text is not the file's: equal to no hash.
const OTHER_SOURCE: &str = "sha256:0000000000000000";

/// The account in use.
pub(super) struct Connection<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) account: &'a Account,
    pub(super) identity: Identity,
    pub(super) resolver: Resolver,
    pub(super) client: Client,
    pub(super) head: String,
    pub(super) published: &'a Mutex<Published>,
    pub(super) patience: &'a Patience,
    pub(super) waiting: &'a [&'a Thread],
    not_before: DateTime<Utc>,
    dids: HashMap<String, Option<String>>,
    pub(super) pages: HashMap<String, Page>,
    /// The videos and captions that this run has uploaded, by the SHA-256 of their files.
    pub(super) uploaded: HashMap<[u8; 32], StoredVideo>,
}

/// What an account's part of a run works with.
pub(super) struct Run<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) account: &'a Account,
    /// Every file of the account whose record may be on the network without its knowing.
    pub(super) waiting: &'a [&'a Thread],
    /// What other files may quote: grows as they go out.
    pub(super) published: &'a Mutex<Published>,
    /// How long it may wait for rate limits.
    pub(super) patience: &'a Patience,
    /// The moment that the plan was made for: nothing goes out before.
    pub(super) not_before: DateTime<Utc>,
}

/// Does the account's tasks, in order; a task that could not be done is an outcome too. Where
/// `spacing` lets one thread go at a time and that one does not go out, the first of `spaced` that
/// does takes its turn.
pub(super) async fn run(
    run: Run<'_>,
    (tasks, spaced): (&[Task<'_>], &[Task<'_>]),
    ledger: &mut dyn Ledger,
) -> Vec<Outcome> {
    let account = run.account;
    let mut connection = match Connection::open(run).await {
        Ok(connection) => connection,
        Err(reason) => return leave(tasks, &besides(account, reason), ledger),
    };
    let mut queue: VecDeque<Task<'_>> = tasks.iter().copied().collect();
    let mut spaced = spaced.iter();
    let mut outcomes = Vec::new();
    let mut swaps = 0;
    loop {
        if queue.is_empty() {
            let next = spaced.next().filter(|_| !outcomes.iter().any(is_out));
            let Some(next) = next else { break };
            queue.push_back(*next);
        }
        let end = match connection.look(&queue, ledger).await {
            Ok(findings) => {
                connection
                    .work_off(findings, (&mut queue, &mut outcomes), ledger)
                    .await
            }
            Err(error) => Some(End::Left(besides(account, error.to_string()))),
        };
        match end {
            None => {}
            Some(End::Swapped(_)) if swaps < SWAPS => swaps += 1,
            Some(End::Swapped(reason) | End::Left(reason)) => {
                outcomes.extend(leave(queue.make_contiguous(), &reason, ledger));
                break;
            }
            Some(End::Stopped) => {
                let is_due = connection.now() >= connection.not_before;
                outcomes.extend(stopped(queue.make_contiguous(), is_due, ledger));
                break;
            }
        }
    }
    outcomes
}

/// What is missing anyway, whatever keeps the server from being asked: nobody wants to learn of one
/// after the other.
fn besides(account: &Account, reason: String) -> String {
    match account.password {
        Some(_) => reason,
        None => format!("{reason}; besides, {} is not set", account.password_env),
    }
}

/// Why the tasks behind a look were not done to their end.
enum End {
    /// Another writer came between.
    Swapped(String),
    /// They stay due.
    Left(String),
    /// The run was told to stop.
    Stopped,
}

/// Whether a thread took the account's turn.
fn is_out(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Published { .. } | Outcome::TakenOver { .. } | Outcome::Unrecorded { .. }
    )
}

/// What one task came to.
pub(super) enum Step {
    /// It has its outcome.
    Done(Box<Outcome>),
    /// It has its outcome, and the account can't be used further for this reason.
    DoneForAll(Box<Outcome>, String),
    /// Another writer came between look and write.
    LookAgain(String),
    /// The run was told to stop.
    Stopped,
}

/// Keeps the receipt of an outcome.
fn keep(outcome: Outcome, ledger: &mut dyn Ledger) -> Outcome {
    let Some(receipt) = outcome.receipt().cloned() else {
        return outcome;
    };
    match ledger.keep(&receipt) {
        Ok(()) => outcome,
        Err(reason) => Outcome::Unrecorded { receipt, reason },
    }
}

impl<'a> Connection<'a> {
    async fn open(run: Run<'a>) -> Result<Self, String> {
        let Run {
            job,
            account,
            waiting,
            published,
            patience,
            not_before,
        } = run;
        let resolver = resolver(job.network, account.pds.as_deref())?;
        let identity = resolver
            .resolve(&account.handle)
            .await
            .map_err(|error| error.to_string())?;
        let memory = job
            .network
            .memories
            .of(identity.pds.as_str(), &identity.did);
        job.network.memories.name(&account.name, &memory);
        let client = Client::new(job.network.http.clone(), identity.pds.clone())
            .with_password_name(&account.password_env)
            .with_pause(job.network.pause.clone())
            .with_memory(&memory);
        let connection = Self {
            job,
            patience,
            not_before,
            account,
            identity,
            resolver,
            client,
            head: String::new(),
            published,
            waiting,
            dids: HashMap::new(),
            pages: HashMap::new(),
            uploaded: HashMap::new(),
        };
        Ok(connection)
    }

    /// The DID of a handle, asked once a run; `None` if there certainly is no such handle.
    pub(super) async fn did_of(&mut self, handle: &str) -> Result<Option<String>, Problem> {
        if let Some(did) = self.dids.get(handle) {
            return Ok(did.clone());
        }
        let found = self
            .resolver
            .resolve_handle(&self.identity.pds, handle)
            .await;
        let did = found.map_err(|error| Problem::Left(error.to_string()))?;
        self.dids.insert(handle.to_owned(), did.clone());
        Ok(did)
    }

    /// What went out can be quoted by what follows.
    fn remember(&self, outcome: &Outcome) {
        let Some(Receipt { path, block }) = outcome.receipt() else {
            return;
        };
        if block.status == Status::Published {
            let uris = block.posts.iter().map(|part| part.uri.clone()).collect();
            let mut published = self
                .published
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            published.insert(path.clone(), uris);
        }
    }

    /// Does what the look found, task by task; an [`End`] where it can't go on.
    async fn work_off(
        &mut self,
        findings: Vec<Finding>,
        (queue, outcomes): (&mut VecDeque<Task<'a>>, &mut Vec<Outcome>),
        ledger: &mut dyn Ledger,
    ) -> Option<End> {
        for finding in findings {
            let task = queue.front().copied()?;
            if self.job.stop.load(Ordering::SeqCst) {
                return Some(End::Stopped);
            }
            let (outcome, rest) = match self.act(&task, finding).await {
                Step::Done(outcome) => (*outcome, None),
                Step::DoneForAll(outcome, reason) => (*outcome, Some(reason)),
                Step::LookAgain(reason) => return Some(End::Swapped(reason)),
                Step::Stopped => return Some(End::Stopped),
            };
            queue.pop_front();
            let outcome = keep(outcome, ledger);
            self.remember(&outcome);
            let unrecorded = matches!(outcome, Outcome::Unrecorded { .. });
            ledger.tell(&outcome);
            outcomes.push(outcome);
            if unrecorded {
                return Some(End::Left("the disk refused the last result".to_owned()));
            }
            if let Some(reason) = rest {
                return Some(End::Left(reason));
            }
        }
        None
    }

    /// Waits for the moment that the plan was made for; `false` if the run was told to stop.
    pub(super) async fn wait_for_time(&self) -> bool {
        let network = self.job.network;
        pause::until(self.not_before, &*network.clock, &*network.pause).await
    }

    async fn act(&mut self, task: &Task<'_>, finding: Finding) -> Step {
        let is_to_be_sent = finding == Finding::Absent && task.aim == Aim::Publish;
        if !is_to_be_sent && !self.wait_for_time().await {
            return Step::Stopped;
        }
        match (finding, task.aim) {
            (_, Aim::Retract) if task.thread.settled().is_some() => {
                retract::published(self, task).await
            }
            (Finding::Absent, Aim::Retract) => retract::nothing(self, task),
            (Finding::Absent, Aim::Miss) => Step::Done(Box::new(self.missed(task))),
            (Finding::Absent, Aim::Publish) => send::send(self, task).await,
            (Finding::Out(out), Aim::Retract) if out.how == How::ByHand => {
                retract::by_hand(self, task, &out)
            }
            (Finding::Out(out), Aim::Retract) => retract::found(self, task, out).await,
            (Finding::Out(out), _) => Step::Done(Box::new(self.taken_over(task, out))),
            (Finding::Doubt(doubt), _) => Step::Done(Box::new(Outcome::Doubtful {
                path: task.thread.path().to_owned(),
                reason: doubt.reason.to_string(),
                ours: doubt.ours,
                theirs: doubt.candidates,
            })),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        (self.job.network.clock)()
    }

    fn missed(&self, task: &Task<'_>) -> Outcome {
        let late = crate::plan::Span(self.now() - task.due);
        let block = Block {
            missed_at: Some(self.now()),
            reason: Some(format!("it was {late} late")),
            ..Block::new(Status::Missed, task.thread.source().to_owned())
        };
        Outcome::Missed {
            receipt: Receipt {
                path: task.thread.path().to_owned(),
                block,
            },
        }
    }

    /// The receipt of a thread that is on the network already.
    pub(super) fn taken_over(&self, task: &Task<'_>, out: look::Out) -> Outcome {
        let note = match out.how {
            How::Own => Note::Clean("an earlier run published it"),
            How::Renamed => Note::Clean("it was published under another file name"),
            How::Rescheduled => Note::Clean("it was published before it was rescheduled"),
            How::ByHand => Note::ByHand,
            How::Edited { ours, theirs } => Note::Edited { ours, theirs },
        };
        let source = match note {
            Note::Edited { .. } => OTHER_SOURCE.to_owned(),
            _ => task.thread.source().to_owned(),
        };
        let block = Block {
            published_at: Some(out.published_at),
            // Without it, a post that was rescheduled after it went out would look stale.
            taken_over_at: (out.published_at < task.due).then(|| self.now()),
            url: Some(out.url),
            posts: out.parts,
            ..Block::new(Status::Published, source)
        };
        Outcome::TakenOver {
            receipt: Receipt {
                path: task.thread.path().to_owned(),
                block,
            },
            note,
        }
    }
}

/// Resolves an account and whom it mentions; `pds` is where the account lives, if that is configured.
///
/// # Errors
/// An address can't be read.
pub fn resolver(network: &Network, pds: Option<&str>) -> Result<Resolver, String> {
    let parse = |address: &str| Url::parse(address).map_err(|error| format!("{address}: {error}"));
    let mut resolver = Resolver::new(network.http.clone(), network.dns.clone());
    if let Some(plc) = &network.plc {
        resolver = resolver.with_plc(parse(plc)?);
    }
    if let Some(pds) = pds {
        resolver = resolver.with_pds(parse(pds)?);
    }
    Ok(resolver.with_pause(network.pause.clone()))
}

/// The page on bsky.app of a post.
pub fn permalink(uri: &str) -> Option<String> {
    Address::parse(uri).map(|address| address.page())
}

/// Whether the account as a whole is what failed, so that trying its other threads is in vain.
pub(super) fn concerns_account(error: &Error) -> bool {
    error.verdict() == Verdict::Later
        && error
            .refusal()
            .is_none_or(|refusal| matches!(refusal.status, 401 | 403 | 429))
}
