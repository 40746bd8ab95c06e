//! A hash table of places in a list that somebody else keeps: open addressing, linear probing. The order of its slots
//! is never looked at, so it is as good as a sorted list where runs must not differ.

use xxhash_rust::xxh64::xxh64;

/// 32 bits of xxHash64.
pub fn hash(bytes: &[u8]) -> u32 {
    xxh64(bytes, 0) as u32
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Hash, and the place plus one; 0 is an empty slot. Their number is 0 or a power of two.
    slots: Vec<(u32, u32)>,
    used: usize,
}

impl Table {
    /// The place with this hash of which `same` is true.
    pub fn find(&self, hash: u32, same: &mut dyn FnMut(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            match self.slots.get(at) {
                Some(&(_, 0)) | None => return None,
                Some(&(h, place)) if h == hash && same(place - 1) => return Some(place - 1),
                Some(_) => at = (at + 1) & mask,
            }
        }
    }

    /// Adds a place that is not in it.
    pub fn add(&mut self, hash: u32, place: u32) {
        if self.slots.len() < (self.used + 1) * 2 {
            let old = std::mem::take(&mut self.slots);
            self.slots = vec![(0, 0); (old.len() * 2).max(16)];
            for slot in old {
                if slot.1 != 0 {
                    self.put(slot);
                }
            }
        }
        self.used += 1;
        self.put((hash, place + 1));
    }

    fn put(&mut self, slot: (u32, u32)) {
        let mask = self.slots.len() - 1;
        let mut at = slot.0 as usize & mask;
        while self.slots[at].1 != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_was_added_and_nothing_else(given in proptest::collection::vec(0u16..400, 0..300)) {
            let mut table = Table::default();
            let mut kept: Vec<u16> = Vec::new();
            // Few different hashes, so that they collide.
            let weak = |n: u16| u32::from(n % 13);
            for n in given {
                let found = table.find(weak(n), &mut |place| kept[place as usize] == n);
                prop_assert_eq!(found, kept.iter().position(|k| *k == n).map(|place| place as u32));
                if found.is_none() {
                    table.add(weak(n), kept.len() as u32);
                    kept.push(n);
                }
            }
        }
    }
}
