//! A group that the reader described, as it stands before anything happens: who reads which partition, and how far the
//! group is, is not for an assignor to say but as it was told.

use super::coordination::Group;
use super::group::types::{Id, Partitions};
use super::import::{Described, GroupState};
use super::types::*;
use super::world::{CONSUMERS, World};
use crate::models::kafka::Tp;
use crate::sim::chronicle::Chronicle;
use std::rc::Rc;

impl World {
    /// The members that were told. `false`: it was not told which there are.
    pub(super) fn enlist_told(&mut self, group: &Described) -> bool {
        for member in group.members.iter().take(CONSUMERS) {
            let name = if member.client.is_empty() { &member.id } else { &member.client };
            let instance = member.instance.as_deref().map(Id::from);
            // Nobody is in a group for nothing.
            let all = || (0..self.topics.len() as u16).collect();
            let topics = if member.topics.is_empty() { all() } else { member.topics.clone() };
            self.enlist(Some(Id::from(name.as_str())), instance, topics);
        }
        !group.members.is_empty() || group.state == Some(GroupState::Empty)
    }

    /// While the group forms before the run, nobody has anything to do: how far it is, is told afterwards.
    pub(super) fn hush(&mut self) {
        for part in &mut self.partitions {
            let part = Rc::make_mut(part);
            part.committed = Some(part.base);
        }
    }

    /// The group has formed: each gets what it was told to have, from where the group was told to be. What was told of
    /// nobody stays with whom the assignor gave it to.
    pub(super) fn as_told(&mut self, group: &Described) {
        let told: Vec<_> = group.topics.iter().flat_map(|topic| &topic.partitions).collect();
        for (part, told) in self.partitions.iter_mut().zip(&told) {
            let part = Rc::make_mut(part);
            // A committed offset beyond the end is out of range: reading begins at the earliest record.
            part.committed = told.committed.filter(|at| *at <= part.base);
        }
        if self.in_progress() {
            return;
        }
        let mut lists: Vec<Vec<PartId>> = vec![Vec::new(); self.consumers.len()];
        for id in 0..self.partitions.len() as PartId {
            let Some(part) = self.part(id) else { continue };
            let topic = part.tp.topic;
            let told = told.get(usize::from(id)).and_then(|part| part.owner);
            let fits = |it: &&Rc<Consumer>| it.phase == Phase::Steady && it.topics.contains(&topic);
            let owner = told.and_then(|owner| self.consumers.get(owner)).filter(fits).map(|it| it.id);
            let owner = owner.or(match part.holder() {
                Holder::Reads(who) => Some(who),
                _ => None,
            });
            let holder = owner.map_or(Holder::Nobody, Holder::Reads);
            let epoch = owner.and_then(|who| self.consumer(who)).map_or(0, |it| it.epoch);
            if let Some(list) = owner.and_then(|who| lists.get_mut(usize::from(who))) {
                list.push(id);
            }
            if let Some(part) = self.part_mut(id) {
                part.holds = Chronicle::default();
                part.holds.push(Hold { from: 0, holder, epoch });
            }
        }
        let mut given: Vec<(Id, Partitions)> = Vec::new();
        for (who, list) in (0..).zip(&lists) {
            let start = |id: &PartId| self.part(*id).map_or(0, |part| part.committed.unwrap_or(part.base));
            let claim = |id: &PartId| {
                let start = start(id);
                Claim { part: *id, position: start, done: start, paused: false, ready: true }
            };
            let claims: Vec<Claim> = list.iter().map(claim).collect();
            let mut tps: Vec<Tp> = list.iter().filter_map(|id| self.part(*id)).map(|part| part.tp).collect();
            tps.sort_unstable();
            let tps: Partitions = tps.into();
            let Some(consumer) = self.consumer_mut(who).filter(|it| it.phase == Phase::Steady) else { continue };
            consumer.claims = claims;
            consumer.inner.last = Some((consumer.epoch, tps.clone()));
            // The fetch that waits at the brokers was for other partitions.
            consumer.fetching = false;
            consumer.inner.parked = false;
            consumer.inner.fetch += 1;
            if let Some(member) = &consumer.member {
                given.push((member.clone(), tps));
            }
            self.poll_soon(0, who);
        }
        match &mut self.group {
            Group::Classic(group) => group.settle_as(&given),
            Group::Modern(group) => group.settle_as(&given),
        }
        let reads = |part: &Rc<Partition>| match part.holder() {
            Holder::Reads(who) => Some(who),
            _ => None,
        };
        self.readers = Rc::new(self.partitions.iter().map(reads).collect());
    }
}
