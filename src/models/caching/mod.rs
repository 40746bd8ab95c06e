//! Eviction: what a full cache lets go of.

mod arena;
mod why;

pub use why::Why;

use arena::{Arena, KEYS, NONE};

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

/// One of the lists a rule keeps, for a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The rule's own name of it: `T1`, `A1in`, `small`.
    pub name: &'static str,
    /// Keys that are remembered without their values.
    pub ghost: bool,
    /// How large it may become, where that is set or (ARC's T1) aimed at, in thousandths of the unit.
    pub room: Option<u64>,
    /// In the rule's own order; what is evicted next stands last, but for what hands and bits decide.
    pub entries: Vec<Entry>,
    /// The place in `entries` at which the hand stands.
    pub hand: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: Key,
    pub size: u32,
    pub mark: Mark,
}

/// What a rule notes at an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    None,
    /// Asked for again since the hand came by (CLOCK, SIEVE).
    Bit(bool),
    /// LFU's and S3-FIFO's own counts; W-TinyLFU's estimate by the sketch, up to 15.
    Count(u32),
}

/// What one node holds under one rule: keys and sizes, no values.
#[derive(Clone, Debug, Hash)]
pub struct Cache {
    rule: Rule,
    capacity: u64,
    used: u64,
    len: u32,
    arena: Arena,
    /// Requests so far.
    turn: u32,
    /// Victims nobody asks for; empty between requests.
    scratch: Vec<(Key, Why)>,
}

impl Cache {
    /// An empty one. `capacity` is in entries, if all sizes are 1, or in bytes; `seed` is for rules that draw lots.
    pub fn new(rule: Rule, capacity: u64, seed: u64) -> Cache {
        let _ = seed;
        Cache { rule, capacity, used: 0, len: 0, arena: Arena::new(4), turn: 0, scratch: Vec::new() }
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

    /// Whether it is held. Changes nothing.
    pub fn contains(&self, key: Key) -> bool {
        self.arena.find(key).is_some()
    }

    /// A request. `true`: held, and moved up as the rule says. `false`: not held.
    pub fn hit(&mut self, key: Key) -> bool {
        self.turn = self.turn.wrapping_add(1);
        let Some(slot) = self.arena.find(key) else { return false };
        if self.rule != Rule::Fifo {
            self.arena.nodes[slot as usize].turn = self.turn;
            self.arena.shift(slot, 0);
        }
        true
    }

    /// Puts in what was missed; `out` gets whatever had to go, with the reason. `false`: it was not admitted, and if
    /// it had been for a moment or could never be, it is itself in `out`. What is held already gets the new size and
    /// moves up as by a request.
    pub fn insert(&mut self, key: Key, size: u32, out: &mut Vec<(Key, Why)>) -> bool {
        let size = size.max(1);
        if u64::from(size) > self.capacity || key >= KEYS {
            self.remove(key);
            out.push((key, Why::TooLarge));
            return false;
        }
        self.remove(key);
        while self.used + u64::from(size) > self.capacity {
            let Some(slot) = self.arena.tail(0) else { break };
            let ago = self.turn.wrapping_sub(self.arena.nodes[slot as usize].turn);
            let why = if self.rule == Rule::Fifo { Why::Oldest { ago } } else { Why::LeastRecent { ago } };
            let key = self.arena.nodes[slot as usize].key;
            self.remove(key);
            out.push((key, why));
        }
        self.arena.add(0, key, size, self.turn);
        self.used += u64::from(size);
        self.len += 1;
        true
    }

    /// Invalidated or expired: it goes, and no rule remembers it. `false`: not held.
    pub fn remove(&mut self, key: Key) -> bool {
        let Some(slot) = self.arena.find(key) else { return false };
        self.used -= u64::from(self.arena.nodes[slot as usize].size);
        self.len -= 1;
        self.arena.drop(slot);
        true
    }

    /// Another capacity: what no longer fits goes, as the rule says.
    pub fn resize(&mut self, capacity: u64, out: &mut Vec<(Key, Why)>) {
        self.capacity = capacity;
        while self.used > capacity {
            let Some(slot) = self.arena.tail(0) else { break };
            let key = self.arena.nodes[slot as usize].key;
            self.remove(key);
            out.push((key, Why::NextInLine));
        }
    }

    /// A request of a whole trace: held, or put in with size 1.
    pub fn request(&mut self, key: Key) -> bool {
        if self.hit(key) {
            return true;
        }
        let mut out = std::mem::take(&mut self.scratch);
        self.insert(key, 1, &mut out);
        out.clear();
        self.scratch = out;
        false
    }

    /// Every list, for a picture.
    pub fn lists(&self) -> Vec<Shelf> {
        let entry = |(_, node): (u32, &arena::Node)| Entry { key: node.key, size: node.size, mark: Mark::None };
        let entries = self.arena.each(0).map(entry).collect();
        vec![Shelf { name: "queue", ghost: false, room: None, entries, hand: None }]
    }
}

const _: u32 = NONE;
