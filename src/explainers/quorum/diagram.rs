//! The sequence diagram of one operation: who sent what to whom, time downwards and to scale.

use super::scene::{Board, look, message, message_of, op_of, rect, shown_key, word};
use super::types::*;
use super::world::World;
use super::{client as client_subject, node as node_subject};
use crate::draw::motion::{self, MessageKind as Look, lerp};
use crate::draw::scene::{Anchor, Hit, Ink, Scene, Shape, Stroke, Subject, Token, turn_of};
use crate::explainers::View;
use crate::sim::{MS, Micros, decimal::fixed};
use std::rc::Rc;

const FADED: u8 = 70;
/// No diagram covers less time than this.
const SHORTEST: Micros = 4 * MS;
const TOP: f32 = 46.0;
const BOTTOM: f32 = 14.0;

/// The operation that is drawn: the one that is followed, else the one pointed at, else the latest of a node's, a
/// client's or a key's, else the reader's latest.
fn chosen<'a>(world: &'a World, view: &View) -> Option<&'a Op> {
    let of = |subject: Subject| -> Option<&Op> {
        let latest = |fits: &dyn Fn(&Op) -> bool| world.ops.iter().rev().map(|op| &**op).find(|op| fits(op));
        match subject.kind {
            "client" => latest(&|op| client_subject(op.client) == subject),
            "node" => {
                latest(&|op| node_subject(op.coordinator) == subject || has(op.asked, subject.id.wrapping_sub(1) as u8))
            }
            "key" => latest(&|op| op.key == shown_key(world, Some(subject))),
            _ => op_of(subject).and_then(|id| world.op(id)).map(|op| &**op),
        }
    };
    let followed = view.follow.and_then(of);
    followed.or_else(|| view.focus.filter(|focus| op_of(*focus).is_some()).and_then(of)).or_else(|| {
        let own = world.ops.iter().rev().find(|op| op.own);
        own.or(world.ops.back()).map(|op| &**op)
    })
}

fn nothing_yet(view: &View, height: f32) -> Scene {
    let width = view.width.max(240.0);
    let text = view.text.clamp(12.0, 40.0);
    let mut board = Board::default();
    for (i, line) in ["Write or read something:", "its messages appear here."].into_iter().enumerate() {
        let at = (width / 2.0, height * 0.45 + i as f32 * text * 1.5);
        board.text(at, text, 400, Anchor::Middle, Token::Soft, line);
    }
    Scene { width, height, base: Rc::default(), live: board.layer, picks: None }
}

struct Diagram<'a> {
    op: &'a Op,
    at: Micros,
    width: f32,
    height: f32,
    text: f32,
    /// Left to right.
    who: Vec<Place>,
    until: Micros,
}

impl Diagram<'_> {
    fn x(&self, place: Place) -> f32 {
        let i = self.who.iter().position(|known| *known == place).unwrap_or(0);
        let (left, right) = (38.0 + self.text, self.width - self.text * 1.6);
        match self.who.len() {
            0 | 1 => left,
            n => lerp(left, right, i as f32 / (n - 1) as f32),
        }
    }

    fn y(&self, at: Micros) -> f32 {
        let share = at.saturating_sub(self.op.invoked) as f64 / self.until.max(1) as f64;
        lerp(TOP, self.height - BOTTOM, share.clamp(0.0, 1.0) as f32)
    }
}

pub fn diagram(world: &World, at: Micros, view: &View) -> Option<Scene> {
    let height = super::stage::Stage::new(world, view).height.min(view.height.max(300.0));
    let Some(op) = chosen(world, view) else { return Some(nothing_yet(view, height)) };
    let mut who = vec![Place::Client(op.client)];
    let add = |place: Place, who: &mut Vec<Place>| {
        if !who.contains(&place) {
            who.push(place);
        }
    };
    op.tried.iter().for_each(|id| add(Place::Node(*id), &mut who));
    add(Place::Node(op.coordinator), &mut who);
    world.replicas(op.key).iter().for_each(|id| add(Place::Node(*id), &mut who));
    op.messages.iter().for_each(|it| {
        add(it.from, &mut who);
        add(it.to, &mut who);
    });
    // The scale grows in steps, so that it seldom changes under the reader's eyes.
    let last = op
        .messages
        .iter()
        .map(|it| it.lost.unwrap_or(it.arrives))
        .chain(op.completed)
        .chain([at.min(op.invoked + 100 * MS)]);
    let needed = last.max().unwrap_or(0).saturating_sub(op.invoked).max(SHORTEST);
    let mut until = SHORTEST;
    while until < needed {
        until = until * 3 / 2;
    }
    let text = view.text.clamp(12.0, 40.0);
    let diagram = Diagram { op, at, width: view.width.max(240.0), height, text, who, until };
    Some(diagram.draw(view.lit()))
}

impl Diagram<'_> {
    fn draw(&self, lit: Option<Subject>) -> Scene {
        let mut board = Board::default();
        self.frame(&mut board);
        let one = lit.and_then(message_of).filter(|(op, _)| *op == self.op.id).map(|(_, place)| place);
        let of_node = lit.filter(|lit| lit.kind == "node");
        for (place, it) in self.op.messages.iter().enumerate().filter(|(_, it)| it.sent <= self.at) {
            let ends = [it.from, it.to];
            let bright = match (one, of_node) {
                (Some(one), _) => one == place,
                (None, Some(node)) => {
                    ends.iter().any(|end| matches!(end, Place::Node(id) if node_subject(*id) == node))
                }
                _ => true,
            };
            self.arrow(&mut board, it, place, bright);
        }
        self.marks(&mut board);
        Scene { width: self.width, height: self.height, base: Rc::default(), live: board.layer, picks: None }
    }

    /// Who is who, their lifelines, and the time.
    fn frame(&self, board: &mut Board) {
        let (bottom, text) = (self.height - BOTTOM, self.text);
        let kind = if self.op.kind == OpKind::Write { "write" } else { "read" };
        let title = format!("Operation {}: {kind} {}, in ms", self.op.id + 1, super::story::key_name(self.op.key));
        board.text((8.0, text + 2.0), text, 600, Anchor::Start, Token::Ink, &title);
        let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];
        let step = step.into_iter().find(|ms| self.until / (ms * MS) <= 6).unwrap_or(20_000);
        for tick in 0..=self.until / (step * MS) {
            let y = self.y(self.op.invoked + tick * step * MS);
            board.layer.add(Shape::Line {
                x1: 34.0,
                y1: y,
                x2: self.width - 4.0,
                y2: y,
                stroke: Stroke::new(Ink::faded(Token::Line, 130), 1.0),
            });
            let label = (tick * step).to_string();
            board.text((31.0, y + text * 0.36), text.max(12.0), 400, Anchor::End, Token::Soft, &label);
        }
        for place in &self.who {
            let x = self.x(*place);
            let line = Stroke::new(Token::Line, 1.6);
            board.layer.add(Shape::Line { x1: x, y1: TOP, x2: x, y2: bottom, stroke: line });
            let (name, subject) = match place {
                Place::Client(id) => (format!("c{}", id + 1), client_subject(*id)),
                Place::Node(id) => (letter(*id).to_string(), node_subject(*id)),
            };
            let weight = if *place == Place::Node(self.op.coordinator) { 700 } else { 400 };
            let hit = Rc::new(Hit { subject: Some(subject), label: name.clone(), act: None });
            let area = rect((x, TOP - 12.0), (26.0, 24.0), 5.0, Some(Ink::faded(Token::Card, 0)), None);
            board.layer.add_hit(area, &hit);
            board.text((x, TOP - 8.0), text, weight, Anchor::Middle, Token::Ink, &name);
        }
    }

    fn arrow(&self, board: &mut Board, it: &Message, place: usize, bright: bool) {
        let alpha = if bright { 255 } else { FADED };
        let (kind, token) = look(it);
        let ink = Ink::faded(token, alpha);
        let to = it.lost.unwrap_or(it.arrives).min(self.at.max(it.sent));
        let way = it.way(self.at);
        let (x1, x2) = (self.x(it.from), self.x(it.to));
        // What a node sends to itself stands off its lifeline.
        let own = it.from == it.to;
        let here = match own {
            true => (x1 + 9.0, self.y(to)),
            false => (lerp(x1, x2, way), self.y(to)),
        };
        let start = (if own { x1 + 9.0 } else { x1 }, self.y(it.sent));
        let label = word(it, Some(self.op));
        let hit = Rc::new(Hit { subject: Some(message(self.op.id, place)), label, act: None });
        let width = if bright { 1.8 } else { 1.2 };
        let late = self.op.decided.is_some_and(|done| it.arrives > done)
            && matches!(kind, Look::Reply)
            && it.to != Place::Client(self.op.client);
        let stroke = if late { Stroke::dashed(ink, width, 4.0, 4.0) } else { Stroke::new(ink, width) };
        board.layer.add_hit(Shape::Line { x1: start.0, y1: start.1, x2: here.0, y2: here.1, stroke }, &hit);
        let heading = turn_of(here.0 - start.0, here.1 - start.1);
        if it.lost.is_some_and(|lost| lost <= self.at) {
            motion::message(&mut board.layer, Look::Failure, here, heading, Ink::faded(Token::Red, alpha), false);
        } else {
            motion::message(&mut board.layer, kind, here, heading, ink, false);
        }
        let said = if it.lost.is_some_and(|lost| lost <= self.at) {
            format!("{}: lost", word(it, Some(self.op)))
        } else {
            word(it, Some(self.op))
        };
        let size = self.text.max(12.0);
        let frame = (self.width, self.height);
        let ink = Ink::faded(Token::Ink, alpha);
        // Near its end, where the lines are apart; else at its middle, else nowhere.
        for share in [0.72, 0.5, 0.3] {
            let at = (lerp(start.0, here.0, share), lerp(start.1, here.1, share) - 5.0);
            let at = if own { (here.0 + 8.0, lerp(start.1, here.1, share) + 4.0) } else { at };
            let anchor = if own { Anchor::Start } else { Anchor::Middle };
            if board.maybe(at, size, anchor, ink, &said, frame) {
                break;
            }
        }
    }

    /// When it was decided, and when the client knew.
    fn marks(&self, board: &mut Board) {
        let (op, size) = (self.op, self.text.max(12.0));
        let frame = (self.width, self.height);
        if let Some(decided) = op.decided.filter(|decided| *decided <= self.at) {
            let (x, y) = (self.x(Place::Node(op.coordinator)), self.y(decided));
            let failed = op.outcome.is_some_and(|outcome| outcome != Outcome::Ok);
            let token = if failed { Token::Red } else { Token::Green };
            let dot =
                Shape::Circle { x, y, r: 5.0, fill: Some(token.into()), stroke: Some(Stroke::new(Token::Card, 1.5)) };
            board.layer.add(dot);
            let said = format!("{} of {}", op.got().min(u32::from(op.needed)), op.needed);
            let beside = [
                ((x + 9.0, y + 4.0), Anchor::Start),
                ((x - 9.0, y + 4.0), Anchor::End),
                ((x + 9.0, y + 17.0), Anchor::Start),
            ];
            let _ = beside.iter().any(|(at, anchor)| board.maybe(*at, size, *anchor, Token::Ink.into(), &said, frame));
        }
        if let Some(done) = op.completed.filter(|done| *done <= self.at) {
            let (x, y) = (self.x(Place::Client(op.client)), self.y(done));
            let failed = op.outcome.is_some_and(|outcome| outcome != Outcome::Ok);
            let token = if failed || op.stale { Token::Red } else { Token::Ink };
            board.layer.add(Shape::Circle {
                x,
                y,
                r: 5.0,
                fill: Some(token.into()),
                stroke: Some(Stroke::new(Token::Card, 1.5)),
            });
            let took = fixed((done - op.invoked) as f64 / MS as f64, 1);
            let said = match op.outcome {
                Some(Outcome::Timeout) => format!("timed out, {took} ms"),
                Some(Outcome::Unavailable) => "refused".to_string(),
                Some(Outcome::Failed) => "failed".to_string(),
                _ if op.stale => format!("stale, {took} ms"),
                _ => format!("{took} ms"),
            };
            let places = [(x + 8.0, y + size + 1.0), (x + 8.0, y - 6.0), (x + 8.0, y + size * 2.0 + 4.0)];
            let _ = places.iter().any(|at| board.maybe(*at, size, Anchor::Start, Token::Ink.into(), &said, frame));
        }
    }
}
