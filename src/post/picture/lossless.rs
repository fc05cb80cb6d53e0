//! Writes PNG and lossless WebP, as long as they fit.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use image::{DynamicImage, ExtendedColorType, ImageEncoder, codecs::webp::WebPEncoder};
use png::{BitDepth, ColorType, Compression, EncodingError, Filter, Info};

use super::format::Format;

/// `image`, of grey, RGB or RGBA with eight bits, in the first kind of file that has no more than
/// `most` bytes; a long attempt is given up as soon as it has more.
pub(super) fn fitting(
    image: &DynamicImage,
    profile: Option<&[u8]>,
    most: u64,
) -> Option<(Vec<u8>, Format)> {
    let png = || Some((as_png(image, profile, most)?, Format::Png));
    png().or_else(|| Some((as_webp(image, profile, most)?, Format::WebP)))
}

fn as_png(image: &DynamicImage, profile: Option<&[u8]>, most: u64) -> Option<Vec<u8>> {
    let mut info = Info::with_size(image.width(), image.height());
    info.icc_profile = profile.map(Into::into);
    info.bit_depth = BitDepth::Eight;
    let indexed = indexed(image);
    let pixels = match &indexed {
        Some(indexed) => {
            info.color_type = ColorType::Indexed;
            info.palette = Some(indexed.colours.as_slice().into());
            info.trns = indexed.alphas.as_deref().map(Into::into);
            &indexed.pixels
        }
        None => {
            info.color_type = match image.color().channel_count() {
                1 => ColorType::Grayscale,
                3 => ColorType::Rgb,
                _ => ColorType::Rgba,
            };
            image.as_bytes()
        }
    };
    // Neighbours among numbers of colours tell nothing of each other.
    let filter = indexed
        .as_ref()
        .map_or(Filter::Adaptive, |_| Filter::NoFilter);
    written(info, filter, pixels, most).ok()
}

fn written(info: Info, filter: Filter, pixels: &[u8], most: u64) -> Result<Vec<u8>, EncodingError> {
    let row = pixels.len() / info.height.max(1) as usize;
    let mut room = Room::of(most);
    let mut encoder = png::Encoder::with_info(&mut room, info)?;
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header()?;
    let mut stream = writer.stream_writer()?;
    // Row by row, so that a file that grows too long is noticed on its way.
    for row in pixels.chunks(row.max(1)) {
        stream.write_all(row)?;
    }
    stream.finish()?;
    writer.finish()?;
    Ok(room.bytes)
}

fn as_webp(image: &DynamicImage, profile: Option<&[u8]>, most: u64) -> Option<Vec<u8>> {
    let mut room = Room::of(most);
    let mut encoder = WebPEncoder::new_lossless(&mut room);
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile.to_vec()).ok()?;
    }
    let color: ExtendedColorType = image.color().into();
    encoder
        .write_image(image.as_bytes(), image.width(), image.height(), color)
        .ok()?;
    Some(room.bytes)
}

/// A picture of few colours, by their numbers.
struct Indexed {
    /// Red, green and blue of each.
    colours: Vec<u8>,
    /// Of each, if one isn't opaque.
    alphas: Option<Vec<u8>>,
    pixels: Vec<u8>,
}

/// `None` if there are more than 256 colours.
fn indexed(image: &DynamicImage) -> Option<Indexed> {
    let channels = usize::from(image.color().channel_count());
    if channels < 3 {
        return None;
    }
    let of = |pixel: &[u8]| [pixel[0], pixel[1], pixel[2], *pixel.get(3).unwrap_or(&255)];
    let mut numbers = BTreeMap::new();
    let mut last = None;
    for pixel in image.as_bytes().chunks_exact(channels) {
        if last.replace(pixel) != Some(pixel) {
            numbers.insert(of(pixel), 0);
            if numbers.len() > 256 {
                return None;
            }
        }
    }
    for (number, entry) in (0_u8..=255).zip(numbers.values_mut()) {
        *entry = number;
    }
    let pixels = image.as_bytes().chunks_exact(channels);
    let pixels = pixels.map(|pixel| numbers[&of(pixel)]).collect();
    let alphas: Vec<u8> = numbers.keys().map(|colour| colour[3]).collect();
    Some(Indexed {
        colours: numbers
            .keys()
            .flat_map(|colour| colour[..3].to_vec())
            .collect(),
        alphas: alphas.iter().any(|&alpha| alpha < 255).then_some(alphas),
        pixels,
    })
}

/// Takes so many bytes, and refuses any more.
struct Room {
    bytes: Vec<u8>,
    most: u64,
}

impl Room {
    fn of(most: u64) -> Self {
        Self {
            bytes: Vec::new(),
            most,
        }
    }
}

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
