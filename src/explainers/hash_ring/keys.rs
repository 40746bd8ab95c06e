//! The keys of a run: made up from the seed, or the reader's own.

use crate::models::hashing::next_prime;
use crate::sim::random;
use std::rc::Rc;

/// Texts in one piece of memory: a million keys are one allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeySet {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl KeySet {
    pub fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len() as u32);
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn get(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let from = if id == 0 { 0 } else { self.ends.get(id - 1).copied().unwrap_or(0) as usize };
        let to = self.ends.get(id).copied().unwrap_or(0) as usize;
        self.bytes.get(from..to).unwrap_or_default()
    }

    pub fn text(&self, id: u32) -> String {
        String::from_utf8_lossy(self.get(id)).into_owned()
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len() as u32).map(|id| self.get(id))
    }

    pub fn find(&self, key: &[u8]) -> Option<u32> {
        (0..self.len() as u32).find(|id| self.get(*id) == key)
    }

    /// The first `n`.
    pub fn truncated(&self, n: usize) -> KeySet {
        let ends = self.ends.get(..n).unwrap_or(&self.ends).to_vec();
        let bytes = self.bytes.get(..ends.last().copied().unwrap_or(0) as usize).unwrap_or_default().to_vec();
        KeySet { bytes, ends }
    }
}

/// `n` different keys as applications name them: `user:8812`, `cart:1047`.
pub fn made_up(n: u32, seed: u64) -> Rc<KeySet> {
    let mut chance = random::stream(seed, "keys");
    let range = u64::from(next_prime((n.saturating_mul(9)).max(9_000)));
    let (step, mut at) = (1 + u64::from(chance.next_u32()) % (range - 1), u64::from(chance.next_u32()) % range);
    let mut keys = KeySet::default();
    for _ in 0..n {
        // A step coprime to the range visits every number once: no two keys are the same.
        at = (at + step) % range;
        let kind = ["user", "cart", "post", "img"][chance.below(4) as usize];
        keys.push(format!("{kind}:{at}").as_bytes());
    }
    Rc::new(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_keys_are_the_same() {
        for n in [10, 1_000, 20_000] {
            let keys = made_up(n, 7);
            let all: std::collections::BTreeSet<&[u8]> = keys.iter().collect();
            assert_eq!(all.len(), n as usize);
        }
    }
}
