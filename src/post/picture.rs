//! A picture beside a post: found, recognised, made upright, freed of EXIF.

/// A picture that is fit to be uploaded, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Relative to the repository's root, with `/` between the folders.
    pub path: String,
    /// What someone who can't see it needs to know; never empty.
    pub alt: String,
    /// `image/jpeg`, `image/png`, `image/webp` or `image/gif`, from the bytes.
    pub mime: &'static str,
    /// Pixels, upright.
    pub width: u32,
    /// Pixels, upright.
    pub height: u32,
    /// Bytes as they will be uploaded.
    pub size: usize,
    /// SHA-256 of the bytes as they will be uploaded: their blob CID's digest.
    pub sha256: [u8; 32],
}
