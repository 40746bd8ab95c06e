//! One key's story on the ring's stage: where it stands, how it is looked up, which one is hot.

use super::scene::{Picture, turn};
use super::world::NONE;
use super::{Found, Lookup};
use crate::draw::motion::{between, ease};
use crate::draw::scene::{Anchor, Face, Ink, Layer, Shape, Stroke, Token, on_circle, text_width};
use std::rc::Rc;

impl Picture<'_> {
    pub(super) fn followed(&self, layer: &mut Layer, id: u32) {
        let Some(rank) = self.world.rank_of(id) else { return };
        let Some(&(x, y)) = self.stands.get(rank) else { return };
        let owner = self.world.owner.get(rank).copied().unwrap_or(NONE);
        self.spoke(layer, x, y, self.world.setup.position.get(rank).copied().unwrap_or(0));
        let key = self.world.setup.keys.get(id);
        let moved = self.world.change.iter().flat_map(|change| change.travel.iter()).find(|m| m.rank as usize == rank);
        let whose = match moved {
            _ if self.world.lost.binary_search(&(rank as u32)).is_ok() => "lost".to_string(),
            Some(m) if m.to == owner => format!("{} → {}", self.world.name(m.from), self.world.name(owner)),
            _ => self.world.name(owner).to_string(),
        };
        let mut lines = vec![self.world.placement.native(key), whose];
        let copies = self.world.setup.params.copies.clamp(1, 5) as usize;
        let others = self.world.holders.get(rank * copies + 1..(rank + 1) * copies).unwrap_or_default();
        let others: Vec<&str> = others.iter().filter(|id| **id != NONE).map(|id| self.world.name(*id)).collect();
        if !others.is_empty() {
            lines.push(format!("also {}", others.join(", ")));
        }
        self.card(layer, &self.world.setup.keys.text(id), &lines);
        layer.add(Shape::Circle { x, y, r: 6.0, fill: Some(Token::Ink.into()), stroke: None });
    }

    /// From the middle to a key, and on to the band: a hash is a direction.
    fn spoke(&self, layer: &mut Layer, x: f32, y: f32, position: u64) {
        let stage = self.stage;
        let edge = on_circle(stage.x, stage.y, stage.inner, turn(position));
        layer.add(Shape::Line {
            x1: stage.x,
            y1: stage.y,
            x2: x,
            y2: y,
            stroke: Stroke::dashed(Token::Ink, 1.5, 3.0, 4.0),
        });
        layer.add(Shape::Line { x1: x, y1: y, x2: edge.0, y2: edge.1, stroke: Stroke::new(Token::Ink, 1.5) });
    }

    pub(super) fn halo(&self, layer: &mut Layer, id: u32) {
        let Some(&(x, y)) = self.world.rank_of(id).and_then(|rank| self.stands.get(rank)) else { return };
        for r in [7.0, 11.0] {
            let stroke = Some(Stroke::new(Token::Ink, if r < 10.0 { 2.0 } else { 1.0 }));
            layer.add(Shape::Circle { x, y, r, fill: None, stroke });
        }
    }

    pub(super) fn look_up(&self, layer: &mut Layer, lookup: &Lookup) {
        let stage = self.stage;
        let placed = ease(between(self.at, lookup.placed(), lookup.searching()));
        let middle = (stage.far + stage.near) / 2.0;
        let stand = on_circle(stage.x, stage.y, middle, turn(lookup.position));
        let (x, y) = (stage.x + (stand.0 - stage.x) * placed, stage.y + (stand.1 - stage.y) * placed);
        if placed > 0.0 {
            self.spoke(layer, x, y, lookup.position);
        }
        let points = self.world.placement.points();
        if let Found::Search(probes) = &lookup.found
            && self.at >= lookup.searching()
        {
            // Once the answer is found, only the answer stays.
            let over = self.at >= lookup.owned();
            let seen = |i: &usize| self.at >= lookup.probe(*i) && (!over || i + 1 == probes.len());
            for (i, probe) in probes.iter().enumerate().filter(|(i, _)| seen(i)) {
                let Some(point) = points.get(*probe as usize) else { continue };
                let (a, b) = (stage.inner - 5.0, stage.outer + 5.0);
                let (p, q) = (turn(point.position), i + 1 == probes.len());
                let (x1, y1) = on_circle(stage.x, stage.y, a, p);
                let (x2, y2) = on_circle(stage.x, stage.y, b, p);
                let stroke = Stroke::new(Token::Ink, if q { 4.0 } else { 2.0 });
                layer.add(Shape::Line { x1, y1, x2, y2, stroke });
            }
            if self.at >= lookup.owned()
                && let Some(point) = probes.last().and_then(|probe| points.get(*probe as usize))
            {
                // Clockwise from the key to the point that owns it.
                let (from, mut to) = (turn(lookup.position), turn(point.position));
                if to < from {
                    to += 1.0;
                }
                let r = stage.inner - 5.0;
                let spans: Rc<[(f32, f32)]> = [(from, to)].into();
                layer.add(Shape::Arcs {
                    x: stage.x,
                    y: stage.y,
                    inner: r,
                    outer: r + 3.0,
                    spans,
                    fill: Token::Ink.into(),
                });
            }
        }
        for (i, (point, _, taken)) in lookup.walk.iter().enumerate().skip(1) {
            let when = lookup.owned() + (lookup.over() - lookup.owned()) / lookup.walk.len().max(1) as u64 * i as u64;
            let Some(point) = points.get(*point as usize).filter(|_| self.at >= when) else { continue };
            let middle = (stage.outer + stage.inner) / 2.0;
            let (x, y) = on_circle(stage.x, stage.y, middle, turn(point.position));
            let fill = Some(if *taken { Ink::from(Token::Ink) } else { Ink::from(Token::Card) });
            let stroke = Some(Stroke::new(if *taken { Token::Card } else { Token::Ink }, 1.5));
            layer.add(Shape::Circle { x, y, r: 4.5, fill, stroke });
        }
        if self.stage.few && self.at >= lookup.owned() {
            let mut mark = |id: u16, label: String| {
                let Some(place) = stage.place(id) else { return };
                let stroke = Some(Stroke::new(Token::Ink, 1.5));
                layer.add(Shape::Rect {
                    x: place.x - 3.5,
                    y: place.y - 3.5,
                    w: place.w + 7.0,
                    h: place.h + 7.0,
                    r: 11.0,
                    fill: None,
                    stroke,
                });
                let w = text_width(&label, 12.0, 600, Face::Sans) + 10.0;
                // Below the box's own words.
                let (lx, ly) = (place.x + place.w - w + 3.5, place.y + place.h - 2.5);
                layer.add(Shape::Rect {
                    x: lx,
                    y: ly,
                    w,
                    h: 17.0,
                    r: 6.0,
                    fill: Some(Token::Ink.into()),
                    stroke: None,
                });
                let (x, y, face, anchor, fill) =
                    (lx + w / 2.0, ly + 12.8, Face::Sans, Anchor::Middle, Token::Paper.into());
                layer.add(Shape::Text { x, y, size: 12.0, weight: 600, face, anchor, fill, text: label });
            };
            mark(lookup.owner, "owner".into());
            for (i, id) in lookup.copies.iter().enumerate().filter(|(i, _)| self.at >= lookup.copy(*i)) {
                mark(*id, format!("copy {}", i + 2));
            }
        }
        let owner = if self.at >= lookup.owned() { self.world.name(lookup.owner).to_string() } else { "…".into() };
        // The key comes out from under its card.
        let (fill, stroke) = (Some(Token::Ink.into()), Some(Stroke::new(Token::Card, 1.5)));
        layer.add(Shape::Circle { x, y, r: 6.0, fill, stroke });
        self.card(layer, &lookup.key, &[lookup.native.clone(), owner]);
    }
}
