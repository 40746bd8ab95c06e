//! A Bloom filter: says of a key that it may be there, or that it certainly is not.

use crate::models::caching::Key;
use xxhash_rust::xxh64::xxh64;

#[derive(Clone, Debug, Hash)]
pub struct Bloom {
    words: Vec<u64>,
    bits: u64,
    hashes: u32,
}

impl Bloom {
    /// For so many keys at so many bits each. As many hash functions as give the fewest false positives: bits × ln 2,
    /// rounded, at least one.
    pub fn new(keys: u64, bits: u32) -> Bloom {
        let all = keys.max(1).saturating_mul(u64::from(bits.max(1))).min(1 << 32);
        let hashes = (f64::from(bits) * std::f64::consts::LN_2 + 0.5) as u32;
        Bloom { words: vec![0; all.div_ceil(64) as usize], bits: all, hashes: hashes.clamp(1, 30) }
    }

    /// Two halves of one hash stand for all (Kirsch, Mitzenmacher 2006).
    fn places(&self, key: Key) -> impl Iterator<Item = (usize, u64)> + use<> {
        let hash = xxh64(&key.to_le_bytes(), 0);
        let (one, two, bits) = (hash, hash.rotate_left(32) | 1, self.bits);
        (0..u64::from(self.hashes)).map(move |i| {
            let bit = one.wrapping_add(i.wrapping_mul(two)) % bits;
            ((bit / 64) as usize, 1 << (bit % 64))
        })
    }

    pub fn add(&mut self, key: Key) {
        for (word, bit) in self.places(key) {
            if let Some(word) = self.words.get_mut(word) {
                *word |= bit;
            }
        }
    }

    /// `false`: certainly never added.
    pub fn may_have(&self, key: Key) -> bool {
        self.places(key).all(|(word, bit)| self.words.get(word).is_some_and(|word| word & bit != 0))
    }

    pub fn hashes(&self) -> u32 {
        self.hashes
    }

    /// The share of absent keys it lets through once `keys` were added: (1 − e^(−kn/m))^k.
    pub fn false_positives(&self, keys: u64) -> f64 {
        let k = f64::from(self.hashes);
        let set = 1.0 - libm::exp(-k * keys as f64 / self.bits as f64);
        libm::pow(set, k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_that_was_added_is_denied_and_few_others_pass() {
        for (bits, hashes) in [(1, 1), (4, 3), (8, 6), (10, 7), (16, 11)] {
            let mut bloom = Bloom::new(10_000, bits);
            assert_eq!(bloom.hashes(), hashes);
            (0..10_000).for_each(|key| bloom.add(key));
            assert!((0..10_000).all(|key| bloom.may_have(key)));
            let passed = (10_000..210_000).filter(|key| bloom.may_have(*key)).count() as f64 / 2e5;
            let expected = bloom.false_positives(10_000);
            assert!((passed - expected).abs() < 0.1 * expected + 5e-4, "{bits}: {passed} for {expected}");
        }
    }

    #[test]
    fn odd_sizes_do_no_harm() {
        for (keys, bits) in [(0, 0), (0, 9), (1, 0), (3, 1), (u64::MAX, 0)] {
            if keys < 100 {
                let mut bloom = Bloom::new(keys, bits);
                assert!(!bloom.may_have(7));
                bloom.add(7);
                assert!(bloom.may_have(7));
            }
        }
    }
}
