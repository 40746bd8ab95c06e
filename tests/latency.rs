//! The latency numbers against what was published.

use moving_parts::models::latency::show::humanised;
use moving_parts::models::latency::table::{NUMBERS, VOICES, by_length, named};
use serde_json::Value;

fn truth() -> Value {
    serde_json::from_str(include_str!("truth/latency.json")).expect("a file of truth")
}

fn real(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

#[test]
fn every_number_is_what_its_source_says() {
    let truth = truth();
    let lists =
        ["jeff_dean_2007", "jeff_dean_2010", "norvig", "jboner_gist_2012", "system_design_primer", "bytebytego"];
    assert_eq!(lists.len() + 1, VOICES.len());
    let mut used = 0;
    for number in NUMBERS {
        for said in number.said {
            let at = format!("{}: {}", number.name, said.name);
            let list = lists.get(usize::from(said.by)).map_or(&truth["napkin_math"]["rows"], |list| &truth[*list]);
            let row = list.as_array().expect("a list").iter().find(|row| row["name"] == said.name);
            let row = row.unwrap_or_else(|| panic!("{at}: nobody says so"));
            if said.derived {
                // 1 kB at the rate.
                let bytes_per_ns = real(&row["throughput_GiB_s"]) * f64::from(1 << 30) / 1e9;
                assert!((said.ns * bytes_per_ns / 1_000.0 - 1.0).abs() < 1e-9, "{at}");
            } else if number.name.contains("1 MB") && lists.get(usize::from(said.by)).is_none() {
                assert_eq!(real(&row["per_1MiB_ns"]), said.ns, "{at}");
            } else {
                let key = if lists.get(usize::from(said.by)).is_some() { "ns" } else { "latency_ns" };
                assert_eq!(real(&row[key]), said.ns, "{at}");
            }
            used += 1;
        }
    }
    assert!(used > 70, "{used}");
    // Dean’s, Norvig’s and Bonér’s lists are all there but for what is not a latency of its own.
    for (by, list) in lists.iter().enumerate() {
        for row in truth[*list].as_array().expect("a list") {
            let name = row["name"].as_str().expect("a name");
            let there = NUMBERS.iter().flat_map(|n| n.said).any(|said| usize::from(said.by) == by && said.name == name);
            let left =
                name.contains("1K bytes over") || name.contains("1 KB bytes over") || name.contains("instruction");
            assert!(there != left, "{list}: {name}");
        }
    }
}

#[test]
fn the_quoted_one_is_the_latest_of_dean_s_and_large_differences_have_a_reason() {
    for number in NUMBERS {
        let by = |voice: u8| number.said.iter().find(|said| said.by == voice);
        let first = by(1).or(by(0)).or(number.said.first()).expect("somebody says it");
        assert_eq!(first.ns, number.ns, "{}", number.name);
        let (low, high) = number.range();
        assert_eq!(high > 2.0 * low, !number.why.is_empty(), "{}: {low} to {high}", number.name);
        assert!(number.names.iter().all(|name| *name == name.to_lowercase() && named(name).is_some()));
    }
    let order = by_length();
    assert!(order.windows(2).all(|pair| NUMBERS[pair[0]].ns <= NUMBERS[pair[1]].ns));
    assert_eq!((NUMBERS[order[0]].key, NUMBERS[order[order.len() - 1]].key), ("l1", "ocean"));
}

/// The times in human terms that are passed around, to the two digits of ours and the rounding of theirs.
#[test]
fn humanised_as_published() {
    let size = [
        ("second", 1.0),
        ("minute", 60.0),
        ("hour", 3_600.0),
        ("day", 86_400.0),
        ("month", 2_629_800.0),
        ("year", 31_557_600.0),
    ];
    for row in truth()["humanised_x1e9"].as_array().expect("a list") {
        let text = humanised(real(&row["ns"]));
        let (number, unit) = text.split_once(' ').expect("a number and a unit");
        let size = size.iter().find(|(name, _)| unit.contains(name)).expect("a unit").1;
        let ours = number.parse::<f64>().unwrap_or(0.5) * size;
        for (theirs, within) in [(real(&row["exact_seconds_x1e9"]), 0.05), (real(&row["published_seconds"]), 0.09)] {
            assert!((ours / theirs - 1.0).abs() < within, "{}: {text}, {theirs} s", row["name"]);
        }
    }
}
