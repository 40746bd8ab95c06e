//! Fitting measured delays by a Pareto and an exponential part, the form in which Bailis et al. (PVLDB 5(8), 2012)
//! publish production latencies.

use std::rc::Rc;

use super::fast::Tables;
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
const ROUNDS: u32 = 40;

/// What is measured, as the fit needs it.
struct Measured {
    /// In ms, and their logarithms.
    points: Vec<(f64, f64)>,
    /// A part of 1, and the delay in ms that it does not exceed.
    percentiles: Vec<(f64, f64)>,
    tables: Rc<Tables>,
}

/// The best of some dozens of mixtures: the one whose percentiles are nearest by ratio, so that the body counts as much
/// as the tail, which alone decides N-RMSE. Each is made the likeliest of its kind by expectation and maximisation (EM,
/// Dempster et al. 1977): where the Pareto part begins is tried at several quantiles, then closer around the best of
/// them, and the exponential part as body and as tail. `None` for fewer than ten delays, or if all are the same.
///
/// `sorted`: ascending, in µs. Takes about a tenth of a second in a browser, whatever their number.
pub fn fit(sorted: &[u32]) -> Option<Fit> {
    let at = |p: f64| sorted.get(rank(sorted.len(), p)?).map(|delay| ms(Micros::from(*delay)));
    let (least, most) = (at(0.0)?, at(1.0)?);
    if sorted.len() < 10 || most <= least {
        return None;
    }
    // A delay of 0 has no logarithm: half a microsecond is as close as was measured.
    let point = |i: usize| at((i as f64 + 0.5) / POINTS as f64).map(|v| (v.max(5e-4), libm::log(v.max(5e-4))));
    let measured = Measured {
        points: (0..POINTS).filter_map(point).collect(),
        percentiles: (1..=99).map(|p| f64::from(p) / 100.0).chain([0.999]).filter_map(|p| Some((p, at(p)?))).collect(),
        tables: Tables::new(),
    };
    let mut best: Option<(f64, Fit)> = None;
    let mut attempt = |from: f64, of: &[(f64, f64)]| {
        for (weight, mean) in of {
            let xm = at(from)?.max(5e-4);
            let start = Fit { weight: *weight, xm, alpha: 3.0, mean: at(*mean)?.max(1e-3), n_rmse: 0.0 };
            let mut fit = likeliest(start, &measured);
            let ratios;
            (fit.n_rmse, ratios) = errors(&fit.delay(), &measured.percentiles);
            // What is not a number is no better.
            if ratios < best.as_ref().map_or(f64::INFINITY, |best| best.0) {
                best = Some((ratios, fit));
            }
        }
        Some(best.as_ref().map_or(f64::INFINITY, |best| best.0))
    };
    const STARTS: [(f64, f64); 3] = [(0.9, 0.99), (0.5, 0.9), (0.5, 0.3)];
    let (mut middle, mut least): (f64, f64) = (0.0, f64::INFINITY);
    let mut step = 0.05;
    for i in 0..17 {
        let from = f64::from(i) * step;
        let found = attempt(from, &STARTS)?;
        if found < least {
            (middle, least) = (from, found);
        }
    }
    for _ in 0..5 {
        step /= 2.0;
        for from in [middle - step, middle + step] {
            let found = attempt(from.max(0.0), &STARTS)?;
            if found < least {
                (middle, least) = (from.max(0.0), found);
            }
        }
    }
    best.map(|best| best.1)
}

fn likeliest(mut fit: Fit, measured: &Measured) -> Fit {
    let ln_xm = libm::log(fit.xm);
    let exp = |v: f64| measured.tables.exp(v.clamp(-700.0, 0.0));
    for _ in 0..ROUNDS {
        // How many points, how much of their logarithm above xm, and how much delay fall to which part.
        let (mut pareto, mut log, mut exponential, mut delay) = (0.0, 0.0, 0.0, 0.0);
        for (v, ln) in &measured.points {
            let mut share = 0.0;
            if *v >= fit.xm {
                let tail = (1.0 - fit.weight) / fit.mean * exp(-v / fit.mean);
                let body = fit.weight * fit.alpha / v * exp(fit.alpha * (ln_xm - ln));
                share = if body > 0.0 { body / (body + tail) } else { 0.0 };
            }
            pareto += share;
            log += share * (ln - ln_xm);
            exponential += 1.0 - share;
            delay += (1.0 - share) * v;
        }
        fit.weight = pareto / measured.points.len() as f64;
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

/// N-RMSE, and the sum of the squared logarithms of the ratios. There the 99.9th percentile has the weight of ten: it is
/// all there is between the 99th and the longest.
fn errors(delay: &Delay, percentiles: &[(f64, f64)]) -> (f64, f64) {
    let (mut squares, mut ratios) = (0.0, 0.0);
    for (p, measured) in percentiles {
        let found = delay.quantile(*p);
        squares += (found - measured) * (found - measured);
        let ratio = libm::log(found.max(5e-4) / measured.max(5e-4));
        ratios += ratio * ratio * if *p > 0.99 { 10.0 } else { 1.0 };
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
            assert!(fit.n_rmse < 0.01, "{fit:?}");
            for (found, expected) in [(fit.weight, weight), (fit.xm, xm), (fit.alpha, alpha), (fit.mean, 1.0 / lambda)]
            {
                assert!((found / expected - 1.0).abs() < 0.1, "{fit:?}");
            }
            // And says how close truly.
            let at = |p: f64| f64::from(measured[rank(measured.len(), p).expect("some")]) / 1e3;
            let ps: Vec<f64> = (1..=99).map(|p| f64::from(p) / 100.0).chain([0.999]).collect();
            let squares: f64 =
                ps.iter().map(|p| (fit.delay().quantile(*p) - at(*p)) * (fit.delay().quantile(*p) - at(*p))).sum();
            let expected = (squares / 100.0).sqrt() / (at(0.999) - at(0.01));
            assert!((fit.n_rmse - expected).abs() < 1e-9);
            for p in [0.1, 0.5, 0.9, 0.99] {
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
