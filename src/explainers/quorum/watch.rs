//! What is watched while it runs: each promise, and the first operation that broke it.

use super::params::Params;
use super::types::*;
use super::world::{World, Written};
use crate::explainers::{Check, Verdict};
use crate::models::quorum::session::{self, Call, Guarantee, Sessions, Sighting};
use crate::models::quorum::version::{self, Relation, Stamp, Version};
use crate::models::quorum::zones;
use crate::sim::{MS, Micros};
use std::rc::Rc;

const CLAIMS: &[(&str, &str)] = &[
    ("overlap", "Each read counts a replica that had acknowledged the newest write"),
    ("durable", "No acknowledged write is lost"),
    ("read-your-writes", "A client sees what it has written (read your writes)"),
    ("monotonic-reads", "A client never sees something older than before (monotonic reads)"),
    ("consistent-prefix", "Who sees a write sees what was acknowledged before it (consistent prefix)"),
    ("bounded-staleness", "No read misses what was acknowledged longer ago than the bound"),
    ("strong", "A read sees all that was acknowledged before it, by the store’s order of versions (strong)"),
    ("linearizable", "The history of each key is that of a single copy (linearizable)"),
];

/// An acknowledged write that some disk must still answer for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kept {
    version: Version,
    invoked: Micros,
    acked: Micros,
}

impl session::Version for Version {
    fn covers(&self, other: &Self) -> bool {
        Version::covers(self, other)
    }
}

#[derive(Clone, Debug, Hash)]
pub struct Watch {
    /// What broke, when, and how.
    broken: Vec<(&'static str, Micros, String)>,
    /// By key: the acknowledged write that was invoked last, 0 for none.
    newest: Vec<Value>,
    /// By key: the newest acknowledged versions.
    floor: Vec<Versions>,
    /// By key: acknowledged writes that no other acknowledged write has rightly replaced.
    kept: Vec<Vec<Kept>>,
    /// By key: is the history linearizable? Fed with the operations' own numbers.
    zones: Vec<zones::Watch>,
    pub sessions: Sessions<Version>,
    /// The operations of the first contradiction, the read last.
    pub clash: Vec<OpId>,
    /// Acknowledged writes that no disk answers for any more.
    pub lost: u64,
    /// Acknowledged writes that a concurrent one replaced, neither having known of the other.
    pub dropped: u64,
}

impl Watch {
    pub fn new(params: &Params, keys: usize) -> Watch {
        Watch {
            broken: Vec::new(),
            newest: vec![0; keys],
            floor: vec![Versions::default(); keys],
            kept: vec![Vec::new(); keys],
            zones: vec![zones::Watch::default(); keys],
            sessions: Sessions::new(params.bound.max(0) as Micros * MS),
            clash: Vec::new(),
            lost: 0,
            dropped: 0,
        }
    }

    /// The acknowledged write of a key that was invoked last; 0 for none.
    pub fn newest(&self, key: KeyId) -> Value {
        self.newest.get(usize::from(key)).copied().unwrap_or(0)
    }

    pub fn floor(&self, key: KeyId) -> Versions {
        self.floor.get(usize::from(key)).cloned().unwrap_or_default()
    }

    pub fn is_broken(&self, key: &str) -> bool {
        self.broken.iter().any(|(broken, ..)| *broken == key)
    }

    fn break_check(&mut self, key: &'static str, at: Micros, why: impl FnOnce() -> String) -> bool {
        let fresh = !self.is_broken(key);
        if fresh {
            self.broken.push((key, at, why()));
        }
        fresh
    }
}

impl World {
    /// Whether a write was over before another began.
    fn before(&self, value: Value, invoked: Micros) -> bool {
        self.record(value).and_then(|written| written.acked).is_some_and(|acked| acked < invoked)
    }

    /// What a read should have returned, or something newer: a version acknowledged before it began.
    fn missed(&self, op: &Op) -> Option<Value> {
        if let Some(version) = op.floor.iter().find(|version| !version::covers(&op.versions, version)) {
            return Some(version.value);
        }
        let newest = self.record(op.newest)?;
        let fresh = |version: &Version| version.value == op.newest || !self.before(version.value, newest.invoked);
        (!op.versions.iter().any(fresh)).then_some(op.newest)
    }

    pub(super) fn watch_invoked(&mut self, at: Micros, key: KeyId, kind: OpKind, id: OpId) {
        if let Some(zones) = self.watch.zones.get_mut(usize::from(key)).filter(|_| kind == OpKind::Write) {
            zones.begin(id, at);
        }
    }

    pub(super) fn watch_completed(&mut self, at: Micros, id: OpId) {
        let Some(op) = self.op(id).cloned() else { return };
        if op.outcome != Some(Outcome::Ok) {
            return;
        }
        let (client, key) = (u32::from(op.client), u32::from(op.key));
        let call = Call { id, client, key, invoked: op.invoked, completed: at };
        self.watch_sessions(at, &op, &call);
        match op.kind {
            OpKind::Write => self.watch_written(at, &op),
            OpKind::Read => self.watch_read(at, &op),
        }
    }

    fn watch_written(&mut self, at: Micros, op: &Op) {
        let place = usize::from(op.key);
        if let Some(written) = (op.value as usize).checked_sub(1).and_then(|i| self.written.get_mut(i)) {
            written.held = op.counted;
        }
        let since = |written: Option<&Written>| written.map_or(0, |written| written.invoked);
        let latest = since(self.record(self.watch.newest(op.key)));
        if let Some(newest) = self.watch.newest.get_mut(place).filter(|newest| **newest == 0 || latest <= op.invoked) {
            *newest = op.value;
        }
        if let Some(zones) = self.watch.zones.get_mut(place) {
            zones.acknowledge(op.id, at);
        }
        let Some(version) = op.versions.first().copied() else { return };
        if let Some(floor) = self.watch.floor.get_mut(place) {
            version::merge(Rc::make_mut(floor), version);
        }
        let new = Kept { version, invoked: op.invoked, acked: at };
        let Some(kept) = self.watch.kept.get_mut(place) else { return };
        // Of two that overlapped, one is gone without its writer's knowing, unless both are kept as siblings or one had
        // seen the other (which is what a vector clock says).
        let blind = |old: &Kept| old.acked >= new.invoked && !matches!(version.stamp, Stamp::Vector(_));
        if kept.iter().any(|old| old.version.relation(&version) == Relation::After && old.acked >= new.invoked) {
            self.watch.dropped += u64::from(!matches!(version.stamp, Stamp::Vector(_)));
        } else {
            self.watch.dropped += kept.iter().filter(|old| version.covers(&old.version) && blind(old)).count() as u64;
            kept.retain(|old| !version.covers(&old.version));
            kept.push(new);
        }
        self.watch_stored(at, op.key);
    }

    /// Something on some disk changed: does every acknowledged write still show somewhere?
    pub(super) fn watch_stored(&mut self, at: Micros, key: KeyId) {
        let Some(kept) = self.watch.kept.get(usize::from(key)) else { return };
        let gone = kept.iter().position(|kept| {
            let answers = |held: &Version| {
                *held == kept.version || held.covers(&kept.version) && !self.before(held.value, kept.invoked)
            };
            !self.on_disk(key).any(answers)
        });
        let Some(gone) = gone else { return };
        let Some(kept) = self.watch.kept.get_mut(usize::from(key)).map(|kept| kept.remove(gone)) else { return };
        let value = kept.version.value;
        let winner = self.on_disk(key).find(|held| held.covers(&kept.version)).copied();
        self.watch.lost += 1;
        let name = super::story::key_name(key);
        let fresh = self.watch.break_check("durable", at, || match winner {
            Some(winner) => format!(
                "v{value} of {name} was acknowledged, but v{}, over before v{value} was begun, has the later stamp and replaces it",
                winner.value
            ),
            None => format!("v{value} of {name} was acknowledged, and no disk has it any more"),
        });
        if fresh {
            self.tell_lost(at, value, key, winner.map(|winner| winner.value));
        }
        // There may be more than one.
        self.watch_stored(at, key);
    }

    /// Every version of a key on any disk, up or down, hints included.
    fn on_disk(&self, key: KeyId) -> impl Iterator<Item = &Version> {
        self.nodes.iter().flat_map(move |node| {
            let store = node.store.get(usize::from(key)).into_iter().flat_map(|held| held.iter());
            let hints = node.hints.iter().filter(move |hint| hint.key == key);
            store.chain(hints.flat_map(|hint| hint.versions.iter()))
        })
    }

    fn watch_read(&mut self, at: Micros, op: &Op) {
        if let Some(missed) = self.missed(op) {
            self.stats.stale += 1;
            if let Some(op) = self.op_mut(op.id) {
                (op.stale, op.missed) = (true, missed);
            }
        }
        self.watch_zones(at, op);
        let missed = self.record(op.newest).is_some_and(|newest| newest.held & op.counted == 0);
        if missed {
            let held = self.record(op.newest).map_or(0, |newest| newest.held);
            let (name, newest, id) = (super::story::key_name(op.key), op.newest, op.id + 1);
            let (by, took) = (super::story::names(op.counted), super::story::names(held));
            self.watch.break_check("overlap", at, || {
                format!("operation {id} read {name} from {by}; v{newest} had been acknowledged by {took}")
            });
        }
    }

    /// Feeds the guarantees that single clients are given.
    fn watch_sessions(&mut self, at: Micros, op: &Op, call: &Call) {
        if op.kind == OpKind::Write {
            if let Some(version) = op.versions.first() {
                self.watch.sessions.wrote(call, version);
            }
            return;
        }
        let sighting = |version: &Version| {
            let written = self.record(version.value)?;
            Some(Sighting { write: written.op, begun: written.invoked, version: *version })
        };
        let sightings: Vec<Sighting<Version>> = op.versions.iter().filter_map(sighting).collect();
        self.watch.sessions.read(call, &sightings);
        for guarantee in Guarantee::ALL {
            let fresh = !self.watch.is_broken(guarantee.key());
            let Some(breach) = self.watch.sessions.breach(guarantee).filter(|_| fresh) else { continue };
            let bound = self.setup.params.bound.max(0) as Micros * MS;
            let words = breach.words(&|id| self.call_name(id), bound);
            self.watch.break_check(guarantee.key(), at, || words.trim_end_matches('.').to_string());
        }
    }

    /// “client 2’s read of x (operation 7)”, or for a write “the write of v3 (operation 5)”.
    fn call_name(&self, id: OpId) -> String {
        let number = id + 1;
        let found = self.written.partition_point(|written| written.op < id);
        match self.written.get(found).filter(|written| written.op == id) {
            Some(written) => {
                format!("client {}’s write of v{} (operation {number})", written.client + 1, found + 1)
            }
            None => match self.op(id) {
                Some(op) => format!("client {}’s read (operation {number})", op.client + 1),
                None => format!("a read (operation {number})"),
            },
        }
    }

    /// Feeds the online check of linearizability with a read.
    fn watch_zones(&mut self, at: Micros, op: &Op) {
        if self.watch.is_broken("linearizable") {
            return;
        }
        let name = super::story::key_name(op.key);
        if op.versions.len() > 1 {
            let (id, versions) = (op.id + 1, super::story::versions_text(&op.versions));
            self.watch.break_check("linearizable", at, || {
                format!("operation {id} returned {versions} for {name}; a single copy has one value")
            });
            return;
        }
        let of = |value: Value| self.record(value).map(|written| written.op);
        let read = op.versions.first().map(|version| of(version.value).unwrap_or(OpId::MAX));
        let Some(zones) = self.watch.zones.get_mut(usize::from(op.key)) else { return };
        zones.read(op.id, op.invoked, read, at);
        let Some(clash) = zones.clash().cloned() else { return };
        let value = |id: u32| {
            let found = self.written.partition_point(|written| written.op < id);
            format!("v{}", found + 1)
        };
        let words = clash.words(&|id| self.call_name(id), &value);
        let why = format!("{name}: {}", words.trim_end_matches('.'));
        self.watch.clash = clash.ops();
        self.watch.break_check("linearizable", at, || why);
    }

    pub(super) fn checks(&self) -> Vec<Check> {
        let verdict = |key: &str| match self.watch.broken.iter().find(|(broken, ..)| *broken == key) {
            None => Verdict::Holds,
            Some((_, at, why)) => Verdict::Broken(*at, why.clone()),
        };
        CLAIMS.iter().map(|(key, claim)| Check { key, claim, verdict: verdict(key) }).collect()
    }
}
