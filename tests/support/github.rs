//! GitHub's API on loopback, as far as a test gives answers.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

/// The token that it takes.
pub const TOKEN: &str = "very-secret";

/// What is asked for: the method, the path with its query, the body.
pub type Asked<'a> = (&'a str, &'a str, &'a Value);

/// A server that ends with the process.
pub struct GitHub {
    /// Its address.
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl GitHub {
    /// Gives what `answer` gives: a status line's words and a body; 404 without the token.
    pub fn start(answer: impl Fn(Asked<'_>) -> (&'static str, String) + Send + 'static) -> GitHub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &answer, &log);
            }
        });
        GitHub { url, asked }
    }

    /// The methods and paths that were asked for since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &dyn Fn(Asked<'_>) -> (&'static str, String),
    log: &Mutex<Vec<String>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let lines = reader.by_ref().lines();
    let head: Vec<String> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let value = |name: &str| {
        let mut lines = head.iter();
        lines.find_map(|line| line.strip_prefix(name))
    };
    let length = value("content-length: ").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let mut words = head[0].split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    log.lock().unwrap().push(format!("{method} {path}"));
    let is_known = value("authorization: Bearer ") == Some(TOKEN);
    let (status, body) = match is_known {
        true => answer((method, path, &body)),
        false => ("404 Not Found", "{}".to_owned()),
    };
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).unwrap();
}
