//! Many curves over the same axes: told apart by colour and dash, and named in a list in the order in which they lie at
//! one place, with what they are there.

use super::lines::found;
use super::words::brief;
use super::{Axis, Box4, SIZE, figure, fit, hit, text, wide};
use crate::draw::plot::Scale;
use crate::draw::ranked;
use crate::draw::scene::{Anchor, Layer, Seg, Shape, Stroke, Token};
use crate::sim::decimal::fixed;

#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub name: String,
    pub ink: Token,
    /// Length of dash and of gap, in pixels.
    pub dash: Option<(f32, f32)>,
    /// The one that it is about.
    pub bold: bool,
    pub points: Vec<(f64, f64)>,
}

/// From this width on the list stands beside the curves.
const WIDE: f32 = 560.0;
const ROW: f32 = 16.0;
/// A piece of the line, before its name.
const SAMPLE: f32 = 24.0;

impl Curve {
    fn stroke(&self) -> Stroke {
        let width = if self.bold { 3.2 } else { 1.7 };
        Stroke { ink: self.ink.into(), width, dash: self.dash }
    }

    /// Its height at a place: between two points on the straight line that is drawn.
    pub fn at(&self, x: f64, log: bool) -> Option<f64> {
        let along = |x: f64| if log { libm::log(x.max(1e-300)) } else { x };
        self.points.windows(2).find_map(|pair| {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let share = (along(x) - along(x0)) / (along(x1) - along(x0));
            (x0 <= x && x <= x1 && share.is_finite()).then_some(y0 + (y1 - y0) * share)
        })
    }
}

/// Names of curves and what they are at a place, the highest first.
pub(super) fn list(x: &Axis, cut: f64, curves: &[Curve]) -> Vec<(usize, Option<f64>)> {
    let heights: Vec<Option<f64>> = curves.iter().map(|curve| curve.at(cut, x.log)).collect();
    let order = ranked(heights.iter().map(|height| -height.unwrap_or(f64::NEG_INFINITY)));
    order.into_iter().map(|i| (i, heights[i])).collect()
}

/// In a rectangle: left, top, right, bottom.
pub fn draw(layer: &mut Layer, rect: Box4, x: &Axis, y: &Axis, cut: f64, curves: &[Curve]) {
    let entries = list(x, cut, curves);
    let figures: Vec<String> = entries.iter().map(|(_, at)| at.map_or("–".into(), |at| fixed(at, 1))).collect();
    let names = curves.iter().map(|curve| wide(&curve.name)).fold(0.0, f32::max);
    let most = figures.iter().map(|figure| wide(figure)).fold(0.0, f32::max);
    let entry = SAMPLE + names + most + 12.0;
    let (left, top, right, bottom) = rect;
    let beside = right - left >= WIDE;
    let columns = if beside { 1 } else { ((right - left + 14.0) / (entry + 14.0)).max(1.0) as usize };
    let rows = entries.len().div_ceil(columns) as f32;
    let below = if beside { 0.0 } else { rows * ROW + 24.0 };
    let ends = (left, top, if beside { right - entry - 16.0 } else { right }, bottom - below);
    let Some(plot) = axes(layer, ends, x, y, 14.0) else { return };
    let frame = plot.frame;
    let place = |(a, b): (f64, f64)| plot.place(a, b);

    // Where the list says what they are.
    let at = place((cut, 0.0)).0;
    let stroke = Stroke::dashed(Token::Soft, 1.0, 2.0, 3.0);
    layer.add(Shape::Line { x1: at, y1: frame.1, x2: at, y2: frame.3, stroke });
    let here = figure(cut);
    let half = wide(&here) / 2.0;
    let x_at = at.max(frame.0 + half).min(frame.2 - half);
    layer.add(text(x_at, frame.1 - 4.0, Anchor::Middle, 600, Token::Ink, &here));

    let drawn = |bold: bool| curves.iter().filter(move |curve| curve.bold == bold);
    for curve in drawn(false).chain(drawn(true)) {
        line(layer, &curve.points.iter().map(|point| place(*point)).collect::<Vec<_>>(), curve.stroke());
    }
    for curve in drawn(false).chain(drawn(true)) {
        for point in &curve.points {
            let (x0, y0) = place(*point);
            let label = format!("{}: {} {} at {} {}", curve.name, figure(point.1), y.label, figure(point.0), x.label);
            // Nothing to see: where the pointer says which curve it is.
            let spot = Shape::Circle { x: x0, y: y0, r: 5.0, fill: None, stroke: None };
            layer.add_hit(spot, &hit(None, label));
        }
        if let Some(height) = curve.at(cut, x.log) {
            let (x, y) = place((cut, height));
            let r = if curve.bold { 3.6 } else { 2.4 };
            layer.add(Shape::Circle { x, y, r, fill: Some(curve.ink.into()), stroke: None });
        }
    }

    let (from, start) = if beside { (right - entry, top + 11.0) } else { (left, frame.3 + 56.0) };
    let head = format!("{} at {here}", y.label);
    layer.add(text(from, start, Anchor::Start, 600, Token::Ink, &fit(&head, right - from, 600)));
    let entry = if beside { entry } else { (right - left + 14.0) / columns as f32 - 14.0 };
    let step = if beside { ((bottom - start - 8.0) / rows.max(1.0)).clamp(14.0, 18.0) } else { ROW };
    for (n, ((i, _), figure)) in entries.iter().zip(&figures).enumerate() {
        let curve = &curves[*i];
        let (column, row) = (n / rows as usize, n % rows as usize);
        let (x, y) = (from + column as f32 * (entry + 14.0), start + (row as f32 + 1.0) * step);
        let stroke = curve.stroke();
        layer.add(Shape::Line { x1: x, y1: y - 4.0, x2: x + SAMPLE - 6.0, y2: y - 4.0, stroke });
        let weight = if curve.bold { 600 } else { 400 };
        layer.add(text(x + SAMPLE, y, Anchor::Start, weight, Token::Ink, &curve.name));
        layer.add(text(x + entry, y, Anchor::End, weight, Token::Ink, figure));
    }
}

/// Where values lie in a picture.
pub struct Plot {
    /// Left, top, right, bottom of the axes.
    frame: Box4,
    x: Scale,
    y: Scale,
}

impl Plot {
    pub fn place(&self, x: f64, y: f64) -> (f32, f32) {
        let (left, top, right, bottom) = self.frame;
        let share = |scale: &Scale, v: f64| scale.share(v).clamp(0.0, 1.0) as f32;
        (left + (right - left) * share(&self.x, x), bottom - (bottom - top) * share(&self.y, y))
    }
}

/// A line through places.
pub fn line(layer: &mut Layer, places: &[(f32, f32)], stroke: Stroke) {
    let seg = |(i, (x, y)): (usize, &(f32, f32))| if i == 0 { Seg::Move(*x, *y) } else { Seg::Line(*x, *y) };
    if places.len() > 1 {
        let segs: Vec<Seg> = places.iter().enumerate().map(seg).collect();
        layer.add(Shape::Path { segs: segs.into(), fill: None, stroke: Some(stroke) });
    }
}

/// Two axes whose ends are given, with their names, in a rectangle; `room` is kept free above. `None`: too little room.
pub fn axes(layer: &mut Layer, rect: Box4, x: &Axis, y: &Axis, room: f32) -> Option<Plot> {
    let top = rect.1 + 18.0 + room;
    let (mut x_scale, mut y_scale) = (Scale::new(x, std::iter::empty()), Scale::new(y, std::iter::empty()));
    let tall = rect.3 - 38.0 - top;
    if tall < 20.0 || rect.2 - rect.0 < 80.0 {
        return None;
    }
    if y_scale.ticks.is_empty() {
        y_scale.ticks = found(&y_scale, (tall / 32.0) as usize);
        y_scale.ticks.iter_mut().for_each(|tick| tick.1 = brief(tick.0));
    }
    let labels = y_scale.ticks.iter().map(|tick| wide(&tick.1)).fold(0.0, f32::max);
    let frame = (rect.0 + labels + 8.0, top, rect.2 - 6.0, rect.3 - 38.0);
    let (w, h) = (frame.2 - frame.0, frame.3 - frame.1);
    if x_scale.ticks.is_empty() {
        x_scale.ticks = found(&x_scale, (w / 48.0) as usize);
        x_scale.ticks.iter_mut().for_each(|tick| tick.1 = brief(tick.0));
    }
    let grid = Stroke::new(Token::Line, 1.0);
    let mut last = f32::INFINITY;
    for (v, label) in &y_scale.ticks {
        let at = frame.3 - h * y_scale.share(*v) as f32;
        layer.add(Shape::Line { x1: frame.0, y1: at, x2: frame.2, y2: at, stroke: grid });
        if last - at >= SIZE {
            last = at;
            layer.add(text(frame.0 - 6.0, at + 4.0, Anchor::End, 400, Token::Soft, label));
        }
    }
    let mut used = f32::NEG_INFINITY;
    for (v, label) in &x_scale.ticks {
        let at = frame.0 + w * x_scale.share(*v) as f32;
        let half = wide(label) / 2.0;
        let middle = at.max(rect.0 + half).min(rect.2 - half);
        if middle - half >= used + 6.0 {
            used = middle + half;
            layer.add(Shape::Line { x1: at, y1: frame.3, x2: at, y2: frame.3 + 4.0, stroke: grid });
            layer.add(text(middle, frame.3 + 17.0, Anchor::Middle, 400, Token::Soft, label));
        }
    }
    let foot = Stroke::new(Token::Soft, 1.0);
    layer.add(Shape::Line { x1: frame.0, y1: frame.3, x2: frame.2, y2: frame.3, stroke: foot });
    layer.add(text(rect.0, rect.1 + 11.0, Anchor::Start, 400, Token::Soft, &fit(&y.label, w, 400)));
    layer.add(text(frame.2, frame.3 + 34.0, Anchor::End, 400, Token::Soft, &fit(&x.label, w, 400)));
    Some(Plot { frame, x: x_scale, y: y_scale })
}
