//! What a commit of results says.

use crate::receipt::{Receipt, Status};

/// One line that a person would write, then `path → url` for each.
pub(super) fn message(receipts: &[Receipt]) -> String {
    let published = receipts
        .iter()
        .filter(|r| r.block.status == Status::Published)
        .count();
    let told = receipts.iter().filter(|r| !r.block.is_result()).count();
    let head = match (published, receipts) {
        (0, [only]) if told == 1 => format!("Record that {} waits", plain(&only.path)),
        (0, several) if told == several.len() => {
            format!("Record that {told} posts wait")
        }
        (1, [only]) => format!("Publish {}", plain(&only.path)),
        (0, [only]) => format!("Record that {} was not published", plain(&only.path)),
        (0, several) => format!("Record that {} posts were not published", several.len()),
        (1, _) => "Publish a post to Bluesky".to_owned(),
        (number, _) => format!("Publish {number} posts to Bluesky"),
    };
    let lines = receipts.iter().map(|receipt| {
        let result = receipt
            .block
            .url
            .clone()
            .unwrap_or_else(|| match receipt.block.status {
                Status::Failed => "failed".into(),
                Status::Missed => "missed".into(),
                Status::Waiting => "waits".into(),
                _ => "published".into(),
            });
        format!("\n{} → {result}", plain(&receipt.path))
    });
    format!("{head}\n{}\n", lines.collect::<String>())
}

/// A path in one line, whatever characters it holds.
fn plain(path: &str) -> String {
    path.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
