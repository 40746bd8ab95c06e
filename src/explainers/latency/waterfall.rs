//! The second picture: the steps of a path as a waterfall, for one request at the median and one at the 99th percentile.

use super::step;
use super::world::World;
use crate::draw::pen::{Weight, cut, toned, wide, wrap, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Shape, Stroke, Token};
use crate::explainers::View;
use crate::models::latency::path::Kind;
use crate::models::latency::sample::{Row, Share};
use crate::models::latency::show::{about, deserved, drawn, time, two};
use std::rc::Rc;

const EDGE: f32 = 10.0;

/// The lines of a path that are steps, as they are drawn.
pub fn steps(world: &World) -> impl Iterator<Item = usize> {
    let lines = world.setup.path.lines.iter().enumerate();
    lines.filter(|(_, line)| line.kind == Kind::Step).map(|(i, _)| i)
}

/// The step that slow requests spend most of their time in, with its share of it.
pub fn slowest(world: &World) -> Option<(usize, f64)> {
    let outcome = &world.setup.outcome;
    let counts = |i: &usize| outcome.rows.get(*i).map_or(0.0, |row| row.slow.counts);
    let best = steps(world).max_by(|a, b| counts(a).total_cmp(&counts(b)))?;
    let share = counts(&best) / outcome.slow.max(1e-9);
    (share > 0.0).then_some((best, share))
}

/// By how much the 99th percentile misses the budget (negative: keeps it), in ns; and whether it keeps it, if that can
/// be told.
pub fn over(world: &World) -> Option<(f64, Option<bool>)> {
    steps(world).next()?;
    let (budget, _) = world.setup.path.budget?;
    Some((world.setup.outcome.p99 - budget, world.setup.outcome.keeps(budget)))
}

/// The median and the 99th percentile of the whole, with the digits they deserve.
pub fn median(world: &World) -> String {
    about(world.setup.outcome.median, world.setup.outcome.median_slack)
}

pub fn p99(world: &World) -> String {
    about(world.setup.outcome.p99, world.setup.outcome.p99_slack)
}

/// How far over or below the budget: from what p99 is said to be, so that the reader’s own sum is the same. Where that
/// would be nothing, or to the other side, in digits of which it is sure.
pub fn margin(world: &World, over: f64) -> String {
    let outcome = &world.setup.outcome;
    let said = deserved(outcome.p99, outcome.p99_slack) - (outcome.p99 - over);
    if said * over > 0.0 { time(said.abs()) } else { about(over.abs(), outcome.p99_slack) }
}

/// “without the 2 lines that are not understood”, where there are any.
pub fn without(world: &World) -> Option<String> {
    match world.setup.path.faults().count() {
        0 => None,
        1 => Some("without the line that is not understood".into()),
        n => Some(["without the ", &n.to_string(), " lines that are not understood"].concat()),
    }
}

/// What it all comes to, in words.
pub fn verdict(world: &World) -> String {
    let outcome = &world.setup.outcome;
    if steps(world).next().is_none() {
        return "No step yet.".into();
    }
    let mut text = match outcome.requests {
        0 | 1 => ["Always ", &time(outcome.median)].concat(),
        _ => ["Median ", &median(world), ", p99 ", &p99(world)].concat(),
    };
    if let (Some((budget, _)), Some((over, kept))) = (world.setup.path.budget, over(world)) {
        let how = match kept {
            None => [": too near the budget of ", &time(budget), " to call"].concat(),
            Some(kept) => {
                let how = if kept { " below the budget of " } else { " over the budget of " };
                [": ", &margin(world, over), how, &time(budget)].concat()
            }
        };
        text.push_str(&how);
    }
    if let Some(without) = without(world) {
        text = [&text, ", ", &without].concat();
    }
    text.push('.');
    text
}

/// A row’s own median and 99th percentile.
pub fn says(row: &Row) -> String {
    let text = if row.drawn { drawn } else { time };
    pair(text(row.median), text(row.p99))
}

/// Median and 99th percentile of the whole.
pub fn whole(world: &World) -> String {
    pair(median(world), p99(world))
}

/// Both, where they differ.
fn pair(a: String, b: String) -> String {
    if a == b { a } else { [&a, " / ", &b].concat() }
}

struct Picture<'a> {
    world: &'a World,
    view: &'a View,
    w: f32,
    small: f32,
    beside: bool,
    /// The axis of time: pixels, and its end in ns.
    left: f32,
    right: f32,
    end: f64,
    pitch: f32,
    layer: Layer,
}

pub fn diagram(world: &World, view: &View) -> Option<Scene> {
    let w = view.width.clamp(280.0, 4_000.0);
    let small = (view.text.clamp(12.0, 40.0) - 1.0).max(12.0);
    let beside = w >= small * 42.0;
    let setup = &world.setup;
    let labels =
        steps(world).map(|i| wide(&label(world, i), small, 600)).fold(wide("The whole request", small, 650), f32::max);
    let times = wide("888 µs / 8.88 ms", small, 400);
    let left = if beside { EDGE + labels.min(w * 0.36) + 12.0 } else { EDGE + 2.0 };
    let right = if beside { w - EDGE - times - 10.0 } else { w - EDGE - 2.0 };
    let outcome = &setup.outcome;
    let budget = setup.path.budget.map_or(0.0, |(budget, _)| budget);
    let end = outcome.p99.max(outcome.slow).max(outcome.median).max(budget).max(1.0) * 1.03;
    let pitch = if beside { small + 11.0 } else { small * 1.3 + 17.0 };
    let mut picture = Picture { world, view, w, small, beside, left, right, end, pitch, layer: Layer::default() };
    let h = picture.draw();
    Some(Scene { width: w, height: h, base: Rc::new(picture.layer), live: Layer::default(), picks: None })
}

/// What only groups others, and what nobody waited for.
fn hollow(row: &Row, share: &Share) -> bool {
    let head = row.middle.counts == 0.0 && row.slow.counts == 0.0 && row.ran > 0.0;
    share.took > 0.0 && (head || share.counts < share.took * 0.01)
}

/// A line’s label, as deep as it stands.
fn label(world: &World, i: usize) -> String {
    let Some(line) = world.setup.path.lines.get(i) else { return String::new() };
    ["\u{a0}\u{a0}\u{a0}".repeat(line.depth.min(6)), line.label.clone()].concat()
}

impl Picture<'_> {
    fn text(&mut self, at: (f32, f32), weight: u16, anchor: Anchor, ink: impl Into<Ink>, text: &str) {
        write(&mut self.layer, at, self.small, weight, anchor, ink.into(), text.to_string());
    }

    fn x(&self, ns: f64) -> f32 {
        self.left + ((ns / self.end).clamp(0.0, 1.0) as f32) * (self.right - self.left)
    }

    /// Its height.
    fn draw(&mut self) -> f32 {
        let (small, room) = (self.small, self.w - 2.0 * EDGE);
        let line = small * 1.32;
        let mut y = 6.0;
        if steps(self.world).next().is_none() {
            for text in wrap("No step yet: write one, such as “query 5 ms”.", room, small, 400) {
                y += line;
                self.text((EDGE, y), 400, Anchor::Start, Token::Soft, &text);
            }
            return y + line;
        }
        for text in wrap(&verdict(self.world), room, small, 650) {
            y += line;
            self.text((EDGE, y), 650, Anchor::Start, Token::Ink, &text);
        }
        if let Some((slowest, share)) = slowest(self.world) {
            let name = self.world.setup.path.lines.get(slowest).map_or("", |line| line.label.as_str());
            let text = [&two(share * 100.0), "% of the time of slow requests: ", name].concat();
            for text in wrap(&text, room, small, 400).into_iter().take(2) {
                y += line;
                let text = if wide(&text, small, 400) > room { cut(text, room, small) } else { text };
                self.text((EDGE, y), 400, Anchor::Start, Token::Ink, &text);
            }
        }
        y += line + 4.0;
        y = self.legend(y);
        let rows = &self.world.setup.outcome.rows;
        if rows.iter().any(|row| [row.usual, row.tail].iter().any(|share| hollow(row, share))) {
            let text = "Outlined: a group, or nobody waited for it; it is cut where the wait was over.";
            for text in wrap(text, room, small, 400) {
                y += line;
                self.text((EDGE, y), 400, Anchor::Start, Token::Soft, &text);
            }
        }
        y += small * 1.4 + 6.0;
        let top = y;
        let rows: Vec<usize> = steps(self.world).collect();
        let bottom = top + self.pitch * (rows.len() as f32 + 1.0) + 8.0;
        self.axis(top, bottom);
        for i in rows {
            self.row(i, y);
            y += self.pitch;
        }
        self.whole(y + 6.0);
        bottom + small * 1.5 + 4.0
    }

    /// Returns the last line’s place.
    fn legend(&mut self, mut y: f32) -> f32 {
        let small = self.small;
        let mut x = EDGE;
        let words = [(Token::Blue, 8.0, "one request at the median"), (Token::Orange, 4.0, "one at p99")];
        for (token, h, word) in words {
            let end = x + 22.0 + wide(word, small, 400);
            if x > EDGE && end > self.w - EDGE {
                (x, y) = (EDGE, y + small * 1.32);
            }
            let mid = y - small * 0.36;
            let fill = Some(token.into());
            self.layer.add(Shape::Rect { x, y: mid - h / 2.0, w: 16.0, h, r: 0.0, fill, stroke: None });
            self.text((x + 22.0, y), 400, Anchor::Start, Token::Soft, word);
            x += 22.0 + wide(word, small, 400) + 16.0;
        }
        if self.world.setup.outcome.requests < 2 {
            return y;
        }
        let drawn = [&crate::explainers::grouped(self.world.setup.outcome.requests as i64), " requests drawn"].concat();
        if x + wide(&drawn, small, 400) <= self.w - EDGE {
            self.text((self.w - EDGE, y), 400, Anchor::End, Token::Soft, &drawn);
        }
        y
    }

    fn axis(&mut self, top: f32, bottom: f32) {
        let small = self.small;
        let power = libm::pow(10.0, libm::floor(libm::log10(self.end / 2.0)));
        let most = f64::from((self.right - self.left) / (wide("888 ms", small, 400) + 14.0)).max(1.0);
        let round = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0].map(|m| m * power);
        let step = round.into_iter().find(|step| self.end / step <= most).unwrap_or(self.end);
        let base = bottom + small * 1.2;
        let mut end = f32::MIN;
        for i in 0..=40 {
            let ns = f64::from(i) * step;
            if ns > self.end {
                break;
            }
            let x = self.x(ns);
            self.layer.add(Shape::Line { x1: x, y1: top, x2: x, y2: bottom, stroke: Stroke::new(Token::Line, 1.0) });
            let label = if i == 0 { "0".to_string() } else { time(ns) };
            let half = wide(&label, small, 400) / 2.0;
            let (anchor, from, to) =
                if i == 0 { (Anchor::Start, x, x + 2.0 * half) } else { (Anchor::Middle, x - half, x + half) };
            if from > end + 6.0 && to <= self.w - 1.0 {
                self.text((x, base), 400, anchor, Token::Soft, &label);
                end = to;
            }
        }
        if let Some((budget, _)) = self.world.setup.path.budget {
            let x = self.x(budget);
            let rows = if self.beside { 1 } else { steps(self.world).count() + 1 };
            for row in 0..rows {
                // Beside the bars alone, where labels stand above them.
                let (y1, y2) = match self.beside {
                    true => (top - 4.0, bottom),
                    false => {
                        let y = top + self.pitch * row as f32 + if row + 1 == rows { 6.0 } else { 0.0 };
                        (self.bar(y) - 4.0, self.bar(y) + 10.0)
                    }
                };
                let stroke = Stroke::dashed(Token::Red, 1.6, 5.0, 3.0);
                self.layer.add(Shape::Line { x1: x, y1, x2: x, y2, stroke });
            }
            let half = wide("budget", small, 600) / 2.0;
            let at = x.clamp(self.left + half, self.w - EDGE - half);
            // Above the axis, where the legend leaves room for it.
            self.text((at, top - 7.0), 600, Anchor::Middle, Token::Ink, "budget");
        }
    }

    fn row(&mut self, i: usize, y: f32) {
        let Some(row) = self.world.setup.outcome.rows.get(i).cloned() else { return };
        let subject = step(i);
        let main = slowest(self.world).is_some_and(|(slowest, _)| slowest == i);
        let weight = match self.view.lit().filter(|lit| lit.kind == "step") {
            Some(lit) if lit == subject => Weight::Strong,
            Some(_) => Weight::Faint,
            None => Weight::Plain,
        };
        let name = label(self.world, i);
        let says = says(&row);
        let hit = Rc::new(Hit { subject: Some(subject), label: [name.trim(), ": ", &says].concat(), act: None });
        let strong = main || weight == Weight::Strong;
        let fill = Some(if strong { Token::Wash.into() } else { Ink::faded(Token::Card, 0) });
        let (x, w) = (EDGE - 4.0, self.w - 2.0 * EDGE + 8.0);
        self.layer.add_hit(Shape::Rect { x, y, w, h: self.pitch, r: 3.0, fill, stroke: None }, &hit);
        let bold = if strong { 600 } else { 400 };
        self.names(y, &name, bold, toned(Token::Ink, weight), &says);
        let bar = self.bar(y);
        for (share, token, dy, h) in [(row.usual, Token::Blue, -4.0, 8.0), (row.tail, Token::Orange, 5.0, 4.0)] {
            self.share(share, toned(token, weight), bar + dy, h, hollow(&row, &share));
        }
    }

    fn share(&mut self, share: Share, ink: Ink, y: f32, h: f32, outline: bool) {
        if share.took <= 0.0 {
            return;
        }
        let (x, end) = (self.x(share.start), self.x(share.start + share.took));
        let w = (end - x).max(1.5);
        let x = x.min(self.right - w);
        if outline {
            let (x, y, w, h) = (x + 0.5, y + 0.5, (w - 1.0).max(0.5), h - 1.0);
            self.layer.add(Shape::Rect { x, y, w, h, r: 0.0, fill: None, stroke: Some(Stroke::new(ink, 1.0)) });
        } else {
            self.layer.add(Shape::Rect { x, y, w, h, r: 0.0, fill: Some(ink), stroke: None });
        }
    }

    fn bar(&self, y: f32) -> f32 {
        if self.beside { y + self.pitch / 2.0 - 2.0 } else { y + self.small * 1.3 + 6.0 }
    }

    fn names(&mut self, y: f32, name: &str, bold: u16, ink: Ink, says: &str) {
        let small = self.small;
        let end = self.w - EDGE;
        let base = if self.beside { y + self.pitch / 2.0 + small * 0.36 } else { y + small * 1.05 };
        let room = if self.beside { self.left - EDGE - 8.0 } else { end - EDGE - wide(says, small, 600) - 10.0 };
        self.text((EDGE, base), bold, Anchor::Start, ink, &cut(name.to_string(), room, small));
        self.text((end, base), bold, Anchor::End, ink, says);
    }

    fn whole(&mut self, y: f32) {
        let outcome = &self.world.setup.outcome;
        let (median, p99) = (outcome.median, outcome.p99);
        let says = whole(self.world);
        self.names(y, "The whole request", 650, Token::Ink.into(), &says);
        let bar = self.bar(y);
        for (took, token, dy, h) in [(median, Token::Blue, -4.0, 8.0), (p99, Token::Orange, 5.0, 4.0)] {
            self.share(Share { start: 0.0, took, counts: took, ran: 1.0 }, token.into(), bar + dy, h, false);
        }
    }
}
