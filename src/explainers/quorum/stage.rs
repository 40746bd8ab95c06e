//! Where things stand: nodes round the middle, clients outside beside their node.

use super::types::*;
use super::world::World;
use crate::draw::scene::on_circle;
use crate::explainers::View;

pub type Point = (f32, f32);

/// A picture's measures and places, in pixels.
pub struct Stage {
    pub width: f32,
    pub height: f32,
    /// Size of text.
    pub text: f32,
    pub centre: Point,
    /// Of a node's box.
    pub node: (f32, f32),
    /// Of a client's box.
    pub client: (f32, f32),
    pub nodes: Vec<Point>,
    pub clients: Vec<Point>,
    /// Node by node round the circle, each with its turn.
    pub round: Vec<(NodeId, f32)>,
    pub radius: (f32, f32),
}

/// No narrower than this is anything laid out: a narrower picture is cut off.
const NARROWEST: f32 = 280.0;

impl Stage {
    pub fn new(world: &World, view: &View) -> Stage {
        let width = view.width.max(NARROWEST);
        // Where there is room, everything is larger.
        let count = world.nodes.len().max(1);
        let room = if count + world.clients.len() > 10 { 1.0 } else { (width / 640.0).clamp(1.0, 1.45) };
        let text = view.text.clamp(12.0, 40.0) * room;
        let scale = text / 13.0;
        let tight = width < 460.0 * scale || count > 7 && width < 640.0 * scale;
        let node = if tight { (74.0 * scale, 46.0 * scale) } else { (104.0 * scale, 52.0 * scale) };
        let client = (node.0, 22.0 * scale);
        let round = round(world);
        // Above the nodes of the upper half and below those of the lower stand their clients.
        let stack = |upper: bool| {
            let here = round.iter().filter(|(_, turn)| is_upper(*turn) == upper);
            let most = here.map(|(id, _)| world.clients.iter().filter(|client| client.home == *id).count()).max();
            most.unwrap_or(0) as f32 * (client.1 + 6.0)
        };
        let (above, below) = (stack(true) + 8.0 + HEAD * dcs(world), stack(false) + 10.0 + FOOT);
        // As many rows as there are nodes on one half, with their clients.
        let rows = count.div_ceil(2) as f32 * (node.1 + client.1 + 12.0 * scale) - above;
        let wanted = (width * 0.66).min(520.0 * scale).max(340.0 * scale).max(rows) + above + below;
        let height = wanted.min(view.height.max(360.0));
        let rx = (width / 2.0 - node.0 / 2.0 - 8.0).min(height * 0.7);
        let radius = (rx, ((height - above - below - node.1) / 2.0).max(node.1 * 1.3));
        let centre = (width / 2.0, above + node.1 / 2.0 + radius.1);
        let mut nodes = vec![centre; count];
        for (id, turn) in &round {
            let (x, y) = on_circle(0.0, 0.0, 1.0, *turn);
            if let Some(place) = nodes.get_mut(usize::from(*id)) {
                *place = (centre.0 + x * radius.0, centre.1 + y * radius.1);
            }
        }
        let mut clients: Vec<Point> = Vec::new();
        for it in &world.clients {
            let (x, y) = nodes[usize::from(it.home).min(count - 1)];
            let outwards = if y <= centre.1 + radius.1 * LEVEL { -1.0 } else { 1.0 };
            let (near, next) = (node.1 / 2.0 + 8.0 + client.1 / 2.0, client.1 + 6.0);
            let aside = (node.0 + client.0) / 2.0 + 6.0;
            // Outside its node, else inside of it, else beside it: the first place where nothing stands yet.
            let above = (0..4).map(|i| (x, y + outwards * (near + i as f32 * next)));
            let below = (0..4).map(|i| (x, y - outwards * (near + i as f32 * next)));
            let level = [-1.0, 1.0].map(|side| (x + side * aside, y + outwards * (node.1 - client.1) / 2.0));
            let clear = |at: &Point| {
                let apart = |other: &Point, size: (f32, f32)| {
                    (other.0 - at.0).abs() >= (size.0 + client.0) / 2.0 + 2.0
                        || (other.1 - at.1).abs() >= (size.1 + client.1) / 2.0 + 3.0
                };
                let inside = at.0 - client.0 / 2.0 >= 2.0
                    && at.0 + client.0 / 2.0 <= width - 2.0
                    && at.1 - client.1 / 2.0 >= 2.0
                    && at.1 + client.1 / 2.0 <= height - FOOT;
                inside && nodes.iter().all(|it| apart(it, node)) && clients.iter().all(|it| apart(it, client))
            };
            let place = above.chain(level).chain(below).find(clear);
            clients.push(place.unwrap_or((x, y + outwards * near)));
        }
        Stage { width, height, text, centre, node, client, nodes, clients, round, radius }
    }

    pub fn place(&self, place: Place) -> Point {
        let found = match place {
            Place::Node(id) => self.nodes.get(usize::from(id)),
            Place::Client(id) => self.clients.get(usize::from(id)),
        };
        found.copied().unwrap_or(self.centre)
    }

    /// Where a message leaves one box and where it reaches the other: on the edges, a little to the right of the line
    /// between them, so that both directions have a lane.
    pub fn lane(&self, from: Place, to: Place) -> (Point, Point) {
        let (a, b) = (self.place(from), self.place(to));
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let far = (dx * dx + dy * dy).sqrt().max(1.0);
        let (side_x, side_y) = (-dy / far * LANE, dx / far * LANE);
        let edge = |place: Place, at: Point, towards: (f32, f32)| {
            let (w, h) = match place {
                Place::Node(_) => self.node,
                Place::Client(_) => self.client,
            };
            let reach = (w / 2.0 / towards.0.abs().max(1e-3)).min(h / 2.0 / towards.1.abs().max(1e-3));
            (at.0 + towards.0 * reach + side_x, at.1 + towards.1 * reach + side_y)
        };
        let towards = (dx / far, dy / far);
        (edge(from, a, towards), edge(to, b, (-towards.0, -towards.1)))
    }

    /// Where a box of a size stands clear of all nodes, as near to the middle as can be.
    pub fn room_for(&self, (w, h): (f32, f32)) -> Option<Point> {
        let (x, y) = self.centre;
        let clear = |at: f32| {
            let near = |place: &Point, size: (f32, f32)| {
                (place.0 - x).abs() < (w + size.0) / 2.0 + 6.0 && (place.1 - at).abs() < (h + size.1) / 2.0 + 6.0
            };
            let crowded = self.nodes.iter().any(|it| near(it, self.node));
            !crowded && !self.clients.iter().any(|it| near(it, self.client))
        };
        let steps = (0..=(self.radius.1 / 4.0) as u32).flat_map(|i| [i as f32 * 4.0, i as f32 * -4.0]);
        steps.map(|off| y + off).find(|at| clear(*at)).map(|at| (x, at))
    }

    /// Which nodes are on the left of a line and which on its right, seen from its beginning.
    pub fn sides(&self, from: Point, to: Point) -> (NodeSet, NodeSet) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let mut sides = (0, 0);
        for ((x, y), id) in self.nodes.iter().zip(0u8..) {
            match dx * (y - from.1) - dy * (x - from.0) < 0.0 {
                true => sides.0 |= 1 << id,
                false => sides.1 |= 1 << id,
            }
        }
        sides
    }
}

/// For the names of the data centres, and for what the looks of versions mean.
const HEAD: f32 = 18.0;
const FOOT: f32 = 22.0;
/// Nodes at the height of the middle count as upper ones.
const LEVEL: f32 = 0.05;

fn is_upper(turn: f32) -> bool {
    on_circle(0.0, 0.0, 1.0, turn).1 <= LEVEL
}

fn dcs(world: &World) -> f32 {
    if world.nodes.iter().any(|node| node.dc > 0) { 1.0 } else { 0.0 }
}

/// Distance of a message's lane from the line between two boxes.
const LANE: f32 = 5.0;

/// With one data centre all round from the top; with two, one on the left half and one on the right.
fn round(world: &World) -> Vec<(NodeId, f32)> {
    let count = world.nodes.len().max(1);
    let ids = || 0..world.nodes.len() as NodeId;
    let dc = |id: NodeId| world.nodes.get(usize::from(id)).map_or(0, |node| node.dc);
    if world.nodes.iter().all(|node| node.dc == 0) {
        return ids().map(|id| (id, f32::from(id) / count as f32)).collect();
    }
    let half = |which: u8, from: f32, to: f32| {
        let members: Vec<NodeId> = ids().filter(|id| dc(*id) == which).collect();
        let n = members.len() as f32;
        let turn = move |i: usize| from + (to - from) * (i as f32 + 0.5) / n;
        members.into_iter().enumerate().map(move |(i, id)| (id, turn(i))).collect::<Vec<_>>()
    };
    // Both from the top down, so that the first of either stands beside the first of the other.
    let mut all = half(1, 0.03, 0.47);
    let mut left = half(0, 0.97, 0.53);
    left.reverse();
    all.append(&mut left);
    all
}

/// The action that a line across the picture stands for.
pub fn stroke(world: &World, view: &View, from: Point, to: Point) -> Option<String> {
    let (left, right) = Stage::new(world, view).sides(from, to);
    // The smaller side is named.
    let side = if left.count_ones() <= right.count_ones() { left } else { right };
    let letters: String = members(side).map(letter).collect();
    (left != 0 && right != 0).then(|| format!("cut({letters})"))
}
