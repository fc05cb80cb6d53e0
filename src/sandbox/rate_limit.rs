//! Points, and the windows in which they run out.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::call::{Call, Refusal};

/// How many points each window holds; see [`RateLimits::OFFICIAL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Requests of any kind in five minutes.
    pub requests: u64,
    /// Points for writes in an hour: 3 a creation, 2 an update, 1 a deletion.
    pub writes_hour: u64,
    /// Points for writes in a day.
    pub writes_day: u64,
    /// Log-ins in five minutes.
    pub sessions: u64,
    /// Log-ins in a day.
    pub sessions_day: u64,
    /// Uploads in a day.
    pub uploads: u64,
}

impl RateLimits {
    /// The numbers that are built into the official server.
    pub const OFFICIAL: RateLimits = RateLimits {
        requests: 3000,
        writes_hour: 5000,
        writes_day: 35_000,
        sessions: 30,
        sessions_day: 300,
        uploads: 1000,
    };

    /// The windows that a request draws on, each with its price.
    fn charges(&self, call: &Call, did: Option<&str>, input: Option<&Value>) -> Vec<Charge> {
        let minutes = TimeDelta::minutes(5);
        let day = TimeDelta::days(1);
        let charge = |name: &str, limit, window, points| Charge {
            name: format!("{name} {}", did.unwrap_or_default()),
            limit,
            window,
            points,
        };
        let mut charges = vec![Charge {
            name: "requests".to_owned(),
            ..charge("", self.requests, minutes, 1)
        }];
        match call.nsid.as_str() {
            "com.atproto.server.createSession" => {
                charges.push(charge("sessions", self.sessions, minutes, 1));
                charges.push(charge("sessions a day", self.sessions_day, day, 1));
            }
            "com.atproto.repo.uploadBlob" => {
                charges.push(charge("uploads", self.uploads, day, 1));
            }
            nsid => {
                let points = points(nsid, input);
                if points > 0 {
                    let hour = TimeDelta::hours(1);
                    charges.push(charge("writes", self.writes_hour, hour, points));
                    charges.push(charge("writes a day", self.writes_day, day, points));
                }
            }
        }
        charges
    }
}

fn points(nsid: &str, input: Option<&Value>) -> u64 {
    match nsid {
        "com.atproto.repo.createRecord" => 3,
        "com.atproto.repo.putRecord" => 2,
        "com.atproto.repo.deleteRecord" => 1,
        "com.atproto.repo.applyWrites" => input
            .and_then(|input| input["writes"].as_array())
            .into_iter()
            .flatten()
            .map(|write| match write["$type"].as_str().unwrap_or_default() {
                "com.atproto.repo.applyWrites#create" => 3,
                "com.atproto.repo.applyWrites#update" => 2,
                _ => 1,
            })
            .sum(),
        _ => 0,
    }
}

struct Charge {
    name: String,
    limit: u64,
    window: TimeDelta,
    points: u64,
}

/// The points used so far, in memory only: a restart forgets them.
#[derive(Default)]
pub(super) struct Meter {
    pub(super) limits: Option<RateLimits>,
    used: BTreeMap<String, Used>,
}

struct Used {
    points: u64,
    resets: DateTime<Utc>,
}

impl Meter {
    pub(super) fn forget(&mut self) {
        self.used.clear();
    }

    /// Takes the points of a request, and writes the `ratelimit-*` headers of the window that
    /// has the fewest left.
    pub(super) fn charge(
        &mut self,
        call: &Call,
        (did, input): (Option<&str>, Option<&Value>),
        (now, headers): (DateTime<Utc>, &mut HeaderMap),
    ) -> Result<(), Refusal> {
        let Some(limits) = self.limits else {
            return Ok(());
        };
        let charges = limits.charges(call, did, input);
        let taken = charges.into_iter().map(|charge| self.take(charge, now));
        let tightest = taken.min_by_key(|(left, ..)| *left);
        let Some((left, charge, resets)) = tightest else {
            return Ok(());
        };
        write_headers(headers, (left, &charge, resets));
        if left >= 0 {
            return Ok(());
        }
        set(
            headers,
            "retry-after",
            (resets - now).num_seconds().max(1).to_string(),
        );
        Err(Refusal::new(
            429,
            "RateLimitExceeded",
            "Rate Limit Exceeded",
        ))
    }

    /// Takes the points out of one window: what is left, of what, until when.
    fn take(&mut self, charge: Charge, now: DateTime<Utc>) -> (i128, Charge, DateTime<Utc>) {
        let fresh = || Used {
            points: 0,
            resets: now + charge.window,
        };
        let used = self.used.entry(charge.name.clone()).or_insert_with(fresh);
        if used.resets <= now {
            *used = fresh();
        }
        used.points += charge.points;
        let left = i128::from(charge.limit) - i128::from(used.points);
        let resets = used.resets;
        (left, charge, resets)
    }
}

fn write_headers(headers: &mut HeaderMap, window: (i128, &Charge, DateTime<Utc>)) {
    let (left, charge, resets) = window;
    let policy = format!("{};w={}", charge.limit, charge.window.num_seconds());
    set(headers, "ratelimit-limit", charge.limit.to_string());
    set(headers, "ratelimit-remaining", left.max(0).to_string());
    set(headers, "ratelimit-reset", resets.timestamp().to_string());
    set(headers, "ratelimit-policy", policy);
}

fn set(headers: &mut HeaderMap, name: &'static str, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
