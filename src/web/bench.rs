//! Benchmarks in the page, for `cargo xtask bench`. No page needs it to be drawn: see `rooms`.

use super::browser;
use super::painter::Painter;
use crate::explainers::{Entry, Player, View};
use crate::link;
use crate::models::caching::curves::Curves;
use crate::models::caching::{Cache, Rule, sample as requests};
use crate::models::kafka;
use crate::models::quorum::linear::{Checker, STEPS};
use crate::models::quorum::sample;
use std::rc::Rc;

/// The two long computations of the quorum explainer, to their ends.
fn quorums(entry: &Entry, rows: &mut Vec<(String, f64)>) {
    for delay in ["lnkd-disk", "ymmr", "wan"] {
        let (link, _) = link::parse(&format!("#/quorum?w=1&r=1&delay={delay}"));
        for mut study in (entry.open)(&link).0.studies() {
            let begun = browser::now_ms();
            while study.step() {}
            rows.push((format!("quorum, {delay}: {}", study.chart().key), browser::now_ms() - begun));
        }
    }
}

/// 1,000 operations of ten clients on one register.
fn histories(rows: &mut Vec<(String, f64)>) {
    let good = sample::good(7, 10, 1_000, 1_000, 20);
    let (update, flicker) = (sample::lost_update(&good), sample::flicker(&good));
    for (name, history) in [("linearizable", good), ("lost update", update), ("every order tried", flicker)] {
        let begun = browser::now_ms();
        let mut checker = Checker::new(Rc::new(history), STEPS);
        while checker.step(10_000) {}
        rows.push((format!("history of 1,000 operations, {name}"), browser::now_ms() - begun));
    }
}

/// One rebalance of a large consumer group: the assignor alone.
fn groups(rows: &mut Vec<(String, f64)>) {
    for (name, assignor, topics, subscriptions) in kafka::sample::cases() {
        let (topics, members) = kafka::sample::large(assignor, topics, subscriptions);
        let begun = browser::now_ms();
        let lists = kafka::assign(assignor, &topics, &members);
        rows.push((name, browser::now_ms() - begun));
        std::hint::black_box(lists);
    }
}

/// A million requests through every rule, and all miss-ratio curves: names and sizes as in the native benchmark, times.
fn caches(rows: &mut Vec<(String, f64)>) {
    let (trace, keys) = requests::zipf(requests::REQUESTS, requests::KEYS, 1.0, 7);
    for rule in Rule::ALL {
        let mut best = f64::INFINITY;
        for _ in 0..3 {
            let begun = browser::now_ms();
            let mut cache = Cache::new(rule, 1_000, 1);
            std::hint::black_box(trace.iter().filter(|key| !cache.request(**key)).count());
            best = best.min(browser::now_ms() - begun);
        }
        rows.push((format!("a million requests, cache of 1000, {}", rule.name()), best));
    }
    let begun = browser::now_ms();
    let mut curves = Curves::new(Rc::new(trace), keys, 1);
    while curves.step(20_000) {}
    rows.push(("curves of 12 rules and the optimum, 20 sizes".into(), browser::now_ms() - begun));
}

/// What a frame and a change of topology cost here, painting included as far as the page's own thread does it: JSON
/// rows of name, value and unit.
pub fn run(ring: &Entry, quorum: &Entry) -> String {
    let mut rows = Vec::new();
    quorums(quorum, &mut rows);
    histories(&mut rows);
    groups(&mut rows);
    caches(&mut rows);
    for (servers, vnodes, keys) in [(5, 16, 1_000), (100, 100, 10_000), (1_000, 100, 100_000)] {
        let fragment = format!("#/hash-ring?servers={servers}&vnodes={vnodes}&keys={keys}");
        let (link, _) = link::parse(&fragment);
        let begun = browser::now_ms();
        let (mut player, _) = (ring.open)(&link);
        let name = format!("ring {servers} × {vnodes}, {keys} keys");
        rows.push((format!("{name}: open"), browser::now_ms() - begun));
        let view = View::sized(860.0, 560.0);
        let canvas = || super::ui::el("canvas").cast::<web_sys::HtmlCanvasElement>();
        let mut painter = canvas().zip(canvas()).and_then(|(base, live)| Painter::new(base, live));
        let mut frame = |player: &mut dyn Player| {
            let begun = browser::now_ms();
            let scene = player.scene(&view);
            if let Some(painter) = &mut painter {
                painter.paint(&scene, browser::theme(), 1.0);
            }
            browser::now_ms() - begun
        };
        frame(&mut *player);
        let begun = browser::now_ms();
        let _ = player.act("add");
        rows.push((format!("{name}: join"), browser::now_ms() - begun));
        rows.push((format!("{name}: first frame after it"), frame(&mut *player)));
        let mut worst: f64 = 0.0;
        let mut total = 0.0;
        for i in 1..=100u64 {
            player.seek(i * 17_000);
            let cost = frame(&mut *player);
            worst = worst.max(cost);
            total += cost;
        }
        rows.push((format!("{name}: frame while keys travel, mean"), total / 100.0));
        rows.push((format!("{name}: frame while keys travel, worst"), worst));
    }
    let json: Vec<String> = rows
        .iter()
        .map(|(name, value)| {
            let value = crate::sim::decimal::fixed(*value, 2);
            format!("{{\"name\":\"{name}\",\"value\":{value},\"unit\":\"ms\"}}")
        })
        .collect();
    format!("[{}]", json.join(","))
}
