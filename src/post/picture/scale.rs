//! Makes pictures smaller, in whole numbers: the same on every processor. `image`'s own scaling holds
//! sixteen bytes for each pixel of a large picture's half-done state; this holds four at most.

use image::{DynamicImage, GenericImageView, GrayImage, RgbImage, RgbaImage};

/// One, as weights count.
const ONE: i32 = 1 << 14;

/// The width and height of a picture whose longer side is `side` at most; never enlarged.
pub(super) fn within((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= side {
        return (width, height);
    }
    let scaled = |length: u32| {
        let rounded =
            (u64::from(length) * u64::from(side) * 2 + u64::from(longer)) / (2 * u64::from(longer));
        u32::try_from(rounded).unwrap_or(side).max(1)
    };
    (scaled(width), scaled(height))
}

/// `image`, of grey, RGB or RGBA with eight bits, made as small as `to`.
pub(super) fn scale(image: &DynamicImage, to: (u32, u32)) -> Option<DynamicImage> {
    let (from, (width, height)) = (image.dimensions(), to);
    let across = taps(from.0, width);
    let down = taps(from.1, height);
    let bytes = image.as_bytes();
    Some(match image {
        DynamicImage::ImageLuma8(_) => {
            let bytes = vertical(&horizontal::<1>(bytes, from, &across), to, &down, 1);
            DynamicImage::ImageLuma8(GrayImage::from_raw(width, height, bytes)?)
        }
        DynamicImage::ImageRgb8(_) => {
            let bytes = vertical(&horizontal::<3>(bytes, from, &across), to, &down, 3);
            DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, bytes)?)
        }
        DynamicImage::ImageRgba8(_) => {
            let premultiplied = horizontal::<4>(&multiplied(bytes), from, &across);
            let bytes = divided(vertical(&premultiplied, to, &down, 4));
            DynamicImage::ImageRgba8(RgbaImage::from_raw(width, height, bytes)?)
        }
        _ => return None,
    })
}

/// What one point of the result is made of: the first point of the source, and weights from there.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

/// The points of a line of `to`, out of `from`.
///
/// The arithmetic is exact to the last bit on every machine: there is no call into a library of
/// mathematics, whose sines differ.
fn taps(from: u32, to: u32) -> Vec<Taps> {
    let ratio = f64::from(from) / f64::from(to);
    let reach = 2.0 * ratio.max(1.0);
    let point = |index: u32| {
        let centre = (f64::from(index) + 0.5) * ratio;
        // Those whose middle lies within reach.
        let first = (centre - reach + 0.5).max(0.0) as u32;
        let end = ((centre + reach + 0.5) as u32).min(from);
        let weight = |at: u32| cubic((f64::from(at) + 0.5 - centre) / ratio.max(1.0));
        let weights: Vec<f64> = (first..end).map(weight).collect();
        Taps {
            first: first as usize,
            weights: whole(&weights),
        }
    };
    (0..to).map(point).collect()
}

/// Catmull and Rom's curve: sharp, with little ringing.
fn cubic(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

/// Weights in parts of [`ONE`]; the largest takes what rounding leaves.
fn whole(weights: &[f64]) -> Vec<i32> {
    let sum: f64 = weights.iter().sum();
    let part = |weight: &f64| (weight / sum * f64::from(ONE)).round() as i32;
    let mut parts: Vec<i32> = weights.iter().map(part).collect();
    let left = ONE - parts.iter().sum::<i32>();
    if let Some(largest) = parts.iter_mut().max() {
        *largest += left;
    }
    parts
}

fn horizontal<const N: usize>(bytes: &[u8], from: (u32, u32), taps: &[Taps]) -> Vec<u8> {
    let mut out = Vec::with_capacity(taps.len() * from.1 as usize * N);
    for row in bytes.chunks_exact(from.0 as usize * N) {
        for tap in taps {
            let mut sums = [ONE / 2; N];
            let (points, _) = row[tap.first * N..].as_chunks::<N>();
            for (point, weight) in points.iter().zip(&tap.weights) {
                for channel in 0..N {
                    sums[channel] += i32::from(point[channel]) * weight;
                }
            }
            out.extend(sums.map(byte));
        }
    }
    out
}

fn vertical(bytes: &[u8], to: (u32, u32), taps: &[Taps], channels: usize) -> Vec<u8> {
    let length = to.0 as usize * channels;
    let mut out = Vec::with_capacity(length * to.1 as usize);
    let mut sums = vec![0; length];
    for tap in taps {
        sums.fill(ONE / 2);
        let rows = bytes[tap.first * length..].chunks_exact(length);
        for (row, &weight) in rows.zip(&tap.weights) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += i32::from(value) * weight;
            }
        }
        out.extend(sums.iter().map(|&sum| byte(sum)));
    }
    out
}

fn byte(sum: i32) -> u8 {
    (sum >> 14).clamp(0, 255) as u8
}

/// Colours times their alpha, so that transparent points, whatever their colour, don't show.
fn multiplied(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for point in out.as_chunks_mut::<4>().0 {
        let alpha = u32::from(point[3]);
        for value in &mut point[..3] {
            *value = ((u32::from(*value) * alpha + 127) / 255) as u8;
        }
    }
    out
}

fn divided(mut bytes: Vec<u8>) -> Vec<u8> {
    for point in bytes.as_chunks_mut::<4>().0 {
        let alpha = u32::from(point[3]);
        for value in &mut point[..3] {
            let whole = (u32::from(*value) * 255 + alpha / 2).checked_div(alpha);
            *value = whole.unwrap_or(0).min(255) as u8;
        }
    }
    bytes
}
