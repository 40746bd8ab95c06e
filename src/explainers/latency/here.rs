//! What was measured on the reader's machine, on the axis of the numbers: the chase through growing buffers is a
//! staircase, one step for each cache.

use super::axis::{EDGE, Stage};
use super::probes;
use super::scene::Sketch;
use crate::draw::pen::{cut, wide, write};
use crate::draw::scene::{Anchor, Ink, Layer, Shape, Stroke, Token};
use crate::explainers::Measured;
use crate::models::latency::show::time;

/// In the order of the probes; what was worked out of two of them stands in the table alone.
fn rows(sketch: &Sketch) -> Vec<(&'static str, Measured)> {
    let mut rows: Vec<(usize, &'static str, Measured)> = Vec::new();
    for (key, found) in &sketch.found {
        if let Some((place, title)) = probes::title(key) {
            let at = rows.iter().filter(|row| row.0 < place).count();
            rows.insert(at, (place, title, *found));
        }
    }
    rows.into_iter().map(|(_, title, found)| (title, found)).collect()
}

fn pitch(stage: &Stage) -> f32 {
    if stage.beside { stage.small + 5.0 } else { stage.small + 10.0 }
}

pub fn height(stage: &Stage, sketch: &Sketch) -> f32 {
    let n = rows(sketch).len() as f32;
    if n == 0.0 { 0.0 } else { stage.small * 1.6 + n * pitch(stage) + 8.0 }
}

pub fn draw(layer: &mut Layer, stage: &Stage, sketch: &Sketch) {
    let rows = rows(sketch);
    if rows.is_empty() {
        return;
    }
    let (small, pitch) = (stage.small, pitch(stage));
    let mut y = stage.h;
    let head = "Measured here: median, and the middle half of the rounds";
    let head = cut(head.to_string(), stage.w - 2.0 * EDGE, small);
    write(layer, (EDGE, y + small), small, 600, Anchor::Start, Token::Ink.into(), head);
    y += small * 1.6;
    for (title, found) in rows {
        let base = if stage.beside { y + pitch / 2.0 + small * 0.36 } else { y + small };
        let bar = if stage.beside { y + pitch / 2.0 } else { y + pitch - 4.0 };
        let value = time(found.middle);
        let ink = Ink::from(Token::Ink);
        let end = stage.x(found.middle).0;
        let rect = Shape::Rect {
            x: stage.left,
            y: bar - 2.5,
            w: (end - stage.left).max(1.0),
            h: 5.0,
            r: 0.0,
            fill: Some(Ink::faded(Token::Ink, 90)),
            stroke: None,
        };
        layer.add(rect);
        let (low, high) = (stage.x(found.low).0, stage.x(found.high).0);
        layer.add(Shape::Line { x1: low, y1: bar, x2: high, y2: bar, stroke: Stroke::new(ink, 2.0) });
        let room = wide(&value, small, 400);
        if stage.beside {
            let name = cut(title.to_string(), stage.left - EDGE - 12.0, small);
            write(layer, (stage.left - 10.0, base), small, 400, Anchor::End, ink, name);
            let after = high.max(end) + 8.0;
            let (x, anchor) =
                if after + room <= stage.w - 2.0 { (after, Anchor::Start) } else { (low.min(end) - 8.0, Anchor::End) };
            write(layer, (x, base), small, 400, anchor, ink, value);
        } else {
            let edge = stage.w - EDGE - 2.0;
            let name = cut(title.to_string(), edge - room - EDGE - 16.0, small);
            write(layer, (EDGE + 6.0, base), small, 400, Anchor::Start, ink, name);
            write(layer, (edge, base), small, 400, Anchor::End, ink, value);
        }
        y += pitch;
    }
}
