#![allow(clippy::unwrap_used)]

mod files;
mod made;

use std::io::Cursor;

use proptest::prelude::*;

use self::made::{Movie, hdlr, put};
use super::{
    boxes::Flaw,
    container::{Contents, Track, Unreadable, read},
};

/// A video as `ffmpeg` makes it: 320×180, four seconds.
const CLIP: &[u8] = include_bytes!("../../../../posts/media/swim.mp4");

fn contents(bytes: &[u8]) -> Contents {
    read(Cursor::new(bytes)).unwrap()
}

fn size(bytes: &[u8]) -> (u32, u32) {
    let track = contents(bytes).video.unwrap();
    (track.width, track.height)
}

#[test]
fn a_real_video_says_its_codec_size_and_length() {
    let expected = Contents {
        brand: *b"isom",
        duration: Some(4000),
        video: Some(Track {
            codec: *b"avc1",
            width: 320,
            height: 180,
        }),
    };
    assert_eq!(contents(CLIP), expected);
}

#[test]
fn every_part_of_a_real_video_is_recognised_as_one() {
    for end in 12..CLIP.len() {
        let found = read(Cursor::new(&CLIP[..end]));
        let is_cut = matches!(
            found,
            Err(Unreadable::NoIndex | Unreadable::Flaw(Flaw::EndsEarly))
        );
        assert!(is_cut, "{end} bytes: {found:?}");
    }
}

#[test]
fn a_turned_video_is_upright_and_a_mirrored_one_stays() {
    let one = 1 << 16;
    let turned = |matrix: [i32; 4]| {
        size(
            &Movie {
                matrix,
                ..Movie::default()
            }
            .bytes(),
        )
    };
    assert_eq!(turned([one, 0, 0, one]), (1280, 720));
    assert_eq!(turned([0, one, -one, 0]), (720, 1280));
    assert_eq!(turned([0, -one, one, 0]), (720, 1280));
    assert_eq!(turned([-one, 0, 0, -one]), (1280, 720));
    assert_eq!(turned([-one, 0, 0, one]), (1280, 720));
}

#[test]
fn long_headers_are_read_like_short_ones() {
    let long = Movie {
        version: 1,
        matrix: [0, 1 << 16, -1 << 16, 0],
        ..Movie::default()
    };
    assert_eq!(size(&long.bytes()), (720, 1280));
    assert_eq!(contents(&long.bytes()).duration, Some(42_500));
}

#[test]
fn a_track_that_names_no_size_has_that_of_its_pictures() {
    let coded = Movie {
        shown: (0, 0),
        ..Movie::default()
    };
    assert_eq!(size(&coded.bytes()), (640, 480));
}

#[test]
fn the_length_of_fragments_stands_elsewhere_or_nowhere() {
    let fragmented = |extends: Vec<u8>| {
        let movie = Movie {
            length: 0,
            extends,
            ..Movie::default()
        };
        contents(&movie.bytes()).duration
    };
    let mehd = |version: u8, length: &[u8]| {
        let header = [&[version, 0, 0, 0], length].concat();
        fragmented(put(b"mvex", &put(b"mehd", &header)))
    };
    assert_eq!(mehd(0, &6000_u32.to_be_bytes()), Some(60_000));
    assert_eq!(mehd(1, &6000_u64.to_be_bytes()), Some(60_000));
    assert_eq!(fragmented(put(b"mvex", b"")), None);
    assert_eq!(fragmented(Vec::new()), None);
    let unknown = Movie {
        length: u64::from(u32::MAX),
        ..Movie::default()
    };
    assert_eq!(contents(&unknown.bytes()).duration, None);
}

#[test]
fn sound_and_other_tracks_are_passed_over_and_h264_is_preferred() {
    let sound = put(b"trak", &put(b"mdia", &hdlr(b"soun")));
    let only_sound = Movie {
        tracks: sound.clone(),
        has_video: false,
        ..Movie::default()
    };
    assert_eq!(contents(&only_sound.bytes()).video, None);
    let cover = Movie::default().track(b"jpeg");
    let with_cover = Movie {
        tracks: [sound, cover].concat(),
        ..Movie::default()
    };
    assert_eq!(&contents(&with_cover.bytes()).video.unwrap().codec, b"avc1");
}

#[test]
fn a_size_of_no_bytes_means_up_to_the_end_and_one_means_that_it_follows() {
    let movie = Movie::default();
    let head = movie.head();
    let rest = [&head[..], &[0, 0, 0, 0], b"mdat", &[7; 99]].concat();
    assert_eq!(size(&rest), (1280, 720));
    let large = |size: u64| {
        let header = [&[0, 0, 0, 1], &b"mdat"[..], &size.to_be_bytes()].concat();
        read(Cursor::new([&head[..], &header, &[7; 99]].concat()))
    };
    assert!(large(16 + 99).is_ok());
    assert!(matches!(large(15), Err(Unreadable::Flaw(Flaw::Damaged))));
    assert!(matches!(
        large(u64::MAX),
        Err(Unreadable::Flaw(Flaw::Damaged))
    ));
    assert!(matches!(
        large(1 << 40),
        Err(Unreadable::Flaw(Flaw::EndsEarly))
    ));
}

#[test]
fn endless_little_boxes_are_given_up() {
    let head = Movie::default().bytes();
    let many = [head, put(b"free", b"").repeat(60_000)].concat();
    let found = read(Cursor::new(many));
    assert!(matches!(found, Err(Unreadable::Flaw(Flaw::Damaged))));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(Cursor::new(&bytes));
        let named = [&[0, 0, 0, 16][..], b"ftypisom\0\0\0\0", &bytes].concat();
        let _ = read(Cursor::new(&named));
    }

    #[test]
    fn no_damage_makes_it_panic(
        changes in proptest::collection::vec((0..1200_usize, any::<u8>()), 1..12),
        end in 0..1200_usize,
    ) {
        let mut bytes = CLIP.to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let _ = read(Cursor::new(&bytes));
        let _ = read(Cursor::new(&bytes[..end]));
    }

    #[test]
    fn no_sizes_make_it_panic(sizes in proptest::collection::vec(any::<u32>(), 1..6)) {
        let mut bytes = Movie::default().bytes();
        let places: Vec<usize> = (4..bytes.len() - 4)
            .filter(|at| bytes[*at..*at + 4].iter().all(u8::is_ascii_lowercase))
            .collect();
        for (number, size) in sizes.iter().enumerate() {
            let at = places[(*size as usize + number) % places.len()];
            bytes[at - 4..at].copy_from_slice(&size.to_be_bytes());
            let _ = read(Cursor::new(&bytes));
        }
    }
}
