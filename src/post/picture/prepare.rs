//! From a picture file's bytes to those that may be published.

use std::{
    error::Error,
    io::Cursor,
    sync::{Mutex, PoisonError},
};

use image::{
    ColorType, DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    metadata::Orientation,
};

use super::{format::Format, problem::Problem, strip};
use crate::post::limits;

/// The largest picture file that is read, in bytes; nothing above it comes below the limit.
pub(super) const READ_BYTES: u64 = 64 << 20;
/// The most pixels that are decoded: a camera's 50 megapixels.
const PIXELS: u64 = 50_000_000;
/// The most memory a decoded picture takes: 50 megapixels of four bytes.
const DECODED_BYTES: u64 = 4 * PIXELS;
/// From here on one picture is decoded at a time.
const LARGE_PIXELS: u64 = 12_000_000;
const JPEG_QUALITY: u8 = 90;

/// Held while a large picture is decoded, so that a folder of them can't exhaust the memory.
static LARGE: Mutex<()> = Mutex::new(());

/// A picture as it will be uploaded.
pub(super) struct Prepared {
    pub(super) bytes: Vec<u8>,
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Decodes `bytes` once, to be sure of them, and frees them of metadata; the same bytes give the
/// same result.
pub(super) fn prepare(path: &str, bytes: Vec<u8>) -> Result<Prepared, Problem> {
    let format = Format::of(path, &bytes)?;
    let undecodable = |error| undecodable(path, &error);
    // First, and for turned pictures too: decoders forgive a file that ends early.
    let stripped = strip::strip(format, &bytes)
        .ok_or_else(|| damaged(path, "it ends early, or its parts don't fit together"))?;
    let mut decoder = open(&bytes, format).map_err(undecodable)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS || decoder.total_bytes() > DECODED_BYTES {
        return Err(too_many_pixels(path, width, height));
    }
    let upright = Upright {
        orientation: decoder.orientation().unwrap_or(Orientation::NoTransforms),
        profile: decoder.icc_profile().ok().flatten(),
    };
    let turn =
        (pixels > LARGE_PIXELS).then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner));
    let image = DynamicImage::from_decoder(decoder).map_err(undecodable)?;
    let prepared = match upright.orientation {
        Orientation::NoTransforms => Prepared {
            bytes: stripped,
            format,
            width,
            height,
        },
        _ => upright.encode(image, format).map_err(undecodable)?,
    };
    drop(turn);
    Ok(prepared)
}

/// The mistake of a picture of too many bytes, after everything that may be removed is gone.
pub(super) fn too_large(path: &str, size: u64, format: Option<Format>) -> Problem {
    let most = limits::IMAGE_BYTES as u64;
    let help = match format {
        Some(Format::Png | Format::Gif) => "save it as a JPEG, or scale it down",
        _ => "scale it down to 2,000 pixels a side, or save it with a lower quality",
    };
    Problem::too_large(format!(
        "`{path}` has {} bytes, {} more than Bluesky takes",
        grouped(size),
        grouped(size.saturating_sub(most)),
    ))
    .label(format!("at most {} bytes", grouped(most)))
    .help(help)
}

fn open(bytes: &[u8], format: Format) -> image::ImageResult<impl ImageDecoder + '_> {
    let mut limits = Limits::no_limits();
    // Decoders keep more than the picture itself; the picture is measured beforehand.
    limits.max_alloc = Some(2 * DECODED_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.codec());
    reader.limits(limits);
    reader.into_decoder()
}

struct Upright {
    orientation: Orientation,
    profile: Option<Vec<u8>>,
}

impl Upright {
    fn encode(self, mut image: DynamicImage, from: Format) -> image::ImageResult<Prepared> {
        image.apply_orientation(self.orientation);
        let format = match from {
            Format::Jpeg => Format::Jpeg,
            // The WebP encoder knows lossless only: megabytes for a photograph.
            Format::WebP if !image.color().has_alpha() => Format::Jpeg,
            Format::Png | Format::WebP | Format::Gif => Format::Png,
        };
        if format == Format::Jpeg {
            image = for_jpeg(image);
        }
        let bytes = encoded(&image, format, self.profile)?;
        let (width, height) = (image.width(), image.height());
        Ok(Prepared {
            bytes,
            format,
            width,
            height,
        })
    }
}

/// JPEG holds grey or RGB of eight bits.
fn for_jpeg(image: DynamicImage) -> DynamicImage {
    match image.color() {
        ColorType::L8 | ColorType::L16 => DynamicImage::ImageLuma8(image.into_luma8()),
        _ => DynamicImage::ImageRgb8(image.into_rgb8()),
    }
}

fn encoded(
    image: &DynamicImage,
    format: Format,
    profile: Option<Vec<u8>>,
) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    let profile = profile.filter(|profile| describes(profile, image.color()));
    if format == Format::Jpeg {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        write(image, encoder, profile)?;
    } else {
        write(image, PngEncoder::new(&mut bytes), profile)?;
    }
    Ok(bytes)
}

fn write(
    image: &DynamicImage,
    mut encoder: impl ImageEncoder,
    profile: Option<Vec<u8>>,
) -> image::ImageResult<()> {
    if let Some(profile) = profile {
        // An encoder that takes no profile leaves it out: colours shift, nothing breaks.
        let _ = encoder.set_icc_profile(profile);
    }
    image.write_with_encoder(encoder)
}

/// Whether an ICC profile is for such pixels: a CMYK picture comes out of its decoder as RGB.
fn describes(profile: &[u8], color: ColorType) -> bool {
    let space: &[u8] = if color.has_color() { b"RGB " } else { b"GRAY" };
    profile.get(16..20) == Some(space)
}

fn undecodable(path: &str, error: &ImageError) -> Problem {
    // The decoder's own words, without those of the library around it.
    let why = error
        .source()
        .map_or(error.to_string(), |source| source.to_string());
    match error {
        ImageError::Unsupported(_) => Problem::invalid(format!(
            "`{path}` is a picture of a rare kind that updraft can't read: {why}"
        ))
        .label("can't be decoded")
        .help("open it in a picture editor and save it as a plain JPEG or PNG"),
        _ => damaged(path, why.trim_end_matches('.')),
    }
}

fn damaged(path: &str, why: &str) -> Problem {
    Problem::invalid(format!("`{path}` is damaged: {why}"))
        .label("can't be decoded")
        .help("open it in a picture editor and save it again, or put the original back")
}

fn too_many_pixels(path: &str, width: u32, height: u32) -> Problem {
    Problem::invalid(format!(
        "`{path}` has {} × {} pixels, more than updraft opens",
        grouped(width.into()),
        grouped(height.into()),
    ))
    .label("too many pixels")
    .help("scale it down to 4,000 pixels a side at most")
}

fn grouped(number: u64) -> String {
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
