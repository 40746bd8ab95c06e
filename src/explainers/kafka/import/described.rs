//! A consumer group of the reader's, as Kafka's tools described it.

use std::rc::Rc;

/// The reader's own data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Data {
    pub group: Option<Rc<Described>>,
}

/// What was found of one group. At most `world::PARTS` partitions, `world::CONSUMERS` members and `BROKERS` brokers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Described {
    /// Its name; empty where no line had one.
    pub group: String,
    /// In the order in which they were named. Each has a name of its own, and a partition.
    pub topics: Vec<DescribedTopic>,
    /// Likewise, each with an id of its own. None: it has none (`state` is `Empty`), or it was not told which.
    pub members: Vec<DescribedMember>,
    /// The assignor, as Kafka names it: `range`, `roundrobin`, `sticky`, `cooperative-sticky`, `uniform` and others.
    pub strategy: Option<String>,
    /// The id of the broker that coordinates it.
    pub coordinator: Option<i32>,
    pub state: Option<GroupState>,
    /// The group epoch (KIP-848).
    pub epoch: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribedTopic {
    pub name: String,
    /// By number, without gaps: of some, nothing may be known.
    pub partitions: Vec<DescribedPartition>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribedPartition {
    /// The committed offset; `None`: none, or not told.
    pub committed: Option<u64>,
    /// The log end offset (in truth the high watermark, or the last stable offset: what a consumer may read up to).
    pub end: Option<u64>,
    /// Whose it is, by place in `Described::members`.
    pub owner: Option<usize>,
    /// Ids of brokers. `None` with `replicas` known: no leader.
    pub leader: Option<i32>,
    /// The preferred leader first, each once; empty: not told.
    pub replicas: Vec<i32>,
    /// Some of `replicas`, the leader among them.
    pub isr: Vec<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DescribedMember {
    /// The member id; never empty.
    pub id: String,
    /// Its group.instance.id.
    pub instance: Option<String>,
    /// Its client id; empty where it was not told.
    pub client: String,
    /// Such as `/10.0.0.7`, likewise.
    pub host: String,
    /// The member epoch (KIP-848).
    pub epoch: Option<i32>,
    /// Topics that it is taken to subscribe to, by place in `Described::topics`, ascending.
    pub topics: Vec<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupState {
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
    Dead,
    /// KIP-848.
    Assigning,
    Reconciling,
}

impl GroupState {
    /// As Kafka writes it.
    pub fn name(self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance => "PreparingRebalance",
            GroupState::CompletingRebalance => "CompletingRebalance",
            GroupState::Stable => "Stable",
            GroupState::Dead => "Dead",
            GroupState::Assigning => "Assigning",
            GroupState::Reconciling => "Reconciling",
        }
    }
    pub const ALL: [GroupState; 7] = [
        GroupState::Empty,
        GroupState::PreparingRebalance,
        GroupState::CompletingRebalance,
        GroupState::Stable,
        GroupState::Dead,
        GroupState::Assigning,
        GroupState::Reconciling,
    ];
    /// By Kafka's name for it.
    pub fn of(name: &str) -> Option<GroupState> {
        GroupState::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Brokers of a described group, at most.
pub const BROKERS: usize = 60;
/// A name or an id, at most, in bytes: Kafka allows topics no more than 249 characters.
pub const LONGEST: usize = 255;

impl Described {
    /// The ids of all brokers that are named, ascending; none: nothing told of any.
    pub fn brokers(&self) -> Vec<i32> {
        let mut all: Vec<i32> = Vec::new();
        let parts = self.topics.iter().flat_map(|topic| &topic.partitions);
        let named = parts.flat_map(|part| part.leader.iter().chain(&part.replicas).chain(&part.isr));
        for broker in self.coordinator.iter().chain(named) {
            if let Err(place) = all.binary_search(broker) {
                all.insert(place, *broker);
            }
        }
        all
    }

    /// Partitions of all topics.
    pub fn parts(&self) -> usize {
        self.topics.iter().map(|topic| topic.partitions.len()).sum()
    }

    /// Records that are not committed, where it was told how many: partitions without a committed offset count none.
    pub fn lag(&self) -> u64 {
        let of = |part: &DescribedPartition| Some(part.end?.saturating_sub(part.committed?));
        self.topics.iter().flat_map(|topic| &topic.partitions).filter_map(of).fold(0, u64::saturating_add)
    }
}

/// A name in the picture, at most, in characters.
const SHORT: usize = 14;

impl Described {
    /// A short name for each member, all different: its instance id or its client id, without what all of them begin
    /// with; where several have the same, they are counted.
    pub fn names(&self) -> Vec<String> {
        // Where a client id is that of several, their hosts tell them apart, if those differ.
        let alike = |a: &DescribedMember, b: &DescribedMember| a.client == b.client && a.id != b.id;
        let shared = |it: &DescribedMember| self.members.iter().any(|other| alike(it, other));
        let alone = |it: &DescribedMember| {
            let other = |other: &DescribedMember| alike(it, other) && it.host == other.host;
            !it.host.is_empty() && !self.members.iter().any(other)
        };
        let full = |member: &DescribedMember| match (&member.instance, member.client.as_str()) {
            (Some(name), _) => name.clone(),
            (None, "") => member.id.clone(),
            (None, _) if shared(member) && alone(member) => member.host.trim_start_matches('/').to_string(),
            (None, client) => client.to_string(),
        };
        let full: Vec<String> = self.members.iter().map(full).collect();
        let common = common(&full);
        let mut names: Vec<String> = Vec::new();
        for name in &full {
            let name = clipped(name.get(common..).filter(|rest| !rest.is_empty()).unwrap_or(name));
            // Clipped names may be alike, too.
            let mut unique = name.clone();
            let mut n = 1;
            while names.contains(&unique) {
                n += 1;
                unique = format!("{name} #{n}");
            }
            names.push(unique);
        }
        names
    }
}

/// How many bytes all begin with, up to a part that is a name still: “app-1” is one, “1” is none.
fn common(all: &[String]) -> usize {
    let (Some(first), true) = (all.first(), all.iter().any(|one| Some(one) != all.first())) else { return 0 };
    let alike = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let most = all.iter().map(|one| alike(first, one)).min().unwrap_or(0);
    let name = |rest: &str| rest.len() > 2 && rest.starts_with(char::is_alphabetic);
    let after = |place: usize| all.iter().all(|one| one.get(place..).is_some_and(name));
    let parts =
        first.bytes().take(most).enumerate().filter(|(_, byte)| matches!(byte, b'-' | b'_' | b'.' | b':' | b'/'));
    parts.map(|(place, _)| place + 1).rfind(|place| after(*place)).unwrap_or(0)
}

/// What tells names apart stands at their end more often than at their beginning.
fn clipped(name: &str) -> String {
    let count = name.chars().count();
    match count > SHORT {
        true => std::iter::once('…').chain(name.chars().skip(count + 1 - SHORT)).collect(),
        false => name.to_string(),
    }
}
