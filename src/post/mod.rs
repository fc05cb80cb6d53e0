//! From a file's bytes to a checked thread: pure, but for reading pictures beside the post.

pub mod document;
pub mod file;
pub mod front_matter;
pub mod limits;
pub mod picture;
pub mod rich_text;
pub mod schedule;
pub mod split;
pub mod thread;
mod together;

pub use document::Document;
pub use picture::Image;
pub use rich_text::{Facet, Feature, RichText};
pub use thread::{Broken, BrokenDue, Checked, Context, Thread};
pub use together::check_together;

/// One checked part of a thread: if you hold one, it is publishable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// What the reader sees, with its links, mentions and tags.
    pub text: RichText,
    /// BCP 47 tags, at most [`limits::LANGS`].
    pub langs: Vec<String>,
    /// What is shown below the text.
    pub embed: Option<Embed>,
}

/// What is shown below a post's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embed {
    /// One to [`limits::IMAGES`] pictures (`app.bsky.embed.images`).
    Images(Vec<Image>),
}

impl Post {
    /// The pictures, in order.
    pub fn images(&self) -> &[Image] {
        match &self.embed {
            Some(Embed::Images(images)) => images,
            None => &[],
        }
    }
}
