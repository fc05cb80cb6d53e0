//! Keeps in a file that somebody was told, without losing what anybody else wrote there.

use chrono::{DateTime, Utc};

use super::{
    news::{Keep, News},
    notes::Told,
};
use crate::{
    command::{Library, publish::write_block},
    delivery,
    post::{Document, thread::source_of},
    receipt::{Block, Receipt, Status},
};

/// How long a reason may be in a block.
const REASON: usize = 300;

/// Keeps that somebody was told.
pub(super) fn keep(
    (news, now): (News, DateTime<Utc>),
    library: &Library,
    receipts: &mut Vec<Receipt>,
    told: &mut Told,
) {
    let Some(path) = news.incident.path else {
        return;
    };
    let kept = match news.keep {
        Keep::Nothing => return,
        Keep::InNotes(word) => {
            told.files.insert(path, word);
            return;
        }
        Keep::InResult(mut receipt) => {
            receipt.block.told_at = Some(now);
            let known = Block {
                told_at: None,
                ..receipt.block.clone()
            };
            // As text: in a file, times are cut to milliseconds.
            let is_it = |found: Option<&Block>| {
                found.is_some_and(|found| found.to_yaml() == known.to_yaml())
            };
            (
                replace_block(library, &receipt, is_it)
                    .is_ok()
                    .then_some(receipt),
                None,
            )
        }
        Keep::Waiting(word) => {
            let reason: String = news.incident.reason.chars().take(REASON).collect();
            let receipt = waiting(library, &path, (&format!("{word}: {reason}"), now));
            (receipt, Some(word))
        }
    };
    match kept {
        (Some(receipt), _) => {
            receipts.retain(|other| other.path != receipt.path);
            receipts.push(receipt);
        }
        (None, Some(word)) => {
            told.files.insert(path, word);
        }
        (None, None) => {}
    }
}

/// Puts a block that says why it waits into a file that has no result that stands.
fn waiting(library: &Library, path: &str, (reason, now): (&str, DateTime<Utc>)) -> Option<Receipt> {
    let bytes = library.folder.read(path).ok()?;
    let document = Document::parse(path, bytes).ok()?;
    let known = library.threads().find(|thread| thread.path() == path);
    let known = known.and_then(|thread| thread.block());
    let receipt = Receipt {
        path: path.to_owned(),
        block: Block {
            told_at: Some(now),
            reason: Some(reason.to_owned()),
            ..Block::new(Status::Waiting, source_of(&document))
        },
    };
    // What HEAD says of an earlier time stands as long as the new time is not committed.
    let known = known.filter(|_| !reason.starts_with("not "));
    let may = |found: Option<&Block>| {
        found.is_none_or(|found| !found.is_result() || Some(found) == known)
    };
    replace_block(library, &receipt, may).ok()?;
    Some(receipt)
}

/// Writes a block over one that `may` be lost: what somebody else wrote meanwhile stays.
fn replace_block(
    library: &Library,
    receipt: &Receipt,
    may: impl Fn(Option<&Block>) -> bool,
) -> Result<(), String> {
    let bytes = library.folder.read(&receipt.path);
    let bytes = bytes.map_err(|mistake| mistake.message)?;
    let document = Document::parse(&receipt.path, bytes).map_err(|mistake| mistake.message)?;
    let found = delivery::block_of(&document);
    // A block that can't be read holds what nobody may lose.
    let is_unread = found.is_none()
        && document.without_block().ok().as_deref() != Some(document.source().as_bytes());
    if is_unread || !may(found.as_ref()) {
        return Err("its block is another by now".to_owned());
    }
    write_block(&library.folder, receipt)
}
