//! One step of one member towards its target: first it gives up what is to go, then it gets what is free.

use super::{Member, Modern};
use crate::explainers::kafka::group::types::*;
use crate::models::kafka::Tp;
use crate::sim::Micros;
use std::rc::Rc;

/// Partitions with the epochs at which they were assigned.
type Held = Vec<(Tp, i32)>;

fn held(parts: &[Tp], epochs: &[i32]) -> Held {
    parts.iter().copied().zip(epochs.iter().copied()).collect()
}

fn contains(parts: &[Tp], tp: Tp) -> bool {
    parts.binary_search(&tp).is_ok()
}

/// Whether a member says that it has none of these any more. Without a word it still has them all.
fn gave_up(owned: Option<&[Tp]>, mut parts: impl Iterator<Item = Tp>) -> bool {
    owned.is_some_and(|owned| parts.all(|tp| !contains(owned, tp)))
}

impl Member {
    fn hold(&mut self, assigned: &[(Tp, i32)], pending: &[(Tp, i32)]) {
        if !self.assigned.iter().copied().eq(assigned.iter().map(|part| part.0)) {
            self.assigned = assigned.iter().map(|part| part.0).collect();
        }
        self.assigned_epochs = assigned.iter().map(|part| part.1).collect();
        self.pending = pending.iter().map(|part| part.0).collect();
        self.pending_epochs = pending.iter().map(|part| part.1).collect();
    }

    fn go_to(&mut self, epoch: i32) {
        (self.previous_epoch, self.epoch) = (self.epoch, epoch);
    }
}

impl Modern {
    /// `changed`: its subscription did, with this heartbeat. `owned`: what it says it has, in ascending order.
    pub(super) fn reconcile(&mut self, now: Micros, member: &mut Member, changed: bool, owned: Option<&[Tp]>) {
        if !changed && member.reconciled_to(self.assignment_epoch) {
            return;
        }
        let before = member.clone();
        match member.state {
            MemberState::Stable if member.epoch == self.assignment_epoch => self.unsubscribe(member, owned),
            MemberState::UnrevokedPartitions if !gave_up(owned, member.pending.iter().copied()) => {
                if changed {
                    self.unsubscribe(member, owned);
                }
            }
            _ => self.advance(member, owned),
        }
        if *member != before {
            let timer = Timer::Rebalance(member.id.clone());
            if member.state == MemberState::UnrevokedPartitions {
                self.timers.schedule(now + member.rebalance_timeout, timer, member.epoch);
            } else {
                self.timers.cancel(&timer);
            }
        }
    }

    fn subscribes(&self, member: &Member, topic: TopicId) -> bool {
        let exists = self.topics.get(usize::from(topic)).is_some_and(|topic| topic.partitions > 0);
        exists && member.subscribed.binary_search(&topic).is_ok()
    }

    /// What it subscribes to no more goes at once, without a new target.
    fn unsubscribe(&self, member: &mut Member, owned: Option<&[Tp]>) {
        let stays = |part: &(Tp, i32)| self.subscribes(member, part.0.topic);
        let (keeps, goes): (Held, Held) = held(&member.assigned, &member.assigned_epochs).into_iter().partition(stays);
        // Who subscribes to nothing takes the step even if there is nothing to give up.
        if goes.is_empty() && !(member.subscribed.is_empty() && member.pending.is_empty()) {
            return;
        }
        let before = held(&member.pending, &member.pending_epochs);
        let mut pending = before.clone();
        pending.extend(goes);
        pending.sort_unstable();
        member.go_to(member.epoch);
        if gave_up(owned, pending.iter().map(|part| part.0)) || pending.is_empty() {
            member.hold(&keeps, &before);
        } else {
            member.state = MemberState::UnrevokedPartitions;
            member.hold(&keeps, &pending);
        }
    }

    fn advance(&self, member: &mut Member, owned: Option<&[Tp]>) {
        let target: Vec<Tp> = member.target.iter().copied().filter(|tp| self.subscribes(member, tp.topic)).collect();
        let stays = |part: &(Tp, i32)| contains(&target, part.0);
        let (mut keeps, goes): (Held, Held) =
            held(&member.assigned, &member.assigned_epochs).into_iter().partition(stays);
        if !goes.is_empty() && !gave_up(owned, goes.iter().map(|part| part.0)) {
            member.state = MemberState::UnrevokedPartitions;
            member.go_to(member.epoch);
            return member.hold(&keeps, &goes);
        }
        let wanted: Vec<Tp> = target.into_iter().filter(|tp| !contains(&member.assigned, *tp)).collect();
        let taken = if wanted.is_empty() { Vec::new() } else { self.taken(&member.id) };
        let free: Vec<Tp> = wanted.iter().copied().filter(|tp| !contains(&taken, *tp)).collect();
        let unreleased = free.len() < wanted.len();
        keeps.extend(free.into_iter().map(|tp| (tp, self.assignment_epoch)));
        keeps.sort_unstable();
        member.state = if unreleased { MemberState::UnreleasedPartitions } else { MemberState::Stable };
        member.go_to(self.assignment_epoch);
        member.hold(&keeps, &[]);
    }

    /// What the others have or have still to give up, in ascending order.
    fn taken(&self, id: &Id) -> Vec<Tp> {
        let others = self.members.iter().filter(|other| other.id != *id);
        let parts = others.flat_map(|other| other.assigned.iter().chain(other.pending.iter()));
        let mut taken: Vec<Tp> = parts.copied().collect();
        taken.sort_unstable();
        taken
    }

    /// The subscribed topics that there are, with a member in the place of what it was.
    pub(super) fn metadata_with(&self, member: Option<&Member>, place: Option<usize>) -> Rc<[(TopicId, u32)]> {
        let others = self.members.iter().enumerate().filter(|(at, _)| Some(*at) != place).map(|(_, other)| &**other);
        let mut subscribed = vec![false; self.topics.len()];
        for topic in others.chain(member).flat_map(|member| member.subscribed.iter()) {
            if let Some(known) = subscribed.get_mut(usize::from(*topic)) {
                *known = true;
            }
        }
        let topics = (0..).zip(self.topics.iter()).zip(subscribed);
        let exist = topics.filter(|((_, topic), subscribed)| *subscribed && topic.partitions > 0);
        exist.map(|((id, topic), _)| (id, topic.partitions)).collect()
    }
}
