//! A picture made fit.

use updraft::post::picture::{Limit, fit};

/// Makes the bytes behind the first one fit, within limits that this one chooses.
pub fn run(bytes: &[u8]) {
    let Some((choice, picture)) = bytes.split_first() else {
        return;
    };
    let limit = Limit {
        bytes: 20_000 << (choice % 8),
        side: 16 << (choice / 16 % 8),
    };
    let Ok(fitted) = fit(picture, limit) else {
        return;
    };
    assert!(fitted.bytes.len() as u64 <= limit.bytes);
    assert!((1..=limit.side).contains(&fitted.width.max(fitted.height)));
    let again = fit(&fitted.bytes, limit).expect("what fits, fits");
    assert_eq!(again.mime, fitted.mime);
    assert_eq!((again.width, again.height), (fitted.width, fitted.height));
    assert!(again.bytes == fitted.bytes, "made fit twice, it differs");
}
