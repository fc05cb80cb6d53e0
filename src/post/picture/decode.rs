//! From a picture file to its pixels, within bounds.

use std::{error::Error, io::Cursor};

use image::{
    ColorType, DynamicImage, GrayImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage,
    metadata::Orientation,
};
use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::JpegDecoder;

use super::{format::Format, problem::Problem};

/// The most pixels that are decoded: every camera's and phone's, but for a few of 100 and more.
pub(super) const PIXELS: u64 = 64_000_000;
/// The most memory a decoded picture takes: 64 megapixels of six bytes, 48 of eight.
pub(super) const DECODED_BYTES: u64 = 6 * PIXELS;

/// What a file says of its picture, before that is decoded.
pub(super) struct Head {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) orientation: Orientation,
    /// Fits the pixels as they are decoded.
    pub(super) profile: Option<Vec<u8>>,
    /// Bytes of the picture as it is decoded.
    decoded: u64,
    /// How a JPEG stores its colours.
    inks: Inks,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inks {
    None,
    /// 255 is no ink at all, as Adobe's programs write it.
    Inverted,
    Plain,
}

impl Head {
    /// Reads the head of `bytes`; `name` is for messages.
    pub(super) fn of(name: &str, format: Format, bytes: &[u8]) -> Result<Self, Problem> {
        let head = match format {
            Format::Jpeg => jpeg_head(name, bytes)?,
            _ => other_head(bytes, format).map_err(|error| undecodable(name, &error))?,
        };
        let pixels = u64::from(head.width) * u64::from(head.height);
        if pixels > PIXELS || head.decoded > DECODED_BYTES {
            return Err(too_many_pixels(name, head.width, head.height));
        }
        Ok(head)
    }

    /// Whether it is stored in printing inks, which few viewers show right.
    pub(super) fn is_cmyk(&self) -> bool {
        self.inks != Inks::None
    }

    /// The picture, in whatever kind of pixels it has; `bytes` are the stripped file.
    pub(super) fn decode(
        &self,
        name: &str,
        format: Format,
        bytes: &[u8],
    ) -> Result<DynamicImage, Problem> {
        match format {
            Format::Jpeg => jpeg_pixels(name, bytes, self),
            _ => open(bytes, format)
                .and_then(DynamicImage::from_decoder)
                .map_err(|error| undecodable(name, &error)),
        }
    }
}

fn other_head(bytes: &[u8], format: Format) -> image::ImageResult<Head> {
    let mut decoder = open(bytes, format)?;
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    Ok(Head {
        width,
        height,
        orientation: decoder.orientation().unwrap_or(Orientation::NoTransforms),
        profile: decoder
            .icc_profile()
            .ok()
            .flatten()
            .filter(|profile| describes(profile, color)),
        decoded: decoder.total_bytes(),
        inks: Inks::None,
    })
}

fn open(bytes: &[u8], format: Format) -> image::ImageResult<impl ImageDecoder + '_> {
    let mut limits = Limits::no_limits();
    // Decoders keep more than the picture itself; the picture is measured beforehand.
    limits.max_alloc = Some(2 * DECODED_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.codec());
    reader.limits(limits);
    reader.into_decoder()
}

fn jpeg_head(name: &str, bytes: &[u8]) -> Result<Head, Problem> {
    let mut decoder = jpeg(bytes, None);
    decoder
        .decode_headers()
        .map_err(|error| damaged(name, &error.to_string()))?;
    let unknown = || damaged(name, "it has no size");
    let (width, height) = decoder.dimensions().ok_or_else(unknown)?;
    let space = decoder.input_colorspace().ok_or_else(unknown)?;
    let color = jpeg_color(space);
    let (width, height) = (to_u32(width), to_u32(height));
    let exif = decoder.exif();
    Ok(Head {
        width,
        height,
        orientation: exif
            .and_then(|exif| Orientation::from_exif_chunk(exif))
            .unwrap_or(Orientation::NoTransforms),
        profile: decoder
            .icc_profile()
            .filter(|profile| describes(profile, color)),
        decoded: u64::from(width) * u64::from(height) * u64::from(color.bytes_per_pixel()),
        inks: inks(space, bytes),
    })
}

fn jpeg_pixels(name: &str, bytes: &[u8], head: &Head) -> Result<DynamicImage, Problem> {
    let failed = |error: zune_jpeg::errors::DecodeErrors| damaged(name, &error.to_string());
    let mut decoder = jpeg(bytes, None);
    decoder.decode_headers().map_err(failed)?;
    let space = match (head.inks, decoder.input_colorspace()) {
        (Inks::Plain, _) => ColorSpace::CMYK,
        (_, Some(ColorSpace::Luma)) => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    };
    let pixels = jpeg(bytes, Some(space)).decode().map_err(failed)?;
    let (width, height) = (head.width, head.height);
    let image = match space {
        ColorSpace::Luma => {
            GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
        }
        ColorSpace::CMYK => {
            RgbImage::from_raw(width, height, without_inks(&pixels)).map(DynamicImage::ImageRgb8)
        }
        _ => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
    };
    image.ok_or_else(|| damaged(name, "its parts have different sizes"))
}

/// Strict: a file whose data end early, or make no sense, is not shown half grey.
fn jpeg(bytes: &[u8], space: Option<ColorSpace>) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::default()
        .set_strict_mode(space.is_some())
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(space.unwrap_or(ColorSpace::RGB));
    JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

fn jpeg_color(space: ColorSpace) -> ColorType {
    match space {
        ColorSpace::Luma => ColorType::L8,
        _ => ColorType::Rgb8,
    }
}

fn inks(space: ColorSpace, bytes: &[u8]) -> Inks {
    // Adobe's own segment, not the name of its programs.
    let is_adobe = |nine: &[u8]| matches!(nine, [0xff, 0xee, _, _, rest @ ..] if rest == b"Adobe");
    match space {
        ColorSpace::YCCK => Inks::Inverted,
        ColorSpace::CMYK if bytes.windows(9).any(is_adobe) => Inks::Inverted,
        ColorSpace::CMYK => Inks::Plain,
        _ => Inks::None,
    }
}

/// From inks, of which 255 is the most, to light.
fn without_inks(pixels: &[u8]) -> Vec<u8> {
    let light = |ink: u8, black: u8| {
        let product = u32::from(255 - ink) * u32::from(255 - black);
        ((product + 127) / 255) as u8
    };
    let (points, _) = pixels.as_chunks::<4>();
    points
        .iter()
        .flat_map(|&[cyan, magenta, yellow, black]| {
            [cyan, magenta, yellow].map(|ink| light(ink, black))
        })
        .collect()
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Whether an ICC profile is for such pixels: a CMYK picture comes out of its decoder as RGB.
fn describes(profile: &[u8], color: ColorType) -> bool {
    let space: &[u8] = if color.has_color() { b"RGB " } else { b"GRAY" };
    profile.get(16..20) == Some(space)
}

fn undecodable(name: &str, error: &ImageError) -> Problem {
    // The decoder's own words, without those of the library around it.
    let why = error
        .source()
        .map_or(error.to_string(), |source| source.to_string());
    match error {
        ImageError::Unsupported(_) => Problem::invalid(format!(
            "{name} is a picture of a rare kind that updraft can't read: {why}"
        ))
        .label("can't be decoded")
        .help("open it in a picture editor and save it as a plain JPEG or PNG"),
        _ => damaged(name, &why),
    }
}

/// The mistake of a file that is broken; `why` may be a library's words.
pub(super) fn damaged(name: &str, why: &str) -> Problem {
    let why = why.trim_end().trim_end_matches('.');
    Problem::invalid(format!("{name} is damaged: {why}"))
        .label("can't be decoded")
        .help("open it in a picture editor and save it again, or put the original back")
}

fn too_many_pixels(name: &str, width: u32, height: u32) -> Problem {
    Problem::invalid(format!(
        "{name} has {} × {} pixels, more than updraft opens",
        super::problem::grouped(width.into()),
        super::problem::grouped(height.into()),
    ))
    .label("too many pixels")
    .help("scale it down to 4,000 pixels a side at most")
}
