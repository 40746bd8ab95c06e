//! How long requests take, of many more of them than are drawn at once.

use super::world::World;
use super::{Latency, Params};
use crate::draw::chart::{Axis, Chart, Mark, Plot, Series};
use crate::draw::scene::Token;
use crate::explainers::{Explainer, Run, Study, grouped, percent};
use crate::models::latency::sample::Requests;
use crate::models::latency::show::{MS, time};
use crate::sim::digest;

/// Waits that are drawn in all, at most, and between two looks at the clock.
const WAITS: f64 = 20e6;
const SLICE: f64 = 50_000.0;
const MOST: u32 = 200_000;
/// Bins to a factor of ten, from 100 ns to 1,000 s.
const PER: usize = 40;
const LEAST: f64 = 100.0;
const BINS: usize = 10 * PER + 2;

pub struct Spread {
    world: World,
    /// Requests in all and per slice.
    all: u32,
    slice: u32,
    done: u32,
    bins: Vec<u32>,
}

impl Spread {
    pub fn new(run: &Run<Latency>) -> Option<Spread> {
        let world = <Latency as Explainer>::build(run.params as &Params, run.seed, run.data);
        let waits = world.setup.path.waits();
        if !world.setup.path.varies() || world.setup.outcome.p99 <= 0.0 {
            return None;
        }
        let all = (WAITS / waits).min(f64::from(MOST)) as u32;
        let slice = ((SLICE / waits) as u32).clamp(1, all.max(1));
        Some(Spread { world, all, slice, done: 0, bins: vec![0; BINS] })
    }

    /// The end of a bin, in ns.
    fn edge(bin: usize) -> f64 {
        LEAST * libm::pow(10.0, bin as f64 / PER as f64)
    }
}

impl Study for Spread {
    fn step(&mut self) -> bool {
        let slice = self.slice.min(self.all - self.done);
        // Each slice has chance of its own, so that it does not matter who drew the ones before it.
        let mut draw = Requests::new(&self.world.setup.path, digest(&(self.world.setup.seed, self.done)));
        for _ in 0..slice {
            let ns = draw.next_ns();
            let bin = libm::ceil(libm::log10((ns / LEAST).max(1.0)) * PER as f64 - 1e-9) as usize;
            if let Some(count) = self.bins.get_mut(bin.min(BINS - 1)) {
                *count += 1;
            }
        }
        self.done += slice;
        self.done < self.all
    }

    fn progress(&self) -> f64 {
        f64::from(self.done) / f64::from(self.all.max(1))
    }

    fn key(&self) -> u32 {
        digest(&("spread", &self.world.setup.text, self.world.setup.seed)) as u32
    }

    fn found(&self) -> Vec<f64> {
        std::iter::once(self.done).chain(self.bins.iter().copied()).map(f64::from).collect()
    }

    fn resume(&mut self, found: &[f64]) {
        let Some((done, rest)) = found.split_first() else { return };
        self.done = *done as u32;
        for (mine, found) in self.bins.iter_mut().zip(rest) {
            *mine = *found as u32;
        }
    }

    fn chart(&self) -> Chart {
        let setup = &self.world.setup;
        let mut points: Vec<(f64, f64)> = Vec::new();
        let mut longer = f64::from(self.done);
        // From the last bin in which all are still to come to the first with none left.
        for (bin, count) in self.bins.iter().enumerate() {
            let before = longer;
            longer -= f64::from(*count);
            if before == f64::from(self.done) && longer == before {
                continue;
            }
            if points.is_empty() && self.done > 0 {
                points.push((Spread::edge(bin.saturating_sub(1)) / MS, 100.0));
            }
            points.push((Spread::edge(bin) / MS, longer / f64::from(self.done.max(1)) * 100.0));
            if longer <= 0.0 {
                break;
            }
        }
        let (low, high) = match (points.first(), points.last()) {
            (Some(first), Some(last)) => (first.0, last.0.max(first.0 * 1.5)),
            _ => (setup.outcome.median / MS / 2.0, setup.outcome.p99 / MS * 2.0),
        };
        let mut marks = Vec::new();
        let mut note = "drawn in the page".to_string();
        if self.done > 0 {
            note = [&grouped(i64::from(self.done)), " requests drawn"].concat();
            if let Some((budget, _)) = setup.path.budget {
                // The same figure as everywhere, not that of a bin.
                let share = (1.0 - setup.outcome.within.unwrap_or(0.0)) * 100.0;
                let said = if share <= 0.0 { "0".to_string() } else { percent(share / 100.0) };
                let said = if share > 0.0 && share < 0.01 { "fewer than 0.01".to_string() } else { said };
                note = [&note, "; ", &said, "% take longer than the budget of ", &time(budget)].concat();
                if budget / MS >= low && budget / MS <= high {
                    let label = "budget".to_string();
                    marks.push(Mark { x: budget / MS, y: share, ink: Token::Red, label, hollow: false, subject: None });
                }
            }
        }
        let axis =
            |label: &str, log: bool, min: f64, max: f64| Axis { label: label.into(), log, min, max, ticks: Vec::new() };
        let name = "requests".to_string();
        Chart {
            key: "spread",
            title: "Requests that take longer than a time".into(),
            note,
            plot: Plot::Lines {
                x: axis("ms", true, low, high),
                y: axis("%", false, 0.0, 100.5),
                series: vec![Series { name, ink: Token::Blue, dashed: false, points }],
                marks,
            },
        }
    }
}
