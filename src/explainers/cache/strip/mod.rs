//! One key over time: a lane for each client with its reads and writes as bars, one for what the cache has of it, one
//! for what the database has, and every message between them. A value that was put into the cache too late is seen as
//! an arrow that comes after the delete, and as the hatched stretch behind it.

mod arrows;
mod bars;
mod holdings;

use super::light::{Light, key_shown};
use super::types::*;
use super::world::World;
use super::{DB, client as client_subject, key as key_subject, node as node_subject, request as request_subject};
use crate::draw::pen::{Area, Weight, hatch, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Seg, Shape, Stroke, Token};
use crate::explainers::View;
use crate::sim::{MS, Micros};
use std::rc::Rc;

/// Lengths that the axis of time may have, in ms.
const SPANS: [u64; 9] = [30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680];
/// So many requests of a key make a picture.
const ENOUGH: usize = 3;
/// So many requests back those of a key are looked for.
const BACK: usize = 4_000;
/// A request that began so long before the window may still be seen to end in it.
const BEFORE: Micros = 600 * MS;
/// Lanes of clients at most; rows of a lane at most, where requests of one client overlap.
const PEOPLE: usize = 8;
const ROWS: usize = 4;
/// Requests that are drawn, at most.
const MOST: usize = 120;
const EDGE: f32 = 8.0;
/// Arrows of more messages than this are left without words.
const WORDS: usize = 26;

pub fn diagram(world: &World, at: Micros, view: &View) -> Option<Scene> {
    let light = Light::new(world, view);
    Some(Strip::new(world, at, view, &light).draw())
}

/// The window of time that is seen: it jumps by a third of its length, and stands still in between.
fn window(at: Micros, span: Micros) -> (Micros, Micros) {
    if at < span {
        return (0, span);
    }
    let step = span / 3;
    let begin = (at - span) / step * step + step;
    (begin, begin + span)
}

/// A request with its row in its client's lane.
struct Seen<'a> {
    request: &'a Request,
    row: usize,
}

struct Lane {
    id: ClientId,
    area: Area,
    rows: usize,
}

struct Strip<'a> {
    world: &'a World,
    /// The moment up to which it is drawn: now, but for windows that are over.
    at: Micros,
    over: bool,
    light: &'a Light,
    key: KeyId,
    w: f32,
    h: f32,
    small: f32,
    big: f32,
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    from: Micros,
    to: Micros,
    seen: Vec<Seen<'a>>,
    /// How many there are; there is no room for more of them than are seen.
    all: usize,
    lanes: Vec<Lane>,
    cache: Option<Area>,
    db: Area,
    layer: Layer,
    taken: Vec<Area>,
    /// Words in bars.
    words: Vec<Area>,
}

/// The key's requests that are seen in a window, in the order in which they began.
fn requests_in(world: &World, key: KeyId, (from, to): (Micros, Micros), at: Micros) -> Vec<&Request> {
    let first = world.requests.partition_point(|it| it.began + BEFORE < from);
    let first = first.max(world.requests.partition_point(|it| it.began <= to).saturating_sub(BACK));
    let in_time = world.requests.from(first).take_while(|it| it.began <= at.min(to));
    in_time.filter(|it| it.key == key && it.ended.is_none_or(|ended| ended >= from)).collect()
}

/// Those that there is room for, each in a row of its client's lane: what is lit first, then what went wrong.
fn seated<'a>(found: Vec<&'a Request>, light: &Light, rows: usize) -> Vec<Seen<'a>> {
    let rank = |request: &&Request| match request {
        it if light.subject == Some(request_subject(it.id)) => 0,
        it if it.stale || it.own => 1,
        it if it.kind == OpKind::Write => 2,
        _ => 3u64,
    };
    let ranks: Vec<u64> = found.iter().map(rank).collect();
    let mut seen: Vec<Seen> = Vec::with_capacity(found.len().min(128));
    for place in crate::sim::order::order(&ranks) {
        let Some(request) = found.get(place as usize).copied() else { continue };
        let apart = |a: &Request, b: &Request| a.ended.is_some_and(|ended| ended < b.began);
        let free = |row: &usize| {
            let here = seen.iter().filter(|it| it.row == *row && it.request.client == request.client);
            here.clone().all(|it| apart(it.request, request) || apart(request, it.request))
        };
        if seen.len() >= MOST {
            break;
        }
        if let Some(row) = (0..rows).find(free) {
            seen.push(Seen { request, row });
        }
    }
    // In the order in which they began: what is drawn keeps its place from frame to frame.
    let began: Vec<u64> = seen.iter().map(|it| u64::from(it.request.id)).collect();
    let mut slots: Vec<Option<Seen>> = seen.into_iter().map(Some).collect();
    crate::sim::order::order(&began).into_iter().filter_map(|i| slots.get_mut(i as usize)?.take()).collect()
}

impl<'a> Strip<'a> {
    fn new(world: &'a World, at: Micros, view: &View, light: &'a Light) -> Strip<'a> {
        let w = view.width.clamp(260.0, 4_000.0);
        let text = view.text.clamp(11.0, 40.0);
        let (small, big) = ((text - 1.0).max(12.0), text);
        let key = key_shown(world, view);
        // As long as several misses take; of a key that was asked for by name, until there is something to be seen.
        let params = world.params();
        let miss = (params.hop + params.way + params.db).max(1) as u64 * MS;
        // On a narrow page less time, so that a millisecond keeps some room.
        let misses = if w < 520.0 { 3 } else { 5 };
        let shortest = SPANS.iter().position(|span| span * MS >= misses * miss).unwrap_or(SPANS.len() - 1);
        let longest = if light.key.is_some() { (shortest + 2).min(SPANS.len() - 1) } else { shortest };
        let mut chosen = (window(at, MS), Vec::new());
        for span in SPANS.iter().skip(shortest).take(longest - shortest + 1) {
            let window = window(at, span * MS);
            let found = requests_in(world, key, window, at);
            let enough = found.len() >= ENOUGH || at < span * MS;
            chosen = (window, found);
            if enough {
                break;
            }
        }
        // A request that is looked at is in the picture, however long ago it was.
        let lit = light.subject.filter(|lit| lit.kind == "request").and_then(|lit| world.request(lit.id - 1));
        if let Some(lit) = lit.filter(|lit| lit.began < chosen.0.0) {
            let long = (chosen.0.1 - chosen.0.0).max(lit.latency().unwrap_or(0) * 3 / 2);
            let step = (long / 6).max(1);
            let from = (lit.began / step).saturating_sub(1) * step;
            let window = (from, from + long);
            chosen = (window, requests_in(world, key, window, at));
        }
        let ((from, to), found) = chosen;
        let (now, at) = (at, at.min(to));
        // Who has to do with it, and who is paused; all, where they are few.
        let n = world.clients.len();
        let mut people: Vec<ClientId> = (0..n as ClientId)
            .filter(|id| n <= 3 || light.key.is_none() && n <= 4 || found.iter().any(|it| it.client == *id))
            .collect();
        people.truncate(PEOPLE);
        if people.is_empty() {
            people = (0..n.min(3) as ClientId).collect();
        }
        let all = found.len();
        let rows = if people.len() <= 3 { ROWS } else { ROWS - 1 };
        let seen = seated(found, light, rows);
        let left = EDGE + wide("database", small, 600) + 8.0;
        let right = w - EDGE;
        let top = EDGE + big + 18.0;
        let bar = small + 6.0;
        let gap = (small * 1.5).max(16.0);
        let mut y = top + 6.0;
        let mut lanes = Vec::with_capacity(people.len());
        for id in people {
            let rows = seen.iter().filter(|it| it.request.client == id).map(|it| it.row + 1).max().unwrap_or(1);
            let h = rows as f32 * (bar + 2.0) - 2.0;
            lanes.push(Lane { id, area: Area { x: left, y, w: right - left, h }, rows });
            y += h + gap * 0.62;
        }
        y += gap * 0.9;
        let lane = |y: &mut f32| {
            let area = Area { x: left, y: *y, w: right - left, h: bar + 4.0 };
            *y += area.h + gap * 1.75;
            area
        };
        let cache = (!world.nodes.is_empty()).then(|| lane(&mut y));
        let db = lane(&mut y);
        let bottom = db.y + db.h + 5.0;
        let h = bottom + small * 2.0 + 24.0;
        let (layer, taken) = (Layer::default(), Vec::new());
        Strip {
            world,
            at,
            over: at < now,
            light,
            key,
            w,
            h,
            small,
            big,
            left,
            right,
            top,
            bottom,
            from,
            to,
            seen,
            all,
            lanes,
            cache,
            db,
            layer,
            taken,
            words: Vec::new(),
        }
    }

    fn x(&self, at: Micros) -> f32 {
        let at = at.clamp(self.from, self.to);
        let share = (at - self.from) as f64 / (self.to - self.from).max(1) as f64;
        self.left + share as f32 * (self.right - self.left)
    }

    fn draw(mut self) -> Scene {
        self.title();
        self.axis();
        self.names();
        self.cache_lane();
        self.db_lane();
        let seen = std::mem::take(&mut self.seen);
        for it in &seen {
            self.bar(it);
        }
        for it in &seen {
            self.beside(it);
        }
        self.pauses();
        self.held_up(&seen);
        self.messages(&seen);
        self.legend();
        self.now();
        // The painter finds what of it changed: little, until the window jumps.
        Scene {
            width: self.w,
            height: self.h,
            base: Rc::new(Layer { revision: 1, ..Layer::default() }),
            live: self.layer,
            picks: None,
        }
    }

    fn write(&mut self, at: (f32, f32), weight: u16, anchor: Anchor, ink: impl Into<Ink>, text: String) {
        write(&mut self.layer, at, self.small, weight, anchor, ink.into(), text);
    }

    fn rect(&mut self, area: &Area, r: f32, fill: Option<Ink>, stroke: Option<Stroke>, hit: Option<&Rc<Hit>>) {
        let Area { x, y, w, h } = *area;
        let shape = Shape::Rect { x, y, w, h, r, fill, stroke };
        match hit {
            Some(hit) => self.layer.add_hit(shape, hit),
            None => self.layer.add(shape),
        }
    }

    /// What goes on now: a frame and its ground, of which only the end grows. The rest stays as it is for a while, so
    /// that it need not be painted again.
    fn ongoing(&mut self, area: &Area, fill: Ink, stroke: Stroke, hit: &Rc<Hit>) {
        let grain = (self.to - self.from) / 15;
        let cut = self.x(self.at / grain.max(1) * grain).clamp(area.x, area.x + area.w);
        let (top, bottom, end) = (area.y, area.y + area.h, area.x + area.w);
        for (from, to, outer) in [(cut, area.x, area.x), (cut, end, end)] {
            let (x, w) = (from.min(to), (to - from).abs());
            if w <= 0.0 {
                continue;
            }
            self.rect(&Area { x, w, ..*area }, 0.0, Some(fill), None, Some(hit));
            let segs = [Seg::Move(from, top), Seg::Line(outer, top), Seg::Line(outer, bottom), Seg::Line(from, bottom)];
            self.layer.add(Shape::Path { segs: Rc::new(segs), fill: None, stroke: Some(stroke) });
        }
    }

    fn title(&mut self) {
        let (key, world) = (self.key, self.world);
        let name = world.name(key_subject(key)).unwrap_or_else(|| format!("k{}", key + 1));
        let mut text = name;
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let label = text.clone();
        let hit = Rc::new(Hit { subject: Some(key_subject(key)), label, act: None });
        let (x, y, size) = (EDGE, EDGE + self.big, self.big);
        let used = wide(&text, size, 600) + 10.0;
        self.layer.add_hit(
            Shape::Text {
                x,
                y,
                size,
                weight: 600,
                face: crate::draw::scene::Face::Sans,
                anchor: Anchor::Start,
                fill: Token::Ink.into(),
                text,
            },
            &hit,
        );
        let room = self.w - EDGE - x - used;
        let left_out = match self.seen.len() {
            n if n < self.all => format!("{n} of its {} requests here", crate::explainers::grouped(self.all as i64)),
            _ => String::new(),
        };
        let long = "who asks for it, and who has which version of it".to_string();
        let tries =
            if left_out.is_empty() { [long, "who has which version".into()] } else { [left_out, String::new()] };
        let fits = tries.into_iter().find(|text| wide(text, self.small, 400) <= room);
        if let Some(text) = fits {
            self.write((x + used, y), 400, Anchor::Start, Token::Soft, text);
        }
    }

    fn axis(&mut self) {
        let span = (self.to - self.from) / MS;
        let room = wide("10,000 ms", self.small, 400) + 10.0;
        let most = ((self.right - self.left) / room).max(1.0) as u64;
        let step = [5, 10, 20, 40, 80, 160, 240, 480, 960, 1_920]
            .into_iter()
            .find(|step| span / step <= most)
            .unwrap_or(3_840);
        let first = (self.from / MS).div_ceil(step) * step;
        let (mut at, mut last) = (first, 0.0f32);
        while at * MS <= self.to {
            let x = self.x(at * MS);
            let stroke = Stroke::new(Ink::faded(Token::Line, 150), 1.0);
            self.layer.add(Shape::Line { x1: x, y1: self.top - 2.0, x2: x, y2: self.bottom, stroke });
            let text = format!("{} ms", crate::explainers::grouped(at as i64));
            let half = wide(&text, self.small, 400) / 2.0;
            let y = self.bottom + self.small + 4.0;
            let middle = x.min(self.w - 3.0 - half);
            // The last one may have had to move to the left.
            if middle - half >= last + 4.0 {
                last = middle + half;
                self.write((middle, y), 400, Anchor::Middle, Token::Soft, text);
            }
            at += step;
        }
    }

    fn names(&mut self) {
        let mut all: Vec<(String, f32, Weight, crate::draw::scene::Subject)> = Vec::new();
        for lane in &self.lanes {
            let weight = self.light.of_client(lane.id);
            all.push((format!("C{}", lane.id + 1), lane.area.y + lane.area.h / 2.0, weight, client_subject(lane.id)));
        }
        if let (Some(area), Some(home)) = (self.cache, self.world.home(self.key)) {
            let name = if self.world.nodes.len() > 1 { format!("cache {}", home + 1) } else { "cache".into() };
            all.push((name, area.y + area.h / 2.0, self.light.of_node(home), node_subject(home)));
        }
        all.push(("database".into(), self.db.y + self.db.h / 2.0, self.light.of_db(), DB));
        for (name, y, weight, subject) in all {
            let hit = Rc::new(Hit { subject: Some(subject), label: name.clone(), act: None });
            let ink = toned(Token::Ink, weight);
            let w = wide(&name, self.small, 600);
            let area = Area { x: self.left - 8.0 - w, y: y - self.small * 0.6, w, h: self.small * 1.2 };
            self.rect(&area, 0.0, None, None, Some(&hit));
            self.write((self.left - 8.0, y + self.small * 0.36), 600, Anchor::End, ink, name);
            let stroke = Stroke::new(Ink::faded(Token::Line, 200), 1.0);
            self.layer.add(Shape::Line { x1: self.left, y1: y, x2: self.right, y2: y, stroke });
        }
    }

    fn legend(&mut self) {
        let small = self.small;
        let y = self.h - EDGE - small * 0.5;
        let mut x = EDGE;
        let back = self.world.params().writing() == super::params::BACK;
        let cached = self.cache.is_some();
        let all =
            [(true, "a read"), (true, "a write"), (cached, "stale"), (back, "dirty"), (cached, "not in the cache")];
        for (i, (_, text)) in all.into_iter().enumerate().filter(|(_, sign)| sign.0) {
            let area = Area { x, y: y - small * 0.45, w: small * 1.6, h: small * 0.9 };
            let w = area.w + 5.0 + wide(text, small, 400);
            if x + w > self.w - 2.0 {
                break;
            }
            match i {
                0 => {
                    let stroke = Some(Stroke::new(Token::Blue, 1.5));
                    self.rect(&area, 2.0, Some(Ink::faded(Token::Blue, 46)), stroke, None);
                }
                1 => self.rect(&area, 2.0, Some(Token::Blue.into()), None, None),
                2 => {
                    hatch(&mut self.layer, &area, 5.0, Stroke::new(Ink::faded(Token::Red, 150), 1.4));
                    self.rect(&area, 2.0, None, Some(Stroke::new(Token::Red, 1.5)), None);
                }
                3 => {
                    let stroke = Some(Stroke::new(Token::Orange, 1.6));
                    self.rect(&area, 2.0, Some(Ink::faded(Token::Orange, 40)), stroke, None);
                }
                _ => {
                    let stroke = Stroke::dashed(Token::Soft, 1.2, 2.0, 4.0);
                    self.layer.add(Shape::Line { x1: x, y1: y, x2: x + area.w, y2: y, stroke });
                }
            }
            self.write((x + area.w + 5.0, y + small * 0.36), 400, Anchor::Start, Token::Soft, text.into());
            x += w + 16.0;
        }
    }

    fn now(&mut self) {
        if self.over {
            return;
        }
        let x = self.x(self.at);
        let stroke = Stroke::new(Token::Ink, 1.4);
        let y = self.top - 4.0;
        self.layer.add(Shape::Line { x1: x, y1: y, x2: x, y2: self.bottom, stroke });
        self.layer.add(Shape::Circle { x, y, r: 2.6, fill: Some(Token::Ink.into()), stroke: None });
    }
}
