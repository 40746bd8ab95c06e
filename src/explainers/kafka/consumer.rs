//! Consumers: their processes, from start to end, and what befalls them.

use super::group::types::{Id, Partitions};
use super::member::{Ask, Reply};
use super::params;
use super::types::*;
use super::world::{Due, World};
use crate::sim::chronicle::Chronicle;
use crate::sim::{MS, Micros, SECOND};
use std::collections::VecDeque;
use std::rc::Rc;

/// `retry.backoff.ms` and `retry.backoff.max.ms`: between two attempts to find the coordinator.
const BACKOFF: Micros = 100 * MS;
const BACKOFF_MAX: Micros = SECOND;
/// A deploy waits so long after a consumer is back before the next one goes.
const BREATH: Micros = SECOND;

/// What a consumer's process keeps to itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Inner {
    /// It knows the coordinator and has a connection.
    pub(super) found: bool,
    pub(super) backoff: Micros,
    /// It is to join the group, again or for the first time.
    pub(super) rejoin: bool,
    /// A JoinGroup, a SyncGroup or (KIP-848) a first heartbeat is under way.
    pub(super) asking: bool,
    /// What it was given and has not taken over yet: that waits for the next poll.
    pub(super) given: Option<Partitions>,
    /// In `onPartitionsRevoked`; then it goes on with what `after` says.
    pub(super) releasing: bool,
    /// It is closing.
    pub(super) closing: bool,
    /// When it starts again after it has closed.
    pub(super) again: Option<Micros>,
    /// Raised to make scheduled heartbeats, fetches and processings void.
    pub(super) beat: u32,
    pub(super) fetch: u32,
    pub(super) work: u32,
    /// The fetch waits at the brokers for data.
    pub(super) parked: bool,
    /// A commit must be answered before the next thing happens.
    pub(super) committing: bool,
    pub(super) next_commit: Micros,
    /// When it next looks whether a commit is due, though no record makes it poll.
    pub(super) tick: Option<Micros>,
    /// Processed since the last commit.
    pub(super) uncommitted: u32,
    /// What the record in process takes longer, in µs.
    pub(super) slow: Micros,
    /// It left by itself because it had not polled in time; it does not know what it owns any more.
    pub(super) overslept: bool,
    /// What it was assigned last and in which generation (the sticky assignor's memory).
    pub(super) last: Option<(i32, Partitions)>,
    /// When its process started: it asks for metadata at multiples of `metadata.max.age` after that.
    pub(super) started: Micros,
    /// Partitions of each topic, as it knows them.
    pub(super) seen: Vec<u32>,
    /// KIP-848: the next heartbeat says all again.
    pub(super) whole: bool,
    /// Where the next fetch begins, so that no partition starves.
    pub(super) turn: u16,
    /// A check of the poll interval is scheduled.
    pub(super) limited: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ConsumerDue {
    pub who: ConsumerId,
    pub life: u32,
    pub what: What,
}

/// What is still to happen at a consumer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// Its process starts.
    Start,
    Poll,
    /// `poll` does not wait beyond the next automatic commit.
    Tick,
    /// A fetch arrives at the brokers; records arrive at the consumer.
    Serve(u32),
    Fetched(u32, Rc<[InHand]>),
    /// It is done with the first record in its hands.
    Done(u32),
    /// `onPartitionsRevoked` returns.
    Released,
    Seek,
    Found(Option<BrokerId>),
    /// Something arrives at the coordinator, whatever has become of the sender.
    Ask(Rc<Ask>),
    /// An answer arrives, to something that was sent in this generation, where that is known.
    Answer(Rc<Reply>, Option<i32>),
    Beat(u32),
    /// Has it polled lately?
    Limit,
    /// Do topics have other partitions than it knows?
    Refresh,
    /// It hangs no longer.
    Wake,
    /// The next consumer of a rolling deploy, if all is quiet.
    Deploy,
}

/// A rolling deploy: consumers yet to restart, and the one under way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Deploy {
    pub waiting: VecDeque<ConsumerId>,
    pub now: Option<ConsumerId>,
    /// Since when the group has been quiet.
    pub quiet: Option<Micros>,
}

impl Consumer {
    /// Takes a later moment for the beginning of time.
    pub(super) fn rebase(&mut self, by: Micros) {
        let phase = self.phase;
        self.phases = Chronicle::default();
        self.phases.push((0, phase));
        self.last_poll = self.last_poll.saturating_sub(by);
        self.busy = self.busy.map(|(from, to)| (from.saturating_sub(by), to.saturating_sub(by)));
        self.inner.started = self.inner.started.saturating_sub(by);
        self.inner.next_commit = self.inner.next_commit.saturating_sub(by);
        self.inner.tick = None;
    }
}

impl World {
    /// A new consumer, not started yet.
    pub(super) fn enlist(&mut self, name: Option<Id>, instance: Option<Id>, topics: Vec<u16>) -> ConsumerId {
        let id = self.consumers.len() as ConsumerId;
        let fixed = self.params().fixed == 1;
        let mut phases = Chronicle::default();
        phases.push((0, Phase::Down));
        self.consumers.push(Rc::new(Consumer {
            id,
            name: name.unwrap_or_else(|| Id::from(format!("C{}", id + 1))),
            instance: instance.or_else(|| fixed.then(|| Id::from(format!("i{}", id + 1)))),
            life: 0,
            phase: Phase::Down,
            before_hang: None,
            member: None,
            epoch: -1,
            leads: false,
            topics,
            claims: Vec::new(),
            hands: VecDeque::new(),
            busy: None,
            fetching: false,
            last_poll: 0,
            hangs: None,
            processed: 0,
            again: 0,
            phases,
            inner: Inner::default(),
        }));
        id
    }

    /// Something that will happen at a consumer in its present life.
    pub(super) fn after(&mut self, at: Micros, who: ConsumerId, what: What) {
        let life = self.consumer(who).map_or(0, |consumer| consumer.life);
        self.queue.schedule(at, Due::Consumer(ConsumerDue { who, life, what }));
    }

    pub(super) fn consumer_due(&mut self, at: Micros, due: ConsumerDue) {
        let ConsumerDue { who, life, what } = due;
        match what {
            What::Ask(ask) => return self.arrived(at, who, life, &ask),
            What::Deploy => return self.deploy_on(at),
            _ => {}
        }
        let Some(consumer) = self.consumer(who).filter(|consumer| consumer.life == life) else { return };
        if what == What::Start {
            return self.started(at, who);
        }
        if !consumer.up() {
            return;
        }
        if let Some((_, until)) = consumer.hangs
            && what != What::Wake
        {
            // No thread of it runs: it comes to this when it wakes.
            return self.queue.schedule(until, Due::Consumer(ConsumerDue { who, life, what }));
        }
        match what {
            What::Poll => self.poll(at, who),
            What::Tick => self.poll_to_commit(at, who),
            What::Serve(no) => self.serve(at, who, no),
            What::Fetched(no, records) => self.fetched(at, who, no, &records),
            What::Done(no) => self.done(at, who, no),
            What::Released => self.released(at, who),
            What::Seek => self.seek(at, who),
            What::Found(found) => self.found(at, who, found),
            What::Answer(reply, sent) => self.answered(at, who, &reply, sent),
            What::Beat(no) => self.beat(at, who, no),
            What::Limit => self.limit(at, who),
            What::Refresh => self.refresh(at, who),
            What::Wake => self.wake(at, who),
            What::Start | What::Ask(_) | What::Deploy => {}
        }
    }

    pub(super) fn phase(&mut self, at: Micros, who: ConsumerId, phase: Phase) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        if consumer.phase != phase {
            consumer.phase = phase;
            consumer.phases.push((at, phase));
        }
    }

    /// Says who reads a partition from now on.
    pub(super) fn hold(&mut self, at: Micros, part: PartId, holder: Holder, epoch: i32) {
        let Some(part) = self.part_mut(part) else { return };
        if part.holder() == holder {
            return;
        }
        // Of what happens at one instant only the end shows.
        let last = part.holds.len().saturating_sub(1);
        match part.holds.get_mut(last).filter(|hold| hold.from == at) {
            Some(hold) => *hold = Hold { from: at, holder, epoch },
            None => {
                part.holds.push(Hold { from: at, holder, epoch });
            }
        }
    }

    fn started(&mut self, at: Micros, who: ConsumerId) {
        let counts: Vec<u32> = self.topics.iter().map(|topic| topic.parts.len() as u32).collect();
        let (modern, every) = (self.params().modern(), self.params().every.max(1) as Micros * MS);
        let fresh = self.consumer(who).is_some_and(|consumer| consumer.phase == Phase::Down);
        if !fresh {
            return;
        }
        let member: Option<Id> = modern.then(|| self.own_member_id(who));
        if let Some(consumer) = self.consumer_mut(who) {
            consumer.member = member;
            consumer.epoch = if modern { 0 } else { -1 };
            consumer.last_poll = at;
            consumer.inner = Inner {
                rejoin: true,
                backoff: BACKOFF,
                started: at,
                seen: counts,
                whole: true,
                next_commit: at + every,
                ..Inner::default()
            };
        }
        self.phase(at, who, Phase::Finding);
        self.tell_start(at, who);
        self.seek(at, who);
    }

    /// Asks any broker where the coordinator is.
    fn seek(&mut self, at: Micros, who: ConsumerId) {
        let hop = self.params().hop();
        let Some(any) = self.brokers.iter().position(|broker| broker.up) else {
            return self.after(at + BACKOFF_MAX, who, What::Seek);
        };
        self.message(at, MessageKind::FindCoordinator, Place::Consumer(who), Place::Broker(any as BrokerId));
        let found = self.coordinator;
        self.after(at + 2 * hop, who, What::Found(found));
    }

    fn found(&mut self, at: Micros, who: ConsumerId, found: Option<BrokerId>) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        if found.is_none() {
            let wait = consumer.inner.backoff.max(BACKOFF);
            consumer.inner.backoff = (2 * wait).min(BACKOFF_MAX);
            return self.after(at + wait, who, What::Seek);
        }
        consumer.inner.found = true;
        consumer.inner.backoff = BACKOFF;
        consumer.inner.committing = false;
        let member = consumer.epoch > 0 || (consumer.epoch == 0 && !self.params().modern());
        if member {
            self.beat_now(at, who);
        }
        self.go_on(at, who);
    }

    /// The connection to the coordinator broke, or there is another now.
    pub(super) fn unfound(&mut self, at: Micros, who: ConsumerId) {
        let Some(consumer) = self.consumer_mut(who).filter(|consumer| consumer.inner.found) else { return };
        consumer.inner.found = false;
        consumer.inner.asking = false;
        if matches!(consumer.phase, Phase::Joining | Phase::Syncing) {
            consumer.inner.rejoin = true;
        }
        consumer.inner.beat += 1;
        self.after(at, who, What::Seek);
    }

    /// The process ends without a word.
    pub(super) fn crash(&mut self, at: Micros, who: ConsumerId) {
        self.end_process(at, who, true);
    }

    /// Ends the process; what it had is silent if the group does not know, else nobody's.
    pub(super) fn end_process(&mut self, at: Micros, who: ConsumerId, silent: bool) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        let claims = std::mem::take(&mut consumer.claims);
        consumer.life += 1;
        consumer.hands.clear();
        consumer.busy = None;
        consumer.fetching = false;
        consumer.hangs = None;
        consumer.before_hang = None;
        consumer.leads = false;
        let epoch = consumer.epoch;
        consumer.inner = Inner::default();
        for claim in claims {
            let holder = self.part(claim.part).map(Partition::holder);
            if holder == Some(Holder::Reads(who)) || holder == Some(Holder::Silent(who)) {
                self.hold(at, claim.part, if silent { Holder::Silent(who) } else { Holder::Nobody }, epoch);
            }
        }
        self.phase(at, who, Phase::Down);
    }

    /// No thread of it runs until then.
    pub(super) fn hang(&mut self, at: Micros, who: ConsumerId, until: Micros) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        let phase = consumer.phase;
        consumer.hangs = Some((at, until));
        consumer.before_hang = Some(phase);
        let parts: Vec<PartId> = consumer.claims.iter().map(|claim| claim.part).collect();
        let epoch = consumer.epoch;
        for part in parts {
            if self.part(part).map(Partition::holder) == Some(Holder::Reads(who)) {
                self.hold(at, part, Holder::Silent(who), epoch);
            }
        }
        self.phase(at, who, Phase::Hung);
        self.after(until, who, What::Wake);
    }

    fn wake(&mut self, at: Micros, who: ConsumerId) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        if consumer.hangs.is_none_or(|(_, until)| until > at) {
            return;
        }
        consumer.hangs = None;
        let phase = consumer.before_hang.take().unwrap_or(Phase::Steady);
        let parts: Vec<PartId> = consumer.claims.iter().filter(|claim| claim.ready).map(|claim| claim.part).collect();
        let epoch = consumer.epoch;
        for part in parts {
            if self.part(part).map(Partition::holder) == Some(Holder::Silent(who)) {
                self.hold(at, part, Holder::Reads(who), epoch);
            }
        }
        self.phase(at, who, phase);
        self.tell_wake(at, who);
    }

    /// Closes as soon as it is not busy: commits, leaves, ends. `again`: how long after that it starts anew.
    pub(super) fn close(&mut self, at: Micros, who: ConsumerId, again: Option<Micros>) {
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.inner.closing = true;
        consumer.inner.again = again;
        self.poll_soon(at, who);
    }

    /// The end of `close`: what must be said has been.
    pub(super) fn closed(&mut self, at: Micros, who: ConsumerId) {
        let again = self.consumer(who).and_then(|consumer| consumer.inner.again);
        // A static member says nothing when it goes: the group takes it for the owner until its session ends.
        let silent = self.consumer(who).is_some_and(|consumer| consumer.instance.is_some());
        self.end_process(at, who, silent);
        if let Some(again) = again {
            self.after(at + again, who, What::Start);
        }
    }

    /// All consumers that run restart one after the other.
    pub(super) fn deploy(&mut self, at: Micros) {
        let waiting = self.consumers.iter().filter(|consumer| consumer.up()).map(|consumer| consumer.id).collect();
        self.rollout = Deploy { waiting, now: None, quiet: Some(0) };
        self.queue.schedule(at, Due::Consumer(ConsumerDue { who: 0, life: 0, what: What::Deploy }));
    }

    fn deploy_on(&mut self, at: Micros) {
        if self.rollout.now.is_none() && self.rollout.waiting.is_empty() {
            return;
        }
        let back = self.rollout.now.is_none_or(|who| {
            self.consumer(who).is_none_or(|consumer| consumer.phase == Phase::Steady && !consumer.inner.closing)
        });
        let quiet = back && !self.in_progress();
        let breath = if self.rollout.now.is_none() { 0 } else { BREATH };
        self.rollout.quiet = if quiet { self.rollout.quiet.or(Some(at)) } else { None };
        if self.rollout.quiet.is_some_and(|since| at >= since + breath) {
            self.rollout.quiet = None;
            self.rollout.now = self.rollout.waiting.pop_front();
            match self.rollout.now {
                Some(who) if self.consumer(who).is_some_and(Consumer::up) => {
                    let down = self.params().restart.max(0) as Micros * SECOND;
                    self.tell_deploy(at, who);
                    self.close(at, who, Some(down));
                }
                Some(_) => {}
                None => return self.tell_deployed(at),
            }
        }
        self.queue.schedule(at + BACKOFF, Due::Consumer(ConsumerDue { who: 0, life: 0, what: What::Deploy }));
    }

    /// `max.poll.interval.ms`: a consumer that does not poll leaves the group by itself.
    pub(super) fn limit(&mut self, at: Micros, who: ConsumerId) {
        let allowed = self.params().poll.max(1) as Micros * SECOND;
        let Some(consumer) = self.consumer_mut(who) else { return };
        consumer.inner.limited = false;
        // While it waits for data it polls all the time.
        let working = consumer.busy.is_some() || consumer.inner.releasing;
        if !working {
            return;
        }
        let ends = consumer.last_poll + allowed;
        if ends > at {
            consumer.inner.limited = true;
            return self.after(ends, who, What::Limit);
        }
        if consumer.inner.overslept || consumer.inner.closing {
            return;
        }
        consumer.inner.overslept = true;
        consumer.leads = false;
        consumer.inner.beat += 1;
        self.tell_overslept(at, who);
        self.leave_group(at, who);
        // It does not know that it has lost its partitions before it polls; the group gives them away.
        let parts: Vec<PartId> =
            self.consumer(who).map_or(Vec::new(), |it| it.claims.iter().map(|claim| claim.part).collect());
        for part in parts {
            if self.part(part).map(Partition::holder) == Some(Holder::Reads(who)) {
                self.hold(at, part, Holder::Nobody, 0);
            }
        }
    }

    /// A check of the poll interval, unless there is one.
    pub(super) fn limit_later(&mut self, at: Micros, who: ConsumerId) {
        let allowed = self.params().poll.max(1) as Micros * SECOND;
        let Some(consumer) = self.consumer_mut(who).filter(|consumer| !consumer.inner.limited) else { return };
        consumer.inner.limited = true;
        self.after(at + allowed, who, What::Limit);
    }

    /// Topics have other partitions: clients learn of it when they next ask for metadata.
    pub(super) fn topics_changed(&mut self, at: Micros) {
        let age = self.params().metadata.max(1) as Micros * SECOND;
        for who in 0..self.consumers.len() as ConsumerId {
            let Some(consumer) = self.consumer(who).filter(|consumer| consumer.up()) else { continue };
            let since = at.saturating_sub(consumer.inner.started);
            let next = consumer.inner.started + since.div_ceil(age).max(1) * age;
            self.after(next, who, What::Refresh);
        }
        self.group_topics(at);
    }

    fn refresh(&mut self, at: Micros, who: ConsumerId) {
        let counts: Vec<u32> = self.topics.iter().map(|topic| topic.parts.len() as u32).collect();
        let modern = self.params().modern();
        let Some(consumer) = self.consumer_mut(who) else { return };
        let changed = consumer.inner.seen != counts;
        consumer.inner.seen = counts;
        // Of a classic group only the leader asks for a rebalance.
        if changed && consumer.leads && !modern && consumer.epoch >= 0 {
            consumer.inner.rejoin = true;
            self.reason(format!("C{} sees that topics have changed", who + 1));
            self.poll_soon(at, who);
        }
    }

    /// Whether it commits by itself at times.
    pub(super) fn commits_itself(&self) -> bool {
        self.params().commit == params::COMMIT_AUTO
    }
}
