#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use super::*;
use crate::post::{Media, Video};

const CLIP: &[u8] = include_bytes!("../../../posts/media/swim.mp4");
const DOT: &[u8] = include_bytes!("../../../posts/media/lake.jpg");

fn check(root: &Path, post: &str) -> Checked {
    let context = Context {
        accounts: Vec::new(),
        default_account: None,
        timezone: None,
        defaults: Defaults::default(),
        pictures: &PictureSource::new(root),
        videos: &VideoSource::new(root),
    };
    Thread::check("posts/a.md", post.as_bytes().to_vec(), &context)
}

/// With a picture, two videos, and the captions of one of these.
fn repository() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("posts")).unwrap();
    let files: [(&str, &[u8]); 5] = [
        ("a.mp4", CLIP),
        ("b.mp4", CLIP),
        ("a.en.vtt", b"WEBVTT\n"),
        ("own.vtt", b"WEBVTT\n"),
        ("c.jpg", DOT),
    ];
    for (name, bytes) in files {
        fs::write(root.path().join("posts").join(name), bytes).unwrap();
    }
    root
}

fn videos(post: &str) -> Vec<Video> {
    let root = repository();
    let checked = check(root.path(), post);
    let thread = checked.result.map_err(|_| checked.diagnostics).unwrap();
    let posts = thread.posts().iter();
    posts.filter_map(|post| post.video().cloned()).collect()
}

fn mistakes(post: &str) -> Vec<String> {
    let root = repository();
    let found = check(root.path(), post).diagnostics.diagnostics;
    let told = |mistake: Diagnostic| {
        let place = mistake.span.map(|span| post[span].to_owned());
        format!(
            "{} at `{}`: {}",
            mistake.code,
            place.unwrap(),
            mistake.message
        )
    };
    found.into_iter().map(told).collect()
}

#[test]
fn each_part_may_have_a_video_with_the_captions_beside_it() {
    let found = videos("---\n---\nOne\n\n![A](a.mp4)\n\n---\n\n![B](b.mp4)\n");
    let shown: Vec<_> = found
        .iter()
        .map(|video| (video.path.as_str(), video.captions.len()))
        .collect();
    assert_eq!(shown, [("posts/a.mp4", 1), ("posts/b.mp4", 0)]);
}

#[test]
fn captions_in_the_front_matter_stand_for_those_beside_the_video() {
    let found = videos("---\ncaptions: [{ lang: de, file: own.vtt }]\n---\n![A](a.mp4)\n");
    assert_eq!(found[0].captions.len(), 1);
    assert_eq!(found[0].captions[0].path, "posts/own.vtt");
    assert!(
        videos("---\ncaptions: []\n---\n![A](a.mp4)\n")[0]
            .captions
            .is_empty()
    );
}

#[test]
fn a_video_and_its_captions_are_files_of_the_post() {
    let root = repository();
    let thread = check(root.path(), "---\n---\n![A](a.mp4)\n")
        .result
        .unwrap();
    let files: Vec<&str> = thread.publication().files().collect();
    assert_eq!(files, ["posts/a.mp4", "posts/a.en.vtt"]);
}

#[test]
fn a_video_stands_alone_and_takes_the_card_s_place() {
    assert_eq!(
        mistakes("---\n---\n![A](a.mp4) ![B](b.mp4)\n"),
        ["conflict at `![B](b.mp4)`: a post shows one video"]
    );
    assert_eq!(
        mistakes("---\n---\n![C](c.jpg)\n\n![A](a.mp4)\n"),
        ["conflict at `![C](c.jpg)`: a post shows a video or pictures, not both"]
    );
    let root = repository();
    let thread = check(root.path(), "---\n---\nhttps://a.example\n\n![A](a.mp4)\n");
    let thread = thread.result.unwrap();
    assert!(matches!(thread.posts()[0].media, Some(Media::Video(_))));
    assert_eq!(thread.posts()[0].text.text(), "https://a.example");
}

#[test]
fn captions_without_a_video_or_with_two_are_mistakes() {
    let captions = "---\ncaptions: [{ lang: en, file: own.vtt }]\n---\n";
    assert_eq!(
        mistakes(&format!("{captions}Words\n")),
        ["invalid-captions at `captions`: there is no video that these captions belong to"]
    );
    let two = mistakes(&format!("{captions}![A](a.mp4)\n\n---\n\n![B](b.mp4)\n"));
    assert_eq!(
        two,
        [
            "invalid-captions at `captions`: it is not clear which of the videos these captions belong to"
        ]
    );
}

#[test]
fn slips_in_captions_are_named_at_their_places() {
    let told = |captions: &str| mistakes(&format!("---\ncaptions: {captions}\n---\n![A](a.mp4)\n"));
    assert_eq!(
        told("[{ lang: en_US, file: own.vtt }]"),
        ["invalid-value at `en_US`: `en_US` is no language tag"]
    );
    assert_eq!(
        told("[{ lang: en, file: none.vtt }]"),
        ["invalid-captions at `none.vtt`: there is no file `posts/none.vtt`"]
    );
    assert_eq!(
        told("[{ lang: en, file: c.jpg }]"),
        [
            "invalid-captions at `c.jpg`: `posts/c.jpg` has more than the 20,000 bytes that Bluesky takes"
        ]
    );
    let twice = "[{ lang: en, file: own.vtt }, { lang: en, file: a.en.vtt }]";
    assert_eq!(
        told(twice),
        ["invalid-value at `{`: `en` has captions twice"]
    );
    assert!(told("own.vtt")[0].starts_with("invalid-value at `own.vtt`: `captions` does not take"));
    assert!(told("[{ lang: en }]")[0].ends_with("these captions have no `file`"));
    assert!(told("[{ lang: en, flie: own.vtt }]")[0].starts_with("unknown-key at `flie`"));
}
