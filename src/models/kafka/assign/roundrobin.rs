//! Kafka's round-robin assignor (4.3: `RoundRobinAssignor`).

use super::{Group, Tp};

pub(super) fn assign(group: &Group) -> Vec<Vec<Tp>> {
    let mut assigned = vec![Vec::new(); group.members.len()];
    let members = group.by_instance(&group.by_hash());
    let mut place = vec![0; group.members.len()];
    for (&member, at) in members.iter().zip(0..) {
        place.get_mut(member as usize).into_iter().for_each(|place| *place = at);
    }
    // Who subscribes, by topic, in the order of the turn.
    let mut subscribers: Vec<Vec<u32>> = vec![Vec::new(); group.topics.len()];
    for &member in &members {
        for &topic in group.subscribed(member) {
            subscribers.get_mut(usize::from(topic)).into_iter().for_each(|members| members.push(member));
        }
    }
    let turn = |member: u32| place.get(member as usize).copied().unwrap_or(0);
    // Whose turn it is; the turn passes over who does not subscribe.
    let mut next = 0;
    for topic in group.topics_by_name() {
        let subscribers = subscribers.get(usize::from(topic)).map_or(&[][..], |members| members);
        if subscribers.is_empty() {
            continue;
        }
        let mut at = subscribers.partition_point(|&member| turn(member) < next);
        for index in 0..group.partitions(topic) {
            let Some(&member) = subscribers.get(at % subscribers.len()) else { break };
            assigned.get_mut(member as usize).into_iter().for_each(|list| list.push(Tp { topic, index }));
            at = at % subscribers.len() + 1;
            next = (turn(member) + 1) % group.members.len().max(1);
        }
    }
    assigned
}
