//! Producers: when they make records, with which keys, and to which partitions these go.

use super::params::MOST;
use super::sending::Lane;
use super::types::*;
use super::world::{Due, World};
use crate::explainers::{Tone, grouped};
use crate::models::kafka::murmur2::partition_for_key;
use crate::sim::{Micros, SECOND};

/// `batch.size`, 16 KiB, at 1 KiB a record: after so many without a key another partition has its turn (KIP-794).
const STICK: u8 = 16;

/// What is still to happen at a producer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ProducerDue {
    /// It makes a record.
    Make(ProducerId),
    /// What it sent to a partition at this moment is at the leader.
    Arrive(ProducerId, PartId, Micros),
    /// Leaders' answers are there: for all producers that wait for this partition.
    Acked(PartId),
    Refused(ProducerId, PartId),
    /// It looks after what could not be sent.
    Retry(ProducerId),
    /// Connections to a broker that has died are closed.
    Cut(BrokerId),
    /// It asks how many partitions topics have.
    Metadata(ProducerId),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Producer {
    /// Records so far.
    pub made: u32,
    /// What is not acknowledged yet, by partition, ascending; only partitions with anything.
    pub lanes: Vec<Lane>,
    /// By topic: how many partitions it knows of; where records without a key go, and how many more of them.
    seen: Vec<(u32, PartId, u8)>,
    /// When it looks after what could not be sent.
    pub(super) wakes: Option<Micros>,
    /// The latest answers were refusals; it has given records up since the latest acknowledgement.
    pub(super) refused: bool,
    pub(super) gives_up: bool,
}

/// How a key is written: `k1`, `k2` ….
pub fn key_text(key: KeyId) -> String {
    format!("k{key}")
}

/// The number of the partition that a key goes to among so many.
pub fn partition_of_key(key: KeyId, partitions: u32) -> u32 {
    partition_for_key(key_text(key).as_bytes(), partitions)
}

impl World {
    pub(super) fn lay_producers(&mut self) {
        let n = self.setup.params.producers.clamp(1, 8);
        self.producers = (0..n).map(|_| Producer::default()).collect();
        for id in 0..n as ProducerId {
            self.learn(id);
        }
        self.begin_making(0);
    }

    pub(super) fn producer_due(&mut self, at: Micros, due: ProducerDue) {
        match due {
            ProducerDue::Make(id) => self.make(at, id),
            ProducerDue::Arrive(id, part, sent) => self.arrive(at, id, part, sent),
            ProducerDue::Acked(part) => self.acked(at, part),
            ProducerDue::Refused(id, part) => self.refused(at, id, part),
            ProducerDue::Retry(id) => self.retry(at, id),
            ProducerDue::Cut(broker) => self.cut(at, broker),
            ProducerDue::Metadata(id) => self.learn(id),
        }
    }

    /// Each producer’s next record, at random.
    fn begin_making(&mut self, at: Micros) {
        self.queue.retain(|_, due| !matches!(due, Due::Producer(ProducerDue::Make(_))));
        for id in 0..self.producers.len() as ProducerId {
            self.make_later(at, id);
        }
    }

    fn make_later(&mut self, at: Micros, id: ProducerId) {
        let mean = SECOND as f64 * self.producers.len() as f64 / f64::from(self.cluster.rate.max(1));
        let next = at + (-libm::log(self.chance.arrivals.unit()) * mean) as Micros;
        if self.cluster.rate > 0 && next < self.cluster.until && self.fates.len() < MOST as usize {
            self.queue.schedule(next, Due::Producer(ProducerDue::Make(id)));
        }
    }

    fn make(&mut self, at: Micros, id: ProducerId) {
        if self.fates.len() >= MOST as usize {
            return;
        }
        self.make_later(at, id);
        let sources = || (0u16..).zip(self.topics.iter()).filter(|(_, it)| it.role == Role::Source).map(|(i, _)| i);
        let n = sources().count() as u32;
        let pick = if n > 1 { self.chance.keys.below(n) } else { 0 };
        let Some(topic) = sources().nth(pick as usize) else { return };
        let key = self.draw_key();
        let Some(part) = self.place_for(id, topic, key) else { return };
        let bad = self.setup.params.bad.clamp(0, 100) as u32;
        let poison = bad > 0 && self.chance.poison.below(100) < bad;
        let record =
            self.fates.push(Fate { producer: id, topic, key, made: at, poison, ..Fate::default() }) as RecordId;
        self.stats.produced += 1;
        if let Some(producer) = self.producers.get_mut(usize::from(id)) {
            producer.made += 1;
        }
        self.offer(at, id, part, record);
    }

    fn draw_key(&mut self) -> KeyId {
        let keys = self.setup.params.keys.clamp(0, 1_000) as u32;
        let hot = self.cluster.hot;
        match keys {
            0 => 0,
            1 => 1,
            _ if hot == 0 => 1 + self.chance.keys.below(keys),
            _ if self.chance.keys.below(100) < hot => 1,
            _ => 2 + self.chance.keys.below(keys - 1),
        }
    }

    /// The partition for a record of this topic, as this producer knows the topic.
    fn place_for(&mut self, id: ProducerId, topic: u16, key: KeyId) -> Option<PartId> {
        let parts = &self.topics.get(usize::from(topic))?.parts;
        let (known, part, left) = self.producers.get_mut(usize::from(id))?.seen.get_mut(usize::from(topic))?;
        if key > 0 {
            return parts.get(partition_of_key(key, *known) as usize).copied();
        }
        if *left == 0 {
            let partitions = &self.partitions;
            let led = |part: &&PartId| partitions.get(usize::from(**part)).is_some_and(|it| it.leader.is_some());
            let all = parts.get(..*known as usize).unwrap_or(parts);
            // One with a leader, where any has.
            let n = all.iter().filter(led).count();
            *part = match n {
                0 => *all.get(self.chance.sticky.below(all.len() as u32) as usize)?,
                _ => *all.iter().filter(led).nth(self.chance.sticky.below(n as u32) as usize)?,
            };
            *left = STICK;
        }
        *left -= 1;
        Some(*part)
    }

    /// A producer hears how many partitions there are.
    pub(super) fn learn(&mut self, id: ProducerId) {
        let Some(producer) = self.producers.get_mut(usize::from(id)) else { return };
        producer.seen.resize(self.topics.len(), (0, 0, 0));
        for (topic, (known, ..)) in self.topics.iter().zip(&mut producer.seen) {
            *known = topic.parts.len() as u32;
        }
    }

    /// Topics have changed: each producer asks for metadata in its turn, every `metadata.max.age`. Tells when the first
    /// does.
    pub(super) fn producers_learn(&mut self, at: Micros) -> Micros {
        let age = self.setup.params.metadata.max(1) as Micros * SECOND;
        let n = self.producers.len().max(1) as Micros;
        let mut first = Micros::MAX;
        for id in 0..self.producers.len() as ProducerId {
            // They did not start at the same moment.
            let phase = age * Micros::from(id) / n;
            let next = at + age - (at + age - phase) % age;
            self.queue.schedule(next, Due::Producer(ProducerDue::Metadata(id)));
            first = first.min(next);
        }
        first.max(at)
    }

    pub(super) fn hot(&mut self, at: Micros, share: u32) -> Result<(), String> {
        if share > 100 {
            return Err(format!("a part of all records is 0 to 100 per cent, not {share}"));
        }
        let keys = self.setup.params.keys;
        if keys < 1 {
            return Err("records have no keys here".into());
        }
        self.cluster.hot = share;
        let n = self.topics.first().map_or(1, |topic| topic.parts.len() as u32);
        let to = partition_of_key(1, n);
        let (head, text) = match share {
            0 => ("No key is hotter than others".to_string(), format!("All {keys} are as frequent.")),
            _ => (
                format!("{share}% of all records have key k1"),
                format!(
                    "A key’s records all go to one partition, here number {to} of {n}: no more consumers and no more partitions will take any of them off its reader."
                ),
            ),
        };
        self.say(at, head, text, if share > 0 { Tone::Warn } else { Tone::Plain }, Some(super::key(1)));
        Ok(())
    }

    pub(super) fn rate(&mut self, at: Micros, rate: u32) -> Result<(), String> {
        if rate > 5_000 {
            return Err(format!("producers make up to 5,000 records per second, not {rate}"));
        }
        let span = self.setup.params.span.max(1) as Micros * SECOND;
        let left = (MOST as u64).saturating_sub(self.fates.len() as u64);
        self.cluster.rate = rate;
        self.cluster.until = span.min(at + left * SECOND / u64::from(rate.max(1)));
        self.begin_making(at);
        let ends = self.cluster.until.saturating_sub(at) / SECOND;
        let text = match ends {
            _ if rate == 0 => "They pause.".to_string(),
            0 => "But they have finished: no more records are made.".to_string(),
            _ => format!("For {} more seconds.", grouped(ends as i64)),
        };
        let head = format!("Producers make {} records per second", grouped(i64::from(rate)));
        self.say(at, head, text, Tone::Plain, Some(super::producer(0)));
        Ok(())
    }
}
