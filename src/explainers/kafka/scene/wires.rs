//! Messages: between consumers and the coordinator along the right edge, from producers to leaders, and records on
//! their way to who reads them. They take a few milliseconds, so they leave a trace that fades.

use super::super::light::{answers, api_name, consumer_of, hue, message as message_subject, name};
use super::super::types::*;
use super::stage::Level;
use super::{LINGER, Picture, TICK};
use crate::draw::motion::{MessageKind as Look, between, message as draw_message};
use crate::draw::pen::{Area, Weight, arrow_head, cross, cut, thin, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Seg, Shape, Stroke, Token};
use crate::draw::way::{Spot, Way};
use crate::sim::Micros;
use std::rc::Rc;

/// What a consumer and the coordinator said to each other.
pub struct Exchange {
    pub who: ConsumerId,
    pub look: Look,
    pub bad: bool,
    pub long: String,
    pub short: String,
    /// When it has faded.
    pub until: Micros,
}

/// When a message stopped: it arrived or was lost.
fn over(message: &Message) -> Micros {
    message.lost.unwrap_or(message.arrives)
}

/// How far it has come, 0 to 1; what was lost stays where it was.
fn way_of(message: &Message, at: Micros) -> f32 {
    between(message.lost.map_or(at, |lost| lost.min(at)), message.sent, message.arrives)
}

fn look(message: &Message, at: Micros) -> Look {
    let lost = message.lost.is_some_and(|lost| lost <= at);
    match (lost || !message.error.is_empty(), answers(message.kind)) {
        (true, _) => Look::Failure,
        (_, true) => Look::Reply,
        _ => Look::Request,
    }
}

impl Picture<'_> {
    /// What has to be said of each message between a member and the coordinator: nothing of what goes on all the time.
    fn notable(&self, message: &Message) -> bool {
        use MessageKind as Kind;
        if !message.of_group() {
            return false;
        }
        if !message.error.is_empty() || message.lost.is_some() {
            return true;
        }
        match message.kind {
            Kind::Heartbeat | Kind::HeartbeatAnswer | Kind::OffsetCommit | Kind::CommitAnswer => false,
            Kind::OffsetFetch | Kind::Offsets => false,
            // To join and to leave.
            Kind::GroupHeartbeat => message.epoch.is_some_and(|epoch| epoch <= 0),
            // The answer brings another epoch.
            Kind::GroupHeartbeatAnswer => {
                let asked = |other: &&Rc<Message>| {
                    other.kind == Kind::GroupHeartbeat && other.from == message.to && other.sent < message.sent
                };
                let asked = self.world.messages.iter().rev().find(asked);
                asked.is_some_and(|asked| asked.epoch != message.epoch)
            }
            _ => true,
        }
    }

    /// By consumer: the latest exchange with the coordinator that is still of interest.
    pub fn exchanges(&self) -> Vec<Option<Exchange>> {
        let mut all: Vec<Option<Exchange>> = self.world.consumers.iter().map(|_| None).collect();
        for message in self.world.messages.iter().rev() {
            let Some(who) = consumer_of(message) else { continue };
            let Some(slot) = all.get_mut(usize::from(who)).filter(|slot| slot.is_none()) else { continue };
            let until = over(message) + LINGER;
            if message.sent > self.at || self.at >= until || !self.notable(message) {
                continue;
            }
            let look = look(message, self.at);
            let lost = message.lost.is_some_and(|lost| lost <= self.at);
            let api = match api_name(message.kind) {
                "ConsumerGroupHeartbeat" => "Heartbeat",
                api => api,
            };
            let epoch = message.epoch.filter(|_| message.kind == MessageKind::GroupHeartbeatAnswer);
            let (long, short) = match (message.error, lost, answers(message.kind), epoch) {
                ("", true, ..) => (format!("{api} gets no answer"), format!("{api} lost")),
                ("", _, _, Some(epoch)) => (format!("epoch {epoch}"), format!("epoch {epoch}")),
                ("", _, true, _) => (format!("{api} answered"), format!("{api} ✓")),
                ("", ..) => (api.to_string(), api.to_string()),
                (error, ..) => (format!("{api}: {error}"), error.to_string()),
            };
            let bad = lost || !message.error.is_empty();
            *slot = Some(Exchange { who, look, bad, long, short, until });
        }
        all
    }

    pub fn wires(&self, layer: &mut Layer) {
        for message in &self.world.messages {
            let age = self.at.saturating_sub(over(message));
            if message.sent > self.at || age >= LINGER {
                continue;
            }
            if message.of_group() {
                self.group_wire(layer, message);
            } else if message.part.is_some() {
                self.record_wire(layer, message);
            }
        }
    }

    /// What producers were refused, by row: the latest, and when it has faded.
    pub fn refusals(&self) -> Vec<(usize, &'static str, Micros)> {
        let mut all: Vec<(usize, &'static str, Micros)> = Vec::new();
        for message in self.world.messages.iter().rev() {
            let lost = message.lost.is_some_and(|lost| lost <= self.at);
            let until = over(message) + LINGER;
            let produced = matches!(message.kind, MessageKind::Produce | MessageKind::ProduceAck);
            let bad = lost || !message.error.is_empty() && message.sent <= self.at;
            if !produced || !bad || self.at >= until {
                continue;
            }
            let row = message.part.and_then(|part| self.rows.iter().position(|known| *known == part));
            if let Some(row) = row.filter(|row| all.iter().all(|known| known.0 != *row)) {
                all.push((row, if message.error.is_empty() { "no answer" } else { message.error }, until));
            }
        }
        all
    }

    /// How wide the sign for a refusal is.
    pub fn refusal_width(&self, area: &Area, text: &str) -> f32 {
        (wide(text, self.stage.small, 600) + 22.0).min(area.w)
    }

    pub fn refusal(&self, layer: &mut Layer, area: &Area, text: &str, until: Micros) {
        let size = self.stage.small;
        let share = 1.0 - between(self.at, until.saturating_sub(LINGER), until);
        let (h, x, y) = (size + 6.0, area.x + 2.0, area.y + area.h / 2.0);
        let (w, fill) = (self.refusal_width(area, text), Some(Ink::faded(Token::Card, 225)));
        layer.add(Shape::Rect { x, y: y - h / 2.0, w, h, r: 4.0, fill, stroke: None });
        let ink = thin(Token::Red.into(), share);
        cross(layer, (x + 9.0, y), 3.6, ink);
        let text = cut(text.into(), w - 20.0, size);
        write(layer, (x + 17.0, y + size * 0.36), size, 600, Anchor::Start, ink, text);
    }

    /// Down the right edge to the coordinator, and back. Who is further up goes further out, so that no two cross.
    fn group_way(&self, id: ConsumerId, answer: bool) -> Option<Way> {
        let stage = self.stage;
        let area = stage.consumers.get(usize::from(id))?;
        if !stage.linked {
            return None;
        }
        let n = stage.consumers.len();
        let right = area.x + area.w;
        let lane = right
            + 9.0
            + stage.lane * (n.saturating_sub(usize::from(id) + 1)) as f32
            + if answer { stage.lane * 0.4 } else { 0.0 };
        let y = area.y + area.h / 2.0 + if answer { -4.0 } else { 4.0 };
        let mut spots = vec![(right + 2.0, y), (lane, y), (lane, stage.strip.y - 2.0)];
        if answer {
            spots.reverse();
        }
        Some(Way::new(spots))
    }

    fn group_wire(&self, layer: &mut Layer, message: &Message) {
        let Some(id) = consumer_of(message) else { return };
        let notable = self.notable(message);
        let end = over(message);
        let lingers = if notable { LINGER } else { TICK };
        let fade = 1.0 - between(self.at, end, end + lingers);
        if fade <= 0.0 {
            return;
        }
        let weight = self.light.of_message(message);
        let share = fade * if weight == Weight::Faint { 0.25 } else { 1.0 };
        let lost = message.lost.is_some_and(|lost| lost <= self.at);
        let bad = lost || !message.error.is_empty();
        let hue = if bad { Token::Red } else { hue(id) };
        let answer = answers(message.kind);
        let Some(way) = self.group_way(id, answer) else {
            // Where there is no room for ways: a sign at the consumer.
            if let Some(area) = self.stage.consumers.get(usize::from(id)).filter(|_| notable && !self.stage.boxes) {
                let spot = (area.x + area.w - 6.0, area.y + area.h / 2.0);
                draw_message(layer, look(message, self.at), spot, 0.5, thin(hue.into(), share), false);
            }
            return;
        };
        let t = way_of(message, self.at);
        if !notable {
            // Just that it is alive.
            let stroke = Stroke::new(thin(Ink::faded(hue, 90), share), 1.0);
            layer.add(Shape::Path { segs: way.segs().into(), fill: None, stroke: Some(stroke) });
            return;
        }
        let ink = thin(hue.into(), share);
        let width = if weight == Weight::Strong { 2.4 } else { 1.6 };
        let stroke = if answer { Stroke::dashed(ink, width, 5.0, 3.0) } else { Stroke::new(ink, width) };
        let segs = way.segs();
        let hit = self.message_hit(message);
        layer.add_hit(Shape::Path { segs: segs.into(), fill: None, stroke: Some(stroke) }, &hit);
        let (spot, heading) = way.at(t);
        if lost {
            cross(layer, spot, 4.0, ink);
        } else if t < 1.0 {
            draw_message(layer, look(message, self.at), spot, heading, hue, weight == Weight::Strong);
        } else {
            arrow_head(layer, spot, heading, 7.0, ink);
        }
    }

    fn message_hit(&self, message: &Message) -> Rc<Hit> {
        let subject = message_subject(message);
        let label = name(self.world, subject).unwrap_or_else(|| api_name(message.kind).to_string());
        Rc::new(Hit { subject: Some(subject), label, act: None })
    }

    /// A record from its producer to the partition's leader, or records from a partition to who reads it.
    fn record_wire(&self, layer: &mut Layer, message: &Message) {
        let stage = self.stage;
        if stage.level == Level::Grid {
            return;
        }
        let Some(row) = message.part.and_then(|part| self.rows.iter().position(|known| *known == part)) else { return };
        let Some(area) = stage.rows.get(row) else { return };
        let end = over(message);
        let bad = !message.error.is_empty() || message.lost.is_some_and(|lost| lost <= self.at);
        let fade = 1.0 - between(self.at, end, end + if bad { LINGER } else { TICK });
        if fade <= 0.0 {
            return;
        }
        let weight = self.light.of_message(message);
        let share = fade * if weight == Weight::Faint { 0.25 } else { 1.0 };
        let y = area.y + area.h / 2.0;
        match (message.kind, message.from, message.to) {
            (MessageKind::Produce | MessageKind::ProduceAck, from, to) => {
                let (Place::Producer(id), answer) = (match from {
                    Place::Producer(_) => (from, false),
                    _ => (to, true),
                }) else {
                    return;
                };
                let Some(source) = stage.producers.get(usize::from(id)) else { return };
                if answer && !bad {
                    return;
                }
                if stage.wide {
                    let before = stage.number - wide("00", stage.small, 600);
                    self.produce(layer, message, (source, (before, y)), share, bad);
                }
            }
            (MessageKind::Fetched(n), _, Place::Consumer(id)) if n > 0 && stage.linked => {
                // Along the line to its reader, which does not have to be the one of now.
                let Some(to) = stage.consumers.get(usize::from(id)) else { return };
                let from = (area.x + area.w + 6.0 + stage.cap, y);
                let t = way_of(message, self.at);
                let to = (to.x, to.y + to.h / 2.0);
                let spot = (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t);
                if t < 1.0 {
                    let (r, fill) = (3.0, thin(hue(id).into(), share));
                    layer.add(Shape::Circle { x: spot.0, y: spot.1, r, fill: Some(fill), stroke: None });
                }
            }
            _ => {}
        }
    }

    fn produce(&self, layer: &mut Layer, message: &Message, (source, to): (&Area, Spot), share: f32, bad: bool) {
        let from = (source.x + source.w + 1.0, source.y + source.h / 2.0);
        let t = way_of(message, self.at);
        let ink = if bad { Token::Red } else { Token::Ink };
        let bend = (to.0 - from.0) * 0.5;
        let segs = [Seg::Move(from.0, from.1), Seg::Cubic(from.0 + bend, from.1, to.0 - bend, to.1, to.0 - 1.0, to.1)];
        let stroke = Stroke::new(thin(Ink::faded(ink, 120), share), 1.2);
        layer.add(Shape::Path { segs: Rc::new(segs), fill: None, stroke: Some(stroke) });
        // The same curve, by its parameter.
        let u = 1.0 - t;
        let mix =
            |a: f32, b: f32, c: f32, d: f32| u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d;
        let spot = (mix(from.0, from.0 + bend, to.0 - bend, to.0), mix(from.1, from.1, to.1, to.1));
        if t < 1.0 {
            draw_message(layer, look(message, self.at), spot, 0.25, thin(ink.into(), share), false);
        } else {
            arrow_head(layer, (to.0 - 1.0, to.1), 0.25, 5.0, thin(Ink::faded(ink, 160), share));
        }
    }
}
