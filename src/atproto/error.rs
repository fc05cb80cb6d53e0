//! What went wrong on the network, and what that says about a write.

use std::{fmt, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error as ThisError;

use super::transport::TransportError;

/// What an error says about the write it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The server refused this very post; the same bytes will be refused again.
    BlamesPost,
    /// Nothing was written, and the post is not to blame: it stays due.
    Later,
    /// The write may have happened: look before anything else.
    Doubt,
}

/// One exchange that failed. Holds no secret: what the server said has been redacted.
#[derive(Clone, Debug, ThisError)]
pub struct Error {
    /// The XRPC method (`com.atproto.repo.applyWrites`), or the lookup that was made.
    pub method: String,
    /// Whom it was asked of.
    pub host: String,
    /// What happened.
    pub kind: Kind,
    /// What to do, where that is known.
    pub help: Option<String>,
}

/// What happened in an exchange that failed.
#[derive(Clone, Debug, ThisError)]
pub enum Kind {
    /// No answer came.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server answered with an error.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The server answered that it worked, in words that can't be understood.
    #[error("the answer can't be understood: {0}")]
    Undecodable(String),
    /// The answer is understood, and is not what was asked for.
    #[error("{0}")]
    Mismatch(String),
}

/// An XRPC error: `{"error": NAME, "message": TEXT}` with its status and headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The error's name, such as `ExpiredToken`; empty if the body had none.
    pub name: String,
    /// The server's words; empty if the body had none.
    pub message: String,
    /// How long to wait, of `retry-after`.
    pub retry_after: Option<Duration>,
    /// When the limit starts anew, of `ratelimit-reset` (or a `retry-after` that is a date).
    pub limit_reset: Option<DateTime<Utc>>,
}

impl Error {
    pub(crate) fn new(method: impl Into<String>, host: &str, kind: impl Into<Kind>) -> Self {
        let kind = kind.into();
        let mut error = Self {
            method: method.into(),
            host: host.to_owned(),
            kind,
            help: None,
        };
        error.help = error.refusal().and_then(help);
        error
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What this says about the write it came from: the whole policy.
    ///
    /// `Doubt` is the default, also for names that don't exist yet: looking costs one request,
    /// guessing costs a duplicate. An upload, a login or a lookup never wrote a record; a record
    /// that could not be read is doubt like the write before it.
    pub fn verdict(&self) -> Verdict {
        let writes = self.method.starts_with("com.atproto.repo.")
            && self.method != atrium_api::com::atproto::repo::upload_blob::NSID;
        match &self.kind {
            _ if !writes => Verdict::Later,
            Kind::Transport(error) if error.may_have_been_processed() => Verdict::Doubt,
            Kind::Transport(_) | Kind::Mismatch(_) => Verdict::Later,
            Kind::Undecodable(_) => Verdict::Doubt,
            Kind::Refused(refusal) => refusal.verdict(),
        }
    }

    /// The server's error, if that is what came.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.kind {
            Kind::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Another writer was faster: `swapCommit` is no longer the repository's head.
    pub fn is_invalid_swap(&self) -> bool {
        self.has_name("InvalidSwap")
    }

    /// The record key happens to spell something: another one will do.
    pub fn is_slur_in_key(&self) -> bool {
        self.refusal().is_some_and(Refusal::is_slur_in_key)
    }

    /// The record certainly isn't there (unlike a repository that can't be read).
    pub fn is_record_not_found(&self) -> bool {
        self.has_name("RecordNotFound")
    }

    /// The server no longer has a blob that was uploaded: upload it again.
    pub fn is_blob_not_found(&self) -> bool {
        self.has_name("BlobNotFound")
    }

    /// The stored blob has another type or size than the record says: upload it again, once.
    pub fn is_blob_mismatch(&self) -> bool {
        self.has_name("InvalidMimeType") || self.has_name("InvalidSize")
    }

    /// The access token is too old; the request was not processed.
    pub fn is_expired_token(&self) -> bool {
        self.has_name("ExpiredToken")
    }

    /// The server definitely knows no such handle.
    pub(crate) fn is_handle_not_found(&self) -> bool {
        self.refusal().is_some_and(|refusal| {
            refusal.name == "HandleNotFound"
                || (refusal.name == "InvalidRequest"
                    && refusal.message.starts_with("Unable to resolve handle"))
        })
    }

    /// Whether a read may succeed if it is made again in a moment.
    pub(crate) fn is_transient(&self) -> bool {
        match &self.kind {
            Kind::Transport(error) => !matches!(error, TransportError::Forbidden(_)),
            Kind::Refused(refusal) => matches!(refusal.status, 408 | 500 | 502 | 503 | 504),
            Kind::Undecodable(_) => true,
            Kind::Mismatch(_) => false,
        }
    }

    fn has_name(&self, name: &str) -> bool {
        self.refusal()
            .is_some_and(|refusal| refusal.status < 500 && refusal.name == name)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method.rsplit_once("atproto.");
        let method = method.map_or(self.method.as_str(), |(_, short)| short);
        write!(f, "{method} at {}: {}", self.host, self.kind)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl Refusal {
    /// How long to wait before asking again, as far as the server says so.
    pub(crate) fn wait(&self, now: DateTime<Utc>) -> Option<Duration> {
        let until_reset = || (self.limit_reset? - now).to_std().ok();
        let wait = self.retry_after.or_else(until_reset)?;
        Some(wait.max(Duration::from_secs(1)))
    }

    fn verdict(&self) -> Verdict {
        match (self.status, self.name.as_str()) {
            (409 | 500.., _) => Verdict::Doubt,
            (400, "InvalidMimeType" | "InvalidSize") => Verdict::BlamesPost,
            (400, "InvalidRequest") if self.is_invalid_record() => Verdict::BlamesPost,
            (400, "InvalidRequest") if self.is_slur_in_key() => Verdict::Later,
            (401 | 403 | 413 | 429, _) => Verdict::Later,
            (
                400..,
                "ExpiredToken"
                | "InvalidToken"
                | "AuthMissing"
                | "AuthenticationRequired"
                | "AccountDeactivated"
                | "AccountTakedown"
                | "AccountNotFound"
                | "BlobNotFound"
                | "InvalidSwap"
                | "RateLimitExceeded",
            ) => Verdict::Later,
            _ => Verdict::Doubt,
        }
    }

    /// `Invalid app.bsky.feed.post record: …`, but not `Invalid record key …`, which is our fault.
    fn is_invalid_record(&self) -> bool {
        let Some((subject, _)) = self.message.split_once(" record:") else {
            return false;
        };
        let Some(nsid) = subject.strip_prefix("Invalid ") else {
            return false;
        };
        nsid.contains('.') && !nsid.contains(char::is_whitespace)
    }

    fn is_slur_in_key(&self) -> bool {
        self.message.starts_with("Unacceptable slur in record key")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

fn help(refusal: &Refusal) -> Option<String> {
    let help = match (refusal.status, refusal.name.as_str()) {
        (429, _) => return Some(wait(refusal)),
        (413, _) => "the server takes no request of this size",
        (_, "AccountDeactivated") => "activate the account again in the Bluesky app",
        (_, "AccountTakedown") => "the account has been taken down: ask its server's moderators",
        (_, "AuthFactorTokenRequired") => {
            "use an app password (Settings, Privacy and security) in place of the account's own"
        }
        _ => return None,
    };
    Some(help.to_owned())
}

fn wait(refusal: &Refusal) -> String {
    match (refusal.limit_reset, refusal.retry_after) {
        (Some(time), _) => format!(
            "the account may try again at {}",
            time.to_rfc3339_opts(SecondsFormat::Secs, true)
        ),
        (None, Some(wait)) => format!("the account may try again in {} s", wait.as_secs()),
        (None, None) => "the account may try again later".to_owned(),
    }
}

#[cfg(test)]
mod tests;
