//! Which partitions moved between which members in one rebalance (`PartitionMovements`): when one is to go the way back
//! that another of its topic came, that other one goes instead, so that fewer have moved in the end.

use super::super::java::{Table, string_hash};
use super::{Claims, NONE, Tp, of};

/// The partitions of a topic that moved from one member to another: a hash set, of which the first is asked for.
struct Set {
    /// In the order in which they were put, as the table has them.
    numbers: Vec<u32>,
    table: Table,
}

pub(super) struct Movements {
    /// By topic, the pairs of members between which some moved, sorted, each with its place among the sets.
    pairs: Vec<Vec<((u32, u32), u32)>>,
    sets: Vec<Set>,
    /// By partition: from whom to whom it moved so far.
    pub moved: Vec<(u32, u32)>,
}

impl Movements {
    pub fn new(claims: &Claims) -> Movements {
        Movements {
            pairs: vec![Vec::new(); claims.group.topics.len()],
            sets: Vec::new(),
            moved: vec![(NONE, NONE); claims.partitions.len()],
        }
    }

    /// Where among a topic's pairs one is, or would be.
    fn place(&self, topic: u16, pair: (u32, u32)) -> Result<usize, usize> {
        let pairs = self.pairs.get(usize::from(topic)).map_or(&[][..], |pairs| pairs);
        pairs.binary_search_by_key(&pair, |known| known.0)
    }

    fn set(&self, topic: u16, place: usize) -> Option<&Set> {
        self.sets.get(self.pairs.get(usize::from(topic))?.get(place)?.1 as usize)
    }

    fn set_mut(&mut self, topic: u16, place: usize) -> Option<&mut Set> {
        self.sets.get_mut(self.pairs.get(usize::from(topic))?.get(place)?.1 as usize)
    }

    /// Which partition is to go if this one is to go from a member to another.
    pub fn actual(&self, claims: &Claims, number: u32, from: u32, to: u32) -> u32 {
        // One that moved already is taken as still with the first owner.
        let from = match of(&self.moved, number, (NONE, NONE)) {
            (NONE, _) => from,
            (source, _) => source,
        };
        let Ok(place) = self.place(claims.tp(number).topic, (to, from)) else { return number };
        let set = self.set(claims.tp(number).topic, place);
        let first = set.and_then(|set| set.numbers.get(set.table.first()? as usize).copied());
        first.unwrap_or(number)
    }

    pub fn note(&mut self, claims: &Claims, number: u32, from: u32, to: u32) {
        let Tp { topic, index } = claims.tp(number);
        let before = of(&self.moved, number, (NONE, NONE));
        let mut pair = (from, to);
        if before.0 != NONE {
            if let Ok(place) = self.place(topic, before)
                && let Some(set) = self.set_mut(topic, place)
            {
                if let Some(at) = set.numbers.iter().position(|&other| other == number) {
                    set.numbers.remove(at);
                    set.table.remove(at);
                }
                // A pair without partitions is forgotten: the next set for it starts small again.
                if set.numbers.is_empty()
                    && let Some(pairs) = self.pairs.get_mut(usize::from(topic))
                {
                    pairs.remove(place);
                }
            }
            // Back where it came from is as if it had not moved.
            pair = if before.0 == to { (NONE, NONE) } else { (before.0, to) };
        }
        self.moved.get_mut(number as usize).into_iter().for_each(|moved| *moved = pair);
        if pair.0 == NONE {
            return;
        }
        let place = self.place(topic, pair).unwrap_or_else(|place| {
            let slot = self.sets.len() as u32;
            self.sets.push(Set { numbers: Vec::new(), table: Table::new(16) });
            self.pairs.get_mut(usize::from(topic)).into_iter().for_each(|pairs| pairs.insert(place, (pair, slot)));
            place
        });
        if let Some(set) = self.set_mut(topic, place) {
            let name = claims.group.topics.get(usize::from(topic)).map_or(0, |topic| string_hash(&topic.name));
            // `TopicPartition.hashCode`
            set.table.push(31u32.wrapping_mul(index.wrapping_add(31)).wrapping_add(name));
            set.numbers.push(number);
        }
    }
}
