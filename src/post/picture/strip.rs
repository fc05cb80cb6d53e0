//! Removes what a picture file says beside its pixels, without touching those.
//!
//! What is kept is listed, everything else goes: a new kind of metadata can't slip through. Bytes
//! behind the picture's end go too, as phones put second pictures there, with their own EXIF.
//! `None` means that the file ends before the picture does.

use super::format::Format;

/// A file without EXIF, XMP, IPTC, comments and previews; colour profiles stay.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Still {
    pub(super) bytes: Vec<u8>,
    /// Whether the file shows more than one frame.
    pub(super) was_animated: bool,
    /// Whether `bytes` hold the first of them alone: those of a WebP file can't be told apart here.
    pub(super) is_one_frame: bool,
}

/// Frees a file of metadata, and of all frames but the first where that can be done.
pub(super) fn strip(format: Format, bytes: &[u8]) -> Option<Still> {
    let file = Bytes(bytes);
    let (bytes, was_animated) = match format {
        Format::Jpeg => (jpeg(file)?, false),
        Format::Png => png(file)?,
        Format::WebP => webp(file)?,
        Format::Gif => gif(file)?,
    };
    Some(Still {
        bytes,
        was_animated,
        is_one_frame: !(was_animated && format == Format::WebP),
    })
}

/// What is left of a file; every read is checked.
#[derive(Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
}

/// ITU-T T.81, annex B.
fn jpeg(mut file: Bytes) -> Option<Vec<u8>> {
    const START_OF_SCAN: u8 = 0xda;
    let mut out = file.take(2)?.to_vec();
    loop {
        let marker = jpeg_marker(&mut file)?;
        match marker {
            0xd9 => break,
            // These stand alone and mean nothing between segments.
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let length = file.array::<2>()?;
        let content = file.take(usize::from(u16::from_be_bytes(length)).checked_sub(2)?)?;
        if jpeg_keeps(marker, content) {
            out.extend([0xff, marker]);
            out.extend(length);
            out.extend(content);
        }
        if marker == START_OF_SCAN {
            out.extend(jpeg_scan(&mut file)?);
        }
    }
    out.extend([0xff, 0xd9]);
    Some(out)
}

fn jpeg_marker(file: &mut Bytes) -> Option<u8> {
    while file.byte()? != 0xff {}
    loop {
        match file.byte()? {
            0xff => {}
            marker => return Some(marker),
        }
    }
}

fn jpeg_keeps(marker: u8, content: &[u8]) -> bool {
    match marker {
        0xe0 => content.starts_with(b"JFIF\0"),
        0xe2 => content.starts_with(b"ICC_PROFILE\0"),
        // Tells how the colours are stored.
        0xee => content.starts_with(b"Adobe"),
        // The other application segments, and comments.
        0xe1..=0xef | 0xfe => false,
        _ => true,
    }
}

/// The entropy-coded bytes up to the next marker that ends them.
fn jpeg_scan<'a>(file: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let ends = |pair: &[u8]| matches!(pair, [0xff, marker] if !matches!(marker, 0x00 | 0xd0..=0xd7 | 0xff));
    let end = file.0.windows(2).position(ends)?;
    file.take(end)
}

/// PNG, third edition, 5.3 and 11.3.
fn png(mut file: Bytes) -> Option<(Vec<u8>, bool)> {
    let mut out = file.take(8)?.to_vec();
    let mut was_animated = false;
    loop {
        let start = file;
        let length = u32::from_be_bytes(file.array()?);
        let kind: [u8; 4] = file.array()?;
        file.take(usize::try_from(length).ok()?)?;
        file.take(4)?;
        if png_keeps(kind) {
            out.extend(start.0.get(..start.0.len() - file.0.len())?);
        }
        was_animated |= &kind == b"fdAT";
        if &kind == b"IEND" {
            return Some((out, was_animated));
        }
    }
}

fn png_keeps(kind: [u8; 4]) -> bool {
    const SHOWN: [&[u8; 4]; 13] = [
        b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD",
        b"hIST", b"pHYs", b"sPLT",
    ];
    let critical = kind[0].is_ascii_uppercase();
    critical || SHOWN.contains(&&kind)
}

/// RFC 9649, section 2.
fn webp(mut file: Bytes) -> Option<(Vec<u8>, bool)> {
    const EXIF_AND_XMP: u8 = 0b0000_1100;
    file.take(4)?;
    let length = usize::try_from(u32::from_le_bytes(file.array()?)).ok()?;
    let mut chunks = Bytes(file.take(length)?);
    let mut out = b"RIFF\0\0\0\0".to_vec();
    out.extend(chunks.take(4)?);
    let mut was_animated = false;
    while !chunks.0.is_empty() {
        let kind: [u8; 4] = chunks.array()?;
        let length: [u8; 4] = chunks.array()?;
        let content = chunks.take(usize::try_from(u32::from_le_bytes(length)).ok()?)?;
        let padded = content.len() % 2 == 1;
        if padded {
            // Some writers leave the last one out.
            chunks.take(1);
        }
        was_animated |= &kind == b"ANMF";
        if !webp_keeps(kind) {
            continue;
        }
        out.extend(kind);
        out.extend(length);
        let start = out.len();
        out.extend(content);
        out.extend(padded.then_some(0));
        if let (b"VP8X", Some(flags)) = (&kind, out.get_mut(start)) {
            *flags &= !EXIF_AND_XMP;
        }
    }
    let length = u32::try_from(out.len() - 8).ok()?;
    out.get_mut(4..8)?.copy_from_slice(&length.to_le_bytes());
    Some((out, was_animated))
}

fn webp_keeps(kind: [u8; 4]) -> bool {
    matches!(
        &kind,
        b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP"
    )
}

/// GIF89a specification, sections 17 to 27.
fn gif(mut file: Bytes) -> Option<(Vec<u8>, bool)> {
    let mut out = Vec::new();
    let start = file;
    let header = file.take(13)?;
    file.take(gif_table(*header.get(10)?))?;
    out.extend(start.0.get(..start.0.len() - file.0.len())?);
    let mut frames = 0;
    // Some writers forget the trailer; every viewer does without.
    while !(frames > 0 && file.0.is_empty()) {
        let start = file;
        let keep = match file.byte()? {
            0x3b => break,
            0x2c => {
                frames += 1;
                let packed = *file.take(9)?.get(8)?;
                file.take(gif_table(packed) + 1)?;
                gif_blocks(&mut file)?;
                true
            }
            0x21 => {
                let label = file.byte()?;
                gif_keeps(label, gif_blocks(&mut file)?)
            }
            _ => return None,
        };
        // What comes before the first frame, and that.
        if keep && (frames == 0 || frames == 1 && start.0.first() == Some(&0x2c)) {
            out.extend(start.0.get(..start.0.len() - file.0.len())?);
        }
    }
    out.push(0x3b);
    Some((out, frames > 1))
}

/// The length of the colour table that a packed field announces.
fn gif_table(packed: u8) -> usize {
    if packed & 0x80 == 0 {
        return 0;
    }
    3 << ((packed & 7) + 1)
}

/// Passes a chain of blocks; the first one's content.
fn gif_blocks<'a>(file: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let length = file.byte()?;
    let first = file.take(length.into())?;
    let mut last = length;
    while last != 0 {
        last = file.byte()?;
        file.take(last.into())?;
    }
    Some(first)
}

fn gif_keeps(label: u8, first: &[u8]) -> bool {
    match label {
        0xff => first == b"ICCRGBG1012",
        // Graphic control; text, comments and the unknown go.
        0xf9 => true,
        _ => false,
    }
}
