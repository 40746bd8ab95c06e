//! A consumer as a member of its group: the classic protocol and that of KIP-848, from the client's side.

use super::consumer::What;
use super::group::types::*;
use super::params;
use super::types::*;
use super::world::World;
use crate::models::kafka::Tp;
use crate::models::kafka::assign::{self, Assignor};
use crate::sim::{MS, Micros, SECOND};
use std::rc::Rc;

/// What a consumer sends to the coordinator.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ask {
    Group(Request),
    /// How far it is.
    Commit(OffsetCommit, Vec<(PartId, u64)>),
    /// How far the group is.
    Offsets(Vec<PartId>),
}

/// What the coordinator answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reply {
    Group(Response),
    Commit(Error),
    Offsets(Vec<(PartId, Option<u64>)>),
}

/// The error as Kafka writes it; nothing for none.
pub(super) fn named(error: Error) -> &'static str {
    if error == Error::None { "" } else { error.name() }
}

impl World {
    fn assignor(&self) -> Assignor {
        Assignor::ALL.into_iter().nth(self.params().assignor.max(0) as usize).unwrap_or(Assignor::Range)
    }

    /// The partitions it owns, ascending.
    fn owned(&self, consumer: &Consumer) -> Partitions {
        let mut owned: Vec<Tp> =
            consumer.claims.iter().filter_map(|claim| self.part(claim.part)).map(|part| part.tp).collect();
        owned.sort_unstable();
        owned.into()
    }

    pub(super) fn own_member_id(&mut self, who: ConsumerId) -> Id {
        // A member of KIP-848 makes its id itself.
        let [a, b] = [(); 2].map(|()| self.chance.sticky.next_u64());
        let uuid = format!("{:08x}-{:04x}-4{:03x}", a >> 32, (a >> 16) & 0xffff, a & 0xfff);
        let rest = format!("{:04x}-{:012x}", 0x8000 | (b >> 50), b & 0xffff_ffff_ffff);
        let name = self.consumer(who).map_or(Id::from(""), |consumer| consumer.name.clone());
        format!("{name}-{uuid}-{rest}").into()
    }

    /// Takes over what it was given, gives up what it must, joins if it is to. `true`: it fetches nothing meanwhile.
    pub(super) fn take_part(&mut self, at: Micros, who: ConsumerId) -> bool {
        let modern = self.params().modern();
        let Some(consumer) = self.consumer_mut(who) else { return true };
        if let Some(given) = consumer.inner.given.take() {
            if modern { self.reconcile(at, who, &given) } else { self.take_over(at, who, &given) }
        }
        let Some(consumer) = self.consumer(who) else { return true };
        if consumer.inner.releasing {
            return true;
        }
        if consumer.inner.rejoin && !consumer.inner.asking && consumer.inner.found {
            if modern { self.enter(at, who) } else { self.prepare(at, who) }
        }
        let eager = !modern && !self.params().cooperative();
        let Some(consumer) = self.consumer(who) else { return true };
        consumer.inner.releasing || (eager && consumer.inner.asking)
    }

    /// Classic: before it joins, an eager member gives up all that it has; a cooperative one keeps it.
    fn prepare(&mut self, at: Micros, who: ConsumerId) {
        if self.commits_itself() {
            self.commit(at, who, false);
        }
        let eager = !self.params().cooperative();
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.inner.asking = true;
        consumer.inner.rejoin = false;
        // No heartbeats while a JoinGroup waits.
        consumer.inner.beat += 1;
        let all: Vec<PartId> =
            if eager { consumer.claims.iter().map(|claim| claim.part).collect() } else { Vec::new() };
        self.release(at, who, &all);
    }

    /// Gives up these partitions: calls `onPartitionsRevoked`, if there are any, and goes on after it.
    fn release(&mut self, at: Micros, who: ConsumerId, parts: &[PartId]) {
        let takes = self.params().revoke.max(0) as Micros * MS;
        if parts.is_empty() {
            return self.released(at, who);
        }
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.claims.retain(|claim| !parts.contains(&claim.part));
        consumer.inner.releasing = true;
        self.drop_hands(who);
        for part in parts {
            if self.part(*part).map(Partition::holder) == Some(Holder::Reads(who)) {
                self.hold(at, *part, Holder::Nobody, 0);
            }
        }
        self.tell_revoked(at, who, parts);
        if takes == 0 {
            return self.released(at, who);
        }
        self.phase(at, who, Phase::Revoking);
        self.limit_later(at, who);
        self.after(at + takes, who, What::Released);
    }

    pub(super) fn released(&mut self, at: Micros, who: ConsumerId) {
        let modern = self.params().modern();
        let Some(consumer) = self.consumer_mut(who) else { return };
        let revoking = std::mem::replace(&mut consumer.inner.releasing, false);
        if revoking && consumer.phase == Phase::Revoking {
            self.phase(at, who, Phase::Steady);
        }
        if modern {
            return self.reconciled(at, who);
        }
        let Some(consumer) = self.consumer(who) else { return };
        if consumer.inner.asking && !matches!(consumer.phase, Phase::Joining | Phase::Syncing) {
            return self.join(at, who);
        }
        self.poll_soon(at, who);
    }

    fn join(&mut self, at: Micros, who: ConsumerId) {
        let assignor = self.assignor();
        let (session, poll) = (self.params().session, self.params().poll);
        let Some(consumer) = self.consumer(who) else { return };
        let (owned, generation) = match assignor {
            Assignor::Sticky => {
                consumer.inner.last.clone().map_or((Partitions::from([]), None), |it| (it.1, Some(it.0)))
            }
            _ => (self.owned(consumer), (consumer.epoch >= 0).then_some(consumer.epoch)),
        };
        let subscription = Subscription { topics: consumer.topics.clone().into(), owned, generation };
        let request = JoinGroup {
            member: consumer.member.clone().unwrap_or_default(),
            client: consumer.name.clone(),
            instance: consumer.instance.clone(),
            protocols: Rc::from([Protocol { name: Id::from(assignor.word()), subscription: Rc::new(subscription) }]),
            session_timeout: session.max(1) as Micros * SECOND,
            rebalance_timeout: poll.max(1) as Micros * SECOND,
        };
        self.phase(at, who, Phase::Joining);
        self.ask(at, who, Rc::new(Ask::Group(Request::JoinGroup(request))));
    }

    fn joined(&mut self, at: Micros, who: ConsumerId, answer: &JoinAnswer) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        match answer.error {
            Error::None => {}
            Error::MemberIdRequired => {
                consumer.member = Some(answer.member.clone());
                return self.join(at, who);
            }
            Error::FencedInstanceId => return self.fenced(at, who),
            Error::UnknownMemberId => {
                consumer.member = None;
                consumer.inner.asking = false;
                consumer.inner.rejoin = true;
                self.phase(at, who, Phase::Finding);
                return self.poll_soon(at, who);
            }
            _ => {
                consumer.inner.asking = false;
                consumer.inner.rejoin = true;
                self.phase(at, who, Phase::Finding);
                let wait = self.params().hop().max(100 * MS);
                return self.after(at + wait, who, What::Poll);
            }
        }
        consumer.member = Some(answer.member.clone());
        consumer.epoch = answer.generation;
        consumer.leads = answer.leader == answer.member;
        consumer.inner.beat += 1;
        let (beat, generation) = (consumer.inner.beat, answer.generation);
        let computes = consumer.leads && !answer.skip_assignment;
        let (member, instance) = (answer.member.clone(), consumer.instance.clone());
        self.phase(at, who, Phase::Syncing);
        let assignments = if computes { self.lead(at, who, answer) } else { Vec::new() };
        let sync = SyncGroup { member, instance, generation, protocol: answer.protocol.clone(), assignments };
        self.ask(at, who, Rc::new(Ask::Group(Request::SyncGroup(sync))));
        let every = self.params().heartbeat.max(1) as Micros * SECOND;
        self.after(at + every, who, What::Beat(beat));
    }

    /// The leader computes who gets what.
    fn lead(&mut self, at: Micros, who: ConsumerId, answer: &JoinAnswer) -> Vec<(Id, Partitions)> {
        let Some(consumer) = self.consumer(who) else { return Vec::new() };
        let counts = &consumer.inner.seen;
        let count = |topic: usize| counts.get(topic).copied().unwrap_or(0);
        let known = self.topics.iter().enumerate();
        let topics: Vec<assign::Topic> = known
            .map(|(i, topic)| assign::Topic { name: topic.name.to_string(), partitions: count(i), id: None })
            .collect();
        let member = |joined: &Joined| assign::Member {
            id: joined.member.to_string(),
            instance: joined.instance.as_ref().map(|id| id.to_string()),
            topics: joined.subscription.topics.to_vec(),
            owned: joined.subscription.owned.to_vec(),
            generation: joined.subscription.generation.unwrap_or(-1),
        };
        let members: Vec<assign::Member> = answer.members.iter().map(member).collect();
        let plan = assign::assign(self.assignor(), &topics, &members);
        self.tell_plan(at, who, answer.generation, &plan);
        answer.members.iter().zip(plan).map(|(joined, parts)| (joined.member.clone(), parts.into())).collect()
    }

    fn synced(&mut self, at: Micros, who: ConsumerId, answer: &SyncAnswer) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.inner.asking = false;
        match answer.error {
            Error::None => {
                consumer.inner.last = Some((consumer.epoch, answer.assignment.clone()));
                consumer.inner.given = Some(answer.assignment.clone());
                self.poll_soon(at, who);
            }
            Error::RebalanceInProgress => {
                consumer.inner.rejoin = true;
                self.poll_soon(at, who);
            }
            Error::FencedInstanceId => self.fenced(at, who),
            error => self.outdated(at, who, named(error)),
        }
    }

    /// Classic: what SyncGroup brought becomes its own. A cooperative member gives up what is not in it, and joins again.
    fn take_over(&mut self, at: Micros, who: ConsumerId, given: &Partitions) {
        let mut parts: Vec<PartId> = given.iter().filter_map(|tp| self.part_of(*tp)).collect();
        parts.sort_unstable();
        let Some(consumer) = self.consumer(who) else { return };
        let gone: Vec<PartId> =
            consumer.claims.iter().map(|it| it.part).filter(|it| parts.binary_search(it).is_err()).collect();
        self.phase(at, who, Phase::Steady);
        self.add_claims(who, &parts);
        if !gone.is_empty() {
            if let Some(consumer) = self.consumer_mut(who) {
                consumer.inner.rejoin = true;
            }
            self.release(at, who, &gone);
        }
        self.fetch_offsets(at, who);
        self.check_rebalance(at);
    }

    fn add_claims(&mut self, who: ConsumerId, parts: &[PartId]) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        for part in parts {
            if let Err(place) = consumer.claims.binary_search_by_key(part, |claim| claim.part) {
                let claim = Claim { part: *part, position: 0, done: 0, paused: false, ready: false };
                consumer.claims.insert(place, claim);
            }
        }
    }

    pub(super) fn beat(&mut self, at: Micros, who: ConsumerId, no: u32) {
        let Some(consumer) = self.consumer(who).filter(|it| it.inner.beat == no && it.inner.found) else { return };
        if !consumer.inner.overslept {
            self.beat_now(at, who);
        }
    }

    /// A heartbeat, and the next one later.
    pub(super) fn beat_now(&mut self, at: Micros, who: ConsumerId) {
        if self.params().modern() {
            return self.group_beat(at, who);
        }
        let every = self.params().heartbeat.max(1) as Micros * SECOND;
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.inner.beat += 1;
        let beat = consumer.inner.beat;
        let Some(member) = consumer.member.clone() else { return };
        let request = Heartbeat { member, instance: consumer.instance.clone(), generation: consumer.epoch };
        self.after(at + every, who, What::Beat(beat));
        self.ask(at, who, Rc::new(Ask::Group(Request::Heartbeat(request))));
    }

    fn beaten(&mut self, at: Micros, who: ConsumerId, error: Error) {
        match error {
            Error::None => {}
            Error::RebalanceInProgress => {
                let Some(consumer) = self.consumer_mut(who) else { return };
                if consumer.phase == Phase::Steady && !consumer.inner.asking && !consumer.inner.rejoin {
                    consumer.inner.rejoin = true;
                    self.tell_told(at, who);
                    self.poll_soon(at, who);
                }
            }
            Error::FencedInstanceId => self.fenced(at, who),
            error => self.outdated(at, who, named(error)),
        }
    }

    /// The group does not know it as it was: what it has is no longer its own.
    pub(super) fn outdated(&mut self, at: Micros, who: ConsumerId, error: &'static str) {
        self.tell_outdated(at, who, error);
        let modern = self.params().modern();
        let Some(consumer) = self.consumer_mut(who) else { return };
        if error == "STALE_MEMBER_EPOCH" {
            return;
        }
        consumer.inner.given = None;
        consumer.inner.asking = false;
        consumer.inner.beat += 1;
        if modern {
            consumer.epoch = 0;
            consumer.inner.whole = true;
        } else {
            if error != "ILLEGAL_GENERATION" {
                consumer.member = None;
            }
            consumer.epoch = -1;
        }
        consumer.leads = false;
        consumer.inner.rejoin = true;
        consumer.inner.overslept = true;
        if matches!(consumer.phase, Phase::Joining | Phase::Syncing) {
            self.phase(at, who, Phase::Finding);
        }
        self.poll_soon(at, who);
    }

    /// `onPartitionsLost`: it gives up everything without a commit.
    pub(super) fn lose_all(&mut self, at: Micros, who: ConsumerId) {
        let modern = self.params().modern();
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.inner.overslept = false;
        consumer.inner.rejoin = true;
        consumer.inner.whole = true;
        consumer.inner.given = None;
        consumer.inner.releasing = false;
        if !modern && consumer.epoch >= 0 {
            // It left by itself.
            consumer.epoch = -1;
            consumer.member = None;
        }
        let claims = std::mem::take(&mut consumer.claims);
        consumer.inner.last = None;
        if modern {
            consumer.epoch = 0;
        }
        self.drop_hands(who);
        // What it had is anybody's: no assignor learns of it, and none can be held to leaving it there.
        self.lives = u64::MAX;
        for claim in claims {
            if self
                .part(claim.part)
                .is_some_and(|it| matches!(it.holder(), Holder::Reads(it) | Holder::Silent(it) if it == who))
            {
                self.hold(at, claim.part, Holder::Nobody, 0);
            }
        }
    }

    /// Another process has its instance id: it stops for good.
    pub(super) fn fenced(&mut self, at: Micros, who: ConsumerId) {
        self.tell_fenced(at, who);
        self.end_process(at, who, false);
        self.check_rebalance(at);
    }

    /// Tells the coordinator that it goes, or will be away for a while.
    pub(super) fn part_from_group(&mut self, at: Micros, who: ConsumerId) {
        let Some(consumer) = self.consumer(who) else { return };
        let fixed = consumer.instance.is_some();
        if self.params().modern() {
            return self.say_epoch(at, who, if fixed { -2 } else { -1 });
        }
        if !fixed {
            self.leave_group(at, who);
        }
    }

    pub(super) fn leave_group(&mut self, at: Micros, who: ConsumerId) {
        if self.params().modern() {
            let fixed = self.consumer(who).is_some_and(|consumer| consumer.instance.is_some());
            return self.say_epoch(at, who, if fixed { -2 } else { -1 });
        }
        let Some(consumer) = self.consumer(who) else { return };
        // A static member that does not poll stays a member until its session ends.
        let Some(member) = consumer.member.clone().filter(|_| consumer.instance.is_none()) else { return };
        let leaving = Leaving { member, instance: None };
        self.ask(at, who, Rc::new(Ask::Group(Request::LeaveGroup(vec![leaving]))));
    }

    fn say_epoch(&mut self, at: Micros, who: ConsumerId, epoch: i32) {
        let Some(consumer) = self.consumer(who) else { return };
        let Some(member) = consumer.member.clone().filter(|_| consumer.epoch > 0) else { return };
        let request = ConsumerGroupHeartbeat {
            member,
            client: consumer.name.clone(),
            instance: consumer.instance.clone(),
            epoch,
            rebalance_timeout: None,
            subscribed: None,
            owned: None,
            assignor: None,
        };
        self.ask(at, who, Rc::new(Ask::Group(Request::ConsumerGroupHeartbeat(request))));
    }

    /// KIP-848: the first heartbeat, with all there is to say.
    fn enter(&mut self, at: Micros, who: ConsumerId) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.inner.rejoin = false;
        consumer.inner.asking = true;
        consumer.inner.whole = true;
        consumer.epoch = 0;
        self.phase(at, who, Phase::Joining);
        self.group_beat(at, who);
    }

    fn group_beat(&mut self, at: Micros, who: ConsumerId) {
        let poll = self.params().poll.max(1) as Micros * SECOND;
        let word = if self.assignor() == Assignor::ServerRange { "range" } else { "uniform" };
        let Some(consumer) = self.consumer(who) else { return };
        let Some(member) = consumer.member.clone() else { return };
        let whole = consumer.inner.whole;
        // While it is still giving partitions up it says nothing of what it owns.
        let owned = (!consumer.inner.releasing && consumer.inner.given.is_none()).then(|| self.owned(consumer));
        let request = ConsumerGroupHeartbeat {
            member,
            client: consumer.name.clone(),
            instance: consumer.instance.clone(),
            epoch: consumer.epoch,
            rebalance_timeout: whole.then_some(poll),
            subscribed: whole.then(|| consumer.topics.clone().into()),
            owned: if consumer.epoch == 0 { Some(Partitions::from([])) } else { owned },
            assignor: whole.then(|| Id::from(word)),
        };
        let every = Config::default().consumer_heartbeat_interval;
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.inner.whole = false;
        consumer.inner.beat += 1;
        let beat = consumer.inner.beat;
        self.after(at + every, who, What::Beat(beat));
        self.ask(at, who, Rc::new(Ask::Group(Request::ConsumerGroupHeartbeat(request))));
    }

    fn group_beaten(&mut self, at: Micros, who: ConsumerId, answer: &ConsumerAnswer) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        let joins = std::mem::replace(&mut consumer.inner.asking, false);
        match answer.error {
            Error::None => {}
            Error::FencedInstanceId | Error::UnreleasedInstanceId => return self.fenced(at, who),
            Error::FencedMemberEpoch | Error::UnknownMemberId => return self.outdated(at, who, named(answer.error)),
            _ => {
                consumer.inner.rejoin |= joins;
                return self.after(at + 100 * MS, who, What::Poll);
            }
        }
        if answer.epoch < 0 {
            return;
        }
        consumer.epoch = answer.epoch;
        if let Some(given) = &answer.assignment {
            consumer.inner.given = Some(given.clone());
        }
        if joins {
            self.phase(at, who, Phase::Steady);
        }
        let Some(consumer) = self.consumer(who) else { return };
        if consumer.inner.given.is_some() || joins {
            self.poll_soon(at, who);
        }
    }

    /// KIP-848: gives up what is not in its target, takes what is, says so.
    fn reconcile(&mut self, at: Micros, who: ConsumerId, given: &Partitions) {
        let mut parts: Vec<PartId> = given.iter().filter_map(|tp| self.part_of(*tp)).collect();
        parts.sort_unstable();
        let Some(consumer) = self.consumer(who) else { return };
        let gone: Vec<PartId> =
            consumer.claims.iter().map(|it| it.part).filter(|it| parts.binary_search(it).is_err()).collect();
        if !gone.is_empty() && self.commits_itself() {
            self.commit(at, who, false);
        }
        self.add_claims(who, &parts);
        self.release(at, who, &gone);
    }

    fn reconciled(&mut self, at: Micros, who: ConsumerId) {
        self.fetch_offsets(at, who);
        let epoch = self.consumer(who).map_or(0, |consumer| consumer.epoch);
        if epoch > 0 {
            self.group_beat(at, who);
        }
        self.check_rebalance(at);
        self.poll_soon(at, who);
    }

    pub(super) fn ask_to_commit(&mut self, at: Micros, who: ConsumerId, offsets: Vec<(PartId, u64)>) {
        let Some(consumer) = self.consumer(who) else { return };
        let partitions: Vec<Tp> = offsets.iter().filter_map(|(part, _)| self.part(*part)).map(|part| part.tp).collect();
        let request = OffsetCommit {
            member: consumer.member.clone().unwrap_or_default(),
            instance: consumer.instance.clone(),
            generation: consumer.epoch,
            partitions: partitions.into(),
        };
        self.ask(at, who, Rc::new(Ask::Commit(request, offsets)));
    }

    pub(super) fn answered(&mut self, at: Micros, who: ConsumerId, reply: &Reply, sent: Option<i32>) {
        // An error about a generation that it has left behind means nothing any more.
        let modern = self.params().modern();
        let joining = |it: &Consumer| !modern && it.phase == Phase::Joining;
        let old = self.consumer(who).is_some_and(|it| sent.is_some_and(|sent| sent != it.epoch || joining(it)));
        match reply {
            Reply::Group(Response::Heartbeat(_)) if old => {}
            Reply::Group(Response::ConsumerGroupHeartbeat(it)) if old && it.error != Error::None => {}
            Reply::Commit(error) if old => self.commit_answered(at, who, named(*error), false),
            Reply::Group(Response::JoinGroup(answer)) => self.joined(at, who, answer),
            Reply::Group(Response::SyncGroup(answer)) => self.synced(at, who, answer),
            Reply::Group(Response::Heartbeat(error)) => self.beaten(at, who, *error),
            Reply::Group(Response::ConsumerGroupHeartbeat(answer)) => self.group_beaten(at, who, answer),
            Reply::Group(_) => {}
            Reply::Commit(error) => self.commit_answered(at, who, named(*error), true),
            Reply::Offsets(offsets) => self.offsets_found(at, who, offsets),
        }
        self.check_rebalance(at);
    }

    /// Subscribes to a topic, or to it no longer.
    pub(super) fn subscribe(&mut self, at: Micros, who: ConsumerId, topic: u16, wants: bool) {
        let modern = self.params().modern();
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.topics.retain(|known| *known != topic);
        if wants {
            consumer.topics.push(topic);
            consumer.topics.sort_unstable();
        }
        if !consumer.up() {
            return;
        }
        if modern {
            consumer.inner.whole = true;
            if consumer.epoch > 0 {
                self.group_beat(at, who);
            }
        } else {
            consumer.inner.rejoin = true;
            self.poll_soon(at, who);
        }
    }

    /// Whether the whole of the processing is in the poll loop.
    pub(super) fn inline(&self) -> bool {
        self.params().work == params::INLINE
    }
}
