//! The miss-ratio curve of every rule on one workload, as a chart and as a computation beside a run.

use crate::draw::chart::{Axis, Chart, Curve, Plot};
use crate::draw::scene::Token;
use crate::explainers::{Study, grouped};
use crate::models::caching::curves::{Curves, LINES, OPTIMAL, line_name};
use crate::models::caching::{Key, Rule};
use crate::sim::digest;
use std::rc::Rc;

/// Requests between two looks at the clock: a millisecond or two in a browser.
pub const SLICE: usize = 20_000;

const SHORT: Option<(f32, f32)> = Some((2.0, 3.0));
const LONG: Option<(f32, f32)> = Some((7.0, 4.0));

/// Families share a hue: by arrival, by last use, by count; what is newer is dashed.
fn look(line: usize) -> (Token, Option<(f32, f32)>) {
    match Rule::ALL.get(line) {
        None => (Token::Ink, None),
        Some(Rule::Fifo) => (Token::Orange, None),
        Some(Rule::Lifo) => (Token::Orange, SHORT),
        Some(Rule::Clock) => (Token::Sky, LONG),
        Some(Rule::Lru) => (Token::Blue, None),
        Some(Rule::Mru) => (Token::Blue, SHORT),
        Some(Rule::Random) => (Token::Soft, SHORT),
        Some(Rule::Lfu) => (Token::Green, None),
        Some(Rule::TinyLfu) => (Token::Green, LONG),
        Some(Rule::TwoQ) => (Token::Pink, LONG),
        Some(Rule::Arc) => (Token::Pink, None),
        Some(Rule::Sieve) => (Token::Red, None),
        Some(Rule::S3Fifo) => (Token::Red, LONG),
    }
}

/// Every line as far as it is known, in per cent of the requests.
pub fn lines(curves: &Curves, own: Option<Rule>) -> Vec<Curve> {
    let one = |line: usize| {
        let point = |(i, size): (usize, &u64)| Some((*size as f64, curves.ratio(line, i)? * 100.0));
        let (ink, dash) = look(line);
        Curve {
            name: line_name(line).into(),
            ink,
            dash,
            bold: own.is_some() && Rule::ALL.get(line).copied() == own || line == OPTIMAL && own.is_none(),
            points: curves.sizes().iter().enumerate().filter_map(point).collect(),
        }
    };
    (0..LINES).map(one).filter(|curve| !curve.points.is_empty()).collect()
}

/// The axes of miss ratios over sizes.
pub fn axes(keys: u64) -> (Axis, Axis) {
    let x = Axis { label: "entries".into(), log: true, min: 1.0, max: keys.max(2) as f64, ticks: Vec::new() };
    let y = Axis { label: "% missed".into(), log: false, min: 0.0, max: 100.0, ticks: Vec::new() };
    (x, y)
}

/// Beside a run: the requests of its workload under every rule, at every size.
pub struct Workload {
    curves: Curves,
    keys: u64,
    requests: u64,
    rule: Rule,
    capacity: u64,
    key: u32,
    /// How far another of the same key was when it told what it had found.
    told: f64,
}

impl Workload {
    /// `requests` by any numbers of keys; `rule` and `capacity` (in entries) are the run's own.
    pub fn new(requests: &[Key], rule: Rule, capacity: u64, seed: u64) -> Workload {
        let key = digest(&("curves", requests, rule, capacity, seed)) as u32;
        let most = requests.iter().copied().max().map_or(0, |most| most as usize + 1);
        let (mut numbers, mut keys) = (vec![Key::MAX; most], 0);
        let mut number = |key: &Key| {
            let Some(number) = numbers.get_mut(*key as usize) else { return 0 };
            if *number == Key::MAX {
                *number = keys;
                keys += 1;
            }
            *number
        };
        let trace: Vec<Key> = requests.iter().map(&mut number).collect();
        let keys = u64::from(keys);
        let requests = trace.len() as u64;
        Workload { curves: Curves::new(Rc::new(trace), keys, seed), keys, requests, rule, capacity, key, told: 0.0 }
    }
}

impl Study for Workload {
    fn step(&mut self) -> bool {
        self.curves.step(SLICE)
    }

    fn progress(&self) -> f64 {
        self.curves.progress().max(self.told)
    }

    fn key(&self) -> u32 {
        self.key
    }

    fn found(&self) -> Vec<f64> {
        self.curves.found().iter().map(|misses| f64::from(*misses)).chain([self.progress()]).collect()
    }

    fn resume(&mut self, found: &[f64]) {
        let Some((told, found)) = found.split_last() else { return };
        self.told = *told;
        self.curves.resume(found.iter().map(|misses| *misses as u32));
    }

    fn chart(&self) -> Chart {
        let (x, y) = axes(self.keys);
        let cut = self.capacity.clamp(1, self.keys.max(1)) as f64;
        Chart {
            key: "curves",
            title: "Misses by the size of the cache, under every rule".into(),
            note: format!(
                "{} requests for {} keys of this workload, each through a cache that is empty at first; entries of one \
                 size, nothing sampled. The list is for the size that is set. Bélády’s optimum knows the future",
                grouped(self.requests as i64),
                grouped(self.keys as i64)
            ),
            plot: Plot::Curves { x, y, cut, curves: lines(&self.curves, Some(self.rule)) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::chart;

    #[test]
    fn another_goes_on_where_a_worker_stopped() {
        let requests: Vec<Key> = (0..30_000u32).map(|i| 7 + i * i % 97 % (1 + i % 31)).collect();
        let mut study = Workload::new(&requests, Rule::Lru, 8, 1);
        let mut shown = Workload::new(&requests, Rule::Lru, 8, 1);
        assert_eq!(study.key(), shown.key());
        assert_ne!(study.key(), Workload::new(&requests[1..], Rule::Lru, 8, 1).key());
        for _ in 0..40 {
            assert!(study.step());
            shown.resume(&study.found());
            assert_eq!(shown.chart(), study.chart());
        }
        assert!(!chart::describe(&shown.chart()).is_empty());
        // What was known already is not computed again, and comes out the same.
        while shown.step() {}
        while study.step() {}
        assert_eq!(shown.found(), study.found());
        assert_eq!((study.progress(), shown.progress()), (1.0, 1.0));
        let Plot::Curves { curves, .. } = study.chart().plot else { panic!("curves") };
        assert_eq!(curves.len(), LINES);
        for width in [300.0, 360.0, 815.0] {
            let chart = study.chart();
            let scene = chart::draw(&chart, width, chart::height(&chart), None);
            for shape in scene.shapes() {
                let (x0, y0, x1, y1) = shape.bounds();
                assert!(
                    x0 >= -6.0 && y0 >= -1.0 && x1 <= width + 6.0 && y1 <= scene.height + 2.0,
                    "{width}: {shape:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_asked_for_has_no_curves() {
        let mut study = Workload::new(&[], Rule::Sieve, 8, 1);
        assert!(!study.step());
        assert!(chart::describe(&study.chart()).contains("nothing"));
        chart::draw(&study.chart(), 400.0, 300.0, None);
    }
}
