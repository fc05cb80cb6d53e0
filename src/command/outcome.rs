//! What came of a run, in words.

use chrono::{DateTime, Utc};

use super::{CommandError, Console, Exit, World, plan::count};
use crate::{
    atproto::look::Candidate,
    plan::Plan,
    post::{Thread, late::Then},
    publish::{Note, Outcome},
    receipt::{Receipt, Status},
    report::{self, sanitize, sanitize_line},
};

/// How a line weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// As it should be.
    Success,
    /// Worth a look.
    Warning,
    /// Makes the run fail.
    Failure,
}

/// One line about one file; in GitHub Actions an annotation too, where it isn't good news.
pub(super) fn line(
    shown: Shown,
    path: &str,
    text: &str,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let mark = match shown {
        Shown::Success => "published",
        Shown::Warning => "warning",
        Shown::Failure => "error",
    };
    writeln!(
        console.err,
        "{mark}: {}: {}",
        sanitize_line(path),
        sanitize_lines(text)
    )?;
    if (world.env)("GITHUB_ACTIONS").as_deref() == Some("true") && shown != Shown::Success {
        let level = if shown == Shown::Failure {
            "error"
        } else {
            "warning"
        };
        writeln!(console.out, "{}", report::annotation(level, path, text))?;
    }
    Ok(())
}

/// The same about the run as a whole.
pub(super) fn of_run(
    shown: Shown,
    text: &str,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let mark = match shown {
        Shown::Failure => "error",
        Shown::Success | Shown::Warning => "warning",
    };
    writeln!(console.err, "{mark}: {}", sanitize_lines(text))?;
    annotate(mark, text, world, console)
}

/// An annotation in GitHub Actions, and nothing elsewhere.
pub(super) fn annotate(
    level: &str,
    text: &str,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    if (world.env)("GITHUB_ACTIONS").as_deref() == Some("true") {
        writeln!(console.out, "{}", report::annotation_of_run(level, text))?;
    }
    Ok(())
}

/// How long a thread that stays due is tried again.
pub(super) fn tried_until(thread: &Thread, now: DateTime<Utc>) -> Option<String> {
    // What is to be taken back is never missed.
    if thread.retracts() {
        return None;
    }
    let late = thread.late();
    let until = thread.publish_at()? + late.after;
    Some(match late.then {
        Then::Publish => "tried again by each run, however late".to_owned(),
        Then::Miss if until < now => "looked up again by each run, then missed".to_owned(),
        Then::Miss => format!(
            "tried again by each run until {}, then missed",
            until.format("%Y-%m-%d %H:%M UTC")
        ),
    })
}

fn sanitize_lines(text: &str) -> String {
    text.split('\n')
        .map(|line| sanitize(line).into_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Tells how one thread went, as soon as it is known.
pub(super) fn tell(
    (outcome, thread): (&Outcome, Option<&Thread>),
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let path = outcome.path();
    match outcome {
        Outcome::Published { receipt, warnings } => {
            writeln!(
                console.out,
                "published {} → {}",
                sanitize_line(path),
                url(receipt)
            )?;
            for warning in warnings {
                line(Shown::Warning, path, warning, world, console)?;
            }
        }
        Outcome::TakenOver { receipt, note } => take_over(path, receipt, note, world, console)?,
        Outcome::Missed { receipt } => {
            let reason = receipt.block.reason.as_deref().unwrap_or_default();
            let text = format!(
                "missed, and not published: {reason}; give it a new `publish_at` to send it all the same"
            );
            line(Shown::Failure, path, &text, world, console)?;
        }
        Outcome::Failed { receipt } => {
            let reason = receipt.block.reason.as_deref().unwrap_or_default();
            let text = format!("failed, and is not tried again until it changes: {reason}");
            line(Shown::Failure, path, &text, world, console)?;
        }
        Outcome::Retracted { receipt, deleted } => {
            let posts = receipt.block.posts.len();
            let what = match (posts, *deleted) {
                (0, _) => "it was not on Bluesky, and will not go out".to_owned(),
                (_, 0) => "it was gone from Bluesky already".to_owned(),
                (_, deleted) if thread.is_some_and(Thread::is_repost) => {
                    format!("{} undone on Bluesky", count(deleted, "repost"))
                }
                (_, deleted) => format!("{} deleted on Bluesky", count(deleted, "post")),
            };
            writeln!(console.out, "retracted {}: {what}", sanitize_line(path))?;
        }
        Outcome::Left { reason, .. } if thread.is_some_and(Thread::retracts) => {
            let text = format!("not retracted: {reason}; tried again by each run");
            line(Shown::Failure, path, &text, world, console)?;
        }
        Outcome::Left { reason, .. } if thread.is_some_and(is_out) => {
            let text = format!("not retracted: {reason}");
            line(Shown::Failure, path, &text, world, console)?;
        }
        Outcome::Left { reason, .. } => {
            let until = thread.and_then(|thread| tried_until(thread, (world.clock)()));
            let until = until.map(|until| format!("; {until}")).unwrap_or_default();
            let text = format!("not published, and stays due: {reason}{until}");
            line(Shown::Failure, path, &text, world, console)?;
        }
        Outcome::Doubtful { reason, theirs, .. } if thread.is_some_and(Thread::retracts) => {
            let text = doubtful_retraction(path, reason, theirs);
            line(Shown::Failure, path, &text, world, console)?;
        }
        Outcome::Doubtful { .. } => line(Shown::Failure, path, &doubt(outcome), world, console)?,
        Outcome::Unrecorded { receipt, reason } if receipt.block.status == Status::Retracted => {
            let text = format!(
                "it is deleted on Bluesky, but that could not be written into its file: {reason}; nothing more is done, and the next run finds it gone"
            );
            line(Shown::Failure, path, &text, world, console)?;
        }
        Outcome::Unrecorded { receipt, reason } => {
            let text = format!(
                "it is on Bluesky ({}), but that could not be written into its file: {reason}; nothing more is published, and the next run recognises it",
                url(receipt)
            );
            line(Shown::Failure, path, &text, world, console)?;
        }
    }
    Ok(())
}

fn is_out(thread: &Thread) -> bool {
    let settled = thread.settled();
    matches!(settled, Some(Status::Published | Status::Retracted))
}

fn doubtful_retraction(path: &str, reason: &str, theirs: &[Candidate]) -> String {
    let mut text =
        format!("not retracted, since it is not certain which post is this one: {reason}\n");
    for candidate in theirs {
        text += &quoted(&format!("on Bluesky, {}", candidate.url), &candidate.text);
    }
    text + &format!(
        "  to take one back: updraft adopt {path} URL, and the next run deletes it\n  to leave all of them: take `publish_at` out of the file"
    )
}

fn take_over(
    path: &str,
    receipt: &Receipt,
    note: &Note,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    match note {
        Note::Clean(why) => {
            writeln!(
                console.out,
                "was out already {} → {} ({why})",
                sanitize_line(path),
                url(receipt)
            )?;
            Ok(())
        }
        Note::ByHand => {
            let text = format!(
                "these words were posted by hand ({}); the file now names that post",
                url(receipt)
            );
            line(Shown::Warning, path, &text, world, console)
        }
        Note::Edited { ours, theirs } => {
            let text = format!(
                "it went out with another text ({}), and is not published again; the file now names that post\n{}{}",
                url(receipt),
                quoted("in the file", ours),
                quoted("on Bluesky", theirs)
            );
            line(Shown::Failure, path, text.trim_end(), world, console)
        }
    }
}

fn doubt(outcome: &Outcome) -> String {
    let Outcome::Doubtful {
        path,
        reason,
        ours,
        theirs,
    } = outcome
    else {
        return String::new();
    };
    let mut text = format!("not published, since it may be out already: {reason}\n");
    text += &quoted("in the file", ours);
    for candidate in theirs {
        text += &quoted(&format!("on Bluesky, {}", candidate.url), &candidate.text);
    }
    let first = theirs
        .first()
        .map_or("URL", |candidate| candidate.url.as_str());
    text += &format!(
        "  if this is the post: updraft adopt {path} {first}\n  if it is another one: add `repeat: true` to the file, or give the file another name"
    );
    text
}

fn quoted(title: &str, text: &str) -> String {
    let lines: String = text.lines().map(|line| format!("    | {line}\n")).collect();
    format!("  {title}:\n{lines}")
}

fn url(receipt: &Receipt) -> String {
    let block = &receipt.block;
    let first = block.posts.first().map(|part| part.uri.as_str());
    sanitize(block.url.as_deref().or(first).unwrap_or("no URL")).into_owned()
}

/// How the process ends for these outcomes.
pub(super) fn exit(outcomes: &[Outcome]) -> Exit {
    if outcomes.iter().any(Outcome::is_failure) {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// The last line of a run that did something.
pub(super) fn summary(outcomes: &[Outcome], console: &mut Console<'_>) -> Result<(), CommandError> {
    let number =
        |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
    let published = number(|outcome| matches!(outcome, Outcome::Published { .. }));
    let taken = number(|outcome| matches!(outcome, Outcome::TakenOver { .. }));
    let failed = number(Outcome::is_failure);
    let retracted = number(|outcome| matches!(outcome, Outcome::Retracted { .. }));
    let mut facts = Vec::new();
    if published > 0 || retracted == 0 {
        facts.push(format!("{} published", count(published, "post")));
    }
    if retracted > 0 {
        facts.push(format!("{} retracted", count(retracted, "post")));
    }
    if taken > 0 {
        facts.push(format!("{taken} found to be out already"));
    }
    if failed > 0 {
        facts.push(format!("{failed} in need of a person"));
    }
    writeln!(console.out, "{}", facts.join(", "))?;
    Ok(())
}

/// What is due and was left for another run, on purpose.
pub(super) fn still_due(plan: &Plan, console: &mut Console<'_>) -> Result<(), CommandError> {
    use crate::plan::{Decision, Postponement};
    let waits = |item: &&crate::plan::Item| {
        use Postponement::{Limit, Spacing};
        matches!(item.decision, Decision::Postponed(Limit | Spacing(_)))
    };
    let number = plan.items.iter().filter(waits).count();
    if number > 0 {
        let posts = count(number, "due post");
        writeln!(
            console.out,
            "{posts} left for later runs: `updraft plan` says when"
        )?;
    }
    Ok(())
}

/// The only line of a run that had nothing to do.
pub(super) fn nothing(plan: &Plan, console: &mut Console<'_>) -> Result<(), CommandError> {
    use crate::plan::Decision;
    if let Some(why) = &plan.paused {
        writeln!(
            console.out,
            "nothing is published: updraft.yml says paused: {}",
            sanitize(why)
        )?;
        return Ok(());
    }
    let is_kept = |item: &&crate::plan::Item| {
        matches!(item.decision, Decision::Blocked(_) | Decision::Postponed(_))
    };
    let kept = plan.items.iter().filter(is_kept).count();
    let not_asked = |item: &crate::plan::Item| {
        item.decision == Decision::Postponed(crate::plan::Postponement::NotAsked)
    };
    if kept > 0 && plan.items.iter().filter(is_kept).all(not_asked) {
        let posts = count(kept, "other post");
        writeln!(
            console.out,
            "nothing is published: none of --only is due; {posts} left for a run without it"
        )?;
        return Ok(());
    }
    if kept > 0 {
        let posts = count(kept, "due post");
        writeln!(
            console.out,
            "nothing is published; {posts} kept back: `updraft plan` says why"
        )?;
        return Ok(());
    }
    let next = plan
        .items
        .iter()
        .find(|item| item.decision == Decision::Wait);
    match next {
        Some(item) => {
            let when = item
                .due()
                .map(|due| super::plan::when(due, item.zone(), plan.now))
                .unwrap_or_default();
            writeln!(
                console.out,
                "nothing to publish now; next: {} {when}",
                sanitize_line(item.path())
            )?;
        }
        None if plan.items.is_empty() => {
            writeln!(console.out, "nothing to publish: there are no posts here")?
        }
        None => writeln!(console.out, "nothing to publish now, and nothing waits")?,
    }
    Ok(())
}
