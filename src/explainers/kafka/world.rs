//! The world of the Kafka explainer: brokers with their logs, producers, and a consumer group, at one instant.

use super::cluster::ClusterDue;
use super::consumer::ConsumerDue;
use super::params::Params;
use super::producer::{Producer, ProducerDue};
use super::types::*;
use super::watch::Watch;
use crate::draw::scene::Subject;
use crate::explainers::{Event, Tone};
use crate::models::kafka::Tp;
use crate::sim::chronicle::Chronicle;
use crate::sim::random::{Stream, stream};
use crate::sim::{Micros, Queue};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Messages that are kept to be looked at after they have arrived.
pub const KEPT: usize = 240;
/// Partitions of all topics together, at most, whatever is added.
pub const PARTS: usize = 2_000;
/// Consumers, at most, whatever joins.
pub const CONSUMERS: usize = 120;

/// What never changes during a run.
pub struct Setup {
    pub params: Params,
    pub seed: u64,
}

/// What is still to happen.
#[derive(Clone, Debug, Hash)]
pub(super) enum Due {
    Cluster(ClusterDue),
    Producer(ProducerDue),
    Consumer(ConsumerDue),
    /// The lag is sampled, while anything goes on.
    Sample,
}

/// One stream of chance per purpose, drawn from in the order of events.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    pub arrivals: Stream,
    pub keys: Stream,
    pub processing: Stream,
    pub sticky: Stream,
    pub poison: Stream,
}

/// By what each stream would give next.
impl Hash for Chance {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let streams = [&self.arrivals, &self.keys, &self.processing, &self.sticky, &self.poison];
        streams.into_iter().for_each(|stream| stream.clone().next_u64().hash(state));
    }
}

impl Chance {
    fn new(seed: u64) -> Chance {
        Chance {
            arrivals: stream(seed, "kafka arrivals"),
            keys: stream(seed, "kafka keys"),
            processing: stream(seed, "kafka processing"),
            sticky: stream(seed, "kafka sticky partitions"),
            poison: stream(seed, "kafka poison"),
        }
    }
}

#[derive(Clone)]
pub struct World {
    pub setup: Rc<Setup>,
    pub topics: Rc<Vec<Topic>>,
    /// In the order in which they were made.
    pub partitions: Vec<Rc<Partition>>,
    pub brokers: Vec<Broker>,
    pub producers: Vec<Producer>,
    pub consumers: Vec<Rc<Consumer>>,
    /// The broker that coordinates the group; `None`: none does at the moment.
    pub coordinator: Option<BrokerId>,
    /// Between anybody: in flight, and the latest `KEPT` that were.
    pub messages: VecDeque<Rc<Message>>,
    /// By `RecordId`.
    pub fates: Chronicle<Fate>,
    pub rebalances: Chronicle<Rebalance>,
    pub stats: Stats,
    pub events: Rc<Vec<Event>>,
    pub watch: Watch,
    pub(super) queue: Queue<Due>,
    pub(super) chance: Chance,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.topics, &self.partitions, &self.brokers, &self.producers, &self.consumers).hash(state);
        (self.coordinator, &self.messages, &self.fates, &self.rebalances, &self.stats).hash(state);
        (&self.events, &self.watch, &self.queue, &self.chance).hash(state);
    }
}

impl World {
    pub fn part(&self, part: PartId) -> Option<&Partition> {
        self.partitions.get(usize::from(part)).map(|part| &**part)
    }
    pub(super) fn part_mut(&mut self, part: PartId) -> Option<&mut Partition> {
        self.partitions.get_mut(usize::from(part)).map(Rc::make_mut)
    }
    pub fn part_of(&self, tp: Tp) -> Option<PartId> {
        self.topics.get(usize::from(tp.topic))?.parts.get(tp.index as usize).copied()
    }
    /// All partitions by topic and number: the order in which they are shown.
    pub fn rows(&self) -> impl Iterator<Item = PartId> {
        self.topics.iter().flat_map(|topic| topic.parts.iter().copied())
    }
    /// A partition's name as Kafka writes it, such as `orders-0`.
    pub fn part_name(&self, part: PartId) -> String {
        let Some(part) = self.part(part) else { return String::new() };
        let topic = self.topics.get(usize::from(part.tp.topic)).map_or("", |topic| &topic.name);
        format!("{topic}-{}", part.tp.index)
    }
    pub fn consumer(&self, id: ConsumerId) -> Option<&Consumer> {
        self.consumers.get(usize::from(id)).map(|consumer| &**consumer)
    }
    pub(super) fn consumer_mut(&mut self, id: ConsumerId) -> Option<&mut Consumer> {
        self.consumers.get_mut(usize::from(id)).map(Rc::make_mut)
    }
    pub(super) fn params(&self) -> &Params {
        &self.setup.params
    }

    /// Everything in flight at a moment.
    pub fn flying(&self, at: Micros) -> impl Iterator<Item = &Message> {
        self.messages.iter().map(|message| &**message).filter(move |message| message.flying(at))
    }

    /// Keeps a message to be seen; the oldest that has arrived goes.
    pub(super) fn post(&mut self, message: Message) {
        while self.messages.len() >= KEPT && self.messages.front().is_some_and(|old| !old.flying(message.sent)) {
            self.messages.pop_front();
        }
        if message.of_group() {
            self.stats.group_messages += 1;
        }
        self.messages.push_back(Rc::new(message));
    }

    pub(super) fn say(&mut self, at: Micros, head: String, text: String, tone: Tone, subject: Option<Subject>) {
        Rc::make_mut(&mut self.events).push(Event { at, head, text, tone, subject });
    }
}
