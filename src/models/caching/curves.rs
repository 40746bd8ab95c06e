//! Miss-ratio curves: what every rule misses of one trace at every size, nothing sampled.

use super::optimal::{NEVER, Optimal};
use super::popularity::WorkingSet;
use super::stack::Stack;
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
    Done,
}

pub struct Curves {
    trace: Rc<Vec<Key>>,
    keys: u64,
    sizes: Vec<u64>,
    seed: u64,
    work: Work,
    /// Line and size under way, requests done of it, and misses so far.
    line: usize,
    size: usize,
    at: usize,
    misses: u32,
    next: Vec<u32>,
    working: WorkingSet,
    /// Misses by line, then by size.
    found: Vec<u32>,
    /// Requests that went through some cache, of all that will.
    gone: u64,
}

impl Curves {
    /// Of a trace whose keys are dense: all below `keys`, and each of them asked for.
    pub fn new(trace: Rc<Vec<Key>>, keys: u64, seed: u64) -> Curves {
        let sizes = sizes(keys);
        let found = vec![UNKNOWN; if trace.is_empty() { 0 } else { LINES * sizes.len() }];
        let work = if trace.is_empty() { Work::Done } else { Work::Stack(Stack::new(keys as usize, sizes.clone())) };
        let working = WorkingSet::new(trace.len() as u64);
        Curves {
            trace,
            working,
            keys,
            sizes,
            seed,
            work,
            line: OPTIMAL,
            size: 0,
            at: 0,
            misses: 0,
            next: Vec::new(),
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
        Some(f64::from(*misses) / self.trace.len().max(1) as f64)
    }

    /// How many different keys stretches of the trace touch.
    pub fn working(&self) -> &WorkingSet {
        &self.working
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
                    let next = std::mem::replace(&mut seen[trace[now] as usize], now as u32);
                    self.next[now] = next;
                    self.working.request(now as u64, (next != NEVER).then_some(u64::from(next)));
                }
            }
            Work::Optimal(cache) => {
                let next = self.next.get(self.at..to).unwrap_or_default();
                let misses = next.iter().zip(self.at as u32..).filter(|(next, at)| !cache.request(*at, **next));
                self.misses += misses.count() as u32;
            }
            Work::Rule(cache) => self.misses += some.iter().filter(|key| !cache.request(**key)).count() as u32,
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
            Work::Optimal(_) | Work::Rule(_) => {
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
                // All fit: only the first request for each misses.
                self.note(line, size, self.keys as u32);
                size += 1;
            } else {
                return match Rule::ALL.get(line) {
                    Some(rule) => Work::Rule(Box::new(Cache::new(*rule, capacity, self.seed))),
                    None => Work::Optimal(Box::new(Optimal::new(self.trace.len(), capacity))),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::next_uses;
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

    proptest! {
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
