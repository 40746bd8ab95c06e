//! What goes into a group's coordinator and what comes out: requests, responses, timers, and views of its state.
//! Names are those of Apache Kafka 4.3; times are virtual microseconds.

use crate::models::kafka::{Assignor, Tp};
use crate::sim::{MS, Micros, SECOND};
use std::rc::Rc;

/// A member's id, an instance id (`group.instance.id`), a client's or a protocol's name.
pub type Id = Rc<str>;
/// Whom an answer goes to. The coordinator keeps it for as long as an answer is owed, and knows nothing else of it.
pub type Token = u64;
/// A topic's index in the list of topics.
pub type TopicId = u16;
/// Partitions, in the order that was given or computed.
pub type Partitions = Rc<[Tp]>;

/// A broker's settings of its group coordinator.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// `group.min.session.timeout.ms` and `group.max.session.timeout.ms`: what a classic member may ask for.
    pub min_session_timeout: Micros,
    pub max_session_timeout: Micros,
    /// `group.initial.rebalance.delay.ms`: how long an empty classic group waits for more members to join.
    pub initial_rebalance_delay: Micros,
    /// How long a classic member that joins anew may stay silent while its JoinGroup waits (Kafka: 5 min, fixed).
    pub new_member_join_timeout: Micros,
    /// `group.max.size` of a classic group.
    pub max_size: u32,
    /// `group.consumer.session.timeout.ms`.
    pub consumer_session_timeout: Micros,
    /// `group.consumer.heartbeat.interval.ms`, which the coordinator tells each member.
    pub consumer_heartbeat_interval: Micros,
    /// `group.consumer.assignment.interval.ms` (new in 4.3): the least time between two target assignments.
    pub assignment_interval: Micros,
    /// `group.consumer.max.size`.
    pub consumer_max_size: u32,
    /// `group.consumer.assignors`, the default first: of `Assignor::Uniform` and `Assignor::ServerRange`.
    pub consumer_assignors: Vec<Assignor>,
    /// Chooses the member ids that the coordinator makes up.
    pub seed: u64,
}

impl Default for Config {
    /// Kafka 4.3's defaults.
    fn default() -> Config {
        Config {
            min_session_timeout: 6 * SECOND,
            max_session_timeout: 1_800 * SECOND,
            initial_rebalance_delay: 3 * SECOND,
            new_member_join_timeout: 300 * SECOND,
            max_size: i32::MAX as u32,
            consumer_session_timeout: 45 * SECOND,
            consumer_heartbeat_interval: 5 * SECOND,
            assignment_interval: 1_000 * MS,
            consumer_max_size: i32::MAX as u32,
            consumer_assignors: vec![Assignor::Uniform, Assignor::ServerRange],
            seed: 0,
        }
    }
}

/// What a classic member tells its leader under the name of an assignor. The coordinator compares it and hands it on,
/// no more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subscription {
    pub topics: Rc<[TopicId]>,
    pub owned: Partitions,
    /// The generation in which `owned` was assigned.
    pub generation: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Protocol {
    pub name: Id,
    pub subscription: Rc<Subscription>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinGroup {
    /// Empty until the coordinator has given one.
    pub member: Id,
    /// `client.id`: what a new member's id begins with.
    pub client: Id,
    pub instance: Option<Id>,
    /// In the member's order of preference.
    pub protocols: Rc<[Protocol]>,
    /// `session.timeout.ms`.
    pub session_timeout: Micros,
    /// `max.poll.interval.ms`.
    pub rebalance_timeout: Micros,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyncGroup {
    pub member: Id,
    pub instance: Option<Id>,
    pub generation: i32,
    /// The protocol the member believes was chosen; not checked if absent.
    pub protocol: Option<Id>,
    /// Of every member, from the leader; empty from all others.
    pub assignments: Vec<(Id, Partitions)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Heartbeat {
    pub member: Id,
    pub instance: Option<Id>,
    pub generation: i32,
}

/// Who leaves: a member by its id, a static one by its instance id (and then the member id may be empty).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Leaving {
    pub member: Id,
    pub instance: Option<Id>,
}

/// A commit of offsets: only whether it may be done, the offsets are kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetCommit {
    pub member: Id,
    pub instance: Option<Id>,
    /// The generation, or the member's epoch; negative from a client that is in no group.
    pub generation: i32,
    /// What is committed. A consumer group takes a commit with an older epoch for partitions that the member has had
    /// since then (KIP-1251, new in 4.3).
    pub partitions: Partitions,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroupHeartbeat {
    /// Chosen by the member.
    pub member: Id,
    pub client: Id,
    pub instance: Option<Id>,
    /// 0 to join, −1 to leave, −2 if a static member leaves for a while.
    pub epoch: i32,
    /// `max.poll.interval.ms`; absent if unchanged since the last heartbeat.
    pub rebalance_timeout: Option<Micros>,
    /// Absent if unchanged.
    pub subscribed: Option<Rc<[TopicId]>>,
    /// What the member owns; absent if unchanged.
    pub owned: Option<Partitions>,
    /// `uniform` or `range`; absent: no preference or unchanged.
    pub assignor: Option<Id>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    JoinGroup(JoinGroup),
    SyncGroup(SyncGroup),
    Heartbeat(Heartbeat),
    LeaveGroup(Vec<Leaving>),
    OffsetCommit(OffsetCommit),
    ConsumerGroupHeartbeat(ConsumerGroupHeartbeat),
}

/// Kafka's error codes, as far as a group coordinator uses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Error {
    None,
    CoordinatorNotAvailable,
    IllegalGeneration,
    InconsistentGroupProtocol,
    UnknownMemberId,
    InvalidSessionTimeout,
    RebalanceInProgress,
    InvalidRequest,
    GroupIdNotFound,
    FencedInstanceId,
    MemberIdRequired,
    GroupMaxSizeReached,
    FencedMemberEpoch,
    UnreleasedInstanceId,
    UnsupportedAssignor,
    StaleMemberEpoch,
    UnsupportedVersion,
    UnknownServerError,
}

impl Error {
    /// As Kafka writes it.
    pub fn name(self) -> &'static str {
        match self {
            Error::None => "NONE",
            Error::CoordinatorNotAvailable => "COORDINATOR_NOT_AVAILABLE",
            Error::IllegalGeneration => "ILLEGAL_GENERATION",
            Error::InconsistentGroupProtocol => "INCONSISTENT_GROUP_PROTOCOL",
            Error::UnknownMemberId => "UNKNOWN_MEMBER_ID",
            Error::InvalidSessionTimeout => "INVALID_SESSION_TIMEOUT",
            Error::RebalanceInProgress => "REBALANCE_IN_PROGRESS",
            Error::InvalidRequest => "INVALID_REQUEST",
            Error::GroupIdNotFound => "GROUP_ID_NOT_FOUND",
            Error::FencedInstanceId => "FENCED_INSTANCE_ID",
            Error::MemberIdRequired => "MEMBER_ID_REQUIRED",
            Error::GroupMaxSizeReached => "GROUP_MAX_SIZE_REACHED",
            Error::FencedMemberEpoch => "FENCED_MEMBER_EPOCH",
            Error::UnreleasedInstanceId => "UNRELEASED_INSTANCE_ID",
            Error::UnsupportedAssignor => "UNSUPPORTED_ASSIGNOR",
            Error::StaleMemberEpoch => "STALE_MEMBER_EPOCH",
            Error::UnsupportedVersion => "UNSUPPORTED_VERSION",
            Error::UnknownServerError => "UNKNOWN_SERVER_ERROR",
        }
    }
}

/// A member as the leader learns of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Joined {
    pub member: Id,
    pub instance: Option<Id>,
    pub subscription: Rc<Subscription>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinAnswer {
    pub error: Error,
    pub member: Id,
    /// −1 with an error.
    pub generation: i32,
    pub protocol: Option<Id>,
    pub leader: Id,
    /// To a static leader that came back: the assignment stands, it need not compute one.
    pub skip_assignment: bool,
    /// All members, to the leader; nothing to the others.
    pub members: Vec<Joined>,
}

impl JoinAnswer {
    pub fn refused(error: Error, member: Id) -> JoinAnswer {
        let (leader, members) = (Rc::from(""), Vec::new());
        JoinAnswer { error, member, generation: -1, protocol: None, leader, skip_assignment: false, members }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SyncAnswer {
    pub error: Error,
    pub assignment: Partitions,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerAnswer {
    pub error: Error,
    pub member: Id,
    pub epoch: i32,
    pub heartbeat_interval: Micros,
    /// What the member shall own now; absent if nothing changed.
    pub assignment: Option<Partitions>,
}

impl ConsumerAnswer {
    pub fn refused(error: Error, member: Id) -> ConsumerAnswer {
        ConsumerAnswer { error, member, epoch: 0, heartbeat_interval: 0, assignment: None }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Response {
    JoinGroup(JoinAnswer),
    SyncGroup(SyncAnswer),
    Heartbeat(Error),
    /// One error of the whole, then one each in the order asked.
    LeaveGroup(Error, Vec<(Leaving, Error)>),
    /// One for the whole commit: it is refused if a single partition is.
    OffsetCommit(Error),
    ConsumerGroupHeartbeat(ConsumerAnswer),
}

pub type Answer = (Token, Response);

/// A timer of the coordinator, by Kafka's key for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// `join`: the wait for members to join is over (the initial delay, or the rebalance timeout).
    Join,
    /// `sync`: the wait for members to sync is over.
    Sync,
    /// `heartbeat`: a classic member (or one that has only been given an id) was silent for its session timeout.
    Heartbeat(Id),
    /// `session-timeout`: a member of a consumer group was silent for the session timeout.
    Session(Id),
    /// `rebalance-timeout`: a member of a consumer group did not give up its partitions in time.
    Rebalance(Id),
}

/// What a timer did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fired {
    pub at: Micros,
    pub timer: Timer,
    /// The members it removed from the group.
    pub removed: Vec<Id>,
    pub answers: Vec<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClassicState {
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModernState {
    Empty,
    Assigning,
    Reconciling,
    Stable,
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberState {
    Stable,
    /// It must give up partitions before it gets a newer epoch.
    UnrevokedPartitions,
    /// It waits for partitions that others have not yet given up.
    UnreleasedPartitions,
}

/// A member of a classic group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClassicView<'a> {
    pub member: &'a Id,
    pub client: &'a Id,
    pub instance: Option<&'a Id>,
    /// Its JoinGroup waits for an answer.
    pub joining: bool,
    /// Its SyncGroup waits for an answer.
    pub syncing: bool,
    pub assignment: &'a [Tp],
    /// When its session ends unless it is heard of; none while its JoinGroup or SyncGroup waits.
    pub session_ends: Option<Micros>,
}

/// A member of a consumer group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModernView<'a> {
    pub member: &'a Id,
    pub client: &'a Id,
    pub instance: Option<&'a Id>,
    pub state: MemberState,
    /// −2 while a static member is away.
    pub epoch: i32,
    pub previous_epoch: i32,
    pub subscribed: &'a [TopicId],
    /// Sorted, as are the other two.
    pub assigned: &'a [Tp],
    pub pending_revocation: &'a [Tp],
    pub target: &'a [Tp],
    pub session_ends: Option<Micros>,
    pub rebalance_ends: Option<Micros>,
}
