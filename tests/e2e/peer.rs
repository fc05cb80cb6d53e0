//! The servers that every scenario runs on.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use updraft::sandbox::{RateLimits, Sandbox, Serving};

use crate::pds::Pds;

/// A server with room for another account.
pub trait Peer {
    /// `http://127.0.0.1:PORT`
    fn url(&self) -> &str;

    /// The same of its PLC directory.
    fn plc(&self) -> &str;

    /// An account that no other test has.
    fn new_account(&self) -> Account;
}

/// An account at a peer.
pub struct Account {
    pub handle: String,
    pub did: String,
    pub password: String,
    /// What its person logs in with: no app password.
    pub main_password: String,
}

/// The password of every account's person.
const MAIN_PASSWORD: &str = "hunter2-hunter2";

/// The sandbox, one a test.
pub struct Sandboxed {
    sandbox: Sandbox,
    serving: Serving,
}

impl Sandboxed {
    pub fn start() -> Sandboxed {
        Self::serve(Sandbox::new(Arc::new(chrono::Utc::now)))
    }

    /// One that counts points.
    pub fn start_counting() -> Sandboxed {
        let sandbox = Sandbox::new(Arc::new(chrono::Utc::now));
        sandbox.set_rate_limits(Some(RateLimits::OFFICIAL));
        Self::serve(sandbox)
    }

    fn serve(sandbox: Sandbox) -> Sandboxed {
        let serving = runtime().block_on(sandbox.serve()).unwrap();
        Sandboxed { sandbox, serving }
    }
}

impl Peer for Sandboxed {
    fn url(&self) -> &str {
        self.serving.url()
    }

    fn plc(&self) -> &str {
        self.serving.url()
    }

    fn new_account(&self) -> Account {
        let handle = new_handle();
        let password = "abcd-efgh-ijkl-mnop".to_owned();
        let did = self.sandbox.add_account(&handle, &password);
        self.sandbox.add_main_password(&handle, MAIN_PASSWORD);
        Account {
            handle,
            did,
            password,
            main_password: MAIN_PASSWORD.to_owned(),
        }
    }
}

/// The official PDS, one for all tests. It ends with this process, whose pipe it reads.
pub struct Official(&'static Pds);

impl Official {
    pub fn start_or_skip() -> Option<Official> {
        static PDS: OnceLock<Option<Pds>> = OnceLock::new();
        PDS.get_or_init(Pds::start_or_skip).as_ref().map(Official)
    }

    /// Another, that counts points.
    pub fn start_counting_or_skip() -> Option<Official> {
        static PDS: OnceLock<Option<Pds>> = OnceLock::new();
        let start = || Pds::start_or_skip_with(&["--rate-limits"]);
        PDS.get_or_init(start).as_ref().map(Official)
    }
}

impl Peer for Official {
    fn url(&self) -> &str {
        &self.0.url
    }

    fn plc(&self) -> &str {
        &self.0.plc
    }

    fn new_account(&self) -> Account {
        let handle = new_handle();
        let email = format!("{handle}@mail.test");
        let input = json!({ "handle": handle, "email": email, "password": MAIN_PASSWORD });
        let made = post(self.url(), "com.atproto.server.createAccount", "", &input);
        let token = text(&made, "accessJwt");
        let name = json!({ "name": "updraft" });
        let app = post(
            self.url(),
            "com.atproto.server.createAppPassword",
            &token,
            &name,
        );
        Account {
            handle,
            did: text(&made, "did"),
            password: text(&app, "password"),
            main_password: MAIN_PASSWORD.to_owned(),
        }
    }
}

fn new_handle() -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    format!("writer{}.test", NUMBER.fetch_add(1, Ordering::SeqCst))
}

/// The threads that the sandbox is served by, and that requests are made on.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

/// Calls a procedure, which must succeed.
pub fn post(server: &str, nsid: &str, token: &str, input: &Value) -> Value {
    send(nsid, procedure(server, nsid, token, input))
}

/// Calls a procedure; gives the status of the answer.
pub fn try_to_post(server: &str, nsid: &str, token: &str, input: &Value) -> u16 {
    let request = procedure(server, nsid, token, input);
    let answer = runtime().block_on(request.send());
    answer.unwrap().status().as_u16()
}

fn procedure(server: &str, nsid: &str, token: &str, input: &Value) -> RequestBuilder {
    let request = Client::new()
        .post(format!("{server}/xrpc/{nsid}"))
        .header("content-type", "application/json")
        .body(input.to_string());
    match token {
        "" => request,
        token => request.header("authorization", format!("Bearer {token}")),
    }
}

/// Calls a query, which must succeed.
pub fn get(server: &str, nsid: &str, query: &str) -> Value {
    send(
        nsid,
        Client::new().get(format!("{server}/xrpc/{nsid}?{query}")),
    )
}

/// The same of a query that answers no JSON.
pub fn bytes(server: &str, nsid: &str, query: &str) -> Vec<u8> {
    let request = Client::new().get(format!("{server}/xrpc/{nsid}?{query}"));
    runtime().block_on(async {
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{nsid}: {response:?}");
        response.bytes().await.unwrap().to_vec()
    })
}

fn send(nsid: &str, request: RequestBuilder) -> Value {
    let (status, bytes) = runtime().block_on(async {
        let response = request.send().await.unwrap();
        (response.status(), response.bytes().await.unwrap())
    });
    assert!(status.is_success(), "{nsid}: {status} {bytes:?}");
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The text at a key.
pub fn text(value: &Value, key: &str) -> String {
    let found = value[key].as_str();
    found
        .unwrap_or_else(|| panic!("no {key} in {value}"))
        .to_owned()
}
