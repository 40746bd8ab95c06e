//! What clients ask for, and when.

use super::params::{self, Params};
use super::types::*;
use super::world::{Due, Setup, World};
use crate::models::caching::Bloom;
use crate::sim::latency::Delay;
use crate::sim::random::{Stream, stream};
use crate::sim::{MS, Micros, SECOND, quantile};
use std::hash::{Hash, Hasher};

/// How often the hot spot shifts in a run by itself.
const SHIFTS: Micros = 4;
/// The hot spot: this part of the keys has `HOT` per cent of the requests.
const FIFTH: u32 = 5;
const HOT: u32 = 80;

/// One stream of chance per purpose, drawn from in the order of events.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    pub arrivals: Stream,
    pub kinds: Stream,
    pub keys: Stream,
    pub clients: Stream,
    pub database: Stream,
    pub lives: Stream,
    pub early: Stream,
}

/// By what each stream would give next.
impl Hash for Chance {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let streams =
            [&self.arrivals, &self.kinds, &self.keys, &self.clients, &self.database, &self.lives, &self.early];
        streams.into_iter().for_each(|stream| stream.clone().next_u64().hash(state));
    }
}

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance {
            arrivals: stream(seed, "cache arrivals"),
            kinds: stream(seed, "cache kinds"),
            keys: stream(seed, "cache keys"),
            clients: stream(seed, "cache clients"),
            database: stream(seed, "cache database"),
            lives: stream(seed, "cache times to live"),
            early: stream(seed, "cache early refresh"),
        }
    }
}

/// Where the workload stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Work {
    /// The next key of a scan or a loop.
    pub next: KeyId,
    /// The first key of the hot spot.
    pub hot: KeyId,
    /// The client that is dealt the next read of a burst.
    pub dealt: u32,
    /// What was drawn last belongs to a scan.
    pub(super) scans: bool,
    /// Since the last sample: what is in it so far, and the times of the reads that ended.
    pub(super) sample: Sample,
    pub(super) times: Vec<Micros>,
}

impl Work {
    /// The next key that is asked for.
    fn draw(&mut self, setup: &Setup, chance: &mut Chance) -> KeyId {
        let keys = setup.keys.max(1);
        self.scans = false;
        if chance.keys.below(100) < setup.params.hot.clamp(0, 100) as u32 {
            return 0;
        }
        match setup.params.work {
            params::UNIFORM => chance.keys.below(keys),
            params::LOOP => self.in_turn(keys),
            params::SCAN if chance.keys.below(2) == 1 => {
                self.scans = true;
                self.in_turn(keys)
            }
            params::HOTSPOT => {
                let size = keys.div_ceil(FIFTH);
                if size < keys && chance.keys.below(100) >= HOT {
                    return (self.hot + size + chance.keys.below(keys - size)) % keys;
                }
                (self.hot + chance.keys.below(size)) % keys
            }
            _ => {
                let drawn = chance.keys.unit() * setup.weights.last().copied().unwrap_or(0.0);
                (setup.weights.partition_point(|upto| *upto <= drawn) as KeyId).min(keys - 1)
            }
        }
    }

    fn in_turn(&mut self, keys: KeyId) -> KeyId {
        let key = self.next % keys;
        self.next = (key + 1) % keys;
        key
    }

    /// The hot spot moves on by its own size.
    fn shift(&mut self, keys: KeyId) {
        let keys = keys.max(1);
        self.hot = (self.hot + keys.div_ceil(FIFTH)) % keys;
    }
}

/// So many keys as the workload of these settings asks for them, for whoever needs more of it than a run has. The hot
/// spot shifts as often as in a run. Absent keys are among them where it is kept that they do not exist.
pub fn asked(params: &Params, seed: u64, n: usize) -> Vec<KeyId> {
    let setup = Setup::new(params, seed);
    let (mut chance, mut work) = (Chance::new(seed), Work::default());
    let absent = if params.negative == 1 { params.absent.clamp(0, 100) as u32 } else { 0 };
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        if i > 0 && i % n.div_ceil(SHIFTS as usize + 1) == 0 {
            work.shift(setup.keys);
        }
        let missing = absent > 0 && chance.kinds.below(100) < absent;
        let key = work.draw(&setup, &mut chance);
        out.push(if missing { setup.keys + chance.keys.below(setup.keys) } else { key });
    }
    out
}

/// Sizes of all keys' values in bytes: log-normal around 500 bytes, σ = 1, from 16 to 20,000.
pub(super) fn sizes(params: &Params, seed: u64, keys: KeyId) -> Vec<u32> {
    if params.unit != params::BYTES {
        return vec![1; 2 * keys as usize];
    }
    let mut chance = stream(seed, "cache sizes");
    let size = Delay::LogNormal { median: 500.0, sigma: 1.0 };
    // A key that does not exist is only noted.
    let one = |key| if key < keys { size.sample_ms(&mut chance).clamp(16.0, 20_000.0) as u32 } else { 16 };
    (0..2 * keys).map(one).collect()
}

/// Zipf: the weight of rank r is 1 / r^s; here as running sums.
pub(super) fn weights(params: &Params, keys: KeyId) -> Vec<f64> {
    let exponent = params.skew.max(0) as f64 / 100.0;
    let mut sum = 0.0;
    let weight = |rank: KeyId| {
        sum += libm::pow(f64::from(rank), -exponent);
        sum
    };
    (1..=keys).map(weight).collect()
}

/// Knows all existing keys.
pub(super) fn filter(params: &Params, keys: KeyId) -> Option<Bloom> {
    let bits = u32::try_from(params.bloom).ok().filter(|bits| *bits > 0)?;
    let mut filter = Bloom::new(u64::from(keys), bits);
    (0..keys).for_each(|key| filter.add(key));
    Some(filter)
}

impl World {
    /// Whether the Bloom filter, if there is one, knows that there is no such key.
    pub(super) fn filtered(&mut self, key: KeyId) -> bool {
        let Some(filter) = &self.setup.bloom else { return false };
        let known = filter.may_have(key);
        self.stats.passed += u64::from(known && self.absent(key));
        !known
    }

    /// What is planned at the start.
    pub(super) fn plan(&mut self) {
        let lasts = self.params().lasts();
        self.plan_arrival(0);
        let first = self.params().every.max(0) as Micros * MS;
        if (1..lasts).contains(&first) {
            self.queue.schedule(first, Due::Burst);
        }
        if self.params().work == params::HOTSPOT && self.params().rate > 0 {
            (1..=SHIFTS).for_each(|i| self.queue.schedule(lasts * i / (SHIFTS + 1), Due::Shift));
        }
        self.queue.schedule(self.setup.sample, Due::Sample);
    }

    fn plan_arrival(&mut self, at: Micros) {
        let rate = self.params().rate.max(0);
        if rate == 0 || self.stats.made >= params::MOST as u64 {
            return;
        }
        let gap = -libm::log(self.chance.arrivals.unit()) * SECOND as f64 / rate as f64;
        let when = at.saturating_add((gap as Micros).max(1));
        if when < self.params().lasts() {
            self.queue.schedule(when, Due::Arrive);
        }
    }

    pub(super) fn arrive(&mut self, at: Micros) {
        let (writes, absent) = (self.params().writes.clamp(0, 100) as u32, self.params().absent.clamp(0, 100) as u32);
        let writes = self.chance.kinds.below(100) < writes;
        let missing = self.chance.kinds.below(100) < absent;
        let key = self.draw_key();
        let key = if !writes && missing { self.setup.keys + self.chance.keys.below(self.setup.keys) } else { key };
        self.work.scans &= !self.absent(key);
        let client = self.chance.clients.below(self.clients.len() as u32) as ClientId;
        self.stats.made += 1;
        self.invoke(at, client, if writes { OpKind::Write } else { OpKind::Read }, key, false);
        self.plan_arrival(at);
    }

    /// The next key that the workload asks for.
    pub(super) fn draw_key(&mut self) -> KeyId {
        self.work.draw(&self.setup, &mut self.chance)
    }

    pub(super) fn burst_due(&mut self, at: Micros) {
        let next = at + self.params().every.max(1) as Micros * MS;
        if at >= self.params().lasts() || self.stats.made >= params::MOST as u64 {
            return;
        }
        let (n, key) = (self.params().burst.clamp(1, 500) as u32, self.draw_key());
        self.work.scans = false;
        self.stats.made += u64::from(n);
        self.tell_burst(at, n, key, false);
        self.burst(at, n, key, false);
        if next < self.params().lasts() {
            self.queue.schedule(next, Due::Burst);
        }
    }

    /// So many reads of a key at once, dealt to the clients in turn.
    pub(super) fn burst(&mut self, at: Micros, n: u32, key: KeyId, own: bool) {
        for _ in 0..n {
            let client = self.work.dealt % self.clients.len().max(1) as u32;
            self.work.dealt = client + 1;
            self.invoke(at, client as ClientId, OpKind::Read, key, own);
        }
    }

    pub(super) fn shift(&mut self, at: Micros) {
        self.work.shift(self.setup.keys);
        self.tell_shift(at);
    }

    /// The keys of the hot spot: the first and the last.
    pub fn hot_spot(&self) -> (KeyId, KeyId) {
        let keys = self.setup.keys.max(1);
        (self.work.hot, (self.work.hot + keys.div_ceil(FIFTH) - 1) % keys)
    }

    /// The reads that passed before the run: through the rule, without time.
    pub(super) fn warm_up(&mut self) {
        if self.nodes.is_empty() {
            return;
        }
        let mut chance = Chance::new(self.setup.seed ^ 0x9e37_79b9_7f4a_7c15);
        std::mem::swap(&mut chance, &mut self.chance);
        let mut out = Vec::new();
        for _ in 0..self.params().warm.clamp(0, 1_000_000) {
            let key = self.draw_key();
            let (home, size) = (self.home(key).unwrap_or(0), self.size(key));
            let Some(node) = self.node_mut(home) else { continue };
            if !node.cache.hit(key) {
                node.cache.insert(key, size, &mut out);
                out.clear();
            }
        }
        let took = (self.params().to_db() * 2 + self.params().db.max(0) as Micros * MS).min(Micros::from(u32::MAX));
        for key in 0..self.setup.keys {
            let Some(home) = self.home(key) else { continue };
            if !self.node(home).is_some_and(|node| node.cache.contains(key)) {
                continue;
            }
            // They came at all times before.
            let left = self.params().time_to_live().map(|ttl| (self.chance.lives.unit() * ttl as f64) as Micros + 1);
            let entry = Entry {
                version: 0,
                since: 0,
                origin: Origin::Warm,
                expires: left,
                took: took as u32,
                size: self.size(key),
                stale: None,
                used: 0,
                hits: 0,
            };
            self.put_entry(0, home, key, entry);
        }
        self.chance = chance;
    }

    pub(super) fn sample(&mut self, at: Micros) {
        let sorted = quantile::sorted(&std::mem::take(&mut self.work.times));
        let p99 = quantile::of_sorted(&sorted, 0.99).unwrap_or(0).min(Micros::from(u32::MAX)) as u32;
        let (queue, dirty) = (self.db.waiting.len() as u32, self.dirty());
        let sample = Sample { at, p99, queue, dirty, ..std::mem::take(&mut self.work.sample) };
        self.stats.samples.push(sample);
        if at < self.settled() {
            self.queue.schedule(at + self.setup.sample, Due::Sample);
        }
    }

    /// Values that the database does not have yet, in all caches.
    pub fn dirty(&self) -> u32 {
        self.nodes.iter().map(|node| node.dirty.len() as u32).sum()
    }
}
