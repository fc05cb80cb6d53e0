use super::{POST, PUBLISHED, Place, TEXT, edit, git, oid, open, publish, read, status, write};
use crate::git::{GitError, Head};

#[test]
fn a_commit_holds_its_files_and_leaves_everything_else_as_the_user_had_it() {
    let place = Place::new();
    let path = place.repository("clone");
    for name in ["dirty.txt", "staged.txt", "moved.txt"] {
        write(&path, name, &format!("{name}\n"));
    }
    git(&path, &["add", "."]);
    git(&path, &["commit", "-qm", "More"]);
    write(&path, "dirty.txt", "changed\n");
    write(&path, "staged.txt", "staged\n");
    git(&path, &["add", "staged.txt"]);
    git(&path, &["mv", "moved.txt", "renamed.txt"]);
    write(&path, "untracked.txt", "new\n");
    let before = status(&path);

    let commit = publish(&path);

    assert_eq!(oid(&path, "main"), commit);
    assert_eq!(status(&path), before);
    let files = git(
        &path,
        &["show", "--format=%an <%ae>|%B", "--name-status", "HEAD"],
    );
    assert_eq!(
        files,
        "Ada <ada@example.com>|Publish 1 post\n\n\nM\tposts/first.md"
    );
    assert_eq!(git(&path, &["diff-files", "--name-only", POST]), "");
    assert_eq!(git(&path, &["fsck"]), "");
}

#[test]
fn a_staged_version_of_a_committed_file_keeps_both_the_users_words_and_the_block() {
    let place = Place::new();
    let path = place.repository("clone");
    let long = TEXT.replace("Hello", "Hello\n\nmore\n\nlast line");
    write(&path, POST, &long);
    git(&path, &["commit", "-qam", "Longer"]);
    let staged = long.replace("last line", "another last line");
    write(&path, POST, &staged);
    git(&path, &["add", POST]);
    let block =
        |text: &str| text.replace("---\nHello", "bluesky:\n  status: published\n---\nHello");
    write(&path, POST, &block(&staged));

    open(&path)
        .commit(&[edit(POST, &block(&long))], "Publish")
        .unwrap();

    assert_eq!(
        git(&path, &["show", &format!("HEAD:{POST}")]),
        block(&long).trim_end()
    );
    assert_eq!(
        git(&path, &["show", &format!(":{POST}")]),
        block(&staged).trim_end()
    );
    assert_eq!(status(&path), format!("M  {POST}"));
}

#[test]
fn the_first_commit_of_an_unborn_branch_holds_only_its_files() {
    let place = Place::new();
    let path = place.empty("clone");
    write(&path, "staged.txt", "later\n");
    git(&path, &["add", "staged.txt"]);
    let branch = "main".to_owned();
    assert_eq!(open(&path).head().unwrap(), Head::Unborn { branch });

    let commit = publish(&path);

    let name = "main".to_owned();
    assert_eq!(
        open(&path).head().unwrap(),
        Head::Branch { name, oid: commit }
    );
    assert_eq!(git(&path, &["ls-tree", "-r", "--name-only", "HEAD"]), POST);
    assert_eq!(status(&path), "A  staged.txt");
    assert!(
        open(&path).changed_files(commit).unwrap().unwrap()[0]
            .old
            .is_none()
    );
}

#[test]
fn a_commit_on_a_detached_head_moves_head_and_no_branch() {
    let place = Place::new();
    let path = place.repository("clone");
    git(&path, &["checkout", "-q", "--detach"]);
    let before = oid(&path, "main");
    let commit = publish(&path);
    assert_eq!(open(&path).head().unwrap(), Head::Detached { oid: commit });
    assert_eq!(oid(&path, "main"), before);
    assert_eq!(status(&path), "");
}

#[test]
fn a_linked_work_tree_commits_to_its_own_branch() {
    let place = Place::new();
    let path = place.repository("clone");
    git(
        &path,
        &["worktree", "add", "-q", "-b", "second", "../linked tree"],
    );
    let linked = place.path("linked tree");
    let commit = publish(&linked);
    assert_eq!(oid(&path, "second"), commit);
    assert_ne!(oid(&path, "main"), commit);
    assert_eq!(
        (status(&linked), status(&path)),
        (String::new(), String::new())
    );
    let lock = open(&path).lock().unwrap();
    assert!(matches!(open(&linked).lock(), Err(GitError::Busy { .. })));
    drop(lock);
}

#[test]
fn a_path_with_spaces_and_other_scripts_is_committed_under_its_name() {
    let place = Place::new();
    let path = place.repository("clone");
    let name = "posts/été 日本 \"quoted\".md";
    write(&path, name, PUBLISHED);
    let repository = open(&path);
    assert!(!repository.is_tracked(name).unwrap());
    let commit = repository
        .commit(&[edit(name, PUBLISHED)], "Publish")
        .unwrap();
    assert!(repository.is_tracked(name).unwrap());
    assert_eq!(
        repository.changed_files(commit).unwrap().unwrap()[0].path,
        name
    );
    assert_eq!(status(&path), "");
}

#[test]
fn the_executable_bit_stays() {
    let place = Place::new();
    let path = place.repository("clone");
    git(&path, &["update-index", "--chmod=+x", POST]);
    git(&path, &["commit", "-qm", "Executable"]);
    open(&path)
        .commit(&[edit(POST, PUBLISHED)], "Publish")
        .unwrap();
    assert!(git(&path, &["ls-tree", "HEAD", POST]).starts_with("100755"));
}

#[test]
fn nothing_new_makes_no_commit() {
    let place = Place::new();
    let path = place.repository("clone");
    let before = oid(&path, "HEAD");
    assert_eq!(
        open(&path).commit(&[edit(POST, TEXT)], "Nothing").unwrap(),
        before
    );
    assert_eq!(
        open(&path)
            .commit_on(&[before], &[edit(POST, TEXT)], "Nothing")
            .unwrap(),
        before
    );
}

#[test]
fn a_commit_on_another_tip_moves_nothing() {
    let place = Place::new();
    let path = place.repository("clone");
    let (head, index) = (oid(&path, "HEAD"), status(&path));
    let commit = open(&path)
        .commit_on(&[head], &[edit(POST, PUBLISHED)], "Publish")
        .unwrap();
    assert_eq!(
        git(&path, &["rev-parse", &format!("{commit}^")]),
        head.to_string()
    );
    assert_eq!((oid(&path, "HEAD"), status(&path)), (head, index));
    assert_eq!(read(&path, POST), TEXT);
}

#[test]
fn a_commit_is_signed_as_the_user_has_set_up() {
    let place = Place::new();
    let path = place.repository("clone");
    let key = place.path("key");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    write(&path, ".git/signers", &format!("ada@example.com {public}"));
    for (name, value) in [
        ("commit.gpgsign", "true"),
        ("gpg.format", "ssh"),
        ("user.signingkey", key.to_str().unwrap()),
        ("gpg.ssh.allowedSignersFile", ".git/signers"),
    ] {
        git(&path, &["config", name, value]);
    }
    publish(&path);
    assert_eq!(
        git(&path, &["log", "-1", "--format=%G? %an %s"]),
        "G Ada Publish 1 post"
    );
    assert_eq!(status(&path), "");

    git(&path, &["config", "user.signingkey", "/nowhere/key"]);
    let failed = open(&path).commit(&[edit(POST, TEXT)], "Unsigned");
    assert!(
        matches!(failed, Err(GitError::Signing { .. })),
        "{failed:?}"
    );
    assert_eq!(status(&path), "");
}

#[test]
fn a_split_index_is_left_to_the_users_git() {
    let place = Place::new();
    let path = place.repository("clone");
    git(&path, &["update-index", "--split-index"]);
    publish(&path);
    assert_eq!(status(&path), "");
}

#[test]
fn a_merge_under_way_is_not_committed_into() {
    let place = Place::new();
    let path = place.repository("clone");
    write(
        &path,
        ".git/MERGE_HEAD",
        &format!("{}\n", oid(&path, "HEAD")),
    );
    let error = open(&path)
        .commit(&[edit(POST, PUBLISHED)], "Publish")
        .unwrap_err();
    assert!(
        error.to_string().starts_with("a merge is under way"),
        "{error}"
    );
}

#[test]
fn a_runner_without_a_name_commits_as_updraft() {
    let place = Place::new();
    let path = place.repository("clone");
    git(&path, &["config", "user.name", ""]);
    publish(&path);
    let who = git(&path, &["log", "-1", "--format=%an <%ae> %cn <%ce>"]);
    assert_eq!(
        who,
        "updraft <updraft@localhost> updraft <updraft@localhost>"
    );
}
