//! What is published of a file.

use std::{fs, io::Cursor};

use image::{DynamicImage, GenericImageView, ImageDecoder, ImageReader, metadata::Orientation};
use tempfile::TempDir;

use super::{
    load, put, repository,
    samples::{self, SECRET},
    words,
};
use crate::post::picture::{Image, Limit, fit, format::Format, prepared_bytes, strip};

const LIMIT: Limit = Limit {
    bytes: 2_000_000,
    side: 4_000,
};

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// The published bytes and the picture that a viewer makes of them.
fn published(root: &TempDir, image: &Image) -> (Vec<u8>, DynamicImage) {
    let bytes = prepared_bytes(root.path(), image).unwrap();
    assert_eq!(bytes.len(), image.size);
    let mut decoder = ImageReader::new(Cursor::new(&bytes))
        .with_guessed_format()
        .unwrap()
        .into_decoder()
        .unwrap();
    assert_eq!(decoder.orientation().unwrap(), Orientation::NoTransforms);
    assert_eq!(decoder.exif_metadata().unwrap(), None);
    let picture = DynamicImage::from_decoder(decoder).unwrap();
    (bytes, picture)
}

fn is_red(picture: &DynamicImage, x: u32, y: u32) -> bool {
    let [red, _, blue, _] = picture.get_pixel(x, y).0;
    red > 150 && blue < 100
}

#[test]
fn a_picture_that_lies_as_it_should_keeps_its_pixels_bit_for_bit_and_loses_its_place() {
    type Build = fn(u16) -> Vec<u8>;
    let kinds: [(&str, Build); 3] = [
        ("image/jpeg", samples::jpeg),
        ("image/png", samples::png),
        ("image/webp", samples::webp),
    ];
    for (mime, build) in kinds {
        let root = repository();
        put(&root, "posts/media/x", &build(1));
        let image = load(&root, "media/x").unwrap();
        assert_eq!((image.mime, image.width, image.height), (mime, 48, 32));
        let (bytes, picture) = published(&root, &image);
        assert!(!contains(&bytes, SECRET), "{mime}");
        let original = image::load_from_memory(&build(1)).unwrap();
        assert_eq!(picture.into_bytes(), original.into_bytes(), "{mime}");
    }
}

#[test]
fn a_turned_picture_is_published_upright_and_without_its_place() {
    type Build = fn(u16) -> Vec<u8>;
    let kinds: [(&str, Build); 3] = [
        ("image/jpeg", samples::jpeg),
        ("image/png", samples::png),
        // As lossless as it was.
        ("image/png", samples::webp),
    ];
    for (mime, build) in kinds {
        let root = repository();
        put(&root, "posts/media/x", &build(6));
        let image = load(&root, "media/x").unwrap();
        assert_eq!((image.mime, image.width, image.height), (mime, 32, 48));
        let (bytes, picture) = published(&root, &image);
        assert!(
            !contains(&bytes, SECRET) && !contains(&bytes, b"Exif\0\0"),
            "{mime}"
        );
        assert_eq!(picture.dimensions(), (32, 48));
        // Turned clockwise, the left side comes to lie on top.
        assert!(
            is_red(&picture, 16, 8) && !is_red(&picture, 16, 40),
            "{mime}"
        );
    }
}

#[test]
fn a_colour_profile_survives_both_ways() {
    for orientation in [1, 6] {
        let root = repository();
        put(&root, "posts/media/x.jpg", &samples::jpeg(orientation));
        let (bytes, _) = published(&root, &load(&root, "media/x.jpg").unwrap());
        assert!(contains(&bytes, b"the very profile"), "{orientation}");
    }
}

#[test]
fn a_gif_loses_comments_and_xmp() {
    let root = repository();
    put(&root, "posts/media/x.gif", &samples::gif());
    let image = load(&root, "media/x.gif").unwrap();
    assert_eq!(
        (image.mime, image.width, image.height),
        ("image/gif", 48, 32)
    );
    let (bytes, picture) = published(&root, &image);
    assert_eq!(bytes, samples::encoded(image::ImageFormat::Gif));
    assert!(is_red(&picture, 8, 16));
}

#[test]
fn a_file_that_ends_early_is_found_at_every_length() {
    let kinds = [
        samples::jpeg(1),
        samples::png(1),
        samples::webp(1),
        samples::gif(),
    ];
    for whole in kinds {
        let format = Format::of("x", &whole).unwrap();
        let end = strip::strip(format, &whole).unwrap().bytes;
        let end = whole.len().min(end.len());
        // But for a GIF's last byte, which many writers forget.
        for length in (13..end - 1).step_by(7) {
            assert!(
                fit(&whole[..length], LIMIT).is_err(),
                "{format:?} cut at {length}"
            );
        }
    }
}

#[test]
fn bytes_of_any_kind_make_no_panic() {
    for whole in [
        samples::jpeg(6),
        samples::png(6),
        samples::webp(6),
        samples::gif(),
    ] {
        for at in 0..whole.len() {
            let mut bent = whole.clone();
            bent[at] = !bent[at];
            let _ = strip::strip(Format::of("x", &whole).unwrap(), &bent);
        }
        for at in (0..whole.len()).step_by(11) {
            let mut bent = whole.clone();
            bent[at] ^= 0x55;
            let _ = fit(&bent, LIMIT);
        }
    }
}

#[test]
fn what_counts_is_the_size_after_the_metadata_is_gone() {
    let root = repository();
    let mut padded = samples::jpeg(1);
    padded.resize(2_100_000, 0);
    put(&root, "posts/media/padded.jpg", &padded);
    assert!(load(&root, "media/padded.jpg").unwrap().size < 2_000);
}

#[test]
fn a_picture_changed_after_the_check_is_not_published() {
    let root = repository();
    put(&root, "posts/media/x.png", &samples::png(1));
    let image = load(&root, "media/x.png").unwrap();
    put(&root, "posts/media/x.png", &samples::jpeg(1));
    let error = prepared_bytes(root.path(), &image).unwrap_err().to_string();
    assert_eq!(
        error,
        "`posts/media/x.png` was changed after it was checked; run again"
    );
    fs::remove_file(root.path().join("posts/media/x.png")).unwrap();
    let error = prepared_bytes(root.path(), &image).unwrap_err().to_string();
    assert!(
        error.starts_with("there is no file `posts/media/x.png`"),
        "{error}"
    );
}

#[test]
fn a_gif_without_its_trailer_gets_one() {
    let whole = samples::encoded(image::ImageFormat::Gif);
    let cut = &whole[..whole.len() - 1];
    assert_eq!(strip::strip(Format::Gif, cut).unwrap().bytes, whole);
}

#[test]
fn a_damaged_picture_says_so() {
    let root = repository();
    let mut rotten = samples::png(1);
    let end = rotten.len() - SECRET.len() - 20;
    rotten[end] ^= 0xff;
    put(&root, "posts/media/rotten.png", &rotten);
    let whole = samples::jpeg(1);
    put(&root, "posts/media/short.jpg", &whole[..whole.len() - 200]);
    let mut header = samples::webp(1);
    header[40] ^= 0xff;
    put(&root, "posts/media/header.webp", &header);
    let lines = ["rotten.png", "short.jpg", "header.webp"]
        .map(|name| words(&root, &format!("media/{name}")));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    invalid-picture: `posts/media/rotten.png` is damaged: CRC error: expected 0x6a6ec28b have 0xb46bc47a while decoding ChunkType { type: IDAT, critical: true, private: false, reserved: false, safecopy: false } chunk | open it in a picture editor and save it again, or put the original back
    invalid-picture: `posts/media/short.jpg` is damaged: it ends early, or its parts don't fit together | open it in a picture editor and save it again, or put the original back
    invalid-picture: `posts/media/header.webp` is damaged: Inconsistent image sizes | open it in a picture editor and save it again, or put the original back
    "#);
}
