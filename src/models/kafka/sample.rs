//! Large groups, for benchmarks: 10,000 partitions, 500 members.

use super::java::Uuid;
use super::{Assignor, Member, Topic, Tp, assign};

const PARTITIONS: u32 = 10_000;
const MEMBERS: u32 = 500;

/// Who subscribes to what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subscriptions {
    /// All to everything.
    Equal,
    /// Each to six topics of ten.
    Unequal,
    /// As unequal, and one member, which subscribes to everything, has it all.
    OneHasAll,
}

/// So many topics of equal size, and a group about to rebalance: fifty of its members have just been replaced.
pub fn large(assignor: Assignor, topics: u16, subscriptions: Subscriptions) -> (Vec<Topic>, Vec<Member>) {
    let topic = |place: u16| {
        let number = u64::from(place) + 1;
        // The two odd constants of Vigna's SplitMix64 and of PCG: ids that look drawn.
        let (high, low) = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number.wrapping_mul(0x5851_f42d_4c95_7f2d));
        let name = ["topic-", &place.to_string()].concat();
        Topic { name, partitions: PARTITIONS / u32::from(topics.max(1)), id: Some(Uuid { high, low }) }
    };
    let all: Vec<Topic> = (0..topics).map(topic).collect();
    let member = |place: u32| {
        let spread =
            |topic: &u16| subscriptions == Subscriptions::Equal || (u32::from(*topic) * 7 + place * 13) % 10 < 6;
        // Someone reads everything.
        let topics = (0..topics).filter(|topic| place == 0 || spread(topic)).collect();
        let id = ["consumer-group-1-", &place.wrapping_mul(2_654_435_761).to_string()].concat();
        Member { id, instance: None, topics, owned: Vec::new(), generation: -1 }
    };
    let mut members: Vec<Member> = (0..MEMBERS).map(member).collect();
    if subscriptions == Subscriptions::OneHasAll {
        if let Some(first) = members.first_mut() {
            let partitions = |(place, topic): (usize, &Topic)| {
                (0..topic.partitions).map(move |index| Tp { topic: place as u16, index })
            };
            first.owned = all.iter().enumerate().flat_map(partitions).collect();
            first.generation = 1;
        }
        return (all, members);
    }
    let lists = assign(assignor, &all, &members);
    for (owner, list) in members.iter_mut().zip(lists) {
        (owner.owned, owner.generation) = (list, 1);
    }
    let places = (0..).zip(&mut members).filter(|(place, _)| place % 10 == 9);
    places.for_each(|(place, slot)| *slot = member(MEMBERS + place));
    (all, members)
}

/// What is measured, in words and as a group.
pub fn cases() -> Vec<(String, Assignor, u16, Subscriptions)> {
    let mut cases = Vec::new();
    for assignor in Assignor::ALL {
        for (topics, subscriptions, words) in [
            (10, Subscriptions::Equal, "10 topics"),
            (1_000, Subscriptions::Equal, "1,000 topics"),
            (100, Subscriptions::Unequal, "100 topics, unequal subscriptions"),
            (100, Subscriptions::OneHasAll, "100 topics, unequal, one had all"),
        ] {
            let name = ["10,000 partitions, 500 members, ", words, ", ", assignor.word()].concat();
            cases.push((name, assignor, topics, subscriptions));
        }
    }
    cases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::kafka::moves::{Sure, least, moves};

    #[test]
    fn large_groups_are_balanced_again() {
        for (name, assignor, topics, subscriptions) in cases() {
            let (topics, members) = large(assignor, topics, subscriptions);
            let lists = assign(assignor, &topics, &members);
            let moved = moves(&topics, &members, &lists);
            assert_eq!(moved.kept + moved.moved + moved.placed + moved.withheld, PARTITIONS, "{name}");
            if subscriptions == Subscriptions::Equal && matches!(assignor, Assignor::Sticky | Assignor::Uniform) {
                assert_eq!((moved.moved, Sure::Balanced), least(&topics, &members), "{name}");
            }
        }
    }
}
