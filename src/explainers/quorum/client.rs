//! Clients: what they ask, whom, and what they make of the answer.

use super::types::*;
use super::world::{Due, HOP, PATIENCE, World, Written};
use crate::models::quorum::version;
use crate::sim::{MS, Micros, SECOND};
use std::rc::Rc;

impl World {
    /// The next random operation of a client: arrivals are Poisson, whatever is still under way.
    pub(super) fn plan(&mut self, at: Micros, client: ClientId) {
        let p = &self.setup.params;
        let (load, span) = (p.load.max(0), p.lasts() as Micros * MS);
        let Some(chance) = self.chance.clients.get_mut(usize::from(client)) else { return };
        if load == 0 {
            return;
        }
        let gap = -libm::log(chance.unit()) * SECOND as f64 / load as f64;
        let when = at.saturating_add((gap as Micros).max(1));
        if when < span {
            self.queue.schedule(when, Due::Invoke(client));
        }
    }

    pub(super) fn invoke_random(&mut self, at: Micros, client: ClientId) {
        let reads = self.setup.params.reads.clamp(0, 100) as u32;
        let keys = self.setup.replicas.len() as u32;
        let Some(chance) = self.chance.clients.get_mut(usize::from(client)) else { return };
        let kind = if chance.below(100) < reads { OpKind::Read } else { OpKind::Write };
        let key = chance.below(keys) as KeyId;
        self.invoke(at, client, kind, key, false);
        self.plan(at, client);
    }

    pub(super) fn invoke(&mut self, at: Micros, client: ClientId, kind: OpKind, key: KeyId, own: bool) -> OpId {
        let id = self.next_op;
        self.next_op += 1;
        let coordinator = self.clients.get(usize::from(client)).map_or(0, |client| client.coordinator);
        let value = match kind {
            OpKind::Read => 0,
            OpKind::Write => {
                let written = Written { op: id, client, key, invoked: at, acked: None, held: 0, refused: false };
                self.written.push(written) as Value + 1
            }
        };
        let op = Op {
            id,
            client,
            kind,
            key,
            own,
            coordinator,
            tried: Vec::new(),
            phase: Phase::Asking,
            invoked: at,
            received: None,
            decided: None,
            completed: None,
            outcome: None,
            versions: Rc::default(),
            value,
            needed: 0,
            asked: 0,
            waiting: 0,
            counted: 0,
            replies: Vec::new(),
            repairing: 0,
            messages: Vec::with_capacity(2 + 4 * self.replicas(key).len()),
            open: 0,
            digests: 0,
            missing: 0,
            mended: false,
            newest: self.watch.newest(key),
            floor: self.watch.floor(key),
            stale: false,
            missed: 0,
        };
        self.ops.push_back(Rc::new(op));
        if let Some(client) = self.clients.get_mut(usize::from(client)) {
            client.busy.push(id);
        }
        self.watch_invoked(at, key, kind, id);
        self.tell_invoked(at, id);
        self.request(at, id);
        id
    }

    fn request(&mut self, at: Micros, id: OpId) {
        let Some((client, node, attempt)) = self.op(id).map(|op| (op.client, op.coordinator, op.tried.len())) else {
            return;
        };
        self.send(at, id, MessageKind::Request, (Place::Client(client), Place::Node(node)), Rc::default());
        let patience = self.timeout() + 2 * HOP + PATIENCE;
        self.later(at + patience, id, Due::GiveUp(id, attempt.min(255) as u8));
    }

    pub(super) fn timeout(&self) -> Micros {
        self.setup.params.timeout.max(1) as Micros * MS
    }

    /// The next node after one that a client can talk to: on its side of a partition, in its data centre first.
    fn next_coordinator(&self, client: ClientId, tried: &[NodeId]) -> Option<NodeId> {
        let home = self.clients.get(usize::from(client))?.home;
        let n = self.nodes.len() as NodeId;
        let near = |node: &NodeId| self.node(*node).map(|node| node.dc) == self.node(home).map(|node| node.dc);
        let fits = |node: &NodeId| !tried.contains(node) && !self.partition.parts(home, *node);
        let round = || (0..n).map(|step| (home + step) % n).filter(fits);
        round().find(near).or_else(|| round().next())
    }

    /// The coordinator is down: the next one.
    pub(super) fn try_next(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.op_mut(id) else { return };
        if op.phase != Phase::Asking || op.completed.is_some() {
            return;
        }
        op.tried.push(op.coordinator);
        let (client, tried, refused) = (op.client, op.tried.clone(), op.coordinator);
        let next = self.next_coordinator(client, &tried);
        self.tell_refused(at, id, refused, next);
        match next {
            Some(next) => {
                if let Some(op) = self.op_mut(id) {
                    op.coordinator = next;
                }
                if let Some(client) = self.clients.get_mut(usize::from(client)) {
                    client.coordinator = next;
                }
                self.request(at, id);
            }
            None => self.complete(at, id, Outcome::Failed),
        }
    }

    /// Nothing has come back for so long that the coordinator must have crashed or cannot be reached.
    pub(super) fn give_up(&mut self, at: Micros, id: OpId, attempt: u8) {
        let Some(op) = self.op(id) else { return };
        if op.completed.is_some() || op.tried.len().min(255) as u8 != attempt {
            return;
        }
        let (client, coordinator) = (op.client, op.coordinator);
        if let Some(next) = self.next_coordinator(client, &[coordinator])
            && let Some(client) = self.clients.get_mut(usize::from(client))
            && client.coordinator == coordinator
        {
            client.coordinator = next;
        }
        self.complete(at, id, Outcome::Timeout);
    }

    /// The coordinator's answer is there.
    pub(super) fn answered(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.op(id) else { return };
        if op.completed.is_none()
            && let Some(outcome) = op.outcome
        {
            self.complete(at, id, outcome);
        }
    }

    fn complete(&mut self, at: Micros, id: OpId, outcome: Outcome) {
        let Some(op) = self.op_mut(id) else { return };
        op.completed = Some(at);
        op.outcome = Some(outcome);
        op.phase = Phase::Done;
        let (client, key, kind, value, versions) = (op.client, op.key, op.kind, op.value, op.versions.clone());
        let (latency, ok) = (at.saturating_sub(op.invoked).min(u64::from(u32::MAX)) as u32, outcome == Outcome::Ok);
        if let Some(client) = self.clients.get_mut(usize::from(client)) {
            client.busy.retain(|busy| *busy != id);
            // What it has seen, its next write hands back; of reads that overlapped it has seen both.
            if ok
                && kind == OpKind::Read
                && let Some(seen) = client.context.get_mut(usize::from(key))
            {
                version::merge_all(Rc::make_mut(seen), &versions);
            }
        }
        if kind == OpKind::Write
            && let Some(written) = (value as usize).checked_sub(1).and_then(|i| self.written.get_mut(i))
        {
            written.acked = ok.then_some(at);
            written.refused = matches!(outcome, Outcome::Unavailable | Outcome::Failed);
        }
        let stats = &mut self.stats;
        let counts = match kind {
            OpKind::Read => (&mut stats.reads, &mut stats.ok_reads, &mut stats.read_latency),
            OpKind::Write => (&mut stats.writes, &mut stats.ok_writes, &mut stats.write_latency),
        };
        *counts.0 += 1;
        if ok {
            *counts.1 += 1;
            counts.2.push(latency);
        }
        match outcome {
            Outcome::Ok => stats.siblings += u64::from(kind == OpKind::Read && versions.len() > 1),
            Outcome::Timeout => stats.timeouts += 1,
            Outcome::Unavailable => stats.unavailable += 1,
            Outcome::Failed => stats.failed += 1,
        }
        let before = self.watch.is_broken("linearizable");
        self.watch_completed(at, id);
        self.tell_completed(at, id);
        if !before && self.watch.is_broken("linearizable") {
            self.tell_clash(at, id);
        }
    }
}
