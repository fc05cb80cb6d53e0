//! A video, and its captions.

use std::fs;

use updraft::post::{limits, picture::Reference, video::VideoSource};

use super::place::place;

/// Reads the bytes as a video, and as captions.
pub fn run(bytes: &[u8]) {
    let (video, captions) = (place().join("clip.mp4"), place().join("clip.vtt"));
    fs::write(video, bytes).expect("the temporary folder takes it");
    fs::write(captions, bytes).expect("the temporary folder takes it");
    let videos = VideoSource::new(place());
    let reference = |destination| Reference {
        destination,
        alt: "a clip",
        span: 0..0,
    };
    if let Ok(video) = videos.load("post.md", &reference("clip.mp4")) {
        assert_eq!(video.size, bytes.len() as u64);
        assert!(video.duration <= limits::VIDEO_MILLISECONDS);
        assert!(video.width > 0 && video.height > 0);
    }
    if let Ok(captions) = videos.captions("post.md", ("en", &reference("clip.vtt"))) {
        assert!(captions.size <= limits::CAPTIONS_BYTES);
    }
}
