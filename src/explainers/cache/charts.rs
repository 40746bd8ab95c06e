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
    let hits = cached.then(|| hits(&stretches));
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

fn curve(name: &str, ink: Token, points: Vec<(f64, f64)>) -> Series {
    Series { name: name.into(), ink, dashed: false, points }
}

fn hits(stretches: &[Stretch]) -> Chart {
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
    let series = vec![curve("lately", Token::Blue, lately.collect()), curve("so far", Token::Ink, so_far)];
    let note = format!(
        "{} reads that were answered; each point is of {READS} or more, or of a tenth of the time",
        grouped(reads as i64)
    );
    chart("hits", "Reads answered by the cache", note, Axis { max: 100.0, ..axis("%") }, series)
}

fn latency(world: &World, stretches: &[Stretch]) -> Chart {
    let lately = stretches.iter().filter(|it| it.sum.reads > 0);
    let mean = lately.clone().map(|it| (ms(it.sum.at as f64), ms(it.sum.time as f64 / f64::from(it.sum.reads))));
    let p99 = lately.filter_map(|it| Some((ms(it.sum.at as f64), ms(it.p99? as f64))));
    let series = vec![curve("99%", Token::Orange, p99.collect()), curve("mean", Token::Blue, mean.collect())];
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
    let mut series = vec![curve("database", Token::Orange, done)];
    if !world.nodes.is_empty() {
        series.push(curve("all reads", Token::Blue, asked));
    }
    let params = world.params();
    let most = world.db.slots as f64 * 1_000.0 / params.db.max(1) as f64;
    let note = format!(
        "reads and writes that it has done, beside all reads of clients; it can do {} a second",
        grouped(most as i64)
    );
    chart("queries", "Operations of the database a second", note, axis("/s"), series)
}

#[cfg(test)]
mod tests {
    use super::super::scene::tests::world;
    use super::*;
    use crate::draw::chart;

    fn series<'a>(charts: &'a [Chart], key: &str) -> &'a [Series] {
        let chart = charts.iter().find(|chart| chart.key == key).expect("there");
        let Plot::Lines { series, .. } = &chart.plot else { panic!("{key} is curves") };
        series
    }

    #[test]
    fn each_chart_says_what_the_run_was() {
        let run = world(&[("rate", "1000")], &[], 1_000);
        let charts = charts(&run);
        assert_eq!(charts.iter().map(|it| it.key).collect::<Vec<_>>(), ["hits", "latency", "queries"]);
        // The last point so far is the share of hits among the reads in samples.
        let (reads, hits) = run.stats.samples.iter().fold((0, 0), |sum, it| (sum.0 + it.reads, sum.1 + it.hits));
        let so_far = series(&charts, "hits")[1].points.last().expect("a point").1;
        assert!((so_far - f64::from(hits) * 100.0 / f64::from(reads)).abs() < 2.0, "{so_far} of {hits}/{reads}");
        // The 99th percentile is above the mean, and a mean is no longer than the longest read.
        let latency = series(&charts, "latency");
        let longest = run.stats.read_latency.iter().copied().max().unwrap_or(0);
        for (p99, mean) in latency[0].points.iter().zip(&latency[1].points) {
            assert!(p99.0 == mean.0 && p99.1 + 1e-9 >= mean.1 && p99.1 <= ms(f64::from(longest)), "{p99:?} {mean:?}");
        }
        for chart in &charts {
            for (width, height) in [(320.0, 190.0), (560.0, 190.0)] {
                assert!(!chart::draw(chart, width, height, None).base.items.is_empty());
            }
        }
    }

    #[test]
    fn without_a_cache_there_are_no_hits_and_before_anything_there_is_nothing() {
        let run = world(&[("read", "none")], &[], 600);
        assert_eq!(charts(&run).iter().map(|it| it.key).collect::<Vec<_>>(), ["latency", "queries"]);
        assert!(charts(&world(&[], &[], 0)).is_empty());
    }

    /// Reads that failed have no time: the percentiles stay with the stretches they are of.
    #[test]
    fn failed_reads_are_not_counted_in_stretches() {
        let run = world(&[("rate", "2000"), ("queue", "2"), ("db", "60")], &[], 600);
        assert!(run.stats.failed_reads > 50, "{} failed", run.stats.failed_reads);
        let sum: u32 = run.stats.samples.iter().map(|it| it.reads).sum();
        assert!(sum as usize <= run.stats.read_latency.len());
        assert!(run.stats.read_latency.len() - sum as usize <= 60, "all but those since the last sample");
    }
}
