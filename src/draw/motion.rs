//! How things move and how messages look: pure functions of time. One look per kind of message, in every explainer.

use std::rc::Rc;

use super::scene::{Ink, Layer, Seg, Shape, Stroke, Token, on_circle};

/// Slow, fast, slow: 0 to 1. Clamped.
pub fn ease(t: f32) -> f32 {
    let t = if t.is_nan() { 0.0 } else { t.clamp(0.0, 1.0) };
    t * t * (3.0 - 2.0 * t)
}

pub fn lerp(from: f32, to: f32, t: f32) -> f32 {
    from + (to - from) * t
}

/// How far a moment is on its way between two others, 0 to 1. What takes no time has happened.
pub fn between(at: u64, from: u64, to: u64) -> f32 {
    if at >= to {
        1.0
    } else if at <= from {
        0.0
    } else {
        ((at - from) as f64 / (to - from) as f64) as f32
    }
}

/// A place on a curve that leaves `p0` towards `control` and arrives at `p1` from there.
pub fn quad(p0: (f32, f32), control: (f32, f32), p1: (f32, f32), t: f32) -> (f32, f32) {
    let u = 1.0 - t;
    let (a, b, c) = (u * u, 2.0 * u * t, t * t);
    (a * p0.0 + b * control.0 + c * p1.0, a * p0.1 + b * control.1 + c * p1.1)
}

/// Which way one is going at that place of the curve, in turns. 0 (up) where the curve stands still.
pub fn quad_heading(p0: (f32, f32), control: (f32, f32), p1: (f32, f32), t: f32) -> f32 {
    let u = 1.0 - t;
    let dx = u * (control.0 - p0.0) + t * (p1.0 - control.0);
    let dy = u * (control.1 - p0.1) + t * (p1.1 - control.1);
    if dx == 0.0 && dy == 0.0 { 0.0 } else { super::scene::turn_of(dx, dy) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageKind {
    Request,
    Reply,
    Failure,
    Retry,
}

/// A message on its way: told apart by shape, the colour says whose it is. A request is a drop with its nose where
/// it is going; a reply is a ring; a failure is a cross; a retry is a request inside a ring. `heading` is in turns.
pub fn message(
    layer: &mut Layer,
    kind: MessageKind,
    at: (f32, f32),
    heading: f32,
    ink: impl Into<Ink>,
    emphasised: bool,
) {
    let (x, y) = at;
    if !(x.is_finite() && y.is_finite() && heading.is_finite()) {
        return;
    }
    let ink = ink.into();
    let big = if emphasised { 1.35 } else { 1.0 };
    // A clear space around, so that a message is seen on lines and over others.
    let clear = match kind {
        MessageKind::Retry => 7.2,
        _ => 6.0,
    };
    layer.add(Shape::Circle {
        x,
        y,
        r: clear * big,
        fill: Some(Ink::faded(Token::Card, ink.alpha.min(200))),
        stroke: None,
    });
    match kind {
        MessageKind::Request => layer.add(drop(at, 4.0 * big, heading, ink)),
        MessageKind::Reply => layer.add(Shape::Circle {
            x,
            y,
            r: 3.4 * big,
            fill: Some(Ink::faded(Token::Card, ink.alpha)),
            stroke: Some(Stroke::new(ink, 2.0 * big)),
        }),
        MessageKind::Failure => {
            let arm = 3.4 * big;
            for side in [-1.0, 1.0] {
                layer.add(Shape::Line {
                    x1: x - arm,
                    y1: y - arm * side,
                    x2: x + arm,
                    y2: y + arm * side,
                    stroke: Stroke::new(ink, 2.4 * big),
                });
            }
        }
        MessageKind::Retry => {
            layer.add(drop(at, 2.6 * big, heading, ink));
            layer.add(Shape::Circle { x, y, r: 5.6 * big, fill: None, stroke: Some(Stroke::new(ink, 1.4 * big)) });
        }
    }
}

/// A disc of radius `r` with a nose.
fn drop((x, y): (f32, f32), r: f32, heading: f32, ink: Ink) -> Shape {
    let nose = on_circle(x, y, r * 1.75, heading);
    // The disc from one cheek round the back to the other, in three pieces; cubics are within 0.1% of the circle.
    let (cheek, pieces) = (0.14, 3);
    let sweep = (1.0 - 2.0 * cheek) / pieces as f32;
    let handle = 4.0 / 3.0 * libm::tanf(sweep * std::f32::consts::TAU / 4.0) * r;
    let start = on_circle(x, y, r, heading + cheek);
    let mut segs = vec![Seg::Move(nose.0, nose.1), Seg::Line(start.0, start.1)];
    for piece in 0..pieces {
        let from = heading + cheek + sweep * piece as f32;
        let to = from + sweep;
        let (a, b) = (on_circle(x, y, r, from), on_circle(x, y, r, to));
        let (ta, tb) = (on_circle(0.0, 0.0, handle, from + 0.25), on_circle(0.0, 0.0, handle, to + 0.25));
        segs.push(Seg::Cubic(a.0 + ta.0, a.1 + ta.1, b.0 - tb.0, b.1 - tb.1, b.0, b.1));
    }
    segs.push(Seg::Close);
    Shape::Path { segs: Rc::from(segs), fill: Some(ink), stroke: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easing_is_smooth_and_clamped() {
        assert_eq!((ease(-1.0), ease(0.0), ease(0.5), ease(1.0), ease(9.0)), (0.0, 0.0, 0.5, 1.0, 1.0));
        assert_eq!(ease(f32::NAN), 0.0);
        assert!((0..100).all(|i| ease(i as f32 / 100.0) < ease((i + 1) as f32 / 100.0)));
    }

    #[test]
    fn progress_is_exact_at_the_ends() {
        assert_eq!(between(5, 10, 20), 0.0);
        assert_eq!(between(10, 10, 20), 0.0);
        assert_eq!(between(15, 10, 20), 0.5);
        assert_eq!(between(20, 10, 20), 1.0);
        assert_eq!(between(10, 10, 10), 1.0, "what takes no time has happened");
        assert_eq!(between(3, 9, 2), 1.0, "nor does a span turned round panic");
        assert!((between(u64::MAX / 2, 0, u64::MAX) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn curves_begin_and_end_where_they_should() {
        let (a, c, b) = ((0.0, 0.0), (5.0, 10.0), (10.0, 0.0));
        assert_eq!(quad(a, c, b, 0.0), a);
        assert_eq!(quad(a, c, b, 1.0), b);
        assert_eq!(quad(a, c, b, 0.5), (5.0, 5.0));
        assert!((quad_heading(a, c, b, 0.5) - 0.25).abs() < 1e-6, "to the right at the top of the bow");
        assert_eq!(quad_heading(a, a, a, 0.5), 0.0);
    }

    #[test]
    fn kinds_are_told_apart_without_colour() {
        let looks: Vec<Vec<Shape>> =
            [MessageKind::Request, MessageKind::Reply, MessageKind::Failure, MessageKind::Retry]
                .into_iter()
                .map(|kind| {
                    let mut layer = Layer::default();
                    message(&mut layer, kind, (50.0, 50.0), 0.25, Token::Blue, false);
                    layer.items.into_iter().map(|item| item.shape).collect()
                })
                .collect();
        for (i, a) in looks.iter().enumerate() {
            assert!(looks[i + 1..].iter().all(|b| a != b));
            for shape in a {
                let (x0, y0, x1, y1) = shape.bounds();
                assert!(x0 >= 42.0 && y0 >= 42.0 && x1 <= 58.0 && y1 <= 58.0, "small: {shape:?}");
            }
        }
    }

    #[test]
    fn lost_places_draw_nothing() {
        let mut layer = Layer::default();
        message(&mut layer, MessageKind::Request, (f32::NAN, 1.0), 0.0, Token::Red, true);
        assert!(layer.items.is_empty());
    }
}
