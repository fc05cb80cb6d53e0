//! What a thread names, looked up: mentions, what it quotes, answers and reposts, lists, and pages.

use std::sync::PoisonError;

use sha2::{Digest as _, Sha256};

use super::{
    account::Connection,
    send::Problem,
    target::{self, Use},
};
use crate::{
    atproto::record::{Blob, LiveCard, References},
    card,
    post::{
        Address, Card, Feature, Post, Publication, Replies, Rule, Target, limits,
        picture::{self, Limit},
    },
};

/// What was found of a publication.
#[derive(Default)]
pub(super) struct LookedUp {
    pub(super) references: References,
    /// What should be said about it.
    pub(super) warnings: Vec<String>,
    /// The pictures of pages, to be uploaded.
    pub(super) thumbs: Vec<Thumb>,
}

/// The picture of a page, small enough for a card.
#[derive(Clone)]
pub(super) struct Thumb {
    pub(super) bytes: Vec<u8>,
    pub(super) mime: &'static str,
}

/// What became of a page.
#[derive(Clone)]
pub(super) struct Page {
    card: LiveCard,
    thumb: Option<Thumb>,
    warnings: Vec<String>,
}

/// Looks everything up.
pub(super) async fn look_up(
    connection: &mut Connection<'_>,
    publication: &Publication,
) -> Result<LookedUp, Problem> {
    let mut found = LookedUp::default();
    let LookedUp {
        references,
        warnings,
        ..
    } = &mut found;
    mentions(connection, publication.posts(), (references, warnings)).await?;
    targets(connection, publication, (references, warnings)).await?;
    lists(connection, publication, references).await?;
    for card in publication.posts().iter().filter_map(Post::card) {
        if let Card {
            url, pinned: None, ..
        } = card
        {
            let page = connection.page(url).await;
            found.references.cards.insert(url.clone(), page.card);
            found.warnings.extend(page.warnings);
            found.thumbs.extend(page.thumb);
        }
    }
    Ok(found)
}

impl Connection<'_> {
    /// What a page shows, asked once a run. A page that can't be read never keeps a post back.
    async fn page(&mut self, url: &str) -> Page {
        if let Some(page) = self.pages.get(url) {
            return page.clone();
        }
        let page = if self.job.network.closed {
            Page::bare(url, Vec::new())
        } else {
            self.fetch(url).await
        };
        self.pages.insert(url.to_owned(), page.clone());
        page
    }

    async fn fetch(&self, url: &str) -> Page {
        let reach = card::Reach::beside(&self.identity.pds);
        let fetched = match card::Fetcher::new(reach) {
            Ok(fetcher) => fetcher.fetch(url).await.map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        match fetched {
            Ok(fetched) => Page::of(url, fetched),
            Err(error) => {
                let warning = format!("the card shows the address alone: {error}");
                Page::bare(url, vec![warning])
            }
        }
    }
}

impl Page {
    fn bare(url: &str, warnings: Vec<String>) -> Self {
        let card = LiveCard {
            title: url.to_owned(),
            ..LiveCard::default()
        };
        Self {
            card,
            thumb: None,
            warnings,
        }
    }

    fn of(url: &str, fetched: card::Fetched) -> Self {
        let said = |note: String| format!("the card of {url} has no picture: {note}");
        let mut warnings: Vec<String> = fetched.notes.into_iter().map(said).collect();
        let limit = Limit {
            bytes: limits::THUMB_BYTES,
            side: limits::IMAGE_SIDE,
        };
        let fitted = fetched.thumb.map(|bytes| picture::fit(&bytes, limit));
        let fitted = fitted.and_then(|fitted| {
            fitted
                .map_err(|problem| warnings.push(said(problem.to_string())))
                .ok()
        });
        let thumb = fitted.as_ref().map(|fitted| Blob {
            sha256: Sha256::digest(&fitted.bytes).into(),
            mime: fitted.mime,
            size: fitted.bytes.len(),
        });
        Self {
            card: LiveCard {
                title: fetched.title,
                description: fetched.description,
                thumb,
            },
            thumb: fitted.map(|fitted| Thumb {
                bytes: fitted.bytes,
                mime: fitted.mime,
            }),
            warnings,
        }
    }
}

type Found<'f> = (&'f mut References, &'f mut Vec<String>);

async fn mentions(
    connection: &mut Connection<'_>,
    posts: &[Post],
    (found, warnings): Found<'_>,
) -> Result<(), Problem> {
    for handle in posts.iter().flat_map(mentioned) {
        match connection.did_of(handle).await? {
            Some(did) => {
                found.mentions.insert(handle.to_owned(), did);
            }
            None if connection.job.plain_mentions => {
                warnings.push(format!(
                    "there is no @{handle}: the mention stays plain text"
                ));
            }
            None => {
                return Err(Problem::Failed(format!(
                    "there is no @{handle}: mend the mention, or set `mentions: plain` in updraft.yml and run `updraft retry`"
                )));
            }
        }
    }
    Ok(())
}

fn mentioned(post: &Post) -> impl Iterator<Item = &str> {
    post.text
        .facets()
        .iter()
        .filter_map(|facet| match &facet.feature {
            Feature::Mention(handle) => Some(handle.as_str()),
            _ => None,
        })
}

async fn targets(
    connection: &mut Connection<'_>,
    publication: &Publication,
    (found, warnings): Found<'_>,
) -> Result<(), Problem> {
    let own = match publication {
        Publication::Repost(target) => Some((target, Use::Repost)),
        Publication::Posts { reply_to, .. } => reply_to.as_ref().map(|target| (target, Use::Reply)),
    };
    let quotes = publication.posts().iter();
    let quotes = quotes.filter_map(|post| Some((post.quote.as_ref()?, Use::Quote)));
    for (target, usage) in own.into_iter().chain(quotes) {
        let address = address(connection, target, usage)?;
        let (reference, warning) = target::resolve(connection, &address, usage).await?;
        found.records.insert(target.clone(), reference);
        warnings.extend(warning);
    }
    Ok(())
}

/// Where a target is: of another file, what that file published.
fn address(connection: &Connection<'_>, target: &Target, usage: Use) -> Result<Address, Problem> {
    let (path, part) = match target {
        Target::Record(address) => return Ok(address.clone()),
        Target::File { path, part } => (path, part),
    };
    let published = connection
        .published
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let parts = published.get(path).map(Vec::as_slice).unwrap_or_default();
    if parts.is_empty() {
        let reason = format!("it waits for {path}, which is not on Bluesky");
        return Err(Problem::Left(reason));
    }
    let uri = match part {
        Some(part) => parts.get(part - 1),
        None if usage == Use::Reply => parts.last(),
        None => parts.first(),
    };
    let address = uri.and_then(|uri| Address::parse(uri));
    address.ok_or_else(|| {
        Problem::Failed(format!(
            "{target} names no post: {path} published {} of them",
            parts.len()
        ))
    })
}

async fn lists(
    connection: &mut Connection<'_>,
    publication: &Publication,
    found: &mut References,
) -> Result<(), Problem> {
    let Publication::Posts { gates, .. } = publication else {
        return Ok(());
    };
    let Replies::Only(rules) = &gates.replies else {
        return Ok(());
    };
    for rule in rules {
        if let Rule::List(address) = rule {
            let list = target::resolve(connection, address, Use::List).await?;
            found.lists.insert(address.clone(), list.0.this.uri);
        }
    }
    Ok(())
}
