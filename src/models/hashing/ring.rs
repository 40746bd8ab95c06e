//! Points on a ring, and the search for the first point at or after a place.
//!
//! Karger et al. 1997, "Consistent Hashing and Random Trees". A server owns the arc that ends at its point: from just
//! after the point before it up to and including its own.

use super::functions::{HashFn, crc32, push_decimal};
use crate::sim::order;

/// No ring has more points than this (and no Maglev table more entries, roughly): beyond it a page's memory ends.
/// Where servers ask for more, each is held to its even part of the limit.
pub const MAX_POINTS: u32 = 1 << 22;

/// A server's point on the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Place on the turn 0..2^64.
    pub position: u64,
    /// Index into the servers the placement was built from.
    pub server: u32,
}

/// Lower bound: how many points lie before `position`. Tells `look` every index it compares, in order.
pub(super) fn lower_bound(points: &[Point], position: u64, mut look: impl FnMut(usize)) -> usize {
    let (mut left, mut right) = (0, points.len());
    while left < right {
        let middle = left + (right - left) / 2;
        look(middle);
        if points[middle].position < position {
            left = middle + 1;
        } else {
            right = middle;
        }
    }
    left
}

/// How many points a plain ring gives a server: `vnodes` × `weight` %, rounded half up; at least 1 unless the weight
/// is 0.
pub(super) fn point_count(vnodes: u32, weight: u32) -> u64 {
    if weight == 0 { 0 } else { ((u64::from(vnodes) * u64::from(weight) + 50) / 100).max(1) }
}

/// The limit on each of `servers` servers' points that keeps the whole ring within [`MAX_POINTS`].
pub(super) fn point_limit(servers: usize) -> u64 {
    (u64::from(MAX_POINTS) / (servers as u64).max(1)).max(1)
}

/// Adds the plain ring's points of one server: the hash of `name#0`, `name#1` …
pub(super) fn add_plain(points: &mut Vec<Point>, hash: HashFn, name: &str, server: u32, count: u64) {
    let mut buffer = name.as_bytes().to_vec();
    buffer.push(b'#');
    let prefix = buffer.len();
    for replica in 0..count as u32 {
        buffer.truncate(prefix);
        push_decimal(&mut buffer, replica);
        points.push(Point { position: hash.position(&buffer), server });
    }
}

/// Adds groupcache's points of one server: CRC-32 of `0name`, `1name` …
pub(super) fn add_groupcache(points: &mut Vec<Point>, name: &str, server: u32, count: u64) {
    let mut buffer = Vec::new();
    for replica in 0..count as u32 {
        buffer.clear();
        push_decimal(&mut buffer, replica);
        buffer.extend_from_slice(name.as_bytes());
        points.push(Point { position: u64::from(crc32(&buffer)) << 32, server });
    }
}

/// Points in the order of the turn; those of one place stay in the order of their servers, as they were made.
pub(super) fn sort(points: &mut [Point]) {
    let mut pairs: Vec<(u64, u32)> = points.iter().map(|point| (point.position, point.server)).collect();
    order::sort(&mut pairs);
    for (point, &(position, server)) in points.iter_mut().zip(&pairs) {
        *point = Point { position, server };
    }
}

/// Where points fell on the same place, all of them belong to the server that came last: groupcache keeps the place
/// in its list once per point, but a map from place to server that the last writer wins.
pub(super) fn last_wins(points: &mut [Point]) {
    for same in points.chunk_by_mut(|a, b| a.position == b.position) {
        if let Some(&Point { server, .. }) = same.last() {
            same.iter_mut().for_each(|point| point.server = server);
        }
    }
}

/// The owner of each position, in one sweep: O(positions + points). Positions should ascend; where one does not, the
/// sweep starts again by search, so the answer is right in any order.
pub(super) fn sweep(points: &[Point], positions: &[u64], out: &mut Vec<u32>) {
    let Some(first) = points.first() else {
        out.extend(positions.iter().map(|_| u32::MAX));
        return;
    };
    // With few positions, searching each beats walking every point.
    let search_each = positions.len() < points.len() / 16;
    let (mut index, mut previous) = (0, 0);
    for &position in positions {
        if search_each || position < previous {
            index = lower_bound(points, position, |_| ());
        } else {
            while points.get(index).is_some_and(|point| point.position < position) {
                index += 1;
            }
        }
        previous = position;
        out.push(points.get(index).unwrap_or(first).server);
    }
}

/// Two rising runs of points as one.
pub(super) fn merge(old: impl Iterator<Item = Point>, fresh: &[Point], room: usize) -> Vec<Point> {
    let mut all = Vec::with_capacity(room + fresh.len());
    let mut fresh = fresh.iter().copied().peekable();
    for point in old {
        while let Some(first) = fresh.next_if(|first| *first < point) {
            all.push(first);
        }
        all.push(point);
    }
    all.extend(fresh);
    all
}

/// How much of the turn each server's arcs cover, in units of 1/2^64 (hence one more bit than `u64`).
pub(super) fn arcs(points: &[Point], servers: usize) -> Vec<u128> {
    let mut covered = vec![0; servers];
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return covered };
    let mut add = |server: u32, length: u128| {
        if let Some(sum) = covered.get_mut(server as usize) {
            *sum += length;
        }
    };
    // The first point's arc runs from the last point through the turn's end.
    add(first.server, (1 << 64) - u128::from(last.position) + u128::from(first.position));
    for pair in points.windows(2) {
        add(pair[1].server, u128::from(pair[1].position - pair[0].position));
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_round_half_up() {
        assert_eq!(point_count(100, 100), 100);
        assert_eq!(point_count(1, 50), 1);
        assert_eq!(point_count(3, 50), 2);
        assert_eq!(point_count(10, 1), 1);
        assert_eq!(point_count(0, 100), 1);
        assert_eq!(point_count(100, 0), 0);
        assert_eq!(point_count(u32::MAX, u32::MAX), (u64::from(u32::MAX) * u64::from(u32::MAX) + 50) / 100);
    }

    #[test]
    fn one_point_owns_the_turn() {
        let points = [Point { position: 5, server: 0 }];
        assert_eq!(arcs(&points, 1), [1 << 64]);
        let mut out = Vec::new();
        sweep(&points, &[0, 5, 6, 3, u64::MAX], &mut out);
        assert_eq!(out, [0; 5]);
    }

    #[test]
    fn the_last_writer_takes_a_shared_place() {
        let point = |position, server| Point { position, server };
        let mut points = [point(1, 0), point(1, 2), point(2, 1)];
        last_wins(&mut points);
        assert_eq!(points, [point(1, 2), point(1, 2), point(2, 1)]);
    }
}
