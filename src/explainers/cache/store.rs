//! What a cache node does with its entries: looks them up, puts them in, lets them go.

use super::params;
use super::types::*;
use super::world::{Due, VICTIMS, World};
use crate::models::caching::Why;
use crate::sim::Micros;

/// What a node finds when it is asked.
pub(super) enum Found {
    Hit(Version),
    /// It has it, and asks for it to be loaded anew before it expires.
    Early,
    Nothing,
}

impl World {
    /// A read looks for a key: counted by the rule, whatever comes of it.
    pub(super) fn look_up(&mut self, at: Micros, id: NodeId, key: KeyId) -> Found {
        let loading = self.params().flight != params::EACH && self.is_loading(at, id, key);
        let beta = self.params().early.max(0) as f64 / 100.0;
        let Some(node) = self.node_mut(id) else { return Found::Nothing };
        node.cache.hit(key);
        let Some(entry) = node.entries.get_mut(key as usize).and_then(|entry| entry.as_mut()) else {
            // The flush buffer has it still.
            return match node.dirty(key).map(|dirty| dirty.version) {
                Some(version) => {
                    node.hits += 1;
                    Found::Hit(version)
                }
                None => {
                    node.misses += 1;
                    Found::Nothing
                }
            };
        };
        entry.used = at;
        entry.hits = entry.hits.saturating_add(1);
        let (version, expires, took) = (entry.version, entry.expires, f64::from(entry.took));
        if let Some(expires) = expires.filter(|_| beta > 0.0 && !loading) {
            // XFetch: reload if now − δ · β · ln(u) ≥ expiry, δ being what the load took.
            let gap = -libm::log(self.chance.early.unit()) * took * beta;
            if at as f64 + gap >= expires as f64 {
                return Found::Early;
            }
        }
        if let Some(node) = self.node_mut(id) {
            node.hits += 1;
        }
        Found::Hit(version)
    }

    /// Whether somebody loads a key that the node knows of: its own load, or a lease.
    fn is_loading(&self, at: Micros, id: NodeId, key: KeyId) -> bool {
        self.node(id).is_some_and(|node| {
            node.loads.iter().any(|load| load.key == key && !load.void)
                || node.leases.iter().any(|lease| lease.key == key && lease.until > at)
        })
    }

    /// Refresh-ahead: whether so little of an entry's time is left that it should be loaded anew.
    pub(super) fn runs_out(&self, at: Micros, id: NodeId, key: KeyId) -> bool {
        let p = self.params();
        let Some(ttl) = p.time_to_live().filter(|_| p.read == params::AHEAD) else { return false };
        let Some(node) = self.node(id) else { return false };
        let left = node.entry(key).and_then(|entry| entry.expires).map(|expires| expires.saturating_sub(at));
        let few = ttl * p.ahead.clamp(0, 100) as Micros / 100;
        left.is_some_and(|left| left < few) && !node.loads.iter().any(|load| load.key == key && !load.void)
    }

    /// A value comes to a node, which makes room for it. `false`: it was not let in.
    pub(super) fn store(
        &mut self,
        at: Micros,
        id: NodeId,
        key: KeyId,
        version: Version,
        origin: Origin,
        took: Micros,
    ) -> bool {
        if self.absent(key) && self.params().negative == 0 {
            return false;
        }
        let size = self.size(key);
        let Some(node) = self.node_mut(id) else { return false };
        let mut out: Vec<(KeyId, Why)> = Vec::new();
        let mut let_in = true;
        if node.entry(key).is_none() {
            let_in = node.cache.insert(key, size, &mut out);
        } else if origin == Origin::Write {
            // Written again: that is a use, too.
            node.cache.hit(key);
        }
        for (victim, why) in out {
            if victim == key {
                self.stats.bypassed += 1;
                self.tell_bypassed(at, id, key, why);
            } else {
                self.evict(at, id, victim, why);
            }
        }
        if !let_in {
            return false;
        }
        let expires = self.params().time_to_live().map(|ttl| at + self.lifetime(ttl));
        let took = took.min(Micros::from(u32::MAX)) as u32;
        let stale = (version < self.row(key).newest).then_some(at);
        let entry = Entry { version, since: at, origin, expires, took, size, stale, used: at, hits: 0 };
        self.put_entry(at, id, key, entry);
        true
    }

    /// From so much less to so much more than the time to live.
    fn lifetime(&mut self, ttl: Micros) -> Micros {
        let jitter = self.params().jitter.clamp(0, 100) as f64 / 100.0;
        if jitter == 0.0 {
            return ttl;
        }
        let factor = 1.0 + jitter * (2.0 * self.chance.lives.unit() - 1.0);
        ((ttl as f64 * factor) as Micros).max(1)
    }

    /// Puts an entry where the rule has made room for it, in place of an older one if there is one.
    pub(super) fn put_entry(&mut self, at: Micros, id: NodeId, key: KeyId, entry: Entry) {
        let Some(node) = self.node_mut(id) else { return };
        let Some(slot) = node.entries.get_mut(key as usize) else { return };
        let before = slot.replace(entry);
        let stale = before.and_then(|before| before.stale).map_or(0, |since| at.saturating_sub(since));
        node.used += u64::from(entry.size);
        match before {
            Some(before) => node.used = node.used.saturating_sub(u64::from(before.size)),
            None => node.held += 1,
        }
        self.stats.disagreed = self.stats.disagreed.max(stale);
        if let Some(expires) = entry.expires {
            self.queue.schedule(expires, Due::Expire(id, key, entry.since));
        }
        self.hold(at, id, key, Held::Has(entry.version, entry.origin));
        if let Some(since) = entry.stale {
            self.hold(at, id, key, Held::Stale(entry.version));
            self.plan_bound(id, key, since);
        }
        self.watch_capacity(at, id);
    }

    pub(super) fn plan_bound(&mut self, id: NodeId, key: KeyId, since: Micros) {
        self.queue.schedule(since + self.params().within() + 1, Due::Bound(id, key, since));
    }

    /// Something newer than what a cache may hold has been written.
    pub(super) fn turn_stale(&mut self, at: Micros, key: KeyId) {
        let newest = self.row(key).newest;
        let Some(id) = self.home(key) else { return };
        let Some(node) = self.node_mut(id) else { return };
        // Most entries are not written: no chunk is copied for them.
        if !node.entry(key).is_some_and(|entry| entry.version < newest && entry.stale.is_none()) {
            return;
        }
        let Some(entry) = node.entries.get_mut(key as usize).and_then(|entry| entry.as_mut()) else { return };
        entry.stale = Some(at);
        let version = entry.version;
        self.hold(at, id, key, Held::Stale(version));
        self.plan_bound(id, key, at);
    }

    /// An entry that the rule has let go of already.
    pub(super) fn evict(&mut self, at: Micros, id: NodeId, key: KeyId, why: Why) {
        let Some(entry) = self.take_entry(at, id, key) else { return };
        let dirty = self.node(id).and_then(|node| node.dirty(key)).is_some_and(|it| it.version == entry.version);
        let victim = Victim { key, at, version: entry.version, dirty, used: entry.used, why };
        if let Some(node) = self.node_mut(id) {
            if node.victims.len() >= VICTIMS {
                node.victims.pop_front();
            }
            node.victims.push_back(victim);
            node.evictions += 1;
        }
        self.stats.evictions += 1;
        self.hold(at, id, key, Held::Evicted);
        self.tell_evicted(at, id, &victim);
    }

    fn take_entry(&mut self, at: Micros, id: NodeId, key: KeyId) -> Option<Entry> {
        let node = self.node_mut(id)?;
        node.entry(key)?;
        let entry = node.entries.get_mut(key as usize)?.take()?;
        node.held = node.held.saturating_sub(1);
        node.used = node.used.saturating_sub(u64::from(entry.size));
        let stale = entry.stale.map_or(0, |since| at.saturating_sub(since));
        self.stats.disagreed = self.stats.disagreed.max(stale);
        Some(entry)
    }

    /// An entry goes for another reason than that room is needed. `false`: there was none.
    pub(super) fn drop_entry(&mut self, at: Micros, id: NodeId, key: KeyId, what: Held) -> bool {
        if self.take_entry(at, id, key).is_none() {
            return false;
        }
        if let Some(node) = self.node_mut(id) {
            node.cache.remove(key);
        }
        self.hold(at, id, key, what);
        true
    }

    pub(super) fn expire_due(&mut self, at: Micros, id: NodeId, key: KeyId, since: Micros) {
        let entry = self.node(id).and_then(|node| node.entry(key));
        if entry.is_some_and(|entry| entry.since == since && entry.expires == Some(at)) {
            self.expire(at, id, key);
        }
    }

    pub(super) fn expire(&mut self, at: Micros, id: NodeId, key: KeyId) {
        if self.drop_entry(at, id, key, Held::Expired) {
            self.stats.expired += 1;
            self.tell_expired(at, key);
        }
    }

    /// A key has been written: with leases, who was just loading it may not keep what it gets.
    pub(super) fn void_loads(&mut self, id: NodeId, key: KeyId) {
        if self.params().flight != params::LEASE {
            return;
        }
        let mut voided = 0;
        let mut holders = Vec::new();
        if let Some(node) = self.node_mut(id) {
            for load in node.loads.iter_mut().filter(|load| load.key == key && !load.void) {
                load.void = true;
                voided += 1;
            }
            node.leases.retain(|lease| {
                if lease.key == key {
                    holders.push(lease.request);
                }
                lease.key != key
            });
        }
        for holder in holders {
            if let Some(request) = self.request_mut(holder).filter(|request| !request.void) {
                request.void = true;
                voided += u16::from(request.asked.is_some() && request.ended.is_none());
            }
        }
        if let Some(row) = self.row_mut(key).filter(|_| voided > 0) {
            row.loads = row.loads.saturating_sub(voided);
        }
    }

    /// Everything goes, but what is dirty stays in the flush buffer.
    pub(super) fn empty(&mut self, at: Micros, id: NodeId, what: Held) -> u32 {
        let held: Vec<KeyId> = match self.node(id) {
            Some(node) if node.held > 0 => {
                (0..).zip(node.entries.iter()).filter(|(_, entry)| entry.is_some()).map(|(key, _)| key).collect()
            }
            _ => Vec::new(),
        };
        held.iter().filter(|key| self.drop_entry(at, id, **key, what)).count() as u32
    }

    /// Another capacity, in the unit that counts.
    pub(super) fn resize(&mut self, at: Micros, room: u64) {
        self.room = room;
        for id in 0..self.nodes.len() as NodeId {
            let mut out = Vec::new();
            if let Some(node) = self.node_mut(id) {
                node.cache.resize(room, &mut out);
            }
            for (key, why) in out {
                self.evict(at, id, key, why);
            }
        }
    }
}
