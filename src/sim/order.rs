//! The one sort. Each type of things that the standard library sorts costs the download some kilobytes, so everything
//! here is sorted by a number each: what gets ordered are pairs of that number and a place in a list.

/// Sorts pairs by their first number; equal ones stay as they stood. Byte by byte from the lowest (a radix sort), so
/// it takes time in proportion to the pairs, and none for bytes that all have in common.
#[inline(never)]
pub fn sort(pairs: &mut Vec<(u64, u32)>) {
    let differ = pairs.windows(2).fold(0, |bits, pair| bits | (pair[0].0 ^ pair[1].0));
    let mut other = vec![(0, 0); if differ == 0 { 0 } else { pairs.len() }];
    for shift in (0..64).step_by(8).filter(|shift| differ >> shift & 0xff != 0) {
        let byte = |pair: &(u64, u32)| (pair.0 >> shift & 0xff) as usize;
        let mut next = [0; 256];
        for pair in pairs.iter() {
            next[byte(pair)] += 1;
        }
        let mut sum = 0;
        for count in &mut next {
            sum += std::mem::replace(count, sum);
        }
        for pair in pairs.iter() {
            let place = &mut next[byte(pair)];
            other[*place] = *pair;
            *place += 1;
        }
        std::mem::swap(pairs, &mut other);
    }
}

/// The places of a list in the order of its numbers, lowest first; equal ones as they stand.
pub fn order(keys: &[u64]) -> Vec<u32> {
    let mut pairs: Vec<(u64, u32)> = keys.iter().copied().zip(0..).collect();
    sort(&mut pairs);
    pairs.iter().map(|pair| pair.1).collect()
}

/// A float as a number of the same order: that of `f64::total_cmp`.
pub fn rank(v: f64) -> u64 {
    let bits = v.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The float of a rank.
pub fn value(rank: u64) -> f64 {
    f64::from_bits(if rank >> 63 == 1 { rank & !(1 << 63) } else { !rank })
}

/// Things that have a moment each, in the order of time; equal moments as they stand.
pub fn by_time<T>(things: Vec<(super::Micros, T)>) -> Vec<(super::Micros, T)> {
    let times: Vec<u64> = things.iter().map(|thing| thing.0).collect();
    let mut things: Vec<Option<(super::Micros, T)>> = things.into_iter().map(Some).collect();
    order(&times).into_iter().filter_map(|place| things.get_mut(place as usize)?.take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_the_standard_library_sorts(wide in proptest::collection::vec(any::<u64>(), 0..60),
                                         narrow in proptest::collection::vec(0u64..4, 0..60)) {
            for keys in [wide, narrow] {
                let mut expected: Vec<u32> = (0..keys.len() as u32).collect();
                expected.sort_by_key(|place| keys[*place as usize]);
                prop_assert_eq!(order(&keys), expected);
            }
        }

        #[test]
        fn floats_in_their_total_order(a in any::<f64>(), b in any::<f64>()) {
            prop_assert_eq!(rank(a).cmp(&rank(b)), a.total_cmp(&b));
            prop_assert_eq!(value(rank(a)).to_bits(), a.to_bits());
        }
    }
}
