//! Ketama as libmemcached 1.1.4 builds it.

use super::functions::{md5, push_decimal};
use super::ring::Point;

/// Points per server at equal weight in the weighted continuum (`MEMCACHED_POINTS_PER_SERVER_KETAMA`).
pub const KETAMA_WEIGHTED_POINTS: u32 = 160;
/// Points per server in the unweighted continuum (`MEMCACHED_POINTS_PER_SERVER`).
pub const KETAMA_POINTS: u32 = 100;

/// How many points the weighted continuum gives a server, a multiple of 4.
///
/// libmemcached computes it in single precision and rounds down, so a server can get 156 points at equal weight where
/// 1/n rounds the wrong way, and one of small weight can get none. `live` counts the servers with any weight, and
/// `total` is the sum of theirs.
pub fn ketama_points(weight: u32, total: u64, live: u32) -> u32 {
    if weight == 0 || total == 0 {
        return 0;
    }
    let part = weight as f32 / total as f32;
    let digests = (part * KETAMA_WEIGHTED_POINTS as f32 / 4.0 * live as f32 + 0.000_000_000_1_f32).floor();
    (digests as u32).saturating_mul(4)
}

/// Adds a server's points: four per digest of `name-0`, `name-1` … in the weighted continuum, one in the other.
pub(super) fn add(points: &mut Vec<Point>, name: &str, server: u32, digests: u32, per_digest: usize) {
    let mut buffer = name.as_bytes().to_vec();
    buffer.push(b'-');
    let prefix = buffer.len();
    for index in 0..digests {
        buffer.truncate(prefix);
        push_decimal(&mut buffer, index);
        let words = md5(&buffer);
        points.extend(words.iter().take(per_digest).map(|&word| Point { position: u64::from(word) << 32, server }));
    }
}

/// A key's value on the continuum: the first four bytes of its MD5, little-endian.
pub(super) fn key_value(key: &[u8]) -> u32 {
    md5(key)[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_precision_rounds_down() {
        assert_eq!(ketama_points(100, 500, 5), 160);
        assert_eq!(ketama_points(1, 1, 1), 160);
        // Weights 1, 2, 3: a sixth, a third and a half of 480.
        assert_eq!([1, 2, 3].map(|weight| ketama_points(weight, 6, 3)), [80, 160, 240]);
        assert_eq!(ketama_points(1, 10_000, 2), 0);
        assert_eq!(ketama_points(0, 0, 0), 0);
        // Equal weights, and yet one digest short: 1/n in single precision lies below 1/n for these (the real
        // libmemcached's lookups agree).
        let points = |n: u32| ketama_points(100, u64::from(n) * 100, n);
        let short: Vec<u32> = (1..100).filter(|&n| points(n) != 160).collect();
        assert_eq!(short, [25, 47, 50, 55, 61, 71, 94]);
        assert!(short.iter().all(|&n| points(n) == 156));
    }
}
