//! What the reader looks at: who has to do with it, what things are called, and how they stand.

use super::types::*;
use super::world::World;
use super::{broker, consumer, partition, producer, record};
use crate::draw::pen::Weight;
use crate::draw::scene::{Subject, Token};
use crate::explainers::{View, grouped};
use crate::sim::{Micros, time};

/// The hues of consumers, again from the first after the last; red is left to what fails.
const HUES: [Token; 6] = [Token::Blue, Token::Orange, Token::Green, Token::Pink, Token::Sky, Token::Gold];

pub fn hue(id: ConsumerId) -> Token {
    HUES.get(usize::from(id) % HUES.len()).copied().unwrap_or(Token::Blue)
}

/// What stands for a topic, counted from 1.
pub fn topic(id: u16) -> Subject {
    Subject { kind: "topic", id: u32::from(id) + 1 }
}

/// Messages have no numbers: what they are stands for them.
pub fn message(message: &Message) -> Subject {
    let said = (message.kind, message.from, message.to, message.sent, message.part, message.record);
    Subject { kind: "message", id: crate::sim::digest(&said) as u32 | 1 }
}

fn message_of(world: &World, subject: Subject) -> Option<&Message> {
    world.messages.iter().rev().map(|message| &**message).find(|known| message(known) == subject)
}

fn index(subject: Subject) -> Option<u32> {
    subject.id.checked_sub(1)
}

/// The consumer that a message comes from or goes to.
pub fn consumer_of(message: &Message) -> Option<ConsumerId> {
    match (message.from, message.to) {
        (Place::Consumer(id), _) | (_, Place::Consumer(id)) => Some(id),
        _ => None,
    }
}

/// Whose a partition is, whether or not they read it.
pub fn owner(holder: Holder) -> Option<ConsumerId> {
    match holder {
        Holder::Nobody => None,
        Holder::Reads(id) | Holder::Silent(id) => Some(id),
    }
}

/// What is lit, and who has to do with it.
pub struct Light {
    pub subject: Option<Subject>,
    consumers: Vec<bool>,
    parts: Vec<bool>,
    brokers: Vec<bool>,
    producers: Vec<bool>,
    group: bool,
}

impl Light {
    pub fn new(world: &World, view: &View) -> Light {
        let mut light = Light {
            subject: None,
            consumers: Vec::new(),
            parts: Vec::new(),
            brokers: Vec::new(),
            producers: Vec::new(),
            group: false,
        };
        let Some(subject) = view.lit().filter(|subject| name(world, *subject).is_some()) else { return light };
        let Some(id) = index(subject) else { return light };
        light.subject = Some(subject);
        light.consumers = vec![false; world.consumers.len()];
        light.parts = vec![false; world.partitions.len()];
        light.brokers = vec![false; world.brokers.len()];
        light.producers = vec![false; world.producers.len()];
        match subject.kind {
            "consumer" => light.consumer(world, id as ConsumerId),
            "partition" => light.part(world, id as PartId),
            "broker" => {
                turn_on(&mut light.brokers, id as usize);
                light.group = world.coordinator == Some(id as BrokerId);
                for (lit, part) in light.parts.iter_mut().zip(&world.partitions) {
                    *lit = part.leader == Some(id as BrokerId);
                }
            }
            "producer" => turn_on(&mut light.producers, id as usize),
            "topic" => {
                let parts = world.topics.get(id as usize).map_or(&[][..], |topic| &topic.parts);
                parts.iter().for_each(|part| light.part(world, *part));
            }
            "record" => {
                if let Some((part, _)) = place_of(world, id) {
                    light.part(world, part);
                }
            }
            "message" => {
                if let Some(message) = message_of(world, subject) {
                    light.message(world, message);
                }
            }
            _ => {}
        }
        light
    }

    fn consumer(&mut self, world: &World, id: ConsumerId) {
        turn_on(&mut self.consumers, usize::from(id));
        for (lit, part) in self.parts.iter_mut().zip(&world.partitions) {
            *lit |= owner(part.holder()) == Some(id);
        }
    }

    fn part(&mut self, world: &World, id: PartId) {
        turn_on(&mut self.parts, usize::from(id));
        let Some(part) = world.part(id) else { return };
        if let Some(owner) = owner(part.holder()) {
            turn_on(&mut self.consumers, usize::from(owner));
        }
        if let Some(leader) = part.leader {
            turn_on(&mut self.brokers, usize::from(leader));
        }
    }

    fn message(&mut self, world: &World, message: &Message) {
        self.group = message.of_group();
        for place in [message.from, message.to] {
            match place {
                Place::Consumer(id) => turn_on(&mut self.consumers, usize::from(id)),
                Place::Producer(id) => turn_on(&mut self.producers, usize::from(id)),
                Place::Broker(id) => turn_on(&mut self.brokers, usize::from(id)),
                Place::Coordinator => {}
            }
        }
        if let Some(part) = message.part {
            self.part(world, part);
        }
    }

    fn weigh(&self, lit: Option<&bool>) -> Weight {
        match (self.subject, lit) {
            (None, _) => Weight::Plain,
            (_, Some(true)) => Weight::Strong,
            _ => Weight::Faint,
        }
    }

    pub fn of_consumer(&self, id: ConsumerId) -> Weight {
        self.weigh(self.consumers.get(usize::from(id)))
    }
    pub fn of_part(&self, id: PartId) -> Weight {
        self.weigh(self.parts.get(usize::from(id)))
    }
    pub fn of_broker(&self, id: BrokerId) -> Weight {
        self.weigh(self.brokers.get(usize::from(id)))
    }
    pub fn of_producer(&self, id: ProducerId) -> Weight {
        self.weigh(self.producers.get(usize::from(id)))
    }
    /// The group's coordinator.
    pub fn of_group(&self) -> Weight {
        self.weigh(Some(&self.group))
    }

    /// A record in a log: lit by itself or by its key, stronger than its partition.
    pub fn of_record(&self, entry: &Record) -> Weight {
        match self.subject {
            Some(subject) if subject.kind == "record" && subject == record(entry.id) => Weight::Strong,
            Some(subject) if subject.kind == "key" && subject.id == entry.key => Weight::Strong,
            _ => Weight::Plain,
        }
    }

    /// A message, which may have been lit by itself.
    pub fn of_message(&self, other: &Message) -> Weight {
        let Some(subject) = self.subject else { return Weight::Plain };
        let lit = match subject.kind {
            "message" => message(other) == subject,
            "partition" => other.part.is_some_and(|part| partition(part) == subject),
            "record" => other.record.is_some_and(|id| record(id) == subject),
            _ => [other.from, other.to].into_iter().any(|place| match place {
                Place::Consumer(id) => consumer(id) == subject,
                Place::Producer(id) => producer(id) == subject,
                Place::Broker(id) => broker(id) == subject,
                Place::Coordinator => subject.kind == "broker" && self.group,
            }),
        };
        self.weigh(Some(&lit))
    }

    /// What the still picture depends on.
    pub fn digest(&self) -> u64 {
        crate::sim::digest(&(self.subject, &self.consumers, &self.parts, &self.brokers, &self.producers, self.group))
    }
}

fn turn_on(all: &mut [bool], at: usize) {
    if let Some(lit) = all.get_mut(at) {
        *lit = true;
    }
}

/// Where a record lies: the log in which it was found last, so a retry topic before the first.
fn place_of(world: &World, id: RecordId) -> Option<(PartId, u64)> {
    world.fates.get(id as usize)?;
    world.partitions.iter().zip(0..).rev().find_map(|(part, number)| {
        let offset = part.log.iter().rev().position(|entry| entry.id == id)?;
        Some((number, part.end() - 1 - offset as u64))
    })
}

pub fn key_name(id: KeyId) -> String {
    format!("k{id}")
}

/// One record, 12 records.
pub fn count(n: u64, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    [&grouped(n as i64), "\u{a0}", what, s].concat()
}

pub fn place_name(place: Place) -> String {
    match place {
        Place::Producer(id) => format!("P{}", id + 1),
        Place::Broker(id) => format!("B{}", id + 1),
        Place::Coordinator => "coordinator".into(),
        Place::Consumer(id) => format!("C{}", id + 1),
    }
}

/// Kafka's name of what a message asks, and of what it answers.
pub fn api_name(kind: MessageKind) -> &'static str {
    use MessageKind as Kind;
    match kind {
        Kind::Produce | Kind::ProduceAck => "Produce",
        Kind::Fetch | Kind::Fetched(_) => "Fetch",
        Kind::FindCoordinator | Kind::Coordinator => "FindCoordinator",
        Kind::JoinGroup | Kind::JoinAnswer => "JoinGroup",
        Kind::SyncGroup | Kind::SyncAnswer => "SyncGroup",
        Kind::Heartbeat | Kind::HeartbeatAnswer => "Heartbeat",
        Kind::GroupHeartbeat | Kind::GroupHeartbeatAnswer => "ConsumerGroupHeartbeat",
        Kind::LeaveGroup | Kind::LeaveAnswer => "LeaveGroup",
        Kind::OffsetFetch | Kind::Offsets => "OffsetFetch",
        Kind::OffsetCommit | Kind::CommitAnswer => "OffsetCommit",
    }
}

/// Whether a message answers another.
pub fn answers(kind: MessageKind) -> bool {
    use MessageKind as Kind;
    matches!(
        kind,
        Kind::ProduceAck
            | Kind::Fetched(_)
            | Kind::Coordinator
            | Kind::JoinAnswer
            | Kind::SyncAnswer
            | Kind::HeartbeatAnswer
            | Kind::GroupHeartbeatAnswer
            | Kind::LeaveAnswer
            | Kind::Offsets
            | Kind::CommitAnswer
    )
}

pub fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Down => "down",
        Phase::Finding => "looks for coordinator",
        Phase::Joining => "joining",
        Phase::Syncing => "waits for SyncGroup",
        Phase::Steady => "steady",
        Phase::Revoking => "revoking",
        Phase::Hung => "hung",
    }
}

/// What a subject is called; `None`: there is no such thing.
pub fn name(world: &World, subject: Subject) -> Option<String> {
    let id = index(subject)? as usize;
    let known = |all: usize, letter: char| (id < all).then(|| format!("{letter}{}", id + 1));
    match subject.kind {
        "consumer" => known(world.consumers.len(), 'C'),
        "broker" => known(world.brokers.len(), 'B'),
        "producer" => known(world.producers.len(), 'P'),
        "partition" => (id < world.partitions.len()).then(|| world.part_name(id as PartId)),
        "topic" => world.topics.get(id).map(|topic| format!("topic {}", topic.name)),
        "record" => world.fates.get(id).map(|_| format!("record {}", id + 1)),
        "key" => (subject.id as i64 <= world.params().keys).then(|| key_name(subject.id)),
        "message" => message_of(world, subject).map(|message| {
            let answer = if answers(message.kind) { " answered" } else { "" };
            let (from, to) = (place_name(message.from), place_name(message.to));
            format!("{}{answer}, {from} to {to}", api_name(message.kind))
        }),
        _ => None,
    }
}

/// The colour a subject has in the picture.
pub fn ink(world: &World, subject: Subject) -> Option<Token> {
    let id = index(subject)?;
    match subject.kind {
        "consumer" => Some(hue(id as ConsumerId)),
        "partition" => owner(world.part(id as PartId)?.holder()).map(hue),
        "record" => owner(world.part(place_of(world, id)?.0)?.holder()).map(hue),
        "message" => consumer_of(message_of(world, subject)?).map(hue),
        _ => None,
    }
}

/// How a subject stands, in a few words.
pub fn state(world: &World, subject: Subject) -> Option<String> {
    let id = index(subject)?;
    match subject.kind {
        "consumer" => consumer_state(world, id as ConsumerId),
        "partition" => partition_state(world, id as PartId),
        "broker" => broker_state(world, id as BrokerId),
        "producer" => {
            let made = world.producers.get(id as usize)?.made;
            Some(format!("made {}", count(u64::from(made), "record")))
        }
        "topic" => {
            let parts = &world.topics.get(id as usize)?.parts;
            let records: u64 = parts.iter().filter_map(|part| world.part(*part)).map(Partition::end).sum();
            Some([count(parts.len() as u64, "partition"), count(records, "record")].join(", "))
        }
        "record" => record_state(world, id),
        "key" => {
            let mut held: Vec<String> = Vec::new();
            let mut records = 0;
            for part in world.rows() {
                let log = world.part(part).map(|part| &part.log);
                let here = log.map_or(0, |log| log.iter().filter(|entry| entry.key == subject.id).count());
                if here > 0 {
                    held.push(world.part_name(part));
                    records += here as u64;
                }
            }
            let held = if held.is_empty() { String::new() } else { format!(", in {}", held.join(", ")) };
            Some(count(records, "record") + &held)
        }
        "message" => {
            let message = message_of(world, subject)?;
            let epoch = message.epoch.map_or(String::new(), |epoch| {
                format!(", {} {epoch}", if world.params().modern() { "epoch" } else { "generation" })
            });
            let error = if message.error.is_empty() { "" } else { ", " };
            let lost = if message.lost.is_some() { ", lost" } else { "" };
            Some(["sent at ", &seconds(message.sent), &epoch, error, message.error, lost].concat())
        }
        _ => None,
    }
}

/// A moment or a length in seconds with one decimal: `12.4 s`.
pub fn seconds(at: Micros) -> String {
    time::label(at, crate::sim::SECOND)
}

/// Up to four names, and how many more there are.
fn listed(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(4);
    let first = names.into_iter().take(4).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}

fn consumer_state(world: &World, id: ConsumerId) -> Option<String> {
    let who = world.consumer(id)?;
    let mut said = vec![phase_words(who.phase).to_string()];
    if who.leads {
        said.push("leads the group".into());
    }
    if who.epoch > 0 {
        said.push(format!("{} {}", if world.params().modern() { "epoch" } else { "generation" }, who.epoch));
    }
    let owned: Vec<String> = who.claims.iter().map(|claim| world.part_name(claim.part)).collect();
    match owned.len() {
        0 => said.push("owns nothing".into()),
        n if n > 4 => said.push(format!("owns {n} partitions")),
        _ => said.push(format!("owns {}", listed(owned))),
    }
    if !who.hands.is_empty() {
        said.push(format!("{} in hand", count(who.hands.len() as u64, "record")));
    }
    if who.processed > 0 {
        said.push(format!("{} processed", grouped(i64::from(who.processed))));
    }
    Some(said.join(", "))
}

fn partition_state(world: &World, id: PartId) -> Option<String> {
    let part = world.part(id)?;
    let leader = part.leader.map_or("offline".into(), |leader| format!("led by B{}", leader + 1));
    let reader = match part.holder() {
        Holder::Nobody => "nobody reads".to_string(),
        Holder::Reads(id) => format!("C{} reads", id + 1),
        Holder::Silent(id) => format!("C{} owns it and is silent", id + 1),
    };
    let sync = format!("{} of {} in sync", part.isr.len(), part.replicas.len());
    let committed = part.committed.map_or("none".into(), |offset| grouped(offset as i64));
    let lag = grouped(part.lag() as i64);
    let end = grouped(part.end() as i64);
    Some(format!("{reader}, {leader}, {sync}; end {end}, committed {committed}, lag {lag}"))
}

fn broker_state(world: &World, id: BrokerId) -> Option<String> {
    let known = world.brokers.get(usize::from(id))?;
    let leads = world.partitions.iter().filter(|part| part.leader == Some(id)).count() as u64;
    let up = match (known.up, known.registered) {
        (true, true) => "up",
        (true, false) => "up, not yet registered",
        (false, true) => "down, not yet noticed",
        (false, false) => "down",
    };
    let group = if world.coordinator == Some(id) { ", coordinates the group" } else { "" };
    Some(format!("{up}, leads {}{group}", count(leads, "partition")))
}

fn record_state(world: &World, id: RecordId) -> Option<String> {
    let fate = world.fates.get(id as usize)?;
    let place = match place_of(world, id) {
        Some((part, offset)) => format!("{} at offset {offset}", world.part_name(part)),
        None => "in no log".into(),
    };
    let mut said = vec![place];
    if fate.key > 0 {
        said.push(format!("key {}", key_name(fate.key)));
    }
    said.push(match fate.processed {
        0 => "not processed".into(),
        1 => "processed once".into(),
        n => format!("processed {n} times"),
    });
    if fate.poison {
        said.push("cannot be processed".into());
    }
    if fate.set_aside {
        said.push("set aside".into());
    }
    if !fate.acked {
        said.push(if fate.given_up { "given up by its producer" } else { "not acknowledged" }.into());
    }
    Some(said.join(", "))
}
