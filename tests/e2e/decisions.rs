//! What is due, what is late, what is kept back, and how the run ends for it.

use serde_json::Value;

use crate::{
    bench::{Bench, due, post_at},
    peer::Peer,
};

both! {
    a_late_post_is_missed,
    a_late_post_that_is_out_is_taken_over_without_a_login,
    a_late_post_goes_out_where_the_policy_says_so,
    a_missed_post_goes_out_at_a_new_time,
    paused_and_held_posts_stay,
    an_updraft_yml_that_nobody_reviewed_decides_nothing,
    a_post_in_doubt_leaves_its_turn_to_the_next,
    what_is_not_in_git_stays_unless_allowed,
    a_broken_due_file_fails_the_run_and_stops_no_other,
    a_broken_file_that_is_not_due_is_a_warning,
    only_and_limit_choose,
    without_a_commit_the_result_is_in_the_file,
    without_a_repository,
    without_a_secret,
    a_wrong_password,
    one_account_that_fails_stops_no_other,
    a_mention_of_nobody_fails_or_stays_text,
    a_dry_run_and_a_plan_touch_nothing,
}

fn one(peer: &dyn Peer, minutes: i64) -> Bench {
    let bench = Bench::new(peer);
    bench.home().write("posts/a.md", due(minutes, "Words"));
    bench.home().share();
    bench
}

const DAY: i64 = 24 * 60;

fn a_late_post_is_missed(peer: &dyn Peer) {
    let bench = one(peer, DAY + 10);
    bench.home().publish().exits(3).says("missed");
    assert!(bench.records().is_empty());
    let block = &bench.blocks()["posts/a.md"];
    assert_eq!(block["status"], "missed");
    assert!(block["missed_at"].is_string() && block["posts"].is_null());
    bench.relay.forget();
    bench.home().publish().exits(0);
    assert!(bench.relay.requests().is_empty());
}

fn a_late_post_that_is_out_is_taken_over_without_a_login(peer: &dyn Peer) {
    let bench = one(peer, DAY - 1);
    let before = bench.tip();
    bench.home().publish().exits(0);
    bench.at_remote(&["update-ref", "refs/heads/main", &before]);
    let fresh = bench.clone_as("fresh");
    // As if a day had gone by: the limit moves instead of the clock.
    fresh.write("updraft.yml", "late: { after: 1h, then: miss }\n");
    fresh.share();
    bench.relay.forget();
    fresh
        .run_with(&["publish", "--push"], &[("BLUESKY_APP_PASSWORD", "")])
        .exits(0);
    bench.assert_exactly_once();
    let logins = bench.relay.requests();
    assert!(
        !logins.iter().any(|nsid| nsid.ends_with("createSession")),
        "{logins:?}"
    );
}

fn a_late_post_goes_out_where_the_policy_says_so(peer: &dyn Peer) {
    let bench = one(peer, 3 * DAY);
    let home = bench.home();
    home.write("updraft.yml", "late: { then: publish }\n");
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
}

fn a_missed_post_goes_out_at_a_new_time(peer: &dyn Peer) {
    let bench = one(peer, 3 * DAY);
    let home = bench.home();
    home.publish().exits(3);
    let text = home.read("posts/a.md");
    let line = text.lines().nth(1).unwrap().to_owned();
    // Due after the verdict: whole seconds, so the next one.
    let soon = chrono::Utc::now() + chrono::TimeDelta::seconds(1);
    home.edit(
        "posts/a.md",
        &line,
        &format!("publish_at: {}", crate::bench::at(soon)),
    );
    home.share();
    crate::bench::wait_until("the post is due", || chrono::Utc::now() >= soon);
    home.publish().exits(0);
    bench.assert_exactly_once();
}

fn paused_and_held_posts_stay(peer: &dyn Peer) {
    let bench = one(peer, 3 * DAY);
    let home = bench.home();
    home.write("updraft.yml", "paused: the conference slipped\n");
    home.share();
    home.publish().exits(0).says("the conference slipped");
    home.run(&["plan"]).exits(0).says("the conference slipped");
    assert!(bench.blocks()["posts/a.md"].is_null());
    home.write("updraft.yml", "langs: [en]\n");
    home.edit("posts/a.md", "publish_at", "hold: true\npublish_at");
    home.share();
    home.publish().exits(0);
    assert!(bench.blocks()["posts/a.md"].is_null());
    assert!(bench.relay.requests().is_empty());
}

fn an_updraft_yml_that_nobody_reviewed_decides_nothing(peer: &dyn Peer) {
    let bench = one(peer, 5);
    let home = bench.home();
    home.write("updraft.yml", "langs: [en]\n");
    home.share();
    // As a run leaves it that was killed while it moved the work tree.
    home.write("updraft.yml", "paused: the conference slipped\n");
    home.git(&["add", "updraft.yml"]);
    home.publish()
        .exits(3)
        .says("updraft.yml differs from the last commit");
    let dirty = home.run(&["publish", "--push", "--allow-dirty"]);
    dirty.exits(0).says("the conference slipped");
    assert!(bench.records().is_empty());
    home.git(&["checkout", "-q", "HEAD", "--", "updraft.yml"]);
    home.publish().exits(0);
    bench.assert_exactly_once();
}

fn a_post_in_doubt_leaves_its_turn_to_the_next(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    let settings = format!(
        "accounts:\n  main:\n    handle: {}\n    pds: {}\n    app_password_env: BLUESKY_APP_PASSWORD\n    spacing: 20m\n",
        bench.account.handle,
        bench.relay.url()
    );
    home.write("updraft.yml", settings);
    for (name, minutes, words) in [("a", 9, "Good morning"), ("b", 8, "News"), ("c", 7, "More")] {
        home.write(&format!("posts/{name}.md"), due(minutes, words));
    }
    home.share();
    let before = chrono::Utc::now() - chrono::TimeDelta::hours(1);
    bench.post_by_hand(["Good morning".to_owned()], before);
    home.publish()
        .exits(3)
        .says("posts/a.md")
        .says("published posts/b.md");
    // The third has to wait, now that one is out.
    home.publish().exits(0);
    assert_eq!(bench.texts(), ["Good morning", "News"]);
}

fn what_is_not_in_git_stays_unless_allowed(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.run(&["publish"])
        .exits(3)
        .says("--allow-dirty")
        .says("not in git");
    home.commit();
    home.edit("posts/a.md", "Words", "Other words");
    home.run(&["publish"])
        .exits(3)
        .says("--allow-dirty")
        .says("differs");
    assert!(bench.relay.requests().is_empty());
    home.run(&["publish", "--allow-dirty"]).exits(0);
    assert_eq!(bench.texts(), ["Other words"]);
    // The commit holds the block, and the author's change is still the author's.
    let committed = home.git(&["show", "HEAD:posts/a.md"]);
    assert!(
        committed.contains("bluesky:") && !committed.contains("Other"),
        "{committed}"
    );
    assert!(home.read("posts/a.md").contains("Other words"));
    assert_eq!(home.block("posts/a.md")["status"], "published");
}

fn a_broken_due_file_fails_the_run_and_stops_no_other(peer: &dyn Peer) {
    let bench = one(peer, 5);
    let home = bench.home();
    home.write("posts/broken.md", due(6, "![](media/nothing.png)"));
    home.write("posts/unreadable-time.md", post_at("someday", "When?"));
    home.share();
    let ran = home.publish().exits(3);
    let ran = ran.says("posts/broken.md").says("posts/unreadable-time.md");
    ran.says("published posts/a.md");
    assert_eq!(bench.texts(), ["Words"]);
}

fn a_broken_file_that_is_not_due_is_a_warning(peer: &dyn Peer) {
    let bench = one(peer, 5);
    let home = bench.home();
    home.write("posts/later.md", due(-60, "![](media/nothing.png)"));
    home.share();
    let ran = home.publish().exits(0);
    ran.says("warning: posts/later.md").says("updraft check");
    assert_eq!(bench.texts(), ["Words"]);
}

fn only_and_limit_choose(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    for (minutes, name) in [(9, "a"), (8, "b"), (7, "c"), (-60, "later")] {
        home.write(&format!("posts/{name}.md"), due(minutes, name));
    }
    home.share();
    home.run(&[
        "publish",
        "--push",
        "--only",
        "posts/b.md",
        "posts/later.md",
    ])
    .exits(0);
    assert_eq!(bench.texts(), ["b"]);
    home.run(&["publish", "--push", "--limit", "1"]).exits(0);
    assert_eq!(bench.texts(), ["a", "b"]);
    home.publish().exits(0);
    assert_eq!(bench.texts(), ["a", "b", "c"]);
}

fn without_a_commit_the_result_is_in_the_file(peer: &dyn Peer) {
    let bench = one(peer, 5);
    let home = bench.home();
    let head = home.head();
    home.run(&["publish", "--no-commit", "--push"]).exits(2);
    home.run(&["publish", "--no-commit"]).exits(0);
    assert_eq!(home.head(), head);
    let record = &bench.records()[0];
    assert_eq!(home.block("posts/a.md")["posts"][0]["uri"], record.uri);
    home.run(&["publish", "--no-commit"]).exits(0);
    assert_eq!(bench.records().len(), 1);
}

fn without_a_repository(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let plain = bench.work("plain");
    plain.write("posts/a.md", due(5, "Words"));
    plain.run(&["publish"]).exits(2).says("--no-commit");
    assert!(bench.relay.requests().is_empty());
    plain.run(&["publish", "--no-commit"]).exits(0);
    assert_eq!(
        plain.block("posts/a.md")["posts"][0]["uri"],
        bench.records()[0].uri
    );
    plain.run(&["publish", "--no-commit"]).exits(0);
    assert_eq!(bench.records().len(), 1);
}

fn without_a_secret(peer: &dyn Peer) {
    let bench = one(peer, 5);
    let home = bench.home();
    let no_password = [("BLUESKY_APP_PASSWORD", "")];
    let ran = home.run_with(&["publish", "--push"], &no_password).exits(3);
    ran.says("posts/a.md").says("BLUESKY_APP_PASSWORD");
    let nothing = [("BLUESKY_APP_PASSWORD", ""), ("BLUESKY_HANDLE", "")];
    home.run_with(&["publish", "--push"], &nothing)
        .exits(3)
        .says("BLUESKY_HANDLE");
    assert!(bench.blocks()["posts/a.md"].is_null());
    home.publish().exits(0);
    bench.relay.forget();
    home.run_with(&["publish", "--push"], &no_password).exits(0);
    home.run_with(&["publish", "--push"], &nothing).exits(0);
    assert!(bench.relay.requests().is_empty());
}

fn a_wrong_password(peer: &dyn Peer) {
    let bench = one(peer, 5);
    let home = bench.home();
    home.write("posts/b.md", due(4, "More words"));
    home.share();
    let wrong = [("BLUESKY_APP_PASSWORD", "aaaa-bbbb-cccc-dddd")];
    let ran = home.run_with(&["publish", "--push"], &wrong).exits(3);
    let ran = ran
        .says("Invalid identifier or password")
        .says("BLUESKY_APP_PASSWORD");
    ran.says("posts/a.md")
        .says("posts/b.md")
        .keeps_quiet_about("aaaa-bbbb");
    assert!(bench.blocks().values().all(Value::is_null));
    // Guessing further would lock the account.
    let logins = bench.relay.requests();
    assert_eq!(
        logins
            .iter()
            .filter(|nsid| nsid.ends_with("createSession"))
            .count(),
        1
    );
}

fn one_account_that_fails_stops_no_other(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    let other = peer.new_account();
    home.write(
        "updraft.yml",
        format!(
            "default_account: main\naccounts:\n  aaa:\n    handle: {}\n    pds: {url}\n  main:\n    handle: {}\n    pds: {url}\n",
            other.handle,
            bench.account.handle,
            url = bench.relay.url(),
        ),
    );
    let theirs = due(9, "Theirs").replacen("---\n", "---\naccount: aaa\n", 1);
    home.write("posts/theirs.md", theirs);
    home.write("posts/ours.md", due(8, "Ours"));
    home.share();
    let ours = ("BLUESKY_APP_PASSWORD_MAIN", bench.account.password.as_str());
    let wrong = [ours, ("BLUESKY_APP_PASSWORD_AAA", "aaaa-bbbb-cccc-dddd")];
    let ran = home.run_with(&["publish", "--push"], &wrong).exits(3);
    ran.says("posts/theirs.md").says("BLUESKY_APP_PASSWORD_AAA");
    assert_eq!(bench.texts(), ["Ours"]);
    let right = [ours, ("BLUESKY_APP_PASSWORD_AAA", other.password.as_str())];
    home.run_with(&["publish", "--push"], &right).exits(0);
    let uri = bench.blocks()["posts/theirs.md"]["posts"][0]["uri"].clone();
    assert!(uri.as_str().unwrap().contains(&other.did), "{uri}");
}

fn a_mention_of_nobody_fails_or_stays_text(peer: &dyn Peer) {
    let bench = one(peer, 5);
    let home = bench.home();
    home.write("posts/nobody.md", due(6, "Thanks to @nobody-there.test"));
    home.share();
    home.publish().exits(3).says("@nobody-there.test");
    assert_eq!(bench.texts(), ["Words"]);
    assert_eq!(bench.blocks()["posts/nobody.md"]["status"], "failed");
    home.write("updraft.yml", "mentions: plain\n");
    home.run(&["retry", "posts/nobody.md"]).exits(0);
    home.share();
    home.publish().exits(0).says("plain text");
    bench.assert_exactly_once();
    let records = bench.records();
    let post = records
        .iter()
        .find(|record| record.value["text"] != "Words");
    assert!(post.unwrap().value.get("facets").is_none());
}

fn a_dry_run_and_a_plan_touch_nothing(peer: &dyn Peer) {
    let bench = one(peer, 5);
    let home = bench.home();
    let tip = bench.tip();
    for command in [
        &["publish", "--dry-run"][..],
        &["publish", "--push", "--dry-run"],
        &["plan"],
    ] {
        home.run(command).exits(0).says("posts/a.md");
    }
    assert!(bench.relay.requests().is_empty() && bench.records().is_empty());
    assert_eq!((home.head(), bench.tip()), (tip.clone(), tip));
    assert_eq!(home.git(&["status", "--porcelain"]), "");
}
