#![allow(clippy::unwrap_used)]

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread::JoinHandle,
};

use http::Method;

use super::*;

/// A server for one connection: reads a request, answers with these bytes, closes.
fn answering(bytes: impl Into<Vec<u8>>) -> (String, JoinHandle<String>) {
    let bytes = bytes.into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).unwrap();
        // The client may hang up before all is written.
        let _ = stream.write_all(&bytes);
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    (address, asked)
}

async fn get(address: &str) -> Result<Response<Vec<u8>>, TransportError> {
    let request = Request::builder().uri(address).body(Vec::new()).unwrap();
    Network::new().unwrap().send(request).await
}

fn check(address: &str) -> Result<(), TransportError> {
    check_address(&Url::parse(address).unwrap())
}

#[test]
fn http_is_for_this_machine_alone() {
    for address in [
        "https://example.com",
        "http://localhost:2583",
        "http://LOCALHOST",
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://[::1]:3000",
    ] {
        assert_eq!(check(address), Ok(()), "{address}");
    }
    for address in [
        "http://example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "ftp://localhost",
        "file:///etc/passwd",
    ] {
        assert!(check(address).is_err(), "{address}");
    }
}

#[test]
fn an_address_with_a_password_is_refused_without_repeating_it() {
    let error = check("https://user:hunter2@example.com").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn an_unencrypted_address_is_never_asked() {
    let error = get("http://pds.example.com/xrpc/x").await.unwrap_err();
    assert!(matches!(error, TransportError::Forbidden(_)), "{error:?}");
    assert!(!error.may_have_been_processed());
}

#[tokio::test]
async fn a_refused_connection_was_never_sent() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let error = get(&address).await.unwrap_err();
    assert!(matches!(error, TransportError::NeverSent(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.starts_with("can't connect: Connection refused"),
        "{text}"
    );
}

#[tokio::test]
async fn a_dropped_connection_may_have_been_processed() {
    let (address, _asked) = answering("");
    let error = get(&address).await.unwrap_err();
    assert!(error.may_have_been_processed(), "{error:?}");
}

#[tokio::test]
async fn a_torn_body_may_have_been_processed() {
    let (address, _asked) = answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"uri");
    let error = get(&address).await.unwrap_err();
    assert!(error.may_have_been_processed(), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_takes_too_long_may_have_been_processed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut request = Request::builder().uri(address).body(Vec::new()).unwrap();
    let limit = TimeLimit(Duration::from_millis(20));
    request.extensions_mut().insert(limit);
    let error = Network::new().unwrap().send(request).await.unwrap_err();
    assert_eq!(error, TransportError::Interrupted("timed out".to_owned()));
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    answer.resize(MAX_ANSWER + 100, b'x');
    let (address, _asked) = answering(answer);
    let error = get(&address).await.unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
}

#[tokio::test]
async fn an_answer_that_grows_in_unpacking_is_cut_off() {
    let bomb = include_bytes!("../../card/testdata/bomb.html.gz");
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".to_vec();
    answer.extend(bomb);
    assert!(answer.len() < MAX_ANSWER);
    let (address, _asked) = answering(answer);
    let error = get(&address).await.unwrap_err();
    assert!(error.to_string().contains("longer than"), "{error}");
    assert!(error.may_have_been_processed(), "{error:?}");
}

#[tokio::test]
async fn an_endless_head_is_cut_off() {
    let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
    for n in 0..100_000 {
        answer.extend(format!("x-{n}: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n").bytes());
    }
    let (address, _asked) = answering(answer);
    assert!(get(&address).await.is_err());
}

#[tokio::test]
async fn redirects_are_answers_and_the_request_says_who_asks() {
    let (address, asked) = answering(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nhi",
    );
    let request = Request::builder().method(Method::POST).uri(&address);
    let request = request.body(b"body".to_vec()).unwrap();
    let answer = Network::new().unwrap().send(request).await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(answer.body(), b"hi");
    let asked = asked.join().unwrap().to_ascii_lowercase();
    assert!(asked.contains("user-agent: updraft/"), "{asked}");
    assert!(!asked.contains("cookie"), "{asked}");
}
