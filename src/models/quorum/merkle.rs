//! Merkle trees over a store's keys: two replicas find where they differ by comparing few hashes.
//!
//! As in Dynamo (SOSP 2007, section 4.7) the trees are compared from the root down, level by level, and only below
//! hashes that differ. As in Cassandra's repair a leaf is a range of tokens, of which there are 2^depth, all as wide.
//! (Cassandra's repair sends whole trees to the node that compares them.)

use xxhash_rust::xxh64::xxh64;

/// Bytes that one hash takes on the wire, as in Cassandra since 4.0. The trees here have 64-bit hashes, enough not to
/// collide in a picture.
pub const HASH_BYTES: u64 = 32;

/// The deepest tree: 65,536 ranges.
pub const MAX_DEPTH: u8 = 16;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Merkle {
    depth: u8,
    /// The root at 1, the children of `i` at `2i` and `2i + 1`, the leaves last.
    nodes: Vec<u64>,
}

/// What two stores found when they compared their trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// The leaves that differ, ascending.
    pub leaves: Vec<u32>,
    /// The nodes whose hashes were sent, in that order (root 1, children `2i` and `2i + 1`), and whether they differed.
    pub compared: Vec<(u32, bool)>,
    /// Levels that were sent, one after the other: round trips.
    pub rounds: u32,
}

/// The hash of one key with what is stored under it, never 0.
pub fn entry(key: &[u8], content: u64) -> u64 {
    xxh64(key, content).max(1)
}

fn parent(left: u64, right: u64) -> u64 {
    let mut both = [0; 16];
    both[..8].copy_from_slice(&left.to_le_bytes());
    both[8..].copy_from_slice(&right.to_le_bytes());
    xxh64(&both, 0)
}

impl Merkle {
    /// The tree of an empty store with 2^depth ranges, at most [`MAX_DEPTH`] deep.
    pub fn new(depth: u8) -> Merkle {
        let depth = depth.min(MAX_DEPTH);
        let leaves = 1usize << depth;
        let mut nodes = vec![0; leaves * 2];
        for node in (1..leaves).rev() {
            nodes[node] = parent(nodes[node * 2], nodes[node * 2 + 1]);
        }
        Merkle { depth, nodes }
    }

    pub fn depth(&self) -> u8 {
        self.depth
    }

    /// Of the node at this place (root 1, children `2i` and `2i + 1`); 0 outside the tree.
    pub fn hash(&self, node: u32) -> u64 {
        self.nodes.get(node as usize).copied().unwrap_or(0)
    }

    pub fn root(&self) -> u64 {
        self.hash(1)
    }

    /// The leaf whose range has this position (a key's token on the turn 0..2^64).
    pub fn leaf(&self, position: u64) -> u32 {
        // In two steps: a shift by 64, which depth 0 needs, is not one.
        (position >> 1 >> (63 - self.depth)) as u32
    }

    /// The first and last position of a leaf's range.
    pub fn range(&self, leaf: u32) -> (u64, u64) {
        let leaf = u64::from(leaf) & ((1 << self.depth) - 1);
        let width = 1u128 << (64 - self.depth);
        let first = u128::from(leaf) * width;
        (first as u64, (first + (width - 1)) as u64)
    }

    /// A key's entry at this position changed: `before` and `after` are what [`entry`] says of it, 0 for no entry.
    ///
    /// A leaf's hash is the exclusive or of its entries', in whatever order they came; then the hashes above are
    /// computed anew, one a level.
    pub fn update(&mut self, position: u64, before: u64, after: u64) {
        let mut node = (1 << self.depth) + self.leaf(position) as usize;
        if let Some(leaf) = self.nodes.get_mut(node) {
            *leaf ^= before ^ after;
        }
        while node > 1 {
            node /= 2;
            self.nodes[node] = parent(self.nodes[node * 2], self.nodes[node * 2 + 1]);
        }
    }
}

/// Compares two trees from the root down. Trees of different depths cannot be compared: `None`.
///
/// Counted are the hashes that one side sends: its root; then, level by level, both children of every node that the
/// other side found to differ.
pub fn diff(a: &Merkle, b: &Merkle) -> Option<Diff> {
    if a.depth != b.depth {
        return None;
    }
    let mut found = Diff::default();
    let mut level = vec![1u32];
    for depth in 0..=a.depth {
        let mut differing = Vec::new();
        for node in level {
            let differs = a.hash(node) != b.hash(node);
            found.compared.push((node, differs));
            if differs {
                differing.push(node);
            }
        }
        found.rounds += 1;
        if depth == a.depth {
            found.leaves = differing.iter().map(|node| node - (1 << depth)).collect();
            break;
        }
        if differing.is_empty() {
            break;
        }
        level = differing.iter().flat_map(|node| [node * 2, node * 2 + 1]).collect();
    }
    Some(found)
}

impl Diff {
    pub fn hash_bytes(&self) -> u64 {
        self.compared.len() as u64 * HASH_BYTES
    }

    /// Neighbouring leaves that differ as one range each: first and last leaf.
    pub fn ranges(&self) -> Vec<(u32, u32)> {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for leaf in &self.leaves {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *leaf => *last = *leaf,
                _ => ranges.push((*leaf, *leaf)),
            }
        }
        ranges
    }

    /// Bytes that one side sends in all, when it follows the hashes by all it has in the ranges that differ; and what
    /// sending everything takes. `stored` is each entry's leaf and size in bytes.
    pub fn bytes(&self, stored: impl Iterator<Item = (u32, u64)>) -> (u64, u64) {
        let mut sent = (self.hash_bytes(), 0);
        for (leaf, bytes) in stored {
            sent.1 += bytes;
            if self.leaves.binary_search(&leaf).is_ok() {
                sent.0 += bytes;
            }
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::hashing::HashFn;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    type Store = BTreeMap<u32, u64>;

    fn position(key: u32) -> u64 {
        HashFn::Murmur3.hash(&key.to_le_bytes())
    }

    fn of(store: &Store, depth: u8) -> Merkle {
        let mut tree = Merkle::new(depth);
        for (key, content) in store {
            tree.update(position(*key), 0, entry(&key.to_le_bytes(), *content));
        }
        tree
    }

    proptest! {
        #[test]
        fn finds_exactly_the_ranges_that_differ(
            a in prop::collection::btree_map(0u32..500, 0u64..9, 0..200),
            changes in prop::collection::vec((0u32..500, prop::option::of(0u64..9)), 0..12),
            depth in 0u8..9,
        ) {
            let mut b = a.clone();
            let mut tree = of(&a, depth);
            for (key, content) in changes {
                let hash = |content: Option<u64>| content.map_or(0, |content| entry(&key.to_le_bytes(), content));
                let before = match content {
                    Some(content) => b.insert(key, content),
                    None => b.remove(&key),
                };
                tree.update(position(key), hash(before), hash(content));
            }
            // Key by key or built anew: the same tree.
            prop_assert_eq!(&tree, &of(&b, depth));
            let keys: BTreeSet<u32> = a.keys().chain(b.keys()).copied().collect();
            let differing = keys.into_iter().filter(|key| a.get(key) != b.get(key));
            let expected: BTreeSet<u32> = differing.map(|key| tree.leaf(position(key))).collect();
            let found = diff(&of(&a, depth), &tree).expect("the same depth");
            prop_assert!(found.leaves.iter().eq(&expected));
            prop_assert_eq!(a == b, found.compared.len() == 1 && expected.is_empty());
            prop_assert!(found.compared.len() <= 1 + 2 * usize::from(depth) * expected.len());
            prop_assert!(found.rounds <= 1 + u32::from(depth));
            let listed = found.ranges().into_iter().flat_map(|(first, last)| first..=last);
            prop_assert!(listed.eq(expected));
            let sizes = b.keys().map(|key| (tree.leaf(position(*key)), 100));
            let (sent, all) = found.bytes(sizes);
            let in_ranges = b.keys().filter(|key| found.leaves.contains(&tree.leaf(position(**key)))).count() as u64;
            prop_assert_eq!((sent, all), (found.hash_bytes() + in_ranges * 100, b.len() as u64 * 100));
        }

        #[test]
        fn every_position_is_in_its_leaf_s_range(position in any::<u64>(), depth in 0u8..=20) {
            let tree = Merkle::new(depth.min(12));
            let (first, last) = tree.range(tree.leaf(position));
            prop_assert!((first..=last).contains(&position));
        }
    }

    #[test]
    fn edges() {
        let deep = Merkle::new(200);
        assert_eq!(deep.depth(), MAX_DEPTH);
        assert_eq!(deep.range(0).0, 0);
        assert_eq!(deep.range(65_535).1, u64::MAX);
        assert_eq!(Merkle::new(0).range(0), (0, u64::MAX));
        assert_eq!(diff(&Merkle::new(3), &Merkle::new(4)), None);
        let same = diff(&deep, &deep.clone()).expect("the same depth");
        assert_eq!((same.compared.as_slice(), same.hash_bytes()), ([(1, false)].as_slice(), HASH_BYTES));
        // One key in a tree of 16 ranges: the root, then two hashes a level.
        let mut other = Merkle::new(4);
        other.update(u64::MAX, 0, entry(b"x", 1));
        let found = diff(&Merkle::new(4), &other).expect("the same depth");
        assert_eq!((found.leaves.as_slice(), found.compared.len(), found.rounds), ([15].as_slice(), 9, 5));
    }
}
