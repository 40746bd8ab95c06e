//! What the reader looks at: who has to do with it, what things are called, and how they stand.

use super::types::*;
use super::world::World;
use super::{broker, consumer, partition, producer, record};
use crate::draw::pen::Weight;
use crate::draw::scene::{Subject, Token};
use crate::explainers::{View, grouped};
use crate::sim::{Micros, time};

/// The hues of consumers, again from the first after the last; red is left to what fails.
const HUES: [Token; 6] = [Token::Blue, Token::Orange, Token::Green, Token::Pink, Token::Gold, Token::Sky];

pub fn hue(id: ConsumerId) -> Token {
    HUES.get(usize::from(id) % HUES.len()).copied().unwrap_or(Token::Blue)
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
        let Some(subject) = view.lit().filter(|lit| name(world, *lit).or_else(|| world.name(*lit)).is_some()) else {
            return light;
        };
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
    /// The group's coordinator: of some account to everybody.
    pub fn of_group(&self) -> Weight {
        if self.group { Weight::Strong } else { Weight::Plain }
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
    world.rows().collect::<Vec<_>>().into_iter().rev().find_map(|number| {
        let part = world.part(number)?;
        let back = part.log.iter().rev().position(|entry| entry.id == id)?;
        Some((number, part.end() - 1 - back as u64))
    })
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

/// What a consumer is at.
pub fn words(who: &Consumer) -> &'static str {
    if who.is_out() { "no member" } else { phase_words(who.phase) }
}

/// What a message is called, while it is known; `None`: not a message.
pub fn name(world: &World, subject: Subject) -> Option<String> {
    let message = message_of(world, subject).filter(|_| subject.kind == "message")?;
    let answer = if answers(message.kind) { " answered" } else { "" };
    let (from, to) = (place_name(message.from), place_name(message.to));
    Some(format!("{}{answer}, {from} to {to}", api_name(message.kind)))
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

/// How a subject stands, where it takes a look at the logs or at messages.
pub fn state(world: &World, subject: Subject) -> Option<String> {
    let id = index(subject)?;
    match subject.kind {
        "producer" => {
            let made = world.producers.get(id as usize)?.made;
            Some(format!("made {}", count(u64::from(made), "record")))
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

fn record_state(world: &World, id: RecordId) -> Option<String> {
    let fate = world.fates.get(id as usize)?;
    let place = match place_of(world, id) {
        Some((part, offset)) => format!("{} at offset {offset}", world.part_name(part)),
        None => "in no log".into(),
    };
    let mut said = vec![place];
    if fate.key > 0 {
        said.push(format!("key k{}", fate.key));
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
