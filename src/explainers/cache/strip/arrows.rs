//! Messages between the lanes, as arrows from when they were sent to when they arrived.

use super::super::light::{client_of, hue};
use super::super::message as message_subject;
use super::super::types::*;
use super::{Seen, Strip, WORDS};
use crate::draw::pen::{Area, Weight, arrow_head, cross, thin, wide};
use crate::draw::scene::{Anchor, Hit, Ink, Shape, Stroke, Token, turn_of};
use std::rc::Rc;

impl<'a> Strip<'a> {
    /// Top and bottom of a place's lane.
    fn edge(&self, place: Place) -> Option<(f32, f32)> {
        match place {
            Place::Client(id) => {
                let lane = self.lanes.iter().find(|lane| lane.id == id)?;
                Some((lane.area.y, lane.area.y + lane.area.h))
            }
            Place::Node(_) => self.cache.map(|area| (area.y, area.y + area.h)),
            Place::Db => Some((self.db.y, self.db.y + self.db.h)),
        }
    }

    pub fn messages(&mut self, seen: &[Seen]) {
        let (key, from, at) = (self.key, self.from, self.at);
        let whole = seen.len() == self.all;
        let known = |id: Option<RequestId>| whole || id.is_none_or(|id| seen.iter().any(|it| it.request.id == id));
        let of_key = |message: &Message| {
            message.key == key || message.batch.as_ref().is_some_and(|batch| batch.iter().any(|one| one.0 == key))
        };
        let messages: Vec<&'a Message> = self
            .world
            .messages
            .iter()
            .map(|message| &**message)
            .filter(|message| {
                message.sent <= at && message.arrives >= from && of_key(message) && known(message.request)
            })
            .collect();
        let mut spots = Vec::with_capacity(messages.len());
        for message in &messages {
            spots.push(self.arrow(message));
        }
        if messages.len() <= WORDS {
            for (message, spot) in messages.iter().zip(spots) {
                self.say(message, spot);
            }
        }
    }

    /// Whether it carried something that was no longer the newest committed when it arrived.
    fn late(&self, message: &Message) -> bool {
        let until = message.arrives.min(self.at);
        // The latest comes first.
        let mut newer = self.world.commits_of(self.key).take_while(|it| it.version > message.version);
        matches!(message.kind, MessageKind::Set | MessageKind::Value) && newer.any(|it| it.at <= until)
    }

    /// Says where it begins and how far it has come.
    fn arrow(&mut self, message: &Message) -> Option<((f32, f32), (f32, f32))> {
        let (a, b) = (self.edge(message.from)?, self.edge(message.to)?);
        let down = b.0 > a.0;
        let (y0, y1) = if down { (a.1, b.0) } else { (a.0, b.1) };
        let (x0, x1) = (self.x(message.sent), self.x(message.arrives));
        let t = message.way(self.at);
        let end = (x0 + (x1 - x0) * t, y0 + (y1 - y0) * t);
        let weight = self.light.of_message(self.world, message);
        let late = self.late(message);
        let token = match message.fails() || late {
            true => Token::Red,
            false => client_of(self.world, message).map_or(Token::Ink, hue),
        };
        let share = if weight == Weight::Faint { 0.25 } else { 1.0 };
        let ink = thin(token.into(), share);
        let width = if late || weight == Weight::Strong { 2.0 } else { 1.3 };
        let dashed = matches!(message.kind, MessageKind::Miss | MessageKind::Wait);
        let stroke = if dashed { Stroke::dashed(ink, width, 3.0, 3.0) } else { Stroke::new(ink, width) };
        let hit = Rc::new(Hit {
            subject: Some(message_subject(message.id)),
            label: self.world.message_name(message),
            act: None,
        });
        self.layer.add_hit(Shape::Line { x1: x0, y1: y0, x2: end.0, y2: end.1, stroke }, &hit);
        if message.fails() && t >= 1.0 {
            cross(&mut self.layer, end, 3.2, ink);
        } else {
            let heading = turn_of(x1 - x0 + 1e-3, y1 - y0);
            arrow_head(&mut self.layer, end, heading, 6.0, ink);
        }
        Some(((x0, y0), end))
    }

    /// What has to be said of it: what changes the cache, and what it brings.
    fn say(&mut self, message: &Message, spot: Option<((f32, f32), (f32, f32))>) {
        use MessageKind as Kind;
        let Some((start, end)) = spot else { return };
        let value = || self.world.version_name(self.key, message.version);
        let text = match message.kind {
            Kind::Set => ["set ", &value()].concat(),
            Kind::Delete => "delete".into(),
            Kind::Invalidate => "drop".into(),
            Kind::Miss => "miss".into(),
            Kind::Wait => "wait".into(),
            Kind::Row => value(),
            Kind::Flush => "flush".into(),
            Kind::Refused => "refused".into(),
            Kind::Down => "down".into(),
            Kind::Overloaded => "overloaded".into(),
            _ => return,
        };
        if self.light.of_message(self.world, message) == Weight::Faint {
            return;
        }
        let late = self.late(message);
        let (w, h) = (wide(&text, self.small, 600) + 4.0, self.small + 2.0);
        let lanes: Vec<Area> = self.lanes.iter().map(|lane| lane.area).chain(self.cache).chain([self.db]).collect();
        for t in [0.5, 0.6, 0.4, 0.7, 0.3, 0.8, 0.2, 0.88, 0.12, 0.93, 0.07] {
            let (x, y) = (start.0 + (end.0 - start.0) * t, start.1 + (end.1 - start.1) * t);
            for side in [1.0, -1.0] {
                let area = Area::around((x + side * (w / 2.0 + 4.0), y), w, h);
                let inside = area.x >= self.left && area.x + w <= self.right && area.y > self.top;
                if !inside || self.taken.iter().chain(&lanes).any(|other| area.touches(other, 0.5)) {
                    continue;
                }
                self.taken.push(area);
                self.rect(&area, 2.0, Some(Ink::faded(Token::Card, 215)), None, None);
                let ink = if late || message.fails() { Token::Red } else { Token::Ink };
                let at = (area.x + w / 2.0, y + self.small * 0.36);
                let weight = if late { 650 } else { 400 };
                self.write(at, weight, Anchor::Middle, ink, text);
                return;
            }
        }
    }
}
