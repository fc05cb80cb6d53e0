//! Sessions: opaque tokens with a life, refreshed by rotation.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cid::multibase::Base;

use super::call::{Call, Refusal};

/// Tokens of both kinds, by their text.
#[derive(Clone, Default)]
pub(super) struct Sessions {
    access: BTreeMap<String, Token>,
    refresh: BTreeMap<String, Token>,
    lent: BTreeMap<String, Lent>,
    /// Accounts' own passwords, which are no app passwords.
    own: BTreeSet<(String, String)>,
    issued: u64,
}

/// What another server may do in an account's name.
#[derive(Clone)]
struct Lent {
    did: String,
    audience: String,
    method: Option<String>,
    expires: DateTime<Utc>,
}

#[derive(Clone)]
struct Token {
    did: String,
    password: String,
    expires: DateTime<Utc>,
    /// The refresh token that replaced this one.
    next: Option<String>,
}

/// What a client gets for its password or its refresh token.
pub(super) struct Pair {
    pub(super) did: String,
    pub(super) access: String,
    pub(super) refresh: String,
}

const ACCESS_LIFE: TimeDelta = TimeDelta::minutes(120);
const REFRESH_LIFE: TimeDelta = TimeDelta::days(90);
/// How long a refresh token that was used stays good, for the sake of lost answers.
const GRACE: TimeDelta = TimeDelta::hours(2);

impl Sessions {
    /// Makes a password the account's own.
    pub(super) fn is_own(&mut self, did: &str, password: &str) {
        self.own.insert((did.to_owned(), password.to_owned()));
    }

    /// Starts a session.
    pub(super) fn start(&mut self, did: &str, password: &str, now: DateTime<Utc>) -> Pair {
        let refresh = self.issue("refresh");
        let token = Token::new((did, password), now + REFRESH_LIFE);
        self.refresh.insert(refresh.clone(), token);
        self.pair(did, password, (refresh, now))
    }

    /// Whose access token this is.
    pub(super) fn owner(&self, token: Option<&str>, now: DateTime<Utc>) -> Result<String, Refusal> {
        let token = token.ok_or_else(missing)?;
        if self.refresh.contains_key(token) {
            return Err(wrong_scope());
        }
        let token = self.access.get(token).ok_or_else(unverified)?;
        token.alive(now).map(|token| token.did.clone())
    }

    /// In whose name a call is made: with an access token, or an upload with a lent one for `us`.
    pub(super) fn caller(
        &self,
        call: &Call,
        (us, now): (&str, DateTime<Utc>),
    ) -> Result<String, Refusal> {
        let lent = call.token().and_then(|token| self.lent.get(token));
        let Some(lent) = lent.filter(|_| call.nsid == "com.atproto.repo.uploadBlob") else {
            return self.owner(call.token(), now);
        };
        let refused = |name: &'static str, message: &str| Err(Refusal::new(401, name, message));
        if now >= lent.expires {
            return refused("JwtExpired", "jwt expired");
        }
        if lent.audience != us {
            return refused("BadJwtAudience", "jwt audience does not match service did");
        }
        if lent.method.as_deref() != Some(&call.nsid) {
            let message = format!(
                "bad jwt lexicon method (\"lxm\"). must match: {}",
                call.nsid
            );
            return refused("BadJwtLexiconMethod", &message);
        }
        Ok(lent.did.clone())
    }

    /// A token for another server.
    pub(super) fn lend(
        &mut self,
        did: &str,
        (audience, method): (&str, Option<&str>),
        expires: DateTime<Utc>,
    ) -> String {
        let token = self.issue("lent");
        let lent = Lent {
            did: did.to_owned(),
            audience: audience.to_owned(),
            method: method.map(str::to_owned),
            expires,
        };
        self.lent.insert(token.clone(), lent);
        token
    }

    /// Exchanges a refresh token; a repetition within the grace time yields the same next one.
    pub(super) fn refresh(
        &mut self,
        token: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Pair, Refusal> {
        let text = token.ok_or_else(missing)?;
        if self.access.contains_key(text) {
            return Err(wrong_scope());
        }
        if !text.starts_with("refresh-") {
            return Err(unverified());
        }
        let old = self.refresh.get(text).ok_or_else(revoked)?;
        let old = old.alive(now)?.clone();
        let next = match old.next {
            Some(next) => next,
            None => {
                let next = self.issue("refresh");
                let fresh = Token::new((&old.did, &old.password), now + REFRESH_LIFE);
                self.refresh.insert(next.clone(), fresh);
                if let Some(used) = self.refresh.get_mut(text) {
                    used.expires = used.expires.min(now + GRACE);
                    used.next = Some(next.clone());
                }
                next
            }
        };
        Ok(self.pair(&old.did, &old.password, (next, now)))
    }

    /// Ends the life of every access token.
    pub(super) fn expire_access(&mut self) {
        for token in self.access.values_mut() {
            token.expires = DateTime::<Utc>::MIN_UTC;
        }
    }

    /// Forgets the refresh tokens got with a password; access tokens live on.
    pub(super) fn revoke(&mut self, did: &str, password: &str) {
        self.refresh
            .retain(|_, token| token.did != did || token.password != password);
    }

    /// Goes back to older refresh tokens; access tokens verify by themselves and stay.
    pub(super) fn restore(&mut self, older: Sessions) {
        self.refresh = older.refresh;
    }

    fn pair(&mut self, did: &str, password: &str, (refresh, now): (String, DateTime<Utc>)) -> Pair {
        let access = self.issue("access");
        let access = self.with_scope(did, password, &access);
        let token = Token::new((did, password), now + ACCESS_LIFE);
        self.access.insert(access.clone(), token);
        Pair {
            did: did.to_owned(),
            access,
            refresh,
        }
    }

    /// An access token is a JWT whose scope says what kind of password it was got with.
    fn with_scope(&self, did: &str, password: &str, signature: &str) -> String {
        let is_own = self.own.contains(&(did.to_owned(), password.to_owned()));
        let scope = if is_own { "access" } else { "appPass" };
        let header = Base::Base64Url.encode("{\"typ\":\"at+jwt\"}");
        let claims = format!("{{\"scope\":\"com.atproto.{scope}\"}}");
        format!("{header}.{}.{signature}", Base::Base64Url.encode(claims))
    }

    fn issue(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("{kind}-{:08}", self.issued)
    }
}

impl Token {
    fn new((did, password): (&str, &str), expires: DateTime<Utc>) -> Token {
        Token {
            did: did.to_owned(),
            password: password.to_owned(),
            expires,
            next: None,
        }
    }

    fn alive(&self, now: DateTime<Utc>) -> Result<&Token, Refusal> {
        match (now < self.expires, &self.next) {
            (true, _) => Ok(self),
            (false, Some(_)) => Err(revoked()),
            (false, None) => Err(Refusal::new(400, "ExpiredToken", "Token has expired")),
        }
    }
}

fn missing() -> Refusal {
    Refusal::new(401, "AuthMissing", "Authentication Required")
}

fn unverified() -> Refusal {
    Refusal::new(400, "InvalidToken", "Token could not be verified")
}

fn wrong_scope() -> Refusal {
    Refusal::new(400, "InvalidToken", "Bad token scope")
}

fn revoked() -> Refusal {
    Refusal::new(400, "ExpiredToken", "Token has been revoked")
}
