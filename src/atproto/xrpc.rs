//! One XRPC request to one service: built, sent, timed, and its answer told apart.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use atrium_api::com::atproto::repo::apply_writes;
use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderValue, Method, Request, Response,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{
    error::{Error, Kind, Refusal},
    patience::Window,
    secret::Redactor,
    transport::{Http, TimeLimit, TransportError},
    write::Upload,
};

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) nsid: &'static str,
    pub(crate) input: Input<'a>,
    pub(crate) limit: Option<Duration>,
}

/// What goes along: a query has parameters, a procedure a body with its type.
#[derive(Clone, Copy)]
pub(crate) enum Input<'a> {
    Query(&'a [(&'a str, &'a str)]),
    Nothing,
    Body(&'a [u8], &'a str),
    /// A file, with parameters.
    Upload(&'a Upload<'a>, &'a [(&'a str, &'a str)]),
}

impl<'a> Call<'a> {
    pub(crate) fn query(nsid: &'static str, parameters: &'a [(&'a str, &'a str)]) -> Self {
        Self::with(nsid, Input::Query(parameters))
    }

    pub(crate) fn json(nsid: &'static str, body: &'a [u8]) -> Self {
        Self::with(nsid, Input::Body(body, "application/json"))
    }

    pub(crate) fn with(nsid: &'static str, input: Input<'a>) -> Self {
        let limit = None;
        Self { nsid, input, limit }
    }
}

/// One server that speaks XRPC.
pub(crate) struct Service {
    http: Arc<dyn Http>,
    base: Url,
    time: Mutex<Option<DateTime<Utc>>>,
    pub(super) points: Arc<Mutex<Option<Window>>>,
}

impl Service {
    pub(crate) fn new(http: Arc<dyn Http>, base: Url) -> Self {
        Self {
            http,
            base,
            time: Mutex::new(None),
            points: Arc::default(),
        }
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// The `Date` of the latest answer that had one.
    pub(crate) fn time(&self) -> Option<DateTime<Utc>> {
        *self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the latest write told of the points that are left.
    pub(crate) fn points(&self) -> Option<Window> {
        *self.points.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the call once and decodes what a 200 brings.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        token: Option<&SecretString>,
        redactor: &Redactor,
    ) -> Result<T, Error> {
        let answer = self.answer(call, token).await?;
        if !answer.status().is_success() {
            let refusal = refusal(&answer, redactor);
            return Err(self.error(call.nsid, Kind::Refused(Box::new(refusal))));
        }
        // serde's message would quote what it read, and that may be a token.
        serde_json::from_slice(answer.body()).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            self.error(call.nsid, Kind::Undecodable(place))
        })
    }

    /// Sends the call once; an answer of any status will do.
    pub(crate) async fn answer(
        &self,
        call: Call<'_>,
        token: Option<&SecretString>,
    ) -> Result<Response<Vec<u8>>, Error> {
        let request = self.request(&call, token)?;
        let answer = self.exchange(call.nsid, request).await;
        answer.map_err(|error| self.error(call.nsid, error))
    }

    pub(crate) fn error(&self, method: &str, kind: impl Into<Kind>) -> Error {
        Error::new(method, &host(&self.base), kind)
    }

    fn request(
        &self,
        call: &Call<'_>,
        token: Option<&SecretString>,
    ) -> Result<Request<Vec<u8>>, Error> {
        let mut url = self.base.clone();
        url.set_path(&format!("/xrpc/{}", call.nsid));
        url.set_query(None);
        url.set_fragment(None);
        let (method, body) = match call.input {
            Input::Query([]) => (Method::GET, Vec::new()),
            Input::Query(parameters) => {
                url.query_pairs_mut().extend_pairs(parameters);
                (Method::GET, Vec::new())
            }
            Input::Nothing => (Method::POST, Vec::new()),
            Input::Body(body, _) => (Method::POST, body.to_vec()),
            Input::Upload(upload, parameters) => {
                if !parameters.is_empty() {
                    url.query_pairs_mut().extend_pairs(parameters);
                }
                let bytes = (upload.read)().map_err(TransportError::Forbidden);
                (
                    Method::POST,
                    bytes.map_err(|error| self.error(call.nsid, error))?,
                )
            }
        };
        let mut request = Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(ACCEPT, "application/json");
        let mime = match call.input {
            Input::Body(_, mime) => Some(mime),
            Input::Upload(upload, _) => Some(upload.mime),
            Input::Query(_) | Input::Nothing => None,
        };
        if let Some(mime) = mime {
            request = request.header(CONTENT_TYPE, mime);
        }
        if let Some(limit) = call.limit {
            request = request.extension(TimeLimit(limit));
        }
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, self.bearer(call.nsid, token)?);
        }
        request.body(body).map_err(|error| {
            let reason = format!("the request can't be built: {error}");
            self.error(call.nsid, TransportError::Forbidden(reason))
        })
    }

    fn bearer(&self, nsid: &str, token: &SecretString) -> Result<HeaderValue, Error> {
        let value = format!("Bearer {}", token.expose_secret());
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            let reason = "the server gave a token that fits no header".to_owned();
            self.error(nsid, Kind::Mismatch(reason))
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn exchange(
        &self,
        nsid: &str,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let answer = traced(&*self.http, nsid, request).await?;
        if let Some(time) = date(answer.headers(), DATE.as_str()) {
            *self.time.lock().unwrap_or_else(PoisonError::into_inner) = Some(time);
        }
        if nsid == apply_writes::NSID
            && let Some(window) = Window::of(answer.headers())
        {
            *self.points.lock().unwrap_or_else(PoisonError::into_inner) = Some(window);
        }
        Ok(answer)
    }
}

/// Sends a request and leaves a trace of it: no query, no header, no body.
pub(crate) async fn traced(
    http: &dyn Http,
    name: &str,
    request: Request<Vec<u8>>,
) -> Result<Response<Vec<u8>>, TransportError> {
    let verb = request.method().clone();
    let host = request.uri().host().unwrap_or_default().to_owned();
    let start = Instant::now();
    let answer = http.send(request).await;
    let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    match &answer {
        Ok(answer) => {
            tracing::debug!(%verb, name, host, status = answer.status().as_u16(), ms, "answered");
        }
        Err(error) => tracing::debug!(%verb, name, host, %error, ms, "unanswered"),
    }
    answer
}

/// A refusal as the server worded it, without what must not be repeated.
pub(crate) fn refusal(answer: &Response<Vec<u8>>, redactor: &Redactor) -> Refusal {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Body {
        error: String,
        message: String,
    }
    let body: Body = serde_json::from_slice(answer.body()).unwrap_or_default();
    let wait = header(answer.headers(), RETRY_AFTER.as_str()).and_then(|text| text.parse().ok());
    Refusal {
        status: answer.status().as_u16(),
        name: redactor.clean(&body.error),
        message: redactor.clean(&body.message),
        retry_after: wait.map(Duration::from_secs),
        limit_reset: header(answer.headers(), "ratelimit-reset")
            .and_then(|text| DateTime::from_timestamp(text.parse().ok()?, 0))
            .or_else(|| date(answer.headers(), RETRY_AFTER.as_str())),
    }
}

/// The host, and the port where it isn't the usual one.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

pub(crate) fn date(headers: &HeaderMap, name: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc2822(header(headers, name)?).ok()?;
    Some(time.to_utc())
}
