//! What a rule's lists hold, for a picture.

use super::arena::{NONE, Node};
use super::rules::list;
use super::{Cache, Key, Rule};

/// One of the lists a rule keeps, for a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The rule's own name of it: `T1`, `A1in`, `small`.
    pub name: &'static str,
    /// Keys that are remembered without their values.
    pub ghost: bool,
    /// How large it may become, where that is set or (ARC's T1) aimed at, in thousandths of the unit.
    pub room: Option<u64>,
    /// In the rule's own order; what is evicted next stands last, but for what hands and bits decide.
    pub entries: Vec<Entry>,
    /// The place in `entries` at which the hand stands.
    pub hand: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: Key,
    pub size: u32,
    pub mark: Mark,
}

/// What a rule notes at an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    None,
    /// Asked for again since the hand came by (CLOCK, SIEVE).
    Bit(bool),
    /// LFU's and S3-FIFO's own counts; W-TinyLFU's estimate by the sketch, up to 15.
    Count(u32),
}

impl Cache {
    /// Every list, for a picture.
    pub fn lists(&self) -> Vec<Shelf> {
        let thousand = |size: u64| Some(size.saturating_mul(1_000));
        let limits = &self.limits;
        let one = |name, ghost, room, at| Shelf { name, ghost, room, entries: self.entries(at), hand: None };
        let mut all = match self.rule {
            Rule::TwoQ => vec![
                one("A1in", false, thousand(limits.first), list::IN),
                one("Am", false, thousand(limits.main), list::MAIN),
                one("A1out", true, thousand(limits.ghosts), list::OUT),
            ],
            Rule::Arc => vec![
                one("T1", false, Some((self.target() * 1e3) as u64), list::T1),
                one("B1", true, None, list::B1),
                one("T2", false, None, list::T2),
                one("B2", true, None, list::B2),
            ],
            Rule::S3Fifo => vec![
                one("small", false, thousand(limits.first), list::IN),
                one("main", false, thousand(limits.main), list::MAIN),
                one("ghost", true, thousand(limits.ghosts), list::OUT),
            ],
            Rule::TinyLfu => vec![
                one("window", false, thousand(limits.first), list::WINDOW),
                one("probation", false, None, list::PROBATION),
                one("protected", false, thousand(limits.main), list::PROTECTED),
            ],
            Rule::Lfu => {
                let mut entries: Vec<Entry> = Vec::with_capacity(self.len());
                for bucket in self.buckets.rising() {
                    let start = entries.len();
                    entries.extend(self.entries(bucket));
                    entries[start..].reverse();
                }
                entries.reverse();
                vec![Shelf { name: "by count", ghost: false, room: None, entries, hand: None }]
            }
            Rule::Random => {
                let entries = self.drawn.iter().map(|slot| self.entry(&self.arena.nodes[*slot as usize])).collect();
                vec![Shelf { name: "in no order", ghost: false, room: None, entries, hand: None }]
            }
            Rule::Fifo | Rule::Clock | Rule::Sieve => vec![one("queue", false, None, list::ALL)],
            Rule::Lifo => vec![one("stack", false, None, list::ALL)],
            Rule::Lru | Rule::Mru => vec![one("by last use", false, None, list::ALL)],
        };
        if let Some(shelf) = all.first_mut() {
            let last = shelf.entries.len().checked_sub(1);
            match self.rule {
                Rule::Lifo | Rule::Mru => shelf.entries.reverse(),
                Rule::Clock => shelf.hand = last,
                Rule::Sieve if self.hand == NONE => shelf.hand = last,
                Rule::Sieve => shelf.hand = self.arena.each(list::ALL).position(|(slot, _)| slot == self.hand),
                _ => {}
            }
        }
        all
    }

    fn entries(&self, at: u32) -> Vec<Entry> {
        self.arena.each(at).map(|(_, node)| self.entry(node)).collect()
    }

    fn entry(&self, node: &Node) -> Entry {
        let mark = match self.rule {
            Rule::Clock | Rule::Sieve => Mark::Bit(node.count > 0),
            Rule::Lfu => Mark::Count(node.count),
            Rule::S3Fifo if node.list != list::OUT => Mark::Count(node.count),
            Rule::TinyLfu => Mark::Count(self.sketch.frequency(node.key)),
            _ => Mark::None,
        };
        Entry { key: node.key, size: node.size, mark }
    }
}
