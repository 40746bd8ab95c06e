//! What a trace asks for. A plain number of a key is a read; writes and deletions are marked in the bits above it.

use super::{Cache, Key};

const WRITE: u32 = 1 << 30;
const DELETE: u32 = 1 << 31;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Read,
    /// Puts a value in, or another in the place of one that is there.
    Write,
    /// Deleted, or expired: it is gone.
    Delete,
}

/// As a trace has it.
pub const fn coded(op: Op, key: Key) -> u32 {
    match op {
        Op::Read => key,
        Op::Write => key | WRITE,
        Op::Delete => key | DELETE,
    }
}

pub const fn decoded(request: u32) -> (Op, Key) {
    let key = request & !(WRITE | DELETE);
    match request {
        _ if request & DELETE != 0 => (Op::Delete, key),
        _ if request & WRITE != 0 => (Op::Write, key),
        _ => (Op::Read, key),
    }
}

/// A cache through which such a trace goes, a miss putting in what was missed.
#[derive(Clone, Debug)]
pub struct Replay {
    cache: Cache,
    /// By key: it came by a miss, and nothing was done with it since. A write of it then is what an application does
    /// after a miss, and no further use.
    fresh: Vec<bool>,
}

impl Replay {
    /// For keys below `keys`.
    pub fn new(cache: Cache, keys: usize) -> Replay {
        Replay { cache, fresh: vec![false; keys] }
    }

    /// Whether it was a read that missed.
    pub fn misses(&mut self, request: u32) -> bool {
        let (op, key) = decoded(request);
        let fresh = self.fresh.get_mut(key as usize).map(|fresh| std::mem::replace(fresh, false)).unwrap_or_default();
        match op {
            Op::Read => {
                let missed = !self.cache.request(key);
                if let Some(fresh) = self.fresh.get_mut(key as usize) {
                    *fresh = missed;
                }
                missed
            }
            Op::Write => {
                // It may have gone meanwhile, or not have been let in.
                if !(fresh && self.cache.contains(key)) {
                    self.cache.request(key);
                }
                false
            }
            Op::Delete => {
                self.cache.remove(key);
                false
            }
        }
    }
}
