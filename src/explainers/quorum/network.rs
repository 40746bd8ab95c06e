//! The network: how long messages take, which are lost, who hears of whom.

use super::types::*;
use super::world::{DIGEST, Due, HEADER, HOP, TREE, VALUE, World};
use crate::sim::random::{Stream, stream};
use crate::sim::{MS, Micros};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Background messages that have arrived and are kept to be looked at.
const KEPT: usize = 200;

/// Where chance comes from: a stream per purpose.
#[derive(Clone, Debug)]
pub struct Chance {
    /// W, A, R and S.
    legs: [Stream; 4],
    /// Repairs, hints and anti-entropy.
    other: Stream,
    loss: Stream,
    pub heartbeat: Stream,
    pub pairs: Stream,
    /// By client: when, what, on which key.
    pub clients: Vec<Stream>,
}

impl Chance {
    pub fn new(seed: u64, clients: usize) -> Chance {
        Chance {
            legs: ["write", "ack", "read", "response"].map(|leg| stream(seed, leg)),
            other: stream(seed, "repair"),
            loss: stream(seed, "loss"),
            heartbeat: stream(seed, "heartbeat"),
            pairs: stream(seed, "anti-entropy"),
            clients: (1..=clients).map(|i| stream(seed, &format!("client {i}"))).collect(),
        }
    }
}

/// By what each stream would give next.
impl Hash for Chance {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let single = [&self.other, &self.loss, &self.heartbeat, &self.pairs];
        for stream in self.legs.iter().chain(single).chain(&self.clients) {
            stream.clone().next_u64().hash(state);
        }
    }
}

fn of_node(place: Place) -> Option<NodeId> {
    match place {
        Place::Node(node) => Some(node),
        Place::Client(_) => None,
    }
}

impl World {
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(usize::from(id))
    }

    pub fn is_up(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.up)
    }

    fn slowness(&self, place: Place) -> u64 {
        of_node(place).and_then(|id| self.node(id)).map_or(1, |node| u64::from(node.slow.max(1)))
    }

    fn far_apart(&self, a: NodeId, b: NodeId) -> bool {
        self.node(a).map(|node| node.dc) != self.node(b).map(|node| node.dc)
    }

    /// One way between two nodes, sampled. A replica's own copy takes its time too: it is the work, not only the wire.
    fn travel(&mut self, kind: MessageKind, from: NodeId, to: NodeId) -> Micros {
        use MessageKind::*;
        let legs = &self.setup.legs;
        let chance = &mut self.chance;
        let base = match kind {
            Write | HintedWrite(_) => legs.w.sample(&mut chance.legs[0]),
            Ack => legs.a.sample(&mut chance.legs[1]),
            Read | DigestRead => legs.r.sample(&mut chance.legs[2]),
            Response | Digest => legs.s.sample(&mut chance.legs[3]),
            Repair | Replay | Stream | Request | Answer | Refused => legs.w.sample(&mut chance.other),
            RepairAck | ReplayAck => legs.a.sample(&mut chance.other),
            Merkle => legs.r.sample(&mut chance.other),
        };
        let slow = self.slowness(Place::Node(from)).max(self.slowness(Place::Node(to)));
        let far = if self.far_apart(from, to) { self.setup.params.far.max(0) as Micros * MS } else { 0 };
        let far = far + if from == to { 0 } else { self.setup.apart };
        base.saturating_mul(slow).saturating_add(far).max(1)
    }

    fn cut_between(&self, from: Place, to: Place) -> bool {
        let beside = |place| match place {
            Place::Node(node) => Some(node),
            // A client is where its home is.
            Place::Client(client) => self.clients.get(usize::from(client)).map(|client| client.home),
        };
        match (beside(from), beside(to)) {
            (Some(a), Some(b)) => self.partition.parts(a, b),
            _ => false,
        }
    }

    fn tick(&mut self, place: Place, heard: u32) -> u32 {
        let clock = match place {
            Place::Node(node) => self.nodes.get_mut(usize::from(node)).map(|node| &mut node.lamport),
            Place::Client(client) => self.clients.get_mut(usize::from(client)).map(|client| &mut client.lamport),
        };
        clock.map_or(0, |clock| {
            *clock = (*clock).max(heard).saturating_add(1);
            *clock
        })
    }

    fn message(
        &mut self,
        at: Micros,
        op: Option<OpId>,
        kind: MessageKind,
        (from, to): (Place, Place),
        key: KeyId,
        versions: Versions,
    ) -> Message {
        let delay = match (of_node(from), of_node(to)) {
            (Some(a), Some(b)) => self.travel(kind, a, b),
            _ => HOP,
        };
        let wire = matches!((from, to), (Place::Node(a), Place::Node(b)) if a != b);
        // Drawn whether or not the way is cut, so that a partition does not shift what comes after it.
        let loss = self.setup.params.loss.clamp(0, 100) as u32;
        let dropped = wire && loss > 0 && self.chance.loss.below(100) < loss;
        let lost = (dropped || self.cut_between(from, to)).then_some(at + delay / 2);
        let payload = match kind {
            MessageKind::Digest => DIGEST,
            MessageKind::Merkle => TREE,
            _ => versions.len() as u32 * VALUE,
        };
        let bytes = HEADER + payload;
        if wire {
            self.stats.messages += 1;
            self.stats.bytes += u64::from(bytes);
        }
        let clock = self.tick(from, 0);
        Message { op, kind, from, to, sent: at, arrives: at + delay, lost, key, versions, bytes, clock }
    }

    /// Sends a message of an operation.
    pub(super) fn send(&mut self, at: Micros, id: OpId, kind: MessageKind, way: (Place, Place), versions: Versions) {
        let Some(key) = self.op(id).map(|op| op.key) else { return };
        let message = self.message(at, Some(id), kind, way, key, versions);
        let lands = message.lost.is_none().then_some(message.arrives);
        let Some(op) = self.op_mut(id) else { return };
        let place = op.messages.len() as u16;
        op.messages.push(message);
        if let Some(arrives) = lands {
            op.open += 1;
            self.queue.schedule(arrives, Due::Land(id, place));
        }
    }

    /// Sends a message of no operation, from node to node. With it goes what only its receiver has to know.
    pub(super) fn post(
        &mut self,
        at: Micros,
        kind: MessageKind,
        (from, to): (NodeId, NodeId),
        key: KeyId,
        versions: Versions,
        leaves: Rc<[u64]>,
    ) {
        let message = self.message(at, None, kind, (Place::Node(from), Place::Node(to)), key, versions);
        let lands = message.lost.is_none().then_some(message.arrives);
        let id = self.background_first + self.background.len() as u32;
        self.background.push_back(Rc::new(message));
        if let Some(arrives) = lands {
            self.queue.schedule(arrives, Due::Drift(id, leaves));
        }
        while self.background.len() > KEPT
            && self.background.front().is_some_and(|oldest| oldest.lost.unwrap_or(oldest.arrives) < at)
        {
            self.background.pop_front();
            self.background_first += 1;
        }
    }

    /// A message of an operation is there: what it was, unless it or its receiver was lost on the way.
    pub(super) fn landed(&mut self, at: Micros, id: OpId, place: u16) -> Option<Message> {
        let op = self.op_mut(id)?;
        op.open = op.open.saturating_sub(1);
        let message = op.messages.get(usize::from(place))?.clone();
        if message.lost.is_some() {
            return None;
        }
        if of_node(message.to).is_some_and(|node| !self.is_up(node)) {
            if let Some(message) = self.op_mut(id).and_then(|op| op.messages.get_mut(usize::from(place))) {
                message.lost = Some(at);
            }
            if message.kind == MessageKind::Request {
                self.send(at, id, MessageKind::Refused, (message.to, message.from), Rc::default());
            }
            return None;
        }
        self.tick(message.to, message.clock);
        Some(message)
    }

    pub(super) fn drifted(&mut self, at: Micros, id: u32) -> Option<Message> {
        let index = id.checked_sub(self.background_first)? as usize;
        let message = Message::clone(self.background.get(index)?);
        if message.lost.is_some() {
            return None;
        }
        if of_node(message.to).is_some_and(|node| !self.is_up(node)) {
            Rc::make_mut(self.background.get_mut(index)?).lost = Some(at);
            return None;
        }
        self.tick(message.to, message.clock);
        Some(message)
    }

    /// What crosses a cut that was just made gets no further.
    pub(super) fn sever(&mut self, at: Micros) {
        let caught =
            |world: &World, message: &Message| message.flying(at) && world.cut_between(message.from, message.to);
        for i in 0..self.ops.len() {
            let Some(op) = self.ops.get(i) else { continue };
            let hit: Vec<usize> =
                (0..op.messages.len()).filter(|m| op.messages.get(*m).is_some_and(|m| caught(self, m))).collect();
            if hit.is_empty() {
                continue;
            }
            let Some(op) = self.ops.get_mut(i).map(Rc::make_mut) else { continue };
            for place in hit {
                if let Some(message) = op.messages.get_mut(place) {
                    message.lost = Some(at);
                }
            }
        }
        for i in 0..self.background.len() {
            if self.background.get(i).is_some_and(|message| caught(self, message))
                && let Some(message) = self.background.get_mut(i)
            {
                Rc::make_mut(message).lost = Some(at);
            }
        }
    }

    pub fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        self.is_up(from) && self.is_up(to) && !self.partition.parts(from, to)
    }

    /// After a crash, a restart, a cut or its end: from when on is who silent for whom? Heartbeats themselves are not
    /// sent one by one.
    pub(super) fn listen(&mut self, at: Micros) {
        let suspect = self.setup.params.suspect.max(0) as Micros * MS;
        if suspect == 0 {
            return;
        }
        let n = self.nodes.len() as NodeId;
        for a in 0..n {
            for b in 0..n {
                if b == a || !self.is_up(a) {
                    continue;
                }
                let heard = self.reaches(b, a);
                let silent = self.node(a).and_then(|node| node.silent.get(usize::from(b)).copied().flatten());
                match (heard, silent) {
                    (false, None) => {
                        self.set_silent(a, b, Some(at));
                        self.queue.schedule(at + suspect, Due::Suspect(a, b));
                    }
                    (true, Some(_)) => {
                        self.set_silent(a, b, None);
                        let far = if self.far_apart(a, b) { self.setup.params.far.max(0) as Micros * MS } else { 0 };
                        let delay = self.setup.legs.w.sample(&mut self.chance.heartbeat).max(1);
                        self.queue.schedule(at + delay + far, Due::Hear(a, b));
                    }
                    _ => {}
                }
            }
        }
    }

    fn set_silent(&mut self, a: NodeId, b: NodeId, since: Option<Micros>) {
        let silent = self.nodes.get_mut(usize::from(a)).and_then(|node| node.silent.get_mut(usize::from(b)));
        if let Some(silent) = silent {
            *silent = since;
        }
    }

    /// `a` has not heard of `b` for long enough; nor have others of others, at the same moment.
    pub(super) fn suspect(&mut self, at: Micros, a: NodeId, b: NodeId) {
        let mut pairs = vec![(a, b)];
        self.queue.retain(|when, due| match due {
            Due::Suspect(a, b) if when == at => {
                pairs.push((*a, *b));
                false
            }
            _ => true,
        });
        let suspect = self.setup.params.suspect.max(0) as Micros * MS;
        // Who takes the same nodes for dead is told of in one line.
        let mut told: Vec<(NodeSet, NodeSet)> = Vec::new();
        for a in 0..self.nodes.len() as NodeId {
            let Some(node) = self.nodes.get_mut(usize::from(a)).filter(|node| node.up) else { continue };
            let long =
                |b: NodeId| node.silent.get(usize::from(b)).copied().flatten().is_some_and(|t| t + suspect == at);
            let dead = pairs.iter().filter(|pair| pair.0 == a && long(pair.1)).fold(0, |set, pair| set | 1 << pair.1);
            let fresh = dead & !node.dead;
            node.dead |= fresh;
            match told.iter_mut().find(|line| line.1 == fresh) {
                Some(line) => line.0 |= 1 << a,
                None => told.push((1 << a, fresh)),
            }
        }
        for (who, dead) in told.into_iter().filter(|line| line.1 != 0) {
            self.tell_suspicion(at, who, dead);
        }
    }

    /// A heartbeat of `b` reaches `a`.
    pub(super) fn hear(&mut self, at: Micros, a: NodeId, b: NodeId) {
        if !self.reaches(b, a) {
            return;
        }
        let Some(node) = self.nodes.get_mut(usize::from(a)).filter(|node| has(node.dead, b)) else { return };
        node.dead &= !(1 << b);
        if self.nodes.iter().all(|node| !has(node.dead, b)) {
            self.tell_heard(at, b);
        }
        self.replay(at, a, true);
    }

    pub(super) fn restarted(&mut self, at: Micros, id: NodeId) {
        let Some(node) = self.nodes.get_mut(usize::from(id)) else { return };
        node.dead = 0;
        node.silent.iter_mut().for_each(|silent| *silent = None);
        let hints = !node.hints.is_empty();
        self.listen(at);
        if hints {
            self.replay(at, id, true);
        }
        for client in self.clients.iter_mut().filter(|client| client.home == id) {
            client.coordinator = id;
        }
    }

    pub fn clocked(&self, id: NodeId, at: Micros) -> u64 {
        at + self.node(id).map_or(0, |node| node.skew)
    }
}
