//! Many requests along a path, drawn at random: how long they take, and where the time goes.

use super::path::{Law, MOST_LINES, Node, Path, Z99};
use crate::sim::latency::fast::Tables;
use crate::sim::order;
use crate::sim::quantile::rank;
use crate::sim::random::{Stream, stream};
use std::rc::Rc;

/// Times of lines’ own that are kept for their quantiles, of all lines together.
const KEPT: usize = 400_000;

/// What one line did in one request. Times in ns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Did {
    line: u32,
    start: f64,
    took: f64,
    /// The request would have been over sooner without it.
    counts: bool,
}

/// Draws requests one by one.
pub struct Requests<'a> {
    path: &'a Path,
    tables: Rc<Tables>,
    chance: Stream,
    /// The second of a pair of normal draws.
    spare: Option<f64>,
    did: Vec<Did>,
    /// By line: how long it took by itself, each time it ran, until there are so many.
    own: Vec<(usize, Vec<f64>)>,
    /// Only the time of the whole is wanted: what is known of copies is not drawn one by one.
    quick: bool,
}

impl<'a> Requests<'a> {
    pub fn new(path: &'a Path, seed: u64) -> Requests<'a> {
        let lines = path.lines.len().min(MOST_LINES);
        // What is known is not kept.
        let drawn: Vec<bool> = (0..lines).map(|line| path.own(line).is_none()).collect();
        let each = KEPT / drawn.iter().filter(|drawn| **drawn).count().max(1);
        let own = drawn.iter().map(|drawn| (if *drawn { each } else { 0 }, Vec::new())).collect();
        let (tables, chance) = (Tables::new(), stream(seed, "requests"));
        Requests { path, tables, chance, spare: None, did: Vec::new(), own, quick: false }
    }

    /// How long the next request takes, in ns.
    pub fn next_ns(&mut self) -> f64 {
        self.did.clear();
        self.body(&self.path.body, 0.0)
    }

    fn body(&mut self, body: &[Node], start: f64) -> f64 {
        body.iter().fold(start, |at, node| self.node(node, at))
    }

    /// Its end.
    fn node(&mut self, node: &Node, start: f64) -> f64 {
        match node {
            Node::Wait { line, times, laws } => {
                let took = self.wait(*times, laws);
                if let Some(line) = line {
                    self.note(*line, start, took);
                    self.counts(*line, start, took);
                }
                start + took
            }
            Node::Hit { line, times, laws, share, miss } => {
                let took = self.wait(*times, laws);
                self.note(*line, start, took);
                self.counts(*line, start, took);
                // What is certain takes no chance.
                if *share < 1.0 && (*share <= 0.0 || self.chance.unit() >= *share) {
                    return self.body(miss, start + took);
                }
                start + took
            }
            Node::Repeat { line, times, body } => {
                let end = (0..*times).fold(start, |at, _| self.body(body, at));
                self.note(*line, start, end - start);
                end
            }
            Node::Fan { line, need, of, branches } => {
                if self.quick && branches.len() == 1 {
                    let p = self.chance.unit();
                    if let Some(took) = node.at(p) {
                        return start + took;
                    }
                }
                let end = match branches.as_slice() {
                    [one] if *of > 1 => self.copies(one, *need, *of, start),
                    all => self.branches(all, *need, start),
                };
                self.note(*line, start, end - start);
                let bare =
                    matches!(branches.as_slice(), [one] if matches!(one.as_slice(), [Node::Wait { line: None, .. }]));
                if bare {
                    self.counts(*line, start, end - start);
                }
                end
            }
        }
    }

    /// Many of one kind: only the one that is waited for last is remembered.
    fn copies(&mut self, body: &[Node], need: u32, of: u32, start: f64) -> f64 {
        let from = self.did.len();
        // The ends, and where the memory of each lies.
        let mut ends: Vec<(f64, usize, usize)> = Vec::new();
        // The slowest and the fastest are known as one goes; only those in between need all of them.
        let (last, first) = (need == of, need == 1);
        for _ in 0..of {
            let here = self.did.len();
            let end = self.body(body, start);
            let memory = (end, here, self.did.len());
            match ends.first().copied() {
                Some(best) if last || first => {
                    if if last { end > best.0 } else { end < best.0 } {
                        self.did.copy_within(here.., from);
                        self.did.truncate(from + memory.2 - here);
                        ends = vec![(end, from, self.did.len())];
                    } else {
                        self.did.truncate(here);
                    }
                }
                _ => ends.push(memory),
            }
        }
        let ranks: Vec<u64> = ends.iter().map(|end| order::rank(end.0)).collect();
        let place = if last || first { 0 } else { (need as usize).saturating_sub(1) };
        let chosen = order::order(&ranks).get(place).and_then(|i| ends.get(*i as usize)).copied();
        let Some((end, a, b)) = chosen else { return start };
        self.did.copy_within(a..b, from);
        self.did.truncate(from + b - a);
        end
    }

    /// Different branches: all are remembered, but only the one that is waited for last counts.
    fn branches(&mut self, all: &[Vec<Node>], need: u32, start: f64) -> f64 {
        let mut ends = Vec::with_capacity(all.len());
        for branch in all {
            let here = self.did.len();
            let end = self.body(branch, start);
            ends.push((end, here, self.did.len()));
        }
        let ranks: Vec<u64> = ends.iter().map(|end| order::rank(end.0)).collect();
        let place = order::order(&ranks).get((need as usize).saturating_sub(1)).copied().unwrap_or(0) as usize;
        let Some(&(over, ..)) = ends.get(place) else { return start };
        for (i, (_, from, to)) in ends.iter().enumerate() {
            for did in self.did.get_mut(*from..*to).into_iter().flatten() {
                did.counts &= i == place;
                // Nobody waits any longer for what is slower.
                did.took = did.took.min((over - did.start).max(0.0));
            }
        }
        over
    }

    fn note(&mut self, line: usize, start: f64, took: f64) {
        if let Some((_, own)) = self.own.get_mut(line).filter(|(most, own)| own.len() < *most) {
            own.push(took);
        }
        // A head has no time of its own: where it stands, but nothing that counts.
        self.did.push(Did { line: line as u32, start, took, counts: false });
    }

    fn counts(&mut self, line: usize, start: f64, took: f64) {
        if let Some(did) = self.did.last_mut() {
            *did = Did { line: line as u32, start, took, counts: true };
        }
    }

    fn wait(&mut self, times: u32, laws: &[Law]) -> f64 {
        let mut sum = 0.0;
        for law in laws {
            match law {
                Law::Fixed(ns) => sum += ns * f64::from(times),
                _ => sum += (0..times).map(|_| self.draw(law)).sum::<f64>(),
            }
        }
        sum
    }

    fn draw(&mut self, law: &Law) -> f64 {
        match *law {
            Law::Fixed(ns) => ns,
            Law::Between(from, to) => {
                let u = self.chance.unit();
                from * self.tables.exp(u * self.tables.ln(to / from))
            }
            Law::Tail(median, p99) => {
                let sigma = self.tables.ln(p99 / median) / Z99;
                let z = self.normal();
                median * self.tables.exp((sigma * z).clamp(-600.0, 600.0))
            }
        }
    }

    /// Two standard normal draws at a time, by the polar method (Marsaglia and Bray 1964).
    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.chance.unit() - 1.0, 2.0 * self.chance.unit() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                let scale = libm::sqrt(-2.0 * self.tables.ln(square) / square);
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }
}

/// Where a line stands in the requests of one kind, on average. Times in ns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    pub start: f64,
    pub took: f64,
    /// What of it the request waited for.
    pub counts: f64,
    /// The part of these requests in which it ran, 0 to 1.
    pub ran: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The part of all requests in which it ran at all, 0 to 1.
    pub ran: f64,
    /// Its own median and 99th percentile, when it ran.
    pub median: f64,
    pub p99: f64,
    /// These two are drawn, and so good to two digits or less.
    pub drawn: bool,
    /// In the tenth of all requests about the median, and in the two-hundredth about the 99th percentile.
    pub middle: Share,
    pub slow: Share,
    /// In the one request that is nearest to the median, and in the one nearest to the 99th percentile.
    pub usual: Share,
    pub tail: Share,
}

/// What became of many requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    pub requests: usize,
    pub median: f64,
    pub p99: f64,
    /// How far these may be off (two standard errors), in ns; 0 where they are known.
    pub median_slack: f64,
    pub p99_slack: f64,
    pub mean: f64,
    /// The part of all that took no longer than the budget, 0 to 1.
    pub within: Option<f64>,
    pub rows: Vec<Row>,
    /// How long the drawn requests of both kinds took on average.
    pub middle: f64,
    pub slow: f64,
}

impl Outcome {
    /// Whether 99 of 100 keep it. `None`: too near to call.
    pub fn keeps(&self, budget: f64) -> Option<bool> {
        ((self.p99 - budget).abs() > self.p99_slack || self.p99_slack == 0.0).then_some(self.p99 <= budget)
    }
}

/// Draws in all, at most, for how long requests take.
const DRAWS: f64 = 600_000.0;
const MOST: f64 = 200_000.0;

/// As many requests as a few hundredths of a second give. One where all are the same.
pub fn enough(path: &Path) -> usize {
    if !path.varies() {
        return 1;
    }
    // What is known takes no more than a picture of it.
    if path.at(0.5).is_some() {
        return looked_at(path);
    }
    libm::floor((DRAWS / path.draws().max(1.0)).clamp(250.0, MOST)) as usize
}

/// Those that are looked at line by line: of few waits ten thousand, of many fewer.
fn looked_at(path: &Path) -> usize {
    let waits = path.waits().max(1.0);
    let rows = path.lines.len().clamp(1, MOST_LINES) as f64;
    libm::floor((500_000.0 / waits).min(400_000.0 / rows).clamp(250.0, 10_000.0)) as usize
}

/// The part of all that take no longer, where quantiles are known.
fn known_within(path: &Path, ns: f64) -> Option<f64> {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let p = (low + high) / 2.0;
        if path.at(p)? <= ns { low = p } else { high = p }
    }
    // What takes at most so long always does.
    Some(if low > 1.0 - 1e-12 { 1.0 } else { low })
}

/// Draws so many requests. The same seed gives the same.
pub fn run(path: &Path, requests: usize, seed: u64) -> Outcome {
    // What comes after is not read.
    let n = path.lines.len().min(MOST_LINES);
    let mut draw = Requests::new(path, seed);
    let looked = requests.min(looked_at(path));
    let mut totals = Vec::with_capacity(requests);
    // By request and line: start, took, what counts; a negative start if it did not run.
    let mut all = vec![[-1f32, 0.0, 0.0]; looked * n];
    for i in 0..looked {
        totals.push(draw.next_ns());
        let row = all.get_mut(i * n..(i + 1) * n).unwrap_or_default();
        for did in &draw.did {
            let Some(cell) = row.get_mut(did.line as usize) else { continue };
            if cell[0] < 0.0 {
                cell[0] = did.start as f32;
            }
            cell[1] += did.took as f32;
            cell[2] += if did.counts { did.took as f32 } else { 0.0 };
        }
    }
    if totals.is_empty() {
        return Outcome::default();
    }
    let by_time = order::order(&totals.iter().map(|ns| order::rank(*ns)).collect::<Vec<_>>());
    let band = |from: f64, to: f64| {
        let (a, b) = (rank(looked, from).unwrap_or(0), rank(looked, to).unwrap_or(0));
        by_time.get(a..=b).unwrap_or_default().to_vec()
    };
    let mean = |of: &[u32]| of.iter().filter_map(|i| totals.get(*i as usize)).sum::<f64>() / of.len().max(1) as f64;
    let (middle, slow) = (band(0.45, 0.55), band(0.987_5, 0.992_5));
    let (middle_mean, slow_mean) = (mean(&middle), mean(&slow));
    // Many more, of which only the time is kept.
    draw.quick = true;
    for _ in looked..requests {
        totals.push(draw.next_ns());
    }
    let ascending = sorted(&totals);
    let quantile = |p: f64| rank(requests, p).and_then(|i| ascending.get(i)).copied().unwrap_or(0.0);
    // A quantile by its rank, and the ranks two standard errors from it.
    let drawn = |p: f64| {
        let off = 2.0 * libm::sqrt(p * (1.0 - p) / requests as f64);
        (quantile(p), (quantile((p + off).min(1.0)) - quantile((p - off).max(0.0))) / 2.0)
    };
    let found = |p: f64| path.at(p).map_or_else(|| drawn(p), |ns| (ns, 0.0));
    let ((median, median_slack), (p99, p99_slack)) = (found(0.5), found(0.99));
    let nearest = |wanted: f64| {
        let off = |i: &u32| totals.get(*i as usize).map_or(f64::INFINITY, |ns| (ns - wanted).abs());
        (0..looked as u32).min_by(|a, b| off(a).total_cmp(&off(b))).into_iter().collect::<Vec<u32>>()
    };
    let (usual, tail) = (nearest(median), nearest(p99));
    let share = |of: &[u32], line: usize| {
        let cells = of.iter().filter_map(|i| all.get(*i as usize * n + line));
        let mut sum = Share::default();
        let mut ran = 0.0;
        for [start, took, counts] in cells {
            sum.took += f64::from(*took);
            sum.counts += f64::from(*counts);
            if *start >= 0.0 {
                sum.start += f64::from(*start);
                ran += 1.0;
            }
        }
        let many = of.len().max(1) as f64;
        let start = sum.start / f64::max(ran, 1.0);
        Share { start, took: sum.took / many, counts: sum.counts / many, ran: ran / many }
    };
    let rows = (0..n).map(|line| {
        let own = draw.own.get(line).map(|(_, own)| sorted(own)).unwrap_or_default();
        let of = |p: f64| rank(own.len(), p).and_then(|i| own.get(i)).copied().unwrap_or(0.0);
        let known = path.own(line);
        let (median, p99) = known.unwrap_or_else(|| (of(0.5), of(0.99)));
        let ran = all.iter().skip(line).step_by(n.max(1)).filter(|cell| cell[0] >= 0.0).count();
        Row {
            ran: ran as f64 / looked as f64,
            median,
            p99,
            drawn: known.is_none(),
            middle: share(&middle, line),
            slow: share(&slow, line),
            usual: share(&usual, line),
            tail: share(&tail, line),
        }
    });
    let rows = rows.collect();
    let within = |budget: f64| {
        let kept = || totals.iter().filter(|ns| **ns <= budget).count() as f64 / totals.len() as f64;
        known_within(path, budget).unwrap_or_else(kept)
    };
    Outcome {
        requests: totals.len(),
        median,
        p99,
        median_slack,
        p99_slack,
        mean: totals.iter().sum::<f64>() / totals.len() as f64,
        within: path.budget.map(|(budget, _)| within(budget)),
        rows,
        middle: middle_mean,
        slow: slow_mean,
    }
}

/// In ascending order.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let ranks: Vec<u64> = values.iter().map(|v| order::rank(*v)).collect();
    order::order(&ranks).into_iter().filter_map(|i| values.get(i as usize).copied()).collect()
}
