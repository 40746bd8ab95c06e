//! Keys of a trace by number. A key is known by its 64-bit hash (xxHash64) alone: two keys with the same hash would
//! count as one, which among ten million keys happens with a probability of 3 in a million (n² / 2^65).

use super::Key;
use xxhash_rust::xxh64::xxh64;

/// Many small tables, so that no single one takes long to grow.
const TABLES: usize = 256;

#[derive(Clone, Debug, Default)]
struct Table {
    /// Open addressing, one place after the other; 0: free.
    hashes: Vec<u64>,
    keys: Vec<Key>,
    len: usize,
}

#[derive(Clone, Debug)]
pub struct Interner {
    tables: Vec<Table>,
    len: Key,
}

impl Default for Interner {
    fn default() -> Interner {
        Interner { tables: vec![Table::default(); TABLES], len: 0 }
    }
}

impl Table {
    /// The place of a hash: its own, or the free one where it belongs.
    fn place(&self, hash: u64) -> usize {
        let mask = self.hashes.len() - 1;
        let mut at = hash as usize & mask;
        while self.hashes[at] != 0 && self.hashes[at] != hash {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        let size = (self.hashes.len() * 2).max(16);
        let hashes = std::mem::replace(&mut self.hashes, vec![0; size]);
        let keys = std::mem::replace(&mut self.keys, vec![0; size]);
        for (hash, key) in hashes.into_iter().zip(keys).filter(|(hash, _)| *hash != 0) {
            let at = self.place(hash);
            (self.hashes[at], self.keys[at]) = (hash, key);
        }
    }
}

impl Interner {
    /// The key's number: the next free one, if it is new.
    pub fn key(&mut self, name: &[u8], space: u64) -> Key {
        let hash = xxh64(name, space).max(1);
        let table = &mut self.tables[(hash >> 56) as usize % TABLES];
        if table.len * 4 >= table.hashes.len() * 3 {
            table.grow();
        }
        let at = table.place(hash);
        if table.hashes[at] == 0 {
            (table.hashes[at], table.keys[at]) = (hash, self.len);
            table.len += 1;
            self.len += 1;
        }
        table.keys[at]
    }

    /// The key's number, if it has one.
    pub fn known(&self, name: &[u8], space: u64) -> Option<Key> {
        let hash = xxh64(name, space).max(1);
        let table = self.tables.get((hash >> 56) as usize % TABLES).filter(|table| table.len > 0)?;
        let at = table.place(hash);
        (table.hashes[at] != 0).then(|| table.keys[at])
    }

    /// How many there are.
    pub fn len(&self) -> Key {
        self.len
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_stay() {
        let mut interner = Interner::default();
        for round in 0..2 {
            for i in 0..100_000u32 {
                assert_eq!(interner.key(format!("user:{i}").as_bytes(), 0), i, "round {round}");
            }
        }
        assert_eq!((interner.len(), interner.is_empty()), (100_000, false));
        assert_eq!(interner.key(b"", 0), 100_000);
        assert_eq!((interner.known(b"user:77", 0), interner.known(b"user:77", 1)), (Some(77), None));
        assert_eq!((interner.known(b"nobody", 0), Interner::default().known(b"user:77", 0)), (None, None));
        // The same name in another space is another key.
        assert_eq!(interner.key(b"user:0", 1), 100_001);
    }
}
