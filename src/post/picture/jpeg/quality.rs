//! How good a JPEG file can be at most: no better than it was saved.

use super::{BEST, FLOOR, tables::Quantisation};

/// The quality at which the JPEG `file` was saved, as far as its first table tells.
pub(in super::super) fn of_source(file: &[u8]) -> Option<u8> {
    let steps = first_table(file)?;
    let coarse = |quality| {
        let [brightness, _] = Quantisation::of_quality(quality).0;
        brightness.iter().map(|&step| u32::from(step)).sum::<u32>()
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
