//! Cache nodes: what each holds in its rule's own order, what it loads, and who had to go last and why.

use super::super::light::hue;
use super::super::params;
use super::super::types::*;
use super::super::{key as key_subject, node as node_subject};
use super::cells::{Bed, Level};
use super::entries::dog_ear;
use super::people::centred;
use super::stage::PAD;
use super::{LINGER, Picture};
use crate::draw::motion::{between, ease, lerp};
use crate::draw::pen::{Area, Weight, arrow_head, cut, hatch, thin, toned, wide, wrap, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Shape, Stroke, Token};
use crate::explainers::{grouped, percent};
use crate::models::caching::{Rule, Shelf};
use crate::sim::{MS, Micros, decimal};
use std::rc::Rc;

/// How long a victim falls.
const FALLS: Micros = 3 * MS;
/// What a node is at besides its entries.
struct Side {
    name: &'static str,
    dirty: bool,
    /// Keys, each with what is said of it.
    chips: Vec<(KeyId, String)>,
}

/// Somebody has just been answered from an entry, or has put one there.
pub struct Glow {
    pub node: NodeId,
    pub key: KeyId,
    pub hue: Token,
    pub share: f32,
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
            if from > self.at || !self.lingers(from) {
                continue;
            }
            let hue = super::super::light::client_of(self.world, message).map_or(Token::Ink, hue);
            let share = self.fades(from);
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
        // Of one node the same as the tile says; of several, each its own, as soon as there is anything to say.
        let asked = node.hits + node.misses;
        let share = match self.world.hit_ratio() {
            share if self.cast.nodes == 1 => share,
            share => share.filter(|_| asked > 0).map(|_| node.hits as f64 / asked as f64),
        };
        let hits = share.map_or("– hits".into(), |share| [&percent(share), "% hits"].concat());
        let baseline = area.y + stage.big + 6.0;
        let right = area.x + area.w - PAD;
        let ink = toned(Token::Ink, weight);
        write(layer, (right, baseline), small, 600, Anchor::End, ink, hits.clone());
        let named = if self.cast.nodes > 1 { "Cache 0" } else { "Cache" };
        let mut left = area.x + PAD + wide(named, stage.big, 600) + 8.0;
        left += wide(self.cast.rule.name(), small, 400) + 14.0;
        let mut right = right - wide(&hits, small, 600) - 14.0;
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

    /// Loads and what waits for them, leases, writes on their way, and what is to be flushed.
    fn side(&self, layer: &mut Layer, node: &Node, area: &Area, weight: Weight) {
        let Some(top) = self.stage.side else { return };
        let (small, h) = (self.stage.small, self.stage.chip());
        let y = area.y + top;
        let right = area.x + area.w - PAD;
        let mut x = area.x + PAD;
        let more = |n: usize| if n > 0 { format!(" +{n}") } else { String::new() };
        let params = self.world.params();
        let mut groups: Vec<Side> = Vec::new();
        let mut add = |there: bool, name, dirty, chips: Vec<(KeyId, String)>| {
            if there {
                groups.push(Side { name, dirty, chips });
            }
        };
        let name = |it: &Dirty| (it.key, [" ", &self.world.version_name(it.key, it.version)].concat());
        add(params.writing() == params::BACK, "flush buffer", true, node.buffer().map(name).collect());
        let loads = node.loads.iter().map(|it| (it.key, more(it.waiting.len())));
        add(params.loads(), "loads", false, loads.collect());
        let leases = node.leases.iter().map(|it| (it.key, String::new()));
        add(params.flight == params::LEASE, "leases", false, leases.collect());
        let puts = node.puts.iter().map(|it| (it.key, more(it.waiting.len().saturating_sub(1))));
        add(params.writing() == params::WRITE_THROUGH, "writes", false, puts.collect());
        let baseline = y + h / 2.0 + small * 0.36;
        for Side { name, dirty, chips } in groups {
            let head = wide(name, small, 400);
            if x + head + 8.0 > right {
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
        // It comes into sight as it leaves the others.
        let stroke = Some(Stroke::dashed(thin(ink.into(), share * way), 1.4, 4.0, 2.5));
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
