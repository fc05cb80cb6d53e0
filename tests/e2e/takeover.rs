//! The result of a run is lost before it reaches the remote: the next run finds the posts.

use chrono::{TimeDelta, Utc};
use serde_json::Value;

use crate::{
    bench::{Bench, ago, at, due, post_at},
    peer::Peer,
};

both! {
    a_renamed_file_finds_its_post,
    an_earlier_time_finds_the_post,
    a_later_time_finds_the_post,
    an_edited_file_is_taken_over_once_and_both_texts_are_shown,
    words_posted_by_hand_are_taken_over_with_a_warning,
    a_deleted_part_stays_deleted,
    a_lost_thread_of_two_is_found_with_its_post_renamed_and_a_newcomer_goes_out,
}

/// A published thread whose result was lost, and its block.
fn lost(peer: &dyn Peer, minutes: i64) -> (Bench, Value) {
    let bench = Bench::new(peer);
    let home = bench.home();
    let text = "Words of my own\n\n---\n\nand some more";
    home.write("posts/a.md", due(minutes, text));
    home.share();
    let before = bench.tip();
    home.publish().exits(0);
    let block = bench.blocks()["posts/a.md"].clone();
    assert_eq!(block["posts"].as_array().unwrap().len(), 2);
    bench.at_remote(&["update-ref", "refs/heads/main", &before]);
    bench.clone_as("fresh");
    (bench, block)
}

fn assert_taken_over(bench: &Bench, path: &str, block: &Value) {
    assert_eq!(bench.blocks()[path]["posts"], block["posts"]);
    bench.assert_exactly_once();
    bench.relay.forget();
    let tip = bench.tip();
    bench.work("fresh").publish().exits(0);
    assert_eq!(bench.tip(), tip);
    assert!(bench.relay.requests().is_empty());
}

fn a_renamed_file_finds_its_post(peer: &dyn Peer) {
    let (bench, block) = lost(peer, 5);
    let fresh = bench.work("fresh");
    fresh.git(&["mv", "posts/a.md", "posts/b.md"]);
    fresh.share();
    fresh.publish().exits(0).says("another file name");
    assert_taken_over(&bench, "posts/b.md", &block);
}

fn an_earlier_time_finds_the_post(peer: &dyn Peer) {
    reschedule(peer, Utc::now() - TimeDelta::hours(3));
}

fn a_later_time_finds_the_post(peer: &dyn Peer) {
    reschedule(peer, Utc::now() - TimeDelta::seconds(90));
}

fn reschedule(peer: &dyn Peer, time: chrono::DateTime<Utc>) {
    let (bench, block) = lost(peer, 60);
    let fresh = bench.work("fresh");
    let text = fresh.read("posts/a.md");
    let line = text.lines().nth(1).unwrap().to_owned();
    fresh.edit("posts/a.md", &line, &format!("publish_at: {}", at(time)));
    fresh.share();
    fresh.publish().exits(0).says("rescheduled");
    assert_taken_over(&bench, "posts/a.md", &block);
}

fn an_edited_file_is_taken_over_once_and_both_texts_are_shown(peer: &dyn Peer) {
    let (bench, block) = lost(peer, 5);
    let fresh = bench.work("fresh");
    fresh.edit("posts/a.md", "my own", "another");
    fresh.share();
    fresh
        .publish()
        .exits(3)
        .says("Words of my own")
        .says("Words of another");
    assert_taken_over(&bench, "posts/a.md", &block);
}

fn words_posted_by_hand_are_taken_over_with_a_warning(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Could not wait"));
    home.share();
    bench.post_by_hand(["Could not wait".to_owned()], Utc::now());
    home.publish().exits(0).says("by hand");
    bench.assert_exactly_once();
    assert_eq!(bench.records().len(), 1);
}

fn a_deleted_part_stays_deleted(peer: &dyn Peer) {
    let (bench, block) = lost(peer, 5);
    let [root, second] = [0, 1].map(|n| block["posts"][n]["uri"].as_str().unwrap());
    bench.delete(second);
    let fresh = bench.work("fresh");
    fresh.publish().exits(0);
    let posts = &bench.blocks()["posts/a.md"]["posts"];
    assert_eq!(posts[0]["uri"], root);
    assert_eq!(posts[1]["uri"], second);
    assert_eq!(posts[1]["deleted"], true);
    assert_eq!(bench.records().len(), 1);
}

fn a_lost_thread_of_two_is_found_with_its_post_renamed_and_a_newcomer_goes_out(peer: &dyn Peer) {
    let (bench, block) = lost(peer, 5);
    let fresh = bench.work("fresh");
    fresh.git(&["mv", "posts/a.md", "posts/moved.md"]);
    fresh.write("posts/new.md", post_at(&ago(1), "A newcomer"));
    fresh.share();
    fresh.publish().exits(0);
    assert_eq!(bench.records().len(), 3);
    assert_taken_over(&bench, "posts/moved.md", &block);
}
