//! Followers fetch from leaders, leaders learn from that how far they are, and the high watermark follows.
//!
//! As in Kafka, a follower has one fetch under way per leader, for all partitions that this leads. Where there is
//! nothing new it waits at the leader; the answer brings what there is by then; the next fetch tells that it was kept.

use super::cluster::ClusterDue;
use super::types::*;
use super::world::{Due, World};
use crate::sim::{MS, Micros, SECOND};
use std::rc::Rc;

/// `replica.fetch.max.bytes`, 1 MiB, at 1 KiB a record: what one answer brings of one partition.
const FETCH: u64 = 1_024;
/// `replica.lag.time.max.ms`: so long behind, a follower leaves the ISR. Leaders look every half of it.
const LAG: Micros = 30 * SECOND;
/// `request.timeout.ms`, which a leader keeps as well: a record not replicated by then is refused.
pub(super) const REQUEST: Micros = 30 * SECOND;

/// What goes on between a leader and one of its followers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Link {
    leader: BrokerId,
    follower: BrokerId,
    /// An answer or the next fetch is under way; else the fetch waits at the leader.
    busy: bool,
    /// Partitions with something for the next answer.
    wants: Vec<PartId>,
    carries: Vec<Carried>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Carried {
    part: PartId,
    epoch: u32,
    /// What the follower has, once it is there.
    end: u64,
    /// That is all the leader had.
    all: bool,
}

impl World {
    fn link(&mut self, leader: BrokerId, follower: BrokerId) -> Option<&mut Link> {
        let links = &mut self.cluster.links;
        let place = links.partition_point(|link| (link.leader, link.follower) < (leader, follower));
        if links.get(place).is_none_or(|link| (link.leader, link.follower) != (leader, follower)) {
            links.insert(place, Link { leader, follower, ..Link::default() });
        }
        links.get_mut(place)
    }

    /// There is something for the followers of a partition.
    pub(super) fn call_followers(&mut self, at: Micros, part: PartId, leader: BrokerId) {
        let count = self.part(part).map_or(0, |it| it.replicas.len());
        for place in 0..count {
            let Some(it) = self.partitions.get_mut(usize::from(part)).map(Rc::make_mut) else { return };
            let Some(follower) = it.replicas.get(place).copied().filter(|it| *it != leader) else { continue };
            let Some(known) = it.followers.get_mut(place) else { continue };
            if known.wanted || !self.brokers.get(usize::from(follower)).is_some_and(|it| it.serving) {
                continue;
            }
            known.wanted = true;
            if let Some(link) = self.link(leader, follower) {
                link.wants.push(part);
                if !std::mem::replace(&mut link.busy, true) {
                    self.respond_soon(at, leader, follower);
                }
            }
        }
    }

    /// At once, or when a follower that lags gets round to fetching.
    fn respond_soon(&mut self, at: Micros, leader: BrokerId, follower: BrokerId) {
        match self.setup.params.lag.max(0) as Micros * MS {
            0 => self.respond(at, leader, follower),
            lag => self.queue.schedule(at + lag, Due::Cluster(ClusterDue::Respond(leader, follower))),
        }
    }

    /// The leader answers the follower's fetch.
    pub(super) fn respond(&mut self, at: Micros, leader: BrokerId, follower: BrokerId) {
        if !self.serves(leader) || !self.serves(follower) {
            return self.stop_link(leader, follower);
        }
        let Some(link) = self.link(leader, follower) else { return };
        let wants = std::mem::take(&mut link.wants);
        let mut carries = std::mem::take(&mut link.carries);
        carries.clear();
        for part in wants {
            let Some(it) = self.part_mut(part).filter(|it| it.leader == Some(leader)) else { continue };
            let Some(place) = it.replica(follower) else { continue };
            let (end, has) = (it.end(), it.ends.get(place).copied().unwrap_or(0));
            let upto = end.min(has.saturating_add(FETCH));
            if let Some(known) = it.followers.get_mut(place) {
                known.wanted = false;
            }
            carries.push(Carried { part, epoch: it.leader_epoch, end: upto, all: upto == end });
        }
        let hop = self.setup.params.hop();
        let Some(link) = self.link(leader, follower) else { return };
        link.busy = !carries.is_empty();
        link.carries = carries;
        if link.busy {
            self.queue.schedule(at + hop, Due::Cluster(ClusterDue::Fetched(leader, follower)));
        }
    }

    /// Nothing is under way between them any more: one of them is gone.
    fn stop_link(&mut self, leader: BrokerId, follower: BrokerId) {
        let Some(link) = self.link(leader, follower) else { return };
        link.busy = false;
        link.carries.clear();
        for part in std::mem::take(&mut link.wants) {
            let Some(it) = self.part_mut(part).filter(|it| it.leader == Some(leader)) else { continue };
            if let Some(known) = it.replica(follower).and_then(|place| it.followers.get_mut(place)) {
                known.wanted = false;
            }
        }
    }

    /// Records are at the follower, which fetches again.
    pub(super) fn follower_has(&mut self, at: Micros, leader: BrokerId, follower: BrokerId) {
        if !self.serves(follower) {
            return self.stop_link(leader, follower);
        }
        let carries = self.link(leader, follower).map(|link| std::mem::take(&mut link.carries)).unwrap_or_default();
        for carried in &carries {
            let Some(it) = self.part_mut(carried.part).filter(|it| it.leader_epoch == carried.epoch) else { continue };
            if let Some(end) = it.replica(follower).and_then(|place| it.ends.get_mut(place)) {
                *end = carried.end.max(*end);
            }
        }
        if !self.serves(leader) {
            return self.stop_link(leader, follower);
        }
        let hop = self.setup.params.hop();
        if let Some(link) = self.link(leader, follower) {
            link.carries = carries;
        }
        self.queue.schedule(at + hop, Due::Cluster(ClusterDue::Known(leader, follower)));
    }

    /// The follower's next fetch tells the leader how far it is.
    pub(super) fn leader_knows(&mut self, at: Micros, leader: BrokerId, follower: BrokerId) {
        if !self.serves(leader) {
            return self.stop_link(leader, follower);
        }
        let registered = self.brokers.get(usize::from(follower)).is_some_and(|broker| broker.registered);
        let carries = self.link(leader, follower).map(|link| std::mem::take(&mut link.carries)).unwrap_or_default();
        let (mut more, mut joined) = (Vec::new(), false);
        for carried in &carries {
            let part = carried.part;
            let least = self.part(part).map_or(1, |it| self.least_in_sync(it));
            let Some(it) = self.part_mut(part).filter(|it| it.leader_epoch == carried.epoch) else { continue };
            let Some(place) = it.replica(follower) else { continue };
            let (end, high) = (it.end(), it.high_watermark);
            let ready = carried.end >= high && carried.end >= it.epoch_start;
            if let Some(known) = it.followers.get_mut(place) {
                known.told = carried.end.max(known.told);
                known.caught_up = carried.all && registered;
                if carried.end < end && !known.wanted {
                    known.wanted = true;
                    more.push(part);
                }
            }
            if ready && registered && !it.isr.contains(&follower) {
                it.join_isr(follower, least);
                joined = true;
            }
            self.raise(at, part);
        }
        let Some(link) = self.link(leader, follower) else { return };
        link.carries = carries;
        link.wants.append(&mut more);
        link.busy = !link.wants.is_empty();
        if link.busy {
            self.respond_soon(at, leader, follower);
        }
        if joined {
            self.check_returned(at, follower);
        }
    }

    /// Raises the high watermark to what all in-sync replicas have: what is below it is safe and may be read. Since
    /// KIP-966 not while fewer are in sync than `min.insync.replicas` asks for.
    pub(super) fn raise(&mut self, at: Micros, part: PartId) {
        let Some(leader) = self.leader(part) else { return };
        let least = self.part(part).map_or(1, |it| self.least_in_sync(it));
        let Some(it) = self.part_mut(part).filter(|it| it.isr.len() >= least) else { return };
        let mut high = it.end();
        for ((replica, follower), end) in it.replicas.iter().zip(&it.followers).zip(&it.ends) {
            if *replica == leader {
                high = high.min(*end);
            } else if it.isr.contains(replica) || follower.caught_up {
                high = high.min(follower.told);
            }
        }
        if high > it.high_watermark {
            it.high_watermark = high;
            self.replicated(at, part);
            self.data_arrived(at, part);
        }
    }

    /// A leader begins to answer, or a follower comes back: followers cut off what the leader does not have, and fetch.
    pub(super) fn follow(&mut self, at: Micros, part: PartId) {
        let Some(leader) = self.leader(part) else { return };
        let Some(it) = self.partitions.get_mut(usize::from(part)).map(Rc::make_mut) else { return };
        let mut behind = false;
        for (replica, follower) in it.replicas.iter().zip(&mut it.followers) {
            let serves = self.brokers.get(usize::from(*replica)).is_some_and(|broker| broker.serving);
            if serves && *replica != leader {
                follower.stray = Vec::new();
                behind |= !it.isr.contains(replica) || follower.told < it.log.len() as u64 + it.base;
            }
        }
        if behind {
            self.call_followers(at, part, leader);
        }
        self.raise(at, part);
    }

    /// Once per second while anything is wrong.
    pub(super) fn tick(&mut self, at: Micros) {
        self.cluster.ticking = false;
        let look = at / (LAG / 2) != at.saturating_sub(SECOND) / (LAG / 2);
        for id in 0..self.brokers.len() as BrokerId {
            let it = self.brokers.get(usize::from(id));
            if !look || it.is_none_or(|it| !it.registered || it.serving || at < it.since + LAG) {
                continue;
            }
            for part in 0..self.partitions.len() as PartId {
                if self.leader(part).is_none() {
                    continue;
                }
                let least = self.part(part).map_or(1, |it| self.least_in_sync(it));
                let Some(it) = self.part_mut(part).filter(|it| it.isr.contains(&id)) else { continue };
                let told = it.replica(id).and_then(|place| it.followers.get(place)).map_or(0, |it| it.told);
                if told < it.end() {
                    it.leave_isr(id, least);
                    self.raise(at, part);
                }
            }
        }
        let waiting = self.refuse_overdue(at);
        if waiting || self.brokers.iter().any(|broker| !broker.serving) {
            self.tick_later(at);
        }
    }

    pub(super) fn tick_later(&mut self, at: Micros) {
        if !std::mem::replace(&mut self.cluster.ticking, true) {
            self.queue.schedule(at + SECOND, Due::Cluster(ClusterDue::Tick));
        }
    }
}
