//! What an MP4 file says of its video: codec, size, length.

use std::io::{Read, Seek};

use super::boxes::{Boxes, Content, Flaw, Found};

/// More tracks than this are no video that somebody made.
const TRACKS: usize = 64;

/// What a file that is MP4 holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contents {
    /// The first brand that the file claims to be.
    pub(super) brand: [u8; 4],
    /// Milliseconds; `None` if the file doesn't say.
    pub(super) duration: Option<u64>,
    /// The video that is shown, H.264 if there is one.
    pub(super) video: Option<Track>,
}

/// A video track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Track {
    pub(super) codec: [u8; 4],
    /// Pixels, upright.
    pub(super) width: u32,
    /// Pixels, upright.
    pub(super) height: u32,
}

/// Why there are no contents to be told.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// It isn't made of an MP4 file's boxes.
    NotMp4,
    /// There is no `moov` box, which says where what is.
    NoIndex,
    /// It is cut off, or damaged, or the disk fails.
    Flaw(Flaw),
}

impl<E: Into<Flaw>> From<E> for Unreadable {
    fn from(error: E) -> Self {
        Self::Flaw(error.into())
    }
}

impl Track {
    pub(super) fn is_h264(&self) -> bool {
        matches!(&self.codec, b"avc1" | b"avc2" | b"avc3" | b"avc4")
    }
}

/// Reads a file's boxes: no more of it than these say.
pub(super) fn read(reader: impl Read + Seek) -> Result<Contents, Unreadable> {
    let mut boxes = Boxes::new(reader)?;
    let brand = brand(&mut boxes)?;
    let all = boxes.all()?;
    let find = |kind: &[u8; 4]| all.iter().find(|found| &found.kind == kind).cloned();
    let moov = find(b"moov").ok_or(Unreadable::NoIndex)?;
    let media = find(b"mdat").ok_or(Flaw::EndsEarly)?;
    if media.content.is_empty() && find(b"moof").is_none() {
        return Err(Flaw::EndsEarly.into());
    }
    let inside = boxes.inside(moov.content.clone())?;
    let tracks = inside.iter().filter(|found| &found.kind == b"trak");
    let mut videos = Vec::new();
    for found in tracks.take(TRACKS) {
        videos.extend(track(&mut boxes, found)?);
    }
    let h264 = videos.iter().position(Track::is_h264).unwrap_or(0);
    Ok(Contents {
        brand,
        duration: duration(&mut boxes, &inside)?,
        video: videos.into_iter().nth(h264),
    })
}

fn brand<R: Read + Seek>(boxes: &mut Boxes<R>) -> Result<[u8; 4], Unreadable> {
    let start: Content<12> = boxes
        .content(&Found {
            kind: *b"head",
            content: 0..12,
        })
        .map_err(|flaw| match flaw {
            Flaw::EndsEarly => Unreadable::NotMp4,
            flaw => flaw.into(),
        })?;
    match &start.array(4)? {
        b"ftyp" => Ok(start.array(8)?),
        _ => Err(Unreadable::NotMp4),
    }
}

/// The movie's length: of its own header, else of the one for its fragments.
fn duration<R: Read + Seek>(boxes: &mut Boxes<R>, moov: &[Found]) -> Result<Option<u64>, Flaw> {
    let find = |kind: &[u8; 4]| moov.iter().find(|found| &found.kind == kind);
    let header: Content<32> = boxes.content(find(b"mvhd").ok_or(Flaw::Damaged)?)?;
    let (scale, length) = match header.number(0, 1)? {
        0 => (header.number(12, 4)?, known(header.number(16, 4)?, 4)),
        _ => (header.number(20, 4)?, known(header.number(24, 8)?, 8)),
    };
    let length = match (length, find(b"mvex")) {
        (None, Some(extends)) => fragments(boxes, extends)?,
        (length, _) => length,
    };
    Ok(length.and_then(|length| length.checked_mul(1000)?.checked_div(scale)))
}

fn fragments<R: Read + Seek>(boxes: &mut Boxes<R>, mvex: &Found) -> Result<Option<u64>, Flaw> {
    let inside = boxes.inside(mvex.content.clone())?;
    let Some(found) = inside.iter().find(|found| &found.kind == b"mehd") else {
        return Ok(None);
    };
    let header: Content<12> = boxes.content(found)?;
    Ok(match header.number(0, 1)? {
        0 => known(header.number(4, 4)?, 4),
        _ => known(header.number(4, 8)?, 8),
    })
}

/// All bits set stand for a length that isn't known, and so does nothing.
fn known(length: u64, width: u32) -> Option<u64> {
    let unknown = u64::MAX >> (64 - 8 * width);
    (length != 0 && length != unknown).then_some(length)
}

/// `None` if it is no video.
fn track<R: Read + Seek>(boxes: &mut Boxes<R>, trak: &Found) -> Result<Option<Track>, Flaw> {
    let mdia = boxes.first(trak.content.clone(), b"mdia")?;
    let handler = boxes.first(mdia.content.clone(), b"hdlr")?;
    let handler: Content<12> = boxes.content(&handler)?;
    if &handler.array(8)? != b"vide" {
        return Ok(None);
    }
    let minf = boxes.first(mdia.content, b"minf")?;
    let stbl = boxes.first(minf.content, b"stbl")?;
    let stsd = boxes.first(stbl.content, b"stsd")?;
    // Version, flags and a count stand before the entries, of which the first is enough.
    let entries = stsd.content.start.saturating_add(8)..stsd.content.end;
    let entry = boxes.inside(entries)?.into_iter().next();
    let entry = entry.ok_or(Flaw::Damaged)?;
    let sample: Content<28> = boxes.content(&entry)?;
    let coded = (sample.number(24, 2)?, sample.number(26, 2)?);
    let tkhd = boxes.first(trak.content.clone(), b"tkhd")?;
    let (width, height) = upright(&boxes.content(&tkhd)?, coded)?;
    Ok(Some(Track {
        codec: entry.kind,
        width,
        height,
    }))
}

/// Width and height as they are shown: of the track header, turned as its matrix says.
fn upright(header: &Content<96>, coded: (u64, u64)) -> Result<(u32, u32), Flaw> {
    let matrix = match header.number(0, 1)? {
        0 => 40,
        _ => 52,
    };
    // 16 bits before the point, 16 behind it.
    let pixels = |at: usize| Ok::<u64, Flaw>(header.number(at, 4)?.saturating_add(0x8000) >> 16);
    let shown = (pixels(matrix + 36)?, pixels(matrix + 40)?);
    let (width, height) = match shown {
        (0, _) | (_, 0) => coded,
        shown => shown,
    };
    let [a, b, c, d] = [0, 4, 12, 16].map(|at| header.number(matrix + at, 4));
    let is_turned = a? == 0 && d? == 0 && b? != 0 && c? != 0;
    let side = |pixels: u64| u32::try_from(pixels).map_err(|_| Flaw::Damaged);
    match is_turned {
        true => Ok((side(height)?, side(width)?)),
        false => Ok((side(width)?, side(height)?)),
    }
}
