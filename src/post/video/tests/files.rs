//! Videos and captions as files beside a post.

use std::fs;

use tempfile::TempDir;

use super::{CLIP, made::Movie};
use crate::{
    diagnostic::Diagnostic,
    post::{
        picture::Reference,
        video::{Video, VideoSource, checked_bytes, is_named},
    },
};

fn reference<'a>(destination: &'a str, alt: &'a str) -> Reference<'a> {
    Reference {
        destination,
        alt,
        span: 3..9,
    }
}

/// A repository with these files.
fn repository(files: &[(&str, &[u8])]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

fn load(root: &TempDir, name: &str) -> Result<Video, Diagnostic> {
    VideoSource::new(root.path()).load("posts/a.md", &reference(name, "waves"))
}

fn told(mistake: &Diagnostic) -> String {
    assert_eq!(mistake.span, Some(3..9), "{mistake:?}");
    let help = mistake.help.as_deref().unwrap();
    format!("{}: {} | {help}", mistake.code, mistake.message)
}

#[test]
fn a_video_is_found_measured_and_hashed() {
    let root = repository(&[("posts/media/a clip.mp4", CLIP)]);
    let video = load(&root, "media/a%20clip.mp4").unwrap();
    assert_eq!(video.path, "posts/media/a clip.mp4");
    assert_eq!(
        (video.width, video.height, video.duration),
        (320, 180, 4000)
    );
    assert_eq!(video.size, CLIP.len() as u64);
    let bytes = checked_bytes(root.path(), &video.path, &video.sha256).unwrap();
    assert!(bytes == CLIP);
}

#[test]
fn a_video_that_changed_since_the_check_is_refused() {
    let root = repository(&[("posts/a.mp4", CLIP)]);
    let video = load(&root, "a.mp4").unwrap();
    fs::write(root.path().join("posts/a.mp4"), Movie::default().bytes()).unwrap();
    let error = checked_bytes(root.path(), &video.path, &video.sha256).unwrap_err();
    assert_eq!(
        error,
        "`posts/a.mp4` was changed after it was checked; run again"
    );
    fs::remove_file(root.path().join("posts/a.mp4")).unwrap();
    let error = checked_bytes(root.path(), &video.path, &video.sha256).unwrap_err();
    assert_eq!(error, "there is no file `posts/a.mp4`");
}

#[test]
fn videos_are_known_by_their_names() {
    for name in ["a.mp4", "media/A.MP4", "x.mov", "a b.WebM"] {
        assert!(is_named(name), "{name}");
    }
    for name in ["mp4", "a.gif", "a.mp4.png", "media.mp4/x", ""] {
        assert!(!is_named(name), "{name}");
    }
}

#[test]
fn each_kind_of_file_is_refused_with_the_way_out() {
    let movie = |brand: &[u8; 4], codec: &[u8; 4]| {
        Movie {
            brand: *brand,
            codec: *codec,
            ..Movie::default()
        }
        .bytes()
    };
    let long = Movie {
        length: 60_001,
        ..Movie::default()
    };
    let endless = Movie {
        length: 0,
        ..Movie::default()
    };
    let silent = Movie {
        has_video: false,
        ..Movie::default()
    };
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("a.mov", movie(b"qt  ", b"hvc1")),
        ("my clip.mov", b"\0\0\0\x08wide\0\0\0\x08mdat".to_vec()),
        ("b.mp4", movie(b"M4V ", b"avc1")),
        ("c.mp4", movie(b"isom", b"hev1")),
        ("d.mp4", movie(b"isom", b"av01")),
        ("e.mp4", movie(b"isom", b"encv")),
        ("f.mp4", movie(b"isom", b"x\x1b[m")),
        ("g.webm", b"\x1a\x45\xdf\xa3 and so on".to_vec()),
        ("h.avi", b"RIFF\0\0\0\0AVI LIST".to_vec()),
        ("i.mp4", b"\xff\xd8\xff\xe0 JFIF".to_vec()),
        (
            "j.mp4",
            b"version https://git-lfs.github.com/spec/v1".to_vec(),
        ),
        ("k.mp4", b"<!DOCTYPE html>".to_vec()),
        ("l.mp4", b"words".to_vec()),
        ("m.mp4", Vec::new()),
        ("n.mp4", CLIP[..5000].to_vec()),
        ("o.mp4", CLIP[..40].to_vec()),
        ("p.mp4", long.bytes()),
        ("q.mp4", endless.bytes()),
        ("r.mp4", silent.bytes()),
    ];
    let mut lines = Vec::new();
    for (name, bytes) in &files {
        let root = repository(&[(&format!("posts/{name}"), bytes)]);
        let mistake = load(&root, &name.replace(' ', "%20")).unwrap_err();
        lines.push(told(&mistake));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    invalid-video: `posts/a.mov` is a QuickTime video, and Bluesky takes MP4 | convert it: `ffmpeg -i a.mov -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart a.mp4`, and name that file
    invalid-video: `posts/my clip.mov` is a QuickTime video, and Bluesky takes MP4 | convert it: `ffmpeg -i 'my clip.mov' -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart 'my clip.mp4'`, and name that file
    invalid-video: `posts/b.mp4` is an M4V video, and Bluesky takes MP4 | convert it: `ffmpeg -i b.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart b-h264.mp4`, and name that file
    invalid-video: the pictures in `posts/c.mp4` are HEVC (H.265), and should be H.264 | convert it: `ffmpeg -i c.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart c-h264.mp4`, and name that file
    invalid-video: the pictures in `posts/d.mp4` are AV1, and should be H.264 | convert it: `ffmpeg -i d.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart d-h264.mp4`, and name that file
    invalid-video: `posts/e.mp4` is encrypted | use a file without copy protection
    invalid-video: the pictures in `posts/f.mp4` are `x\x1b[m`, and should be H.264 | convert it: `ffmpeg -i f.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart f-h264.mp4`, and name that file
    invalid-video: `posts/g.webm` is a WebM or Matroska video, and Bluesky takes MP4 | convert it: `ffmpeg -i g.webm -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart g.mp4`, and name that file
    invalid-video: `posts/h.avi` is an AVI video, and Bluesky takes MP4 | convert it: `ffmpeg -i h.avi -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart h.mp4`, and name that file
    invalid-video: `posts/i.mp4` is a picture | give the file the ending of its kind, such as `.jpg`
    invalid-video: `posts/j.mp4` is a Git LFS pointer, not the video itself | run `git lfs pull`; in a workflow, give actions/checkout `lfs: true`
    invalid-video: `posts/k.mp4` is a web page, not a video | open the page and download the video itself
    invalid-video: `posts/l.mp4` is no video that updraft knows | use an MP4 file with H.264
    invalid-video: `posts/m.mp4` is empty | put the video there again
    invalid-video: `posts/n.mp4` is not whole: it ends early | copy or export it again; the recording may have been cut off before it was finished
    invalid-video: `posts/o.mp4` is not whole: it ends early | copy or export it again; the recording may have been cut off before it was finished
    invalid-video: `posts/p.mp4` is 10:01 long | cut it, or show a part of it in each post of a thread
    invalid-video: `posts/q.mp4` doesn't say how long it is | copy it into a plain MP4: `ffmpeg -i q.mp4 -c copy -movflags +faststart q-h264.mp4`, and name that file
    invalid-video: `posts/r.mp4` holds no moving pictures | Bluesky has no sound posts: make a video of it, with a picture to look at
    ");
}

#[test]
fn a_video_of_too_many_bytes_is_named_before_it_is_read() {
    let head = Movie::default().head();
    let root = repository(&[("posts/a.mp4", &[&head[..], b"\0\0\0\0mdat"].concat())]);
    let file = fs::File::options()
        .write(true)
        .open(root.path().join("posts/a.mp4"))
        .unwrap();
    // A hole on the disk.
    file.set_len(300_000_001).unwrap();
    let mistake = load(&root, "a.mp4").unwrap_err();
    let message = "`posts/a.mp4` has 300,000,001 bytes, 1 more than Bluesky takes";
    assert_eq!(mistake.message, message);
}

#[test]
fn a_file_that_is_missing_and_one_without_alt_text_are_mistakes() {
    let root = repository(&[("posts/media/a.mp4", CLIP)]);
    insta::assert_snapshot!(told(&load(&root, "a.mp4").unwrap_err()), @"invalid-video: there is no file `posts/a.mp4` | files are named relative to the post: add this one, or correct its name");
    let source = VideoSource::new(root.path());
    let mistake = source.load("posts/a.md", &reference("media/a.mp4", " "));
    insta::assert_snapshot!(told(&mistake.unwrap_err()), @"missing-alt: the video `media/a.mp4` has no alt text | write what the video shows, for people who can't see it: `![a swimmer crosses the lake at sunrise](media/a.mp4)`");
}

fn captions(files: &[(&str, &[u8])]) -> Result<Vec<(String, String)>, String> {
    let all = [&[("posts/media/clip.mp4", CLIP)], files].concat();
    let root = repository(&all);
    let video = load(&root, "media/clip.mp4").unwrap();
    let found = VideoSource::new(root.path()).captions_beside(&video, &(3..9));
    let found = found.map_err(|mistake| told(&mistake))?;
    Ok(found.into_iter().map(|one| (one.lang, one.path)).collect())
}

#[test]
fn captions_beside_a_video_are_found_in_order_and_others_are_not() {
    let vtt = b"WEBVTT - a title\n\n";
    let found = captions(&[
        ("posts/media/clip.pt-BR.vtt", b"\xef\xbb\xbfWEBVTT"),
        ("posts/media/clip.en.vtt", vtt),
        ("posts/media/clip.de.VTT", vtt),
        ("posts/media/clips.en.vtt", b"another's"),
        ("posts/media/clip.long.en.vtt", b"of clip.long.mp4"),
        ("posts/media/clip.en.srt", b"SubRip"),
        ("posts/clip.en.vtt", b"elsewhere"),
    ]);
    let found = found.unwrap();
    let names: Vec<String> = found
        .iter()
        .map(|(lang, path)| format!("{lang} {path}"))
        .collect();
    let expected = [
        "de posts/media/clip.de.VTT",
        "en posts/media/clip.en.vtt",
        "pt-BR posts/media/clip.pt-BR.vtt",
    ];
    assert_eq!(names, expected);
}

#[test]
fn captions_that_cannot_be_used_are_named_with_the_way_out() {
    let large = [&b"WEBVTT\n"[..], &[b'x'; 20_000]].concat();
    let cases: [(&str, &[u8]); 6] = [
        ("clip.vtt", b"WEBVTT\n"),
        ("clip.en_US.vtt", b"WEBVTT\n"),
        ("clip.english-captions.vtt", b"WEBVTT\n"),
        ("clip.en.vtt", b"1\n00:00:00,000 --> 00:00:01,000\nWaves"),
        ("clip.en.vtt", b"WEBVTT \xff"),
        ("clip.en.vtt", &large),
    ];
    let lines = cases
        .map(|(name, bytes)| captions(&[(&format!("posts/media/{name}"), bytes)]).unwrap_err());
    insta::assert_snapshot!(lines.join("\n"), @r"
    invalid-captions: `posts/media/clip.vtt` doesn't say which language it is | rename it, to `clip.en.vtt` say
    invalid-captions: `en_US`, in the name of `posts/media/clip.en_US.vtt`, is no language tag | did you mean `en-US`?
    invalid-captions: `english-captions`, in the name of `posts/media/clip.english-captions.vtt`, is no language tag | use BCP 47 tags such as `en`, `pt-BR` or `zh-Hant`
    invalid-captions: `posts/media/clip.en.vtt` does not begin with `WEBVTT` | if it is SubRip, convert it: `ffmpeg -i captions.srt clip.en.vtt`
    invalid-captions: `posts/media/clip.en.vtt` is not UTF-8 | save it as UTF-8
    invalid-captions: `posts/media/clip.en.vtt` has more than the 20,000 bytes that Bluesky takes | keep the words and their times alone, without styles and notes; or cut the video in two
    ");
}

#[test]
fn twenty_captions_are_taken_and_one_more_is_not() {
    let names: Vec<String> = (0..21)
        .map(|number| format!("posts/media/clip.a{}.vtt", (b'a' + number) as char))
        .collect();
    let files = names.iter().map(|name| (name.as_str(), &b"WEBVTT"[..]));
    let files: Vec<_> = files.collect();
    assert_eq!(captions(&files[..20]).unwrap().len(), 20);
    let mistake = captions(&files).unwrap_err();
    assert!(
        mistake.contains("21 files of captions; a video has at most 20"),
        "{mistake}"
    );
}
