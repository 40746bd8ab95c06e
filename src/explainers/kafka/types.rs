//! What the world is made of. A picture of it is a function of these and of the time alone.

use super::consumer::Inner;
use crate::models::kafka::Tp;
use crate::sim::Micros;
use crate::sim::chronicle::Chronicle;
use std::rc::Rc;

/// Consumers, brokers and producers are counted from 0 here, from 1 in links and words (C1, B1, P1).
pub type ConsumerId = u16;
pub type BrokerId = u8;
pub type ProducerId = u8;
/// A partition's place in `World::partitions`: in the order in which they were made.
pub type PartId = u16;
/// Records are counted from 0 in the order in which producers made them; a copy made by a retry has the same number.
pub type RecordId = u32;
/// 0: no key.
pub type KeyId = u32;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    pub name: Rc<str>,
    /// Its partitions, by number.
    pub parts: Vec<PartId>,
    pub role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Producers write to it.
    Source,
    /// What failed goes here and is tried again.
    Retry,
    /// What failed too often; nobody of the group reads it.
    DeadLetter,
}

/// A record as it lies in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    pub id: RecordId,
    pub key: KeyId,
    /// When it was appended.
    pub at: Micros,
    /// How often it has been tried and failed before it came here: above 0 only in retry and dead-letter topics.
    pub failed: u8,
}

/// What is known of a record whatever log it lies in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fate {
    /// The producer was told that it is safe (`acks` 1 or all), or took it to be (`acks` 0).
    pub acked: bool,
    /// The producer gave up.
    pub given_up: bool,
    /// How often a consumer finished it, and so how often its effect was had.
    pub processed: u16,
    /// It cannot be processed: every attempt fails.
    pub poison: bool,
    /// It went to the dead-letter topic, or was skipped.
    pub set_aside: bool,
    /// Acknowledged, and in no log that anybody can read.
    pub lost: bool,
    /// Who made it, for which topic, with which key, and when.
    pub producer: ProducerId,
    pub topic: u16,
    pub key: KeyId,
    pub made: Micros,
}

/// A partition: its replicas share one log, of which each has a front part, and some have records of their own after it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Partition {
    pub tp: Tp,
    /// `None`: offline, no replica that may lead is alive.
    pub leader: Option<BrokerId>,
    /// Raised at every election.
    pub leader_epoch: u32,
    /// Where the leader's log ended when it began to lead.
    pub epoch_start: u64,
    /// The preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// In-sync replicas.
    pub isr: Vec<BrokerId>,
    /// Eligible leader replicas (KIP-966): they left an ISR that was below `min.insync.replicas`, so they have all that
    /// is below the high watermark.
    pub elr: Vec<BrokerId>,
    /// Who led when the ISR became empty.
    pub last_leader: Option<BrokerId>,
    /// How much of the leader's log each of `replicas` has; same order.
    pub ends: Vec<u64>,
    /// More about each of `replicas`; same order.
    pub followers: Vec<Follower>,
    /// The offset of the first record of `log`: what is below is from before the run, and is not kept.
    pub base: u64,
    /// The log of the leader, or of the latest one.
    pub log: Chronicle<Record>,
    /// Consumers may read up to here: what all in-sync replicas have.
    pub high_watermark: u64,
    /// The group's committed offset; `None`: none yet.
    pub committed: Option<u64>,
    /// Who held it since when; the last is now. The first is at 0.
    pub holds: Chronicle<Hold>,
    /// From when until when no leader served it, `Micros::MAX` for not over yet: nobody could write or read.
    pub headless: Chronicle<(Micros, Micros)>,
}

impl Partition {
    /// The log end offset: the offset that the next record gets.
    pub fn end(&self) -> u64 {
        self.base + self.log.len() as u64
    }
    /// Records which the group has not committed.
    pub fn lag(&self) -> u64 {
        self.high_watermark.saturating_sub(self.committed.unwrap_or(self.base))
    }
    pub fn holder(&self) -> Holder {
        self.holds.last().map_or(Holder::Nobody, |hold| hold.holder)
    }
}

/// A replica as its leader knows it, and where its log is another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Follower {
    /// It has asked for this offset: the leader knows that it has everything below.
    pub told: u64,
    /// When it asked last but one, it has since got all there was: the high watermark waits for it even if it is not
    /// in the ISR yet.
    pub caught_up: bool,
    /// The leader will answer its next fetch with records of this partition.
    pub(super) wanted: bool,
    /// Its own records from `ends` on, which the leader's log does not have: cut off when it follows a leader.
    pub stray: Vec<Record>,
}

/// Who reads a partition, from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hold {
    pub from: Micros,
    pub holder: Holder,
    /// The generation (classic) or member epoch (KIP-848) in which it was given.
    pub epoch: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Revoked or not assigned yet.
    Nobody,
    /// It reads.
    Reads(ConsumerId),
    /// The group takes it for the owner, but it is dead, hung, or no longer a member without knowing it.
    Silent(ConsumerId),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Broker {
    /// Its process runs.
    pub up: bool,
    /// The controller takes it for alive.
    pub registered: bool,
    /// It runs, and the controller has let it in since it started: it leads, follows and answers.
    pub serving: bool,
    /// Raised when it crashes, so that what belonged to an earlier life is known.
    pub life: u32,
    /// When it crashed or was let in last.
    pub since: Micros,
    /// It has been let in again and is not in all its ISRs yet.
    pub returning: bool,
}

/// What a consumer's process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// No process.
    Down,
    /// Looking for the coordinator.
    Finding,
    /// Waits for the answer to JoinGroup (classic), or to its first heartbeat (KIP-848).
    Joining,
    /// Waits for the answer to SyncGroup.
    Syncing,
    /// A member; fetches, processes and commits what it owns.
    Steady,
    /// Told to give up partitions: finishing its batch, in `onPartitionsRevoked`.
    Revoking,
    /// Hung: a long garbage collection; no thread of it runs.
    Hung,
}

/// What a consumer has of a partition that it owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    pub part: PartId,
    /// The offset of the next record it will fetch: everything below is in its hands or done.
    pub position: u64,
    /// The offset of the next record that it will process.
    pub done: u64,
    /// It holds enough records in its hands and does not fetch (back-pressure).
    pub paused: bool,
    /// It knows where to begin.
    pub ready: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InHand {
    pub part: PartId,
    pub offset: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Consumer {
    pub id: ConsumerId,
    /// `client.id`.
    pub name: Rc<str>,
    /// `group.instance.id` of a static member.
    pub instance: Option<Rc<str>>,
    /// Which process of this consumer it is: raised by every start.
    pub life: u32,
    pub phase: Phase,
    /// What it was in when it began to hang.
    pub before_hang: Option<Phase>,
    /// Its member id, once it has one.
    pub member: Option<Rc<str>>,
    /// Generation or member epoch; −1 (classic) or 0 (KIP-848) while it has none.
    pub epoch: i32,
    /// It leads the group (classic): it computes the assignment.
    pub leads: bool,
    /// Topics that it subscribes to, by index.
    pub topics: Vec<u16>,
    /// What it owns, as far as it knows; ascending by partition.
    pub claims: Vec<Claim>,
    /// Fetched and not yet done, in order; the first is being processed while `busy`.
    pub hands: std::collections::VecDeque<InHand>,
    /// Since when and until when it processes the first of `hands`.
    pub busy: Option<(Micros, Micros)>,
    /// A fetch is under way.
    pub fetching: bool,
    pub last_poll: Micros,
    /// Since when the process hangs, and until when.
    pub hangs: Option<(Micros, Micros)>,
    pub processed: u32,
    /// Of these, records that somebody had finished before.
    pub again: u32,
    /// The phases it went through; the last is now.
    pub phases: Chronicle<(Micros, Phase)>,
    pub inner: Inner,
}

impl Consumer {
    pub fn up(&self) -> bool {
        self.phase != Phase::Down
    }
    /// It is at a batch that is no longer its own: it has left the group, or was thrown out, and will see to that at its
    /// next poll.
    pub fn is_out(&self) -> bool {
        self.inner.overslept && self.phase == Phase::Steady
    }
    pub fn claim(&self, part: PartId) -> Option<&Claim> {
        let place = self.claims.binary_search_by_key(&part, |claim| claim.part).ok()?;
        self.claims.get(place)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Producer(ProducerId),
    Broker(BrokerId),
    /// The broker that coordinates the group.
    Coordinator,
    Consumer(ConsumerId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    Produce,
    ProduceAck,
    Fetch,
    /// Records, so many.
    Fetched(u16),
    FindCoordinator,
    Coordinator,
    JoinGroup,
    JoinAnswer,
    SyncGroup,
    SyncAnswer,
    Heartbeat,
    HeartbeatAnswer,
    /// KIP-848.
    GroupHeartbeat,
    GroupHeartbeatAnswer,
    LeaveGroup,
    LeaveAnswer,
    OffsetFetch,
    Offsets,
    OffsetCommit,
    CommitAnswer,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    pub kind: MessageKind,
    pub from: Place,
    pub to: Place,
    pub sent: Micros,
    pub arrives: Micros,
    /// It gets nowhere: the receiver is down, or the sender dies. It went so far.
    pub lost: Option<Micros>,
    /// The error it carries, by Kafka's name; empty: none.
    pub error: &'static str,
    /// The partition it is about (produce, fetch, commit of one).
    pub part: Option<PartId>,
    /// The record it carries (produce).
    pub record: Option<RecordId>,
    /// The generation or epoch it carries.
    pub epoch: Option<i32>,
}

impl Message {
    pub fn flying(&self, at: Micros) -> bool {
        self.sent <= at && at < self.lost.unwrap_or(self.arrives)
    }
    /// Between the group's members and its coordinator.
    pub fn of_group(&self) -> bool {
        use MessageKind as Kind;
        !matches!(self.kind, Kind::Produce | Kind::ProduceAck | Kind::Fetch | Kind::Fetched(_))
    }
}

/// From the moment at which somebody gave a reason until everybody has what is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rebalance {
    pub began: Micros,
    pub ended: Option<Micros>,
    /// What it was for, in words.
    pub cause: Rc<str>,
    /// The generation or group epoch before and at its end.
    pub from: i32,
    pub to: i32,
    /// Partitions that have another reader than before.
    pub moved: u32,
    /// The least number that had to move for everyone to have their share.
    pub least: u32,
    /// Partition-time in which nobody read, summed over all partitions, in µs; and the longest of one partition.
    pub unread: Micros,
    pub longest: Micros,
    /// Partitions that anybody stopped reading during it.
    pub stopped: u32,
}

/// What came of all so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stats {
    pub produced: u64,
    pub acked: u64,
    /// Producers' retries; copies that retries left in logs; acknowledged records that no log has any more.
    pub retries: u64,
    pub copies: u64,
    pub lost: u64,
    /// Finished processings; of these, repeated ones.
    pub processed: u64,
    pub again: u64,
    /// Records passed over: a commit was made before they were processed, by a consumer that died.
    pub skipped: u64,
    pub commits: u64,
    pub commits_refused: u64,
    pub set_aside: u64,
    /// Messages between members and the coordinator.
    pub group_messages: u64,
    /// From append to the end of its first processing, in ms, in the order they finished.
    pub delays: Chronicle<u32>,
    /// (when, records not yet committed), sampled.
    pub lag: Chronicle<(Micros, u32)>,
    /// Of each partition at the same moments, by `PartId`; empty where there are more than `LAGS` partitions.
    pub lags: Chronicle<Rc<[u32]>>,
}
