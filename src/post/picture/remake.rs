//! Writes a picture anew: turned, smaller, at the best quality that fits.

use image::{DynamicImage, GenericImageView, RgbImage, metadata::Orientation};

use super::{
    change::Change,
    fit::{Fitted, Limit},
    format::Format,
    jpeg::{self, Room},
    lossless, scale,
};

/// Smaller than this, a picture is worth no more transparency.
const CLEAR_SIDE: u32 = 2_000;
/// Smaller than this, a picture is no use.
const LEAST_SIDE: u32 = 320;

/// A decoded picture, and what its file said.
pub(super) struct Source<'a> {
    pub(super) image: DynamicImage,
    pub(super) orientation: Orientation,
    pub(super) profile: Option<&'a [u8]>,
    pub(super) is_lossless: bool,
    /// The quality at which it was saved, of a JPEG.
    pub(super) quality: Option<u8>,
}

/// A file that fits, and how it was written.
struct Written {
    bytes: Vec<u8>,
    format: Format,
    size: (u32, u32),
    quality: Option<u8>,
    flattened: bool,
}

/// The best file of `source` within `limit`.
pub(super) fn remake(source: Source, limit: Limit) -> Option<Fitted> {
    let original = source.image.dimensions();
    let turned = source.orientation != Orientation::NoTransforms;
    let mut image = plain(source.image);
    // Before it is turned, which takes the memory twice.
    if original != scale::within(original, limit.side) {
        image = scale::scale(&image, scale::within(original, limit.side))?;
    }
    let is_whole = image.dimensions() == original;
    image.apply_orientation(source.orientation);
    let whole = image.dimensions();
    // A file is no better than it was saved, unless its pixels were averaged.
    let saved = source.quality.filter(|_| is_whole);
    let room = Room {
        bytes: limit.bytes,
        ceiling: saved.map_or(jpeg::BEST, |saved| (saved + 3).min(jpeg::BEST)),
        profile: source.profile,
    };
    let written = if source.is_lossless || image.color().has_alpha() {
        let kept = exact(&image, room);
        kept.or_else(|| lossy(image, room))?
    } else {
        lossy(image, room)?
    };
    let is_smaller = !is_whole || written.size != whole;
    Some(written.fitted(turned, is_smaller))
}

impl Written {
    fn fitted(self, turned: bool, is_smaller: bool) -> Fitted {
        let change = Change {
            from_bytes: 0,
            to_bytes: self.bytes.len() as u64,
            kind: self.format.name(),
            quality: self.quality,
            scaled: is_smaller.then_some(self.size),
            turned,
            first_frame: false,
            flattened: self.flattened,
            from_cmyk: false,
        };
        Fitted {
            bytes: self.bytes,
            mime: self.format.mime(),
            width: self.size.0,
            height: self.size.1,
            change: Some(change),
        }
    }
}

/// Eight bits of grey, RGB, or RGBA if something is transparent.
fn plain(image: DynamicImage) -> DynamicImage {
    let color = image.color();
    match (color.has_alpha(), color.has_color()) {
        (false, false) => DynamicImage::ImageLuma8(image.into_luma8()),
        (false, true) => DynamicImage::ImageRgb8(image.into_rgb8()),
        (true, _) => {
            let image = image.into_rgba8();
            let is_opaque = image.pixels().all(|pixel| pixel.0[3] == 255);
            let image = DynamicImage::ImageRgba8(image);
            if !is_opaque {
                return image;
            }
            match color.has_color() {
                true => DynamicImage::ImageRgb8(image.into_rgb8()),
                false => DynamicImage::ImageLuma8(image.into_luma8()),
            }
        }
    }
}

/// Without loss: as large as it is, or smaller so that it stays transparent.
fn exact(image: &DynamicImage, room: Room) -> Option<Written> {
    let is_clear = image.color().has_alpha();
    attempts(image.dimensions(), CLEAR_SIDE)
        .take(if is_clear { usize::MAX } else { 1 })
        .find_map(|size| {
            let smaller = (size != image.dimensions()).then(|| scale::scale(image, size));
            let image = smaller.as_ref().map_or(Some(image), Option::as_ref)?;
            let (bytes, format) = lossless::fitting(image, room.profile, room.bytes)?;
            Some(Written {
                bytes,
                format,
                size,
                quality: None,
                flattened: false,
            })
        })
}

/// As a JPEG: the best quality first, then a smaller size.
fn lossy(image: DynamicImage, room: Room) -> Option<Written> {
    let flattened = image.color().has_alpha();
    let image = if flattened { on_white(image)? } else { image };
    attempts(image.dimensions(), LEAST_SIDE).find_map(|size| {
        let smaller = (size != image.dimensions()).then(|| scale::scale(&image, size));
        let (image, room) = match &smaller {
            None => (&image, room),
            Some(smaller) => {
                let ceiling = jpeg::BEST;
                (smaller.as_ref()?, Room { ceiling, ..room })
            }
        };
        let (bytes, quality) = jpeg::best(image, room)?;
        Some(Written {
            bytes,
            format: Format::Jpeg,
            size,
            quality: Some(quality),
            flattened,
        })
    })
}

/// Sizes from `whole` on, each four fifths of the last, down to a longer side of `least`.
fn attempts(whole: (u32, u32), least: u32) -> impl Iterator<Item = (u32, u32)> {
    let longer = whole.0.max(whole.1);
    let sides = std::iter::successors(Some(longer), |side| Some(side / 5 * 4));
    sides
        .take_while(move |&side| side == longer || side >= least)
        .map(move |side| scale::within(whole, side))
}

/// A page is white; what lies below transparent pixels may be anything.
fn on_white(image: DynamicImage) -> Option<DynamicImage> {
    let (width, height) = image.dimensions();
    let on_white = |value: u8, alpha: u32| {
        ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let image = image.into_rgba8();
    let pixels = image.pixels();
    let bytes = pixels
        .flat_map(|pixel| {
            let [red, green, blue, alpha] = pixel.0;
            [red, green, blue].map(|value| on_white(value, alpha.into()))
        })
        .collect();
    RgbImage::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8)
}
