#![allow(clippy::unwrap_used)]

use chrono::TimeZone;

use super::*;

fn at(hour: u32) -> Option<DateTime<Utc>> {
    let second = Utc.with_ymd_and_hms(2026, 12, 1, hour, 0, 3).unwrap();
    Some(second + chrono::Duration::milliseconds(120))
}

fn part(key: &str, cid: Option<&str>) -> Part {
    Part {
        uri: format!("at://did:plc:x/app.bsky.feed.post/{key}"),
        cid: cid.map(str::to_owned),
        deleted: cid.is_none(),
    }
}

fn base(status: Status) -> Block {
    Block::new(status, "sha256:5f2c9a1e0b7d4c33".into())
}

fn read(yaml: &str) -> Block {
    #[derive(Deserialize)]
    struct Root {
        bluesky: Block,
    }
    serde_yaml::from_str::<Root>(yaml).unwrap().bluesky
}

fn is_written(block: &Block, yaml: &str) {
    assert_eq!(block.to_yaml(), yaml);
    assert_eq!(&read(yaml), block);
}

#[test]
fn a_published_thread() {
    let block = Block {
        published_at: at(14),
        url: Some("https://bsky.app/profile/did:plc:x/post/3ma".into()),
        posts: vec![part("3ma", Some("bafya")), part("3mb", Some("bafyb"))],
        ..base(Status::Published)
    };
    is_written(
        &block,
        "bluesky:
  status: published
  published_at: 2026-12-01T14:00:03.120Z
  source: sha256:5f2c9a1e0b7d4c33
  url: https://bsky.app/profile/did:plc:x/post/3ma
  posts:
    - uri: at://did:plc:x/app.bsky.feed.post/3ma
      cid: bafya
    - uri: at://did:plc:x/app.bsky.feed.post/3mb
      cid: bafyb
",
    );
}

#[test]
fn a_failed_post() {
    let block = Block {
        failed_at: at(15),
        reason: Some("the server refused it: Invalid app.bsky.feed.post record".into()),
        ..base(Status::Failed)
    };
    is_written(
        &block,
        "bluesky:
  status: failed
  failed_at: 2026-12-01T15:00:03.120Z
  source: sha256:5f2c9a1e0b7d4c33
  reason: 'the server refused it: Invalid app.bsky.feed.post record'
",
    );
}

#[test]
fn a_missed_post() {
    let block = Block {
        missed_at: at(16),
        reason: Some("it was due 2 days ago".into()),
        ..base(Status::Missed)
    };
    is_written(
        &block,
        "bluesky:
  status: missed
  missed_at: 2026-12-01T16:00:03.120Z
  source: sha256:5f2c9a1e0b7d4c33
  reason: it was due 2 days ago
",
    );
}

#[test]
fn a_post_that_was_found_on_the_network_with_a_part_that_is_gone() {
    let block = Block {
        published_at: at(14),
        taken_over_at: at(17),
        url: Some("https://bsky.app/profile/did:plc:x/post/3ma".into()),
        posts: vec![part("3ma", Some("bafya")), part("3mb", None)],
        ..base(Status::Published)
    };
    is_written(
        &block,
        "bluesky:
  status: published
  published_at: 2026-12-01T14:00:03.120Z
  taken_over_at: 2026-12-01T17:00:03.120Z
  source: sha256:5f2c9a1e0b7d4c33
  url: https://bsky.app/profile/did:plc:x/post/3ma
  posts:
    - uri: at://did:plc:x/app.bsky.feed.post/3ma
      cid: bafya
    - uri: at://did:plc:x/app.bsky.feed.post/3mb
      deleted: true
",
    );
    assert_eq!(block.recorded_at(), at(17));
}

#[test]
fn hostile_words_read_back_as_they_were() {
    for reason in [
        "two\nlines",
        "ends in lines\n\n",
        "\n",
        "a: b # c",
        "'single' and \"double\" \\ and back",
        "- a\n- b",
        "---\n...\n",
        "🎉 é \u{202e}\u{2028}\u{85}\u{feff}",
        "\u{0}\u{7}\u{1b}[31m\u{7f}\r",
        "true",
        "12",
        "~",
        "",
        "  spaced  ",
        "\ttab",
        "{x}",
        "&a *b !c %d @e `f",
        "# none",
        "2026-12-01T14:00:03Z",
    ] {
        let block = Block {
            reason: Some(reason.into()),
            ..base(Status::Failed)
        };
        assert_eq!(read(&block.to_yaml()), block, "{reason:?}");
    }
}

#[test]
fn a_block_of_another_hand_is_refused() {
    for yaml in [
        "status: posted\nsource: x",
        "source: x",
        "status: failed\nsource: x\nfailed_at: yesterday",
        "status: failed\nsource: x\nby: me",
        "status: published\nsource: x\nposts: [{url: x}]",
    ] {
        assert!(serde_yaml::from_str::<Block>(yaml).is_err(), "{yaml}");
    }
}
