//! Miss-ratio curves: what every rule misses of one trace at every size, nothing sampled.

use super::optimal::{NEVER, Optimal};
use super::popularity::WorkingSet;
use super::stack::Stack;
use super::trace::{Op, Replay, decoded};
use super::{Cache, Key, Rule};
use std::rc::Rc;

/// Every rule in the order of `Rule::ALL`, and the optimum.
pub const LINES: usize = Rule::ALL.len() + 1;
/// The line of the optimum.
pub const OPTIMAL: usize = LINES - 1;
/// So many sizes, fewer where there are fewer keys.
const SIZES: usize = 20;
/// Not computed yet.
const UNKNOWN: u32 = u32::MAX;

pub fn line_name(line: usize) -> &'static str {
    Rule::ALL.get(line).map_or("Bélády", |rule| rule.name())
}

/// From 1 entry to as many as there are keys, evenly by logarithm.
pub fn sizes(keys: u64) -> Vec<u64> {
    let most = libm::log(keys.max(1) as f64);
    let size = |i: usize| libm::round(libm::exp(most * i as f64 / (SIZES - 1) as f64)) as u64;
    let mut all: Vec<u64> = (0..SIZES).map(size).chain([keys.max(1)]).collect();
    all.dedup();
    all
}

enum Work {
    /// LRU at all sizes in one pass.
    Stack(Stack),
    /// When each key is asked for next, from the end on; by key, when it was seen last.
    Next(Vec<u32>),
    Optimal(Box<Optimal>),
    Rule(Box<Cache>),
    /// A rule on a trace that writes and deletes as well.
    Replay(Box<Replay>),
    Done,
}

pub struct Curves {
    trace: Rc<Vec<Key>>,
    keys: u64,
    /// Requests that read, and those among them that miss in a cache that has room for all: known after `Work::Next`.
    reads: u64,
    first: u32,
    sizes: Vec<u64>,
    seed: u64,
    work: Work,
    /// Line and size under way, requests done of it, and misses so far.
    line: usize,
    size: usize,
    at: usize,
    misses: u32,
    next: Vec<u32>,
    /// By key, the read of it that was seen last, as `Work::Next` goes on; reads counted among themselves.
    read: Vec<u32>,
    working: WorkingSet,
    /// Misses by line, then by size.
    found: Vec<u32>,
    /// Requests that went through some cache, of all that will.
    gone: u64,
}

impl Curves {
    /// Of reads whose keys are dense: all below `keys`, and each of them asked for.
    pub fn new(trace: Rc<Vec<Key>>, keys: u64, seed: u64) -> Curves {
        let reads = trace.len() as u64;
        Curves::replayed(trace, keys, reads, seed)
    }

    /// Of a trace of which so many requests read; the others write or delete (`trace::coded`) and are no misses.
    pub fn replayed(trace: Rc<Vec<u32>>, keys: u64, reads: u64, seed: u64) -> Curves {
        let sizes = sizes(keys);
        let plain = reads == trace.len() as u64;
        let found = vec![UNKNOWN; if reads == 0 { 0 } else { LINES * sizes.len() }];
        let work = match plain {
            _ if reads == 0 => Work::Done,
            true => Work::Stack(Stack::new(keys as usize, sizes.clone())),
            false => Work::Next(vec![NEVER; keys as usize]),
        };
        Curves {
            working: WorkingSet::new(reads),
            next: if plain { Vec::new() } else { vec![NEVER; trace.len()] },
            read: if plain { Vec::new() } else { vec![NEVER; keys as usize] },
            first: if plain { keys as u32 } else { reads as u32 },
            trace,
            keys,
            reads,
            sizes,
            seed,
            work,
            line: OPTIMAL,
            size: 0,
            at: 0,
            misses: 0,
            found,
            gone: 0,
        }
    }

    pub fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// The share of requests that miss, from 0 to 1; `None`: not computed yet.
    pub fn ratio(&self, line: usize, size: usize) -> Option<f64> {
        let misses = self.found.get(line * self.sizes.len() + size).filter(|misses| **misses != UNKNOWN)?;
        Some(f64::from(*misses) / self.reads.max(1) as f64)
    }

    /// How many different keys stretches of the trace touch.
    pub fn working(&self) -> &WorkingSet {
        &self.working
    }

    /// Reads that miss even where everything fits, as nothing of their key is there yet, or no longer.
    pub fn compulsory(&self) -> u32 {
        self.first
    }

    /// Misses by line and size, and how another goes on from there; `None`: not computed yet.
    pub fn found(&self) -> &[u32] {
        &self.found
    }
    pub fn resume(&mut self, found: impl Iterator<Item = u32>) {
        self.found.iter_mut().zip(found).for_each(|(mine, found)| *mine = found);
    }

    pub fn done(&self) -> bool {
        self.found.iter().all(|misses| *misses != UNKNOWN)
    }

    pub fn progress(&self) -> f64 {
        // Two passes, and one each for every other line and size; where every key fits, nothing is computed.
        let passes = 2 + (LINES - 1) * (self.sizes.len() - 1);
        let known = self.found.iter().filter(|misses| **misses != UNKNOWN).count() as f64 / self.found.len() as f64;
        let gone = self.gone as f64 / (passes as f64 * self.trace.len().max(1) as f64);
        if self.done() { 1.0 } else { gone.max(known - 1.0 / LINES as f64).clamp(0.0, 0.999) }
    }

    fn note(&mut self, line: usize, size: usize, misses: u32) {
        let at = line * self.sizes.len() + size;
        if let Some(found) = self.found.get_mut(at) {
            *found = misses;
        }
    }

    /// Some requests more through some cache. `false`: done.
    pub fn step(&mut self, requests: usize) -> bool {
        let trace = Rc::clone(&self.trace);
        let to = (self.at + requests).min(trace.len());
        let some = trace.get(self.at..to).unwrap_or_default();
        self.gone += some.len() as u64;
        match &mut self.work {
            Work::Stack(stack) => some.iter().for_each(|key| stack.request(*key)),
            Work::Next(seen) => {
                // Backwards: `at` counts from the end.
                let len = trace.len();
                for back in self.at..to {
                    let now = len - 1 - back;
                    let Some((op, key)) = trace.get(now).map(|request| decoded(*request)) else { continue };
                    let Some(seen) = seen.get_mut(key as usize) else { continue };
                    // What is written or deleted next is of no use until then.
                    let next = std::mem::replace(seen, if op == Op::Read { now as u32 } else { NEVER });
                    if let Some(place) = self.next.get_mut(now) {
                        *place = next;
                    }
                    if self.read.is_empty() {
                        self.working.request(now as u64, (next != NEVER).then_some(u64::from(next)));
                        continue;
                    }
                    // A read that finds it there, put by the one before it or by a write.
                    self.first -= u32::from(op != Op::Delete && next != NEVER);
                    if op == Op::Read
                        && let Some(read) = self.read.get_mut(key as usize)
                    {
                        self.misses += 1;
                        let at = self.reads as u32 - self.misses;
                        let next = std::mem::replace(read, at);
                        self.working.request(u64::from(at), (next != NEVER).then_some(u64::from(next)));
                    }
                }
            }
            Work::Optimal(cache) => {
                for (at, next) in (self.at as u32..).zip(self.next.get(self.at..to).unwrap_or_default()) {
                    let (op, _) = decoded(trace.get(at as usize).copied().unwrap_or_default());
                    // What is deleted is no longer wanted since it was asked for last: it goes first anyway.
                    self.misses += u32::from(op != Op::Delete && !cache.request(at, *next) && op == Op::Read);
                }
            }
            Work::Rule(cache) => self.misses += some.iter().filter(|key| !cache.request(**key)).count() as u32,
            Work::Replay(replay) => self.misses += some.iter().filter(|one| replay.misses(**one)).count() as u32,
            Work::Done => return false,
        }
        self.at = to;
        if to < trace.len() {
            return true;
        }
        self.at = 0;
        self.work = match std::mem::replace(&mut self.work, Work::Done) {
            Work::Stack(stack) => {
                for (size, misses) in stack.misses().into_iter().enumerate() {
                    self.note(Rule::ALL.iter().position(|rule| *rule == Rule::Lru).unwrap_or(0), size, misses);
                }
                self.next = vec![NEVER; trace.len()];
                Work::Next(vec![NEVER; self.keys as usize])
            }
            Work::Next(_) => self.begin(OPTIMAL, 0),
            Work::Optimal(_) | Work::Rule(_) | Work::Replay(_) => {
                self.note(self.line, self.size, self.misses);
                self.begin(self.line, self.size + 1)
            }
            Work::Done => Work::Done,
        };
        !matches!(self.work, Work::Done)
    }

    /// The next line and size there is something to compute for.
    fn begin(&mut self, mut line: usize, mut size: usize) -> Work {
        self.misses = 0;
        loop {
            let Some(capacity) = self.sizes.get(size).copied() else {
                // The optimum is first, then every rule.
                line = if line == OPTIMAL { 0 } else { line + 1 };
                size = 0;
                self.next = Vec::new();
                if line == OPTIMAL {
                    return Work::Done;
                }
                continue;
            };
            (self.line, self.size) = (line, size);
            if self.found.get(line * self.sizes.len() + size).is_some_and(|misses| *misses != UNKNOWN) {
                size += 1;
            } else if capacity >= self.keys {
                // All fit: only the first request for each misses, and that after it was deleted.
                self.note(line, size, self.first);
                size += 1;
            } else {
                return match Rule::ALL.get(line) {
                    Some(rule) => {
                        let cache = Cache::new(*rule, capacity, self.seed);
                        match self.read.is_empty() {
                            true => Work::Rule(Box::new(cache)),
                            false => Work::Replay(Box::new(Replay::new(cache, self.keys as usize))),
                        }
                    }
                    None => Work::Optimal(Box::new(Optimal::new(self.trace.len(), capacity))),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::next_uses;
    use super::super::trace::coded;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_rise_from_one_to_all() {
        for keys in [0, 1, 2, 3, 19, 20, 24, 1_000, 10_000_000] {
            let sizes = sizes(keys);
            assert!(sizes.windows(2).all(|pair| pair[0] < pair[1]), "{sizes:?}");
            assert!(sizes[0] == 1 && sizes.last() == Some(&keys.max(1)) && sizes.len() <= SIZES + 1);
            assert!(keys < 200 || sizes.len() >= 18);
        }
    }

    /// What each cache of all rules misses of a trace that writes and deletes, and the optimum against all of them.
    fn replayed(raw: &[(u32, u8)], some: usize) {
        let trace: Vec<u32> = raw
            .iter()
            .map(|(key, op)| {
                coded(
                    if *op < 6 {
                        Op::Read
                    } else if *op < 8 {
                        Op::Write
                    } else {
                        Op::Delete
                    },
                    *key,
                )
            })
            // One at least is a read, and one is none.
            .chain([coded(Op::Read, 22), coded(Op::Write, 23)])
            .collect();
        let reads = trace.iter().filter(|one| decoded(**one).0 == Op::Read).count() as u64;
        let mut curves = Curves::replayed(Rc::new(trace.clone()), 24, reads, 3);
        while curves.step(some) {
            assert!(curves.progress() <= 1.0);
        }
        assert!(curves.done());
        // Where everything fits, a read misses if its key was never put in or has been deleted since.
        let mut held = [false; 24];
        let missed = |(op, key): (Op, Key)| {
            op == Op::Read && !std::mem::replace(&mut held[key as usize], true) || {
                held[key as usize] = op != Op::Delete;
                false
            }
        };
        let first = trace.iter().map(|one| decoded(*one)).map(missed).filter(|missed| *missed).count() as u32;
        assert_eq!(curves.compulsory(), first);
        for (i, size) in curves.sizes().iter().enumerate() {
            for (line, rule) in Rule::ALL.iter().enumerate() {
                let mut replay = Replay::new(Cache::new(*rule, *size, 3), 24);
                let misses = trace.iter().filter(|one| replay.misses(**one)).count() as u32;
                assert_eq!(curves.found()[line * curves.sizes().len() + i], misses, "{rule:?} {size}");
                assert!(misses >= first);
            }
            // A plain LRU of the same size: a list, the newest first. A write after a miss is that miss's own.
            let (mut list, mut misses, mut fresh) = (Vec::new(), 0, [false; 24]);
            for (op, key) in trace.iter().map(|one| decoded(*one)) {
                let at = list.iter().position(|other| *other == key);
                let own = std::mem::replace(&mut fresh[key as usize], op == Op::Read && at.is_none());
                misses += u32::from(op == Op::Read && at.is_none());
                if op == Op::Write && own && at.is_some() {
                    continue;
                }
                if let Some(at) = at {
                    list.remove(at);
                }
                if op != Op::Delete {
                    list.insert(0, key);
                    list.truncate(*size as usize);
                }
            }
            let lru = Rule::ALL.iter().position(|rule| *rule == Rule::Lru).unwrap();
            assert_eq!(curves.found()[lru * curves.sizes().len() + i], misses, "{size}");
        }
    }

    proptest! {
        // Each is a cache of every rule and size.
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn writes_and_deletions_are_replayed(
            raw in prop::collection::vec((0u32..24, 0u8..10), 1..400), some in 1usize..50
        ) {
            replayed(&raw, some);
        }

        #[test]
        fn every_line_is_what_its_rule_misses(raw in prop::collection::vec(0u32..40, 1..400), some in 1usize..50) {
            let mut names: Vec<u32> = Vec::new();
            let dense = |key: &u32| names.iter().position(|name| name == key).unwrap_or_else(|| {
                names.push(*key);
                names.len() - 1
            }) as u32;
            let trace: Vec<Key> = raw.iter().map(dense).collect();
            let mut curves = Curves::new(Rc::new(trace.clone()), names.len() as u64, 3);
            let mut last = 0.0;
            while curves.step(some) {
                prop_assert!(curves.progress() >= last && curves.progress() <= 1.0);
                last = curves.progress();
            }
            prop_assert!(curves.done() && curves.progress() == 1.0);
            let next = next_uses(&trace);
            for (i, size) in curves.sizes().iter().enumerate() {
                for (line, rule) in Rule::ALL.iter().enumerate() {
                    let mut cache = Cache::new(*rule, *size, 3);
                    let misses = trace.iter().filter(|key| !cache.request(**key)).count();
                    prop_assert_eq!(curves.found()[line * curves.sizes().len() + i], misses as u32, "{:?} {}", rule, size);
                }
                let mut cache = Optimal::new(trace.len(), *size);
                let misses = next.iter().zip(0..).filter(|(next, at)| !cache.request(*at, **next)).count();
                prop_assert_eq!(curves.ratio(OPTIMAL, i), Some(misses as f64 / trace.len() as f64));
            }
        }
    }
}
