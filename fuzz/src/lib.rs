//! What each fuzz target does with its bytes, and what has to hold whatever they are. The targets
//! and `tests/hostile.rs`, which runs every committed seed, share it.

pub mod answers;
pub mod document;
pub mod front_matter;
pub mod import;
pub mod markdown;
pub mod page;
pub mod picture;
mod place;
mod reports;
pub mod video;
pub mod words;

/// A target's name, which is that of its folder of seeds, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("answers", answers::run),
    ("document", document::run),
    ("front_matter", front_matter::run),
    ("import", import::run),
    ("markdown", markdown::run),
    ("page", page::run),
    ("picture", picture::run),
    ("video", video::run),
    ("words", words::run),
];
