//! What the world is made of. A picture of it is a function of these and of the time alone.

use super::world::Due;
use crate::models::caching::{Cache, Why};
use crate::sim::Micros;
use crate::sim::chronicle::Chronicle;
use std::collections::VecDeque;
use std::rc::Rc;

/// Clients and cache nodes are counted from 0 here, from 1 in links and words (C1, cache 1).
pub type ClientId = u8;
pub type NodeId = u8;
/// Keys are counted from 0 here, from 1 in links and words (k1). Those from `Setup::keys` on are absent: they can be
/// asked for, and the database has nothing under them.
pub type KeyId = u32;
/// Requests of clients are counted from 0 in the order in which they began.
pub type RequestId = u32;
/// The rank of a write among all writes of its key, from 1, by its serialisation point: the database's commit, or with
/// write-back the cache's acceptance. 0: the value the key had before any.
pub type Version = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpKind {
    Read,
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Client(ClientId),
    Node(NodeId),
    Db,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// A read asks the cache.
    Get,
    /// The cache answers a read, from what it has or from what it has loaded.
    Value,
    /// The cache has nothing (or, with early refresh, tells this one to load anew); `token` is a lease, if there are
    /// leases.
    Miss,
    /// The cache has nothing, and somebody else has the lease: ask again.
    Wait,
    /// A client puts into the cache what it has read or written.
    Set,
    /// Answers the set of a writer; one that fills after a miss is not answered.
    Stored,
    /// A client deletes the entry of what it has written.
    Delete,
    Deleted,
    /// A write through the cache (write-through, write-back).
    Put,
    /// The cache has taken it: acknowledged.
    Accepted,
    /// A read asks the database, sent by a client or by a cache that loads.
    Query,
    /// The database answers a read.
    Row,
    /// A write to the database.
    Write,
    /// The database has committed it.
    Committed,
    /// Write-back: a batch of dirty values to the database.
    Flush,
    Flushed,
    /// The change log tells the cache to drop an entry.
    Invalidate,
    /// The cache node is down, or has crashed with this request in its hands.
    Refused,
    /// The database is down.
    Down,
    /// The database's queue is full, or the request waited in it for too long.
    Overloaded,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// In the order in which they were sent, from 0: `message-1` is the first.
    pub id: u32,
    pub kind: MessageKind,
    pub from: Place,
    pub to: Place,
    pub sent: Micros,
    pub arrives: Micros,
    pub key: KeyId,
    /// The version it carries; of no account where it carries none: see [`Message::carries`].
    pub version: Version,
    /// The client's request that it belongs to; `None`: a flush, a refresh in the background, the change log.
    pub request: Option<RequestId>,
    /// The lease that it carries, or of a cache the number of its load; 0: none.
    pub token: u32,
    /// Of a set that fills after a miss: how long the load took, in µs.
    pub took: u32,
    /// Of a flush: what it brings. Otherwise empty.
    pub batch: Option<Rc<[(KeyId, Version)]>>,
}

impl Message {
    pub fn flying(&self, at: Micros) -> bool {
        self.sent <= at && at < self.arrives
    }
    /// How much of its way it has behind it at a moment: 0 to 1.
    pub fn way(&self, at: Micros) -> f32 {
        let at = at.clamp(self.sent, self.arrives.max(self.sent));
        (at - self.sent) as f32 / self.arrives.saturating_sub(self.sent).max(1) as f32
    }
    /// Whether it answers another.
    pub fn answers(&self) -> bool {
        use MessageKind as Kind;
        !matches!(
            self.kind,
            Kind::Get
                | Kind::Set
                | Kind::Delete
                | Kind::Put
                | Kind::Query
                | Kind::Write
                | Kind::Flush
                | Kind::Invalidate
        )
    }
    /// Whether it says that something failed.
    pub fn fails(&self) -> bool {
        matches!(self.kind, MessageKind::Refused | MessageKind::Down | MessageKind::Overloaded)
    }
    /// Whether it carries a value of its key.
    pub fn carries(&self) -> bool {
        use MessageKind as Kind;
        matches!(self.kind, Kind::Value | Kind::Set | Kind::Accepted | Kind::Row | Kind::Committed)
    }
}

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Its client is paused and has not begun with it.
    Held,
    /// Asks the cache, or has sent it a write.
    Cache,
    /// Waits for a load that somebody else has begun.
    Waiting,
    /// Asks the database, or writes to it.
    Database,
    /// A write that the database has committed: the client deletes or sets the entry.
    Mending,
    Done,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A read: the cache had it.
    Hit,
    /// A read: it was loaded for it.
    Miss,
    /// A read: it waited for a load that another had begun.
    Shared,
    /// A read: the cache had it, but it was loaded anew before it expired.
    Early,
    /// A read: the Bloom filter knew that there is no such key.
    Filtered,
    /// A read: straight from the database, as there is no cache or its node is down.
    Direct,
    /// A write: acknowledged.
    Written,
    /// An error: the database is down or overloaded, the cache crashed with it, or the client has too many open.
    Failed,
}

impl Outcome {
    /// The answer came from the cache without the database being asked.
    pub fn is_hit(self) -> bool {
        self == Outcome::Hit
    }
}

/// One read or write of a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    pub id: RequestId,
    pub client: ClientId,
    pub kind: OpKind,
    pub key: KeyId,
    /// The reader issued it: it is told in detail.
    pub own: bool,
    /// It belongs to a scan.
    pub scan: bool,
    pub began: Micros,
    pub ended: Option<Micros>,
    pub phase: Phase,
    /// How it ended; for reads known, from the moment the cache has looked, before they have.
    pub outcome: Option<Outcome>,
    /// A write's own version, once it has one; what a read returned.
    pub version: Version,
    /// The newest version of its key that was acknowledged when it began, and when that was.
    pub newest: Version,
    pub newest_at: Micros,
    /// The newest version of its key that its own client had been acknowledged when it began; `None`: it wrote none.
    pub mine: Option<Version>,
    /// A read that returned something older than `newest`.
    pub stale: bool,
    /// How often it had to wait and ask the cache again.
    pub tries: u8,
    /// The lease it holds; 0: none.
    pub token: u32,
    /// That lease has been taken back.
    pub void: bool,
    /// When it asked the database.
    pub asked: Option<Micros>,
}

impl Request {
    pub fn open(&self) -> bool {
        self.ended.is_none()
    }
    /// From its beginning to its end, in µs.
    pub fn latency(&self) -> Option<Micros> {
        Some(self.ended?.saturating_sub(self.began))
    }
}

/// Several reads of one client that wait for one load (single flight in the client).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flight {
    pub key: KeyId,
    pub leader: RequestId,
    pub waiting: Vec<RequestId>,
}

#[derive(Clone, Debug, Default, Hash)]
pub struct Client {
    /// Requests that have begun and not ended.
    pub open: u32,
    /// Since when it is paused, and until when: what arrives waits.
    pub paused: Option<(Micros, Micros)>,
    pub flights: Vec<Flight>,
    /// By key, ascending: the newest version that it wrote and was acknowledged.
    pub wrote: Vec<(KeyId, Version)>,
    /// What has arrived while it is paused, in order.
    pub(super) inbox: VecDeque<Due>,
}

impl Client {
    /// How much waits for the end of its pause: messages, and requests to begin with.
    pub fn waits(&self) -> usize {
        self.inbox.len()
    }
}

/// Who put an entry's value where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// It was there before the run began.
    Warm,
    /// It was loaded after a miss.
    Load,
    /// A write put it there.
    Write,
    /// It was loaded in the background, or early.
    Refresh,
}

/// What a cache node has under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    pub version: Version,
    /// When the value came, and from where.
    pub since: Micros,
    pub origin: Origin,
    pub expires: Option<Micros>,
    /// How long its load took, in µs: what early refresh goes by.
    pub took: u32,
    /// 1, or bytes.
    pub size: u32,
    /// Since when it has been older than the newest version of its key.
    pub stale: Option<Micros>,
    /// Since when it was asked for last.
    pub used: Micros,
    /// Hits since it came.
    pub hits: u32,
}

/// Write-back: acknowledged, and not in the database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dirty {
    pub key: KeyId,
    pub version: Version,
    pub since: Micros,
    /// Acknowledged writes that `version` stands for and no flush has taken yet.
    pub writes: u32,
    /// A flush is under way with this version and so many writes; none, once the database has taken it or turned it
    /// away.
    pub flying: Option<(Version, u32)>,
}

/// Acknowledged writes whose cache has crashed while the database was still to commit them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Orphan {
    pub key: KeyId,
    pub version: Version,
    pub writes: u32,
}

/// A load that the cache itself has begun (read-through, refresh-ahead).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Load {
    pub key: KeyId,
    pub token: u32,
    pub began: Micros,
    /// The read it is for; `None`: in the background.
    pub leader: Option<RequestId>,
    /// Reads that wait for it besides.
    pub waiting: Vec<RequestId>,
    /// The entry was deleted or written meanwhile: what comes is answered and not kept (with leases).
    pub void: bool,
}

/// A lease: who has it may load and set this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    pub key: KeyId,
    pub request: RequestId,
    pub token: u32,
    pub until: Micros,
}

/// Write-through: the writes of a key that the cache has been given, the first being with the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Puts {
    pub key: KeyId,
    pub waiting: VecDeque<RequestId>,
}

/// An entry that had to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Victim {
    pub key: KeyId,
    pub at: Micros,
    pub version: Version,
    /// It was dirty: it waits in the flush buffer now.
    pub dirty: bool,
    /// When it had been asked for last.
    pub used: Micros,
    pub why: Why,
}

#[derive(Clone, Debug, Hash)]
pub struct Node {
    pub up: bool,
    /// When it crashed or came back last; 0: it has not.
    pub since: Micros,
    /// Which process it is: raised by every crash.
    pub life: u32,
    /// The rule that decides who goes, and its lists for the picture: `cache.lists()`.
    pub cache: Cache,
    /// What it has, by key; `None` where it has nothing. The same keys as in `cache`.
    pub entries: Chronicle<Option<Entry>>,
    /// Entries, and their sizes together.
    pub held: u32,
    pub used: u64,
    /// Write-back: what the database does not have yet, the oldest first. What of it is in no entry any more, or in an
    /// entry of another version, is the flush buffer.
    pub dirty: Vec<Dirty>,
    pub loads: Vec<Load>,
    pub leases: Vec<Lease>,
    pub puts: Vec<Puts>,
    /// The latest, the last being the latest of all; a few.
    pub victims: VecDeque<Victim>,
    /// Gets that it has answered from what it has, and that it had nothing for.
    pub hits: u64,
    pub misses: u64,
    pub evictions: u64,
    /// A flush is due.
    pub(super) flushing: bool,
}

impl Node {
    pub fn entry(&self, key: KeyId) -> Option<&Entry> {
        self.entries.get(key as usize)?.as_ref()
    }
    pub fn dirty(&self, key: KeyId) -> Option<&Dirty> {
        self.dirty.iter().find(|dirty| dirty.key == key)
    }
    /// Whether its entry of a key is what the database is still to get.
    pub fn is_dirty(&self, key: KeyId) -> bool {
        let version = self.entry(key).map(|entry| entry.version);
        self.dirty(key).is_some_and(|dirty| Some(dirty.version) == version)
    }
    /// Dirty values that no entry holds any more.
    pub fn buffer(&self) -> impl Iterator<Item = &Dirty> {
        self.dirty.iter().filter(|dirty| self.entry(dirty.key).is_none_or(|entry| entry.version != dirty.version))
    }
}

/// What the database has under a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Row {
    /// What is committed, and since when.
    pub version: Version,
    pub since: Micros,
    /// The newest version there is, committed or accepted by a cache that will write it back, and since when.
    pub newest: Version,
    pub newest_at: Micros,
    /// Of those acknowledged to a client.
    pub acked: Version,
    pub acked_at: Micros,
    /// Ranks given so far: one that was lost is not given again.
    pub issued: Version,
    /// Loads into a cache that are under way.
    pub loads: u16,
    /// The places, from 1, of its latest in `World::commits` and of the latest of its key in `World::holds`; 0: none.
    pub commits: u32,
    pub holds: u32,
}

/// A value that the database has committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Commit {
    pub at: Micros,
    pub key: KeyId,
    pub version: Version,
    /// The place, from 1, of the one before it of the same key; 0: none.
    pub before: u32,
}

/// What became of a key in the cache, from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hold {
    pub at: Micros,
    pub key: KeyId,
    pub node: NodeId,
    pub what: Held,
    /// The place, from 1, of the one before it of the same key; 0: none.
    pub before: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Held {
    /// The cache has this version, from there.
    Has(Version, Origin),
    /// The same version is no longer dirty.
    Clean(Version),
    /// It turned stale where it lies: something newer has been written.
    Stale(Version),
    /// The entry went: evicted, deleted (or invalidated), expired, flushed away, or lost with its node.
    Evicted,
    Deleted,
    Expired,
    Emptied,
    Lost,
}

/// What the database works on, or what waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Job {
    pub id: u32,
    /// Query, Write or Flush.
    pub message: Rc<Message>,
    pub arrived: Micros,
    /// When a slot took it, and when that will be done; both 0 while it waits.
    pub begun: Micros,
    pub ends: Micros,
}

#[derive(Clone, Debug, Hash)]
pub struct Database {
    pub up: bool,
    /// When it went down or came back last; 0: it has not.
    pub since: Micros,
    /// Everything takes this many times as long; 1 is normal.
    pub slow: u32,
    pub slots: usize,
    /// In the slots, in the order in which they were begun.
    pub serving: Vec<Job>,
    /// First come, first served.
    pub waiting: VecDeque<Job>,
    /// By key. Those of absent keys never have a version.
    pub rows: Chronicle<Row>,
    /// Slot-time in use so far, in µs, up to `counted`.
    pub(super) busy: u64,
    pub(super) counted: Micros,
    pub(super) next: u32,
}

/// How things stood over a stretch of time that ends at `at`; the figures are of that stretch alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sample {
    pub at: Micros,
    /// Reads that ended, of these hits; the sum of their times, and the 99th percentile, in µs.
    pub reads: u32,
    pub hits: u32,
    pub time: u64,
    pub p99: u32,
    /// Reads that were stale.
    pub stale: u32,
    /// Operations that the database has finished.
    pub queries: u32,
    /// How many waited for the database at its end.
    pub queue: u32,
    pub dirty: u32,
}

/// What came of all so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stats {
    /// Ended requests of each kind, those that failed among them.
    pub reads: u64,
    pub writes: u64,
    pub hits: u64,
    pub misses: u64,
    pub shared: u64,
    pub early: u64,
    pub filtered: u64,
    pub direct: u64,
    pub failed_reads: u64,
    pub failed_writes: u64,
    /// Of reads and writes that did not fail: the sum of their times in µs.
    pub read_time: u64,
    pub write_time: u64,
    /// Of hits, and of misses (without those that shared), likewise.
    pub hit_time: u64,
    pub miss_time: u64,
    /// Of reads that did not fail, in µs, in the order they ended.
    pub read_latency: Chronicle<u32>,
    /// Of these the hits, and all others.
    pub hit_latency: Chronicle<u32>,
    pub miss_latency: Chronicle<u32>,
    /// Reads of a scan that asked the cache, and the hits among them.
    pub scan_reads: u64,
    pub scan_hits: u64,
    pub stale: u64,
    /// The longest that had passed, when a stale read ended, since what it missed was acknowledged, in µs.
    pub oldest: Micros,
    /// The longest that an entry which is gone or replaced had been stale, in µs.
    pub disagreed: Micros,
    /// Acknowledged writes that are nowhere any more.
    pub lost: u64,
    pub evictions: u64,
    pub expired: u64,
    /// Sets that a cache refused, as their lease had been taken back; loads it did not keep for the same reason.
    pub refused_sets: u64,
    /// Values that were not let in: too large, or not admitted by the rule.
    pub bypassed: u64,
    /// Operations that the database has finished: all, of these reads, flushes, and the time they took in µs.
    pub queries: u64,
    pub db_reads: u64,
    pub flushes: u64,
    pub served: u64,
    /// Writes that caches have taken, to write them back.
    pub taken: u64,
    /// Values that flushes brought; acknowledged writes that these stood for.
    pub flushed: u64,
    pub flushed_writes: u64,
    /// Operations that the database turned away.
    pub turned_away: u64,
    /// The most that ever waited for the database, and the most loads there ever were at once for one key.
    pub queue: u32,
    pub loads: u32,
    /// Loads that caches began in the background.
    pub refreshes: u64,
    /// The Bloom filter: absent keys it let pass.
    pub passed: u64,
    /// Requests that the workload has made.
    pub made: u64,
    pub samples: Chronicle<Sample>,
}
