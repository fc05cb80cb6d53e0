//! The branch that publishes takes no push: what its rules let through, and results beside it.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::{
    bench::{APPLY, Bench, block_of, due, wait_until, write_hook},
    git_http::GitHttp,
    github::{GitHub, TOKEN},
    peer::Peer,
    relay::Fault,
    work::Work,
};

both! {
    results_go_beside_a_branch_that_takes_no_push,
    the_branch_beside_keeps_up_with_the_other,
    a_file_that_was_edited_and_then_renamed_keeps_its_result,
    results_that_were_squashed_are_not_brought_again,
    a_branch_beside_that_was_deleted_begins_anew,
    a_retry_is_not_undone_by_what_was_squashed,
    what_nobody_reviewed_is_refused,
    a_merge_that_drops_what_was_reviewed_is_mended,
    two_runs_push_beside,
    a_file_that_is_used_again_after_the_merge_is_free_of_its_past,
    a_file_that_is_used_again_after_a_squash_is_free_of_its_past,
    a_push_beside_that_is_lost_is_made_good,
    a_branch_that_was_rewritten_has_nothing_in_common,
    the_update_button_does_no_harm,
    a_process_that_stays_up_pushes_beside,
    a_post_is_taken_back_beside,
    the_branch_that_publishes_is_not_beside_itself,
    a_deploy_key_that_is_let_past_pushes,
    what_was_taken_back_stays_so_whatever_becomes_of_its_file,
    a_branch_that_goes_back_takes_its_posts_along,
    what_is_put_on_hold_at_the_last_moment_does_not_go_out,
    a_clone_that_stays_is_never_stuck,
    a_branch_that_does_not_publish_is_left_alone,
    a_name_that_git_can_t_have_is_told_before_anything_goes_out,
    a_pull_request_that_would_conflict_is_brought_up_to_date,
    a_new_file_under_an_old_name_is_a_new_post,
    a_change_that_was_reverted_or_reviewed_is_no_matter,
    a_github_app_that_is_let_past_pushes_and_the_workflow_s_own_token_does_not,
    a_pull_request_is_opened_once,
    a_pull_request_that_can_t_be_opened_makes_the_run_fail,
}

pub const BESIDE: &str = "updraft/status";
const PUBLISH: [&str; 3] = ["publish", "--push-to", BESIDE];

/// A remote whose `main` takes no push, with these files.
fn protected(peer: &dyn Peer, files: &[(&str, String)]) -> Bench {
    let bench = Bench::new(peer);
    let home = bench.home();
    for (path, text) in files {
        home.write(path, text);
    }
    home.share();
    let hooks = format!("{}/hooks", bench.remote());
    let rule =
        "[ \"$1\" != refs/heads/main ] || { echo 'main takes pull requests alone' >&2; exit 1; }";
    write_hook(hooks.as_ref(), "update", rule);
    bench
}

/// Puts HEAD of a clone onto `main`, as whoever merges a pull request does.
#[track_caller]
fn merge(work: &Work<'_>) {
    let path = work.path.to_str().unwrap();
    work.bench
        .at_remote(&["fetch", "-q", path, "HEAD:refs/heads/main"]);
}

/// A clone of somebody who reviews.
pub fn maintainer<'a>(bench: &'a Bench, name: &str) -> Work<'a> {
    let work = bench.clone_as(name);
    work.git(&["config", "user.name", "Maintainer"]);
    work.git(&["config", "user.email", "maintainer@example.org"]);
    work
}

fn beside(bench: &Bench) -> String {
    bench.at_remote(&["rev-parse", BESIDE]).trim().to_owned()
}

fn block(bench: &Bench, branch: &str, path: &str) -> Value {
    block_of(&bench.remote_file_at(branch, path))
}

/// What the pull request shows: the files that it changes, and that nothing keeps it from merging.
#[track_caller]
fn pull_request(bench: &Bench) -> Vec<String> {
    bench.at_remote(&["merge-tree", "--write-tree", "main", BESIDE]);
    let files = bench.at_remote(&["diff", "--name-only", &format!("main...{BESIDE}")]);
    files.lines().map(str::to_owned).collect()
}

fn shallow<'a>(bench: &'a Bench, name: &str) -> Work<'a> {
    let url = format!("file://{}", bench.remote());
    bench.git_at(bench.folder(), &["clone", "-q", "--depth", "1", &url, name]);
    bench.work(name)
}

fn results_go_beside_a_branch_that_takes_no_push(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(5, "Words\n\n---\n\nand more"))]);
    let tip = bench.tip();
    // The rule speaks at the real push alone.
    let ran = bench.clone_as("slip").publish().exits(3);
    ran.says("main takes pull requests alone")
        .says("--push-to updraft/status");
    bench
        .home()
        .run(&PUBLISH)
        .exits(0)
        .says("was out already posts/a.md");
    assert_eq!(bench.tip(), tip);
    assert_eq!(bench.records().len(), 2);
    assert_eq!(block(&bench, BESIDE, "posts/a.md")["status"], "published");
    assert_eq!(pull_request(&bench), ["posts/a.md"]);
    let first = beside(&bench);
    // Whoever comes next reads it there.
    bench.relay.forget();
    bench.home().run(&PUBLISH).exits(0);
    shallow(&bench, "fresh").run(&PUBLISH).exits(0);
    assert!(bench.relay.requests().is_empty());
    assert_eq!(beside(&bench), first);
    // The pull request is merged.
    let reviewer = maintainer(&bench, "reviewer");
    reviewer.git(&[
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge it",
        &format!("origin/{BESIDE}"),
    ]);
    merge(&reviewer);
    bench.assert_exactly_once();
    let tip = bench.tip();
    bench.home().run(&PUBLISH).exits(0);
    shallow(&bench, "last").run(&PUBLISH).exits(0);
    assert!(bench.relay.requests().is_empty());
    assert_eq!((bench.tip(), beside(&bench)), (tip, first));
}

fn the_branch_beside_keeps_up_with_the_other(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    shallow(&bench, "one").run(&PUBLISH).exits(0);
    let first = beside(&bench);
    let author = maintainer(&bench, "author");
    author.git(&["mv", "posts/a.md", "posts/renamed.md"]);
    author.write("posts/b.md", due(7, "Second"));
    author.write("notes.txt", "a note");
    author.commit();
    merge(&author);
    // Nothing is brought to the remote until there is a result.
    let two = shallow(&bench, "two");
    two.run(&PUBLISH).exits(0).says("published posts/b.md");
    assert_eq!(bench.texts(), ["Second", "Words"]);
    bench.at_remote(&["merge-base", "--is-ancestor", &first, BESIDE]);
    assert_eq!(pull_request(&bench), ["posts/b.md", "posts/renamed.md"]);
    let second = beside(&bench);
    author.write("posts/c.md", due(5, "Third"));
    author.commit();
    merge(&author);
    bench.home().run(&PUBLISH).exits(0);
    two.run(&PUBLISH).exits(0);
    bench.at_remote(&["merge-base", "--is-ancestor", &second, BESIDE]);
    let reviewer = maintainer(&bench, "reviewer");
    reviewer.git(&["merge", "-q", "-m", "Merge it", &format!("origin/{BESIDE}")]);
    merge(&reviewer);
    bench.assert_exactly_once();
    assert_eq!(bench.texts().len(), 3);
    bench.relay.forget();
    for name in ["home", "one", "two"] {
        bench.work(name).run(&PUBLISH).exits(0);
    }
    assert!(bench.relay.requests().is_empty());
}

/// Takes what is beside as one commit, as GitHub's "Squash and merge" does.
pub fn squash(reviewer: &Work<'_>) {
    reviewer.git(&["pull", "-q", "origin", "main"]);
    reviewer.git(&["fetch", "-q", "origin"]);
    reviewer.git(&["merge", "-q", "--squash", &format!("origin/{BESIDE}")]);
    reviewer.git(&["commit", "-q", "-m", "Record what was published (#1)"]);
    merge(reviewer);
}

fn a_file_that_was_edited_and_then_renamed_keeps_its_result(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let author = maintainer(&bench, "author");
    author.edit(
        "posts/a.md",
        "Words",
        "Quite another text, of which no word is the same as before",
    );
    author.commit();
    author.git(&["mv", "posts/a.md", "posts/renamed.md"]);
    author.commit();
    merge(&author);
    let ran = shallow(&bench, "fresh").run(&PUBLISH).exits(0);
    ran.says("posts/a.md is now posts/renamed.md");
    squash(&maintainer(&bench, "reviewer"));
    assert_eq!(
        block(&bench, "main", "posts/renamed.md")["status"],
        "published"
    );
    assert_eq!(bench.texts(), ["Words"]);
}

fn results_that_were_squashed_are_not_brought_again(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let reviewer = maintainer(&bench, "reviewer");
    squash(&reviewer);
    reviewer.write("posts/b.md", due(5, "Second"));
    reviewer.commit();
    merge(&reviewer);
    bench.home().run(&PUBLISH).exits(0);
    assert_eq!(pull_request(&bench), ["posts/b.md"]);
    squash(&reviewer);
    bench.assert_exactly_once();
    let before = beside(&bench);
    bench.relay.forget();
    shallow(&bench, "last").run(&PUBLISH).exits(0);
    assert!(bench.relay.requests().is_empty());
    assert_eq!(beside(&bench), before);
}

fn a_branch_beside_that_was_deleted_begins_anew(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let records = bench.records();
    // Closed without being merged: what is out is recognised.
    bench.at_remote(&["update-ref", "-d", &format!("refs/heads/{BESIDE}")]);
    shallow(&bench, "fresh").run(&PUBLISH).exits(0);
    assert_eq!(bench.records(), records);
    assert_eq!(pull_request(&bench), ["posts/a.md"]);
    // Merged, and deleted as GitHub does by itself where it is told to.
    let reviewer = maintainer(&bench, "reviewer");
    squash(&reviewer);
    bench.at_remote(&["update-ref", "-d", &format!("refs/heads/{BESIDE}")]);
    reviewer.write("posts/b.md", due(5, "Second"));
    reviewer.commit();
    merge(&reviewer);
    bench.home().run(&PUBLISH).exits(0);
    assert_eq!(pull_request(&bench), ["posts/b.md"]);
    squash(&reviewer);
    bench.assert_exactly_once();
}

fn a_retry_is_not_undone_by_what_was_squashed(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let refusal = Fault::refusal(
        400,
        "InvalidRequest",
        "Invalid app.bsky.feed.post record: not this one",
    );
    bench.relay.fault(APPLY, (0, 1), refusal);
    bench.home().run(&PUBLISH).exits(3);
    assert_eq!(block(&bench, BESIDE, "posts/a.md")["status"], "failed");
    let reviewer = maintainer(&bench, "reviewer");
    squash(&reviewer);
    reviewer.run(&["retry", "posts/a.md"]).exits(0);
    reviewer.commit();
    merge(&reviewer);
    shallow(&bench, "fresh").run(&PUBLISH).exits(0);
    squash(&reviewer);
    bench.assert_exactly_once();
}

fn what_nobody_reviewed_is_refused(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let somebody = bench.clone_as("somebody");
    somebody.git(&["checkout", "-q", BESIDE]);
    somebody.write("posts/b.md", due(5, "Nobody saw this"));
    somebody.commit();
    somebody.git(&["push", "-q", "origin", BESIDE]);
    for work in [bench.home(), shallow(&bench, "fresh")] {
        let ran = work.run(&PUBLISH).exits(3);
        ran.says("posts/b.md").says("nobody has reviewed");
    }
    assert_eq!(bench.texts(), ["Words"]);
}

fn a_merge_that_drops_what_was_reviewed_is_mended(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let author = maintainer(&bench, "author");
    author.write("posts/b.md", due(5, "Second"));
    author.commit();
    merge(&author);
    // `-s ours`: it has the commit, and not what is in it.
    author.git(&["fetch", "-q"]);
    author.git(&["checkout", "-q", BESIDE]);
    author.git(&[
        "merge",
        "-q",
        "-s",
        "ours",
        "-m",
        "Merge main",
        "origin/main",
    ]);
    author.git(&["push", "-q", "origin", BESIDE]);
    let ran = shallow(&bench, "fresh").run(&PUBLISH).exits(3);
    ran.says("posts/b.md");
    assert_eq!(bench.texts(), ["Words"]);
    bench.at_remote(&["update-ref", "-d", &format!("refs/heads/{BESIDE}")]);
    shallow(&bench, "last").run(&PUBLISH).exits(0);
    assert_eq!(bench.texts(), ["Second", "Words"]);
}

fn two_runs_push_beside(peer: &dyn Peer) {
    let bench = protected(
        peer,
        &[
            ("posts/a.md", due(9, "Words")),
            ("posts/b.md", due(8, "Second")),
        ],
    );
    let home = bench.home();
    let other = bench.clone_as("other");
    // While one pushes, the other publishes: it finds the first one's records.
    let updraft = env!("CARGO_BIN_EXE_updraft");
    let publish = format!("'{updraft}' publish --push-to {BESIDE}");
    home.while_pushing(&other.path, &publish);
    home.run(&PUBLISH).exits(0);
    assert_eq!(bench.records().len(), 2);
    let pushes = std::fs::read_to_string(bench.folder().join("home.pushes")).unwrap();
    assert_eq!(pushes.lines().count(), 2, "the other never ran");
    assert_eq!(pull_request(&bench), ["posts/a.md", "posts/b.md"]);
    squash(&maintainer(&bench, "reviewer"));
    bench.assert_exactly_once();
    other.run(&PUBLISH).exits(0);
    home.run(&PUBLISH).exits(0);
    bench.assert_exactly_once();
}

fn a_file_that_is_used_again_after_the_merge_is_free_of_its_past(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let author = maintainer(&bench, "author");
    author.write("posts/b.md", due(7, "Second"));
    author.commit();
    merge(&author);
    // While a run that has a merge of both pushes the next result, the first is merged, its branch is
    // deleted, and its file is used again.
    let again = bench.folder().join("again.md");
    std::fs::write(&again, due(1, "Words of another week")).unwrap();
    let run = bench.clone_as("run");
    let script = format!(
        "git fetch -q; git merge -q --no-ff -m 'Merge it' origin/{BESIDE}\n\
         cp '{again}' posts/a.md; git commit -qam 'Use it again'; cd '{remote}'\n\
         git fetch -q '{author}' HEAD:refs/heads/main; git update-ref -d refs/heads/{BESIDE}",
        author = author.path.display(),
        again = again.display(),
        remote = bench.remote(),
    );
    run.while_pushing(&author.path, &script);
    run.run(&PUBLISH).exits(0);
    assert_eq!(bench.texts(), ["Second", "Words"]);
    shallow(&bench, "fresh").run(&PUBLISH).exits(0);
    run.run(&PUBLISH).exits(0);
    assert_eq!(bench.texts(), ["Second", "Words", "Words of another week"]);
    let records = bench.records();
    squash(&maintainer(&bench, "reviewer"));
    bench.home().run(&PUBLISH).exits(0);
    assert_eq!(bench.records(), records);
}

fn a_file_that_is_used_again_after_a_squash_is_free_of_its_past(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let author = maintainer(&bench, "author");
    squash(&author);
    author.write("posts/b.md", due(7, "Second"));
    author.commit();
    merge(&author);
    // While a run that has the squashed result twice pushes the next one, its file is used again.
    let again = bench.folder().join("again.md");
    std::fs::write(&again, due(1, "Words of another week")).unwrap();
    let run = bench.clone_as("run");
    let script = format!(
        "cp '{again}' posts/a.md; git commit -qam 'Use it again'; cd '{remote}'\n\
         git fetch -q '{author}' HEAD:refs/heads/main",
        author = author.path.display(),
        again = again.display(),
        remote = bench.remote(),
    );
    run.while_pushing(&author.path, &script);
    run.run(&PUBLISH).exits(0);
    assert_eq!(bench.texts(), ["Second", "Words"]);
    shallow(&bench, "fresh").run(&PUBLISH).exits(0);
    assert_eq!(bench.texts(), ["Second", "Words", "Words of another week"]);
    run.run(&PUBLISH).exits(0);
    squash(&maintainer(&bench, "reviewer"));
    bench.home().run(&PUBLISH).exits(0);
    assert_eq!(bench.texts().len(), 3);
}

fn a_push_beside_that_is_lost_is_made_good(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let hook = format!("{}/hooks/pre-receive", bench.remote());
    write_hook(
        format!("{}/hooks", bench.remote()).as_ref(),
        "pre-receive",
        "echo 'no room' >&2; exit 1",
    );
    let home = bench.home();
    home.run(&PUBLISH).exits(3).says("no room");
    // Meanwhile the branch goes on.
    let author = maintainer(&bench, "author");
    author.write("posts/b.md", due(5, "Second"));
    author.commit();
    merge(&author);
    home.run(&PUBLISH).exits(3).says("no room");
    std::fs::remove_file(hook).unwrap();
    shallow(&bench, "fresh").run(&PUBLISH).exits(0);
    home.run(&PUBLISH).exits(0);
    assert_eq!(bench.texts(), ["Second", "Words"]);
    squash(&maintainer(&bench, "reviewer"));
    bench.assert_exactly_once();
}

fn a_branch_that_was_rewritten_has_nothing_in_common(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let tree = bench.at_remote(&["rev-parse", "main^{tree}"]);
    let root = bench.at_remote(&["commit-tree", tree.trim(), "-m", "Rewrite everything"]);
    bench.at_remote(&["update-ref", "refs/heads/main", root.trim()]);
    let fresh = shallow(&bench, "fresh");
    fresh.run(&PUBLISH).exits(3).says("nothing in common");
    bench.at_remote(&["update-ref", "-d", &format!("refs/heads/{BESIDE}")]);
    fresh.run(&PUBLISH).exits(0);
    squash(&maintainer(&bench, "reviewer"));
    bench.assert_exactly_once();
}

fn the_update_button_does_no_harm(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let author = maintainer(&bench, "author");
    author.write("posts/b.md", due(5, "Second"));
    author.write("notes.txt", "a note");
    author.commit();
    merge(&author);
    author.git(&["fetch", "-q"]);
    author.git(&["checkout", "-q", BESIDE]);
    author.git(&["merge", "-q", "-m", "Merge branch 'main'", "origin/main"]);
    author.git(&["push", "-q", "origin", BESIDE]);
    shallow(&bench, "fresh").run(&PUBLISH).exits(0);
    bench.home().run(&PUBLISH).exits(0);
    assert_eq!(pull_request(&bench), ["posts/a.md", "posts/b.md"]);
    squash(&maintainer(&bench, "reviewer"));
    bench.assert_exactly_once();
}

fn a_process_that_stays_up_pushes_beside(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let home = bench.home();
    let running = home.start(&["watch", "--push-to", BESIDE, "--pull", "5s"]);
    wait_until("the first post is out", || {
        bench
            .try_git_at(
                bench.remote().as_ref(),
                &["rev-parse", "-q", "--verify", BESIDE],
            )
            .status
            .success()
    });
    let author = maintainer(&bench, "author");
    author.write("posts/b.md", due(5, "Second"));
    author.commit();
    merge(&author);
    wait_until("the second post is recorded", || {
        pull_request(&bench) == ["posts/a.md", "posts/b.md"]
    });
    running.terminate();
    running.end().exits(0);
    squash(&maintainer(&bench, "reviewer"));
    bench.assert_exactly_once();
}

fn a_post_is_taken_back_beside(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let home = bench.home();
    home.run(&PUBLISH).exits(0);
    squash(&maintainer(&bench, "reviewer"));
    home.git(&["pull", "-q", "--no-rebase", "origin", "main"]);
    let words = ["retract", "posts/a.md", "--yes", "--push-to", BESIDE];
    bench.clone_as("fresh").run(&words).exits(0);
    assert!(bench.records().is_empty());
    assert_eq!(block(&bench, BESIDE, "posts/a.md")["status"], "retracted");
    shallow(&bench, "last").run(&PUBLISH).exits(0);
    assert!(bench.records().is_empty());
}

fn the_branch_that_publishes_is_not_beside_itself(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let home = bench.home();
    let ran = home.run(&["publish", "--push-to", "main"]).exits(2);
    ran.says("the branch that is published from");
    home.run(&["publish", "--push-to", "up..draft"]).exits(2);
    let both = ["publish", "--push", "--push-to", BESIDE];
    home.run(&both).exits(2).says("cannot be used with");
    assert!(bench.records().is_empty());
}

fn a_deploy_key_that_is_let_past_pushes(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    // A rule with a bypass list: it knows who pushes.
    let rule = "[ \"$1\" != refs/heads/main ] || [ \"$PUSHED_BY\" = updraft ] || { echo 'main takes pull requests alone' >&2; exit 1; }";
    let hooks = format!("{}/hooks", bench.remote());
    write_hook(hooks.as_ref(), "update", rule);
    let home = bench.home();
    home.publish().exits(3);
    let records = bench.records();
    let key = [("PUSHED_BY", "updraft")];
    home.run_with(&["publish", "--push"], &key).exits(0);
    assert_eq!(bench.records(), records);
    bench.assert_exactly_once();
}

/// What GitHub Actions says of itself.
fn actions(github: &GitHub) -> [(&'static str, &str); 5] {
    [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_API_URL", &github.url),
        ("GITHUB_SERVER_URL", "https://github.example"),
        ("GITHUB_REPOSITORY", "ada/posts"),
        ("GITHUB_TOKEN", TOKEN),
    ]
}

fn a_github_app_that_is_let_past_pushes_and_the_workflow_s_own_token_does_not(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let rule = "[ \"$1\" != refs/heads/main ] || [ \"$REMOTE_USER\" = updraft-app ] || { echo 'main takes pull requests alone' >&2; exit 1; }";
    let hooks = format!("{}/hooks", bench.remote());
    write_hook(hooks.as_ref(), "update", rule);
    bench.at_remote(&["config", "http.receivepack", "true"]);
    let tokens = [("YWN0aW9ucw==", "github-actions"), ("YXBw", "updraft-app")];
    let http = GitHttp::start(bench.folder(), &tokens);
    let job = |name: &str, token: &str| {
        let url = http.url("remote.git");
        let header = format!("http.extraheader=AUTHORIZATION: basic {token}");
        let words = ["clone", "-q", "--depth", "1", "-c", &header, &url, name];
        bench.git_at(bench.folder(), &words);
        bench.work(name)
    };
    let ran = job("own", tokens[0].0).publish().exits(3);
    ran.says("main takes pull requests alone");
    // What it may do is push beside.
    job("beside", tokens[0].0).run(&PUBLISH).exits(0);
    let records = bench.records();
    job("app", tokens[1].0).publish().exits(0);
    assert_eq!(bench.records(), records);
    bench.assert_exactly_once();
}

fn a_pull_request_is_opened_once(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let open: Arc<Mutex<Vec<Value>>> = Arc::default();
    let pulls = open.clone();
    let github = GitHub::start(move |(method, path, body)| {
        let mut pulls = pulls.lock().unwrap();
        if !path.starts_with("/repos/ada/posts/pulls") {
            return ("404 Not Found", "{}".to_owned());
        }
        if method == "GET" {
            return ("200 OK", Value::from(pulls.clone()).to_string());
        }
        let branch = |name: &str| json!({ "ref": body[name] });
        pulls.push(json!({ "head": branch("head"), "base": branch("base") }));
        let made = json!({ "html_url": "https://github.example/ada/posts/pull/1" });
        ("201 Created", made.to_string())
    });
    let env = actions(&github);
    let ran = bench.home().run_with(&PUBLISH, &env).exits(0);
    ran.says("pull request with the results: https://github.example/ada/posts/pull/1")
        .keeps_quiet_about(TOKEN);
    let made = open.lock().unwrap().clone();
    assert_eq!(made.len(), 1);
    assert_eq!(
        (&made[0]["head"]["ref"], &made[0]["base"]["ref"]),
        (&json!(BESIDE), &json!("main"))
    );
    let asked = github.asked();
    assert_eq!(
        asked[0],
        "GET /repos/ada/posts/pulls?state=open&head=ada%3Aupdraft%2Fstatus&base=main"
    );
    // The next run sees it, and one after the merge asks nothing.
    shallow(&bench, "fresh").run_with(&PUBLISH, &env).exits(0);
    assert_eq!((open.lock().unwrap().len(), github.asked().len()), (1, 1));
    squash(&maintainer(&bench, "reviewer"));
    shallow(&bench, "last").run_with(&PUBLISH, &env).exits(0);
    assert!(github.asked().is_empty());
    bench.assert_exactly_once();
}

fn a_pull_request_that_can_t_be_opened_makes_the_run_fail(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let home = bench.home();
    let words = "GitHub Actions is not permitted to create or approve pull requests.";
    let closed = GitHub::start(move |(method, _, _)| match method {
        "GET" => ("200 OK", "[]".to_owned()),
        _ => ("403 Forbidden", json!({ "message": words }).to_string()),
    });
    let env = actions(&closed);
    let ran = home.run_with(&PUBLISH, &env).exits(3);
    ran.says("published posts/a.md")
        .says(words)
        .says("Allow GitHub Actions to create and approve pull requests")
        .says("https://github.example/ada/posts/compare/main...updraft/status")
        .says("::error");
    // So does each that follows, until somebody has opened it.
    home.run_with(&PUBLISH, &env).exits(3);
    let without: Vec<_> = env
        .into_iter()
        .filter(|(name, _)| *name != "GITHUB_TOKEN")
        .collect();
    home.run_with(&PUBLISH, &without)
        .exits(3)
        .says("the step has no GITHUB_TOKEN");
    let silent = GitHub::start(|_| ("502 Bad Gateway", "<html>".to_owned()));
    let ran = home.run_with(&PUBLISH, &actions(&silent)).exits(3);
    ran.says("the next run tries again");
    let raced = GitHub::start(|(method, _, _)| match method {
        "GET" => ("200 OK", "[]".to_owned()),
        _ => (
            "422 Unprocessable Entity",
            json!({
                "message": "Validation Failed",
                "errors": [{ "message": "A pull request already exists for ada:updraft/status." }],
            })
            .to_string(),
        ),
    });
    home.run_with(&PUBLISH, &actions(&raced)).exits(0);
    assert_eq!(bench.texts(), ["Words"]);
    // Elsewhere the run says where the results are.
    let author = maintainer(&bench, "author");
    author.write("posts/b.md", due(5, "Second"));
    author.commit();
    merge(&author);
    home.run(&PUBLISH)
        .exits(0)
        .says("the results are on `updraft/status`");
}

fn what_was_taken_back_stays_so_whatever_becomes_of_its_file(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    // Right after it went out: that it is out stands on the branch beside alone.
    let words = ["retract", "posts/a.md", "--yes", "--push-to", BESIDE];
    let ran = shallow(&bench, "fresh").run(&words).exits(0);
    ran.says("don't delete it before");
    assert!(bench.records().is_empty());
    let author = maintainer(&bench, "author");
    author.edit("posts/a.md", "publish_at:", "# a note\npublish_at:");
    author.commit();
    merge(&author);
    shallow(&bench, "next").run(&PUBLISH).exits(0);
    bench.home().run(&PUBLISH).exits(0);
    assert!(bench.records().is_empty());
    author.git(&["mv", "posts/a.md", "posts/b.md"]);
    author.edit("posts/b.md", "Words", "Other words");
    author.commit();
    merge(&author);
    shallow(&bench, "last").run(&PUBLISH).exits(0);
    assert!(bench.records().is_empty());
    squash(&maintainer(&bench, "reviewer"));
    assert_eq!(block(&bench, "main", "posts/b.md")["status"], "retracted");
    shallow(&bench, "end").run(&PUBLISH).exits(0);
    assert!(bench.records().is_empty());
}

fn a_branch_that_goes_back_takes_its_posts_along(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let author = maintainer(&bench, "author");
    author.write("posts/later.md", due(-60, "Not any more"));
    author.commit();
    merge(&author);
    let home = bench.home();
    home.run(&PUBLISH).exits(0);
    let before = bench.at_remote(&["rev-parse", "main^"]);
    bench.at_remote(&["update-ref", "refs/heads/main", before.trim()]);
    let ran = home.run(&PUBLISH).exits(3);
    ran.says("posts/later.md").says("nobody has reviewed");
    shallow(&bench, "fresh").run(&PUBLISH).exits(3);
    assert_eq!(bench.texts(), ["Words"]);
}

fn what_is_put_on_hold_at_the_last_moment_does_not_go_out(peer: &dyn Peer) {
    let bench = protected(
        peer,
        &[
            ("posts/a.md", due(9, "Words")),
            ("posts/b.md", due(8, "More")),
        ],
    );
    let author = maintainer(&bench, "author");
    author.write("notes.txt", "a note");
    author.commit();
    merge(&author);
    // As soon as the run has fetched that, the next is merged.
    let mark = bench.folder().join("fetched");
    let script = format!(
        "[ \"$1\" = committed ] && [ ! -e '{mark}' ] && grep -q refs/remotes/origin/main || exit 0\n\
         touch '{mark}'; unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE; exec >&2; set -e; cd '{author}'\n\
         sed -i 's/^publish_at:/hold: true\\npublish_at:/' posts/b.md; git commit -qam Hold; cd '{remote}'\n\
         git fetch -q '{author}' HEAD:refs/heads/main",
        mark = mark.display(),
        author = author.path.display(),
        remote = bench.remote(),
    );
    let home = bench.home();
    home.hook("reference-transaction", &script);
    home.run(&PUBLISH).exits(0);
    assert!(mark.exists());
    assert_eq!(bench.texts(), ["Words"]);
}

fn a_clone_that_stays_is_never_stuck(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let home = bench.home();
    home.run(&PUBLISH).exits(0);
    let author = maintainer(&bench, "author");
    author.write("notes.txt", "a note");
    author.commit();
    merge(&author);
    // The update button, a run, then a squash whose branch goes.
    author.git(&["fetch", "-q"]);
    author.git(&["checkout", "-q", BESIDE]);
    author.git(&["merge", "-q", "-m", "Merge branch 'main'", "origin/main"]);
    author.git(&["push", "-q", "origin", BESIDE]);
    home.run(&PUBLISH).exits(0);
    let reviewer = maintainer(&bench, "reviewer");
    squash(&reviewer);
    bench.at_remote(&["update-ref", "-d", &format!("refs/heads/{BESIDE}")]);
    home.run(&PUBLISH).exits(0);
    // A person pulls in it.
    reviewer.write("posts/b.md", due(5, "Second"));
    reviewer.commit();
    merge(&reviewer);
    home.run(&PUBLISH).exits(0);
    reviewer.write("notes.txt", "another note");
    reviewer.commit();
    merge(&reviewer);
    home.git(&["pull", "-q", "--no-rebase", "origin", "main"]);
    home.run(&PUBLISH).exits(0);
    // The rule is gone, and so is the branch beside.
    squash(&reviewer);
    bench.at_remote(&["update-ref", "-d", &format!("refs/heads/{BESIDE}")]);
    std::fs::remove_file(format!("{}/hooks/update", bench.remote())).unwrap();
    reviewer.write("posts/c.md", due(3, "Third"));
    reviewer.commit();
    merge(&reviewer);
    home.publish().exits(0);
    bench.assert_exactly_once();
    assert_eq!(bench.texts(), ["Second", "Third", "Words"]);
}

fn a_branch_that_does_not_publish_is_left_alone(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    let home = bench.home();
    let tip = bench.tip();
    home.git(&["checkout", "-q", "-b", "feature"]);
    home.write("posts/b.md", due(5, "Not reviewed"));
    home.commit();
    home.git(&["push", "-q", "-u", "origin", "feature"]);
    let head = home.head();
    for to in [BESIDE, "main"] {
        let ran = home.run(&["publish", "--push-to", to]).exits(0);
        ran.says("only `main` publishes");
    }
    assert_eq!((bench.tip(), home.head()), (tip, head));
    let found = bench.try_git_at(
        bench.remote().as_ref(),
        &["rev-parse", "-q", "--verify", BESIDE],
    );
    assert!(!found.status.success());
    assert!(bench.records().is_empty());
}

fn a_name_that_git_can_t_have_is_told_before_anything_goes_out(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.at_remote(&["branch", "updraft", "main"]);
    let ran = bench.home().run(&PUBLISH).exits(3);
    ran.says("has a branch `updraft`").says("name another");
    assert!(bench.records().is_empty());
}

fn a_pull_request_that_would_conflict_is_brought_up_to_date(peer: &dyn Peer) {
    let bench = protected(
        peer,
        &[
            ("posts/a.md", due(9, "Words")),
            ("posts/b.md", due(8, "More")),
        ],
    );
    bench.home().run(&PUBLISH).exits(0);
    let author = maintainer(&bench, "author");
    // Right where the block goes.
    author.edit(
        "posts/a.md",
        "\n---\nWords",
        "\nlabels: [nudity]\n---\nWords",
    );
    author.git(&["rm", "-q", "posts/b.md"]);
    author.commit();
    merge(&author);
    let conflicts = ["merge-tree", "--write-tree", "main", BESIDE];
    assert!(
        !bench
            .try_git_at(bench.remote().as_ref(), &conflicts)
            .status
            .success()
    );
    let ran = shallow(&bench, "fresh").run(&PUBLISH).exits(0);
    ran.says("posts/a.md was edited")
        .says("posts/b.md was deleted");
    assert_eq!(pull_request(&bench), ["posts/a.md"]);
    // Said once.
    let ran = shallow(&bench, "next").run(&PUBLISH).exits(0);
    ran.keeps_quiet_about("was edited")
        .keeps_quiet_about("was deleted");
    squash(&maintainer(&bench, "reviewer"));
    assert_eq!(block(&bench, "main", "posts/a.md")["status"], "published");
    shallow(&bench, "last").run(&PUBLISH).exits(0);
    assert_eq!(bench.texts(), ["More", "Words"]);
}

fn a_new_file_under_an_old_name_is_a_new_post(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/next.md", due(90, "Words of last week"))]);
    bench.home().run(&PUBLISH).exits(0);
    let author = maintainer(&bench, "author");
    author.git(&["rm", "-q", "posts/next.md"]);
    author.commit();
    author.write(
        "posts/next.md",
        due(80, "Something else entirely, and about another thing"),
    );
    author.commit();
    merge(&author);
    // Never taken for the one that is out; whether it is another one is for its author to say.
    let ran = shallow(&bench, "fresh").run(&PUBLISH).exits(3);
    ran.says("published from this file, with another time and other content");
    author.edit("posts/next.md", "publish_at:", "repeat: true\npublish_at:");
    author.commit();
    merge(&author);
    bench.home().run(&PUBLISH).exits(0);
    assert_eq!(bench.texts().len(), 2);
}

fn a_change_that_was_reverted_or_reviewed_is_no_matter(peer: &dyn Peer) {
    let bench = protected(peer, &[("posts/a.md", due(9, "Words"))]);
    bench.home().run(&PUBLISH).exits(0);
    let somebody = maintainer(&bench, "somebody");
    somebody.git(&["checkout", "-q", BESIDE]);
    somebody.write("notes.txt", "nobody saw this");
    somebody.commit();
    somebody.git(&["push", "-q", "origin", BESIDE]);
    bench.home().run(&PUBLISH).exits(3).says("notes.txt");
    somebody.git(&["revert", "--no-edit", "HEAD"]);
    somebody.git(&["push", "-q", "origin", BESIDE]);
    bench.home().run(&PUBLISH).exits(0);
    somebody.write("notes.txt", "somebody will");
    somebody.commit();
    somebody.git(&["push", "-q", "origin", BESIDE]);
    shallow(&bench, "fresh").run(&PUBLISH).exits(3);
    squash(&maintainer(&bench, "reviewer"));
    shallow(&bench, "next").run(&PUBLISH).exits(0);
    bench.home().run(&PUBLISH).exits(0);
    assert_eq!(bench.remote_file("notes.txt"), b"somebody will");
    bench.assert_exactly_once();
}
