//! Which key a part's record has: the same on every machine, with no state, and telling its file
//! and its second apart.
//!
//! h = the first 8 bytes (big-endian) of SHA-256 over `updraft/1` NUL DID NUL path NUL n. The
//! path is git's bytes, relative to the repository's root; n is one ASCII digit, 0 unless the
//! server refused the key it made.
//!
//! A key is a TID (<https://atproto.com/specs/tid>): its microseconds are the second of
//! `publish_at` × 10⁶ + (h mod 999,000) + the part's index, its clock id is
//! (h / 999,000) mod 1024. An index below 1,000 so never reaches the next second.
//!
//! This format never changes. Test vectors, for `did:plc:ewvi7nxzyoun6zhxrhs64oiz` where no other
//! DID is named; they were computed independently with Python's hashlib:
//!
//! | path | second (UTC) | n | part | key | micros | clock id |
//! |---|---|---|---|---|---|---|
//! | `posts/2026-12-01-release.md` | 2026-12-01T14:00:00 | 0 | 0 | `3n3mfsnyixtl4` | 1796133600836537 | 546 |
//! | the same | 2026-12-01T14:00:00 | 0 | 1 | `3n3mfsnyixul4` | 1796133600836538 | 546 |
//! | the same | 2026-12-01T14:00:00 | 1 | 0 | `3n3mfsno5lwdo` | 1796133600497212 | 308 |
//! | the same | 2026-12-01T14:00:00 | 3 | 199 | `3n3mfsnavn2pu` | 1796133600063072 | 698 |
//! | the same, of `did:web:example.com` | 2026-12-01T14:00:00 | 0 | 0 | `3n3mfsnwbqzsv` | 1796133600763615 | 795 |
//! | `posts/año/grüße 👋.md` | 2023-01-01T00:00:00 | 0 | 0 | `3jl74437m3ney` | 1672531200362547 | 350 |
//! | `posts/` and the byte FF and `.md` | 2200-12-31T23:59:59 | 0 | 0 | `aj7wvqk7wookg` | 7289654399398548 | 524 |

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};

/// How many keys a file has for each of its parts: n = 0, 1, 2, 3.
pub const VARIANTS: u8 = 4;

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const LENGTH: usize = 13;
const CLOCK_BITS: u32 = 10;
const MICROS: u64 = 1_000_000;
/// Offsets lie below this, so that a thread's parts stay within its second.
const OFFSETS: u64 = 999_000;

/// A record key of the form that posts have: 53 bits of microseconds since 1970, 10 of a clock id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid(u64);

/// Text that is no TID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no TID: 13 characters of 2-7 and a-z, the first at most `j`")]
pub struct InvalidTid(String);

impl Tid {
    /// Microseconds since 1970 (of which 53 bits are kept) and a clock id (10 bits).
    pub fn new(micros: u64, clock_id: u16) -> Self {
        let micros = micros & ((1 << 53) - 1);
        let clock_id = u64::from(clock_id) & ((1 << CLOCK_BITS) - 1);
        Self(micros << CLOCK_BITS | clock_id)
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> u64 {
        self.0 >> CLOCK_BITS
    }

    /// Whole seconds since 1970.
    pub fn second(self) -> i64 {
        (self.micros() / MICROS).cast_signed()
    }

    /// 0 to 1023.
    pub fn clock_id(self) -> u16 {
        (self.0 & ((1 << CLOCK_BITS) - 1)) as u16
    }

    /// The key of the part at `index` of the thread whose root has this key.
    pub fn part(self, index: usize) -> Self {
        Self::new(self.micros() + index as u64, self.clock_id())
    }
}

impl FromStr for Tid {
    type Err = InvalidTid;

    fn from_str(text: &str) -> Result<Self, InvalidTid> {
        let invalid = || InvalidTid(text.to_owned());
        if text.len() != LENGTH {
            return Err(invalid());
        }
        let mut bits = 0_u64;
        for (place, character) in text.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|known| *known == character);
            let digit = digit.ok_or_else(invalid)? as u64;
            // 13 characters hold 65 bits: one more than a TID has.
            if place == 0 && digit > 15 {
                return Err(invalid());
            }
            bits = bits << 5 | digit;
        }
        Ok(Self(bits))
    }
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in (0..LENGTH).rev() {
            let digit = (self.0 >> (5 * place) & 31) as usize;
            write!(f, "{}", char::from(ALPHABET[digit]))?;
        }
        Ok(())
    }
}

/// What a file's place gives to the keys of its records, for one n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathHash {
    offset: u64,
    clock_id: u16,
}

impl PathHash {
    /// Of a file in the repository of an account. `path` is git's bytes, relative to the root.
    pub fn new(did: &str, path: &[u8], n: u8) -> Self {
        let mut hash = Sha256::new();
        for piece in [b"updraft/1", did.as_bytes(), path] {
            hash.update(piece);
            hash.update([0]);
        }
        hash.update(n.to_string());
        let h = hash.finalize().into_iter().take(8);
        let h = h.fold(0_u64, |h, byte| h << 8 | u64::from(byte));
        Self {
            offset: h % OFFSETS,
            clock_id: (h / OFFSETS % (1 << CLOCK_BITS)) as u16,
        }
    }

    /// The keys of a file for every n, in their order.
    pub fn all(did: &str, path: &[u8]) -> Vec<Self> {
        (0..VARIANTS).map(|n| Self::new(did, path, n)).collect()
    }

    /// The root's key. `second` counts since 1970, and lies in the years 2023 to 2200.
    pub fn root(self, second: i64) -> Tid {
        Tid::new(second.unsigned_abs() * MICROS + self.offset, self.clock_id)
    }

    /// Whether the key of a root was made from this path, at any second.
    pub fn made(self, root: Tid) -> bool {
        root.micros() % MICROS == self.offset && root.clock_id() == self.clock_id
    }
}

/// The keys of a thread's parts. `second` counts since 1970.
pub fn keys(did: &str, path: &[u8], second: i64, (n, parts): (u8, usize)) -> Vec<Tid> {
    let root = PathHash::new(did, path, n).root(second);
    (0..parts).map(|index| root.part(index)).collect()
}

#[cfg(test)]
#[path = "record_key_tests.rs"]
mod tests;
