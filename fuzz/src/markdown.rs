//! A whole post file, checked: from Markdown to what is published.

use unicode_segmentation::UnicodeSegmentation;
use updraft::{
    atproto::record::preview,
    post::{
        Context, Defaults, Post, RichText, Thread, limits, picture::PictureSource,
        video::VideoSource,
    },
};

use super::{place::place, reports};

/// Front matter under which the bytes are a body; a file of its own beside them.
const HEADS: [&str; 4] = [
    "langs: [en]\n",
    "split: auto\n",
    "split: auto\nnumbering: \" ({n}/{total})\"\n",
    "numbering: \"{n}/{total} \"\nshorten_links: true\ncard: false\n",
];

/// Checks the bytes as a post file, and as a body under each kind of front matter.
pub fn run(bytes: &[u8]) {
    check(bytes.to_vec());
    for head in HEADS {
        let fences = ["---\n", head, "---\n"].concat();
        check([fences.as_bytes(), bytes].concat());
    }
}

fn check(file: Vec<u8>) {
    let (pictures, videos) = (PictureSource::new(place()), VideoSource::new(place()));
    let context = Context {
        accounts: Vec::new(),
        default_account: None,
        timezone: Some(chrono_tz::Europe::Berlin),
        defaults: Defaults::default(),
        pictures: &pictures,
        videos: &videos,
    };
    let checked = Thread::check("posts/hostile.md", file, &context);
    let mistakes = &checked.diagnostics;
    reports::check(&mistakes.text, &mistakes.diagnostics);
    assert_eq!(checked.result.is_err(), mistakes.has_errors());
    let Ok(thread) = checked.result else { return };
    assert!(thread.posts().len() <= limits::WRITES);
    for post in thread.posts() {
        check_post(post);
    }
}

fn check_post(post: &Post) {
    check_text(&post.text);
    assert!(post.langs.len() <= limits::LANGS);
    assert!(post.tags.len() <= limits::TAGS);
    assert!(post.labels.len() <= limits::LABELS);
    if let Err(error) = preview(post) {
        panic!("a checked post is no record: {error}");
    }
}

fn check_text(rich: &RichText) {
    let text = rich.text();
    assert!(text.len() <= limits::TEXT_BYTES);
    assert!(text.graphemes(true).count() <= limits::TEXT_GRAPHEMES);
    assert_eq!(text.graphemes(true).count(), rich.graphemes());
    let mut end = 0;
    for facet in rich.facets() {
        let range = facet.range.clone();
        assert!(end <= range.start && range.start < range.end, "{rich:?}");
        assert!(text.get(range.clone()).is_some(), "{rich:?}");
        end = range.end;
    }
}
