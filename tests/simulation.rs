//! Thousands of stories in which everything fails: the real `publish`, against the sandbox without a
//! socket, a model of the remote, and a clock of its own; and some of them with real files, git and
//! sockets. A seed tells its story again: `SEED=17 cargo test --test simulation whatever -- --nocapture`
//! (`the_same` for one with real files); with `FIRST=1` the first that fails is the last.

#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub)]

#[path = "simulation/all.rs"]
mod all;

use std::ops::Range;

use all::{
    many,
    story::{self, Place},
};

/// How many stories `cargo test` tells.
const STORIES: u64 = 3_000;
/// How many of them on this machine's disk, with real git and real sockets.
const REAL_STORIES: u64 = 12;

#[test]
fn a_seed_tells_the_same_story_again() {
    for seed in 0..20 {
        let [first, second] = [(); 2].map(|()| story::tell(seed, Place::Model));
        assert_eq!(first.story, second.story, "seed {seed}");
    }
}

#[test]
fn whatever_fails_each_post_goes_out_once_and_no_run_lies() {
    tell(STORIES, Place::Model);
}

#[test]
fn the_same_holds_with_real_files_git_and_sockets() {
    tell(REAL_STORIES, Place::Machine);
}

fn tell(stories: u64, place: Place) {
    let seed: Option<u64> = std::env::var("SEED").ok().map(|seed| seed.parse().unwrap());
    let seeds: Range<u64> = seed.map_or(0..stories, |seed| seed..seed + 1);
    let most = std::env::var("FIRST").map_or(100, |_| 1);
    let summary = many::tell(seeds, place, most);
    println!("{summary}");
    assert!(summary.broken.is_empty(), "{}", summary.first());
}
