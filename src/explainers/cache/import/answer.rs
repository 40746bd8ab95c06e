//! What is found out about a trace of the reader's: who is popular, how many keys are in use at a time, what every rule
//! misses at every size, and the size that is enough.

use super::scene;
use super::trace::Trace;
use crate::draw::chart::figure;
use crate::draw::scene::Scene;
use crate::explainers::cache::curve::SLICE;
use crate::explainers::lines::count;
use crate::explainers::{Inquiry, grouped, percent};
use crate::models::caching::curves::{Curves, LINES, OPTIMAL, line_name};
use crate::models::caching::popularity::{Popularity, Zipf};
use crate::models::caching::trace::{Op, decoded};
use crate::models::caching::{Key, Rule};
use crate::sim::decimal::fixed;

/// Shares of hits that sizes are looked for.
pub const WANTED: [f64; 5] = [0.5, 0.8, 0.9, 0.95, 0.99];
/// Popular keys that are named.
const TOP: usize = 3;
const SEED: u64 = 7;
/// With fewer, a law fitted to them says nothing.
const LAW_KEYS: u64 = 10;
const LAW_REQUESTS: u64 = 50;
/// With fewer, a tenth of the keys is no crowd.
const TENTHS: u64 = 20;

pub struct Answer {
    pub trace: Trace,
    counts: Vec<u32>,
    counted: usize,
    pub popularity: Popularity,
    pub zipf: Option<Zipf>,
    /// The most popular keys, and how often each was asked for.
    pub top: Vec<(Key, u32)>,
    pub curves: Curves,
    done: bool,
}

impl Answer {
    pub fn new(trace: Trace) -> Answer {
        let curves = Curves::replayed(trace.requests.clone(), u64::from(trace.keys), trace.reads, SEED);
        Answer {
            counts: vec![0; trace.keys as usize],
            counted: 0,
            popularity: Popularity::default(),
            zipf: None,
            top: Vec::new(),
            curves,
            trace,
            done: false,
        }
    }

    fn count(&mut self) {
        let to = (self.counted + 5 * SLICE).min(self.trace.requests.len());
        for request in self.trace.requests.get(self.counted..to).unwrap_or_default() {
            if let (Op::Read, key) = decoded(*request)
                && let Some(count) = self.counts.get_mut(key as usize)
            {
                *count += 1;
            }
        }
        self.counted = to;
        if to < self.trace.requests.len() {
            return;
        }
        let counts = std::mem::take(&mut self.counts);
        self.popularity = Popularity::of(&counts);
        let enough = self.popularity.keys >= LAW_KEYS && self.popularity.requests >= LAW_REQUESTS;
        self.zipf = if enough { self.popularity.zipf() } else { None };
        for (key, count) in counts.iter().enumerate().filter(|one| *one.1 > 0) {
            if self.top.len() < TOP || self.top.last().is_some_and(|last| last.1 < *count) {
                let at = self.top.partition_point(|other| other.1 >= *count);
                self.top.insert(at, (key as Key, *count));
                self.top.truncate(TOP);
            }
        }
    }

    fn known(&self) -> bool {
        self.counted >= self.trace.requests.len()
    }

    /// The entries with which a line hits so often: between two sizes, by logarithm. `None`: no size does.
    pub fn enough(&self, line: usize, hits: f64) -> Option<f64> {
        let sizes = self.curves.sizes();
        let missed = |i: usize| self.curves.ratio(line, i);
        let at = (0..sizes.len()).find(|i| missed(*i).is_some_and(|missed| missed <= 1.0 - hits + 1e-12))?;
        let size = sizes[at] as f64;
        let Some(before) = at.checked_sub(1) else { return Some(size) };
        let (high, low) = (missed(before)?, missed(at)?);
        let share = (high - (1.0 - hits)) / (high - low);
        let less = sizes[before] as f64;
        Some(libm::ceil(libm::exp(libm::log(less) + libm::log(size / less) * share)).min(size))
    }

    /// The rule that needs the fewest entries for so many hits, and how many.
    pub fn best(&self, hits: f64) -> Option<(usize, f64)> {
        let needs = (0..OPTIMAL).filter_map(|line| Some((line, self.enough(line, hits)?)));
        needs.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The largest share of hits, once the curves are there: where all fit, a key's first read is a miss, and the one
    /// after it was deleted, unless a write comes before.
    pub fn most(&self) -> f64 {
        1.0 - f64::from(self.curves.compulsory()) / self.popularity.requests.max(1) as f64
    }

    /// Why more cannot be had, for the end of a sentence.
    pub fn compulsory(&self) -> String {
        let share = percent(1.0 - self.most());
        match self.replayed() {
            true => format!("at {share}% of the reads nothing of their key is there, or no longer"),
            false => format!("{share}% of the requests are the first for their key"),
        }
    }

    /// It writes or deletes as well.
    pub fn replayed(&self) -> bool {
        self.trace.reads < self.trace.requests.len() as u64
    }

    /// The size at which knowing the future would save LRU most misses: where the lines lie far apart.
    pub fn cut(&self) -> f64 {
        let lru = lru();
        let apart = |i: usize| Some(self.curves.ratio(lru, i)? - self.curves.ratio(OPTIMAL, i)?);
        let sizes = self.curves.sizes();
        let far = |i: &usize| apart(*i).unwrap_or(0.0);
        let at = (0..sizes.len()).max_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(0);
        sizes.get(at).map_or(1.0, |size| *size as f64)
    }

    /// What the fit is worth, in words.
    pub fn fit(&self) -> String {
        let Some(zipf) = self.zipf else {
            return format!("A law of popularity is fitted to {LAW_KEYS} keys and {LAW_REQUESTS} requests or more");
        };
        let how = match zipf.off {
            off if off < 0.02 => "close",
            off if off < 0.05 => "a fair fit",
            off if off < 0.1 => "a rough fit",
            _ => "not much like Zipf",
        };
        format!(
            "Zipf’s law with exponent {}: {how}; the share of the most popular keys, however many, is at most {} points \
             off",
            fixed(zipf.exponent, 2),
            fixed(zipf.off * 100.0, 1)
        )
    }

    /// A key as the reader wrote it.
    fn name(&self, key: Key) -> String {
        self.trace.name(key).map_or_else(|| "one whose name was not kept".into(), |name| format!("“{name}”"))
    }

    pub fn popular(&self) -> String {
        let all = self.popularity.requests.max(1) as f64;
        let share = |count: u32| percent(f64::from(count) / all);
        let named: Vec<String> =
            self.top.iter().map(|(key, count)| format!("{} {}%", self.name(*key), share(*count))).collect();
        let keys = self.popularity.keys;
        let tenth = match keys {
            keys if keys < TENTHS => String::new(),
            keys => format!(
                " A tenth of the keys get {}% of the requests;",
                percent(self.popularity.share(keys.div_ceil(10)))
            ),
        };
        let once = self.popularity.groups.last().filter(|group| group.0 == 1).map_or(0, |group| group.1);
        let once = match once {
            _ if keys == 1 => {
                return format!("All requests are for one key, {}", self.name(self.top.first().map_or(0, |top| top.0)));
            }
            0 => "none is asked for only once".into(),
            1 => "one is asked for only once".to_string(),
            n if u64::from(n) == keys => "each is asked for only once".into(),
            n => format!("{} are asked for only once", grouped(i64::from(n))),
        };
        let of = if tenth.is_empty() { format!(" Of {} keys ", grouped(keys as i64)) } else { " ".into() };
        format!("Most asked for: {}.{tenth}{of}{once}", named.join(", "))
    }
}

/// The line of LRU.
pub fn lru() -> usize {
    Rule::ALL.iter().position(|rule| *rule == Rule::Lru).unwrap_or(0)
}

/// So many entries, with the digits that matter.
pub fn entries(n: f64) -> String {
    grouped(libm::round(n) as i64)
}

/// Bytes in the unit people would use.
pub fn bytes(n: f64) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB"];
    let (mut n, mut unit) = (n, 0);
    while n >= 999.5 && unit + 1 < units.len() {
        n /= 1_000.0;
        unit += 1;
    }
    format!("{} {}", figure(if unit == 0 { libm::round(n) } else { n }), units[unit])
}

impl Inquiry for Answer {
    fn step(&mut self) -> bool {
        if !self.known() {
            self.count();
            return true;
        }
        self.done = !self.curves.step(SLICE);
        !self.done
    }

    fn progress(&self) -> f64 {
        let counted = self.counted as f64 / self.trace.requests.len().max(1) as f64;
        0.01 * counted + 0.99 * self.curves.progress()
    }

    fn words(&self) -> String {
        if !self.done {
            return "Not computed yet.".into();
        }
        let mut out = format!("{}. {}.", self.popular(), self.fit());
        let sets = self.curves.working().means();
        if let Some((window, mean)) = sets.iter().rev().find(|(window, _)| window * 2 <= self.popularity.requests) {
            out += &format!(" {} requests in a row are for {} on average.", grouped(*window as i64), keys(*mean));
        }
        for hits in [0.8, 0.95] {
            let share = format!("{}%", fixed(hits * 100.0, 0));
            out += &match (self.best(hits), self.enough(lru(), hits)) {
                (Some((best, n)), Some(more)) => {
                    let than = if best == lru() { String::new() } else { format!(", LRU {}", entries(more)) };
                    format!(
                        " For {share} hits {} needs {}{than}.",
                        line_name(best),
                        count(n as usize, "entry").replace("entrys", "entries")
                    )
                }
                _ => {
                    out += &format!(" {share} hits are out of reach: {}.", self.compulsory());
                    break;
                }
            };
        }
        out
    }

    fn scene(&self, width: f32) -> Scene {
        scene::scene(self, width)
    }
}

/// “312 keys”, with the digits that matter.
pub fn keys(mean: f64) -> String {
    format!("{} different keys", figure(mean))
}

const _: () = assert!(LINES == OPTIMAL + 1);
