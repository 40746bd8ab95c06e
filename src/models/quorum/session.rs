//! What each client is owed: the guarantees of Terry, "Replicated Data Consistency Explained Through Baseball"
//! (CACM 56:12, 2013; MSR-TR-2011-137) and, for sessions, Terry et al., "Session Guarantees for Weakly Consistent
//! Replicated Data" (PDIS 1994). Watched online: fed with operations as they complete, in that order.
//!
//! A read is held against writes that were acknowledged. It has seen a write if something it returned is that write's
//! version, or newer in the store's own order. A write that the store's order puts behind an older one counts as seen
//! with that: that it is lost is for others to say.

use super::pages::Pages;
use crate::sim::{MS, Micros, decimal};
use std::rc::Rc;

/// A version in the store's order, which may be partial.
pub trait Version: Clone {
    /// It is `other` or newer.
    fn covers(&self, other: &Self) -> bool;
}

/// One of the versions that a read returned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sighting<V> {
    pub write: u32,
    /// When that write began.
    pub begun: Micros,
    pub version: V,
}

/// Whose operation it is, and when it was under way. Operations go by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    pub id: u32,
    pub client: u32,
    pub key: u32,
    pub invoked: Micros,
    pub completed: Micros,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guarantee {
    ReadYourWrites,
    MonotonicReads,
    /// Who has seen a write has seen, from then on, all writes that were acknowledged before it began: on other keys
    /// at its later reads, on the same key at once.
    ConsistentPrefix,
    /// All writes that were acknowledged more than the bound before the read began.
    BoundedStaleness,
    /// All writes that were acknowledged before the read began.
    Strong,
}

use Guarantee::{BoundedStaleness, ConsistentPrefix, MonotonicReads, ReadYourWrites, Strong};

impl Guarantee {
    pub const ALL: [Guarantee; 5] = [ReadYourWrites, MonotonicReads, ConsistentPrefix, BoundedStaleness, Strong];

    pub fn key(self) -> &'static str {
        match self {
            ReadYourWrites => "read-your-writes",
            MonotonicReads => "monotonic-reads",
            ConsistentPrefix => "consistent-prefix",
            BoundedStaleness => "bounded-staleness",
            Strong => "strong",
        }
    }
}

/// The first read that broke a guarantee.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Breach {
    pub guarantee: Guarantee,
    /// When that read was answered.
    pub at: Micros,
    pub read: u32,
    pub client: u32,
    pub key: u32,
    /// The write that it should have seen, and how long before the read's begin that was acknowledged.
    pub missed: u32,
    pub late: Micros,
    /// What makes it wrong: for monotonic reads, the read that had returned it; for a consistent prefix, the read that
    /// showed a later write, and that write.
    pub shown: Option<(u32, u32)>,
}

impl Breach {
    /// The operations of the counterexample, the read last.
    pub fn ops(&self) -> Vec<u32> {
        let mut ops = vec![self.missed];
        if let Some((read, write)) = self.shown {
            ops.extend([write, read].into_iter().filter(|op| *op != self.missed && *op != self.read));
        }
        ops.push(self.read);
        ops
    }

    /// `op` names an operation, such as `B's read 7`; `bound` is that of bounded staleness.
    pub fn words(&self, op: &dyn Fn(u32) -> String, bound: Micros) -> String {
        let (read, missed) = (op(self.read), op(self.missed));
        let (by, later) = self.shown.map_or((String::new(), String::new()), |(read, write)| (op(read), op(write)));
        match self.guarantee {
            ReadYourWrites => format!("{read} did not see {missed}, an acknowledged write of the same client."),
            MonotonicReads => format!("{read} did not see {missed}, which {by} had shown to the same client."),
            ConsistentPrefix if self.shown.is_some_and(|shown| shown.0 == self.read) => {
                format!("{read} showed {later} without {missed}, which was acknowledged before that began.")
            }
            ConsistentPrefix => format!(
                "{read} did not see {missed}, which was acknowledged before {later} began; {by} had shown that to the \
                 same client."
            ),
            BoundedStaleness => {
                let ms = |time: Micros| decimal::fixed(time as f64 / MS as f64, u32::from(!time.is_multiple_of(MS)));
                let (late, bound) = (ms(self.late), ms(bound));
                format!("{read} did not see {missed}, acknowledged {late} ms before; {bound} ms is the bound.")
            }
            Strong => format!("{read} did not see {missed}, which was acknowledged before it began."),
        }
    }
}

/// What a finite run shows of eventual consistency on one key: it can break no promise that names no time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Eventual {
    /// The last write to be acknowledged, and when.
    pub last: Option<(u32, Micros)>,
    /// Reads that began after that and are answered, and how many of them missed something.
    pub reads: u32,
    pub missed: u32,
    /// When the last of them was answered.
    pub last_miss: Option<Micros>,
    /// How many in a row, up to the last one, missed nothing.
    pub fresh: u32,
}

impl Eventual {
    pub fn words(&self, op: &dyn Fn(u32) -> String) -> String {
        let Some((write, _)) = self.last else { return "Nothing was written yet.".into() };
        let write = op(write);
        match (self.reads, self.missed) {
            (0, _) => format!("No read began since {write} was acknowledged."),
            (all, 0) => format!("All {all} reads since {write} was acknowledged saw all there was."),
            (all, missed) => format!(
                "{missed} of {all} reads since {write} was acknowledged missed something; the last {} did not.",
                self.fresh
            ),
        }
    }
}

/// A write that must be seen, since when, and by which operation that is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Need<V> {
    write: u32,
    by: u32,
    at: Micros,
    version: V,
}

/// What must be seen from a moment on: no version here covers another.
type Stands<V> = Pages<(Micros, Rc<[Need<V>]>)>;

/// What a client knows of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Own<V> {
    written: Stands<V>,
    seen: Stands<V>,
    /// Since when it has seen a write that began at a moment later than all before: (since, moment, read, write).
    latest: Pages<(Micros, Micros, u32, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key<V> {
    acknowledged: Stands<V>,
    eventual: Eventual,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sessions<V> {
    bound: Micros,
    keys: Vec<(u32, Key<V>)>,
    /// By client and key.
    owns: Vec<((u32, u32), Own<V>)>,
    first: [Option<Breach>; 5],
    broken: [u32; 5],
    reads: u32,
}

fn at<K: Ord + Copy, T>(list: &mut Vec<(K, T)>, key: K, new: impl FnOnce() -> T) -> Option<&mut T> {
    let place = match list.binary_search_by_key(&key, |item| item.0) {
        Ok(place) => place,
        Err(place) => {
            list.insert(place, (key, new()));
            place
        }
    };
    list.get_mut(place).map(|item| &mut item.1)
}

/// What must be seen of what stood before a moment.
fn before<V>(stands: &Stands<V>, moment: Micros) -> &[Need<V>]
where
    V: Clone,
{
    let past = stands.partition_point(|stand| stand.0 < moment);
    past.checked_sub(1).and_then(|last| stands.get(last)).map_or(&[], |stand| &stand.1)
}

fn add<V: Version>(stands: &mut Stands<V>, since: Micros, need: Need<V>) {
    let now = before(stands, Micros::MAX);
    if now.iter().any(|old| old.version.covers(&need.version)) {
        return;
    }
    let mut next: Vec<Need<V>> = now.iter().filter(|old| !need.version.covers(&old.version)).cloned().collect();
    next.push(need);
    stands.push((since, next.into()));
}

impl<V: Version> Sessions<V> {
    /// `bound`: of bounded staleness, in microseconds.
    pub fn new(bound: Micros) -> Sessions<V> {
        let first = [const { None }; 5];
        Sessions { bound, keys: Vec::new(), owns: Vec::new(), first, broken: [0; 5], reads: 0 }
    }

    fn key(&mut self, key: u32) -> Option<&mut Key<V>> {
        at(&mut self.keys, key, || Key { acknowledged: Pages::default(), eventual: Eventual::default() })
    }

    fn own(&mut self, client: u32, key: u32) -> Option<&mut Own<V>> {
        let new = || Own { written: Pages::default(), seen: Pages::default(), latest: Pages::default() };
        at(&mut self.owns, (client, key), new)
    }

    /// A write was acknowledged to its client.
    pub fn wrote(&mut self, call: &Call, version: &V) {
        let need = Need { write: call.id, by: call.id, at: call.completed, version: version.clone() };
        if let Some(key) = self.key(call.key) {
            add(&mut key.acknowledged, call.completed, need.clone());
            key.eventual = Eventual { last: Some((call.id, call.completed)), ..Eventual::default() };
        }
        if let Some(own) = self.own(call.client, call.key) {
            add(&mut own.written, call.completed, need);
        }
    }

    /// A read was answered: with nothing, one version, or several that the store could not order.
    pub fn read(&mut self, call: &Call, sightings: &[Sighting<V>]) {
        self.reads += 1;
        let sees = |need: &Need<V>| sightings.iter().any(|sighting| sighting.version.covers(&need.version));
        let miss = |needs: &[Need<V>]| needs.iter().find(|need| !sees(need)).map(|need| (need.write, need.by, need.at));
        let empty = Stands::default();
        let key = self.keys.binary_search_by_key(&call.key, |key| key.0).ok().and_then(|place| self.keys.get(place));
        let acknowledged = key.map_or(&empty, |key| &key.1.acknowledged);
        let own = self.owns.binary_search_by_key(&(call.client, call.key), |own| own.0);
        let own = own.ok().and_then(|place| self.owns.get(place));
        // Its own operations precede the read if they were over when it began; those of others, before.
        let mine = |stands: &Stands<V>| miss(before(stands, call.invoked + 1));
        let strong = miss(before(acknowledged, call.invoked));
        let found = [
            (ReadYourWrites, own.and_then(|own| mine(&own.1.written)), None),
            (MonotonicReads, own.and_then(|own| mine(&own.1.seen)), None),
            {
                let prefix = self.latest(call, sightings);
                let missed = prefix.and_then(|(moment, ..)| miss(before(acknowledged, moment)));
                (ConsistentPrefix, missed, prefix.map(|(_, read, write)| (read, write)))
            },
            (BoundedStaleness, miss(before(acknowledged, call.invoked.saturating_sub(self.bound))), None),
            (Strong, strong, None),
        ];
        for (place, (guarantee, missed, shown)) in found.into_iter().enumerate() {
            let (Some((write, by, at)), Some(count)) = (missed, self.broken.get_mut(place)) else { continue };
            *count += 1;
            let shown = if guarantee == MonotonicReads { Some((by, write)) } else { shown };
            if let Some(first @ None) = self.first.get_mut(place) {
                let late = call.invoked.saturating_sub(at);
                let (client, key) = (call.client, call.key);
                *first = Some(Breach {
                    guarantee,
                    at: call.completed,
                    read: call.id,
                    client,
                    key,
                    missed: write,
                    late,
                    shown,
                });
            }
        }
        self.remember(call, sightings, strong.is_some());
    }

    /// The latest begin of a write that the client has seen by this read, or by earlier ones of other keys: with the
    /// read and the write.
    fn latest(&self, call: &Call, sightings: &[Sighting<V>]) -> Option<(Micros, u32, u32)> {
        let here = sightings.iter().map(|sighting| (sighting.begun, call.id, sighting.write));
        let from = self.owns.partition_point(|own| own.0 < (call.client, 0));
        let others = self.owns.get(from..).unwrap_or_default().iter();
        let others = others.take_while(|own| own.0.0 == call.client).filter(|own| own.0.1 != call.key);
        let known = others.filter_map(|own| {
            let past = own.1.latest.partition_point(|seen| seen.0 <= call.invoked);
            own.1.latest.get(past.checked_sub(1)?).map(|seen| (seen.1, seen.2, seen.3))
        });
        here.chain(known).max_by_key(|seen| seen.0)
    }

    fn remember(&mut self, call: &Call, sightings: &[Sighting<V>], stale: bool) {
        if let Some(own) = self.own(call.client, call.key) {
            for sighting in sightings {
                let (write, version) = (sighting.write, sighting.version.clone());
                add(&mut own.seen, call.completed, Need { write, by: call.id, at: call.completed, version });
                let last = own.latest.len().checked_sub(1).and_then(|last| own.latest.get(last));
                if last.is_none_or(|last| last.1 < sighting.begun) {
                    own.latest.push((call.completed, sighting.begun, call.id, write));
                }
            }
        }
        if let Some(key) = self.key(call.key)
            && key.eventual.last.is_some_and(|(_, at)| at < call.invoked)
        {
            let eventual = &mut key.eventual;
            eventual.reads += 1;
            eventual.missed += u32::from(stale);
            eventual.fresh = if stale { 0 } else { eventual.fresh + 1 };
            eventual.last_miss = if stale { Some(call.completed) } else { eventual.last_miss };
        }
    }

    /// `None`: it holds.
    pub fn breach(&self, guarantee: Guarantee) -> Option<&Breach> {
        self.first.get(guarantee as usize)?.as_ref()
    }

    /// How many reads broke it.
    pub fn broken(&self, guarantee: Guarantee) -> u32 {
        self.broken.get(guarantee as usize).copied().unwrap_or(0)
    }

    /// How many reads were answered.
    pub fn reads(&self) -> u32 {
        self.reads
    }

    pub fn eventual(&self, key: u32) -> Eventual {
        let place = self.keys.binary_search_by_key(&key, |item| item.0);
        place.ok().and_then(|place| self.keys.get(place)).map(|item| item.1.eventual.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
