//! Mistakes that only show between files: copies, twins that wait, and quotes of files that are not
//! published before.

mod targets;

use std::collections::HashMap;

use super::{Broken, BrokenDue, Checked, Merge, Post, Target, Thread};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    receipt::Status,
};

/// Adds the mistakes that only show between files: a copied published file, and twins that wait.
///
/// `is_kept` says of a path whether git has it: a result that a killed run left where the file was
/// has been renamed away is no twin of the file under its new name.
pub fn check_together(files: &mut [Checked], is_kept: impl Fn(&str) -> bool) {
    mark_twins(
        files,
        |file| match file {
            Ok(thread) => Some(thread.block()?.posts.first()?.uri.clone()),
            Err(broken) => broken.uris.first().cloned(),
        },
        |other| {
            Diagnostic::error(
                Code::DuplicateUri,
                None,
                format!("`{other}` names the same record on Bluesky"),
            )
            .help("a published file was copied: remove the `bluesky:` block from the copy, and give it its own `publish_at`")
        },
        (|_| true, |_| true),
    );
    mark_twins(
        files,
        |file| {
            let thread = file.as_ref().ok()?;
            if thread.is_held() && thread.block().is_none() {
                return None;
            }
            let due = match (thread.publish_at(), thread.merge()) {
                (Some(due), _) => due.to_string(),
                // Merged together or not: the second of the two would say the same once more.
                (None, Some(_)) => "merge".to_owned(),
                (None, None) => return None,
            };
            Some(format!("{:?} {due} {}", thread.account(), words(thread)))
        },
        |other| {
            Diagnostic::error(
                Code::DuplicatePost,
                None,
                format!("`{other}` has the same words for the same second"),
            )
            .help("remove one of the two, or change the time or the words of one")
        },
        // One that has its result stays as it is; the other would say the same once more.
        (
            |file| {
                let waits = |thread: &Thread| thread.block().is_none() && !thread.is_held();
                file.as_ref().is_ok_and(waits)
            },
            |file| match file {
                Ok(thread) => thread.block().is_none() || is_kept(thread.path()),
                Err(_) => true,
            },
        ),
    );
    targets::check(files);
}

/// What makes two threads the same for a reader at a glance.
fn words(thread: &Thread) -> String {
    let targets = thread.publication().targets().map(Target::to_string);
    let texts = thread
        .posts()
        .iter()
        .map(|post| post.text.text().to_owned());
    let cards = thread.posts().iter().filter_map(Post::card);
    let cards = cards.map(|card| card.url.clone());
    targets
        .chain(texts)
        .chain(cards)
        .collect::<Vec<_>>()
        .join("\0")
}

/// Gives every file whose `key` another file that `counts` has too, and that it `concerns`, a
/// diagnostic that names the other.
fn mark_twins(
    files: &mut [Checked],
    key: impl Fn(&Result<Thread, Broken>) -> Option<String>,
    mistake: impl Fn(&str) -> Diagnostic,
    (concerns, counts): (
        impl Fn(&Result<Thread, Broken>) -> bool,
        impl Fn(&Result<Thread, Broken>) -> bool,
    ),
) {
    let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, file) in files.iter().enumerate() {
        if let Some(key) = key(&file.result) {
            seen.entry(key).or_default().push(at);
        }
    }
    for mut twins in seen.into_values().filter(|twins| twins.len() > 1) {
        twins.retain(|at| counts(&files[*at].result));
        if twins.len() < 2 {
            continue;
        }
        let paths: Vec<String> = twins
            .iter()
            .map(|at| files[*at].diagnostics.path.clone())
            .collect();
        for (nth, at) in twins.iter().enumerate() {
            let other = &paths[usize::from(nth == 0)];
            if concerns(&files[*at].result) {
                files[*at].refuse(mistake(other));
            }
        }
    }
}

impl Checked {
    /// Adds an error: the thread is one no longer.
    pub fn refuse(&mut self, mut mistake: Diagnostic) {
        if let Ok(thread) = &self.result {
            let document = thread.document();
            self.diagnostics.text = document.source().to_owned();
            let due = match (thread.block(), thread.publish_at()) {
                _ if thread.retracts() && thread.settled() == Some(Status::Published) => {
                    BrokenDue::Retract
                }
                (Some(_), _) => BrokenDue::Never,
                _ if thread.is_held() && !thread.retracts() => BrokenDue::Never,
                (None, Some(time)) => BrokenDue::At(time),
                (None, None) if thread.merge() == Some(Merge::Unknown) => BrokenDue::OnMerge,
                (None, None) => BrokenDue::Never,
            };
            let posts = thread
                .block()
                .map(|block| block.posts.clone())
                .unwrap_or_default();
            self.result = Err(Broken {
                waiting: thread.waiting().cloned(),
                path: document.path().to_owned(),
                due,
                zone: thread.zone(),
                uris: posts.into_iter().map(|part| part.uri).collect(),
            });
        }
        let span = key_span(&self.diagnostics.text, mistake.code);
        mistake.span = mistake.span.or(span);
        self.diagnostics.diagnostics.push(mistake);
    }
}

/// The key that names another file.
fn target_span(text: &str) -> Option<Span> {
    let keys = ["quote:", "reply_to:", "repost:"];
    let line = keys.into_iter().filter_map(|key| {
        let start = text.find(&format!("\n{key}"))? + 1;
        let line = text[start..].lines().next()?.trim_end();
        line.contains(".md").then_some(start..start + line.len())
    });
    line.min_by_key(|span| span.start)
}

/// Where a mistake between files is shown in each: at the block, or at the time.
fn key_span(text: &str, code: Code) -> Option<Span> {
    let key = match code {
        Code::DuplicateUri => "bluesky:",
        Code::DuplicatePost => "publish_at:",
        Code::InvalidTarget => return target_span(text),
        _ => return None,
    };
    let start = text.find(&format!("\n{key}"))? + 1;
    Some(start..start + key.len() - 1)
}
