//! What kind of file the bytes are, whatever its name says.

use super::problem::Problem;

/// The kinds of pictures that Bluesky takes and updraft can prepare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    WebP,
    Gif,
}

impl Format {
    /// Recognises the bytes; `name` is for messages.
    pub(super) fn of(name: &str, bytes: &[u8]) -> Result<Self, Problem> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Self::Png),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Ok(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Self::Gif),
            _ => Err(refusal(name, bytes)),
        }
    }

    /// The media type, as in a blob.
    pub(super) fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// As people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
        }
    }

    /// The same in the `image` crate's terms.
    pub(super) fn codec(self) -> image::ImageFormat {
        match self {
            Self::Jpeg => image::ImageFormat::Jpeg,
            Self::Png => image::ImageFormat::Png,
            Self::WebP => image::ImageFormat::WebP,
            Self::Gif => image::ImageFormat::Gif,
        }
    }
}

const CONVERT: &str = "convert it to JPEG or PNG";
const EXPORT: &str = "export it as a PNG, 2,000 pixels wide or so";
const VIDEO: &str = "give the file the ending of its kind, such as `.mp4`";

fn refusal(name: &str, bytes: &[u8]) -> Problem {
    let unknown = (
        "no picture that updraft knows",
        "use a JPEG, PNG, WebP or GIF file",
    );
    let (kind, help) = stranger(bytes).unwrap_or(unknown);
    Problem::invalid(format!("{name} is {kind}"))
        .label("not a JPEG, PNG, WebP or GIF file")
        .help(help)
}

/// The name of a well-known kind of file that can't be published, and the way out.
fn stranger(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => iso_media(brand.get(..4)?),
        [b'B', b'M', ..] => ("a BMP picture", CONVERT),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => ("a TIFF picture", CONVERT),
        [0xff, 0x0a, ..] | [0, 0, 0, 0x0c, b'J', b'X', b'L', b' ', ..] => {
            ("a JPEG XL picture", CONVERT)
        }
        [0, 0, 1, 0, ..] => ("an icon (ICO)", CONVERT),
        [b'8', b'B', b'P', b'S', ..] => ("a Photoshop file", EXPORT),
        [b'%', b'P', b'D', b'F', ..] => ("a PDF", EXPORT),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => ("a WebM or Matroska video", VIDEO),
        _ => return text(bytes),
    })
}

fn iso_media(brand: &[u8]) -> (&'static str, &'static str) {
    match brand {
        b"avif" | b"avis" => ("an AVIF picture", CONVERT),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
            ("a HEIC picture", CONVERT)
        }
        b"qt  " => ("a QuickTime video", VIDEO),
        _ => ("an MP4 video", VIDEO),
    }
}

fn text(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let head = bytes.get(..bytes.len().min(1024))?;
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with("version https://git-lfs") {
        return Some((
            "a Git LFS pointer, not the picture itself",
            "run `git lfs pull`; in a workflow, give actions/checkout `lfs: true`",
        ));
    }
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        return Some((
            "a web page, not a picture",
            "open the page and download the picture itself",
        ));
    }
    head.contains("<svg").then_some(("an SVG drawing", EXPORT))
}
