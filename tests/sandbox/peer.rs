//! A PDS under test, be it the sandbox or the official one, spoken to in plain HTTP.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use chrono::{TimeDelta, Utc};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use updraft::sandbox::{Now, RateLimits, Sandbox, Serving};

use crate::pds::Pds;

pub const POST: &str = "app.bsky.feed.post";

pub struct Peer {
    pub did: String,
    pub handle: String,
    pub password: String,
    /// The DID of another account on the same server.
    pub other: String,
    url: String,
    client: Client,
    token: String,
    server: Server,
    failures: Mutex<Vec<String>>,
    keys: AtomicI64,
}

enum Server {
    Sandbox {
        offset: Arc<AtomicI64>,
        _serving: Serving,
    },
    Official(Pds),
}

/// What came back: the status, and the body where it is JSON.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// `ratelimit-policy` and `ratelimit-remaining`, and whether there is a `retry-after`.
    pub points: (String, String, bool),
}

impl Answer {
    /// The text at a JSON pointer; what is missing agrees with nothing.
    pub fn text(&self, pointer: &str) -> String {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value.map_or_else(|| format!("no {pointer} in {self:?}"), str::to_owned)
    }
}

impl Peer {
    pub async fn sandbox(limits: Option<RateLimits>) -> Peer {
        let offset = Arc::new(AtomicI64::new(0));
        let shared = Arc::clone(&offset);
        // The same days as the official server's clock, so that both see the same cases.
        let now: Now =
            Arc::new(move || Utc::now() + TimeDelta::milliseconds(shared.load(Ordering::SeqCst)));
        let sandbox = Sandbox::new(now);
        sandbox.set_rate_limits(limits);
        let did = sandbox.add_account("alice.test", "abcd-efgh-ijkl-mnop");
        let other = sandbox.add_account("bob.test", "bcde-fghi-jklm-nopq");
        let serving = sandbox.serve().await.unwrap();
        let url = serving.url().to_owned();
        let server = Server::Sandbox {
            offset,
            _serving: serving,
        };
        let who = ("alice.test".to_owned(), "abcd-efgh-ijkl-mnop".to_owned());
        Peer::new(server, (url, did, other), who).await
    }

    pub async fn official(pds: Pds) -> Peer {
        let account =
            json!({"handle": "bob.test", "email": "bob@mail.test", "password": "hunter2-bob"});
        let url = format!("{}/xrpc/com.atproto.server.createAccount", pds.url);
        let answer = Client::new()
            .post(url)
            .header("content-type", "application/json")
            .body(account.to_string())
            .send()
            .await
            .unwrap();
        let bob: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        let other = bob["did"].as_str().unwrap().to_owned();
        let place = (pds.url.clone(), pds.did.clone(), other);
        let who = (pds.handle.clone(), pds.app_password.clone());
        Peer::new(Server::Official(pds), place, who).await
    }

    async fn new(
        server: Server,
        (url, did, other): (String, String, String),
        (handle, password): (String, String),
    ) -> Peer {
        let mut peer = Peer {
            did,
            handle,
            password,
            other,
            url,
            client: Client::new(),
            token: String::new(),
            server,
            failures: Mutex::default(),
            keys: AtomicI64::new(0),
        };
        let session = peer.log_in().await;
        peer.token = session.text("/accessJwt");
        peer
    }

    pub async fn log_in(&self) -> Answer {
        let input = json!({"identifier": self.handle, "password": self.password});
        self.post("com.atproto.server.createSession", input).await
    }

    /// Calls a procedure with the session's token.
    pub async fn post(&self, nsid: &str, input: Value) -> Answer {
        self.post_as(&self.token, nsid, input).await
    }

    pub async fn post_as(&self, token: &str, nsid: &str, input: Value) -> Answer {
        let request = self
            .request(Method::POST, nsid)
            .header("content-type", "application/json")
            .body(input.to_string());
        send(bearer(request, token)).await
    }

    pub async fn get(&self, nsid: &str, query: &str) -> Answer {
        self.get_as(&self.token, &format!("{nsid}?{query}")).await
    }

    pub async fn get_as(&self, token: &str, nsid: &str) -> Answer {
        send(bearer(self.request(Method::GET, nsid), token)).await
    }

    /// A procedure call without body or type.
    pub async fn poke(&self, token: &str, nsid: &str) -> Answer {
        send(bearer(self.request(Method::POST, nsid), token)).await
    }

    pub async fn upload(&self, kind: Option<&str>, bytes: Vec<u8>) -> Answer {
        self.upload_as(&self.token, kind, bytes).await
    }

    pub async fn upload_as(&self, token: &str, kind: Option<&str>, bytes: Vec<u8>) -> Answer {
        let mut request = self.request(Method::POST, "com.atproto.repo.uploadBlob");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let request = request.header("content-length", bytes.len());
        send(bearer(request.body(bytes), token)).await
    }

    /// `createRecord` of a post, under a new key.
    pub async fn create(&self, record: Value) -> Answer {
        let rkey = self.key();
        self.create_at(&rkey, record).await
    }

    pub async fn create_at(&self, rkey: &str, record: Value) -> Answer {
        let input = json!({"repo": self.did, "collection": POST, "rkey": rkey, "record": record});
        self.post("com.atproto.repo.createRecord", input).await
    }

    pub async fn apply(&self, writes: Value) -> Answer {
        let input = json!({"repo": self.did, "writes": writes});
        self.post("com.atproto.repo.applyWrites", input).await
    }

    pub async fn record(&self, rkey: &str) -> Answer {
        let query = format!("repo={}&collection={POST}&rkey={rkey}", self.did);
        self.get("com.atproto.repo.getRecord", &query).await
    }

    pub async fn head(&self) -> String {
        let query = format!("did={}", self.did);
        self.get("com.atproto.sync.getLatestCommit", &query)
            .await
            .text("/cid")
    }

    /// A record key that was not used before, each later than the last.
    pub fn key(&self) -> String {
        const DIGITS: &[u8] = b"234567abcdefghijklmnopqrstuvwxyz";
        let number = self.keys.fetch_add(1, Ordering::SeqCst) as usize;
        let (high, low) = (
            char::from(DIGITS[number / 32]),
            char::from(DIGITS[number % 32]),
        );
        format!("3mxyz23abcd{high}{low}")
    }

    pub fn set_clock(&self, minutes: i64) {
        match &self.server {
            Server::Sandbox { offset, .. } => offset.store(minutes * 60_000, Ordering::SeqCst),
            Server::Official(pds) => pds.set_clock(minutes * 60_000),
        }
    }

    /// Expects success.
    pub fn accepts(&self, case: &str, answer: &Answer) {
        if answer.status != 200 {
            self.fail(case, &format!("200 expected: {answer:?}"));
        }
    }

    /// Expects an error; `*` in `message` stands for any text, `{did}` for the account.
    pub fn refuses(&self, case: &str, answer: &Answer, expected: (u16, &str, &str)) {
        let (status, name, message) = expected;
        let found = answer.body["message"].as_str().unwrap_or_default();
        let message = message.replace("{did}", &self.did);
        let says = match message.split_once('*') {
            None => found == message,
            Some((start, end)) => found.starts_with(start) && found.ends_with(end),
        };
        if answer.status != status || answer.body["error"] != name || !says {
            let wanted = format!("{status} {name} {message:?} expected: {answer:?}");
            self.fail(case, &wanted);
        }
    }

    /// Expects two values to be the same.
    pub fn agrees(&self, case: &str, found: impl Into<Value>, wanted: impl Into<Value>) {
        let (found, wanted) = (found.into(), wanted.into());
        if found != wanted {
            self.fail(case, &format!("{wanted} expected: {found}"));
        }
    }

    /// Fails the test if any case failed.
    pub fn conclude(&self) {
        let failures = self.failures.lock().unwrap();
        assert!(
            failures.is_empty(),
            "{} cases differ:\n{}",
            failures.len(),
            failures.join("\n")
        );
    }

    fn fail(&self, case: &str, what: &str) {
        self.failures
            .lock()
            .unwrap()
            .push(format!("{case}: {what}"));
    }

    fn request(&self, method: Method, nsid: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}/xrpc/{nsid}", self.url))
    }
}

fn bearer(request: RequestBuilder, token: &str) -> RequestBuilder {
    match token {
        "" => request,
        token => request.header("authorization", format!("Bearer {token}")),
    }
}

async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let header = |name| {
        let value = response.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    let wait = !header("retry-after").is_empty();
    let points = (
        header("ratelimit-policy"),
        header("ratelimit-remaining"),
        wait,
    );
    let bytes = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into());
    Answer {
        status,
        body,
        points,
    }
}

pub fn post(text: &str) -> Value {
    json!({"$type": POST, "text": text, "createdAt": "2026-12-01T09:00:00.000Z"})
}

/// A post with another property.
pub fn with(key: &str, value: Value) -> Value {
    let mut record = post("words");
    record[key] = value;
    record
}

pub fn create(rkey: &str, value: Value) -> Value {
    json!({"$type": "com.atproto.repo.applyWrites#create", "collection": POST, "rkey": rkey, "value": value})
}

pub fn update(rkey: &str, value: Value) -> Value {
    json!({"$type": "com.atproto.repo.applyWrites#update", "collection": POST, "rkey": rkey, "value": value})
}

pub fn delete(rkey: &str) -> Value {
    json!({"$type": "com.atproto.repo.applyWrites#delete", "collection": POST, "rkey": rkey})
}
