//! A new machine: a shell that finds updraft and git, and nothing else.

use std::{fs, path::PathBuf, process::Command};

use tempfile::TempDir;

use crate::story::Said;

/// What git is told on every new machine, and where the repository of the tutorial really is.
const SETTINGS: &str = "[user]\n\tname = Alice\n\temail = alice@example.com\n";

pub struct Shell {
    place: TempDir,
    /// Where `cd` led.
    folder: PathBuf,
}

impl Shell {
    pub fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        for folder in ["home", "bin", "work"] {
            fs::create_dir(at(folder)).unwrap();
        }
        std::os::unix::fs::symlink(updraft(), at("bin/updraft")).unwrap();
        std::os::unix::fs::symlink(git(), at("bin/git")).unwrap();
        let remote = at("remote.git").display().to_string();
        let told = format!(
            "{SETTINGS}[url \"{remote}\"]\n\tinsteadOf = https://github.com/alice/announcements.git\n"
        );
        fs::write(at("home/.gitconfig"), told).unwrap();
        let folder = at("work");
        let mut shell = Self { place, folder };
        shell.run(&format!("git init -q --bare -b main {remote}"));
        shell
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    pub fn run(&mut self, command: &str) -> Said {
        if let Some(name) = command.strip_prefix("cd ") {
            self.folder = dunce::canonicalize(self.folder.join(name)).unwrap();
            let words = String::new();
            return Said { words, exit: 0 };
        }
        let output = Command::new("/bin/sh")
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", self.place.path().join("bin"))
            .env("HOME", self.place.path().join("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        Said {
            words: String::from_utf8(output.stdout).unwrap(),
            exit: output.status.code().unwrap(),
        }
    }
}

/// What is followed with: the binary of an archive, where `UPDRAFT_PACKED` names one.
fn updraft() -> PathBuf {
    let packed = std::env::var_os("UPDRAFT_PACKED").map(PathBuf::from);
    packed.unwrap_or_else(|| env!("CARGO_BIN_EXE_updraft").into())
}

/// Where git is on this machine.
fn git() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join("git"));
    found.find(|git| git.is_file()).expect("git is on PATH")
}
