//! A group of the consumer group protocol (KIP-848): one request, the heartbeat; the coordinator assigns, and brings
//! each member there by itself. As in Apache Kafka 4.3.1's `GroupMetadataManager` and `ConsumerGroup`.

mod reconcile;
mod target;
#[cfg(test)]
mod tests;

use super::timers::Timers;
use super::types::*;
use crate::models::kafka::{Assignor, Topic, Tp};
use crate::sim::Micros;
use std::rc::Rc;

/// With this epoch a member joins, with the others it leaves: for good, or a static one for a while.
pub const JOIN: i32 = 0;
pub const LEAVE: i32 = -1;
pub const LEAVE_FOR_A_WHILE: i32 = -2;

#[derive(Clone, Debug, Hash)]
pub struct Modern {
    config: Rc<Config>,
    topics: Rc<[Topic]>,
    /// Someone has joined, ever.
    exists: bool,
    epoch: i32,
    assignment_epoch: i32,
    /// When the last target was computed.
    assigned_at: Option<Micros>,
    /// A subscribed topic may have changed since `metadata` was taken.
    refresh: bool,
    /// The subscribed topics that there are, with their partitions: a new group epoch when this changes.
    metadata: Rc<[(TopicId, u32)]>,
    /// In the order in which they were put in.
    members: Vec<Rc<Member>>,
    /// The size of the hash table of members; it never shrinks.
    table: u32,
    timers: Timers,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Member {
    id: Id,
    client: Id,
    instance: Option<Id>,
    rebalance_timeout: Micros,
    /// In ascending order, each once; as the other lists are.
    subscribed: Rc<[TopicId]>,
    assignor: Option<Assignor>,
    state: MemberState,
    epoch: i32,
    previous_epoch: i32,
    assigned: Partitions,
    /// Of each assigned partition, the epoch at which it was assigned.
    assigned_epochs: Rc<[i32]>,
    pending: Partitions,
    pending_epochs: Rc<[i32]>,
    target: Partitions,
}

impl Member {
    fn new(id: Id) -> Member {
        let (none, no_epochs): (Partitions, Rc<[i32]>) = (Rc::from([]), Rc::from([]));
        Member {
            id,
            client: Rc::from(""),
            instance: None,
            rebalance_timeout: 0,
            subscribed: Rc::from([]),
            assignor: None,
            state: MemberState::Stable,
            epoch: JOIN,
            previous_epoch: -1,
            assigned: none.clone(),
            assigned_epochs: no_epochs.clone(),
            pending: none.clone(),
            pending_epochs: no_epochs,
            target: none,
        }
    }

    fn reconciled_to(&self, epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == epoch
    }

    /// Since which epoch it has a partition, be it for a little while yet.
    fn has_since(&self, tp: Tp) -> Option<i32> {
        let of = |parts: &[Tp], epochs: &[i32]| parts.binary_search(&tp).ok().and_then(|at| epochs.get(at).copied());
        of(&self.assigned, &self.assigned_epochs).or_else(|| of(&self.pending, &self.pending_epochs))
    }
}

impl Modern {
    pub fn new(config: Rc<Config>, topics: Rc<[Topic]>) -> Modern {
        Modern {
            config,
            topics,
            exists: false,
            // A group begins with an empty target at epoch 1, so that its first members have one to go by.
            epoch: 1,
            assignment_epoch: 1,
            assigned_at: None,
            refresh: true,
            metadata: Rc::from([]),
            members: Vec::new(),
            table: 2,
            timers: Timers::default(),
        }
    }

    /// Answers at once. Time never goes back.
    pub fn handle(&mut self, now: Micros, from: Token, request: Request) -> Vec<Answer> {
        let response = match request {
            Request::ConsumerGroupHeartbeat(request) => {
                let member = request.member.clone();
                let answer = self.heartbeat(now, request);
                Response::ConsumerGroupHeartbeat(answer.unwrap_or_else(|error| ConsumerAnswer::refused(error, member)))
            }
            Request::OffsetCommit(request) => Response::OffsetCommit(self.commit(&request)),
            // As where `group.consumer.migration.policy` is `disabled`: members of the classic protocol stay out.
            Request::JoinGroup(request) => {
                Response::JoinGroup(JoinAnswer::refused(Error::InconsistentGroupProtocol, request.member))
            }
            Request::SyncGroup(_) => {
                Response::SyncGroup(SyncAnswer { error: Error::UnknownMemberId, assignment: Rc::from([]) })
            }
            Request::Heartbeat(_) => Response::Heartbeat(Error::UnknownMemberId),
            Request::LeaveGroup(leaving) => Response::LeaveGroup(Error::None, self.removed(leaving)),
        };
        vec![(from, response)]
    }

    /// Takes a later moment for the beginning of time.
    pub fn rebase(&mut self, by: Micros) {
        self.timers.rebase(by);
        self.assigned_at = self.assigned_at.map(|at| at.saturating_sub(by));
    }

    /// Who has what from now on, and is to have: to begin a run with a group as it was found.
    pub fn settle_as(&mut self, given: &[(Id, Partitions)]) {
        for member in &mut self.members {
            if let Some((_, parts)) = given.iter().find(|(id, _)| *id == member.id) {
                let member = Rc::make_mut(member);
                member.assigned_epochs = parts.iter().map(|_| member.epoch).collect();
                (member.assigned, member.target) = (parts.clone(), parts.clone());
            }
        }
    }

    /// When the next timer fires.
    pub fn due(&self) -> Option<Micros> {
        self.timers.due()
    }

    /// The next timer that is due at `now`, if any. Some fire without effect.
    pub fn fire(&mut self, now: Micros) -> Option<Fired> {
        let (at, timer, epoch) = self.timers.pop(now)?;
        let late = match &timer {
            Timer::Session(id) => self.place(id),
            // It has until it leaves the epoch in which it was told to give partitions up.
            Timer::Rebalance(id) => self.place(id).filter(|&place| self.at(place).is_some_and(|m| m.epoch == epoch)),
            _ => None,
        };
        let removed: Vec<Id> =
            late.and_then(|place| self.at(place)).map(|member| member.id.clone()).into_iter().collect();
        self.fence(&removed);
        Some(Fired { at, timer, removed, answers: Vec::new() })
    }

    /// Another broker takes over from the log (`__consumer_offsets`), where all is but the timers: each member's session
    /// begins anew, and the time it has to give partitions up.
    pub fn failover(&mut self, now: Micros) {
        (self.timers, self.refresh) = (Timers::default(), true);
        for member in &self.members {
            let session = Timer::Session(member.id.clone());
            self.timers.schedule(now + self.config.consumer_session_timeout, session, 0);
            if member.state == MemberState::UnrevokedPartitions {
                let timer = Timer::Rebalance(member.id.clone());
                self.timers.schedule(now + member.rebalance_timeout, timer, member.epoch);
            }
        }
    }

    /// Topics or partitions were added. Members learn of it after the next heartbeat of any of them.
    pub fn set_topics(&mut self, topics: Rc<[Topic]>) {
        let partitions = |topics: &[Topic], topic: TopicId| topics.get(usize::from(topic)).map(|t| t.partitions);
        let subscribed = self.members.iter().flat_map(|member| member.subscribed.iter());
        let changed = |topic: &TopicId| partitions(&topics, *topic) != partitions(&self.topics, *topic);
        self.refresh |= subscribed.into_iter().any(changed);
        self.topics = topics;
    }

    pub fn state(&self) -> ModernState {
        if self.members.is_empty() {
            ModernState::Empty
        } else if self.epoch > self.assignment_epoch {
            ModernState::Assigning
        } else if self.members.iter().all(|member| member.reconciled_to(self.assignment_epoch)) {
            ModernState::Stable
        } else {
            ModernState::Reconciling
        }
    }

    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// The epoch for which the target was computed.
    pub fn assignment_epoch(&self) -> i32 {
        self.assignment_epoch
    }

    /// In the order in which they joined.
    pub fn members(&self) -> impl Iterator<Item = ModernView<'_>> {
        self.members.iter().map(|member| ModernView {
            member: &member.id,
            client: &member.client,
            instance: member.instance.as_ref(),
            state: member.state,
            epoch: member.epoch,
            previous_epoch: member.previous_epoch,
            subscribed: &member.subscribed,
            assigned: &member.assigned,
            pending_revocation: &member.pending,
            target: &member.target,
            session_ends: self.timers.at(&Timer::Session(member.id.clone())),
            rebalance_ends: self.timers.at(&Timer::Rebalance(member.id.clone())),
        })
    }

    fn place(&self, id: &Id) -> Option<usize> {
        self.members.iter().position(|member| member.id == *id)
    }

    fn at(&self, place: usize) -> Option<&Rc<Member>> {
        self.members.get(place)
    }

    fn of_instance(&self, instance: &Id) -> Option<usize> {
        self.members.iter().position(|member| member.instance.as_ref() == Some(instance))
    }

    fn heartbeat(&mut self, now: Micros, request: ConsumerGroupHeartbeat) -> Result<ConsumerAnswer, Error> {
        let assignor = self.check(&request)?;
        if request.epoch < JOIN {
            return self.leave(request);
        }
        let joins = request.epoch == JOIN;
        if !self.exists && !joins {
            return Err(Error::GroupIdNotFound);
        }
        let back = request.instance.as_ref().is_some_and(|instance| self.of_instance(instance).is_some());
        let full = self.members.len() >= self.config.consumer_max_size as usize;
        if full && !back && self.place(&request.member).is_none() {
            return Err(Error::GroupMaxSizeReached);
        }
        // What was before is what the answer is compared with; `place` is where it stands, if it does already.
        let (before, mut place) = self.known(&request, joins)?;
        if back && joins {
            place = Some(self.replace(&before, place));
        }
        self.exists = true;

        let mut member = Member::clone(&before);
        member.client = request.client;
        member.instance = request.instance.or(member.instance);
        member.rebalance_timeout = request.rebalance_timeout.unwrap_or(member.rebalance_timeout);
        member.assignor = assignor.or(member.assignor);
        if let Some(topics) = &request.subscribed {
            let mut topics = topics.to_vec();
            topics.sort_unstable();
            topics.dedup();
            if *topics != *member.subscribed {
                member.subscribed = topics.into();
            }
        }
        let changed = member.subscribed != before.subscribed;
        if changed || self.refresh {
            let metadata = self.metadata_with(Some(&member), place);
            if changed || metadata != self.metadata {
                self.epoch += 1;
            }
            (self.metadata, self.refresh) = (metadata, false);
        }
        if self.assignment_epoch < self.epoch && self.may_assign(now) {
            self.assign(now, &mut member, place);
        }
        let owned = request.owned.as_deref().map(sorted);
        self.reconcile(now, &mut member, changed, owned.as_deref());

        let full_request = request.rebalance_timeout.is_some() && request.subscribed.is_some() && owned.is_some();
        let told = joins || full_request || member.assigned != before.assigned;
        let answer = ConsumerAnswer {
            error: Error::None,
            member: member.id.clone(),
            epoch: member.epoch,
            heartbeat_interval: self.config.consumer_heartbeat_interval,
            assignment: told.then(|| member.assigned.clone()),
        };
        let session = Timer::Session(member.id.clone());
        self.timers.schedule(now + self.config.consumer_session_timeout, session, 0);
        self.put(member, place);
        Ok(answer)
    }

    /// What is wrong with a request whatever the group; else the assignor that it asks for.
    fn check(&self, request: &ConsumerGroupHeartbeat) -> Result<Option<Assignor>, Error> {
        let nameless = request.instance.as_ref().is_some_and(|instance| instance.trim().is_empty());
        if request.member.trim().is_empty() || nameless || request.epoch < LEAVE_FOR_A_WHILE {
            return Err(Error::InvalidRequest);
        }
        let owns_nothing = request.owned.as_ref().is_some_and(|owned| owned.is_empty());
        let joins_in_full = request.rebalance_timeout.is_some() && request.subscribed.is_some() && owns_nothing;
        if request.epoch == JOIN && !joins_in_full {
            return Err(Error::InvalidRequest);
        }
        if request.epoch == LEAVE_FOR_A_WHILE && request.instance.is_none() {
            return Err(Error::InvalidRequest);
        }
        let Some(name) = &request.assignor else { return Ok(None) };
        let known = self.config.consumer_assignors.iter().find(|assignor| server_name(**assignor) == &**name);
        known.copied().map(Some).ok_or(Error::UnsupportedAssignor)
    }

    /// The member that a request comes from, or what a new one begins as, and its place.
    fn known(&self, request: &ConsumerGroupHeartbeat, joins: bool) -> Result<(Rc<Member>, Option<usize>), Error> {
        let place = match &request.instance {
            None => self.place(&request.member),
            Some(instance) => {
                let Some((at, old)) = self.of_instance(instance).and_then(|at| Some((at, self.at(at)?))) else {
                    let place = if joins { self.place(&request.member) } else { return Err(Error::UnknownMemberId) };
                    return Ok((self.or_new(place, &request.member), place));
                };
                if joins {
                    if old.epoch != LEAVE_FOR_A_WHILE {
                        return Err(Error::UnreleasedInstanceId);
                    }
                    let mut back = Member::clone(old);
                    (back.id, back.epoch, back.previous_epoch) = (request.member.clone(), JOIN, JOIN);
                    return Ok((Rc::new(back), Some(at)));
                }
                if old.id != request.member {
                    return Err(Error::FencedInstanceId);
                }
                Some(at)
            }
        };
        if place.is_none() && !joins {
            return Err(Error::UnknownMemberId);
        }
        let member = self.or_new(place, &request.member);
        // The answer with the newer epoch may have been lost.
        let repeats = request.epoch == member.previous_epoch
            && request
                .owned
                .as_ref()
                .is_some_and(|owned| owned.iter().all(|tp| member.assigned.binary_search(tp).is_ok()));
        if joins || request.epoch == member.epoch || request.epoch < member.epoch && repeats {
            Ok((member, place))
        } else {
            Err(Error::FencedMemberEpoch)
        }
    }

    fn or_new(&self, place: Option<usize>, id: &Id) -> Rc<Member> {
        place.and_then(|place| self.at(place)).cloned().unwrap_or_else(|| Rc::new(Member::new(id.clone())))
    }

    /// A static member that was away takes its old place under a new member id.
    fn replace(&mut self, back: &Rc<Member>, old: Option<usize>) -> usize {
        if let Some(old) = old {
            self.members.remove(old);
        }
        self.members.retain(|member| member.id != back.id);
        self.members.push(back.clone());
        self.members.len() - 1
    }

    fn put(&mut self, member: Member, place: Option<usize>) {
        match place.and_then(|place| self.members.get_mut(place)) {
            Some(old) if **old == member => return,
            Some(old) => *old = Rc::new(member),
            None => self.members.push(Rc::new(member)),
        }
        // It makes room for one more than there are.
        while 3 * (self.members.len() as u32 + 1) > 4 * self.table {
            self.table *= 2;
        }
    }

    fn leave(&mut self, request: ConsumerGroupHeartbeat) -> Result<ConsumerAnswer, Error> {
        if !self.exists {
            return Err(Error::GroupIdNotFound);
        }
        let place = match &request.instance {
            None => self.place(&request.member),
            Some(instance) => self.of_instance(instance),
        };
        let place = place.ok_or(Error::UnknownMemberId)?;
        let member = self.members.get_mut(place).ok_or(Error::UnknownMemberId)?;
        if member.id != request.member {
            return Err(Error::FencedInstanceId);
        }
        if request.epoch == LEAVE_FOR_A_WHILE {
            // Its session goes on: it keeps its partitions until that ends.
            let member = Rc::make_mut(member);
            member.epoch = LEAVE_FOR_A_WHILE;
            (member.pending, member.pending_epochs) = (Rc::from([]), Rc::from([]));
            member.assigned_epochs = member.assigned.iter().map(|_| 0).collect();
        } else {
            self.fence(std::slice::from_ref(&request.member));
        }
        let mut answer = ConsumerAnswer::refused(Error::None, request.member);
        answer.epoch = request.epoch;
        Ok(answer)
    }

    /// An administrator removes members: by their member ids, static ones by their instance ids (then the member id
    /// may be empty).
    fn removed(&mut self, leaving: Vec<Leaving>) -> Vec<(Leaving, Error)> {
        let mut gone: Vec<Id> = Vec::new();
        let mut each = Vec::with_capacity(leaving.len());
        for who in leaving {
            let place = match &who.instance {
                None => self.place(&who.member),
                Some(instance) => self.of_instance(instance),
            };
            let error = match place.and_then(|place| self.at(place)) {
                None => Error::UnknownMemberId,
                Some(member) if !who.member.is_empty() && member.id != who.member => Error::FencedInstanceId,
                Some(member) => {
                    gone.push(member.id.clone());
                    Error::None
                }
            };
            each.push((who, error));
        }
        self.fence(&gone);
        each
    }

    /// Removes members, for which the others will be assigned anew.
    fn fence(&mut self, gone: &[Id]) {
        if gone.is_empty() {
            return;
        }
        self.members.retain(|member| !gone.contains(&member.id));
        for id in gone {
            self.timers.cancel(&Timer::Session(id.clone()));
            self.timers.cancel(&Timer::Rebalance(id.clone()));
        }
        self.metadata = self.metadata_with(None, None);
        self.epoch += 1;
    }

    fn commit(&mut self, request: &OffsetCommit) -> Error {
        if request.generation < 0 && self.members.is_empty() {
            return Error::None;
        }
        if !self.exists {
            return Error::GroupIdNotFound;
        }
        let Some(member) = self.place(&request.member).and_then(|place| self.at(place)) else {
            return Error::UnknownMemberId;
        };
        let had = |tp: &Tp| member.has_since(*tp).is_some_and(|since| since <= request.generation);
        let current = request.generation == member.epoch;
        if current || request.generation < member.epoch && request.partitions.iter().all(had) {
            Error::None
        } else {
            Error::StaleMemberEpoch
        }
    }
}

/// The name by which a member asks for an assignor (`group.remote.assignor`).
pub fn server_name(assignor: Assignor) -> &'static str {
    if assignor == Assignor::ServerRange { "range" } else { assignor.word() }
}

fn sorted(parts: &[Tp]) -> Vec<Tp> {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    parts
}
