//! Answers, in others' threads and in the account's own.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::{world::*, *};

/// A stranger's post, and one of the account's own threads.
fn strangers() -> RemoteRecord {
    let mut record = by_hand("A stranger's", NOON - WEEK, None);
    record.uri = record.uri.replace(DID, "did:plc:44ybard66vv44zksje25o7dz");
    record
}

#[test]
fn a_lost_answer_is_found_at_its_own_keys_with_all_of_its_parts() {
    let ours = answer("posts/a.md", NOON, &["One", "Two"], &strangers());
    let world = World::holding(ours.published());
    let found = world.look(&[&ours]);
    let Finding::Out(out) = &found["posts/a.md"] else {
        panic!("{found:?}");
    };
    assert_eq!((&out.how, out.parts.len()), (&How::Own, 2));
}

#[test]
fn a_renamed_answer_is_found_in_a_strangers_thread_and_in_an_own_one() {
    let own = file("posts/own.md", NOON - WEEK, &["Mine"]);
    for to in [strangers(), own.published().remove(0)] {
        let before = answer("posts/a.md", NOON, &["One", "Two"], &to);
        let after = answer("posts/b.md", NOON, &["One", "Two"], &to);
        let mut world = World::holding(own.published().into_iter().chain(before.published()));
        world.accounted.insert(own.uri());
        assert_eq!(world.one(&after), "out: Renamed", "{}", to.uri);
        let moved = answer("posts/a.md", NOON + 60, &["One", "Two"], &to);
        assert_eq!(world.one(&moved), "out: Rescheduled", "{}", to.uri);
    }
}

#[test]
fn an_answer_by_hand_is_taken_over_and_only_one_to_the_same_post() {
    let to = strangers();
    let ours = answer("posts/a.md", NOON, &["Thanks!"], &to);
    let world = World::holding([by_hand("Thanks!", NOON + 60, Some(&to))]);
    assert_eq!(world.one(&ours), "out: ByHand");
    let other = RemoteRecord {
        uri: to.uri.replace("/3", "/4"),
        ..to
    };
    let elsewhere = World::holding([by_hand("Thanks!", NOON + 60, Some(&other))]);
    assert_eq!(elsewhere.one(&ours), "absent");
}

#[test]
fn a_conversation_is_nobody_elses_post() {
    let to = strangers();
    let thread = file("posts/thread.md", NOON - WEEK, &["Mine"]);
    let root = thread.published().remove(0);
    let plain = file("posts/a.md", NOON, &["Thanks!"]);
    let waiting = answer("posts/later.md", NOON + WEEK, &["Later"], &to).later();
    let mut world = World::holding([
        root.clone(),
        by_hand("Thanks!", NOON + 60, Some(&to)),
        by_hand("Thanks!", NOON + 120, Some(&root)),
    ]);
    world.accounted.insert(root.uri);
    assert_eq!(world.summary(&[&plain, &waiting]), ["absent"]);
}

#[test]
fn a_thread_keeps_its_parts_where_answers_are_looked_at() {
    let thread = file("posts/thread.md", NOON, &["One", "Two", "Three"]);
    let renamed = file("posts/renamed.md", NOON, &["One", "Two", "Three"]);
    let root = thread.published().remove(0);
    let waiting = answer("posts/later.md", NOON + WEEK, &["Later"], &root).later();
    let world = World::holding(thread.published());
    let found = world.look(&[&renamed, &waiting]);
    let Finding::Out(out) = &found["posts/renamed.md"] else {
        panic!("{found:?}");
    };
    assert_eq!((&out.how, out.parts.len()), (&How::Renamed, 3));
}

#[test]
fn an_edited_target_is_an_edit() {
    let (one, two) = (strangers(), by_hand("Mine", NOON - WEEK + 1, None));
    let before = answer("posts/a.md", NOON, &["One"], &one);
    let after = answer("posts/a.md", NOON, &["One"], &two);
    let world = World::holding(before.published());
    assert!(world.one(&after).starts_with("out: Edited"));
}

#[test]
fn a_repost_is_compared_by_what_it_reposts() {
    let repost = |key: u64, subject: &str| RemoteRecord {
        uri: format!(
            "at://{DID}/app.bsky.feed.repost/{}",
            crate::atproto::record_key::Tid::new(NOON.unsigned_abs() * 1_000_000 + key, 9)
        ),
        cid: "cid".to_owned(),
        value: json!({"subject": {"uri": subject, "cid": "cid"}, "createdAt": "2026-12-01T14:05:00Z"}),
    };
    let target = "at://did:plc:x/app.bsky.feed.post/3kabc";
    let content = crate::atproto::content::Content::of_publication(
        &crate::post::Publication::Repost(
            crate::post::Address::parse(target)
                .map(crate::post::Target::Record)
                .unwrap(),
        ),
        &BTreeMap::new(),
    );
    let wanted = Wanted {
        path: "posts/a.md",
        second: NOON - 600,
        parts: &content,
        repeat: false,
        on_merge: false,
        due: true,
    };
    let decided = |record: RemoteRecord| {
        let sight = Sight {
            did: DID,
            collection: "app.bsky.feed.repost",
            records: &[record],
            accounted: &BTreeSet::new(),
        };
        decide(&[wanted], sight, |_| History::default())
            .remove("posts/a.md")
            .unwrap()
    };
    let Finding::Out(out) = decided(repost(1, target)) else {
        panic!("not found");
    };
    assert_eq!(out.how, How::ByHand);
    assert_eq!(out.url, "https://bsky.app/profile/did:plc:x/post/3kabc");
    let other = decided(repost(1, "at://did:plc:x/app.bsky.feed.post/3kother"));
    assert_eq!(other, Finding::Absent);
}
