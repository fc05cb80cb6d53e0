//! A picture as a sequence of transformed blocks, in the order of a JPEG file.

use image::{DynamicImage, GenericImageView};

use super::dct::{self, Block};

/// How finely colour is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampling {
    /// No colour at all.
    Grey,
    /// For every pixel (4:4:4).
    Full,
    /// For every four pixels (4:2:0): half the data, and hardly seen in a photograph.
    Half,
}

/// All blocks; nothing is lost yet but by rounding.
#[derive(Debug)]
pub(super) struct Coefficients {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) sampling: Sampling,
    pub(super) blocks: Vec<Block>,
}

impl Sampling {
    /// The component of each block of a unit: brightness 0, blue 1, red 2.
    pub(super) fn unit(self) -> &'static [usize] {
        match self {
            Self::Grey => &[0],
            Self::Full => &[0, 1, 2],
            Self::Half => &[0, 0, 0, 0, 1, 2],
        }
    }

    /// A unit's side, in pixels.
    pub(super) fn side(self) -> u32 {
        match self {
            Self::Grey | Self::Full => 8,
            Self::Half => 16,
        }
    }
}

/// A picture's bytes, and how many a pixel has.
struct Pixels<'a> {
    bytes: &'a [u8],
    channels: usize,
    width: usize,
    height: usize,
}

impl Coefficients {
    /// Transforms `image`, which holds grey or RGB of eight bits; `None` if it is no JPEG's size.
    pub(super) fn of(image: &DynamicImage, sampling: Sampling) -> Option<Self> {
        let (width, height) = image.dimensions();
        let pixels = Pixels {
            bytes: image.as_bytes(),
            channels: image.color().channel_count().into(),
            width: width as usize,
            height: height as usize,
        };
        let side = sampling.side();
        let units = width.div_ceil(side) as usize * height.div_ceil(side) as usize;
        let mut blocks = Vec::with_capacity(units * sampling.unit().len());
        for top in (0..pixels.height).step_by(side as usize) {
            for left in (0..pixels.width).step_by(side as usize) {
                pixels.unit((left, top), sampling, &mut blocks);
            }
        }
        Some(Self {
            width: u16::try_from(width).ok()?,
            height: u16::try_from(height).ok()?,
            sampling,
            blocks,
        })
    }
}

impl Pixels<'_> {
    fn unit(&self, (left, top): (usize, usize), sampling: Sampling, blocks: &mut Vec<Block>) {
        match sampling {
            Sampling::Grey => blocks.push(self.block(left, top, |pixel| i32::from(pixel[0]) - 128)),
            Sampling::Full => {
                blocks.push(self.block(left, top, |pixel| brightness(rgb(pixel))));
                blocks.push(self.block(left, top, |pixel| blue(rgb(pixel), 0)));
                blocks.push(self.block(left, top, |pixel| red(rgb(pixel), 0)));
            }
            Sampling::Half => {
                for (x, y) in [(0, 0), (8, 0), (0, 8), (8, 8)] {
                    let of = |pixel: &[u8]| brightness(rgb(pixel));
                    blocks.push(self.block(left + x, top + y, of));
                }
                let sums = self.sums(left, top);
                blocks.push(dct::transform(&sums.map(|sum| blue(sum, 2))));
                blocks.push(dct::transform(&sums.map(|sum| red(sum, 2))));
            }
        }
    }

    fn block(&self, left: usize, top: usize, sample: impl Fn(&[u8]) -> i32) -> Block {
        let mut samples = [0; 64];
        for (y, line) in samples.chunks_exact_mut(8).enumerate() {
            let inside = self.pixels((left, top + y), 8);
            let pixels = inside.chunks_exact(self.channels);
            let mut last = 0;
            for (out, pixel) in line.iter_mut().zip(pixels) {
                last = sample(pixel);
                *out = last;
            }
            line[inside.len() / self.channels..].fill(last);
        }
        dct::transform(&samples)
    }

    /// The sums of four neighbours each, over 16 × 16 pixels.
    fn sums(&self, left: usize, top: usize) -> [[i32; 3]; 64] {
        let mut sums = [[0; 3]; 64];
        for (at, sum) in sums.iter_mut().enumerate() {
            let (x, y) = (left + at % 8 * 2, top + at / 8 * 2);
            for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
                let [red, green, blue] = rgb(self.pixel(x, y));
                *sum = [sum[0] + red, sum[1] + green, sum[2] + blue];
            }
        }
        sums
    }

    /// Up to `count` pixels of a row, as far as it goes; beyond the edges, the last ones go on.
    fn pixels(&self, (x, y): (usize, usize), count: usize) -> &[u8] {
        let start = y.min(self.height - 1) * self.width;
        let (first, end) = (x.min(self.width - 1), (x + count).min(self.width));
        &self.bytes[(start + first) * self.channels..(start + end) * self.channels]
    }

    fn pixel(&self, x: usize, y: usize) -> &[u8] {
        self.pixels((x.min(self.width - 1), y), 1)
    }
}

fn rgb(pixel: &[u8]) -> [i32; 3] {
    [pixel[0].into(), pixel[1].into(), pixel[2].into()]
}

/// ITU-T T.871, in 1/65536; the results are around zero.
fn brightness([red, green, blue]: [i32; 3]) -> i32 {
    ((19_595 * red + 38_470 * green + 7_471 * blue + 32_768) >> 16) - 128
}

/// Of a sum of `1 << shift` pixels.
fn blue([red, green, blue]: [i32; 3], shift: u32) -> i32 {
    rounded(-11_059 * red - 21_709 * green + 32_768 * blue, shift)
}

fn red([red, green, blue]: [i32; 3], shift: u32) -> i32 {
    rounded(32_768 * red - 27_439 * green - 5_329 * blue, shift)
}

fn rounded(value: i32, shift: u32) -> i32 {
    ((value + (1 << (15 + shift))) >> (16 + shift)).min(127)
}
