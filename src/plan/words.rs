//! Decisions in words.

use std::fmt;

use chrono::Duration;

use super::{Decision, Obstacle, Postponement, Unreviewed};
use crate::receipt::Status;

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Obstacle::Broken => "due, but the file has errors: run `updraft check`",
            Obstacle::NotPublished => {
                "not retracted: its file, as it is on the branch now, names no published post"
            }
            Obstacle::BrokenRetraction => {
                "to be retracted, but the file has errors: run `updraft check`"
            }
            Obstacle::TimeUnknown => {
                "it may be due, but its time can't be read: run `updraft check`"
            }
            Obstacle::HistoryCut => {
                "due since it was merged, but the history that says when that was is not in this shallow clone: `git fetch --unshallow`, or `fetch-depth: 0` in the workflow"
            }
            Obstacle::Unreviewed(Unreviewed::Untracked) => {
                "due, but not in git: commit it, or pass --allow-dirty"
            }
            Obstacle::Unreviewed(Unreviewed::Changed) => {
                "due, but it differs from the last commit: commit it, or pass --allow-dirty"
            }
            Obstacle::ReadOnly => {
                "due, but the file or its folder is read-only, so the result could not be kept"
            }
            Obstacle::NoAccount => {
                "due, but no account is configured: set BLUESKY_HANDLE, or `accounts:` in updraft.yml"
            }
        })
    }
}

impl fmt::Display for Postponement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Postponement::Paused(why) => write!(f, "due, but updraft.yml says paused: {why}"),
            Postponement::NotAsked => f.write_str("due, but not among --only"),
            Postponement::Limit => f.write_str("due, but beyond --limit"),
            Postponement::Spacing(turn) => write!(
                f,
                "due, and goes out from {} on: `spacing` in updraft.yml",
                turn.format("%H:%M:%S UTC")
            ),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decision::Publish { late_by } if late_by.num_minutes() < 5 => {
                f.write_str("publish: it is due")
            }
            Decision::Publish { late_by } => {
                write!(f, "publish: it is due since {}", Span(*late_by))
            }
            Decision::Miss { late_by } => {
                write!(
                    f,
                    "missed unless already out: it was due {} ago",
                    Span(*late_by)
                )
            }
            Decision::Retract => f.write_str("retract: delete it on Bluesky, if it is there"),
            Decision::Blocked(obstacle) => obstacle.fmt(f),
            Decision::Postponed(reason) => reason.fmt(f),
            Decision::Wait | Decision::Done(Status::Waiting) => f.write_str("waits"),
            Decision::OnMerge => f.write_str("goes out when it is merged"),
            Decision::Draft => f.write_str("draft: it has no publish_at"),
            Decision::Held => f.write_str("held back by `hold` or `retract` in its file"),
            Decision::Done(Status::Published) => f.write_str("published"),
            Decision::Done(Status::Failed) => {
                f.write_str("failed: change it, or run `updraft retry`")
            }
            Decision::Done(Status::Missed) => f.write_str("missed: give it a new publish_at"),
            Decision::Done(Status::Retracted) => f.write_str("retracted"),
        }
    }
}

/// A length of time as people say it: "3 days", "2 h 5 min", "40 s".
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, hours, minutes) = (
            self.0.num_days(),
            self.0.num_hours() % 24,
            self.0.num_minutes() % 60,
        );
        match (days, hours, minutes) {
            (1, _, _) => write!(f, "1 day {hours} h"),
            (2.., _, _) => write!(f, "{days} days"),
            (_, 1.., _) => write!(f, "{hours} h {minutes} min"),
            (_, _, 1..) => write!(f, "{minutes} min"),
            _ => write!(f, "{} s", self.0.num_seconds()),
        }
    }
}
