//! Consistency levels: whose acknowledgements an operation waits for.
//!
//! Names and rules as Apache Cassandra 5.0 has them for a keyspace replicated by `NetworkTopologyStrategy`; the serial
//! levels of its lightweight transactions are left out. `Count` is Dynamo's own form, a plain R or W.

/// How many replicas must answer, and where.
///
/// Replicas are counted per data centre: `replicas[d]` of them in data centre `d`, and `local` is the one of the
/// operation's coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// So many replicas anywhere: at least one, at most all there are.
    Count(u8),
    /// Writes only: one replica anywhere, or, where none answers, a hint that the coordinator keeps for one.
    Any,
    One,
    Two,
    Three,
    /// Of all replicas together, more than half.
    Quorum,
    /// One in the coordinator's data centre.
    LocalOne,
    /// More than half of those in the coordinator's data centre; others do not count.
    LocalQuorum,
    /// More than half in every data centre that has replicas. Cassandra takes it for reads too since 3.0
    /// (CASSANDRA-9602); before, only for writes.
    EachQuorum,
    All,
}

/// More than half: ⌊n / 2⌋ + 1.
pub fn quorum(n: u8) -> u8 {
    n / 2 + 1
}

fn sum(counts: &[u8]) -> u8 {
    counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
}

fn at(counts: &[u8], place: usize) -> u8 {
    counts.get(place).copied().unwrap_or(0)
}

impl Level {
    /// Those with a name, from the least demanding on.
    pub const NAMED: [Level; 9] = [
        Level::Any,
        Level::One,
        Level::LocalOne,
        Level::Two,
        Level::Three,
        Level::LocalQuorum,
        Level::Quorum,
        Level::EachQuorum,
        Level::All,
    ];

    /// As Cassandra writes it.
    pub fn name(self) -> &'static str {
        match self {
            Level::Count(_) => "COUNT",
            Level::Any => "ANY",
            Level::One => "ONE",
            Level::Two => "TWO",
            Level::Three => "THREE",
            Level::Quorum => "QUORUM",
            Level::LocalOne => "LOCAL_ONE",
            Level::LocalQuorum => "LOCAL_QUORUM",
            Level::EachQuorum => "EACH_QUORUM",
            Level::All => "ALL",
        }
    }

    /// By its name in links: `local-quorum`.
    pub fn by_word(word: &str) -> Option<Level> {
        let same = |level: &Level| {
            let name = level.name().bytes().map(|byte| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() });
            name.eq(word.bytes())
        };
        Level::NAMED.into_iter().find(same)
    }

    /// Whether a read may ask for it: every level but ANY.
    pub fn reads(self) -> bool {
        self != Level::Any
    }

    /// How many acknowledgements at least (`blockFor` in Cassandra). Can be more than there are replicas: THREE of two
    /// replicas is never reached.
    pub fn needed(self, replicas: &[u8], local: usize) -> u8 {
        let all = sum(replicas);
        match self {
            Level::Count(count) => count.clamp(1, all.max(1)),
            Level::Any | Level::One | Level::LocalOne => 1,
            Level::Two => 2,
            Level::Three => 3,
            Level::Quorum => quorum(all),
            Level::LocalQuorum => quorum(at(replicas, local)),
            Level::EachQuorum => {
                let with_replicas = replicas.iter().filter(|count| **count > 0);
                with_replicas.fold(0, |sum, count| sum.saturating_add(quorum(*count)))
            }
            Level::All => all,
        }
    }

    /// Whether an acknowledgement from this data centre counts.
    pub fn counts(self, from: usize, local: usize) -> bool {
        !matches!(self, Level::LocalOne | Level::LocalQuorum) || from == local
    }

    /// Whether so many acknowledgements by replicas, `acks[d]` from data centre `d`, are enough. A hint is none; ANY
    /// takes one in place of an acknowledgement, which the caller decides.
    pub fn satisfied(self, acks: &[u8], replicas: &[u8], local: usize) -> bool {
        match self {
            Level::EachQuorum => {
                let enough = |(place, count): (usize, &u8)| *count == 0 || at(acks, place) >= quorum(*count);
                replicas.iter().enumerate().all(enough)
            }
            Level::LocalOne | Level::LocalQuorum => at(acks, local) >= self.needed(replicas, local),
            _ => sum(acks) >= self.needed(replicas, local),
        }
    }

    /// Whether it can be reached with so many replicas alive; if not, the coordinator refuses at once. ANY always can:
    /// a hint is enough.
    pub fn reachable(self, alive: &[u8], replicas: &[u8], local: usize) -> bool {
        self == Level::Any || self.satisfied(alive, replicas, local)
    }
}

/// Whether whatever acknowledges a write at one level, coordinated in one data centre, and whatever answers a read have
/// a replica in common. For plain counts: R + W > N. Up to four data centres; more are taken not to overlap.
pub fn overlap(write: (Level, usize), read: (Level, usize), replicas: &[u8]) -> bool {
    if write.0 == Level::Any || replicas.len() > 4 {
        return false;
    }
    // Tries every way to split each data centre's replicas into those that take the write and those that are read.
    let mut acks = [0u8; 4];
    let mut rest = [0u8; 4];
    loop {
        for ((rest, count), acks) in rest.iter_mut().zip(replicas).zip(acks) {
            *rest = count - acks;
        }
        if write.0.satisfied(&acks, replicas, write.1) && read.0.satisfied(&rest, replicas, read.1) {
            return false;
        }
        let Some(place) = replicas.iter().zip(acks).position(|(count, acks)| acks < *count) else { return true };
        acks[..place].fill(0);
        acks[place] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Cassandra's documentation: a quorum is (sum of replication factors / 2) + 1, rounded down.
    #[test]
    fn documented_values() {
        for (replicas, local, level, needed) in [
            (&[3][..], 0, Level::Quorum, 2),
            (&[5], 0, Level::Quorum, 3),
            (&[6], 0, Level::Quorum, 4),
            (&[1], 0, Level::Quorum, 1),
            (&[2], 0, Level::Quorum, 2),
            // Two data centres of three: 4 of 6 may be anywhere, 2 of 3 at home, 2 in each.
            (&[3, 3], 0, Level::Quorum, 4),
            (&[3, 3], 1, Level::LocalQuorum, 2),
            (&[3, 3], 0, Level::EachQuorum, 4),
            // Three data centres of three, of which five replicas are a quorum.
            (&[3, 3, 3], 0, Level::Quorum, 5),
            (&[3, 3, 3], 0, Level::EachQuorum, 6),
            (&[3, 2], 1, Level::LocalQuorum, 2),
            (&[3, 2], 1, Level::All, 5),
            (&[3, 2], 0, Level::Any, 1),
            (&[3, 2], 0, Level::One, 1),
            (&[3, 2], 0, Level::Two, 2),
            (&[2], 0, Level::Three, 3),
            (&[3, 2], 0, Level::Count(9), 5),
            (&[3, 2], 0, Level::Count(0), 1),
        ] {
            assert_eq!(level.needed(replicas, local), needed, "{level:?} of {replicas:?}");
        }
    }

    #[test]
    fn where_acknowledgements_come_from_matters() {
        let replicas = [3, 3];
        for (acks, local, level, enough) in [
            ([1, 3], 0, Level::Quorum, true),
            ([1, 2], 0, Level::Quorum, false),
            ([1, 3], 0, Level::LocalQuorum, false),
            ([1, 3], 1, Level::LocalQuorum, true),
            ([1, 3], 0, Level::EachQuorum, false),
            ([2, 2], 0, Level::EachQuorum, true),
            ([0, 3], 0, Level::LocalOne, false),
            ([0, 1], 0, Level::One, true),
            ([3, 2], 0, Level::All, false),
            ([3, 3], 0, Level::All, true),
            ([0, 0], 0, Level::Any, false),
        ] {
            assert_eq!(level.satisfied(&acks, &replicas, local), enough, "{level:?} by {acks:?}");
        }
        assert!(Level::Any.reachable(&[0, 0], &replicas, 0));
        assert!(!Level::Three.reachable(&[2], &[2], 0));
        assert!(!Level::LocalQuorum.reachable(&[3], &[3, 0], 1));
        assert!(Level::EachQuorum.satisfied(&[2], &[3, 0], 0));
    }

    #[test]
    fn names() {
        for level in Level::NAMED {
            let word = level.name().to_lowercase().replace('_', "-");
            assert_eq!(Level::by_word(&word), Some(level));
            assert_eq!(level.reads(), word != "any");
        }
        assert_eq!(Level::by_word("count"), None);
        assert_eq!(Level::by_word("LOCAL_QUORUM"), None);
    }

    #[test]
    fn counts_overlap_when_r_and_w_exceed_n() {
        for n in 1..=7 {
            for w in 1..=n {
                for r in 1..=n {
                    let found = overlap((Level::Count(w), 0), (Level::Count(r), 0), &[n]);
                    assert_eq!(found, r + w > n, "{n} {r} {w}");
                    let two = [n / 2, n - n / 2];
                    assert_eq!(overlap((Level::Count(w), 0), (Level::Count(r), 1), &two), r + w > n);
                }
            }
        }
    }

    #[test]
    fn levels_overlap_as_documented() {
        use Level::{All, Any, EachQuorum, LocalQuorum, One, Quorum};
        for (write, read, expected) in [
            ((Quorum, 0), (Quorum, 1), true),
            ((LocalQuorum, 0), (LocalQuorum, 0), true),
            ((LocalQuorum, 0), (LocalQuorum, 1), false),
            ((EachQuorum, 0), (LocalQuorum, 1), true),
            ((EachQuorum, 0), (Quorum, 0), true),
            ((EachQuorum, 0), (One, 0), false),
            ((LocalQuorum, 0), (Quorum, 0), false),
            ((All, 0), (One, 1), true),
            ((One, 0), (All, 1), true),
            ((Any, 0), (All, 0), false),
        ] {
            assert_eq!(overlap(write, read, &[3, 3]), expected, "{write:?} {read:?}");
        }
    }
}
