//! One test's place: an account, a bare remote, clones, and the binary in a scrubbed environment.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    peer::{self, Account, Peer},
    relay::{PATIENCE, Relay},
};

pub use crate::work::{Ran, Work};

pub const POST: &str = "app.bsky.feed.post";
pub const APPLY: &str = "com.atproto.repo.applyWrites";

/// A record as the server has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub uri: String,
    pub cid: String,
    pub value: Value,
}

pub struct Bench {
    pub account: Account,
    pub relay: Relay,
    server: String,
    /// The PLC directory.
    pub plc: String,
    folder: TempDir,
}

impl Bench {
    /// An account, a bare remote with an empty commit on `main`, and a clone of it called `home`.
    pub fn new(peer: &dyn Peer) -> Bench {
        let bench = Bench {
            account: peer.new_account(),
            relay: Relay::start(peer.url()),
            server: peer.url().to_owned(),
            plc: peer.plc().to_owned(),
            folder: tempfile::tempdir().unwrap(),
        };
        let remote = bench.remote();
        bench.git_at(
            bench.folder.path(),
            &["init", "-q", "--bare", "-b", "main", &remote],
        );
        let home = bench.folder.path().join("home");
        bench.git_at(bench.folder.path(), &["clone", "-q", &remote, "home"]);
        bench.git_at(
            &home,
            &["commit", "-q", "--allow-empty", "-m", "Begin the calendar"],
        );
        bench.git_at(&home, &["push", "-q", "-u", "origin", "HEAD:main"]);
        bench.git_at(&home, &["remote", "set-head", "origin", "main"]);
        bench
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The bare remote.
    pub fn remote(&self) -> String {
        let path = self.folder.path().join("remote.git");
        path.to_str().unwrap().to_owned()
    }

    /// The clone that every test has.
    pub fn home(&self) -> Work<'_> {
        self.work("home")
    }

    /// A fresh clone of the remote.
    pub fn clone_as(&self, name: &str) -> Work<'_> {
        self.git_at(self.folder.path(), &["clone", "-q", &self.remote(), name]);
        self.work(name)
    }

    pub fn work(&self, name: &str) -> Work<'_> {
        Work {
            bench: self,
            path: self.folder.path().join(name),
        }
    }

    /// Runs git, which must succeed.
    #[track_caller]
    pub fn git_at(&self, folder: &Path, args: &[&str]) -> String {
        let output = self.try_git_at(folder, args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub fn try_git_at(&self, folder: &Path, args: &[&str]) -> Output {
        let mut command = Command::new("git");
        self.scrub(&mut command);
        command
            .args(args)
            .current_dir(folder)
            .output()
            .expect("git is installed")
    }

    /// The remote's `main`.
    pub fn tip(&self) -> String {
        self.at_remote(&["rev-parse", "main"]).trim().to_owned()
    }

    #[track_caller]
    pub fn at_remote(&self, args: &[&str]) -> String {
        self.git_at(Path::new(&self.remote()), args)
    }

    /// How many commits the remote's `main` has.
    pub fn commits(&self) -> usize {
        let count = self.at_remote(&["rev-list", "--count", "main"]);
        count.trim().parse().unwrap()
    }

    /// A file on the remote's `main`, byte for byte.
    #[track_caller]
    pub fn remote_file(&self, path: &str) -> Vec<u8> {
        self.remote_file_at("main", path)
    }

    #[track_caller]
    pub fn remote_file_at(&self, commit: &str, path: &str) -> Vec<u8> {
        let name = format!("{commit}:{path}");
        let output = self.try_git_at(Path::new(&self.remote()), &["show", &name]);
        assert!(output.status.success(), "no {name} on the remote");
        output.stdout
    }

    /// The `bluesky:` blocks on the remote's `main`; null for a file without one.
    pub fn blocks(&self) -> BTreeMap<String, Value> {
        let names = self.at_remote(&["ls-tree", "-r", "--name-only", "main", "--", "posts"]);
        let posts = names.lines().filter(|name| name.ends_with(".md"));
        posts
            .map(|name| (name.to_owned(), block_of(&self.remote_file(name))))
            .collect()
    }

    /// The account's posts, oldest key first.
    pub fn records(&self) -> Vec<Record> {
        self.records_in(POST)
    }

    /// The account's records of a collection, oldest key first.
    pub fn records_in(&self, collection: &str) -> Vec<Record> {
        let mut records = Vec::new();
        let mut cursor = String::new();
        loop {
            let did = &self.account.did;
            let query = format!(
                "repo={did}&collection={collection}&limit=100&reverse=true&cursor={cursor}"
            );
            let query = query.trim_end_matches("&cursor=");
            let page = peer::get(&self.server, "com.atproto.repo.listRecords", query);
            for record in page["records"].as_array().unwrap() {
                let (uri, cid) = (peer::text(record, "uri"), peer::text(record, "cid"));
                let value = record["value"].clone();
                records.push(Record { uri, cid, value });
            }
            match page["cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return records,
            }
        }
    }

    /// The texts of the account's posts, sorted.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self
            .records()
            .iter()
            .map(|record| peer::text(&record.value, "text"))
            .collect();
        texts.sort();
        texts
    }

    /// Asserts that each file on the remote but drafts is published, that the blocks name every record of
    /// the account with its CID, and each once.
    #[track_caller]
    pub fn assert_exactly_once(&self) {
        let mut named = Vec::new();
        for (path, block) in self.blocks() {
            if path.ends_with("draft.md") {
                assert!(block.is_null(), "{path}: {block}");
                continue;
            }
            assert_eq!(block["status"], "published", "{path}: {block}");
            for part in block["posts"].as_array().unwrap() {
                named.push((peer::text(part, "uri"), peer::text(part, "cid")));
            }
        }
        named.sort();
        let records = self.records().into_iter();
        let mut there: Vec<_> = records.map(|record| (record.uri, record.cid)).collect();
        there.sort();
        assert_eq!(named, there, "blocks on the left, records on the right");
    }

    /// Writes records past the binary.
    pub fn apply(&self, writes: &Value) {
        self.apply_as(&self.account, writes);
    }

    /// Writes records of any account of the server; gives their URIs and CIDs.
    pub fn apply_as(&self, account: &Account, writes: &Value) -> Vec<(String, String)> {
        let input = json!({ "repo": account.did, "writes": writes });
        let done = peer::post(&self.server, APPLY, &self.token(account), &input);
        let results = done["results"].as_array().cloned().unwrap_or_default();
        let created = results.iter().filter(|result| !result["uri"].is_null());
        created
            .map(|result| (peer::text(result, "uri"), peer::text(result, "cid")))
            .collect()
    }

    /// Tries to write records past the binary; gives the status of the answer.
    pub fn try_to_apply(&self, writes: &Value) -> u16 {
        let input = json!({ "repo": self.account.did, "writes": writes });
        peer::try_to_post(&self.server, APPLY, &self.token(&self.account), &input)
    }

    /// A new record of any account; gives its URI and CID.
    pub fn create_as(
        &self,
        account: &Account,
        collection: &str,
        rkey: &str,
        value: Value,
    ) -> (String, String) {
        let mut value = value;
        value["$type"] = json!(collection);
        value["createdAt"] = json!(at(Utc::now() - TimeDelta::days(1)));
        let mut write = json!({ "$type": "com.atproto.repo.applyWrites#create", "collection": collection, "value": value });
        if !rkey.is_empty() {
            write["rkey"] = json!(rkey);
        }
        self.apply_as(account, &json!([write])).remove(0)
    }

    /// Posts by hand, as another client would.
    pub fn post_by_hand(&self, texts: impl IntoIterator<Item = String>, at: DateTime<Utc>) {
        let created_at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let writes: Vec<Value> = texts
            .into_iter()
            .map(|text| {
                let value = json!({ "$type": POST, "text": text, "createdAt": created_at });
                json!({ "$type": "com.atproto.repo.applyWrites#create", "collection": POST, "value": value })
            })
            .collect();
        self.apply(&json!(writes));
    }

    pub fn delete(&self, uri: &str) {
        let rkey = uri.rsplit('/').next().unwrap();
        let write = json!({ "$type": "com.atproto.repo.applyWrites#delete", "collection": POST, "rkey": rkey });
        self.apply(&json!([write]));
    }

    /// Gives a post another text, as another client would.
    pub fn change(&self, uri: &str, text: &str) {
        let rkey = uri.rsplit('/').next().unwrap();
        let value = json!({ "$type": POST, "text": text, "createdAt": at(Utc::now()) });
        let write = json!({ "$type": "com.atproto.repo.applyWrites#update", "collection": POST, "rkey": rkey, "value": value });
        self.apply(&json!([write]));
    }

    fn token(&self, account: &Account) -> String {
        let who = json!({ "identifier": account.did, "password": account.password });
        let session = peer::post(&self.server, "com.atproto.server.createSession", "", &who);
        peer::text(&session, "accessJwt")
    }

    pub fn scrub(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ada");
            command.env(format!("GIT_{role}_EMAIL"), "ada@example.com");
        }
    }
}

pub fn write_hook(folder: &Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The value of a file's `bluesky:` key; null where there is none.
pub fn block_of(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let text = text.trim_start_matches('\u{feff}');
    let matter = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split("\n---").next());
    let matter: Value = serde_yaml::from_str(matter.unwrap_or_default()).unwrap_or_default();
    matter.get("bluesky").cloned().unwrap_or_default()
}

/// `publish_at` so many minutes ago, in whole seconds.
pub fn ago(minutes: i64) -> String {
    at(Utc::now() - TimeDelta::minutes(minutes))
}

pub fn at(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A post that was due so many minutes ago.
pub fn due(minutes: i64, text: &str) -> String {
    post_at(&ago(minutes), text)
}

pub fn post_at(time: &str, text: &str) -> String {
    format!("---\npublish_at: {time}\n---\n{text}\n")
}

/// Waits until something is so.
#[track_caller]
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
