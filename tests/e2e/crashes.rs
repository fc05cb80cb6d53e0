//! Runs that meet, runs that are killed, runs that are told to stop.

use std::time::Duration;

use crate::{
    bench::{APPLY, Bench, due, wait_until, write_hook},
    peer::Peer,
    relay::Fault,
};

both! {
    two_clones_at_once_publish_each_post_once,
    a_rename_in_one_of_two_clones_makes_no_second_post,
    a_rename_between_a_lost_write_and_its_repetition_makes_no_second_post,
    what_a_killed_run_left_answers_for_no_other_file,
    a_second_run_in_one_clone_says_so,
    killed_while_the_answer_is_on_its_way,
    killed_at_any_moment,
    killed_during_the_push,
    told_to_stop_it_finishes_the_thread_and_delivers,
    what_an_author_saves_meanwhile_is_kept,
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn four_posts(peer: &dyn Peer) -> Bench {
    let bench = Bench::new(peer);
    let home = bench.home();
    for (minutes, name) in (2..).zip(NAMES) {
        let text = format!("Post {name}\n\n---\n\nits second part");
        home.write(&format!("posts/{name}.md"), due(10 - minutes, &text));
    }
    home.share();
    bench
}

/// Whatever happened: after one more run, everything is out once and recorded.
fn assert_settles(bench: &Bench, clone: &str) {
    let tip = {
        let ran = bench.clone_as(clone).publish();
        ran.exits(0);
        bench.tip()
    };
    bench.assert_exactly_once();
    assert_eq!(bench.records().len(), 8);
    bench.relay.forget();
    bench.work(clone).publish().exits(0);
    assert!(bench.relay.requests().is_empty());
    assert_eq!(bench.tip(), tip);
}

fn two_clones_at_once_publish_each_post_once(peer: &dyn Peer) {
    let bench = four_posts(peer);
    let (one, two) = (bench.clone_as("one"), bench.clone_as("two"));
    let runs = [
        one.start(&["publish", "--push"]),
        two.start(&["publish", "--push"]),
    ];
    for run in runs {
        let ran = run.end();
        assert!(matches!(ran.code, Some(0 | 3)), "{ran}");
    }
    assert_settles(&bench, "three");
}

fn a_rename_in_one_of_two_clones_makes_no_second_post(peer: &dyn Peer) {
    let bench = four_posts(peer);
    let stale = bench.clone_as("stale");
    // The stale clone has looked at the server and is about to write when the rename arrives and
    // the other clone publishes.
    bench
        .relay
        .fault("com.atproto.server.createSession", (0, 1), Fault::Held);
    let run = stale.start(&["publish", "--push"]);
    bench.relay.wait_for_held(1);
    let home = bench.home();
    home.git(&["mv", "posts/a.md", "posts/renamed.md"]);
    home.share();
    home.publish().exits(0);
    bench.relay.release();
    let ran = run.end();
    assert!(matches!(ran.code, Some(0 | 3)), "{ran}");
    bench.relay.mend();
    assert_settles(&bench, "three");
}

/// The write of the stale clone gets lost, and before it is repeated, the other clone publishes the
/// file under its new name.
fn a_rename_between_a_lost_write_and_its_repetition_makes_no_second_post(peer: &dyn Peer) {
    let bench = four_posts(peer);
    let stale = bench.clone_as("stale");
    bench.relay.fault(APPLY, (0, 1), Fault::HeldBefore);
    let run = stale.start(&["publish", "--push"]);
    bench.relay.wait_for_held(1);
    let home = bench.home();
    home.git(&["mv", "posts/a.md", "posts/renamed.md"]);
    home.share();
    home.publish().exits(0);
    bench.relay.release();
    let ran = run.end();
    assert!(matches!(ran.code, Some(0 | 3)), "{ran}");
    bench.relay.mend();
    assert_settles(&bench, "three");
}

/// A file with its block lies in the work tree, not in git, where it has another name by now.
fn what_a_killed_run_left_answers_for_no_other_file(peer: &dyn Peer) {
    let bench = four_posts(peer);
    let home = bench.home();
    home.run(&["publish", "--no-commit"]).exits(0);
    let left = home.read("posts/a.md");
    home.git(&["checkout", "-q", "posts"]);
    home.git(&["mv", "posts/a.md", "posts/renamed.md"]);
    home.share();
    home.write("posts/a.md", left);
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert_eq!(bench.blocks()["posts/renamed.md"]["status"], "published");
}

fn a_second_run_in_one_clone_says_so(peer: &dyn Peer) {
    let bench = four_posts(peer);
    bench.relay.fault(APPLY, (0, 1), Fault::Held);
    let home = bench.home();
    let first = home.start(&["publish", "--push"]);
    bench.relay.wait_for_held(1);
    home.publish()
        .exits(3)
        .says("another run of updraft works in this clone");
    bench.relay.release();
    first.end().exits(0);
    assert_settles(&bench, "fresh");
}

fn killed_while_the_answer_is_on_its_way(peer: &dyn Peer) {
    let bench = four_posts(peer);
    let home = bench.home();
    // Two threads have their receipts by then, the third is out without anyone's knowing.
    bench.relay.fault(APPLY, (2, 1), Fault::Held);
    let run = home.start(&["publish", "--push"]);
    bench.relay.wait_for_held(1);
    run.kill();
    bench.relay.release();
    assert_eq!(bench.records().len(), 6);
    bench.relay.mend();
    // The same clone goes on, with its half-written state.
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert_settles(&bench, "fresh");
}

fn killed_at_any_moment(peer: &dyn Peer) {
    let bench = four_posts(peer);
    let home = bench.home();
    // Odd numbers, so that the moments spread over a run of any length.
    for age in [37, 83, 131, 211, 293, 397, 509, 641, 811, 1009] {
        let run = home.start(&["publish", "--push"]);
        run.kill_after(Duration::from_millis(age));
    }
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert_settles(&bench, "fresh");
}

fn killed_during_the_push(peer: &dyn Peer) {
    let bench = four_posts(peer);
    let home = bench.home();
    let (reached, go) = (bench.folder().join("reached"), bench.folder().join("go"));
    let script = format!(
        "touch '{}'; n=0; while [ ! -e '{}' ] && [ $n -lt 400 ]; do sleep 0.05; n=$((n+1)); done",
        reached.display(),
        go.display()
    );
    let hooks = format!("{}/hooks", bench.remote());
    write_hook(hooks.as_ref(), "pre-receive", &script);
    let run = home.start(&["publish", "--push"]);
    wait_until("the push begins", || reached.exists());
    run.kill();
    std::fs::write(go, "").unwrap();
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert_settles(&bench, "fresh");
}

fn told_to_stop_it_finishes_the_thread_and_delivers(peer: &dyn Peer) {
    let bench = four_posts(peer);
    let home = bench.home();
    bench.relay.fault(APPLY, (1, 1), Fault::Held);
    let run = home.start(&["publish", "--push"]);
    bench.relay.wait_for_held(1);
    run.terminate();
    // The signal needs a moment to be seen; its effect can't be watched from outside.
    std::thread::sleep(Duration::from_millis(200));
    bench.relay.release();
    run.end().exits(3).says("told to stop");
    assert_eq!(bench.records().len(), 4);
    let blocks = bench.blocks();
    assert_eq!(blocks["posts/a.md"]["status"], "published");
    assert_eq!(blocks["posts/b.md"]["status"], "published");
    assert!(blocks["posts/c.md"].is_null() && blocks["posts/d.md"].is_null());
    bench.relay.mend();
    assert_settles(&bench, "fresh");
}

fn what_an_author_saves_meanwhile_is_kept(peer: &dyn Peer) {
    let bench = four_posts(peer);
    let home = bench.home();
    bench.relay.fault(APPLY, (0, 1), Fault::Held);
    let run = home.start(&["publish", "--push"]);
    bench.relay.wait_for_held(1);
    home.edit("posts/a.md", "Post a", "Post a, better said");
    bench.relay.release();
    run.end().exits(0);
    bench.assert_exactly_once();
    let saved = home.read("posts/a.md");
    assert!(
        saved.contains("better said") && saved.contains("bluesky:"),
        "{saved}"
    );
    let committed = String::from_utf8(bench.remote_file("posts/a.md")).unwrap();
    assert!(!committed.contains("better said"), "{committed}");
    assert!(bench.texts().iter().all(|text| !text.contains("better")));
}
