//! What the report of a review looks like: photographed by a headless browser, where there is one.
//!
//! `UPDATE_PICTURES=1` puts the pictures into the book, `UPDRAFT_BROWSER` names the browser, and
//! `UPDRAFT_NEEDS_BROWSER=1` makes it a failure that there is none.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use image::GenericImageView as _;

use crate::{
    blocks::{copy, root},
    desk::Desk,
};

const WIDTH: u32 = 760;
const HEIGHT: u32 = 1180;
/// Pictures are committed: no larger than this.
const BYTES: u64 = 150_000;
/// What the page is told of the reader's taste, as Chromium counts.
const SCHEMES: [(&str, u8); 2] = [("dark", 0), ("light", 1)];

fn picture(scheme: &str) -> PathBuf {
    root().join(format!("docs/pictures/review-{scheme}.png"))
}

/// A branch with new and changed posts, as one HTML file.
fn report() -> Desk {
    let mut desk = Desk::set("review", "2027-02-24T09:00:00Z");
    desk.type_in("git switch -q -c spring");
    copy(&root().join("tests/book/review-head"), &desk.folder());
    desk.type_in("git add -A");
    desk.type_in("git commit -q -m 'Announce 1.0'");
    desk.type_in("updraft review --base main --format html --output review.html");
    desk
}

fn browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("UPDRAFT_BROWSER") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let places = names
        .iter()
        .flat_map(|name| folders.iter().map(move |f| f.join(name)));
    places.into_iter().find(|place| place.is_file())
}

fn photograph(browser: &Path, page: &Path, scheme: u8, picture: &Path) {
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
        ])
        .arg(format!(
            "--user-data-dir={}",
            page.with_extension("profile").display()
        ))
        .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
        .arg(format!("--window-size={WIDTH},{HEIGHT}"))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// How light the ground of the page is, from 0 to 255.
fn ground(picture: &Path) -> u8 {
    let image = image::open(picture).unwrap();
    assert_eq!(image.dimensions(), (WIDTH, HEIGHT));
    let [red, green, blue, _] = image.get_pixel(2, HEIGHT - 2).0;
    red.max(green).max(blue)
}

fn is_as_named(scheme: &str, picture: &Path) {
    let ground = ground(picture);
    match scheme {
        "dark" => assert!(ground < 60, "{ground}"),
        _ => assert!(ground > 200, "{ground}"),
    }
    let bytes = fs::metadata(picture).unwrap().len();
    assert!(bytes <= BYTES, "{}: {bytes} bytes", picture.display());
}

#[test]
fn the_pictures_in_the_book_are_small_and_light_and_dark() {
    for (scheme, _) in SCHEMES {
        is_as_named(scheme, &picture(scheme));
    }
}

#[test]
fn the_report_follows_the_readers_colour_scheme() {
    let Some(browser) = browser() else {
        assert!(
            std::env::var_os("UPDRAFT_NEEDS_BROWSER").is_none(),
            "no browser"
        );
        return;
    };
    let desk = report();
    let page = desk.folder().join("review.html");
    for (scheme, number) in SCHEMES {
        let taken = desk.folder().join(format!("{scheme}.png"));
        photograph(&browser, &page, number, &taken);
        is_as_named(scheme, &taken);
        if std::env::var_os("UPDATE_PICTURES").is_some() {
            fs::copy(taken, picture(scheme)).unwrap();
        }
    }
}
