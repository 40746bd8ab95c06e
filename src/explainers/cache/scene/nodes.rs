//! Cache nodes: what each holds in its rule's own order, what it loads, and who had to go last and why.

use super::super::light::hue;
use super::super::params;
use super::super::types::*;
use super::super::{key as key_subject, node as node_subject};
use super::cells::{Bed, Level};
use super::people::centred;
use super::stage::PAD;
use super::{LINGER, Picture};
use crate::draw::motion::{between, ease, lerp};
use crate::draw::pen::{Area, Weight, arrow_head, cross, cut, hatch, thin, toned, wide, wrap, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Seg, Shape, Stroke, Token};
use crate::explainers::{grouped, percent};
use crate::models::caching::{Mark, Rule, Shelf};
use crate::sim::{MS, Micros, decimal};
use std::rc::Rc;

/// How long a victim falls.
const FALLS: Micros = 3 * MS;
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

/// Somebody has just been answered from an entry, or has put one there.
struct Glow {
    node: NodeId,
    key: KeyId,
    hue: Token,
    share: f32,
}

impl Picture<'_> {
    pub fn node_frame(&self, layer: &mut Layer, id: NodeId, area: &Area) {
        let (stage, world) = (self.stage, self.world);
        let Some(node) = world.node(id) else { return };
        let weight = self.light.of_node(id);
        let strong = weight == Weight::Strong;
        let Area { x, y, w, h } = *area;
        let mut label = world.node_name(id);
        if !node.up {
            label.push_str(", down");
        }
        let hit = Rc::new(Hit { subject: Some(node_subject(id)), label, act: None });
        let (fill, stroke) = match node.up {
            true => {
                let ink = toned(if strong { Token::Ink } else { Token::Soft }, weight);
                (Token::Card, Stroke::new(ink, if strong { 2.6 } else { 1.4 }))
            }
            false => (Token::Paper, Stroke::dashed(toned(Token::Red, weight), 1.6, 4.0, 4.0)),
        };
        layer.add_hit(Shape::Rect { x, y, w, h, r: 8.0, fill: Some(fill.into()), stroke: Some(stroke) }, &hit);
        // What is below the line has left.
        let foot = y + stage.foot;
        let line = Stroke::new(toned(Token::Line, weight), 1.0);
        layer.add(Shape::Line { x1: x + 1.0, y1: foot, x2: x + w - 1.0, y2: foot, stroke: line });
        let name = if self.cast.nodes > 1 { format!("Cache {}", id + 1) } else { "Cache".into() };
        let at = (x + PAD, y + stage.big + 6.0);
        let used = wide(&name, stage.big, 600) + 8.0;
        write(layer, at, stage.big, 600, Anchor::Start, toned(Token::Ink, weight), name);
        let rule = self.cast.rule.name();
        let rest = w - 2.0 * PAD - used - wide("100.0% hits", stage.small, 600) - 10.0;
        if wide(rule, stage.small, 400) <= rest {
            let at = (at.0 + used, at.1);
            write(layer, at, stage.small, 400, Anchor::Start, toned(Token::Soft, weight), rule.into());
        }
        if !node.up {
            let inner =
                Area { x: x + 4.0, y: y + stage.title(), w: w - 8.0, h: (stage.foot - stage.title() - 4.0).max(4.0) };
            hatch(layer, &inner, 9.0, Stroke::new(Ink::faded(Token::Red, 40), 1.0));
        }
    }

    fn glows(&self) -> Vec<Glow> {
        let mut all = Vec::new();
        for message in self.world.messages.iter().rev().take(400) {
            let (node, from) = match (message.kind, message.from, message.to) {
                (MessageKind::Value | MessageKind::Accepted, Place::Node(id), _) => (id, message.sent),
                (MessageKind::Set, _, Place::Node(id)) if message.arrives <= self.at => (id, message.arrives),
                _ => continue,
            };
            if from > self.at || self.at >= from + LINGER {
                continue;
            }
            let hue = super::super::light::client_of(self.world, message).map_or(Token::Ink, hue);
            let share = 1.0 - between(self.at, from, from + LINGER);
            all.push(Glow { node, key: message.key, hue, share });
        }
        all
    }

    pub fn node(&self, layer: &mut Layer, id: NodeId, area: &Area) {
        let index = usize::from(id);
        let (Some(node), Some(shelves)) = (self.world.node(id), self.shelves.get(index)) else { return };
        let weight = self.light.of_node(id);
        if node.up {
            let beds = self.stage.grid.lay(shelves, &self.stage.shelves_of(area), self.stage.small);
            self.counts(layer, node, area, weight);
            for (bed, shelf) in beds.iter().zip(shelves) {
                self.shelf_name(layer, shelf, bed, weight);
                if self.stage.dots() {
                    self.dots(layer, node, shelf, bed, weight);
                } else {
                    self.shelf(layer, node, shelf, bed, weight);
                }
            }
            if let Some(bed) = beds.first() {
                self.places_left(layer, node, bed, &beds);
            }
            for glow in self.glows().iter().filter(|glow| glow.node == id) {
                self.glow(layer, glow, shelves, &beds);
            }
            self.side(layer, node, area, weight);
            self.victim(layer, node, area, &beds, weight);
        } else {
            let text = cut("down: clients ask the database".into(), area.w - 2.0 * PAD, self.stage.small);
            let size = self.stage.small;
            let at = (area.x + PAD, area.y + self.stage.title() + size + 6.0);
            write(layer, at, size, 600, Anchor::Start, Token::Red.into(), text);
        }
    }

    /// At the right of the head: how many entries, what is wrong with them, how often it had what it was asked for.
    fn counts(&self, layer: &mut Layer, node: &Node, area: &Area, weight: Weight) {
        let stage = self.stage;
        let small = stage.small;
        let asked = node.hits + node.misses;
        let hits = match asked {
            0 => String::new(),
            _ => [&percent(node.hits as f64 / asked as f64), "% hits"].concat(),
        };
        let baseline = area.y + stage.big + 6.0;
        let right = area.x + area.w - PAD;
        let ink = toned(Token::Ink, weight);
        write(layer, (right, baseline), small, 600, Anchor::End, ink, hits.clone());
        let named = if self.cast.nodes > 1 { "Cache 0" } else { "Cache" };
        let mut left = area.x + PAD + wide(named, stage.big, 600) + 8.0;
        left += wide(self.cast.rule.name(), small, 400) + 14.0;
        let mut right = right - wide(&hits, small, 600) - if hits.is_empty() { 0.0 } else { 14.0 };
        let room = self.world.room;
        let full = match self.world.params().unit {
            params::BYTES => {
                let kb = |bytes: u64| decimal::fixed(bytes as f64 / 1_000.0, 1);
                format!("{} of {} kB", kb(node.used), decimal::fixed(room as f64 / 1_000.0, 0))
            }
            _ => format!("{} of {}", grouped(i64::from(node.held)), grouped(room as i64)),
        };
        let mut tell = |text: String, heavy: u16, ink: Ink| {
            let w = wide(&text, small, heavy);
            if right - w >= left {
                write(layer, (right, baseline), small, heavy, Anchor::End, ink, text);
                right -= w + 14.0;
            }
        };
        tell(full, 400, toned(Token::Soft, weight));
        // Cells say it themselves.
        if stage.grid.level <= Level::Small {
            let stale = node.entries.iter().flatten().filter(|entry| entry.stale.is_some()).count();
            if stale > 0 {
                tell(format!("{} stale", grouped(stale as i64)), 600, toned(Token::Red, weight));
            }
            if !node.dirty.is_empty() {
                tell(format!("{} dirty", grouped(node.dirty.len() as i64)), 600, toned(Token::Ink, weight));
            }
        }
    }

    fn shelf_name(&self, layer: &mut Layer, shelf: &Shelf, bed: &Bed, weight: Weight) {
        let (grid, small) = (&self.stage.grid, self.stage.small);
        let more = match bed.hidden {
            0 => String::new(),
            n => format!(", {} more", grouped(n as i64)),
        };
        let each = if bed.each > 1 { format!(", a dot for {}", bed.each) } else { String::new() };
        if grid.names <= 0.0 {
            // One list: what its order is.
            let name = match self.cast.rule {
                Rule::Fifo => "newest first",
                Rule::Lifo => "oldest first, the newest goes",
                Rule::Lru => "used last first",
                Rule::Mru => "used longest ago first",
                Rule::Lfu => "most often asked for first",
                Rule::Random => "in no order",
                _ => "newest first",
            };
            let text = cut([name, &each, &more].concat(), bed.area.w, small);
            let at = (bed.area.x, bed.area.y - 6.0);
            write(layer, at, small, 400, Anchor::Start, toned(Token::Soft, weight), text);
            return;
        }
        let n = shelf.entries.len();
        let ink = toned(if shelf.ghost { Token::Soft } else { Token::Ink }, weight);
        let at = (bed.area.x, bed.area.y + small * 0.95);
        write(layer, at, small, 600, Anchor::Start, ink, shelf.name.into());
        let second = match (self.cast.rule, shelf.room) {
            (Rule::Arc, Some(target)) => {
                ["p ", &decimal::fixed(target as f64 / 1_000.0, if target.is_multiple_of(1_000) { 0 } else { 2 })]
                    .concat()
            }
            (_, Some(room)) if self.world.params().unit != params::BYTES => format!("{n} of {}", room / 1_000),
            _ => n.to_string(),
        };
        let room = grid.names - 5.0;
        if bed.area.h >= small * 2.0 + 6.0 && wide(&second, small, 400) <= room {
            let at = (at.0, at.1 + small + 3.0);
            write(layer, at, small, 400, Anchor::Start, toned(Token::Soft, weight), second);
        }
    }

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

    fn shelf(&self, layer: &mut Layer, node: &Node, shelf: &Shelf, bed: &Bed, weight: Weight) {
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

    /// Places that are free, where there is one list; who would have to go, where none is.
    fn places_left(&self, layer: &mut Layer, node: &Node, bed: &Bed, beds: &[Bed]) {
        let stage = self.stage;
        if beds.len() != 1 || self.world.params().unit == params::BYTES {
            return;
        }
        let grid = &stage.grid;
        let step = (grid.cell.0 + grid.gap.0, grid.cell.1 + grid.gap.1);
        let across = ((bed.area.w + grid.gap.0) / step.0).max(1.0) as usize;
        let handed = matches!(self.cast.rule, Rule::Clock | Rule::Sieve);
        let top = bed.area.y + if handed { 6.0 } else { 0.0 };
        let all = (self.world.room as usize).min(self.cast.most);
        if stage.dots() {
            self.dots_left(layer, bed, all);
            return;
        }
        let full = node.held as usize >= self.world.room as usize;
        for i in bed.cells.len()..all {
            let (x, y) = (bed.area.x + (i % across) as f32 * step.0, top + (i / across) as f32 * step.1);
            let (w, h) = grid.cell;
            if y + h > bed.area.y + grid.height {
                break;
            }
            let stroke = Some(Stroke::dashed(Token::Line, 1.2, 2.5, 2.5));
            layer.add(Shape::Rect { x, y, w, h, r: 4.0, fill: None, stroke });
        }
        if full
            && !handed
            && self.cast.rule != Rule::Random
            && bed.hidden == 0
            && let Some(last) = bed.cells.last()
        {
            let (x, y) = (last.x + last.w, last.y + last.h / 2.0);
            arrow_head(layer, (x + 8.0, y), 0.25, 8.0, Token::Soft.into());
            let (words, size) = ("next to go", stage.small);
            if x + 13.0 + wide(words, size, 400) <= bed.area.x + bed.area.w {
                let at = (x + 13.0, y + size * 0.36);
                write(layer, at, size, 400, Anchor::Start, Token::Soft.into(), words.into());
            }
        }
    }

    fn dots_left(&self, layer: &mut Layer, bed: &Bed, all: usize) {
        let pitch = self.stage.grid.cell.0;
        if bed.each > 1 || bed.hidden > 0 {
            return;
        }
        let across = ((bed.area.w / pitch) as usize).max(1);
        let bottom = bed.area.y + self.stage.grid.height - self.stage.grid.above;
        let place = |i: usize| {
            let (column, line) = ((i % across) as f32, (i / across) as f32);
            (bed.area.x + (column + 0.5) * pitch, bed.area.y + (line + 0.5) * pitch)
        };
        let at: Vec<(f32, f32)> =
            (bed.cells.len()..all).map(place).take_while(|at| at.1 + pitch / 2.0 <= bottom).collect();
        layer.add(Shape::Dots { at: at.into(), r: (pitch * 0.16).max(0.6), fill: Token::Line.into() });
    }

    fn place_of(&self, key: KeyId, shelves: &[Shelf], beds: &[Bed]) -> Option<Area> {
        shelves.iter().zip(beds).filter(|(shelf, _)| !shelf.ghost).find_map(|(shelf, bed)| {
            let at = shelf.entries.iter().position(|entry| entry.key == key)?;
            bed.cells.get(at / bed.each.max(1)).copied()
        })
    }

    fn glow(&self, layer: &mut Layer, glow: &Glow, shelves: &[Shelf], beds: &[Bed]) {
        let Some(Area { x, y, w, h }) = self.place_of(glow.key, shelves, beds) else { return };
        let (r, grow) = if self.stage.dots() { (w, 2.5) } else { (5.5, 1.5) };
        let stroke = Some(Stroke::new(thin(glow.hue.into(), glow.share), 2.6));
        let (x, y, w, h) = (x - grow, y - grow, w + 2.0 * grow, h + 2.0 * grow);
        layer.add(Shape::Rect { x, y, w, h, r, fill: None, stroke });
    }

    /// Many entries: a dot each, the darker the more hits it had.
    fn dots(&self, layer: &mut Layer, node: &Node, shelf: &Shelf, bed: &Bed, weight: Weight) {
        let pitch = self.stage.grid.cell.0;
        let r = (pitch * 0.42).max(1.0);
        let faint = weight == Weight::Faint || self.light.key.is_some();
        let mut shades: [Vec<(f32, f32)>; 4] = Default::default();
        let (mut stale, mut dirty, mut lit): (Vec<(f32, f32)>, Vec<(f32, f32)>, _) = (Vec::new(), Vec::new(), None);
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

    /// Loads and what waits for them, leases, writes on their way, and what is to be flushed.
    fn side(&self, layer: &mut Layer, node: &Node, area: &Area, weight: Weight) {
        let Some(top) = self.stage.side else { return };
        let (small, h) = (self.stage.small, self.stage.chip());
        let y = area.y + top;
        let right = area.x + area.w - PAD;
        let mut x = area.x + PAD;
        let more = |n: usize| if n > 0 { format!(" +{n}") } else { String::new() };
        let loads = || node.loads.iter().map(|it| (it.key, more(it.waiting.len()))).collect::<Vec<_>>();
        let leases = || node.leases.iter().map(|it| (it.key, String::new())).collect();
        let puts = || node.puts.iter().map(|it| (it.key, more(it.waiting.len().saturating_sub(1)))).collect();
        let buffer =
            || node.buffer().map(|it| (it.key, [" ", &self.world.version_name(it.key, it.version)].concat())).collect();
        let params = self.world.params();
        let groups: [(bool, &str, &dyn Fn() -> Vec<(KeyId, String)>, bool); 4] = [
            (params.writing() == params::BACK, "flush buffer", &buffer, true),
            (params.loads(), "loads", &loads, false),
            (params.flight == params::LEASE, "leases", &leases, false),
            (params.writing() == params::WRITE_THROUGH, "writes", &puts, false),
        ];
        let baseline = y + h / 2.0 + small * 0.36;
        for (there, name, list, dirty) in groups {
            let chips = list();
            let head = wide(name, small, 400);
            if !there || x + head + 8.0 > right {
                continue;
            }
            write(layer, (x, baseline), small, 400, Anchor::Start, toned(Token::Soft, weight), name.into());
            x += head + 6.0;
            if chips.is_empty() {
                write(layer, (x, baseline), small, 400, Anchor::Start, toned(Token::Soft, weight), "–".into());
                x += 20.0;
            }
            let all = chips.len();
            for (nth, (key, text)) in chips.into_iter().enumerate() {
                let text = format!("k{}{text}", key + 1);
                let w = wide(&text, small, 500) + 10.0;
                let rest = if nth + 1 < all { wide("+00", small, 500) + 6.0 } else { 0.0 };
                if x + w + rest > right {
                    let text = format!("+{}", all - nth);
                    if x + wide(&text, small, 500) <= right {
                        write(layer, (x, baseline), small, 500, Anchor::Start, toned(Token::Soft, weight), text);
                    }
                    x = right;
                    break;
                }
                let weight = self.light.of_key(key);
                let chip = Area { x, y, w, h };
                let hit = Rc::new(Hit { subject: Some(key_subject(key)), label: format!("{name}: {text}"), act: None });
                let stroke = match dirty {
                    true => Stroke::new(toned(Token::Orange, weight), 1.4),
                    false => Stroke::dashed(toned(Token::Ink, weight), 1.2, 4.0, 3.0),
                };
                if dirty {
                    dog_ear(layer, &chip, 7.0, toned(Token::Orange, weight));
                }
                layer.add_hit(Shape::Rect { x, y, w, h, r: 4.0, fill: None, stroke: Some(stroke) }, &hit);
                centred(layer, &chip, small, 500, toned(Token::Ink, weight), text);
                x += w + 5.0;
            }
            x += 10.0;
        }
    }

    /// Who had to go last, and why.
    fn victim(&self, layer: &mut Layer, node: &Node, area: &Area, beds: &[Bed], weight: Weight) {
        let stage = self.stage;
        let (small, h) = (stage.small, stage.chip() - 2.0);
        let top = area.y + stage.foot + 5.0;
        let x = area.x + PAD;
        let right = area.x + area.w - PAD;
        let Some(victim) = node.victims.back().filter(|victim| victim.at <= self.at) else {
            let text = if node.evictions == 0 { "nothing has been evicted yet" } else { "" };
            let text = cut(text.into(), right - x, small);
            write(layer, (x, top + small), small, 400, Anchor::Start, toned(Token::Soft, weight), text);
            return;
        };
        let lit = self.light.of_key(victim.key);
        let fresh = if victim.at > 0 { self.fades(victim.at + LINGER) } else { 0.0 };
        let share = if lit == Weight::Faint || weight == Weight::Faint { 0.4 } else { 1.0 };
        let name = format!("k{}", victim.key + 1);
        let w = wide(&name, small, 600) + 12.0;
        let way = if victim.at > 0 { ease(between(self.at, victim.at, victim.at + FALLS)) } else { 1.0 };
        let from = beds.iter().filter_map(|bed| bed.cells.last()).next_back().map_or((x, top), |last| (last.x, last.y));
        let (cx, cy) = (lerp(from.0.min(right - w), x, way), lerp(from.1, top, way));
        let chip = Area { x: cx, y: cy, w, h };
        let label = format!("{name}, evicted: {}", victim.why.words());
        let hit = Rc::new(Hit { subject: Some(key_subject(victim.key)), label, act: None });
        let ink = if fresh > 0.0 { Token::Ink } else { Token::Soft };
        let stroke = Some(Stroke::dashed(thin(ink.into(), share), 1.4, 4.0, 2.5));
        let fill = (way >= 1.0).then_some(Token::Card.into());
        layer.add_hit(Shape::Rect { x: cx, y: cy, w, h, r: 4.0, fill, stroke }, &hit);
        // Over others it says nothing.
        if way < 1.0 {
            return;
        }
        centred(layer, &chip, small, 600, thin(ink.into(), share), name);
        let dirty = if victim.dirty { "; dirty, so it waits in the flush buffer" } else { "" };
        let words = ["evicted: ", &victim.why.words(), dirty].concat();
        let left = x + w + 7.0;
        let mut lines = wrap(&words, right - left, small, 400);
        if lines.len() > stage.foot_lines {
            let rest = lines.split_off(stage.foot_lines.saturating_sub(1)).join(" ");
            lines.push(cut(rest, right - left, small));
        }
        for (i, line) in lines.into_iter().enumerate() {
            let at = (left, top + h / 2.0 + small * 0.36 + i as f32 * stage.leading());
            write(layer, at, small, 400, Anchor::Start, thin(ink.into(), share), line);
        }
    }
}
