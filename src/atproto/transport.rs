//! HTTP as the rest of the network code sees it: one request in, one whole answer out, and
//! whether a request that failed may nevertheless have been processed.

use std::{future::Future, pin::Pin, time::Duration};

use http::{Request, Response};
use thiserror::Error;
use url::{Host, Url};

/// The longest body of an answer, in bytes after decompression.
pub const MAX_ANSWER: usize = 5 * 1024 * 1024;
/// How long a connection may take to come about.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long a request may take as a whole, unless it carries a [`TimeLimit`].
pub const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// How long an upload may take as a whole.
pub const UPLOAD_LIMIT: Duration = Duration::from_secs(120);

/// A request's own limit, as an extension of the [`Request`].
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit(pub Duration);

/// A request on its way.
pub type Sending<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + 'a>>;

/// Something that sends requests. Answers of every status are `Ok`; redirects are not followed.
pub trait Http: Send + Sync {
    /// Sends one request, once.
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_>;
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransportError {
    /// The request did not leave: DNS, connection refused, TLS. It was certainly not processed.
    #[error("can't connect: {0}")]
    NeverSent(String),
    /// The request left, or may have: time-out, dropped connection, torn or endless body. It may
    /// have been processed.
    #[error("no answer: {0}")]
    Interrupted(String),
    /// The address isn't one that may be asked; trying again doesn't help.
    #[error("{0}")]
    Forbidden(String),
}

impl TransportError {
    /// Whether the server may have acted on the request.
    pub fn may_have_been_processed(&self) -> bool {
        matches!(self, TransportError::Interrupted(_))
    }
}

/// Refuses everything but https, and http to this very machine.
pub fn check_address(url: &Url) -> Result<(), TransportError> {
    let refused = |reason: &str| Err(TransportError::Forbidden(format!("`{url}` {reason}")));
    match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => Err(
            TransportError::Forbidden("an address must not hold a user name or password".into()),
        ),
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => refused("is not encrypted: https is needed, http is for this machine alone"),
        _ => refused("is no https address"),
    }
}

/// Whether the address names this very machine: `localhost`, 127.0.0.0/8, `::1`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The real network: rustls, no cookies, no redirects, bounded in time and size.
#[derive(Clone, Debug)]
pub struct Network {
    world: reqwest::Client,
    // A proxy for the world can't reach this machine.
    loopback: reqwest::Client,
}

impl Network {
    /// Sets up TLS and the connection pools; connects to nothing.
    pub fn new() -> Result<Self, TransportError> {
        let failed = |error| TransportError::Forbidden(format!("can't set up TLS: {error}"));
        Ok(Self {
            world: builder().build().map_err(failed)?,
            loopback: builder().no_proxy().build().map_err(failed)?,
        })
    }

    async fn exchange(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let (client, request) = self.prepare(request)?;
        let answer = client.execute(request).await.map_err(classify)?;
        collect(answer).await
    }

    fn prepare(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<(&reqwest::Client, reqwest::Request), TransportError> {
        let url = Url::parse(&request.uri().to_string())
            .map_err(|error| TransportError::Forbidden(format!("not an address: {error}")))?;
        check_address(&url)?;
        let limit = request.extensions().get::<TimeLimit>().copied();
        let mut request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::Forbidden(cause(&error)))?;
        *request.timeout_mut() = Some(limit.map_or(REQUEST_LIMIT, |limit| limit.0));
        let client = match is_loopback(&url) {
            true => &self.loopback,
            false => &self.world,
        };
        Ok((client, request))
    }
}

impl Http for Network {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin(self.exchange(request))
    }
}

/// A service in this process, called without a socket.
#[derive(Clone, Debug)]
pub struct InProcess<F>(pub F);

impl<F, A> Http for InProcess<F>
where
    F: Fn(Request<Vec<u8>>) -> A + Send + Sync,
    A: Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + 'static,
{
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin((self.0)(request))
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(user_agent())
        .connect_timeout(CONNECT_LIMIT)
        .timeout(REQUEST_LIMIT)
        // A followed redirect would carry a write, or a token, to somewhere else.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
}

/// Who asks, and where to complain, for the logs of servers.
fn user_agent() -> String {
    let name = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    match option_env!("CARGO_PKG_REPOSITORY") {
        None | Some("") => name.to_owned(),
        Some(repository) => format!("{name} (+{repository})"),
    }
}

async fn collect(mut answer: reqwest::Response) -> Result<Response<Vec<u8>>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(interrupted)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(TransportError::Interrupted(format!(
                "the answer is longer than {MAX_ANSWER} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    let mut whole = Response::new(body);
    *whole.status_mut() = answer.status();
    *whole.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(whole)
}

fn classify(error: reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_dns() {
        return TransportError::NeverSent(cause(&error.without_url()));
    }
    if error.is_builder() {
        return TransportError::Forbidden(cause(&error.without_url()));
    }
    interrupted(error)
}

fn interrupted(error: reqwest::Error) -> TransportError {
    let reason = match error.is_timeout() {
        true => "timed out".to_owned(),
        false => cause(&error.without_url()),
    };
    TransportError::Interrupted(reason)
}

/// What caused it all, such as "connection refused": the outer errors only say "error sending
/// request".
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests;
