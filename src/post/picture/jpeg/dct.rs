//! The forward cosine transform of a block, in whole numbers: the same on every processor.

use super::tables::ZIGZAG;

/// Eight times the transform of 8 × 8 samples (less 128), in stored order.
pub(super) type Block = [i16; 64];

/// `cos(k·π/16) / 2` for `k` from 0 to 7, times 2^14; the first is `√½ / 2`, never used.
const C: [i32; 8] = [5793, 8035, 7568, 6811, 5793, 4551, 3135, 1598];
/// Bits kept behind the point between the two passes, and in the result.
const BETWEEN: u32 = 4;
const KEPT: u32 = 3;

/// Transforms a block of samples between -128 and 127.
pub(super) fn transform(samples: &[i32; 64]) -> Block {
    let mut rows = [0; 64];
    for (line, out) in samples.chunks_exact(8).zip(rows.chunks_exact_mut(8)) {
        let line = [
            line[0], line[1], line[2], line[3], line[4], line[5], line[6], line[7],
        ];
        out.copy_from_slice(&pass(line, 14 - BETWEEN));
    }
    let mut whole = [0; 64];
    for x in 0..8 {
        let column = [
            rows[x],
            rows[x + 8],
            rows[x + 16],
            rows[x + 24],
            rows[x + 32],
            rows[x + 40],
            rows[x + 48],
            rows[x + 56],
        ];
        for (y, value) in pass(column, 14 + BETWEEN - KEPT).into_iter().enumerate() {
            whole[y * 8 + x] = value;
        }
    }
    // At most 8 · 8 · 128, for a block of one colour.
    ZIGZAG.map(|place| whole[place] as i16)
}

/// One dimension: even and odd outputs need only sums, or only differences, of opposite samples.
fn pass(x: [i32; 8], shift: u32) -> [i32; 8] {
    let [s0, s1, s2, s3] = [x[0] + x[7], x[1] + x[6], x[2] + x[5], x[3] + x[4]];
    let [d0, d1, d2, d3] = [x[0] - x[7], x[1] - x[6], x[2] - x[5], x[3] - x[4]];
    let out = [
        C[4] * (s0 + s1 + s2 + s3),
        C[1] * d0 + C[3] * d1 + C[5] * d2 + C[7] * d3,
        C[2] * (s0 - s3) + C[6] * (s1 - s2),
        C[3] * d0 - C[7] * d1 - C[1] * d2 - C[5] * d3,
        C[4] * (s0 - s1 - s2 + s3),
        C[5] * d0 - C[1] * d1 + C[7] * d2 + C[3] * d3,
        C[6] * (s0 - s3) - C[2] * (s1 - s2),
        C[7] * d0 - C[5] * d1 + C[3] * d2 - C[1] * d3,
    ];
    out.map(|value| (value + (1 << (shift - 1))) >> shift)
}
