#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const RELEASE: &[u8] = b"posts/2026-12-01-release.md";

/// DID, path, second, n, part, key, micros, clock id: computed with Python's hashlib.
type Vector = (
    &'static str,
    &'static [u8],
    i64,
    u8,
    usize,
    &'static str,
    u64,
    u16,
);

#[rustfmt::skip]
const VECTORS: &[Vector] = &[
    (DID, RELEASE, 1_796_133_600, 0, 0, "3n3mfsnyixtl4", 1_796_133_600_836_537, 546),
    (DID, RELEASE, 1_796_133_600, 0, 1, "3n3mfsnyixul4", 1_796_133_600_836_538, 546),
    (DID, RELEASE, 1_796_133_600, 1, 0, "3n3mfsno5lwdo", 1_796_133_600_497_212, 308),
    (DID, RELEASE, 1_796_133_600, 3, 199, "3n3mfsnavn2pu", 1_796_133_600_063_072, 698),
    ("did:web:example.com", RELEASE, 1_796_133_600, 0, 0, "3n3mfsnwbqzsv", 1_796_133_600_763_615, 795),
    (DID, "posts/año/grüße 👋.md".as_bytes(), 1_672_531_200, 0, 0, "3jl74437m3ney", 1_672_531_200_362_547, 350),
    (DID, b"posts/\xff.md", 7_289_654_399, 0, 0, "aj7wvqk7wookg", 7_289_654_399_398_548, 524),
];

#[test]
fn keys_are_those_of_the_committed_vectors() {
    for (did, path, second, n, part, key, micros, clock_id) in VECTORS {
        let tid = keys(did, path, *second, (*n, part + 1))[*part];
        assert_eq!(tid.to_string(), *key);
        assert_eq!((tid.micros(), tid.clock_id()), (*micros, *clock_id));
        assert_eq!(tid.second(), *second);
        assert_eq!(key.parse(), Ok(tid));
    }
}

#[test]
fn text_that_is_no_tid_is_refused() {
    for text in [
        "",
        "hello",
        "3n3mfsnyixtl",
        "zzzzzzzzzzzzz",
        "3n3mfsnyixtl1",
        "3n3mfsnyixté",
    ] {
        assert!(text.parse::<Tid>().is_err(), "{text}");
    }
}

#[test]
fn a_root_tells_its_file_at_any_second_and_for_any_n() {
    for n in 0..VARIANTS {
        let hash = PathHash::new(DID, RELEASE, n);
        assert!(hash.made(keys(DID, RELEASE, 1_900_000_000, (n, 1))[0]));
        assert!(!hash.made(keys(DID, b"posts/other.md", 1_900_000_000, (n, 1))[0]));
    }
}

proptest! {
    #[test]
    fn every_tid_survives_its_text(micros in 0..1_u64 << 53, clock_id in 0..1024_u16) {
        let tid = Tid::new(micros, clock_id);
        prop_assert_eq!(tid.to_string().parse(), Ok(tid));
        prop_assert_eq!((tid.micros(), tid.clock_id()), (micros, clock_id));
    }

    #[test]
    fn all_parts_of_a_thread_lie_in_its_second(path in ".*", second in 1_672_531_200..7_289_654_399_i64) {
        let keys = keys(DID, path.as_bytes(), second, (0, 200));
        prop_assert!(keys.iter().all(|key| key.second() == second));
        prop_assert!(keys.is_sorted());
    }
}
