//! The rules once more, as plainly as they can be said: vectors, oldest first, searched from end to end.

use super::super::sketch::Sketch;
use super::super::{Key, Rule};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    pub key: Key,
    pub size: u64,
    pub count: u32,
}

pub type List = Vec<Item>;

pub struct Naive {
    rule: Rule,
    cap: f64,
    /// What is held: one list, or 2Q's A1in and Am, ARC's T1 and T2, S3-FIFO's small and main, W-TinyLFU's window,
    /// probation and protected.
    pub held: [List; 3],
    /// Ghosts: A1out, ARC's B1 and B2, S3-FIFO's ghost queue.
    pub ghosts: [List; 2],
    p: f64,
    hand: Option<Key>,
    evicted: bool,
    weighted: bool,
    pub sketch: Sketch,
}

fn size(list: &List) -> f64 {
    list.iter().map(|item| item.size as f64).sum()
}

fn find(list: &List, key: Key) -> Option<usize> {
    list.iter().position(|item| item.key == key)
}

fn pull(list: &mut List, key: Key) -> Option<Item> {
    find(list, key).map(|at| list.remove(at))
}

impl Naive {
    pub fn new(rule: Rule, cap: u64, sketch: Sketch) -> Naive {
        let (held, ghosts) = Default::default();
        let cap = cap as f64;
        Naive { rule, cap, held, ghosts, p: 0.0, hand: None, evicted: false, weighted: false, sketch }
    }

    pub fn used(&self) -> f64 {
        self.held.iter().map(size).sum()
    }

    pub fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.held.iter().flatten().map(|item| item.key).collect();
        keys.sort_unstable();
        keys
    }

    pub fn contains(&self, key: Key) -> bool {
        self.held.iter().any(|list| find(list, key).is_some())
    }

    pub fn hit(&mut self, key: Key) -> bool {
        if !self.contains(key) {
            return false;
        }
        let protected = ((self.cap - self.window()) * 0.8).floor();
        let [a, b, c] = &mut self.held;
        match self.rule {
            Rule::Fifo | Rule::Lifo | Rule::Random => {}
            Rule::Lru | Rule::Mru => {
                let item = pull(a, key).unwrap();
                a.push(item);
            }
            // The list is in the order in which counts were reached.
            Rule::Lfu => {
                let mut item = pull(a, key).unwrap();
                item.count += 1;
                a.push(item);
            }
            Rule::Clock | Rule::Sieve => a.iter_mut().filter(|item| item.key == key).for_each(|item| item.count = 1),
            Rule::TwoQ => {
                if let Some(item) = pull(b, key) {
                    b.push(item);
                }
            }
            Rule::Arc => {
                let item = pull(a, key).or_else(|| pull(b, key)).unwrap();
                b.push(item);
            }
            Rule::S3Fifo => a.iter_mut().chain(b).filter(|item| item.key == key).for_each(|item| item.count += 1),
            Rule::TinyLfu => {
                self.sketch.count(key);
                if let Some(item) = pull(a, key) {
                    a.push(item);
                } else if let Some(item) = pull(c, key) {
                    c.push(item);
                } else if b[find(b, key).unwrap()].size as f64 <= protected {
                    let item = pull(b, key).unwrap();
                    c.push(item);
                    while size(c) > protected {
                        b.push(c.remove(0));
                    }
                }
            }
        }
        true
    }

    fn window(&self) -> f64 {
        self.cap - (self.cap * 0.99).floor()
    }

    fn small(&self) -> f64 {
        let ratio = [0.1, 0.2, 0.25].into_iter().find(|ratio| (self.cap * ratio).floor() >= 2.0);
        ratio.map_or(self.cap.min(1.0), |ratio| (self.cap * ratio).floor())
    }

    fn bury(&mut self, which: usize, item: Item, room: f64) {
        if item.size as f64 > room {
            return;
        }
        let ghosts = &mut self.ghosts[which];
        while size(ghosts) + item.size as f64 > room {
            ghosts.remove(0);
        }
        ghosts.push(Item { count: 0, ..item });
    }

    /// One eviction. `drawn`: what went in fact, where chance decides.
    fn evict(&mut self, second: bool, drawn: Option<Key>) -> Key {
        let cap = self.cap;
        let [a, b, _] = &mut self.held;
        match self.rule {
            Rule::Fifo | Rule::Lru => a.remove(0).key,
            Rule::Lifo | Rule::Mru => a.pop().unwrap().key,
            Rule::Lfu => {
                let least = a.iter().map(|item| item.count).min().unwrap();
                let at = a.iter().position(|item| item.count == least).unwrap();
                a.remove(at).key
            }
            Rule::Random => pull(a, drawn.unwrap()).expect("something that was held").key,
            Rule::Clock => loop {
                let item = a.remove(0);
                if item.count == 0 {
                    break item.key;
                }
                a.push(Item { count: 0, ..item });
            },
            Rule::Sieve => {
                let mut at = self.hand.and_then(|key| find(a, key)).unwrap_or(0);
                while a[at].count > 0 {
                    a[at].count = 0;
                    at = (at + 1) % a.len();
                }
                self.hand = a.get(at + 1).map(|item| item.key);
                a.remove(at).key
            }
            Rule::TwoQ => {
                if !b.is_empty() && size(a) <= (cap * 0.25).floor() {
                    return b.remove(0).key;
                }
                let item = a.remove(0);
                self.bury(0, item, (cap * 0.5).floor());
                item.key
            }
            Rule::Arc => {
                let once = size(a);
                if b.is_empty() || !a.is_empty() && (once > self.p || once == self.p && second) {
                    let item = a.remove(0);
                    self.ghosts[0].push(item);
                    item.key
                } else {
                    let item = b.remove(0);
                    self.ghosts[1].push(item);
                    item.key
                }
            }
            Rule::S3Fifo => {
                self.evicted = true;
                let main = cap - self.small();
                let [a, b, _] = &mut self.held;
                if size(b) <= main {
                    while !a.is_empty() {
                        let item = a.remove(0);
                        if item.count < 2 {
                            self.bury(0, item, (cap * 0.9).floor());
                            return item.key;
                        }
                        b.push(Item { count: 0, ..item });
                    }
                }
                loop {
                    let item = b.remove(0);
                    if item.count == 0 {
                        break item.key;
                    }
                    b.push(Item { count: item.count.min(3) - 1, ..item });
                }
            }
            Rule::TinyLfu => unreachable!(),
        }
    }

    /// W-TinyLFU's maintenance. `drawn` are the victims in fact, in order: chance may let a newcomer in.
    fn settle(&mut self, drawn: &[Key]) -> Vec<Key> {
        let window = self.window();
        let mut newcomers: Vec<Key> = Vec::new();
        while size(&self.held[0]) > window {
            let item = self.held[0].remove(0);
            self.held[1].push(item);
            newcomers.push(item.key);
        }
        let mut gone = Vec::new();
        // Everything in the order in which it would go.
        let order: Vec<Key> = [1, 2, 0].iter().flat_map(|i| &self.held[*i]).map(|item| item.key).collect();
        let probation = self.held[1].len();
        let mut at = 0;
        while self.used() > self.cap {
            while order.get(at).is_some_and(|key| gone.contains(key)) {
                at += 1;
            }
            while newcomers.last().is_some_and(|key| gone.contains(key)) {
                newcomers.pop();
            }
            let old = order.get(at).copied().filter(|_| at < probation || newcomers.is_empty());
            let loser = match (old, newcomers.pop()) {
                (Some(old), None) => old,
                (None, Some(new)) => new,
                (Some(old), Some(new)) => {
                    let (its, other) = (self.sketch.frequency(old), self.sketch.frequency(new));
                    if other > its || other > 5 && drawn.get(gone.len()) == Some(&old) { old } else { new }
                }
                (None, None) => break,
            };
            gone.push(loser);
            self.held.iter_mut().for_each(|list| list.retain(|item| item.key != loser));
        }
        gone
    }

    fn room(&mut self, need: f64, second: bool, drawn: &[Key]) -> Vec<Key> {
        let mut gone = Vec::new();
        if self.rule == Rule::TinyLfu {
            return self.settle(drawn);
        }
        while self.used() + need > self.cap {
            let victim = self.evict(second, drawn.get(gone.len()).copied());
            gone.push(victim);
        }
        gone
    }

    pub fn insert(&mut self, key: Key, bytes: u64, drawn: &[Key]) -> Vec<Key> {
        let (need, cap) = (bytes as f64, self.cap);
        if need > cap {
            self.remove(key);
            return vec![key];
        }
        if self.hit(key) {
            self.held.iter_mut().flatten().filter(|item| item.key == key).for_each(|item| item.size = bytes);
            self.weighted |= bytes != 1;
            let gone = self.room(0.0, false, drawn);
            self.trim();
            return gone;
        }
        let item = Item { key, size: bytes, count: u32::from(self.rule == Rule::Lfu) };
        match self.rule {
            Rule::TwoQ => {
                let back = pull(&mut self.ghosts[0], key).is_some();
                let mut gone = self.room(need, false, drawn);
                let main = cap - (cap * 0.25).floor();
                while back && !self.held[1].is_empty() && size(&self.held[1]) + need > main {
                    gone.push(self.held[1].remove(0).key);
                }
                self.held[usize::from(back)].push(item);
                gone
            }
            Rule::S3Fifo => {
                let back = pull(&mut self.ghosts[0], key).is_some();
                let gone = self.room(need, false, drawn);
                let full = !self.evicted && size(&self.held[0]) >= self.small();
                self.held[usize::from(back || full)].push(item);
                gone
            }
            Rule::Arc => {
                let [b1, b2] = [0, 1].map(|i| size(&self.ghosts[i]));
                let first = pull(&mut self.ghosts[0], key).is_some();
                let second = pull(&mut self.ghosts[1], key).is_some();
                let mut gone = Vec::new();
                if first {
                    self.p = (self.p + (b2 / b1).max(1.0) * need).min(cap);
                } else if second {
                    self.p = (self.p - (b1 / b2).max(1.0) * need).max(0.0);
                } else if self.used() + need > cap {
                    let one = size(&self.held[0]) + b1;
                    if one + need > cap {
                        if self.ghosts[0].is_empty() {
                            if !self.held[0].is_empty() {
                                gone.push(self.held[0].remove(0).key);
                            }
                        } else {
                            self.ghosts[0].remove(0);
                        }
                    } else if self.used() + b1 + b2 + need > 2.0 * cap && !self.ghosts[1].is_empty() {
                        self.ghosts[1].remove(0);
                    }
                }
                gone.extend(self.room(need, second, drawn));
                self.held[usize::from(first || second)].push(item);
                self.trim();
                gone
            }
            Rule::TinyLfu => {
                self.held[0].push(item);
                self.weighted |= bytes != 1;
                if self.used() >= (cap / 2.0).floor() {
                    let entries = self.held.iter().map(Vec::len).sum::<usize>() as u64;
                    self.sketch.ensure(if self.weighted { entries } else { cap as u64 });
                }
                self.sketch.count(key);
                self.settle(drawn)
            }
            _ => {
                let gone = self.room(need, false, drawn);
                self.held[0].push(item);
                gone
            }
        }
    }

    fn trim(&mut self) {
        if self.rule == Rule::Arc {
            while size(&self.held[0]) + size(&self.ghosts[0]) > self.cap && !self.ghosts[0].is_empty() {
                self.ghosts[0].remove(0);
            }
            while self.used() + size(&self.ghosts[0]) + size(&self.ghosts[1]) > 2.0 * self.cap
                && !self.ghosts[1].is_empty()
            {
                self.ghosts[1].remove(0);
            }
        }
        let most = match self.rule {
            Rule::TwoQ => (self.cap * 0.5).floor(),
            Rule::S3Fifo => (self.cap * 0.9).floor(),
            _ => return,
        };
        while size(&self.ghosts[0]) > most {
            self.ghosts[0].remove(0);
        }
    }

    pub fn remove(&mut self, key: Key) -> bool {
        if self.hand == Some(key) {
            let at = find(&self.held[0], key).map_or(0, |at| at + 1);
            self.hand = self.held[0].get(at).map(|item| item.key);
        }
        self.held.iter_mut().any(|list| pull(list, key).is_some())
    }

    pub fn resize(&mut self, cap: u64, drawn: &[Key]) -> Vec<Key> {
        self.cap = cap as f64;
        self.p = self.p.min(self.cap);
        let gone = self.room(0.0, false, drawn);
        self.trim();
        gone
    }
}
