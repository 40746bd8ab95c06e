//! The quorum's stage as a picture: what stands still, and the messages in flight above it.

use super::band::{Enclave, enclaves};
use super::boxes::{Base, Still};
use super::ink::*;
use super::light::{self, Light, hue_of, hue_of_all};
use super::params::LEVELS;
use super::stage::{Cast, Stage};
use super::story::key_name;
use super::types::*;
use super::world::World;
use crate::draw::motion::{MessageKind as Look, message as draw_message, quad, quad_heading};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Seg, Shape, Stroke, Token};
use crate::explainers::View;
use crate::sim::Micros;
use std::rc::Rc;

/// With more messages in flight their ways are left out, and with still more, their words.
const LANES: usize = 60;
const LABELS: usize = 16;

/// What drawing keeps between frames.
#[derive(Default)]
pub struct Sketch {
    stage: Option<Rc<Stage>>,
    stage_for: u64,
    base: Rc<Layer>,
}

/// What the layout depends on.
pub fn cast(world: &World, key: KeyId) -> Cast {
    Cast {
        nodes: world.nodes.len(),
        dcs: world.setup.params.dcs.clamp(1, 2) as usize,
        homes: world.clients.iter().map(|client| client.home).collect(),
        words: words(world, key),
    }
}

/// What is promised, in words.
fn words(world: &World, key: KeyId) -> Vec<String> {
    let p = &world.setup.params;
    let (w, r) = world.needs();
    let n = p.copies();
    let level = |choice: i64, needed: u8| match LEVELS.get(choice.max(0) as usize) {
        Some((word, name)) if *word != "count" => format!("{name}\u{a0}({needed})"),
        _ => needed.to_string(),
    };
    // A read's levels are a part of a write's: they are found by their word.
    let read = super::params::READ_LEVELS.get(p.rl.max(0) as usize).map_or("count", |level| level.0);
    let read = LEVELS.iter().position(|level| level.0 == read).unwrap_or(0) as i64;
    let sum = i64::from(w) + i64::from(r);
    let meets = world.overlaps();
    let sloppy = p.sloppy == 1 && p.suspect > 0;
    let how = match (meets, sloppy) {
        (true, true) => "stand-ins count, so a read can miss a write",
        (true, false) => "reads meet all acknowledged writes",
        (false, _) => "a read can miss a write",
    };
    let rule = match (meets, sum > n) {
        (true, true) => "R + W > N: ",
        (false, false) => "R + W ≤ N: ",
        _ => "",
    };
    let mut how = [rule, how].concat();
    if rule.is_empty()
        && let Some(first) = how.get(..1).map(str::to_uppercase)
    {
        how.replace_range(..1, &first);
    }
    vec![
        format!("Key {}", key_name(key)),
        format!("N\u{a0}=\u{a0}{n}, W\u{a0}=\u{a0}{}, R\u{a0}=\u{a0}{}", level(p.wl, w), level(read, r)),
        how,
    ]
}

pub fn scene(world: &World, at: Micros, view: &View, sketch: &mut Sketch) -> Scene {
    let key = light::key_shown(world, view);
    let cast = cast(world, key);
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
    let crowded = world.flying(at).nth(LANES).is_some();
    let still = Still::new(world, &stage, key, &light, crowded);
    let enclaves = world.partition.side.map_or(Vec::new(), |side| enclaves(&stage, side));
    let revision = revision(world, &still, &light, stage_for);
    let base = Base { world, stage: &stage, light: &light, still: &still, enclaves: &enclaves };
    if sketch.base.revision != revision {
        sketch.base = Rc::new(base.draw(revision));
    }
    let flight = Flight { world, at, stage: &stage, light: &light, key, enclaves: &enclaves, base: &base };
    Scene { width: stage.w, height: stage.h, base: sketch.base.clone(), live: flight.draw(), picks: None }
}

fn revision(world: &World, still: &Still, light: &Light, stage_for: u64) -> u64 {
    let key = usize::from(still.key);
    let nodes: Vec<_> = world
        .nodes
        .iter()
        .map(|node| {
            let hints: Vec<_> = node.hints.iter().map(|hint| (hint.owner, hint.key, &hint.versions)).collect();
            (node.up, node.slow, node.skew, node.dead, node.store.get(key), hints)
        })
        .collect();
    let floor = world.watch.floor(still.key);
    crate::sim::digest(&(stage_for, light.subject, &light.ops, still, nodes, &world.partition, floor)).max(1)
}

/// How much a message counts now, its place among its operation's, and the message.
type Seen<'a> = (Weight, Option<(&'a Op, usize)>, &'a Message);

/// The way of a message: where it leaves, where it bends, where it arrives.
type Lane = (Spot, Spot, Spot);

type Spot = (f32, f32);

struct Flight<'a> {
    world: &'a World,
    at: Micros,
    stage: &'a Stage,
    light: &'a Light,
    key: KeyId,
    enclaves: &'a [Enclave],
    base: &'a Base<'a>,
}

impl Flight<'_> {
    fn area(&self, place: Place) -> Option<Area> {
        match place {
            Place::Node(id) => self.base.still.area(self.stage, id),
            Place::Client(id) => self.stage.clients.get(usize::from(id)).copied(),
        }
    }

    /// Slightly bowed to the right of where it goes, so that what comes back is on the other side.
    fn lane(&self, from: Place, to: Place) -> Option<Lane> {
        let (a, b) = (self.area(from)?, self.area(to)?);
        if from == to {
            // To oneself: out and back on the side of the middle.
            let centre = (self.stage.x, self.stage.y);
            let (ax, ay) = a.brink(centre, 4.0);
            let (dx, dy) = unit(centre.0 - ax, centre.1 - ay);
            let (nx, ny) = (-dy, dx);
            let (out, half) = (46.0, 13.0);
            return Some((
                (ax - nx * half, ay - ny * half),
                (ax + dx * out, ay + dy * out),
                (ax + nx * half, ay + ny * half),
            ));
        }
        let (from, to) = (a.brink(b.middle(), 2.0), b.brink(a.middle(), 2.0));
        let (dx, dy) = unit(to.0 - from.0, to.1 - from.1);
        let (nx, ny) = (-dy, dx);
        let far = ((to.0 - from.0) * dx + (to.1 - from.1) * dy).max(0.0);
        let (shift, bow) = (4.0f32.min(far * 0.2), (far * 0.11).clamp(2.0, 26.0));
        let p0 = (from.0 + nx * shift, from.1 + ny * shift);
        let p1 = (to.0 + nx * shift, to.1 + ny * shift);
        let control = ((p0.0 + p1.0) / 2.0 + nx * bow, (p0.1 + p1.1) / 2.0 + ny * bow);
        Some((p0, control, p1))
    }

    /// Where on its way a message is. What a cut stops halfway, it stops at the band.
    fn way(&self, message: &Message, lane: &Lane, at: Micros) -> f32 {
        let way = message.way(at);
        let stopped = message.lost == Some(message.sent + (message.arrives - message.sent) / 2);
        let (Place::Node(a), Place::Node(b)) = (message.from, message.to) else { return way };
        if !stopped || self.enclaves.is_empty() || !self.world.partition.parts(a, b) {
            return way;
        }
        let inside = |t: f32| {
            let at = quad(lane.0, lane.1, lane.2, t);
            self.enclaves.iter().position(|enclave| enclave.holds(self.stage, at))
        };
        let first = inside(0.0);
        let crossing = (1..40).map(|i| i as f32 / 40.0).find(|t| inside(*t) != first);
        crossing.map_or(way, |crossing| way * 2.0 * crossing)
    }

    fn draw(&self) -> Layer {
        let mut layer = Layer::default();
        let world = self.world;
        // Messages with their place among their operation's, the faint ones first.
        let mut flying: Vec<Seen> = Vec::new();
        let mut lost: Vec<Seen> = Vec::new();
        for op in &world.ops {
            for (i, message) in op.messages.iter().enumerate() {
                let weight = |i| self.light.of_message(world, message, light::message(op.id, i));
                if message.flying(self.at) {
                    flying.push((weight(i), Some((op, i)), message));
                } else if message.lost.is_some_and(|lost| lost <= self.at) && self.shows_lost(op) {
                    lost.push((weight(i), Some((op, i)), message));
                }
            }
        }
        for message in world.background.iter().filter(|message| message.flying(self.at)) {
            flying.push((self.light.of_message(world, message, None), None, message));
        }
        let faint = |all: &mut Vec<Seen>| {
            let (mut low, high): (Vec<_>, Vec<_>) = all.drain(..).partition(|found| found.0 == Weight::Faint);
            low.extend(high);
            *all = low;
        };
        faint(&mut flying);
        if flying.len() <= LANES {
            for (weight, op, message) in &flying {
                self.trail(&mut layer, *weight, op.map(|op| op.0), message);
            }
        }
        let crowded = self.base.still.crowded;
        if !crowded {
            self.words(&mut layer);
        }
        let mut taken: Vec<Area> = self.stage.nodes.iter().chain(&self.stage.clients).copied().collect();
        taken.push(self.stage.middle);
        for (weight, op, message) in &lost {
            self.failed(&mut layer, *weight, *op, message, &mut taken);
        }
        let mut placed: Vec<(Seen, Spot, Spot)> = Vec::new();
        for (weight, op, message) in &flying {
            let Some(lane) = self.lane(message.from, message.to) else { continue };
            let t = self.way(message, &lane, self.at);
            let spot = quad(lane.0, lane.1, lane.2, t);
            let heading = quad_heading(lane.0, lane.1, lane.2, t);
            let ink = Ink::faded(ink_of(op.map(|op| op.0), message), self.strength(*weight, message));
            let strong = *weight == Weight::Strong;
            draw_message(&mut layer, look(*op, message), spot, heading, ink, strong);
            self.touch(&mut layer, *op, message, spot);
            taken.push(Area::around(spot, 13.0, 13.0));
            let aside = crate::draw::scene::on_circle(0.0, 0.0, 1.0, heading + 0.25);
            placed.push(((*weight, *op, message), spot, aside));
        }
        if crowded {
            self.words(&mut layer);
            self.base.boxes(&mut layer);
        }
        placed.retain(|(seen, ..)| seen.0 != Weight::Faint);
        let few = placed.len() <= LABELS;
        for ((weight, op, message), spot, aside) in placed.into_iter().rev().filter(|_| few) {
            self.label(&mut layer, op.map(|op| op.0), message, (spot, aside), weight, &mut taken);
        }
        layer
    }

    /// What was lost is shown until the client knows how its operation ended, and when it is looked at.
    fn shows_lost(&self, op: &Op) -> bool {
        op.completed.is_none() || self.light.ops.contains(&op.id)
    }

    fn strength(&self, weight: Weight, message: &Message) -> u8 {
        match weight {
            Weight::Faint => 60,
            Weight::Plain if self.base.still.crowded => 150,
            Weight::Plain if message.key != self.key => 130,
            _ => 255,
        }
    }

    fn trail(&self, layer: &mut Layer, weight: Weight, op: Option<&Op>, message: &Message) {
        let Some((p0, control, p1)) = self.lane(message.from, message.to) else { return };
        let way = self.way(message, &(p0, control, p1), self.at);
        let token = ink_of(op, message);
        let curve = |control: (f32, f32), end: (f32, f32)| -> Rc<[Seg]> {
            // A quadratic as a cubic.
            let third = |a: f32, b: f32| a + (b - a) * 2.0 / 3.0;
            let (a, b) =
                ((third(p0.0, control.0), third(p0.1, control.1)), (third(end.0, control.0), third(end.1, control.1)));
            Rc::from([Seg::Move(p0.0, p0.1), Seg::Cubic(a.0, a.1, b.0, b.1, end.0, end.1)])
        };
        let strength = self.strength(weight, message);
        let all = Stroke::dashed(Ink::faded(token, strength / 4), 1.0, 2.0, 4.0);
        layer.add(Shape::Path { segs: curve(control, p1), fill: None, stroke: Some(all) });
        let bend = (p0.0 + (control.0 - p0.0) * way, p0.1 + (control.1 - p0.1) * way);
        let done = Stroke::new(Ink::faded(token, strength / 2), if weight == Weight::Strong { 2.2 } else { 1.4 });
        let end = quad(p0, control, p1, way);
        layer.add(Shape::Path { segs: curve(bend, end), fill: None, stroke: Some(done) });
    }

    /// The words in the middle, on a ground of their own: ways lead behind them.
    fn words(&self, layer: &mut Layer) {
        let stage = self.stage;
        let Area { x, y, w, h } = stage.middle;
        let fill = Some(Ink::faded(Token::Card, 235));
        layer.add(Shape::Rect { x, y, w, h, r: 8.0, fill, stroke: None });
        for (i, line) in stage.words.iter().enumerate() {
            let (size, weight, ink) =
                if i == 0 { (stage.big, 600, Token::Ink) } else { (stage.small, 400, Token::Soft) };
            let at = (stage.x, y + 2.0 + stage.big + i as f32 * stage.leading());
            write(layer, at, size, weight, Anchor::Middle, ink.into(), line.clone());
        }
    }

    fn touch(&self, layer: &mut Layer, op: Option<(&Op, usize)>, message: &Message, (x, y): (f32, f32)) {
        let subject = op.and_then(|(op, index)| light::message(op.id, index));
        let label = words_of(op.map(|op| op.0), message, self.key);
        let hit = Rc::new(Hit { subject, label, act: None });
        let shape = Shape::Circle { x, y, r: 9.0, fill: None, stroke: None };
        if subject.is_some() {
            layer.add_hit(shape, &hit);
        }
    }

    fn failed(
        &self,
        layer: &mut Layer,
        weight: Weight,
        op: Option<(&Op, usize)>,
        message: &Message,
        taken: &mut Vec<Area>,
    ) {
        let (Some(lane), Some(lost)) = (self.lane(message.from, message.to), message.lost) else { return };
        let mut t = self.way(message, &lane, lost).min(0.97);
        let mut spot = quad(lane.0, lane.1, lane.2, t);
        // Not on the words.
        while t > 0.1 && Area::around(spot, 10.0, 10.0).touches(&self.stage.middle, 0.0) {
            t -= 0.02;
            spot = quad(lane.0, lane.1, lane.2, t);
        }
        let ink = toned(Token::Red, weight);
        draw_message(layer, Look::Failure, spot, 0.0, ink, weight == Weight::Strong);
        self.touch(layer, op, message, spot);
        taken.push(Area::around(spot, 13.0, 13.0));
    }

    fn label(
        &self,
        layer: &mut Layer,
        op: Option<&Op>,
        message: &Message,
        (spot, aside): ((f32, f32), (f32, f32)),
        weight: Weight,
        taken: &mut Vec<Area>,
    ) {
        let text = words_of(op, message, self.key);
        let size = self.stage.small;
        let heavy = if weight == Weight::Strong { 650 } else { 500 };
        let (w, h) = (wide(&text, size, heavy) + 4.0, size + 2.0);
        // Where its way bows to.
        let outer = if message.from == message.to { -1.0 } else { 1.0 };
        for side in [outer, -outer] {
            let (dx, dy) = (aside.0 * side, aside.1 * side);
            let at = (spot.0 + dx * (10.0 + w / 2.0), spot.1 + dy * (9.0 + h / 2.0));
            let area = Area::around(at, w, h);
            if area.x < 2.0
                || area.y < 2.0
                || area.x + w > self.stage.w - 2.0
                || area.y + h > self.stage.h - 2.0
                || taken.iter().any(|other| area.touches(other, 1.0))
            {
                continue;
            }
            taken.push(area);
            let ink = Ink::faded(Token::Ink, self.strength(weight, message));
            write(layer, (at.0, at.1 + size * 0.36), size, heavy, Anchor::Middle, ink, text);
            return;
        }
    }
}

fn unit(dx: f32, dy: f32) -> (f32, f32) {
    let far = (dx * dx + dy * dy).sqrt();
    if far < 1e-3 { (0.0, -1.0) } else { (dx / far, dy / far) }
}

/// Which of the looks a message has.
pub fn look(op: Option<(&Op, usize)>, message: &Message) -> Look {
    use MessageKind as Kind;
    let again = |op: &Op, index: usize| match message.kind {
        // What is asked when the first questions have long been out.
        Kind::Read | Kind::DigestRead => op.received.is_some_and(|received| message.sent > received),
        Kind::Request => index > 0,
        _ => false,
    };
    match message.kind {
        Kind::Refused => Look::Failure,
        Kind::Answer if op.is_some_and(|(op, _)| op.outcome.is_some_and(|outcome| outcome != Outcome::Ok)) => {
            Look::Failure
        }
        Kind::Ack | Kind::Response | Kind::Digest | Kind::Answer | Kind::RepairAck | Kind::ReplayAck => Look::Reply,
        _ if op.is_some_and(|(op, index)| again(op, index)) => Look::Retry,
        _ => Look::Request,
    }
}

/// A message has the colour of the version it is about; questions have none.
pub fn ink_of(op: Option<&Op>, message: &Message) -> Token {
    use MessageKind as Kind;
    let failed = op.is_some_and(|op| op.outcome.is_some_and(|outcome| outcome != Outcome::Ok));
    match message.kind {
        Kind::Refused => Token::Red,
        Kind::Answer if failed => Token::Red,
        Kind::Read | Kind::DigestRead | Kind::Merkle => Token::Ink,
        Kind::Digest => Token::Soft,
        Kind::Request | Kind::Ack | Kind::Answer if op.is_some_and(|op| op.kind == OpKind::Write) => {
            op.map_or(Token::Ink, |op| hue_of(op.value))
        }
        Kind::Request => Token::Ink,
        Kind::RepairAck => op.map_or(Token::Soft, |op| hue_of_all(&op.versions)),
        _ => hue_of_all(&message.versions),
    }
}

/// What a message says, in a word or two.
pub fn words_of(op: Option<&Op>, message: &Message, key: KeyId) -> String {
    use MessageKind as Kind;
    let values = || match &message.versions[..] {
        [] => "nothing".to_string(),
        [one] => value_text(one.value),
        [a, b] => format!("{} {}", value_text(a.value), value_text(b.value)),
        [a, ..] => format!("{} +{}", value_text(a.value), message.versions.len() - 1),
    };
    let write = op.filter(|op| op.kind == OpKind::Write);
    let text = match message.kind {
        Kind::Request => match write {
            Some(op) => format!("write {}", value_text(op.value)),
            None => "read".into(),
        },
        Kind::Answer => match (op.and_then(|op| op.outcome), write) {
            (Some(Outcome::Timeout), _) => "timed out".into(),
            (Some(Outcome::Unavailable), _) => "refused".into(),
            (Some(Outcome::Failed), _) => "failed".into(),
            (_, Some(_)) => "done".into(),
            _ => values(),
        },
        Kind::Refused => "refused".into(),
        Kind::Write => format!("W {}", values()),
        Kind::HintedWrite(owner) => format!("W {} for {}", values(), letter(owner)),
        Kind::Ack | Kind::RepairAck | Kind::ReplayAck => "ack".into(),
        Kind::Read => "R".into(),
        Kind::DigestRead => "R digest".into(),
        Kind::Response => values(),
        Kind::Digest => "digest".into(),
        Kind::Repair => format!("repair {}", values()),
        Kind::Replay => format!("hint {}", values()),
        Kind::Merkle => return "tree".into(),
        Kind::Stream => format!("sync {}", values()),
    };
    if message.key == key { text } else { format!("{}: {text}", key_name(message.key)) }
}
