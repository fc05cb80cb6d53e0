//! What the accounts' servers say of a set-up.

use crate::{
    bench::{Bench, due},
    peer::Peer,
    relay::Fault,
    schema,
    work::Work,
};

both! {
    a_good_account_has_no_finding,
    a_wrong_password_is_found,
    the_main_password_is_found,
    an_unknown_handle_is_found,
    a_silent_server_is_no_proof,
}

/// The codes of what counts, and of what stands beside it, but for the workflow that is not there.
fn found(home: &Work<'_>, variables: &[(&str, &str)], code: i32) -> Vec<String> {
    let ran = home.run_with(&["doctor", "--online", "--format", "json"], variables);
    let ran = ran.exits(code);
    for secret in [
        &home.bench.account.password,
        &home.bench.account.main_password,
    ] {
        assert!(!ran.all().contains(secret), "{ran}");
    }
    let found = schema::fitting("doctor", &ran.out);
    let findings = found["findings"].as_array().unwrap().iter();
    let codes = findings.map(|finding| finding["code"].as_str().unwrap().to_owned());
    codes.filter(|code| code != "no-workflow").collect()
}

fn home(bench: &Bench) -> Work<'_> {
    let home = bench.home();
    home.write("posts/draft.md", "---\nlangs: [en]\n---\nLater\n");
    home.share();
    home
}

fn a_good_account_has_no_finding(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = home(&bench);
    assert!(found(&home, &[], 1).is_empty());
    let workflow = "jobs: { a: { steps: [{ run: updraft publish --push }] } }\n";
    home.write(".github/workflows/a.yml", workflow);
    home.run(&["doctor", "--online"])
        .exits(1)
        .says("secret-not-handed-on");
    home.write("posts/a.md", due(5, "Words"));
    let before = bench.records().len();
    home.run(&["doctor", "--online"]).exits(1);
    assert_eq!(bench.records().len(), before);
}

fn a_wrong_password_is_found(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let wrong = [("BLUESKY_APP_PASSWORD", "abcd-abcd-abcd-abcd")];
    assert_eq!(found(&home(&bench), &wrong, 1), ["login"]);
    let missing = [("BLUESKY_APP_PASSWORD", "")];
    assert_eq!(found(&bench.home(), &missing, 1), ["secret-missing"]);
}

fn the_main_password_is_found(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let main = [("BLUESKY_APP_PASSWORD", bench.account.main_password.as_str())];
    assert_eq!(found(&home(&bench), &main, 1), ["main-password"]);
}

fn an_unknown_handle_is_found(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let unknown = [("BLUESKY_HANDLE", "nobody-at-all.test")];
    assert_eq!(found(&home(&bench), &unknown, 1), ["handle"]);
}

fn a_silent_server_is_no_proof(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = home(&bench);
    let describe = "com.atproto.server.describeServer";
    bench.relay.fault(describe, (0, 1000), Fault::DropBefore);
    assert_eq!(found(&home, &[], 3), ["server-silent"]);
}
