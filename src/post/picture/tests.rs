#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use image::{GenericImageView, ImageDecoder, ImageReader};
use tempfile::TempDir;

use super::*;
use crate::post::picture::{
    format::Format,
    samples::{self, SECRET},
};

fn repository() -> TempDir {
    let root = TempDir::new().unwrap();
    fs::create_dir_all(root.path().join("posts/media")).unwrap();
    root
}

fn put(root: &TempDir, path: &str, bytes: &[u8]) {
    fs::write(root.path().join(path), bytes).unwrap();
}

fn load(root: &TempDir, destination: &str) -> Result<Image, Diagnostic> {
    let reference = Reference {
        destination,
        alt: "two colours",
        span: 3..9,
    };
    PictureSource::new(root.path()).load("posts/a.md", &reference)
}

fn words(root: &TempDir, destination: &str) -> String {
    let diagnostic = load(root, destination).unwrap_err();
    assert_eq!(diagnostic.span, Some(3..9));
    assert!(diagnostic.label.is_some());
    let help = diagnostic.help.expect("every mistake says what to do");
    format!("{}: {} | {help}", diagnostic.code, diagnostic.message)
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// The published bytes and the picture that a viewer makes of them.
fn published(root: &TempDir, image: &Image) -> (Vec<u8>, image::DynamicImage) {
    let bytes = prepared_bytes(root.path(), image).unwrap();
    assert_eq!(bytes.len(), image.size);
    let mut decoder = ImageReader::new(std::io::Cursor::new(&bytes))
        .with_guessed_format()
        .unwrap()
        .into_decoder()
        .unwrap();
    assert_eq!(
        decoder.orientation().unwrap(),
        image::metadata::Orientation::NoTransforms
    );
    assert_eq!(decoder.exif_metadata().unwrap(), None);
    let picture = image::DynamicImage::from_decoder(decoder).unwrap();
    (bytes, picture)
}

fn is_red(picture: &image::DynamicImage, x: u32, y: u32) -> bool {
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
        // Lossless WebP would be far larger.
        ("image/jpeg", samples::webp),
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
        let end = strip::strip(format, &whole).unwrap();
        let end = whole.len().min(end.len());
        for length in (13..end).step_by(7) {
            let cut = whole[..length].to_vec();
            assert!(
                prepare::prepare("x", cut).is_err(),
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
            let _ = prepare::prepare("x", bent);
        }
    }
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let mut bomb = samples::encoded(image::ImageFormat::Gif);
    bomb[6..10].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let root = repository();
    put(&root, "posts/media/x.gif", &bomb);
    assert_eq!(
        words(&root, "media/x.gif"),
        "invalid-picture: `posts/media/x.gif` has 65,535 × 65,535 pixels, more than updraft opens \
         | scale it down to 4,000 pixels a side at most"
    );
}

#[test]
fn what_counts_is_the_size_after_the_metadata_is_gone() {
    let root = repository();
    let mut padded = samples::jpeg(1);
    padded.resize(2_100_000, 0);
    put(&root, "posts/media/padded.jpg", &padded);
    assert!(load(&root, "media/padded.jpg").unwrap().size < 2_000);

    let noise = image::RgbImage::from_fn(1000, 700, |x, y| {
        let hash = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761);
        image::Rgb([(hash >> 24) as u8, (hash >> 16) as u8, (hash >> 8) as u8])
    });
    noise
        .save_with_format(
            root.path().join("posts/media/noise.png"),
            image::ImageFormat::Png,
        )
        .unwrap();
    let words = words(&root, "media/noise.png");
    assert!(
        words.starts_with("picture-too-large: `posts/media/noise.png` has 2,"),
        "{words}"
    );
    assert!(
        words.ends_with("more than Bluesky takes | save it as a JPEG, or scale it down"),
        "{words}"
    );
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
fn a_name_is_decoded_and_resolved_from_the_post() {
    let root = repository();
    put(&root, "posts/media/my pic é.png", &samples::png(1));
    put(&root, "top.png", &samples::png(1));
    for (destination, path) in [
        ("media/my%20pic%20%C3%A9.png", "posts/media/my pic é.png"),
        ("./media//my pic é.png", "posts/media/my pic é.png"),
        ("../top.png", "top.png"),
    ] {
        assert_eq!(load(&root, destination).unwrap().path, path);
    }
}

#[test]
fn a_file_shown_by_many_posts_is_read_once() {
    let root = repository();
    put(&root, "posts/media/x.png", &samples::png(1));
    let source = PictureSource::new(root.path());
    let reference = Reference {
        destination: "media/x.png",
        alt: "one",
        span: 0..1,
    };
    let first = source.load("posts/a.md", &reference).unwrap();
    // Still there, now unfit: read again it would be refused.
    put(&root, "posts/media/x.png", b"other");
    let second = source
        .load(
            "posts/b.md",
            &Reference {
                alt: "two",
                ..reference
            },
        )
        .unwrap();
    assert_eq!(first.sha256, second.sha256);
    assert_eq!((first.alt.as_str(), second.alt.as_str()), ("one", "two"));
}

#[test]
fn every_way_not_to_be_a_picture_says_what_to_do() {
    let root = repository();
    put(&root, "posts/media/Chart (1).png", &samples::png(1));
    put(&root, "posts/media/empty.png", b"");
    put(&root, "top.png", &samples::png(1));
    let lines: Vec<String> = [
        "",
        "https://example.com/x.png",
        "data:image/png;base64,AAAA",
        "//example.com/x.png",
        "C:\\x.png",
        "media\\x.png",
        "%ff.png",
        "a%00b.png",
        "/posts/media/Chart%20(1).png",
        "/etc/passwd",
        "../../x.png",
        "media",
        "media/empty.png",
        "media/chart (1).png",
        "medai/Chart (1).pgn",
        "top.png",
        "nowhere/at/all.png",
        "media/empty.png/x.png",
    ]
    .map(|destination| words(&root, destination))
    .into();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    invalid-picture: the picture names no file | write the file's name between the round brackets: `![what it shows](media/x.png)`
    invalid-picture: `https://example.com/x.png` is an address, not a file | download it into the repository, so that it is reviewed with the post, and name the file
    invalid-picture: `data:image/png;base64,AAAA` is an address, not a file | download it into the repository, so that it is reviewed with the post, and name the file
    invalid-picture: `//example.com/x.png` is an address, not a file | download it into the repository, so that it is reviewed with the post, and name the file
    invalid-picture: `C:\x.png` is a path on one machine | put the picture into the repository and name it relative to the post
    invalid-picture: `media\x.png` has a backslash | write `media/x.png`
    invalid-picture: `%ff.png` is not UTF-8 once its `%` codes are resolved | rename the file, to letters and digits say
    invalid-picture: `a%00b.png` holds a control character | rename the file, to letters and digits say
    invalid-picture: `/posts/media/Chart (1).png` is an absolute path | write `media/Chart%20%281%29.png`
    invalid-picture: `/etc/passwd` is an absolute path | name the picture relative to the post file
    invalid-picture: `../../x.png` leads out of the repository | move the picture into the repository, beside the post
    invalid-picture: `posts/media` is a folder | name a JPEG, PNG, WebP or GIF file
    invalid-picture: `posts/media/empty.png` is empty | put the picture there again
    invalid-picture: there is no file `posts/media/chart (1).png` | did you mean `media/Chart%20%281%29.png`?
    invalid-picture: there is no file `posts/medai/Chart (1).pgn` | did you mean `media/Chart%20%281%29.png`?
    invalid-picture: there is no file `posts/top.png` | did you mean `../top.png`?
    invalid-picture: there is no file `posts/nowhere/at/all.png` | pictures are named relative to the post: add the file or correct its name
    invalid-picture: there is no file `posts/media/empty.png/x.png` | pictures are named relative to the post: add the file or correct its name
    "#);
}

#[test]
fn a_file_of_another_kind_is_named_with_the_way_out() {
    let root = repository();
    let kinds: [&[u8]; 9] = [
        b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0\0\0\x20ftypavif",
        b"\0\0\0\x20ftypheic",
        b"\0\0\0\x20ftypisom",
        b"BM\0\0",
        b"II*\0",
        b"%PDF-1.7",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00",
        b"hello",
    ];
    let lines: Vec<String> = kinds
        .map(|bytes| {
            put(&root, "posts/x.png", bytes);
            words(&root, "x.png")
        })
        .into();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    invalid-picture: `posts/x.png` is an SVG drawing | export it as a PNG, 2,000 pixels wide or so
    invalid-picture: `posts/x.png` is an AVIF picture | convert it to JPEG or PNG
    invalid-picture: `posts/x.png` is a HEIC picture | convert it to JPEG or PNG
    invalid-picture: `posts/x.png` is an MP4 video | only JPEG, PNG, WebP and GIF pictures can be published
    invalid-picture: `posts/x.png` is a BMP picture | convert it to JPEG or PNG
    invalid-picture: `posts/x.png` is a TIFF picture | convert it to JPEG or PNG
    invalid-picture: `posts/x.png` is a PDF | export it as a PNG, 2,000 pixels wide or so
    invalid-picture: `posts/x.png` is a Git LFS pointer, not the picture itself | run `git lfs pull`; in a workflow, give actions/checkout `lfs: true`
    invalid-picture: `posts/x.png` is no picture that updraft knows | use a JPEG, PNG, WebP or GIF file
    "#);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_may_not_lead_out_of_the_repository() {
    use std::os::unix::fs::symlink;
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("x.png"), samples::png(1)).unwrap();
    let root = repository();
    put(&root, "posts/media/real.png", &samples::png(1));
    let link = |target: &Path, name: &str| symlink(target, root.path().join(name)).unwrap();
    link(&outside.path().join("x.png"), "posts/out.png");
    link(outside.path(), "posts/folder");
    link(Path::new("media/real.png"), "posts/in.png");
    link(Path::new("gone.png"), "posts/broken.png");
    let expected = "invalid-picture: `posts/out.png` leads out of the repository \
                    | replace the symbolic link by the picture itself";
    assert_eq!(words(&root, "out.png"), expected);
    assert!(words(&root, "folder/x.png").contains("leads out of the repository"));
    assert!(words(&root, "broken.png").contains("a symbolic link that leads nowhere"));
    assert_eq!(load(&root, "in.png").unwrap().path, "posts/in.png");
}

#[test]
fn missing_alt_text_shows_how_to_write_it() {
    let diagnostic = missing_alt("media/x.png", 0..1);
    assert_eq!(diagnostic.code, Code::MissingAlt);
    assert!(diagnostic.help.unwrap().contains("](media/x.png)`"));
}
