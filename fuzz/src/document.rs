//! A post file taken apart, and its block written.

use chrono::DateTime;
use updraft::{
    post::{Document, front_matter},
    receipt::{Block, Part, Status},
};

use super::reports;

/// Takes the bytes apart as a post file, and writes two blocks into it.
pub fn run(bytes: &[u8]) {
    let document = match Document::parse("posts/hostile.md", bytes.to_vec()) {
        Ok(document) => document,
        Err(mistake) => return reports::check(&String::from_utf8_lossy(bytes), &[mistake]),
    };
    assert_eq!(document.source().as_bytes(), bytes);
    for block in [published(), failed(bytes)] {
        match document.with_block(&block) {
            Ok(edited) => check_edit(&document, &block, edited),
            Err(mistake) => reports::check(document.source(), &[mistake]),
        }
    }
}

fn check_edit(before: &Document, block: &Block, edited: Vec<u8>) {
    let after = Document::parse(before.path(), edited).expect("an edited file is a post file");
    assert_eq!(after.body_text(), before.body_text());
    let (read, mistakes) = front_matter::read(&after);
    assert_eq!(
        read.block.as_ref().map(|(block, _)| block),
        Some(block),
        "{mistakes:?}"
    );
    let (own, _) = front_matter::read(before);
    assert_eq!(read.content_keys, own.content_keys);
    assert_only_the_block_differs(before, &after);
    let again = after
        .with_block(block)
        .expect("what was written can be written again");
    assert_eq!(
        again,
        after.source().as_bytes(),
        "a second edit changes nothing"
    );
}

/// All that is not the old or the new block is there, byte by byte.
fn assert_only_the_block_differs(before: &Document, after: &Document) {
    let (old, new) = (before.without_block(), after.without_block());
    let (Ok(old), Ok(new)) = (old, new) else {
        panic!("a block that was written can be removed");
    };
    assert_eq!(String::from_utf8_lossy(&old), String::from_utf8_lossy(&new));
}

fn published() -> Block {
    let part = |key: &str| Part {
        uri: format!("at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/{key}"),
        cid: Some("bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a".to_owned()),
        deleted: key == "3jzfcijpj2z2b",
    };
    Block {
        published_at: DateTime::from_timestamp_millis(1_900_000_000_123),
        url: Some("https://bsky.app/profile/did:plc:x/post/3jzfcijpj2z2a".to_owned()),
        posts: vec![part("3jzfcijpj2z2a"), part("3jzfcijpj2z2b")],
        ..Block::new(Status::Published, "sha256:0123456789abcdef".to_owned())
    }
}

/// A server's words are in the block: here, the file's own last ones.
fn failed(bytes: &[u8]) -> Block {
    let from = bytes.len().saturating_sub(64);
    Block {
        failed_at: DateTime::from_timestamp_millis(1_900_000_000_000),
        reason: Some(String::from_utf8_lossy(&bytes[from..]).into_owned()),
        ..Block::new(Status::Failed, "sha256:0123456789abcdef".to_owned())
    }
}
