//! Kafka consumer groups: who reads which partition, and what it costs each time that changes.

mod cluster;
mod consumer;
pub mod group;
pub mod import;
pub mod params;
pub mod producer;
pub mod types;
pub mod watch;
pub mod world;

pub use import::Data;
pub use params::Params;
pub use types::*;
pub use world::World;

use crate::draw::scene::Subject;
use serde::{Deserialize, Serialize};

/// Everything a reader can do. Consumers, brokers and partitions of a topic: consumers and brokers go by their number,
/// counted from 1; topics by their name; partitions as Kafka counts them, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// One more consumer starts.
    Join,
    /// A consumer closes: it finishes its batch, commits, and leaves the group (unless it is a static member).
    Leave(u32),
    /// A consumer's process dies without a word.
    Crash(u32),
    /// A consumer that is down starts again, at once.
    Start(u32),
    /// A consumer closes and starts again after `restart`.
    Restart(u32),
    /// A consumer hangs for so many seconds (a long garbage collection): no thread of it runs.
    Hang(u32, u32),
    /// The record that a consumer processes, or begins next, takes so many seconds. Its heartbeats go on.
    Slow(u32, u32),
    /// All consumers restart, one after the other, the next as soon as the group is stable again.
    Deploy,
    /// A topic, and how many partitions it gets besides.
    Grow(String, u32),
    /// A consumer subscribes to a topic, or to it no longer.
    Subscribe(u32, String),
    Unsubscribe(u32, String),
    /// A broker crashes; comes back.
    Fail(u32),
    Repair(u32),
    /// From now on this part of all records, in per cent, has the first key.
    Hot(u32),
    /// Producers make so many records per second from now on.
    Rate(u32),
}

pub fn consumer(id: ConsumerId) -> Subject {
    Subject { kind: "consumer", id: u32::from(id) + 1 }
}

pub fn broker(id: BrokerId) -> Subject {
    Subject { kind: "broker", id: u32::from(id) + 1 }
}

/// Partitions go by the order in which they were made, from 1.
pub fn partition(id: PartId) -> Subject {
    Subject { kind: "partition", id: u32::from(id) + 1 }
}

pub fn producer(id: ProducerId) -> Subject {
    Subject { kind: "producer", id: u32::from(id) + 1 }
}

/// Records go by their number, from 1.
pub fn record(id: RecordId) -> Subject {
    Subject { kind: "record", id: id + 1 }
}

/// Keys go by their number, from 1.
pub fn key(id: KeyId) -> Subject {
    Subject { kind: "key", id }
}
