//! One face over all methods: which server a key belongs to, and why.
//!
//! Most methods place a key in two steps: the key becomes a position on a turn of 2^64, and the position leads to a
//! *stop* (a point of a ring, an entry of a table, a server in a list) whose server owns the key. Replicas and
//! overflow go on from that stop to the next ones. Rendezvous alone has no such circle: it needs the key.

use std::rc::Rc;

use super::cassandra::{cassandra_token, position_of, token_at};
use super::functions::{HashFn, crc32};
use super::jump::{guava, jump};
use super::ring::{self, Point, lower_bound};
use super::slots::{SLOTS, key_slot};
use super::{ketama, maglev, rendezvous::Contest};

/// A server as a placement sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// The string that is hashed for its points, scores or permutation.
    pub name: String,
    /// Percent of a normal server: 100 is normal, 0 takes nothing (as if it were not in the list). What a weight
    /// between does is the method's affair: plain rings, weighted ketama and weighted rendezvous heed it, the others
    /// know no weights.
    pub weight: u32,
    /// Cassandra only: its tokens.
    pub tokens: Vec<i64>,
}

/// A way of placing keys on servers. Sizes above [`MAX_POINTS`](super::MAX_POINTS) points in all, or
/// [`MAX_TABLE`](super::MAX_TABLE) entries, are held to that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// The plain ring (Karger et al. 1997): point j of a server at the hash of `name#j`, for j below `vnodes` ×
    /// weight % rounded (at least one point). Where points collide, the earlier server owns the place.
    Ring {
        /// Hashes points and keys.
        hash: HashFn,
        /// Points of a server of normal weight.
        vnodes: u32,
    },
    /// libmemcached 1.1.4, `MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED`: 160 points per server at equal weight, four per MD5
    /// digest, in single-precision proportion to the weights. Server names are used as its `host:port` strings.
    /// Where points collide, the earlier server owns the place. (libmemcached itself reads weight 0 as 1.)
    KetamaWeighted,
    /// libmemcached 1.1.4, `MEMCACHED_BEHAVIOR_KETAMA` with MD5: 100 points per server, one per digest; no weights.
    Ketama,
    /// golang/groupcache `consistenthash` (8c9f03a) with its default CRC-32: where points collide, the later server
    /// owns the place; no weights.
    Groupcache {
        /// Points per server; groupcache's HTTP pool uses 50.
        replicas: u32,
    },
    /// Apache Cassandra's Murmur3Partitioner on the servers' own tokens; no weights but 0.
    Cassandra,
    /// Redis Cluster: the slot of the key, then this table. Weights are not looked at: the table says it all.
    RedisSlots {
        /// 16,384 entries, each an index into the servers; `u16::MAX` or an index past the end is a slot that no one
        /// serves, and so is an entry that is missing.
        owner: Rc<Vec<u16>>,
    },
    /// The key's hash modulo the number of servers.
    ModN {
        /// Hashes keys.
        hash: HashFn,
    },
    /// Jump consistent hash (Lamping and Veach 2014) of the key's native hash.
    Jump {
        /// Hashes keys.
        hash: HashFn,
    },
    /// Guava's `Hashing.consistentHash` of the key's native hash.
    Guava {
        /// Hashes keys.
        hash: HashFn,
    },
    /// Rendezvous as PyPI clandestined 1.1.0 has it: MurmurHash3_x86_32 of `name-key`; a tie goes to the greater
    /// name, then to the earlier server.
    Rendezvous {
        /// MurmurHash3's seed.
        seed: u32,
    },
    /// The same hash, each server's score weighted as −w / ln(h) (Schindelhauer and Schomaker 2005).
    WeightedRendezvous {
        /// MurmurHash3's seed.
        seed: u32,
    },
    /// dgryski/go-maglev (8961b9b). Its `Lookup` takes a `u64`: here SipHash-2-4 of the key's bytes, under the key
    /// that it uses for names.
    MaglevSip {
        /// Entries of the table; a prime, by the caller's care.
        size: u32,
    },
    /// kkdai/maglev (750c761): xxHash64, servers take turns in the order of their names.
    MaglevXx {
        /// Entries of the table; a prime, by the caller's care.
        size: u32,
    },
}

/// How a key becomes a position, and a position a stop.
#[derive(Clone, Debug)]
enum Way {
    Ring(HashFn),
    Ketama,
    Groupcache,
    Cassandra,
    Slots(Rc<Vec<u16>>),
    Maglev(fn(&[u8]) -> u64),
    List(HashFn, Chooser),
    Rendezvous(Contest),
}

/// How a hash chooses from a list of so many.
#[derive(Clone, Copy, Debug)]
enum Chooser {
    ModN,
    Jump,
    Guava,
}

/// A method at work on a list of servers.
#[derive(Clone, Debug)]
pub struct Placement {
    way: Way,
    /// How many servers it was built from.
    servers: u32,
    /// The stops of methods that work on a list: indices of the servers that take part.
    list: Vec<u32>,
    /// The stops of ring-like methods.
    points: Vec<Point>,
    /// The stops of Maglev: entry → server.
    table: Vec<u32>,
    /// How many different servers the stops lead to.
    reachable: usize,
}

impl Placement {
    /// Builds the points, table or list. `servers` are those that are in; an index is a place in this slice.
    pub fn build(method: &Method, servers: &[Server]) -> Placement {
        let with_weight: Vec<(u32, &Server)> = (0..).zip(servers).filter(|(_, server)| server.weight > 0).collect();
        let limit = ring::point_limit(with_weight.len());
        let everyone = || with_weight.iter().map(|&(index, _)| index).collect::<Vec<u32>>();
        let mut points = Vec::new();
        let mut list = Vec::new();
        let mut table = Vec::new();
        let way = match *method {
            Method::Ring { hash, vnodes } => {
                for &(index, server) in &with_weight {
                    let count = ring::point_count(vnodes, server.weight).min(limit);
                    ring::add_plain(&mut points, hash, &server.name, index, count);
                }
                Way::Ring(hash)
            }
            Method::KetamaWeighted => {
                let total = with_weight.iter().map(|(_, server)| u64::from(server.weight)).sum();
                for &(index, server) in &with_weight {
                    let count = ketama::ketama_points(server.weight, total, with_weight.len() as u32);
                    ketama::add(&mut points, &server.name, index, count / 4, 4);
                }
                Way::Ketama
            }
            Method::Ketama => {
                for &(index, server) in &with_weight {
                    ketama::add(&mut points, &server.name, index, ketama::KETAMA_POINTS, 1);
                }
                Way::Ketama
            }
            Method::Groupcache { replicas } => {
                for &(index, server) in &with_weight {
                    ring::add_groupcache(&mut points, &server.name, index, u64::from(replicas).min(limit));
                }
                Way::Groupcache
            }
            Method::Cassandra => {
                for &(index, server) in &with_weight {
                    let tokens = server.tokens.iter().take(limit as usize);
                    points.extend(tokens.map(|&token| Point { position: position_of(token), server: index }));
                }
                Way::Cassandra
            }
            Method::RedisSlots { ref owner } => {
                list = (0..servers.len() as u32).collect();
                Way::Slots(Rc::clone(owner))
            }
            Method::ModN { hash } => {
                list = everyone();
                Way::List(hash, Chooser::ModN)
            }
            Method::Jump { hash } => {
                list = everyone();
                Way::List(hash, Chooser::Jump)
            }
            Method::Guava { hash } => {
                list = everyone();
                Way::List(hash, Chooser::Guava)
            }
            Method::Rendezvous { seed } | Method::WeightedRendezvous { seed } => {
                let weighted = matches!(method, Method::WeightedRendezvous { .. });
                let entrants = with_weight.iter().map(|&(index, server)| (index, server.name.clone(), server.weight));
                Way::Rendezvous(Contest::new(seed, weighted, entrants))
            }
            Method::MaglevSip { size } => {
                table = fill(&with_weight, size, maglev::maglev_sip_permutation);
                Way::Maglev(maglev::sip)
            }
            Method::MaglevXx { size } => {
                // Put in one by one: a sort by names would be the only one, and servers are few.
                let mut by_name: Vec<(u32, &Server)> = Vec::with_capacity(with_weight.len());
                for &(index, server) in &with_weight {
                    let place = by_name.partition_point(|(_, other)| other.name <= server.name);
                    by_name.insert(place, (index, server));
                }
                table = fill(&by_name, size, maglev::maglev_xx_permutation);
                Way::Maglev(|key| xxhash_rust::xxh64::xxh64(key, 0))
            }
        };
        ring::sort(&mut points);
        if matches!(way, Way::Groupcache) {
            ring::last_wins(&mut points);
        }
        let mut placement = Placement { way, servers: servers.len() as u32, list, points, table, reachable: 0 };
        placement.reachable = placement.reached(placement.servers).iter().filter(|&&reached| reached).count();
        placement
    }

    /// The same placement as `build(method, servers)`, from one by the same method: `kept[i]` is the index in `servers`
    /// of the server that was number i, rising; `None` if it is out or has another weight, name or tokens now.
    /// Where the points of the others stay as they were, only those of newcomers are hashed, and merged in.
    pub fn rebuild(&self, method: &Method, servers: &[Server], kept: &[Option<u32>]) -> Placement {
        let limit = ring::point_limit(servers.len().max(kept.len()));
        let stays = match *method {
            Method::Ring { vnodes, .. } => servers.iter().all(|s| ring::point_count(vnodes, s.weight) <= limit),
            Method::Ketama => true,
            Method::Cassandra => servers.iter().all(|s| s.tokens.len() as u64 <= limit),
            _ => false,
        };
        if !stays {
            return Placement::build(method, servers);
        }
        let mut stayed = vec![false; servers.len()];
        for index in kept.iter().flatten() {
            if let Some(stayed) = stayed.get_mut(*index as usize) {
                *stayed = true;
            }
        }
        // Those that stayed weigh nothing here, so that only the others' points are made.
        let fresh: Vec<Server> = servers
            .iter()
            .zip(&stayed)
            .map(|(server, stayed)| match stayed {
                true => Server { name: String::new(), weight: 0, tokens: Vec::new() },
                false => server.clone(),
            })
            .collect();
        let mut placement = Placement::build(method, &fresh);
        let old = self.points.iter().filter_map(|point| {
            let server = kept.get(point.server as usize).copied().flatten()?;
            Some(Point { position: point.position, server })
        });
        placement.points = ring::merge(old, &placement.points, self.points.len());
        placement.reachable = placement.reached(placement.servers).iter().filter(|&&reached| reached).count();
        placement
    }

    /// The key's place on the turn 0..2^64, whatever the method's own width: 32-bit values moved to the upper half,
    /// Cassandra's token with its sign bit flipped, a Redis slot in the upper 14 bits, a Maglev entry where its even
    /// part of the turn begins, for a list or rendezvous the hash of the key alone.
    pub fn position(&self, key: &[u8]) -> u64 {
        match &self.way {
            Way::Ring(hash) | Way::List(hash, _) => hash.position(key),
            Way::Ketama => u64::from(ketama::key_value(key)) << 32,
            Way::Groupcache => u64::from(crc32(key)) << 32,
            Way::Cassandra => position_of(cassandra_token(key)),
            Way::Slots(_) => u64::from(key_slot(key)) << 50,
            Way::Maglev(hash) => maglev::entry_position(self.entry(*hash, key), self.table.len() as u64),
            Way::Rendezvous(contest) => u64::from(contest.key_hash(key)) << 32,
        }
    }

    /// The key's value as that system writes it: `0x2f61a90c`, `token -6017608668500074083`, `slot 11058`,
    /// `entry 137 of 251`.
    pub fn native(&self, key: &[u8]) -> String {
        let position = self.position(key);
        match &self.way {
            Way::Ring(hash) | Way::List(hash, _) if hash.bits() == 64 => format!("{position:#018x}"),
            Way::Ring(_) | Way::List(..) | Way::Ketama | Way::Groupcache | Way::Rendezvous(_) => {
                format!("{:#010x}", position >> 32)
            }
            Way::Cassandra => format!("token {}", token_at(position)),
            Way::Slots(_) => format!("slot {}", position >> 50),
            Way::Maglev(hash) => format!("entry {} of {}", self.entry(*hash, key), self.table.len()),
        }
    }

    /// The server that owns the key; `None` if no one does.
    pub fn owner(&self, key: &[u8]) -> Option<u32> {
        match &self.way {
            Way::Rendezvous(contest) => contest.winner(key),
            _ => self.owner_at(self.position(key)),
        }
    }

    /// The owner of any key at this position. `None` if there is none, and always for rendezvous, which needs the key.
    pub fn owner_at(&self, position: u64) -> Option<u32> {
        self.start(position).map(|stop| self.server_of(stop))
    }

    /// Whether a position is not enough to find the owner (rendezvous).
    pub fn needs_key(&self) -> bool {
        matches!(self.way, Way::Rendezvous(_))
    }

    /// Appends the owner of each position to `out`, `u32::MAX` where there is none. Positions should ascend: a ring is
    /// then walked once for all of them.
    pub fn owners_of_sorted(&self, positions: &[u64], out: &mut Vec<u32>) {
        out.reserve(positions.len());
        if self.is_ring() {
            ring::sweep(&self.points, positions, out);
        } else {
            out.extend(positions.iter().map(|&position| self.owner_at(position).unwrap_or(u32::MAX)));
        }
    }

    /// Appends up to `n` distinct servers for the key, the owner first, fewer only if the method reaches fewer.
    ///
    /// Rings and Maglev: onward from the owner's stop, skipping servers already taken. Rendezvous: the next best
    /// scores. Mod N, jump, Guava: the next servers in the list, a convention of this page, since those methods say
    /// nothing of replicas. Redis: the next servers in the list, where each shard's replica processes are taken to
    /// live; none for an uncovered slot.
    pub fn replicas(&self, key: &[u8], n: usize, out: &mut Vec<u32>) {
        match &self.way {
            Way::Rendezvous(contest) => contest.best(key, n, out),
            _ => self.replicas_at(self.position(key), n, out),
        }
    }

    /// The same from the position. Nothing for rendezvous.
    pub fn replicas_at(&self, position: u64, n: usize, out: &mut Vec<u32>) {
        self.distinct_from(position, n, |_, server, taken| {
            if taken {
                out.push(server);
            }
        });
    }

    /// The points in order of position (ring-like methods; empty for the others).
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The indices of the points that the binary search for `position` compares, in order, then the one it answers
    /// with (after wrapping). This is the search that [`owner_at`](Placement::owner_at) runs. Empty without points.
    pub fn search(&self, position: u64) -> Vec<u32> {
        let mut looked = Vec::new();
        if !self.points.is_empty() {
            let found = lower_bound(&self.points, position, |index| looked.push(index as u32));
            let answer = if found == self.points.len() { 0 } else { found as u32 };
            if looked.last() != Some(&answer) {
                looked.push(answer);
            }
        }
        looked
    }

    /// The walk clockwise from the owner's point until `n` distinct servers are taken, as (point index, server,
    /// taken): `false` is a point skipped because its server already was. At most once around; empty without points.
    pub fn walk(&self, position: u64, n: usize) -> Vec<(u32, u32, bool)> {
        let mut steps = Vec::new();
        if self.is_ring() {
            self.distinct_from(position, n, |point, server, taken| steps.push((point, server, taken)));
        }
        steps
    }

    /// Maglev's lookup table: entry → server.
    pub fn table(&self) -> Option<&[u32]> {
        matches!(self.way, Way::Maglev(_)).then_some(&self.table[..])
    }

    /// The fraction of positions (0 to 1) that each of the first `servers` servers owns: exact for rings, slots and
    /// Maglev, the long-run share for mod N, jump, Guava and rendezvous. Sums to 1 unless there is no server or some
    /// slots are uncovered.
    pub fn shares(&self, servers: usize) -> Vec<f64> {
        const TURN: f64 = 18_446_744_073_709_551_616.0;
        let counted = |owners: &mut dyn Iterator<Item = u32>, of: usize| {
            let mut counts = vec![0u32; servers];
            for owner in owners {
                if let Some(count) = counts.get_mut(owner as usize) {
                    *count += 1;
                }
            }
            counts.into_iter().map(|count| f64::from(count) / of.max(1) as f64).collect()
        };
        match &self.way {
            Way::Rendezvous(contest) => contest.shares(servers),
            Way::Maglev(_) => counted(&mut self.table.iter().copied(), self.table.len()),
            Way::List(..) => counted(&mut self.list.iter().copied(), self.list.len()),
            Way::Slots(owner) => {
                let owners = owner.iter().take(SLOTS as usize).map(|&owner| u32::from(owner));
                counted(&mut owners.filter(|&owner| owner < self.servers), SLOTS as usize)
            }
            Way::Ring(_) | Way::Ketama | Way::Groupcache | Way::Cassandra => {
                ring::arcs(&self.points, servers).into_iter().map(|arc| arc as f64 / TURN).collect()
            }
        }
    }

    fn is_ring(&self) -> bool {
        matches!(self.way, Way::Ring(_) | Way::Ketama | Way::Groupcache | Way::Cassandra)
    }

    /// The key's entry in Maglev's table; 0 if the table is empty.
    fn entry(&self, hash: fn(&[u8]) -> u64, key: &[u8]) -> u64 {
        hash(key).checked_rem(self.table.len() as u64).unwrap_or(0)
    }

    /// How many stops the circle has.
    pub(super) fn stop_count(&self) -> usize {
        match self.way {
            Way::Maglev(_) => self.table.len(),
            Way::List(..) | Way::Slots(_) => self.list.len(),
            _ => self.points.len(),
        }
    }

    /// The server at a stop below [`stop_count`](Placement::stop_count).
    pub(super) fn server_of(&self, stop: usize) -> u32 {
        match self.way {
            Way::Maglev(_) => self.table[stop],
            Way::List(..) | Way::Slots(_) => self.list[stop],
            _ => self.points[stop].server,
        }
    }

    /// The stop that a position leads to; its server is the owner.
    pub(super) fn start(&self, position: u64) -> Option<usize> {
        let stops = self.stop_count();
        if stops == 0 {
            return None;
        }
        match &self.way {
            Way::Rendezvous(_) => None,
            Way::Maglev(_) => Some(maglev::entry_at(position, stops as u64) as usize),
            Way::Slots(owner) => {
                let server = *owner.get((position >> 50) as usize)?;
                (u32::from(server) < self.servers && server != u16::MAX).then_some(usize::from(server))
            }
            Way::List(hash, chooser) => {
                let (native, count) = (position >> hash.shift(), stops as u32);
                Some(match chooser {
                    Chooser::ModN => (native % u64::from(count)) as usize,
                    Chooser::Jump => jump(native, count) as usize,
                    Chooser::Guava => guava(native, count) as usize,
                })
            }
            Way::Ring(_) | Way::Ketama | Way::Groupcache | Way::Cassandra => {
                let found = lower_bound(&self.points, position, |_| ());
                Some(if found == stops { 0 } else { found })
            }
        }
    }

    /// Which of the first `servers` servers some stop leads to.
    pub(super) fn reached(&self, servers: u32) -> Vec<bool> {
        let mut reached = vec![false; servers as usize];
        for stop in 0..self.stop_count() {
            if let Some(reached) = reached.get_mut(self.server_of(stop) as usize) {
                *reached = true;
            }
        }
        reached
    }

    /// Goes from stop to stop until `n` distinct servers are taken, telling `visit` each stop, its server, and
    /// whether it was taken there.
    fn distinct_from(&self, position: u64, n: usize, mut visit: impl FnMut(u32, u32, bool)) {
        let Some(mut stop) = self.start(position) else { return };
        let mut left = n.min(self.reachable);
        // A few servers are looked up faster in a short list than in a table that must be cleared first.
        let mut few = Vec::new();
        let mut many = if left > 32 { vec![false; self.servers as usize] } else { Vec::new() };
        while left > 0 {
            let server = self.server_of(stop);
            let fresh = match many.get_mut(server as usize) {
                Some(seen) => !std::mem::replace(seen, true),
                None => {
                    let fresh = !few.contains(&server);
                    if fresh {
                        few.push(server);
                    }
                    fresh
                }
            };
            visit(stop as u32, server, fresh);
            left -= usize::from(fresh);
            stop += 1;
            if stop == self.stop_count() {
                stop = 0;
            }
        }
    }
}

/// Maglev's table for servers that take turns in this order, with their own indices in it.
fn fill(turns: &[(u32, &Server)], size: u32, permutation: fn(&str, u32) -> (u32, u32)) -> Vec<u32> {
    let size = maglev::table_size(size);
    let permutations: Vec<(u32, u32)> = turns.iter().map(|(_, server)| permutation(&server.name, size)).collect();
    let mut table = maglev::maglev_table(&permutations, size);
    table.iter_mut().for_each(|turn| *turn = turns[*turn as usize].0);
    table
}
