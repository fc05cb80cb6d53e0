//! What posts name, asked for before they are due, without a login.

use serde_json::json;

use crate::{
    bench::{Bench, POST, Work},
    peer::Peer,
    relay::Fault,
    schema,
};

both! {
    what_posts_name_is_looked_for_without_a_login,
    what_is_gone_is_a_mistake_with_its_place,
    a_server_that_gives_no_answer_is_no_mistake,
    each_thing_is_asked_for_once,
}

const CHECK: &[&str] = &["check", "--online", "--format", "human"];
const WITHOUT_PASSWORD: &[(&str, &str)] = &[("BLUESKY_APP_PASSWORD", "")];

fn post(keys: &str, words: &str) -> String {
    format!("---\npublish_at: 2199-12-01T09:00:00Z\nlangs: [en]\n{keys}---\n{words}\n")
}

fn check(home: &Work<'_>) -> crate::bench::Ran {
    home.run_with(CHECK, WITHOUT_PASSWORD)
}

fn what_posts_name_is_looked_for_without_a_login(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let (uri, _) = bench.create_as(&stranger, POST, "", json!({ "text": "Quote me" }));
    let home = bench.home();
    home.write(
        "posts/a.md",
        post(
            &format!("quote: {uri}\n"),
            &format!("Hello @{}", stranger.handle),
        ),
    );
    bench.relay.forget();
    check(&home).exits(0).says("no mistakes in 1 file");
    let asked = bench.relay.requests();
    assert!(
        asked.iter().any(|nsid| nsid.contains("resolveHandle")),
        "{asked:?}"
    );
    assert!(
        !asked.iter().any(|nsid| nsid.contains("createSession")),
        "{asked:?}"
    );
}

fn what_is_gone_is_a_mistake_with_its_place(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let gone = format!("at://{}/{POST}/3kgonegonegon", stranger.did);
    let home = bench.home();
    home.write("posts/a.md", post("", "Hello @nobody-at-all.test"));
    home.write(
        "posts/b.md",
        format!("---\npublish_at: 2199-12-01T09:00:00Z\nrepost: {gone}\n---\n"),
    );
    home.write("posts/c.md", post("", "A page\n\nhttp://127.0.0.1:1/gone"));
    home.run(&["check"]).exits(0);
    let ran = check(&home).exits(1);
    let ran = ran.says("invalid-mention").says("posts/a.md:5:7");
    let ran = ran.says("invalid-target").says("posts/b.md:3:");
    // Nobody listens there: that is the network's trouble.
    ran.says("note: could not be asked: posts/c.md");
    let ran = home.run_with(&["check", "--online", "--format", "json"], WITHOUT_PASSWORD);
    let mistakes = schema::fitting("check", &ran.out);
    assert_eq!(mistakes.as_array().unwrap().len(), 2);
}

fn a_server_that_gives_no_answer_is_no_mistake(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", post("", "Hello @nobody-at-all.test"));
    let resolve = "com.atproto.identity.resolveHandle";
    bench.relay.fault(resolve, (0, 1000), Fault::DropBefore);
    check(&home)
        .exits(0)
        .says("note: could not be asked: posts/a.md");
}

fn each_thing_is_asked_for_once(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let stranger = peer.new_account();
    let home = bench.home();
    for name in ["a", "b", "c"] {
        let words = format!("{name}: hello @{0} and @{0}", stranger.handle);
        home.write(&format!("posts/{name}.md"), post("", &words));
    }
    bench.relay.forget();
    check(&home).exits(0);
    let asked = bench.relay.requests();
    let handles = asked.iter().filter(|nsid| nsid.contains("resolveHandle"));
    // The account itself, and the stranger.
    assert_eq!(handles.count(), 2, "{asked:?}");
}
