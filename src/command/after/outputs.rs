//! What later steps of a workflow can ask about: the outputs of a step in GitHub Actions.
//!
//! Source: "Workflow commands for GitHub Actions", the file that `GITHUB_OUTPUT` names: `name=value`
//! lines, of which the last of a name counts.

use std::{
    fs::OpenOptions,
    io::Write as _,
    sync::{Mutex, PoisonError},
};

use crate::{
    command::{World, plan::utc, publish::Run, tell::LastRun},
    publish::Outcome,
};

/// What the runs of this process came to: with `--wait` there are several in one step.
#[derive(Clone, Debug, Default)]
struct Total {
    published: usize,
    failed: usize,
    missed: usize,
    urls: Vec<String>,
}

static TOTAL: Mutex<Total> = Mutex::new(Total {
    published: 0,
    failed: 0,
    missed: 0,
    urls: Vec::new(),
});

/// Appends them to the file that GitHub named, if it named one: `published`, `failed`, `missed` (how
/// many), `urls` (of what went out, separated by spaces) and `next-due` (UTC; empty where nothing waits).
pub(super) fn append(run: Option<&Run>, last: &LastRun, world: &World<'_>) -> Result<(), String> {
    let path = (world.env)("GITHUB_OUTPUT").filter(|path| !path.is_empty());
    let Some(path) = path else {
        return Ok(());
    };
    let total = add(run, last);
    let next = run.and_then(|run| run.plan.as_ref()?.next.as_ref());
    let next = next.map(|next| utc(next.at)).unwrap_or_default();
    let text = lines(&total, &next);
    let file = OpenOptions::new().append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("the outputs of the step can't be written: {error}"))
}

fn add(run: Option<&Run>, last: &LastRun) -> Total {
    let mut total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
    total.published += last.published;
    total.failed += last.failed;
    total.missed += last.missed;
    let outcomes = run.map_or(&[][..], |run| &run.outcomes);
    let went_out = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Published { receipt, .. } => receipt.block.url.clone(),
        _ => None,
    });
    total.urls.extend(went_out);
    total.clone()
}

fn lines(total: &Total, next: &str) -> String {
    // An address with white space or control characters in it is none, and could end the line.
    let is_one = |url: &&String| !url.contains(|c: char| c.is_whitespace() || c.is_control());
    let urls: Vec<&str> = total
        .urls
        .iter()
        .filter(is_one)
        .map(String::as_str)
        .collect();
    format!(
        "published={}\nfailed={}\nmissed={}\nnext-due={next}\nurls={}\n",
        total.published,
        total.failed,
        total.missed,
        urls.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_adds_an_output() {
        let url = |text: &str| text.to_owned();
        let total = Total {
            published: 2,
            urls: vec![
                url("https://bsky.app/profile/a/post/1"),
                url("https://bsky.app/\nfailed=0"),
            ],
            failed: 1,
            missed: 0,
        };
        assert_eq!(
            lines(&total, ""),
            "published=2\nfailed=1\nmissed=0\nnext-due=\nurls=https://bsky.app/profile/a/post/1\n"
        );
    }
}
