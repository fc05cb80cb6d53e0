//! What is done so that a picture fits.

use std::io::Cursor;

use image::{
    DynamicImage, GenericImageView, ImageFormat, ImageReader, Rgb, RgbImage, Rgba, RgbaImage,
};
use sha2::{Digest, Sha256};

use super::{
    load, put, repository,
    samples::{self, SECRET},
};
use crate::post::picture::{Fitted, Limit, fit, prepared_bytes};

fn within(bytes: &[u8], most: u64, side: u32) -> Fitted {
    let limit = Limit { bytes: most, side };
    let fitted = fit(bytes, limit).unwrap();
    assert!(fitted.bytes.len() as u64 <= most);
    assert!(fitted.width.max(fitted.height) <= side);
    assert_eq!(shown(&fitted).dimensions(), (fitted.width, fitted.height));
    assert_eq!(fit(bytes, limit).unwrap(), fitted, "the same once more");
    fitted
}

fn shown(fitted: &Fitted) -> DynamicImage {
    ImageReader::new(Cursor::new(&fitted.bytes))
        .with_guessed_format()
        .unwrap()
        .decode()
        .unwrap()
}

fn change(fitted: &Fitted) -> String {
    fitted
        .change
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The mean difference of two pictures' values.
fn difference(one: &DynamicImage, other: &DynamicImage) -> f64 {
    let (one, other) = (one.to_rgb8(), other.to_rgb8());
    assert_eq!(one.dimensions(), other.dimensions());
    let pairs = one.as_raw().iter().zip(other.as_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.as_raw().len() as f64
}

#[test]
fn a_photograph_loses_quality_before_it_loses_pixels() {
    let picture = samples::photograph(600, 400, 30);
    let file = samples::written(picture.clone(), ImageFormat::Png);
    let mut last = 101;
    for most in [150_000, 110_000, 80_000, 60_000] {
        let fitted = within(&file, most, 4_000);
        let quality = fitted.change.clone().unwrap().quality.unwrap();
        assert!(
            quality < last && quality >= 70,
            "{most}: {}",
            change(&fitted)
        );
        assert_eq!(
            (fitted.mime, fitted.width, fitted.height),
            ("image/jpeg", 600, 400)
        );
        // No room is wasted.
        assert!(
            quality == 95 || fitted.bytes.len() as u64 * 10 > most * 8,
            "{}",
            change(&fitted)
        );
        let difference = difference(&shown(&fitted), &picture.clone().into());
        assert!(difference < 15.0, "{difference}: {}", change(&fitted));
        last = quality;
    }
    let fitted = within(&file, 20_000, 4_000);
    assert!(fitted.width < 600, "{}", change(&fitted));
    assert!(change(&fitted).ends_with(&format!(", {}×{}", fitted.width, fitted.height)));
}

#[test]
fn a_long_side_is_made_shorter_and_a_short_one_never_longer() {
    let file = samples::written(samples::photograph(900, 300, 10), ImageFormat::Jpeg);
    let fitted = within(&file, 2_000_000, 600);
    assert_eq!((fitted.width, fitted.height), (600, 200));
    assert!(
        change(&fitted).ends_with(", 600×200"),
        "{}",
        change(&fitted)
    );
    let fitted = within(&file, 2_000_000, 4_000);
    assert_eq!(
        (fitted.width, fitted.height, fitted.change),
        (900, 300, None)
    );
    assert_eq!(fitted.bytes, file);
    let thin = samples::written(RgbImage::new(3_000, 1), ImageFormat::Png);
    let fitted = within(&thin, 2_000_000, 1_000);
    assert_eq!((fitted.width, fitted.height), (1_000, 1));
}

#[test]
fn few_colours_stay_exact_as_long_as_they_fit() {
    // Stripes and letters, so to say; saved as carelessly as can be.
    let picture = RgbImage::from_fn(700, 500, |x, y| match (x / 9 + y / 13) % 3 {
        0 => Rgb([250, 250, 250]),
        1 => Rgb([20, 90, 200]),
        _ => Rgb([10, 10, 10]),
    });
    let mut careless = Vec::new();
    let mut encoder = png::Encoder::new(&mut careless, 700, 500);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::NoCompression);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&picture).unwrap();
    writer.finish().unwrap();
    let fitted = within(&careless, 30_000, 4_000);
    assert_eq!(fitted.mime, "image/png");
    assert_eq!(shown(&fitted).into_rgb8(), picture);
    assert!(change(&fitted).ends_with(" kB, PNG"), "{}", change(&fitted));
}

#[test]
fn what_is_transparent_stays_so_or_turns_white_but_never_black() {
    // Black where nothing is to be seen, as many programs leave it.
    let cut_out = |side: u32| {
        RgbaImage::from_fn(side, side, |x, y| {
            let [red, green, blue] = samples::noise(x, y);
            match x.abs_diff(side / 2).max(y.abs_diff(side / 2)) * 3 < side {
                true => Rgba([red / 4 + 150, green / 4, blue / 4, 255]),
                false => Rgba([0, 0, 0, 0]),
            }
        })
    };
    let file = samples::written(cut_out(300), ImageFormat::Png);
    let fitted = within(&file, 2_000_000, 200);
    assert_eq!(fitted.mime, "image/png");
    let picture = shown(&fitted);
    assert_eq!(picture.get_pixel(5, 5).0[3], 0);
    for x in 0..200 {
        let [red, _, _, alpha] = picture.get_pixel(x, 100).0;
        assert!(alpha < 8 || red > 120, "no dark seam at {x}: {red} {alpha}");
    }
    let fitted = within(&file, 20_000, 4_000);
    assert_eq!(fitted.mime, "image/jpeg");
    assert!(
        change(&fitted).ends_with(", laid on white"),
        "{}",
        change(&fitted)
    );
    let [red, green, blue, _] = shown(&fitted).get_pixel(5, 5).0;
    assert!(red > 245 && green > 245 && blue > 245);
}

#[test]
fn an_animation_is_published_as_its_first_frame_with_a_warning() {
    let kinds: [(&str, Vec<u8>, &str); 3] = [
        ("x.gif", samples::animated_gif(), "GIF"),
        ("x.png", samples::animated_png(), "PNG"),
        ("x.webp", samples::animated_webp(), "PNG"),
    ];
    for (name, file, kind) in kinds {
        let root = repository();
        put(&root, &format!("posts/media/{name}"), &file);
        let image = load(&root, &format!("media/{name}")).unwrap();
        let warning = image.warning(3..9).unwrap();
        assert_eq!(
            warning.message,
            format!("`posts/media/{name}` is animated, but only its first frame is published")
        );
        assert!(!warning.is_error());
        let bytes = prepared_bytes(root.path(), &image).unwrap();
        let again = fit(
            &bytes,
            Limit {
                bytes: 2_000_000,
                side: 4_000,
            },
        )
        .unwrap();
        assert_eq!(
            (again.change, &again.bytes),
            (None, &bytes),
            "a still, once and for all"
        );
        let [red, _, blue, _] = image::load_from_memory(&bytes).unwrap().get_pixel(9, 9).0;
        assert!(red > 200 && blue < 40);
        assert!(
            image
                .change
                .unwrap()
                .to_string()
                .ends_with(&format!(", {kind}, the first frame only"))
        );
    }
    let root = repository();
    put(&root, "posts/media/x.gif", &samples::gif());
    assert_eq!(load(&root, "media/x.gif").unwrap().warning(3..9), None);
}

#[test]
fn printing_inks_become_the_colours_they_print() {
    // Cyan and magenta make blue, yellow and magenta red; black is black.
    let inks = [
        ([255, 255, 0, 0], [0, 0, 255]),
        ([0, 255, 255, 0], [255, 0, 0]),
        ([0, 0, 0, 0], [255, 255, 255]),
        ([0, 0, 0, 255], [0, 0, 0]),
    ];
    for (inks, rgb) in inks {
        for adobe in [false, true] {
            // Adobe's programs write how much of the paper is left.
            let stored = if adobe {
                inks.map(|ink| 255 - ink)
            } else {
                inks
            };
            let fitted = within(&samples::cmyk(stored, adobe), 2_000_000, 4_000);
            assert!(
                change(&fitted).ends_with(", converted from CMYK"),
                "{}",
                change(&fitted)
            );
            let pixel = shown(&fitted).into_rgb8().get_pixel(4, 4).0;
            let far = pixel.iter().zip(&rgb).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(far < Some(6), "{inks:?}, Adobe: {adobe}: {pixel:?}");
        }
    }
}

#[test]
fn sixteen_bits_are_kept_as_long_as_they_fit_and_become_eight_then() {
    let deep = image::ImageBuffer::from_fn(200, 150, |x, y| {
        Rgb(samples::noise(x, y).map(|value| u16::from(value) << 8 | u16::from(value)))
    });
    let file = samples::written(DynamicImage::ImageRgb16(deep.clone()), ImageFormat::Png);
    let fitted = within(&file, 2_000_000, 4_000);
    assert_eq!((&fitted.bytes, &fitted.change), (&file, &None));
    let fitted = within(&file, 60_000, 4_000);
    assert_eq!(fitted.mime, "image/jpeg");
    assert!(difference(&shown(&fitted), &DynamicImage::ImageRgb16(deep)) < 12.0);
}

#[test]
fn a_photograph_of_24_megapixels_fits_and_forgets_where_it_was_taken() {
    // Grey: without optimisation, colour takes three times as long, and shows nothing else here.
    let tile = DynamicImage::from(samples::photograph(600, 400, 45)).into_luma8();
    let plain = samples::tiled(&tile, 10);
    let plain = samples::written(plain, ImageFormat::Jpeg);
    assert!(plain.len() > 4_000_000);
    let root = repository();
    put(&root, "posts/media/x.jpg", &samples::with_exif(&plain, 6));
    let image = load(&root, "media/x.jpg").unwrap();
    assert_eq!(
        (image.mime, image.width, image.height),
        ("image/jpeg", 2_667, 4_000)
    );
    assert!(image.size <= 2_000_000 && image.size > 1_700_000);
    let change = image.change.clone().unwrap();
    assert!(change.turned && change.quality >= Some(70));
}

#[test]
fn a_picture_made_anew_has_no_place_and_is_uploaded_as_it_was_checked() {
    let root = repository();
    let plain = samples::written(samples::photograph(600, 400, 40), ImageFormat::Jpeg);
    put(&root, "posts/media/x.jpg", &samples::with_exif(&plain, 6));
    let image = load(&root, "media/x.jpg").unwrap();
    let bytes = prepared_bytes(root.path(), &image).unwrap();
    assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET));
    assert_eq!(image.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
    assert_eq!((image.width, image.height), (400, 600));
}

#[test]
fn another_limit_makes_another_picture_of_the_same_file() {
    let root = repository();
    let file = samples::written(samples::photograph(600, 400, 40), ImageFormat::Jpeg);
    put(&root, "posts/media/x.jpg", &file);
    let source = super::PictureSource::new(root.path());
    let reference = super::Reference {
        destination: "media/x.jpg",
        alt: "x",
        span: 3..9,
    };
    let sizes = [2_000_000, 60_000, 40_000].map(|most| {
        let image = source.load("posts/a.md", &reference, most).unwrap();
        assert_eq!(
            prepared_bytes(root.path(), &image).unwrap().len(),
            image.size
        );
        image.size
    });
    assert!(
        sizes[0] > 60_000 && sizes[1] <= 60_000 && sizes[2] <= 40_000,
        "{sizes:?}"
    );
}

#[test]
fn the_bytes_are_the_same_on_every_machine() {
    let photograph = samples::written(samples::photograph(320, 200, 30), ImageFormat::Png);
    let drawing = samples::written(samples::two_colours(), ImageFormat::Png);
    let digests = [
        (&photograph, 30_000, 4_000),
        (&photograph, 2_000_000, 150),
        (&drawing, 2_000_000, 40),
    ]
    .map(|(file, most, side)| {
        let digest = Sha256::digest(&within(file, most, side).bytes);
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    });
    insta::assert_snapshot!(digests.join(" "), @"b97bb2b8feb4601c 6734cfc26062a866 ade71fa23270ae24");
}
