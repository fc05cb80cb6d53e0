//! What posts name, and what it is to their author where it is not there.

use std::{collections::BTreeSet, fmt};

use crate::{
    config::Mentions,
    diagnostic::{Code, Diagnostic, Span},
    post::{Address, Feature, Post, Publication, Target, Thread},
};

/// What a post names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    Handle(String),
    Record(Address),
    Page(String),
}

/// All that a file names, each once.
pub(super) fn named_by(thread: &Thread) -> BTreeSet<Named> {
    let publication = thread.publication();
    let own = match publication {
        Publication::Repost(target) => Some(target),
        Publication::Posts { reply_to, .. } => reply_to.as_ref(),
    };
    let posts = publication.posts();
    let quotes = posts.iter().filter_map(|post| post.quote.as_ref());
    // What another file publishes is checked without the network.
    let records = own
        .into_iter()
        .chain(quotes)
        .filter_map(|target| match target {
            Target::Record(address) => Some(Named::Record(address.clone())),
            Target::File { .. } => None,
        });
    let facets = posts.iter().flat_map(|post| post.text.facets());
    let handles = facets.filter_map(|facet| match &facet.feature {
        Feature::Mention(handle) => Some(Named::Handle(handle.clone())),
        _ => None,
    });
    let cards = posts.iter().filter_map(Post::card);
    let pages = cards.filter(|card| card.pinned.is_none());
    let pages = pages.map(|card| Named::Page(card.url.clone()));
    records.chain(handles).chain(pages).collect()
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handle(handle) => write!(f, "@{handle}"),
            Self::Record(address) => address.fmt(f),
            Self::Page(url) => f.write_str(url),
        }
    }
}

impl Named {
    /// That it is not there, in a file with this text.
    pub(super) fn mistake(&self, text: &str, reason: &str, mentions: Mentions) -> Diagnostic {
        match (self, mentions) {
            (Self::Handle(handle), Mentions::Strict) => {
                let message = format!("there is no `@{handle}`: {reason}");
                let span = place(text, &format!("@{handle}"));
                Diagnostic::error(Code::InvalidMention, span, message)
                    .help("mend the handle, or write it without `@`")
            }
            (Self::Handle(handle), Mentions::Plain) => {
                let message = format!("there is no `@{handle}`: {reason}");
                let span = place(text, &format!("@{handle}"));
                Diagnostic::warning(Code::InvalidMention, span, message)
                    .help("mend the handle; as it is, it goes out as plain text")
            }
            (Self::Record(address), _) => {
                let noun = address.kind.noun();
                let message = format!("the {noun} {address} is not there: {reason}");
                Diagnostic::error(Code::InvalidTarget, place(text, &address.rkey), message)
                    .help("name another one, or drop the post: as it is, it would fail")
            }
            (Self::Page(url), _) => {
                let message = format!("the page of the card can't be read: {reason}");
                Diagnostic::warning(Code::InvalidCard, place(text, url), message).help(
                    "mend the address, or give the card a title under `card:`; as it is, it shows the address alone",
                )
            }
        }
    }
}

/// Where an author wrote it; upper and lower case are alike in handles.
fn place(text: &str, words: &str) -> Option<Span> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find(&words.to_ascii_lowercase())?;
    Some(start..start + words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_whatever_the_case() {
        assert_eq!(place("Hé @Bob.Test!", "@bob.test"), Some(4..13));
        assert_eq!(place("Hello", "@bob.test"), None);
    }
}
