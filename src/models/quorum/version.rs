//! Which of two versions is the later one: last-write-wins stamps, Lamport clocks, vector clocks; and what a replica
//! keeps when it sees both.

use std::cmp::Ordering;

/// The most nodes a vector clock has entries for; others are ignored.
pub const MAX_NODES: usize = 9;

/// How one version stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    Equal,
    /// The other one supersedes it.
    Before,
    After,
    /// Neither knew of the other.
    Concurrent,
}

impl From<Ordering> for Relation {
    fn from(ordering: Ordering) -> Self {
        match ordering {
            Ordering::Less => Relation::Before,
            Ordering::Equal => Relation::Equal,
            Ordering::Greater => Relation::After,
        }
    }
}

/// A logical time with its node for ties (Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System",
/// CACM 21(7), 1978): if one event could have caused another, its time is the lower; not the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lamport {
    pub counter: u32,
    pub node: u8,
}

impl Lamport {
    /// The clock of a node before its first event.
    pub fn new(node: u8) -> Lamport {
        Lamport { counter: 0, node }
    }

    /// An event at this node, and its time (Lamport's rule IR1).
    pub fn tick(&mut self) -> Lamport {
        self.counter = self.counter.saturating_add(1);
        *self
    }

    /// A message with this time has come (IR2): every later event is after it.
    pub fn observe(&mut self, seen: Lamport) {
        self.counter = self.counter.max(seen.counter);
    }
}

/// Per node, how many of its writes are in this version's past or are it (Fidge 1988, Mattern 1989; Dynamo, SOSP 2007,
/// section 4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vector([u32; MAX_NODES]);

impl Vector {
    pub fn get(&self, node: u8) -> u32 {
        self.0.get(usize::from(node)).copied().unwrap_or(0)
    }

    /// The clock of a new version whose writer had seen `self`: the coordinator raises its own entry, as in Dynamo.
    ///
    /// `seen` is what the coordinator itself holds for the key, and the new entry is above its own there too: without
    /// that, a writer who saw nothing would be given a clock that an older write already has. The price is that such a
    /// write supersedes versions that this coordinator wrote and the writer did not see.
    pub fn written(&self, node: u8, seen: &Vector) -> Vector {
        let mut next = *self;
        let above = self.get(node).max(seen.get(node));
        if let Some(entry) = next.0.get_mut(usize::from(node)) {
            *entry = above.saturating_add(1);
        }
        next
    }

    /// The least clock that both are part of.
    pub fn join(&self, other: &Vector) -> Vector {
        let mut both = *self;
        for (entry, other) in both.0.iter_mut().zip(other.0) {
            *entry = other.max(*entry);
        }
        both
    }

    pub fn relation(&self, other: &Vector) -> Relation {
        let entries = || self.0.iter().zip(other.0.iter());
        match (entries().all(|(a, b)| a <= b), entries().all(|(a, b)| a >= b)) {
            (true, true) => Relation::Equal,
            (true, false) => Relation::Before,
            (false, true) => Relation::After,
            (false, false) => Relation::Concurrent,
        }
    }

    /// The nodes with an entry above 0, and the entry.
    pub fn entries(&self) -> impl Iterator<Item = (u8, u32)> {
        (0..).zip(self.0).filter(|entry| entry.1 > 0)
    }
}

/// What says when a version was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stamp {
    /// Last write wins: µs by the clock of whoever stamped it, right or wrong.
    Time(u64),
    Lamport(Lamport),
    Vector(Vector),
}

/// One version of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// Distinct for distinct writes.
    pub value: u32,
    pub stamp: Stamp,
}

impl Version {
    /// Versions with equal stamps are ordered by value, the larger being the later: Cassandra does so for equal
    /// timestamps (`Cells.reconcile` compares the values' bytes). The clocks of a node that has not lost its disk never
    /// tie. Stamps of different kinds are concurrent.
    pub fn relation(&self, other: &Version) -> Relation {
        let stamps = match (&self.stamp, &other.stamp) {
            (Stamp::Time(a), Stamp::Time(b)) => a.cmp(b).into(),
            (Stamp::Lamport(a), Stamp::Lamport(b)) => a.cmp(b).into(),
            (Stamp::Vector(a), Stamp::Vector(b)) => a.relation(b),
            _ => Relation::Concurrent,
        };
        if stamps == Relation::Equal { self.value.cmp(&other.value).into() } else { stamps }
    }

    /// Whether it is the other version or supersedes it.
    pub fn covers(&self, other: &Version) -> bool {
        matches!(self.relation(other), Relation::Equal | Relation::After)
    }
}

/// Whether one of the versions is this one or supersedes it.
pub fn covers(versions: &[Version], version: &Version) -> bool {
    versions.iter().any(|held| held.covers(version))
}

/// Takes a version in: what it supersedes goes, what is concurrent with it stays as a sibling. Nothing happens if it is
/// covered already. Says whether anything changed. The list stays in the order of values, so that equal sets are equal
/// lists.
pub fn merge(versions: &mut Vec<Version>, incoming: Version) -> bool {
    if covers(versions, &incoming) {
        return false;
    }
    versions.retain(|held| !incoming.covers(held));
    let place = versions.partition_point(|held| *held < incoming);
    versions.insert(place, incoming);
    true
}

/// [`merge`] for each of several.
pub fn merge_all(versions: &mut Vec<Version>, incoming: &[Version]) -> bool {
    incoming.iter().fold(false, |changed, version| merge(versions, *version) | changed)
}

/// What a reader of these versions has seen: the join of their clocks, which it hands back with its next write.
pub fn context(versions: &[Version]) -> Vector {
    versions.iter().fold(Vector::default(), |seen, version| match &version.stamp {
        Stamp::Vector(clock) => seen.join(clock),
        _ => seen,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Few values and small clocks, so that ties, order and concurrency are all common.
    fn version() -> impl Strategy<Value = Version> {
        let stamp = prop_oneof![
            (0u64..4).prop_map(Stamp::Time),
            (0u32..3, 0u8..3).prop_map(|(counter, node)| Stamp::Lamport(Lamport { counter, node })),
            prop::array::uniform3(0u32..3).prop_map(|few| {
                let mut clock = Vector::default();
                clock.0[..3].copy_from_slice(&few);
                Stamp::Vector(clock)
            }),
        ];
        (0u32..4, stamp).prop_map(|(value, stamp)| Version { value, stamp })
    }

    fn set(versions: &[Version]) -> Vec<Version> {
        let mut merged = Vec::new();
        merge_all(&mut merged, versions);
        merged
    }

    fn both(a: &[Version], b: &[Version]) -> Vec<Version> {
        let mut merged = a.to_vec();
        let changed = merge_all(&mut merged, b);
        assert_eq!(changed, merged != a);
        merged
    }

    fn few() -> impl Strategy<Value = Vec<Version>> {
        prop::collection::vec(version(), 0..6).prop_map(|versions| set(&versions))
    }

    proptest! {
        #[test]
        fn merge_is_commutative_associative_idempotent(a in few(), b in few(), c in few()) {
            prop_assert_eq!(both(&a, &b), both(&b, &a));
            prop_assert_eq!(both(&both(&a, &b), &c), both(&a, &both(&b, &c)));
            prop_assert_eq!(both(&a, &a), a);
        }

        /// Exactly what nothing supersedes is kept, in whatever order it comes.
        #[test]
        fn merge_keeps_what_nothing_supersedes(versions in prop::collection::vec(version(), 0..8)) {
            let kept = set(&versions);
            for version in &versions {
                let superseded = versions.iter().any(|other| other.relation(version) == Relation::After);
                prop_assert_eq!(kept.contains(version), !superseded);
                prop_assert!(covers(&kept, version));
            }
            prop_assert!(kept.iter().all(|version| versions.contains(version)));
            prop_assert!(kept.is_sorted());
        }

        #[test]
        fn the_order_is_partial(a in version(), b in version(), c in version()) {
            prop_assert_eq!(a.relation(&a), Relation::Equal);
            prop_assert_eq!(a.relation(&b) == Relation::Equal, a == b);
            prop_assert_eq!(a.relation(&b) == Relation::Before, b.relation(&a) == Relation::After);
            prop_assert_eq!(a.relation(&b) == Relation::Concurrent, b.relation(&a) == Relation::Concurrent);
            if a.covers(&b) && b.covers(&c) {
                prop_assert!(a.covers(&c));
            }
            if matches!((a.stamp, b.stamp), (Stamp::Time(_), Stamp::Time(_)) | (Stamp::Lamport(_), Stamp::Lamport(_))) {
                prop_assert_ne!(a.relation(&b), Relation::Concurrent);
            }
        }

        /// Clocks of random runs say exactly what caused what: an event's past is kept beside it as a set.
        #[test]
        fn vector_clocks_are_causality(steps in prop::collection::vec((0u8..4, 0usize..20), 1..30)) {
            let mut events: Vec<(Vector, Vec<usize>)> = Vec::new();
            let mut nodes: Vec<(Vector, Vec<usize>)> = vec![Default::default(); 4];
            for (node, from) in steps {
                let here = &mut nodes[usize::from(node)];
                // A message from an earlier event, if there is one.
                if let Some((clock, past)) = events.get(from) {
                    here.0 = here.0.join(clock);
                    here.1.extend(past);
                }
                here.0 = here.0.written(node, &here.0);
                here.1.push(events.len());
                events.push(here.clone());
            }
            for (i, (a, past_of_a)) in events.iter().enumerate() {
                for (j, (b, past_of_b)) in events.iter().enumerate() {
                    let expected = match (past_of_b.contains(&i), past_of_a.contains(&j)) {
                        (true, true) => Relation::Equal,
                        (true, false) => Relation::Before,
                        (false, true) => Relation::After,
                        (false, false) => Relation::Concurrent,
                    };
                    prop_assert_eq!(a.relation(b), expected);
                }
            }
        }

        /// Along every chain of events and messages Lamport's times rise.
        #[test]
        fn lamport_clocks_respect_causality(steps in prop::collection::vec((0u8..4, 0usize..20), 1..30)) {
            let mut clocks: Vec<Lamport> = (0..4).map(Lamport::new).collect();
            let mut events: Vec<Lamport> = Vec::new();
            for (node, from) in steps {
                let clock = &mut clocks[usize::from(node)];
                let before = *clock;
                let seen = events.get(from).copied();
                seen.into_iter().for_each(|seen| clock.observe(seen));
                let now = clock.tick();
                prop_assert!(now > before && seen.is_none_or(|seen| now > seen));
                prop_assert!(!events.contains(&now));
                events.push(now);
            }
        }
    }

    /// Figure 3 of the Dynamo paper: D1 to D5 on Sx, Sy, Sz.
    #[test]
    fn dynamo_s_example() {
        let (x, y, z) = (0, 1, 2);
        let write = |value, seen: &[Version], node| {
            let clock = context(seen).written(node, &context(seen));
            Version { value, stamp: Stamp::Vector(clock) }
        };
        let d1 = write(1, &[], x);
        let d2 = write(2, &[d1], x);
        let d3 = write(3, &[d2], y);
        let d4 = write(4, &[d2], z);
        assert_eq!(set(&[d1, d2]), [d2]);
        assert_eq!(d3.relation(&d4), Relation::Concurrent);
        assert_eq!(set(&[d4, d2, d3]), [d3, d4]);
        let d5 = write(5, &[d3, d4], x);
        assert_eq!(context(&[d5]).entries().collect::<Vec<_>>(), [(x, 3), (y, 1), (z, 1)]);
        assert_eq!(set(&[d3, d5, d4]), [d5]);
    }

    #[test]
    fn last_write_wins_by_the_clock_and_then_by_value() {
        let at = |value, time| Version { value, stamp: Stamp::Time(time) };
        assert_eq!(set(&[at(1, 9), at(2, 5)]), [at(1, 9)]);
        assert_eq!(set(&[at(1, 5), at(2, 5)]), [at(2, 5)]);
    }

    /// What a blind write must not do: get a clock that another write has.
    #[test]
    fn a_writer_who_saw_nothing_gets_a_new_clock() {
        let first = Vector::default().written(0, &Vector::default());
        let second = Vector::default().written(0, &first);
        assert_eq!(second.relation(&first), Relation::After);
        assert_eq!(first.written(200, &first), first);
    }
}
