//! Apache Kafka 4.3: which partition a record goes to, and which member of a group reads which partition.

pub mod assign;
pub mod java;
pub mod moves;
pub mod murmur2;
pub mod sample;

pub use assign::{Assignor, Member, Protocol, Topic, assign};

/// A partition of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tp {
    /// The topic's index in the list of topics.
    pub topic: u16,
    /// The partition's number within its topic, from 0.
    pub index: u32,
}
