//! A rehearsal without a post that waits.

use chrono::{DateTime, Utc};

use crate::{
    command::{CommandError, Console, Library, plan::count},
    post::Thread,
    receipt::Status,
    report::sanitize_line,
};

/// Says that there is nothing to rehearse, and what would wait if something was done about it.
pub(super) fn print(
    library: &Library,
    until: Option<DateTime<Utc>>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    writeln!(
        console.out,
        "Nothing to rehearse: no post waits for its time."
    )?;
    for line in reasons(library, until) {
        writeln!(console.out, "  {line}")?;
    }
    Ok(())
}

fn reasons(library: &Library, until: Option<DateTime<Utc>>) -> Vec<String> {
    if library.files.is_empty() {
        let folder = sanitize_line(&library.folder.posts);
        return vec![format!(
            "there is no post in {folder}: `updraft new NAME --at TIME` writes the skeleton of one"
        )];
    }
    let number =
        |is_one: &dyn Fn(&Thread) -> bool| library.threads().filter(|one| is_one(one)).count();
    let is_over = |thread: &Thread| {
        matches!(
            thread.settled(),
            Some(Status::Published | Status::Retracted)
        )
    };
    let is_open = |thread: &Thread| !is_over(thread);
    let has_time = |thread: &Thread| thread.publish_at().is_some() || thread.merge().is_some();
    let is_held = |thread: &Thread| is_open(thread) && has_time(thread) && thread.is_held();
    let is_behind = |thread: &Thread| {
        let is_free = !thread.is_held() && !thread.retracts();
        is_open(thread) && is_free && has_time(thread) && until.is_some()
    };
    let broken = library.files.iter().filter(|file| file.result.is_err());
    let rows = [
        (
            number(&|thread| is_open(thread) && !has_time(thread)),
            "draft",
            "give it a `publish_at`",
        ),
        (number(&is_held), "held post", "take `hold: true` out of it"),
        (
            number(&is_behind),
            "post at or after --until",
            "name a later day",
        ),
        (
            broken.count(),
            "post with errors",
            "`updraft check` shows what to mend",
        ),
        (
            number(&|thread| thread.settled() == Some(Status::Published)),
            "published post",
            "it is out, and not rehearsed again",
        ),
    ];
    let rows = rows.into_iter().filter(|(number, ..)| *number > 0);
    rows.map(|(number, noun, remedy)| format!("{}: {remedy}", plural(number, noun)))
        .collect()
}

/// "1 draft", "2 posts with errors".
fn plural(number: usize, noun: &str) -> String {
    match noun.strip_prefix("post ") {
        Some(rest) => format!("{} {rest}", count(number, "post")),
        None => count(number, noun),
    }
}
