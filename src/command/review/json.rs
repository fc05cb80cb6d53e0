//! The report for programs.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{BROKEN_CONFIG, Item, Report, goes_out};
use crate::{
    command::{
        plan::utc,
        preview::{Pages, to_json},
    },
    diagnostic::FileDiagnostics,
    report,
};

/// | key | value |
/// |---|---|
/// | `base`, `head` | the revisions as named; `head` is `null` for the files as they are |
/// | `now` | the moment of the report |
/// | `summary` | a line of text |
/// | `posts` | every touched file: `path`, `change` (`new`, `scheduled`, `changed`, `moved`, `removed`, `published-edited`, `retracted`, `published-deleted`), `from` (`path`, `publish_at` and the `words` of each `part` that has others now or is gone; or `null`), `differs`, `goes_out`, and `post` as `preview --format json` has it, or `null` |
/// | `clashes` | lines of text |
/// | `calendar` | `path`, `publish_at` and `change` (or `null`) of what is due, and what goes out in the next four weeks |
/// | `diagnostics` | of the touched files, as `check --format json` has them |
/// | `errors` | how many errors there are in all files |
pub(super) fn value(report: &Report<'_>) -> Value {
    let mistakes: Vec<_> = report.mistakes.iter().map(|file| (*file).clone()).collect();
    let mistakes: Value = serde_json::from_str(&report::json(&mistakes)).unwrap_or_default();
    let calendar = report.calendar();
    json!({
        "base": report.base,
        "head": report.head,
        "now": utc(report.now),
        "summary": report.summary(),
        "posts": report.items.iter().map(|item| post(item, report)).collect::<Vec<_>>(),
        "clashes": report.clashes,
        "calendar": calendar.iter().map(|(_, _, thread, kind)| json!({
            "path": thread.path(),
            "publish_at": thread.publish_at().map(utc),
            "change": kind.map(|kind| kind.name()),
        })).collect::<Vec<_>>(),
        "diagnostics": mistakes,
        "errors": report.errors,
    })
}

/// The report while `updraft.yml` can't be read: no posts, and its mistakes.
pub(super) fn of_broken_config(
    file: &FileDiagnostics,
    (base, head): (&str, Option<&str>),
    now: DateTime<Utc>,
) -> Value {
    let files = std::slice::from_ref(file);
    let mistakes: Value = serde_json::from_str(&report::json(files)).unwrap_or_default();
    json!({
        "base": base,
        "head": head,
        "now": utc(now),
        "summary": BROKEN_CONFIG,
        "posts": [],
        "clashes": [],
        "calendar": [],
        "diagnostics": mistakes,
        "errors": file.diagnostics.iter().filter(|mistake| mistake.is_error()).count(),
    })
}

fn post(item: &Item<'_>, report: &Report<'_>) -> Value {
    let before = item.before.map(|file| {
        let due = file
            .result
            .as_ref()
            .ok()
            .and_then(|thread| thread.publish_at());
        let words = item.words_before().into_iter();
        let words: Vec<_> = words
            .map(|(part, text)| json!({ "part": part, "text": text }))
            .collect();
        json!({ "path": file.diagnostics.path, "publish_at": due.map(utc), "words": words })
    });
    json!({
        "path": item.path(),
        "change": item.kind.name(),
        "from": before,
        "differs": item.differs,
        "goes_out": item.thread().map(|thread| goes_out(thread, report.now)),
        "post": item.thread().map(|thread| to_json(thread, report.now, &Pages::new())),
    })
}
