//! Benchmarks in the page, for `cargo xtask bench`. No page needs it to be drawn: see `rooms`.

use super::browser;
use super::painter::Painter;
use crate::explainers::Entry;
use crate::gauge::{Gauge, PARTS, json};

/// One part of what is measured, painting included up to the pixels: JSON rows; empty after the last.
pub fn run(entries: &[&'static Entry], part: usize) -> String {
    let Some(part) = PARTS.get(part) else { return String::new() };
    let canvas = || super::ui::el("canvas").cast::<web_sys::HtmlCanvasElement>();
    let mut painter = canvas().zip(canvas()).and_then(|(base, live)| Painter::new(base, live));
    let mut paint = |scene: &crate::draw::scene::Scene| {
        if let Some(painter) = &mut painter {
            painter.paint(scene, browser::theme(), 1.0);
            painter.settle();
        }
    };
    let mut gauge = Gauge { now: &browser::now_ms, paint: &mut paint, entries, rows: Vec::new() };
    part(&mut gauge);
    json(&gauge.rows)
}
