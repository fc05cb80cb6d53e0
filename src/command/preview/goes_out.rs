//! When a post goes out, in words.

use chrono::{DateTime, Utc};

use crate::{command::plan::when, post::Thread, receipt::Status};

/// `2026-12-01 14:00 UTC, Tue 2026-12-01 09:00 EST (in 8 days)`, or why it does not go out.
pub(in crate::command) fn goes_out(thread: &Thread, now: DateTime<Utc>) -> String {
    match thread.settled() {
        Some(Status::Published) => return "is out already".to_owned(),
        Some(status) => return format!("does not go out: {}", status.as_str()),
        None => {}
    }
    let is_pending = thread.publish_at().is_none() && thread.merge().is_some();
    if is_pending && thread.is_held() {
        return "held back; else at the moment of merging".to_owned();
    }
    if is_pending {
        return "at the moment of merging".to_owned();
    }
    let Some(due) = thread.publish_at() else {
        return "never as it is: a draft".to_owned();
    };
    let time = when(due, thread.zone(), now);
    if thread.is_held() {
        format!("held back; {time}")
    } else if due > now {
        format!("{}, {time}", due.format("%Y-%m-%d %H:%M UTC"))
    } else if thread.is_too_late(now) {
        format!("not at all: it is late and will be missed; {time}")
    } else {
        format!("at the moment of merging; due {time}")
    }
}
