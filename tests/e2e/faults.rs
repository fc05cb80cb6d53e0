//! The server fails in every way it can, for a request of every kind.

use image::ImageFormat;
use serde_json::Value;

use crate::{
    bench::{APPLY, Bench, Ran, due},
    calendar::picture,
    peer::Peer,
    relay::Fault,
};

both! {
    a_write_that_fails_is_never_lost_and_never_doubled,
    a_picture_that_fails_is_never_lost,
    a_login_that_fails_leaves_everything_due,
    a_look_that_fails_once_is_repeated,
    a_look_that_fails_publishes_nothing,
    writes_that_are_never_answered_are_looked_up,
    writes_that_are_never_done_stay_due,
    a_clock_that_disagrees_publishes_nothing,
    doubt_that_lasts_marks_nothing,
    an_expired_token_is_renewed,
    points_that_have_run_out_leave_everything_due,
    a_limit_that_ends_soon_is_waited_for,
    points_that_will_not_do_are_not_tried,
    a_refused_record_fails_alone_and_goes_out_when_it_changes,
    a_failed_post_goes_out_after_retry,
    another_writer_between_look_and_write_is_seen,
}

fn two_posts(peer: &dyn Peer) -> Bench {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "One\n\n![Red](red.png)\n\n---\n\nTwo"));
    home.write("posts/red.png", picture(ImageFormat::Png, [200, 0, 0]));
    home.write("posts/b.md", due(4, "Another"));
    home.share();
    bench
}

pub(crate) fn all_kinds() -> Vec<Fault> {
    let status = |status| Fault::refusal(status, "InternalServerError", "Internal Server Error");
    vec![
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Torn,
        status(500),
        status(502),
        status(503),
    ]
}

/// Each fault in a run of its own, with two new posts, then a clean run.
fn each_fault(peer: &dyn Peer, nsid: &str, faults: Vec<Fault>) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/red.png", picture(ImageFormat::Png, [200, 0, 0]));
    for (round, fault) in (1..).zip(faults) {
        let new = [format!("posts/{round}-a.md"), format!("posts/{round}-b.md")];
        let thread = format!("Round {round}\n\n![Red](red.png)\n\n---\n\nTwo");
        home.write(&new[0], due(20 - round, &thread));
        home.write(&new[1], due(10 - round, &format!("Another {round}")));
        home.share();
        bench.relay.fault(nsid, (0, 1), fault.clone());
        let ran = home.publish();
        assert_honest(&bench, &new, &ran, &fault);
        bench.relay.mend();
        home.publish().exits(0);
        bench.assert_exactly_once();
        assert_eq!(bench.records().len(), 3 * round as usize, "{fault:?}");
    }
}

/// A run with a fault may mend it itself; it must not hide what it could not mend.
fn assert_honest(bench: &Bench, new: &[String], ran: &Ran, fault: &Fault) {
    let blocks = bench.blocks();
    let blocks: Vec<&Value> = new.iter().map(|path| &blocks[path]).collect();
    let out: Vec<_> = blocks.iter().filter(|block| !block.is_null()).collect();
    for block in &out {
        assert_eq!(block["status"], "published", "{fault:?}: {block}\n{ran}");
    }
    let code = if out.len() == 2 { 0 } else { 3 };
    assert_eq!(ran.code, Some(code), "{fault:?}: {blocks:?}\n{ran}");
}

fn a_write_that_fails_is_never_lost_and_never_doubled(peer: &dyn Peer) {
    each_fault(peer, APPLY, all_kinds());
}

fn a_picture_that_fails_is_never_lost(peer: &dyn Peer) {
    each_fault(peer, "com.atproto.repo.uploadBlob", all_kinds());
}

fn a_login_that_fails_leaves_everything_due(peer: &dyn Peer) {
    each_fault(peer, "com.atproto.server.createSession", all_kinds());
}

fn a_look_that_fails_once_is_repeated(peer: &dyn Peer) {
    let dropped = vec![Fault::DropAfter, Fault::Torn];
    each_fault(peer, "com.atproto.repo.listRecords", dropped);
    let refused = vec![
        Fault::refusal(500, "InternalServerError", "no"),
        Fault::Torn,
    ];
    each_fault(peer, "com.atproto.repo.getRecord", refused);
}

fn a_look_that_fails_publishes_nothing(peer: &dyn Peer) {
    let bench = two_posts(peer);
    for nsid in [
        "com.atproto.repo.getRecord",
        "com.atproto.repo.listRecords",
        "com.atproto.sync.getLatestCommit",
    ] {
        let fault = Fault::refusal(502, "BadGateway", "no");
        bench.relay.fault(nsid, (0, 1000), fault);
        let ran = bench.home().publish().exits(3);
        ran.says("posts/a.md").says("posts/b.md");
        assert!(bench.records().is_empty(), "{nsid}");
        assert!(bench.blocks().values().all(Value::is_null), "{nsid}");
        bench.relay.mend();
    }
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
}

fn writes_that_are_never_answered_are_looked_up(peer: &dyn Peer) {
    let bench = two_posts(peer);
    bench.relay.fault(APPLY, (0, 1000), Fault::DropAfter);
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
    assert_eq!(bench.records().len(), 3);
}

fn writes_that_are_never_done_stay_due(peer: &dyn Peer) {
    let bench = two_posts(peer);
    bench.relay.fault(APPLY, (0, 1000), Fault::DropBefore);
    let ran = bench.home().publish().exits(3);
    ran.says("posts/a.md").says("posts/b.md").says("stays due");
    assert!(bench.blocks().values().all(Value::is_null));
    bench.relay.mend();
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
}

fn a_clock_that_disagrees_publishes_nothing(peer: &dyn Peer) {
    let bench = two_posts(peer);
    let old = (chrono::Utc::now() - chrono::TimeDelta::minutes(10)).to_rfc2822();
    let date = old.replace("+0000", "GMT");
    bench.relay.fault(
        "com.atproto.sync.getLatestCommit",
        (0, 1000),
        Fault::Headers(vec![("date", date.clone())]),
    );
    for nsid in [
        "com.atproto.identity.resolveHandle",
        "com.atproto.repo.listRecords",
        "com.atproto.repo.getRecord",
    ] {
        bench.relay.fault(
            nsid,
            (0, 1000),
            Fault::Headers(vec![("date", date.clone())]),
        );
    }
    bench.home().publish().exits(3).says("clock");
    assert!(bench.records().is_empty());
    assert!(bench.blocks().values().all(Value::is_null));
    bench.relay.mend();
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
}

fn doubt_that_lasts_marks_nothing(peer: &dyn Peer) {
    let bench = two_posts(peer);
    // The write happens, its answer is lost, and nobody can be asked about it.
    bench.relay.fault(APPLY, (0, 1), Fault::DropAfter);
    let looks = 8 + 2;
    let unknown = Fault::refusal(503, "Unavailable", "come back later");
    bench.relay.fault(
        "com.atproto.sync.getLatestCommit",
        (1, 1000),
        unknown.clone(),
    );
    bench
        .relay
        .fault("com.atproto.repo.getRecord", (looks, 1000), unknown);
    bench
        .home()
        .publish()
        .exits(3)
        .says("posts/a.md")
        .says("posts/b.md");
    assert!(bench.blocks()["posts/a.md"].is_null());
    bench.relay.mend();
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
    assert_eq!(bench.records().len(), 3);
}

fn an_expired_token_is_renewed(peer: &dyn Peer) {
    let bench = two_posts(peer);
    let expired = Fault::refusal(400, "ExpiredToken", "Token has expired");
    bench.relay.fault(APPLY, (0, 1), expired.clone());
    bench
        .relay
        .fault("com.atproto.repo.uploadBlob", (0, 1), expired);
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
    let renewals = bench.relay.requests();
    let renewals = renewals
        .iter()
        .filter(|nsid| nsid.ends_with("refreshSession"));
    assert_eq!(renewals.count(), 2);
}

fn points_that_have_run_out_leave_everything_due(peer: &dyn Peer) {
    let bench = two_posts(peer);
    let body = r#"{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}"#;
    let headers = vec![("retry-after", "3600".to_owned())];
    bench
        .relay
        .fault(APPLY, (0, 1000), Fault::Status(429, headers, body.into()));
    bench.home().publish().exits(3).says("Rate Limit Exceeded");
    let writes = bench.relay.requests();
    assert_eq!(writes.iter().filter(|nsid| *nsid == APPLY).count(), 1);
    assert!(bench.blocks().values().all(Value::is_null));
    bench.relay.mend();
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
}

fn a_limit_that_ends_soon_is_waited_for(peer: &dyn Peer) {
    let bench = two_posts(peer);
    let headers = vec![("retry-after", "1".to_owned())];
    let limit = Fault::Status(429, headers, r#"{"error":"RateLimitExceeded"}"#.into());
    bench.relay.fault(APPLY, (0, 2), limit.clone());
    bench.home().publish().exits(0).says("waiting 1 s");
    bench.assert_exactly_once();
    bench.home().write("posts/c.md", due(3, "A third"));
    bench.home().share();
    bench.relay.fault(APPLY, (0, 1), limit);
    let impatient = ["publish", "--push", "--max-wait", "0s"];
    bench.home().run(&impatient).exits(3).says("posts/c.md");
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
}

/// After the first of two threads the server says that the hour's points are used up.
fn points_that_will_not_do_are_not_tried(peer: &dyn Peer) {
    let bench = two_posts(peer);
    let resets = (chrono::Utc::now() + chrono::TimeDelta::minutes(30)).timestamp();
    let headers = vec![
        ("ratelimit-limit", "5000".to_owned()),
        ("ratelimit-remaining", "2".to_owned()),
        ("ratelimit-reset", resets.to_string()),
    ];
    bench.relay.fault(APPLY, (0, 1), Fault::Headers(headers));
    let ran = bench.home().publish().exits(3);
    ran.says("posts/b.md: not published, and stays due: the account has used up its points");
    let writes = bench.relay.requests();
    assert_eq!(writes.iter().filter(|nsid| *nsid == APPLY).count(), 1);
    bench.home().publish().exits(0);
    bench.assert_exactly_once();
}

fn refusal() -> Fault {
    let message = "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.writes[0].record.text";
    Fault::refusal(400, "InvalidRequest", message)
}

fn a_refused_record_fails_alone_and_goes_out_when_it_changes(peer: &dyn Peer) {
    let bench = two_posts(peer);
    let home = bench.home();
    bench.relay.fault(APPLY, (0, 1), refusal());
    home.publish().exits(3).says("grapheme too big");
    let blocks = bench.blocks();
    assert_eq!(blocks["posts/a.md"]["status"], "failed");
    assert_eq!(blocks["posts/b.md"]["status"], "published");
    bench.relay.forget();
    home.publish().exits(0);
    assert!(
        bench.relay.requests().is_empty(),
        "it is not tried again by itself"
    );
    home.edit("posts/a.md", "Two", "The second");
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
}

fn a_failed_post_goes_out_after_retry(peer: &dyn Peer) {
    let bench = two_posts(peer);
    let home = bench.home();
    bench.relay.fault(APPLY, (0, 1), refusal());
    home.publish().exits(3);
    home.run(&["retry", "posts/a.md"])
        .exits(0)
        .says("due at the next run");
    home.share();
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert_eq!(bench.records().len(), 3);
}

fn another_writer_between_look_and_write_is_seen(peer: &dyn Peer) {
    let bench = two_posts(peer);
    bench
        .relay
        .fault("com.atproto.server.createSession", (0, 1), Fault::Held);
    let run = bench.home().start(&["publish", "--push"]);
    bench.relay.wait_for_held(1);
    bench.post_by_hand(["from the phone".to_owned()], chrono::Utc::now());
    bench.relay.release();
    run.end().exits(0);
    assert_eq!(bench.texts(), ["Another", "One", "Two", "from the phone"]);
}
