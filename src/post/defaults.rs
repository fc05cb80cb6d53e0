//! What `updraft.yml` says for every post of an account, where the file itself says nothing.

use super::{Quotes, Replies, late::Late, limits};

/// What a file that says nothing gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// BCP 47 tags.
    pub langs: Vec<String>,
    /// Who may answer.
    pub replies: Replies,
    /// Whether others may quote.
    pub quotes: Quotes,
    /// Self-labels.
    pub labels: Vec<String>,
    /// Where link cards come from.
    pub link_cards: LinkCards,
    /// Whether long addresses are shown shortened.
    pub shorten_links: bool,
    /// From when on a post is late, and what then.
    pub late: Late,
    /// The largest picture that the account's server takes, in bytes.
    pub image_bytes: u64,
}

/// Defaults of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDefaults {
    /// As in `account:`.
    pub name: String,
    /// What its files get.
    pub defaults: Defaults,
}

#[cfg(test)]
impl AccountDefaults {
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            defaults: Defaults::default(),
        }
    }
}

/// Where link cards come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkCards {
    /// The page is asked at publishing, unless the card is pinned.
    #[default]
    Live,
    /// Only pinned cards are shown.
    Pinned,
    /// Only cards that the file itself asks for are shown.
    Off,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            langs: Vec::new(),
            replies: Replies::default(),
            quotes: Quotes::default(),
            labels: Vec::new(),
            link_cards: LinkCards::default(),
            shorten_links: false,
            late: Late::default(),
            image_bytes: limits::IMAGE_BYTES,
        }
    }
}
