//! Runs the user's own `git`, so that its credentials, ssh, proxies, hooks and filters apply.

use std::{
    ffi::OsString,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::error::GitError;

/// For what happens on this machine.
pub(super) const LOCAL: Duration = Duration::from_secs(120);
/// For what asks a server.
pub(super) const REMOTE: Duration = Duration::from_secs(300);
/// For fetching a whole history.
pub(super) const HISTORY: Duration = Duration::from_secs(1800);

/// Variables that would point git at another repository, or make it print tokens.
const UNWANTED: [&str; 15] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_TRACE",
    "GIT_TRACE_CURL",
    "GIT_TRACE_CURL_NO_DATA",
    "GIT_TRACE_PACKET",
    "GIT_TRACE_SETUP",
    "GIT_TRACE_REDACT",
    "GIT_CURL_VERBOSE",
];

/// One call of git: its subcommand, arguments and input.
pub(super) struct Call<'a> {
    pub(super) args: Vec<OsString>,
    pub(super) stdin: &'a [u8],
    pub(super) env: Vec<(&'static str, OsString)>,
    pub(super) limit: Duration,
}

/// What came of a call that ran to its end.
pub(super) struct Answer {
    pub(super) ok: bool,
    pub(super) stdout: Vec<u8>,
    /// What git said to people, without the user part of any URL.
    pub(super) said: String,
}

impl Answer {
    /// Standard output, or a failure that names `action`.
    pub(super) fn or_fail(self, action: &str) -> Result<Vec<u8>, GitError> {
        if self.ok {
            return Ok(self.stdout);
        }
        Err(GitError::Child {
            action: action.to_owned(),
            text: self.said,
        })
    }
}

impl<'a> Call<'a> {
    pub(super) fn new<S: Into<OsString>>(
        limit: Duration,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            args: args.into_iter().map(Into::into).collect(),
            stdin: &[],
            env: Vec::new(),
            limit,
        }
    }

    pub(super) fn input(mut self, bytes: &'a [u8]) -> Self {
        self.stdin = bytes;
        self
    }

    /// Runs it on the given repository; a non-zero exit is an [`Answer`], not an error.
    /// It is ended early where `stop` says so.
    pub(super) fn run(
        self,
        git_dir: &Path,
        root: &Path,
        stop: Option<&AtomicBool>,
    ) -> Result<Answer, GitError> {
        let started = Instant::now();
        let mut child = self
            .command(git_dir, root)
            .spawn()
            .map_err(|source| GitError::NoGit { source })?;
        let output = child.stdout.take().map(Reading::of);
        let errors = child.stderr.take().map(Reading::of);
        write_aside(&mut child, self.stdin.to_vec());
        let status = self.wait(&mut child, stop)?;
        tracing::debug!(
            arguments = %self.shown(),
            ms = started.elapsed().as_millis() as u64,
            "git {}",
            if status.success() { "succeeded" } else { "failed" }
        );
        Ok(Answer {
            ok: status.success(),
            stdout: output.map(Reading::end).unwrap_or_default(),
            said: plain(&errors.map(Reading::end).unwrap_or_default()),
        })
    }

    /// The arguments for the log: remotes stand there by name, never as a URL.
    fn shown(&self) -> String {
        let shown: Vec<_> = self.args.iter().map(|arg| arg.to_string_lossy()).collect();
        shown.join(" ")
    }

    fn command(&self, git_dir: &Path, root: &Path) -> Command {
        let mut command = Command::new("git");
        for name in UNWANTED {
            command.env_remove(name);
        }
        command
            .env("LC_ALL", "C")
            .env("LANGUAGE", "")
            .env("GIT_TERMINAL_PROMPT", "0")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(root)
            // No background maintenance: it would keep our pipes open.
            .args(["-c", "core.quotepath=false", "-c", "gc.auto=0"])
            .args(["-c", "maintenance.auto=false"])
            .args(&self.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if !root.join(".git").exists() {
            // `core.worktree` points here from elsewhere. Otherwise git finds it alone, and hooks
            // get no variables that they don't expect.
            command.env("GIT_DIR", git_dir).env("GIT_WORK_TREE", root);
        }
        own_group(&mut command);
        command
    }

    fn wait(&self, child: &mut Child, stop: Option<&AtomicBool>) -> Result<ExitStatus, GitError> {
        let end = Instant::now() + self.limit;
        let is_stopped = || stop.is_some_and(|stop| stop.load(Ordering::SeqCst));
        let mut pause = Duration::from_millis(1);
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if Instant::now() < end && !is_stopped() => thread::sleep(pause),
                Ok(None) => return Err(self.stop(child)),
                Err(source) => return Err(GitError::NoGit { source }),
            }
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    fn stop(&self, child: &mut Child) -> GitError {
        stop_group(child);
        GitError::TimedOut {
            action: self
                .args
                .first()
                .map(|arg| arg.to_string_lossy().into_owned())
                .unwrap_or_default(),
            seconds: self.limit.as_secs(),
        }
    }
}

/// Replaces the user part of every URL in `text`: tokens hide there.
pub(super) fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let end = after
            .find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"')
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        clean.push_str(
            authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host),
        );
        rest = tail;
    }
    clean.push_str(rest);
    clean
}

/// Ctrl-C at the terminal reaches updraft alone, which lets a push end.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn own_group(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
}

/// Ends git and the transport it started; what can't be ended is left to the system.
fn stop_group(child: &mut Child) {
    #[cfg(unix)]
    let (program, arguments) = ("kill", ["-KILL", "--", &format!("-{}", child.id())]);
    #[cfg(windows)]
    let (program, arguments) = ("taskkill", ["/F", "/T", "/PID", &child.id().to_string()]);
    Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok();
    child.kill().ok();
    child.wait().ok();
}

/// What a child has written so far, read by a thread of its own.
struct Reading {
    bytes: Arc<Mutex<Vec<u8>>>,
    done: Receiver<()>,
}

impl Reading {
    fn of(mut stream: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (send, done) = channel();
        let shared = Arc::clone(&bytes);
        thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(length @ 1..) = stream.read(&mut chunk) {
                held(&shared).extend(chunk.iter().take(length));
            }
            send.send(()).ok();
        });
        Self { bytes, done }
    }

    /// What there is, now that git has ended: a daemon that it started (a credential cache, a
    /// shared ssh connection) may keep the pipe open for hours.
    fn end(self) -> Vec<u8> {
        self.done.recv_timeout(Duration::from_secs(2)).ok();
        std::mem::take(&mut held(&self.bytes))
    }
}

fn held(bytes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_aside(child: &mut Child, bytes: Vec<u8>) {
    let Some(mut stdin) = child.stdin.take() else {
        return;
    };
    if bytes.is_empty() {
        return;
    }
    // If git ends early, its exit status tells why.
    thread::spawn(move || stdin.write_all(&bytes).ok());
}

/// git's words on one line, without control characters.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<_> = text
        .split(['\n', '\r'])
        .map(|line| line.trim().trim_start_matches("remote:").trim())
        .filter(|line| !line.is_empty() && !line.starts_with("hint:"))
        .collect();
    let joined: String = lines
        .join("; ")
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    match joined.is_empty() {
        true => "it said nothing".to_owned(),
        false => without_credentials(&joined),
    }
}
