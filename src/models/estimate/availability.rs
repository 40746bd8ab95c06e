//! Availability: nines and downtime, and what parts in a row, side by side, or k of n come to.
//!
//! Parts fail independently of each other here, which real ones seldom do.

/// Seconds of a period. A month is a twelfth of a year.
pub const YEAR: f64 = 365.2425 * DAY;
pub const MONTH: f64 = YEAR / 12.0;
pub const WEEK: f64 = 7.0 * DAY;
pub const DAY: f64 = 86_400.0;

/// A part, or how parts depend on each other. Everything is kept as the share of time that it is *down*: of five nines
/// it is the last digits that matter, and 1 − 0.99999 has lost some.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// The share of time that it is down.
    Part(f64),
    /// All are needed.
    Series(Vec<Block>),
    /// One is enough.
    Parallel(Vec<Block>),
    /// So many of these are needed.
    Of(usize, Vec<Block>),
}

/// From how long it runs between failures on average, and how long a repair takes: MTTR / (MTBF + MTTR), MTBF being
/// the time up. Same unit; not a number where both are 0.
pub fn down_of(mtbf: f64, mttr: f64) -> f64 {
    mttr / (mtbf + mttr)
}

impl Block {
    /// The share of time that it is down.
    pub fn down(&self) -> f64 {
        match self {
            Block::Part(down) => down.clamp(0.0, 1.0),
            // Up is the product; summed up from small numbers it keeps its digits.
            Block::Series(parts) => in_series(&downs(parts)),
            Block::Parallel(parts) if parts.is_empty() => 0.0,
            Block::Parallel(parts) => parts.iter().map(Block::down).product(),
            Block::Of(needed, parts) => too_few(*needed, &downs(parts)),
        }
    }
}

fn downs(parts: &[Block]) -> Vec<f64> {
    parts.iter().map(Block::down).collect()
}

/// How long one of several parts is down.
pub fn in_series(downs: &[f64]) -> f64 {
    downs.iter().fold(0.0, |down, part| down + part - down * part)
}

/// The probability that fewer than `needed` are up, by adding one part after the other.
pub fn too_few(needed: usize, downs: &[f64]) -> f64 {
    // chance[k]: of the parts so far exactly k are down.
    let mut chance = vec![1.0];
    for down in downs {
        let mut next = vec![0.0; chance.len() + 1];
        for (k, p) in chance.iter().enumerate() {
            next[k] += p * (1.0 - down);
            next[k + 1] += p * down;
        }
        chance = next;
    }
    // Down when more are down than may be; the smallest are added first.
    match downs.len().checked_sub(needed) {
        Some(may) => chance.iter().skip(may + 1).rev().sum(),
        None => 1.0,
    }
}

/// How many nines an availability has: 3 for 99.9%. With a fraction: 3.3 for 99.95%.
pub fn nines(down: f64) -> f64 {
    if down <= 0.0 { f64::INFINITY } else { -libm::log10(down) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= b.abs() * 1e-12
    }

    #[test]
    fn k_of_n_has_the_others_as_its_ends() {
        let parts = || vec![Block::Part(0.01), Block::Part(0.02), Block::Part(0.005)];
        assert!(near(Block::Of(3, parts()).down(), Block::Series(parts()).down()));
        assert!(near(Block::Of(1, parts()).down(), Block::Parallel(parts()).down()));
        // Two of three, written out.
        let (a, b, c) = (0.01, 0.02, 0.005);
        let two = a * b * (1.0 - c) + a * c * (1.0 - b) + b * c * (1.0 - a) + a * b * c;
        assert!(near(Block::Of(2, parts()).down(), two));
        assert_eq!(Block::Of(4, parts()).down(), 1.0);
        assert_eq!(Block::Of(0, parts()).down(), 0.0);
        assert_eq!(Block::Series(vec![]).down(), 0.0);
    }

    #[test]
    fn nothing_is_lost_of_many_nines() {
        let five = Block::Series(vec![Block::Part(1e-9), Block::Part(1e-9)]);
        assert!(near(five.down(), 2e-9 - 1e-18));
        assert!(near(nines(0.001), 3.0));
        assert!((nines(0.0005) - 3.301).abs() < 1e-3);
        assert!(near(down_of(999.0, 1.0), 0.001));
    }
}
