//! Records on their way from producers to leaders, and acknowledgements on their way back.

use super::cluster::ascending;
use super::params;
use super::producer::ProducerDue;
use super::types::*;
use super::world::{Due, World};
use crate::sim::{MS, Micros, SECOND};
use std::collections::VecDeque;

/// `retry.backoff.ms` and `retry.backoff.max.ms`: a retry waits 100 ms, the next 200 ms, up to a second (KIP-580).
const BACKOFF: Micros = 100 * MS;
const BACKOFF_MAX: Micros = SECOND;
/// Above so many records per second their messages are not shown.
const SHOWN: u32 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Waits at the producer.
    Queued,
    /// On its way to the leader.
    Sent,
    /// In the leader's log at this offset; with acks=all not replicated yet.
    Appended(u64),
    /// The refusal is on its way back.
    Refused,
    /// The acknowledgement is on its way back.
    Acking,
}

/// A record that its producer has not been told the fate of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flight {
    pub record: RecordId,
    pub stage: Stage,
    /// When it was sent last.
    pub sent: Micros,
    /// When the answer will be there.
    pub(super) due: Micros,
    /// It has been sent before.
    pub(super) again: bool,
    /// It may be in a log: the answer to an earlier attempt never came.
    pub(super) unsure: bool,
}

/// Records of one producer for one partition, in the order in which they will be sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    pub part: PartId,
    pub flights: VecDeque<Flight>,
    /// How many are `Appended`.
    pub(super) waiting: u32,
    /// Nothing had to be sent again, so stages and times are in order.
    pub(super) ordered: bool,
    /// Attempts without success, and when the next is; `None`: nothing is queued.
    tries: u8,
    pub retry_at: Option<Micros>,
}

impl Lane {
    fn new(part: PartId) -> Lane {
        Lane { part, flights: VecDeque::new(), waiting: 0, ordered: true, tries: 0, retry_at: None }
    }

    /// The time of the next attempt.
    pub(super) fn back_off(&mut self, at: Micros) -> Micros {
        let wait = (BACKOFF << self.tries.min(4)).min(BACKOFF_MAX);
        self.tries = self.tries.saturating_add(1);
        self.retry_at = Some(at + wait);
        at + wait
    }
}

impl super::producer::Producer {
    pub(super) fn lane(&mut self, part: PartId) -> Option<&mut Lane> {
        let place = self.lanes.binary_search_by_key(&part, |lane| lane.part).ok()?;
        self.lanes.get_mut(place)
    }

    fn lane_or_new(&mut self, part: PartId) -> Option<&mut Lane> {
        let place = self.lanes.partition_point(|lane| lane.part < part);
        if self.lanes.get(place).is_none_or(|lane| lane.part != part) {
            self.lanes.insert(place, Lane::new(part));
        }
        self.lanes.get_mut(place)
    }

    pub(super) fn drop_if_empty(&mut self, part: PartId) {
        if let Ok(place) = self.lanes.binary_search_by_key(&part, |lane| lane.part)
            && self.lanes.get(place).is_some_and(|lane| lane.flights.is_empty())
        {
            self.lanes.remove(place);
        }
    }
}

impl World {
    /// Whether leaders know retries for what they are. Kafka's idempotent producer needs acks=all.
    pub fn idempotent(&self) -> bool {
        self.setup.params.idempotent > 0 && self.setup.params.acks == params::ACKS_ALL
    }

    pub(super) fn producer_mut(&mut self, id: ProducerId) -> Option<&mut super::producer::Producer> {
        self.producers.get_mut(usize::from(id))
    }

    /// A producer has a record for a partition.
    pub(super) fn offer(&mut self, at: Micros, id: ProducerId, part: PartId, record: RecordId) {
        let hop = self.setup.params.hop();
        let leader = self.part(part).and_then(|it| it.leader).and_then(|it| self.brokers.get(usize::from(it)));
        // That a broker has died shows when its connections close.
        let connected = leader.is_some_and(|it| it.serving || (!it.up && at < it.since + hop));
        let Some(lane) = self.producer_mut(id).and_then(|it| it.lane_or_new(part)) else { return };
        let stage = if connected && lane.retry_at.is_none() { Stage::Sent } else { Stage::Queued };
        lane.flights.push_back(Flight { record, stage, sent: at, due: 0, again: false, unsure: false });
        if stage == Stage::Sent {
            return self.sent(at, id, part, record);
        }
        if lane.retry_at.is_none() {
            let when = lane.back_off(at);
            self.retry_at(id, when);
        }
    }

    /// Some records have left for the leader, the first being `record`.
    pub(super) fn sent(&mut self, at: Micros, id: ProducerId, part: PartId, record: RecordId) {
        let hop = self.setup.params.hop();
        self.queue.schedule(at + hop, Due::Producer(ProducerDue::Arrive(id, part, at)));
        if self.setup.params.acks == params::ACKS_NONE {
            // It takes them for safe.
            let Some(lane) = self.producers.get_mut(usize::from(id)).and_then(|it| it.lane(part)) else { return };
            let gone = lane.flights.iter().rev().take_while(|it| it.stage == Stage::Sent && it.sent == at);
            for flight in gone {
                if let Some(fate) = self.fates.get_mut(flight.record as usize).filter(|fate| !fate.acked) {
                    fate.acked = true;
                    self.stats.acked += 1;
                }
            }
        }
        self.show(at, id, part, MessageKind::Produce, record, "");
    }

    pub(super) fn show(
        &mut self,
        at: Micros,
        id: ProducerId,
        part: PartId,
        kind: MessageKind,
        record: RecordId,
        error: &'static str,
    ) {
        let Some(leader) = self.part(part).and_then(|it| it.leader).filter(|_| self.cluster.rate <= SHOWN) else {
            return;
        };
        let (one, other) = (Place::Producer(id), Place::Broker(leader));
        let (from, to) = if kind == MessageKind::Produce { (one, other) } else { (other, one) };
        let arrives = at + self.setup.params.hop();
        let lost = (kind == MessageKind::Produce && !self.serves(leader)).then_some(arrives);
        let (part, record) = (Some(part), Some(record));
        self.post(Message { kind, from, to, sent: at, arrives, lost, error, part, record, epoch: None });
    }

    /// What was sent at `sent` is at the leader.
    pub(super) fn arrive(&mut self, at: Micros, id: ProducerId, part: PartId, sent: Micros) {
        let (acks, hop, idempotent) = (self.setup.params.acks, self.setup.params.hop(), self.idempotent());
        let answers = self.leader(part).is_some();
        if !answers && acks != params::ACKS_NONE {
            // It will notice when the connection closes.
            return;
        }
        let few = acks == params::ACKS_ALL && self.part(part).is_some_and(|it| it.isr.len() < self.least_in_sync(it));
        let Some(lane) = self.producer_mut(id).and_then(|it| it.lane(part)) else { return };
        let ordered = lane.ordered;
        let mut flights = std::mem::take(&mut lane.flights);
        let theirs = |it: &Flight| it.stage == Stage::Sent && it.sent == sent;
        let start = if ordered { flights.partition_point(|it| it.stage != Stage::Sent || it.sent < sent) } else { 0 };
        let unsure: Vec<RecordId> =
            flights.iter().skip(start).filter(|it| it.unsure && theirs(it)).map(|it| it.record).collect();
        let found = self.found_in_log(part, unsure);
        let high = self.part(part).map_or(0, |it| it.high_watermark);
        let (mut gap, mut waiting, mut copies, mut known) = (false, 0, 0u64, 0usize);
        let (mut acked, mut refused) = (None, None);
        let mut dropped = 0u64;
        for flight in flights.iter_mut().skip(start) {
            if !theirs(flight) {
                if ordered && flight.sent > sent {
                    break;
                }
                gap |= !matches!(flight.stage, Stage::Appended(_) | Stage::Acking) && !flight.unsure;
                continue;
            }
            if !answers {
                dropped += u64::from(self.drop_unseen(flight.record));
                flight.stage = Stage::Acking;
                continue;
            }
            if few || (gap && idempotent) {
                let error = if few { "NOT_ENOUGH_REPLICAS" } else { "OUT_OF_ORDER_SEQUENCE_NUMBER" };
                (flight.stage, flight.due) = (Stage::Refused, at + hop);
                refused = refused.or(Some((flight.record, error)));
                gap = true;
                continue;
            }
            let place = found.binary_search_by_key(&u64::from(flight.record), |it| it.0).ok();
            let place = place.and_then(|place| found.get(place)).map(|it| it.1);
            let offset = match place.filter(|_| idempotent) {
                Some(offset) => {
                    known += 1;
                    Some(offset)
                }
                None => {
                    copies += u64::from(place.is_some());
                    let key = self.fates.get(flight.record as usize).map_or(0, |fate| fate.key);
                    self.append(at, part, Record { id: flight.record, key, at, failed: 0 })
                }
            };
            let Some(offset) = offset else { continue };
            let safe = acks != params::ACKS_ALL || self.part(part).is_some_and(|it| offset < it.high_watermark);
            if safe {
                (flight.stage, flight.due) = (Stage::Acking, at + hop);
                acked = acked.or(Some(flight.record));
            } else {
                flight.stage = Stage::Appended(offset);
                waiting += 1;
            }
        }
        if acks == params::ACKS_NONE {
            flights.retain(|it| it.stage != Stage::Acking);
            acked = None;
        }
        if let Some(producer) = self.producer_mut(id)
            && let Some(lane) = producer.lane(part)
        {
            lane.flights = flights;
            lane.waiting += waiting;
            lane.ordered &= refused.is_none();
            producer.drop_if_empty(part);
        }
        self.stats.copies += copies;
        self.cluster.dropped += dropped as u32;
        if dropped > 0 {
            self.watch_lost(at, part, dropped);
        }
        if let Some(record) = acked {
            self.queue.schedule(at + hop, Due::Producer(ProducerDue::Acked(part)));
            self.show(at, id, part, MessageKind::ProduceAck, record, "");
        }
        if let Some((record, error)) = refused {
            self.queue.schedule(at + hop, Due::Producer(ProducerDue::Refused(id, part)));
            self.show(at, id, part, MessageKind::ProduceAck, record, error);
            if few {
                self.tell_few(at, id, part);
            }
        }
        if self.part(part).is_some_and(|it| it.high_watermark > high) {
            // While this lane was held, others of it may have become safe.
            self.replicated(at, part);
        }
        self.tell_retried(at, id, part, copies, known);
    }

    /// Where in a log some records lie first: number and offset, by number.
    fn found_in_log(&self, part: PartId, records: Vec<RecordId>) -> Vec<(u64, u64)> {
        let Some(it) = self.part(part).filter(|_| !records.is_empty()) else { return Vec::new() };
        let records = ascending(&records);
        let made = records.first().and_then(|record| self.fates.get(*record as usize)).map_or(0, |fate| fate.made);
        let start = it.log.partition_point(|record| record.at < made);
        let mut found = vec![None; records.len()];
        for (record, offset) in it.log.from(start).zip(it.base + start as u64..) {
            if let Ok(place) = records.binary_search(&u64::from(record.id))
                && let Some(first) = found.get_mut(place)
            {
                *first = first.or(Some(offset));
            }
        }
        records.into_iter().zip(found).filter_map(|(record, offset)| Some((record, offset?))).collect()
    }

    /// With acks=0: it went to a broker that is not there. Says whether it was taken for safe.
    pub(super) fn drop_unseen(&mut self, record: RecordId) -> bool {
        let Some(fate) = self.fates.get_mut(record as usize).filter(|fate| fate.acked && !fate.lost) else {
            return false;
        };
        fate.lost = true;
        self.stats.lost += 1;
        true
    }

    /// The high watermark has risen: with acks=all, who waited for that is answered.
    pub(super) fn replicated(&mut self, at: Micros, part: PartId) {
        if self.setup.params.acks != params::ACKS_ALL {
            return;
        }
        let due = at + self.setup.params.hop();
        let high = self.part(part).map_or(0, |it| it.high_watermark);
        let mut any = false;
        for id in 0..self.producers.len() as ProducerId {
            let Some(lane) = self.producer_mut(id).and_then(|it| it.lane(part)).filter(|it| it.waiting > 0) else {
                continue;
            };
            let start = match lane.ordered {
                true => lane.flights.partition_point(|it| it.stage == Stage::Acking),
                false => 0,
            };
            let mut first = None;
            for flight in lane.flights.iter_mut().skip(start) {
                if lane.waiting == 0 {
                    break;
                }
                if matches!(flight.stage, Stage::Appended(offset) if offset < high) {
                    (flight.stage, flight.due) = (Stage::Acking, due);
                    lane.waiting -= 1;
                    first = first.or(Some(flight.record));
                } else if lane.ordered {
                    break;
                }
            }
            if let Some(record) = first {
                any = true;
                self.show(at, id, part, MessageKind::ProduceAck, record, "");
            }
        }
        if any {
            self.queue.schedule(due, Due::Producer(ProducerDue::Acked(part)));
        }
    }

    /// Acknowledgements are there.
    pub(super) fn acked(&mut self, at: Micros, part: PartId) {
        for producer in &mut self.producers {
            let Some(lane) = producer.lane(part) else { continue };
            let there = |it: &Flight| it.stage == Stage::Acking && it.due <= at;
            let before = lane.flights.len();
            let mut one = |record: RecordId| {
                if let Some(fate) = self.fates.get_mut(record as usize).filter(|fate| !fate.acked) {
                    fate.acked = true;
                    self.stats.acked += 1;
                }
            };
            while lane.flights.front().is_some_and(there) {
                lane.flights.pop_front().into_iter().for_each(|it| one(it.record));
            }
            if !lane.ordered {
                lane.flights.iter().filter(|it| there(it)).for_each(|it| one(it.record));
                lane.flights.retain(|it| !there(it));
            }
            if lane.flights.len() < before {
                lane.tries = 0;
                (producer.refused, producer.gives_up) = (false, false);
                producer.drop_if_empty(part);
            }
        }
    }
}
