use super::{
    POST, PUBLISHED, Place, edit, git, git_http::GitHttp, main_branch, oid, open, publish, read,
    status,
};
use crate::git::{GitError, PushOutcome};

#[test]
fn a_lost_race_is_stale_and_the_edit_goes_onto_the_new_tip() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let (repository, start) = (open(&path), oid(&path, "HEAD"));
    let ours = publish(&path);
    let tip = place.advance("other.txt", "theirs\n");
    let outcome = repository.push(&main_branch(), ours, Some(start)).unwrap();
    assert_eq!(outcome, PushOutcome::Stale);
    assert!(outcome.failure(&main_branch()).is_none());

    assert_eq!(repository.fetch(&main_branch()).unwrap(), Some(tip));
    let again = repository
        .commit_on(&[tip], &[edit(POST, PUBLISHED)], "Publish 1 post")
        .unwrap();
    let outcome = repository.push(&main_branch(), again, Some(tip)).unwrap();
    assert_eq!(outcome, PushOutcome::Pushed);
    repository.follow(again).unwrap();
    assert_eq!((oid(&path, "main"), status(&path)), (again, String::new()));
    assert_eq!(read(&path, "other.txt"), "theirs\n");
    assert_eq!(read(&path, POST), PUBLISHED);
}

#[test]
fn a_push_never_overwrites_and_never_brings_a_deleted_branch_back() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let (repository, start) = (open(&path), oid(&path, "HEAD"));
    let ours = publish(&path);
    let tip = place.advance("other.txt", "theirs\n");
    repository.fetch(&main_branch()).unwrap();
    assert_eq!(
        repository.push(&main_branch(), ours, Some(tip)).unwrap(),
        PushOutcome::Stale
    );
    assert_eq!(
        repository.push(&main_branch(), ours, None).unwrap(),
        PushOutcome::Stale
    );
    let bare = place.path("remote.git");
    assert_eq!(oid(&bare, "main"), tip);
    git(&bare, &["update-ref", "-d", "refs/heads/main"]);
    assert_eq!(
        repository.push(&main_branch(), ours, Some(start)).unwrap(),
        PushOutcome::Stale
    );
    assert_eq!(git(&bare, &["branch", "--list"]), "");
}

#[test]
fn a_branch_that_does_not_exist_yet_is_made() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let repository = open(&path);
    let mut target = main_branch();
    target.branch = "posts/new".to_owned();
    assert_eq!(repository.fetch(&target).unwrap(), None);
    let ours = publish(&path);
    assert_eq!(
        repository.push(&target, ours, None).unwrap(),
        PushOutcome::Pushed
    );
    assert_eq!(oid(&place.path("remote.git"), "posts/new"), ours);
}

#[test]
fn a_protected_branch_declines_with_the_servers_words_and_the_ways_out() {
    let place = Place::new();
    place.remote();
    let script =
        "echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2; exit 1";
    place.hook("remote.git/hooks", "pre-receive", script);
    let server = GitHttp::start(&place.path(""), &[]);
    let file = place.path("remote.git");
    for (name, url) in [
        ("http", server.url("remote.git")),
        ("file", file.to_str().unwrap().to_owned()),
    ] {
        let path = place.clone(&url, name, &[]);
        let (repository, start) = (open(&path), oid(&path, "HEAD"));
        let ours = publish(&path);
        repository.push_check(&main_branch(), ours).unwrap();
        let outcome = repository.push(&main_branch(), ours, Some(start)).unwrap();
        assert!(
            matches!(outcome, PushOutcome::Declined { .. }),
            "{name}: {outcome:?}"
        );
        let text = outcome.failure(&main_branch()).unwrap().to_string();
        assert!(
            text.contains("GH006: Protected branch update failed"),
            "{text}"
        );
        assert!(text.contains("deploy key"), "{text}");
        assert!(!text.contains("failed to push some refs"), "{text}");
        assert_eq!(oid(&place.path("remote.git"), "main"), start);
    }
}

#[test]
fn the_users_own_pre_push_hook_has_its_say_before_anything_goes_out() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    place.hook(
        "clone/.git/hooks",
        "pre-push",
        "echo 'not on a friday' >&2; exit 1",
    );
    let ours = publish(&path);
    let error = open(&path).push_check(&main_branch(), ours).unwrap_err();
    assert!(
        matches!(&error, GitError::Declined { text, .. } if text.contains("not on a friday")),
        "{error}"
    );
}

#[test]
fn a_push_to_nowhere_is_unreachable() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    git(
        &path,
        &["remote", "set-url", "origin", "http://127.0.0.1:1/x.git"],
    );
    let ours = publish(&path);
    let outcome = open(&path).push(&main_branch(), ours, None).unwrap();
    assert!(
        matches!(outcome, PushOutcome::Unreachable { .. }),
        "{outcome:?}"
    );
}

#[test]
fn a_dry_run_shows_that_the_remote_moved() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let ours = publish(&path);
    place.advance("other.txt", "theirs\n");
    let error = open(&path).push_check(&main_branch(), ours).unwrap_err();
    assert!(matches!(error, GitError::RemoteMoved { .. }), "{error}");
}
