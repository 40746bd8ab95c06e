//! A consumer group of the reader's, as Kafka's tools described it.

use std::rc::Rc;

/// The reader's own data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    pub group: Option<Rc<Described>>,
}

/// What was found of one group. At most `world::PARTS` partitions, `world::CONSUMERS` members and `BROKERS` brokers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Described {
    /// Its name; empty where no line had one.
    pub group: String,
    /// In the order in which they were named.
    pub topics: Vec<DescribedTopic>,
    /// Likewise.
    pub members: Vec<DescribedMember>,
    /// The assignor, as Kafka names it: `range`, `roundrobin`, `sticky`, `cooperative-sticky`, `uniform` and others.
    pub strategy: Option<String>,
    /// The id of the broker that coordinates it.
    pub coordinator: Option<i32>,
    pub state: Option<GroupState>,
    /// The group epoch (KIP-848).
    pub epoch: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribedTopic {
    pub name: String,
    /// By number, without gaps: of some, nothing may be known.
    pub partitions: Vec<DescribedPartition>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescribedPartition {
    /// The committed offset; `None`: none, or not told.
    pub committed: Option<u64>,
    /// The log end offset (in truth the high watermark, or the last stable offset: what a consumer may read up to).
    pub end: Option<u64>,
    /// Whose it is, by place in `Described::members`.
    pub owner: Option<usize>,
    /// Ids of brokers. `None` with `replicas` known: no leader.
    pub leader: Option<i32>,
    /// The preferred leader first; empty: not told.
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
}

#[derive(Clone, Debug, Default, PartialEq)]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Brokers of a described group, at most.
pub const BROKERS: usize = 60;

impl Described {
    /// The ids of all brokers that are named, ascending; none: nothing told of any.
    pub fn brokers(&self) -> Vec<i32> {
        let mut all: Vec<i32> = self.coordinator.into_iter().collect();
        for part in self.topics.iter().flat_map(|topic| &topic.partitions) {
            all.extend(part.leader.iter().chain(&part.replicas).chain(&part.isr));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Partitions of all topics.
    pub fn parts(&self) -> usize {
        self.topics.iter().map(|topic| topic.partitions.len()).sum()
    }

    /// Records that are not committed, where it was told how many: partitions without a committed offset count none.
    pub fn lag(&self) -> u64 {
        let of = |part: &DescribedPartition| Some(part.end?.saturating_sub(part.committed?));
        self.topics.iter().flat_map(|topic| &topic.partitions).filter_map(of).sum()
    }
}
