//! The symbols of a picture at one quality: counted, then written.

use super::{
    coefficients::Coefficients,
    dct::Block,
    huffman::{Code, Counts},
    tables::Quantisation,
};

/// Fifteen zeros and one more.
const SIXTEEN_ZEROS: u8 = 0xf0;
const END_OF_BLOCK: u8 = 0;

/// What becomes of symbols: each has a table, and is followed by a few plain bits.
trait Sink {
    fn put(&mut self, table: usize, symbol: u8, bits: (u16, u8));
}

/// For brightness: the symbols of first values and of the others; then for colour.
pub(super) struct Tally {
    pub(super) counts: [Counts; 4],
    plain: u64,
}

impl Tally {
    /// Counts what [`write`] would write.
    pub(super) fn of(picture: &Coefficients, steps: &Quantisation) -> Self {
        let mut tally = Self {
            counts: std::array::from_fn(|_| Counts([0; 256])),
            plain: 0,
        };
        walk(picture, steps, &mut tally);
        tally
    }

    /// The bytes of the scan, but for those that are put behind `0xff`.
    pub(super) fn bytes(&self, codes: &[Code]) -> u64 {
        let coded = self.counts.iter().zip(codes);
        let bits: u64 = coded.map(|(counts, code)| code.bits(counts)).sum();
        (bits + self.plain).div_ceil(8)
    }
}

impl Sink for Tally {
    fn put(&mut self, table: usize, symbol: u8, (_, length): (u16, u8)) {
        self.counts[table].0[usize::from(symbol)] += 1;
        self.plain += u64::from(length);
    }
}

struct Writer<'a> {
    codes: &'a [Code; 4],
    out: &'a mut Vec<u8>,
    pending: u64,
    count: u32,
}

/// Appends the scan's bytes to `out`; `codes` are of the same picture's tally.
pub(super) fn write(
    picture: &Coefficients,
    steps: &Quantisation,
    codes: &[Code; 4],
    out: &mut Vec<u8>,
) {
    let mut writer = Writer {
        codes,
        out,
        pending: 0,
        count: 0,
    };
    walk(picture, steps, &mut writer);
    // Filled up with ones.
    writer.bits(0x7f, 7);
}

impl Writer<'_> {
    fn bits(&mut self, bits: u16, length: u8) {
        self.pending = (self.pending << length) | u64::from(bits);
        self.count += u32::from(length);
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.pending >> self.count) as u8;
            self.out.push(byte);
            if byte == 0xff {
                self.out.push(0);
            }
        }
    }
}

impl Sink for Writer<'_> {
    fn put(&mut self, table: usize, symbol: u8, (bits, length): (u16, u8)) {
        let (code, code_length) = self.codes[table].codes[usize::from(symbol)];
        self.bits(code, code_length);
        self.bits(bits, length);
    }
}

fn walk(picture: &Coefficients, steps: &Quantisation, sink: &mut impl Sink) {
    let unit = picture.sampling.unit();
    let mut last = [0; 3];
    for (block, &component) in picture.blocks.iter().zip(unit.iter().cycle()) {
        let kind = component.min(1);
        let first = quantised(block[0], steps.0[kind][0]);
        let (size, bits) = sized(first - last[component]);
        last[component] = first;
        sink.put(2 * kind, size, (bits, size));
        rest(block, &steps.0[kind], 2 * kind + 1, sink);
    }
}

/// All values of a block but the first: runs of zeros, and what ends them (F.1.2.2).
fn rest(block: &Block, steps: &[u8; 64], table: usize, sink: &mut impl Sink) {
    let mut zeros = 0_u8;
    for at in 1..64 {
        let value = quantised(block[at], steps[at]);
        if value == 0 {
            zeros += 1;
            continue;
        }
        while zeros > 15 {
            sink.put(table, SIXTEEN_ZEROS, (0, 0));
            zeros -= 16;
        }
        let (size, bits) = sized(value);
        sink.put(table, (zeros << 4) | size, (bits, size));
        zeros = 0;
    }
    if zeros > 0 {
        sink.put(table, END_OF_BLOCK, (0, 0));
    }
}

/// Rounded to the nearest; coefficients are eight times themselves.
fn quantised(coefficient: i16, step: u8) -> i32 {
    let step = 8 * i32::from(step);
    let value = i32::from(coefficient);
    let size = (value.abs() + step / 2) / step;
    // The largest that has a symbol.
    size.min(1023) * value.signum()
}

/// How many bits `value` needs, and those bits: negative ones are counted from below.
fn sized(value: i32) -> (u8, u16) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 {
        value + (1 << size) - 1
    } else {
        value
    };
    (size as u8, bits as u16)
}
