//! Link cards: read at publishing, or pinned before.

use std::{
    io::Cursor,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, extract::Request, http::Response};
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use crate::{
    bench::{APPLY, Bench, due},
    calendar::picture,
    peer::{self, Peer, text},
    relay::Fault,
};

both! {
    a_page_is_read_when_its_post_goes_out,
    a_page_that_fails_never_stops_a_post,
    a_large_picture_is_made_to_fit,
    a_pinned_card_goes_out_as_reviewed_and_nobody_is_asked,
    the_cards_of_a_thread_are_pinned_in_their_places,
    a_part_may_be_a_card_alone,
    settings_say_where_cards_come_from,
    a_picture_is_never_kept_outside_the_repository,
    a_preview_shows_pages_when_asked,
    a_page_that_changes_makes_no_second_post,
}

type Seen = Arc<Mutex<Vec<String>>>;

/// Pages on this machine.
struct Web {
    url: String,
    seen: Seen,
}

impl Web {
    fn start() -> Web {
        let seen = Seen::default();
        let log = seen.clone();
        let router = Router::new().fallback(move |request: Request| {
            let path = request.uri().path().to_owned();
            let count = {
                let mut seen = log.lock().unwrap();
                seen.push(path.clone());
                seen.len()
            };
            let response = answer(&path, count);
            async move { response }
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        peer::runtime().spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        Web { url, seen }
    }

    fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

fn answer(path: &str, count: usize) -> Response<Body> {
    let page = |title: &str, picture: &str| {
        format!("<title>{title}</title><meta name=description content='What it is &amp; why'><meta property=og:image content='{picture}'>").into_bytes()
    };
    let (status, kind, body) = match path {
        "/page" => (200, "text/html", page("A page", "/small.png")),
        "/other" => (200, "text/html", page("Another: #2", "/gone.png")),
        "/changes" => (200, "text/html", page(&format!("Version {count}"), "")),
        "/photo" => (200, "text/html", page("A photo", "/large.png")),
        "/small.png" => (200, "image/png", picture(ImageFormat::Png, [9, 9, 9])),
        "/large.png" => (200, "image/png", noise()),
        _ => (404, "text/html", Vec::new()),
    };
    let response = Response::builder()
        .status(status)
        .header("content-type", kind);
    response.body(Body::from(body)).unwrap()
}

/// Nothing makes this small: 3 MB.
fn noise() -> Vec<u8> {
    let mut state = 1_u32;
    let pixels = RgbImage::from_fn(1000, 1000, |_, _| {
        image::Rgb([(); 3].map(|()| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }))
    });
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn external(bench: &Bench, index: usize) -> Value {
    bench.records()[index].value["embed"]["external"].clone()
}

fn a_page_is_read_when_its_post_goes_out(peer: &dyn Peer) {
    let (bench, web) = (Bench::new(peer), Web::start());
    let home = bench.home();
    home.write(
        "posts/a.md",
        due(5, &format!("Read this\n\n{}/page", web.url)),
    );
    home.share();
    home.run(&["check"])
        .exits(0)
        .says("card unknown until published in posts/a.md");
    home.run(&["preview"])
        .exits(0)
        .says("card unknown until published");
    assert_eq!(web.count(), 0, "both are offline");
    home.publish().exits(0).keeps_quiet_about("card");
    let card = external(&bench, 0);
    assert_eq!(bench.texts(), ["Read this"]);
    assert_eq!(
        (&card["title"], &card["description"]),
        (&json!("A page"), &json!("What it is & why"))
    );
    assert_eq!(card["uri"], format!("{}/page", web.url));
    assert_eq!(card["thumb"]["mimeType"], "image/png");
    bench.assert_exactly_once();
}

fn a_page_that_fails_never_stops_a_post(peer: &dyn Peer) {
    let (bench, web) = (Bench::new(peer), Web::start());
    let home = bench.home();
    home.write("posts/a.md", due(5, &format!("Gone\n\n{}/gone", web.url)));
    home.write(
        "posts/b.md",
        due(4, "Elsewhere\n\nhttps://example.com/page"),
    );
    home.write(
        "posts/c.md",
        due(3, &format!("No picture\n\n{}/other", web.url)),
    );
    home.share();
    home.publish()
        .exits(0)
        .says("127.0.0.1 answers 404")
        .says("example.com is not on this machine")
        .says("has no picture");
    let card = external(&bench, 0);
    assert_eq!(
        (&card["title"], &card["description"]),
        (&card["uri"], &json!(""))
    );
    assert_eq!(external(&bench, 1)["title"], "https://example.com/page");
    let card = external(&bench, 2);
    assert_eq!(
        (&card["title"], &card["thumb"]),
        (&json!("Another: #2"), &Value::Null)
    );
}

fn a_large_picture_is_made_to_fit(peer: &dyn Peer) {
    let (bench, web) = (Bench::new(peer), Web::start());
    let home = bench.home();
    home.write("posts/a.md", due(5, &format!("Large\n\n{}/photo", web.url)));
    home.share();
    home.publish().exits(0);
    let size = external(&bench, 0)["thumb"]["size"].as_u64().unwrap();
    assert!((100_000..=1_000_000).contains(&size), "{size}");
}

fn a_pinned_card_goes_out_as_reviewed_and_nobody_is_asked(peer: &dyn Peer) {
    let (bench, web) = (Bench::new(peer), Web::start());
    let home = bench.home();
    home.write(
        "posts/2026/a.md",
        due(5, &format!("Read this\n\n{}/photo", web.url)),
    );
    home.share();
    home.run(&["pin", "posts"])
        .exits(0)
        .says("A photo")
        .says("1 card pinned");
    let file = home.read("posts/2026/a.md");
    assert!(file.contains("\n  title: A photo\n"), "{file}");
    home.run(&["pin"]).exits(0).says("no card to pin");
    home.run(&["check"]).exits(0).keeps_quiet_about("unknown");
    home.publish().exits(3).says("differs from the last commit");
    home.git(&["add", "posts/2026/a.md"]);
    home.git(&["commit", "-q", "-m", "Pin the words alone"]);
    home.git(&["push", "-q", "origin", "HEAD:main"]);
    home.publish().exits(3).says("not in git");
    home.share();
    let preview = home.run(&["preview", "--format", "json"]).exits(0).out;
    let preview: Value = serde_json::from_str(&preview).unwrap();
    web.forget();
    home.publish().exits(0);
    assert_eq!(web.count(), 0);
    let mut record = bench.records()[0].value.clone();
    record.as_object_mut().unwrap().remove("createdAt");
    assert_eq!(record, preview[0]["posts"][0]["record"]);
    assert!(
        record["embed"]["external"]["thumb"]["size"]
            .as_u64()
            .unwrap()
            <= 1_000_000
    );
}

fn the_cards_of_a_thread_are_pinned_in_their_places(peer: &dyn Peer) {
    let (bench, web) = (Bench::new(peer), Web::start());
    let url = &web.url;
    let home = bench.home();
    home.write(
        "posts/a.md",
        due(
            5,
            &format!("One\n\n---\n\nTwo {url}/page\n\n---\n\nThree [here]({url}/other)"),
        ),
    );
    let words = format!("card: {{ url: \"{url}/old\", title: Old }}\n---\nMoved to {url}/page\n");
    home.write("posts/b.md", due(4, "x").replace("---\nx\n", &words));
    home.share();
    home.run(&["check", "posts/b.md"])
        .exits(0)
        .says("stale-card");
    home.run(&["pin"])
        .exits(0)
        .says("3 cards pinned")
        .says("answers 404");
    home.run(&["check", "--deny-warnings"]).exits(0);
    let matter: Value =
        serde_yaml::from_str(home.read("posts/a.md").split("---\n").nth(1).unwrap()).unwrap();
    assert_eq!(matter["cards"][0], true);
    assert_eq!(matter["cards"][1]["title"], "A page");
    assert_eq!(matter["cards"][2]["title"], "Another: #2");
    assert!(home.read("posts/b.md").contains("title: A page"));
    home.share();
    home.publish().exits(0);
    let titles: Vec<Value> = bench
        .records()
        .iter()
        .map(|record| record.value["embed"]["external"]["title"].clone())
        .collect();
    assert_eq!(
        titles,
        [
            Value::Null,
            json!("A page"),
            json!("Another: #2"),
            json!("A page")
        ]
    );
}

fn a_part_may_be_a_card_alone(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    let cards =
        "cards:\n  - false\n  - { url: \"https://example.com/notes\", title: Notes }\n---\n";
    let post = due(5, "One\n\n---\n\n").replacen("\n---\nOne", &format!("\n{cards}One"), 1);
    home.write("posts/a.md", post);
    home.share();
    home.run(&["check", "--deny-warnings"]).exits(0);
    home.publish().exits(0);
    assert_eq!(bench.texts(), ["", "One"]);
    assert_eq!(external(&bench, 1)["title"], "Notes");
    home.run(&["check", "--deny-warnings"]).exits(0);
    home.publish().exits(0);
    assert_eq!(bench.texts(), ["", "One"]);
}

fn settings_say_where_cards_come_from(peer: &dyn Peer) {
    let (bench, web) = (Bench::new(peer), Web::start());
    let home = bench.home();
    let words = format!("Read this\n\n{}/page", web.url);
    home.write("updraft.yml", "link_cards: pinned\n");
    home.write("posts/a.md", due(9, &words));
    home.write("posts/b.md", due(8, &words));
    home.run(&["pin", "posts/b.md"]).exits(0);
    home.share();
    web.forget();
    home.publish().exits(0);
    assert_eq!(web.count(), 0);
    let records = bench.records();
    assert_eq!(records[0].value["embed"], Value::Null);
    assert!(text(&records[0].value, "text").ends_with("/page"));
    assert_eq!(external(&bench, 1)["title"], "A page");
    assert_eq!(text(&records[1].value, "text"), "Read this");
}

fn a_picture_is_never_kept_outside_the_repository(peer: &dyn Peer) {
    let (bench, web) = (Bench::new(peer), Web::start());
    let home = bench.home();
    let outside = bench.folder().join("outside");
    std::fs::create_dir(&outside).unwrap();
    home.write("posts/a.md", due(5, &format!("Read\n\n{}/page", web.url)));
    std::os::unix::fs::symlink(&outside, home.path.join("posts/media")).unwrap();
    // The link itself is a mistake, too.
    home.run(&["pin"])
        .exits(1)
        .says("leads out of the repository");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    assert!(!home.read("posts/a.md").contains("image:"));
}

fn a_preview_shows_pages_when_asked(peer: &dyn Peer) {
    let (bench, web) = (Bench::new(peer), Web::start());
    let home = bench.home();
    home.write("posts/a.md", due(5, &format!("Read\n\n{}/page", web.url)));
    home.write("posts/b.md", due(4, &format!("Read\n\n{}/gone", web.url)));
    home.run(&["preview", "--online"])
        .exits(0)
        .says("A page: What it is & why")
        .says("answers 404");
    let online = home
        .run(&["preview", "--online", "--format", "json"])
        .exits(0)
        .out;
    let online: Value = serde_json::from_str(&online).unwrap();
    assert_eq!(
        online[0]["posts"][0]["embed"]["external"]["title"],
        "A page"
    );
}

fn a_page_that_changes_makes_no_second_post(peer: &dyn Peer) {
    let (bench, web) = (Bench::new(peer), Web::start());
    let home = bench.home();
    home.write(
        "posts/a.md",
        due(5, &format!("Read\n\n{}/changes", web.url)),
    );
    home.share();
    let before = bench.tip();
    bench.relay.fault(APPLY, (0, 1), Fault::DropAfter);
    home.publish().exits(0);
    assert_eq!(bench.records().len(), 1);
    bench.at_remote(&["update-ref", "refs/heads/main", &before]);
    bench
        .clone_as("fresh")
        .publish()
        .exits(0)
        .says("an earlier run published it");
    bench.assert_exactly_once();
    assert_eq!(external(&bench, 0)["title"], "Version 1");
}
