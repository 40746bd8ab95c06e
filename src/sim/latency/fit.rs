//! Fitting measured delays by a Pareto and an exponential part, the form in which Bailis et al. (PVLDB 5(8), 2012)
//! publish production latencies.

use super::{Delay, MAX, ms};
use crate::sim::Micros;
use crate::sim::quantile::rank;

/// A mixture and how far it is from what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The Pareto part's weight, 0 to 1; the exponential has the rest.
    pub weight: f64,
    /// In ms.
    pub xm: f64,
    pub alpha: f64,
    /// Mean of the exponential part in ms: 1/λ.
    pub mean: f64,
    /// Root mean square error over the percentiles 1 to 99 and 99.9, over the range of these in the measured delays:
    /// 0.01 is 1%. (The paper gives its N-RMSE over such percentiles as were published.)
    pub n_rmse: f64,
}

impl Fit {
    pub fn delay(&self) -> Delay {
        Delay::pareto_and_exponential(self.weight, self.xm, self.alpha, 1.0 / self.mean)
    }
}

/// Points that stand for all delays: the middles of so many equal parts of them.
const POINTS: usize = 400;
const ROUNDS: u32 = 60;

/// The best of some dozens of mixtures: the one whose percentiles are nearest by ratio, so that the body counts as much as
/// the tail, which alone decides N-RMSE. Each is made the likeliest of its kind by expectation and maximisation
/// (EM, Dempster et al. 1977): where the Pareto part begins is tried at several quantiles, and the exponential part as
/// body and as tail. `None` for fewer than ten delays, or if all are the same.
///
/// Deterministic, and some tens of milliseconds for any number of delays once they are sorted (ascending, µs).
pub fn fit(sorted: &[u32]) -> Option<Fit> {
    let at = |p: f64| sorted.get(rank(sorted.len(), p)?).map(|delay| ms(Micros::from(*delay)));
    let (least, most) = (at(0.0)?, at(1.0)?);
    if sorted.len() < 10 || most <= least {
        return None;
    }
    // A delay of 0 has no logarithm: half a microsecond is as close as was measured.
    let points: Vec<f64> =
        (0..POINTS).filter_map(|i| at((i as f64 + 0.5) / POINTS as f64)).map(|v| v.max(5e-4)).collect();
    let logs: Vec<f64> = points.iter().map(|v| libm::log(*v)).collect();
    let percentiles: Vec<(f64, f64)> =
        (1..=99).map(|p| f64::from(p) / 100.0).chain([0.999]).filter_map(|p| Some((p, at(p)?))).collect();
    let mut best: Option<(f64, Fit)> = None;
    for from in [0.0, 0.005, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8] {
        let xm = at(from)?.max(5e-4);
        for (weight, mean) in [(0.9, 0.99), (0.5, 0.9), (0.5, 0.3)] {
            let start = Fit { weight, xm, alpha: 3.0, mean: at(mean)?.max(1e-3), n_rmse: 0.0 };
            let mut fit = likeliest(start, &points, &logs);
            let ratios;
            (fit.n_rmse, ratios) = errors(&fit.delay(), &percentiles);
            // What is not a number is no better.
            if ratios < best.as_ref().map_or(f64::INFINITY, |best| best.0) {
                best = Some((ratios, fit));
            }
        }
    }
    best.map(|best| best.1)
}

fn likeliest(mut fit: Fit, points: &[f64], logs: &[f64]) -> Fit {
    let ln_xm = libm::log(fit.xm);
    for _ in 0..ROUNDS {
        // How many points, how much of their logarithm above xm, and how much delay fall to which part.
        let (mut pareto, mut log, mut exponential, mut delay) = (0.0, 0.0, 0.0, 0.0);
        for (v, ln) in points.iter().zip(logs) {
            let tail = (1.0 - fit.weight) / fit.mean * libm::exp(-v / fit.mean);
            let body = if *v < fit.xm { 0.0 } else { fit.weight * fit.alpha / v * libm::exp(fit.alpha * (ln_xm - ln)) };
            let share = if body > 0.0 { body / (body + tail) } else { 0.0 };
            pareto += share;
            log += share * (ln - ln_xm);
            exponential += 1.0 - share;
            delay += (1.0 - share) * v;
        }
        fit.weight = pareto / points.len() as f64;
        // At the limits one part has nothing left, or all its points are one value.
        if log > 1e-9 {
            fit.alpha = (pareto / log).clamp(0.05, 1e4);
        }
        if exponential > 1e-9 {
            fit.mean = (delay / exponential).clamp(1e-4, ms(MAX));
        }
    }
    fit
}

/// N-RMSE, and the sum of the squared logarithms of the ratios.
fn errors(delay: &Delay, percentiles: &[(f64, f64)]) -> (f64, f64) {
    let (mut squares, mut ratios) = (0.0, 0.0);
    for (p, measured) in percentiles {
        let found = delay.quantile(*p);
        squares += (found - measured) * (found - measured);
        let ratio = libm::log(found.max(5e-4) / measured.max(5e-4));
        ratios += ratio * ratio;
    }
    let range = percentiles.last().map_or(0.0, |last| last.1) - percentiles.first().map_or(0.0, |first| first.1);
    (libm::sqrt(squares / percentiles.len().max(1) as f64) / range, ratios)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::random::stream;

    fn drawn(delay: &Delay, n: usize) -> Vec<u32> {
        let mut chance = stream(1, "measured");
        let mut all: Vec<u32> = (0..n).map(|_| delay.sample(&mut chance) as u32).collect();
        all.sort_unstable();
        all
    }

    /// What the paper's own distributions draw is fitted by something close to them.
    #[test]
    fn finds_what_it_was_drawn_from() {
        for (weight, xm, alpha, lambda) in [
            (0.9122, 0.235, 10.0, 1.66),
            (0.38, 1.05, 1.51, 0.183),
            (0.939, 3.0, 3.35, 0.0028),
            (0.982, 1.5, 3.8, 0.0217),
        ] {
            let delay = Delay::pareto_and_exponential(weight, xm, alpha, lambda);
            let measured = drawn(&delay, 20_000);
            let fit = fit(&measured).expect("a fit");
            assert!(fit.n_rmse < 0.03, "{fit:?}");
            // And says how close truly.
            let at = |p: f64| f64::from(measured[rank(measured.len(), p).expect("some")]) / 1e3;
            let ps: Vec<f64> = (1..=99).map(|p| f64::from(p) / 100.0).chain([0.999]).collect();
            let squares: f64 =
                ps.iter().map(|p| (fit.delay().quantile(*p) - at(*p)) * (fit.delay().quantile(*p) - at(*p))).sum();
            let expected = (squares / 100.0).sqrt() / (at(0.999) - at(0.01));
            assert!((fit.n_rmse - expected).abs() < 1e-9);
            for p in [0.01, 0.1, 0.5, 0.9, 0.99] {
                let (found, expected) = (fit.delay().quantile(p), delay.quantile(p));
                assert!((found / expected - 1.0).abs() < 0.1, "{p}: {found} {expected} {fit:?}");
            }
        }
    }

    #[test]
    fn plain_exponential_and_plain_pareto() {
        let exponential = fit(&drawn(&Delay::Exponential { mean: 5.0 }, 5_000)).expect("a fit");
        assert!(exponential.n_rmse < 0.03, "{exponential:?}");
        let pareto = fit(&drawn(&Delay::Pareto { xm: 2.0, alpha: 3.0 }, 5_000)).expect("a fit");
        assert!(
            pareto.weight > 0.95 && (pareto.alpha - 3.0).abs() < 0.2 && (pareto.xm - 2.0).abs() < 0.1,
            "{pareto:?}"
        );
        // The measured 99.9th percentile itself is one of five values.
        assert!(pareto.n_rmse < 0.05, "{pareto:?}");
    }

    #[test]
    fn nothing_to_fit() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[5; 100]), None);
        assert_eq!(fit(&[1, 2, 3]), None);
        let zeros: Vec<u32> = (0..20).map(|i| i / 10 * 3_600_000_000).collect();
        assert!(fit(&zeros).is_none_or(|fit| fit.n_rmse.is_finite()));
        let ladder: Vec<u32> = (0..10).collect();
        assert!(fit(&ladder).expect("a fit").n_rmse.is_finite());
    }
}
