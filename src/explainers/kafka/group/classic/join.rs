//! The join phase of a classic group, from the first JoinGroup to the next generation.

use super::Classic;
use super::members::Member;
use crate::explainers::kafka::group::ids;
use crate::explainers::kafka::group::types::*;
use crate::sim::Micros;
use std::rc::Rc;

impl Classic {
    pub(super) fn join(&mut self, now: Micros, from: Token, request: JoinGroup, out: &mut Vec<Answer>) {
        let refuse = |error, member: &Id| (from, Response::JoinGroup(JoinAnswer::refused(error, member.clone())));
        let nobody: Id = Rc::from("");
        let allowed = self.config.min_session_timeout..=self.config.max_session_timeout;
        if !allowed.contains(&request.session_timeout) {
            return out.push(refuse(Error::InvalidSessionTimeout, &request.member));
        }
        let unknown = request.member.is_empty();
        if !self.exists && !unknown {
            return out.push(refuse(Error::UnknownMemberId, &request.member));
        }
        self.exists = true;
        if !self.has_room_for(&request.member) {
            self.remove(&request.member);
            return out.push(refuse(Error::GroupMaxSizeReached, &nobody));
        }
        if !self.supports_one_of(&request.protocols) {
            return out.push(refuse(Error::InconsistentGroupProtocol, &request.member));
        }
        if !unknown {
            return self.join_again(now, from, request, out);
        }
        self.ids_made += 1;
        let named = request.instance.as_ref().unwrap_or(&request.client);
        let id = ids::fresh(self.config.seed, self.ids_made, named);
        let known = request.instance.as_ref().and_then(|instance| self.of_instance(instance)).cloned();
        match (&request.instance, known) {
            (Some(_), Some(old)) => self.replace(now, from, &old, id, request, out),
            (Some(_), None) => self.add(now, from, id, request, out),
            (None, _) => {
                // Who retries without having got an answer would else be counted twice.
                self.pending.push(id.clone());
                self.timers.schedule(now + request.session_timeout, Timer::Heartbeat(id.clone()), 0);
                out.push(refuse(Error::MemberIdRequired, &id));
            }
        }
    }

    fn has_room_for(&self, id: &Id) -> bool {
        let max = self.config.max_size as usize;
        match self.state {
            ClassicState::Empty | ClassicState::Dead => true,
            ClassicState::PreparingRebalance => {
                let waits = self.member(id).is_some_and(|member| member.awaiting_join.is_some());
                waits || self.awaiting_join() < max
            }
            ClassicState::CompletingRebalance | ClassicState::Stable => {
                self.place(id).is_some() || self.members.len() < max
            }
        }
    }

    /// Someone joins with an id that it has been given.
    fn join_again(&mut self, now: Micros, from: Token, request: JoinGroup, out: &mut Vec<Answer>) {
        let refuse = |error| (from, Response::JoinGroup(JoinAnswer::refused(error, request.member.clone())));
        if self.pending.contains(&request.member) {
            if request.instance.is_some() {
                return out.push(refuse(Error::UnknownServerError));
            }
            return self.add(now, from, request.member.clone(), request, out);
        }
        if let Some(error) = self.stranger(&request.member, request.instance.as_ref()) {
            return out.push(refuse(error));
        }
        let leads = self.leader.as_ref() == Some(&request.member);
        let same = self.member(&request.member).is_some_and(|member| member.protocols == request.protocols);
        let stands = match self.state {
            // It may not have received the answer to its first JoinGroup.
            ClassicState::CompletingRebalance => same,
            // A leader joins again to have everything assigned anew.
            ClassicState::Stable => same && !leads,
            ClassicState::PreparingRebalance => false,
            ClassicState::Empty | ClassicState::Dead => return out.push(refuse(Error::UnknownMemberId)),
        };
        if stands {
            out.push((from, Response::JoinGroup(self.welcome(&request.member, leads, false))));
        } else {
            self.update(&request, &request.member, from);
            self.prepare_or_complete(now, out);
        }
    }

    fn add(&mut self, now: Micros, from: Token, id: Id, request: JoinGroup, out: &mut Vec<Answer>) {
        if self.state == ClassicState::PreparingRebalance && self.previous == ClassicState::Empty {
            self.joined_meanwhile = true;
        }
        self.insert(Member {
            id: id.clone(),
            client: request.client,
            instance: request.instance,
            session_timeout: request.session_timeout,
            rebalance_timeout: request.rebalance_timeout,
            protocols: request.protocols,
            assignment: Rc::from([]),
            awaiting_join: Some(from),
            awaiting_sync: None,
            is_new: true,
        });
        // It sends no heartbeats while its first JoinGroup waits: this is how a client that is gone is found out.
        self.timers.schedule(now + self.config.new_member_join_timeout, Timer::Heartbeat(id), 0);
        self.prepare_or_complete(now, out);
    }

    fn update(&mut self, request: &JoinGroup, id: &Id, from: Token) {
        if let Some(member) = self.member_mut(id) {
            member.protocols = request.protocols.clone();
            member.rebalance_timeout = request.rebalance_timeout;
            member.session_timeout = request.session_timeout;
            member.awaiting_join = Some(from);
        }
    }

    /// A static member is back under a new member id: the old id is fenced.
    fn replace(&mut self, now: Micros, from: Token, old: &Id, id: Id, request: JoinGroup, out: &mut Vec<Answer>) {
        let Some(place) = self.place(old) else { return };
        let before = self.members.remove(place);
        if let Some(token) = before.awaiting_join {
            out.push((token, Response::JoinGroup(JoinAnswer::refused(Error::FencedInstanceId, old.clone()))));
        }
        if let Some(token) = before.awaiting_sync {
            let answer = SyncAnswer { error: Error::FencedInstanceId, assignment: Rc::from([]) };
            out.push((token, Response::SyncGroup(answer)));
        }
        let mut after = Member::clone(&before);
        (after.id, after.awaiting_join, after.awaiting_sync, after.is_new) = (id.clone(), None, None, false);
        self.members.push(Rc::new(after));
        if self.leader.as_ref() == Some(old) {
            self.leader = Some(id.clone());
        }
        // The old id's timer stays and will find nobody.
        self.heard(now, &id);
        self.update(&request, &id, from);
        match self.state {
            ClassicState::Stable if self.vote() == self.protocol => {
                let leads = self.leader.as_ref() == Some(&id);
                if let Some(member) = self.member_mut(&id) {
                    member.awaiting_join = None;
                }
                self.write();
                out.push((from, Response::JoinGroup(self.welcome(&id, leads, leads))));
            }
            // The leader may be assigning to the old id just now.
            ClassicState::Stable | ClassicState::CompletingRebalance => self.prepare_rebalance(now, out),
            _ => self.complete_if_all_joined(now, out),
        }
    }

    fn welcome(&self, id: &Id, leads: bool, skip_assignment: bool) -> JoinAnswer {
        JoinAnswer {
            error: Error::None,
            member: id.clone(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_else(|| Rc::from("")),
            skip_assignment,
            members: if leads { self.joined() } else { Vec::new() },
        }
    }

    pub(super) fn go(&mut self, state: ClassicState) {
        (self.previous, self.state) = (self.state, state);
    }

    fn prepare_or_complete(&mut self, now: Micros, out: &mut Vec<Answer>) {
        match self.state {
            ClassicState::PreparingRebalance => self.complete_if_all_joined(now, out),
            ClassicState::Dead => {}
            _ => self.prepare_rebalance(now, out),
        }
    }

    /// From any state but PreparingRebalance.
    pub(super) fn prepare_rebalance(&mut self, now: Micros, out: &mut Vec<Answer>) {
        if self.state == ClassicState::CompletingRebalance {
            for member in &mut self.members {
                Rc::make_mut(member).assignment = Rc::from([]);
            }
            self.propagate(now, Error::RebalanceInProgress, out);
        }
        self.syncing.clear();
        self.timers.cancel(&Timer::Sync);
        let initial = self.state == ClassicState::Empty;
        self.go(ClassicState::PreparingRebalance);
        if initial {
            let delay = self.config.initial_rebalance_delay;
            self.delay = Some((delay, self.rebalance_timeout().saturating_sub(delay)));
            self.timers.schedule(now + delay, Timer::Join, 0);
        } else if self.all_joined() {
            self.complete_join(now, out);
        } else {
            self.wait_for_joins(now);
        }
    }

    fn wait_for_joins(&mut self, now: Micros) {
        self.delay = None;
        self.timers.schedule(now + self.rebalance_timeout(), Timer::Join, 0);
    }

    /// The initial delay is always waited out.
    pub(super) fn complete_if_all_joined(&mut self, now: Micros, out: &mut Vec<Answer>) {
        let preparing = self.state == ClassicState::PreparingRebalance;
        if preparing && self.previous != ClassicState::Empty && self.all_joined() {
            self.complete_join(now, out);
        }
    }

    pub(super) fn join_is_over(&mut self, now: Micros, out: &mut Vec<Answer>) {
        match self.delay {
            Some((delay, remaining)) if self.joined_meanwhile && remaining > 0 => {
                self.joined_meanwhile = false;
                let next = self.config.initial_rebalance_delay.min(remaining);
                self.delay = Some((next, remaining.saturating_sub(delay)));
                self.timers.schedule(now + next, Timer::Join, 0);
            }
            _ => self.complete_join(now, out),
        }
    }

    /// Removes whom it has not heard of, but for static members, and begins the next generation.
    pub(super) fn complete_join(&mut self, now: Micros, out: &mut Vec<Answer>) {
        self.timers.cancel(&Timer::Join);
        self.delay = None;
        let late = |member: &&Rc<Member>| member.awaiting_join.is_none() && member.instance.is_none();
        let late: Vec<Id> = self.members.iter().filter(late).map(|member| member.id.clone()).collect();
        for id in late {
            self.remove(&id);
            self.timers.cancel(&Timer::Heartbeat(id));
        }
        if !self.elect() && !self.members.is_empty() {
            // Static members only, and none of them back: until their sessions end.
            return self.wait_for_joins(now);
        }
        self.generation += 1;
        self.syncing.clear();
        if self.members.is_empty() {
            self.protocol = None;
            self.write();
            return self.go(ClassicState::Empty);
        }
        self.protocol = self.vote();
        self.go(ClassicState::CompletingRebalance);
        for place in self.in_java_order() {
            let Some(id) = self.members.get(place as usize).map(|member| member.id.clone()) else { continue };
            if let Some(token) = self.member_mut(&id).and_then(|member| member.awaiting_join.take()) {
                let leads = self.leader.as_ref() == Some(&id);
                out.push((token, Response::JoinGroup(self.welcome(&id, leads, false))));
            }
            self.heard(now, &id);
            if let Some(member) = self.member_mut(&id) {
                member.is_new = false;
            }
            self.syncing.push(id);
        }
        self.timers.schedule(now + self.rebalance_timeout(), Timer::Sync, 0);
    }
}
