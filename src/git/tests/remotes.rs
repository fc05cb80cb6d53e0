use super::{
    POST, PUBLISHED, Place, git, git_http::GitHttp, main_branch, oid, open, publish, status,
};
use crate::git::{GitError, PushOutcome, Relation, Repository, Target};

fn target(
    repository: &Repository,
    branch: Option<&str>,
    env: &[(&str, &str)],
) -> Result<Target, GitError> {
    let env = |name: &str| {
        let found = env.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    repository.push_target(branch, &env)
}

#[test]
fn the_branch_is_the_flags_then_the_upstream_then_the_workflows() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let repository = open(&path);
    let workflow = [
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_REF_NAME", "release"),
        ("GITHUB_REF", "refs/heads/release"),
    ];
    assert_eq!(
        target(&repository, Some("other"), &workflow)
            .unwrap()
            .branch,
        "other"
    );
    assert_eq!(target(&repository, None, &workflow).unwrap(), main_branch());
    git(&path, &["checkout", "-q", "--detach"]);
    assert_eq!(
        target(&repository, None, &workflow).unwrap().branch,
        "release"
    );
    let tag = [("GITHUB_REF_TYPE", "tag"), ("GITHUB_REF_NAME", "v1")];
    let request = [
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_REF_NAME", "12/merge"),
        ("GITHUB_REF", "refs/pull/12/merge"),
    ];
    for env in [&tag[..], &request[..], &[]] {
        let error = target(&repository, None, env).unwrap_err();
        assert!(
            error.is_usage() && error.to_string().contains("HEAD is detached"),
            "{error}"
        );
    }
}

#[test]
fn a_missing_remote_and_a_bad_branch_name_are_bad_usage() {
    let place = Place::new();
    let path = place.repository("clone");
    let error = target(&open(&path), Some("main"), &[]).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("no remote"),
        "{error}"
    );
    git(&path, &["remote", "add", "origin", "/nowhere"]);
    let error = target(&open(&path), Some("a..b"), &[]).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("`a..b`"),
        "{error}"
    );
    let error = target(&open(&path), None, &[]).unwrap_err();
    assert!(
        error.to_string().contains("`main` has no upstream"),
        "{error}"
    );
}

#[test]
fn the_remotes_default_branch_is_known_or_asked_for() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let repository = open(&path);
    assert_eq!(
        repository.remote_head_branch("origin").unwrap().as_deref(),
        Some("main")
    );
    git(&path, &["remote", "set-head", "origin", "--delete"]);
    git(
        &place.path("remote.git"),
        &["symbolic-ref", "HEAD", "refs/heads/trunk"],
    );
    git(
        &place.path("remote.git"),
        &["branch", "-m", "main", "trunk"],
    );
    assert_eq!(
        repository.remote_head_branch("origin").unwrap().as_deref(),
        Some("trunk")
    );
}

#[test]
fn fetch_tells_the_tip_and_how_we_stand_to_it() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let repository = open(&path);
    let here = oid(&path, "HEAD");
    assert_eq!(repository.fetch(&main_branch()).unwrap(), Some(here));
    assert_eq!(repository.relation(here, here).unwrap(), Relation::Same);

    let tip = place.advance("new.txt", "new\n");
    assert_eq!(repository.fetch(&main_branch()).unwrap(), Some(tip));
    assert_eq!(repository.relation(here, tip).unwrap(), Relation::Behind);
    assert_eq!(
        repository.relation(tip, here).unwrap(),
        Relation::Ahead { ours: vec![tip] }
    );

    let ours = publish(&path);
    assert_eq!(
        repository.relation(ours, tip).unwrap(),
        Relation::Diverged { ours: vec![ours] }
    );

    git(&path, &["checkout", "-q", "--orphan", "unrelated"]);
    git(&path, &["commit", "-qm", "Alone"]);
    let alone = oid(&path, "HEAD");
    assert_eq!(
        repository.relation(alone, tip).unwrap(),
        Relation::Unrelated
    );
}

#[test]
fn a_branch_that_is_gone_or_was_rewritten_shows() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let repository = open(&path);
    let here = oid(&path, "HEAD");
    let bare = place.path("remote.git");
    let rewritten = git(&bare, &["commit-tree", "-m", "Rewritten", "main^{tree}"]);
    git(&bare, &["update-ref", "refs/heads/main", &rewritten]);
    let tip = repository.fetch(&main_branch()).unwrap().unwrap();
    assert_eq!(repository.relation(here, tip).unwrap(), Relation::Unrelated);
    git(&bare, &["update-ref", "-d", "refs/heads/main"]);
    assert_eq!(repository.fetch(&main_branch()).unwrap(), None);
}

#[test]
fn an_unreachable_remote_is_named_without_its_token() {
    let place = Place::new();
    let path = place.repository("clone");
    git(
        &path,
        &[
            "remote",
            "add",
            "origin",
            "http://ada:s3cret@127.0.0.1:1/x.git",
        ],
    );
    let error = open(&path).fetch(&main_branch()).unwrap_err();
    assert!(matches!(error, GitError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
    assert!(
        !format!("{error} {error:?}").contains("s3cret"),
        "{error:?}"
    );
}

#[test]
fn a_shallow_checkout_with_a_header_token_fetches_commits_and_pushes_over_http() {
    let place = Place::new();
    place.remote();
    place.advance("second.txt", "two\n");
    let token = "eDpzM2NyZXQ=";
    let server = GitHttp::start(&place.path(""), &[(token, "ada")]);
    let header = format!("http.extraheader=AUTHORIZATION: basic {token}");
    let flags = ["-c", &header, "--depth", "1"];
    let path = place.clone(&server.url("remote.git"), "clone", &flags);
    git(&path, &["checkout", "-q", "--detach"]);
    let repository = open(&path);
    assert!(repository.is_shallow());

    let tip = place.advance("third.txt", "three\n");
    let here = oid(&path, "HEAD");
    assert_eq!(repository.fetch(&main_branch()).unwrap(), Some(tip));
    assert!(repository.is_shallow());
    assert_eq!(repository.relation(here, tip).unwrap(), Relation::Behind);
    repository.fast_forward(tip).unwrap();
    let ours = publish(&path);
    assert_eq!(
        repository.relation(ours, tip).unwrap(),
        Relation::Ahead { ours: vec![ours] }
    );
    repository.push_check(&main_branch(), ours).unwrap();
    let pushed = repository.push(&main_branch(), ours, Some(tip)).unwrap();
    assert_eq!(pushed, PushOutcome::Pushed);
    let bare = place.path("remote.git");
    assert_eq!(oid(&bare, "main"), ours);
    assert_eq!(
        git(&bare, &["show", &format!("main:{POST}")]),
        PUBLISHED.trim_end()
    );
    assert_eq!(git(&bare, &["rev-list", "--count", "main"]), "4");
    assert_eq!(
        (git(&path, &["fsck"]), status(&path)),
        (String::new(), String::new())
    );
}

#[test]
fn a_shallow_clone_admits_what_it_cannot_see_until_it_is_completed() {
    let place = Place::new();
    place.remote();
    let tip = place.advance("second.txt", "two\n");
    let server = GitHttp::start(&place.path(""), &[]);
    let path = place.clone(&server.url("remote.git"), "clone", &["--depth", "1"]);
    let repository = open(&path);
    assert!(repository.is_shallow());
    assert!(
        !repository
            .uris_in_history(None, "posts", &[])
            .unwrap()
            .complete
    );
    assert_eq!(repository.changed_files(tip).unwrap(), None);
    repository.unshallow(&main_branch()).unwrap();
    repository.unshallow(&main_branch()).unwrap();
    assert!(!repository.is_shallow());
    assert!(
        repository
            .uris_in_history(None, "posts", &[])
            .unwrap()
            .complete
    );
    assert_eq!(repository.changed_files(tip).unwrap().unwrap().len(), 1);
}

#[test]
fn a_server_that_wants_another_token_denies_and_says_what_to_check() {
    let place = Place::new();
    place.remote();
    let server = GitHttp::start(&place.path(""), &[("b3RoZXI=", "ada")]);
    let path = place.repository("clone");
    git(
        &path,
        &["remote", "add", "origin", &server.url("remote.git")],
    );
    git(&path, &["config", "credential.helper", ""]);
    let error = open(&path)
        .push_check(&main_branch(), oid(&path, "HEAD"))
        .unwrap_err();
    assert!(matches!(error, GitError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("contents: write"), "{error}");
}
