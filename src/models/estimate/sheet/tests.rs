//! What people write, and what is wrong with it.

use super::*;
use crate::models::estimate::number::words;

fn value(text: &str, name: &str) -> f64 {
    let sheet = Sheet::read(text);
    let line = sheet.find(name).unwrap();
    match &sheet.lines[line].outcome {
        Some(Ok(outcome)) => outcome.value,
        other => panic!("{name}: {other:?}"),
    }
}

fn fault(text: &str) -> Fault {
    let sheet = Sheet::read(text);
    sheet.lines.iter().find_map(|line| line.outcome.clone()?.err()).expect("a fault")
}

#[test]
fn a_sheet_of_posts() {
    let sheet = "users = 300 M users\nactive = users × 50%\nposts = active × 2 posts/user/day\n\
                 peak = posts × 2 in posts/s\nmedia = posts × 10% × 1 MB/post in TB/day\nfive = media × 5 years in PB";
    assert_eq!(value(sheet, "posts"), 300e6 / 86_400.0);
    assert_eq!(words(value(sheet, "peak")), "6,944");
    assert_eq!(value(sheet, "media"), 30e12 / 86_400.0);
    assert!((value(sheet, "five") - 5.475e16).abs() < 1e6);
    let sheet = Sheet::read(sheet);
    assert!(sheet.outcome(5).unwrap().dim.meets(&Dim::of(Base::Data)));
}

#[test]
fn order_does_not_matter_and_counted_things_do_not_hinder() {
    let sheet = "memory = 1 M users × timeline\ntimeline = 800 posts × 8 B\nfree = 64 GB − memory";
    assert_eq!(value(sheet, "memory"), 6.4e9);
    assert_eq!(value(sheet, "free"), 57.6e9);
}

#[test]
fn faults_say_what_and_where() {
    for (text, from, why) in [
        ("a = 5 MB + 3 requests", 4, "bytes and requests cannot be added"),
        ("a = 3 requests/s − 2 users/s", 4, "requests per second and users per second cannot be subtracted"),
        ("a = y\ny = a", 3, "wait for each other: a ← y ← a"),
        ("a = a + 1", 3, "“a” uses itself"),
        ("users = 5\nx = user × 2", 4, "no line is called “user”; “users” is"),
        ("a = 1 / 0", 4, "divides by zero"),
        ("a = 10^400", 4, "too large"),
        ("a = (1 + 2", 4, "never closed"),
        ("a = 1 + ", 8, "missing at the end"),
        ("a = 80..50", 8, "from the smaller to the larger"),
        ("a = 5 MB in days", 4, "bytes cannot be shown in seconds"),
        ("a = 5 m", 6, "minutes, months or a million"),
        ("day = 5", 0, "“day” is a unit already"),
        ("two words = 5", 0, "such as “two_words”"),
        ("a = 1\na = 2", 0, "defined above already"),
        ("a = 2 MB ^ 1.5", 4, "whole number"),
        ("a = sqrt(4 MB)", 4, "wants a plain number"),
        ("a = 2 (3)", 6, "not expected here"),
        ("a = 3x", 5, "“x” is times"),
        ("subs = 5 M users\na = 10% subs", 8, "10% of subs"),
        ("a = 1:3", 5, "a ratio is a number"),
        ("users = 5\na = users/user", 10, "“users” is. Of something counted"),
        ("x = 4\na = 3x", 5, "“x” is a line here"),
        ("a = 3 of 5 servers", 6, "such as 20% of users"),
        ("n = 5\na = 7 users of n", 12, "such as 20% of users"),
        ("= 5", 0, "a name is missing"),
    ] {
        let fault = fault(text);
        assert!(fault.why.contains(why), "{text}: {}", fault.why);
        assert_eq!(fault.from, from, "{text}: {}", fault.why);
    }
    let sheet = Sheet::read("a = y + 1\ny = 2 × c");
    assert!(
        matches!(&sheet.lines[0].outcome, Some(Err(fault)) if fault.why.contains("“y” has no value yet: see line 2"))
    );
}

#[test]
fn what_people_write() {
    for (text, wanted) in [
        ("a = 1,000,000", 1e6),
        ("a = 1_000", 1e3),
        ("a = 2e9", 2e9),
        ("a = 2 × 10^9", 2e9),
        ("a = 50..80 M users", 65e6),
        ("a = 1..100", 10.0),
        ("a = $5 / 100 GB", 5.0 / 1e11),
        ("a = 0.02 $/GB/month", 0.02 / 1e9 / (31_536_000.0 / 12.0)),
        ("a = 10 Gbps", 1.25e9),
        ("a = 200/s", 200.0),
        ("a = 2 posts per user per day", 2.0 / 86_400.0),
        ("a = 7 days / day", 7.0),
        ("a = max(3, 200)", 200.0),
        ("a = max(3; 1_200)", 1_200.0),
        ("a = ceil(100 TB / 64 GB)", 1_563.0),
        ("a = digits(365 billion, 62)", 7.0),
        ("a = -2^2", -4.0),
        ("a = 2^-2", 0.25),
        ("a = 10% × 50", 5.0),
        ("a = 1.5 billion", 1.5e9),
        ("a = 3 # 4", 3.0),
        ("a = 10 * 50 percent", 5.0),
        ("a = 3 mln", 3e6),
        ("a = 1B users", 1e9),
        ("a = 2 B posts/day", 2e9 / 86_400.0),
        ("a = 2 B", 2.0),
        ("a = 2 B/user", 2.0),
        ("a = 30/min in 1/s", 0.5),
        ("a = 30/min in /s", 0.5),
        ("a = 5 / 50 in %", 0.1),
        ("page = 500 KB/page\na = 2 pages × page", 1e6),
        ("entry = 16 B\na = 800 entries × 8 B/entry", 6_400.0),
        ("chunk = 64 MB\na = 640 MB / chunk", 10.0),
        ("entry = 16 B\na = 32 B per user / entry", 2.0),
        ("d1 = 2 drivers\na = 12 MB / 4 s / d1", 1.5e6),
        ("users = 50 M users\na = 20% of users", 10e6),
        ("users = 50 M users\na = 5..15 % of (users + 10 M users) / 2", 3e6),
        ("users = 50 M users\na = 0.1 of users", 5e6),
        ("users = 50 M users\na = 1/5 of users", 10e6),
        ("users = 50 M users\nshare = 2%\na = share of users", 1e6),
        ("y = 50 users/s\na = 3x y", 150.0),
        ("y = 50 users/s\na = y x 2 X 3", 300.0),
        ("a = 300 M x 2x3", 1.8e9),
        ("x2 = 7\na = 3 * x2", 21.0),
        ("qps = 50 queries/s\na = qps / 5 qps", 10.0),
        ("rps = 2 M requests/day\na = rps / 1 rps", 2e6 / 86_400.0),
    ] {
        assert!((value(text, "a") - wanted).abs() <= wanted.abs() * 1e-12, "{text}: {}", value(text, "a"));
    }
    assert_eq!(Sheet::read("# a heading\n\n3 × 4").lines[2].outcome.as_ref().unwrap().as_ref().unwrap().value, 12.0);
}

#[test]
fn long_chains_and_deep_nesting_end() {
    let chain: String = (0..400).map(|i| format!("l{i} = l{} + 1\n", i + 1)).collect::<String>() + "l400 = 1";
    assert_eq!(value(&chain, "l0"), 401.0);
    assert!(fault(&format!("a = {}1", "(".repeat(300))).why.contains("deep"));
    assert!(fault(&format!("a = {}1", "-".repeat(300))).why.contains("deep"));
    assert!(fault(&format!("a = 1{}", "^2".repeat(150))).why.len() > 3);
}
