//! What the app's work costs in native code; the browser's own figures come from the page.
#![allow(clippy::disallowed_types, reason = "a benchmark needs a clock; this program never runs in a browser")]

use moving_parts::explainers::{Entry, REGISTRY, grouped};
use moving_parts::gauge::{self, Gauge, PARTS, RUNS, Row, median};
use moving_parts::link;
use moving_parts::models::quorum::jepsen;
use moving_parts::models::quorum::zones::Watch;
use std::hint::black_box;
use std::time::Instant;

#[path = "caches.rs"]
mod caches;
#[path = "sheets.rs"]
mod sheets;

/// Milliseconds that one call takes.
fn ms<T>(work: impl FnOnce() -> T) -> f64 {
    let begun = Instant::now();
    black_box(work());
    begun.elapsed().as_secs_f64() * 1e3
}

pub fn run() {
    let begun = Instant::now();
    let now = || begun.elapsed().as_secs_f64() * 1e3;
    let entries: Vec<&'static Entry> = REGISTRY.iter().collect();
    let mut paint = |scene: &_| {
        black_box(scene);
    };
    let mut gauge = Gauge { now: &now, paint: &mut paint, entries: &entries, rows: Vec::new() };
    PARTS.iter().for_each(|part| part(&mut gauge));
    let mut rows = gauge.rows;
    links(&mut rows);
    histories(&mut rows);
    caches::run(&mut rows);
    sheets::run(&mut rows);
    print(&rows);
}

/// Those of the capacity calculator only.
pub fn sheets_alone() {
    let mut rows = Vec::new();
    sheets::run(&mut rows);
    print(&rows);
}

fn links(rows: &mut Vec<Row>) {
    let acts: Vec<String> = (0..100).map(|i| format!("{i}.25s:lookup(user:{i})")).collect();
    let text = format!("#/hash-ring?v=1&servers=50&vnodes=64&seed=7&do={}&t=12.4", acts.join(";"));
    let one = |_| ms(|| (0..100).map(|_| link::write(&link::parse(&text).0).len()).sum::<usize>()) * 10.0;
    let value = median((0..RUNS).map(one).collect());
    rows.push(Row { name: "link with 100 actions, read and written".into(), value, unit: "µs" });
}

fn histories(rows: &mut Vec<Row>) {
    // A thousand writes and as many reads, online; and a clone, as a checkpoint takes it.
    let watched = |watch: &mut Watch| {
        for i in 0..1_000 {
            let at = u64::from(i) * 10;
            watch.begin(2 * i, at);
            watch.acknowledge(2 * i, at + 3);
            watch.read(2 * i + 1, at + 4, Some(2 * i), at + 6);
        }
    };
    let mut watch = Watch::default();
    watched(&mut watch);
    let value = median((0..RUNS).map(|_| ms(|| watched(&mut Watch::default()))).collect());
    rows.push(Row { name: "zones, 2,000 operations".into(), value: value * 1e3 / 2_000.0, unit: "µs each" });
    let value = median((0..51).map(|_| ms(|| watch.clone())).collect());
    rows.push(Row { name: "zones, a clone after 2,000 operations".into(), value: value * 1e3, unit: "µs" });
    let line = |i: u32| format!("{{:process {}, :type :invoke, :f :write, :value {i}, :time {i}000}}\n", i % 10);
    let text: String =
        (0..100_000).map(|i| line(i).replace(":invoke", if i % 20 < 10 { ":invoke" } else { ":ok" })).collect();
    let value = median((0..RUNS).map(|_| ms(|| jepsen::read(&text))).collect());
    rows.push(Row { name: "100,000 lines of EDN, read".into(), value, unit: "ms" });
}

fn print(rows: &[Row]) {
    // `xtask bench` asks for rows it can put beside the browser's.
    if std::env::var("BENCH_FORMAT").is_ok_and(|format| format == "json") {
        println!("{}", gauge::json(rows));
        return;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{} {}, {cores} cores, medians of {RUNS} or more runs", std::env::consts::OS, std::env::consts::ARCH);
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    for Row { name, value, unit } in rows {
        let value = if *value >= 1_000.0 { grouped(*value as i64) } else { format!("{value:.3}") };
        println!("{name:width$}  {value:>12}  {unit}");
    }
}
