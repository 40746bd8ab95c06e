//! What the app's work costs in native code; the browser's own figures come from the page.
#![allow(clippy::disallowed_types, reason = "a benchmark needs a clock; this program never runs in a browser")]

use moving_parts::draw::scene::Scene;
use moving_parts::explainers::{Player, View, find, grouped};
use moving_parts::link;
use moving_parts::models::hashing::{HashFn, Method, Placement, Server, cassandra_tokens_for, slots_create};
use moving_parts::models::kafka;
use moving_parts::models::quorum::linear::{Checker, STEPS, Verdict};
use moving_parts::models::quorum::pbs::{Fitted, Trials};
use moving_parts::models::quorum::zones::Watch;
use moving_parts::models::quorum::{jepsen, sample};
use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

#[path = "caches.rs"]
mod caches;
#[path = "sheets.rs"]
mod sheets;

const SLUG: &str = "hash-ring";
const RUNS: usize = 7;

struct Row {
    name: String,
    value: f64,
    unit: &'static str,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Milliseconds that one call takes.
fn ms<T>(work: impl FnOnce() -> T) -> f64 {
    let begun = Instant::now();
    black_box(work());
    begun.elapsed().as_secs_f64() * 1e3
}

fn open(query: &str) -> Box<dyn Player> {
    let (link, _) = link::parse(&format!("#/{SLUG}?{query}"));
    match find(SLUG) {
        Some(entry) => (entry.open)(&link).0,
        None => unreachable!("the ring is in the registry"),
    }
}

pub fn run() {
    let mut rows = Vec::new();
    lookups(&mut rows);
    sessions(&mut rows);
    scenes(&mut rows);
    links(&mut rows);
    staleness(&mut rows);
    histories(&mut rows);
    groups(&mut rows);
    plans(&mut rows);
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

fn methods(n: u32) -> Vec<(&'static str, Method)> {
    let hash = HashFn::XxHash64;
    let mut all = vec![
        ("ring", Method::Ring { hash, vnodes: 100 }),
        ("ketama, weighted", Method::KetamaWeighted),
        ("ketama", Method::Ketama),
        ("groupcache", Method::Groupcache { replicas: 100 }),
        ("cassandra", Method::Cassandra),
        ("redis slots", Method::RedisSlots { owner: Rc::new(slots_create(n)) }),
        ("mod n", Method::ModN { hash }),
        ("jump", Method::Jump { hash }),
        ("guava", Method::Guava { hash }),
        ("rendezvous", Method::Rendezvous { seed: 0 }),
        ("maglev", Method::MaglevSip { size: 65_537 }),
        ("maglev, xxhash", Method::MaglevXx { size: 65_537 }),
    ];
    for (name, function) in HashFn::ALL.map(|hash| (hash.name(), hash)) {
        if function != hash {
            all.push((name, Method::Ring { hash: function, vnodes: 100 }));
        }
    }
    all
}

fn servers(n: u32) -> Vec<Server> {
    let one = |i| {
        let name = format!("cache-{i}");
        let tokens = cassandra_tokens_for(&name, 100, 7);
        Server { name, weight: 100, tokens }
    };
    (1..=n).map(one).collect()
}

fn lookups(rows: &mut Vec<Row>) {
    let keys: Vec<String> = (0..100_000).map(|i| format!("user:{}", i * 37 % 900_007)).collect();
    for n in [10u32, 1_000] {
        let servers = servers(n);
        for (name, method) in methods(n) {
            let placement = Placement::build(&method, &servers);
            // Rendezvous scores every server for every key.
            let some = if placement.needs_key() { keys.len() / n as usize } else { keys.len() };
            let all = |keys: &[String]| {
                keys.iter().map(|key| u64::from(placement.owner(key.as_bytes()).unwrap_or(0))).sum::<u64>()
            };
            let times = (0..RUNS).map(|_| ms(|| all(&keys[..some]))).collect();
            let value = some as f64 / median(times) * 1e3;
            rows.push(Row { name: format!("lookup, {name}, {} servers", grouped(n.into())), value, unit: "keys/s" });
        }
        if n == 1_000 {
            let placement = Placement::build(&Method::Ring { hash: HashFn::XxHash64, vnodes: 100 }, &servers);
            let mut at: Vec<u64> = keys.iter().map(|key| placement.position(key.as_bytes())).collect();
            at.sort_unstable();
            let sweep = || {
                let mut out = Vec::new();
                placement.owners_of_sorted(&at, &mut out);
                out
            };
            let value = median((0..RUNS).map(|_| ms(sweep)).collect());
            rows.push(Row { name: "owners of 100,000 sorted keys, 100,000 points".into(), value, unit: "ms" });
        }
    }
}

const SIZES: [(u32, u32, u32); 3] = [(5, 16, 1_000), (100, 100, 10_000), (1_000, 100, 100_000)];

fn sized((servers, vnodes, keys): (u32, u32, u32)) -> (String, String) {
    let name = format!("{} × {vnodes}, {} keys", grouped(servers.into()), grouped(keys.into()));
    (name, format!("servers={servers}&vnodes={vnodes}&keys={keys}"))
}

fn sessions(rows: &mut Vec<Row>) {
    for size in SIZES {
        let (name, query) = sized(size);
        let value = median((0..RUNS).map(|_| ms(|| open(&query))).collect());
        rows.push(Row { name: format!("open, {name}"), value, unit: "ms" });
        let times = |act: &str| {
            let one = |_| {
                let mut player = open(&query);
                player.seek(2_000_000);
                ms(|| player.act(act))
            };
            median((0..RUNS).map(one).collect())
        };
        for act in ["add", "crash(3)"] {
            rows.push(Row { name: format!("{act}, {name}"), value: times(act), unit: "ms" });
        }
    }
    for size in SIZES {
        let (name, query) = sized(size);
        let mut acts: Vec<String> = Vec::new();
        // Ten minutes, something every 12 s.
        for i in 0..50u32 {
            let server = i / 4 % size.0 + 1;
            let act = [
                "add".to_string(),
                format!("crash({server})"),
                format!("lookup(user:{i})"),
                format!("restart({server})"),
            ];
            acts.push(format!("{}s:{}", i * 12 + 1, act[i as usize % 4]));
        }
        let mut player = open(&format!("{query}&do={}", acts.join(";")));
        let mut chance = 7u64;
        let mut times = Vec::new();
        for _ in 0..200 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let to = (chance >> 33) % player.end();
            times.push(ms(|| player.seek(to)));
        }
        let most = times.iter().copied().fold(0.0, f64::max);
        rows.push(Row { name: format!("seek in ten minutes, median, {name}"), value: median(times), unit: "ms" });
        rows.push(Row { name: format!("seek in ten minutes, longest, {name}"), value: most, unit: "ms" });
    }
}

fn scenes(rows: &mut Vec<Row>) {
    let view = View::sized(815.0, 560.0);
    let shapes = |scene: Scene| scene.live.items.len();
    for size in SIZES {
        let (name, query) = sized(size);
        let first = (0..RUNS).map(|_| {
            let mut player = open(&query);
            ms(|| player.scene(&view))
        });
        rows.push(Row { name: format!("first scene, {name}"), value: median(first.collect()), unit: "ms" });
        let mut player = open(&format!("{query}&do=1s:add&t=0.9"));
        player.scene(&view);
        let idle = (0..51).map(|_| ms(|| shapes(player.scene(&view)))).collect();
        rows.push(Row { name: format!("frame, idle, {name}"), value: median(idle), unit: "ms" });
        let mut start = Vec::new();
        let mut frames = Vec::new();
        for _ in 0..RUNS {
            player.seek(900_000);
            player.scene(&view);
            player.seek(1_000_000);
            start.push(ms(|| player.scene(&view)));
            for i in 1..16 {
                player.seek(1_000_000 + i * 100_000);
                frames.push(ms(|| player.scene(&view)));
            }
        }
        rows.push(Row { name: format!("frame, handover begins, {name}"), value: median(start), unit: "ms" });
        rows.push(Row { name: format!("frame, mid-handover, {name}"), value: median(frames), unit: "ms" });
    }
}

fn links(rows: &mut Vec<Row>) {
    let acts: Vec<String> = (0..100).map(|i| format!("{i}.25s:lookup(user:{i})")).collect();
    let text = format!("#/{SLUG}?v=1&servers=50&vnodes=64&seed=7&do={}&t=12.4", acts.join(";"));
    let one = |_| ms(|| (0..100).map(|_| link::write(&link::parse(&text).0).len()).sum::<usize>()) * 10.0;
    let value = median((0..RUNS).map(one).collect());
    rows.push(Row { name: "link with 100 actions, read and written".into(), value, unit: "µs" });
}

fn staleness(rows: &mut Vec<Row>) {
    const TRIALS: u32 = 200_000;
    for fitted in [Fitted::LnkdSsd, Fitted::Ymmr, Fitted::Wan] {
        let one = |_| {
            ms(|| {
                let mut trials = Trials::new(fitted.config(3), TRIALS, 7);
                trials.step(TRIALS);
                trials.visible_after(1, 1, 0.999)
            })
        };
        let value = f64::from(TRIALS) / median((0..RUNS).map(one).collect()) * 1e3;
        rows.push(Row { name: format!("staleness, {}, N = 3", fitted.name()), value, unit: "trials/s" });
    }
}

/// 1,000 operations of ten clients on one register: values all different or 1 to 5; all answered, or one write in fifty
/// lost; linearizable, with a stale read or a lost update near the end, or with what takes every order to be found out.
fn histories(rows: &mut Vec<Row>) {
    for (values, lost) in [(1_000, 0), (1_000, 20), (5, 0), (5, 20)] {
        let good = sample::good(7, 10, 1_000, values, lost);
        let stale = sample::broken(&good).unwrap_or_default();
        let (lost_update, flicker) = (sample::lost_update(&good), sample::flicker(&good));
        let all =
            [("linearizable", good), ("stale read", stale), ("lost update", lost_update), ("every order", flicker)];
        for (name, history) in all {
            let history = Rc::new(history);
            let mut said = "";
            let one = |_| {
                ms(|| {
                    let mut checker = Checker::new(history.clone(), STEPS);
                    while checker.step(10_000) {}
                    said = match checker.verdict() {
                        Some(Verdict::Linearizable) => "linearizable",
                        Some(Verdict::Broken(_)) => "broken",
                        _ => "undecided",
                    };
                })
            };
            let value = median((0..RUNS).map(one).collect());
            let name = format!("history of 1,000, {values} values, {lost}‰ lost, {name}: {said}");
            rows.push(Row { name, value, unit: "ms" });
        }
    }
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

/// A consumer group's frames while records are made and processed.
fn groups(rows: &mut Vec<Row>) {
    for (what, query) in [
        ("6 partitions × 3 consumers", ""),
        ("24 × 8", "partitions=24&consumers=8&rate=100"),
        ("500 × 100", "partitions=500&consumers=100&rate=1000&process=80&do=5s:crash(3)"),
    ] {
        let (link, _) = link::parse(&format!("#/kafka?{query}"));
        let Some((mut player, _)) = find("kafka").map(|entry| (entry.open)(&link)) else { continue };
        let view = View::sized(1_280.0, 760.0);
        player.seek(12_000_000);
        player.scene(&view);
        let (mut frames, mut lanes) = (Vec::new(), Vec::new());
        let mut bases = 0;
        let mut base = 0;
        for frame in 1..=120 {
            player.seek(12_000_000 + frame * 16_667);
            frames.push(ms(|| player.scene(&view)));
            let now = player.scene(&view).base.revision;
            bases += u32::from(now != base);
            base = now;
            lanes.push(ms(|| player.diagram(&view)));
        }
        rows.push(Row { name: format!("a frame of {what}"), value: median(frames), unit: "ms" });
        rows.push(Row { name: format!("its lanes, {what}"), value: median(lanes), unit: "ms" });
        rows.push(Row { name: format!("still layers in 2 s, {what}"), value: f64::from(bases), unit: "" });
    }
}

/// One rebalance of a large consumer group: the assignor alone.
fn plans(rows: &mut Vec<Row>) {
    for (name, assignor, topics, subscriptions) in kafka::sample::cases() {
        let (topics, members) = kafka::sample::large(assignor, topics, subscriptions);
        let value = median((0..RUNS).map(|_| ms(|| kafka::assign(assignor, &topics, &members))).collect());
        rows.push(Row { name, value, unit: "ms" });
    }
}

fn print(rows: &[Row]) {
    // `xtask bench` asks for rows it can put beside the browser's.
    if std::env::var("BENCH_FORMAT").is_ok_and(|format| format == "json") {
        let row = |row: &Row| format!(r#"{{"name":"{}","value":{:.4},"unit":"{}"}}"#, row.name, row.value, row.unit);
        println!("[{}]", rows.iter().map(row).collect::<Vec<_>>().join(",\n"));
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
