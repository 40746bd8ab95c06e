//! Which partition a record with a key goes to (Kafka 4.3: `Utils.murmur2`, `BuiltInPartitioner.partitionForKey`).

/// MurmurHash2 (Appleby 2008), 32 bits, as Kafka computes it: seed 0x9747b28c, blocks read little-endian.
pub fn murmur2(bytes: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    // Java's length is a 32-bit int: the cast wraps nothing that could be in memory there.
    let mut hash = 0x9747_b28c ^ bytes.len() as u32;
    let (blocks, tail) = bytes.as_chunks::<4>();
    for &block in blocks {
        let word = u32::from_le_bytes(block).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ (word ^ word >> 24).wrapping_mul(M);
    }
    if !tail.is_empty() {
        hash ^= tail.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ hash >> 13).wrapping_mul(M);
    hash ^ hash >> 15
}

/// The lowest 31 bits: what Kafka does instead of `Math.abs`.
pub fn to_positive(hash: u32) -> u32 {
    hash & 0x7fff_ffff
}

/// The partition of a record with this key among `partitions` (0 of none).
pub fn partition_for_key(key: &[u8], partitions: u32) -> u32 {
    to_positive(murmur2(key)).checked_rem(partitions).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of Kafka's own `UtilsTest#testMurmur2`.
    #[test]
    fn kafkas_own_cases() {
        assert_eq!(murmur2(b"21") as i32, -973_932_308);
        assert_eq!(murmur2(b"foobar") as i32, -790_332_482);
        assert_eq!(murmur2(b"abc") as i32, 479_470_107);
        assert_eq!(partition_for_key(b"foobar", 12), 6);
        assert_eq!(partition_for_key(b"foobar", 0), 0);
    }
}
