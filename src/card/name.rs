//! The name under which a card's picture is kept.

use sha2::{Digest as _, Sha256};
use url::Url;

/// How long the readable part of a name may be.
const LENGTH: usize = 48;

/// A name for the picture of the page at `url`, of this type and these bytes: the same each time, and another for
/// other bytes, so that no card changes another's picture.
pub fn thumb_file_name(url: &Url, mime: &str, bytes: &[u8]) -> String {
    let host = url.host_str().unwrap_or("card").trim_start_matches("www.");
    let path = url
        .path()
        .rsplit_once('.')
        .map_or(url.path(), |(stem, ending)| match ending.contains('/') {
            true => url.path(),
            false => stem,
        });
    let mut name = String::new();
    for c in format!("{host}{path}").chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => name.push(c),
            '.' if name.ends_with(|c: char| c.is_ascii_alphanumeric()) => name.push('.'),
            _ if !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    name.truncate(LENGTH);
    let name = name.trim_matches(['-', '.']);
    let hash = Sha256::digest(bytes);
    let ending = match mime {
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        _ => "jpg",
    };
    format!(
        "{name}-{:02x}{:02x}{:02x}.{ending}",
        hash[0], hash[1], hash[2]
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn name(url: &str) -> String {
        thumb_file_name(&Url::parse(url).unwrap(), "image/png", b"")
    }

    #[test]
    fn names_are_readable_bounded_and_stable() {
        assert_eq!(name("https://example.com/"), "example.com-e3b0c4.png");
        assert_eq!(
            name("https://www.Example.com/Notes/1.4.html?x=1#y"),
            "example.com-notes-1.4-e3b0c4.png"
        );
        assert_eq!(
            name("https://example.com/../..%2f%2e%2e/etc/passwd"),
            "example.com-2f-2e-2e-etc-passwd-e3b0c4.png"
        );
        assert_eq!(
            name("https://example.com/日本"),
            "example.com-e6-97-a5-e6-9c-ac-e3b0c4.png"
        );
        let long = name(&format!("https://example.com/{}", "a/".repeat(100)));
        assert!(
            long.len() < 62 && long.starts_with("example.com-a-a"),
            "{long}"
        );
    }

    #[test]
    fn other_bytes_have_another_name() {
        let url = Url::parse("https://example.com/a").unwrap();
        assert_ne!(
            thumb_file_name(&url, "image/png", b"a"),
            thumb_file_name(&url, "image/png", b"b")
        );
        assert!(thumb_file_name(&url, "image/jpeg", b"a").ends_with(".jpg"));
    }
}
