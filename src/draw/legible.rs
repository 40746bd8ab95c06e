//! For tests: whether what a picture says can be read.

use super::pen::Area;
use super::scene::{Anchor, Scene, Shape, text_width};

/// The box of a text, a little inside of what the letters take.
fn text_box(shape: &Shape) -> Option<(Area, &str)> {
    let Shape::Text { x, y, size, weight, face, anchor, text, .. } = shape else { return None };
    let w = text_width(text, *size, *weight, *face);
    let x = match anchor {
        Anchor::Start => *x,
        Anchor::Middle => x - w / 2.0,
        Anchor::End => x - w,
    };
    // From the height of small letters to the baseline.
    (!text.trim().is_empty()).then_some((Area { x, y: y - size * 0.6, w, h: size * 0.6 }, text))
}

/// The first text that leaves the picture or lies on another, in words.
pub fn clash(scene: &Scene) -> Option<String> {
    let all: Vec<(Area, &str)> = scene.shapes().filter_map(text_box).collect();
    for (i, (a, text)) in all.iter().enumerate() {
        if a.x < -0.5 || a.y < -0.5 || a.x + a.w > scene.width + 0.5 || a.y + a.h > scene.height + 0.5 {
            return Some(format!("“{text}” {a:?} leaves the picture of {}×{}", scene.width, scene.height));
        }
        if let Some((b, other)) = all[..i].iter().find(|(b, _)| a.touches(b, -0.5)) {
            return Some(format!("“{text}” {a:?} lies on “{other}” {b:?}"));
        }
    }
    None
}

/// The first text that a line runs through, or that the border of a box does, in words.
pub fn struck(scene: &Scene) -> Option<String> {
    scene.shapes().filter_map(text_box).find_map(|(area, text)| {
        let through = |shape: &Shape| match shape {
            Shape::Line { x1, y1, x2, y2, .. } => area.crossed((*x1, *y1), (*x2, *y2), -0.5),
            Shape::Rect { x, y, w, h, stroke: Some(_), .. } => {
                let inside = area.x >= *x && area.y >= *y && area.x + area.w <= x + w && area.y + area.h <= y + h;
                !inside && area.touches(&Area { x: *x, y: *y, w: *w, h: *h }, -0.5)
            }
            _ => false,
        };
        let found = scene.shapes().find(|shape| through(shape))?;
        Some(format!("“{text}” {area:?} is struck by {found:?}"))
    })
}
