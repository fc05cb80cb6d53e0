//! What Bluesky's lexicons allow, in one place.

/// `app.bsky.feed.post` text, in graphemes.
pub const TEXT_GRAPHEMES: usize = 300;
/// `app.bsky.feed.post` text, in bytes of UTF-8.
pub const TEXT_BYTES: usize = 3_000;
/// `app.bsky.feed.post` langs.
pub const LANGS: usize = 3;
/// `app.bsky.embed.images` images.
pub const IMAGES: usize = 4;
/// `app.bsky.embed.images#image` image, in bytes.
pub const IMAGE_BYTES: usize = 2_000_000;
/// `app.bsky.richtext.facet#tag` tag, in graphemes.
pub const TAG_GRAPHEMES: usize = 64;
/// `app.bsky.richtext.facet#tag` tag, in bytes of UTF-8.
pub const TAG_BYTES: usize = 640;
/// `com.atproto.repo.applyWrites` writes: the parts of a thread, and its gates.
pub const WRITES: usize = 200;
/// The largest post file that is read, in bytes: 200 full parts, with room to spare.
pub const FILE_BYTES: u64 = 1 << 20;
