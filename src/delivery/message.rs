//! What a commit of results says.

use std::borrow::Cow;

use crate::receipt::{Receipt, Status};

/// One line that a person would write, then `path → url` for each.
pub(super) fn message(receipts: &[Receipt]) -> String {
    let published = receipts
        .iter()
        .filter(|r| r.block.status == Status::Published)
        .count();
    let retracted = receipts
        .iter()
        .filter(|r| r.block.status == Status::Retracted)
        .count();
    let told = receipts.iter().filter(|r| !r.block.is_result()).count();
    let head = match (published, receipts) {
        (0, [only]) if told == 1 => format!("Record that {} waits", plain(&only.path)),
        (0, several) if told == several.len() => {
            format!("Record that {told} posts wait")
        }
        (0, [only]) if retracted == 1 => format!("Retract {}", plain(&only.path)),
        (0, several) if retracted == several.len() => {
            format!("Retract {retracted} posts from Bluesky")
        }
        (1, [only]) => format!("Publish {}", plain(&only.path)),
        (0, [only]) => format!("Record that {} was not published", plain(&only.path)),
        (0, several) => format!("Record that {} posts were not published", several.len()),
        (1, _) => "Publish a post to Bluesky".to_owned(),
        (number, _) => format!("Publish {number} posts to Bluesky"),
    };
    let lines = receipts
        .iter()
        .map(|receipt| format!("\n{} → {}", plain(&receipt.path), result(receipt)));
    format!("{head}\n{}\n", lines.collect::<String>())
}

fn result(receipt: &Receipt) -> Cow<'_, str> {
    if receipt.block.status == Status::Retracted {
        return "retracted".into();
    }
    match (&receipt.block.url, receipt.block.status) {
        // A block may have been written by hand.
        (Some(url), _) if is_plain_address(url) => url.into(),
        (Some(url), _) => plain(url).into(),
        (None, Status::Failed) => "failed".into(),
        (None, Status::Missed) => "missed".into(),
        (None, Status::Waiting) => "waits".into(),
        (None, _) => "published".into(),
    }
}

fn is_plain_address(url: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/._~%-".contains(c);
    url.starts_with("https://") && url.chars().all(is_plain)
}

/// A path in one line, whatever characters it holds.
///
/// Forges obey a message: `[skip ci]` and its kin, `***NO_CI***`, `skip-checks:true`, `fixes #12`,
/// `GH-12` and `@name` do something, and git takes a line that begins with `#` for a comment. What
/// makes them do it becomes its full-width twin, which reads the same: `posts/［skip ci］.md`. What
/// commands a terminal, or can't be seen, becomes `�`.
fn plain(path: &str) -> String {
    let shown = path.chars().map(|c| match c {
        '[' => '［',
        ']' => '］',
        '#' => '＃',
        '@' => '＠',
        ':' => '：',
        '*' => '＊',
        c if is_unseen(c) => '\u{fffd}',
        c => c,
    });
    without_issues(shown.collect())
}

/// Controls, marks of direction, and what no font shows. Joiners are none of them: letters need them.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
                | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e00ff}'
        )
}

/// `GH-12` is an issue's number, too.
fn without_issues(mut text: String) -> String {
    let lower = text.to_ascii_lowercase();
    for (at, _) in lower.match_indices("gh-").collect::<Vec<_>>().iter().rev() {
        text.replace_range(at + 2..at + 3, "‐");
    }
    text
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
