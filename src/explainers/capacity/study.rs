//! How a result spreads, from samples of all ranges.

use super::scene::{SAMPLES, SEED, at_once};
use super::world::{Made, World};
use super::{Capacity, index, page};
use crate::draw::chart::{Bar, Chart, Plot};
use crate::draw::scene::Token;
use crate::explainers::{Run, Study, grouped};
use crate::models::estimate::{Sampler, Spread, few_shown};
use crate::sim::{decimal, digest, order};
use std::rc::Rc;

const BINS: usize = 24;

pub fn studies(run: &Run<Capacity>) -> Vec<Box<dyn Study>> {
    let mut world = World::build(run.params, run.data);
    for (at, action) in run.actions {
        let _ = world.act(*at, action);
    }
    let made = &world.made;
    let ranged = |i: &usize| made.sheet.outcome(*i).is_some_and(|outcome| outcome.ranged);
    let followed = run.follow.and_then(index).filter(|i| made.named(*i)).filter(ranged);
    let line = followed.or_else(|| made.results().into_iter().rfind(ranged));
    line.map(|line| Box::new(Histogram::new(made.clone(), line)) as Box<dyn Study>).into_iter().collect()
}

pub struct Histogram {
    made: Rc<Made>,
    line: usize,
    /// The same samples as those of the sheet, so that both say the same.
    sampler: Sampler,
    values: Vec<f64>,
}

impl Histogram {
    pub fn new(made: Rc<Made>, line: usize) -> Histogram {
        let sampler = Sampler::of(made.sheet.clone(), line, SAMPLES, SEED);
        Histogram { made, line, sampler, values: Vec::new() }
    }

    /// The values in order, those that are no numbers left out.
    fn sorted(&self) -> Vec<f64> {
        let values: Vec<f64> = self.values.iter().copied().filter(|v| v.is_finite()).collect();
        let keys: Vec<u64> = values.iter().map(|v| order::rank(*v)).collect();
        order::order(&keys).into_iter().filter_map(|place| values.get(place as usize).copied()).collect()
    }

    fn bars(&self, sorted: &[f64]) -> Vec<Bar> {
        let at = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).or(sorted.last()).copied();
        // The rarest are so far out that all others would stand close together.
        let (Some(low), Some(high)) = (at(0.005), at(0.995)) else { return Vec::new() };
        let shown = |v: f64| few_shown(&self.made.sheet, self.line, v);
        let step = (high - low) / BINS as f64;
        let bar = |i: usize| {
            let (from, to) = (low + step * i as f64, low + step * (i + 1) as f64);
            let before = |v: f64| sorted.partition_point(|known| *known < v);
            let count = if i + 1 == BINS { sorted.len() - before(from) } else { before(to) - before(from) };
            let value = (count + if i == 0 { before(low) } else { 0 }) as f64 / sorted.len() as f64 * 100.0;
            let ends = [from, to].map(|v| shown(v).map(|shown| shown.text()).unwrap_or_default());
            let name = format!("{} to {}: {} of 100 samples", ends[0], ends[1], decimal::fixed(value, 1));
            let label = shown((from + to) / 2.0).map(|shown| shown.number).unwrap_or_default();
            Bar { label, value, ink: Token::Blue, subject: None, name }
        };
        match step > 0.0 {
            true => (0..BINS).map(bar).collect(),
            false => Vec::new(),
        }
    }
}

impl Study for Histogram {
    fn step(&mut self) -> bool {
        if self.values.len() >= SAMPLES {
            return false;
        }
        if (0..at_once(self.made.sheet.lines.len())).all(|_| self.sampler.step()) {
            return true;
        }
        let mut drawn = self.sampler.column(self.line);
        drawn.resize(SAMPLES, f64::NAN);
        self.values = drawn;
        false
    }

    fn progress(&self) -> f64 {
        if self.values.is_empty() { self.sampler.progress() } else { 1.0 }
    }

    fn key(&self) -> u32 {
        digest(&("spread", self.made.revision, self.line)) as u32
    }

    fn found(&self) -> Vec<f64> {
        self.values.clone()
    }

    fn resume(&mut self, found: &[f64]) {
        self.values = found.to_vec();
    }

    fn chart(&self) -> Chart {
        let sorted = self.sorted();
        let at = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).copied();
        let note = match (at(0.05), at(0.5), at(0.95)) {
            (Some(low), Some(middle), Some(high)) => {
                let range = page::range(&self.made, self.line, Spread { low, middle, high });
                let half = few_shown(&self.made.sheet, self.line, middle).map(|shown| shown.text()).unwrap_or_default();
                format!(
                    "90 of 100 of {} samples: {range}; half of them below {half}",
                    grouped(self.values.len() as i64)
                )
            }
            _ => String::new(),
        };
        let unit = "%";
        Chart {
            key: "spread",
            title: format!("How {} spreads", self.made.title(self.line)),
            note,
            plot: Plot::Bars { bars: self.bars(&sorted), mean: None, limit: None, unit },
        }
    }
}
