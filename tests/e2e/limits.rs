//! Real rate limits: servers that count points.

use serde_json::{Value, json};

use crate::{
    bench::{APPLY, Bench, POST, due},
    peer::{Official, Peer, Sandboxed},
};

#[test]
fn sandbox_used_up_points_keep_one_account_back_and_say_until_when() {
    used_up(&Sandboxed::start_counting());
}

#[test]
fn pds_used_up_points_keep_one_account_back_and_say_until_when() {
    if let Some(peer) = Official::start_counting_or_skip() {
        used_up(&peer);
    }
}

fn used_up(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let other = peer.new_account();
    let home = bench.home();
    let (main, second) = (&bench.account.handle, &other.handle);
    let pds = &bench.relay.url();
    let accounts = format!(
        "default_account: main\naccounts:\n  main: {{ handle: {main}, pds: \"{pds}\" }}\n  \
         second: {{ handle: {second}, pds: \"{pds}\" }}\n"
    );
    home.write("updraft.yml", accounts);
    home.write("posts/a.md", due(9, "First"));
    home.write("posts/b.md", due(8, "Second"));
    let theirs = due(7, "Theirs").replacen("---\n", "---\naccount: second\n", 1);
    home.write("posts/c.md", theirs);
    home.share();
    // More than an hour has, in one request: refused, and counted.
    let many: Vec<Value> = (0..1700)
        .map(|_| json!({ "$type": format!("{APPLY}#create"), "collection": POST, "value": {} }))
        .collect();
    assert_eq!(bench.try_to_apply(&json!(many)), 429);
    let passwords = [
        ("BLUESKY_APP_PASSWORD_MAIN", bench.account.password.as_str()),
        ("BLUESKY_APP_PASSWORD_SECOND", other.password.as_str()),
    ];
    let ran = home.run_with(&["publish", "--push"], &passwords).exits(3);
    let ran = ran
        .says("posts/a.md: not published, and stays due")
        .says("Rate Limit Exceeded");
    let ran = ran
        .says("posts/b.md: not published, and stays due")
        .says("posts/c.md → ");
    ran.says("the account may try again at 20");
    let writes = bench.relay.requests();
    let writes = writes.iter().filter(|nsid| *nsid == APPLY);
    assert_eq!(writes.count(), 2, "one for each account");
    assert!(bench.records().is_empty());
    let blocks = bench.blocks();
    assert!(blocks["posts/a.md"].is_null() && blocks["posts/b.md"].is_null());
    assert_eq!(blocks["posts/c.md"]["status"], "published");
}
