//! Rate limits: how long a run waits for them, all in all, and the points that are left.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use http::{HeaderMap, Request, Response, StatusCode};

use super::{
    pause::Pause,
    secret::Redactor,
    transport::{Http, Sending, TransportError},
    xrpc::{date, header, refusal},
};

/// What one creation of a record costs (<https://docs.bsky.app/docs/advanced-guides/rate-limits>).
pub const POINTS_PER_RECORD: u64 = 3;
/// A longer request is not kept in memory to be sent again.
const MAX_KEPT: usize = 16 * 1024 * 1024;

/// The tightest limit that the server's latest answer told of: `ratelimit-*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many points it holds.
    pub limit: u64,
    /// How many are left of them.
    pub remaining: u64,
    /// When it starts anew.
    pub resets: DateTime<Utc>,
}

impl Window {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let number = |name| header(headers, name)?.parse::<u64>().ok();
        let resets = i64::try_from(number("ratelimit-reset")?).ok()?;
        Some(Self {
            limit: number("ratelimit-limit")?,
            remaining: number("ratelimit-remaining")?,
            resets: DateTime::from_timestamp(resets, 0)?,
        })
    }

    /// How long it takes until there are `points`; `None` if there are now, or never will be.
    pub fn wait(&self, points: u64, now: DateTime<Utc>) -> Option<Duration> {
        let is_short = self.remaining < points && points <= self.limit;
        let wait = (self.resets - now).to_std().ok().filter(|_| is_short)?;
        // The server's windows end within the second, not at its start.
        (!wait.is_zero()).then(|| wait + Duration::from_secs(1))
    }
}

/// The time that a run may spend waiting for rate limits.
pub struct Patience {
    left: Mutex<Duration>,
    pause: Arc<dyn Pause>,
}

impl Patience {
    /// Waits up to `most` in all, by letting `pause` pass.
    pub fn new(most: Duration, pause: Arc<dyn Pause>) -> Self {
        let left = Mutex::new(most);
        Self { left, pause }
    }

    /// Waits for so long, if that much is left; whether it did.
    pub async fn wait(&self, time: Duration, why: &str) -> bool {
        {
            let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(rest) = left.checked_sub(time) else {
                return false;
            };
            *left = rest;
        }
        tracing::warn!("waiting {} s: {why}", time.as_secs());
        self.pause.pause(time).await
    }
}

/// Waits where an XRPC server says 429 and until when, and asks again: the server counts requests
/// before it looks at them, so that one that it refused has done nothing.
pub struct Patient {
    /// Sends the requests.
    pub http: Arc<dyn Http>,
    /// How long to wait.
    pub patience: Arc<Patience>,
    /// The time, where the server does not say it.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl Patient {
    async fn exchange(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let is_call = request.uri().path().starts_with("/xrpc/");
        if !is_call || request.body().len() > MAX_KEPT {
            return self.http.send(request).await;
        }
        loop {
            let answer = self.http.send(request.clone()).await?;
            let is_limit = answer.status() == StatusCode::TOO_MANY_REQUESTS;
            let now = date(answer.headers(), "date").unwrap_or_else(|| (self.clock)());
            let wait = refusal(&answer, &Redactor::default()).wait(now);
            let Some(wait) = wait.filter(|_| is_limit) else {
                return Ok(answer);
            };
            let why = "the server takes no more requests for now (429)";
            if !self.patience.wait(wait, why).await {
                return Ok(answer);
            }
        }
    }
}

impl Http for Patient {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin(self.exchange(request))
    }
}

#[cfg(test)]
mod tests;
