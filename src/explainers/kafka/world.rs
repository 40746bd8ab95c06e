//! The world of the Kafka explainer: brokers with their logs, producers, and a consumer group, at one instant.

use super::cluster::{Cluster, ClusterDue};
use super::consumer::{ConsumerDue, Deploy, What};
use super::coordination::Group;
use super::group::types::Id;
use super::import::Data;
use super::params::{self, Params};
use super::producer::{Producer, ProducerDue};
use super::types::*;
use super::watch::Watch;
use crate::draw::scene::Subject;
use crate::explainers::{Event, Tone};
use crate::models::kafka::Tp;
use crate::sim::chronicle::Chronicle;
use crate::sim::random::{Stream, stream};
use crate::sim::{MS, Micros, Queue, SECOND};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Messages that are kept to be looked at after they have arrived.
pub const KEPT: usize = 240;
/// Partitions of all topics together, at most, whatever is added.
pub const PARTS: usize = 2_000;
/// Consumers, at most, whatever joins.
pub const CONSUMERS: usize = 120;
/// Events that are told, at most.
const TOLD: usize = 2_000;
/// The lag is sampled this often.
const SAMPLE: Micros = 500 * MS;
/// With more partitions, lag is sampled in total only.
const LAGS: usize = 60;
/// A group that has not become stable before the run begins within this begins as it is.
const WARM_UP: Micros = 120 * SECOND;
/// Between the starts of two consumers, when all start.
const STAGGER: Micros = 100 * MS;
/// What is left to process when producers have stopped is followed for so long, at most.
const DRAIN: Micros = 60 * SECOND;

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
    pub cluster: Cluster,
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
    /// The moment it was last advanced to.
    pub now: Micros,
    pub watch: Watch,
    /// The coordinator's part for this group.
    pub(super) group: Group,
    /// Whose member ids are or were whose.
    pub(super) members: Rc<Vec<(Id, ConsumerId)>>,
    /// Why the next rebalance begins.
    pub(super) cause: Option<Rc<str>>,
    /// The generation or group epoch when it was last quiet, since when, and who read which partition then.
    pub(super) settled_epoch: i32,
    /// How many processes consumers had gone through by then; more than any if one lost what it read since.
    pub(super) lives: u64,
    pub(super) quiet_since: Micros,
    /// When the reader last did something.
    pub(super) acted: Micros,
    pub(super) readers: Rc<Vec<Option<ConsumerId>>>,
    pub rollout: Deploy,
    /// What has been told already: who repeats records, and since when; the record that holds a consumer up.
    pub(super) repeats: Vec<(ConsumerId, Micros)>,
    pub(super) blocked: Option<(ConsumerId, InHand)>,
    pub(super) queue: Queue<Due>,
    pub(super) chance: Chance,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.topics, &self.partitions, &self.brokers, &self.cluster, &self.producers, &self.consumers).hash(state);
        (self.coordinator, &self.messages, &self.fates, &self.rebalances, &self.stats).hash(state);
        (&self.events, &self.watch, &self.queue, &self.chance, &self.group, &self.members, &self.cause).hash(state);
        (
            self.acted,
            self.settled_epoch,
            self.lives,
            self.quiet_since,
            &self.readers,
            &self.rollout,
            &self.repeats,
            self.blocked,
        )
            .hash(state);
    }
}

impl World {
    pub fn build(params: &Params, seed: u64, data: &Data) -> World {
        let mut world = World {
            setup: Rc::new(Setup { params: params.clone(), seed }),
            topics: Rc::default(),
            partitions: Vec::new(),
            brokers: Vec::new(),
            cluster: Cluster::default(),
            producers: Vec::new(),
            consumers: Vec::new(),
            coordinator: None,
            messages: VecDeque::new(),
            fates: Chronicle::default(),
            rebalances: Chronicle::default(),
            stats: Stats::default(),
            events: Rc::default(),
            now: 0,
            watch: Watch::default(),
            group: Group::new(params, seed, &[]),
            members: Rc::default(),
            cause: None,
            settled_epoch: 0,
            lives: 0,
            quiet_since: 0,
            acted: 0,
            readers: Rc::default(),
            rollout: Deploy::default(),
            repeats: Vec::new(),
            blocked: None,
            queue: Queue::default(),
            chance: Chance::new(seed),
        };
        world.lay_cluster(data);
        world.group = Group::new(params, seed, &world.assign_topics());
        let read = (0u16..).zip(world.topics.iter()).filter(|(_, topic)| topic.role != Role::DeadLetter);
        let read: Vec<u16> = read.map(|(i, _)| i).collect();
        if !data.group.as_deref().is_some_and(|group| world.enlist_told(group)) {
            (0..params.consumers.clamp(1, 100)).for_each(|_| {
                world.enlist(None, None, read.clone());
            });
        }
        for who in 0..world.consumers.len() as ConsumerId {
            let at = if params.begin == params::RUNNING { 0 } else { Micros::from(who) * STAGGER };
            world.after(at, who, What::Start);
        }
        match &data.group {
            Some(group) if params.begin == params::RUNNING => {
                world.hush();
                world.warm_up();
                world.as_told(group);
            }
            None if params.begin == params::RUNNING => world.warm_up(),
            _ => {}
        }
        world.lay_producers();
        world.queue.schedule(SAMPLE, Due::Sample);
        world.open();
        world
    }

    /// Lets the group form before the run begins, so that it begins with everyone at work.
    fn warm_up(&mut self) {
        let mut now = 0;
        while now < WARM_UP && (now < SECOND || self.in_progress()) {
            now += 100 * MS;
            self.advance(now);
        }
        self.queue.rebase(now);
        match &mut self.group {
            Group::Classic(group) => group.rebase(now),
            Group::Modern(group) => group.rebase(now),
        }
        self.messages.clear();
        self.rebalances = Chronicle::default();
        self.stats = Stats::default();
        self.events = Rc::default();
        self.cause = None;
        self.quiet_since = 0;
        self.now = 0;
        for part in &mut self.partitions {
            let part = Rc::make_mut(part);
            let last = part.holds.last().copied();
            part.holds = Chronicle::default();
            let (holder, epoch) = last.map_or((Holder::Nobody, 0), |hold| (hold.holder, hold.epoch));
            part.holds.push(Hold { from: 0, holder, epoch });
        }
        let every = self.params().every.max(1) as Micros * MS;
        for consumer in &mut self.consumers {
            let consumer = Rc::make_mut(consumer);
            consumer.rebase(now);
            // Not all commit at the same moment.
            consumer.inner.next_commit = every * (1 + Micros::from(consumer.id) % 8) / 8;
        }
        for who in 0..self.consumers.len() as ConsumerId {
            if self.consumer(who).is_some_and(Consumer::up) {
                self.tick_when_due(who);
            }
        }
    }

    pub fn advance(&mut self, to: Micros) {
        loop {
            let timer = self.group_due().filter(|at| *at <= to);
            let next = self.queue.next_at().filter(|at| *at <= to);
            match (next, timer) {
                // What arrives at the last moment still counts.
                (Some(next), Some(timer)) if next > timer => self.fire(timer),
                (None, Some(timer)) => self.fire(timer),
                (None, None) => break,
                _ => {
                    let Some((at, due)) = self.queue.pop(to) else { break };
                    match due {
                        Due::Cluster(due) => self.cluster_due(at, due),
                        Due::Producer(due) => self.producer_due(at, due),
                        Due::Consumer(due) => self.consumer_due(at, due),
                        Due::Sample => self.sample(at),
                    }
                }
            }
        }
        self.now = to;
    }

    /// The coordinator's next timer, while some broker coordinates.
    fn group_due(&self) -> Option<Micros> {
        self.coordinator.and_then(|_| self.group.due())
    }

    fn sample(&mut self, at: Micros) {
        let lag = self.lag().min(u64::from(u32::MAX)) as u32;
        self.stats.lag.push((at, lag));
        let each = self.partitions.iter().take(LAGS);
        let each = each.map(|part| if self.is_read(part) { part.lag().min(u64::from(u32::MAX)) as u32 } else { 0 });
        let few = self.partitions.len() <= LAGS;
        self.stats.lags.push(if few { each.collect() } else { Rc::from([]) });
        if at < self.settled_but_samples(at) {
            self.queue.schedule(at + SAMPLE, Due::Sample);
        }
    }

    /// When everything under way will be over, as far as it shows now.
    pub fn settled(&self) -> Micros {
        self.settled_but_samples(self.queue.next_at().unwrap_or(0))
    }

    fn settled_but_samples(&self, now: Micros) -> Micros {
        let made = self.params().lasts();
        // Some settings never come to rest: members that are thrown out again and again, nobody to coordinate.
        let patience = made.max(self.acted) + DRAIN;
        let mut end = made.max(self.cluster_settled());
        let rolling = self.rollout.now.is_some() || !self.rollout.waiting.is_empty();
        for (at, due) in self.queue.iter() {
            let counts = match due {
                Due::Consumer(due) => match due.what {
                    What::Beat(_) | What::Limit | What::Poll | What::Tick => false,
                    What::Deploy => rolling,
                    What::Start | What::Wake | What::Refresh => true,
                    _ => at < patience,
                },
                _ => false,
            };
            if counts {
                end = end.max(at);
            }
        }
        // Who is silent will be missed; what has begun will end.
        let silent = self.consumers.iter().any(|it| !it.up() || it.hangs.is_some());
        if silent {
            let missed = self.group_view().members.into_iter().filter(|it| {
                let who = it.who.and_then(|who| self.consumer(who));
                who.is_none_or(|it| !it.up() || it.hangs.is_some())
            });
            end = missed.filter_map(|it| it.session_ends).fold(end, Micros::max);
        }
        if now < patience && self.in_progress() {
            end = end.max(self.group_due().unwrap_or(0).min(now + 10 * SECOND)).max(now + SECOND);
        }
        if now < patience && self.lag() > 0 && self.consumers.iter().any(|it| it.phase == Phase::Steady) {
            end = end.max(now + SECOND);
        }
        end
    }

    /// Until when nothing moves: something always does while records are made or processed.
    pub fn still_until(&self, at: Micros) -> Micros {
        let lingers = |it: &Rc<Message>| it.sent <= at && at <= it.arrives + super::LINGER;
        let changing =
            self.partitions.iter().any(|it| it.holds.last().is_some_and(|hold| at < hold.from + super::LINGER));
        let working = self.consumers.iter().any(|it| it.busy.is_some());
        if working || changing || self.messages.iter().rev().take(64).any(lingers) {
            return at;
        }
        let timer = self.group_due().unwrap_or(Micros::MAX);
        self.queue.next_at().unwrap_or(Micros::MAX).min(timer).max(at)
    }

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
        let (head, text) = match self.events.len() {
            TOLD.. => return,
            n if n + 1 == TOLD => {
                let text =
                    "So much has happened that no more of it is told. The picture, the figures and the checks go on.";
                ("And so on".to_string(), text.to_string())
            }
            _ => (head, text),
        };
        Rc::make_mut(&mut self.events).push(Event { at, head, text, tone, subject });
    }
}
