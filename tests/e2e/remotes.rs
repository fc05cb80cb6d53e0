//! The remote while a run is under way: it moves, refuses, or is not what it was.

use crate::{
    bench::{Bench, ago, due, write_hook},
    peer::Peer,
};

both! {
    the_remote_moved_on,
    the_file_was_renamed_on_the_remote,
    the_file_was_edited_on_the_remote,
    the_file_was_deleted_on_the_remote,
    what_was_moved_on_the_remote_is_not_missed,
    a_remote_that_refuses_and_then_does_not,
    a_branch_that_is_gone,
    a_rewritten_branch_is_refused_before_anything_goes_out,
    foreign_commits_are_refused,
    a_retry_that_was_not_pushed_is_never_dropped,
    local_changes_in_the_way_are_refused,
    another_branch_publishes_nothing,
    a_detached_head_as_a_workflow_has_it,
    the_last_run_is_finished_first,
}

/// A due post, and a pre-push hook in the clone that does something on the remote, once: the
/// rehearsed push before the first write comes first, and is let through.
fn meanwhile(peer: &dyn Peer, script: &str) -> Bench {
    meanwhile_with(peer, 5, script)
}

/// The same, due for so many minutes.
fn meanwhile_with(peer: &dyn Peer, minutes: i64, script: &str) -> Bench {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(minutes, "Words\n\n---\n\nand more"));
    home.write("posts/draft.md", "---\n---\nNot yet\n");
    home.write("notes.txt", "notes\n");
    home.share();
    let other = bench.clone_as("other");
    let script =
        format!("{script}; git add -A; git commit -qm 'Meanwhile'; git push -q origin main");
    home.while_pushing(&other.path, &script);
    bench
}

fn assert_met(bench: &Bench) {
    let log = bench.at_remote(&["log", "--format=%s", "main"]);
    assert!(log.contains("Meanwhile"), "the hook did nothing: {log}");
}

fn assert_quiet(bench: &Bench) {
    let tip = bench.tip();
    bench.relay.forget();
    bench.home().publish().exits(0);
    bench.clone_as("last").publish().exits(0);
    assert_eq!(bench.tip(), tip);
    assert!(bench.relay.requests().is_empty());
}

fn the_remote_moved_on(peer: &dyn Peer) {
    let bench = meanwhile(peer, "echo more >> notes.txt");
    bench.home().publish().exits(0);
    assert_met(&bench);
    bench.assert_exactly_once();
    assert_eq!(bench.remote_file("notes.txt"), b"notes\nmore\n");
    assert_quiet(&bench);
}

fn the_file_was_renamed_on_the_remote(peer: &dyn Peer) {
    let bench = meanwhile(peer, "git mv posts/a.md posts/b.md");
    bench.home().publish().exits(0).says("posts/b.md");
    assert_met(&bench);
    bench.assert_exactly_once();
    assert!(!bench.blocks().contains_key("posts/a.md"));
    assert_quiet(&bench);
}

fn the_file_was_edited_on_the_remote(peer: &dyn Peer) {
    let bench = meanwhile(peer, "sed -i s/Words/Sentences/ posts/a.md");
    let ran = bench.home().publish();
    assert!(matches!(ran.code, Some(0 | 3)), "{ran}");
    ran.says("posts/a.md");
    assert_met(&bench);
    bench.assert_exactly_once();
    let file = String::from_utf8(bench.remote_file("posts/a.md")).unwrap();
    assert!(file.contains("Sentences"), "{file}");
    assert_quiet(&bench);
}

fn the_file_was_deleted_on_the_remote(peer: &dyn Peer) {
    let bench = meanwhile(peer, "git rm -q posts/a.md");
    bench.home().publish().says("deleted on the remote");
    assert_met(&bench);
    assert_eq!(
        bench.blocks().keys().collect::<Vec<_>>(),
        ["posts/draft.md"]
    );
    let log = bench.at_remote(&["log", "--format=%B", "main"]);
    let rkey = bench.records()[0]
        .uri
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    assert!(log.contains(&rkey), "the URL is in no message: {log}");
    assert_quiet(&bench);
}

fn what_was_moved_on_the_remote_is_not_missed(peer: &dyn Peer) {
    let moved = format!(
        "sed -i 's/^publish_at:.*/publish_at: {}/' posts/a.md",
        ago(20)
    );
    let bench = meanwhile_with(peer, 25 * 60, &moved);
    bench
        .home()
        .publish()
        .exits(3)
        .says("it is not missed for what it was");
    assert_met(&bench);
    assert!(bench.blocks()["posts/a.md"].is_null());
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
    assert_quiet(&bench);
}

fn a_remote_that_refuses_and_then_does_not(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    let hooks = format!("{}/hooks", bench.remote());
    write_hook(
        hooks.as_ref(),
        "pre-receive",
        "echo 'main is protected' >&2; exit 1",
    );
    let ran = home.publish().exits(3).says("main is protected");
    let ran = ran.says("protected branch").says("next run");
    ran.says("published posts/a.md");
    assert!(bench.blocks()["posts/a.md"].is_null());
    let records = bench.records();
    assert_eq!(records.len(), 1);
    std::fs::remove_file(format!("{hooks}/pre-receive")).unwrap();
    bench.clone_as("fresh").publish().exits(0);
    assert_eq!(bench.records(), records);
    bench.assert_exactly_once();
    // The old clone has a commit of its own with another block for the same post.
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert_quiet(&bench);
}

fn a_branch_that_is_gone(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    bench.at_remote(&["update-ref", "-d", "refs/heads/main"]);
    home.publish().exits(3).says("no branch `main`");
    assert!(bench.records().is_empty());
}

fn a_rewritten_branch_is_refused_before_anything_goes_out(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    let tree = bench.at_remote(&["rev-parse", "main^{tree}"]);
    let root = bench.at_remote(&["commit-tree", tree.trim(), "-m", "Rewrite everything"]);
    bench.at_remote(&["update-ref", "refs/heads/main", root.trim()]);
    home.publish().exits(3);
    assert!(bench.records().is_empty());
    bench.clone_as("fresh").publish().exits(0);
    bench.assert_exactly_once();
}

fn foreign_commits_are_refused(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    home.write("notes.txt", "not pushed\n");
    home.commit();
    home.publish().exits(3).says("push them first");
    assert!(bench.records().is_empty());
    assert!(bench.relay.requests().is_empty());
}

fn a_retry_that_was_not_pushed_is_never_dropped(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    let failed = "bluesky:\n  status: failed\n  failed_at: 2199-01-01T00:00:00Z\n  source: sha256:0000000000000000\n";
    let post = due(5, "Words");
    home.write(
        "posts/a.md",
        post.replacen("\n---\n", &format!("\n{failed}---\n"), 1),
    );
    home.share();
    let other = bench.clone_as("other");
    other.write("notes.txt", "meanwhile\n");
    other.share();
    home.write("posts/a.md", post.clone());
    home.commit();
    home.publish().exits(3).says("push them first");
    assert_eq!(home.read("posts/a.md"), post);
    assert!(bench.records().is_empty());
}

fn local_changes_in_the_way_are_refused(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    let other = bench.clone_as("other");
    other.edit("posts/a.md", "Words", "Sentences");
    other.share();
    home.edit("posts/a.md", "Words", "Syllables");
    home.publish().exits(3).says("local changes are in the way");
    assert!(home.read("posts/a.md").contains("Syllables"));
    assert!(bench.records().is_empty());
}

fn another_branch_publishes_nothing(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    home.git(&["checkout", "-q", "-b", "draft"]);
    home.git(&["push", "-q", "-u", "origin", "draft"]);
    home.publish().says("only `main` publishes");
    assert!(bench.records().is_empty());
    home.write("updraft.yml", "publish_from: drafft\n");
    home.commit();
    home.git(&["push", "-q", "origin", "draft"]);
    home.publish().exits(3).says("no branch `drafft`");
    assert!(bench.records().is_empty());
    home.write("updraft.yml", "publish_from: draft\n");
    home.commit();
    home.git(&["push", "-q", "origin", "draft"]);
    home.publish().exits(0);
    assert_eq!(bench.records().len(), 1);
}

fn a_detached_head_as_a_workflow_has_it(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    home.git(&["checkout", "-q", "--detach"]);
    home.publish().exits(2).says("--branch");
    let workflow = [("GITHUB_REF_NAME", "main"), ("GITHUB_REF_TYPE", "branch")];
    home.run_with(&["publish", "--push"], &workflow).exits(0);
    bench.assert_exactly_once();
}

fn the_last_run_is_finished_first(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    // Written into the file, never committed; then committed, never pushed.
    home.run(&["publish", "--no-commit"]).exits(0);
    assert_eq!(home.block("posts/a.md")["status"], "published");
    assert!(bench.blocks()["posts/a.md"].is_null());
    bench.relay.forget();
    home.run(&["publish"]).exits(0).says("an earlier run");
    assert!(bench.blocks()["posts/a.md"].is_null());
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert!(bench.relay.requests().is_empty());
}
