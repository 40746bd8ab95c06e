//! Consistent hashing with bounded loads.
//!
//! Mirrokni, Thorup and Zadimoghaddam 2016 (arXiv:1608.01350): no server takes more than c times the average, and
//! what does not fit goes on clockwise. Here as HAProxy's `hash-balance-factor` and Vimeo apply it to requests: a key
//! is as heavy as the requests for it, and a heavy key may be served by several servers.

use super::placement::Placement;

/// Where keys went under a bound on every server's load. Units are whatever the weights count (keys, requests).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounded {
    /// Per key: the first server that took some of it. `u32::MAX` if no one could.
    pub owner: Vec<u32>,
    /// Per server: the units it took.
    pub load: Vec<u64>,
    /// The most units a server takes: ceil(c × total / n), n being the servers that some key could reach.
    pub bound: u64,
    /// (key, server, units): what did not fit at a key's `owner` and went on clockwise.
    pub spilled: Vec<(u32, u32, u64)>,
}

/// Places keys in the given order, each at the first server from its place onward that has room.
///
/// `positions` are the keys' places, `weights` their units (missing ones are 1), `servers` how many servers the
/// placement was built from, `percent` is c in percent (125 is 1.25; below 100 is taken as 100). The rest of a key
/// that does not fit goes on to the next server with room; none is ever filled beyond the bound, and with c ≥ 1 all
/// units of keys that have an owner fit. A key of 0 units is given to the first server with room, or to its owner if
/// there is none. Onward means what it means for replicas; rendezvous has no circle and places nothing.
pub fn bounded(placement: &Placement, positions: &[u64], weights: &[u64], servers: u32, percent: u32) -> Bounded {
    let units = |key: usize| weights.get(key).copied().unwrap_or(1);
    let total: u128 = (0..positions.len()).map(|key| u128::from(units(key))).sum();
    let reached = placement.reached(servers);
    let n = reached.iter().filter(|&&reached| reached).count() as u128;
    // Units and keys are below 2^96 together, so the product with the percentage fits.
    let bound = if n == 0 { 0 } else { (total * u128::from(percent.max(100))).div_ceil(100 * n) };
    let bound = u64::try_from(bound).unwrap_or(u64::MAX);

    let mut circle = Circle::new(placement, &reached);
    let mut result = Bounded {
        owner: Vec::with_capacity(positions.len()),
        load: vec![0; servers as usize],
        bound,
        spilled: Vec::new(),
    };
    if bound == 0 {
        circle.with_room = 0;
    }
    for (key, &position) in positions.iter().enumerate() {
        let mut left = units(key);
        let mut owner = None;
        let mut stop = placement.start(position);
        while let Some(from) = stop
            && (left > 0 || owner.is_none())
        {
            let Some(next) = circle.next_with_room(from) else {
                if left == 0 {
                    owner = owner.or(Some(placement.server_of(from)));
                }
                break;
            };
            stop = Some(next);
            let server = placement.server_of(next);
            let load = &mut result.load[server as usize];
            let takes = left.min(bound - *load);
            *load += takes;
            left -= takes;
            if *load == bound {
                circle.close(server);
            }
            if owner.is_none() {
                owner = Some(server);
            } else {
                result.spilled.push((key as u32, server, takes));
            }
        }
        result.owner.push(owner.unwrap_or(u32::MAX));
    }
    result
}

/// The stops, with those of full servers linked past: a union-find, so that a run of full servers costs next to
/// nothing however long it is.
struct Circle {
    /// Stop → itself if its server has room, else a stop further on.
    onward: Vec<u32>,
    /// The stops of all servers, one server after the other, and where each server's begin.
    stops: Vec<u32>,
    begin: Vec<usize>,
    with_room: usize,
}

impl Circle {
    fn new(placement: &Placement, reached: &[bool]) -> Circle {
        let count = placement.stop_count();
        let mut begin = vec![0; reached.len() + 1];
        let mut onward: Vec<u32> = (0..count as u32).collect();
        for (stop, onward) in onward.iter_mut().enumerate() {
            match begin.get_mut(placement.server_of(stop) as usize + 1) {
                Some(size) => *size += 1,
                // A server past the caller's count takes nothing.
                None => *onward = ((stop + 1) % count) as u32,
            }
        }
        for server in 1..begin.len() {
            begin[server] += begin[server - 1];
        }
        let mut next = begin.clone();
        let mut stops = vec![0; begin.last().copied().unwrap_or(0)];
        for stop in 0..count {
            let server = placement.server_of(stop) as usize;
            if server < reached.len() {
                stops[next[server]] = stop as u32;
                next[server] += 1;
            }
        }
        Circle { onward, stops, begin, with_room: reached.iter().filter(|&&reached| reached).count() }
    }

    /// The first stop at or after `stop` whose server has room.
    fn next_with_room(&mut self, stop: usize) -> Option<usize> {
        if self.with_room == 0 {
            return None;
        }
        let mut at = stop;
        while self.onward[at] as usize != at {
            let skip = self.onward[self.onward[at] as usize];
            self.onward[at] = skip;
            at = skip as usize;
        }
        Some(at)
    }

    /// Takes a full server's stops out of the circle.
    fn close(&mut self, server: u32) {
        let count = self.onward.len();
        for &stop in &self.stops[self.begin[server as usize]..self.begin[server as usize + 1]] {
            self.onward[stop as usize] = ((stop as usize + 1) % count) as u32;
        }
        self.with_room -= 1;
    }
}
