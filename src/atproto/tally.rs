//! What a process counts while it works: errors of servers by kind, and what became of threads.

use std::{collections::BTreeMap, sync::Arc};

use http::{Request, Response, StatusCode};
use serde_json::Value;

use super::{
    memory::Memories,
    transport::{Http, Sending, TransportError},
};

/// Every kind of error that is counted.
pub const KINDS: &[&str] = &[
    "auth",
    "network",
    "rate_limit",
    "refused",
    "server",
    "timeout",
];

/// Names of refusals that are answers: what was asked for is not there.
const ANSWERS: &[&str] = &["RecordNotFound", "RepoNotFound", "NotFound"];
/// Names of refusals that concern the log-in.
const AUTH: &[&str] = &[
    "ExpiredToken",
    "InvalidToken",
    "AuthenticationRequired",
    "AuthMissing",
];

/// Counts of one process, from its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Errors of servers and on the way there, by kind ([`KINDS`]).
    pub errors: BTreeMap<&'static str, u64>,
    /// Threads that went out.
    pub published: u64,
    /// Threads that servers refused.
    pub failed: u64,
    /// Threads that were too late.
    pub missed: u64,
    /// How late each thread that went out was, in seconds.
    pub lateness: Vec<f64>,
}

/// Counts what goes wrong with XRPC calls, each try.
pub struct Counted {
    /// Sends the requests.
    pub http: Arc<dyn Http>,
    /// Keeps the counts.
    pub memories: Memories,
}

impl Counted {
    async fn exchange(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let is_call = request.uri().path().starts_with("/xrpc/");
        let answer = self.http.send(request).await;
        if let Some(kind) = kind(&answer).filter(|_| is_call) {
            self.memories
                .count(|tally| *tally.errors.entry(kind).or_default() += 1);
        }
        answer
    }
}

impl Http for Counted {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin(self.exchange(request))
    }
}

fn kind(answer: &Result<Response<Vec<u8>>, TransportError>) -> Option<&'static str> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(TransportError::Interrupted(why)) if why.contains("timed out") => {
            return Some("timeout");
        }
        Err(_) => return Some("network"),
    };
    let status = answer.status();
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let name = body["error"].as_str().unwrap_or_default();
    match status {
        _ if status.is_success() || ANSWERS.contains(&name) => None,
        StatusCode::TOO_MANY_REQUESTS => Some("rate_limit"),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some("auth"),
        _ if AUTH.contains(&name) => Some("auth"),
        _ if status.is_server_error() => Some("server"),
        _ => Some("refused"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Response<Vec<u8>>, TransportError> {
        let mut answer = Response::new(body.as_bytes().to_vec());
        *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
        Ok(answer)
    }

    #[test]
    fn what_is_not_there_is_an_answer_and_no_error() {
        assert_eq!(kind(&answer(200, "{}")), None);
        assert_eq!(kind(&answer(400, r#"{"error":"RecordNotFound"}"#)), None);
    }

    #[test]
    fn errors_are_told_apart_by_who_can_do_something_about_them() {
        let cases = [
            (answer(400, r#"{"error":"ExpiredToken"}"#), "auth"),
            (answer(401, r#"{"error":"AuthenticationRequired"}"#), "auth"),
            (answer(429, ""), "rate_limit"),
            (answer(502, "<html>"), "server"),
            (answer(400, r#"{"error":"InvalidRequest"}"#), "refused"),
            (
                Err(TransportError::Interrupted("timed out".into())),
                "timeout",
            ),
            (Err(TransportError::NeverSent("refused".into())), "network"),
        ];
        for (answer, expected) in cases {
            assert_eq!(kind(&answer), Some(expected), "{answer:?}");
            assert!(KINDS.contains(&expected));
        }
    }
}
