//! Randomness by name: one PCG stream per seed and purpose, so that a new use of chance never shifts an old one.

use rand_core::Rng;
use rand_pcg::Pcg32;

#[derive(Clone, Debug)]
pub struct Stream(Pcg32);

/// The stream for a purpose. `Pcg32` (PCG XSH RR 64/32, O'Neill 2014) is the same on every platform.
pub fn stream(seed: u64, purpose: &str) -> Stream {
    let name = xxhash_rust::xxh64::xxh64(purpose.as_bytes(), 0);
    Stream(Pcg32::new(seed ^ name.rotate_left(17), name))
}

impl Stream {
    pub fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
    /// Uniform below `n` (Lemire's multiply-and-shift; the bias is below n / 2^32). 0 when `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.next_u32()) * u64::from(n)) >> 32) as u32
    }
    /// Uniform between 0 and 1, both excluded: the middles of 2^52 equal steps, so its logarithm is finite.
    pub fn unit(&mut self) -> f64 {
        ((self.next_u64() >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_is_open_and_even() {
        let mut chance = stream(1, "test");
        let draws: Vec<f64> = (0..100_000).map(|_| chance.unit()).collect();
        assert!(draws.iter().all(|u| *u > 0.0 && *u < 1.0));
        let mean = draws.iter().sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.004, "{mean}");
        let low = draws.iter().filter(|u| **u < 0.1).count();
        assert!(low.abs_diff(10_000) < 400, "{low}");
        // The ends of the range of `next_u64`, by the same formula.
        assert!(((u64::MAX >> 12) as f64 + 0.5) / ((1u64 << 52) as f64) < 1.0);
    }
}
