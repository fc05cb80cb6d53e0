//! Stands between the binary and a server: counts the requests of one test, and lets some fail.
//!
//! A server that several tests share can't do that itself: what fails must fail for one of them.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;

/// The longest that anything here waits for something that a test waits for, too.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing is done, and this is answered: status, headers, body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// Nothing is done, and the connection ends.
    DropBefore,
    /// It is done, and the connection ends.
    DropAfter,
    /// It is done, and the answer ends half-way through.
    Torn,
    /// It is done, and the answer waits for [`Relay::release`].
    Held,
    /// Nothing is done; the connection ends after [`Relay::release`].
    HeldBefore,
    /// It is done, and the answer has these headers.
    Headers(Vec<(&'static str, String)>),
}

impl Fault {
    /// An XRPC error without headers.
    pub fn refusal(status: u16, error: &str, message: &str) -> Fault {
        let body = serde_json::json!({ "error": error, "message": message });
        Fault::Status(status, Vec::new(), body.to_string())
    }
}

/// A port of 127.0.0.1 that leads to a server.
pub struct Relay {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// NSID, how many calls go well first, how many fail, how.
    faults: Vec<(String, usize, usize, Fault)>,
    requests: Vec<String>,
    held: usize,
    released: bool,
    secrets: Vec<String>,
}

impl Relay {
    /// Leads to `server`, an `http://127.0.0.1:PORT`.
    pub fn start(server: &str) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let shared = Arc::new(Shared::default());
        let for_all = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, shared) = (server.clone(), Arc::clone(&for_all));
                thread::spawn(move || serve(stream, &server, &shared));
            }
        });
        Relay { url, shared }
    }

    /// Where the binary is to go.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets `times` calls of `nsid` fail, after `after` that go well.
    pub fn fault(&self, nsid: &str, (after, times): (usize, usize), fault: Fault) {
        let mut state = self.shared.state.lock().unwrap();
        state.faults.push((nsid.to_owned(), after, times, fault));
    }

    /// Takes back all faults.
    pub fn mend(&self) {
        let mut state = self.shared.state.lock().unwrap();
        state.faults.clear();
        state.released = false;
    }

    /// The methods called since the last [`Relay::forget`].
    pub fn requests(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().requests.clone()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.shared.state.lock().unwrap().requests.clear();
    }

    /// Waits until `count` answers have been held back in all.
    pub fn wait_for_held(&self, count: usize) {
        let state = self.shared.state.lock().unwrap();
        let few = |state: &mut State| state.held < count;
        let waiting = &self.shared.changed;
        let (state, waited) = waiting.wait_timeout_while(state, PATIENCE, few).unwrap();
        drop(state);
        assert!(!waited.timed_out(), "no request came to be held");
    }

    /// Lets the answers go that are held.
    pub fn release(&self) {
        self.shared.state.lock().unwrap().released = true;
        self.shared.changed.notify_all();
    }

    /// Every token that the server gave.
    pub fn secrets(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().secrets.clone()
    }
}

impl Shared {
    fn take(&self, nsid: &str) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        state.requests.push(nsid.to_owned());
        let (_, after, times, fault) = state
            .faults
            .iter_mut()
            .find(|(of, _, times, _)| of == nsid && *times > 0)?;
        if *after > 0 {
            *after -= 1;
            return None;
        }
        *times -= 1;
        Some(fault.clone())
    }

    fn hold(&self) {
        let mut state = self.state.lock().unwrap();
        state.held += 1;
        self.changed.notify_all();
        let held = |state: &mut State| !state.released;
        drop(
            self.changed
                .wait_timeout_while(state, PATIENCE, held)
                .unwrap(),
        );
    }

    fn learn_secrets(&self, answer: &[u8]) {
        let text = String::from_utf8_lossy(answer);
        let Some(json) = text.find('{').and_then(|start| text.get(start..)) else {
            return;
        };
        // A chunked body ends with its zero.
        let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
        let Some(Ok(body)) = values.next() else {
            return;
        };
        let tokens = ["accessJwt", "refreshJwt"].map(|key| body[key].as_str().map(str::to_owned));
        let mut state = self.state.lock().unwrap();
        state.secrets.extend(tokens.into_iter().flatten());
    }
}

fn serve(mut client: TcpStream, server: &str, shared: &Shared) -> Option<()> {
    let (head, body) = read(&mut client)?;
    let target = head.lines().next()?.split(' ').nth(1)?;
    let nsid = target
        .strip_prefix("/xrpc/")
        .and_then(|rest| rest.split('?').next());
    let nsid = nsid.unwrap_or(target).to_owned();
    let fault = shared.take(&nsid);
    match &fault {
        Some(Fault::DropBefore) => return client.shutdown(Shutdown::Both).ok(),
        Some(Fault::HeldBefore) => {
            shared.hold();
            return client.shutdown(Shutdown::Both).ok();
        }
        Some(Fault::Status(status, headers, body)) => {
            return client.write_all(&refused(*status, headers, body)).ok();
        }
        _ => {}
    }
    let mut answer = forward(server, &head, &body)?;
    if nsid.starts_with("com.atproto.server.") {
        shared.learn_secrets(&answer);
    }
    match fault {
        Some(Fault::DropAfter) => return client.shutdown(Shutdown::Both).ok(),
        Some(Fault::Torn) => {
            let start = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
            answer.truncate(start + (answer.len() - start) / 2);
        }
        Some(Fault::Held) => shared.hold(),
        Some(Fault::Headers(headers)) => answer = with_headers(&answer, &headers)?,
        _ => {}
    }
    client.write_all(&answer).ok()
}

fn with_headers(answer: &[u8], headers: &[(&str, String)]) -> Option<Vec<u8>> {
    let start = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..start]).into_owned();
    let lines = head.split("\r\n");
    let is_other = |line: &str| {
        let name = line.split(':').next().unwrap_or_default();
        headers
            .iter()
            .all(|(new, _)| !name.eq_ignore_ascii_case(new))
    };
    let kept: Vec<&str> = lines.filter(|line| is_other(line)).collect();
    let new: String = headers
        .iter()
        .map(|(name, value)| format!("\r\n{name}: {value}"))
        .collect();
    let head = kept.join("\r\n") + &new;
    Some([head.as_bytes(), &answer[start..]].concat())
}

fn refused(status: u16, headers: &[(&str, String)], body: &str) -> Vec<u8> {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    format!("HTTP/1.1 {status} Refused\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}").into_bytes()
}

/// The head, and the body as it came on the wire.
fn read(client: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        // One request a connection: nothing then is left in doubt by its end. And nothing
        // compressed: the tokens are to be seen.
        if !lower.starts_with("connection:") && !lower.starts_with("accept-encoding:") {
            head += &line;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn forward(server: &str, head: &str, body: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(server).ok()?;
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(b"connection: close\r\n\r\n").ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(answer)
}
