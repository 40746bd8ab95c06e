//! A node's entries: cells with their key, version and the rule's own mark, or dots.

use super::super::key as key_subject;
use super::super::types::*;
use super::Picture;
use super::cells::{Bed, Level};
use super::nodes::Glow;
use super::people::centred;
use crate::draw::motion::between;
use crate::draw::pen::{Area, Weight, arrow_head, cross, cut, hatch, thin, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Seg, Shape, Stroke, Token};
use crate::draw::way::Spot;
use crate::models::caching::{Mark, Rule, Shelf};
use std::rc::Rc;

/// Hits from which a dot is darker, and darker.
const WARM: [u32; 3] = [1, 3, 8];
/// By hits: how dark a dot is.
const SHADES: [u8; 4] = [46, 96, 160, 235];

/// A folded corner: not saved yet.
pub fn dog_ear(layer: &mut Layer, area: &Area, side: f32, ink: Ink) {
    let (right, bottom) = (area.x + area.w, area.y + area.h);
    let segs = [Seg::Move(right, bottom - side), Seg::Line(right, bottom), Seg::Line(right - side, bottom), Seg::Close];
    layer.add(Shape::Path { segs: Rc::new(segs), fill: Some(ink), stroke: None });
}

/// How an entry is drawn.
struct Look {
    key: KeyId,
    version: String,
    stale: bool,
    dirty: bool,
    mark: Mark,
    /// What is left of its time to live, 0 to 1.
    left: Option<f32>,
    weight: Weight,
}

impl Picture<'_> {
    fn look(&self, node: &Node, key: KeyId, mark: Mark) -> Look {
        let entry = node.entry(key);
        let left = entry.and_then(|entry| {
            let (from, to) = (entry.since, entry.expires?);
            Some(1.0 - between(self.at, from, to))
        });
        Look {
            key,
            version: entry.map_or(String::new(), |entry| self.world.version_name(key, entry.version)),
            stale: entry.is_some_and(|entry| entry.stale.is_some()),
            dirty: node.is_dirty(key),
            mark,
            left,
            weight: self.light.of_key(key),
        }
    }

    pub fn shelf(&self, layer: &mut Layer, node: &Node, shelf: &Shelf, bed: &Bed, weight: Weight) {
        for (area, entry) in bed.cells.iter().zip(&shelf.entries) {
            if shelf.ghost {
                self.ghost(layer, area, entry.key);
            } else {
                let mut look = self.look(node, entry.key, entry.mark);
                if weight == Weight::Faint {
                    look.weight = Weight::Faint;
                }
                self.cell(layer, area, &look);
            }
        }
        if let Some(area) = shelf.hand.and_then(|at| bed.cells.get(at)) {
            arrow_head(layer, (area.x + area.w / 2.0, area.y - 0.5), 0.5, 10.0, toned(Token::Ink, weight));
        }
        if shelf.entries.is_empty() {
            let (w, h) = if shelf.ghost { self.stage.grid.ghost } else { self.stage.grid.cell };
            let (x, y) = (bed.area.x + self.stage.grid.names, bed.area.y);
            let stroke = Some(Stroke::dashed(toned(Token::Line, weight), 1.2, 2.5, 2.5));
            layer.add(Shape::Rect { x, y, w, h, r: 4.0, fill: None, stroke });
        }
        let target = shelf.room.filter(|_| self.cast.rule == Rule::Arc && !shelf.ghost);
        if let Some(target) = target {
            self.target(layer, bed, target, weight);
        }
        if bed.hidden > 0 && self.stage.grid.names > 0.0 {
            // Where there is not even room for the names of all.
            if let Some(last) = bed.cells.last() {
                let fill = Some(Ink::faded(Token::Card, 235));
                let Area { x, y, w, h } = *last;
                layer.add(Shape::Rect { x: x - 1.0, y: y - 1.0, w: w + 2.0, h: h + 2.0, r: 2.0, fill, stroke: None });
                let text = cut(format!("+{}", bed.hidden + 1), w, self.stage.small);
                centred(layer, last, self.stage.small, 500, toned(Token::Soft, weight), text);
            }
        }
    }

    /// ARC: how many T1 should hold, as a line between its entries.
    fn target(&self, layer: &mut Layer, bed: &Bed, target: u64, weight: Weight) {
        let grid = &self.stage.grid;
        let place = target as f32 / 1_000.0;
        let whole = libm::floorf(place);
        let (step, first) = (grid.cell.0 + grid.gap.0, bed.area.x + grid.names);
        let across = ((bed.area.w - grid.names + grid.gap.0) / step).max(1.0) as usize;
        let lines = bed.cells.len().div_ceil(across).max(1);
        let (line, column) = ((whole as usize) / across, (whole as usize) % across);
        // At a row's end it stands there, not before the next row.
        let (line, column) =
            if line > 0 && column == 0 && place <= whole { (line - 1, across) } else { (line, column) };
        if line >= lines {
            return;
        }
        let x = (first + (column as f32 + place - whole) * step - grid.gap.0 / 2.0).max(first - 2.5);
        let y = bed.area.y + line as f32 * (grid.cell.1 + grid.gap.1);
        let stroke = Stroke::new(toned(Token::Ink, weight), 2.2);
        layer.add(Shape::Line { x1: x, y1: y - 3.0, x2: x, y2: y + grid.cell.1 + 2.0, stroke });
        layer.add(Shape::Circle { x, y: y - 3.0, r: 2.6, fill: Some(toned(Token::Ink, weight)), stroke: None });
    }

    fn ghost(&self, layer: &mut Layer, area: &Area, key: KeyId) {
        let weight = self.light.of_key(key);
        let Area { x, y, w, h } = *area;
        let label = format!("k{}, only remembered", key + 1);
        let hit = Rc::new(Hit { subject: Some(key_subject(key)), label, act: None });
        let stroke = Some(Stroke::dashed(toned(Token::Soft, weight), 1.0, 2.0, 2.0));
        layer.add_hit(Shape::Rect { x, y, w, h, r: 3.0, fill: None, stroke }, &hit);
        let text = cut(format!("k{}", key + 1), w - 2.0, self.stage.small);
        centred(layer, area, self.stage.small, 400, toned(Token::Soft, weight), text);
    }

    fn cell(&self, layer: &mut Layer, area: &Area, look: &Look) {
        let (small, level) = (self.stage.small, self.stage.grid.level);
        let Area { x, y, w, h } = *area;
        let weight = look.weight;
        let name = format!("k{}", look.key + 1);
        let mut label = [&name, ", ", &look.version].concat();
        for (is, word) in [(look.stale, ", stale"), (look.dirty, ", dirty")] {
            if is {
                label.push_str(word);
            }
        }
        let hit = Rc::new(Hit { subject: Some(key_subject(look.key)), label, act: None });
        let strong = weight == Weight::Strong;
        let edge = match (look.stale, look.dirty) {
            (true, _) => Stroke::new(toned(Token::Red, weight), if strong { 2.4 } else { 1.6 }),
            (_, true) => Stroke::new(toned(Token::Orange, weight), if strong { 2.4 } else { 1.6 }),
            _ if strong => Stroke::new(Token::Ink, 2.4),
            _ => Stroke::new(toned(Token::Line, weight), 1.2),
        };
        let fill = if look.stale { Token::Card } else { Token::Wash };
        layer.add(Shape::Rect { x, y, w, h, r: 4.0, fill: Some(toned(fill, weight)), stroke: None });
        if look.stale {
            let inner = Area { x: x + 1.0, y: y + 1.0, w: w - 2.0, h: h - 2.0 };
            let alpha = if weight == Weight::Faint { 30 } else { 74 };
            hatch(layer, &inner, 6.0, Stroke::new(Ink::faded(Token::Red, alpha), 1.3));
        }
        if look.dirty {
            dog_ear(layer, area, (h * 0.34).min(11.0), toned(Token::Orange, weight));
        }
        layer.add_hit(Shape::Rect { x, y, w, h, r: 4.0, fill: None, stroke: Some(edge) }, &hit);
        let ink = toned(Token::Ink, weight);
        let soft = toned(Token::Soft, weight);
        let baseline = match level {
            Level::Full => y + (h - small * 2.0 - 3.0) / 2.0 + small * 0.86,
            _ => y + h / 2.0 + small * 0.36,
        };
        match level {
            Level::Small if !matches!(look.mark, Mark::Count(_)) => {
                let shift = if matches!(look.mark, Mark::Bit(_)) { -5.0 } else { 0.0 };
                write(layer, (x + w / 2.0 + shift, baseline), small, 600, Anchor::Middle, ink, name.clone());
            }
            Level::Small => write(layer, (x + 5.0, baseline), small, 600, Anchor::Start, ink, name.clone()),
            _ => write(layer, (x + 6.0, baseline), small, 650, Anchor::Start, ink, name.clone()),
        }
        let mut right = x + w - 5.0;
        match look.mark {
            Mark::None => {}
            Mark::Bit(set) => {
                let (cx, cy) = (right - 3.2, baseline - small * 0.36);
                let (fill, stroke) = match set {
                    true => (Some(ink), None),
                    false => (None, Some(Stroke::new(soft, 1.1))),
                };
                layer.add(Shape::Circle { x: cx, y: cy, r: 3.3, fill, stroke });
                right -= 10.0;
            }
            Mark::Count(n) => {
                let text = format!("×{n}");
                let used = wide(&text, small, 400);
                let left = x + 6.0 + wide(&name, small, 650) + 3.0;
                if right - used >= left - 1.0 {
                    write(layer, (right, baseline), small, 400, Anchor::End, soft, text);
                    right -= used + 4.0;
                }
            }
        }
        let word = if look.stale {
            "stale"
        } else if look.dirty {
            "dirty"
        } else {
            ""
        };
        match level {
            Level::Full => {
                let second = baseline + small + 3.0;
                let version = cut(look.version.clone(), w - 10.0, small);
                let used = wide(&version, small, 400) + 5.0;
                write(
                    layer,
                    (x + 6.0, second),
                    small,
                    400,
                    Anchor::Start,
                    if look.stale { ink } else { soft },
                    version,
                );
                let room = w - 11.0 - used;
                if !word.is_empty() && wide(word, small, 600) <= room {
                    let ink = toned(if look.stale { Token::Red } else { Token::Ink }, weight);
                    // Clear of the folded corner.
                    let at = x + 6.0 + used;
                    write(layer, (at, second), small, 600, Anchor::Start, ink, word.into());
                }
            }
            Level::Mid => {
                let left = x + 6.0 + wide(&name, small, 650) + 4.0;
                let room = right - left;
                if wide(&look.version, small, 400) <= room {
                    write(layer, (left, baseline), small, 400, Anchor::Start, soft, look.version.clone());
                }
            }
            _ => {}
        }
        if let Some(left) = look.left {
            let (x, y, w) = (x + 4.0, y + h - 4.0, w - 8.0);
            let bar = |w: f32, ink: Ink| Shape::Rect { x, y, w, h: 2.4, r: 1.2, fill: Some(ink), stroke: None };
            layer.add(bar(w, toned(Token::Line, weight)));
            layer.add(bar(w * left, soft));
        }
    }

    fn place_of(&self, key: KeyId, shelves: &[Shelf], beds: &[Bed]) -> Option<Area> {
        shelves.iter().zip(beds).filter(|(shelf, _)| !shelf.ghost).find_map(|(shelf, bed)| {
            let at = shelf.entries.iter().position(|entry| entry.key == key)?;
            bed.cells.get(at / bed.each.max(1)).copied()
        })
    }

    pub fn glow(&self, layer: &mut Layer, glow: &Glow, shelves: &[Shelf], beds: &[Bed]) {
        let Some(Area { x, y, w, h }) = self.place_of(glow.key, shelves, beds) else { return };
        let (r, grow) = if self.stage.dots() { (w, 2.5) } else { (5.5, 1.5) };
        let stroke = Some(Stroke::new(thin(glow.hue.into(), glow.share), 2.6));
        let (x, y, w, h) = (x - grow, y - grow, w + 2.0 * grow, h + 2.0 * grow);
        layer.add(Shape::Rect { x, y, w, h, r, fill: None, stroke });
    }

    /// Many entries: a dot each, the darker the more hits it had.
    pub fn dots(&self, layer: &mut Layer, node: &Node, shelf: &Shelf, bed: &Bed, weight: Weight) {
        let pitch = self.stage.grid.cell.0;
        let r = (pitch * 0.42).max(1.0);
        let faint = weight == Weight::Faint || self.light.key.is_some();
        let mut shades: [Vec<Spot>; 4] = Default::default();
        let (mut stale, mut dirty): (Vec<Spot>, Vec<Spot>) = (Vec::new(), Vec::new());
        let mut lit = None;
        for (cell, entries) in bed.cells.iter().zip(shelf.entries.chunks(bed.each.max(1))) {
            let at = cell.middle();
            let (mut hits, mut is_stale) = (0, false);
            for entry in entries {
                if self.light.key == Some(entry.key) {
                    lit = Some(at);
                }
                if let Some(held) = node.entry(entry.key).filter(|_| !shelf.ghost) {
                    hits = hits.max(held.hits);
                    is_stale |= held.stale.is_some();
                }
            }
            let shade = WARM.iter().filter(|least| hits >= **least).count();
            if is_stale {
                stale.push(at);
            } else if let Some(all) = shades.get_mut(shade) {
                all.push(at);
            }
        }
        // Few are dirty, and they are known by their keys.
        for known in node.dirty.iter().filter(|_| !shelf.ghost) {
            let place = shelf.entries.iter().position(|entry| entry.key == known.key);
            dirty.extend(place.and_then(|at| bed.cells.get(at / bed.each.max(1))).map(Area::middle));
        }
        let token = if shelf.ghost { Token::Soft } else { Token::Blue };
        for (at, alpha) in shades.into_iter().zip(SHADES) {
            let fill = thin(Ink::faded(token, alpha), if faint { 0.5 } else { 1.0 });
            layer.add(Shape::Dots { at: at.into(), r, fill });
        }
        let share = if faint { 0.5 } else { 1.0 };
        if pitch >= 6.0 {
            for (x, y) in stale {
                cross(layer, (x, y), r * 0.85, thin(Token::Red.into(), share));
            }
        } else {
            layer.add(Shape::Dots { at: stale.into(), r: r * 1.15, fill: thin(Token::Red.into(), share) });
        }
        layer.add(Shape::Dots { at: dirty.into(), r: r * 0.7, fill: thin(Token::Orange.into(), share) });
        if let Some((x, y)) = lit {
            let stroke = Some(Stroke::new(Token::Ink, 2.0));
            layer.add(Shape::Circle { x, y, r: r + 4.0, fill: None, stroke });
        }
    }
}
