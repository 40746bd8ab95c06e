//! Two computations that take longer than a frame: how stale a read may be by the time since the write (PBS), and what
//! every R and W would make of the same run.

use super::charts::axis;
use super::{Action, OpKind, Params, Quorum, World};
use crate::draw::chart::{Axis, Cell, Chart, Heads, Mark, Plot, Series};
use crate::draw::scene::Token;
use crate::explainers::{Run, Study, grouped, percent};
use crate::models::quorum::pbs::{Config, Trials};
use crate::sim::decimal::fixed;
use crate::sim::{MS, Micros, digest, quantile};

/// Trials of a staleness curve.
const TRIALS: u32 = 1_000_000;
/// Trials between two looks at the clock.
const SLICE: u32 = 4_000;
/// Times since the write, in ms: 0, and 61 from 0.1 to 1,000, evenly by logarithm.
const TIMES: usize = 62;
const FAR: f64 = 1_000.0;
/// What counts as “as good as always”: the paper’s own level.
const ALMOST: f64 = 0.999;

fn time(i: usize) -> f64 {
    if i == 0 { 0.0 } else { 0.1 * libm::pow(10.0, (i - 1) as f64 / 15.0) }
}

pub fn studies(run: &Run<Quorum>) -> Vec<Box<dyn Study>> {
    let mut all: Vec<Box<dyn Study>> = vec![Box::new(Grid::new(run))];
    all.push(Box::new(Staleness::new(run)));
    all
}

/// P(a read sees the write) against the time since the write was acknowledged, by Monte-Carlo.
pub struct Staleness {
    config: Config,
    seed: u64,
    /// R and W, the run's own first; those with R + W > N need no trials.
    pairs: Vec<(u8, u8)>,
    here: (u8, u8),
    trials: Option<Trials>,
    done: u32,
    /// Per pair: by time, then the time from which on it is almost always seen, and the 99.9th percentiles in ms.
    found: Vec<[f64; TIMES + 3]>,
}

impl Staleness {
    fn new(run: &Run<Quorum>) -> Staleness {
        let params = run.params;
        let n = params.copies() as u8;
        let clamp = |v: i64| v.clamp(1, i64::from(n)) as u8;
        let here = (clamp(params.r), clamp(params.w));
        let mut pairs = vec![here];
        for pair in [(1, 1), (1, n.saturating_sub(1).max(1)), (n.saturating_sub(1).max(1), 1)] {
            if !pairs.contains(&pair) && pair.0 + pair.1 <= n {
                pairs.push(pair);
            }
        }
        let config = Config { n, legs: params.legs(run.data), far: params.apart() as f64 / MS as f64 };
        let found = vec![[0.0; TIMES + 3]; pairs.len()];
        Staleness { config, seed: run.seed, pairs, here, trials: None, done: 0, found }
    }

    fn look(&mut self) {
        let Some(trials) = &self.trials else { return };
        self.done = trials.done();
        for ((r, w), found) in self.pairs.iter().zip(&mut self.found) {
            for (i, p) in found[..TIMES].iter_mut().enumerate() {
                *p = trials.consistent(*r, *w, time(i));
            }
            found[TIMES] = trials.visible_after(*r, *w, ALMOST);
            found[TIMES + 1] = trials.read_latency(*r, ALMOST);
            found[TIMES + 2] = trials.write_latency(*w, ALMOST);
        }
    }
}

impl Study for Staleness {
    fn step(&mut self) -> bool {
        let (config, seed) = (&self.config, self.seed);
        let trials = self.trials.get_or_insert_with(|| Trials::new(config.clone(), TRIALS, seed));
        let over = trials.step(SLICE);
        if over || trials.done().is_multiple_of(20 * SLICE) {
            self.look();
        }
        !over
    }

    fn progress(&self) -> f64 {
        f64::from(self.done) / f64::from(TRIALS)
    }

    fn key(&self) -> u32 {
        digest(&("staleness", self.config.n, &self.config.legs, self.config.far.to_bits(), self.here, self.seed)) as u32
    }

    fn found(&self) -> Vec<f64> {
        std::iter::once(f64::from(self.done)).chain(self.found.iter().flatten().copied()).collect()
    }

    fn resume(&mut self, found: &[f64]) {
        let Some((done, rest)) = found.split_first() else { return };
        self.done = *done as u32;
        for (mine, found) in self.found.iter_mut().zip(rest.chunks_exact(TIMES + 3)) {
            mine.copy_from_slice(found);
        }
    }

    fn chart(&self) -> Chart {
        let n = self.config.n;
        let inks = [Token::Blue, Token::Orange, Token::Green, Token::Pink];
        let mut series = Vec::new();
        let mut marks = Vec::new();
        for (((r, w), found), ink) in self.pairs.iter().zip(&self.found).zip(inks) {
            if self.done == 0 {
                break;
            }
            let points = (1..TIMES).map(|i| (time(i), found[i] * 100.0)).collect();
            let name = format!("R = {r}, W = {w}");
            series.push(Series { name: name.clone(), ink, dashed: (*r, *w) != self.here, points });
            if (*r, *w) != self.here {
                let at = found[1] * 100.0;
                marks.push(Mark { x: time(1), y: at, ink, label: name, hollow: true, subject: None });
            } else if r + w <= n {
                let at = found[TIMES].clamp(0.1, FAR);
                let label = format!("99.9% after {} ms", fixed(found[TIMES], 2));
                marks.push(Mark { x: at, y: ALMOST * 100.0, ink, label, hollow: false, subject: None });
            }
        }
        let (r, w) = self.here;
        let own = self.found.first().copied().unwrap_or([0.0; TIMES + 3]);
        let note = match r + w > n {
            _ if self.done == 0 => "WARS trials with the delays that are set".into(),
            true => "R + W > N: the read meets the write whatever the delays. Dashed: what fewer would give".into(),
            false => format!(
                "at once: {}%; 99.9th percentiles between nodes: reads {} ms, writes {} ms; {} trials",
                percent(own[0]),
                fixed(own[TIMES + 1], 1),
                fixed(own[TIMES + 2], 1),
                grouped(i64::from(self.done)),
            ),
        };
        let low = self.found.iter().map(|found| found[0]).fold(1.0, f64::min) * 100.0;
        Chart {
            key: "staleness",
            title: "Reads that see a write, by the time since it was acknowledged".into(),
            note,
            plot: Plot::Lines {
                x: Axis { min: 0.1, max: FAR, ..axis("ms since the write", true) },
                y: Axis { min: (low - 5.0).clamp(0.0, 95.0), max: 100.5, ..axis("%", false) },
                series,
                marks,
            },
        }
    }
}

/// Reads and writes of the same run under every R and W.
pub struct Grid {
    /// By R, then W.
    cells: Vec<[f64; FIGURES]>,
    done: usize,
    params: Params,
    seed: u64,
    data: super::Data,
    actions: Vec<(Micros, Action)>,
    n: i64,
    to: Micros,
    busy: Option<(World, Micros, usize)>,
}

/// Per cell: the 99th percentile of reads and of writes in ms, the stale share of reads, the answered share.
const FIGURES: usize = 4;
/// Operations per second of each client, where the run has none of its own.
const LOAD: i64 = 100;
/// A cell's run is at least so long, and at most, in ms.
const SPAN: (i64, i64) = (2_000, 5_000);

impl Grid {
    fn new(run: &Run<Quorum>) -> Grid {
        let mut params = run.params.clone();
        let last = run.actions.last().map_or(0, |(at, _)| (*at / MS) as i64);
        if params.load == 0 {
            (params.load, params.span) = (LOAD, 0);
        }
        params.span = params.span.max(last + SPAN.0 / 2).clamp(SPAN.0, SPAN.1);
        (params.wl, params.rl) = (0, 0);
        let n = params.copies();
        let to = (params.span + params.timeout * 2 + 100) as Micros * MS;
        Grid {
            cells: vec![[0.0; FIGURES]; (n * n) as usize],
            done: 0,
            seed: run.seed,
            data: run.data.clone(),
            actions: run.actions.to_vec(),
            n,
            to,
            busy: None,
            params,
        }
    }

    fn pair(&self, i: usize) -> (i64, i64) {
        (i as i64 / self.n + 1, i as i64 % self.n + 1)
    }

    /// Goes on with the cell that is under way, to the next action or by a tenth of a second.
    fn go_on(&mut self) -> Option<[f64; FIGURES]> {
        let (r, w) = self.pair(self.done);
        let fresh = || {
            let params = Params { r, w, ..self.params.clone() };
            (World::build(&params, self.seed, &self.data), 0, 0)
        };
        let (mut world, at, mut acted) = self.busy.take().unwrap_or_else(fresh);
        let due = self.actions.get(acted).filter(|(due, _)| *due <= self.to);
        let next = (at + 100 * MS).min(self.to).min(due.map_or(Micros::MAX, |(due, _)| *due));
        world.advance(next);
        if let Some((due, action)) = due
            && *due == next
        {
            // What one R and W allow, another may not: what cannot be done is left out.
            let _ = world.act(next, action);
            acted += 1;
        }
        if next < self.to || self.actions.get(acted).is_some_and(|(due, _)| *due <= self.to) {
            self.busy = Some((world, next, acted));
            return None;
        }
        let stats = &world.stats;
        let p99 = |kind: OpKind| {
            let list = match kind {
                OpKind::Read => &stats.read_latency,
                OpKind::Write => &stats.write_latency,
            };
            let sorted = quantile::sorted(&list.iter().map(|v| Micros::from(*v)).collect::<Vec<_>>());
            quantile::of_sorted(&sorted, 0.99).map_or(f64::NAN, |v| v as f64 / MS as f64)
        };
        let stale = stats.stale_rate().unwrap_or(f64::NAN);
        Some([p99(OpKind::Read), p99(OpKind::Write), stale, stats.availability().unwrap_or(f64::NAN)])
    }

    /// The settings that it is about, the run's own R and W among them only to be framed.
    fn here(&self) -> (i64, i64) {
        (self.params.r.clamp(1, self.n), self.params.w.clamp(1, self.n))
    }
}

impl Study for Grid {
    fn step(&mut self) -> bool {
        if self.done >= self.cells.len() {
            return false;
        }
        if let Some(found) = self.go_on() {
            if let Some(cell) = self.cells.get_mut(self.done) {
                *cell = found;
            }
            self.done += 1;
        }
        self.done < self.cells.len()
    }

    fn progress(&self) -> f64 {
        self.done as f64 / self.cells.len().max(1) as f64
    }

    fn key(&self) -> u32 {
        let said: Vec<(Micros, String)> =
            self.actions.iter().map(|(at, action)| (*at, crate::link::call::write(action))).collect();
        digest(&("grid", &self.params, self.seed, said, self.params.legs(&self.data))) as u32
    }

    fn found(&self) -> Vec<f64> {
        std::iter::once(self.done as f64).chain(self.cells.iter().flatten().copied()).collect()
    }

    fn resume(&mut self, found: &[f64]) {
        let Some((done, cells)) = found.split_first() else { return };
        (self.done, self.busy) = (*done as usize, None);
        for (mine, found) in self.cells.iter_mut().zip(cells.chunks_exact(FIGURES)) {
            mine.copy_from_slice(found);
        }
    }

    fn chart(&self) -> Chart {
        let figure = |v: f64, decimals: u32| if v.is_nan() { "–".to_string() } else { fixed(v, decimals) };
        let share = |v: f64| if v.is_nan() { "–".to_string() } else { format!("{}%", percent(v)) };
        let cell = |(i, [reads, writes, stale, answered]): (usize, &[f64; FIGURES])| {
            let (r, w) = self.pair(i);
            let known = i < self.done;
            let lines = match known {
                true => vec![
                    format!("{} stale", share(*stale)),
                    format!("{} / {} ms", figure(*reads, 0), figure(*writes, 0)),
                    format!("{} done", share(*answered)),
                ],
                false => vec!["…".into()],
            };
            let name = format!(
                "R = {r}, W = {w}: {} of reads stale, 99th percentile of reads {} ms, of writes {} ms, {} answered",
                share(*stale),
                figure(*reads, 1),
                figure(*writes, 1),
                share(*answered)
            );
            // A tenth of all reads being stale is as dark as it gets.
            let heat = if known { stale * 10.0 } else { 0.0 };
            Cell { lines, heat, here: (r, w) == self.here(), name: if known { name } else { String::new() } }
        };
        let heads = Heads {
            across: (1..=self.n).map(|w| format!("W = {w}")).collect(),
            down: (1..=self.n).map(|r| format!("R = {r}")).collect(),
        };
        Chart {
            key: "grid",
            title: "The same run under every R and W".into(),
            note: format!(
                "stale reads; 99th percentile of reads / writes; operations that succeed, in {} s with {} operations/s of each client at random",
                fixed(self.params.span as f64 / 1_000.0, 1),
                self.params.load
            ),
            plot: Plot::Grid { heads, cells: self.cells.iter().enumerate().map(cell).collect() },
        }
    }
}
