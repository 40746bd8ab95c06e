//! Partitions as logs: records in their order, where the group is, and who leads.

use super::super::light::hue;
use super::super::types::*;
use super::super::{broker as broker_subject, partition as partition_subject, record as record_subject};
use super::stage::{LEGEND, Level};
use super::{Picture, TICK};
use crate::draw::motion::{between, ease};
use crate::draw::pen::{Area, Weight, thin, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Seg, Shape, Stroke, Token};
use crate::explainers::grouped;
use crate::sim::{MS, Micros};
use std::rc::Rc;

/// How long the log takes to move on by a record.
const SLIDE: Micros = 180 * MS;
/// With more keys than this, cells do not say theirs.
const KEYS: i64 = 99;

/// Which part of a log is seen where.
struct Window {
    x: f32,
    w: f32,
    /// From cell to cell.
    step: f32,
    base: u64,
    /// The end of the log after its base as it moves: below the true end while records slide in.
    end: f32,
    /// Cells at the left of a gap begin with this offset; without a gap it is the first that is seen.
    first: u64,
    /// Cells in front of the gap, and how many are seen after it.
    gap: Option<(u64, u64)>,
}

impl Window {
    fn new(area: &Area, step: f32, part: &Partition, at: Micros, anchor: u64) -> Window {
        let end = part.end();
        let recent = part.log.from(part.log.len().saturating_sub(24));
        let shy: f32 = recent.map(|entry| 1.0 - ease(between(at, entry.at, entry.at + SLIDE))).sum();
        let base = part.base;
        // From the first record that is kept: offsets of old logs are large.
        let moving = ((end - base) as f32 - shy).max(0.0);
        let cap = (area.w / step).floor().max(4.0);
        let mut window = Window { x: area.x, w: area.w, step, base, end: moving, first: base, gap: None };
        if moving <= cap {
            // All of it, from the left on.
            window.end = cap;
            return window;
        }
        let anchor = anchor.clamp(base, end);
        let hidden = (moving - cap).max(0.0);
        if (anchor - base) as f32 >= hidden || end - anchor < 4 {
            window.first = base + hidden as u64;
            return window;
        }
        // The reader's place and the log's end are too far apart: what is between is only counted.
        let right = (cap * 0.3).max(2.0) as u64;
        let torn = (46.0 / step).ceil().max(2.0) as u64;
        let left = (cap as u64).saturating_sub(right + torn).max(2);
        window.first = anchor.saturating_sub(2).max(base);
        window.gap = Some((left, right));
        window
    }

    /// Where an offset's cell begins; `None`: out of sight.
    fn place(&self, offset: u64) -> Option<f32> {
        let offset = offset.saturating_sub(self.base) as f32;
        let from_end = self.x + self.w.min((self.w / self.step).floor() * self.step) - (self.end - offset) * self.step;
        let Some((left, right)) = self.gap else {
            return (from_end >= self.x - self.step).then_some(from_end);
        };
        if offset >= self.end.ceil() - right as f32 {
            return Some(from_end);
        }
        let nth = offset - (self.first - self.base) as f32;
        (nth >= 0.0 && nth <= left as f32).then_some(self.x + nth * self.step)
    }

    /// The offsets that are seen.
    fn seen(&self, end: u64) -> impl Iterator<Item = u64> {
        let (front, back) = match self.gap {
            None => (self.first..end, end..end),
            Some((left, right)) => {
                let back = end.saturating_sub(right);
                (self.first..(self.first + left).min(back), back..end)
            }
        };
        front.chain(back)
    }
}

/// How far the group is in a partition.
#[derive(Clone, Copy)]
pub struct Progress {
    pub reader: Option<ConsumerId>,
    pub silent: bool,
    pub done: u64,
    pub position: u64,
    pub committed: u64,
    /// Since when and until when the record at `done` is processed.
    pub busy: Option<(Micros, Micros)>,
}

/// The reading head: its tip at a place.
fn head(layer: &mut Layer, (x, y): (f32, f32), size: f32, ink: Ink) {
    let up = y - size * 1.3;
    let segs = [Seg::Move(x, y), Seg::Line(x - size, up), Seg::Line(x + size, up), Seg::Close];
    layer.add(Shape::Path { segs: Rc::new(segs), fill: Some(ink), stroke: None });
}

/// The committed offset: a pole downwards from a place, and at its foot a pennant.
fn flag(layer: &mut Layer, (x, y): (f32, f32), (long, size): (f32, f32), ink: Ink) {
    let foot = y + long;
    layer.add(Shape::Line { x1: x, y1: y, x2: x, y2: foot, stroke: Stroke::new(ink, 1.4) });
    let tip = Seg::Line(x + size * 1.8, foot - size * 0.6);
    let segs = [Seg::Move(x, foot), tip, Seg::Line(x, foot - size * 1.2), Seg::Close];
    layer.add(Shape::Path { segs: Rc::new(segs), fill: Some(ink), stroke: None });
}

/// A record that was processed again: a corner of its cell, at the right above.
fn corner(layer: &mut Layer, (x, y): (f32, f32), size: f32, ink: Ink) {
    let segs = [Seg::Move(x - size, y), Seg::Line(x, y), Seg::Line(x, y + size), Seg::Close];
    layer.add(Shape::Path { segs: Rc::new(segs), fill: Some(ink), stroke: None });
}

impl Picture<'_> {
    pub fn progress(&self, part_id: PartId, part: &Partition) -> Progress {
        let committed = part.committed.unwrap_or(part.base);
        let (reader, silent) = match part.holder() {
            Holder::Nobody => (None, false),
            Holder::Reads(id) => (Some(id), false),
            Holder::Silent(id) => (Some(id), true),
        };
        let who = reader.and_then(|id| self.world.consumer(id)).filter(|who| who.up());
        let claim = who.and_then(|who| who.claim(part_id)).filter(|claim| claim.ready);
        let (done, position) = claim.map_or((committed, committed), |claim| (claim.done, claim.position));
        let busy = who.filter(|who| who.hands.front().is_some_and(|first| first.part == part_id));
        Progress { reader, silent, done, position, committed, busy: busy.and_then(|who| who.busy) }
    }

    /// What of a row stands still: its number, its leader, whose it is.
    pub fn row(&self, layer: &mut Layer, row: usize) {
        let (stage, level) = (self.stage, self.stage.level);
        let (Some(area), Some(id), Some(part)) = (stage.rows.get(row), self.rows.get(row), self.part(row)) else {
            return;
        };
        let weight = self.light.of_part(*id);
        let middle = area.y + area.h / 2.0;
        let name = self.world.part_name(*id);
        let hit = Rc::new(Hit { subject: Some(partition_subject(*id)), label: name, act: None });
        let left = stage.number - wide("00", stage.small, 600) - 4.0;
        let band = Area {
            x: left,
            y: middle - stage.pitch / 2.0 + 0.5,
            w: area.x + area.w + stage.cap + 10.0 - left,
            h: stage.pitch - 1.0,
        };
        let band = if level == Level::Tall { Area { y: band.y + stage.small * 0.45, ..band } } else { band };
        let fill = (weight == Weight::Strong).then_some(Token::Wash.into());
        let Area { x, y, w, h } = band;
        layer.add_hit(Shape::Rect { x, y, w, h, r: 6.0, fill, stroke: None }, &hit);
        // The track on which the log grows.
        if level >= Level::Small {
            let y = area.y + area.h + 2.0;
            let stroke = Stroke::new(toned(Token::Line, weight), 1.0);
            layer.add(Shape::Line { x1: area.x, y1: y, x2: area.x + area.w, y2: y, stroke });
        }
        let number = part.tp.index;
        let every = (1..).map(|i| i * 5).find(|every| stage.pitch * *every as f32 > stage.small + 3.0).unwrap_or(5);
        if level > Level::Bars || number.is_multiple_of(every) {
            let at = (stage.number, middle + stage.small * 0.36);
            let heavy = if weight == Weight::Strong { 700 } else { 500 };
            let ink = toned(if weight == Weight::Strong { Token::Ink } else { Token::Soft }, weight);
            write(layer, at, stage.small, heavy, Anchor::End, ink, number.to_string());
        }
        self.leader(layer, part, &hit, middle, weight);
        self.cap(layer, row);
    }

    fn leader(&self, layer: &mut Layer, part: &Partition, hit: &Rc<Hit>, middle: f32, weight: Weight) {
        let stage = self.stage;
        let short = part.isr.len() < part.replicas.len();
        let dead = part.leader.is_some_and(|id| self.world.brokers.get(usize::from(id)).is_some_and(|it| !it.up));
        let ink = match (part.leader, short) {
            (None, _) => Token::Red,
            _ if dead => Token::Red,
            (_, true) => Token::Orange,
            _ => Token::Soft,
        };
        let x = stage.leader;
        if stage.level <= Level::Bars {
            if part.leader.is_none() || dead || short {
                let h = (stage.pitch - 2.0).max(2.0);
                let fill = Some(toned(ink, weight));
                layer.add_hit(Shape::Rect { x, y: middle - h / 2.0, w: 5.0, h, r: 1.0, fill, stroke: None }, hit);
            }
            return;
        }
        let h = stage.chip().min(stage.pitch - 2.0);
        let subject = part.leader.map(broker_subject);
        let label = match part.leader {
            Some(leader) => format!("led by B{}", leader + 1),
            None => "offline: no leader".into(),
        };
        let hit = Rc::new(Hit { subject: subject.or(hit.subject), label, act: None });
        let stroke = match part.leader {
            None => Stroke::dashed(toned(ink, weight), 1.5, 3.0, 2.5),
            Some(_) if dead => Stroke::dashed(toned(ink, weight), 1.5, 3.0, 2.5),
            Some(_) if short => Stroke::new(toned(ink, weight), 1.6),
            Some(_) => Stroke::new(toned(Token::Line, weight), 1.2),
        };
        let (y, w) = (middle - h / 2.0, stage.leader_w);
        let fill = Some(Token::Paper.into());
        layer.add_hit(Shape::Rect { x, y, w, h, r: 3.0, fill, stroke: Some(stroke) }, &hit);
        let text = part.leader.map_or("–".into(), |leader| format!("B{}", leader + 1));
        let at = (x + w / 2.0, middle + stage.small * 0.36);
        let ink = if part.leader.is_none() || dead { Token::Red } else { Token::Soft };
        write(layer, at, stage.small, 500, Anchor::Middle, toned(ink, weight), text);
        // How many replicas are in sync, where not all are.
        if stage.level == Level::Tall && (short || part.leader.is_none()) {
            let text = match part.leader {
                Some(_) => format!("{}/{}", part.isr.len(), part.replicas.len()),
                None => "offline".into(),
            };
            let at = (stage.leader + stage.leader_w, y + h + stage.small + 1.0);
            let ink = if part.leader.is_none() { Token::Red } else { Token::Ink };
            write(layer, at, stage.small, 500, Anchor::End, toned(ink, weight), text);
        }
    }

    /// What the signs mean, in no consumer's colour.
    pub fn legend(&self, layer: &mut Layer) {
        let size = self.stage.small;
        for (i, ((x, y), text)) in self.stage.legend.iter().zip(LEGEND).enumerate() {
            let (w, h) = (size * 0.8, size);
            let (fill, stroke) = match i {
                0 => (Some(Token::Line.into()), Some(Stroke::new(Ink::faded(Token::Soft, 200), 1.0))),
                1 => (Some(Ink::faded(Token::Soft, 36)), Some(Stroke::new(Token::Soft, 1.5))),
                2 => (Some(Ink::faded(Token::Soft, 40)), None),
                6 => (Some(Ink::faded(Token::Soft, 40)), Some(Stroke::new(Token::Red, 1.5))),
                _ => (None, Some(Stroke::dashed(Token::Soft, 1.0, 2.0, 2.0))),
            };
            match i {
                4 => head(layer, (x + w / 2.0, y + size * 0.35), 5.0, Token::Soft.into()),
                5 => flag(layer, (x + w / 2.0 - 2.0, y - size * 0.5), (size, 4.5), Token::Ink.into()),
                _ => layer.add(Shape::Rect { x: *x, y: y - h / 2.0, w, h, r: 2.5, fill, stroke }),
            }
            if i == 6 {
                corner(layer, (x + w, y - h / 2.0), h * 0.4, Token::Red.into());
            }
            let at = (x + size + 5.0, y + size * 0.36);
            write(layer, at, size, 400, Anchor::Start, Token::Soft.into(), text.into());
        }
    }

    fn step(&self, area: &Area) -> f32 {
        match self.stage.level {
            Level::Tall => self.stage.small + 5.0,
            Level::Mid => self.stage.small + 4.0,
            _ => (area.h * 0.8 + 2.0).max(6.0),
        }
    }

    /// The records of a row and the group's place in it.
    pub fn log(&self, layer: &mut Layer, row: usize, refused: Option<&(usize, &'static str, Micros)>) {
        let (Some(area), Some(id), Some(part)) = (self.stage.rows.get(row), self.rows.get(row), self.part(row)) else {
            return;
        };
        let step = self.step(area);
        let seen = self.progress(*id, part);
        let whole = area;
        let area = &self.past(layer, area, step, (part, *id), &seen);
        let anchor = seen.done.min(seen.committed.max(seen.done.saturating_sub(((area.w / step) * 0.3) as u64)));
        let window = Window::new(area, step, part, self.at, anchor);
        let weight = self.light.of_part(*id);
        let share = if weight == Weight::Faint { 0.35 } else { 1.0 };
        // No figures below a sign.
        let clear = refused.map_or(area.x, |refused| area.x + self.refusal_width(area, refused.1) + 3.0);
        for offset in window.seen(part.end()) {
            let Some(entry) = part.log.get((offset - part.base) as usize) else { continue };
            let Some(x) = window.place(offset) else { continue };
            self.cell(layer, area, (x, step), (offset, entry), part, &seen, (share, clear));
        }
        if let Some((left, right)) = window.gap {
            self.tear(layer, area, &window, part.end().saturating_sub(window.first + left + right), (share, clear));
        }
        self.marks(layer, (whole, area), &window, part, &seen, weight);
        if let Some((_, text, until)) = refused {
            self.refusal(layer, area, text, *until);
        }
    }

    /// Records from before the run that the group has yet to process: not kept one by one, but there, in one block
    /// before the log. Returns what is left of the row.
    fn past(&self, layer: &mut Layer, area: &Area, step: f32, of: (&Partition, PartId), seen: &Progress) -> Area {
        let (part, id) = of;
        let behind = part.base.saturating_sub(seen.done);
        let text = grouped(behind.min(1 << 62) as i64);
        let small = self.stage.small;
        let said = if self.stage.level >= Level::Small { wide(&text, small, 600) + 10.0 } else { step };
        // As long as its records would be, where they are few.
        let w = said.min(behind.min(100) as f32 * step).min(area.w * 0.4);
        if behind == 0 || w < 1.0 {
            return *area;
        }
        let share = if self.light.of_part(id) == Weight::Faint { 0.35 } else { 1.0 };
        let label = format!("{}: {text} records from before the run", self.world.part_name(id));
        let hit = Rc::new(Hit { subject: Some(partition_subject(id)), label, act: None });
        let Area { x, y, h, .. } = *area;
        let stroke = Some(Stroke::new(thin(Ink::faded(Token::Soft, 200), share), 1.0));
        let fill = Some(thin(Token::Line.into(), share));
        layer.add_hit(Shape::Rect { x, y, w: w - 2.0, h, r: 2.5, fill, stroke }, &hit);
        if wide(&text, small, 600) + 4.0 <= w {
            let at = (x + w / 2.0 - 1.0, y + h / 2.0 + small * 0.36);
            write(layer, at, small, 600, Anchor::Middle, thin(Token::Ink.into(), share), text);
        }
        Area { x: x + w, w: area.w - w, ..*area }
    }

    #[allow(clippy::too_many_arguments, reason = "what a cell looks like depends on all of it")]
    fn cell(
        &self,
        layer: &mut Layer,
        area: &Area,
        (x, step): (f32, f32),
        (offset, entry): (u64, &Record),
        part: &Partition,
        seen: &Progress,
        (share, clear): (f32, f32),
    ) {
        // What slides out on the left is cut off there.
        let left = x.max(area.x);
        let w = (step - 2.0 - (left - x)).min(area.x + area.w - left);
        if w < 1.5 {
            return;
        }
        let hue = seen.reader.map_or(Token::Soft, hue);
        let fate = self.world.fates.get(entry.id as usize);
        let again = fate.is_some_and(|fate| fate.processed > 1);
        let lit = self.light.of_record(entry) == Weight::Strong;
        let fresh = 1.0 - between(self.at, entry.at, entry.at + TICK);
        let (fill, stroke, ink) = if offset >= part.high_watermark {
            (None, Some(Stroke::dashed(Token::Soft, 1.0, 2.0, 2.0)), Token::Soft)
        } else if offset < seen.done && offset < seen.committed {
            (Some(Token::Wash.into()), None, Token::Soft)
        } else if offset < seen.done {
            (Some(Ink::faded(hue, 50)), None, Token::Ink)
        } else if offset < seen.position {
            (Some(Ink::faded(hue, 36)), Some(Stroke::new(hue, 1.5)), Token::Ink)
        } else if offset < seen.committed {
            (Some(Token::Wash.into()), None, Token::Soft)
        } else {
            (Some(Token::Line.into()), Some(Stroke::new(Ink::faded(Token::Soft, 110), 1.0)), Token::Ink)
        };
        let (fill, stroke, ink) = match (lit, again) {
            (true, _) => (Some(Token::Ink.into()), None, Token::Card),
            (_, true) => (fill, Some(Stroke::new(Token::Red, 1.5)), ink),
            _ => (fill, stroke, ink),
        };
        let share = if lit { 1.0 } else { share };
        let stroke = stroke.map(|stroke| Stroke { ink: thin(stroke.ink, share), ..stroke });
        let mut label = format!("offset {offset}");
        if entry.key > 0 {
            label += &format!(", key k{}", entry.key);
        }
        if let Some(fate) = fate.filter(|_| again) {
            label += &format!(", processed {} times", fate.processed);
        }
        let hit = Rc::new(Hit { subject: Some(record_subject(entry.id)), label, act: None });
        let Area { y, h, .. } = *area;
        let fill = fill.map(|ink: Ink| thin(ink, share));
        layer.add_hit(Shape::Rect { x: left, y, w, h, r: 2.5, fill, stroke }, &hit);
        if let Some((since, until)) = seen.busy.filter(|_| offset == seen.done && !lit) {
            let way = between(self.at, since, until);
            let fill = Some(thin(Ink::faded(hue, 110), share));
            layer.add(Shape::Rect { x: left, y, w: w * way, h, r: 2.5, fill, stroke: None });
        }
        if fresh > 0.0 {
            let grow = 3.0 * fresh;
            let stroke = Some(Stroke::new(Ink::faded(Token::Ink, (fresh * 150.0 * share) as u8), 1.5));
            let (x, y, w, h) = (left - grow / 2.0, y - grow / 2.0, w + grow, h + grow);
            layer.add(Shape::Rect { x, y, w, h, r: 3.5, fill: None, stroke });
        }
        let small = self.stage.small;
        if again && w > 6.0 {
            corner(layer, (left + w, y), (h * 0.4).min(w), thin(Token::Red.into(), share));
        }
        let keyed = self.stage.level >= Level::Mid && self.world.params().keys <= KEYS && left >= clear;
        let text = entry.key.to_string();
        if keyed && entry.key > 0 && wide(&text, small, 500) <= w + 1.0 {
            let at = (left + w / 2.0, y + h / 2.0 + small * 0.36);
            write(layer, at, small, 500, Anchor::Middle, thin(ink.into(), share), text);
        }
    }

    /// Where the log is torn: how many records are not shown.
    fn tear(&self, layer: &mut Layer, area: &Area, window: &Window, hidden: u64, (share, clear): (f32, f32)) {
        let Some((left, right)) = window.gap else { return };
        let from = area.x + left as f32 * window.step;
        let full = (window.w / window.step).floor();
        let to = area.x + (full - right as f32) * window.step - 2.0;
        let middle = ((from + to) / 2.0, area.y + area.h / 2.0);
        let small = self.stage.small;
        let text = format!("+{}", grouped(hidden as i64));
        let fits = self.stage.level >= Level::Small && wide(&text, small, 600) <= to - from + 4.0;
        let text = if fits { text } else { "…".into() };
        if from < clear {
            return;
        }
        let at = (middle.0, middle.1 + small * 0.36);
        write(layer, at, small, 600, Anchor::Middle, thin(Token::Soft.into(), share), text);
    }

    /// The reading head above, the committed offset below, and figures where there is room.
    fn marks(
        &self,
        layer: &mut Layer,
        (whole, area): (&Area, &Area),
        window: &Window,
        part: &Partition,
        seen: &Progress,
        weight: Weight,
    ) {
        let share = if weight == Weight::Faint { 0.4 } else { 1.0 };
        let level = self.stage.level;
        let size = match level {
            Level::Tall if !self.stage.tight() => 5.5,
            Level::Tall | Level::Mid => 4.0,
            _ => 2.8,
        };
        let edge = area.x + area.w;
        if let Some(id) = seen.reader.filter(|_| !seen.silent || seen.position > seen.committed) {
            // What is from before the run is read from its front.
            let x =
                if seen.position < part.base { Some(whole.x) } else { window.place(seen.position).map(|x| x - 1.0) };
            if let Some(x) = x.filter(|x| *x >= whole.x - 2.0 && *x <= edge + 2.0) {
                let (y, ink) = (area.y - 2.0, thin(hue(id).into(), share));
                head(layer, (x, y), size, ink);
                let stroke = Stroke::new(ink, 1.6);
                layer.add(Shape::Line { x1: x, y1: y - 1.0, x2: x, y2: area.y + area.h, stroke });
            }
        }
        let below = area.y + area.h + 2.0;
        let mut taken = whole.x - 4.0;
        if let Some(committed) = part.committed {
            let place = window.place(committed).map(|x| (x - 1.0).clamp(area.x, edge));
            let place = if committed < part.base { Some(whole.x) } else { place };
            let (x, known) = (place.unwrap_or(area.x), place.is_some());
            let ink = thin(Token::Ink.into(), share);
            let pole = size * 2.0 + 1.0;
            if level >= Level::Mid {
                flag(layer, (x, area.y + 2.0), (below + pole - area.y - 2.0, size), ink);
            } else {
                let stroke = Stroke::new(ink, 1.6);
                layer.add(Shape::Line { x1: x, y1: area.y + area.h * 0.5, x2: x, y2: below + 2.0, stroke });
            }
            if level == Level::Tall {
                let text = if known { grouped(committed as i64) } else { format!("‹ {}", grouped(committed as i64)) };
                let at = (x + size * 1.8 + 3.0, below + self.stage.small + 1.0);
                taken = at.0 + wide(&text, self.stage.small, 400);
                write(layer, at, self.stage.small, 400, Anchor::Start, ink, text);
            }
        }
        if level == Level::Tall {
            let end = grouped(part.end() as i64);
            let lag = format!("lag {}, end {end}", grouped(part.lag() as i64));
            let tries = [if self.world.is_read(part) { lag } else { end.clone() }, format!("end {end}"), end];
            let small = self.stage.small;
            if let Some(text) = tries.into_iter().find(|text| edge - wide(text, small, 400) > taken + 8.0) {
                let at = (edge, below + small + 1.0);
                write(layer, at, small, 400, Anchor::End, thin(Token::Soft.into(), share), text);
            }
        }
    }
}
