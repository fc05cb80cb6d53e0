//! Posts that look alike: each goes out, or the run asks; none is taken for another.

use chrono::{TimeDelta, Utc};

use crate::{
    bench::{Bench, Work, at, block_of, due, post_at},
    git_http::GitHttp,
    peer::Peer,
};

both! {
    the_same_words_twice_on_one_day_go_out_twice,
    weekly_posts_with_the_same_words_each_go_out,
    a_file_used_again_goes_out_again,
    a_file_used_again_in_a_shallow_clone_goes_out_again_or_asks,
    a_shallow_clone_that_can_learn_its_history_publishes,
    older_words_make_the_run_ask_and_repeat_publishes,
    older_words_make_the_run_ask_and_adopt_takes_them,
    a_copied_published_file_is_refused,
}

fn the_same_words_twice_on_one_day_go_out_twice(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/morning.md", due(600, "We are live"));
    home.write("posts/evening.md", due(5, "We are live"));
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert_eq!(bench.texts(), ["We are live", "We are live"]);
    home.publish().exits(0);
    assert_eq!(bench.records().len(), 2);
}

fn weekly_posts_with_the_same_words_each_go_out(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("updraft.yml", "late: { after: 24h, then: publish }\n");
    let week = |weeks: i64| at(Utc::now() - TimeDelta::weeks(weeks) - TimeDelta::minutes(5));
    home.write("posts/week-1.md", post_at(&week(1), "The weekly thread"));
    home.share();
    home.publish().exits(0);
    home.write("posts/week-2.md", post_at(&week(0), "The weekly thread"));
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert_eq!(bench.records().len(), 2);
}

/// A file was published, its block removed, and its time moved.
fn used_again(bench: &Bench) {
    let home = bench.home();
    home.write("posts/weekly.md", due(120, "The weekly thread"));
    home.share();
    home.publish().exits(0);
    home.write("posts/weekly.md", due(5, "The weekly thread"));
    home.share();
}

/// It went out a second time, or the run asked.
fn assert_out_again_or_asked(bench: &Bench, code: Option<i32>) {
    let block = bench.blocks()["posts/weekly.md"].clone();
    match code {
        Some(0) => {
            let records = bench.records();
            assert_eq!(records.len(), 2);
            assert_eq!(block["posts"][0]["uri"], records[1].uri);
        }
        code => {
            assert_eq!(code, Some(3));
            assert_eq!(bench.records().len(), 1);
            assert!(
                block.is_null(),
                "the old post was taken for the new: {block}"
            );
        }
    }
}

fn a_file_used_again_goes_out_again(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    used_again(&bench);
    bench.home().publish().exits(0);
    assert_out_again_or_asked(&bench, Some(0));
    bench.home().publish().exits(0);
    assert_eq!(bench.records().len(), 2);
}

fn a_file_used_again_in_a_shallow_clone_goes_out_again_or_asks(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    used_again(&bench);
    let shallow = shallow(&bench, &format!("file://{}", bench.remote()));
    // A run that neither pushes nor fetches has no more history than there is.
    let ran = shallow.run(&["publish"]).exits(3).says("--unshallow");
    shallow.git(&["push", "-q", "origin", "HEAD:main"]);
    assert_out_again_or_asked(&bench, ran.code);
}

fn a_shallow_clone_that_can_learn_its_history_publishes(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    used_again(&bench);
    let http = GitHttp::start(bench.folder(), &[]);
    bench.at_remote(&["config", "http.receivepack", "true"]);
    let shallow = shallow(&bench, &http.url("remote.git"));
    shallow.publish().exits(0);
    assert_out_again_or_asked(&bench, Some(0));
    shallow.publish().exits(0);
    assert_eq!(bench.records().len(), 2);
}

fn shallow<'a>(bench: &'a Bench, url: &str) -> Work<'a> {
    bench.git_at(
        bench.folder(),
        &["clone", "-q", "--depth=1", url, "shallow"],
    );
    let shallow = bench.work("shallow");
    assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
    shallow
}

/// The words of a due file are on the network, older than its time.
fn older_words(peer: &dyn Peer) -> Bench {
    let bench = Bench::new(peer);
    let earlier = Utc::now() - TimeDelta::hours(2);
    bench.post_by_hand(["Hello, world".to_owned()], earlier);
    let home = bench.home();
    home.write("posts/hello.md", due(5, "Hello, world"));
    home.share();
    let ran = home.publish().exits(3);
    let ran = ran
        .says("repeat: true")
        .says("updraft adopt posts/hello.md https://bsky.app/");
    ran.says("another name");
    assert_eq!(bench.records().len(), 1);
    assert!(bench.blocks()["posts/hello.md"].is_null());
    bench
}

fn older_words_make_the_run_ask_and_repeat_publishes(peer: &dyn Peer) {
    let bench = older_words(peer);
    let home = bench.home();
    let text = home.read("posts/hello.md");
    home.write(
        "posts/hello.md",
        text.replacen("---\n", "---\nrepeat: true\n", 1),
    );
    home.share();
    home.publish().exits(0);
    assert_eq!(bench.texts(), ["Hello, world", "Hello, world"]);
    assert_quiet(&bench);
}

fn older_words_make_the_run_ask_and_adopt_takes_them(peer: &dyn Peer) {
    let bench = older_words(peer);
    let home = bench.home();
    let ran = home.publish().exits(3).all();
    let command = ran.lines().find(|line| line.contains("updraft adopt"));
    let (_, command) = command.unwrap().split_once("updraft ").unwrap();
    let words: Vec<&str> = command.split_whitespace().collect();
    home.run(&words).exits(0);
    home.share();
    bench.assert_exactly_once();
    assert_quiet(&bench);
}

fn assert_quiet(bench: &Bench) {
    let tip = bench.tip();
    bench.relay.forget();
    bench.home().publish().exits(0);
    assert_eq!(bench.tip(), tip);
    assert!(bench.relay.requests().is_empty());
}

fn a_copied_published_file_is_refused(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Only once"));
    home.share();
    home.publish().exits(0);
    home.write("posts/copy.md", home.read("posts/a.md"));
    home.share();
    let ran = home.run(&["check"]).exits(1);
    ran.says("duplicate-uri");
    home.publish();
    assert_eq!(bench.records().len(), 1);
    assert_eq!(
        block_of(home.read("posts/copy.md").as_bytes()),
        home.block("posts/a.md")
    );
}
