//! LRU at many sizes in one pass: a larger cache always holds what a smaller one does (Mattson, Gecsei, Slutz, Traiger
//! 1970), so one list by last use is all of them, cut at each size.

use super::Key;
use super::arena::NONE;

/// Not asked for yet.
const ABSENT: u8 = u8::MAX;

pub struct Stack {
    newer: Vec<u32>,
    older: Vec<u32>,
    /// By key: the smallest of the sizes that still holds it.
    within: Vec<u8>,
    head: u32,
    tail: u32,
    len: u64,
    sizes: Vec<u64>,
    /// By size: the last key that it holds, once it is full.
    last: Vec<u32>,
    /// By size: hits in it, but not in the next smaller one.
    hits: Vec<u32>,
    requests: u32,
}

impl Stack {
    /// For keys below `keys` and rising sizes, fewer than 255, none of them 0.
    pub fn new(keys: usize, sizes: Vec<u64>) -> Stack {
        Stack {
            newer: vec![NONE; keys],
            older: vec![NONE; keys],
            within: vec![ABSENT; keys],
            head: NONE,
            tail: NONE,
            len: 0,
            last: vec![NONE; sizes.len()],
            // One more: what only a still larger cache would hold.
            hits: vec![0; sizes.len() + 1],
            sizes,
            requests: 0,
        }
    }

    pub fn request(&mut self, key: Key) {
        let Some(within) = self.within.get(key as usize).copied() else { return };
        self.requests += 1;
        let at = usize::from(within);
        if let Some(hits) = self.hits.get_mut(at) {
            *hits += 1;
        }
        if self.head == key {
            return;
        }
        let new = within == ABSENT;
        // Each smaller size lets go of its last one, and the one before that is its last now.
        for (size, last) in self.last.iter_mut().enumerate().take(at) {
            if *last == NONE {
                break;
            }
            self.within[*last as usize] = size as u8 + 1;
            let before = self.newer[*last as usize];
            *last = if before == NONE { key } else { before };
        }
        let (newer, older) = (self.newer[key as usize], self.older[key as usize]);
        if !new {
            if let Some(last) = self.last.get_mut(at)
                && *last == key
            {
                *last = newer;
            }
            if newer != NONE {
                self.older[newer as usize] = older;
            }
            match self.newer.get_mut(older as usize) {
                Some(place) => *place = newer,
                None => self.tail = newer,
            }
        }
        self.newer[key as usize] = NONE;
        self.older[key as usize] = self.head;
        match self.newer.get_mut(self.head as usize) {
            Some(place) => *place = key,
            None => self.tail = key,
        }
        self.head = key;
        self.within[key as usize] = 0;
        if new {
            self.len += 1;
            if let Ok(size) = self.sizes.binary_search(&self.len) {
                self.last[size] = self.tail;
            }
        }
    }

    /// By size.
    pub fn misses(&self) -> Vec<u32> {
        let mut left = self.requests;
        let one = |hits: &u32| {
            left -= hits;
            left
        };
        self.hits.iter().take(self.sizes.len()).map(one).collect()
    }
}
