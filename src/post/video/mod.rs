//! A video beside a post, and its captions: found, and checked without decoding a frame.
//!
//! Its bytes go out as they are. What no service would take is said here, with the command that
//! makes something of it that all of them take.

mod boxes;
mod captions;
mod container;
mod problem;

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use sha2::{Digest, Sha256};

use self::container::{Contents, Track};
use super::{
    limits,
    picture::{self, Reference},
};
use crate::diagnostic::{Code, Diagnostic, Span};

pub use captions::Captions;
pub(crate) use captions::check_count;

/// The endings of files that are taken for videos: of those that can be published, and of those
/// that first have to be made MP4.
const ENDINGS: &[&str] = &[
    "mp4", "m4v", "mov", "qt", "webm", "mkv", "avi", "mpg", "mpeg", "wmv", "flv", "ogv", "3gp",
];

/// A video that is fit to be uploaded, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    /// Relative to the repository's root, with `/` between the folders.
    pub path: String,
    /// What someone who can't see it needs to know; never empty.
    pub alt: String,
    /// Pixels, upright.
    pub width: u32,
    /// Pixels, upright.
    pub height: u32,
    /// Milliseconds.
    pub duration: u64,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// What is said in it, in one or more languages.
    pub captions: Vec<Captions>,
}

/// How a video reaches the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Through the video service, which prepares it and then stores it at the account's server.
    Service,
    /// Straight to the account's server, within the size of its blobs.
    Pds,
}

type Slot = Arc<OnceLock<Result<Facts, Diagnostic>>>;

/// The videos of one repository: each file is read once, however many posts show it.
#[derive(Debug)]
pub struct VideoSource {
    root: PathBuf,
    seen: Mutex<HashMap<String, Slot>>,
}

/// What is known of a file, whoever shows it.
#[derive(Clone, Debug)]
struct Facts {
    width: u32,
    height: u32,
    duration: u64,
    size: u64,
    sha256: [u8; 32],
}

/// Whether a destination, as Markdown has it, names a video.
pub fn is_named(destination: &str) -> bool {
    destination.rsplit_once('.').is_some_and(|(_, ending)| {
        let ending = ending.to_ascii_lowercase();
        ENDINGS.contains(&ending.as_str())
    })
}

impl VideoSource {
    /// The videos below `root`, the repository's root.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            seen: Mutex::default(),
        }
    }

    /// Finds and checks the video that the post at `post_path` names, relative to the post; its
    /// captions are for the caller to add.
    ///
    /// # Errors
    /// [`Code::InvalidVideo`] or [`Code::MissingAlt`], at the reference's span.
    pub fn load(&self, post_path: &str, reference: &Reference<'_>) -> Result<Video, Diagnostic> {
        if reference.alt.trim().is_empty() {
            return Err(problem::missing_alt(reference));
        }
        let (path, file) = picture::find(&self.root, post_path, reference)
            .map_err(|mistake| with_code(Code::InvalidVideo, mistake))?;
        let slot = self.slot(&path);
        let facts = slot.get_or_init(|| examine(&file, &path)).clone();
        match facts {
            Ok(facts) => Ok(facts.into_video(path, reference.alt)),
            Err(mistake) => Err(at(mistake, &reference.span)),
        }
    }

    fn slot(&self, path: &str) -> Slot {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(path.to_owned()).or_default().clone()
    }
}

/// The bytes of a video, or of captions, to be uploaded: those that were checked.
///
/// # Errors
/// The file is gone, or another than when it was checked.
pub fn checked_bytes(root: &Path, path: &str, sha256: &[u8; 32]) -> Result<Vec<u8>, String> {
    let file = picture::place(root, path).map_err(|mistake| mistake.message)?;
    let bytes = std::fs::read(file).map_err(|error| format!("`{path}` can't be read: {error}"))?;
    match Sha256::digest(&bytes).as_slice() == sha256 {
        true => Ok(bytes),
        false => Err(format!(
            "`{path}` was changed after it was checked; run again"
        )),
    }
}

impl Facts {
    fn into_video(self, path: String, alt: &str) -> Video {
        Video {
            path,
            alt: alt.to_owned(),
            width: self.width,
            height: self.height,
            duration: self.duration,
            size: self.size,
            sha256: self.sha256,
            captions: Vec::new(),
        }
    }
}

fn with_code(code: Code, mistake: Diagnostic) -> Diagnostic {
    Diagnostic { code, ..mistake }
}

fn at(mistake: Diagnostic, span: &Span) -> Diagnostic {
    Diagnostic {
        span: Some(span.clone()),
        ..mistake
    }
}

/// Everything about a file but its alt text; a mistake has no place yet.
fn examine(file: &Path, path: &str) -> Result<Facts, Diagnostic> {
    let unreadable = |error: io::Error| problem::unreadable(path, &error);
    let open = File::open(file).map_err(unreadable)?;
    let size = open.metadata().map_err(unreadable)?.len();
    let contents = container::read(BufReader::with_capacity(4096, &open));
    let contents = contents.map_err(|why| problem::no_contents(path, (file, size), why))?;
    let (track, duration) = fit(path, &contents)?;
    if size > limits::VIDEO_BYTES {
        return Err(problem::too_large(path, size));
    }
    if duration > limits::VIDEO_MILLISECONDS {
        return Err(problem::too_long(path, duration));
    }
    Ok(Facts {
        width: track.width,
        height: track.height,
        duration,
        size,
        sha256: digest(open).map_err(unreadable)?,
    })
}

/// The track that is shown, and its length.
fn fit<'c>(path: &str, contents: &'c Contents) -> Result<(&'c Track, u64), Diagnostic> {
    if let Some(kind) = problem::foreign_brand(&contents.brand) {
        return Err(problem::other_kind(path, kind));
    }
    let Some(track) = &contents.video else {
        return Err(problem::no_video(path));
    };
    if !track.is_h264() {
        return Err(problem::other_codec(path, &track.codec));
    }
    if track.width == 0 || track.height == 0 {
        return Err(problem::damaged(path, "says no width or no height"));
    }
    match contents.duration {
        Some(duration) if duration > 0 => Ok((track, duration)),
        _ => Err(problem::no_duration(path)),
    }
}

/// Of the whole file, a little at a time.
fn digest(mut open: File) -> io::Result<[u8; 32]> {
    use io::Seek;
    open.rewind()?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match open.read(&mut piece)? {
            0 => return Ok(hash.finalize().into()),
            size => hash.update(piece.get(..size).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests;
