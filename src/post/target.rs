//! What a quote, a reply or a repost points at, and lists of accounts.

use std::fmt;

use url::Url;

/// What a post quotes, answers or reposts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A record on the network.
    Record(Address),
    /// What another post file of the repository publishes.
    File {
        /// Relative to the repository's root.
        path: String,
        /// Which part of its thread, from 1: `posts/launch.md#2`.
        part: Option<usize>,
    },
}

/// A record as a person names it: `https://bsky.app/profile/NAME/post/KEY` or `at://NAME/COLLECTION/KEY`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// A handle (lower case) or a DID.
    pub authority: String,
    /// What it is.
    pub kind: Kind,
    /// Its record key.
    pub rkey: String,
}

/// What kind of record an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `app.bsky.feed.post`
    Post,
    /// `app.bsky.graph.list`
    List,
    /// `app.bsky.feed.generator`
    Feed,
    /// `app.bsky.graph.starterpack`
    StarterPack,
}

const KINDS: [(Kind, &str, &str); 5] = [
    (Kind::Post, "post", "app.bsky.feed.post"),
    (Kind::List, "lists", "app.bsky.graph.list"),
    (Kind::Feed, "feed", "app.bsky.feed.generator"),
    (
        Kind::StarterPack,
        "starter-pack",
        "app.bsky.graph.starterpack",
    ),
    (Kind::List, "list", "app.bsky.graph.list"),
];

impl Kind {
    /// The NSID of its collection.
    pub fn collection(self) -> &'static str {
        KINDS
            .iter()
            .find(|(kind, ..)| *kind == self)
            .map_or("", |(.., collection)| collection)
    }

    /// As a person says it.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Post => "post",
            Kind::List => "list",
            Kind::Feed => "feed",
            Kind::StarterPack => "starter pack",
        }
    }
}

impl Address {
    /// Reads a bsky.app address or an AT URI; `None` if it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.strip_prefix("at://") {
            Some(rest) => Self::from_segments(rest.split('/').collect(), |_, named| {
                KINDS.iter().find(|(.., nsid)| *nsid == named)
            }),
            None => Self::from_page(text),
        }
    }

    fn from_page(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_app = matches!(
            url.host_str(),
            Some("bsky.app" | "www.bsky.app" | "main.bsky.dev")
        );
        if !is_app || !matches!(url.scheme(), "https" | "http") {
            return None;
        }
        let path = percent_encoding::percent_decode_str(url.path())
            .decode_utf8()
            .ok()?;
        let path = path.trim_matches('/');
        if let Some(rest) = path.strip_prefix("starter-pack/") {
            let pack = format!(
                "{}/starter-pack/{}",
                rest.split_once('/')?.0,
                rest.split_once('/')?.1
            );
            return Self::from_segments(pack.split('/').collect(), by_page);
        }
        let rest = path.strip_prefix("profile/")?;
        Self::from_segments(rest.split('/').collect(), by_page)
    }

    fn from_segments(
        segments: Vec<&str>,
        kind: impl Fn(&str, &str) -> Option<&'static (Kind, &'static str, &'static str)>,
    ) -> Option<Self> {
        let [authority, named, rkey] = segments[..] else {
            return None;
        };
        let (kind, ..) = kind(authority, named)?;
        let authority = authority.trim_start_matches('@');
        let authority = match authority.starts_with("did:") {
            true => authority.to_owned(),
            false => authority.to_lowercase(),
        };
        let is_name = is_handle(&authority) || is_did(&authority);
        (is_name && is_record_key(rkey)).then(|| Self {
            authority,
            kind: *kind,
            rkey: rkey.to_owned(),
        })
    }

    /// Its AT URI, whose authority may be a handle.
    pub fn uri(&self) -> String {
        format!(
            "at://{}/{}/{}",
            self.authority,
            self.kind.collection(),
            self.rkey
        )
    }

    /// Its page on bsky.app.
    pub fn page(&self) -> String {
        let rkey = &self.rkey;
        // A `did:web` may hold an encoded colon.
        let authority = self.authority.replace('%', "%25");
        match self.kind {
            Kind::StarterPack => format!("https://bsky.app/starter-pack/{authority}/{rkey}"),
            kind => {
                let word = KINDS
                    .iter()
                    .find(|(known, ..)| *known == kind)
                    .map_or("post", |(_, word, _)| word);
                format!("https://bsky.app/profile/{authority}/{word}/{rkey}")
            }
        }
    }
}

fn by_page(_: &str, named: &str) -> Option<&'static (Kind, &'static str, &'static str)> {
    KINDS.iter().find(|(_, word, _)| *word == named)
}

/// <https://atproto.com/specs/handle>, less the list of reserved names.
fn is_handle(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// <https://atproto.com/specs/did>
fn is_did(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (scheme, method, id) = (parts.next(), parts.next(), parts.next());
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:%-".contains(&b);
    scheme == Some("did")
        && method.is_some_and(|m| !m.is_empty() && m.bytes().all(|b| b.is_ascii_lowercase()))
        && id.is_some_and(|id| {
            !id.is_empty() && !id.ends_with([':', '%']) && id.bytes().all(allowed)
        })
}

/// <https://atproto.com/specs/record-key>
fn is_record_key(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_~.:-".contains(&b);
    (1..=512).contains(&text.len()) && text != "." && text != ".." && text.bytes().all(allowed)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.page())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Record(address) => address.fmt(f),
            Target::File { path, part: None } => f.write_str(path),
            Target::File {
                path,
                part: Some(part),
            } => write!(f, "{path}#{part}"),
        }
    }
}

#[cfg(test)]
mod tests;
