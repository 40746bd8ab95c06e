//! Eviction as the reference implementations do it (libCacheSim 0.3.5, cachetools 8.0.1, Caffeine 2.6.2): hit by hit
//! and victim by victim on short traces, miss counts on long ones.

use moving_parts::models::caching::{Cache, Key, Optimal, Rule, Why, next_uses};
use serde_json::Value;
use sha2::{Digest, Sha256};

macro_rules! truth {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("truth/", $name, ".json"))).expect($name)
    };
}

fn read(text: &str) -> Vec<Key> {
    text.split_whitespace().map(|word| word.parse().expect("a number")).collect()
}

fn trace(name: &str) -> Vec<Key> {
    match name {
        "zipf10_1k" => read(include_str!("truth/cache_trace_zipf10_1k.txt")),
        "scan_mixed" => read(include_str!("truth/cache_trace_scan_mixed.txt")),
        "short_zipf" => read(include_str!("truth/cache_trace_short_zipf.txt")),
        "loop_1200" => (0..100_000).map(|i| i % 1_200 + 1).collect(),
        "short_loop" => (0..200).map(|i| i % 10 + 1).collect(),
        _ => panic!("{name}"),
    }
}

/// The name a file has for a rule; none for Random and W-TinyLFU, which have files or lines of their own.
fn named(name: &str) -> Option<Rule> {
    let plain = |rule: &Rule| !matches!(rule, Rule::Random | Rule::TinyLfu) && rule.name() == name;
    Rule::ALL.into_iter().find(plain)
}

fn misses(rule: Rule, capacity: u64, seed: u64, trace: &[Key]) -> u64 {
    let mut cache = Cache::new(rule, capacity, seed);
    trace.iter().filter(|key| !cache.request(**key)).count() as u64
}

fn best(capacity: u64, trace: &[Key]) -> Vec<bool> {
    let mut cache = Optimal::new(trace.len(), capacity);
    next_uses(trace).into_iter().zip(0..).map(|(next, at)| cache.request(at, next)).collect()
}

fn each(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().expect("an object").iter().map(|(key, value)| (key.as_str(), value))
}

#[test]
fn the_traces_are_the_ones_that_were_run() {
    for (name, told) in each(&truth!("cache_miss_counts")["traces"]) {
        let lines: String = trace(name).iter().map(|key| format!("{key}\n")).collect();
        let found: String = Sha256::digest(lines.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(told["sha256_uncompressed"], found.as_str(), "{name}");
    }
}

#[test]
fn hit_by_hit_and_victim_by_victim() {
    let (mut sequences, mut victims) = (0, 0);
    for (name, capacities) in each(&truth!("cache_short_sequences")["results"]) {
        let trace = trace(name);
        for (capacity, rules) in each(capacities) {
            let capacity: u64 = capacity.parse().expect("a capacity");
            for (told, expected) in each(rules) {
                let what = format!("{told}, {name}, {capacity}");
                let wanted: Vec<bool> = expected["hits"].as_str().expect("hits").bytes().map(|c| c == b'H').collect();
                assert_eq!(wanted.len(), trace.len());
                if told == "Belady" {
                    assert_eq!(best(capacity, &trace), wanted, "{what}");
                    sequences += 1;
                }
                let Some(rule) = named(told) else { continue };
                sequences += 1;
                let mut cache = Cache::new(rule, capacity, 1);
                let mut out: Vec<(Key, Why)> = Vec::new();
                for (i, key) in trace.iter().enumerate() {
                    out.clear();
                    let hit = cache.hit(*key);
                    assert_eq!(hit, wanted[i], "{what}: request {i}");
                    if !hit {
                        assert!(cache.insert(*key, 1, &mut out));
                    }
                    assert!(cache.len() as u64 <= capacity && cache.used() == cache.len() as u64);
                    let mut gone: Vec<u64> = out.iter().map(|victim| victim.0.into()).collect();
                    gone.sort_unstable();
                    let mut wanted: Vec<u64> =
                        expected["evicted"][i].as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
                    wanted.sort_unstable();
                    assert_eq!(gone, wanted, "{what}: victims of request {i}");
                    victims += gone.len();
                }
                // What is not asked for reasons goes the same way.
                let all = misses(rule, capacity, 1, &trace);
                assert_eq!(expected["misses"], all, "{what}");
            }
        }
    }
    assert!(sequences == 38 && victims > 3_000, "{sequences} sequences, {victims} victims");
}

#[test]
fn as_many_misses_on_long_traces() {
    let mut compared = 0;
    for (name, capacities) in each(&truth!("cache_miss_counts")["results"]) {
        let trace = trace(name);
        for (capacity, rules) in each(capacities) {
            let capacity: u64 = capacity.parse().expect("a capacity");
            for (told, expected) in each(rules) {
                let found = match told {
                    "Belady" => best(capacity, &trace).iter().filter(|hit| !**hit).count() as u64,
                    _ => match named(told) {
                        Some(rule) => misses(rule, capacity, 1, &trace),
                        None => continue,
                    },
                };
                assert_eq!(expected["misses"], found, "{told}, {name}, {capacity}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 90, "{compared}");
}

#[test]
fn drawing_lots_misses_about_as_often_as_cachetools() {
    for (name, capacities) in each(&truth!("cache_miss_counts")["results"]) {
        let trace = trace(name);
        for (capacity, rules) in each(capacities) {
            let told = &rules["Random"];
            let (mean, spread) = (told["misses_mean"].as_f64(), told["misses_stdev"].as_f64());
            let (mean, spread) = (mean.expect("a mean"), spread.expect("a spread"));
            let capacity: u64 = capacity.parse().expect("a capacity");
            let runs: Vec<f64> = (0..10).map(|seed| misses(Rule::Random, capacity, seed, &trace) as f64).collect();
            let found = runs.iter().sum::<f64>() / 10.0;
            // Two means of ten runs each: five times what chance puts between them, and a run’s rounding.
            let room = 5.0 * spread * (0.2f64).sqrt() + 1.0;
            assert!((found - mean).abs() <= room, "{name}, {capacity}: {found} for {mean} ± {spread}");
        }
    }
}

/// Traces whose popular keys change, as the file of what Caffeine missed of them describes them.
struct Moving(u64);

impl Moving {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Most requests are for a few keys, and at times for others.
    fn hot(&mut self, i: u64, hot: u64, (every, step): (u64, u64), all: u64, permille: u64) -> u64 {
        match self.next() % 1_000 < permille {
            true => (i / every * step + self.next() % hot) % all,
            false => self.next() % all,
        }
    }

    /// The lower, the more popular.
    fn cube(&mut self, keys: u64) -> u64 {
        let u = u128::from(self.next());
        ((u * u * u * u128::from(keys)) >> 93) as u64
    }

    fn drift(&mut self, i: u64, keys: u64, every: u64, step: u64) -> u64 {
        (self.cube(keys) + i / every * step) % keys
    }
}

fn moving(name: &str) -> Option<Vec<Key>> {
    let made = |seed: u64, n: u64, next: &dyn Fn(&mut Moving, u64) -> u64| {
        let mut source = Moving(seed);
        Some((0..n).map(|i| next(&mut source, i) as Key + 1).collect())
    };
    let fresh = std::cell::Cell::new(1_000);
    match name {
        "hot_a" => made(1, 100_000, &|s, i| s.hot(i, 200, (10_000, 200), 20_000, 900)),
        "hot_b" => made(2, 100_000, &|s, i| s.hot(i, 1_000, (5_000, 500), 20_000, 800)),
        "hot_c" => made(3, 200_000, &|s, i| s.hot(i, 50, (2_000, 50), 5_000, 950)),
        "cube_a" => made(4, 100_000, &|s, i| s.drift(i, 2_000, 10_000, 500)),
        "cube_b" => made(5, 200_000, &|s, i| s.drift(i, 10_000, 25_000, 2_500)),
        "cube_0" => made(6, 100_000, &|s, _| s.cube(2_000)),
        "cube_fast" => made(7, 100_000, &|s, i| s.drift(i, 1_000, 1_000, 97)),
        "onehit" => made(8, 100_000, &|s, _| match s.next() % 2 {
            1 => s.cube(1_000),
            _ => fresh.replace(fresh.get() + 1),
        }),
        _ => None,
    }
}

#[test]
fn tiny_lfu_hits_as_often_as_caffeine() {
    let mut compared = 0;
    let (given, moved) = (truth!("cache_caffeine_wtinylfu"), truth!("cache_caffeine_hotspot"));
    for (case, told) in each(&given["results"]).chain(each(&moved["results"])) {
        let (name, capacity) = case.split_once('/').expect("trace/size");
        let trace = moving(name).unwrap_or_else(|| trace(name));
        assert!(told["requests"].as_u64() == Some(trace.len() as u64), "{case}");
        let capacity: u64 = capacity.parse().expect("a capacity");
        let runs: Vec<f64> = (0..10).map(|seed| misses(Rule::TinyLfu, capacity, seed, &trace) as f64).collect();
        let found = runs.iter().sum::<f64>() / 10.0;
        let wanted = told["misses_mean"].as_f64().expect("a mean");
        let off = (found - wanted).abs() / trace.len() as f64;
        println!("{case}: {found} for {wanted}");
        assert!(off <= 0.01 || name.starts_with("loop"), "{case}: {found} misses for {wanted}");
        compared += 1;
    }
    assert_eq!(compared, 47);
}
