//! What posts point at: it is there and open, or nothing goes out; and lost results of such posts.

use serde_json::{Value, json};

use crate::{
    bench::{APPLY, Bench, POST, ago, due},
    peer::{Account, Peer, text},
    relay::Fault,
};

both! {
    what_is_gone_fails_and_nothing_goes_out,
    a_closed_thread_takes_no_answer,
    a_limited_thread_takes_answers_of_those_it_names,
    a_post_that_nobody_may_quote_is_not_quoted,
    an_account_passes_its_own_gates,
    a_file_waits_for_the_one_it_quotes,
    a_lost_answer_to_a_repost_is_found,
    lost_results_of_an_answer_and_a_repost_are_found_under_other_names,
    a_repost_that_stands_already_makes_the_run_ask,
    a_repost_that_stands_already_can_be_adopted,
    a_repost_by_hand_is_taken_over,
    a_repost_is_undone_and_the_post_stays,
}

const REPOST: &str = "app.bsky.feed.repost";

fn post(keys: &str, words: &str) -> String {
    format!("---\npublish_at: {}\n{keys}---\n{words}\n", ago(5))
}

fn said(bench: &Bench, who: &Account, words: &str) -> (String, String) {
    bench.create_as(who, POST, "", json!({ "text": words }))
}

fn key(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap()
}

#[track_caller]
fn assert_failed(bench: &Bench, path: &str, why: &str) {
    let block = &bench.blocks()[path];
    assert_eq!(block["status"], "failed", "{block}");
    let reason = text(block, "reason");
    assert!(reason.contains(why), "{reason}");
}

fn what_is_gone_fails_and_nothing_goes_out(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let home = bench.home();
    let gone = format!("at://{}/{POST}/3kgonegonegon", stranger.did);
    home.write(
        "posts/quote.md",
        post(&format!("quote: {gone}\n"), "A\n\n---\n\nB"),
    );
    home.write(
        "posts/answer.md",
        post(&format!("reply_to: {gone}\nquotes: deny\n"), "C"),
    );
    home.write("posts/repost.md", post(&format!("repost: {gone}\n"), ""));
    home.write(
        "posts/nobody.md",
        post(
            "quote: https://bsky.app/profile/nobody.test/post/3kabc\n",
            "D",
        ),
    );
    home.write(
        "posts/list.md",
        post(
            &format!(
                "replies: [list: \"at://{}/app.bsky.graph.list/3kgonegonegon\"]\n",
                stranger.did
            ),
            "E",
        ),
    );
    home.share();
    home.publish().exits(3).says("is not there");
    for name in ["quote", "answer", "repost", "nobody", "list"] {
        assert_failed(&bench, &format!("posts/{name}.md"), "is not there");
    }
    assert_eq!(bench.records().len(), 0);
    assert_eq!(bench.records_in(REPOST).len(), 0);
    assert_eq!(bench.records_in("app.bsky.feed.postgate").len(), 0);
}

fn gate(bench: &Bench, who: &Account, uri: &str, allow: Value) {
    let value = json!({ "post": uri, "allow": allow });
    bench.create_as(who, "app.bsky.feed.threadgate", key(uri), value);
}

fn rule(name: &str) -> Value {
    json!({ "$type": format!("app.bsky.feed.threadgate#{name}Rule") })
}

/// An answer to an answer in a stranger's thread: the root's gate counts.
fn a_closed_thread_takes_no_answer(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let root = said(&bench, &stranger, "Closed");
    gate(&bench, &stranger, &root.0, json!([]));
    let this = json!({ "uri": root.0, "cid": root.1 });
    let second = json!({ "text": "Second", "reply": { "root": this, "parent": this } });
    let second = bench.create_as(&stranger, POST, "", second);
    let home = bench.home();
    home.write(
        "posts/a.md",
        post(&format!("reply_to: {}\n", second.0), "Hello"),
    );
    home.share();
    home.publish().exits(3).says("lets nobody reply");
    assert_failed(&bench, "posts/a.md", "lets nobody reply");
    assert_eq!(bench.records().len(), 0);
}

fn a_limited_thread_takes_answers_of_those_it_names(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let ours = &bench.account;
    let mention = |did: &str| {
        json!({ "text": "Hello you", "facets": [{ "index": { "byteStart": 6, "byteEnd": 9 },
        "features": [{ "$type": "app.bsky.richtext.facet#mention", "did": did }] }] })
    };
    let list = json!({ "name": "Friends", "purpose": "app.bsky.graph.defs#curatelist" });
    let list = bench
        .create_as(&stranger, "app.bsky.graph.list", "", list)
        .0;
    let by_list = json!({ "$type": "app.bsky.feed.threadgate#listRule", "list": list });
    let rules = [
        ("mention", rule("mention")),
        ("following", rule("following")),
        ("follower", rule("follower")),
        ("list", by_list),
    ];
    let home = bench.home();
    let mut roots = Vec::new();
    for (name, rule) in rules {
        let to_us = bench.create_as(&stranger, POST, "", mention(&ours.did)).0;
        let to_none = said(&bench, &stranger, "Hello").0;
        let root = if name == "mention" { to_us } else { to_none };
        gate(&bench, &stranger, &root, json!([rule]));
        roots.push((name, root));
    }
    let other = said(&bench, &stranger, "Not you").0;
    gate(&bench, &stranger, &other, json!([rule("mention")]));
    for (name, root) in roots.iter().chain([&("other", other)]) {
        home.write(
            &format!("posts/{name}.md"),
            post(&format!("reply_to: {root}\n"), &format!("To {name}")),
        );
    }
    home.share();
    home.publish().exits(3).says("this account may not");
    assert_eq!(bench.texts(), ["To mention"]);
    let follow = |did: &str| json!({ "subject": did });
    bench.create_as(&stranger, "app.bsky.graph.follow", "", follow(&ours.did));
    bench.create_as(ours, "app.bsky.graph.follow", "", follow(&stranger.did));
    let item = json!({ "subject": ours.did, "list": list });
    bench.create_as(&stranger, "app.bsky.graph.listitem", "", item);
    home.git(&["pull", "-q"]);
    for name in ["following", "follower", "list"] {
        home.run(&["retry", &format!("posts/{name}.md")]).exits(0);
    }
    home.share();
    home.publish().exits(0);
    assert_eq!(
        bench.texts(),
        ["To follower", "To following", "To list", "To mention"]
    );
    assert_failed(&bench, "posts/other.md", "this account may not");
}

fn a_post_that_nobody_may_quote_is_not_quoted(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let shut = said(&bench, &stranger, "Don't quote me").0;
    let value = json!({ "post": shut, "embeddingRules": [{ "$type": "app.bsky.feed.postgate#disableRule" }] });
    bench.create_as(&stranger, "app.bsky.feed.postgate", key(&shut), value);
    let home = bench.home();
    home.write("posts/a.md", post(&format!("quote: {shut}\n"), "Hello"));
    home.share();
    home.publish().exits(3);
    assert_failed(&bench, "posts/a.md", "lets nobody quote it");
    assert_eq!(bench.records().len(), 0);
}

fn an_account_passes_its_own_gates(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write(
        "posts/1.md",
        format!(
            "---\npublish_at: {}\nreplies: nobody\nquotes: deny\n---\nMine\n",
            ago(9)
        ),
    );
    home.write("posts/2.md", post("reply_to: posts/1.md\n", "My answer"));
    home.write("posts/3.md", post("quote: posts/1.md\n", "My quote"));
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
}

fn a_file_waits_for_the_one_it_quotes(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/1.md", due(9, "One, @nobody.test"));
    home.write("posts/2.md", post("quote: posts/1.md\n", "Two"));
    home.share();
    home.publish().exits(3).says("it waits for posts/1.md");
    assert_eq!(bench.records().len(), 0);
    assert!(bench.blocks()["posts/2.md"].is_null());
    home.git(&["pull", "-q"]);
    home.edit("posts/1.md", ", @nobody.test", "");
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
    let records = bench.records();
    assert_eq!(records[1].value["embed"]["record"]["uri"], records[0].uri);
}

fn a_lost_answer_to_a_repost_is_found(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let post_uri = said(&bench, &stranger, "Worth it").0;
    let home = bench.home();
    home.write("posts/a.md", post(&format!("repost: {post_uri}\n"), ""));
    home.share();
    bench.relay.fault(APPLY, (0, 1), Fault::DropAfter);
    home.publish().exits(0);
    let reposts = bench.records_in(REPOST);
    assert_eq!(reposts.len(), 1);
    let block = &bench.blocks()["posts/a.md"];
    assert_eq!(block["posts"][0]["uri"], reposts[0].uri);
    assert_eq!(block["posts"][0]["cid"], reposts[0].cid);
    let page = text(block, "url");
    assert!(page.ends_with(key(&post_uri)), "{page}");
}

fn lost_results_of_an_answer_and_a_repost_are_found_under_other_names(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let target = said(&bench, &stranger, "Worth it").0;
    let home = bench.home();
    let at = ago(5);
    home.write("posts/thread.md", due(9, "Mine"));
    home.write(
        "posts/answer.md",
        format!("---\npublish_at: {at}\nreply_to: {target}\n---\nAn answer\n\n---\n\nof two\n"),
    );
    home.write(
        "posts/inner.md",
        post(
            "reply_to: posts/thread.md\n",
            "To myself\n\n---\n\nonce more",
        ),
    );
    home.write("posts/repost.md", post(&format!("repost: {target}\n"), ""));
    home.share();
    let before = bench.tip();
    home.publish().exits(0);
    let blocks = bench.blocks();
    bench.at_remote(&["update-ref", "refs/heads/main", &before]);
    let fresh = bench.clone_as("fresh");
    for name in ["answer", "inner", "repost"] {
        fresh.git(&[
            "mv",
            &format!("posts/{name}.md"),
            &format!("posts/other-{name}.md"),
        ]);
    }
    fresh.share();
    fresh.publish().exits(0).says("another file name");
    for name in ["answer", "inner", "repost"] {
        let found = &bench.blocks()[&format!("posts/other-{name}.md")];
        assert_eq!(
            found["posts"],
            blocks[&format!("posts/{name}.md")]["posts"],
            "{name}"
        );
    }
    assert_eq!(
        (bench.records().len(), bench.records_in(REPOST).len()),
        (5, 1)
    );
}

fn a_repost_that_stands_already_makes_the_run_ask(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let (uri, cid) = said(&bench, &stranger, "Worth it");
    bench.create_as(
        &bench.account,
        REPOST,
        "",
        json!({ "subject": { "uri": uri, "cid": cid } }),
    );
    let home = bench.home();
    // Its key is newer than the file's time, but it says that it is a day old.
    home.write("posts/a.md", post(&format!("repost: {uri}\n"), ""));
    home.share();
    home.publish().exits(3).says("a repost of").says("adopt");
    assert_eq!(bench.records_in(REPOST).len(), 1);
    home.edit("posts/a.md", "repost:", "repeat: true\nrepost:");
    home.share();
    home.publish().exits(0);
    assert_eq!(bench.records_in(REPOST).len(), 2);
}

fn a_repost_that_stands_already_can_be_adopted(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let (uri, cid) = said(&bench, &stranger, "Worth it");
    let value = json!({ "subject": { "uri": uri, "cid": cid } });
    let stands = bench.create_as(&bench.account, REPOST, "", value);
    let home = bench.home();
    home.write("posts/a.md", post(&format!("repost: {uri}\n"), ""));
    home.share();
    let asked = home.publish().exits(3).says(&stands.0);
    assert!(asked.all().contains("updraft adopt"), "{asked}");
    home.run(&["adopt", "posts/a.md", &uri]).exits(2);
    home.run(&["adopt", "posts/a.md", &stands.0]).exits(0);
    let block = home.block("posts/a.md");
    assert_eq!(
        block["posts"],
        json!([{ "uri": stands.0, "cid": stands.1 }])
    );
    assert!(text(&block, "url").ends_with(key(&uri)));
    home.share();
    home.publish().exits(0);
    assert_eq!(bench.records_in(REPOST).len(), 1);
}

fn a_repost_by_hand_is_taken_over(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let (uri, cid) = said(&bench, &stranger, "Worth it");
    let now = crate::bench::at(chrono::Utc::now());
    let value = json!({ "$type": REPOST, "subject": { "uri": uri, "cid": cid }, "createdAt": now });
    let write = json!({ "$type": "com.atproto.repo.applyWrites#create", "collection": REPOST, "value": value });
    bench.apply(&json!([write]));
    let home = bench.home();
    home.write("posts/a.md", post(&format!("repost: {uri}\n"), ""));
    home.share();
    home.publish().exits(0).says("by hand");
    assert_eq!(bench.records_in(REPOST).len(), 1);
}

fn a_repost_is_undone_and_the_post_stays(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    // Reposted by its own author, so that the post lies where the repost does.
    bench.post_by_hand(["Worth it".to_owned()], chrono::Utc::now());
    let uri = bench.records()[0].uri.clone();
    let home = bench.home();
    home.write("posts/a.md", post(&format!("repost: {uri}\n"), ""));
    home.share();
    home.publish().exits(0);
    assert_eq!(bench.records_in(REPOST).len(), 1);
    let ran = home
        .run(&["retract", "posts/a.md", "--push", "--yes"])
        .exits(0);
    let ran =
        ran.says("posts/a.md: 1 repost to be undone, the post itself stays: https://bsky.app/");
    ran.says("retracted posts/a.md: 1 repost undone on Bluesky");
    assert!(bench.records_in(REPOST).is_empty());
    assert_eq!(bench.texts(), ["Worth it"]);
}
