//! The group coordinator's uniform assignor (Kafka 4.3, KIP-848): balanced, and what can stay stays. One way where all
//! subscribe to the same topics, another where they do not.

mod equal;
mod unequal;

use super::{Group, Tp};
use crate::models::kafka::java::{self, Table};

/// What a member is to read, as the coordinator keeps it: a hash map from topics to hash sets of partitions. The order
/// in which it walks them decides which of them a member gives up.
#[derive(Clone, Default)]
struct Target {
    /// Topics so that those that share a bucket are in its order, each with a set of partitions.
    topics: Vec<(u16, Table)>,
}

impl Target {
    fn of(&mut self, topic: u16) -> Option<&mut Table> {
        self.topics.iter_mut().find(|(known, _)| *known == topic).map(|(_, set)| set)
    }

    /// Adds a partition; a new set is made with that capacity. `computeIfAbsent` puts a new key at the head of its
    /// bucket, unlike `put`.
    fn add(&mut self, topic: u16, index: u32, capacity: u32) {
        match self.of(topic) {
            Some(set) => set.push(index),
            None => {
                let mut set = Table::new(capacity);
                set.push(index);
                self.topics.insert(0, (topic, set));
            }
        }
    }

    /// Takes a partition out, and its topic with the last one.
    fn remove(&mut self, topic: u16, index: u32) {
        let Some(set) = self.of(topic) else { return };
        if let Some(place) = set.hashes().iter().position(|&other| other == index) {
            set.remove(place);
        }
        if set.hashes().is_empty() {
            self.topics.retain(|(known, _)| *known != topic);
        }
    }

    /// All partitions, topic by topic, in the order in which Java walks them.
    fn walk(&self, group: &Group) -> Vec<Tp> {
        let topics: Vec<u16> = self.topics.iter().map(|(topic, _)| *topic).collect();
        let mut all = Vec::new();
        for topic in group.by_id_hash(&topics, 16) {
            let Some((_, set)) = self.topics.iter().find(|(known, _)| *known == topic) else { continue };
            let indices = set.walk().into_iter().filter_map(|place| set.hashes().get(place as usize).copied());
            all.extend(indices.map(|index| Tp { topic, index }));
        }
        all
    }
}

/// A number for each partition, topic by topic.
struct Numbers {
    starts: Vec<u32>,
}

impl Numbers {
    fn new(group: &Group) -> Numbers {
        let mut starts = vec![0u32];
        let mut next = 0u32;
        for topic in group.topics {
            next = next.saturating_add(topic.partitions);
            starts.push(next);
        }
        Numbers { starts }
    }

    fn len(&self) -> usize {
        self.starts.last().map_or(0, |&end| end as usize)
    }

    /// The partition's number, if there is such a partition.
    fn of(&self, tp: Tp) -> Option<usize> {
        let start = *self.starts.get(usize::from(tp.topic))?;
        let end = *self.starts.get(usize::from(tp.topic) + 1)?;
        let number = start.checked_add(tp.index)?;
        (number < end).then_some(number as usize)
    }
}

/// The members' previous targets. A coordinator's own contain no partition twice and none that is not there; what
/// others bring may, and then the first who claims it has it.
fn previous(group: &Group, numbers: &Numbers) -> Vec<Target> {
    let mut claimed = vec![false; numbers.len()];
    let mut targets = Vec::with_capacity(group.members.len());
    for member in group.members {
        // What a record of a target holds, read back: sets made from lists.
        let mut lists: Vec<(u16, Vec<u32>)> = Vec::new();
        for &tp in &member.owned {
            let free = numbers.of(tp).and_then(|number| claimed.get_mut(number));
            if free.is_some_and(|claimed| !std::mem::replace(claimed, true)) {
                match lists.iter_mut().rev().find(|(topic, _)| *topic == tp.topic) {
                    Some((_, list)) => list.push(tp.index),
                    None => lists.push((tp.topic, vec![tp.index])),
                }
            }
        }
        let mut target = Target::default();
        for (topic, list) in lists {
            let mut set = Table::new(java::capacity_for_copy(list.len()));
            list.into_iter().for_each(|index| set.push(index));
            target.topics.push((topic, set));
        }
        targets.push(target);
    }
    targets
}

/// `order` is that in which topics are walked.
pub(super) fn assign(group: &Group, order: &[u16]) -> Vec<Vec<Tp>> {
    if order.is_empty() {
        return vec![Vec::new(); group.members.len()];
    }
    let numbers = Numbers::new(group);
    let previous = previous(group, &numbers);
    let targets = if group.alike() {
        equal::assign(group, &numbers, previous, order)
    } else {
        unequal::assign(group, &numbers, previous)
    };
    targets.iter().map(|target| target.walk(group)).collect()
}
