//! Charts: what they say, as data; a picture of it for any size; and the same in words.
//! Title and note are text of the page, not of the picture.

mod bars;
pub mod curves;
mod grid;
mod lines;
mod words;

pub use curves::Curve;
pub use grid::{Cell, Heads};
pub use words::{describe, figure};

use super::scene::{Anchor, Face, Hit, Ink, Layer, Scene, Shape, Subject, Token, text_width};
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    pub key: &'static str,
    pub title: String,
    pub note: String,
    pub plot: Plot,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Plot {
    Bars {
        bars: Vec<Bar>,
        mean: Option<f64>,
        limit: Option<(f64, String)>,
        unit: &'static str,
    },
    Lines {
        x: Axis,
        y: Axis,
        series: Vec<Series>,
        marks: Vec<Mark>,
    },
    /// Many curves, named in a list with what they are at one place.
    Curves {
        x: Axis,
        y: Axis,
        cut: f64,
        curves: Vec<Curve>,
    },
    /// Row by row.
    Grid {
        heads: Heads,
        cells: Vec<Cell>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Short: stands under the bar.
    pub label: String,
    pub value: f64,
    pub ink: Token,
    pub subject: Option<Subject>,
    /// In full: what pointing at it says.
    pub name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub label: String,
    pub log: bool,
    /// An end that is not finite is taken from the data.
    pub min: f64,
    pub max: f64,
    /// Left empty, round values are found.
    pub ticks: Vec<(f64, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub name: String,
    pub ink: Token,
    /// What theory says, beside what was measured.
    pub dashed: bool,
    pub points: Vec<(f64, f64)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub x: f64,
    pub y: f64,
    pub ink: Token,
    pub label: String,
    pub hollow: bool,
    pub subject: Option<Subject>,
}

/// No text is smaller.
const SIZE: f32 = 12.0;
/// Opacity of what is not in focus.
const FADED: u8 = 90;

/// How high a chart wants to be where there is room.
pub fn height(chart: &Chart) -> f32 {
    match &chart.plot {
        Plot::Grid { heads, cells } => grid::height(heads, cells.first().map_or(1, |cell| cell.lines.len())),
        Plot::Curves { curves, .. } => 220.0 + 8.0 * curves.len() as f32,
        _ => 190.0,
    }
}

/// The plot alone, laid out for a size in CSS pixels. Its base layer has no revision: it is painted when asked for.
pub fn draw(chart: &Chart, width: f32, height: f32, focus: Option<Subject>) -> Scene {
    let sane = |v: f32| if v.is_finite() { v.clamp(0.0, 10_000.0) } else { 0.0 };
    let (width, height) = (sane(width), sane(height));
    let mut layer = Layer::default();
    if width >= 60.0 && height >= 60.0 {
        match &chart.plot {
            Plot::Bars { bars, mean, limit, unit } => {
                bars::draw(&mut layer, (width, height), bars, *mean, limit.as_ref(), unit, focus);
            }
            Plot::Lines { x, y, series, marks } => {
                lines::draw(&mut layer, (width, height), (x, y), series, marks, focus);
            }
            Plot::Curves { x, y, cut, curves } => {
                curves::draw(&mut layer, (0.0, 0.0, width, height), x, y, *cut, curves);
            }
            Plot::Grid { heads, cells } => grid::draw(&mut layer, (width, height), heads, cells),
        }
    }
    Scene { width, height, base: Rc::new(layer), live: Layer::default(), picks: None }
}

type Box4 = (f32, f32, f32, f32);

fn overlap(a: Box4, b: Box4, gap: f32) -> bool {
    a.0 < b.2 + gap && b.0 < a.2 + gap && a.1 < b.3 && b.1 < a.3
}

fn wide(text: &str) -> f32 {
    text_width(text, SIZE, 400, Face::Sans)
}

fn text(x: f32, y: f32, anchor: Anchor, weight: u16, fill: impl Into<Ink>, text: &str) -> Shape {
    Shape::Text { x, y, size: SIZE, weight, face: Face::Sans, anchor, fill: fill.into(), text: text.to_string() }
}

/// A text centred at a place, moved in where it would leave the frame.
fn centred(x: f32, y: f32, width: f32, weight: u16, fill: impl Into<Ink>, label: &str) -> Shape {
    let half = text_width(label, SIZE, weight, Face::Sans) / 2.0;
    if x - half < 0.0 {
        text(0.0, y, Anchor::Start, weight, fill, label)
    } else if x + half > width {
        text(width, y, Anchor::End, weight, fill, label)
    } else {
        text(x, y, Anchor::Middle, weight, fill, label)
    }
}

/// As much of a text as there is room for.
fn fit(label: &str, room: f32, weight: u16) -> String {
    let width = |text: &str| text_width(text, SIZE, weight, Face::Sans);
    // No need to measure what is far too long.
    let head: String = label.chars().take(200).collect();
    if head.len() == label.len() && width(label) <= room {
        return head;
    }
    let (mut out, mut used) = (String::new(), width("…"));
    for c in head.chars() {
        used += width(c.encode_utf8(&mut [0; 4]));
        if used > room {
            break;
        }
        out.push(c);
    }
    let out = out.trim_end();
    if out.is_empty() { String::new() } else { format!("{out}…") }
}

fn hit(subject: Option<Subject>, label: String) -> Rc<Hit> {
    Rc::new(Hit { subject, label, act: None })
}

/// Round values from one end to the other: about `wanted` of them.
fn round_values(min: f64, max: f64, wanted: usize) -> Vec<f64> {
    let rough = (max - min) / wanted.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let power = libm::pow(10.0, libm::log10(rough).floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough * 0.999);
    let step = step.unwrap_or(power * 10.0);
    let (first, last) = ((min / step - 1e-6).ceil(), (max / step + 1e-6).floor());
    let count = (last - first + 1.0).clamp(0.0, 50.0) as usize;
    (0..count).map(|i| (first + i as f64) * step).collect()
}

#[cfg(test)]
mod tests;
