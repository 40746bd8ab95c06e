//! What a cache node does with messages: the strategies as far as they are the cache's.

use super::params;
use super::store::Found;
use super::types::*;
use super::world::{Due, World};
use crate::sim::{MS, Micros};
use std::collections::VecDeque;
use std::rc::Rc;

/// A lease is good for so many times the time of a load.
const LEASED: Micros = 10;

impl World {
    /// A node's answer to a message.
    fn answer(&mut self, at: Micros, to: &Message, kind: MessageKind, version: Version, token: u32) {
        let message = World::message_of(kind, to.to, to.from, to.key);
        self.send(at, Message { version, token, request: to.request, ..message });
    }

    /// What a node tells the client of a request that it has kept waiting.
    fn tell_client(&mut self, at: Micros, id: NodeId, request: RequestId, kind: MessageKind, version: Version) {
        let Some((client, key)) = self.request(request).map(|it| (it.client, it.key)) else { return };
        let message = World::message_of(kind, Place::Node(id), Place::Client(client), key);
        // What is refused like this was in its hands.
        let token = u32::from(kind == MessageKind::Refused);
        self.send(at, Message { version, token, request: Some(request), ..message });
    }

    pub(super) fn node_gets(&mut self, at: Micros, id: NodeId, message: &Rc<Message>) {
        use MessageKind as Kind;
        if !self.node(id).is_some_and(|node| node.up) {
            return self.refuse(at, message);
        }
        match message.kind {
            Kind::Get => self.get(at, id, message),
            Kind::Set => self.set(at, id, message),
            Kind::Delete => {
                self.delete(at, id, message.key);
                self.answer(at, message, Kind::Deleted, 0, 0);
            }
            Kind::Invalidate => self.delete(at, id, message.key),
            Kind::Put if self.params().writing() == params::BACK => self.accept(at, id, message),
            Kind::Put => self.put(at, id, message),
            Kind::Row => self.load_answered(at, id, message),
            Kind::Committed => self.put_committed(at, id, message),
            Kind::Flushed => self.flushed(at, id, message),
            Kind::Down | Kind::Overloaded if message.batch.is_some() => self.flush_failed(at, id, message),
            Kind::Down | Kind::Overloaded if message.token != 0 => self.load_answered(at, id, message),
            Kind::Down | Kind::Overloaded => self.put_failed(at, id, message),
            _ => {}
        }
    }

    /// Nobody is there.
    fn refuse(&mut self, at: Micros, message: &Message) {
        let fills = message.kind == MessageKind::Set
            && message.request.and_then(|id| self.request(id)).is_some_and(|request| request.kind == OpKind::Read);
        if matches!(message.from, Place::Client(_)) && !fills {
            self.answer(at, message, MessageKind::Refused, 0, 0);
            self.tell_refused(at, message);
        }
    }

    fn get(&mut self, at: Micros, id: NodeId, message: &Message) {
        let Some(request) = message.request else { return };
        let (key, tries) = (message.key, self.request(request).map_or(0, |it| it.tries));
        match self.look_up(at, id, key) {
            Found::Hit(version) => {
                self.decide(request, if tries > 0 { Outcome::Shared } else { Outcome::Hit });
                self.answer(at, message, MessageKind::Value, version, 0);
                if self.runs_out(at, id, key) {
                    self.stats.refreshes += 1;
                    self.tell_refresh(at, id, key);
                    self.begin_load(at, id, key, None);
                }
            }
            Found::Early => {
                self.decide(request, Outcome::Early);
                self.missed(at, id, message, request);
            }
            Found::Nothing => {
                self.decide(request, Outcome::Miss);
                self.missed(at, id, message, request);
            }
        }
    }

    fn missed(&mut self, at: Micros, id: NodeId, message: &Message, request: RequestId) {
        let key = message.key;
        if self.params().loads() {
            let shares = self.params().flight != params::EACH;
            let under_way = self.node_mut(id).filter(|_| shares).and_then(|node| {
                node.loads.iter_mut().find(|load| load.key == key && !load.void).map(|load| {
                    load.waiting.push(request);
                    load.leader
                })
            });
            return match under_way {
                Some(leader) => {
                    self.decide(request, Outcome::Shared);
                    self.tell_shared(at, request, leader);
                }
                None => {
                    self.tell_missed(at, request);
                    self.begin_load(at, id, key, Some(request));
                }
            };
        }
        if self.params().flight != params::LEASE {
            return self.answer(at, message, MessageKind::Miss, 0, 0);
        }
        let load = self.params().to_db() * 2 + self.params().db.max(1) as Micros * MS;
        let token = self.token();
        let Some(node) = self.node_mut(id) else { return };
        node.leases.retain(|lease| lease.until > at);
        if node.leases.iter().any(|lease| lease.key == key) {
            return self.answer(at, message, MessageKind::Wait, 0, 0);
        }
        node.leases.push(Lease { key, request, token, until: at + LEASED * load });
        self.answer(at, message, MessageKind::Miss, 0, token);
    }

    fn token(&mut self) -> u32 {
        self.next_token = self.next_token.wrapping_add(1).max(1);
        self.next_token
    }

    /// The cache itself asks the database: for a read, or in the background.
    fn begin_load(&mut self, at: Micros, id: NodeId, key: KeyId, leader: Option<RequestId>) {
        let token = self.token();
        let Some(node) = self.node_mut(id) else { return };
        node.loads.push(Load { key, token, began: at, leader, waiting: Vec::new(), void: false });
        let message = World::message_of(MessageKind::Query, Place::Node(id), Place::Db, key);
        self.send(at, Message { request: leader, token, ..message });
        self.count_load(at, key, leader);
    }

    /// The database has answered a load, or has refused to.
    fn load_answered(&mut self, at: Micros, id: NodeId, message: &Message) {
        let Some(node) = self.node_mut(id) else { return };
        // It may have crashed since.
        let Some(place) = node.loads.iter().position(|load| load.token == message.token) else { return };
        let load = node.loads.remove(place);
        let key = load.key;
        // What was written to the cache meanwhile is newer than what comes.
        let written = node.entry(key).is_some_and(|it| it.origin == Origin::Write && it.since >= load.began);
        let written = written || node.dirty(key).is_some();
        if !load.void {
            self.uncount_load(key);
        }
        if message.kind == MessageKind::Row {
            if load.void {
                self.stats.refused_sets += 1;
                self.tell_void(at, id, key, load.leader);
            } else if !written {
                let origin = match load.leader.and_then(|leader| self.request(leader)).and_then(|it| it.outcome) {
                    Some(Outcome::Miss) => Origin::Load,
                    _ => Origin::Refresh,
                };
                if self.store(at, id, key, message.version, origin, at.saturating_sub(load.began)) {
                    self.tell_stored(at, id, key, message.version, load.leader);
                }
            }
        }
        let kind = if message.kind == MessageKind::Row { MessageKind::Value } else { message.kind };
        for request in load.leader.into_iter().chain(load.waiting) {
            self.tell_client(at, id, request, kind, message.version);
        }
    }

    /// A client puts in what it has loaded, or what it has written.
    fn set(&mut self, at: Micros, id: NodeId, message: &Message) {
        let (key, version) = (message.key, message.version);
        let Some(request) = message.request.and_then(|id| self.request(id)) else { return };
        let (request, kind, early) = (request.id, request.kind, request.outcome == Some(Outcome::Early));
        if kind == OpKind::Write {
            self.void_loads(id, key);
            if self.store(at, id, key, version, Origin::Write, Micros::from(message.took)) {
                self.tell_stored(at, id, key, version, Some(request));
            }
            return self.answer(at, message, MessageKind::Stored, version, 0);
        }
        if self.params().flight == params::LEASE {
            let Some(node) = self.node_mut(id) else { return };
            let before = node.leases.len();
            node.leases.retain(|lease| lease.key != key || lease.token != message.token || lease.until <= at);
            if node.leases.len() == before {
                self.stats.refused_sets += 1;
                return self.tell_void(at, id, key, Some(request));
            }
        }
        let origin = if early { Origin::Refresh } else { Origin::Load };
        if self.store(at, id, key, version, origin, Micros::from(message.took)) {
            self.tell_stored(at, id, key, version, Some(request));
        }
    }

    /// The entry goes, because its key has been written.
    fn delete(&mut self, at: Micros, id: NodeId, key: KeyId) {
        self.void_loads(id, key);
        let gone = self.drop_entry(at, id, key, Held::Deleted);
        self.tell_deleted(at, id, key, gone);
    }

    /// Write-through: one write of a key at a time goes on to the database.
    fn put(&mut self, at: Micros, id: NodeId, message: &Message) {
        let (key, Some(request)) = (message.key, message.request) else { return };
        let Some(node) = self.node_mut(id) else { return };
        if let Some(puts) = node.puts.iter_mut().find(|puts| puts.key == key) {
            puts.waiting.push_back(request);
            return;
        }
        node.puts.push(Puts { key, waiting: VecDeque::from([request]) });
        self.put_next(at, id, key);
    }

    fn put_next(&mut self, at: Micros, id: NodeId, key: KeyId) {
        let first = |world: &World| {
            let puts = world.node(id)?.puts.iter().find(|puts| puts.key == key)?;
            puts.waiting.front().copied()
        };
        let late = |world: &World, request| {
            world.request(request).is_some_and(|it| at.saturating_sub(it.began) > super::database::PATIENCE)
        };
        while let Some(request) = first(self).filter(|request| late(self, *request)) {
            self.put_done(id, key, Some(request));
            self.tell_client(at, id, request, MessageKind::Overloaded, 0);
        }
        let Some(request) = first(self) else {
            if let Some(node) = self.node_mut(id) {
                node.puts.retain(|puts| puts.key != key);
            }
            return;
        };
        let message = World::message_of(MessageKind::Write, Place::Node(id), Place::Db, key);
        self.send(at, Message { request: Some(request), ..message });
    }

    /// The write at the front of its key's queue, if it is this one; `None` after a crash.
    fn put_done(&mut self, id: NodeId, key: KeyId, request: Option<RequestId>) -> Option<RequestId> {
        let puts = self.node_mut(id)?.puts.iter_mut().find(|puts| puts.key == key)?;
        puts.waiting.front().filter(|front| Some(**front) == request)?;
        puts.waiting.pop_front()
    }

    fn put_committed(&mut self, at: Micros, id: NodeId, message: &Message) {
        let (key, version) = (message.key, message.version);
        let Some(request) = self.put_done(id, key, message.request) else { return };
        self.void_loads(id, key);
        let took = self.params().to_db() * 2 + self.params().db.max(0) as Micros * MS;
        if self.store(at, id, key, version, Origin::Write, took) {
            self.tell_stored(at, id, key, version, Some(request));
        }
        self.tell_client(at, id, request, MessageKind::Accepted, version);
        self.put_next(at, id, key);
    }

    fn put_failed(&mut self, at: Micros, id: NodeId, message: &Message) {
        let Some(request) = self.put_done(id, message.key, message.request) else { return };
        self.tell_client(at, id, request, message.kind, 0);
        self.put_next(at, id, message.key);
    }

    /// Write-back: acknowledged as soon as the cache has it.
    fn accept(&mut self, at: Micros, id: NodeId, message: &Message) {
        let (key, Some(request)) = (message.key, message.request) else { return };
        let Some(row) = self.row_mut(key) else { return };
        row.issued += 1;
        (row.newest, row.newest_at) = (row.issued, at);
        let version = row.issued;
        self.stats.taken += 1;
        if let Some(request) = self.request_mut(request) {
            request.version = version;
        }
        let Some(node) = self.node_mut(id) else { return };
        match node.dirty.iter_mut().find(|dirty| dirty.key == key) {
            Some(dirty) => {
                dirty.version = version;
                dirty.writes += 1;
            }
            None => node.dirty.push(Dirty { key, version, since: at, writes: 1, flying: None }),
        }
        self.void_loads(id, key);
        let took = self.params().to_db() * 2 + self.params().db.max(0) as Micros * MS;
        self.store(at, id, key, version, Origin::Write, took);
        self.turn_stale(at, key);
        self.tell_accepted(at, id, request);
        self.answer(at, message, MessageKind::Accepted, version, 0);
        self.plan_flush(at, id);
    }

    fn plan_flush(&mut self, at: Micros, id: NodeId) {
        let after = self.params().flush.max(1) as Micros * MS;
        let Some(node) = self.node_mut(id) else { return };
        if node.up && !node.flushing && node.dirty.iter().any(|dirty| dirty.flying.is_none()) {
            node.flushing = true;
            let life = node.life;
            self.queue.schedule(at + after, Due::Flush(id, life));
        }
    }

    /// What is dirty goes to the database, in batches; what is already on its way waits for its answer.
    pub(super) fn flush_due(&mut self, at: Micros, id: NodeId, life: u32) {
        let most = self.params().batch.clamp(1, 500) as usize;
        let Some(node) = self.node_mut(id).filter(|node| node.up && node.life == life) else { return };
        node.flushing = false;
        let mut taken: Vec<(KeyId, Version)> = Vec::new();
        for dirty in node.dirty.iter_mut().filter(|dirty| dirty.flying.is_none()) {
            dirty.flying = Some((dirty.version, dirty.writes));
            dirty.writes = 0;
            taken.push((dirty.key, dirty.version));
        }
        for batch in taken.chunks(most) {
            let key = batch.first().map_or(0, |first| first.0);
            let message = World::message_of(MessageKind::Flush, Place::Node(id), Place::Db, key);
            self.tell_flush(at, id, batch);
            self.send(at, Message { batch: Some(batch.into()), ..message });
        }
    }

    fn flushed(&mut self, at: Micros, id: NodeId, message: &Message) {
        for (key, version) in message.batch.iter().flat_map(|batch| batch.iter().copied()) {
            let Some(node) = self.node_mut(id) else { return };
            let Some(dirty) = node.dirty.iter_mut().find(|dirty| dirty.key == key) else { continue };
            if dirty.flying.is_none_or(|flying| flying.0 != version) {
                continue;
            }
            dirty.flying = None;
            if dirty.writes > 0 {
                continue;
            }
            node.dirty.retain(|dirty| dirty.key != key);
            if node.entry(key).is_some_and(|entry| entry.version == version) {
                self.hold(at, id, key, Held::Clean(version));
            }
        }
        self.plan_flush(at, id);
    }

    fn flush_failed(&mut self, at: Micros, id: NodeId, message: &Message) {
        for (key, version) in message.batch.iter().flat_map(|batch| batch.iter().copied()) {
            let Some(node) = self.node_mut(id) else { return };
            let Some(dirty) = node.dirty.iter_mut().find(|dirty| dirty.key == key) else { continue };
            if let Some(flying) = dirty.flying.filter(|flying| flying.0 == version) {
                dirty.writes += flying.1;
                dirty.flying = None;
            }
        }
        self.tell_flush_failed(at, id, message);
        self.plan_flush(at, id);
    }

    pub(super) fn crash(&mut self, at: Micros, id: NodeId) {
        self.tell_crash(at, id);
        self.empty(at, id, Held::Lost);
        let Some(node) = self.node_mut(id) else { return };
        (node.up, node.since) = (false, at);
        node.life += 1;
        node.flushing = false;
        let dirty = std::mem::take(&mut node.dirty);
        let loads = std::mem::take(&mut node.loads);
        let leases = std::mem::take(&mut node.leases);
        let puts = std::mem::take(&mut node.puts);
        for load in &loads {
            if !load.void {
                self.uncount_load(load.key);
            }
        }
        let reads = loads.into_iter().flat_map(|load| load.leader.into_iter().chain(load.waiting));
        let writes = puts.into_iter().flat_map(|puts| puts.waiting);
        for request in reads.chain(writes).collect::<Vec<_>>() {
            self.tell_client(at, id, request, MessageKind::Refused, 0);
        }
        drop(leases);
        let mut lost = 0;
        for dirty in dirty {
            lost += u64::from(dirty.writes);
            if let Some((version, writes)) = dirty.flying.filter(|flying| flying.1 > 0) {
                self.orphans.push(Orphan { key: dirty.key, version, writes });
            }
            self.forget(dirty.key);
        }
        self.watch_lost(at, Some(id), lost);
    }

    /// Of a key's writes, some are nowhere any more: what is left is the newest again.
    fn forget(&mut self, key: KeyId) {
        let kept = self.orphans.iter().filter(|orphan| orphan.key == key).map(|orphan| orphan.version).max();
        let Some(row) = self.row_mut(key) else { return };
        let left = row.version.max(kept.unwrap_or(0));
        row.newest = row.newest.min(left);
        row.acked = row.acked.min(left);
    }

    /// What became of a flushed value is settled with the database, whenever its cache hears of it: how many writes
    /// the flush stands for.
    pub(super) fn settle_flush(&mut self, from: Place, key: KeyId, version: Version, done: bool) -> u32 {
        let Place::Node(id) = from else { return 0 };
        let dirty = self.node_mut(id).and_then(|node| node.dirty.iter_mut().find(|dirty| dirty.key == key));
        let Some(dirty) = dirty else { return 0 };
        let Some((_, writes)) = dirty.flying.filter(|flying| flying.0 == version) else { return 0 };
        dirty.flying = Some((version, 0));
        dirty.writes += if done { 0 } else { writes };
        writes
    }

    /// A flush did not come to anything, and its cache may have crashed since.
    pub(super) fn lose_batch(&mut self, at: Micros, from: Place, batch: &[(KeyId, Version)]) {
        let mut lost = 0;
        for (key, version) in batch {
            self.settle_flush(from, *key, *version, false);
            let fits = |orphan: &Orphan| orphan.key == *key && orphan.version == *version;
            if let Some(place) = self.orphans.iter().position(fits) {
                lost += u64::from(self.orphans.remove(place).writes);
                self.forget(*key);
            }
        }
        self.watch_lost(at, None, lost);
    }

    pub(super) fn restart(&mut self, at: Micros, id: NodeId) {
        let seed = self.setup.seed;
        let (rule, room) = (self.params().eviction(), self.room);
        let Some(node) = self.node_mut(id) else { return };
        (node.up, node.since) = (true, at);
        let lots = seed ^ u64::from(node.life) << 8 ^ u64::from(id);
        node.cache = crate::models::caching::Cache::new(rule, room, lots);
        self.tell_restart(at, id);
    }
}
