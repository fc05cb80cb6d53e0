//! Files with the boxes of a video, and no pictures in it.

/// A box.
pub(super) fn put(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes(), &kind[..], content].concat()
}

/// What kind of track it is.
pub(super) fn hdlr(kind: &[u8; 4]) -> Vec<u8> {
    put(b"hdlr", &[&[0; 8], &kind[..], &[0; 13]].concat())
}

/// A video to be made: 42.5 s, coded as 640×480, shown as 1280×720.
pub(super) struct Movie {
    pub(super) brand: [u8; 4],
    pub(super) codec: [u8; 4],
    pub(super) version: u8,
    pub(super) shown: (u32, u32),
    pub(super) matrix: [i32; 4],
    /// In hundredths of a second.
    pub(super) length: u64,
    pub(super) has_video: bool,
    /// Other tracks.
    pub(super) tracks: Vec<u8>,
    /// What stands behind the tracks.
    pub(super) extends: Vec<u8>,
}

impl Default for Movie {
    fn default() -> Self {
        Self {
            brand: *b"isom",
            codec: *b"avc1",
            version: 0,
            shown: (1280, 720),
            matrix: [1 << 16, 0, 0, 1 << 16],
            length: 4250,
            has_video: true,
            tracks: Vec::new(),
            extends: Vec::new(),
        }
    }
}

impl Movie {
    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.head(), put(b"mdat", &[7; 40])].concat()
    }

    /// All but the pictures.
    pub(super) fn head(&self) -> Vec<u8> {
        let brands = [&self.brand[..], &[0, 0, 2, 0], b"isomavc1mp41"].concat();
        let mut moov = self.header();
        moov.extend(&self.tracks);
        if self.has_video {
            moov.extend(self.track(&self.codec));
        }
        moov.extend(&self.extends);
        [put(b"ftyp", &brands), put(b"moov", &moov)].concat()
    }

    fn header(&self) -> Vec<u8> {
        let (scale, length) = (100_u32.to_be_bytes(), self.length.to_be_bytes());
        let (times, length) = match self.version {
            0 => (8, &length[4..]),
            _ => (16, &length[..]),
        };
        let start = [
            &[self.version, 0, 0, 0][..],
            &vec![0; times],
            &scale,
            length,
        ];
        put(b"mvhd", &[&start.concat()[..], &[0; 80]].concat())
    }

    pub(super) fn track(&self, codec: &[u8; 4]) -> Vec<u8> {
        let pixels = [&[0; 24][..], &[2, 128, 1, 224], &[0; 50]].concat();
        let entry = put(codec, &pixels);
        let stsd = put(b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1], &entry[..]].concat());
        let minf = put(b"minf", &put(b"stbl", &stsd));
        let mdia = put(b"mdia", &[hdlr(b"vide"), minf].concat());
        put(b"trak", &[self.track_header(), mdia].concat())
    }

    fn track_header(&self) -> Vec<u8> {
        let times = if self.version == 0 { 20 } else { 32 };
        let [a, b, c, d] = self.matrix.map(i32::to_be_bytes);
        let zero = [0; 4];
        let matrix = [a, b, zero, c, d, zero, zero, zero, [64, 0, 0, 0]].concat();
        let side = |pixels: u32| (pixels << 16).to_be_bytes();
        let shown = [side(self.shown.0), side(self.shown.1)].concat();
        let start = [&[self.version, 0, 0, 3][..], &vec![0; times + 16]].concat();
        put(b"tkhd", &[start, matrix, shown].concat())
    }
}
