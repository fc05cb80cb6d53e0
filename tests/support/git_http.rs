//! Serves the bare repositories of a folder over http on 127.0.0.1, through `git http-backend`.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

/// A server that lives as long as the test's process.
pub struct GitHttp {
    port: u16,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl GitHttp {
    /// Serves `folder`; with tokens, only to those who send `Authorization: basic TOKEN`: hooks
    /// see as `REMOTE_USER` whose it is.
    pub fn start(folder: &Path, tokens: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let port = listener.local_addr().expect("a bound socket").port();
        let folder = folder.to_owned();
        let tokens = tokens.iter();
        let tokens = tokens.map(|(token, user)| (format!("basic {token}"), (*user).to_owned()));
        let tokens: HashMap<String, String> = tokens.collect();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, tokens) = (folder.clone(), tokens.clone());
                thread::spawn(move || serve(stream, &folder, &tokens));
            }
        });
        Self { port }
    }

    /// The address of one of the folder's repositories.
    pub fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }
}

fn serve(mut stream: TcpStream, folder: &Path, tokens: &HashMap<String, String>) -> Option<()> {
    let request = read(&mut stream)?;
    let sent = request.headers.get("authorization").map(String::as_str);
    let user = sent.and_then(|sent| tokens.get(sent));
    if user.is_none() && !tokens.is_empty() {
        let refusal = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\n\
            Content-Length: 0\r\nConnection: close\r\n\r\n";
        return stream.write_all(refusal.as_bytes()).ok();
    }
    let user = user.map_or("ada", String::as_str);
    let answer = backend(&request, folder, user)?;
    stream.write_all(&answer).ok()
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let first = line(&mut reader)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut headers = HashMap::new();
    loop {
        let header = line(&mut reader)?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    if headers.contains_key("expect") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let body = match headers.get("content-length") {
        Some(length) => exactly(&mut reader, length.parse().ok()?)?,
        None if headers.contains_key("transfer-encoding") => chunks(&mut reader)?,
        None => Vec::new(),
    };
    Some(Request {
        method,
        path,
        query,
        headers,
        body,
    })
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
}

fn exactly(reader: &mut impl Read, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn chunks(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&line(reader)?, 16).ok()?;
        body.extend(exactly(reader, length)?);
        line(reader)?;
        if length == 0 {
            return Some(body);
        }
    }
}

/// Runs `git http-backend` as a web server would (RFC 3875) and turns its answer into HTTP.
fn backend(request: &Request, folder: &Path, user: &str) -> Option<Vec<u8>> {
    let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", PathBuf::from(folder))
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .env("REMOTE_USER", user)
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("HTTP_GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let (mut stdin, body) = (child.stdin.take()?, request.body.clone());
    thread::spawn(move || stdin.write_all(&body));
    let output = child.wait_with_output().ok()?.stdout;
    let split = output.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let (head, body) = output.split_at(split);
    let head = String::from_utf8_lossy(head);
    let status = head.lines().find_map(|line| line.strip_prefix("Status: "));
    let mut answer = format!("HTTP/1.1 {}\r\n", status.unwrap_or("200 OK")).into_bytes();
    answer.extend(head.as_bytes());
    answer.extend(format!("\r\nContent-Length: {}\r\n", body.len() - 4).bytes());
    answer.extend(b"Connection: close");
    answer.extend(body);
    Some(answer)
}
