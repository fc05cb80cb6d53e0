//! Failures on demand: error answers, lost answers, torn answers, delays.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use http_body::Frame;

/// A failure that some requests meet.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The method that fails, as `com.atproto.repo.applyWrites`.
    pub nsid: String,
    /// How many calls of it go well first.
    pub after: usize,
    /// How many calls then fail.
    pub times: usize,
    /// What happens to them.
    pub kind: FaultKind,
}

/// What a [`Fault`] does to a request.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// Nothing is done, and this is answered.
    Status {
        /// The HTTP status.
        status: u16,
        /// Headers of the answer, besides its content type (JSON, unless given here).
        headers: Vec<(String, String)>,
        /// The body, as it is.
        body: String,
    },
    /// Nothing is done, and the connection ends without an answer.
    DropBefore,
    /// It is done, and the connection ends without an answer.
    DropAfter,
    /// It is done, and the answer ends half-way through its body.
    Torn,
    /// It is done and answered, later.
    Delay(Duration),
}

impl Fault {
    /// A fault that the next call of `nsid` meets, and only that.
    pub fn once(nsid: &str, kind: FaultKind) -> Fault {
        Fault {
            nsid: nsid.to_owned(),
            after: 0,
            times: 1,
            kind,
        }
    }
}

/// Takes what happens to this call of `nsid`, if anything, off `faults`.
pub(super) fn take(faults: &mut [Fault], nsid: &str) -> Option<FaultKind> {
    let fault = faults
        .iter_mut()
        .find(|fault| fault.nsid == nsid && fault.times > 0)?;
    if fault.after > 0 {
        fault.after -= 1;
        return None;
    }
    fault.times -= 1;
    Some(fault.kind.clone())
}

/// Marks a response that must not reach its client.
#[derive(Clone, Copy)]
pub(super) struct Dropped;

/// The answer in place of one that is lost.
pub(super) fn dropped() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Dropped);
    response
}

/// The answer that a test asked for.
pub(super) fn refused(status: u16, headers: &[(String, String)], body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// `response` with its length as announced, and half of its body.
pub(super) async fn torn(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, bytes.len().into());
    let half = bytes.slice(..bytes.len() / 2);
    let body = TornBody {
        half: Some(half),
        waited: false,
    };
    Response::from_parts(parts, Body::new(body))
}

/// A body that breaks off after some bytes.
struct TornBody {
    half: Option<Bytes>,
    waited: bool,
}

impl HttpBody for TornBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        // A pause, in which the half reaches the socket.
        if !self.waited {
            self.waited = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())))
    }
}
