//! What the house says of itself: names, readouts, how things stand, what the picture shows.

use super::params::{self, BACK, Params};
use super::tell::{many, ms};
use super::types::*;
use super::world::World;
use super::{DB, client, key as key_subject, node, request};
use crate::draw::scene::Subject;
use crate::explainers::{Readout, Tone, grouped, percent};
use crate::sim::chronicle::Chronicle;
use crate::sim::{MS, Micros, SECOND, decimal, quantile};

/// Latencies are told of so many reads, the latest.
const WINDOW: usize = 10_000;

fn entries(n: u64) -> String {
    if n == 1 { "1 entry".into() } else { format!("{} entries", grouped(n as i64)) }
}

fn evicted(n: u64) -> String {
    [entries(n).as_str(), if n == 1 { " was" } else { " were" }].concat()
}

fn kb(bytes: u64) -> String {
    decimal::fixed(bytes as f64 / 1_000.0, 1)
}

fn option(options: &[(&str, &'static str)], value: i64) -> &'static str {
    usize::try_from(value).ok().and_then(|i| options.get(i)).map_or("", |option| option.1)
}

impl Params {
    pub fn caveats(&self) -> Vec<(&'static str, String)> {
        let mut out = Vec::new();
        if self.rate > 0 && self.lasts() < self.span.max(1) as Micros * MS {
            let most = grouped(params::MOST);
            out.push((
                "span",
                format!("The workload ends after {} ms: no run has more than {most} requests", ms(self.lasts())),
            ));
        }
        if self.cached() && self.flight == params::LEASE && matches!(self.write, params::AROUND) {
            let why = "Nothing tells the cache of a write (write-around), so no lease is ever taken back";
            out.push(("flight", why.to_string()));
        }
        if self.cached() && self.ttl == 0 && self.read == params::AHEAD {
            out.push(("read", "Without a time to live nothing has to be refreshed: this is read-through".into()));
        }
        out
    }

    fn words(&self) -> String {
        if !self.cached() {
            return "There is no cache: every read and write goes to the database.".into();
        }
        let read = match self.read {
            params::ASIDE => "Clients look in the cache first and load what it does not have (cache-aside)",
            params::THROUGH => "Clients ask the cache, which loads what it does not have (read-through)",
            _ => "Clients ask the cache, which loads what it does not have, and what will soon expire (refresh-ahead)",
        };
        let write = match self.write {
            params::AROUND => "writes go to the database and leave the cache as it is",
            params::DELETE => "writes go to the database, then the entry is deleted",
            params::SET => "writes go to the database, then the entry is set",
            params::LOG => "writes go to the database, whose change log has the entry deleted",
            params::WRITE_THROUGH => "writes go through the cache to the database (write-through)",
            _ => "writes go to the cache, which writes them to the database later (write-back)",
        };
        format!("{read}; {write}.")
    }
}

impl World {
    /// The first words: what is there before anything happens.
    pub(super) fn open(&mut self) {
        let p = self.params();
        let rule = option(params::RULES, p.rule);
        let room = match (self.nodes.len(), p.unit == params::BYTES) {
            (0, _) => String::new(),
            (1, false) => format!(" The cache has room for {} ({rule}).", entries(self.room)),
            (1, true) => format!(" The cache has room for {} kB ({rule}).", kb(self.room)),
            (n, false) => format!(" Each of {n} cache nodes has room for {} ({rule}).", entries(self.room)),
            (n, true) => format!(" Each of {n} cache nodes has room for {} kB ({rule}).", kb(self.room)),
        };
        let now = match (p.rate, p.every) {
            (0, 0) => " Nothing is asked for yet: what happens is up to you.".to_string(),
            (0, _) => String::new(),
            (rate, _) => format!(
                " {} ask for {} keys, {rate} times a second in all.",
                many(p.clients.max(1) as u64, "client"),
                grouped(i64::from(self.setup.keys))
            ),
        };
        let text = format!("{}{room}{now}", p.words());
        let head = match self.nodes.is_empty() {
            true => format!("{} and a database", many(self.clients.len() as u64, "client")),
            false => format!("{}, a cache and a database", many(self.clients.len() as u64, "client")),
        };
        self.say(0, head, text, Tone::Plain, None);
    }

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
            let label = format!(
                "of {all} reads were hits{theory}; the database was asked {} for the others, and {} evicted",
                many(s.db_reads, "time"),
                evicted(s.evictions)
            );
            add("hits", h.map(|h| h * 100.0), percent(h.unwrap_or(0.0)), "%", label);
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
        let label = format!("99% of the reads took at most this; half of them {median} ms");
        let label = if p99.is_some() { label } else { "99% of the reads take at most this".into() };
        add("p99", p99.map(|v| v as f64 / MS as f64), ms(p99.unwrap_or(0)), "ms", label);
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
            let label = format!(
                "of {} reads of absent keys passed the Bloom filter; in theory {theory}%",
                grouped(asked as i64)
            );
            add("false-positives", share.map(|it| it * 100.0), percent(share.unwrap_or(0.0)), "%", label);
        }
        let (value, text) = count(failed);
        let label = if failed > 0 { "requests failed".to_string() } else { String::new() };
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
            _ => format!(
                "reads returned something older than what had been acknowledged before, up to {} ms ago",
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
        let label = if back { "acknowledged writes lost".to_string() } else { String::new() };
        add("lost", value, text, "", label);
        let (value, text) = count(u64::from(self.dirty()));
        let merged = s.flushed_writes.saturating_sub(s.flushed);
        let label = match back {
            true => format!(
                "values are dirty now; {} flushes brought {} values, and {} writes were merged into later ones",
                grouped(s.flushes as i64),
                grouped(s.flushed as i64),
                grouped(merged as i64)
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

    pub fn followable(&self) -> Vec<Subject> {
        let mut all: Vec<Subject> = (0..self.clients.len() as ClientId).map(client).collect();
        all.extend((0..self.nodes.len() as NodeId).map(node));
        all.push(DB);
        all.extend(self.followed_keys().into_iter().map(key_subject));
        let latest = self.requests.len().saturating_sub(3);
        all.extend(self.own.filter(|id| (*id as usize) < latest).map(request));
        all.extend(self.requests.from(latest).map(|it| request(it.id)));
        all
    }

    pub fn name(&self, subject: Subject) -> Option<String> {
        let index = subject.id.checked_sub(1)?;
        match subject.kind {
            "client" => ((index as usize) < self.clients.len()).then(|| format!("client C{}", subject.id)),
            "cache" => ((index as usize) < self.nodes.len()).then(|| self.node_name(index as NodeId)),
            "db" => (index == 0).then(|| "the database".into()),
            "key" => (index < self.all_keys()).then(|| match self.absent(index) {
                true => format!("absent key k{}", subject.id),
                false => format!("key k{}", subject.id),
            }),
            // One that is still to come has a name, too: a link may follow it from the start.
            "request" => (subject.id <= 10_000_000).then(|| match self.request(index) {
                Some(it) => {
                    let verb = if it.kind == OpKind::Read { "reads" } else { "writes" };
                    format!("request {}: C{} {verb} k{}", subject.id, it.client + 1, it.key + 1)
                }
                None => format!("request {}", subject.id),
            }),
            "message" => (subject.id <= 100_000_000).then(|| match self.message(index) {
                Some(it) => self.message_name(it),
                None => format!("message {}", subject.id),
            }),
            _ => None,
        }
    }

    fn place_name(&self, place: Place) -> String {
        match place {
            Place::Client(id) => format!("C{}", id + 1),
            Place::Node(id) => self.node_name(id),
            Place::Db => "the database".into(),
        }
    }

    /// What a message says, from whom to whom.
    pub fn message_name(&self, message: &Message) -> String {
        let what = self.message_words(message);
        format!("{what}: {} to {}", self.place_name(message.from), self.place_name(message.to))
    }

    /// What a message says, in a word or two.
    pub fn message_words(&self, message: &Message) -> String {
        use MessageKind as Kind;
        let key = format!("k{}", message.key + 1);
        let value = || format!("{key} = {}", self.version_name(message.key, message.version));
        match message.kind {
            Kind::Get => format!("get {key}"),
            Kind::Value | Kind::Row => value(),
            Kind::Miss if message.token != 0 => format!("no {key}, and a lease"),
            Kind::Miss => format!("no {key}"),
            Kind::Wait => format!("wait for {key}"),
            Kind::Set => format!("set {}", value()),
            Kind::Stored => format!("{key} stored"),
            Kind::Delete => format!("delete {key}"),
            Kind::Deleted => format!("{key} deleted"),
            Kind::Put | Kind::Write => format!("write {key}"),
            Kind::Accepted => format!("{} taken", value()),
            Kind::Query => format!("read {key}"),
            Kind::Committed => format!("{} committed", value()),
            Kind::Flush => format!("flush {}", many(message.batch.as_ref().map_or(0, |it| it.len() as u64), "value")),
            Kind::Flushed => "flushed".into(),
            Kind::Invalidate => format!("drop {key}"),
            Kind::Refused => "refused".into(),
            Kind::Down => "down".into(),
            Kind::Overloaded => "overloaded".into(),
        }
    }

    pub fn state(&self, subject: Subject) -> Option<String> {
        let index = subject.id.checked_sub(1)?;
        match subject.kind {
            "client" => {
                let it = self.clients.get(index as usize)?;
                let waits = match it.open {
                    0 => "waits for nothing".to_string(),
                    n => format!("waits for {}", many(n.into(), "answer")),
                };
                Some(match it.paused {
                    Some((_, until)) => format!("paused until {} ms, {} held up", ms(until), it.waits()),
                    None => waits,
                })
            }
            "cache" => self.node_state(self.node(index as NodeId)?),
            "db" => {
                let db = &self.db;
                let slow = if db.slow > 1 { format!(", {} times as slow", db.slow) } else { String::new() };
                Some(match db.up {
                    false => "down".into(),
                    true => {
                        format!(
                            "{} of {} busy, {} wait{slow}",
                            db.serving.len(),
                            many(db.slots as u64, "slot"),
                            db.waiting.len()
                        )
                    }
                })
            }
            "key" => self.key_state(index),
            "request" => Some(self.request_state(self.request(index)?)),
            "message" => {
                let it = self.message(index)?;
                Some(format!("sent at {} ms, arrives at {} ms", ms(it.sent), ms(it.arrives)))
            }
            _ => None,
        }
    }

    fn node_state(&self, node: &Node) -> Option<String> {
        if !node.up {
            return Some("down".into());
        }
        let holds = match self.params().unit {
            params::BYTES => {
                format!("holds {} of {} kB in {}", kb(node.used), kb(self.room), entries(node.held.into()))
            }
            _ => format!("holds {} of {}", grouped(node.held.into()), entries(self.room)),
        };
        let stale = node.entries.iter().flatten().filter(|entry| entry.stale.is_some()).count();
        let stale = if stale > 0 { format!(", {stale} stale") } else { String::new() };
        let dirty = if node.dirty.is_empty() { String::new() } else { format!(", {} dirty", node.dirty.len()) };
        let loads = if node.loads.is_empty() { String::new() } else { format!(", loads {}", node.loads.len()) };
        let leases = if node.leases.is_empty() {
            String::new()
        } else {
            format!(", {} out", many(node.leases.len() as u64, "lease"))
        };
        Some([holds, stale, dirty, loads, leases].concat())
    }

    fn key_state(&self, key: KeyId) -> Option<String> {
        let db = match self.absent(key) {
            true if key < self.all_keys() => "the database has no such key".to_string(),
            true => return None,
            false => format!("v{} in the database", self.row(key).version),
        };
        let Some(home) = self.home(key) else { return Some(db) };
        let node = self.node(home)?;
        let held = match node.entry(key) {
            None => match node.dirty(key) {
                Some(dirty) => format!("v{} in the flush buffer", dirty.version),
                None => "not in the cache".to_string(),
            },
            Some(entry) => {
                let stale = if entry.stale.is_some() { ", stale" } else { "" };
                let dirty = if node.is_dirty(key) { ", dirty" } else { "" };
                format!("{} in {}{stale}{dirty}", self.version_name(key, entry.version), self.node_name(home))
            }
        };
        Some(format!("{held}; {db}"))
    }

    fn request_state(&self, it: &Request) -> String {
        match it.phase {
            Phase::Held => "held up: its client is paused".into(),
            Phase::Cache => "with the cache".into(),
            Phase::Waiting => "waits for a load that another has begun".into(),
            Phase::Database => "with the database".into(),
            Phase::Mending => "committed; mends the cache".into(),
            Phase::Done => {
                let took = ms(it.latency().unwrap_or(0));
                let what = self.version_name(it.key, it.version);
                match it.outcome {
                    Some(Outcome::Failed) => "failed".into(),
                    Some(Outcome::Written) => format!("wrote {what} in {took} ms"),
                    Some(Outcome::Hit) => format!("a hit: {what} in {took} ms"),
                    Some(Outcome::Miss) => format!("a miss: {what} in {took} ms"),
                    _ if it.stale => format!("read {what}, stale, in {took} ms"),
                    _ => format!("read {what} in {took} ms"),
                }
            }
        }
    }

    /// The picture in words.
    pub fn describe(&self, at: Micros) -> String {
        let mut out = format!("At {} ms. ", ms(at));
        for id in 0..self.clients.len() as ClientId {
            out += &format!("C{} {}. ", id + 1, self.state(client(id)).unwrap_or_default());
        }
        for id in 0..self.nodes.len() as NodeId {
            let name = if self.nodes.len() < 2 { "The cache".to_string() } else { format!("Cache {}", id + 1) };
            out += &format!("{name}: {}. ", self.state(node(id)).unwrap_or_default());
            let lists = self.node(id).map(|node| node.cache.lists()).unwrap_or_default();
            for shelf in lists.iter().filter(|shelf| !shelf.ghost && !shelf.entries.is_empty()) {
                let keys: Vec<String> = shelf.entries.iter().take(12).map(|it| format!("k{}", it.key + 1)).collect();
                let more = shelf.entries.len().saturating_sub(12);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                out += &format!("{}: {}{more}. ", shelf.name, keys.join(", "));
            }
        }
        out += &format!("The database: {}. ", self.state(DB).unwrap_or_default());
        let flying = self.flying(at).count() as u64;
        if flying > 0 {
            out += &format!("{} on the way.", many(flying, "message"));
        }
        out.trim_end().to_string()
    }
}

/// The latest of them, which is enough for a 99th percentile and does not take the frame's time.
fn sorted(list: &Chronicle<u32>) -> Vec<Micros> {
    quantile::sorted(&list.from(list.len().saturating_sub(WINDOW)).map(|v| Micros::from(*v)).collect::<Vec<_>>())
}
