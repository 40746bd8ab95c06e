//! Which partitions moved between which members in one rebalance (`PartitionMovements`): when one is to go the way back
//! that another of its topic came, that other one goes instead, so that fewer have moved in the end.

use super::super::java::{Table, string_hash};
use super::{Claims, NONE, Tp, of};

/// The partitions of a topic that moved from one member to another: a hash set, of which the first is asked for.
struct Set {
    topic: u16,
    pair: (u32, u32),
    /// In the order in which they were put, as the table has them.
    numbers: Vec<u32>,
    table: Table,
}

pub(super) struct Movements {
    /// Sorted by topic and pair.
    sets: Vec<Set>,
    /// By partition: from whom to whom it moved so far.
    moved: Vec<(u32, u32)>,
}

impl Movements {
    pub fn new(claims: &Claims) -> Movements {
        Movements { sets: Vec::new(), moved: vec![(NONE, NONE); claims.partitions.len()] }
    }

    fn place(&self, topic: u16, pair: (u32, u32)) -> Result<usize, usize> {
        let place = self.sets.partition_point(|set| (set.topic, set.pair) < (topic, pair));
        let found = self.sets.get(place).is_some_and(|set| (set.topic, set.pair) == (topic, pair));
        if found { Ok(place) } else { Err(place) }
    }

    /// Which partition is to go if this one is to go from a member to another.
    pub fn actual(&self, claims: &Claims, number: u32, from: u32, to: u32) -> u32 {
        // One that moved already is taken as still with the first owner.
        let from = match of(&self.moved, number, (NONE, NONE)) {
            (NONE, _) => from,
            (source, _) => source,
        };
        let Ok(place) = self.place(claims.tp(number).topic, (to, from)) else { return number };
        let first = self.sets.get(place).and_then(|set| set.numbers.get(set.table.first()? as usize).copied());
        first.unwrap_or(number)
    }

    pub fn note(&mut self, claims: &Claims, number: u32, from: u32, to: u32) {
        let Tp { topic, index } = claims.tp(number);
        let before = of(&self.moved, number, (NONE, NONE));
        let mut pair = (from, to);
        if before.0 != NONE {
            if let Ok(place) = self.place(topic, before)
                && let Some(set) = self.sets.get_mut(place)
            {
                if let Some(at) = set.numbers.iter().position(|&other| other == number) {
                    set.numbers.remove(at);
                    set.table.remove(at);
                }
                if set.numbers.is_empty() {
                    self.sets.remove(place);
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
            self.sets.insert(place, Set { topic, pair, numbers: Vec::new(), table: Table::new(16) });
            place
        });
        if let Some(set) = self.sets.get_mut(place) {
            let name = claims.group.topics.get(usize::from(topic)).map_or(0, |topic| string_hash(&topic.name));
            // `TopicPartition.hashCode`
            set.table.push(31u32.wrapping_mul(index.wrapping_add(31)).wrapping_add(name));
            set.numbers.push(number);
        }
    }
}
