//! plotters draws into a layer: its backend, and its axis.
//!
//! plotters counts in whole pixels, so the board it draws on is ten times as large; and it knows colours only as
//! red, green and blue, so a token travels as the red part and "dashed" as the green one.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{RGBColor, ShapeStyle};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

use super::chart::Axis;
use super::ranked;
use super::scene::{Anchor, Face, Ink, Layer, Seg, Shape, Stroke, Token, text_width};

/// Board pixels in one CSS pixel.
pub const FINE: f32 = 10.0;

pub fn fine(px: f32) -> i32 {
    (px * FINE).round() as i32
}

pub fn style(token: Token, dashed: bool, width: f32) -> ShapeStyle {
    let colour = RGBColor(token as u8, u8::from(dashed), 0);
    ShapeStyle { stroke_width: fine(width).unsigned_abs(), ..ShapeStyle::from(&colour) }
}

/// A rectangle on the board that lines are cut at: left, top, right, bottom.
pub type Window = Rc<Cell<Option<(f32, f32, f32, f32)>>>;

pub struct Board<'a> {
    pub layer: &'a mut Layer,
    pub width: f32,
    pub height: f32,
    pub window: Window,
}

type Done = Result<(), DrawingErrorKind<Infallible>>;

fn ink(colour: BackendColor) -> Option<Ink> {
    let token = Token::ALL.get(usize::from(colour.rgb.0))?;
    let alpha = (colour.alpha * 255.0).round() as u8;
    (alpha > 0).then_some(Ink::faded(*token, alpha))
}

fn px((x, y): BackendCoord) -> (f32, f32) {
    (x as f32 / FINE, y as f32 / FINE)
}

fn stroke(style: &impl BackendStyle) -> Option<Stroke> {
    let ink = ink(style.color())?;
    let dash = (style.color().rgb.1 > 0).then_some((4.0, 3.0));
    Some(Stroke { ink, width: style.stroke_width() as f32 / FINE, dash })
}

impl Board<'_> {
    /// Not generic, as plotters' paths and styles are: it is compiled once.
    fn line(&mut self, points: &[(f32, f32)], stroke: Stroke) {
        if let [(x1, y1), (x2, y2)] = *points
            && y1 == y2
            && self.window.get().is_none()
        {
            // Hairlines lie on whole pixels, or they blur.
            let y = (y1.floor() + 0.5).min(self.height - 0.5);
            self.layer.add(Shape::Line { x1, y1: y, x2, y2: y, stroke });
            return;
        }
        let window = self.window.get().unwrap_or((0.0, 0.0, self.width, self.height));
        let segs = cut(points, window);
        if !segs.is_empty() {
            self.layer.add(Shape::Path { segs: Rc::from(segs), fill: None, stroke: Some(stroke) });
        }
    }
}

impl DrawingBackend for Board<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (fine(self.width).unsigned_abs(), fine(self.height).unsigned_abs())
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Done {
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Done {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Done {
        let mut points = Vec::new();
        for at in path {
            points.push(px(at));
        }
        if let Some(stroke) = stroke(style) {
            self.line(&points, stroke);
        }
        Ok(())
    }

    // What these are made of by default is a rasterizer; no chart here has any of it.
    fn draw_circle<S: BackendStyle>(&mut self, _: BackendCoord, _: u32, _: &S, _: bool) -> Done {
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, _: BackendCoord, _: BackendCoord, _: &S, _: bool) -> Done {
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, _: I, _: &S) -> Done {
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Done {
        let Some(fill) = ink(style.color()) else { return Ok(()) };
        let size = style.size() as f32 / FINE;
        let (x, y) = px(at);
        let w = text_width(text, size, 400, Face::Sans);
        let left = match style.anchor().h_pos {
            HPos::Left => x,
            HPos::Center => x - w / 2.0,
            HPos::Right => x - w,
        };
        // A label at the end of an axis moves in rather than over the edge; it stays anchored where it is exact.
        let shift = (self.width - w - left).min(0.0).max(-left);
        let (x, anchor) = match style.anchor().h_pos {
            HPos::Left => (x + shift, Anchor::Start),
            HPos::Right => (x + shift, Anchor::End),
            HPos::Center if shift > 0.0 => (left + shift, Anchor::Start),
            HPos::Center if shift < 0.0 => (left + w + shift, Anchor::End),
            HPos::Center => (x, Anchor::Middle),
        };
        let y = match style.anchor().v_pos {
            VPos::Top => y + size * 0.8,
            VPos::Center => y + size * 0.35,
            VPos::Bottom => y - size * 0.22,
        };
        let y = y.min(self.height - size * 0.22).max(size * 0.8);
        let face = Face::Sans;
        self.layer.add(Shape::Text { x, y, size, weight: 400, face, anchor, fill, text: text.to_string() });
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size() as f32;
        Ok((text_width(text, size, 400, Face::Sans) as u32, size as u32))
    }
}

/// A line cut at a window: what leaves it and comes back becomes several pieces (Liang and Barsky's method).
fn cut(points: &[(f32, f32)], window: (f32, f32, f32, f32)) -> Vec<Seg> {
    let mut segs = Vec::with_capacity(points.len());
    let mut pen: Option<(f32, f32)> = None;
    for pair in points.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0f32, 1.0f32);
        let sides = [(-dx, a.0 - window.0), (dx, window.2 - a.0), (-dy, a.1 - window.1), (dy, window.3 - a.1)];
        let mut seen = true;
        for (step, room) in sides {
            if step == 0.0 {
                seen &= room >= 0.0;
            } else if step < 0.0 {
                enter = enter.max(room / step);
            } else {
                leave = leave.min(room / step);
            }
        }
        if !seen || enter > leave {
            pen = None;
            continue;
        }
        let place = |t: f32| {
            let clamp = |v: f32, low: f32, high: f32| v.max(low).min(high);
            (clamp(a.0 + dx * t, window.0, window.2), clamp(a.1 + dy * t, window.1, window.3))
        };
        let (from, to) = (if enter > 0.0 { place(enter) } else { a }, if leave < 1.0 { place(leave) } else { b });
        if pen != Some(from) {
            segs.push(Seg::Move(from.0, from.1));
        }
        segs.push(Seg::Line(to.0, to.1));
        pen = Some(to);
    }
    segs
}

/// An axis that cannot be degenerate, whatever it was made from. plotters' own ones panic or loop on empty and
/// infinite ranges, and take logarithms that differ between native and wasm.
#[derive(Clone, Debug)]
pub struct Scale {
    pub log: bool,
    pub min: f64,
    pub max: f64,
    pub ticks: Vec<(f64, String)>,
}

/// Beyond this nothing is a measurement, and differences of two still fit a float.
const FAR: f64 = 1e100;

impl Scale {
    /// The axis as asked for; where its ends say nothing, the data's.
    pub fn new(axis: &Axis, data: impl Iterator<Item = f64>) -> Scale {
        let found = data.filter(|v| v.is_finite() && (!axis.log || *v > 0.0));
        let found = found
            .fold(None, |all: Option<(f64, f64)>, v| Some(all.map_or((v, v), |(low, high)| (low.min(v), high.max(v)))));
        let (low, high) = found.unwrap_or(if axis.log { (1.0, 10.0) } else { (0.0, 1.0) });
        let end = |asked: f64, found: f64| if asked.is_finite() { asked } else { found }.clamp(-FAR, FAR);
        let (min, max) = (end(axis.min, low), end(axis.max, high));
        let (min, max) = if max < min { (max, min) } else { (min, max) };
        let log = axis.log && max > 1e-90;
        let (min, max) = if log {
            let min = if min > 1e-100 { min } else { max / 1000.0 };
            if max / min < 1.000_001 { (min / 2.0, max * 2.0) } else { (min, max) }
        } else if max - min <= max.abs().max(min.abs()) * 1e-9 {
            let by = (max.abs() * 0.5).max(0.5);
            (min - by, max + by)
        } else {
            (min, max)
        };
        let mut scale = Scale { log, min, max, ticks: Vec::new() };
        let inside = |v: f64| v.is_finite() && (-1e-6..=1.0 + 1e-6).contains(&scale.share(v));
        let order = ranked(axis.ticks.iter().map(|(v, _)| *v)).into_iter();
        scale.ticks = order.map(|i| axis.ticks[i].clone()).filter(|(v, _)| inside(*v)).collect();
        scale
    }

    /// Where a value lies between the ends: 0 to 1, or outside; never far enough to overflow a pixel count.
    pub fn share(&self, v: f64) -> f64 {
        let share = if self.log {
            if v > 0.0 { libm::log(v / self.min) / libm::log(self.max / self.min) } else { -1e3 }
        } else {
            (v - self.min) / (self.max - self.min)
        };
        if share.is_nan() { -1e3 } else { share.clamp(-1e4, 1e4) }
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let (from, to) = (f64::from(limit.0), f64::from(limit.1));
        (from + self.share(*value) * (to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // The fine grid is left out: only what carries a label has a line.
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|(v, _)| *v).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.min..self.max
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|(v, _)| v == value).map(|(_, label)| label.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(log: bool, min: f64, max: f64) -> Axis {
        Axis { label: String::new(), log, min, max, ticks: vec![(1.0, "1".into()), (f64::NAN, "?".into())] }
    }

    #[test]
    fn a_line_is_cut_where_it_leaves() {
        let window = (0.0, 0.0, 10.0, 10.0);
        let segs = cut(&[(-5.0, 5.0), (5.0, 5.0), (5.0, 15.0), (8.0, 15.0), (8.0, 5.0)], window);
        let expected =
            [Seg::Move(0.0, 5.0), Seg::Line(5.0, 5.0), Seg::Line(5.0, 10.0), Seg::Move(8.0, 10.0), Seg::Line(8.0, 5.0)];
        assert_eq!(segs, expected);
        assert!(cut(&[(20.0, 20.0), (30.0, 30.0)], window).is_empty());
    }

    #[test]
    fn no_axis_is_degenerate() {
        let ends = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1.0, 1e300, -1e300, 1e-300];
        for log in [false, true] {
            for min in ends {
                for max in ends {
                    let scale = Scale::new(&axis(log, min, max), ends.into_iter());
                    assert!(scale.max > scale.min, "{log} {min} {max}: {scale:?}");
                    for v in ends {
                        let share = scale.share(v);
                        assert!(share.is_finite() && share.abs() <= 1e4, "{scale:?} {v}");
                    }
                    assert!((scale.share(scale.min)).abs() < 1e-9 && (scale.share(scale.max) - 1.0).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn decades_are_equally_far_apart() {
        let scale = Scale::new(&axis(true, 1.0, 1000.0), std::iter::empty());
        assert!((scale.share(10.0) - 1.0 / 3.0).abs() < 1e-12);
        assert!((scale.share(100.0) - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(scale.ticks.len(), 1);
    }
}
