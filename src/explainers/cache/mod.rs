//! Cache strategies: where reads and writes go, what that saves, and what can go wrong.

mod acts;
mod charts;
mod clients;
pub mod curve;
mod database;
mod figures;
pub mod import;
mod lessons;
pub mod light;
mod node;
pub mod params;
mod scene;
mod store;
mod story;
mod strip;
pub mod tell;
#[cfg(test)]
mod tests;
pub mod types;
pub mod watch;
pub mod workload;
pub mod world;

pub use params::Params;
pub use types::*;
pub use world::World;

use crate::draw::chart::Chart;
use crate::draw::scene::{Scene, Subject, Token};
use crate::explainers::*;
use crate::sim::{MS, Micros};
use serde::{Deserialize, Serialize};

/// How long something that has happened is still seen.
pub const LINGER: Micros = 6 * MS;

/// Requests of the workload that the study of all rules is made of.
const STUDIED: usize = 50_000;
/// The mean of a log-normal distribution around 500 with σ = 1: 500 · e^½, in bytes.
const MEAN_SIZE: u64 = 824;

pub struct CacheStrategies;

/// Everything a reader can do. Clients, cache nodes and keys go by their number, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A client and a key.
    Read(u32, u32),
    Write(u32, u32),
    /// So many reads at once of a key, dealt to the clients in turn.
    Burst(u32, u32),
    /// A cache node crashes, with what it has; comes back empty.
    Crash(u32),
    Restart(u32),
    /// All cache nodes drop their entries.
    Flush,
    /// The entry of a key expires now.
    Expire(u32),
    /// A client stops for so many ms (a pause of its garbage collector): what arrives waits.
    Pause(u32, u32),
    /// The database takes so many times as long as normal; 1: as long as normal.
    Slowdb(u32),
    Dbdown,
    Dbup,
    /// Another capacity for each cache node.
    Resize(u32),
    /// The hot spot moves on.
    Shift,
}

pub fn client(id: ClientId) -> Subject {
    Subject { kind: "client", id: u32::from(id) + 1 }
}

pub fn node(id: NodeId) -> Subject {
    Subject { kind: "cache", id: u32::from(id) + 1 }
}

pub fn key(id: KeyId) -> Subject {
    Subject { kind: "key", id: id + 1 }
}

/// Requests are called by their number from 1.
pub fn request(id: RequestId) -> Subject {
    Subject { kind: "request", id: id + 1 }
}

/// Messages, too.
pub fn message(id: u32) -> Subject {
    Subject { kind: "message", id: id + 1 }
}

/// There is one; links call it `db`.
pub const DB: Subject = Subject { kind: "db", id: 1 };

impl Explainer for CacheStrategies {
    const META: Meta = Meta {
        slug: "cache",
        title: "Cache strategies",
        question: "Where do reads and writes go, what does it save, and what can go wrong?",
        claim: "A cache saves the database what it answers itself, and every way of keeping the two in step leaves a gap of its own.",
        pace: 10 * MS,
        opening: "",
        sources: &[
            Source {
                what: "Nishtala et al., Scaling Memcache at Facebook, NSDI 2013",
                url: "https://www.usenix.org/conference/nsdi13/technical-sessions/presentation/nishtala",
            },
            Source {
                what: "Vattani, Chierichetti & Lowenstein, Optimal Probabilistic Cache Stampede Prevention, PVLDB 8(8), 2015",
                url: "https://doi.org/10.14778/2757807.2757813",
            },
            Source {
                what: "Belady, A Study of Replacement Algorithms for a Virtual-Storage Computer, IBM Systems Journal 5(2), 1966",
                url: "https://doi.org/10.1147/sj.52.0078",
            },
            Source {
                what: "Corbató, A Paging Experiment with the Multics System (CLOCK), MIT Project MAC, 1968",
                url: "https://www.multicians.org/paging-experiment.pdf",
            },
            Source {
                what: "Johnson & Shasha, 2Q: A Low Overhead High Performance Buffer Management Replacement Algorithm, VLDB 1994",
                url: "https://www.vldb.org/conf/1994/P439.PDF",
            },
            Source {
                what: "Megiddo & Modha, ARC: A Self-Tuning, Low Overhead Replacement Cache, FAST 2003",
                url: "https://www.usenix.org/conference/fast-03/arc-self-tuning-low-overhead-replacement-cache",
            },
            Source {
                what: "Einziger, Friedman & Manes, TinyLFU: A Highly Efficient Cache Admission Policy, ACM Transactions on Storage 13(4), 2017",
                url: "https://doi.org/10.1145/3149371",
            },
            Source {
                what: "Yang et al., FIFO Queues Are All You Need for Cache Eviction (S3-FIFO), SOSP 2023",
                url: "https://doi.org/10.1145/3600006.3613147",
            },
            Source {
                what: "Zhang et al., SIEVE is Simpler than LRU: An Efficient Turn-Key Eviction Algorithm for Web Caches, NSDI 2024",
                url: "https://www.usenix.org/conference/nsdi24/presentation/zhang-yazhuo",
            },
            Source {
                what: "Bloom, Space/Time Trade-offs in Hash Coding with Allowable Errors, CACM 13(7), 1970",
                url: "https://doi.org/10.1145/362686.362692",
            },
            Source {
                what: "Lamping & Veach, A Fast, Minimal Memory, Consistent Hash Algorithm (jump hash), 2014",
                url: "https://arxiv.org/abs/1406.2294",
            },
        ],
        simplified: &[
            "Every message to the cache takes the same time, and so does every one to the database. What a cache node does takes none, and it has no queue: load does not make it slower.",
            "While a cache node is down it refuses connections, and the client turns to the database, each time anew. What was in its hands when it crashed, it refuses as well; a write that it had already sent on may have happened.",
            "Requests come at random times, whether or not earlier ones have ended. A client has at most 1,000 open; more fail at once.",
            "The database commits a write, and reads, when it is done with the operation. Reads of a replica take the same slots as the rest; only what they see is older.",
            "A client that deletes or sets an entry after a write waits for the cache’s answer before the write counts as acknowledged; one that fills the cache after a miss does not wait.",
            "Who has to wait for a lease asks again after a quarter of the database’s time, at least a round trip, and after 20 times loads for itself without setting. A lease is good for ten times the time of a load.",
            "The cache, not the client, draws the lots of early refresh, and lets one early load of a key be under way at a time where there is single flight or a lease.",
            "Entries go at the moment at which they expire. Memcached notices when it is asked, Redis then or when it comes by.",
            "What has waited for two seconds, for a slot of the database or for its turn among the writes of its key (write-through), is turned away when that comes. Clients have no other timeout, and do not try again.",
            "A flush takes the database as long as one operation, whatever the batch; and it never replaces a newer version by an older one.",
            "With read-through, a load does not replace what was written to the cache while it was under way.",
            "The Bloom filter is built once: keys do not come and go.",
            "Another capacity takes effect at once.",
        ],
    };
    type Params = Params;
    type Action = Action;
    type Data = ();
    type World = World;
    type Sketch = scene::Sketch;
    const VERSUS: &'static [(&'static str, &'static str)] = &[("read", "through"), ("write", "back")];
    const FOLDED: &'static [&'static str] = &[
        "unit", "nodes", "jitter", "ahead", "early", "flight", "negative", "bloom", "flush", "batch", "log", "replica",
        "hop", "way", "spread", "slots", "queue", "clients", "span", "keys", "work", "skew", "absent", "hot", "every",
        "burst", "warm", "bound",
    ];

    fn caveats(params: &Params) -> Vec<(&'static str, String)> {
        params.caveats()
    }
    fn build(params: &Params, seed: u64, _data: &()) -> World {
        World::build(params, seed)
    }
    fn act(world: &mut World, at: Micros, action: &Action) -> Result<(), String> {
        world.act(at, action)
    }
    fn advance(world: &mut World, to: Micros) {
        world.advance(to);
    }
    fn settled(world: &World) -> Micros {
        world.settled()
    }
    fn still_until(world: &World, at: Micros) -> Micros {
        world.still_until(at)
    }
    fn scene(world: &World, at: Micros, view: &View, sketch: &mut scene::Sketch) -> Scene {
        scene::scene(world, at, view, sketch)
    }
    fn events(world: &World) -> &[Event] {
        &world.events
    }
    fn checks(world: &World) -> Vec<Check> {
        world.checks()
    }
    fn readouts(world: &World) -> Vec<Readout> {
        world.readouts()
    }
    fn charts(world: &World) -> Vec<Chart> {
        charts::charts(world)
    }
    fn diagram(world: &World, at: Micros, view: &View) -> Option<Scene> {
        strip::diagram(world, at, view)
    }
    const DIAGRAM: &'static str = "Click a key, a client or a request to follow it. The strip: who asked for a key, and who had which version of it.";
    const DIAGRAM_BELOW: bool = true;
    fn offers(world: &World) -> Vec<Offer> {
        world.offers()
    }
    fn name(world: &World, subject: Subject) -> Option<String> {
        world.name(subject)
    }
    fn ink(world: &World, subject: Subject) -> Option<Token> {
        light::ink(world, subject)
    }
    fn state(world: &World, subject: Subject) -> Option<String> {
        world.state(subject)
    }
    fn describe(world: &World, at: Micros) -> String {
        world.describe(at)
    }
    fn subject(word: &str) -> Option<Subject> {
        if word == "db" {
            return Some(DB);
        }
        let (kind, id) = word.rsplit_once('-')?;
        let kinds = ["client", "cache", "key", "request", "db", "message"];
        let kind = kinds.into_iter().find(|known| *known == kind)?;
        Some(Subject { kind, id: id.parse().ok()? })
    }
    fn followable(world: &World) -> Vec<Subject> {
        world.followable()
    }
    const TAKES_DATA: bool = true;
    fn imports() -> &'static [Import] {
        import::IMPORTS
    }
    fn studies(run: &Run<CacheStrategies>) -> Vec<Box<dyn Study>> {
        let p = run.params;
        if !p.cached() {
            return Vec::new();
        }
        // All nodes together, by entries: sizes do not go into these curves.
        let mean = if p.unit == params::BYTES { MEAN_SIZE } else { 1 };
        let room = (p.room() / mean).max(1) * p.nodes.clamp(1, 4) as u64;
        let keys = workload::asked(p, run.seed, STUDIED);
        vec![Box::new(curve::Workload::new(&keys, p.eviction(), room, run.seed))]
    }
    fn lessons() -> &'static [Lesson] {
        lessons::LESSONS
    }
}
