//! The process that stays up, as its user starts and ends it.

use std::thread;

use crate::{
    bench::{Bench, due, wait_until},
    peer::Peer,
};

both! {
    watch_publishes_what_is_saved_and_committed,
    watch_publishes_what_others_merge,
    one_watch_a_clone,
}

fn watch_publishes_what_is_saved_and_committed(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(9, "First"));
    home.share();
    let running = home.start(&["watch"]);
    wait_until("the first post is out", || bench.records().len() == 1);
    // In a folder that is new, and due before it is committed.
    home.write("posts/2026/b.md", due(5, "Second"));
    home.commit();
    wait_until("the second post is out", || bench.records().len() == 2);
    wait_until("its result is committed", || {
        home.git(&["log", "-1", "--format=%s"])
            .contains("posts/2026/b.md")
    });
    running.terminate();
    let ran = running.end().exits(0);
    ran.says("watching").says("ended, as it was told to");
    assert_eq!(home.git(&["status", "--porcelain"]), "");
}

fn watch_publishes_what_others_merge(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(9, "First"));
    home.share();
    let author = bench.clone_as("author");
    let running = home.start(&["watch", "--push", "--pull", "5s"]);
    wait_until("the first result is pushed", || bench.commits() == 3);
    author.git(&["pull", "-q", "--rebase"]);
    author.write("posts/b.md", due(5, "Second"));
    author.share();
    wait_until("the second result is pushed", || bench.commits() == 5);
    running.terminate();
    running.end().exits(0);
    bench.assert_exactly_once();
}

fn one_watch_a_clone(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(9, "First"));
    home.share();
    let running = home.start(&["watch"]);
    wait_until("the first post is out", || bench.records().len() == 1);
    home.run(&["watch"])
        .exits(2)
        .says("another `updraft watch` is up in this clone (process");
    // Other runs go on beside it.
    home.write("posts/b.md", due(5, "Second"));
    home.commit();
    let mut ran = home.run(&["publish"]);
    while ran.all().contains("another run") {
        thread::yield_now();
        ran = home.run(&["publish"]);
    }
    running.terminate();
    running.end().exits(0);
    assert_eq!(bench.records().len(), 2);
}
