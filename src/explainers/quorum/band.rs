//! What a partition looks like: a band round the smaller side, which is tinted.

use super::stage::Stage;
use super::types::{NodeId, NodeSet, has};
use crate::draw::scene::{Ink, Layer, Seg, Shape, Stroke, Token, turn_of};
use std::rc::Rc;

/// A stretch of the oval with the nodes of one side, and how deep inside it the band runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Enclave {
    /// In turns; `to` is above `from`.
    pub from: f32,
    pub to: f32,
    pub depth: f32,
}

impl Enclave {
    pub fn holds(&self, stage: &Stage, at: (f32, f32)) -> bool {
        let turn = turn_of((at.0 - stage.x) / stage.rx.max(1.0), (at.1 - stage.y) / stage.ry.max(1.0));
        let turn = if turn < self.from { turn + 1.0 } else { turn };
        turn <= self.to && stage.depth(at) >= self.depth
    }
}

/// The smaller side, stretch by stretch.
pub fn enclaves(stage: &Stage, side: NodeSet) -> Vec<Enclave> {
    let n = stage.nodes.len();
    let members = (0..n as NodeId).filter(|id| has(side, *id)).count();
    let side = if members * 2 > n { !side } else { side };
    let mut round: Vec<(f32, NodeId)> = stage.turns.iter().copied().zip(0..).collect();
    round.sort_by(|a, b| a.0.total_cmp(&b.0));
    let on = |i: usize| round.get(i % n.max(1)).is_some_and(|(_, id)| has(side, *id));
    let turn = |i: usize| round.get(i % n.max(1)).map_or(0.0, |found| found.0) + (i / n.max(1)) as f32;
    let mut out = Vec::new();
    for first in 0..n {
        // Where a stretch begins: it may go on past the top.
        if !on(first) || on(first + n - 1) {
            continue;
        }
        let last = (first..first + n).take_while(|i| on(*i)).last().unwrap_or(first);
        let before = turn(first + n - 1) - 1.0;
        let (from, to) = ((before + turn(first)) / 2.0, (turn(last) + turn(last + 1)) / 2.0);
        let inner = (first..=last).filter_map(|i| stage.nodes.get(usize::from(round.get(i % n)?.1)));
        let corners = inner.flat_map(|area| area.corners()).map(|corner| stage.depth(corner));
        let nearest = corners.fold(1.0, f32::min);
        // Clear of what a node sends to itself, and of the words if that can be.
        let px = 1.0 / stage.rx.min(stage.ry).max(1.0);
        let words = stage.middle.corners().map(|corner| stage.depth(corner)).into_iter().fold(0.0, f32::max);
        let depth = (nearest - 30.0 * px).max(words + 8.0 * px).min(nearest - 8.0 * px);
        let from = if from < 0.0 { from + 1.0 } else { from };
        let to = if to < from { to + 1.0 } else { to };
        out.push(Enclave { from, to, depth: depth.max(0.12) });
    }
    out
}

/// Where the direction leaves the stage, so far from its edge.
fn rim(stage: &Stage, turn: f32, inset: f32) -> (f32, f32) {
    let (dx, dy) = stage.spot(turn, 1.0);
    let (dx, dy) = (dx - stage.x, dy - stage.y);
    let to = |d: f32, here: f32, size: f32| match d {
        d if d > 1e-3 => (size - inset - here) / d,
        d if d < -1e-3 => (inset - here) / d,
        _ => f32::INFINITY,
    };
    let t = to(dx, stage.x, stage.w).min(to(dy, stage.y, stage.h));
    let t = if t.is_finite() { t } else { 1.0 };
    (stage.x + dx * t, stage.y + dy * t)
}

pub fn draw(layer: &mut Layer, stage: &Stage, all: &[Enclave]) {
    for enclave in all {
        let span = enclave.to - enclave.from;
        let steps = ((span * 48.0) as usize).max(4);
        // The band turns its corners gently.
        let ease = (span * 0.22).min(0.045);
        let arc = |i: usize| {
            let turn = enclave.from + ease + (span - 2.0 * ease) * i as f32 / steps as f32;
            stage.spot(turn, enclave.depth)
        };
        let (start, end) = (rim(stage, enclave.from, 4.0), rim(stage, enclave.to, 4.0));
        let (corner_a, corner_b) = (stage.spot(enclave.from, enclave.depth), stage.spot(enclave.to, enclave.depth));
        let (near_a, near_b) =
            (stage.spot(enclave.from, enclave.depth + 0.16), stage.spot(enclave.to, enclave.depth + 0.16));
        let mut segs = vec![Seg::Move(start.0, start.1), Seg::Line(near_a.0, near_a.1)];
        let first = arc(0);
        segs.push(Seg::Cubic(corner_a.0, corner_a.1, corner_a.0, corner_a.1, first.0, first.1));
        segs.extend((1..=steps).map(arc).map(|(x, y)| Seg::Line(x, y)));
        segs.push(Seg::Cubic(corner_b.0, corner_b.1, corner_b.0, corner_b.1, near_b.0, near_b.1));
        segs.push(Seg::Line(end.0, end.1));
        let line: Rc<[Seg]> = segs.clone().into();
        // Back along the edge: what is cut off is tinted.
        let mut last = rim(stage, enclave.to, 2.0);
        for i in (0..=steps * 2).rev() {
            let next = rim(stage, enclave.from + span * i as f32 / (steps * 2) as f32, 2.0);
            if (next.0 - last.0).abs() > 0.5 && (next.1 - last.1).abs() > 0.5 {
                // Round a corner of the stage.
                let x = if last.0.min(next.0) < 3.0 { 2.0 } else { stage.w - 2.0 };
                let y = if last.1.min(next.1) < 3.0 { 2.0 } else { stage.h - 2.0 };
                segs.push(Seg::Line(x, y));
            }
            segs.push(Seg::Line(next.0, next.1));
            last = next;
        }
        segs.push(Seg::Close);
        layer.add(Shape::Path { segs: segs.into(), fill: Some(Ink::faded(Token::Red, 15)), stroke: None });
        let wide = Stroke::new(Ink::faded(Token::Red, 60), 7.0);
        layer.add(Shape::Path { segs: line.clone(), fill: None, stroke: Some(wide) });
        let fine = Stroke::dashed(Token::Red, 1.6, 7.0, 5.0);
        layer.add(Shape::Path { segs: line, fill: None, stroke: Some(fine) });
    }
}
