//! Replicas: what they store and serve, the hints they keep for each other, and anti-entropy between them.

use super::types::*;
use super::world::{Due, HANDOFF, World};
use crate::models::quorum::merkle::{self, Merkle};
use crate::models::quorum::version;
use crate::sim::{MS, Micros, digest};
use std::rc::Rc;

/// Leaves of the trees: one for each of up to 16 keys.
const DEPTH: u8 = 4;

impl World {
    /// What a node answers a read with: its own, and what it keeps as a stand-in.
    pub(super) fn held(&self, node: NodeId, key: KeyId) -> Versions {
        let Some(node) = self.node(node) else { return Rc::default() };
        let mut held = node.store.get(usize::from(key)).cloned().unwrap_or_default();
        for hint in node.hints.iter().filter(|hint| hint.key == key && hint.stand_in) {
            version::merge_all(Rc::make_mut(&mut held), &hint.versions);
        }
        held
    }

    /// Takes versions in. Says whether anything changed.
    pub(super) fn put(&mut self, at: Micros, node: NodeId, key: KeyId, versions: &Versions) -> bool {
        let held = self.nodes.get_mut(usize::from(node)).and_then(|node| node.store.get_mut(usize::from(key)));
        let Some(held) = held else { return false };
        if versions.iter().all(|version| version::covers(held, version)) {
            return false;
        }
        if held.is_empty() {
            *held = versions.clone();
        } else {
            version::merge_all(Rc::make_mut(held), versions);
        }
        self.watch_stored(at, key);
        true
    }

    /// A write or a repair is there.
    pub(super) fn store(&mut self, at: Micros, id: OpId, message: &Message, from: NodeId, to: NodeId) {
        match message.kind {
            MessageKind::HintedWrite(owner) => self.keep_hint(at, to, owner, message.key, &message.versions, true),
            _ => {
                self.put(at, to, message.key, &message.versions);
            }
        }
        let back = if message.kind == MessageKind::Repair { MessageKind::RepairAck } else { MessageKind::Ack };
        self.send(at, id, back, (Place::Node(to), Place::Node(from)), Rc::default());
    }

    /// A read is there.
    pub(super) fn serve(&mut self, at: Micros, id: OpId, digest: bool, from: NodeId, to: NodeId) {
        let Some(key) = self.op(id).map(|op| op.key) else { return };
        let held = self.held(to, key);
        let kind = if digest { MessageKind::Digest } else { MessageKind::Response };
        self.send(at, id, kind, (Place::Node(to), Place::Node(from)), held);
    }

    /// Keeps a write for a replica that is not there. One hint per replica and key: newer versions join older ones.
    pub(super) fn keep_hint(
        &mut self,
        at: Micros,
        holder: NodeId,
        owner: NodeId,
        key: KeyId,
        versions: &Versions,
        stand_in: bool,
    ) {
        let Some(node) = self.nodes.get_mut(usize::from(holder)) else { return };
        self.stats.hints += 1;
        match node.hints.iter_mut().find(|hint| hint.owner == owner && hint.key == key) {
            Some(hint) => {
                if version::merge_all(Rc::make_mut(&mut hint.versions), versions) {
                    hint.sent = None;
                }
                hint.stand_in |= stand_in;
            }
            None => {
                let hint = Hint { owner, key, versions: versions.clone(), since: at, sent: None, stand_in };
                node.hints.push(hint);
                self.tell_hint(at, holder, owner, key, stand_in);
            }
        }
        if let Some(node) = self.nodes.get_mut(usize::from(holder)).filter(|node| !node.replaying) {
            node.replaying = true;
            self.queue.schedule(at + HANDOFF, Due::Replay(holder));
        }
        self.watch_stored(at, key);
    }

    /// Whether a hint of a node's could be handed over now.
    pub(super) fn replayable(&self, holder: NodeId) -> bool {
        self.node(holder).is_some_and(|node| node.hints.iter().any(|hint| self.reaches(holder, hint.owner)))
    }

    /// Sends hints to those it does not take for dead: now and then, and at once when one is heard of again.
    pub(super) fn replay(&mut self, at: Micros, holder: NodeId, now: bool) {
        let patience = self.timeout().max(HANDOFF);
        let Some(node) = self.nodes.get_mut(usize::from(holder)) else { return };
        if !now {
            node.replaying = false;
        }
        if node.up {
            let dead = node.dead;
            let ready = |hint: &&mut Hint| !has(dead, hint.owner) && hint.sent.is_none_or(|sent| sent + patience <= at);
            let mut due = Vec::new();
            for hint in node.hints.iter_mut().filter(ready) {
                hint.sent = Some(at);
                due.push((hint.owner, hint.key, hint.versions.clone()));
            }
            for (owner, key, versions) in due {
                self.post(at, MessageKind::Replay, (holder, owner), key, versions, Rc::new([]));
            }
        }
        if let Some(node) = self.nodes.get_mut(usize::from(holder))
            && !node.hints.is_empty()
            && !node.replaying
        {
            node.replaying = true;
            self.queue.schedule(at + HANDOFF, Due::Replay(holder));
        }
    }

    pub(super) fn handle_background(&mut self, at: Micros, message: &Message, leaves: &Rc<[u64]>) {
        let (Place::Node(from), Place::Node(to)) = (message.from, message.to) else { return };
        match message.kind {
            MessageKind::Replay => {
                let fresh = self.put(at, to, message.key, &message.versions);
                self.tell_replay(at, from, to, message.key, fresh);
                let versions = message.versions.clone();
                self.post(at, MessageKind::ReplayAck, (to, from), message.key, versions, Rc::new([]));
            }
            MessageKind::ReplayAck => {
                self.stats.replays += 1;
                if let Some(node) = self.nodes.get_mut(usize::from(to)) {
                    // What has joined it since is still to be sent.
                    let same = |hint: &Hint| hint.owner == from && hint.key == message.key;
                    node.hints.retain(|hint| !same(hint) || hint.versions != message.versions);
                }
                self.watch_stored(at, message.key);
            }
            MessageKind::Merkle => self.compare_trees(at, from, to, leaves),
            MessageKind::Stream => {
                self.put(at, to, message.key, &message.versions);
                self.stats.streamed += message.versions.len() as u64;
                let mine = self.stored(to, message.key);
                // It goes back only if it says more than what came.
                if mine != message.versions && !leaves.is_empty() {
                    self.post(at, MessageKind::Stream, (to, from), message.key, mine, Rc::new([]));
                }
            }
            _ => {}
        }
    }

    fn stored(&self, node: NodeId, key: KeyId) -> Versions {
        self.node(node).and_then(|node| node.store.get(usize::from(key))).cloned().unwrap_or_default()
    }

    pub(super) fn shares(&self, a: NodeId, b: NodeId) -> Vec<KeyId> {
        let keys = 0..self.setup.replicas.len() as KeyId;
        keys.filter(|key| self.replicas(*key).contains(&a) && self.replicas(*key).contains(&b)).collect()
    }

    /// Anti-entropy between two nodes: the first sends its tree over the keys that both have.
    pub(super) fn sync(&mut self, at: Micros, a: NodeId, b: NodeId) {
        let keys = 0..self.setup.replicas.len() as KeyId;
        let shared = self.shares(a, b);
        let leaf = |key: KeyId| if shared.contains(&key) { hash_of(key, &self.stored(a, key)) } else { 0 };
        let leaves: Rc<[u64]> = keys.map(leaf).collect();
        self.post(at, MessageKind::Merkle, (a, b), 0, Rc::default(), leaves);
    }

    /// The second compares it with its own, and streams what it has under the keys that differ.
    fn compare_trees(&mut self, at: Micros, from: NodeId, to: NodeId, leaves: &Rc<[u64]>) {
        let shared = self.shares(from, to);
        let (mut theirs, mut mine) = (Merkle::new(DEPTH), Merkle::new(DEPTH));
        for key in &shared {
            theirs.update(position(*key), 0, leaves.get(usize::from(*key)).copied().unwrap_or(0));
            mine.update(position(*key), 0, hash_of(*key, &self.stored(to, *key)));
        }
        let Some(found) = merkle::diff(&theirs, &mine) else { return };
        let differ: Vec<KeyId> =
            shared.into_iter().filter(|key| found.leaves.contains(&theirs.leaf(position(*key)))).collect();
        self.tell_compared(at, from, to, &differ, &found);
        for key in differ {
            // Not empty: the answer to it is wanted.
            let versions = self.stored(to, key);
            self.post(at, MessageKind::Stream, (to, from), key, versions, Rc::new([0]));
        }
    }

    /// A round of anti-entropy: two nodes that share a key, drawn evenly.
    pub(super) fn entropy(&mut self, at: Micros) {
        let every = self.setup.params.entropy.max(1) as Micros * MS;
        self.queue.schedule(at + every, Due::Entropy);
        let n = self.nodes.len() as u32;
        let (a, step) = (self.chance.pairs.below(n), 1 + self.chance.pairs.below(n.saturating_sub(1)));
        let (a, b) = (a as NodeId, ((a + step) % n.max(1)) as NodeId);
        if self.is_up(a) && !self.shares(a, b).is_empty() {
            self.sync(at, a, b);
        }
    }

    /// Whether two replicas that reach each other hold different versions.
    pub fn apart(&self) -> bool {
        (0..self.setup.replicas.len() as KeyId).any(|key| {
            let replicas = self.replicas(key);
            replicas.iter().enumerate().any(|(i, a)| {
                let others = replicas.get(i + 1..).unwrap_or_default().iter();
                others.into_iter().any(|b| self.reaches(*a, *b) && self.stored(*a, key) != self.stored(*b, key))
            })
        })
    }
}

/// Keys lie evenly on the tree, one in a leaf.
fn position(key: KeyId) -> u64 {
    u64::from(key & 15) << 60
}

fn hash_of(key: KeyId, versions: &Versions) -> u64 {
    if versions.is_empty() { 0 } else { merkle::entry(&[key], digest(&**versions)) }
}
