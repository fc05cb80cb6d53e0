#![allow(clippy::unwrap_used)]

use std::{convert::Infallible, fs, sync::Arc};

use super::*;

struct Place {
    _dir: tempfile::TempDir,
    folder: Folder,
}

fn place(files: &[&str]) -> Place {
    let dir = tempfile::tempdir().unwrap();
    let root = dunce::canonicalize(dir.path()).unwrap();
    fs::create_dir(root.join("posts")).unwrap();
    for file in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "---\n---\nHello\n").unwrap();
    }
    let folder = Folder {
        root,
        posts: "posts".into(),
        ignore: Vec::new(),
        may_be_missing: false,
        disk: Arc::new(LocalDisk),
    };
    Place { _dir: dir, folder }
}

/// `path` or `path: code (help)`.
fn found(folder: &Folder) -> Vec<String> {
    let files = folder.find().unwrap();
    let shown = files.iter().map(|found| match &found.mistake {
        None => found.path.clone(),
        Some(mistake) => {
            let help = mistake.help.as_deref().unwrap_or_default();
            format!("{}: {} ({help})", found.path, mistake.code)
        }
    });
    shown.collect()
}

fn skipped(path: &str, meant: &str) -> String {
    format!("{path}: skipped-file (rename it to `{meant}`, or name it in `ignore:` in updraft.yml)")
}

#[test]
fn posts_are_found_by_their_name_and_the_rest_is_left_alone() {
    let place = place(&[
        "posts/b.md",
        "posts/a/c.md",
        "posts/ä 🎉.md",
        "posts/README.md",
        "posts/readme.md",
        "posts/a/Readme",
        "posts/media/a.png",
        "posts/media/a.jpg",
        "posts/notes.txt",
        "posts/.gitkeep",
        "posts/.DS_Store",
        "posts/.b.md.swp",
        "posts/.git/x.md",
        "posts/.updraft-abc.tmp",
        "elsewhere/d.md",
    ]);
    assert_eq!(
        found(&place.folder),
        ["posts/a/c.md", "posts/b.md", "posts/ä 🎉.md"]
    );
}

#[test]
fn a_name_that_would_hide_a_post_is_a_mistake() {
    let place = place(&[
        "posts/A.MD",
        "posts/a.markdown",
        "posts/b.md.txt",
        "posts/c",
        "posts/d.Mdx",
        "posts/.e.md",
        "posts/.md",
        "posts/f.md.bak",
        "posts/Ü.Markdown",
    ]);
    let mut expected = [
        skipped("posts/.e.md", "e.md"),
        skipped("posts/.md", "post.md"),
        skipped("posts/A.MD", "A.md"),
        skipped("posts/a.markdown", "a.md"),
        skipped("posts/b.md.txt", "b.md"),
        skipped("posts/c", "c.md"),
        skipped("posts/d.Mdx", "d.md"),
        skipped("posts/f.md.bak", "f.md"),
        skipped("posts/Ü.Markdown", "Ü.md"),
    ];
    expected.sort();
    assert_eq!(found(&place.folder), expected);
}

#[test]
fn globs_of_ignore_take_files_and_folders_out() {
    let mut place = place(&[
        "posts/a.md",
        "posts/templates/b.md",
        "posts/templates/deep/c.md",
        "posts/LICENSE",
        "posts/old/d.markdown",
    ]);
    place.folder.ignore = ["posts/templates/**", "posts/LICENSE", "*.markdown"]
        .map(str::to_owned)
        .into();
    assert_eq!(found(&place.folder), ["posts/a.md"]);
    place.folder.ignore = vec!["posts/{a".into()];
    let error = place.folder.find().unwrap_err();
    assert!(
        error.to_string().starts_with("`ignore:` in updraft.yml: "),
        "{error}"
    );
}

#[test]
fn a_missing_folder_says_where_it_was_looked_for() {
    let mut place = place(&[]);
    place.folder.posts = "announcements".into();
    let error = place.folder.find().unwrap_err().to_string();
    assert!(
        error.contains("/announcements; run updraft where it is"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_posts_folder_that_a_link_leads_to_is_not_read() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(outside.path().join("deep")).unwrap();
    fs::write(outside.path().join("deep/secret.md"), "---\n---\nSecret\n").unwrap();
    let mut place = place(&["real/deep/a.md"]);
    let root = place.folder.root.clone();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink("real", root.join("in")).unwrap();
    for posts in ["out", "out/deep", "in", "in/deep"] {
        place.folder.posts = posts.into();
        let told = place.folder.find().unwrap_err().to_string();
        assert!(told.contains("symbolic link"), "{told}");
    }
    place.folder.posts = "real/deep".into();
    assert_eq!(found(&place.folder), ["real/deep/a.md"]);
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_mistakes_wherever_they_lead() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.md"), "---\n---\nSecret\n").unwrap();
    let place = place(&["posts/a.md", "posts/folder/b.md"]);
    let posts = place.folder.root.join("posts");
    symlink(outside.path().join("secret.md"), posts.join("out.md")).unwrap();
    symlink(posts.join("a.md"), posts.join("in.md")).unwrap();
    symlink(posts.join("nothing.md"), posts.join("dangling.md")).unwrap();
    symlink(outside.path(), posts.join("linked")).unwrap();
    symlink(posts.join("a.png"), posts.join("picture.png")).unwrap();
    let of = |path: &str, what: &str| {
        format!(
            "{path}: unreadable-file (put the {what} itself here, or name the link in `ignore:` in updraft.yml)"
        )
    };
    assert_eq!(
        found(&place.folder),
        [
            "posts/a.md".to_owned(),
            of("posts/dangling.md", "file"),
            "posts/folder/b.md".to_owned(),
            of("posts/in.md", "file"),
            of("posts/linked", "folder"),
            of("posts/out.md", "file"),
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_is_a_mistake() {
    use std::os::unix::ffi::OsStrExt;
    let place = place(&[]);
    let name = std::ffi::OsStr::from_bytes(b"gr\xfc\xdfe.md");
    fs::write(place.folder.root.join("posts").join(name), "---\n---\n").unwrap();
    let found = place.folder.find().unwrap();
    assert_eq!(found[0].path, "posts/gr\u{fffd}\u{fffd}e.md");
    let mistake = found[0].mistake.as_ref().unwrap();
    assert_eq!(mistake.message, "the file's name is not UTF-8");
}

#[test]
fn a_file_that_is_too_large_is_never_read() {
    let place = place(&["posts/a.md"]);
    let file = fs::File::create(place.folder.root.join("posts/a.md")).unwrap();
    file.set_len((1 << 20) + 1).unwrap();
    let mistake = place.folder.read("posts/a.md").unwrap_err();
    assert_eq!(mistake.code, Code::FileTooLarge);
    file.set_len(1 << 20).unwrap();
    assert_eq!(place.folder.read("posts/a.md").unwrap().len(), 1 << 20);
}

#[test]
fn a_file_that_is_gone_is_a_mistake() {
    let mistake = place(&[]).folder.read("posts/a.md").unwrap_err();
    assert_eq!(mistake.code, Code::UnreadableFile);
    assert!(
        mistake.message.starts_with("the file can't be read: "),
        "{mistake:?}"
    );
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
#[allow(clippy::print_stderr)]
fn a_file_that_may_not_be_read_is_a_mistake() {
    let place = place(&["posts/a.md"]);
    let path = place.folder.root.join("posts/a.md");
    set_mode(&path, 0o000);
    if fs::read(&path).is_ok() {
        eprintln!("skipped: this user (root?) may read every file");
        return;
    }
    let mistake = place.folder.read("posts/a.md").unwrap_err();
    assert_eq!(mistake.code, Code::UnreadableFile);
}

#[cfg(unix)]
#[test]
fn a_read_only_file_is_its_own_mistake_and_a_read_only_checkout_is_none() {
    let place = place(&["posts/a.md"]);
    let Folder { root, .. } = &place.folder;
    assert!(place.folder.is_writable("posts/a.md"));
    assert_eq!(place.folder.read_only("posts/a.md"), None);
    set_mode(&root.join("posts/a.md"), 0o444);
    assert!(!place.folder.is_writable("posts/a.md"));
    let mistake = place.folder.read_only("posts/a.md").unwrap();
    assert_eq!(mistake.code, Code::UneditableFile);
    assert!(mistake.help.unwrap().contains("chmod u+w posts/a.md"));
    set_mode(&root.join("posts"), 0o555);
    assert_eq!(place.folder.read_only("posts/a.md"), None);
    assert!(!place.folder.is_writable("posts/a.md"));
    set_mode(&root.join("posts"), 0o755);
}

fn leftovers(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.root.join("posts")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(TEMPORARY)).collect()
}

#[cfg(unix)]
#[test]
fn a_file_is_replaced_with_its_mode_kept() {
    use std::os::unix::fs::PermissionsExt;
    let place = place(&["posts/a.md"]);
    let path = place.folder.root.join("posts/a.md");
    for mode in [0o644, 0o600, 0o755, 0o664] {
        set_mode(&path, mode);
        let edit = |mut bytes: Vec<u8>| {
            bytes.extend(b"more\n");
            Ok::<_, Infallible>(bytes)
        };
        let after = place.folder.replace("posts/a.md", edit).unwrap();
        assert_eq!(fs::read(&path).unwrap(), after);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            mode
        );
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap().matches("more").count(),
        4
    );
    assert!(leftovers(&place.folder).is_empty());
}

#[test]
fn what_an_author_saves_in_between_stays() {
    let place = place(&["posts/a.md"]);
    let path = place.folder.root.join("posts/a.md");
    let mut calls = 0;
    let edit = |bytes: Vec<u8>| {
        calls += 1;
        if calls < 3 {
            fs::write(&path, format!("saved {calls}\n")).unwrap();
        }
        Ok::<_, Infallible>([&bytes[..], b"block\n"].concat())
    };
    place.folder.replace("posts/a.md", edit).unwrap();
    assert_eq!(calls, 3);
    assert_eq!(fs::read_to_string(&path).unwrap(), "saved 2\nblock\n");
    assert!(leftovers(&place.folder).is_empty());
}

#[test]
fn an_edit_that_changes_nothing_does_not_touch_the_file() {
    let place = place(&["posts/a.md"]);
    let path = place.folder.root.join("posts/a.md");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    place
        .folder
        .replace("posts/a.md", Ok::<_, Infallible>)
        .unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
}

#[test]
fn a_refused_edit_leaves_the_file_and_nothing_beside_it() {
    let place = place(&["posts/a.md"]);
    let refused = place.folder.replace("posts/a.md", |_| Err("no"));
    assert!(matches!(refused, Err(ReplaceError::Edit("no"))));
    let bytes = fs::read(place.folder.root.join("posts/a.md")).unwrap();
    assert_eq!(bytes, b"---\n---\nHello\n");
    assert!(leftovers(&place.folder).is_empty());
}

#[test]
fn a_file_that_is_deleted_meanwhile_is_not_brought_back() {
    let place = place(&["posts/a.md"]);
    let path = place.folder.root.join("posts/a.md");
    let edit = |_| {
        fs::remove_file(&path).unwrap();
        Ok::<_, Infallible>(b"block".to_vec())
    };
    let error = place.folder.replace("posts/a.md", edit).unwrap_err();
    assert!(error.to_string().contains("posts/a.md: "), "{error}");
    assert!(!path.exists());
    assert!(leftovers(&place.folder).is_empty());
}

#[cfg(unix)]
#[test]
#[allow(clippy::print_stderr)]
fn a_folder_that_takes_no_file_is_an_error_and_the_file_is_as_it_was() {
    let place = place(&["posts/a.md"]);
    let posts = place.folder.root.join("posts");
    set_mode(&posts, 0o555);
    if fs::write(posts.join("probe"), "").is_ok() {
        eprintln!("skipped: this user (root?) may write into every folder");
        return;
    }
    let edit = |_| Ok::<_, Infallible>(b"block".to_vec());
    let error = place.folder.replace("posts/a.md", edit).unwrap_err();
    assert!(error.to_string().contains("posts/a.md: "), "{error}");
    set_mode(&posts, 0o755);
    assert_eq!(fs::read(posts.join("a.md")).unwrap(), b"---\n---\nHello\n");
}

#[test]
fn what_an_interrupted_run_left_is_removed_and_nothing_else() {
    let place = place(&[
        "posts/.updraft-abc.tmp",
        "posts/deep/.updraft-def.tmp",
        "posts/.updraft-notes",
        "posts/a.tmp",
        "posts/a.md",
        "elsewhere/.updraft-abc.tmp",
    ]);
    place.folder.remove_leftovers();
    let exists = |path: &str| place.folder.root.join(path).exists();
    assert!(!exists("posts/.updraft-abc.tmp") && !exists("posts/deep/.updraft-def.tmp"));
    for kept in [
        "posts/.updraft-notes",
        "posts/a.tmp",
        "posts/a.md",
        "elsewhere/.updraft-abc.tmp",
    ] {
        assert!(exists(kept), "{kept}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_named_like_a_post_is_a_mistake_and_is_not_waited_for() {
    let place = place(&[]);
    let pipe = place.folder.root.join("posts/a.md");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    assert_eq!(
        found(&place.folder),
        ["posts/a.md: unreadable-file (remove it from the posts folder)"]
    );
}
