//! A clone with a remote, at a moment of our choosing, whose accounts live in the sandbox.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser as _;
use http::{Request, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use updraft::{
    atproto::{
        identity::{Dns, DnsError, Looking},
        memory::Memories,
        pause::{Pause, Pausing},
        transport::{Http, Sending, TransportError},
    },
    cli::Cli,
    command::{self, Connect, Console, Machine, Progress, World},
    publish::Network,
    sandbox::{Fault, FaultKind, Sandbox},
};

use crate::{
    blocks::{copy, root},
    story::Said,
};

const UNREACHABLE: &str = "the network is unreachable";
const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

pub struct Desk {
    place: TempDir,
    /// Where `cd` led, below the place.
    folder: PathBuf,
    world: Outside,
}

/// What lies beyond the machine.
#[derive(Clone)]
struct Outside {
    clock: Arc<AtomicI64>,
    /// When whoever waits is told to stop.
    end: Arc<AtomicI64>,
    stop: Arc<AtomicBool>,
    sandbox: Sandbox,
    /// Handles, and whose they are.
    accounts: BTreeMap<String, String>,
    is_reachable: Arc<AtomicBool>,
    memories: Memories,
}

impl Desk {
    pub fn set(folder: &str, time: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let clone = place.path().join("announcements");
        let source = root().join("tests/book").join(folder);
        copy(&source, &clone);
        let clock = Arc::new(AtomicI64::new(micros(time)));
        let told = clock.clone();
        let sandbox = Sandbox::new(Arc::new(move || moment(&told)));
        let accounts = handles(&clone)
            .into_iter()
            .map(|handle| (handle.clone(), sandbox.add_account(&handle, PASSWORD)))
            .collect();
        let world = Outside {
            end: Arc::new(AtomicI64::new(i64::MAX)),
            clock,
            stop: Arc::default(),
            sandbox,
            accounts,
            is_reachable: Arc::new(AtomicBool::new(true)),
            memories: Memories::default(),
        };
        let mut desk = Self {
            folder: clone,
            place,
            world,
        };
        for command in [
            "git init -q --bare -b main ../remote.git",
            "git init -q -b main",
            "git config user.name Alice",
            "git config user.email alice@example.com",
            "git config commit.gpgSign false",
            "git remote add origin ../remote.git",
            "git add -A",
            "git commit -q -m 'Set up'",
            "git push -q -u origin main",
        ] {
            desk.type_in(command);
        }
        desk
    }

    /// A command that has to go well.
    pub fn type_in(&mut self, command: &str) {
        let said = self.run(command);
        assert_eq!(said.exit, 0, "{command}: {}", said.words);
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    pub fn wait_for(&mut self, time: &str) {
        let time = micros(time);
        assert!(time > self.world.clock.swap(time, Ordering::SeqCst));
    }

    /// Something happens elsewhere.
    pub fn suffer(&mut self, words: &str) {
        let world = &self.world;
        match words.split_once(' ').unwrap_or((words, "")) {
            ("revoke", handle) => {
                let did = &world.accounts[handle];
                world.sandbox.revoke_app_password(did, PASSWORD);
            }
            ("offline", _) => world.is_reachable.store(false, Ordering::SeqCst),
            ("online", _) => world.is_reachable.store(true, Ordering::SeqCst),
            ("lose", "the answer") => {
                let write = "com.atproto.repo.applyWrites";
                world
                    .sandbox
                    .fault(Fault::once(write, FaultKind::DropAfter));
            }
            ("interrupt", time) => world.end.store(micros(time), Ordering::SeqCst),
            (handle, words) if world.accounts.contains_key(handle) => {
                let text = words.strip_prefix("posts ").expect("posts TEXT");
                world.post_by_hand(&world.accounts[handle], text);
            }
            _ => panic!("what is `{words}`?"),
        }
    }

    pub fn run(&mut self, command: &str) -> Said {
        let words = words(command);
        match words[0].as_str() {
            "cd" => {
                self.folder = dunce::canonicalize(self.folder.join(&words[1])).unwrap();
                let words = String::new();
                Said { words, exit: 0 }
            }
            "git" => self.git(&words[1..]),
            "updraft" => self.updraft(&words),
            _ => panic!("nobody has `{command}` here"),
        }
    }

    fn git(&self, words: &[String]) -> Said {
        let time = moment(&self.world.clock).to_rfc3339();
        let output = Command::new("git")
            .args(words)
            .current_dir(&self.folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", &time)
            .env("GIT_COMMITTER_DATE", &time)
            .output()
            .unwrap();
        let words = [output.stdout, output.stderr].concat();
        Said {
            words: String::from_utf8(words).unwrap(),
            exit: output.status.code().unwrap(),
        }
    }

    fn updraft(&self, words: &[String]) -> Said {
        let env = |name: &str| {
            let is_password =
                name.ends_with("_PASSWORD") || name.starts_with("BLUESKY_APP_PASSWORD_");
            is_password.then(|| PASSWORD.to_owned())
        };
        let clock = self.world.clock.clone();
        self.world.stop.store(false, Ordering::SeqCst);
        let screen = Screen::default();
        let (mut out, mut err) = (screen.clone(), screen.clone());
        let cli = Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
        let ended = command::run(
            cli,
            &World {
                directory: self.folder.clone(),
                env: &env,
                clock: Arc::new(move || moment(&clock)),
                storage: &Machine,
                network: &self.world,
                stop: self.world.stop.clone(),
                pause: Arc::new(self.world.clone()),
                rehearsal: None,
            },
            &mut Console {
                out: &mut out,
                err: &mut err,
                color: false,
                is_terminal: false,
                width: 100,
                progress: &Progress::default(),
            },
        );
        let exit = ended.unwrap_or_else(|error| {
            writeln!(err, "error: {error}").unwrap();
            error.exit
        });
        let here = dunce::canonicalize(self.place.path()).unwrap();
        let words = String::from_utf8(screen.0.take()).unwrap();
        Said {
            words: words.replace(here.to_str().unwrap(), "/home/alice"),
            exit: exit as i32,
        }
    }
}

/// Results and complaints, in the order in which they come.
#[derive(Clone, Default)]
struct Screen(Rc<RefCell<Vec<u8>>>);

impl io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Dns for Outside {
    fn texts<'a>(&'a self, name: &'a str) -> Looking<'a, Vec<String>> {
        Box::pin(async move { self.asked(name, Vec::new()) })
    }

    fn has_address<'a>(&'a self, host: &'a str) -> Looking<'a, bool> {
        Box::pin(async move { self.asked(host, true) })
    }
}

impl Pause for Outside {
    fn pause(&self, time: Duration) -> Pausing<'_> {
        Box::pin(async move {
            let time = i64::try_from(time.as_micros()).unwrap();
            let now = time + self.clock.fetch_add(time, Ordering::SeqCst);
            tokio::task::yield_now().await;
            let is_over = now >= self.end.load(Ordering::SeqCst);
            self.stop.fetch_or(is_over, Ordering::SeqCst);
            !is_over
        })
    }

    fn glance(&self) -> Duration {
        Duration::from_secs(1)
    }
}

impl Http for Outside {
    fn send(&self, request: Request<Vec<u8>>) -> Sending<'_> {
        Box::pin(async move {
            if !self.is_reachable.load(Ordering::SeqCst) {
                return Err(TransportError::NeverSent(UNREACHABLE.to_owned()));
            }
            if let Some(known) = self.directory(&request) {
                return Ok(known);
            }
            let answer = self.sandbox.call(request).await;
            answer.map_err(|error| TransportError::Interrupted(error.to_string()))
        })
    }
}

impl Outside {
    /// What a name server says.
    fn asked<T>(&self, name: &str, answer: T) -> Result<T, DnsError> {
        match self.is_reachable.load(Ordering::SeqCst) {
            true => Ok(answer),
            false => Err(DnsError {
                name: name.to_owned(),
                reason: UNREACHABLE.to_owned(),
            }),
        }
    }

    /// As the app does.
    fn post_by_hand(&self, did: &str, text: &str) {
        let ask = |method: &str, token: &str, body: Value| -> Value {
            let request =
                Request::post(format!("https://pds.example.com/xrpc/com.atproto.{method}"));
            let request = request.header("content-type", "application/json");
            let request = match token {
                "" => request,
                token => request.header("authorization", format!("Bearer {token}")),
            };
            let request = request.body(body.to_string().into_bytes()).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let answer = runtime.block_on(self.sandbox.call(request)).unwrap();
            serde_json::from_slice(answer.body()).unwrap()
        };
        let who = json!({ "identifier": did, "password": PASSWORD });
        let session = ask("server.createSession", "", who);
        let collection = "app.bsky.feed.post";
        let at = moment(&self.clock).to_rfc3339();
        let (start, tag) = text.split_once('#').expect("it ends in a tag");
        let facet = json!({
            "index": { "byteStart": start.len(), "byteEnd": text.len() },
            "features": [{ "$type": "app.bsky.richtext.facet#tag", "tag": tag }],
        });
        let value = json!({ "$type": collection, "text": text, "facets": [facet], "langs": ["en"], "createdAt": at });
        let write = json!({ "$type": "com.atproto.repo.applyWrites#create", "collection": collection, "value": value });
        let writes = json!({ "repo": did, "writes": [write] });
        let token = session["accessJwt"].as_str().unwrap();
        let written = ask("repo.applyWrites", token, writes);
        assert!(written["results"].is_array(), "{written}");
    }

    /// What the web says of handles, and the directory of accounts.
    fn directory(&self, request: &Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        let host = request.uri().host().unwrap_or_default();
        let path = request.uri().path();
        if path == "/.well-known/atproto-did" {
            let did = self.accounts.get(host)?.clone();
            return Some(Response::new(did.into_bytes()));
        }
        let of = |did: &str| path.trim_start_matches('/') == did;
        let (handle, did) = self.accounts.iter().find(|(_, did)| of(did))?;
        let document = json!({
            "id": did,
            "alsoKnownAs": [format!("at://{handle}")],
            "service": [{
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": "https://pds.example.com",
            }],
        });
        Some(Response::new(document.to_string().into_bytes()))
    }
}

impl Connect for Outside {
    fn connect(&self) -> Result<Network, String> {
        let clock = self.clock.clone();
        Ok(Network {
            http: Arc::new(self.clone()),
            dns: Arc::new(self.clone()),
            plc: Some("http://localhost".to_owned()),
            video: None,
            clock: Arc::new(move || moment(&clock)),
            pause: Arc::new(self.clone()),
            memories: self.memories.clone(),
            closed: false,
        })
    }
}

fn micros(time: &str) -> i64 {
    let time: DateTime<Utc> = time.parse().unwrap_or_else(|_| panic!("no time: {time}"));
    time.timestamp_micros()
}

/// The time; a hundredth of a second later at each look.
fn moment(clock: &AtomicI64) -> DateTime<Utc> {
    let step = TimeDelta::milliseconds(1).num_microseconds().unwrap();
    let micros = clock.fetch_add(step, Ordering::SeqCst);
    DateTime::from_timestamp_micros(micros).unwrap()
}

/// Whose posts these are, as updraft.yml says.
fn handles(clone: &Path) -> Vec<String> {
    let config = fs::read_to_string(clone.join("updraft.yml")).unwrap();
    let config: serde_json::Value = serde_yaml::from_str(&config).unwrap();
    let accounts = config["accounts"].as_object().unwrap().values();
    let handles = accounts.map(|account| account["handle"].as_str().unwrap().to_owned());
    handles.collect()
}

/// As a shell takes a line apart.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (c, quote) {
            (' ', None) => words.push(String::new()),
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}
