//! Many partitions: thin bars, or cells of a grid.

use super::super::light::{hue, owner};
use super::super::types::*;
use super::Picture;
use crate::draw::pen::{Area, Weight, hatch, thin};
use crate::draw::scene::{Ink, Layer, Seg, Shape, Stroke, Token};

/// Rectangles gathered by how they look: one path for each look.
#[derive(Default)]
struct Heap(Vec<(Ink, Vec<Seg>)>);

impl Heap {
    fn put(&mut self, ink: Ink, area: Area) {
        let Area { x, y, w, h } = area;
        let segs = [Seg::Move(x, y), Seg::Line(x + w, y), Seg::Line(x + w, y + h), Seg::Line(x, y + h), Seg::Close];
        match self.0.iter_mut().find(|group| group.0 == ink) {
            Some(group) => group.1.extend(segs),
            None => self.0.push((ink, segs.to_vec())),
        }
    }
    fn fill(self, layer: &mut Layer) {
        for (ink, segs) in self.0 {
            layer.add(Shape::Path { segs: segs.into(), fill: Some(ink), stroke: None });
        }
    }
    fn outline(self, layer: &mut Layer, width: f32, dash: Option<(f32, f32)>) {
        for (ink, segs) in self.0 {
            let stroke = Some(Stroke { ink, width, dash });
            layer.add(Shape::Path { segs: segs.into(), fill: None, stroke });
        }
    }
}

fn inset(area: &Area, by: f32) -> Area {
    Area { x: area.x + by, y: area.y + by, w: area.w - 2.0 * by, h: area.h - 2.0 * by }
}

/// A round number no less than this, so that a scale stands still for a while.
pub fn round_up(most: u64) -> u64 {
    let mut unit = 10u64;
    loop {
        for step in [1, 2, 5] {
            if most <= unit * step {
                return unit * step;
            }
        }
        unit = unit.saturating_mul(10);
        if unit >= 1_000_000_000 {
            return most;
        }
    }
}

impl Picture<'_> {
    /// The lag that fills a cell or a bar.
    fn full(&self) -> f32 {
        round_up(self.world.partitions.iter().map(|part| part.lag()).max().unwrap_or(0)) as f32
    }

    fn share(weight: Weight) -> f32 {
        if weight == Weight::Faint { 0.3 } else { 1.0 }
    }

    pub fn grid(&self, layer: &mut Layer) {
        let (mut grounds, mut silent, mut empty, mut off) =
            (Heap::default(), Heap::default(), Heap::default(), Heap::default());
        let mut hatched = Vec::new();
        for (row, area) in self.stage.rows.iter().enumerate() {
            let (Some(part), Some(turn), Some(id)) = (self.part(row), self.turns.get(row), self.rows.get(row)) else {
                continue;
            };
            let share = Self::share(self.light.of_part(*id));
            let area = inset(area, 0.5);
            match turn.now {
                Holder::Nobody => {
                    grounds.put(thin(Token::Wash.into(), share), area);
                    empty.put(thin(Token::Soft.into(), share), inset(&area, 0.5));
                    if area.w > 6.0 {
                        hatched.push((area, share));
                    }
                }
                Holder::Reads(owner) => grounds.put(thin(Ink::faded(hue(owner), 70), share), area),
                Holder::Silent(owner) => silent.put(thin(hue(owner).into(), share), inset(&area, 0.8)),
            }
            if part.leader.is_none() {
                off.put(thin(Token::Red.into(), share), inset(&area, 0.5));
            }
        }
        grounds.fill(layer);
        for (area, share) in hatched {
            hatch(layer, &area, 4.0, Stroke::new(thin(Ink::faded(Token::Soft, 150), share), 1.0));
        }
        empty.outline(layer, 1.0, None);
        silent.outline(layer, 1.4, Some((2.5, 2.0)));
        off.outline(layer, 1.8, None);
    }

    pub fn fill_grid(&self, layer: &mut Layer) {
        let (full, mut heap, mut rings) = (self.full(), Heap::default(), Heap::default());
        for (row, area) in self.stage.rows.iter().enumerate() {
            let (Some(part), Some(turn), Some(id)) = (self.part(row), self.turns.get(row), self.rows.get(row)) else {
                continue;
            };
            let weight = self.light.of_part(*id);
            let area = inset(area, 0.5);
            let h = area.h * (part.lag() as f32 / full).min(1.0);
            let ink = thin(owner(turn.now).map_or(Token::Soft, hue).into(), Self::share(weight));
            if h >= 0.5 {
                heap.put(ink, Area { y: area.y + area.h - h, h, ..area });
            }
            // Just now another's, or one's own for the first time.
            if turn.before.is_some() {
                rings.put(thin(Token::Ink.into(), 1.0 - turn.way(self.at)), inset(&area, 0.5));
            } else if weight == Weight::Strong {
                rings.put(Token::Ink.into(), inset(&area, 0.5));
            }
        }
        heap.fill(layer);
        rings.outline(layer, 1.6, None);
    }

    /// A partition as a bar: the log pale, what is not committed full, newest at the right.
    pub fn bar(&self, layer: &mut Layer, row: usize) {
        let (Some(area), Some(part), Some(turn)) = (self.stage.rows.get(row), self.part(row), self.turns.get(row))
        else {
            return;
        };
        let Some(id) = self.rows.get(row) else { return };
        let share = Self::share(self.light.of_part(*id));
        let Area { x, y, w, h } = *area;
        let ink = Ink::from(owner(turn.now).map_or(Token::Soft, hue));
        let scale = self.full().max(50.0);
        let log = w * (part.end() as f32 / scale).min(1.0);
        let lag = w * (part.lag() as f32 / scale).min(1.0);
        let r = (h / 3.0).min(2.0);
        let rect = |x: f32, w: f32, fill: Ink| Shape::Rect { x, y, w, h, r, fill: Some(fill), stroke: None };
        layer.add(rect(x, w, thin(Ink::faded(Token::Line, 110), share)));
        if log > 0.3 {
            layer.add(rect(x + w - log, log, thin(Ink { alpha: 60, ..ink }, share)));
        }
        if lag > 0.3 {
            layer.add(rect(x + w - lag, lag, thin(ink, share)));
        }
    }
}
