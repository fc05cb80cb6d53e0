//! How late posts are, and what `watch` takes, over a month (and the month after it, in which nothing is due)
//! and over one minute:
//!
//! `cargo bench --bench watch -- month 3000`, `… -- minute 1000`, `… -- real 1000`.
//!
//! The clock moves while nothing is to be done and work takes the time that it takes; in `real`, waiting
//! takes its time too. git is real, the server is the sandbox without a socket: what a network adds is
//! not in here. Lateness is that of `createdAt`, which is fixed right before a thread is first sent.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    dead_code
)]

use std::{fs, sync::Arc, time::Instant};

use chrono::TimeDelta;

#[path = "../tests/support/stage.rs"]
mod stage;

use stage::{Pace, Stage, post};

/// When the first post is due: what was there before is published by then.
const FIRST: i64 = 30;

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let (what, posts) = match words.as_slice() {
        [] => ("minute", 200),
        [what] => (what.as_str(), 1000),
        [what, posts, ..] => (what.as_str(), posts.parse().unwrap()),
    };
    let (pace, length) = match what {
        "month" => (Pace::Working, TimeDelta::days(30)),
        "minute" => (Pace::Working, TimeDelta::minutes(1)),
        "real" => (Pace::Real, TimeDelta::minutes(1)),
        other => panic!("`{other}` is neither `month`, `minute` nor `real`"),
    };
    watch(what, posts, pace, length);
}

fn watch(what: &str, posts: i64, pace: Pace, length: TimeDelta) {
    let after = match what {
        "month" => TimeDelta::days(30),
        _ => TimeDelta::minutes(2),
    };
    let stage = Stage::set(length + after, pace);
    let seconds = |number: i64| FIRST + number * length.num_seconds() / posts;
    for number in 0..posts {
        let at = seconds(number);
        stage.write(
            &format!("posts/{number:04}.md"),
            &post(at, &format!("{number} {at}")),
        );
    }
    stage.share();
    let parts = 6;
    // The last moments are those of the month after.
    let last = if what == "month" {
        parts * 2
    } else {
        parts + 1
    };
    for part in 0..last {
        let at = FIRST + part * length.num_seconds() / parts;
        stage.at(at, move |stage| {
            let days = at / 86_400;
            println!("  day {days:2}, second {at:7}: {} MiB", resident());
            stage.sandbox.clear_requests();
        });
    }
    let stage = Arc::new(stage);
    let begin = Instant::now();
    let (exit, said) = stage.run("updraft watch --push --pull 1h");
    let took = begin.elapsed().as_secs_f64();
    // A copy of what the server holds takes as much again.
    let before = resident();
    let copy = stage.sandbox.snapshot();
    println!(
        "  at the end: {before} MiB, of which the server's records are about {} MiB",
        resident() - before
    );
    drop(copy);
    let late = lateness(&stage);
    let end: String = said.chars().take(2_000).collect();
    assert_eq!(
        late.len(),
        usize::try_from(posts).unwrap(),
        "{exit:?}\n{end}"
    );
    let rank = |share: usize| late[(late.len() * share / 100).min(late.len() - 1)];
    println!(
        "{what}: {posts} posts, {} commits, {took:.0} s; late by p50 {:.3} s, p99 {:.3} s, at most {:.3} s",
        stage.commits() - 1,
        rank(50),
        rank(99),
        rank(100),
    );
}

/// Each post's, sorted.
fn lateness(stage: &Stage) -> Vec<f64> {
    let posts = stage.posts().into_iter();
    let mut late: Vec<f64> = posts.map(|(due, at)| at - second(&due)).collect();
    assert!(
        late.iter().all(|late| *late >= 0.0),
        "a post went out before its time"
    );
    late.sort_by(f64::total_cmp);
    late
}

/// When a post is due: the last word of its text.
fn second(text: &str) -> f64 {
    text.rsplit(' ').next().unwrap().parse().unwrap()
}

/// Memory of this process, server and all.
fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = pages
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok());
    resident.unwrap_or_default() * 4096 / (1024 * 1024)
}
