//! What a thread names, looked up: mentions, what it quotes, answers and reposts, lists, and pages.

use std::sync::PoisonError;

use super::{
    account::Connection,
    send::Problem,
    target::{self, Use},
};
use crate::{
    atproto::record::{LiveCard, References},
    post::{Card, Feature, Post, Publication, Replies, Rule, Target},
};

/// Looks everything up, and says what should be warned about.
pub(super) async fn look_up(
    connection: &mut Connection<'_>,
    publication: &Publication,
) -> Result<(References, Vec<String>), Problem> {
    let mut found = References::default();
    let mut warnings = Vec::new();
    mentions(connection, publication.posts(), (&mut found, &mut warnings)).await?;
    targets(connection, publication, (&mut found, &mut warnings)).await?;
    lists(connection, publication, &mut found).await?;
    for card in publication.posts().iter().filter_map(Post::card) {
        if let Card { url, pinned: None } = card {
            let live = LiveCard {
                title: url.clone(),
                ..LiveCard::default()
            };
            found.cards.insert(url.clone(), live);
        }
    }
    Ok((found, warnings))
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
fn address(
    connection: &Connection<'_>,
    target: &Target,
    usage: Use,
) -> Result<crate::post::Address, Problem> {
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
    let address = uri.and_then(|uri| crate::post::Address::parse(uri));
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
