//! Kafka consumer groups: who reads which partition, and what it costs each time that changes.

mod acts;
mod charts;
mod cluster;
mod consumer;
pub mod coordination;
mod election;
mod gantt;
pub mod group;
pub mod import;
mod lessons;
mod light;
mod member;
mod outage;
pub mod params;
mod polling;
pub mod producer;
mod replication;
mod retries;
mod scene;
mod sending;
pub mod story;
mod tell;
mod told;
pub mod types;
pub mod watch;
pub mod world;

pub use import::Data;
pub use params::Params;
pub use types::*;
pub use world::World;

use crate::draw::chart::Chart;
use crate::draw::scene::{Scene, Subject, Token};
use crate::explainers::*;
use crate::sim::{MS, Micros, SECOND};
use serde::{Deserialize, Serialize};

/// How long something that has happened is still seen.
const LINGER: Micros = 600 * MS;

pub struct Kafka;

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

/// Topics go by their place in the list, from 1.
pub fn topic(id: u16) -> Subject {
    Subject { kind: "topic", id: u32::from(id) + 1 }
}

/// Records go by their number, from 1.
pub fn record(id: RecordId) -> Subject {
    Subject { kind: "record", id: id + 1 }
}

/// Keys go by their number, from 1.
pub fn key(id: KeyId) -> Subject {
    Subject { kind: "key", id }
}

impl Explainer for Kafka {
    const META: Meta = Meta {
        slug: "kafka",
        title: "Kafka consumer groups",
        question: "Who reads which partition, and what does it cost each time that changes?",
        claim: "A group shares out partitions, each to one reader; every change of the group stops some of them, and how many, for how long, is the protocol’s doing.",
        pace: SECOND,
        opening: "",
        sources: &[
            Source {
                what: "Apache Kafka 4.3 documentation: design, consumer and producer configurations",
                url: "https://kafka.apache.org/documentation/",
            },
            Source {
                what: "KIP-429: Kafka Consumer Incremental Rebalance Protocol",
                url: "https://cwiki.apache.org/confluence/display/KAFKA/KIP-429%3A+Kafka+Consumer+Incremental+Rebalance+Protocol",
            },
            Source {
                what: "KIP-848: The Next Generation of the Consumer Rebalance Protocol",
                url: "https://cwiki.apache.org/confluence/display/KAFKA/KIP-848%3A+The+Next+Generation+of+the+Consumer+Rebalance+Protocol",
            },
            Source {
                what: "KIP-345: Introduce static membership protocol to reduce consumer rebalances",
                url: "https://cwiki.apache.org/confluence/display/KAFKA/KIP-345%3A+Introduce+static+membership+protocol+to+reduce+consumer+rebalances",
            },
            Source {
                what: "KIP-98: Exactly Once Delivery and Transactional Messaging (the idempotent producer)",
                url: "https://cwiki.apache.org/confluence/display/KAFKA/KIP-98+-+Exactly+Once+Delivery+and+Transactional+Messaging",
            },
            Source {
                what: "Kreps, Narkhede & Rao, Kafka: a Distributed Messaging System for Log Processing, NetDB 2011",
                url: "https://www.microsoft.com/en-us/research/wp-content/uploads/2017/09/Kafka.pdf",
            },
        ],
        simplified: &[
            "Every message takes the same time, and brokers have no queues: load does not make them slower.",
            "A fetch of a consumer is one request for all its partitions; in Kafka it is one for each broker that leads any of them, and a consumer fetches ahead of what it polls.",
            "A record is a request of its own: producers do not batch (linger.ms is 0 here; Kafka 4’s default is 5 ms).",
            "Consumers fetch from leaders only, and racks do not exist.",
            "A commit is kept by the coordinator at once; in Kafka it is a record of __consumer_offsets that has to be replicated first.",
            "When the coordinator’s broker dies, the group is as it last was in the log: who was just joining has to ask again.",
            "auto.offset.reset is earliest. There are no transactions.",
            "A record for the retry topic is tried again as soon as its turn comes, without a delay.",
            "Preferred leaders do not return by themselves within a run (Kafka looks every five minutes).",
        ],
    };
    type Params = Params;
    type Action = Action;
    type Data = Data;
    type World = World;
    type Sketch = scene::Sketch;
    const VERSUS: &'static [(&'static str, &'static str)] = &[("assignor", "cooperative-sticky")];
    const FOLDED: &'static [&'static str] = &[
        "topics",
        "keys",
        "hot",
        "producers",
        "brokers",
        "copies",
        "acks",
        "min-isr",
        "idempotent",
        "lag",
        "unclean",
        "spread",
        "batch",
        "every",
        "session",
        "heartbeat",
        "poll",
        "delay",
        "restart",
        "revoke",
        "bad",
        "fail",
        "work",
        "buffer",
        "net",
        "detect",
        "span",
        "metadata",
        "begin",
    ];

    fn build(params: &Params, seed: u64, data: &Data) -> World {
        World::build(params, seed, data)
    }
    fn act(world: &mut World, at: Micros, action: &Action) -> Result<(), String> {
        world.act(at, action)
    }
    fn advance(world: &mut World, to: Micros) {
        world.advance(to);
    }
    fn settled(world: &World) -> Micros {
        world.settled()
    }
    fn still_until(world: &World, at: Micros) -> Micros {
        world.still_until(at)
    }
    fn scene(world: &World, at: Micros, view: &View, sketch: &mut scene::Sketch) -> Scene {
        scene::scene(world, at, view, sketch)
    }
    fn diagram(world: &World, at: Micros, view: &View) -> Option<Scene> {
        gantt::diagram(world, at, view)
    }
    const DIAGRAM: &'static str =
        "The diagram shows who reads what over time; click a consumer or a partition to follow it.";
    const DIAGRAM_IS: &'static str =
        "Who reads which partition over time: a lane for each consumer and each partition.";
    const DIAGRAM_BELOW: bool = true;
    fn events(world: &World) -> &[Event] {
        &world.events
    }
    fn checks(world: &World) -> Vec<Check> {
        world.checks()
    }
    fn readouts(world: &World) -> Vec<Readout> {
        world.readouts(world.now)
    }
    fn charts(world: &World) -> Vec<Chart> {
        charts::charts(world)
    }
    fn offers(world: &World) -> Vec<Offer> {
        world.offers()
    }
    fn name(world: &World, subject: Subject) -> Option<String> {
        light::name(world, subject).or_else(|| world.name(subject))
    }
    fn ink(world: &World, subject: Subject) -> Option<Token> {
        light::ink(world, subject)
    }
    fn state(world: &World, subject: Subject) -> Option<String> {
        light::state(world, subject).or_else(|| world.state(subject))
    }
    fn describe(world: &World, at: Micros) -> String {
        world.describe(at)
    }
    fn subject(word: &str) -> Option<Subject> {
        let (kind, id) = word.rsplit_once('-')?;
        let kinds = ["consumer", "partition", "broker", "producer", "topic", "record", "key", "message"];
        let kind = kinds.into_iter().find(|known| *known == kind)?;
        Some(Subject { kind, id: id.parse().ok()? })
    }
    fn followable(world: &World) -> Vec<Subject> {
        let mut all: Vec<Subject> = (0..world.consumers.len().min(12)).map(|id| consumer(id as ConsumerId)).collect();
        all.extend(world.rows().take(12).map(partition));
        all.extend((0..world.brokers.len()).map(|id| broker(id as BrokerId)));
        all.extend((1..=world.setup.params.keys.clamp(0, 4) as u32).map(key));
        all
    }
    const TAKES_DATA: bool = true;
    fn imports() -> &'static [Import] {
        import::IMPORTS
    }
    fn adopt(data: &mut Data, made: Box<dyn std::any::Any>) {
        import::adopt(data, made);
    }
    fn data_parts(data: &Data) -> (Vec<(&'static str, String)>, Option<String>) {
        import::parts(data)
    }
    fn fixed_by(data: &Data, key: &str) -> bool {
        import::fixed_by(data, key)
    }
    fn data_from(data: &mut Data, key: &str, value: &str) -> Option<Result<(), String>> {
        import::from_link(data, key, value)
    }
    fn studies(run: &Run<Kafka>) -> Vec<Box<dyn Study>> {
        import::studies(run)
    }
    fn lessons() -> &'static [Lesson] {
        lessons::LESSONS
    }
}

#[cfg(test)]
mod tests;
