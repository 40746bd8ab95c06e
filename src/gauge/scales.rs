//! Whole explainers, small, larger, and as large as they get: opened, acted on, drawn while they play, and sought in.

use super::{Gauge, RUNS, median};
use crate::explainers::{Player, View};
use crate::link;
use crate::sim::Micros;

struct Scale {
    slug: &'static str,
    name: &'static str,
    query: &'static str,
    /// What sets things in motion, and when the first frame is.
    act: &'static str,
    at: Micros,
}

const fn scale(slug: &'static str, name: &'static str, query: &'static str, act: &'static str, at: Micros) -> Scale {
    Scale { slug, name, query, act, at }
}

const SCALES: [Scale; 12] = [
    scale("hash-ring", "5 servers × 16, 1,000 keys", "servers=5&vnodes=16&keys=1000", "add", 1_000_000),
    scale("hash-ring", "100 × 100, 10,000 keys", "servers=100&vnodes=100&keys=10000", "add", 1_000_000),
    scale("hash-ring", "1,000 × 100, 100,000 keys", "servers=1000&vnodes=100&keys=100000", "add", 1_000_000),
    scale("quorum", "5 nodes, one write", "", "write(1,x)", 1_000),
    scale("quorum", "7 nodes, 4 clients, 40/s", "nodes=7&clients=4&load=40&span=2000", "crash(2)", 400_000),
    scale(
        "quorum",
        "9 nodes, 8 clients, 500/s",
        "nodes=9&n=5&clients=8&keys=16&load=500&span=4000",
        "crash(2)",
        400_000,
    ),
    scale("kafka", "6 partitions × 3 consumers", "", "join", 12_000_000),
    scale("kafka", "24 × 8, 100/s", "partitions=24&consumers=8&rate=100", "join", 12_000_000),
    scale("kafka", "500 × 100, 1,000/s", "partitions=500&consumers=100&rate=1000&process=80", "crash(3)", 12_000_000),
    scale("cache", "24 keys, 200/s", "", "write(1,1)", 400_000),
    scale("cache", "3 nodes, 400 keys, 2,000/s", "nodes=3&keys=400&capacity=40&rate=2000", "crash(1)", 400_000),
    scale(
        "cache",
        "4 nodes, 4,000 keys, 5,000/s",
        "nodes=4&keys=4000&capacity=400&rate=5000&slots=40&db=5&clients=8",
        "crash(1)",
        400_000,
    ),
];

/// Frames of a run that plays, at sixty a second.
const FRAMES: u64 = 120;
const SEEKS: u64 = 100;

pub fn run(gauge: &mut Gauge) {
    for Scale { slug, name, query, act, at } in SCALES {
        let Some(entry) = gauge.entry(slug) else { continue };
        let fragment = format!("#/{slug}?{query}");
        let open = || (entry.open)(&link::parse(&fragment).0).0;
        let what = |part: &str| format!("{slug}, {name}: {part}");
        let value = gauge.median(open);
        gauge.row(what("open"), value, "ms");
        let acts = (0..RUNS).map(|_| {
            let mut player = open();
            player.seek(at);
            gauge.ms(|| player.act(act))
        });
        let value = median(acts.collect());
        gauge.row(what(act), value, "ms");

        let mut player = open();
        player.seek(at);
        let frame = |gauge: &mut Gauge, player: &mut dyn Player, to: Micros| {
            let begun = (gauge.now)();
            player.seek(to);
            let scene = player.scene(&View::sized(860.0, 560.0));
            (gauge.paint)(&scene);
            (gauge.now)() - begun
        };
        let first = frame(gauge, &mut *player, at);
        gauge.row(what("first frame"), first, "ms");
        let _ = player.act(act);
        let after = frame(gauge, &mut *player, at);
        gauge.row(what("first frame after that"), after, "ms");
        // What a display that shows sixty a second leaves between two.
        let step = entry.meta.pace / 60;
        let all: Vec<f64> = (1..=FRAMES).map(|i| frame(gauge, &mut *player, at + i * step)).collect();
        let longest = all.iter().copied().fold(0.0, f64::max);
        gauge.row(what("frame"), median(all), "ms");
        gauge.row(what("longest of 120 frames"), longest, "ms");

        let mut chance = 7u64;
        let mut times = Vec::new();
        for _ in 0..SEEKS {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let to = (chance >> 33) % player.end().max(1);
            times.push(gauge.ms(|| player.seek(to)));
        }
        let longest = times.iter().copied().fold(0.0, f64::max);
        gauge.row(what("longest of 100 seeks"), longest, "ms");
    }
    ten_minutes(gauge);
    studies(gauge);
}

/// The long computations beside the quorum explainer, to their ends.
fn studies(gauge: &mut Gauge) {
    let Some(entry) = gauge.entry("quorum") else { return };
    for delay in ["lnkd-disk", "ymmr", "wan"] {
        let (link, _) = link::parse(&format!("#/quorum?w=1&r=1&delay={delay}"));
        for mut study in (entry.open)(&link).0.studies() {
            let value = gauge.ms(|| while study.step() {});
            gauge.row(format!("quorum, {delay}: {}", study.chart().key), value, "ms");
        }
    }
}

/// Something every 12 s for ten minutes, on the ring of each size.
fn ten_minutes(gauge: &mut Gauge) {
    let Some(entry) = gauge.entry("hash-ring") else { return };
    for Scale { name, query, .. } in SCALES.into_iter().filter(|scale| scale.slug == "hash-ring") {
        let act = |i: u32| {
            let server = i / 4 % 5 + 1;
            let acts =
                ["add".into(), format!("crash({server})"), format!("lookup(user:{i})"), format!("restart({server})")];
            let act = acts.into_iter().nth(i as usize % 4).unwrap_or_default();
            format!("{}s:{act}", i * 12 + 1)
        };
        let acts: Vec<String> = (0..50).map(act).collect();
        let (link, _) = link::parse(&format!("#/hash-ring?{query}&do={}", acts.join(";")));
        let mut player = (entry.open)(&link).0;
        let end = player.end();
        let times: Vec<f64> = (0..200u64).map(|i| gauge.ms(|| player.seek(i * 7_919 % 200 * end / 200))).collect();
        let longest = times.iter().copied().fold(0.0, f64::max);
        gauge.row(format!("hash-ring, {name}: longest of 200 seeks in ten minutes"), longest, "ms");
    }
}
