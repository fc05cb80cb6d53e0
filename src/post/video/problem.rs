//! What is wrong with a video, and the command that mends it.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::{boxes::Flaw, container::Unreadable};
use crate::{
    diagnostic::{Code, Diagnostic},
    post::{limits, picture::Reference},
};

/// What the bytes of a file can tell about its kind.
const HEAD: u64 = 1024;

pub(super) fn missing_alt(reference: &Reference<'_>) -> Diagnostic {
    let name = reference.destination;
    let written = match name.contains([' ', '(', ')']) {
        true => format!("<{name}>"),
        false => name.to_owned(),
    };
    Diagnostic::error(
        Code::MissingAlt,
        reference.span.clone(),
        format!("the video `{name}` has no alt text"),
    )
    .label("nothing between `[` and `]`")
    .help(format!(
        "write what the video shows, for people who can't see it: \
         `![a swimmer crosses the lake at sunrise]({written})`"
    ))
}

pub(super) fn unreadable(path: &str, error: &io::Error) -> Diagnostic {
    invalid(format!("`{path}` can't be read: {error}"))
        .label("can't be read")
        .help("check the file's permissions")
}

/// Why nothing can be told of the file's contents.
pub(super) fn no_contents(path: &str, (file, size): (&Path, u64), why: Unreadable) -> Diagnostic {
    match why {
        _ if size == 0 => invalid(format!("`{path}` is empty"))
            .label("this file has no bytes")
            .help("put the video there again"),
        Unreadable::NotMp4 => match head(file) {
            Ok(bytes) => stranger(path, &bytes),
            Err(error) => unreadable(path, &error),
        },
        Unreadable::NoIndex => cut_off(path, "its index is missing"),
        Unreadable::Flaw(Flaw::EndsEarly) => cut_off(path, "it ends early"),
        Unreadable::Flaw(Flaw::Damaged) => {
            damaged(path, "is damaged: its parts don't fit together")
        }
        Unreadable::Flaw(Flaw::Io(error)) => unreadable(path, &error),
    }
}

pub(super) fn damaged(path: &str, how: &str) -> Diagnostic {
    invalid(format!("`{path}` {how}"))
        .label("a damaged video")
        .help(format!("convert it anew: {}", command(path, CONVERT)))
}

fn cut_off(path: &str, how: &str) -> Diagnostic {
    invalid(format!("`{path}` is not whole: {how}"))
        .label("a part of a video")
        .help("copy or export it again; the recording may have been cut off before it was finished")
}

pub(super) fn no_duration(path: &str) -> Diagnostic {
    invalid(format!("`{path}` doesn't say how long it is"))
        .label("no length")
        .help(format!("copy it into a plain MP4: {}", command(path, COPY)))
}

pub(super) fn no_video(path: &str) -> Diagnostic {
    invalid(format!("`{path}` holds no moving pictures"))
        .label("sound alone, or nothing")
        .help("Bluesky has no sound posts: make a video of it, with a picture to look at")
}

pub(super) fn other_kind(path: &str, kind: &str) -> Diagnostic {
    invalid(format!("`{path}` is {kind}, and Bluesky takes MP4"))
        .label("not an MP4 file")
        .help(format!("convert it: {}", command(path, CONVERT)))
}

pub(super) fn other_codec(path: &str, codec: &[u8; 4]) -> Diagnostic {
    if codec == b"encv" {
        return invalid(format!("`{path}` is encrypted"))
            .label("copy protection")
            .help("use a file without copy protection");
    }
    let name = codec_name(codec);
    invalid(format!(
        "the pictures in `{path}` are {name}, and should be H.264"
    ))
    .label("not every app can show it")
    .help(format!("convert it: {}", command(path, CONVERT)))
}

pub(super) fn too_large(path: &str, size: u64) -> Diagnostic {
    let most = limits::VIDEO_BYTES;
    let message = format!(
        "`{path}` has {} bytes, {} more than Bluesky takes",
        grouped(size),
        grouped(size.saturating_sub(most))
    );
    invalid(message)
        .label(format!("at most {} bytes", grouped(most)))
        .help(format!("make it smaller: {}", command(path, SHRINK)))
}

pub(super) fn too_long(path: &str, milliseconds: u64) -> Diagnostic {
    let shown = |milliseconds: u64| {
        let seconds = milliseconds.div_ceil(1000);
        format!("{}:{:02}", seconds / 60, seconds % 60)
    };
    let most = shown(limits::VIDEO_MILLISECONDS);
    let message = format!("`{path}` is {} long", shown(milliseconds));
    invalid(message)
        .label(format!("at most {most} minutes"))
        .help("cut it, or show a part of it in each post of a thread")
}

/// What a file is that claims a brand which servers don't take for `video/mp4`.
pub(super) fn foreign_brand(brand: &[u8; 4]) -> Option<&'static str> {
    match brand {
        b"qt  " => Some("a QuickTime video"),
        [b'3', b'g', ..] => Some("a 3GP video"),
        b"M4V " | b"M4VH" | b"M4VP" => Some("an M4V video"),
        b"M4A " | b"M4B " | b"F4A " | b"F4B " => Some("an audio file"),
        b"avif" | b"avis" => Some("an AVIF picture"),
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Some("a HEIC picture"),
        _ => None,
    }
}

const CONVERT: &str = "-c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart";
const COPY: &str = "-c copy -movflags +faststart";
const SHRINK: &str = "-c:v libx264 -crf 28 -pix_fmt yuv420p -c:a aac -movflags +faststart";

/// Of the command line, with the names of the file and of another one beside it.
fn command(path: &str, how: &str) -> String {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let made = match ending.eq_ignore_ascii_case("mp4") {
        true => format!("{stem}-h264.mp4"),
        false => format!("{stem}.mp4"),
    };
    let (from, to) = (quoted(name), quoted(&made));
    format!("`ffmpeg -i {from} {how} {to}`, and name that file")
}

fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    match name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', "'\\''")),
    }
}

fn codec_name(codec: &[u8; 4]) -> String {
    match codec {
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => "HEVC (H.265)".to_owned(),
        b"av01" => "AV1".to_owned(),
        b"vp08" | b"vp09" => "VP8 or VP9".to_owned(),
        [b'a', b'p', ..] => "ProRes".to_owned(),
        b"mp4v" => "MPEG-4 Part 2".to_owned(),
        b"jpeg" | b"mjpa" | b"mjpb" | b"mjpg" => "Motion JPEG".to_owned(),
        other => format!("`{}`", other.escape_ascii()),
    }
}

fn stranger(path: &str, bytes: &[u8]) -> Diagnostic {
    let (kind, help) = match bytes {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => return other_kind(path, "a WebM or Matroska video"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', ..] => {
            return other_kind(path, "an AVI video");
        }
        [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..] => return other_kind(path, "a QuickTime video"),
        [0, 0, 1, 0xba | 0xb3, ..] | [0x47, ..] if !bytes.starts_with(b"GIF") => {
            return other_kind(path, "an MPEG-1 or MPEG-2 video");
        }
        [0x30, 0x26, 0xb2, 0x75, ..] => return other_kind(path, "a Windows Media file"),
        [b'F', b'L', b'V', ..] => return other_kind(path, "a Flash video"),
        [b'O', b'g', b'g', b'S', ..] => return other_kind(path, "an Ogg file"),
        [0xff, 0xd8, 0xff, ..] | [0x89, b'P', b'N', b'G', ..] | [b'G', b'I', b'F', b'8', ..] => (
            "a picture",
            "give the file the ending of its kind, such as `.jpg`",
        ),
        _ => text(bytes).unwrap_or(("no video that updraft knows", "use an MP4 file with H.264")),
    };
    invalid(format!("`{path}` is {kind}"))
        .label("not an MP4 file")
        .help(help)
}

fn text(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let head = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    if head.starts_with("version https://git-lfs") {
        return Some((
            "a Git LFS pointer, not the video itself",
            "run `git lfs pull`; in a workflow, give actions/checkout `lfs: true`",
        ));
    }
    let is_page = head.starts_with("<!doctype html") || head.starts_with("<html");
    is_page.then_some((
        "a web page, not a video",
        "open the page and download the video itself",
    ))
}

fn head(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(HEAD).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn invalid(message: String) -> Diagnostic {
    Diagnostic::error(Code::InvalidVideo, None, message)
}

pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
