//! A server for tests: answers as scripted, and remembers what it was asked.

#![allow(clippy::unwrap_used)]

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use http::{Request, Response};
use serde_json::Value;

use super::transport::{Http, Sending, TransportError};

type Answer = Result<Response<Vec<u8>>, TransportError>;

/// Scripted answers by the last segment of the path; unscripted requests fail the test.
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    asked: Mutex<Vec<Request<Vec<u8>>>>,
}

impl Script {
    /// A script of answers, each by its name; several of one name come in turn.
    pub(crate) fn new<const N: usize>(answers: [(&str, Answer); N]) -> Arc<Self> {
        let script = Self::default();
        for (name, answer) in answers {
            let mut all = script.answers.lock().unwrap();
            all.entry(name.to_owned()).or_default().push_back(answer);
        }
        Arc::new(script)
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Request<Vec<u8>>> {
        self.asked.lock().unwrap().clone()
    }

    /// The names of what was asked so far.
    pub(crate) fn names(&self) -> Vec<String> {
        self.asked().iter().map(name).collect()
    }
}

impl Http for Script {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        let name = name(&request);
        self.asked.lock().unwrap().push(request);
        let answer = self
            .answers
            .lock()
            .unwrap()
            .get_mut(&name)
            .and_then(VecDeque::pop_front)
            .unwrap_or_else(|| panic!("nothing is scripted for {name}"));
        Box::pin(async { answer })
    }
}

fn name(request: &Request<Vec<u8>>) -> String {
    let path = request.uri().path();
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rsplit("atproto.")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// An answer of this status and JSON.
pub(crate) fn json(status: u16, body: Value) -> Answer {
    raw(status, &[], &body.to_string())
}

/// An XRPC error.
pub(crate) fn refuse(status: u16, name: &str, message: &str) -> Answer {
    json(
        status,
        serde_json::json!({ "error": name, "message": message }),
    )
}

/// An answer of this status, headers and text.
pub(crate) fn raw(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut answer = Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    Ok(answer.body(body.as_bytes().to_vec()).unwrap())
}

/// No answer, though the request went out.
pub(crate) fn dropped() -> Answer {
    Err(TransportError::Interrupted("connection closed".to_owned()))
}
