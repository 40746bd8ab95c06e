//! Eviction: what a full cache lets go of.

mod arena;
mod bloom;
pub mod curves;
mod intern;
mod lfu;
mod optimal;
pub mod popularity;
mod rules;
pub mod sample;
mod shelf;
mod sketch;
mod stack;
pub mod trace;
mod why;

pub use bloom::Bloom;
pub use intern::Interner;
pub use optimal::{NEVER, Optimal, next_uses};
pub use shelf::{Entry, Mark, Shelf};
pub use why::Why;

use crate::sim::random::stream;
use arena::{Arena, KEYS, NONE};
use lfu::Buckets;
use rules::Limits;
use sketch::Sketch;

/// A key as the caller numbers it: dense, from 0; below 2^24 (a table has a row for each).
pub type Key = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    Fifo,
    Lifo,
    Lru,
    Mru,
    Lfu,
    Random,
    Clock,
    TwoQ,
    Arc,
    Sieve,
    S3Fifo,
    TinyLfu,
}

impl Rule {
    pub const ALL: [Rule; 12] = [
        Rule::Fifo,
        Rule::Lifo,
        Rule::Lru,
        Rule::Mru,
        Rule::Lfu,
        Rule::Random,
        Rule::Clock,
        Rule::TwoQ,
        Rule::Arc,
        Rule::Sieve,
        Rule::S3Fifo,
        Rule::TinyLfu,
    ];

    /// As the field writes it.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Fifo => "FIFO",
            Rule::Lifo => "LIFO",
            Rule::Lru => "LRU",
            Rule::Mru => "MRU",
            Rule::Lfu => "LFU",
            Rule::Random => "Random",
            Rule::Clock => "CLOCK",
            Rule::TwoQ => "2Q",
            Rule::Arc => "ARC",
            Rule::Sieve => "SIEVE",
            Rule::S3Fifo => "S3-FIFO",
            Rule::TinyLfu => "W-TinyLFU",
        }
    }
}

/// What one node holds under one rule: keys and sizes, no values.
#[derive(Clone, Debug, Hash)]
pub struct Cache {
    rule: Rule,
    capacity: u64,
    limits: Limits,
    /// Sizes of what is held, together, and how many there are.
    used: u64,
    len: u32,
    arena: Arena,
    /// Lists from this on are of ghosts.
    ghosts: u32,
    /// Requests so far.
    turn: u32,
    /// The state that lots are drawn from.
    chance: u64,
    /// SIEVE's hand.
    hand: u32,
    /// ARC's wanted size of T1: the bits of a float.
    target: u64,
    /// S3-FIFO: whether anything was evicted yet.
    evicted: bool,
    /// W-TinyLFU: whether any size was not 1.
    weighted: bool,
    /// Random: everything held, in no order.
    drawn: Vec<u32>,
    buckets: Buckets,
    sketch: Sketch,
    /// Victims nobody asks for; empty between requests.
    scratch: Vec<(Key, Why)>,
}

impl Cache {
    /// An empty one. `capacity` is in entries, if all sizes are 1, or in bytes; `seed` is for rules that draw lots.
    pub fn new(rule: Rule, capacity: u64, seed: u64) -> Cache {
        let mut chance = stream(seed, "eviction");
        let ghosts = if matches!(rule, Rule::TwoQ | Rule::Arc | Rule::S3Fifo) { 2 } else { NONE };
        Cache {
            rule,
            capacity,
            limits: Limits::of(rule, capacity),
            used: 0,
            len: 0,
            arena: Arena::new(if rule == Rule::Lfu { 0 } else { 4 }),
            ghosts,
            turn: 0,
            chance: chance.next_u64(),
            hand: NONE,
            target: 0,
            evicted: false,
            weighted: false,
            drawn: Vec::new(),
            buckets: Buckets::default(),
            sketch: Sketch::new(chance.next_u64()),
            scratch: Vec::new(),
        }
    }

    pub fn rule(&self) -> Rule {
        self.rule
    }
    pub fn used(&self) -> u64 {
        self.used
    }
    /// Entries held.
    pub fn len(&self) -> usize {
        self.len as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    #[inline]
    fn held(&self, key: Key) -> Option<u32> {
        self.arena.find(key).filter(|slot| self.arena.nodes[*slot as usize].list < self.ghosts)
    }

    /// Whether it is held. Changes nothing.
    pub fn contains(&self, key: Key) -> bool {
        self.held(key).is_some()
    }

    /// A request. `true`: held, and moved up as the rule says. `false`: not held; nothing else changes, as every rule
    /// takes note of a miss when what was missed is put in.
    pub fn hit(&mut self, key: Key) -> bool {
        self.turn = self.turn.wrapping_add(1);
        let Some(slot) = self.held(key) else { return false };
        self.promote(slot);
        true
    }

    /// Puts in what was missed; `out` gets whatever had to go, with the reason. `false`: it was not admitted, and then
    /// it is itself in `out`. What is held already gets the new size and moves up as by a request.
    pub fn insert(&mut self, key: Key, size: u32, out: &mut Vec<(Key, Why)>) -> bool {
        let size = size.max(1);
        if u64::from(size) > self.capacity || key >= KEYS {
            self.remove(key);
            out.push((key, Why::TooLarge));
            return false;
        }
        match self.held(key) {
            Some(slot) => {
                self.promote(slot);
                let old = self.arena.resize(slot, size);
                self.used = self.used - u64::from(old) + u64::from(size);
                self.weighted |= size != 1;
                self.room(0, false, out);
                self.trim_ghosts();
            }
            None => self.admit(key, size, out),
        }
        self.contains(key)
    }

    /// Invalidated or expired: it goes, and no rule remembers it. `false`: not held.
    pub fn remove(&mut self, key: Key) -> bool {
        let Some(slot) = self.held(key) else { return false };
        self.forget(slot);
        true
    }

    /// Another capacity: what no longer fits goes, as the rule says.
    pub fn resize(&mut self, capacity: u64, out: &mut Vec<(Key, Why)>) {
        self.capacity = capacity;
        self.limits = Limits::of(self.rule, capacity);
        self.target = self.target().min(capacity as f64).to_bits();
        self.room(0, false, out);
        self.trim_ghosts();
    }

    /// A request of a whole trace: held, or put in with size 1.
    pub fn request(&mut self, key: Key) -> bool {
        if self.hit(key) {
            return true;
        }
        let mut out = std::mem::take(&mut self.scratch);
        if self.capacity > 0 && key < KEYS {
            self.admit(key, 1, &mut out);
        }
        out.clear();
        self.scratch = out;
        false
    }
}

#[cfg(test)]
mod tests;
