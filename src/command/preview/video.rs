//! A video's line in a preview.

use crate::{
    post::Video,
    report::{sanitize, sanitize_line},
};

/// What is shown, how large and how long it is, and the languages of its captions.
pub(in crate::command) fn line(video: &Video) -> String {
    let Video {
        path,
        alt,
        width,
        height,
        duration,
        size,
        captions,
        ..
    } = video;
    let seconds = duration.div_ceil(1000);
    let length = format!("{}:{:02}", seconds / 60, seconds % 60);
    let size = match size {
        0..1_000_000 => format!("{} kB", size.div_ceil(1000)),
        _ => format!("{:.1} MB", *size as f64 / 1e6),
    };
    let mut text = format!(
        "🎬 {} (MP4, {width}×{height}, {length}, {size}): {}",
        sanitize_line(path),
        sanitize(alt)
    );
    if !captions.is_empty() {
        let langs: Vec<&str> = captions.iter().map(|one| one.lang.as_str()).collect();
        text += &format!("; captions {}", langs.join(", "));
    }
    text
}
