#![allow(clippy::unwrap_used)]

use std::{
    convert::Infallible,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Body as AxumBody, Bytes},
    extract::Request,
    http::{HeaderMap, Response as AxumResponse},
};
use http_body::Frame;

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

/// Answers by path, and keeps what was asked with.
struct Server {
    base: String,
    seen: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

impl Server {
    async fn start(answer: fn(&str, &str) -> AxumResponse<AxumBody>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<(String, HeaderMap)>>> = Arc::default();
        let (own, log) = (base.clone(), seen.clone());
        let router = Router::new().fallback(move |request: Request| {
            let path = request.uri().path().to_owned();
            log.lock()
                .unwrap()
                .push((path.clone(), request.headers().clone()));
            let response = answer(&own, &path);
            async move { response }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, seen }
    }

    async fn fetch(&self, path: &str) -> Result<Fetched, String> {
        let fetcher = Fetcher::new(Reach::Loopback)
            .unwrap()
            .with_time(Duration::from_secs(2));
        let fetched = fetcher.fetch(&format!("{}{path}", self.base)).await;
        fetched.map_err(|error| error.to_string())
    }
}

fn answer(
    status: u16,
    headers: &[(&str, &str)],
    body: impl Into<AxumBody>,
) -> AxumResponse<AxumBody> {
    let mut response = AxumResponse::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

fn to(location: &str) -> AxumResponse<AxumBody> {
    answer(302, &[("location", location), ("set-cookie", "id=1")], "")
}

fn html(body: &str) -> AxumResponse<AxumBody> {
    answer(
        200,
        &[("content-type", "text/html"), ("set-cookie", "id=1")],
        body.to_owned(),
    )
}

/// A body that only ends with its reader.
fn endless(start: &'static str) -> AxumBody {
    AxumBody::new(Endless(Some(start)))
}

struct Endless(Option<&'static str>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = match self.0.take() {
            Some(start) => Bytes::from_static(start.as_bytes()),
            None => Bytes::from(vec![b' '; 65_536]),
        };
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }
}

/// Never answers further.
fn stuck() -> AxumBody {
    struct Stuck;
    impl http_body::Body for Stuck {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }
    AxumBody::new(Stuck)
}

fn routes(base: &str, path: &str) -> AxumResponse<AxumBody> {
    let with_picture = |name: &str| {
        html(&format!(
            "<title>T</title><meta property=og:image content='{name}'>"
        ))
    };
    match path {
        "/page" => html(
            "<title>A page</title><meta name=description content='Of words'><meta property=og:image content=/p.png>",
        ),
        "/p.png" => answer(200, &[("content-type", "text/plain")], PNG),
        "/hop" => to("/page"),
        "/loop" => to("/loop"),
        "/private" => to("http://10.0.0.1/page"),
        "/public" => to("https://example.com/page"),
        "/file" => to("file:///etc/passwd"),
        "/umlaut" => {
            let mut response = to("/");
            let location = axum::http::HeaderValue::from_bytes("/größe".as_bytes()).unwrap();
            response.headers_mut().insert("location", location);
            response
        }
        "/gr%C3%B6%C3%9Fe" => html("<title>Größe</title>"),
        "/torn" => answer(
            200,
            &[("content-type", "text/html"), ("content-encoding", "gzip")],
            "<title>T",
        ),
        "/picture-torn" => with_picture("/torn"),
        "/gone" => answer(404, &[], "gone"),
        "/no-title" => html("<p>words"),
        "/endless" => answer(
            200,
            &[("content-type", "text/html")],
            endless("<title>On and on</title>"),
        ),
        "/stuck" => answer(200, &[("content-type", "text/html")], stuck()),
        "/picture-gone" => with_picture("/gone"),
        "/picture-page" => with_picture("/page"),
        "/picture-endless" => with_picture("/endless.png"),
        "/picture-private" => with_picture("http://169.254.169.254/latest/meta-data"),
        "/picture-stuck" => with_picture("/stuck"),
        "/endless.png" => answer(200, &[], endless("\u{0}")),
        "/notes%20of%20may.pdf" => answer(200, &[("content-type", "application/pdf")], "%PDF"),
        "/bomb" => {
            let body = include_bytes!("testdata/bomb.html.gz").as_slice();
            answer(
                200,
                &[("content-type", "text/html"), ("content-encoding", "gzip")],
                body,
            )
        }
        _ => answer(500, &[], base.to_owned()),
    }
}

#[tokio::test]
async fn a_page_is_read_with_its_picture_and_nothing_is_told_to_it() {
    let server = Server::start(routes).await;
    for path in ["/page", "/hop"] {
        let fetched = server.fetch(path).await.unwrap();
        assert_eq!(
            (fetched.title.as_str(), fetched.description.as_str()),
            ("A page", "Of words")
        );
        assert_eq!(fetched.thumb.as_deref(), Some(PNG));
        assert!(fetched.notes.is_empty());
    }
    let seen = server.seen.lock().unwrap();
    let paths: Vec<&str> = seen.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["/page", "/p.png", "/hop", "/page", "/p.png"]);
    for (_, headers) in seen.iter() {
        for name in ["cookie", "authorization", "referer"] {
            assert!(!headers.contains_key(name), "{name}: {headers:?}");
        }
        assert!(
            headers["user-agent"]
                .to_str()
                .unwrap()
                .starts_with("updraft/")
        );
    }
}

#[tokio::test]
async fn what_is_no_page_is_named_all_the_same() {
    let server = Server::start(routes).await;
    let fetched = server.fetch("/p.png").await.unwrap();
    assert_eq!(
        (fetched.title.as_str(), fetched.thumb.as_deref()),
        ("p.png", Some(PNG))
    );
    let fetched = server.fetch("/notes%20of%20may.pdf").await.unwrap();
    assert_eq!(
        (fetched.title.as_str(), fetched.thumb),
        ("notes of may.pdf", None)
    );
    let fetched = server.fetch("/no-title").await.unwrap();
    assert_eq!(
        fetched.title,
        format!("{}/no-title", &server.base["http://".len()..])
    );
}

#[tokio::test]
async fn redirects_are_bounded_and_each_is_checked() {
    let server = Server::start(routes).await;
    let error = async |path| server.fetch(path).await.unwrap_err();
    assert_eq!(error("/loop").await, "too many redirects from 127.0.0.1");
    assert_eq!(
        error("/private").await,
        "10.0.0.1 is not on this machine, and the account's server is"
    );
    assert_eq!(
        error("/public").await,
        "example.com is not on this machine, and the account's server is"
    );
    assert_eq!(
        error("/file").await,
        "a card's page is read over https, and an address without host would be read over file"
    );
    assert_eq!(server.fetch("/umlaut").await.unwrap().title, "Größe");
    assert_eq!(error("/torn").await, "127.0.0.1 breaks off its answer");
    assert_eq!(error("/gone").await, "127.0.0.1 answers 404");
}

#[tokio::test]
async fn size_and_time_are_bounded() {
    let server = Server::start(routes).await;
    assert_eq!(server.fetch("/endless").await.unwrap().title, "On and on");
    assert_eq!(server.fetch("/bomb").await.unwrap().title, "A bomb");
    assert_eq!(
        server.fetch("/stuck").await.unwrap_err(),
        "127.0.0.1 did not answer within 2 s"
    );
}

#[tokio::test]
async fn a_picture_that_cannot_be_had_is_left_out_with_a_note() {
    let server = Server::start(routes).await;
    for (path, why) in [
        ("/picture-gone", "answers 404"),
        ("/picture-page", "is no JPEG, PNG, WebP or GIF"),
        ("/picture-endless", "more than 10 MB"),
        ("/picture-private", "not on this machine"),
        ("/picture-stuck", "did not answer"),
        ("/picture-torn", "breaks off"),
    ] {
        let fetched = server.fetch(path).await.unwrap();
        assert_eq!(
            (fetched.title.as_str(), fetched.thumb),
            ("T", None),
            "{path}"
        );
        assert!(
            fetched.notes.concat().contains(why),
            "{path}: {:?}",
            fetched.notes
        );
    }
}

/// Nothing is resolved or connected to: each of these is refused by its looks.
#[tokio::test]
async fn private_servers_are_never_asked() {
    let fetcher = Fetcher::new(Reach::Public).unwrap();
    for (url, why) in [
        ("https://127.0.0.1/", "private address (127.0.0.1)"),
        ("https://2130706433/", "private address (127.0.0.1)"),
        ("https://0x7f.1/", "private address (127.0.0.1)"),
        ("https://[::1]/", "private address (::1)"),
        ("https://[::ffff:10.0.0.1]/", "private address"),
        (
            "https://169.254.169.254/latest/meta-data",
            "private address",
        ),
        ("https://localhost/", "private address"),
        ("https://intranet/", "private address"),
        ("https://a.localhost./", "private address"),
        ("https://example.com:8443/", "usual port"),
        ("https://user:secret@example.com/", "name or password"),
        ("ftp://example.com/", "over ftp"),
        ("http://127.0.0.1/", "private address"),
        ("not a url", "is no address"),
    ] {
        let error = fetcher.fetch(url).await.unwrap_err().to_string();
        assert!(
            error.contains(why) && !error.contains("secret"),
            "{url}: {error}"
        );
    }
    let secure = Url::parse("http://example.com/").unwrap();
    assert!(
        Reach::Public.check(&secure, false).is_err(),
        "a redirect from https to http"
    );
    assert!(
        Reach::Public.check(&secure, true).is_ok(),
        "the author's own http link"
    );
}

/// A name that leads to a private address, as a rebinding server's would.
#[tokio::test]
async fn a_name_is_judged_by_the_addresses_it_leads_to() {
    use reqwest::dns::Resolve as _;
    let name: reqwest::dns::Name = "localhost".parse().unwrap();
    let found = reach::Guard(Reach::Loopback).resolve(name).await.unwrap();
    assert!(found.into_iter().all(|address| address.ip().is_loopback()));
    let name: reqwest::dns::Name = "localhost".parse().unwrap();
    assert!(reach::Guard(Reach::Public).resolve(name).await.is_err());
}

#[test]
fn one_private_address_among_public_ones_is_enough_to_refuse() {
    let judge = |addresses: &[&str]| {
        let found: Vec<std::net::SocketAddr> = addresses
            .iter()
            .map(|it| (it.parse::<IpAddr>().unwrap(), 0).into())
            .collect();
        let judged = Reach::Public.judge("rebind.example.com", &found);
        judged.map_err(|error| error.to_string())
    };
    assert_eq!(judge(&["1.1.1.1", "2606:4700::1"]), Ok(()));
    for private in ["10.0.0.1", "169.254.169.254", "127.0.0.1", "fd00::1"] {
        let expected = format!("rebind.example.com leads to a private address ({private})");
        assert_eq!(judge(&["1.1.1.1", private]).unwrap_err(), expected);
    }
}

#[test]
fn pictures_are_as_private_on_their_way_as_their_page() {
    let picture = |page: &str, picture: &str| {
        beside(&Url::parse(page).unwrap(), Url::parse(picture).unwrap()).to_string()
    };
    let (secure, plain) = ("https://example.com/", "http://example.com/a.png");
    assert_eq!(picture(secure, plain), "https://example.com/a.png");
    assert_eq!(picture("http://example.com/", plain), plain);
}

#[test]
fn drawings_and_feeds_are_no_pages() {
    for (kind, expected) in [
        ("text/html; charset=utf-8", true),
        ("Application/XHTML+XML", true),
        ("", true),
        ("image/svg+xml", false),
        ("application/rss+xml", false),
        ("application/pdf", false),
        ("text/plain; note=text/html", false),
    ] {
        assert_eq!(is_page(kind), expected, "{kind}");
    }
}

#[test]
fn only_the_internet_at_large_is_public() {
    let public = [
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.0",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1",
        "64:ff9b::808:808",
        "2001:200::1",
        "2a00::1",
    ];
    let special = [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.1.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    for text in public {
        assert!(reach::is_public(text.parse::<IpAddr>().unwrap()), "{text}");
    }
    for text in special {
        assert!(!reach::is_public(text.parse::<IpAddr>().unwrap()), "{text}");
    }
}
