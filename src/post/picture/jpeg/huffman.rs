//! Codes made for one picture: frequent symbols get short ones.

/// How often each symbol occurs.
#[derive(Clone, Debug)]
pub(super) struct Counts(pub(super) [u32; 256]);

/// A code for each symbol that occurs.
#[derive(Clone, Debug)]
pub(super) struct Code {
    /// How many codes there are of each length from 1 to 16.
    pub(super) lengths: [u8; 16],
    /// The symbols, by their codes' lengths.
    pub(super) symbols: Vec<u8>,
    /// Code and length by symbol.
    pub(super) codes: [(u16, u8); 256],
}

/// Stands for the code of nothing but ones, which T.81 reserves.
const RESERVED: usize = 256;
const LONGEST: u8 = 16;

impl Code {
    /// The shortest code for `counts`, of 16 bits a symbol at most.
    pub(super) fn of(counts: &Counts) -> Self {
        let mut weights: Vec<(u64, usize)> = counts
            .0
            .iter()
            .enumerate()
            .filter(|&(_, &count)| count > 0)
            .map(|(symbol, &count)| (u64::from(count), symbol))
            .collect();
        weights.push((0, RESERVED));
        // Frequent ones first: the rarest symbol, the reserved one, comes last among the longest.
        weights.sort_unstable_by_key(|&(count, symbol)| (std::cmp::Reverse(count), symbol));
        let mut depths = depths(&weights);
        while depths.iter().any(|&depth| depth > LONGEST) {
            // Flatter weights make a flatter tree.
            for (count, _) in &mut weights {
                *count = *count / 2 + 1;
            }
            depths = self::depths(&weights);
        }
        depths.sort_unstable();
        Self::assign(&weights, &depths)
    }

    /// Codes in order: each is the last one plus one, lengthened as needed (annex C).
    fn assign(weights: &[(u64, usize)], depths: &[u8]) -> Self {
        let mut made = Self {
            lengths: [0; 16],
            symbols: Vec::new(),
            codes: [(0, 0); 256],
        };
        let (mut next, mut last) = (0_u32, 0_u8);
        for (&(_, symbol), &depth) in weights.iter().zip(depths) {
            let Ok(symbol) = u8::try_from(symbol) else {
                continue;
            };
            next <<= depth - last;
            last = depth;
            made.lengths[usize::from(depth) - 1] += 1;
            made.symbols.push(symbol);
            made.codes[usize::from(symbol)] = (next as u16, depth);
            next += 1;
        }
        made
    }

    /// The bits that `counts` take in this code, without those that follow symbols.
    pub(super) fn bits(&self, counts: &Counts) -> u64 {
        counts
            .0
            .iter()
            .zip(&self.codes)
            .map(|(&count, &(_, length))| u64::from(count) * u64::from(length))
            .sum()
    }
}

/// The depth of each leaf in a Huffman tree; `weights` fall.
fn depths(weights: &[(u64, usize)]) -> Vec<u8> {
    // Leaves from the lightest on, then the knots in the order of their making, which have rising
    // weights too: the two lightest are at the front of one queue or the other.
    let leaves: Vec<u64> = weights.iter().rev().map(|&(count, _)| count).collect();
    let count = leaves.len();
    let mut all = leaves;
    let mut parents = vec![0; 2 * count - 1];
    let (mut leaf, mut knot) = (0, count);
    for made in count..2 * count - 1 {
        let mut weight = 0;
        for _ in 0..2 {
            let from_leaves = leaf < count && (knot >= made || all[leaf] <= all[knot]);
            let front = if from_leaves { &mut leaf } else { &mut knot };
            weight += all[*front];
            parents[*front] = made;
            *front += 1;
        }
        all.push(weight);
    }
    let mut depths = vec![0_u8; 2 * count - 1];
    for at in (0..2 * count - 2).rev() {
        depths[at] = depths[parents[at]].saturating_add(1);
    }
    depths.truncate(count);
    // A lone symbol beside the reserved one has a code of one bit: there are two leaves at least.
    depths
}
