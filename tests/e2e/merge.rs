//! Posts that go out as soon as they are merged.

use crate::{
    bench::{Bench, due},
    peer::Peer,
    work::Work,
};

both! {
    what_is_merged_goes_out_as_the_pull_request_said,
    a_lost_push_after_a_merge,
    a_renamed_file_keeps_the_second_of_its_merge,
    a_file_that_comes_back_is_the_same_post,
    a_shallow_clone_fetches_the_history_that_it_needs,
}

const ON_MERGE: &str = "---\npublish_at: merge\nlangs: [en]\n---\n";

fn on_merge(words: &str) -> String {
    format!("{ON_MERGE}{words}\n")
}

/// Three posts that go out on merging and one that is moved to before now, on a branch.
fn pull_request(peer: &dyn Peer) -> Bench {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/dated.md", due(-600, "A dated one"));
    home.share();
    home.git(&["switch", "-q", "-c", "posts"]);
    for name in ["one", "two", "three"] {
        home.write(&format!("posts/{name}.md"), on_merge(name));
    }
    home.write("posts/dated.md", due(5, "A dated one"));
    home.commit();
    bench
}

fn merge(bench: &Bench) {
    let home = bench.home();
    home.git(&["switch", "-q", "main"]);
    home.git(&["merge", "-q", "--no-ff", "-m", "Merge the posts", "posts"]);
    home.git(&["push", "-q", "origin", "main"]);
}

/// A clone of the remote that has the merge, and not what came of it.
fn publish_and_lose_the_push(bench: &Bench) -> Work<'_> {
    merge(bench);
    let before = bench.tip();
    bench.home().publish().exits(0);
    bench.at_remote(&["update-ref", "refs/heads/main", &before]);
    bench.clone_as("fresh")
}

fn what_is_merged_goes_out_as_the_pull_request_said(peer: &dyn Peer) {
    let bench = pull_request(peer);
    let home = bench.home();
    let checked = home.run(&["check"]).exits(0);
    checked.says(
        "4 posts go out as soon as this is merged: posts/dated.md, posts/one.md, posts/three.md, posts/two.md",
    );
    home.run(&["plan"])
        .exits(0)
        .says("when it is merged  posts/one.md");
    merge(&bench);
    home.publish().exits(0);
    assert_eq!(bench.records().len(), 4);
    bench.assert_exactly_once();
    bench.relay.forget();
    home.publish().exits(0);
    bench.clone_as("other").publish().exits(0);
    assert!(bench.relay.requests().is_empty());
}

fn a_lost_push_after_a_merge(peer: &dyn Peer) {
    let bench = pull_request(peer);
    let fresh = publish_and_lose_the_push(&bench);
    fresh.publish().exits(0).says("was out already");
    assert_eq!(bench.records().len(), 4);
    bench.assert_exactly_once();
}

fn a_renamed_file_keeps_the_second_of_its_merge(peer: &dyn Peer) {
    let bench = pull_request(peer);
    let fresh = publish_and_lose_the_push(&bench);
    fresh.git(&["mv", "posts/one.md", "posts/uno.md"]);
    fresh.edit("posts/two.md", "two", "two, and more");
    fresh.share();
    fresh.publish();
    fresh.publish().exits(0);
    assert_eq!(bench.records().len(), 4);
    bench.assert_exactly_once();
}

/// The block is lost together with the file, and the merge has another second.
fn a_file_that_comes_back_is_the_same_post(peer: &dyn Peer) {
    let bench = pull_request(peer);
    merge(&bench);
    let home = bench.home();
    home.publish().exits(0);
    home.git(&["pull", "-q"]);
    home.git(&["rm", "-q", "posts/one.md"]);
    home.share();
    home.write("posts/one.md", on_merge("one"));
    home.share();
    home.publish().exits(0).says("was out already");
    assert_eq!(bench.records().len(), 4);
    bench.assert_exactly_once();
}

fn a_shallow_clone_fetches_the_history_that_it_needs(peer: &dyn Peer) {
    let bench = pull_request(peer);
    merge(&bench);
    let home = bench.home();
    home.write("notes.txt", "notes\n");
    home.share();
    let remote = format!("file://{}", bench.remote());
    bench.git_at(
        bench.folder(),
        &["clone", "-q", "--depth", "1", &remote, "shallow"],
    );
    let shallow = bench.work("shallow");
    shallow.run(&["plan"]).exits(0).says("fetch-depth: 0");
    shallow.publish().exits(0);
    assert_eq!(bench.records().len(), 4);
    bench.assert_exactly_once();
}
