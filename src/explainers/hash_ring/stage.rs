//! Where things stand on the ring's stage, for the size it has.

use super::FEW;
use super::world::{State, World};
use crate::draw::scene::{Face, text_width};
use crate::explainers::{View, grouped};

/// From the band to the nearest box, past the numerals.
const CLEAR: f32 = 27.0;
/// From a box to the stage's edge; below a box, room for the mark of a lookup.
const EDGE: f32 = 8.0;
/// A ring with a smaller radius says too little.
const SMALLEST: f32 = 118.0;

/// Where a server stands: a labelled box, or a cell of a grid where there are many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub id: u16,
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Place {
    pub fn middle(&self) -> (f32, f32) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }
    fn touches(&self, other: &Place) -> bool {
        let apart = |a: f32, a_size: f32, b: f32, b_size: f32| a + a_size + 4.0 <= b || b + b_size + 4.0 <= a;
        !apart(self.x, self.w, other.x, other.w) && !apart(self.y, self.h, other.y, other.h)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub w: f32,
    pub h: f32,
    pub x: f32,
    pub y: f32,
    /// The band's outer and inner radius.
    pub outer: f32,
    pub inner: f32,
    /// Keys stand between these radii.
    pub far: f32,
    pub near: f32,
    /// Labelled boxes, not cells.
    pub few: bool,
    /// In the order of ids that are shown.
    pub places: Vec<Place>,
    /// By id: the index into `places`.
    index: Vec<Option<u32>>,
    /// Where the legend of a grid begins.
    pub legend: (f32, f32),
}

impl Stage {
    pub fn new(world: &World, view: &View) -> Stage {
        let w = view.width.clamp(240.0, 4_000.0);
        let shown: Vec<u16> = world
            .servers
            .iter()
            .enumerate()
            .filter(|(_, server)| server.state != State::Gone)
            .map(|(id, _)| id as u16)
            .collect();
        let few = world.servers.len() <= FEW;
        let mut stage = Stage {
            w,
            h: 0.0,
            x: w / 2.0,
            y: 0.0,
            outer: 0.0,
            inner: 0.0,
            far: 0.0,
            near: 0.0,
            few,
            places: Vec::new(),
            index: vec![None; world.servers.len()],
            legend: (0.0, 0.0),
        };
        let wide = w >= 620.0;
        match (few, wide) {
            (true, true) => {
                if !stage.around(world, &shown, view) && !stage.beside(world, &shown, view) {
                    stage.beneath(world, &shown, view);
                }
            }
            (true, false) => stage.beneath(world, &shown, view),
            (false, _) => stage.grid(&shown, view, wide),
        }
        for (i, place) in stage.places.iter().enumerate() {
            if let Some(slot) = stage.index.get_mut(usize::from(place.id)) {
                *slot = Some(i as u32);
            }
        }
        stage
    }

    pub fn place(&self, id: u16) -> Option<&Place> {
        self.places.get(self.index.get(usize::from(id)).copied().flatten()? as usize)
    }

    fn radius(&mut self, r: f32) {
        self.outer = r;
        let band = (r * 0.075).clamp(9.0, 22.0);
        self.inner = r - band;
        self.far = self.inner - (r * 0.05).clamp(6.0, 14.0);
        self.near = self.far - (r * 0.26).clamp(20.0, 90.0);
    }

    fn box_size(world: &World, shown: &[u16], view: &View) -> (f32, f32) {
        let most = grouped(world.demand() as i64);
        let sub = match world.limit() {
            Some(limit) => format!("{most}/s of {}", grouped(limit as i64)),
            None => format!("{most} keys"),
        };
        let widest = shown
            .iter()
            .map(|id| text_width(&shorten(world.name(*id)), view.text + 1.0, 600, Face::Sans))
            .fold(text_width(&sub, view.text - 1.0, 650, Face::Sans) - 12.0, f32::max);
        (widest + 34.0, view.text * 3.1 + if world.limit().is_some() { 8.0 } else { 0.0 })
    }

    /// Boxes all around, like the hours of a clock, as large a ring as leaves them room.
    fn around(&mut self, world: &World, shown: &[u16], view: &View) -> bool {
        let (bw, bh) = Self::box_size(world, shown, view);
        self.tall(view);
        let n = shown.len().max(1) as f32;
        let mut r = self.h / 2.0 - 30.0;
        while r >= SMALLEST {
            self.places.clear();
            for (i, id) in shown.iter().enumerate() {
                let angle = (i as f32 + 0.5) / n * std::f32::consts::TAU;
                let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
                // Outward until the box is clear of the band and its numerals.
                let mut far = r + CLEAR;
                loop {
                    let (dx, dy) = ((far * sin).abs() - bw / 2.0, (far * cos).abs() - bh / 2.0);
                    let (dx, dy) = (dx.max(0.0), dy.max(0.0));
                    if dx * dx + dy * dy >= (r + CLEAR) * (r + CLEAR) {
                        break;
                    }
                    far += 2.0;
                }
                let (x, y) = (self.x + far * sin - bw / 2.0, self.y - far * cos - bh / 2.0);
                self.places.push(Place { id: *id, x, y, w: bw, h: bh });
            }
            if self.fits() {
                self.radius(r);
                return true;
            }
            r -= 2.0;
        }
        false
    }

    /// Boxes in a column on either side, clockwise from the top right.
    fn beside(&mut self, world: &World, shown: &[u16], view: &View) -> bool {
        let (bw, bh) = Self::box_size(world, shown, view);
        self.tall(view);
        self.places.clear();
        let r = (self.h / 2.0 - 30.0).min(self.w / 2.0 - bw - CLEAR - EDGE);
        let right = shown.len().div_ceil(2);
        let pitch = ((self.h - 2.0 * EDGE) / right.max(1) as f32).min(bh * 1.7);
        for (i, id) in shown.iter().enumerate() {
            let (column, row, of) = match i.checked_sub(right) {
                None => (1.0, i, right),
                Some(i) => (-1.0, shown.len() - right - 1 - i, shown.len() - right),
            };
            let middle = self.y + (row as f32 - (of as f32 - 1.0) / 2.0) * pitch;
            let x = self.x + column * (r + CLEAR + bw / 2.0) - bw / 2.0;
            self.places.push(Place { id: *id, x, y: middle - bh / 2.0, w: bw, h: bh });
        }
        self.radius(r.max(SMALLEST));
        r >= SMALLEST && self.fits()
    }

    fn tall(&mut self, view: &View) {
        self.h = (self.w * 0.66).min(view.height).max(400.0);
        self.y = self.h / 2.0;
    }

    /// Every box is on the stage and no two touch.
    fn fits(&self) -> bool {
        let on =
            |p: &Place| p.x >= EDGE && p.y >= EDGE && p.x + p.w <= self.w - EDGE && p.y + p.h + EDGE <= self.h - EDGE;
        self.places.iter().enumerate().all(|(i, a)| on(a) && !self.places[..i].iter().any(|b| a.touches(b)))
    }

    fn beneath(&mut self, world: &World, shown: &[u16], view: &View) {
        self.places.clear();
        let (bw, bh) = Self::box_size(world, shown, view);
        // Below a box there is room for the mark of a lookup.
        let (gap, below) = (8.0, 15.0);
        let columns = (((self.w - gap) / (bw + gap)).floor() as usize).clamp(1, shown.len().max(1));
        let rows = shown.len().div_ceil(columns);
        let r = (self.w / 2.0 - 26.0).min((view.height * 0.36).max(110.0));
        self.radius(r);
        self.y = r + 26.0;
        let top = 2.0 * r + 56.0;
        let bw = ((self.w - gap) / columns as f32 - gap).min(bw.max(180.0));
        let left = (self.w - columns as f32 * (bw + gap) + gap) / 2.0;
        for (i, id) in shown.iter().enumerate() {
            let (row, column) = (i / columns, i % columns);
            let x = left + column as f32 * (bw + gap);
            self.places.push(Place { id: *id, x, y: top + row as f32 * (bh + below), w: bw, h: bh });
        }
        self.h = top + rows as f32 * (bh + below) + gap;
    }

    fn grid(&mut self, shown: &[u16], view: &View, wide: bool) {
        let n = shown.len().max(1);
        let (x, y, w, h) = if wide {
            self.h = (self.w * 0.6).min(view.height).max(400.0);
            self.y = self.h / 2.0;
            self.radius((self.h / 2.0 - 28.0).min(self.w * 0.27).max(60.0));
            self.x = self.outer + 28.0;
            let x = self.x + self.outer + 36.0;
            (x, 110.0, self.w - x - 20.0, self.h - 130.0)
        } else {
            let r = (self.w / 2.0 - 18.0).min((view.height * 0.36).max(110.0));
            self.radius(r);
            self.y = r + 18.0;
            let y = 2.0 * r + 36.0 + 96.0;
            self.h = y + (n as f32).sqrt() * 10.0 + 60.0;
            (16.0, y, self.w - 32.0, self.h - y - 12.0)
        };
        self.legend = (x, y - 80.0);
        // The largest square cell with which all fit.
        let mut cell = (w * h / n as f32).sqrt().min(56.0);
        while cell > 2.0 && (w / cell).floor() * (h / cell).floor() < n as f32 {
            cell -= 0.25;
        }
        let columns = ((w / cell).floor() as usize).max(1);
        let gap = if cell > 8.0 { 2.0 } else { 1.0 };
        for (i, id) in shown.iter().enumerate() {
            let (row, column) = (i / columns, i % columns);
            let (x, y) = (x + column as f32 * cell, y + row as f32 * cell);
            self.places.push(Place { id: *id, x, y, w: (cell - gap).max(1.0), h: (cell - gap).max(1.0) });
        }
    }
}

/// A name short enough for a box: cluster nodes may be called anything.
pub fn shorten(name: &str) -> String {
    match name.char_indices().nth(18) {
        Some((cut, _)) => format!("{}…", &name[..cut]),
        None => name.to_string(),
    }
}
