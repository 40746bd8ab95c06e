//! LFU in constant time: a list for each count, the lists in the order of their counts (Shah, Mitra, Matani 2010).

use super::arena::{Arena, List, NONE};

#[derive(Clone, Debug, Hash)]
struct Bucket {
    count: u32,
    /// The next higher and the next lower count that something has.
    up: u32,
    down: u32,
}

/// Bucket b is list b of the arena.
#[derive(Clone, Debug, Default, Hash)]
pub struct Buckets {
    all: Vec<Bucket>,
    free: Vec<u32>,
    lowest: Option<u32>,
}

impl Buckets {
    /// An empty bucket between two.
    fn open(&mut self, arena: &mut Arena, count: u32, down: u32, up: u32) -> u32 {
        let bucket = Bucket { count, up, down };
        let new = match self.free.pop() {
            Some(free) => {
                self.all[free as usize] = bucket;
                free
            }
            None => {
                self.all.push(bucket);
                self.all.len() as u32 - 1
            }
        };
        if arena.lists.len() < self.all.len() {
            arena.lists.push(List::EMPTY);
        }
        match self.all.get_mut(down as usize) {
            Some(bucket) => bucket.up = new,
            None => self.lowest = Some(new),
        }
        if let Some(bucket) = self.all.get_mut(up as usize) {
            bucket.down = new;
        }
        new
    }

    /// Takes a bucket out of the row, if nothing is left in it.
    fn close(&mut self, arena: &Arena, bucket: u32) {
        if arena.lists[bucket as usize].len > 0 {
            return;
        }
        let Bucket { up, down, .. } = self.all[bucket as usize];
        match self.all.get_mut(down as usize) {
            Some(below) => below.up = up,
            None => self.lowest = Some(up).filter(|up| *up != NONE),
        }
        if let Some(above) = self.all.get_mut(up as usize) {
            above.down = down;
        }
        self.free.push(bucket);
    }

    /// The list for what has come just now.
    pub fn first(&mut self, arena: &mut Arena) -> u32 {
        match self.lowest {
            Some(lowest) if self.all[lowest as usize].count == 1 => lowest,
            lowest => self.open(arena, 1, NONE, lowest.unwrap_or(NONE)),
        }
    }

    pub fn raise(&mut self, arena: &mut Arena, slot: u32) {
        let node = &mut arena.nodes[slot as usize];
        node.count = node.count.saturating_add(1);
        let (bucket, count) = (node.list, node.count);
        let up = self.all[bucket as usize].up;
        let next = self.all.get(up as usize).filter(|next| next.count <= count);
        if next.is_none() && arena.lists[bucket as usize].len == 1 {
            // Alone with its count, and nobody has the next one.
            self.all[bucket as usize].count = count;
            return;
        }
        let to = if next.is_some() { up } else { self.open(arena, count, bucket, up) };
        arena.unlink(slot);
        arena.link(slot, to);
        self.close(arena, bucket);
    }

    /// After an entry of the bucket went.
    pub fn left(&mut self, arena: &Arena, bucket: u32) {
        self.close(arena, bucket);
    }

    pub fn victim(&self, arena: &Arena) -> Option<u32> {
        arena.tail(self.lowest?)
    }

    /// From the lowest count up.
    pub fn rising(&self) -> impl Iterator<Item = u32> {
        let up = |bucket: &u32| self.all.get(*bucket as usize).map(|it| it.up).filter(|up| *up != NONE);
        std::iter::successors(self.lowest, up)
    }
}
