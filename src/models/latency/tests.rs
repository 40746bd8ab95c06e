//! What paths come to, against what is known without drawing.

use super::path::{Kind, Law, Path};
use super::sample::{Requests, enough, run};
use super::show::MS;
use proptest::prelude::*;

const ALL: usize = 20_000;

fn of(text: &str) -> super::sample::Outcome {
    let path = Path::read(text);
    assert_eq!(path.faults().next(), None, "{text}");
    run(&path, ALL, 7)
}

/// The part of the drawn requests that take at most so long lies where theory says, to 4.5 standard errors.
fn part(text: &str, most: f64, expected: f64) {
    let path = Path::read(text);
    let mut draw = Requests::new(&path, 11);
    let up_to = (0..ALL).filter(|_| draw.next_ns() <= most).count() as f64 / ALL as f64;
    let slack = 4.5 * f64::sqrt(expected * (1.0 - expected) / ALL as f64) + 1e-9;
    assert!((up_to - expected).abs() <= slack, "{text}: {up_to}, expected {expected} ± {slack}");
}

#[test]
fn the_slowest_of_many_follows_its_law() {
    for n in [1, 2, 10, 100] {
        // Each is below its 99th percentile with 0.99, all of them with 0.99^n: 37% of 100.
        let all = libm::pow(0.99, f64::from(n));
        part(&format!("all of {n} × 10 ms p99 100 ms"), 100.0 * MS, all);
        part(&format!("all of {n}:\n  shard 10 ms p99 100 ms"), 100.0 * MS, all);
        part(&format!("all of {n} × 1..100 ms"), 10.0 * MS, libm::pow(0.5, f64::from(n)));
        part(&format!("first of {n} × 10 ms p99 100 ms"), 10.0 * MS, 1.0 - libm::pow(0.5, f64::from(n)));
    }
    // Two of three below the median: 3 · ⅛ + ⅛.
    part("2 of 3 × 10 ms p99 100 ms", 10.0 * MS, 0.5);
    part("2 of 3:\n\tcopy 10 ms p99 100 ms", 10.0 * MS, 0.5);
    // Four of five below the lower quarter of 1..16 (2): 5 · ¼⁴ · ¾ + ¼⁵.
    part("4 of 5 × 1..16 ms", 2.0 * MS, 5.0 * 0.75 / 256.0 + 1.0 / 1_024.0);
    part("all of:\n a 10 ms p99 100 ms\n b 10 ms p99 100 ms\n c 1 ms", 10.0 * MS, 0.25);
    part("first of:\n a 10 ms p99 100 ms\n b 10 ms p99 100 ms\n c 900 ms", 10.0 * MS, 0.75);
}

/// Where a quantile is known it is the one that is found by drawing all of it.
#[test]
fn what_is_known_is_what_is_drawn() {
    for (text, p99) in [
        // The 0.99^(1/100) quantile: 3.7178 standard deviations, 10 · 6^(3.7178 / 2.3263).
        ("all of 100 × 10 ms p99 60 ms", 175.3),
        ("all of 100:\n first of 2 × 10 ms p99 60 ms", 59.96),
        ("first of 4 × 1..100 ms", 23.4),
        ("2 ms\nfirst of:\n a 10 ms p99 60 ms\n b 40 ms", 42.0),
    ] {
        let path = Path::read(text);
        let known = path.at(0.99).expect("known") / MS;
        assert!((known / p99 - 1.0).abs() < 0.006, "{text}: {known}");
        for p in [0.1, 0.5, 0.9] {
            let ns = path.at(p).expect("known");
            part(text, ns * (1.0 + 1e-9), if ns == 42.0 * MS { 1.0 } else { p });
        }
    }
    for p in [1e-9, 0.001, 0.02, 0.3, 0.5, 0.9, 0.98, 0.999_999] {
        let back = libm::erfc(-super::path::normal(p) / std::f64::consts::SQRT_2) / 2.0;
        assert!((back / p - 1.0).abs() < 1e-7, "{p}: {back}");
    }
}

/// The requests of which only the time is drawn take as long as those that are drawn step by step.
#[test]
fn many_more_are_of_the_same_kind() {
    let text = "budget 60 ms\na 5 ms p99 20 ms\nb: all of 50 × 10 ms p99 60 ms\nc: first of 3 × 1..90 ms";
    let path = Path::read(text);
    let (few, many) = (run(&path, 8_000, 3), run(&path, 60_000, 4));
    assert!(path.at(0.5).is_none() && (few.median / many.median - 1.0).abs() < 0.02);
    assert!((few.p99 - many.p99).abs() < 1.5 * (few.p99_slack + many.p99_slack), "{} {}", few.p99, many.p99);
    assert!((few.within.unwrap() - many.within.unwrap()).abs() < 0.025);
    assert!(many.p99_slack < few.p99_slack && many.p99_slack < 0.03 * many.p99);
    let single = of("budget 60 ms\nall of 100 × 10 ms p99 60 ms");
    assert!((single.within.unwrap() - 0.366_03).abs() < 1e-4, "{:?}", single.within);
}

#[test]
fn hits_and_misses() {
    part("cache 1 ms, hit 90%, else:\n  db 10 ms", 1.0 * MS, 0.9);
    part("cache 1 ms, hit 90%, else:\n  db 10 ms p99 50 ms", 51.0 * MS, 0.999);
    let out = of("cache 1 ms, hit 80%, else:\n  second 2 ms, hit 50%, else:\n    db 10 ms\nend 1 ms");
    assert!((out.mean / MS - (1.0 + 0.2 * 2.0 + 0.1 * 10.0 + 1.0)).abs() < 0.1);
    assert!((out.rows[2].ran - 0.1).abs() < 0.01);
    assert_eq!((out.median, out.rows[2].median), (2.0 * MS, 10.0 * MS));
    assert_eq!(of("c 1 ms, hit 100%, else:\n d 1 s").p99, MS);
    assert_eq!(of("c 1 ms, hit 0%, else:\n d 1 s").median, 1_001.0 * MS);
}

#[test]
fn times_as_written() {
    for (text, ns) in [
        ("20 ms", 20.0 * MS),
        ("a 20ms", 20.0 * MS),
        ("browser → CDN: 0.5 µs", 500.0),
        ("1.5 us", 1_500.0),
        ("2 s", 2e9),
        ("1 min", 60e9),
        ("memory read", 100.0),
        ("blob store get", 80.0 * MS),
        ("2 minutes", 120e9),
        ("0.5 h", 1_800e9),
        ("1,000 × memory read", 100_000.0),
        ("look: 3 × db 2 ms", 6.0 * MS),
        ("2 ms + proxy", 2.05 * MS),
        ("3 ×:\n a 1 ms\n b 2 ms", 9.0 * MS),
        ("service:\n a 1 ms\n b 2 ms\nc 1 ms", 4.0 * MS),
        ("all of:\n a 1 ms\n b:\n  c 2 ms\n  d 3 ms", 5.0 * MS),
        ("HTTP 2 request 5 ms", 5.0 * MS),
        ("", 0.0),
        ("# nothing\n\n", 0.0),
    ] {
        let out = of(text);
        assert!((out.median - ns).abs() <= ns * 1e-9, "{text}: {}", out.median);
    }
    let light = of("fibre Amsterdam – San Francisco").median;
    assert!((light / MS - 43.0).abs() < 0.5, "{light}");
    assert!((of("cable: fibre amsterdam - san francisco, round trip").median / light - 2.0).abs() < 1e-12);
    for text in
        ["fibre Paris to Tokyo and back", "fibre Paris - Tokyo there and back", "fibre Paris – Tokyo, round trip"]
    {
        assert_eq!(of(text).median, 2.0 * of("fibre Tokyo to Paris").median, "{text}");
    }
    let path = Path::read("db 5 ms p99 40 ms\nbudget 20 ms");
    assert_eq!(path.budget, Some((20.0 * MS, 1)));
    assert!(
        matches!(path.body.as_slice(), [super::path::Node::Wait { laws, .. }] if *laws == [Law::Tail(5.0 * MS, 40.0 * MS)])
    );
}

#[test]
fn laws_have_their_quantiles() {
    for (text, p, ns) in [
        ("1..100 ms", 0.5, 10.0),
        ("1..100 ms", 0.25, 3.1623),
        ("10 ms p99 60 ms", 0.99, 60.0),
        ("10 ms p99 60 ms", 0.5, 10.0),
    ] {
        part(text, ns * MS, p);
    }
    let out = of("1..100 ms");
    assert!((out.rows[0].median / MS - 10.0).abs() < 1e-9 && (out.rows[0].p99 / MS - 95.499).abs() < 0.01);
}

#[test]
fn faults_are_at_their_place() {
    for (text, line, what, why) in [
        ("a 1 ms\ndb soon", 1, "db soon", "how long"),
        ("db 9..2 ms", 0, "9..2 ms", "backwards"),
        ("db 9 ms p99 2 ms", 0, "9 ms p99 2 ms", "below the median"),
        ("db 0..2 ms", 0, "0..2 ms", "above 0"),
        ("db 9,000 s", 0, "9,000 s", "an hour"),
        ("a 1 ms\n    b 2 ms", 1, "b 2 ms", "indented"),
        ("all of 10:", 0, "all of 10:", "nothing is indented"),
        ("all of 5 ms", 0, "ms", "how long"),
        ("4 of 3 × 1 ms", 0, "4 of 3 × 1 ms", "more than there are"),
        ("0 × 1 ms", 0, "0 × 1 ms", "whole number"),
        ("c 1 ms, hit 120%, else:\n d 1 ms", 0, "120%, else", "hit ratio"),
        ("c 1 ms, hit 90%", 0, "90%", "on a miss"),
        ("fibre Amsterdam – Atlantis", 0, "fibre Amsterdam – Atlantis", "Atlantis"),
        ("fibre Paris – Tokyo 90 ms", 0, "fibre Paris – Tokyo 90 ms", "from its length"),
        ("db 1,5 ms", 0, "db 1,5 ms", "write 1.5"),
        ("db -3 ms", 0, "db -3 ms", "not negative"),
        ("db 3 fortnights", 0, "db 3 fortnights", "“fortnights” is no unit"),
        ("read 1 mb", 0, "read 1 mb", "no unit"),
        ("budget soon", 0, "budget soon", "budget"),
        ("budget 1 s\nbudget 2 s", 1, "budget 2 s", "already"),
        ("all of 2,001 × 1..2 ms", 0, "all of 2,001 × 1..2 ms", "2,000 waits"),
        ("1,900 × 1..2 ms\n200 × 1..2 ms", 1, "200 × 1..2 ms", "2,000 waits"),
    ] {
        let path = Path::read(text);
        let Some((at, fault)) = path.faults().next() else {
            panic!("{text}: no fault");
        };
        let source = text.lines().nth(at).unwrap_or_default();
        let part = source.get(fault.from..fault.to.min(source.len()));
        assert_eq!((at, part), (line, Some(what)), "{text}: {}", fault.why);
        assert!(fault.why.contains(why), "{text}: {}", fault.why);
    }
}

#[test]
fn nothing_beats_light() {
    for (text, fast) in [
        ("London → Sydney: 20 ms", true),
        ("London → Sydney: 90 ms", false),
        ("London – New York and back: 40 ms", true),
        ("London – New York and back: 70 ms", false),
        ("London – New York 40 ms p99 50 ms", false),
        ("Londonderry – New York 1 ms", false),
    ] {
        let path = Path::read(text);
        assert_eq!((path.lines[0].too_fast, path.lines[0].doubt.is_some()), (fast, fast), "{text}");
    }
}

fn any_line() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        "[ -~]{0,30}",
        "\\PC{0,30}",
        Just("db 2 ms p99 9 ms".to_string()),
        Just("all of:".to_string()),
        Just("first of 3 × 1..9 ms".to_string()),
        Just("2 of 3:".to_string()),
        Just("c 1 ms, hit 50%, else:".to_string()),
        Just("7 ×:".to_string()),
        Just("memory read + 1 ms".to_string()),
        Just("budget 9 ms".to_string()),
    ];
    (0usize..4, step).prop_map(|(depth, step)| "  ".repeat(depth) + &step)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is written is read, drawn and adds up: what counts is the whole.
    #[test]
    fn any_text_adds_up(lines in prop::collection::vec(any_line(), 0..12)) {
        let text = lines.join("\n");
        let path = Path::read(&text);
        prop_assert_eq!(path.lines.len(), text.lines().count());
        for (line, fault) in path.faults() {
            let source = text.lines().nth(line).unwrap_or_default();
            prop_assert!(source.get(fault.from..fault.to.min(source.len())).is_some(), "{}", source);
        }
        let out = run(&path, 250.min(enough(&path)), 3);
        prop_assert!(out.median.is_finite() && out.median <= out.p99);
        let counts: f64 = out.rows.iter().map(|row| row.middle.counts).sum();
        prop_assert!((counts - out.middle).abs() <= 1e-4 * out.middle.max(1.0), "{} {}", counts, out.middle);
        let counts: f64 = out.rows.iter().map(|row| row.slow.counts).sum();
        prop_assert!((counts - out.slow).abs() <= 1e-4 * out.slow.max(1.0), "{} {}", counts, out.slow);
        prop_assert_eq!(run(&path, 100, 3), run(&path, 100, 3));
    }

    /// One after the other is the sum, repeated the multiple, at once the slowest, whatever the times.
    #[test]
    fn fixed_times_are_exact(a in 1u32..1_000, b in 1u32..1_000, n in 1u32..50) {
        let near = |text: String, wanted: f64| (run(&Path::read(&text), 3, 1).median / MS - wanted).abs() <= 1e-9 * wanted;
        let (x, y) = (f64::from(a), f64::from(b));
        let (sum, many) = (format!("{a} ms\n{b} ms"), format!("{n} × {a} ms + {b} ms"));
        let block = format!("{n} ×:\n {a} ms\n {b} ms");
        let (all, first) = (format!("all of:\n {a} ms\n {b} ms"), format!("first of:\n {a} ms\n {b} ms"));
        prop_assert!(near(sum, x + y));
        prop_assert!(near(many, f64::from(n) * (x + y)));
        prop_assert!(near(block, f64::from(n) * (x + y)));
        prop_assert!(near(all, x.max(y)));
        prop_assert!(near(first, x.min(y)));
    }
}

#[test]
fn a_text_of_any_length_is_read() {
    let path = Path::read(&"a 1..2 ms\n".repeat(50_000));
    let out = run(&path, enough(&path), 1);
    assert_eq!((path.lines.len(), out.rows.len(), out.requests), (50_000, 60, 10_000));
    assert!((out.median / MS / 60.0 - 1.44).abs() < 0.02);
}

#[test]
fn steps_and_notes_are_told_apart() {
    let path = Path::read("# a\n\nbudget 1 s\nx 1 ms");
    let kinds: Vec<&Kind> = path.lines.iter().map(|line| &line.kind).collect();
    assert_eq!(kinds, [&Kind::Note, &Kind::Note, &Kind::Budget(1e9), &Kind::Step]);
}
