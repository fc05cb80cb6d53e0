//! App passwords and tokens stay where they are.

use std::{fs, path::Path};

use crate::{
    bench::{APPLY, Bench, due},
    peer::Peer,
    relay::Fault,
};

both! {
    no_secret_is_printed_or_written,
    a_server_that_repeats_secrets_is_not_quoted,
    a_password_that_is_missing_is_named_whatever_else_is_wrong,
}

fn no_secret_is_printed_or_written(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    for (minutes, name) in [(9, "a"), (8, "b"), (7, "c")] {
        home.write(&format!("posts/{name}.md"), due(minutes, name));
    }
    home.share();
    let expired = Fault::refusal(400, "ExpiredToken", "Token has expired");
    bench.relay.fault(APPLY, (0, 1), expired);
    bench.relay.fault(APPLY, (0, 1), Fault::Torn);
    let ran = home.run(&["publish", "--push", "-vv"]).exits(0);
    let secrets = secrets(&bench, 4);
    assert!(ran.err.contains("applyWrites"), "-vv says nothing");
    for secret in &secrets {
        ran_without(&ran.all(), secret);
    }
    home.git(&["gc", "-q"]);
    home.git(&["repack", "-q", "-a", "-d"]);
    let objects = home.git(&["cat-file", "--batch", "--batch-all-objects", "--unordered"]);
    for secret in &secrets {
        ran_without(&objects, secret);
    }
    search(bench.folder(), &secrets);
}

fn a_server_that_repeats_secrets_is_not_quoted(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    let password = bench.account.password.clone();
    let echo = Fault::refusal(400, "InvalidRequest", &format!("{password} is wrong"));
    bench.relay.fault(APPLY, (0, 9), echo);
    let ran = home.run(&["publish", "--push", "-vv"]).exits(3);
    for secret in secrets(&bench, 2) {
        ran_without(&ran.all(), &secret);
    }
    search(bench.folder(), &[password]);
}

fn a_password_that_is_missing_is_named_whatever_else_is_wrong(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(5, "Words"));
    home.share();
    let none = [("BLUESKY_APP_PASSWORD", "")];
    let down = Fault::refusal(503, "Unavailable", "come back later");
    bench
        .relay
        .fault("com.atproto.sync.getLatestCommit", (0, 99), down);
    let ran = home.run_with(&["publish", "--push"], &none).exits(3);
    ran.says("503")
        .says("besides, BLUESKY_APP_PASSWORD is not set");
    bench.relay.mend();
    let ran = home.run_with(&["publish", "--push"], &none).exits(3);
    ran.says("BLUESKY_APP_PASSWORD");
    assert!(bench.records().is_empty());
}

fn secrets(bench: &Bench, at_least: usize) -> Vec<String> {
    let mut secrets = bench.relay.secrets();
    assert!(secrets.len() >= at_least, "the server gave no tokens");
    secrets.push(bench.account.password.clone());
    secrets
}

fn ran_without(text: &str, secret: &str) {
    assert!(!text.contains(secret), "{secret} is in:\n{text}");
    // The signature alone is as good as the token.
    let signature = secret.rsplit('.').next().unwrap_or(secret);
    assert!(!text.contains(signature), "{signature} is in:\n{text}");
}

/// Every file of the test's folder: work trees, the remote, whatever was left behind.
fn search(folder: &Path, secrets: &[String]) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, secrets);
        } else if let Ok(bytes) = fs::read(&path) {
            let text = String::from_utf8_lossy(&bytes);
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} is in {}", path.display());
            }
        }
    }
}
