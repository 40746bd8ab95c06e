//! The world of the quorum explainer: a replicated key–value store, its clients and its network at one instant.

use super::params::Params;
use super::types::*;
use crate::explainers::Event;
use crate::sim::Micros;
use std::collections::VecDeque;
use std::rc::Rc;

/// Assumed sizes in bytes: of a value, of a digest (MD5), and of everything else in a message.
pub const VALUE: u32 = 1_024;
pub const DIGEST: u32 = 16;
pub const HEADER: u32 = 64;
/// Between a client and its coordinator, each way.
pub const HOP: Micros = 1_000;
/// Finished operations of the random workload that are kept to be looked at.
pub const KEPT: usize = 200;

/// What never changes during a run.
pub struct Setup {
    pub params: Params,
    pub seed: u64,
    /// By key: its N replicas, the first first; and the whole ring in the key's order.
    pub replicas: Vec<Vec<NodeId>>,
    pub rings: Vec<Vec<NodeId>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stats {
    pub reads: u64,
    pub writes: u64,
    /// Finished operations that succeeded.
    pub ok_reads: u64,
    pub ok_writes: u64,
    /// Successful reads that were stale.
    pub stale: u64,
    pub timeouts: u64,
    pub unavailable: u64,
    pub messages: u64,
    pub bytes: u64,
    /// Replicas brought up to date by read repair; hints replayed.
    pub repairs: u64,
    pub replays: u64,
}

#[derive(Clone)]
pub struct World {
    pub setup: Rc<Setup>,
    pub nodes: Vec<Node>,
    pub clients: Vec<Client>,
    /// In the order of their ids: all unfinished, all of the reader's own, and the latest `KEPT` of the others.
    pub ops: VecDeque<Rc<Op>>,
    /// Messages of no operation (hints, anti-entropy): in flight, and the latest that were.
    pub background: VecDeque<Rc<Message>>,
    pub partition: Partition,
    pub stats: Stats,
    pub events: Rc<Vec<Event>>,
    pub broken: Vec<(&'static str, (Micros, String))>,
}

impl World {
    /// The preference list of a key.
    pub fn replicas(&self, key: KeyId) -> &[NodeId] {
        self.setup.replicas.get(usize::from(key)).map_or(&[], |replicas| replicas)
    }

    pub fn op(&self, id: OpId) -> Option<&Rc<Op>> {
        self.ops.get(self.ops.partition_point(|op| op.id < id)).filter(|op| op.id == id)
    }

    /// Everything in flight at a moment.
    pub fn flying(&self, at: Micros) -> impl Iterator<Item = &Message> {
        let ops = self.ops.iter().flat_map(|op| op.messages.iter());
        ops.chain(self.background.iter().map(|message| &**message)).filter(move |message| message.flying(at))
    }
}
