//! Small drawing helpers that the explainers' pictures share.

use super::scene::{Anchor, Face, Ink, Layer, Seg, Shape, Stroke, Token, on_circle, text_width};

/// How much something counts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    Faint,
    Plain,
    Strong,
}

pub fn write(layer: &mut Layer, at: (f32, f32), size: f32, weight: u16, anchor: Anchor, ink: Ink, text: String) {
    let (x, y) = at;
    layer.add(Shape::Text { x, y, size, weight, face: Face::Sans, anchor, fill: ink, text });
}

pub fn wide(text: &str, size: f32, weight: u16) -> f32 {
    text_width(text, size, weight, Face::Sans)
}

/// What is of no account now is still there to be read.
pub fn toned(token: Token, weight: Weight) -> Ink {
    Ink::faded(token, if weight == Weight::Faint { 105 } else { 255 })
}

/// The same, fainter.
pub fn thin(ink: Ink, share: f32) -> Ink {
    Ink { alpha: (f32::from(ink.alpha) * share.clamp(0.0, 1.0)) as u8, ..ink }
}

/// As much of it as there is room for.
pub fn cut(mut text: String, room: f32, size: f32) -> String {
    if wide(&text, size, 600) > room {
        while wide(&text, size, 600) + size > room && text.pop().is_some() {}
        text.push('…');
    }
    text
}

/// Lines no wider than the room, broken between words; what belongs together only where it must be.
pub fn wrap(text: &str, room: f32, size: f32, weight: u16) -> Vec<String> {
    let fits = |text: &str| wide(text, size, weight) <= room;
    let mut lines: Vec<String> = Vec::new();
    for phrase in text.split(' ') {
        let pieces = if fits(phrase) { vec![phrase] } else { phrase.split('\u{a0}').collect() };
        for word in pieces {
            let longer = lines.last().map(|line| [line.as_str(), word].join(" ")).filter(|longer| fits(longer));
            match (longer, lines.last_mut()) {
                (Some(longer), Some(line)) => *line = longer,
                _ => lines.push(word.to_string()),
            }
        }
    }
    lines
}

/// A cross of two strokes.
pub fn cross(layer: &mut Layer, (x, y): (f32, f32), arm: f32, ink: Ink) {
    for side in [-1.0, 1.0] {
        let stroke = Stroke::new(ink, 2.2);
        layer.add(Shape::Line { x1: x - arm, y1: y - arm * side, x2: x + arm, y2: y + arm * side, stroke });
    }
}

/// The head of an arrow, its tip at a place; `heading` in turns.
pub fn arrow_head(layer: &mut Layer, tip: (f32, f32), heading: f32, size: f32, ink: Ink) {
    let a = on_circle(tip.0, tip.1, size, heading + 0.5 - 0.075);
    let b = on_circle(tip.0, tip.1, size, heading + 0.5 + 0.075);
    let segs = vec![Seg::Move(tip.0, tip.1), Seg::Line(a.0, a.1), Seg::Line(b.0, b.1), Seg::Close];
    layer.add(Shape::Path { segs: segs.into(), fill: Some(ink), stroke: None });
}

/// Diagonal lines through a rectangle, which it does not leave.
pub fn hatch(layer: &mut Layer, area: &Area, step: f32, stroke: Stroke) {
    let Area { x, y, w, h } = *area;
    let mut segs = Vec::new();
    let mut start = step;
    while start < w + h {
        // From the top or right edge down to the left or bottom one.
        let a = if start <= w { (x + start, y) } else { (x + w, y + start - w) };
        let b = if start <= h { (x, y + start) } else { (x + start - h, y + h) };
        segs.extend([Seg::Move(a.0, a.1), Seg::Line(b.0, b.1)]);
        start += step;
    }
    if !segs.is_empty() {
        layer.add(Shape::Path { segs: segs.into(), fill: None, stroke: Some(stroke) });
    }
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Area {
    pub fn around((x, y): (f32, f32), w: f32, h: f32) -> Area {
        Area { x: x - w / 2.0, y: y - h / 2.0, w, h }
    }
    pub fn middle(&self) -> (f32, f32) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }
    /// Whether less than `gap` is between the two.
    pub fn touches(&self, other: &Area, gap: f32) -> bool {
        let near = |a: f32, a_size: f32, b: f32, b_size: f32| a + a_size + gap > b && b + b_size + gap > a;
        near(self.x, self.w, other.x, other.w) && near(self.y, self.h, other.y, other.h)
    }
    /// Where the way from its middle to a place leaves it, `gap` further out.
    pub fn brink(&self, to: (f32, f32), gap: f32) -> (f32, f32) {
        let (x, y) = self.middle();
        let (dx, dy) = (to.0 - x, to.1 - y);
        let (half_w, half_h) = (self.w / 2.0 + gap, self.h / 2.0 + gap);
        let share = (dx.abs() / half_w).max(dy.abs() / half_h);
        if share <= 1e-3 { (x, y - half_h) } else { (x + dx / share, y + dy / share) }
    }
    /// Whether a straight line comes nearer than `gap`.
    pub fn crossed(&self, a: (f32, f32), b: (f32, f32), gap: f32) -> bool {
        let (mut from, mut to) = (0.0f32, 1.0f32);
        let sides =
            [(a.0, b.0 - a.0, self.x - gap, self.w + 2.0 * gap), (a.1, b.1 - a.1, self.y - gap, self.h + 2.0 * gap)];
        for (start, way, low, size) in sides {
            if way.abs() < 1e-3 {
                if start < low || start > low + size {
                    return false;
                }
                continue;
            }
            let (t, u) = ((low - start) / way, (low + size - start) / way);
            (from, to) = (from.max(t.min(u)), to.min(t.max(u)));
        }
        from <= to
    }
    pub fn corners(&self) -> [(f32, f32); 4] {
        let (x, y, w, h) = (self.x, self.y, self.w, self.h);
        [(x, y), (x + w, y), (x, y + h), (x + w, y + h)]
    }
}
