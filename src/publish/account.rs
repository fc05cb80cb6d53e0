//! One account's part of a run: look at the network, then do what is due.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError, atomic::Ordering},
};

use chrono::{DateTime, Utc};
use url::Url;

use super::{
    Account, Job, Ledger, Network, Note, Outcome, Task, leave,
    references::Page,
    send::{self, Problem},
};
use crate::{
    atproto::{
        client::Client,
        content::Published,
        error::{Error, Verdict},
        identity::{Identity, Resolver},
        look::{self, Finding, How},
        patience::Patience,
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
}

/// Does the account's tasks, in order; a task that could not be done is an outcome too.
pub(super) async fn run(run: Run<'_>, tasks: &[Task<'_>], ledger: &mut dyn Ledger) -> Vec<Outcome> {
    let job = run.job;
    let mut connection = match Connection::open(run).await {
        Ok(connection) => connection,
        Err(reason) => return leave(tasks, &reason, ledger),
    };
    let mut queue: VecDeque<Task<'_>> = tasks.iter().copied().collect();
    let mut outcomes = Vec::new();
    let mut swaps = 0;
    'look: while !queue.is_empty() {
        let findings = match connection.look(&queue, ledger).await {
            Ok(findings) => findings,
            Err(error) => {
                outcomes.extend(leave(queue.make_contiguous(), &error.to_string(), ledger));
                break;
            }
        };
        for finding in findings {
            let Some(task) = queue.front().copied() else {
                break;
            };
            if job.stop.load(Ordering::SeqCst) {
                outcomes.extend(leave(
                    queue.make_contiguous(),
                    "the run was told to stop",
                    ledger,
                ));
                break 'look;
            }
            let step = connection.act(&task, finding).await;
            if let Step::LookAgain(reason) = step {
                swaps += 1;
                if swaps <= SWAPS {
                    continue 'look;
                }
                outcomes.extend(leave(queue.make_contiguous(), &reason, ledger));
                break 'look;
            }
            queue.pop_front();
            let (outcome, rest) = step.settle(ledger);
            connection.remember(&outcome);
            let unrecorded = matches!(outcome, Outcome::Unrecorded { .. });
            ledger.tell(&outcome);
            outcomes.push(outcome);
            if let Some(reason) = rest {
                outcomes.extend(leave(queue.make_contiguous(), &reason, ledger));
                break 'look;
            }
            if unrecorded {
                outcomes.extend(leave(
                    queue.make_contiguous(),
                    "the disk refused the last result",
                    ledger,
                ));
                break 'look;
            }
        }
    }
    outcomes
}

/// What one task came to.
pub(super) enum Step {
    /// It has its outcome.
    Done(Box<Outcome>),
    /// It has its outcome, and the account can't be used further for this reason.
    DoneForAll(Box<Outcome>, String),
    /// Another writer came between look and write.
    LookAgain(String),
}

impl Step {
    /// Keeps the receipt; gives the outcome, and why the account's other tasks are left.
    fn settle(self, ledger: &mut dyn Ledger) -> (Outcome, Option<String>) {
        let (outcome, rest) = match self {
            Step::Done(outcome) => (*outcome, None),
            Step::DoneForAll(outcome, reason) => (*outcome, Some(reason)),
            Step::LookAgain(reason) => (
                Outcome::Left {
                    path: String::new(),
                    reason: reason.clone(),
                },
                Some(reason),
            ),
        };
        let Some(receipt) = outcome.receipt().cloned() else {
            return (outcome, rest);
        };
        match ledger.keep(&receipt) {
            Ok(()) => (outcome, rest),
            Err(reason) => (Outcome::Unrecorded { receipt, reason }, rest),
        }
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

    async fn act(&mut self, task: &Task<'_>, finding: Finding) -> Step {
        match finding {
            Finding::Absent if task.miss => Step::Done(Box::new(self.missed(task))),
            Finding::Absent => send::send(self, task).await,
            Finding::Out(out) => Step::Done(Box::new(self.taken_over(task, out))),
            Finding::Doubt(doubt) => Step::Done(Box::new(Outcome::Doubtful {
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
