//! Who of a group reads which partition: Kafka's assignors. The client's run in one of the consumers, the group's
//! leader; the server's in the group coordinator (KIP-848).

mod range;
mod roundrobin;
mod server_range;
mod sticky;
mod uniform;

use super::Tp;
use super::java::{self, Table, Uuid};
use crate::sim::order;

/// A topic that members may subscribe to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    pub name: String,
    /// How many partitions it has. With none, the client's assignors take it as unknown.
    pub partitions: u32,
    /// Its id. The server's assignors walk topics in the order of a hash set of ids; without ids, by their places.
    pub id: Option<Uuid>,
}

/// A member of a group, as an assignor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub id: String,
    /// `group.instance.id` of a static member.
    pub instance: Option<String>,
    /// The topics it subscribes to: places in the list of topics.
    pub topics: Vec<u16>,
    /// The partitions it says it owns, in its order; for the server's assignors its previous target.
    pub owned: Vec<Tp>,
    /// The generation in which it got them, -1 for none. The server's assignors ask for none.
    pub generation: i32,
}

/// How a change of assignment reaches the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Everyone gives up everything before each rebalance.
    Eager,
    /// Members keep what they read and give up only what goes to someone else (KIP-429).
    Cooperative,
    /// The coordinator reconciles member by member (KIP-848).
    Consumer,
}

/// `partition.assignment.strategy` or `group.remote.assignor`, rack-unaware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Assignor {
    /// Topic by topic, a range of partitions each: the client's default, with cooperative-sticky as its second.
    Range,
    /// All partitions in turn.
    RoundRobin,
    /// Balanced, and what can stay stays.
    Sticky,
    /// As sticky, but what moves is withheld until its owner gave it up.
    CooperativeSticky,
    /// The server's default: balanced, and what can stay stays.
    Uniform,
    /// The server's range.
    ServerRange,
}

impl Assignor {
    pub const ALL: [Assignor; 6] = [
        Assignor::Range,
        Assignor::RoundRobin,
        Assignor::Sticky,
        Assignor::CooperativeSticky,
        Assignor::Uniform,
        Assignor::ServerRange,
    ];

    /// The word by which links and menus know it.
    pub fn word(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
            Assignor::Sticky => "sticky",
            Assignor::CooperativeSticky => "cooperative-sticky",
            Assignor::Uniform => "uniform",
            Assignor::ServerRange => "server-range",
        }
    }

    pub fn by_word(word: &str) -> Option<Assignor> {
        Assignor::ALL.into_iter().find(|assignor| assignor.word() == word)
    }

    pub fn protocol(self) -> Protocol {
        match self {
            Assignor::Range | Assignor::RoundRobin | Assignor::Sticky => Protocol::Eager,
            Assignor::CooperativeSticky => Protocol::Cooperative,
            Assignor::Uniform | Assignor::ServerRange => Protocol::Consumer,
        }
    }
}

/// What each member is to read, in the order of the assignor's own lists; members in the order given. The client's
/// assignors meet members in the order of a Java hash map into which they were put as given, the server's as given.
/// Subscriptions to topics that are not in the list count for nothing.
pub fn assign(assignor: Assignor, topics: &[Topic], members: &[Member]) -> Vec<Vec<Tp>> {
    assign_with(assignor, topics, members, Details::default())
}

/// What else an assignor may be told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Details<'a> {
    /// The order in which a server's assignor walks topics, if not that of a Java hash set of their ids.
    pub topic_order: Option<&'a [u16]>,
    /// For sticky: the generation with which each member joined, where it is not that of what it owned. A member that
    /// was put out of its group joins with -1 and still says what it owned, and when.
    pub joined: Option<&'a [i32]>,
}

/// As [`assign`], with details.
pub fn assign_with(assignor: Assignor, topics: &[Topic], members: &[Member], details: Details) -> Vec<Vec<Tp>> {
    let group = Group::new(topics, members);
    match assignor {
        Assignor::Range => range::assign(&group),
        Assignor::RoundRobin => roundrobin::assign(&group),
        Assignor::Uniform => uniform::assign(&group, &group.walk(details)),
        Assignor::ServerRange => server_range::assign(&group, &group.walk(details)),
        Assignor::Sticky => sticky::assign(&group, details),
        Assignor::CooperativeSticky => sticky::assign_cooperatively(&group),
    }
}

/// A number for each partition, topic by topic.
pub(super) struct Numbers {
    starts: Vec<u32>,
}

impl Numbers {
    pub fn new(topics: &[Topic]) -> Numbers {
        let mut starts = vec![0u32];
        let mut next = 0u32;
        for topic in topics {
            next = next.saturating_add(topic.partitions);
            starts.push(next);
        }
        Numbers { starts }
    }

    pub fn len(&self) -> usize {
        self.starts.last().map_or(0, |&end| end as usize)
    }

    /// The partition's number, if there is such a partition.
    pub fn of(&self, tp: Tp) -> Option<usize> {
        let start = *self.starts.get(usize::from(tp.topic))?;
        let end = *self.starts.get(usize::from(tp.topic) + 1)?;
        let number = start.checked_add(tp.index)?;
        (number < end).then_some(number as usize)
    }
}

/// All a member subscribes to, as sorted pairs, each once. Topics that nobody knows are here: a subscription is a set of
/// names.
fn names(member: &Member) -> Vec<(u64, u32)> {
    let mut names: Vec<(u64, u32)> = member.topics.iter().map(|&topic| (u64::from(topic), 0)).collect();
    order::sort(&mut names);
    names.dedup();
    names
}

/// Whether two members subscribe to the same topics.
fn same_names(a: &Member, b: &Member) -> bool {
    a.topics == b.topics || names(a) == names(b)
}

/// Whether all members subscribe to the same topics.
pub(super) fn alike(members: &[Member]) -> bool {
    members.iter().all(|member| members.first().is_some_and(|first| same_names(first, member)))
}

/// A group with what all assignors ask of it.
struct Group<'a> {
    topics: &'a [Topic],
    members: &'a [Member],
    /// The topics each member subscribes to: known ones, each once, in its order.
    subscribed: Vec<Vec<u16>>,
    /// The same as bits: so many words for each member.
    bits: Vec<u64>,
    words: usize,
}

impl<'a> Group<'a> {
    fn new(topics: &'a [Topic], members: &'a [Member]) -> Group<'a> {
        let words = topics.len().div_ceil(64);
        let mut bits = vec![0; words * members.len()];
        let mut subscribed = Vec::with_capacity(members.len());
        for (place, member) in members.iter().enumerate() {
            let mut own = Vec::with_capacity(member.topics.len());
            for &topic in member.topics.iter().filter(|&&topic| usize::from(topic) < topics.len()) {
                let bit = 1u64 << (topic % 64);
                if let Some(word) = bits.get_mut(place * words + usize::from(topic / 64))
                    && *word & bit == 0
                {
                    *word |= bit;
                    own.push(topic);
                }
            }
            subscribed.push(own);
        }
        Group { topics, members, subscribed, bits, words }
    }

    /// Whether a member subscribes to a topic of the list.
    fn subscribes(&self, member: u32, topic: u16) -> bool {
        let word = self.bits.get(member as usize * self.words + usize::from(topic / 64));
        usize::from(topic) < self.topics.len() && word.is_some_and(|word| word >> (topic % 64) & 1 == 1)
    }

    fn partitions(&self, topic: u16) -> u32 {
        self.topics.get(usize::from(topic)).map_or(0, |topic| topic.partitions)
    }

    fn subscribed(&self, member: u32) -> &[u16] {
        self.subscribed.get(member as usize).map_or(&[], |topics| topics)
    }

    /// The members in the order of a Java hash map of their ids.
    fn by_hash(&self) -> Vec<u32> {
        let hashes: Vec<u32> = self.members.iter().map(|member| java::string_hash(&member.id)).collect();
        java::hash_map_order(&hashes)
    }

    /// The topics that these members subscribe to, each once, as first met.
    fn met_by(&self, members: &[u32]) -> Vec<u16> {
        let mut met = vec![false; self.topics.len()];
        let mut topics = Vec::new();
        for &member in members {
            for &topic in self.subscribed(member) {
                if let Some(met) = met.get_mut(usize::from(topic))
                    && !std::mem::replace(met, true)
                {
                    topics.push(topic);
                }
            }
        }
        topics
    }

    /// Topics in the order of a hash map of their names, put in this order into a table of that capacity.
    fn by_name_hash(&self, topics: &[u16], capacity: u32) -> Vec<u16> {
        let mut table = Table::new(capacity);
        for &topic in topics {
            table.push(self.topics.get(usize::from(topic)).map_or(0, |topic| java::string_hash(&topic.name)));
        }
        table.walk().into_iter().filter_map(|place| topics.get(place as usize).copied()).collect()
    }

    /// The subscribed topics that have partitions, in the order of the hash map in which a leader collects them.
    fn topics_by_hash(&self, members: &[u32]) -> Vec<u16> {
        // First a set of all names, then a map of those that have partitions.
        let mut topics = self.by_name_hash(&self.met_by(members), 16);
        topics.retain(|&topic| self.partitions(topic) > 0);
        self.by_name_hash(&topics, 16)
    }

    /// The subscribed topics that have partitions, in the order in which a server's assignor walks them: that of a
    /// hash set of their ids, made from the set of their names.
    fn walk(&self, details: Details) -> Vec<u16> {
        let as_given: Vec<u32> = (0..self.members.len() as u32).collect();
        let mut topics = self.met_by(&as_given);
        let capacity = java::capacity_for_copy(topics.len());
        if let Some(order) = details.topic_order {
            let mut left = vec![false; self.topics.len()];
            for &topic in &topics {
                left.get_mut(usize::from(topic)).into_iter().for_each(|left| *left = true);
            }
            let all = order.iter().chain(&topics).copied();
            topics = all.filter(|&topic| left.get_mut(usize::from(topic)).is_some_and(std::mem::take)).collect();
        } else {
            topics = self.by_name_hash(&topics, capacity);
        }
        topics.retain(|&topic| self.partitions(topic) > 0);
        if details.topic_order.is_none() {
            let hashes: Vec<u32> = topics.iter().map(|&topic| self.id_hash(topic)).collect();
            let order = java::walk(&hashes, java::buckets(capacity, topics.len()));
            topics = order.into_iter().filter_map(|place| topics.get(place as usize).copied()).collect();
        }
        topics
    }

    /// The hash code of a topic's id; without one, its place.
    fn id_hash(&self, topic: u16) -> u32 {
        let id = self.topics.get(usize::from(topic)).and_then(|topic| topic.id);
        id.map_or(u32::from(topic), Uuid::hash)
    }

    /// Who subscribes to each topic, in the order of these members.
    fn subscribers(&self, members: &[u32]) -> Vec<Vec<u32>> {
        let mut subscribers: Vec<Vec<u32>> = vec![Vec::new(); self.topics.len()];
        for &member in members {
            for &topic in self.subscribed(member) {
                subscribers.get_mut(usize::from(topic)).into_iter().for_each(|members| members.push(member));
            }
        }
        subscribers
    }

    /// The topics in the order of their names.
    fn topics_by_name(&self) -> Vec<u16> {
        let names: Vec<&str> = self.topics.iter().map(|topic| topic.name.as_str()).collect();
        java::sorted(&names).into_iter().map(|place| place as u16).collect()
    }

    /// Static members by instance id, then the others by member id (`MemberInfo.compareTo`). Equal ones in the order
    /// given.
    fn by_instance(&self, members: &[u32]) -> Vec<u32> {
        let key = |place: &u32| {
            let member = self.members.get(*place as usize);
            member.map_or((1, ""), |m| m.instance.as_deref().map_or((1, m.id.as_str()), |instance| (0, instance)))
        };
        let names: Vec<&str> = members.iter().map(|place| key(place).1).collect();
        let by_name = java::sorted(&names);
        let keys: Vec<u64> =
            by_name.iter().map(|&at| members.get(at as usize).map_or(1, |place| key(place).0)).collect();
        let at = order::order(&keys).into_iter().filter_map(|at| by_name.get(at as usize));
        at.filter_map(|&at| members.get(at as usize).copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assignor_has_a_word_of_its_own() {
        for assignor in Assignor::ALL {
            assert_eq!(Assignor::by_word(assignor.word()), Some(assignor));
        }
        assert_eq!(Assignor::by_word("Range"), None);
    }
}
