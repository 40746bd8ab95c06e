//! The second picture: what matters most for a result, the blocks of an availability, or all quantities by their size.

use super::blocks;
use super::scene::{Part, hue, part};
use super::world::{Made, World};
use super::{index, line, page};
use crate::draw::pen::{cut, wide, write};
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Shape, Stroke, Token};
use crate::explainers::View;
use crate::models::estimate::{Dim, few_shown, literal_text, number};
use crate::sim::order;
use std::rc::Rc;

/// Rows that are told apart.
const MOST: usize = 12;
const MARGIN: f32 = 14.0;
/// From this width on names stand beside what they name, not above it.
const BESIDE: f32 = 520.0;

pub fn diagram(world: &World, view: &View) -> Option<Scene> {
    let made = &world.made;
    let width = view.width.max(200.0);
    let k = (view.text / 13.0).max(1.0);
    let lit = view.lit().and_then(index).filter(|i| made.named(*i) && made.sheet.outcome(*i).is_some());
    let mut layer = Layer::default();
    let mut board = Board { made, width, k, layer: &mut layer, y: MARGIN };
    let ranged = |i: &usize| made.sheet.outcome(*i).is_some_and(|outcome| outcome.ranged);
    let drawn = match (lit, lit.and_then(|i| blocks::with(made, i))) {
        (Some(i), _) if blocks::draw(&mut board, i, lit) => true,
        (Some(i), _) if ranged(&i) => board.tornado(i),
        (_, Some(around)) => blocks::draw(&mut board, around, lit),
        _ => board.scales(lit) || blocks::largest(made).is_some_and(|i| blocks::draw(&mut board, i, lit)),
    };
    if !drawn {
        board.head("Nothing to show by size yet".into(), "Lines with a unit and a value are shown here.".into());
    }
    let height = board.y + MARGIN;
    Some(Scene { width, height, base: Rc::new(layer), live: Layer::default(), picks: None })
}

/// What is drawn on, from the top down.
pub struct Board<'a> {
    pub made: &'a Made,
    pub width: f32,
    pub k: f32,
    pub layer: &'a mut Layer,
    pub y: f32,
}

impl Board<'_> {
    pub fn text(&mut self, at: (f32, f32), weight: u16, anchor: Anchor, ink: impl Into<Ink>, text: String) {
        write(self.layer, at, 12.0 * self.k, weight, anchor, ink.into(), text);
    }

    pub fn wide(&self, text: &str, weight: u16) -> f32 {
        wide(text, 12.0 * self.k, weight)
    }

    /// What the picture is, and how to read it.
    pub fn head(&mut self, title: String, note: String) {
        let size = 14.0 * self.k;
        let room = self.width - 2.0 * MARGIN;
        self.y += size;
        let title = cut(title, room, size);
        write(self.layer, (MARGIN, self.y), size, 600, Anchor::Start, Token::Ink.into(), title);
        for text in crate::draw::pen::wrap(&note, room, 12.0 * self.k, 400) {
            self.y += 17.0 * self.k;
            self.text((MARGIN, self.y), 400, Anchor::Start, Token::Soft, text);
        }
        self.y += 10.0 * self.k;
    }

    fn hit(&self, i: usize, more: String) -> Rc<Hit> {
        let label = format!("{}: {}{more}", self.made.title(i), self.made.value(i));
        Rc::new(Hit { subject: self.made.named(i).then(|| line(i)), label, act: None })
    }

    /// A bar for each range that matters: the result at its two ends.
    fn tornado(&mut self, i: usize) -> bool {
        let (made, k) = (self.made, self.k);
        let swings = made.tornado(i);
        let Some(middle) = made.sheet.outcome(i).map(|outcome| outcome.value) else { return false };
        if swings.is_empty() {
            return self.scales(Some(i));
        }
        let shown = |v: f64| few_shown(&made.sheet, i, v).map(|shown| shown.text()).unwrap_or_default();
        let note = format!(
            "Each range from its one end to the other, the others in their middles, where it is {}.",
            shown(middle)
        );
        self.head(format!("What matters most for {}", made.title(i)), note);
        let rows: Vec<_> = swings.iter().take(MOST).collect();
        let (low, high) = rows.iter().fold((middle, middle), |(low, high), swing| {
            (low.min(swing.low).min(swing.high), high.max(swing.low).max(swing.high))
        });
        let ends: Vec<[String; 2]> =
            rows.iter().map(|swing| [shown(swing.low.min(swing.high)), shown(swing.low.max(swing.high))]).collect();
        let names: Vec<String> = rows
            .iter()
            .filter_map(|swing| made.sheet.literals.get(swing.literal))
            .map(|(line, literal)| format!("{}: {}", made.title(*line), literal_text(literal).text()))
            .collect();
        let named = names.iter().map(|name| self.wide(name, 400)).fold(0.0, f32::max).min(self.width * 0.36);
        let end = ends.iter().flatten().map(|text| self.wide(text, 400)).fold(0.0, f32::max);
        // Where little is left for the bars the ends are told above them, beside the name.
        let left_over = self.width - 2.0 * (MARGIN + end + 6.0) - named - 12.0;
        let beside = self.width >= BESIDE && left_over >= 120.0 * k;
        let end = if beside { end + 6.0 } else { 0.0 };
        let left = MARGIN + end + if beside { named + 12.0 } else { 0.0 };
        let right = self.width - MARGIN - end;
        let by_factors = low > 0.0 && high > low * 20.0;
        let share = |v: f64| match by_factors {
            true => libm::log(v / low) / libm::log(high / low),
            false => (v - low) / (high - low),
        };
        let x = |v: f64| left + (right - left) * share(v).clamp(0.0, 1.0) as f32;
        let top = self.y;
        for ((swing, name), [least, most]) in rows.iter().zip(names).zip(ends) {
            let bar = 16.0 * k;
            if !beside {
                self.y += 14.0 * k;
                let (least, most) = (swing.low.min(swing.high), swing.low.max(swing.high));
                let both = cut(page::between(made, i, least, most), self.width * 0.6, 12.0 * k);
                let room = self.width - 2.0 * MARGIN - self.wide(&both, 600) - 10.0;
                self.text((MARGIN, self.y), 400, Anchor::Start, Token::Soft, cut(name.clone(), room, 12.0 * k));
                self.text((self.width - MARGIN, self.y), 400, Anchor::End, Token::Ink, both);
                self.y += 5.0 * k;
            }
            let (a, b) = (x(swing.low.min(swing.high)), x(swing.low.max(swing.high)));
            let of = made.sheet.literals.get(swing.literal).map_or(i, |literal| literal.0);
            let hit = Rc::new(Hit {
                subject: made.named(of).then(|| line(of)),
                label: format!("{name}: {} from {least} to {most}", made.title(i)),
                act: None,
            });
            let fill = Some(hue(made, i).into());
            self.layer.add_hit(
                Shape::Rect { x: a, y: self.y, w: (b - a).max(2.0), h: bar, r: 2.0, fill, stroke: None },
                &hit,
            );
            let base = self.y + bar / 2.0 + 4.3 * k;
            if beside {
                self.text((a - 6.0, base), 400, Anchor::End, Token::Ink, least);
                self.text((b + 6.0, base), 400, Anchor::Start, Token::Ink, most);
            }
            if beside {
                self.text((MARGIN, base), 400, Anchor::Start, Token::Soft, cut(name, named + 4.0, 12.0 * k));
            }
            self.y += bar + 8.0 * k;
        }
        let x = x(middle);
        let stroke = Stroke::dashed(Token::Ink, 1.2, 3.0, 3.0);
        // Where names stand above their bars a line would run through them.
        if beside {
            self.layer.add(Shape::Line { x1: x, y1: top - 4.0, x2: x, y2: self.y - 4.0, stroke });
        }
        if swings.len() > MOST {
            self.y += 14.0 * k;
            let says = format!("{} more ranges matter less.", swings.len() - MOST);
            self.text((MARGIN, self.y), 400, Anchor::Start, Token::Soft, says);
        }
        true
    }

    /// Quantities of one kind on one axis, each step ten times the one before.
    fn scales(&mut self, lit: Option<usize>) -> bool {
        let groups = groups(self.made, lit);
        if groups.is_empty() {
            return false;
        }
        let k = self.k;
        let note = "Quantities of one kind under each other; each line to the right is ten times the one before.";
        self.head("How large, and how far apart".into(), note.into());
        let beside = self.width >= BESIDE;
        let titles = groups.iter().flat_map(|(_, all)| all).map(|i| self.wide(&self.made.title(*i), 600));
        let named = if beside { titles.fold(0.0, f32::max).min(self.width * 0.3) + 14.0 } else { 0.0 };
        let value = |i: usize| self.made.sheet.outcome(i).map_or(1.0, |outcome| outcome.value);
        let decades = |all: &[usize]| {
            let power = |i: &usize| number::magnitude(value(*i));
            let (first, last) = (all.iter().map(power).min().unwrap_or(0), all.iter().map(power).max().unwrap_or(0));
            (first, (last - first + 1).max(1))
        };
        // A factor of ten is as wide in all groups.
        let most = groups.iter().map(|(_, all)| decades(all).1).max().unwrap_or(1).max(3);
        let values = groups.iter().flat_map(|(_, all)| all).map(|i| self.wide(&self.made.value(*i), 600));
        let reserved = values.fold(0.0, f32::max).min(self.width * 0.4) + 12.0;
        let left = MARGIN + named;
        let step = ((self.width - MARGIN - reserved - left) / most as f32).max(0.2);
        let rows: Vec<(usize, f32)> = groups
            .iter()
            .flat_map(|(_, all)| {
                let (first, _) = decades(all);
                all.iter().map(move |i| (*i, libm::log10(value(*i) / number::ten(first)).max(0.0) as f32))
            })
            .collect();
        let mut place = rows.into_iter();
        for (dim, all) in &groups {
            let (_, count) = decades(all);
            self.y += 16.0 * k;
            let mut words = dim.words();
            if let Some(head) = words.get_mut(..1) {
                head.make_ascii_uppercase();
            }
            let words = cut(words, self.width - 2.0 * MARGIN, 12.0 * k);
            self.text((MARGIN, self.y), 600, Anchor::Start, Token::Ink, words);
            self.y += 7.0 * k;
            let row = if beside { 22.0 } else { 34.0 } * k;
            let bottom = self.y + row * all.len() as f32;
            // Of very many powers of ten some lines are left out.
            for n in (0..=count).step_by(libm::ceilf(4.0 / step) as usize) {
                let x = left + step * n as f32;
                let stroke = Stroke::new(Token::Line, 1.0);
                self.layer.add(Shape::Line { x1: x, y1: self.y, x2: x, y2: bottom, stroke });
            }
            for _ in 0..all.len() {
                let Some((i, far)) = place.next() else { break };
                self.dot(i, (left, left + step * far), row, lit);
            }
            self.y += 6.0 * k;
        }
        true
    }

    fn dot(&mut self, i: usize, (left, x): (f32, f32), row: f32, lit: Option<usize>) {
        let k = self.k;
        let on = lit == Some(i);
        let ink = hue(self.made, i);
        let bold = if on || part(self.made, i) != Part::Given { 600 } else { 400 };
        let beside = self.width >= BESIDE;
        let y = if beside { self.y + row / 2.0 } else { self.y + row - 11.0 * k };
        let hit = self.hit(i, String::new());
        let fill = Some(if on { Ink::from(Token::Wash) } else { Ink::faded(Token::Card, 0) });
        let area =
            Shape::Rect { x: 4.0, y: self.y + 1.0, w: self.width - 8.0, h: row - 2.0, r: 4.0, fill, stroke: None };
        self.layer.add_hit(area, &hit);
        self.layer.add(Shape::Line {
            x1: left,
            y1: y,
            x2: x.max(left + 0.5),
            y2: y,
            stroke: Stroke::new(ink, if on { 3.0 } else { 2.0 }),
        });
        self.layer.add(Shape::Circle { x, y, r: if on { 6.0 } else { 4.6 }, fill: Some(ink.into()), stroke: None });
        let value = cut(self.made.value(i), self.width - MARGIN - left, 12.0 * k);
        // Behind the dot, or as far to the right as there is room.
        let at_x = (x + 10.0).min(self.width - MARGIN - self.wide(&value, bold)).max(MARGIN);
        let backing = Shape::Rect {
            x: at_x - 2.0,
            y: y - 7.0 * k,
            w: self.wide(&value, bold),
            h: 14.0 * k,
            r: 2.0,
            fill: Some(if on { Token::Wash } else { Token::Card }.into()),
            stroke: None,
        };
        self.layer.add(backing);
        self.text((at_x, y + 4.3 * k), bold, Anchor::Start, Token::Ink, value);
        let title = self.made.title(i);
        let ink = if on { Token::Ink } else { Token::Soft };
        let at = if beside { y + 4.3 * k } else { self.y + 13.0 * k };
        let room = if beside { left - MARGIN - 8.0 } else { self.width - 2.0 * MARGIN };
        let title = cut(title, room, 12.0 * k);
        if !beside {
            let fill = Some(if on { Token::Wash } else { Token::Card }.into());
            let (w, h) = (self.wide(&title, 400) + 6.0, 15.0 * k);
            self.layer.add(Shape::Rect { x: MARGIN - 2.0, y: at - 12.0 * k, w, h, r: 2.0, fill, stroke: None });
        }
        self.text((MARGIN, at), 400, Anchor::Start, ink, title);
        self.y += row;
    }
}

/// Lines by what they are of, smallest first: where there are several, and at most so many in all.
fn groups(made: &Made, lit: Option<usize>) -> Vec<(Dim, Vec<usize>)> {
    let sized =
        |i: &usize| made.named(*i) && made.sheet.outcome(*i).is_some_and(|o| o.value > 0.0 && !o.dim.is_plain());
    let all: Vec<usize> = (0..made.sheet.lines.len()).filter(sized).collect();
    let mut groups: Vec<(Dim, Vec<usize>)> = Vec::new();
    for i in all {
        let Some(dim) = made.sheet.outcome(i).map(|outcome| outcome.dim.measured()) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == dim) {
            Some((_, all)) => all.push(i),
            None => groups.push((dim, vec![i])),
        }
    }
    if groups.iter().any(|(_, all)| all.len() > 1) {
        groups.retain(|(_, all)| all.len() > 1 || lit.is_some_and(|lit| all.contains(&lit)));
    }
    // The most important stay: what is lit, results, what was worked out.
    let mut left = MOST;
    for (_, all) in &mut groups {
        let rank = |i: &usize| match part(made, *i) {
            _ if lit == Some(*i) => 0,
            Part::Result => 1,
            Part::Worked => 2,
            _ => 3u64,
        };
        let places = order::order(&all.iter().map(rank).collect::<Vec<_>>());
        let kept: Vec<usize> = places.iter().filter_map(|p| all.get(*p as usize).copied()).take(left.min(6)).collect();
        left -= kept.len();
        let keys: Vec<u64> =
            kept.iter().map(|i| order::rank(made.sheet.outcome(*i).map_or(0.0, |o| o.value))).collect();
        *all = order::order(&keys).into_iter().filter_map(|p| kept.get(p as usize).copied()).collect();
    }
    groups.retain(|(_, all)| !all.is_empty());
    groups
}
