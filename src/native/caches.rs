//! What eviction costs in C, beside ours, and a trace to read.

use super::{Row, median, ms};
use moving_parts::explainers::cache::import::IMPORTS;
use moving_parts::gauge::models::{CAPACITY, misses};
use moving_parts::models::caching::sample::{KEYS, REQUESTS, zipf};
use moving_parts::models::caching::{Key, Rule};
use std::path::Path;
use std::process::Command;

pub fn run(rows: &mut Vec<Row>) {
    let (trace, keys) = zipf(REQUESTS, KEYS, 1.0, 7);
    reference(rows, &trace, keys, [Rule::Lru, Rule::Sieve].map(|rule| misses(rule, &trace)));

    let text: String = trace.iter().enumerate().map(|(i, key)| format!("{i},user:{key},{},get\n", key % 999)).collect();
    let read = |_| {
        ms(|| {
            let mut reader = (IMPORTS[0].reader)();
            text.as_bytes().chunks(1 << 18).for_each(|piece| reader.push(piece));
            reader.finish().summary
        })
    };
    let value = median((0..3).map(read).collect());
    rows.push(Row { name: format!("a trace of {} MB read", text.len() >> 20), value, unit: "ms" });
}

/// The same in C, if there is a compiler here; it must miss as often.
fn reference(rows: &mut Vec<Row>, trace: &[Key], keys: u64, misses: [usize; 2]) {
    let folder = std::env::temp_dir().join(format!("moving-parts-bench-{}", std::process::id()));
    let found = compiled(&folder, trace, keys);
    let _ = std::fs::remove_dir_all(&folder);
    let Some(text) = found else { return eprintln!("no C compiler: LRU and SIEVE in C are left out") };
    for (line, misses) in text.lines().zip(misses) {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, missed, took] = *words else { continue };
        assert_eq!(missed.parse(), Ok(misses), "{name} in C misses another number of times");
        let value = f64::from(REQUESTS) / took.parse().unwrap_or(f64::NAN) * 1e9;
        rows.push(Row { name: format!("cache of {CAPACITY}, {name} in C"), value, unit: "requests/s" });
    }
}

fn compiled(folder: &Path, trace: &[Key], keys: u64) -> Option<String> {
    std::fs::create_dir_all(folder).ok()?;
    let (source, program, data) = (folder.join("reference.c"), folder.join("reference"), folder.join("trace"));
    std::fs::write(&source, include_str!("../../benches/cache_reference.c")).ok()?;
    std::fs::write(&data, trace.iter().flat_map(|key| key.to_ne_bytes()).collect::<Vec<u8>>()).ok()?;
    let built = Command::new("cc").args(["-O3", "-o"]).arg(&program).arg(&source).status().ok()?;
    if !built.success() {
        return None;
    }
    let said = Command::new(&program).arg(&data).args([keys.to_string(), CAPACITY.to_string()]).output().ok()?;
    said.status.success().then(|| String::from_utf8_lossy(&said.stdout).into_owned())
}
