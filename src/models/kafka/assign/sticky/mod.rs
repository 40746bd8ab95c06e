//! Kafka's sticky assignor and, with one step more, its cooperative one (4.3: `AbstractStickyAssignor`, without racks).
//! Balanced first; then what can stay stays.

mod cooperative;
mod equal;
mod movements;
mod unequal;

use super::{Details, Group, Tp};
use crate::sim::order;

/// No member, no partition.
const NONE: u32 = u32::MAX;

/// Kafka's own assignor would have thrown: no input from a cluster that keeps its partitions does that.
struct Thrown;

/// What members claim to own, and what is known of the topics.
struct Claims<'a> {
    group: &'a Group<'a>,
    /// The members in the order of the leader's hash map.
    members: Vec<u32>,
    /// Each member's place in the order of ids.
    ranks: Vec<u32>,
    /// The subscribed topics that have partitions, by name.
    topics: Vec<u16>,
    /// All partitions that are or that someone claims, numbered: by topic in the order of `topics`, then by index; after
    /// those that are, those that are claimed but are not.
    partitions: Vec<Tp>,
    /// The first number of each topic in the list of all topics.
    starts: Vec<u32>,
    /// How many partitions there really are.
    count: u32,
    /// What each member claims, numbered: partitions of subscribed topics only.
    claimed: Vec<Vec<u32>>,
    /// What each member owned, once contradictory claims are settled.
    owned: Vec<Vec<u32>>,
    /// By partition: whether two members of one generation claimed it.
    doubly: Vec<bool>,
    /// What each member says its generation is.
    generations: Vec<i32>,
    /// Whether all subscriptions are equal.
    alike: bool,
}

impl<'a> Claims<'a> {
    fn new(group: &'a Group<'a>, details: Details) -> Claims<'a> {
        let members = group.by_hash();
        let ids: Vec<&str> = group.members.iter().map(|member| member.id.as_str()).collect();
        let mut ranks = vec![0; ids.len()];
        for (place, rank) in super::java::sorted(&ids).into_iter().zip(0..) {
            ranks.get_mut(place as usize).into_iter().for_each(|slot| *slot = rank);
        }
        let subscribers = group.subscribers(&members);
        let has = |topic: &u16| subscribers.get(usize::from(*topic)).is_some_and(|members| !members.is_empty());
        let topics: Vec<u16> =
            group.topics_by_name().into_iter().filter(|topic| has(topic) && group.partitions(*topic) > 0).collect();
        let mut partitions = Vec::new();
        let mut starts = vec![NONE; group.topics.len()];
        for &topic in &topics {
            starts.get_mut(usize::from(topic)).into_iter().for_each(|start| *start = partitions.len() as u32);
            partitions.extend((0..group.partitions(topic)).map(|index| Tp { topic, index }));
        }
        let count = partitions.len() as u32;
        let mut claims = Claims {
            group,
            members,
            ranks,
            topics,
            partitions,
            starts,
            count,
            claimed: Vec::new(),
            owned: vec![Vec::new(); ids.len()],
            doubly: Vec::new(),
            generations: group.members.iter().map(|member| member.generation.max(-1)).collect(),
            alike: false,
        };
        claims.number();
        claims.alike = claims.are_alike();
        claims.settle(details.joined.unwrap_or(&[]));
        claims
    }

    /// Numbers what members claim.
    fn number(&mut self) {
        // Partitions that a topic does not have (any more) get numbers behind the others.
        let mut strange: Vec<(u64, u32)> = Vec::new();
        for &tp in self.group.members.iter().flat_map(|member| &member.owned) {
            if self.knows(tp.topic) && tp.index >= self.group.partitions(tp.topic) {
                strange.push((u64::from(tp.topic) << 32 | u64::from(tp.index), 0));
            }
        }
        order::sort(&mut strange);
        strange.dedup();
        self.partitions.extend(strange.iter().map(|(key, _)| Tp { topic: (key >> 32) as u16, index: *key as u32 }));
        let number = |tp: &Tp| {
            if !self.knows(tp.topic) {
                return None;
            }
            if tp.index < self.group.partitions(tp.topic) {
                return Some(self.starts.get(usize::from(tp.topic))? + tp.index);
            }
            let key = u64::from(tp.topic) << 32 | u64::from(tp.index);
            Some(self.count + strange.partition_point(|other| other.0 < key) as u32)
        };
        let numbers = |owned: &Vec<Tp>| owned.iter().filter_map(number).collect();
        self.claimed = self.group.members.iter().map(|member| numbers(&member.owned)).collect();
        self.doubly = vec![false; self.partitions.len()];
    }

    fn knows(&self, topic: u16) -> bool {
        self.starts.get(usize::from(topic)).is_some_and(|&start| start != NONE)
    }

    fn tp(&self, number: u32) -> Tp {
        self.partitions.get(number as usize).copied().unwrap_or(Tp { topic: 0, index: 0 })
    }

    /// Whether all subscribe to the same, as the assignor sees it: those without any topic that come before the first
    /// one with some do not count.
    fn are_alike(&self) -> bool {
        let mut members = self.members.iter().filter_map(|&member| self.group.members.get(member as usize));
        let Some(first) = members.find(|member| !member.topics.is_empty()) else { return true };
        members.all(|member| super::same_names(first, member))
    }

    /// Each claim in turn: the higher generation has it; of the same one, nobody. `joined` are the generations with
    /// which members joined, if they are others than those they say their claims are of.
    fn settle(&mut self, joined: &[i32]) {
        let mut owners = vec![NONE; self.partitions.len()];
        for &member in &self.members {
            let generation = of(&self.generations, member, -1);
            let claimed = self.claimed.get(member as usize).map_or(&[][..], |claimed| claimed);
            for &number in claimed {
                let Some(owner) = owners.get_mut(number as usize) else { continue };
                // Kafka compares with the generation of the other's subscription, not with that of its claims.
                let other = *owner as usize;
                let others = joined.get(other).or(self.generations.get(other)).copied().unwrap_or(-1).max(-1);
                if *owner == NONE || generation > others {
                    self.owned.get_mut(member as usize).into_iter().for_each(|owned| owned.push(number));
                } else if generation == others {
                    self.doubly.get_mut(number as usize).into_iter().for_each(|doubly| *doubly = true);
                } else {
                    continue;
                }
                if let Some(owned) = self.owned.get_mut(other)
                    && let Some(place) = owned.iter().position(|&held| held == number)
                {
                    owned.remove(place);
                }
                *owner = member;
            }
        }
    }

    /// Of all partitions in an order those that are not in a list, as Kafka finds them: it walks both side by side, so
    /// what is in the list but does not exist hides all that comes after it. `key` gives that order.
    fn unassigned(&self, all: &[u32], assigned: &[u32], key: impl Fn(Tp) -> u64) -> Vec<u32> {
        let mut pairs: Vec<(u64, u32)> = assigned.iter().map(|&number| (key(self.tp(number)), number)).collect();
        order::sort(&mut pairs);
        let mut next = pairs.into_iter().map(|pair| pair.1).peekable();
        all.iter().copied().filter(|number| next.next_if_eq(number).is_none()).collect()
    }

    fn list(&self, numbers: &[u32]) -> Vec<Tp> {
        numbers.iter().map(|&number| self.tp(number)).collect()
    }
}

/// An element of a list, or else what it is not.
fn of<T: Copy>(list: &[T], place: u32, otherwise: T) -> T {
    list.get(place as usize).copied().unwrap_or(otherwise)
}

/// An assignment by numbers, and for equal subscriptions what goes from one member to another: the partition and who
/// gets it.
struct Outcome {
    lists: Vec<Vec<u32>>,
    transfers: Option<Vec<(u32, u32)>>,
}

fn outcome(claims: &Claims) -> Outcome {
    let nothing = || Outcome { lists: vec![Vec::new(); claims.group.members.len()], transfers: None };
    let outcome = if claims.members.is_empty() {
        Ok(nothing())
    } else if claims.alike {
        equal::assign(claims)
    } else {
        unequal::assign(claims)
    };
    // Where Kafka throws, the rebalance fails and nobody gets anything.
    outcome.unwrap_or_else(|Thrown| nothing())
}

pub(super) fn assign(group: &Group, details: Details) -> Vec<Vec<Tp>> {
    let claims = Claims::new(group, details);
    outcome(&claims).lists.iter().map(|list| claims.list(list)).collect()
}

pub(super) fn assign_cooperatively(group: &Group) -> Vec<Vec<Tp>> {
    let claims = Claims::new(group, Details::default());
    let mut outcome = outcome(&claims);
    cooperative::withhold(&claims, &mut outcome);
    outcome.lists.iter().map(|list| claims.list(list)).collect()
}
