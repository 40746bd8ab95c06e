//! The group coordinator's range assignor (Kafka 4.3: `RangeAssignor` of KIP-848). Not sticky: each time it hands out
//! ranges anew. Static members come first, so they keep their ranges over a restart.

use super::{Group, Tp};

pub(super) fn assign(group: &Group, order: &[u16]) -> Vec<Vec<Tp>> {
    let as_given: Vec<u32> = (0..group.members.len() as u32).collect();
    let subscribers = group.subscribers(&group.by_instance(&as_given));
    let mut assigned = vec![Vec::new(); group.members.len()];
    for &topic in order {
        group.ranges(topic, &subscribers, &mut assigned);
    }
    assigned
}
