//! Plain files on other people's hosts: DIDs and their documents.

use std::sync::Arc;

use http::{Method, Request, Response, StatusCode, header::LOCATION};
use url::Url;

use super::super::{
    error::{Error, Kind},
    retry::Delays,
    secret::Redactor,
    transport::{Http, TransportError, check_address},
    xrpc::{host, refusal, traced},
};

/// How many redirects of `/.well-known/atproto-did` are followed.
const MAX_HOPS: usize = 5;
/// Fetches files, following redirects.
pub(super) struct Web {
    pub(super) http: Arc<dyn Http>,
    pub(super) delays: Delays,
}

impl Web {
    pub(super) async fn fetch(&self, what: &str, url: Url) -> Result<Response<Vec<u8>>, Error> {
        self.delays
            .retry(|| self.fetch_once(what, url.clone()))
            .await
    }

    async fn fetch_once(&self, what: &str, mut url: Url) -> Result<Response<Vec<u8>>, Error> {
        for _ in 0..=MAX_HOPS {
            let error = |kind: Kind| Error::new(what, &host(&url), kind);
            let answer = self.get(what, &url).await.map_err(|e| error(e.into()))?;
            if answer.status().is_success() {
                return Ok(answer);
            }
            let Some(next) = redirect(&answer, &url) else {
                let refusal = refusal(&answer, &Redactor::default());
                return Err(error(Kind::Refused(Box::new(refusal))));
            };
            check_address(&next).map_err(|e| error(e.into()))?;
            url = next;
        }
        let reason = format!("more than {MAX_HOPS} redirects");
        Err(Error::new(what, &host(&url), Kind::Mismatch(reason)))
    }

    async fn get(&self, what: &str, url: &Url) -> Result<Response<Vec<u8>>, TransportError> {
        let request = Request::builder().method(Method::GET).uri(url.as_str());
        let request = request
            .body(Vec::new())
            .map_err(|error| TransportError::Forbidden(error.to_string()))?;
        traced(&*self.http, what, request).await
    }
}

fn redirect(answer: &Response<Vec<u8>>, from: &Url) -> Option<Url> {
    let followed = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    if !followed.contains(&answer.status()) {
        return None;
    }
    let place = answer.headers().get(LOCATION)?.to_str().ok()?;
    from.join(place).ok()
}
