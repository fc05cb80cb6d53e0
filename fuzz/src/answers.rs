//! What servers answer to everything that updraft asks.

use std::{
    collections::BTreeSet,
    fmt::{Debug, Display},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use updraft::atproto::{
    client::Client,
    content::Content,
    identity::{Dns, Looking, Resolver},
    look::{History, Wanted, look},
    pause::NoPause,
    transport::{Http, Sending, TransportError},
    video::VideoService,
    write::Write,
};
use url::Url;

const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const PASSWORD: &str = "abcd-ef12-gh34-ij56";
const POSTS: &str = "app.bsky.feed.post";
/// Between two answers.
const FENCE: &[u8] = b"\n%%\n";
/// So many requests are answered; the others find no server, so that each run has an end.
const REQUESTS: usize = 200;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime can be made")
});

/// Answers in turn, from the first again after the last.
struct Script {
    answers: Vec<Result<Response<Vec<u8>>, TransportError>>,
    asked: AtomicUsize,
}

impl Http for Script {
    fn send(&self, _: Request<Vec<u8>>) -> Sending<'_> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.get(asked % self.answers.len().max(1));
        let gone = || Err(TransportError::NeverSent("no server".to_owned()));
        let answer = answer.filter(|_| asked < REQUESTS).cloned();
        Box::pin(std::future::ready(answer.unwrap_or_else(gone)))
    }
}

/// Name servers that answer with the same bytes.
struct Texts(String);

impl Dns for Texts {
    fn texts<'a>(&'a self, _: &'a str) -> Looking<'a, Vec<String>> {
        let texts = self.0.lines().take(20).map(str::to_owned).collect();
        Box::pin(std::future::ready(Ok(texts)))
    }

    fn has_address<'a>(&'a self, _: &'a str) -> Looking<'a, bool> {
        Box::pin(std::future::ready(Ok(self.0.len().is_multiple_of(2))))
    }
}

/// Reads the bytes as answers: each a status, header lines, an empty line, a body.
pub fn run(bytes: &[u8]) {
    let script = Arc::new(Script {
        answers: parts(bytes).into_iter().map(answer).collect(),
        asked: AtomicUsize::new(0),
    });
    RUNTIME.block_on(async {
        reads(&script).await;
        look_around(&script).await;
        writes(&script).await;
        names(&script, bytes).await;
        videos(&script).await;
    });
}

fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(FENCE.len()).position(|four| four == FENCE) {
        parts.push(&rest[..at]);
        rest = &rest[at + FENCE.len()..];
    }
    parts.push(rest);
    parts
}

fn answer(bytes: &[u8]) -> Result<Response<Vec<u8>>, TransportError> {
    let end = bytes.windows(2).position(|two| two == b"\n\n");
    let (head, body) = match end {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &b""[..]),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.trim().parse().ok());
    let mut answer = Response::builder().status(status.unwrap_or(200_u16));
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        answer = answer.header(name, value);
    }
    let torn = |_| TransportError::Interrupted("no HTTP".to_owned());
    answer.body(body.to_vec()).map_err(torn)
}

fn pds() -> Url {
    Url::parse("https://pds.example").expect("a literal address")
}

fn client(script: &Arc<Script>) -> Client {
    script.asked.store(0, Ordering::SeqCst);
    Client::new(script.clone(), pds()).with_pause(Arc::new(NoPause))
}

/// Why ever it failed, the password is in none of its words.
fn keeps_secret<T, E: Display + Debug>(result: Result<T, E>) -> Option<T> {
    if let Err(error) = &result {
        let told = format!("{error} {error:?}");
        assert!(!told.contains(PASSWORD), "{told}");
    }
    result.ok()
}

async fn reads(script: &Arc<Script>) {
    let client = client(script);
    let _ = client.describe_server().await;
    let _ = client.latest_commit(DID).await;
    if let Ok(Some(record)) = client.get_record(DID, POSTS, "3jzfcijpj2z2a").await {
        assert_eq!(record.uri, format!("at://{DID}/{POSTS}/3jzfcijpj2z2a"));
        let content = Content::of_record(&record.value, true);
        assert!(content.is_in(&content));
        content.shown();
    }
}

async fn look_around(script: &Arc<Script>) {
    let client = client(script);
    let value = serde_json::json!({ "text": "hello" });
    let parts = [Content::of_record(&value, true)];
    let wanted = Wanted {
        path: "posts/hello.md",
        second: 1_700_000_000,
        parts: &parts,
        repeat: false,
        on_merge: false,
        due: true,
    };
    let mut history = |_: &[String]| History::default();
    let accounted = BTreeSet::new();
    let _ = look(&client, (DID, POSTS), &[wanted], &accounted, &mut history).await;
}

async fn writes(script: &Arc<Script>) {
    let client = client(script);
    keeps_secret(client.login("alice.test", DID, &PASSWORD.into()).await);
    keeps_secret(client.upload_blob(b"a picture", "image/png").await);
    let write = |rkey: &str| Write {
        collection: POSTS.to_owned(),
        rkey: rkey.to_owned(),
        value: serde_json::json!({ "$type": POSTS, "text": rkey }),
    };
    let writes = [write("3jzfcijpj2z2a"), write("3jzfcijpj2z2b")];
    let commit = keeps_secret(client.apply_writes(&writes, "bafyhead").await);
    if let Some(commit) = commit {
        assert_eq!(commit.results.len(), writes.len());
    }
    client.server_time();
    let now = chrono::DateTime::UNIX_EPOCH;
    client.wait_for_points(200, now);
    keeps_secret(client.latest_commit(DID).await);
}

async fn names(script: &Arc<Script>, bytes: &[u8]) {
    script.asked.store(0, Ordering::SeqCst);
    let text = String::from_utf8_lossy(bytes).into_owned();
    let named = text.lines().next().unwrap_or_default().to_owned();
    let dns = Arc::new(Texts(text));
    let resolver = || Resolver::new(script.clone(), dns.clone()).with_pause(Arc::new(NoPause));
    for account in ["alice.test.example.com", DID, "did:web:example.com", &named] {
        if let Ok(identity) = resolver().resolve(account).await {
            assert!(identity.did.starts_with("did:"), "{identity:?}");
            let is_safe = updraft::atproto::transport::check_address(&identity.pds).is_ok();
            assert!(is_safe, "{identity:?}");
        }
        let _ = resolver().with_pds(pds()).resolve(account).await;
        let _ = resolver().resolve_handle(&pds(), account).await;
    }
}

async fn videos(script: &Arc<Script>) {
    script.asked.store(0, Ordering::SeqCst);
    let service = VideoService::new(script.clone(), pds());
    keeps_secret(service.limits(&PASSWORD.into()).await);
    if let Ok(job) = service.job("job").await {
        let _ = (job.is_over(), job.blames_file(), job.reason());
    }
}
