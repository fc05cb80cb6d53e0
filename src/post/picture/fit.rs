//! From a picture file's bytes to those that may be published.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use image::{DynamicImage, metadata::Orientation};

use super::{
    change::Change,
    decode::{self, Head},
    format::Format,
    jpeg,
    problem::{Problem, grouped},
    remake::{Source, remake},
    strip,
};

/// The largest picture file that is read, in bytes: what the large hosts of git repositories take.
pub(super) const READ_BYTES: u64 = 100_000_000;
/// From here on one picture is decoded at a time.
const LARGE_PIXELS: u64 = 12_000_000;

/// Held while a picture is large or has to be made anew, so that a folder of them, checked by many
/// threads, takes no more memory than one.
static LARGE: Mutex<()> = Mutex::new(());

/// What a published picture has to keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Bytes of the file.
    pub bytes: u64,
    /// Pixels of the longer side.
    pub side: u32,
}

/// A picture as it may be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The whole file, without metadata.
    pub bytes: Vec<u8>,
    /// `image/jpeg`, `image/png`, `image/webp` or `image/gif`.
    pub mime: &'static str,
    /// Pixels, upright.
    pub width: u32,
    /// Pixels, upright.
    pub height: u32,
    /// What was done, if more than metadata was removed.
    pub change: Option<Change>,
}

/// Makes `bytes`, a picture file, fit `limit`: the same bytes always give the same result.
///
/// What already fits and is upright stays as it is, without its metadata. What doesn't is turned,
/// made smaller if its side is too long, and written anew at the best quality that fits; only then
/// it is made smaller still. Pictures of PNG's kind stay lossless as long as they fit, and keep
/// what is transparent down to 2,000 pixels; below that they are laid on white. Profiles of
/// colours are kept.
///
/// # Errors
/// If it is no picture that can be published, is damaged, has too many pixels, or fits in no way.
pub fn fit(bytes: &[u8], limit: Limit) -> Result<Fitted, Problem> {
    prepare("the picture", bytes.into(), limit)
}

/// The same for a picture that messages call `name`.
pub(super) fn prepare(name: &str, bytes: Cow<[u8]>, limit: Limit) -> Result<Fitted, Problem> {
    let format = Format::of(name, &bytes)?;
    // First, and for turned pictures too: decoders forgive a file that ends early.
    let still = strip::strip(format, &bytes)
        .ok_or_else(|| decode::damaged(name, "it ends early, or its parts don't fit together"))?;
    let head = Head::of(name, format, &bytes)?;
    let from_bytes = bytes.len() as u64;
    drop(bytes);
    let fits = still.bytes.len() as u64 <= limit.bytes && head.width.max(head.height) <= limit.side;
    let is_plain = head.orientation == Orientation::NoTransforms && !head.is_cmyk();
    let stays = fits && is_plain && still.is_one_frame;
    let pixels = u64::from(head.width) * u64::from(head.height);
    let turn = (pixels > LARGE_PIXELS || !stays)
        .then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner));
    // To be sure of it, even if it stays as it is.
    let image = head.decode(name, format, &still.bytes)?;
    let fitted = match stays {
        true => Ok(as_it_is(still, &head, format, from_bytes)),
        false => anew(image, still, (&head, format), limit)
            .map(|fitted| told(fitted, from_bytes))
            .ok_or_else(|| too_large(name, limit)),
    };
    drop(turn);
    fitted
}

/// Written anew, in whatever way is best.
fn anew(
    image: DynamicImage,
    still: strip::Still,
    (head, format): (&Head, Format),
    limit: Limit,
) -> Option<Fitted> {
    let is_jpeg = format == Format::Jpeg;
    let source = Source {
        image,
        orientation: head.orientation,
        profile: head.profile.as_deref(),
        is_lossless: is_lossless(format, &still.bytes),
        quality: is_jpeg.then(|| jpeg::of_source(&still.bytes)).flatten(),
    };
    let first_frame = still.was_animated;
    drop(still);
    let mut fitted = remake(source, limit)?;
    if let Some(change) = &mut fitted.change {
        change.first_frame = first_frame;
        change.from_cmyk = head.is_cmyk();
    }
    Some(fitted)
}

fn told(mut fitted: Fitted, from_bytes: u64) -> Fitted {
    if let Some(change) = &mut fitted.change {
        change.from_bytes = from_bytes;
    }
    fitted
}

fn as_it_is(still: strip::Still, head: &Head, format: Format, from_bytes: u64) -> Fitted {
    let change = still.was_animated.then(|| Change {
        from_bytes,
        to_bytes: still.bytes.len() as u64,
        kind: format.name(),
        quality: None,
        scaled: None,
        turned: false,
        first_frame: true,
        flattened: false,
        from_cmyk: false,
    });
    Fitted {
        bytes: still.bytes,
        mime: format.mime(),
        width: head.width,
        height: head.height,
        change,
    }
}

/// Whether the file keeps every pixel as it was, so that its author may want that.
fn is_lossless(format: Format, bytes: &[u8]) -> bool {
    match format {
        Format::Jpeg => false,
        Format::Png | Format::Gif => true,
        Format::WebP => !bytes.windows(4).any(|four| four == b"VP8 "),
    }
}

fn too_large(name: &str, limit: Limit) -> Problem {
    Problem::too_large(format!(
        "{name} doesn't fit {} bytes, however small it is made",
        grouped(limit.bytes),
    ))
    .label(format!("at most {} bytes", grouped(limit.bytes)))
    .help("cut out what matters, or save it as a JPEG without a colour profile")
}
