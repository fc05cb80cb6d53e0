//! Thousands of stories in which everything fails: the real `publish`, against the sandbox without a
//! socket, a model of the remote, and a clock of its own. A seed tells its story again:
//! `SEED=17 cargo test --test simulation -- --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub)]

#[path = "simulation/authors.rs"]
mod authors;
#[path = "simulation/baton.rs"]
mod baton;
#[path = "simulation/git_model.rs"]
mod git_model;
#[path = "simulation/ground.rs"]
mod ground;
#[path = "simulation/many.rs"]
mod many;
#[path = "simulation/runner.rs"]
mod runner;
#[path = "simulation/story.rs"]
mod story;

/// How many stories `cargo test` tells.
const STORIES: u64 = 3_000;

#[test]
fn a_seed_tells_the_same_story_again() {
    for seed in 0..40 {
        let (first, second) = (story::tell(seed), story::tell(seed));
        assert_eq!(first.story, second.story, "seed {seed}");
    }
}

#[test]
fn whatever_fails_each_post_goes_out_once_and_no_run_lies() {
    let seed = std::env::var("SEED").ok().map(|seed| seed.parse().unwrap());
    let seeds = match seed {
        Some(seed) => seed..seed + 1,
        None => 0..STORIES,
    };
    let summary = many::tell(seeds, seed.is_some());
    println!("{summary}");
    assert!(summary.broken.is_empty(), "{}", summary.first());
}
