//! Contradictions that need no search: a value found although its last writer was done before something began that
//! shows another value, and that was over before the value was found; and a value replaced more often than it was set.
//! Then the search need not try every order to know that it will not get past it.

use super::search::{NONE, Work};

/// The earliest event that no order can pass, as far as this rule sees it. `values` is how many there are; the one at
/// `nil` was there before everything.
pub fn event(works: &[Work], values: usize, nil: u32) -> Option<usize> {
    // By value: (invoked, the latest end of this source and those before it). Works are in the order of their place,
    // which need not be that of time.
    let mut sources: Vec<Vec<(u32, u32)>> = vec![Vec::new(); values];
    let mut by_from: Vec<(u64, u32)> = works.iter().map(|work| u64::from(work.from)).zip(0..).collect();
    crate::sim::order::sort(&mut by_from);
    for work in by_from.iter().filter_map(|pair| works.get(pair.1 as usize)) {
        if let Some(of) = sources.get_mut(work.gives as usize) {
            let until = of.last().map_or(work.until, |last: &(u32, u32)| last.1.max(work.until));
            of.push((work.from, until));
        }
    }
    // By end: the latest begins of two works that show different values, among those that have ended by then.
    let mut ended: Vec<(u64, u32)> = works.iter().map(|work| u64::from(work.until)).zip(0..).collect();
    crate::sim::order::sort(&mut ended);
    let mut latest: Vec<(u32, [(i64, u32); 2])> = Vec::new();
    let mut two = [(-1i64, NONE), (-1, NONE)];
    for work in ended.iter().filter_map(|pair| works.get(pair.1 as usize)).filter(|work| work.until != NONE) {
        let shows = (i64::from(work.from), if work.gives == NONE { work.needs } else { work.gives });
        if shows.1 == two[0].1 {
            two[0] = two[0].max(shows);
        } else if shows.0 > two[0].0 {
            two = [shows, two[0]];
        } else if shows.0 > two[1].0 {
            two[1] = shows;
        }
        latest.push((work.until, two));
    }
    let doomed = |work: &&Work| {
        if work.needs == NONE || work.until == NONE {
            return false;
        }
        let of = sources.get(work.needs as usize).map_or(&[][..], Vec::as_slice);
        // It is no source of its own: what needs a value does not give it.
        let before = of.partition_point(|source| source.0 < work.until);
        let last = match before.checked_sub(1).and_then(|i| of.get(i)) {
            Some(source) => i64::from(source.1),
            None if work.needs == nil => -1,
            None => return true,
        };
        let known = latest.partition_point(|ended| ended.0 < work.from);
        let Some((_, two)) = known.checked_sub(1).and_then(|i| latest.get(i)) else { return false };
        two.iter().any(|(from, value)| *value != work.needs && *from > last)
    };
    let stale = works.iter().filter(doomed).map(|work| work.until as usize).min();
    // Each compare-and-set that changes a value needs one of its own.
    let mut taken = vec![0usize; values];
    let replaced = ended.iter().filter_map(|pair| works.get(pair.1 as usize)).find(|work| {
        let takes = work.needs != NONE && work.gives != NONE && work.until != NONE;
        let (Some(count), Some(of)) = (taken.get_mut(work.needs as usize), sources.get(work.needs as usize)) else {
            return false;
        };
        *count += usize::from(takes);
        takes && *count > of.partition_point(|source| source.0 < work.until) + usize::from(work.needs == nil)
    });
    stale.into_iter().chain(replaced.map(|work| work.until as usize)).min()
}
