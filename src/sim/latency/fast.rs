//! Drawing millions of delays: the same distributions by tables, some three times as fast as by `libm` alone.

use std::rc::Rc;

use super::{Delay, MAX, ms, total};
use crate::sim::Micros;
use crate::sim::random::Stream;

const SIZE: usize = 256;
const LN_2: f64 = std::f64::consts::LN_2;

/// Logarithms and powers of e by a table of 256 steps and a short polynomial. Only sums and products, so the same to the
/// last bit everywhere; the tables are made by `libm` when asked for, since as data they would be downloaded.
#[derive(Clone, Debug)]
pub struct Tables {
    /// 1 / m and ln m in the middle of each step of m from 1 to 2.
    ln: [(f64, f64); SIZE],
    /// 2^(i / 256).
    exp: [f64; SIZE],
}

impl Tables {
    pub fn new() -> Rc<Tables> {
        let mut tables = Tables { ln: [(0.0, 0.0); SIZE], exp: [0.0; SIZE] };
        for (i, (ln, exp)) in tables.ln.iter_mut().zip(&mut tables.exp).enumerate() {
            let middle = 1.0 + (i as f64 + 0.5) / SIZE as f64;
            *ln = (1.0 / middle, libm::log(middle));
            *exp = libm::exp2(i as f64 / SIZE as f64);
        }
        Rc::new(tables)
    }

    /// The natural logarithm of a normal positive number, off by less than 10⁻¹¹.
    #[inline]
    pub fn ln(&self, v: f64) -> f64 {
        let bits = v.to_bits();
        let exponent = (bits >> 52) as i32 - 1023;
        let (inverse, ln) = self.ln[(bits >> 44) as usize % SIZE];
        let m = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
        // At most 1/512 from 0: the first term left out is below 4 · 10⁻¹².
        let z = m * inverse - 1.0;
        f64::from(exponent) * LN_2 + (ln + z * (1.0 - z * (0.5 - z * (1.0 / 3.0))))
    }

    /// e^v for v of −700 to 700, off by less than 10⁻¹¹ of itself.
    #[inline]
    pub fn exp(&self, v: f64) -> f64 {
        // Adding this leaves a whole number in the low bits of the sum.
        const WHOLE: f64 = 1.5 * (1u64 << 52) as f64;
        let steps = v * (SIZE as f64 / LN_2) + WHOLE;
        let whole = steps.to_bits() as i32;
        let r = v - (steps - WHOLE) * (LN_2 / SIZE as f64);
        let power = f64::from_bits((((whole >> 8) + 1023) as u64) << 52);
        power * self.exp[whole as usize % SIZE] * (1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0))))
    }
}

/// A [`Delay`] made ready.
#[derive(Clone, Debug)]
pub struct Sampler {
    tables: Rc<Tables>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    /// Chosen by a draw between 0 and 1 from here to the next part.
    from: f64,
    shape: Shape,
}

/// The delay in ms for a draw that is `x` into its part.
#[derive(Clone, Debug)]
enum Shape {
    /// a + b x
    Line(f64, f64),
    /// a + b ln x
    Log(f64, f64),
    /// e^(a + b ln x)
    Power(f64, f64),
    /// The sample at place b x.
    Sample(Rc<[u32]>, f64),
    /// Draws chance of its own.
    Other(Delay),
}

impl Sampler {
    pub fn new(delay: &Delay, tables: &Rc<Tables>) -> Sampler {
        let mut parts = Vec::new();
        flatten(delay, 0.0, 1.0, &mut parts);
        Sampler { tables: tables.clone(), parts }
    }

    /// One delay in ms, from 0 to [`MAX`], from the same draw and (log-normal parts apart) the same but for rounding as
    /// [`Delay::sample_ms`] has; where that draws nothing, this draws too.
    #[inline]
    pub fn sample_ms(&self, chance: &mut Stream) -> f64 {
        let u = chance.unit();
        let Some(mut part) = self.parts.first() else { return 0.0 };
        for other in self.parts.iter().skip(1) {
            if u >= other.from {
                part = other;
            }
        }
        let x = (u - part.from).max(f64::EPSILON / 8.0);
        let drawn = match &part.shape {
            Shape::Line(a, b) => a + b * x,
            Shape::Log(a, b) => a + b * self.tables.ln(x),
            // e^17 ms is more than the longest delay.
            Shape::Power(a, b) => self.tables.exp((a + b * self.tables.ln(x)).clamp(-100.0, 17.0)),
            Shape::Sample(sorted, b) => {
                let place = ((b * x) as usize).min(sorted.len().saturating_sub(1));
                sorted.get(place).map_or(0.0, |delay| ms(Micros::from(*delay)))
            }
            Shape::Other(delay) => delay.sample_ms(chance),
        };
        drawn.clamp(0.0, ms(MAX))
    }
}

/// A delay that is chosen by draws from `from` on, `weight` wide.
fn flatten(delay: &Delay, from: f64, weight: f64, parts: &mut Vec<Part>) {
    let ln_weight = libm::log(weight);
    let shape = match delay {
        Delay::Fixed(delay) => Shape::Line(ms(*delay), 0.0),
        Delay::Uniform { from, to } => Shape::Line(ms(*from), (ms(*to) - ms(*from)) / weight),
        Delay::Exponential { mean } => Shape::Log(mean * ln_weight, -mean),
        Delay::Pareto { xm, alpha } => Shape::Power(libm::log(*xm) + ln_weight / alpha, -1.0 / alpha),
        Delay::LogNormal { .. } => Shape::Other(delay.clone()),
        Delay::Samples(sorted) => Shape::Sample(sorted.clone(), sorted.len() as f64 / weight),
        Delay::Mixture(of) => {
            let all = total(of);
            let mut from = from;
            for (share, part) in of.iter().filter(|part| part.0 > 0.0) {
                let width = weight * share / all;
                flatten(part, from, width, parts);
                from += width;
            }
            return;
        }
    };
    parts.push(Part { from, shape });
}

#[cfg(test)]
mod tests {
    use super::super::tests::all;
    use super::*;
    use crate::sim::random::stream;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_exact_as_said(v in 1e-300..1e300f64, near in 0.0..3.0f64, e in -700.0..700.0f64) {
            let tables = Tables::new();
            for v in [v, near.max(1e-18), 1.0 - near * 1e-6] {
                prop_assert!((tables.ln(v) - libm::log(v)).abs() < 1e-11 + libm::log(v).abs() * 1e-15, "{}", v);
            }
            for e in [e, near, -near * 1e-9] {
                prop_assert!((tables.exp(e) / libm::exp(e) - 1.0).abs() < 1e-11, "{}", e);
            }
        }
    }

    #[test]
    fn every_step_of_the_tables() {
        let tables = Tables::new();
        for i in 0..100_000 {
            let v = 0.5 + f64::from(i) / 50_000.0;
            assert!((tables.ln(v) - libm::log(v)).abs() < 1e-11, "{v}");
            assert!((tables.exp(v) / libm::exp(v) - 1.0).abs() < 1e-11, "{v}");
        }
    }

    /// Draw for draw what the plain way gives.
    #[test]
    fn draws_as_the_plain_way_does() {
        let tables = Tables::new();
        // Without log-normal parts, which spend chance differently, and fixed ones, which spend none.
        let same = |delay: &Delay| !matches!(delay, Delay::Fixed(_)) && !format!("{delay:?}").contains("LogNormal");
        for delay in all().into_iter().filter(same) {
            let sampler = Sampler::new(&delay, &tables);
            let (mut one, mut other) = (stream(4, "draws"), stream(4, "draws"));
            for _ in 0..20_000 {
                let (a, b) = (delay.sample_ms(&mut one), sampler.sample_ms(&mut other));
                assert!((a - b).abs() <= 1e-9 * (1.0 + a), "{delay:?}: {a} {b}");
            }
        }
        for delay in all() {
            let sampler = Sampler::new(&delay, &tables);
            let mut chance = stream(4, "draws");
            let n = 100_000;
            let below = (0..n).filter(|_| sampler.sample_ms(&mut chance) < delay.quantile(0.5) * 0.999_999).count();
            assert!(below as f64 <= 0.51 * f64::from(n), "{delay:?}: {below}");
        }
    }

    #[test]
    fn nonsense_is_drawn_without_panic() {
        let tables = Tables::new();
        let mut chance = stream(1, "whole");
        for delay in [
            Delay::samples(&[]),
            Delay::Mixture(Rc::new([])),
            Delay::Mixture(Rc::new([(0.0, Delay::Fixed(1))])),
            Delay::Mixture(Rc::new([(f64::NAN, Delay::Exponential { mean: f64::NAN })])),
            Delay::Exponential { mean: -1.0 },
            Delay::Pareto { xm: f64::INFINITY, alpha: 0.0 },
            Delay::Pareto { xm: -1.0, alpha: -1.0 },
        ] {
            let sampler = Sampler::new(&delay, &tables);
            for _ in 0..100 {
                let drawn = sampler.sample_ms(&mut chance);
                assert!(drawn.is_nan() || (0.0..=ms(MAX)).contains(&drawn), "{delay:?}: {drawn}");
            }
        }
    }
}
