//! The boxes of an MP4 file (ISO/IEC 14496-12), found by seeking: of however large a file, a few
//! hundred bytes at a time are in memory.

use std::{
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
};

/// More boxes than this are no video that somebody made: a fragment of a second each has two.
const MOST: u32 = 50_000;

/// Why a file's boxes can't be followed.
#[derive(Debug)]
pub(super) enum Flaw {
    /// The file ends before a box does.
    EndsEarly,
    /// A box that doesn't fit into the one around it, or lacks what it must have.
    Damaged,
    /// The disk.
    Io(io::Error),
}

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::EndsEarly,
            _ => Self::Io(error),
        }
    }
}

/// A box: its type, and where in the file its content is.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) kind: [u8; 4],
    pub(super) content: Range<u64>,
}

/// A file that is read box by box.
pub(super) struct Boxes<R> {
    reader: R,
    length: u64,
    left: u32,
}

impl<R: Read + Seek> Boxes<R> {
    pub(super) fn new(mut reader: R) -> Result<Self, Flaw> {
        let length = reader.seek(SeekFrom::End(0))?;
        Ok(Self {
            reader,
            length,
            left: MOST,
        })
    }

    /// The boxes of the file itself, one behind the other up to its very end.
    pub(super) fn all(&mut self) -> Result<Vec<Found>, Flaw> {
        let (mut found, mut at) = (Vec::new(), 0);
        while at < self.length {
            let next = self.header(at, self.length)?;
            at = next.content.end;
            if at > self.length {
                return Err(Flaw::EndsEarly);
            }
            found.push(next);
        }
        Ok(found)
    }

    /// The boxes in a part of the file.
    pub(super) fn inside(&mut self, range: Range<u64>) -> Result<Vec<Found>, Flaw> {
        let (mut found, mut at) = (Vec::new(), range.start);
        // Some boxes end with four zeros, which are no box.
        while range.end.saturating_sub(at) >= 8 {
            let next = self.header(at, range.end)?;
            at = next.content.end;
            if at > range.end {
                return Err(Flaw::Damaged);
            }
            found.push(next);
        }
        Ok(found)
    }

    /// The first box of this type.
    pub(super) fn first(&mut self, range: Range<u64>, kind: &[u8; 4]) -> Result<Found, Flaw> {
        let found = self.inside(range)?.into_iter();
        let mut found = found.filter(|found| &found.kind == kind);
        found.next().ok_or(Flaw::Damaged)
    }

    /// So many bytes of a box, from the start of its content; fewer if it has fewer.
    pub(super) fn content<const N: usize>(&mut self, found: &Found) -> Result<Content<N>, Flaw> {
        let Range { start, end } = found.content;
        let size = usize::try_from(end.saturating_sub(start))
            .unwrap_or(N)
            .min(N);
        let mut bytes = [0; N];
        self.reader.seek(SeekFrom::Start(start))?;
        if let Some(room) = bytes.get_mut(..size) {
            self.reader.read_exact(room)?;
        }
        Ok(Content { bytes, size })
    }

    /// The box at `at`, which may say that it is larger than what is there up to `end`.
    fn header(&mut self, at: u64, end: u64) -> Result<Found, Flaw> {
        self.left = self.left.checked_sub(1).ok_or(Flaw::Damaged)?;
        let head: Content<16> = self.content(&Found {
            kind: *b"head",
            content: at..end,
        })?;
        if end - at < 8 {
            return Err(Flaw::EndsEarly);
        }
        let kind = head.array(4)?;
        let (header, size) = match head.number(0, 4)? {
            0 => (8, end - at),
            1 => (16, head.number(8, 8)?),
            size => (8, size),
        };
        let stop = at.checked_add(size).ok_or(Flaw::Damaged)?;
        match size < header {
            true => Err(Flaw::Damaged),
            false => Ok(Found {
                kind,
                content: at + header..stop,
            }),
        }
    }
}

/// The beginning of a box's content.
pub(super) struct Content<const N: usize> {
    bytes: [u8; N],
    size: usize,
}

impl<const N: usize> Content<N> {
    /// A big-endian number of at most eight bytes.
    pub(super) fn number(&self, at: usize, width: usize) -> Result<u64, Flaw> {
        let bytes = self.read().get(at..at + width).ok_or(Flaw::Damaged)?;
        Ok(bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// Four bytes: a type, or a brand.
    pub(super) fn array(&self, at: usize) -> Result<[u8; 4], Flaw> {
        let bytes = self.read().get(at..).ok_or(Flaw::Damaged)?;
        bytes.first_chunk().copied().ok_or(Flaw::Damaged)
    }

    fn read(&self) -> &[u8] {
        self.bytes.get(..self.size).unwrap_or_default()
    }
}
