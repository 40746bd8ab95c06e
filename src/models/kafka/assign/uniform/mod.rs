//! The group coordinator's uniform assignor (Kafka 4.3, KIP-848): balanced, and what can stay stays. One way where all
//! subscribe to the same topics, another where they do not.

mod equal;
mod unequal;

use super::{Group, Numbers, Tp};
use crate::models::kafka::java::{self, Table};

/// What a member is to read, as the coordinator keeps it: a hash map from topics to hash sets of partitions. The order
/// in which it walks them decides which of them a member gives up.
#[derive(Clone)]
struct Target {
    /// Topics with the hash codes of their ids and their partitions; those that share a bucket in its order.
    topics: Vec<Held>,
    /// How many buckets the map has.
    buckets: u32,
    /// Whether this is a copy made to be changed.
    copied: bool,
}

#[derive(Clone)]
struct Held {
    topic: u16,
    hash: u32,
    set: Table,
}

impl Target {
    /// A record of a target, read back: sets made from lists.
    fn read(group: &Group, lists: Vec<(u16, Vec<u32>)>) -> Target {
        let mut topics = Vec::with_capacity(lists.len());
        for (topic, list) in lists {
            let mut set = Table::new(java::capacity_for_copy(list.len()));
            list.into_iter().for_each(|index| set.push(index));
            topics.push(Held { topic, hash: group.id_hash(topic), set });
        }
        Target { buckets: java::buckets(16, topics.len()), topics, copied: false }
    }

    fn order(&self) -> impl Iterator<Item = &Held> {
        let hashes: Vec<u32> = self.topics.iter().map(|held| held.hash).collect();
        java::walk(&hashes, self.buckets).into_iter().filter_map(|place| self.topics.get(place as usize))
    }

    /// Before the first change the coordinator copies the map into one made for as many topics.
    fn copy(&mut self) {
        if !std::mem::replace(&mut self.copied, true) {
            self.topics = self.order().cloned().collect();
            self.buckets = java::buckets(self.topics.len() as u32, self.topics.len());
        }
    }

    /// Adds a partition; a new set is made with that capacity. `computeIfAbsent`, unlike `put`, makes room before and
    /// puts a new key at the head of its bucket.
    fn add(&mut self, group: &Group, tp: Tp, capacity: u32) {
        self.copy();
        if self.topics.len() as u64 > java::room(self.buckets) {
            self.buckets *= 2;
        }
        match self.topics.iter_mut().find(|held| held.topic == tp.topic) {
            Some(held) => held.set.push(tp.index),
            None => {
                let mut set = Table::new(capacity);
                set.push(tp.index);
                self.topics.insert(0, Held { topic: tp.topic, hash: group.id_hash(tp.topic), set });
            }
        }
    }

    /// Takes a partition out, and its topic with the last one.
    fn remove(&mut self, tp: Tp) {
        self.copy();
        let Some(held) = self.topics.iter_mut().find(|held| held.topic == tp.topic) else { return };
        if let Some(place) = held.set.hashes().iter().position(|&other| other == tp.index) {
            held.set.remove(place);
        }
        if held.set.hashes().is_empty() {
            self.topics.retain(|held| held.topic != tp.topic);
        }
    }

    /// All partitions, topic by topic, in the order in which Java walks them.
    fn walk(&self) -> Vec<Tp> {
        let mut all = Vec::new();
        for Held { topic, set, .. } in self.order() {
            let indices = set.walk().into_iter().filter_map(|place| set.hashes().get(place as usize).copied());
            all.extend(indices.map(|index| Tp { topic: *topic, index }));
        }
        all
    }
}

/// The members' previous targets. A coordinator's own contain no partition twice and none that is not there; what
/// others bring may, and then the first who claims it has it.
fn previous(group: &Group, numbers: &Numbers) -> Vec<Target> {
    let mut claimed = vec![false; numbers.len()];
    let mut targets = Vec::with_capacity(group.members.len());
    for member in group.members {
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
        targets.push(Target::read(group, lists));
    }
    targets
}

/// `order` is that in which topics are walked.
pub(super) fn assign(group: &Group, order: &[u16]) -> Vec<Vec<Tp>> {
    if order.is_empty() {
        return vec![Vec::new(); group.members.len()];
    }
    let numbers = Numbers::new(group.topics);
    let previous = previous(group, &numbers);
    let targets = if super::alike(group.members) {
        equal::assign(group, &numbers, previous, order)
    } else {
        unequal::assign(group, &numbers, previous)
    };
    targets.iter().map(Target::walk).collect()
}
