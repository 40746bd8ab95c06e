//! The figures of a run, with what they are to be held against.

use super::params::{self, BACK};
use super::story::entries;
use super::tell::{many, ms};
use super::types::*;
use super::world::World;
use crate::explainers::{Readout, grouped, percent};
use crate::sim::chronicle::Chronicle;
use crate::sim::{MS, Micros, SECOND, decimal, quantile};

/// Latencies are told of so many reads, the latest.
const WINDOW: usize = 10_000;

fn evicted(n: u64) -> String {
    [entries(n).as_str(), if n == 1 { " was" } else { " were" }].concat()
}

impl World {
    /// Reads that the cache was asked for and that have been answered.
    pub fn through_cache(&self) -> u64 {
        let s = &self.stats;
        s.hits + s.misses + s.shared + s.early
    }

    /// The share of them that were hits.
    pub fn hit_ratio(&self) -> Option<f64> {
        let all = self.through_cache();
        (all > 0).then(|| self.stats.hits as f64 / all as f64)
    }

    /// The mean of the reads that were answered, in ms.
    pub fn mean_read(&self) -> Option<f64> {
        let n = self.stats.reads.saturating_sub(self.stats.failed_reads);
        (n > 0).then(|| self.stats.read_time as f64 / n as f64 / MS as f64)
    }

    /// In ms: a hit, and the database without a queue.
    pub fn costs(&self) -> (f64, f64) {
        let p = self.params();
        (p.hop as f64, (p.way + p.db) as f64)
    }

    /// By the formula h·t_cache + (1 − h)·t_db; and with a miss that has paid for both.
    pub fn by_formula(&self) -> Option<(f64, f64)> {
        let (hit, load) = self.costs();
        if self.nodes.is_empty() {
            return Some((load, load));
        }
        let h = self.hit_ratio()?;
        Some((h * hit + (1.0 - h) * load, h * hit + (1.0 - h) * (hit + load)))
    }

    pub fn readouts(&self) -> Vec<Readout> {
        let mut out = Vec::new();
        let mut add = |key, value: Option<f64>, text: String, unit, label: String| {
            let text = if value.is_some() { text } else { "–".into() };
            out.push(Readout { key, value, text, unit, label });
        };
        let (s, p) = (&self.stats, self.params());
        let fixed = |v: Option<f64>| decimal::fixed(v.unwrap_or(0.0), 1);
        let cached = !self.nodes.is_empty();
        if cached {
            let h = self.hit_ratio();
            let all = grouped(self.through_cache() as i64);
            let theory = match (p.work, p.unit) {
                // Each key is as likely as any other, so it is found as often as there is room for it.
                (params::UNIFORM, 0) if p.ttl == 0 && p.hot == 0 => {
                    let room = self.room.saturating_mul(self.nodes.len() as u64);
                    let share = (room as f64 / f64::from(self.setup.keys)).min(1.0);
                    format!("; room for {}% of the keys", percent(share))
                }
                _ => String::new(),
            };
            let all =
                if self.through_cache() == 1 { "1 read was a hit".into() } else { format!("{all} reads were hits") };
            let label = format!(
                "of {all}{theory}; the database was asked {} for the others, and {} evicted",
                many(s.db_reads, "time"),
                evicted(s.evictions)
            );
            let label = if h.is_some() { label } else { "of the reads were hits".into() };
            add("hits", h.map(|h| h * 100.0), percent(h.unwrap_or(0.0)), "%", label);
            if p.work == params::SCAN {
                let share = |hits: u64, all: u64| (all > 0).then(|| hits as f64 / all as f64);
                let scan = share(s.scan_hits, s.scan_reads);
                let others = share(s.hits - s.scan_hits, self.through_cache() - s.scan_reads);
                let text = |share: Option<f64>| percent(share.unwrap_or(0.0));
                let label = match scan {
                    Some(_) => format!("of the reads outside the scan were hits; of the scan’s own {}%", text(scan)),
                    None => "of the reads outside the scan were hits".into(),
                };
                add("hits-others", others.map(|h| h * 100.0), text(others), "%", label);
                add("hits-scan", scan.map(|h| h * 100.0), text(scan), "%", String::new());
            }
        }
        let (hit, load) = self.costs();
        let formula = self.by_formula();
        let (one, both) = (fixed(formula.map(|it| it.0)), fixed(formula.map(|it| it.1)));
        let label = match cached {
            true => format!(
                "mean read; h · {hit} + (1 − h) · {load} would be {one} ms, and {both} ms as a miss pays for both",
                hit = decimal::fixed(hit, 0),
                load = decimal::fixed(load, 0)
            ),
            false => format!("mean read; the database takes {one} ms when nobody waits for it"),
        };
        let mean = self.mean_read();
        let label = if mean.is_some() { label } else { "mean of the reads".into() };
        add("mean", mean, fixed(mean), "ms", label);
        add("formula", formula.map(|it| it.0), one, "ms", String::new());
        add("formula-both", formula.map(|it| it.1), both, "ms", String::new());
        let latencies = sorted(&s.read_latency);
        let p99 = quantile::of_sorted(&latencies, 0.99);
        let median = ms(quantile::of_sorted(&latencies, 0.5).unwrap_or(0));
        // An average hides it: what most hits take and what most misses take lie far apart.
        let apart = [&s.hit_latency, &s.miss_latency].map(|some| quantile::of_sorted(&sorted(some), 0.99));
        let label = match apart {
            [Some(hits), Some(others)] if cached => {
                format!(
                    "99% of the reads took at most this; of the hits {} ms, of the others {} ms",
                    ms(hits),
                    ms(others)
                )
            }
            _ if p99.is_some() => format!("99% of the reads took at most this; half of them {median} ms"),
            _ => "99% of the reads take at most this".into(),
        };
        add("p99", p99.map(|v| v as f64 / MS as f64), ms(p99.unwrap_or(0)), "ms", label);
        for (key, value) in ["p99-hits", "p99-misses"].into_iter().zip(apart) {
            add(key, value.map(|v| v as f64 / MS as f64), ms(value.unwrap_or(0)), "ms", String::new());
        }
        let slowest = latencies.last().map(|v| *v as f64 / MS as f64);
        add("slowest", slowest, fixed(slowest), "ms", String::new());
        let asked = self.nodes.iter().map(|node| node.hits + node.misses);
        let (all, most) = asked.fold((0, 0), |(all, most): (u64, u64), n| (all + n, most.max(n)));
        let busiest = (all > 0).then(|| most as f64 * 100.0 / all as f64);
        add("busiest", busiest, fixed(busiest), "%", String::new());
        let answered = s.reads.saturating_sub(s.failed_reads);
        if cached {
            let saved = (answered > 0).then(|| (1.0 - s.db_reads as f64 / answered as f64) * 100.0);
            add("saved", saved, fixed(saved), "%", String::new());
            let missed = saved.map(|saved| 100.0 - saved);
            add("missed", missed, fixed(missed), "%", String::new());
        }
        self.add_database(&mut add);
        self.add_staleness(&mut add);
        let label = match s.writes {
            0 => String::new(),
            n => format!("mean of {}", many(n, "write")),
        };
        let n = s.writes.saturating_sub(s.failed_writes);
        let mean = (n > 0).then(|| s.write_time as f64 / n as f64 / MS as f64);
        add("write-mean", mean, fixed(mean), "ms", label);
        if let Some(own) = self.last_answer() {
            let value = (!self.absent(own.key)).then_some(f64::from(own.version));
            add("answer", value, self.version_name(own.key, own.version), "", String::new());
            let took = own.latency().map(|took| took as f64 / MS as f64);
            add("took", took, fixed(took), "ms", String::new());
        }
        out
    }

    fn add_database(&self, add: &mut impl FnMut(&'static str, Option<f64>, String, &'static str, String)) {
        let (s, p) = (&self.stats, self.params());
        let seconds = self.now as f64 / SECOND as f64;
        let per = (self.now > 0).then(|| s.queries as f64 / seconds);
        let busy = self.db.utilisation(self.now);
        let takes = if s.queries > 0 { s.served as f64 / s.queries as f64 / MS as f64 } else { p.db as f64 };
        let law = per.unwrap_or(0.0) * takes / 1_000.0 / self.db.slots.max(1) as f64;
        let label = format!(
            "operations of the database; {}% of {} busy (rate × {} ms says {}%), at most {} waited",
            percent(busy.unwrap_or(0.0)),
            many(self.db.slots as u64, "slot"),
            decimal::fixed(takes, 1),
            percent(law),
            grouped(i64::from(s.queue))
        );
        add("load", per, decimal::fixed(per.unwrap_or(0.0), 0), "/s", label);
        add("busy", busy.map(|share| share * 100.0), percent(busy.unwrap_or(0.0)), "%", String::new());
        let count = |n: u64| (Some(n as f64), grouped(n as i64));
        let failed = s.failed_reads + s.failed_writes;
        if let Some(filter) = &self.setup.bloom {
            let asked = s.filtered + s.passed;
            let share = (asked > 0).then(|| s.passed as f64 / asked as f64);
            let theory = percent(filter.false_positives(u64::from(self.setup.keys)));
            let label =
                format!("of {} of absent keys passed the Bloom filter; in theory {theory}%", many(asked, "read"));
            add("false-positives", share.map(|it| it * 100.0), percent(share.unwrap_or(0.0)), "%", label);
        }
        let (value, text) = count(failed);
        let label = match failed {
            0 => "",
            1 => "request failed",
            _ => "requests failed",
        };
        let label = label.to_string();
        add("failed", value, text, "", label);
        for (key, n) in [
            ("queue", u64::from(s.queue)),
            ("waiting", self.db.waiting.len() as u64),
            ("turned-away", s.turned_away),
            ("db-reads", s.db_reads),
            ("flushes", s.flushes),
            ("requests", s.reads + s.writes),
            ("reads", s.reads),
            ("writes", s.writes),
            ("hit-count", s.hits),
            ("misses", s.misses),
            ("shared", s.shared),
            ("early", s.early),
            ("refreshes", s.refreshes),
            ("filtered", s.filtered),
            ("passed", s.passed),
            ("evictions", s.evictions),
            ("expired", s.expired),
            ("refused-sets", s.refused_sets),
            ("bypassed", s.bypassed),
        ] {
            let (value, text) = count(n);
            add(key, value, text, "", String::new());
        }
    }

    fn add_staleness(&self, add: &mut impl FnMut(&'static str, Option<f64>, String, &'static str, String)) {
        let s = &self.stats;
        let count = |n: u64| (Some(n as f64), grouped(n as i64));
        let (value, text) = count(s.stale);
        let label = match s.stale {
            0 => "reads returned something older than what had been acknowledged before".to_string(),
            n => format!(
                "{} returned something older than what had been acknowledged before, up to {} ms ago",
                if n == 1 { "read" } else { "reads" },
                ms(s.oldest)
            ),
        };
        add("stale", value, text, "", label);
        let oldest = (s.stale > 0).then(|| s.oldest as f64 / MS as f64);
        add("oldest", oldest, ms(s.oldest), "ms", String::new());
        let (now, longest) = self.disagreement();
        let (value, text) = count(now);
        add("stale-entries", value, text, "", String::new());
        if !self.nodes.is_empty() {
            let label = format!(
                "the longest that an entry has been stale; {} now",
                match now {
                    0 => "none is".to_string(),
                    1 => "one is".to_string(),
                    n => format!("{} are", grouped(n as i64)),
                }
            );
            let label = if longest > 0 { label } else { String::new() };
            add("disagree", Some(longest as f64 / MS as f64), ms(longest), "ms", label);
            let (value, text) = count(u64::from(s.loads));
            add("loads", value, text, "", String::new());
        }
        let back = self.params().writing() == BACK;
        let (value, text) = count(s.lost);
        let lost = if s.lost == 1 { "acknowledged write lost" } else { "acknowledged writes lost" };
        let label = if back { lost.to_string() } else { String::new() };
        add("lost", value, text, "", label);
        let (value, text) = count(u64::from(self.dirty()));
        let merged = s.flushed_writes.saturating_sub(s.flushed);
        let label = match back {
            true => format!(
                "{} dirty now; {} brought {}, and {} merged into later ones",
                if self.dirty() == 1 { "value is" } else { "values are" },
                many(s.flushes, "flush").replace("flushs", "flushes"),
                many(s.flushed, "value"),
                [many(merged, "write").as_str(), if merged == 1 { " was" } else { " were" }].concat()
            ),
            false => String::new(),
        };
        add("dirty", value, text, "", label);
    }

    /// How many entries are stale now, and the longest that any has been so far, in µs.
    pub fn disagreement(&self) -> (u64, Micros) {
        let entries = self.nodes.iter().flat_map(|node| node.entries.iter().flatten());
        let stale = entries.filter_map(|entry| entry.stale);
        stale
            .fold((0, self.stats.disagreed), |(n, longest), since| (n + 1, longest.max(self.now.saturating_sub(since))))
    }

    /// The reader's latest read that has been answered.
    fn last_answer(&self) -> Option<&Request> {
        self.request(self.own?).filter(|own| own.kind == OpKind::Read && own.ended.is_some())
    }
}

/// The latest of them, which is enough for a 99th percentile and does not take the frame's time.
fn sorted(list: &Chronicle<u32>) -> Vec<Micros> {
    quantile::sorted(&list.from(list.len().saturating_sub(WINDOW)).map(|v| Micros::from(*v)).collect::<Vec<_>>())
}
