//! A table of cells, each with a few figures and a shade: what two settings make of a run.

use super::{SIZE, fit, hit, text, wide};
use crate::draw::scene::{Anchor, Ink, Layer, Shape, Stroke, Token};

/// A cell of the grid: a figure a line; how dark it is, 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub lines: Vec<String>,
    pub heat: f64,
    /// What is set now: it has a frame.
    pub here: bool,
    /// In full: what pointing at it says.
    pub name: String,
}

/// What is across and what is down, and their values.
#[derive(Clone, Debug, PartialEq)]
pub struct Heads {
    pub across: Vec<String>,
    pub down: Vec<String>,
}

/// How high the whole of it wants to be.
pub(super) fn height(heads: &Heads, lines: usize) -> f32 {
    let row = lines.max(1) as f32 * LEADING + 14.0;
    TOP + heads.down.len() as f32 * row
}

const TOP: f32 = 20.0;
const LEADING: f32 = 15.0;

/// Row by row.
pub(super) fn draw(layer: &mut Layer, (width, height): (f32, f32), heads: &Heads, cells: &[Cell]) {
    let (columns, rows) = (heads.across.len().max(1), heads.down.len().max(1));
    let left = heads.down.iter().map(|label| wide(label)).fold(0.0, f32::max) + 8.0;
    let (w, h) = ((width - left - 1.0) / columns as f32, (height - TOP - 1.0) / rows as f32);
    for (i, label) in heads.across.iter().enumerate() {
        let x = left + (i as f32 + 0.5) * w;
        layer.add(text(x, TOP - 7.0, Anchor::Middle, 400, Token::Soft, &fit(label, w - 2.0, 400)));
    }
    for (i, label) in heads.down.iter().enumerate() {
        let y = TOP + (i as f32 + 0.5) * h + SIZE * 0.36;
        layer.add(text(left - 8.0, y, Anchor::End, 400, Token::Soft, label));
    }
    for (i, cell) in cells.iter().enumerate().take(columns * rows) {
        let (x, y) = (left + (i % columns) as f32 * w, TOP + (i / columns) as f32 * h);
        let heat = if cell.heat.is_finite() { cell.heat.clamp(0.0, 1.0) } else { 0.0 };
        // Never so dark that the figures on it are hard to read.
        let fill = Ink::faded(Token::Orange, (heat * 130.0) as u8);
        let stroke = match cell.here {
            true => Stroke::new(Token::Ink, 2.0),
            false => Stroke::new(Token::Line, 1.0),
        };
        let inset = if cell.here { 2.0 } else { 1.0 };
        let shape = Shape::Rect {
            x: x + inset,
            y: y + inset,
            w: (w - inset * 2.0).max(1.0),
            h: (h - inset * 2.0).max(1.0),
            r: 4.0,
            fill: Some(fill),
            stroke: Some(stroke),
        };
        layer.add_hit(shape, &hit(None, cell.name.clone()));
        let room = (((h - 6.0) / LEADING) as usize).min(cell.lines.len());
        let first = y + h / 2.0 - (room as f32 - 1.0) * LEADING / 2.0 + SIZE * 0.36;
        for (line, label) in cell.lines.iter().take(room).enumerate() {
            let weight = if line == 0 { 600 } else { 400 };
            let label = fit(label, w - 6.0, weight);
            layer.add(text(x + w / 2.0, first + line as f32 * LEADING, Anchor::Middle, weight, Token::Ink, &label));
        }
    }
}
