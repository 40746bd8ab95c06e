//! One operation as a sequence diagram: time downwards, a lifeline for everybody who has to do with it. Only what has
//! happened is drawn; a message under way is drawn as far as it is.

use super::boxes::age;
use super::ink::*;
use super::light::{self, Light, chosen};
use super::scene::{ink_of, look, words_of};
use super::stage::EDGE;
use super::story::key_name;
use super::tell::ms;
use super::types::*;
use super::world::{HOP, PATIENCE, World};
use super::{client as client_subject, node as node_subject, op as op_subject};
use crate::draw::motion::MessageKind as Look;
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Shape, Stroke, Token, turn_of};
use crate::explainers::{View, grouped};
use crate::models::quorum::version::Version;
use crate::sim::{MS, Micros};
use std::rc::Rc;

/// Spans that the axis of time may have, in ms: it grows by steps, so that it stands still in between.
const SPANS: [u64; 27] = [
    5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 125, 150, 200, 250, 300, 400, 500, 600, 800, 1_000, 1_500, 2_000,
    3_000, 5_000, 10_000, 20_000,
];

/// Beside the words of the axis: 4 to the picture's edge, 8 to the lines.
const GUTTER: f32 = 12.0;

pub fn diagram(world: &World, at: Micros, view: &View) -> Option<Scene> {
    let Some(op) = chosen(world, view) else { return Some(nothing_yet(view)) };
    let light = Light::new(world, view);
    let mut diagram = Diagram::new(world, at, view, op, &light);
    diagram.draw();
    let Diagram { w, h, layer, .. } = diagram;
    // Nothing of it stands still for long: one layer will do.
    let base = Rc::new(Layer { revision: 1, ..Layer::default() });
    Some(Scene { width: w, height: h, base, live: layer, picks: None })
}

/// Before any operation: what will be here.
fn nothing_yet(view: &View) -> Scene {
    let (w, h) = Diagram::size(view);
    let text = view.text.clamp(12.0, 40.0);
    let mut layer = Layer::default();
    for (i, line) in ["Write or read:", "the messages of it appear here."].into_iter().enumerate() {
        let at = (w / 2.0, h * 0.42 + i as f32 * text * 1.5);
        write(&mut layer, at, text, 400, Anchor::Middle, Token::Soft.into(), line.to_string());
    }
    let base = Rc::new(Layer { revision: 1, ..Layer::default() });
    Scene { width: w, height: h, base, live: layer, picks: None }
}

struct Diagram<'a> {
    world: &'a World,
    at: Micros,
    op: &'a Op,
    light: &'a Light,
    w: f32,
    h: f32,
    small: f32,
    big: f32,
    /// Everybody, from left to right, with the lifeline's place.
    who: Vec<(Place, f32)>,
    column: f32,
    left: f32,
    top: f32,
    bottom: f32,
    span: Micros,
    /// Between two marks on the axis.
    step: Micros,
    layer: Layer,
    taken: Vec<Area>,
}

fn people(world: &World, op: &Op) -> Vec<Place> {
    let mut who = vec![Place::Client(op.client)];
    let mut add = |place: Place| {
        if !who.contains(&place) {
            who.push(place);
        }
    };
    op.tried.iter().chain([&op.coordinator]).chain(world.replicas(op.key)).for_each(|node| add(Place::Node(*node)));
    op.messages.iter().for_each(|message| {
        add(message.from);
        add(message.to);
    });
    who
}

/// How long the axis must be for what is known: each question's way there, and as long a way back.
fn span(op: &Op, at: Micros) -> Micros {
    let end = |message: &Message| {
        let took = message.arrives.saturating_sub(message.sent);
        let back = match message.kind {
            MessageKind::Write | MessageKind::HintedWrite(_) | MessageKind::Read | MessageKind::DigestRead => {
                took + HOP
            }
            MessageKind::Request => 25 * took,
            _ => 0,
        };
        message.arrives + if message.lost.is_some() { 0 } else { back }
    };
    let known = op.messages.iter().map(end).chain(op.completed).max().unwrap_or(op.invoked);
    let known = if op.completed.is_none() { known.max(at) } else { known };
    let need = known.saturating_sub(op.invoked);
    let fits = SPANS.iter().map(|ms| ms * MS).find(|span| *span >= need);
    fits.unwrap_or(need.max(1))
}

/// Between two marks of an axis that has room for so many.
fn step(span: Micros, room: f32) -> Micros {
    let most = room.max(2.0) as u64;
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000].map(|ms| ms * MS);
    steps.into_iter().find(|step| span / step <= most).unwrap_or(10_000 * MS)
}

/// The marks of the axis: how long after the operation began, and what stands there.
fn ticks(span: Micros, step: Micros) -> impl Iterator<Item = (Micros, String)> {
    (0..=span / step).map(move |i| {
        let after = i * step;
        (after, if i == 0 { "0".to_string() } else { format!("{} ms", grouped((after / MS) as i64)) })
    })
}

impl<'a> Diagram<'a> {
    fn new(world: &'a World, at: Micros, view: &View, op: &'a Op, light: &'a Light) -> Diagram<'a> {
        let (w, h) = Diagram::size(view);
        let text = view.text.clamp(11.0, 40.0);
        let (small, big) = ((text - 1.0).max(12.0), text);
        let people = people(world, op);
        let top = big + small * 2.0 + 42.0;
        let bottom = h - small - 22.0;
        let span = span(op, at);
        let step = step(span, (bottom - top) / (small * 3.2));
        // Room for its widest words, and no less than for those of most operations, so that lifelines stand still.
        let words = ticks(span, step).map(|(_, text)| wide(&text, small, 400) + GUTTER);
        let left = words.fold(wide("1,000 ms", small, 400) + 2.0, f32::max);
        let column = (w - left - EDGE - 12.0) / people.len().max(1) as f32;
        let x = |i: usize| left + (i as f32 + 0.5) * column;
        let who = people.into_iter().enumerate().map(|(i, place)| (place, x(i))).collect();
        let (layer, taken) = (Layer::default(), Vec::new());
        Diagram { world, at, op, light, w, h, small, big, who, column, left, top, bottom, span, step, layer, taken }
    }

    fn size(view: &View) -> (f32, f32) {
        let w = view.width.clamp(260.0, 4_000.0);
        let h = (w * 0.7 + 120.0).clamp(340.0, 560.0).max(view.text.clamp(11.0, 40.0) * 24.0);
        (w, h.min(view.height).max(280.0))
    }

    fn x(&self, place: Place) -> f32 {
        self.who.iter().find(|(known, _)| *known == place).map_or(self.left, |(_, x)| *x)
    }

    fn y(&self, at: Micros) -> f32 {
        let share = (at.saturating_sub(self.op.invoked) as f64 / self.span.max(1) as f64) as f32;
        self.top + share.min(1.0) * (self.bottom - self.top)
    }

    /// Text with a ground of its own, if there is room for it.
    fn put(&mut self, at: (f32, f32), weight: u16, ink: Ink, text: &str) -> bool {
        let (w, h) = (wide(text, self.small, weight) + 6.0, self.small + 3.0);
        let area = Area::around(at, w, h);
        let inside = area.x >= 2.0 && area.x + w <= self.w - 2.0 && area.y >= 2.0 && area.y + h <= self.h - 2.0;
        if !inside || self.taken.iter().any(|other| area.touches(other, 1.0)) {
            return false;
        }
        self.taken.push(area);
        let Area { x, y, .. } = area;
        let fill = Some(Ink::faded(Token::Card, 225));
        self.layer.add(Shape::Rect { x, y, w, h, r: 3.0, fill, stroke: None });
        let at = (at.0, at.1 + self.small * 0.36);
        write(&mut self.layer, at, self.small, weight, Anchor::Middle, ink, text.to_string());
        true
    }

    fn line(&mut self, from: (f32, f32), to: (f32, f32), stroke: Stroke) {
        self.layer.add(Shape::Line { x1: from.0, y1: from.1, x2: to.0, y2: to.1, stroke });
    }

    fn draw(&mut self) {
        self.title();
        self.axis();
        self.lifelines();
        let op = self.op;
        let seen: Vec<(usize, &Message)> =
            op.messages.iter().enumerate().filter(|(_, message)| message.sent <= self.at).collect();
        for (index, message) in &seen {
            self.arrow(*index, message);
        }
        self.moments();
        for (_, message) in &seen {
            self.answer(message);
        }
        for (index, message) in seen.iter().rev() {
            self.label(*index, message);
        }
        self.now();
    }

    fn title(&mut self) {
        let op = self.op;
        let what = match op.kind {
            OpKind::Write => format!("writes {} to {}", value_text(op.value), key_name(op.key)),
            OpKind::Read => format!("reads {}", key_name(op.key)),
        };
        let full = format!("{}. Client {} {what}", op.id + 1, op.client + 1);
        let at = (EDGE, 6.0 + self.big);
        let weight = 600;
        let hit = Rc::new(Hit { subject: Some(op_subject(op.id)), label: full.clone(), act: None });
        let w = wide(&full, self.big, weight).min(self.w - 2.0 * EDGE);
        let (size, fill) = (self.big, Token::Ink.into());
        let shape = Shape::Text {
            x: at.0,
            y: at.1,
            size,
            weight,
            face: crate::draw::scene::Face::Sans,
            anchor: Anchor::Start,
            fill,
            text: full,
        };
        self.layer.add_hit(shape, &hit);
        self.taken.push(Area { x: EDGE, y: 4.0, w, h: size + 6.0 });
        // How it ended, in a word, if there is room.
        let end = match (op.outcome.filter(|_| op.completed.is_some()), op.stale) {
            (Some(Outcome::Ok), true) => "stale",
            (Some(Outcome::Timeout), _) => "timed out",
            (Some(Outcome::Unavailable), _) => "refused",
            (Some(Outcome::Failed), _) => "failed",
            _ => return,
        };
        let room = self.w - EDGE - wide(end, self.small, 650);
        if room > EDGE + w + 10.0 {
            let at = (self.w - EDGE, 6.0 + self.big);
            write(&mut self.layer, at, self.small, 650, Anchor::End, Token::Red.into(), end.into());
        }
    }

    fn axis(&mut self) {
        let right = self.w - EDGE;
        for (after, text) in ticks(self.span, self.step) {
            let y = self.y(self.op.invoked + after);
            self.line((self.left, y), (right, y), Stroke::new(Ink::faded(Token::Line, 130), 1.0));
            let at = (self.left - 8.0, y + self.small * 0.36);
            let w = wide(&text, self.small, 400);
            self.taken.push(Area { x: at.0 - w, y: y - self.small / 2.0, w, h: self.small });
            write(&mut self.layer, at, self.small, 400, Anchor::End, Token::Soft.into(), text);
        }
    }

    fn lifelines(&mut self) {
        let now = self.y(self.at);
        let head = self.top - self.small - 20.0;
        for (place, x) in self.who.clone() {
            let (name, weight, subject) = match place {
                Place::Client(id) => {
                    let long = format!("client {}", id + 1);
                    let fits = wide(&long, self.small, 600) + 14.0 < self.column;
                    let name = if fits { long } else { (id + 1).to_string() };
                    (name, self.light.client(id), client_subject(id))
                }
                Place::Node(id) => (letter(id).to_string(), self.light.node(id), node_subject(id)),
            };
            self.line((x, self.top - 4.0), (x, self.bottom), Stroke::dashed(Token::Line, 1.2, 2.0, 4.0));
            self.line((x, self.top - 4.0), (x, now), Stroke::new(Ink::faded(Token::Soft, 150), 1.4));
            let w = (wide(&name, self.small, 600) + 12.0).max(22.0).min(self.column - 2.0);
            let h = self.small + 10.0;
            let label = match place {
                Place::Client(id) => format!("client {}", id + 1),
                Place::Node(id) => format!("node {}", letter(id)),
            };
            let hit = Rc::new(Hit { subject: Some(subject), label, act: None });
            let strong = weight == Weight::Strong && self.light.subject == Some(subject);
            let stroke =
                Some(Stroke::new(if strong { Token::Ink } else { Token::Soft }, if strong { 2.4 } else { 1.2 }));
            let (r, fill) = match place {
                Place::Client(_) => (h / 2.0, Token::Wash),
                Place::Node(_) => (6.0, Token::Card),
            };
            let area = Area { x: x - w / 2.0, y: head - 3.0, w, h };
            let fill = Some(fill.into());
            self.layer.add_hit(Shape::Rect { x: area.x, y: area.y, w, h, r, fill, stroke }, &hit);
            self.taken.push(area);
            let at = (x, area.y + h / 2.0 + self.small * 0.36);
            write(&mut self.layer, at, self.small, 600, Anchor::Middle, Token::Ink.into(), name);
            // Who coordinates: the one that all arrows come from and go to.
            if place == Place::Node(self.op.coordinator) && self.column > wide("coord.", self.small, 400) + 4.0 {
                let long = wide("coordinator", self.small, 400) + 4.0 < self.column;
                let text = if long { "coordinator" } else { "coord." };
                let at = (x, area.y - 5.0);
                write(&mut self.layer, at, self.small, 400, Anchor::Middle, Token::Soft.into(), text.into());
            }
        }
        // While somebody is at it, their lifeline is a bar.
        let op = self.op;
        let busy = [
            (Place::Client(op.client), Some(op.invoked), op.completed),
            (Place::Node(op.coordinator), op.received, op.decided),
        ];
        for (place, from, to) in busy {
            let Some(from) = from else { continue };
            let (x, y) = (self.x(place) - 3.0, self.y(from));
            let h = (self.y(to.unwrap_or(self.at).min(self.at)) - y).max(1.0);
            let stroke = Some(Stroke::new(Token::Soft, 1.0));
            let fill = Some(Token::Wash.into());
            self.layer.add(Shape::Rect { x, y, w: 6.0, h, r: 1.5, fill, stroke });
        }
    }

    fn weight(&self, index: usize, message: &Message) -> Weight {
        self.light.of_message(self.world, message, light::message(self.op.id, index))
    }

    /// An answer that came when it was no longer waited for.
    fn late(&self, message: &Message) -> bool {
        let answers = matches!(message.kind, MessageKind::Ack | MessageKind::Response | MessageKind::Digest);
        answers && self.op.decided.is_some_and(|decided| message.arrives > decided && decided <= self.at)
    }

    fn ink(&self, index: usize, message: &Message) -> Ink {
        let token = ink_of(Some(self.op), message);
        let strength = match self.weight(index, message) {
            Weight::Faint => 70,
            _ if self.late(message) => 110,
            _ => 255,
        };
        Ink::faded(token, strength)
    }

    /// How far it has come, and whether it was lost there.
    fn reach(&self, message: &Message) -> (f32, bool) {
        let lost = message.lost.is_some_and(|lost| lost <= self.at);
        (message.way(self.at), lost)
    }

    /// A place on a message's way; what goes to oneself bows to the right.
    fn on(&self, message: &Message, t: f32) -> (f32, f32) {
        let (x0, x1) = (self.x(message.from), self.x(message.to));
        let (y0, y1) = (self.y(message.sent), self.y(message.arrives));
        let y = y0 + (y1 - y0) * t;
        if message.from == message.to {
            let bow = (self.column * 0.42).min(26.0);
            return (x0 + 4.0 + bow * 4.0 * t * (1.0 - t), y);
        }
        // From bar to bar.
        let side = if x1 > x0 { 4.0 } else { -4.0 };
        (x0 + side + (x1 - x0 - 2.0 * side) * t, y)
    }

    fn arrow(&mut self, index: usize, message: &Message) {
        let (t, lost) = self.reach(message);
        let ink = self.ink(index, message);
        let strong = self.weight(index, message) == Weight::Strong && self.light.subject.is_some();
        let width = if strong { 2.4 } else { 1.5 };
        let reply = look(Some((self.op, index)), message) == Look::Reply;
        let again = look(Some((self.op, index)), message) == Look::Retry;
        let stroke = match (reply, again) {
            (true, _) => Stroke::dashed(ink, width, 5.0, 3.0),
            (_, true) => Stroke::dashed(ink, width, 9.0, 3.0),
            _ => Stroke::new(ink, width),
        };
        let label = words_of(Some(self.op), message, self.op.key);
        let hit = Rc::new(Hit { subject: light::message(self.op.id, index), label, act: None });
        let pieces = if message.from == message.to { 12 } else { 1 };
        let (mut from, mut before) = (self.on(message, 0.0), self.on(message, 0.0));
        for piece in 1..=pieces {
            let to = self.on(message, t * piece as f32 / pieces as f32);
            let shape = Shape::Line { x1: from.0, y1: from.1, x2: to.0, y2: to.1, stroke };
            self.layer.add_hit(shape, &hit);
            (before, from) = (from, to);
        }
        let heading = turn_of(from.0 - before.0, from.1 - before.1);
        if lost {
            let red = Ink::faded(Token::Red, ink.alpha);
            cross(&mut self.layer, from, 4.0, red);
            self.taken.push(Area::around(from, 10.0, 10.0));
        } else if t >= 1.0 {
            arrow_head(&mut self.layer, from, heading, if strong { 9.0 } else { 7.5 }, ink);
        } else {
            let (x, y) = from;
            let fill = if reply { Ink::from(Token::Card) } else { ink };
            self.layer.add(Shape::Circle { x, y, r: 3.4, fill: Some(fill), stroke: Some(Stroke::new(ink, 1.8)) });
        }
    }

    /// When it was decided, and what ends somebody's patience.
    fn moments(&mut self) {
        let op = self.op;
        let by = self.x(Place::Node(op.coordinator));
        if let Some(decided) = op.decided.filter(|decided| *decided <= self.at) {
            let y = self.y(decided);
            let ok = op.outcome == Some(Outcome::Ok) || op.completed.is_none_or(|completed| completed < decided);
            let ink = if ok { Token::Green } else { Token::Red };
            self.line((by, y), (self.w - EDGE, y), Stroke::dashed(Ink::faded(ink, 170), 1.2, 3.0, 3.0));
            self.layer.add(Shape::Circle {
                x: by,
                y,
                r: 4.6,
                fill: Some(ink.into()),
                stroke: Some(Stroke::new(Token::Card, 1.4)),
            });
            let when = ms(decided.saturating_sub(op.invoked));
            let count = format!("{} of {}", op.got(), op.needed);
            let long = match op.outcome {
                Some(Outcome::Timeout) => format!("{count}: timed out at {when} ms"),
                Some(Outcome::Unavailable) => format!("refused at {when} ms"),
                _ => format!("{count}: done at {when} ms"),
            };
            let tries = [long, format!("{count} at {when} ms"), count];
            for text in tries {
                let w = wide(&text, self.small, 650) + 6.0;
                let down = self.small * 0.5 + 4.0;
                let right = self.w - EDGE - w / 2.0;
                let spots = [(right, y - down), (right, y + down), (by + 10.0 + w / 2.0, y + down)];
                if spots.into_iter().any(|spot| self.put(spot, 650, Token::Ink.into(), &text)) {
                    break;
                }
            }
        }
        let patience = op.invoked + self.world.timeout() + 2 * HOP + PATIENCE;
        let waits = op.received.map(|received| (by, received + self.world.timeout(), "timeout"));
        let gives_up = (self.x(Place::Client(op.client)), patience, "gives up");
        for (x, when, text) in waits.into_iter().chain([gives_up]) {
            let over =
                when > op.invoked + self.span || op.decided.is_some_and(|decided| decided < when && text == "timeout");
            let over = over || op.completed.is_some_and(|completed| completed < when);
            if over {
                continue;
            }
            let y = self.y(when);
            self.line((x - 9.0, y), (x + 9.0, y), Stroke::new(Token::Red, 1.8));
            let w = wide(text, self.small, 500) + 6.0;
            let spots = [(x, y + self.small * 0.5 + 5.0), (x + 12.0 + w / 2.0, y), (x - 12.0 - w / 2.0, y)];
            let _ = spots.into_iter().any(|spot| self.put(spot, 500, Token::Soft.into(), text));
        }
        if let Some(completed) = op.completed.filter(|completed| *completed <= self.at) {
            let (x, y) = (self.x(Place::Client(op.client)), self.y(completed));
            let ink = if op.outcome == Some(Outcome::Ok) { Token::Green } else { Token::Red };
            let stroke = Some(Stroke::new(Token::Card, 1.4));
            self.layer.add(Shape::Circle { x, y, r: 4.6, fill: Some(ink.into()), stroke });
        }
    }

    /// What a replica had, where it said so.
    fn answer(&mut self, message: &Message) {
        if message.kind != MessageKind::Response || message.versions.len() > 1 {
            return;
        }
        let version = message.versions.first();
        let shown = version.map(|version| (version.value, age(version, &self.op.floor)));
        let text = version.map_or("–".into(), |version| value_text(version.value));
        let w = wide(&text, self.small, 600) + 10.0;
        let (x, y) = (self.x(message.from), self.y(message.sent));
        // One's own answer leaves to the right.
        let side = if message.from == message.to { -1.0 } else { 1.0 };
        let area = Area::around((x + side * (7.0 + w / 2.0), y), w, self.small + 6.0);
        let inside = area.x + w <= self.w - 2.0 && area.y + area.h <= self.h - 2.0;
        if inside && !self.taken.iter().any(|other| area.touches(other, 1.0)) {
            self.taken.push(area);
            let Area { x, y, w, h } = area;
            self.layer.add(Shape::Rect { x, y, w, h, r: 5.0, fill: Some(Token::Card.into()), stroke: None });
            chip(&mut self.layer, x + w, y, self.small, shown, 10.0, Weight::Plain);
        }
    }

    fn label(&mut self, index: usize, message: &Message) {
        let (reach, lost) = self.reach(message);
        let mut text = words_of(Some(self.op), message, self.op.key);
        if lost {
            text += ", lost";
        } else if self.late(message) && reach >= 1.0 {
            text += ", too late";
        }
        let weight = self.weight(index, message);
        let heavy = if weight == Weight::Strong && self.light.subject.is_some() { 650 } else { 500 };
        let ink = if weight == Weight::Faint || self.late(message) { Token::Soft } else { Token::Ink };
        let own = message.from == message.to;
        let w = wide(&text, self.small, heavy);
        for t in [0.5, 0.38, 0.62, 0.28, 0.72] {
            // Where it has been, so that the words do not move with it.
            if t > reach {
                continue;
            }
            let (x, y) = self.on(message, t);
            let spot = if own { (x + w / 2.0 + 6.0, y) } else { (x, y - self.small * 0.5 - 2.0) };
            if self.put(spot, heavy, ink.into(), &text) {
                return;
            }
        }
    }

    /// What everybody holds now.
    fn now(&mut self) {
        let floor = self.world.watch.floor(self.op.key);
        let y = self.bottom + 10.0;
        let at = (self.left - 8.0, y + self.small * 0.5 + 3.0 + self.small * 0.36);
        write(&mut self.layer, at, self.small, 400, Anchor::End, Token::Soft.into(), "now".into());
        for (place, x) in self.who.clone() {
            let Place::Node(id) = place else { continue };
            let Some(node) = self.world.nodes.get(usize::from(id)) else { continue };
            let Some(held) = node.store.get(usize::from(self.op.key)) else { continue };
            if !self.world.replicas(self.op.key).contains(&id) && held.is_empty() {
                continue;
            }
            let room = self.column - 3.0;
            // Placed from its right end: as wide as it turns out.
            let age = |version: &Version| age(version, &floor);
            let mut trial = Layer::default();
            let w = -chips(&mut trial, (0.0, y), room, self.small, held, &age, Weight::Plain);
            if w <= room + 3.0 {
                chips(&mut self.layer, (x + w / 2.0, y), room, self.small, held, &age, Weight::Plain);
            }
        }
    }
}
