//! Repositories as people and runners have them, made by the real git in temporary places.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod children;
mod commits;
mod contents;
#[path = "../../../tests/support/git_http.rs"]
mod git_http;
mod locks;
mod pushes;
mod remotes;
mod work_trees;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::{FileEdit, Oid, Repository, Target};

pub(super) const POST: &str = "posts/first.md";
pub(super) const TEXT: &str = "---\nlangs: [en]\n---\nHello\n";
pub(super) const PUBLISHED: &str = "---\nlangs: [en]\nbluesky:\n  status: published\n---\nHello\n";

/// A temporary folder, with a space and an umlaut in its name, for a few repositories.
pub(super) struct Place {
    folder: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("up dräft")
            .tempdir()
            .unwrap();
        Self { folder }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        dunce::canonicalize(self.folder.path()).unwrap().join(name)
    }

    /// A repository with [`POST`] and `other.txt` on `main`.
    pub(super) fn repository(&self, name: &str) -> PathBuf {
        let path = self.empty(name);
        write(&path, POST, TEXT);
        write(&path, "other.txt", "one\ntwo\nthree\n");
        git(&path, &["add", "."]);
        git(&path, &["commit", "-qm", "Start"]);
        path
    }

    pub(super) fn empty(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        git(self.folder.path(), &["init", "-q", "-b", "main", name]);
        configure(&path);
        path
    }

    /// `remote.git`, holding what [`Place::repository`] makes, and its address as a file.
    pub(super) fn remote(&self) -> String {
        self.repository("seed");
        git(
            self.folder.path(),
            &["clone", "-q", "--bare", "seed", "remote.git"],
        );
        git(
            &self.path("remote.git"),
            &["config", "http.receivepack", "true"],
        );
        self.remote_url()
    }

    pub(super) fn remote_url(&self) -> String {
        self.path("remote.git").to_str().unwrap().to_owned()
    }

    pub(super) fn clone(&self, url: &str, name: &str, flags: &[&str]) -> PathBuf {
        let mut args = vec!["-c", "http.proxy=", "clone", "-q"];
        args.extend(flags);
        args.extend([url, name]);
        git(self.folder.path(), &args);
        configure(&self.path(name));
        self.path(name)
    }

    /// Another person's push of one file to the remote's `main`.
    pub(super) fn advance(&self, path: &str, text: &str) -> Oid {
        let clone = self.path("colleague");
        if !clone.exists() {
            let url = self.path("remote.git");
            self.clone(url.to_str().unwrap(), "colleague", &[]);
        }
        git(&clone, &["pull", "-q", "--ff-only"]);
        write(&clone, path, text);
        git(&clone, &["add", "."]);
        git(&clone, &["commit", "-qm", "Advance"]);
        git(&clone, &["push", "-q"]);
        oid(&clone, "HEAD")
    }

    /// Makes the remote (or another repository's `hooks`) run a script.
    pub(super) fn hook(&self, hooks: &str, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(hooks).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn configure(path: &Path) {
    let hooks = git(path, &["rev-parse", "--absolute-git-dir"]);
    for (key, value) in [
        ("user.name", "Ada"),
        ("user.email", "ada@example.com"),
        ("core.autocrlf", "false"),
        ("core.hooksPath", &format!("{hooks}/hooks")),
        ("commit.gpgsign", "false"),
        ("http.proxy", ""),
    ] {
        git(path, &["config", key, value]);
    }
}

/// Runs git as nobody in particular and returns what it printed.
pub(super) fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .env("HOME", folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.com")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.com")
        .env("GIT_AUTHOR_DATE", "2026-11-01T09:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-11-01T09:00:00Z")
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

pub(super) fn oid(folder: &Path, name: &str) -> Oid {
    Oid::from_str(&git(folder, &["rev-parse", name])).unwrap()
}

pub(super) fn status(folder: &Path) -> String {
    git(folder, &["status", "--porcelain", "--untracked-files=all"])
}

pub(super) fn open(path: &Path) -> Repository {
    Repository::discover(path).unwrap().unwrap()
}

pub(super) fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

pub(super) fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

pub(super) fn edit(path: &str, text: &str) -> FileEdit {
    FileEdit {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

/// Writes the block as a run does, and commits it.
pub(super) fn publish(path: &Path) -> Oid {
    write(path, POST, PUBLISHED);
    open(path)
        .commit(&[edit(POST, PUBLISHED)], "Publish 1 post")
        .unwrap()
}

pub(super) fn main_branch() -> Target {
    Target {
        remote: "origin".to_owned(),
        branch: "main".to_owned(),
    }
}
