//! Kafka's client-side range assignor (4.3: `RangeAssignor`, without racks).

use super::{Group, Tp};

pub(super) fn assign(group: &Group) -> Vec<Vec<Tp>> {
    let mut assigned = vec![Vec::new(); group.members.len()];
    let members = group.by_hash();
    let topics = group.topics_by_hash(&members);
    // Sorted once: who subscribes to a topic keeps this order.
    let sorted = group.by_instance(&members);
    let mut subscribers: Vec<Vec<u32>> = vec![Vec::new(); group.topics.len()];
    for &member in &sorted {
        for &topic in group.subscribed(member) {
            subscribers.get_mut(usize::from(topic)).into_iter().for_each(|members| members.push(member));
        }
    }
    for topic in topics {
        let members = subscribers.get(usize::from(topic)).map_or(&[][..], |members| members);
        let (Some(each), Some(extra)) = (
            group.partitions(topic).checked_div(members.len() as u32),
            group.partitions(topic).checked_rem(members.len() as u32),
        ) else {
            continue;
        };
        let mut next = 0;
        for (&member, place) in members.iter().zip(0..) {
            let end = next + each + u32::from(place < extra);
            if let Some(list) = assigned.get_mut(member as usize) {
                list.extend((next..end).map(|index| Tp { topic, index }));
            }
            next = end;
        }
    }
    assigned
}
