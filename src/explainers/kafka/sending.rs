//! Records on their way from producers to leaders: acknowledgements, refusals and retries.

use super::params;
use super::partition;
use super::producer::ProducerDue;
use super::replication::REQUEST;
use super::tell::many;
use super::types::*;
use super::world::{Due, World};
use crate::explainers::Tone;
use crate::sim::{MS, Micros, SECOND};
use std::collections::VecDeque;

/// `retry.backoff.ms` and `retry.backoff.max.ms`: a retry waits 100 ms, the next 200 ms, up to a second (KIP-580).
const BACKOFF: Micros = 100 * MS;
const BACKOFF_MAX: Micros = SECOND;
/// `delivery.timeout.ms`: a record that is not acknowledged by then is given up.
pub const DELIVERY: Micros = 120 * SECOND;
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
    due: Micros,
    /// It has been sent before.
    again: bool,
    /// It may be in a log: the answer to an earlier attempt never came.
    unsure: bool,
}

/// Records of one producer for one partition, in the order in which they will be sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    pub part: PartId,
    pub flights: VecDeque<Flight>,
    /// How many are `Appended`.
    waiting: u32,
    /// Nothing had to be sent again, so stages and times are in order.
    ordered: bool,
    /// Attempts without success, and when the next is; `None`: nothing is queued.
    tries: u8,
    pub retry_at: Option<Micros>,
}

impl Lane {
    fn new(part: PartId) -> Lane {
        Lane { part, flights: VecDeque::new(), waiting: 0, ordered: true, tries: 0, retry_at: None }
    }

    /// The time of the next attempt.
    fn back_off(&mut self, at: Micros) -> Micros {
        let wait = (BACKOFF << self.tries.min(4)).min(BACKOFF_MAX);
        self.tries = self.tries.saturating_add(1);
        self.retry_at = Some(at + wait);
        at + wait
    }
}

impl super::producer::Producer {
    fn lane(&mut self, part: PartId) -> Option<&mut Lane> {
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

    fn drop_if_empty(&mut self, part: PartId) {
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

    fn producer_mut(&mut self, id: ProducerId) -> Option<&mut super::producer::Producer> {
        self.producers.get_mut(usize::from(id))
    }

    fn retry_at(&mut self, id: ProducerId, when: Micros) {
        let Some(producer) = self.producer_mut(id).filter(|it| it.wakes.is_none_or(|wakes| when < wakes)) else {
            return;
        };
        producer.wakes = Some(when);
        self.queue.schedule(when, Due::Producer(ProducerDue::Retry(id)));
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
    fn sent(&mut self, at: Micros, id: ProducerId, part: PartId, record: RecordId) {
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

    fn show(
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
            let place = found.binary_search_by_key(&flight.record, |it| it.0).ok();
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

    /// The offsets of those of some records that are in a log, by record.
    fn found_in_log(&self, part: PartId, mut records: Vec<RecordId>) -> Vec<(RecordId, u64)> {
        let Some(it) = self.part(part).filter(|_| !records.is_empty()) else { return Vec::new() };
        records.sort_unstable();
        let made = records.first().and_then(|record| self.fates.get(*record as usize)).map_or(0, |fate| fate.made);
        let start = it.log.partition_point(|record| record.at < made);
        let mut found: Vec<(RecordId, u64)> = it
            .log
            .from(start)
            .zip(it.base + start as u64..)
            .filter(|(record, _)| records.binary_search(&record.id).is_ok())
            .map(|(record, offset)| (record.id, offset))
            .collect();
        found.sort_unstable();
        found.dedup_by_key(|it| it.0);
        found
    }

    /// With acks=0: it went to a broker that is not there. Says whether it was taken for safe.
    fn drop_unseen(&mut self, record: RecordId) -> bool {
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
                producer.refused = false;
                producer.drop_if_empty(part);
            }
        }
    }

    /// Refusals are there.
    pub(super) fn refused(&mut self, at: Micros, id: ProducerId, part: PartId) {
        self.requeue(at, id, part, |it| it.stage == Stage::Refused && it.due <= at);
    }

    /// Records have to be sent again, after a while.
    fn requeue(&mut self, at: Micros, id: ProducerId, part: PartId, which: impl Fn(&Flight) -> bool) {
        let idempotent = self.idempotent();
        let Some(lane) = self.producer_mut(id).and_then(|it| it.lane(part)) else { return };
        let mut failed: Vec<Flight> = Vec::new();
        for flight in lane.flights.iter_mut().filter(|it| which(it)) {
            if matches!(flight.stage, Stage::Appended(_)) {
                lane.waiting -= 1;
                flight.unsure = true;
            }
            flight.again = true;
            if !idempotent {
                failed.push(flight.clone());
            }
            flight.stage = Stage::Queued;
            // Marks what moves below.
            flight.due = if idempotent { 0 } else { Micros::MAX };
        }
        if !lane.flights.iter().any(|it| it.stage == Stage::Queued) {
            return;
        }
        lane.ordered = false;
        if !idempotent {
            // Each failed request goes to the head of the queue, so that the one that failed last is sent first.
            lane.flights.retain(|it| it.due != Micros::MAX);
            let mut place = lane.flights.iter().position(|it| it.stage == Stage::Queued).unwrap_or(lane.flights.len());
            let head = place;
            let mut before = None;
            for mut flight in failed {
                place = if before == Some(flight.sent) { place + 1 } else { head };
                before = Some(flight.sent);
                (flight.stage, flight.due) = (Stage::Queued, 0);
                lane.flights.insert(place, flight);
            }
        }
        if lane.retry_at.is_none() {
            let when = lane.back_off(at);
            self.retry_at(id, when);
        }
    }

    /// A producer looks after what could not be sent.
    pub(super) fn retry(&mut self, at: Micros, id: ProducerId) {
        let Some(producer) = self.producer_mut(id).filter(|it| it.wakes == Some(at)) else { return };
        producer.wakes = None;
        let due: Vec<PartId> =
            producer.lanes.iter().filter(|it| it.retry_at.is_some_and(|when| when <= at)).map(|it| it.part).collect();
        // What cannot be sent makes it ask for metadata.
        self.learn(id);
        let (mut given_up, mut from) = (0, None);
        for part in due {
            let answers = self.leader(part).is_some();
            let Some(producer) = self.producers.get_mut(usize::from(id)) else { return };
            let Some(lane) = producer.lane(part) else { continue };
            let fates = &mut self.fates;
            let before = lane.flights.len();
            lane.flights.retain(|it| {
                let made = fates.get(it.record as usize).map_or(0, |fate| fate.made);
                let over = it.stage == Stage::Queued && made + DELIVERY <= at;
                if over && let Some(fate) = fates.get_mut(it.record as usize) {
                    fate.given_up = true;
                }
                !over
            });
            if lane.flights.len() < before {
                given_up += before - lane.flights.len();
                from = from.or(Some(part));
            }
            let mut first = None;
            for flight in lane.flights.iter_mut().filter(|it| it.stage == Stage::Queued) {
                first = first.or(Some(flight.record));
                if answers {
                    self.stats.retries += u64::from(flight.again);
                    (flight.stage, flight.sent) = (Stage::Sent, at);
                }
            }
            match first {
                None => {
                    lane.retry_at = None;
                    producer.drop_if_empty(part);
                }
                Some(record) if answers => {
                    lane.retry_at = None;
                    self.sent(at, id, part, record);
                }
                Some(_) => {
                    lane.back_off(at);
                }
            }
        }
        let next =
            self.producers.get(usize::from(id)).and_then(|it| it.lanes.iter().filter_map(|it| it.retry_at).min());
        if let Some(next) = next {
            self.retry_at(id, next);
        }
        if let Some(part) = from {
            let text = format!(
                "120 s after they were made (delivery.timeout) they were not acknowledged. The first were for {}.",
                self.part_name(part)
            );
            let head = format!("P{} gives {} up", u32::from(id) + 1, many(given_up, "record"));
            self.say(at, head, text, Tone::Bad, Some(super::producer(id)));
        }
    }

    /// Connections to a broker that has died are closed: what was under way there is not answered.
    pub(super) fn cut(&mut self, at: Micros, broker: BrokerId) {
        let none = self.setup.params.acks == params::ACKS_NONE;
        for part in 0..self.partitions.len() as PartId {
            if self.part(part).is_none_or(|it| it.leader != Some(broker)) || self.serves(broker) {
                continue;
            }
            for id in 0..self.producers.len() as ProducerId {
                if !none {
                    self.requeue(at, id, part, |it| matches!(it.stage, Stage::Sent | Stage::Appended(_)));
                    continue;
                }
                let Some(producer) = self.producers.get_mut(usize::from(id)) else { continue };
                let Some(lane) = producer.lane(part) else { continue };
                let gone: Vec<RecordId> =
                    lane.flights.iter().filter(|it| it.stage == Stage::Sent).map(|it| it.record).collect();
                lane.flights.retain(|it| it.stage != Stage::Sent);
                producer.drop_if_empty(part);
                let lost = gone.into_iter().filter(|record| self.drop_unseen(*record)).count();
                self.cluster.dropped += lost as u32;
                if lost > 0 {
                    self.watch_lost(at, part, lost as u64);
                }
            }
        }
        let dropped = std::mem::take(&mut self.cluster.dropped);
        if dropped > 0 {
            let text = format!(
                "They were on their way to B{} when it failed. With acks=0 a producer waits for no answer, so nobody knows that they are missing.",
                u32::from(broker) + 1
            );
            let head =
                format!("{} gone", if dropped == 1 { "1 record is".into() } else { format!("{dropped} records are") });
            self.say(at, head, text, Tone::Bad, Some(super::broker(broker)));
        }
    }

    /// Leaders refuse what was not replicated in time. Says whether anything has waited for long.
    pub(super) fn refuse_overdue(&mut self, at: Micros) -> bool {
        let hop = self.setup.params.hop();
        let (mut long, mut late) = (false, Vec::new());
        let led: Vec<bool> = (0..self.partitions.len() as PartId).map(|part| self.leader(part).is_some()).collect();
        let led = |part: PartId| led.get(usize::from(part)).is_some_and(|led| *led);
        for (id, producer) in (0..).zip(&mut self.producers) {
            for lane in producer.lanes.iter_mut().filter(|it| it.waiting > 0 && led(it.part)) {
                let mut first = None;
                for flight in lane.flights.iter_mut().filter(|it| matches!(it.stage, Stage::Appended(_))) {
                    long |= flight.sent + hop + SECOND < at;
                    if flight.sent + hop + REQUEST <= at {
                        (flight.stage, flight.due, flight.unsure) = (Stage::Refused, at + hop, true);
                        lane.waiting -= 1;
                        first = first.or(Some(flight.record));
                    }
                }
                if let Some(record) = first {
                    lane.ordered = false;
                    late.push((id, lane.part, record));
                }
            }
        }
        for (id, part, record) in late {
            self.queue.schedule(at + hop, Due::Producer(ProducerDue::Refused(id, part)));
            self.show(at, id, part, MessageKind::ProduceAck, record, "REQUEST_TIMED_OUT");
        }
        long
    }

    /// The first refusal of a row.
    fn tell_few(&mut self, at: Micros, id: ProducerId, part: PartId) {
        let Some(producer_now) = self.producer_mut(id).filter(|it| !it.refused) else { return };
        producer_now.refused = true;
        let Some(it) = self.part(part) else { return };
        let text = format!(
            "{} has {} in sync, and min.insync.replicas asks for {}: with acks=all the leader answers NOT_ENOUGH_REPLICAS. The producer tries again for 120 s (delivery.timeout).",
            self.part_name(part),
            many(it.isr.len(), "replica"),
            self.least_in_sync(it),
        );
        self.say(at, format!("P{}’s records are refused", u32::from(id) + 1), text, Tone::Warn, Some(partition(part)));
    }

    /// Retries of records that were in the log already.
    fn tell_retried(&mut self, at: Micros, id: ProducerId, part: PartId, copies: u64, known: usize) {
        if copies == 0 && known == 0 {
            return;
        }
        let (name, number) = (self.part_name(part), u32::from(id) + 1);
        let (head, text, tone) = match copies {
            0 => (
                format!("P{number}’s retries are recognised"),
                format!(
                    "{} had reached {name} before the answer was lost. Sequence numbers tell the leader, which keeps no second copy.",
                    many(known, "record")
                ),
                Tone::Plain,
            ),
            n => (
                format!("P{number}’s retries leave {}", if n == 1 { "a copy".into() } else { format!("{n} copies") }),
                format!(
                    "What it sent had reached {name}; only the answer was lost. Without idempotence the leader cannot know, and appends it again."
                ),
                Tone::Bad,
            ),
        };
        self.say(at, head, text, tone, Some(partition(part)));
    }

    /// When producers will be done, as far as it shows now.
    pub(super) fn producers_settled(&self) -> Micros {
        let mut end = 0;
        for (at, due) in self.queue.iter() {
            match due {
                Due::Producer(ProducerDue::Make(_)) => end = end.max(self.cluster.until),
                Due::Producer(ProducerDue::Retry(_) | ProducerDue::Metadata(_)) => {}
                Due::Producer(_) => end = end.max(at),
                _ => {}
            }
        }
        for flight in self.producers.iter().flat_map(|it| &it.lanes).flat_map(|it| &it.flights) {
            let made = self.fates.get(flight.record as usize).map_or(0, |fate| fate.made);
            if flight.stage == Stage::Queued {
                end = end.max(made + DELIVERY);
            }
        }
        end
    }
}
