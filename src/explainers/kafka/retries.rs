//! What producers do about records that were refused or not answered, and what comes of it in words.

use super::params;
use super::partition;
use super::producer::ProducerDue;
use super::replication::REQUEST;
use super::sending::{Flight, Stage};
use super::tell::many;
use super::types::*;
use super::world::{Due, World};
use crate::explainers::Tone;
use crate::sim::{Micros, SECOND};

/// `delivery.timeout.ms`: a record that is not acknowledged by then is given up.
pub const DELIVERY: Micros = 120 * SECOND;

impl World {
    /// A producer will look after what could not be sent.
    pub(super) fn retry_at(&mut self, id: ProducerId, when: Micros) {
        let Some(producer) = self.producer_mut(id).filter(|it| it.wakes.is_none_or(|wakes| when < wakes)) else {
            return;
        };
        producer.wakes = Some(when);
        self.queue.schedule(when, Due::Producer(ProducerDue::Retry(id)));
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
        let mut gives_up = None;
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
                gives_up = gives_up.or(Some(part));
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
        let first =
            self.producer_mut(id).is_some_and(|it| gives_up.is_some() && !std::mem::replace(&mut it.gives_up, true));
        if let Some(part) = gives_up.filter(|_| first) {
            let text = format!(
                "A record for {} was not acknowledged within 120 s after it was made (delivery.timeout). It is dropped, and so are those that follow as their time comes.",
                self.part_name(part)
            );
            let head = format!("P{} gives records up", u32::from(id) + 1);
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
                "On the way to B{} when it failed. With acks=0 a producer waits for no answer, so nobody knows that anything is missing.",
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
    pub(super) fn tell_few(&mut self, at: Micros, id: ProducerId, part: PartId) {
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
    pub(super) fn tell_retried(&mut self, at: Micros, id: ProducerId, part: PartId, copies: u64, known: usize) {
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
