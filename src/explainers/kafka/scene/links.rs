//! From every partition a line to who reads it; at its row's end, whose it is.

use super::super::light::{hue, owner};
use super::super::types::*;
use super::super::{consumer as consumer_subject, partition as partition_subject};
use super::stage::Level;
use super::{Picture, Turn};
use crate::draw::pen::{Area, Weight, hatch, thin, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Seg, Shape, Stroke, Token};
use std::rc::Rc;

impl Picture<'_> {
    /// Where on a consumer's box the line from a row arrives: one below the other.
    fn docks(&self) -> Vec<Option<(f32, f32)>> {
        let mut counts = vec![(0u32, 0u32); self.world.consumers.len()];
        let mut seat = |turn: &Turn| {
            let id = owner(turn.now).or_else(|| turn.before.and_then(owner))?;
            let count = counts.get_mut(usize::from(id))?;
            count.0 += 1;
            Some((id, count.0))
        };
        let seats: Vec<Option<(ConsumerId, u32)>> = self.turns.iter().map(&mut seat).collect();
        for (id, _) in seats.iter().flatten() {
            if let Some(count) = counts.get_mut(usize::from(*id)) {
                count.1 += 1;
            }
        }
        let place = |seat: &Option<(ConsumerId, u32)>| {
            let (id, nth) = (*seat)?;
            let area = self.stage.consumers.get(usize::from(id))?;
            let all = counts.get(usize::from(id))?.1;
            Some((area.x, area.y + area.h * (nth as f32 / (all as f32 + 1.0))))
        };
        seats.iter().map(place).collect()
    }

    /// The lines that stay, or those that change.
    pub fn links(&self, layer: &mut Layer, changing: bool) {
        if !self.stage.linked {
            return;
        }
        let docks = self.docks();
        for strong in [false, true] {
            for (row, turn) in self.turns.iter().enumerate().filter(|(_, turn)| turn.before.is_some() == changing) {
                let Some((part, area)) = self.rows.get(row).zip(self.stage.rows.get(row)) else { continue };
                let weight = self.light.of_part(*part);
                if (weight == Weight::Strong) != strong {
                    continue;
                }
                let way = turn.way(self.at);
                let dock = docks.get(row).copied().flatten();
                for (holder, share) in [(Some(turn.now), way), (turn.before, 1.0 - way)] {
                    let Some(id) = holder.and_then(owner) else { continue };
                    // The old owner's line goes to its middle: the other seats are taken.
                    let middle = || self.stage.consumers.get(usize::from(id)).map(|to| (to.x, to.y + to.h / 2.0));
                    let to = if owner(turn.now).is_none_or(|now| now == id) { dock } else { middle() };
                    if let (Some(to), Some(holder)) = (to.or_else(middle), holder) {
                        self.link(layer, area, to, holder, weight, share);
                    }
                }
            }
        }
    }

    /// Where a row's line leaves.
    fn leaves(&self, area: &Area) -> (f32, f32) {
        (area.x + area.w + 6.0 + self.stage.cap, area.y + area.h / 2.0)
    }

    fn link(&self, layer: &mut Layer, area: &Area, to: (f32, f32), holder: Holder, weight: Weight, share: f32) {
        let Some(id) = owner(holder) else { return };
        let from = self.leaves(area);
        let bend = (to.0 - from.0) * 0.5;
        let segs = [Seg::Move(from.0, from.1), Seg::Cubic(from.0 + bend, from.1, to.0 - bend, to.1, to.0, to.1)];
        let many = self.rows.len() > 24;
        let (alpha, width) = match weight {
            Weight::Faint => (45, 1.2),
            Weight::Plain if many => (170, 1.1),
            Weight::Plain => (230, 1.8),
            Weight::Strong => (255, 2.8),
        };
        let ink = thin(Ink::faded(hue(id), alpha), share);
        let stroke = match holder {
            Holder::Silent(_) => Stroke::dashed(ink, width, 3.0, 5.0),
            _ => Stroke::new(ink, width),
        };
        layer.add(Shape::Path { segs: Rc::new(segs), fill: None, stroke: Some(stroke) });
    }

    fn cap_area(&self, row: usize) -> Option<Area> {
        let area = self.stage.rows.get(row)?;
        let h = if self.stage.level == Level::Bars { area.h } else { self.stage.chip().min(self.stage.pitch - 2.0) };
        Some(Area { x: area.x + area.w + 6.0, y: area.y + (area.h - h) / 2.0, w: self.stage.cap, h })
    }

    /// Whose the row is, where that stays.
    pub fn cap(&self, layer: &mut Layer, row: usize) {
        if let Some(turn) = self.turns.get(row).filter(|turn| turn.before.is_none()) {
            self.draw_cap(layer, row, turn.now, 1.0);
        }
    }

    pub fn changing_cap(&self, layer: &mut Layer, row: usize) {
        let Some((turn, before)) = self.turns.get(row).and_then(|turn| Some((turn, turn.before?))) else { return };
        // First the old one goes, then the new one comes: nobody is seen in between.
        let way = turn.way(self.at);
        if way < 0.5 {
            self.draw_cap(layer, row, before, 1.0 - way * 2.0);
        } else {
            self.draw_cap(layer, row, turn.now, way * 2.0 - 1.0);
        }
    }

    fn draw_cap(&self, layer: &mut Layer, row: usize, holder: Holder, share: f32) {
        let (Some(area), Some(part)) = (self.cap_area(row), self.rows.get(row)) else { return };
        let Area { x, y, w, h } = area;
        let weight = self.light.of_part(*part);
        let share = share * if weight == Weight::Faint { 0.4 } else { 1.0 };
        let r = (h * 0.28).min(5.0);
        let small = self.stage.small;
        let Some(id) = owner(holder) else {
            let line = thin(Token::Soft.into(), share);
            hatch(layer, &area, 5.0, Stroke::new(thin(line, 0.6), 1.0));
            let hit = Rc::new(Hit { subject: Some(partition_subject(*part)), label: "nobody reads".into(), act: None });
            layer.add_hit(Shape::Rect { x, y, w, h, r, fill: None, stroke: Some(Stroke::new(line, 1.0)) }, &hit);
            let room = self.stage.consumers.first().map_or(0.0, |first| first.x) - x - w;
            let text = "nobody reads";
            if self.stage.linked && self.stage.level > Level::Bars && share > 0.3 {
                let text = if wide(text, small, 400) + 10.0 < room { text } else { "nobody" };
                let at = (x + w + 5.0, y + h / 2.0 + small * 0.36);
                write(layer, at, small, 400, Anchor::Start, thin(Token::Soft.into(), share), text.into());
            }
            return;
        };
        let hit = Rc::new(Hit { subject: Some(consumer_subject(id)), label: format!("C{}", id + 1), act: None });
        let silent = matches!(holder, Holder::Silent(_));
        let ink = thin(hue(id).into(), share);
        let (fill, stroke) = if silent {
            (Some(Ink::from(Token::Card)), Some(Stroke::dashed(ink, 1.5, 3.0, 2.5)))
        } else {
            (Some(ink), None)
        };
        layer.add_hit(Shape::Rect { x, y, w, h, r, fill, stroke }, &hit);
        if self.stage.level == Level::Bars {
            return;
        }
        let at = (x + w / 2.0, y + h / 2.0 + small * 0.36);
        let text = if silent { Token::Ink } else { hue(id).text_on() };
        write(layer, at, small, 650, Anchor::Middle, thin(text.into(), share), format!("C{}", id + 1));
    }
}
