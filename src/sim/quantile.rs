//! Quantiles of whole microseconds, exact: by nearest rank, so each answer is one of the values.

use super::Micros;
use super::order;

/// The place, from 0, of the `p` quantile (0 to 1) among `n` sorted values by nearest rank: the least value that at
/// least `p` of all do not exceed. `None` without values.
///
/// Of 1,000 values p = 0.999 is the 999th; p = 0 is the least.
pub fn rank(n: usize, p: f64) -> Option<usize> {
    let last = n.checked_sub(1)?;
    // 0.07 × 100 is a little above 7 in binary: what is within rounding of a whole number is taken for it.
    let rank = libm::ceil(p * n as f64 * (1.0 - 4.0 * f64::EPSILON)).max(1.0);
    Some((rank as usize - 1).min(last))
}

/// The `p` quantile (0 to 1) of values in ascending order.
pub fn of_sorted(values: &[Micros], p: f64) -> Option<Micros> {
    values.get(rank(values.len(), p)?).copied()
}

/// In ascending order, for [`of_sorted`].
pub fn sorted(values: &[Micros]) -> Vec<Micros> {
    let mut pairs: Vec<(u64, u32)> = values.iter().map(|value| (*value, 0)).collect();
    order::sort(&mut pairs);
    pairs.into_iter().map(|pair| pair.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The definition, counted: enough values up to the answer, too few below it.
        #[test]
        fn is_the_least_that_enough_do_not_exceed(values in proptest::collection::vec(0u64..50, 1..60), p in 0u32..=1000) {
            let of = sorted(&values);
            prop_assert!(of.is_sorted());
            let answer = of_sorted(&of, f64::from(p) / 1000.0).expect("a value");
            let up_to = values.iter().filter(|value| **value <= answer).count();
            let below = values.iter().filter(|value| **value < answer).count();
            prop_assert!(up_to * 1000 >= p as usize * values.len());
            prop_assert!(below == 0 || below * 1000 < p as usize * values.len());
        }
    }

    #[test]
    fn edges() {
        assert_eq!(of_sorted(&[], 0.5), None);
        let hundred: Vec<u64> = (1..=100).collect();
        for percent in 1..=100 {
            assert_eq!(of_sorted(&hundred, percent as f64 / 100.0), Some(percent));
        }
        for (p, expected) in [(0.0, 1), (-1.0, 1), (2.0, 100), (f64::NAN, 1), (f64::INFINITY, 100)] {
            assert_eq!(of_sorted(&hundred, p), Some(expected), "{p}");
        }
    }
}
