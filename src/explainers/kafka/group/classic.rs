//! A group of the classic protocol: all members join, one of them (the leader) assigns, all sync. As in Apache Kafka
//! 4.3.1's `GroupMetadataManager` and `ClassicGroup`.

mod join;
mod members;
#[cfg(test)]
mod tests;

use super::timers::Timers;
use super::types::*;
use crate::sim::Micros;
use members::Member;
use std::rc::Rc;

#[derive(Clone, Debug, Hash)]
pub struct Classic {
    config: Rc<Config>,
    /// Someone has joined or committed, ever.
    exists: bool,
    state: ClassicState,
    previous: ClassicState,
    generation: i32,
    leader: Option<Id>,
    protocol: Option<Id>,
    /// In the order in which they were put in.
    members: Vec<Rc<Member>>,
    /// The size of the hash map of members; it never shrinks.
    table: u32,
    /// Who was given an id and has not joined with it yet.
    pending: Vec<Id>,
    /// Who has not synced in this generation yet.
    syncing: Vec<Id>,
    /// Someone joined since the initial delay began or was last extended.
    joined_meanwhile: bool,
    /// During the initial delay: how long this part of it is, and by how much all of it may still be extended.
    delay: Option<(Micros, Micros)>,
    timers: Timers,
    ids_made: u64,
    /// What stands in the log (`__consumer_offsets`), from which another broker would go on.
    written: Rc<Written>,
}

/// A record of a group: written when the leader has assigned, when the group is new or empty, and when a static member
/// is back in a stable group.
#[derive(Clone, Debug, Default, Hash)]
struct Written {
    generation: i32,
    leader: Option<Id>,
    protocol: Option<Id>,
    members: Vec<Rc<Member>>,
}

impl Classic {
    pub fn new(config: Rc<Config>) -> Classic {
        Classic {
            config,
            exists: false,
            state: ClassicState::Empty,
            previous: ClassicState::Dead,
            generation: 0,
            leader: None,
            protocol: None,
            members: Vec::new(),
            table: 16,
            pending: Vec::new(),
            syncing: Vec::new(),
            joined_meanwhile: false,
            delay: None,
            timers: Timers::default(),
            ids_made: 0,
            written: Rc::default(),
        }
    }

    /// Another broker takes over from the log: what was not written is lost, requests that waited stay unanswered, and
    /// each member's session begins anew.
    pub fn failover(&mut self, now: Micros) {
        let written = self.written.clone();
        let before = std::mem::replace(self, Classic::new(self.config.clone()));
        (self.exists, self.ids_made, self.written) = (before.exists, before.ids_made, written.clone());
        (self.generation, self.protocol) = (written.generation, written.protocol.clone());
        for member in &written.members {
            self.insert(Member::clone(member));
            self.heard(now, &member.id);
        }
        self.leader = written.leader.clone();
        if !self.members.is_empty() {
            self.go(ClassicState::Stable);
        }
    }

    fn write(&mut self) {
        let members = self.in_java_order().into_iter().filter_map(|place| self.members.get(place as usize));
        let members = members.map(|member| Rc::new(member.as_written(self.protocol.as_ref()))).collect();
        let (leader, protocol) = (self.leader.clone(), self.protocol.clone());
        self.written = Rc::new(Written { generation: self.generation, leader, protocol, members });
    }

    /// Answers at once, or later with the answers to others: to each request at most one. Time never goes back.
    pub fn handle(&mut self, now: Micros, from: Token, request: Request) -> Vec<Answer> {
        let mut out = Vec::new();
        match request {
            Request::JoinGroup(request) => self.join(now, from, request, &mut out),
            Request::SyncGroup(request) => self.sync(now, from, request, &mut out),
            Request::Heartbeat(request) => {
                let error = self.heartbeat(now, &request);
                out.push((from, Response::Heartbeat(error)));
            }
            Request::LeaveGroup(leaving) => self.leave(now, from, leaving, &mut out),
            Request::OffsetCommit(request) => {
                let error = self.commit(now, &request);
                out.push((from, Response::OffsetCommit(error)));
            }
            // As where `group.consumer.migration.policy` is `disabled`: a group keeps its protocol.
            Request::ConsumerGroupHeartbeat(request) => {
                let answer = ConsumerAnswer::refused(Error::GroupIdNotFound, request.member);
                out.push((from, Response::ConsumerGroupHeartbeat(answer)));
            }
        }
        out
    }

    /// Takes a later moment for the beginning of time.
    pub fn rebase(&mut self, by: Micros) {
        self.timers.rebase(by);
    }

    /// Who has what from now on, as far as the group knows: to begin a run with a group as it was found.
    pub fn settle_as(&mut self, given: &[(Id, Partitions)]) {
        for member in &mut self.members {
            if let Some((_, parts)) = given.iter().find(|(id, _)| *id == member.id) {
                Rc::make_mut(member).assignment = parts.clone();
            }
        }
    }

    /// When the next timer fires.
    pub fn due(&self) -> Option<Micros> {
        self.timers.due()
    }

    /// The next timer that is due at `now`, if any. Some fire without effect.
    pub fn fire(&mut self, now: Micros) -> Option<Fired> {
        let (at, timer, _) = self.timers.pop(now)?;
        let mut answers = Vec::new();
        let before: Vec<Rc<Member>> = self.members.clone();
        match &timer {
            Timer::Join => self.join_is_over(at, &mut answers),
            Timer::Sync => self.sync_is_over(at, &mut answers),
            Timer::Heartbeat(id) => self.silent(at, id, &mut answers),
            Timer::Session(_) | Timer::Rebalance(_) => {}
        }
        let gone = before.iter().filter(|member| self.place(&member.id).is_none());
        Some(Fired { at, removed: gone.map(|member| member.id.clone()).collect(), timer, answers })
    }

    pub fn state(&self) -> ClassicState {
        self.state
    }

    pub fn generation(&self) -> i32 {
        self.generation
    }

    pub fn leader(&self) -> Option<&Id> {
        self.leader.as_ref()
    }

    /// The assignor that was chosen for this generation.
    pub fn protocol(&self) -> Option<&Id> {
        self.protocol.as_ref()
    }

    /// In the order in which they joined.
    pub fn members(&self) -> impl Iterator<Item = ClassicView<'_>> {
        self.members.iter().map(|member| ClassicView {
            member: &member.id,
            client: &member.client,
            instance: member.instance.as_ref(),
            joining: member.awaiting_join.is_some(),
            syncing: member.awaiting_sync.is_some(),
            assignment: &member.assignment,
            session_ends: self.timers.at(&Timer::Heartbeat(member.id.clone())).filter(|_| !member.excused()),
        })
    }

    /// Ids that were given out and with which nobody has joined yet.
    pub fn pending_members(&self) -> &[Id] {
        &self.pending
    }

    /// When the wait for members to join is over.
    pub fn join_ends(&self) -> Option<Micros> {
        self.timers.at(&Timer::Join)
    }

    fn sync(&mut self, now: Micros, from: Token, request: SyncGroup, out: &mut Vec<Answer>) {
        let refuse = |error| (from, Response::SyncGroup(SyncAnswer { error, assignment: Rc::from([]) }));
        if let Some(error) = self.sync_error(&request) {
            return out.push(refuse(error));
        }
        match self.state {
            ClassicState::PreparingRebalance => out.push(refuse(Error::RebalanceInProgress)),
            ClassicState::CompletingRebalance => {
                if let Some(member) = self.member_mut(&request.member) {
                    member.awaiting_sync = Some(from);
                }
                self.synced(&request.member);
                if self.leader.as_ref() == Some(&request.member) {
                    for member in &mut self.members {
                        // Who is in the leader's list twice gets what comes last, as from a hash map.
                        let given = request.assignments.iter().rfind(|(id, _)| *id == member.id);
                        Rc::make_mut(member).assignment = given.map_or(Rc::from([]), |(_, parts)| parts.clone());
                    }
                    self.write();
                    self.propagate(now, Error::None, out);
                    self.go(ClassicState::Stable);
                }
            }
            ClassicState::Stable => {
                self.synced(&request.member);
                let assignment = self.member(&request.member).map_or(Rc::from([]), |member| member.assignment.clone());
                out.push((from, Response::SyncGroup(SyncAnswer { error: Error::None, assignment })));
            }
            ClassicState::Empty | ClassicState::Dead => out.push(refuse(Error::UnknownMemberId)),
        }
    }

    fn sync_error(&self, request: &SyncGroup) -> Option<Error> {
        if self.state == ClassicState::Empty {
            return Some(Error::UnknownMemberId);
        }
        if let Some(error) = self.stranger(&request.member, request.instance.as_ref()) {
            return Some(error);
        }
        if request.generation != self.generation {
            return Some(Error::IllegalGeneration);
        }
        let other = request.protocol.as_ref().is_some_and(|name| self.protocol.as_ref() != Some(name));
        (other && self.protocol.is_some()).then_some(Error::InconsistentGroupProtocol)
    }

    fn synced(&mut self, id: &Id) {
        self.syncing.retain(|waiting| waiting != id);
        if self.syncing.is_empty() {
            self.timers.cancel(&Timer::Sync);
        }
    }

    /// Answers everyone who waits for a sync.
    fn propagate(&mut self, now: Micros, error: Error, out: &mut Vec<Answer>) {
        for place in self.in_java_order() {
            let Some(member) = self.members.get_mut(place as usize) else { continue };
            let Some(token) = member.awaiting_sync else { continue };
            let member = Rc::make_mut(member);
            member.awaiting_sync = None;
            out.push((token, Response::SyncGroup(SyncAnswer { error, assignment: member.assignment.clone() })));
            let (id, timeout) = (member.id.clone(), member.session_timeout);
            self.timers.schedule(now + timeout, Timer::Heartbeat(id), 0);
        }
    }

    fn heartbeat(&mut self, now: Micros, request: &Heartbeat) -> Error {
        if let Some(error) = self.stranger(&request.member, request.instance.as_ref()) {
            return error;
        }
        if request.generation != self.generation {
            return Error::IllegalGeneration;
        }
        match self.state {
            ClassicState::Empty | ClassicState::Dead => Error::UnknownMemberId,
            ClassicState::PreparingRebalance => {
                self.heard(now, &request.member);
                Error::RebalanceInProgress
            }
            ClassicState::CompletingRebalance | ClassicState::Stable => {
                self.heard(now, &request.member);
                Error::None
            }
        }
    }

    fn leave(&mut self, now: Micros, from: Token, leaving: Vec<Leaving>, out: &mut Vec<Answer>) {
        let mut answers = Vec::with_capacity(leaving.len());
        for who in leaving {
            let error = self.leaves(&who, out);
            answers.push((who, error));
        }
        let left = answers.iter().any(|(_, error)| *error == Error::None);
        out.push((from, Response::LeaveGroup(Error::None, answers)));
        if left {
            match self.state {
                ClassicState::Stable | ClassicState::CompletingRebalance => self.prepare_rebalance(now, out),
                ClassicState::PreparingRebalance => self.complete_if_all_joined(now, out),
                ClassicState::Empty | ClassicState::Dead => {}
            }
        }
    }

    fn leaves(&mut self, who: &Leaving, out: &mut Vec<Answer>) -> Error {
        if self.pending.contains(&who.member) {
            self.remove(&who.member);
            self.timers.cancel(&Timer::Heartbeat(who.member.clone()));
            return Error::None;
        }
        // An administrator names a static member by its instance id alone.
        let id = match &who.instance {
            Some(instance) if who.member.is_empty() => self.of_instance(instance).cloned(),
            _ => match self.stranger(&who.member, who.instance.as_ref()) {
                Some(error) => return error,
                None => Some(who.member.clone()),
            },
        };
        let Some(id) = id else { return Error::UnknownMemberId };
        self.timers.cancel(&Timer::Heartbeat(id.clone()));
        self.turn_away(&id, out);
        Error::None
    }

    fn commit(&mut self, now: Micros, request: &OffsetCommit) -> Error {
        if !self.exists {
            // A client that is in no group commits under a name of its own.
            self.exists = request.generation < 0;
            return if self.exists { Error::None } else { Error::GroupIdNotFound };
        }
        let error = self.commit_error(request);
        // Commits keep the session alive.
        if error == Error::None && matches!(self.state, ClassicState::Stable | ClassicState::PreparingRebalance) {
            self.heard(now, &request.member);
        }
        error
    }

    fn commit_error(&self, request: &OffsetCommit) -> Error {
        if request.generation < 0 && self.state == ClassicState::Empty {
            return Error::None;
        }
        if request.generation < 0 && request.member.is_empty() && request.instance.is_none() {
            return Error::UnknownMemberId;
        }
        if let Some(error) = self.stranger(&request.member, request.instance.as_ref()) {
            return error;
        }
        if request.generation != self.generation {
            return Error::IllegalGeneration;
        }
        // Its generation is right, so it knows of the rebalance and has only to sync.
        let rebalancing = self.state == ClassicState::CompletingRebalance;
        if rebalancing { Error::RebalanceInProgress } else { Error::None }
    }

    /// A member was silent for its session timeout, or one that was given an id did not join with it.
    fn silent(&mut self, now: Micros, id: &Id, out: &mut Vec<Answer>) {
        if self.pending.contains(id) {
            self.remove(id);
            if self.state == ClassicState::PreparingRebalance && self.all_joined() {
                self.complete_join(now, out);
            }
        } else if self.member(id).is_some_and(|member| !member.excused()) {
            self.turn_away(id, out);
            match self.state {
                ClassicState::Stable | ClassicState::CompletingRebalance => self.prepare_rebalance(now, out),
                ClassicState::PreparingRebalance if self.all_joined() => self.complete_join(now, out),
                _ => {}
            }
        }
    }

    /// Members that did not sync in time are removed, which begins a new rebalance.
    fn sync_is_over(&mut self, now: Micros, out: &mut Vec<Answer>) {
        let waits = matches!(self.state, ClassicState::CompletingRebalance | ClassicState::Stable);
        if waits && !self.syncing.is_empty() {
            for id in std::mem::take(&mut self.syncing) {
                self.remove(&id);
                self.timers.cancel(&Timer::Heartbeat(id));
            }
            self.prepare_rebalance(now, out);
        }
    }
}
