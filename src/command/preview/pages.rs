//! What the pages behind cards show now.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    card::{Fetched, Fetcher},
    command::{CommandError, Library, pin},
    post::{Card, Media, Pinned, Post, Thread},
};

/// What the pages of cards that aren't pinned show now, by address.
pub(in crate::command) type Pages = BTreeMap<String, Result<Fetched, String>>;

pub(super) fn read_pages(library: &Library, threads: &[&Thread]) -> Result<Pages, CommandError> {
    let mut pages = Pages::new();
    for thread in threads {
        let account = thread
            .account()
            .and_then(|name| library.config.account(name));
        let fetcher = Fetcher::new(pin::reach(account)).map_err(CommandError::world)?;
        for card in thread.posts().iter().filter_map(Post::card) {
            if card.pinned.is_none() && !pages.contains_key(&card.url) {
                let page = crate::command::block_on(fetcher.fetch(&card.url))?;
                let page = page.map_err(|error| error.to_string());
                pages.insert(card.url.clone(), page);
            }
        }
    }
    Ok(pages)
}

/// The post with what its card's page shows now; a page that can't be read shows its address.
pub(super) fn read<'p>(post: &'p Post, pages: &Pages) -> Cow<'p, Post> {
    let page = post
        .card()
        .and_then(|card| Some((card, pages.get(&card.url)?)));
    let Some((card, page)) = page else {
        return Cow::Borrowed(post);
    };
    let (title, description) = match page {
        Ok(page) => (page.title.clone(), page.description.clone()),
        Err(_) => (card.url.clone(), String::new()),
    };
    let pinned = Some(Pinned {
        title,
        description,
        thumb: None,
    });
    let card = Card {
        pinned,
        ..card.clone()
    };
    Cow::Owned(Post {
        media: Some(Media::Card(card)),
        ..post.clone()
    })
}
