//! A work tree, and the binary's runs in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::bench::{Bench, block_of, write_hook};

/// A work tree.
pub struct Work<'a> {
    pub bench: &'a Bench,
    pub path: PathBuf,
}

impl Work<'_> {
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path.join(path)).unwrap()
    }

    /// The `bluesky:` block of a file on disk.
    pub fn block(&self, path: &str) -> Value {
        block_of(self.read(path).as_bytes())
    }

    /// Replaces words in a file; they must be there.
    #[track_caller]
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}:\n{text}");
        self.write(path, text.replacen(from, to, 1));
    }

    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.bench.git_at(&self.path, args)
    }

    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Commits everything.
    #[track_caller]
    pub fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "Plan some posts"]);
    }

    /// Commits everything and pushes it.
    #[track_caller]
    pub fn share(&self) {
        self.commit();
        self.git(&["push", "-q", "origin", "HEAD:main"]);
    }

    /// Puts a hook into `folder/hooks`.
    pub fn hook(&self, name: &str, script: &str) {
        write_hook(&self.path.join(".git/hooks"), name, script);
    }

    /// Lets `script` run in `folder` while this clone pushes, once: the dry run before the first write
    /// comes first, and is let through.
    pub fn while_pushing(&self, folder: &Path, script: &str) {
        let mark = self.path.with_extension("pushes");
        let script = format!(
            "echo >> '{mark}'; [ $(wc -l < '{mark}') -eq 2 ] || exit 0\n\
             unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE; exec >&2; set -e; cd '{folder}'\n{script}",
            mark = mark.display(),
            folder = folder.display(),
        );
        self.hook("pre-push", &script);
    }

    /// `updraft publish --push`
    pub fn publish(&self) -> Ran {
        self.run(&["publish", "--push"])
    }

    /// Runs the binary with the account's secrets.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }

    /// The same with other variables; an empty value takes one away.
    pub fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Ran {
        Ran::from(self.command_with(args, variables).output().unwrap())
    }

    pub fn command_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = self.command(args);
        for (name, value) in variables {
            match *value {
                "" => command.env_remove(name),
                value => command.env(name, value),
            };
        }
        command
    }

    /// Starts the binary.
    pub fn start(&self, args: &[&str]) -> Running {
        self.start_with(args, &[])
    }

    /// The same with other variables.
    pub fn start_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Running {
        let mut command = self.command_with(args, variables);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        self.bench.scrub(&mut command);
        let account = &self.bench.account;
        command
            .args(args)
            .current_dir(&self.path)
            .stdin(Stdio::null())
            .env("BLUESKY_HANDLE", &account.handle)
            .env("BLUESKY_APP_PASSWORD", &account.password)
            .env("BLUESKY_PDS_URL", self.bench.relay.url())
            .env("UPDRAFT_PLC_URL", &self.bench.plc);
        command
    }
}

/// A running binary.
pub struct Running(Child);

impl Running {
    /// `kill -9`
    pub fn kill(mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }

    /// Kills it at that age, unless it has ended by then.
    pub fn kill_after(mut self, age: Duration) {
        let end = Instant::now() + age;
        while Instant::now() < end && self.0.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(2));
        }
        self.kill();
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
    }

    pub fn end(self) -> Ran {
        Ran::from(self.0.wait_with_output().unwrap())
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Ran {
        assert!(
            self.all().contains(words),
            "{words:?} expected, found:\n{self}"
        );
        self
    }

    #[track_caller]
    pub fn keeps_quiet_about(self, words: &str) -> Ran {
        assert!(
            !self.all().contains(words),
            "{words:?} not expected:\n{self}"
        );
        self
    }

    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Ran { code, out, err } = self;
        write!(f, "exit {code:?}\n--- output\n{out}--- errors\n{err}---")
    }
}

/// The binary as it was just built; `UPDRAFT_BINARY` names another one, such as a release.
fn binary() -> PathBuf {
    let other = std::env::var_os("UPDRAFT_BINARY").map(PathBuf::from);
    other.unwrap_or_else(|| env!("CARGO_BIN_EXE_updraft").into())
}
