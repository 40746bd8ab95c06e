//! Coordinators: to whom an operation goes, and when enough have answered.

use super::params;
use super::types::*;
use super::world::{Due, World};
use crate::models::quorum::level::Level;
use crate::models::quorum::version::{self, Lamport, Stamp, Version};
use crate::sim::{MS, Micros};
use std::rc::Rc;

impl World {
    pub(super) fn dc(&self, node: NodeId) -> usize {
        self.node(node).map_or(0, |node| usize::from(node.dc))
    }

    /// How many of a set are in each data centre.
    pub(super) fn per_dc(&self, set: NodeSet) -> [u8; 2] {
        let mut per = [0; 2];
        for node in members(set) {
            if let Some(count) = per.get_mut(self.dc(node)) {
                *count += 1;
            }
        }
        per
    }

    fn spread(&self, key: KeyId) -> [u8; 2] {
        self.setup.spread.get(usize::from(key)).copied().unwrap_or_default()
    }

    fn level(&self, kind: OpKind) -> Level {
        match kind {
            OpKind::Read => self.setup.read_level,
            OpKind::Write => self.setup.write_level,
        }
    }

    /// The nodes an operation goes to: the preference list, or with a sloppy quorum the first N that are believed to be
    /// alive, each stand-in with the replica it stands in for. And the replicas believed dead.
    fn targets(&self, key: KeyId, by: NodeId) -> (Vec<(NodeId, Option<NodeId>)>, NodeSet) {
        let dead = self.node(by).map_or(0, |node| node.dead);
        let replicas = self.replicas(key);
        let mut targets: Vec<(NodeId, Option<NodeId>)> =
            replicas.iter().filter(|node| !has(dead, **node)).map(|node| (*node, None)).collect();
        let gone = replicas.iter().filter(|node| has(dead, **node));
        let mut missing = 0;
        let ring = self.setup.rings.get(usize::from(key)).map_or(&[][..], |ring| ring);
        let mut spare = ring.iter().filter(|node| !replicas.contains(node) && !has(dead, **node));
        for owner in gone {
            match spare.next().filter(|_| self.setup.params.sloppy == 1) {
                Some(stand_in) => targets.push((*stand_in, Some(*owner))),
                None => missing |= 1 << owner,
            }
        }
        (targets, missing)
    }

    /// A client's request is there.
    pub(super) fn coordinate(&mut self, at: Micros, id: OpId, node: NodeId) {
        let Some(op) = self.op_mut(id) else { return };
        if op.phase != Phase::Asking || op.completed.is_some() {
            return;
        }
        op.received = Some(at);
        let (kind, key) = (op.kind, op.key);
        let (targets, missing) = self.targets(key, node);
        let (level, spread, local) = (self.level(kind), self.spread(key), self.dc(node));
        let alive = targets.iter().fold(0, |set, (target, _)| set | 1 << target);
        let needed = level.needed(&spread, local);
        if let Some(op) = self.op_mut(id) {
            op.needed = needed;
            op.missing = missing;
        }
        // A hint in place of an acknowledgement is for ANY alone.
        let hint = level == Level::Any && self.setup.params.hints == 1;
        let possible = level.satisfied(&self.per_dc(alive), &spread, local) || hint;
        // Who knows nothing of the others' health tries, and times out; but what all replicas together could not do is
        // refused in any case.
        let never = !level.satisfied(&spread, &spread, local);
        if !possible && (self.setup.params.suspect > 0 || never) {
            return self.decide(at, id, Outcome::Unavailable, Rc::default());
        }
        if let Some(op) = self.op_mut(id) {
            op.phase = Phase::Gathering;
        }
        let expiry = at + self.timeout();
        self.later(expiry, id, Due::Expire(id));
        match kind {
            OpKind::Write => self.write(at, id, node, &targets),
            OpKind::Read => self.read(at, id, node, &targets),
        }
        self.tell_coordinated(at, id);
    }

    /// The version that a write makes.
    fn stamped(&mut self, at: Micros, id: OpId, by: NodeId) -> Option<Version> {
        let op = self.op(id)?;
        let (key, client, value) = (usize::from(op.key), usize::from(op.client), op.value);
        let stamp = match self.setup.params.resolve {
            params::LAMPORT => {
                let counter = self.node(by)?.lamport;
                Stamp::Lamport(Lamport { counter, node: by })
            }
            params::VECTOR => {
                let seen = version::context(self.clients.get(client)?.context.get(key)?);
                let node = self.nodes.get_mut(usize::from(by))?;
                let held = version::context(node.store.get(key)?);
                let issued = node.issued.get_mut(key)?;
                let clock = seen.written(by, &held.join(issued));
                *issued = clock;
                Stamp::Vector(clock)
            }
            _ => Stamp::Time(self.clocked(by, at)),
        };
        Some(Version { value, stamp })
    }

    fn write(&mut self, at: Micros, id: OpId, by: NodeId, targets: &[(NodeId, Option<NodeId>)]) {
        let Some(version) = self.stamped(at, id, by) else { return };
        let versions: Versions = Rc::new(vec![version]);
        let asked = targets.iter().fold(0, |set, (target, _)| set | 1 << target);
        let Some(op) = self.op_mut(id) else { return };
        (op.versions, op.asked, op.waiting) = (versions.clone(), asked, asked);
        let (key, missing) = (op.key, op.missing);
        for (target, owner) in targets {
            let kind = owner.map_or(MessageKind::Write, MessageKind::HintedWrite);
            self.send(at, id, kind, (Place::Node(by), Place::Node(*target)), versions.clone());
        }
        if self.setup.params.hints == 1 {
            for owner in members(missing) {
                self.keep_hint(at, by, owner, key, &versions, false);
            }
            if missing != 0 && self.setup.write_level == Level::Any {
                self.decide(at, id, Outcome::Ok, versions);
            }
        }
    }

    pub(super) fn acknowledged(&mut self, at: Micros, id: OpId, from: NodeId) {
        let (level, digest) = (self.setup.write_level, false);
        let Some(enough) = self.count(at, id, from, level, digest, &Rc::default()) else { return };
        self.tell_reply(at, id, from);
        if enough && let Some(versions) = self.op(id).map(|op| op.versions.clone()) {
            self.decide(at, id, Outcome::Ok, versions);
        }
    }

    /// Books an answer. Says whether there are now enough; `None`: it is of no more use.
    fn count(
        &mut self,
        at: Micros,
        id: OpId,
        from: NodeId,
        level: Level,
        digest: bool,
        versions: &Versions,
    ) -> Option<bool> {
        let (key, by) = self.op(id).map(|op| (op.key, op.coordinator))?;
        let (local, spread, place) = (self.dc(by), self.spread(key), self.dc(from));
        let op = self.op_mut(id)?;
        let waited = has(op.waiting, from);
        op.waiting &= !(1 << from);
        let counted = op.phase == Phase::Gathering && waited && level.counts(place, local);
        if waited {
            op.replies.push(Reply { from, at, versions: versions.clone(), digest, counted });
        }
        if counted {
            op.counted |= 1 << from;
        }
        let set = op.counted;
        counted.then(|| level.satisfied(&self.per_dc(set), &spread, local))
    }

    /// Replicas in the order in which a coordinator would rather ask them: itself, its data centre, round the ring.
    fn nearest(&self, by: NodeId, targets: &[NodeId]) -> Vec<NodeId> {
        let n = self.nodes.len() as NodeId;
        let round = |near: bool| {
            let fits = move |node: &NodeId| (self.dc(*node) == self.dc(by)) == near && targets.contains(node);
            (0..n).map(move |step| (by + step) % n.max(1)).filter(fits)
        };
        round(true).chain(round(false)).collect()
    }

    fn read(&mut self, at: Micros, id: OpId, by: NodeId, targets: &[(NodeId, Option<NodeId>)]) {
        let Some(key) = self.op(id).map(|op| op.key) else { return };
        let (level, spread, local) = (self.setup.read_level, self.spread(key), self.dc(by));
        let mut order = self.nearest(by, &targets.iter().map(|target| target.0).collect::<Vec<_>>());
        if self.setup.params.ask == params::ASK_SOME {
            // As few as will do.
            let mut set = 0;
            order.retain(|node| {
                let before = self.per_dc(set);
                let mut with = before;
                if let Some(count) = with.get_mut(self.dc(*node)) {
                    *count += 1;
                }
                let progress = level.counts(self.dc(*node), local) && !level.satisfied(&before, &spread, local);
                // In a data centre that has its quorum, EACH_QUORUM needs no more.
                let more = progress && (level != Level::EachQuorum || self.short(&before, &spread, *node));
                if more {
                    set |= 1 << node;
                }
                more
            });
        }
        let digest = self.setup.params.digest == 1;
        let asked = order.iter().fold(0, |set, node| set | 1 << node);
        let first = order.first().copied();
        if let Some(op) = self.op_mut(id) {
            (op.asked, op.waiting) = (asked, asked);
            op.digests = if digest { asked & !first.map_or(0, |first| 1 << first) } else { 0 };
        }
        for node in order {
            let kind = if digest && Some(node) != first { MessageKind::DigestRead } else { MessageKind::Read };
            self.send(at, id, kind, (Place::Node(by), Place::Node(node)), Rc::default());
        }
        let spec = self.setup.params.spec.max(0) as Micros * MS;
        if spec > 0 && spec < self.timeout() {
            self.later(at + spec, id, Due::Speculate(id));
        }
    }

    fn short(&self, got: &[u8; 2], spread: &[u8; 2], node: NodeId) -> bool {
        let dc = self.dc(node);
        let at = |counts: &[u8; 2]| counts.get(dc).copied().unwrap_or(0);
        at(got) < crate::models::quorum::level::quorum(at(spread))
    }

    /// The read has waited long enough: one more replica.
    pub(super) fn speculate(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.op(id) else { return };
        let (phase, by, asked, key) = (op.phase, op.coordinator, op.asked, op.key);
        if phase != Phase::Gathering || !self.is_up(by) {
            return;
        }
        let (targets, _) = self.targets(key, by);
        let level = self.setup.read_level;
        let fresh = targets.iter().map(|target| target.0).filter(|node| !has(asked, *node));
        let useful: Vec<NodeId> = fresh.filter(|node| level.counts(self.dc(*node), self.dc(by))).collect();
        let Some(next) = self.nearest(by, &useful).first().copied() else { return };
        if let Some(op) = self.op_mut(id) {
            op.asked |= 1 << next;
            op.waiting |= 1 << next;
        }
        self.send(at, id, MessageKind::Read, (Place::Node(by), Place::Node(next)), Rc::default());
        self.tell_speculation(at, id, next);
    }

    /// A replica's answer to a read.
    pub(super) fn replied(&mut self, at: Micros, id: OpId, from: NodeId, digest: bool, versions: &Versions) {
        let Some(op) = self.op_mut(id) else { return };
        if op.phase == Phase::Comparing && !digest && has(op.counted, from) {
            // What was behind a digest.
            if let Some(reply) = op.replies.iter_mut().find(|reply| reply.from == from) {
                (reply.versions, reply.digest, reply.at) = (versions.clone(), false, at);
            }
            op.waiting &= !(1 << from);
            if op.counted & op.waiting == 0 {
                self.reconcile(at, id);
            }
            return;
        }
        let level = self.setup.read_level;
        let enough = self.count(at, id, from, level, digest, versions);
        self.tell_reply(at, id, from);
        let Some(op) = self.op(id) else { return };
        let whole = op.replies.iter().any(|reply| reply.counted && !reply.digest);
        match enough {
            Some(true) if whole => self.compare(at, id),
            _ => self.mend(at, id, false),
        }
    }

    /// Enough have answered. Where digests differ, the versions themselves are fetched first.
    fn compare(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.op_mut(id) else { return };
        let counted = || op.replies.iter().filter(|reply| reply.counted);
        let Some(full) = counted().find(|reply| !reply.digest) else { return };
        let differs = counted().any(|reply| reply.versions != full.versions);
        let unseen = counted().filter(|reply| reply.digest).fold(0, |set, reply| set | 1 << reply.from);
        if !differs || unseen == 0 {
            return self.reconcile(at, id);
        }
        op.phase = Phase::Comparing;
        op.waiting |= unseen;
        let by = op.coordinator;
        for node in members(unseen) {
            self.send(at, id, MessageKind::Read, (Place::Node(by), Place::Node(node)), Rc::default());
        }
        self.tell_mismatch(at, id);
    }

    /// What the read returns: the newest of what it saw, or all that nothing supersedes.
    fn reconcile(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.op(id) else { return };
        let counted = || op.replies.iter().filter(|reply| reply.counted);
        let Some(first) = counted().next() else { return };
        let mut merged = first.versions.clone();
        for reply in counted().filter(|reply| reply.versions != merged).map(|reply| &reply.versions).collect::<Vec<_>>()
        {
            version::merge_all(Rc::make_mut(&mut merged), reply);
        }
        let stale = counted().filter(|reply| reply.versions != merged).fold(0, |set, reply| set | 1 << reply.from);
        let by = op.coordinator;
        if self.setup.params.repair != params::BLOCKING || stale == 0 {
            return self.decide(at, id, Outcome::Ok, merged);
        }
        if let Some(op) = self.op_mut(id) {
            (op.phase, op.repairing, op.versions) = (Phase::Repairing, stale, merged.clone());
        }
        for node in members(stale) {
            self.stats.repairs += 1;
            self.send(at, id, MessageKind::Repair, (Place::Node(by), Place::Node(node)), merged.clone());
        }
        self.tell_repairing(at, id);
    }

    /// A repaired replica confirms. Every replica that counted and was stale must, as in Cassandra since 4.0, where the
    /// read blocks until as many replicas hold the result as its level asks for.
    pub(super) fn repaired(&mut self, at: Micros, id: OpId, from: NodeId) {
        let Some(op) = self.op_mut(id) else { return };
        op.repairing &= !(1 << from);
        if op.phase == Phase::Repairing && op.repairing == 0 {
            let versions = op.versions.clone();
            self.decide(at, id, Outcome::Ok, versions);
        }
    }

    /// The coordinator has its answer.
    fn decide(&mut self, at: Micros, id: OpId, outcome: Outcome, versions: Versions) {
        let Some(op) = self.op_mut(id) else { return };
        (op.decided, op.outcome, op.phase) = (Some(at), Some(outcome), Phase::Answering);
        if op.kind == OpKind::Read {
            op.versions = versions.clone();
        }
        let (by, client, kind) = (op.coordinator, op.client, op.kind);
        let carried = if kind == OpKind::Read { versions } else { Rc::default() };
        self.send(at, id, MessageKind::Answer, (Place::Node(by), Place::Client(client)), carried);
        self.tell_decided(at, id);
        self.mend(at, id, false);
    }

    /// Background read repair, once all who were asked have answered, or no more will be waited for.
    fn mend(&mut self, at: Micros, id: OpId, late: bool) {
        let Some(op) = self.op_mut(id) else { return };
        let over = op.waiting == 0 || late;
        if op.mended || op.kind != OpKind::Read || op.decided.is_none() || !over || op.outcome != Some(Outcome::Ok) {
            return;
        }
        op.mended = true;
        let by = op.coordinator;
        if self.setup.params.repair != params::BACKGROUND {
            return;
        }
        let Some(op) = self.op(id) else { return };
        let mut merged = op.versions.clone();
        for reply in op.replies.iter().filter(|reply| !reply.digest) {
            if reply.versions != merged {
                version::merge_all(Rc::make_mut(&mut merged), &reply.versions);
            }
        }
        let stale = op.replies.iter().filter(|reply| reply.versions != merged);
        let stale: Vec<NodeId> = stale.map(|reply| reply.from).collect();
        for node in &stale {
            self.stats.repairs += 1;
            self.send(at, id, MessageKind::Repair, (Place::Node(by), Place::Node(*node)), merged.clone());
        }
        if !stale.is_empty() {
            self.tell_mended(at, id, &stale);
        }
    }

    /// The coordinator's time is up.
    pub(super) fn expire(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.op(id) else { return };
        let (by, kind, key, waiting, versions) = (op.coordinator, op.kind, op.key, op.waiting, op.versions.clone());
        if matches!(op.phase, Phase::Orphaned) || !self.is_up(by) {
            return;
        }
        if matches!(op.phase, Phase::Gathering | Phase::Comparing | Phase::Repairing) {
            self.decide(at, id, Outcome::Timeout, Rc::default());
        }
        match kind {
            OpKind::Write => {
                // Whoever has not acknowledged gets a hint, whatever the client was told (as in Cassandra).
                if self.setup.params.hints == 1 {
                    // Where a stand-in was asked, the hint is for the replica it stood in for.
                    let meant = |node: NodeId| match self.replicas(key).contains(&node) {
                        true => Some(node),
                        false => self.op(id)?.messages.iter().find_map(|message| match message.kind {
                            MessageKind::HintedWrite(owner) if message.to == Place::Node(node) => Some(owner),
                            _ => None,
                        }),
                    };
                    let owners: Vec<NodeId> = members(waiting).filter_map(meant).filter(|owner| *owner != by).collect();
                    for owner in owners {
                        self.keep_hint(at, by, owner, key, &versions, false);
                    }
                }
            }
            OpKind::Read => self.mend(at, id, true),
        }
    }

    /// A coordinator that crashes forgets what it was doing.
    pub(super) fn orphan(&mut self, by: NodeId) {
        for op in &mut self.ops {
            if op.coordinator == by && matches!(op.phase, Phase::Gathering | Phase::Comparing | Phase::Repairing) {
                Rc::make_mut(op).phase = Phase::Orphaned;
            }
        }
    }
}
