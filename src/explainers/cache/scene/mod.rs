//! The stage as a picture: clients, the cache with what it holds in its rule's own order, the database. The still layer
//! has who is there; entries, slots and messages change with every request and are in the live one.

mod cells;
mod database;
mod entries;
#[cfg(test)]
#[path = "tests/frames.rs"]
mod frames;
mod nodes;
mod people;
mod stage;
mod wires;

#[cfg(test)]
pub(super) mod tests;

use super::LINGER;
use super::light::Light;
use super::types::*;
use super::world::World;
use crate::draw::motion::between;
use crate::draw::scene::{Layer, Picks, Scene};
use crate::explainers::View;
use crate::models::caching::Shelf;
use crate::sim::{MS, Micros};
use stage::{Cast, Stage};
use std::rc::Rc;

/// What drawing keeps between frames.
#[derive(Default)]
pub struct Sketch {
    stage: Option<Rc<Stage>>,
    stage_for: u64,
    base: Rc<Layer>,
}

/// A step of what fades: a tenth of a second of watching.
const STEP: Micros = MS;

fn stepped(at: Micros) -> Micros {
    at / STEP * STEP
}

/// When what fades does so next, if something is over since that moment; `None`: it is not to be seen any more.
pub fn fades_next(at: Micros, over: Micros) -> Option<Micros> {
    (over <= at && stepped(at) < over + LINGER).then(|| stepped(at) + STEP)
}

pub fn scene(world: &World, at: Micros, view: &View, sketch: &mut Sketch) -> Scene {
    let cast = Cast::of(world);
    let stage_for = crate::sim::digest(&(view.width.to_bits(), view.height.to_bits(), view.text.to_bits(), &cast));
    let stage = match &sketch.stage {
        Some(stage) if sketch.stage_for == stage_for => stage.clone(),
        _ => {
            let stage = Rc::new(Stage::new(&cast, view));
            (sketch.stage, sketch.stage_for) = (Some(stage.clone()), stage_for);
            stage
        }
    };
    let light = Light::new(world, view);
    let shelves: Vec<Vec<Shelf>> = world.nodes.iter().map(|node| node.cache.lists()).collect();
    let picture = Picture { world, at, stage: &stage, cast: &cast, light: &light, shelves };
    let revision = picture.revision(stage_for);
    if sketch.base.revision != revision {
        sketch.base = Rc::new(picture.base(revision));
    }
    let live = picture.live();
    let picks = stage.dots().then(|| Rc::new(picture.picks()));
    Scene { width: stage.w, height: stage.h, base: sketch.base.clone(), live, picks }
}

struct Picture<'a> {
    world: &'a World,
    at: Micros,
    stage: &'a Stage,
    cast: &'a Cast,
    light: &'a Light,
    /// By node.
    shelves: Vec<Vec<Shelf>>,
}

impl Picture<'_> {
    /// A number for all that the still layer shows.
    fn revision(&self, stage_for: u64) -> u64 {
        let world = self.world;
        let clients: Vec<bool> = world.clients.iter().map(|client| client.paused.is_some()).collect();
        let nodes: Vec<bool> = world.nodes.iter().map(|node| node.up).collect();
        let db = (world.db.up, world.db.slow);
        crate::sim::digest(&(stage_for, self.light.digest(), clients, nodes, db)) | 1
    }

    fn base(&self, revision: u64) -> Layer {
        let mut layer = Layer { revision, ..Layer::default() };
        self.roads(&mut layer);
        for (id, area) in self.stage.clients.iter().enumerate() {
            self.client_frame(&mut layer, id as ClientId, area);
        }
        for (id, area) in self.stage.nodes.iter().enumerate() {
            self.node_frame(&mut layer, id as NodeId, area);
        }
        self.db_frame(&mut layer);
        self.legend(&mut layer);
        layer
    }

    fn live(&self) -> Layer {
        let mut layer = Layer::default();
        for (id, area) in self.stage.nodes.iter().enumerate() {
            self.node(&mut layer, id as NodeId, area);
        }
        self.database(&mut layer);
        for (id, area) in self.stage.clients.iter().enumerate() {
            self.client(&mut layer, id as ClientId, area);
        }
        self.wires(&mut layer);
        layer
    }

    /// How much of something is left to be seen that was over at a moment: 1 to 0. All of it fades in the same steps, so
    /// that in between nothing of it has to be painted.
    fn fades(&self, over: Micros) -> f32 {
        1.0 - between(stepped(self.at), over, over + LINGER)
    }

    /// Whether something that was over at a moment is still to be seen.
    fn lingers(&self, over: Micros) -> bool {
        stepped(self.at) < over + LINGER
    }

    /// Dots are too many and too small for a label each.
    fn picks(&self) -> Picks {
        let mut at = Vec::new();
        for (shelves, area) in self.shelves.iter().zip(&self.stage.nodes) {
            let beds = self.stage.grid.lay(shelves, &self.stage.shelves_of(area), self.stage.small);
            for (bed, shelf) in beds.iter().zip(shelves) {
                for (cell, entries) in bed.cells.iter().zip(shelf.entries.chunks(bed.each.max(1))) {
                    let (x, y) = cell.middle();
                    at.extend(entries.first().map(|entry| (x, y, entry.key + 1)));
                }
            }
        }
        Picks { kind: "key", at }
    }
}
