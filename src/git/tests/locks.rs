use std::fs;

use super::{POST, PUBLISHED, Place, TEXT, edit, git, oid, open, read, status, write};
use crate::git::{GitError, Repository};

#[test]
fn a_second_run_is_told_who_holds_the_clone() {
    let place = Place::new();
    let path = place.repository("clone");
    let held = open(&path).lock().unwrap();
    let error = open(&path).lock().unwrap_err();
    let expected = format!(
        "another run of updraft works in this clone (process {})",
        std::process::id()
    );
    assert!(error.to_string().starts_with(&expected), "{error}");
    drop(held);
    open(&path).lock().unwrap();
    assert_eq!(status(&path), "");
}

#[test]
fn a_foreign_index_lock_is_named_and_nothing_is_committed() {
    let place = Place::new();
    let path = place.repository("clone");
    let before = oid(&path, "HEAD");
    write(&path, ".git/index.lock", "");
    let repository = open(&path);
    let _lock = repository.lock().unwrap();
    let error = repository
        .commit(&[edit(POST, PUBLISHED)], "Publish")
        .unwrap_err();
    assert!(
        matches!(&error, GitError::Locked { path } if path.ends_with("index.lock")),
        "{error}"
    );
    assert_eq!(oid(&path, "HEAD"), before);
    assert!(path.join(".git/index.lock").exists());
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next_one() {
    let place = Place::new();
    let path = place.repository("clone");
    std::mem::forget(open(&path).lock_index().unwrap());
    write(&path, ".git/updraft-index", "half an index");
    let repository = open(&path);
    let blocked = repository.commit(&[edit(POST, PUBLISHED)], "Publish");
    assert!(matches!(blocked, Err(GitError::Locked { .. })));
    let _lock = repository.lock().unwrap();
    write(&path, POST, PUBLISHED);
    repository
        .commit(&[edit(POST, PUBLISHED)], "Publish")
        .unwrap();
    assert_eq!(status(&path), "");
    assert!(!path.join(".git/index.lock").exists());
    assert!(!path.join(".git/updraft-index").exists());
}

#[test]
fn the_lock_of_a_branch_that_a_killed_run_was_moving_is_removed_and_no_other() {
    let place = Place::new();
    let path = place.repository("clone");
    let (lock, to) = (path.join(".git/refs/heads/main.lock"), oid(&path, "HEAD"));
    for (content, is_ours) in [
        (to.to_string(), true),
        (String::new(), true),
        ("0".repeat(40), false),
    ] {
        std::mem::forget(open(&path).announce_move(&lock, to).unwrap());
        fs::write(&lock, content).unwrap();
        drop(open(&path).lock().unwrap());
        assert_eq!(lock.exists(), !is_ours);
        assert!(!path.join(".git/updraft-move").exists());
    }
}

#[test]
fn a_locked_branch_is_named() {
    let place = Place::new();
    let path = place.repository("clone");
    write(&path, ".git/refs/heads/main.lock", "");
    let error = open(&path)
        .commit(&[edit(POST, PUBLISHED)], "Publish")
        .unwrap_err();
    assert!(
        error.to_string().contains("refs/heads/main.lock` exists"),
        "{error}"
    );
    assert_eq!(read(&path, POST), TEXT);
}

#[test]
fn a_folder_outside_any_repository_and_a_bare_one_are_told_apart() {
    let place = Place::new();
    assert!(Repository::discover(&place.path("")).unwrap().is_none());
    place.remote();
    let error = Repository::discover(&place.path("remote.git"))
        .err()
        .unwrap();
    assert!(
        error.is_usage() && error.to_string().contains("bare repository"),
        "{error}"
    );
}

#[test]
fn a_repository_is_found_from_a_folder_inside_it() {
    let place = Place::new();
    let path = place.repository("clone");
    assert_eq!(open(&path.join("posts")).root(), path);
}

#[test]
fn a_clone_of_another_user_is_refused_with_the_remedy() {
    let place = Place::new();
    let path = place.repository("clone");
    // Only root can give files away; elsewhere there is nothing to see.
    if std::os::unix::fs::chown(&path, Some(4242), None).is_err() {
        return;
    }
    std::os::unix::fs::chown(path.join(".git"), Some(4242), None).unwrap();
    let error = Repository::discover(&path.join("posts")).err().unwrap();
    let remedy = format!(
        "git config --global --add safe.directory '{}'",
        path.display()
    );
    assert!(error.to_string().ends_with(&remedy), "{error}");
}

#[test]
fn a_partial_clone_is_refused_in_words() {
    let place = Place::new();
    let path = place.repository("clone");
    git(&path, &["config", "core.repositoryFormatVersion", "1"]);
    git(&path, &["config", "extensions.partialClone", "origin"]);
    let error = Repository::discover(&path).err().unwrap();
    assert!(error.to_string().contains("without `--filter`"), "{error}");
    assert!(fs::exists(path.join(POST)).unwrap());
}

#[test]
fn objects_half_written_long_ago_are_removed() {
    let place = Place::new();
    let path = place.repository("clone");
    let (old, young) = (
        ".git/objects/tmp_object_git2_a",
        ".git/objects/tmp_object_git2_b",
    );
    for name in [old, young] {
        write(&path, name, "half");
    }
    let file = fs::File::options()
        .write(true)
        .open(path.join(old))
        .unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    drop(open(&path).lock().unwrap());
    assert!(!path.join(old).exists());
    assert!(path.join(young).exists());
}
