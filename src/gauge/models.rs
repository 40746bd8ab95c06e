//! The algorithms alone.

use super::Gauge;
use crate::models::caching::curves::Curves;
use crate::models::caching::sample::{KEYS, REQUESTS, zipf};
use crate::models::caching::{Cache, Optimal, Rule, next_uses};
use crate::models::hashing::{HashFn, Method, Placement, Server, cassandra_tokens_for, slots_create};
use crate::models::kafka;
use crate::models::quorum::linear::{Checker, STEPS, Verdict};
use crate::models::quorum::pbs::{Fitted, Trials};
use crate::models::quorum::sample;
use std::rc::Rc;

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

pub fn lookups(gauge: &mut Gauge) {
    let keys: Vec<String> = (0..100_000).map(|i| format!("user:{}", i * 37 % 900_007)).collect();
    for n in [10u32, 1_000] {
        let servers = servers(n);
        for (name, method) in methods(n) {
            let placement = Placement::build(&method, &servers);
            // Rendezvous scores every server for every key.
            let some = if placement.needs_key() { keys.len() / n as usize } else { keys.len() };
            let some = keys.get(..some).unwrap_or_default();
            let all = || some.iter().map(|key| u64::from(placement.owner(key.as_bytes()).unwrap_or(0))).sum::<u64>();
            let value = some.len() as f64 / gauge.median(all) * 1e3;
            gauge.row(format!("lookup, {name}, {n} servers"), value, "keys/s");
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
            let value = gauge.median(sweep);
            gauge.row("owners of 100,000 sorted keys, 100,000 points".into(), value, "ms");
        }
    }
}

pub fn staleness(gauge: &mut Gauge) {
    const TRIALS: u32 = 100_000;
    for fitted in [Fitted::LnkdSsd, Fitted::Ymmr, Fitted::Wan] {
        let value = gauge.median(|| {
            let mut trials = Trials::new(fitted.config(3), TRIALS, 7);
            trials.step(TRIALS);
            trials.visible_after(1, 1, 0.999)
        });
        gauge.row(format!("staleness, {}, N = 3", fitted.name()), f64::from(TRIALS) / value * 1e3, "trials/s");
    }
}

/// 1,000 operations of ten clients on one register: values all different or 1 to 5; all answered, or one write in fifty
/// lost; linearizable, with a stale read or a lost update near the end, or with what takes every order to be found out.
pub fn histories(gauge: &mut Gauge) {
    for (values, lost) in [(1_000, 0), (1_000, 20), (5, 0), (5, 20)] {
        let good = sample::good(7, 10, 1_000, values, lost);
        let stale = sample::broken(&good).unwrap_or_default();
        let (lost_update, flicker) = (sample::lost_update(&good), sample::flicker(&good));
        let all =
            [("linearizable", good), ("stale read", stale), ("lost update", lost_update), ("every order", flicker)];
        for (name, history) in all {
            let history = Rc::new(history);
            let mut said = "";
            let value = gauge.median(|| {
                let mut checker = Checker::new(history.clone(), STEPS);
                while checker.step(10_000) {}
                said = match checker.verdict() {
                    Some(Verdict::Linearizable) => "linearizable",
                    Some(Verdict::Broken(_)) => "broken",
                    _ => "undecided",
                };
            });
            gauge.row(format!("history of 1,000, {values} values, {lost}‰ lost, {name}: {said}"), value, "ms");
        }
    }
}

/// One rebalance of a large consumer group: the assignor alone.
pub fn plans(gauge: &mut Gauge) {
    for (name, assignor, topics, subscriptions) in kafka::sample::cases() {
        let (topics, members) = kafka::sample::large(assignor, topics, subscriptions);
        let value = gauge.median(|| kafka::assign(assignor, &topics, &members));
        gauge.row(name, value, "ms");
    }
}

/// What each of the caches holds.
pub const CAPACITY: u64 = 1_000;

/// Misses of a million requests.
pub fn misses(rule: Rule, trace: &[u32]) -> usize {
    let mut cache = Cache::new(rule, CAPACITY, 1);
    trace.iter().filter(|key| !cache.request(**key)).count()
}

pub fn evictions(gauge: &mut Gauge) {
    let (trace, _) = zipf(REQUESTS, KEYS, 1.0, 7);
    // A page's code is compiled better once it has run for a while.
    for rule in Rule::ALL {
        std::hint::black_box(misses(rule, &trace));
    }
    let speed = |ms: f64| f64::from(REQUESTS) / ms * 1e3;
    for rule in Rule::ALL {
        let value = speed(gauge.median(|| misses(rule, &trace)));
        gauge.row(format!("cache of {CAPACITY}, {}", rule.name()), value, "requests/s");
    }
    let best = || {
        let mut cache = Optimal::new(trace.len(), CAPACITY);
        next_uses(&trace).into_iter().zip(0..).filter(|(next, at)| !cache.request(*at, *next)).count()
    };
    let value = speed(gauge.median(best));
    gauge.row(format!("cache of {CAPACITY}, Bélády"), value, "requests/s");
}

/// All miss-ratio curves of a million requests, once.
pub fn curves(gauge: &mut Gauge) {
    let (trace, keys) = zipf(REQUESTS, KEYS, 1.0, 7);
    let trace = Rc::new(trace);
    let value = gauge.ms(|| {
        let mut curves = Curves::new(trace.clone(), keys, 1);
        while curves.step(20_000) {}
        curves.done()
    });
    gauge.row("curves of 12 rules and the optimum, 20 sizes".into(), value, "ms");
}
