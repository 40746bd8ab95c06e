//! The consistent-hash ring, and what others do instead.

mod acts;
mod groups;
mod import;
mod keys;
mod lessons;
mod lookup;
mod params;
mod scene;
mod stage;
mod story;
mod study;
mod trace;
mod world;

pub use keys::KeySet;
use lookup::{Found, Lookup};
pub use params::Params;
pub use world::World;

use crate::draw::chart::Chart;
use crate::draw::scene::{Scene, Subject, Token};
use crate::explainers::*;
use crate::sim::{Micros, SECOND};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

pub struct HashRing;

/// Everything a reader can do to it. Servers go by their number, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Add,
    Leave(u32),
    Crash(u32),
    /// Comes back, empty.
    Restart(u32),
    /// A server's weight in per cent, 10 to 1000.
    Weight(u32, u32),
    /// One key gets this many per cent of all requests, 1 to 90.
    Hot(u32),
    Cool,
    Lookup(String),
}

/// A server of the reader's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OwnServer {
    pub name: String,
    /// In per cent; 100 is normal.
    pub weight: u32,
    /// Cassandra's, if they were in the paste.
    pub tokens: Vec<i64>,
}

/// The reader's own keys, servers and layout. Nothing of it leaves the page unless a link carries it.
#[derive(Clone, Debug, Default)]
pub struct Data {
    pub keys: Option<Rc<KeySet>>,
    pub servers: Option<Rc<Vec<OwnServer>>>,
    /// Redis Cluster: the server of each slot.
    pub slots: Option<Rc<Vec<u16>>>,
}

pub fn server(id: u16) -> Subject {
    Subject { kind: "server", id: u32::from(id) + 1 }
}

pub fn key(id: u32) -> Subject {
    Subject { kind: "key", id }
}

/// A server's colour; it comes back after seven, with another pattern. Above `FEW` servers a colour means load.
pub fn hue(world: &World, id: u16) -> Token {
    if world.servers.len() <= FEW {
        return Token::HUES[usize::from(id) % Token::HUES.len()];
    }
    let mean = world.demand() as f64 / world.live.len().max(1) as f64;
    let load = world.servers.get(usize::from(id)).map_or(0, |server| server.load) as f64 / mean.max(1e-9);
    match load {
        l if l < 0.75 => Token::Sky,
        l if l < 1.25 => Token::Blue,
        l if l < 1.75 => Token::Orange,
        _ => Token::Red,
    }
}

/// So many servers are told apart by name, colour and pattern.
pub const FEW: usize = 14;

impl Explainer for HashRing {
    const META: Meta = Meta {
        slug: "hash-ring",
        title: "Consistent-hash ring",
        question: "Which server holds this key, and what moves when servers come and go?",
        claim: "Hash servers and keys onto one circle, and a newcomer takes only its share.",
        pace: SECOND,
        opening: "do=1s:add;5s:lookup(user:42)",
        sources: &[
            Source {
                what: "Karger et al., Consistent Hashing and Random Trees, STOC 1997",
                url: "https://doi.org/10.1145/258533.258660",
            },
            Source { what: "libmemcached 1.1.4, ketama", url: "https://github.com/awesomized/libmemcached" },
            Source { what: "golang/groupcache, consistenthash", url: "https://github.com/golang/groupcache" },
            Source {
                what: "Lamping & Veach, A Fast, Minimal Memory, Consistent Hash Algorithm, 2014",
                url: "https://arxiv.org/abs/1406.2294",
            },
            Source {
                what: "Thaler & Ravishankar, Using Name-Based Mappings to Increase Hit Rates, 1998 (rendezvous)",
                url: "https://doi.org/10.1109/90.663936",
            },
            Source {
                what: "Eisenbud et al., Maglev, NSDI 2016",
                url: "https://www.usenix.org/conference/nsdi16/technical-sessions/presentation/eisenbud",
            },
            Source {
                what: "Mirrokni, Thorup & Zadimoghaddam, Consistent Hashing with Bounded Loads, 2016",
                url: "https://arxiv.org/abs/1608.01350",
            },
            Source {
                what: "Redis Cluster specification: key distribution",
                url: "https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/",
            },
            Source {
                what: "Apache Cassandra, Murmur3Partitioner",
                url: "https://cassandra.apache.org/doc/latest/cassandra/architecture/dynamo.html",
            },
        ],
        simplified: &[
            "Every client knows at once who is in. In a real cluster that news travels by gossip or configuration, and clients disagree for a while.",
            "A handover takes 1.8 s whatever its size, and ownership changes at its start. Real ones stream at the speed of disks and networks.",
            "A lost key stays lost. A cache would load it again from its database; that load is what such a crash costs.",
            "Each key gets one request/s; a server 3 s above its capacity fails. Real servers slow down first.",
            "Jump hash, hash mod N and Maglev do not define copies: here they are on the next servers of the list (or of the table).",
            "With Redis Cluster, each shard’s replicas are processes on the next servers of the list, and a promoted one keeps all its slots. A master that comes back gets slots by a reshard; a real one comes back as a replica.",
        ],
    };
    type Params = Params;
    type Action = Action;
    type Data = Data;
    type World = World;
    type Sketch = scene::Sketch;
    const VERSUS: &'static [(&'static str, &'static str)] = &[("placement", "mod-n")];

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
        world.charts()
    }
    fn offers(world: &World) -> Vec<Offer> {
        world.offers()
    }
    fn asks() -> &'static [Ask] {
        &[Ask { label: "Look a key up", hint: "any text, such as user:8812", act: "lookup" }]
    }
    fn studies(run: &Run<HashRing>) -> Vec<Box<dyn Study>> {
        study::Spread::new(run.params).map(|study| Box::new(study) as Box<dyn Study>).into_iter().collect()
    }
    fn name(world: &World, subject: Subject) -> Option<String> {
        match subject.kind {
            "server" => {
                let id = subject.id.checked_sub(1)? as usize;
                world.servers.get(id).map(|server| server.name.to_string())
            }
            "key" => ((subject.id as usize) < world.setup.keys.len()).then(|| world.setup.keys.text(subject.id)),
            _ => None,
        }
    }
    fn ink(world: &World, subject: Subject) -> Option<Token> {
        let id = match subject.kind {
            "server" => u16::try_from(subject.id.checked_sub(1)?).ok()?,
            _ => *world.owner.get(world.rank_of(subject.id)?)?,
        };
        world.servers.get(usize::from(id)).map(|_| hue(world, id))
    }
    fn state(world: &World, subject: Subject) -> Option<String> {
        world.state(subject)
    }
    fn describe(world: &World, at: Micros) -> String {
        world.describe(at)
    }
    fn subject(word: &str) -> Option<Subject> {
        let (kind, id) = word.rsplit_once('-')?;
        let kind = ["server", "key"].into_iter().find(|known| *known == kind)?;
        Some(Subject { kind, id: id.parse().ok()? })
    }
    fn followable(world: &World) -> Vec<Subject> {
        let servers = world.servers.iter().enumerate().filter(|(_, s)| s.state != world::State::Gone);
        let mut all: Vec<Subject> = servers.take(40).map(|(id, _)| server(id as u16)).collect();
        // Keys whose story has a turn first: those that move.
        let moved = world
            .change
            .iter()
            .flat_map(|change| change.travel.iter())
            .filter_map(|m| world.setup.order.get(m.rank as usize));
        let mut ids: Vec<u32> = moved.copied().take(6).collect();
        ids.extend((0..world.setup.keys.len() as u32).take(12));
        ids.dedup();
        all.extend(ids.into_iter().take(12).map(key));
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
    fn fixed_by(data: &Data, key: &str) -> bool {
        import::fixes(data, key)
    }
    fn data_from(data: &mut Data, key: &str, value: &str) -> Option<Result<(), String>> {
        import::from_link(data, key, value)
    }
}
