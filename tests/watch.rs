//! `watch` and `publish --wait` over hours that pass at once: real git, the sandbox, a clock that
//! moves while they wait.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code)]

use std::sync::Arc;

use chrono::TimeDelta;
use updraft::{
    command::Exit,
    sandbox::{Fault, FaultKind},
};

#[path = "support/stage.rs"]
mod stage;

use stage::{Pace, Stage, post};

const APPLY: &str = "com.atproto.repo.applyWrites";

fn stage(end: TimeDelta, posts: &[(&str, i64)]) -> Arc<Stage> {
    let stage = Stage::set(end, Pace::Simulated);
    for (name, seconds) in posts {
        stage.write(&format!("posts/{name}.md"), &post(*seconds, name));
    }
    stage.share();
    Arc::new(stage)
}

/// Each post with the second that it went out in.
fn seconds(stage: &Stage) -> Vec<(String, i64)> {
    let posts = stage.posts().into_iter();
    posts.map(|(text, at)| (text, at.floor() as i64)).collect()
}

fn of(posts: &[(&str, i64)]) -> Vec<(String, i64)> {
    let posts = posts.iter();
    posts.map(|(text, at)| ((*text).to_owned(), *at)).collect()
}

#[test]
fn a_run_that_waits_publishes_on_the_second_and_leaves_the_rest() {
    let posts = [("a", -60), ("b", 300), ("c", 301), ("d", 1500)];
    let stage = stage(TimeDelta::days(1), &posts);
    let (exit, said) = stage.run("updraft publish --push --wait 20m");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    assert_eq!(seconds(&stage), of(&[("a", 0), ("b", 300), ("c", 301)]));
    assert!(
        said.contains("waits for posts/b.md Tue 2026-12-01 12:05 UTC (in 4 min)"),
        "{said}"
    );
    assert!(!said.contains("waits for posts/d.md"), "{said}");
}

#[test]
fn with_nothing_to_wait_for_it_ends_at_once() {
    let stage = stage(TimeDelta::minutes(1), &[("a", 1500)]);
    let (exit, said) = stage.run("updraft publish --push --wait 20m");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    assert!(
        said.contains("nothing to publish now; next: posts/a.md"),
        "{said}"
    );
    assert!(stage.clock.now() < stage::noon() + TimeDelta::seconds(1));
}

#[test]
fn what_is_merged_while_it_waits_goes_out_too() {
    let stage = stage(TimeDelta::days(1), &[("a", 900)]);
    stage.at(100, |stage| stage.merge("posts/b.md", &post(600, "b")));
    let (exit, said) = stage.run("updraft publish --push --wait 20m");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    assert_eq!(seconds(&stage), of(&[("b", 600), ("a", 900)]));
}

#[test]
fn limit_counts_for_all_that_it_waits_for() {
    let stage = stage(TimeDelta::days(1), &[("a", -10), ("b", 100), ("c", 200)]);
    let (_, said) = stage.run("updraft publish --push --wait 20m --limit 2");
    assert_eq!(seconds(&stage), of(&[("a", 0), ("b", 100)]), "{said}");
}

#[test]
fn what_fails_while_it_is_got_ready_is_tried_again_on_the_second() {
    let stage = stage(TimeDelta::days(1), &[("a", 300)]);
    let refusal = FaultKind::Status {
        status: 503,
        headers: Vec::new(),
        body: String::new(),
    };
    stage.at(200, move |stage| {
        stage.sandbox.fault(Fault {
            nsid: "com.atproto.server.createSession".into(),
            after: 0,
            times: 1,
            kind: refusal,
        });
    });
    let (exit, said) = stage.run("updraft publish --push --wait 20m");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    assert_eq!(seconds(&stage), of(&[("a", 300)]));
    assert!(said.contains("posts/a.md: not published"), "{said}");
}

#[test]
fn a_post_that_waited_and_did_not_go_out_makes_the_run_fail() {
    let stage = stage(TimeDelta::days(1), &[("a", 300)]);
    stage.at(200, |stage| {
        stage.sandbox.fault(Fault {
            nsid: APPLY.into(),
            after: 0,
            times: 1000,
            kind: FaultKind::DropBefore,
        });
    });
    let (exit, said) = stage.run("updraft publish --push --wait 20m");
    assert_eq!(exit.unwrap(), Exit::Failed, "{said}");
    assert_eq!(seconds(&stage), []);
}

#[test]
fn a_backlog_keeps_its_distance() {
    let stage = stage(TimeDelta::hours(1), &[("a", -10), ("b", -9), ("c", -8)]);
    stage.write(
        "updraft.yml",
        &format!("{}    spacing: 2m\n", stage::CONFIG),
    );
    stage.share();
    let (exit, said) = stage.run("updraft watch --push --pull 10m");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    assert_eq!(
        seconds(&stage),
        of(&[("a", 0), ("b", 120), ("c", 240)]),
        "{said}"
    );
}

#[test]
fn watch_follows_the_remote_and_says_nothing_twice() {
    let stage = stage(TimeDelta::hours(3), &[("a", 60), ("b", 7200)]);
    stage.at(1000, |stage| stage.merge("posts/c.md", &post(1200, "c")));
    let (exit, said) = stage.run("updraft watch --push");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    assert_eq!(seconds(&stage), of(&[("a", 60), ("c", 1200), ("b", 7200)]));
    let twice = said
        .lines()
        .filter(|line| line.starts_with("waits for posts/b.md"));
    assert_eq!(
        twice.count(),
        2,
        "once before c came, and once after it: {said}"
    );
}

#[test]
fn watch_lives_on_where_the_posts_are_moved_away_and_back() {
    let move_them = |from: &'static str, to: &'static str| {
        move |stage: &Stage| {
            stage.merge_change(|folder| {
                for name in ["updraft.yml", "posts"] {
                    let (from, to) = (folder.join(from).join(name), folder.join(to).join(name));
                    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                    std::fs::rename(from, to).unwrap();
                }
            });
        }
    };
    let stage = stage(TimeDelta::hours(2), &[("a", 600), ("b", 3600)]);
    stage.at(100, move_them(".", "social"));
    stage.at(1800, move_them("social", "."));
    let (exit, said) = stage.run("updraft watch --push");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    let found = seconds(&stage);
    assert!((1800..1900).contains(&found[0].1), "{found:?}: {said}");
    assert_eq!(found[1], ("b".to_owned(), 3600), "{said}");
    assert_eq!(
        said.matches("there is social/updraft.yml").count(),
        1,
        "{said}"
    );
}

#[test]
fn watch_tries_again_until_the_server_is_back() {
    let stage = stage(TimeDelta::hours(5), &[("a", 60)]);
    stage.at(30, |stage| {
        stage.sandbox.fault(Fault {
            nsid: "com.atproto.sync.getLatestCommit".into(),
            after: 0,
            times: 10_000,
            kind: FaultKind::DropBefore,
        });
    });
    stage.at(7200, |stage| stage.sandbox.clear_faults());
    let (exit, said) = stage.run("updraft watch --push");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    let posts = stage.posts();
    assert_eq!(posts.len(), 1, "{said}");
    // A quarter of an hour and its jitter at most after the server has come back.
    assert!((7200.0..9100.0).contains(&posts[0].1), "{posts:?}");
    assert_eq!(
        said.matches("posts/a.md: not published").count(),
        1,
        "{said}"
    );
}

#[test]
fn a_remote_that_is_back_is_noticed_within_a_minute() {
    let stage = stage(TimeDelta::hours(5), &[("a", 600), ("b", 9000)]);
    stage.at(100, |stage| stage.hide_remote(true));
    stage.at(7200, |stage| stage.hide_remote(false));
    let (exit, said) = stage.run("updraft watch --push");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    let late = seconds(&stage)[0].1;
    assert!((7200..7263).contains(&late), "{late}: {said}");
    assert_eq!(seconds(&stage)[1], ("b".to_owned(), 9000), "{said}");
}

#[test]
fn a_machine_that_slept_wakes_in_time_or_at_once() {
    let stage = stage(TimeDelta::hours(5), &[("a", 600), ("b", 3600)]);
    stage.at(100, |stage| stage.clock.pass(TimeDelta::minutes(30)));
    let (exit, said) = stage.run("updraft watch --push --pull 1h");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    // It woke at 12:31:40, give or take the glance at the clock.
    let late = seconds(&stage)[0].1;
    assert!((1900..1903).contains(&late), "{late}");
    assert_eq!(seconds(&stage)[1], ("b".to_owned(), 3600));
}

#[test]
fn a_clock_that_is_set_back_publishes_nothing_early_and_nothing_twice() {
    let stage = stage(TimeDelta::hours(2), &[("a", 600), ("b", 1200)]);
    stage.at(900, |stage| stage.clock.pass(TimeDelta::minutes(-10)));
    let (exit, said) = stage.run("updraft watch --push --pull 1h");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    assert_eq!(seconds(&stage), of(&[("a", 600), ("b", 1200)]));
}

#[test]
fn told_to_end_while_a_post_is_got_ready_it_leaves_the_post_and_complains_of_nothing() {
    let stage = stage(TimeDelta::seconds(595), &[("a", 600)]);
    let (exit, said) = stage.run("updraft watch --push");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    assert_eq!(seconds(&stage), []);
    assert!(!said.contains("error"), "{said}");
}

#[test]
fn while_paused_nothing_is_waited_for() {
    let stage = stage(TimeDelta::minutes(1), &[("a", 300)]);
    stage.write(
        "updraft.yml",
        &format!("paused: the conference slipped\n{}", stage::CONFIG),
    );
    stage.share();
    let (exit, said) = stage.run("updraft publish --push --wait 20m");
    assert_eq!(exit.unwrap(), Exit::Done, "{said}");
    assert!(!said.contains("waits for"), "{said}");
}
