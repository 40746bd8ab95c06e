//! What is measured: the same work under the same names, natively and in the page. Whose clock it is and where pictures
//! are painted, the caller says.

pub mod models;
mod scales;

use crate::draw::scene::Scene;
use crate::explainers::Entry;
use std::hint::black_box;

/// A figure is the median of so many runs, at least.
pub const RUNS: usize = 7;

pub struct Row {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
}

pub struct Gauge<'a> {
    /// Milliseconds since whenever.
    pub now: &'a dyn Fn() -> f64,
    /// What is done with a finished scene, if anything.
    pub paint: &'a mut dyn FnMut(&Scene),
    pub entries: &'a [&'static Entry],
    pub rows: Vec<Row>,
}

type Part = fn(&mut Gauge);

/// One after the other, so that nothing takes so long that a page is taken for dead.
pub const PARTS: [Part; 7] = [
    models::lookups,
    models::staleness,
    models::histories,
    models::plans,
    models::evictions,
    models::curves,
    scales::run,
];

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

impl Gauge<'_> {
    /// Milliseconds that one call takes.
    fn ms<T>(&self, work: impl FnOnce() -> T) -> f64 {
        let begun = (self.now)();
        black_box(work());
        (self.now)() - begun
    }

    fn median<T>(&self, mut work: impl FnMut() -> T) -> f64 {
        median((0..RUNS).map(|_| self.ms(&mut work)).collect())
    }

    fn row(&mut self, name: String, value: f64, unit: &'static str) {
        self.rows.push(Row { name, value, unit });
    }

    fn entry(&self, slug: &str) -> Option<&'static Entry> {
        self.entries.iter().copied().find(|entry| entry.meta.slug == slug)
    }
}

/// Rows as `cargo xtask bench` reads them: a JSON list of name, value and unit.
pub fn json(rows: &[Row]) -> String {
    let number = |value: f64| crate::sim::decimal::fixed(value, 4);
    let row = |row: &Row| {
        let (value, unit) = (number(row.value), row.unit);
        format!("{{\"name\":\"{}\",\"value\":{value},\"unit\":\"{unit}\"}}", row.name)
    };
    format!("[{}]", rows.iter().map(row).collect::<Vec<_>>().join(",\n"))
}
