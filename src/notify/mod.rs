//! Tells somebody what a person should see to: incidents, one message for all of a run, in the
//! shape that its reader takes. What was told before is not this room's business.

mod send;
mod shape;

use chrono::{DateTime, Utc};

pub use send::{Limits, Sender};
pub use shape::body;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A server refused this very post.
    Failed,
    /// It was too late.
    Missed,
    /// It is due and stays so: tried again.
    Left,
    /// It may be out already.
    Doubtful,
    /// Something of its own keeps it back.
    Blocked,
    /// It is out, and its file does not say so.
    Unrecorded,
    /// It is out with another text.
    Edited,
    /// The run could not do its work.
    Run,
    /// What somebody was told of is in order now.
    AfterAll,
}

impl Kind {
    /// As JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Failed => "failed",
            Kind::Missed => "missed",
            Kind::Left => "left",
            Kind::Doubtful => "doubtful",
            Kind::Blocked => "blocked",
            Kind::Unrecorded => "unrecorded",
            Kind::Edited => "edited",
            Kind::Run => "run",
            Kind::AfterAll => "after_all",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Kind::Failed => "failed, and is not tried again until it changes",
            Kind::Missed => "missed, and not published",
            Kind::Left => "not published, and stays due",
            Kind::Doubtful => "not published, since it may be out already",
            Kind::Blocked => "not published",
            Kind::Unrecorded => "published, but its file does not say so",
            Kind::Edited => "went out with another text",
            Kind::Run => "the run could not do its work",
            Kind::AfterAll => "in order after all",
        }
    }
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Of what kind.
    pub kind: Kind,
    /// The post's file; none where the run as a whole is meant.
    pub path: Option<String>,
    /// Its account.
    pub account: Option<String>,
    /// When it was due.
    pub publish_at: Option<DateTime<Utc>>,
    /// Why, and what to do.
    pub reason: String,
    /// Its page on bsky.app, where it is out.
    pub url: Option<String>,
}

/// All that one run has to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Whose posts they are: `owner/name`, or the folder.
    pub repository: String,
    /// The page of the run, in GitHub Actions.
    pub run: Option<String>,
    /// What happened.
    pub incidents: Vec<Incident>,
}

impl Incident {
    /// `posts/launch.md: failed, …: the reason`
    pub fn line(&self) -> String {
        let path = self.path.as_deref().map(|path| format!("{path}: "));
        let reason = match self.reason.is_empty() {
            true => String::new(),
            false => format!(": {}", self.reason),
        };
        format!("{}{}{reason}", path.unwrap_or_default(), self.kind.words())
    }
}

impl Message {
    /// The first line.
    pub fn head(&self) -> String {
        let number = self.incidents.len();
        let things = match number {
            1 => "1 thing".to_owned(),
            _ => format!("{number} things"),
        };
        let is_good = |incident: &Incident| incident.kind == Kind::AfterAll;
        match self.incidents.iter().all(is_good) {
            true => format!("updraft, {}: {things} in order again", self.repository),
            false => format!("updraft, {}: {things} to look at", self.repository),
        }
    }
}

#[cfg(test)]
mod tests;
