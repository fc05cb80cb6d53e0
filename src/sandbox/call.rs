//! One XRPC request and what is answered to it.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::ipld;
use super::lexicon::{Definition, INPUTS, PARAMS, Path};

/// Bytes of JSON that the methods which carry records take.
const RECORD_LIMIT: usize = 1_000_000;
/// Bytes of JSON that any other method takes.
const JSON_LIMIT: usize = 150 * 1024;

/// An XRPC request, read whole.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) nsid: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    query: String,
}

impl Call {
    pub(super) fn new(parts: Parts, nsid: &str, body: Bytes) -> Call {
        Call {
            nsid: nsid.to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            method: parts.method,
            headers: parts.headers,
            body,
        }
    }

    /// The token of `Authorization: Bearer TOKEN`.
    pub(super) fn token(&self) -> Option<&str> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        value.strip_prefix("Bearer ").map(str::trim)
    }

    /// The type of the body, without its parameters.
    pub(super) fn content_type(&self) -> Result<String, Refusal> {
        self.headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(|kind| kind.trim().to_ascii_lowercase())
            .filter(|kind| !kind.is_empty())
            .ok_or_else(|| {
                Refusal::invalid("Request encoding (Content-Type) required but not provided")
            })
    }

    /// Whether the request announces a body, be it an empty one.
    pub(super) fn has_body(&self) -> bool {
        !self.body.is_empty() || self.headers.contains_key(header::CONTENT_LENGTH)
    }

    /// The parameters of a query, checked and typed.
    pub(super) fn params(&self) -> Result<Value, Refusal> {
        let mut params = json!({});
        for (key, value) in form_urlencoded::parse(self.query.as_bytes()) {
            params[&*key] = match (&*key, value.parse::<i64>()) {
                ("limit" | "exp", Ok(number)) => number.into(),
                ("reverse", _) if matches!(&*value, "true" | "false") => (value == "true").into(),
                _ => Value::from(value),
            };
        }
        if let Some(definition) = find(&PARAMS, &self.nsid) {
            definition.check(&params, &Path::Root).map_err(|issue| {
                Refusal::invalid(format!("Invalid {} params: {}", self.nsid, issue.message))
            })?;
        }
        Ok(params)
    }

    /// The JSON body of a procedure, checked.
    pub(super) fn input(&self) -> Result<Value, Refusal> {
        if !self.has_body() {
            return Err(Refusal::invalid(
                "A request body is expected but none was provided",
            ));
        }
        let kind = self.content_type()?;
        if kind != "application/json" {
            let message = format!("Wrong request encoding (Content-Type): {kind}");
            return Err(Refusal::invalid(message));
        }
        if self.body.len() > self.limit() {
            return Err(Refusal::too_large("PayloadTooLargeError"));
        }
        let input = serde_json::from_slice(&self.body)
            .map_err(|error| Refusal::new(400, "SyntaxError", error.to_string()))?;
        if let Some(definition) = find(&INPUTS, &self.nsid) {
            definition
                .check(&input, &Path::Root)
                .map_err(|issue| Refusal::invalid(issue.to_string()))?;
        }
        Ok(input)
    }

    fn limit(&self) -> usize {
        match self.nsid.as_str() {
            "com.atproto.repo.applyWrites"
            | "com.atproto.repo.createRecord"
            | "com.atproto.repo.putRecord" => RECORD_LIMIT,
            _ => JSON_LIMIT,
        }
    }
}

fn find(definitions: &[&'static Definition], nsid: &str) -> Option<&'static Definition> {
    definitions.iter().copied().find(|known| known.id == nsid)
}

/// The text at `key`, empty when there is none (the lexicon says whether it may be missing).
pub(super) fn text<'a>(input: &'a Value, key: &str) -> &'a str {
    optional_text(input, key).unwrap_or_default()
}

/// The text at `key`.
pub(super) fn optional_text<'a>(input: &'a Value, key: &str) -> Option<&'a str> {
    ipld::as_object(input)?.get(key)?.as_str()
}

/// A successful answer.
pub(super) struct Reply {
    pub(super) kind: String,
    pub(super) body: Bytes,
}

impl From<Value> for Reply {
    fn from(value: Value) -> Reply {
        Reply {
            kind: "application/json; charset=utf-8".to_owned(),
            body: value.to_string().into(),
        }
    }
}

/// An error answer: a status and `{"error": NAME, "message": TEXT}`.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) name: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, name: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            name,
            message: message.into(),
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "InvalidRequest", message)
    }

    pub(super) fn swap(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "InvalidSwap", message)
    }

    pub(super) fn too_large(name: &'static str) -> Refusal {
        Refusal::new(413, name, "request entity too large")
    }

    /// What the official server says when a record is, or is not, there against expectation.
    pub(super) fn internal() -> Refusal {
        Refusal::new(500, "InternalServerError", "Internal Server Error")
    }
}

/// An HTTP answer, with the headers that go onto it.
pub(super) fn respond(answer: Result<Reply, Refusal>, headers: HeaderMap) -> Response {
    let (status, reply) = match answer {
        Ok(reply) => (StatusCode::OK, reply),
        Err(refusal) => (
            StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Reply::from(json!({"error": refusal.name, "message": refusal.message})),
        ),
    };
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if let Ok(kind) = HeaderValue::try_from(reply.kind) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}
