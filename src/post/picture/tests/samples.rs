//! Pictures built byte by byte, with the metadata that must not be published.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage};

/// Stands in every piece of metadata, where a camera writes the place.
pub(super) const SECRET: &[u8] = b"N 52 31 12.0248";

/// Red on the left, blue on the right: 48 × 32.
pub(super) fn two_colours() -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(48, 32, |x, _| match x {
        0..24 => Rgb([220, 20, 20]),
        _ => Rgb([20, 20, 220]),
    }))
}

pub(super) fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    two_colours().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A TIFF block with the orientation and a GPS directory that holds [`SECRET`].
pub(super) fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend(entry(0x0112, 3, 1, orientation.into()));
    tiff.extend(entry(0x8825, 4, 1, 38));
    tiff.extend([0; 4]);
    assert_eq!(tiff.len(), 38);
    tiff.extend([1, 0]);
    tiff.extend(entry(0x001d, 2, SECRET.len() as u32, 56));
    tiff.extend([0; 4]);
    tiff.extend(SECRET);
    tiff
}

fn entry(tag: u16, kind: u16, count: u32, value: u32) -> Vec<u8> {
    let mut entry = tag.to_le_bytes().to_vec();
    entry.extend(kind.to_le_bytes());
    entry.extend(count.to_le_bytes());
    entry.extend(value.to_le_bytes());
    entry
}

/// An ICC profile's head, as far as anyone here reads it.
pub(super) fn profile() -> Vec<u8> {
    let mut profile = vec![0; 128];
    profile[16..20].copy_from_slice(b"RGB ");
    profile.extend(b"the very profile");
    profile
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let mut segment = vec![0xff, marker];
    segment.extend((content.len() as u16 + 2).to_be_bytes());
    segment.extend(content);
    segment
}

/// As a phone writes it: EXIF, XMP, IPTC, a comment, a profile, and a second picture at the end.
pub(super) fn jpeg(orientation: u16) -> Vec<u8> {
    let plain = encoded(ImageFormat::Jpeg);
    let mut bytes = plain[..2].to_vec();
    bytes.extend(segment(
        0xe1,
        &[b"Exif\0\0", exif(orientation).as_slice()].concat(),
    ));
    bytes.extend(segment(
        0xe1,
        &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat(),
    ));
    bytes.extend(segment(0xed, &[b"Photoshop 3.0\0", SECRET].concat()));
    bytes.extend(segment(0xfe, SECRET));
    bytes.extend(segment(
        0xe2,
        &[b"ICC_PROFILE\0\x01\x01", profile().as_slice()].concat(),
    ));
    bytes.extend(&plain[2..]);
    bytes.extend(segment(0xe1, SECRET));
    bytes
}

fn png_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = (content.len() as u32).to_be_bytes().to_vec();
    chunk.extend(kind);
    chunk.extend(content);
    let crc = crc32(&chunk[4..]);
    chunk.extend(crc.to_be_bytes());
    chunk
}

fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xedb8_8320
        } else {
            crc >> 1
        }
    };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc));
    !bytes.iter().fold(u32::MAX, byte)
}

/// With eXIf, tEXt, iTXt and tIME chunks, and bytes behind its end.
pub(super) fn png(orientation: u16) -> Vec<u8> {
    let plain = encoded(ImageFormat::Png);
    let mut bytes = plain[..33].to_vec();
    bytes.extend(png_chunk(b"gAMA", &45_455_u32.to_be_bytes()));
    bytes.extend(png_chunk(b"eXIf", &exif(orientation)));
    bytes.extend(png_chunk(b"tEXt", &[b"Comment\0", SECRET].concat()));
    bytes.extend(png_chunk(
        b"iTXt",
        &[b"XML:com.adobe.xmp\0\0\0\0\0", SECRET].concat(),
    ));
    bytes.extend(png_chunk(b"tIME", &[7, 0xea, 1, 2, 3, 4, 5]));
    bytes.extend(&plain[33..]);
    bytes.extend(SECRET);
    bytes
}

fn riff_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = kind.to_vec();
    chunk.extend((content.len() as u32).to_le_bytes());
    chunk.extend(content);
    chunk.extend((content.len() % 2 == 1).then_some(0));
    chunk
}

/// With VP8X flags for EXIF and XMP, and both chunks.
pub(super) fn webp(orientation: u16) -> Vec<u8> {
    let plain = encoded(ImageFormat::WebP);
    let mut content = b"WEBP".to_vec();
    content.extend(riff_chunk(b"VP8X", &[0b1100, 0, 0, 0, 47, 0, 0, 31, 0, 0]));
    content.extend(&plain[12..]);
    content.extend(riff_chunk(b"EXIF", &exif(orientation)));
    content.extend(riff_chunk(b"XMP ", SECRET));
    riff_chunk(b"RIFF", &content)
}

/// With a comment and an XMP extension before its end, and bytes behind it.
pub(super) fn gif() -> Vec<u8> {
    let mut bytes = encoded(ImageFormat::Gif);
    assert_eq!(bytes.pop(), Some(0x3b));
    let mut block = vec![SECRET.len() as u8];
    block.extend(SECRET);
    block.push(0);
    bytes.extend([0x21, 0xfe]);
    bytes.extend(&block);
    bytes.extend(b"\x21\xff\x0bXMP DataXMP");
    bytes.extend(&block);
    bytes.push(0x3b);
    bytes.extend(SECRET);
    bytes
}

/// Numbers between 0 and 255 without any order, the same on every machine.
pub(super) fn noise(x: u32, y: u32) -> [u8; 3] {
    let mut hash = (x ^ (y << 16)).wrapping_mul(0x9e37_79b1);
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x85eb_ca77);
    hash ^= hash >> 13;
    [hash as u8, (hash >> 8) as u8, (hash >> 16) as u8]
}

/// Soft colours with a little grain, as a camera sees them.
pub(super) fn photograph(width: u32, height: u32, grain: i32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let wave = |phase: u32| ((x + phase) * 3 / 7 % 256).abs_diff(128) + (y / 5 % 128);
        let [a, b, c] = noise(x, y).map(|value| (i32::from(value) - 128) * grain / 128);
        let shade = |phase, grain: i32| (wave(phase) as i32 + grain).clamp(0, 255) as u8;
        Rgb([shade(0, a), shade(90, b), shade(180, c)])
    })
}

/// The same picture again and again, `times` across and down: quicker made than a large one.
pub(super) fn tiled(picture: &GrayImage, times: u32) -> GrayImage {
    let rows = picture.as_raw().chunks_exact(picture.width() as usize);
    let band: Vec<u8> = rows.flat_map(|row| row.repeat(times as usize)).collect();
    let (width, height) = (picture.width() * times, picture.height() * times);
    GrayImage::from_raw(width, height, band.repeat(times as usize)).unwrap()
}

pub(super) fn written(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The same JPEG with a camera's EXIF.
pub(super) fn with_exif(jpeg: &[u8], orientation: u16) -> Vec<u8> {
    let exif = [b"Exif\0\0", exif(orientation).as_slice()].concat();
    [&jpeg[..2], &segment(0xe1, &exif), &jpeg[2..]].concat()
}

/// Red, then blue.
pub(super) fn animated_gif() -> Vec<u8> {
    use image::{Frame, Rgba, RgbaImage, codecs::gif};
    let mut bytes = Vec::new();
    let mut encoder = gif::GifEncoder::new(&mut bytes);
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    for colour in [[220, 20, 20, 255], [20, 20, 220, 255]] {
        let frame = RgbaImage::from_pixel(48, 32, Rgba(colour));
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    bytes
}

/// An APNG: its default picture, and one more frame.
pub(super) fn animated_png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 48, 32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for colour in [[220, 20, 20], [20, 20, 220]] {
        writer.write_image_data(&colour.repeat(48 * 32)).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// An animated WebP of one frame that is as large as its canvas.
pub(super) fn animated_webp() -> Vec<u8> {
    let plain = encoded(ImageFormat::WebP);
    let mut content = b"WEBP".to_vec();
    content.extend(riff_chunk(b"VP8X", &[0b10, 0, 0, 0, 47, 0, 0, 31, 0, 0]));
    content.extend(riff_chunk(b"ANIM", &[0; 6]));
    let mut frame = vec![0, 0, 0, 0, 0, 0, 47, 0, 0, 31, 0, 0, 100, 0, 0, 0];
    frame.extend(&plain[12..]);
    content.extend(riff_chunk(b"ANMF", &frame));
    content.extend(riff_chunk(b"ANMF", &frame));
    riff_chunk(b"RIFF", &content)
}

/// Four plain components of one block, all of one value each; with Adobe's segment, or without.
pub(super) fn cmyk(inks: [u8; 4], adobe: bool) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    if adobe {
        bytes.extend(segment(0xee, b"Adobe\0\x64\0\0\0\0\0"));
    }
    bytes.extend(segment(0xdb, &[[0].as_slice(), &[1; 64]].concat()));
    let components: Vec<u8> = (1..=4).flat_map(|id| [id, 0x11, 0]).collect();
    let frame = [[8, 0, 8, 0, 8, 4].as_slice(), &components].concat();
    bytes.extend(segment(0xc0, &frame));
    // Sixteen codes of five bits for the sizes of first values; one code for the end of a block.
    let mut first = vec![0, 0, 0, 0, 0, 12];
    first.extend([0; 11]);
    first.extend(0..12);
    bytes.extend(segment(0xc4, &first));
    let mut rest = vec![0x10, 1];
    rest.extend([0; 15]);
    rest.push(0);
    bytes.extend(segment(0xc4, &rest));
    let scan: Vec<u8> = (1..=4).flat_map(|id| [id, 0]).collect();
    let scan = [[4].as_slice(), &scan, &[0, 63, 0]].concat();
    bytes.extend(segment(0xda, &scan));
    bytes.extend(cmyk_scan(inks));
    bytes.extend([0xff, 0xd9]);
    bytes
}

fn cmyk_scan(inks: [u8; 4]) -> Vec<u8> {
    let mut bits = String::new();
    for ink in inks {
        let value = (i32::from(ink) - 128) * 8;
        let size = 32 - value.unsigned_abs().leading_zeros();
        bits += &format!("{size:05b}");
        let low = if value < 0 {
            value + (1 << size) - 1
        } else {
            value
        };
        if size > 0 {
            bits += &format!("{low:0width$b}", width = size as usize);
        }
        // The end of the block.
        bits += "0";
    }
    while !bits.len().is_multiple_of(8) {
        bits += "1";
    }
    let bytes = bits.as_bytes().chunks(8);
    let bytes = bytes.map(|byte| u8::from_str_radix(str::from_utf8(byte).unwrap(), 2).unwrap());
    bytes
        .flat_map(|byte| {
            if byte == 0xff {
                vec![0xff, 0]
            } else {
                vec![byte]
            }
        })
        .collect()
}

/// Files that claim 50,000 × 50,000 pixels, or what their kind allows.
pub(super) fn bombs() -> [(&'static str, Vec<u8>); 4] {
    let mut png = encoded(ImageFormat::Png)[..8].to_vec();
    let side = 50_000_u32.to_be_bytes();
    png.extend(png_chunk(
        b"IHDR",
        &[&side[..], &side, &[8, 2, 0, 0, 0]].concat(),
    ));
    png.extend(png_chunk(b"IDAT", &[0x78, 0x9c, 3, 0, 0, 0, 0, 1]));
    png.extend(png_chunk(b"IEND", &[]));
    let mut jpeg = encoded(ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xc3, 0x50, 0xc3, 0x50]);
    let mut gif = encoded(ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0x50, 0xc3, 0x50, 0xc3]);
    // 49,999 and 49,999, as three bytes each, little end first; WebP ends at 16,384 in its frames.
    let plain = encoded(ImageFormat::WebP);
    let mut webp = b"WEBP".to_vec();
    webp.extend(riff_chunk(
        b"VP8X",
        &[0b10, 0, 0, 0, 0x4f, 0xc3, 0, 0x4f, 0xc3, 0],
    ));
    webp.extend(riff_chunk(b"ANIM", &[0; 6]));
    let mut frame = vec![0, 0, 0, 0, 0, 0, 47, 0, 0, 31, 0, 0, 100, 0, 0, 0];
    frame.extend(&plain[12..]);
    webp.extend(riff_chunk(b"ANMF", &frame));
    [
        ("x.png", png),
        ("x.jpg", jpeg),
        ("x.gif", gif),
        ("x.webp", riff_chunk(b"RIFF", &webp)),
    ]
}
