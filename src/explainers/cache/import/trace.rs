//! Requests as they were read: keys by number, and what is remembered of their names and sizes.

use crate::models::caching::trace::{Op, coded, decoded};
use crate::models::caching::{Interner, Key};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

/// Names kept: of the keys that came first. The popular ones are among them.
const NAMES: usize = 1 << 16;
/// Of each so much.
const LENGTH: usize = 48;

/// A trace as it is being read.
#[derive(Default)]
pub struct Side {
    pub keys: Interner,
    /// As `models::caching::trace` has them.
    pub requests: Vec<u32>,
    pub reads: u64,
    pub writes: u64,
    /// Deletions, and entries that expired: of what was there.
    pub deleted: u64,
    pub expired: u64,
    names: Vec<u8>,
    ends: Vec<u32>,
    /// By key, the latest known; empty as long as none is known.
    sizes: Vec<u32>,
    /// By key, whether it has been asked for since it was deleted last.
    live: Vec<bool>,
    /// By database, what came to live there since it was emptied last.
    spaces: Vec<(u64, Vec<Key>)>,
    /// By key, when it expires, in µs; empty as long as nothing does. And all of these moments, some of them void.
    until: Vec<u64>,
    due: BinaryHeap<Reverse<(u64, Key)>>,
}

/// Not told.
const UNKNOWN: u32 = u32::MAX;
/// Does not expire.
const NEVER: u64 = u64::MAX;

impl Side {
    /// A read or a write; the key, if it was not there.
    pub fn take(&mut self, op: Op, name: &[u8], space: u64, size: Option<u32>) -> Option<Key> {
        let key = self.keys.key(name, space);
        self.requests.push(coded(op, key));
        *(if op == Op::Read { &mut self.reads } else { &mut self.writes }) += 1;
        let lived = match self.live.get_mut(key as usize) {
            Some(live) => std::mem::replace(live, true),
            None => {
                self.live.push(true);
                false
            }
        };
        if key as usize == self.ends.len() && self.ends.len() < NAMES {
            self.names.extend_from_slice(name.get(..LENGTH).unwrap_or(name));
            self.ends.push(self.names.len() as u32);
        }
        if let Some(size) = size {
            if self.sizes.len() <= key as usize {
                self.sizes.resize(key as usize + 1, UNKNOWN);
            }
            if let Some(known) = self.sizes.get_mut(key as usize) {
                *known = size;
            }
        }
        (!lived).then_some(key)
    }

    fn drop(&mut self, key: Key) -> bool {
        let Some(live) = self.live.get_mut(key as usize).filter(|live| **live) else { return false };
        *live = false;
        if let Some(until) = self.until.get_mut(key as usize) {
            *until = NEVER;
        }
        self.requests.push(coded(Op::Delete, key));
        true
    }

    /// What nobody has asked for needs no deleting.
    pub fn delete(&mut self, name: &[u8], space: u64) {
        let known = self.keys.known(name, space);
        self.deleted += u64::from(known.is_some_and(|key| self.drop(key)));
    }

    /// A key is in a database from now on: needed if that is emptied.
    pub fn lives(&mut self, key: Key, space: u64) {
        match self.spaces.iter_mut().find(|one| one.0 == space) {
            Some((_, keys)) => keys.push(key),
            None => self.spaces.push((space, vec![key])),
        }
    }

    /// All of a database goes; `None`: of all databases.
    pub fn empty(&mut self, space: Option<u64>) {
        let mut gone = Vec::new();
        for (_, keys) in self.spaces.iter_mut().filter(|one| space.is_none_or(|space| one.0 == space)) {
            gone.append(keys);
        }
        self.deleted += gone.into_iter().filter(|key| self.drop(*key)).count() as u64;
    }

    /// It expires then, in seconds; `None`: not any more.
    pub fn expires(&mut self, name: &[u8], space: u64, at: Option<f64>) {
        let Some(at) = at.map(|at| (at * 1e6).clamp(0.0, 1e18) as u64) else {
            if self.until.is_empty() {
                return;
            }
            let key = self.keys.known(name, space);
            if let Some(until) = key.and_then(|key| self.until.get_mut(key as usize)) {
                *until = NEVER;
            }
            return;
        };
        let Some(key) = self.keys.known(name, space).filter(|key| self.live.get(*key as usize) == Some(&true)) else {
            return;
        };
        if self.until.len() <= key as usize {
            self.until.resize(key as usize + 1, NEVER);
        }
        if let Some(until) = self.until.get_mut(key as usize) {
            *until = at;
            self.due.push(Reverse((at, key)));
        }
    }

    /// What has expired up to a moment, in seconds, goes.
    pub fn pass(&mut self, now: f64) {
        let now = (now * 1e6).clamp(0.0, 1e18) as u64;
        while let Some(Reverse((at, key))) = self.due.peek().copied().filter(|due| due.0.0 <= now) {
            self.due.pop();
            if self.until.get(key as usize) == Some(&at) {
                self.expired += u64::from(self.drop(key));
            }
        }
    }

    /// Without any reads, writes are what is asked for.
    pub fn writes_as_reads(&mut self) {
        for request in &mut self.requests {
            if let (Op::Write, key) = decoded(*request) {
                *request = key;
            }
        }
        self.reads = std::mem::take(&mut self.writes);
    }
}

/// A reader's trace: all requests are for keys below `keys`, and each of those is read or written.
pub struct Trace {
    /// As `models::caching::trace` has them.
    pub requests: Rc<Vec<u32>>,
    pub reads: u64,
    pub keys: u32,
    /// Of the values of those keys whose size was told: their mean in bytes.
    pub size: Option<f64>,
    /// From the first to the last request, where the trace says so.
    pub seconds: Option<f64>,
    names: Vec<u8>,
    ends: Vec<u32>,
}

impl Trace {
    pub fn new(side: Side, seconds: Option<f64>) -> Trace {
        let told = || side.sizes.iter().filter(|size| **size != UNKNOWN);
        let sum: f64 = told().map(|size| f64::from(*size)).sum();
        let n = told().count();
        Trace {
            size: (n > 0).then(|| sum / n as f64),
            keys: side.keys.len(),
            reads: side.reads,
            requests: Rc::new(side.requests),
            seconds,
            names: side.names,
            ends: side.ends,
        }
    }

    /// A key's name, if it is remembered; where it is long, its beginning.
    pub fn name(&self, key: Key) -> Option<String> {
        let end = *self.ends.get(key as usize)? as usize;
        let from = match key {
            0 => 0,
            key => *self.ends.get(key as usize - 1)? as usize,
        };
        let name = self.names.get(from..end)?;
        let mut text: String = String::from_utf8_lossy(name).chars().filter(|c| !c.is_control()).collect();
        if name.len() == LENGTH {
            text.push('…');
        }
        Some(text)
    }
}
