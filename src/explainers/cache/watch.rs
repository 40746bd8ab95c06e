//! What must hold, watched as it happens: each promise, and what broke it first.

use super::types::*;
use super::world::World;
use crate::explainers::{Check, Verdict};
use crate::sim::Micros;

const CLAIMS: &[(&str, &str)] = &[
    ("bounded", "No entry stays stale for longer than the bound"),
    ("durable", "No acknowledged write is lost"),
    ("capacity", "No cache holds more than its capacity"),
    ("single", "No key is loaded more than once at a time"),
    ("ryw", "A client reads what it wrote, or something newer (read your writes)"),
];

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch {
    /// What broke, when, and how.
    broken: Vec<(&'static str, Micros, String)>,
}

impl Watch {
    pub(super) fn break_it(&mut self, key: &'static str, at: Micros, why: impl FnOnce() -> String) -> bool {
        let fresh = !self.is_broken(key);
        if fresh {
            self.broken.push((key, at, why()));
        }
        fresh
    }

    pub fn is_broken(&self, key: &str) -> bool {
        self.broken.iter().any(|(known, ..)| *known == key)
    }
}

impl World {
    pub fn checks(&self) -> Vec<Check> {
        let verdict = |key: &str| match self.watch.broken.iter().find(|(known, ..)| *known == key) {
            None => Verdict::Holds,
            Some((_, at, why)) => Verdict::Broken(*at, why.clone()),
        };
        CLAIMS.iter().map(|(key, claim)| Check { key, claim, verdict: verdict(key) }).collect()
    }
}
