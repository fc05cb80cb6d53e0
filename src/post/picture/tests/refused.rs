//! What can't be published, and what its author is told.

use std::time::{Duration, Instant};

use image::{GrayImage, ImageFormat, Luma};

use super::{put, repository, samples, words};
use crate::post::picture::{Limit, fit};

#[test]
fn a_bomb_is_refused_by_its_head() {
    let root = repository();
    for (name, bomb) in samples::bombs() {
        put(&root, &format!("posts/media/{name}"), &bomb);
        let start = Instant::now();
        assert_eq!(
            words(&root, &format!("media/{name}")),
            format!(
                "invalid-picture: `posts/media/{name}` has 50,000 × 50,000 pixels, more than \
                 updraft opens | scale it down to 4,000 pixels a side at most"
            )
        );
        assert!(start.elapsed() < Duration::from_secs(1), "{name}");
    }
}

#[test]
fn what_bluesky_does_not_take_names_the_way_out() {
    let root = repository();
    let kinds: [(&str, &[u8]); 8] = [
        ("AVIF", b"\0\0\0\x20ftypavif\0\0\0\0"),
        ("HEIC", b"\0\0\0\x20ftypheic\0\0\0\0"),
        ("JPEG XL", b"\xff\x0a\x01\x02"),
        ("TIFF", b"II*\0\x08\0\0\0"),
        ("BMP", b"BM\0\0\0\0"),
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("PDF", b"%PDF-1.7"),
        ("ICO", b"\0\0\x01\0\x01\0"),
    ];
    for (kind, bytes) in kinds {
        put(&root, "posts/media/x", bytes);
        let words = words(&root, "media/x");
        assert!(words.contains(kind), "{words}");
        assert!(
            words.ends_with("convert it to JPEG or PNG")
                || words.ends_with("export it as a PNG, 2,000 pixels wide or so"),
            "{words}"
        );
    }
}

#[test]
fn a_jpeg_that_is_cut_off_is_not_shown_half_grey() {
    let limit = Limit {
        bytes: 2_000_000,
        side: 4_000,
    };
    let whole = samples::written(samples::photograph(400, 300, 40), ImageFormat::Jpeg);
    for bytes in [&whole[..whole.len() / 2], &whole[..whole.len() - 2]] {
        let error = fit(bytes, limit).unwrap_err().to_string();
        assert!(error.starts_with("the picture is damaged: "), "{error}");
    }
}

#[test]
fn what_fits_in_no_way_says_so() {
    let grey = GrayImage::from_fn(500, 500, |x, y| Luma([samples::noise(x, y)[0]]));
    let picture = samples::written(grey, ImageFormat::Jpeg);
    let limit = Limit {
        bytes: 3_000,
        side: 4_000,
    };
    insta::assert_snapshot!(
        fit(&picture, limit).unwrap_err(),
        @"the picture doesn't fit 3,000 bytes, however small it is made; cut out what matters, or save it as a JPEG without a colour profile"
    );
}
