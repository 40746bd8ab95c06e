//! The world of the quorum explainer: a replicated key–value store, its clients and its network at one instant.

use super::Data;
use super::network::Chance;
use super::params::{self, Params};
use super::types::*;
use super::watch::Watch;
use crate::explainers::{Event, Tone};
use crate::models::quorum::level::Level;
use crate::models::quorum::merkle;
use crate::models::quorum::pbs::Legs;
use crate::sim::chronicle::Chronicle;
use crate::sim::{MS, Micros, Queue};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Assumed sizes in bytes: of a value, of a digest (MD5, as Cassandra's), and of everything else in a message.
pub const VALUE: u32 = 1_024;
pub const DIGEST: u32 = 16;
pub const HEADER: u32 = 64;
/// A whole Merkle tree of 16 leaves: 31 hashes.
pub const TREE: u32 = 31 * merkle::HASH_BYTES as u32;
/// Between a client and its coordinator, each way.
pub const HOP: Micros = MS;
/// A client waits so much longer than its coordinator does before it gives up.
pub const PATIENCE: Micros = 5 * MS;
/// Hints are tried again this often.
pub const HANDOFF: Micros = 50 * MS;
/// So often it is said how the random operations stand.
const SUMS: Micros = 8;
/// Finished operations of the random workload that are kept to be looked at.
pub const KEPT: usize = 200;

/// What never changes during a run.
pub struct Setup {
    pub params: Params,
    pub seed: u64,
    pub legs: Legs,
    /// Further delay of each message between two nodes, where every node has a data centre of its own (WAN).
    pub apart: Micros,
    pub write_level: Level,
    pub read_level: Level,
    /// By key: its N replicas, the first first; and the whole ring in the key's order.
    pub replicas: Vec<Vec<NodeId>>,
    pub rings: Vec<Vec<NodeId>>,
    /// By key: how many of its replicas are in each data centre.
    pub spread: Vec<[u8; 2]>,
}

/// What came of all finished operations. Messages are those between two nodes; clients' are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stats {
    pub reads: u64,
    pub writes: u64,
    /// Finished operations that succeeded.
    pub ok_reads: u64,
    pub ok_writes: u64,
    /// Successful reads that were stale.
    pub stale: u64,
    /// Hashes looked at when two Merkle trees were compared last.
    pub hashes: Option<u64>,
    /// Successful reads that returned siblings.
    pub siblings: u64,
    pub timeouts: u64,
    pub unavailable: u64,
    /// No coordinator could be reached.
    pub failed: u64,
    pub messages: u64,
    pub bytes: u64,
    /// Versions written by read repair; hints kept; hints replayed; versions streamed by anti-entropy.
    pub repairs: u64,
    pub hints: u64,
    pub replays: u64,
    pub streamed: u64,
    /// Of successful operations, in µs, in the order they completed.
    pub read_latency: Chronicle<u32>,
    pub write_latency: Chronicle<u32>,
}

impl Stats {
    pub fn finished(&self) -> u64 {
        self.reads + self.writes
    }
    /// The share of finished operations that succeeded.
    pub fn availability(&self) -> Option<f64> {
        (self.finished() > 0).then(|| (self.ok_reads + self.ok_writes) as f64 / self.finished() as f64)
    }
    /// The share of successful reads that were stale.
    pub fn stale_rate(&self) -> Option<f64> {
        (self.ok_reads > 0).then(|| self.stale as f64 / self.ok_reads as f64)
    }
}

/// What is still to happen.
#[derive(Clone, Debug, Hash)]
pub(super) enum Due {
    /// A message of an operation arrives.
    Land(OpId, u16),
    /// Another message arrives; with a Merkle tree go the hashes of the sender's keys.
    Drift(u32, Rc<[u64]>),
    /// The coordinator waits no longer; the client does not, at this attempt.
    Expire(OpId),
    GiveUp(OpId, u8),
    Speculate(OpId),
    /// A random operation.
    Invoke(ClientId),
    /// How it stands, while operations go on at random.
    Sum,
    Suspect(NodeId, NodeId),
    Hear(NodeId, NodeId),
    Replay(NodeId),
    Entropy,
}

/// A write as the record has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Written {
    pub op: OpId,
    pub client: ClientId,
    pub key: KeyId,
    pub invoked: Micros,
    /// When the client was told that it is done; `None`: not, or not yet.
    pub acked: Option<Micros>,
    /// Who had it when it was acknowledged: those that counted.
    pub held: NodeSet,
    /// It was refused and certainly did not happen.
    pub refused: bool,
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
    /// By value, the first having number 1.
    pub written: Chronicle<Written>,
    pub events: Rc<Vec<Event>>,
    pub watch: Watch,
    pub(super) background_first: u32,
    pub(super) next_op: OpId,
    /// Operations that are entirely over and may be dropped, the oldest first.
    pub(super) over: VecDeque<OpId>,
    pub(super) queue: Queue<Due>,
    pub(super) chance: Chance,
    /// Events about the random workload so far.
    pub(super) told: u32,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.nodes, &self.clients, &self.ops, &self.background, &self.partition, &self.stats).hash(state);
        (&self.written, &self.events, &self.watch, self.background_first, self.next_op, &self.queue).hash(state);
        (&self.chance, self.told).hash(state);
    }
}

fn dealt(params: &Params) -> (Vec<Vec<NodeId>>, Vec<Vec<NodeId>>) {
    let nodes = params.nodes.clamp(1, 9) as usize;
    let n = (params.n.max(1) as usize).min(nodes);
    let dcs = params.dcs.clamp(1, 2) as usize;
    let keys = params.keys.clamp(1, 16) as usize;
    let ring = |key: usize| -> Vec<NodeId> { (0..nodes).map(|i| ((key + i) % nodes) as NodeId).collect() };
    let rings: Vec<Vec<NodeId>> = (0..keys).map(ring).collect();
    let replicas = rings.iter().map(|ring| {
        // Round the ring, with no data centre more than its share before the others have theirs.
        let share = n.div_ceil(dcs);
        let mut per = [0; 2];
        let mut chosen: Vec<NodeId> = Vec::new();
        for pass in 0..2 {
            for node in ring {
                let dc = usize::from(*node) % dcs;
                if chosen.len() < n && !chosen.contains(node) && (pass == 1 || per[dc] < share) {
                    per[dc] += 1;
                    chosen.push(*node);
                }
            }
        }
        chosen
    });
    (replicas.collect(), rings)
}

impl World {
    pub fn build(params: &Params, seed: u64, data: &Data) -> World {
        let (replicas, rings) = dealt(params);
        let dcs = params.dcs.clamp(1, 2) as usize;
        let (nodes, keys) = (params.nodes.clamp(1, 9) as usize, replicas.len());
        let spread = replicas.iter().map(|replicas| {
            let mut spread = [0; 2];
            replicas.iter().for_each(|node| spread[usize::from(*node) % dcs] += 1);
            spread
        });
        let setup = Setup {
            params: params.clone(),
            seed,
            legs: params.legs(data),
            apart: params.apart(),
            write_level: params.write_level(),
            read_level: params.read_level(),
            spread: spread.collect(),
            replicas,
            rings,
        };
        let vectors = if params.resolve == params::VECTOR { keys } else { 0 };
        let node = |id: usize| Node {
            up: true,
            slow: 1,
            skew: if id == 1 { params.skew.max(0) as Micros * MS } else { 0 },
            dc: (id % dcs) as u8,
            store: vec![Versions::default(); keys],
            hints: Vec::new(),
            dead: 0,
            lamport: 0,
            wiped: None,
            silent: vec![None; nodes],
            issued: vec![Default::default(); vectors],
            replaying: false,
        };
        let clients = params.clients.clamp(1, 8) as usize;
        let client = |id: usize| Client {
            home: (id % nodes) as NodeId,
            coordinator: (id % nodes) as NodeId,
            busy: Vec::new(),
            context: vec![Versions::default(); keys],
            lamport: 0,
        };
        let mut world = World {
            setup: Rc::new(setup),
            nodes: (0..nodes).map(node).collect(),
            clients: (0..clients).map(client).collect(),
            ops: VecDeque::new(),
            background: VecDeque::new(),
            partition: Partition::default(),
            stats: Stats::default(),
            written: Chronicle::default(),
            events: Rc::default(),
            watch: Watch::new(params, keys),
            background_first: 0,
            next_op: 0,
            over: VecDeque::new(),
            queue: Queue::default(),
            chance: Chance::new(seed, clients),
            told: 0,
        };
        world.open(data);
        for client in 0..clients {
            world.plan(0, client as ClientId);
        }
        if params.load > 0 {
            let lasts = params.lasts() as Micros * MS;
            (1..=SUMS).for_each(|i| world.queue.schedule(lasts * i / SUMS, Due::Sum));
        }
        if params.entropy > 0 {
            world.queue.schedule(params.entropy as Micros * MS, Due::Entropy);
        }
        world
    }

    /// The preference list of a key.
    pub fn replicas(&self, key: KeyId) -> &[NodeId] {
        self.setup.replicas.get(usize::from(key)).map_or(&[], |replicas| replicas)
    }

    fn place(&self, id: OpId) -> Option<usize> {
        // Without the reader's own there are no gaps, and the place follows from the first.
        let first = self.ops.front()?.id;
        let guess = id.checked_sub(first)? as usize;
        match self.ops.get(guess) {
            Some(op) if op.id == id => Some(guess),
            _ => {
                let place = self.ops.partition_point(|op| op.id < id);
                self.ops.get(place).is_some_and(|op| op.id == id).then_some(place)
            }
        }
    }

    pub fn op(&self, id: OpId) -> Option<&Rc<Op>> {
        self.ops.get(self.place(id)?)
    }

    pub(super) fn op_mut(&mut self, id: OpId) -> Option<&mut Op> {
        let place = self.place(id)?;
        self.ops.get_mut(place).map(Rc::make_mut)
    }

    /// The record of the write that made a value.
    pub fn record(&self, value: Value) -> Option<&Written> {
        self.written.get((value as usize).checked_sub(1)?)
    }

    /// Everything in flight at a moment.
    pub fn flying(&self, at: Micros) -> impl Iterator<Item = &Message> {
        let ops = self.ops.iter().flat_map(|op| op.messages.iter());
        ops.chain(self.background.iter().map(|message| &**message)).filter(move |message| message.flying(at))
    }

    pub fn advance(&mut self, to: Micros) {
        while let Some((at, due)) = self.queue.pop(to) {
            match due {
                Due::Land(id, place) => {
                    if let Some(message) = self.landed(at, id, place) {
                        self.handle(at, id, &message);
                    }
                    self.rest(id);
                }
                Due::Drift(id, leaves) => {
                    if let Some(message) = self.drifted(at, id) {
                        self.handle_background(at, &message, &leaves);
                    }
                }
                Due::Expire(id) => {
                    self.close(id);
                    self.expire(at, id);
                    self.rest(id);
                }
                Due::GiveUp(id, attempt) => {
                    self.close(id);
                    self.give_up(at, id, attempt);
                    self.rest(id);
                }
                Due::Speculate(id) => {
                    self.close(id);
                    self.speculate(at, id);
                    self.rest(id);
                }
                Due::Invoke(client) => self.invoke_random(at, client),
                Due::Sum => self.tell_sum(at),
                Due::Suspect(a, b) => self.suspect(at, a, b),
                Due::Hear(a, b) => self.hear(at, a, b),
                Due::Replay(node) => self.replay(at, node, false),
                Due::Entropy => self.entropy(at),
            }
        }
    }

    fn handle(&mut self, at: Micros, id: OpId, message: &Message) {
        use MessageKind as Kind;
        match (message.kind, message.from, message.to) {
            (Kind::Request, _, Place::Node(node)) => self.coordinate(at, id, node),
            (Kind::Answer, ..) => self.answered(at, id),
            (Kind::Refused, ..) => self.try_next(at, id),
            (Kind::Write | Kind::HintedWrite(_) | Kind::Repair, Place::Node(from), Place::Node(to)) => {
                self.store(at, id, message, from, to);
            }
            (Kind::Ack, Place::Node(from), _) => self.acknowledged(at, id, from),
            (Kind::RepairAck, Place::Node(from), _) => self.repaired(at, id, from),
            (Kind::Read | Kind::DigestRead, Place::Node(from), Place::Node(to)) => {
                self.serve(at, id, message.kind == Kind::DigestRead, from, to);
            }
            (Kind::Response | Kind::Digest, Place::Node(from), _) => {
                self.replied(at, id, from, message.kind == Kind::Digest, &message.versions);
            }
            _ => {}
        }
    }

    /// Schedules something that keeps an operation open.
    pub(super) fn later(&mut self, at: Micros, id: OpId, due: Due) {
        if let Some(op) = self.op_mut(id) {
            op.open += 1;
            self.queue.schedule(at, due);
        }
    }

    fn close(&mut self, id: OpId) {
        if let Some(op) = self.op_mut(id) {
            op.open = op.open.saturating_sub(1);
        }
    }

    /// An operation that nothing will happen to any more is kept only for a while.
    fn rest(&mut self, id: OpId) {
        if !self.op(id).is_some_and(|op| op.open == 0 && op.completed.is_some() && !op.own) {
            return;
        }
        self.over.push_back(id);
        while self.over.len() > KEPT {
            let Some(oldest) = self.over.pop_front() else { return };
            // What a contradiction is made of stays.
            if let Some(place) = self.place(oldest).filter(|_| !self.watch.clash.contains(&oldest)) {
                self.ops.remove(place);
            }
        }
    }

    /// When everything under way will be over, as far as it shows now.
    pub fn settled(&self) -> Micros {
        let unequal = self.setup.params.entropy > 0 && self.apart();
        let due = self.queue.iter().filter(|(_, due)| match due {
            Due::Replay(node) => self.replayable(*node),
            Due::Entropy => unequal,
            _ => true,
        });
        let span = self.setup.params.lasts() as Micros * MS;
        let load = if self.setup.params.load > 0 { span } else { 0 };
        due.map(|(at, _)| at).max().unwrap_or(0).max(load)
    }

    /// Until when nothing moves.
    pub fn still_until(&self, at: Micros) -> Micros {
        // A lost message stays on the picture for a moment.
        let all = self.ops.iter().flat_map(|op| op.messages.iter()).chain(self.background.iter().map(|it| &**it));
        let lingers = |it: &Message| it.lost.is_some_and(|lost| lost <= at && at <= lost + super::LINGER);
        if all.into_iter().any(|it| it.flying(at) || lingers(it)) {
            return at;
        }
        self.queue.next_at().unwrap_or(Micros::MAX).max(at)
    }

    pub(super) fn say(
        &mut self,
        at: Micros,
        head: String,
        text: String,
        tone: Tone,
        subject: Option<crate::draw::scene::Subject>,
    ) {
        Rc::make_mut(&mut self.events).push(Event { at, head, text, tone, subject });
    }
}
