//! Quotes, answers and reposts of other files: these must be published before, or be published already.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::{
    diagnostic::{Code, Diagnostic, did_you_mean_path},
    post::{Broken, Checked, Target, Thread},
    receipt::Status,
};

/// What is known of a file that others may name.
enum Named {
    /// It is on Bluesky, with so many parts.
    Out(usize),
    /// It goes out then.
    Due(DateTime<Utc>, usize),
    /// It goes out when it is merged, if it isn't yet.
    OnMerge(usize),
    /// It can't be named, for this reason.
    Never(&'static str),
}

/// Adds the mistakes of files that name another one.
pub(super) fn check(files: &mut [Checked]) {
    let names_file = |file: &Checked| match &file.result {
        Ok(thread) => named(thread).next().is_some(),
        Err(_) => false,
    };
    if !files.iter().any(names_file) {
        return;
    }
    let known: HashMap<String, Named> = files
        .iter()
        .map(|file| (file.diagnostics.path.clone(), judge(&file.result)))
        .collect();
    for file in files.iter_mut() {
        let Ok(thread) = &file.result else {
            continue;
        };
        // A result stands, whatever became of what it quoted.
        if thread
            .block()
            .is_some_and(|block| block.status == Status::Published)
        {
            continue;
        }
        let found = named(thread).find_map(|(path, part)| mistake(thread, (path, part), &known));
        if let Some(mistake) = found {
            file.refuse(mistake);
        }
    }
}

fn named(thread: &Thread) -> impl Iterator<Item = (&str, Option<usize>)> {
    thread
        .publication()
        .targets()
        .filter_map(|target| match target {
            Target::File { path, part } => Some((path.as_str(), *part)),
            Target::Record(_) => None,
        })
}

fn judge(file: &Result<Thread, Broken>) -> Named {
    let Ok(thread) = file else {
        return Named::Never("it has errors");
    };
    if thread.is_repost() {
        return Named::Never("it is a repost: name the post that it reposts");
    }
    match thread.settled() {
        Some(Status::Published) | None if thread.retracts() => {
            return Named::Never("it is to be retracted");
        }
        Some(Status::Published) => {
            let parts = thread.block().map_or(0, |block| block.posts.len());
            return Named::Out(parts);
        }
        Some(Status::Failed) => return Named::Never("it failed"),
        Some(Status::Missed) => return Named::Never("it was missed"),
        Some(Status::Retracted) => return Named::Never("it was retracted"),
        Some(Status::Waiting) | None => {}
    }
    match thread.publish_at() {
        _ if thread.is_held() => Named::Never("it is held back"),
        Some(due) => Named::Due(due, thread.posts().len()),
        None if thread.merge().is_some() => Named::OnMerge(thread.posts().len()),
        None => Named::Never("it is a draft"),
    }
}

fn is_undated(thread: &Thread) -> bool {
    thread.publish_at().is_none() && thread.merge().is_none()
}

fn mistake(
    thread: &Thread,
    (path, part): (&str, Option<usize>),
    known: &HashMap<String, Named>,
) -> Option<Diagnostic> {
    let error = |message: String, help: String| {
        Some(Diagnostic::error(Code::InvalidTarget, None, message).help(help))
    };
    if path == thread.path() {
        let help = "name another file, or the address of a post".to_owned();
        return error("a post can't point at itself".to_owned(), help);
    }
    let Some(found) = known.get(path) else {
        let help = match did_you_mean_path(path, known.keys().map(String::as_str)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "post files are named from the repository's root: `posts/launch.md`".to_owned(),
        };
        return error(format!("there is no post file `{path}`"), help);
    };
    let parts = match found {
        Named::Out(parts) => *parts,
        Named::Due(due, parts) => {
            let is_earlier = |own| match thread.merge() {
                // In one commit they have one second, and the run knows their order.
                Some(_) => own < *due,
                None => own <= *due,
            };
            if thread.publish_at().is_some_and(is_earlier) {
                let due = due.format("%Y-%m-%d %H:%M:%S UTC");
                let message = format!("`{path}` goes out at {due}, which is not before this post");
                return error(message, "give this post a later `publish_at`".to_owned());
            }
            *parts
        }
        // What is merged together goes out in the order of the paths; a dated post can't wait for a merge.
        Named::OnMerge(parts) if thread.merge().is_some() || thread.publish_at().is_none() => {
            *parts
        }
        Named::OnMerge(_) => {
            let message =
                format!("`{path}` goes out when it is merged, which may be after this post");
            return error(
                message,
                "publish both on merging, or give that file a time".to_owned(),
            );
        }
        // A draft may name a draft: the order is looked at once it has a date.
        Named::Never(_) if is_undated(thread) || thread.is_held() => return None,
        Named::Never(why) => {
            let message = format!("`{path}` will not be on Bluesky before this post: {why}");
            let help = "mend that file first, or hold this one back too".to_owned();
            return error(message, help);
        }
    };
    let part = part.filter(|part| *part > parts)?;
    let message = format!("`{path}` has no part {part}: it has {parts}");
    error(message, "count its parts from 1".to_owned())
}
