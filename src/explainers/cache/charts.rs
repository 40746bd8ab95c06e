//! What is drawn of a run besides the pictures: how often the cache had it, how long reads took, what the database did.

use super::types::Sample;
use super::world::World;
use crate::draw::chart::{Axis, Chart, Plot, Series};
use crate::draw::scene::Token;
use crate::explainers::grouped;
use crate::sim::{MS, SECOND, quantile};

/// Points of a curve, at most.
const POINTS: usize = 120;
/// A point is of so many reads at least, where there are enough.
const READS: u32 = 20;

pub fn charts(world: &World) -> Vec<Chart> {
    let stretches = stretches(world);
    if stretches.len() < 2 {
        return Vec::new();
    }
    let cached = !world.nodes.is_empty();
    let hits = cached.then(|| hits(world, &stretches));
    hits.into_iter().chain([latency(world, &stretches), queries(world, &stretches)]).collect()
}

/// A stretch of time between two points of the curves.
struct Stretch {
    sum: Sample,
    /// Its length in µs.
    long: u64,
    /// The 99th percentile of its reads, in µs.
    p99: Option<u64>,
}

/// Samples, joined until there are enough reads in each.
fn stretches(world: &World) -> Vec<Stretch> {
    let stats = &world.stats;
    let least = stats.samples.len().div_ceil(POINTS).max(1);
    let mut out: Vec<Stretch> = Vec::new();
    let (mut sum, mut joined, mut since, mut seen) = (Sample::default(), 0, 0, 0usize);
    for sample in stats.samples.iter() {
        sum.reads += sample.reads;
        sum.hits += sample.hits;
        sum.time += sample.time;
        sum.queries += sample.queries;
        joined += 1;
        // No stretch is longer than a tenth of them all.
        let enough = sum.reads >= READS || joined * 10 >= stats.samples.len();
        if joined < least || !enough {
            continue;
        }
        let times: Vec<u64> =
            stats.read_latency.from(seen).take(sum.reads as usize).map(|took| u64::from(*took)).collect();
        let p99 = quantile::of_sorted(&quantile::sorted(&times), 0.99);
        seen += sum.reads as usize;
        out.push(Stretch { sum: Sample { at: sample.at, ..sum }, long: sample.at.saturating_sub(since), p99 });
        (sum, joined, since) = (Sample::default(), 0, sample.at);
    }
    out
}

fn axis(label: &str) -> Axis {
    Axis { label: label.into(), log: false, min: 0.0, max: f64::NAN, ticks: Vec::new() }
}

fn ms(us: f64) -> f64 {
    us / MS as f64
}

fn chart(key: &'static str, title: &str, note: String, y: Axis, series: Vec<Series>) -> Chart {
    Chart { key, title: title.into(), note, plot: Plot::Lines { x: axis("ms"), y, series, marks: Vec::new() } }
}

fn curve(name: &str, ink: Token, dashed: bool, points: Vec<(f64, f64)>) -> Series {
    Series { name: name.into(), ink, dashed, points }
}

fn hits(world: &World, stretches: &[Stretch]) -> Chart {
    let lately = stretches.iter().filter(|it| it.sum.reads > 0);
    let lately = lately.map(|it| (ms(it.sum.at as f64), f64::from(it.sum.hits) * 100.0 / f64::from(it.sum.reads)));
    let (mut hits, mut reads) = (0u64, 0u64);
    let mut so_far = Vec::with_capacity(stretches.len());
    for it in stretches {
        hits += u64::from(it.sum.hits);
        reads += u64::from(it.sum.reads);
        if reads > 0 {
            so_far.push((ms(it.sum.at as f64), hits as f64 * 100.0 / reads as f64));
        }
    }
    let series = vec![curve("lately", Token::Blue, false, lately.collect()), curve("so far", Token::Ink, true, so_far)];
    let note = format!(
        "{} reads that were answered; each point is of {READS} or more, or of a tenth of the time",
        grouped(reads as i64)
    );
    let _ = world;
    chart("hits", "Reads answered by the cache", note, Axis { max: 100.0, ..axis("%") }, series)
}

fn latency(world: &World, stretches: &[Stretch]) -> Chart {
    let lately = stretches.iter().filter(|it| it.sum.reads > 0);
    let mean = lately.clone().map(|it| (ms(it.sum.at as f64), ms(it.sum.time as f64 / f64::from(it.sum.reads))));
    let p99 = lately.filter_map(|it| Some((ms(it.sum.at as f64), ms(it.p99? as f64))));
    let series =
        vec![curve("99%", Token::Orange, false, p99.collect()), curve("mean", Token::Blue, false, mean.collect())];
    let (hit, load) = world.costs();
    let note = match world.nodes.is_empty() {
        true => format!("when nobody waits for the database, a read takes {load} ms"),
        false => format!("a hit takes {hit} ms, a miss {} ms when nobody waits for the database", hit + load),
    };
    chart("latency", "How long reads take", note, axis("ms"), series)
}

fn queries(world: &World, stretches: &[Stretch]) -> Chart {
    let per = |n: u32, long: u64| f64::from(n) * SECOND as f64 / long.max(1) as f64;
    let done = stretches.iter().map(|it| (ms(it.sum.at as f64), per(it.sum.queries, it.long))).collect();
    let asked = stretches.iter().map(|it| (ms(it.sum.at as f64), per(it.sum.reads, it.long))).collect();
    let mut series = vec![curve("database", Token::Orange, false, done)];
    if !world.nodes.is_empty() {
        series.push(curve("all reads", Token::Blue, true, asked));
    }
    let params = world.params();
    let most = world.db.slots as f64 * 1_000.0 / params.db.max(1) as f64;
    let note = format!(
        "reads and writes that it has done, beside all reads of clients; it can do {} a second",
        grouped(most as i64)
    );
    chart("queries", "Operations of the database a second", note, axis("/s"), series)
}
