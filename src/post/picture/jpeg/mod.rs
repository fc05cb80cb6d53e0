//! JPEG files, at the best quality that fits.
//!
//! The writer is used without the instructions that only some processors have, and with codes made
//! for each picture: the same picture gives the same bytes on every machine, and takes as little
//! room as it can.

mod quality;

use image::DynamicImage;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};

pub(super) use self::quality::of_source;

/// Above this nobody sees a difference.
pub(super) const BEST: u8 = 95;
/// Below this a smaller picture looks better.
pub(super) const FLOOR: u8 = 70;
/// From here on colour is kept for every pixel, if that fits.
const FULL_COLOUR: u8 = 90;

/// What a file has to keep to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room<'a> {
    /// Bytes of the whole file.
    pub(super) bytes: u64,
    /// The highest quality that makes sense.
    pub(super) ceiling: u8,
    /// An ICC profile to be embedded.
    pub(super) profile: Option<&'a [u8]>,
}

/// `image`, of grey or RGB with eight bits, as a JPEG file of the best quality that fits, and that
/// quality; `None` if even [`FLOOR`] doesn't.
pub(super) fn best(image: &DynamicImage, room: Room) -> Option<(Vec<u8>, u8)> {
    let ceiling = room.ceiling.max(FLOOR);
    let half = search(image, SamplingFactor::F_2_2, (FLOOR, ceiling), room)?;
    // Full colour takes more: where half of it barely fits, it needn't be tried.
    let full = (half.1 >= FULL_COLOUR && image.color().has_color())
        .then(|| search(image, SamplingFactor::F_1_1, (FULL_COLOUR, ceiling), room))
        .flatten();
    Some(full.unwrap_or(half))
}

fn search(
    image: &DynamicImage,
    sampling: SamplingFactor,
    (mut low, mut high): (u8, u8),
    room: Room,
) -> Option<(Vec<u8>, u8)> {
    let mut found = None;
    // The best there is, first: most pictures that are only turned have room for it.
    let mut quality = high;
    while low <= high {
        let bytes = written(image, sampling, (quality, room.profile))?;
        match bytes.len() as u64 <= room.bytes {
            true => {
                low = quality + 1;
                found = Some((bytes, quality));
            }
            false => high = quality - 1,
        }
        quality = low.midpoint(high);
    }
    found
}

fn written(
    image: &DynamicImage,
    sampling: SamplingFactor,
    (quality, profile): (u8, Option<&[u8]>),
) -> Option<Vec<u8>> {
    let (width, height) = (
        image.width().try_into().ok()?,
        image.height().try_into().ok()?,
    );
    let color = match image {
        DynamicImage::ImageLuma8(_) => ColorType::Luma,
        DynamicImage::ImageRgb8(_) => ColorType::Rgb,
        _ => return None,
    };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(sampling);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    // Progressive, too: the plain files that this writer makes with codes of their own and colour at
    // half the resolution hold a scan for each colour, which some readers get wrong.
    encoder.set_optimized_huffman_tables(true);
    encoder.set_progressive(true);
    if let Some(profile) = profile {
        encoder.add_icc_profile(profile).ok()?;
    }
    encoder
        .encode(image.as_bytes(), width, height, color)
        .ok()?;
    Some(bytes)
}
