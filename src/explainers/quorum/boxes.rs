//! What stands still: nodes with what they hold, clients with what they were told, the cut.

use super::band::{self, Enclave};
use super::ink::*;
use super::light::{Light, hue_of, hue_of_all};
use super::stage::{Pill, Stage};
use super::story::{key_name, names, versions_text};
use super::types::*;
use super::world::World;
use super::{client as client_subject, node as node_subject};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Seg, Shape, Stroke, Token};
use crate::models::quorum::version::{Version, covers};
use crate::sim::MS;
use std::rc::Rc;

/// An operation under way, at its coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    pub op: OpId,
    pub got: u32,
    pub needed: u8,
    pub hue: u8,
    pub phase: Phase,
}

/// What a client was told last, or waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Word {
    pub text: String,
    pub waiting: bool,
    pub bad: bool,
    pub hue: u8,
}

/// All that the still layer shows besides the layout.
#[derive(Hash)]
pub struct Still {
    pub key: KeyId,
    pub tallies: Vec<Option<Tally>>,
    pub words: Vec<Word>,
    /// By node: what is said below its name.
    pub lines: Vec<Vec<Line>>,
    /// Messages pass behind the boxes: these are then not a part of the still layer.
    pub crowded: bool,
}

/// A line of a box: its words, their colour and weight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    text: String,
    hue: u8,
    heavy: u16,
}

fn hue_index(token: Token) -> u8 {
    token as u8
}

fn token(index: u8) -> Token {
    Token::ALL.get(usize::from(index)).copied().unwrap_or(Token::Soft)
}

impl Still {
    pub fn new(world: &World, stage: &Stage, key: KeyId, light: &Light, crowded: bool) -> Still {
        let mut tallies: Vec<Option<Tally>> = vec![None; world.nodes.len()];
        let mut last: Vec<Option<&Op>> = vec![None; world.clients.len()];
        let mut busy: Vec<Option<&Op>> = vec![None; world.clients.len()];
        for op in world.ops.iter().rev() {
            let of = if op.completed.is_some() { &mut last } else { &mut busy };
            if let Some(slot) = of.get_mut(usize::from(op.client)) {
                // The latest begun of those under way; of those over, the one that was over last.
                if slot.is_none_or(|known| op.completed.is_some() && known.completed < op.completed) {
                    *slot = Some(op);
                }
            }
            let working = matches!(op.phase, Phase::Gathering | Phase::Comparing | Phase::Repairing | Phase::Answering);
            if let Some(slot) = tallies.get_mut(usize::from(op.coordinator)).filter(|_| working)
                && (slot.is_none() || light.ops.contains(&op.id))
            {
                let hue = if op.kind == OpKind::Write { hue_of(op.value) } else { Token::Ink };
                let (got, needed) = (op.got(), op.needed);
                *slot = Some(Tally { op: op.id, got, needed, hue: hue_index(hue), phase: op.phase });
            }
        }
        let words = last.into_iter().zip(busy).map(|(last, busy)| word(last, busy)).collect();
        let mut still = Still { key, tallies, words, lines: Vec::new(), crowded };
        still.lines = (0..world.nodes.len()).map(|id| still.lines(world, stage, id as NodeId)).collect();
        still
    }

    fn lines(&self, world: &World, stage: &Stage, id: NodeId) -> Vec<Line> {
        let index = usize::from(id);
        let (Some(node), Some(area)) = (world.nodes.get(index), stage.nodes.get(index)) else { return Vec::new() };
        let room = area.w - 13.0;
        let notes = notes(world, id, node, &|text| wide(text, stage.small, 600) <= room);
        let most = stage.lines - usize::from(self.tallies.get(index).is_some_and(Option::is_some));
        let line = |text: String, token: Token, heavy| Line { text, hue: hue_index(token), heavy };
        let mut lines: Vec<Line> = Vec::new();
        if world.replicas(self.key).contains(&id) {
            let held = node.store.get(usize::from(self.key)).map_or(&[][..], |held| held);
            // What is wrong with it comes first.
            if notes.len() < most {
                lines.push(line(freshness(held, &world.watch.floor(self.key)).into(), Token::Soft, 400));
            }
        }
        for (text, grave) in notes {
            let text = cut(text, room, stage.small);
            let joined = lines.last().filter(|last| !grave && last.heavy < 600);
            let joined = joined.map(|last| format!("{}, {text}", last.text));
            let full = lines.len() >= most;
            match (joined.filter(|joined| wide(joined, stage.small, 400) <= room), lines.last_mut()) {
                (Some(joined), Some(last)) => last.text = joined,
                _ if full => {}
                _ if grave => lines.push(line(text, Token::Red, 600)),
                _ => lines.push(line(text, Token::Ink, 400)),
            }
        }
        lines
    }

    /// The box of a node as high as what is in it.
    pub fn area(&self, stage: &Stage, id: NodeId) -> Option<Area> {
        let index = usize::from(id);
        let area = stage.nodes.get(index)?;
        let lines = self.lines.get(index).map_or(0, Vec::len);
        let count = lines + usize::from(self.tallies.get(index).is_some_and(Option::is_some));
        let h = area.h - stage.leading() * stage.lines.saturating_sub(count) as f32;
        Some(Area { y: area.y + (area.h - h) / 2.0, h, ..*area })
    }
}

fn word(last: Option<&Op>, busy: Option<&Op>) -> Word {
    if let Some(op) = busy {
        let (text, hue) = match op.kind {
            OpKind::Write => (format!("writes {}", value_text(op.value)), hue_of(op.value)),
            OpKind::Read => (format!("reads {}", key_name(op.key)), Token::Ink),
        };
        return Word { text, waiting: true, bad: false, hue: hue_index(hue) };
    }
    let Some(op) = last else { return Word { text: String::new(), waiting: false, bad: false, hue: 0 } };
    let failed = |text: &str| Word { text: text.into(), waiting: false, bad: true, hue: hue_index(Token::Red) };
    match (op.outcome, op.kind) {
        (Some(Outcome::Ok), OpKind::Write) => Word {
            text: format!("wrote {}", value_text(op.value)),
            waiting: false,
            bad: false,
            hue: hue_index(hue_of(op.value)),
        },
        (Some(Outcome::Ok), OpKind::Read) => {
            let values = match &op.versions[..] {
                [] => "nothing".to_string(),
                [one] => value_text(one.value),
                [a, b] => format!("{} {}", value_text(a.value), value_text(b.value)),
                [a, ..] => format!("{} +{}", value_text(a.value), op.versions.len() - 1),
            };
            let text = if op.stale { format!("{values} stale") } else { format!("read {values}") };
            Word { text, waiting: false, bad: op.stale, hue: hue_index(hue_of_all(&op.versions)) }
        }
        (Some(Outcome::Timeout), _) => failed("timed out"),
        (Some(Outcome::Unavailable), _) => failed("refused"),
        _ => failed("failed"),
    }
}

pub struct Base<'a> {
    pub world: &'a World,
    pub stage: &'a Stage,
    pub light: &'a Light,
    pub still: &'a Still,
    pub enclaves: &'a [Enclave],
}

/// How a held version stands to the newest acknowledged ones.
pub fn age(version: &Version, floor: &[Version]) -> Age {
    if floor.iter().any(|known| known.value == version.value) {
        Age::Newest
    } else if covers(floor, version) {
        Age::Older
    } else {
        Age::Ahead
    }
}

impl Base<'_> {
    pub fn draw(&self, revision: u64) -> Layer {
        let mut layer = Layer { revision, ..Layer::default() };
        self.ring(&mut layer);
        band::draw(&mut layer, self.stage, self.enclaves);
        self.cut_links(&mut layer);
        if !self.still.crowded {
            self.boxes(&mut layer);
        }
        layer
    }

    pub fn boxes(&self, layer: &mut Layer) {
        for (id, area) in self.stage.clients.iter().enumerate() {
            self.client(layer, id as ClientId, area);
        }
        for id in 0..self.stage.nodes.len() {
            self.node(layer, id as NodeId);
        }
    }

    /// The ring's order, and where on it the copies are; or the two data centres.
    fn ring(&self, layer: &mut Layer) {
        let stage = self.stage;
        if self.world.setup.params.dcs > 1 {
            let (top, w) = (4.0, stage.w / 2.0 - 14.0);
            for (x, name) in [(4.0, "Data centre 1"), (stage.w / 2.0 + 10.0, "Data centre 2")] {
                let h = stage.h - top - 4.0;
                let fill = Some(Ink::faded(Token::Wash, 150));
                layer.add(Shape::Rect { x, y: top, w, h, r: 12.0, fill, stroke: None });
                let at = (x + w / 2.0, top + stage.small + 4.0);
                write(layer, at, stage.small, 600, Anchor::Middle, Token::Soft.into(), name.into());
            }
            return;
        }
        let arc = |layer: &mut Layer, from: f32, to: f32, stroke: Stroke| {
            let steps = ((to - from) * 96.0).max(2.0) as usize;
            let spot = |i: usize| stage.spot(from + (to - from) * i as f32 / steps as f32, 1.0);
            let mut segs: Vec<Seg> = (0..=steps).map(spot).map(|(x, y)| Seg::Line(x, y)).collect();
            if let Some(Seg::Line(x, y)) = segs.first().copied() {
                segs[0] = Seg::Move(x, y);
            }
            layer.add(Shape::Path { segs: segs.into(), fill: None, stroke: Some(stroke) });
        };
        arc(layer, 0.0, 1.0, Stroke::new(Token::Line, 1.0));
        let replicas = self.world.replicas(self.still.key);
        let ends = replicas.first().zip(replicas.last());
        if let Some((from, to)) =
            ends.and_then(|(a, b)| stage.turns.get(usize::from(*a)).zip(stage.turns.get(usize::from(*b))))
        {
            let to = if to < from { to + 1.0 } else { *to };
            arc(layer, *from, to, Stroke::new(Ink::faded(Token::Soft, 170), 2.5));
        }
    }

    fn cut_links(&self, layer: &mut Layer) {
        for (a, b) in &self.world.partition.links {
            let (Some(a), Some(b)) = (self.stage.nodes.get(usize::from(*a)), self.stage.nodes.get(usize::from(*b)))
            else {
                continue;
            };
            let ((x1, y1), (x2, y2)) = (a.brink(b.middle(), 0.0), b.brink(a.middle(), 0.0));
            layer.add(Shape::Line {
                x1,
                y1,
                x2,
                y2,
                stroke: Stroke::dashed(Ink::faded(Token::Red, 190), 1.4, 5.0, 4.0),
            });
            // Halfway, or beside the words.
            let spot = |t: f32| (x1 + (x2 - x1) * t, y1 + (y2 - y1) * t);
            let free = |at: &(f32, f32)| !Area::around(*at, 14.0, 14.0).touches(&self.stage.middle, 0.0);
            let at = [0.5, 0.35, 0.65, 0.2, 0.8].map(spot).into_iter().find(free).unwrap_or(spot(0.5));
            layer.add(Shape::Circle { x: at.0, y: at.1, r: 8.0, fill: Some(Token::Card.into()), stroke: None });
            cross(layer, at, 4.5, Token::Red.into());
        }
    }

    fn floor(&self) -> Versions {
        self.world.watch.floor(self.still.key)
    }

    fn node(&self, layer: &mut Layer, id: NodeId) {
        let (world, stage) = (self.world, self.stage);
        let Some(node) = world.nodes.get(usize::from(id)) else { return };
        let weight = self.light.node(id);
        let rank = world.replicas(self.still.key).iter().position(|replica| *replica == id);
        let floor = self.floor();
        let held = node.store.get(usize::from(self.still.key)).cloned().unwrap_or_default();
        let tally = self.still.tallies.get(usize::from(id)).copied().flatten();
        let Some(shown) = self.still.area(stage, id) else { return };
        self.frame(layer, id, node, &shown, rank, weight);
        let (left, mut y) = (shown.x + if stage.tight { 7.0 } else { 9.0 }, shown.y + 7.0);
        let ink = if node.up && rank.is_some() { Token::Ink } else { Token::Soft };
        let baseline = y + stage.big * 0.5 + stage.big * 0.42;
        write(layer, (left, baseline), stage.big + 1.0, 650, Anchor::Start, toned(ink, weight), letter(id).to_string());
        let right = shown.x + shown.w - if stage.tight { 6.0 } else { 8.0 };
        let age = |version: &Version| age(version, &floor);
        let room = right - left - stage.big + 1.0;
        let mut free = right;
        if rank.is_some() || !held.is_empty() {
            free = chips(layer, (right, y), room, stage.small, &held, &age, weight);
        } else if let Some(hint) = node.hints.iter().find(|hint| hint.key == self.still.key && hint.stand_in) {
            free = chips(layer, (right, y), room, stage.small, &hint.versions, &age, weight);
        }
        if let Some(rank) = rank {
            let (at, size) = (left + stage.big + 4.0, stage.small);
            let text = format!("copy {}", rank + 1);
            if at + wide(&text, size, 400) + 3.0 <= free {
                write(layer, (at, baseline), size, 400, Anchor::Start, toned(Token::Soft, weight), text);
            }
        }
        y += stage.small + 8.0;
        for line in self.still.lines.get(usize::from(id)).into_iter().flatten() {
            y += stage.leading();
            let (ink, at) = (toned(token(line.hue), weight), (left, y - 4.0));
            write(layer, at, stage.small, line.heavy, Anchor::Start, ink, line.text.clone());
        }
        if let Some(tally) = tally {
            y += stage.leading();
            let r = stage.small * 0.57;
            gauge(
                layer,
                (left + r, y - 4.0 - stage.small * 0.36),
                r,
                tally.got,
                u32::from(tally.needed),
                toned(token(tally.hue), weight),
            );
            let text = match tally.phase {
                Phase::Repairing => "repairs".to_string(),
                Phase::Comparing => "compares".to_string(),
                _ => format!("{} of {}", tally.got, tally.needed),
            };
            let at = (left + 2.0 * r + 4.0, y - 4.0);
            let fits = at.0 + wide(&text, stage.small, 600) <= shown.x + shown.w - 3.0;
            let text = if fits { text } else { format!("{}/{}", tally.got, tally.needed) };
            write(layer, at, stage.small, 600, Anchor::Start, toned(Token::Ink, weight), text);
        }
    }

    fn frame(&self, layer: &mut Layer, id: NodeId, node: &Node, area: &Area, rank: Option<usize>, weight: Weight) {
        let ink = if rank.is_some() { Token::Ink } else { Token::Soft };
        let stroke = match (node.up, weight) {
            (false, _) => Stroke::dashed(toned(Token::Red, weight), 1.5, 4.0, 4.0),
            (true, Weight::Strong) => Stroke::new(ink, 2.6),
            (true, Weight::Faint) => Stroke::new(Ink::faded(ink, 70), 1.2),
            (true, Weight::Plain) if rank.is_some() => Stroke::new(ink, 1.6),
            (true, Weight::Plain) => Stroke::new(Token::Line, 1.2),
        };
        let fill = if rank.is_some() { Token::Card } else { Token::Paper };
        let holds = node.store.get(usize::from(self.still.key)).map_or("nothing".into(), |held| versions_text(held));
        let down = if node.up { "" } else { ", down" };
        let label = format!("node {}, {} {holds}{down}", letter(id), key_name(self.still.key));
        let hit = Rc::new(Hit { subject: Some(node_subject(id)), label, act: None });
        let Area { x, y, w, h } = *area;
        let fill = Some(fill.into());
        layer.add_hit(Shape::Rect { x, y, w, h, r: 9.0, fill, stroke: Some(stroke) }, &hit);
    }

    fn client(&self, layer: &mut Layer, id: ClientId, area: &Area) {
        let stage = self.stage;
        let Some(client) = self.world.clients.get(usize::from(id)) else { return };
        let Some(word) = self.still.words.get(usize::from(id)) else { return };
        let weight = self.light.client(id);
        if let Some(home) = self.stage.nodes.get(usize::from(client.home)) {
            let ((x1, y1), (x2, y2)) = (area.brink(home.middle(), 0.0), home.brink(area.middle(), 0.0));
            if !stage.strip {
                layer.add(Shape::Line { x1, y1, x2, y2, stroke: Stroke::dashed(Token::Line, 1.2, 2.0, 3.0) });
            }
        }
        let stroke = match (weight, word.waiting, word.bad) {
            (Weight::Strong, ..) => Stroke::new(Token::Ink, 2.4),
            (_, true, _) => Stroke::new(toned(token(word.hue), weight), 2.0),
            (_, _, true) => Stroke::new(toned(Token::Red, weight), 1.4),
            _ => Stroke::new(Token::Line, 1.2),
        };
        let state = if word.text.is_empty() { "has asked nothing".into() } else { word.text.clone() };
        let label = format!("client {}, {state}", id + 1);
        let hit = Rc::new(Hit { subject: Some(client_subject(id)), label, act: None });
        let Area { x, y, w, h } = *area;
        let r = h.min(30.0) / 2.0;
        let fill = Some(Token::Wash.into());
        layer.add_hit(Shape::Rect { x, y, w, h, r, fill, stroke: Some(stroke) }, &hit);
        let small = stage.small;
        let middle = y + h / 2.0;
        let ink = if word.bad { Token::Red } else { Token::Ink };
        let number = (id + 1).to_string();
        match stage.pill {
            Pill::Full => {
                let who = format!("Client {number}");
                let first = if word.text.is_empty() { middle + small * 0.36 } else { middle - 4.0 };
                write(layer, (x + w / 2.0, first), small, 600, Anchor::Middle, toned(Token::Ink, weight), who);
                let at = (x + w / 2.0, middle + small);
                let heavy = if word.waiting || word.bad { 600 } else { 400 };
                let ink = if word.bad { ink } else { Token::Soft };
                let ink = if word.waiting { Token::Ink } else { ink };
                if !word.text.is_empty() {
                    write(layer, at, small, heavy, Anchor::Middle, toned(ink, weight), word.text.clone());
                }
            }
            Pill::Slim if word.text.is_empty() => {
                let (at, ink) = ((x + w / 2.0, middle + small * 0.36), toned(Token::Ink, weight));
                write(layer, at, small, 600, Anchor::Middle, ink, format!("Client {number}"));
            }
            Pill::Slim => {
                let at = (x + r + 1.0, middle);
                write(
                    layer,
                    (at.0, at.1 + small * 0.36),
                    small,
                    650,
                    Anchor::Middle,
                    toned(Token::Ink, weight),
                    number,
                );
                let at = (x + r + small * 0.8, middle + small * 0.36);
                let text = short(&word.text, &|text| wide(text, small, 400) <= w - r - small * 1.2);
                write(layer, at, small, 400, Anchor::Start, toned(ink, weight), text);
            }
            Pill::Dot => {
                let ink = toned(ink, weight);
                let text = if stage.strip { format!("{number} {}", letter(client.home)) } else { number };
                write(layer, (x + w / 2.0, middle + small * 0.36), small, 650, Anchor::Middle, ink, text);
            }
        }
    }
}

/// What fits beside a client's number.
fn short(text: &str, fits: &dyn Fn(&str) -> bool) -> String {
    let text = match text.split_once(' ') {
        Some(("wrote" | "read", rest)) => rest,
        _ => text,
    };
    let first = || text.split(' ').next().unwrap_or_default();
    if fits(text) { text.to_string() } else { first().to_string() }
}

/// How what a replica holds stands to what was acknowledged, in a word.
fn freshness(held: &[Version], floor: &[Version]) -> &'static str {
    if held.iter().any(|version| age(version, floor) == Age::Ahead) {
        "unacked"
    } else if floor.is_empty() {
        "empty"
    } else if floor.iter().all(|known| covers(held, known)) {
        "newest"
    } else if held.is_empty() {
        "lacks it"
    } else {
        "older"
    }
}

/// What matters of a node besides what it holds, the gravest first.
fn notes(world: &World, id: NodeId, node: &Node, fits: &dyn Fn(&str) -> bool) -> Vec<(String, bool)> {
    let mut notes = Vec::new();
    let fits = |long: String, short: String| if fits(&long) { long } else { short };
    let named = |what: &str, set: NodeSet, short: &str| fits(format!("{what} {}", names(set)), short.to_string());
    if !node.up {
        notes.push(("down".to_string(), true));
    }
    let sceptics = world.nodes.iter().zip(0..).filter(|(other, _)| other.up && has(other.dead, id));
    let sceptics = sceptics.fold(0, |set, (_, other): (_, NodeId)| set | 1 << other);
    if sceptics != 0 {
        let letters: String = members(sceptics).map(letter).collect();
        let short = fits(format!("dead to {}", sceptics.count_ones()), "dead".into());
        notes.push((fits(format!("dead to {letters}"), short), true));
    }
    let owners = node.hints.iter().fold(0, |set: NodeSet, hint| set | 1 << hint.owner);
    match node.hints.len() {
        0 => {}
        1 => notes.push((named("hint for", owners, &named("hint", owners, "hint")), false)),
        n => notes.push((named(&format!("{n} hints for"), owners, &format!("{n} hints")), false)),
    }
    if node.slow > 1 {
        notes.push((fits(format!("slow ×{}", node.slow), format!("×{}", node.slow)), false));
    }
    if node.skew > 0 {
        let ms = node.skew / MS;
        notes.push((fits(format!("clock +{ms} ms"), format!("+{ms} ms")), false));
    }
    notes
}
