//! The settings of the cache explainer.

use crate::explainers::Kind;
use crate::models::caching::Rule;
use crate::sim::latency::Delay;
use crate::sim::{MS, Micros, SECOND};

/// Requests that the workload of a run makes, at most: what is built in about a second.
pub const MOST: i64 = 40_000;

pub const NO_CACHE: i64 = 0;
pub const ASIDE: i64 = 1;
pub const THROUGH: i64 = 2;
pub const AHEAD: i64 = 3;
const READS: &[(&str, &str)] =
    &[("none", "No cache"), ("aside", "Cache-aside"), ("through", "Read-through"), ("ahead", "Refresh-ahead")];

pub const AROUND: i64 = 0;
pub const DELETE: i64 = 1;
pub const SET: i64 = 2;
pub const LOG: i64 = 3;
pub const WRITE_THROUGH: i64 = 4;
pub const BACK: i64 = 5;
const WRITES: &[(&str, &str)] = &[
    ("around", "Write-around: the database only"),
    ("delete", "Database, then delete the entry"),
    ("set", "Database, then set the entry"),
    ("log", "Database, whose change log deletes"),
    ("through", "Write-through"),
    ("back", "Write-back"),
];

/// In the order of `Rule::ALL`.
pub const RULES: &[(&str, &str)] = &[
    ("fifo", "FIFO"),
    ("lifo", "LIFO"),
    ("lru", "LRU"),
    ("mru", "MRU"),
    ("lfu", "LFU"),
    ("random", "Random"),
    ("clock", "CLOCK"),
    ("2q", "2Q"),
    ("arc", "ARC"),
    ("sieve", "SIEVE"),
    ("s3-fifo", "S3-FIFO"),
    ("tinylfu", "W-TinyLFU"),
];

pub const BYTES: i64 = 1;
const UNITS: &[(&str, &str)] = &[("entries", "Entries"), ("bytes", "Kilobytes")];

pub const EACH: i64 = 0;
pub const SINGLE: i64 = 1;
pub const LEASE: i64 = 2;
const FLIGHTS: &[(&str, &str)] = &[("each", "Each loads for itself"), ("single", "Single flight"), ("lease", "Leases")];

pub const OFF_ON: &[(&str, &str)] = &[("off", "Off"), ("on", "On")];

pub const FIXED: i64 = 0;
const SPREADS: &[(&str, &str)] = &[("fixed", "Always the same"), ("exponential", "Exponential")];

pub const ZIPF: i64 = 0;
pub const UNIFORM: i64 = 1;
pub const SCAN: i64 = 2;
pub const LOOP: i64 = 3;
pub const HOTSPOT: i64 = 4;
const WORKS: &[(&str, &str)] = &[
    ("zipf", "Zipf"),
    ("uniform", "Uniform"),
    ("scan", "Zipf, and a scan between"),
    ("loop", "Loop"),
    ("hotspot", "Hot spot that shifts"),
];

const fn number(min: i64, max: i64, unit: &'static str) -> Kind {
    Kind::Number { min, max, log: false, unit }
}

const fn wide(min: i64, max: i64, unit: &'static str) -> Kind {
    Kind::Number { min, max, log: true, unit }
}

crate::knobs! {
    /// Settings of the cache explainer.
    pub struct Params {
        read: "read", "Reads", Kind::Choice(READS), ASIDE,
            "Who loads what the cache does not have: the client (cache-aside), the cache, or the cache already before it expires. Without a cache, every read asks the database.";
        write: "write", "Writes go", Kind::Choice(WRITES), DELETE,
            "Where a write goes, and what it does to the entry.";
        rule: "rule", "Eviction", Kind::Choice(RULES), 2,
            "Who has to go when the cache is full.";
        capacity: "capacity", "Capacity", wide(1, 4_000, ""), 8,
            "What each cache node holds: entries, or kilobytes.";
        rate: "rate", "Requests", number(0, 5_000, "/s"), 200,
            "Of all clients together, at random moments. 0: only what you do.";
        writes: "writes", "Share of writes", number(0, 100, "%"), 10,
            "The part of the requests that are writes.";
        db: "db", "Database takes", wide(1, 500, "ms"), 20,
            "For one operation, on average, without its way and without waiting for a slot.";
        ttl: "ttl", "Time to live", number(0, 10_000, "ms"), 0,
            "An entry expires so long after its value came. 0: never.";
        unit: "unit", "Capacity counts", Kind::Choice(UNITS), 0,
            "Entries, or kilobytes (1,000 bytes): then each key’s value has a size of its own, log-normal around 500 bytes (σ = 1), from 16 to 20,000.";
        nodes: "nodes", "Cache nodes", number(1, 4, ""), 1,
            "Keys are dealt to them by jump consistent hash.";
        jitter: "jitter", "Jitter", number(0, 100, "%"), 0,
            "Each time to live is drawn from so much less to so much more.";
        ahead: "ahead", "Refresh when left", number(1, 99, "%"), 20,
            "Refresh-ahead: a hit on an entry with less than this part of its time to live left loads it anew in the background.";
        early: "early", "Early refresh β", number(0, 1_000, "%"), 0,
            "Probabilistic early refresh (Vattani, Chierichetti & Lowenstein 2015): a hit loads anew by chance, the likelier the nearer the entry’s end and the longer its load took. 100%: β = 1, their optimum. 0: off.";
        flight: "flight", "A missed key", Kind::Choice(FLIGHTS), EACH,
            "Whether each miss loads for itself; or one load per key at a time, in each client or in a cache that loads; or the cache hands out one lease per key and takes it back when the key is written (Nishtala et al. 2013).";
        negative: "negative", "Negative caching", Kind::Choice(OFF_ON), 0,
            "Whether it is kept, too, that a key does not exist.";
        bloom: "bloom", "Bloom filter", number(0, 20, " bits per key"), 0,
            "Clients ask a filter of all existing keys first. 0: none.";
        flush: "flush", "Flush after", wide(1, 5_000, "ms"), 100,
            "Write-back: how long written values wait in the cache before it sends them to the database.";
        batch: "batch", "Batch", wide(1, 500, ""), 20,
            "Write-back: values that one operation of the database takes, at most.";
        log: "log", "Change log lag", number(0, 1_000, "ms"), 20,
            "How long after a commit the database’s change log tells the cache.";
        replica: "replica", "Replica lag", number(0, 1_000, "ms"), 0,
            "Reads of the database see it as it was so long ago. 0: they ask the primary.";
        hop: "hop", "Cache round trip", wide(1, 200, "ms"), 2,
            "To a cache node and back; what it does there takes no time.";
        way: "way", "Database round trip", number(0, 200, "ms"), 2,
            "To the database and back, from clients and caches alike; its own time comes to that.";
        spread: "spread", "Database times", Kind::Choice(SPREADS), FIXED,
            "Whether each operation takes the same time, or one drawn from an exponential distribution of that mean.";
        slots: "slots", "Database slots", wide(1, 100, ""), 4,
            "Operations that it works on at once.";
        queue: "queue", "Database queue", wide(1, 1_000, ""), 200,
            "Operations that wait for a slot, at most; more are turned away, and so is what has waited for 2 s.";
        clients: "clients", "Clients", number(1, 8, ""), 3,
            "How many there are.";
        span: "span", "Clients work for", wide(100, 10_000, "ms"), 1_000,
            "How long; no run has more than 40,000 requests of this kind.";
        keys: "keys", "Keys", wide(1, 4_000, ""), 24,
            "How many exist. As many more are asked for that do not.";
        work: "work", "Which keys", Kind::Choice(WORKS), ZIPF,
            "Popular keys by Zipf’s law, all the same, every other request a scan of all keys in turn, all keys in a loop, or a fifth of the keys with 80% of the requests, which shifts four times.";
        skew: "skew", "Zipf exponent × 100", number(0, 300, ""), 100,
            "How unequal: the key of rank r is asked for in proportion to 1 / r to this power.";
        absent: "absent", "Absent keys", number(0, 100, "%"), 0,
            "The part of the reads that ask for keys which do not exist.";
        hot: "hot", "Hot key", number(0, 100, "%"), 0,
            "The part of the requests that go to the first key, whatever the rest do.";
        every: "every", "Burst every", number(0, 10_000, "ms"), 0,
            "At once, besides the others: reads of one key, drawn each time. 0: never.";
        burst: "burst", "Burst of", wide(2, 500, "reads"), 20,
            "How many, dealt to the clients in turn.";
        warm: "warm", "Requests before", number(0, 1_000_000, ""), 400,
            "Reads that have passed through the cache before the run begins. 0: it begins cold.";
        bound: "bound", "Staleness bound", wide(1, 1_000, "ms"), 100,
            "What the check holds against: no entry stays stale longer than this.";
    }
    matters(me, key) {
        let cached = me.read != NO_CACHE;
        match key {
            "write" | "rule" | "capacity" | "unit" | "nodes" | "ttl" | "flight" | "negative" | "hop" | "warm"
            | "bound" => cached,
            "jitter" | "early" => cached && me.ttl > 0,
            "ahead" => me.read == AHEAD && me.ttl > 0,
            "flush" | "batch" => cached && me.write == BACK,
            "log" => cached && me.write == LOG,
            "skew" => me.work == ZIPF || me.work == SCAN,
            "burst" => me.every > 0,
            "absent" => me.writes < 100,
            _ => true,
        }
    }
}

fn ms(value: i64) -> Micros {
    value.max(0) as Micros * MS
}

impl Params {
    pub fn cached(&self) -> bool {
        self.read != NO_CACHE
    }
    /// The cache loads what it does not have.
    pub fn loads(&self) -> bool {
        self.read == THROUGH || self.read == AHEAD
    }
    /// What a write does; without a cache it goes to the database.
    pub fn writing(&self) -> i64 {
        if self.cached() { self.write } else { AROUND }
    }
    pub fn eviction(&self) -> Rule {
        usize::try_from(self.rule).ok().and_then(|i| Rule::ALL.get(i)).copied().unwrap_or(Rule::Lru)
    }
    /// In entries, or in bytes.
    pub fn room(&self) -> u64 {
        self.capacity.max(1) as u64 * if self.unit == BYTES { 1_000 } else { 1 }
    }
    /// One way to the cache, and to the database.
    pub fn to_cache(&self) -> Micros {
        ms(self.hop) / 2
    }
    pub fn to_db(&self) -> Micros {
        ms(self.way) / 2
    }
    /// How long the database works on one operation.
    pub fn service(&self) -> Delay {
        match self.spread {
            FIXED => Delay::Fixed(ms(self.db)),
            _ => Delay::Exponential { mean: self.db.max(1) as f64 },
        }
    }
    pub fn time_to_live(&self) -> Option<Micros> {
        (self.ttl > 0).then(|| ms(self.ttl))
    }
    pub fn lag(&self) -> Micros {
        ms(self.replica)
    }
    pub fn within(&self) -> Micros {
        ms(self.bound)
    }
    /// How long clients work: no longer than `MOST` requests take.
    pub fn lasts(&self) -> Micros {
        let most = MOST as Micros * SECOND / self.rate.max(1) as Micros;
        if self.rate == 0 && self.every == 0 { 0 } else { ms(self.span.max(1)).min(most) }
    }
}
