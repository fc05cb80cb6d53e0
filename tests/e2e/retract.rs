//! Published posts are taken back.

use serde_json::json;

use crate::{
    bench::{APPLY, Bench, POST, due},
    faults::all_kinds,
    peer::Peer,
    relay::Fault,
    schema,
    work::Work,
};

both! {
    a_thread_is_taken_back_with_its_gates_and_the_rest_stays,
    a_merged_key_takes_a_post_back_and_the_queue_goes_on,
    a_post_whose_result_was_lost_is_taken_back,
    what_was_never_out_never_goes_out,
    what_is_gone_already_is_recorded_without_a_login,
    a_deletion_that_fails_is_made_good,
    a_run_that_dies_after_the_deletion_is_finished_by_the_next,
    what_a_backup_brings_back_is_named_and_deleted_once_more,
    words_posted_by_hand_are_nobodys_to_delete,
    the_verb_fails_where_nothing_is_deleted,
    what_keeps_a_retraction_back,
    a_retraction_reaches_a_remote_that_moved,
    the_records_of_another_account_are_not_touched,
}

const GATES: [&str; 2] = ["app.bsky.feed.threadgate", "app.bsky.feed.postgate"];

/// A thread with gates and another post, both out.
fn published(peer: &dyn Peer) -> Bench {
    let bench = Bench::new(peer);
    let home = bench.home();
    let thread =
        due(5, "One\n\n---\n\nTwo").replacen("---\n", "---\nreplies: nobody\nquotes: deny\n", 1);
    home.write("posts/a.md", thread);
    home.write("posts/b.md", due(4, "Another"));
    home.share();
    home.publish().exits(0);
    assert_eq!(bench.records().len(), 3);
    assert_eq!(bench.records_in(GATES[0]).len(), 1);
    assert_eq!(bench.records_in(GATES[1]).len(), 2);
    bench
}

fn ask(home: &Work<'_>) {
    let text = home.read("posts/a.md");
    home.write(
        "posts/a.md",
        text.replacen("---\n", "---\nretract: true\n", 1),
    );
}

#[track_caller]
fn assert_taken_back(bench: &Bench) {
    assert_eq!(bench.texts(), ["Another"]);
    for gate in GATES {
        assert!(bench.records_in(gate).is_empty(), "{gate}");
    }
    let block = &bench.blocks()["posts/a.md"];
    assert_eq!(block["status"], "retracted", "{block}");
    assert!(block["retracted_at"].is_string(), "{block}");
    assert!(block["published_at"].is_string(), "{block}");
    let posts = block["posts"].as_array().unwrap();
    assert_eq!(posts.len(), 2);
    assert!(
        posts
            .iter()
            .all(|part| part["deleted"] == true && part["cid"].is_string())
    );
    bench.relay.forget();
    let tip = bench.tip();
    bench.home().publish().exits(0);
    assert_eq!(bench.tip(), tip);
    assert!(bench.relay.requests().is_empty());
}

fn a_thread_is_taken_back_with_its_gates_and_the_rest_stays(peer: &dyn Peer) {
    let bench = published(peer);
    let home = bench.home();
    home.write("posts/c.md", due(3, "Due, and not asked for"));
    home.share();
    let retract = ["retract", "posts/a.md", "--push"];
    home.run(&retract).exits(2).says("--yes");
    let dry = home.run(&["retract", "posts/a.md", "--dry-run"]).exits(0);
    dry.says("2 posts to be deleted");
    assert_eq!(bench.records().len(), 3);
    let ran = home.run(&[&retract[..], &["--yes"]].concat()).exits(0);
    ran.says("retracted posts/a.md: 2 posts deleted on Bluesky")
        .says("1 post retracted");
    let subject = bench.at_remote(&["log", "-1", "--format=%s", "main"]);
    assert_eq!(subject.trim(), "Retract posts/a.md");
    assert!(bench.blocks()["posts/c.md"].is_null());
    let again = home.run(&["retract", "posts/a.md", "--yes"]).exits(0);
    again.says("gone from Bluesky already");
    home.run(&["retract", "posts/c.md", "--yes"])
        .exits(2)
        .says("not published");
    home.git(&["rm", "-q", "posts/c.md"]);
    home.share();
    assert_taken_back(&bench);
}

fn a_merged_key_takes_a_post_back_and_the_queue_goes_on(peer: &dyn Peer) {
    let bench = published(peer);
    let home = bench.home();
    ask(&home);
    home.write("posts/c.md", due(3, "A correction"));
    home.share();
    let checked = home.run(&["check"]).exits(0);
    checked.says("to be deleted on Bluesky by the next run: posts/a.md");
    home.run(&["plan"])
        .exits(0)
        .says("retract: delete it on Bluesky");
    let ran = home
        .run(&["publish", "--push", "--format", "json"])
        .exits(0);
    let json = schema::fitting("publish", &ran.out);
    let results: Vec<&str> = json["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| outcome["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["retracted", "published"]);
    assert!(ran.err.contains("published posts/c.md"), "{ran}");
    let listed = home.run(&["list", "--online", "--format", "json"]).exits(0);
    schema::fitting("list", &listed.out);
    let previewed = home.run(&["preview", "--format", "json"]).exits(0);
    schema::fitting("preview", &previewed.out);
    home.write("posts/slip.md", "---\npublish_on: tomorrow\n---\nHello\n");
    let checked = home.run(&["check", "--format", "json"]).exits(1);
    assert!(
        !schema::fitting("check", &checked.out)
            .as_array()
            .unwrap()
            .is_empty()
    );
    let planned = home.run(&["plan", "--format", "json"]).exits(0);
    schema::fitting("plan", &planned.out);
    std::fs::remove_file(home.path.join("posts/slip.md")).unwrap();
    assert_eq!(bench.texts(), ["A correction", "Another"]);
    assert_eq!(bench.blocks()["posts/c.md"]["status"], "published");
    assert_eq!(bench.blocks()["posts/a.md"]["status"], "retracted");
}

fn a_post_whose_result_was_lost_is_taken_back(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/b.md", due(4, "Another"));
    home.share();
    home.publish().exits(0);
    home.write("posts/a.md", due(5, "One\n\n---\n\nTwo"));
    home.share();
    let before = bench.tip();
    home.publish().exits(0);
    bench.at_remote(&["update-ref", "refs/heads/main", &before]);
    let fresh = bench.clone_as("fresh");
    ask(&fresh);
    fresh.share();
    fresh.publish().exits(0).says("2 posts deleted");
    assert_eq!(bench.texts(), ["Another"]);
    assert_eq!(bench.blocks()["posts/a.md"]["status"], "retracted");
}

fn what_was_never_out_never_goes_out(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "One"));
    home.write("posts/later.md", due(-60, "Later"));
    ask(&home);
    let later = home.read("posts/later.md");
    home.write(
        "posts/later.md",
        later.replacen("---\n", "---\nretract: true\n", 1),
    );
    home.share();
    home.publish()
        .exits(0)
        .says("it was not on Bluesky, and will not go out");
    assert!(bench.records().is_empty());
    assert_eq!(bench.blocks()["posts/a.md"]["status"], "retracted");
    assert!(bench.blocks()["posts/later.md"].is_null());
    home.publish().exits(0);
    assert!(bench.records().is_empty());
}

fn what_is_gone_already_is_recorded_without_a_login(peer: &dyn Peer) {
    let bench = published(peer);
    let home = bench.home();
    let block = &bench.blocks()["posts/b.md"];
    bench.delete(block["posts"][0]["uri"].as_str().unwrap());
    let asked = ["retract", "posts/b.md", "--push", "--yes"];
    let ran = home.run_with(&asked, &[("BLUESKY_APP_PASSWORD", "")]);
    ran.exits(0).says("gone from Bluesky already");
    assert_eq!(bench.blocks()["posts/b.md"]["status"], "retracted");
    assert_eq!(bench.records().len(), 2);
    // Once more is once too often, and leaves nobody anything to do.
    home.run(&asked)
        .exits(0)
        .keeps_quiet_about("commit them yourself");
}

fn a_deletion_that_fails_is_made_good(peer: &dyn Peer) {
    for fault in all_kinds() {
        let bench = published(peer);
        let home = bench.home();
        ask(&home);
        home.share();
        bench.relay.fault(APPLY, (0, 1), fault.clone());
        home.publish().exits(0);
        bench.relay.mend();
        assert_taken_back(&bench);
    }
    let bench = published(peer);
    let home = bench.home();
    ask(&home);
    home.share();
    bench.relay.fault(APPLY, (0, 1000), Fault::DropBefore);
    home.publish()
        .exits(3)
        .says("not retracted")
        .says("on Bluesky still");
    assert_eq!(bench.blocks()["posts/a.md"]["status"], "published");
    bench.relay.mend();
    home.publish().exits(0);
    assert_taken_back(&bench);
}

fn a_run_that_dies_after_the_deletion_is_finished_by_the_next(peer: &dyn Peer) {
    let bench = published(peer);
    let home = bench.home();
    ask(&home);
    home.share();
    let before = bench.tip();
    home.publish().exits(0);
    bench.at_remote(&["update-ref", "refs/heads/main", &before]);
    let fresh = bench.clone_as("fresh");
    fresh.publish().exits(0).says("gone from Bluesky already");
    home.git(&["fetch", "-q", "origin"]);
    home.git(&["reset", "-q", "--hard", "origin/main"]);
    assert_taken_back(&bench);
}

fn what_a_backup_brings_back_is_named_and_deleted_once_more(peer: &dyn Peer) {
    let bench = published(peer);
    let home = bench.home();
    let retract = ["retract", "posts/b.md", "--push", "--yes"];
    home.run(&retract).exits(0);
    home.run(&["list", "--online"])
        .exits(0)
        .says("2 of 2 published files as recorded");
    let uri = bench.blocks()["posts/b.md"]["posts"][0]["uri"].clone();
    let rkey = uri.as_str().unwrap().rsplit('/').next().unwrap();
    let record = json!({
        "$type": POST,
        "text": "Another",
        "createdAt": "2026-11-01T09:00:00.000Z",
    });
    bench.apply(&json!([{
        "$type": "com.atproto.repo.applyWrites#create",
        "collection": POST,
        "rkey": rkey,
        "value": record,
    }]));
    let listed = home.run(&["list", "--online"]).exits(1);
    listed
        .says("posts/b.md")
        .says("was retracted, and is on the server");
    home.publish().exits(0);
    assert_eq!(bench.records().len(), 3);
    home.run(&retract).exits(0).says("1 post deleted");
    assert_eq!(bench.records().len(), 2);
    home.run(&["list", "--online"]).exits(0);
}

fn words_posted_by_hand_are_nobodys_to_delete(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Said in the app"));
    ask(&home);
    home.share();
    bench.post_by_hand(["Said in the app".to_owned()], chrono::Utc::now());
    let ran = home.publish().exits(3).says("posted by hand");
    let ran = ran.says("updraft adopt posts/a.md https://bsky.app/");
    ran.keeps_quiet_about("then missed");
    assert_eq!(bench.texts(), ["Said in the app"]);
    assert!(bench.blocks()["posts/a.md"].is_null());
}

fn the_verb_fails_where_nothing_is_deleted(peer: &dyn Peer) {
    let bench = published(peer);
    let home = bench.home();
    let retract = ["retract", "posts/b.md", "--push", "--yes"];
    // Meanwhile somebody takes the file into use again: it is not to be published by this.
    let other = bench.clone_as("other");
    other.write("posts/b.md", due(2, "Another, used again"));
    other.share();
    home.run(&retract)
        .exits(3)
        .says("not retracted: posts/b.md");
    assert_eq!(bench.records().len(), 3);
    // A file that could not say what became of it.
    let home = bench.clone_as("fresh");
    let block = &bench.blocks()["posts/a.md"];
    let flow = format!("---\n{{ \"langs\": [\"en\"], \"bluesky\": {block} }}\n---\nOne\n");
    home.write("posts/a.md", flow);
    let retract = ["retract", "posts/a.md", "--yes"];
    home.run(&retract).exits(3).says("nothing was deleted");
    assert_eq!(bench.records().len(), 3);
    home.git(&["checkout", "-q", "posts/a.md"]);
    // On another branch than the one that publishes.
    home.git(&["switch", "-q", "-c", "feature"]);
    home.git(&["push", "-q", "-u", "origin", "feature"]);
    let retract = ["retract", "posts/a.md", "--push", "--yes"];
    home.run(&retract)
        .exits(3)
        .says("not retracted: posts/a.md");
    assert_eq!(bench.records().len(), 3);
}

fn what_keeps_a_retraction_back(peer: &dyn Peer) {
    let bench = published(peer);
    let home = bench.home();
    ask(&home);
    home.publish().exits(3).says("differs from the last commit");
    home.share();
    home.write("updraft.yml", "paused: a quiet week\n");
    home.share();
    home.publish().exits(0).says("a quiet week");
    let without = home.run_with(&["publish", "--push"], &[("BLUESKY_APP_PASSWORD", "")]);
    without.exits(0);
    assert_eq!(bench.records().len(), 3);
    home.git(&["rm", "-q", "updraft.yml"]);
    home.share();
    let without = home.run_with(&["publish", "--push"], &[("BLUESKY_APP_PASSWORD", "")]);
    without.exits(3).says("no app password");
    assert_eq!(bench.records().len(), 3);
    assert_eq!(bench.blocks()["posts/a.md"]["status"], "published");
    // Mistakes in the file are no reason to forget that it is to go.
    home.edit("posts/a.md", "replies: nobody", "replies: noone");
    home.share();
    home.publish()
        .exits(3)
        .says("to be retracted, but the file has errors");
    home.edit("posts/a.md", "replies: noone", "replies: nobody");
    home.share();
    home.publish().exits(0);
    assert_taken_back(&bench);
}

fn a_retraction_reaches_a_remote_that_moved(peer: &dyn Peer) {
    let bench = published(peer);
    let other = bench.clone_as("other");
    let home = bench.home();
    other.edit("posts/a.md", "Two", "Two, edited since");
    home.hook("pre-push", "#!/bin/sh\nexit 0\n");
    // Here without a push, so that the remote moves between the result and its way there.
    home.run(&["retract", "posts/a.md", "--yes"]).exits(0);
    other.share();
    home.publish().exits(0);
    let block = &bench.blocks()["posts/a.md"];
    assert_eq!(block["status"], "retracted", "{block}");
    assert!(
        String::from_utf8(bench.remote_file("posts/a.md"))
            .unwrap()
            .contains("edited since")
    );
    assert_eq!(bench.texts(), ["Another"]);
}

fn the_records_of_another_account_are_not_touched(peer: &dyn Peer) {
    let bench = published(peer);
    let home = bench.home();
    let text = home.read("posts/a.md");
    let did = &bench.account.did;
    home.write(
        "posts/a.md",
        text.replace(did.as_str(), "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"),
    );
    home.share();
    let asked = ["retract", "posts/a.md", "--push", "--yes"];
    home.run(&asked)
        .exits(3)
        .says("give the file the account that published it");
    assert_eq!(bench.records().len(), 3);
}
