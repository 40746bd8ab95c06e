//! The rules: what a hit changes, and which entry goes. Where a paper knows only entries of equal size, entries go
//! until the new one fits, and lists are as large as their entries together.

use super::arena::{Arena, NONE};
use super::{Cache, Key, Rule, Why};

/// How a capacity is shared among a rule's lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Limits {
    /// 2Q's A1in (Kin), S3-FIFO's small queue, W-TinyLFU's window.
    pub first: u64,
    /// 2Q's Am, S3-FIFO's main queue, W-TinyLFU's protected segment.
    pub main: u64,
    /// 2Q's A1out (Kout), S3-FIFO's ghost queue.
    pub ghosts: u64,
}

/// `n` × `part` / `of`, rounded down, of any `n`.
fn share(n: u64, part: u64, of: u64) -> u64 {
    n / of * part + n % of * part / of
}

impl Limits {
    pub fn of(rule: Rule, capacity: u64) -> Limits {
        match rule {
            // A quarter and a half, as the paper's second half advises (Johnson, Shasha 1994).
            Rule::TwoQ => {
                let first = capacity / 4;
                Limits { first, main: capacity - first, ghosts: capacity / 2 }
            }
            // A tenth and nine tenths (Yang et al. 2023); where a tenth is less than two entries, a fifth or a quarter,
            // as libCacheSim must be told.
            Rule::S3Fifo => {
                let first = [10, 5, 4].map(|part| capacity / part).into_iter().find(|first| *first >= 2);
                let first = first.unwrap_or(1).min(capacity);
                Limits { first, main: capacity - first, ghosts: share(capacity, 9, 10) }
            }
            // 1% of window, 80% of the rest protected (Caffeine 2.6).
            Rule::TinyLfu => {
                let first = capacity - share(capacity, 99, 100);
                Limits { first, main: share(capacity - first, 4, 5), ghosts: 0 }
            }
            _ => Limits { first: 0, main: capacity, ghosts: capacity },
        }
    }
}

/// The lists of the arena by number.
pub mod list {
    /// The only one of most rules.
    pub const ALL: u32 = 0;
    pub const IN: u32 = 0;
    pub const MAIN: u32 = 1;
    pub const OUT: u32 = 2;
    pub const T1: u32 = 0;
    pub const T2: u32 = 1;
    pub const B1: u32 = 2;
    pub const B2: u32 = 3;
    pub const WINDOW: u32 = 0;
    pub const PROBATION: u32 = 1;
    pub const PROTECTED: u32 = 2;
}

pub(super) type Out<'a> = &'a mut Vec<(Key, Why)>;

impl Cache {
    /// A request for what is held.
    pub(super) fn promote(&mut self, slot: u32) {
        let Cache { arena, turn, .. } = self;
        let node = &mut arena.nodes[slot as usize];
        match self.rule {
            Rule::Fifo | Rule::Lifo | Rule::Random => {}
            Rule::Lru | Rule::Mru => {
                node.turn = *turn;
                arena.shift(slot, list::ALL);
            }
            Rule::Lfu => {
                node.turn = *turn;
                self.buckets.raise(arena, slot);
            }
            Rule::Clock | Rule::Sieve => node.count = 1,
            Rule::S3Fifo => node.count = node.count.saturating_add(1),
            Rule::TwoQ => {
                if node.list == list::MAIN {
                    node.turn = *turn;
                    arena.shift(slot, list::MAIN);
                }
            }
            Rule::Arc => {
                node.turn = *turn;
                arena.shift(slot, list::T2);
            }
            Rule::TinyLfu => {
                node.turn = *turn;
                self.touch(slot);
            }
        }
    }

    /// Takes out what is held; nothing remembers it.
    pub(super) fn forget(&mut self, slot: u32) {
        let node = &self.arena.nodes[slot as usize];
        let (size, list, newer, count) = (node.size, node.list, node.newer, node.count);
        self.used -= u64::from(size);
        self.len -= 1;
        if self.hand == slot {
            self.hand = newer;
        }
        self.arena.drop(slot);
        match self.rule {
            Rule::Lfu => self.buckets.left(&self.arena, list),
            Rule::Random => {
                let place = count as usize;
                self.drawn.swap_remove(place);
                if let Some(moved) = self.drawn.get(place) {
                    self.arena.nodes[*moved as usize].count = count;
                }
            }
            _ => {}
        }
    }

    fn evict(&mut self, slot: u32, why: Why, out: Out) {
        let key = self.arena.nodes[slot as usize].key;
        self.forget(slot);
        out.push((key, why));
    }

    /// Evicts it, and remembers its key in a list of ghosts that holds so much.
    fn bury(&mut self, slot: u32, ghosts: u32, room: u64, why: Why, out: Out) {
        let node = &self.arena.nodes[slot as usize];
        let size = u64::from(node.size);
        if size > room {
            return self.evict(slot, why, out);
        }
        self.trim(ghosts, room - size);
        self.used -= size;
        self.len -= 1;
        out.push((self.arena.nodes[slot as usize].key, why));
        self.arena.unlink(slot);
        self.arena.link(slot, ghosts);
    }

    /// Forgets the oldest of a list of ghosts until there are so few.
    fn trim(&mut self, ghosts: u32, room: u64) {
        while self.arena.size(ghosts) > room {
            let Some(slot) = self.arena.tail(ghosts) else { break };
            self.arena.drop(slot);
        }
    }

    fn ago(&self, slot: u32) -> u32 {
        self.turn.wrapping_sub(self.arena.nodes[slot as usize].turn)
    }

    /// Puts in what was missed, after room was made.
    pub(super) fn put(&mut self, list: u32, key: Key, size: u32) -> u32 {
        let slot = self.arena.add(list, key, size, self.turn);
        self.used += u64::from(size);
        self.len += 1;
        slot
    }

    /// Makes room, and puts in what is neither held nor too large.
    pub(super) fn admit(&mut self, key: Key, size: u32, out: Out) {
        let ghost = self.arena.find(key).map(|slot| (slot, self.arena.nodes[slot as usize].list));
        let need = u64::from(size);
        match self.rule {
            Rule::TwoQ => {
                if let Some((slot, _)) = ghost {
                    self.arena.drop(slot);
                }
                self.room(need, false, out);
                if ghost.is_none() {
                    self.put(list::IN, key, size);
                    return;
                }
                while self.arena.size(list::MAIN) + need > self.limits.main {
                    let Some(slot) = self.arena.tail(list::MAIN) else { break };
                    self.evict(slot, Why::LeastRecentMain { ago: self.ago(slot) }, out);
                }
                self.put(list::MAIN, key, size);
            }
            Rule::Arc => self.adapt(ghost, key, size, out),
            Rule::S3Fifo => {
                if let Some((slot, _)) = ghost {
                    self.arena.drop(slot);
                }
                self.room(need, false, out);
                // Until anything was evicted, the main queue takes what the small one has no room for.
                let full = self.arena.size(list::IN) >= self.limits.first;
                let main = ghost.is_some() || !self.evicted && full;
                self.put(if main { list::MAIN } else { list::IN }, key, size);
            }
            Rule::TinyLfu => self.enter(key, size, out),
            Rule::Lfu => {
                self.room(need, false, out);
                let first = self.buckets.first(&mut self.arena);
                let slot = self.put(first, key, size);
                self.arena.nodes[slot as usize].count = 1;
            }
            Rule::Random => {
                self.room(need, false, out);
                let slot = self.put(list::ALL, key, size);
                self.arena.nodes[slot as usize].count = self.drawn.len() as u32;
                self.drawn.push(slot);
            }
            Rule::Fifo | Rule::Lifo | Rule::Lru | Rule::Mru | Rule::Clock | Rule::Sieve => {
                self.room(need, false, out);
                self.put(list::ALL, key, size);
            }
        }
    }

    /// Evicts until so much more fits. `second`: for what ARC remembers in B2.
    pub(super) fn room(&mut self, need: u64, second: bool, out: Out) {
        if self.rule == Rule::TinyLfu {
            return self.settle(out);
        }
        while self.used + need > self.capacity && self.len > 0 {
            self.evict_one(second, out);
        }
    }

    fn evict_one(&mut self, second: bool, out: Out) {
        let (head, tail) = (self.arena.lists[0].head, self.arena.lists[0].tail);
        match self.rule {
            Rule::Fifo => self.evict(tail, Why::Oldest { ago: self.ago(tail) }, out),
            Rule::Lifo => self.evict(head, Why::Newest { ago: self.ago(head) }, out),
            Rule::Lru => self.evict(tail, Why::LeastRecent { ago: self.ago(tail) }, out),
            Rule::Mru => self.evict(head, Why::MostRecent { ago: self.ago(head) }, out),
            Rule::Lfu => {
                let Some(slot) = self.buckets.victim(&self.arena) else { return };
                let count = self.arena.nodes[slot as usize].count;
                self.evict(slot, Why::LeastFrequent { count, ago: self.ago(slot) }, out);
            }
            Rule::Random => {
                let of = self.drawn.len() as u32;
                let place = self.below(of) as usize;
                let slot = self.drawn[place];
                self.evict(slot, Why::Drawn { of }, out);
            }
            // The second chance of a FIFO queue: what the hand of a clock does to the same entries.
            Rule::Clock => {
                let mut passed = 0;
                let mut slot = tail;
                while self.arena.nodes[slot as usize].count > 0 {
                    self.arena.nodes[slot as usize].count = 0;
                    self.arena.shift(slot, list::ALL);
                    slot = self.arena.lists[0].tail;
                    passed += 1;
                }
                self.evict(slot, Why::Unvisited { passed }, out);
            }
            Rule::Sieve => {
                let mut passed = 0;
                let mut slot = if self.hand == NONE { tail } else { self.hand };
                loop {
                    let node = &mut self.arena.nodes[slot as usize];
                    if node.count == 0 {
                        break;
                    }
                    node.count = 0;
                    slot = if node.newer == NONE { tail } else { node.newer };
                    passed += 1;
                }
                // The hand goes on to the next newer one, as wherever it stands at what leaves.
                self.hand = slot;
                self.evict(slot, Why::Unvisited { passed }, out);
            }
            Rule::TwoQ => match self.arena.tail(list::MAIN) {
                Some(slot) if self.arena.size(list::IN) <= self.limits.first => {
                    self.evict(slot, Why::LeastRecentMain { ago: self.ago(slot) }, out);
                }
                _ => self.bury(tail, list::OUT, self.limits.ghosts, Why::OldestIn { ago: self.ago(tail) }, out),
            },
            Rule::Arc => self.replace(second, out),
            Rule::S3Fifo => {
                self.evicted = true;
                if self.arena.size(list::MAIN) > self.limits.main || tail == NONE {
                    self.evict_main(out);
                } else {
                    self.evict_small(out);
                }
            }
            Rule::TinyLfu => {}
        }
    }

    /// S3-FIFO: what was hit twice in the small queue goes on to the main one; the first that was not, goes.
    fn evict_small(&mut self, out: Out) {
        while let Some(slot) = self.arena.tail(list::IN) {
            let node = &mut self.arena.nodes[slot as usize];
            let hits = node.count;
            if hits < 2 {
                return self.bury(slot, list::OUT, self.limits.ghosts, Why::SmallQueue { hits }, out);
            }
            node.count = 0;
            self.arena.shift(slot, list::MAIN);
        }
    }

    fn evict_main(&mut self, out: Out) {
        let mut passed = 0;
        while let Some(slot) = self.arena.tail(list::MAIN) {
            let node = &mut self.arena.nodes[slot as usize];
            if node.count == 0 {
                return self.evict(slot, Why::MainQueue { passed }, out);
            }
            node.count = node.count.min(3) - 1;
            self.arena.shift(slot, list::MAIN);
            passed += 1;
        }
    }

    /// ARC's wanted size of T1, a real number.
    pub(super) fn target(&self) -> f64 {
        f64::from_bits(self.target)
    }

    /// ARC's four cases for what is not held (Megiddo, Modha 2003). Lists are trimmed to c and 2c afterwards too: they
    /// outgrow them only where entries have sizes or were removed.
    fn adapt(&mut self, ghost: Option<(u32, u32)>, key: Key, size: u32, out: Out) {
        let (c, need) = (self.capacity, u64::from(size));
        let [t1, t2, b1, b2] = [list::T1, list::T2, list::B1, list::B2].map(|list| self.arena.size(list));
        if let Some((slot, from)) = ghost {
            let (own, other) = if from == list::B1 { (b1, b2) } else { (b2, b1) };
            let delta = (other as f64 / own as f64).max(1.0) * f64::from(size);
            let target = self.target() + if from == list::B1 { delta } else { -delta };
            self.target = target.clamp(0.0, c as f64).to_bits();
            self.arena.drop(slot);
            self.room(need, from == list::B2, out);
            self.put(list::T2, key, size);
        } else {
            if self.used + need > c {
                if t1 + b1 + need > c {
                    match self.arena.tail(list::B1) {
                        Some(slot) => {
                            self.arena.drop(slot);
                        }
                        None => {
                            if let Some(slot) = self.arena.tail(list::T1) {
                                self.evict(slot, self.once(), out);
                            }
                        }
                    }
                } else if t1 + t2 + b1 + b2 + need > c.saturating_mul(2)
                    && let Some(slot) = self.arena.tail(list::B2)
                {
                    self.arena.drop(slot);
                }
                self.room(need, false, out);
            }
            self.put(list::T1, key, size);
        }
        self.trim_ghosts();
    }

    fn once(&self) -> Why {
        Why::OnceOnly { once: self.arena.size(list::T1), target: (self.target() * 1e3) as u64 }
    }

    fn replace(&mut self, second: bool, out: Out) {
        let t1 = self.arena.size(list::T1);
        let (once, target) = (t1 as f64, self.target());
        let first = self.arena.tail(list::T1).filter(|_| once > target || once == target && second);
        let room = u64::MAX;
        match (first, self.arena.tail(list::T2), self.arena.tail(list::T1)) {
            (Some(slot), ..) | (None, None, Some(slot)) => self.bury(slot, list::B1, room, self.once(), out),
            (None, Some(slot), _) => {
                let why = Why::AskedAgain { once: t1, target: (target * 1e3) as u64 };
                self.bury(slot, list::B2, room, why, out);
            }
            (None, None, None) => {}
        }
    }

    /// No more ghosts than the rule remembers.
    pub(super) fn trim_ghosts(&mut self) {
        match self.rule {
            Rule::TwoQ | Rule::S3Fifo => self.trim(list::OUT, self.limits.ghosts),
            Rule::Arc => {
                let c = self.capacity;
                self.trim(list::B1, c.saturating_sub(self.arena.size(list::T1)));
                let others = [list::T1, list::T2, list::B1].map(|list| self.arena.size(list)).iter().sum();
                self.trim(list::B2, c.saturating_mul(2).saturating_sub(others));
            }
            _ => {}
        }
    }

    /// The next draw (SplitMix64; Steele, Lea, Flood 2014): a state that can be hashed with the rest.
    pub(super) fn draw(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = self.chance;
        let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, n: u32) -> u32 {
        (((self.draw() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// W-TinyLFU: a hit is counted in the sketch, and moves up from probation to protected.
    fn touch(&mut self, slot: u32) {
        let Cache { arena, sketch, limits, .. } = self;
        let node = &arena.nodes[slot as usize];
        sketch.count(node.key);
        let larger = u64::from(node.size) > limits.main;
        match node.list {
            list::PROBATION if larger => {}
            list::PROBATION => {
                arena.shift(slot, list::PROTECTED);
                while arena.size(list::PROTECTED) > limits.main
                    && let Some(slot) = arena.tail(list::PROTECTED)
                {
                    arena.shift(slot, list::PROBATION);
                }
            }
            list => arena.shift(slot, list),
        }
    }

    /// W-TinyLFU: everything comes in by the window; what that has no room for competes with the main part's victim.
    fn enter(&mut self, key: Key, size: u32, out: Out) {
        self.put(list::WINDOW, key, size);
        self.weighted |= size != 1;
        if self.used >= self.capacity >> 1 {
            self.sketch.ensure(if self.weighted { u64::from(self.len) } else { self.capacity });
        }
        self.sketch.count(key);
        self.settle(out);
    }

    /// W-TinyLFU: the window hands over what it has no room for, and what it handed over stays only if it was seen more
    /// often than the victim: the least recently used on probation.
    fn settle(&mut self, out: Out) {
        let mut candidates = 0;
        while self.arena.size(list::WINDOW) > self.limits.first
            && let Some(slot) = self.arena.tail(list::WINDOW)
        {
            self.arena.shift(slot, list::PROBATION);
            candidates += 1;
        }
        let (mut from, mut victim) = (list::PROBATION, self.arena.tail(list::PROBATION));
        let mut candidate = Some(self.arena.lists[list::PROBATION as usize].head);
        while self.used > self.capacity {
            candidate = candidate.filter(|slot| *slot != NONE && candidates > 0);
            let goes = match (victim, candidate) {
                (None, None) => {
                    from = match from {
                        list::PROBATION => list::PROTECTED,
                        list::PROTECTED => list::WINDOW,
                        _ => break,
                    };
                    victim = self.arena.tail(from);
                    continue;
                }
                (Some(slot), None) | (None, Some(slot)) => (slot, Why::NextInLine),
                (Some(old), Some(new)) => self.contest(old, new),
            };
            let Arena { nodes, .. } = &self.arena;
            let beside = |slot: u32| &nodes[slot as usize];
            if victim == Some(goes.0) {
                victim = Some(beside(goes.0).newer).filter(|slot| *slot != NONE);
            }
            if let Some(slot) = candidate {
                candidates -= 1;
                candidate = Some(beside(slot).older);
            }
            // What has gone is no candidate any more.
            if candidate == Some(goes.0) {
                candidate = Some(beside(goes.0).older);
            }
            self.evict(goes.0, goes.1, out);
        }
    }

    /// Which of the two goes. A newcomer that was seen about as rarely is let in now and then, so that nobody who knows
    /// the hash can lock the door (Caffeine: one time in 128, if it was seen more than five times).
    fn contest(&mut self, old: u32, new: u32) -> (u32, Why) {
        let [key, newcomer] = [old, new].map(|slot| self.arena.nodes[slot as usize].key);
        let (its, other) = (self.sketch.frequency(key), self.sketch.frequency(newcomer));
        if other > its {
            return (old, Why::LostToNewcomer { its, other });
        }
        if other > 5 && self.draw() & 127 == 0 {
            return (old, Why::LostToChance { its, other });
        }
        (new, Why::LostToResident { its: other, other: its })
    }
}
