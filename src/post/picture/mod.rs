//! A picture beside a post: found, recognised, made to fit, freed of EXIF.

mod change;
mod decode;
mod fit;
mod format;
mod inside;
mod jpeg;
mod lossless;
mod problem;
mod reference;
mod remake;
mod scale;
mod strip;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use sha2::{Digest, Sha256};

pub use self::{
    change::Change,
    fit::{Fitted, Limit, fit},
    problem::Problem,
};
use super::limits;
use crate::diagnostic::{Code, Diagnostic, Span};

/// A picture that is fit to be uploaded, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Relative to the repository's root, with `/` between the folders.
    pub path: String,
    /// What someone who can't see it needs to know; never empty.
    pub alt: String,
    /// `image/jpeg`, `image/png`, `image/webp` or `image/gif`, from the bytes.
    pub mime: &'static str,
    /// Pixels, upright.
    pub width: u32,
    /// Pixels, upright.
    pub height: u32,
    /// Bytes as they will be uploaded.
    pub size: usize,
    /// SHA-256 of the bytes as they will be uploaded: their blob CID's digest.
    pub sha256: [u8; 32],
    /// The most bytes it was allowed to have.
    pub max_bytes: u64,
    /// What is done to it, if more than its metadata is removed.
    pub change: Option<Box<Change>>,
}

/// A picture as a post names it: `![alt](destination)`.
#[derive(Clone, Debug)]
pub struct Reference<'a> {
    /// The destination as CommonMark yields it: backslash escapes resolved, `%20` still encoded.
    pub destination: &'a str,
    /// The alternative text.
    pub alt: &'a str,
    /// Its place in the post file.
    pub span: Span,
}

/// Why a picture that was fit when it was checked can't be uploaded now.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PictureError {
    /// It can't be read or used any more.
    #[error("{0}")]
    Unfit(String),
    /// Its bytes are not those that were checked.
    #[error("`{0}` was changed after it was checked; run again")]
    Changed(String),
}

type Slot = Arc<OnceLock<Result<Facts, Problem>>>;

/// The pictures of one repository: each file is read and decoded once, however many posts show it.
///
/// It can be shared between threads.
#[derive(Debug)]
pub struct PictureSource {
    root: PathBuf,
    /// By path, and by the most bytes that are allowed.
    seen: Mutex<HashMap<(String, u64), Slot>>,
}

/// What is known of a file, whoever shows it.
#[derive(Clone, Debug)]
struct Facts {
    mime: &'static str,
    width: u32,
    height: u32,
    size: usize,
    sha256: [u8; 32],
    max_bytes: u64,
    change: Option<Box<Change>>,
}

impl PictureSource {
    /// The pictures below `root`, the repository's root.
    pub fn new(root: &Path) -> Self {
        Self {
            root: canonical(root),
            seen: Mutex::default(),
        }
    }

    /// Finds and checks the picture that the post at `post_path` names, relative to the post, and
    /// sees to it that no more than `max_bytes` will be uploaded.
    ///
    /// `post_path` is relative to the repository's root, with `/` between the folders. The picture
    /// is decoded once, so that a damaged file is found now. Whether there is alt text is for the
    /// caller to see: [`missing_alt`]; as is what it should warn of: [`Image::warning`].
    ///
    /// # Errors
    /// [`Code::InvalidPicture`] or [`Code::PictureTooLarge`], at the reference's span.
    pub fn load(
        &self,
        post_path: &str,
        reference: &Reference,
        max_bytes: u64,
    ) -> Result<Image, Diagnostic> {
        let facts = reference::resolve(&self.root, post_path, reference.destination)
            .and_then(|path| Ok((self.facts(&path, post_path, max_bytes)?, path)));
        match facts {
            Ok((facts, path)) => Ok(facts.into_image(path, reference.alt)),
            Err(problem) => Err(problem.at(reference.span.clone())),
        }
    }

    fn facts(&self, path: &str, post_path: &str, max_bytes: u64) -> Result<Facts, Problem> {
        // Outside the cache: its help depends on the post.
        let file = reference::locate(&self.root, path)
            .map_err(|missing| missing.named_from(&self.root, path, post_path))?;
        let slot = self.slot(path, max_bytes);
        slot.get_or_init(|| read(&file, path, max_bytes).map(|fitted| Facts::of(fitted, max_bytes)))
            .clone()
    }

    fn slot(&self, path: &str, max_bytes: u64) -> Slot {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry((path.to_owned(), max_bytes))
            .or_default()
            .clone()
    }
}

impl Image {
    /// What its author should know of what is done to it, for its place in the post.
    pub fn warning(&self, span: Span) -> Option<Diagnostic> {
        let change = self.change.as_ref().filter(|change| change.first_frame)?;
        Some(
            Diagnostic::warning(
                Code::AnimatedPicture,
                span,
                format!(
                    "`{}` is animated, but only its first frame is published",
                    self.path
                ),
            )
            .label(format!("becomes a still {}", change.kind))
            .help("save it as an MP4 video, or as a picture of the frame that matters"),
        )
    }
}

/// The bytes to upload for `image`: upright, without EXIF, equal to those that were checked.
///
/// # Errors
/// If the file is gone, unfit or other than when it was checked.
pub fn prepared_bytes(root: &Path, image: &Image) -> Result<Vec<u8>, PictureError> {
    let unfit = |problem: Problem| PictureError::Unfit(problem.to_string());
    let file = reference::locate(&canonical(root), &image.path)
        .map_err(|problem| unfit(problem.into()))?;
    let fitted = read(&file, &image.path, image.max_bytes).map_err(unfit)?;
    if digest(&fitted.bytes) != image.sha256 {
        return Err(PictureError::Changed(image.path.clone()));
    }
    Ok(fitted.bytes)
}

/// A small picture of `image` for a report: within `limit`, without metadata.
///
/// # Errors
/// If the file is gone, or fits in no way.
pub fn thumbnail(root: &Path, image: &Image, limit: Limit) -> Result<Fitted, PictureError> {
    let unfit = |problem: Problem| PictureError::Unfit(problem.to_string());
    let file = reference::locate(&canonical(root), &image.path)
        .map_err(|problem| unfit(problem.into()))?;
    read_within(&file, &image.path, limit).map_err(unfit)
}

/// The file that the post at `post_path` names: its path in the repository, and where that is.
pub(in crate::post) fn find(
    root: &Path,
    post_path: &str,
    reference: &Reference<'_>,
) -> Result<(String, PathBuf), Diagnostic> {
    let root = canonical(root);
    let found = reference::resolve(&root, post_path, reference.destination).and_then(|path| {
        let file = reference::locate(&root, &path);
        let file = file.map_err(|missing| missing.named_from(&root, &path, post_path))?;
        Ok((path, file))
    });
    found.map_err(|problem| problem.at(reference.span.clone()))
}

/// Where a path of the repository is; a mistake has no place.
pub(in crate::post) fn place(root: &Path, path: &str) -> Result<PathBuf, Diagnostic> {
    let found = reference::locate(&canonical(root), path);
    found.map_err(|missing| problem::Problem::from(missing).at(0..0))
}

/// The mistake of a picture without alt text; `destination` is as CommonMark yields it.
pub fn missing_alt(destination: &str, span: Span) -> Diagnostic {
    let written = match destination.contains([' ', '(', ')']) {
        true => format!("<{destination}>"),
        false => destination.to_owned(),
    };
    Diagnostic::error(
        Code::MissingAlt,
        span,
        format!("the picture `{destination}` has no alt text"),
    )
    .label("nothing between `[` and `]`")
    .help(format!(
        "write what the picture shows, for people who can't see it: \
         `![a chart of downloads, doubling in May]({written})`"
    ))
}

impl Facts {
    fn of(fitted: Fitted, max_bytes: u64) -> Self {
        Self {
            mime: fitted.mime,
            width: fitted.width,
            height: fitted.height,
            size: fitted.bytes.len(),
            sha256: digest(&fitted.bytes),
            max_bytes,
            change: fitted.change.map(Box::new),
        }
    }

    fn into_image(self, path: String, alt: &str) -> Image {
        Image {
            path,
            alt: alt.to_owned(),
            mime: self.mime,
            width: self.width,
            height: self.height,
            size: self.size,
            sha256: self.sha256,
            max_bytes: self.max_bytes,
            change: self.change,
        }
    }
}

fn canonical(root: &Path) -> PathBuf {
    // A root that doesn't exist has no pictures either: each is then reported as missing.
    dunce::canonicalize(root).unwrap_or_else(|_| root.to_owned())
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn read(file: &Path, path: &str, max_bytes: u64) -> Result<Fitted, Problem> {
    let limit = Limit {
        bytes: max_bytes,
        side: limits::IMAGE_SIDE,
    };
    read_within(file, path, limit)
}

fn read_within(file: &Path, path: &str, limit: Limit) -> Result<Fitted, Problem> {
    let length = fs::metadata(file)
        .map_err(|error| Problem::unreadable(path, &error))?
        .len();
    if length == 0 {
        return Err(Problem::invalid(format!("`{path}` is empty"))
            .label("this file has no bytes")
            .help("put the picture there again"));
    }
    if length > fit::READ_BYTES {
        return Err(Problem::too_large(format!(
            "`{path}` has {} bytes, more than updraft opens",
            problem::grouped(length)
        ))
        .label(format!(
            "at most {} bytes",
            problem::grouped(fit::READ_BYTES)
        ))
        .help("scale it down to 4,000 pixels a side at most"));
    }
    let bytes = fs::read(file).map_err(|error| Problem::unreadable(path, &error))?;
    fit::prepare(&format!("`{path}`"), bytes.into(), limit)
}

#[cfg(test)]
mod tests;
