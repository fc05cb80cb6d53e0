//! Writes JPEG, at the best quality that fits.
//!
//! A writer of our own for three reasons: the same picture gives the same bytes on every processor
//! (whole numbers only) and with every version of a library; the transform is done once for all
//! qualities that are tried; and codes made for the picture, with colour at half the resolution
//! where more doesn't fit, take a third less than a plain writer's file of the same quality.

mod coefficients;
mod dct;
mod huffman;
mod quality;
mod scan;
mod tables;

use image::DynamicImage;

pub(super) use self::quality::of_source;
use self::{
    coefficients::{Coefficients, Sampling},
    huffman::Code,
    scan::Tally,
    tables::Quantisation,
};

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
    if !image.color().has_color() {
        return search(image, Sampling::Grey, (FLOOR, ceiling), room);
    }
    let half = search(image, Sampling::Half, (FLOOR, ceiling), room)?;
    // Full colour takes more: where half of it barely fits, it needn't be tried.
    let full = (half.1 >= FULL_COLOUR)
        .then(|| search(image, Sampling::Full, (FULL_COLOUR, ceiling), room))
        .flatten();
    Some(full.unwrap_or(half))
}

fn search(
    image: &DynamicImage,
    sampling: Sampling,
    (mut low, mut high): (u8, u8),
    room: Room,
) -> Option<(Vec<u8>, u8)> {
    let picture = Coefficients::of(image, sampling)?;
    let mut found = None;
    while low <= high {
        let quality = low.midpoint(high);
        let draft = Draft::of(&picture, quality);
        match draft.size(room.profile) <= room.bytes {
            true => {
                found = Some((draft, quality));
                low = quality + 1;
            }
            false => high = quality - 1,
        }
    }
    let (draft, quality) = found?;
    let bytes = draft.written(&picture, room.profile);
    (bytes.len() as u64 <= room.bytes).then_some((bytes, quality))
}

/// A picture at one quality, before it is written.
struct Draft {
    steps: Quantisation,
    codes: [Code; 4],
    scan: u64,
}

impl Draft {
    fn of(picture: &Coefficients, quality: u8) -> Self {
        let steps = Quantisation::of_quality(quality);
        let tally = Tally::of(picture, &steps);
        let codes = tally.counts.each_ref().map(Code::of);
        let scan = tally.bytes(&codes);
        Self { steps, codes, scan }
    }

    /// A little more than the file will have: one byte in 256 is `0xff` by chance, and takes two.
    fn size(&self, profile: Option<&[u8]>) -> u64 {
        let head = 2048 + profile.map_or(0, <[u8]>::len) as u64;
        head + self.scan + self.scan / 128
    }

    fn written(&self, picture: &Coefficients, profile: Option<&[u8]>) -> Vec<u8> {
        let mut out = vec![0xff, 0xd8];
        // Version 1.1, square pixels of no given size, no preview.
        segment(&mut out, 0xe0, &[b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"]);
        write_profile(&mut out, profile.unwrap_or_default());
        let kinds = if picture.sampling == Sampling::Grey {
            1
        } else {
            2
        };
        for (kind, steps) in (0_u8..).zip(&self.steps.0).take(kinds) {
            segment(&mut out, 0xdb, &[&[kind], steps]);
        }
        segment(&mut out, 0xc0, &[&frame(picture)]);
        for (table, code) in (0_u8..).zip(&self.codes).take(2 * kinds) {
            let class = ((table % 2) << 4) | (table / 2);
            segment(&mut out, 0xc4, &[&[class], &code.lengths, &code.symbols]);
        }
        segment(&mut out, 0xda, &[&scan_head(picture)]);
        scan::write(picture, &self.steps, &self.codes, &mut out);
        out.extend([0xff, 0xd9]);
        out
    }
}

fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length: usize = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    out.extend([0xff, marker]);
    // Ours are short; a profile is cut beforehand.
    out.extend((length as u16).to_be_bytes());
    parts.iter().for_each(|part| out.extend(*part));
}

/// ICC.1, annex B.4: in numbered pieces.
fn write_profile(out: &mut Vec<u8>, profile: &[u8]) {
    const PIECE: usize = 65_519;
    let Ok(count) = u8::try_from(profile.len().div_ceil(PIECE)) else {
        return;
    };
    for (number, piece) in (1_u8..=count).zip(profile.chunks(PIECE)) {
        segment(out, 0xe2, &[b"ICC_PROFILE\0", &[number, count], piece]);
    }
}

/// B.2.2: eight bits, and each component's sampling and table.
fn frame(picture: &Coefficients) -> Vec<u8> {
    let mut frame = vec![8];
    frame.extend(picture.height.to_be_bytes());
    frame.extend(picture.width.to_be_bytes());
    let first = if picture.sampling == Sampling::Half {
        0x22
    } else {
        0x11
    };
    let components: &[[u8; 3]] = &[[1, first, 0], [2, 0x11, 1], [3, 0x11, 1]];
    let components = &components[..components_of(picture)];
    frame.push(components.len() as u8);
    frame.extend(components.concat());
    frame
}

/// B.2.3: one scan of everything.
fn scan_head(picture: &Coefficients) -> Vec<u8> {
    let components: &[[u8; 2]] = &[[1, 0], [2, 0x11], [3, 0x11]];
    let components = &components[..components_of(picture)];
    let mut head = vec![components.len() as u8];
    head.extend(components.concat());
    head.extend([0, 63, 0]);
    head
}

fn components_of(picture: &Coefficients) -> usize {
    match picture.sampling {
        Sampling::Grey => 1,
        Sampling::Full | Sampling::Half => 3,
    }
}
