//! How often keys are asked for: the distribution over ranks, the Zipf law nearest to it, and how many different keys a
//! stretch of requests touches.

use super::Key;

/// Ranks up to this are summed one by one, those beyond as an integral (the midpoint rule: off by less than 1e-7).
const EXACT: u64 = 1_024;

/// Keys by how often they are asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Popularity {
    /// (requests for a key, keys asked for so often), the most popular first.
    pub groups: Vec<(u32, u32)>,
    pub requests: u64,
    pub keys: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zipf {
    /// The key of rank r is asked for in proportion to r to the power of minus this. From 0 (all alike) to 8.
    pub exponent: f64,
    /// The largest distance between the law's share of the r most popular keys and theirs in fact (Kolmogorov and
    /// Smirnov's), from 0 to 1.
    pub off: f64,
}

impl Popularity {
    /// From requests by key; those never asked for do not count.
    pub fn of(counts: &[u32]) -> Popularity {
        // Few counts are large: those have a list, the others a table.
        let mut table = vec![0u32; 1 << 16];
        let mut large: Vec<(u64, u32)> = Vec::new();
        for count in counts.iter().filter(|count| **count > 0) {
            match table.get_mut(*count as usize) {
                Some(keys) => *keys += 1,
                None => large.push((u64::from(*count), 0)),
            }
        }
        crate::sim::order::sort(&mut large);
        let mut groups: Vec<(u32, u32)> = Vec::new();
        for (count, _) in large.iter().rev() {
            match groups.last_mut() {
                Some(group) if u64::from(group.0) == *count => group.1 += 1,
                _ => groups.push((*count as u32, 1)),
            }
        }
        groups
            .extend(table.iter().enumerate().rev().filter(|one| *one.1 > 0).map(|(count, keys)| (count as u32, *keys)));
        let requests = groups.iter().map(|(count, keys)| u64::from(*count) * u64::from(*keys)).sum();
        let keys = groups.iter().map(|group| u64::from(group.1)).sum();
        Popularity { groups, requests, keys }
    }

    /// (rank, requests for the key of that rank) at the first and last rank of every group.
    pub fn corners(&self) -> Vec<(u64, u32)> {
        let (mut out, mut rank) = (Vec::new(), 0);
        for (count, keys) in &self.groups {
            out.push((rank + 1, *count));
            rank += u64::from(*keys);
            if *keys > 1 {
                out.push((rank, *count));
            }
        }
        out
    }

    /// The share of requests that the so many most popular keys get.
    pub fn share(&self, ranks: u64) -> f64 {
        let (mut left, mut sum) = (ranks, 0);
        for (count, keys) in &self.groups {
            let some = left.min(u64::from(*keys));
            sum += some * u64::from(*count);
            left -= some;
        }
        sum as f64 / self.requests.max(1) as f64
    }

    /// The law under which these counts are likeliest, ranks taken as known. `None`: fewer than two keys.
    pub fn zipf(&self) -> Option<Zipf> {
        if self.keys < 2 {
            return None;
        }
        // Sums of logarithms of successive ranks are logarithms of factorials.
        let (mut sum, mut rank, mut below) = (0.0, 0.0, 0.0);
        for (count, keys) in &self.groups {
            rank += f64::from(*keys);
            let now = libm::lgamma(rank + 1.0);
            sum += f64::from(*count) * (now - below);
            below = now;
        }
        let mean = sum / self.requests as f64;
        let likelihood = |s: f64| -s * mean - libm::log(harmonic(self.keys, s));
        // It has one maximum: a golden section closes in on it.
        let (mut low, mut high) = (0.0, 8.0);
        let part = 0.618_033_988_749_894_9;
        let (mut a, mut b) = (high - part * (high - low), low + part * (high - low));
        let (mut at_a, mut at_b) = (likelihood(a), likelihood(b));
        for _ in 0..48 {
            if at_a > at_b {
                (high, b, at_b) = (b, a, at_a);
                a = high - part * (high - low);
                at_a = likelihood(a);
            } else {
                (low, a, at_a) = (a, b, at_b);
                b = low + part * (high - low);
                at_b = likelihood(b);
            }
        }
        let exponent = (low + high) / 2.0;
        let all = harmonic(self.keys, exponent);
        let mut off = 0.0f64;
        let mut rank = 1;
        while rank <= self.keys {
            off = off.max((harmonic(rank, exponent) / all - self.share(rank)).abs());
            // About a tenth more each time.
            rank = (rank + rank / 10 + 1).min(if rank < self.keys { self.keys } else { u64::MAX });
        }
        Some(Zipf { exponent, off })
    }
}

impl Zipf {
    /// Requests the law expects for a rank.
    pub fn expected(&self, rank: f64, of: &Popularity) -> f64 {
        of.requests as f64 * libm::pow(rank, -self.exponent) / harmonic(of.keys, self.exponent)
    }
}

/// The sum of r^−s over the ranks from 1 to n.
fn harmonic(n: u64, s: f64) -> f64 {
    let exact: f64 = (1..=n.min(EXACT)).map(|rank| libm::exp(-s * libm::log(rank as f64))).sum();
    if n <= EXACT {
        return exact;
    }
    let (from, to) = (EXACT as f64 + 0.5, n as f64 + 0.5);
    let (t, span) = (1.0 - s, libm::log(to / from));
    let rest = if t.abs() < 1e-12 { span } else { libm::exp(t * libm::log(from)) * libm::expm1(t * span) / t };
    exact + rest
}

/// How many different keys so many successive requests touch, over all such stretches of a trace. One request at a
/// time, from the last to the first or in any order.
#[derive(Clone, Debug)]
pub struct WorkingSet {
    requests: u64,
    /// Lengths, and the sum over all stretches so far.
    windows: Vec<(u64, u64)>,
}

impl WorkingSet {
    /// Stretches of 100, 1,000, 10,000 … requests, as far as the trace has any.
    pub fn new(requests: u64) -> WorkingSet {
        let lengths = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
        WorkingSet { requests, windows: lengths.into_iter().filter(|w| *w <= requests).map(|w| (w, 0)).collect() }
    }

    /// A request, and when its key is asked for next (`None`: not again): it is the last for its key in all stretches
    /// that begin no later than it and end after it, but before that.
    pub fn request(&mut self, at: u64, next: Option<u64>) {
        for (window, sum) in &mut self.windows {
            let first = (at + 1).saturating_sub(*window);
            let end = next.unwrap_or(self.requests);
            // One more than the last stretch's begin.
            let last = (at + 1).min((end + 1).saturating_sub(*window)).min(self.requests - *window + 1);
            *sum += last.saturating_sub(first);
        }
    }

    /// Length and the mean number of different keys.
    pub fn means(&self) -> Vec<(u64, f64)> {
        self.windows.iter().map(|(w, sum)| (*w, *sum as f64 / (self.requests - w + 1) as f64)).collect()
    }
}

/// Requests by key.
pub fn counts(trace: &[Key], keys: usize) -> Vec<u32> {
    let mut counts = vec![0u32; keys];
    for key in trace {
        if let Some(count) = counts.get_mut(*key as usize) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::super::next_uses;
    use super::*;
    use crate::sim::random::stream;
    use proptest::prelude::*;

    #[test]
    fn sums_of_powers() {
        for s in [0.0, 0.3, 0.8, 1.0, 1.000_000_1, 1.5, 3.0] {
            for n in [1u64, 2, 1_024, 1_025, 5_000, 300_000] {
                let plain: f64 = (1..=n).map(|rank| libm::pow(rank as f64, -s)).sum();
                assert!((harmonic(n, s) / plain - 1.0).abs() < 1e-7, "{s} {n}");
            }
        }
    }

    #[test]
    fn finds_the_exponent_again() {
        for (s, keys, requests) in
            [(0.0, 500, 200_000), (0.6, 2_000, 200_000), (1.0, 5_000, 400_000), (1.4, 1_000, 100_000)]
        {
            let weights: Vec<f64> = (1..=keys).map(|rank| libm::pow(f64::from(rank), -s)).collect();
            let total: f64 = weights.iter().sum();
            let (mut sum, mut chance) = (0.0, stream(5, "zipf"));
            let ends: Vec<f64> = weights
                .iter()
                .map(|w| {
                    sum += w / total;
                    sum
                })
                .collect();
            let trace: Vec<Key> = (0..requests)
                .map(|_| {
                    let u = chance.unit();
                    ends.partition_point(|end| *end < u) as u32
                })
                .collect();
            let popularity = Popularity::of(&counts(&trace, keys as usize + 1));
            assert_eq!(popularity.requests, requests as u64);
            let found = popularity.zipf().unwrap();
            // Ordering by what was counted makes popular keys look a little more so; not much at these numbers.
            assert!((found.exponent - s).abs() < 0.05, "{found:?} for {s}");
            assert!(found.off < 0.03, "{found:?} for {s}");
        }
        // Nothing like Zipf: half of all requests for a hundred keys, half for the other 900.
        let half: Vec<u32> = (0..1_000).map(|key| if key < 100 { 900 } else { 100 }).collect();
        assert!(Popularity::of(&half).zipf().unwrap().off > 0.1);
    }

    proptest! {
        #[test]
        fn groups_hold_every_key(counts in prop::collection::vec(prop_oneof![0u32..5, 0u32..200_000], 0..60)) {
            let popularity = Popularity::of(&counts);
            let mut plain: Vec<u32> = counts.iter().copied().filter(|count| *count > 0).collect();
            plain.sort_unstable_by(|a, b| b.cmp(a));
            let all: Vec<u32> = popularity.groups.iter().flat_map(|(count, keys)| (0..*keys).map(|_| *count)).collect();
            prop_assert_eq!(&all, &plain);
            prop_assert!(popularity.groups.windows(2).all(|pair| pair[0].0 > pair[1].0));
            for (rank, count) in popularity.corners() {
                prop_assert_eq!(plain[rank as usize - 1], count);
            }
            let zipf = popularity.zipf();
            prop_assert_eq!(zipf.is_some(), plain.len() > 1);
            if let Some(zipf) = zipf {
                prop_assert!((0.0..=8.0).contains(&zipf.exponent) && (0.0..=1.0).contains(&zipf.off));
            }
        }

        #[test]
        fn working_sets_are_those_of_every_stretch(trace in prop::collection::vec(0u32..60, 0..260)) {
            let mut set = WorkingSet::new(trace.len() as u64);
            for (at, next) in next_uses(&trace).into_iter().enumerate().rev() {
                set.request(at as u64, (next != super::super::optimal::NEVER).then_some(u64::from(next)));
            }
            let means = set.means();
            prop_assert_eq!(means.len(), usize::from(trace.len() >= 100));
            for (window, mean) in means {
                let stretches: Vec<usize> = trace.windows(window as usize).map(|some| {
                    let mut some = some.to_vec();
                    some.sort_unstable();
                    some.dedup();
                    some.len()
                }).collect();
                prop_assert!((stretches.iter().sum::<usize>() as f64 / stretches.len() as f64 - mean).abs() < 1e-9);
            }
        }
    }
}
