//! Ranges: what a result may be when its inputs are only known from … to …, and which of them matters most.
//!
//! Between the ends of a range each value is as likely as any other; where they are ten times apart or more, each
//! factor is (log-uniform). Ranges do not depend on each other.

use super::sheet::Sheet;
use crate::sim::order;
use crate::sim::random;

/// From where to where a result is in 90 of 100 samples, and its median; in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub low: f64,
    pub middle: f64,
    pub high: f64,
}

/// Draws and calculates, a line at a time.
pub struct Sampler<'a> {
    sheet: &'a Sheet,
    seed: u64,
    samples: usize,
    /// For each line what it was in each sample; empty while it is not known, or if it is always the same.
    columns: Vec<Vec<f64>>,
    spreads: Vec<Option<Spread>>,
    next: usize,
}

impl<'a> Sampler<'a> {
    pub fn new(sheet: &'a Sheet, samples: usize, seed: u64) -> Sampler<'a> {
        let lines = sheet.lines.len();
        Sampler { sheet, seed, samples, columns: vec![Vec::new(); lines], spreads: vec![None; lines], next: 0 }
    }

    /// The next line. `false`: all are done.
    pub fn step(&mut self) -> bool {
        let Some(&line) = self.sheet.order().get(self.next) else { return false };
        self.next += 1;
        if !self.sheet.outcome(line).is_some_and(|outcome| outcome.ranged) {
            return true;
        }
        // Each range has a stream of its own, named by where it stands, so that a new line shifts no other.
        let mut drawn: Vec<(usize, Vec<f64>)> = Vec::new();
        let own = self.sheet.literals.iter().enumerate().filter(|(_, (at, _))| *at == line);
        for (nth, (id, (_, literal))) in own.enumerate() {
            if literal.is_range() {
                let name = self.sheet.lines[line].name.clone().unwrap_or_else(|| line.to_string());
                let mut chance = random::stream(self.seed, &format!("{name}/{nth}"));
                drawn.push((id, (0..self.samples).map(|_| literal.at(chance.unit())).collect()));
            }
        }
        let mut column = Vec::with_capacity(self.samples);
        for i in 0..self.samples {
            let literal = |id: usize| match drawn.iter().find(|(known, _)| *known == id) {
                Some((_, values)) => values.get(i).copied().unwrap_or(f64::NAN),
                None => self.sheet.literals[id].1.at(0.5),
            };
            let used = |line: usize| match self.columns.get(line).and_then(|column| column.get(i)) {
                Some(value) => *value,
                None => self.sheet.outcome(line).map_or(f64::NAN, |outcome| outcome.value),
            };
            column.push(self.sheet.run(line, &used, &literal));
        }
        self.spreads[line] = spread(&column);
        self.columns[line] = column;
        true
    }

    /// From 0 to 1.
    pub fn progress(&self) -> f64 {
        self.next as f64 / self.sheet.order().len().max(1) as f64
    }

    pub fn spread(&self, line: usize) -> Option<Spread> {
        self.spreads.get(line).copied().flatten()
    }
}

fn spread(values: &[f64]) -> Option<Spread> {
    let keys: Vec<u64> = values.iter().map(|v| order::rank(*v)).collect();
    let places = order::order(&keys);
    let at = |share: f64| {
        let place = ((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1));
        values.get(*places.get(place)? as usize).copied()
    };
    Some(Spread { low: at(0.05)?, middle: at(0.5)?, high: at(0.95)? })
}

/// What a result is when one range is at its ends and all others are in their middles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swing {
    /// Which of the sheet's literals.
    pub literal: usize,
    pub low: f64,
    pub high: f64,
}

/// The ranges that matter for a line, that which matters most first.
pub fn tornado(sheet: &Sheet, line: usize) -> Vec<Swing> {
    let at = |moved: usize, share: f64| {
        let values = sheet.values(&|id| sheet.literals[id].1.at(if id == moved { share } else { 0.5 }));
        values.get(line).copied().unwrap_or(f64::NAN)
    };
    let ranges = sheet.literals.iter().enumerate().filter(|(_, (_, literal))| literal.is_range());
    let swings: Vec<Swing> = ranges
        .map(|(literal, _)| Swing { literal, low: at(literal, 0.0), high: at(literal, 1.0) })
        .filter(|swing| swing.low.is_finite() && swing.high.is_finite() && swing.low != swing.high)
        .collect();
    let keys: Vec<u64> = swings.iter().map(|swing| !order::rank((swing.high - swing.low).abs())).collect();
    order::order(&keys).into_iter().filter_map(|i| swings.get(i as usize).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(text: &str) -> Vec<Option<Spread>> {
        let sheet = Sheet::read(text);
        let mut sampler = Sampler::new(&sheet, 10_000, 7);
        while sampler.step() {}
        (0..sheet.lines.len()).map(|line| sampler.spread(line)).collect()
    }

    #[test]
    fn spreads_are_those_of_the_distributions() {
        let all = sampled("a = 0..100\nx = a + 1000\nc = 1..100\ny = 5\ne = a − a");
        let a = all[0].unwrap();
        assert!((a.low - 5.0).abs() < 1.0 && (a.middle - 50.0).abs() < 2.0 && (a.high - 95.0).abs() < 1.0, "{a:?}");
        let b = all[1].unwrap();
        assert!((b.low - a.low - 1000.0).abs() < 1e-9 && (b.high - a.high - 1000.0).abs() < 1e-9);
        // Log-uniform: the median is the geometric mean.
        let c = all[2].unwrap();
        assert!((c.middle / 10.0 - 1.0).abs() < 0.05 && (c.low / 1.2589 - 1.0).abs() < 0.05, "{c:?}");
        assert_eq!(all[3], None);
        // The same sample of `a` is used throughout.
        assert_eq!(all[4].unwrap(), Spread { low: 0.0, middle: 0.0, high: 0.0 });
    }

    #[test]
    fn the_sum_of_two_dice() {
        // The sum of two even ranges from 0 to 1 is triangular: P(sum < s) = s²/2, so 5% are below √0.1.
        let spread = sampled("a = 0..1 + 0..1")[0].unwrap();
        assert!((spread.low - libm::sqrt(0.1)).abs() < 0.02, "{spread:?}");
        assert!((spread.high - (2.0 - libm::sqrt(0.1))).abs() < 0.02, "{spread:?}");
    }

    #[test]
    fn the_widest_swing_is_first() {
        let sheet = Sheet::read("a = 9..11\nx = 50..150\nc = a × x\ny = 1..2");
        let swings = tornado(&sheet, 2);
        let lines: Vec<usize> = swings.iter().map(|swing| sheet.literals[swing.literal].0).collect();
        assert_eq!(lines, [1, 0], "and what does not matter is left out");
        assert_eq!((swings[0].low, swings[0].high), (500.0, 1500.0));
    }
}
