use std::fs;

use super::{
    POST, PUBLISHED, Place, TEXT, git, main_branch, oid, open, publish, read, status, write,
};
use crate::git::GitError;

#[test]
fn a_fast_forward_keeps_local_changes_that_are_not_in_the_way() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    write(&path, "other.txt", "mine\n");
    write(&path, "staged.txt", "staged\n");
    git(&path, &["add", "staged.txt"]);
    write(&path, "untracked.txt", "new\n");
    let before = status(&path);
    let tip = place.advance(POST, PUBLISHED);
    let repository = open(&path);
    repository.fetch(&main_branch()).unwrap();
    repository.fast_forward(tip).unwrap();
    assert_eq!(
        (oid(&path, "main"), read(&path, POST)),
        (tip, PUBLISHED.to_owned())
    );
    assert_eq!(
        (status(&path), read(&path, "other.txt")),
        (before, "mine\n".to_owned())
    );
}

#[test]
fn local_changes_in_the_way_are_named_and_nothing_moves() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let here = oid(&path, "HEAD");
    place.advance("été new.txt", "theirs\n");
    let tip = place.advance(POST, PUBLISHED);
    write(&path, POST, "mine\n");
    write(&path, "été new.txt", "mine too\n");
    let repository = open(&path);
    repository.fetch(&main_branch()).unwrap();
    let error = repository.fast_forward(tip).unwrap_err();
    let GitError::LocalChanges { mut paths } = error else {
        panic!("{error}");
    };
    paths.sort();
    assert_eq!(paths, [POST, "été new.txt"]);
    assert_eq!(
        (oid(&path, "main"), read(&path, POST)),
        (here, "mine\n".to_owned())
    );
    assert_eq!(read(&path, "été new.txt"), "mine too\n");
}

#[test]
fn files_that_already_are_what_the_tip_holds_are_not_in_the_way() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    place.advance("new.txt", "the same\n");
    let tip = place.advance(POST, PUBLISHED);
    write(&path, POST, PUBLISHED);
    write(&path, "new.txt", "the same\n");
    let repository = open(&path);
    repository.fetch(&main_branch()).unwrap();
    repository.fast_forward(tip).unwrap();
    assert_eq!((oid(&path, "main"), status(&path)), (tip, String::new()));
}

#[test]
fn a_branch_with_commits_of_its_own_is_not_moved_forward_but_can_follow() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let ours = publish(&path);
    let tip = place.advance("other.txt", "theirs\n");
    let repository = open(&path);
    repository.fetch(&main_branch()).unwrap();
    let refused = repository.fast_forward(tip);
    assert!(
        matches!(refused, Err(GitError::NotFastForward { .. })),
        "{refused:?}"
    );
    assert_eq!(oid(&path, "main"), ours);

    write(&path, "other.txt", "mine\n");
    assert!(matches!(
        repository.follow(tip),
        Err(GitError::LocalChanges { .. })
    ));
    assert_eq!(oid(&path, "main"), ours);
    git(&path, &["checkout", "-q", "other.txt"]);
    repository.follow(tip).unwrap();
    assert_eq!(
        (oid(&path, "main"), read(&path, POST)),
        (tip, TEXT.to_owned())
    );
}

#[test]
fn an_unborn_branch_and_a_detached_head_are_moved_too() {
    let place = Place::new();
    let url = place.remote();
    let path = place.empty("unborn");
    git(&path, &["remote", "add", "origin", &url]);
    let repository = open(&path);
    let tip = repository.fetch(&main_branch()).unwrap().unwrap();
    repository.fast_forward(tip).unwrap();
    assert_eq!((oid(&path, "main"), status(&path)), (tip, String::new()));

    git(&path, &["checkout", "-q", "--detach"]);
    let next = place.advance(POST, PUBLISHED);
    repository.fetch(&main_branch()).unwrap();
    repository.fast_forward(next).unwrap();
    assert_eq!((oid(&path, "HEAD"), oid(&path, "main")), (next, tip));
    assert_eq!(read(&path, POST), PUBLISHED);
}

#[test]
fn a_locked_index_stops_the_move() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    let tip = place.advance(POST, PUBLISHED);
    let repository = open(&path);
    repository.fetch(&main_branch()).unwrap();
    write(&path, ".git/index.lock", "");
    let error = repository.fast_forward(tip).unwrap_err();
    assert!(matches!(error, GitError::Locked { .. }), "{error}");
}

#[test]
fn a_linked_work_tree_and_one_that_lies_elsewhere_are_moved_too() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    git(
        &path,
        &["worktree", "add", "-q", "-b", "second", "../linked"],
    );
    fs::create_dir(place.path("elsewhere")).unwrap();
    let config = ["config", "core.worktree", "../../elsewhere"];
    let apart = place.clone(&place.remote_url(), "apart", &[]);
    git(&apart, &config);
    git(&apart.join(".git"), &["checkout", "-q", "-f", "main"]);
    let tip = place.advance(POST, PUBLISHED);
    for (start, root) in [("linked", "linked"), ("apart/.git", "elsewhere")] {
        let repository = open(&place.path(start));
        assert_eq!(repository.root(), place.path(root));
        repository.fetch(&main_branch()).unwrap();
        repository.fast_forward(tip).unwrap();
        assert_eq!(read(repository.root(), POST), PUBLISHED);
    }
    assert_eq!(
        (oid(&path, "second"), status(&place.path("linked"))),
        (tip, String::new())
    );
}

#[test]
fn a_file_that_is_in_place_keeps_the_tips_mode() {
    let place = Place::new();
    let path = place.clone(&place.remote(), "clone", &[]);
    place.advance("run.sh", "one\n");
    let colleague = place.path("colleague");
    git(&colleague, &["update-index", "--chmod=+x", "run.sh"]);
    git(&colleague, &["commit", "-qm", "Executable"]);
    git(&colleague, &["push", "-q"]);
    let tip = oid(&colleague, "HEAD");
    write(&path, "run.sh", "one\n");
    let repository = open(&path);
    repository.fetch(&main_branch()).unwrap();
    repository.fast_forward(tip).unwrap();
    assert!(git(&path, &["ls-files", "-s", "run.sh"]).starts_with("100755"));
}
