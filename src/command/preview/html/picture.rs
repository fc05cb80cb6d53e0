//! Small pictures inside the page.

use std::path::Path;

use super::escape;
use crate::post::{
    Image,
    picture::{Limit, thumbnail},
};

const LIMIT: Limit = Limit {
    bytes: 40_000,
    side: 520,
};

/// A picture with its alt text below; without it where `room`, in bytes, is used up.
pub(super) fn figure(root: &Path, image: &Image, room: &mut usize) -> String {
    let shown = plain(root, image, room);
    let alt = escape(&image.alt);
    format!("<figure>{shown}<figcaption dir=\"auto\"><b>ALT</b> {alt}</figcaption></figure>\n")
}

/// The picture alone.
pub(super) fn plain(root: &Path, image: &Image, room: &mut usize) -> String {
    let alt = escape(&image.alt);
    let made = thumbnail(root, image, LIMIT).ok();
    match made.filter(|made| made.bytes.len() <= *room) {
        Some(made) => {
            *room -= made.bytes.len();
            format!(
                "<img src=\"data:{};base64,{}\" alt=\"{alt}\" width=\"{}\" height=\"{}\">",
                made.mime,
                base64(&made.bytes),
                made.width,
                made.height
            )
        }
        None => format!(
            "<p class=\"missing\">{}: too much to show here</p>",
            escape(&image.path)
        ),
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or_default());
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4_usize {
            let digit = (all >> (18 - 6 * at)) & 63;
            out.push(match at <= three.len() {
                true => char::from(DIGITS[digit as usize]),
                false => '=',
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(super::base64(plain.as_bytes()), coded);
        }
    }
}
