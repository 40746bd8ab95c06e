//! Apache Cassandra's Murmur3Partitioner: signed tokens on a ring.

use std::collections::BTreeSet;

use rand_core::Rng;
use rand_pcg::Pcg64;

use super::functions::{murmur3_x64_128_cassandra, siphash24};
use super::ring::MAX_POINTS;

/// The token of a partition key: the first half of Cassandra's MurmurHash3_x64_128, with `i64::MIN` replaced by
/// `i64::MAX` (the minimum is kept for "before everything"). Range `i64::MIN + 1..=i64::MAX`.
///
/// The empty key's token is 0, as drivers compute it; the server itself never stores an empty partition key.
pub fn cassandra_token(key: &[u8]) -> i64 {
    normalize(murmur3_x64_128_cassandra(key).0 as i64)
}

fn normalize(token: i64) -> i64 {
    if token == i64::MIN { i64::MAX } else { token }
}

/// `n` distinct random tokens for a node, in the order drawn: the same for the same name and seed on every machine,
/// and the first k of them are the tokens for `n` = k.
///
/// This is what a node draws with `num_tokens: n` and without `allocate_tokens_for_local_replication_factor` (with
/// it, Cassandra 4 and later place tokens so that shares come out even). Cassandra allows at most 1,536; here the
/// limit is 2^22.
pub fn cassandra_tokens_for(name: &str, n: u32, seed: u64) -> Vec<i64> {
    let mut random = Pcg64::new(u128::from(seed), u128::from(siphash24(0, 0, name.as_bytes())));
    let wanted = n.min(MAX_POINTS) as usize;
    let mut drawn = BTreeSet::new();
    let mut tokens = Vec::new();
    while tokens.len() < wanted {
        let token = normalize(random.next_u64() as i64);
        if drawn.insert(position_of(token)) {
            tokens.push(token);
        }
    }
    tokens
}

/// A token's place on the turn 0..2^64: the order of signed tokens becomes the order of unsigned positions.
pub(super) fn position_of(token: i64) -> u64 {
    token as u64 ^ 1 << 63
}

/// The token at a place on the turn.
pub(super) fn token_at(position: u64) -> i64 {
    (position ^ 1 << 63) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_tokens_are_reproducible() {
        let sixteen = cassandra_tokens_for("node1", 16, 7);
        assert_eq!(sixteen[..4], cassandra_tokens_for("node1", 4, 7)[..]);
        assert_ne!(sixteen, cassandra_tokens_for("node2", 16, 7));
        assert_ne!(sixteen, cassandra_tokens_for("node1", 16, 8));
        assert!(cassandra_tokens_for("", 0, 0).is_empty());
    }

    #[test]
    fn order_is_kept() {
        assert_eq!(position_of(i64::MIN), 0);
        assert_eq!(position_of(i64::MAX), u64::MAX);
        assert_eq!(token_at(position_of(-42)), -42);
        assert_eq!(normalize(i64::MIN), i64::MAX);
    }
}
