//! A hash of a world that is the same on every machine: what `usize` is wide on one and narrow on another is widened.

use std::hash::{Hash, Hasher};
use xxhash_rust::xxh64::Xxh64;

struct Portable(Xxh64);

impl Hasher for Portable {
    fn finish(&self) -> u64 {
        self.0.digest()
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn write_u16(&mut self, n: u16) {
        self.0.update(&n.to_le_bytes());
    }
    fn write_u32(&mut self, n: u32) {
        self.0.update(&n.to_le_bytes());
    }
    fn write_u64(&mut self, n: u64) {
        self.0.update(&n.to_le_bytes());
    }
    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
    fn write_i64(&mut self, n: i64) {
        self.write_u64(n as u64);
    }
    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as i64 as u64);
    }
}

/// xxHash64 over the value's own `Hash`.
pub fn digest<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = Portable(Xxh64::new(0));
    value.hash(&mut hasher);
    hasher.finish()
}
