//! Who reads what over time: a lane for each consumer with what it is at, a lane for each partition in its reader's
//! colour, and rebalances as bands across them all. Where nobody reads, the lane is hatched: that is what it cost.

use super::light::{Light, hue, owner, phase_words, seconds, words};
use super::types::*;
use super::world::World;
use super::{consumer as consumer_subject, coordination::unread_time, partition as partition_subject};
use crate::draw::pen::{Area, Weight, cut, hatch, thin, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Shape, Stroke, Token};
use crate::explainers::View;
use crate::sim::{Micros, SECOND};
use std::rc::Rc;

/// Lengths that the axis of time may have, in seconds: it grows by steps and stands still in between.
const SPANS: [u64; 4] = [10, 20, 40, 60];
/// Lanes of partitions at most; of more, those that went unread longest are shown.
const LANES: usize = 40;
/// Lanes of consumers at most.
const PEOPLE: usize = 16;
/// From the diagram's edge.
const EDGE: f32 = 8.0;

pub fn diagram(world: &World, at: Micros, view: &View) -> Option<Scene> {
    let light = Light::new(world, view);
    let gantt = Gantt::new(world, at, view, &light);
    Some(gantt.draw())
}

/// The window of time that is seen: it begins at a round time and jumps by a quarter of its length, so that the
/// picture only grows in between.
fn window(at: Micros) -> (Micros, Micros) {
    let longest = SPANS.last().copied().unwrap_or(60) * SECOND;
    if at < longest {
        let span = SPANS.iter().map(|span| span * SECOND).find(|span| at < *span).unwrap_or(longest);
        return (0, span);
    }
    let quarter = longest / 4;
    let begin = (at - longest) / quarter * quarter + quarter;
    (begin, begin + longest)
}

struct Gantt<'a> {
    world: &'a World,
    at: Micros,
    light: &'a Light,
    w: f32,
    h: f32,
    small: f32,
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    from: Micros,
    to: Micros,
    /// Each lane with its place; partitions that are left out are only counted.
    people: Vec<(ConsumerId, Area)>,
    parts: Vec<(PartId, Area)>,
    left_out: usize,
    /// Below the lanes of consumers.
    middle: f32,
}

/// The least number of pixels in which something that took time is seen.
const SEEN: f32 = 1.0;

impl<'a> Gantt<'a> {
    fn new(world: &'a World, at: Micros, view: &View, light: &'a Light) -> Gantt<'a> {
        let w = view.width.clamp(260.0, 4_000.0);
        let text = view.text.clamp(11.0, 40.0);
        let small = (text - 1.0).max(12.0);
        let (from, to) = window(at);
        // Nobody is meant to read dead letters.
        let mut rows: Vec<PartId> = world.read_rows().collect();
        let all = rows.len();
        if all > LANES {
            // The lit ones first, then those that went unread longest; shown in their own order.
            let rank = |part: &PartId| {
                let unread = world.part(*part).map_or(0, |it| unread_time(it, from, at));
                let lit = u64::from(light.of_part(*part) == Weight::Strong) << 62;
                u64::MAX - (unread | lit)
            };
            let order = crate::sim::order::order(&rows.iter().map(rank).collect::<Vec<_>>());
            let mut kept: Vec<u32> = order.into_iter().take(LANES).collect();
            kept.sort_unstable();
            rows = kept.into_iter().filter_map(|place| rows.get(place as usize).copied()).collect();
        }
        let names = rows.iter().map(|part| wide(&world.part_name(*part), small, 700)).fold(0.0, f32::max);
        let left = EDGE + (names + 8.0).clamp(small * 3.0, w * 0.3);
        let right = w - EDGE;
        let top = EDGE + small * 2.0 + 16.0;
        // Heights: as much as lanes like to have, in what there is.
        let people = world.consumers.len().min(PEOPLE);
        let most = view.height.clamp(260.0, 2_000.0);
        let foot = small * 3.0 + 32.0;
        // What is left out is said between the two.
        let between = if all > rows.len() { small + 8.0 } else { 10.0 };
        let room = most - top - foot - between;
        let lanes = (people + rows.len()).max(1) as f32;
        let lane = (room / lanes).min(small + 10.0).max(2.0);
        let high = |n: usize| n as f32 * lane;
        let place = |i: usize, y: f32| Area { x: left, y: y + i as f32 * lane, w: right - left, h: lane };
        let middle = top + high(people) + between;
        let bottom = middle + high(rows.len());
        Gantt {
            people: (0..people).map(|i| (i as ConsumerId, place(i, top))).collect(),
            parts: rows.iter().enumerate().map(|(i, part)| (*part, place(i, middle))).collect(),
            left_out: all - rows.len(),
            // Sums of fractions may come to a hair more than what was shared out.
            h: if bottom + foot < most + 0.5 { (bottom + foot).min(most) } else { bottom + foot },
            world,
            at,
            light,
            w,
            small,
            left,
            right,
            top,
            bottom,
            from,
            to,
            middle,
        }
    }

    fn x(&self, at: Micros) -> f32 {
        let at = at.clamp(self.from, self.to);
        let share = (at - self.from) as f64 / (self.to - self.from).max(1) as f64;
        self.left + share as f32 * (self.right - self.left)
    }

    fn draw(self) -> Scene {
        // What is over stands still; what grows is above it.
        let mut base = Layer::default();
        let mut live = Layer::default();
        self.axis(&mut base);
        self.rebalances(&mut base, &mut live);
        for (id, area) in &self.people {
            self.consumer(&mut base, &mut live, *id, area);
        }
        for (id, area) in &self.parts {
            self.part(&mut base, &mut live, *id, area);
        }
        self.sums(&mut live);
        self.notes(&mut base);
        self.legend(&mut base);
        self.now(&mut live);
        // One layer: the painter finds what of it changed, which is little until somebody's hands change.
        base.items.append(&mut live.items);
        Scene {
            width: self.w,
            height: self.h,
            base: Rc::new(Layer { revision: 1, ..Layer::default() }),
            live: base,
            picks: None,
        }
    }

    fn axis(&self, layer: &mut Layer) {
        let seconds = (self.to - self.from) / SECOND;
        let room = wide("100 s", self.small, 400) + 14.0;
        let most = ((self.right - self.left) / room).max(1.0) as u64;
        let step = [1, 2, 5, 10, 20, 30].into_iter().find(|step| seconds / step <= most).unwrap_or(60);
        for i in 0..=seconds / step {
            let at = self.from + i * step * SECOND;
            let x = self.x(at);
            let stroke = Stroke::new(Ink::faded(Token::Line, 150), 1.0);
            layer.add(Shape::Line { x1: x, y1: self.top - 4.0, x2: x, y2: self.bottom + 3.0, stroke });
            let text = format!("{} s", at / SECOND);
            let half = wide(&text, self.small, 400) / 2.0;
            let y = self.bottom + self.small + 5.0;
            let (x, anchor) = if x + half > self.w - 2.0 { (self.w - 3.0, Anchor::End) } else { (x, Anchor::Middle) };
            write(layer, (x, y), self.small, 400, anchor, Token::Soft.into(), text);
        }
    }

    /// Until when something that has not ended is drawn.
    fn end_of(&self, end: Option<Micros>) -> Micros {
        end.unwrap_or(self.at).min(self.at)
    }

    fn shown(&self) -> impl Iterator<Item = &Rebalance> {
        let first = self.world.rebalances.partition_point(|it| it.ended.is_some_and(|ended| ended < self.from));
        self.world.rebalances.from(first).filter(|it| it.began <= self.at)
    }

    /// A band over all lanes; above it the generation or epoch and why, as far as there is room.
    fn rebalances(&self, base: &mut Layer, live: &mut Layer) {
        let word = if self.world.params().modern() { "epoch" } else { "generation" };
        let small = self.small;
        let shown: Vec<&Rebalance> = self.shown().collect();
        let mut taken = [0.0f32; 2];
        for (nth, it) in shown.iter().enumerate() {
            let over = it.ended.is_some_and(|ended| ended <= self.at);
            let layer = if over { &mut *base } else { &mut *live };
            let (x0, x1) = (self.x(it.began), self.x(self.end_of(it.ended)).max(self.x(it.began) + 1.5));
            let (y, h) = (self.top - 3.0, self.bottom - self.top + 6.0);
            let fill = Some(Ink::faded(Token::Gold, 44));
            let w = (x1 - x0).min(self.right - x0).max(SEEN);
            layer.add(Shape::Rect { x: x0, y, w, h, r: 0.0, fill, stroke: None });
            let edge = Stroke::new(Ink::faded(Token::Gold, 190), 1.2);
            layer.add(Shape::Line { x1: x0, y1: y, x2: x0, y2: y + h, stroke: edge });
            // Two lines of words: number, and cause.
            let next = shown.get(nth + 1).map_or(self.right, |next| self.x(next.began));
            let number = match it.ended {
                Some(_) if it.to != it.from => it.to.to_string(),
                _ => format!("{}…", it.from + 1),
            };
            let tries = [format!("{word} {number}"), number];
            let causes = [it.cause.to_string()];
            for (line, texts) in [&tries[..], &causes[..]].into_iter().enumerate() {
                let Some(last) = taken.get_mut(line) else { continue };
                let x = x0.max(*last);
                // A number that is pushed away from its band would be taken for another's.
                if line == 0 && x > x0 + small && nth + 1 < shown.len() {
                    continue;
                }
                // A little to the left at the right edge.
                let room = if nth + 1 == shown.len() { self.right - x } else { next - x - 6.0 };
                let weight = if line == 0 { 600 } else { 400 };
                let y = EDGE + small * 0.9 + line as f32 * (small + 4.0);
                let ink = if line == 0 { Token::Ink } else { Token::Soft };
                let fits = texts.iter().find(|text| wide(text, small, weight) <= room).cloned();
                let last_try = || texts.last().cloned().unwrap_or_default();
                if let Some(text) = fits {
                    *last = x + wide(&text, small, weight) + 8.0;
                    write(layer, (x, y), small, weight, Anchor::Start, ink.into(), text);
                } else if nth + 1 == shown.len() {
                    // The latest is said whole: to the left, if that is free.
                    let whole = texts.first().filter(|text| wide(text, small, weight) <= self.right - *last).cloned();
                    let text = whole.unwrap_or_else(|| cut(last_try(), self.right - *last, small));
                    if wide(&text, small, weight) <= self.right - *last && *last <= self.right - small * 3.0 {
                        write(layer, (self.right, y), small, weight, Anchor::End, ink.into(), text);
                    }
                } else if line == 1 {
                    let text = cut(last_try(), room, small);
                    if room > small * 4.0 {
                        *last = x + wide(&text, small, weight) + 8.0;
                        write(layer, (x, y), small, weight, Anchor::Start, ink.into(), text);
                    }
                }
            }
        }
    }

    /// Partition-seconds that nobody read, at each band's foot.
    fn sums(&self, layer: &mut Layer) {
        let small = self.small;
        let y = self.bottom + small * 2.0 + 12.0;
        let shown: Vec<&Rebalance> = self.shown().filter(|it| it.unread > 0).collect();
        let mut last = EDGE;
        for (nth, it) in shown.iter().enumerate() {
            let room = shown.get(nth + 1).map_or(self.w - EDGE, |next| self.x(next.began)) - last;
            let tries = [format!("{} unread", seconds(it.unread)), seconds(it.unread)];
            let text = tries.iter().find(|text| wide(text, small, 600) <= room).unwrap_or(&tries[1]).clone();
            let w = wide(&text, small, 600);
            let middle = (self.x(it.began) + self.x(self.end_of(it.ended))) / 2.0;
            let x = (middle - w / 2.0).max(last).min(self.w - EDGE - w);
            if x >= last {
                write(layer, (x, y), small, 600, Anchor::Start, Token::Ink.into(), text);
                last = x + w + 8.0;
            }
        }
    }

    /// What hatching, stripes and bands mean.
    fn legend(&self, layer: &mut Layer) {
        let small = self.small;
        let y = self.h - EDGE - small * 0.5;
        let mut x = self.left.min(EDGE * 4.0);
        let headless = self.parts.iter().filter_map(|it| self.world.part(it.0)).any(|it| !it.headless.is_empty());
        let signs = ["nobody reads", "its reader is silent", "rebalance", "no leader"];
        for (i, text) in signs.into_iter().take(if headless { 4 } else { 3 }).enumerate() {
            let area = Area { x, y: y - small * 0.45, w: small * 1.6, h: small * 0.9 };
            let w = area.w + 5.0 + wide(text, small, 400);
            if x + w > self.w - 2.0 {
                break;
            }
            let Area { x: left, y: top, w: across, h } = area;
            let fill = match i {
                0 => Some(Token::Card.into()),
                1 => Some(Ink::faded(Token::Blue, 46)),
                3 => Some(Token::Card.into()),
                _ => Some(Ink::faded(Token::Gold, 60)),
            };
            layer.add(Shape::Rect { x: left, y: top, w: across, h, r: 0.0, fill, stroke: None });
            match i {
                0 => hatch(layer, &area, 5.0, Stroke::new(Ink::faded(Token::Ink, 150), 1.0)),
                1 => hatch(layer, &area, 5.0, Stroke::new(Token::Blue, 1.4)),
                3 => hatch(layer, &area, 4.0, Stroke::new(Token::Red, 1.2)),
                _ => {}
            }
            let at = (x + area.w + 5.0, y + small * 0.36);
            write(layer, at, small, 400, Anchor::Start, Token::Soft.into(), text.into());
            x += w + 16.0;
        }
    }

    fn notes(&self, layer: &mut Layer) {
        if self.left_out > 0 {
            let text = format!("{} of {}, the longest unread", self.parts.len(), self.parts.len() + self.left_out);
            let at = (self.right, self.middle - 5.0);
            write(layer, at, self.small, 400, Anchor::End, Token::Soft.into(), text);
        }
    }

    fn label(&self, layer: &mut Layer, area: &Area, text: String, weight: Weight, every: bool) {
        let small = self.small;
        if area.h >= small + 1.0 || every {
            let at = (self.left - 6.0, area.y + area.h / 2.0 + small * 0.36);
            let heavy = if weight == Weight::Strong { 700 } else { 400 };
            let ink = toned(if weight == Weight::Strong { Token::Ink } else { Token::Soft }, weight);
            write(layer, at, small, heavy, Anchor::End, ink, cut(text, self.left - 6.0 - 2.0, small));
        }
    }

    /// Lanes so thin that only some say their names.
    fn says(&self, nth: usize, lane: f32) -> bool {
        let every = ((self.small + 2.0) / lane.max(0.5)).ceil().max(1.0) as usize;
        nth.is_multiple_of(every)
    }

    fn consumer(&self, base: &mut Layer, live: &mut Layer, id: ConsumerId, area: &Area) {
        let Some(who) = self.world.consumer(id) else { return };
        let weight = self.light.of_consumer(id);
        let share = if weight == Weight::Faint { 0.35 } else { 1.0 };
        let says = self.says(usize::from(id), area.h);
        self.label(base, area, format!("C{}", id + 1), weight, says);
        let label = format!("C{}, {}", id + 1, words(who));
        let hit = Rc::new(Hit { subject: Some(consumer_subject(id)), label, act: None });
        let first = who.phases.partition_point(|phase| phase.0 <= self.from).saturating_sub(1);
        // Before it was there at all, there is nothing to see.
        let unborn = who.phases.get(0).is_some_and(|first| first.1 == Phase::Down) && first == 0;
        let mut phases = who.phases.from(first + usize::from(unborn)).peekable();
        let inset = (area.h * 0.14).min(3.0);
        while let Some((from, phase)) = phases.next() {
            let until = phases.peek().map_or(self.at, |next| next.0).min(self.at);
            if *from > self.at || until < self.from {
                continue;
            }
            let layer = if phases.peek().is_none_or(|next| next.0 > self.at) { &mut *live } else { &mut *base };
            let (x, w) = (self.x(*from), (self.x(until) - self.x(*from)).max(SEEN));
            let part = Area { x, y: area.y + inset, w: w.min(self.right - x), h: area.h - 2.0 * inset };
            let hue = hue(id);
            let (fill, lines) = match phase {
                Phase::Steady => (Some(Ink::faded(hue, 230)), None),
                Phase::Down => (None, None),
                Phase::Hung => (Some(Ink::faded(Token::Red, 40)), Some(Token::Red)),
                Phase::Revoking => (Some(Ink::faded(hue, 120)), Some(Token::Ink)),
                _ => (Some(Ink::faded(hue, 55)), Some(hue)),
            };
            let Area { x, y, w, h } = part;
            let stroke = (*phase == Phase::Down)
                .then(|| Stroke::dashed(thin(Ink::faded(Token::Soft, 150), share), 1.0, 2.0, 3.0));
            if stroke.is_some() {
                let y = area.y + area.h / 2.0;
                if let Some(stroke) = stroke {
                    layer.add(Shape::Line { x1: x, y1: y, x2: x + w, y2: y, stroke });
                }
            }
            let fill = fill.map(|ink| thin(ink, share));
            layer.add_hit(Shape::Rect { x, y, w, h, r: 1.5, fill, stroke: None }, &hit);
            if let Some(ink) = lines.filter(|_| w > 3.0 && h > 4.0) {
                hatch(layer, &part, 5.0, Stroke::new(thin(Ink::faded(ink, 140), share), 1.0));
            }
            // A word where there is room for it.
            let word = phase_words(*phase);
            let fits = h >= self.small + 1.0 && wide(word, self.small, 500) + 8.0 < w;
            if fits && *phase != Phase::Steady {
                let tw = wide(word, self.small, 500) + 6.0;
                let ground = Some(Ink::faded(Token::Card, 225));
                let x = x + 2.0;
                layer.add(Shape::Rect { x, y: y + 0.5, w: tw, h: h - 1.0, r: 2.0, fill: ground, stroke: None });
                let at = (x + 3.0, area.y + area.h / 2.0 + self.small * 0.36);
                let ink = if matches!(phase, Phase::Down | Phase::Hung) { Token::Red } else { Token::Ink };
                write(layer, at, self.small, 500, Anchor::Start, toned(ink, weight), word.into());
            }
        }
    }

    fn part(&self, base: &mut Layer, live: &mut Layer, id: PartId, area: &Area) {
        let Some(part) = self.world.part(id) else { return };
        let weight = self.light.of_part(id);
        let nth = self.parts.iter().position(|known| known.0 == id).unwrap_or(0);
        let name = self.world.part_name(id);
        self.label(base, area, name.clone(), weight, self.says(nth, area.h));
        let subject = Some(partition_subject(id));
        let hit = Rc::new(Hit { subject, label: name, act: None });
        let first = part.holds.partition_point(|hold| hold.from <= self.from).saturating_sub(1);
        let mut holds = part.holds.from(first).peekable();
        let inset = (area.h * 0.12).min(2.5);
        let mut last: Option<ConsumerId> = None;
        while let Some(hold) = holds.next() {
            let until = holds.peek().map_or(self.at, |next| next.from).min(self.at);
            let layer = if holds.peek().is_none_or(|next| next.from > self.at) { &mut *live } else { &mut *base };
            if hold.from > self.at || until < self.from {
                continue;
            }
            let x = self.x(hold.from);
            let w = (self.x(until) - x).max(if hold.from == until { 0.0 } else { SEEN });
            if w <= 0.0 {
                continue;
            }
            let piece = Area { x, y: area.y + inset, w: w.min(self.right - x), h: area.h - 2.0 * inset };
            let who = owner(hold.holder);
            // Another consumer is pointed at: this one's stretches step back.
            let share = match self.light.subject.filter(|subject| subject.kind == "consumer") {
                Some(lit) if who.map(consumer_subject) == Some(lit) || who.is_none() => 1.0,
                Some(_) => 0.25,
                None if weight == Weight::Faint => 0.3,
                None => 1.0,
            };
            let Area { x, y, w, h } = piece;
            match hold.holder {
                Holder::Nobody => {
                    let fill = Some(thin(Token::Card.into(), share));
                    layer.add_hit(Shape::Rect { x, y, w, h, r: 0.0, fill, stroke: None }, &hit);
                    if w > 2.0 && h > 3.0 {
                        hatch(layer, &piece, 5.0, Stroke::new(thin(Ink::faded(Token::Ink, 150), share), 1.0));
                    } else {
                        let fill = Some(thin(Ink::faded(Token::Ink, 120), share));
                        layer.add(Shape::Rect { x, y, w, h, r: 0.0, fill, stroke: None });
                    }
                }
                Holder::Reads(who) => {
                    let fill = Some(thin(hue(who).into(), share));
                    layer.add_hit(Shape::Rect { x, y, w, h, r: 0.0, fill, stroke: None }, &hit);
                }
                Holder::Silent(who) => {
                    let fill = Some(thin(Ink::faded(hue(who), 46), share));
                    layer.add_hit(Shape::Rect { x, y, w, h, r: 0.0, fill, stroke: None }, &hit);
                    if w > 2.0 && h > 3.0 {
                        hatch(layer, &piece, 5.0, Stroke::new(thin(hue(who).into(), share), 1.4));
                    }
                }
            }
            // Whose it is from here on, in a word.
            if let Some(who) = who.filter(|who| last != Some(*who)) {
                let text = format!("C{}", who + 1);
                if h >= self.small && wide(&text, self.small, 600) + 8.0 < w {
                    let silent = matches!(hold.holder, Holder::Silent(_));
                    let ink = if silent { Token::Ink } else { hue(who).text_on() };
                    let at = (x + 5.0, area.y + area.h / 2.0 + self.small * 0.36);
                    write(layer, at, self.small, 600, Anchor::Start, thin(ink.into(), share.max(0.5)), text);
                }
            }
            last = who;
        }
        // Over the readers' stretches, of which the last is in the upper layer.
        self.headless(live, part, area, &hit);
    }

    /// Stretches in which no leader served it: its reader has nothing to read from.
    fn headless(&self, layer: &mut Layer, part: &Partition, area: &Area, hit: &Rc<Hit>) {
        for (from, until) in part.headless.iter() {
            if *from > self.at || *until < self.from {
                continue;
            }
            let x = self.x(*from);
            let w = (self.x((*until).min(self.at)) - x).max(SEEN).min(self.right - x);
            let h = area.h * 0.5;
            let piece = Area { x, y: area.y + area.h * 0.25, w, h };
            let fill = Some(Ink::faded(Token::Card, 235));
            layer.add_hit(Shape::Rect { x, y: piece.y, w, h, r: 0.0, fill, stroke: None }, hit);
            if w > 2.0 && h > 3.0 {
                hatch(layer, &piece, 4.0, Stroke::new(Token::Red, 1.2));
            }
        }
    }

    fn now(&self, layer: &mut Layer) {
        let x = self.x(self.at);
        let stroke = Stroke::new(Token::Ink, 1.4);
        layer.add(Shape::Line { x1: x, y1: self.top - 6.0, x2: x, y2: self.bottom + 3.0, stroke });
        let (r, fill) = (2.6, Some(Token::Ink.into()));
        layer.add(Shape::Circle { x, y: self.top - 6.0, r, fill, stroke: None });
    }
}
