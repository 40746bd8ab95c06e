//! The world of the cache explainer: clients, cache nodes and a database, at one instant.

use super::params::Params;
use super::types::*;
use super::watch::Watch;
use super::workload::{Chance, Work};
use crate::draw::scene::Subject;
use crate::explainers::{Event, Tone};
use crate::models::caching::Bloom;
use crate::models::caching::Cache;
use crate::models::hashing::jump;
use crate::sim::chronicle::Chronicle;
use crate::sim::random::stream;
use crate::sim::{MS, Micros, Queue};
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Messages that are kept to be looked at after they have arrived.
pub const KEPT: usize = 1_000;
/// Events that are told, at most.
const TOLD: usize = 2_000;
/// Victims of a node that are kept to be looked at.
pub const VICTIMS: usize = 6;

/// What never changes during a run.
pub struct Setup {
    pub params: Params,
    pub seed: u64,
    /// Keys that exist; as many more do not.
    pub keys: KeyId,
    /// By key: the cache node it belongs to, and its value's size in bytes (1 where entries are counted).
    pub homes: Vec<NodeId>,
    pub sizes: Vec<u32>,
    /// By key: how often it or one before it is asked for, by Zipf's law, as a sum of weights.
    pub(super) weights: Vec<f64>,
    /// A filter of all existing keys, if there is one.
    pub bloom: Option<Bloom>,
    /// A sample is taken this often.
    pub sample: Micros,
}

/// What is still to happen.
#[derive(Clone, Debug, Hash)]
pub(super) enum Due {
    /// A message arrives.
    Land(Rc<Message>),
    /// A client begins with a request that was made while it was paused.
    Begin(RequestId),
    /// A client asks the cache again.
    Retry(RequestId),
    /// The database is done with a job.
    Served(u32),
    /// The workload's next request; its next burst; its hot spot shifts.
    Arrive,
    Burst,
    Shift,
    /// A client's pause is over.
    Wake(ClientId),
    /// The entry that came at this moment expires, if it is still there.
    Expire(NodeId, KeyId, Micros),
    /// An entry that has been stale since this moment has been so for longer than the bound.
    Bound(NodeId, KeyId, Micros),
    /// Write-back, with the node's life in which it was planned.
    Flush(NodeId, u32),
    /// The change log tells the cache of a commit.
    Log(KeyId),
    Sample,
}

#[derive(Clone)]
pub struct World {
    pub setup: Rc<Setup>,
    pub clients: Vec<Client>,
    pub nodes: Vec<Rc<Node>>,
    pub db: Rc<Database>,
    /// All there were, by `RequestId`.
    pub requests: Chronicle<Request>,
    /// Between anybody, in the order in which they were sent: in flight, and the latest `KEPT` that were.
    pub messages: VecDeque<Rc<Message>>,
    /// What the database has committed, in order; `Row::commits` leads to the latest of a key.
    pub commits: Chronicle<Commit>,
    /// What became of keys in the cache, in order; `Row::holds` leads to the latest of a key (for absent ones see
    /// `World::holds_of`).
    pub holds: Chronicle<Hold>,
    pub stats: Stats,
    pub events: Rc<Vec<Event>>,
    /// The moment it was last advanced to.
    pub now: Micros,
    pub watch: Watch,
    /// The reader's latest request.
    pub own: Option<RequestId>,
    /// Where the workload stands.
    pub work: Work,
    /// What each cache node holds: as set, or as it was resized to; in entries, or in bytes.
    pub room: u64,
    pub(super) orphans: Vec<Orphan>,
    pub(super) queue: Queue<Due>,
    pub(super) chance: Chance,
    pub(super) next_message: u32,
    pub(super) next_token: u32,
    /// Events about the workload so far.
    pub(super) told: u32,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.clients, &self.nodes, &self.db, &self.requests, &self.messages, &self.commits).hash(state);
        (&self.holds, &self.stats, &self.events, &self.watch, self.own, &self.work, self.room).hash(state);
        (&self.orphans, &self.queue, &self.chance, self.next_message, self.next_token, self.told).hash(state);
    }
}

impl Setup {
    pub(super) fn new(params: &Params, seed: u64) -> Setup {
        let keys = params.keys.clamp(1, 4_000) as KeyId;
        let nodes = params.nodes.clamp(1, 4) as u32;
        let home = |key: KeyId| {
            let name = format!("k{}", key + 1);
            jump(xxhash_rust::xxh64::xxh64(name.as_bytes(), 0), nodes) as NodeId
        };
        Setup {
            params: params.clone(),
            seed,
            keys,
            homes: (0..2 * keys).map(home).collect(),
            sizes: super::workload::sizes(params, seed, keys),
            weights: super::workload::weights(params, keys),
            bloom: super::workload::filter(params, keys),
            sample: (params.lasts() / 100).clamp(5 * MS, 100 * MS),
        }
    }
}

impl World {
    pub fn build(params: &Params, seed: u64) -> World {
        let setup = Rc::new(Setup::new(params, seed));
        let all = 2 * setup.keys as usize;
        let mut rows = Chronicle::default();
        let mut entries = Chronicle::default();
        for _ in 0..all {
            rows.push(Row::default());
            entries.push(None);
        }
        let node = |id: u64| Node {
            up: true,
            since: 0,
            life: 0,
            cache: Cache::new(params.eviction(), params.room(), stream(seed, "cache eviction").next_u64() ^ id),
            entries: entries.clone(),
            held: 0,
            used: 0,
            dirty: Vec::new(),
            loads: Vec::new(),
            leases: Vec::new(),
            puts: Vec::new(),
            victims: VecDeque::new(),
            hits: 0,
            misses: 0,
            evictions: 0,
            flushing: false,
        };
        let nodes = if params.cached() { params.nodes.clamp(1, 4) as u64 } else { 0 };
        let db = Database {
            up: true,
            since: 0,
            slow: 1,
            slots: params.slots.clamp(1, 100) as usize,
            serving: Vec::new(),
            waiting: VecDeque::new(),
            rows,
            busy: 0,
            counted: 0,
            next: 0,
        };
        let mut world = World {
            clients: vec![Client::default(); params.clients.clamp(1, 8) as usize],
            nodes: (0..nodes).map(|id| Rc::new(node(id))).collect(),
            db: Rc::new(db),
            requests: Chronicle::default(),
            messages: VecDeque::new(),
            commits: Chronicle::default(),
            holds: Chronicle::default(),
            stats: Stats::default(),
            events: Rc::default(),
            now: 0,
            watch: Watch::default(),
            own: None,
            work: Work::default(),
            room: params.room(),
            orphans: Vec::new(),
            queue: Queue::default(),
            chance: Chance::new(seed),
            next_message: 0,
            next_token: 0,
            told: 0,
            setup,
        };
        world.warm_up();
        world.open();
        world.plan();
        world
    }

    pub fn advance(&mut self, to: Micros) {
        while let Some((at, due)) = self.queue.pop(to) {
            self.happen(at, due);
        }
        self.now = to;
    }

    fn happen(&mut self, at: Micros, due: Due) {
        let whose = match &due {
            Due::Land(message) => match message.to {
                Place::Client(id) => Some(id),
                _ => None,
            },
            Due::Begin(id) | Due::Retry(id) => self.request(*id).map(|request| request.client),
            _ => None,
        };
        // What arrives at a client that is paused waits, in order.
        if let Some(client) = whose.and_then(|id| self.clients.get_mut(usize::from(id)))
            && client.paused.is_some()
        {
            client.inbox.push_back(due);
            return;
        }
        match due {
            Due::Land(message) => self.land(at, &message),
            Due::Begin(id) => self.begin(at, id),
            Due::Retry(id) => self.retry(at, id),
            Due::Served(job) => self.served(at, job),
            Due::Arrive => self.arrive(at),
            Due::Burst => self.burst_due(at),
            Due::Shift => self.shift(at),
            Due::Wake(client) => self.wake(at, client),
            Due::Expire(node, key, since) => self.expire_due(at, node, key, since),
            Due::Bound(node, key, since) => self.watch_bound(at, node, key, since),
            Due::Flush(node, life) => self.flush_due(at, node, life),
            Due::Log(key) => self.log_due(at, key),
            Due::Sample => self.sample(at),
        }
    }

    fn forget_messages(&mut self, at: Micros) {
        while self.messages.len() > KEPT && self.messages.front().is_some_and(|old| !old.flying(at)) {
            self.messages.pop_front();
        }
    }

    /// A message arrives at whom it is for.
    fn land(&mut self, at: Micros, message: &Rc<Message>) {
        self.forget_messages(at);
        match message.to {
            Place::Client(id) => self.client_gets(at, id, message),
            Place::Node(id) => self.node_gets(at, id, message),
            Place::Db => self.db_gets(at, message),
        }
    }

    /// When everything under way will be over, as far as it shows now.
    pub fn settled(&self) -> Micros {
        let counts = |due: &Due| match due {
            Due::Expire(..) | Due::Sample => false,
            Due::Bound(node, key, since) => {
                self.node(*node).and_then(|node| node.entry(*key)).is_some_and(|entry| entry.stale == Some(*since))
            }
            // A cache tries again and again to flush; while the database is down, that leads
            // nowhere, but for what a crashed cache had sent.
            Due::Flush(..) => self.db.up,
            Due::Land(message) if message.batch.is_some() => self.db.up || !self.orphans.is_empty(),
            _ => true,
        };
        let due = self.queue.iter().filter(|(_, due)| counts(due)).map(|(at, _)| at).max();
        due.unwrap_or(0).max(self.params().lasts())
    }

    /// Until when nothing moves.
    pub fn still_until(&self, at: Micros) -> Micros {
        let falls = |since: Micros| since > 0 && since <= at && at <= since + super::LINGER;
        let moves = self.messages.iter().rev().any(|it| it.flying(at))
            || !self.db.serving.is_empty()
            || self.params().ttl > 0 && self.nodes.iter().any(|node| node.held > 0)
            || self.clients.iter().any(|client| client.paused.is_some())
            || self.nodes.iter().any(|node| node.victims.iter().any(|victim| falls(victim.at)));
        if moves {
            return at;
        }
        let next = self.queue.next_at().unwrap_or(Micros::MAX).max(at);
        // Traces of what has arrived, frames of what was committed and words on who had to go fade together.
        let gone = self.nodes.iter().filter_map(|node| node.victims.back()).filter(|victim| victim.at > 0);
        let over = self.messages.iter().map(|it| it.arrives).chain(self.commits.last().map(|it| it.at));
        let over = over.chain(gone.map(|victim| victim.at + super::LINGER));
        over.filter_map(|over| super::scene::fades_next(at, over)).fold(next, Micros::min)
    }

    pub(super) fn params(&self) -> &Params {
        &self.setup.params
    }

    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(usize::from(id)).map(|node| &**node)
    }
    pub(super) fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(usize::from(id)).map(Rc::make_mut)
    }
    pub(super) fn db_mut(&mut self) -> &mut Database {
        Rc::make_mut(&mut self.db)
    }
    pub fn request(&self, id: RequestId) -> Option<&Request> {
        self.requests.get(id as usize)
    }
    pub(super) fn request_mut(&mut self, id: RequestId) -> Option<&mut Request> {
        self.requests.get_mut(id as usize)
    }
    pub fn row(&self, key: KeyId) -> Row {
        self.db.rows.get(key as usize).copied().unwrap_or_default()
    }
    pub(super) fn row_mut(&mut self, key: KeyId) -> Option<&mut Row> {
        self.db_mut().rows.get_mut(key as usize)
    }

    /// The message of a number, as long as it is kept.
    pub fn message(&self, id: u32) -> Option<&Message> {
        let place = self.messages.partition_point(|message| message.id < id);
        self.messages.get(place).map(|message| &**message).filter(|message| message.id == id)
    }

    /// The cache node that a key belongs to; without a cache there is none.
    pub fn home(&self, key: KeyId) -> Option<NodeId> {
        self.setup.homes.get(key as usize).copied().filter(|home| usize::from(*home) < self.nodes.len())
    }
    /// Its node's entry of a key.
    pub fn entry(&self, key: KeyId) -> Option<&Entry> {
        self.node(self.home(key)?)?.entry(key)
    }
    /// Existing and absent keys.
    pub fn all_keys(&self) -> KeyId {
        2 * self.setup.keys
    }
    /// The database has nothing under it.
    pub fn absent(&self, key: KeyId) -> bool {
        key >= self.setup.keys
    }
    pub fn size(&self, key: KeyId) -> u32 {
        self.setup.sizes.get(key as usize).copied().unwrap_or(1)
    }

    /// Everything in flight at a moment.
    pub fn flying(&self, at: Micros) -> impl Iterator<Item = &Message> {
        self.messages.iter().map(|message| &**message).filter(move |message| message.flying(at))
    }

    /// What became of a key in the cache, the latest first.
    pub fn holds_of(&self, key: KeyId) -> impl Iterator<Item = &Hold> {
        let mut next = self.row(key).holds;
        std::iter::from_fn(move || {
            let hold = self.holds.get((next as usize).checked_sub(1)?)?;
            next = hold.before;
            Some(hold)
        })
    }

    /// What the database committed of a key, the latest first.
    pub fn commits_of(&self, key: KeyId) -> impl Iterator<Item = &Commit> {
        let mut next = self.row(key).commits;
        std::iter::from_fn(move || {
            let commit = self.commits.get((next as usize).checked_sub(1)?)?;
            next = commit.before;
            Some(commit)
        })
    }

    pub(super) fn hold(&mut self, at: Micros, node: NodeId, key: KeyId, what: Held) {
        let before = self.row(key).holds;
        let place = self.holds.push(Hold { at, key, node, what, before });
        if let Some(row) = self.row_mut(key) {
            row.holds = place as u32 + 1;
        }
    }

    /// Sends a message, and keeps it to be seen; the oldest that has arrived goes.
    pub(super) fn send(&mut self, at: Micros, mut message: Message) {
        let way = match (message.from, message.to) {
            (Place::Db, _) | (_, Place::Db) => self.params().to_db(),
            _ => self.params().to_cache(),
        };
        message.id = self.next_message;
        self.next_message = self.next_message.wrapping_add(1);
        (message.sent, message.arrives) = (at, at + way);
        let message = Rc::new(message);
        self.messages.push_back(message.clone());
        self.forget_messages(at);
        self.queue.schedule(at + way, Due::Land(message));
    }

    pub(super) fn say(&mut self, at: Micros, head: String, text: String, tone: Tone, subject: Option<Subject>) {
        let (head, text) = match self.events.len() {
            TOLD.. => return,
            n if n + 1 == TOLD => {
                let text =
                    "So much has happened that no more of it is told. The picture, the figures and the checks go on.";
                ("And so on".to_string(), text.to_string())
            }
            _ => (head, text),
        };
        Rc::make_mut(&mut self.events).push(Event { at, head, text, tone, subject });
    }
}
