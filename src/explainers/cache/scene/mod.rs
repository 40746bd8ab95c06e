//! The picture.

use super::types::*;
use super::world::World;
use crate::draw::pen;
use crate::draw::scene::{Anchor, Hit, Ink, Layer, Scene, Shape, Stroke, Subject, Token};
use crate::explainers::View;
use crate::sim::Micros;
use std::rc::Rc;

#[derive(Default)]
pub struct Sketch;

pub fn scene(world: &World, at: Micros, view: &View, _sketch: &mut Sketch) -> Scene {
    let mut layer = Layer::default();
    let row = view.text * 1.9;
    let mut y = row;
    let mut line = |layer: &mut Layer, subject: Option<Subject>, text: String| {
        if y + row > view.height {
            return;
        }
        let strong = subject.is_some() && view.lit() == subject;
        let hit = Rc::new(Hit { subject, label: text.clone(), act: None });
        let ink: Ink = if strong { Token::Blue.into() } else { Token::Ink.into() };
        let stroke = Stroke::new(ink, if strong { 2.0 } else { 1.0 });
        layer.add_hit(
            Shape::Rect {
                x: 8.0,
                y: y - row / 2.0,
                w: view.width - 16.0,
                h: row - 4.0,
                r: 4.0,
                fill: None,
                stroke: Some(stroke),
            },
            &hit,
        );
        let text = pen::cut(text, view.width - 32.0, view.text);
        pen::write(layer, (16.0, y + view.text * 0.2), view.text, 400, Anchor::Start, ink, text);
        y += row;
    };
    for id in 0..world.clients.len() as ClientId {
        let subject = super::client(id);
        line(&mut layer, Some(subject), format!("C{}: {}", id + 1, world.state(subject).unwrap_or_default()));
    }
    for id in 0..world.nodes.len() as NodeId {
        let subject = super::node(id);
        line(&mut layer, Some(subject), format!("Cache {}: {}", id + 1, world.state(subject).unwrap_or_default()));
    }
    line(&mut layer, Some(super::DB), format!("Database: {}", world.state(super::DB).unwrap_or_default()));
    let lit = view.lit();
    for key in 0..world.setup.keys.min(8) {
        let subject = super::key(key);
        line(&mut layer, Some(subject), format!("k{}: {}", key + 1, world.state(subject).unwrap_or_default()));
    }
    if let Some(subject) = lit.filter(|lit| !["client", "cache", "db", "key"].contains(&lit.kind)) {
        line(&mut layer, Some(subject), world.state(subject).unwrap_or_default());
    }
    line(&mut layer, None, format!("{} messages on their way", world.flying(at).count()));
    Scene { width: view.width, height: view.height, base: Rc::default(), live: layer, picks: None }
}
