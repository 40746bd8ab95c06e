//! Small drawing helpers that the quorum's pictures share.

use super::light::hue_of;
use super::types::Value;
pub use crate::draw::pen::*;
use crate::draw::scene::{Anchor, Ink, Layer, Shape, Stroke, Token};
use crate::models::quorum::version::Version;

/// `v7`; of very large numbers the end.
pub fn value_text(value: Value) -> String {
    if value < 100_000 { format!("v{value}") } else { format!("…{:04}", value % 10_000) }
}

/// How a replica's version stands to the newest acknowledged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Age {
    Newest,
    Older,
    /// Newer than what has been acknowledged.
    Ahead,
}

/// A version as a chip: filled if it is the newest acknowledged, an outline if older, a dashed outline if it is not
/// acknowledged yet. Right-aligned at `right`; says where it begins.
pub fn chip(
    layer: &mut Layer,
    right: f32,
    y: f32,
    size: f32,
    value: Option<(Value, Age)>,
    pad: f32,
    weight: Weight,
) -> f32 {
    let text = value.map_or("–".into(), |(value, _)| value_text(value));
    let w = wide(&text, size, 600) + pad;
    let h = size + 6.0;
    let hue = value.map_or(Token::Soft, |(value, _)| hue_of(value));
    let (fill, stroke, ink) = match value.map(|(_, age)| age) {
        Some(Age::Newest) => (Some(toned(hue, weight)), Stroke::new(toned(hue, weight), 1.2), hue.text_on()),
        Some(Age::Older) => (None, Stroke::new(toned(hue, weight), 1.2), Token::Soft),
        Some(Age::Ahead) => (None, Stroke::dashed(toned(hue, weight), 1.6, 3.0, 2.5), Token::Ink),
        None => (None, Stroke::dashed(toned(Token::Soft, weight), 1.0, 2.0, 2.0), Token::Soft),
    };
    layer.add(Shape::Rect { x: right - w, y, w, h, r: 5.0, fill, stroke: Some(stroke) });
    let at = (right - w / 2.0, y + h / 2.0 + size * 0.36);
    write(layer, at, size, 600, Anchor::Middle, toned(ink, weight), text);
    right - w
}

/// As many versions as there is room for, at most three, and how many more there are. Says where they begin.
pub fn chips(
    layer: &mut Layer,
    (right, y): (f32, f32),
    room: f32,
    size: f32,
    versions: &[Version],
    age: &dyn Fn(&Version) -> Age,
    weight: Weight,
) -> f32 {
    if versions.is_empty() {
        return chip(layer, right, y, size, None, 10.0, weight);
    }
    let wide_of = |shown: usize, pad: f32| {
        let chips: f32 = versions
            .iter()
            .rev()
            .take(shown)
            .map(|version| wide(&value_text(version.value), size, 600) + pad + 3.0)
            .sum();
        let more = versions.len() - shown;
        chips - 3.0 + if more > 0 { wide(&format!("+{more}"), size, 600) + 3.0 } else { 0.0 }
    };
    let most = versions.len().min(3);
    let tries = (1..=most).rev().flat_map(|shown| [(shown, 10.0), (shown, 5.0)]);
    let fitting = tries.into_iter().find(|(shown, pad)| wide_of(*shown, *pad) <= room);
    let (shown, pad) = fitting.unwrap_or((1, 5.0));
    // Where not even that fits, the latest stands alone.
    let (mut right, more) = (right, if fitting.is_some() { versions.len() - shown } else { 0 });
    if more > 0 {
        let text = format!("+{more}");
        let at = (right, y + size / 2.0 + 3.0 + size * 0.36);
        right -= wide(&text, size, 600) + 3.0;
        write(layer, at, size, 600, Anchor::End, toned(Token::Soft, weight), text);
    }
    for version in versions.iter().rev().take(shown) {
        right = chip(layer, right, y, size, Some((version.value, age(version))), pad, weight) - 3.0;
    }
    right + 3.0
}

/// A ring of as many segments as answers are needed, filled one by one.
pub fn gauge(layer: &mut Layer, (x, y): (f32, f32), r: f32, got: u32, needed: u32, ink: Ink) {
    let needed = needed.clamp(1, 9);
    let gap = if needed > 1 { 0.035 } else { 0.0 };
    let span = |i: u32| (i as f32 / needed as f32 + gap, (i + 1) as f32 / needed as f32 - gap);
    let mut ring = |from: u32, to: u32, fill: Ink| {
        let spans: Vec<(f32, f32)> = (from..to).map(span).collect();
        if !spans.is_empty() {
            layer.add(Shape::Arcs { x, y, inner: r - 3.2, outer: r, spans: spans.into(), fill });
        }
    };
    let got = got.min(needed);
    ring(got, needed, Token::Line.into());
    ring(0, got, ink);
}
