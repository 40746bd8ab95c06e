//! One key over time: a lane for each client with its reads and writes as bars, one for what the cache has of it, one
//! for what the database has, and every message between them. A value that was put into the cache too late is seen as
//! an arrow that comes after the delete, and as the hatched stretch behind it.

use super::light::{Light, client_of, hue, key_shown};
use super::types::*;
use super::world::World;
use super::{DB, client as client_subject, key as key_subject, message as message_subject, node as node_subject};
use super::{request as request_subject, tell::ms};
use crate::draw::pen::{Area, Weight, arrow_head, cross, cut, hatch, thin, toned, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Shape, Stroke, Token, turn_of};
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

/// What the cache has of the key for a while.
#[derive(Clone, Copy, PartialEq)]
enum Has {
    Nothing,
    Fresh(Version),
    Dirty(Version),
    Stale(Version),
}

struct Strip<'a> {
    world: &'a World,
    at: Micros,
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
}

/// The key's requests that are seen in a window, in the order in which they began.
fn requests_in(world: &World, key: KeyId, from: Micros, at: Micros) -> Vec<&Request> {
    let first = world.requests.len().saturating_sub(BACK);
    let mut found: Vec<&Request> = world
        .requests
        .from(first)
        .rev()
        .take_while(|it| it.began + BEFORE >= from)
        .filter(|it| it.key == key && it.began <= at && it.ended.is_none_or(|ended| ended >= from))
        .collect();
    found.reverse();
    found
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
            let found = requests_in(world, key, window.0, at);
            let enough = found.len() >= ENOUGH || at < span * MS;
            chosen = (window, found);
            if enough {
                break;
            }
        }
        let ((from, to), found) = chosen;
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

    /// Stretches of what the cache has, from the latest backwards.
    fn held(&self) -> Vec<(Micros, Micros, Has, Option<Held>)> {
        let mut out = Vec::new();
        let mut until = self.at;
        let home = self.world.home(self.key);
        let back = self.world.params().writing() == super::params::BACK;
        for hold in self.world.holds_of(self.key) {
            if hold.at > self.at || Some(hold.node) != home {
                continue;
            }
            let has = match hold.what {
                Held::Has(version, Origin::Write) if back => Has::Dirty(version),
                Held::Has(version, _) | Held::Clean(version) => Has::Fresh(version),
                Held::Stale(version) => Has::Stale(version),
                _ => Has::Nothing,
            };
            out.push((hold.at, until, has, Some(hold.what)));
            until = hold.at;
            if hold.at < self.from {
                return out;
            }
        }
        out.push((self.from, until, Has::Nothing, None));
        out
    }

    fn cache_lane(&mut self) {
        let Some(area) = self.cache else { return };
        let hit =
            Rc::new(Hit { subject: Some(key_subject(self.key)), label: "what the cache has of it".into(), act: None });
        for (from, until, has, _) in self.held().into_iter().rev() {
            if until < self.from {
                continue;
            }
            let (x0, x1) = (self.x(from), self.x(until));
            let piece = Area { x: x0, y: area.y, w: (x1 - x0).max(1.0), h: area.h };
            let (version, word) = match has {
                Has::Nothing => {
                    let y = area.y + area.h / 2.0;
                    let ground = Area { y: y - 2.0, h: 4.0, ..piece };
                    self.rect(&ground, 0.0, Some(Token::Card.into()), None, None);
                    let stroke = Stroke::dashed(Token::Soft, 1.2, 2.0, 4.0);
                    self.layer.add(Shape::Line { x1: x0, y1: y, x2: x1, y2: y, stroke });
                    continue;
                }
                Has::Fresh(version) => {
                    let stroke = Some(Stroke::new(Token::Soft, 1.2));
                    self.rect(&piece, 2.0, Some(Token::Wash.into()), stroke, Some(&hit));
                    (version, "")
                }
                Has::Dirty(version) => {
                    let stroke = Some(Stroke::new(Token::Orange, 1.6));
                    self.rect(&piece, 2.0, Some(Ink::faded(Token::Orange, 40)), stroke, Some(&hit));
                    (version, "dirty")
                }
                Has::Stale(version) => {
                    self.rect(&piece, 2.0, Some(Token::Card.into()), None, Some(&hit));
                    hatch(&mut self.layer, &piece, 6.0, Stroke::new(Ink::faded(Token::Red, 150), 1.4));
                    self.rect(&piece, 2.0, None, Some(Stroke::new(Token::Red, 1.6)), None);
                    (version, "stale")
                }
            };
            self.version(&piece, version, word, has);
        }
    }

    /// A stretch's version, on a ground of its own.
    fn version(&mut self, piece: &Area, version: Version, word: &str, has: Has) {
        let name = self.world.version_name(self.key, version);
        let long = if word.is_empty() { name.clone() } else { [&name, " ", word].concat() };
        let stale = matches!(has, Has::Stale(_));
        for text in [long, name] {
            let w = wide(&text, self.small, 600) + 6.0;
            if w + 3.0 <= piece.w {
                let ground = Area { x: piece.x + 2.5, y: piece.y + 2.5, w, h: piece.h - 5.0 };
                if stale {
                    self.rect(&ground, 2.0, Some(Ink::faded(Token::Card, 235)), None, None);
                }
                let at = (ground.x + 3.0, piece.y + piece.h / 2.0 + self.small * 0.36);
                let ink = if stale { Token::Red } else { Token::Ink };
                self.write(at, 600, Anchor::Start, ink, text);
                self.taken.push(ground);
                return;
            }
        }
    }

    fn db_lane(&mut self) {
        let area = self.db;
        let hit = Rc::new(Hit {
            subject: Some(key_subject(self.key)),
            label: "what the database has of it".into(),
            act: None,
        });
        let mut until = self.at;
        let mut pieces: Vec<(Micros, Micros, Version)> = Vec::new();
        for commit in self.world.commits_of(self.key).filter(|commit| commit.at <= self.at) {
            pieces.push((commit.at, until, commit.version));
            until = commit.at;
            if commit.at < self.from {
                break;
            }
        }
        let absent = self.world.absent(self.key);
        let first = until.max(self.from);
        if pieces.last().is_none_or(|last| last.0 >= self.from) && !absent {
            // Before the first commit that is known.
            let before = pieces.last().map_or(self.world.row(self.key).version, |last| last.2.saturating_sub(1));
            pieces.push((self.from, first, before));
        }
        for (from, until, version) in pieces.into_iter().rev() {
            let (x0, x1) = (self.x(from), self.x(until));
            let piece = Area { x: x0, y: area.y, w: (x1 - x0).max(1.0), h: area.h };
            let stroke = Some(Stroke::new(Token::Soft, 1.2));
            self.rect(&piece, 2.0, Some(Token::Wash.into()), stroke, Some(&hit));
            if from > self.from {
                // A commit: from here on everything older is stale.
                let stroke = Stroke::new(Token::Ink, 2.4);
                self.layer.add(Shape::Line { x1: x0, y1: area.y - 3.0, x2: x0, y2: area.y + area.h + 3.0, stroke });
            }
            self.version(&piece, version, "", Has::Fresh(version));
        }
    }

    fn row(&self, lane: &Lane, row: usize) -> Area {
        let h = (lane.area.h + 2.0) / lane.rows as f32 - 2.0;
        Area { y: lane.area.y + row as f32 * (h + 2.0), h, ..lane.area }
    }

    fn bar(&mut self, it: &Seen) {
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
            self.taken.push(area);
            self.write(at, 600, Anchor::Start, thin(ink.into(), share), text.clone());
            return;
        }
        self.taken.push(area);
    }

    /// What has no room in a short bar stands beside it, if nothing is there.
    fn beside(&mut self, it: &Seen) {
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
    fn pauses(&mut self) {
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
    fn held_up(&mut self, seen: &[Seen]) {
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
                self.rect(&ground, 2.0, Some(Ink::faded(Token::Card, 225)), None, None);
                let at = (ground.x + 3.0, area.y + area.h / 2.0 + self.small * 0.36);
                self.write(at, 400, Anchor::Start, Token::Ink, text);
            }
        }
    }

    /// Top and bottom of a place's lane; of a client's where the request is.
    fn edge(&self, place: Place, request: Option<RequestId>) -> Option<(f32, f32)> {
        match place {
            Place::Client(id) => {
                let lane = self.lanes.iter().find(|lane| lane.id == id)?;
                let _ = request;
                Some((lane.area.y, lane.area.y + lane.area.h))
            }
            Place::Node(_) => self.cache.map(|area| (area.y, area.y + area.h)),
            Place::Db => Some((self.db.y, self.db.y + self.db.h)),
        }
    }

    fn messages(&mut self, seen: &[Seen]) {
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
        matches!(message.kind, MessageKind::Set | MessageKind::Value)
            && self
                .world
                .commits_of(self.key)
                .any(|it| it.at <= message.arrives.min(self.at) && it.version > message.version)
    }

    /// Says where it begins and how far it has come.
    fn arrow(&mut self, message: &Message) -> Option<((f32, f32), (f32, f32))> {
        let (a, b) = (self.edge(message.from, message.request)?, self.edge(message.to, message.request)?);
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
        let x = self.x(self.at);
        let stroke = Stroke::new(Token::Ink, 1.4);
        let y = self.top - 4.0;
        self.layer.add(Shape::Line { x1: x, y1: y, x2: x, y2: self.bottom, stroke });
        self.layer.add(Shape::Circle { x, y, r: 2.6, fill: Some(Token::Ink.into()), stroke: None });
        let _ = cut;
    }
}
