//! What Bluesky's lexicons allow, in one place.

/// `app.bsky.feed.post` text, in graphemes.
pub const TEXT_GRAPHEMES: usize = 300;
/// `app.bsky.feed.post` text, in bytes of UTF-8.
pub const TEXT_BYTES: usize = 3_000;
/// `app.bsky.feed.post` langs.
pub const LANGS: usize = 3;
/// `app.bsky.embed.images` images.
pub const IMAGES: usize = 4;
/// `app.bsky.embed.gallery` items: the lexicon has room for 20 and asks clients to keep to 10.
pub const GALLERY: usize = 10;
/// `app.bsky.embed.external#external` thumb, in bytes.
pub const THUMB_BYTES: u64 = 1_000_000;
/// `app.bsky.feed.post` tags.
pub const TAGS: usize = 8;
/// `com.atproto.label.defs#selfLabels` values.
pub const LABELS: usize = 10;
/// `app.bsky.feed.threadgate` allow.
pub const GATE_RULES: usize = 5;
/// `app.bsky.embed.images#image` image, in bytes.
pub const IMAGE_BYTES: u64 = 2_000_000;
/// The longer side of a picture, in pixels: what the official app sends at most.
pub const IMAGE_SIDE: u32 = 4_000;
/// `app.bsky.embed.video` video, in bytes.
pub const VIDEO_BYTES: u64 = 300_000_000;
/// The longest video that the video service takes.
pub const VIDEO_MILLISECONDS: u64 = 600_000;
/// `app.bsky.embed.video` captions.
pub const CAPTIONS: usize = 20;
/// `app.bsky.embed.video#caption` file, in bytes.
pub const CAPTIONS_BYTES: usize = 20_000;
/// `app.bsky.richtext.facet#tag` tag, in graphemes.
pub const TAG_GRAPHEMES: usize = 64;
/// `app.bsky.richtext.facet#tag` tag, in bytes of UTF-8.
pub const TAG_BYTES: usize = 640;
/// `com.atproto.repo.applyWrites` writes: the parts of a thread, and its gates.
pub const WRITES: usize = 200;
/// The largest post file that is read, in bytes: 200 full parts, with room to spare.
pub const FILE_BYTES: u64 = 1 << 20;
