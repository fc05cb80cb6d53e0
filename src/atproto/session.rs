//! A login at one PDS: opened, renewed when it expires, kept out of sight.

mod scope;

use std::fmt;

use atrium_api::com::atproto::server::{create_session, get_service_auth, refresh_session};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{
    client::Client,
    error::{Error, Kind, Refusal},
    secret::Redactor,
    xrpc::{Call, Input},
};

pub use scope::PasswordKind;

/// A login at one PDS. Never printed: its `Debug` names the account alone.
pub(super) struct Session {
    login: Login,
    access: SecretString,
    refresh: SecretString,
}

/// Who logs in, and everything secret that the server was told or has told since.
#[derive(Clone)]
struct Login {
    identifier: String,
    did: String,
    password: SecretString,
    // Former tokens, too: a refresh token stays good for hours after its use.
    tokens: Vec<SecretString>,
}

impl Session {
    pub(super) fn redactor(&self) -> Redactor {
        self.login.redactor()
    }
}

impl Login {
    fn redactor(&self) -> Redactor {
        let password = self.password.clone();
        Redactor::new(self.tokens.iter().cloned().chain([password]))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("did", &self.login.did)
            .finish_non_exhaustive()
    }
}

/// What createSession and refreshSession bring. Only what is needed: the rest may be anything.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    did: String,
    access_jwt: String,
    refresh_jwt: String,
    active: Option<bool>,
    status: Option<String>,
}

impl Client {
    /// Logs in with an app password (`com.atproto.server.createSession`). `identifier` is the
    /// handle, without `@`, or the DID; `did` is the account that it must turn out to be.
    pub async fn login(
        &self,
        identifier: &str,
        did: &str,
        password: &SecretString,
    ) -> Result<(), Error> {
        let login = Login {
            identifier: identifier.to_owned(),
            did: did.to_owned(),
            password: password.clone(),
            tokens: Vec::new(),
        };
        self.remember([password.clone()]);
        let session = self.create_session(login).await?;
        *self.session.lock().await = Some(session);
        Ok(())
    }

    /// A token with which another server may call one method in the account's name, up to a moment
    /// that is less than an hour away (`com.atproto.server.getServiceAuth`).
    pub async fn service_token(
        &self,
        audience: &str,
        method: &str,
        until: DateTime<Utc>,
    ) -> Result<SecretString, Error> {
        #[derive(Deserialize)]
        struct Output {
            token: String,
        }
        let until = until.timestamp().to_string();
        let parameters = [("aud", audience), ("lxm", method), ("exp", until.as_str())];
        let call = Call::query(get_service_auth::NSID, &parameters);
        let output: Output = self.authorised(call).await?;
        Ok(output.token.into())
    }

    /// The DID of the account that is logged in.
    pub async fn session_did(&self) -> Option<String> {
        let session = self.session.lock().await;
        session.as_ref().map(|session| session.login.did.clone())
    }

    /// What kind of password the session was opened with, as far as its token says so.
    pub async fn password_kind(&self) -> Option<PasswordKind> {
        let session = self.session.lock().await;
        scope::kind(&session.as_ref()?.access)
    }

    /// Makes a call with the access token; with a new one if it has expired.
    pub(super) async fn authorised<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        let (access, redactor) = self.access(call.nsid).await?;
        match self.service.call(call, Some(&access), &redactor).await {
            Err(error) if error.is_expired_token() => {
                self.renew(&access).await?;
                let (access, redactor) = self.access(call.nsid).await?;
                self.service.call(call, Some(&access), &redactor).await
            }
            Err(error) if error.refusal().is_some_and(is_no_session) => {
                // Revoked, say: whoever comes next logs in anew.
                let revoked = self.session.lock().await.take();
                self.remember(revoked.into_iter().flat_map(|old| old.login.tokens));
                Err(error)
            }
            other => other,
        }
    }

    async fn access(&self, nsid: &str) -> Result<(SecretString, Redactor), Error> {
        let session = self.session.lock().await;
        let session = session.as_ref().ok_or_else(|| self.no_session(nsid))?;
        Ok((session.access.clone(), session.redactor()))
    }

    pub(super) fn no_session(&self, nsid: &str) -> Error {
        let kind = Kind::Mismatch("nobody is logged in".to_owned());
        self.service.error(nsid, kind)
    }

    /// Replaces the session that `expired` belongs to: by its refresh token, or, if the server
    /// refuses that, by a new login. A session that somebody else replaced meanwhile stays.
    async fn renew(&self, expired: &SecretString) -> Result<(), Error> {
        let mut slot = self.session.lock().await;
        let Some(old) = slot.as_ref() else {
            return Err(self.no_session(refresh_session::NSID));
        };
        if old.access.expose_secret() != expired.expose_secret() {
            return Ok(());
        }
        let new = match self.refresh(old).await {
            Err(error) if refuses_token(&error) => self.create_session(old.login.clone()).await?,
            other => other?,
        };
        *slot = Some(new);
        Ok(())
    }

    async fn refresh(&self, old: &Session) -> Result<Session, Error> {
        let nsid = refresh_session::NSID;
        let call = Call::with(nsid, Input::Nothing);
        let tokens = self
            .service
            .call(call, Some(&old.refresh), &old.redactor())
            .await?;
        self.open(nsid, tokens, old.login.clone())
    }

    async fn create_session(&self, login: Login) -> Result<Session, Error> {
        let nsid = create_session::NSID;
        let password = login.password.expose_secret();
        let body = json!({ "identifier": login.identifier, "password": password }).to_string();
        let call = Call::json(nsid, body.as_bytes());
        let tokens = self.service.call(call, None, &login.redactor()).await;
        let tokens = tokens.map_err(|error| self.explain_login(error))?;
        self.open(nsid, tokens, login)
    }

    fn explain_login(&self, error: Error) -> Error {
        match error.refusal() {
            Some(refusal) if refusal.status == 401 && error.help.is_none() => {
                let help = format!("check the app password in {}", self.password_name);
                error.with_help(help)
            }
            _ => error,
        }
    }

    fn open(&self, nsid: &str, tokens: Tokens, mut login: Login) -> Result<Session, Error> {
        let refused = |reason| Err(self.service.error(nsid, Kind::Mismatch(reason)));
        let access: SecretString = tokens.access_jwt.into();
        let refresh: SecretString = tokens.refresh_jwt.into();
        login.tokens.extend([access.clone(), refresh.clone()]);
        if tokens.did != login.did {
            let found = login.redactor().clean(&tokens.did);
            let (identifier, did) = (&login.identifier, &login.did);
            return refused(format!(
                "`{identifier}` is {found} there, and {did} was expected"
            ));
        }
        if tokens.active == Some(false) {
            let status = tokens.status.as_deref().unwrap_or("not active");
            let status = login.redactor().clean(status);
            return refused(format!("the account is {status}"));
        }
        Ok(Session {
            login,
            access,
            refresh,
        })
    }
}

/// Whether the server knows no such session, whatever is asked with it.
fn is_no_session(refusal: &Refusal) -> bool {
    refusal.status == 401 || matches!(refusal.name.as_str(), "InvalidToken" | "AuthMissing")
}

/// Whether the server refused the refresh token itself, rather than being unable to answer.
fn refuses_token(error: &Error) -> bool {
    error.refusal().is_some_and(|refusal| {
        matches!(refusal.status, 400 | 401 | 403) && !refusal.name.starts_with("Account")
    })
}

#[cfg(test)]
mod leak_tests;
#[cfg(test)]
mod tests;
