//! Front matter, and `updraft.yml`.

use std::path::PathBuf;

use updraft::{
    config::{Config, Place},
    post::{Document, front_matter},
};

use super::reports;

/// Reads the bytes as front matter, and as `updraft.yml`.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let file = format!("---\n{text}\n---\nwords\n");
    if let Ok(document) = Document::parse("posts/hostile.md", file.into_bytes()) {
        let (read, mut mistakes) = front_matter::read(&document);
        mistakes.extend(front_matter::due(&read, None).err());
        mistakes.extend(front_matter::due(&read, Some(chrono_tz::Europe::Berlin)).err());
        reports::check(document.source(), &mistakes);
    }
    let place = Place {
        root: PathBuf::from("/nowhere"),
        base: String::new(),
        config_path: "updraft.yml".to_owned(),
        config_text: Some(text.clone()),
    };
    if let Err(wrong) = Config::load(&place, &|_| None) {
        assert!(!wrong.diagnostics.is_empty());
        reports::check(&text, &wrong.diagnostics);
    }
}
