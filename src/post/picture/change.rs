//! What was done to a picture so that it may be published.

use std::fmt;

/// How the published picture differs from the file, beside its metadata.
///
/// Its words are for a reviewer: `4.1 MB → 1.2 MB, JPEG q86, 4000×2667`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file's bytes.
    pub from_bytes: u64,
    /// The published bytes.
    pub to_bytes: u64,
    /// The published kind: `JPEG`, `PNG`, `WebP`, `GIF`.
    pub kind: &'static str,
    /// Of a JPEG that was written anew, from 70 to 95.
    pub quality: Option<u8>,
    /// The published width and height, if the picture was made smaller.
    pub scaled: Option<(u32, u32)>,
    /// It was turned or mirrored as its EXIF says.
    pub turned: bool,
    /// It was animated, and only its first frame is published.
    pub first_frame: bool,
    /// What was transparent is white.
    pub flattened: bool,
    /// Its inks were converted to RGB.
    pub from_cmyk: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (Size(self.from_bytes), Size(self.to_bytes));
        write!(f, "{from} → {to}, {}", self.kind)?;
        if let Some(quality) = self.quality {
            write!(f, " q{quality}")?;
        }
        if let Some((width, height)) = self.scaled {
            write!(f, ", {width}×{height}")?;
        }
        let words = [
            (self.turned, "turned upright"),
            (self.first_frame, "the first frame only"),
            (self.flattened, "laid on white"),
            (self.from_cmyk, "converted from CMYK"),
        ];
        for (_, word) in words.into_iter().filter(|(is_so, _)| *is_so) {
            write!(f, ", {word}")?;
        }
        Ok(())
    }
}

/// A number of bytes, as people say it.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 + 50_000) / 100_000;
        match self.0 {
            ..1_000 => write!(f, "{} bytes", self.0),
            1_000..1_000_000 => write!(f, "{} kB", self.0.div_ceil(1_000)),
            _ => write!(f, "{}.{} MB", tenths / 10, tenths % 10),
        }
    }
}
