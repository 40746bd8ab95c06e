//! The ring's world: servers that come and go, who owns which key, what is on its way.

use super::Data;
use super::keys::{KeySet, made_up};
use super::lookup::Lookup;
use super::params::{self, Params};
use crate::explainers::{Event, Tone};
use crate::models::hashing::{self, Bounded, Method, Placement, bounded, cassandra_tokens_for};
use crate::sim::{MS, Micros, Queue, SECOND, order};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// No owner.
pub const NONE: u16 = u16::MAX;
/// One key on its way from server to server.
pub const TRAVEL: Micros = 900 * MS;
/// From the first key that leaves to the last that arrives.
pub const HANDOVER: Micros = 1_800 * MS;
/// How long a server stands being over its capacity.
pub const GRACE: Micros = 3 * SECOND;
/// More servers than this cannot join: ids are 16 bits and the stage ends somewhere.
pub const MOST_SERVERS: usize = 2_000;
/// Rendezvous scores every server for every key; above this many scores a run shows fewer keys, and says so.
const MOST_SCORES: usize = 4_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Up,
    /// Handing its keys over until then.
    Leaving(Micros),
    Down,
    Gone,
}

#[derive(Clone, Debug, Hash)]
pub struct Server {
    pub name: Rc<str>,
    /// In per cent; 100 is normal.
    pub weight: u32,
    pub tokens: Rc<Vec<i64>>,
    pub state: State,
    /// Keys it is the owner of, and requests/s it answers.
    pub keys: u32,
    pub load: u64,
    /// When it will fail of its load, if that stays.
    pub fails_at: Option<Micros>,
}

/// What never changes during a run.
pub struct Setup {
    pub params: Params,
    pub seed: u64,
    pub keys: Rc<KeySet>,
    /// Key ids in order of their position; the index into it is the key's rank.
    pub order: Vec<u32>,
    pub rank: Vec<u32>,
    /// By rank, rising.
    pub position: Vec<u64>,
    /// By rank: the plain hash, for what hash mod N would do.
    plain: Vec<u64>,
    /// Keys that rendezvous leaves out.
    pub unseen: usize,
    /// Requests/s a server can take; `None`: any.
    pub capacity: Option<u64>,
    pub own_layout: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    Join(u16),
    Leave(u16),
    Crash(u16),
    Overload(u16),
    Weight(u16),
    Heat,
}

/// A copy of a key on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    pub rank: u32,
    pub from: u16,
    pub to: u16,
}

#[derive(Clone, Debug, Hash)]
pub struct Change {
    pub at: Micros,
    pub cause: Cause,
    /// Keys whose owner is another one now.
    pub moved: u32,
    pub mod_n: u32,
    pub before: u32,
    pub after: u32,
    /// The share that the newcomer's (or leaver's) weight calls for, in millionths.
    pub ideal: u32,
    pub travel: Rc<Vec<Move>>,
    pub lost: u32,
}

#[derive(Clone, Debug, Hash)]
pub(super) enum Due {
    Settled,
    Fail(u16),
    /// A look-up goes on.
    Tell(Event),
}

#[derive(Clone)]
pub struct World {
    pub setup: Rc<Setup>,
    pub servers: Vec<Server>,
    pub placement: Rc<Placement>,
    /// The placement's indices are places in this list of server ids.
    pub live: Rc<Vec<u16>>,
    /// By rank.
    pub owner: Rc<Vec<u16>>,
    /// By rank, `copies` each, the owner first, `NONE` where there are too few servers.
    pub holders: Rc<Vec<u16>>,
    /// Who surely has the data: the holders when last nothing was on its way.
    pub(super) safe: Rc<Vec<u16>>,
    pub(super) slots: Rc<Vec<u16>>,
    pub lost: Rc<Vec<u32>>,
    pub hot: Option<(u32, u32)>,
    /// Under bounded loads: (rank, server, requests/s) of what did not fit at the owner.
    pub spilled: Rc<Vec<(u32, u16, u64)>>,
    pub bound: Option<u64>,
    pub change: Option<Change>,
    pub lookup: Option<Rc<Lookup>>,
    pub(super) queue: Queue<Due>,
    pub events: Rc<Vec<Event>>,
    /// First time each check broke, and why; in the order of their keys.
    pub broken: Vec<(&'static str, (Micros, String))>,
    /// Changes with everything that shows.
    pub stamp: u64,
    pub busy_until: Micros,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.servers, &self.live, &self.owner, &self.holders, &self.lost, self.hot).hash(state);
        (&self.spilled, self.bound, &self.change, &self.lookup, &self.queue, &self.events).hash(state);
        (&self.broken, self.stamp, self.busy_until, &self.setup.position).hash(state);
    }
}

impl World {
    pub fn build(params: &Params, seed: u64, data: &Data) -> World {
        let keys = match &data.keys {
            Some(own) => own.clone(),
            None => made_up(params.keys.clamp(1, 1_000_000) as u32, seed),
        };
        let mut servers: Vec<Server> = Vec::new();
        for i in 0..data.servers.as_ref().map_or(params.servers.clamp(1, 1_000) as usize, |own| own.len()) {
            let own = data.servers.as_ref().and_then(|own| own.get(i));
            let name: Rc<str> = own.map_or_else(|| format!("cache-{}", i + 1), |own| own.name.clone()).into();
            let tokens = own.map(|own| own.tokens.clone()).unwrap_or_default();
            servers.push(Server::new(name, own.map_or(100, |own| own.weight), tokens));
        }
        let mut unseen = 0;
        let mut keys = keys;
        if params.placement == params::RENDEZVOUS {
            let most = (MOST_SCORES / servers.len().max(1)).max(100);
            unseen = keys.len().saturating_sub(most);
            if unseen > 0 {
                keys = Rc::new(keys.truncated(most));
            }
        }
        for server in &mut servers {
            server.ensure_tokens(params, seed);
        }
        let live: Vec<u16> = (0..servers.len() as u16).collect();
        let slots = match &data.slots {
            Some(own) => own.clone(),
            None => Rc::new(hashing::slots_create(servers.len() as u32)),
        };
        let (method, list) = method(params, &servers, &live, &slots);
        let placement = Placement::build(&method, &list);
        let mut placed: Vec<(u64, u32)> = keys.iter().zip(0..).map(|(key, id)| (placement.position(key), id)).collect();
        order::sort(&mut placed);
        let order: Vec<u32> = placed.iter().map(|(_, id)| *id).collect();
        let mut rank = vec![0; order.len()];
        for (place, id) in order.iter().enumerate() {
            rank[*id as usize] = place as u32;
        }
        let position = placed.iter().map(|(at, _)| *at).collect();
        let plain = order.iter().map(|id| params.hash().hash(keys.get(*id))).collect();
        let fair = (keys.len() as u64).div_ceil(servers.len().max(1) as u64).max(1);
        let capacity = (params.capacity > 0).then(|| (fair * params.capacity as u64).div_ceil(100).max(1));
        let stamp = crate::sim::digest(&(params, seed, keys.len(), servers.len(), data.keys.is_some()));
        let setup = Setup {
            params: params.clone(),
            seed,
            keys,
            order,
            rank,
            position,
            plain,
            unseen,
            capacity,
            own_layout: data.slots.is_some()
                || data.servers.as_ref().is_some_and(|own| own.iter().any(|s| !s.tokens.is_empty())),
        };
        let mut world = World {
            setup: Rc::new(setup),
            servers,
            placement: Rc::new(placement),
            live: Rc::new(live),
            owner: Rc::default(),
            holders: Rc::default(),
            safe: Rc::default(),
            slots,
            lost: Rc::default(),
            hot: None,
            spilled: Rc::default(),
            bound: None,
            change: None,
            lookup: None,
            queue: Queue::default(),
            events: Rc::default(),
            broken: Vec::new(),
            stamp,
            busy_until: 0,
        };
        world.assign();
        world.safe = world.holders.clone();
        world.open();
        world.watch(0, None);
        world
    }

    /// The first words: what is there before anything happens.
    fn open(&mut self) {
        let setup = self.setup.clone();
        let p = &setup.params;
        let (n, k) = (self.servers.len() as i64, setup.keys.len() as i64);
        let points = self.placement.points().len() as i64;
        let how = match p.placement {
            params::MOD_N => "server number = hash mod N".to_string(),
            params::JUMP | params::GUAVA => {
                "the key's hash jumps through the server numbers and needs no table".to_string()
            }
            params::RENDEZVOUS => "every key takes the server that scores highest for it".to_string(),
            params::MAGLEV | params::MAGLEV_XX => {
                format!(
                    "a table of {} entries says whose each key is",
                    super::super::grouped(i64::from(p.table_size()))
                )
            }
            params::REDIS => "CRC16 of the key picks one of 16,384 slots; a map says whose slot it is".to_string(),
            _ => format!(
                "the servers stand at {} point{} of the ring; a key belongs to the first one clockwise",
                super::super::grouped(points),
                plural(points)
            ),
        };
        let unseen = match setup.unseen {
            0 => String::new(),
            some => format!(
                " Each key costs {n} scores here, so {} of the keys are left out.",
                super::super::grouped(some as i64)
            ),
        };
        let head = format!("{} keys on {} server{}.", super::super::grouped(k), super::super::grouped(n), plural(n));
        self.say(0, head, format!("{}: {how}.{unseen}", p.placement_label()), Tone::Plain, None);
    }

    pub fn say(
        &mut self,
        at: Micros,
        head: String,
        text: String,
        tone: Tone,
        subject: Option<crate::draw::scene::Subject>,
    ) {
        Rc::make_mut(&mut self.events).push(Event { at, head, text, tone, subject });
    }

    pub(super) fn touch(&mut self, what: &impl Hash) {
        self.stamp = crate::sim::digest(&(self.stamp, crate::sim::digest(what)));
    }

    pub fn name(&self, id: u16) -> &str {
        self.servers.get(usize::from(id)).map_or("nobody", |server| &server.name)
    }

    pub fn up(&self) -> impl Iterator<Item = (u16, &Server)> {
        self.servers.iter().enumerate().filter(|(_, s)| s.state == State::Up).map(|(id, s)| (id as u16, s))
    }

    /// Requests/s that all keys together get.
    pub fn demand(&self) -> u64 {
        let base = self.setup.keys.len() as u64;
        base + self.hot.map_or(0, |(_, share)| self.extra(share))
    }

    /// Requests/s of a key that gets `share` per cent of all, beyond its one.
    fn extra(&self, share: u32) -> u64 {
        let others = (self.setup.keys.len() as u64).saturating_sub(1);
        let share = u64::from(share.min(90));
        (others * share / (100 - share)).saturating_sub(1)
    }

    fn units(&self) -> Vec<u64> {
        let mut units = vec![1; self.setup.keys.len()];
        if let Some((id, share)) = self.hot
            && let Some(unit) = units.get_mut(id as usize)
        {
            *unit += self.extra(share);
        }
        units
    }

    /// Owners, holders and loads from the placement as it is.
    fn assign(&mut self) {
        let setup = self.setup.clone();
        let n = setup.position.len();
        let copies = setup.params.copies.clamp(1, 5) as usize;
        let id_of = |index: u32| self.live.get(index as usize).copied().unwrap_or(NONE);
        let mut owner: Vec<u16> = Vec::with_capacity(n);
        let mut packed = None;
        if setup.params.placement == params::BOUNDED {
            let by_id: Vec<u64> = setup.rank.iter().map(|rank| setup.position[*rank as usize]).collect();
            let found: Bounded = bounded(
                &self.placement,
                &by_id,
                &self.units(),
                self.live.len() as u32,
                setup.params.bound.clamp(100, 1_000) as u32,
            );
            owner
                .extend(setup.order.iter().map(|id| found.owner.get(*id as usize).map_or(NONE, |index| id_of(*index))));
            packed = Some(found);
        } else if self.placement.needs_key() {
            let find = |id: &u32| self.placement.owner(setup.keys.get(*id)).map_or(NONE, id_of);
            owner.extend(setup.order.iter().map(find));
        } else {
            let mut indices = Vec::with_capacity(n);
            self.placement.owners_of_sorted(&setup.position, &mut indices);
            owner.extend(indices.into_iter().map(id_of));
        }
        let holders = if copies == 1 {
            None
        } else {
            let mut all = vec![NONE; n * copies];
            let mut found = Vec::new();
            for rank in 0..n {
                found.clear();
                if self.placement.needs_key() {
                    self.placement.replicas(setup.keys.get(setup.order[rank]), copies, &mut found);
                } else {
                    self.placement.replicas_at(setup.position[rank], copies + 1, &mut found);
                }
                let first = owner[rank];
                let others = found.iter().map(|index| id_of(*index)).filter(|id| *id != first);
                for (place, id) in std::iter::once(first).chain(others).take(copies).enumerate() {
                    all[rank * copies + place] = id;
                }
            }
            Some(all)
        };
        for server in &mut self.servers {
            (server.keys, server.load) = (0, 0);
        }
        for id in &owner {
            if let Some(server) = self.servers.get_mut(usize::from(*id)) {
                server.keys += 1;
                server.load += 1;
            }
        }
        self.spilled = Rc::default();
        self.bound = None;
        if let Some(found) = packed {
            for server in &mut self.servers {
                server.load = 0;
            }
            for (index, load) in found.load.iter().enumerate() {
                let id = self.live.get(index).copied().unwrap_or(NONE);
                if let Some(server) = self.servers.get_mut(usize::from(id)) {
                    server.load = *load;
                }
            }
            let spilled = found.spilled.iter().map(|(key, index, units)| {
                let id = self.live.get(*index as usize).copied().unwrap_or(NONE);
                (setup.rank.get(*key as usize).copied().unwrap_or(0), id, *units)
            });
            self.spilled = Rc::new(spilled.collect());
            self.bound = Some(found.bound);
        } else if let Some((id, share)) = self.hot {
            let extra = self.extra(share);
            let at = setup.rank.get(id as usize).and_then(|rank| owner.get(*rank as usize)).copied().unwrap_or(NONE);
            if let Some(server) = self.servers.get_mut(usize::from(at)) {
                server.load += extra;
            }
        }
        self.owner = Rc::new(owner);
        self.holders = holders.map_or_else(|| self.owner.clone(), Rc::new);
    }

    /// A key whose value is gone has an owner, but nobody holds it.
    fn without_lost(&mut self) {
        for rank in self.lost.iter() {
            let owner = self.owner.get(*rank as usize).copied().unwrap_or(NONE);
            if let Some(server) = self.servers.get_mut(usize::from(owner)) {
                server.keys = server.keys.saturating_sub(1);
            }
        }
    }

    /// After any change of who is in: places anew, finds what moves, what is lost, what broke, and says so.
    pub(super) fn topology(&mut self, at: Micros, cause: Cause, slots: Option<Vec<u16>>) {
        let (owner, holders, before) = (self.owner.clone(), self.holders.clone(), self.live.len() as u32);
        let old_weights: u64 = self.live.iter().map(|id| u64::from(self.servers[usize::from(*id)].weight)).sum();
        if let Some(slots) = slots {
            self.slots = Rc::new(slots);
        }
        if cause != Cause::Heat {
            let live = Rc::new(self.up().map(|(id, _)| id).collect());
            let old = std::mem::replace(&mut self.live, live);
            let (method, servers) = method(&self.setup.params, &self.servers, &self.live, &self.slots);
            let changed = match cause {
                Cause::Weight(id) => id,
                _ => NONE,
            };
            let index = |id: &u16| self.live.binary_search(id).ok().filter(|_| *id != changed).map(|i| i as u32);
            let kept: Vec<Option<u32>> = old.iter().map(index).collect();
            self.placement = Rc::new(self.placement.rebuild(&method, &servers, &kept));
        }
        // Copies still on their way do not count as safe: the older holders stay the source.
        if at >= self.busy_until {
            self.safe = holders;
        }
        self.queue.retain(|_, due| !matches!(due, Due::Settled));
        self.assign();
        let mut change = Change {
            at,
            cause,
            moved: 0,
            mod_n: 0,
            before,
            after: self.live.len() as u32,
            ideal: 0,
            travel: Rc::default(),
            lost: 0,
        };
        change.moved = owner.iter().zip(self.owner.iter()).filter(|(old, new)| old != new).count() as u32;
        if change.before != change.after {
            let (a, b) = (u64::from(change.before.max(1)), u64::from(change.after.max(1)));
            change.mod_n = self.setup.plain.iter().filter(|hash| *hash % a != *hash % b).count() as u32;
        }
        let weights: u64 = self.live.iter().map(|id| u64::from(self.servers[usize::from(*id)].weight)).sum();
        change.ideal = match cause {
            Cause::Join(id) => share(self.servers[usize::from(id)].weight, weights),
            Cause::Leave(id) | Cause::Crash(id) | Cause::Overload(id) => {
                share(self.servers[usize::from(id)].weight, old_weights)
            }
            Cause::Weight(_) | Cause::Heat => 0,
        };
        let (travel, gone) = self.copying();
        change.lost = gone.len() as u32;
        if !gone.is_empty() {
            let lost = Rc::make_mut(&mut self.lost);
            lost.extend(gone);
            // Rising, and none is in both.
            let ranks: Vec<u64> = lost.iter().map(|rank| u64::from(*rank)).collect();
            *lost = order::order(&ranks).into_iter().filter_map(|i| lost.get(i as usize).copied()).collect();
        }
        self.without_lost();
        let over = if travel.is_empty() && change.lost == 0 { at } else { at + HANDOVER };
        change.travel = Rc::new(travel);
        self.busy_until = over;
        if over > at {
            self.queue.schedule(over, Due::Settled);
        }
        self.touch(&(at, cause));
        self.change = Some(change);
        self.narrate(at, cause, &owner);
        self.watch(at, Some((cause, &owner)));
        self.overloads(at);
    }

    /// Which copies must be made, from where; and the keys whose every holder is gone.
    fn copying(&self) -> (Vec<Move>, Vec<u32>) {
        let copies = self.setup.params.copies.clamp(1, 5) as usize;
        let has = |id: &u16| {
            self.servers.get(usize::from(*id)).is_some_and(|s| matches!(s.state, State::Up | State::Leaving(_)))
        };
        let (mut travel, mut gone) = (Vec::new(), Vec::new());
        for (rank, (new, old)) in self.holders.chunks(copies).zip(self.safe.chunks(copies)).enumerate() {
            if new == old {
                continue;
            }
            let rank = rank as u32;
            let Some(source) = old.iter().copied().find(has) else {
                if !old.iter().all(|id| *id == NONE) && self.lost.binary_search(&rank).is_err() {
                    gone.push(rank);
                }
                continue;
            };
            if self.lost.binary_search(&rank).is_ok() {
                continue;
            }
            let newcomers = new.iter().filter(|id| **id != NONE && !old.contains(id));
            travel.extend(newcomers.map(|to| Move { rank, from: source, to: *to }));
        }
        (travel, gone)
    }

    pub fn settled(&self) -> Micros {
        let looked = self.lookup.as_ref().map_or(0, |lookup| lookup.over());
        self.queue.last_at().unwrap_or(0).max(self.busy_until).max(looked)
    }

    pub fn still_until(&self, at: Micros) -> Micros {
        let looking = self.lookup.as_ref().is_some_and(|lookup| at < lookup.over());
        if at < self.busy_until || looking {
            return at;
        }
        self.queue.next_at().unwrap_or(Micros::MAX)
    }

    /// Where a key stands: its rank, if it is one of the run's.
    pub fn rank_of(&self, id: u32) -> Option<usize> {
        self.setup.rank.get(id as usize).map(|rank| *rank as usize)
    }
}

impl Server {
    pub(super) fn new(name: Rc<str>, weight: u32, tokens: Vec<i64>) -> Server {
        Server { name, weight, tokens: Rc::new(tokens), state: State::Up, keys: 0, load: 0, fails_at: None }
    }

    pub(super) fn ensure_tokens(&mut self, params: &Params, seed: u64) {
        if params.placement == params::CASSANDRA && self.tokens.is_empty() {
            let n = (params.vnodes as u32 * self.weight).div_ceil(100).max(1);
            self.tokens = Rc::new(cassandra_tokens_for(&self.name, n, seed));
        }
    }
}

fn share(weight: u32, of: u64) -> u32 {
    (u64::from(weight) * 1_000_000 / of.max(1)) as u32
}

pub fn plural(n: i64) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// The placement's rule, and the servers that are in as it sees them.
fn method(params: &Params, servers: &[Server], live: &[u16], slots: &Rc<Vec<u16>>) -> (Method, Vec<hashing::Server>) {
    let hash = params.hash();
    let vnodes = params.vnodes.clamp(1, 1_000) as u32;
    let size = params.table_size();
    let method = match params.placement {
        params::KETAMA_WEIGHTED => Method::KetamaWeighted,
        params::KETAMA => Method::Ketama,
        params::GROUPCACHE => Method::Groupcache { replicas: vnodes },
        params::CASSANDRA => Method::Cassandra,
        params::REDIS => {
            let mut index = vec![NONE; servers.len()];
            for (place, id) in live.iter().enumerate() {
                index[usize::from(*id)] = place as u16;
            }
            let owner = slots.iter().map(|id| index.get(usize::from(*id)).copied().unwrap_or(NONE)).collect();
            Method::RedisSlots { owner: Rc::new(owner) }
        }
        params::MOD_N => Method::ModN { hash },
        params::JUMP => Method::Jump { hash },
        params::GUAVA => Method::Guava { hash },
        params::RENDEZVOUS => Method::Rendezvous { seed: 0 },
        params::MAGLEV => Method::MaglevSip { size },
        params::MAGLEV_XX => Method::MaglevXx { size },
        _ => Method::Ring { hash, vnodes },
    };
    let list = live
        .iter()
        .map(|id| {
            let server = &servers[usize::from(*id)];
            hashing::Server { name: server.name.to_string(), weight: server.weight, tokens: server.tokens.to_vec() }
        })
        .collect();
    (method, list)
}
