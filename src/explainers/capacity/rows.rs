//! Where there is no room for columns: a row for each quantity, and arcs from what is used to who uses it.

use super::scene::{Part, Picture, fitted, stroke_of};
use crate::draw::pen::{cut, toned, wide, write};
use crate::draw::scene::{Anchor, Layer, Seg, Shape, Stroke, Token};

const HIGH: f32 = 28.0;
const TOP: f32 = 8.0;

/// Returns the height.
pub fn draw(picture: &Picture, width: f32, layer: &mut Layer) -> f32 {
    let k = picture.scale;
    let high = HIGH * k;
    let n = picture.nodes.len();
    let gutter = (width * 0.12).clamp(28.0, 60.0);
    let middle = |i: usize| TOP + high * (i as f32 + 0.5);
    let (size, right) = (13.0 * k, width - 12.0);
    for (i, node) in picture.nodes.iter().enumerate() {
        let weight = picture.weights[i];
        let y = TOP + high * i as f32;
        let lit = picture.lit == Some(i);
        let (x, w) = (gutter, width - gutter - 6.0);
        let fill = Some(if lit { Token::Wash } else { Token::Card }.into());
        let row = Shape::Rect { x, y: y + 1.0, w, h: high - 2.0, r: 5.0, fill, stroke: None };
        match &node.hit {
            Some(hit) => layer.add_hit(row, hit),
            None => layer.add(row),
        }
        if i + 1 < n {
            let stroke = Stroke::new(Token::Line, 1.0);
            layer.add(Shape::Line { x1: x + 4.0, y1: y + high, x2: x + w - 4.0, y2: y + high, stroke });
        }
        let base = y + high / 2.0 + size * 0.36;
        let room = w - 26.0;
        let bold = if node.part == Part::Given { 400 } else { 600 };
        let (value, size_of) = fitted(&node.value, room * 0.62, bold, size, 12.0 * k);
        let value = cut(value, room * 0.7, size_of);
        let ink = if node.part == Part::Faulty { Token::Red } else { Token::Ink };
        let taken = wide(&value, size_of, bold);
        write(layer, (right - 4.0, base), size_of, bold, Anchor::End, toned(ink, weight), value);
        let title = cut(node.title.clone(), room - taken - 14.0, size);
        write(layer, (x + 18.0, base), size, 400, Anchor::Start, toned(Token::Soft, weight), title);
        let dot = Some(toned(node.hue, weight));
        layer.add(Shape::Circle { x: x + 8.0, y: middle(i), r: 3.6, fill: dot, stroke: None });
    }
    for lit in [false, true] {
        for edge in picture.edges.iter().filter(|edge| picture.leads(**edge) == lit) {
            let (a, b) = (middle(edge.0), middle(edge.1));
            // The further, the wider.
            let far = edge.0.abs_diff(edge.1) as f32 / n.max(2) as f32;
            let out = gutter - (gutter - 8.0) * (0.35 + 0.65 * far);
            let x = gutter + 2.0;
            // A cubic reaches three quarters of the way to its control points.
            let pull = (x - (x - out) / 0.75).max(2.0);
            let segs = vec![Seg::Move(x, a), Seg::Cubic(pull, a, pull, b, x, b)];
            layer.add(Shape::Path { segs: segs.into(), fill: None, stroke: Some(stroke_of(picture, lit)) });
        }
    }
    TOP * 2.0 + high * n as f32
}
