//! Is a history of registers linearizable? Wing & Gong's search ("Testing and Verifying Concurrent Objects", 1993)
//! with what Lowe added ("Testing for Linearizability", 2017): configurations are remembered, and an operation is
//! placed only when one that must be placed is about to end. Keys are checked one by one (Horn & Kroening, "Faster
//! linearizability checking via P-compositionality", 2015).
//!
//! As the search is exhaustive and goes along the history, the operation at whose end no order is left is the first at
//! which the history could have been told from a linearizable one.

use super::history::{History, Kind, NIL, Op, Outcome};
use crate::sim::order;
use std::rc::Rc;

mod doom;
mod search;
#[cfg(test)]
pub(super) mod tests;
mod words;

use search::{Found, Search};

/// After so many steps on one key the checker says that it does not know.
pub const STEPS: u64 = 8_000_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Linearizable,
    Broken(Violation),
    /// Some key's search was given up after so many steps, and no other key is broken.
    Undecided(u64),
}

/// Why a history is not linearizable. Operations go by their `id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub key: u32,
    /// The operation that has no place: all that ended before it can be ordered, but not with it. Never a write, as a
    /// write can always come last.
    pub stuck: u32,
    /// When it ended: from then on the history was not linearizable.
    pub at: u64,
    /// The longest part that can be ordered, in a possible order.
    pub order: Vec<u32>,
    /// Values that the register could have had when it was needed: those that the search met, at most 16.
    pub could: Vec<u32>,
    /// All that was under way on this key between its begin and its end.
    pub concurrent: Vec<u32>,
    /// Those that contradict it: who wrote its value, and who proves that it was gone, as far as that is a few.
    pub against: Vec<u32>,
    pub words: String,
}

/// A check that is done in slices.
pub struct Checker {
    history: Rc<History>,
    /// Places of operations by key.
    keys: Vec<Vec<u32>>,
    next: usize,
    search: Option<Search>,
    limit: u64,
    steps: u64,
    undecided: Option<u64>,
    broken: Option<Violation>,
}

impl Checker {
    /// `limit`: steps for one key, such as [`STEPS`].
    pub fn new(history: Rc<History>, limit: u64) -> Checker {
        let mut pairs: Vec<(u64, u32)> = history.ops.iter().map(|op| u64::from(op.key)).zip(0..).collect();
        order::sort(&mut pairs);
        let keys = pairs.chunk_by(|a, b| a.0 == b.0).map(|of| of.iter().map(|pair| pair.1).collect()).collect();
        Checker { history, keys, next: 0, search: None, limit, steps: 0, undecided: None, broken: None }
    }

    /// At most about `budget` steps of work, some 5,000,000 of which take a second. `false`: done.
    pub fn step(&mut self, budget: u64) -> bool {
        let end = self.steps + budget.max(1);
        while self.steps < end {
            let Some(places) = self.keys.get(self.next) else { return false };
            let search = self.search.get_or_insert_with(|| Search::new(&self.history.ops, places));
            // Building it is work, too.
            self.steps += if search.steps == 0 { places.len() as u64 } else { 0 };
            let before = search.steps;
            let left = (end.saturating_sub(self.steps)).min(self.limit.saturating_sub(before)).max(1);
            let found = search.run(left);
            self.steps += search.steps - before;
            match found {
                None if search.steps < self.limit && !search.full() => continue,
                None => self.undecided = self.undecided.max(Some(search.steps)),
                Some(Found::Order) => {}
                Some(Found::Stuck(stuck)) => {
                    let made = words::violation(&self.history, places, stuck);
                    // Of several broken keys, the one that was broken first.
                    if self.broken.as_ref().is_none_or(|old| made.at < old.at) {
                        self.broken = Some(made);
                    }
                }
            }
            self.search = None;
            self.next += 1;
        }
        self.next < self.keys.len()
    }

    /// From 0 to 1.
    pub fn progress(&self) -> f64 {
        let part = self.search.as_ref().map_or(0.0, Search::progress);
        (self.next as f64 + part) / (self.keys.len() as f64).max(1.0)
    }

    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What is known once `step` has said `false`; before that, what is known already.
    pub fn verdict(&self) -> Option<Verdict> {
        match (&self.broken, self.undecided) {
            _ if self.next < self.keys.len() => None,
            (Some(broken), _) => Some(Verdict::Broken(broken.clone())),
            (None, Some(steps)) => Some(Verdict::Undecided(steps)),
            (None, None) => Some(Verdict::Linearizable),
        }
    }
}

/// In one go.
pub fn check(history: &Rc<History>, limit: u64) -> Verdict {
    let mut checker = Checker::new(history.clone(), limit);
    while checker.step(u64::MAX / 2) {}
    checker.verdict().unwrap_or(Verdict::Undecided(0))
}

/// Whether an operation says anything about the register: not one that failed, nor a read without an answer.
fn counts(op: &Op) -> bool {
    match (op.outcome, op.kind) {
        (Outcome::Fail, _) | (_, Kind::Read(None)) => false,
        (Outcome::Info, Kind::Read(_)) => false,
        (Outcome::Info, Kind::Cas(from, to)) => from != to,
        _ => true,
    }
}
