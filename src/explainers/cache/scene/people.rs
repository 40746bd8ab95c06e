//! Clients: who they are, and what they were told last or wait for.

use super::super::client as client_subject;
use super::super::light::hue;
use super::super::tell::ms;
use super::super::types::*;
use super::Picture;
use super::stage::Sign;
use crate::draw::pen::{Area, Weight, arrow_head, cut, hatch, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Shape, Stroke, Token};
use std::rc::Rc;

/// So many requests back a client's latest is looked for.
const BACK: usize = 600;

/// What is said in a client's box.
struct Word {
    what: String,
    how: String,
    short: String,
    bad: bool,
    open: bool,
}

/// Text in the middle of an area.
pub fn centred(layer: &mut Layer, area: &Area, size: f32, weight: u16, ink: Ink, text: String) {
    let (x, y) = area.middle();
    write(layer, (x, y + size * 0.36), size, weight, Anchor::Middle, ink, text);
}

impl Picture<'_> {
    pub fn client_frame(&self, layer: &mut Layer, id: ClientId, area: &Area) {
        let Some(client) = self.world.clients.get(usize::from(id)) else { return };
        let stage = self.stage;
        let weight = self.light.of_client(id);
        let name = format!("C{}", id + 1);
        let paused = client.paused.is_some();
        let label = if paused { format!("client {name}, paused") } else { format!("client {name}") };
        let hit = Rc::new(Hit { subject: Some(client_subject(id)), label, act: None });
        let Area { x, y, w, h } = *area;
        let width = if weight == Weight::Strong { 2.8 } else { 1.6 };
        let ink = toned(hue(id), weight);
        let stroke = Some(if paused { Stroke::dashed(ink, width, 2.5, 3.5) } else { Stroke::new(ink, width) });
        let fill = Some(if paused { Token::Paper } else { Token::Card }.into());
        layer.add_hit(Shape::Rect { x, y, w, h, r: 8.0, fill, stroke }, &hit);
        if paused {
            let inner = Area { x: x + 3.0, y: y + 3.0, w: w - 6.0, h: h - 6.0 };
            hatch(layer, &inner, 9.0, Stroke::new(Ink::faded(Token::Soft, 46), 1.0));
        }
        let chip_w = (wide(&name, stage.small, 650) + 9.0).min(w - 6.0);
        let chip = Area { x: x + 6.0f32.min((w - chip_w) / 2.0), y: y + 6.0, w: chip_w, h: stage.small + 5.0 };
        let Area { x, y, w, h } = chip;
        layer.add(Shape::Rect { x, y, w, h, r: 4.0, fill: Some(ink), stroke: None });
        centred(layer, &chip, stage.small, 650, toned(hue(id).text_on(), weight), name);
    }

    /// What a client was told last, or waits for.
    fn word(&self, id: ClientId) -> Option<Word> {
        let requests = &self.world.requests;
        let latest = requests.from(requests.len().saturating_sub(BACK)).rev();
        let mut mine = latest.filter(|request| request.client == id);
        let request = mine.next()?;
        let key = format!("k{}", request.key + 1);
        let reads = request.kind == OpKind::Read;
        let value = || [&key, "\u{a0}", &self.world.version_name(request.key, request.version)].concat();
        let Some(took) = request.latency() else {
            let how = match request.phase {
                _ if self.world.waits_unread(request) => "answer waits",
                Phase::Held => "is paused",
                Phase::Cache if !reads => "to the cache",
                Phase::Cache if self.world.loads_for(request) => "the cache loads",
                Phase::Cache => "asks the cache",
                Phase::Waiting => "waits for a load",
                Phase::Database if reads => "asks the database",
                Phase::Database => "to the database",
                Phase::Mending if request.version > 0 => "mends the cache",
                Phase::Mending | Phase::Done => "",
            };
            let verb = if reads { "reads " } else { "writes " };
            let what = [verb, &key].concat();
            return Some(Word { what, how: how.into(), short: key, bad: false, open: true });
        };
        let how = match request.outcome {
            _ if request.stale => "stale",
            Some(Outcome::Hit) => "hit",
            Some(Outcome::Miss) => "miss",
            Some(Outcome::Shared) => "shared a load",
            Some(Outcome::Early) => "early refresh",
            Some(Outcome::Filtered) => "no such key",
            Some(Outcome::Direct) => "database",
            Some(Outcome::Written) => "written",
            Some(Outcome::Failed) => "failed",
            None => "",
        };
        let failed = request.outcome == Some(Outcome::Failed);
        let what = if failed { key.clone() } else { value() };
        let how = [how, ", ", &ms(took), " ms"].concat();
        Some(Word { what, how, short: key, bad: failed || request.stale, open: false })
    }

    pub fn client(&self, layer: &mut Layer, id: ClientId, area: &Area) {
        let Some(client) = self.world.clients.get(usize::from(id)) else { return };
        let stage = self.stage;
        let small = stage.small;
        let weight = self.light.of_client(id);
        let x = area.x + 8.0;
        let room = area.w - 14.0;
        let first = area.y + 6.0 + (small + 5.0) / 2.0 + small * 0.36;
        // Beside its name: how much it has open, or that it is paused.
        let beside = area.w - wide("C0", small, 650) - 27.0;
        let waits = match (client.paused, client.waits(), client.open) {
            (Some(_), 0, _) => vec!["paused".to_string()],
            (Some(_), n, _) => vec![format!("paused, {n} held"), "paused".to_string()],
            (None, _, 0) => Vec::new(),
            (None, _, n) => vec![format!("{n} open"), n.to_string()],
        };
        if let Some(text) = waits.into_iter().find(|text| wide(text, small, 500) <= beside) {
            let ink = if client.paused.is_some() { Token::Red } else { Token::Soft };
            let at = (area.x + area.w - 8.0, first);
            write(layer, at, small, 500, Anchor::End, toned(ink, weight), text);
        }
        let Some(word) = self.word(id) else {
            let fits = ["nothing asked yet", "idle"].into_iter().find(|text| wide(text, small, 400) <= room);
            if let Some(text) = fits.filter(|_| stage.lines > 0 && client.paused.is_none()) {
                let at = (x, first + stage.leading() + 2.0);
                write(layer, at, small, 400, Anchor::Start, toned(Token::Soft, weight), text.into());
            }
            return;
        };
        let ink = match (word.bad, word.open) {
            (true, _) => Token::Red,
            (_, true) => Token::Soft,
            _ => Token::Ink,
        };
        if stage.lines == 0 {
            return;
        }
        if stage.lines == 1 {
            let heavy = if word.open { 400 } else { 600 };
            let text = [&word.what, &word.short].into_iter().find(|text| wide(text, small, 600) <= area.w - 4.0);
            let text = text.cloned().unwrap_or_else(|| cut(word.short.clone(), area.w - 4.0, small));
            let at = (area.x + area.w / 2.0, first + stage.leading() + 2.0);
            write(layer, at, small, heavy, Anchor::Middle, toned(ink, weight), text);
            return;
        }
        let what = if wide(&word.what, small, 600) <= room { word.what } else { word.short };
        let heavy = if word.open { 400 } else { 600 };
        let at = (x, first + stage.leading() + 2.0);
        write(layer, at, small, heavy, Anchor::Start, toned(Token::Ink, weight), cut(what, room, small));
        let heavy = if word.bad { 650 } else { 400 };
        let ink = if word.bad { Token::Red } else { Token::Soft };
        // Where there is little room, without its unit, or with fewer words.
        let (terse, least) = (word.how.replace("the ", ""), word.how.replace("asks the ", "at "));
        let tries = [word.how.as_str(), word.how.trim_end_matches(" ms"), &terse, &least];
        let how = tries.into_iter().find(|text| wide(text, small, heavy) <= room).unwrap_or(&least);
        let at = (x, at.1 + stage.leading());
        write(layer, at, small, heavy, Anchor::Start, toned(ink, weight), cut(how.into(), room * 1.08, small));
    }

    pub fn legend(&self, layer: &mut Layer) {
        let small = self.stage.small;
        for (sign, x, y) in &self.stage.legend {
            let (x, y, side) = (*x, *y, small * 0.95);
            let area = Area { x, y: y - side / 2.0, w: side, h: side };
            let rect = |fill: Option<Ink>, stroke: Option<Stroke>| Shape::Rect {
                x: area.x,
                y: area.y,
                w: side,
                h: side,
                r: 2.5,
                fill,
                stroke,
            };
            let plain = || rect(Some(Token::Wash.into()), Some(Stroke::new(Token::Line, 1.0)));
            match sign {
                Sign::Stale => {
                    layer.add(rect(Some(Token::Card.into()), None));
                    hatch(layer, &area, 4.0, Stroke::new(Ink::faded(Token::Red, 130), 1.2));
                    layer.add(rect(None, Some(Stroke::new(Token::Red, 1.4))));
                }
                Sign::Dirty => {
                    layer.add(plain());
                    super::entries::dog_ear(layer, &area, side * 0.55, Token::Orange.into());
                }
                Sign::Life => {
                    let (y, h, r) = (y - 1.5, 3.0, 1.5);
                    let bar = |w, fill: Token| Shape::Rect { x, y, w, h, r, fill: Some(fill.into()), stroke: None };
                    layer.add(bar(side, Token::Line));
                    layer.add(bar(side * 0.6, Token::Soft));
                }
                Sign::Bit => layer.add(Shape::Circle {
                    x: x + side / 2.0,
                    y,
                    r: 3.2,
                    fill: Some(Token::Ink.into()),
                    stroke: None,
                }),
                Sign::Count => {
                    let at = (x + side / 2.0, y + small * 0.36);
                    write(layer, at, small, 400, Anchor::Middle, Token::Soft.into(), "×".into());
                }
                Sign::Hand => arrow_head(layer, (x + side / 2.0, y + 4.0), 0.5, 9.0, Token::Ink.into()),
                Sign::Next => arrow_head(layer, (x + side * 0.8, y), 0.25, 8.0, Token::Soft.into()),
                Sign::Heat => {
                    for (i, alpha) in [70, 140, 235].into_iter().enumerate() {
                        let (x, r, fill) = (x + 2.4 + i as f32 * 4.6, 2.4, Some(Ink::faded(Token::Blue, alpha)));
                        layer.add(Shape::Circle { x, y, r, fill, stroke: None });
                    }
                }
                Sign::Ghost => {
                    layer.add(rect(None, Some(Stroke::dashed(Token::Soft, 1.0, 2.0, 2.0))));
                }
            }
            let at = (x + small + 6.0, y + small * 0.36);
            write(layer, at, small, 400, Anchor::Start, Token::Soft.into(), sign.words().into());
        }
    }
}
