//! A web page behind a link card.

use unicode_segmentation::UnicodeSegmentation;
use updraft::card::{metadata, thumb_file_name};
use url::Url;

/// Reads the bytes behind the first line as a page of the media type that this line says.
pub fn run(bytes: &[u8]) {
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (kind, page) = bytes.split_at(line);
    let url = Url::parse("https://example.com/notes/1?a=b").expect("a literal address");
    let found = metadata(page, str::from_utf8(kind).ok(), &url);
    for text in [&found.title, &found.description] {
        assert!(text.graphemes(true).count() <= 1_000);
        assert!(!text.contains(char::is_control), "{text:?}");
    }
    if let Some(picture) = found.picture {
        assert!(["https", "http"].contains(&picture.scheme()), "{picture}");
        let name = thumb_file_name(&picture, "image/png", page);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        assert!(name.chars().all(plain) && !name.starts_with('.'), "{name}");
    }
}
