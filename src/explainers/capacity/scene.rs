//! The sheet as a picture: what is given on the left, what follows from it to the right.

use super::layout::{self, Plan};
use super::world::{Made, World};
use super::{index, line, page, rows};
use crate::draw::pen::{Weight, cut, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Seg, Shape, Stroke, Token};
use crate::explainers::View;
use crate::models::estimate::{Base, Sampler, Spread};
use crate::sim::digest;
use std::rc::Rc;

pub const SAMPLES: usize = 10_000;
/// Always the same, so that a range does not shake while one types.
pub const SEED: u64 = 7;
/// Lines that are sampled before the page has its turn again: some milliseconds. The page is written anew then, so
/// that long sheets take no more than so many turns.
const AT_ONCE: usize = 3;
pub const STEPS: usize = 12;

pub fn at_once(lines: usize) -> usize {
    AT_ONCE.max(lines.div_ceil(STEPS))
}
/// More than these are not told apart any more.
pub const MOST: usize = 25;

/// What drawing and sampling keep.
#[derive(Default)]
pub struct Sketch {
    /// The text that the samples are of.
    of: u64,
    sampler: Option<Sampler>,
    spreads: Vec<Option<Spread>>,
    /// Everything is sampled; what of it is kept serves the next text.
    done: bool,
    drawn: u64,
    layer: Rc<Layer>,
    height: f32,
}

impl Sketch {
    /// Some lines more. `false`: all are done.
    pub fn refine(&mut self, made: &Made) -> bool {
        if self.of != made.revision {
            let lines = 0..made.sheet.lines.len();
            let ranged = lines.clone().any(|i| made.sheet.outcome(i).is_some_and(|outcome| outcome.ranged));
            self.of = made.revision;
            self.spreads = vec![None; lines.len()];
            self.done = !ranged;
            let before = self.sampler.take();
            self.sampler = ranged.then(|| Sampler::after(made.sheet.clone(), SAMPLES, SEED, before));
            // What is new is drawn when the page has had its turn.
            if self.sampler.as_ref().is_some_and(|sampler| sampler.left() > 0) {
                return true;
            }
        }
        let Some(sampler) = self.sampler.as_mut().filter(|_| !self.done) else { return false };
        if (0..at_once(made.sheet.lines.len())).all(|_| sampler.step()) {
            return true;
        }
        self.spreads = (0..made.sheet.lines.len()).map(|i| sampler.spread(i)).collect();
        self.done = true;
        false
    }

    /// Where a line is in 90 of 100 samples, once that is known.
    pub fn spread(&self, made: &Made, line: usize) -> Option<Spread> {
        let known = self.of == made.revision;
        let sampled = || self.sampler.as_ref().and_then(|sampler| sampler.spread(line));
        if known { self.spreads.get(line).copied().flatten().or_else(sampled) } else { None }
    }
}

/// The colour of what a quantity is of.
pub fn hue(made: &Made, i: usize) -> Token {
    let Some(outcome) = made.sheet.outcome(i) else { return Token::Red };
    let dim = outcome.dim.measured();
    let money = dim.exponent(&Base::Dollar) != 0 || dim.exponent(&Base::Euro) != 0;
    let data = dim.exponent(&Base::Data) != 0;
    match dim.exponent(&Base::Time) {
        _ if money => Token::Pink,
        _ if outcome.down.is_some() => Token::Gold,
        _ if dim.is_plain() => Token::Soft,
        -1 if data => Token::Sky,
        _ if data => Token::Green,
        -1 => Token::Blue,
        1 => Token::Gold,
        _ => Token::Orange,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A number, and nothing more.
    Given,
    Worked,
    /// Worked out, and no other line needs it.
    Result,
    Faulty,
}

/// A line of the sheet, as it is drawn.
pub struct Node {
    pub title: String,
    pub value: String,
    pub range: String,
    pub hue: Token,
    pub part: Part,
    pub hit: Option<Rc<Hit>>,
}

/// What is drawn, and who uses whom: places in `nodes`, the used first.
pub struct Picture {
    pub nodes: Vec<Node>,
    pub edges: Vec<(usize, usize)>,
    /// Lines for which there is no room.
    pub folded: usize,
    /// For each node how much it counts now.
    pub weights: Vec<Weight>,
    pub lit: Option<usize>,
    /// Size of text over what it is made for.
    pub scale: f32,
}

impl Picture {
    fn new(world: &World, view: &View, sketch: &Sketch) -> Picture {
        let made = &world.made;
        let lit = view.lit().and_then(index).filter(|i| made.named(*i));
        let wanted: Vec<usize> = (0..made.sheet.lines.len()).filter(|i| drawn(made, *i)).collect();
        let chosen = choose(made, &wanted, lit);
        let nodes: Vec<Node> = chosen.iter().map(|i| node(made, *i, sketch)).collect();
        let place = |line: usize| chosen.iter().position(|known| *known == line);
        let mut edges = Vec::new();
        for (b, i) in chosen.iter().enumerate() {
            for a in made.sheet.lines[*i].uses.iter().filter_map(|used| place(*used)) {
                if a != b && !edges.contains(&(a, b)) {
                    edges.push((a, b));
                }
            }
        }
        let lit = lit.and_then(place);
        let weights = weights(&edges, nodes.len(), lit);
        Picture { folded: wanted.len() - nodes.len(), nodes, edges, weights, lit, scale: (view.text / 13.0).max(1.0) }
    }

    /// Whether a line between two is one that leads to, or comes from, what is lit.
    pub fn leads(&self, (a, b): (usize, usize)) -> bool {
        let strong = |i: usize| self.weights.get(i) == Some(&Weight::Strong);
        self.lit.is_some() && strong(a) && strong(b) && self.same_side(a, b)
    }

    /// What leads to the lit one and what follows from it may be joined by a line that passes it by.
    fn same_side(&self, a: usize, b: usize) -> bool {
        let Some(lit) = self.lit else { return false };
        let from = |start: usize| reach(&self.edges, self.nodes.len(), start, true);
        b == lit || a == lit || from(b)[lit] || from(lit)[a]
    }
}

/// Blank lines and remarks are not.
fn drawn(made: &Made, i: usize) -> bool {
    made.sheet.lines.get(i).is_some_and(|line| line.outcome.is_some())
}

/// As many as can be told apart: what is lit and all around it first, then results, then what is given.
fn choose(made: &Made, wanted: &[usize], lit: Option<usize>) -> Vec<usize> {
    if wanted.len() <= MOST {
        return wanted.to_vec();
    }
    let results = made.results();
    let near = lit.map(|lit| made.sheet.made_of(lit)).unwrap_or_default();
    let rank = |i: usize| -> u64 {
        let of_lit = lit.is_some_and(|lit| made.sheet.lines[lit].uses.contains(&i) || made.used_by[lit].contains(&i));
        match () {
            _ if lit == Some(i) => 0,
            _ if of_lit => 1,
            _ if near.contains(&i) => 2,
            _ if results.contains(&i) => 3,
            _ if made.is_input(i) => 4,
            _ => 5,
        }
    };
    let keys: Vec<u64> = wanted.iter().map(|i| rank(*i)).collect();
    let order = crate::sim::order::order(&keys);
    let mut chosen: Vec<usize> =
        order.into_iter().take(MOST - 1).filter_map(|place| wanted.get(place as usize).copied()).collect();
    chosen.sort_unstable();
    chosen
}

pub fn part(made: &Made, i: usize) -> Part {
    match made.sheet.outcome(i) {
        None => Part::Faulty,
        Some(_) if made.is_input(i) => Part::Given,
        Some(_) if made.used_by[i].is_empty() => Part::Result,
        Some(_) => Part::Worked,
    }
}

fn node(made: &Made, i: usize, sketch: &Sketch) -> Node {
    let part = part(made, i);
    // Of a range that is given, both ends; of what follows from it, the middle.
    let given = made.ranged_input(i);
    let value = match part {
        Part::Faulty => "no value".into(),
        _ => given.clone().unwrap_or_else(|| made.value(i)),
    };
    let range = sketch.spread(made, i).map(|spread| page::range(made, i, spread)).unwrap_or_default();
    let range = if given.is_some() { String::new() } else { range };
    let more = if range.is_empty() { String::new() } else { format!(", {range} in 90 of 100 samples") };
    let label = format!("{}: {}{more}", made.title(i), made.value(i));
    let hit = made.named(i).then(|| Rc::new(Hit { subject: Some(line(i)), label, act: None }));
    Node { title: made.title(i), value, range, hue: hue(made, i), part, hit }
}

/// Whether each node is reached from one, along the edges or against them.
fn reach(edges: &[(usize, usize)], n: usize, start: usize, along: bool) -> Vec<bool> {
    let mut reached = vec![false; n];
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for (a, b) in edges {
            let (from, to) = if along { (*a, *b) } else { (*b, *a) };
            if from == at && to != start && !reached[to] {
                reached[to] = true;
                open.push(to);
            }
        }
    }
    reached
}

fn weights(edges: &[(usize, usize)], n: usize, lit: Option<usize>) -> Vec<Weight> {
    let Some(lit) = lit else { return vec![Weight::Plain; n] };
    let (after, before) = (reach(edges, n, lit, true), reach(edges, n, lit, false));
    let weight = |i: usize| if i == lit || after[i] || before[i] { Weight::Strong } else { Weight::Faint };
    (0..n).map(weight).collect()
}

pub fn scene(world: &World, view: &View, sketch: &mut Sketch) -> Scene {
    let known = (sketch.of == world.made.revision).then_some(sketch.done);
    let sizes = [view.width, view.height, view.text].map(f32::to_bits);
    let revision = digest(&(world.made.revision, view.focus, view.follow, sizes, known)).max(1);
    let width = view.width.max(200.0);
    if sketch.drawn != revision {
        let picture = Picture::new(world, view, sketch);
        let mut layer = Layer { revision, ..Layer::default() };
        sketch.height = draw(&picture, width, view.height.max(200.0), &mut layer);
        (sketch.layer, sketch.drawn) = (Rc::new(layer), revision);
    }
    Scene { width, height: sketch.height, base: sketch.layer.clone(), live: Layer::default(), picks: None }
}

/// Returns the height.
fn draw(picture: &Picture, width: f32, room: f32, layer: &mut Layer) -> f32 {
    let k = picture.scale;
    let mut height = match picture.nodes.is_empty() {
        true => {
            let says = cut("Nothing to draw yet.".into(), width - 24.0, 14.0 * k);
            write(layer, (width / 2.0, 60.0), 14.0 * k, 400, Anchor::Middle, Token::Soft.into(), says);
            110.0
        }
        false => match layout::plan(picture, width, room) {
            Some(plan) => columns(picture, &plan, layer),
            None => rows::draw(picture, width, layer),
        },
    };
    if picture.folded > 0 {
        let says = format!("{} more lines are worked out, and not drawn.", picture.folded);
        let size = 12.0 * k;
        write(
            layer,
            (12.0, height + size),
            size,
            400,
            Anchor::Start,
            Token::Soft.into(),
            cut(says, width - 24.0, size),
        );
        height += size * 2.0;
    }
    height
}

pub fn stroke_of(picture: &Picture, leads: bool) -> Stroke {
    match (picture.lit.is_some(), leads) {
        (_, true) => Stroke::new(Token::Blue, 2.0),
        (true, false) => Stroke::new(Ink::faded(Token::Line, 150), 1.2),
        (false, false) => Stroke::new(Ink::faded(Token::Soft, 120), 1.2),
    }
}

fn columns(picture: &Picture, plan: &Plan, layer: &mut Layer) -> f32 {
    // What is lit lies on top.
    for lit in [false, true] {
        for link in &plan.links {
            let leads = link.edges.iter().any(|edge| picture.leads(*edge));
            if leads != lit {
                continue;
            }
            let stroke = stroke_of(picture, leads);
            let (a, b) = (&plan.items[link.from], &plan.items[link.to]);
            let (x1, x2) = (plan.x[a.column] + plan.wide, plan.x[b.column]);
            let half = (x2 - x1) / 2.0;
            let mut segs = vec![Seg::Move(x1, a.y), Seg::Cubic(x1 + half, a.y, x2 - half, b.y, x2, b.y)];
            // On through a column in which it has nothing to do.
            if b.node.is_none() {
                segs.push(Seg::Line(x2 + plan.wide, b.y));
            }
            layer.add(Shape::Path { segs: segs.into(), fill: None, stroke: Some(stroke) });
        }
    }
    for item in &plan.items {
        if let Some(node) = item.node {
            card(picture, node, (plan.x[item.column], item.y - item.high / 2.0, plan.wide, item.high), layer);
        }
    }
    plan.height
}

fn card(picture: &Picture, i: usize, (x, y, w, h): (f32, f32, f32, f32), layer: &mut Layer) {
    let (Some(node), Some(weight)) = (picture.nodes.get(i), picture.weights.get(i).copied()) else { return };
    let k = picture.scale;
    let lit = picture.lit == Some(i);
    let (fill, edge) = match node.part {
        Part::Given => (Token::Wash, Token::Line),
        Part::Faulty => (Token::Card, Token::Red),
        _ => (Token::Card, node.hue),
    };
    // Lines behind a faint card must not shine through.
    layer.add(Shape::Rect { x, y, w, h, r: 7.0, fill: Some(Token::Card.into()), stroke: None });
    let width = if lit { 2.6 } else { 1.4 };
    let border = if lit { Token::Ink } else { edge };
    let stroke = Some(Stroke::new(toned(border, weight), width));
    let shape = Shape::Rect { x, y, w, h, r: 7.0, fill: Some(toned(fill, weight)), stroke };
    match &node.hit {
        Some(hit) => layer.add_hit(shape, hit),
        None => layer.add(shape),
    }
    let (small, pad) = (12.0 * k, if w < 140.0 { 8.0 } else { 11.0 });
    let room = w - 2.0 * pad;
    let bold = if node.part == Part::Given { 400 } else { 600 };
    let says = |layer: &mut Layer, at: f32, size: f32, weight_of: u16, token: Token, text: String| {
        let text = if wide(&text, size, weight_of) > room { cut(text, room, size) } else { text };
        write(layer, (x + pad, at), size, weight_of, Anchor::Start, toned(token, weight), text);
    };
    layer.add(Shape::Circle {
        x: x + w - 10.0,
        y: y + 10.0,
        r: 3.4,
        fill: Some(toned(node.hue, weight)),
        stroke: None,
    });
    let title = cut(node.title.clone(), room - 6.0, small);
    write(layer, (x + pad, y + 5.0 + small), small, 400, Anchor::Start, toned(Token::Soft, weight), title);
    let ink = if node.part == Part::Faulty { Token::Red } else { Token::Ink };
    let (value, large) = fitted(&node.value, room, bold, if w < 150.0 { 14.0 * k } else { 15.0 * k }, small);
    says(layer, y + 7.0 + small + large, large, bold, ink, value);
    if !node.range.is_empty() {
        says(layer, y + 11.0 + small * 2.0 + large, small, 400, Token::Soft, node.range.clone());
    }
}

/// Smaller, and without the words for millions, where there is no room for them.
pub fn fitted(value: &str, room: f32, weight: u16, size: f32, least: f32) -> (String, f32) {
    let mut text = value.to_string();
    for (long, short) in [("", ""), (" million", " M"), (" billion", " bn"), (" trillion", " tn")] {
        if !long.is_empty() {
            text = text.replace(long, short);
        }
        let mut size = size;
        while size >= least {
            if wide(&text, size, weight) <= room {
                return (text, size);
            }
            size -= 1.0;
        }
    }
    (text, least)
}
