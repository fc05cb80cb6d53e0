//! What is written and made smaller looks as before, also to other programs.

use image::{
    DynamicImage, GenericImageView, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage,
};

use super::samples;
use crate::post::picture::{
    jpeg::{self, Room},
    scale::{scale, within},
};

const ROOM: Room = Room {
    bytes: 2_000_000,
    ceiling: 95,
    profile: None,
};

/// The largest difference of any value, read back by a program of others.
fn worst(picture: &DynamicImage, room: Room) -> (u8, u8) {
    let (bytes, quality) = jpeg::best(picture, room).unwrap();
    let read = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!(read.color(), picture.color());
    assert_eq!(read.dimensions(), picture.dimensions());
    let pairs = read.as_bytes().iter().zip(picture.as_bytes());
    (quality, pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap())
}

#[test]
fn a_jpeg_of_any_size_reads_back_as_it_was() {
    for (width, height) in [(1, 1), (8, 8), (17, 9), (16, 33), (100, 1), (3, 70)] {
        let soft = |x: u32, y: u32| [(x * 2) as u8, (y * 3) as u8, (200 - x - y) as u8];
        let colour = RgbImage::from_fn(width, height, |x, y| Rgb(soft(x, y)));
        let (quality, far) = worst(&colour.into(), ROOM);
        assert!(quality == 95 && far < 8, "{width} × {height}: {far}");
        let grey = GrayImage::from_fn(width, height, |x, y| Luma([soft(x, y)[1]]));
        let (quality, far) = worst(&grey.into(), ROOM);
        assert!(quality == 95 && far < 6, "{width} × {height}: {far}");
    }
}

#[test]
fn colour_at_half_the_resolution_stays_in_its_place() {
    let soft = RgbImage::from_fn(150, 90, |x, y| Rgb([x as u8, 255 - x as u8, 2 * y as u8]));
    let ceiling = 89;
    let (_, far) = worst(&soft.into(), Room { ceiling, ..ROOM });
    assert!(far < 14, "{far}");
}

#[test]
fn the_harshest_values_are_written_too() {
    let harsh = [
        RgbImage::from_fn(64, 64, |x, y| {
            Rgb([if (x + y) % 2 == 0 { 255 } else { 0 }; 3])
        }),
        RgbImage::from_pixel(40, 40, Rgb([255; 3])),
        RgbImage::from_fn(64, 64, |x, y| {
            Rgb(samples::noise(x, y).map(|v| if v > 127 { 255 } else { 0 }))
        }),
    ];
    for picture in harsh {
        let (_, far) = worst(&picture.clone().into(), ROOM);
        assert!(far < 60, "{far}");
    }
}

#[test]
fn a_profile_of_any_size_is_embedded_whole() {
    let picture = DynamicImage::from(samples::photograph(30, 20, 0));
    let mut profile = samples::profile();
    profile.resize(150_000, 7);
    let room = Room {
        profile: Some(&profile),
        ..ROOM
    };
    let (bytes, _) = jpeg::best(&picture, room).unwrap();
    let mut decoder = image::codecs::jpeg::JpegDecoder::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(
        image::ImageDecoder::icc_profile(&mut decoder).unwrap(),
        Some(profile)
    );
}

#[test]
fn one_colour_stays_that_colour_at_every_size() {
    let one = DynamicImage::from(RgbImage::from_pixel(97, 61, Rgb([13, 200, 255])));
    for side in [1, 2, 40, 96] {
        let smaller = scale(&one, within(one.dimensions(), side)).unwrap();
        assert!(
            smaller
                .to_rgb8()
                .pixels()
                .all(|pixel| pixel.0 == [13, 200, 255])
        );
    }
    let clear = DynamicImage::from(RgbaImage::from_pixel(50, 50, Rgba([13, 200, 255, 128])));
    let smaller = scale(&clear, (20, 20)).unwrap().into_rgba8();
    let far = |pixel: &Rgba<u8>| pixel.0[1].abs_diff(200) + pixel.0[3].abs_diff(128);
    assert!(smaller.pixels().all(|pixel| far(pixel) < 3));
}

#[test]
fn a_smaller_picture_is_not_shifted() {
    let slope = GrayImage::from_fn(200, 200, |x, y| Luma([((x + y) / 2) as u8]));
    let smaller = scale(&slope.into(), (40, 50)).unwrap().into_luma8();
    for (x, y, pixel) in smaller.enumerate_pixels() {
        // The middle of five columns, and of four rows.
        let expected = (5 * x + 2 + 4 * y).div_ceil(2);
        assert!(
            expected.abs_diff(pixel.0[0].into()) <= 2,
            "{x}, {y}: {pixel:?}"
        );
    }
}
