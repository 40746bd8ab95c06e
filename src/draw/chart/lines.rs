//! Curves over axes: plotters lays out the mesh and draws the lines; marks and their labels are placed here.

use plotters::chart::{ChartBuilder, LabelAreaPosition};
use plotters::drawing::IntoDrawingArea;
use plotters::series::LineSeries;
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, TextStyle};

use super::{Axis, Box4, FADED, Mark, SIZE, Series, figure, fit, hit, overlap, round_values, text, wide};
use crate::draw::plot::{Board, FINE, Scale, Window, fine, style};
use crate::draw::ranked;
use crate::draw::scene::{Anchor, Ink, Layer, Shape, Stroke, Subject, Token};

/// The plot's rectangle, and the scales across it.
struct Place {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    x: Scale,
    y: Scale,
}

impl Place {
    fn at(&self, x: f64, y: f64) -> Option<(f32, f32)> {
        let (a, b) = (self.x.share(x), self.y.share(y));
        let inside = |share: f64| (-1e-6..=1.0 + 1e-6).contains(&share);
        (x.is_finite() && y.is_finite() && inside(a) && inside(b)).then(|| {
            let (w, h) = (self.right - self.left, self.bottom - self.top);
            (self.left + w * a as f32, self.bottom - h * b as f32)
        })
    }
}

pub(super) fn draw(
    layer: &mut Layer,
    (width, height): (f32, f32),
    (x, y): (&Axis, &Axis),
    series: &[Series],
    marks: &[Mark],
    focus: Option<Subject>,
) {
    let points = || series.iter().flat_map(|s| s.points.iter().copied()).chain(marks.iter().map(|m| (m.x, m.y)));
    let mut place = Place {
        left: 8.0,
        top: 8.0,
        right: width - 8.0,
        bottom: height - 22.0,
        x: Scale::new(x, points().map(|p| p.0)),
        y: Scale::new(y, points().map(|p| p.1)),
    };
    if !x.label.is_empty() && height >= 110.0 {
        place.bottom -= 17.0;
        let label = fit(&x.label, width, 400);
        layer.add(text(width, height - 4.0, Anchor::End, 400, Token::Soft, &label));
    }
    if !y.label.is_empty() && height >= 90.0 {
        place.top += 17.0;
        let label = fit(&y.label, width, 400);
        layer.add(text(0.0, 11.0, Anchor::Start, 400, Token::Soft, &label));
    }
    let ends = keys(layer, &mut place, series, width);
    y_ticks(&mut place, width);
    x_ticks(&mut place, width);
    mesh(layer, &place, (width, height), series);

    let mut taken: Vec<Box4> = Vec::new();
    for (one, y) in ends {
        let x = place.right + 7.0;
        layer.add(Shape::Circle { x, y: y - 4.0, r: 3.0, fill: Some(one.ink.into()), stroke: None });
        layer.add(text(x + 7.0, y, Anchor::Start, 400, Token::Ink, &fit(&one.name, width - x - 7.0, 400)));
    }
    draw_marks(layer, &place, series, marks, focus, &mut taken);
}

/// Several measured lines are named: at their ends where there is room, else in rows above the plot.
fn keys<'a>(layer: &mut Layer, place: &mut Place, series: &'a [Series], width: f32) -> Vec<(&'a Series, f32)> {
    let named: Vec<&Series> = series.iter().filter(|s| !s.dashed && !s.name.is_empty()).collect();
    if series.iter().filter(|s| !s.dashed).count() < 2 || named.is_empty() {
        return Vec::new();
    }
    let widest = named.iter().map(|s| wide(&s.name)).fold(0.0, f32::max) + 16.0;
    let tall = place.bottom - place.top;
    if widest <= width * 0.3 && named.len() as f32 * 16.0 <= tall {
        place.right = width - widest;
        return at_ends(place, &named);
    }
    let (mut x, mut row) = (0.0, 0.0);
    let start = place.top - 8.0;
    for one in named {
        let label = fit(&one.name, width - 20.0, 400);
        let wanted = wide(&label) + 20.0;
        if x > 0.0 && x + wanted > width {
            x = 0.0;
            row += 1.0;
        }
        // The picture matters more than the last names of very many.
        if start + (row + 1.0) * 17.0 > tall * 0.4 {
            break;
        }
        let y = start + row * 17.0 + 11.0;
        let stroke = Stroke::new(one.ink, 2.2);
        layer.add(Shape::Line { x1: x + 1.0, y1: y - 4.0, x2: x + 14.0, y2: y - 4.0, stroke });
        layer.add(text(x + 19.0, y, Anchor::Start, 400, Token::Ink, &label));
        x += wanted + 12.0;
        place.top = start + (row + 1.0) * 17.0 + 8.0;
    }
    Vec::new()
}

/// Baselines beside the ends of the lines, pushed apart until none touch.
fn at_ends<'a>(place: &Place, named: &[&'a Series]) -> Vec<(&'a Series, f32)> {
    let (top, bottom) = (place.top + 4.0, place.bottom + 2.0);
    let ends: Vec<(&Series, f32)> = named
        .iter()
        .map(|one| {
            let last = one.points.iter().rev().find(|p| p.0.is_finite() && p.1.is_finite());
            let share = last.map_or(0.0, |p| place.y.share(p.1).clamp(0.0, 1.0)) as f32;
            (*one, place.bottom - share * (place.bottom - place.top) + 4.0)
        })
        .collect();
    let order = ranked(ends.iter().map(|end| f64::from(end.1)));
    let mut ends: Vec<(&Series, f32)> = order.into_iter().map(|i| ends[i]).collect();
    let mut least = top;
    for end in &mut ends {
        end.1 = end.1.max(least);
        least = end.1 + 15.0;
    }
    let mut most = bottom;
    for end in ends.iter_mut().rev() {
        end.1 = end.1.min(most);
        most = end.1 - 15.0;
    }
    ends
}

fn y_ticks(place: &mut Place, width: f32) {
    let tall = place.bottom - place.top;
    if place.y.ticks.is_empty() {
        place.y.ticks = found(&place.y, (tall / 32.0) as usize);
    }
    let room = width * 0.3;
    place.y.ticks.iter_mut().for_each(|(_, label)| *label = fit(label, room, 400));
    let scale = place.y.clone();
    let mut last = f32::INFINITY;
    let height = |v: f64| -scale.share(v) as f32 * tall;
    let top = scale.ticks.last().map_or(0.0, |(v, _)| height(*v));
    let end = scale.ticks.len().saturating_sub(1);
    let mut index = 0;
    // From the bottom up, keeping room for the one at the top.
    place.y.ticks.retain(|(v, _)| {
        let y = height(*v);
        let keep = last - y >= 16.0 && (index == end || y - top >= 16.0);
        index += 1;
        if keep {
            last = y;
        }
        keep
    });
    let widest = place.y.ticks.iter().map(|(_, label)| wide(label)).fold(0.0, f32::max);
    place.left = (widest + 9.0).max(9.0);
}

fn x_ticks(place: &mut Place, width: f32) {
    let across = place.right - place.left;
    if place.x.ticks.is_empty() {
        place.x.ticks = found(&place.x, (across / 64.0) as usize);
    }
    place.x.ticks.iter_mut().for_each(|(_, label)| *label = fit(label, width * 0.4, 400));
    let scale = place.x.clone();
    let span = |(v, label): &(f64, String)| {
        let w = wide(label);
        let left = place.left + scale.share(*v) as f32 * across - w / 2.0;
        let left = left.min(width - w).max(0.0);
        (left, left + w)
    };
    let last = scale.ticks.last().map(&span);
    let end = scale.ticks.len().saturating_sub(1);
    let (mut used, mut index) = (f32::NEG_INFINITY, 0);
    place.x.ticks.retain(|tick| {
        let (left, right) = span(tick);
        let keep = left >= used + 8.0 && (index == end || last.is_none_or(|(l, _)| right + 8.0 <= l));
        index += 1;
        if keep {
            used = right;
        }
        keep
    });
}

/// Round values where none were given: powers of ten on a logarithmic axis.
pub(super) fn found(scale: &Scale, wanted: usize) -> Vec<(f64, String)> {
    let values = if scale.log {
        let (from, to) = (libm::log10(scale.min) - 1e-6, libm::log10(scale.max) + 1e-6);
        let (from, to) = (from.ceil() as i32, to.floor() as i32);
        let step = ((to - from) / wanted.clamp(1, 8) as i32).max(1);
        (from..=to).step_by(step as usize).map(|power| libm::pow(10.0, f64::from(power))).collect()
    } else {
        round_values(scale.min, scale.max, wanted.clamp(1, 6))
    };
    values.into_iter().map(|v| (v, figure(v))).collect()
}

/// What plotters is for. It fails only where the board does, and the board does not.
fn mesh(layer: &mut Layer, place: &Place, (width, height): (f32, f32), series: &[Series]) {
    let window = Window::default();
    let area = Board { layer, width, height, window: window.clone() }.into_drawing_area();
    let mut builder = ChartBuilder::on(&area);
    builder
        .margin_top(fine(place.top))
        .margin_right(fine(width - place.right))
        .set_label_area_size(LabelAreaPosition::Left, fine(place.left))
        .set_label_area_size(LabelAreaPosition::Bottom, fine(height - place.bottom));
    let Ok(mut chart) = builder.build_cartesian_2d(place.x.clone(), place.y.clone()) else { return };
    let none = style(Token::Line, false, 0.0).color.mix(0.0);
    let label = FontDesc::new(FontFamily::SansSerif, f64::from(SIZE * FINE), FontStyle::Normal);
    let label = TextStyle::from(label).color(&RGBColor(Token::Soft as u8, 0, 0));
    let drawn = chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(style(Token::Line, false, 1.0))
        .axis_style(none)
        .set_all_tick_mark_size(fine(4.0))
        .label_style(label)
        .draw();
    if drawn.is_err() {
        return;
    }
    window.set(Some((place.left, place.top, place.right, place.bottom)));
    // Theory first: what was measured lies above it.
    for one in series.iter().filter(|s| s.dashed).chain(series.iter().filter(|s| !s.dashed)) {
        let look = if one.dashed { style(Token::Soft, true, 1.3) } else { style(one.ink, false, 2.2) };
        for piece in one.points.split(|(x, y)| !(x.is_finite() && y.is_finite())) {
            if chart.draw_series(LineSeries::new(piece.iter().copied(), look)).is_err() {
                return;
            }
        }
    }
}

fn draw_marks(
    layer: &mut Layer,
    place: &Place,
    series: &[Series],
    marks: &[Mark],
    focus: Option<Subject>,
    taken: &mut Vec<Box4>,
) {
    let focused = |mark: &Mark| focus.is_some() && mark.subject == focus;
    let any_focused = marks.iter().any(&focused);
    let shown: Vec<(&Mark, (f32, f32))> =
        marks.iter().filter_map(|mark| Some((mark, place.at(mark.x, mark.y)?))).collect();
    // The focused one is drawn last, so on top, and labelled first.
    let order = ranked(shown.iter().map(|(mark, _)| if focused(mark) { 1.0 } else { 0.0 }));
    let shown: Vec<(&Mark, (f32, f32))> = order.into_iter().map(|i| shown[i]).collect();
    for (mark, (x, y)) in &shown {
        let r = if focused(mark) { 6.0 } else { 4.5 };
        let (x, y) = (x.max(r + 1.0).min(place.right + 1.0), y.max(r + 1.0));
        let ink = Ink::faded(mark.ink, if any_focused && !focused(mark) { FADED } else { 255 });
        let stroke =
            Stroke::new(if mark.hollow { ink } else { Token::Card.into() }, if mark.hollow { 2.0 } else { 1.2 });
        let fill = if mark.hollow { Token::Card.into() } else { ink };
        let shape = Shape::Circle { x, y, r, fill: Some(fill), stroke: Some(stroke) };
        layer.add_hit(shape, &hit(mark.subject, mark.label.clone()));
        taken.push((x - r, y - r, x + r, y + r));
    }
    let curves: Vec<Vec<(f32, f32)>> = series.iter().map(|s| on_screen(place, s)).collect();
    for (mark, at) in shown.iter().rev().filter(|(mark, _)| !mark.label.is_empty()) {
        let (weight, fill) = match (any_focused, focused(mark)) {
            (_, true) => (600, Token::Ink),
            (true, false) => (400, Token::Soft),
            _ => (400, Token::Ink),
        };
        let label = fit(&mark.label, (place.right - place.left) * 0.9, weight);
        if let Some((covered, far, shape)) = beside(place, *at, &label, weight, fill, &curves, taken) {
            let b = shape.bounds();
            if far {
                // A label that had to move away says whose it is.
                let (x2, y2) = (at.0.max(b.0).min(b.2), if b.1 > at.1 { b.1 } else { b.3 });
                let stroke = Stroke::new(Token::Soft, 1.0);
                layer.add(Shape::Line { x1: at.0, y1: at.1, x2, y2, stroke });
            }
            if covered {
                let fill = Some(Ink::faded(Token::Card, 215));
                let (x, y, w, h) = (b.0.max(2.0) - 2.0, b.1, b.2 - b.0 + 4.0, b.3 - b.1);
                layer.add(Shape::Rect { x, y, w, h, r: 3.0, fill, stroke: None });
            }
            taken.push(b);
            layer.add(shape);
        }
    }
}

/// A curve's places in pixels, also those outside the plot, for telling what a label would cover.
fn on_screen(place: &Place, one: &Series) -> Vec<(f32, f32)> {
    let (w, h) = (place.right - place.left, place.bottom - place.top);
    let at =
        |(x, y): &(f64, f64)| (place.left + w * place.x.share(*x) as f32, place.bottom - h * place.y.share(*y) as f32);
    one.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()).map(at).collect()
}

/// The place beside a mark where its label covers least of the curves, and no other label; whether it covers any, and
/// whether it had to go far. None if there is no place: pointing at the mark still says it.
fn beside(
    place: &Place,
    (x, y): (f32, f32),
    label: &str,
    weight: u16,
    fill: Token,
    curves: &[Vec<(f32, f32)>],
    taken: &[Box4],
) -> Option<(bool, bool, Shape)> {
    for far in [0.0, 12.0, 26.0] {
        let mut best: Option<(usize, Shape)> = None;
        let offers = [
            (9.0 + far, -8.0 - far, Anchor::Start),
            (-9.0 - far, -8.0 - far, Anchor::End),
            (9.0 + far, 16.0 + far, Anchor::Start),
            (-9.0 - far, 16.0 + far, Anchor::End),
            (0.0, -11.0 - far, Anchor::Middle),
            (0.0, 20.0 + far, Anchor::Middle),
            (11.0 + far, 4.0, Anchor::Start),
            (-11.0 - far, 4.0, Anchor::End),
        ];
        for (dx, dy, anchor) in offers {
            let shape = slid(place, text(x + dx, y + dy, anchor, weight, fill, label));
            let b = shape.bounds();
            let inside = b.0 >= place.left && b.2 <= place.right + 8.0 && b.1 >= place.top - 8.0 && b.3 <= place.bottom;
            if !inside || taken.iter().any(|t| overlap(*t, b, 2.0)) {
                continue;
            }
            let covered = curves.iter().map(|curve| curve.windows(2).filter(|p| crosses(p[0], p[1], b)).count()).sum();
            if best.as_ref().is_none_or(|(least, _)| covered < *least) {
                best = Some((covered, shape));
            }
        }
        // Near the mark, even over a curve, is better than clear of everything far away.
        if let Some((covered, shape)) = best {
            return Some((covered > 0, far > 0.0, shape));
        }
    }
    None
}

/// A centred label near the side moves in; the others are offered on the other side instead.
fn slid(place: &Place, mut shape: Shape) -> Shape {
    let b = shape.bounds();
    if let Shape::Text { x, anchor: Anchor::Middle, .. } = &mut shape {
        *x += (place.right - b.2).min(0.0).max(place.left - b.0);
    }
    shape
}

/// Whether a stretch of a curve goes through a box; looked at in steps, which is exact enough for a choice of place.
fn crosses(a: (f32, f32), b: (f32, f32), rect: Box4) -> bool {
    let apart = a.0.max(b.0) < rect.0 || a.0.min(b.0) > rect.2 || a.1.max(b.1) < rect.1 || a.1.min(b.1) > rect.3;
    !apart
        && (0..=24).any(|i| {
            let t = i as f32 / 24.0;
            let (x, y) = (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
            x >= rect.0 && x <= rect.2 && y >= rect.1 && y <= rect.3
        })
}
