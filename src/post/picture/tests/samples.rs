//! Pictures built byte by byte, with the metadata that must not be published.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

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
