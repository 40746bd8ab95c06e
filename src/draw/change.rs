//! What is different between two pictures of the same layer: where, and how far things went.

use super::scene::{Item, Layer, Shape, bounds_of};

/// Left, top, right, bottom, in CSS pixels.
pub type Area = (f32, f32, f32, f32);

/// Each place is a clip and a walk through all shapes: more of them than this cost more than the pixels they save.
const MOST: usize = 24;

/// How far ahead it is looked for where two pictures go on alike.
const AHEAD: usize = 24;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Where it looks different; `None`: anywhere. Nowhere: it looks the same.
    pub areas: Option<Vec<Area>>,
    /// How far the fastest thing went, in pixels. `None`: something came, went or became something else, so nobody
    /// can say. Words do not count: they jump to where there is room.
    pub moved: Option<f32>,
}

pub fn between(before: &Layer, after: &Layer) -> Change {
    let (then, now) = (&before.items[..], &after.items[..]);
    let same = |(a, b): &(&Item, &Item)| a.shape == b.shape;
    let first = then.iter().zip(now).take_while(same).count();
    let (then, now) = (then.get(first..).unwrap_or_default(), now.get(first..).unwrap_or_default());
    let last = then.iter().rev().zip(now.iter().rev()).take_while(same).count();
    let then = then.get(..then.len() - last).unwrap_or_default();
    let now = now.get(..now.len() - last).unwrap_or_default();
    let mut areas = Vec::new();
    let mut moved = Some(0.0f32);
    let (mut a, mut b) = (then, now);
    while let (Some(old), Some(new)) = (a.first(), b.first()) {
        if same(&(old, new)) {
            (a, b) = (rest(a, 1), rest(b, 1));
            continue;
        }
        let (went, came) = until_same(a, b);
        // As many in their place: those are the same things, moved.
        if went == came {
            for (old, new) in a.iter().zip(b).take(went) {
                moved = moved.zip(distance(&old.shape, &new.shape)).map(|(most, far)| most.max(far));
            }
        } else {
            moved = None;
        }
        areas.extend(a.iter().take(went).chain(b.iter().take(came)).map(|item| painted(&item.shape)));
        (a, b) = (rest(a, went), rest(b, came));
    }
    // What is left of the longer one.
    if !(a.is_empty() && b.is_empty()) {
        moved = None;
        areas.extend(a.iter().chain(b).map(|item| painted(&item.shape)));
    }
    let mut change = Change { areas: merged(areas), moved };
    if before.cloud != after.cloud {
        change.areas = None;
        let clouds = before.cloud.as_ref().zip(after.cloud.as_ref()).filter(|(a, b)| a.xy.len() == b.xy.len());
        let pairs = clouds.map(|(a, b)| a.xy.chunks_exact(2).zip(b.xy.chunks_exact(2)));
        let most = pairs.map(|pairs| pairs.map(|(a, b)| far((a[0], a[1]), (b[0], b[1]))).fold(0.0, f32::max));
        change.moved = change.moved.zip(most).map(|(a, b)| a.max(b));
    }
    change
}

fn rest(items: &[Item], from: usize) -> &[Item] {
    items.get(from..).unwrap_or_default()
}

/// How many things of each went and came before both go on alike; as many of both where that is as near.
fn until_same(a: &[Item], b: &[Item]) -> (usize, usize) {
    let alike = |i: usize, j: usize| a.get(i).zip(b.get(j)).is_some_and(|(a, b)| a.shape == b.shape);
    for n in 1..AHEAD {
        if alike(n, n) {
            return (n, n);
        }
        // Two alike in a row: one is often there by chance.
        if alike(n, 0) && alike(n + 1, 1) {
            return (n, 0);
        }
        if alike(0, n) && alike(1, n + 1) {
            return (0, n);
        }
    }
    (1, 1)
}

fn far(a: (f32, f32), b: (f32, f32)) -> f32 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

/// How far what is watched of a shape went: its middle, or the end that grows. `None`: it became something else.
fn distance(then: &Shape, now: &Shape) -> Option<f32> {
    Some(match (then, now) {
        (Shape::Text { .. }, Shape::Text { .. }) => 0.0,
        (Shape::Line { x2: a, y2: b, .. }, Shape::Line { x2, y2, .. }) => far((*a, *b), (*x2, *y2)),
        (Shape::Circle { x: a, y: b, .. }, Shape::Circle { x, y, .. }) => far((*a, *b), (*x, *y)),
        (Shape::Arcs { spans: a, .. }, Shape::Arcs { spans: b, outer, .. }) => {
            let turn = a.last().zip(b.last()).map_or(0.0, |(a, b)| (a.1 - b.1).abs());
            turn * outer * std::f32::consts::TAU
        }
        (Shape::Dots { at: a, .. }, Shape::Dots { at: b, .. }) if a.len() == b.len() => {
            a.iter().zip(b.iter()).map(|(a, b)| far(*a, *b)).fold(0.0, f32::max)
        }
        (Shape::Path { segs: a, .. }, Shape::Path { segs: b, .. }) => {
            let (a, b) = bounds_of(a).zip(bounds_of(b))?;
            far((a.0, a.1), (b.0, b.1)).max(far((a.2, a.3), (b.2, b.3)))
        }
        (Shape::Rect { x: a, y: b, w: c, h: d, .. }, Shape::Rect { x, y, w, h, .. }) => {
            far((*a, *b), (*x, *y)).max(far((a + c, b + d), (x + w, y + h)))
        }
        _ => return None,
    })
}

/// What a shape may paint on: its bounds and the pixels that it only touches; of text more, as fonts differ.
pub fn painted(shape: &Shape) -> Area {
    let (x0, y0, x1, y1) = shape.bounds();
    let (across, down) = match shape {
        Shape::Text { size, .. } => ((x1 - x0) * 0.12 + size * 0.3, size * 0.4),
        _ => (1.0, 1.0),
    };
    (x0 - across, y0 - down, x1 + across, y1 + down)
}

pub fn meet(a: Area, b: Area) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

pub fn size((x0, y0, x1, y1): Area) -> f32 {
    (x1 - x0) * (y1 - y0)
}

/// The same places in fewer areas: those that cost no more together, or the least more. `None`: not places at all.
fn merged(areas: Vec<Area>) -> Option<Vec<Area>> {
    let mut out: Vec<Area> = Vec::new();
    for mut area in areas {
        if !size(area).is_finite() {
            return None;
        }
        while let Some(i) = out.iter().position(|other| size(joined(area, *other)) <= size(area) + size(*other)) {
            area = joined(area, out.swap_remove(i));
        }
        out.push(area);
        if out.len() > MOST {
            let (a, b) = nearest(&out)?;
            let both = joined(out.swap_remove(b), out.swap_remove(a));
            out.push(both);
        }
    }
    Some(out)
}

/// The two, the first before the second, that cost the least more together.
fn nearest(areas: &[Area]) -> Option<(usize, usize)> {
    let pairs = (0..areas.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    let more = |&(a, b): &(usize, usize)| size(joined(areas[a], areas[b])) - size(areas[a]) - size(areas[b]);
    pairs.min_by(|x, y| more(x).total_cmp(&more(y)))
}

fn joined(a: Area, b: Area) -> Area {
    (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::scene::{Anchor, Cloud, Face, Stroke, Token};
    use proptest::prelude::*;
    use std::rc::Rc;

    fn dot(x: f32, y: f32) -> Shape {
        Shape::Circle { x, y, r: 4.0, fill: Some(Token::Blue.into()), stroke: None }
    }

    fn words(x: f32, text: &str) -> Shape {
        Shape::Text {
            x,
            y: 20.0,
            size: 12.0,
            weight: 400,
            face: Face::Sans,
            anchor: Anchor::Middle,
            fill: Token::Ink.into(),
            text: text.into(),
        }
    }

    fn layer(shapes: Vec<Shape>) -> Layer {
        let mut layer = Layer::default();
        shapes.into_iter().for_each(|shape| layer.add(shape));
        layer
    }

    #[test]
    fn what_looks_the_same_has_not_changed() {
        let (mut a, mut b) =
            (layer(vec![dot(5.0, 5.0), words(50.0, "v1")]), layer(vec![dot(5.0, 5.0), words(50.0, "v1")]));
        (a.revision, b.revision) = (1, 2);
        assert_eq!(between(&a, &b), Change { areas: Some(vec![]), moved: Some(0.0) });
        assert_eq!(between(&Layer::default(), &Layer::default()).areas, Some(vec![]));
    }

    #[test]
    fn a_dot_leaves_one_place_and_enters_another() {
        let still = words(200.0, "still");
        let change = between(&layer(vec![still.clone(), dot(5.0, 5.0)]), &layer(vec![still.clone(), dot(8.0, 9.0)]));
        assert_eq!(change.moved, Some(5.0));
        assert_eq!(change.areas, Some(vec![(0.0, 0.0, 13.0, 14.0)]), "near each other: one place");
        let change = between(&layer(vec![dot(5.0, 5.0), still.clone()]), &layer(vec![dot(105.0, 5.0), still.clone()]));
        assert_eq!(change.areas.map(|areas| areas.len()), Some(2), "far from each other: two");
        // One more: the words behind it are not touched, and nobody can say what moved.
        let change =
            between(&layer(vec![dot(5.0, 5.0), still.clone()]), &layer(vec![dot(5.0, 5.0), dot(50.0, 5.0), still]));
        assert_eq!(change, Change { areas: Some(vec![(45.0, 0.0, 55.0, 10.0)]), moved: None });
    }

    #[test]
    fn words_jump_and_lines_grow() {
        let line = |x2: f32| Shape::Line { x1: 0.0, y1: 0.0, x2, y2: 0.0, stroke: Stroke::new(Token::Red, 2.0) };
        let change = between(&layer(vec![words(10.0, "a"), line(10.0)]), &layer(vec![words(90.0, "b"), line(12.0)]));
        assert_eq!(change.moved, Some(2.0));
        assert_eq!(between(&layer(vec![line(1.0)]), &layer(vec![dot(1.0, 1.0)])).moved, None, "something else");
    }

    #[test]
    fn very_many_points_are_painted_anew() {
        let cloud = |x: f32| {
            let xy = Rc::new(vec![x, 1.0, 50.0, 50.0]);
            let cloud = Some(Cloud { xy, ink: Rc::new(vec![0, 0]), inks: vec![Token::Red.into()], size: 1.0 });
            Layer { cloud, ..layer(vec![dot(5.0, 5.0)]) }
        };
        assert_eq!(between(&cloud(1.0), &cloud(4.0)), Change { areas: None, moved: Some(3.0) });
        assert_eq!(between(&cloud(1.0), &cloud(1.0)).areas, Some(vec![]));
        assert_eq!(between(&cloud(1.0), &layer(vec![dot(5.0, 5.0)])), Change::default());
        let many = |x: f32| layer((0..40).map(|i| dot(x + i as f32 * 30.0, 1.0)).collect());
        let areas = between(&many(0.0), &many(1.0)).areas.unwrap_or_default();
        assert!((1..=MOST).contains(&areas.len()), "{areas:?}");
        assert_eq!(between(&layer(vec![]), &layer(vec![dot(f32::NAN, 1.0)])).areas, None);
    }

    proptest! {
        /// Everything that differs is within the areas: what is outside of them need not be painted.
        #[test]
        fn nothing_changes_outside(
            then in proptest::collection::vec((0u8..3, 0.0f32..300.0, 0.0f32..300.0), 0..12),
            now in proptest::collection::vec((0u8..3, 0.0f32..300.0, 0.0f32..300.0), 0..12),
            kept in 0usize..6,
        ) {
            let shape = |(kind, x, y): &(u8, f32, f32)| match kind {
                0 => dot(*x, *y),
                1 => words(*x, "words"),
                _ => Shape::Line { x1: *x, y1: *y, x2: *y, y2: *x, stroke: Stroke::new(Token::Ink, 1.5) },
            };
            let before: Vec<Shape> = then.iter().map(shape).collect();
            let mut after: Vec<Shape> = before.iter().take(kept).cloned().collect();
            after.extend(now.iter().map(shape));
            let change = between(&layer(before.clone()), &layer(after.clone()));
            if let Some(areas) = change.areas {
                let held = |shape: &Shape| {
                    let at = painted(shape);
                    areas.iter().any(|area| joined(*area, at) == *area)
                };
                for shape in before.iter().filter(|shape| !after.contains(shape)) {
                    prop_assert!(held(shape), "{shape:?} went");
                }
                for shape in after.iter().filter(|shape| !before.contains(shape)) {
                    prop_assert!(held(shape), "{shape:?} came");
                }
            }
        }
    }
}
