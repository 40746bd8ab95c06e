//! What clients ask for, as bars from beginning to end; where they were paused, hatched.

use super::super::light::hue;
use super::super::request as request_subject;
use super::super::tell::ms;
use super::super::types::*;
use super::{Lane, Seen, Strip};
use crate::draw::pen::{Area, Weight, hatch, thin, toned, wide};
use crate::draw::scene::{Anchor, Hit, Ink, Stroke, Token};
use crate::sim::{MS, Micros};
use std::rc::Rc;

impl Strip<'_> {
    pub fn row(&self, lane: &Lane, row: usize) -> Area {
        let h = (lane.area.h + 2.0) / lane.rows as f32 - 2.0;
        Area { y: lane.area.y + row as f32 * (h + 2.0), h, ..lane.area }
    }

    pub fn bar(&mut self, it: &Seen) {
        let request = it.request;
        let Some(lane) = self.lanes.iter().find(|lane| lane.id == request.client) else { return };
        let row = self.row(lane, it.row);
        let until = request.ended.unwrap_or(self.at).min(self.at);
        let (x0, x1) = (self.x(request.began), self.x(until));
        let area = Area { x: x0, w: (x1 - x0).max(3.0).min(self.right - x0), ..row };
        let weight = self.light.of_request(request);
        let hue = hue(request.client);
        let share = if weight == Weight::Faint { 0.3 } else { 1.0 };
        let failed = request.outcome == Some(Outcome::Failed) && request.ended.is_some();
        let reads = request.kind == OpKind::Read;
        let verb = if reads { "reads" } else { "writes" };
        let hit = Rc::new(Hit {
            subject: Some(request_subject(request.id)),
            label: format!("C{} {verb} k{}", request.client + 1, request.key + 1),
            act: None,
        });
        let strong = weight == Weight::Strong && self.light.subject == Some(request_subject(request.id));
        let edge = if strong { 2.6 } else { 1.5 };
        let (fill, stroke) = match (reads, request.stale || failed) {
            (_, true) => (Ink::faded(Token::Card, 255), Stroke::new(Token::Red, edge)),
            (true, _) => (Ink::faded(hue, 46), Stroke::new(hue, edge)),
            (false, _) => (hue.into(), Stroke::new(hue, edge)),
        };
        let stroke = Stroke { ink: thin(stroke.ink, share), ..stroke };
        let open = request.ended.is_none();
        let stroke = if open { Stroke { dash: Some((4.0, 3.0)), ..stroke } } else { stroke };
        self.rect(&area, 3.0, Some(thin(fill, share)), Some(stroke), Some(&hit));
        if request.stale {
            hatch(&mut self.layer, &area, 5.0, Stroke::new(thin(Ink::faded(Token::Red, 110), share), 1.2));
        }
        let version = || self.world.version_name(request.key, request.version);
        let done = !open;
        let took = request.latency().map_or(String::new(), |took| [", ", &ms(took), " ms"].concat());
        let (long, short) = match (reads, done) {
            (_, true) if failed => ("failed".to_string(), "×".to_string()),
            (true, true) if request.stale => {
                (["read ", &version(), ", stale"].concat(), [&version()[..], " stale"].concat())
            }
            (true, true) => (["read ", &version(), &took].concat(), version()),
            (true, false) => ("reads".into(), "r".into()),
            (false, true) => (["wrote ", &version(), &took].concat(), ["w ", &version()].concat()),
            (false, false) => ("writes".into(), "w".into()),
        };
        let ink = match (reads, request.stale || failed) {
            (_, true) => Token::Red,
            (true, _) => Token::Ink,
            (false, _) => hue.text_on(),
        };
        let baseline = area.y + area.h / 2.0 + self.small * 0.36;
        let names = [long, short];
        if let Some(text) = names.iter().find(|text| wide(text, self.small, 600) + 8.0 <= area.w) {
            let w = wide(text, self.small, 600);
            if request.stale {
                let ground = Area { x: area.x + 2.0, y: area.y + 2.0, w: w + 6.0, h: area.h - 4.0 };
                self.rect(&ground, 2.0, Some(Ink::faded(Token::Card, 230)), None, None);
            }
            let at = (area.x + 4.0, baseline);
            self.words.push(Area { x: at.0, w: wide(text, self.small, 600) + 4.0, ..area });
            self.taken.push(area);
            self.write(at, 600, Anchor::Start, thin(ink.into(), share), text.clone());
            return;
        }
        self.taken.push(area);
    }

    /// What has no room in a short bar stands beside it, if nothing is there.
    pub fn beside(&mut self, it: &Seen) {
        let request = it.request;
        let Some(lane) = self.lanes.iter().find(|lane| lane.id == request.client) else { return };
        let Some(ended) = request.ended.filter(|ended| *ended <= self.at && *ended >= self.from) else { return };
        let row = self.row(lane, it.row);
        let version = self.world.version_name(request.key, request.version);
        let failed = request.outcome == Some(Outcome::Failed);
        let (text, bad) = match request.kind {
            _ if failed => ("failed".to_string(), true),
            OpKind::Read if request.stale => ([&version, " stale"].concat(), true),
            OpKind::Read => (version, false),
            OpKind::Write => (["wrote ", &version].concat(), false),
        };
        let w = wide(&text, self.small, 500);
        let (x0, x1) = (self.x(request.began), self.x(ended));
        if x1 - x0 >= w + 6.0 {
            return;
        }
        let beside = Area { x: x1.max(x0 + 3.0) + 3.0, y: row.y, w, h: row.h };
        if beside.x + w > self.right || self.taken.iter().any(|other| beside.touches(other, 1.0)) {
            return;
        }
        self.taken.push(beside);
        let weight = self.light.of_request(request);
        let ink = toned(if bad { Token::Red } else { Token::Ink }, weight);
        let at = (beside.x, row.y + row.h / 2.0 + self.small * 0.36);
        self.write(at, if bad { 600 } else { 500 }, Anchor::Start, ink, text);
    }

    /// Who is paused now, from when on.
    pub fn pauses(&mut self) {
        let paused: Vec<(Area, Micros)> = self
            .lanes
            .iter()
            .filter_map(|lane| Some((lane.area, self.world.clients.get(usize::from(lane.id))?.paused?.0)))
            .collect();
        for (area, since) in paused {
            let x = self.x(since);
            let piece = Area { x, y: area.y - 3.0, w: (self.x(self.at) - x).max(1.0), h: area.h + 6.0 };
            hatch(&mut self.layer, &piece, 7.0, Stroke::new(Ink::faded(Token::Soft, 120), 1.0));
            let word = "paused";
            let w = wide(word, self.small, 600) + 6.0;
            if w <= piece.w {
                let ground = Area { x: piece.x + piece.w - w, y: area.y, w, h: self.small + 6.0 };
                if !self.taken.iter().any(|other| ground.touches(other, 0.0)) {
                    self.rect(&ground, 2.0, Some(Ink::faded(Token::Card, 235)), None, None);
                    let at = (ground.x + 3.0, ground.y + ground.h / 2.0 + self.small * 0.36);
                    self.write(at, 600, Anchor::Start, Token::Red, word.into());
                    self.taken.push(ground);
                }
            }
        }
    }

    /// Answers that came while their client was paused: it took no notice until it went on.
    pub fn held_up(&mut self, seen: &[Seen]) {
        let mut gaps: Vec<(Area, String)> = Vec::new();
        for message in &self.world.messages {
            let ends = matches!(message.kind, MessageKind::Value | MessageKind::Row | MessageKind::Committed);
            if !ends || message.arrives > self.at || !matches!(message.to, Place::Client(_)) {
                continue;
            }
            let Some(it) = seen.iter().find(|it| Some(it.request.id) == message.request) else { continue };
            let Some(ended) = it.request.ended.filter(|ended| *ended > message.arrives + MS) else { continue };
            // A write goes on after its commit; a pause only where nothing was sent then.
            if it.request.kind == OpKind::Write {
                continue;
            }
            let Some(lane) = self.lanes.iter().find(|lane| lane.id == it.request.client) else { continue };
            let row = self.row(lane, it.row);
            let (x0, x1) = (self.x(message.arrives), self.x(ended.min(self.at)));
            gaps.push((Area { x: x0, w: x1 - x0, ..row }, "answer held up by a pause".to_string()));
        }
        for (area, text) in gaps {
            hatch(&mut self.layer, &area, 7.0, Stroke::new(Ink::faded(Token::Ink, 90), 1.0));
            let w = wide(&text, self.small, 400) + 6.0;
            if w + 4.0 <= area.w {
                let ground = Area { x: area.x + area.w - w - 3.0, y: area.y + 2.0, w, h: area.h - 4.0 };
                if self.words.iter().any(|other| ground.touches(other, 0.0)) {
                    continue;
                }
                self.rect(&ground, 2.0, Some(Ink::faded(Token::Card, 225)), None, None);
                let at = (ground.x + 3.0, area.y + area.h / 2.0 + self.small * 0.36);
                self.write(at, 400, Anchor::Start, Token::Ink, text);
            }
        }
    }
}
