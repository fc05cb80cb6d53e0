//! A thread on its way back: all of its records deleted in one applyWrites, gates included.

use chrono::SubsecRound;

use super::{
    Outcome, Task,
    account::{Connection, Step, concerns_account},
    send::{Problem, log_in, wait_for_points},
};
use crate::{
    atproto::{
        error::{Error, Verdict},
        look::Out,
        record::{COLLECTION, POSTGATE, REPOST, THREADGATE},
        write::Place,
    },
    receipt::{Block, Part, Receipt, Status},
};

/// How often the deletion is sent, each time after a look at what is left.
const TRIES: usize = 3;
/// Points for creating one record, for which as many are deleted.
const DELETED_PER_CREATED: usize = 3;

/// Takes back what the thread's block names.
pub(super) async fn published(connection: &mut Connection<'_>, task: &Task<'_>) -> Step {
    let Some(block) = task.thread.block() else {
        return nothing(connection, task);
    };
    take_back(connection, task, block.clone()).await
}

/// Takes back what the look found, of a thread whose result was lost.
pub(super) async fn found(connection: &mut Connection<'_>, task: &Task<'_>, out: Out) -> Step {
    let block = Block {
        published_at: Some(out.published_at),
        url: Some(out.url),
        posts: out.parts,
        ..Block::new(Status::Published, task.thread.source().to_owned())
    };
    take_back(connection, task, block).await
}

/// Words that somebody posted by hand are theirs, and no file names them: a person must say.
pub(super) fn by_hand(connection: &Connection<'_>, task: &Task<'_>, out: &Out) -> Step {
    let (path, url) = (task.thread.path(), &out.url);
    let reason = format!(
        "these words were posted by hand ({url}), and no file names that post: if it is to go, `updraft adopt {path} {url}`, and the next run deletes it; if it is to stay, take `publish_at` out of this file"
    );
    Problem::Left(reason).into_step(connection, task)
}

/// The receipt of a thread that never went out, and never will.
pub(super) fn nothing(connection: &Connection<'_>, task: &Task<'_>) -> Step {
    let block = Block {
        reason: Some("it was not on Bluesky".to_owned()),
        ..Block::new(Status::Retracted, task.thread.source().to_owned())
    };
    retracted(connection, task, block, 0)
}

async fn take_back(connection: &mut Connection<'_>, task: &Task<'_>, block: Block) -> Step {
    match delete(connection, &block.posts).await {
        // Nothing new to write down.
        Ok(0) if block.status == Status::Retracted => {
            let path = task.thread.path().to_owned();
            Step::Done(Box::new(Outcome::Retracted {
                receipt: Receipt { path, block },
                deleted: 0,
            }))
        }
        Ok(deleted) => retracted(connection, task, block, deleted),
        Err(Stop::Problem(problem)) => problem.into_step(connection, task),
        Err(Stop::LookAgain(reason)) => Step::LookAgain(reason),
    }
}

fn retracted(connection: &Connection<'_>, task: &Task<'_>, block: Block, deleted: usize) -> Step {
    let gone = |part: Part| Part {
        deleted: true,
        ..part
    };
    let block = Block {
        status: Status::Retracted,
        retracted_at: Some((connection.job.network.clock)().trunc_subsecs(3)),
        posts: block.posts.into_iter().map(gone).collect(),
        ..block
    };
    let path = task.thread.path().to_owned();
    Step::Done(Box::new(Outcome::Retracted {
        receipt: Receipt { path, block },
        deleted,
    }))
}

/// Why the records are not deleted, or not known to be.
enum Stop {
    Problem(Problem),
    LookAgain(String),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Deletes what is left of `parts` and their gates; gives the number of posts that were deleted.
async fn delete(connection: &mut Connection<'_>, parts: &[Part]) -> Result<usize, Stop> {
    let did = connection.identity.did.clone();
    let places = places(&did, parts)?;
    let mut last = String::new();
    let mut deleted = 0;
    for _ in 0..TRIES {
        let there = still_there(connection, &places).await?;
        if there.is_empty() {
            return Ok(deleted);
        }
        deleted = there.iter().filter(|place| !is_gate(place)).count();
        log_in(connection).await?;
        let costs_like = there.len().div_ceil(DELETED_PER_CREATED);
        if let Some(problem) = wait_for_points(connection, costs_like).await {
            return Err(problem.into());
        }
        let head = connection.head.clone();
        let error = match connection.client.delete_records(&there, &head).await {
            Ok(head) => {
                connection.head = head;
                return Ok(deleted);
            }
            Err(error) => error,
        };
        if error.is_invalid_swap() {
            let reason = format!("other writers kept coming between: {error}");
            return Err(Stop::LookAgain(reason));
        }
        if error.verdict() != Verdict::Doubt {
            return Err(left(&error).into());
        }
        last = error.to_string();
        // What is read next is as new as this head, or newer.
        connection.head = match connection.client.latest_commit(&did).await {
            Ok(head) => head,
            Err(error) => return Err(left(&error).into()),
        };
    }
    let reason = format!("{last}; it is on Bluesky still");
    Err(Problem::Left(reason).into())
}

/// No answer makes a failure of a post that is out.
fn left(error: &Error) -> Problem {
    match concerns_account(error) {
        true => Problem::LeftAll(error.to_string()),
        false => Problem::Left(error.to_string()),
    }
}

/// The records of a thread, and where its gates would be: under the same keys.
fn places(did: &str, parts: &[Part]) -> Result<Vec<Place>, Problem> {
    let mut places = Vec::new();
    let mut add = |collection: &str, rkey: &str| {
        places.push(Place {
            collection: collection.to_owned(),
            rkey: rkey.to_owned(),
        });
    };
    for (at, part) in parts.iter().enumerate() {
        let segments: Vec<&str> = part.uri.trim_start_matches("at://").split('/').collect();
        let [owner, collection @ (COLLECTION | REPOST), rkey] = segments[..] else {
            let reason = format!("its block names {}, which is no post or repost", part.uri);
            return Err(Problem::Left(reason));
        };
        if owner != did {
            let reason = format!(
                "its block names {}, and the account is {did}: give the file the account that published it",
                part.uri
            );
            return Err(Problem::Left(reason));
        }
        add(collection, rkey);
        if collection == COLLECTION {
            add(POSTGATE, rkey);
        }
        if collection == COLLECTION && at == 0 {
            add(THREADGATE, rkey);
        }
    }
    Ok(places)
}

fn is_gate(place: &Place) -> bool {
    matches!(place.collection.as_str(), POSTGATE | THREADGATE)
}

async fn still_there(connection: &Connection<'_>, places: &[Place]) -> Result<Vec<Place>, Problem> {
    let did = &connection.identity.did;
    let mut there = Vec::new();
    for place in places {
        let record = connection
            .client
            .get_record(did, &place.collection, &place.rkey)
            .await;
        if record.map_err(|error| left(&error))?.is_some() {
            there.push(place.clone());
        }
    }
    Ok(there)
}
