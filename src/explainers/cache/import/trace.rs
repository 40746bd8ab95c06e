//! Requests as they were read: keys by number, and what is remembered of their names and sizes.

use crate::models::caching::{Interner, Key};
use std::rc::Rc;

/// Names kept: of the keys that came first. The popular ones are among them.
const NAMES: usize = 1 << 16;
/// Of each so much.
const LENGTH: usize = 48;

#[derive(Default)]
pub struct Side {
    pub keys: Interner,
    pub requests: Vec<Key>,
    names: Vec<u8>,
    ends: Vec<u32>,
    /// By key, the latest known; empty as long as none is known.
    sizes: Vec<u32>,
}

/// Not told.
const UNKNOWN: u32 = u32::MAX;

impl Side {
    pub fn take(&mut self, name: &[u8], space: u64, size: Option<u32>) {
        let key = self.keys.key(name, space);
        self.requests.push(key);
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
    }
}

/// A reader's trace: all requests are for keys below `keys`, and each of those is asked for.
pub struct Trace {
    pub requests: Rc<Vec<Key>>,
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
