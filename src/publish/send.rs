//! One thread on its way: pictures, videos, mentions, one applyWrites, and the look after it in doubt.

use chrono::{DateTime, SubsecRound, Utc};

use super::{
    Outcome, Task,
    account::{Connection, Step, concerns_account, permalink},
    references::{self, LookedUp, Thumb},
    video,
};
use crate::{
    atproto::{
        error::{Error, Verdict},
        record::{self, Moment, Records, References, Written},
        record_key,
        write::Write,
    },
    post::{Post, Publication},
    receipt::{Block, Part, Receipt, Status},
};

/// How often one thread is sent, each time after a look that did not find it.
const TRIES: usize = 3;
/// Record keys of a thread: the first, and three for servers that find a word in it.
const KEYS: u8 = 4;

/// Publishes a thread that the look did not find: gets everything ready, and writes when it is time.
pub(super) async fn send(connection: &mut Connection<'_>, task: &Task<'_>) -> Step {
    let ready = prepare(connection, task).await;
    // What stays due can be tried again by then; a result belongs behind its time.
    let is_result = !matches!(ready, Err(Problem::Left(_) | Problem::LeftAll(_)));
    if is_result && !connection.wait_for_time().await {
        return Step::Stopped;
    }
    match ready {
        Ok(ready) => {
            let created_at = (connection.job.network.clock)().trunc_subsecs(3);
            Sending::new(ready, created_at).run(connection, task).await
        }
        Err(problem) => problem.into_step(connection, task),
    }
}

/// Uploads the thread's pictures and looks up whom and what it names.
async fn prepare(connection: &mut Connection<'_>, task: &Task<'_>) -> Result<LookedUp, Problem> {
    log_in(connection).await?;
    let mut ready = references::look_up(connection, task.thread.publication()).await?;
    upload(connection, task.thread.posts(), &ready.thumbs).await?;
    video::upload_all(connection, task.thread.posts(), &mut ready.references).await?;
    Ok(ready)
}

/// Why a thread did not go out.
pub(super) enum Problem {
    /// It stays due.
    Left(String),
    /// It stays due, and so do the account's others.
    LeftAll(String),
    /// The post itself is to blame.
    Failed(String),
}

impl Problem {
    /// An error before anything was written.
    pub(super) fn before(error: &Error) -> Self {
        let text = with_remedy(error);
        match error.verdict() {
            Verdict::BlamesPost => Self::Failed(text),
            _ if concerns_account(error) => Self::LeftAll(text),
            _ => Self::Left(text),
        }
    }

    pub(super) fn into_step(self, connection: &Connection<'_>, task: &Task<'_>) -> Step {
        let path = task.thread.path().to_owned();
        match self {
            Self::Left(reason) => Step::Done(Box::new(Outcome::Left { path, reason })),
            Self::LeftAll(reason) => Step::DoneForAll(
                Box::new(Outcome::Left {
                    path,
                    reason: reason.clone(),
                }),
                reason,
            ),
            Self::Failed(reason) => {
                let block = Block {
                    failed_at: Some((connection.job.network.clock)()),
                    reason: Some(reason),
                    ..Block::new(Status::Failed, task.thread.source().to_owned())
                };
                Step::Done(Box::new(Outcome::Failed {
                    receipt: Receipt { path, block },
                }))
            }
        }
    }
}

/// Older servers take smaller pictures than the lexicon allows by now.
fn with_remedy(error: &Error) -> String {
    let text = error.to_string();
    let most = text
        .split_once("blob too big (maximum ")
        .and_then(|(_, rest)| rest.split([',', ')']).next()?.parse::<u64>().ok());
    match most {
        Some(most) => format!(
            "{text}; set `image_bytes: {most}` for this account in updraft.yml, so that pictures are made to fit"
        ),
        None => text,
    }
}

/// A thread whose pictures are uploaded and whose mentions are resolved.
struct Sending {
    created_at: DateTime<Utc>,
    references: References,
    warnings: Vec<String>,
    thumbs: Vec<Thumb>,
    /// The key's number, 0 to 3.
    n: u8,
    uploaded_again: bool,
    /// Whether some answer of this run left it open what became of the thread.
    in_doubt: bool,
}

impl Sending {
    fn new(ready: LookedUp, created_at: DateTime<Utc>) -> Self {
        Self {
            created_at,
            references: ready.references,
            warnings: ready.warnings,
            thumbs: ready.thumbs,
            n: 0,
            uploaded_again: false,
            in_doubt: false,
        }
    }

    async fn run(&mut self, connection: &mut Connection<'_>, task: &Task<'_>) -> Step {
        let mut last = String::new();
        let mut tries = 0;
        while tries < TRIES && self.n < KEYS {
            let thread = match self.records(connection, task) {
                Ok(thread) => thread,
                Err(problem) => return problem.into_step(connection, task),
            };
            let writes: Vec<Write> = thread
                .parts
                .iter()
                .chain(&thread.gates)
                .map(write)
                .collect();
            if let Some(problem) = wait_for_points(connection, writes.len()).await {
                return problem.into_step(connection, task);
            }
            let error = match connection
                .client
                .apply_writes(&writes, &connection.head)
                .await
            {
                Ok(commit) => {
                    connection.head = commit.cid;
                    return self.published(task, &thread.parts);
                }
                Err(error) => error,
            };
            last = error.to_string();
            if error.is_slur_in_key() {
                self.n += 1;
                continue;
            }
            tries += 1;
            if error.is_invalid_swap() {
                return Step::LookAgain(format!("other writers kept coming between: {last}"));
            }
            if error.is_blob_not_found() || error.is_blob_mismatch() {
                if let Some(step) = self.upload_again(connection, task, &error).await {
                    return step;
                }
                continue;
            }
            match error.verdict() {
                Verdict::Doubt => {
                    self.in_doubt = true;
                    if let Some(step) = self.look_after(connection, task, &thread.parts).await {
                        return step;
                    }
                }
                _ => return self.give_up(connection, task, &error),
            }
        }
        let reason = format!("{last}; it is not on the network, and stays due");
        Problem::Left(reason).into_step(connection, task)
    }

    fn records(&self, connection: &Connection<'_>, task: &Task<'_>) -> Result<Records, Problem> {
        let did = &connection.identity.did;
        let publication = task.thread.publication();
        let path = task.thread.path().as_bytes();
        let keys = record_key::keys(
            did,
            path,
            task.due.timestamp(),
            (self.n, publication.parts()),
        );
        let moment = Moment {
            created_at: self.created_at,
            references: &self.references,
        };
        record::records(did, publication, &keys, moment)
            .map_err(|error| Problem::Failed(error.to_string()))
    }

    fn published(&self, task: &Task<'_>, thread: &[Written]) -> Step {
        let parts: Vec<Part> = thread
            .iter()
            .map(|part| Part {
                uri: part.uri.clone(),
                cid: Some(part.cid.clone()),
                deleted: false,
            })
            .collect();
        let block = Block {
            published_at: Some(self.created_at),
            url: self.url(task, &parts),
            posts: parts,
            ..Block::new(Status::Published, task.thread.source().to_owned())
        };
        let receipt = Receipt {
            path: task.thread.path().to_owned(),
            block,
        };
        Step::Done(Box::new(Outcome::Published {
            receipt,
            warnings: self.warnings.clone(),
        }))
    }

    /// The page of the first part, or of what is reposted.
    fn url(&self, task: &Task<'_>, parts: &[Part]) -> Option<String> {
        match task.thread.publication() {
            Publication::Repost(target) => {
                permalink(&self.references.records.get(target)?.this.uri)
            }
            Publication::Posts { .. } => permalink(&parts.first()?.uri),
        }
    }

    /// The server lost a blob, or stored it as something else: once more, then it is a failure.
    async fn upload_again(
        &mut self,
        connection: &mut Connection<'_>,
        task: &Task<'_>,
        error: &Error,
    ) -> Option<Step> {
        if self.uploaded_again {
            let problem = if error.is_blob_mismatch() && !self.in_doubt {
                Problem::Failed(error.to_string())
            } else {
                Problem::Left(error.to_string())
            };
            return Some(problem.into_step(connection, task));
        }
        self.uploaded_again = true;
        connection.uploaded.clear();
        let posts = task.thread.posts();
        let again = match upload(connection, posts, &self.thumbs).await {
            Ok(()) => video::upload_all(connection, posts, &mut self.references).await,
            failed => failed,
        };
        again
            .err()
            .map(|problem| problem.into_step(connection, task))
    }

    /// After an answer that leaves doubt: reads our own keys back. `None` means that the thread is
    /// certainly not there, and nobody else wrote since the look.
    async fn look_after(
        &self,
        connection: &mut Connection<'_>,
        task: &Task<'_>,
        thread: &[Written],
    ) -> Option<Step> {
        let did = connection.identity.did.clone();
        let left = |connection: &Connection<'_>, error: &Error| {
            let reason =
                format!("it is not known whether it went out ({error}); the next run looks first");
            Some(Problem::Left(reason).into_step(connection, task))
        };
        let head = match connection.client.latest_commit(&did).await {
            Ok(head) => head,
            Err(error) => return left(connection, &error),
        };
        let mut found = 0;
        for part in thread {
            match connection
                .client
                .get_record(&did, part.collection, &part.rkey.to_string())
                .await
            {
                Ok(Some(record)) if record.cid == part.cid => found += 1,
                Ok(Some(_)) => {
                    return Some(Step::LookAgain(
                        "the record is there with other content".into(),
                    ));
                }
                Ok(None) => {}
                Err(error) => return left(connection, &error),
            }
        }
        if found == 0 {
            // Who wrote meanwhile may have published this very thread under another path.
            let is_ours = head == connection.head;
            return (!is_ours).then(|| Step::LookAgain("another writer came between".into()));
        }
        if found < thread.len() {
            return Some(Step::LookAgain("a part of the thread is gone".into()));
        }
        connection.head = head;
        Some(self.published(task, thread))
    }

    fn give_up(&self, connection: &Connection<'_>, task: &Task<'_>, error: &Error) -> Step {
        let problem = match Problem::before(error) {
            Problem::Failed(reason) if self.in_doubt => Problem::Left(reason),
            problem => problem,
        };
        problem.into_step(connection, task)
    }
}

/// Waits until the account has the points for so many records, as far as the server has told how
/// many it has; a write that is one too many would cost points and come to nothing.
pub(super) async fn wait_for_points(
    connection: &Connection<'_>,
    records: usize,
) -> Option<Problem> {
    let now = (connection.job.network.clock)();
    let wait = connection.client.wait_for_points(records, now)?;
    let why = "the account has used up its points for writing";
    if connection.patience.wait(wait, why).await {
        return None;
    }
    let until = (now + wait).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    Some(Problem::LeftAll(format!(
        "{why}; there are new ones at {until}"
    )))
}

fn write(part: &Written) -> Write {
    Write {
        collection: part.collection.into(),
        rkey: part.rkey.to_string(),
        value: part.value.clone(),
    }
}

/// One session an account and run, and only when something is to be written.
pub(super) async fn log_in(connection: &Connection<'_>) -> Result<(), Problem> {
    if connection.client.session_did().await.is_some() {
        return Ok(());
    }
    let account = connection.account;
    let Some(password) = &account.password else {
        return Err(Problem::LeftAll(format!(
            "there is no app password for {}: set {} (an app password from bsky.app → Settings → Privacy and security)",
            account.handle, account.password_env
        )));
    };
    let identity = &connection.identity;
    let login = connection
        .client
        .login(&account.handle, &identity.did, password)
        .await;
    login.map_err(|error| Problem::LeftAll(error.to_string()))
}

async fn upload(
    connection: &Connection<'_>,
    posts: &[Post],
    thumbs: &[Thumb],
) -> Result<(), Problem> {
    for image in posts.iter().flat_map(Post::uploads) {
        let bytes = (connection.job.pictures)(image).map_err(Problem::Left)?;
        upload_one(connection, &image.path, (&bytes, image.mime)).await?;
    }
    for Thumb { bytes, mime } in thumbs {
        upload_one(connection, "the card's picture", (bytes, mime)).await?;
    }
    Ok(())
}

async fn upload_one(
    connection: &Connection<'_>,
    name: &str,
    (bytes, mime): (&[u8], &str),
) -> Result<(), Problem> {
    let blob = connection.client.upload_blob(bytes, mime).await;
    let blob = blob.map_err(|error| Problem::before(&error))?;
    if blob.mime == mime {
        return Ok(());
    }
    Err(Problem::Failed(format!(
        "{name}: the server takes it for {}, not {mime}",
        blob.mime
    )))
}
