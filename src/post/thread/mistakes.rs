//! What is said of a thread's account and block.

use chrono::{DateTime, Utc};

use crate::{
    diagnostic::{Code, Diagnostic, Span},
    post::Document,
};

pub(super) fn no_account(document: &Document, accounts: &[String]) -> Diagnostic {
    let fence = document.matter().start.saturating_sub(1);
    let start = document.source()[..fence].rfind("---").unwrap_or(0);
    Diagnostic::error(
        Code::UnknownAccount,
        start..start + 3,
        "there are several accounts, and this file names none",
    )
    .help(format!(
        "add `account: {}`, or set `default_account:` in updraft.yml",
        accounts.join("` or `account: ")
    ))
}

pub(super) fn unknown_account(name: &str, span: Span, accounts: &[String]) -> Diagnostic {
    let help = match crate::diagnostic::did_you_mean(name, accounts.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if accounts.is_empty() => {
            "updraft.yml names no accounts: add it under `accounts:`, or remove this line".into()
        }
        None => format!("updraft.yml has `{}`", accounts.join("`, `")),
    };
    Diagnostic::error(
        Code::UnknownAccount,
        span,
        format!("there is no account `{name}`"),
    )
    .help(help)
}

pub(super) fn stale_block(span: Span, then: DateTime<Utc>, due: DateTime<Utc>) -> Diagnostic {
    let (then, due) = (then.format("%Y-%m-%d %H:%M"), due.format("%Y-%m-%d %H:%M"));
    Diagnostic::error(
        Code::StaleBlock,
        span,
        format!("this post went out on {then} UTC, before its `publish_at` ({due} UTC)"),
    )
    .help("to publish it again, remove the whole `bluesky:` block; otherwise put the old `publish_at` back")
}
