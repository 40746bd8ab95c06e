//! One lookup, step by step: hash, position, search, owner, copies.

use super::params;
use super::world::{NONE, World};
use crate::explainers::{Event, Tone, grouped};
use crate::models::hashing::{guava_path, jump_path};
use crate::sim::{MS, Micros, decimal};

const HASHING: Micros = 900 * MS;
const PLACING: Micros = 900 * MS;
const PROBE: Micros = 450 * MS;
const OWNING: Micros = 1_000 * MS;
const COPY: Micros = 600 * MS;

/// What the rule did with the hash where there is no ring to search.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub enum Found {
    /// Points looked at by the binary search; the last one is the answer.
    Search(Vec<u32>),
    /// In words: “0x2f61 mod 5 = 2”.
    Words(String),
}

#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct Lookup {
    pub at: Micros,
    pub key: String,
    pub position: u64,
    pub native: String,
    pub found: Found,
    pub owner: u16,
    /// The walk from the owner: (point, server, taken or skipped).
    pub walk: Vec<(u32, u16, bool)>,
    /// Who has a copy besides the owner.
    pub copies: Vec<u16>,
}

impl Lookup {
    pub fn new(world: &World, at: Micros, key: &str) -> Lookup {
        let (placement, p) = (&world.placement, &world.setup.params);
        let id_of = |index: u32| world.live.get(index as usize).copied().unwrap_or(NONE);
        let bytes = key.as_bytes();
        let position = placement.position(bytes);
        let owner = placement.owner(bytes).map_or(NONE, id_of);
        let copies_wanted = p.copies.clamp(1, 5) as usize;
        let n = world.live.len() as u32;
        let found = match p.placement {
            _ if placement.points().len() > 1 => Found::Search(placement.search(position)),
            params::MOD_N => {
                Found::Words(format!("{} mod {n} = {}", placement.native(bytes), position_mod(p, bytes, n)))
            }
            params::JUMP | params::GUAVA => {
                let path = match p.placement {
                    params::JUMP => jump_path(p.hash().hash(bytes), n),
                    _ => guava_path(p.hash().hash(bytes), n),
                };
                let path: Vec<String> = path.into_iter().map(|bucket| (bucket + 1).to_string()).collect();
                Found::Words(format!("it jumps {}; the next jump would leave the {n}", path.join(" → ")))
            }
            params::RENDEZVOUS => Found::Words(format!("the highest of {n} scores is {}’s", world.name(owner))),
            _ => Found::Words(format!("{} belongs to {}", placement.native(bytes), world.name(owner))),
        };
        let walk = if copies_wanted > 1 { placement.walk(position, copies_wanted) } else { Vec::new() };
        let mut copies = Vec::new();
        placement.replicas(bytes, copies_wanted, &mut copies);
        Lookup {
            at,
            key: key.to_string(),
            position,
            native: placement.native(bytes),
            found,
            owner,
            walk: walk.into_iter().map(|(point, server, taken)| (point, id_of(server), taken)).collect(),
            copies: copies.into_iter().map(id_of).filter(|id| *id != owner).collect(),
        }
    }

    pub fn placed(&self) -> Micros {
        self.at + HASHING
    }
    pub fn searching(&self) -> Micros {
        self.placed() + PLACING
    }
    /// When probe `i` is looked at.
    pub fn probe(&self, i: usize) -> Micros {
        self.searching() + i as Micros * PROBE
    }
    pub fn owned(&self) -> Micros {
        self.searching()
            + match &self.found {
                Found::Search(probes) => probes.len() as Micros * PROBE,
                Found::Words(_) => OWNING,
            }
    }
    pub fn copy(&self, i: usize) -> Micros {
        self.owned() + OWNING + i as Micros * COPY
    }
    pub fn over(&self) -> Micros {
        self.copy(self.copies.len()) + OWNING
    }

    pub fn events(&self, world: &World) -> Vec<Event> {
        let subject = (self.owner != NONE).then(|| super::server(self.owner));
        let event = |at, head: String, text: String, subject| Event { at, head, text, tone: Tone::Plain, subject };
        let ring = matches!(self.found, Found::Search(_));
        let mut out = vec![event(
            self.at,
            format!("Where is {}?", self.key),
            format!("Its hash is {}: the same on every client, whoever asks.", self.native),
            None,
        )];
        if ring {
            let turn = self.position as f64 / 18_446_744_073_709_551_616.0 * 360.0;
            let turn = decimal::fixed(turn, 0);
            out.push(event(
                self.placed(),
                "The hash is a place.".into(),
                format!("All hash values make one turn; this one stands at {turn}°, clockwise from the top."),
                None,
            ));
        }
        match &self.found {
            Found::Search(probes) => out.push(event(
                self.searching(),
                "Binary search.".into(),
                format!(
                    "{} of the {} sorted points are looked at to find the first one clockwise.",
                    probes.len(),
                    grouped(world.placement.points().len() as i64)
                ),
                None,
            )),
            Found::Words(words) => {
                out.push(event(
                    self.searching(),
                    format!("{}.", world.setup.params.placement_label()),
                    format!("{words}."),
                    None,
                ));
            }
        }
        let owner = if self.owner == NONE {
            "No server holds it.".into()
        } else {
            format!("{} holds it.", world.name(self.owner))
        };
        let why = if ring { "The first point clockwise is one of its own." } else { "That is the whole rule." };
        out.push(event(self.owned(), owner, why.into(), subject));
        if !self.copies.is_empty() {
            let names: Vec<&str> = self.copies.iter().map(|id| world.name(*id)).collect();
            let skipped = self.walk.iter().filter(|(_, _, taken)| !taken).count();
            let how = match (ring, skipped) {
                (true, 0) => "The walk goes on clockwise to the next servers.".to_string(),
                (true, n) => format!(
                    "The walk goes on clockwise and skips {n} point{} of servers it already has.",
                    super::world::plural(n as i64)
                ),
                _ => "The next servers of the list have them.".to_string(),
            };
            out.push(event(self.copy(0), format!("Copies on {}.", names.join(" and ")), how, None));
        }
        out
    }
}

fn position_mod(p: &params::Params, key: &[u8], n: u32) -> u64 {
    p.hash().hash(key) % u64::from(n.max(1))
}
