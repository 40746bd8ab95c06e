//! A list that grows at its end and whose clones share what they have in common: worlds are cloned as checkpoints, and what
//! has happened is most of a world.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Elements per shared chunk.
const CHUNK: usize = 128;

/// Cloning costs a pointer per 128 elements; after it, the first change of a chunk copies that chunk.
#[derive(Clone, Debug)]
pub struct Chronicle<T> {
    /// All but the last have `CHUNK` elements; none is empty.
    chunks: Vec<Rc<Vec<T>>>,
    len: usize,
}

impl<T> Default for Chronicle<T> {
    fn default() -> Self {
        Chronicle { chunks: Vec::new(), len: 0 }
    }
}

impl<T> Chronicle<T> {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, index: usize) -> Option<&T> {
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)
    }

    pub fn last(&self) -> Option<&T> {
        self.chunks.last()?.last()
    }

    /// From the first on; `rev` for the latest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// From this index on, without walking what is before it.
    pub fn from(&self, index: usize) -> impl DoubleEndedIterator<Item = &T> {
        let chunks = self.chunks.get(index / CHUNK..).unwrap_or_default();
        let skip = move |i: usize| if i == 0 { index % CHUNK } else { 0 };
        chunks.iter().enumerate().flat_map(move |(i, chunk)| chunk.get(skip(i)..).unwrap_or_default())
    }

    /// How many at the front satisfy `before`, which must hold for a front part of the list: a binary search.
    pub fn partition_point(&self, mut before: impl FnMut(&T) -> bool) -> usize {
        let full = self.chunks.partition_point(|chunk| chunk.last().is_some_and(&mut before));
        match self.chunks.get(full) {
            Some(chunk) => full * CHUNK + chunk.partition_point(before),
            None => self.len,
        }
    }
}

impl<T: Clone> Chronicle<T> {
    /// Returns the new element's index.
    pub fn push(&mut self, element: T) -> usize {
        let index = self.len;
        if index.is_multiple_of(CHUNK) {
            self.chunks.push(Rc::default());
        }
        if let Some(chunk) = self.chunks.last_mut() {
            Rc::make_mut(chunk).push(element);
        }
        self.len += 1;
        index
    }

    /// Drops everything from this length on.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.chunks.truncate(len.div_ceil(CHUNK));
        if let Some(chunk) = self.chunks.last_mut().filter(|_| !len.is_multiple_of(CHUNK)) {
            Rc::make_mut(chunk).truncate(len % CHUNK);
        }
        self.len = len;
    }

    /// Copies the element's chunk first if a clone shares it.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        Rc::make_mut(self.chunks.get_mut(index / CHUNK)?).get_mut(index % CHUNK)
    }
}

impl<T: PartialEq> PartialEq for Chronicle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.chunks == other.chunks
    }
}

impl<T: Eq> Eq for Chronicle<T> {}

/// By content: equal lists hash equally, whatever they share.
impl<T: Hash> Hash for Chronicle<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|element| element.hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::digest;
    use proptest::prelude::*;

    proptest! {
        /// A chronicle and its clones behave as lists that share nothing.
        #[test]
        fn is_a_list(steps in proptest::collection::vec((0u8..9, 0usize..700, any::<u16>()), 0..60)) {
            let mut lists: Vec<(Chronicle<u16>, Vec<u16>)> = vec![Default::default()];
            for (kind, at, value) in steps {
                let n = lists.len();
                let (chronicle, list) = &mut lists[at % n];
                match kind {
                    0 => {
                        let copy = (chronicle.clone(), list.clone());
                        lists.push(copy);
                    }
                    1 => {
                        chronicle.truncate(at);
                        list.truncate(at);
                    }
                    2..5 => {
                        prop_assert_eq!(chronicle.get_mut(at).copied(), list.get(at).copied());
                        if let (Some(a), Some(b)) = (chronicle.get_mut(at), list.get_mut(at)) {
                            (*a, *b) = (value, value);
                        }
                    }
                    _ => (0..at as u16 % 150).for_each(|i| {
                        assert_eq!(chronicle.push(value ^ i), list.len());
                        list.push(value ^ i);
                    }),
                }
            }
            for (chronicle, list) in &lists {
                prop_assert_eq!(chronicle.len(), list.len());
                prop_assert_eq!(chronicle.is_empty(), list.is_empty());
                prop_assert!(chronicle.iter().eq(list));
                prop_assert!(chronicle.iter().rev().eq(list.iter().rev()));
                prop_assert_eq!(chronicle.last(), list.last());
                for from in [0, 1, 127, 128, 129, 300, list.len()] {
                    prop_assert!(chronicle.from(from).eq(list.iter().skip(from)));
                    prop_assert_eq!(chronicle.get(from), list.get(from));
                }
                for (other, other_list) in &lists {
                    prop_assert_eq!(chronicle == other, list == other_list);
                    prop_assert_eq!(digest(chronicle) == digest(other), list == other_list);
                }
            }
        }

        #[test]
        fn finds_by_halves(n in 0u16..600, limit in 0u16..700) {
            let mut chronicle = Chronicle::default();
            (0..n).for_each(|i| { chronicle.push(i); });
            prop_assert_eq!(chronicle.partition_point(|i| *i < limit), usize::from(limit.min(n)));
        }
    }

    #[test]
    fn clones_share_and_copy_only_what_changes() {
        let mut first = Chronicle::default();
        (0..1_000).for_each(|i| {
            first.push(i);
        });
        let mut second = first.clone();
        if let Some(element) = second.get_mut(999) {
            *element = 7;
        }
        let shared = first.chunks.iter().zip(&second.chunks).filter(|(a, b)| Rc::ptr_eq(a, b)).count();
        assert_eq!((first.chunks.len(), shared), (8, 7));
    }
}
