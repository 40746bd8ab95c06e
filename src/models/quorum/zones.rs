//! An online check of linearizability for one register whose every write has a value of its own: Gibbons & Korach,
//! "Testing Shared Memories" (SIAM J. Comput. 26, 1997).
//!
//! A write and the reads that returned it are a cluster. Its zone lies between the first end and the last begin of its
//! operations. A cluster must come before another one if an operation of it ended before one of the other's began; a
//! history is linearizable just if no two clusters must both come before each other, and no read is over before its
//! write begins. Zones only grow, and only when a read ends; so each answer costs one look at the zones there are.

use super::pages::{PAGE, Pages};
use crate::sim::Micros;

/// Stands for the state before anything was written.
const START: u32 = u32::MAX;
const NONE: u32 = u32::MAX;

/// A write that began. Its value goes by its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Write {
    id: u32,
    begun: Micros,
    /// Place of its zone, once an operation of its cluster has ended.
    zone: u32,
}

/// Moments are one later than they are, so that 0 is before everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Zone {
    write: u32,
    /// The first end, and whose.
    end: Micros,
    ended: u32,
    /// The last begin, and whose.
    begin: Micros,
    began: u32,
}

/// The first violation. Operations go by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Clash {
    /// When it was there for all to see: the end of `read`.
    pub at: Micros,
    pub read: u32,
    /// The write whose value it returned; `None`: nothing.
    pub value: Option<u32>,
    /// `None`: nobody had begun to write that value.
    pub proof: Option<Proof>,
}

/// Why the value was old: another cluster lies in between.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proof {
    /// The first operation to end that wrote or returned the old value; `None`: nothing was written yet.
    pub old: Option<u32>,
    /// It began after `old` had ended, and wrote or returned the other value.
    pub after: u32,
    /// It wrote or returned the other value and ended before the read began.
    pub before: u32,
    /// The write of the other value.
    pub other: u32,
}

impl Clash {
    /// The operations of the counterexample, the read last.
    pub fn ops(&self) -> Vec<u32> {
        let mut ops = Vec::new();
        if let Some(proof) = &self.proof {
            for op in proof.old.into_iter().chain([proof.after, proof.before]) {
                if !ops.contains(&op) && op != self.read {
                    ops.push(op);
                }
            }
        }
        ops.push(self.read);
        ops
    }

    /// `op` names an operation, such as `read 7`; `value` the value of a write, such as `v3`.
    pub fn words(&self, op: &dyn Fn(u32) -> String, value: &dyn Fn(u32) -> String) -> String {
        let read = op(self.read);
        let got = self.value.map_or("nothing".to_string(), value);
        let Some(proof) = &self.proof else {
            return format!("{read} returned {got}, which nobody had begun to write.");
        };
        let other = value(proof.other);
        let before = op(proof.before);
        let seen = match proof.before == proof.other {
            true => format!("{read} returned {got}, although {before} was acknowledged before it began"),
            false => format!("{read} returned {got}, although {before} had returned {other} before it began"),
        };
        match proof.old {
            None => format!("{seen}."),
            Some(old) if Some(old) == self.value && proof.after == proof.other => {
                format!("{seen}, and {other} was written after {got} was acknowledged.")
            }
            Some(old) => {
                format!("{seen}; and {got} is older than {other}: {} began when {} was over.", op(proof.after), op(old))
            }
        }
    }
}

/// Fed in the order of time; at one and the same moment, begins first. Writes are numbered in the order of their
/// begin. A write that times out is one that never ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch {
    writes: Pages<Write>,
    /// In the order of their end. The first is that of the start.
    zones: Pages<Zone>,
    /// The latest begin in each page of zones.
    tops: Vec<Micros>,
    clash: Option<Clash>,
}

impl Watch {
    /// A write begins. Its number must be higher than those before; else nothing happens.
    pub fn begin(&mut self, write: u32, at: Micros) {
        let last = self.writes.len().checked_sub(1).and_then(|last| self.writes.get(last));
        if self.clash.is_none() && last.is_none_or(|last| last.id < write) {
            self.writes.push(Write { id: write, begun: at, zone: NONE });
        }
    }

    /// A write is acknowledged.
    pub fn acknowledge(&mut self, write: u32, at: Micros) {
        if self.clash.is_some() {
            return;
        }
        self.start();
        if let Some(place) = self.place(write)
            && let Some(known) = self.writes.get(place).filter(|known| known.zone == NONE)
        {
            let begin = known.begun + 1;
            self.open(place, Zone { write, end: at + 1, ended: write, begin, began: write });
        }
    }

    /// A read that began at `begun` returns the value of a write, or nothing. Reads that never return do not matter.
    pub fn read(&mut self, read: u32, begun: Micros, value: Option<u32>, at: Micros) {
        if self.clash.is_some() {
            return;
        }
        self.start();
        let place = match value.map(|write| (write, self.place(write))) {
            None => 0,
            Some((_, None)) => {
                self.clash = Some(Clash { at, read, value, proof: None });
                return;
            }
            Some((write, Some(place))) => match self.writes.get(place) {
                Some(known) if known.zone == NONE => {
                    let own = begun > known.begun;
                    let (begin, began) = if own { (begun + 1, read) } else { (known.begun + 1, write) };
                    // All begins lie before now, the first end: nobody must come after it yet.
                    self.open(place, Zone { write, end: at + 1, ended: read, begin, began });
                    return;
                }
                known => known.map_or(0, |known| known.zone as usize),
            },
        };
        let begin = begun + 1;
        let Some(zone) = self.zones.get(place).filter(|zone| zone.begin < begin) else { return };
        let (end, ended) = (zone.end, zone.ended);
        if let Some(other) = self.between(end, begin, place) {
            let old = (ended != START).then_some(ended);
            let proof = Proof { old, after: other.began, before: other.ended, other: other.write };
            self.clash = Some(Clash { at, read, value, proof: Some(proof) });
            return;
        }
        if let Some(zone) = self.zones.change(place) {
            (zone.begin, zone.began) = (begin, read);
        }
        if let Some(top) = self.tops.get_mut(place / PAGE) {
            *top = (*top).max(begin);
        }
    }

    pub fn clash(&self) -> Option<&Clash> {
        self.clash.as_ref()
    }

    /// Before everything there is one cluster: nothing.
    fn start(&mut self) {
        if self.zones.len() == 0 {
            self.add(Zone { write: START, end: 0, ended: START, begin: 0, began: START });
        }
    }

    fn place(&self, write: u32) -> Option<usize> {
        let place = self.writes.partition_point(|known| known.id < write);
        self.writes.get(place).filter(|known| known.id == write).map(|_| place)
    }

    fn open(&mut self, place: usize, zone: Zone) {
        if let Some(write) = self.writes.change(place) {
            write.zone = self.zones.len() as u32;
        }
        self.add(zone);
    }

    fn add(&mut self, zone: Zone) {
        if self.zones.len().is_multiple_of(PAGE) {
            self.tops.push(0);
        }
        if let Some(top) = self.tops.last_mut() {
            *top = (*top).max(zone.begin);
        }
        self.zones.push(zone);
    }

    /// A zone that ends before `begin` and begins after `end`: the last such one that is not `own`. By pages, so that
    /// a look costs a 64th of the zones, and two pages more.
    fn between(&self, end: Micros, begin: Micros, own: usize) -> Option<&Zone> {
        let past = self.zones.partition_point(|zone| zone.end < begin);
        for page in (0..past.div_ceil(PAGE)).rev() {
            if self.tops.get(page).is_some_and(|top| *top > end) {
                let places = page * PAGE..past.min((page + 1) * PAGE);
                let is = |place: &usize| *place != own && self.zones.get(*place).is_some_and(|zone| zone.begin > end);
                if let Some(found) = places.rev().find(is) {
                    return self.zones.get(found);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
