//! Brokers that crash and come back: what the controller does, who leads then, and what is lost.

use super::cluster::{ClusterDue, ascending};
use super::params;
use super::producer::ProducerDue;
use super::tell::{many, secs};
use super::types::*;
use super::world::{Due, World};
use super::{broker, partition};
use crate::explainers::Tone;
use crate::sim::{Micros, SECOND};
use std::rc::Rc;

/// Of so many partitions it is said which broker leads each.
const NAMED: usize = 4;

/// What elections led to, for words.
#[derive(Default)]
struct Outcome {
    /// Partitions with a new leader, and whether that was in sync.
    led: Vec<(PartId, BrokerId, bool)>,
    offline: Vec<PartId>,
    /// Acknowledged records that are gone, by partition; how many are back.
    lost: Vec<(PartId, u64)>,
    back: u64,
}

fn name(id: BrokerId) -> String {
    format!("B{}", u32::from(id) + 1)
}

impl World {
    pub(super) fn fail_broker(&mut self, at: Micros, id: BrokerId) -> Result<(), String> {
        let hop = self.setup.params.hop();
        let detect = self.setup.params.detect.max(1) as Micros * SECOND;
        let Some(it) = self.brokers.get_mut(usize::from(id)) else { return Err("there is no such broker".into()) };
        if !it.up {
            return Err(format!("{} is down", name(id)));
        }
        let served = it.serving;
        it.life += 1;
        (it.up, it.serving, it.returning) = (false, false, false);
        if !served {
            self.say(
                at,
                format!("{} fails again", name(id)),
                "It had not come back yet.".into(),
                Tone::Bad,
                Some(broker(id)),
            );
            return Ok(());
        }
        it.since = at;
        self.queue.schedule(at + detect, Due::Cluster(ClusterDue::Fence(id)));
        self.queue.schedule(at + hop, Due::Producer(ProducerDue::Cut(id)));
        self.tick_later(at);
        for message in &mut self.messages {
            if message.to == Place::Broker(id) && message.flying(at) {
                Rc::make_mut(message).lost = Some(message.arrives);
            }
        }
        let coordinated = self.coordinator == Some(id);
        self.tell_failed_broker(at, id, coordinated);
        if coordinated {
            self.coordinator = None;
            self.coordinator_lost(at);
        }
        Ok(())
    }

    pub(super) fn repair_broker(&mut self, at: Micros, id: BrokerId) -> Result<(), String> {
        let Some(it) = self.brokers.get_mut(usize::from(id)) else { return Err("there is no such broker".into()) };
        if it.up {
            return Err(format!("{} is up", name(id)));
        }
        it.up = true;
        let (life, known) = (it.life, it.registered);
        let text = if known {
            "The controller still counts on the process that died, and lets this one in when that session is over."
        } else {
            "It registers with the controller."
        };
        self.say(at, format!("{} starts", name(id)), text.into(), Tone::Plain, Some(broker(id)));
        if !known {
            self.let_in_later(at, id, life);
        }
        Ok(())
    }

    /// Registration, and the heartbeat that ends its being fenced.
    fn let_in_later(&mut self, at: Micros, id: BrokerId, life: u32) {
        let then = at + 4 * self.setup.params.hop();
        self.queue.schedule(then, Due::Cluster(ClusterDue::Return(id, life)));
    }

    /// The controller has not heard of a broker for `broker.session.timeout`.
    pub(super) fn fence(&mut self, at: Micros, id: BrokerId) {
        let Some(it) = self.brokers.get_mut(usize::from(id)) else { return };
        it.registered = false;
        let (up, life) = (it.up, it.life);
        let mut out = Outcome::default();
        for part in 0..self.partitions.len() as PartId {
            let Some(it) = self.part(part) else { continue };
            let (member, led) = (it.isr.contains(&id), it.leader == Some(id));
            let waited_for = it.replica(id).and_then(|place| it.followers.get(place)).is_some_and(|it| it.caught_up);
            if !member && !led && !waited_for {
                continue;
            }
            let least = self.least_in_sync(it);
            let Some(it) = self.part_mut(part) else { continue };
            it.leave_isr(id, least);
            match led {
                true => self.elect(at, part, &mut out),
                false => self.raise(at, part),
            }
        }
        let coordinator = self.change_offsets(|it| it.leave_isr(id, 1));
        self.note_leaders(at);
        self.tell_given_up(at, id, &out, coordinator);
        self.tell_lost(at, &out);
        if let Some(found) = coordinator {
            self.coordinator = Some(found);
            self.coordinator_found(at);
        }
        if up {
            self.let_in_later(at, id, life);
        }
    }

    /// Changes the partition that the coordinator leads, and has a leader elected if it needs one. Returns a new one
    /// that serves.
    fn change_offsets(&mut self, change: impl FnOnce(&mut Partition)) -> Option<BrokerId> {
        let mut offsets = self.cluster.offsets.take()?;
        let it = Rc::make_mut(&mut offsets);
        change(it);
        if it.leader.is_none_or(|leader| !it.isr.contains(&leader)) {
            match it.choose(&|id| self.registered(id), self.setup.params.unclean > 0) {
                Some(leader) => {
                    it.lead(leader);
                }
                None => it.leader = None,
            }
        }
        let leader = it.leader;
        self.cluster.offsets = Some(offsets);
        leader.filter(|leader| self.coordinator.is_none() && self.serves(*leader))
    }

    fn registered(&self, id: BrokerId) -> bool {
        self.brokers.get(usize::from(id)).is_some_and(|it| it.registered)
    }

    /// The controller looks for a leader of a partition whose leader is gone.
    fn elect(&mut self, at: Micros, part: PartId, out: &mut Outcome) {
        let Some(it) = self.part(part) else { return };
        let chosen = it.choose(&|id| self.registered(id), self.setup.params.unclean > 0);
        // Who led last has all there was.
        let clean = chosen.is_some_and(|id| it.isr.contains(&id) || it.elr.contains(&id) || it.last_leader == Some(id));
        let Some(it) = self.part_mut(part) else { return };
        let Some(leader) = chosen else {
            if it.leader.take().is_some() {
                it.leader_epoch += 1;
                out.offline.push(part);
            }
            return;
        };
        let (gone, anew) = it.lead(leader);
        let lost = self.count_lost(part, &gone, &anew, &mut out.back);
        if lost > 0 {
            out.lost.push((part, lost));
            self.watch_lost(at, part, lost);
        }
        out.led.push((part, leader, clean));
        self.follow(at, part);
        if self.serves(leader) {
            self.data_arrived(at, part);
        }
    }

    /// How many acknowledged records no log has any more that had them until now.
    fn count_lost(&mut self, part: PartId, gone: &[Record], anew: &[Record], back: &mut u64) -> u64 {
        let role = self.part(part).and_then(|it| self.topics.get(usize::from(it.tp.topic))).map(|it| it.role);
        if role != Some(Role::Source) {
            return 0;
        }
        for record in anew {
            if let Some(fate) = self.fates.get_mut(record.id as usize).filter(|fate| fate.lost) {
                fate.lost = false;
                self.stats.lost = self.stats.lost.saturating_sub(1);
                *back += 1;
            }
        }
        let fates = &self.fates;
        let told = |id: &RecordId| fates.get(*id as usize).is_some_and(|fate| fate.acked && !fate.lost);
        let ids: Vec<RecordId> = gone.iter().map(|record| record.id).filter(told).collect();
        let mut ids = ascending(&ids);
        let mut kept = vec![false; ids.len()];
        if let Some(it) = self.part(part).filter(|_| !ids.is_empty() && (self.stats.copies > 0 || !anew.is_empty())) {
            for place in it.log.iter().filter_map(|record| ids.binary_search(&u64::from(record.id)).ok()) {
                kept.get_mut(place).into_iter().for_each(|kept| *kept = true);
            }
        }
        let mut kept = kept.into_iter();
        ids.retain(|_| kept.next() == Some(false));
        for id in &ids {
            if let Some(fate) = self.fates.get_mut(*id as usize) {
                fate.lost = true;
            }
        }
        self.stats.lost += ids.len() as u64;
        ids.len() as u64
    }

    /// The controller lets a broker in that has started again. It was killed, so that the controller does not count on
    /// its having everything: it is eligible nowhere (KIP-966), but who led last may lead again.
    pub(super) fn let_in(&mut self, at: Micros, id: BrokerId, life: u32) {
        let Some(it) = self.brokers.get_mut(usize::from(id)).filter(|it| it.up && !it.registered && it.life == life)
        else {
            return;
        };
        (it.registered, it.serving, it.returning, it.since) = (true, true, true, at);
        let mut out = Outcome::default();
        let mut cut = 0;
        for part in 0..self.partitions.len() as PartId {
            let Some(it) = self.part(part) else { continue };
            let Some(place) = it.replica(id) else { continue };
            if it.elr.contains(&id)
                && let Some(it) = self.part_mut(part)
            {
                it.elr.retain(|it| *it != id);
            }
            if self.part(part).is_some_and(|it| it.leader.is_none()) {
                self.elect(at, part, &mut out);
            } else {
                if self.leader(part).is_some() {
                    cut += self.part(part).and_then(|it| it.followers.get(place)).map_or(0, |it| it.stray.len());
                }
                self.follow(at, part);
            }
        }
        let coordinator = self.change_offsets(|it| {
            it.elr.retain(|it| *it != id);
            if it.leader.is_some() && it.replicas.contains(&id) && !it.isr.contains(&id) {
                it.join_isr(id, 1);
            }
        });
        self.note_leaders(at);
        self.tell_let_in(at, id, &out, cut, coordinator);
        self.tell_lost(at, &out);
        if let Some(found) = coordinator {
            self.coordinator = Some(found);
            self.coordinator_found(at);
        }
    }

    /// Partitions of a broker that somebody leads and that it is not in sync with.
    fn behind(&self, id: BrokerId) -> usize {
        let behind = |it: &&Rc<Partition>| {
            it.replicas.contains(&id) && !it.isr.contains(&id) && it.leader.is_some_and(|leader| self.serves(leader))
        };
        self.partitions.iter().filter(behind).count()
    }

    /// A broker that has come back may be in sync with everything now.
    pub(super) fn check_returned(&mut self, at: Micros, id: BrokerId) {
        let returning = self.brokers.get(usize::from(id)).is_some_and(|it| it.returning && it.serving);
        if !returning || self.behind(id) > 0 {
            return;
        }
        let Some(it) = self.brokers.get_mut(usize::from(id)) else { return };
        it.returning = false;
        let took = at.saturating_sub(it.since);
        let led = self.partitions.iter().filter(|it| it.leader == Some(id)).count();
        let text = match led {
            0 => "It leads nothing: leaders stay where they are until Kafka looks for preferred ones, every five minutes.".to_string(),
            _ => format!("It leads {}.", many(led, "partition")),
        };
        let text = format!("It took {} to fetch what it had missed. {text}", secs(took));
        self.say(at, format!("{} is in sync again", name(id)), text, Tone::Plain, Some(broker(id)));
    }

    fn tell_failed_broker(&mut self, at: Micros, id: BrokerId, coordinated: bool) {
        let led: Vec<PartId> =
            self.rows().filter(|part| self.part(*part).is_some_and(|it| it.leader == Some(id))).collect();
        let detect = self.setup.params.detect.max(1);
        let mut text = match led.len() {
            0 => format!(
                "It led nothing. In-sync replicas wait for it until the controller has not heard of it for {detect} s (broker.session.timeout): so long the high watermark stands still."
            ),
            _ => format!(
                "It led {}: nobody can write there or read from there until the controller, not having heard of it for {detect} s (broker.session.timeout), makes others leaders.",
                self.parts_named(&led)
            ),
        };
        if coordinated {
            text.push_str(" The group has lost its coordinator.");
        }
        self.say(at, format!("{} fails", name(id)), text, Tone::Bad, Some(broker(id)));
    }

    /// Which partitions have a leader, by whether that was in sync.
    fn tell_led(&self, clean: &str, out: &Outcome, text: &mut Vec<String>) {
        for (sync, how) in [(true, clean), (false, "Led by a replica that was not in sync (unclean election)")] {
            let led: Vec<_> = out.led.iter().filter(|it| it.2 == sync).collect();
            let one = |it: &&(PartId, BrokerId, bool)| format!("{} (by {})", self.part_name(it.0), name(it.1));
            match led.len() {
                0 => {}
                n if n > NAMED => text.push(format!("{how}: {}.", many(n, "partition"))),
                _ => text.push(format!("{how}: {}.", led.iter().map(one).collect::<Vec<_>>().join(", "))),
            }
        }
    }

    fn tell_given_up(&mut self, at: Micros, id: BrokerId, out: &Outcome, coordinator: Option<BrokerId>) {
        let mut text = Vec::new();
        let unclean = out.led.iter().any(|it| !it.2);
        if out.led.is_empty() && out.offline.is_empty() {
            text.push(format!("{} is in no ISR any more: nothing waits for it.", name(id)));
        }
        self.tell_led("Led by another replica in sync now", out, &mut text);
        let mut down: Vec<String> = Vec::new();
        for (_, to, _) in out.led.iter().filter(|it| !self.serves(it.1)) {
            if !down.contains(&name(*to)) {
                down.push(name(*to));
            }
        }
        if !down.is_empty() {
            text.push(format!("That {} is down as well the controller does not know yet.", down.join(" and ")));
        }
        if !out.offline.is_empty() {
            let parts = self.parts_named(&out.offline);
            text.push(format!("Offline, since no other replica was in sync: {parts}."));
        }
        match (coordinator, self.coordinator) {
            (Some(found), _) => text.push(format!("{} coordinates the group now.", name(found))),
            (None, None) => text.push("Nobody coordinates the group.".to_string()),
            _ => {}
        }
        let tone = if out.offline.is_empty() && !unclean { Tone::Warn } else { Tone::Bad };
        self.say(at, format!("The controller gives {} up", name(id)), text.join(" "), tone, Some(broker(id)));
    }

    fn tell_lost(&mut self, at: Micros, out: &Outcome) {
        let lost: u64 = out.lost.iter().map(|it| it.1).sum();
        let Some((first, _)) = out.lost.first() else { return };
        let unclean = out.led.iter().any(|(part, _, clean)| !clean && out.lost.iter().any(|it| it.0 == *part));
        let why = match (self.setup.params.acks, unclean) {
            (_, true) => "the new leader was not in sync (unclean election) and does not have them",
            (params::ACKS_ALL, _) => "the new leader does not have them",
            (params::ACKS_ONE, _) => {
                "with acks=1 the leader alone had acknowledged them, and the new one had not fetched them yet"
            }
            _ => "with acks=0 nobody had acknowledged them, and the new leader had not fetched them yet",
        };
        let parts: Vec<PartId> = out.lost.iter().map(|it| it.0).collect();
        let text = format!(
            "Of {}: {why}. What the leader does not have is cut off its followers’ logs, too.",
            self.parts_named(&parts)
        );
        let (n, verb) = if lost == 1 { ("1 record".to_string(), "is") } else { (format!("{lost} records"), "are") };
        self.say(at, format!("{n} {verb} lost"), text, Tone::Bad, Some(partition(*first)));
    }

    fn tell_let_in(&mut self, at: Micros, id: BrokerId, out: &Outcome, cut: usize, coordinator: Option<BrokerId>) {
        let mut text = Vec::new();
        self.tell_led("Led again", out, &mut text);
        let mut offline = false;
        for (eligible, why) in [
            (false, "it was not in sync when the last leader failed"),
            (true, "replicas that are eligible to lead (KIP-966) are still down"),
        ] {
            let waits =
                |it: &Partition| it.leader.is_none() && it.replicas.contains(&id) && it.elr.is_empty() != eligible;
            let parts: Vec<PartId> = self.rows().filter(|part| self.part(*part).is_some_and(waits)).collect();
            if !parts.is_empty() {
                text.push(format!("Still offline, since {why}: {}.", self.parts_named(&parts)));
                offline = true;
            }
        }
        if out.back > 0 {
            text.push(format!("With it, {} come back.", many(out.back as usize, "lost record")));
        }
        if cut > 0 {
            text.push(format!("It cuts {} off its logs that the leaders do not have.", many(cut, "record")));
        }
        match self.behind(id) {
            0 => {
                if !offline {
                    text.push("It has nothing to fetch.".to_string());
                }
                if let Some(it) = self.brokers.get_mut(usize::from(id)) {
                    it.returning = false;
                }
            }
            n => text.push(format!(
                "It follows {} and fetches what it has missed; until then it is not in sync.",
                many(n, "partition")
            )),
        }
        if let Some(found) = coordinator {
            text.push(format!("{} coordinates the group now.", name(found)));
        }
        self.say(at, format!("{} is back", name(id)), text.join(" "), Tone::Plain, Some(broker(id)));
    }
}
