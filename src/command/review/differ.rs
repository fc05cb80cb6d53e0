//! Whether the same goes out.

use crate::{
    command::Library,
    post::{Media, Post, Publication, Target, Thread},
};

/// What differs of what goes out: words for a reviewer, none if it is the same.
pub(super) fn differences(
    (one, old): (&Thread, &Library),
    (other, new): (&Thread, &Library),
) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut note = |differs: bool, word: &'static str| found.extend(differs.then_some(word));
    note(account(one, old) != account(other, new), "account");
    note(around(one) != around(other), "what it answers or reposts");
    note(gates(one) != gates(other), "gates");
    let (a, b) = (one.posts(), other.posts());
    note(
        each(a, |post| &post.text) != each(b, |post| &post.text),
        "text",
    );
    note(
        each(a, |post| &post.quote) != each(b, |post| &post.quote),
        "quote",
    );
    note(each(a, media) != each(b, media), "pictures or card");
    note(
        each(a, |post| &post.langs) != each(b, |post| &post.langs),
        "langs",
    );
    note(
        each(a, |post| &post.labels) != each(b, |post| &post.labels),
        "labels",
    );
    note(
        each(a, |post| &post.tags) != each(b, |post| &post.tags),
        "tags",
    );
    found
}

fn each<'a, T>(posts: &'a [Post], of: impl Fn(&'a Post) -> T) -> Vec<T> {
    posts.iter().map(of).collect()
}

fn account<'a>(thread: &'a Thread, library: &'a Library) -> Option<(&'a str, Option<&'a str>)> {
    let name = thread.account()?;
    Some(match library.config.account(name) {
        Some(account) => (account.handle.as_str(), account.pds.as_deref()),
        None => (name, None),
    })
}

fn around(thread: &Thread) -> (Option<&Target>, Option<&Target>) {
    match thread.publication() {
        Publication::Repost(target) => (Some(target), None),
        Publication::Posts { reply_to, .. } => (None, reply_to.as_ref()),
    }
}

fn gates(thread: &Thread) -> Option<&crate::post::Gates> {
    match thread.publication() {
        Publication::Posts { gates, .. } => Some(gates),
        Publication::Repost(_) => None,
    }
}

/// What is shown below the text, whatever its files are called.
fn media(post: &Post) -> Option<Media> {
    let mut media = post.media.clone()?;
    let forget = |image: &mut crate::post::Image| {
        image.path.clear();
        image.max_bytes = 0;
        image.change = None;
    };
    match &mut media {
        Media::Images(images) => images.iter_mut().for_each(forget),
        Media::Card(card) => {
            let pinned = card.pinned.as_mut();
            pinned.and_then(|pinned| pinned.thumb.as_mut()).map(forget);
        }
        Media::Video(video) => {
            video.path.clear();
            video.captions.iter_mut().for_each(|one| one.path.clear());
        }
    }
    Some(media)
}
