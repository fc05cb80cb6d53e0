//! What may happen to a request.

use http::{Request, Response};
use updraft::{
    atproto::transport::{Http, Sending, TransportError},
    sandbox::FaultKind,
};

use super::{ground::State, runner::Runner, server::Answer, settings::ACCOUNTS};

impl Http for Runner {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin(async move { self.exchange(request) })
    }
}

/// Something that goes wrong with a request.
#[derive(Clone, Copy)]
enum Kind {
    Refused,
    Unresolved,
    DropBefore,
    DropAfter,
    Torn,
    /// Beyond the time-out; done in time, or later.
    Slow(bool),
    /// Not done.
    Status(u16),
    /// Done, and answered so all the same.
    Done(u16, &'static str),
    /// The server takes no more requests: until when, as which header says.
    Limit(&'static str, i64),
    BlobForgotten,
    SessionUnknown,
    Revoked,
    Expired,
    Restart,
}

const FAULTS: [(&str, Kind); 20] = [
    ("connection refused", Kind::Refused),
    ("name not resolved", Kind::Unresolved),
    ("request dropped", Kind::DropBefore),
    ("answer dropped", Kind::DropAfter),
    ("torn body", Kind::Torn),
    ("slow, arrives after the time-out", Kind::Slow(false)),
    ("slow, done but timed out", Kind::Slow(true)),
    ("500, not done", Kind::Status(500)),
    ("500, done", Kind::Done(500, ERROR)),
    ("502, not done", Kind::Status(502)),
    ("503, done", Kind::Done(503, "")),
    ("broken JSON, done", Kind::Done(200, "{\"hello\":")),
    ("unexpected JSON, done", Kind::Done(200, "{\"commit\":5}")),
    ("429 without a word", Kind::Limit("", 0)),
    (
        "429, retry-after inside --max-wait",
        Kind::Limit("retry-after", 30),
    ),
    (
        "429, retry-after beyond --max-wait",
        Kind::Limit("retry-after", 3600),
    ),
    (
        "429, ratelimit-reset inside --max-wait",
        Kind::Limit("ratelimit-reset", 60),
    ),
    (
        "429, ratelimit-reset beyond --max-wait",
        Kind::Limit("ratelimit-reset", 7200),
    ),
    ("access tokens expire", Kind::Expired),
    ("server restarts", Kind::Restart),
];
/// With what is done in an account's name.
const AUTHORISED: [(&str, Kind); 3] = [
    ("blob forgotten", Kind::BlobForgotten),
    ("session unknown", Kind::SessionUnknown),
    ("password revoked in the midst of a run", Kind::Revoked),
];
const ERROR: &str = r#"{"error":"InternalServerError","message":"Internal Server Error"}"#;
const FULL: &str = r#"{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}"#;
const NO_BLOB: &str = r#"{"error":"BlobNotFound","message":"Could not find blob"}"#;
const NO_SESSION: &str = r#"{"error":"InvalidToken","message":"Token could not be verified"}"#;

fn interrupted(why: &str) -> TransportError {
    TransportError::Interrupted(why.to_owned())
}

fn status(code: u16, body: &str) -> Response<Vec<u8>> {
    let answer = Response::builder().status(code);
    answer.body(body.as_bytes().to_vec()).unwrap()
}

impl Runner {
    fn exchange(&self, request: Request<Vec<u8>>) -> Answer {
        let name = request.uri().path().trim_start_matches("/xrpc/").to_owned();
        self.step(&format!("ask {name}"));
        let mut state = self.ground.state();
        let odds = state.odds.http;
        if state.happens(odds)
            && let Some(answer) = state.go_wrong((self.id, &name), request.clone())
        {
            return answer;
        }
        let answer = state.answer(request);
        if name.ends_with("applyWrites") {
            let said = answer.as_ref().map(|answer| answer.status());
            state.note(format!("run {}: {name}: {said:?}", self.id));
        }
        drop(state);
        self.step(&format!("hear of {name}"));
        answer
    }
}

impl State {
    /// What comes of a request with which something goes wrong; nothing if it is to be answered all
    /// the same.
    fn go_wrong(
        &mut self,
        (run, name): (usize, &str),
        request: Request<Vec<u8>>,
    ) -> Option<Answer> {
        let is_authorised = request.headers().contains_key("authorization");
        let (word, kind) = match is_authorised && self.rng.u8(..4) == 0 {
            true => AUTHORISED[self.rng.usize(..AUTHORISED.len())],
            false => FAULTS[self.rng.usize(..FAULTS.len())],
        };
        if matches!(kind, Kind::BlobForgotten) && !name.ends_with("applyWrites") {
            return None;
        }
        self.note(format!("run {run}: {name}: {word}"));
        self.count(word);
        self.play(kind, name, request)
    }

    fn play(&mut self, kind: Kind, name: &str, request: Request<Vec<u8>>) -> Option<Answer> {
        let never = |why: &str| Some(Err(TransportError::NeverSent(why.to_owned())));
        match kind {
            Kind::Refused => never("connection refused"),
            Kind::Unresolved => never("no such host"),
            Kind::DropBefore => self.lose(name, FaultKind::DropBefore, request),
            Kind::DropAfter => self.lose(name, FaultKind::DropAfter, request),
            Kind::Torn => self.lose(name, FaultKind::Torn, request),
            Kind::Slow(is_done) => {
                self.now += 30_000_000;
                match is_done {
                    true => drop(self.answer(request)),
                    false => self.underway.push(request),
                }
                Some(Err(interrupted("timed out")))
            }
            Kind::Status(code) => Some(Ok(status(code, ERROR))),
            Kind::Done(code, body) => {
                let _ = self.answer(request);
                Some(Ok(status(code, body)))
            }
            Kind::Limit(header, seconds) => Some(Ok(self.limited(header, seconds))),
            Kind::BlobForgotten => Some(Ok(status(400, NO_BLOB))),
            Kind::SessionUnknown => Some(Ok(status(400, NO_SESSION))),
            Kind::Revoked => {
                self.revoke();
                None
            }
            Kind::Expired => {
                self.server.sandbox.expire_access_tokens();
                None
            }
            Kind::Restart => {
                self.server.sandbox.restart();
                None
            }
        }
    }

    fn lose(&mut self, name: &str, kind: FaultKind, request: Request<Vec<u8>>) -> Option<Answer> {
        let time = self.now;
        self.server_time
            .store(time, std::sync::atomic::Ordering::SeqCst);
        Some(self.server.answer_badly(name, kind, request))
    }

    fn limited(&self, header: &str, seconds: i64) -> Response<Vec<u8>> {
        let mut answer = status(429, FULL);
        let value = match header {
            "retry-after" => seconds,
            _ => self.now / 1_000_000 + seconds,
        };
        if !header.is_empty() {
            let name = http::HeaderName::try_from(header).unwrap();
            answer.headers_mut().insert(name, value.into());
        }
        answer
    }

    /// Of one account: what it has begun ends soon, and it can't begin anew.
    fn revoke(&mut self) {
        let account = self.rng.usize(..ACCOUNTS.len());
        let sandbox = &self.server.sandbox;
        sandbox.revoke_app_password(&self.dids[account], ACCOUNTS[account].2);
        sandbox.expire_access_tokens();
    }
}
