//! Producers, brokers and consumers: who they are, what they do, what they have in hand.

use super::super::light::{hue, owner, phase_words, words};
use super::super::types::*;
use super::super::{
    broker as broker_subject, consumer as consumer_subject, partition as partition_subject,
    producer as producer_subject, topic as topic_subject,
};
use super::stage::{Level, Stage};
use super::{LINGER, Picture};
use crate::draw::motion::between;
use crate::draw::pen::{Area, Weight, cut, thin, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Shape, Stroke, Token};
use crate::explainers::grouped;
use std::rc::Rc;

/// Text in the middle of an area.
pub fn centred(layer: &mut Layer, area: &Area, size: f32, weight: u16, ink: Ink, text: String) {
    let (x, y) = area.middle();
    write(layer, (x, y + size * 0.36), size, weight, Anchor::Middle, ink, text);
}

/// How a consumer's box is framed.
fn frame(stage: &Stage, who: &Consumer, weight: Weight) -> (Ink, Stroke) {
    let hue = hue(who.id);
    let idle = who.phase == Phase::Steady && who.claims.is_empty();
    let width = if weight == Weight::Strong { 2.8 } else { 1.6 };
    let width = if stage.boxes { width } else { width * 0.8 };
    let ink = toned(hue, weight);
    match who.phase {
        Phase::Down => (Token::Paper.into(), Stroke::dashed(toned(Token::Soft, weight), 1.2, 4.0, 4.0)),
        Phase::Hung => (Token::Card.into(), Stroke::dashed(toned(Token::Red, weight), width, 2.0, 3.0)),
        _ if idle => (Token::Paper.into(), Stroke::new(Ink::faded(hue, 90), 1.2)),
        Phase::Steady => (Token::Card.into(), Stroke::new(ink, width)),
        _ => (Token::Card.into(), Stroke::dashed(ink, width, 6.0, 3.0)),
    }
}

impl Picture<'_> {
    /// Words above columns, and the topics' names.
    pub fn heads(&self, layer: &mut Layer) {
        let stage = self.stage;
        for (x, y, text) in &stage.heads {
            write(layer, (*x, *y), stage.small, 600, Anchor::Start, Token::Soft.into(), (*text).into());
        }
        for (i, (x, y)) in stage.topics.iter().enumerate() {
            let Some(topic) = self.world.topics.get(i) else { continue };
            let subject = topic_subject(i as u16);
            let lit = self.light.subject == Some(subject);
            let hit = Rc::new(Hit { subject: Some(subject), label: format!("topic {}", topic.name), act: None });
            let (size, weight, fill) = (stage.name, if lit { 750 } else { 600 }, Token::Ink.into());
            let shape = Shape::Text {
                x: *x,
                y: *y,
                size,
                weight,
                face: crate::draw::scene::Face::Sans,
                anchor: Anchor::Start,
                fill,
                text: cut(topic.name.to_string(), stage.name_w, size),
            };
            layer.add_hit(shape, &hit);
            let note = match topic.role {
                Role::Source if stage.level == Level::Grid && i == 0 && stage.name_w > stage.w => {
                    "one cell a partition: filled as far as it lags"
                }
                Role::Source => continue,
                Role::Retry => "tried again",
                Role::DeadLetter => "the group does not read it",
            };
            let at = (x + wide(&topic.name, size, weight) + 8.0, *y);
            let room =
                stage.consumers.first().map_or(stage.w, |first| if stage.wide { first.x } else { stage.w }) - at.0;
            if wide(note, stage.small, 400) + 4.0 < room {
                write(layer, at, stage.small, 400, Anchor::Start, Token::Soft.into(), note.into());
            }
        }
    }

    pub fn people(&self, layer: &mut Layer) {
        let stage = self.stage;
        for (area, id) in stage.producers.iter().zip(0..) {
            let weight = self.light.of_producer(id);
            let text = format!("P{}", id + 1);
            let hit = Rc::new(Hit { subject: Some(producer_subject(id)), label: text.clone(), act: None });
            let strong = weight == Weight::Strong;
            let stroke = Stroke::new(toned(Token::Soft, weight), if strong { 2.4 } else { 1.2 });
            let (Area { x, y, w, h }, fill) = (*area, Some(Token::Wash.into()));
            layer.add_hit(Shape::Rect { x, y, w, h, r: h / 2.0, fill, stroke: Some(stroke) }, &hit);
            centred(layer, area, stage.small, 600, toned(Token::Ink, weight), text);
        }
        for (area, id) in stage.brokers.iter().zip(0..) {
            let Some(broker) = self.world.brokers.get(usize::from(id)) else { continue };
            let weight = self.light.of_broker(id);
            let text = format!("B{}", id + 1);
            let coordinates = self.world.coordinator == Some(id);
            let label = match (broker.up, coordinates) {
                (false, _) => format!("{text}, down"),
                (_, true) => format!("{text}, coordinates the group"),
                _ => text.clone(),
            };
            let hit = Rc::new(Hit { subject: Some(broker_subject(id)), label, act: None });
            let stroke = match (broker.up, weight) {
                (false, _) => Stroke::dashed(toned(Token::Red, weight), 1.5, 3.0, 3.0),
                (_, Weight::Strong) => Stroke::new(Token::Ink, 2.4),
                _ if !broker.registered => Stroke::dashed(toned(Token::Soft, weight), 1.2, 3.0, 3.0),
                _ => Stroke::new(toned(Token::Soft, weight), 1.2),
            };
            let (Area { x, y, w, h }, fill) = (*area, Some(Token::Card.into()));
            layer.add_hit(Shape::Rect { x, y, w, h, r: 3.0, fill, stroke: Some(stroke) }, &hit);
            let ink = if broker.up { Token::Ink } else { Token::Red };
            centred(layer, area, stage.small, 600, toned(ink, weight), text);
            if coordinates {
                let fill = Some(toned(Token::Ink, weight));
                layer.add(Shape::Circle { x: x + w, y, r: 3.5, fill, stroke: Some(Stroke::new(Token::Card, 1.2)) });
            }
        }
    }

    pub fn consumers(&self, layer: &mut Layer) {
        for (area, who) in self.stage.consumers.iter().zip(&self.world.consumers) {
            if self.stage.boxes {
                self.consumer(layer, area, who);
            } else {
                self.consumer_chip(layer, area, who);
            }
        }
    }

    fn consumer(&self, layer: &mut Layer, area: &Area, who: &Consumer) {
        let stage = self.stage;
        let weight = self.light.of_consumer(who.id);
        let (fill, stroke) = frame(stage, who, weight);
        let name = format!("C{}", who.id + 1);
        let label = format!("{name}, {}", words(who));
        let hit = Rc::new(Hit { subject: Some(consumer_subject(who.id)), label, act: None });
        let Area { x, y, w, h } = *area;
        layer.add_hit(Shape::Rect { x, y, w, h, r: 8.0, fill: Some(fill), stroke: Some(stroke) }, &hit);
        // Its number on its colour: the same chip that ends the rows it reads.
        let chip = Area { x: x + 7.0, y: y + 6.0, w: wide(&name, stage.small, 650) + 8.0, h: stage.small + 5.0 };
        let down = who.phase == Phase::Down;
        let fill = if down { Ink::faded(hue(who.id), 60) } else { toned(hue(who.id), weight) };
        layer.add(Shape::Rect { x: chip.x, y: chip.y, w: chip.w, h: chip.h, r: 4.0, fill: Some(fill), stroke: None });
        let ink = if down { Token::Ink } else { hue(who.id).text_on() };
        centred(layer, &chip, stage.small, 650, toned(ink, weight), name);
        let idle = self.idle(who);
        let word = if idle { "idle" } else { words(who) };
        let ink = match who.phase {
            Phase::Hung | Phase::Down => Token::Red,
            _ if who.is_out() => Token::Red,
            Phase::Steady => Token::Soft,
            _ => Token::Ink,
        };
        let at = chip.x + chip.w + 6.0;
        // The lag stands at the right.
        let room = x + w - 8.0 - at - if idle || down { 0.0 } else { wide("lag 0,000", stage.small, 500) };
        let heavy = if who.phase == Phase::Steady { 400 } else { 600 };
        let long = if who.leads { format!("{word}, leads") } else { word.to_string() };
        let text = if wide(&long, stage.small, 600) <= room { long } else { word.to_string() };
        let text = cut(text, room.max(wide(word, stage.small, 600).min(x + w - 8.0 - at)), stage.small);
        let baseline = chip.y + chip.h / 2.0 + stage.small * 0.36;
        write(layer, (at, baseline), stage.small, heavy, Anchor::Start, toned(ink, weight), text);
        if stage.lines >= 3 {
            let text = match (idle, down) {
                (true, _) => "no partition left for it".into(),
                (_, true) => String::new(),
                _ if who.is_out() => cut("at records it has lost".into(), w - 16.0, stage.small),
                _ if who.phase == Phase::Steady && who.claims.is_empty() => "waits for partitions".into(),
                _ => self.owned(who, w - 16.0),
            };
            let at = (x + 8.0, baseline + stage.leading());
            write(layer, at, stage.small, 400, Anchor::Start, toned(Token::Soft, weight), text);
        }
    }

    /// A member at rest for which no partition is left.
    fn idle(&self, who: &Consumer) -> bool {
        who.phase == Phase::Steady && who.claims.is_empty() && self.group.state == "Stable"
    }

    /// What a consumer owns: names as long as there is room, else their number.
    fn owned(&self, who: &Consumer, room: f32) -> String {
        if who.claims.is_empty() {
            return "owns nothing".into();
        }
        let mut text = String::from("reads ");
        let mut last = u16::MAX;
        for (i, claim) in who.claims.iter().enumerate() {
            let Some(part) = self.world.part(claim.part) else { continue };
            let comma = if i > 0 { ", " } else { "" };
            let next = if part.tp.topic == last {
                format!("{comma}{}", part.tp.index)
            } else {
                [comma, &self.world.part_name(claim.part)].concat()
            };
            last = part.tp.topic;
            if wide(&text, self.stage.small, 400) + wide(&next, self.stage.small, 400) > room {
                return format!("reads {} partitions", who.claims.len());
            }
            text += &next;
        }
        text
    }

    fn consumer_chip(&self, layer: &mut Layer, area: &Area, who: &Consumer) {
        let stage = self.stage;
        let weight = self.light.of_consumer(who.id);
        let (fill, stroke) = frame(stage, who, weight);
        let name = format!("C{}", who.id + 1);
        let label = format!("{name}, {}", words(who));
        let hit = Rc::new(Hit { subject: Some(consumer_subject(who.id)), label, act: None });
        let Area { x, y, w, h } = *area;
        layer.add_hit(Shape::Rect { x, y, w, h, r: 4.0, fill: Some(fill), stroke: Some(stroke) }, &hit);
        let ink = match who.phase {
            Phase::Down | Phase::Hung => Token::Red,
            Phase::Steady if who.claims.is_empty() => Token::Soft,
            _ => Token::Ink,
        };
        let at = (x + 5.0, y + h / 2.0 + stage.small * 0.36);
        write(layer, at, stage.small, 600, Anchor::Start, toned(ink, weight), name.clone());
        let word = match who.phase {
            Phase::Steady if self.idle(who) => "idle".into(),
            Phase::Steady if who.is_out() => words(who).into(),
            Phase::Steady => return,
            Phase::Finding => "finding".into(),
            Phase::Syncing => "syncing".into(),
            phase => phase_words(phase).to_string(),
        };
        let room = w - wide(&name, stage.small, 600) - 14.0;
        if wide(&word, stage.small, 400) <= room {
            let at = (x + w - 5.0, at.1);
            write(layer, at, stage.small, 400, Anchor::End, toned(ink, weight), word);
        }
    }

    /// Records that nobody has committed, of all that a consumer owns.
    fn lag_of(&self) -> Vec<u64> {
        let mut lag = vec![0; self.world.consumers.len()];
        for part in &self.world.partitions {
            if let Some(sum) = owner(part.holder()).and_then(|id| lag.get_mut(usize::from(id))) {
                *sum += part.lag();
            }
        }
        lag
    }

    /// What consumers are at now.
    pub fn work(&self, layer: &mut Layer) {
        let stage = self.stage;
        let lags = self.lag_of();
        let most = lags.iter().copied().max().unwrap_or(0).max(10) as f32;
        let tags = if stage.boxes { self.exchanges() } else { Vec::new() };
        for ((area, who), lag) in stage.consumers.iter().zip(&self.world.consumers).zip(&lags) {
            let weight = self.light.of_consumer(who.id);
            if !stage.boxes {
                let share = (*lag as f32 / most).min(1.0);
                let (x, w) = (area.x + 2.0, (area.w - 4.0) * share);
                let fill = Some(toned(hue(who.id), weight));
                if w > 0.5 {
                    layer.add(Shape::Rect { x, y: area.y + area.h - 3.0, w, h: 2.0, r: 1.0, fill, stroke: None });
                }
                continue;
            }
            let chip_middle = area.y + 6.0 + (stage.small + 5.0) / 2.0;
            let baseline = chip_middle + stage.small * 0.36;
            // A long phase leaves no room for the lag.
            let used = wide(words(who), stage.small, 600) + wide("C0", stage.small, 650) + 36.0;
            let text = format!("lag {}", grouped(*lag as i64));
            if !who.claims.is_empty() && who.up() && used + wide(&text, stage.small, 500) < area.w {
                let at = (area.x + area.w - 8.0, baseline);
                write(layer, at, stage.small, 500, Anchor::End, toned(Token::Ink, weight), text);
            }
            let tag = tags.get(usize::from(who.id)).and_then(Option::as_ref);
            let line = |nth: usize| chip_middle + stage.leading() * nth as f32;
            match stage.lines {
                0 => {}
                1 => match tag {
                    Some(tag) => self.tag(layer, area, line(1), tag, weight),
                    None => self.hands(layer, area, line(1), who, weight),
                },
                lines => {
                    self.hands(layer, area, line(lines - 1), who, weight);
                    if let Some(tag) = tag {
                        self.tag(layer, area, line(lines), tag, weight);
                    }
                }
            }
        }
    }

    /// Records in hand: the one in process as a ring that fills, the others waiting behind it.
    fn hands(&self, layer: &mut Layer, area: &Area, y: f32, who: &Consumer, weight: Weight) {
        let small = self.stage.small;
        let hue = hue(who.id);
        let share = if weight == Weight::Faint { 0.4 } else { 1.0 };
        let r = small * 0.5;
        let mut x = area.x + 8.0;
        let right = area.x + area.w - 8.0;
        if who.hands.is_empty() {
            return;
        }
        if let Some((from, to)) = who.busy {
            let way = between(self.at, from, to);
            let ring = |span: (f32, f32), fill: Ink| Shape::Arcs {
                x: x + r,
                y,
                inner: r - 3.4,
                outer: r,
                spans: Rc::new([span]),
                fill: thin(fill, share),
            };
            layer.add(ring((0.0, 1.0), Token::Line.into()));
            layer.add(ring((0.0, way.clamp(0.001, 1.0)), hue.into()));
            x += 2.0 * r + 5.0;
            if let Some(first) = who.hands.front() {
                let text = self.world.part_name(first.part);
                let hit = Rc::new(Hit { subject: Some(partition_subject(first.part)), label: text.clone(), act: None });
                let w = wide(&text, small, 400);
                if x + w + 40.0 < right {
                    let (at, ink) = ((x, y + small * 0.36), toned(Token::Soft, weight));
                    write(layer, at, small, 400, Anchor::Start, ink, text);
                    let shape = Shape::Rect { x, y: y - r, w, h: 2.0 * r, r: 0.0, fill: None, stroke: None };
                    layer.add_hit(shape, &hit);
                    x += w + 7.0;
                }
            }
        }
        let waiting = who.hands.len() - usize::from(who.busy.is_some());
        let (side, gap) = (small * 0.62, 3.0);
        let more = wide("+000", small, 500);
        let all = waiting as f32 * (side + gap);
        let fits = if x + all <= right { waiting } else { ((right - more - x) / (side + gap)).max(0.0) as usize };
        for i in 0..fits {
            let x = x + i as f32 * (side + gap);
            let stroke = Some(Stroke::new(thin(hue.into(), share), 1.4));
            let fill = Some(thin(Ink::faded(hue, 36), share));
            layer.add(Shape::Rect { x, y: y - side / 2.0, w: side, h: side, r: 1.5, fill, stroke });
        }
        if waiting > fits {
            let text = format!("+{}", waiting - fits);
            let at = (right, y + small * 0.36);
            write(layer, at, small, 500, Anchor::End, toned(Token::Soft, weight), text);
        }
    }

    /// What a consumer and the coordinator said to each other last.
    fn tag(&self, layer: &mut Layer, area: &Area, y: f32, tag: &super::wires::Exchange, weight: Weight) {
        let small = self.stage.small;
        let share = (1.0 - between(self.at, tag.until.saturating_sub(LINGER), tag.until)).clamp(0.0, 1.0);
        let share = if weight == Weight::Faint { share * 0.4 } else { share };
        let r = small * 0.5;
        let ink = thin(if tag.bad { Token::Red } else { hue(tag.who) }.into(), share);
        crate::draw::motion::message(layer, tag.look, (area.x + 8.0 + r, y), 0.25, ink, false);
        let x = area.x + 8.0 + 2.0 * r + 5.0;
        let room = area.x + area.w - 6.0 - x;
        let text = [&tag.long, &tag.short].into_iter().find(|text| wide(text, small, 600) <= room);
        let text = text.cloned().unwrap_or_else(|| cut(tag.short.clone(), room, small));
        let ink = thin(if tag.bad { Token::Red } else { Token::Ink }.into(), share);
        write(layer, (x, y + small * 0.36), small, 600, Anchor::Start, ink, text);
    }
}
