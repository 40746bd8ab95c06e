//! Kafka's client-side range assignor (4.3: `RangeAssignor`, without racks).

use super::{Group, Tp};

pub(super) fn assign(group: &Group) -> Vec<Vec<Tp>> {
    let members = group.by_hash();
    let subscribers = group.subscribers(&group.by_instance(&members));
    let mut assigned = vec![Vec::new(); group.members.len()];
    for topic in group.topics_by_hash(&members) {
        group.ranges(topic, &subscribers, &mut assigned);
    }
    assigned
}

impl Group<'_> {
    /// Gives each subscriber in turn its range of a topic; the first ones get one more if it does not come out even.
    pub(super) fn ranges(&self, topic: u16, subscribers: &[Vec<u32>], assigned: &mut [Vec<Tp>]) {
        let members = subscribers.get(usize::from(topic)).map_or(&[][..], |members| members);
        let (partitions, count) = (self.partitions(topic), members.len() as u32);
        let (Some(each), Some(extra)) = (partitions.checked_div(count), partitions.checked_rem(count)) else { return };
        let mut next = 0;
        for (&member, place) in members.iter().zip(0..) {
            let end = next + each + u32::from(place < extra);
            if let Some(list) = assigned.get_mut(member as usize) {
                list.extend((next..end).map(|index| Tp { topic, index }));
            }
            next = end;
        }
    }
}
