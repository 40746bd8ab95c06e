//! The group's coordinator in its world: requests on their way to it, answers on theirs, its timers, and what each
//! rebalance cost.

use super::consumer::{ConsumerDue, What};
use super::group::types::*;
use super::group::{Classic, Modern};
use super::member::{Ask, Reply, named};
use super::params::Params;
use super::types::*;
use super::world::{Due, World};
use crate::models::kafka::assign;
use crate::models::kafka::java::Uuid;
use crate::models::kafka::moves;
use crate::sim::{Micros, SECOND};
use std::rc::Rc;

/// Either protocol's coordinator.
#[derive(Clone, Debug, Hash)]
pub(super) enum Group {
    Classic(Classic),
    Modern(Modern),
}

/// How the group stands, for whoever looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// One of `states`.
    pub state: &'static str,
    pub states: &'static [&'static str],
    /// The generation, or the group epoch.
    pub epoch: i32,
    /// KIP-848: the epoch of the target assignment.
    pub target_epoch: Option<i32>,
    /// Who is a member: its state, its generation or epoch, when its session ends if nothing is heard of it.
    pub members: Vec<MemberView>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// The consumer whose member id it is, or was in an earlier life.
    pub who: Option<ConsumerId>,
    pub state: &'static str,
    pub epoch: i32,
    pub session_ends: Option<Micros>,
}

const CLASSIC: &[&str] = &["Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"];
const MODERN: &[&str] = &["Empty", "Assigning", "Reconciling", "Stable", "Dead"];

impl Group {
    pub(super) fn new(params: &Params, seed: u64, topics: &[assign::Topic]) -> Group {
        let config = Config {
            initial_rebalance_delay: params.delay.max(0) as Micros * SECOND,
            consumer_session_timeout: params.session.max(1) as Micros * SECOND,
            // The reader may ask for shorter sessions than a broker's default lets a member have.
            min_session_timeout: SECOND,
            seed,
            ..Config::default()
        };
        if params.modern() {
            Group::Modern(Modern::new(Rc::new(config), topics.into()))
        } else {
            Group::Classic(Classic::new(Rc::new(config)))
        }
    }

    fn handle(&mut self, at: Micros, token: Token, request: Request) -> Vec<Answer> {
        match self {
            Group::Classic(group) => group.handle(at, token, request),
            Group::Modern(group) => group.handle(at, token, request),
        }
    }

    pub(super) fn due(&self) -> Option<Micros> {
        match self {
            Group::Classic(group) => group.due(),
            Group::Modern(group) => group.due(),
        }
    }

    fn fire(&mut self, at: Micros) -> Option<Fired> {
        match self {
            Group::Classic(group) => group.fire(at),
            Group::Modern(group) => group.fire(at),
        }
    }

    /// The state's name, and the generation or group epoch.
    pub(super) fn state(&self) -> (&'static str, i32) {
        match self {
            Group::Classic(group) => (CLASSIC.get(group.state() as usize).copied().unwrap_or(""), group.generation()),
            Group::Modern(group) => (MODERN.get(group.state() as usize).copied().unwrap_or(""), group.epoch()),
        }
    }
}

fn token(who: ConsumerId, life: u32) -> Token {
    (u64::from(who) << 32) | u64::from(life)
}

fn kind_of(ask: &Ask) -> MessageKind {
    match ask {
        Ask::Group(Request::JoinGroup(_)) => MessageKind::JoinGroup,
        Ask::Group(Request::SyncGroup(_)) => MessageKind::SyncGroup,
        Ask::Group(Request::Heartbeat(_)) => MessageKind::Heartbeat,
        Ask::Group(Request::LeaveGroup(_)) => MessageKind::LeaveGroup,
        Ask::Group(Request::ConsumerGroupHeartbeat(_)) => MessageKind::GroupHeartbeat,
        Ask::Group(Request::OffsetCommit(_)) | Ask::Commit(..) => MessageKind::OffsetCommit,
        Ask::Offsets(_) => MessageKind::OffsetFetch,
    }
}

/// What an answer looks like: its kind, its error, the generation or epoch it brings.
fn look_of(reply: &Reply) -> (MessageKind, &'static str, Option<i32>) {
    match reply {
        Reply::Group(Response::JoinGroup(it)) => {
            (MessageKind::JoinAnswer, named(it.error), (it.generation >= 0).then_some(it.generation))
        }
        Reply::Group(Response::SyncGroup(it)) => (MessageKind::SyncAnswer, named(it.error), None),
        Reply::Group(Response::Heartbeat(error)) => (MessageKind::HeartbeatAnswer, named(*error), None),
        Reply::Group(Response::LeaveGroup(error, _)) => (MessageKind::LeaveAnswer, named(*error), None),
        Reply::Group(Response::ConsumerGroupHeartbeat(it)) => {
            (MessageKind::GroupHeartbeatAnswer, named(it.error), Some(it.epoch))
        }
        Reply::Group(Response::OffsetCommit(error)) | Reply::Commit(error) => {
            (MessageKind::CommitAnswer, named(*error), None)
        }
        Reply::Offsets(_) => (MessageKind::Offsets, "", None),
    }
}

impl World {
    /// A message on its way, to be seen.
    pub(super) fn message(&mut self, at: Micros, kind: MessageKind, from: Place, to: Place) {
        self.message_with(at, kind, from, to, "", None);
    }

    fn message_with(
        &mut self,
        at: Micros,
        kind: MessageKind,
        from: Place,
        to: Place,
        error: &'static str,
        epoch: Option<i32>,
    ) {
        let arrives = at + self.params().hop();
        let (sent, lost, part, record) = (at, None, None, None);
        self.post(Message { kind, from, to, sent, arrives, lost, error, part, record, epoch });
    }

    fn coordinator_up(&self) -> bool {
        self.coordinator.is_some_and(|id| self.brokers.get(usize::from(id)).is_some_and(|broker| broker.up))
    }

    /// A consumer sends something to the coordinator. A connection to a dead broker is refused.
    pub(super) fn ask(&mut self, at: Micros, who: ConsumerId, ask: Rc<Ask>) {
        let epoch = self.consumer(who).map(|consumer| consumer.epoch).filter(|epoch| *epoch > 0);
        self.message_with(at, kind_of(&ask), Place::Consumer(who), Place::Coordinator, "", epoch);
        if !self.coordinator_up() {
            if let Some(message) = self.messages.back_mut() {
                let message = Rc::make_mut(message);
                message.lost = Some((message.sent + message.arrives) / 2);
            }
            return self.unfound(at, who);
        }
        self.after(at + self.params().hop(), who, What::Ask(ask));
    }

    /// Something arrives at the coordinator, whatever has become of who sent it.
    pub(super) fn arrived(&mut self, at: Micros, who: ConsumerId, life: u32, ask: &Ask) {
        if !self.coordinator_up() {
            return;
        }
        let token = token(who, life);
        match ask {
            Ask::Group(request) => {
                self.note_cause(who, request);
                let before = self.group.state();
                let answers = self.group.handle(at, token, request.clone());
                self.group_changed(at, before);
                let sent = match request {
                    Request::Heartbeat(it) => Some(it.generation),
                    Request::SyncGroup(it) => Some(it.generation),
                    Request::ConsumerGroupHeartbeat(it) => Some(it.epoch),
                    _ => None,
                };
                for (to, answer) in answers {
                    self.reply(at, to, Reply::Group(answer), sent.filter(|_| to == token));
                }
            }
            Ask::Commit(request, offsets) => {
                let answers = self.group.handle(at, token, Request::OffsetCommit(request.clone()));
                for (to, answer) in answers {
                    let Response::OffsetCommit(error) = answer else { continue };
                    if error == Error::None {
                        self.take_commit(at, who, offsets);
                    }
                    self.reply(at, to, Reply::Commit(error), Some(request.generation));
                }
            }
            Ask::Offsets(parts) => {
                let offset = |part: &PartId| (*part, self.part(*part).and_then(|it| it.committed));
                let offsets = parts.iter().map(offset).collect();
                self.reply(at, token, Reply::Offsets(offsets), None);
            }
        }
        self.check_rebalance(at);
    }

    fn take_commit(&mut self, at: Micros, who: ConsumerId, offsets: &[(PartId, u64)]) {
        for (id, offset) in offsets {
            let Some(part) = self.part_mut(*id) else { continue };
            let before = part.committed.replace(*offset);
            if before.is_some_and(|before| before > *offset) {
                self.watch_commit(at, who, *id, before.unwrap_or(0), *offset);
            }
        }
    }

    fn send_answers(&mut self, at: Micros, answers: Vec<Answer>) {
        for (to, answer) in answers {
            self.reply(at, to, Reply::Group(answer), None);
        }
    }

    fn reply(&mut self, at: Micros, to: Token, reply: Reply, sent: Option<i32>) {
        let (who, life) = ((to >> 32) as ConsumerId, to as u32);
        if self.consumer(who).is_none_or(|consumer| consumer.life != life || !consumer.up()) {
            return;
        }
        let (kind, error, epoch) = look_of(&reply);
        self.message_with(at, kind, Place::Coordinator, Place::Consumer(who), error, epoch);
        let due = ConsumerDue { who, life, what: What::Answer(Rc::new(reply), sent) };
        self.queue.schedule(at + self.params().hop(), Due::Consumer(due));
    }

    /// The coordinator's next timer fires.
    pub(super) fn fire(&mut self, at: Micros) {
        let before = self.group.state();
        let Some(fired) = self.group.fire(at) else { return };
        let gone: Vec<ConsumerId> = fired.removed.iter().filter_map(|member| self.who_is(member)).collect();
        for who in &gone {
            self.reason(format!("C{} has been silent for too long", who + 1));
            let held = |part: &Rc<Partition>| matches!(part.holder(), Holder::Silent(it) if it == *who);
            let parts: Vec<PartId> =
                (0..).zip(&self.partitions).filter(|(_, part)| held(part)).map(|(id, _)| id).collect();
            parts.into_iter().for_each(|part| self.hold(at, part, Holder::Nobody, 0));
        }
        self.tell_removed(at, &gone, &fired.timer);
        self.group_changed(at, before);
        self.send_answers(at, fired.answers);
        self.check_rebalance(at);
    }

    /// Whose member id it is: of a consumer, or of an earlier life of one.
    fn who_is(&self, member: &str) -> Option<ConsumerId> {
        let owner = self.members.iter().rev().find(|(id, _)| &**id == member);
        owner.map(|(_, who)| *who)
    }

    /// Remembers whose member ids are whose.
    fn learn_member(&mut self, who: ConsumerId) {
        let Some(member) = self.consumer(who).and_then(|consumer| consumer.member.clone()) else { return };
        if !self.members.iter().any(|(known, _)| *known == member) {
            Rc::make_mut(&mut self.members).push((member, who));
        }
    }

    fn note_cause(&mut self, who: ConsumerId, request: &Request) {
        self.learn_member(who);
        let cause = match request {
            Request::JoinGroup(it) if it.member.is_empty() && it.instance.is_none() => "joins",
            Request::JoinGroup(it) if it.member.is_empty() => "comes back",
            Request::ConsumerGroupHeartbeat(it) if it.epoch == 0 => "joins",
            Request::ConsumerGroupHeartbeat(it) if it.epoch == -1 => "leaves",
            Request::ConsumerGroupHeartbeat(it) if it.subscribed.is_some() => "changes its subscription",
            Request::LeaveGroup(_) => "leaves",
            Request::JoinGroup(_) if self.group.state().0 == "Stable" => "joins again",
            _ => return,
        };
        // A first JoinGroup is sent twice: the answer to the first brings the member id.
        let before = self.members.iter().filter(|it| it.1 == who).count() > 1;
        let of_group = self.consumer(who).is_some_and(|it| it.epoch > 0);
        let cause = if cause == "joins again" && !before && !of_group { "joins" } else { cause };
        self.reason(format!("C{} {cause}", who + 1));
    }

    /// Why a rebalance begins, if one does.
    pub(super) fn reason(&mut self, why: String) {
        if self.cause.is_none() {
            self.cause = Some(why.into());
        }
    }

    fn group_changed(&mut self, at: Micros, before: (&'static str, i32)) {
        let now = self.group.state();
        if now != before {
            self.tell_state(at, before, now);
        }
    }

    /// Partitions of topics have changed.
    pub(super) fn group_topics(&mut self, at: Micros) {
        let topics = self.assign_topics();
        let before = self.group.state();
        if let Group::Modern(group) = &mut self.group {
            group.set_topics(topics.into());
            self.reason("topics have changed".into());
        }
        self.group_changed(at, before);
    }

    pub(super) fn assign_topics(&self) -> Vec<assign::Topic> {
        let topic = |(i, topic): (usize, &Topic)| assign::Topic {
            name: topic.name.to_string(),
            partitions: topic.parts.len() as u32,
            id: Some(topic_id(i)),
        };
        self.topics.iter().enumerate().map(topic).collect()
    }

    /// The broker with the coordinator has died: whoever was connected to it notices.
    pub(super) fn coordinator_lost(&mut self, at: Micros) {
        for who in 0..self.consumers.len() as ConsumerId {
            if self.consumer(who).is_some_and(|consumer| consumer.up() && consumer.hangs.is_none()) {
                self.unfound(at, who);
            }
        }
    }

    /// Another broker has loaded the group from its log: nobody's request waits there, and all sessions begin anew.
    pub(super) fn coordinator_found(&mut self, at: Micros) {
        match &mut self.group {
            Group::Classic(group) => group.failover(at),
            Group::Modern(group) => group.failover(at),
        }
        self.check_rebalance(at);
    }

    /// Whether partitions are changing hands, or somebody waits for that.
    pub(super) fn in_progress(&self) -> bool {
        // Who is no member and does not know it yet is none of this rebalance: it will be the reason of another.
        let busy = |consumer: &Rc<Consumer>| {
            consumer.up()
                && consumer.hangs.is_none()
                && !consumer.inner.overslept
                && (consumer.phase != Phase::Steady
                    || consumer.inner.rejoin
                    || consumer.inner.given.is_some()
                    || consumer.claims.iter().any(|claim| !claim.ready))
        };
        !matches!(self.group.state().0, "Stable" | "Empty") || self.consumers.iter().any(busy) || self.uneven()
    }

    /// KIP-848: whether a member has yet to learn of something that is its own by now.
    fn uneven(&self) -> bool {
        let Group::Modern(group) = &self.group else { return false };
        group.members().any(|member| {
            let who = self.who_is(member.member).and_then(|who| self.consumer(who));
            let alive = |it: &&Consumer| it.up() && it.hangs.is_none() && it.member.as_ref() == Some(member.member);
            who.filter(alive).is_some_and(|it| it.claims.len() != member.assigned.len())
        })
    }

    /// Notices when a rebalance begins and when it is over.
    pub(super) fn check_rebalance(&mut self, at: Micros) {
        let open = self.rebalances.last().is_some_and(|it| it.ended.is_none());
        let (state, epoch) = self.group.state();
        let changing = epoch != self.settled_epoch || !matches!(state, "Stable" | "Empty");
        // A static member that comes back finds what it had: nobody else is concerned, and the generation stays.
        let now = self.in_progress() && (open || changing);
        if now == open && (now || !changing) {
            if !now {
                self.cause = None;
            }
            return;
        }
        if now {
            let cause = self.cause.clone().unwrap_or_else(|| "a member joins again".into());
            let from = self.settled_epoch;
            let (began, to, ended) = (at, epoch, None);
            let (moved, least, unread, longest, stopped) = (0, 0, 0, 0, 0);
            self.rebalances.push(Rebalance { began, ended, cause, from, to, moved, least, unread, longest, stopped });
            return;
        }
        self.cause = None;
        self.settled_epoch = epoch;
        let since = self.quiet_since;
        let (mut moved, mut unread, mut longest, mut stopped) = (0, 0, 0, 0);
        let readers: Vec<Option<ConsumerId>> = self.partitions.iter().map(|part| reader(part)).collect();
        for (id, part) in self.partitions.iter().enumerate() {
            let before = self.readers.get(id).copied().flatten();
            let now = readers.get(id).copied().flatten();
            moved += u32::from(before.is_some() && now.is_some() && now != before);
            let gap = if self.is_read(part) { unread_time(part, since, at) } else { 0 };
            unread += gap;
            longest = longest.max(gap);
            stopped += u32::from(gap > 0);
        }
        // Without a member nothing goes anywhere.
        let nobody = self.group.state().0 == "Empty";
        let (least, sure) = if nobody { (0, moves::Sure::Balanced) } else { self.least_moves() };
        self.readers = Rc::new(readers);
        self.quiet_since = at;
        if !open {
            // The last member left: there is nobody to wait for.
            return;
        }
        let last = self.rebalances.len().saturating_sub(1);
        if let Some(it) = self.rebalances.get_mut(last) {
            it.ended = Some(at);
            it.to = epoch;
            (it.moved, it.least, it.unread, it.longest, it.stopped) = (moved, least, unread, longest, stopped);
        }
        if epoch == self.rebalances.last().map_or(0, |it| it.from) && moved == 0 {
            // A static member was away: the others were not concerned.
            return self.rebalances.truncate(last);
        }
        // Who restarted meanwhile is a new member, and what it had was anybody’s.
        let lives: u64 = self.consumers.iter().map(|it| u64::from(it.life)).sum();
        let same = std::mem::replace(&mut self.lives, lives) == lives;
        if same && sure == moves::Sure::Balanced {
            self.watch_moves(at, moved, least);
        }
        self.tell_rebalanced(at);
    }

    /// How many partitions had to get another reader, given who read what before and who is there now.
    fn least_moves(&self) -> (u32, moves::Sure) {
        let view = self.group_view();
        let member = |it: &&Rc<Consumer>| view.members.iter().any(|member| member.who == Some(it.id));
        let live: Vec<&Rc<Consumer>> = self.consumers.iter().filter(member).collect();
        let mut topics = self.assign_topics();
        for (topic, known) in topics.iter_mut().zip(self.topics.iter()) {
            // A partition that nobody had and nobody has is new: the group has not heard of it yet.
            let heard = |id: &PartId| {
                let had = self.readers.get(usize::from(*id)).copied().flatten();
                had.or_else(|| self.part(*id).and_then(reader)).is_some()
            };
            topic.partitions = known.parts.iter().rposition(heard).map_or(0, |last| last as u32 + 1);
        }
        let member = |consumer: &&Rc<Consumer>| assign::Member {
            id: consumer.id.to_string(),
            instance: None,
            topics: consumer.topics.clone(),
            owned: self
                .readers
                .iter()
                .zip(&self.partitions)
                .filter(|(reader, _)| **reader == Some(consumer.id))
                .map(|(_, part)| part.tp)
                .collect(),
            generation: -1,
        };
        let members: Vec<assign::Member> = live.iter().map(member).collect();
        let freed = self.readers.iter().flatten().filter(|who| !live.iter().any(|it| it.id == **who)).count();
        let (least, sure) = moves::least(&topics, &members);
        (least + freed as u32, sure)
    }

    pub fn group_view(&self) -> GroupView {
        let (state, epoch) = self.group.state();
        match &self.group {
            Group::Classic(group) => {
                let member = |it: ClassicView| MemberView {
                    who: self.who_is(it.member),
                    state: if it.joining {
                        "joining"
                    } else if it.syncing {
                        "syncing"
                    } else {
                        ""
                    },
                    epoch,
                    session_ends: it.session_ends,
                };
                let members = group.members().map(member).collect();
                GroupView { state, states: CLASSIC, epoch, target_epoch: None, members }
            }
            Group::Modern(group) => {
                let member = |it: ModernView| MemberView {
                    who: self.who_is(it.member),
                    state: match it.state {
                        MemberState::Stable => "",
                        MemberState::UnrevokedPartitions => "to revoke",
                        MemberState::UnreleasedPartitions => "waits for others",
                    },
                    epoch: it.epoch,
                    session_ends: it.session_ends,
                };
                let members = group.members().map(member).collect();
                GroupView { state, states: MODERN, epoch, target_epoch: Some(group.assignment_epoch()), members }
            }
        }
    }
}

/// Who reads it or should.
fn reader(part: &Partition) -> Option<ConsumerId> {
    match part.holder() {
        Holder::Nobody => None,
        Holder::Reads(who) | Holder::Silent(who) => Some(who),
    }
}

/// How long nobody read it between two moments.
pub fn unread_time(part: &Partition, from: Micros, to: Micros) -> Micros {
    let first = part.holds.partition_point(|hold| hold.from <= from).saturating_sub(1);
    let mut sum = 0;
    let mut holds = part.holds.from(first).peekable();
    while let Some(hold) = holds.next() {
        let end = holds.peek().map_or(to, |next| next.from).min(to);
        if !matches!(hold.holder, Holder::Reads(_)) {
            sum += end.saturating_sub(hold.from.max(from));
        }
    }
    sum
}

/// Topic ids, made up as a broker does but the same in every run.
fn topic_id(index: usize) -> Uuid {
    let mut ids = crate::sim::random::stream(index as u64, "kafka topic ids");
    Uuid { high: ids.next_u64(), low: ids.next_u64() }
}
