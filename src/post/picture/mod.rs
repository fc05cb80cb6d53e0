//! A picture beside a post: found, recognised, made upright, freed of EXIF.

mod format;
mod prepare;
mod problem;
mod reference;
mod strip;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use sha2::{Digest, Sha256};

use self::{prepare::prepare, problem::Problem};
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
    seen: Mutex<HashMap<String, Slot>>,
}

/// What is known of a file, whoever shows it.
#[derive(Clone, Debug)]
struct Facts {
    mime: &'static str,
    width: u32,
    height: u32,
    size: usize,
    sha256: [u8; 32],
}

impl PictureSource {
    /// The pictures below `root`, the repository's root.
    pub fn new(root: &Path) -> Self {
        Self {
            root: canonical(root),
            seen: Mutex::default(),
        }
    }

    /// Finds and checks the picture that the post at `post_path` names, relative to the post.
    ///
    /// `post_path` is relative to the repository's root, with `/` between the folders. The picture
    /// is decoded once, so that a damaged file is found now. Whether there is alt text is for the
    /// caller to see: [`missing_alt`].
    ///
    /// # Errors
    /// [`Code::InvalidPicture`] or [`Code::PictureTooLarge`], at the reference's span.
    pub fn load(&self, post_path: &str, reference: &Reference) -> Result<Image, Diagnostic> {
        let facts = reference::resolve(&self.root, post_path, reference.destination)
            .and_then(|path| Ok((self.facts(&path, post_path)?, path)));
        match facts {
            Ok((facts, path)) => Ok(facts.into_image(path, reference.alt)),
            Err(problem) => Err(problem.at(reference.span.clone())),
        }
    }

    fn facts(&self, path: &str, post_path: &str) -> Result<Facts, Problem> {
        // Outside the cache: its help depends on the post.
        let file = reference::locate(&self.root, path)
            .map_err(|missing| missing.named_from(&self.root, path, post_path))?;
        let slot = self.slot(path);
        slot.get_or_init(|| read(&file, path).map(|prepared| Facts::of(&prepared)))
            .clone()
    }

    fn slot(&self, path: &str) -> Slot {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(path.to_owned()).or_default().clone()
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
    let prepared = read(&file, &image.path).map_err(unfit)?;
    if Facts::of(&prepared).sha256 != image.sha256 {
        return Err(PictureError::Changed(image.path.clone()));
    }
    Ok(prepared.bytes)
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
    fn of(prepared: &prepare::Prepared) -> Self {
        Self {
            mime: prepared.format.mime(),
            width: prepared.width,
            height: prepared.height,
            size: prepared.bytes.len(),
            sha256: Sha256::digest(&prepared.bytes).into(),
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
        }
    }
}

fn canonical(root: &Path) -> PathBuf {
    // A root that doesn't exist has no pictures either: each is then reported as missing.
    root.canonicalize().unwrap_or_else(|_| root.to_owned())
}

fn read(file: &Path, path: &str) -> Result<prepare::Prepared, Problem> {
    let length = fs::metadata(file)
        .map_err(|error| Problem::unreadable(path, &error))?
        .len();
    if length == 0 {
        return Err(Problem::invalid(format!("`{path}` is empty"))
            .label("this file has no bytes")
            .help("put the picture there again"));
    }
    if length > prepare::READ_BYTES {
        return Err(prepare::too_large(path, length, None));
    }
    let bytes = fs::read(file).map_err(|error| Problem::unreadable(path, &error))?;
    let prepared = prepare(path, bytes)?;
    let size = prepared.bytes.len();
    if size > limits::IMAGE_BYTES {
        return Err(prepare::too_large(path, size as u64, Some(prepared.format)));
    }
    Ok(prepared)
}

#[cfg(test)]
mod tests;
