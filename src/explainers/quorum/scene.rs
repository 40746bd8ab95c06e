//! A plain picture, until there is a better one.

use super::types::letter;
use super::world::World;
use crate::draw::scene::{Anchor, Face, Ink, Scene, Shape, Stroke, Token};
use crate::explainers::View;
use crate::sim::Micros;

pub fn scene(world: &World, _at: Micros, view: &View) -> Scene {
    let mut scene = Scene { width: view.width, height: view.height, ..Scene::default() };
    let step = view.width / world.nodes.len().max(1) as f32;
    for (node, id) in world.nodes.iter().zip(0u8..) {
        let (x, y) = (step * (f32::from(id) + 0.5), view.height / 2.0);
        let fill = if node.up { super::hue(id) } else { Token::Line };
        scene.live.add(Shape::Circle { x, y, r: (step * 0.4).min(30.0), fill: Some(fill.into()), stroke: None });
        scene.live.add(Shape::Text {
            x,
            y: y + 5.0,
            size: 13.0,
            weight: 600,
            face: Face::Sans,
            anchor: Anchor::Middle,
            fill: Ink::from(fill.text_on()),
            text: letter(id).to_string(),
        });
    }
    if view.lit().is_some() {
        let (w, h) = (view.width - 4.0, view.height - 4.0);
        let stroke = Some(Stroke::new(Token::Ink, 2.0));
        scene.live.add(Shape::Rect { x: 2.0, y: 2.0, w, h, r: 4.0, fill: None, stroke });
    }
    scene
}
