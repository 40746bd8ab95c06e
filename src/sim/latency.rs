//! How long a message takes: distributions of one delay, drawn from a named stream.

pub mod fast;
pub mod fit;

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::quantile;
use super::random::Stream;
use super::{MS, Micros, SECOND};

/// No delay is longer: an hour. What a heavy tail puts beyond is drawn as an hour.
pub const MAX: Micros = 3_600 * SECOND;

/// A distribution of delays. Parameters that are times are in milliseconds unless they are [`Micros`].
#[derive(Clone, Debug, PartialEq)]
pub enum Delay {
    Fixed(Micros),
    /// Continuous between the two; their order does not matter.
    Uniform {
        from: Micros,
        to: Micros,
    },
    /// Mean in ms, above 0: 1/λ.
    Exponential {
        mean: f64,
    },
    /// xm · U^(−1/alpha): at least `xm` ms, both above 0. Its mean is infinite for `alpha` ≤ 1.
    Pareto {
        xm: f64,
        alpha: f64,
    },
    /// exp(ln(`median` ms) + `sigma` · standard normal); both above 0.
    LogNormal {
        median: f64,
        sigma: f64,
    },
    /// One of the parts, each as often as its weight over the sum of all weights.
    Mixture(Rc<[(f64, Delay)]>),
    /// Measured delays in µs, ascending (see [`Delay::samples`]). One of them is drawn, as they are: nothing between
    /// two of them, nothing beyond the longest.
    Samples(Rc<[u32]>),
}

impl Delay {
    /// Pareto with the given weight (0 to 1), an exponential for the rest, as Bailis et al. (PVLDB 5(8), 2012) fit
    /// latencies; `lambda` per ms.
    pub fn pareto_and_exponential(weight: f64, xm: f64, alpha: f64, lambda: f64) -> Delay {
        Delay::Mixture(Rc::new([
            (weight, Delay::Pareto { xm, alpha }),
            (1.0 - weight, Delay::Exponential { mean: 1.0 / lambda }),
        ]))
    }

    /// Measured delays in any order, each at most [`MAX`].
    pub fn samples(measured: &[Micros]) -> Delay {
        Delay::Samples(quantile::sorted(measured).into_iter().map(|delay| delay.min(MAX) as u32).collect())
    }

    /// One delay, rounded to the nearest µs, from 0 to [`MAX`].
    pub fn sample(&self, chance: &mut Stream) -> Micros {
        // What is not a number casts to 0.
        libm::round(self.sample_ms(chance) * MS as f64) as Micros
    }

    /// One delay in ms, not rounded, from 0 to [`MAX`].
    pub fn sample_ms(&self, chance: &mut Stream) -> f64 {
        let drawn = match self {
            // No chance is spent where there is none.
            Delay::Fixed(delay) => ms(*delay),
            Delay::LogNormal { median, sigma } => median * libm::exp(sigma * normal(chance)),
            _ => self.at(chance.unit(), chance),
        };
        drawn.clamp(0.0, ms(MAX))
    }

    /// The delay for a uniform `u` between 0 and 1. A mixture spends the part of `u` that chose no part of it on the
    /// part it chose; only a log-normal part draws more chance.
    fn at(&self, u: f64, chance: &mut Stream) -> f64 {
        match self {
            Delay::Fixed(delay) => ms(*delay),
            Delay::Uniform { from, to } => ms(*from) + u * (ms(*to) - ms(*from)),
            Delay::Exponential { mean } => -libm::log(u) * mean,
            Delay::Pareto { xm, alpha } => xm * libm::exp(-libm::log(u) / alpha),
            Delay::LogNormal { .. } => self.sample_ms(chance),
            Delay::Mixture(parts) => {
                let mut rest = u * total(parts);
                for (i, (weight, part)) in parts.iter().enumerate() {
                    if rest < *weight || i + 1 == parts.len() {
                        return part.at((rest / weight).clamp(f64::EPSILON / 4.0, 1.0), chance);
                    }
                    rest -= weight.max(0.0);
                }
                0.0
            }
            Delay::Samples(sorted) => {
                let place = (u * sorted.len() as f64) as usize;
                sorted.get(place.min(sorted.len().saturating_sub(1))).map_or(0.0, |delay| ms(Micros::from(*delay)))
            }
        }
    }

    /// The part of all delays that are at most `t` ms: 0 to 1.
    pub fn cdf(&self, t: f64) -> f64 {
        match self {
            Delay::Fixed(delay) => f64::from(u8::from(t >= ms(*delay))),
            Delay::Uniform { from, to } if from == to => f64::from(u8::from(t >= ms(*from))),
            Delay::Uniform { from, to } => {
                let (from, to) = (ms(*from.min(to)), ms(*from.max(to)));
                ((t - from) / (to - from)).clamp(0.0, 1.0)
            }
            Delay::Exponential { mean } => -libm::expm1(-t.max(0.0) / mean),
            Delay::Pareto { xm, .. } if t <= *xm => 0.0,
            Delay::Pareto { xm, alpha } => -libm::expm1(alpha * libm::log(xm / t)),
            Delay::LogNormal { .. } if t <= 0.0 => 0.0,
            Delay::LogNormal { median, sigma } => {
                0.5 * libm::erfc(libm::log(median / t) / (sigma * std::f64::consts::SQRT_2))
            }
            Delay::Mixture(parts) => {
                parts.iter().map(|(weight, part)| weight * part.cdf(t)).sum::<f64>() / total(parts)
            }
            Delay::Samples(sorted) => {
                let up_to = sorted.partition_point(|delay| ms(Micros::from(*delay)) <= t);
                up_to as f64 / sorted.len().max(1) as f64
            }
        }
    }

    /// The least delay in ms that a part `p` (0 to 1) of all do not exceed, to a relative 10⁻¹² and at most [`MAX`].
    pub fn quantile(&self, p: f64) -> f64 {
        if let Delay::Samples(sorted) = self {
            let place = quantile::rank(sorted.len(), p).unwrap_or(0);
            return sorted.get(place).map_or(0.0, |delay| ms(Micros::from(*delay)));
        }
        let (mut low, mut high) = (0.0, ms(MAX));
        // Halves until nothing is left to halve: at most some sixty times.
        while high - low > high * 1e-13 && high > 1e-12 {
            let middle = (low + high) / 2.0;
            if self.cdf(middle) < p {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// In ms; infinite for a Pareto tail with `alpha` ≤ 1. [`MAX`] is not taken into account.
    pub fn mean(&self) -> f64 {
        match self {
            Delay::Fixed(delay) => ms(*delay),
            Delay::Uniform { from, to } => (ms(*from) + ms(*to)) / 2.0,
            Delay::Exponential { mean } => *mean,
            Delay::Pareto { alpha, .. } if *alpha <= 1.0 => f64::INFINITY,
            Delay::Pareto { xm, alpha } => xm * alpha / (alpha - 1.0),
            Delay::LogNormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Delay::Mixture(parts) => {
                parts.iter().map(|(weight, part)| weight * part.mean()).sum::<f64>() / total(parts)
            }
            Delay::Samples(sorted) => {
                sorted.iter().map(|delay| ms(Micros::from(*delay))).sum::<f64>() / sorted.len().max(1) as f64
            }
        }
    }
}

fn ms(delay: Micros) -> f64 {
    delay as f64 / MS as f64
}

fn total(parts: &[(f64, Delay)]) -> f64 {
    parts.iter().map(|part| part.0).sum()
}

/// A standard normal draw by the polar method (Marsaglia and Bray 1964), which needs no sine.
fn normal(chance: &mut Stream) -> f64 {
    loop {
        let (x, y) = (2.0 * chance.unit() - 1.0, 2.0 * chance.unit() - 1.0);
        let square = x * x + y * y;
        if square < 1.0 && square > 0.0 {
            return x * libm::sqrt(-2.0 * libm::log(square) / square);
        }
    }
}

/// By the numbers' bits.
impl Hash for Delay {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Delay::Fixed(delay) => delay.hash(state),
            Delay::Uniform { from, to } => (from, to).hash(state),
            Delay::Exponential { mean } => mean.to_bits().hash(state),
            Delay::Pareto { xm: a, alpha: b } | Delay::LogNormal { median: a, sigma: b } => {
                (a.to_bits(), b.to_bits()).hash(state);
            }
            Delay::Mixture(parts) => parts.iter().for_each(|(weight, part)| (weight.to_bits(), part).hash(state)),
            Delay::Samples(sorted) => sorted.hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::random::stream;

    pub(super) fn all() -> Vec<Delay> {
        let mixture = Delay::pareto_and_exponential(0.38, 1.05, 1.51, 0.183);
        vec![
            Delay::Fixed(1_500),
            Delay::Uniform { from: 4_000, to: 12_000 },
            Delay::Uniform { from: 7, to: 7 },
            Delay::Exponential { mean: 5.0 },
            Delay::Pareto { xm: 0.235, alpha: 10.0 },
            Delay::LogNormal { median: 3.0, sigma: 0.7 },
            Delay::Mixture(Rc::new([(3.0, Delay::LogNormal { median: 9.0, sigma: 0.1 }), (1.0, mixture.clone())])),
            mixture,
            Delay::samples(&[5_000, 1, 1, 70, 900]),
        ]
    }

    /// Drawn, counted and computed agree: every part of the draws lies where the distribution says.
    #[test]
    fn draws_follow_the_distribution() {
        for (i, delay) in all().iter().enumerate() {
            let mut chance = stream(3, "draws");
            let n = 200_000;
            let mut draws: Vec<f64> = (0..n).map(|_| delay.sample_ms(&mut chance)).collect();
            draws.sort_by(f64::total_cmp);
            for p in [0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999] {
                let at = delay.quantile(p);
                let (up_to, below) =
                    (draws.partition_point(|d| *d <= at * 1.000_001), draws.partition_point(|d| *d < at * 0.999_999));
                let slack = 4.5 * f64::sqrt(p * (1.0 - p) / f64::from(n));
                assert!(up_to as f64 / f64::from(n) > p - slack, "{i}: {p} at {at}");
                assert!((below as f64) < (p + slack) * f64::from(n), "{i}: {p} at {at}");
                assert!(delay.cdf(at) >= p - 1e-9 && delay.cdf(at * (1.0 - 1e-9)) <= p + 1e-6, "{i}: {p} at {at}");
            }
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            let tolerance = if (6..8).contains(&i) { 0.08 } else { 0.02 };
            assert!((mean / delay.mean() - 1.0).abs() < tolerance, "{i}: {mean} vs {}", delay.mean());
        }
    }

    #[test]
    fn known_values() {
        let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-9, "{a} {b}");
        close(Delay::Exponential { mean: 2.0 }.quantile(0.5), 2.0 * std::f64::consts::LN_2);
        close(Delay::Pareto { xm: 3.0, alpha: 2.0 }.quantile(0.75), 6.0);
        close(Delay::Pareto { xm: 3.0, alpha: 2.0 }.mean(), 6.0);
        close(Delay::LogNormal { median: 3.0, sigma: 1.0 }.quantile(0.5), 3.0);
        close(Delay::LogNormal { median: 1.0, sigma: 1.0 }.quantile(0.975), libm::exp(1.959_963_984_540_054));
        assert_eq!(Delay::Pareto { xm: 1.0, alpha: 1.0 }.mean(), f64::INFINITY);
        assert_eq!(Delay::samples(&[30, 10, 20]).quantile(0.5), 0.02);
    }

    #[test]
    fn whole_microseconds_and_no_panic() {
        let mut chance = stream(1, "whole");
        assert_eq!(Delay::Fixed(42).sample(&mut chance), 42);
        for delay in [
            Delay::samples(&[]),
            Delay::Mixture(Rc::new([])),
            Delay::Mixture(Rc::new([(0.0, Delay::Fixed(1))])),
            Delay::Mixture(Rc::new([(f64::NAN, Delay::Exponential { mean: f64::NAN })])),
            Delay::Exponential { mean: -1.0 },
            Delay::Pareto { xm: f64::INFINITY, alpha: 0.0 },
            Delay::Fixed(Micros::MAX),
            Delay::samples(&[Micros::MAX]),
        ] {
            for _ in 0..100 {
                assert!(delay.sample(&mut chance) <= MAX, "{delay:?}");
            }
            assert!(delay.quantile(0.5) >= 0.0, "{delay:?}");
            delay.mean();
        }
        let seen: Vec<Micros> = (0..400).map(|_| Delay::samples(&[9, 4, 4]).sample(&mut chance)).collect();
        assert!(seen.iter().all(|d| [4, 9].contains(d)));
        assert!((100..170).contains(&seen.iter().filter(|d| **d == 9).count()));
    }

    #[test]
    fn the_same_stream_gives_the_same_delays() {
        let draw = |delay: &Delay| {
            let mut chance = stream(9, "same");
            (0..50).map(|_| delay.sample(&mut chance)).collect::<Vec<_>>()
        };
        for delay in all() {
            assert_eq!(draw(&delay), draw(&delay.clone()));
        }
    }
}
