//! Ranges: what a result may be when its inputs are only known from … to …, and which of them matters most.
//!
//! Between the ends of a range each value is as likely as any other; where they are ten times apart or more, each
//! factor is (log-uniform). Ranges do not depend on each other.

use super::call::called;
use super::parse::Literal;
use super::sheet::{Op, Sheet};
use crate::sim::random;
use crate::sim::{digest, order};
use std::rc::Rc;

/// From where to where a result is in 90 of 100 samples, and its median; in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub low: f64,
    pub middle: f64,
    pub high: f64,
}

/// So many samples are calculated at a time: their columns stay in the processor’s nearest cache.
const BLOCK: usize = 250;
/// Of so many lines what they were in each sample is kept when it is not needed any more, for the next sheet that has
/// the same lines: 80 kB each of 10,000 samples.
const KEPT: usize = 300;

/// Draws and calculates, a line at a time.
pub struct Sampler {
    sheet: Rc<Sheet>,
    seed: u64,
    samples: usize,
    /// For each line what its program gave in each sample; empty while it is not known, if it is always the same, and
    /// when nobody needs it any more.
    columns: Vec<Vec<f64>>,
    spreads: Vec<Option<Spread>>,
    /// Which lines, in what order; and after which of them a line’s column is not needed any more.
    lines: Vec<usize>,
    needed: Vec<usize>,
    next: usize,
    stack: Vec<[f64; BLOCK]>,
    /// For each line a digest of all that its samples depend on.
    marks: Vec<u64>,
    /// No column is dropped.
    keeps: bool,
}

impl Sampler {
    pub fn new(sheet: Rc<Sheet>, samples: usize, seed: u64) -> Sampler {
        let lines = sheet.order().to_vec();
        Sampler::among(sheet, lines, samples, seed)
    }

    /// Of a sheet of which much is as it was: only what changed, and what depends on it, is sampled anew.
    pub fn after(sheet: Rc<Sheet>, samples: usize, seed: u64, mut before: Option<Sampler>) -> Sampler {
        let mut sampler = Sampler::new(sheet.clone(), samples, seed);
        let ranged = |line: usize| sheet.outcome(line).is_some_and(|outcome| outcome.ranged);
        sampler.keeps = sampler.lines.iter().filter(|line| ranged(**line)).count() <= KEPT;
        sampler.marks = marks(&sheet);
        let mut known: Vec<(u64, usize)> = Vec::new();
        if let Some(before) = before.as_ref().filter(|before| before.samples == samples && before.seed == seed) {
            known = before.marks.iter().copied().zip(0..).collect();
            known.sort_unstable();
        }
        let found = |mark: u64| known.binary_search_by_key(&mark, |(mark, _)| *mark).ok().map(|at| known[at].1);
        // Those who use a line come first.
        let mut asked = vec![false; sheet.lines.len()];
        let mut left = Vec::new();
        for line in sampler.lines.iter().copied().rev().filter(|line| ranged(*line)) {
            let old = sampler.marks.get(line).and_then(|mark| found(*mark));
            if let (Some(old), Some(before)) = (old, &mut before) {
                sampler.spreads[line] = before.spread(old);
                if let Some(column) = before.columns.get_mut(old) {
                    sampler.columns[line] = std::mem::take(column);
                }
            }
            let column = sampler.columns[line].len() == samples;
            if sampler.spreads[line].is_none() || asked[line] && !column {
                left.push(line);
                sheet.lines[line].uses.iter().for_each(|used| asked[*used] = true);
            }
        }
        left.reverse();
        sampler.plan(left);
        sampler
    }

    /// Only of one line and what it takes; its column is kept.
    pub fn of(sheet: Rc<Sheet>, line: usize, samples: usize, seed: u64) -> Sampler {
        let lines = sheet.made_of(line);
        let mut sampler = Sampler::among(sheet, lines, samples, seed);
        if let Some(until) = sampler.needed.get_mut(line) {
            *until = usize::MAX;
        }
        sampler
    }

    fn among(sheet: Rc<Sheet>, lines: Vec<usize>, samples: usize, seed: u64) -> Sampler {
        let n = sheet.lines.len();
        let (columns, spreads, needed) = (vec![Vec::new(); n], vec![None; n], vec![0; n]);
        let (marks, stack) = (Vec::new(), Vec::new());
        let mut sampler = Sampler {
            sheet,
            seed,
            samples,
            columns,
            spreads,
            lines: Vec::new(),
            needed,
            next: 0,
            stack,
            marks,
            keeps: false,
        };
        sampler.plan(lines);
        sampler
    }

    /// What is to be done, each line after those that it uses.
    fn plan(&mut self, lines: Vec<usize>) {
        self.needed.fill(0);
        for (place, line) in lines.iter().enumerate() {
            self.sheet.lines[*line].uses.iter().for_each(|used| self.needed[*used] = place);
        }
        self.lines = lines;
    }

    /// The next line. `false`: all are done.
    pub fn step(&mut self) -> bool {
        let Some(&line) = self.lines.get(self.next) else { return false };
        if self.sheet.outcome(line).is_some_and(|outcome| outcome.ranged) {
            let column = self.column_of(line);
            self.spreads[line] = spread(&column, |raw| self.sheet.raw_of(line, raw));
            self.columns[line] = column;
            for used in self.sheet.lines[line].uses.iter().chain([&line]) {
                if !self.keeps && self.needed[*used] <= self.next {
                    self.columns[*used] = Vec::new();
                }
            }
        }
        self.next += 1;
        true
    }

    fn column_of(&mut self, line: usize) -> Vec<f64> {
        // Each range has a stream of its own, named by where it stands, so that a new line shifts no other.
        let mut drawn: Vec<(usize, Vec<f64>)> = Vec::new();
        let own = self.sheet.literals.iter().enumerate().filter(|(_, (at, _))| *at == line);
        for (nth, (id, (_, literal))) in own.enumerate() {
            if literal.is_range() {
                let mut chance = random::stream(self.seed, &format!("{}/{nth}", stream_of(&self.sheet, line)));
                let drawer = Drawer::new(literal);
                drawn.push((id, (0..self.samples).map(|_| drawer.at(chance.next_u32())).collect()));
            }
        }
        let mut column = vec![0.0; self.samples];
        for from in (0..self.samples).step_by(BLOCK) {
            let to = (from + BLOCK).min(self.samples);
            self.block(line, from, to, &drawn, &mut column[from..to]);
        }
        column
    }

    /// Runs a line’s program for some samples at once.
    fn block(&mut self, line: usize, from: usize, to: usize, drawn: &[(usize, Vec<f64>)], out: &mut [f64]) {
        let (sheet, stack, n) = (&self.sheet, &mut self.stack, to - from);
        let mut top = 0;
        for op in sheet.program(line) {
            if stack.len() < top + 1 {
                stack.push([0.0; BLOCK]);
            }
            match op {
                Op::Literal(id) => {
                    match drawn.iter().find(|(known, _)| known == id) {
                        Some((_, values)) => stack[top][..n].copy_from_slice(&values[from..to]),
                        None => stack[top][..n].fill(sheet.literals[*id].1.at(0.5)),
                    }
                    top += 1;
                }
                Op::Line(used) => {
                    match self.columns.get(*used).and_then(|column| column.get(from..to)) {
                        Some(values) => stack[top][..n].copy_from_slice(values),
                        None => stack[top][..n].fill(sheet.raw(*used)),
                    }
                    top += 1;
                }
                Op::Negative | Op::Rest if top == 0 => return,
                Op::Negative => stack[top - 1][..n].iter_mut().for_each(|v| *v = -*v),
                Op::Rest => stack[top - 1][..n].iter_mut().for_each(|v| *v = 1.0 - *v),
                Op::Call(call, count) => {
                    let Some(first) = top.checked_sub(*count).filter(|_| *count > 0) else { return };
                    let mut given = [0.0; MOST_GIVEN];
                    for i in 0..n {
                        for (value, row) in given.iter_mut().zip(&stack[first..top]) {
                            *value = row[i];
                        }
                        stack[first][i] = called(*call, &given[..(*count).min(MOST_GIVEN)]);
                    }
                    top = first + 1;
                }
                two => {
                    if top < 2 {
                        return;
                    }
                    let (low, high) = stack.split_at_mut(top - 1);
                    let pairs = low[top - 2][..n].iter_mut().zip(&high[0][..n]);
                    match two {
                        Op::Add => pairs.for_each(|(a, b)| *a += b),
                        Op::Sub => pairs.for_each(|(a, b)| *a -= b),
                        Op::Mul => pairs.for_each(|(a, b)| *a *= b),
                        Op::Div => pairs.for_each(|(a, b)| *a /= b),
                        _ => pairs.for_each(|(a, b)| *a = libm::pow(*a, *b)),
                    }
                    top -= 1;
                }
            }
        }
        if top > 0 {
            out.copy_from_slice(&stack[0][..n]);
        }
    }

    /// Lines that are still to be done.
    pub fn left(&self) -> usize {
        self.lines.len() - self.next
    }

    /// From 0 to 1.
    pub fn progress(&self) -> f64 {
        self.next as f64 / self.lines.len().max(1) as f64
    }

    pub fn spread(&self, line: usize) -> Option<Spread> {
        self.spreads.get(line).copied().flatten()
    }

    /// What a line was in each sample, where that was kept.
    pub fn column(&self, line: usize) -> Vec<f64> {
        let raw = self.columns.get(line).map_or(&[][..], |column| column);
        raw.iter().map(|raw| self.sheet.raw_of(line, *raw)).collect()
    }
}

/// What a line’s ranges are drawn by.
fn stream_of(sheet: &Sheet, line: usize) -> String {
    sheet.lines[line].name.clone().unwrap_or_else(|| line.to_string())
}

/// For each line a digest of all that its samples depend on: what it draws and by which name, what it does with that,
/// and the same of the lines that it uses.
fn marks(sheet: &Sheet) -> Vec<u64> {
    let mut marks = vec![0; sheet.lines.len()];
    for &line in sheet.order() {
        let parts: Vec<(u8, u64, u64, u64)> = sheet
            .program(line)
            .iter()
            .map(|op| match op {
                Op::Literal(id) => {
                    let literal = &sheet.literals[*id].1;
                    let [low, high, factor] = [literal.low, literal.high, literal.unit.factor].map(f64::to_bits);
                    (1, low, high, factor)
                }
                Op::Line(used) if sheet.outcome(*used).is_some_and(|outcome| outcome.ranged) => (2, marks[*used], 0, 0),
                Op::Line(used) => (3, sheet.raw(*used).to_bits(), 0, 0),
                other => (4, digest(other), 0, 0),
            })
            .collect();
        marks[line] = digest(&(stream_of(sheet, line), sheet.keeps(line), parts));
    }
    marks
}

/// Values that a function takes, at most.
const MOST_GIVEN: usize = 21;

/// Draws from a range, in 2^32 equal steps: as fine as any estimate needs.
struct Drawer {
    low: f64,
    wide: f64,
    /// Powers by which the upper and the middle ten bits of a draw multiply, so that none has to be calculated
    /// anew; empty where differences are as likely, and not factors.
    upper: Vec<f64>,
    middle: Vec<f64>,
}

impl Drawer {
    fn new(literal: &Literal) -> Drawer {
        let (low, factor) = (literal.low, literal.unit.factor);
        if !literal.by_factors() {
            return Drawer {
                low: low * factor,
                wide: (literal.high - low) * factor,
                upper: Vec::new(),
                middle: Vec::new(),
            };
        }
        let wide = libm::log(literal.high / low);
        let powers = |steps: f64| (0..1024).map(|i| libm::exp(wide * f64::from(i) / steps)).collect();
        Drawer { low: low * factor, wide, upper: powers(1024.0), middle: powers(1_048_576.0) }
    }

    fn at(&self, draw: u32) -> f64 {
        let power = |powers: &[f64], shift: u32| powers.get((draw >> shift & 1023) as usize).copied();
        match (power(&self.upper, 22), power(&self.middle, 12)) {
            // Of the last twelve bits, which are a millionth of the range, the power is next to straight.
            (Some(upper), Some(middle)) => self.low * upper * middle * (1.0 + self.wide * share(draw & 4095)),
            _ => self.low + self.wide * share(draw),
        }
    }
}

/// The middle of one of 2^32 equal steps from 0 to 1.
fn share(draw: u32) -> f64 {
    (f64::from(draw) + 0.5) / 4_294_967_296.0
}

/// `value`: from what a program gave to the value it stands for, which may turn the order round.
fn spread(raw: &[f64], value: impl Fn(f64) -> f64) -> Option<Spread> {
    let keys: Vec<u64> = raw.iter().map(|v| order::rank(value(*v))).collect();
    let n = keys.len();
    let (least, most) = keys.iter().fold((u64::MAX, 0), |(low, high), key| (low.min(*key), high.max(*key)));
    // Dealt into bins first: no comparison, so none that the processor guesses wrong. What is looked for is then one
    // of a few.
    let shift = (u64::BITS - most.saturating_sub(least).leading_zeros()).saturating_sub(BITS);
    let bin = |key: u64| (key.wrapping_sub(least) >> shift) as usize & (BINS - 1);
    let mut counts = [0usize; BINS];
    keys.iter().for_each(|key| counts[bin(*key)] += 1);
    let at = |share: f64| {
        let place = ((n as f64 * share) as usize).min(n.checked_sub(1)?);
        let (mut which, mut before) = (0, 0);
        while before + counts[which] <= place {
            (before, which) = (before + counts[which], which + 1);
        }
        let mut among: Vec<u64> = keys.iter().copied().filter(|key| bin(*key) == which).collect();
        nth(&mut among, place - before).map(order::value)
    };
    let (low, middle, high) = (at(0.05)?, at(0.5)?, at(0.95)?);
    (low.is_finite() && high.is_finite()).then_some(Spread { low, middle, high })
}

const BITS: u32 = 10;
const BINS: usize = 1 << BITS;

/// The number at a place if they were sorted; those before it are no greater then, those after it no less (Hoare’s
/// selection).
fn nth(mut keys: &mut [u64], mut place: usize) -> Option<u64> {
    while keys.len() > 1 {
        let (first, last) = (keys[0], keys[keys.len() - 1]);
        let middle = keys[keys.len() / 2];
        let pivot = first.max(middle).min(first.min(middle).max(last));
        let (mut i, mut j) = (0, keys.len() - 1);
        loop {
            while keys[i] < pivot {
                i += 1;
            }
            while keys[j] > pivot {
                j -= 1;
            }
            if i >= j {
                break;
            }
            keys.swap(i, j);
            (i, j) = (i + 1, j - 1);
        }
        // Up to `j` nothing is greater than the pivot, from there on nothing less.
        let cut = if i == j || keys[j] <= pivot { j + 1 } else { j };
        let cut = cut.clamp(1, keys.len() - 1);
        if place < cut {
            keys = &mut keys[..cut];
        } else {
            (keys, place) = (&mut keys[cut..], place - cut);
        }
    }
    keys.first().copied()
}

/// What a result is when one range is at its ends and all others are in their middles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swing {
    /// Which of the sheet's literals.
    pub literal: usize,
    pub low: f64,
    pub high: f64,
}

/// Ranges of which is asked how much they matter, at most: those that are widest for their size. Each takes two
/// calculations of all that the line is made of.
const MOST_RANGES: usize = 60;

/// The ranges that matter for a line, that which matters most first.
pub fn tornado(sheet: &Sheet, line: usize) -> Vec<Swing> {
    let among = sheet.made_of(line);
    let at = |moved: usize, share: f64| {
        sheet.value_with(&among, &|id| sheet.literals[id].1.at(if id == moved { share } else { 0.5 }))
    };
    let mut part = vec![false; sheet.lines.len()];
    among.iter().for_each(|line| part[*line] = true);
    let ranges: Vec<(usize, &Literal)> = sheet
        .literals
        .iter()
        .enumerate()
        .filter(|(_, (at, literal))| literal.is_range() && part.get(*at) == Some(&true))
        .map(|(id, (_, literal))| (id, literal))
        .collect();
    let narrow = |(_, l): &(usize, &Literal)| !order::rank((l.high - l.low) / (l.high.abs() + l.low.abs()));
    let widest = order::order(&ranges.iter().map(narrow).collect::<Vec<_>>());
    let swings: Vec<Swing> = widest
        .into_iter()
        .take(MOST_RANGES)
        .filter_map(|place| Some(ranges.get(place as usize)?.0))
        .map(|literal| Swing { literal, low: at(literal, 0.0), high: at(literal, 1.0) })
        .filter(|swing| swing.low.is_finite() && swing.high.is_finite() && swing.low != swing.high)
        .collect();
    let keys: Vec<u64> = swings.iter().map(|swing| !order::rank((swing.high - swing.low).abs())).collect();
    order::order(&keys).into_iter().filter_map(|i| swings.get(i as usize).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(text: &str) -> Vec<Option<Spread>> {
        let sheet = Rc::new(Sheet::read(text));
        let mut sampler = Sampler::new(sheet.clone(), 10_000, 7);
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

    #[test]
    fn columns_and_single_runs_agree() {
        let text = "a = 1..100 GB\nb2 = 3..5\nc = ceil(a × b2 / 7 GB) − b2^2\np = parallel(99.9..99.99%; 99%)\nall = series(p; 1 − b2/100)\nn = nines(all) + c";
        let sheet = Rc::new(Sheet::read(text));
        let mut sampler = Sampler::new(sheet.clone(), 600, 3);
        sampler.needed.fill(usize::MAX);
        while sampler.step() {}
        for line in 0..sheet.lines.len() {
            assert_eq!(sampler.columns[line].len(), 600, "{:?}", sheet.lines[line].outcome);
        }
        // Lines that draw nothing themselves follow from those that do.
        for i in [0, 249, 250, 599] {
            for line in [2, 5] {
                let alone = sheet.run(line, &|used| sampler.columns[used][i], &|id| sheet.literals[id].1.at(0.5));
                assert_eq!(sampler.columns[line][i], alone, "line {line}, sample {i}");
            }
        }
        let spread = sampler.spread(4).unwrap();
        assert!(spread.low < spread.middle && spread.middle < spread.high && spread.high < 1.0);
    }

    #[test]
    fn what_is_kept_is_what_would_come_out() {
        let texts = [
            "a = 1..100 GB\nc = 3..5\nd = a × c\ne = d + a\nf = c × 2\np = parallel(99..99.9%; 99%)\nq = series(p; p)",
            "a = 1..100 GB\nc = 3..6\nd = a × c\ne = d + a\nf = c × 2\np = parallel(99..99.9%; 99%)\nq = series(p; p)",
            "# moved\na = 1..100 GB\n\nc = 3..6\nd = a × c\ne = d + a + a\nf = c × 2\np = parallel(99..99.9%; 99%)\nq = p",
            "a = 1..100 GB\nd = a × 2\ne = d + 3..4 GB\n5..7\n5..7",
            "a = 2 GB\nd = a × 2\ne = d + 3..4 GB\n5..7\n\n5..7",
            "a = 3 GB\nd = a × 2\ne = d + 3..4 GB",
            "",
        ];
        for keeps in [true, false] {
            let mut before: Option<Sampler> = None;
            let mut again = 0;
            for text in texts.iter().chain(texts.iter().rev()) {
                let sheet = Rc::new(Sheet::read(text));
                let mut fresh = Sampler::new(sheet.clone(), 700, 7);
                while fresh.step() {}
                let mut sampler = Sampler::after(sheet.clone(), 700, 7, before.take());
                sampler.keeps = keeps;
                let ranged = (0..sheet.lines.len()).filter(|i| sheet.outcome(*i).is_some_and(|o| o.ranged)).count();
                again += ranged - sampler.lines.len();
                // As a reader types on before all are done.
                let few = text.len() % 3;
                for _ in 0..few {
                    sampler.step();
                }
                let mut sampler = Sampler::after(sheet.clone(), 700, 7, Some(sampler));
                sampler.keeps = keeps;
                while sampler.step() {}
                for line in 0..sheet.lines.len() {
                    assert_eq!(sampler.spread(line), fresh.spread(line), "{text}: {line}");
                }
                before = Some(sampler);
            }
            assert!(again > 15, "{again}");
        }
    }

    #[test]
    fn draws_are_powers() {
        let sheet = Sheet::read("a = 3..70,000 kB");
        let drawer = Drawer::new(&sheet.literals[0].1);
        for draw in [0, 1, 4_095, 4_096, 1 << 22, 123_456_789, 4_000_000_000, u32::MAX] {
            let wanted = 3e3 * libm::pow(7e4 / 3.0, share(draw));
            assert!((drawer.at(draw) / wanted - 1.0).abs() < 1e-10, "{draw}: {} {wanted}", drawer.at(draw));
        }
    }

    #[test]
    fn spreads_are_those_of_sorted_samples() {
        let mut chance = random::stream(2, "test");
        for n in [1usize, 2, 3, 19, 20, 21, 1_000] {
            for kind in 0..4 {
                let values: Vec<f64> = (0..n)
                    .map(|_| match kind {
                        0 => chance.unit() * 1e9 - 5e8,
                        1 => f64::from(chance.below(4)),
                        2 => libm::exp(chance.unit() * 60.0),
                        _ => 7.0,
                    })
                    .collect();
                let mut sorted = values.clone();
                sorted.sort_by(f64::total_cmp);
                let at = |share: f64| sorted[((n as f64 * share) as usize).min(n - 1)];
                let wanted = Spread { low: at(0.05), middle: at(0.5), high: at(0.95) };
                assert_eq!(spread(&values, |v| v), Some(wanted), "{n} {kind}");
            }
        }
        assert_eq!(spread(&[], |v| v), None);
        assert_eq!(spread(&[f64::NAN, 1.0], |v| v), None);
    }

    #[test]
    fn the_nth_of_many() {
        let mut chance = random::stream(1, "test");
        for n in 1..60usize {
            let keys: Vec<u64> = (0..n).map(|_| u64::from(chance.below(20))).collect();
            let mut sorted = keys.clone();
            sorted.sort_unstable();
            for place in 0..n {
                let mut keys = keys.clone();
                assert_eq!(nth(&mut keys, place), Some(sorted[place]));
                assert!(keys[..place].iter().all(|key| *key <= sorted[place]), "{n} {place}");
                assert!(keys[place..].iter().all(|key| *key >= sorted[place]), "{n} {place}");
            }
        }
    }
}
