//! Results on their way into git, and what is told of them.

use crate::{
    command::{CommandError, Console, Exit, Library, World, tell},
    delivery::{Delivered, Delivery, DeliveryError},
    plan::Plan,
    receipt::Receipt,
    report::sanitize,
};

pub(super) fn say(delivered: &Delivered, console: &mut Console<'_>) -> Result<Exit, CommandError> {
    for note in &delivered.notes {
        writeln!(console.err, "note: {}", sanitize(note))?;
    }
    for conflict in &delivered.conflicts {
        writeln!(console.err, "error: {}", sanitize(conflict))?;
    }
    Ok(if delivered.conflicts.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

pub(super) const UNWRITTEN: &str = "a result of an earlier run could not be written into its file";
pub(super) const UNPROPOSED: &str =
    "no pull request could be opened for the results, which wait on their branch";
pub(super) const UNDELIVERED: &str = "the results did not reach git's remote: what went out is on Bluesky, and the next run recognises it";

/// Tells what is new where nothing goes out. That nobody could be told, or that git does not keep
/// it, makes no run fail.
pub(super) fn tell_idle(
    (plan, library): (&Plan, &Library),
    delivery: Option<&Delivery<'_>>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    if !tell::has_news(plan, library) {
        return Ok(());
    }
    match delivery.map(|delivery| super::ready::other_branch(delivery, library)) {
        None | Some(Ok(None)) => {}
        Some(Ok(Some(_))) => return Ok(()),
        Some(Err(error)) => {
            tell::warn(&format!("nobody was told: {error}"), world, console);
            return Ok(());
        }
    }
    let receipts = tell::of_threads((plan, library), &[], world, console);
    let Some(delivery) = delivery.filter(|_| !receipts.is_empty()) else {
        return Ok(());
    };
    let kept = delivery.commit(&receipts).and_then(|commit| match commit {
        Some(_) => delivery.push(),
        None => Ok(Delivered::default()),
    });
    match kept {
        Ok(delivered) => say(&delivered, console).map(drop),
        Err(error) => {
            let text = format!("that somebody was told did not reach git's remote: {error}");
            tell::warn(&text, world, console);
            Ok(())
        }
    }
}

pub(super) fn deliver(
    delivery: Option<&Delivery<'_>>,
    receipts: &[Receipt],
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let Some(delivery) = delivery else {
        return Ok(Exit::Done);
    };
    let committed = match delivery.commit(receipts) {
        Ok(committed) => committed,
        Err(error) => return undelivered(&error, console),
    };
    if committed.is_none() {
        // What git says already needs nobody.
        let is_in_git = |path: &str| matches!(delivery.repository.file_at_head(path), Ok(Some(_)));
        let mut results = receipts.iter().filter(|receipt| receipt.block.is_result());
        if results.any(|receipt| !is_in_git(&receipt.path)) {
            writeln!(
                console.err,
                "note: the files are not in git, so their results are not committed; commit them yourself"
            )?;
        }
        return Ok(Exit::Done);
    }
    match delivery.push() {
        Ok(delivered) => say(&delivered, console),
        Err(error) => undelivered(&error, console),
    }
}

/// What went out is out: say so before anything else, so that nobody posts it by hand.
fn undelivered(error: &DeliveryError, console: &mut Console<'_>) -> Result<Exit, CommandError> {
    writeln!(
        console.err,
        "error: the results did not reach git's remote: {}\nThe posts above are on Bluesky; the next run recognises them and writes their URIs back.",
        sanitize(&error.to_string())
    )?;
    Ok(Exit::Failed)
}
