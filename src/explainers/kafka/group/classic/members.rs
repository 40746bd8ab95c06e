//! The members of a classic group: who is one, who leads, which protocol all of them can use.

use super::Classic;
use crate::explainers::kafka::group::ids;
use crate::explainers::kafka::group::types::*;
use crate::sim::Micros;
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct Member {
    pub id: Id,
    pub client: Id,
    pub instance: Option<Id>,
    pub session_timeout: Micros,
    pub rebalance_timeout: Micros,
    pub protocols: Rc<[Protocol]>,
    pub assignment: Partitions,
    /// To whom an answer to its JoinGroup is owed, and to its SyncGroup.
    pub awaiting_join: Option<Token>,
    pub awaiting_sync: Option<Token>,
    /// Its first JoinGroup has not been answered yet.
    pub is_new: bool,
}

impl Member {
    /// While it waits for an answer it need not be heard of, but a new one may be gone without our knowing.
    pub fn excused(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }

    /// As the log has it: with the protocol that was chosen only.
    pub fn as_written(&self, protocol: Option<&Id>) -> Member {
        let chosen = self.protocols.iter().filter(|own| Some(&own.name) == protocol).cloned().collect();
        Member { protocols: chosen, awaiting_join: None, awaiting_sync: None, is_new: false, ..self.clone() }
    }

    fn supports(&self, protocol: &Id) -> bool {
        self.protocols.iter().any(|own| own.name == *protocol)
    }
}

impl Classic {
    pub(super) fn place(&self, id: &Id) -> Option<usize> {
        self.members.iter().position(|member| member.id == *id)
    }

    pub(super) fn member(&self, id: &Id) -> Option<&Member> {
        self.members.iter().find(|member| member.id == *id).map(Rc::as_ref)
    }

    pub(super) fn member_mut(&mut self, id: &Id) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id == *id).map(Rc::make_mut)
    }

    /// The static member of an instance id.
    pub(super) fn of_instance(&self, instance: &Id) -> Option<&Id> {
        self.members.iter().find(|member| member.instance.as_ref() == Some(instance)).map(|member| &member.id)
    }

    /// Why someone is not taken for a member.
    pub(super) fn stranger(&self, id: &Id, instance: Option<&Id>) -> Option<Error> {
        if let Some(instance) = instance {
            match self.of_instance(instance) {
                None => return Some(Error::UnknownMemberId),
                Some(known) if known != id => return Some(Error::FencedInstanceId),
                Some(_) => {}
            }
        }
        self.place(id).is_none().then_some(Error::UnknownMemberId)
    }

    /// The members' places in the order of Java's hash map.
    pub(super) fn in_java_order(&self) -> Vec<u32> {
        ids::hash_map_order(self.members.iter().map(|member| &member.id), self.table)
    }

    fn first_where(&self, wanted: impl Fn(&Member) -> bool) -> Option<Id> {
        let places = self.in_java_order();
        let mut members = places.iter().filter_map(|&place| self.members.get(place as usize));
        members.find(|member| wanted(member)).map(|member| member.id.clone())
    }

    pub(super) fn insert(&mut self, member: Member) {
        if self.leader.is_none() {
            self.leader = Some(member.id.clone());
        }
        self.pending.retain(|id| *id != member.id);
        self.members.push(Rc::new(member));
        if self.members.len() as u32 > self.table / 4 * 3 {
            self.table *= 2;
        }
    }

    /// Forgets a member or a pending one. Timers and answers that are owed are up to the caller.
    pub(super) fn remove(&mut self, id: &Id) {
        self.members.retain(|member| member.id != *id);
        if self.leader.as_ref() == Some(id) {
            self.leader = self.first_where(|_| true);
        }
        self.pending.retain(|pending| pending != id);
        self.syncing.retain(|waiting| waiting != id);
    }

    /// Removes a member; if its JoinGroup waits, it learns that it must join anew.
    pub(super) fn turn_away(&mut self, id: &Id, out: &mut Vec<Answer>) {
        if let Some(token) = self.member(id).and_then(|member| member.awaiting_join) {
            out.push((token, Response::JoinGroup(JoinAnswer::refused(Error::UnknownMemberId, Rc::from("")))));
        }
        self.remove(id);
    }

    /// A member was heard of: its session begins anew.
    pub(super) fn heard(&mut self, now: Micros, id: &Id) {
        if let Some(timeout) = self.member(id).map(|member| member.session_timeout) {
            self.timers.schedule(now + timeout, Timer::Heartbeat(id.clone()), 0);
        }
    }

    pub(super) fn awaiting_join(&self) -> usize {
        self.members.iter().filter(|member| member.awaiting_join.is_some()).count()
    }

    pub(super) fn all_joined(&self) -> bool {
        self.pending.is_empty() && self.members.iter().all(|member| member.awaiting_join.is_some())
    }

    /// The longest of all members' `max.poll.interval.ms`.
    pub(super) fn rebalance_timeout(&self) -> Micros {
        self.members.iter().map(|member| member.rebalance_timeout).max().unwrap_or(0)
    }

    /// A leader that has not joined again gives way to a member that has. Whether there is one that has joined.
    pub(super) fn elect(&mut self) -> bool {
        let Some(leader) = &self.leader else { return false };
        if self.member(leader).is_some_and(|member| member.awaiting_join.is_some()) {
            return true;
        }
        let next = self.first_where(|member| member.awaiting_join.is_some());
        let elected = next.is_some();
        self.leader = next.or(self.leader.take());
        elected
    }

    /// Whether all members support one of these protocols.
    pub(super) fn supports_one_of(&self, protocols: &[Protocol]) -> bool {
        if self.state == ClassicState::Empty {
            return !protocols.is_empty();
        }
        protocols.iter().any(|protocol| self.members.iter().all(|member| member.supports(&protocol.name)))
    }

    /// Each member votes for the first of its protocols that all support; the most votes win, and among equals the
    /// first in a Java hash map of their names.
    pub(super) fn vote(&self) -> Option<Id> {
        let mut votes: Vec<(Id, u32)> = Vec::new();
        for place in self.in_java_order() {
            let Some(member) = self.members.get(place as usize) else { continue };
            let common = |name: &Id| self.members.iter().all(|other| other.supports(name));
            let Some(choice) = member.protocols.iter().find(|protocol| common(&protocol.name)) else { continue };
            match votes.iter_mut().find(|(name, _)| *name == choice.name) {
                Some((_, count)) => *count += 1,
                None => votes.push((choice.name.clone(), 1)),
            }
        }
        let most = votes.iter().map(|(_, count)| *count).max()?;
        let order = ids::hash_map_order(votes.iter().map(|(name, _)| name), 16);
        let mut ordered = order.iter().filter_map(|&place| votes.get(place as usize));
        ordered.find(|(_, count)| *count == most).map(|(name, _)| name.clone())
    }

    /// What the leader learns of all members.
    pub(super) fn joined(&self) -> Vec<Joined> {
        let places = self.in_java_order();
        let members = places.iter().filter_map(|&place| self.members.get(place as usize));
        let chosen = |member: &Member| {
            let own = member.protocols.iter().find(|protocol| Some(&protocol.name) == self.protocol.as_ref())?;
            Some(own.subscription.clone())
        };
        let joined = |member: &Rc<Member>| {
            let (id, instance) = (member.id.clone(), member.instance.clone());
            Some(Joined { member: id, instance, subscription: chosen(member)? })
        };
        members.filter_map(joined).collect()
    }
}
