#![allow(clippy::unwrap_used)]

mod bytes;
mod fits;
mod names;
mod pixels;
mod refused;
mod samples;

use std::fs;

use tempfile::TempDir;

use super::*;

fn repository() -> TempDir {
    let root = TempDir::new().unwrap();
    fs::create_dir_all(root.path().join("posts/media")).unwrap();
    root
}

fn put(root: &TempDir, path: &str, bytes: &[u8]) {
    let path = root.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn load(root: &TempDir, destination: &str) -> Result<Image, Diagnostic> {
    let reference = Reference {
        destination,
        alt: "two colours",
        span: 3..9,
    };
    PictureSource::new(root.path()).load("posts/a.md", &reference, limits::IMAGE_BYTES)
}

fn words(root: &TempDir, destination: &str) -> String {
    let diagnostic = load(root, destination).unwrap_err();
    assert_eq!(diagnostic.span, Some(3..9));
    assert!(diagnostic.label.is_some());
    let help = diagnostic.help.expect("every mistake says what to do");
    format!("{}: {} | {help}", diagnostic.code, diagnostic.message)
}
