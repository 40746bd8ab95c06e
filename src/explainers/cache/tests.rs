//! Whole runs, as links describe them.

mod agree;
mod laws;
mod strategies;
mod troubles;

use super::types::*;
use super::{Action, CacheStrategies, Params, World};
use crate::explainers::{Explainer, Knobs, Verdict};
use crate::link::{self, call};
use crate::sim::{MS, Micros};

pub(super) fn params(query: &str) -> (Params, Vec<(Micros, Action)>) {
    let (link, bad) = link::parse(&format!("#/cache?{query}"));
    assert!(bad.is_empty(), "{bad:?}");
    let mut params = Params::new();
    for (key, value) in &link.parts {
        let place = Params::SCHEMA.iter().position(|knob| knob.key == key).unwrap_or_else(|| panic!("no knob {key}"));
        params.set(place, Params::SCHEMA[place].read(value).unwrap_or_else(|why| panic!("{key}: {why:?}")));
    }
    let act = |text: &str| call::read::<Action>(text).unwrap_or_else(|why| panic!("{text}: {why}"));
    (params, link.actions.iter().map(|(at, text)| (*at, act(text))).collect())
}

/// A world in which everything has been done, at a moment.
pub(super) fn at(query: &str, to: Micros) -> World {
    let (params, actions) = params(query);
    let mut world = World::build(&params, 7);
    for (when, action) in actions.iter().filter(|(when, _)| *when <= to) {
        world.act(*when, action).unwrap_or_else(|why| panic!("{action:?}: {why}"));
    }
    world.advance(to);
    world
}

/// The same at its end.
pub(super) fn run(query: &str) -> World {
    let (_, actions) = params(query);
    let last = actions.last().map_or(0, |action| action.0);
    let mut world = at(query, last);
    end(&mut world);
    world
}

/// Runs it until nothing is under way.
pub(super) fn end(world: &mut World) {
    for _ in 0..100_000 {
        let end = world.settled();
        if end <= world.now {
            return;
        }
        world.advance((world.now + 100 * MS).min(end));
    }
    panic!("it never ends: {} now, {} to come", world.now, world.settled());
}

/// What a check says: empty while it holds.
pub(super) fn broken(world: &World, key: &str) -> String {
    let check = world.checks().into_iter().find(|check| check.key == key).unwrap_or_else(|| panic!("no check {key}"));
    match check.verdict {
        Verdict::Holds => String::new(),
        Verdict::Broken(_, why) => why,
    }
}

pub(super) fn readout(world: &World, key: &str) -> f64 {
    let all = CacheStrategies::readouts(world);
    let one = all.iter().find(|readout| readout.key == key).unwrap_or_else(|| panic!("no readout {key}"));
    one.value.unwrap_or_else(|| panic!("{key} has no value"))
}

/// The reads of a client of the reader's own, in order: what they returned, and how.
pub(super) fn answers(world: &World) -> Vec<(ClientId, KeyId, Version, Outcome)> {
    let own = world.requests.iter().filter(|it| it.own && it.kind == OpKind::Read);
    own.map(|it| (it.client, it.key, it.version, it.outcome.expect("over"))).collect()
}
