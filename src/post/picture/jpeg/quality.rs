//! How good a JPEG file can be at most: no better than it was saved.

use super::{BEST, FLOOR};

/// The coarseness of brightness at quality 50 (ITU-T T.81, table K.1), which nearly all programs scale.
const BRIGHTNESS: [u32; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// The quality at which the JPEG `file` was saved, as far as its first table tells.
pub(in super::super) fn of_source(file: &[u8]) -> Option<u8> {
    let steps = first_table(file)?;
    let coarse = |quality: u8| -> u32 {
        let percent = 200 - 2 * u32::from(quality);
        let step = |step: &u32| ((step * percent + 50) / 100).clamp(1, 255);
        BRIGHTNESS.iter().map(step).sum()
    };
    let of_file = steps.iter().map(|&step| u32::from(step)).sum();
    (FLOOR..=BEST).find(|&quality| coarse(quality) <= of_file)
}

/// The steps of table 0, if they have eight bits.
fn first_table(file: &[u8]) -> Option<&[u8]> {
    let mut rest = file.get(2..)?;
    loop {
        let (head, behind) = rest.split_at_checked(4)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let (content, behind) = behind.split_at_checked(length.checked_sub(2)?)?;
        match (head[1], content.first()) {
            (0xdb, Some(0)) => return content.get(1..65),
            (0xda, _) => return None,
            _ => rest = behind,
        }
    }
}
