//! Where everything stands on the quorum's stage, for the size it has: nodes on an oval in the order of the ring (with
//! two data centres one on either side), clients beside their nodes, words in the middle.

use super::types::NodeId;
pub use crate::draw::pen::Area;
use crate::draw::pen::wrap;
use crate::draw::scene::{Face, on_circle, text_width, turn_of};
use crate::explainers::View;

/// From anything to the stage's edge.
pub const EDGE: f32 = 8.0;
/// The least height that all of it finds room in.
const LOWEST: f32 = 360.0;

/// How much is said of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pill {
    /// Two lines: who, and what it was told.
    Full,
    /// Its number and what it was told.
    Slim,
    /// Its number.
    Dot,
}

/// What the layout depends on.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Cast {
    pub nodes: usize,
    pub dcs: usize,
    /// By client.
    pub homes: Vec<NodeId>,
    /// The words in the middle: the first line stands out.
    pub words: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub w: f32,
    pub h: f32,
    /// The oval on which the nodes are.
    pub x: f32,
    pub y: f32,
    pub rx: f32,
    pub ry: f32,
    /// Sizes of text.
    pub big: f32,
    pub small: f32,
    /// By node: the most room its box takes, and its direction in turns.
    pub nodes: Vec<Area>,
    pub turns: Vec<f32>,
    /// By client.
    pub clients: Vec<Area>,
    pub pill: Pill,
    pub tight: bool,
    pub middle: Area,
    pub words: Vec<String>,
    /// The height of the data centres' names above.
    pub top: f32,
    /// Clients are in a row at the bottom.
    pub strip: bool,
    /// Lines that a box has room for below its first.
    pub lines: usize,
}

/// What is tried: the roomiest first.
#[derive(Clone, Copy)]
struct Try {
    tight: bool,
    pill: Pill,
    /// From node to node, and from the words to the nodes.
    apart: f32,
    clear: f32,
    /// How strictly clients are kept out of the way: 1: of messages between nodes; 2: and on their own node's side of
    /// any cut; 3: and outside the oval.
    strict: u8,
    /// Clients in a row at the bottom.
    strip: bool,
    /// Boxes with one line less.
    low: bool,
}

const TRIES: [Try; 14] = {
    const fn of(tight: bool, pill: Pill, apart: f32, clear: f32, strict: u8) -> Try {
        Try { tight, pill, apart, clear, strict, strip: false, low: false }
    }
    const fn strip(apart: f32, clear: f32, low: bool) -> Try {
        Try { tight: true, pill: Pill::Dot, apart, clear, strict: 0, strip: true, low }
    }
    [
        of(false, Pill::Full, 26.0, 30.0, 3),
        of(false, Pill::Slim, 22.0, 26.0, 3),
        of(false, Pill::Slim, 20.0, 24.0, 2),
        of(true, Pill::Slim, 24.0, 26.0, 3),
        of(true, Pill::Slim, 16.0, 20.0, 2),
        of(true, Pill::Slim, 10.0, 12.0, 1),
        of(true, Pill::Slim, 10.0, 12.0, 0),
        of(true, Pill::Dot, 18.0, 20.0, 2),
        of(true, Pill::Dot, 10.0, 14.0, 2),
        of(true, Pill::Dot, 8.0, 10.0, 1),
        of(true, Pill::Dot, 8.0, 8.0, 0),
        strip(8.0, 8.0, false),
        strip(3.0, 1.0, false),
        strip(2.0, 1.0, true),
    ]
};

/// Steps by which the oval shrinks, either way.
const STEPS: i32 = 9;

impl Stage {
    pub fn new(cast: &Cast, view: &View) -> Stage {
        let w = view.width.clamp(300.0, 4_000.0);
        let wanted = (w * 1.25).min(330.0 + w * 0.3);
        let text = view.text.clamp(11.0, 40.0);
        let h = wanted.max(400.0).max(text * 30.0).min(view.height).max(LOWEST);
        let mut stage = Stage {
            w,
            h,
            x: 0.0,
            y: 0.0,
            rx: 0.0,
            ry: 0.0,
            big: text + 2.0,
            small: (text - 1.0).max(12.0),
            nodes: Vec::new(),
            turns: turns(cast),
            clients: vec![Area::default(); cast.homes.len()],
            pill: Pill::Dot,
            tight: true,
            middle: Area::default(),
            words: Vec::new(),
            top: 0.0,
            strip: false,
            lines: 2,
        };
        if cast.dcs > 1 {
            stage.top = stage.small + 8.0;
        }
        for attempt in TRIES {
            // The words in short lines only if there is no other way.
            if (attempt.tight || w >= text * 40.0) && [false, true].into_iter().any(|b| stage.settle(cast, attempt, b))
            {
                return stage;
            }
        }
        stage
    }

    /// Whether it stays off the edges.
    fn holds(&self, area: &Area) -> bool {
        let edge = EDGE - 0.1;
        let Area { x, y, w, h } = *area;
        x >= edge && y >= self.top + edge && x + w <= self.w - edge && y + h <= self.h - edge
    }

    /// The height of one line.
    pub fn leading(&self) -> f32 {
        self.small + 4.0
    }

    fn pill_size(&self, pill: Pill) -> (f32, f32) {
        match pill {
            Pill::Full => (self.small * 8.7, self.leading() * 2.0 + 8.0),
            Pill::Slim => (self.small * 7.4, (self.small + 12.0).max(24.0)),
            Pill::Dot => ((self.small * 2.0).max(24.0), (self.small * 2.0).max(24.0)),
        }
    }

    /// The box of a node with all its lines.
    fn box_size(&self, attempt: Try) -> (f32, f32) {
        let w = match (attempt.tight, attempt.strip) {
            (false, _) => self.small * 9.8,
            (true, false) => self.small * 6.6,
            (true, true) => self.small * 5.5,
        };
        (w, self.leading() * if attempt.low { 2.0 } else { 3.0 } + 14.0)
    }

    fn settle(&mut self, cast: &Cast, attempt: Try, narrow: bool) -> bool {
        (self.tight, self.pill, self.strip) = (attempt.tight, attempt.pill, attempt.strip);
        self.lines = if attempt.low { 1 } else { 2 };
        let (bw, bh) = self.box_size(attempt);
        let (pw, ph) = self.pill_size(attempt.pill);
        // In a row they say where they belong.
        let pw = if attempt.strip { pw * 1.45 } else { pw };
        let rows = ((cast.homes.len() as f32 * (pw + 8.0)) / (self.w - 2.0 * EDGE)).ceil();
        let below = if attempt.strip { rows * (ph + 8.0) } else { 0.0 };
        let margin = if attempt.tight { EDGE } else { 2.0 * EDGE };
        let across = self.w - 2.0 * (margin + bw + attempt.clear) - 12.0;
        let room = match (attempt.tight, narrow) {
            (_, true) => across.clamp(104.0, 150.0).min(self.w * 0.38),
            (true, false) => (self.w * 0.44).clamp(140.0, 230.0),
            (false, false) => (self.w * 0.32).clamp(190.0, 290.0),
        };
        self.words(cast, room);
        // The oval's own reach, as shares of its radii: a triangle does not fill its circle.
        let spots: Vec<(f32, f32)> = self.turns.iter().map(|turn| on_circle(0.0, 0.0, 1.0, *turn)).collect();
        let reach = |low: f32, v: f32| if low < 0.0 { v.min(low) } else { v.max(low) };
        let (x0, x1) =
            (spots.iter().fold(-0.5, |low, p| reach(low, p.0)), spots.iter().fold(0.5, |low, p| reach(low, p.0)));
        let (y0, y1) =
            (spots.iter().fold(-0.5, |low, p| reach(low, p.1)), spots.iter().fold(0.5, |low, p| reach(low, p.1)));
        // The oval itself stays on the stage, too.
        let (low, high) = (self.top + 5.0, self.h - below - 5.0);
        let ry = ((high - low + 10.0 - bh - 2.0 * margin) / (y1 - y0)).min((high - low) / 2.0);
        let rx = ((self.w - bw - 2.0 * margin) / (x1 - x0)).min(ry * 1.45 + 20.0).min(self.w / 2.0 - 5.0);
        // A larger oval before a smaller one; of equal ones the rounder.
        for shrink in 0..=2 * STEPS {
            for step in 0..=shrink {
                let (i, j) = (shrink - step, step);
                if i > STEPS || j > STEPS {
                    continue;
                }
                (self.rx, self.ry) = (rx * (1.0 - i as f32 * 0.055), ry * (1.0 - j as f32 * 0.045));
                // Never very flat.
                if self.rx > self.ry * 1.65 {
                    continue;
                }
                self.x = self.w / 2.0 - (x0 + x1) / 2.0 * self.rx;
                let y = self.top + (self.h - self.top - below) / 2.0 - (y0 + y1) / 2.0 * self.ry;
                // In the middle, or as far down or up as it goes: clients may need room on one side only.
                let slack = (ry - self.ry) * (y1 - y0) / 2.0;
                for shift in [0.0, slack, -slack] {
                    self.y = (y + shift).min(high - self.ry).max(low + self.ry);
                    let (x, y, rx, ry) = (self.x, self.y, self.rx, self.ry);
                    self.nodes = spots.iter().map(|p| Area::around((x + p.0 * rx, y + p.1 * ry), bw, bh)).collect();
                    self.middle = Area::around((x, y), self.middle.w, self.middle.h);
                    let seated = self.apart(attempt)
                        && if attempt.strip { self.strip(pw, ph) } else { self.beside(cast, attempt, pw, ph) };
                    if seated {
                        self.centre(attempt);
                        return true;
                    }
                }
            }
        }
        false
    }

    fn words(&mut self, cast: &Cast, room: f32) {
        self.words.clear();
        for (i, line) in cast.words.iter().enumerate() {
            let (size, weight) = if i == 0 { (self.big, 600) } else { (self.small, 400) };
            self.words.extend(wrap(line, room, size, weight));
        }
        let wide = |(i, line): (usize, &String)| {
            let (size, weight) = if i == 0 { (self.big, 600) } else { (self.small, 400) };
            text_width(line, size, weight, Face::Sans)
        };
        self.middle.w = self.words.iter().enumerate().map(wide).fold(0.0, f32::max) + 10.0;
        self.middle.h = self.big + 8.0 + self.words.len().saturating_sub(1) as f32 * self.leading();
    }

    /// Nodes are on the stage and apart from each other and from the words.
    fn apart(&self, attempt: Try) -> bool {
        self.nodes.iter().enumerate().all(|(i, a)| {
            let free = self.nodes.iter().take(i).all(|b| !a.touches(b, attempt.apart));
            free && self.holds(a) && !a.touches(&self.middle, attempt.clear)
        })
    }

    /// Clients of each node as a block beside it: outwards if there is room.
    fn beside(&mut self, cast: &Cast, attempt: Try, pw: f32, ph: f32) -> bool {
        let between = if attempt.pill == Pill::Dot { 2.0 } else { 6.0 };
        let hop = if attempt.tight { 16.0 } else { 24.0 };
        let mut taken: Vec<Area> = Vec::new();
        for node in 0..self.nodes.len() {
            let guests: Vec<usize> =
                cast.homes.iter().enumerate().filter(|(_, home)| usize::from(**home) == node).map(|(i, _)| i).collect();
            let (Some(home), Some(turn)) = (self.nodes.get(node), self.turns.get(node)) else { return false };
            if guests.is_empty() {
                continue;
            }
            let (ox, oy) = on_circle(0.0, 0.0, 1.0, *turn);
            let (x, y) = home.middle();
            let mut found: Option<(f32, Area, usize)> = None;
            for columns in 1..=guests.len().min(4) {
                let rows = guests.len().div_ceil(columns) as f32;
                let (w, h) = (columns as f32 * (pw + between) - between, rows * (ph + between) - between);
                let (side, up) = (home.w / 2.0 + hop + w / 2.0, home.h / 2.0 + hop + h / 2.0);
                let (lean_x, lean_y) = ((home.w - w) / 2.0, (home.h - h) / 2.0);
                for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0)] {
                    for lean in [0.0, -1.0, 1.0] {
                        let shift = if dx == 0.0 { (lean_x * lean, 0.0) } else { (0.0, lean_y * lean) };
                        let at = (x + dx * side + shift.0, y + dy * up + shift.1);
                        let area = Area::around(at, w, h);
                        let free = self.holds(&area)
                            && self.nodes.iter().enumerate().all(|(i, other)| i == node || !area.touches(other, 9.0))
                            && taken.iter().all(|other| !area.touches(other, 9.0))
                            && !area.touches(&self.middle, 10.0)
                            && self.keeps_out(&area, node, attempt.strict);
                        // Outwards, and not one long row.
                        let good = dx * ox + dy * oy - lean.abs() * 0.15 - (rows - columns as f32).abs() * 0.02;
                        if free && good > -0.5 && found.is_none_or(|found| good > found.0) {
                            found = Some((good, area, columns));
                        }
                    }
                }
            }
            let Some((_, area, columns)) = found else { return false };
            taken.push(area);
            for (i, guest) in guests.iter().enumerate() {
                let (column, row) = ((i % columns) as f32, (i / columns) as f32);
                let (x, y) = (area.x + column * (pw + between), area.y + row * (ph + between));
                if let Some(seat) = self.clients.get_mut(*guest) {
                    *seat = Area { x, y, w: pw, h: ph };
                }
            }
        }
        true
    }

    /// Whether clients there are out of the way.
    fn keeps_out(&self, area: &Area, node: usize, strict: u8) -> bool {
        let crossed = || {
            let spots = || self.nodes.iter().map(Area::middle);
            spots().enumerate().any(|(i, a)| spots().take(i).any(|b| area.crossed(a, b, 3.0)))
        };
        let astray = || {
            let here = self.turns.get(node).copied().unwrap_or(0.0);
            let gap = |turn: f32| {
                let gap = (turn - here).abs();
                gap.min(1.0 - gap)
            };
            let others = self.turns.iter().enumerate().filter(|(i, _)| *i != node);
            let half = others.map(|(_, turn)| gap(*turn)).fold(1.0, f32::min) / 2.0;
            let turn = |(x, y)| turn_of((x - self.x) / self.rx.max(1.0), (y - self.y) / self.ry.max(1.0));
            area.corners().into_iter().any(|at| gap(turn(at)) > half)
        };
        let inside = || area.corners().into_iter().any(|at| self.depth(at) < 1.02);
        !(strict > 0 && crossed() || strict > 1 && astray() || strict > 2 && inside())
    }

    /// As much room above as below.
    fn centre(&mut self, attempt: Try) {
        if attempt.strip {
            return;
        }
        let all = || self.nodes.iter().chain(&self.clients);
        let high = all().map(|area| area.y).fold(self.y - self.ry, f32::min);
        let low = all().map(|area| area.y + area.h).fold(self.y + self.ry, f32::max);
        let by = (self.top + self.h - high - low) / 2.0;
        self.y += by;
        self.middle.y += by;
        self.nodes.iter_mut().chain(&mut self.clients).for_each(|area| area.y += by);
    }

    fn strip(&mut self, pw: f32, ph: f32) -> bool {
        let columns = (((self.w - 2.0 * EDGE) / (pw + 8.0)) as usize).clamp(1, self.clients.len().max(1));
        let rows = self.clients.len().div_ceil(columns);
        let left = (self.w - columns as f32 * (pw + 8.0) + 8.0) / 2.0;
        let top = self.h - rows as f32 * (ph + 8.0);
        for (i, seat) in self.clients.iter_mut().enumerate() {
            let (column, row) = ((i % columns) as f32, (i / columns) as f32);
            *seat = Area { x: left + column * (pw + 8.0), y: top + row * (ph + 8.0), w: pw, h: ph };
        }
        true
    }

    /// How far out a place is, 1 being on the oval.
    pub fn depth(&self, (x, y): (f32, f32)) -> f32 {
        let (dx, dy) = ((x - self.x) / self.rx.max(1.0), (y - self.y) / self.ry.max(1.0));
        (dx * dx + dy * dy).sqrt()
    }

    /// A place by its direction and how far out it is.
    pub fn spot(&self, turn: f32, depth: f32) -> (f32, f32) {
        let (dx, dy) = on_circle(0.0, 0.0, depth, turn);
        (self.x + dx * self.rx, self.y + dy * self.ry)
    }
}

/// Directions of the nodes: round the clock from the top, or each data centre's down its side.
fn turns(cast: &Cast) -> Vec<f32> {
    let n = cast.nodes.max(1);
    if cast.dcs < 2 {
        return (0..n).map(|i| i as f32 / n as f32).collect();
    }
    let counts = [n.div_ceil(2), n / 2];
    let turn = |i: usize| {
        let of = counts[i % 2].max(1) as f32;
        let down = (i as f32 / 2.0).floor() + 0.5;
        let half = 0.055 + 0.39 * down / of;
        if i.is_multiple_of(2) { 1.0 - half } else { half }
    };
    (0..n).map(turn).collect()
}

#[cfg(test)]
mod tests;
