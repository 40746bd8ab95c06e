//! Why an entry had to go, with the figures a sentence needs.

use crate::sim::decimal;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// FIFO: it came first, so many requests ago.
    Oldest { ago: u32 },
    /// LIFO: it came last, so many requests ago.
    Newest { ago: u32 },
    /// LRU: asked for last so many requests ago, longer than any other.
    LeastRecent { ago: u32 },
    /// MRU: asked for last, so many requests ago.
    MostRecent { ago: u32 },
    /// LFU: asked for so often since it came, no more often than any other; of several, that count is the oldest.
    LeastFrequent { count: u32, ago: u32 },
    /// Random: one of so many.
    Drawn { of: u32 },
    /// CLOCK, SIEVE: the hand passed so many that had been asked for again, and cleared their bits; this had none.
    Unvisited { passed: u32 },
    /// 2Q: first of the queue of newcomers. What was evicted from there is remembered.
    OldestIn { ago: u32 },
    /// 2Q: least recently used of those that came back.
    LeastRecentMain { ago: u32 },
    /// ARC: least recently used of T1 (asked for once); `target` is T1's wanted size in thousandths of an entry.
    OnceOnly { once: u64, target: u64 },
    /// ARC: least recently used of T2 (asked for again).
    AskedAgain { once: u64, target: u64 },
    /// S3-FIFO: left the small queue with so many hits, fewer than two; it is remembered.
    SmallQueue { hits: u32 },
    /// S3-FIFO: left the main queue without a hit since the hand came by; so many others went round again.
    MainQueue { passed: u32 },
    /// W-TinyLFU: came out of the window, and the sketch had seen it no more often than the main part's victim.
    LostToResident { its: u32, other: u32 },
    /// W-TinyLFU: the main part's victim; what came out of the window had been seen more often.
    LostToNewcomer { its: u32, other: u32 },
    /// W-TinyLFU: the newcomer seen no more often was let in by chance (one in 128), against attacks on the hash.
    LostToChance { its: u32, other: u32 },
    /// W-TinyLFU: it was next, and nothing stood against it.
    NextInLine,
    /// Larger than the whole cache, or more keys than it has room to know.
    TooLarge,
}

impl Why {
    /// The end of a sentence that begins “k3 is evicted: ”.
    pub fn words(&self) -> String {
        let past = |n: u32| match n {
            0 => "just now".to_string(),
            1 => "1 request ago".to_string(),
            n => format!("{n} requests ago"),
        };
        let times = |n: u32| if n == 1 { "once".to_string() } else { format!("{n} times") };
        let milli = |v: u64| decimal::fixed(v as f64 / 1_000.0, if v.is_multiple_of(1_000) { 0 } else { 2 });
        match *self {
            Why::Oldest { ago } => format!("it came first, {}", past(ago)),
            Why::Newest { ago } => format!("it came last, {}", past(ago)),
            Why::LeastRecent { ago } => format!("the least recently used, last asked for {}", past(ago)),
            Why::MostRecent { ago } => format!("the most recently used, asked for {}", past(ago)),
            Why::LeastFrequent { count, ago } => {
                format!("the least frequently used, asked for {}, last {}", times(count), past(ago))
            }
            Why::Drawn { of } => format!("drawn at random, one of {of}"),
            Why::Unvisited { passed: 0 } => "the hand found it not asked for again".into(),
            Why::Unvisited { passed } => {
                format!("the hand passed {passed} with their bit set and found this one not asked for again")
            }
            Why::OldestIn { ago } => {
                format!("the oldest of the newcomers, it came {}; A1out remembers its key", past(ago))
            }
            Why::LeastRecentMain { ago } => {
                format!("the least recently used of Am, last asked for {}", past(ago))
            }
            Why::OnceOnly { once, target } => {
                format!("the least recently used of T1, which holds {once} and should hold {}", milli(target))
            }
            Why::AskedAgain { once, target } => {
                format!("the least recently used of T2, as T1 holds {once} and may hold {}", milli(target))
            }
            Why::SmallQueue { hits: 0 } => "it left the small queue without a hit".into(),
            Why::SmallQueue { hits } => format!("it left the small queue with {hits} hit, and two are needed"),
            Why::MainQueue { passed: 0 } => "it came to the end of the main queue without a hit".into(),
            Why::MainQueue { passed } => {
                format!("{passed} with hits went round the main queue again, and this one had none")
            }
            Why::LostToResident { its, other } => {
                format!(
                    "it left the window, seen {} by the sketch, the one it would push out {}",
                    times(its),
                    times(other)
                )
            }
            Why::LostToNewcomer { its, other } => {
                format!("seen {} by the sketch, and the newcomer {}", times(its), times(other))
            }
            Why::LostToChance { its, other } => format!(
                "seen {} by the sketch and the newcomer only {}, which was let in by chance",
                times(its),
                times(other)
            ),
            Why::NextInLine => "next in line, with nothing to compare it with".into(),
            Why::TooLarge => "larger than the whole cache".into(),
        }
    }
}
