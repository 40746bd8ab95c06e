//! The frequency sketch of W-TinyLFU: a count-min sketch of 4-bit counters, sixteen in a word, four rows in one table
//! (Einziger, Friedman, Manes 2017; the layout and the sample of ten times the capacity are Caffeine 2.6's).

/// Four hash functions, one for each row.
const SEEDS: [u64; 4] = [0xc3a5_c85c_97cb_3127, 0xb492_b66f_be98_f273, 0x9ae1_6a3b_2f90_404f, 0xcbf2_9ce4_8422_2325];
/// The lowest bit of each counter, and the three lower bits of each.
const ONES: u64 = 0x1111_1111_1111_1111;
const HALVES: u64 = 0x7777_7777_7777_7777;

#[derive(Clone, Debug, Hash)]
pub struct Sketch {
    /// Empty until the cache is half full: a cache that never fills needs none.
    table: Vec<u64>,
    /// Odd: what a key's hash is multiplied with.
    salt: u32,
    /// Counts so far, and after how many all are halved.
    counted: u32,
    sample: u32,
}

impl Sketch {
    pub fn new(seed: u64) -> Sketch {
        Sketch { table: Vec::new(), salt: seed as u32 | 1, counted: 0, sample: 0 }
    }

    /// Makes room for so many entries; what was counted in a smaller table is lost, as there.
    pub fn ensure(&mut self, entries: u64) {
        let entries = entries.clamp(1, u64::from(super::arena::KEYS));
        if (self.table.len() as u64) < entries {
            self.table = vec![0; entries.next_power_of_two() as usize];
            self.sample = 10 * entries as u32;
            self.counted = 0;
        }
    }

    fn spread(&self, key: u32) -> u32 {
        let x = (key >> 16 ^ key).wrapping_mul(0x045d_9f3b);
        let x = (x >> 16 ^ x).wrapping_mul(self.salt);
        x >> 16 ^ x
    }

    /// The word of a key's counter in a row.
    #[inline(always)]
    fn word(&self, hash: u32, seed: u64) -> usize {
        let word = seed.wrapping_mul(u64::from(hash));
        word.wrapping_add(word >> 32) as usize & self.table.len().saturating_sub(1)
    }

    /// How often a key was seen lately, at most 15: never fewer than it was, save for the halving.
    pub fn frequency(&self, key: u32) -> u32 {
        let hash = self.spread(key);
        let mut shift = (hash & 3) << 4;
        let mut least = 15;
        for seed in SEEDS {
            let Some(word) = self.table.get(self.word(hash, seed)) else { return 0 };
            least = least.min((word >> shift) as u32 & 15);
            shift += 4;
        }
        least
    }

    pub fn count(&mut self, key: u32) {
        let hash = self.spread(key);
        let mut shift = (hash & 3) << 4;
        let mut added = false;
        for seed in SEEDS {
            let at = self.word(hash, seed);
            let Some(word) = self.table.get_mut(at) else { return };
            let room = *word >> shift & 15 < 15;
            *word += u64::from(room) << shift;
            added |= room;
            shift += 4;
        }
        self.counted += u32::from(added);
        if added && self.counted == self.sample {
            self.age();
        }
    }

    /// Halves every counter: what was popular long ago is forgotten.
    fn age(&mut self) {
        let mut odd = 0;
        for word in &mut self.table {
            odd += (*word & ONES).count_ones();
            *word = *word >> 1 & HALVES;
        }
        self.counted = (self.counted >> 1) - (odd >> 2).min(self.counted >> 1);
    }
}
