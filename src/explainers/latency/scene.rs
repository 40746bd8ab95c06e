//! The stage: every number on one logarithmic axis, and the one that is looked at to scale.

use super::axis::{EDGE, Row, Stage};
use super::waterfall::{says, steps, whole};
use super::world::World;
use super::{here, hue, number, number_of, probes, step_of, strip};
use crate::draw::pen::{Weight, cut, thin, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Seg, Shape, Stroke, Token};
use crate::explainers::{Measured, View};
use crate::models::latency::show::time;
use crate::models::latency::table::{NUMBERS, Number};
use crate::sim::{Micros, digest};
use std::rc::Rc;

/// What drawing keeps between frames, and what was measured on the reader’s machine.
#[derive(Default)]
pub struct Sketch {
    revision: u64,
    base: Rc<Layer>,
    /// By the key of a probe, in ns.
    pub found: Vec<(String, Measured)>,
}

impl Sketch {
    /// What was measured here of one of the numbers.
    pub fn of(&self, number: &Number) -> Option<Measured> {
        let probe = probes::beside(number.key)?;
        self.found.iter().find(|(key, _)| key == probe).map(|(_, found)| *found)
    }

    fn stamp(&self) -> u64 {
        let bits: Vec<(&str, u64)> = self.found.iter().map(|(key, found)| (&**key, found.middle.to_bits())).collect();
        digest(&bits)
    }
}

pub fn scene(world: &World, at: Micros, view: &View, sketch: &mut Sketch) -> Scene {
    let stage = Stage::new(world, view);
    let shape = (view.width.to_bits(), view.height.to_bits(), view.text.to_bits());
    let about = (world.looked, &world.setup.params, Rc::as_ptr(&world.setup) as usize, view.focus, view.follow);
    let revision = digest(&(shape, about, sketch.stamp())).max(1);
    if sketch.revision != revision {
        let mut picture = Picture { world, view, stage: &stage, sketch, layer: Layer::default() };
        picture.draw();
        picture.layer.revision = revision;
        let layer = picture.layer;
        (sketch.base, sketch.revision) = (Rc::new(layer), revision);
    }
    let mut live = Layer::default();
    strip::bar(&mut live, &stage, world, at, view);
    let height = stage.h + here::height(&stage, sketch);
    Scene { width: stage.w, height, base: sketch.base.clone(), live, picks: None }
}

struct Picture<'a> {
    world: &'a World,
    view: &'a View,
    stage: &'a Stage,
    sketch: &'a Sketch,
    layer: Layer,
}

impl Picture<'_> {
    fn draw(&mut self) {
        self.legend();
        self.axis();
        for row in &self.stage.rows {
            self.row(row);
        }
        self.groups();
        self.request();
        strip::words(&mut self.layer, self.stage, self.world, self.view);
        here::draw(&mut self.layer, self.stage, self.sketch);
    }

    /// The request on the same axis: its steps as ticks, from its median to its 99th percentile.
    fn request(&mut self) {
        let (stage, outcome) = (self.stage, &self.world.setup.outcome);
        let lit = self.view.lit().and_then(|subject| step_of(self.world, subject));
        let (y, base) = (stage.bar(stage.path), stage.base(stage.path));
        let weight =
            if self.view.lit().is_some_and(|lit| lit.kind == "number") { Weight::Faint } else { Weight::Plain };
        let ink = toned(Token::Ink, weight);
        let (x, top) = (EDGE - 4.0, stage.path + 1.0);
        self.layer.add(Shape::Rect { x, y: top, w: 3.0, h: stage.pitch - 2.0, r: 1.5, fill: Some(ink), stroke: None });
        let shown = lit.and_then(|line| Some((line, outcome.rows.get(line)?)));
        let (name, median, p99, says) = match shown {
            Some((line, row)) => {
                let name = self.world.setup.path.lines.get(line).map_or("", |line| &line.label);
                (name, row.median, row.p99, says(row))
            }
            None if outcome.median <= 0.0 => ("Your request", 0.0, 0.0, "–".to_string()),
            None => ("Your request", outcome.median, outcome.p99, whole(self.world)),
        };
        for line in steps(self.world) {
            let Some(row) = outcome.rows.get(line).filter(|row| row.median > 0.0) else { continue };
            let (x, on) = stage.x(row.median);
            let high = if Some(line) == lit { 7.0 } else { 4.0 };
            if on {
                let (y1, y2) = (y - high, y + high);
                self.layer.add(Shape::Line { x1: x, y1, x2: x, y2, stroke: Stroke::new(thin(ink, 0.6), 1.2) });
            }
        }
        let bold = if lit.is_some() { 600 } else { 400 };
        let (from, to) = (stage.x(median), stage.x(p99));
        if median > 0.0 {
            let stroke = Stroke::new(ink, 1.6);
            self.layer.add(Shape::Line { x1: from.0, y1: y, x2: to.0, y2: y, stroke });
            if to.1 {
                self.mark(Mark::Other, (to.0, y), ink);
            }
            if from.1 {
                self.mark(Mark::Quoted, (from.0, y), ink);
            } else {
                self.beyond((from.0, y), median > stage.to, ink);
            }
        }
        let low = steps(self.world).filter_map(|line| outcome.rows.get(line)).map(|row| row.median);
        let low = stage.x(low.fold(median, f64::min).max(1e-3)).0;
        let room = wide(&says, stage.small, bold);
        if stage.beside {
            self.text(
                (EDGE + 6.0, base),
                600,
                Anchor::Start,
                ink,
                &cut(name.to_string(), stage.left - EDGE - 14.0, stage.small),
            );
            let after = to.0 + 9.0 + room <= stage.w - 2.0;
            let (x, anchor) = if after { (to.0 + 9.0, Anchor::Start) } else { (low - 9.0, Anchor::End) };
            if median > 0.0 && (after || x - room > stage.left) {
                self.text((x, base), bold, anchor, ink, &says);
            }
        } else {
            let end = stage.w - EDGE - 2.0;
            self.text(
                (EDGE + 6.0, base),
                600,
                Anchor::Start,
                ink,
                &cut(name.to_string(), end - EDGE - 14.0 - room, stage.small),
            );
            self.text((end, base), bold, Anchor::End, ink, &says);
        }
    }

    fn text(&mut self, at: (f32, f32), weight: u16, anchor: Anchor, ink: impl Into<Ink>, text: &str) {
        write(&mut self.layer, at, self.stage.small, weight, anchor, ink.into(), text.to_string());
    }

    /// What the marks mean.
    fn legend(&mut self) {
        let small = self.stage.small;
        let y = 4.0 + small;
        let mut x = EDGE + 5.0;
        let mut marks = vec![(Mark::Quoted, "quoted"), (Mark::Other, "another source"), (Mark::Rate, "from a rate")];
        if !self.sketch.found.is_empty() {
            marks.push((Mark::Here, "here"));
        }
        let edge = self.stage.w - EDGE;
        for (mark, word) in marks {
            let end = x + 9.0 + wide(word, small, 400);
            if end > edge {
                break;
            }
            self.mark(mark, (x, y - small * 0.36), Token::Soft.into());
            self.text((x + 9.0, y), 400, Anchor::Start, Token::Soft, word);
            x = end + 16.0;
        }
    }

    fn axis(&mut self) {
        let stage = self.stage;
        let (y1, y2) = (stage.top - 4.0, stage.path + stage.pitch * 1.2);
        let mut end = f32::MIN;
        let all: Vec<f64> = stage.decades().collect();
        let apart = (stage.right - stage.left) / libm::log10(stage.to / stage.from) as f32;
        let each = apart > wide("100 ms", stage.small, 400) + 10.0;
        for ns in all {
            let x = stage.x(ns).0;
            let main = [1.0, 1e3, 1e6, 1e9].contains(&ns);
            let stroke = Stroke::new(Ink::faded(Token::Line, if main { 255 } else { 130 }), 1.0);
            self.layer.add(Shape::Line { x1: x, y1, x2: x, y2, stroke });
            let label = time(ns);
            let half = wide(&label, stage.small, 400) / 2.0;
            if (each || main) && x - half > end + 6.0 && x + half <= stage.w - 1.0 && x - half >= 0.0 {
                self.text((x, stage.top - 9.0), 400, Anchor::Middle, Token::Soft, &label);
                end = x + half;
            }
        }
    }

    fn groups(&mut self) {
        let stage = self.stage;
        for (group, token, top, bottom) in stage.groups() {
            let (x, y) = (EDGE - 4.0, top + 1.0);
            let h = bottom - top - 2.0;
            self.layer.add(Shape::Rect { x, y, w: 3.0, h, r: 1.5, fill: Some(token.into()), stroke: None });
            if stage.beside {
                self.text((EDGE + 6.0, stage.base(top)), 600, Anchor::Start, Token::Ink, group.name());
            }
        }
    }

    fn weight(&self, place: usize) -> Weight {
        match self.view.lit().and_then(number_of) {
            Some(lit) if lit == place => Weight::Strong,
            Some(_) => Weight::Faint,
            None if self.world.here() == place => Weight::Strong,
            None => Weight::Plain,
        }
    }

    fn row(&mut self, row: &Row) {
        let stage = self.stage;
        let Some(it) = NUMBERS.get(row.place) else { return };
        let weight = self.weight(row.place);
        let strong = weight == Weight::Strong;
        let token = hue(it.group);
        let ink = toned(token, weight);
        let shown = self.world.shown(row.place);
        let says = if shown { time(it.ns) } else { "?".into() };
        let label = [it.name, ": ", &says, &super::story::how(it)].concat();
        let act = Some(format!("look({})", row.place + 1));
        let hit = Rc::new(Hit { subject: Some(number(row.place)), label, act });
        let (x, w) = (EDGE + 2.0, stage.w - 2.0 * EDGE);
        let fill = Some(if strong { Token::Wash.into() } else { Ink::faded(Token::Card, 0) });
        let ground = Shape::Rect { x, y: row.y, w, h: stage.pitch, r: 3.0, fill, stroke: None };
        self.layer.add_hit(ground, &hit);
        let (y, base) = (stage.bar(row.y), stage.base(row.y));
        if !shown {
            return self.names(row, it, weight, None, base);
        }
        let (end, on) = stage.x(it.ns);
        // From the short end of the axis to the number.
        let (thick, bar) = if stage.beside { (5.0, thin(ink, 0.4)) } else { (4.0, thin(ink, 0.4)) };
        if end > stage.left {
            let (x, y, w) = (stage.left, y - thick / 2.0, end - stage.left);
            self.layer.add(Shape::Rect { x, y, w, h: thick, r: 0.0, fill: Some(bar), stroke: None });
        }
        // How far the sources are apart.
        let (low, high) = it.range();
        if high > low {
            let (x1, x2) = (stage.x(low).0, stage.x(high).0);
            self.layer.add(Shape::Line { x1, y1: y, x2, y2: y, stroke: Stroke::new(ink, 1.6) });
        }
        let mut right = end;
        for (ns, derived, _) in it.values() {
            let (x, on) = stage.x(ns);
            if on && ns != it.ns {
                self.mark(if derived { Mark::Rate } else { Mark::Other }, (x, y), ink);
                right = right.max(x);
            }
        }
        if let Some(found) = self.sketch.of(it) {
            let (x, on) = stage.x(found.middle);
            if on {
                self.mark(Mark::Here, (x, y), toned(Token::Ink, weight));
                right = right.max(x);
            }
        }
        if on {
            self.mark(Mark::Quoted, (end, y), ink);
        } else {
            self.beyond((end, y), it.ns > stage.to, ink);
        }
        self.names(row, it, weight, Some(right), base);
    }

    /// The name of a row and its time, right of its last mark. None: not to be seen yet.
    fn names(&mut self, row: &Row, it: &Number, weight: Weight, right: Option<f32>, base: f32) {
        let stage = self.stage;
        let bold = if weight == Weight::Strong { 600 } else { 400 };
        let ink = toned(Token::Ink, weight);
        let value = if right.is_some() { time(it.ns) } else { "?".to_string() };
        let right = right.unwrap_or(stage.left);
        if stage.beside {
            let x = stage.left - 10.0;
            self.text((x, base), bold, Anchor::End, ink, it.name);
            let room = wide(&value, stage.small, bold);
            if right + 9.0 + room <= stage.w - 2.0 {
                self.text((right + 9.0, base), bold, Anchor::Start, ink, &value);
            } else {
                let low = stage.x(it.range().0).0.min(stage.x(it.ns).0);
                self.text((low - 9.0, base), bold, Anchor::End, ink, &value);
            }
            return;
        }
        let room = stage.w - 2.0 * EDGE - wide(&value, stage.small, 600) - 8.0;
        let name = cut(it.name.to_string(), room, stage.small);
        self.text((EDGE + 6.0, base), bold, Anchor::Start, ink, &name);
        self.text((stage.w - EDGE - 2.0, base), bold, Anchor::End, ink, &value);
        // The first of a group says which, where there is room.
        let first = stage.groups().iter().any(|(_, _, top, _)| *top == row.y);
        let group = it.group.name();
        let end = stage.w - EDGE - 12.0 - wide("100 ms", stage.small, 600);
        if first && EDGE + 18.0 + wide(&name, stage.small, 600) + wide(group, stage.small, 400) <= end {
            self.text((end, base), 400, Anchor::End, toned(Token::Soft, weight), group);
        }
    }

    /// An arrow at the end of the axis that something lies beyond.
    fn beyond(&mut self, (x, y): (f32, f32), right: bool, ink: Ink) {
        let (tip, back) = if right { (x + 6.0, x) } else { (x - 6.0, x) };
        let segs = vec![Seg::Move(tip, y), Seg::Line(back, y - 4.0), Seg::Line(back, y + 4.0), Seg::Close];
        self.layer.add(Shape::Path { segs: segs.into(), fill: Some(ink), stroke: None });
    }

    fn mark(&mut self, mark: Mark, (x, y): (f32, f32), ink: Ink) {
        let card = Some(Ink::from(Token::Card));
        let line = Some(Stroke::new(ink, 1.6));
        // Below a name there is less room than beside it.
        let size = if self.stage.beside { 1.0 } else { 0.7 };
        let path = |corners: &[(f32, f32)], fill: Option<Ink>, stroke: Option<Stroke>| {
            let segs = corners.iter().enumerate().map(|(i, (dx, dy))| match i {
                0 => Seg::Move(x + dx * size, y + dy * size),
                _ => Seg::Line(x + dx * size, y + dy * size),
            });
            Shape::Path { segs: segs.chain([Seg::Close]).collect::<Vec<_>>().into(), fill, stroke }
        };
        self.layer.add(match mark {
            Mark::Quoted => {
                Shape::Circle { x, y, r: 4.2 * size, fill: Some(ink), stroke: Some(Stroke::new(Token::Card, 1.0)) }
            }
            Mark::Other => Shape::Circle { x, y, r: 3.2 * size, fill: card, stroke: line },
            Mark::Rate => path(&[(0.0, -4.2), (4.2, 0.0), (0.0, 4.2), (-4.2, 0.0)], card, line),
            Mark::Here => {
                path(&[(-4.6, -5.2), (4.6, -5.2), (0.0, 3.6)], Some(ink), Some(Stroke::new(Token::Card, 1.0)))
            }
        });
    }
}

#[derive(Clone, Copy)]
enum Mark {
    /// The number that the row is about.
    Quoted,
    /// What another source says.
    Other,
    /// What follows from a rate.
    Rate,
    /// What was measured here.
    Here,
}
