//! Tokens with which other servers act in an account's name.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::call::{Refusal, Reply, optional_text, text};
use super::methods::Checked;
use super::state::State;

pub(super) fn get_service_auth(state: &mut State, checked: &Checked<'_>) -> Result<Reply, Refusal> {
    let input = &checked.input;
    if !is_server(text(input, "aud")) {
        let message = "aud must be a valid atproto DID or did#serviceId reference";
        return Err(Refusal::invalid(message));
    }
    let now = state.time();
    let asked = input["exp"].as_i64();
    let until = match asked.map(|seconds| DateTime::from_timestamp(seconds, 0)) {
        None => now + TimeDelta::minutes(1),
        Some(until) => until.unwrap_or(DateTime::<Utc>::MAX_UTC),
    };
    let refused = |message| Err(Refusal::new(400, "BadExpiration", message));
    let method = optional_text(input, "lxm");
    match until - now {
        left if left < TimeDelta::zero() => return refused("expiration is in past"),
        left if left > TimeDelta::hours(1) => {
            return refused(
                "cannot request a token with an expiration more than an hour in the future",
            );
        }
        left if method.is_none() && left > TimeDelta::minutes(1) => {
            return refused(
                "cannot request a method-less token with an expiration more than a minute in the future",
            );
        }
        _ => {}
    }
    let purpose = (text(input, "aud"), method);
    let token = state.sessions.lend(&checked.did, purpose, until);
    Ok(json!({ "token": token }).into())
}

/// Whether a DID may name a server: by one name, of which only `localhost` may have a port.
fn is_server(did: &str) -> bool {
    match did.strip_prefix("did:web:") {
        Some(name) => name.starts_with("localhost%3A") || !name.contains(['%', ':']),
        None => did.starts_with("did:plc:"),
    }
}
