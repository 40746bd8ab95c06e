//! Load spread against points per server, measured in the page on the plain ring.

use super::params::{BOUNDED, Params, RING};
use crate::draw::chart::{Axis, Chart, Mark, Plot, Series};
use crate::draw::scene::Token;
use crate::explainers::{Study, grouped, percent};
use crate::models::hashing::{HashFn, spread};
use crate::sim::digest;

const POINTS: [u32; 13] = [1, 2, 3, 5, 10, 20, 32, 50, 100, 200, 316, 500, 1_000];
const SERVERS: u32 = 20;
const RINGS: u32 = 12;

pub struct Spread {
    hash: HashFn,
    /// What the reader's own ring has.
    here: u32,
    /// Sum of squares of the spread, and how many rings went into it, per number of points.
    sums: [(f64, u32); POINTS.len()],
    done: u32,
}

impl Spread {
    pub fn new(params: &Params) -> Option<Spread> {
        let ring = matches!(params.placement, RING | BOUNDED);
        let here = params.vnodes.clamp(1, 1_000) as u32;
        ring.then(|| Spread { hash: params.hash(), here, sums: [(0.0, 0); POINTS.len()], done: 0 })
    }

    /// Root mean square over the rings: the standard deviation that one server's share has.
    fn measured(&self) -> Vec<(f64, f64)> {
        let done = POINTS.iter().zip(&self.sums).filter(|(_, (_, rings))| *rings > 0);
        done.map(|(v, (sum, rings))| (f64::from(*v), (sum / f64::from(*rings)).sqrt() * 100.0)).collect()
    }

    fn at(&self, points: f64) -> Option<f64> {
        // Between two measured numbers the logarithm is near enough to straight.
        let all = self.measured();
        let after = all.iter().position(|(v, _)| *v >= points)?;
        let (v1, s1) = all[after];
        let Some(&(v0, s0)) = after.checked_sub(1).and_then(|i| all.get(i)) else { return Some(s1) };
        let along = (libm::log(points) - libm::log(v0)) / (libm::log(v1) - libm::log(v0));
        Some(libm::exp(libm::log(s0) + along * (libm::log(s1) - libm::log(s0))))
    }
}

impl Study for Spread {
    fn step(&mut self) -> bool {
        let total = POINTS.len() as u32 * RINGS;
        if self.done >= total {
            return false;
        }
        let (which, ring) = (self.done as usize % POINTS.len(), self.done / POINTS.len() as u32);
        let found = spread(self.hash, SERVERS, POINTS[which], ring);
        self.sums[which].0 += found * found;
        self.sums[which].1 += 1;
        self.done += 1;
        self.done < total
    }

    fn progress(&self) -> f64 {
        f64::from(self.done) / f64::from(POINTS.len() as u32 * RINGS)
    }

    fn key(&self) -> u32 {
        digest(&("spread", self.hash.name(), self.here)) as u32
    }

    fn found(&self) -> Vec<f64> {
        let sums = self.sums.iter().flat_map(|(sum, rings)| [*sum, f64::from(*rings)]);
        std::iter::once(f64::from(self.done)).chain(sums).collect()
    }

    fn resume(&mut self, found: &[f64]) {
        let Some((done, sums)) = found.split_first() else { return };
        self.done = *done as u32;
        for (mine, found) in self.sums.iter_mut().zip(sums.chunks_exact(2)) {
            *mine = (found[0], found[1] as u32);
        }
    }

    fn chart(&self) -> Chart {
        let mut marks = Vec::new();
        for (points, hollow) in [(self.here, false), (100, true), (1_000, true)] {
            if hollow && points == self.here {
                continue;
            }
            if let Some(value) = self.at(f64::from(points)) {
                let what = if points == 1 { "point" } else { "points" };
                let label = format!("{} {what}: {}%", grouped(i64::from(points)), percent(value / 100.0));
                marks.push(Mark { x: f64::from(points), y: value, ink: Token::Blue, label, hollow, subject: None });
            }
        }
        let theory = (0..=30).map(|i| libm::pow(10.0, f64::from(i) / 10.0)).map(|v| (v, 100.0 / v.sqrt())).collect();
        let tick = |v: f64, label: &str| (v, label.to_string());
        Chart {
            key: "spread",
            title: "Spread of load against points per server".into(),
            note: format!(
                "standard deviation over the mean, {}; {RINGS} rings of {SERVERS} servers; dashed: 1/√points",
                self.hash.name()
            ),
            plot: Plot::Lines {
                x: Axis {
                    label: "points per server".into(),
                    log: true,
                    min: 1.0,
                    max: 1_000.0,
                    ticks: vec![tick(1.0, "1"), tick(10.0, "10"), tick(100.0, "100"), tick(1_000.0, "1,000")],
                },
                y: Axis {
                    label: String::new(),
                    log: true,
                    min: 2.0,
                    max: 120.0,
                    ticks: vec![tick(3.0, "3%"), tick(10.0, "10%"), tick(30.0, "30%"), tick(100.0, "100%")],
                },
                series: vec![
                    Series { name: "1/√points".into(), ink: Token::Soft, dashed: true, points: theory },
                    Series { name: "measured".into(), ink: Token::Blue, dashed: false, points: self.measured() },
                ],
                marks,
            },
        }
    }
}
