//! What the world is made of. A picture of it is a function of these and of the time alone.

use crate::models::quorum::version::{Vector, Version};
use crate::sim::Micros;
use std::rc::Rc;

/// Nodes, clients and keys are counted from 0 here, from 1 in links; nodes go by letters in words.
pub type NodeId = u8;
pub type ClientId = u8;
pub type KeyId = u8;
/// Operations are counted from 0 in the order they were invoked.
pub type OpId = u32;
/// The number of the write that made a value, from 1 (v1, v2 …) in the order of invocation; 0 is the state before any.
pub type Value = u32;
/// A set of nodes: bit i is node i.
pub type NodeSet = u16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpKind {
    Read,
    Write,
}

/// What is kept under a key: empty before the first write; more than one only with vector clocks (siblings).
pub type Versions = Rc<Vec<Version>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Client(ClientId),
    Node(NodeId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Client to coordinator, 1 ms.
    Request,
    /// Coordinator to client, 1 ms.
    Answer,
    /// A node that is down turns its client away.
    Refused,
    /// W: coordinator to replica.
    Write,
    /// W to a stand-in, with a hint whose replica is meant (sloppy quorum).
    HintedWrite(NodeId),
    /// A: the replica has it on disk.
    Ack,
    /// R: coordinator to replica, for all of it.
    Read,
    /// R, for a digest only.
    DigestRead,
    /// S: versions.
    Response,
    /// S: a digest of the versions.
    Digest,
    /// The newest versions to a replica that was stale.
    Repair,
    RepairAck,
    /// A kept hint to the replica it is meant for.
    Replay,
    ReplayAck,
    /// Anti-entropy: a Merkle tree, or a part of it.
    Merkle,
    /// Anti-entropy: what the trees differ in.
    Stream,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// The operation it belongs to; `None`: hints and anti-entropy.
    pub op: Option<OpId>,
    pub kind: MessageKind,
    pub from: Place,
    pub to: Place,
    pub sent: Micros,
    /// When it arrives, or would have.
    pub arrives: Micros,
    /// It went so far: from `sent` to `arrives` at an even pace until then.
    pub lost: Option<Micros>,
    pub key: KeyId,
    /// The versions it carries (or whose digest it carries); empty for requests of reads and for acknowledgements.
    pub versions: Versions,
    /// Its size in bytes: see `HEADER`, `VALUE` and `DIGEST`.
    pub bytes: u32,
    /// The sender's Lamport clock.
    pub clock: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Ok,
    /// Too few answers in time. A write may still happen.
    Timeout,
    /// Refused at once: too few replicas believed to be alive. Nothing was done.
    Unavailable,
    /// No coordinator could be reached. Nothing was done.
    Failed,
}

/// A replica's answer as the coordinator saw it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    pub from: NodeId,
    pub at: Micros,
    /// What it had (reads).
    pub versions: Versions,
    pub digest: bool,
    /// Whether it is among those that made up the answer.
    pub counted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// On its way to a coordinator.
    Asking,
    /// The coordinator waits for replicas.
    Gathering,
    /// Digests differed: it waits for the versions themselves.
    Comparing,
    /// Blocking read repair: it waits until enough replicas hold what it will return.
    Repairing,
    /// The answer is on its way to the client.
    Answering,
    /// Its coordinator crashed and has forgotten it; the client still waits.
    Orphaned,
    /// The client knows. Messages may still be under way.
    Done,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Op {
    pub id: OpId,
    pub client: ClientId,
    pub kind: OpKind,
    pub key: KeyId,
    /// The reader issued it: it is told in detail and kept to the end of the run.
    pub own: bool,
    /// Who coordinates it now; those tried before did not answer.
    pub coordinator: NodeId,
    pub tried: Vec<NodeId>,
    pub phase: Phase,
    pub invoked: Micros,
    /// When the coordinator had it, and when it had its answer ready.
    pub received: Option<Micros>,
    pub decided: Option<Micros>,
    /// When the client had its answer, or gave up.
    pub completed: Option<Micros>,
    /// What the client was told; set from `decided` on.
    pub outcome: Option<Outcome>,
    /// A write's own version; what a read returned, from `decided` on.
    pub versions: Versions,
    /// The number of a write's value; 0 for a read.
    pub value: Value,
    /// Answers it waits for in all: W or R of its level (over both data centres, if each counts).
    pub needed: u8,
    /// The replicas it has asked, and those of them whose answer is still out.
    pub asked: NodeSet,
    pub waiting: NodeSet,
    /// Whose answers made up the result.
    pub counted: NodeSet,
    pub replies: Vec<Reply>,
    /// Coordinated reads only: who must still confirm a blocking read repair.
    pub repairing: NodeSet,
    /// In the order they were sent.
    pub messages: Vec<Message>,
    /// What of its messages and timers is still to come.
    pub open: u16,
    /// Which of them were asked for a digest only.
    pub digests: NodeSet,
    /// Believed dead when it began: hints are kept for them.
    pub missing: NodeSet,
    /// Background read repair is over.
    pub mended: bool,
    /// The last write of its key, by its begin, that was acknowledged before this began; 0 if there was none.
    pub newest: Value,
    /// The newest versions of its key that were acknowledged before it began.
    pub floor: Versions,
    /// A successful read that returned neither the newest write acknowledged before it began nor anything newer: the
    /// version `missed` was acknowledged before it began, and is newer than what it returned, by its stamp or because
    /// it was begun when that was over.
    pub stale: bool,
    pub missed: Value,
}

/// A write kept for a replica that was not there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hint {
    pub owner: NodeId,
    pub key: KeyId,
    pub versions: Versions,
    pub since: Micros,
    /// When it was last replayed, without an answer so far.
    pub sent: Option<Micros>,
    /// It counted towards W (sloppy quorum), and reads see it.
    pub stand_in: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    pub up: bool,
    /// Its messages take this many times as long; 1 is normal.
    pub slow: u32,
    /// How far its clock is ahead, in µs.
    pub skew: Micros,
    /// Data centre, 0 or 1.
    pub dc: u8,
    /// By key.
    pub store: Vec<Versions>,
    pub hints: Vec<Hint>,
    /// Whom it takes for dead.
    pub dead: NodeSet,
    /// Its Lamport clock.
    pub lamport: u32,
    /// When it last came back with an empty disk.
    pub wiped: Option<Micros>,
    /// By node: since when nothing is heard of it; the failure detector's clock.
    pub silent: Vec<Option<Micros>>,
    /// With vector clocks, by key: the last clock it gave out. On its disk.
    pub issued: Vec<Vector>,
    /// The next round of hint replays is due.
    pub replaying: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// The node it stands beside, on the same side of every partition.
    pub home: NodeId,
    /// Whom it sends to: its home, or the next one that answered.
    pub coordinator: NodeId,
    /// Operations under way.
    pub busy: Vec<OpId>,
    /// By key: the versions it read last (with vector clocks, the context of its next write).
    pub context: Vec<Versions>,
    pub lamport: u32,
}

/// What of the network is cut now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Partition {
    /// The nodes of one side; `None`: no partition by sides.
    pub side: Option<NodeSet>,
    pub since: Micros,
    /// Single links, the lower node first.
    pub links: Vec<(NodeId, NodeId)>,
}

impl Partition {
    pub fn parts(&self, a: NodeId, b: NodeId) -> bool {
        let side = |node: NodeId| self.side.is_some_and(|side| side >> node & 1 == 1);
        side(a) != side(b) || self.links.contains(&(a.min(b), a.max(b)))
    }
    pub fn whole(&self) -> bool {
        self.side.is_none() && self.links.is_empty()
    }
}

impl Message {
    /// Whether it is on its way at a moment.
    pub fn flying(&self, at: Micros) -> bool {
        self.sent <= at && at < self.lost.unwrap_or(self.arrives)
    }
    /// How much of its way it has behind it at a moment: 0 to 1.
    pub fn way(&self, at: Micros) -> f32 {
        let at = at.clamp(self.sent, self.lost.unwrap_or(self.arrives).max(self.sent));
        (at - self.sent) as f32 / (self.arrives.saturating_sub(self.sent)).max(1) as f32
    }
}

impl Op {
    /// Answers that count so far.
    pub fn got(&self) -> u32 {
        self.replies.iter().filter(|reply| reply.counted).count() as u32
    }
    /// From the client's request to its answer, in µs.
    pub fn latency(&self) -> Option<Micros> {
        Some(self.completed?.saturating_sub(self.invoked))
    }
}

pub fn letter(node: NodeId) -> char {
    char::from(b'A' + node.min(25))
}

pub fn has(set: NodeSet, node: NodeId) -> bool {
    set >> node & 1 == 1
}

/// The members of a set, lowest first.
pub fn members(set: NodeSet) -> impl Iterator<Item = NodeId> {
    (0..16).filter(move |node| has(set, *node))
}
