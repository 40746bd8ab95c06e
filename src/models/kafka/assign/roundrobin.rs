//! Kafka's round-robin assignor (4.3: `RoundRobinAssignor`).

use super::{Group, Tp};

pub(super) fn assign(group: &Group) -> Vec<Vec<Tp>> {
    let mut assigned = vec![Vec::new(); group.members.len()];
    let members = group.by_instance(&group.by_hash());
    let mut turns = vec![0; group.members.len()];
    for (&member, turn) in members.iter().zip(0..) {
        turns.get_mut(member as usize).into_iter().for_each(|place| *place = turn);
    }
    let turn = |member: u32| turns.get(member as usize).copied().unwrap_or(0);
    let subscribers = group.subscribers(&members);
    // Whose turn it is; it passes over those who do not subscribe.
    let mut next = 0;
    for topic in group.topics_by_name() {
        let subscribers = subscribers.get(usize::from(topic)).map_or(&[][..], |members| members);
        let mut at = subscribers.partition_point(|&member| turn(member) < next);
        for index in 0..group.partitions(topic) {
            let Some(&member) = subscribers.get(at).or(subscribers.first()) else { break };
            assigned.get_mut(member as usize).into_iter().for_each(|list| list.push(Tp { topic, index }));
            at = if at < subscribers.len() { at + 1 } else { 1 };
            next = turn(member) + 1;
        }
    }
    assigned
}
