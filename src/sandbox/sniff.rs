//! What a blob is by its first bytes, as the official server finds it.

/// The type of a picture, a video or captions.
pub(super) fn sniff(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, chunks @ ..] => sniff_png(chunks),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', ..] => Some("image/gif"),
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
        ] => Some("image/webp"),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => sniff_brand(brand.first_chunk()?),
        [0xef, 0xbb, 0xbf, rest @ ..] => sniff(rest),
        [
            b'W',
            b'E',
            b'B',
            b'V',
            b'T',
            b'T',
            b'\n' | b'\r' | b'\t' | b' ' | 0,
            ..,
        ] => Some("text/vtt"),
        _ => None,
    }
}

fn sniff_brand(brand: &[u8; 4]) -> Option<&'static str> {
    Some(match brand {
        b"avif" | b"avis" => "image/avif",
        b"mif1" => "image/heif",
        b"heic" | b"heix" => "image/heic",
        b"qt  " => "video/quicktime",
        b"M4V " | b"M4VH" | b"M4VP" => "video/x-m4v",
        [b'3', b'g', b'2', _] => "video/3gpp2",
        [b'3', b'g', ..] => "video/3gpp",
        _ => "video/mp4",
    })
}

/// A PNG is animated if it says so before its first pixels (PNG specification, section 11.3.6.1).
fn sniff_png(mut chunks: &[u8]) -> Option<&'static str> {
    loop {
        let (length, rest) = chunks.split_first_chunk::<4>()?;
        match rest.first_chunk::<4>()? {
            b"IDAT" => return Some("image/png"),
            b"acTL" => return Some("image/apng"),
            _ => {}
        }
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        // Its type, its data, its checksum.
        chunks = rest.get(length.checked_add(8)?..)?;
    }
}
