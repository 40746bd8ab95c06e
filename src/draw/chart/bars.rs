//! Bars: as many as there are, down to one pixel each; beyond that, columns of several.

use std::rc::Rc;

use super::words::{brief, figure, with_unit};
use super::{Bar, Box4, FADED, SIZE, centred, fit, hit, overlap, round_values, text, wide};
use crate::draw::ranked;
use crate::draw::scene::{Anchor, Face, Ink, Layer, Seg, Shape, Stroke, Subject, Token, text_width};

/// Above this no value is a measurement, and sums still fit.
const FAR: f64 = 1e100;
const BOLD: u16 = 600;

/// Where things are, in pixels: the sides of the plot, and what its top and bottom stand for.
struct Place {
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    low: f64,
    high: f64,
}

impl Place {
    fn y(&self, v: f64) -> f32 {
        let share = ((v - self.low) / (self.high - self.low)).clamp(0.0, 1.0) as f32;
        self.bottom - share * (self.bottom - self.top)
    }
}

pub(super) fn draw(
    layer: &mut Layer,
    (width, height): (f32, f32),
    bars: &[Bar],
    mean: Option<f64>,
    limit: Option<&(f64, String)>,
    unit: &str,
    focus: Option<Subject>,
) {
    let values: Vec<Option<f64>> =
        bars.iter().map(|bar| bar.value.is_finite().then(|| bar.value.clamp(-FAR, FAR))).collect();
    let mean = mean.filter(|v| v.is_finite()).map(|v| v.clamp(-FAR, FAR));
    let limit = limit.filter(|(v, _)| v.is_finite()).map(|(v, label)| (v.clamp(-FAR, FAR), label));
    if values.iter().all(Option::is_none) {
        let said = fit("Nothing measured yet", width, 400);
        layer.add(centred(width / 2.0, height / 2.0, width, 400, Token::Soft, &said));
        return;
    }
    let drawn = || drawn_values(&values).chain(mean).chain(limit.map(|l| l.0));
    let (low, mut high) = (drawn().fold(0.0, f64::min), drawn().fold(0.0, f64::max));
    if high <= low {
        high = low + 1.0;
    }

    // What does not concern the bars' focus does not fade them.
    let focused = |bar: &Bar| focus.is_some() && bar.subject == focus;
    let any_focused = bars.iter().any(&focused);
    let alpha = |bar: &Bar| if any_focused && !focused(bar) { FADED } else { 255 };

    let slot = width / bars.len() as f32;
    let bar_width = (slot * 0.7).min(72.0);
    let labels = values_that_fit(&values, unit, slot, bar_width);
    let outside = labels.as_ref().is_some_and(|l| l.iter().any(|l| wide_bold(l) > bar_width - 4.0));
    let mut place = Place { left: 0.0, right: width, top: 4.0, bottom: height - 4.0, low, high };
    if bars.iter().any(|bar| !bar.label.is_empty()) {
        place.bottom -= 18.0;
    }
    if limit.is_some() {
        place.top += 18.0;
    }
    if outside {
        place.top += 16.0;
        if low < 0.0 {
            place.bottom -= 16.0;
        }
    }
    if labels.is_some() {
        // Short bars next to an edge carry their value beyond the tip: into room of its own.
        let close = |v: f64| (place.y(v) - place.y(0.0)).abs() < 20.0;
        let up = drawn_values(&values).any(|v| v >= 0.0 && close(v) && place.y(v) - 14.0 < place.top);
        let down = drawn_values(&values).any(|v| v < 0.0 && close(v) && place.y(v) + 17.0 > place.bottom);
        place.top += if up { 16.0 } else { 0.0 };
        place.bottom -= if down { 16.0 } else { 0.0 };
    } else {
        grid(layer, &mut place, unit, limit.is_some());
    }
    let zero = place.y(0.0);
    let rule = |y: f32, left: f32| {
        let (y, stroke) = ((y.floor() + 0.5).min(height - 0.5), Stroke::new(Token::Line, 1.0));
        Shape::Line { x1: left, y1: y, x2: width, y2: y, stroke }
    };
    layer.add(rule(zero, place.left));

    let room = place.right - place.left;
    if bars.len() as f32 > room {
        columns(layer, &place, bars, &values, (any_focused, focus), unit);
    } else {
        let slot = room / bars.len() as f32;
        let bar_width = (slot * 0.7).clamp(1.0, 72.0).min(slot);
        // The focused one is never a hair, and over its neighbours: it has to be found among a thousand.
        let last = |bar: &Bar| if bar_width < 3.0 && focused(bar) { 1.0 } else { 0.0 };
        let order = ranked(bars.iter().map(last));
        for i in order {
            let (bar, Some(value)) = (&bars[i], values[i]) else { continue };
            let bar_width = if focused(bar) { bar_width.max(3.0) } else { bar_width };
            let x = place.left + slot * (i as f32 + 0.5) - bar_width / 2.0;
            let x = x.min(place.right - bar_width).max(place.left);
            let said = format!("{}: {}", bar.name, with_unit(&figure(bar.value), unit));
            let shape = column(x, bar_width, zero, place.y(value), Ink::faded(bar.ink, alpha(bar)));
            layer.add_hit(shape, &hit(bar.subject, said));
        }
    }
    let lines: Vec<f32> = mean.into_iter().chain(limit.map(|l| l.0)).map(|v| place.y(v)).collect();
    if let Some(labels) = &labels {
        for (i, (bar, value)) in bars.iter().zip(&values).enumerate() {
            let Some(value) = *value else { continue };
            let (x, tip) = (slot * (i as f32 + 0.5), place.y(value));
            let faded = alpha(bar) < 255;
            value_label(layer, &labels[i], x, bar_width, (zero, tip), &lines, bar.ink, faded);
        }
    }
    if let Some(mean) = mean {
        let y = place.y(mean);
        let stroke = Stroke::dashed(Token::Ink, 1.3, 2.0, 3.0);
        layer.add(Shape::Line { x1: place.left, y1: y, x2: place.right, y2: y, stroke });
    }
    if let Some((at, label)) = limit {
        let unit_row = if labels.is_none() && unit.chars().count() > 1 { wide(unit) + 14.0 } else { 0.0 };
        limit_line(layer, &place, at, label, unit_row.min(width * 0.45));
    }
    names(layer, &place, bars, height, &focused);
}

fn drawn_values(values: &[Option<f64>]) -> impl Iterator<Item = f64> {
    values.iter().flatten().copied()
}

fn wide_bold(text: &str) -> f32 {
    text_width(text, SIZE, BOLD, Face::Sans)
}

/// Values written at the bars: all in full, or all in brief, or none.
fn values_that_fit(values: &[Option<f64>], unit: &str, slot: f32, bar_width: f32) -> Option<Vec<String>> {
    if slot < 12.0 || values.len() > 64 {
        return None;
    }
    let unit = if unit.chars().count() == 1 { unit } else { "" };
    [figure as fn(f64) -> String, brief].into_iter().find_map(|say| {
        let said: Vec<String> =
            values.iter().map(|v| v.map(|v| with_unit(&say(v), unit)).unwrap_or_default()).collect();
        let widest = said.iter().map(|s| wide_bold(s)).fold(0.0, f32::max);
        (widest <= (slot - 4.0).max(bar_width - 4.0)).then_some(said)
    })
}

/// Without values at the bars, an axis says how high they are.
fn grid(layer: &mut Layer, place: &mut Place, unit: &str, limit: bool) {
    let short = unit.chars().count() <= 1;
    // The row of the unit is the limit's too; that one stands at the right.
    if !short && !limit {
        place.top += 18.0;
    }
    let wanted = (((place.bottom - place.top) / 34.0) as usize).clamp(1, 4);
    let said: Vec<(f64, String)> = round_values(place.low, place.high, wanted)
        .into_iter()
        .map(|v| (v, if short { with_unit(&brief(v), unit) } else { brief(v) }))
        .collect();
    let widest = said.iter().map(|(_, s)| wide(s)).fold(0.0, f32::max);
    if widest > place.right * 0.35 {
        return;
    }
    if !short {
        let unit = fit(unit, place.right * 0.4, 400);
        layer.add(text(0.0, place.top - 10.0, Anchor::Start, 400, Token::Soft, &unit));
    }
    place.left = widest + 6.0;
    let mut last = f32::INFINITY;
    for (v, label) in said {
        let y = place.y(v);
        if last - y < 16.0 {
            continue;
        }
        last = y;
        let line = (y.floor() + 0.5).min(place.bottom + 3.5);
        let stroke = Stroke::new(Token::Line, 1.0);
        layer.add(Shape::Line { x1: place.left, y1: line, x2: place.right, y2: line, stroke });
        let base = (y + 4.2).max(SIZE * 0.8);
        layer.add(text(widest, base, Anchor::End, 400, Token::Soft, &label));
    }
}

/// A bar from the zero line to its tip, rounded at the tip; a zero is still there to be pointed at.
fn column(x: f32, w: f32, zero: f32, tip: f32, fill: Ink) -> Shape {
    let tip = if (tip - zero).abs() < 1.0 { zero - 1.0 } else { tip };
    let r = 3.0f32.min(w / 3.0).min((tip - zero).abs());
    if r < 1.0 {
        let (y, h) = (tip.min(zero), (tip - zero).abs());
        return Shape::Rect { x, y, w, h, r: 0.0, fill: Some(fill), stroke: None };
    }
    // Control points at 0.448 of the radius from the corner make a quarter of a circle.
    let inward = if tip < zero { r } else { -r };
    let (c, right) = (0.448, x + w);
    let segs = [
        Seg::Move(x, zero),
        Seg::Line(x, tip + inward),
        Seg::Cubic(x, tip + inward * c, x + r * c, tip, x + r, tip),
        Seg::Line(right - r, tip),
        Seg::Cubic(right - r * c, tip, right, tip + inward * c, right, tip + inward),
        Seg::Line(right, zero),
        Seg::Close,
    ];
    Shape::Path { segs: Rc::from(segs), fill: Some(fill), stroke: None }
}

/// More bars than pixels: each column shows the highest of its bars, faded, and their mean.
fn columns(
    layer: &mut Layer,
    place: &Place,
    bars: &[Bar],
    values: &[Option<f64>],
    (any_focused, focus): (bool, Option<Subject>),
    unit: &str,
) {
    let count = ((place.right - place.left) as usize).max(1);
    let zero = place.y(0.0);
    for i in 0..count {
        let range = bars.len() * i / count..bars.len() * (i + 1) / count;
        let here = || range.clone().filter_map(|k| values[k].map(|v| (v, &bars[k])));
        let Some((top, highest)) = here().max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        let known = here().count();
        let mean = here().map(|(v, _)| v / known as f64).sum::<f64>();
        let chosen = here().map(|(_, bar)| bar).find(|bar| any_focused && bar.subject == focus);
        let strong = if any_focused && chosen.is_none() { FADED } else { 255 };
        let x = place.left + i as f32;
        let subject = chosen.unwrap_or(highest).subject;
        let said = with_unit(&figure(top), unit);
        let said = match known {
            1 => format!("{}: {said}", highest.name),
            n => format!("{n} bars, mean {}, highest {said} ({})", figure(mean), highest.name),
        };
        let ink = chosen.unwrap_or(highest).ink;
        layer.add_hit(column(x, 1.0, zero, place.y(top), Ink::faded(ink, strong / 2)), &hit(subject, said));
        layer.add(column(x, 1.0, zero, place.y(mean), Ink::faded(ink, strong)));
    }
}

#[allow(clippy::too_many_arguments)] // One place of use; a struct for it would say nothing more.
fn value_label(
    layer: &mut Layer,
    label: &str,
    x: f32,
    bar_width: f32,
    (zero, tip): (f32, f32),
    lines: &[f32],
    hue: Token,
    faded: bool,
) {
    let tall = (tip - zero).abs();
    let down = tip > zero;
    let inside = wide_bold(label) <= bar_width - 4.0 && tall >= 20.0;
    let mut base = match (inside, down) {
        (true, false) => tip + 15.0,
        (true, true) => tip - 6.0,
        (false, false) => tip - 4.0,
        (false, true) => tip + 14.0,
    };
    // A line across the figure makes it unreadable: inside, go below the line; outside, above it.
    for _ in lines {
        for line in lines {
            if *line > base - 11.0 && *line < base + 3.0 {
                let moved = if inside && !down { line + 14.0 } else { line - 4.0 };
                let still_in = !inside || (moved - 11.0 > tip.min(zero) && moved + 3.0 < tip.max(zero));
                if still_in && moved > SIZE {
                    base = moved;
                }
            }
        }
    }
    let fill = if inside && !faded { hue.text_on() } else { Token::Ink };
    layer.add(text(x, base, Anchor::Middle, BOLD, fill, label));
}

/// The line, and above the plot what it is, after a piece of it.
fn limit_line(layer: &mut Layer, place: &Place, at: f64, label: &str, taken: f32) {
    let y = place.y(at);
    let stroke = Stroke::dashed(Token::Red, 1.6, 6.0, 3.0);
    layer.add(Shape::Line { x1: place.left, y1: y, x2: place.right, y2: y, stroke });
    let label = fit(label, place.right - taken - 24.0, 400);
    if label.is_empty() {
        return;
    }
    let left = place.right - wide(&label) - 21.0;
    layer.add(Shape::Line { x1: left, y1: 8.0, x2: left + 15.0, y2: 8.0, stroke });
    layer.add(text(place.right, 12.0, Anchor::End, 400, Token::Ink, &label));
}

/// Names under the bars: the focused one always, of the others as many as do not touch.
fn names(layer: &mut Layer, place: &Place, bars: &[Bar], height: f32, focused: &impl Fn(&Bar) -> bool) {
    let slot = (place.right - place.left) / bars.len() as f32;
    let name = |i: usize, bar: &Bar| {
        let (weight, fill) = if focused(bar) { (BOLD, Token::Ink) } else { (400, Token::Soft) };
        let label = fit(&bar.label, place.right * 0.5, weight);
        let x = place.left + slot * (i as f32 + 0.5);
        (!label.is_empty()).then(|| centred(x, height - 5.0, place.right, weight, fill, &label))
    };
    let mut taken: Vec<Box4> = Vec::new();
    if let Some(shape) = bars.iter().enumerate().find(|(_, bar)| focused(bar)).and_then(|(i, bar)| name(i, bar)) {
        taken.push(shape.bounds());
        layer.add(shape);
    }
    // The smallest regular step at which none touch; labels longer than the rest are not let decide alone.
    let widths: Vec<f32> = bars.iter().take(2000).map(|bar| wide(&fit(&bar.label, place.right * 0.5, 400))).collect();
    let order = ranked(widths.iter().map(|w| f64::from(*w)));
    let usual = order.get(order.len() * 9 / 10).map_or(0.0, |i| widths[*i]);
    let least = (((usual + 6.0) / slot).ceil() as usize).max(1);
    let step = (0..9).flat_map(|p| [1, 2, 5].map(|m| m * 10usize.pow(p))).find(|s| *s >= least).unwrap_or(least);
    for (i, bar) in bars.iter().enumerate().step_by(step) {
        let Some(shape) = name(i, bar).filter(|_| !focused(bar)) else { continue };
        let bounds = shape.bounds();
        if taken.iter().all(|b| !overlap(*b, bounds, 5.0)) {
            taken.push(bounds);
            layer.add(shape);
        }
    }
}
