//! From a file's bytes to a checked thread: pure, but for reading pictures and videos beside the post.

pub mod defaults;
pub mod document;
pub mod file;
pub mod front_matter;
pub mod late;
pub mod limits;
pub mod picture;
pub mod rich_text;
pub mod schedule;
pub mod shift;
pub mod split;
pub mod target;
pub mod thread;
mod together;
pub mod video;

pub use defaults::{AccountDefaults, Defaults, LinkCards};
pub use document::Document;
pub use picture::Image;
pub use rich_text::{Facet, Feature, RichText};
pub use target::{Address, Target};
pub use thread::{Broken, BrokenDue, Checked, Context, Merge, PLACEHOLDER, Thread};
pub use together::check_together;
pub use video::{Captions, Video};

/// What a file publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publication {
    /// A thread of one or more posts.
    Posts {
        /// The parts, at least one.
        posts: Vec<Post>,
        /// What the first part answers.
        reply_to: Option<Target>,
        /// Who may answer and quote.
        gates: Gates,
    },
    /// A repost of a post (`app.bsky.feed.repost`).
    Repost(Target),
}

/// One checked part of a thread: if you hold one, it is publishable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Post {
    /// What the reader sees, with its links, mentions and tags.
    pub text: RichText,
    /// BCP 47 tags, at most [`limits::LANGS`].
    pub langs: Vec<String>,
    /// Tags that are not shown in the text, without `#`, at most [`limits::TAGS`].
    pub tags: Vec<String>,
    /// Self-labels, such as `nudity`, at most [`limits::LABELS`].
    pub labels: Vec<String>,
    /// What it quotes.
    pub quote: Option<Target>,
    /// What is shown below the text, beside the quote.
    pub media: Option<Media>,
}

/// What is shown below a post's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// Up to [`limits::IMAGES`] pictures (`app.bsky.embed.images`), or up to [`limits::GALLERY`]
    /// (`app.bsky.embed.gallery`).
    Images(Vec<Image>),
    /// A link card (`app.bsky.embed.external`).
    Card(Card),
    /// A video (`app.bsky.embed.video`).
    Video(Video),
}

/// A link with what is shown of the page behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Where it leads.
    pub url: String,
    /// `None`: the page is asked at publishing.
    pub pinned: Option<Pinned>,
    /// Which of the parts that its author wrote shows it, from 0: its place in `cards`.
    pub part: usize,
}

/// What a card shows, as its author wrote it or pinned it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pinned {
    /// The page's title.
    pub title: String,
    /// A sentence or two.
    pub description: String,
    /// The picture, of at most [`limits::THUMB_BYTES`].
    pub thumb: Option<Image>,
}

/// Who may answer a thread and quote its posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// `app.bsky.feed.threadgate`
    pub replies: Replies,
    /// `app.bsky.feed.postgate`
    pub quotes: Quotes,
}

/// Who may answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Replies {
    /// No gate.
    #[default]
    Everyone,
    /// Those whom one of the rules names, at most [`limits::GATE_RULES`]; nobody if there is none.
    Only(Vec<Rule>),
}

/// Some who may answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Accounts that the post mentions.
    Mentioned,
    /// Accounts that the author follows.
    Following,
    /// Accounts that follow the author.
    Followers,
    /// Accounts on a list.
    List(Address),
}

/// Whether others may quote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quotes {
    /// No gate.
    #[default]
    Allow,
    /// Nobody may.
    Deny,
}

impl Publication {
    /// The parts of a thread; a repost has none.
    pub fn posts(&self) -> &[Post] {
        match self {
            Self::Posts { posts, .. } => posts,
            Self::Repost(_) => &[],
        }
    }

    /// How many records its receipt names.
    pub fn parts(&self) -> usize {
        self.posts().len().max(1)
    }

    /// What it points at: quotes, an answered post, a reposted one.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        let own = match self {
            Self::Posts { reply_to, .. } => reply_to.as_ref(),
            Self::Repost(target) => Some(target),
        };
        let quotes = self.posts().iter().filter_map(|post| post.quote.as_ref());
        own.into_iter().chain(quotes)
    }

    /// Every file that is uploaded with it, relative to the repository's root.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.posts().iter().flat_map(Post::files)
    }
}

impl Post {
    /// The pictures, in order.
    pub fn images(&self) -> &[Image] {
        match &self.media {
            Some(Media::Images(images)) => images,
            _ => &[],
        }
    }

    /// The link card.
    pub fn card(&self) -> Option<&Card> {
        match &self.media {
            Some(Media::Card(card)) => Some(card),
            _ => None,
        }
    }

    /// The video.
    pub fn video(&self) -> Option<&Video> {
        match &self.media {
            Some(Media::Video(video)) => Some(video),
            _ => None,
        }
    }

    /// Every picture that is uploaded with it: those shown, and a pinned card's.
    pub fn uploads(&self) -> impl Iterator<Item = &Image> {
        let thumb = self
            .card()
            .and_then(|card| card.pinned.as_ref()?.thumb.as_ref());
        self.images().iter().chain(thumb)
    }

    /// Every file that is uploaded with it, relative to the repository's root.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let video = self.video().into_iter().flat_map(|video| {
            let captions = video.captions.iter().map(|captions| &captions.path);
            [&video.path].into_iter().chain(captions)
        });
        let pictures = self.uploads().map(|image| &image.path);
        pictures.chain(video).map(String::as_str)
    }
}
