//! The ring as a picture.

use super::groups::{Groups, Heap, faded};
use super::stage::{Place, Stage, shorten};
use super::world::{Cause, HANDOVER, NONE, State, TRAVEL, World};
use super::{hue, params};
use crate::draw::motion::{between, ease, quad};
use crate::draw::scene::{
    Anchor, Cloud, Face, Hit, Ink, Layer, Picks, Scene, Seg, Shape, Stroke, Subject, Token, on_circle, text_width,
};
use crate::explainers::{View, grouped};
use crate::sim::Micros;
use std::rc::Rc;

/// More keys than this are painted as one cloud of pixels.
const CLOUD: usize = 3_000;
/// More arcs than this are sampled: they are narrower than a pixel anyway.
const MOST_ARCS: usize = 2_400;
const BINS: u32 = 1_440;

/// What drawing keeps between frames.
#[derive(Default)]
pub struct Sketch {
    revision: u64,
    base: Rc<Layer>,
    picks: Option<Rc<Picks>>,
    stage: Option<Rc<Stage>>,
    stage_for: u64,
    /// By rank: where each key stands.
    stands: Rc<Vec<(f32, f32)>>,
    stands_for: u64,
    /// The live cloud's buffers, reused.
    inks: Rc<Vec<u8>>,
    inks_for: u64,
}

pub fn turn(position: u64) -> f32 {
    (position as f64 / 18_446_744_073_709_551_616.0) as f32
}

pub fn scene(world: &World, at: Micros, view: &View, sketch: &mut Sketch) -> Scene {
    let shape = (view.width.to_bits(), view.height.to_bits(), view.text.to_bits(), Rc::as_ptr(&world.setup) as usize);
    let stage_for = crate::sim::digest(&(shape, world.stamp));
    let stage = match &sketch.stage {
        Some(stage) if sketch.stage_for == stage_for => stage.clone(),
        _ => {
            let stage = Rc::new(Stage::new(world, view));
            (sketch.stage, sketch.stage_for) = (Some(stage.clone()), stage_for);
            stage
        }
    };
    let ring = (stage.x.to_bits(), stage.y.to_bits(), stage.outer.to_bits(), shape.3);
    let stands_for = crate::sim::digest(&ring);
    if sketch.stands_for != stands_for || sketch.stands.len() != world.setup.position.len() {
        sketch.stands = Rc::new(stands(world, &stage));
        sketch.stands_for = stands_for;
    }
    let busy = at < world.busy_until;
    let stands = sketch.stands.clone();
    let picture = Picture { world, at, view, stage: &stage, stands: &stands };
    // A lookup lights its owner when it has found it: the moment counts too.
    let revision = crate::sim::digest(&(stage_for, view.focus, view.follow, busy, picture.hero())).max(1);
    if sketch.revision != revision {
        sketch.base = Rc::new(picture.base(revision, busy));
        let at = sketch.stands.iter().zip(&world.setup.order).map(|((x, y), id)| (*x, *y, *id)).collect();
        sketch.picks = Some(Rc::new(Picks { kind: "key", at }));
        sketch.revision = revision;
    }
    let live = picture.live(busy, sketch);
    Scene { width: stage.w, height: stage.h, base: sketch.base.clone(), live, picks: sketch.picks.clone() }
}

fn stands(world: &World, stage: &Stage) -> Vec<(f32, f32)> {
    let deep = stage.far - stage.near;
    let place = |(position, id): (&u64, &u32)| {
        // Keys of one direction stand at different depths, so that they can be told apart.
        let jitter = (id.wrapping_mul(0x9e37_79b1) >> 16) as f32 / 65_536.0;
        on_circle(stage.x, stage.y, stage.near + deep * jitter, turn(*position))
    };
    world.setup.position.iter().zip(&world.setup.order).map(place).collect()
}

pub(super) struct Picture<'a> {
    pub(super) world: &'a World,
    pub(super) at: Micros,
    view: &'a View,
    pub(super) stage: &'a Stage,
    pub(super) stands: &'a [(f32, f32)],
}

impl Picture<'_> {
    fn lit_server(&self) -> Option<u16> {
        match self.view.lit() {
            Some(Subject { kind: "server", id }) => u16::try_from(id).ok()?.checked_sub(1),
            Some(Subject { kind: "key", id }) => {
                self.world.rank_of(id).and_then(|rank| self.world.owner.get(rank)).copied()
            }
            _ => None,
        }
    }

    pub(super) fn lit_key(&self) -> Option<u32> {
        match self.view.lit() {
            Some(Subject { kind: "key", id }) => Some(id),
            _ => None,
        }
    }

    /// Who the last change was about: at full colour while nothing else is lit.
    fn hero(&self) -> Option<u16> {
        let lit = self.lit_server().or_else(|| {
            self.world.lookup.as_ref().filter(|lookup| self.at >= lookup.owned()).map(|lookup| lookup.owner)
        });
        let looking = self.world.lookup.as_ref().map_or(0, |lookup| lookup.at + 1);
        lit.or_else(|| match self.world.change.as_ref().filter(|change| change.at >= looking)?.cause {
            Cause::Join(id) | Cause::Weight(id) => Some(id),
            _ => None,
        })
    }

    fn strength(&self, id: u16) -> u8 {
        match self.hero() {
            Some(hero) if hero == id => 255,
            Some(_) => 110,
            None => 215,
        }
    }

    fn base(&self, revision: u64, busy: bool) -> Layer {
        let mut layer = Layer { revision, ..Layer::default() };
        self.band(&mut layer);
        let moved = self.moved();
        if self.stands.len() > CLOUD {
            layer.cloud = Some(self.cloud(&moved, busy));
            self.found_in_the_crowd(&mut layer, busy);
        } else {
            self.dots(&mut layer, &moved, busy);
        }
        if !self.stage.few {
            self.cells(&mut layer);
        }
        layer
    }

    /// Among very many, the one in focus is marked in ink: its points across the band, its keys as dots.
    fn found_in_the_crowd(&self, layer: &mut Layer, busy: bool) {
        let Some(hero) = self.hero().filter(|_| !busy) else { return };
        let keys = self.stands.iter().zip(self.world.owner.iter()).filter(|(_, owner)| **owner == hero);
        let keys: Vec<(f32, f32)> = keys.map(|(at, _)| *at).take(CLOUD).collect();
        layer.add(Shape::Dots { at: keys.into(), r: 2.0, fill: Token::Ink.into() });
        let Some(index) = self.world.live.iter().position(|id| *id == hero) else { return };
        let mut segs = Vec::new();
        for point in self.world.placement.points().iter().filter(|point| point.server as usize == index).take(MOST_ARCS)
        {
            let (x1, y1) = on_circle(self.stage.x, self.stage.y, self.stage.inner, turn(point.position));
            let (x2, y2) = on_circle(self.stage.x, self.stage.y, self.stage.outer + 5.0, turn(point.position));
            segs.extend([Seg::Move(x1, y1), Seg::Line(x2, y2)]);
        }
        let stroke = Some(Stroke::new(Token::Ink, 1.3));
        layer.add(Shape::Path { segs: segs.into(), fill: None, stroke });
    }

    /// Ranks that the last change moved.
    fn moved(&self) -> Vec<u32> {
        let mut ranks: Vec<u32> =
            self.world.change.iter().flat_map(|change| change.travel.iter().map(|m| m.rank)).collect();
        ranks.dedup();
        ranks
    }

    /// The band: who owns which part of the circle.
    fn band(&self, layer: &mut Layer) {
        let (stage, world) = (self.stage, self.world);
        let mut runs: Vec<(f32, f32, u16)> = Vec::new();
        let id_of = |index: u32| world.live.get(index as usize).copied().unwrap_or(NONE);
        let points = world.placement.points();
        let tabled = matches!(world.setup.params.placement, params::REDIS | params::MAGLEV | params::MAGLEV_XX);
        if !points.is_empty() && points.len() <= MOST_ARCS {
            let mut from = points.last().map_or(0.0, |point| turn(point.position));
            for (i, point) in points.iter().enumerate() {
                let to = turn(point.position);
                runs.push((from, if i == 0 { to + 1.0 } else { to }, id_of(point.server)));
                from = to;
            }
        } else if !points.is_empty() || tabled {
            let step = (1u64 << 63) / u64::from(BINS) * 2;
            for bin in 0..BINS {
                let owner = world.placement.owner_at(u64::from(bin) * step + step / 2).map_or(NONE, id_of);
                let (from, to) = (bin as f32 / BINS as f32, (bin + 1) as f32 / BINS as f32);
                match runs.last_mut() {
                    Some(last) if last.2 == owner => last.1 = to,
                    _ => runs.push((from, to, owner)),
                }
            }
        } else {
            // No ring here: hash values still make a turn, but no arc belongs to anyone.
            let r = (stage.outer + stage.inner) / 2.0;
            let stroke = Some(Stroke::new(Token::Line, 2.0));
            layer.add(Shape::Circle { x: stage.x, y: stage.y, r, fill: None, stroke });
            return;
        }
        let round = stage.outer * std::f32::consts::TAU;
        let mut by_server = Groups::default();
        for (from, to, id) in &runs {
            let long = (to - from) * round;
            let gap = if long > 4.0 { 0.9 / round } else { 0.0 };
            by_server.of([u32::from(*id), 0, 0]).push((from + gap, to - gap));
        }
        let (outer, inner) = (stage.outer, stage.inner);
        let mut by_look = Groups::default();
        for ([id, ..], spans) in by_server.0 {
            let id = id as u16;
            if id == NONE {
                let fill = Ink::faded(Token::Line, 255);
                layer.add(Shape::Arcs { x: stage.x, y: stage.y, inner, outer, spans: spans.into(), fill });
                continue;
            }
            let (token, pattern, strength) = (hue(world, id), pattern(world, id), self.strength(id));
            if !stage.few {
                by_look.of([token as u32, pattern as u32, u32::from(strength)]).extend(spans);
                continue;
            }
            let grow = if self.hero() == Some(id) { 4.0 } else { 0.0 };
            let fill = Ink::faded(token, strength);
            let hit = self.server_hit(id);
            let spans: Rc<[(f32, f32)]> = spans.into();
            for (low, high) in bands(inner, outer + grow, pattern) {
                let spans = spans.clone();
                layer.add_hit(Shape::Arcs { x: stage.x, y: stage.y, inner: low, outer: high, spans, fill }, &hit);
            }
        }
        for ([token, pattern, strength], spans) in by_look.0 {
            let (fill, spans): (Ink, Rc<[(f32, f32)]>) = (faded(token, strength), spans.into());
            for (low, high) in bands(inner, outer, pattern as usize) {
                let spans = spans.clone();
                layer.add(Shape::Arcs { x: stage.x, y: stage.y, inner: low, outer: high, spans, fill });
            }
        }
        if stage.few {
            self.numerals(layer, &runs, round);
        }
    }

    /// A server's number outside its longer arcs, like the hours of a clock: colour is never the only mark.
    fn numerals(&self, layer: &mut Layer, runs: &[(f32, f32, u16)], round: f32) {
        let mut placed: Vec<(f32, f32)> = Vec::new();
        for (from, to, id) in runs.iter().filter(|(_, _, id)| *id != NONE) {
            let text = (id + 1).to_string();
            let need = text_width(&text, 12.0, 500, Face::Sans) + 3.0;
            let middle = (from + to) / 2.0;
            let (x, y) = on_circle(self.stage.x, self.stage.y, self.stage.outer + 12.0, middle);
            let free = placed.iter().all(|(px, py)| (px - x).abs() > 14.0 || (py - y).abs() > 13.0);
            if (to - from) * round < need || !free {
                continue;
            }
            placed.push((x, y));
            let lit = self.hero() == Some(*id);
            layer.add(Shape::Text {
                x,
                y: y + 4.3,
                size: 12.0,
                weight: if lit { 700 } else { 500 },
                face: Face::Sans,
                anchor: Anchor::Middle,
                fill: if lit { Token::Ink.into() } else { Token::Soft.into() },
                text,
            });
        }
    }

    /// A key that matters now; smaller where there are many, so that they stay apart.
    fn big(&self) -> f32 {
        if self.stands.len() > 1_200 { 2.5 } else { 3.2 }
    }

    fn key_look(&self, rank: usize) -> (f32, Ink) {
        let owner = self.world.owner.get(rank).copied().unwrap_or(NONE);
        if owner == NONE {
            return (2.6, Token::Red.into());
        }
        let small = if self.stands.len() > 1_200 { 1.7 } else { 2.1 };
        let token = hue(self.world, owner);
        match self.hero() {
            Some(hero) if hero == owner => (self.big(), token.into()),
            Some(_) => (small, Ink::faded(token, 120)),
            None => (small, Ink::faded(token, 190)),
        }
    }

    fn dots(&self, layer: &mut Layer, moved: &[u32], busy: bool) {
        let mut heap = Heap::default();
        let mut crosses = Vec::new();
        for (rank, at) in self.stands.iter().enumerate() {
            if self.world.lost.binary_search(&(rank as u32)).is_ok() {
                let (x, y) = *at;
                crosses.extend([Seg::Move(x - 2.5, y - 2.5), Seg::Line(x + 2.5, y + 2.5)]);
                crosses.extend([Seg::Move(x - 2.5, y + 2.5), Seg::Line(x + 2.5, y - 2.5)]);
                continue;
            }
            if busy && moved.binary_search(&(rank as u32)).is_ok() {
                continue;
            }
            let (r, ink) = self.key_look(rank);
            heap.put(*at, r, ink);
        }
        heap.pour(layer);
        if !crosses.is_empty() {
            let stroke = Some(Stroke::new(Token::Red, 1.3));
            layer.add(Shape::Path { segs: crosses.into(), fill: None, stroke });
        }
    }

    fn cloud(&self, moved: &[u32], busy: bool) -> Cloud {
        let mut away = vec![false; self.stands.len()];
        if busy {
            for rank in moved {
                if let Some(gone) = away.get_mut(*rank as usize) {
                    *gone = true;
                }
            }
        }
        let inks = cloud_inks();
        let (mut xy, mut ink) = (Vec::with_capacity(self.stands.len() * 2), Vec::with_capacity(self.stands.len()));
        let hero = self.hero();
        let lost = lost_mask(self.world);
        let looks: Vec<u8> = (0..self.world.servers.len() as u16).map(|id| token_index(hue(self.world, id))).collect();
        for (rank, (x, y)) in self.stands.iter().enumerate() {
            if away[rank] {
                continue;
            }
            let owner = self.world.owner.get(rank).copied().unwrap_or(NONE);
            let look = looks.get(usize::from(owner)).copied();
            xy.extend([*x, *y]);
            ink.push(match look {
                _ if lost.as_ref().is_some_and(|lost| lost[rank]) => token_index(Token::Red),
                None => token_index(Token::Red),
                Some(look) if hero.is_some() && hero != Some(owner) => look + Token::HUES.len() as u8,
                Some(look) => look,
            });
        }
        Cloud { xy: Rc::new(xy), ink: Rc::new(ink), inks, size: if self.stands.len() > 30_000 { 1.0 } else { 1.6 } }
    }

    /// Servers as a grid of cells, where there are too many for boxes.
    fn cells(&self, layer: &mut Layer) {
        let (x, y) = self.stage.legend;
        let size = 12.0f32.max(self.view.text - 1.0);
        let text = |layer: &mut Layer, x: f32, y: f32, ink: Token, weight: u16, text: String| {
            let fill = ink.into();
            layer.add(Shape::Text { x, y, size, weight, face: Face::Sans, anchor: Anchor::Start, fill, text });
        };
        let up = self.world.live.len() as i64;
        text(layer, x, y, Token::Ink, 600, format!("{} server{}", grouped(up), super::world::plural(up)));
        text(layer, x, y + 18.0, Token::Soft, 400, "Colour: load over the mean".into());
        let (mut at, mut down) = (x, y + 27.0);
        for (token, label) in
            [(Token::Sky, "< 0.75"), (Token::Blue, "to 1.25"), (Token::Orange, "to 1.75"), (Token::Red, "more")]
        {
            let w = 26.0 + text_width(label, size, 400, Face::Sans);
            if at + w > self.stage.w - 8.0 {
                (at, down) = (x, down + 18.0);
            }
            layer.add(Shape::Rect { x: at, y: down, w: 10.0, h: 10.0, r: 2.0, fill: Some(token.into()), stroke: None });
            text(layer, at + 14.0, down + 9.5, Token::Soft, 400, label.to_string());
            at += w;
        }
        for place in &self.stage.places {
            let Some(server) = self.world.servers.get(usize::from(place.id)) else { continue };
            let lit = self.hero() == Some(place.id);
            let token = hue(self.world, place.id);
            let (fill, stroke) = match server.state {
                State::Up if lit => (Some(token.into()), Some(Stroke::new(Token::Ink, 2.0))),
                State::Up => (Some(Ink::faded(token, if self.hero().is_some() { 150 } else { 225 })), None),
                _ => (None, Some(Stroke::new(Token::Soft, 1.0))),
            };
            let r = (place.w / 5.0).min(3.0);
            layer.add_hit(
                Shape::Rect { x: place.x, y: place.y, w: place.w, h: place.h, r, fill, stroke },
                &self.server_hit(place.id),
            );
        }
    }

    fn server_hit(&self, id: u16) -> Rc<Hit> {
        let server = self.world.servers.get(usize::from(id));
        let label = format!("{}, {}", self.world.name(id), keys(server.map_or(0, |server| server.keys)));
        Rc::new(Hit { subject: Some(super::server(id)), label, act: None })
    }

    fn live(&self, busy: bool, sketch: &mut Sketch) -> Layer {
        let mut layer = Layer::default();
        let on_way = if busy { self.travelling(&mut layer, sketch) } else { Vec::new() };
        if self.stage.few {
            for place in &self.stage.places {
                self.server_box(&mut layer, place, on_way.get(usize::from(place.id)).copied().unwrap_or(0));
            }
        }
        let looking = self.world.lookup.clone().filter(|lookup| self.at >= lookup.at && self.lit_key().is_none());
        match (self.lit_key(), looking) {
            (Some(id), _) => self.followed(&mut layer, id),
            (None, Some(lookup)) => self.look_up(&mut layer, &lookup),
            (None, None) => self.totals(&mut layer),
        }
        if let Some((id, _)) = self.world.hot {
            self.halo(&mut layer, id);
        }
        layer
    }

    /// Copies on their way. Says how many each server, by id, still waits for.
    fn travelling(&self, layer: &mut Layer, sketch: &mut Sketch) -> Vec<u32> {
        let mut waiting = vec![0; self.world.servers.len()];
        let Some(change) = &self.world.change else { return waiting };
        let n = change.travel.len().max(1) as u64;
        let cloud = self.stands.len() > CLOUD;
        let centre: Vec<Option<(f32, f32)>> =
            (0..self.world.servers.len()).map(|id| self.stage.place(id as u16).map(Place::middle)).collect();
        let home = |id: u16| centre.get(usize::from(id)).copied().flatten();
        let mut heap = Heap::default();
        let mut xy = if cloud { Vec::with_capacity(change.travel.len() * 2) } else { Vec::new() };
        for (i, m) in change.travel.iter().enumerate() {
            let from = change.at + i as u64 * (HANDOVER - TRAVEL) / n;
            let p = ease(between(self.at, from, from + TRAVEL));
            let Some(stand) = self.stands.get(m.rank as usize).copied() else { continue };
            if p < 1.0
                && let Some(count) = waiting.get_mut(usize::from(m.to))
            {
                *count += 1;
            }
            let (a, b) = (home(m.from).unwrap_or(stand), home(m.to).unwrap_or(stand));
            // The path bends through the key's own place on the circle: that is why it moves.
            let bend = (2.0 * stand.0 - (a.0 + b.0) / 2.0, 2.0 * stand.1 - (a.1 + b.1) / 2.0);
            let at = if p <= 0.0 || p >= 1.0 { stand } else { quad(a, bend, b, p) };
            if cloud {
                xy.extend([at.0, at.1]);
                continue;
            }
            let token = if p >= 0.5 { hue(self.world, m.to) } else { hue(self.world, m.from) };
            heap.put(at, if p <= 0.0 { 2.1 } else { self.big() }, token.into());
        }
        if cloud {
            let key = crate::sim::digest(&(self.world.stamp, change.travel.len()));
            if sketch.inks_for != key {
                let tokens: Vec<u8> =
                    (0..self.world.servers.len()).map(|id| token_index(hue(self.world, id as u16))).collect();
                let ink = |to: u16| tokens.get(usize::from(to)).copied().unwrap_or(0);
                sketch.inks = Rc::new(change.travel.iter().map(|m| ink(m.to)).collect());
                sketch.inks_for = key;
            }
            let size = if self.stands.len() > 30_000 { 1.5 } else { 2.2 };
            layer.cloud = Some(Cloud { xy: Rc::new(xy), ink: sketch.inks.clone(), inks: cloud_inks(), size });
        } else {
            heap.pour(layer);
        }
        waiting
    }

    fn server_box(&self, layer: &mut Layer, place: &Place, waiting: u32) {
        let Some(server) = self.world.servers.get(usize::from(place.id)) else { return };
        let token = hue(self.world, place.id);
        let hero = self.hero() == Some(place.id);
        let up = server.state == State::Up;
        let stroke = match server.state {
            State::Up if hero => Stroke::new(token, 2.5),
            State::Up => Stroke::new(token, 1.5),
            State::Leaving(_) => Stroke::dashed(token, 1.5, 5.0, 4.0),
            _ => Stroke::dashed(Token::Soft, 1.2, 3.0, 4.0),
        };
        let Place { x, y, w, h, .. } = *place;
        let fill = Some(Token::Paper.into());
        layer.add_hit(Shape::Rect { x, y, w, h, r: 8.0, fill, stroke: Some(stroke) }, &self.server_hit(place.id));
        let size = self.view.text + 1.0;
        let ink = if up { Token::Ink } else { Token::Soft };
        let line = |layer: &mut Layer, dy: f32, size: f32, weight: u16, ink: Token, text: String| {
            let (x, y, face, anchor, fill) = (x + 11.0, y + dy, Face::Sans, Anchor::Start, ink.into());
            layer.add(Shape::Text { x, y, size, weight, face, anchor, fill, text });
        };
        line(layer, size + 4.0, size, if hero { 650 } else { 500 }, ink, shorten(&server.name));
        let limit = self.world.limit();
        let mut warn = false;
        let sub = match (server.state, limit) {
            (State::Down, _) => "down".to_string(),
            (State::Leaving(_), _) => "leaving".to_string(),
            (_, Some(limit)) => {
                warn = server.load > limit;
                format!("{}/s of {}", grouped(server.load as i64), grouped(limit as i64))
            }
            _ if self.world.hot.is_some() => format!("{}/s", grouped(server.load as i64)),
            _ => keys(server.keys.saturating_sub(waiting)),
        };
        let small = (self.view.text - 1.0).max(12.0);
        line(
            layer,
            size + small + 9.0,
            small,
            if warn { 650 } else { 400 },
            if warn { Token::Red } else { Token::Soft },
            sub,
        );
        let (cx, cy) = (x + w - 14.0, y + size * 0.85);
        if up {
            swatch(layer, cx, cy, token, pattern(self.world, place.id));
        }
        if let (Some(limit), true) = (limit, up) {
            let share = (server.load as f32 / limit.max(1) as f32).min(1.0);
            let (bx, by, bw) = (x + 11.0, y + h - 9.0, w - 22.0);
            layer.add(Shape::Rect {
                x: bx,
                y: by,
                w: bw,
                h: 4.0,
                r: 2.0,
                fill: Some(Token::Line.into()),
                stroke: None,
            });
            let ink = if warn { Token::Red } else { token };
            let w = (bw * share).max(0.5);
            layer.add(Shape::Rect {
                x: bx,
                y: by,
                w,
                h: 4.0,
                r: 2.0f32.min(w / 2.0),
                fill: Some(ink.into()),
                stroke: None,
            });
        }
    }

    /// The lines in the middle of the ring.
    pub(super) fn card(&self, layer: &mut Layer, head: &str, lines: &[String]) {
        let (x, y) = (self.stage.x, self.stage.y);
        let big = self.view.text + 2.0;
        let small = (self.view.text - 1.0).max(12.0);
        let room = (self.stage.near - 6.0).max(40.0) * 1.84;
        let fit = |text: &str, size: f32, weight: u16| {
            let mut text = text.to_string();
            while text_width(&text, size, weight, Face::Sans) > room - 20.0 && text.chars().count() > 4 {
                text = format!("{}…", text.chars().take(text.chars().count() - 2).collect::<String>());
            }
            text
        };
        let lines: Vec<String> = lines.iter().map(|line| fit(line, small, 400)).collect();
        let head = fit(head, big, 600);
        let h = big + 12.0 + lines.len() as f32 * (small + 5.0) + 8.0;
        let widest = lines
            .iter()
            .map(|line| text_width(line, small, 400, Face::Sans))
            .fold(text_width(&head, big, 600, Face::Sans), f32::max);
        let w = (widest + 24.0).min(room);
        let top = y - h / 2.0;
        let stroke = Some(Stroke::new(Token::Line, 1.0));
        let fill = Some(Token::Paper.into());
        layer.add(Shape::Rect { x: x - w / 2.0, y: top, w, h, r: 10.0, fill, stroke });
        let mut put = |y: f32, size: f32, weight: u16, ink: Token, text: String| {
            let (face, anchor, fill) = (Face::Sans, Anchor::Middle, ink.into());
            layer.add(Shape::Text { x, y, size, weight, face, anchor, fill, text });
        };
        put(top + big + 5.0, big, 600, Token::Ink, head);
        for (i, line) in lines.into_iter().enumerate() {
            put(top + big + 10.0 + (i + 1) as f32 * (small + 5.0), small, 400, Token::Soft, line);
        }
    }

    fn totals(&self, layer: &mut Layer) {
        let n = self.world.live.len() as i64;
        let mut lines = vec![format!("on {} server{}", grouped(n), super::world::plural(n))];
        let points = self.world.placement.points().len() as i64;
        if points > 0 {
            lines.push(format!("{} points", grouped(points)));
        }
        let lost = self.world.lost.len();
        if lost > 0 {
            lines.push(format!("{} lost", grouped(lost as i64)));
        }
        self.card(
            layer,
            &format!("{} keys", grouped((self.stands.len() - lost.min(self.stands.len())) as i64)),
            &lines,
        );
    }
}

impl World {
    /// Requests/s that no server should go beyond, where there is such a thing.
    pub fn limit(&self) -> Option<u64> {
        self.setup.capacity.or(self.bound)
    }
}

fn keys(n: u32) -> String {
    format!("{} key{}", grouped(i64::from(n)), super::world::plural(i64::from(n)))
}

/// The second mark beside the hue: solid, split, inner half.
fn pattern(world: &World, id: u16) -> usize {
    if world.servers.len() > super::FEW { 0 } else { usize::from(id) / Token::HUES.len() % 3 }
}

fn bands(inner: f32, outer: f32, pattern: usize) -> Vec<(f32, f32)> {
    let third = (outer - inner) / 3.0;
    match pattern {
        0 => vec![(inner, outer)],
        1 => vec![(inner, inner + third), (outer - third, outer)],
        _ => vec![(inner, inner + 1.5 * third)],
    }
}

fn swatch(layer: &mut Layer, x: f32, y: f32, token: Token, pattern: usize) {
    let (fill, stroke) = match pattern {
        0 => (Some(token.into()), None),
        1 => (None, Some(Stroke::new(token, 2.5))),
        _ => (Some(Ink::faded(token, 90)), Some(Stroke::new(token, 1.0))),
    };
    layer.add(Shape::Circle { x, y, r: if pattern == 1 { 3.4 } else { 4.5 }, fill, stroke });
}

fn cloud_inks() -> Vec<Ink> {
    let full = Token::HUES.iter().map(|token| Ink::from(*token));
    full.chain(Token::HUES.iter().map(|token| Ink::faded(*token, 120))).collect()
}

fn token_index(token: Token) -> u8 {
    Token::HUES.iter().position(|hue| *hue == token).unwrap_or(0) as u8
}

fn lost_mask(world: &World) -> Option<Vec<bool>> {
    if world.lost.is_empty() {
        return None;
    }
    let mut mask = vec![false; world.owner.len()];
    for rank in world.lost.iter() {
        if let Some(lost) = mask.get_mut(*rank as usize) {
            *lost = true;
        }
    }
    Some(mask)
}
