//! The stage as a picture: logs and who reads them, consumers, the group's coordinator. What changes with every record
//! is in the live layer; the still one changes when somebody joins, leaves, reads something else or fails.

mod boxes;
mod dense;
mod group;
mod links;
mod logs;
mod stage;
mod wires;

#[cfg(test)]
pub(super) mod tests;

use super::coordination::GroupView;
use super::light::Light;
use super::types::*;
use super::world::World;
use crate::draw::motion::between;
use crate::draw::scene::{Layer, Picks, Scene};
use crate::explainers::View;
use crate::sim::order::order;
use crate::sim::{MS, Micros};
use stage::{Cast, Level, Stage};
use std::rc::Rc;

/// How long a partition changes hands in the picture.
const HANDOVER: Micros = 400 * MS;
/// How long a message's arrow stays after it has arrived; a record's or a heartbeat's.
const LINGER: Micros = 600 * MS;
const TICK: Micros = 250 * MS;

/// What drawing keeps between frames.
#[derive(Default)]
pub struct Sketch {
    stage: Option<Rc<Stage>>,
    stage_for: u64,
    base: Rc<Layer>,
    picks: Option<Rc<Picks>>,
}

pub fn scene(world: &World, at: Micros, view: &View, sketch: &mut Sketch) -> Scene {
    let mut group = world.group_view();
    // In the consumers' order, not the coordinator's.
    let keys: Vec<u64> = group.members.iter().map(|it| it.who.map_or(u64::MAX, u64::from)).collect();
    group.members = order(&keys).into_iter().filter_map(|i| group.members.get(i as usize).cloned()).collect();
    scene_of(world, &group, at, view, sketch)
}

fn scene_of(world: &World, group: &GroupView, at: Micros, view: &View, sketch: &mut Sketch) -> Scene {
    let cast = Cast::of(world, group.states.len());
    let stage_for = crate::sim::digest(&(view.width.to_bits(), view.height.to_bits(), view.text.to_bits(), &cast));
    let stage = match &sketch.stage {
        Some(stage) if sketch.stage_for == stage_for => stage.clone(),
        _ => {
            let stage = Rc::new(Stage::new(&cast, view));
            sketch.picks = picks(world, &stage);
            (sketch.stage, sketch.stage_for) = (Some(stage.clone()), stage_for);
            stage
        }
    };
    let light = Light::new(world, view);
    let rows: Vec<PartId> = world.rows().collect();
    let turns = rows.iter().map(|part| world.part(*part).map_or(Turn::default(), |part| Turn::of(part, at))).collect();
    let picture = Picture { world, group, at, stage: &stage, light: &light, rows, turns };
    let revision = picture.revision(stage_for);
    if sketch.base.revision != revision {
        sketch.base = Rc::new(picture.base(revision));
    }
    let live = picture.live();
    Scene { width: stage.w, height: stage.h, base: sketch.base.clone(), live, picks: sketch.picks.clone() }
}

/// Cells of a grid are too many and too small for a label each.
fn picks(world: &World, stage: &Stage) -> Option<Rc<Picks>> {
    (stage.level == Level::Grid).then(|| {
        let middle = |(area, part): (&crate::draw::pen::Area, PartId)| {
            let (x, y) = area.middle();
            (x, y, u32::from(part) + 1)
        };
        Rc::new(Picks { kind: "partition", at: stage.rows.iter().zip(world.rows()).map(middle).collect() })
    })
}

/// Who has a partition, and who had it while that is still seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Turn {
    now: Holder,
    before: Option<Holder>,
    /// When it changed.
    from: Micros,
}

impl Default for Turn {
    fn default() -> Turn {
        Turn { now: Holder::Nobody, before: None, from: 0 }
    }
}

impl Turn {
    fn of(part: &Partition, at: Micros) -> Turn {
        let Some(last) = part.holds.last() else { return Turn::default() };
        let fresh = at < last.from + HANDOVER && last.from > 0;
        let before = part.holds.len().checked_sub(2).and_then(|place| part.holds.get(place)).filter(|_| fresh);
        Turn { now: last.holder, before: before.map(|hold| hold.holder), from: last.from }
    }
    /// How far it has changed hands, 0 to 1.
    fn way(&self, at: Micros) -> f32 {
        if self.before.is_some() { between(at, self.from, self.from + HANDOVER) } else { 1.0 }
    }
}

struct Picture<'a> {
    world: &'a World,
    group: &'a GroupView,
    at: Micros,
    stage: &'a Stage,
    light: &'a Light,
    /// The partition of each row.
    rows: Vec<PartId>,
    /// By row.
    turns: Vec<Turn>,
}

impl Picture<'_> {
    fn part(&self, row: usize) -> Option<&Partition> {
        self.world.part(*self.rows.get(row)?)
    }

    /// A number for all that the still layer shows.
    fn revision(&self, stage_for: u64) -> u64 {
        let world = self.world;
        let rows: Vec<_> = (0..self.rows.len())
            .filter_map(|row| {
                let (part, turn) = (self.part(row)?, self.turns.get(row)?);
                Some((part.leader, part.isr.len(), part.replicas.len(), turn.now, turn.before.is_some()))
            })
            .collect();
        let consumers: Vec<_> = world
            .consumers
            .iter()
            .map(|who| (who.phase, who.is_out(), who.leads, who.epoch, who.claims.len()))
            .collect();
        let members: Vec<_> =
            self.group.members.iter().map(|member| (member.who, member.state, member.epoch)).collect();
        let group = (self.group.state, self.group.epoch, self.group.target_epoch, members);
        let brokers: Vec<_> = world.brokers.iter().map(|broker| (broker.up, broker.registered)).collect();
        let all = (stage_for, self.light.digest(), rows, consumers, group, brokers, world.coordinator);
        crate::sim::digest(&all) | 1
    }

    fn base(&self, revision: u64) -> Layer {
        let mut layer = Layer { revision, ..Layer::default() };
        self.heads(&mut layer);
        self.people(&mut layer);
        self.legend(&mut layer);
        if self.stage.level == Level::Grid {
            self.grid(&mut layer);
        } else {
            self.links(&mut layer, false);
            for row in 0..self.rows.len() {
                self.row(&mut layer, row);
            }
        }
        self.consumers(&mut layer);
        self.strip(&mut layer);
        layer
    }

    fn live(&self) -> Layer {
        let mut layer = Layer::default();
        if self.stage.level == Level::Grid {
            self.fill_grid(&mut layer);
        } else {
            self.links(&mut layer, true);
            let refusals = self.refusals();
            for row in 0..self.rows.len() {
                match self.stage.level {
                    Level::Bars => self.bar(&mut layer, row),
                    _ => self.log(&mut layer, row, refusals.iter().find(|known| known.0 == row)),
                }
                self.changing_cap(&mut layer, row);
            }
        }
        self.work(&mut layer);
        self.sessions(&mut layer);
        self.wires(&mut layer);
        layer
    }
}
