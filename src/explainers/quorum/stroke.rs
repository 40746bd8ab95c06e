//! A line drawn across the picture cuts the network in two.

use super::light::key_shown;
use super::scene::cast;
use super::stage::Stage;
use super::world::World;
use crate::explainers::View;

/// The partition that a line stands for, as an action; `None`: it has all nodes on one side. The line goes on to the
/// picture's edges.
pub fn stroke(world: &World, view: &View, from: (f32, f32), to: (f32, f32)) -> Option<String> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let far = dx * dx + dy * dy;
    if far.is_nan() || far < 1.0 {
        return None;
    }
    let stage = Stage::new(&cast(world, key_shown(world, view)), view);
    let mut sides = [String::new(), String::new()];
    for (area, number) in stage.nodes.iter().zip(1u32..) {
        let (x, y) = area.middle();
        let left = dx * (y - from.1) - dy * (x - from.0) < 0.0;
        sides[usize::from(left)] += &number.to_string();
    }
    let [a, b] = sides;
    // The fewer nodes are named; of equal halves the one that has not A.
    let less = if a.len() < b.len() || (a.len() == b.len() && b.starts_with('1')) { a } else { b };
    (!less.is_empty()).then(|| ["cut(", &less, ")"].concat())
}
