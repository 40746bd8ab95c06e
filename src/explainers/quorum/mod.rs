//! Quorum reads and writes in a replicated key–value store, message by message.

mod acts;
mod band;
mod boxes;
mod charts;
mod client;
mod coordinator;
mod diagram;
mod import;
mod ink;
mod inquiry;
mod lessons;
pub mod light;
mod network;
pub mod params;
mod replica;
mod scene;
mod stage;
pub mod story;
mod stroke;
mod study;
mod tell;
pub mod timeline;
pub mod types;
pub mod watch;
pub mod world;

pub use import::Mixture;
pub use params::Params;
pub use types::*;
pub use world::World;

use crate::draw::chart::Chart;
use crate::draw::scene::{Scene, Subject, Token};
use crate::explainers::*;
use crate::sim::Micros;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// How long a lost message is seen where it was lost.
const LINGER: Micros = 6 * crate::sim::MS;

pub struct Quorum;

/// Everything a reader can do. Nodes and clients go by their number, counted from 1; keys by their name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A client and a key.
    Write(u32, String),
    Read(u32, String),
    Crash(u32),
    /// Comes back with its disk.
    Restart(u32),
    /// Comes back with an empty disk.
    Wipe(u32),
    /// A node takes so many times as long as the others: 1 to 100.
    Slow(u32, u32),
    /// A node's clock is so many ms ahead: 0 to 10,000.
    Skew(u32, u32),
    /// The nodes of one side, such as `12` or `AB`; all others are on the other.
    Cut(String),
    CutLink(u32, u32),
    Heal,
    /// Anti-entropy between two nodes.
    Sync(u32, u32),
    /// A client moves to another node, which coordinates for it.
    Via(u32, u32),
}

/// The reader's own data. Nothing of it leaves the page unless a link carries it.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Measured delays in µs, ascending, in place of a named distribution (`delay=own`).
    pub samples: Option<Rc<[u32]>>,
    /// A distribution fitted to measured delays, in place of them.
    pub fit: Option<Mixture>,
}

pub fn node(id: NodeId) -> Subject {
    Subject { kind: "node", id: u32::from(id) + 1 }
}

pub fn client(id: ClientId) -> Subject {
    Subject { kind: "client", id: u32::from(id) + 1 }
}

/// Operations are called by their number from 1.
pub fn op(id: OpId) -> Subject {
    Subject { kind: "op", id: id + 1 }
}

pub fn key(id: KeyId) -> Subject {
    Subject { kind: "key", id: u32::from(id) + 1 }
}

impl Explainer for Quorum {
    const META: Meta = Meta {
        slug: "quorum",
        title: "Quorum reads and writes",
        question: "With N replicas, how many must answer before I may believe a write or a read, and what do I see when I ask fewer?",
        claim: "R + W > N makes every read meet every acknowledged write, and what else you may expect takes more than that.",
        pace: 10 * crate::sim::MS,
        opening: "do=5ms:write(1,x);45ms:read(2,x)",
        sources: &[
            Source {
                what: "Gifford, Weighted Voting for Replicated Data, SOSP 1979",
                url: "https://doi.org/10.1145/800215.806583",
            },
            Source {
                what: "DeCandia et al., Dynamo: Amazon’s Highly Available Key-value Store, SOSP 2007",
                url: "https://doi.org/10.1145/1294261.1294281",
            },
            Source {
                what: "Bailis et al., Probabilistically Bounded Staleness for Practical Partial Quorums, PVLDB 5(8), 2012",
                url: "https://arxiv.org/abs/1204.6082",
            },
            Source {
                what: "Terry, Replicated Data Consistency Explained Through Baseball, CACM 56(12), 2013",
                url: "https://doi.org/10.1145/2500500",
            },
            Source {
                what: "Lamport, Time, Clocks, and the Ordering of Events in a Distributed System, CACM 21(7), 1978",
                url: "https://doi.org/10.1145/359545.359563",
            },
            Source {
                what: "Herlihy & Wing, Linearizability: A Correctness Condition for Concurrent Objects, TOPLAS 12(3), 1990",
                url: "https://doi.org/10.1145/78969.78972",
            },
            Source {
                what: "Gilbert & Lynch, Brewer’s Conjecture and the Feasibility of Consistent, Available, Partition-tolerant Web Services, SIGACT News 33(2), 2002",
                url: "https://doi.org/10.1145/564585.564601",
            },
            Source {
                what: "Abadi, Consistency Tradeoffs in Modern Distributed Database System Design (PACELC), IEEE Computer 45(2), 2012",
                url: "https://doi.org/10.1109/MC.2012.33",
            },
            Source {
                what: "Apache Cassandra: Dynamo; read repair; hints",
                url: "https://cassandra.apache.org/doc/latest/cassandra/architecture/dynamo.html",
            },
        ],
        simplified: &[
            "A message’s delay includes the work it causes; nodes have no queues, so load does not make them slower.",
            "Random operations come as a Poisson process: a client does not wait for one to end before it begins the next.",
            "A client and its coordinator are 1 ms apart, and a client stays on the side of a partition where its node is.",
            "Failure detection is one rule: a node not heard of for the set time is taken for dead, and its first message afterwards ends that. Heartbeats are not sent one by one, and none is lost. Cassandra and Dynamo gossip, and Cassandra’s detector adapts to what it sees.",
            "A client turns to another coordinator only if its own refuses the connection. If it hears nothing, it reports a timeout and asks another node next time; a driver may try again by itself.",
            "A coordinator prefers itself, then its data centre, then the next nodes of the ring. Cassandra’s snitch would learn to avoid a slow replica.",
            "Blocking read repair writes to the stale replicas among those that answered, as in Cassandra since 4.0, but does not try others when one of these does not confirm.",
            "Hints are merged per replica and key, tried every 50 ms and never expire. Values are whole: there are no columns, no deletes and no tombstones.",
            "With vector clocks the coordinator’s entry is raised, as in Dynamo, whether or not it is a replica. A write by a client that has read nothing may supersede what the same coordinator wrote before.",
            "With Lamport clocks clients are processes too: their messages carry clocks.",
            "Anti-entropy sends one whole tree of 16 ranges, and only between two nodes at a time.",
            "The delays called WAN put every node into a data centre of its own, 75 ms from each other, as the PBS paper does.",
        ],
    };
    type Params = Params;
    type Action = Action;
    type Data = Data;
    type World = World;
    type Sketch = scene::Sketch;
    const VERSUS: &'static [(&'static str, &'static str)] = &[("w", "1"), ("r", "1")];

    const FOLDED: &'static [&'static str] = &[
        "nodes", "wl", "rl", "dcs", "far", "loss", "timeout", "resolve", "skew", "ask", "digest", "spec", "sloppy",
        "hints", "entropy", "suspect", "clients", "reads", "keys", "span", "bound",
    ];

    fn caveats(params: &Params) -> Vec<(&'static str, String)> {
        params.caveats()
    }
    fn build(params: &Params, seed: u64, data: &Data) -> World {
        World::build(params, seed, data)
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
    fn diagram(world: &World, at: Micros, view: &View) -> Option<Scene> {
        diagram::diagram(world, at, view)
    }
    const DIAGRAM: &'static str = "Click a message, a node or a client to follow it.";
    fn stroke(world: &World, _at: Micros, view: &View, from: (f32, f32), to: (f32, f32)) -> Option<String> {
        stroke::stroke(world, view, from, to)
    }
    const STROKE: &'static str = "Draw a line across the picture to cut the network there.";
    fn events(world: &World) -> &[Event] {
        &world.events
    }
    fn checks(world: &World) -> Vec<Check> {
        let linked = |check: Check| match check.verdict {
            Verdict::Broken(at, why) => Check { verdict: Verdict::Broken(at, story::linked(&why)), ..check },
            Verdict::Holds => check,
        };
        world.checks().into_iter().map(linked).collect()
    }
    fn readouts(world: &World) -> Vec<Readout> {
        world.readouts()
    }
    fn charts(world: &World) -> Vec<Chart> {
        charts::charts(world)
    }
    fn studies(run: &Run<Quorum>) -> Vec<Box<dyn Study>> {
        study::studies(run)
    }
    fn offers(world: &World) -> Vec<Offer> {
        world.offers()
    }
    fn asks() -> &'static [Ask] {
        &[Ask { label: "Cut off, e.g. AB", hint: "the nodes of one side, such as AB", act: "cut" }]
    }
    fn name(world: &World, subject: Subject) -> Option<String> {
        light::name(world, subject).or_else(|| world.name(subject))
    }
    fn ink(world: &World, subject: Subject) -> Option<Token> {
        light::ink(world, subject)
    }
    fn state(world: &World, subject: Subject) -> Option<String> {
        light::state(world, subject).or_else(|| world.state(subject))
    }
    fn describe(world: &World, at: Micros) -> String {
        world.describe(at)
    }
    fn subject(word: &str) -> Option<Subject> {
        let (kind, id) = word.rsplit_once('-')?;
        let kind = ["node", "client", "key", "op", "message", "check"].into_iter().find(|known| *known == kind)?;
        Some(Subject { kind, id: id.parse().ok()? })
    }
    fn followable(world: &World) -> Vec<Subject> {
        let mut all: Vec<Subject> = (0..world.nodes.len()).map(|id| node(id as NodeId)).collect();
        all.extend((0..world.clients.len()).map(|id| client(id as ClientId)));
        all.extend((0..world.setup.replicas.len()).take(6).map(|id| key(id as KeyId)));
        // The reader's own operations first, the latest first.
        let own = world.ops.iter().rev().filter(|op| op.own).take(8);
        let others = world.ops.iter().rev().filter(|op| !op.own).take(4);
        all.extend(own.chain(others).map(|known| op(known.id)));
        all
    }
    fn lessons() -> &'static [Lesson] {
        lessons::LESSONS
    }
    const TAKES_DATA: bool = true;
    fn imports() -> &'static [Import] {
        import::IMPORTS
    }
    fn adopt(data: &mut Data, made: Box<dyn std::any::Any>) {
        import::adopt(data, made);
    }
    fn data_parts(data: &Data) -> (Vec<(&'static str, String)>, Option<String>) {
        import::parts(data)
    }
    fn data_from(data: &mut Data, key: &str, value: &str) -> Option<Result<(), String>> {
        import::from_link(data, key, value)
    }
}
