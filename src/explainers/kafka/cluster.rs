//! Brokers: how topics are laid out on them, their logs, and what the reader changes about them.

use super::import::{BROKERS, Data, Described};
use super::params;
use super::producer::partition_of_key;
use super::replication::Link;
use super::tell::many;
use super::types::*;
use super::world::{Due, PARTS, World};
use super::{Params, partition};
use crate::explainers::{Tone, grouped};
use crate::models::kafka::{Tp, java};
use crate::sim::chronicle::Chronicle;
use crate::sim::{MS, Micros, SECOND, order};
use std::rc::Rc;

/// The group id, unless the reader brought one.
pub const GROUP: &str = "readers";
/// `offsets.topic.num.partitions` and `offsets.topic.replication.factor`: Kafka's defaults.
const OFFSETS_PARTITIONS: u32 = 50;
const OFFSETS_COPIES: usize = 3;
/// What a consumer could not append is tried again after this.
const AGAIN: Micros = 100 * MS;

/// What is still to happen among brokers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ClusterDue {
    /// The leader (first) answers the follower's fetch, which has waited for records.
    Respond(BrokerId, BrokerId),
    /// The follower has the records.
    Fetched(BrokerId, BrokerId),
    /// The follower's next fetch is at the leader, which knows now how far it is.
    Known(BrokerId, BrokerId),
    /// A consumer's record for a retry or dead-letter topic is at its leader.
    Append(PartId, Record),
    /// The controller has not heard of a broker for too long.
    Fence(BrokerId),
    /// The controller lets a broker in that has started; of this life.
    Return(BrokerId, u32),
    /// While something is wrong: who lags, which requests have waited for too long.
    Tick,
}

/// What there is of the cluster besides topics, partitions and brokers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cluster {
    /// The partition of `__consumer_offsets` that the group's coordinator leads; without its log.
    pub offsets: Option<Rc<Partition>>,
    /// By leader and follower, ascending.
    pub(super) links: Vec<Link>,
    /// Records per second, by all producers; and the part of them in per cent that has the first key.
    pub rate: u32,
    pub hot: u32,
    /// Producers make no records from then on.
    pub until: Micros,
    pub(super) ticking: bool,
    /// With acks=0: records that went to a dead broker and have not been told of.
    pub(super) dropped: u32,
}

impl Partition {
    /// A partition without records. It is led by the first of its replicas that `alive` accepts, and the ISR is all of
    /// these.
    fn laid(tp: Tp, replicas: Vec<BrokerId>, base: u64, alive: impl Fn(&BrokerId) -> bool) -> Partition {
        let isr: Vec<BrokerId> = replicas.iter().copied().filter(alive).collect();
        let follower = |id: &BrokerId| Follower { told: base, caught_up: isr.contains(id), ..Follower::default() };
        let followers = replicas.iter().map(follower).collect();
        let mut holds = Chronicle::default();
        holds.push(Hold { from: 0, holder: Holder::Nobody, epoch: -1 });
        Partition {
            tp,
            leader: isr.first().copied(),
            leader_epoch: 0,
            epoch_start: base,
            isr,
            elr: Vec::new(),
            last_leader: None,
            ends: vec![base; replicas.len()],
            followers,
            replicas,
            base,
            log: Chronicle::default(),
            high_watermark: base,
            committed: None,
            holds,
            headless: Chronicle::default(),
        }
    }

    /// Where a broker stands among the replicas.
    pub fn replica(&self, broker: BrokerId) -> Option<usize> {
        self.replicas.iter().position(|it| *it == broker)
    }
}

/// Replicas on brokers that follow each other, the first of them being the `turn`th.
fn dealt(turn: usize, copies: usize, brokers: usize) -> Vec<BrokerId> {
    let brokers = brokers.max(1);
    (0..copies.clamp(1, brokers)).map(|i| ((turn + i) % brokers) as BrokerId).collect()
}

/// The partition of `__consumer_offsets` that a group belongs to (Kafka: `GroupMetadataManager.partitionFor`).
fn offsets_partition(group: &str) -> u32 {
    let hash = java::string_hash(group) as i32;
    // Java's `Utils.abs`.
    (if hash == i32::MIN { 0 } else { hash.unsigned_abs() }) % OFFSETS_PARTITIONS
}

impl World {
    pub(super) fn lay_cluster(&mut self, data: &Data) {
        let params = self.setup.params.clone();
        self.cluster.rate = params.rate.clamp(1, 5_000) as u32;
        self.cluster.hot = params.hot.clamp(0, 100) as u32;
        self.cluster.until = params.lasts();
        let group = data.group.as_deref().filter(|group| group.parts() > 0);
        let ids = group.map(Described::brokers).unwrap_or_default();
        let n = if ids.is_empty() { params.brokers.clamp(1, 6) as usize } else { ids.len().min(BROKERS) };
        let broker = Broker { up: true, registered: true, serving: true, life: 0, since: 0, returning: false };
        self.brokers = vec![broker; n];
        match group {
            Some(group) => self.lay_described(group, &ids, &params),
            None => self.lay_plain(&params),
        }
        let offsets = Tp { topic: u16::MAX, index: offsets_partition(group.map_or(GROUP, |group| &group.group)) };
        let known = group.and_then(|group| place_of(&ids, group.coordinator?));
        let turn = known.map_or(offsets.index as usize, usize::from);
        let replicas = dealt(turn, OFFSETS_COPIES, n);
        let offsets = Partition::laid(offsets, replicas, 0, |broker| self.serves(*broker));
        self.coordinator = offsets.leader;
        self.cluster.offsets = Some(Rc::new(offsets));
        for part in 0..self.partitions.len() as PartId {
            self.follow(0, part);
        }
    }

    fn lay_plain(&mut self, params: &Params) {
        let (n, copies) = (self.brokers.len(), params.copies.clamp(1, 3) as usize);
        let each = params.partitions.clamp(1, 500) as usize;
        let mut plan: Vec<(&str, usize, Role)> = ["orders", "payments", "clicks"]
            .into_iter()
            .take(params.topics.clamp(1, 3) as usize)
            .map(|name| (name, each, Role::Source))
            .collect();
        if params.bad > 0 && params.fail == params::FAIL_TOPICS {
            plan.extend([("retry", each, Role::Retry), ("dead-letters", 1, Role::DeadLetter)]);
        }
        for (name, parts, role) in plan {
            let topic = self.add_topic(name, role);
            for _ in 0..parts {
                let replicas = dealt(self.partitions.len(), copies, n);
                self.add_partition(topic, replicas, 0);
            }
        }
    }

    /// The reader's own topics: a log begins where it ends in truth, since what is in it was not told.
    fn lay_described(&mut self, group: &Described, ids: &[i32], params: &Params) {
        let (n, copies) = (self.brokers.len(), params.copies.clamp(1, 3) as usize);
        let all = || group.topics.iter().flat_map(|topic| &topic.partitions);
        for (id, broker) in ids.iter().zip(&mut self.brokers) {
            // Replicas are told, and this broker leads none of them and is in sync with none: it is down.
            let some = all().any(|it| it.replicas.contains(id));
            let idle = all().all(|it| it.leader != Some(*id) && !it.isr.contains(id)) && group.coordinator != Some(*id);
            let up = !(some && idle);
            (broker.up, broker.registered, broker.serving) = (up, up, up);
        }
        for described in &group.topics {
            let topic = self.add_topic(&described.name, Role::Source);
            for it in &described.partitions {
                let known = |ids_of: &[i32]| ids_of.iter().filter_map(|id| place_of(ids, *id)).collect::<Vec<_>>();
                let (told, isr) = (known(&it.replicas), known(&it.isr));
                let first = it.leader.and_then(|id| place_of(ids, id)).map(usize::from);
                let replicas = match told.is_empty() {
                    true => dealt(first.unwrap_or(self.partitions.len()), copies, n),
                    false => told,
                };
                let offline = !it.replicas.is_empty() && it.leader.is_none();
                let base = it.end.or(it.committed).unwrap_or(0);
                let Some(part) = self.add_partition(topic, replicas, base) else { return };
                let serving: Vec<BrokerId> = isr.into_iter().filter(|broker| self.serves(*broker)).collect();
                let Some(part) = self.part_mut(part) else { continue };
                // Beyond the end it is out of range: reading begins at the earliest record.
                part.committed = it.committed.filter(|at| *at <= base);
                let leader = first.map(|place| place as BrokerId).filter(|leader| part.replicas.contains(leader));
                part.leader = if offline { None } else { leader.or(part.leader) };
                if !serving.is_empty() || offline {
                    part.isr = serving.into_iter().filter(|broker| part.replicas.contains(broker)).collect();
                }
                match part.leader {
                    Some(leader) if !part.isr.contains(&leader) => part.isr.insert(0, leader),
                    Some(_) => {}
                    None => {
                        part.last_leader = part.isr.first().or(part.replicas.first()).copied();
                        part.isr.clear();
                    }
                }
            }
        }
    }

    fn add_topic(&mut self, name: &str, role: Role) -> u16 {
        let topics = Rc::make_mut(&mut self.topics);
        topics.push(Topic { name: name.into(), parts: Vec::new(), role });
        (topics.len() - 1) as u16
    }

    fn add_partition(&mut self, topic: u16, replicas: Vec<BrokerId>, base: u64) -> Option<PartId> {
        let id = self.partitions.len() as PartId;
        let known = Rc::make_mut(&mut self.topics).get_mut(usize::from(topic))?;
        let tp = Tp { topic, index: known.parts.len() as u32 };
        known.parts.push(id);
        let partition = Partition::laid(tp, replicas, base, |broker| self.serves(*broker));
        self.partitions.push(Rc::new(partition));
        Some(id)
    }

    /// Whether a broker answers: it runs, and the controller has let it in.
    pub fn serves(&self, broker: BrokerId) -> bool {
        self.brokers.get(usize::from(broker)).is_some_and(|broker| broker.serving)
    }

    /// The partition's leader, if that answers.
    pub fn leader(&self, part: PartId) -> Option<BrokerId> {
        self.part(part)?.leader.filter(|leader| self.serves(*leader))
    }

    /// Notes since when partitions have had nobody to lead them, and until when.
    pub(super) fn note_leaders(&mut self, at: Micros) {
        for id in 0..self.partitions.len() as PartId {
            let led = self.leader(id).is_some();
            let Some(part) = self.part(id) else { continue };
            let open = part.headless.last().is_some_and(|span| span.1 == Micros::MAX);
            if open != led {
                continue;
            }
            let Some(part) = self.part_mut(id) else { continue };
            let last = part.headless.len().saturating_sub(1);
            match part.headless.get_mut(last).filter(|_| open) {
                Some(span) => span.1 = at,
                None => {
                    part.headless.push((at, Micros::MAX));
                }
            }
        }
    }

    /// Up to which offset a consumer may read; `None` while no leader answers.
    pub fn readable(&self, part: PartId) -> Option<u64> {
        self.leader(part)?;
        Some(self.part(part)?.high_watermark)
    }

    /// What lies at an offset. Below the beginning of the kept log: a record from before the run, with the id
    /// `RecordId::MAX` and no key.
    pub fn record(&self, part: PartId, offset: u64) -> Option<Record> {
        let part = self.part(part)?;
        match offset.checked_sub(part.base) {
            Some(place) => part.log.get(place as usize).copied(),
            None => Some(Record { id: RecordId::MAX, key: 0, at: 0, failed: 0 }),
        }
    }

    /// How many replicas have to be in sync: `min.insync.replicas`, but never more than there are.
    pub(super) fn least_in_sync(&self, part: &Partition) -> usize {
        (self.setup.params.least.max(1) as usize).min(part.replicas.len())
    }

    /// Puts a record at the end of a log and tells its offset; `None` while no leader answers.
    pub(super) fn append(&mut self, at: Micros, part: PartId, record: Record) -> Option<u64> {
        let leader = self.leader(part)?;
        let it = self.partitions.get_mut(usize::from(part)).map(Rc::make_mut)?;
        let offset = it.end();
        it.log.push(record);
        let alone = it.isr.len() == 1;
        for place in 0..it.replicas.len() {
            if it.replicas.get(place) == Some(&leader)
                && let Some(end) = it.ends.get_mut(place)
            {
                *end = offset + 1;
            }
        }
        self.call_followers(at, part, leader);
        if alone {
            self.raise(at, part);
        }
        Some(offset)
    }

    /// A consumer sends a record on to another topic; it arrives at `at`.
    pub(super) fn append_later(&mut self, at: Micros, part: PartId, record: Record) {
        self.queue.schedule(at, Due::Cluster(ClusterDue::Append(part, record)));
    }

    pub(super) fn cluster_due(&mut self, at: Micros, due: ClusterDue) {
        match due {
            ClusterDue::Respond(leader, follower) => self.respond(at, leader, follower),
            ClusterDue::Fetched(leader, follower) => self.follower_has(at, leader, follower),
            ClusterDue::Known(leader, follower) => self.leader_knows(at, leader, follower),
            ClusterDue::Append(part, record) => {
                let few = self.part(part).is_some_and(|it| it.isr.len() < self.least_in_sync(it));
                if few || self.append(at, part, Record { at, ..record }).is_none() {
                    self.append_later(at + AGAIN, part, record);
                }
            }
            ClusterDue::Fence(broker) => self.fence(at, broker),
            ClusterDue::Return(broker, life) => self.let_in(at, broker, life),
            ClusterDue::Tick => self.tick(at),
        }
    }

    /// More partitions for a topic. Records with a key may go elsewhere from the moment at which producers know.
    pub(super) fn grow(&mut self, at: Micros, topic: u16, more: u32) -> Result<(), String> {
        let Some(it) = self.topics.get(usize::from(topic)) else { return Err("there is no such topic".into()) };
        let (name, before) = (it.name.clone(), it.parts.len() as u32);
        if more == 0 || self.partitions.len() + more as usize > PARTS {
            let room = PARTS.saturating_sub(self.partitions.len());
            return Err(format!("from 1 to {room} more partitions are possible here: {PARTS} in all"));
        }
        if !self.brokers.iter().any(|broker| broker.serving) {
            return Err("no broker is there to take them".into());
        }
        let copies = it.parts.first().and_then(|part| self.part(*part)).map_or(1, |part| part.replicas.len());
        let first = self.partitions.len() as PartId;
        for _ in 0..more {
            let replicas = dealt(self.partitions.len(), copies, self.brokers.len());
            // As many brokers as there are replicas, from the next on, of which at least one serves.
            let alive = replicas.iter().any(|broker| self.serves(*broker));
            let serving = (0..self.brokers.len() as BrokerId).find(|broker| self.serves(*broker)).unwrap_or(0);
            let replicas = if alive { replicas } else { dealt(usize::from(serving), copies, self.brokers.len()) };
            self.add_partition(topic, replicas, 0);
        }
        let knows = self.producers_learn(at);
        let keys = self.setup.params.keys.max(0) as u32;
        let moved =
            (1..=keys).filter(|key| partition_of_key(*key, before) != partition_of_key(*key, before + more)).count();
        let when = format!(
            "Producers use them when they next ask for metadata, the first of them {} s from now.",
            grouped((knows.saturating_sub(at)).div_ceil(SECOND) as i64)
        );
        let text = match (keys, self.topics.get(usize::from(topic)).map(|it| it.role)) {
            (_, Some(Role::Retry | Role::DeadLetter)) => "Consumers write to it, not producers.".to_string(),
            (0, _) => format!("{when} Records have no keys, so it does not matter where they go."),
            _ => format!(
                "{when} Then {moved} of {} {} to another partition than before: hash modulo {} instead of {before}. What is written stays where it is, so the records of these keys are in two partitions, and nothing keeps them in order.",
                many(keys as usize, "key"),
                if moved == 1 { "goes" } else { "go" },
                before + more,
            ),
        };
        let head = format!("{name} gets {}", many(more as usize, "partition"));
        self.say(at, head, text, if moved > 0 { Tone::Warn } else { Tone::Plain }, Some(partition(first)));
        Ok(())
    }

    /// When everything under way among brokers and producers will be over, as far as it shows now.
    pub fn cluster_settled(&self) -> Micros {
        let mut end = self.producers_settled();
        for (at, due) in self.queue.iter() {
            let counts = match due {
                Due::Cluster(ClusterDue::Tick) => false,
                Due::Cluster(ClusterDue::Fence(_) | ClusterDue::Return(..)) => {
                    // Producers and followers need a moment after it.
                    end = end.max(at + 2 * SECOND);
                    true
                }
                Due::Cluster(_) => true,
                _ => false,
            };
            if counts {
                end = end.max(at);
            }
        }
        end
    }
}

/// Numbers of records, each once.
pub(super) fn ascending(records: &[RecordId]) -> Vec<u64> {
    let mut pairs: Vec<(u64, u32)> = records.iter().map(|record| (u64::from(*record), 0)).collect();
    order::sort(&mut pairs);
    pairs.dedup();
    pairs.into_iter().map(|pair| pair.0).collect()
}

fn place_of(ids: &[i32], id: i32) -> Option<BrokerId> {
    ids.iter().take(BROKERS).position(|it| *it == id).map(|place| place as BrokerId)
}

#[cfg(test)]
mod tests;
