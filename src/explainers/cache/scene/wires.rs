//! Messages, and the ways they go. A hit turns back at the cache; what is dashed goes on to the database. They take a
//! few milliseconds, so they leave a trace that fades.

use super::super::light::{client_of, hue};
use super::super::message as message_subject;
use super::super::types::*;
use super::Picture;
use crate::draw::motion::{MessageKind as Look, message as draw_message};
use crate::draw::pen::{Area, Weight, arrow_head, thin, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Seg, Shape, Stroke, Token};
use crate::draw::way::{Spot, Way};
use std::rc::Rc;

/// Of more than so many at once, those that have arrived are left out; of more, ways and words.
const TRACES: usize = 40;
const LINES: usize = 120;
const LABELS: usize = 14;
/// Ways between clients and nodes that are seen while nothing goes there, at most.
const ROADS: usize = 9;

/// Messages of one kind that go the same way at the same time.
struct Flock<'a> {
    message: &'a Message,
    n: usize,
    weight: Weight,
}

fn shifted(spots: Vec<Spot>, answer: bool) -> Way {
    let mut spots = spots;
    if answer {
        spots.reverse();
    }
    Way::new(spots)
}

impl Picture<'_> {
    /// The way between two places; answers come back beside where questions went.
    fn way(&self, from: Place, to: Place, answer: bool) -> Option<Way> {
        // As if it were asked.
        let (a, b) = if answer { (to, from) } else { (from, to) };
        let aside = if answer { 3.5 } else { -3.5 };
        match (a, b) {
            (Place::Client(id), Place::Node(node)) => self.to_cache(id, node, aside).map(|way| shifted(way, answer)),
            (Place::Client(id), Place::Db) => self.round(id, aside).map(|way| shifted(way, answer)),
            (Place::Node(id), Place::Db) => self.to_db(id, aside).map(|way| shifted(way, answer)),
            // What the database or a cache says unasked.
            (Place::Db, Place::Node(id)) => self.to_db(id, -aside).map(|way| shifted(way, !answer)),
            (Place::Node(node), Place::Client(id)) => self.to_cache(id, node, -aside).map(|way| shifted(way, !answer)),
            (Place::Db, Place::Client(id)) => self.round(id, -aside).map(|way| shifted(way, !answer)),
            _ => None,
        }
    }

    fn to_cache(&self, id: ClientId, node: NodeId, aside: f32) -> Option<Vec<Spot>> {
        let stage = self.stage;
        let (from, to) = (stage.clients.get(usize::from(id))?, stage.nodes.get(usize::from(node))?);
        let n = stage.clients.len() as f32;
        let share = (f32::from(id) + 1.0) / (n + 1.0);
        if stage.wide {
            let y = from.y + from.h * 0.42 + aside;
            let port = to.y + to.h * share + aside;
            return Some(vec![(from.x + from.w + 2.0, y), (to.x - 2.0, port)]);
        }
        let x = from.x + from.w / 2.0 + aside;
        if stage.nodes.len() == 1 {
            let port = x.clamp(to.x + 8.0, to.x + to.w - 8.0);
            return Some(vec![(x, from.y + from.h + 2.0), (port, to.y - 2.0)]);
        }
        let (lane, left) = (stage.across.0 + aside, stage.left + aside * 0.6);
        let port = to.y + to.h / 2.0 + aside;
        Some(vec![(x, from.y + from.h + 2.0), (x, lane), (left, lane), (left, port), (to.x - 2.0, port)])
    }

    fn to_db(&self, node: NodeId, aside: f32) -> Option<Vec<Spot>> {
        let stage = self.stage;
        let (from, to) = (stage.nodes.get(usize::from(node))?, &stage.db.area);
        let right = from.x + from.w;
        if stage.wide {
            let y = from.y + from.h / 2.0 + aside;
            return Some(vec![(right + 2.0, y), (to.x - 2.0, y)]);
        }
        if stage.nodes.len() == 1 {
            let x = from.x + from.w / 2.0 + aside;
            return Some(vec![(x, from.y + from.h + 2.0), (x, to.y - 1.0)]);
        }
        let (lane, y, port) = (stage.round + aside * 0.6, from.y + from.h / 2.0 + aside, to.y + to.h / 2.0 - aside);
        Some(vec![(right + 2.0, y), (lane, y), (lane, port), (to.x + to.w + 2.0, port)])
    }

    /// From a client straight to the database: round the cache, if there is one.
    fn round(&self, id: ClientId, aside: f32) -> Option<Vec<Spot>> {
        let stage = self.stage;
        let (from, to) = (stage.clients.get(usize::from(id))?, &stage.db.area);
        let (right, bottom) = (from.x + from.w, from.y + from.h);
        let cached = !stage.nodes.is_empty();
        if stage.wide {
            if !cached {
                let y = from.y + from.h / 2.0 + aside;
                return Some(vec![(right + 2.0, y), (to.x - 2.0, y)]);
            }
            // Who is further up goes further out, so that no two cross.
            let later = stage.clients.len().saturating_sub(usize::from(id) + 1) as f32;
            let y = from.y + from.h * 0.72 - aside * 0.7;
            let lane = right + 11.0 + 5.0 * later - aside * 0.5;
            let round = stage.round + aside;
            return Some(vec![(right + 2.0, y), (lane, y), (lane, round), (to.x - 2.0, round)]);
        }
        let x = from.x + from.w / 2.0 + aside;
        if !cached {
            return Some(vec![(x, bottom + 2.0), (x.clamp(to.x + 8.0, to.x + to.w - 8.0), to.y)]);
        }
        let x = from.x + from.w * 0.78 + aside;
        let (lane, across, port) = (stage.round + aside * 0.6, stage.across.1 - aside, to.y + to.h * 0.62 - aside);
        Some(vec![(x, bottom + 2.0), (x, across), (lane, across), (lane, port), (to.x + to.w + 2.0, port)])
    }

    /// All ways there are, faintly.
    pub fn roads(&self, layer: &mut Layer) {
        let world = self.world;
        let clients = 0..world.clients.len() as ClientId;
        let nodes = 0..world.nodes.len() as NodeId;
        let params = world.params();
        let through = params.loads()
            || matches!(params.writing(), super::super::params::WRITE_THROUGH | super::super::params::BACK);
        let round = clients.clone().filter_map(|id| self.round(id, 0.0));
        let cache = clients.flat_map(|id| nodes.clone().filter_map(move |node| self.to_cache(id, node, 0.0)));
        let db = nodes.clone().filter(|_| through).filter_map(|id| self.to_db(id, 0.0));
        // Very many are a tangle, and say nothing.
        let tangle = world.clients.len() * world.nodes.len() > ROADS;
        let cache = cache.filter(|_| !tangle);
        let stroke = Stroke::new(Token::Line, 1.2);
        for spots in round.chain(cache).chain(db) {
            layer.add(Shape::Path { segs: Way::new(spots).segs().into(), fill: None, stroke: Some(stroke) });
        }
    }

    fn flocks(&self) -> Vec<Flock<'_>> {
        let seen = |message: &&Rc<Message>| message.sent <= self.at && self.lingers(message.arrives);
        let mut all: Vec<Flock> = Vec::new();
        for message in self.world.messages.iter().filter(seen) {
            let same = |known: &&mut Flock| {
                let other = known.message;
                (other.sent, other.kind, other.from, other.to, other.key)
                    == (message.sent, message.kind, message.from, message.to, message.key)
            };
            match all.iter_mut().rev().take(16).find(same) {
                Some(flock) => flock.n += 1,
                None => all.push(Flock { message, n: 1, weight: self.light.of_message(self.world, message) }),
            }
        }
        if all.len() > TRACES {
            all.retain(|flock| flock.message.flying(self.at));
        }
        all
    }

    /// What waits at the database is a dashed line to there.
    fn outstanding(&self, layer: &mut Layer) {
        let db = &self.world.db;
        let mut known: Vec<Place> = Vec::new();
        for job in db.serving.iter().chain(db.waiting.iter().take(60)) {
            let message = &job.message;
            let weight = self.light.of_message(self.world, message);
            if weight == Weight::Faint || known.contains(&message.from) {
                continue;
            }
            known.push(message.from);
            let Some(way) = self.way(message.from, Place::Db, false) else { continue };
            let hue = client_of(self.world, message).map_or(Token::Ink, hue);
            let stroke = Some(Stroke::dashed(Ink::faded(hue, 120), 1.4, 5.0, 4.0));
            layer.add(Shape::Path { segs: way.segs().into(), fill: None, stroke });
        }
    }

    pub fn wires(&self, layer: &mut Layer) {
        self.outstanding(layer);
        let flocks = self.flocks();
        let stage = self.stage;
        let mut taken: Vec<Area> = stage.clients.iter().chain(&stage.nodes).copied().collect();
        taken.push(stage.db.area);
        taken.extend(stage.legend.iter().map(|(_, x, y)| Area { x: *x, y: y - 9.0, w: stage.w, h: 18.0 }));
        for faint in [true, false] {
            for flock in flocks.iter().filter(|flock| (flock.weight == Weight::Faint) == faint) {
                self.wire(layer, flock, flocks.len() <= LINES);
            }
        }
        let mut left = LABELS;
        for flock in flocks.iter().rev().filter(|flock| flock.weight != Weight::Faint) {
            if left > 0 && self.label(layer, flock, &mut taken) {
                left -= 1;
            }
        }
    }

    fn ink(&self, message: &Message) -> Token {
        match message.fails() {
            true => Token::Red,
            false => client_of(self.world, message).map_or(Token::Ink, hue),
        }
    }

    /// It carries something that is not the newest committed any more.
    fn old(&self, message: &Message) -> bool {
        message.carries() && message.version < self.world.row(message.key).version
    }

    fn wire(&self, layer: &mut Layer, flock: &Flock, lines: bool) {
        let message = flock.message;
        let answer = message.answers();
        let Some(way) = self.way(message.from, message.to, answer) else { return };
        let fade = self.fades(message.arrives);
        let share = fade * if flock.weight == Weight::Faint { 0.22 } else { 1.0 };
        let token = self.ink(message);
        let ink = thin(token.into(), share);
        let t = message.way(self.at);
        let (spot, heading) = way.at(t);
        let strong = flock.weight == Weight::Strong;
        if lines {
            let width = if strong { 2.4 } else { 1.7 };
            // What a miss costs is dashed.
            let on = [message.from, message.to].contains(&Place::Db)
                || matches!(message.kind, MessageKind::Miss | MessageKind::Wait);
            let stroke = if on { Stroke::dashed(ink, width, 5.0, 4.0) } else { Stroke::new(ink, width) };
            let hit = self.message_hit(message);
            // Leg by leg: what is behind it stays as it is while it goes on, and a leg's place is a small one.
            let mut begin = spot;
            for seg in way.until(t).segs() {
                let end = match seg {
                    Seg::Move(x, y) | Seg::Line(x, y) | Seg::Cubic(.., x, y) => (x, y),
                    _ => continue,
                };
                if !matches!(seg, Seg::Move(..)) {
                    let segs = Rc::new([Seg::Move(begin.0, begin.1), seg]);
                    layer.add_hit(Shape::Path { segs, fill: None, stroke: Some(stroke) }, &hit);
                }
                begin = end;
            }
        }
        let look = match (message.fails(), answer) {
            (true, _) => Look::Failure,
            (_, true) => Look::Reply,
            _ => Look::Request,
        };
        if t < 1.0 || message.fails() {
            draw_message(layer, look, spot, heading, ink, strong || flock.n > 1);
        } else {
            arrow_head(layer, spot, heading, 7.0, ink);
        }
    }

    fn message_hit(&self, message: &Message) -> Rc<Hit> {
        let label = self.world.message_name(message);
        Rc::new(Hit { subject: Some(message_subject(message.id)), label, act: None })
    }

    /// What a message says: long, and short.
    fn words(&self, flock: &Flock) -> (String, String) {
        use MessageKind as Kind;
        let message = flock.message;
        let key = format!("k{}", message.key + 1);
        let value = || [&key, "\u{a0}", &self.world.version_name(message.key, message.version)].concat();
        let text = match message.kind {
            Kind::Get | Kind::Query => key.clone(),
            Kind::Value | Kind::Row => value(),
            Kind::Miss => [&key, " miss"].concat(),
            Kind::Wait => [&key, " wait"].concat(),
            Kind::Set => ["set ", &value()].concat(),
            Kind::Delete => ["delete ", &key].concat(),
            Kind::Invalidate => ["drop ", &key].concat(),
            Kind::Put | Kind::Write => ["write ", &key].concat(),
            Kind::Accepted | Kind::Committed => value(),
            Kind::Stored | Kind::Deleted => key.clone(),
            Kind::Flush => self.world.message_words(message),
            Kind::Flushed => "flushed".into(),
            Kind::Refused => "refused".into(),
            Kind::Down => "down".into(),
            Kind::Overloaded => "overloaded".into(),
        };
        let times = if flock.n > 1 { format!(" ×{}", flock.n) } else { String::new() };
        let old = if self.old(message) { " stale" } else { "" };
        ([&text, old, &times].concat(), [&text, &times[..]].concat())
    }

    fn label(&self, layer: &mut Layer, flock: &Flock, taken: &mut Vec<Area>) -> bool {
        let (stage, message) = (self.stage, flock.message);
        let answer = message.answers();
        let Some(way) = self.way(message.from, message.to, answer) else { return false };
        let size = stage.small;
        let heavy = if flock.weight == Weight::Strong { 650 } else { 500 };
        let (long, short) = self.words(flock);
        let old = self.old(message);
        for text in [long, short] {
            let (w, h) = (wide(&text, size, heavy) + 4.0, size + 2.0);
            for t in [0.5, 0.62, 0.36, 0.78, 0.22] {
                let ((x, y), heading) = way.at(t);
                let upright = (heading * 2.0).fract() < 0.12 || (heading * 2.0).fract() > 0.88;
                // Beside its way: above on the way there, below on the way back; or to a side.
                let side = if answer { 1.0 } else { -1.0 };
                let tries = match upright {
                    true => [(side * (w / 2.0 + 5.0), 0.0), (-side * (w / 2.0 + 5.0), 0.0)],
                    false => [(0.0, side * (h / 2.0 + 3.0)), (0.0, -side * (h / 2.0 + 10.0))],
                };
                for (dx, dy) in tries {
                    let area = Area::around((x + dx, y + dy), w, h);
                    let inside =
                        area.x >= 2.0 && area.y >= 2.0 && area.x + w <= stage.w - 2.0 && area.y + h <= stage.h - 2.0;
                    if !inside || taken.iter().any(|other| area.touches(other, 1.0)) {
                        continue;
                    }
                    taken.push(area);
                    let share = self.fades(message.arrives);
                    let fill = Some(Ink::faded(Token::Card, (200.0 * share) as u8));
                    layer.add(Shape::Rect { x: area.x, y: area.y, w, h, r: 3.0, fill, stroke: None });
                    let ink = thin(if message.fails() || old { Token::Red } else { Token::Ink }.into(), share);
                    let at = (area.x + w / 2.0, area.y + h / 2.0 + size * 0.36);
                    write(layer, at, size, heavy, Anchor::Middle, ink, text);
                    return true;
                }
            }
        }
        false
    }
}
