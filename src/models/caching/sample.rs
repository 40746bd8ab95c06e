//! A trace for benchmarks.

use super::Key;
use crate::sim::random::stream;

/// What the benchmarks run: a million requests for at most 100,000 keys, Zipf with exponent 1.
pub const REQUESTS: u32 = 1_000_000;
pub const KEYS: u32 = 100_000;

/// Independent requests, the key of rank r in proportion to r to the power of minus the exponent; keys numbered as they
/// first come, so that all numbers below the second result are asked for.
pub fn zipf(requests: u32, keys: u32, exponent: f64, seed: u64) -> (Vec<Key>, u64) {
    let mut sum = 0.0;
    let weight = |rank: u32| {
        sum += libm::pow(f64::from(rank), -exponent);
        sum
    };
    let ends: Vec<f64> = (1..=keys.max(1)).map(weight).collect();
    let all = ends.last().copied().unwrap_or(1.0);
    let mut numbers = vec![Key::MAX; ends.len()];
    let (mut chance, mut known) = (stream(seed, "cache sample"), 0);
    let one = |_| {
        let drawn = chance.unit() * all;
        let rank = ends.partition_point(|end| *end < drawn).min(ends.len() - 1);
        let Some(number) = numbers.get_mut(rank) else { return 0 };
        if *number == Key::MAX {
            *number = known;
            known += 1;
        }
        *number
    };
    let trace = (0..requests).map(one).collect();
    (trace, u64::from(known))
}
