//! Doubly linked lists in one vector: every rule keeps its entries in some of them.

use super::Key;

/// No place: the end of a list, or a key that is in none.
pub const NONE: u32 = u32::MAX;
/// Keys at or above it are in no cache: the table of places has a row for every lower one.
pub const KEYS: u32 = 1 << 24;

#[derive(Clone, Debug, Hash)]
pub struct Node {
    pub key: Key,
    /// Towards the head: newer.
    pub newer: u32,
    /// Towards the tail: older. Of a free node, the next free one.
    pub older: u32,
    pub size: u32,
    /// What the rule counts: hits, a bit, or a place in an order of its own.
    pub count: u32,
    /// The request at which it came, or by which it was moved last.
    pub turn: u32,
    pub list: u32,
}

#[derive(Clone, Debug, Hash)]
pub struct List {
    pub head: u32,
    pub tail: u32,
    pub len: u32,
    /// Of all its entries together.
    pub size: u64,
}

impl List {
    pub const EMPTY: List = List { head: NONE, tail: NONE, len: 0, size: 0 };
}

#[derive(Clone, Debug, Hash)]
pub struct Arena {
    pub nodes: Vec<Node>,
    pub lists: Vec<List>,
    /// By key: its node.
    places: Vec<u32>,
    free: u32,
}

impl Arena {
    pub fn new(lists: usize) -> Arena {
        Arena { nodes: Vec::new(), lists: vec![List::EMPTY; lists], places: Vec::new(), free: NONE }
    }

    #[inline]
    pub fn find(&self, key: Key) -> Option<u32> {
        self.places.get(key as usize).copied().filter(|slot| *slot != NONE)
    }

    /// A new entry at the head of a list. The key must be below `KEYS` and in no list.
    pub fn add(&mut self, list: u32, key: Key, size: u32, turn: u32) -> u32 {
        let node = Node { key, newer: NONE, older: NONE, size, count: 0, turn, list };
        let slot = if self.free == NONE {
            self.nodes.push(node);
            self.nodes.len() as u32 - 1
        } else {
            let slot = self.free;
            let place = &mut self.nodes[slot as usize];
            self.free = place.older;
            *place = node;
            slot
        };
        if self.places.len() <= key as usize {
            self.places.resize(key as usize + 1, NONE);
        }
        self.places[key as usize] = slot;
        self.link(slot, list);
        slot
    }

    /// Puts a node that is in no list at the head of one.
    pub fn link(&mut self, slot: u32, list: u32) {
        let to = &mut self.lists[list as usize];
        let first = std::mem::replace(&mut to.head, slot);
        let node = &mut self.nodes[slot as usize];
        (node.newer, node.older, node.list) = (NONE, first, list);
        to.len += 1;
        to.size += u64::from(node.size);
        match self.nodes.get_mut(first as usize) {
            Some(next) => next.newer = slot,
            None => to.tail = slot,
        }
    }

    pub fn unlink(&mut self, slot: u32) {
        let Node { newer, older, size, list, .. } = self.nodes[slot as usize];
        let from = &mut self.lists[list as usize];
        from.len -= 1;
        from.size -= u64::from(size);
        match self.nodes.get_mut(newer as usize) {
            Some(node) => node.older = older,
            None => from.head = older,
        }
        match self.nodes.get_mut(older as usize) {
            Some(node) => node.newer = newer,
            None => from.tail = newer,
        }
    }

    /// To the head of a list, its own or another.
    #[inline]
    pub fn shift(&mut self, slot: u32, list: u32) {
        // Only its own list can begin with it.
        if self.lists[list as usize].head != slot {
            self.unlink(slot);
            self.link(slot, list);
        }
    }

    /// Forgets an entry.
    pub fn drop(&mut self, slot: u32) -> Key {
        self.unlink(slot);
        let node = &mut self.nodes[slot as usize];
        node.older = std::mem::replace(&mut self.free, slot);
        let key = node.key;
        self.places[key as usize] = NONE;
        key
    }

    /// Another size; what it was before.
    pub fn resize(&mut self, slot: u32, size: u32) -> u32 {
        let node = &mut self.nodes[slot as usize];
        let old = std::mem::replace(&mut node.size, size);
        let list = &mut self.lists[node.list as usize];
        list.size = list.size - u64::from(old) + u64::from(size);
        old
    }

    pub fn tail(&self, list: u32) -> Option<u32> {
        Some(self.lists[list as usize].tail).filter(|slot| *slot != NONE)
    }

    pub fn size(&self, list: u32) -> u64 {
        self.lists[list as usize].size
    }

    /// From the head to the tail.
    pub fn each(&self, list: u32) -> impl Iterator<Item = (u32, &Node)> {
        let node = |slot: u32| self.nodes.get(slot as usize).map(|node| (slot, node));
        std::iter::successors(node(self.lists[list as usize].head), move |(_, last)| node(last.older))
    }
}
